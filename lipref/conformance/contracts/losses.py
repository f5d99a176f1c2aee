"""Contracts on losses: `loss_kr`, `loss_hinge`, `loss_hkr`, `loss_bce`, `loss_multiclass_hinge`.

Values and gradients are compared with lipref's in float64; libraries differ by labels, signs, halved margins, factors
and reductions, all of which are parameters. Scores come as (n,), labels as (n,) in the dtype of the scores;
multiclass logits as (n, C) with integer labels or one-hot rows.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref.conformance.contract import Case, Check, Contract, Parameter, Violation
from lipref.conformance.contracts.common import generic, quarters, require_close, without_backward
from lipref.errors import DomainError
from lipref.losses import bce_forward, hinge_forward, pointwise_backward

LABELS = Parameter("labels", "pm1", "labels are ±1 or 0 and 1", ("pm1", "01"))
MARGIN = Parameter("margin", 1.0, "margin m", kind=float, above=0)
HALVED = Parameter("halved", False, "the hinge is max(0, m/2 - y f)", kind=bool)
REDUCTION = Parameter("reduction", "mean", "how the terms become a value", ("mean", "sum", "none"))
BALANCED = Parameter("balanced", True, "expectations are class means", kind=bool)

Reference = Callable[[SimpleNamespace, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""(parameters, scores, labels ±1) -> value and its gradient; for reduction "none", terms and slopes of each."""


# ---------------------------------------------------------------------------------------------- the references


