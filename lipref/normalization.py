"""Weights rescaled to a norm: spectral normalisation with explicit state, the Frobenius norm, norms of rows.

These are the cheap constraints that the papers compare with; none is a projection unless `cap` is given, and none
preserves gradient norms. Every map takes a weight of shape (m, n) and has forward, jvp and pull-back.

With the state u (m,), one step is v = Wᵀu/‖Wᵀu‖, u <- Wv/‖Wv‖, and sigma = uᵀWv = ‖Wv‖ [SO-SN]. That is a lower bound:
dividing by it can leave any norm above 1 when u is stale, or orthogonal to the leading singular vector. So the default,
`safe=True`, computes the largest singular value itself from the smaller Gram matrix in float64; if the estimate falls
short of it by more than `STALE`, the state is replaced by the leading singular pair. The divisor then includes every
rounding, so that the true norm of the result is at most 1. `safe=False` is the estimate as the papers use it.

u and v are held fixed in the derivative. With W' = W/sigma that gives

    jvp:       dW' = (dW - W' uᵀdW v)/sigma
    backward:  dW  = (dW' - ⟨W', dW'⟩ u vᵀ)/sigma

At a leading singular pair of a simple singular value this is the true derivative of W/‖W‖₂, since uᵀWv is stationary
in u and v there (derivation: proofs/normalization.py); elsewhere it is that of W/(uᵀWv) with u, v constant.

For a homogeneous norm N with gradient g and y = r w/N(w), the same computation gives dy = (r/N)(dw - y ⟨g, dw⟩/r); for
the Frobenius norm g = w/N. Derivation: proofs/normalization.py.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

from lipref._array import Array, epsilon, is_exact, namespace, require_integer, require_number, require_same_shape
from lipref.errors import DomainError, ShapeError

STALE = 2.0**-10
"""The estimate may fall short of the norm by this fraction before a safe call replaces the state. A heuristic: it
bounds how far u and v are from the singular pair, hence the error of the pull-back, never the norm of the result."""


class SpectralResiduals(NamedTuple):
    """What the derivative needs, with the new state of the power iteration."""

    normalized: Array
    """(m, n), the result."""
    u: Array
    """(m,), unit vector: the state for the next call."""
    v: Array
    """(n,), unit vector."""
    sigma: Array
    """(), the divisor; 1 where `cap` left the weight alone."""
    inside: Array
    """bool (), whether `cap` left the weight alone."""


def spectral_normalize(
    w: Array, u: Array | None = None, *, steps: int = 1, cap: bool = False, safe: bool = True
) -> Array:
    """The weight over its spectral norm.

    Parameters
    ----------
    w : array (m, n), m, n > 0, not zero unless `cap`; float32 or float64
    u : array (m,), not zero, optional
        State of the power iteration, of any length; a unit vector on the longest row of w when absent.
    steps : int >= 1
        Power steps before the estimate is taken.
    cap : bool
        Leave a weight alone, bit for bit, whose norm is at most 1: a map into the ball that does not inflate.
    safe : bool
        Divide by a guaranteed bound of the true norm, not by the estimate.

    Returns
    -------
    array, shape and dtype of `w`. If `safe`, its spectral norm is at most 1, and at least
    1 - (m + 10 n) 2⁻⁵² f² - 2 eps f with f = ‖W‖_F/‖W‖₂ and n the smaller side. Else the norm is at least 1 - 2 eps f.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        A shape does not fit; not real floating; NaN, infinity, a zero weight without `cap`, or a zero u.

    Notes
    -----
    [SO-SN]
    """
    return spectral_normalize_forward(w, u, steps=steps, cap=cap, safe=safe)[0]


def spectral_normalize_forward(
    w: Array, u: Array | None = None, *, steps: int = 1, cap: bool = False, safe: bool = True
) -> tuple[Array, SpectralResiduals]:
    """`spectral_normalize` and its residuals, among them the new state u; parameters and errors as there."""
    xp = namespace("spectral_normalize", w=w, u=u)
    require_integer("spectral_normalize", "steps", steps, at_least=1)
    if w.ndim != 2 or 0 in w.shape:
        raise ShapeError("spectral_normalize", "w of shape (m, n) with m, n > 0", f"{tuple(w.shape)}", shape=w.shape)
    if u is not None and tuple(u.shape) != (w.shape[0],):
        raise ShapeError("spectral_normalize", f"u of shape ({w.shape[0]},)", f"{tuple(u.shape)}", shape=u.shape)
    if u is not None and not bool(xp.any(u != 0)):
        raise DomainError("spectral_normalize", "u other than zero", "zero")
    largest = xp.max(xp.abs(w))
    if not bool(largest > 0):
        if not cap:
            raise DomainError("spectral_normalize", "a weight other than zero (or cap=True)", "a zero weight")
        rows, columns = _first_axis(xp, w[:, 0], 0), _first_axis(xp, w[0, :], 0)
        return xp.asarray(w, copy=True), SpectralResiduals(w, rows, columns, xp.ones_like(largest), largest == 0)
    scaled = xp.astype(w, xp.float64) / xp.astype(largest, xp.float64)  # entries in [-1, 1]: no square overflows
    left, right, estimate = _power_iteration(xp, scaled, None if u is None else xp.astype(u, xp.float64), steps)
    bound = estimate
    if safe:
        left, right, bound = _guaranteed(xp, scaled, left, right, estimate, epsilon(xp, w))
    divisor = bound * xp.astype(largest, xp.float64)
    inside = (divisor <= 1) if cap else (divisor < 0)
    divisor = xp.where(inside, xp.ones_like(divisor), divisor)
    normalized = xp.where(inside, w, xp.astype(xp.astype(w, xp.float64) / divisor, w.dtype))
    state = xp.astype(left, w.dtype), xp.astype(right, w.dtype), xp.astype(divisor, w.dtype)
    return normalized, SpectralResiduals(normalized, *state, inside)


def spectral_normalize_jvp(residuals: SpectralResiduals, dw: Array) -> Array:
    """Tangent (dw - w' uᵀ dw v)/sigma with u and v held fixed; dw where the weight was left alone."""
    normalized, u, v, sigma, inside = residuals
    xp = namespace("spectral_normalize_jvp", dw=dw, normalized=normalized)
    require_same_shape("spectral_normalize_jvp", normalized=normalized, dw=dw)
    change = xp.sum(u * xp.matmul(dw, v))
    return xp.where(inside, dw, (dw - normalized * change) / sigma)


def spectral_normalize_backward(residuals: SpectralResiduals, dnormalized: Array) -> Array:
    """Cotangent (dw' - ⟨w', dw'⟩ u vᵀ)/sigma with u and v held fixed; dw' where the weight was left alone."""
    normalized, u, v, sigma, inside = residuals
    xp = namespace("spectral_normalize_backward", dnormalized=dnormalized, normalized=normalized)
    require_same_shape("spectral_normalize_backward", normalized=normalized, dnormalized=dnormalized)
    inner = xp.sum(normalized * dnormalized)
    return xp.where(inside, dnormalized, (dnormalized - inner * u[:, None] * v[None, :]) / sigma)


class FrobeniusResiduals(NamedTuple):
    """What the derivative of a rescaling by the Frobenius norm needs."""

    direction: Array
    """(m, n), w over its Frobenius norm (w itself where it is zero)."""
    scale: Array
    """(), the factor radius / norm, or 1 where `cap` left the weight alone."""
    inside: Array
    """bool (), whether `cap` left the weight alone."""


def frobenius_normalize(w: Array, radius: float = 1.0, *, cap: bool = False) -> Array:
    """The weight rescaled to the given Frobenius norm.

    Parameters
    ----------
    w : array (m, n), not zero unless `cap`; float32 or float64
    radius : number > 0
    cap : bool
        Leave a weight alone, bit for bit, whose computed norm is at most the radius: the projection onto the ball.

    Returns
    -------
    array, shape and dtype of `w`; its norm is the radius to (mn 2⁻⁵² + 2 eps) relative. It bounds the spectral norm.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        As `l1_ball`; a zero weight has no direction.
    """
    return frobenius_normalize_forward(w, radius, cap=cap)[0]


def frobenius_normalize_forward(
    w: Array, radius: float = 1.0, *, cap: bool = False
) -> tuple[Array, FrobeniusResiduals]:
    """`frobenius_normalize` and its residuals; parameters and errors as there."""
    xp, radius = matrix_and_radius("frobenius_normalize", w, radius, exact=False, positive=True)
    largest = xp.max(xp.abs(w)) if w.shape[0] else xp.sum(w)
    unit = xp.astype(w / xp.where(largest > 0, largest, xp.ones_like(largest)), xp.float64)
    norm = xp.sqrt(xp.sum(unit * unit)) * xp.astype(largest, xp.float64)
    inside = (norm <= radius) if cap else (norm < 0)
    if not cap and w.shape[0] and not bool(norm > 0):
        raise DomainError("frobenius_normalize", "a weight other than zero (or cap=True)", "a zero weight")
    one = xp.ones_like(norm)
    scale = xp.astype(xp.where(inside, one, radius / xp.where(norm > 0, norm, one)), w.dtype)
    direction = w * xp.astype(one / xp.where(norm > 0, norm, one), w.dtype)
    return xp.where(inside, w, w * scale), FrobeniusResiduals(direction, scale, inside)


def frobenius_normalize_jvp(residuals: FrobeniusResiduals, dw: Array) -> Array:
    """Tangent scale (dw - d ⟨d, dw⟩) with the direction d; dw where the weight was left alone. It is symmetric."""
    direction, scale, inside = residuals
    xp = namespace("frobenius_normalize_jvp", dw=dw, direction=direction)
    require_same_shape("frobenius_normalize_jvp", direction=direction, dw=dw)
    return xp.where(inside, dw, scale * (dw - direction * xp.sum(direction * dw)))


def frobenius_normalize_backward(residuals: FrobeniusResiduals, dnormalized: Array) -> Array:
    """Cotangent of the weight: the Jacobian is symmetric, so this is `frobenius_normalize_jvp`."""
    return frobenius_normalize_jvp(residuals, dnormalized)


class RowResiduals(NamedTuple):
    """What the derivative of a rescaling of rows needs."""

    normalized: Array
    """(m, n), the result."""
    gradient: Array
    """(m, n), the gradient of the p-norm of each row of w."""
    scale: Array
    """(m, 1), the factor radius / norm of each row, 1 where `cap` left it alone."""
    inside: Array
    """bool (m, 1), the rows that `cap` left alone."""
    radius: float
    """The norm that the rows were given."""


def row_normalize(w: Array, p: float = 2, radius: float = 1.0, *, cap: bool = False) -> Array:
    """Each row rescaled to the given p-norm.

    Parameters
    ----------
    w : array (m, n), n > 0, no zero row unless `cap`; float32, float64, or fractions for p = 1 and p = inf
    p : number >= 1 or inf
    radius : number > 0
    cap : bool
        Leave a row alone, bit for bit, whose computed norm is at most the radius.

    Returns
    -------
    array, shape and dtype of `w`. Rows of q-norm 1 with 1/p + 1/q = 1 are what the first layer of a network on
    (ℝⁿ, p) needs [SO-MixNorm]; rows of 1-norm 1 are the sphere, where `l1_ball` takes the ball.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        As `l1_ball`; p below 1; a zero row has no direction.
    """
    return row_normalize_forward(w, p, radius, cap=cap)[0]


def row_normalize_forward(
    w: Array, p: float = 2, radius: float = 1.0, *, cap: bool = False
) -> tuple[Array, RowResiduals]:
    """`row_normalize` and its residuals; parameters and errors as there."""
    if p != math.inf:
        require_number("row_normalize", "p", p, at_least=1)
    xp, radius = matrix_and_radius("row_normalize", w, radius, exact=p in (1, math.inf), positive=True)
    magnitudes = xp.abs(w)
    largest = xp.max(magnitudes, axis=1, keepdims=True)
    if not cap and not bool(xp.all(largest > 0)):
        raise DomainError("row_normalize", "rows other than zero (or cap=True)", "a zero row")
    one = largest * 0 + 1
    unit = magnitudes / xp.where(largest > 0, largest, one)  # in [0, 1]: no power overflows
    if p == math.inf:
        norm = largest
        at_largest = xp.argmax(unit, axis=1, keepdims=True)  # kink at ties: the first largest entry
        gradient = xp.where(_columns(xp, w) == at_largest, xp.sign(w), 0 * w)
    else:
        powers = xp.sum(unit if p == 1 else unit**p, axis=1, keepdims=True)
        relative = powers if p == 1 else powers ** (1 / p)
        norm = largest * relative
        slope = xp.sign(w) if p == 1 else xp.sign(w) * (unit / xp.where(relative > 0, relative, one)) ** (p - 1)
        gradient = slope + 0 * w
    inside = (norm <= radius) if cap else (norm < 0)
    scale = xp.where(inside, one, radius / xp.where(norm > 0, norm, one))
    normalized = xp.where(inside, w, w * scale)
    return normalized, RowResiduals(normalized, gradient, scale, inside, radius)


def row_normalize_jvp(residuals: RowResiduals, dw: Array) -> Array:
    """Tangent scale (dw - y ⟨g, dw⟩/radius), with the result y and the gradient g of the norm; dw for rows inside."""
    normalized, gradient, scale, inside, radius = residuals
    xp = namespace("row_normalize_jvp", exact=True, dw=dw, normalized=normalized)
    require_same_shape("row_normalize_jvp", normalized=normalized, dw=dw)
    change = xp.sum(gradient * dw, axis=1, keepdims=True) / radius
    return xp.where(inside, dw, scale * (dw - normalized * change))


def row_normalize_backward(residuals: RowResiduals, dnormalized: Array) -> Array:
    """Cotangent scale (dy - g ⟨y, dy⟩/radius): the transpose of the jvp; dy for rows left alone."""
    normalized, gradient, scale, inside, radius = residuals
    xp = namespace("row_normalize_backward", exact=True, dnormalized=dnormalized, normalized=normalized)
    require_same_shape("row_normalize_backward", normalized=normalized, dnormalized=dnormalized)
    change = xp.sum(normalized * dnormalized, axis=1, keepdims=True) / radius
    return xp.where(inside, dnormalized, scale * (dnormalized - gradient * change))


def matrix_and_radius(
    function: str, w: Array, radius: Any, *, exact: bool = True, positive: bool = False
) -> tuple[Any, Any]:
    """Namespace and radius, a Fraction for exact w, else a float64 that is not above the number given."""
    xp = namespace(function, exact=exact, w=w)
    if w.ndim != 2 or w.shape[1] == 0:
        raise ShapeError(function, "w of shape (m, n) with n > 0", f"{tuple(w.shape)}", shape=tuple(w.shape))
    if positive:
        require_number(function, "radius", radius, above=0)
    else:
        require_number(function, "radius", radius, at_least=0)
    radius = Fraction(radius.item() if hasattr(radius, "item") else radius)
    if is_exact(w):
        return xp, radius
    rounded = float(radius)
    rounded = rounded if Fraction(rounded) <= radius else math.nextafter(rounded, 0.0)
    smallest = w.shape[1] * float(xp.finfo(w.dtype).smallest_normal)
    if radius and rounded < smallest:
        raise DomainError(function, f"a radius of 0 or at least {smallest} for {w.dtype}", f"{rounded}", value=rounded)
    return xp, rounded


def _power_iteration(xp: Any, w: Array, u: Array | None, steps: int) -> tuple[Array, Array, Array]:
    """Unit vectors u, v and uᵀWv = ‖Wv‖ > 0 after the steps; w (m, n) is not zero."""
    v = xp.matmul(w.T, u / xp.max(xp.abs(u))) if u is not None else 0 * w[0, :]
    if not bool(xp.any(v != 0)):  # no state, or one orthogonal to the range: start from the longest row
        v = w[int(xp.argmax(xp.sum(w * w, axis=1))), :]
    for step in range(steps):
        v = xp.matmul(w.T, u) if step else v / xp.max(xp.abs(v))
        v = v / xp.sqrt(xp.sum(v * v))
        image = xp.matmul(w, v)
        sigma = xp.sqrt(xp.sum(image * image))
        u = image / sigma
    return u, v, sigma


def _guaranteed(xp: Any, w: Array, u: Array, v: Array, estimate: Array, eps: float) -> tuple[Array, Array, Array]:
    """Leading pair (replaced where stale) and a divisor for which the rounded quotient has norm <= 1.

    The Gram matrix of the smaller side n, summed over m, is off by at most m 2⁻⁵³ f² (f the Frobenius norm) and the
    eigenvalue solver by p(n) 2⁻⁵³ σ² with a modest p, taken as 20 n; rounding each quotient moves the norm by at most
    eps/2 f/σ, and the division and the square root by 2⁻⁵² each.
    """
    tall = w.shape[0] >= w.shape[1]
    side = w if tall else w.T
    gram = xp.matmul(side.T, side)
    square = xp.linalg.eigvalsh(gram)[-1]
    if bool(estimate * estimate < square * (1 - STALE) ** 2):
        vector = xp.linalg.eigh(gram)[1][:, -1]
        image = xp.matmul(side, vector)
        image = image / xp.sqrt(xp.sum(image * image))
        u, v = (image, vector) if tall else (vector, image)
    frobenius = xp.sum(w * w)
    slack = (side.shape[0] + 20 * side.shape[1]) * 2.0**-53
    sigma = xp.sqrt(square + slack * frobenius)
    return u, v, (sigma + eps * xp.sqrt(frobenius)) * (1 + 2.0**-50)


def _first_axis(xp: Any, like: Array, index: int) -> Array:
    """The unit vector with the given index, shape and device of `like`."""
    return xp.astype(xp.arange(like.shape[0], device=like.device) == index, like.dtype)


def _columns(xp: Any, w: Array) -> Array:
    """Column numbers (1, n) on the device of w."""
    return xp.arange(w.shape[1], device=w.device)[None, :]
