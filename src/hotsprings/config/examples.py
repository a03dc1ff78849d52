"""Commented model files to start from."""

from __future__ import annotations

from hotsprings.errors import ArgumentError

__all__ = ["EXAMPLES", "example"]

_HEAD = """\
# A model for `hotsprings run`: particles, springs between them, and Langevin heat baths.
# Units are reduced (k_B = 1): any consistent units of mass, stiffness and time will do.

title = "{title}"
"""

_NORMALISED = """\
k0 = 1.0              # pinning of every particle to its place: a number, or a list of one per particle; 0: free
kac = true            # true: Ñ = {factor} (Kac factor); false: Ñ = 1 (bare)
# n_tilde = 3.5       # any other Ñ > 0, instead of kac
"""

_ENDS = """\
k0 = 0.0              # pinning of every particle: a number, or a list of one per particle
ends = "fixed"        # "fixed": wall springs hold both ends; "free"
"""

_NETWORKS = {
    "mean-field": ("Graded mean-field network between two baths", """
[network]
kind = "mean-field"   # every pair of particles is joined by a spring k/Ñ (Eq. 1 of arXiv:2111.01332)
k = 1.0               # spring constant, > 0
""" + _NORMALISED.format(factor="N - 1")),
    "power-law": ("Springs that weaken with distance", """
[network]
kind = "power-law"    # springs k/Ñ · r^-alpha between all pairs, r the distance on a line
alpha = 1.5           # exponent, zero or more
k = 1.0               # spring constant, > 0
periodic = false      # true: on a ring
""" + _NORMALISED.format(factor="mean of Σ r^-alpha")),
    "chain": ("Chain of graded masses between two baths", """
[network]
kind = "chain"        # springs between nearest neighbours
k = 1.0               # spring constant, or a list of one per spring
""" + _ENDS),
    "random-springs": ("All-to-all springs with random constants", """
[network]
kind = "random-springs" # every pair is joined by a spring k_ij/Ñ
mean = 1.0            # k_ij uniform between mean - spread and mean + spread
spread = 0.5
seed = 1
""" + _NORMALISED.format(factor="N - 1")),
    "random-chain": ("Chain of random springs", """
[network]
kind = "random-chain" # springs between nearest neighbours, drawn at random
distribution = "power" # "power": mean · U^(1/exponent), U uniform on (0, 1]; "uniform": between mean ± spread
mean = 1.0
exponent = 0.5        # for "power": below 1 weak springs abound
# spread = 0.5        # for "uniform"
seed = 1
""" + _ENDS),
    "file": ("A network from a file", """
[network]
kind = "file"         # a stiffness matrix, Hessian or force constants; relative to this file
path = "hessian.npz"  # .npz, .npy, .mtx, .csv, phonopy's FORCE_CONSTANTS or .hdf5, ASE's .json
# masses = [1.0, 2.0] # one for all, or one per coordinate (per atom with "xyz"), where the file has none
# coordinates = "xyz" # three coordinates per atom
# fixed = [0, 1, 2]   # coordinates held in place
# noise = 1e-6        # modes below this part of the largest eigenvalue are made free
"""),
    "ion-crystal": ("Ions in a linear trap, the outermost laser-cooled", """
[network]
kind = "ion-crystal"  # in units of the ion's mass, the axial trap frequency and James's length
n = 20                # number of ions
branch = "axial"      # "axial" | "x" | "y"
# ratio = 12.0        # transverse over axial trap frequency, for "x" and "y"
# masses = 1.0        # or a list of one per ion
"""),
}

_MASSES = """
[masses]
kind = "graded"       # "identical" | "graded" | "random" | "alternating" | "list"
n = 100               # number of particles, 2 or more
mean = 1.0            # mean mass, > 0
spread = 0.1          # masses between mean - spread and mean + spread (not for "identical")
# seed = 1            # for "random" only
# values = [1.0, 1.3] # for "list" only, instead of n, mean and spread
"""

