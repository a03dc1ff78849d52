"""Studies: whole pieces of work made from the parts, such as the reproduction of the paper."""

from __future__ import annotations

MODULES = {"mean-field": "mean_field_disorder", "fixed-ends": "fixed_ends", "chains": "chains",
           "random-springs": "random_springs", "heavy-tails": "heavy_tails", "crossover": "crossover",
           "anharmonic": "anharmonic", "fluctuations": "fluctuations", "quantum": "quantum", "probes": "probes",
           "green-kubo": "green_kubo", "currents": "currents", "lattices": "lattices",
           "diode": "diode"}  # the registry: every list of studies is made from it
