"""
A sheet between two leads
=========================

A square lattice of random masses, a bath on every site of two opposite sides: temperatures as a map, and the
transmittance between the two groups, at most one for each channel.
"""

import matplotlib.pyplot as plt
import networkx
import numpy as np

import hotsprings as hs

rows, columns = 8, 14
graph = networkx.grid_2d_graph(rows, columns)
network = hs.from_graph(graph, masses=hs.masses.random(rows * columns, spread=0.4, seed=3), k0=0.05)
place = {node: number for number, node in enumerate(graph.nodes)}
left, right = ([place[row, column] for row in range(rows)] for column in (0, columns - 1))
system = hs.OpenNetwork(network, hs.bath_group(left, 1.5) + hs.bath_group(right, 0.5))

state = hs.steady_state(system)
omega = np.linspace(0.0, 3.2, 1500)
transmittance = hs.transmittance(system, omega, range(rows), range(rows, 2 * rows))

figure, (sheet, spectrum) = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
drawn = sheet.imshow(state.local_temperature.reshape(rows, columns), cmap="inferno")
figure.colorbar(drawn, ax=sheet, label="local temperature")
sheet.set(xlabel="column", ylabel="row")
spectrum.plot(omega, transmittance, color="#4b2a6f", lw=0.9)
spectrum.set(xlabel=r"angular frequency $\omega$", ylabel=r"transmittance, 8 channels")
print("heat flux", state.heat_flux[:rows].sum())
plt.show()
