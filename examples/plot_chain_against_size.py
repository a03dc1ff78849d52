"""
Heat flux of disordered chains
==============================

Random masses, free and fixed ends, and the ordered chain between walls, whose flux does not fall at all.
"""

import matplotlib.pyplot as plt
import numpy as np

import hotsprings as hs


def flux(masses, ends):
    """Return J/ΔT between baths at both ends."""
    return hs.conductance(hs.OpenNetwork(hs.Chain(masses, ends=ends), [hs.Bath(0, 1.0), hs.Bath(-1, 0.0)]))[0, 1]


sizes = [16, 24, 100, 200, 400, 800]
figure, ax = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
for ends, colour, marker in (("free", "#4b2a6f", "o"), ("fixed", "#b8487c", "s")):
    values = np.array([[flux(hs.masses.random(n, spread=0.5, seed=seed), ends) for seed in range(10)] for n in sizes])
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(10)
    fit = hs.fit_exponent(sizes[2:], mean[2:], error[2:])
    ax.errorbar(sizes, mean, error, fmt=marker, color=colour, label=f"{ends} ends")
    print(ends, fit)
ax.plot(sizes, [flux(np.ones(n), "fixed") for n in sizes], "-", color="#f6a04d", label="equal masses, fixed ends")
ax.set_xscale("log", base=2)
ax.set(yscale="log", xlabel="number of sites $N$", ylabel=r"$J/\Delta T$")
ax.legend()
plt.show()
