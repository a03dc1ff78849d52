"""The modes of a network without baths: squared frequencies alone, by the shortest road its structure allows."""

from __future__ import annotations

from typing import Any

import numpy as np

from hotsprings.checks import FloatArray
from hotsprings.errors import ArgumentError, CertificateError
from hotsprings.network import MeanField, Network, bands_of, joined_of
from hotsprings.response.chain_data import closed_frequencies, spring_data
from hotsprings.response.door import harmonic_only
from hotsprings.response.grouping import secular_problem
from hotsprings.response.modes import LOW, parts_of, stiffnesses
from hotsprings.response.precise import SMALL, all_modes
from hotsprings.response.tolerances import EPS
from hotsprings.response.zeros import gap_zeros

MOST_DENSE = 2000  # sites whose free motions are counted, to say more of a refusal
NOTHING = 1e-12  # of the highest eigenvalue of K: no restoring force
TRACE = 1e-11  # to which the sum of all squared frequencies must be the trace of M⁻¹K


def squared_frequencies(network: Network) -> FloatArray:
    """Return the eigenvalues of M^{-1/2} K M^{-1/2}, ascending: O(N) for a mean field, no matrix for chains and rings.

    Those that are zero to rounding are zero; in chains of uneven springs only the one of a free chain, and the others
    have relative accuracy.

    Raises
    ------
    CertificateError
        If they do not sum to the trace.
    """
    network = harmonic_only(network)
    if isinstance(network, MeanField):
        return _mean_field(network)
    banded = bands_of(network) is not None
    data = spring_data(network, np.zeros(network.n_sites)) if banded else None
    if data is not None and (data.uneven or network.n_sites <= SMALL):
        return closed_frequencies(data) ** 2
    if network.n_sites <= SMALL:
        return all_modes(network)[0][:, 0]
    if not banded:
        return stiffnesses(network)
    values = _chain(network)
    if data is not None and np.any(data.p) and values[0] <= LOW * values[-1]:
        return closed_frequencies(data) ** 2
    return np.where(values > 4.0 * values.size * EPS * values[-1], values, 0.0)


def _chain(network: Any) -> FloatArray:
    from scipy.linalg import eigvalsh_tridiagonal

    diagonal, off = network.bands()
    d, e = diagonal / network.masses, off / np.sqrt(network.masses[:-1] * network.masses[1:])
    return np.asarray(eigvalsh_tridiagonal(d, e)) if d.size > 1 else d


def _mean_field(network: MeanField) -> FloatArray:
    """Return one value in every gap between neighbouring κ/m, one below all, and those of equal sites."""
    p = secular_problem(network, np.empty(0, dtype=np.int64), np.empty(0))
    d = p.poles[0]
    between = gap_zeros(p)
    inside = d[between.anchors] + (p.poles[1, between.anchors] + between.offsets.real)
    repeated = np.repeat(d, np.bincount(p.bulk_group) - 1)
    values = np.sort(np.concatenate([[0.0 if p.free else _collective(p.poles, p.static[0])], inside, repeated]))
    values *= p.scale**2
    trace = float(np.sum((network.kappa - network.coupling) / network.masses))
    if not (np.all(between.settled) and abs(values.sum() - trace) <= TRACE * trace):
        raise CertificateError("the frequencies of the network do not add up: report it as an issue")
    return values


def _collective(poles: FloatArray, static: float) -> float:
    """Return the zero of s(0) - x Σ (w/d)/(d - x) below all poles: between 0 and the lowest, where it changes sign."""
    from scipy.optimize import brentq

    d, weight = poles[0], poles[4]
    top = float(d[0])
    return float(brentq(lambda x: static * (top - x) - x * ((top - x) * np.sum(weight[1:] / (d[1:] - x)) + weight[0]),
                        0.0, top, xtol=1e-300, rtol=1e-15))


def turning_motions(network: Network) -> FloatArray | None:
    """Return the motions without restoring force, orthonormal (n_sites, n_free), of a network that has several of them.

    K of a connected part has one, (1, …, 1), where it is free along one direction: None then, and where it is held.
    """
    if joined_of(network) or network.n_sites > MOST_DENSE:
        return None
    K = network.stiffness()
    values, vectors = np.linalg.eigh(K)
    free = np.abs(values) <= NOTHING * values[-1]
    return vectors[:, free] if int(free.sum()) > int(parts_of(K).max()) + 1 else None


def refuse_turning(network: Network, what: str) -> None:
    """Refuse a network that moves freely in several ways, as molecules do: they carry joined coordinates apart."""
    free = turning_motions(network)
    if free is not None:
        raise ArgumentError("system", f"be held in place for {what} (hold coordinates, such as by read_network's "
                            "'fixed', or add a weak pinning to the diagonal of K), or free along one direction only",
                            f"it moves freely in {free.shape[1]} ways, which carry joined coordinates away from each "
                            "other")
