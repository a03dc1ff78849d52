"""A network as exact rational numbers: its masses, springs and pinnings, not what a rounded K keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from flint import fmpq

import hotsprings as hs


@dataclass(frozen=True, eq=False)
class Case:
    """An open network, and the numbers it is made of.

    ``springs``: w_ij ≥ 0 as doubles (or rationals), with ``pinning`` per site; or None, where K is given as it stands.
    """

    system: hs.OpenNetwork
    springs: object = None
    pinning: object = None
    family: str = ""

    def stiffness(self):
        """Return K as rows of exact rationals."""
        if self.springs is None:
            return [[rational(x) for x in row] for row in self.system.network.stiffness()]
        n = self.system.n_sites
        K = [[-rational(self.springs[i][j]) if i != j else fmpq(0) for j in range(n)] for i in range(n)]
        for i in range(n):
            K[i][i] = rational(self.pinning[i]) - sum(K[i], fmpq(0))
        return K

    def energy_terms(self):
        """Return (vectors d, strengths s) with vᵀKv = Σ s (d·v)²: what last bits change one by one; or None."""
        if self.springs is None:
            return None
        n, rows, strengths = self.system.n_sites, [], []
        for i in range(n):
            for j in range(i):
                if self.springs[i][j] != 0:
                    row = np.zeros(n)
                    row[i], row[j] = 1.0, -1.0
                    rows.append(row)
                    strengths.append(abs(float_of(self.springs[i][j])))
            if self.pinning[i] != 0:
                rows.append(np.eye(n)[i])
                strengths.append(abs(float(self.pinning[i])))
        return np.array(rows).reshape(-1, n), np.array(strengths)


def rational(x):
    """Return a double as the fraction that it is."""
    return x if isinstance(x, fmpq) else fmpq(*float(x).as_integer_ratio())


def float_of(x):
    """Return the nearest double."""
    return int(x.p) / int(x.q) if isinstance(x, fmpq) else float(x)


def of_system(system, springs=None, pinning=None, family=""):
    """Return the case of a system: exact springs of the kinds that keep their numbers, else those that are handed."""
    net, n = system.network, system.n_sites
    if isinstance(net, hs.MeanField):
        springs = [[rational(net.k) / rational(net.n_tilde)] * n for _ in range(n)]
        pinning = net.k0
    elif isinstance(net, hs.Chain):
        springs = np.diag(net.k, 1) + np.diag(net.k, -1) if n > 1 else np.zeros((1, 1))
        pinning = [rational(x) for x in net.k0]
        pinning[0] += rational(net.walls[0])
        pinning[-1] += rational(net.walls[1])
        pinning = _Pinning(pinning)
    elif isinstance(net, hs.PowerLaw):
        springs, pinning = -net.stiffness(), net.k0
    return Case(system, springs, pinning, family)


class _Pinning(list):
    """Pinnings as rationals (a wall and k0 added exactly)."""
