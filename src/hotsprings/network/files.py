"""Networks from files: stiffness matrices, Hessians, force constants."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings import checks
from hotsprings.checks import FloatArray, IntArray
from hotsprings.errors import ArgumentError
from hotsprings.network import keys
from hotsprings.network.formats import contents, format_of, read_table
from hotsprings.network.springs import Springs, square_matrix, symmetric

__all__ = ["read_network"]

WRITTEN = 1e-6  # largest asymmetry of a matrix that went through a file or through finite differences


def read_network(path: str | os.PathLike[str], masses: Any = None, fixed: Iterable[int] = (),
                 coordinates: str | None = None, noise: float = 0.0, format: str | None = None) -> Springs:
    """Return the network whose stiffness matrix (Hessian, force constants) is in a file.

    ============================  =====================================================================================
    ``.npz``                      arrays ``stiffness`` (or ``K``, ``hessian``) and, optionally, ``masses`` (or ``m``);
                                  or a matrix of ``scipy.sparse.save_npz``
    ``.npy``                      K
    ``.mtx``, ``.mtx.gz``         K in Matrix Market format (needs scipy or fast_matrix_market)
    ``.csv``, ``.txt``, ``.dat``  K, a row per line, numbers separated by commas or blanks; # starts a remark
    ``FORCE_CONSTANTS``           phonopy's text: a line with the number of atoms (once or twice), then for each pair a
                                  line ``i j`` and three lines of three numbers, Φ_ij,αβ = ∂²V/∂u_iα ∂u_jβ
    ``.hdf5``, ``.h5``            phonopy's ``force_constants`` or phono3py's ``fc2``, shape (n, n, 3, 3)
    ``.json``                     ``ase.vibrations.VibrationsData`` as its ``write`` makes it, with masses (needs ase)
    ============================  =====================================================================================

    Numbers are taken as they are: eV/Å² and atomic mass units give time in units of 10.18 fs, temperature in eV.
    Compact force constants of a primitive cell are refused (``phonopy --full-fc`` writes all).

    Parameters
    ----------
    path : str or path
        The file.
    masses : float, array_like or path, optional
        One mass for all, or one per coordinate (per atom, where coordinates are x, y, z), or a text file with them.
        Takes the place of masses in the file.
    fixed : iterable of int
        Coordinates held in place: their rows and columns are removed. The sites of the network are the coordinates that
        remain, in order. The atom a has the coordinates 3a, 3a + 1, 3a + 2.
    coordinates : "xyz", optional
        Three coordinates per atom: masses per atom are repeated three times. phonopy's and ASE's files are always so.
    noise : float
        Modes of K (before coordinates are fixed) with |λ| ≤ noise · max|λ| are made free: translations and rotations
        that cost nothing come out of finite differences slightly stiff or unstable. 0 ≤ noise < 1.
    format : str, optional
        "npz", "npy", "mtx", "table", "phonopy", "hdf5" or "ase", where the name of the file does not tell it.

    Returns
    -------
    Springs
        With K made symmetric where the file's is so to 1e-6 of its largest element.

    Raises
    ------
    ArgumentError
        If the file is missing or not of its format, K is not symmetric or has a negative eigenvalue, there are no
        masses or not as many as coordinates, or a fixed coordinate does not exist.

    References
    ----------
    Togo, Tanaka, Scr. Mater. 108, 1 (2015) (phonopy); Larsen et al., J. Phys.: Condens. Matter 29, 273002 (2017) (ASE).

    Examples
    --------
    >>> import numpy as np
    >>> import hotsprings as hs
    >>> np.savez("hessian.npz", stiffness=[[2.0, -1.0], [-1.0, 2.0]], masses=[1.0, 2.0])
    >>> hs.read_network("hessian.npz")
    Springs(N=2, m=1…2, 1 springs k=1, k0=1, from hessian.npz)
    """
    file = _existing(path)
    stiffness, stored, triples = contents(file, format_of(file, format))
    triples = _in_triples(coordinates) or triples
    K = symmetric("path", square_matrix("path", stiffness), WRITTEN)
    m = _coordinate_masses(_given_masses(masses, stored, file), len(K), triples)
    K = _without_noise(K, noise)
    free = _free_coordinates(fixed, len(K))
    return _network(m[free], K[np.ix_(free, free)], file.name)


def _existing(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError("path", "be the name of a file", f"{checks.shown(path)} ({type(path).__name__}) was given")
    file = Path(path)
    if not file.is_file():
        raise ArgumentError("path", "be the name of a file", f"there is none at {str(file)!r}")
    return file


def _in_triples(coordinates: Any) -> bool:
    if coordinates not in (None, "xyz"):
        raise ArgumentError("coordinates", "be 'xyz' (three per atom) or None",
                            f"{checks.shown(coordinates)} was given")
    return coordinates is not None


def _given_masses(masses: Any, stored: Any, file: Path) -> Any:
    """Return the masses of the call, of the file named in the call, or of the stiffness file."""
    if isinstance(masses, str | os.PathLike):
        return read_table(_existing(masses), flat=True)[0]
    if masses is None and stored is None:
        raise ArgumentError("masses", "be given, because the file has none",
                            f"{file.name} holds a stiffness matrix only")
    return stored if masses is None else masses


def _coordinate_masses(masses: Any, n: int, triples: bool) -> FloatArray:
    """Return one mass per coordinate, shape (n,)."""
    if triples and n % 3:
        raise ArgumentError("coordinates", "be 'xyz' only where their number is a multiple of three", f"there are {n}")
    if np.ndim(masses) == 0:
        return np.full(n, checks.positive("masses", masses))
    clean = checks.positive_array("masses", masses)
    if triples and clean.size == n // 3:
        return np.repeat(clean, 3)
    if clean.size != n:
        atoms = f"atom ({n // 3}) or " if triples else ""
        hint = ' (one per atom goes with coordinates="xyz")' if not triples and 3 * clean.size == n else ""
        raise ArgumentError("masses", f"have one element per {atoms}coordinate ({n}){hint}",
                            f"{clean.size} were given")
    return clean


def _without_noise(K: FloatArray, noise: Any) -> FloatArray:
    """Return K with its soft modes, |λ| ≤ noise · max|λ|, made free."""
    noise = checks.non_negative("noise", noise)
    if noise >= 1.0:
        raise ArgumentError("noise", "be less than 1, a part of the largest eigenvalue", f"{noise:g} was given")
    if noise == 0.0:
        return K
    values, vectors = np.linalg.eigh(K)
    soft = vectors[:, np.abs(values) <= noise * np.abs(values).max()]
    K = K - soft @ (soft.T @ K)
    K = K - (K @ soft) @ soft.T
    return np.asarray(0.5 * (K + K.T))


def _free_coordinates(fixed: Iterable[int], n: int) -> IntArray:
    if isinstance(fixed, str) or not isinstance(fixed, Iterable):
        raise ArgumentError("fixed", "be a list of coordinates", f"{checks.shown(fixed)} was given")
    held = {checks.index(f"fixed[{i}]", c, n, "coordinate") for i, c in enumerate(fixed)}
    if len(held) == n:
        raise ArgumentError("fixed", "leave at least one coordinate free", f"all {n} are in it")
    return np.array([c for c in range(n) if c not in held], dtype=np.int64)


def _network(masses: FloatArray, K: FloatArray, name: str) -> Springs:
    """Return the network; an unstable one gets a word on what may be done."""
    try:
        return Springs(masses, K).labelled(name)
    except ArgumentError as err:
        if "semidefinite" not in err.requirement:
            raise
        advice = " (relax the structure; or, where only translations and rotations are soft, give noise=1e-6 or more)"
        raise ArgumentError(err.argument, err.requirement + advice, err.given) from err


def _of_table(path: str, masses: Any, coordinates: str, **rest: Any) -> Springs:
    return read_network(path, masses, coordinates=None if coordinates == "any" else coordinates, **rest)


def _fraction(name: str, value: Any) -> float:
    clean = checks.non_negative(name, value)
    if clean >= 1.0:
        raise ArgumentError(name, "be zero or more and less than 1", f"{checks.shown(value)} was given")
    return clean


KIND = keys.Kind(
    "file", _of_table,
    {"path": keys.Key(keys.text, about="the file with the stiffness matrix, relative to the model file"),
     "masses": keys.Key(keys.optional(keys.positive_or_list), None),
     "fixed": keys.Key(keys.listed(checks.integer, "be a list of integers"), ()),
     "coordinates": keys.Key(keys.one_of("xyz", "any"), "any"),
     "noise": keys.Key(_fraction, 0.0), "format": keys.Key(keys.optional(keys.text), None)},
    "A network from a file", """\
path = "hessian.npz"  # .npz, .npy, .mtx, .csv, phonopy's FORCE_CONSTANTS or .hdf5, ASE's .json
# masses = [1.0, 2.0] # one for all, or one per coordinate (per atom with "xyz"), where the file has none
# coordinates = "xyz" # three coordinates per atom
# fixed = [0, 1, 2]   # coordinates held in place
# noise = 1e-6        # modes below this part of the largest eigenvalue are made free
""", "a stiffness matrix, Hessian or force constants; relative to this file", own_masses=True)
