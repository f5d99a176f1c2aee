"""Dual vectors attain their norm, and the closed bounds of the largest singular value are bounds.

Claim. (1) For x > 0, 1 < p < inf, 1/p + 1/q = 1 and d = (x/‖x‖_p)^(p-1): ‖d‖_q = 1 and ⟨x, d⟩ = ‖x‖_p.
(2) ‖W‖₂² <= ‖W‖₁ ‖W‖_inf, which is at most each of m n max|w|², n ‖W‖₁² and m ‖W‖_inf²; and ‖W‖₂² <= ‖WᵀW‖_inf.
(3) If a Gram matrix G has trace k c, its largest eigenvalue is at most c + ‖(G - c I)^(2^j)‖_F^(2^-j) for every j.

Derivation. (1): q (p - 1) = p, so Σ d^q = Σ x^p/‖x‖_p^p = 1, and Σ x d = Σ x^p/‖x‖_p^(p-1). Signs go along.
(2): Cauchy and Schwarz with weights |w_ij|: (Σ_j |w_ij x_j|)² <= (Σ_j |w_ij|)(Σ_j |w_ij| x_j²), the difference being
Σ_{j<l} |w_ij w_il| (|x_j| - |x_l|)²; sum over i. ‖W‖_inf <= n ‖W‖₁ and ‖W‖₁ <= m ‖W‖_inf, since each entry is at most
either norm, and both are at most their number of terms times max|w|. An eigenvalue is at most every norm of its matrix.
(3): the same for the Frobenius norm of a power of the symmetric G - c I.

Level. (1): three positive symbols, p in {3/2, 2, 3, 4}, and the code at a point. (2): the identity for rows of four
symbols; the bounds, by the code, in exact arithmetic on drawn integer matrices. (3): by the code, on the same matrices.
"""

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp

import lipref
from lipref.bjorck import gram_bound
from lipref.norms import SPECTRAL_RULES, dual_exponent, dual_vector, spectral_bound_squared


def check_dual_vector():
    """(1)"""
    x = sp.symbols("x1:4", positive=True)
    for p in (Fraction(3, 2), Fraction(2), Fraction(3), Fraction(4)):
        q = dual_exponent(p)
        a, b = sp.Rational(p.numerator, p.denominator), sp.Rational(q.numerator, q.denominator)
        power = sum(v**a for v in x)
        d = [(v / power ** (1 / a)) ** (a - 1) for v in x]
        assert sp.simplify(sum(sp.powsimp(sp.expand_power_base(v**b, force=True), force=True) for v in d) - 1) == 0
        assert sp.simplify(sum(v * w for v, w in zip(x, d)) - power ** (1 / a)) == 0
        point = {x[0]: 1, x[1]: 2, x[2]: 5}
        expected = [float(v.subs(point)) for v in d]
        np.testing.assert_allclose(dual_vector(np.array([1.0, 2.0, 5.0]), p), expected, rtol=1e-14)


def check_cauchy_schwarz():
    """(2), the identity behind it."""
    w, x = sp.symbols("w1:5", nonnegative=True), sp.symbols("x1:5", nonnegative=True)
    left = sum(w) * sum(a * v**2 for a, v in zip(w, x)) - sum(a * v for a, v in zip(w, x)) ** 2
    pairs = itertools.combinations(range(4), 2)
    assert sp.expand(left - sum(w[j] * w[k] * (x[j] - x[k]) ** 2 for j, k in pairs)) == 0


def drawn():
    """Integer matrices, some of rank one, with their Gram matrix of the shorter side."""
    rng = np.random.default_rng(0)
    for shape in ((1, 4), (4, 1), (3, 3), (2, 4), (4, 3)):
        for kind in range(6):
            w = rng.integers(-3, 4, shape)
            w = np.outer(w[:, 0], w[0]) if kind == 5 else w
            yield w, (w.T @ w if shape[0] >= shape[1] else w @ w.T)


def check_bounds():
    """(2): bound² I - WᵀW is positive semidefinite: its characteristic polynomial has no sign change below."""
    for w, gram in drawn():
        for rule in SPECTRAL_RULES:
            bound = spectral_bound_squared(lipref.exact(w), rule)
            assert below(gram, sp.Rational(bound.numerator, bound.denominator)), (w, rule)


def check_gram_bound():
    """(3): the code's bound, which is widened by its rounding."""
    for w, gram in drawn():
        for squarings in range(3):
            bound = gram_bound(np, gram.astype(float), max(w.shape), squarings)
            assert below(gram, sp.Rational(bound) * (1 + sp.Rational(1, 2**45))), (w, squarings)


def below(gram, bound):
    """Whether bound·I - gram is positive semidefinite: the coefficients of det(t I + bound I - gram) are >= 0."""
    t = sp.Symbol("t")
    matrix = sp.eye(gram.shape[0]) * (t + bound) - sp.Matrix(gram.tolist())
    return all(c >= 0 for c in sp.Poly(matrix.det(method="berkowitz"), t).all_coeffs())


if __name__ == "__main__":
    check_dual_vector()
    check_cauchy_schwarz()
    check_bounds()
    check_gram_bound()
