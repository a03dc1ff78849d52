"""
Transmittance of a mean field, every peak resolved
==================================================

Thirty particles of different masses. The grid has points on the centre of every resonance, of which most are
far narrower than a line of ink. Below: what has been carried up to each frequency, exactly.
"""

import matplotlib.pyplot as plt

import hotsprings as hs

network = hs.MeanField(hs.masses.random(30, spread=0.3, seed=4), k=1.0, k0=0.2)
system = hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
omega = hs.spectrum.frequency_grid(system)

figure, (top, below) = plt.subplots(2, 1, figsize=(6.5, 5.0), sharex=True, layout="constrained")
top.plot(omega, hs.transmittance(system, omega), color="#4b2a6f", lw=0.8)
top.set(ylabel=r"transmittance $\mathcal{T}(\omega)$", ylim=(-0.03, 1.05))
below.plot(omega, hs.spectrum.cumulative_heat_flux(system, omega), color="#b8487c")
below.axhline(hs.conductance(system)[0, 1], color="#f6a04d", ls="--", label=r"$J/\Delta T$")
below.set(xlabel=r"angular frequency $\omega$", ylabel=r"$J(\omega)/\Delta T$", xlim=(0, 1.6))
below.legend()
plt.show()
