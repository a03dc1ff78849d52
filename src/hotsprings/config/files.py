"""Model files: TOML in, an open network out, or every mistake of the file at once."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from hotsprings import checks
from hotsprings.config.faults import argument_line, validated
from hotsprings.config.model import Model
from hotsprings.config.questions import check_questions
from hotsprings.errors import ArgumentError, ModelError
from hotsprings.network.elements import element_mass

__all__ = ["ModelError", "load_model", "parse_model", "read_model"]

M = TypeVar("M", bound=Model)
LONGEST = 2**28  # bytes of a model file: a list of ten million masses has less


def load_model(path: str | Path) -> Model:
    """Read and check a model file.

    Parameters
    ----------
    path : path-like
        A TOML file such as ``hotsprings example`` writes; files it names are relative to it.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If the file cannot be read or is wrong; it carries all mistakes at once.
    """
    return parse_model(read_model(path), str(path), directory=Path(path).parent)


def parse_model(text: str, source: str = "model", directory: Path | None = None) -> Model:
    """Check the text of a model file; as :func:`load_model`.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What error messages call it.
    directory : Path, optional
        Where files that the model names are looked for; the current directory by default.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If the text is wrong; it carries all mistakes at once.
    """
    return parse(text, Model, source, directory)


def parse(text: str, root: type[M], source: str, directory: Path | None = None) -> M:
    """Check the text of a file whose tables are those of ``root``, a :class:`Model` with more tables perhaps."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as err:
        raise ModelError(source, [f"is not valid TOML: {_syntax(text, err)}"]) from None
    if directory is not None:
        _place(document, directory)
    try:
        model, lines = validated(document, root)
        if lines or model is None:
            raise ModelError(source, lines)
        check_questions(model, model.system())
    except ArgumentError as err:
        raise ModelError(source, [argument_line(err.argument, err)]) from None
    except RecursionError:
        raise ModelError(source, ["tables or lists are nested too deeply"]) from None
    return model


def _place(document: dict[str, Any], directory: Path) -> None:
    """Make the names of the network's files relative to the directory of the model file."""
    network = document.get("network")
    if not isinstance(network, dict):
        return
    for key in ("path", "masses", "structure") if network.get("kind") == "file" else ("path",):
        name = network.get(key)
        if isinstance(name, str) and name.strip() and not (key == "masses" and element_mass(name)):
            network[key] = str(directory / name)


def read_model(path: str | Path) -> str:
    """Return the text of a model file.

    Parameters
    ----------
    path : path-like
        A UTF-8 file.

    Returns
    -------
    str

    Raises
    ------
    ModelError
        If it cannot be read as text.
    """
    path = checks.file_name("path", path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise ModelError(str(path), ["is not a regular file (a pipe or a device), so not a model file"])
        if found.st_size > LONGEST:
            raise ModelError(str(path), [f"is longer than {LONGEST // 2**20} MiB, which no model file is"])
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ModelError(str(path), ["there is no such file (hotsprings example writes one)"]) from None
    except IsADirectoryError:
        raise ModelError(str(path), ["is a directory, not a model file"]) from None
    except UnicodeDecodeError as err:
        raise ModelError(str(path), [f"is not UTF-8 text (byte {err.start}), so not a model file"]) from None
    except ModelError:
        raise
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        raise ModelError(str(path), [f"cannot be read: {reason}"]) from None


def _syntax(text: str, err: Exception) -> str:
    """Return the parser's message with the line it speaks of."""
    if isinstance(err, RecursionError):
        return "tables or lists are nested too deeply"
    found = re.search(r"at line (\d+)", str(err))
    lines = text.splitlines()
    if found is None or int(found[1]) > len(lines):
        return str(err)
    return f"{err}: {lines[int(found[1]) - 1].strip()[:60]}"
