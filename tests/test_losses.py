"""Losses: values, derivative laws, stability, reductions, what the papers' errata say of them, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws, losses
from lipref._array import namespace
from lipref.losses import (
    bce,
    bce_forward,
    cross_entropy,
    cross_entropy_forward,
    hinge,
    hkr,
    hkr_forward,
    kr,
    kr_forward,
    mse,
    multiclass_hinge,
    multiclass_hinge_forward,
    pointwise_backward,
    rows_backward,
)

seeds = st.integers(0, 2**32 - 1)
BATCH, CLASSES = 6, 4

# name -> (forward of the scores, stem of the names of its passes, piecewise linear)
CASES = {
    "kr": (lambda s, t: losses.kr_forward(s, t["signs"], reduction=t["reduction"]), "kr", True),
    "hinge": (lambda s, t: losses.hinge_forward(s, t["signs"], 1, reduction=t["reduction"]), "hinge", True),
    "hkr": (lambda s, t: losses.hkr_forward(s, t["signs"], 1, 3, reduction=t["reduction"]), "hkr", True),
    "bce": (
        lambda s, t: losses.bce_forward(s, t["signs"], temperature=1.5, reduction=t["reduction"]),
        "bce",
        False,
    ),
    "mse": (lambda s, t: losses.mse_forward(s, t["targets"], reduction=t["reduction"]), "mse", False),
    "mae": (lambda s, t: losses.mae_forward(s, t["targets"], reduction=t["reduction"]), "mae", True),
    "multiclass_hinge": (
        lambda s, t: losses.multiclass_hinge_forward(s, t["classes"], 1.5, reduction=t["reduction"]),
        "multiclass_hinge",
        True,
    ),
    "cross_entropy": (
        lambda s, t: losses.cross_entropy_forward(s, t["classes"], temperature=1.5, reduction=t["reduction"]),
        "cross_entropy",
        False,
    ),
}
BY_ROW = ("multiclass_hinge", "cross_entropy")
REDUCTIONS = {name: ["mean", "sum", "none"] + ["balanced"] * (name in ("kr", "hinge", "hkr", "bce")) for name in CASES}
PAIRS = [(name, reduction) for name in CASES for reduction in REDUCTIONS[name]]

# terms of at most CLASSES products, then a sum of BATCH terms: each entry rounds at most CLASSES + BATCH + 4 times
OPERATIONS = BATCH + CLASSES + 4


def setting(place, dtype, seed, name, reduction):
    """Scores, a tangent and targets: scores at quarters, integers apart, hence 1/4 or more from every kink."""
    rng = np.random.default_rng(seed)
    shape = (BATCH, CLASSES) if name in BY_ROW else (BATCH,)
    scores = rng.integers(-4, 5, shape) + 0.25
    tangent = rng.integers(-2, 3, shape).astype(float)
    signs = np.where(np.arange(BATCH) % 3 == 0, -1, 1)  # unbalanced, both classes there
    targets = {
        "signs": integers(place, signs) if seed % 2 else place(signs.astype(float), dtype),
        "targets": place(rng.integers(-4, 5, shape).astype(float), dtype),
        "classes": integers(place, rng.integers(0, CLASSES, BATCH)),
        "reduction": reduction,
    }
    return place(scores, dtype), place(tangent, dtype), targets


def integers(place, values):
    """Integer array on the backend of `place`, whose own call is for floating arrays."""
    like = place(np.zeros(1))
    if isinstance(like, np.ndarray):
        return np.asarray(values, dtype=np.int64)
    xp = namespace("integers", like=like)
    return xp.asarray(np.asarray(values, dtype=np.int64), device=like.device)


def passes(name):
    """(backward, jvp, jvp_backward) by the names that the module exports."""
    return tuple(getattr(losses, f"{name}_{suffix}") for suffix in ("backward", "jvp", "jvp_backward"))


@pytest.mark.parametrize(("name", "reduction"), PAIRS)
def test_loss_backward_is_adjoint_of_jvp(place, dtype, name, reduction):
    """Law 1, for every reduction; the cotangent is an array for "none"."""
    for seed in range(4):
        scores, tangent, targets = setting(place, dtype, seed, name, reduction)
        forward, stem, _ = CASES[name]
        backward, jvp, _ = passes(stem)
        value, residuals = forward(scores, targets)
        assert value.dtype == scores.dtype
        assert value.shape == ((BATCH,) if reduction == "none" else ())
        dvalue = place(np.random.default_rng(seed).standard_normal(value.shape), dtype)
        # |⟨slopes, tangent⟩| can cancel: its parts are at most 2 · 12 · 1.5 per entry, and the law compares norms
        size = float(np.linalg.norm(lipref.to_numpy(jvp(residuals, tangent)).astype(float)))
        cancelled = max(1.0, 40.0 * BATCH / max(size, 1e-3)) if reduction != "none" else 40.0
        law = laws.adjoint(
            lambda d, backward=backward, residuals=residuals: backward(residuals, d),
            lambda d, jvp=jvp, residuals=residuals: jvp(residuals, d),
            tangent,
            dvalue,
            operations=OPERATIONS,
            condition=cancelled,
        )
        # a jvp that cancels to zero has no relative accuracy: absolute, parts of at most 40 each
        assert law._replace(
            bound=law.bound + OPERATIONS * np.finfo(dtype).eps * 40 * BATCH * abs(np.sum(lipref.to_numpy(dvalue)))
        ).holds, law


@pytest.mark.parametrize(("name", "reduction"), PAIRS)
def test_loss_jvp_is_difference_quotient(place, dtype, name, reduction):
    """Law 2; piecewise-linear losses have no kink within the step, so only rounding is left (division by a count)."""
    for seed in range(4):
        scores, tangent, targets = setting(place, dtype, seed, name, reduction)
        forward, stem, linear = CASES[name]
        _, jvp, _ = passes(stem)
        _, residuals = forward(scores, targets)
        law = laws.difference(
            lambda s, forward=forward, targets=targets: forward(s, targets)[0],
            lambda d, jvp=jvp, residuals=residuals: jvp(residuals, d),
            scores,
            tangent,
            step=1 / 16,
            operations=OPERATIONS,
            piecewise_linear=linear,
        )
        # terms up to 40 may cancel in the value, whose size alone the law knows
        law = law._replace(bound=law.bound + 16 * OPERATIONS * np.finfo(dtype).eps * 40 * BATCH)
        assert law.holds, (seed, law)


@pytest.mark.parametrize(("name", "reduction"), PAIRS)
def test_loss_jvp_backward_is_second_difference(place, dtype, name, reduction):
    """Law 4: curvature of the smooth losses, zero for the piecewise-linear ones."""
    for seed in range(4):
        scores, tangent, targets = setting(place, dtype, seed, name, reduction)
        forward, stem, _ = CASES[name]
        _, jvp, jvp_backward = passes(stem)
        value, residuals = forward(scores, targets)
        rng = np.random.default_rng(seed)
        other, dvalue = place(rng.integers(-2, 3, scores.shape), dtype), place(np.ones(value.shape), dtype)
        law = laws.second_difference(
            lambda s, d, forward=forward, targets=targets, jvp=jvp: jvp(forward(s, targets)[1], d),
            lambda d, bar, jvp_backward=jvp_backward, residuals=residuals: jvp_backward(residuals, d, bar),
            scores,
            tangent,
            other,
            dvalue,
            step=1 / 16,
            operations=OPERATIONS,
        )
        law = law._replace(bound=law.bound + 16 * 4 * OPERATIONS * np.finfo(dtype).eps * 40 * BATCH)
        assert law.holds, (seed, law)


@given(seed=seeds)
def test_multiclass_hinge_is_the_definition(place, dtype, seed):
    """[SO-Eq5] Against loops over integers, exactly, ties and label at every place included."""
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(-3, 4, (5, CLASSES)), rng.integers(0, CLASSES, 5)
    expected = [sum(max(0, 2 - (row[t] - row[i])) for i in range(CLASSES) if i != t) for row, t in zip(logits, labels)]
    got = multiclass_hinge(place(logits, dtype), integers(place, labels), 2, reduction="none")
    assert lipref.to_numpy(got).tolist() == expected


@given(seed=seeds)
def test_multiclass_hinge_counts_active_classes(seed):
    """The gradient of a row: 1 per active class and minus their number at the true one; zero iff it is kept."""
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(-3, 4, (5, CLASSES)).astype(float), rng.integers(0, CLASSES, 5)
    value, residuals = multiclass_hinge_forward(logits, labels, 1.5, reduction="none")
    slopes = rows_backward(residuals)
    for row, t, slope, loss in zip(logits, labels, slopes, value):
        active = [float(i != t and row[t] - row[i] < 1.5) for i in range(CLASSES)]
        active[t] = -sum(active)
        assert slope.tolist() == active
        assert (loss == 0) == all(row[t] - row[i] >= 1.5 for i in range(CLASSES) if i != t)


@given(seed=seeds)
def test_kr_balanced_is_twice_the_mean_on_balanced_batches(seed):
    """-E[y f] is half of the balanced value, exactly, when both classes are equally frequent."""
    rng = np.random.default_rng(seed)
    scores, labels = lipref.exact(rng.integers(-9, 10, 8) / 8), rng.permutation([1, -1] * 4)
    assert kr(scores, labels) == 2 * kr(scores, labels, reduction="mean")


def test_kr_mean_is_unbounded_for_unequal_classes():
    """Adding c changes the mean of -y f by -(2π - 1) c: below every bound; the balanced value does not move."""
    labels, scores = np.array([1, 1, 1, -1]), lipref.exact([0, 0, 0, 0])
    values = [kr(scores + Fraction(c), labels, reduction="mean") for c in (0, 10, 1000)]
    assert values == [0, -5, -500]
    assert {kr(scores + Fraction(c), labels) for c in (0, 10, 1000)} == {0}


def test_kr_of_two_point_masses_is_minus_their_distance():
    """P = δ_0 labelled +1, Q = δ_1: over 1-Lipschitz f the balanced minimum is -1 = -W₁, the mean's half of it."""
    scores, labels = lipref.exact(["1/2", "-1/2"]), np.array([1, -1])
    assert kr(scores, labels) == -1
    assert kr(scores, labels, reduction="mean") == Fraction(-1, 2)


