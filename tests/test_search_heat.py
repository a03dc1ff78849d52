"""What the wide search found of the statistics of heat and of quanta (needs the extra ``search``)."""

from __future__ import annotations

import numpy as np
import pytest

import hotsprings as hs

pytest.importorskip("flint")

from hotsprings.response import counted as roads
from hotsprings.response.choice import response_of
from hotsprings.response.counting import PoleSum
from hotsprings.response.doubled import Doubled
from hotsprings.response.precise import precise_modes
from hotsprings.response.precise_modal import PreciseResponse
from hotsprings.response.scattering import scatterings
from hotsprings.response.transfer import transfer_of
from tests.search import counted
from tests.search.families import case_of
from tests.search.oracle import NoReferenceError, Oracle
from tests.search.trial import try_case


@pytest.mark.parametrize(("seed", "name"), [
    (779000577, "scaled_cumulant"), (779001148, "scaled_cumulant"), (779001920, "scaled_cumulant"),
    (779002254, "scaled_cumulant"), (779002296, "scaled_cumulant"), (779003787, "scaled_cumulant"),
    (779001300, "cumulants"), (779001300, "noise"), (779000191, "noise"), (779002332, "noise"),
    (779002378, "noise"), (779002430, "noise"), (779003620, "noise"), (779000760, "quantum_conductance"),
    (781003955, "quantum_conductance"),
    (882000112, "quantum_variance"), (883000006, "quantum_variance"), (883000028, "quantum_variance"),
    (781002881, "quantum_variance"), (781003365, "quantum_variance"),
    (781000014, "rate_function"), (781001407, "rate_function"), (781003177, "rate_function"),
    (781002024, "scaled_cumulant")])
def test_what_the_search_found_is_right_now(seed, name):
    """Weakly joined baths, of which a determinant keeps 1 beside 1e-8; little heat between overdamped ones."""
    trial = try_case(seed, *case_of(seed), (name,))
    assert {line.outcome for line in trial.lines} <= {"right", "slow", "told"}
    assert "right" in [line.outcome for line in trial.lines]


@pytest.mark.parametrize(("seed", "name"), [
    (779001337, "scaled_cumulant"), (779001337, "cumulants"), (779003319, "quantum_conductance")])
def test_what_cannot_be_known_is_told(seed, name):
    """C = 2e-29 through resonances 1e-24 wide: what is counted is known no better than it; a pair far below others."""
    assert {line.outcome for line in try_case(seed, *case_of(seed), (name,)).lines} <= {"told", "slow"}


def test_what_a_search_does_not_know_without_other_roads():
    """Between sites that hardly feel each other: the doubt covers what zeros are off by."""
    for seed, draw in ((779000577, 0), (779000577, 10), (779000591, 10), (779000634, 10)):
        system = case_of(seed)[1].system
        counting = counted.drawn(system, np.random.default_rng(seed + draw))
        value, doubt = roads._exponent(system, counting)
        right = Doubled(system).exponent(counting)[0]
        assert abs(value - right) <= 3.0 * doubt
        assert doubt <= 1e-5 * abs(right)


def test_noise_in_32_digits_is_that_of_16():
    """Where 16 digits do: the same sums, each with a code of its own."""
    system = hs.OpenNetwork(hs.Chain([1.0, 1.7, 0.8, 1.2], 1.0, 0.3), [
        hs.Bath(0, 1.5), hs.Bath(1, 0.2, 0.4), hs.Bath(3, 0.9, 0.6)])
    (_, matrix), = scatterings(system)
    np.testing.assert_allclose(PreciseResponse(system).noise(), matrix.noise[0], rtol=1e-12)


def test_the_largest_transmittance_is_sought_beside_poles_on_either_side_of_the_axis():
    """Overdamped slow motion, whose pole rounding puts at Re ω < 0, carries the most heat: λ ends at c = 1/0.8."""
    poles = transfer_of(case_of(781001341)[1].system).branches[0][1]
    for shift in (-1e-30, 0.0, 1e-30):
        omega = np.where(np.abs(poles.omega.real) < 1e-20, shift + 1j * poles.omega.imag, poles.omega)
        assert PoleSum(omega, poles.rho).peak == pytest.approx(1.0, rel=1e-6)


def test_overdamped_resonances_lie_on_the_axis():
    """Found in 32 digits at Re ω = -1e-30, the slowest was none of those with Re ω ≥ 0."""
    found = hs.resonances(case_of(781000014)[1].system)
    assert found.slowest == pytest.approx(3.00023331e-8j, rel=1e-8)
    assert np.sum(found.frequency.real >= 0.0) == 7


def test_modes_that_rounding_turns_are_dark_only_to_what_each_bath_feels_itself():
    """Two modes 1e-26 apart, the one beside a bath of γ = 8e6: what other baths feel of it is not that one's rounding.

    A mode with a node at every bath stays dark.
    """
    assert precise_modes(case_of(781002024)[1].system).dark_stiffness.size == 0
    ring = hs.OpenNetwork(hs.Lattice(6, 1.0, k0=0.3, periodic=(0,)), [hs.Bath(0, 1.0, 1e6), hs.Bath(3, 1.0)])
    assert precise_modes(ring).dark_stiffness.size == 2


