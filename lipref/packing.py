"""Packing numbers: how many points of a set can be pairwise r apart, and hence shattered with margin r/2.

Finitely many points are shattered by 1-Lipschitz functions with margin m (y f >= m for every choice of signs) iff they
are pairwise at least 2m apart. So the dimension of margin classifiers [MF-Prop7], and the fat-shattering dimension of
1-Lipschitz functions at m, is the packing number of the set at the separation 2m, centres inside the set:

    exact        on the line; balls of radius below √2 m in any dimension
    below        lattice points, best of several shifts; a maximal packing is a net, so (1/2m)^n vol X/vol B₁
    above        disjoint balls of radius m inside X + mB₁; in the plane Groemer's inequality

Everything is in the Euclidean norm and closed: points exactly 2m apart count. Functions of numbers keep fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, namespace, require_choice, require_integer, require_number, to_numpy
from lipref.errors import DomainError, ShapeError

LATTICES = ("cubic", "hexagonal", "checkerboard")


def separation_squared(points: Array) -> Any:
    """Least squared distance between two of the points; exact for fractions.

    Parameters
    ----------
    points : array, shape (n, d), n >= 2; float32, float64 or fractions
    """
    namespace("separation_squared", exact=True, points=points)
    if points.ndim != 2 or points.shape[0] < 2 or points.shape[1] == 0:
        raise ShapeError("separation_squared", "points (n, d), n >= 2 and d >= 1", f"shape {tuple(points.shape)}")
    x = to_numpy(points)
    i, j = np.triu_indices(len(x), k=1)
    gaps = x[i] - x[j]
    least = np.min(np.sum(gaps * gaps, axis=1))
    return least if is_exact(x) else float(least)


def is_shattered(points: Array, margin: Any) -> bool:
    """Whether 1-Lipschitz functions realise all labellings of the points with this margin: pairwise 2m apart.

    Parameters
    ----------
    points : array, shape (n, d), n >= 2; fractions are decided exactly
    margin : number > 0
    """
    require_number("is_shattered", "margin", margin, above=0)
    namespace("is_shattered", exact=True, points=points)
    scale: Any = Fraction(margin) if is_exact(points) else float(margin)
    return bool(separation_squared(points) >= 4 * scale * scale)


def shattering_values(x: Array, points: Array, labels: Array, margin: Any) -> np.ndarray:
    """A 1-Lipschitz f with f(points) = margin · labels, evaluated at x: the extension min_j m y_j + ‖x - p_j‖.

    Parameters
    ----------
    x, points : arrays, shapes (k, d) and (n, d), floats, or fractions with d = 1
    labels : array, shape (n,), entries ±1, of the dtype of the points
    margin : number > 0

    Raises
    ------
    DomainError
        Two points of different labels are less than 2 `margin` apart; the message names them.
    """
    function = "shattering_values"
    namespace(function, exact=True, x=x, points=points, labels=labels)
    require_number(function, "margin", margin, above=0)
    if points.ndim != 2 or x.ndim != 2 or x.shape[1] != points.shape[1] or 0 in points.shape:
        raise ShapeError(function, "x (k, d) and points (n, d)", f"{tuple(x.shape)} and {tuple(points.shape)}")
    if tuple(labels.shape) != (points.shape[0],):
        raise ShapeError(function, f"labels of shape ({points.shape[0]},)", f"{tuple(labels.shape)}")
    here, sites, signs = to_numpy(x), to_numpy(points), to_numpy(labels)
    if not all(sign in (1, -1) for sign in signs):
        raise DomainError(function, "labels +1 or -1", "another value")
    if is_exact(sites) and sites.shape[1] != 1:
        raise DomainError(function, "fractions in dimension 1, where distances are rational", f"{sites.shape[1]}")
    m: Any = Fraction(margin) if is_exact(sites) else float(margin)
    among = _distances(sites, sites)
    for i, j in zip(*np.nonzero(among < 2 * m)):
        if signs[i] != signs[j]:
            raise DomainError(
                function,
                f"points of different labels at least {2 * m} apart",
                f"points {i} and {j} are {among[i, j]} apart",
                pair=(int(i), int(j)),
            )
    return np.min(_distances(here, sites) + m * signs, axis=1)


def packing_number_line(intervals: Sequence[tuple[Any, Any]], separation: Any) -> int:
    """Largest number of points, pairwise at least `separation` apart, in a union of closed intervals; exact.

    Parameters
    ----------
    intervals : sequence of (low, high), low <= high, disjoint, in ascending order; numbers, fractions for exactness
    separation : number > 0

    Notes
    -----
    Always taking the leftmost lawful point is optimal: by induction, no packing has its k-th point further left. One
    interval of length ℓ gives ⌊ℓ/separation⌋ + 1 [MF-Prop7].

    >>> packing_number_line([(0, 1)], Fraction(1, 2))
    3
    """
    require_number("packing_number_line", "separation", separation, above=0)
    count, last = 0, None
    end = None
    for low, high in intervals:
        require_number("packing_number_line", "low", low)
        require_number("packing_number_line", "high", high, at_least=low)
        if end is not None and low <= end:
            raise DomainError("packing_number_line", "disjoint intervals in ascending order", f"{low} after {end}")
        end = high
        start = low if last is None else max(low, last + separation)
        if start <= high:
            fits = int((high - start) // separation)
            count += fits + 1
            last = start + fits * separation
    return count


def lattice_packing(
    contains: Callable[[np.ndarray], np.ndarray],
    low: Sequence[float],
    high: Sequence[float],
    separation: float,
    *,
    lattice: str = "cubic",
    shifts: int = 1,
) -> np.ndarray:
    """Points of a set that are pairwise at least `separation` apart: the best of several shifts of a lattice.

    Parameters
    ----------
    contains : function of points (k, n) to k truth values
        The set X.
    low, high : sequences of n numbers
        A box around X.
    separation : number > 0
    lattice : {"cubic", "hexagonal", "checkerboard"}
        "hexagonal" is the densest in the plane (n = 2), "checkerboard" (integer vectors of even sum) up to n = 5.
    shifts : int >= 1
        Number of shifts per axis that are tried.

    Returns
    -------
    array, shape (k, n): k is a lower bound of the packing number. Lattices are wider by 2^-40, relatively, than asked,
    so that rounding brings no pair below the separation.
    """
    function = "lattice_packing"
    require_choice(function, "lattice", lattice, LATTICES)
    require_number(function, "separation", separation, above=0)
    require_integer(function, "shifts", shifts, at_least=1)
    corner, top = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    n = corner.size
    if corner.ndim != 1 or n == 0 or corner.shape != top.shape or not np.all(corner <= top):
        raise ShapeError(function, "a box low <= high of n sides", f"low = {low}, high = {high}")
    if lattice == "hexagonal" and n != 2:
        raise DomainError(function, "dimension 2 for the hexagonal lattice", f"dimension {n}", dimension=n)
    steps = np.ones(n) * float(separation) * (1 + 2.0**-40)
    if lattice == "hexagonal":
        steps[1] *= math.sqrt(3) / 2
    if lattice == "checkerboard":
        steps /= math.sqrt(2)
    counts = np.ceil((top - corner) / steps).astype(int) + 2
    grid = np.stack(np.meshgrid(*[np.arange(c) for c in counts], indexing="ij"), axis=-1).reshape(-1, n)
    if lattice == "checkerboard":
        grid = grid[grid.sum(axis=1) % 2 == 0]
    points = corner + grid * steps
    if lattice == "hexagonal":
        points[:, 0] -= grid[:, 1] % 2 * steps[0] / 2
    best = points[:0]
    for offset in np.ndindex(*[shifts] * n):
        moved = points - np.array(offset) / shifts * steps
        inside = moved[np.asarray(contains(moved), dtype=bool)]
        best = inside if len(inside) > len(best) else best
    return best


def groemer_bound(area: Any, perimeter: Any, separation: Any) -> float:
    """Upper bound of the number of points of a convex set of the plane that are pairwise r apart.

    2|K|/(√3 r²) + per(K)/(2r) + 1 (Groemer, Oler), attained in the leading term by the hexagonal lattice.

    Parameters
    ----------
    area, perimeter : numbers >= 0
    separation : number > 0
    """
    _require_sizes("groemer_bound", separation, area=area, perimeter=perimeter)
    r = float(separation)
    return 2 * float(area) / (math.sqrt(3) * r * r) + float(perimeter) / (2 * r) + 1


def hexagonal_lower_bound(area: Any, separation: Any) -> float:
    """Lower bound of the packing number of any plane set of this area: 2|X|/(√3 r²), the mean over all shifts."""
    _require_sizes("hexagonal_lower_bound", separation, area=area)
    return 2 * float(area) / (math.sqrt(3) * float(separation) ** 2)


def ball_bounds(dimension: int, radius: Any, separation: Any) -> tuple[Any, Any]:
    """((R/r)^n, ((2R + r)/r)^n): a maximal r-separated set is an r-net, and balls of radius r/2 are disjoint.

    Parameters
    ----------
    dimension : int >= 1
    radius, separation : numbers > 0; fractions give fractions

    Returns
    -------
    (lower, upper), bounds of the packing number of a closed ball of radius R at the separation r
    """
    require_integer("ball_bounds", "dimension", dimension, at_least=1)
    _require_sizes("ball_bounds", separation, radius=radius)
    ratio = _quotient(radius, separation)
    return ratio**dimension, (2 * ratio + 1) ** dimension


def small_ball_bound(dimension: int, radius: Any, separation: Any) -> int:
    """At most n + 1 points of a ball of R^n, R < r/√2, are pairwise r apart: their inner products are negative.

    <x, y> = (‖x‖² + ‖y‖² - ‖x - y‖²)/2 <= R² - r²/2 < 0, and R^n holds at most n + 1 vectors of this kind [MF-Prop7].

    Raises
    ------
    DomainError
        The ball is not that small.
    """
    require_integer("small_ball_bound", "dimension", dimension, at_least=1)
    _require_sizes("small_ball_bound", separation, radius=radius)
    if not 2 * radius * radius < separation * separation:
        raise DomainError(
            "small_ball_bound", "2 radius² < separation²", f"radius {radius} and separation {separation}", radius=radius
        )
    return dimension + 1


def _require_sizes(function, separation, **sizes):
    require_number(function, "separation", separation, above=0)
    for name, value in sizes.items():
        require_number(function, name, value, at_least=0)


def _quotient(a, b):
    lawful = int | Fraction
    return Fraction(a) / Fraction(b) if isinstance(a, lawful) and isinstance(b, lawful) else float(a) / float(b)


def _distances(x, y):
    gaps = x[:, None, :] - y[None, :, :]
    return abs(gaps[:, :, 0]) if x.shape[1] == 1 else np.sqrt(np.sum(gaps * gaps, axis=2))
