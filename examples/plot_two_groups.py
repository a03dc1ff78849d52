"""
A sheet between two groups of baths
===================================

A square lattice of random masses, a bath on every site of two opposite sides: temperatures as a map, and the
transmittance between the two groups, at most one for each channel.
"""

import matplotlib.pyplot as plt
import numpy as np

import hotsprings as hs

rows, columns = 6, 10
sheet = hs.Lattice((columns, rows), hs.masses.random(rows * columns, spread=0.4, seed=3), k0=0.05)
system = hs.OpenNetwork(sheet, hs.bath_group(sheet.face(0, "low"), 1.5, name="left")
                        + hs.bath_group(sheet.face(0, "high"), 0.5, name="right"))

state = hs.steady_state(system)
omega = np.linspace(0.0, 3.2, 1000)
figure, (picture, spectrum) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
state.plot(picture)
spectrum.plot(omega, hs.transmittance(system, omega, "left", "right"), color="#4b2a6f", lw=0.9)
spectrum.set(xlabel=r"angular frequency $\omega$", ylabel=rf"transmittance, {rows} channels")
print(state)
plt.show()
