"""The von Koch snowflake: its iterates, exact measures, and the signed distance to them [MF-Ex1].

The iterate k begins with an equilateral triangle of side `side` around the origin, one corner up, and replaces the
middle third of every edge by two of its length, k times. Corners have the form (p, q √3) with rational p and q, so
they, and all squared distances dp² + 3 dq² to points of this form, are exact.

The classifier is the Highest Mountain Function of the curve: the signed distance, negative inside. With a `hole` the
negative class is a ring, between the curve and a smaller copy of it around the same centre.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lipref._array import Array, is_exact, namespace, require_integer, require_number
from lipref.errors import DomainError, ShapeError
from lipref.mountain import MountainResiduals, highest_mountain_backward, highest_mountain_jvp

LARGEST = 8
"""Largest iteration that is offered: 196 608 segments."""

SEGMENTS_AT_ONCE = 64


class KochMeasures(NamedTuple):
    """Exact measures of an iterate."""

    segments: int
    perimeter: Fraction
    area_over_root3: Fraction
    """The area is this times √3."""


def koch_measures(iterations: int, side: Any = 1) -> KochMeasures:
    """3·4ᵏ segments, perimeter 3 (4/3)ᵏ s, area √3/4 · (1 + 3/5 (1 - (4/9)ᵏ)) s².

    >>> koch_measures(1)
    KochMeasures(segments=12, perimeter=Fraction(4, 1), area_over_root3=Fraction(1, 3))
    """
    _require_size("koch_measures", iterations, side)
    s = Fraction(side)
    perimeter = 3 * Fraction(4, 3) ** iterations * s
    area = Fraction(1, 4) * (1 + Fraction(3, 5) * (1 - Fraction(4, 9) ** iterations)) * s * s
    return KochMeasures(3 * 4**iterations, perimeter, area)


def koch_vertices(iterations: int) -> Array:
    """Corners of the iterate of side 1, counterclockwise.

    Returns
    -------
    array of fractions, shape (3·4ᵏ, 2): rows (p, q) stand for the points (p, q √3)
    """
    _require_size("koch_vertices", iterations, 1)
    return _vertices(iterations).copy()


def koch_signed_square(points: Array, iterations: int) -> Array:
    """Squared distance to the iterate of side 1, with a minus sign inside.

    Parameters
    ----------
    points : array, shape (..., 2); float32, float64 or fractions
        Rows (p, q) stand for the points (p, q √3).
    iterations : int, 0 to 8

    Returns
    -------
    array, shape (...)
    """
    xp = _checked("koch_signed_square", points, iterations, 1)
    steps, inside = _nearest(xp, points, iterations)
    square = steps[0] * steps[0] + 3 * steps[1] * steps[1]
    return xp.where(inside, -square, square)


def snowflake(x: Array, *, iterations: int = 4, side: float = 1.0, hole: float = 0.0) -> Array:
    """Signed distance to the snowflake curve, negative inside [MF-Ex1].

    Parameters
    ----------
    x : array, shape (..., 2); float32 or float64
        Points of the plane.
    iterations : int, 0 to 8
    side : number > 0
        Of the first triangle.
    hole : number in [0, 1/2)
        Size of the inner copy relative to the outer one; the function is positive inside it, so that the negative class
        is a ring. 0: no hole. Below 1/2 the two curves do not meet.

    Returns
    -------
    array, shape (...); 0 on the curve
    """
    return snowflake_forward(x, iterations=iterations, side=side, hole=hole)[0]


def snowflake_forward(
    x: Array, *, iterations: int = 4, side: float = 1.0, hole: float = 0.0
) -> tuple[Array, MountainResiduals]:
    """`snowflake` and its residuals.

    Notes
    -----
    The gradient is (x - z)/f(x), z the nearest point of the curve: one lawful element where several are nearest, 0 on
    the curve.
    """
    xp = _checked("snowflake", x, iterations, side)
    if is_exact(x):
        raise DomainError("snowflake", "floating points; fractions go to koch_signed_square", "an object array")
    require_number("snowflake", "hole", hole, at_least=0)
    if hole >= 0.5:
        raise DomainError("snowflake", "hole < 1/2", f"{hole}", hole=hole)
    value, gradient = _signed(xp, x, iterations, float(side))
    if hole > 0:
        inner, slope = _signed(xp, x, iterations, float(side) * float(hole))
        nearer = -inner > value  # max(value, -inner): outside the ring the one that is positive, inside the nearer one
        value = xp.where(nearer, -inner, value)
        gradient = xp.where(nearer[..., None], -slope, gradient)
    return value, MountainResiduals(gradient)


def snowflake_backward(residuals: MountainResiduals, df: Array) -> Array:
    """Cotangent of x: `df`, shape (...), times the gradient."""
    return highest_mountain_backward(residuals, df)


def snowflake_jvp(residuals: MountainResiduals, dx: Array) -> Array:
    """Tangent of the signed distance along `dx`, shape (..., 2)."""
    return highest_mountain_jvp(residuals, dx)


def _signed(xp: Any, x: Array, iterations: int, side: float) -> tuple[Array, Array]:
    """Signed distance and its gradient."""
    height = math.sqrt(3.0)
    points = xp.stack([x[..., 0] / side, x[..., 1] / (side * height)], axis=-1)
    steps, inside = _nearest(xp, points, iterations)
    steps = xp.stack([side * steps[0], side * height * steps[1]], axis=-1)
    # hypot: no underflow of squares near the curve
    length = xp.hypot(steps[..., 0], steps[..., 1])
    value = xp.where(inside, -length, length)
    divisor = xp.where(value == 0, xp.ones_like(value), -value)
    return value, steps / divisor[..., None]


def _nearest(xp: Any, points: Array, iterations: int) -> tuple[tuple[Array, Array], Array]:
    """((dp, dq) to the nearest point of the curve of side 1, whether inside), in coordinates (p, q √3)."""
    corners = _vertices(iterations)
    if not is_exact(points):
        corners = xp.asarray(corners.astype(np.float64), dtype=points.dtype, device=points.device)
    following = xp.roll(corners, -1, axis=0)
    p, q = points[..., 0, None], points[..., 1, None]
    least, step_p, step_q, odd = None, None, None, None
    for start in range(0, corners.shape[0], SEGMENTS_AT_ONCE):
        part = slice(start, min(start + SEGMENTS_AT_ONCE, corners.shape[0]))
        p0, q0 = corners[part, 0], corners[part, 1]
        a, b = following[part, 0] - p0, following[part, 1] - q0
        share = ((p - p0) * a + 3 * (q - q0) * b) / (a * a + 3 * b * b)
        share = xp.where(share < 0, 0 * share, xp.where(share > 1, 0 * share + 1, share))
        dp, dq = p0 - p + share * a, q0 - q + share * b
        square = dp * dp + 3 * dq * dq
        # a ray towards larger p: half-open in q, so that it meets a corner once
        spans = (q0 > q) != (q0 + b > q)
        rise = xp.where(spans, b + 0 * q, 0 * b + 0 * q + 1)
        hits = spans & (p < p0 + (q - q0) / rise * a)
        crossings = xp.sum(xp.astype(hits, xp.int64), axis=-1) % 2 == 1
        place = xp.argmin(square, axis=-1)[..., None]
        found, new_p, new_q = (xp.take_along_axis(v, place, axis=-1)[..., 0] for v in (square, dp, dq))
        if least is None:
            least, step_p, step_q, odd = found, new_p, new_q, crossings
            continue
        nearer, odd = found < least, odd != crossings
        least, step_p = xp.where(nearer, found, least), xp.where(nearer, new_p, step_p)
        step_q = xp.where(nearer, new_q, step_q)
    return (step_p, step_q), odd


@functools.cache
def _vertices(iterations: int) -> np.ndarray:
    """(3·4ᵏ, 2): corners, counterclockwise; exact."""
    half, third, sixth = Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)
    if iterations == 0:
        return np.array([[-half, -sixth], [half, -sixth], [Fraction(0), third]], dtype=object)
    corners = _vertices(iterations - 1)
    step = (np.roll(corners, -1, axis=0) - corners) * third
    # the step turned by -60 degrees, outwards: (p, q √3) -> (p/2 + 3q/2, (-p/2 + q/2) √3)
    turned = np.stack([step[:, 0] * half + step[:, 1] * 3 * half, (step[:, 1] - step[:, 0]) * half], axis=-1)
    four = [corners, corners + step, corners + step + turned, corners + 2 * step]
    return np.stack(four, axis=1).reshape(-1, 2)


def _require_size(function: str, iterations: int, side: Any) -> None:
    require_integer(function, "iterations", iterations, at_least=0)
    if iterations > LARGEST:
        raise DomainError(function, f"iterations <= {LARGEST}", f"{iterations}", iterations=iterations)
    require_number(function, "side", side, above=0)


def _checked(function: str, x: Array, iterations: int, side: Any) -> Any:
    xp = namespace(function, exact=True, **{"points" if function == "koch_signed_square" else "x": x})
    _require_size(function, iterations, side)
    if x.ndim < 1 or x.shape[-1] != 2:
        raise ShapeError(function, "points of the plane, shape (..., 2)", f"{tuple(x.shape)}")
    return xp
