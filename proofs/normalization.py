"""Rescalings of a weight to norm r: jvp, pull-back, and why the singular vectors may be held fixed.

Claims. For a norm N with gradient g at w and y = r w/N(w): (a) dy = (r/N)(dw - y ⟨g, dw⟩/r), with the transpose dw =
(r/N)(dy - g ⟨y, dy⟩/r): `row_normalize_*`, and `frobenius_normalize_*` with g = w/N. (b) The gradient of the p-norm
is sign(w) (|w|/N)^(p-1). (c) sigma = uᵀWv has the gradient u vᵀ in W, and at a pair of singular vectors its
derivative in u and v along the unit spheres vanishes; so holding them fixed gives the true derivative of W/‖W‖₂ where
the largest singular value is simple: `spectral_normalize_*`.

Level. (a): any homogeneous differentiable N, by the quotient rule, checked symbolically for the 2- and the 3-norm of
three positive entries. (b): symbolic p, three positive entries (signs enter through w ↦ |w|). (c): any u, v, W for
the gradient (3×2, symbolic); stationarity from Wv = sigma u, Wᵀu = sigma v. The code: against these formulas in
float64.
"""

import numpy as np
import sympy as sp

from lipref.normalization import (
    frobenius_normalize_backward,
    frobenius_normalize_forward,
    frobenius_normalize_jvp,
    row_normalize_backward,
    row_normalize_forward,
    row_normalize_jvp,
    spectral_normalize_backward,
    spectral_normalize_forward,
    spectral_normalize_jvp,
)

W = sp.Matrix(sp.symbols("w:3", positive=True))
D = sp.Matrix(sp.symbols("d:3", real=True))
G = sp.Matrix(sp.symbols("g:3", real=True))
P, R = sp.symbols("p r", positive=True)
ROUNDING = 64 * 2.0**-52


def norm(p):
    """p-norm of three positive entries."""
    return sum(w**p for w in W) ** (sp.Integer(1) / p)


def check_gradient_of_the_norm():
    """(b) for symbolic p."""
    n = norm(P)
    for w in W:
        assert sp.simplify(sp.diff(n, w) - (w / n) ** (P - 1)) == 0


def check_rescaling():
    """(a) by the quotient rule, and the transpose."""
    for p in (2, 3):
        n = norm(sp.Integer(p))
        y, gradient = R * W / n, sp.Matrix([sp.diff(n, w) for w in W])
        jvp = R / n * (D - y * gradient.dot(D) / R)
        assert (y.jacobian(W) * D - jvp).applyfunc(sp.simplify) == sp.zeros(3, 1)
        backward = R / n * (G - gradient * y.dot(G) / R)
        assert sp.simplify(G.dot(jvp) - backward.dot(D)) == 0


def check_spectral():
    """(c) d(W/sigma) with u, v fixed, its transpose, and stationarity of sigma in u and v."""
    w, dw, g = (sp.Matrix(3, 2, lambda i, j, s=s: sp.Symbol(f"{s}{i}{j}", real=True)) for s in "wdg")
    u, v = sp.Matrix(sp.symbols("u:3", real=True)), sp.Matrix(sp.symbols("v:2", real=True))
    step = sp.Symbol("h", real=True)
    sigma = u.dot(w * v)
    y = w / sigma
    moved = ((w + step * dw) / u.dot((w + step * dw) * v)).diff(step).subs(step, 0)
    jvp = (dw - y * u.dot(dw * v)) / sigma
    assert (moved - jvp).applyfunc(sp.simplify) == sp.zeros(3, 2)
    inner = sum(y.multiply_elementwise(g))
    backward = (g - inner * u * v.T) / sigma
    assert sp.simplify(sum(g.multiply_elementwise(jvp)) - sum(backward.multiply_elementwise(dw))) == 0
    # du ⟂ u: the change of sigma is duᵀWv = sigma duᵀu = 0; likewise for v. In symbols, with Wv replaced by sigma u:
    du, s = sp.Matrix(sp.symbols("e:3", real=True)), sp.Symbol("s", positive=True)
    tangent = du - u * u.dot(du) / u.dot(u)
    assert sp.simplify(tangent.dot(s * u)) == 0


def check_code():
    """The functions compute these formulas."""
    rng = np.random.default_rng(0)
    w, d, g = (rng.standard_normal((3, 4)) for _ in range(3))
    n, r = np.linalg.norm(w), 1.5
    _, residuals = frobenius_normalize_forward(w, r)
    y = r * w / n
    assert np.abs(frobenius_normalize_jvp(residuals, d) - r / n * (d - y * np.sum(w / n * d) / r)).max() < ROUNDING
    assert np.abs(frobenius_normalize_backward(residuals, g) - r / n * (g - w / n * np.sum(y * g) / r)).max() < ROUNDING
    for p in (1, 1.5, 3):
        n = np.linalg.norm(w, ord=p, axis=1, keepdims=True)
        y, gradient = r * w / n, np.sign(w) * (np.abs(w) / n) ** (p - 1)
        _, residuals = row_normalize_forward(w, p, r)
        jvp = r / n * (d - y * np.sum(gradient * d, axis=1, keepdims=True) / r)
        backward = r / n * (g - gradient * np.sum(y * g, axis=1, keepdims=True) / r)
        assert np.abs(row_normalize_jvp(residuals, d) - jvp).max() < ROUNDING
        assert np.abs(row_normalize_backward(residuals, g) - backward).max() < ROUNDING
    y, residuals = spectral_normalize_forward(w, steps=3)
    u, v, sigma = residuals.u, residuals.v, residuals.sigma
    assert np.abs(spectral_normalize_jvp(residuals, d) - (d - y * (u @ d @ v)) / sigma).max() < ROUNDING
    backward = (g - np.sum(y * g) * np.outer(u, v)) / sigma
    assert np.abs(spectral_normalize_backward(residuals, g) - backward).max() < ROUNDING


check_gradient_of_the_norm()
check_rescaling()
check_spectral()
check_code()