@pytest.mark.parametrize(("penalty", "bounded"), [(Fraction(29, 10), False), (3, True), (Fraction(31, 10), True)])
def test_hkr_mean_is_bounded_above_the_threshold_only(penalty, bounded):
    """π = 0.8: the mean of hKR is bounded below iff penalty·min(π, 1-π) >= |2π - 1|, threshold 3; exact slopes in c."""
    labels, scores = np.array([1, 1, 1, 1, -1]), lipref.exact([0, 0, 0, 0, 0])
    far = [hkr(scores + Fraction(c), labels, Fraction(1), penalty, reduction="mean") for c in (1000, 2000)]
    assert (far[1] >= far[0]) == bounded
    balanced = [hkr(scores + Fraction(c), labels, Fraction(1), penalty) for c in (1000, 2000)]
    assert balanced[1] > balanced[0]


@given(seed=seeds)
def test_hkr_matches_the_other_normalisation(seed):
    """On balanced batches -KR + α·mean(hinge) is the balanced loss with penalty α/2, exactly."""
    rng = np.random.default_rng(seed)
    scores, labels = lipref.exact(rng.integers(-9, 10, 8) / 8), rng.permutation([1, -1] * 4)
    alpha, margin = Fraction(7, 2), Fraction(1, 2)
    other = kr(scores, labels) + alpha * hinge(scores, labels, margin, reduction="mean")
    assert hkr(scores, labels, margin, alpha / 2) == other


