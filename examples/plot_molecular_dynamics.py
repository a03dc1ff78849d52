"""
Molecular dynamics beside the exact answer
==========================================

Eight harmonic replicas settle on the exact flux; quartic springs change it.
"""

import matplotlib.pyplot as plt

import hotsprings as hs

baths = [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]
base = hs.Chain(hs.masses.graded(8), ends="fixed")
exact = hs.steady_state(hs.OpenNetwork(base, baths))

figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for quartic, colour in ((0.0, "#4b2a6f"), (1.0, "#b8487c"), (4.0, "#f6a04d")):
    network = hs.Anharmonic(base, quartic=quartic) if quartic else base
    run = hs.dynamics.simulate(hs.OpenNetwork(network, baths), duration=2_000, dt=0.05, replicas=8, seed=1)
    label = f"quartic {quartic:g}: J = {run.heat_flux[0]:.4f} ± {run.heat_flux_error[0]:.4f}"
    ax.plot(run.local_temperature, "o", color=colour, ms=4, label=label)
ax.plot(exact.local_temperature, "k_", ms=9, label=f"exact, harmonic: J = {exact.heat_flux[0]:.4f}")
ax.set(xlabel="site", ylabel="local temperature $T_n$")
ax.legend(fontsize=8)
plt.show()
