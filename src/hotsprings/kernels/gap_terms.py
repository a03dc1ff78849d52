"""Terms of the secular function s = 1 - Σ w/(d - x) - Σ u/α, and steps to its zeros in double precision.

Written once for one point and for eight of them (``eights``).
"""

from __future__ import annotations

from hotsprings.kernels.compiled import njit
from hotsprings.kernels.formulas import Complex, Formula, fma
from hotsprings.kernels.lanes import Lane, lane_sums


def pairs(parts):
    """Return complex numbers from their parts, one after the other."""
    return [Complex(*parts[i : i + 2]) for i in range(0, len(parts), 2)]


def flat(numbers):
    """Return the parts of real or complex numbers, one after the other."""
    return tuple(part for number in numbers for part in (number.parts if isinstance(number, Complex) else (number,)))


def powers(q, w, count):
    """Return w q, w q², … w q^count."""
    terms = [q * w]
    while len(terms) < count:
        terms.append(terms[-1] * q)
    return terms


def inverse(dh, dl, ah, e, y):
    """Return 1/t with t = d - (ah + e + iy)."""
    return Complex((dh - ah) + (dl - e), -y).inverse()


@lane_sums
def real_terms(dh: Lane, dl: Lane, w: Lane, ah: Lane, e: Lane) -> tuple[Lane, Lane, Lane]:
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e), over a range."""
    return tuple(powers(1.0 / ((dh - ah) + (dl - e)), w, 3))


@njit(cache=True, error_model="numpy", fastmath=False)
def real_powers(dh, dl, w, ah, e):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e)."""
    return real_terms((dh, dl, w), 0, dh.size, (ah, e))


@lane_sums
def _complex_terms(dh: Lane, dl: Lane, w: Lane, ah: Lane, e: Lane, y: Lane
                   ) -> tuple[Lane, Lane, Lane, Lane, Lane, Lane]:
    return flat(powers(inverse(dh, dl, ah, e, y), w, 3))


@njit(cache=True, error_model="numpy", fastmath=False)
def complex_powers(dh, dl, w, ah, e, y):
    """Return Σ w/t, Σ w/t², Σ w/t³ with t = d - (ah + e + iy), as six doubles."""
    return _complex_terms((dh, dl, w), 0, dh.size, (ah, e, y))


@Formula
def root(x):
    """Return ω = sqrt(x), Re x > 0, and i/(2ω), each as (real, imaginary)."""
    wr = (0.5 * (Complex(*x).square().sqrt() + x[0])).sqrt()
    wi = x[1] / (2.0 * wr)
    scale = 0.5 / fma(wr, wr, wi * wi)
    return (wr, wi), (wi * scale, wr * scale)


@Formula
def bath_term(bath, at, omega, over):
    """Return u/α and its derivative by x of a bath (D, its low part, ν, u), as four numbers.

    α = D - x + iνω at x = (high, low, imaginary); ``over``: i/(2ω).
    """
    d, dl, nu, u = bath
    q = Complex(((d - at[0]) + (dl - at[1])) - nu * omega[1], nu * omega[0] - at[2]).inverse()
    part = q * u
    return *part.parts, *(part * q * (1.0 - Complex(*over) * nu)).parts


@njit(cache=True, error_model="numpy", fastmath=False)
def bath_terms(bath_d, bath_dl, nu, u, ah, eta, x):
    """Return Σ u/α and its derivative by x = ah + eta, for α = D - x + iν sqrt(x) and Re x > 0."""
    omega, over = root((x.real, x.imag))
    ar = ai = br = bi = 0.0
    for g in range(bath_d.size):
        more = bath_term((bath_d[g], bath_dl[g], nu[g], u[g]), (ah, eta.real, eta.imag), omega, over)
        ar, ai, br, bi = ar + more[0], ai + more[1], br + more[2], bi + more[3]
    return complex(ar, ai), complex(br, bi)


def doubled_factor(bath, at, x):
    """Return a = D - x, 1/p and p'/p of a bath (D, its low part, ν), p = a² + ν²x."""
    d, dl, nu = bath
    a = Complex((d - at[0]) + (dl - at[1]), -at[2])
    q = (a * a + x * (nu * nu)).inverse()
    return a, q, (nu * nu - 2.0 * a) * q


def _principal(z):
    """Return the square root with a real part that is not negative."""
    r = (0.5 * (z.square().sqrt() + z.real.exceeds(0.0, z.real, -z.real))).sqrt()
    less = -(z.imag / (2.0 * r))
    size, turned = less.exceeds(0.0, less, -less), less.exceeds(0.0, -r, r)
    return Complex(z.real.exceeds(0.0, r, size), z.real.exceeds(0.0, -less, turned))


@Formula
def doubled_term(sums, left, right, at, cross):
    """Return the bath term of the doubled network, Σ u a/p - iωW, and its derivative by x.

    W² = (Σ uν/p)² - cross/(p p'); p p' of the bath groups ``left`` and ``right``. Without ``cross`` it is Σ u/α.
    """
    even, even_slope, odd, odd_slope = pairs(sums)
    x = Complex(at[0] + at[1], at[2])
    (_, q, one), (_, p, two) = doubled_factor(left, at, x), doubled_factor(right, at, x)
    product, omega = q * p * cross, _principal(x)
    width = _principal(odd * odd - product)
    width_slope = (2.0 * (odd * odd_slope) + product * (one + two)) / (2.0 * width)
    slope = width / (2.0 * omega) + omega * width_slope
    return *(even - (omega * width).turned()).parts, *(even_slope - slope.turned()).parts


@Formula
def first_guess(middle, here, other, gap, sign):
    """Return the distance of the zero from its nearer pole: both poles of the gap, the rest of s as in its middle."""
    rest = sign * middle + 2.0 * (other - here) / gap
    b, half = rest * gap - here - other, 0.5 * gap
    guess = 2.0 * here * gap / ((b * b + 4.0 * rest * here * gap).sqrt() - b)
    return half.exceeds(guess, guess, half)


def bent_step(here, eta, h, slope, bend):
    """Return the step to the zero of w + η h: Newton's, bent by half the curvature (Halley's; its cube is left)."""
    value, first, half = here + eta * h, h + eta * slope, slope + eta * bend
    return -(value * first) / (first * first - value * half)
