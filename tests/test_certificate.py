"""The certificate, criterion by criterion: each test damages one, and the others hold."""

from __future__ import annotations

import dataclasses
import re
import warnings

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.certificate import CONDITIONING, certify
from hotsprings.kernels.identities import identities
from hotsprings.response.mean_field import MeanFieldResponse

NAMES = ("pole_sum", "sum_rule", "flux_balance", "positivity", "sampled_error", "conditioning", "flux_doubt")
TOLERANCE = 1e-9


class Engine:
    """What a certificate asks of an engine, as numbers."""

    def __init__(self, system, sampled=0.0, conditioning=0.0, doubt=0.0):
        self.system, self.says = system, (sampled, conditioning, doubt)
        self.rate = system.friction / system.network.masses[system.bath_sites]

    def sampled_error(self):
        return self.says[0]

    def conditioning(self):
        return self.says[1]

    def flux_doubt(self):
        return self.says[2]


@pytest.fixture(scope="module")
def state():
    """A state right to rounding: sites 3 and 4 feel no bath of their own."""
    masses = [1.0, 1.3, 0.7, 1.1, 1.9]
    return hs.steady_state(hs.OpenNetwork(hs.MeanField(masses, k0=0.4), [hs.Bath(0, 1.5), hs.Bath(2, 0.5, 2.0)]))


def certificate(state, conductance=None, weight=None, pole_sum=None, count=0, **says):
    """Return the certificate of a state, one of its numbers replaced."""
    found = dataclasses.replace(state.resonances, **({} if pole_sum is None else {"pole_sum": pole_sum}))
    if count:
        found = dataclasses.replace(found, n_expected=found.n_expected + count)
    C = state.conductance if conductance is None else conductance
    h = state.bath_weight if weight is None else weight
    return certify(Engine(state.system, **says), found, C, h, state.bright_weight, h[state.system.bath_sites])


def only(found, name):
    """Refuse certificates in which another criterion than ``name`` fails."""
    for other in NAMES:
        limit = CONDITIONING if other in ("conditioning", "flux_doubt") else TOLERANCE
        assert (getattr(found, other) > limit) == (other == name), other


def moved(array, place, by):
    array = array.copy()
    array[place] += by
    return array


def pair_moved(state, by):
    """Return a conductance matrix that stays symmetric and is off by ``by``."""
    return moved(moved(state.conductance, (0, 1), by), (1, 0), by)


def negative(state, by):
    """Return bath weights whose sums hold, one of them negative by ``by``, at a site without a bath."""
    more = state.bath_weight[3, 1] + by
    return moved(moved(state.bath_weight, (3, 1), -more), (3, 0), more)


DAMAGED = {
    "pole_sum": lambda s, x: certificate(s, pole_sum=x * TOLERANCE),
    "sum_rule": lambda s, x: certificate(s, weight=moved(s.bath_weight, (4, 0), x * TOLERANCE)),
    # J_0 off by the change times 1 (T_0 - T_1), in units of γ/m max T = 1.5
    "flux_balance": lambda s, x: certificate(s, conductance=pair_moved(s, 1.5 * x * TOLERANCE)),
    "positivity": lambda s, x: certificate(s, weight=negative(s, x * TOLERANCE)),
    "sampled_error": lambda s, x: certificate(s, sampled=x * TOLERANCE),
    "conditioning": lambda s, x: certificate(s, conditioning=x * CONDITIONING),
}


def test_a_right_state_fails_no_criterion(state):
    found = certificate(state)
    only(found, None)
    assert found.error < 1e-14
    assert found.holds
    found.refuse()


@pytest.mark.parametrize("name", DAMAGED)
def test_each_criterion_refuses_alone_and_at_its_edge(state, name):
    found = DAMAGED[name](state, 1.01)
    only(found, name)
    assert not found.holds
    with pytest.raises(hs.CertificateError, match="No result is returned"):
        found.refuse()
    within = DAMAGED[name](state, 0.99)
    only(within, None)
    assert within.holds
    within.refuse()


