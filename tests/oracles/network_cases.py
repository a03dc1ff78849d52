"""Systems of the 50-digit references for networks other than the mean field: small, and as hard as they come."""

from __future__ import annotations

import numpy as np

import hotsprings as hs


def _random(n: int, seed: int, spread: float = 0.3) -> np.ndarray:
    return hs.masses.random(n, spread=spread, seed=seed)


def _wide(n: int, seed: int) -> np.ndarray:
    """Return masses from 1e-3 to 1e3, in random order."""
    return np.random.default_rng(seed).permutation(np.geomspace(1e-3, 1e3, n))


def _close(n: int, gap: float) -> np.ndarray:
    return 1.0 + gap * np.arange(n)


def _bonds(n: int, seed: int) -> np.ndarray:
    """Return a random sparse stiffness matrix of small whole springs, exact in binary, with a zero mode per piece."""
    rng = np.random.default_rng(seed)
    springs = np.triu(rng.integers(0, 4, (n, n)) * (rng.random((n, n)) < 0.3), 1).astype(float)
    springs += np.diag(np.ones(n - 1), 1)
    springs += springs.T
    return np.diag(springs.sum(axis=1)) - springs


def _square(rows: int, columns: int) -> np.ndarray:
    """Return K of a square lattice, whose spectrum is degenerate."""
    n = rows * columns
    K = np.zeros((n, n))
    for i in range(n):
        for j in ([i + 1] if (i + 1) % columns else []) + ([i + columns] if i + columns < n else []):
            K[i, i] += 1.0
            K[j, j] += 1.0
            K[i, j] = K[j, i] = -1.0
    return K


def _ends(hot: float = 1.5, cold: float = 0.5, friction: tuple[float, float] = (1.0, 1.0)) -> list[hs.Bath]:
    return [hs.Bath(0, hot, friction[0]), hs.Bath(-1, cold, friction[1])]


def _many(*sites: int, friction: float = 1.0) -> list[hs.Bath]:
    return [hs.Bath(site, 0.5 + 0.3 * i, friction * (1.0 + 0.5 * i)) for i, site in enumerate(sites)]


def cases() -> dict[str, hs.OpenNetwork]:
    """Return every system by its name."""
    chain, power, springs = hs.Chain, hs.PowerLaw, hs.Springs
    pairs = {
        "chain, two free": (chain(np.array([1.0, 2.0])), _ends()),
        "chain, two fixed": (chain(np.array([1.0, 3.0]), ends="fixed"), _ends(friction=(0.3, 2.0))),
        "chain, three, one bath": (chain(np.array([1.0, 2.0, 0.5]), ends="fixed"), _many(1)),
        "chain, ordered, fixed": (chain(np.ones(20), ends="fixed"), _ends()),
        "chain, ordered, free": (chain(np.ones(20)), _ends(friction=(0.5, 1.0))),
        "chain, alternating": (chain(hs.masses.alternating(21, spread=0.3), ends="fixed"), _ends()),
        "chain, random, free": (chain(_random(40, 1)), _ends()),
        "chain, random, pinned": (chain(_random(40, 2), k0=0.5), _ends()),
        "chain, random, fixed": (chain(_random(40, 3), ends="fixed"), _ends()),
        "chain, localised": (chain(_random(40, 4, 0.9), ends="fixed", k0=3.0), _ends()),
        "chain, wide masses": (chain(_wide(20, 5), ends="fixed"), _ends()),
        "chain, close masses": (chain(_close(20, 1e-7), ends="fixed"), _ends()),
        "chain, weak baths": (chain(_random(20, 6), ends="fixed"), _ends(friction=(1e-3, 1e-3))),
        "chain, strong baths": (chain(_random(20, 7), ends="fixed"), _ends(friction=(1e3, 1e3))),
        "chain, weak and strong": (chain(_random(20, 8), ends="fixed"), _ends(friction=(1e-3, 1e3))),
        "chain, inside": (chain(_random(20, 9), ends="fixed"), _many(5, 13)),
        "chain, five baths": (chain(_random(20, 10), ends="fixed"), _many(0, 4, 9, 15, 19)),
        "chain, critical": (chain(np.ones(2), k0=1.0), _ends(friction=(2.0, 2.0))),
    }
    for alpha in (0.5, 1.5, 3.0):
        for kac in (True, False):
            kind = f"power {alpha:g}, {'Kac' if kac else 'bare'}"
            pairs[f"{kind}, random, pinned"] = (power(_random(20, 11), alpha, k0=0.5, kac=kac), _ends())
            pairs[f"{kind}, wide masses"] = (power(_wide(12, 12), alpha, k0=0.1, kac=kac), _ends())
        pairs[f"power {alpha:g}, ring"] = (power(np.ones(12), alpha, k0=0.25, periodic=True), _many(0, 5))
        uneven = power(_random(12, 13), alpha, k0=0.25, periodic=True)
        pairs[f"power {alpha:g}, ring, random"] = (uneven, _many(0, 1, 6))
        pairs[f"power {alpha:g}, forty"] = (power(_random(40, 14), alpha, k0=0.5), _ends())
        pairs[f"power {alpha:g}, identical"] = (power(np.ones(16), alpha, k0=0.5), _ends())
        pairs[f"power {alpha:g}, close masses"] = (power(_close(16, 1e-7), alpha, k0=0.5), _ends())
        pairs[f"power {alpha:g}, weak baths"] = (power(_random(16, 15), alpha, k0=0.5), _many(2, 9, friction=1e-3))
        pairs[f"power {alpha:g}, strong baths"] = (power(_random(16, 16), alpha, k0=0.5), _many(0, 7, 12, friction=1e3))
    pairs |= {
        "springs, random all to all": (hs.random_springs(_random(16, 17), seed=1, k0=0.5), _ends()),
        "springs, sparse, free": (springs(_random(16, 18), _bonds(16, 19)), _ends()),
        "springs, sparse, wide masses": (springs(_wide(16, 20), _bonds(16, 21) + np.eye(16)), _ends()),
        "springs, square lattice": (springs(np.ones(16), _square(4, 4) + 0.5 * np.eye(16)), _many(0, 15)),
        "springs, square lattice, edges": (springs(np.ones(20), _square(4, 5) + 0.5 * np.eye(20)), [
            *hs.bath_group(range(0, 20, 5), 1.5, 0.5), *hs.bath_group(range(4, 20, 5), 0.5, 0.5)]),
        "springs, critical": (springs(np.ones(2), 2.0 * np.eye(2) - np.ones((2, 2)) + 1.0 * np.eye(2)),
                              _ends(friction=(2.0, 2.0))),
        "springs, overdamped group": (springs(np.ones(8), 8.0 * np.eye(8) - np.ones((8, 8)) + 0.5 * np.eye(8)),
                                      hs.bath_group((0, 1, 2), 1.5, 20.0) + hs.bath_group((5, 6), 0.5, 20.0)),
        "springs, a bath everywhere": (springs(_random(5, 22), _bonds(5, 23) + np.eye(5)), _many(0, 1, 2, 3, 4)),
        "ions": (hs.ion_crystal(8), hs.bath_group((0, 1), 1.0, 0.5) + hs.bath_group((6, 7), 0.2, 0.5)),
    }
    return {name: hs.OpenNetwork(network, baths) for name, (network, baths) in pairs.items()}