@pytest.mark.parametrize("z", [-1e4, -745.5, -40.0, -1.0, 0.0, 1e-9, 1.0, 40.0, 745.5, 1e4])
def test_bce_is_stable(place, dtype, z):
    """Values and slopes for |z| to 1e4 against 50 digits: relative accuracy, but for numbers that underflow."""
    mpmath = pytest.importorskip("mpmath")
    for label in (1, -1):
        value, residuals = bce_forward(place([z], dtype), integers(place, [label]))
        with mpmath.workdps(50):
            argument = mpmath.mpf(float(np.dtype(dtype).type(z))) * label
            exact = mpmath.log1p(mpmath.exp(-argument))
            slope = -label / (1 + mpmath.exp(argument))
        info = np.finfo(dtype)
        # exp, log1p, a sum; exp rounds its argument's error too: |z| eps only where exp(-|z|) matters, |z| < 104 in f32
        slack = 8 * info.eps
        smallest = float(info.smallest_normal)
        assert abs(float(lipref.to_numpy(value)) - float(exact)) <= slack * float(exact) + smallest
        got = float(lipref.to_numpy(pointwise_backward(residuals))[0])
        assert abs(got - float(slope)) <= slack * abs(float(slope)) + smallest


@given(score=st.floats(-30, 30), temperature=st.sampled_from([0.5, 1.0, 2.0, 7.0]))
def test_bce_slope_has_the_corrected_lower_bound(score, temperature):
    """|dL/df| >= T/(1 + exp(T|f|)); without the factor T the printed bound fails at T = 2, f = 1."""
    _, residuals = bce_forward(np.array([score]), np.array([1]), temperature=temperature)
    slope = abs(pointwise_backward(residuals)[0])
    bound = temperature / (1 + math.exp(temperature * abs(score)))
    # two evaluations of a sigmoid: eight roundings, and T f is rounded before the exponential, |T f| <= 210
    assert slope >= bound * (1 - (16 + 420) * np.finfo(float).eps)
    assert 2 / (1 + math.exp(2)) < 1 / (1 + math.exp(1))


