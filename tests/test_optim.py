"""Optimisers: closed forms, torch where it is installed, purity, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref.layers import Chain, GroupSort, Linear
from lipref.networks import map_parameters, named_parameters
from lipref.optim import adam_state, adam_step, sgd_state, sgd_step

seeds = st.integers(0, 2**32 - 1)


def network_of(place, dtype, rng):
    """Two linear layers, one without bias, and a layer without parameters."""
    weight = lambda *shape: place(rng.standard_normal(shape), dtype)  # noqa: E731
    return Chain((Linear(weight(3, 2), weight(3)), GroupSort(3), Linear(weight(2, 3))))


def values(network):
    return [lipref.to_numpy(w).astype(float) for w in named_parameters(network).values()]


def moved_by(place, dtype, seed, state, step, rounds=4):
    """Parameters before, the gradients used and the parameters after `rounds` steps."""
    rng = np.random.default_rng(seed)
    network = network_of(place, dtype, rng)
    start, gradients, state = values(network), [], state(network)
    for _ in range(rounds):
        grads = network_of(place, dtype, rng)
        gradients.append(values(grads))
        network, state = step(network, grads, state)
    assert state.count == rounds
    assert all(w.dtype == start_dtype for w, start_dtype in zip(named_parameters(network).values(), _dtypes(grads)))
    return start, gradients, values(network)


def _dtypes(network):
    return [w.dtype for w in named_parameters(network).values()]


@given(seed=seeds)
def test_sgd_is_the_closed_form(place, dtype, seed):
    """Without momentum w - rate Σ g; rounding of four sums of numbers below ten."""
    start, gradients, after = moved_by(place, dtype, seed, sgd_state, lambda *a: sgd_step(*a, rate=0.25))
    for index, w in enumerate(start):
        expected = w - 0.25 * sum(g[index] for g in gradients)
        assert np.all(np.abs(after[index] - expected) <= 4 * 10 * np.finfo(dtype).eps)


@given(seed=seeds, nesterov=st.booleans(), decay=st.sampled_from([0.0, 0.125]))
def test_sgd_momentum_is_the_recursion(place, dtype, seed, nesterov, decay):
    """Momentum, Nesterov and weight decay against the recursion of the docstring in double precision."""
    step = lambda *a: sgd_step(*a, rate=0.25, momentum=0.5, nesterov=nesterov, weight_decay=decay)  # noqa: E731
    start, gradients, after = moved_by(place, dtype, seed, sgd_state, step)
    for index, w in enumerate(start):
        velocity = 0 * w
        for g in gradients:
            slope = g[index] + decay * w
            velocity = 0.5 * velocity + slope
            w = w - 0.25 * ((slope + 0.5 * velocity) if nesterov else velocity)
        # per round at most five roundings of numbers below 20
        assert np.all(np.abs(after[index] - w) <= 4 * 5 * 20 * np.finfo(dtype).eps)


@given(seed=seeds, decay=st.sampled_from([0.0, 0.125]))
def test_adam_is_the_recursion(place, dtype, seed, decay):
    """The recursion of the docstring, in double precision, with bias correction from the first step."""
    step = lambda *a: adam_step(*a, rate=0.25, mean_decay=0.5, square_decay=0.75, weight_decay=decay)  # noqa: E731
    start, gradients, after = moved_by(place, dtype, seed, adam_state, step)
    for index, w in enumerate(start):
        m = v = 0 * w
        for t, g in enumerate(gradients, 1):
            slope = g[index] + decay * w
            m, v = 0.5 * m + 0.5 * slope, 0.75 * v + 0.25 * slope**2
            w = w - 0.25 * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.75**t)) + 1e-8)
        # an update is at most 0.25·2, with about ten relative roundings, of m and the root; m can cancel, but then its
        # size is what the root divides by: relative to the largest gradient below ten
        assert np.all(np.abs(after[index] - w) <= 4 * 20 * 10 * np.finfo(dtype).eps)


def test_adam_first_step_is_the_sign_of_the_gradient(dtype):
    """After one step m̂/√v̂ = sign(g), whatever the decay rates: the update is the rate, up to the floor."""
    network = Linear(np.zeros((2, 2), dtype=dtype))
    grads = Linear(np.array([[3.0, -0.5], [1e3, -1e-2]], dtype=dtype))
    moved, _ = adam_step(network, grads, adam_state(network), rate=0.125)
    # the floor 1e-8 against 1e-2 is 1e-6 relative
    assert np.all(np.abs(moved.weight / 0.125 + np.sign(grads.weight)) <= 1e-6 + 16 * np.finfo(dtype).eps)


def test_sgd_minimises_a_quadratic_at_the_known_rate():
    """w <- (1 - rate h) w on h w²/2: after t steps (1 - rate h)^t."""
    network, state = Linear(np.array([[1.0]])), sgd_state(Linear(np.array([[1.0]])))
    for _ in range(10):
        network, state = sgd_step(network, map_parameters(lambda w: 0.5 * w, network), state, rate=0.5)
    assert abs(network.weight[0, 0] - 0.75**10) <= 10 * np.finfo(float).eps


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_step_changes_nothing_in_place(optimiser):
    """Read-only parameters, gradients and states pass, and the inputs keep their values."""
    step, begin = {"sgd": (sgd_step, sgd_state), "adam": (adam_step, adam_state)}[optimiser]
    options = {"momentum": 0.5} if optimiser == "sgd" else {}
    network = Linear(np.ones((2, 2)), np.ones(2))
    grads = Linear(np.full((2, 2), 0.5), np.full(2, 0.5))
    state = begin(network)
    _, state = step(network, grads, state, rate=0.1, **options)
    held = [network, grads, *(v for v in vars(state).values() if v is not state.count)]
    for layer in held:
        for w in named_parameters(layer).values():
            w.flags.writeable = False
    before = [values(layer) for layer in held]
    step(network, grads, state, rate=0.1, **options)
    assert all(np.array_equal(a, b) for x, layer in zip(before, held) for a, b in zip(x, values(layer)))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
        ("SGD", {"momentum": 0.9}),
        ("Adam", {"weight_decay": 0.01}),
        ("Adam", {}),
    ],
)
def test_steps_agree_with_torch(name, options):
    """Twenty steps beside torch.optim in float64: the same recursion, so equal to accumulated rounding."""
    torch = pytest.importorskip("torch", reason="torch is not installed: lipref[torch]")
    rng = np.random.default_rng(0)
    network = Linear(rng.standard_normal((3, 3)))
    parameter = torch.nn.Parameter(torch.tensor(network.weight.copy()))
    theirs = getattr(torch.optim, name)([parameter], lr=0.05, **options)
    step, state = (sgd_step, sgd_state(network)) if name == "SGD" else (adam_step, adam_state(network))
    for _ in range(20):
        gradient = rng.standard_normal((3, 3))
        parameter.grad = torch.tensor(gradient)
        theirs.step()
        network, state = step(network, Linear(gradient), state, rate=0.05, **options)
    # 20 steps of ten roundings on numbers of size one to four
    assert np.max(np.abs(network.weight - parameter.detach().numpy())) <= 20 * 10 * 4 * np.finfo(float).eps


NET = Linear(np.ones((1, 1)))
BAD = {
    "rate 0": (lambda: sgd_step(NET, NET, sgd_state(NET), rate=0), lipref.DomainError),
    "rate NaN": (lambda: adam_step(NET, NET, adam_state(NET), rate=math.nan), lipref.DomainError),
    "momentum 1": (lambda: sgd_step(NET, NET, sgd_state(NET), rate=1, momentum=1), lipref.DomainError),
    "negative decay": (lambda: sgd_step(NET, NET, sgd_state(NET), rate=1, weight_decay=-1), lipref.DomainError),
    "nesterov alone": (lambda: sgd_step(NET, NET, sgd_state(NET), rate=1, nesterov=True), lipref.DomainError),
    "mean decay 1": (lambda: adam_step(NET, NET, adam_state(NET), rate=1, mean_decay=1), lipref.DomainError),
    "floor 0": (lambda: adam_step(NET, NET, adam_state(NET), rate=1, floor=0), lipref.DomainError),
    "NaN gradient": (
        lambda: sgd_step(NET, Linear(np.array([[np.nan]])), sgd_state(NET), rate=1),
        lipref.DomainError,
    ),
    "infinite gradient": (
        lambda: adam_step(NET, Linear(np.array([[np.inf]])), adam_state(NET), rate=1),
        lipref.DomainError,
    ),
    "gradients of another network": (
        lambda: adam_step(NET, Chain((NET,)), adam_state(NET), rate=1),
        lipref.DTypeError,
    ),
    "dtype": (
        lambda: sgd_step(NET, Linear(np.ones((1, 1), dtype="float32")), sgd_state(NET), rate=1),
        lipref.DTypeError,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()
