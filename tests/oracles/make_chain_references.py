"""Write chain_references.json: chains with springs over many powers of ten, their stationary states to 25 digits.

Run ``python -m tests.oracles.make_chain_references`` (mpmath; some minutes on one core).

The route shares nothing with the package: with x = (q, v) and x' = A x + noise, A from the springs themselves in 160
digits, the covariance that bath a keeps up is Σ_kj r_k r_j c_k c_j 2γ_a/m_a² / -(λ_k + λ_j) over eigenvalues λ of A
with left and right eigenvectors; c_k is the velocity of the bath's site in the left one. The centre of mass of a free
chain is the eigenvalue 0, which velocities do not feel. Σ_a h_n^a = 1 and C_ab = C_ba are checked, not put in.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from mpmath import mp

import hotsprings as hs

FILE = Path(__file__).with_name("chain_references.json")
DIGITS, WRITTEN, ZERO, CHECKED = 160, 25, 1e-110, 1e-45


def cases():
    """Return name, chain and baths (site, friction) of every case."""
    found = []
    for exponent, n, ends, k0, friction, seed in (
            (0.1, 5, "free", 0.0, (1.0, 1.0), 1), (0.1, 8, "free", 0.0, (100.0, 0.01), 2),
            (0.1, 8, "fixed", 0.0, (0.01, 0.01), 3), (0.3, 8, "free", 0.0, (100.0, 100.0), 4),
            (0.3, 12, "free", 0.0, (0.01, 0.02), 5), (0.3, 12, "fixed", 0.0, (1.0, 3.0), 6),
            (0.3, 10, "free", 1e-6, (1.0, 1.0), 7), (0.3, 16, "free", 0.0, (1.0, 1.0), 8),
            (0.5, 12, "free", 0.0, (100.0, 1.0), 9), (0.5, 10, "fixed", 1e-3, (0.1, 30.0), 10),
            (0.7, 12, "free", 0.0, (1.0, 0.01), 11), (0.7, 10, "fixed", 0.0, (100.0, 100.0), 12)):
        chain = hs.random_chain(np.ones(n), "power", exponent=exponent, seed=seed, k0=k0, ends=ends)
        found.append((f"exponent {exponent}, {n} sites, {ends}, k0 {k0:g}, seed {seed}", chain,
                      [(0, friction[0]), (n - 1, friction[1])]))
    rng = np.random.default_rng(5)
    uneven = hs.Chain(10.0 ** rng.uniform(-2, 2, 9), 10.0 ** rng.uniform(-12, 2, 8), 10.0 ** rng.uniform(-20, 0, 9))
    found.append(("masses, springs and pinnings uneven, three baths", uneven, [(0, 1.0), (4, 0.1), (8, 20.0)]))
    found.append(("nothing holds a soft middle", hs.Chain(np.ones(6), [1, 1e-20, 1, 1e-20, 1]), [(0, 1.0), (5, 2.0)]))
    return found


def drift(chain, baths):
    """Return A in full precision."""
    n = chain.n_sites
    A = mp.matrix(2 * n, 2 * n)
    for i in range(n):
        A[i, n + i] = 1
        A[n + i, i] = -mp.mpf(float(chain.k0[i]))
    A[n, 0] -= mp.mpf(float(chain.walls[0]))
    A[2 * n - 1, n - 1] -= mp.mpf(float(chain.walls[1]))
    for i, k in enumerate(chain.k):
        k = mp.mpf(float(k))
        A[n + i, i] -= k
        A[n + i + 1, i + 1] -= k
        A[n + i, i + 1] += k
        A[n + i + 1, i] += k
    for site, friction in baths:
        A[n + site, n + site] -= mp.mpf(friction)
    for i in range(n):
        for j in range(2 * n):
            A[n + i, j] /= mp.mpf(float(chain.masses[i]))
    return A


def bath_weights(chain, baths):
    """Return h[n][a] = m_n ⟨v_n²⟩ with bath a at T = 1 and the others at 0."""
    n = chain.n_sites
    values, left, right = mp.eig(drift(chain, baths), left=True, right=True)
    order = [k for k in range(2 * n) if abs(values[k]) > ZERO]
    norm = {k: (left[k, :] * right[:, k])[0] for k in order}
    columns = []
    for site, friction in baths:
        mass = mp.mpf(float(chain.masses[site]))
        kick = 2 * mp.mpf(friction) / mass**2
        c = {k: left[k, n + site] / norm[k] for k in order}
        pair = {(k, j): c[k] * c[j] / -(values[k] + values[j]) for k in order for j in order}
        columns.append([mp.mpf(float(chain.masses[i])) * kick * mp.re(mp.fsum(
            right[n + i, k] * right[n + i, j] * pair[k, j] for k in order for j in order)) for i in range(n)])
    return [list(row) for row in zip(*columns, strict=True)]


def result(name, chain, baths):
    """Return the record of one case."""
    h = bath_weights(chain, baths)
    assert all(abs(mp.fsum(row) - 1) < CHECKED for row in h), name
    C = [[mp.mpf(g) / mp.mpf(float(chain.masses[s])) * h[s][b] if a != b else mp.mpf(0) for b in range(len(baths))]
         for a, (s, g) in enumerate(baths)]
    assert all(abs(C[a][b] - C[b][a]) <= CHECKED * abs(C[a][b]) for a in range(len(C)) for b in range(a)), name
    return {"name": name, "chain": chain.parameters(), "baths": [list(bath) for bath in baths],
            "conductance": [[mp.nstr(x, WRITTEN) for x in row] for row in C],
            "bath_weight": [[mp.nstr(x, WRITTEN) for x in row] for row in h]}


def main():
    records = []
    with mp.workdps(DIGITS):
        for case in cases():
            start = time.perf_counter()
            records.append(result(*case))
            sys.stdout.write(f"{case[0]}: C_01 = {records[-1]['conductance'][0][1]}, "
                             f"{time.perf_counter() - start:.1f} s\n")
            sys.stdout.flush()
            FILE.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
