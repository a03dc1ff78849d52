"""What passes between equal semi-infinite chains: integrals of sin²θ |G_na|² over their band.

    C_ab = (2k²/π) ∫_0^W S_ab dω,   h_n^a = (2k² m_n/π m_l) ∫_0^π S_na dθ,   S = sin²θ |G|² = Σ_k s_k/(ω² - ω_k²) + S_0

with ω = W sin(θ/2). Poles near the band go by their residues (logarithms and a residue in the circle |y| = 1), what is
left by quadrature: smooth, also where sites are as heavy as their leads and y = 0 is a zero of any multiplicity. What
is taken away and added again is the same function, so that residues that are off show as what two rules differ by.
"""

from __future__ import annotations

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.errors import CertificateError
from hotsprings.response.lead_zeros import LeadZeros, Pencil
from hotsprings.response.resolved import adaptive, panel_edges
from hotsprings.response.tolerances import EPS

BROAD, NARROW = 0.5, 1e-6  # |θ_k''| up to which poles go by their residues: first, and where these are not simple
EDGE = 1e-2  # distance from the upper end of the band, nearer than which y + 1 loses digits and panels serve
NEAR = 1e-3  # |λ - ω²|/W² of a mode, below which its part of G⁰ takes digits from the others
WORK = 1e8  # products of modes, baths and nodes of a quadrature, at most
PART = 4e6  # numbers held at a time
ENOUGH = 1e-12  # of a bath weight, beside which panels are not halved for what they leave of a residue
LOST = 4.0 * EPS  # rounding of S, times its distance to the next zero


def columns(pencil: Pencil, omega: FloatArray, z: ComplexArray) -> ComplexArray:
    """Return G_na(ω), shape (n_sites, n_baths, n_omega).

    z = e^{-iθ} of the leads comes by itself: ω does not tell θ near the edge of the band. G⁰_na (1 + Σ G⁰)⁻¹ from the
    modes, or, where one of them is so near that it hides the others, a solve of all.
    """
    ends = pencil.at_sites[pencil.baths]
    distance = pencil.stiffness[:, None] - omega**2
    near = np.abs(distance).min(axis=0, initial=np.inf) < NEAR * pencil.top**2
    out = np.empty((len(pencil.at_sites), len(ends), omega.size), np.complex128)
    apart = ~near
    loose = (pencil.at_sites @ (ends[:, :, None] / distance[:, apart])).transpose(1, 0, 2)
    bent = np.eye(len(ends))[:, :, None] + pencil.k * (1.0 - z[apart]) * loose[pencil.baths]
    out[:, :, apart] = np.linalg.solve(bent.transpose(2, 1, 0), loose.transpose(2, 1, 0)).transpose(2, 1, 0)
    step = max(1, int(PART / pencil.stiffness.size**2))
    for i in range(0, int(near.sum()), step):
        at = np.flatnonzero(near)[i : i + step]
        out[:, :, at] = _solved(pencil, distance[:, at], z[at])
    return out


def _solved(pencil: Pencil, distance: FloatArray, z: ComplexArray) -> ComplexArray:
    """Return φ [Λ - ω² + k (1 - z) Σ_a φ_a φ_aᵀ]⁻¹ φ_a, shape (n_sites, n_baths, n_omega)."""
    ends = pencil.at_sites[pencil.baths]
    Z = pencil.k * (1.0 - z)[:, None, None] * (ends.T @ ends)
    along = np.arange(len(distance))
    Z[:, along, along] += distance.T
    return np.asarray((pencil.at_sites @ np.linalg.solve(Z, ends.T[None].astype(np.complex128))).transpose(1, 2, 0))


def residues(pencil: Pencil, zeros: LeadZeros, at: IntArray) -> ComplexArray:
    """Return s_k of S_na at some zeros, shape (n_sites, n_baths, len(at))."""
    turn, sites = zeros.turn[at], np.arange(pencil.masses.size)
    pole = zeros.motions[:, None, at] * zeros.answers[pencil.baths][None][:, :, at]
    return np.asarray(0.25 * turn**3 * (pencil.k / pencil.mass) * pole * zeros.mirrored(sites, pencil.baths, at))


