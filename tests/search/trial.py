"""One system: the package asked, the oracle asked, a verdict on each quantity."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field

import hotsprings as hs
from tests.search.families import case_of
from tests.search.leading import LEADING
from tests.search.leads import LeadOracle
from tests.search.oracle import NoReferenceError, Oracle
from tests.search.quantities import CERTIFIED, QUANTITIES
from tests.search.remembering import RememberingOracle

TOLERANCE, BEYOND, SLOW = 1e-9, 3.0, 1.0
NO_DIGIT = 0.3  # doubt by last bits from which nothing is known: on a resonance 1e-100 wide
OUTCOMES = ("right", "allowed", "told", "refused", "slow", "bare exception", "wrong", "no reference")  # worse and worse


@dataclass
class Line:
    """The verdict on one quantity of one system."""

    quantity: str
    outcome: str
    detail: str


@dataclass
class Trial:
    """All verdicts on one system."""

    seed: int
    family: str
    text: str
    lines: list[Line] = field(default_factory=list)

    @property
    def outcome(self):
        """The worst; a missing reference only where nothing was compared."""
        found = [line.outcome for line in self.lines if line.outcome != "no reference"]
        return max(found, key=OUTCOMES.index) if found else "no reference"


class _Ask:
    """Asks the package, keeping its warnings and its time; tells ``stage`` where the time goes."""

    def __init__(self, seed, stage):
        self.seed, self.stage = seed, stage
        self.certificate = None
        self.fresh()

    def fresh(self):
        self.told = self.dark = False
        self.seconds = 0.0

    def __call__(self, work):
        self.stage("package")
        start = time.process_time()
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = work()
        finally:
            self.seconds += time.process_time() - start
            self.stage("oracle")
        self.told |= any(issubclass(w.category, hs.PrecisionWarning) for w in caught)
        self.dark |= any(issubclass(w.category, hs.DarkModeWarning) for w in caught)
        self.certificate = getattr(found, "certificate", self.certificate)
        return found

    def oracle(self, work):
        """Return what the oracle says, None where it cannot tell."""
        try:
            return work()
        except NoReferenceError:
            return None


def judge(error, allowed, told, certified):
    """Return the outcome of one comparison; ``allowed`` is what a certificate says, or what last bits can do."""
    if error <= TOLERANCE:
        return "right"
    if told or (certified and error <= BEYOND * allowed):
        return "told"
    return "allowed" if error <= BEYOND * allowed or allowed > NO_DIGIT else "wrong"


def asked_of(system):
    """Return the oracle of its baths, and the quantities that are compared between them."""
    if any(isinstance(bath, hs.Lead) for bath in system.baths):
        return LeadOracle, LEADING
    if system.white:
        return Oracle, QUANTITIES
    return RememberingOracle, QUANTITIES


def _verdicts(name, work, case, oracle, ask):
    """Yield the lines of one quantity."""
    ask.fresh()
    try:
        for label, error, allowed in work(case, oracle, ask):
            outcome = judge(error, allowed, ask.told, name in CERTIFIED)
            yield Line(label, outcome, f"off by {error:.2e}, doubt {allowed:.1e}")
    except NoReferenceError as err:
        yield Line(name, "no reference", str(err))
    except (hs.CertificateError, hs.ArgumentError) as err:
        yield Line(name, "refused", str(err))
    except Exception as err:  # what must not happen is counted
        yield Line(name, "bare exception", f"{type(err).__name__}: {err}")
    if ask.seconds > SLOW:
        yield Line(name, "slow", f"{ask.seconds:.1f} s")


def try_seed(seed, names=tuple(QUANTITIES), stage=lambda name: None):
    """Return the trial of one seed."""
    stage("oracle")
    family, case = case_of(seed)
    return try_case(seed, family, case, names, stage)


def try_case(seed, family, case, names=tuple(QUANTITIES), stage=lambda name: None):
    """Return the trial of a case."""
    trial = Trial(seed, family, repr(case.system))
    stage("oracle")
    ask = _Ask(seed, stage)
    kind, every = asked_of(case.system)
    try:
        oracle = kind(case)
        for name in names:
            if name in every:
                trial.lines += list(_verdicts(name, every[name], case, oracle, ask))
    except NoReferenceError as err:
        trial.lines.append(Line("all", "no reference", str(err)))
    return trial
