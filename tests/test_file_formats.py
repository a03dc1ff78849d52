"""Files as programs write them: each says the network that it was made from, or is refused with what to do."""

from __future__ import annotations

import gzip
import json
import lzma

import h5py
import numpy as np
import pytest

import hotsprings as hs
from tests import file_cases as cases

K, MASSES = cases.molecule()
FORMS = {
    "hessian.out": cases.dftb(K), "benzene_hessian.out": cases.dftb(K), "Dyn.form": cases.lammps(K),
    "hessian": cases.xtb(K), "nprhessian": cases.turbomole(K), "a.fchk": cases.gaussian(K, MASSES),
    "a.hess": cases.orca(K, MASSES), "FORCE_CONSTANTS": cases.force_constants(cases.pairs(K)),
    "a.csv": "\n".join(";".join(map(repr, row.tolist())) for row in K),
    "b.csv": ",".join(f"q{i}" for i in range(12)) + "\n" + "\n".join(", ".join(map(repr, row.tolist())) for row in K),
    "a.txt": "12 12\n" + "\n".join(" ".join(map(repr, row.tolist())) for row in K),
    "a.json": json.dumps({"result": {"hessian": K.tolist(), "symbols": ["C", "H", "O", "H"]}}),
    "b.json": json.dumps({"driver": "hessian", "return_result": K.ravel().tolist(),
                          "molecule": {"masses": MASSES.tolist()}}),
}
OWN_MASSES = {"a.fchk", "a.hess", "a.json", "b.json"}


