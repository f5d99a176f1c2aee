"""The Parseval step [SO-Eq9]: a Björck step of order 1 with a step size, applied after a step of the optimiser.

    W ← (1 + β) W - β W WᵀW

It is a gradient step on (β/4) ‖WᵀW - I‖_F²: the gradient of ‖WᵀW - I‖_F² is 4 W (WᵀW - I). β = 1/2 is the Björck step.
Its derivative is self-adjoint, as that of every Björck step. Not covered: a β that varies along the iteration.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from lipref._array import Array, namespace, require_number, require_same_shape
from lipref.bjorck import require_weight
from lipref.errors import DomainError


def parseval_basin(beta: float) -> float:
    """√((1 + β)/β): for β in (0, 1/2] the Parseval step takes singular values in (0, this) to 1."""
    require_number("parseval_basin", "beta", beta, above=0)
    if beta > 0.5:
        raise DomainError("parseval_basin", "beta <= 1/2, beyond which 1 attracts only nearby values", f"{beta}")
    return math.sqrt((1 + beta) / beta)


class ParsevalResiduals(NamedTuple):
    """What the derivative of a Parseval step needs."""

    x: Array
    """(r, k): the weight, transposed if wide."""
    gram: Array
    """(k, k): xᵀx."""
    beta: float
    """The step size."""
    transposed: bool
    """Whether x is the transposed weight."""


def parseval_step(w: Array, beta: float) -> Array:
    """(1 + β) W - β W WᵀW [SO-Eq9]: a gradient step on (β/4) ‖WᵀW - I‖_F².

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0
    beta : float > 0
        1/2 makes it one Björck step of order 1; the paper uses 0.0003. Singular values s become (1 + β) s - β s³, so
        that 1 - s shrinks by about 1 - 2β a step.
    """
    return parseval_step_forward(w, beta)[0]


def parseval_step_forward(w: Array, beta: float) -> tuple[Array, ParsevalResiduals]:
    """`parseval_step` and its residuals; parameters and errors as there."""
    xp = namespace("parseval_step", w=w)
    require_weight("parseval_step", w)
    require_number("parseval_step", "beta", beta, above=0)
    beta = float(beta)
    transposed = w.shape[0] < w.shape[1]
    x = w.T if transposed else w
    gram = xp.matmul(x.T, x)
    y = (1 + beta) * x - beta * xp.matmul(x, gram)
    return (y.T if transposed else y), ParsevalResiduals(x, gram, beta, transposed)


def parseval_step_backward(residuals: ParsevalResiduals, dy: Array) -> Array:
    """Cotangent of the weight: (1 + β) dy - β (dy xᵀx + x dyᵀx + x xᵀdy), the same map as the jvp."""
    return _parseval_derivative("parseval_step_backward", "dy", residuals, dy)


def parseval_step_jvp(residuals: ParsevalResiduals, dw: Array) -> Array:
    """Tangent of the result, given the tangent `dw` of the weight."""
    return _parseval_derivative("parseval_step_jvp", "dw", residuals, dw)


def _parseval_derivative(function: str, name: str, residuals: ParsevalResiduals, d: Array) -> Array:
    x, gram, beta, transposed = residuals
    xp = namespace(function, **{name: d, "x": x})
    d = d.T if transposed else d
    require_same_shape(function, x=x, **{name: d})
    inner = xp.matmul(x.T, d)
    dx = (1 + beta) * d - beta * (xp.matmul(d, gram) + xp.matmul(x, inner + inner.T))
    return dx.T if transposed else dx
