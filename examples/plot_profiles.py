"""
Temperature profiles
====================

The paper's Fig. 5 (graded masses), the ordered chain of Rieder, Lebowitz and Lieb, and a disordered chain:
flat, flat with a kink at the ends, and rough.
"""

import matplotlib.pyplot as plt
import numpy as np

import hotsprings as hs

networks = {
    "mean field, graded masses": hs.MeanField(hs.masses.graded(40)),
    "chain, equal masses": hs.Chain(np.ones(40), ends="fixed"),
    "chain, random masses": hs.Chain(hs.masses.random(40, spread=0.6, seed=2), ends="fixed"),
}
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.2), sharey=True, layout="constrained")
for ax, (name, network) in zip(axes, networks.items(), strict=True):
    state = hs.steady_state(hs.OpenNetwork(network, [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
    state.plot(ax)
    ax.set_title(f"{name}\n$J$ = {state.heat_flux[0]:.5f}", fontsize=9, loc="left")
    ax.legend(fontsize=8)
    ax.label_outer()
    print(name, "identities hold to", state.certificate.error)
plt.show()
