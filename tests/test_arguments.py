"""Every argument of every public function, given what it cannot be: one error that names it, or a finite answer."""

import dataclasses
import decimal
import inspect
import warnings

import numpy as np
import pytest
import scipy.sparse

import hotsprings as hs
from hotsprings import checks, dynamics, quantum, spectrum, statistics, theory


class _NoRepr:
    def __repr__(self):
        raise RuntimeError("no repr")

    def __array__(self, *_, **__):
        raise RuntimeError("no array")


MASKED = np.ma.array([1.0, 2.0, 3.0, 4.0], mask=[0, 1, 0, 0])
NEVER = {  # what no argument may be that is asked for numbers, sites, groups or words
    "complex": 1j, "bytes": b"x", "object": object(), "no repr": _NoRepr(), "decimal": decimal.Decimal("1.5"),
    "dates": np.array([1, 2], "m8[s]"), "date": np.timedelta64(3, "s"), "texts": np.array(["a", "b"]),
    "objects": np.array([None, 1.0], object), "masked": MASKED, "mask": np.ma.masked, "ragged": [[1.0], [1.0, 2.0]],
    "lambda": lambda x: x, "struct": np.zeros(2, [("a", "f8")]), "3-d objects": np.zeros((2, 2, 2), object),
    "long": [10**400, 1], "complexes": [1j, 2.0], "nothing": "\x00",
}
ODD = {  # what some may be: then what comes out is finite
    "nan": float("nan"), "inf": float("inf"), "-inf": -float("inf"), "minus": -1, "half": -0.5, "zero": 0, "true": True,
    "text": "x", "empty text": "", "none": None, "empty": [], "one": [1.0], "no numbers": np.zeros(0),
    "0-d": np.array(1.0), "0-d int": np.array(1), "0-d nan": np.array(np.nan), "2-d": np.ones((2, 2)),
    "3-d": np.ones((2, 2, 2)), "10**400": 10**400, "2**63": 2**63, "2**64": 2**64, "largest": 1.7e308,
    "smallest": 5e-324, "nans": [1.0, np.nan], "signs": [1.0, -1.0], "truths": [True, False], "mapping": {1: 2},
    "set": {0, 1}, "beyond": 99, "far below": -99, "beyonds": [99], "twice": [0, 0], "twice from the end": [0, -4],
    "float sites": [0.0, 1.0], "a pair": [[0, 1]], "a loop": [[0, 0]], "group": "hot", "groups": ["hot", "hot"],
}
TAKEN = {  # what is a value here: sites that the network will refuse, values of a sweep, numbers that are missing
    ("bath_group", "sites"): {"long"}, ("from_graph", "weight"): {"nothing"}, ("Axis", "parameter"): {"nothing"},
    ("Axis", "values"): {"texts", "ragged", "long"},
    ("Axis", "labels"): set(NEVER) - {"complex", "bytes", "object", "mask", "date"},
    ("Units.friction", "per_ps"): {"nans"}, ("Units.friction", "mass"): {"nans"},
}
MASSES = [1.0, 1.2, 0.9, 1.1]
CHAIN = hs.Chain(MASSES, 1.0, 0.3)
TWO = hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.5, name="hot"), hs.Bath(3, 0.5, name="cold")])
THREE = hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.5, name="hot"), hs.Bath(1, 1.0), hs.Bath(3, 0.5, name="cold")])
EQUAL = hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.0), hs.Bath(3, 1.0)])
DRUDE = hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.5, cutoff=3.0), hs.Bath(3, 0.5, cutoff=2.0)])
TIMES, OMEGA = [0.0, 1.0], [0.5, 1.0]
UNITS = hs.Units()

