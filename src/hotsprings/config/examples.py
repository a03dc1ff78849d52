"""Commented model files to start from."""

from __future__ import annotations

from hotsprings.errors import ArgumentError
from hotsprings.network.kinds import KINDS

__all__ = ["EXAMPLES", "example"]

_HEAD = """\
# A model for `hotsprings run`: particles, springs between them, and Langevin heat baths.
# Units are reduced (k_B = 1): any consistent units of mass, stiffness and time will do.

title = "{title}"
"""

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


_GROUPS = """
[[baths]]             # one such table for every bath or group of baths
name = "hot"          # of the group; results speak of it
face = [0, "low"]     # on every site of a face: axis, "low" or "high"; or site = 0; or sites = [0, 1, 2]
temperature = 1.5     # T, zero or more: a number, or a list of one per site
friction = 1.0        # drag coefficient γ > 0 (mass/time; force = -γ × velocity): a number, or a list of one per site

[[baths]]
name = "cold"
face = [0, "high"]
temperature = 0.5
friction = 1.0
"""


def _model(name: str) -> str:
    kind = KINDS[name]
    head = f'kind = "{name}"'
    network = f"\n[network]\n{head:<21} # {kind.about}\n{kind.example}"
    masses = "" if kind.own_masses else _MASSES
    if kind.n_sites is not None:
        masses = "".join(line for line in _MASSES.splitlines(keepends=True) if not line.startswith(("n =", "# values")))
        masses = masses.replace(' | "list"', "")
    return _HEAD.format(title=kind.title) + network + masses + (_BATHS if kind.n_sites is None else _GROUPS) + _STATE


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

EXAMPLES = {kind: _model(kind) for kind in KINDS} | {"sweep": _PLAN, "dynamics": _DYNAMICS}


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
