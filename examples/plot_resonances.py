"""
Resonances in the plane
=======================

How long they live depends on where the baths are: on the ends of a disordered chain most modes hardly feel them.
"""

import matplotlib.pyplot as plt

import hotsprings as hs

masses = hs.masses.random(120, spread=0.5, seed=1)
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.5), sharex=True, sharey=True, layout="constrained")
for ax, network, name in ((axes[0], hs.Chain(masses, k0=0.1), "chain"), (axes[1], hs.PowerLaw(masses, 1.5, k0=0.1),
                                                                       r"springs $r^{-3/2}$")):
    found = hs.resonances(hs.OpenNetwork(network, [hs.Bath(0, 1.0), hs.Bath(-1, 0.0)]))
    found.plot(ax)
    ax.set_title(name)
    ax.label_outer()
    print(name, found)
plt.show()
