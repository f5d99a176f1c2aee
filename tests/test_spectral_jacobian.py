"""Power iteration on the Jacobian of a network, and the gradient of its penalty."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref._array import to_numpy
from lipref.layers import Activation, Chain, GroupSort, Linear
from lipref.networks import mlp, named_parameters
from lipref.spectral_jacobian import (
    spectral_jacobian,
    spectral_jacobian_penalty,
    spectral_jacobian_penalty_backward,
    spectral_jacobian_penalty_forward,
)

EPS = np.finfo(float).eps
seeds = st.integers(0, 2**32 - 1)


def smooth(rng, dtype="float64"):
    """Linear, tanh, Linear: four inputs, three outputs, every row by itself."""
    return mlp([4, 5, 3], rng=rng, activation=Activation("tanh"), scheme="normal", dtype=dtype)


def jacobians(network, x):
    """(batch, m, n), column by column from the jvp."""
    _, saved = network.forward(x)
    columns = [network.jvp(saved, np.broadcast_to(e, x.shape).copy()) for e in np.eye(x.shape[-1])]
    return np.stack(columns, axis=-1)


@given(seed=seeds)
def test_estimate_is_below_and_grows_to_the_spectral_norm(seed):
    """[SO-PI] ‖J v‖ <= σ_max per sample, not falling with the steps, within the stated rate of σ_max."""
    rng = np.random.default_rng(seed)
    network = smooth(rng)
    x, u = rng.standard_normal((3, 4)), rng.standard_normal((3, 3))
    before = np.zeros(3)
    left, singular, _ = np.linalg.svd(jacobians(network, x))
    top = np.sum(left[:, :, 0] * u, axis=-1) ** 2 / np.sum(u * u, axis=-1)
    for steps in (1, 2, 5, 40):
        sigma, new, v = spectral_jacobian(network, x, u, steps=steps)
        # each step: two products with sums of at most five terms per layer, two normalisations
        assert np.all(sigma <= singular[:, 0] * (1 + 64 * EPS))
        assert np.all(sigma >= before * (1 - 64 * EPS))
        lost = (singular[:, 1] / singular[:, 0]) ** (4 * steps - 2) * (1 - top) / top
        assert np.all(sigma**2 >= singular[:, 0] ** 2 * (1 - lost - 256 * EPS))
        assert np.max(np.abs(np.linalg.norm(new, axis=-1) - 1)) <= 16 * EPS
        assert np.max(np.abs(np.linalg.norm(v, axis=-1) - 1)) <= 16 * EPS
        before = sigma


def test_a_start_orthogonal_to_the_top_stays_there():
    """J = diag(2, 1) from (0, 1): the estimate is 1 for ever; and where Jᵀu vanishes it is 0, without NaN."""
    x = np.zeros((2, 2))
    for weight, wanted in ((np.diag([2.0, 1.0]), 1.0), (np.diag([2.0, 0.0]), 0.0)):
        network = Chain((Linear(weight),))
        sigma, u, _ = spectral_jacobian(network, x, np.array([[0.0, 1.0], [0.0, 3.0]]), steps=9)
        assert sigma.tolist() == [wanted, wanted]
        assert np.all(np.isfinite(u))


@given(seed=seeds)
def test_penalty_gradient_is_that_of_frozen_vectors(seed):
    """[SO-Alg1] The cotangents of x and of each parameter: differences of mean uᵀ J v with u and v held fixed."""
    rng = np.random.default_rng(seed)
    network = smooth(rng)
    x, start = rng.standard_normal((2, 4)), rng.standard_normal((2, 3))
    value, residuals = spectral_jacobian_penalty_forward(network, x, start)
    x_bar, grads = spectral_jacobian_penalty_backward(residuals, 3.0)
    u, v = residuals.u, residuals.v

    def frozen(network, x):
        _, saved = network.forward(x)
        return 3 * np.mean(np.sum(u * network.jvp(saved, v), axis=-1))

    assert abs(frozen(network, x) - 3 * value) <= 64 * EPS
    direction = smooth(np.random.default_rng(seed + 1))
    dx = rng.standard_normal(x.shape)
    h = 2.0**-17  # h² against the third derivatives of tanh, eps/h against the values: both below 1e-9

    def moved(t):
        return lipref.networks.map_parameters(lambda w, d: w + t * d, network, direction)

    slope = (frozen(moved(h), x + h * dx) - frozen(moved(-h), x - h * dx)) / (2 * h)
    pairs = zip(named_parameters(grads).values(), named_parameters(direction).values(), strict=True)
    claimed = sum(np.sum(g * d) for g, d in pairs) + np.sum(x_bar * dx)
    size = sum(np.linalg.norm(d) for d in named_parameters(direction).values()) + np.linalg.norm(dx)
    assert abs(slope - claimed) <= 1e-7 * (1 + size**3)


def test_holding_u_is_immaterial_holding_v_is_not():
    """W = diag(2, 1), u = (1, 1): σ dσ/da is 8/5 with v fixed and 46/25 for the derivative of the estimate itself."""
    weight, x, u = np.diag([2.0, 1.0]), np.zeros((1, 2)), np.ones((1, 2))

    def estimate(a):
        return float(spectral_jacobian_penalty(Chain((Linear(np.diag([a, 1.0])),)), x, u))

    value, residuals = spectral_jacobian_penalty_forward(Chain((Linear(weight),)), x, u)
    _, grads = spectral_jacobian_penalty_backward(residuals)
    assert abs(value * grads.layers[0].weight[0, 0] - 8 / 5) <= 16 * EPS
    h = 2.0**-17
    full = value * (estimate(2 + h) - estimate(2 - h)) / (2 * h)
    assert abs(full - 46 / 25) <= 1e-9
    value, residuals = spectral_jacobian_penalty_forward(Chain((Linear(weight),)), x, u, steps=40)
    _, grads = spectral_jacobian_penalty_backward(residuals)
    assert abs(grads.layers[0].weight[0, 0] - 1) <= 16 * EPS  # converged: u and v are the first axis


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_spectral_jacobian_on_every_backend(place, dtype):
    """The same numbers in every library; a network with sorts."""
    rng = np.random.default_rng(5)
    network = mlp([4, 6, 3], rng=rng, activation=GroupSort(3), scheme="normal", dtype=dtype)
    x, u = rng.standard_normal((5, 4)).astype(dtype), rng.standard_normal((5, 3)).astype(dtype)
    name = "numpy" if place.name == "numpy-readonly" else place.name
    there = lipref.to_backend(network, name, device=place.device)
    wanted, residuals = spectral_jacobian_penalty_forward(network, x, u, steps=3)
    found, moved = spectral_jacobian_penalty_forward(there, place(x), place(u), steps=3)
    tolerance = 256 * np.finfo(dtype).eps
    assert abs(float(found) - float(wanted)) <= tolerance * float(wanted)
    for a, b in zip(
        named_parameters(spectral_jacobian_penalty_backward(moved)[1]).values(),
        named_parameters(spectral_jacobian_penalty_backward(residuals)[1]).values(),
        strict=True,
    ):
        assert np.max(np.abs(to_numpy(a) - b)) <= 8 * tolerance


def test_spectral_jacobian_refuses_bad_starts():
    """A zero start vector, one of another shape, an empty batch."""
    network, x = smooth(np.random.default_rng(0)), np.ones((2, 4))
    with pytest.raises(lipref.DomainError, match="not zero"):
        spectral_jacobian(network, x, np.array([[1.0, 0, 0], [0, 0, 0]]))
    with pytest.raises(lipref.ShapeError, match="shape of the outputs"):
        spectral_jacobian_penalty(network, x, np.ones((2, 4)))
    with pytest.raises(lipref.ShapeError, match="batch > 0"):
        spectral_jacobian(network, x[:0], np.ones((0, 3)))
