"""Highest Mountain Functions: definition, Lipschitz constants, gradients, certified bounds, refusals."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.mountain import (
    highest_mountain,
    highest_mountain_backward,
    highest_mountain_forward,
    highest_mountain_jvp,
    mountain_bounds,
    mountain_from_distances,
    multiclass_mountain,
    multiclass_mountain_backward,
    multiclass_mountain_forward,
    multiclass_mountain_jvp,
    nearest_frontier,
)

F = Fraction
EPS = np.finfo(float).eps
# Active normals a - b are independent integer vectors of squared length at most 3·8² = 192, at most three of them: as
# unit vectors their Gram determinant is at least 192^-3 and their least singular value above 192^-1.5/3 > 1e-4. A
# backward stable least-squares solution of size 20 is off by at most 1e4 · 20 · 100 eps < 1e-8; most are off far less.
TOLERANCE = 1e-8


@st.composite
def problems(draw, classes=2, dimensions=(1, 2, 3)):
    """(points of each class, queries): integers and halves, ties and collinear points by design."""
    n = draw(st.sampled_from(dimensions))
    coordinates = st.lists(st.integers(-4, 4), min_size=n, max_size=n).map(tuple)
    points = draw(st.lists(coordinates, min_size=classes, max_size=8, unique=True))
    owners = [*range(classes), *draw(st.lists(st.integers(0, classes - 1), min_size=8, max_size=8))]
    sets = [lipref.exact([p for p, k in zip(points, owners) if k == j]) for j in range(classes)]
    halves = st.lists(st.integers(-12, 12), min_size=n, max_size=n)
    queries = draw(st.lists(halves, min_size=3, max_size=3))
    return sets, lipref.exact(queries) / 2


def squares(points):
    return [sum(v * v for v in row) for row in points]


def side(x, a, b):
    gap = min(squares(b - x)) - min(squares(a - x))
    return (gap > 0) - (gap < 0)


def at_most_sum(a, b, c):
    """√a <= √b + √c, exactly."""
    return a - b - c <= 0 or (a - b - c) ** 2 <= 4 * b * c


@given(problem=problems())
def test_nearest_frontier_is_on_the_frontier_and_nearest(problem):
    """[MF-Def1] The point ties, and no point of another grid on the frontier or beyond is nearer; exact."""
    (a, b), queries = problem
    n = queries.shape[-1]
    found = nearest_frontier(queries, a, b)
    for x, z in zip(queries, found):
        assert side(z, a, b) == 0
        if side(x, a, b) == 0:
            assert z.tolist() == x.tolist()
        distance = squares([z - x])[0]
        for step in itertools.product((-1, 0, 1), repeat=n):
            near = z + lipref.exact(list(step)) / 64
            if side(near, a, b) != side(x, a, b):
                assert squares([near - x])[0] >= distance, "a nearer point has changed sides"


@given(problem=problems())
def test_highest_mountain_is_the_signed_distance(problem):
    """[MF-Eq10] Floats against the exact frontier point, with the certified bounds around both."""
    (a, b), queries = problem
    points = [v.astype(float) for v in (queries, a, b)]
    values = highest_mountain(*points)
    for x, z, value in zip(queries, nearest_frontier(queries, a, b), values):
        square = squares([z - x])[0]
        bounds = mountain_bounds(x.astype(float), *points[1:])
        assert bounds.sign == np.sign(value) == side(x, a, b)
        assert F(bounds.lower) ** 2 <= square <= F(bounds.upper) ** 2
        assert bounds.upper - bounds.lower <= TOLERANCE
        assert abs(abs(value) - math.sqrt(square)) <= TOLERANCE


@given(problem=problems(dimensions=(1,)))
def test_on_the_line_the_frontier_is_midpoints(problem):
    """In one dimension ∂ is the midpoints of neighbours of other class: another formula, exact values."""
    (a, b), queries = problem
    labelled = sorted([(p, 1) for (p,) in a] + [(p, -1) for (p,) in b])
    middles = [(p + q) / 2 for (p, c), (q, d) in itertools.pairwise(labelled) if c != d]
    for x, value in zip(queries, highest_mountain(queries, a, b)):
        assert value == side(x, a, b) * min(abs(x[0] - m) for m in middles)


@given(problem=problems(), where=st.integers(0, 2), to=st.integers(0, 2))
def test_highest_mountain_is_one_lipschitz(problem, where, to):
    """[MF-Prop1] |f(x) - f(y)| <= ‖x - y‖ in squares, exactly."""
    (a, b), queries = problem
    ends = nearest_frontier(queries, a, b)
    x, y = queries[where], queries[to]
    u, v = (squares([ends[i] - queries[i]])[0] for i in (where, to))
    gap = squares([x - y])[0]
    if side(x, a, b) * side(y, a, b) >= 0:
        assert at_most_sum(max(u, v), min(u, v), gap)
    else:  # √u + √v <= √gap
        assert u + v <= gap
        assert 4 * u * v <= (gap - u - v) ** 2


@given(problem=problems())
def test_sign_on_the_classes(problem):
    """The class on every point of a class, and at least half the distance to the other class."""
    (a, b), _ = problem
    for points, other in ((a, b), (b, a)):
        for point, end in zip(points, nearest_frontier(points, a, b)):
            assert side(point, a, b) == (1 if points is a else -1)
            assert 4 * squares([end - point])[0] >= min(squares(other - point))


@given(problem=problems(), data=st.data())
def test_gradient_laws(problem, data):
    """Adjoint law; difference quotients along the gradient and across, where no other frontier point competes."""
    (a, b), queries = problem
    x = queries.astype(float) + np.array(data.draw(st.lists(st.floats(0.01, 0.3), min_size=3, max_size=3)))[:, None]
    points = [v.astype(float) for v in (a, b)]
    value, residuals = highest_mountain_forward(x, *points)
    assert np.allclose(np.linalg.norm(residuals.gradient, axis=-1), 1, rtol=4 * EPS * 8, atol=0)
    dx = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=3, max_size=3)))[:, None] * np.ones_like(x)
    df = np.array([1.0, -2.0, 0.5])
    law = laws.adjoint(
        lambda d: highest_mountain_backward(residuals, d),
        lambda d: highest_mountain_jvp(residuals, d),
        dx,
        df,
        operations=2 * (x.shape[-1] + 2),
    )
    assert law.holds
    step = 2.0**-20
    ahead, behind = (highest_mountain(x + s * residuals.gradient, *points) for s in (step, -step))
    one_sided = np.maximum(ahead - value, value - behind) / step
    # towards the frontier the slope is 1 wherever x is; rounding of two values over the step
    assert np.all(one_sided[np.abs(value) > 2 * step] >= 1 - 1e-7)


@given(problem=problems(classes=2), data=st.data())
def test_gradient_against_differences(problem, data):
    """At points with one nearest frontier point in the neighbourhood, in every direction."""
    (a, b), queries = problem
    x = queries[:1].astype(float) + 0.137
    points = [v.astype(float) for v in (a, b)]
    _, residuals = highest_mountain_forward(x, *points)
    dx = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=x.shape[-1], max_size=x.shape[-1])))[None, :]
    step = 2.0**-16
    corners = [x + s * step * dx for s in (-1, 1)]
    slopes = [highest_mountain_forward(corner, *points)[1].gradient for corner in corners]
    assume(np.abs(slopes[0] - slopes[1]).max() < 8 * step)  # no ridge between: the gradient turns slowly
    difference = (highest_mountain(corners[1], *points) - highest_mountain(corners[0], *points)) / (2 * step)
    # curvature 1/|f| over the step, and rounding of the values over the step
    assert np.abs(difference - highest_mountain_jvp(residuals, dx)).max() <= 16 * step + TOLERANCE


@given(problem=problems(classes=3), where=st.integers(0, 2), to=st.integers(0, 2))
def test_multiclass_is_one_lipschitz_into_l1(problem, where, to):
    """[MF-Prop2] ‖f(x) - f(y)‖_1 <= ‖x - y‖; the component of the nearest class is that of class against rest."""
    sets, queries = problem
    points = [s.astype(float) for s in sets]
    values = multiclass_mountain(queries.astype(float), points)
    assert np.all(np.sum(values != 0, axis=-1) <= 1)
    for k, own in enumerate(points):
        rest = np.concatenate([s for j, s in enumerate(points) if j != k])
        binary = highest_mountain(queries.astype(float), own, rest)
        assert np.abs(np.maximum(binary, 0) - values[:, k]).max() <= TOLERANCE
    distance = math.sqrt(squares([queries[where] - queries[to]])[0])
    assert np.abs(values[where] - values[to]).sum() <= distance + 2 * TOLERANCE
    for k, own in enumerate(points):
        assert np.all(np.argmax(multiclass_mountain(own, points), axis=-1) == k)


def test_multiclass_of_two_classes_is_the_binary_one(place, dtype):
    """f_1 - f_2 = f, exactly in fractions, on every backend, and the passes agree with the gradient."""
    x, a, b = lipref.exact([[0], ["3/2"], [7]]), lipref.exact([[0], [4]]), lipref.exact([[2]])
    both = multiclass_mountain(x, [a, b])
    assert (both[:, 0] - both[:, 1]).tolist() == highest_mountain(x, a, b).tolist() == [1, F(-1, 2), 4]
    placed = [place(v.astype(float), dtype) for v in (x, a, b)]
    value, residuals = multiclass_mountain_forward(placed[0], placed[1:])
    assert lipref.to_numpy(value).tolist() == both.astype(float).tolist()
    assert lipref.to_numpy(multiclass_mountain_backward(residuals, value * 0 + 1)).tolist() == [[-1], [1], [1]]
    assert lipref.to_numpy(multiclass_mountain_jvp(residuals, placed[0] * 0 + 2)).tolist() == [[-2, 0], [0, 2], [2, 0]]
    value, residuals = highest_mountain_forward(*placed)
    assert lipref.to_numpy(value).tolist() == [1, -0.5, 4]
    assert lipref.to_numpy(value).dtype == dtype
    assert lipref.to_numpy(highest_mountain_backward(residuals, value)).tolist() == [[-1], [0.5], [4]]


def test_gradient_on_the_frontier_points_from_b_to_a():
    """f = 0 at the middle of (-3, 0) and (0, 4); the function is linear there."""
    a, b = np.array([[-3.0, 0.0]]), np.array([[0.0, 4.0]])
    value, residuals = highest_mountain_forward(np.array([-1.5, 2.0]), a, b)
    assert value == 0
    assert np.abs(residuals.gradient - [-0.6, -0.8]).max() <= 2 * EPS


@given(problem=problems(dimensions=(1, 2)))
def test_distance_oracles_agree(problem):
    """Bounds from the distance functions alone contain the exact distance."""
    (a, b), queries = problem

    def distance(points):
        return lambda z: float(np.min(np.linalg.norm(points.astype(float) - z, axis=-1)))

    x, z = queries[0], nearest_frontier(queries, a, b)[0]
    bounds = mountain_from_distances(x.astype(float), distance(a), distance(b), tolerance=0.01)
    exact = math.sqrt(squares([z - x])[0])
    assert bounds.sign == side(x, a, b)
    assert bounds.lower <= exact * (1 + 4 * EPS)
    assert exact <= bounds.upper + 32 * EPS
    assert bounds.upper - bounds.lower <= 0.01


def test_distance_oracles_of_balls():
    """Two disks of radius 1 at distance 4: the frontier is the middle line."""
    left = lambda z: max(0.0, math.hypot(z[0] + 2, z[1]) - 1)  # noqa: E731
    right = lambda z: max(0.0, math.hypot(z[0] - 2, z[1]) - 1)  # noqa: E731
    bounds = mountain_from_distances(np.array([-1.5, 3.0]), left, right, tolerance=1e-3)
    assert bounds.sign == 1
    assert bounds.lower <= 1.5 <= bounds.upper <= bounds.lower + 1e-3
    assert abs(bounds.point[0]) <= 1e-3


def test_the_nearest_half_space_may_hold_the_farther_polyhedron():
    """From 0 a half space of (-3, 0) is nearer, √1.6 against √2, but its polyhedron farther than (-3, -2)'s."""
    a, b = lipref.exact([[-2, 1], [-1, -3]]), lipref.exact([[-3, 0], [-3, -2]])
    assert nearest_frontier(lipref.exact([0, 0]), a, b).tolist() == [F(-11, 10), F(-9, 10)]


