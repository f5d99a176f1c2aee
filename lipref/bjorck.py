"""Björck orthonormalisation of a weight, by an iteration of any order.

Definition [SO-Eq3]. With E = I - WᵀW and the coefficients c_i = C(2i, i)/4^i of (1 - e)^(-1/2), one step of order p is

    W ← W P,     P = Σ_{i<=p} c_i E^i          p = 1:  P = (3 I - WᵀW)/2

It keeps the singular vectors of W and maps each singular value s to g_p(s) = s Σ c_i (1 - s²)^i (`bjorck_scalar`).
Singular values in (0, s_p) (`bjorck_basin`) tend to 1, so W tends to its polar factor, the nearest orthonormal matrix;
0 stays 0: a rank-deficient weight tends to a partial isometry, of norm 1, whose zero singular values no iteration
moves. One step turns E into a matrix of norm <= ‖E‖^(p+1) where ‖E‖ <= 1. The condition ‖WᵀW - I‖ < 1 of the paper is
sufficient and, for wide W, never met: what counts are the nonzero singular values, at most s_p.

Shapes. Always the shorter side: a wide W (m < n) is transposed, W ← P W with E = I - W Wᵀ.

Derivative. With L(S) = Σ_i c_i Σ_{a+b=i-1} E^a S E^b, the derivative of P along dE, one step has

    dW ↦ dW P - 2 W L(sym(Wᵀ dW)),     sym(S) = (S + Sᵀ)/2          p = 1:  dW P - W sym(Wᵀ dW)

P, L and sym are self-adjoint, and so is this map: backward is the same formula as jvp, over the iterates in reverse.

Safety. Outside the basin the iteration flips singular values to -1 or diverges. The Gram matrix, formed anyway, bounds
σ_max; only where that bound does not do is σ_max computed, and the weight divided by it (or refused). The backward pass
differentiates that division too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lipref._array import (
    Array,
    epsilon,
    is_exact,
    library,
    namespace,
    require_choice,
    require_integer,
    require_number,
)
from lipref.errors import ConvergenceError, DomainError, ShapeError
from lipref.norms import SPECTRAL_RULES, spectral_bound, spectral_bound_gradient

SCALINGS = ("spectral-if-needed", "none", "spectral", *SPECTRAL_RULES)
"""Names of the rules by which a weight is scaled before the first step."""

DEFAULT_ITERATIONS = 15
"""Steps taken when neither a number nor a tolerance is given: what the paper calls typical at the end of training."""

LIMIT = 100
"""Most steps taken towards a tolerance: enough for singular values down to 1.5^-90 = 1e-16."""


class BjorckResiduals(NamedTuple):
    """The steps of one orthonormalisation; r >= k are the longer and the shorter side of the weight."""

    iterates: tuple[Array, ...]
    """Each (r, k): the scaled weight and what followed, one per step, the result excluded."""
    multipliers: tuple[Array, ...]
    """Each (k, k), symmetric: the matrix P of each step."""
    settled: Array | None
    """(r, k): the result, if steps were left when it was orthonormal to rounding; they would not have moved it."""
    order: int
    """The order p of the steps."""
    transposed: bool
    """Whether the weight is wide, so that all of the above is of its transpose."""
    scale: Array | None
    """(): what the weight was divided by before the first step; None if it was not."""
    scale_gradient: Array | None
    """(r, k): gradient of `scale` with respect to the weight."""


@lru_cache(typed=True)  # typed: True is no order
def bjorck_coefficients(order: int) -> tuple[Fraction, ...]:
    """c_0, ..., c_p: the first Taylor coefficients of (1 - e)^(-1/2), C(2i, i)/4^i.

    >>> bjorck_coefficients(3)
    (Fraction(1, 1), Fraction(1, 2), Fraction(3, 8), Fraction(5, 16))
    """
    require_integer("bjorck_coefficients", "order", order, at_least=1)
    return tuple(Fraction(math.comb(2 * i, i), 4**i) for i in range(order + 1))


def bjorck_scalar(s: Any, order: int = 1) -> Any:
    """g_p(s) = s Σ c_i (1 - s²)^i: what one step does to a singular value; s is anything that + and * are defined for.

    >>> bjorck_scalar(Fraction(1, 2))
    Fraction(11, 16)
    """
    exact = isinstance(s, int | Fraction) or type(s).__module__.startswith("sympy")
    total = 0
    for c in reversed(bjorck_coefficients(order)):
        total = total * (1 - s * s) + (c if exact else float(c))
    return s * total


@lru_cache(typed=True)  # typed: True is no order
def bjorck_basin(order: int) -> float:
    """s_p: the singular values that tend to 1 are those in (0, s_p), and it is the largest such interval.

    For odd p the positive zero of g_p, for even p its fixed point above 1; √3 for p = 1, √(7/3) for p = 2. Above s_1
    there are further bands of convergence to -1 and to 1, up to √5, beyond which order 1 diverges.
    """
    coefficients = bjorck_coefficients(order)
    # g_p(s)/s = Σ c_i e^i at e = 1 - s² for odd p; (g_p(s)/s - 1)/e for even p: one zero with e < 0, between -2 and -1
    polynomial = coefficients if order % 2 else coefficients[1:]
    low, high = Fraction(-2), Fraction(-1)
    while high - low > Fraction(1, 2**60):
        middle = (low + high) / 2
        negative = sum(c * middle**i for i, c in enumerate(polynomial)) < 0
        low, high = (middle, high) if negative else (low, middle)
        low, high = low.limit_denominator(2**64), high.limit_denominator(2**64)
    return math.sqrt(1 - high)


def bjorck_iterations_needed(smallest: float, tolerance: float, *, order: int = 1) -> int:
    """Steps after which a singular value `smallest` in (0, s_p) has |1 - s²| <= `tolerance`.

    About log(1/smallest)/log(g_p'(0)) steps to come near 1, g_1'(0) = 3/2, and then log log(1/tolerance).
    """
    require_number("bjorck_iterations_needed", "smallest", smallest, above=0)
    require_number("bjorck_iterations_needed", "tolerance", tolerance, above=0)
    if smallest >= bjorck_basin(order):
        raise DomainError(
            "bjorck_iterations_needed", f"a singular value in (0, {bjorck_basin(order)})", f"{smallest}", order=order
        )
    steps, s = 0, float(smallest)
    while abs(1 - s * s) > max(tolerance, 2.0**-52):
        s, steps = bjorck_scalar(s, order), steps + 1
    return steps


def bjorck(
    w: Array,
    *,
    order: int = 1,
    iterations: int | None = None,
    tolerance: float | None = None,
    scaling: str = "spectral-if-needed",
) -> Array:
    """The weight after some steps of the Björck iteration, or after as many as a tolerance takes.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, float32 or float64
    order : int >= 1
        p: a step costs p + 1 products of the size of the weight and multiplies the digits of orthonormality by p + 1.
    iterations : int >= 1, optional
        Number of steps; 15 when neither this nor `tolerance` is given; with `tolerance`, the most that are taken (100
        when absent). Steps that would not move the result beyond rounding are left out.
    tolerance : float > 0, optional
        Go on until ‖I - QᵀQ‖_F (of the shorter side) is at most this, apart from the rounding of the last step; at
        least one step.
    scaling : str
        "spectral-if-needed"    W/σ_max where σ_max could be s_p or more, else W as it is
        "none"                  W as it is; an error where σ_max is s_p or more
        "spectral"              W/σ_max always
        a rule of `norms.spectral_bound`: W/bound always. The zero matrix is never scaled.

    Returns
    -------
    array, shape and dtype of `w`. All singular values lie in [0, 1], up to rounding, if those of the scaled weight do;
    zero ones stay zero.

    Raises
    ------
    DomainError
        Rule "none" and a σ_max outside the basin (the message names it); NaN or infinity.
    ConvergenceError
        The tolerance was not reached: `w` is rank-deficient, or nearly so.

    Notes
    -----
    [SO-Eq3]. Only in the limit does q not depend on positive factors of w; after finitely many steps it does.

    >>> import numpy as np
    >>> bjorck(np.array([[0.5]]), iterations=1)
    array([[0.6875]])
    """
    return bjorck_forward(w, order=order, iterations=iterations, tolerance=tolerance, scaling=scaling)[0]


def bjorck_forward(
    w: Array,
    *,
    order: int = 1,
    iterations: int | None = None,
    tolerance: float | None = None,
    scaling: str = "spectral-if-needed",
) -> tuple[Array, BjorckResiduals]:
    """`bjorck` and its residuals; parameters and errors as there."""
    xp = namespace("bjorck", w=w)
    require_weight("bjorck", w)
    require_integer("bjorck", "order", order, at_least=1)
    require_choice("bjorck", "scaling", scaling, SCALINGS)
    if iterations is not None:
        require_integer("bjorck", "iterations", iterations, at_least=1)
    if tolerance is not None:
        require_number("bjorck", "tolerance", tolerance, above=0)
    limit = iterations or (DEFAULT_ITERATIONS if tolerance is None else LIMIT)
    transposed = w.shape[0] < w.shape[1]
    x, scale, scale_gradient = _scaled(xp, w.T if transposed else w, scaling)
    rows, columns = x.shape
    iterate_buffers, gram_buffers = (_buffers(x, n, columns, min(limit, 8)) for n in (rows, columns))
    gram = product(xp, x.T, x, next(gram_buffers))
    if scaling in ("spectral-if-needed", "none") and not _inside(xp, gram, rows, order):
        x, scale, scale_gradient = _brought_inside(xp, x, order, scaling)
        gram = product(xp, x.T, x)
    iterates, multipliers, done = [], [], False
    for step in range(limit):
        if step:
            gram = product(xp, x.T, x, next(gram_buffers))
        p, defect = multiplier(xp, gram, order)
        iterates.append(x)
        multipliers.append(p)
        after = defect ** (order + 1) if defect < 1 else defect
        done = after <= (epsilon(xp, w) if tolerance is None else tolerance)
        last = done or step == limit - 1
        x = product(xp, x, p, None if last else next(iterate_buffers))  # the result shares no memory with the residuals
        if done:
            break
    if tolerance is not None and not done:
        raise ConvergenceError(
            "bjorck",
            f"‖I - QᵀQ‖_F <= {tolerance} within {limit} steps",
            f"{defect:.3g} before the last; the weight is rank-deficient or needs more steps",
            defect=defect,
            iterations=limit,
        )
    settled = x if tolerance is None and len(iterates) < limit else None
    residuals = BjorckResiduals(tuple(iterates), tuple(multipliers), settled, order, transposed, scale, scale_gradient)
    return (x.T if transposed else x), residuals


def bjorck_backward(residuals: BjorckResiduals, dq: Array) -> Array:
    """Cotangent of the weight, given the cotangent of `bjorck`'s result.

    Parameters
    ----------
    residuals : BjorckResiduals
    dq : array, shape (m, n), library and dtype of the weight

    Returns
    -------
    dw : array, shape (m, n)

    Raises
    ------
    ShapeError
        `dq` has not the shape of the weight.

    Notes
    -----
    The exact derivative of the steps taken, the scaling included; the number of steps and the decision to scale are
    held fixed. Where steps were left out, theirs is that of one step at an orthonormal matrix, the projection
    dq - q sym(qᵀdq), which repeats itself. Derivation: proofs/orthogonal_bjorck_backward.py
    """
    xp, g = _like_weight("bjorck_backward", residuals, "dq", dq)
    if residuals.settled is not None:
        g = tangent(xp, residuals.settled, g)
    if residuals.order == 1 and library(g) == "numpy":
        g = _backward_numpy(residuals, g)
    else:
        for x, multiplier in zip(reversed(residuals.iterates), reversed(residuals.multipliers)):
            g = _step_derivative(xp, x, multiplier, residuals.order, g)
    if residuals.scale is not None:
        x = residuals.iterates[0]
        g = (g - xp.sum(g * x) * residuals.scale_gradient) / residuals.scale
    return g.T if residuals.transposed else g


def bjorck_jvp(residuals: BjorckResiduals, dw: Array) -> Array:
    """Tangent of `bjorck`'s result, given the tangent `dw` of the weight; as the backward pass else."""
    xp, d = _like_weight("bjorck_jvp", residuals, "dw", dw)
    if residuals.scale is not None:
        x = residuals.iterates[0]
        d = (d - xp.sum(d * residuals.scale_gradient) * x) / residuals.scale
    for x, multiplier in zip(residuals.iterates, residuals.multipliers):
        d = _step_derivative(xp, x, multiplier, residuals.order, d)
    if residuals.settled is not None:
        d = tangent(xp, residuals.settled, d)
    return d.T if residuals.transposed else d


def tangent(xp: Any, q: Array, d: Array) -> Array:
    """d - q sym(qᵀd): the orthogonal projection of d onto the tangent space at an orthonormal q, (r, k), r >= k."""
    inner = product(xp, q.T, d)
    half = inner + inner.T
    half /= -2
    change = product(xp, q, half)
    change += d
    return change


def _scaled(xp: Any, x: Array, scaling: str) -> tuple[Array, Array | None, Array | None]:
    """(x/b, b, gradient of b) for the rules that always scale; x itself else, and for zero."""
    if scaling in ("spectral-if-needed", "none") or not bool(xp.any(x != 0)):
        return x, None, None
    gradient = spectral_bound_gradient(x, scaling)
    if scaling == "spectral":
        scale = xp.linalg.svdvals(x)[0]
    else:
        scale = spectral_bound(x, scaling)
        gradient = gradient * (scale / xp.sum(gradient * x))  # the bound is widened against rounding
    return x / scale, scale, gradient


def _brought_inside(xp: Any, x: Array, order: int, scaling: str) -> tuple[Array, Array | None, Array | None]:
    """x if σ_max is inside the basin after all; else x/σ_max, or a DomainError under the rule "none"."""
    sigma = float(xp.linalg.svdvals(x)[0])
    basin = bjorck_basin(order)
    # the computed σ_max may be low by about √(r k) eps/2 relatively
    if sigma * (1 + math.sqrt(x.shape[0] * x.shape[1]) * epsilon(xp, x)) < basin:
        return x, None, None
    if scaling == "none":
        raise DomainError(
            "bjorck",
            f"sigma_max < {basin:.6g}, the basin of order {order}",
            f"sigma_max = {sigma:.6g}; scale the weight or let scaling='spectral-if-needed' do it",
            sigma_max=sigma,
            basin=basin,
        )
    return _scaled(xp, x, "spectral")


def _inside(xp: Any, gram: Array, rows: int, order: int) -> bool:
    """Whether the Gram matrix proves σ_max < s_p, at no cost or that of three products; False: it does not."""
    limit = bjorck_basin(order) ** 2 * (1 - 4 * epsilon(xp, gram))
    return any(gram_bound(xp, gram, rows, squarings) < limit for squarings in range(3))


def gram_bound(xp: Any, gram: Array, rows: int, squarings: int = 0) -> float:
    """A bound of σ_max² from the computed Gram matrix G of `rows`-term sums; inf where G is not finite.

    ‖G‖_inf and c + ‖(G - c I)^(2^j)‖_F^(2^-j) are bounds, c the mean eigenvalue and j the number of squarings, which
    cost a product each and tighten the second: its distance from c is high by a factor of at most k^(2^-j/2).
    """
    columns = gram.shape[0]
    mean = float(xp.sum(xp.linalg.diagonal(gram))) / columns
    if not math.isfinite(mean):
        return math.inf
    # each entry of G is off by at most rows·u·‖x_i‖‖x_j‖, G in norm by rows·u·trace; matrix products add up in blocks,
    # so that no more than about a thousand roundings follow each other
    slack = min(rows, 1024) * epsilon(xp, gram) / 2 * mean * columns
    centred = gram - mean * identity(xp, gram)
    for _ in range(squarings):
        centred = product(xp, centred, centred)
    bound = mean + frobenius(xp, centred) ** (0.5**squarings)
    if not squarings:
        bound = min(bound, float(xp.max(xp.sum(xp.abs(gram), axis=1))))
    return bound + slack if math.isfinite(bound) else math.inf


def multiplier(xp: Any, gram: Array, order: int) -> tuple[Array, float]:
    """(P, ‖E‖_F) of a step; on NumPy and for order 1 the Gram matrix is overwritten by P."""
    if order == 1 and library(gram) == "numpy":
        diagonal = np.einsum("ii->i", gram)
        gram *= -0.5
        diagonal += 0.5
        defect = 2 * frobenius(xp, gram)
        diagonal += 1.0
        return gram, defect
    e = identity(xp, gram) - gram
    return _horner(xp, e, order)[0], frobenius(xp, e)


def _horner(xp: Any, e: Array, order: int) -> list[Array]:
    """T_0 = P, ..., T_p = c_p I, where T_i = c_i I + E T_(i+1)."""
    *lower, last = _coefficients(e, order)
    one = identity(xp, e)
    partial = [last * one]
    for c in reversed(lower):
        moved = last * e if len(partial) == 1 else product(xp, e, partial[0])
        partial.insert(0, c * one + moved)
    return partial


def _coefficients(like: Array, order: int) -> tuple[Any, ...]:
    """c_0, ..., c_p as floats; as fractions for object arrays, on which the derivations run this code."""
    exact = bjorck_coefficients(order)
    return exact if is_exact(like) else tuple(map(float, exact))


def _step_derivative(xp: Any, x: Array, multiplier: Array, order: int, d: Array) -> Array:
    """d P - 2 x L(sym(xᵀd)): jvp and backward of one step."""
    inner = xp.matmul(x.T, d)
    inner = (inner + inner.T) / 2
    if order == 1:
        change = inner
    else:
        # derivative of Horner's scheme along dE = sym(xᵀd), E recomputed: dT_i = dE T_(i+1) + E dT_(i+1)
        e = identity(xp, multiplier) - xp.matmul(x.T, x)
        partial = _horner(xp, e, order)
        change = inner * _coefficients(e, order)[-1]
        for t in reversed(partial[1:-1]):
            change = xp.matmul(inner, t) + xp.matmul(e, change)
        change = 2 * change
    return xp.matmul(d, multiplier) - xp.matmul(x, change)


def _backward_numpy(residuals: BjorckResiduals, g: Array) -> Array:
    """All steps of order 1 in reverse: `_step_derivative` with five buffers in place of fresh arrays."""
    rows, columns = g.shape
    spare, other, second = (_buffer(rows, columns, g.dtype) for _ in range(3))
    inner, half = second[:columns], _buffer(columns, columns, g.dtype)
    for x, multiplier in zip(reversed(residuals.iterates), reversed(residuals.multipliers)):
        np.matmul(x.T, g, out=inner)
        np.add(inner, inner.T, out=half)
        half *= -0.5
        np.matmul(g, multiplier, out=spare)
        np.matmul(x, half, out=second)
        spare += second
        g, spare, other = spare, other, spare
    return g


def product(xp: Any, a: Array, b: Array, out: Array | None = None) -> Array:
    """a b; on NumPy in `out` or a buffer whose row stride is no power of two: later passes over it are faster."""
    with np.errstate(over="ignore", invalid="ignore"):  # not all libraries warn; callers look at the values
        if library(a) != "numpy":
            return xp.matmul(a, b)
        return np.matmul(a, b, out=_buffer(a.shape[0], b.shape[1], a.dtype) if out is None else out)


def frobenius(xp: Any, x: Array) -> float:
    """‖x‖_F on the host."""
    with np.errstate(over="ignore", invalid="ignore"):  # as in `product`
        if library(x) == "numpy":
            return math.sqrt(np.einsum("ij,ij->", x, x))
        return math.sqrt(float(xp.sum(x * x)))


def _buffer(rows: int, columns: int, dtype: Any) -> np.ndarray:
    return next(_buffers(np.empty(0, dtype), rows, columns, 1))


def _buffers(like: Array, rows: int, columns: int, block: int) -> Iterator[Any]:
    """Buffers in the dtype of `like`, `block` of them from one allocation, which is faster; None on other libraries."""
    while library(like) != "numpy":
        yield None
    while True:
        yield from np.empty((block, rows, columns + 64 // like.dtype.itemsize), like.dtype)[:, :, :columns]


def identity(xp: Any, like: Array) -> Array:
    return xp.eye(like.shape[0], dtype=like.dtype, device=like.device)


def require_weight(function: str, w: Array) -> None:
    if w.ndim != 2 or 0 in w.shape:
        raise ShapeError(function, "w of shape (m, n) with m, n > 0", f"shape {tuple(w.shape)}", shape=tuple(w.shape))


def _like_weight(function: str, residuals: BjorckResiduals, name: str, d: Array) -> tuple[Any, Array]:
    x = residuals.iterates[0]
    xp = namespace(function, finite=False, **{name: d, "weight": x})
    expected = tuple(x.T.shape if residuals.transposed else x.shape)
    if tuple(d.shape) != expected:
        raise ShapeError(function, f"{name} of shape {expected}", f"{tuple(d.shape)}", shape=tuple(d.shape))
    namespace(function, **{name: d})
    return xp, (d.T if residuals.transposed else d)
