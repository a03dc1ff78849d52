"""Files: written aside and put in place whole, or not at all; read with one clear error."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hotsprings.errors import FileError
from hotsprings.progress import unfinished

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["FIGURE_SUFFIXES", "FileError", "check_target", "read_dataset", "write_aside", "write_dataset",
           "write_figure", "write_or_keep", "write_text"]


def __dir__() -> list[str]:
    return sorted(__all__)


FIGURE_SUFFIXES = (".png", ".pdf", ".svg", ".eps")
SLACK = 2**18  # bytes that a netCDF file may be longer than what is in it; room is made sure of, since HDF5 crashes


def check_target(path: str | Path, overwrite: bool = True) -> Path:
    """Return where a file can be written, or say why it cannot; nothing is touched.

    Parameters
    ----------
    path : path-like
        The file to be written; through a link, the file it points to.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Returns
    -------
    Path
        The file itself, links resolved.

    Raises
    ------
    FileError
        If it exists and may not be replaced, is no regular file, or its directory does not exist or is not writable.
    """
    try:
        if Path(path).is_symlink():
            with suppress(FileNotFoundError):
                Path(path).stat()  # a circle of links raises here, in every version of Python
        target = Path(path).resolve()
        exists, regular, parent = target.exists(), target.is_file(), target.parent
        if target.is_dir():
            raise FileError(path, "is a directory, and a file is to be written")
        if exists and not regular:
            raise FileError(path, "is not a regular file, so it is not written to")
        if exists and not overwrite:
            raise FileError(path, "exists already and is left as it is (--force replaces it)")
        if not parent.is_dir():
            raise FileError(path, f"cannot be written: there is no directory {parent}")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise FileError(path, f"cannot be written: no permission to write in {parent}")
    except FileError:
        raise
    except (OSError, ValueError, RuntimeError) as err:  # name too long, null byte, circle of links
        raise FileError(path, f"cannot be written: {getattr(err, 'strerror', None) or err}") from err
    return target


@contextmanager
def write_aside(path: str | Path, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path beside ``path``; put the file in place, whole, when the block ends well.

    An exception of any kind, Ctrl-C included, leaves what was there before untouched and nothing else behind.
    The old file's permissions are kept.

    Parameters
    ----------
    path : path-like
        The file to be written.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Yields
    ------
    Path
        Where to write; it has the suffix of ``path`` and does not exist yet.

    Raises
    ------
    FileError
        As :func:`check_target`, and if writing fails.
    """
    target = check_target(path, overwrite)
    aside = target.with_name(f".{target.stem[:40]}-{secrets.token_hex(6)}{target.suffix}")
    unfinished.value = os.fsencode(aside)[:unfinished._length_ - 1]
    try:
        yield aside
        _flush(aside)
        if check_target(path, overwrite).exists():
            shutil.copymode(target, aside)
        aside.replace(target)
        _flush(target.parent)
    except FileError:
        raise
    except OSError as err:
        raise FileError(path, f"cannot be written: {err.strerror or err}") from err
    finally:
        with suppress(OSError):
            aside.unlink()
        unfinished.value = b""


def reserve(path: Path, n_bytes: int) -> None:
    """Raise OSError where a file of this many bytes does not fit on the disk of a path."""
    if not hasattr(os, "posix_fallocate"):
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        os.posix_fallocate(descriptor, 0, n_bytes)
    finally:
        os.close(descriptor)
        path.unlink()


def _flush(path: Path) -> None:
    """Have the system put a file, or the names in a directory, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():  # some systems cannot flush a directory
            raise
    finally:
        os.close(descriptor)


def write_text(text: str, path: str | Path, overwrite: bool = True) -> Path:
    """Write text as UTF-8, whole or not at all.

    Parameters
    ----------
    text : str
        What to write.
    path : path-like
        The file.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    with write_aside(path, overwrite) as aside:
        aside.write_text(text, encoding="utf-8")
    return Path(path)


def write_dataset(dataset: xr.Dataset, path: str | Path, overwrite: bool = True) -> Path:
    """Write a dataset as netCDF 4, whole or not at all.

    Parameters
    ----------
    dataset : xarray.Dataset
        Real variables; complex ones are to be pairs ``_re``, ``_im``.
    path : path-like
        The file.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    with write_aside(path, overwrite) as aside:
        reserve(aside, _length(dataset))
        try:
            dataset.to_netcdf(aside, engine="h5netcdf")
        except RuntimeError as err:  # the HDF5 library's word for many things
            raise OSError(str(err)) from err
    return Path(path)


def _length(dataset: xr.Dataset) -> int:
    """Return about how long the file of a dataset is, and rather too long: its numbers, its texts, their headers."""
    texts = sum(len(str(value)) for value in dataset.attrs.values())
    texts += sum(sum(len(str(text)) + 64 for text in array.values.flat)
                 for array in dataset.variables.values() if array.dtype.kind in "OU")
    return dataset.nbytes + dataset.nbytes // 32 + 4 * texts + SLACK


def write_or_keep(dataset: xr.Dataset, path: str | Path, overwrite: bool = True) -> Path:
    """Write a dataset as :func:`write_dataset`; where that fails, keep it among the temporary files, and say where.

    Raises
    ------
    FileError
        If it could not be written where it was meant to be; the message says where it is kept.
    """
    try:
        return write_dataset(dataset, path, overwrite)
    except FileError as err:
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix="hotsprings-kept-")) / Path(path).name
            write_dataset(dataset, elsewhere)
        except OSError:  # nowhere at all
            raise err from None
        raise FileError(path, f"{err.reason}; the data are kept in {elsewhere}") from err


def read_dataset(path: str | Path) -> xr.Dataset:
    """Read a dataset into memory and close the file.

    Parameters
    ----------
    path : path-like
        A netCDF 4 file.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    FileError
        If there is no such file, it may not be read, or it is not netCDF or damaged.
    """
    import xarray as xr

    if Path(path).is_dir():
        raise FileError(path, "is a directory, and a netCDF file is to be read")
    try:
        with Path(path).open("rb"):
            pass
    except FileNotFoundError as err:
        raise FileError(path, "there is no such file") from err
    except (OSError, ValueError) as err:
        raise FileError(path, f"cannot be read: {getattr(err, 'strerror', None) or err}") from err
    try:
        return xr.load_dataset(path, engine="h5netcdf")
    except ImportError:
        raise
    except Exception as err:  # the HDF5 library raises OSError, KeyError, RuntimeError and more on damaged files
        raise FileError(path, "cannot be read: it is not a netCDF file, or it is damaged") from err


def write_figure(figure: Figure, path: str | Path, overwrite: bool = True) -> Path:
    """Write a matplotlib figure, whole or not at all; the suffix of the name says in which format.

    Parameters
    ----------
    figure : matplotlib Figure
        What to write.
    path : path-like
        The file, ending in .png, .pdf, .svg or .eps.
    overwrite : bool
        Whether a file that is there already may be replaced.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    FileError
        If the suffix is another or the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FIGURE_SUFFIXES:
        raise FileError(path, f"must end in {', '.join(FIGURE_SUFFIXES[:-1])} or {FIGURE_SUFFIXES[-1]}")
    with write_aside(path, overwrite) as aside:
        figure.savefig(aside, format=suffix[1:])
    return Path(path)
