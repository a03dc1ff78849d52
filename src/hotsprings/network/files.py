"""Networks from files: stiffness matrices, Hessians, force constants."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError, AsymmetryWarning, UnstableError, tell
from hotsprings.network import keys
from hotsprings.network.formats import Contents, expanded_contents, format_of
from hotsprings.network.formats.structures import Structure, read_structure
from hotsprings.network.given_masses import coordinate_masses, existing, resolved_masses, structure_of
from hotsprings.network.matrix import WRITTEN, needed_noise, obeying_sum_rule, symmetrised, without_noise
from hotsprings.network.springs import Springs, square_matrix

__all__ = ["read_network"]


def read_network(path: str | os.PathLike[str], masses: Any = None, fixed: Iterable[int] = (),
                 coordinates: str | None = None, noise: float = 0.0, format: str | None = None, *,
                 symmetrize: bool = False, acoustic_sum_rule: bool = False, mass_weighted: bool | None = None,
                 structure: str | os.PathLike[str] | None = None, supercell: Any = None) -> Springs:
    r"""Return the network whose stiffness matrix (Hessian, force constants) is in a file.

    .. math:: K_{i\alpha,j\beta} = \partial^2 V/\partial u_{i\alpha}\partial u_{j\beta}

    ==================================  ===============================================================================
    ``.npz``                            arrays ``stiffness`` (or ``K``, ``hessian``, ``force_constants``) and,
                                        optionally, ``masses`` (or ``m``); or a matrix of ``scipy.sparse.save_npz``
    ``.npy``                            K
    ``.mtx``                            K in Matrix Market format
    ``.csv``, ``.tsv``, ``.txt``,       K, a row per line, numbers separated by commas, semicolons or blanks, with or
    ``.dat``                            without a header line; # starts a remark
    ``FORCE_CONSTANTS``, ``.yaml``,     force constants of phonopy and phono3py (``force_constants``, ``fc2``), full
    ``.hdf5``, ``.h5``                  and compact; any ``hessian`` or ``stiffness`` in HDF5, in groups too
    ``hessian.out``                     DFTB+
    ``hessian``                         xtb, Turbomole
    ``.fchk``, ``.fch``                 Gaussian, with masses
    ``.hess``                           ORCA, with masses
    ``.fc``, ``.ifc2``                  Quantum ESPRESSO's q2r.x, with masses: the whole supercell
    ``.form``                           LAMMPS's ``dynamical_matrix``
    ``.json``                           ``ase.vibrations.VibrationsData`` (needs ase), QCSchema, or any ``hessian``
    ==================================  ===============================================================================

    Text may be packed by gzip (``.gz``). Matrices may have the shapes (n, n), (1, n, n), (n, n, 3, 3) and (n, 3, n, 3).
    Numbers are taken as they are: eV/Å² and atomic mass units give time in units of 10.18 fs, temperature in eV
    (:class:`hotsprings.Units`). Masses in files and of elements are in atomic mass units.

    Parameters
    ----------
    path : str or path
        The file.
    masses : float, str, array_like or path, optional
        One mass for all, or one per coordinate (per atom, where coordinates are x, y, z); elements by their symbols
        ("Si", or one per atom); or a file with them: text, or a structure (``.gen``, ``.xyz``, POSCAR, phonopy's YAML),
        which also says where the atoms are, for pictures. Takes the place of masses in the file.
    fixed : iterable of int
        Coordinates held in place: their rows and columns are removed. The sites of the network are the coordinates that
        remain, in order. The atom a has the coordinates 3a, 3a + 1, 3a + 2.
    coordinates : "xyz", optional
        Three coordinates per atom: masses per atom are repeated three times. Files of programs are always so.
    noise : float
        Modes of K (before coordinates are fixed) with |λ| ≤ noise · max|λ| are made free: translations and rotations
        that cost nothing come out of finite differences slightly stiff or unstable. 0 ≤ noise < 1.
    format : str, optional
        "npz", "npy", "mtx", "table", "phonopy", "hdf5", "json" (or "ase"), "dftb+", "lammps", "xtb", "turbomole",
        "gaussian", "orca" or "qe", where the name of the file does not tell it.
    symmetrize : bool
        Take (K + Kᵀ)/2 of a matrix that is not symmetric to 1e-6, up to a tenth of its largest element; a warning and
        the network's ``source`` tell the asymmetry.
    acoustic_sum_rule : bool
        Make uniform displacements cost nothing: P K P, the projection onto what is orthogonal to them.
    mass_weighted : bool, optional
        Whether the matrix is D = K_ij/√(m_i m_j), so that K = √(m_i m_j) D is to be taken. LAMMPS's is always divided:
        give masses=1 to take it as it is (frictions are then γ/m), or the masses and mass_weighted=True.
    structure : str or path, optional
        What compact force constants are of: phonopy's YAML, a POSCAR of the supercell, or of its unit cell. Where none
        is given, such a file beside ``path`` is tried. Its masses are taken where there are no others.
    supercell : sequence of int, optional
        How often the unit cell of ``structure`` is repeated, (n1, n2, n3) or a 3 × 3 matrix.

    Returns
    -------
    Springs
        With K made symmetric where the file's is so to 1e-6 of its largest element.

    Raises
    ------
    ArgumentError
        If the file is missing or not of its format, K is not symmetric or has a negative eigenvalue (the message says
        which ``noise`` would do), there are no masses or not as many as coordinates, or a fixed coordinate does not
        exist.

    References
    ----------
    Togo, Tanaka, Scr. Mater. 108, 1 (2015) (phonopy); Larsen et al., J. Phys.: Condens. Matter 29, 273002 (2017) (ASE);
    Gonze, Lee, Phys. Rev. B 55, 10355 (1997) (sum rules).

    Examples
    --------
    >>> import tempfile, numpy as np, hotsprings as hs
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     np.savetxt(file.name, hs.Chain(np.ones(3)).stiffness(), delimiter=";")
    ...     network = hs.read_network(file.name, masses="C")
    >>> network.masses.tolist()
    [12.011, 12.011, 12.011]
    """
    file = existing("path", path)
    name = format_of(file, format)
    for argument, value in (("symmetrize", symmetrize), ("acoustic_sum_rule", acoustic_sum_rule)):
        checks.boolean(argument, value)
    triples = _in_triples(coordinates)
    cell = None if structure is None else read_structure(existing("structure", structure))
    given = resolved_masses(masses)
    found, beside = expanded_contents(file, name, cell, supercell)
    triples = triples or found.triples
    K, unequal = symmetrised(square_matrix("path", found.stiffness, "hold"), symmetrize)
    m = coordinate_masses(_chosen(given, found, cell, file.name, name), len(K), triples)
    K = _weighted(K, m, name, mass_weighted, acoustic_sum_rule)
    K = obeying_sum_rule(K, triples) if acoustic_sum_rule else K
    whole = K = without_noise(K, noise)
    free = _free_coordinates(fixed, len(K))
    label = f"{file.name} and {beside}" if beside else file.name
    if unequal > WRITTEN:
        label += f", symmetrised (asymmetry {unequal:.2g})"
        tell(f"{file.name}: the matrix and its transpose differ by {unequal:.2g} of the largest element; "
             "their mean is taken", AsymmetryWarning)
    network = _network(m[free], K[np.ix_(free, free)], label, whole)
    places = _places((structure_of(masses), cell), len(K))
    return network if places is None else network.placed(places[free])


def _places(structures: Iterable[Structure | None], n: int) -> FloatArray | None:
    """Return the place of every coordinate, (n, 3), that of its atom, if a structure has as many atoms."""
    for structure in structures:
        if structure is not None and 3 * len(structure.symbols) == n:
            return np.repeat(structure.cartesian(), 3, axis=0)
    return None


def _in_triples(coordinates: Any) -> bool:
    if coordinates is not None and not (isinstance(coordinates, str) and coordinates == "xyz"):
        raise ArgumentError("coordinates", "be 'xyz' (three per atom) or None",
                            f"{checks.shown(coordinates)} was given")
    return coordinates is not None


def _chosen(given: Any, found: Contents, cell: Structure | None, file: str, name: str) -> Any:
    """Return the masses of the call, of the stiffness file, or of the structure."""
    for masses in (given, found.masses, None if cell is None else cell.masses):
        if masses is not None:
            return masses
    if name == "lammps":
        raise ArgumentError("masses", "be given: 1 takes the matrix, which is divided by √(m_i m_j), as it is; masses "
                            "with mass_weighted=True undo that", f"{file} holds a dynamical matrix only")
    raise ArgumentError("masses", "be given, because the file has none", f"{file} holds a stiffness matrix only")


def _weighted(K: FloatArray, m: FloatArray, name: str, mass_weighted: Any, sum_rule: bool) -> FloatArray:
    """Return K of a matrix that may be divided by √(m_i m_j)."""
    if mass_weighted is None:
        if name == "lammps" and np.any(m != 1.0):
            raise ArgumentError("mass_weighted", "be True (K = √(m_i m_j) D: LAMMPS's matrix is divided by the masses) "
                                "or False (numbers as they are) where masses other than 1 are given", "it was not")
        if name == "lammps" and sum_rule:
            raise ArgumentError("mass_weighted", "be True, with the masses, where acoustic_sum_rule is asked for of "
                                "LAMMPS's matrix, or False where all masses are equal", "it was not given")
        return K
    if not checks.boolean("mass_weighted", mass_weighted):
        return K
    return np.asarray(K * np.sqrt(m)[:, None] * np.sqrt(m))


def _free_coordinates(fixed: Iterable[int], n: int) -> IntArray:
    given = checks.items("fixed", fixed, "be a list of coordinates")
    held = {checks.index(f"fixed[{i}]", c, n, "coordinate") for i, c in enumerate(given)}
    if len(held) == n:
        raise ArgumentError("fixed", "leave at least one coordinate free", f"all {n} are in it")
    return np.array([c for c in range(n) if c not in held], dtype=np.int64)


def _network(masses: FloatArray, K: FloatArray, label: str, whole: FloatArray) -> Springs:
    """Return the network; an unstable one gets a word on what may be done."""
    try:
        return Springs(masses, K).labelled(label)
    except UnstableError as err:
        lowest, highest = err.lowest, err.highest
        if len(whole) > len(K):  # noise looks at the matrix before coordinates are fixed
            lowest, *_, highest = np.linalg.eigvalsh(whole).tolist()
        enough = needed_noise(lowest, highest)
        remedy = f"; or, where only translations and rotations are soft, give noise={enough} or more" if enough else ""
        told = UnstableError(err.argument, f"{err.requirement} (relax the structure{remedy})", err.given)
        told.lowest, told.highest = err.lowest, err.highest
        raise told from err


def _of_table(path: str, masses: Any, coordinates: str, **rest: Any) -> Springs:
    masses = list(masses) if isinstance(masses, tuple) else masses
    return read_network(path, masses, coordinates=None if coordinates == "any" else coordinates, **rest)


def _mass(name: str, value: Any) -> float | str:
    return keys.text(name, value) if isinstance(value, str) else checks.positive(name, value)


def _masses(name: str, value: Any) -> float | str | tuple[float | str, ...]:
    return keys.elements(name, list(value), _mass) if isinstance(value, list | tuple) else _mass(name, value)


def _supercell(name: str, value: Any) -> tuple[int, ...]:
    clean = keys.listed(lambda inner, one: checks.integer(inner, one, 1), "be three whole numbers")(name, value)
    if len(clean) != 3:
        raise ArgumentError(name, "be three whole numbers", f"{checks.shown(value)} was given")
    return tuple(clean)


def _fraction(name: str, value: Any) -> float:
    clean = checks.non_negative(name, value)
    if clean >= 1.0:
        raise ArgumentError(name, "be zero or more and less than 1", f"{checks.shown(value)} was given")
    return clean


KIND = keys.Kind(
    "file", _of_table,
    {"path": keys.Key(keys.text, about="the file with the stiffness matrix, relative to the model file"),
     "masses": keys.Key(keys.optional(_masses), None),
     "fixed": keys.Key(keys.listed(checks.integer, "be a list of integers"), ()),
     "coordinates": keys.Key(keys.one_of("xyz", "any"), "any"),
     "noise": keys.Key(_fraction, 0.0), "format": keys.Key(keys.optional(keys.text), None),
     "symmetrize": keys.SWITCH, "acoustic_sum_rule": keys.SWITCH,
     "mass_weighted": keys.Key(keys.optional(checks.boolean), None),
     "structure": keys.Key(keys.optional(keys.text), None), "supercell": keys.Key(keys.optional(_supercell), None)},
    "A network from a file", """\
path = "hessian.npz"  # .npz, .npy, .mtx, .csv, .json, phonopy, DFTB+, xtb, Turbomole, .fchk, .hess, .fc, LAMMPS
# masses = [1.0, 2.0] # one for all, or one per coordinate (per atom with "xyz"), where the file has none; elements by
                      # symbols: "Si", ["C", "H"]; or a file: "masses.txt", "molecule.gen", "POSCAR"
# coordinates = "xyz" # three coordinates per atom
# fixed = [0, 1, 2]   # coordinates held in place
# noise = 1e-6        # modes below this part of the largest eigenvalue are made free
# symmetrize = true   # the mean of the matrix and its transpose
# acoustic_sum_rule = true # uniform displacements cost nothing
# mass_weighted = true # the matrix is divided by the roots of the masses (LAMMPS)
# format = "dftb+"    # where the name does not tell it
# structure = "phonopy.yaml" # of compact force constants; or a POSCAR, with supercell = [2, 2, 2] of a unit cell

# [units]             # then `hotsprings run` prints W, K and W/K too
# mass = "amu"
# length = "angstrom"
# energy = "eV"
""", "a stiffness matrix, Hessian or force constants; relative to this file", own_masses=True)
