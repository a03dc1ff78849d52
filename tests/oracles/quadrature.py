"""Frequency integrals by brute force: Gauss-Legendre panels that shrink around every resonance."""

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
REACH = np.array([0.0, 0.5, 1.5, 4.0, 10.0, 30.0, 100.0, 300.0])


def resolved_points(poles, top=40.0):
    """Return frequencies ω > 0 and weights of ∫_0^∞ dω, panels around each pole and a mapped tail."""
    right = poles[poles.real >= -1e-12]
    end = top * np.abs(right).max()
    cuts = np.concatenate([right.real[:, None] + sign * REACH * right.imag[:, None] for sign in (1.0, -1.0)]).ravel()
    cuts = np.unique(np.concatenate([[0.0, end], np.linspace(0.0, end, 201), cuts[(cuts > 0.0) & (cuts < end)]]))
    half, middle = 0.5 * np.diff(cuts), 0.5 * (cuts[1:] + cuts[:-1])
    points, weights = (middle[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()
    u, v = 0.5 * (NODES + 1.0), 0.5 * WEIGHTS  # the tail: ω = end/u
    return np.append(points, end / u), np.append(weights, v * end / u**2)
