"""Lattices of networks: separation of points, interpolation and approximation by maxima of minima of affine pieces.

MaxMin networks with norms of rows at most 1 are closed under `maximum` and `minimum` [SO-Def2], [SO-Thm3-lattice], and
take any lawful values at two points [SO-Thm3-sep]. So they interpolate every 1-Lipschitz data set [SO-Lem1] and come
within any epsilon of every 1-Lipschitz function on a box [SO-Thm3], with several outputs too [SO-Obs].

The networks themselves are in `lipref.maxmin_networks`, whose functions can be imported from here. In fractions all is
exact, for p = inf and all integers p.

Not covered: rates; smaller networks than the paper's construction gives (their size is stated and limited).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, namespace, require_integer, require_number, require_same_shape
from lipref.errors import DomainError, DTypeError, ShapeError, UnknownNameError
from lipref.layers import Chain
from lipref.maxmin_networks import (
    Maps,
    _array,
    _back,
    _chain,
    _dual,
    _eps,
    _host,
    _identity,
    _norms,
    _number,
    _reduced,
    _require_exponent,
)
from lipref.maxmin_networks import maximum as maximum
from lipref.maxmin_networks import maxmin_network as maxmin_network
from lipref.maxmin_networks import minimum as minimum
from lipref.maxmin_networks import parallel as parallel
from lipref.maxmin_networks import unit_rows as unit_rows

MAX_UNITS = 2048
"""Units of the first hidden layer above which interpolation refuses: weights are dense, of half their square."""

MAX_CHECKED = 4096
"""Points at which an approximation is verified, at most."""

MAX_POINTS = 10**6
"""Points of a covering net, at most."""

METHODS = ("cones", "two-stage")


def unit_functional(d: Array, value: Any, p: float) -> Array:
    """A w with dual norm exactly 1 and ⟨w, d⟩ = value.

    Parameters
    ----------
    d : array, shape (n,) with n >= 2; float32, float64, or fractions with p = 1 or inf
    value : number, |value| <= ‖d‖_p
    p : number >= 1, or inf

    Returns
    -------
    array, shape (n,). It exists since the dual unit sphere of n >= 2 dimensions is connected; for n = 1 only
    |value| = |d| is possible (erratum separation-in-one-dimension). Closed form for p = 1, 2, inf, else by bisection to
    rounding.
    """
    function = "unit_functional"
    namespace(function, exact=True, d=d)
    x = _host(d)
    exact = is_exact(x)
    _require_exponent(function, p, exact)
    require_number(function, "value", value)
    if x.ndim != 1 or len(x) < 2:
        raise ShapeError(function, "d of shape (n,), n >= 2", f"{tuple(x.shape)}", shape=tuple(x.shape))
    if exact and p not in (1, math.inf):
        raise DomainError(function, "p = 1 or inf for fractions: other norms are irrational", f"p={p}", p=p)
    t = Fraction(value) if exact else float(value)
    k = int(np.argmax(abs(x)))
    rest = np.concatenate([x[:k], x[k + 1 :]])
    a, v = abs(x[k]), _norms(rest[None, :], p)[0]
    limit = _norms(_array(x, [[a, v]]), p)[0]
    if abs(t) > limit * (1 if exact else 1 + 16 * len(x) * _eps(d)):
        raise DomainError(function, f"|value| <= ‖d‖_p = {limit}", f"{value}", value=value)
    first, second = _plane_functional(a, v, min(abs(t), limit), p)
    direction = _slopes(rest[None, :], _norms(rest[None, :], p), p)[0]  # of dual norm 1, unless the rest is zero
    if not np.any(rest != 0):
        direction = _identity(x, len(rest))[0]
    sign = -1 if t < 0 else 1
    own = first * (-1 if x[k] < 0 else 1)
    w = np.concatenate([second * direction[:k], _array(x, [own]), second * direction[k:]]) * sign
    return _back(w, d)


def separate(x: Array, y: Array, a: Any, b: Any, p: float, *, exactly: bool = False) -> Chain:
    """A network that takes the value a at x and b at y, for |a - b| <= ‖x - y‖_p [SO-Thm3-sep].

    Parameters
    ----------
    x, y : arrays, shape (n,); float32, float64 or fractions
    a, b : numbers
    p : number >= 1, or inf; in exact mode inf or an integer
    exactly : bool
        False: one affine layer, of dual norm |a - b|/‖x - y‖_p. True: `unit_rows` of it, norms exactly 1 for every n.

    Raises
    ------
    DomainError
        |a - b| > ‖x - y‖_p; the message has both.
    """
    function = "separate"
    namespace(function, exact=True, x=x, y=y)
    require_same_shape(function, x=x, y=y)
    if x.ndim != 1 or not x.shape[0]:
        raise ShapeError(function, "points of shape (n,), n >= 1", f"{tuple(x.shape)}", shape=tuple(x.shape))
    for name, value in (("a", a), ("b", b)):
        require_number(function, name, value)
    _require_exponent(function, p, is_exact(x))
    points = np.stack([_host(x), _host(y)])
    values = _array(points, [a, b])[:, None]
    _require_lipschitz(function, points, values, p, _eps(x))
    row = _slopes(points[1:] - points[:1], values[1:, 0] - values[:1, 0], p)
    network = _chain([(row, values[:1, 0] - row @ points[0])], x)
    return unit_rows(network, p) if exactly else network


def interpolate(
    points: Array, values: Array, p: float, *, method: str | None = None, max_units: int = MAX_UNITS
) -> Chain:
    """A 1-Lipschitz MaxMin network through the data.

    Parameters
    ----------
    points : array, shape (N, n), N, n >= 1; float32, float64 or fractions
    values : array, shape (N,), or (N, m) for m outputs, measured in the inf-norm
    p : number >= 1, or inf, the norm of the points; in exact mode inf or an integer
    method : {"cones", "two-stage"}, optional
        "cones", for p = 1 and inf: max_i (v_i - ‖x - x_i‖_p), the least such function; 2n affine pieces per point for
        inf and 2^n for 1, rows of norm exactly 1. "two-stage", the paper's: max_i min_j f_ij with f_ij affine through
        the points i and j; N(N - 1) pieces. By default the one with fewer units.
    max_units : int >= 1
        Limit of the units of the first hidden layer.

    Returns
    -------
    Chain; one output for values (N,): network(points) has shape (N, 1). Exact in fractions, else to rounding. Two
    1-Lipschitz functions that agree on the points differ by at most twice their covering radius [SO-Lem1].

    Raises
    ------
    DomainError
        The data is not 1-Lipschitz (the pair is named), or too many units are needed.

    >>> import numpy as np
    >>> network = interpolate(np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 0.5]), 2)
    >>> network(np.array([[0.0], [1.0], [1.5]])).tolist()
    [[0.0], [1.0], [0.75]]
    """
    function = "interpolate"
    namespace(function, exact=True, points=points, values=values)
    require_integer(function, "max_units", max_units, at_least=1)
    x, v = _host(points), _host(values)
    if x.ndim != 2 or 0 in x.shape:
        raise ShapeError(function, "points of shape (N, n), N, n >= 1", f"{x.shape}", shape=x.shape)
    if v.ndim not in (1, 2) or v.shape[0] != x.shape[0] or 0 in v.shape:
        raise ShapeError(function, f"values of shape ({x.shape[0]},) or ({x.shape[0]}, m)", f"{v.shape}", shape=v.shape)
    _require_exponent(function, p, is_exact(x))
    v = v.reshape(len(x), -1)
    lawful = METHODS if p in (1, math.inf) else METHODS[1:]
    if method is None:
        method = min(lawful, key=lambda name: _units(len(x), x.shape[1], p, name))
    if method not in lawful:
        raise UnknownNameError(function, f"method to be one of {lawful} for p = {p}", repr(method), method=method)
    _require_units(function, v.shape[1] * _units(len(x), x.shape[1], p, method), max_units, f"{len(x)} points")
    _require_lipschitz(function, x, v, p, _eps(points))
    return _chain(_interpolant(x, v, p, method), points)


def covering_net(lower: Array, upper: Array, radius: Any, p: float) -> tuple[Array, Any]:
    """Centres of equal cells of a box, every point of which is within `radius` of one in the p-norm.

    Parameters
    ----------
    lower, upper : arrays, shape (n,), lower <= upper
    radius : number > 0
    p : number >= 1, or inf; in exact mode inf or an integer

    Returns
    -------
    points : array, shape (N, n)
    reached : number <= radius
        The covering radius of the net, ‖half a cell‖_p, attained at the corners of the cells; in exact mode for p other
        than 1 and inf, where it may be irrational, `radius` itself.
    """
    low, high = _box("covering_net", lower, upper, p)
    require_number("covering_net", "radius", radius, above=0)
    cells = _cells(low, high, _number(low, radius), p)
    if math.prod(cells) > MAX_POINTS:
        raise DomainError("covering_net", f"at most {MAX_POINTS} points; a larger radius", f"{math.prod(cells)}")
    return _back(_grid(low, high, cells), lower), _reached(low, high, cells, _number(low, radius), p)


def approximate(
    f: Callable[[Array], Array], lower: Array, upper: Array, epsilon: Any, p: float, *, max_units: int = MAX_UNITS
) -> Chain:
    """A 1-Lipschitz MaxMin network within `epsilon` of a 1-Lipschitz function on a box [SO-Thm3], [SO-Obs].

    Parameters
    ----------
    f : callable on arrays (N, n), with values (N,), or (N, m) measured in the inf-norm; 1-Lipschitz in the p-norm
    lower, upper : arrays, shape (n,), lower <= upper: the corners of the box, finite
    epsilon : number > 0
    p : number >= 1, or inf; in exact mode inf or an integer
    max_units : int >= 1
        Limit of the units of the first hidden layer.

    Returns
    -------
    Chain. With r the covering radius of the net of points at which f is read: for p = 1 and inf cones raised by r,
    whose error is at most r; for other p the two-stage interpolant, at most 2r. Then it is verified at the corners of
    the cells, the points farthest from the net (at most `MAX_CHECKED` of them).

    Raises
    ------
    DomainError
        f is not 1-Lipschitz: on the net (the pair is named), or by the verification (the point is named); or more than
        `max_units` units are needed.

    >>> import numpy as np
    >>> network = approximate(lambda x: np.sin(x[:, 0]), np.array([0.0]), np.array([3.0]), 0.1, 2)
    >>> z = np.linspace(0, 3, 50)[:, None]
    >>> bool(np.max(np.abs(network(z)[:, 0] - np.sin(z[:, 0]))) <= 0.1)
    True
    """
    function = "approximate"
    low, high = _box(function, lower, upper, p)
    require_number(function, "epsilon", epsilon, above=0)
    require_integer(function, "max_units", max_units, at_least=1)
    if not callable(f):
        raise DTypeError(function, "f to be callable", type(f).__name__, value=f)
    method = "cones" if p in (1, math.inf) else "two-stage"
    epsilon = _number(low, epsilon)
    radius = epsilon if method == "cones" else epsilon / 2
    cells = _cells(low, high, radius, p)
    what = f"epsilon={epsilon} in {len(low)} dimensions; take a larger epsilon, or a larger max_units"
    _require_units(function, _units(math.prod(cells), len(low), p, method), max_units, what)
    net = _grid(low, high, cells)
    values = _values(function, f, net, lower)
    _require_units(function, values.shape[1] * _units(len(net), len(low), p, method), max_units, what)
    eps = _eps(lower)
    _require_lipschitz(function, net, values, p, eps)
    raised = values + _reached(low, high, cells, radius, p) if method == "cones" else values
    maps = _interpolant(net, raised, p, method)
    network = _chain(maps, lower)
    corners = _grid(low, high, cells, corners=True)
    wanted = _values(function, f, corners, lower)
    found = _host(network(_back(corners, lower)))
    # the first layer sums n products and a bias, of sizes n |x| and n |x| + |f|; the others only select
    n, size, reach = len(low), float(np.max(abs(wanted))), float(np.max(abs(corners)))
    slack = 4 * eps * (n + 3) * (n * reach + size) if eps else 0
    gaps = np.max(abs(found - wanted), axis=1)
    worst = int(np.argmax(gaps))
    if gaps[worst] > epsilon + slack:
        where = ", ".join(str(c) for c in corners[worst])
        raise DomainError(
            function, "f to be 1-Lipschitz", f"at ({where}) it is {gaps[worst]} from the network", point=corners[worst]
        )
    return network


def _slopes(d: np.ndarray, rise: np.ndarray, p: float) -> np.ndarray:
    """Rows g (K, n) with ⟨g, d⟩ = rise and dual norm |rise|/‖d‖_p, zero where d is; rational for integer p and inf."""
    size = abs(d)
    largest = np.max(size, axis=1)[:, None]
    scale = np.where(largest == 0, largest + 1, largest)
    signs = (d > 0) * 1 - (d < 0) * 1
    if p == math.inf:
        signs = signs * (np.arange(d.shape[1]) == np.argmax(size, axis=1)[:, None])
        return signs * (rise[:, None] / scale)
    ratio = size / scale
    powers = ratio ** (p - 1)
    total = np.sum(ratio * powers, axis=1)[:, None]
    return signs * powers * (rise[:, None] / (scale * np.where(total == 0, total + 1, total)))


def _interpolant(x: np.ndarray, v: np.ndarray, p: float, method: str) -> Maps:
    """Maximum over points of the minimum of the affine pieces of each, for each output."""
    count = len(x)
    weights, biases = [], []
    for output in v.T:
        for i in range(count):
            if method == "cones":
                rows = _cone_rows(x, p)
            else:
                others = np.arange(count) != i if count > 1 else np.zeros(1, dtype=int)
                rows = _slopes((x - x[i])[others], (output - output[i])[others], p)
            weights.append(rows)
            biases.append(output[i] - rows @ x[i])
    pieces = len(weights[0])
    maps = [(np.concatenate(weights), np.concatenate(biases))]
    total = count * v.shape[1]
    lower = _reduced(maps, [list(range(i * pieces, (i + 1) * pieces)) for i in range(total)], 1)
    return _reduced(lower, [list(range(k * count, (k + 1) * count)) for k in range(v.shape[1])], 0)


def _cone_rows(x: np.ndarray, p: float) -> np.ndarray:
    """Rows r with -‖z‖_p = min_r ⟨r, z⟩: all signs for p = 1, ± the axes for inf."""
    n = x.shape[1]
    if p == 1:
        return _array(x, list(itertools.product((1, -1), repeat=n)))
    eye = _identity(x, n)
    return np.concatenate([eye, -eye])


def _plane_functional(a: Any, v: Any, t: Any, p: float) -> tuple[Any, Any]:
    """(r, s) of dual norm 1 with r a + s v = t, for a, v >= 0 and 0 <= t <= ‖(a, v)‖_p."""
    if a == v == 0:
        return (1, 0)
    if p == 1:  # the dual unit sphere is a square: one entry 1, the other between -1 and 1
        return (1, (t - a) / v) if a <= v else ((t - v) / a, 1)
    if p == math.inf:
        r = (t + v) / (a + v) if v <= a else (t - v) / (a + v)
        return (r, r - 1) if v <= a else (r, r + 1)
    if p == 2:
        h = math.hypot(a, v)
        c = t / h
        e = math.sqrt(max(0.0, 1 - c * c))
        return (c * a - e * v) / h, (c * v + e * a) / h
    q = _dual(p)

    def on_sphere(angle: float) -> tuple[float, float]:
        r, s = math.cos(angle), math.sin(angle)
        norm = float(_norms(np.array([[r, s]]), q)[0])
        return r / norm, s / norm

    top = float(_norms(np.array([[a, v]]), p)[0])
    best = math.atan2((v / top) ** (p - 1), (a / top) ** (p - 1))
    inside, outside = best, math.atan2(a, -v)  # there t is the norm, here it is 0
    for _ in range(80):
        middle = (inside + outside) / 2
        r, s = on_sphere(middle)
        inside, outside = (middle, outside) if r * a + s * v >= t else (inside, middle)
    return on_sphere(inside)


def _box(function: str, lower: Array, upper: Array, p: float) -> tuple[np.ndarray, np.ndarray]:
    namespace(function, exact=True, lower=lower, upper=upper)
    require_same_shape(function, lower=lower, upper=upper)
    low, high = _host(lower), _host(upper)
    if low.ndim != 1 or not len(low):
        raise ShapeError(function, "corners of shape (n,), n >= 1", f"{low.shape}", shape=low.shape)
    _require_exponent(function, p, is_exact(low))
    for k, (a, b) in enumerate(zip(low, high, strict=True)):
        if a > b:
            raise DomainError(function, "lower <= upper", f"{a} > {b} on axis {k}", axis=k)
    return low, high


def _cells(low: np.ndarray, high: np.ndarray, radius: Any, p: float) -> list[int]:
    """Numbers of cells per axis: cells as nearly cubes as possible whose half diagonals are at most `radius`."""
    side = 2 * float(radius) / len(low) ** (0.0 if p == math.inf else 1 / float(p))
    lengths = high - low
    cells = [max(1, math.ceil(float(length) / side * (1 - 1e-12))) for length in lengths]
    while not _shorter(lengths / (2 * _array(low, cells)), radius, p):
        longest = max(range(len(cells)), key=lambda k: lengths[k] / cells[k])
        cells[longest] += 1
    return cells


def _shorter(d: np.ndarray, radius: Any, p: float) -> bool:
    """Whether ‖d‖_p <= radius, without a root in exact mode."""
    if is_exact(d) and p != math.inf:
        return sum(abs(c) ** int(p) for c in d) <= radius ** int(p)
    return bool(_norms(d[None, :], p)[0] <= radius)


def _reached(low: np.ndarray, high: np.ndarray, cells: list[int], radius: Any, p: float) -> Any:
    if is_exact(low) and p not in (1, math.inf):
        return radius
    return _norms(((high - low) / (2 * _array(low, cells)))[None, :], p)[0]


def _grid(low: np.ndarray, high: np.ndarray, cells: list[int], corners: bool = False) -> np.ndarray:
    """Centres of the cells, or their corners; of more than `MAX_CHECKED` corners some, spread over all axes."""
    counts = [k + corners for k in cells]
    shift = _number(low, 0 if corners else Fraction(1, 2))
    axes = [
        [a + (b - a) * (i + shift) / k for i in range(m)] for a, b, k, m in zip(low, high, cells, counts, strict=True)
    ]
    total = math.prod(counts)
    step = total // MAX_CHECKED | 1 if corners else 1  # odd, so that every axis moves where there are two corners
    points = []
    for index in range(0, total, step):
        point = []
        for axis in reversed(axes):
            index, place = divmod(index, len(axis))
            point.append(axis[place])
        points.append(point[::-1])
    return _array(low, points)


def _values(function: str, f: Callable[[Array], Array], points: np.ndarray, like: Array) -> np.ndarray:
    """f at the points, (N, m), after checks."""
    placed = _back(points, like)
    values = f(placed)
    namespace(function, exact=True, values=values, points=placed)
    host = _host(values)
    if host.ndim not in (1, 2) or host.shape[0] != len(points) or 0 in host.shape:
        expected = f"f to return ({len(points)},) or ({len(points)}, m)"
        raise ShapeError(function, expected, f"{host.shape}", shape=host.shape)
    return host.reshape(len(points), -1)


def _require_lipschitz(function: str, x: np.ndarray, v: np.ndarray, p: float, eps: float) -> None:
    """Name a pair whose values differ by more than its distance (in floats: beyond the rounding of the data)."""
    # data of size s is known to eps·s; n powers, a sum and a root cost a relative 8 n eps
    slack = 4 * eps * (float(np.max(abs(v))) + x.shape[1] * float(np.max(abs(x)))) if eps else 0
    for i in range(len(x) - 1):
        rise = np.max(abs(v[i + 1 :] - v[i]), axis=1)
        d = x[i + 1 :] - x[i]
        if eps == 0 and p != math.inf:
            steep = rise ** int(p) > np.sum(abs(d) ** int(p), axis=1)
        else:
            steep = rise > _norms(d, p) * (1 + 8 * x.shape[1] * eps if eps else 1) + slack
        if np.any(steep):
            j = int(np.argmax(steep))
            apart = float(_norms(d[j : j + 1].astype(float), p)[0])
            raise DomainError(
                function,
                f"1-Lipschitz data in the {p}-norm",
                f"values {i} and {i + 1 + j} differ by {float(rise[j]):.6g} but the points are {apart:.6g} apart",
                pair=(i, i + 1 + j),
                points=(x[i], x[i + 1 + j]),
            )


def _require_units(function: str, units: int, limit: int, what: str) -> None:
    if units > limit:
        raise DomainError(function, f"at most {limit} units", f"{units} for {what}", units=units, max_units=limit)


def _units(count: int, n: int, p: float, method: str) -> int:
    """Units of the first hidden layer, per output, before lone ones are doubled."""
    if method == "cones":
        return count * (2**n if p == 1 else 2 * n)
    return count * max(1, count - 1)
