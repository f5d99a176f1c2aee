"""Attacks: inputs near x that a classifier gets wrong, found by its gradient; they bound robustness from above.

The loss is the one of [SO-CW-f6] in the untargeted form, the margin of the true class, to be made negative:

    f₆(x) = y_t - max_{i≠t} y_i

Fast gradient step (`fgs`): one step of length ε against ∇f₆. Projected gradient descent (`pgd`): steps of a fixed
length with projection onto the ball and onto the box of lawful inputs, random starts, restarts; of all points visited
the one with the smallest margin is returned. Steepest directions: the sign of the gradient in ℓ∞, the normalised
gradient in ℓ2; where the gradient vanishes the step is zero.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lipref._array import Array, namespace, require_integer, require_number
from lipref.errors import DomainError, DTypeError, ShapeError
from lipref.losses import one_hot

Box = tuple[float, float] | None


def f6(logits: Array, labels: Array) -> Array:
    """y_t - max_{i≠t} y_i of each row, negative where another class wins."""
    return f6_forward(logits, labels)[0]


def f6_forward(logits: Array, labels: Array) -> tuple[Array, Array]:
    """`f6` and its gradient with respect to the logits, (..., C): +1 at the true class, -1 at the first best other."""
    xp, true = one_hot("f6", logits, labels)
    gaps = xp.sum(logits * true, axis=-1, keepdims=True) - logits
    # the true class itself is moved out of the minimum
    others = gaps + true * (1 + xp.max(gaps, axis=-1, keepdims=True))
    best = xp.argmin(others, axis=-1, keepdims=True)
    rival = xp.astype(xp.arange(logits.shape[-1], dtype=best.dtype, device=logits.device) == best, logits.dtype)
    return xp.min(others, axis=-1), true - rival


def fgs(network: Any, x: Array, labels: Array, epsilon: float, *, norm: float = math.inf, box: Box = None) -> Array:
    """Fast gradient step: x moved by ε against the gradient of `f6`, clipped to `box`.

    Parameters
    ----------
    network : layer with logits as output, rows of x one sample each
    x : array, shape (batch, n)
    labels : integer array, shape (batch,)
    epsilon : number >= 0
    norm : inf or 2, the norm of the ball
    box : (low, high), or None: bounds of every lawful entry; x lies within
    """
    return pgd(network, x, labels, epsilon, norm=norm, steps=1, step_size=epsilon, box=box)


def pgd(
    network: Any,
    x: Array,
    labels: Array,
    epsilon: float,
    *,
    norm: float = math.inf,
    steps: int = 40,
    step_size: float | None = None,
    restarts: int = 1,
    rng: np.random.Generator | None = None,
    box: Box = None,
) -> Array:
    """Projected gradient descent on `f6` in the ball of radius `epsilon` around x, and in `box`.

    Parameters
    ----------
    network, x, labels, epsilon, norm, box : as `fgs`
    steps, restarts : int >= 1
    step_size : number >= 0; 2.5 · epsilon/steps when absent
    rng : numpy.random.Generator or None
        Start at x plus uniform noise in [-ε/10, ε/10] per entry, projected; without it at x, and one start only.

    Returns
    -------
    array like x: of all points visited, x among them, the one of least margin, row by row; within the ball up to the
    rounding of the sum
    """
    xp = namespace("pgd", x=x)
    if x.ndim != 2:
        raise ShapeError("pgd", "x of shape (batch, n)", f"{tuple(x.shape)}", shape=tuple(x.shape))
    require_number("pgd", "epsilon", epsilon, at_least=0)
    require_integer("pgd", "steps", steps, at_least=1)
    require_integer("pgd", "restarts", restarts, at_least=1)
    step_size = 2.5 * epsilon / steps if step_size is None else step_size
    require_number("pgd", "step_size", step_size, at_least=0)
    if norm not in (2, math.inf):
        raise DomainError("pgd", "norm 2 or inf", f"{norm}", norm=norm)
    if rng is None and restarts > 1:
        raise DTypeError("pgd", "rng for more than one start", "None")
    if box is not None and (not box[0] <= box[1] or bool(xp.any((x < box[0]) | (x > box[1])))):
        raise DomainError("pgd", f"x within the box {box}", "entries outside")

    def lawful(moved: Array) -> Array:
        """Projection onto the ball around x and, from there, onto the box; clipping moves no entry away from x."""
        delta = moved - x
        if norm == 2:
            size = xp.sqrt(xp.sum(delta * delta, axis=-1, keepdims=True))
            delta = delta * xp.where(size > epsilon, epsilon / xp.where(size > 0, size, size + 1), size * 0 + 1)
        else:
            delta = xp.clip(delta, -epsilon, epsilon)
        return x + delta if box is None else xp.clip(x + delta, *box)

    best, best_value = x, f6(network(x), labels)
    for _ in range(restarts):
        noise = None if rng is None else rng.uniform(-epsilon / 10, epsilon / 10, tuple(x.shape))
        point = x if noise is None else lawful(x + xp.asarray(noise, dtype=x.dtype, device=x.device))
        for step in range(steps + 1):
            logits, residuals = network.forward(point)
            value, slope = f6_forward(logits, labels)
            better = value < best_value
            best, best_value = xp.where(better[:, None], point, best), xp.where(better, value, best_value)
            if step < steps:
                gradient = network.backward(residuals, slope)[0]
                if norm == 2:
                    size = xp.sqrt(xp.sum(gradient * gradient, axis=-1, keepdims=True))
                    direction = gradient / xp.where(size > 0, size, size + 1)
                else:
                    direction = xp.sign(gradient)
                point = lawful(point - step_size * direction)
    return best


def accuracy(network: Any, x: Array, labels: Array) -> float:
    """Fraction of rows whose true class is strictly the largest logit; a tie is no decision."""
    xp = namespace("accuracy", x=x)
    if x.shape[0] == 0:
        raise DomainError("accuracy", "at least one sample", "an empty batch")
    return int(xp.sum(xp.astype(f6(network(x), labels) > 0, xp.int64))) / x.shape[0]