@pytest.mark.parametrize("count", [-1, 1])
def test_a_resonance_too_many_or_too_few_refuses_alone(state, count):
    found = certificate(state, count=count)
    only(found, None)
    assert not found.holds
    with pytest.raises(hs.CertificateError, match=f"8 of {found.n_expected}|10 of {found.n_expected}"):
        found.refuse()


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("flux_doubt",)])
def test_what_is_no_number_never_holds(state, name):
    assert not dataclasses.replace(certificate(state), **{name: float("nan")}).holds


def test_a_doubtful_flux_warns_and_is_not_refused(state):
    found = certificate(state, doubt=1.01 * CONDITIONING)
    only(found, "flux_doubt")
    assert found.holds
    found.refuse()
    with pytest.warns(hs.PrecisionWarning, match="certificate.flux_doubt"):
        found.warn()
    with pytest.warns(hs.PrecisionWarning):
        certificate(state, doubt=float("nan")).warn()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        certificate(state, doubt=0.99 * CONDITIONING).warn()


# The same through a solve.


def two_ways(mismatch, sites=70):
    """Return sites 0 and 3 joined through 1 and through 2 by springs of opposite sign, so that what passes cancels.

    The others hang on site 0: so many are beyond the 32 digits that small networks are solved in.
    """
    K = 3.0 * np.eye(sites) - 0.5 * (np.diag(np.arange(sites - 1) > 3, 1) + np.diag(np.arange(sites - 1) > 3, -1))
    for i, j, k in ((0, 1, -0.5), (1, 3, -0.5), (0, 2, -0.5), (2, 3, 0.5 * (1.0 + mismatch)), (0, 4, -0.5)):
        K[i, j] = K[j, i] = k
    return hs.OpenNetwork(hs.Springs(np.ones(sites), K), [hs.Bath(0, 1.5), hs.Bath(3, 0.5)])


@pytest.mark.parametrize("ask", [hs.steady_state, hs.conductance])
def test_a_flux_that_last_bits_decide_comes_with_a_precision_warning(ask):
    """C ~ mismatch²: the last bits of K, 1e-16, are 1e-6 of a mismatch of 1e-10."""
    with pytest.warns(hs.PrecisionWarning, match=r"known to a relative \S+ only"):
        ask(two_ways(1e-10))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(two_ways(1e-3))  # negative control


def weakly(spring, pushes, sites=3):
    """Return three sites that ring apart, joined by weak springs, baths on the outer ones; others hang on the first."""
    K = np.diag(np.append([1.0, 2.0, 5.0], np.full(sites - 3, 9.0)))
    K[0, 3:] = K[3:, 0] = -0.01
    K[0, 1] = K[1, 0] = spring if pushes else -spring
    K[1, 2] = K[2, 1] = -spring
    return hs.OpenNetwork(hs.Springs(np.ones(sites), K), [hs.Bath(0, 1.5), hs.Bath(2, 0.5)])