def _kr_terms(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Terms whose sum is -KR: -y f weighed by 1/n₊ and 1/n₋, or by 1/n."""
    if parameters.balanced:
        positive = max(int(np.sum(y > 0)), 1)
        weights = np.where(y > 0, 1 / positive, 1 / max(len(y) - int(np.sum(y > 0)), 1))
    else:
        weights = np.full(len(y), 1 / len(y))
    return -y * f * weights, -y * weights


def _hinge_terms(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    margin = parameters.margin / 2 if parameters.halved else parameters.margin
    terms, residuals = hinge_forward(f, y, margin, reduction="none")
    return np.asarray(terms), np.asarray(pointwise_backward(residuals, np.ones_like(f)))


def _reduced(reduction: str, terms: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if reduction == "none":
        return terms, slopes
    factor = 1 / len(terms) if reduction == "mean" else 1.0
    return np.asarray(factor * np.sum(terms)), factor * slopes


def _kr(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    terms, slopes = _kr_terms(parameters, f, y)
    sign = 1.0 if parameters.sense == "minimise" else -1.0
    return np.asarray(sign * np.sum(terms)), sign * slopes


def _hinge(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _reduced(parameters.reduction, *_hinge_terms(parameters, f, y))


def _bce(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    t = parameters.temperature if parameters.temperature_role == "multiply" else 1 / parameters.temperature
    terms, residuals = bce_forward(f, y, temperature=t, reduction="none")
    slopes = np.asarray(pointwise_backward(residuals, np.ones_like(f)))
    return _reduced(parameters.reduction, np.asarray(terms), slopes)


def _hkr(parameters: SimpleNamespace, f: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kr_terms, kr_slopes = _kr_terms(parameters, f, y)
    terms, slopes = _hinge_terms(parameters, f, y)
    alpha, n = parameters.alpha, len(f)
    kr_weight = 1 - alpha if parameters.combination == "convex" else 1.0
    whole, gradient = kr_weight * kr_terms + alpha * terms / n, kr_weight * kr_slopes + alpha * slopes / n
    if parameters.reduction == "none":  # terms of which the value is the mean
        return n * whole, n * gradient
    factor = n if parameters.reduction == "sum" else 1
    return np.asarray(factor * np.sum(whole)), factor * gradient


def _multiclass(parameters: SimpleNamespace, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, classes = logits.shape
    true = np.eye(classes, dtype=bool)[labels]
    margin = parameters.margin / 2 if parameters.halved else parameters.margin
    if parameters.form == "pairwise":  # [SO-Eq5]
        gap = margin - (logits[true][:, None] - logits)
        active = (gap > 0) & ~true
        terms, slopes = np.where(active, gap, 0.0), active.astype(float)
        slopes[true] = -np.sum(active, axis=1)
    else:
        y = np.where(true, 1.0, -1.0)
        weight = np.where(true, classes - 1.0, 1.0)
        gap = margin - y * logits
        terms, slopes = weight * np.maximum(gap, 0), -y * weight * (gap > 0)
    over = 1 / classes if parameters.class_reduction == "mean" else 1.0
    rows, gradient = over * np.sum(terms, axis=1), over * slopes
    value, _ = _reduced(parameters.reduction, rows, rows)
    return value, gradient / n if parameters.reduction == "mean" else gradient


# ------------------------------------------------------------------------------------------------ inputs, checks


def _given_labels(case: Case, y: np.ndarray) -> np.ndarray:
    """Labels in the subject's convention."""
    if case.parameters.labels == "01":
        return ((y + 1) / 2).astype(case.subject.dtype)
    return y.astype(case.subject.dtype)


@st.composite
def _scores(draw: Any, case: Case) -> dict[str, Any]:
    """Both classes present; sizes 2 to 9, unbalanced ones too; ties with the margin by design."""
    n = draw(st.integers(2, 9))
    positive = draw(st.integers(1, n - 1))
    y = np.array(draw(st.permutations([1.0] * positive + [-1.0] * (n - positive))))
    kind = draw(st.sampled_from(["quarters", "gaussian"]))
    strategy = quarters((n,), case.subject.dtype) if kind == "quarters" else generic((n,), case.subject.dtype, 3.0)
    return {"scores": draw(strategy), "labels": y}


@st.composite
def _off_kinks(draw: Any, case: Case) -> dict[str, Any]:
    """Gaussian scores: almost surely at no kink."""
    drawn = draw(_scores(case))
    return drawn | {"scores": draw(generic(drawn["scores"].shape, case.subject.dtype, 3.0))}


@st.composite
def _one_class(draw: Any, case: Case) -> dict[str, Any]:
    n = draw(st.integers(1, 4))
    return {
        "scores": draw(quarters((n,), case.subject.dtype)),
        "labels": np.full(n, draw(st.sampled_from([1.0, -1.0]))),
    }


def _atol(case: Case, expected: np.ndarray, scores: np.ndarray) -> float:
    """A sum of n rounded terms, each of a few operations on numbers of the size of the scores and parameters."""
    sizes = [abs(v) for k, v in vars(case.parameters).items() if isinstance(v, float) and k != "temperature"]
    factor = getattr(case.parameters, "temperature", 1.0)
    if getattr(case.parameters, "temperature_role", "multiply") == "divide":
        factor = 1 / factor
    width = scores.shape[-1]
    sum_size = scores.size if getattr(case.parameters, "reduction", "mean") == "sum" else 1
    largest = max([1.0, *sizes]) * (float(np.max(np.abs(scores), initial=1.0)) + 1) * max(factor, 1.0)
    return (
        16 * case.subject.unit_roundoff * max(float(np.max(np.abs(expected), initial=0.0)), largest * sum_size * width)
    )


def _slope_atol(case: Case, expected: np.ndarray, scores: np.ndarray) -> float:
    """In units of the slopes, which are parameters, temperatures and weights, never scores.

    A slope is a few products, and for cross-entropy T σ(-z), which a relative error u of z moves by T u |z| e^{-|z|} <=
    T u. A multiclass row sums as many terms as there are classes.
    """
    sizes = [
        abs(v) for k, v in vars(case.parameters).items() if isinstance(v, float) and k not in ("temperature", "margin")
    ]
    factor = getattr(case.parameters, "temperature", 1.0)
    if getattr(case.parameters, "temperature_role", "multiply") == "divide":
        factor = 1 / factor
    classes = scores.shape[-1] if scores.ndim > 1 else 1
    largest = max(1.0, factor, *sizes, float(np.max(np.abs(expected), initial=0.0)))
    return 32 * case.subject.unit_roundoff * largest * classes


def _value_check(reference: Reference, prepare: Any = _given_labels) -> Callable[..., None]:
    def law(case: Case, scores: np.ndarray, labels: np.ndarray) -> None:
        expected, _ = reference(case.parameters, scores.astype(np.float64), labels)
        got = case.call(scores, prepare(case, labels))
        if got.size != expected.size:
            raise Violation(f"the value has shape {got.shape}, expected {expected.shape}", got=got, expected=expected)
        require_close("value", got.reshape(expected.shape), expected, _atol(case, expected, scores))

    return law


def _gradient_check(reference: Reference, prepare: Any = _given_labels) -> Callable[..., None]:
    def law(case: Case, scores: np.ndarray, labels: np.ndarray) -> None:
        value, slopes = reference(case.parameters, scores.astype(np.float64), labels)
        reduced = getattr(case.parameters, "reduction", "mean") != "none"
        dvalue = np.ones(value.shape, dtype=case.subject.dtype)
        if not reduced:
            dvalue = np.random.default_rng(0).standard_normal(value.shape).astype(case.subject.dtype)
        expected = slopes * (dvalue if slopes.ndim == dvalue.ndim or reduced else dvalue[:, None])
        got = case.pull_back(scores, prepare(case, labels), dvalue, shape=scores.shape)
        require_close("gradient", got, expected, _slope_atol(case, expected, scores))

    return law


def _unmodified(prepare: Any = _given_labels) -> Callable[..., None]:
    def law(case: Case, scores: np.ndarray, labels: np.ndarray) -> None:
        given, marks = scores.copy(), prepare(case, labels)
        kept = marks.copy()
        first = np.asarray(case.subject.forward(given, marks))
        if not (np.array_equal(given, scores) and np.array_equal(marks, kept)):
            raise Violation("the loss changed an argument in place", got=given, expected=scores)
        second = case.call(scores, kept)
        if not np.array_equal(first, second):
            raise Violation("two calls on one input differ", got=second, expected=first)

    return law


def _order_free(prepare: Any = _given_labels) -> Callable[..., None]:
    def law(case: Case, scores: np.ndarray, labels: np.ndarray) -> None:
        order = np.random.default_rng(len(scores)).permutation(len(scores))
        first, second = case.call(scores, prepare(case, labels)), case.call(scores[order], prepare(case, labels[order]))
        if getattr(case.parameters, "reduction", "mean") == "none":
            first = first.reshape(len(scores), -1)[order].reshape(second.shape)
        require_close("value after reordering the batch", second, first, 2 * _atol(case, first, scores))

    return law


def _needs_unbalanced(case: Case) -> str | None:
    return "class means need both classes" if getattr(case.parameters, "balanced", False) else None


def _checks(reference: Reference, statements: tuple[str, ...]) -> tuple[Check, ...]:
    words = "The value is the stated formula."
    return (
        Check("value", statements, words, _scores, _value_check(reference)),
        Check(
            "gradient",
            statements,
            "backward is the derivative of the formula.",
            _off_kinks,
            _gradient_check(reference),
            without_backward,
        ),
        Check(
            "one_class",
            statements,
            "A batch of one class is lawful where no class means are taken.",
            _one_class,
            _value_check(reference),
            _needs_unbalanced,
        ),
        Check("order_free", (), "The value does not depend on the order of the batch.", _scores, _order_free()),
        Check(
            "input_unmodified",
            (),
            "A call leaves its arguments as they were and repeats itself.",
            _scores,
            _unmodified(),
        ),
    )


# -------------------------------------------------------------------------------------------------- contracts

LOSS_KR = Contract(
    "loss_kr",
    "(scores, labels) -> Kantorovich–Rubinstein value",
    (LABELS, Parameter("sense", "minimise", "sign of the value", ("minimise", "maximise")), BALANCED),
    _checks(_kr, ("MF-LossW", "MF-Eq6", "SO-Eq2")),
)

LOSS_HINGE = Contract(
    "loss_hinge",
    "(scores, labels) -> hinge loss",
    (LABELS, MARGIN, HALVED, REDUCTION),
    _checks(_hinge, ("MF-LossH",)),
)


@st.composite
def _extreme(draw: Any, case: Case) -> dict[str, Any]:
    n = draw(st.integers(1, 4))
    size = draw(st.sampled_from([30.0, 200.0, 1e4]))
    signs = np.array(draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=n, max_size=n)))
    labels = np.array(draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=n, max_size=n)))
    return {"scores": (signs * size).astype(case.subject.dtype), "labels": labels}


