"""Networks of equal layers in a row: modes across a layer turn them into independent chains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from hotsprings.checks import FloatArray, IntArray

__all__ = ["Layered", "Layers", "Side", "layers_of", "modes_across"]

Across = tuple[FloatArray, FloatArray]


class Layers(NamedTuple):
    """K = K∥ ⊗ 1 + 1 ⊗ K⊥: what makes a layer differ from the next is the same at all its sites.

    Attributes
    ----------
    sites : ndarray of int, shape (n_layers, n_across)
        Sites of each layer, all in the same order.
    masses : ndarray, shape (n_layers,)
    springs : ndarray, shape (n_layers - 1,)
        Between a site and its like in the next layer, > 0.
    pinning : ndarray, shape (n_layers,)
        Row sums of K∥.
    across : callable
        Returns the eigenvalues of K⊥, ascending, shape (n_across,), and its eigenvectors as columns.
    """

    sites: IntArray
    masses: FloatArray
    springs: FloatArray
    pinning: FloatArray
    across: Callable[[], Across]


@runtime_checkable
class Layered(Protocol):
    """A network that may fall apart into layers."""

    def layers(self) -> Sequence[Layers]:
        """Return every way in which the network is a row of equal layers; none where it is not."""
        ...


def layers_of(network: Any) -> Sequence[Layers]:
    """Return every way in which a network is a row of equal layers."""
    return network.layers() if isinstance(network, Layered) else ()


class Side(NamedTuple):
    """Sites in a row within a layer, and what is at its ends."""

    length: int
    ends: Literal["free", "fixed", "periodic"]


def modes_across(sides: Sequence[Side], k: float) -> Callable[[], Across]:
    """Return what gives the modes of springs k on a lattice with these sides, the last one fastest."""
    return partial(_product_modes, tuple(sides), k)


def _product_modes(sides: tuple[Side, ...], k: float) -> Across:
    values, vectors = zip(*(_waves(side) for side in sides), strict=True)
    total = k * reduce(lambda one, other: np.add.outer(one, other).ravel(), values)
    order = np.argsort(total, kind="stable")
    return total[order], np.asarray(reduce(np.kron, vectors))[:, order]


def _waves(side: Side) -> Across:
    """Return the eigenvalues, in units of k, and the modes of one side; phases are reduced before they are rounded."""
    n, place = side.length, np.arange(side.length)[:, None]
    if side.ends == "periodic":
        wave = np.repeat(np.arange(n // 2 + 1), 2)[1 : n + 1]  # 0, 1, 1, 2, 2, …
        sine = np.append(False, np.arange(n - 1) % 2 == 1)
        phase = (2.0 * np.pi / n) * ((place * wave) % n)
        vectors = np.where(sine, np.sin(phase), np.cos(phase))
        vectors[:, (wave == 0) | (2 * wave == n)] /= np.sqrt(2.0)
        return 4.0 * np.sin(np.pi * wave / n) ** 2, np.sqrt(2.0 / n) * vectors
    if side.ends == "fixed":
        wave = np.arange(1, n + 1)
        phase = (np.pi / (n + 1)) * (((place + 1) * wave) % (2 * n + 2))
        return 4.0 * np.sin(0.5 * np.pi * wave / (n + 1)) ** 2, np.sqrt(2.0 / (n + 1)) * np.sin(phase)
    wave = np.arange(n)
    vectors = np.sqrt(2.0 / n) * np.cos((0.5 * np.pi / n) * (((2 * place + 1) * wave) % (4 * n)))
    vectors[:, 0] /= np.sqrt(2.0)
    return 4.0 * np.sin(0.5 * np.pi * wave / n) ** 2, vectors
