"""Slopes and curvatures of the losses are the derivatives of their definitions.

Claim. For each loss of lipref.losses the residuals hold ℓ' and ℓ'' (or the gradient of a row, and T² (diag p - p pᵀ) as
its second derivative) of the printed term, on every smooth piece.

Level. Binary cross-entropy and softmax cross-entropy: symbolic, for all real scores and all T > 0, the latter for three
classes. Piecewise-linear losses (KR, hinge, hKR, multiclass hinge): symbolic on each linear piece, and the functions
themselves on rational points of every piece, exactly.
"""

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp

from lipref import exact
from lipref.losses import (
    bce_forward,
    cross_entropy_forward,
    hinge_forward,
    hkr_forward,
    kr_forward,
    multiclass_hinge_forward,
    rows_jvp_backward,
)

f, temperature = sp.symbols("f", real=True), sp.symbols("T", positive=True)


def check_bce():
    """-y T σ(-T y f) and T² e^{-|z|}/(1 + e^{-|z|})² are ℓ' and ℓ'' of log(1 + exp(-T y f)); the code agrees."""
    for y in (1, -1):
        z = temperature * y * f
        term = sp.log(1 + sp.exp(-z))
        slope = -y * temperature / (1 + sp.exp(z))
        assert sp.simplify(sp.diff(term, f) - slope) == 0
        curvature = temperature**2 * sp.exp(-z) / (1 + sp.exp(-z)) ** 2
        assert sp.simplify(sp.diff(term, f, 2) - curvature) == 0
        # even in z: the code's -|z| is as good as -z
        assert sp.simplify(curvature - curvature.subs(f, -f)) == 0
        for value in (-3, -0.5, 0, 0.25, 4):
            _, residuals = bce_forward(np.array([float(value)]), np.array([y]), temperature=1.5, reduction="none")
            at = {f: value, temperature: sp.Rational(3, 2)}
            # five roundings of a number below T² = 2.25
            assert abs(residuals.slopes[0] - float(slope.subs(at).evalf(30))) < 1e-14
            assert abs(residuals.curvatures[0] - float(curvature.subs(at).evalf(30))) < 1e-14


def check_cross_entropy():
    """T (p - e_t) and T² (diag p - p pᵀ) for three classes and every true class; the code agrees."""
    logits = sp.symbols("y0:3", real=True)
    total = sum(sp.exp(temperature * y) for y in logits)
    p = [sp.exp(temperature * y) / total for y in logits]
    for true in range(3):
        term = sp.log(total) - temperature * logits[true]
        for i in range(3):
            assert sp.simplify(sp.diff(term, logits[i]) - temperature * (p[i] - int(i == true))) == 0
            for j in range(3):
                second = temperature**2 * (p[i] * int(i == j) - p[i] * p[j])
                assert sp.simplify(sp.diff(term, logits[i], logits[j]) - second) == 0
        values, tangent = [0.5, -1.0, 0.25], [1.0, 2.0, -1.0]
        _, residuals = cross_entropy_forward(np.array([values]), np.array([true]), temperature=1.5)
        at = dict(zip(logits, values)) | {temperature: sp.Rational(3, 2)}
        expected = [float(sp.diff(term, y).subs(at).evalf(30)) for y in logits]
        hessian = [
            float(sum(sp.diff(term, y, z).subs(at).evalf(30) * t for z, t in zip(logits, tangent))) for y in logits
        ]
        # a dozen roundings of numbers below ten
        assert np.max(np.abs(residuals.slopes[0] - expected)) < 1e-13
        assert np.max(np.abs(rows_jvp_backward(residuals, np.array([tangent]))[0] - hessian)) < 1e-13


def check_piecewise_linear():
    """On each piece the derivative of the printed term, symbolically; the code's slope at a rational point of it."""
    m, weight = sp.Rational(1), sp.Rational(3)
    for y, active in product((1, -1), (True, False)):
        score = Fraction(1, 2) * y if active else Fraction(3, 2) * y  # y f below or above the margin 1
        gap = m - y * f if active else sp.Integer(0)
        for forward, term in (
            (lambda s, t: kr_forward(s, t, reduction="none"), -y * f),
            (lambda s, t: hinge_forward(s, t, 1, reduction="none"), gap),
            (lambda s, t: hkr_forward(s, t, 1, 3, reduction="none"), -y * f + weight * gap),
        ):
            value, residuals = forward(exact([score]), np.array([y]))
            assert sp.Rational(str(value[0])) == term.subs(f, sp.Rational(str(score)))
            assert sp.Rational(str(residuals.slopes[0])) == sp.diff(term, f)
            assert residuals.curvatures[0] == 0


def check_multiclass_hinge():
    """Σ_{i≠t} max(0, κ - (y_t - y_i)) on every one of the 2³ patterns of active classes, for four classes, t = 1."""
    logits, margin, true = sp.symbols("y0:4", real=True), Fraction(1), 1
    for pattern in product((True, False), repeat=3):
        others = [i for i in range(4) if i != true]
        values = [Fraction(0)] * 4
        for i, active in zip(others, pattern):
            values[i] = Fraction(-1, 2) if active else Fraction(-3, 2)
        term = sum(1 - (logits[true] - logits[i]) for i, active in zip(others, pattern) if active)
        value, residuals = multiclass_hinge_forward(exact([values]), np.array([true]), margin)
        at = {y: sp.Rational(str(v)) for y, v in zip(logits, values)}
        assert sp.Rational(str(value)) == sp.sympify(term).subs(at)
        assert [sp.Rational(str(s)) for s in residuals.slopes[0]] == [sp.diff(term, y) for y in logits]


check_bce()
check_cross_entropy()
check_piecewise_linear()
check_multiclass_hinge()