def test_bce_temperature_scales_the_score(dtype):
    """L_T(f) = L_1(T f): T multiplies."""
    scores, labels = np.array([0.5, -1.0, 2.0], dtype=dtype), np.array([1, 1, -1])
    assert bce(scores, labels, temperature=2) == bce(2 * scores, labels)


@given(seed=seeds)
def test_cross_entropy_is_the_definition(place, dtype, seed):
    """log Σ exp(T y_i) - T y_t in long double, gradient T(softmax - e_t)."""
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(-40, 41, (5, CLASSES)) / 8, rng.integers(0, CLASSES, 5)
    value, residuals = cross_entropy_forward(
        place(logits, dtype), integers(place, labels), temperature=1.5, reduction="none"
    )
    wide = 1.5 * logits.astype(np.longdouble)
    total = np.sum(np.exp(wide - wide[np.arange(5), labels][:, None]), axis=1)
    slopes = 1.5 * (np.exp(wide) / np.sum(np.exp(wide), axis=1, keepdims=True) - np.eye(CLASSES)[labels])
    # 4 roundings before exp at arguments up to 15, exp and sums of four: relative to the value, and to 1 + value where
    # the log of a sum far above 1 is taken
    slack = (4 * 15 + 16) * np.finfo(dtype).eps
    assert np.all(np.abs(lipref.to_numpy(value) - np.log(total)) <= slack * np.log(total))
    assert np.all(np.abs(lipref.to_numpy(rows_backward(residuals)) - slopes) <= slack * 2 * np.abs(slopes))


def test_cross_entropy_is_stable():
    """Logits of 1e4, both ways, and a loss of 2 exp(-50) that a difference of logarithms would round to 0."""
    value = cross_entropy(
        np.array([[1e4, 0, 0], [0, 1e4, 1], [50, 0, 0]], dtype=float), np.array([0, 0, 0]), reduction="none"
    )
    assert value[:2].tolist() == [0.0, 1e4]
    assert abs(value[2] / (2 * math.exp(-50)) - 1) < 64 * np.finfo(float).eps


def test_class_means_add_up_in_balanced():
    """The definition of "balanced", for each binary loss, with one positive and three negative labels."""
    scores, labels = lipref.exact([2, "1/2", -1, 3]), np.array([1, -1, -1, -1])
    terms = hinge(scores, labels, Fraction(1), reduction="none")
    assert hinge(scores, labels, Fraction(1), reduction="balanced") == terms[0] + sum(terms[1:]) / 3


def test_weights_are_cotangents_of_none():
    """Any weighting is a cotangent of the unreduced loss: with 1/n it is the gradient of the mean."""
    scores, labels = np.array([1.0, -2.0]), np.array([1, -1])
    mean = pointwise_backward(bce_forward(scores, labels)[1])
    weighted = pointwise_backward(bce_forward(scores, labels, reduction="none")[1], np.array([0.5, 0.5]))
    assert np.array_equal(mean, weighted)


