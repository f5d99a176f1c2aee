"""Losses of the three papers with their gradients.

Binary losses take scores f of any shape and labels y = ±1 of the same shape, multiclass losses take logits (..., C)
and class labels 0..C-1 of shape (...). `reduction` says how the terms ℓ_i become a value:

    "mean"       (1/n) Σ ℓ_i
    "sum"        Σ ℓ_i
    "none"       the terms themselves; weights of any kind are then the cotangents given to backward
    "balanced"   binary only: the sum of the two class means, (1/n₊) Σ₊ ℓ_i + (1/n₋) Σ₋ ℓ_i

"balanced" is the estimator that the duality with W₁ needs: with class frequencies π ≠ 1/2 the mean of -y f is unbounded
below over 1-Lipschitz functions (add a constant to f), its balanced form is not and has the minimum -W₁. On batches
with equally many labels of both classes the balanced value is twice the mean.

Every loss has value, `_forward`, `_backward`, `_jvp` and `_jvp_backward` with respect to the scores. At kinks the
derivative is that of the zero branch. Means of an empty batch are an error, and so is "balanced" on one class.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

from lipref._array import (
    Array,
    is_exact,
    library,
    namespace,
    require_choice,
    require_number,
    require_same_shape,
)
from lipref.errors import BackendError, DomainError, DTypeError, ShapeError

REDUCTIONS = ("mean", "sum", "none", "balanced")


class PointwiseResiduals(NamedTuple):
    """What the derivatives of Σ w_i ℓ(f_i) need; shared by all losses that treat scores one by one."""

    loss: str
    """Name of the loss, for messages."""
    slopes: Array
    """Shape of the scores: ℓ'(f_i)."""
    curvatures: Array
    """Shape of the scores: ℓ''(f_i), zero at kinks."""
    weights: Array
    """Shape of the scores: weight w_i of each term in the value, 1 for the reduction "none"."""
    reduced: bool
    """Whether the terms were added up."""


class RowResiduals(NamedTuple):
    """What the derivatives of the multiclass losses need."""

    loss: str
    """Name of the loss, for messages."""
    slopes: Array
    """(..., C): gradient of the term of each row."""
    probabilities: Array | None
    """(..., C): softmax, whose covariance is the second derivative; None for piecewise-linear losses."""
    temperature: float
    """Factor of the logits inside the softmax."""
    weights: Array
    """(...): weight of each row in the value, 1 for the reduction "none"."""
    reduced: bool
    """Whether the rows were added up."""


def kr(scores: Array, labels: Array, *, reduction: str = "balanced") -> Array:
    """Kantorovich–Rubinstein loss: terms -y f, to be minimised [MF-LossW], [SO-Eq2].

    With "balanced" (the default) the value is mean₋(f) - mean₊(f): minus the dual objective, whose infimum over
    1-Lipschitz functions is -W₁. With "mean" it is the printed mean of -y f, half of that when both classes are
    equally frequent, and unbounded below over 1-Lipschitz functions when they are not.

    Parameters
    ----------
    scores : array of any shape; float32, float64 or fractions
    labels : array of that shape, entries ±1, integers or the dtype of the scores
    reduction : {"balanced", "mean", "sum", "none"}

    Raises
    ------
    ShapeError, DTypeError, BackendError, UnknownNameError
    DomainError
        A label is not ±1; an empty batch with "mean"; a class without members with "balanced".
    """
    return kr_forward(scores, labels, reduction=reduction)[0]


def kr_forward(scores: Array, labels: Array, *, reduction: str = "balanced") -> tuple[Array, PointwiseResiduals]:
    """`kr` and its residuals."""
    xp, y = _binary("kr", scores, labels)
    return _reduce_pointwise(xp, "kr", -y * scores, -y, 0 * y, y, reduction)


def hinge(scores: Array, labels: Array, margin: float, *, reduction: str = "mean") -> Array:
    """Hinge loss: terms max(0, margin - y f) [MF-LossH]; parameters and errors as `kr`, margin > 0.

    Other libraries call twice this number their margin: they use max(0, margin/2 - y f).
    """
    return hinge_forward(scores, labels, margin, reduction=reduction)[0]


def hinge_forward(
    scores: Array, labels: Array, margin: float, *, reduction: str = "mean"
) -> tuple[Array, PointwiseResiduals]:
    """`hinge` and its residuals."""
    xp, y = _binary("hinge", scores, labels)
    require_number("hinge", "margin", margin, above=0)
    gap, active = _gap(xp, scores, y, margin)
    return _reduce_pointwise(xp, "hinge", gap * active, -y * active, 0 * y, y, reduction)


