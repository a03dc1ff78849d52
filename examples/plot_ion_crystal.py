"""
An ion crystal between two laser-cooled ions
============================================

Axial and transverse motion of forty ions in a linear trap, the outermost at different temperatures.
"""

import matplotlib.pyplot as plt

import hotsprings as hs

figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3), layout="constrained")
for ax, branch, more in ((axes[0], "axial", {}), (axes[1], "x", {"ratio": 25.0})):
    network = hs.ion_crystal(40, branch=branch, **more)
    state = hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.5), hs.Bath(-1, 0.5, 0.5)]))
    state.plot(ax)
    ax.set_title(f"{branch}, $J$ = {state.heat_flux[0]:.5f}", loc="left")
plt.show()
