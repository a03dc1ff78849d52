"""Write network_references.json: stationary states of networks other than the mean field to 25 digits.

Run ``python -m tests.oracles.make_network_references`` (needs python-flint; some minutes on one core), or name cases
(see ``network_cases.py``) to print their results and write nothing.

The route shares nothing with the package: no modes, no resonances. With x = (q, v), x' = A x + noise, the covariance
that one bath at T = 1 keeps up solves A C + C Aᵀ = -D, by Smith's doubling of the Cayley transform,

    S = (A - p)⁻¹ (A + p),  C = Σ_k Sᵏ Q Sᵏᵀ,  Q = 2p (A - p)⁻¹ D (A - p)⁻ᵀ;   C ← C + S C Sᵀ,  S ← S²,

in ball arithmetic of 1500 bits, whose radii bound every rounding error, until nothing is added at 10⁻⁶⁰. Dark modes and
coinciding resonances need no care: a mode that no bath moves stays at rest. In a free network (K without row sums) the
centre of mass is left out: x = (q_i - q_N, v). M and K are the exact binary doubles of the network; they are stored
with the results (K compressed), since powers of distances may differ in the last bit on other machines.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
import zlib
from pathlib import Path

import numpy as np
from flint import arb, arb_mat, ctx

from tests.oracles.network_cases import cases

FILE = Path(__file__).with_name("network_references.json")
BITS, WRITTEN, NEGLIGIBLE, MOST = 1500, 25, 1e-60, 400


def drift(system):
    """Return A as rows of exact numbers, and where the velocities begin."""
    K, m = system.network.stiffness(), system.network.masses
    n = len(m)
    free = not np.any(system.network.pinning) and all(sum(map(int, 2.0**60 * row)) == 0 for row in K)
    r = n - 1 if free else n
    A = [[arb(0)] * (r + n) for _ in range(r + n)]
    for i in range(r):
        A[i][r + i] = arb(1)
        if free:
            A[i][r + n - 1] = arb(-1)
    for i in range(n):
        for j in range(r):
            A[r + i][j] = -arb(float(K[i, j])) / arb(float(m[i]))
    for bath, site in zip(system.baths, system.bath_sites, strict=True):
        A[r + site][r + site] = -arb(bath.friction) / arb(float(m[site]))
    return arb_mat(A), r


def negligible(more, total):
    """Return whether every element of ``more`` is below 1e-60 of the largest of ``total``."""
    top = max(abs(float(total[i, i].mid())) for i in range(total.nrows()))
    return all(float(abs(more[i, i]).upper()) <= NEGLIGIBLE * top for i in range(more.nrows()))


def bath_weights(system):
    """Return h[n][a] = m_n ⟨v_n²⟩ with bath a at T = 1 and the others at 0."""
    m = system.network.masses
    A, r = drift(system)
    size = A.nrows()
    K = system.network.stiffness()
    p = arb(float(np.sqrt(np.max(np.diag(K) / m))))
    unit = arb_mat(size, size, [arb(int(i == j)) for i in range(size) for j in range(size)])
    inverse = (A - unit * p).inv()
    S = inverse * (A + unit * p)
    columns = []
    for bath, site in zip(system.baths, system.bath_sites, strict=True):
        column = arb_mat(size, 1, [inverse[i, r + int(site)] for i in range(size)])
        strength = 4 * p * arb(bath.friction) / arb(float(m[site])) ** 2
        columns.append(column * column.transpose() * strength)
    for _ in range(MOST):
        back = S.transpose()
        more = [S * C * back for C in columns]
        done = all(negligible(b, a) for a, b in zip(columns, more, strict=True))
        columns = [a + b for a, b in zip(columns, more, strict=True)]
        if done:
            break
        S = S * S
    else:
        raise AssertionError("Smith's doubling did not converge")
    return [[arb(float(m[i])) * C[r + i, r + i] for C in columns] for i in range(len(m))]


def text(x):
    """Return a ball as 25 digits, after checking that its radius leaves 40."""
    assert float(x.rad()) <= 1e-40 * max(abs(float(x.mid())), 1e-300) or float(abs(x).upper()) < 1e-60, x
    return x.mid().str(WRITTEN, radius=False)


def result(name, system):
    """Return the record of one case."""
    h = bath_weights(system)
    sites, m = [int(s) for s in system.bath_sites], system.network.masses
    conductance = [[text(arb(system.baths[a].friction) / arb(float(m[sites[a]])) * h[sites[a]][b]) if a != b else "0"
                    for b in range(len(sites))] for a in range(len(sites))]
    for a in range(len(sites)):  # C_ab = C_ba was not put in
        for b in range(a):
            assert abs(float(conductance[a][b]) - float(conductance[b][a])) <= 1e-14 * abs(float(conductance[a][b]))
    K = np.ascontiguousarray(system.network.stiffness())
    return {"name": name, "stiffness": base64.b64encode(zlib.compress(K.tobytes(), 9)).decode(),
            "conductance": conductance, "bath_weight": [[text(x) for x in row] for row in h]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    names = parser.parse_args().names
    ctx.prec = BITS
    records = []
    for name, system in cases().items():
        if names and name not in names:
            continue
        start = time.perf_counter()
        records.append(result(name, system))
        print(f"{name}: C_01 = {records[-1]['conductance'][0][-1]}, {time.perf_counter() - start:.1f} s", flush=True)
    if not names:
        FILE.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