def test_empty_batches():
    """Sums and terms of nothing are empty; means and class means are errors."""
    scores, labels = np.zeros(0), np.zeros(0, dtype=int)
    assert kr(scores, labels, reduction="sum") == 0
    assert bce(scores, labels, reduction="none").shape == (0,)
    assert cross_entropy(np.zeros((0, 3)), labels, reduction="sum") == 0
    for call in (
        lambda: kr(scores, labels),
        lambda: bce(scores, labels),
        lambda: mse(scores, scores),
        lambda: multiclass_hinge(np.zeros((0, 3)), labels, 1),
    ):
        with pytest.raises(lipref.DomainError, match="got"):
            call()


def test_one_class_is_refused_by_balanced_only():
    """A batch of one class has no class mean of the other; every other reduction takes it."""
    scores, labels = np.array([1.0, 2.0]), np.array([1, 1])
    with pytest.raises(lipref.DomainError, match="both classes"):
        kr(scores, labels)
    assert kr(scores, labels, reduction="mean") == -1.5
    assert kr_forward(scores, labels, reduction="sum")[0] == -3
    assert hkr_forward(scores, labels, 1, 1, reduction="mean")[0] == -1.5


ONE = np.ones(1)
ROW = np.ones((1, 3))
BAD = {
    "label 0": (lambda: kr(ONE, np.array([0])), lipref.DomainError),
    "label 2": (lambda: bce(ONE, np.array([2])), lipref.DomainError),
    "label 0.5": (lambda: bce(ONE, np.array([0.5])), lipref.DomainError),
    "labels of bool": (lambda: bce(ONE, np.array([True])), lipref.DTypeError),
    "labels in a list": (lambda: bce(ONE, [1]), lipref.DTypeError),
    "labels too many": (lambda: kr(ONE, np.array([1, -1])), lipref.ShapeError),
    "class 3 of 3": (lambda: cross_entropy(ROW, np.array([3])), lipref.DomainError),
    "class -1": (lambda: multiclass_hinge(ROW, np.array([-1]), 1), lipref.DomainError),
    "floating classes": (lambda: cross_entropy(ROW, np.array([1.0])), lipref.DTypeError),
    "one class": (lambda: cross_entropy(np.ones((1, 1)), np.array([0])), lipref.ShapeError),
    "classes for rows": (lambda: cross_entropy(ROW, np.array([0, 1])), lipref.ShapeError),
    "integer scores": (lambda: kr(np.array([1]), np.array([1])), lipref.DTypeError),
    "NaN": (lambda: kr(np.array([np.nan]), np.array([1])), lipref.DomainError),
    "margin 0": (lambda: hinge(ONE, np.array([1]), 0), lipref.DomainError),
    "margin -1": (lambda: multiclass_hinge(ROW, np.array([1]), -1), lipref.DomainError),
    "penalty 0": (lambda: hkr(ONE, np.array([1]), 1, 0), lipref.DomainError),
    "temperature 0": (lambda: bce(ONE, np.array([1]), temperature=0), lipref.DomainError),
    "temperature NaN": (lambda: cross_entropy(ROW, np.array([1]), temperature=math.nan), lipref.DomainError),
    "unknown reduction": (lambda: bce(ONE, np.array([1]), reduction="average"), lipref.UnknownNameError),
    "balanced classes": (lambda: cross_entropy(ROW, np.array([1]), reduction="balanced"), lipref.UnknownNameError),
    "balanced regression": (lambda: mse(ONE, ONE, reduction="balanced"), lipref.UnknownNameError),
    "fractions in bce": (lambda: bce(lipref.exact([1]), np.array([1])), lipref.DTypeError),
    "targets of another shape": (lambda: mse(ONE, np.ones(2)), lipref.ShapeError),
    "cotangent of another shape": (
        lambda: pointwise_backward(bce_forward(ONE, np.array([1]))[1], np.ones(3)),
        lipref.ShapeError,
    ),
    "tangent of another shape": (
        lambda: losses.bce_jvp(bce_forward(ONE, np.array([1]))[1], np.ones(3)),
        lipref.ShapeError,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()
