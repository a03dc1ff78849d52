"""Variance of the heat and correlations in time against sampled trajectories of replicas."""

import numpy as np
import pytest

import hotsprings as hs

SYSTEM = hs.OpenNetwork(hs.Chain([1.0, 1.3, 0.8], 1.0, 0.4), [hs.Bath(0, 1.5, 0.9), hs.Bath(2, 0.5, 1.2)])
REPLICAS, DT, WARM, HALF, LAG = 4000, 0.05, 40.0, 60.0, 1.5


@pytest.fixture(scope="module")
def sampled():
    """Return the heat of bath 0 after HALF and 2 HALF, and ⟨v_2(LAG) v_0(0)⟩ of each replica."""
    rng = np.random.default_rng(11)
    m, k = SYSTEM.network.masses[:, None], SYSTEM.network.stiffness()
    sites, gamma, t = SYSTEM.bath_sites, SYSTEM.friction[:, None], SYSTEM.temperature[:, None]
    decay = np.exp(-gamma * DT / m[sites])
    width = np.sqrt(t / m[sites] * (1.0 - decay**2))
    q, v = np.zeros((2, 3, REPLICAS))
    heat, kept, history, product, lag = np.zeros(REPLICAS), None, [], np.zeros(REPLICAS), round(LAG / DT)
    for step in range(round((WARM + 2.0 * HALF) / DT)):
        v -= DT * (k @ q) / m
        q += 0.5 * DT * v
        before = v[0].copy()
        v[sites] = decay * v[sites] + width * rng.standard_normal((2, REPLICAS))
        q += 0.5 * DT * v
        if step >= WARM / DT:
            heat += 0.5 * m[0, 0] * (v[0] ** 2 - before**2)
            history.append(v[0].copy())
            if len(history) > lag:
                product += history.pop(0) * v[2]
        if step == round((WARM + HALF) / DT) - 1:
            kept = heat.copy()
    return kept, heat, product / (round(2.0 * HALF / DT) - lag)


def z_of_variance(first, last, expected):
    """Return the z-score of [Var Q(2t) - Var Q(t)]/t: what the ends add to the variance drops out."""
    found = (last.var() - first.var()) / HALF
    resampled = np.random.default_rng(1).integers(0, REPLICAS, (200, REPLICAS))
    spread = np.std([(last[pick].var() - first[pick].var()) / HALF for pick in resampled])
    return (found - expected) / spread


def test_variance_of_the_heat(sampled):
    variance = hs.statistics.cumulants(SYSTEM, order=2)[1]
    assert abs(z_of_variance(*sampled[:2], variance)) < 4.0
    assert abs(z_of_variance(*sampled[:2], 1.5 * variance)) > 4.0  # it could have failed


def test_correlation(sampled):
    mean, spread = sampled[2].mean(), sampled[2].std() / np.sqrt(REPLICAS)
    assert abs(mean - hs.correlation(SYSTEM, 2, 0, LAG)) < 4.0 * spread + 1e-3  # DT²/4: the error of the step
    assert abs(mean - hs.correlation(SYSTEM, 2, 0, -LAG)) > 10.0 * spread  # the other order is another function