def hkr(scores: Array, labels: Array, margin: float, penalty: float, *, reduction: str = "balanced") -> Array:
    """Hinge-KR loss: terms -y f + penalty · max(0, margin - y f) [MF-LossHKR]; errors as `kr`.

    Parameters
    ----------
    scores, labels, reduction : as `kr`
    margin, penalty : numbers > 0
        `penalty` weighs the hinge against -y f. With "mean" and class frequency π the loss is bounded below over
        1-Lipschitz functions only if penalty · min(π, 1-π) >= |2π - 1|; "balanced" needs no condition.

    Notes
    -----
    -mean(y f) is half of the balanced KR value. A loss of the form -KR + α · mean(hinge), with the KR difference of
    class means, is on balanced batches this "balanced" loss with penalty = α/2.
    """
    return hkr_forward(scores, labels, margin, penalty, reduction=reduction)[0]


def hkr_forward(
    scores: Array, labels: Array, margin: float, penalty: float, *, reduction: str = "balanced"
) -> tuple[Array, PointwiseResiduals]:
    """`hkr` and its residuals."""
    xp, y = _binary("hkr", scores, labels)
    require_number("hkr", "margin", margin, above=0)
    require_number("hkr", "penalty", penalty, above=0)
    gap, active = _gap(xp, scores, y, margin)
    factor = _like(penalty, scores)
    terms, slopes = factor * gap * active - y * scores, -y * (1 + factor * active)
    return _reduce_pointwise(xp, "hkr", terms, slopes, 0 * y, y, reduction)


def bce(scores: Array, labels: Array, *, temperature: float = 1.0, reduction: str = "mean") -> Array:
    """Binary cross-entropy: terms -log σ(T y f) = log(1 + exp(-T y f)) [MF-LossBCET]; errors as `kr`.

    Parameters
    ----------
    temperature : number > 0
        T multiplies the score, as in the paper; libraries that divide by a temperature τ mean T = 1/τ.

    Notes
    -----
    Computed as max(-z, 0) + log1p(exp(-|z|)) with z = T y f: no overflow, and relative accuracy kept for large z. The
    slope is -y T σ(-z), so |slope| >= T/(1 + exp(T|f|)).
    """
    return bce_forward(scores, labels, temperature=temperature, reduction=reduction)[0]


def bce_forward(
    scores: Array, labels: Array, *, temperature: float = 1.0, reduction: str = "mean"
) -> tuple[Array, PointwiseResiduals]:
    """`bce` and its residuals."""
    xp, y = _binary("bce", scores, labels, exact=False)
    require_number("bce", "temperature", temperature, above=0)
    t = float(temperature)
    z = t * y * scores
    small = xp.exp(-xp.abs(z))  # in (0, 1]
    zero = xp.zeros_like(z)
    sigma = xp.where(z > 0, small, xp.ones_like(z)) / (1 + small)  # σ(-z), without cancellation on either side
    terms = xp.maximum(-z, zero) + xp.log1p(small)
    curvatures = t * t * small / ((1 + small) * (1 + small))
    return _reduce_pointwise(xp, "bce", terms, -t * y * sigma, curvatures, y, reduction)


def mse(outputs: Array, targets: Array, *, reduction: str = "mean") -> Array:
    """Squared error: terms (f - t)²; targets of the shape and dtype of the outputs."""
    return mse_forward(outputs, targets, reduction=reduction)[0]


def mse_forward(outputs: Array, targets: Array, *, reduction: str = "mean") -> tuple[Array, PointwiseResiduals]:
    """`mse` and its residuals."""
    xp = _regression("mse", outputs, targets)
    error = outputs - targets
    return _reduce_pointwise(xp, "mse", error * error, 2 * error, 0 * error + 2, None, reduction)


def mae(outputs: Array, targets: Array, *, reduction: str = "mean") -> Array:
    """Absolute error: terms |f - t|, derivative 0 at f = t; targets of the shape and dtype of the outputs."""
    return mae_forward(outputs, targets, reduction=reduction)[0]


