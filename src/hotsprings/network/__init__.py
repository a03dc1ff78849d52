"""Networks of harmonic springs: masses and a stiffness matrix, by their structure."""

from hotsprings.network.anharmonic import Anharmonic, AnharmonicNetwork, Rotors
from hotsprings.network.base import (
    Banded,
    Bonded,
    Circulant,
    Joined,
    Network,
    Placed,
    bands_of,
    bonds_of,
    checked_network,
    first_row_of,
    is_network,
    joined_of,
    positions_of,
)
from hotsprings.network.chain import Chain
from hotsprings.network.disorder import random_chain, random_springs
from hotsprings.network.files import read_network
from hotsprings.network.graph import from_graph
from hotsprings.network.ions import IonTrap, ion_crystal, ion_positions
from hotsprings.network.lattice import Lattice
from hotsprings.network.layers import Layered, Layers, layers_of
from hotsprings.network.mean_field import MeanField
from hotsprings.network.power_law import PowerLaw
from hotsprings.network.springs import Springs

__all__ = [
    "Anharmonic", "AnharmonicNetwork", "Banded", "Bonded", "Chain", "Circulant", "IonTrap", "Joined", "Lattice",
    "Layered", "Layers", "MeanField", "Network", "Placed", "PowerLaw", "Rotors", "Springs", "bands_of", "bonds_of",
    "checked_network", "first_row_of", "from_graph", "ion_crystal", "ion_positions", "is_network", "joined_of",
    "layers_of", "positions_of", "random_chain", "random_springs", "read_network",
]


def __dir__() -> list[str]:
    return sorted(__all__)
