"""Certified radii: how far an input can move before the decision of a Lipschitz classifier can change.

With margin M = y_t - max_{i≠t} y_i > 0 the class t is kept for all ‖δ‖ < r (strictly):

    kind            what is K-Lipschitz, from the norm of δ                       r
    "per-logit"     each logit y_i (networks of ∞-norm)                           M/(2K)
    "joint-l2"      the vector of logits, into ℓ2                                 M/(√2 K)
    "joint-l1"      the vector of logits, into ℓ1 (multiclass HMF)                M/K
    binary          one score f, class sign(f)                                    |f|/K

y_t - y_i changes by at most 2K‖δ‖, √2 K‖δ‖ and K‖δ‖: the dual norms of e_t - e_i. All four are attained: by (x, -x),
(x, -x)/√2, (x, -x)/2 and x. The printed conditions M > Kε/2 and M > Kε [SO-Cert] certify too much and are refuted
by those examples; the first needs M > 2Kε, and with joint ℓ2 M > √2 Kε.

Per pair of classes: with K_ti the Lipschitz constant of y_t - y_i, r = min_{i≠t} (y_t - y_i)/K_ti, never smaller.

Radii here are those of the numbers given. Logits that were computed in floating point carry an error; evaluate in
double precision, or subtract a bound of it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, namespace, require_choice, require_integer, require_number
from lipref.errors import DomainError, ShapeError
from lipref.losses import one_hot
from lipref.norms import dual_exponent, vector_norm

KINDS = ("per-logit", "joint-l2", "joint-l1")


def margin(logits: Array, labels: Array) -> Array:
    """M(x) = max(0, y_t - max_{i≠t} y_i) [SO-Eq4]: 0 for misclassified inputs and for ties.

    Parameters
    ----------
    logits : array, shape (..., C), C >= 2; float32, float64 or fractions
    labels : integer array, shape (...)
        The true classes, or the predicted ones to certify a prediction.
    """
    xp, true = one_hot("margin", logits, labels)
    gaps = xp.sum(logits * true, axis=-1, keepdims=True) - logits
    # the entry of the class itself is moved out of the minimum, by the largest gap there is
    smallest = xp.min(gaps + true * (1 + xp.max(gaps, axis=-1, keepdims=True)), axis=-1)
    return xp.where(smallest > 0, smallest, xp.abs(0 * smallest))  # no negative zeros


def radius(logits: Array, labels: Array, *, lipschitz: Any, kind: str) -> Array:
    """Certified radius of each input: the class `labels` is kept for all ‖δ‖ < radius.

    Parameters
    ----------
    logits, labels : as `margin`
    lipschitz : number > 0
        K: of each logit for "per-logit", of the vector of logits into the named norm for the others.
    kind : {"per-logit", "joint-l2", "joint-l1"}

    Returns
    -------
    array, shape (...): M/(2K), M/(√2 K) or M/K, in the norm of the input space for which K holds

    Raises
    ------
    DomainError
        NaN or infinite logits, lipschitz <= 0, "joint-l2" in exact mode (√2 is not rational).
    """
    require_choice("radius", "kind", kind, KINDS)
    require_number("radius", "lipschitz", lipschitz, above=0)
    if kind == "joint-l2" and is_exact(logits):
        raise DomainError("radius", "a rational constant in exact mode", 'kind="joint-l2", margin/(√2 K)')
    k = lipschitz if is_exact(logits) else float(lipschitz)
    return margin(logits, labels) / (k * {"per-logit": 2, "joint-l2": math.sqrt(2), "joint-l1": 1}[kind])


def binary_radius(scores: Array, *, lipschitz: Any) -> Array:
    """|f|/K: sign(f) is kept for all ‖δ‖ < radius [MF-Property1]; 0 at f = 0, which is no decision."""
    xp = namespace("binary_radius", exact=True, scores=scores)
    require_number("binary_radius", "lipschitz", lipschitz, above=0)
    return xp.abs(scores) / (lipschitz if is_exact(scores) else float(lipschitz))


def pair_constants(weight: Array, *, lipschitz: Any, p: float) -> Array:
    """K_ti = ‖w_t - w_i‖_{p*} · `lipschitz`, for a last layer `weight` on features that are Lipschitz in the p-norm.

    Parameters
    ----------
    weight : array, shape (C, n): the last linear layer
    lipschitz : number > 0: constant of the features, into the p-norm
    p : 1, 2 or inf

    Returns
    -------
    array, shape (C, C), zero on the diagonal
    """
    namespace("pair_constants", exact=True, weight=weight)
    require_number("pair_constants", "lipschitz", lipschitz, above=0)
    if weight.ndim != 2:
        raise ShapeError("pair_constants", "a weight (C, n)", f"shape {tuple(weight.shape)}")
    differences = weight[:, None, :] - weight[None, :, :]
    return vector_norm(differences, dual_exponent(p)) * (lipschitz if is_exact(weight) else float(lipschitz))


def pairwise_radius(logits: Array, labels: Array, constants: Array) -> Array:
    """min_{i≠t} (y_t - y_i)/K_ti, 0 where the class is not the largest; pairs with K_ti = 0 never flip.

    Parameters
    ----------
    logits, labels : as `margin`
    constants : array, shape (C, C): Lipschitz constants of y_t - y_i, as from `pair_constants`; >= 0

    Returns
    -------
    array, shape (...); infinity where no pair can flip (an error in exact mode)
    """
    xp, true = one_hot("pairwise_radius", logits, labels)
    namespace("pairwise_radius", exact=True, logits=logits, constants=constants)
    classes = logits.shape[-1]
    if tuple(constants.shape) != (classes, classes):
        raise ShapeError("pairwise_radius", f"constants ({classes}, {classes})", f"{tuple(constants.shape)}")
    if bool(xp.any(constants < 0)):
        raise DomainError("pairwise_radius", "constants >= 0", "a negative one")
    gaps = xp.sum(logits * true, axis=-1, keepdims=True) - logits
    rows = xp.matmul(true, constants)
    counted = (true == 0) & (rows > 0)
    if is_exact(logits) and not bool(xp.all(xp.any(counted, axis=-1))):
        raise DomainError("pairwise_radius", "a pair of classes that can flip", "none, and infinity is no fraction")
    one = 0 * rows + 1
    ratios = xp.where(counted, gaps / xp.where(counted, rows, one), one * (0 if is_exact(logits) else math.inf))
    if is_exact(logits):
        ratios = xp.where(counted, ratios, xp.max(ratios, axis=-1, keepdims=True))
    smallest = xp.min(ratios, axis=-1)
    wrong = xp.any((true == 0) & (gaps <= 0), axis=-1)
    return xp.where(wrong, 0 * one[..., 0], smallest)


def norm_factor(n: int, p: float, q: float) -> float:
    """Smallest c with ‖x‖_p <= c ‖x‖_q on R^n: n^(1/p - 1/q) for p < q, else 1; an upper bound after rounding.

    A radius r in the p-norm is a radius r/c in the q-norm: for an ℓ2-certified network on n pixels, r/√n in ℓ∞.
    """
    require_integer("norm_factor", "n", n, at_least=1)
    for name, value in (("p", p), ("q", q)):
        if not isinstance(value, int | float) or not value >= 1:
            raise DomainError("norm_factor", f"{name} >= 1", f"{value}", **{name: value})
    if p >= q:
        return 1.0
    return math.nextafter(float(n) ** (1 / p - (0 if q == math.inf else 1 / q)), math.inf)


def certified_accuracy(radii: Array, epsilons: Any) -> np.ndarray:
    """Fraction of the inputs whose radius exceeds each ε: for these no ‖δ‖ <= ε changes the class.

    Parameters
    ----------
    radii : array, shape (n,), from `radius` with the true labels
    epsilons : sequence of numbers >= 0; at 0 the result is the clean accuracy
    """
    xp = namespace("certified_accuracy", exact=True, finite=False, radii=radii)
    if math.prod(radii.shape) == 0:
        raise DomainError("certified_accuracy", "at least one input", "none")
    if bool(xp.any(radii != radii)):
        raise DomainError("certified_accuracy", "radii that are numbers", "NaN")
    result = []
    for epsilon in epsilons:
        require_number("certified_accuracy", "epsilon", epsilon, at_least=0)
        result.append(int(xp.sum(xp.astype(radii > epsilon, xp.int64))) / math.prod(radii.shape))
    return np.asarray(result)
