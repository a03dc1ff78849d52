"""Networks from files: every format says the same network, and what is wrong with a file is said."""

from __future__ import annotations

import gzip
import importlib

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse

import hotsprings as hs


@pytest.fixture
def molecule():
    """A bent triatomic molecule of springs between atoms: a Hessian with six free modes, and masses per atom."""
    r = np.array([[0.0, 0.0, 0.0], [1.0, 0.2, 0.0], [0.3, 1.1, 0.4]])
    K = np.zeros((9, 9))
    for i, j, k in [(0, 1, 1.0), (1, 2, 2.0), (0, 2, 0.7)]:
        e = np.zeros(9)
        e[3 * i:3 * i + 3] = (r[i] - r[j]) / np.linalg.norm(r[i] - r[j])
        e[3 * j:3 * j + 3] = -e[3 * i:3 * i + 3]
        K += k * np.outer(e, e)
    return 0.5 * (K + K.T), np.array([1.0, 16.0, 12.0])


def force_constants(K, counts="3 3"):
    lines = [counts]
    for i in range(3):
        for j in range(3):
            block = K[3 * i:3 * i + 3, 3 * j:3 * j + 3]
            lines += [f"{i + 1:4d}{j + 1:4d}", *("".join(f"{x:22.15f}" for x in row) for row in block)]
    return "\n".join(lines) + "\n"


def write(path, K, m):
    """Write the Hessian in the format that the name tells; return whether the masses are in it."""
    name = path.name
    if name == "both.npz":
        np.savez(path, stiffness=K, masses=np.repeat(m, 3))
    elif name == "short.npz":
        np.savez(path, K=K, m=m)
    elif name == "sparse.npz":
        scipy.sparse.save_npz(path, scipy.sparse.csr_matrix(K))
    elif name.endswith(".npy"):
        np.save(path, K)
    elif ".mtx" in name:
        plain = path.with_name("plain.mtx")
        scipy.io.mmwrite(plain, scipy.sparse.coo_array(K))
        path.write_bytes(gzip.compress(plain.read_bytes()) if name.endswith("gz") else plain.read_bytes())
    elif name.endswith(".csv"):
        np.savetxt(path, K, delimiter=",", header="a Hessian")
    elif name.endswith(".txt"):
        np.savetxt(path, K)
    elif name.startswith("FORCE_CONSTANTS"):
        path.write_text(force_constants(K, "3" if name.endswith("old") else "3 3"))
    else:
        with h5py.File(path, "w") as file:
            file["fc2" if name == "fc2.hdf5" else "force_constants"] = K.reshape(3, 3, 3, 3).transpose(0, 2, 1, 3)
    return name in ("both.npz", "short.npz")


@pytest.mark.parametrize("name", [
    "both.npz", "short.npz", "sparse.npz", "K.npy", "K.mtx", "K.mtx.gz", "K.csv", "K.txt", "FORCE_CONSTANTS",
    "FORCE_CONSTANTS_old", "force_constants.hdf5", "fc2.hdf5",
])
def test_every_format_says_the_same(tmp_path, molecule, name):
    K, m = molecule
    stored = write(tmp_path / name, K, m)
    net = hs.read_network(tmp_path / name, None if stored else m, coordinates="xyz")
    np.testing.assert_allclose(net.stiffness(), K, rtol=0, atol=2e-15)
    np.testing.assert_array_equal(net.masses, np.repeat(m, 3))
    assert repr(net).endswith(f"from {name})")
    assert np.sum(np.linalg.eigvalsh(net.stiffness()) > 1e-12) == 3  # translations and rotations cost nothing


def test_phonopy_blocks_are_not_transposed(tmp_path):
    (tmp_path / "FORCE_CONSTANTS").write_text("1\n1 1\n4 1 2\n1 5 3\n2 3 6\n")
    net = hs.read_network(str(tmp_path / "FORCE_CONSTANTS"), 2.0)
    assert net.stiffness().tolist() == [[4, 1, 2], [1, 5, 3], [2, 3, 6]]
    assert net.masses.tolist() == [2.0, 2.0, 2.0]
    K = np.arange(36.0).reshape(6, 6)
    K = K + K.T + 100.0 * np.eye(6)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["force_constants"] = [[K[3 * i:3 * i + 3, 3 * j:3 * j + 3] for j in range(2)] for i in range(2)]
    np.testing.assert_array_equal(hs.read_network(tmp_path / "a.h5", [1, 2]).stiffness(), K)