MADE = [  # a name, what is called, and arguments that are right
    (hs.Bath, {"site": 0, "temperature": 1.0, "friction": 1.0, "cutoff": 2.0, "name": "a"}),
    (hs.Lead, {"site": 0, "temperature": 1.0, "k": 1.0, "mass": 2.0, "name": "a"}),
    (hs.bath_group, {"sites": [0, 1], "temperature": 1.0, "friction": 1.0, "cutoff": 2.0, "name": "a"}),
    (hs.OpenNetwork, {"network": CHAIN, "baths": [hs.Bath(0, 1.0)]}),
    (hs.Chain, {"masses": MASSES, "k": 1.0, "k0": 0.1, "ends": "fixed"}),
    (hs.Lattice, {"shape": (2, 3), "masses": 1.0, "k": 1.0, "k0": 0.1, "periodic": (), "ends": "free"}),
    (hs.MeanField, {"masses": MASSES, "k": 1.0, "k0": 0.1, "kac": True}),
    (hs.PowerLaw, {"masses": MASSES, "alpha": 1.0, "k": 1.0, "k0": 0.1, "kac": True, "periodic": False}),
    (hs.Springs, {"masses": [1, 2], "stiffness": [[2.0, -1.0], [-1.0, 2.0]], "positions": [[0.0], [1.0]]}),
    (hs.from_graph, {"graph": np.ones((4, 4)) - np.eye(4), "masses": MASSES, "k": 1.0, "k0": 0.1, "weight": "weight"}),
    (hs.random_chain, {"masses": MASSES, "distribution": "uniform", "mean": 1.0, "spread": 0.5, "exponent": 1.0,
                       "seed": 0, "k0": 0.1, "ends": "free"}),
    (hs.random_springs, {"masses": MASSES, "mean": 1.0, "spread": 0.5, "seed": 0, "k0": 0.1, "kac": True,
                         "distribution": "uniform"}),
    (hs.Anharmonic, {"network": CHAIN, "cubic": 0.1, "quartic": 0.2, "onsite_quartic": 0.1}),
    (hs.IonTrap, {"mass": 1e-25, "omega": 1e6, "charge": 1.6e-19}),
    (hs.ion_crystal, {"n": 3, "masses": 1.0, "branch": "x", "ratio": 3.0}),
    (hs.ion_positions, {"n": 3}),
    (hs.masses.random, {"n": 4, "mean": 1.0, "spread": 0.1, "seed": 1}),
    (hs.masses.graded, {"n": 4, "mean": 1.0, "spread": 0.1}),
    (hs.Units, {"mass": "amu", "length": "angstrom", "energy": "eV"}),
    (UNITS.friction, {"per_ps": 1.0, "mass": 1.0}),
    (hs.fit_exponent, {"x": [1.0, 2, 3, 4], "y": [1.0, 2.1, 2.9, 4.2], "error": [0.1] * 4, "confidence": 0.9}),
    (hs.Axis, {"parameter": "network.k", "values": [1.0, 2.0], "name": "a", "labels": ("x", "y")}),
    (hs.Axis("n", [1, 2]).at, {"i": 0}),
]
ASKED = [
    (hs.steady_state, {"system": TWO, "dark_temperature": 0.5}),
    (hs.transmittance, {"system": THREE, "omega": OMEGA, "source": "hot", "drain": "cold"}),
    (hs.green, {"system": TWO, "omega": OMEGA, "i": 0, "j": 1}),
    (hs.covariance, {"system": TWO, "sites": [0, 1]}),
    (hs.bond_heat_flux, {"system": TWO, "bonds": [[0, 1], [1, 2]]}),
    (hs.bond_correlation, {"system": TWO, "i": 0, "j": 1, "times": TIMES}),
    (hs.correlation, {"system": TWO, "i": 0, "j": 1, "times": TIMES, "of": "velocity"}),
    (hs.power_spectrum, {"system": TWO, "omega": OMEGA, "i": 0}),
    (hs.current_correlation, {"system_or_network": EQUAL, "times": TIMES, "temperature": 1.0}),
    (hs.mean_motion, {"system": TWO, "times": TIMES, "kick": (0, 1.0)}),
    (hs.mean_motion, {"system": TWO, "times": TIMES, "displacement": (0, 1.0)}),
    (hs.relaxation, {"system": TWO, "times": TIMES, "initial_temperature": 1.0}),
    (hs.self_consistent, {"system": THREE, "floating": [1], "quantum": False, "hbar": 1.0}),
    (hs.thermodynamics, {"network": CHAIN, "temperature": 1.0, "quantum": True}),
    (hs.resonances(TWO).plot, {"ax": None}),
    (spectrum.cumulative_heat_flux, {"system": TWO, "omega": OMEGA, "source": 0, "drain": 1}),
    (spectrum.frequency_grid, {"system": TWO, "points_per_resonance": 4, "omega_max": 3.0}),
    (spectrum.local_density_of_states, {"system": TWO, "omega": OMEGA, "site": 0}),
    (quantum.heat_flux, {"system": THREE, "hbar": 1.0, "source": 0, "drain": 2}),
    (quantum.conductance, {"system": TWO, "temperature": 1.0, "hbar": 1.0, "source": 0, "drain": 1, "quanta": False}),
    (quantum.covariance, {"system": DRUDE, "sites": [0, 1], "hbar": 1.0}),
    (statistics.cumulants, {"system": TWO, "order": 2, "quantum": False, "hbar": 1.0}),
    (statistics.noise, {"system": THREE, "source": 0, "drain": 2}),
    (statistics.rate_function, {"system": TWO, "flux": 0.1}),
    (statistics.scaled_cumulant, {"system": TWO, "counting": 0.1, "quantum": False, "hbar": 1.0}),
    (dynamics.simulate, {"system": TWO, "duration": 4.0, "dt": 0.1, "replicas": 1, "seed": 0, "warmup": 1.0,
                         "integrator": "splitting", "initial_temperature": 1.0, "sample_every": 1}),
]
STANDARD = {"n": 4, "omega": OMEGA, "k": 1.0, "k0": 1.0, "mass": 1.0, "friction": 1.0, "temperatures": (1.0, 0.5),
            "n_tilde": 3.0, "per_side": 2, "bath_masses": (1.0, 1.0), "kac": True}