def test_bounds_hold_in_many_dimensions():
    """Concentric classes in 10 dimensions, where up to eight constraints are active: the bounds close to rounding."""
    rng = np.random.default_rng(1)
    a, b, x = (rng.standard_normal((count, 10)) for count in (60, 60, 4))
    a, b = (radius * s / np.linalg.norm(s, axis=-1, keepdims=True) for radius, s in ((1, a), (1.5, b)))
    for point, value in zip(x / 10, highest_mountain(x / 10, a, b)):
        bounds = mountain_bounds(point, a, b)
        assert 0 < bounds.lower <= bounds.upper <= bounds.lower * (1 + 1e-12)
        assert abs(abs(value) - bounds.lower) <= 1e-12 * bounds.lower


def test_irrational_distance_is_refused_in_exact_mode():
    """(0, 0) against (1, 1): the frontier is √2/2 away."""
    with pytest.raises(lipref.DomainError, match="nearest_frontier"):
        highest_mountain(lipref.exact([0, 0]), lipref.exact([[0, 0]]), lipref.exact([[1, 1]]))


def test_bounds_are_refused_within_too_few_cells():
    """The error carries what is known."""
    distance = lambda c: lambda z: abs(float(z[0]) - c)  # noqa: E731
    with pytest.raises(lipref.ConvergenceError) as caught:
        mountain_from_distances(np.array([0.3]), distance(0.0), distance(1.0), tolerance=1e-9, cells=2)
    bounds = caught.value.values["bounds"]
    assert bounds.lower <= 0.2 <= bounds.upper
