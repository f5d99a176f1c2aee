"""Minimisers of cross-entropy over Lipschitz functions: lower bounds, closed forms, bounds known beforehand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipref import ConvergenceError, DomainError
from lipref.cross_entropy import (
    bce_gradient_bound,
    bce_minimiser_bound,
    bce_minimum,
    four_point_minimiser,
    four_point_thresholds,
    saturating_weights,
)

POINTS, LABELS = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([1, -1, 1, -1])
WEIGHTS = np.array([0.45, 0.05, 0.05, 0.45])
SOLVER = 1e-9  # ten times the tolerance that the linear programs are solved to


@pytest.mark.parametrize("lipschitz", [0.1, 1.0, 1.2, 2.0, 3.0, 7.0])
def test_cutting_planes_find_the_closed_form(lipschitz):
    """[MF-Ex3] The closed form lies between bound and value."""
    scores, value = four_point_minimiser(lipschitz)
    best = bce_minimum(POINTS, LABELS, WEIGHTS, lipschitz=lipschitz)
    assert best.bound - SOLVER <= value <= best.value + SOLVER
    assert best.value - best.bound <= 1e-8
    assert np.all(np.abs(np.diff(scores)) <= lipschitz * np.array([1, 2, 1]) * (1 + 1e-12))


def test_closed_form_agrees_with_the_published_digits():
    """Values of f(1), f(-2) and the loss that were computed by a general solver (SLSQP), independent of this code."""
    table = {2: (-0.571316269, 2.571316269, 0.168195331), 5: (1.292158379, 3.707841621, 0.046080239)}
    for lipschitz, (right, left, loss) in table.items():
        scores, value = four_point_minimiser(lipschitz)
        assert np.max(np.abs([scores[2] - right, scores[0] - left, value - loss])) <= 1e-9


def test_closed_form_holds_for_large_constants():
    """No overflow; f(1) tends to L/2 - log 3."""
    scores, value = four_point_minimiser(5000.0)
    assert abs(scores[2] - (2500 - math.log(3))) <= 1e-9
    assert value >= 0


def test_thresholds_are_where_the_shape_changes():
    linear, right = four_point_thresholds()
    assert abs(math.exp(3 * linear) - 8 * math.exp(linear) - 9) <= 1e-12
    for lipschitz, sign in ((right - 1e-6, -1), (right + 1e-6, 1)):
        assert np.sign(four_point_minimiser(lipschitz)[0][2]) == sign
    below, above = (four_point_minimiser(linear + step)[0][2] + linear + step for step in (-1e-6, 1e-6))
    assert abs(below) <= 1e-15 < above  # the two roundings


@given(seed=st.integers(0, 2**32 - 1), lipschitz=st.sampled_from([0.2, 1.0, 4.0]), t=st.sampled_from([0.5, 1.0, 2.0]))
def test_minimisers_obey_their_bounds(seed, lipschitz, t):
    """[MF-Prop10] |f| and the slopes at each point; the scores are Lipschitz."""
    rng = np.random.default_rng(seed)
    points, labels = rng.standard_normal((4, 2)), np.array([1, -1, 1, 1])
    best = bce_minimum(points, labels, lipschitz=lipschitz, temperature=t)
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    known = {"lipschitz": lipschitz, "diameter": distance.max(), "temperature": t}
    # the loss is within 1e-8 of its minimum, so its slope along constants is at most t √(1e-8/2), which allows f to lie
    # 1e-8^(1/2)/(√2 σ') beyond, σ' >= 0.18 near β
    assert np.max(np.abs(best.scores)) <= bce_minimiser_bound(0.75, **known) + 4e-4 / t
    slopes = t / (1 + np.exp(t * labels * best.scores))
    assert np.min(slopes) >= bce_gradient_bound(0.75, **known) * (1 - 4e-4)
    assert np.all(np.abs(best.scores[:, None] - best.scores[None, :]) <= lipschitz * distance + 1e-12)


def test_bounds_are_attained_by_two_points():
    """Equal classes at distance D: f = ±LD/2 and slope σ(-LD/2), while the bounds are LD and σ(-LD)."""
    best = bce_minimum(np.array([[0.0], [1.0]]), np.array([1, -1]), lipschitz=2.0)
    assert np.max(np.abs(best.scores - np.array([1.0, -1.0]))) <= 3.3e-4  # √(2·1e-8/σ'(1))
    assert bce_minimiser_bound(0.5, lipschitz=2, diameter=1) == 2
    assert bce_gradient_bound(0.5, lipschitz=2, diameter=1) == pytest.approx(1 / (1 + math.exp(2)), rel=1e-15)


def test_temperature_is_a_scaling():
    """The least loss for (L, T) is the one for (L T, 1)."""
    first = bce_minimum(POINTS, LABELS, WEIGHTS, lipschitz=1.5, temperature=2.0)
    second = bce_minimum(POINTS, LABELS, WEIGHTS, lipschitz=3.0)
    assert max(first.bound, second.bound) <= min(first.value, second.value) + SOLVER


def test_saturating_weights_are_the_recursions():
    """[MF-Fig2a] Published digits; gradient steps follow log(1 + t), Newton steps exceed 1."""
    assert saturating_weights(0, method="newton").tolist() == [0]
    assert saturating_weights(50, method="newton")[-1] == pytest.approx(51.203, abs=1e-3)
    descent = saturating_weights(50, method="gradient")
    assert descent[[10, 50]] == pytest.approx([2.263, 3.887], abs=1e-3)
    twice = saturating_weights(1, method="gradient", rate=2.0)
    assert twice.tolist() == [0, 1]


def test_one_class_and_tiny_tolerances_are_refused():
    with pytest.raises(DomainError, match="both classes"):
        bce_minimum(POINTS, LABELS, np.array([1.0, 0.0, 1.0, 0.0]))
    with pytest.raises(ConvergenceError, match="tolerance"):
        bce_minimum(POINTS, LABELS, WEIGHTS, tolerance=1e-300)