def test_floating_baths_that_hardly_exchange_quanta_with_fixed_ones_are_refused():
    """1e26 times as many with each other: a matrix that is singular in 16 digits (LinAlgError)."""
    trial = try_case(781001958, *case_of(781001958), ("quantum_probes",))
    assert [line.outcome for line in trial.lines] == ["refused"]
    assert "let only one of them float" in trial.lines[0].detail


def test_faint_heat_is_a_series_in_what_passes():
    """c𝒯 = 1e-5: four powers are what the zeros say, and its slope is what differences of it say."""
    system = hs.OpenNetwork(hs.Chain([1.0, 1.7, 0.8], 1.0, 0.3), [hs.Bath(0, 1.5), hs.Bath(2, 0.5, 0.6)])
    transfer = transfer_of(system)
    c = 1e-5
    zeros = transfer.branches[0][1].exponent(c)[0]
    assert transfer.exponent(c, c)[0] == pytest.approx(zeros, rel=1e-10)
    assert transfer.slope(c) == pytest.approx(transfer.branches[0][1].slope(c), rel=1e-10)
    assert transfer.exponent(c, c)[1] < 1e-14 * zeros


def test_a_flux_that_the_oracle_does_not_know_is_no_reference():
    """Zeros that balls do not part: there is no flux to ask for."""
    with pytest.raises(NoReferenceError, match="told apart"):
        counted.rate(Oracle(case_of(779003617)[1]), 0.2)


def test_more_digits_of_the_conductance_are_more_of_the_variance():
    """Baths of 1e8 on a mean field: 16 digits and an integral leave 5e-9 of what passes, 32 digits all."""
    system = case_of(779001300)[1].system
    assert response_of(system).flux_doubt() > 1e-9
    assert transfer_of(system).lost < 1e-13


def test_integrals_end_where_rounding_of_frequencies_begins(monkeypatch):
    """Lines 1e-6 wide at 1: halving panels on them changes values by rounding alone, and would go on to the last."""
    from hotsprings.response import resolved

    system = hs.OpenNetwork(hs.Chain([1.0, 1.3, 0.8], 1.0, 0.5), [hs.Bath(0, 1.5, 1e-6), hs.Bath(2, 0.5, 1e-6)])
    response, asked = response_of(system), []
    element = type(response).element
    monkeypatch.setattr(type(response), "element", lambda self, omega, *more, **flags: (
        asked.append(np.size(omega)), element(self, omega, *more, **flags))[1])
    value, error = resolved.resolved_conductance(response, 0, 1, 10**7)
    assert abs(value / hs.conductance(system)[0, 1] - 1.0) <= 3.0 * error <= 1e-9
    assert sum(asked) < 5000


def test_panels_are_not_multiplied_by_poles_at_one_place():
    """Forty overdamped poles within a decade ask for hardly more panels than one."""
    from hotsprings.response.resolved import panel_edges

    one, many = (panel_edges(1j * np.geomspace(1.0, 10.0, n)[-n:], (), np.zeros(1), 1e6).size for n in (1, 40))
    assert many < 2.5 * one


def test_probes_ask_for_integrals_when_they_are_nearly_there(monkeypatch):
    """Cold baths whose fluxes poles leave seven digits of: the same temperatures from a few integrals."""
    from hotsprings.response.bose import PairSum

    found, better = [], PairSum._better

    def counts(self, known, enough, *more):
        out = better(self, known, enough, *more)
        found.append(out is not known and out[0] != known[0])
        return out

    monkeypatch.setattr(PairSum, "_better", counts)
    trial = try_case(0, *case_of(779003793), ("quantum_probes",))
    assert "right" in {line.outcome for line in trial.lines}
    assert sum(found) < 20


def test_quanta_of_lines_narrower_than_the_last_bits_of_a_frequency():
    """Hot baths of friction 1e-20: every power of the transmittance is the sum over poles, in less than a second."""
    from hotsprings.statistics import cumulants

    system = hs.OpenNetwork(hs.Chain([1.0, 1.3], 1.0, 0.5), [hs.Bath(0, 1.5e3, 1e-20), hs.Bath(1, 0.5e3, 2e-20)])
    classical = cumulants(system)
    np.testing.assert_allclose(cumulants(system, quantum=True, hbar=1e-3), classical, rtol=1e-9)


def test_the_same_quanta_whether_frequencies_are_offsets_from_lines(monkeypatch):
    """Lines of 1e-6, which both roads resolve."""
    from hotsprings.response.quanta import Quanta

    system = hs.OpenNetwork(hs.Chain([1.0, 1.3, 0.7], 1.0, 0.5), [hs.Bath(0, 1.5, 1e-6), hs.Bath(2, 0.5, 3e-6)])
    offsets = Quanta(system, 0.3)
    assert (offsets._panels()[0].pole >= 0).any()
    monkeypatch.setattr(Quanta, "_lines", np.empty(0, np.complex128))
    whole = Quanta(system, 0.3)
    assert not (whole._panels()[0].pole >= 0).any()
    np.testing.assert_allclose(offsets.cumulants, whole.cumulants, rtol=1e-9)
