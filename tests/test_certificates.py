"""Certificates: radii that hold, examples that attain them, printed constants that fail, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref.certificates import (
    KINDS,
    binary_radius,
    certified_accuracy,
    margin,
    norm_factor,
    pair_constants,
    pairwise_radius,
    radius,
)
from lipref.networks import lipschitz_bound, mlp
from tests.test_losses import integers

seeds = st.integers(0, 2**32 - 1)
F = Fraction


@given(seed=seeds)
def test_margin_is_the_definition(place, dtype, seed):
    """[SO-Eq4] max(0, y_t - max of the others), against loops over integers, ties included."""
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(-3, 4, (6, 4)), rng.integers(0, 4, 6)
    expected = [max(0, row[t] - max(np.delete(row, t))) for row, t in zip(logits, labels)]
    got = lipref.to_numpy(margin(place(logits, dtype), integers(place, labels)))
    assert got.dtype == dtype
    assert got.tolist() == expected


@pytest.mark.parametrize(("kind", "divisor"), [("per-logit", 2.0), ("joint-l2", math.sqrt(2)), ("joint-l1", 1.0)])
def test_radius_is_margin_over_its_constant(place, dtype, kind, divisor):
    """M/(2K), M/(√2 K), M/K; margins 3 and 0."""
    logits = place([[1.0, 4.0, 0.5], [2.0, 1.0, 0.0]], dtype)
    got = lipref.to_numpy(radius(logits, integers(place, [1, 2]), lipschitz=4, kind=kind))
    # one rounding of the constant and one of the quotient
    assert np.all(np.abs(got - np.array([3 / (4 * divisor), 0])) <= 2 * np.finfo(dtype).eps)


WITNESSES = {
    # kind: logits of the number x, 1-Lipschitz in the sense of the kind, with margin 2x, √2 x and x
    "per-logit": lambda x: np.stack([x, -x], axis=-1),
    "joint-l2": lambda x: np.stack([x, -x], axis=-1) / math.sqrt(2),
    "joint-l1": lambda x: np.stack([x, -x], axis=-1) / 2,
}


@pytest.mark.parametrize("kind", KINDS)
def test_radius_is_attained(kind):
    """The three constants are sharp: radius x at the input x, kept just before -x, lost just beyond."""
    x = np.array([0.3, 1.0, 2.5])
    logits = WITNESSES[kind]
    labels = np.zeros(3, dtype=int)
    radii = radius(logits(x), labels, lipschitz=1, kind=kind)
    # constant, margin and quotient round once each
    assert np.all(np.abs(radii / x - 1) <= 4 * np.finfo(float).eps)
    assert np.all(margin(logits(x - radii * (1 - 1e-9)), labels) > 0)
    assert np.all(margin(logits(x - radii * (1 + 1e-9)), labels) == 0)


def test_printed_half_is_refuted():
    """[SO-Cert] M > Kε/2 certifies too much: y = (x, -x), x = 2/5, ε = 1 passes it and δ = -9/10 flips; exact."""
    y = lambda x: lipref.exact([[x, -x]])  # noqa: E731
    label, x, epsilon, delta = np.array([0]), F(2, 5), 1, F(-9, 10)
    m = margin(y(x), label)[0]
    assert m == F(4, 5)
    assert m > F(epsilon, 2)
    assert abs(delta) < epsilon
    assert margin(y(x + delta), label)[0] == 0
    assert radius(y(x), label, lipschitz=1, kind="per-logit")[0] == x
    assert not m > 2 * epsilon


def test_printed_whole_is_refuted():
    """The figure's M > Kε: x = 3/5, M = 6/5 > 1, δ = -4/5 gives (-1/5, 1/5); exact."""
    y = lambda x: lipref.exact([[x, -x]])  # noqa: E731
    label, x, delta = np.array([0]), F(3, 5), F(-4, 5)
    assert margin(y(x), label)[0] > 1
    assert y(x + delta).tolist() == [[F(-1, 5), F(1, 5)]]
    assert radius(y(x), label, lipschitz=1, kind="per-logit")[0] == F(3, 5)


def test_joint_l2_needs_root_two():
    """y = (x, -x)/√2 is 1-Lipschitz into ℓ2: at x = 1, M = √2 > ε = 1.2, and δ = -1.1 flips; in squares, exact."""
    x, epsilon, delta = F(1), F(6, 5), F(-11, 10)
    squared_margin = (2 * x) ** 2 / F(2)
    assert squared_margin > epsilon**2
    assert abs(delta) < epsilon
    assert x + delta < 0
    assert squared_margin <= 2 * epsilon**2


