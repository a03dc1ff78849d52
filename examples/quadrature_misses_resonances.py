"""Why quadrature is wrong: the bare graded network of the paper's Fig. 4 at N = 1000.

Each of its 1999 resonances is a peak of the transmittance; the narrowest are 30 000 times narrower than their
distance. `scipy.integrate.quad` steps over them and returns the flux of the collective mode alone, 13 % too small, with
an error estimate a thousand times smaller (and a warning that its subdivisions ran out, whatever their number). The sum
over resonances has nothing to step over. Needs scipy (the [test] extra).
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.integrate import quad

import hotsprings as hs

N = 1000
network = hs.MeanField(hs.masses.graded(N, mean=1.0, spread=0.1), k=0.1, k0=0.0, kac=False)
system = hs.OpenNetwork(network, [hs.Bath(0, 1.5, 1.0), hs.Bath(-1, 0.5, 1.0)])


def by_quad() -> tuple[float, float]:
    """Return N J/ΔT = (N/2π) ∫_0^∞ 𝒯 dω from scipy's adaptive quadrature, and the error it claims."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IntegrationWarning: "the maximum number of subdivisions … has been achieved"
        value, error = quad(lambda w: float(hs.transmittance(system, w)), 0.0, np.inf, limit=200)
    return N * value / (2.0 * np.pi), N * error / (2.0 * np.pi)


def by_trapezoid_on_resolved_grid() -> float:
    """Return the same from the trapezoidal rule on a grid that gives every resonance 400 points."""
    omega = hs.spectrum.frequency_grid(system, points_per_resonance=400)
    return float(N * np.trapezoid(hs.transmittance(system, omega), omega) / (2.0 * np.pi))


def main() -> None:
    """Print the three numbers, and where the current is."""
    state = hs.steady_state(system)
    width = state.resonances.decay_rate
    value, claimed = by_quad()
    print(f"N J/ΔT, sum over {len(state.resonances)} resonances   {N * state.conductance[0, 1]:.8f}   "
          f"(identities hold to {state.certificate.error:.0e})")
    print(f"        trapezoidal rule, resolved grid    {by_trapezoid_on_resolved_grid():.5f}")
    print(f"        scipy.integrate.quad               {value:.4f}       (claims an error of {claimed:.0e})")
    print(f"widths of the resonances: {width.min():.1e} … {width.max():.1e}; distances about "
          f"{np.median(np.diff(state.resonances.frequency.real)):.1e}")
    band = np.sqrt(network.kappa / network.masses).min() * 0.98
    below = N * float(hs.spectrum.cumulative_heat_flux(system, band))
    print(f"carried below the band, ω < {band:.3g}: {below:.5f}; inside it: {N * state.conductance[0, 1] - below:.5f}")


if __name__ == "__main__":
    main()