def told_doubt(system):
    """Return the conductance of two baths, its doubt, and whether a PrecisionWarning told it."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        state = hs.steady_state(system)
    return (state.conductance[0, 1], state.certificate.flux_doubt,
            any(issubclass(w.category, hs.PrecisionWarning) for w in given))


@pytest.mark.parametrize("pushes", [False, True])
@pytest.mark.parametrize("sites", [3, 80])
@pytest.mark.parametrize("spring", [1e-6, 1e-10, 1e-20, 1e-30, 1e-100])
def test_what_passes_through_a_mode_that_rounding_takes_for_dark_is_told(spring, sites, pushes):
    """C = Γ_0 Γ_2/(Γ_0 + Γ_2), Γ_a = w² γ |G_aa|² at the frequency of the site between, to w²; of 0 all is doubted."""
    hang = (sites - 3) * 1e-4 / (9.0 - 2.0)
    right = spring**2 / (abs(1.0 - hang - 2.0 + 1j * 2**0.5) ** 2 + abs(5.0 - 2.0 + 1j * 2**0.5) ** 2)
    value, doubt, is_told = told_doubt(weakly(spring, pushes, sites))
    assert doubt == np.inf if value == 0.0 else abs(value - right) <= 3.0 * doubt * value + 1e-9 * right
    assert is_told == (doubt > CONDITIONING)


def test_baths_that_nothing_joins_exchange_nothing_for_sure():
    """Negative control: no spring at all."""
    assert told_doubt(weakly(0.0, False)) == (0.0, 0.0, False)


def test_the_doubt_of_a_flux_is_no_reason_to_refuse():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.PrecisionWarning)
        found = hs.steady_state(two_ways(1e-10)).certificate
    only(found, "flux_doubt")
    assert found.flux_doubt < 0.1


def told(error):
    """Return the numbers of a refusal by name."""
    text = str(error.value)
    return {name: float(re.search(rf"{name} ([0-9.e+-]+|nan|inf)", text)[1])
            for name in ("pole sum", "sum rule", "flux balance", "sampled resonances", "conditioning")}


def test_last_bits_are_told_by_the_conditioning():
    """Masses 1e-11 apart in a matrix: its last bits, 1e-16, turn the modes by 1e-5, whatever else fails."""
    masses = 1.0 + 1e-11 * np.arange(140)
    masses[[0, -1]] = 1.0, 1.3
    baths = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]
    exact = hs.MeanField(masses, k0=0.4)
    assert hs.steady_state(hs.OpenNetwork(exact, baths)).certificate.conditioning == 0.0  # known as a mean field
    with pytest.raises(hs.CertificateError, match="the last bits") as error:
        hs.steady_state(hs.OpenNetwork(hs.Springs(masses, exact.stiffness()), baths))
    assert told(error)["conditioning"] > CONDITIONING


def test_sampled_resonances_refuse_what_the_identities_do_not_see():
    """Beyond the tree a sample is solved again, every term summed: zeros off by 3e-9 of their widths are refused."""
    network = hs.MeanField(hs.masses.random(3000, spread=0.2, seed=2), k0=0.5)
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    engine = MeanFieldResponse(system)
    right = hs.steady_state(system)
    assert engine.sampled_error() == right.certificate.sampled_error < 1e-11
    engine.zeros = dataclasses.replace(engine.zeros, offsets=engine.zeros.offsets * (1.0 + 3e-9))
    assert engine.sampled_error() == pytest.approx(3e-9, rel=0.1)
    found = certify(engine, right.resonances, right.conductance, right.bath_weight, right.bright_weight,
                    right.bath_weight[system.bath_sites])
    only(found, "sampled_error")
    with pytest.raises(hs.CertificateError, match=r"sampled resonances 3\.0e-09"):
        found.refuse()


def test_identities_are_what_numpy_makes_of_them(state):
    C, h, bright = (np.array(a) for a in (state.conductance, state.bath_weight, 0.9 * state.bright_weight))
    system, T = state.system, state.system.temperature
    rate, at_baths = system.friction / system.network.masses[system.bath_sites], 1.01 * h[system.bath_sites]
    C[0, 1] *= -1.0
    flux, local, balance, missed, lowest, unbalanced = identities(C, h, bright, at_baths, rate, T)
    np.testing.assert_allclose(flux, (C * (T[:, None] - T)).sum(axis=1), rtol=1e-14)
    np.testing.assert_allclose(local, h @ T, rtol=1e-14)
    np.testing.assert_allclose(balance, np.abs(flux / rate - (T - at_baths @ T)), rtol=1e-13)
    assert missed == pytest.approx(np.abs(h.sum(axis=1) - bright).max(), rel=1e-13)
    assert lowest == C[0, 1] / rate[0]
    assert unbalanced == balance.max()


@pytest.mark.parametrize("row", range(5))
def test_nan_anywhere_is_no_certificate(state, row):
    weight = moved(state.bath_weight, (row, 1), np.nan)
    assert np.isnan(certificate(state, weight=weight).sum_rule)
    assert not certificate(state, weight=weight).holds