def test_joint_l1_halves_would_be_loose():
    """Into ℓ1 the full margin holds: multiclass HMF of two points at distance 1 has margin and radius 1/2, exact."""
    hmf = lambda x: lipref.exact([[max(F(0), F(1, 2) - x), max(F(0), x - F(1, 2))]])  # noqa: E731
    label = np.array([0])
    assert radius(hmf(F(0)), label, lipschitz=1, kind="joint-l1")[0] == F(1, 2)
    assert margin(hmf(F(1, 2) - F(1, 10**9)), label)[0] > 0
    assert margin(hmf(F(1, 2)), label)[0] == 0


@given(seed=seeds, kind=st.sampled_from(KINDS))
def test_radius_holds_on_linear_classifiers(seed, kind):
    """The exact worst case of a linear classifier, for the norm of each kind: never inside the radius.

    y_t - y_i falls to zero at distance (y_t - y_i)/‖w_t - w_i‖_*; K is the norm of W that the kind names.
    """
    rng = np.random.default_rng(seed)
    w, x = rng.standard_normal((3, 4)), rng.standard_normal((20, 4))
    logits = x @ w.T
    labels = np.argmax(logits, axis=-1)
    dual = {"per-logit": 1, "joint-l2": 2, "joint-l1": 1}[kind]
    if kind == "joint-l2":
        lipschitz = np.linalg.norm(w, 2)
    elif kind == "per-logit":
        lipschitz = np.max(np.sum(np.abs(w), axis=1))
    else:  # from ℓ∞ into ℓ1: the maximum over the sign vectors of the cube
        signs = np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1)
        lipschitz = np.max(np.sum(np.abs(w @ signs), axis=0))
    radii = radius(logits, labels, lipschitz=lipschitz, kind=kind)
    gaps = np.take_along_axis(logits, labels[:, None], 1) - logits
    sizes = np.linalg.norm(w[labels][:, None] - w[None], ord=dual, axis=-1)
    flips = np.min(np.where(sizes > 0, gaps / np.where(sizes > 0, sizes, 1), np.inf), axis=1)
    assert np.all(radii <= flips * (1 + 16 * np.finfo(float).eps))


@given(seed=seeds, p=st.sampled_from([2, math.inf]))
def test_pairwise_radius_is_at_least_the_plain_one(seed, p):
    """Per pair of classes: sharper than 2K in ℓ∞ and √2 K in ℓ2, and exact for a linear classifier."""
    rng = np.random.default_rng(seed)
    w, x = rng.standard_normal((3, 4)), rng.standard_normal((20, 4))
    logits = x @ w.T
    labels = np.argmax(logits, axis=-1)
    network_norm = np.max(np.sum(np.abs(w), axis=1)) if p == math.inf else np.linalg.norm(w, 2)
    sharp = pairwise_radius(logits, labels, pair_constants(w, lipschitz=1, p=p))
    plain = radius(logits, labels, lipschitz=network_norm, kind="per-logit" if p == math.inf else "joint-l2")
    dual = 1 if p == math.inf else 2
    gaps = np.take_along_axis(logits, labels[:, None], 1) - logits
    sizes = np.linalg.norm(w[labels][:, None] - w[None], ord=dual, axis=-1)
    flips = np.min(np.where(sizes > 0, gaps / np.where(sizes > 0, sizes, 1), np.inf), axis=1)
    assert np.all(sharp >= plain * (1 - 16 * np.finfo(float).eps))
    assert np.allclose(sharp, flips, rtol=16 * np.finfo(float).eps, atol=0)


def test_pairwise_radius_is_exact_on_fractions(place):
    """(y_t - y_i)/K_ti over i, 0 for a wrong class; the pair that cannot flip is left out."""
    constants = lipref.exact([[0, 2, 0], [2, 0, 1], [0, 1, 0]])
    logits = lipref.exact([[3, 1, 2], [1, 3, 2], [1, 2, 3]])
    assert pairwise_radius(logits, np.array([0, 1, 0]), constants).tolist() == [1, 1, 0]
    floats = pairwise_radius(place(logits.astype(float)), integers(place, [0, 1, 0]), place(constants.astype(float)))
    assert lipref.to_numpy(floats).tolist() == [1, 1, 0]


def test_pair_that_cannot_flip_has_infinite_radius():
    """K_ti = 0 for all i: no perturbation changes the class."""
    assert pairwise_radius(np.array([[1.0, 0.0]]), np.array([0]), np.zeros((2, 2))).tolist() == [math.inf]


def test_binary_radius(place, dtype):
    """[MF-Property1] |f|/K; no decision at 0; tight for f = x."""
    got = binary_radius(place([3.0, -1.0, 0.0], dtype), lipschitz=2)
    assert lipref.to_numpy(got).tolist() == [1.5, 0.5, 0.0]
    assert binary_radius(lipref.exact(["-2/3"]), lipschitz=F(1, 3)).tolist() == [2]


