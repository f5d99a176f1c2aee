"""The derivative of a Björck step, and why one formula serves jvp and backward.

Claim. Let W be (r, k), E = I - WᵀW, P = Σ c_i E^i for i <= p, F(W) = W P, L(S) = Σ_i c_i Σ_{a+b=i-1} E^a S E^b. Then

    (1)  dF = D P - 2 W L(sym(WᵀD))        for dW = D, sym(S) = (S + Sᵀ)/2
    (2)  ⟨U, dF(D)⟩ = ⟨dF(U), D⟩            the derivative is self-adjoint
    (3)  at orthonormal W, dF(D) = D - W sym(WᵀD), whatever the order, and dF(dF(D)) = dF(D)

Derivation. dE = -(DᵀW + WᵀD) = -2 sym(WᵀD). E and dE do not commute, so d(E^i) = Σ_{a+b=i-1} E^a dE E^b (checked with
non-commuting symbols, so for matrices of any size), whence dP = L(dE) = -2 L(sym(WᵀD)), and the product rule gives (1).
(2): D ↦ D P is self-adjoint since P is symmetric; D ↦ W L(sym(WᵀD)) is M* L sym M with M D = WᵀD, and L is
self-adjoint on symmetric matrices, since ⟨T, E^a S E^b⟩ = ⟨E^a T E^b, S⟩ for symmetric S and T, and the sum runs over
all (a, b). So the reverse pass of a chain of steps is the same map, applied to the iterates in reverse.
(3): E = 0, P = c_0 I = I and L(S) = c_1 S = S/2; Wᵀ(D - W sym(WᵀD)) is skew, so that applying it twice adds nothing.

Level. The expansion of E^i: any size, orders 1 to 4. (1) with the code of lipref run on symbols: 3×2, all entries
symbolic, orders 1 and 2; on exact rationals 3×2, orders 3 and 4. (2) and (3): exact rationals, orders 1 to 4.
"""

import numpy as np
import sympy as sp

from lipref.bjorck import _horner, _step_derivative, bjorck_coefficients, identity, tangent


def symbols(name, rows, columns):
    """Object array of real symbols: lipref's own code computes with them."""
    return np.array(
        [[sp.Symbol(f"{name}{i}{j}", real=True) for j in range(columns)] for i in range(rows)], dtype=object
    )


def rationals(seed, rows=3, columns=2):
    """Object array of rationals with small denominators."""
    draw = np.random.default_rng(seed).integers(-9, 10, (rows, columns))
    return np.array([[sp.Rational(int(v), 7) for v in row] for row in draw], dtype=object)


def step(w, order):
    """(F(W), P), by the portable text."""
    gram = w.T @ w
    p = _horner(np, identity(np, gram) - gram, order)[0]
    return w @ p, p


def vanishes(a):
    """Whether all entries are identically zero."""
    return all(sp.expand(v) == 0 for v in np.ravel(a))


def inner(a, b):
    return sum(np.ravel(a * b))


def check_powers_do_not_commute():
    """d(E^i) along dE is the sum over a + b = i - 1 of E^a dE E^b."""
    e, de = sp.symbols("E dE", commutative=False)
    t = sp.Symbol("t")
    for order in range(1, 5):
        c = bjorck_coefficients(order)
        moved = sum(c[i].numerator * sp.Rational(1, c[i].denominator) * (e + t * de) ** i for i in range(order + 1))
        first = sp.expand(moved).coeff(t, 1)
        expected = sum(
            sp.Rational(c[i].numerator, c[i].denominator) * e**a * de * e ** (i - 1 - a)
            for i in range(1, order + 1)
            for a in range(i)
        )
        assert sp.expand(first - expected) == 0


def check_step_derivative():
    """(1), by differentiating F entry by entry."""
    w, d = symbols("w", 3, 2), symbols("d", 3, 2)
    for order in (1, 2):
        y, p = step(w, order)
        expected = sum(
            np.vectorize(lambda v, x=x: sp.diff(v, x), otypes=[object])(y) * t for x, t in zip(w.flat, d.flat)
        )
        assert vanishes(_step_derivative(np, w, p, order, d) - expected)
    t = sp.Symbol("t", real=True)
    w, d = rationals(0), rationals(1)
    for order in (3, 4):
        y, _ = step(w + t * d, order)
        expected = np.vectorize(lambda v: sp.expand(v).coeff(t, 1), otypes=[object])(y)
        assert vanishes(_step_derivative(np, w, step(w, order)[1], order, d) - expected)


def check_self_adjoint():
    """(2), at exact rationals, tall and square."""
    for order in range(1, 5):
        for rows in (2, 3):
            w, d, u = (rationals(seed, rows) for seed in (2, 3, 4))
            p = step(w, order)[1]
            forward, backward = (_step_derivative(np, w, p, order, v) for v in (d, u))
            assert inner(u, forward) == inner(backward, d)


def check_projection_at_orthonormal():
    """(3), at q with columns (1, 2, 2)/3 and (2, 1, -2)/3."""
    q = np.array([[1, 2], [2, 1], [2, -2]], dtype=object) * sp.Rational(1, 3)
    d = symbols("d", 3, 2)
    once = tangent(np, q, d)
    assert vanishes(tangent(np, q, once) - once)
    for order in range(1, 5):
        y, p = step(q, order)
        assert vanishes(y - q)
        assert vanishes(_step_derivative(np, q, p, order, d) - once)


if __name__ == "__main__":
    check_powers_do_not_commute()
    check_step_derivative()
    check_self_adjoint()
    check_projection_at_orthonormal()