def residue_sums(pencil: Pencil, zeros: LeadZeros, s: ComplexArray, at: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return ∫ Σ_k s_k/(ω² - ω_k²) dω of the bath sites (n_baths, n_baths), and the same dθ (n_sites, n_baths).

    ∫_0^W dω/(ω² - ω_k²) = -artanh(W/ω_k)/ω_k,   ∫_0^π dθ/(ω² - ω_k²) = (m/k) π/(1/y - y), |y| < 1.
    """
    omega = upper_root(zeros.squared(pencil)[at])
    between = -(s[pencil.baths] @ (np.arctanh(pencil.top / omega) / omega)).real
    return between, -(s @ ((pencil.mass / pencil.k) * np.pi / zeros.turn[at])).real


def upper_root(squared: ComplexArray) -> ComplexArray:
    """Return ω of ω² with Im ω ≥ 0; on the real axis ω > 0."""
    root = np.sqrt(squared)
    real = (root.imag == 0.0) & (root.real < 0.0)
    return np.asarray(np.where((root.imag < 0.0) | real, -root, root))


def band_integrals(pencil: Pencil, zeros: LeadZeros, broadest: float) -> tuple[FloatArray, FloatArray, float]:
    """Return ∫ S_ab dω (n_baths, n_baths) and ∫ S_na dθ (n_sites, n_baths) over the band, and the error of the first.

    Resonances of |θ''| below ``broadest`` go by residues, the others by panels in θ graded towards them.
    """
    angle = np.abs(np.angle(zeros.y)) + 1j * np.abs(0.5 * np.log1p(-np.minimum(zeros.gap, 1.0 - EPS)))
    by_residue = zeros.kept & (angle.real < np.pi - EDGE) & (angle.imag < broadest) & (zeros.gap > 0.0)
    at = np.flatnonzero(by_residue)
    with np.errstate(all="ignore"):  # residues of zeros that coincide
        s = residues(pencil, zeros, at)
        between, local = residue_sums(pencil, zeros, s, at)
    edges = panel_edges(angle[zeros.kept & ~by_residue & (angle.imag > EPS)], (np.pi,), np.zeros(1), np.pi)
    taken, known = zeros.squared(pencil)[at], angle[zeros.kept & ~by_residue]

    def panels(low: FloatArray, high: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
        step = max(1, int(PART / (n * local.size)))
        parts = [_panels(pencil, s, taken, known, low[i : i + step], high[i : i + step], n)
                 for i in range(0, low.size, step)]
        return np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts], axis=1)

    found = adaptive(panels, edges, int(WORK / (pencil.stiffness.size * pencil.baths.size))) if np.all(
        np.isfinite(between)) else None
    if found is None:
        raise CertificateError("neither the residues between these leads nor a quadrature over their band converge. "
                               "Try masses changed by 1 part in 1e6, and report the system as an issue")
    values, errors, _ = found
    first = between.size
    return (between + values[:first].sum(axis=1).reshape(between.shape),
            local + values[first:].sum(axis=1).reshape(local.shape), float(errors[:first].sum(axis=1).max(initial=0.0)))


def _panels(pencil: Pencil, s: ComplexArray, taken: ComplexArray, known: ComplexArray, low: FloatArray,
            high: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return ∫ (S - Σ_k s_k/(ω² - ω_k²)) over panels, (n_rows, n_panels), and its rounding; ω_k² are those ``taken``.

    Rows: dω between bath sites, dθ at every site. ``known``: the other zeros in θ, whose distance says how many digits
    S keeps; beside one that is taken digits are lost by chance, which halving the panel mends.
    """
    nodes, weights = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (high - low)
    theta = (0.5 * (high + low)[:, None] + half[:, None] * nodes).ravel()
    omega = pencil.top * np.sin(0.5 * theta)
    whole = np.sin(theta) ** 2 * np.abs(columns(pencil, omega, np.exp(-1j * theta))) ** 2
    lost = whole * (LOST / np.abs(theta - known[:, None]).min(axis=0, initial=np.pi))
    if taken.size:
        whole -= (s @ (1.0 / (omega**2 - taken[:, None]))).real
    speed = 0.5 * pencil.top * np.cos(0.5 * theta)

    def integral(of: FloatArray) -> FloatArray:
        rows = np.concatenate([(of[pencil.baths] * speed).reshape(-1, low.size, n), of.reshape(-1, low.size, n)])
        return np.asarray(half * (rows @ weights))

    rounding = integral(lost)
    rounding[pencil.baths.size**2 :] += np.repeat(ENOUGH / pencil.weight, pencil.baths.size)[:, None]
    return integral(whole), rounding
