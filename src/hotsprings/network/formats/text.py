"""Text files of numbers: encodings, gzip, separators, decimal commas."""

from __future__ import annotations

import codecs
import gzip
import lzma
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError
from hotsprings.network.formats.bounds import FREE, PACKED, refuse_text, refuse_unpacked

__all__ = ["flat_square", "head_of", "numbers", "read_bytes", "read_table", "read_text", "square_of", "unpacked_name",
           "words_of"]

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMA = re.compile(r"[+-]?\d+,\d+([eEdD][+-]?\d+)?")  # 28,0855: a number with a decimal comma, or two numbers
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")  # 1.234,5
_FORTRAN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[dD][+-]?\d+")
_REAL = re.compile(r"[+-]?\d+\.\d*([eEdD][+-]?\d*)?")
_DIGIT = re.compile(r"[+-]?\.?\d")
_TABLE = "be a table of numbers, every row of the same length"


def head_of(path: Path, size: int = 16) -> bytes:
    """Return the first bytes of a file, unpacked where it is a gzip or xz file."""
    with path.open("rb") as file:
        head = file.read(max(size, 6))
    unpack = _unpacker(head)
    if unpack is None:
        return head[:size]
    with unpack(path, "rb") as packed:
        return bytes(packed.read(size))


def unpacked_name(path: Path) -> Path:
    """Return the name of a file without .gz or .xz."""
    return Path(path.name.removesuffix(".gz").removesuffix(".xz"))


def _unpacker(head: bytes) -> Any:
    """Return what opens a gzip or xz file; None for other first bytes."""
    return gzip.open if head[:2] == b"\x1f\x8b" else lzma.open if head[:6] == b"\xfd7zXZ\0" else None


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where it is a gzip or xz file; too large ones are refused."""
    size = path.stat().st_size
    refuse_text(path, size)
    with path.open("rb") as file:
        unpack = _unpacker(file.read(6))
    if unpack is None:
        return path.read_bytes()
    most = max(FREE, PACKED * size)
    with unpack(path, "rb") as unpacked:
        raw = bytes(unpacked.read(most + 1))
    refuse_unpacked(path, size, len(raw))
    refuse_text(path, len(raw))
    return raw


def read_text(path: Path) -> str:
    """Return text: UTF-8, UTF-16 or UTF-32 by their marks, else Latin-1."""
    raw = read_bytes(path)
    encoding = next((encoding for mark, encoding in _MARKS if raw.startswith(mark)), None)
    if encoding is None and b"\0" in raw:
        raise ArgumentError("path", "be text (UTF-8; or UTF-16 with a byte order mark)", f"{path.name} has zero bytes")
    try:
        text = raw.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    _refuse_cut(path, text)
    return text


def _refuse_cut(path: Path, text: str) -> None:
    """Refuse text without a last newline whose last number has fewer digits than all before it: it was cut off."""
    if text[-1:].isspace():
        return
    digits = [len(word.partition(".")[2]) for word in text[-2000:].split()[1:] if _REAL.fullmatch(word)]
    alike = len(digits) > 3 and len(set(digits[-20:-1])) == 1 and digits[-2] >= 6
    if alike and digits[-1] < digits[-2]:
        raise ArgumentError("path", "be whole", f"{path.name} ends within a number: {text[-30:].split()[-1]!r}")


def numbers(words: list[str], path: Path) -> FloatArray:
    """Return words as numbers; exponents may be Fortran's 1.0D-03."""
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError:
        plain = [word.lower().replace("d", "e") if _FORTRAN.fullmatch(word) else word for word in words]
        wrong = next((word for word in plain if not _is_number(word)), None)
        if wrong is not None:
            raise ArgumentError("path", "hold numbers only where numbers belong",
                                f"in {path.name} could not convert string to float: {wrong[:40]!r}") from None
        values = np.array(plain, dtype=np.float64)
    if any("_" in word for word in words):
        raise ArgumentError("path", "hold numbers without '_'", f"{path.name} has some with it")
    return values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _split(line: str, path: Path, strict: bool) -> list[str]:
    """Return the words of a line; commas that may be decimal points are refused."""
    cells = re.split("[,;]", line.rstrip(" ,;\t\r"))
    if len(cells) > 1 and not all(cell.strip() for cell in cells):
        raise ArgumentError("path", "have a number in every place", f"{path.name} has an empty one in {line[:40]!r}")
    words = line.replace(";", " ").split()
    for word in words:
        doubtful = _COMMA.fullmatch(word) and (strict or len(words) > 1 or ";" in line)
        if doubtful or (strict and _THOUSANDS.fullmatch(word)):
            raise ArgumentError(
                "path", "have decimal points, and blanks, semicolons or ', ' between numbers",
                f"{path.name} has {word!r}, which may be one number with a decimal comma, or two")
    return [part for word in words for part in word.split(",") if part]


def words_of(path: Path, strict: bool = False) -> list[list[str]]:
    """Return the words of every line that has some, without remarks (#) and without a header line.

    ``strict``: the file is a list, where 28,0855 could be one number or two, so that it is refused.
    """
    lines = [_split(line.split("#")[0], path, strict) for line in read_text(path).splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > 1 and not any(_DIGIT.match(word) for word in lines[0]) and not strict:
        del lines[0]
    return lines


def read_table(path: Path, flat: bool = False) -> FloatArray:
    """Read numbers separated by blanks, commas or semicolons, a row per line (or one after the other).

    A # starts a remark. The first line may be a header of words, or the numbers of rows and columns.
    """
    lines = words_of(path, strict=flat)
    if not lines:
        raise ArgumentError("path", _TABLE, f"{path.name} is empty")
    if flat:
        return numbers([word for line in lines for word in line], path)[None, :]
    if len(lines) > 2 and all(word.isdigit() for word in lines[0]) and len(lines[0]) <= 2 and len(lines[1]) > 1 and (
            {int(word[:9]) for word in lines[0]} == {len(lines) - 1, len(lines[1])}):
        del lines[0]
    lengths = {len(line) for line in lines}
    if len(lengths) > 1:
        raise ArgumentError(
            "path", f"{_TABLE} (a matrix wrapped over several lines: format='dftb+' and the like)",
            f"{path.name} is not (rows of {min(lengths)} and of {max(lengths)} numbers)")
    return numbers([word for line in lines for word in line], path).reshape(len(lines), -1)


def square_of(values: FloatArray, path: Path) -> FloatArray:
    """Return n² numbers as an n × n matrix, row by row."""
    n = math.isqrt(values.size)
    if n * n == values.size > 0:
        return values.reshape(n, n)
    m = math.isqrt(2 * values.size)
    triangle = f", as many as a triangle of {m} coordinates has: all of the matrix is needed" if (
        m * (m + 1) == 2 * values.size) else ""
    raise ArgumentError("path", "hold n² numbers, all elements of a matrix row by row",
                        f"{path.name} holds {values.size}{triangle}")


def flat_square(path: Path) -> FloatArray:
    """Read n² numbers, wrapped over lines in any way, as an n × n matrix; the last line must be a whole one."""
    if not read_text(path)[-1:].isspace():
        raise ArgumentError("path", "end with a whole line, as programs write it",
                            f"{path.name} has no line end after its last number: it may be cut off")
    return square_of(numbers([word for line in words_of(path) for word in line], path), path)
