"""Every law on every network × engine (``matrix``): 1e-9 is what all results promise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import hotsprings as hs
from tests.laws import matrix
from tests.laws.matrix import over_matrix, solved, state, system
from tests.laws.references import reference

PROMISED = 1e-9


def rates(asked):
    return asked.friction / asked.network.masses[asked.bath_sites]


def refuse_other_conductance(case, found, expected, unit=1.0):
    """Refuse conductances that differ by 1e-9 of themselves, or by rounding where they vanish."""
    vanishes = reference(case)[0] == 0.0
    np.testing.assert_allclose(found[~vanishes], expected[~vanishes], rtol=PROMISED, atol=1e-300)
    rate = max(bath.friction / matrix.CASES[case].masses[bath.site] for bath in matrix.CASES[case].baths)
    assert np.all(np.abs(found[vanishes]) <= 64 * np.finfo(float).eps * unit * rate)


@over_matrix
def test_fluxes_balance(case, form):
    found = state(case, form)
    C, rate = found.conductance, rates(found.system)
    np.testing.assert_array_equal(C, C.T)
    assert np.all(np.diag(C) == 0.0)
    assert np.all(C + PROMISED * rate[:, None] >= 0.0)
    assert abs(found.heat_flux.sum()) <= 8 * np.finfo(float).eps * np.abs(C).sum() * found.system.temperature.max()
    kinetic = found.local_temperature[found.system.bath_sites]
    np.testing.assert_allclose(found.heat_flux / rate, found.system.temperature - kinetic, rtol=0, atol=1.5 * PROMISED)


@over_matrix
def test_bath_weights_fill_the_bright_weight(case, form):
    found = state(case, form)
    np.testing.assert_allclose(found.bath_weight.sum(axis=1), found.bright_weight, rtol=0, atol=PROMISED)
    assert found.bath_weight.min() >= -PROMISED
    assert found.bright_weight.sum() == pytest.approx(found.system.n_sites - found.n_dark_modes, rel=PROMISED)


@over_matrix
def test_equal_baths_give_one_temperature(case, form):
    asked = system(case, form)
    baths = [dataclasses.replace(bath, temperature=0.7) for bath in asked.baths]
    found = solved(hs.OpenNetwork(asked.network, baths), dark_temperature=0.7)
    np.testing.assert_allclose(found.local_temperature, 0.7, rtol=PROMISED)
    assert np.all(found.heat_flux == 0.0)


@over_matrix
def test_transmittance_is_a_probability(case, form):
    asked = system(case, form)
    if asked.n_baths < 2:
        return
    omega, other = np.array([0.0, 1e-7, 0.31, 1.0, 1.7, 40.0]), asked.n_baths // 2
    forth = hs.transmittance(asked, omega, 0, other)
    assert np.all((forth >= 0.0) & (forth <= 1.0))
    nothing = np.finfo(float).eps ** 2  # what rounding makes of sites that nothing joins
    np.testing.assert_allclose(hs.transmittance(asked, -omega, other, 0), forth, rtol=PROMISED, atol=nothing)


@over_matrix
def test_resonances_decay_and_their_widths_add_up(case, form):
    found = hs.resonances(system(case, form))
    assert np.all(found.decay_rate > 0.0)
    assert found.decay_rate.sum() == pytest.approx(rates(system(case, form)).sum(), rel=PROMISED)
    mirrored = -np.conj(found.frequency)
    apart = np.abs(mirrored[:, None] - found.frequency) / np.abs(found.frequency)
    pairs = linear_sum_assignment(apart)
    assert apart[pairs].max() <= 4 * np.sqrt(np.finfo(float).eps)  # to which a double zero is known


@over_matrix
def test_units_scale(case, form):
    """m × 4, K × 16, γ × 8, powers of two: frequencies and conductances double, temperatures stay."""
    p = matrix.CASES[case]
    baths = [dataclasses.replace(bath, friction=8.0 * bath.friction) for bath in p.baths]
    other = matrix.Physics(4.0 * p.masses, 16.0 * p.springs, 16.0 * p.pinning, baths)
    one, two = state(case, form), solved(hs.OpenNetwork(matrix.FORMS[form][1](other), baths))
    refuse_other_conductance(case, two.conductance, 2.0 * one.conductance, 2.0)
    np.testing.assert_allclose(two.local_temperature, one.local_temperature, rtol=0, atol=PROMISED)


@over_matrix
def test_sites_have_no_order(case, form):
    """Sites turned round (a chain stays a chain), elsewhere in another order too."""
    p, n = matrix.CASES[case], len(matrix.CASES[case].masses)
    order = np.arange(n)[::-1] if form == "chain" else np.random.default_rng(n).permutation(n)
    place = np.argsort(order)
    baths = [dataclasses.replace(bath, site=int(place[bath.site])) for bath in p.baths]
    other = matrix.Physics(p.masses[order], p.springs[np.ix_(order, order)], p.pinning[order], baths)
    one, two = state(case, form), solved(hs.OpenNetwork(matrix.FORMS[form][1](other), baths))
    refuse_other_conductance(case, two.conductance, one.conductance)
    np.testing.assert_allclose(two.local_temperature, one.local_temperature[order], rtol=0, atol=PROMISED)


@over_matrix
def test_forms_agree_with_exact_fractions(case, form):
    found, (C, h) = state(case, form), reference(case)
    refuse_other_conductance(case, found.conductance, C)
    np.testing.assert_allclose(found.bath_weight, h, rtol=0, atol=PROMISED)
