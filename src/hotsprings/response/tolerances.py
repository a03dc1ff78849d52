"""The tolerances of the exact results, each with where it comes from; ``tests/test_tolerances.py`` tries edges."""

from __future__ import annotations

import numpy as np

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)

# What a result must satisfy. Identities of a solve in double precision hold to some N·eps = 1e-12 at N = 4000; nothing
# that users compare (three-digit experiments, six-digit theory) needs more than nine digits.
TOLERANCE = 1e-9
# Movement of a bath weight by the last bits of the network above which nothing is returned, and relative uncertainty
# of a conductance, a resonance or an element above which it is told: six digits.
CONDITIONING = 1e-6
# Violation of the sum rules above which residues are taken to be lost to coinciding poles: between what rounding
# leaves of simple ones (1e-13) and the tolerance, so that what closes has two digits in hand.
CLOSED = 1e-11
# The same where all zeros are known in 32 digits: some roundings of the double that is returned.
COINCIDING = 2e-14
# Doubt of a solve in 16 digits above which a small network is solved again in 32: fluxes and weights are told from
# theirs by users, decay rates relative to themselves by few.
DOUBTED = 1e-11
DOUBTED_RATES = 1e-10
DOUBTED_UNEVEN = 1e-13  # where sites are very unequal: there 16 digits lose some for no need

# Relative doubt of a conductance above which it is found as an integral: a digit below what is promised.
DOUBTED_FLUX = 1e-10
# Conductances below FAINT_FLUX of the largest γ/m are what many poles leave of each other: one draw of last bits moves
# them by as little as a thirtieth of what they are off (seen: 4e-11 and 1.2e-9), so that they are integrated from a
# doubt of SOONER of the above.
FAINT_FLUX, SOONER = 1e-9, 1e-3

# Part of the damping rate γ/m (of γT/m) that a conductance (a flux) cannot be asked to be better than: some hundred
# roundings of what its terms are made of.
FAINT = 1e-13

# The axis. Near it, |Re ω|/|ω| below NEAR_AXIS, mirrors cannot be told from poles on it: each counts half.
NEAR_AXIS = 1e-5
# Closer than ON_AXIS a pole is put on it (rounding of a square root near a critical damping is about 1e-8 of it).
ON_AXIS = 1e-13

# Modes. A mode whose coupling to every bath is below DARK of the strongest possible decays 1e16 times slower than a
# bath site: its decay rate, c², is below eps of the bath's.
DARK = 1e-8
# In chains components keep their digits far down: there only what underflows when squared is dark.
VANISHING = 1e-70
# Part of a free motion that two sites share, below which it is rounding.
SHARED = 1e-8
# In 32 digits couplings below 1e-24 are what rounding leaves of zero (eps² N).
PRECISE_DARK = 1e-24
# Damping over the highest frequency beside which 32 digits still hold what rings: a fast pole is known to 1e-32 of
# itself squared over the springs.
FASTEST = 1e15
# Rounding of double-double arithmetic, with what some hundred operations add.
PRECISE_UNIT = 2.0**-100

# The search of zeros. SETTLED: relative move at which a zero rests, some roundings; RESTING: below it zeros that make
# no progress circle within rounding; GOOD_ENOUGH: largest last move that is let pass to the certificate (coinciding
# zeros rest at the root of eps, 1e-8).
SETTLED = 1e-14
RESTING = 1e-12
GOOD_ENOUGH = 1e-6
