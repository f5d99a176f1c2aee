"""The Koch snowflake: exact corners and measures, signed distance, gradient, ring."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.koch import (
    koch_measures,
    koch_signed_square,
    koch_vertices,
    snowflake,
    snowflake_backward,
    snowflake_forward,
    snowflake_jvp,
)

F = Fraction
EPS = np.finfo(float).eps
# coordinates below 1, divided by √3, one projection on a segment: at most 20 roundings of numbers below 4
SLACK = 80 * EPS


@pytest.mark.parametrize("k", range(5))
def test_measures_are_those_of_the_corners(k):
    """Count, length and area from the corners: equal sides, shoelace formula; exact."""
    corners, measures = koch_vertices(k), koch_measures(k)
    following = np.roll(corners, -1, axis=0)
    (square,) = {dp * dp + 3 * dq * dq for dp, dq in following - corners}
    assert len(corners) == measures.segments == 3 * 4**k
    assert square * len(corners) ** 2 == measures.perimeter**2
    assert (corners[:, 0] @ following[:, 1] - corners[:, 1] @ following[:, 0]) / 2 == measures.area_over_root3
    assert koch_measures(k, F(3, 2)).area_over_root3 == F(9, 4) * measures.area_over_root3


def test_fourth_iterate():
    """[MF-Ex1] 768 segments, perimeter 9.4815, area 0.682683 for side 1."""
    measures = koch_measures(4)
    assert measures == (768, F(256, 27), F(862, 2187))
    assert round(float(measures.area_over_root3) * math.sqrt(3), 6) == 0.682683


@given(p=st.integers(-8, 8), q=st.integers(-8, 8), k=st.integers(0, 2))
def test_exact_and_floating_distances_agree(p, q, k):
    """Fractions against floats, at points on the curve too; sign by another count: the winding number."""
    point = lipref.exact([p, q]) / 9
    square = koch_signed_square(point, k)[()]
    plane = np.array([p / 9, q / 9 * math.sqrt(3)])
    value = float(snowflake(plane, iterations=k))
    assert abs(abs(value) - math.sqrt(abs(square))) <= SLACK
    if abs(value) > SLACK:
        assert (value > 0) == (square > 0)
        corners = koch_vertices(k).astype(float) * [1, math.sqrt(3)] - plane
        angles = np.arctan2(corners[:, 1], corners[:, 0])
        turns = np.angle(np.exp(1j * (np.roll(angles, -1) - angles))).sum() / (2 * math.pi)
        assert round(turns) == (1 if value < 0 else 0)


@given(seed=st.integers(0, 2**32 - 1), hole=st.sampled_from([0.0, 1 / 3]))
def test_snowflake_is_one_lipschitz(seed, hole):
    """[MF-Prop1] |f(x) - f(y)| <= ‖x - y‖; gradients of norm 1; slope 1 along the gradient."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-0.7, 0.7, (2, 20, 2))
    value, residuals = snowflake_forward(x, hole=hole)
    assert np.all(np.abs(value - snowflake(y, hole=hole)) <= np.linalg.norm(x - y, axis=-1) + 2 * SLACK)
    assert np.all(np.abs(np.linalg.norm(residuals.gradient, axis=-1) - 1) <= 8 * EPS)
    back = x - 0.5 * value[:, None] * residuals.gradient
    assert np.all(np.abs(snowflake(back, hole=hole) - value / 2) <= 4 * SLACK)


def test_snowflake_derivatives(place, dtype):
    """Adjoint law, and a difference quotient at a point whose nearest curve point lies inside a segment."""
    x, dx = place([[0.1, -0.6], [0.02, 0.03]], dtype), place([[1.0, 2.0], [-1.0, 0.5]], dtype)
    value, residuals = snowflake_forward(x, iterations=1, hole=0.25)
    assert lipref.to_numpy(value).dtype == dtype
    df = value * 0 + 1.5
    backward, jvp = (lambda d: snowflake_backward(residuals, d)), (lambda d: snowflake_jvp(residuals, d))
    assert laws.adjoint(backward, jvp, dx, df, operations=8).holds


def test_beyond_a_corner_the_corner_is_nearest():
    """Above the top (0, 1/√3) and left of the bottom edge."""
    points = lipref.exact([[0, 1], ["-3/2", "-1/6"], ["3/2", "-1/6"]])
    assert koch_signed_square(points, 0).tolist() == [3 * F(2, 3) ** 2, 1, 1]


def test_ring_and_scale():
    """Centre positive, ring negative, outside positive; the side scales the distance."""
    points = np.array([[0.0, 0.0], [0.0, 0.25], [0.0, 0.7]])
    assert np.sign(snowflake(points, hole=0.25)).tolist() == [1, -1, 1]
    assert np.sign(snowflake(points)).tolist() == [-1, -1, 1]
    assert np.all(np.abs(snowflake(3 * points, side=3.0) - 3 * snowflake(points)) <= 6 * SLACK)
    assert abs(float(snowflake(np.zeros(2))) + 1 / 3) <= SLACK
