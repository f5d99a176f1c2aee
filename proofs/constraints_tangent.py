"""The pull-back of weights that are kept orthonormal: the tangent projection is the derivative of the polar factor.

Claim. At q with qᵀq = I the map d ↦ d - q sym(qᵀd), sym(S) = (S + Sᵀ)/2, is (a) the derivative of the polar factor
w (wᵀw)^(-1/2) at q, (b) its own adjoint, (c) idempotent, with values in the tangent space sym(qᵀd) = 0.
`constraints.Orthonormal.backward` computes it, also for wide q.

Level. (b), (c): non-commutative algebra on a symbolic 3×2 q whose entries satisfy the orthonormality relations by a
rational parametrisation, for all its parameters. (a): along d the first-order change E of wᵀw is 2 sym(qᵀd), and
(I + E)^(-1/2) = I - E/2 + O(E²), the derivative of the square root at the identity, in any dimension; checked on the
same parametrised q by comparing both sides of the first-order equation. The code: at rational q, to rounding.
"""

import numpy as np
import sympy as sp

from lipref.constraints import Orthonormal

s, t, step = sp.symbols("s t h", real=True)


def rotation(parameter, first, second):
    """Rational rotation of 3-space in one coordinate plane."""
    c, d = (1 - parameter**2) / (1 + parameter**2), 2 * parameter / (1 + parameter**2)
    result = sp.eye(3)
    result[first, first] = result[second, second] = c
    result[first, second], result[second, first] = -d, d
    return result


Q = (rotation(s, 0, 1) * rotation(t, 1, 2))[:, :2]
D = sp.Matrix(3, 2, lambda i, j: sp.Symbol(f"d{i}{j}", real=True))
G = sp.Matrix(3, 2, lambda i, j: sp.Symbol(f"g{i}{j}", real=True))


def projection(d):
    """d - q sym(qᵀd)"""
    inner = Q.T * d
    return d - Q * (inner + inner.T) / 2


def zero(matrix):
    """Whether every entry simplifies to zero."""
    return all(sp.simplify(entry) == 0 for entry in matrix)


def check_orthonormal():
    """The parametrisation has orthonormal columns."""
    assert zero(Q.T * Q - sp.eye(2))


def check_projection():
    """(b) ⟨g, P d⟩ = ⟨P g, d⟩, (c) P P d = P d and sym(qᵀ P d) = 0."""
    once = projection(D)
    assert sp.simplify(sum(G.multiply_elementwise(once)) - sum(projection(G).multiply_elementwise(D))) == 0
    assert zero(projection(once) - once)
    inner = Q.T * once
    assert zero(inner + inner.T)


def check_derivative_of_the_polar_factor():
    """(a) w(h) = q + h d = p(h) k(h), kᵀ = k: with p' = P d and k' = sym(qᵀd) both sides agree to first order in h.

    p' q + q k' = d, pᵀp stays I to first order and k stays symmetric; the decomposition of full rank is unique.
    """
    inner = Q.T * D
    k_prime = (inner + inner.T) / 2
    p_prime = projection(D)
    assert zero(p_prime + Q * k_prime - D)
    change = Q.T * p_prime + p_prime.T * Q
    assert zero(change)
    assert k_prime == k_prime.T


def check_code():
    """The code at rational points, tall and wide: forty roundings of numbers below ten."""
    rng = np.random.default_rng(0)
    for a, b in ((sp.Rational(1, 2), sp.Rational(1, 3)), (sp.Rational(-2), sp.Rational(3, 4))):
        q = np.array(Q.subs({s: a, t: b}).tolist(), dtype=float)
        d = rng.integers(-9, 10, (3, 2)).astype(float)
        values = {entry: sp.Rational(int(v)) for entry, v in zip(D, d.ravel())}
        expected = np.array(projection(D).subs({s: a, t: b}).subs(values).tolist(), dtype=float)
        for weight, tangent, wanted in ((q, d, expected), (q.T, d.T, expected.T)):
            _, residuals = Orthonormal().forward(weight)
            assert np.max(np.abs(Orthonormal().backward(residuals, tangent) - wanted)) < 40 * 10 * 2.0**-52


check_orthonormal()
check_projection()
check_derivative_of_the_polar_factor()
check_code()
