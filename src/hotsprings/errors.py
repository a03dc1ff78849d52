"""What can go wrong, with one wording: argument, what it must be, what was given."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

_INSIDE = ("hotsprings", "contextlib", "numpy", "numba")  # whose lines say nothing to who asked


def tell(message: str, category: type[Warning]) -> None:
    """Warn, at the line outside this package that asked."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in _INSIDE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


class ArgumentError(ValueError):
    """Bad input, found before any work starts.

    The message reads ``Argument 'name' must <requirement>, but <given>.``
    """

    def __init__(self, argument: str, requirement: str, given: str) -> None:
        self.argument = argument
        self.requirement = requirement
        self.given = given
        super().__init__(f"Argument '{argument}' must {requirement}, but {given}.")

    def __reduce__(self) -> tuple[type[ArgumentError], tuple[str, str, str]]:
        return type(self), (self.argument, self.requirement, self.given)


class UnstableError(ArgumentError):
    """A stiffness matrix with a negative eigenvalue; ``lowest`` and ``highest`` are its eigenvalues."""

    lowest: float = float("nan")
    highest: float = float("nan")


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


class _PathError(OSError):
    def __init__(self, path: str | Path, reason: str) -> None:
        self.path, self.reason = str(path), reason
        super().__init__(f"{path}: {reason}")

    def __reduce__(self) -> tuple[type[_PathError], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class FileError(_PathError):
    """A file that cannot be read or written; the message names it and says why."""


class StoreError(_PathError):
    """A store that cannot be used; the message says why and what to do."""


class CertificateError(ArithmeticError):
    """A result whose identities do not hold to the tolerance; nothing uncertified is returned."""


class SweepError(RuntimeError):
    """A sweep that cannot go on, or came to nothing."""


class PrecisionWarning(UserWarning):
    """A heat flux so small beside what a bath could give that few of its digits are known."""


class CacheWarning(UserWarning):
    """Compiled code that cannot be kept, so that every run compiles anew."""


class DamageWarning(UserWarning):
    """Results on the disk that are not what was written; they are computed again."""


class AsymmetryWarning(UserWarning):
    """A matrix that was not symmetric, and of which the mean with its transpose is taken."""


class DarkModeWarning(UserWarning):
    """Some normal modes never feel a bath, so the stationary state depends on the initial one."""


class FileWarning(UserWarning):
    """A file that cannot be written at the moment; what it is to hold is not lost."""


class InstabilityError(ArithmeticError):
    """A simulation whose energy ran away: the time step is too large, or the network breaks; nothing is returned."""


class ShortRunError(ArithmeticError):
    """A standard error asked of a simulation that is too short to have one."""


class RelaxationWarning(UserWarning):
    """A simulation that ends before its slowest mode has relaxed."""
