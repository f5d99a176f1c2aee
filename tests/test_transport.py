"""Minima of KR, hinge and hinge-KR over Lipschitz functions: proofs in fractions, W₁, thresholds, refusals."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipref import DomainError, exact
from lipref.losses import hinge, hkr, kr
from lipref.transport import (
    lipschitz_minimum,
    margin_threshold,
    penalty_threshold,
    wasserstein,
    wasserstein_line,
)

seeds = st.integers(0, 2**32 - 1)


def line(seed, n=5):
    """Integer points, often equal, with both labels and uneven weights."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n) < 0.5, 1, -1)
    labels[:2] = 1, -1
    return exact(rng.integers(-4, 5, (n, 1))), labels, exact(rng.integers(1, 4, n))


@given(seed=seeds)
def test_wasserstein_is_the_area_between_distribution_functions(seed):
    """The linear program and the formula of the line, equal as fractions; floats agree to rounding."""
    points, labels, weights = line(seed)
    value = wasserstein_line(points, labels, weights)
    assert wasserstein(points, labels, weights) == value
    floats = wasserstein(points.astype(float), labels, weights.astype(float))
    assert abs(floats - float(value)) <= 1e-9 * (1 + float(value))  # the solver's tolerance


def test_wasserstein_is_the_cheapest_matching():
    """In the plane, equally many points of equal weight: the least mean over all matchings."""
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((4, 2)), rng.standard_normal((4, 2))
    cost = np.linalg.norm(x[:, None] - y[None, :], axis=2)
    best = min(np.mean([cost[i, j] for i, j in enumerate(order)]) for order in itertools.permutations(range(4)))
    got = wasserstein(np.concatenate([x, y]), np.array([1.0] * 4 + [-1.0] * 4))
    assert abs(got - best) <= 1e-9


@given(seed=seeds, constant=st.sampled_from([F(1, 2), F(1), F(3)]), margin=st.sampled_from([F(1, 2), F(2)]))
def test_minimum_is_proved_in_fractions(seed, constant, margin):
    """Value and bound agree, the scores are L-Lipschitz, and their loss is the value."""
    points, labels, _ = line(seed)
    prior = F(int(np.sum(labels > 0)), len(labels))
    penalty = penalty_threshold(prior) + F(1, 3)
    best = lipschitz_minimum(points, labels, hinge=penalty, margin=margin, lipschitz=constant)
    assert best.value == best.bound == hkr(best.scores, labels, margin, penalty, reduction="mean")
    gaps = abs(points - points.T)
    assert np.all(abs(best.scores[:, None] - best.scores[None, :]) <= constant * gaps)
    assert np.all(best.plan >= 0)
    only = lipschitz_minimum(points, labels, kr=0, hinge=2, margin=margin, lipschitz=constant)
    assert only.value == only.bound == 2 * hinge(only.scores, labels, margin)


@given(seed=seeds)
def test_minimum_is_below_every_lipschitz_function(seed):
    """In the plane: no random 1-Lipschitz function has a lower loss, and the bound is met."""
    rng = np.random.default_rng(seed)
    points, labels, _ = rng.standard_normal((5, 2)), np.array([1, -1, 1, -1, 1]), None
    best = lipschitz_minimum(points, labels, hinge=4.0, margin=0.5)
    assert (
        abs(best.value - best.bound) <= 1e-8
    )  # solver's tolerances 1e-7 on weights that add up to 1, less in practice
    raw = rng.standard_normal(5)
    distance = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    scores = np.min(raw[None, :] + distance, axis=1)
    assert best.bound <= float(hkr(scores, labels, 0.5, 4.0, reduction="mean")) + 1e-8
    assert np.all(abs(best.scores[:, None] - best.scores[None, :]) <= distance + 1e-12)


@pytest.mark.parametrize("prior", [F(1, 5), F(1, 2), F(4, 5)])
def test_unbounded_exactly_below_the_threshold(prior):
    """λ = |2π - 1|/min(π, 1 - π) still has a minimum, 1 % less has none; KR alone needs equal priors."""
    points, labels, weights = exact([[0], [1]]), np.array([1, -1]), exact([prior, 1 - prior])
    threshold = penalty_threshold(prior)
    if threshold:
        assert lipschitz_minimum(points, labels, weights, hinge=threshold).value is not None
        with pytest.raises(DomainError, match="balance"):
            lipschitz_minimum(points, labels, weights, hinge=threshold * F(99, 100))
        with pytest.raises(DomainError, match="balance"):
            lipschitz_minimum(points, labels, weights)
    else:
        assert lipschitz_minimum(points, labels, weights).value == F(-1, 2)


def test_margin_threshold_is_half_the_distance():
    points, labels = exact([[0], [3], [5]]), np.array([1, 1, -1])
    assert margin_threshold(points, labels) == 1
    assert lipschitz_minimum(points, labels, kr=0, hinge=1, margin=1).value == 0
    assert lipschitz_minimum(points, labels, kr=0, hinge=1, margin=F(101, 100)).value > 0


def test_weights_scale_and_zero_weights_are_ignored():
    points, labels = exact([[0], [1], [9]]), np.array([1, -1, 1])
    light = lipschitz_minimum(points, labels, exact([1, 1, 0]))
    assert light.value == -1
    assert lipschitz_minimum(points, labels, exact([3, 3, 0])).value == -3
    assert kr(light.scores[:2], labels[:2]) == -1


def test_both_classes_need_weight():
    points, labels = exact([[0], [1], [2]]), np.array([1, -1, 1])
    for function in (wasserstein, wasserstein_line):
        with pytest.raises(DomainError, match="both classes"):
            function(points, labels, exact([1, 0, 1]))
