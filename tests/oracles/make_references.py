"""Write references.json: stationary states of hard mean-field networks to 25 digits, found without any root.

Run ``python tests/oracles/make_references.py`` (mpmath only; about two minutes on one core). With ``--check`` nothing
is written and the stored file is compared instead. Names of cases as arguments restrict the run to them and write
nothing either.

The route shares nothing with the package: no poles, no residues, no frequency grid. With s = iω and sites of equal
κ/m without bath merged into groups of weight w = Σ 1/m (A = κ/m + s², their dark modes at rest),

    A = κ + γ s + m s²,  c = k/Ñ,  F = Π A · (1 - c Σ w/A),  G_ij = c Π_{l≠i,j} A_l / F,  G_ii = F without i / F,

every quantity is I[s G] = (1/2π) ∫ |b(iω)/a(iω)|² dω with real polynomials a, b, and the Åström-Jury-Agniel recursion
(K. J. Åström, Introduction to Stochastic Control Theory, 1970, chapter 5) turns their coefficients into I = Σ β²/(2α):

    a ← a - α s ã,  b ← b - β ã,   ã = every second coefficient of a from the second,  α = a_0/ã_0,  β = b_0/ã_0.

All α > 0 is the Routh-Hurwitz criterion, asserted. Parameters are the exact binary doubles of the file; digits are
doubled until two runs agree to 50. Asserted too: Σ_a h_n^a = the bright weight of the site, and the closed forms.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

from mpmath import mp, mpf, nstr

FILE = Path(__file__).with_name("references.json")
AGREED = 50  # digits two precisions must share
WRITTEN = 25


# --- polynomials in s, highest power first -----------------------------------------------------------------------


def product(factors):
    """Return the product of polynomials of degree 2."""
    out = [mpf(1)]
    for a, b, c in factors:
        long = [a * x for x in out] + [mpf(0), mpf(0)]
        if b:
            for i, x in enumerate(out):
                long[i + 1] += b * x
        for i, x in enumerate(out):
            long[i + 2] += c * x
        out = long
    return out


def without(items, *left_out):
    return [item for i, item in enumerate(items) if i not in left_out]


def secular(groups, weights, c):
    """Return F = Π A - c Σ_i w_i Π_{l≠i} A_l."""
    total = product(groups)
    for i, w in enumerate(weights):
        for j, x in enumerate(product(without(groups, i))):
            total[j + 2] -= c * w * x
    return total


# --- Åström-Jury-Agniel --------------------------------------------------------------------------------------------


class Denominator:
    """The recursion of a(s), made once and used by every numerator over it."""

    def __init__(self, a):
        self.steps = []
        while len(a) > 1:
            tilde = a[1::2]  # coefficients of s^(k-1), s^(k-3), ...
            alpha = a[0] / tilde[0]
            assert alpha > 0, "not Hurwitz"
            self.steps.append((alpha, tilde))
            a = a[1:]
            for i in range(1, len(tilde)):
                a[2 * i - 1] = a[2 * i - 1] - alpha * tilde[i]

    def integral(self, b):
        """Return (1/2π) ∫ |b(iω)/a(iω)|² dω."""
        b = [mpf(0)] * (len(self.steps) - len(b)) + list(b)
        total = mpf(0)
        for alpha, tilde in self.steps:
            beta = b[0] / tilde[0]
            total += beta * beta / (2 * alpha)
            b = [x - beta * tilde[i // 2] if i % 2 == 0 else x for i, x in enumerate(b)][1:]
        return total


# --- the network ---------------------------------------------------------------------------------------------------


class Network:
    """Groups of sites, their polynomials and the shared denominator, at the working precision."""

    def __init__(self, case):
        masses, k0 = [mpf(m) for m in case["masses"]], [mpf(x) for x in case["k0"]]
        self.masses, self.c = masses, mpf(case["k"]) / mpf(case["n_tilde"])
        self.baths = [(bath["site"], mpf(bath["friction"])) for bath in case["baths"]]
        friction = dict(self.baths)
        kappa = [x + len(masses) * self.c for x in k0]
        self.groups, self.weights, self.group_of, members = [], [], [], {}
        for n, m in enumerate(masses):
            if n in friction:
                self.group_of.append(self._append((m, friction[n], kappa[n]), mpf(1)))
                continue
            twin = next((g for g, other in members.items() if kappa[n] * masses[other] == kappa[other] * m), None)
            if twin is None:
                twin = self._append((mpf(1), mpf(0), kappa[n] / m), mpf(0))
                members[twin] = n
            self.weights[twin] += 1 / m
            self.group_of.append(twin)
        self.n_dark_modes = len(masses) - len(self.groups)
        self.free = all(x == 0 for x in k0)
        self.denominator = Denominator(self._velocity_denominator())

    def _append(self, polynomial, weight):
        self.groups.append(polynomial)
        self.weights.append(weight)
        return len(self.groups) - 1

    def _velocity_denominator(self):
        """Return F, or F/s when no site is pinned: the velocity s G then has no pole at s = 0."""
        F = secular(self.groups, self.weights, self.c)
        if self.free:
            assert abs(F[-1]) < mpf(10) ** (20 - mp.dps) * max(abs(x) for x in F)
            return F[:-1]
        return F

    def bright_weight(self, n):
        g = self.group_of[n]
        return mpf(1) if self.groups[g][1] else 1 / (self.masses[n] * self.weights[g])

    def velocity_integral(self, n, a):
        """Return (1/2π) ∫ ω² |G_na|² dω, for a bath on site a."""
        i, j = self.group_of[n], self.group_of[a]
        if i == j:
            numerator = secular(without(self.groups, i), without(self.weights, i), self.c)
        else:
            scale = self.c if self.groups[i][1] else self.c / self.masses[n]
            numerator = [scale * x for x in product(without(self.groups, i, j))]
        return self.denominator.integral(numerator if self.free else [*numerator, mpf(0)])


def solve(case, digits):
    """Return (conductance, bath_weight) at one working precision."""
    with mp.workdps(digits):
        net = Network(case)
        cache = {}

        def integral(n, a):
            key = (net.group_of[n], net.group_of[a])  # sites of a group differ by their mass only
            if key not in cache:
                scale = 1 if net.groups[key[0]][1] else net.masses[n] ** 2
                cache[key] = net.velocity_integral(n, a) * scale
            return cache[key] if net.groups[key[0]][1] else cache[key] / net.masses[n] ** 2

        weight = [[2 * g * net.masses[n] * integral(n, a) for a, g in net.baths] for n in case["sites"]]
        conductance = [[mpf(0) if a == b else 2 * g * h * integral(a, b) for b, h in net.baths] for a, g in net.baths]
        for n, row in zip(case["sites"], weight, strict=True):
            assert abs(sum(row) - net.bright_weight(n)) < mpf(10) ** -AGREED, (case["name"], n, "bath weights")
        return conductance, weight, net.n_dark_modes


def agree(one, two):
    pairs = [(x, y) for p, q in zip(one[:2], two[:2], strict=True) for r, t in zip(p, q, strict=True)
             for x, y in zip(r, t, strict=True)]
    return all(abs(x - y) <= mpf(10) ** -AGREED * abs(y) for x, y in pairs)


def reference(case):
    """Return the record of a case, with digits doubled until two precisions agree."""
    digits, coarse = 150, None
    while True:
        try:
            fine = solve(case, digits)
        except AssertionError:  # too few digits; a real failure is one at all precisions
            if digits > 3000:
                raise
            fine = None
        with mp.workdps(AGREED + 30):
            if coarse is not None and fine is not None and agree(coarse, fine):
                return record(case, fine, digits)
        digits, coarse = 2 * digits, fine


def record(case, solution, digits):
    conductance, weight, n_dark_modes = solution
    temperature = [mpf(bath["temperature"]) for bath in case["baths"]]
    flux = [sum(c * (t - u) for c, u in zip(row, temperature, strict=True))
            for row, t in zip(conductance, temperature, strict=True)]
    local = [sum(h * t for h, t in zip(row, temperature, strict=True)) for row in weight]
    for a, row in enumerate(conductance):  # J_a = (γ_a/m_a)(T_a - T_a^kin), where the bath's site was computed
        bath = case["baths"][a]
        if bath["site"] in case["sites"]:
            kinetic = local[case["sites"].index(bath["site"])]
            rate = mpf(bath["friction"]) / mpf(case["masses"][bath["site"]])
            scale = rate * max(temperature) + abs(flux[a])
            assert abs(flux[a] - rate * (temperature[a] - kinetic)) <= mpf(10) ** -(AGREED - 5) * scale
        assert all(row[b] == conductance[b][a] or abs(row[b] - conductance[b][a]) < mpf(10) ** -AGREED * row[b]
                   for b in range(len(row)))

    def text(rows):
        return [[nstr(x, WRITTEN) for x in row] for row in rows]

    return {**case, "digits": digits, "n_dark_modes": n_dark_modes, "conductance": text(conductance),
            "bath_weight": text(weight), "heat_flux": text([flux])[0], "local_temperature": text([local])[0]}


# --- the cases -----------------------------------------------------------------------------------------------------


def case(name, masses, baths, k=1.0, k0=0.0, n_tilde=None, sites=None):
    """Return a case; baths are (site, temperature, friction), Ñ is N - 1 by default, sites all of them."""
    n = len(masses)
    return {
        "name": name, "masses": [float(m) for m in masses], "k": float(k),
        "k0": [float(x) for x in k0] if isinstance(k0, list) else [float(k0)] * n,
        "n_tilde": float(n - 1 if n_tilde is None else n_tilde),
        "baths": [{"site": s % n, "temperature": float(t), "friction": float(g)} for s, t, g in baths],
        "sites": list(range(n)) if sites is None else sites,
    }


def ends(left=1.0, right=None):
    return [(0, 1.5, left), (-1, 0.5, left if right is None else right)]


def graded(n, spread=0.1):
    return [1.0 - spread + 2.0 * spread * (i / (n - 1)) for i in range(n)]


def uniform(n, seed, spread=0.1):
    rng = random.Random(seed)
    return [rng.uniform(1.0 - spread, 1.0 + spread) for _ in range(n)]


def log_uniform(n, seed):
    rng = random.Random(seed)
    return [10.0 ** rng.uniform(-3.0, 3.0) for _ in range(n)]


def put(masses, **at):
    """Return masses with those at the given places (``i3=...``) replaced."""
    out = list(masses)
    for place, m in at.items():
        out[int(place[1:])] = m
    return out


def small_cases():
    two = [0.7, 1.9]
    balanced = [-0.05, 0.3, 0.0, 0.2, 0.0, 0.1, 0.7, 0.0]
    return [
        case("two free", two, ends(0.3, 2.0)),
        case("two pinned", two, ends(0.3, 2.0), k=0.8, k0=0.4),
        case("two equal overdamped", [1.0, 1.0], ends(50.0)),
        case("two, one bath", two, [(0, 1.5, 1.0)], k0=0.1),
        case("three free", [1.0, 0.4, 2.2], ends(1.0)),
        case("three pinned weak and strong friction", [1.0, 0.4, 2.2], ends(1e-3, 1e3), k0=0.5),
        case("four identical", [1.0] * 4, ends(1.0)),
        case("four, both baths critical", [1.0, 0.8, 1.3, 1.0], ends(4.0), n_tilde=1.0),
        case("four, one bath critical", [1.0, 0.8, 1.3, 1.1], ends(4.0, 1.0), n_tilde=1.0),
        case("five, equal frequencies of unequal masses", [1.1, 1.0, 2.0, 3.0, 0.9], ends(1.0),
             k0=[0.0, 0.0, 1.25, 2.5, 0.0]),
        case("six overdamped ends", graded(6), ends(60.0, 80.0), k0=0.2),
        case("eight, pinning per site, one negative", uniform(8, 8), ends(1.0), k0=balanced),
        case("eight, one bath inside", uniform(8, 9), [(3, 1.2, 0.7)], k0=0.3),
    ]


def mass_cases():
    rng = random.Random(7)
    cluster = [1.0 + 1e-7 * rng.random() for _ in range(20)]
    pair = uniform(12, 12)
    pair[5] = pair[4] + 1e-7
    one = uniform(15, 15)
    return [
        case("twenty identical", [1.0] * 20, ends(1.0), k0=1.0),
        case("twenty graded free", graded(20), ends(1.0)),
        case("twenty graded pinned", graded(20), ends(1.0), k0=1.0),
        case("twenty graded bare", graded(20), ends(1.0), n_tilde=1.0),
        case("twenty alternating", [0.9, 1.1] * 10, ends(1.0)),
        case("twenty random", uniform(20, 20), ends(1.0), k=0.1, k0=0.02),
        case("masses over six decades", log_uniform(20, 3), ends(1.0), k0=0.1),
        case("masses over six decades, free, bare", log_uniform(12, 4), ends(0.1, 10.0), n_tilde=1.0),
        case("light impurity on a bath, heavy one off", put(one, i0=1e-3, i7=1e3), ends(1.0), k0=0.2),
        case("heavy impurity on a bath, light one off", put(one, i0=1e3, i7=1e-3), ends(1.0)),
        case("cluster of masses within 1e-7", cluster, ends(1.0)),
        case("cluster of masses within 1e-7, bare, weak friction", cluster, ends(1e-3), n_tilde=1.0),
        case("pair of masses 1e-7 apart", pair, ends(1.0), k0=0.5),
        case("bath sites 1e-7 apart", [1.0, *uniform(8, 5), 1.0 + 1e-7], ends(1.0)),
        case("bath sites 1e-12 apart", [1.0, *uniform(8, 5), 1.0 + 1e-12], ends(1.0), k0=0.3),
    ]


def bath_cases():
    masses = uniform(14, 41)
    five = [(0, 2.0, 1.0), (3, 0.5, 0.2), (6, 1.0, 3.0), (9, 0.1, 1e-2), (13, 1.7, 20.0)]
    three_equal = put(masses, i0=1.0, i5=1.0, i13=1.0)
    all_equal = put(masses, i0=1.0, i3=1.0, i6=1.0, i9=1.0, i13=1.0)
    return [
        case("friction 1e-3", masses, ends(1e-3)),
        case("friction 1e3", masses, ends(1e3), k0=0.1),
        case("friction 1e-3 and 1e3", masses, ends(1e-3, 1e3), k0=1.0),
        case("two equal bath sites", put(masses, i0=1.0, i13=1.0), ends(1.0), k0=1.0),
        case("three equal bath sites", three_equal, [(0, 1.5, 1.0), (5, 1.0, 1.0), (13, 0.5, 1.0)]),
        case("five equal bath sites", all_equal, [(s, t, 2.0) for s, t, _ in five], k0=0.2),
        case("two equal bath sites of three", three_equal, [(0, 1.5, 1.0), (5, 1.0, 2.0), (13, 0.5, 1.0)], k0=0.1),
        case("four baths on identical masses", [1.0] * 9, [(0, 2.0, 1.0), (1, 1.5, 1.0), (4, 0.3, 1.0), (8, 0.1, 1.0)]),
        case("three baths inside", masses, [(2, 1.5, 1.0), (7, 0.0, 0.5), (11, 0.7, 2.0)], k0=0.05),
        case("five baths", masses, five, k0=0.4),
        case("weakest pinning", masses, ends(1.0), k0=1e-12),
        case("n_tilde 0.37", masses, ends(1.0), k0=0.3, n_tilde=0.37),
        case("pinned ends only", masses, ends(1.0), k0=[1.0] + [0.0] * 12 + [1.0]),
    ]


def coinciding_cases():
    """Equal, nearly equal and critically damped baths together: two, four and six zeros that nearly coincide."""
    critical = 2.0 * 6.0**0.5  # κ = k N/Ñ + k0 = 6 with k = k0 = 1, N = 5, Ñ = 1
    mixed = [1.0, 1.0, 2.0, 1.0, 1.0]
    four = [(1, 0.4, critical), (4, 0.9, critical), (2, 0.6, critical * 2.0**0.5), (0, 2.0, critical)]
    close_masses = [2.0, 1.0000000004462322, 1.0, 2.0, 1.0000000004462322]
    close = [(1, 0.3, 11.015141097030464), (2, 1.2, 11.015141094572432), (0, 1.3, 15.577761927398049),
             (4, 0.5, 11.015141097029971)]
    cluster = [1.0 + 1e-8 * x for x in (0.0, 1.0, 3.0, -2.0, 0.3, 0.9, 2.2)]
    baths = [(0, 1.5, 1.0), (1, 1.0, 1.0), (2, 0.5, 1.0), (3, 0.1, 1.0)]
    return [
        case("four critical baths, three of them equal", mixed, four, k0=1.0, n_tilde=1.0),
        case("four nearly critical baths 1e-10 apart", close_masses, close, k0=30.0, n_tilde=15.0),
        case("four baths on sites 1e-8 apart", cluster, baths, k=0.1, k0=1.0, n_tilde=21.0),
    ]


def large_cases():
    return [
        case("sixty identical", [1.0] * 60, ends(1.0), k=0.1),
        case("sixty random", uniform(60, 60), ends(1.0), k=0.1),
        case("sixty random bare", uniform(60, 61), ends(0.3, 2.0), k0=0.02, n_tilde=1.0),
        case("sixty masses over six decades", log_uniform(60, 62), ends(1.0), k0=0.1),
    ]


# --- closed forms the records must meet ----------------------------------------------------------------------------


def close(value, expected, tolerance):
    return abs(mpf(value) - expected) <= mpf(tolerance) * abs(expected)


def check(found):
    """Assert the closed forms of physics.md, sections 4, 6 and 7, on the records they apply to."""
    left, right = found["baths"][0], found["baths"][-1]
    n = len(found["masses"])
    m, k, k0, nt = mpf(found["masses"][0]), mpf(found["k"]), mpf(found["k0"][0]), mpf(found["n_tilde"])
    g1, g2 = mpf(left["friction"]), mpf(right["friction"])
    if len(found["baths"]) == 2 and n == 2:
        m2, K = mpf(found["masses"][1]), k0 + k
        s = g1 * m2 + g2 * m
        exact = g1 * g2 * k**2 * s / (g1 * g2 * ((K * m2 - K * m) ** 2 + s * (K * g2 + K * g1)) + k**2 * s**2)
        assert close(found["conductance"][0][1], exact, "1e-24"), found["name"]
    if len(found["baths"]) == 2 and len(set(found["masses"])) == 1:
        exact = g1 * g2 * k**2 * (n - 1) / ((g1 + g2) * (m * k**2 * (n - 1) ** 2 + g1 * g2 * nt * (k + k0 * nt)))
        assert close(found["conductance"][0][1], exact, "1e-24"), found["name"]
        if n > 2:
            assert close(found["local_temperature"][1], 1 / mpf(n - 2), "1e-24"), found["name"]
    figure_5 = {
        "twenty graded free": ("0.02506873816", {0: "1.477438", 1: "1.008889", 17: "0.992962", 18: "0.992149",
                                                 19: "0.527576"}),
        "twenty graded pinned": ("0.01276577520", {0: "1.488511", 1: "1.015646", 18: "0.982175", 19: "0.514042"}),
    }
    flux, temperatures = figure_5.get(found["name"], (found["heat_flux"][0], {}))
    assert close(found["heat_flux"][0], mpf(flux), "4e-10"), found["name"]
    for site, value in temperatures.items():
        assert close(found["local_temperature"][site], mpf(value), "1e-6"), (found["name"], site)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="cases to compute (default: all)")
    parser.add_argument("--check", action="store_true", help="compare with the stored file, write nothing")
    asked = parser.parse_args()
    cases = [*small_cases(), *mass_cases(), *bath_cases(), *coinciding_cases(), *large_cases()]
    assert len({c["name"] for c in cases}) == len(cases)
    records = []
    mp.dps = AGREED + 30
    for wanted in cases:
        if asked.names and wanted["name"] not in asked.names:
            continue
        start = time.perf_counter()
        records.append(reference(wanted))
        check(records[-1])
        print(f"{wanted['name']:56} {records[-1]['digits']:5} digits  {time.perf_counter() - start:6.1f} s", flush=True)
    if asked.check:
        stored = {r["name"]: r for r in json.loads(FILE.read_text())}
        assert all(stored[r["name"]] == r for r in records), "references.json differs"
    elif not asked.names:
        FILE.write_text("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")


if __name__ == "__main__":
    main()
