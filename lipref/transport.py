"""Classification losses as optimal transport: cross-entropy's reweighted measures [MF-Eq23]; KR, hinge and hinge-KR.

The least KR, hinge or hinge-KR loss of an L-Lipschitz function on a finite sample is a linear program whose dual is a
transport of mass from the points of class +1 to those of class -1; the plan proves the minimum, in fractions where the
sample is given in fractions. W₁ and the thresholds of priors, penalties and margins come with it [MF-Eq6], [MF-Sep].
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lipref._array import Array, exact, is_exact, namespace, require_number, to_numpy
from lipref.errors import ConvergenceError, DomainError, LiprefError, ShapeError
from lipref.losses import bce_forward
from lipref.losses import kr as kr_loss

# ---------------------------------------------------------------------------------------------------------------------
# Binary cross-entropy: its gradient is that of a transport problem between reweighted measures


class TransportWeights(NamedTuple):
    """Cross-entropy's two reweighted measures and their masses."""

    weights: Array
    """Shape of the scores: P_θ on the examples labelled +1, where it sums to 1, and Q_θ on the others."""
    mass_positive: Array
    """(): Zᵖ, the mean probability that positive examples give to the wrong class, times the prior."""
    mass_negative: Array
    """(): Z^q, the same for negative examples."""


def bce_transport_weights(scores: Array, labels: Array, *, prior: float | None = None) -> TransportWeights:
    """The measures P_θ and Q_θ between which a step of cross-entropy transports mass [MF-Eq23].

    Parameters
    ----------
    scores : array of any shape; float32 or float64
    labels : array of that shape, entries ±1, both present
    prior : number in (0, 1), optional
        Mass π of the positive class. Without it the loss is the sum of the two class means ("balanced" of
        `losses.bce`); with it π and 1 - π times them (with the frequency of the class: "mean").

    Returns
    -------
    TransportWeights, such that the gradient of the loss with respect to the scores is -Zᵖ·P_θ + Z^q·Q_θ [MF-Eq24]

    Raises
    ------
    DomainError
        One class only, or a prior outside (0, 1).

    Notes
    -----
    P_θ is proportional to 1 - σ(f) and Zᵖ is its mean over the positive examples, not the mean of σ(f): the masses of
    the paper are exchanged. Weights are normalised in logarithms, so that they survive where the masses underflow.
    """
    xp, positive, wrong = _wrong("bce_transport_weights", scores, labels, prior)
    # log of σ(-z), z the score of the true class
    z = xp.where(positive, scores, -scores)
    logs = -xp.maximum(z, 0 * z) - xp.log1p(xp.exp(-xp.abs(z)))
    weights = 0 * z
    for members in (positive, ~positive):
        top = xp.max(xp.where(members, logs, xp.min(logs)))
        parts = xp.where(members, xp.exp(xp.minimum(logs - top, 0 * z)), 0 * z)
        weights += parts / xp.sum(parts)
    return TransportWeights(weights, *_masses(xp, positive, wrong, prior))


def bce_transport_bias(scores: Array, labels: Array, *, prior: float | None = None) -> float:
    """The bias T for which the two masses of `scores - T` agree; it minimises cross-entropy over all biases.

    Parameters
    ----------
    scores, labels, prior : as `bce_transport_weights`

    Notes
    -----
    d/dT of the loss of f - T is Zᵖ - Z^q, which increases strictly from negative to positive on
    [min f - β, max f - β], β = log(π/(1 - π)) or 0. Bisection of this bracket down to neighbouring numbers: the sign of
    the computed difference is wrong only where it is below the rounding of the two means.
    """
    xp = _wrong("bce_transport_bias", scores, labels, prior)[0]
    odds = 0.0 if prior is None else math.log(prior) - math.log1p(-prior)
    low, high = float(xp.min(scores)) - odds, float(xp.max(scores)) - odds
    low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    while low < (middle := low + (high - low) / 2) < high:
        _, positive, wrong = _wrong("bce_transport_bias", scores - middle, labels, prior)
        left, right = _masses(xp, positive, wrong, prior)
        low, high = (middle, high) if float(left) < float(right) else (low, middle)
    return high