def mae_forward(outputs: Array, targets: Array, *, reduction: str = "mean") -> tuple[Array, PointwiseResiduals]:
    """`mae` and its residuals."""
    xp = _regression("mae", outputs, targets)
    error = outputs - targets
    signs = _indicator(xp, error > 0, error) - _indicator(xp, error < 0, error)
    return _reduce_pointwise(xp, "mae", error * signs, signs, 0 * error, None, reduction)


def pointwise_backward(residuals: PointwiseResiduals, dvalue: Any = 1) -> Array:
    """Cotangent of the scores: dvalue · w_i · ℓ'(f_i).

    Parameters
    ----------
    residuals : PointwiseResiduals
    dvalue : number or 0-d array; for the reduction "none" also an array of the shape of the terms
    """
    return residuals.slopes * _spread("backward", residuals, dvalue)


def pointwise_jvp(residuals: PointwiseResiduals, dscores: Array) -> Array:
    """Tangent of the value: Σ w_i ℓ'(f_i) df_i, or the terms of it for the reduction "none"."""
    xp = _like_scores("jvp", residuals, dscores)
    terms = residuals.weights * residuals.slopes * dscores
    return xp.sum(terms) if residuals.reduced else terms


def pointwise_jvp_backward(residuals: PointwiseResiduals, dscores: Array, dvalue_bar: Any = 1) -> Array:
    """Cotangent of the scores through the jvp, tangent held fixed: dvalue_bar · w_i · ℓ''(f_i) df_i."""
    _like_scores("jvp_backward", residuals, dscores)
    return residuals.curvatures * dscores * _spread("jvp_backward", residuals, dvalue_bar)


kr_backward, kr_jvp, kr_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward
hinge_backward, hinge_jvp, hinge_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward
hkr_backward, hkr_jvp, hkr_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward
bce_backward, bce_jvp, bce_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward
mse_backward, mse_jvp, mse_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward
mae_backward, mae_jvp, mae_jvp_backward = pointwise_backward, pointwise_jvp, pointwise_jvp_backward


def multiclass_hinge(logits: Array, labels: Array, margin: float, *, reduction: str = "mean") -> Array:
    """Multiclass hinge: rows Σ_{i≠t} max(0, margin - (y_t - y_i)) [SO-Eq5].

    Zero exactly when every row has the margin; for logits that are K-Lipschitz each, a margin of 2 K ε certifies
    ‖δ‖ < ε.

    Parameters
    ----------
    logits : array, shape (..., C); float32, float64 or fractions
    labels : integer array, shape (...), entries 0..C-1
    margin : number > 0, the κ of the paper
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ShapeError, DTypeError, BackendError, UnknownNameError
    DomainError
        A label outside the classes; an empty batch with "mean".
    """
    return multiclass_hinge_forward(logits, labels, margin, reduction=reduction)[0]


def multiclass_hinge_forward(
    logits: Array, labels: Array, margin: float, *, reduction: str = "mean"
) -> tuple[Array, RowResiduals]:
    """`multiclass_hinge` and its residuals."""
    xp, true = one_hot("multiclass_hinge", logits, labels)
    require_number("multiclass_hinge", "margin", margin, above=0)
    own = xp.sum(logits * true, axis=-1, keepdims=True)
    gap = _like(margin, logits) - (own - logits)
    active = _indicator(xp, gap > 0, logits) * (1 - true)
    count = xp.sum(active, axis=-1, keepdims=True)
    slopes = active - count * true
    return _reduce_rows(xp, "multiclass_hinge", xp.sum(gap * active, axis=-1), slopes, None, 1.0, reduction)


def cross_entropy(logits: Array, labels: Array, *, temperature: float = 1.0, reduction: str = "mean") -> Array:
    """Softmax cross-entropy of T · logits: rows log Σ_i exp(T y_i) - T y_t; parameters as `multiclass_hinge`.

    Parameters
    ----------
    temperature : number > 0
        T multiplies the logits (a K-Lipschitz network with K = T has the same loss); libraries that divide by a
        temperature τ mean T = 1/τ.
    """
    return cross_entropy_forward(logits, labels, temperature=temperature, reduction=reduction)[0]


