"""The one place where networks that the exact theory does not cover are turned away."""

from __future__ import annotations

from hotsprings.errors import ArgumentError
from hotsprings.network import AnharmonicNetwork, Network

__all__ = ["harmonic_only"]


def harmonic_only(network: Network) -> Network:
    """Return a harmonic network; refuse any other."""
    if isinstance(network, AnharmonicNetwork):
        raise ArgumentError("network", "be harmonic where results are exact (use hs.dynamics.simulate, or the "
                            "network's '.harmonic', its limit at low temperature)",
                            f"{type(network).__name__} was given")
    return network
