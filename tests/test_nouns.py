"""Masses, network, baths, system: what they are, and what they refuse."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import hotsprings as hs


def test_mass_configurations():
    np.testing.assert_array_equal(hs.masses.identical(3, 2.0), [2.0, 2.0, 2.0])
    np.testing.assert_allclose(hs.masses.graded(5, 1.0, 0.2), [0.8, 0.9, 1.0, 1.1, 1.2])
    np.testing.assert_allclose(hs.masses.alternating(5, 1.0, 0.2), [0.8, 1.2, 0.8, 1.2, 0.8])
    m = hs.masses.random(1000, 1.0, 0.1, seed=5)
    np.testing.assert_array_equal(m, hs.masses.random(1000, 1.0, 0.1, seed=5))
    assert not np.array_equal(m, hs.masses.random(1000, 1.0, 0.1, seed=6))
    assert m.min() >= 0.9
    assert m.max() <= 1.1
    assert m.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.1)  # five standard errors
    assert hs.masses.graded(1).tolist() == [1.0]


def test_stiffness_is_equation_1():
    net = hs.MeanField([1.0, 2.0, 3.0], k=0.6, k0=[0.1, 0.0, 0.2])
    q = np.array([0.3, -1.0, 0.5])
    pairs = sum((q[i] - q[j]) ** 2 / 2 for i in range(3) for j in range(3))
    energy = 0.5 * np.sum(net.k0 * q**2) + 0.6 / (2 * 2) * pairs
    assert 0.5 * q @ net.stiffness() @ q == pytest.approx(energy, rel=1e-14)
    assert (net.n_tilde, hs.MeanField([1, 1, 1], kac=False).n_tilde) == (2.0, 1.0)
    assert hs.MeanField([1, 1, 1], n_tilde=0.3).coupling == pytest.approx(1 / 0.3)


def test_stability_boundary():
    """K is positive semidefinite exactly where it is accepted."""
    rng = np.random.default_rng(3)
    verdicts = set()
    for _ in range(300):
        k0 = rng.uniform(-0.5, 1.0, 4)
        K = np.diag(k0) + (4 * np.eye(4) - 1) / 3
        stable = np.linalg.eigvalsh(K)[0] >= 0
        verdicts.add(stable)
        if stable:
            assert not hs.MeanField(np.ones(4), k0=k0).free
        else:
            with pytest.raises(hs.ArgumentError, match="'k0' must keep the stiffness matrix positive semidefinite"):
                hs.MeanField(np.ones(4), k0=k0)
    assert verdicts == {True, False}


def test_objects_are_immutable_and_pickle():
    system = hs.OpenNetwork(hs.MeanField([1.0, 2.0, 3.0], k0=[0, 1, 0], n_tilde=2.5), [hs.Bath(-1, 1.0, 2.0)])
    for change in (lambda: setattr(system.network, "k", 2.0), lambda: setattr(system, "baths", ()),
                   lambda: setattr(system.baths[0], "site", 0)):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(ValueError, match="read-only"):
        system.network.masses[0] = 5.0
    assert pickle.loads(pickle.dumps(system)).parameters() == system.parameters()
    masses = np.array([1.0, 2.0])
    net = hs.MeanField(masses)
    masses[0] = 7.0
    assert net.masses[0] == 1.0


def test_reprs():
    net = hs.MeanField(hs.masses.graded(1000), k0=0.5, kac=False)
    assert repr(net) == "MeanField(N=1000, m=0.9…1.1, k=1, k0=0.5, Ñ=1 (bare))"
    assert "bath 0: site 999, T=1, γ=2" in repr(hs.OpenNetwork(net, [hs.Bath(-1, 1.0, 2.0)]))


def test_system_draws_itself():
    import matplotlib.pyplot as plt

    ax = hs.OpenNetwork(hs.MeanField([1.0, 2.0, 3.0]), [hs.Bath(1, 1.0, 2.0)]).plot()
    assert ax.figure.axes == [ax]
    assert len(ax.patches) >= 4  # three particles and a bath
    plt.close(ax.figure)


def test_resonances_draw_themselves():
    import matplotlib.pyplot as plt

    found = hs.resonances(hs.OpenNetwork(hs.MeanField([1.0, 2.0, 3.0]), [hs.Bath(1, 1.0, 2.0)]))
    ax = found.plot()
    (line,) = ax.lines
    assert line.get_xdata().size == np.sum(found.frequency.real >= 0.0)
    assert ax.get_yscale() == "log"
    plt.close(ax.figure)


BAD = [
    (lambda: hs.masses.random(0), "'n' must be an integer, 1 or more, but 0"),
    (lambda: hs.masses.random(3.0), "'n' must be an integer"),
    (lambda: hs.masses.random(True), "'n' must be an integer"),
    (lambda: hs.masses.random(3, seed=-1), "'seed'"),
    (lambda: hs.masses.graded(3, 1.0, 1.0), "'spread' must be less than the mean"),
    (lambda: hs.masses.identical(3, -1.0), "'mean' must be a positive finite number, but -1.0"),
    (lambda: hs.MeanField([1.0]), "'masses' must have at least 2 elements"),
    (lambda: hs.MeanField([1.0, 0.0]), "'masses' must be .* positive finite numbers, but element 1 is 0.0"),
    (lambda: hs.MeanField([1.0, -2.0]), "element 1 is -2.0"),
    (lambda: hs.MeanField([1.0, np.nan]), "element 1 is nan"),
    (lambda: hs.MeanField([1.0, np.inf]), "element 1 is inf"),
    (lambda: hs.MeanField(["1", "2"]), "'masses' must be"),
    (lambda: hs.MeanField([[1.0, 2.0]]), r"shape \(1, 2\)"),
    (lambda: hs.MeanField(3.0), "'masses' must be a one-dimensional"),
    (lambda: hs.MeanField([[1.0], [2.0, 3.0]]), "not a regular array"),
    (lambda: hs.MeanField([1, 1], k=0.0), "'k' must be a positive"),
    (lambda: hs.MeanField([1, 1], k="1"), r"'1' \(str\)"),
    (lambda: hs.MeanField([1, 1], k=10**400), "'k' must be a positive finite"),
    (lambda: hs.MeanField([1, 1], k=1e300), "'k' must keep every"),
    (lambda: hs.MeanField([1, 1], k0=[1.0]), r"'k0' must have one element per site \(2\), but 1"),
    (lambda: hs.MeanField([1, 1], k0=np.nan), "'k0' must be a finite number"),
    (lambda: hs.MeanField([1, 1], k0=-0.1), "positive semidefinite"),
    (lambda: hs.MeanField([1, 1], k0=-9.0), "positive semidefinite"),
    (lambda: hs.MeanField([1, 1], kac=1), "'kac' must be True or False"),
    (lambda: hs.MeanField([1, 1], n_tilde=0.0), "'n_tilde' must be a positive"),
    (lambda: hs.Bath(0.0, 1.0), "'site' must be an integer"),
    (lambda: hs.Bath(0, -1.0), "'temperature' must be a finite number, zero or more"),
    (lambda: hs.Bath(0, "hot"), "'temperature'"),
    (lambda: hs.Bath(0, 1.0, 0.0), "'friction' must be a positive"),
    (lambda: hs.OpenNetwork([1, 1], [hs.Bath(0, 1)]), "'network' must be a network"),
    (lambda: hs.OpenNetwork(hs.MeanField([1, 1]), []), "'baths' must hold at least one Bath"),
    (lambda: hs.OpenNetwork(hs.MeanField([1, 1]), [1]), r"'baths\[0\]' must be a Bath"),
    (lambda: hs.OpenNetwork(hs.MeanField([1, 1]), "ab"), "'baths' must be a list of Bath or Lead"),
    (lambda: hs.OpenNetwork(hs.MeanField([1, 1]), [hs.Bath(2, 1)]), r"'baths\[0\].site' must be a site of the 2"),
    (lambda: hs.OpenNetwork(hs.MeanField([1, 1]), [hs.Bath(0, 1), hs.Bath(-2, 1)]),
     r"'baths\[1\].site' must differ .* baths\[0\] is on site 0 too"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message) as caught:
        call()
    text = str(caught.value)
    assert text.startswith("Argument '")
    assert " must " in text
    assert ", but " in text
    assert pickle.loads(pickle.dumps(caught.value)).args == caught.value.args


def test_public_surface():
    for name in ("masses", "MeanField", "Bath", "OpenNetwork", "steady_state", "SteadyState", "transmittance", "green",
                 "resonances", "Resonances", "theory", "spectrum", "ArgumentError", "CertificateError",
                 "DarkModeWarning", "__version__"):
        assert hasattr(hs, name), name
        assert name in dir(hs)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = hs.nonsense
    assert callable(hs.green)
    assert callable(hs.steady_state)


def test_import_is_light():
    heavy = "numpy numba scipy xarray matplotlib pydantic rich cyclopts"
    code = f"import sys, hotsprings; print([m for m in {heavy.split()} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
