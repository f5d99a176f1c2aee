"""The toy problem of ALR, appendix A.4: a ring seen through 1-Lipschitz glasses, solved exactly.

The target on [-4, 4]² is 0 on the ring 1 <= ρ <= 2 and 1 elsewhere [ALR-Eq27]. The best 1-Lipschitz approximation in
the mean square may be taken radial, since averaging over rotations keeps the constraint and does not raise the error;
the corners beyond ρ = 4 have the target 1, which it meets. So the error to be minimised over 1-Lipschitz profiles g is

    E(g) = ∫ (g - f)² ρ dρ,    mean square over the square = 2π E / 64.

Its solution [ALR-Eq28 corrected] has two ramps of slope 1, from 1 down to 0 over [a, a+1] and up again over [b, b+1],
each placed so that its edge R satisfies ((c + 1)³ - c³)/3 = R². The printed profile has its ramps at 1/2 and 3/2:
optimal for dρ, not for ρ dρ. Everything here is exact: SymPy numbers and polynomials.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple


class Ramps(NamedTuple):
    """A radial profile: 1 up to `down`, slope -1 to 0, 0 up to `up`, slope 1 to 1, then 1."""

    down: Any
    """Where the first ramp starts, SymPy number."""
    up: Any
    """Where the second ramp starts, SymPy number, >= down + 1."""


def printed_profile() -> Ramps:
    """The profile that is printed [ALR-Eq28]: ramps start at 1/2 and at 3/2."""
    from sympy import Rational

    return Ramps(Rational(1, 2), Rational(3, 2))


def optimal_profile() -> Ramps:
    """The optimum: a = (√33 - 3)/6 and b = (√141 - 3)/6, the roots of c² + c + 1/3 = R² for R = 1, 2.

    >>> [round(float(c), 6) for c in optimal_profile()]
    [0.457427, 1.479057]
    """
    from sympy import Integer, sqrt

    return Ramps((sqrt(33) - 3) / Integer(6), (sqrt(141) - 3) / Integer(6))


def pieces(profile: Ramps) -> list[tuple[Any, Any, Any, Any, Any]]:
    """(from, to, g, slope of g, f) on each interval where profile and target are polynomials; g in the symbol ρ."""
    from sympy import Integer

    a, b = profile
    rho = symbol()
    values = [
        (Integer(0), a, Integer(1), 0),
        (a, a + 1, a + 1 - rho, -1),
        (a + 1, b, Integer(0), 0),
        (b, b + 1, rho - b, 1),
        (b + 1, Integer(4), Integer(1), 0),
    ]
    found = []
    for low, high, g, slope in values:
        cuts = [low, *(edge for edge in (Integer(1), Integer(2)) if low < edge < high), high]
        for left, right in itertools.pairwise(cuts):
            ring = bool(left >= 1) and bool(right <= 2)
            found.append((left, right, g, slope, Integer(0) if ring else Integer(1)))
    return found


def symbol() -> Any:
    """The symbol ρ of the profiles."""
    from sympy import Symbol

    return Symbol("rho", nonnegative=True)


def radial_error(profile: Ramps, weight: Any = None) -> Any:
    """∫ (g - f)² w dρ, exact; the weight w is ρ unless given."""
    from sympy import expand, integrate, simplify

    rho = symbol()
    w = rho if weight is None else weight
    total = sum(integrate(expand((g - f) ** 2 * w), (rho, low, high)) for low, high, g, _, f in pieces(profile))
    return simplify(total)


def mean_squared_error(profile: Ramps) -> Any:
    """Mean square over the square [-4, 4]², exact: π/128 for the printed profile [ALR-Eq28]."""
    from sympy import pi, simplify

    return simplify(2 * pi * radial_error(profile) / 64)


def multiplier(profile: Ramps, weight: Any = None) -> list[tuple[Any, Any, Any, int]]:
    """(from, to, λ, slope of g) with λ(ρ) = ∫₀^ρ 2 (g - f) w ds, a polynomial on each piece.

    The profile is optimal among all 1-Lipschitz ones if λ vanishes where g is flat, is <= 0 where g falls and >= 0
    where it rises: then for every 1-Lipschitz h, ∫ 2 (g - f)(h - g) w = -∫ λ (h' - g') >= 0, and the error is convex.
    """
    from sympy import Integer, expand, integrate

    rho = symbol()
    w = rho if weight is None else weight
    before: Any = Integer(0)
    found = []
    for low, high, g, slope, f in pieces(profile):
        primitive = integrate(expand(2 * (g - f) * w), rho)
        lam = expand(before + primitive - primitive.subs(rho, low))
        found.append((low, high, lam, slope))
        before = lam.subs(rho, high)
    return found


def is_optimal(profile: Ramps, weight: Any = None) -> bool:
    """Whether `multiplier` proves the profile optimal, decided exactly.

    On each piece 2 (g - f) w has one sign, so λ is monotone there and its signs at both ends decide.
    """
    from sympy import simplify

    rho = symbol()
    for low, high, lam, slope in multiplier(profile, weight):
        ends = [simplify(lam.subs(rho, end)) for end in (low, high)]
        if slope == 0 and simplify(lam) != 0:
            return False
        if any(slope * end < 0 for end in ends):
            return False
    return True
