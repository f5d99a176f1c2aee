"""The derivative of the polar factor, finite at equal singular values, and its self-adjointness.

Claim. Let W = Q H, QᵀQ = I, H symmetric and positive definite, dW = D. Then

    (1)  dQ = Q X + (D - Q QᵀD) H⁻¹,   where H X + X H = QᵀD - DᵀQ
    (2)  with H = V diag(s) Vᵀ, X = V [(VᵀKV)_ij/(s_i + s_j)] Vᵀ for K = QᵀD - DᵀQ: no difference of singular values
    (3)  D ↦ dQ is self-adjoint
    (4)  X = Σ_j M^j K/(2c) with M Y = (E Y - (E Y)ᵀ)/(2c) and E = c I - H, wherever that converges

Derivation. QᵀQ = I makes X = QᵀdQ skew; D = dQ H + Q dH with dH symmetric. Multiply by Qᵀ: QᵀD = X H + dH; subtract the
transpose: QᵀD - DᵀQ = X H + H X. Multiply by I - QQᵀ: (I - QQᵀ) D = (I - QQᵀ) dQ H. That is (1). Conversely the X and
dQ of (1) satisfy both conditions, which is what is checked. (3): Q is the gradient of the nuclear norm Σ s_i, so dQ is
a Hessian; or, from (2), K ↦ X is self-adjoint on skew matrices. (4): H X + X H = K is 2c X = K + E X + X E, and
X E = -(E X)ᵀ.

Level. (1), (2): the code of lipref on symbols, q a fixed rational orthonormal 3×2 matrix, V a rational rotation, s and
the six entries of D symbolic. (3), (4): same, in addition at equal singular values.
"""

import numpy as np
import sympy as sp

from lipref.polar import _by_eigenvectors

Q = np.array([[1, 2], [2, 1], [2, -2]], dtype=object) * sp.Rational(1, 3)
V = np.array([[3, -4], [4, 3]], dtype=object) * sp.Rational(1, 5)
VALUES = np.array(sp.symbols("s1 s2", positive=True), dtype=object)


def symbols(name):
    return np.array([[sp.Symbol(f"{name}{i}{j}", real=True) for j in range(2)] for i in range(3)], dtype=object)


def derivative(values, d):
    """(dQ, X), by the code of lipref."""
    inner = Q.T @ d
    x, z = _by_eigenvectors(np, values, V, inner - inner.T, d - Q @ inner)
    return Q @ x + z, x


def vanishes(a):
    return all(sp.simplify(v) == 0 for v in np.ravel(a))


def check_derivative_of_the_polar_factor():
    """(1) and (2): QᵀdQ is skew, and D - dQ H = Q dH with dH symmetric: dQ is the one derivative of Q."""
    d, h = symbols("d"), (V * VALUES) @ V.T
    dq, x = derivative(VALUES, d)
    assert vanishes(h @ x + x @ h - (Q.T @ d - d.T @ Q))
    assert vanishes(Q.T @ dq + dq.T @ Q)
    rest = d - dq @ h
    dh = Q.T @ rest
    assert vanishes(dh - dh.T)
    assert vanishes(rest - Q @ dh)


def check_self_adjoint():
    """(3), for different and for equal singular values."""
    d, u = symbols("d"), symbols("u")
    for values in (VALUES, np.array([VALUES[0], VALUES[0]], dtype=object)):
        forward, backward = derivative(values, d)[0], derivative(values, u)[0]
        assert sp.simplify(sum(np.ravel(u * forward - backward * d))) == 0


def check_fixed_point():
    """(4): the X of (2) is the fixed point X = (K + E X - (E X)ᵀ)/(2c), for every c."""
    c = sp.Symbol("c", positive=True)
    d, h = symbols("d"), (V * VALUES) @ V.T
    k, x = Q.T @ d - d.T @ Q, derivative(VALUES, d)[1]
    moved = (c * np.eye(2, dtype=object) - h) @ x
    assert vanishes((k + moved - moved.T) / (2 * c) - x)


if __name__ == "__main__":
    check_derivative_of_the_polar_factor()
    check_self_adjoint()
    check_fixed_point()
