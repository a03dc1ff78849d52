"""Model files: TOML in, an open network out, or every mistake of the file at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from hotsprings.config_faults import argument_line, validated
from hotsprings.config_schema import Model
from hotsprings.errors import ArgumentError

__all__ = ["EXAMPLE", "Model", "ModelError", "load_model", "parse_model", "read_model"]

EXAMPLE = """\
# A model for `hotsprings run`: N particles, all coupled to all by equal springs, between Langevin heat baths.
# Units are reduced (k_B = 1): any consistent units of mass, stiffness and time will do.

title = "Graded mean-field network between two baths"

[network]
kind = "mean-field"   # every pair of particles is joined by a spring k/Ñ (Eq. 1 of arXiv:2111.01332)
k = 1.0               # spring constant, > 0
k0 = 1.0              # pinning of every particle to its place: a number, or a list of one per particle; 0: free
kac = true            # true: Ñ = N - 1 (Kac factor); false: Ñ = 1 (bare)
# n_tilde = 3.5       # any other Ñ > 0, instead of kac

[masses]
kind = "graded"       # "identical" | "graded" | "random" | "alternating" | "list"
n = 100               # number of particles, 2 or more
mean = 1.0            # mean mass, > 0
spread = 0.1          # masses between mean - spread and mean + spread (not for "identical")
# seed = 1            # for "random" only
# values = [1.0, 1.3] # for "list" only, instead of n, mean and spread

[[baths]]             # one such table for every bath, one bath or more
site = 0              # the particle it touches, from 0; -1 is the last
temperature = 1.5     # T, zero or more
friction = 1.0        # drag coefficient γ > 0 (mass/time; force = -γ × velocity)

[[baths]]
site = -1
temperature = 0.5
friction = 1.0

[state]
dark_temperature = 0.0  # energy that modes which never feel a bath keep from the start
"""


class ModelError(ValueError):
    """A model file that cannot be used, with every mistake in it.

    Parameters
    ----------
    source : str
        The file.
    problems : iterable of str
        One line each: the key, what it must be, what was given.
    """

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        head = f"{source}: "
        if len(self.problems) > 1:
            head += f"{len(self.problems)} errors\n  "
        super().__init__(head + "\n  ".join(self.problems))

    def __reduce__(self) -> tuple[type[ModelError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.source, self.problems)


def load_model(path: str | Path) -> Model:
    """Read and check a model file.

    Parameters
    ----------
    path : path-like
        A TOML file such as :data:`EXAMPLE`.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If the file cannot be read or is wrong; it carries all mistakes at once.
    """
    return parse_model(read_model(path), str(path))


def parse_model(text: str, source: str = "model") -> Model:
    """Check the text of a model file; as :func:`load_model`.

    Parameters
    ----------
    text : str
        TOML.
    source : str
        What error messages call it.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        If the text is wrong; it carries all mistakes at once.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as err:
        raise ModelError(source, [f"is not valid TOML: {_syntax(text, err)}"]) from None
    model, lines = validated(document)
    if lines or model is None:
        raise ModelError(source, lines)
    try:
        model.system()
    except ArgumentError as err:
        raise ModelError(source, [argument_line(err.argument, err)]) from None
    return model


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
    path = Path(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ModelError(str(path), ["there is no such file (hotsprings example writes one)"]) from None
    except IsADirectoryError:
        raise ModelError(str(path), ["is a directory, not a model file"]) from None
    except UnicodeDecodeError as err:
        raise ModelError(str(path), [f"is not UTF-8 text (byte {err.start}), so not a model file"]) from None
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
