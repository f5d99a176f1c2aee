"""Cross-entropy as transport: normalised measures, gradient identity, the bias that balances the masses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref.losses import bce, bce_backward, bce_forward
from lipref.transport import bce_transport_bias, bce_transport_weights

EPS = np.finfo(float).eps
N = 7
scores = st.lists(st.floats(-6, 6), min_size=N, max_size=N).map(np.array)
labels = st.lists(st.sampled_from([-1.0, 1.0]), min_size=N - 2, max_size=N - 2).map(lambda v: np.array([1, -1, *v]))


def weighted_bce(f, y, prior):
    """π times the mean over the positive class plus 1 - π times that over the negative one; 1, 1 without prior."""
    terms = bce(f, y, reduction="none")
    p, q = (1, 1) if prior is None else (prior, 1 - prior)
    return p * terms[y > 0].mean() + q * terms[y < 0].mean()


@given(f=scores, y=labels, prior=st.sampled_from([None, 0.3, 0.8]))
def test_weights_are_measures_and_give_the_gradient(f, y, prior):
    """[MF-Eq23] Each class sums to 1; [MF-Eq24] -Zᵖ P + Z^q Q is the gradient of the loss."""
    found = bce_transport_weights(f, y, prior=prior)
    for sign in (1, -1):
        assert abs(found.weights[y == sign].sum() - 1) <= 4 * N * EPS
    _, residuals = bce_forward(f, y, reduction="none")
    p, q = (1, 1) if prior is None else (prior, 1 - prior)
    factors = np.where(y > 0, p / (y > 0).sum(), q / (y < 0).sum())
    gradient = bce_backward(residuals, factors)
    transported = np.where(y > 0, -found.mass_positive, found.mass_negative) * found.weights
    # exponentials and logarithms of numbers up to 6: relative 16 units of rounding each
    assert np.all(np.abs(transported - gradient) <= 64 * N * EPS * np.abs(gradient))
    if prior is None:
        balanced = bce_backward(bce_forward(f, y, reduction="balanced")[1])
        assert np.all(np.abs(transported - balanced) <= 64 * N * EPS * np.abs(balanced))
        frequency = float((y > 0).mean())
        mean = bce_backward(bce_forward(f, y, reduction="mean")[1])
        got = bce_transport_weights(f, y, prior=frequency)
        step = np.where(y > 0, -got.mass_positive, got.mass_negative) * got.weights
        assert np.all(np.abs(step - mean) <= 64 * N * EPS * np.abs(mean))


@given(f=scores, y=labels, prior=st.sampled_from([None, 0.3, 0.8]))
def test_bias_balances_and_minimises(f, y, prior):
    """The masses of f - T agree, T is in its bracket, and the loss is larger at T ± 0.01."""
    t = bce_transport_bias(f, y, prior=prior)
    found = bce_transport_weights(f - t, y, prior=prior)
    # slope of the difference at most 1/2; T is one of two neighbours, the means carry N roundings
    assert abs(found.mass_positive - found.mass_negative) <= 4 * N * EPS * 20
    odds = 0.0 if prior is None else math.log(prior / (1 - prior))
    assert f.min() - odds - 1e-12 <= t <= f.max() - odds + 1e-12
    # the second derivative near T is at least that of a logistic at 12 + log 4: the loss rises well above rounding
    here, near = weighted_bce(f - t, y, prior), [weighted_bce(f - t - s, y, prior) for s in (-0.5, 0.5)]
    assert min(near) > here


def test_closed_form():
    """One example of each class: T is the mean of the scores; equal scores and prior 4/5: T = -log 4."""
    assert abs(bce_transport_bias(np.zeros(2), np.array([1.0, -1.0]), prior=0.8) + math.log(4)) <= 16 * EPS
    assert abs(bce_transport_bias(np.array([3.0, 1.0]), np.array([1.0, -1.0])) - 2) <= 4 * EPS
    found = bce_transport_weights(np.full(2, math.log(3)), np.array([1.0, -1.0]))
    assert abs(found.mass_positive - 0.25) <= 4 * EPS
    assert abs(found.mass_negative - 0.75) <= 4 * EPS


def test_weights_survive_underflow():
    """Scores of 800 and 801 on the positive class: masses underflow, weights 1/(1 + e^-1)."""
    found = bce_transport_weights(np.array([800.0, 801.0, -1.0]), np.array([1.0, 1.0, -1.0]))
    assert float(found.mass_positive) == 0
    assert abs(found.weights[0] - 1 / (1 + math.exp(-1))) <= 1000 * EPS  # of numbers near 800


def test_backends_agree(place, dtype):
    """Same weights and masses everywhere, in both dtypes."""
    f, y = [2.0, -1.0, 0.5, 0.0], [1.0, -1.0, -1.0, 1.0]
    reference = bce_transport_weights(np.array(f), np.array(y), prior=0.25)
    found = bce_transport_weights(place(f, dtype), place(y, dtype), prior=0.25)
    eps = np.finfo(dtype).eps
    for got, expected in zip(found, reference):
        assert np.abs(lipref.to_numpy(got) - expected).max() <= 16 * eps
    bias = bce_transport_bias(place(f, dtype), place(y, dtype))
    assert abs(bias - bce_transport_bias(np.array(f), np.array(y))) <= 64 * eps


@pytest.mark.parametrize("function", [bce_transport_weights, bce_transport_bias])
def test_one_class_is_refused(function):
    """The masses of a missing class are undefined."""
    with pytest.raises(lipref.DomainError, match="both classes"):
        function(np.ones(3), np.ones(3))
