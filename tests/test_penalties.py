"""Lipschitz penalties: parameter gradients against difference quotients, adversarial directions, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.layers import Activation, Chain, GroupSort, Linear
from lipref.networks import map_parameters, mlp, named_parameters
from lipref.penalties import (
    METRICS,
    SHAPES,
    adversarial_direction,
    adversarial_pair,
    gradient_penalty,
    gradient_penalty_backward,
    gradient_penalty_forward,
    pair_penalty,
    pair_penalty_backward,
    pair_penalty_forward,
    penalty,
)

seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from(SHAPES)
STEP = 2.0**-12


def smooth_network(seed, outputs=1):
    """A network with curvature, so that second-order terms matter."""
    rng = np.random.default_rng(seed)
    return mlp([3, 5, outputs], rng=rng, activation=Activation("tanh"), scheme="normal", dtype="float64")


def inner(network, other):
    """⟨·, ·⟩ of the parameters of two networks."""
    return sum(
        float(np.sum(a * b)) for a, b in zip(named_parameters(network).values(), named_parameters(other).values())
    )


def along(network, direction, step):
    """The network moved in its parameters."""
    return map_parameters(lambda p, d: p + step * d, network, direction)


def matches_quotient(value, network, grads, seed, scale):
    """⟨grads, d⟩ is the extrapolated difference quotient of `value`, up to its truncation and rounding.

    The distance of the quotients at h and h/2 bounds the truncation; each value is a mean of terms of size `scale`,
    with some 50 roundings: 50 u scale / h.
    """
    rng = np.random.default_rng(seed)
    direction = map_parameters(lambda p: rng.standard_normal(p.shape), network)
    coarse, fine = (
        (float(value(along(network, direction, h))) - float(value(along(network, direction, -h)))) / (2 * h)
        for h in (STEP, STEP / 2)
    )
    got = inner(grads, direction)
    atol = abs(coarse - fine) + 8 * 50 * 2.0**-53 * scale / STEP
    assert abs(got - (4 * fine - coarse) / 3) <= atol
    assert atol <= 1e-2 * max(abs(got), 1.0), "the quotient is too coarse to say anything"


@given(seed=seeds, shape=shapes)
def test_gradient_penalty_backward_is_its_gradient(seed, shape):
    """[ALR-Eq7], [ALR-Eq9] The second-order pass; K = 0 keeps every shape off its kink."""
    network = smooth_network(seed)
    x = np.random.default_rng(seed + 1).standard_normal((4, 3))

    def value(other):
        return gradient_penalty(other, x, lipschitz=0, shape=shape)

    result, residuals = gradient_penalty_forward(network, x, lipschitz=0, shape=shape)
    assert result == value(network)
    dx, grads = gradient_penalty_backward(residuals)
    matches_quotient(value, network, grads, seed, 1 + float(result))
    move = np.random.default_rng(seed + 2).standard_normal(x.shape)
    law = laws.difference(
        lambda z: np.asarray(gradient_penalty(network, z, lipschitz=0, shape=shape)),
        lambda d: np.asarray(np.sum(dx * d)),
        x,
        move,
        step=STEP,
        operations=400,
    )
    assert law.holds, law


@given(seed=seeds, shape=shapes, outputs=st.sampled_from([1, 2]))
def test_pair_penalty_backward_is_its_gradient(seed, shape, outputs):
    """[ALR-Eq8], [ALR-Eq15] The gradient at fixed pairs."""
    network = smooth_network(seed, outputs)
    rng = np.random.default_rng(seed + 1)
    x, z = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))

    def value(other):
        return pair_penalty(other, x, z, lipschitz=0, shape=shape)

    result, residuals = pair_penalty_forward(network, x, z, lipschitz=0, shape=shape)
    assert result == value(network)
    matches_quotient(value, network, pair_penalty_backward(residuals), seed, 1 + float(result))


@given(seed=seeds)
def test_holding_x_leaves_the_moving_end(seed):
    """[ALR-Eq10] The gradient with f(x) fixed and the one with f(z) fixed add up to the whole."""
    network = smooth_network(seed)
    rng = np.random.default_rng(seed + 1)
    x, z = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    whole = pair_penalty_backward(pair_penalty_forward(network, x, z, shape="hinge", lipschitz=0)[1])
    ends = [
        pair_penalty_backward(pair_penalty_forward(network, a, b, shape="hinge", lipschitz=0)[1], hold_x=True)
        for a, b in ((x, z), (z, x))
    ]
    for name, value in named_parameters(whole).items():
        parts = sum(named_parameters(end)[name] for end in ends)
        # sums of 8 products each, of numbers of size 1
        assert np.max(np.abs(value - parts)) <= 64 * 2.0**-53 * (1 + np.max(np.abs(value)))


@pytest.mark.parametrize("metric", METRICS)
def test_adversarial_direction_finds_the_slope(place, dtype, metric):
    """[ALR-Eq16] One step on a scalar affine map is the direction of its gradient, for every metric and any ξ."""
    w = np.array([[3.0, 0.0, -4.0]])
    layer = Linear(place(w, dtype))
    start = place([[1.0, 1.0, 0.0], [0.0, 5.0, 1.0]], dtype)
    got = lipref.to_numpy(adversarial_direction(layer, place(np.zeros((2, 3)), dtype), start, metric=metric))
    # the sign of the start is kept: f grows along one, falls along the other
    expected = np.array([[0.6, 0.0, -0.8], [-0.6, 0.0, 0.8]])
    assert got.dtype == dtype
    assert np.max(np.abs(got - expected)) <= 4 * np.finfo(dtype).eps


def test_penalties_run_on_every_backend(place, dtype):
    """Value and gradient in closed form for an affine critic, ‖w‖ = 5."""
    network = Chain((Linear(place([[3.0, 4.0]], dtype), place([0.5], dtype)),))
    x, z = place([[1.0, 2.0], [0.0, 1.0]], dtype), place([[4.0, 6.0], [3.0, 5.0]], dtype)
    value, residuals = gradient_penalty_forward(network, x)
    _, grads = gradient_penalty_backward(residuals)
    eps = float(np.finfo(dtype).eps)
    assert abs(float(value) - 16) <= 64 * eps
    assert np.max(np.abs(lipref.to_numpy(grads.layers[0].weight) - np.array([[4.8, 6.4]]))) <= 64 * eps
    value, residuals = pair_penalty_forward(network, x, z)
    assert abs(float(value) - 16) <= 256 * eps
    grads = pair_penalty_backward(residuals)
    assert np.max(np.abs(lipref.to_numpy(grads.layers[0].weight) - np.array([[4.8, 6.4]]))) <= 256 * eps
    pair = adversarial_pair(network, x, place([[1.0, 0.0], [1.0, 0.0]], dtype), place([1.0, 2.0], dtype))
    assert np.max(np.abs(lipref.to_numpy(pair) - np.array([[1.6, 2.8], [1.2, 2.6]]))) <= 16 * eps


def test_flat_rows_keep_their_direction():
    """[ALR-Eq16] Where the gradient vanishes the formula is 0/0: the direction is kept, others are not disturbed."""
    first, last = Linear(np.array([[1.0], [0.0]]), np.array([-1.0, 0.0])), Linear(np.array([[0.0, 1.0]]))
    network = Chain((first, GroupSort(2), last))
    got = adversarial_direction(network, np.array([[0.0], [2.0]]), np.array([[-1.0], [-0.5]]), xi=0.5)
    assert got.tolist() == [[-1.0], [-1.0]]


def test_penalty_shapes_are_exact_on_fractions():
    """The four shapes at 1/2, 1 and 3 with K = 1."""
    t = lipref.exact(["1/2", 1, 3])
    expected = {"two-sided-square": "1/4 0 4", "square": "0 0 4", "hinge": "0 0 2", "hinge-plus-square": "0 0 6"}
    for shape, text in expected.items():
        assert penalty(t, shape=shape).tolist() == lipref.exact(text.split()).tolist()


def test_coincident_pairs_are_refused():
    """A pair of distance zero has no ratio."""
    x = np.ones((2, 3))
    with pytest.raises(lipref.DomainError, match="distance 0"):
        pair_penalty(Linear(np.ones((1, 3))), x, x)
