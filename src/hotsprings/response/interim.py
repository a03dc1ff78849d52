"""The response of a network from the eigenvectors of its damped motion, until every engine answers for itself."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from hotsprings.checks import ComplexArray, FloatArray, IntArray
from hotsprings.response.operator import GreenOperator, green_operator
from hotsprings.system import OpenNetwork

STILL = 1e-12  # decay rate, in units of the highest frequency, below which a mode is dark
ON_AXIS = 1e-9  # |Re ω|/|ω| below which a pole is its own mirror
CLOSED = 1e-11  # relative miss of Σ_k Im ω_k above which poles are taken to coincide


class Poles(NamedTuple):
    """Poles with Re ω ≥ 0, and 1 where the pole also stands for its mirror -ω*, 1/2 where it is its own."""

    omega: ComplexArray
    share: FloatArray


class DampedMotion:
    """G(ω) = Σ_k R_k/(ω - ω_k) of any network, R_k from X and X⁻¹ of [[0, 1], [-K/M, -Γ/M]]."""

    def __init__(self, operator: GreenOperator) -> None:
        self.operator, self.system = operator, operator.system

    @cached_property
    def _motion(self) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        """Frequencies of all decaying motions, their positions (n_sites, n) and their answers to forces (n, n_sites)."""
        network, n = self.system.network, self.system.n_sites
        gamma = np.zeros(n)
        gamma[self.system.bath_sites] = self.system.friction
        root = np.sqrt(network.masses)
        matrix = np.zeros((2 * n, 2 * n))
        matrix[:n, n:] = np.eye(n)
        matrix[n:, :n] = -network.stiffness() / np.outer(root, root)
        matrix[n:, n:] = -np.diag(gamma / network.masses)
        s, x = np.linalg.eig(matrix)
        inverse = np.linalg.inv(x)
        keep = -s.real > STILL * np.abs(s).max()
        return np.asarray(-1j * s[keep]), x[:n, keep] / root[:, None], -1j * inverse[keep, n:] / root

    @cached_property
    def _half(self) -> tuple[IntArray, FloatArray]:
        omega = self._motion[0]
        axis = np.abs(omega.real) <= ON_AXIS * np.abs(omega)
        keep = np.flatnonzero((omega.real > 0.0) | axis)
        return keep, np.where(axis[keep], 0.5, 1.0)

    @property
    def poles(self) -> Poles:
        """The poles of G that decay."""
        keep, share = self._half
        return Poles(self._motion[0][keep], share)

    def left(self, sites: Any) -> ComplexArray:
        """Return the left factors of the residues, shape (n_sites, n_poles)."""
        return np.asarray(self._motion[1][np.asarray(sites)][:, self._half[0]])

    def right(self) -> ComplexArray:
        """Return the right factors of the residues at the baths, shape (n_baths, n_poles)."""
        return np.asarray(self._motion[2][:, self.system.bath_sites][self._half[0]].T)

    def mirrored(self, sites: Any) -> ComplexArray:
        """Return G_ja(-ω_k), shape (n_sites, n_baths, n_poles)."""
        omega, left, right = self._motion
        some, at = left[np.asarray(sites)], right[:, self.system.bath_sites]
        cauchy = -1.0 / (omega[:, None] + omega[self._half[0]])
        return np.asarray(np.einsum("jl,la,lk->jak", some, at, cauchy, optimize=True))

    def element(self, omega: FloatArray, i: int, j: int, times_omega: bool = False) -> ComplexArray:
        """Return G_ij at real frequencies."""
        return self.operator.element(omega, i, j, times_omega)

    def transmittance_residues(self, a: int, b: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the poles of 𝒯_ab in the upper half plane, mirrors included, and its residues."""
        return self.operator.transmittance_residues(a, b)

    def stationary_sums(self) -> tuple[FloatArray, FloatArray]:
        """Return the conductances and the bath weights."""
        return self.operator.stationary_sums()

    def dark_modes(self) -> tuple[int, FloatArray]:
        """Return the number of dark modes and the bright weight of each site."""
        return self.operator.dark_modes()

    def local_sums(self, weight: ComplexArray) -> FloatArray:
        """Return 2 Re Σ_k share_k weight_ka (R_k)_na G_na(-ω_k) at every site, shape (n_sites, n_baths)."""
        sites = np.arange(self.system.n_sites)
        total = np.einsum("k,ka,nk,ak,nak->na", self.poles.share, weight, self.left(sites), self.right(),
                          self.mirrored(sites), optimize=True)
        return np.asarray(2.0 * total.real)

    def branches(self) -> list[tuple[float, DampedMotion]]:
        """Return the response itself, or detuned ones whose mean stands for it where poles coincide."""
        from hotsprings.response.spectral import DETUNING, MEAN

        if self._closed():
            return [(1.0, self)]
        return [(weight, DampedMotion(green_operator(_detuned(self.system, k * DETUNING)))) for weight, k in MEAN]

    def _closed(self) -> bool:
        """Return whether the residues of all transmittances add up to the conductances."""
        n_b = self.system.n_baths
        matrix = self.operator.stationary_sums()[0]
        for a in range(n_b):
            for b in range(a + 1, n_b):
                rho = self.operator.transmittance_residues(a, b)[1]
                if not abs(-0.5 * rho.imag.sum() - matrix[a, b]) <= CLOSED * abs(matrix[a, b]):
                    return False
        return True


def _detuned(system: OpenNetwork, shift: float) -> OpenNetwork:
    """Return the system with every friction changed by its own small factor."""
    change = 1.0 + shift * (0.5 + 1.0 / (1.0 + np.arange(system.n_baths)))
    return OpenNetwork(system.network, [replace(bath, friction=float(bath.friction * factor))
                                        for bath, factor in zip(system.baths, change, strict=True)])


@lru_cache(maxsize=1)
def _damped(system: OpenNetwork) -> DampedMotion:
    return DampedMotion(green_operator(system))


def response_of(system: OpenNetwork) -> Any:
    """Return the response of a system: the engines' own where they have one."""
    if importlib.util.find_spec("hotsprings.response.choice") is not None:
        return importlib.import_module("hotsprings.response.choice").response_of(system)
    return _damped(system)


def engine_of(response: Any) -> Any:
    """Return the engine behind a response."""
    return getattr(response, "operator", response)