@given(seed=seeds)
def test_binary_radius_holds_on_networks(seed):
    """No perturbation below the radius, random or straight down the gradient, changes the sign of a network."""
    rng = np.random.default_rng(seed)
    network = mlp([3, 6, 6, 1], rng=rng, dtype="float64")
    x = rng.standard_normal((10, 3))
    score, residuals = network.forward(x)
    down = -np.sign(score) * network.backward(residuals, np.ones_like(score))[0]
    radii = binary_radius(score, lipschitz=lipschitz_bound(network))
    for direction in (down, rng.standard_normal(x.shape)):
        unit = direction / np.maximum(np.linalg.norm(direction, axis=-1, keepdims=True), 1e-300)
        moved = network(x + unit * radii * (1 - 1e-9))
        # the network's own rounding, far below the 1e-9 that was left, decides only where the score is tiny
        assert np.all((np.sign(moved) == np.sign(score)) | (np.abs(score) < 1e-6))


@given(p=st.sampled_from([1, 2, 3, math.inf]), q=st.sampled_from([1, 2, 3, math.inf]), n=st.integers(1, 100))
def test_norm_factor_is_attained(p, q, n):
    """‖x‖_p <= c ‖x‖_q, attained by ones (p < q) or by a unit vector."""
    c = norm_factor(n, p, q)
    x = np.random.default_rng(n).standard_normal((50, n))
    assert np.all(np.linalg.norm(x, p, axis=1) <= c * np.linalg.norm(x, q, axis=1) * (1 + 1e-14))
    attained = np.linalg.norm(np.ones(n), p) / np.linalg.norm(np.ones(n), q) if p < q else 1.0
    assert attained <= c * (1 + 1e-14)
    assert c <= attained * (1 + 1e-14)


def test_certified_accuracy_is_strict():
    """A radius certifies ‖δ‖ < r, so the closed ball of radius r is not certified; at 0 it is the clean accuracy."""
    radii = np.array([0.0, 0.5, 1.0, math.inf])
    assert certified_accuracy(radii, [0, 0.25, 0.5, 1, 2]).tolist() == [0.75, 0.75, 0.5, 0.25, 0.25]


ROW, LABEL = np.array([[1.0, 2.0]]), np.array([1])
BAD = {
    "NaN logits": (lambda: margin(np.array([[np.nan, 1.0]]), LABEL), lipref.DomainError),
    "infinite logits": (
        lambda: radius(np.array([[np.inf, 1.0]]), LABEL, lipschitz=1, kind="per-logit"),
        lipref.DomainError,
    ),
    "NaN score": (lambda: binary_radius(np.array([np.nan]), lipschitz=1), lipref.DomainError),
    "K = 0": (lambda: radius(ROW, LABEL, lipschitz=0, kind="joint-l1"), lipref.DomainError),
    "K negative": (lambda: binary_radius(ROW, lipschitz=-1), lipref.DomainError),
    "K infinite": (lambda: radius(ROW, LABEL, lipschitz=math.inf, kind="joint-l1"), lipref.DomainError),
    "unknown kind": (lambda: radius(ROW, LABEL, lipschitz=1, kind="l2"), lipref.UnknownNameError),
    "label outside": (lambda: margin(ROW, np.array([2])), lipref.DomainError),
    "root of two in fractions": (
        lambda: radius(lipref.exact([[1, 2]]), LABEL, lipschitz=1, kind="joint-l2"),
        lipref.DomainError,
    ),
    "constants of another shape": (lambda: pairwise_radius(ROW, LABEL, np.ones((3, 3))), lipref.ShapeError),
    "negative constants": (lambda: pairwise_radius(ROW, LABEL, -np.ones((2, 2))), lipref.DomainError),
    "no pair in fractions": (
        lambda: pairwise_radius(lipref.exact([[1, 2]]), LABEL, lipref.exact([[0, 0], [0, 0]])),
        lipref.DomainError,
    ),
    "weight is a vector": (lambda: pair_constants(np.ones(3), lipschitz=1, p=2), lipref.ShapeError),
    "no dimension": (lambda: norm_factor(0, 2, 1), lipref.DomainError),
    "p below 1": (lambda: norm_factor(3, 0.5, 1), lipref.DomainError),
    "no inputs": (lambda: certified_accuracy(np.zeros(0), [0]), lipref.DomainError),
    "NaN radius": (lambda: certified_accuracy(np.array([np.nan]), [0]), lipref.DomainError),
    "negative epsilon": (lambda: certified_accuracy(np.ones(1), [-1]), lipref.DomainError),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()
