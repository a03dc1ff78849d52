"""Units of real systems: what reduced numbers (k_B = 1) are in seconds, kelvin, watts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import constants

from hotsprings import checks
from hotsprings.errors import ArgumentError

__all__ = ["ENERGIES", "LENGTHS", "MASSES", "Units"]


def __dir__() -> list[str]:
    return sorted(__all__)


Numbers = Any  # a number, or an array of them

MASSES = {
    "amu": constants.atomic_mass, "u": constants.atomic_mass, "Da": constants.atomic_mass,
    "g/mol": 1e-3 / constants.Avogadro, "electron mass": constants.electron_mass, "m_e": constants.electron_mass,
    "kg": 1.0, "g": 1e-3,
}
LENGTHS = {
    "angstrom": 1e-10, "Å": 1e-10, "bohr": constants.value("Bohr radius"), "pm": 1e-12, "nm": 1e-9, "um": 1e-6,
    "µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0,
}
_HARTREE = constants.value("Hartree energy")
ENERGIES = {
    "eV": constants.electron_volt, "meV": 1e-3 * constants.electron_volt, "hartree": _HARTREE, "Eh": _HARTREE,
    "rydberg": 0.5 * _HARTREE, "Ry": 0.5 * _HARTREE, "kcal/mol": 1e3 * constants.calorie / constants.Avogadro,
    "kJ/mol": 1e3 / constants.Avogadro, "kelvin": constants.Boltzmann, "J": 1.0, "erg": 1e-7,
}


def _size(name: str, value: Any, table: dict[str, float]) -> float:
    """Return a unit in SI: by its name, or as the number of kilograms, metres, joules it has."""
    if not isinstance(value, str):
        return checks.positive(name, value)
    if value in table:
        return table[value]
    near = {size for key, size in table.items() if key.casefold() == value.casefold()}
    if len(near) == 1:
        return near.pop()
    raise ArgumentError(name, f"be one of {', '.join(map(repr, table))}, or a number in SI units",
                        f"{checks.shown(value)} was given")


@dataclass(frozen=True)
class Units:
    r"""What the numbers of a system are in SI units, once mass, length and energy have units.

    .. math:: t_0 = \sqrt{m_0 l_0^2 / E_0}, \quad T = k_B T_{\mathrm{kelvin}}/E_0, \quad
              J_{\mathrm{watt}} = J E_0/t_0, \quad C_{\mathrm{W/K}} = C k_B/t_0

    Stiffness is energy/length², friction mass/time, temperature an energy (k_B = 1), frequency 1/time.

    Parameters
    ----------
    mass : str or float
        "amu", "g/mol", "electron mass", "kg", "g", …, or a number of kilograms.
    length : str or float
        "angstrom", "bohr", "nm", "pm", "m", …, or a number of metres.
    energy : str or float
        "eV", "meV", "hartree", "rydberg", "kcal/mol", "kJ/mol", "kelvin", "J", …, or a number of joules.

    Raises
    ------
    ArgumentError
        If there is no unit of this name, or a number is not positive.

    References
    ----------
    Tiesinga et al., Rev. Mod. Phys. 93, 025010 (2021): CODATA, as ``scipy.constants`` has it.

    Examples
    --------
    >>> import hotsprings as hs
    >>> units = hs.Units(mass="amu", length="angstrom", energy="eV")
    >>> f"{units.time:.6g} s, 300 K = {units.temperature(300.0):.6g}, hbar = {units.hbar:.6g}"
    '1.01805e-14 s, 300 K = 0.025852, hbar = 0.0646542'
    >>> f"{1e12 * units.to_watt_per_kelvin(0.05):.4g} pW/K"
    '67.81 pW/K'
    """

    mass: str | float = "amu"
    length: str | float = "angstrom"
    energy: str | float = "eV"

    def __post_init__(self) -> None:
        for size in (self._kilograms, self._metres, self._joules, self.time):
            if not math.isfinite(size) or size <= 0.0:  # products of extreme numbers
                raise ArgumentError("energy", "give a unit of time within floating point", f"{self} was given")

    @property
    def _kilograms(self) -> float:
        return _size("mass", self.mass, MASSES)

    @property
    def _metres(self) -> float:
        return _size("length", self.length, LENGTHS)

    @property
    def _joules(self) -> float:
        return _size("energy", self.energy, ENERGIES)

    @property
    def time(self) -> float:
        """The unit of time in seconds.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units("electron mass", "bohr", "hartree").time  # the atomic unit of time
        2.4188843...e-17
        """
        return self._metres * math.sqrt(self._kilograms / self._joules)

    @property
    def hbar(self) -> float:
        """The reduced Planck constant ħ in units of energy × time, the ``hbar`` of quantum results.

        Examples
        --------
        >>> import hotsprings as hs
        >>> round(hs.Units("electron mass", "bohr", "hartree").hbar, 9)
        1.0
        """
        return float(constants.hbar / (self._joules * self.time))

    def attributes(self) -> dict[str, str | float]:
        """Return the units and what they make of time, heat flux and conductance, as attributes of a file.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().attributes()["kelvin_per_temperature"]
        11604.518...
        """
        return {"units_mass": self.mass, "units_length": self.length, "units_energy": self.energy,
                "seconds_per_time": self.time, "kelvin_per_temperature": self._joules / constants.Boltzmann,
                "watt_per_heat_flux": self._joules / self.time,
                "watt_per_kelvin_per_conductance": constants.Boltzmann / self.time}

    def temperature(self, kelvin: Numbers) -> Numbers:
        """Return the reduced temperature k_B T of a temperature in kelvin (a number, or an array).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().temperature([300.0, 310.0])
        array([0.025852  , 0.02671373])
        """
        return _scaled("kelvin", _not_below_zero("kelvin", kelvin), constants.Boltzmann / self._joules)

    def to_kelvin(self, temperature: Numbers) -> Numbers:
        """Return the kelvin of a reduced temperature.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units(energy="meV").to_kelvin(1.0)
        11.604518...
        """
        return _scaled("temperature", temperature, self._joules / constants.Boltzmann)

    def friction(self, per_ps: Numbers, mass: Numbers = 1.0) -> Numbers:
        """Return the friction γ = mass × rate of a bath that damps velocities at a rate in 1/ps.

        Parameters
        ----------
        per_ps : float or array_like
            Rate γ/m in inverse picoseconds.
        mass : float or array_like
            Mass of the atom in units of mass; with 1 the result is the rate alone.

        Returns
        -------
        float or ndarray

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().friction(per_ps=1.0, mass=28.085)  # silicon
        0.285919...
        """
        rate = _scaled("per_ps", _not_below_zero("per_ps", per_ps), 1e12 * self.time)
        return rate * _scaled("mass", _not_below_zero("mass", mass), 1.0)

    def frequency(self, terahertz: Numbers) -> Numbers:
        """Return the reduced angular frequency ω = 2πν of a frequency ν in THz.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().frequency(15.6)
        0.997869...
        """
        return _scaled("terahertz", terahertz, 2e12 * math.pi * self.time)

    def to_terahertz(self, omega: Numbers) -> Numbers:
        """Return the frequency ν = ω/2π in THz of a reduced angular frequency.

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().to_terahertz(1.0)
        15.63330...
        """
        return _scaled("omega", omega, 0.5e-12 / (math.pi * self.time))

    def to_watt(self, J: Numbers) -> Numbers:
        """Return the watts of a heat flux (energy/time).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().to_watt(1.0)
        1.573769...e-05
        """
        return _scaled("J", J, self._joules / self.time)

    def to_watt_per_kelvin(self, C: Numbers) -> Numbers:
        """Return the W/K of a conductance J/ΔT (1/time, since k_B = 1).

        Examples
        --------
        >>> import hotsprings as hs
        >>> hs.Units().to_watt_per_kelvin(0.5)
        6.780846...e-10
        """
        return _scaled("C", C, constants.Boltzmann / self.time)


def _not_below_zero(name: str, value: Numbers) -> Numbers:
    """Return a number or an array; one that is below zero is refused."""
    found = np.asarray(_scaled(name, value, 1.0))
    if np.any(found < 0.0):
        which = "is among them" if found.ndim else "was given"
        raise ArgumentError(name, "be 0 or more", f"{found.min():.6g} {which}")
    return value


def _scaled(name: str, value: Numbers, factor: float) -> Numbers:
    """Return a number or an array times a factor; anything else is refused."""
    if checks.is_single(value):
        return checks.number(name, checks.number(name, value) * factor, "stay within floating point in these units")
    raw = checks.regular(name, value, "be a number or an array of numbers")
    if raw.dtype.kind not in "iuf":
        raise ArgumentError(name, "be a number or an array of numbers", f"{checks.shown(value)} was given")
    return raw * factor