LOSS_BCE = Contract(
    "loss_bce",
    "(scores, labels) -> binary cross-entropy of T y f",
    (
        LABELS,
        Parameter("temperature", 1.0, "temperature T", kind=float, above=0),
        Parameter("temperature_role", "multiply", "scores are multiplied or divided by it", ("multiply", "divide")),
        REDUCTION,
    ),
    (
        *_checks(_bce, ("MF-LossBCET", "MF-LossBCE")),
        Check(
            "extremes",
            ("MF-LossBCET",),
            "Scores up to 1e4 give finite values and the right ones.",
            _extreme,
            _value_check(_bce),
        ),
        Check(
            "extreme_gradient",
            ("MF-VG",),
            "The gradient stays finite and right there.",
            _extreme,
            _gradient_check(_bce),
            without_backward,
        ),
    ),
)


def _convex_range(parameters: SimpleNamespace) -> None:
    if parameters.combination == "convex" and not parameters.alpha <= 1:
        raise DomainError("loss_hkr", "alpha <= 1 in a convex combination", repr(parameters.alpha))


LOSS_HKR = Contract(
    "loss_hkr",
    "(scores, labels) -> hinge-regularised Kantorovich–Rubinstein loss, to be minimised",
    (
        Parameter("alpha", 1.0, "weight of the hinge", kind=float, above=0),
        Parameter("combination", "sum", "-KR + α hinge or (1 - α)(-KR) + α hinge", ("sum", "convex")),
        MARGIN,
        HALVED,
        LABELS,
        BALANCED,
        REDUCTION,
    ),
    _checks(_hkr, ("MF-LossHKR",)),
    _convex_range,
)


