"""What the checks of MF, sections 2 and 3, draw and compare: classes of points, exact distances, small networks.

Distances of rational points are roots; comparisons are made on their squares, so that they are exact.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lipref._array import Array, exact
from lipref.layers import Chain, GroupSort, Linear
from lipref.mountain import (
    nearest_frontier,
)
from lipref.statements.draws import arrays, normsq, with_singular_values

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)


def root_below(square: Fraction) -> Fraction:
    """A fraction that is at most the root, by less than 2^-40."""
    return Fraction(math.isqrt(square.numerator * 4**40 // square.denominator), 2**40)


def sum_at_most(a: Fraction, b: Fraction, c: Fraction) -> bool:
    """√a + √b <= √c."""
    return a + b <= c and 4 * a * b <= (c - a - b) ** 2


def nearest_square(x: Array, points: Array) -> Fraction:
    """Squared distance from x to the nearest of the points."""
    return min(normsq(point - x) for point in points)


def side_of(x: Array, positive: Array, negative: Array) -> int:
    gap = nearest_square(x, negative) - nearest_square(x, positive)
    return (gap > 0) - (gap < 0)


def frontier_square(x: Array, positive: Array, negative: Array) -> Fraction:
    """d(x, ∂)²."""
    return normsq(nearest_frontier(x, positive, negative) - x)


@st.composite
def labelled_sets(draw: Any, count: int = 2, dimensions: tuple[int, ...] = (1, 2, 3)) -> tuple[list[Array], Array]:
    """(points of each class, three queries): integer points, all classes present, queries with halves."""
    n = draw(st.sampled_from(dimensions))
    point = st.lists(st.integers(-4, 4), min_size=n, max_size=n).map(tuple)
    points = draw(st.lists(point, min_size=count, max_size=6, unique=True))
    owners = [*range(count), *draw(st.lists(st.integers(0, count - 1), min_size=6, max_size=6))]
    sets = [exact([p for p, k in zip(points, owners) if k == j]) for j in range(count)]
    halves = st.lists(st.integers(-10, 10), min_size=n, max_size=n)
    return sets, exact(draw(st.lists(halves, min_size=3, max_size=3))) / 2


def two_sets(**options: Any) -> Any:
    return labelled_sets(**options).map(lambda drawn: (*drawn[0], drawn[1]))


@st.composite
def scalar_networks(draw: Any, inputs: int = 2) -> tuple[Chain, Fraction]:
    """(network to the reals, product of the largest singular values of its weights): GroupSort2, biases, exact."""
    layers, product = [], ONE
    values = st.sampled_from([Fraction(3), ONE, ONE, HALF, ZERO])
    for m, n in ((4, inputs), (4, 4), (1, 4)):
        weight, _, s, _ = draw(with_singular_values(m, n, values))
        layers += [Linear(weight, draw(arrays(m))), GroupSort(2)]
        product *= max(s)
    return Chain(tuple(layers[:-1])), product
