"""Projections of weights, row by row, onto the l1 ball and the simplex, and entry by entry onto an interval.

A network is 1-Lipschitz in the inf-norm when every row of every weight lies in the l1 ball [SO-Linf]. Every map takes a
weight of shape (m, n), acts inside the forward pass (with its pull-back) or after the step (as a plain function), and
has no second order part, since a weight does not depend on the input of its layer. The rescalings (spectral, Frobenius,
rows) live in `lipref.normalization` and are exported here too.

Row x outside the l1 ball of radius r, with a = |x| [SO-Linf, Condat's Algorithm 1]:

    P(x) = sign(x) max(a - t, 0),    t the root of  g(t) = sum_i max(a_i - t, 0) - r

g is convex, piecewise linear and decreasing, so Newton's iteration t <- t + g(t)/#{a_i > t} lands left of the root from
anywhere, then rises monotonically to it: at most n passes in exact arithmetic, and since each pass multiplies the
product of g and its slope by 1/4 or less, about log4(n |x|_1 / (eps r)) in floating point. No sort is needed.

With S the support of P(x) and s its signs, the Jacobian outside the ball is diag(S) - s sᵀ/|S|, the orthogonal
projector onto the tangent of the face [SO-Linf-VJP]; inside it is the identity. It is symmetric: jvp and
pull-back coincide. Kinks: a row on the sphere is inside; an entry at the threshold is outside the support.
Derivation: proofs/projections_l1_ball.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from lipref._array import Array, epsilon, is_exact, library, namespace, require_same_shape, to_numpy
from lipref.errors import DomainError
from lipref.normalization import (
    FrobeniusResiduals,
    RowResiduals,
    SpectralResiduals,
    frobenius_normalize,
    frobenius_normalize_backward,
    frobenius_normalize_forward,
    frobenius_normalize_jvp,
    matrix_and_radius,
    row_normalize,
    row_normalize_backward,
    row_normalize_forward,
    row_normalize_jvp,
    spectral_normalize,
    spectral_normalize_backward,
    spectral_normalize_forward,
    spectral_normalize_jvp,
)

__all__ = [
    "ClipResiduals",
    "FrobeniusResiduals",
    "L1BallResiduals",
    "RowResiduals",
    "SimplexResiduals",
    "SpectralResiduals",
    "clip_entries",
    "clip_entries_backward",
    "clip_entries_forward",
    "clip_entries_jvp",
    "frobenius_normalize",
    "frobenius_normalize_backward",
    "frobenius_normalize_forward",
    "frobenius_normalize_jvp",
    "l1_ball",
    "l1_ball_backward",
    "l1_ball_forward",
    "l1_ball_jvp",
    "row_normalize",
    "row_normalize_backward",
    "row_normalize_forward",
    "row_normalize_jvp",
    "simplex",
    "simplex_backward",
    "simplex_forward",
    "simplex_jvp",
    "spectral_normalize",
    "spectral_normalize_backward",
    "spectral_normalize_forward",
    "spectral_normalize_jvp",
]

BLOCK = 2**19
"""Entries of the row blocks that host arrays are processed in, so that a block and its temporaries stay in cache."""


class L1BallResiduals(NamedTuple):
    """What the derivative of the projection onto the l1 ball needs."""

    projected: Array
    """(m, n), the result; its signs are those of the face that each row was projected onto."""
    outside: Array
    """bool (m, 1), the rows that were moved."""


class SimplexResiduals(NamedTuple):
    """What the derivative of the projection onto the simplex needs."""

    projected: Array
    """(m, n), the result; its positive entries are the support."""


def l1_ball(w: Array, radius: float = 1.0) -> Array:
    """Nearest point, row by row, of the l1 ball of the given radius.

    Parameters
    ----------
    w : array (m, n), n > 0; float32, float64 or fractions
    radius : number >= 0
        0 maps every row to zero. In floating point at least n times the smallest normal number, if not 0.

    Returns
    -------
    array, shape and dtype of `w`. The l1 norm of each row, summed exactly, is at most `radius`. Rows whose norm, summed
    exactly, is at most `radius` are returned bit for bit. The norm of the others is at least
    radius (1 - 3 eps - 3 n 2⁻⁵²), and their entries are those of the projection of a row within a few eps |x|_1 of x.
    On fractions the result is the projection itself.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        `w` is no matrix or has no columns; is not real floating or has NaN or infinity; the radius is negative or
        too small for the dtype, or a row's norm may overflow.

    Notes
    -----
    [SO-Linf]

    >>> import numpy as np
    >>> l1_ball(np.array([[0.5, -0.25, 0.25]])).tolist()
    [[0.5, -0.25, 0.25]]
    >>> l1_ball(np.array([[2.0, 1.0, 0.0]])).round(12).tolist()
    [[1.0, 0.0, 0.0]]
    """
    return l1_ball_forward(w, radius)[0]


def l1_ball_forward(w: Array, radius: float = 1.0) -> tuple[Array, L1BallResiduals]:
    """`l1_ball` and its residuals; parameters and errors as there."""
    xp, radius = matrix_and_radius("l1_ball", w, radius)
    _refuse_overflow(xp, "l1_ball", w)
    projected, outside = _by_row_blocks(xp, lambda rows: _l1_rows(xp, rows, radius), w)
    return projected, L1BallResiduals(projected, outside)


def l1_ball_jvp(residuals: L1BallResiduals, dw: Array) -> Array:
    """Tangent of the projection: dw - s ⟨s, dw⟩/|S| on the support S with signs s, zero off it; dw for rows inside.

    Parameters
    ----------
    residuals : L1BallResiduals
    dw : array (m, n)

    Raises
    ------
    ShapeError
        `dw` has not the shape of the weight.
    """
    xp = namespace("l1_ball_jvp", exact=True, dw=dw, projected=residuals.projected)
    require_same_shape("l1_ball_jvp", projected=residuals.projected, dw=dw)
    return xp.where(residuals.outside, _face_projection(xp, xp.sign(residuals.projected), dw), dw)


def l1_ball_backward(residuals: L1BallResiduals, dprojected: Array) -> Array:
    """Cotangent of the weight, given that of its projection: the Jacobian is symmetric, so this is `l1_ball_jvp`."""
    return l1_ball_jvp(residuals, dprojected)


def simplex(w: Array, radius: float = 1.0) -> Array:
    """Nearest point, row by row, with entries >= 0 that sum to the radius.

    Parameters and errors as `l1_ball`. The sum of each row is `radius` to 2 eps + n 2⁻⁵² relative (exactly on
    fractions); a row of the simplex whose sum is computed without rounding is returned as it is.

    >>> import numpy as np
    >>> simplex(np.array([[0.75, 0.5, 0.0], [1.0, 1.0, 1.0]])).round(3).tolist()
    [[0.625, 0.375, 0.0], [0.333, 0.333, 0.333]]
    """
    return simplex_forward(w, radius)[0]


def simplex_forward(w: Array, radius: float = 1.0) -> tuple[Array, SimplexResiduals]:
    """`simplex` and its residuals; parameters and errors as there."""
    xp, radius = matrix_and_radius("simplex", w, radius)
    _refuse_overflow(xp, "simplex", w)
    (projected,) = _by_row_blocks(xp, lambda rows: (_simplex_rows(xp, rows, radius),), w)
    return projected, SimplexResiduals(projected)


def simplex_jvp(residuals: SimplexResiduals, dw: Array) -> Array:
    """Tangent of the projection: dw minus its mean over the support, zero off it; parameters as `l1_ball_jvp`."""
    xp = namespace("simplex_jvp", exact=True, dw=dw, projected=residuals.projected)
    require_same_shape("simplex_jvp", projected=residuals.projected, dw=dw)
    return _face_projection(xp, xp.sign(residuals.projected), dw)


def simplex_backward(residuals: SimplexResiduals, dprojected: Array) -> Array:
    """Cotangent of the weight, given that of its projection: the Jacobian is symmetric, so this is `simplex_jvp`."""
    return simplex_jvp(residuals, dprojected)


class ClipResiduals(NamedTuple):
    """What the derivative of clipping needs."""

    inside: Array
    """bool (m, n), the entries that were left alone."""


def clip_entries(w: Array, bound: float) -> Array:
    """Entries clipped to [-bound, bound]: the projection onto the ball of the largest entry.

    No bound on the operator norm by itself: (1, 1, 1) with bound 1 keeps the row norm 3, which is why [SO-Linf] means
    the l1 ball. Entries within the bound (also on it) are returned as they are. Accepts fractions; the bound is
    rounded down to the dtype of `w`.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        As `l1_ball`.
    """
    return clip_entries_forward(w, bound)[0]


def clip_entries_forward(w: Array, bound: float) -> tuple[Array, ClipResiduals]:
    """`clip_entries` and its residuals; parameters and errors as there."""
    xp, bound = matrix_and_radius("clip_entries", w, bound)
    level = xp.zeros_like(w) + bound
    if not is_exact(w):  # a bound that the dtype rounds up is stepped back below
        level = xp.where(xp.astype(level, xp.float64) > bound, level * (1 - epsilon(xp, w) / 2), level)
    inside = xp.abs(w) <= level
    return xp.where(inside, w, xp.sign(w) * level), ClipResiduals(inside)


def clip_entries_jvp(residuals: ClipResiduals, dw: Array) -> Array:
    """Tangent: dw where the entry was left alone (also at the bound), zero elsewhere. It is symmetric."""
    xp = namespace("clip_entries_jvp", exact=True, dw=dw)
    require_same_shape("clip_entries_jvp", inside=residuals.inside, dw=dw)
    return xp.where(residuals.inside, dw, 0 * dw)


def clip_entries_backward(residuals: ClipResiduals, dclipped: Array) -> Array:
    """Cotangent of the weight: the Jacobian is a diagonal of zeros and ones, so this is `clip_entries_jvp`."""
    return clip_entries_jvp(residuals, dclipped)


def _refuse_overflow(xp: Any, function: str, w: Array) -> None:
    """Sums are accumulated in float64, where those of float32 rows always fit."""
    if w.dtype == xp.float64 and bool(xp.any(xp.abs(w) > xp.finfo(w.dtype).max / (4 * w.shape[1]))):
        raise DomainError(function, "entries below a quarter of the largest number over n", "a norm that overflows")


def _by_row_blocks(xp: Any, function: Callable[[Array], tuple[Array, ...]], w: Array) -> tuple[Array, ...]:
    """`function`, which treats rows alone and returns arrays of as many rows, on blocks of rows that stay in cache."""
    rows = max(1, BLOCK // w.shape[1]) if library(w) == "numpy" else w.shape[0]
    if w.shape[0] <= rows:
        return function(w)
    parts = [function(w[start : start + rows, :]) for start in range(0, w.shape[0], rows)]
    return tuple(xp.concat(column, axis=0) for column in zip(*parts))


def _row_sums(xp: Any, x: Array) -> Array:
    """Sums (m, 1), accumulated in float64 (or exactly): for x >= 0 the relative error is below n 2⁻⁵³."""
    return xp.sum(x, axis=1, keepdims=True, dtype=x.dtype if is_exact(x) else xp.float64)


def _l1_rows(xp: Any, w: Array, radius: Any) -> tuple[Array, Array]:
    """Rows of w in the l1 ball, and which of them were outside."""
    magnitudes = xp.abs(w)
    norms = _row_sums(xp, magnitudes)
    outside = _exceeds(xp, magnitudes, norms, radius)
    if not bool(xp.any(outside)):
        return xp.asarray(w, copy=True), outside
    kept, norms = _shrink(xp, magnitudes, norms, radius)
    if not is_exact(w):
        # exact norm <= computed (1 + n u), u = 2⁻⁵³; the factor is rounded and so is each product: (1 + eps/2)² twice;
        # a product may also gain half the smallest subnormal number. The factor takes all of that back.
        n, eps = w.shape[1], epsilon(xp, w)
        tiny = float(xp.finfo(w.dtype).smallest_normal) * eps
        within = max(radius - n * tiny, 0.0) * (1 - n * 2.0**-51 - 1.5 * eps)
        factor = within / xp.where(norms > 0, norms, xp.ones_like(norms))
        kept = kept * xp.astype(factor, w.dtype)
    projected = xp.sign(w) * kept
    return projected if bool(xp.all(outside)) else xp.where(outside, projected, w), outside


def _exceeds(xp: Any, magnitudes: Array, norms: Array, radius: Any) -> Array:
    """Whether the exact sum of each row of magnitudes exceeds the radius; `norms` are the computed sums."""
    if is_exact(magnitudes):
        return norms > radius if radius else norms >= radius
    if not radius:  # the map is constant there, so its derivative is that of a row outside
        return norms >= 0
    doubtful = xp.abs(norms - radius) <= magnitudes.shape[1] * 2.0**-52 * norms
    if not bool(xp.any(doubtful)):
        return norms > radius
    # rare, and decided on the host: fsum rounds the exact sum once, so its sign is that of the exact difference
    rows, doubts = to_numpy(magnitudes).tolist(), to_numpy(doubtful)[:, 0].tolist()
    exceeds = (to_numpy(norms)[:, 0] > radius).tolist()
    decided = [math.fsum([*row, -radius]) > 0 if doubt else sure for row, doubt, sure in zip(rows, doubts, exceeds)]
    return xp.asarray(decided, device=norms.device)[:, None]


def _simplex_rows(xp: Any, w: Array, radius: Any) -> Array:
    kept, sums = _shrink(xp, w, _row_sums(xp, w), radius)
    if is_exact(w):
        return kept
    return kept * xp.astype(radius / xp.where(sums > 0, sums, xp.ones_like(sums)), w.dtype)


def _shrink(xp: Any, v: Array, sums: Array, radius: Any) -> tuple[Array, Array]:
    """Parts max(v - t, 0) with the threshold t (m, 1) for which rows sum to the radius, and the sums as they come out.

    `sums` are the row sums of v. Newton's iteration as the module describes it, from the left: for any set of k entries
    the root is at least (their sum - radius)/k, here with all entries and with the largest alone. It is steered by sums
    in the dtype of v; rows that have settled stay. The last sums are wide, and where they miss the radius by more than
    2 eps, the rest of t is subtracted in a second term: without it a row of norm radius/eps would lose everything.
    """
    n, tolerance = v.shape[1], 0 if is_exact(v) else 2 * epsilon(xp, v) * radius
    largest = xp.astype(xp.max(v, axis=1, keepdims=True), sums.dtype)
    threshold = xp.astype(xp.maximum((sums - radius) / n, largest - radius), v.dtype)
    while True:
        kept = xp.maximum(v - threshold, 0 * threshold)
        count = xp.sum(xp.astype(kept > 0, xp.int32), axis=1, keepdims=True, dtype=xp.int32)
        count = xp.astype(xp.maximum(count, 0 * count + 1), v.dtype)
        excess = xp.sum(kept, axis=1, keepdims=True) - radius
        following = xp.where(excess > tolerance, threshold + excess / count, threshold)
        if not bool(xp.any(following > threshold)):
            break
        threshold = following
    sums = _row_sums(xp, kept)
    missed = xp.where(xp.abs(sums - radius) > tolerance, sums - radius, 0 * sums)
    if bool(xp.any(missed != 0)):
        rest = xp.astype(missed / xp.astype(count, sums.dtype), v.dtype)
        kept = xp.maximum((v - threshold) - rest, 0 * threshold)
        sums = _row_sums(xp, kept)
    return kept, sums


def _face_projection(xp: Any, signs: Array, dw: Array) -> Array:
    """dw restricted to the support of `signs`, made orthogonal to `signs`; zero where the support is empty."""
    size = xp.sum(xp.abs(signs), axis=1, keepdims=True)
    mean = xp.sum(signs * dw, axis=1, keepdims=True) / xp.maximum(size, 0 * size + 1)
    return signs * (signs * dw - mean)
