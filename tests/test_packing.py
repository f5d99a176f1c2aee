"""Packing numbers against search, lattices against separation, bounds against each other; shattering by separation."""

import itertools
import math
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipref import DomainError, exact
from lipref.packing import (
    ball_bounds,
    groemer_bound,
    hexagonal_lower_bound,
    is_shattered,
    lattice_packing,
    packing_number_line,
    separation_squared,
    shattering_values,
    small_ball_bound,
)


def ball(x):
    return np.sum(x * x, axis=1) <= 1


@given(ends=st.lists(st.integers(0, 12), min_size=2, max_size=6, unique=True), separation=st.integers(1, 5))
def test_packing_number_line_is_the_largest_subset(ends, separation):
    """Integer intervals and separations: an optimal packing lies on integers, and all subsets are tried."""
    ends = sorted(ends)
    intervals = list(zip(ends[::2], ends[1::2]))
    grid = [k for low, high in intervals for k in range(low, high + 1)]
    best, last = 0, {}
    for k in grid:  # last[c]: the least end of a packing of c points, over all packings
        for count, end in [(0, None), *last.items()]:
            if end is None or k - end >= separation:
                last = {**last, count + 1: min(k, last.get(count + 1, k))}
    best = max(last)
    assert packing_number_line(intervals, separation) == best
    scaled = [(F(low, 3), F(high, 3)) for low, high in intervals]
    assert packing_number_line(scaled, F(separation, 3)) == best


def test_packing_number_line_counts_the_ends():
    assert packing_number_line([(0, 1)], 1) == 2
    assert packing_number_line([(F(0), F(1))], F(1, 3)) == 4
    assert packing_number_line([(0, 0), (5, 5)], 5) == 2
    with pytest.raises(DomainError, match="disjoint"):
        packing_number_line([(0, 2), (1, 3)], 1)


@given(seed=st.integers(0, 2**32 - 1), margin=st.sampled_from([F(1, 2), F(1), F(3, 2)]))
def test_shattered_is_every_labelling_realised(seed, margin):
    """[MF-Prop7] On the line, in fractions: 2^n extensions exist iff the points are 2m apart."""
    points = exact(np.random.default_rng(seed).choice(9, 3, replace=False)[:, None])
    realised = 0
    for signs in itertools.product((1, -1), repeat=3):
        try:
            values = shattering_values(points, points, exact(signs), margin)
        except DomainError:
            continue
        realised += values.tolist() == [margin * s for s in signs]
    assert (realised == 8) == is_shattered(points, margin)


def test_shattering_values_are_lipschitz_and_name_the_pair():
    rng = np.random.default_rng(0)
    points = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 3.0]])
    labels = np.array([1.0, -1.0, 1.0])
    x = rng.standard_normal((20, 2)) * 3
    values = shattering_values(x, points, labels, 1.0)
    gaps = np.linalg.norm(x[:, None] - x[None, :], axis=2)
    assert np.all(np.abs(values[:, None] - values[None, :]) <= gaps + 1e-12)
    with pytest.raises(DomainError, match="points 0 and 1 are 2"):
        shattering_values(x, points, labels, 1.1)


@pytest.mark.parametrize(
    ("lattice", "dimension"), [("cubic", 1), ("cubic", 3), ("hexagonal", 2), ("checkerboard", 2), ("checkerboard", 4)]
)
def test_lattice_packing_is_separated_and_inside(lattice, dimension):
    """A lower bound indeed: all pairs lie apart, all points inside, and the count lies between the ball's bounds."""
    gap = 0.7
    points = lattice_packing(ball, [-1.0] * dimension, [1.0] * dimension, gap, lattice=lattice, shifts=3)
    assert np.all(ball(points))
    assert separation_squared(points) >= gap * gap
    assert 2 <= len(points) <= ball_bounds(dimension, 1.0, gap)[1]


def test_hexagons_beat_squares_in_the_disk():
    """Known counts for m = 1/6, 1/12, and the bounds on both sides; the printed lower bounds are 36 and 144."""
    for s, count in ((6, 34), (12, 134)):
        hexagons = lattice_packing(ball, [-1, -1], [1, 1], 2 / s, lattice="hexagonal", shifts=8)
        squares = lattice_packing(ball, [-1, -1], [1, 1], 2 / s, shifts=8)
        assert len(hexagons) == count > len(squares)
        assert hexagonal_lower_bound(math.pi, 2 / s) <= count <= groemer_bound(math.pi, 2 * math.pi, 2 / s)


def test_groemer_bound_is_attained():
    """A triangle of side 2r with points at the corners and middles; a segment; one point."""
    assert groemer_bound(math.sqrt(3), 6, 1) == pytest.approx(6, rel=1e-15)
    assert groemer_bound(0, 2 * 5, 1) == 6
    assert groemer_bound(0, 0, 1) == 1


def test_ball_bounds_keep_fractions():
    assert ball_bounds(2, F(3, 2), F(1, 2)) == (9, 49)
    assert isinstance(ball_bounds(2, F(3, 2), F(1, 2))[0], F)
    assert isinstance(ball_bounds(2, 1.5, 0.5)[0], float)


def test_small_balls_hold_simplices_only():
    """[MF-Prop7] The six-dimensional ball of radius 7/5; beyond r/√2 the bound is refused, where it fails."""
    assert small_ball_bound(6, F(7, 5), 2) == 7
    with pytest.raises(DomainError, match="separation"):
        small_ball_bound(2, F(3, 2), 2)
    square = exact([[1, 0], [-1, 0], [0, 1], [0, -1]])  # radius 1 = r/√2 with r² = 2: four points in the plane
    assert separation_squared(square) == 2