FORMULAS = [(function, {name: STANDARD[name] for name in inspect.signature(function).parameters})
            for function in (getattr(theory, name) for name in theory.__all__)]
ALL = [*MADE, *ASKED, *FORMULAS]


def called(function):
    return getattr(function, "__qualname__", str(function))


def finite(value):
    """Return whether all floating-point numbers in an answer are finite; it may hold infinities by its nature."""
    if isinstance(value, np.ndarray | float):
        return bool(np.all(np.isfinite(value)))
    if isinstance(value, tuple):
        return all(finite(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, hs.ExponentFit | dynamics.Simulation):
        return all(finite(getattr(value, field.name)) for field in dataclasses.fields(value))
    return True


def faults(function, good, name, values, accepted):
    """Return what is wrong with the answers to these values of one argument."""
    found = []
    for label, value in values.items():
        try:
            answer = function(**{**good, name: value})
        except hs.ArgumentError as err:
            if len(str(err)) > 400:
                found.append(f"{name} = {label}: {len(str(err))} characters")
        except Exception as err:
            found.append(f"{name} = {label}: {type(err).__name__}: {str(err)[:80]}")
        else:
            if not accepted:
                found.append(f"{name} = {label}: taken")
            elif not finite(answer):
                found.append(f"{name} = {label}: not finite")
    return found


@pytest.mark.parametrize(("function", "good"), ALL, ids=[f"{called(f)}-{i}" for i, (f, _) in enumerate(ALL)])
def test_no_argument_takes_what_it_cannot_be(function, good, recwarn):
    warnings.simplefilter("ignore")
    assert finite(function(**good))
    wrong = []
    for name in good:
        taken = TAKEN.get((called(function), name), set())
        wrong += faults(function, good, name, {k: v for k, v in NEVER.items() if k not in taken}, False)
        wrong += faults(function, good, name, {k: v for k, v in ODD.items() if k not in taken}, True)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("call", "argument"), [
    (lambda: hs.steady_state(TWO, dark_temperature=True), "dark_temperature"),
    (lambda: hs.bath_group(b"\x00\x01", 1.0), "sites"),
    (lambda: hs.bath_group({0: 1}, 1.0), "sites"),
    (lambda: hs.Chain(MASKED), "masses"),
    (lambda: hs.Bath(0, np.ma.masked), "temperature"),
    (lambda: hs.transmittance(THREE, np.ma.array(OMEGA, mask=[1, 0]), 0, 2), "omega"),
    (lambda: hs.random_springs(MASSES, k0=-1.0), "k0"),
    (lambda: hs.random_springs(MASSES, mean=1e250), "mean"),
    (lambda: hs.random_springs(MASSES, distribution=lambda rng: rng), "distribution"),
    (lambda: hs.from_graph(np.ones((3, 3)) - np.eye(3), k0=-9.0), "k0"),
    (lambda: hs.from_graph(np.ones((3, 3)) - np.eye(3), k=1e300), "k"),
    (lambda: hs.Chain([1, 1], 1.0, 1e300), "k0"),
    (lambda: hs.Lattice((10**6, 10**6), 1.0), "shape"),
    (lambda: hs.masses.graded(2**63), "n"),
    (lambda: hs.masses.random(4, seed=2**64), "seed"),
    (lambda: hs.random_chain(MASSES, exponent=float("nan")), "exponent"),
    (lambda: hs.quantum.heat_flux(TWO, hbar=1e300), "hbar"),
    (lambda: hs.correlation(TWO, 0, 0, 1e300), "times"),
    (lambda: hs.sweep_status(None, "x"), "plan"),
    (lambda: hs.sweep_status(hs.Plan(lambda n: TWO, {"n": [4]}), 1), "store"),
    (lambda: hs.sweep(hs.Plan(lambda n: TWO, {"n": [4]}), pool=1), "pool"),
    (lambda: hs.sweep(hs.Plan(lambda n: TWO, {"n": [4]}), retry_failed=1), "retry_failed"),
    (lambda: hs.sweep(hs.Plan(lambda n: TWO, {"n": [4]}), workers=10**400), "workers"),
    (lambda: hs.sweeps.load_plan(1), "path"),
    (lambda: dynamics.Trajectory(1), "path"),
    (lambda: dynamics.Trajectory("x.nc", sites=1), "sites"),
    (lambda: dynamics.simulate(TWO, 4.0, 0.1, checkpoint=1), "checkpoint"),
    (lambda: hs.read_network("x.npz", format=[]), "path"),
    (lambda: TWO.plot(ax=1), "ax"),
    (lambda: spectrum.plot_transmittance(TWO, omega=[]), "omega"),
])
def test_the_argument_is_named(call, argument):
    with pytest.raises(hs.ArgumentError) as caught:
        call()
    assert caught.value.argument == argument


