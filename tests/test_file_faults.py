"""Damaged and hostile files: one error that names the argument; nothing is followed, nothing large is made."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import struct
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
import scipy.sparse

import hotsprings as hs
from hotsprings.network.formats import READERS, contents
from tests import file_cases as cases

K, MASSES = cases.molecule()
MOST = 300e6  # bytes that reading a bad file may take, at most


def write_h5(path, fill):
    with h5py.File(path, "w") as file:
        fill(file)
    return path


def header(shape):
    """Return an .npy file that declares a shape and holds one number."""
    raw = io.BytesIO()
    np.lib.format.write_array_header_1_0(raw, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return raw.getvalue() + struct.pack("<d", 1.0)


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def npy(array):
    raw = io.BytesIO()
    np.save(raw, array)
    return raw.getvalue()


def sparse(path, **changed):
    matrix = scipy.sparse.csr_matrix(np.eye(3))
    arrays = {"format": np.array(b"csr"), "shape": np.array([3, 3]), "data": matrix.data, "indices": matrix.indices,
              "indptr": matrix.indptr} | changed
    return zipped(path, {f"{name}.npy": npy(np.asarray(array)) for name, array in arrays.items()})


def other_file(tmp_path):
    fill = lambda file: file.create_dataset("force_constants", data=np.ones((1, 1, 3, 3)))  # noqa: E731
    return write_h5(tmp_path / "secret.h5", fill)


def virtual(file, tmp_path):
    layout = h5py.VirtualLayout(shape=(3, 3), dtype="f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "force_constants", shape=(1, 1, 3, 3))[0, 0]
    file.create_virtual_dataset("hessian", layout)


def loops(file, tmp_path):
    file["a/b"] = file["/"]
    file["a/c"] = h5py.SoftLink("/a/c")


HDF5 = {
    "external link": (lambda f, t: f.__setitem__("force_constants", h5py.ExternalLink(str(t / "secret.h5"), "/fc")),
                      r"external link to '.*secret\.h5'"),
    "soft link": (lambda f, t: f.__setitem__("fc2", h5py.SoftLink("/fc2")), "soft link to '/fc2'"),
    "external storage": (lambda f, t: f.create_dataset("hessian", (3, 3), "f8",
                                                       external=[(str(t / "secret.h5"), 0, 72)]),
                         r"stored outside, in '.*secret\.h5'"),
    "virtual": (virtual, r"virtual dataset of '.*secret\.h5'"),
    "loops": (loops, "hold a dataset"),
    "group": (lambda f, t: f.create_group("force_constants"), "it is no dataset"),
    "references": (lambda f, t: f.create_dataset("hessian", data=np.array([f.ref] * 4), dtype=h5py.ref_dtype),
                   "of type"),
    "strings": (lambda f, t: f.create_dataset("hessian", data=["a", "b"]), "of type"),
    "giant": (lambda f, t: f.create_dataset("hessian", (10**9, 10**9), "f8", chunks=(10, 10)), "at most 20000"),
    "never written": (lambda f, t: f.create_dataset("hessian", (15_000, 15_000), "f8", chunks=(10, 10)),
                      "unpack to no"),
    "empty": (lambda f, t: f.create_dataset("hessian", (3, 3), "f8", chunks=(1, 1)), "none were ever written"),
    "imaginary": (lambda f, t: f.create_dataset("force_constants", data=np.full((1, 1, 3, 3), 1 + 2j)),
                  r"imaginary part, up to 2 at element \(0, 0, 0, 0\)"),
    "fc3": (lambda f, t: f.create_dataset("fc3", data=np.ones(3)), "third-order"),
    "wrong map": (lambda f, t: (f.create_dataset("fc2", data=np.ones((1, 2, 3, 3))),
                                f.create_dataset("p2s_map", data=[7])), "p2s_map"),
}


@pytest.mark.parametrize("case", HDF5)
def test_hdf5_is_read_from_this_file_alone(tmp_path, case):
    other_file(tmp_path)
    fill, message = HDF5[case]
    path = write_h5(tmp_path / "a.h5", lambda file: fill(file, tmp_path))
    with pytest.raises(hs.ArgumentError, match=message):
        hs.read_network(path, 1.0)


def test_complex_files_without_imaginary_part_are_real(tmp_path):
    write_h5(tmp_path / "a.h5", lambda file: file.create_dataset("force_constants", data=np.eye(3)[None, None] + 0j))
    np.save(tmp_path / "K.npy", np.eye(3) + 0j)
    for name in ("a.h5", "K.npy"):
        np.testing.assert_array_equal(hs.read_network(tmp_path / name, 1.0).stiffness(), np.eye(3))
    np.save(tmp_path / "K.npy", np.eye(3) + 1e-3j * (np.eye(3, k=1) - np.eye(3, k=-1)))
    with pytest.raises(hs.ArgumentError, match=r"imaginary part, up to 0\.001 at element \(0, 1\)"):
        hs.read_network(tmp_path / "K.npy", 1.0)


ARRAYS = {
    "giant.npy": (lambda p: p.write_bytes(header((10**6, 10**6))), "at most 20000 coordinates"),
    "many digits.npy": (lambda p: p.write_bytes(header((10**20, 3))), "at most 20000 coordinates"),
    "two.npz": (lambda p: np.savez(p, K=np.eye(2), hessian=np.eye(2)), "'K' and 'hessian'"),
    "short.npy": (lambda p: p.write_bytes(header((9000, 9000))), "declares 648000000 bytes and has 8"),
    "negative.npy": (lambda p: p.write_bytes(header((-3, 3))), "path"),
    "objects.npy": (lambda p: np.save(p, np.array([{}, []], dtype=object), allow_pickle=True), "Python objects"),
    "giant.npz": (lambda p: zipped(p, {"K.npy": header((10**5, 10**5))}), "at most 20000"),
    "zeros.npz": (lambda p: zipped(p, {"K.npy": npy(np.zeros((6000, 6000)))}), "unpack to no more than 200 times"),
    "format.npz": (lambda p: sparse(p, format=3), "says 3"),
    "formats.npz": (lambda p: sparse(p, format=[b"csr", b"csc"]), "says None"),
    "shape.npz": (lambda p: sparse(p, shape=[10**18, 10**18]), "at most 20000"),
    "index.npz": (lambda p: sparse(p, indices=[0, 1, 10**6]), "path"),
    "below.npz": (lambda p: sparse(p, indices=[0, 1, -9]), "path"),
    "pointer.npz": (lambda p: sparse(p, indptr=[0, 1, 2, 10**9]), "path"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_declared_sizes_are_bounded(tmp_path, name):
    make, message = ARRAYS[name]
    make(tmp_path / name)
    tracemalloc.start()
    try:
        with pytest.raises(hs.ArgumentError, match=message):
            hs.read_network(tmp_path / name, 1.0)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_little_that_unpacks_to_much_is_refused(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0 " * 10**8))
    with pytest.raises(hs.ArgumentError, match="unpack to no more than 200 times"):
        hs.read_network(tmp_path / "a.csv.gz", 1.0)


MARKET = "%%MatrixMarket matrix {} real {}\n{}\n"
BOTH = "2 2 4\n1 1 2\n2 1 -1\n1 2 -1\n2 2 2"
TEXTS = {
    "both.mtx": (MARKET.format("coordinate", "symmetric", BOTH), r"stores both: element \(1, 2\)"),
    "twice.mtx": (MARKET.format("coordinate", "general", "2 2 2\n1 1 2\n1 1 2"), r"stores \(1, 1\) twice"),
    "digits.mtx": (MARKET.format("coordinate", "general", f"{10**19} {10**19} 1\n1 1 2"), "declare its size"),
    "giant.mtx": (MARKET.format("coordinate", "general", f"{10**9} {10**9} 1\n1 1 2"), "at most 20000"),
    "entries.mtx": (MARKET.format("coordinate", "general", f"2 2 {10**12}\n1 1 2"), "no more entries"),
    "skew.mtx": (MARKET.format("coordinate", "skew-symmetric", "2 2 1\n2 1 2"), "says 'skew-symmetric'"),
    "place.mtx": (MARKET.format("coordinate", "general", "2 2 1\n3 1 2"), "path"),
    "pattern.mtx": ("%%MatrixMarket matrix coordinate pattern general\n1 1 1\n1 1\n", "'pattern'"),
    "complex.mtx": ("%%MatrixMarket matrix coordinate complex general\n2 2 1\n1 1 2 3\n", "imaginary part, up to 3"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "numbers.json": (json.dumps({"hessian": [[1, 2], [3]]}), "a matrix of numbers"),
    "words.json": (json.dumps({"hessian": [["a"]]}), "a matrix of numbers"),
    "shape.json": (json.dumps({"hessian": {"__ndarray__": [[10**20, 3], "float64", [1.0]]}}), "at most 20000"),
    "twice.json": ('{"hessian": [[1]], "hessian": [[2]]}', "stands twice"),
    "two.json": ('{"hessian": [[1]], "stiffness": [[2]]}', "'hessian' and 'stiffness'"),
    "ase.json": (json.dumps({"__ase_objtype__": "vibrationsdata", "hessian": 3}), "path"),
    "cell.json": (json.dumps({"__ase_objtype__": "cell", "array": [[1, 0, 0]] * 3}), "VibrationsData"),
    "long.json": ('{"hessian": ' + "9" * 5000 + "}", "path"),
    "digits_FORCE_CONSTANTS": (f"{10**20}\n1 1\n1 0 0\n0 1 0\n0 0 1\n", "at most 20000"),
    "nan_FORCE_CONSTANTS": ("1\n1 1\nnan 0 0\n0 1 0\n0 0 1\n", "holds no number there"),
    "twice_FORCE_CONSTANTS": ("2\n" + "1 1\n1 0 0\n0 1 0\n0 0 1\n" * 4, "one block for each pair"),
    "underline_FORCE_CONSTANTS": ("1\n1 1\n1_0 0 0\n0 1 0\n0 0 1\n", "numbers without '_'"),
    "FORCE_CONSTANTS_3RD": ("1\n", "third-order"),
    "digits.fchk": ("{:<40}   R   N={:20d}\n1.0\n".format("Cartesian Force Constants", 10**19), "declare how many"),
    "short.fchk": ("{:<40}   R   N={:12d}\n1.0\n".format("Cartesian Force Constants", 6), "that it declares, but"),
    "shape.fchk": ("{:<40}   R   N={:12d}\n1.0 2.0\n".format("Cartesian Force Constants", 2), r"n \(n \+ 1\)/2"),
    "digits.hess": (f"$hessian\n{10**15}\n", "declare how many coordinates"),
    "short.hess": ("$hessian\n3\n 0 1 2\n0 1.0 0.0 0.0\n", "from column 0 on"),
    "atoms.hess": ("$hessian\n3\n 0 1 2\n0 1. 0. 0.\n1 0. 1. 0.\n2 0. 0. 1.\n$atoms\n1\n H 1. 0 0 0\n C 12. 0 0 0\n",
                   "hold 1 lines 'symbol mass x y z'"),
    "none.hess": ("$end\n", r"have a line '\$hessian'"),
    "giant.fc": ("1 1 1 7.0 0 0 0 0 0\n1 'Si' 25000.0\n1 1 0 0 0\nF\n9999 9999 9999\n", "supercell of at most"),
    "digits.fc": (f"1 {10**19} 1 7.0 0 0 0 0 0\n", "kinds, atoms, ibrav"),
    "kinds.fc": ("2 2 1 7.0 0 0 0 0 0\n2 'O ' 14582.0\n1 'Mg' 22152.0\n1 1 0 0 0\n2 2 .5 .5 .5\nF\n1 1 1\n",
                 "kind of atom .*one after another"),
    "atoms.fc": ("2 2 1 7.0 0 0 0 0 0\n1 'Mg' 22152.0\n2 'O ' 14582.0\n2 2 .5 .5 .5\n1 1 0 0 0\nF\n1 1 1\n",
                 "atom 'number kind x y z', one after another"),
    "xml.fc": ("<?xml version='1.0'?>\n", "is XML"),
    "bits.csv": ("1 0\n0 1\x00", "zero bytes"),
    "commas.csv": ("1,5 0,1\n0,1 1,5\n", "decimal comma"),
    "german.csv": ("1,5;0,1\n0,1;1,5\n", "decimal comma"),
    "empty cells.csv": (",1,0\n,0,1\n", "a number in every place"),
    "cut_FORCE_CONSTANTS": ("1\n1 1\n1.000000 0.000000 0.000000\n0.000000 1.000000 0.000000\n0.000000 0.000000 1.00",
                            "ends within a number: '1.00'"),
    "cut.csv": ("1.000000 0.000000 0.000000\n0.000000 1.000000 0.000000\n0.000000 0.000000 1.00",
                "ends within a number: '1.00'"),
    "cut.form": ("1. 0. 0.\n 0. 25. 0.\n 0. 0. 2", "end with a whole line"),
    "ragged.csv": ("1 2\n3\n", "every row of the same length"),
    "wrapped.csv": ("1 0\n0 0\n1 0\n0 0\n0 1\n0 0\n0 0\n0 1\n", "format='dftb\\+'"),
    "letters.csv": ("1 0\n0 I\n", "could not convert string to float: 'I'"),
    "stars.out": ("1 0 0 ******", "suffix"),
    "hessian.out": ("1 0 0 ******\n", "could not convert"),
    "python.yaml": ("force_constants: !!python/object/apply:os.system ['true']\n", "path"),
    "loop.yaml": ("force_constants: &a\n  elements: *a\n  shape: [1, 1]\n", "path"),
    "a.pickle": ("", "pickles run code"), "a.log": ("", "formchk"), "vasprun.xml": ("", "phonopy --fc"),
    "FORCE_SETS": ("", "phonopy --writefc"), "a.dyn": ("", r"q2r\.x"), "POSCAR": ("", "it is a structure"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_damaged_text(tmp_path, name):
    text, message = TEXTS[name]
    if name.endswith(".yaml"):
        pytest.importorskip("yaml")
    if name == "ase.json":
        pytest.importorskip("ase")
    (tmp_path / name).write_text(text)
    with pytest.raises(hs.ArgumentError, match=message) as caught:
        hs.read_network(tmp_path / name, 1.0)
    assert caught.value.argument == "path"


def test_symmetric_market_files_with_one_triangle(tmp_path):
    for entries in ("2 2 3\n1 1 2\n2 1 -1\n2 2 2", "2 2 3\n1 1 2\n1 2 -1\n2 2 2"):
        (tmp_path / "a.mtx").write_text(MARKET.format("coordinate", "symmetric", entries))
        assert hs.read_network(tmp_path / "a.mtx", 1.0).stiffness().tolist() == [[2, -1], [-1, 2]]
    (tmp_path / "a.mtx").write_text(MARKET.format("array", "symmetric", "2 2\n2\n-1\n2"))
    assert hs.read_network(tmp_path / "a.mtx", 1.0).stiffness().tolist() == [[2, -1], [-1, 2]]
    (tmp_path / "a.mtx").write_text(MARKET.format("coordinate", "general", BOTH))
    assert hs.read_network(tmp_path / "a.mtx", 1.0).stiffness().tolist() == [[2, -1], [-1, 2]]


def damaged(raw, rng):
    """Return bytes with one fault: cut, doubled, or some bytes changed."""
    kind = rng.integers(4)
    place = int(rng.integers(1, max(len(raw), 2)))
    if kind == 0:
        return raw[:place]
    if kind == 1:
        return raw[:place] + raw[max(place - 40, 0):]
    changed = bytearray(raw)
    for _ in range(1 if kind == 2 else 8):
        changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


@pytest.mark.parametrize("name", ["hessian.out", "hessian", "a.fchk", "a.hess", "FORCE_CONSTANTS", "a.json", "a.mtx",
                                  "a.npy", "a.npz", "a.csv", "a.fc", "a.csv.gz"])
def test_damage_is_an_argument_error_or_harmless(tmp_path, name):
    whole = {
        "hessian.out": cases.dftb(K), "hessian": cases.turbomole(K), "a.fchk": cases.gaussian(K, MASSES),
        "a.hess": cases.orca(K, MASSES), "FORCE_CONSTANTS": cases.force_constants(cases.pairs(K)),
        "a.json": json.dumps({"hessian": K.tolist()}), "a.csv": "\n".join(",".join(map(repr, r.tolist())) for r in K),
        "a.fc": cases.espresso()[0], "a.mtx": MARKET.format("coordinate", "general", BOTH), "a.npy": npy(K),
    }
    raw = gzip.compress(whole["a.csv"].encode()) if name == "a.csv.gz" else (
        zipped(tmp_path / "z", {"K.npy": npy(K)}).read_bytes() if name == "a.npz" else whole[name])
    raw = raw.encode() if isinstance(raw, str) else raw
    rng = np.random.default_rng(7)
    for _ in range(40):
        path = tmp_path / name
        path.write_bytes(damaged(raw, rng))
        with contextlib.suppress(hs.ArgumentError):  # anything else fails the test
            hs.read_network(path, 1.0, symmetrize=False)


def test_contents_alone_raise_nothing_else(tmp_path):
    for name, (text, _) in TEXTS.items():
        (tmp_path / name).write_text(text)
        for format in READERS:
            with contextlib.suppress(hs.ArgumentError):
                contents(tmp_path / name, format)


@pytest.mark.parametrize("symmetry", ["general", "symmetric"])
@pytest.mark.parametrize("layout", ["coordinate", "array"])
def test_matrix_market_is_read_as_scipy_writes_it_and_damaged_numbers_are_refused(tmp_path, layout, symmetry):
    """scipy's own reader crashes the interpreter on some of these."""
    import scipy.io
    import scipy.sparse

    K = np.diag(np.arange(2.0, 8.0)) - 0.1 + (0.01 * np.eye(6, k=2) + 0.01 * np.eye(6, k=-2))
    path = tmp_path / "k.mtx"
    scipy.io.mmwrite(path, scipy.sparse.coo_matrix(K) if layout == "coordinate" else K, symmetry=symmetry)
    assert np.array_equal(hs.read_network(path, masses=1.0).stiffness(), K)
    raw = path.read_bytes()
    body = raw.index(b"\n", raw.index(b"6 6")) + 1
    for damage in (b"1x2 ", b"nan ", b"7.5.1 ", b"\x00\x00", b"\xff\xfe", b"3 "):
        for place in (body, (body + len(raw)) // 2, len(raw) - 2):
            path.write_bytes(raw[:place] + damage + raw[place:])
            with pytest.raises(hs.ArgumentError):
                hs.read_network(path, masses=1.0)
    path.write_bytes(raw[:-4])
    with pytest.raises(hs.ArgumentError):
        hs.read_network(path, masses=1.0)
