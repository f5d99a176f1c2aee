"""The scalar map of a Björck step: its derivative, its basin of convergence to 1, its order of convergence.

Claim. Let g(s) = s Σ c_i (1 - s²)^i, i <= p, and e = 1 - s². Then

    (1)  g'(s) = (2p + 1) c_p (1 - s²)^p
    (2)  1 - g(s)² = e^(p+1) r(e), r a polynomial with coefficients >= 0 that add up to 1; r = (3 + e)/4 for p = 1
    (3)  (0, s_p) is the largest interval of points tending to 1 that holds 1, where s_p is, for odd p, the positive
         zero of g, and for even p, its fixed point above 1

Derivation. (1) is an identity of polynomials. So g increases on (0, 1) from 0 to g(1) = c_0 = 1, and g(s) > s there
since Σ c_i e^i > 1 for e > 0: all of (0, 1] tends to 1. Odd p: g' < 0 beyond 1, so g falls from 1 to 0 at s_p, hence
maps [1, s_p) into (0, 1]; g(s_p) = 0. Even p: g increases, g(s) < s on (1, s_p), so these points fall to 1; s_p is
fixed. (2): with T = Σ c_i e^i, 1 - g² = 1 - (1 - e) T², and T² agrees with 1/(1 - e) up to e^p. Hence
|1 - g²| <= |e|^(p+1) for |e| <= 1, and, applied to the eigenvalues of E = I - WᵀW, a step takes ‖E‖ <= 1 to at most
‖E‖^(p+1), also in the Frobenius norm.

Level. (1), (2): identities of polynomials, p = 1 to 8. (3): one sign change of the polynomial that defines s_p
(Descartes' rule: coefficients in -e alternate), and the code's s_p encloses it, p = 1 to 8.
"""

import sympy as sp

from lipref.bjorck import bjorck_basin, bjorck_coefficients, bjorck_scalar

S = sp.Symbol("s", positive=True)
E = sp.Symbol("e")
ORDERS = range(1, 9)


def coefficients(order):
    return [sp.Rational(c.numerator, c.denominator) for c in bjorck_coefficients(order)]


def g(order):
    """The code's own map, on a symbol; coefficients as rationals."""
    return sp.expand(sp.nsimplify(bjorck_scalar(S, order), rational=True))


def check_derivative():
    """(1)"""
    for p in ORDERS:
        assert sp.expand(sp.diff(g(p), S) - (2 * p + 1) * coefficients(p)[-1] * (1 - S**2) ** p) == 0


def check_residual():
    """(2)"""
    for p in ORDERS:
        residual = sp.Poly(sp.expand((1 - g(p) ** 2).subs(S, sp.sqrt(1 - E))), E)
        powers = residual.all_coeffs()[::-1]
        assert all(c == 0 for c in powers[: p + 1])
        assert all(c >= 0 for c in powers[p + 1 :])
        assert sum(powers) == 1
    one = sp.expand((1 - g(1) ** 2).subs(S, sp.sqrt(1 - E)))
    assert sp.expand(one - E**2 * (3 + E) / 4) == 0


def check_basin():
    """(3)"""
    assert bjorck_basin(1) == float(sp.sqrt(3))
    assert bjorck_basin(2) == float(sp.sqrt(sp.Rational(7, 3)))
    for p in ORDERS:
        c = coefficients(p)
        polynomial = sp.Poly(sum(a * E**i for i, a in enumerate(c if p % 2 else c[1:])), E)
        assert all(a > 0 for a in polynomial.all_coeffs())
        assert polynomial.count_roots(-2, -1) == polynomial.count_roots(None, 0) == 1
        low, high = (sp.Rational(bjorck_basin(p)) * (1 + k * sp.Rational(1, 2**51)) for k in (-1, 1))
        assert polynomial.eval(1 - low**2) > 0 > polynomial.eval(1 - high**2)


if __name__ == "__main__":
    check_derivative()
    check_residual()
    check_basin()
