"""The physics of hotsprings the slow way, in NumPy and one page: read this first.

N particles on springs, some in contact with heat baths (friction γ_a, noise of temperature T_a):

    M q'' = -K q - Γ q' + η,   ⟨η_a(t) η_b(t')⟩ = 2 γ_a T_a δ_ab δ(t - t').

A force e^{iωt} on site j moves site i by G_ij(ω) = [K - ω² M + iωΓ]⁻¹_ij. All we want are integrals of |G|²:

    conductance   C_ab = (1/4π) ∫ 4 γ_a γ_b ω² |G_ab|² dω     heat flux     J_a = Σ_b C_ab (T_a - T_b)
    bath weight   h_na = (γ_a m_n/π) ∫ ω² |G_na|² dω          temperature   T_n = Σ_a h_na T_a

Integrating numerically is hopeless, G has poles very near the real axis. But the poles are known: in s = iω they are
the eigenvalues λ_k of the equations of motion, G = Σ_k R_k / (s - λ_k), Re λ_k < 0. Closing the contour around them,

    (1/2π) ∫ ω² |G_ij|² dω = -Σ_k λ_k² (R_k)_ij G_ij(-λ_k),

which is exact. Modes that no bath damps (Re λ = 0) are dark: they keep their initial energy, here none. A mode
without restoring force (λ = 0, the centre of mass of a free network) carries the factor λ², and drops out by itself.
The package does the same for 10⁵ particles; this page costs O(N⁴).
"""

import numpy as np


def mean_field(masses, k=1.0, k0=0.0, n_tilde=None):
    """Return K of all-to-all springs k/Ñ pinned by k0 (Eq. 1 of the paper), Ñ = N - 1 by default."""
    n = len(masses)
    coupling = k / (n - 1 if n_tilde is None else n_tilde)
    K = np.full((n, n), -coupling)
    np.fill_diagonal(K, np.asarray(k0) + (n - 1) * coupling)
    return K


def damping(n, bath_sites, friction):
    """Return Γ: friction on the bath sites, nothing elsewhere."""
    gamma = np.zeros(n)
    gamma[list(bath_sites)] = friction
    return np.diag(gamma)


def green(K, masses, Gamma, s):
    """Return G at s = iω, any complex number."""
    return np.linalg.inv(K + s**2 * np.diag(masses) + s * Gamma)


def modes(K, masses, Gamma):
    """Return the 2N eigenvalues λ_k = iω_k of (q, v)' = (v, -M⁻¹(K q + Γ v)), and the residues R_k of G there.

    Right eigenvectors are the columns of V, left ones the rows of V⁻¹; q answers to a force through
    the upper right block, R_k = V[q, k] V⁻¹[k, v] M⁻¹.
    """
    n = len(masses)
    companion = np.block([[np.zeros((n, n)), np.eye(n)], [-K / masses[:, None], -Gamma / masses[:, None]]])
    eigenvalues, V = np.linalg.eig(companion)
    left = np.linalg.inv(V)[:, n:] / masses
    return eigenvalues, V[:n].T[:, :, None] * left[:, None, :]


def velocity_integrals(K, masses, Gamma):
    """Return (1/2π) ∫ ω² |G_ij|² dω for all i, j, shape (N, N)."""
    eigenvalues, residues = modes(K, masses, Gamma)
    total = np.zeros_like(K)
    for lam, R in zip(eigenvalues, residues, strict=True):
        if -lam.real > 1e-12 * abs(eigenvalues).max():  # damped: neither dark nor without restoring force
            total -= (lam**2 * R * green(K, masses, Gamma, -lam)).real
    return total


def stationary(K, masses, bath_sites, friction):
    """Return the conductance matrix C, shape (n_baths, n_baths), and the bath weights h, shape (N, n_baths)."""
    masses, sites = np.asarray(masses, dtype=float), list(bath_sites)
    gamma = np.broadcast_to(np.asarray(friction, dtype=float), len(sites))
    integral = velocity_integrals(K, masses, damping(len(masses), sites, gamma))[:, sites]
    conductance = 2.0 * gamma[:, None] * gamma * integral[sites]
    np.fill_diagonal(conductance, 0.0)
    return conductance, 2.0 * gamma * masses[:, None] * integral


def transmittance(K, masses, bath_sites, friction, omega):
    """Return 𝒯(ω) = 4 γ_a γ_b ω² |G_ab|² between the first two baths, at each omega (Eq. 17)."""
    a, b = bath_sites[:2]
    Gamma = damping(len(masses), bath_sites, friction)
    G = np.array([green(K, masses, Gamma, 1j * w)[a, b] for w in omega])
    return 4.0 * Gamma[a, a] * Gamma[b, b] * np.asarray(omega) ** 2 * abs(G) ** 2


def main():
    """Print the graded network of the paper's Fig. 5: N = 20, k = γ = 1, k0 = 0, T = 1.5 and 0.5."""
    n, sites, friction, bath_temperature = 20, [0, 19], np.array([1.0, 1.0]), np.array([1.5, 0.5])
    masses = 0.9 + 0.2 * np.arange(n) / (n - 1)
    K = mean_field(masses)
    conductance, weight = stationary(K, masses, sites, friction)
    flux = conductance.sum(axis=1) * bath_temperature - conductance @ bath_temperature
    temperature = weight @ bath_temperature
    eigenvalues, _ = modes(K, masses, damping(n, sites, friction))

    print(f"heat flux        J = {flux[0]:.11f}   (0.02506873816 in 50-digit arithmetic),   N J = {n * flux[0]:.6f}")
    print("temperatures    ", np.array2string(temperature, precision=6, max_line_width=100, prefix=17 * " "))
    print("sum rules, all zero but for rounding:")
    print(f"  heat in = heat out          Σ J_a                       {flux.sum():.1e}")
    print(f"  heat through the contact    J_a - (γ_a/m_a)(T_a - T_n)  "
          f"{abs(flux - friction / masses[sites] * (bath_temperature - temperature[sites])).max():.1e}")
    print(f"  equal baths, equal T        Σ_a h_na - 1                {abs(weight.sum(axis=1) - 1).max():.1e}")
    print(f"  trace of the damping        Σ Re λ + Σ γ/m              "
          f"{eigenvalues.real.sum() + (friction / masses[sites]).sum():.1e}")


if __name__ == "__main__":
    main()