def test_arrays_without_dimensions_are_numbers():
    assert checks.integer("n", np.array(3)) == 3
    assert checks.number("x", np.array(1.5)) == 1.5
    assert TWO.bath_numbers("source", np.array(1)) == [1]


@pytest.mark.parametrize("start", [{"kick": 0}, {"displacement": 0}, {"kick": (1, 2.0), "displacement": {2: 1e-9}}])
def test_the_start_itself_is_an_answer(start):
    """Nothing has moved at t = 0, and where it moves to later does not decide whether that is right."""
    motion = hs.mean_motion(TWO, [0.0], **start)
    shifts, kicks = np.zeros(4), np.zeros(4)
    if "displacement" in start:
        shifts[2 if "kick" in start else 0] = 1e-9 if "kick" in start else 1.0
    if "kick" in start:
        kicks[1 if "displacement" in start else 0] = 2.0 if "displacement" in start else 1.0
    np.testing.assert_allclose(motion.position[0], shifts, atol=1e-13)
    np.testing.assert_allclose(motion.velocity[0], kicks / CHAIN.masses, atol=1e-13)


@pytest.mark.parametrize(("friction", "told"), [(1e-10, True), (1.0, False)])
def test_what_rings_for_long_is_known_to_few_digits(friction, told):
    """After 10^10 periods a rounding of ω has turned the phase by 10^-6; what has decayed owes it nothing."""
    system = hs.OpenNetwork(CHAIN, [hs.Bath(0, 1.0, friction), hs.Bath(3, 1.0, friction)])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hs.correlation(system, 0, 0, [0.0, 1e10])
    assert any("turns what still rings" in str(warning.message) for warning in caught) == told


@pytest.mark.parametrize("ask", [hs.conductance, hs.steady_state, lambda system: hs.transmittance(system, [1.0])])
@pytest.mark.parametrize(("network", "cutoff"), [
    (hs.PowerLaw(np.ones(20_000), 1.0), None),
    (hs.Lattice((200, 100), hs.masses.random(20_000, 1.0, 0.3, seed=1)), None),
    (hs.Chain(hs.masses.random(20_000, 1.0, 0.3, seed=1)), 3.0)])
def test_matrices_beyond_the_memory_are_refused_before_they_are_made(network, cutoff, ask, monkeypatch):
    system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, cutoff=cutoff), hs.Bath(-1, 0.5)])
    monkeypatch.setattr(checks, "memory", lambda: 3.0 * 2**30)
    with pytest.raises(hs.ArgumentError, match=r"'system' must fit into the 3 GiB of this machine .* are needed"):
        ask(system)


def test_a_stiffness_matrix_beyond_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(checks, "memory", lambda: 2.0**30)
    for network in (hs.PowerLaw(np.ones(12_000), 1.0), hs.Chain(np.ones(12_000)), hs.MeanField(np.ones(12_000)),
                    hs.Lattice((120, 100), 1.0)):
        with pytest.raises(hs.ArgumentError, match="'network' must fit into the 1 GiB"):
            network.stiffness()
    for name, make in (("stiffness", lambda: hs.Springs(np.ones(12_000), scipy.sparse.eye_array(12_000))),
                       ("graph", lambda: hs.from_graph(scipy.sparse.coo_array((12_000, 12_000)))),
                       ("masses", lambda: hs.random_springs(np.ones(12_000), seed=1))):
        with pytest.raises(hs.ArgumentError, match=f"'{name}' must fit into the 1 GiB"):
            make()


def test_what_needs_no_matrices_is_answered_whatever_the_memory(monkeypatch):
    """Negative control; and the machine's own memory is read."""
    assert checks.memory() > 2**28
    monkeypatch.setattr(checks, "memory", lambda: 2.0**20)
    for network in (hs.Chain(hs.masses.random(15_000, 1.0, 0.3, seed=1)), hs.MeanField(np.ones(15_000))):
        assert hs.conductance(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))[0, 1] > 0.0