def test_ase_hessians(tmp_path, molecule):
    pytest.importorskip("ase")
    from ase import Atoms
    from ase.vibrations.data import VibrationsData

    K, _ = molecule
    atoms = Atoms("OHHe", positions=np.eye(3), masses=[16.0, 1.0, 4.0])
    VibrationsData.from_2d(atoms, K).write(tmp_path / "vib.json")
    net = hs.read_network(tmp_path / "vib.json")
    np.testing.assert_allclose(net.stiffness(), K, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(net.masses, np.repeat([16.0, 1.0, 4.0], 3))
    VibrationsData.from_2d(atoms, K[3:, 3:], indices=[1, 2]).write(tmp_path / "part.json")
    assert hs.read_network(tmp_path / "part.json").masses.tolist() == [1.0] * 3 + [4.0] * 3
    atoms.write(tmp_path / "atoms.json")
    with pytest.raises(hs.ArgumentError, match="'path' must"):
        hs.read_network(tmp_path / "atoms.json")


def test_fixed_coordinates_are_removed(tmp_path, molecule):
    K, m = molecule
    np.save(tmp_path / "K.npy", K)
    net = hs.read_network(tmp_path / "K.npy", m, fixed=[0, 1, 2, -1], coordinates="xyz")
    np.testing.assert_array_equal(net.stiffness(), K[3:8, 3:8])
    np.testing.assert_array_equal(net.masses, [16, 16, 16, 12, 12])
    assert np.linalg.eigvalsh(net.stiffness())[0] >= -1e-14


def test_masses_from_anywhere(tmp_path):
    np.savetxt(tmp_path / "K.csv", hs.Chain(np.ones(3)).stiffness(), delimiter=",")
    (tmp_path / "m.txt").write_text("1.0, 2.0 # two of them\n3.0\n")
    np.savez(tmp_path / "K.npz", K=np.eye(3), m=[9.0, 9.0, 9.0])
    for masses in (tmp_path / "m.txt", [1.0, 2.0, 3.0], np.array([1, 2, 3])):
        assert hs.read_network(tmp_path / "K.csv", masses).masses.tolist() == [1.0, 2.0, 3.0]
        assert hs.read_network(tmp_path / "K.npz", masses).masses.tolist() == [1.0, 2.0, 3.0]
    assert hs.read_network(tmp_path / "K.csv", 1.0).structure == "tridiagonal"
    assert hs.read_network(tmp_path / "K.csv", 1.0, format="table").n_sites == 3


def test_noise_makes_soft_modes_free(tmp_path, molecule):
    K, m = molecule
    rng = np.random.default_rng(1)
    error = rng.normal(size=K.shape) * 1e-7
    np.save(tmp_path / "K.npy", K + error + error.T)
    with pytest.raises(hs.ArgumentError, match=r"give noise=5\.9e-08 or more"):
        hs.read_network(tmp_path / "K.npy", m, coordinates="xyz")
    net = hs.read_network(tmp_path / "K.npy", m, coordinates="xyz", noise=1e-5)
    values = np.linalg.eigvalsh(net.stiffness())
    assert np.all(np.abs(values[:6]) < 1e-14)
    np.testing.assert_allclose(values[6:], np.linalg.eigvalsh(K)[6:], rtol=1e-5)
    np.save(tmp_path / "K.npy", K + 1e-7 * rng.normal(size=K.shape) * (np.abs(K) > 0))  # asymmetric below 1e-6
    assert np.array_equal(*(hs.read_network(tmp_path / "K.npy", m, (), "xyz", 1e-5).stiffness() for _ in "ab"))


def test_missing_libraries_are_named(tmp_path, monkeypatch):
    real = importlib.import_module

    def absent(name, package=None):
        if name.split(".")[0] in ("ase", "yaml"):
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    for name, library in [("a.json", "ase"), ("a.yaml", "phonopy")]:
        (tmp_path / name).write_text('{"__ase_objtype__": "vibrationsdata"}')
        with pytest.raises(hs.ArgumentError, match=f"need {library}, which is not installed"):
            hs.read_network(tmp_path / name, 1.0)


def save(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


def text(tmp_path, name, words):
    (tmp_path / name).write_text(words)
    return tmp_path / name


BAD = [
    (lambda t: hs.read_network(3), r"'path' must be the name of a file, but 3 \(int\)"),
    (lambda t: hs.read_network(t / "none.npz"), "'path' must be the name of a file, but there is none at"),
    (lambda t: hs.read_network(text(t, "K.xls", "1")), "'path' must have a suffix that tells its format"),
    (lambda t: hs.read_network(text(t, "K.csv", "1"), 1.0, format="xls"), "'format' must be one of 'npz'"),
    (lambda t: hs.read_network(save(t, curvature=1)), "'path' must hold an array 'stiffness' .* a.npz holds curvature"),
    (lambda t: hs.read_network(save(t, K=np.eye(2))), "'masses' must be given, because the file has none"),
    (lambda t: hs.read_network(save(t, K=np.ones((2, 3))), 1.0), "'path' must hold a square matrix"),
    (lambda t: hs.read_network(save(t, K=[[1, 0.1], [0, 1]]), 1.0),
     "'path' must hold a matrix that is symmetric to 1e-06"),
    (lambda t: hs.read_network(save(t, K=-np.eye(2)), 1.0), "'stiffness' must be positive semidefinite .relax"),
    (lambda t: hs.read_network(save(t, K=1e300 * np.eye(2)), 1.0), "'stiffness' must keep the largest"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), [1.0]), r"have one element per coordinate \(2\), but"),
    (lambda t: hs.read_network(save(t, K=np.eye(6)), [1.0, 2.0]), r"coordinate \(6\) \(one per atom goes with coord"),
    (lambda t: hs.read_network(save(t, K=np.eye(3)), [1.0, 1.0], (), "xyz"),
     r"per atom \(1\) or coordinate \(3\)"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), -1.0), "'masses' must be a positive"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, (), "xyz"), "'coordinates' must be 'xyz' only where"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, (), "xy"), "'coordinates' must be 'xyz' .* or None"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, [2]), r"'fixed\[0\]' must be a coordinate of the 2"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, [0, -1]), "'fixed' must leave at least one"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, 0), "'fixed' must be a list of coordinates"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, noise=1.0), "'noise' must be less than 1"),
    (lambda t: hs.read_network(save(t, K=np.eye(2)), 1.0, noise=-1.0), "'noise' must be a finite number, zero"),
    (lambda t: hs.read_network(text(t, "a.npz", "words"), 1.0), "'path' must be a file of format 'npz', but"),
    (lambda t: hs.read_network(text(t, "a.npy", "words"), 1.0), "'path' must be a file of format 'npy'"),
    (lambda t: hs.read_network(text(t, "a.mtx", "words"), 1.0), "'path' must be a file of format 'mtx'"),
    (lambda t: hs.read_network(text(t, "a.h5", "words"), 1.0), "'path' must be a file of format 'hdf5'"),
    (lambda t: hs.read_network(text(t, "a.csv", "1,2\n3"), 1.0), "'path' must be a table of numbers"),
    (lambda t: hs.read_network(text(t, "a.csv", "x,y"), 1.0), "could not convert string to float"),
    (lambda t: hs.read_network(text(t, "a.csv", "# nothing"), 1.0), "a.csv is empty"),
    (lambda t: hs.read_network(text(t, "FORCE_CONSTANTS", "1\n1 1\n1 2"), 1.0), "be phonopy's FORCE_CONSTANTS"),
    (lambda t: hs.read_network(text(t, "FORCE_CONSTANTS", "2\n1 1\n" + "1 0 0\n" * 3), 1.0), "one block for each pair"),
    (lambda t: hs.read_network(text(t, "FORCE_CONSTANTS", "1 2\n1 1\n" + "1 0 0\n" * 3 + "1 2\n" + "1 0 0\n" * 3), 1.0),
     r"force constants of all pairs, .* \(phonopy --full-fc; .*, but FORCE_CONSTANTS holds shape \(1, 2, 3, 3\)"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_files_get_one_clear_error(tmp_path, call, message):
    with pytest.raises(hs.ArgumentError, match=message):
        call(tmp_path)


def test_hdf5_without_force_constants(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["mesh"] = [1]
    with pytest.raises(hs.ArgumentError, match=r"hold a dataset 'force_constants' .* a\.h5 holds mesh"):
        hs.read_network(tmp_path / "a.h5", 1.0)


# Baths on groups.

def test_bath_groups():
    baths = hs.bath_group(np.arange(3), 1.5, 0.2)
    assert baths == [hs.Bath(i, 1.5, 0.2) for i in range(3)]
    system = hs.OpenNetwork(hs.Chain(np.ones(8)), hs.bath_group([0, 1], 1.5) + hs.bath_group((-1, -2), 0.5))
    assert system.bath_sites.tolist() == [0, 1, 7, 6]
    for sites, message in [
        ([], "'sites' must hold at least one site"), ([0, 0], r"'sites\[1\]' must differ .* 0 is there"),
        ("01", "'sites' must be a list of sites"), (3, "'sites' must be a list"),
        ([1.5], r"'sites\[0\]' must be an integer"),
    ]:
        with pytest.raises(hs.ArgumentError, match=message):
            hs.bath_group(sites, 1.0)
    assert all(isinstance(b, hs.Bath) for b in baths)


def test_translations_of_a_large_supercell_are_made_of_few():
    """Atoms are looked up for each generator of the group, not for each translation: N log N, not N² log N."""
    from hotsprings.network.formats import compact
    from hotsprings.network.formats.structures import Structure, repeated

    unit = Structure(np.eye(3), np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]), ("Na", "Cl"), np.array([23.0, 35.0]))
    cell, rows = repeated(unit, np.diag([4, 5, 6])), np.array([0, 120])
    crystal = compact._Crystal(np.zeros((2, 240, 3, 3)), rows, cell)
    moves = crystal._translations()
    assert moves.shape == (120, 240)
    assert np.array_equal(np.sort(moves[:, rows], axis=None), np.arange(240))
    assert len(crystal.known) <= np.log2(120)
    for moved in moves[::7]:  # each is a translation: all atoms go the same way
        away = cell.positions[moved] - cell.positions
        assert np.abs((away - away[0] + 0.5) % 1.0 - 0.5).max() < 1e-12