def cross_entropy_forward(
    logits: Array, labels: Array, *, temperature: float = 1.0, reduction: str = "mean"
) -> tuple[Array, RowResiduals]:
    """`cross_entropy` and its residuals."""
    xp, true = one_hot("cross_entropy", logits, labels, exact=False)
    require_number("cross_entropy", "temperature", temperature, above=0)
    t = float(temperature)
    # relative to the true class: terms log(Σ exp(T(y_i - y_t))) keep their relative accuracy when the loss is tiny
    relative = t * (logits - xp.sum(logits * true, axis=-1, keepdims=True))
    largest = xp.max(relative, axis=-1, keepdims=True)  # >= 0, the true class being there
    others = xp.exp(relative - largest) * (1 - true)
    own = xp.exp(-largest)
    total = xp.sum(others, axis=-1, keepdims=True)
    # largest = 0: log1p keeps the small sum; largest > 0: the sum of all is >= 1 and log is as good
    terms = xp.where(largest > 0, largest + xp.log(own + total), xp.log1p(total))
    probabilities = (others + own * true) / (own + total)
    slopes = t * (others / (own + total) - true * total / (own + total))  # 1 - p_t without cancellation
    terms = xp.squeeze(terms, axis=-1)
    return _reduce_rows(xp, "cross_entropy", terms, slopes, probabilities, t, reduction)


def rows_backward(residuals: RowResiduals, dvalue: Any = 1) -> Array:
    """Cotangent of the logits: dvalue · w · gradient of each row; `dvalue` as in `pointwise_backward`."""
    return residuals.slopes * _spread("backward", residuals, dvalue)[..., None]


def rows_jvp(residuals: RowResiduals, dlogits: Array) -> Array:
    """Tangent of the value, given the tangent of the logits."""
    xp = _like_scores("jvp", residuals, dlogits)
    terms = residuals.weights * xp.sum(residuals.slopes * dlogits, axis=-1)
    return xp.sum(terms) if residuals.reduced else terms


def rows_jvp_backward(residuals: RowResiduals, dlogits: Array, dvalue_bar: Any = 1) -> Array:
    """Cotangent of the logits through the jvp: T² (diag(p) - p pᵀ) dlogits per row; zero for the hinge."""
    xp = _like_scores("jvp_backward", residuals, dlogits)
    p = residuals.probabilities
    if p is None:
        return 0 * dlogits
    centred = dlogits - xp.sum(p * dlogits, axis=-1, keepdims=True)
    return residuals.temperature**2 * p * centred * _spread("jvp_backward", residuals, dvalue_bar)[..., None]


multiclass_hinge_backward, multiclass_hinge_jvp = rows_backward, rows_jvp
multiclass_hinge_jvp_backward = rows_jvp_backward
cross_entropy_backward, cross_entropy_jvp, cross_entropy_jvp_backward = rows_backward, rows_jvp, rows_jvp_backward


def one_hot(function: str, logits: Array, labels: Array, *, exact: bool = True) -> tuple[Any, Array]:
    """Namespace, and the class indicators (..., C) in the dtype of the logits, after the checks on both."""
    xp = namespace(function, exact=exact, logits=logits)
    _same_place(function, logits, labels)
    if not _is_integer(xp, labels):
        raise DTypeError(function, "integer labels", f"dtype {labels.dtype}", dtype=labels.dtype)
    if logits.ndim < 1 or logits.shape[-1] < 2:
        raise ShapeError(function, "logits (..., C) with C >= 2", f"shape {tuple(logits.shape)}")
    classes = logits.shape[-1]
    if tuple(labels.shape) != tuple(logits.shape[:-1]):
        expected = f"labels of shape {tuple(logits.shape[:-1])}"
        raise ShapeError(function, expected, f"{tuple(labels.shape)}", shape=tuple(labels.shape))
    if bool(xp.any((labels < 0) | (labels >= classes))):
        raise DomainError(function, f"labels in 0..{classes - 1}", "one outside", classes=classes)
    numbers = xp.arange(classes, dtype=labels.dtype, device=logits.device)
    return xp, _indicator(xp, labels[..., None] == numbers, logits)


def _binary(function: str, scores: Array, labels: Array, *, exact: bool = True) -> tuple[Any, Array]:
    """Namespace, and the labels in the dtype of the scores, after the checks on both."""
    xp = namespace(function, exact=exact, scores=scores)
    _same_place(function, scores, labels)
    require_same_shape(function, scores=scores, labels=labels)
    if labels.dtype != scores.dtype and not _is_integer(xp, labels):
        raise DTypeError(function, f"labels of integers or {scores.dtype}", f"dtype {labels.dtype}", dtype=labels.dtype)
    if not bool(xp.all((labels == 1) | (labels == -1))):
        raise DomainError(function, "labels +1 or -1", "another value")
    return xp, _indicator(xp, labels == 1, scores) - _indicator(xp, labels == -1, scores)