_BATHS = """
[[baths]]             # one such table for every bath, one bath or more
site = 0              # the particle it touches, from 0; -1 is the last
temperature = 1.5     # T, zero or more
friction = 1.0        # drag coefficient γ > 0 (mass/time; force = -γ × velocity)

[[baths]]
site = -1
temperature = 0.5
friction = 1.0
"""

_STATE = """
[state]
dark_temperature = 0.0  # energy that modes which never feel a bath keep from the start
"""


def _model(kind: str) -> str:
    title, network = _NETWORKS[kind]
    masses = "" if kind in ("file", "ion-crystal") else _MASSES
    return _HEAD.format(title=title) + network + masses + _BATHS + _STATE


_PLAN = """\
# A plan for `hotsprings sweep`: a model, what varies, and how many random systems at each point.

title = "Heat flux against size, with disorder"

[network]             # everything up to [sweep] is a model file, as `hotsprings example` writes it
kind = "mean-field"
k = 0.1
k0 = 0.0

[masses]
kind = "random"
n = 100
spread = 0.1

[[baths]]
site = 0
temperature = 1.5

[[baths]]
site = -1
temperature = 0.5

[sweep]
realisations = 50     # random systems at each point
seed = 1              # root of all their seeds
observables = ["conductance", "scaled_conductance"] # also heat_flux, conductance_matrix, local_temperature,
                      # bulk_temperature, bulk_temperature_spread, slowest_decay_rate, largest_frequency,
                      # n_dark_modes, certificate, transmittance (with omega = {linspace = [0.0, 3.0, 301]})

[[sweep.axes]]        # each axis is a dimension of the results
parameter = "masses.n"
geomspace = [10, 300, 6] # or values = [10, 20, 50], or linspace = [first, last, number]

[[sweep.axes]]        # several parameters that change together
parameter = ["network.kac", "network.k0"]
values = [[true, 0.0], [true, 0.02], [false, 0.0]]
name = "case"
labels = ["Kac", "Kac, pinned", "bare"]
"""

_DYNAMICS = _model("chain").replace("hotsprings run", "hotsprings simulate").replace(
    "Chain of graded masses between two baths", "Molecular dynamics of a chain").replace(
    "n = 100 ", "n = 8   ").replace("k0 = 0.0 ", "k0 = 0.2 ") + """
[dynamics]            # for `hotsprings simulate`
duration = 20000.0    # time that each replica is measured
dt = 0.05             # time step; errors are of its square, 0.2/ω_max makes them some 0.3 %
replicas = 8          # independent copies
seed = 1
# warmup = 5000.0     # time before the measurement; a quarter of the duration by default
# integrator = "exact" # the propagator of a harmonic network, without error in dt
# initial_temperature = 1.0 # the mean of the baths by default; 0 starts dark modes at rest
# sample_every = 1    # steps between readings of the temperatures

# [network.anharmonic] # springs r²/2 + cubic r³/3 + quartic r⁴/4, and onsite_quartic q⁴/4 on each particle
# cubic = 0.0
# quartic = 0.1
# onsite_quartic = 0.0
# Or, in [network]: rotors = true, for 1 - cos r instead of r²/2
"""

EXAMPLES = {kind: _model(kind) for kind in _NETWORKS} | {"sweep": _PLAN, "dynamics": _DYNAMICS}


def example(kind: str = "mean-field") -> str:
    """Return a commented model file, or a plan.

    Parameters
    ----------
    kind : str
        The kind of its network; "sweep" for a plan of a sweep.

    Returns
    -------
    str
        TOML.

    Raises
    ------
    ArgumentError
        If there is no such kind.
    """
    if kind not in EXAMPLES:
        raise ArgumentError("kind", f"be one of {', '.join(EXAMPLES)}", f"{kind!r} was given")
    return EXAMPLES[kind]