@st.composite
def _logits(draw: Any, case: Case) -> dict[str, Any]:
    n, classes = draw(st.integers(1, 4)), draw(st.sampled_from([2, 3, 5]))
    kind = draw(st.sampled_from(["quarters", "gaussian"]))
    shape = (n, classes)
    strategy = quarters(shape, case.subject.dtype) if kind == "quarters" else generic(shape, case.subject.dtype, 3.0)
    labels = np.array(draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)), dtype=np.int64)
    return {"scores": draw(strategy), "labels": labels}


@st.composite
def _logits_off_kinks(draw: Any, case: Case) -> dict[str, Any]:
    drawn = draw(_logits(case))
    return drawn | {"scores": draw(generic(drawn["scores"].shape, case.subject.dtype, 3.0))}


def _with_onehot(law: Callable[[Any], Callable[..., None]]) -> Callable[..., None]:
    """The law with labels as the subject takes them, which needs the number of classes."""

    def run(case: Case, scores: np.ndarray, labels: np.ndarray) -> None:
        def prepare(inner: Case, marks: np.ndarray) -> np.ndarray:
            if inner.parameters.labels == "onehot":
                return np.eye(scores.shape[1], dtype=inner.subject.dtype)[marks]
            return marks.copy()

        law(prepare)(case, scores, labels)

    return run


LOSS_MULTICLASS_HINGE = Contract(
    "loss_multiclass_hinge",
    "(logits, labels) -> multiclass hinge loss",
    (
        MARGIN,
        HALVED,
        Parameter(
            "form",
            "pairwise",
            "Σ max(0, κ - (y_t - y_i)) or weighted one-versus-all hinges",
            ("pairwise", "one_vs_all"),
        ),
        Parameter("class_reduction", "sum", "over the classes", ("sum", "mean")),
        REDUCTION,
        Parameter("labels", "index", "integer labels or one-hot rows", ("index", "onehot")),
    ),
    (
        Check(
            "value",
            ("SO-Eq5",),
            "The value is the stated formula.",
            _logits,
            _with_onehot(lambda p: _value_check(_multiclass, p)),
        ),
        Check(
            "gradient",
            ("SO-Eq5",),
            "backward is the derivative of the formula.",
            _logits_off_kinks,
            _with_onehot(lambda p: _gradient_check(_multiclass, p)),
            without_backward,
        ),
        Check(
            "order_free", (), "The value does not depend on the order of the batch.", _logits, _with_onehot(_order_free)
        ),
        Check(
            "input_unmodified",
            (),
            "A call leaves its arguments as they were and repeats itself.",
            _logits,
            _with_onehot(_unmodified),
        ),
    ),
)