def _wrong(function: str, scores: Array, labels: Array, prior: float | None) -> tuple[Any, Array, Array]:
    """Namespace, where the label is +1, and the probability given to the wrong label."""
    xp = namespace(function, scores=scores)
    _, residuals = bce_forward(scores, labels, reduction="none")
    if prior is not None:
        require_number(function, "prior", prior, above=0)
        if prior >= 1:
            raise DomainError(function, "prior < 1", f"{prior}", prior=prior)
    positive = labels == 1
    if not (bool(xp.any(positive)) and bool(xp.any(~positive))):
        raise DomainError(function, "members of both classes", "one class, or none")
    return xp, positive, xp.abs(residuals.slopes)


def _masses(xp: Any, positive: Array, wrong: Array, prior: float | None) -> tuple[Array, Array]:
    """Mean of `wrong` over each class, times the prior."""
    factors = (1.0, 1.0) if prior is None else (float(prior), 1 - float(prior))
    sums = []
    for factor, members in zip(factors, (positive, ~positive), strict=True):
        counts = xp.sum(xp.where(members, 0 * wrong + 1, 0 * wrong))
        sums.append(factor * xp.sum(xp.where(members, wrong, 0 * wrong)) / counts)
    return sums[0], sums[1]


# ---------------------------------------------------------------------------------------------------------------------
# KR, hinge and hinge-KR on a finite sample: linear programs with dual certificates, on the host


LARGEST_DENOMINATOR = 10**6
"""Solutions of linear programs are read as fractions with at most this denominator, then verified."""


class LipschitzMinimum(NamedTuple):
    """The least loss of an L-Lipschitz function, with its proof."""

    value: Any
    """The loss of `scores`: an upper bound of the minimum. Fraction in exact mode, float otherwise."""
    scores: np.ndarray
    """(n,): f(x_i) of a minimiser; L-Lipschitz between the points."""
    bound: Any
    """Lower bound of the minimum that the dual solution proves; equal to `value` in exact mode."""
    plan: np.ndarray | None
    """(n₊, n₋): mass moved from the points of class +1 to those of class -1, both in the order of the sample."""


def lipschitz_minimum(
    points: Array,
    labels: Array,
    weights: Array | None = None,
    *,
    kr: Any = 1,
    hinge: Any = 0,
    margin: Any = 1,
    lipschitz: Any = 1,
) -> LipschitzMinimum:
    """Least Σ w_i (-κ y_i f(x_i) + λ max(0, m - y_i f(x_i))) over L-Lipschitz f, Euclidean norm.

    KR is (κ, λ) = (1, 0), hinge (0, 1), hinge-KR (1, λ) [MF-LossW], [MF-LossH], [MF-LossHKR].

    Parameters
    ----------
    points : array, shape (n, d); float32, float64, or fractions with d = 1
        Fractions give an exact minimum, proved in fractions.
    labels : array, shape (n,), entries ±1, both present
    weights : array, shape (n,), entries >= 0, of the dtype of the points, optional
        1/n each when absent.
    kr, hinge : numbers >= 0, not both 0
        κ and λ.
    margin, lipschitz : numbers > 0
        m and L.

    Raises
    ------
    DomainError
        One class only, negative weights, or a loss that is unbounded below: κ|π₊ - π₋| > λ min(π₊, π₋), with π± the
        weights of the classes; for λ = 0 they must be equal.
    ShapeError, DTypeError, BackendError
        The arrays do not fit each other.
    ConvergenceError
        The solver failed, or its solution could not be verified in fractions.

    Notes
    -----
    Dual: point i sends (class +1) or takes (class -1) the mass κ w_i + s_i with 0 <= s_i <= λ w_i, at the cost
    L‖x_i - x_j‖ per unit, and gains m s_i. Some s balances the classes iff the condition above fails. Constraints of f
    between points of one class are not needed: f(x) = min_j f_j + L‖x - x_j‖ over class -1 meets them, and its loss is
    not higher. [MF-Eq6], corrected: with the weights 1/n₊ and 1/n₋ the minimum for κ = 1, λ = 0 is -L W₁.
    """
    function = "lipschitz_minimum"
    x, y, w = weighted_sample(function, points, labels, weights)
    for name, value in (("kr", kr), ("hinge", hinge)):
        require_number(function, name, value, at_least=0)
    for name, value in (("margin", margin), ("lipschitz", lipschitz)):
        require_number(function, name, value, above=0)
    kind = Fraction if is_exact(x) else float
    kappa, lam, m, constant = kind(kr), kind(hinge), kind(margin), kind(lipschitz)
    if kappa == lam == 0:
        raise DomainError(function, "kr > 0 or hinge > 0", "both 0")
    plus, minus = np.flatnonzero(y > 0), np.flatnonzero(y < 0)
    mass = sum(w[plus]), sum(w[minus])
    slack = 0 if kind is Fraction else 4 * len(y) * np.finfo(float).eps * sum(mass)  # rounding of the two sums
    if kappa * abs(mass[0] - mass[1]) > lam * min(mass) + slack:
        raise DomainError(
            function,
            "classes whose weights balance, kr |w+ - w-| <= hinge min(w+, w-)",
            f"w+ = {mass[0]} and w- = {mass[1]} with kr = {kappa} and hinge = {lam}: adding constants to f lowers the "
            "loss for ever",
            masses=mass,
        )
    reach = constant * distances(x)
    cost = reach[np.ix_(plus, minus)]
    plan, shares, sent = _flexible_transport(function, cost, w, plus, minus, kappa, lam, m)
    if kind is Fraction:
        plan, shares, sent = (_rounded(values) for values in (plan, shares, sent))
    scores = np.min(sent + reach[:, minus], axis=1)
    value = sum(w * (lam * np.maximum(0 * m, m - y * scores) - kappa * y * scores))
    bound = m * sum(shares) - sum((cost * plan).ravel())
    if kind is Fraction and not (_lawful(plan, shares, w, plus, minus, kappa, lam) and value == bound):
        raise ConvergenceError(
            function, f"a solution in fractions with denominators up to {LARGEST_DENOMINATOR}", f"{value} and {bound}"
        )
    return LipschitzMinimum(value, scores, bound, plan)


