"""Networks of harmonic springs: masses and a stiffness matrix, by their structure."""

from hotsprings.network.anharmonic import Anharmonic, AnharmonicNetwork, Rotors
from hotsprings.network.base import Network, is_network
from hotsprings.network.chain import Chain
from hotsprings.network.disorder import random_chain, random_springs
from hotsprings.network.files import read_network
from hotsprings.network.graph import from_graph
from hotsprings.network.ions import IonTrap, ion_crystal, ion_positions
from hotsprings.network.mean_field import MeanField
from hotsprings.network.power_law import PowerLaw
from hotsprings.network.springs import Springs

__all__ = [
    "Anharmonic", "AnharmonicNetwork", "Chain", "IonTrap", "MeanField", "Network", "PowerLaw", "Rotors", "Springs",
    "from_graph", "ion_crystal", "ion_positions", "is_network", "random_chain", "random_springs", "read_network",
]
