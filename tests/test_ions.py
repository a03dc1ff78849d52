"""Ion crystals against closed positions and frequencies, 30-digit references, and their sum rules."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import hotsprings as hs


def frequencies(net):
    root = np.sqrt(net.masses)
    return np.sqrt(np.linalg.eigvalsh(net.stiffness() / np.outer(root, root)))


def test_closed_positions():
    assert hs.ion_positions(1).tolist() == [0.0]
    np.testing.assert_allclose(hs.ion_positions(2), np.array([-1, 1]) * 0.25 ** (1 / 3), rtol=2e-16)
    np.testing.assert_allclose(hs.ion_positions(3), np.array([-1, 0, 1]) * 1.25 ** (1 / 3), rtol=2e-16)
    np.testing.assert_allclose(hs.ion_positions(4)[2:], [0.4544, 1.4368], atol=5e-5)  # James 1998, table 1


def test_closed_axial_frequencies():
    np.testing.assert_allclose(frequencies(hs.ion_crystal(2)), [1.0, np.sqrt(3)], rtol=1e-15)
    np.testing.assert_allclose(frequencies(hs.ion_crystal(3)), [1.0, np.sqrt(3), np.sqrt(5.8)], rtol=1e-15)


@pytest.mark.parametrize("n", [5, 20])
def test_positions_against_30_digits(n):
    with mpmath.workdps(30):
        def force(*u):
            return [u[i] - sum(mpmath.sign(u[i] - u[j]) / (u[i] - u[j]) ** 2 for j in range(n) if j != i)
                    for i in range(n)]

        exact = mpmath.findroot(force, [mpmath.mpf(x) for x in hs.ion_positions(n)], tol=1e-25)
        error = max(abs(exact[i] - mpmath.mpf(x)) for i, x in enumerate(hs.ion_positions(n)))
    assert error < 1e-14


@pytest.mark.parametrize("n", [2, 7, 50, 100, 301])
def test_every_crystal_has_its_two_universal_modes(n):
    """Centre of mass (1) and breathing (√3) have these frequencies for every n, at the exact positions alone."""
    u, found = hs.ion_positions(n), frequencies(hs.ion_crystal(n))
    assert np.all(np.diff(u) > 0.0)
    np.testing.assert_array_equal(u, -u[::-1])
    np.testing.assert_allclose(found[:2], [1.0, np.sqrt(3)], rtol=1e-12)
    off = u * (1 + 1e-6)  # positions a little off do not
    cubes = np.abs(np.subtract.outer(off, off) + np.diag(np.full(n, np.inf))) ** -3.0
    wrong = np.diag(1 + 2 * cubes.sum(axis=1)) - 2 * cubes
    assert abs(np.sqrt(np.linalg.eigvalsh(wrong)[1]) - np.sqrt(3)) > 1e-7


def test_spacing_at_the_centre():
    n = 10  # James 1998, a fit up to ten ions: 2.018/n^0.559
    assert np.diff(hs.ion_positions(n))[n // 2 - 1] == pytest.approx(2.018 * n**-0.559, rel=0.02)


def test_transverse_branch():
    n, ratio = 6, 5.0
    axial, x = hs.ion_crystal(n), hs.ion_crystal(n, branch="x", ratio=ratio)
    both = 2 * x.stiffness() + axial.stiffness()
    np.testing.assert_allclose(both, (1 + 2 * ratio**2) * np.eye(n), rtol=0, atol=1e-13)
    assert np.array_equal(hs.ion_crystal(n, branch="y", ratio=ratio).stiffness(), x.stiffness())
    assert frequencies(x)[-1] == pytest.approx(ratio, rel=1e-14)  # the centre of mass is the fastest
    np.testing.assert_allclose(x.pinning, ratio**2, rtol=1e-13)


def test_zigzag():
    critical = np.sqrt(2.4)  # of three ions: ratio² = (29/5 - 1)/2
    assert frequencies(hs.ion_crystal(3, branch="x", ratio=critical * (1 + 1e-9)))[0] < 1e-3
    for ratio in (critical * (1 - 1e-9), 1.0):
        with pytest.raises(hs.ArgumentError, match=r"'ratio' must be above 1\.549193338, where 3 ions buckle"):
            hs.ion_crystal(3, branch="x", ratio=ratio)
    assert hs.ion_crystal(1, branch="x", ratio=0.1).stiffness()[0, 0] == pytest.approx(0.01)


def test_si_units():
    trap = hs.IonTrap(mass=6.6359444e-26, omega=2 * np.pi * 1e6)  # calcium 40 at 1 MHz
    assert trap.length == pytest.approx(4.449e-6, rel=1e-3)
    assert trap.energy == pytest.approx(trap.charge**2 / (4 * np.pi * 8.8541878188e-12 * trap.length), rel=1e-12)
    assert trap.temperature * 1.380649e-23 == pytest.approx(trap.energy, rel=1e-15)
    assert trap.friction * trap.omega == pytest.approx(trap.stiffness, rel=1e-15)
    net = hs.ion_crystal(3, [1, 2, 1], trap=trap)
    np.testing.assert_allclose(frequencies(net), trap.omega * frequencies(hs.ion_crystal(3, [1, 2, 1])), rtol=1e-13)
    assert net.masses[1] == 2 * trap.mass
    assert repr(net).endswith("from ion_crystal(branch=axial, SI))")


def test_a_crystal_between_lasers():
    net = hs.ion_crystal(50, branch="x", ratio=30.0)
    system = hs.OpenNetwork(net, hs.bath_group([0, 1], 1.0, 0.02) + hs.bath_group([-1, -2], 0.1, 0.02))
    assert system.n_baths == 4
    assert "from ion_crystal(branch=x, ratio=30)" in repr(system)


BAD = [
    (lambda: hs.ion_positions(0), "'n' must be an integer, 1 or more"),
    (lambda: hs.ion_crystal(2.5), "'n' must be an integer"),
    (lambda: hs.ion_crystal(2, [1.0]), r"'masses' must have one element per site \(2\)"),
    (lambda: hs.ion_crystal(2, -1.0), "'masses' must be .* positive"),
    (lambda: hs.ion_crystal(2, branch="z"), "'branch' must be 'axial', 'x' or 'y', but 'z'"),
    (lambda: hs.ion_crystal(2, branch="x"), "'ratio' must be given for the x branch, above 1, where 2 ions buckle"),
    (lambda: hs.ion_crystal(2, ratio=3.0), "'ratio' must be left out for the axial branch"),
    (lambda: hs.ion_crystal(2, branch="y", ratio=-3.0), "'ratio' must be a positive"),
    (lambda: hs.ion_crystal(2, trap=1.0), "'trap' must be an IonTrap"),
    (lambda: hs.IonTrap(0.0, 1.0), "'mass' must be a positive"),
    (lambda: hs.IonTrap(1.0, "fast"), "'omega' must be a positive"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input_gets_one_clear_error(call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call()


def test_ions_stand_where_they_are():
    u = hs.ion_positions(5)
    np.testing.assert_array_equal(hs.ion_crystal(5).positions, u[:, None])
    trap = hs.IonTrap(6.6e-26, 2e6)
    np.testing.assert_allclose(hs.ion_crystal(5, trap=trap).positions, trap.length * u[:, None], rtol=1e-15)