def _flexible_transport(function, cost, w, plus, minus, kappa, lam, margin):
    """The solver's plan, the masses s by point, and the potentials of class -1, all in floats."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, hstack

    a, b = cost.shape
    rows = np.concatenate([np.repeat(np.arange(a), b), a + np.tile(np.arange(b), a)])
    moved = coo_array((np.ones(2 * a * b), (rows, np.tile(np.arange(a * b), 2))), shape=(a + b, a * b))
    taken = coo_array((-np.ones(a + b), (np.arange(a + b), np.arange(a + b))), shape=(a + b, a + b))
    points = np.concatenate([plus, minus])
    own = w[points].astype(float)
    result = linprog(
        np.concatenate([cost.astype(float).ravel(), np.full(a + b, -float(margin))]),
        A_eq=hstack([moved, taken]).tocsr(),
        b_eq=float(kappa) * own,
        bounds=[*[(0, None)] * (a * b), *[(0, float(lam) * share) for share in own]],
        method="highs",
    )
    if result.status != 0:
        raise ConvergenceError(function, "a solution of the linear program", result.message, status=result.status)
    shares = np.zeros(len(w))
    shares[points] = result.x[a * b :]
    return result.x[: a * b].reshape(a, b), shares, -result.eqlin.marginals[a:]


def _rounded(values):
    nearest = [Fraction(v).limit_denominator(LARGEST_DENOMINATOR) for v in values.ravel()]
    return exact(nearest).reshape(values.shape)


def _lawful(plan, shares, w, plus, minus, kappa, lam):
    """Whether the plan is a point of the dual, exactly: no negative mass, s within its bounds, marginals met."""
    wanted = kappa * w + shares
    inside = all(0 <= s <= lam * share for s, share in zip(shares, w)) and all(p >= 0 for p in plan.ravel())
    return inside and [*plan.sum(axis=1), *plan.sum(axis=0)] == [*wanted[plus], *wanted[minus]]


def wasserstein(points: Array, labels: Array, weights: Array | None = None) -> Any:
    """W₁ between the laws of the two classes: the largest difference of means of a 1-Lipschitz function.

    Parameters, errors and exact mode as `lipschitz_minimum`; the weights are normalised within each class.
    """
    x, y, w = weighted_sample("wasserstein", points, labels, weights)
    plus, minus = _class_masses("wasserstein", y, w)
    return -lipschitz_minimum(x, y, np.where(y > 0, w / plus, w / minus)).value


def wasserstein_line(points: Array, labels: Array, weights: Array | None = None) -> Any:
    """W₁ in one dimension, ∫ |F₊ - F₋|, exact in fractions; parameters and errors as `wasserstein`, with d = 1."""
    function = "wasserstein_line"
    x, y, w = weighted_sample(function, points, labels, weights)
    if x.shape[1] != 1:
        raise ShapeError(function, "points of shape (n, 1)", f"{tuple(x.shape)}", shape=tuple(x.shape))
    plus, minus = _class_masses(function, y, w)
    order = np.argsort(x[:, 0], kind="stable")
    steps = np.where(y > 0, w / plus, -w / minus)[order]
    gaps = x[order[1:], 0] - x[order[:-1], 0]
    return sum(abs(total) * gap for total, gap in zip(np.cumsum(steps), gaps))


def _class_masses(function, y, w):
    plus, minus = sum(w[y > 0]), sum(w[y < 0])
    if not (plus > 0 and minus > 0):
        raise DomainError(function, "positive weight in both classes", f"{plus} and {minus}", masses=(plus, minus))
    return plus, minus


def penalty_threshold(prior: Any) -> Any:
    """Least λ for which -y f + λ max(0, m - y f) is bounded below over 1-Lipschitz f: |2π - 1|/min(π, 1 - π).

    Parameters
    ----------
    prior : number in (0, 1)
        π, the frequency of class +1. Fractions give fractions. The result is 0 for π = 1/2 only, the one case in which
        KR itself is bounded [MF-Eq6].
    """
    require_prior("penalty_threshold", prior)
    return abs(2 * prior - 1) / min(prior, 1 - prior)


def margin_threshold(points: Array, labels: Array) -> Any:
    """Largest m for which some 1-Lipschitz f has y f >= m at all points: half the distance of the classes [MF-Sep].

    Equivalently, the hinge loss of margin m has the minimum 0 iff m is at most this; 0 if the classes share a point.
    """
    x, y, _ = weighted_sample("margin_threshold", points, labels, None)
    return np.min(distances(x)[np.ix_(y > 0, y < 0)]) / 2


def require_prior(function: str, prior: Any) -> None:
    """Raise unless `prior` is a number strictly between 0 and 1."""
    require_number(function, "prior", prior, above=0)
    if prior >= 1:
        raise DomainError(function, "prior < 1", f"{prior}", prior=prior)


def weighted_sample(
    function: str, points: Array, labels: Array, weights: Array | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Host values (n, d), signs (n,) and weights (n,), float64 or fractions, after the checks of this module."""
    namespace(function, exact=True, points=points, weights=weights)
    if points.ndim != 2 or 0 in points.shape:
        shape = tuple(points.shape)
        raise ShapeError(function, "points (n, d), both positive", f"shape {shape}", shape=shape)
    for name, values in (("labels", labels), ("weights", weights)):
        if values is not None and hasattr(values, "shape") and tuple(values.shape) != (points.shape[0],):
            expected = f"{name} of shape ({points.shape[0]},)"
            raise ShapeError(function, expected, f"{tuple(values.shape)}", shape=tuple(values.shape))
    try:
        kr_loss(points[:, 0], labels, reduction="none")
    except LiprefError as error:  # the losses check labels
        raise type(error)(function, error.expected, error.got, **error.values) from None
    x, y = to_numpy(points), np.where(to_numpy(labels) > 0, 1, -1)
    if not (np.any(y > 0) and np.any(y < 0)):
        raise DomainError(function, "points of both classes", "one class only", labels=y)
    if is_exact(x) and x.shape[1] != 1:
        raise DomainError(function, "fractions in dimension 1, where distances are rational", f"dimension {x.shape[1]}")
    if weights is None:
        share = Fraction(1, len(y))
        w = exact([share] * len(y)) if is_exact(x) else np.full(len(y), float(share))
    else:
        w = to_numpy(weights)
        if min(w) < 0 or not sum(w) > 0:
            raise DomainError(function, "weights >= 0 with a positive sum", f"the least is {min(w)}", least=min(w))
    return (x, y, w) if is_exact(x) else (x.astype(np.float64), y, w.astype(np.float64))


def distances(x: np.ndarray) -> np.ndarray:
    """(n, n): Euclidean distances between the rows; exact in dimension 1."""
    gaps = x[:, None, :] - x[None, :, :]
    return abs(gaps[:, :, 0]) if x.shape[1] == 1 else np.sqrt(np.sum(gaps * gaps, axis=2))
