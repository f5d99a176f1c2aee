"""Classification losses as optimal transport: cross-entropy's reweighted measures [MF-Eq23]."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lipref._array import Array, namespace, require_number
from lipref.errors import DomainError
from lipref.losses import bce_forward

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
