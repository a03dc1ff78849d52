"""The open networks whose reference values the theory page lists, A to E."""

import numpy as np

import hotsprings as hs

MASSES = [0.9, 1.3, 0.7, 1.1, 1.6]


def springs_of_c(pinned=True):
    """Return the stiffness of case C: springs 1/(1 + ((ij + i + j) mod 7)), pinning 0.2 + 0.1 i."""
    stiffness = np.diag(0.2 + 0.1 * np.arange(6)) if pinned else np.zeros((6, 6))
    for i in range(6):
        for j in range(i + 1, 6):
            k = 1.0 / (1.0 + ((i * j + i + j) % 7))
            stiffness[[i, j], [j, i]] -= k
            stiffness[[i, j], [i, j]] += k
    return hs.Springs([1.2, 0.8, 1.0, 1.5, 0.6, 1.1], stiffness)


def case(name):
    """Return a case by its letter; C0 is C without pinning."""
    ends = [hs.Bath(0, 1.5, 0.8), hs.Bath(4, 0.5, 1.3)]
    three = [hs.Bath(0, 1.5, 0.7), hs.Bath(2, 0.8, 1.1), hs.Bath(5, 0.4, 0.5)]
    if name in "AB":
        return hs.OpenNetwork(hs.MeanField(MASSES, k=1.0, k0=0.5 if name == "A" else 0.0), ends)
    if name in ("C", "C0"):
        return hs.OpenNetwork(springs_of_c(name == "C"), three)
    if name == "D":
        network = hs.MeanField([*MASSES, 1.05, 0.85, 1.2], k=0.7, k0=0.3, n_tilde=3.0)
        return hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.8), hs.Bath(3, 0.8, 1.3), hs.Bath(7, 0.4, 0.4)])
    chain = hs.Chain([1.0, 1.7, 0.8, 1.2, 0.9, 1.4], 1.0, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    return hs.OpenNetwork(chain, [hs.Bath(0, 1.5, 1.0), hs.Bath(5, 0.5, 0.6)])
