"""Attacks: exact on linear classifiers, within the ball and the box, never beyond a certificate, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref.attacks import accuracy, f6, f6_forward, fgs, pgd
from lipref.certificates import radius
from lipref.layers import Chain, Linear
from lipref.networks import lipschitz_bound, mlp
from tests.test_layers import placed
from tests.test_losses import integers

seeds = st.integers(0, 2**32 - 1)
norms = st.sampled_from([2, math.inf])


@given(seed=seeds)
def test_f6_is_the_definition(place, dtype, seed):
    """y_t - max of the others, signed, and its gradient: +1 at t, -1 at a best other; against loops over integers."""
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(-3, 4, (6, 4)), rng.integers(0, 4, 6)
    value, slope = f6_forward(place(logits, dtype), integers(place, labels))
    for row, t, got, gradient in zip(logits, labels, lipref.to_numpy(value), lipref.to_numpy(slope)):
        rival = max(np.delete(row, t))
        assert got == row[t] - rival
        assert gradient[t] == 1
        assert gradient.sum() == 0
        assert row[np.argmin(gradient)] == rival
        assert np.sum(np.abs(gradient)) == 2


@given(seed=seeds, norm=norms)
def test_fgs_is_optimal_on_two_class_linear(seed, norm):
    """With two linear logits one step is the worst case: f₆ falls by exactly ε‖w_t - w_i‖_*."""
    rng = np.random.default_rng(seed)
    network = Chain((Linear(rng.standard_normal((2, 5)), rng.standard_normal(2)),))
    x, labels = rng.standard_normal((4, 5)), rng.integers(0, 2, 4)
    before, after = f6(network(x), labels), f6(network(fgs(network, x, labels, 0.5, norm=norm)), labels)
    dual = 1 if norm == math.inf else 2
    expected = 0.5 * np.linalg.norm(network.layers[0].weight[0] - network.layers[0].weight[1], ord=dual)
    # sums of five products of size at most 25, four times
    assert np.all(np.abs(before - after - expected) <= 500 * np.finfo(float).eps)


@given(seed=seeds, norm=norms)
def test_pgd_stays_in_ball_and_box(place, dtype, seed, norm):
    """‖δ‖ <= ε up to the rounding of x + δ, and every entry in the box."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, mlp([5, 6, 3], rng=rng))
    values = rng.random((4, 5)).astype(dtype)
    x, labels = place(values), integers(place, rng.integers(0, 3, 4))
    moved = pgd(network, x, labels, 0.25, norm=norm, steps=5, restarts=2, rng=rng, box=(0.0, 1.0))
    got = lipref.to_numpy(moved)
    assert got.dtype == dtype
    # x + δ is rounded: half a unit per entry of size one; the norm of δ itself to a few units
    size = np.linalg.norm(got.astype(float) - values.astype(float), ord=norm, axis=-1)
    assert np.all(size <= 0.25 + 8 * np.finfo(dtype).eps)
    assert np.all((got >= 0) & (got <= 1))


@given(seed=seeds, norm=norms)
def test_pgd_never_breaks_a_certificate(seed, norm):
    """Certified inputs keep their class under attack at 0.999 of their radius."""
    rng = np.random.default_rng(seed)
    network = mlp([5, 6, 6, 3], rng=rng, scheme="normal", dtype="float64")
    x = rng.standard_normal((8, 5))
    labels = np.argmax(network(x), axis=-1)
    kind = "joint-l2" if norm == 2 else "per-logit"
    radii = radius(network(x), labels, lipschitz=lipschitz_bound(network, norm), kind=kind)
    for row, label, r in zip(x, labels, radii):
        moved = pgd(network, row[None], label[None], 0.999 * float(r), norm=norm, steps=10, rng=rng)
        # where the margin is below 1e-9 the network's rounding could decide
        assert f6(network(moved), label[None])[0] > 0 or r < 1e-9


@given(seed=seeds, norm=norms)
def test_pgd_is_not_worse_than_standing_still(seed, norm):
    """The least margin visited is returned, x among the candidates; more restarts never help the classifier."""
    rng = np.random.default_rng(seed)
    network = mlp([5, 6, 3], rng=rng, scheme="normal", dtype="float64")
    x, labels = rng.standard_normal((4, 5)), rng.integers(0, 3, 4)
    one, two = (
        f6(network(pgd(network, x, labels, 0.5, norm=norm, steps=3, restarts=r, rng=np.random.default_rng(1))), labels)
        for r in (1, 2)
    )
    assert np.all(one <= f6(network(x), labels))
    assert np.all(two <= one)


def test_pgd_beats_fgs_across_a_kink():
    """f₆ = |x| - 1/8 at x = 1: 40 short steps reach the bottom, one step of 2 passes over it and back up."""
    from lipref.layers import Activation

    network = Chain((Activation("absolute"), Linear(np.array([[1.0], [0.0]]), np.array([0.0, 0.125]))))
    x, labels = np.array([[1.0]]), np.array([0])
    assert accuracy(network, fgs(network, x, labels, 2.0), labels) == 1
    assert accuracy(network, pgd(network, x, labels, 2.0, steps=40), labels) == 0


def test_pgd_takes_zero_steps_where_the_gradient_vanishes():
    """A constant network: no NaN, x comes back."""
    network = Chain((Linear(np.zeros((2, 3)), np.array([1.0, 0.0])),))
    x = np.ones((2, 3))
    for norm in (2, math.inf):
        assert np.array_equal(pgd(network, x, np.array([0, 1]), 0.5, norm=norm, steps=3), x)


def test_accuracy_counts_ties_as_wrong():
    """A tie is no decision."""
    network = Chain((Linear(np.eye(2)),))
    x = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [2.0, 1.0]])
    assert accuracy(network, x, np.array([0, 0, 0, 0])) == 0.5


NET, X, Y = Chain((Linear(np.eye(2)),)), np.array([[0.5, 0.25]]), np.array([0])
BAD = {
    "negative epsilon": (lambda: fgs(NET, X, Y, -1), lipref.DomainError),
    "norm 1": (lambda: pgd(NET, X, Y, 1, norm=1), lipref.DomainError),
    "no steps": (lambda: pgd(NET, X, Y, 1, steps=0), lipref.DomainError),
    "negative step": (lambda: pgd(NET, X, Y, 1, step_size=-0.1), lipref.DomainError),
    "restarts without rng": (lambda: pgd(NET, X, Y, 1, restarts=2), lipref.DTypeError),
    "x outside the box": (lambda: pgd(NET, X, Y, 1, box=(0.3, 1.0)), lipref.DomainError),
    "empty box": (lambda: pgd(NET, X, Y, 1, box=(1.0, 0.0)), lipref.DomainError),
    "x is a vector": (lambda: pgd(NET, X[0], Y, 1), lipref.ShapeError),
    "label outside": (lambda: pgd(NET, X, np.array([2]), 1), lipref.DomainError),
    "empty batch": (lambda: accuracy(NET, np.zeros((0, 2)), np.zeros(0, dtype=int)), lipref.DomainError),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()
