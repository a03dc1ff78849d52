"""Files that hold no readable stiffness matrix, by name, and the command that makes one of them."""

from __future__ import annotations

from pathlib import Path

from hotsprings.network.formats.text import unpacked_name

__all__ = ["conversion_of"]

_PHONOPY = "'phonopy --writefc' makes FORCE_CONSTANTS of it"
_CONVERSIONS = {
    "FORCE_CONSTANTS_3RD": "third-order constants have no place in a harmonic network; FORCE_CONSTANTS_2ND has",
    "FORCE_SETS": _PHONOPY, "FORCES_FC": _PHONOPY, "phonopy_disp": _PHONOPY,
    "vasprun": "'phonopy --fc vasprun.xml' makes FORCE_CONSTANTS of it",
    "OUTCAR": "'phonopy --fc vasprun.xml' makes FORCE_CONSTANTS of the vasprun.xml beside it",
    "POSCAR": "it is a structure, which structure= or masses= take",
    ".gen": "it is a structure, which structure= or masses= take",
    ".xyz": "it is a structure, which structure= or masses= take",
    ".cif": "it is a structure, which structure= or masses= take",
    ".chk": "Gaussian's 'formchk' makes .fchk of it",
    ".log": "of Gaussian 'formchk' makes .fchk, ORCA writes .hess beside it",
    ".out": "of DFTB+ it is hessian.out (or format='dftb+'); ORCA writes .hess beside it; of Gaussian 'formchk' makes "
            ".fchk",
    ".gbw": "ORCA writes .hess beside it",
    ".dyn": "Quantum ESPRESSO's q2r.x makes .fc of its dynamical matrices; LAMMPS's is read with format='lammps'",
    ".dynmat": "Quantum ESPRESSO's q2r.x makes .fc of its dynamical matrices; LAMMPS's is read with format='lammps'",
    ".fc.xml": "q2r.x with flfrc='name.fc' and dynamical matrices that are not XML writes the text form",
    ".castep_bin": "'euphonic' or 'phonopy --castep' makes force constants of it",
    ".castep": "'phonopy --castep' makes force constants of its forces",
    ".phonon": "'euphonic' reads it; force constants are in .castep_bin",
    ".check": "'phonopy --castep' makes force constants of its forces",
    ".ddb": "'anaddb' and 'phonopy --abinit' make force constants of it",
    ".mat": "numpy.save('K.npy', scipy.io.loadmat(name)['K']) makes .npy of it",
    ".pickle": "pickles run code and are never read; numpy.save makes .npy",
    ".pkl": "pickles run code and are never read; numpy.save makes .npy",
    ".xlsx": "saved as .csv it is read",
    ".xls": "saved as .csv it is read",
    ".ods": "saved as .csv it is read",
    ".molden": "it holds modes only; the Hessian is in Turbomole's or xtb's file hessian, ORCA's .hess, Gaussian's "
               ".fchk",
    ".xml": "of VASP 'phonopy --fc vasprun.xml' makes FORCE_CONSTANTS, of ALAMODE 'alamode' tools/fc_virtual and "
            "phonopy do",
    ".fcs": "ALAMODE's constants are those of irreducible pairs; its tools write force constants for phonopy",
    ".bz2": "unpack it first (.gz and .xz are read as they are)",
    ".zip": "unpack it first (.gz and .xz are read as they are)",
    ".zst": "unpack it first (.gz and .xz are read as they are)",
    ".tar": "unpack it first (.gz and .xz are read as they are)",
    ".nc": "a netCDF file of results is no network; its 'model' attribute says what it was made from",
}


def conversion_of(path: Path) -> str:
    """Return what makes a readable file of one with this name; "" where nothing is known."""
    name = unpacked_name(path).name
    for key, advice in _CONVERSIONS.items():
        known = name.casefold().endswith(key) if key.startswith(".") else key.casefold() in name.casefold()
        if known:
            return advice
    return ""
