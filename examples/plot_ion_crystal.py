"""
An ion crystal between two laser-cooled ions
============================================

Axial and transverse motion of forty ions in a linear trap, the outermost at different temperatures.
"""

import matplotlib.pyplot as plt

import hotsprings as hs

figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.3), layout="constrained")
for ax, name, branch, more in ((axes[0], "axial", "axial", {}), (axes[1], "transverse", "x", {"ratio": 25.0})):
    network = hs.ion_crystal(40, branch=branch, **more)
    state = hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5, 0.5), hs.Bath(-1, 0.5, 0.5)]))
    state.plot(ax)
    ax.set_title(f"{name}, $J$ = {state.heat_flux[0]:.5f}", loc="left")
    ax.label_outer()
plt.show()