def _regression(function: str, outputs: Array, targets: Array) -> Any:
    xp = namespace(function, exact=True, outputs=outputs, targets=targets)
    require_same_shape(function, outputs=outputs, targets=targets)
    return xp


def _same_place(function: str, scores: Array, labels: Any) -> None:
    if not hasattr(labels, "dtype") or not hasattr(labels, "shape"):
        raise DTypeError(function, "labels as an array", type(labels).__name__, value=labels)
    if library(labels) != library(scores) or labels.device != scores.device:
        raise BackendError(
            function,
            f"labels in {library(scores)} on {scores.device}",
            f"{library(labels)} on {labels.device}",
        )


def _is_integer(xp: Any, labels: Array) -> bool:
    return labels.dtype != object and bool(xp.isdtype(labels.dtype, "integral"))


def _indicator(xp: Any, condition: Array, like: Array) -> Array:
    """1 where the condition holds and 0 elsewhere, in the dtype of `like`, exact mode included."""
    if is_exact(like):
        return xp.where(condition, Fraction(1), Fraction(0))
    return xp.astype(condition, like.dtype)


def _like(number: Any, x: Array) -> Any:
    """The number as a Fraction in exact mode and as a float else, which keeps the dtype of x in products."""
    return Fraction(number) if is_exact(x) else float(number)


def _gap(xp: Any, scores: Array, y: Array, margin: Any) -> tuple[Array, Array]:
    """margin - y f, and the indicator of its being positive."""
    gap = _like(margin, scores) - y * scores
    return gap, _indicator(xp, gap > 0, scores)


def _weights(xp: Any, loss: str, terms: Array, y: Array | None, reduction: str) -> Array:
    """Weight of each term in the value."""
    allowed = REDUCTIONS if y is not None else REDUCTIONS[:3]
    require_choice(loss, "reduction", reduction, allowed)
    ones = 0 * terms + 1
    if reduction == "mean":
        count = math.prod(terms.shape)
        if count == 0:
            raise DomainError(loss, "at least one sample for the mean", "an empty batch")
        return ones / count
    if reduction == "balanced":
        positive = (ones + y) / 2
        negative = ones - positive
        if not (bool(xp.any(positive > 0)) and bool(xp.any(negative > 0))):
            raise DomainError(loss, 'members of both classes for reduction="balanced"', "one class, or none")
        return positive / xp.sum(positive) + negative / xp.sum(negative)
    return ones


def _reduce_pointwise(
    xp: Any, loss: str, terms: Array, slopes: Array, curvatures: Array, y: Array | None, reduction: str
) -> tuple[Array, PointwiseResiduals]:
    weights = _weights(xp, loss, terms, y, reduction)
    residuals = PointwiseResiduals(loss, slopes, curvatures, weights, reduction != "none")
    return (xp.sum(weights * terms) if residuals.reduced else terms), residuals


def _reduce_rows(
    xp: Any, loss: str, terms: Array, slopes: Array, probabilities: Array | None, temperature: float, reduction: str
) -> tuple[Array, RowResiduals]:
    weights = _weights(xp, loss, terms, None, reduction)
    residuals = RowResiduals(loss, slopes, probabilities, temperature, weights, reduction != "none")
    return (xp.sum(weights * terms) if residuals.reduced else terms), residuals


def _spread(suffix: str, residuals: Any, dvalue: Any) -> Array:
    """Cotangent of each term: its weight times the cotangent of the value."""
    function, shape = f"{residuals.loss}_{suffix}", tuple(residuals.weights.shape)
    if not hasattr(dvalue, "shape"):
        require_number(function, "dvalue", dvalue)
    elif tuple(dvalue.shape) not in ((), () if residuals.reduced else shape):
        expected = "a scalar dvalue" if residuals.reduced else f"dvalue of shape {shape}"
        raise ShapeError(function, expected, f"{tuple(dvalue.shape)}", shape=tuple(dvalue.shape))
    return residuals.weights * dvalue


def _like_scores(suffix: str, residuals: Any, dscores: Array) -> Any:
    function = f"{residuals.loss}_{suffix}"
    xp = namespace(function, exact=True, dscores=dscores, slopes=residuals.slopes)
    require_same_shape(function, slopes=residuals.slopes, dscores=dscores)
    return xp
