"""Highest Mountain Functions: the signed distance to the frontier between classes [MF-Def3].

For two sets A and B the frontier ∂ is where the distances to A and to B agree; f(x) = +d(x, ∂) on the side of A,
-d(x, ∂) on the side of B, 0 on ∂. It is 1-Lipschitz, has the sign of the class on A and on B [MF-Prop1], and |f(x)| is
exactly the distance to the nearest change of sign. For K classes the component of the strictly nearest class is
d(x, ∂), the others are 0 [MF-Def4]; that map is 1-Lipschitz into ℓ1, so the whole margin is a certified radius.

Norm: Euclidean. For finite sets the points nearer to b than to all of A are a polyhedron, the other side of the
frontier is their union, and d(x, ∂) is the least of |B| projections onto polyhedra: least-squares problems with
non-negative multipliers, solved by SciPy for floats (on the host, in double precision) and by the same active-set
method in fractions.
Sets known by their distance functions alone get bounds instead of values, `mountain_from_distances`.

Not covered: second derivatives; norms other than the Euclidean one, where the frontier can have an interior.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lipref._array import Array, is_exact, namespace, require_integer, require_number, to_numpy
from lipref.errors import ConvergenceError, DomainError, DTypeError, ShapeError


class MountainResiduals(NamedTuple):
    """What the derivatives need."""

    gradient: Array
    """(..., n), or (..., K, n) for K classes: the gradient, of norm 1; rows of classes that are not nearest are 0."""


class MountainBounds(NamedTuple):
    """What is certain about d(x, ∂)."""

    sign: int
    """Side of x: +1 nearer to A, -1 nearer to B, 0 on the frontier."""
    lower: float
    """No point of the frontier is nearer: the certified radius."""
    upper: float
    """Some point of the frontier is at most this far."""
    point: np.ndarray | None
    """(n,): a point at distance about `upper` on the frontier or beyond; None if none was met."""


def nearest_frontier(x: Array, positive: Array, negative: Array) -> Array:
    """The point of the frontier that is nearest to each x.

    Parameters
    ----------
    x : array, shape (..., n); float32, float64 or fractions
    positive, negative : arrays, shapes (a, n) and (b, n), a, b >= 1
        The points of the two classes, without a common one.

    Returns
    -------
    array, shape (..., n): one of them where several are nearest; x itself on the frontier

    Raises
    ------
    ShapeError
        A class without points (there is no frontier then), or dimensions that differ.
    DomainError
        A point that belongs to both classes.
    """
    points, sets = _checked("nearest_frontier", x, positive=positive, negative=negative)
    steps = [_step(point, *sets)[0] for point in points]
    return _like(np.reshape(points + np.reshape(steps, points.shape), tuple(x.shape)), x)


def highest_mountain(x: Array, positive: Array, negative: Array) -> Array:
    """Signed distance to the frontier between two finite sets [MF-Eq10].

    Parameters
    ----------
    x, positive, negative : as `nearest_frontier`

    Returns
    -------
    array, shape (...): positive where x is nearer to `positive`, 0 at ties

    Raises
    ------
    ShapeError, DomainError
        As `nearest_frontier`; in exact mode also where the distance is irrational, as it seldom is for n >= 2: use
        `nearest_frontier` and compare squares.

    >>> highest_mountain(np.array([[-2.0], [0.0], [0.75]]), np.array([[-1.0]]), np.array([[1.0]])).tolist()
    [2.0, 0.0, -0.75]
    """
    points, sets = _checked("highest_mountain", x, positive=positive, negative=negative)
    found = [_step(point, *sets) for point in points]
    values = [side * _length("highest_mountain", step) for step, side, _ in found]
    return _like(np.reshape(np.array(values, dtype=points.dtype), tuple(x.shape)[:-1]), x)


def highest_mountain_forward(x: Array, positive: Array, negative: Array) -> tuple[Array, MountainResiduals]:
    """`highest_mountain` and its residuals.

    Notes
    -----
    The gradient is (x - z)/f(x), z the nearest point of the frontier; at a tie of distances to ∂ one of several. On ∂
    it is the unit vector from a nearest point of `negative` to a nearest one of `positive`: the gradient, if these two
    are unique. In exact mode it must be rational too.
    """
    points, sets = _checked("highest_mountain", x, positive=positive, negative=negative)
    values, gradients = [], []
    for step, side, normal in (_step(point, *sets) for point in points):
        length = _length("highest_mountain", step)
        values.append(side * length)
        gradients.append(-side * step / length if side else normal / _length("highest_mountain", normal))
    shape = tuple(x.shape)
    gradient = np.reshape(np.array(gradients, dtype=points.dtype), shape)
    return _like(np.reshape(np.array(values, dtype=points.dtype), shape[:-1]), x), MountainResiduals(_like(gradient, x))


def highest_mountain_backward(residuals: MountainResiduals, df: Array) -> Array:
    """Cotangent of x: `df`, shape (...), times the gradient."""
    _same_batch("highest_mountain_backward", "df", df, residuals.gradient, 1)
    return df[..., None] * residuals.gradient


def highest_mountain_jvp(residuals: MountainResiduals, dx: Array) -> Array:
    """Tangent of f along `dx`, shape (..., n)."""
    xp = _same_batch("highest_mountain_jvp", "dx", dx, residuals.gradient, 0)
    return xp.sum(dx * residuals.gradient, axis=-1)


def multiclass_mountain(x: Array, classes: Sequence[Array]) -> Array:
    """Highest Mountain Function of K finite sets [MF-Eq13].

    Parameters
    ----------
    x : array, shape (..., n)
    classes : K >= 2 arrays, shapes (c_k, n), c_k >= 1, without common points

    Returns
    -------
    array, shape (..., K): d(x, ∂) for the strictly nearest class, 0 for the others; all 0 on ∂

    Raises
    ------
    ShapeError, DomainError
        As `highest_mountain`; fewer than two classes.
    """
    return multiclass_mountain_forward(x, classes)[0]


def multiclass_mountain_forward(x: Array, classes: Sequence[Array]) -> tuple[Array, MountainResiduals]:
    """`multiclass_mountain` and its residuals.

    Notes
    -----
    A point nearest to class k leaves its region where another class comes as near, so f_k is the positive part of the
    binary function of class k against all others. At 0 its derivative is taken as 0.
    """
    if not isinstance(classes, list | tuple) or len(classes) < 2:
        got = f"{len(classes)}" if isinstance(classes, list | tuple) else type(classes).__name__
        raise ShapeError("multiclass_mountain", "a list of at least two classes", got)
    named = {f"classes[{k}]": points for k, points in enumerate(classes)}
    points, sets = _checked("multiclass_mountain", x, **named)
    values = np.zeros((len(points), len(sets)), dtype=points.dtype)
    gradients = np.zeros((len(points), len(sets), points.shape[-1]), dtype=points.dtype)
    if is_exact(points):
        values[...], gradients[...] = Fraction(0), Fraction(0)
    for index, point in enumerate(points):
        k = int(np.argmin([min(_squares(s - point)) for s in sets]))
        others = np.concatenate([s for j, s in enumerate(sets) if j != k])
        step, side, _ = _step(point, sets[k], others)
        if side:
            values[index, k] = length = _length("multiclass_mountain", step)
            gradients[index, k] = -step / length
    shape = (*x.shape[:-1], len(sets))
    gradient = np.reshape(gradients, (*shape, points.shape[-1]))
    return _like(np.reshape(values, shape), x), MountainResiduals(_like(gradient, x))


def multiclass_mountain_backward(residuals: MountainResiduals, df: Array) -> Array:
    """Cotangent of x, given that of the K values, shape (..., K)."""
    xp = _same_batch("multiclass_mountain_backward", "df", df, residuals.gradient, 1)
    return xp.sum(df[..., None] * residuals.gradient, axis=-2)


def multiclass_mountain_jvp(residuals: MountainResiduals, dx: Array) -> Array:
    """Tangent of the K values along `dx`, shape (..., n)."""
    xp = namespace("multiclass_mountain_jvp", exact=True, dx=dx, gradient=residuals.gradient)
    expected = (*residuals.gradient.shape[:-2], residuals.gradient.shape[-1])
    if tuple(dx.shape) != expected:
        raise ShapeError("multiclass_mountain_jvp", f"dx of shape {expected}", f"{tuple(dx.shape)}")
    return xp.sum(dx[..., None, :] * residuals.gradient, axis=-1)


def mountain_bounds(x: Array, positive: Array, negative: Array) -> MountainBounds:
    """Bounds of d(x, ∂) for one point and two finite sets that hold whatever the solver did.

    Parameters
    ----------
    x : array, shape (n,)
    positive, negative : as `highest_mountain`

    Notes
    -----
    Lower: for each b and multipliers λ >= 0, weak duality bounds the distance to {z : G z <= g} by -λ·g/‖Gᵀλ‖, with z
    taken relative to x. Upper: a point that is no nearer to the class of x than to b, found by moving the solver's
    point towards b if need be. Both are evaluated in fractions from the given numbers, the root rounded outwards.
    """
    points, sets = _checked("mountain_bounds", x, positive=positive, negative=negative)
    if len(points) != 1 or len(x.shape) != 1:
        raise ShapeError("mountain_bounds", "one point, shape (n,)", f"shape {tuple(x.shape)}")
    exact = _fractions(points[0])
    own, other = (_fractions(s) - exact for s in sets)
    nearest = min(_squares(own)), min(_squares(other))
    if nearest[0] == nearest[1]:
        return MountainBounds(0, 0.0, 0.0, np.array(points[0], dtype=float))
    side = 1 if nearest[0] < nearest[1] else -1
    own, other = (own, other) if side > 0 else (other, own)
    found = []
    for b in other:
        rows, levels = _halfspaces(own, b)
        u, multipliers = _least(rows.astype(float), levels.astype(float))
        u, multipliers = _fractions(u), _fractions(np.maximum(multipliers, 0))
        pull = multipliers @ rows
        drop = max(-(multipliers @ levels), Fraction(0))
        bound = drop * drop / (pull @ pull) if any(pull) else Fraction(0)
        excess = [(row @ u - level, row @ b) for row, level in zip(rows, levels, strict=True)]
        # at b the constraint of a has the slack ‖a - b‖² > 0: level - row·b
        share = max(
            (over / (over + level - at_b) for (over, at_b), level in zip(excess, levels, strict=True) if over > 0),
            default=Fraction(0),
        )
        u = u + share * (b - u)
        found.append((bound, u @ u, u))
    lower = min(bound for bound, _, _ in found)
    _, upper, nearby = min(found, key=lambda pair: pair[1])
    point = (exact + nearby).astype(float)
    return MountainBounds(side, _root(lower, down=True), _root(upper, down=False), point)


def mountain_from_distances(
    x: Array,
    positive: Callable[[np.ndarray], float],
    negative: Callable[[np.ndarray], float],
    *,
    tolerance: float = 1e-3,
    cells: int = 100_000,
) -> MountainBounds:
    """Bounds of d(x, ∂) for sets that are given by their distance functions.

    Parameters
    ----------
    x : NumPy array, shape (n,), float64
    positive, negative : callables
        z, shape (n,) -> the exact distance from z to the set, >= 0; the sets must be closed and disjoint.
    tolerance : number > 0
        Wanted `upper - lower`.
    cells : int >= 1
        Largest number of cells to look at.

    Raises
    ------
    ConvergenceError
        The tolerance was not reached within `cells`; its values carry the bounds so far.
    DomainError
        A distance that is negative or not finite.

    Notes
    -----
    Branch and bound over cubes, nearest first. The difference of the distances is 2-Lipschitz, so a cube of half
    diagonal r whose centre has a difference above 2r holds no point of the frontier; a centre on the other side gives a
    frontier point on the segment from x, by bisection. Work grows like tolerance^(-(n-1)/2) near a flat frontier.
    """
    namespace("mountain_from_distances", x=x)
    require_number("mountain_from_distances", "tolerance", tolerance, above=0)
    require_integer("mountain_from_distances", "cells", cells, at_least=1)
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise DTypeError("mountain_from_distances", "a NumPy array of float64", f"{type(x).__name__} of {x.dtype}")
    if x.ndim != 1 or not len(x):
        raise ShapeError("mountain_from_distances", "x of shape (n,), n > 0", f"{tuple(x.shape)}")

    def gap(z: np.ndarray) -> tuple[float, float]:
        found = float(positive(z)), float(negative(z))
        if not all(0 <= value < math.inf for value in found):
            raise DomainError("mountain_from_distances", "finite distances >= 0", f"{found}", point=z, distances=found)
        return found[1] - found[0], max(found)

    start, upper = gap(x)  # as far as the farther set there is a point of it, on the other side
    slack = 16 * np.finfo(np.float64).eps * 4 * upper  # rounding of two distances up to 4 upper in the first cube
    if start == 0:
        return MountainBounds(0, 0.0, 0.0, x)
    side = 1 if start > 0 else -1
    point, order = None, itertools.count()
    heap = [(abs(start) / 2, next(order), x, upper)]
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=len(x))))
    for _ in range(cells):
        lower, _, centre, half = heapq.heappop(heap)  # half the side of the cube
        if lower >= upper - tolerance:
            return MountainBounds(side, lower, upper, point)
        value = side * gap(centre)[0]
        if value <= 0:
            low, high = 0.0, 1.0
            while (high - low) * upper > tolerance / 4:
                middle = (low + high) / 2
                low, high = (middle, high) if side * gap(x + middle * (centre - x))[0] > 0 else (low, middle)
            found = high * float(np.linalg.norm(centre - x))
            if found < upper:
                upper, point = found, x + high * (centre - x)
        if abs(value) <= 2 * half * math.sqrt(len(x)) + slack:  # 2 times the half diagonal
            for corner in corners:
                child = centre + half * corner
                near = float(np.linalg.norm(np.maximum(np.abs(child - x) - half / 2, 0)))
                if near < upper:
                    heapq.heappush(heap, (max(near, lower), next(order), child, half / 2))
        if not heap:
            return MountainBounds(side, upper, upper, point)  # every other cell began farther away
    bounds = MountainBounds(side, heap[0][0], upper, point)
    raise ConvergenceError(
        "mountain_from_distances",
        f"bounds closer than {tolerance} within {cells} cells",
        f"{bounds.lower} and {bounds.upper}",
        bounds=bounds,
    )


def _checked(function: str, x: Array, **sets: Array) -> tuple[Array, list[Array]]:
    """The points, (batch, n), and the sets on the host, in float64 or fractions, after all checks."""
    namespace(function, exact=True, x=x, **sets)
    if x.ndim < 1 or x.shape[-1] == 0:
        raise ShapeError(function, "x of shape (..., n), n > 0", f"{tuple(x.shape)}")
    for name, points in sets.items():
        if points.ndim != 2 or points.shape[0] == 0 or points.shape[-1] != x.shape[-1]:
            expected = f"{name} of shape (at least 1, {x.shape[-1]}); without a class there is no frontier"
            raise ShapeError(function, expected, f"{tuple(points.shape)}", name=name)
    hosts = [to_numpy(points) if is_exact(points) else to_numpy(points).astype(np.float64) for points in sets.values()]
    owners: dict[tuple, str] = {}
    for name, points in zip(sets, hosts, strict=True):
        for point in map(tuple, points.tolist()):
            if owners.setdefault(point, name) != name:
                got = f"{tuple(map(str, point))} in {owners[point]} and {name}"
                raise DomainError(function, "classes without a common point", got, point=point)
    host = to_numpy(x) if is_exact(x) else to_numpy(x).astype(np.float64)
    return np.reshape(host, (-1, x.shape[-1])), hosts


def _like(values: np.ndarray, x: Array) -> Array:
    """The values on the library and device and in the dtype of x."""
    if is_exact(x):
        return values
    return namespace("mountain", x=x).asarray(values, dtype=x.dtype, device=x.device)


def _same_batch(function: str, name: str, d: Array, gradient: Array, dropped: int) -> Any:
    xp = namespace(function, exact=True, **{name: d}, gradient=gradient)
    expected = tuple(gradient.shape)[: gradient.ndim - dropped]
    if tuple(d.shape) != expected:
        raise ShapeError(function, f"{name} of shape {expected}", f"{tuple(d.shape)}")
    return xp


def _step(x: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, int, np.ndarray]:
    """(z - x, side of x, a - b): z the nearest point of the frontier, a and b the nearest point of each set."""
    positive, negative = positive - x, negative - x
    squares = [_squares(s) for s in (positive, negative)]
    first = [int(np.argmin(s)) for s in squares]
    normal = positive[first[0]] - negative[first[1]]
    gap = min(squares[1]) - min(squares[0])
    if gap == 0:
        return x * 0, 0, normal
    side = 1 if gap > 0 else -1
    own, other = (positive, negative) if side > 0 else (negative, positive)
    # each half space gives a lower bound of the distance: the most hopeful b first, until the bounds exceed the best
    candidates = []
    for b in other:
        rows, levels = _halfspaces(own, b)
        candidates.append((max(_signed_square(rows, levels)), rows, levels))
    candidates.sort(key=lambda candidate: candidate[0])
    best, _ = _least(*candidates[0][1:])
    for bound, rows, levels in candidates[1:]:
        if bound >= best @ best:
            break
        best = min(best, _least(rows, levels)[0], key=lambda u: u @ u)
    return best, side, normal


def _halfspaces(own: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """G and g of {u : G u <= g}, the points not farther from b than from any point of `own`; all relative to x."""
    return 2 * (own - b), _squares(own) - b @ b


def _signed_square(rows: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Squared distance of 0 to each half space row·u <= level; negative inside."""
    return -levels * abs(levels) / _squares(rows)