def masses_for(name):
    return None if name in OWN_MASSES else 1.0 if name == "Dyn.form" else MASSES


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packing", ["", ".gz", ".xz"])
def test_text_of_every_program(tmp_path, name, packing):
    raw = FORMS[name].encode()
    path = tmp_path / (name + packing)
    path.write_bytes({"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[packing](raw))
    net = hs.read_network(path, masses_for(name), coordinates="xyz")
    np.testing.assert_allclose(net.stiffness(), K, rtol=0, atol=5e-15)
    np.testing.assert_allclose(net.masses, 1.0 if name == "Dyn.form" else np.repeat(MASSES, 3), rtol=1e-8)


@pytest.mark.parametrize(("name", "format"), [
    ("hessian.out", "dftb+"), ("Dyn.form", "lammps"), ("hessian", "xtb"), ("nprhessian", "turbomole"),
    ("a.fchk", "gaussian"), ("a.hess", "orca"), ("FORCE_CONSTANTS", "phonopy"), ("a.json", "json"), ("a.json", "ase"),
])
def test_formats_by_name(tmp_path, name, format):
    path = tmp_path / "file.bin"
    path.write_text(FORMS[name])
    net = hs.read_network(path, masses_for(name), coordinates="xyz", format=format)
    np.testing.assert_allclose(net.stiffness(), K, rtol=0, atol=5e-15)
    with pytest.raises(hs.ArgumentError):  # and nothing else reads it by chance
        hs.read_network(path, masses_for(name), coordinates="xyz", format="npz")


def test_turbomole_rows_out_of_order_are_refused(tmp_path):
    lines = cases.turbomole(K).splitlines()
    lines[2], lines[5] = lines[5], lines[2]
    (tmp_path / "hessian").write_text("\n".join(lines))
    with pytest.raises(hs.ArgumentError, match="rows of a Hessian in their order"):
        hs.read_network(tmp_path / "hessian", MASSES)


@pytest.mark.parametrize("shape", [(1, 12, 12), (4, 3, 4, 3), (1, 4, 3, 1, 4, 3), (4, 4, 3, 3)])
@pytest.mark.parametrize("name", ["K.npy", "K.npz", "K.h5"])
def test_arrays_of_every_shape(tmp_path, shape, name):
    array = cases.pairs(K) if shape == (4, 4, 3, 3) else K.reshape(shape)
    if name == "K.h5":
        with h5py.File(tmp_path / name, "w") as file:
            file["results/run/hessian"] = array
            file["results/run/masses"] = np.repeat(MASSES, 3)
    elif name == "K.npz":
        np.savez(tmp_path / name, force_constants=array, m=MASSES)
    else:
        np.save(tmp_path / name, array)
    net = hs.read_network(tmp_path / name, MASSES if name == "K.npy" else None, coordinates="xyz")
    np.testing.assert_array_equal(net.stiffness(), K)


def test_three_atoms_leave_no_doubt(tmp_path):
    small = K[:9, :9]
    for array in (small.reshape(3, 3, 3, 3), cases.pairs(small)):
        np.save(tmp_path / "K.npy", array)
        np.testing.assert_array_equal(hs.read_network(tmp_path / "K.npy", 1.0).stiffness(), small)
    rng = np.random.default_rng(0)
    both = rng.normal(size=(3, 3, 3, 3))
    both = sum(both.transpose(p) for p in ((0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)))
    np.save(tmp_path / "K.npy", both)
    with pytest.raises(hs.ArgumentError, match="symmetric both ways"):
        hs.read_network(tmp_path / "K.npy", 1.0)


def test_quantum_espresso(tmp_path):
    text, full = cases.espresso()
    (tmp_path / "a.fc").write_text(text)
    net = hs.read_network(tmp_path / "a.fc")
    np.testing.assert_allclose(net.stiffness(), full, rtol=1e-15, atol=1e-14)
    np.testing.assert_allclose(net.masses, np.tile(np.repeat([24.305, 15.999], 3), 6), rtol=1e-7)
    D = net.stiffness() / np.sqrt(np.outer(net.masses, net.masses))  # its modes are those of the wave vectors (Bloch)
    C = full.reshape(6, 2, 3, 6, 2, 3)[:, :, :, 0].reshape(6, 6, 6)  # C(R), R = (a, b)
    mass = np.repeat(net.masses[:6:3], 3)
    bloch = []
    for u, v in np.ndindex(3, 2):
        phase = np.array([np.exp(-2j * np.pi * (u * (r % 3) / 3 + v * (r // 3) / 2)) for r in range(6)])
        bloch += list(np.linalg.eigvalsh(np.tensordot(phase, C, 1) / np.sqrt(np.outer(mass, mass))))
    np.testing.assert_allclose(np.linalg.eigvalsh(D), np.sort(bloch), rtol=1e-12)
    (tmp_path / "b.fc").write_text(cases.espresso(charges=0.0)[0])
    np.testing.assert_array_equal(hs.read_network(tmp_path / "b.fc").stiffness(), net.stiffness())
    (tmp_path / "c.fc").write_text(cases.espresso(charges=1.9)[0])
    with pytest.raises(hs.ArgumentError, match=r"q2r\.x took the forces of dipoles out"):
        hs.read_network(tmp_path / "c.fc")


# Compact force constants.

def compact_file(directory, crystal, name):
    compact = crystal.blocks[crystal.rows]
    if name.endswith("hdf5"):
        with h5py.File(directory / name, "w") as file:
            file["fc2" if name.startswith("fc2") else "force_constants"] = compact
            file["p2s_map"] = crystal.rows.astype("i4")
    else:
        (directory / name).write_text(cases.force_constants(compact, crystal.rows))
    return directory / name


@pytest.mark.parametrize("name", ["force_constants.hdf5", "fc2.hdf5", "FORCE_CONSTANTS"])
@pytest.mark.parametrize("cells", [(2, 1, 1), (2, 2, 1)])
def test_compact_constants_with_their_structure(tmp_path, name, cells):
    pytest.importorskip("ase")
    crystal = cases.Crystal(cells)
    path = compact_file(tmp_path, crystal, name)
    with pytest.raises(hs.ArgumentError, match=r"phonopy --full-fc.* structure=.*the compact ones of 8 atoms"):
        hs.read_network(path, 1.0)
    (tmp_path / "whole.poscar").write_text(crystal.poscar())
    (tmp_path / "cell.yaml").write_text(crystal.yaml())
    for structure in ("whole.poscar", "cell.yaml"):
        net = hs.read_network(path, structure=tmp_path / structure)
        np.testing.assert_allclose(net.stiffness(), crystal.K, rtol=0, atol=1e-14)
        assert net.masses[0] == pytest.approx(22.99, abs=0.01)
        assert net.masses[-1] == pytest.approx(35.45, abs=0.01)
    (tmp_path / "phonopy.yaml").write_text(crystal.yaml())
    net = hs.read_network(path)
    assert repr(net).endswith(f"from {name} and phonopy.yaml)")
    np.testing.assert_allclose(net.stiffness(), crystal.K, rtol=0, atol=1e-14)


def test_compact_constants_with_a_unit_cell(tmp_path):
    pytest.importorskip("ase")
    pytest.importorskip("phonopy")
    crystal = cases.Crystal((2, 1, 1))
    path = compact_file(tmp_path, crystal, "force_constants.hdf5")
    (tmp_path / "POSCAR-unitcell").write_text(crystal.poscar(whole=False))
    for supercell in ((2, 1, 1), [[2, 0, 0], [0, 1, 0], [0, 0, 1]]):
        net = hs.read_network(path, structure=tmp_path / "POSCAR-unitcell", supercell=supercell)
        np.testing.assert_allclose(net.stiffness(), crystal.K, rtol=0, atol=1e-14)
    for supercell, message in (((1, 1, 1), "make 16 atoms of 8"), ("2", "three whole numbers"), ((2.0, 1, 1), "whole")):
        with pytest.raises(hs.ArgumentError, match=message):
            hs.read_network(path, structure=tmp_path / "POSCAR-unitcell", supercell=supercell)


@pytest.mark.filterwarnings("ignore:.*Point group symmetries")
def test_phonopy_expands_the_same(tmp_path):
    pytest.importorskip("ase")
    phonopy = pytest.importorskip("phonopy")
    from phonopy.harmonic.force_constants import compact_fc_to_full_fc
    from phonopy.structure.atoms import PhonopyAtoms

    crystal = cases.Crystal((2, 2, 1))
    unit = PhonopyAtoms(symbols=["Na"] * 4 + ["Cl"] * 4, cell=np.eye(3) * crystal.lattice,
                        scaled_positions=crystal.unit)
    phonon = phonopy.Phonopy(unit, np.diag(crystal.cells), primitive_matrix=np.eye(3))
    assert phonon.primitive.p2s_map.tolist() == crystal.rows.tolist()
    full = compact_fc_to_full_fc(phonon.primitive, crystal.blocks[crystal.rows])
    path = compact_file(tmp_path, crystal, "FORCE_CONSTANTS")
    (tmp_path / "SPOSCAR").write_text(crystal.poscar())
    n = len(full) * 3
    np.testing.assert_allclose(hs.read_network(path).stiffness(), full.transpose(0, 2, 1, 3).reshape(n, n), atol=1e-13)


def test_the_wrong_structure_is_refused(tmp_path):
    pytest.importorskip("ase")
    crystal = cases.Crystal((2, 2, 1))
    path = compact_file(tmp_path, crystal, "force_constants.hdf5")
    text = crystal.poscar()
    (tmp_path / "SPOSCAR").write_text(text.replace("0.250000000000 0.000000", "0.2600 0.000000"))
    with pytest.raises(hs.ArgumentError, match="'structure' must be the cell of these force constants"):
        hs.read_network(path, structure=tmp_path / "SPOSCAR")
    with pytest.raises(hs.ArgumentError, match="'path' must hold the force constants of all pairs"):
        hs.read_network(path)
    lines = text.splitlines()
    (tmp_path / "b.poscar").write_text("\n".join([*lines[:8], *lines[9:17], lines[8], *lines[17:]]))  # another order
    with pytest.raises(hs.ArgumentError, match="'structure' must be the cell"):
        hs.read_network(path, structure=tmp_path / "b.poscar")


# What is done with the matrix.

def test_asymmetry_is_told_and_averaged_on_request(tmp_path):
    rng = np.random.default_rng(2)
    uneven = K + 1e-3 * np.abs(K).max() * rng.uniform(-0.5, 0.5, K.shape) + 0.1 * np.eye(12)
    np.save(tmp_path / "K.npy", uneven)
    with pytest.raises(hs.ArgumentError, match=r"symmetrize=True takes the mean.* its asymmetry is 0\.000[0-9]+:"):
        hs.read_network(tmp_path / "K.npy", 1.0)
    with pytest.warns(hs.AsymmetryWarning, match="differ by"):
        net = hs.read_network(tmp_path / "K.npy", 1.0, symmetrize=True)
    np.testing.assert_array_equal(net.stiffness(), 0.5 * uneven + 0.5 * uneven.T)
    assert "symmetrised (asymmetry 0.000" in net.source
    np.save(tmp_path / "K.npy", K + 2.0 * np.triu(np.ones((12, 12)), 1))
    with pytest.raises(hs.ArgumentError, match="symmetric to 1e-01"):
        hs.read_network(tmp_path / "K.npy", 1.0, symmetrize=True)


@pytest.mark.parametrize("symmetrize", [False, True])
@pytest.mark.parametrize("triangle", [np.tril, np.triu])
def test_one_triangle_is_no_matrix(tmp_path, triangle, symmetrize):
    np.save(tmp_path / "K.npy", triangle(K + np.eye(12)))
    with pytest.raises(hs.ArgumentError, match="triangle has elements other than zero"):
        hs.read_network(tmp_path / "K.npy", 1.0, symmetrize=symmetrize)
    (tmp_path / "hessian.out").write_text(cases.wrapped(K[np.tril_indices(12)], 4))
    with pytest.raises(hs.ArgumentError, match="as many as a triangle of 12 coordinates"):
        hs.read_network(tmp_path / "hessian.out", 1.0, symmetrize=symmetrize)


def test_the_noise_that_is_named_is_enough(tmp_path):
    rng = np.random.default_rng(5)
    error = 1e-5 * rng.normal(size=K.shape)
    np.save(tmp_path / "K.npy", K + error + error.T)
    for fixed in ((), (0, 1, 2)):
        with pytest.raises(hs.ArgumentError, match="lowest eigenvalue") as caught:
            hs.read_network(tmp_path / "K.npy", 1.0, noise=1e-7)
        noise = float(str(caught.value).split("give noise=")[1].split()[0])
        hs.read_network(tmp_path / "K.npy", 1.0, fixed, noise=noise)
        with pytest.raises(hs.ArgumentError, match="give noise"):
            hs.read_network(tmp_path / "K.npy", 1.0, noise=0.9 * noise)


def test_uniform_displacements_cost_nothing(tmp_path):
    pinned = K + 0.02 * np.diag(np.arange(12.0))
    np.save(tmp_path / "K.npy", pinned)
    net = hs.read_network(tmp_path / "K.npy", 1.0, coordinates="xyz", acoustic_sum_rule=True)
    shift = np.zeros((12, 3))
    for axis in range(3):
        shift[axis::3, axis] = 0.5
    np.testing.assert_allclose(net.stiffness() @ shift, 0.0, atol=1e-14)
    P = np.eye(12) - shift @ shift.T
    np.testing.assert_allclose(net.stiffness(), P @ pinned @ P, atol=1e-14)
    assert np.abs(hs.read_network(tmp_path / "K.npy", 1.0, coordinates="xyz").stiffness() @ shift).max() > 0.01


def test_matrices_divided_by_masses(tmp_path):
    m = np.repeat(MASSES, 3)
    (tmp_path / "Dyn.form").write_text(cases.lammps(K / np.sqrt(np.outer(m, m))))
    net = hs.read_network(tmp_path / "Dyn.form", MASSES, mass_weighted=True)
    np.testing.assert_allclose(net.stiffness(), K, rtol=0, atol=1e-13)
    with pytest.raises(hs.ArgumentError, match="'mass_weighted' must be True"):
        hs.read_network(tmp_path / "Dyn.form", MASSES)
    with pytest.raises(hs.ArgumentError, match="1 takes the matrix"):
        hs.read_network(tmp_path / "Dyn.form")
    with pytest.raises(hs.ArgumentError, match="'mass_weighted' must be True, with the masses"):
        hs.read_network(tmp_path / "Dyn.form", 1.0, acoustic_sum_rule=True)


# Masses.

def test_masses_by_element(tmp_path):
    np.save(tmp_path / "K.npy", K)
    for masses in (["C", "H", "O", "H"], ("C", 1.008, "O", "H"), np.array(["C", "H", "O", "H"])):
        net = hs.read_network(tmp_path / "K.npy", masses, coordinates="xyz")
        np.testing.assert_array_equal(net.masses, np.repeat(MASSES, 3))
    assert hs.read_network(tmp_path / "K.npy", "Si").masses[0] == 28.085
    with pytest.raises(hs.ArgumentError, match=r"'masses\[1\]' must be a number or the symbol of an element, but 'Xx'"):
        hs.read_network(tmp_path / "K.npy", ["C", "Xx", "O", "H"], coordinates="xyz")
    with pytest.raises(hs.ArgumentError, match="symbol of an element, or the name of a file, but 'Xx' is none"):
        hs.read_network(tmp_path / "K.npy", "Xx")


@pytest.mark.parametrize(("name", "raw"), [
    ("m.txt", "# Massen für alle\n12.011\n1.008\n15.999\n1.008\n".encode("latin-1")),
    ("m.txt", b"\xef\xbb\xbf12.011, 1.008, 15.999, 1.008"), ("m.txt", "C\nH\nO\nH\n".encode("utf-16")),
    ("m.txt", b"12.011;1.008;15.999;1.008"), ("m.txt", b"1.2011D+01 1.008 15.999 1.008"),
    ("m.txt.gz", gzip.compress(b"C H O H", mtime=0)), ("m.xyz", b"4\n\nC 0 0 0\nH 1 0 0\nO 0 1 0\nH 0 0 1\n"),
    ("m.gen", b"4 C\nC H O\n1 1 0 0 0\n2 2 1 0 0\n3 3 0 1 0\n4 2 0 0 1\n"),
])
def test_files_of_masses(tmp_path, name, raw):
    if name in ("m.xyz", "m.gen"):
        pytest.importorskip("ase")
    np.save(tmp_path / "K.npy", K)
    (tmp_path / name).write_bytes(raw)
    np.testing.assert_allclose(hs.read_network(tmp_path / "K.npy", tmp_path / name, coordinates="xyz").masses,
                               np.repeat(MASSES, 3), rtol=1e-12)


@pytest.mark.parametrize("raw", [
    b"28,0855", b"28,0855\n1,008", b"28,0855 1,008", b"28,0855;1,008", b"1.028,0855", b"12,011e0", b"mass\n12",
    "28,0855".encode("utf-16"), b"", b"# none", b"12\x000", b"1_2", b"\x1f\x8b\x08damaged", b"C Xx",
])
def test_doubtful_files_of_masses_are_refused(tmp_path, raw):
    np.save(tmp_path / "K.npy", np.diag([1.0, 2.0]))
    (tmp_path / "m.txt").write_bytes(raw)
    with pytest.raises(hs.ArgumentError, match="'masses' must"):
        hs.read_network(tmp_path / "K.npy", tmp_path / "m.txt")