def _least(rows: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(u, λ): u of least norm with rows u <= levels, where one is negative; u = -rowsᵀ λ, λ >= 0."""
    worst = int(np.argmax(_signed_square(rows, levels)))
    multipliers = 0 * levels
    multipliers[worst] = -levels[worst] / _squares(rows)[worst]
    u = -multipliers[worst] * rows[worst]
    if is_exact(rows):
        return (u, multipliers) if all(rows @ u <= levels) else _least_exactly(rows, levels)
    # rounding of the product and of u itself
    slack = 4 * (len(u) + 4) * np.finfo(np.float64).eps * np.sqrt(_squares(rows)) * math.sqrt(u @ u)
    return (u, multipliers) if np.all(rows @ u <= levels + slack) else _least_by_nnls(rows, levels, math.sqrt(u @ u))


def _least_by_nnls(rows: np.ndarray, levels: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Least-distance programming: y >= 0 least in ‖E y - e‖, E = -[rows, levels]ᵀ with unit rows, in units of `scale`.

    The residual r gives u = -r[:n]/r[n]. Its support is the set of active constraints, on which u is computed again.
    """
    from scipy.optimize import nnls

    sizes = np.sqrt(_squares(rows))
    unit, heights = rows / sizes[:, None], levels / sizes
    columns = -np.concatenate([unit, heights[:, None] / scale], axis=1).T
    target = np.zeros(len(columns))
    target[-1] = 1.0
    weights, _ = nnls(columns, target)
    active = weights > 0
    u = np.linalg.lstsq(unit[active], heights[active], rcond=None)[0]
    multipliers = np.zeros(len(levels))
    multipliers[active] = np.linalg.lstsq(unit[active].T, -u, rcond=None)[0] / sizes[active]
    return u, multipliers


def _least_exactly(rows: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same by the active-set method of Lawson and Hanson in fractions, which ends after finitely many sets."""
    columns = -np.concatenate([rows, levels[:, None]], axis=1)  # row i is column i of E
    weights = 0 * levels
    residual = np.array([Fraction(0)] * (columns.shape[1] - 1) + [Fraction(1)], dtype=object)
    target = residual.copy()
    active: list[int] = []
    while True:
        slopes = columns @ residual
        new = int(np.argmax(slopes))
        if slopes[new] <= 0:
            break
        active.append(new)
        while True:
            chosen = columns[active]
            solution = _solve(chosen @ chosen.T, chosen @ target)
            if all(solution > 0):
                break
            old = weights[active]
            pairs = zip(old, solution, strict=True)
            share = min(before / (before - after) for before, after in pairs if after <= 0)
            weights[active] = old + share * (solution - old)
            active = [i for i in active if weights[i] > 0]
        weights = 0 * weights
        weights[active] = solution
        residual = target - columns.T @ weights
    return -residual[:-1] / residual[-1], weights / residual[-1]


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solution of a regular system in fractions, by elimination."""
    system = np.concatenate([matrix, right[:, None]], axis=1)
    for i in range(len(system)):
        pivot = next(k for k in range(i, len(system)) if system[k, i])
        system[[i, pivot]] = system[[pivot, i]]
        system[i] = system[i] / system[i, i]
        for k in range(len(system)):
            if k != i and system[k, i]:
                system[k] = system[k] - system[k, i] * system[i]
    return system[:, -1]


def _squares(points: np.ndarray) -> np.ndarray:
    """Squared lengths of the rows."""
    return np.sum(points * points, axis=-1)


def _fractions(x: np.ndarray) -> np.ndarray:
    """The same numbers as fractions."""
    return np.array([Fraction(v) for v in x.flat], dtype=object).reshape(x.shape)


def _length(function: str, u: np.ndarray) -> Any:
    """Length of u; in fractions only where it is rational."""
    square = u @ u
    if not is_exact(u):
        return math.sqrt(square)
    root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if root * root != square:
        got = f"the root of {square}; see nearest_frontier"
        raise DomainError(function, "rational distances in exact mode", got, square=square)
    return root


def _root(square: Fraction, *, down: bool) -> float:
    """Root rounded downwards or upwards."""
    root = math.sqrt(square)
    while (Fraction(root) ** 2 > square) if down else (Fraction(root) ** 2 < square):
        root = math.nextafter(root, 0.0 if down else math.inf)
    return root
