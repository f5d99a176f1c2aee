"""Lipschitz penalties of a network: implicit ones on gradient norms, explicit ones on pairs, and the adversarial pair.

    implicit [ALR-Eq7], [ALR-Eq9]    shape(‖∇f(x)‖₂)                 GP: two-sided square, LP: one-sided square
    explicit [ALR-Eq8], [ALR-Eq15]   shape(‖f(x) - f(z)‖ / ‖x - z‖₂)  at given pairs, or at z = x + r_adv
    direction [ALR-Eq16]             r ← ∇_r d(f(x), f(x + r)) / ‖·‖₂ at ξ r

Both penalties come with the gradient in the parameters. That of an implicit one is of second order: with v = ∇f/‖∇f‖
held fixed, d‖∇f‖ = ⟨d∇f, v⟩, so the cotangent of the parameters is the backward pass of the jvp along v. The
adversarial direction is held fixed too, as the paper does: what is differentiated is the ratio at the pair found.

Not covered: which samples are penalised; x + r is not projected onto any domain.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lipref._array import (
    Array,
    is_exact,
    namespace,
    require_choice,
    require_integer,
    require_number,
    require_same_shape,
)
from lipref.errors import DomainError, ShapeError

SHAPES = ("two-sided-square", "square", "hinge", "hinge-plus-square")
"""Of a ratio t and a bound K, with h = max(0, t - K): (t - K)², h², h, h + h²."""

METRICS = ("l2", "squared-l2", "l1", "linf")


class GradientPenaltyResiduals(NamedTuple):
    """What the gradient of an implicit penalty needs."""

    network: Any
    """The network that was penalised."""
    saved: Any
    """Residuals of its forward pass at x."""
    direction: Array
    """(batch, n): ∇f/‖∇f‖ per row, zero where ∇f vanishes."""
    slopes: Array
    """(batch,): derivative of the mean in each gradient norm."""


class PairPenaltyResiduals(NamedTuple):
    """What the gradient of an explicit penalty needs."""

    network: Any
    """The network that was penalised."""
    saved: Any
    """Residuals of its forward pass at x and z, one batch of twice the size."""
    cotangent: Array
    """(batch, m): derivative of the mean in f(x) - f(z)."""


def penalty(ratios: Array, lipschitz: float = 1, *, shape: str = "square") -> Array:
    """The terms shape(t) of ratios t >= 0 against the bound K = `lipschitz`; see `SHAPES`.

    [ALR-Eq7], [ALR-Eq19] two-sided-square; [ALR-Eq8], [ALR-Eq9], [ALR-Eq17] square; [ALR-Eq15] hinge; [ALR-Eq20]
    hinge-plus-square. Accepts fractions.
    """
    namespace("penalty", exact=True, ratios=ratios)
    _require_shape("penalty", lipschitz, shape)
    return _shaped(ratios, lipschitz, shape)[0]


def gradient_penalty(network: Any, x: Array, *, lipschitz: float = 1, shape: str = "two-sided-square") -> Array:
    """Mean over the batch of shape(‖∇f(x)‖₂) for a scalar network f [ALR-Eq7], [ALR-Eq9].

    Parameters
    ----------
    network : layer or Chain with outputs (batch, 1) and independent rows
    x : array, shape (batch, n), batch > 0
    lipschitz : K >= 0
    shape : one of `SHAPES`

    Raises
    ------
    ShapeError
        The network is not scalar, or the batch is empty.
    """
    return gradient_penalty_forward(network, x, lipschitz=lipschitz, shape=shape)[0]


def gradient_penalty_forward(
    network: Any, x: Array, *, lipschitz: float = 1, shape: str = "two-sided-square"
) -> tuple[Array, GradientPenaltyResiduals]:
    """`gradient_penalty` and its residuals."""
    xp = namespace("gradient_penalty", x=x)
    _require_shape("gradient_penalty", lipschitz, shape)
    y, saved = network.forward(x)
    if x.ndim != 2 or x.shape[0] == 0 or tuple(y.shape) != (x.shape[0], 1):
        expected = "x (batch, n), batch > 0, and a network with outputs (batch, 1)"
        raise ShapeError("gradient_penalty", expected, f"{tuple(x.shape)} and {tuple(y.shape)}")
    gradient = network.backward(saved, xp.ones_like(y))[0]
    norms = xp.sqrt(xp.sum(gradient * gradient, axis=-1))
    terms, slopes = _shaped(norms, lipschitz, shape)
    safe = xp.where(norms > 0, norms, xp.ones_like(norms))
    return xp.mean(terms), GradientPenaltyResiduals(network, saved, gradient / safe[:, None], slopes / x.shape[0])


def gradient_penalty_backward(residuals: GradientPenaltyResiduals, dvalue: Any = 1) -> tuple[Array, Any]:
    """Cotangents of x and of the parameters: the backward pass of the jvp along ∇f/‖∇f‖, weighed by the slopes."""
    dy_bar = (dvalue * residuals.slopes)[:, None]
    x_bar, _, grads = residuals.network.jvp_backward(residuals.saved, residuals.direction, 0 * dy_bar, dy_bar)
    return x_bar, grads


def pair_penalty(network: Any, x: Array, z: Array, *, lipschitz: float = 1, shape: str = "square") -> Array:
    """Mean over the batch of shape(‖f(x) - f(z)‖₂ / ‖x - z‖₂) [ALR-Eq8], [ALR-Eq15].

    Parameters
    ----------
    network : layer or Chain on (batch, n)
    x, z : arrays, shape (batch, n), batch > 0, no row of x equal to that of z
    lipschitz : K >= 0
    shape : one of `SHAPES`

    Raises
    ------
    DomainError
        Two points of a pair coincide.

    Notes
    -----
    In float32 the ratio at a distance ε carries an error of about u |x| / ε: at ε = 1e-6 half of all ratios of the
    identity exceed 1. Use float64 or larger distances.
    """
    return pair_penalty_forward(network, x, z, lipschitz=lipschitz, shape=shape)[0]


def pair_penalty_forward(
    network: Any, x: Array, z: Array, *, lipschitz: float = 1, shape: str = "square"
) -> tuple[Array, PairPenaltyResiduals]:
    """`pair_penalty` and its residuals."""
    xp = namespace("pair_penalty", x=x, z=z)
    _require_shape("pair_penalty", lipschitz, shape)
    require_same_shape("pair_penalty", x=x, z=z)
    if x.ndim != 2 or x.shape[0] == 0:
        raise ShapeError("pair_penalty", "x and z of shape (batch, n), batch > 0", f"{tuple(x.shape)}")
    y, saved = network.forward(xp.concat([x, z]))
    apart, moved = x - z, y[: x.shape[0], :] - y[x.shape[0] :, :]
    distance = xp.sqrt(xp.sum(apart * apart, axis=-1))
    if not bool(xp.all(distance > 0)):
        raise DomainError("pair_penalty", "pairs of different points", "a pair at distance 0")
    change = xp.sqrt(xp.sum(moved * moved, axis=-1))
    terms, slopes = _shaped(change / distance, lipschitz, shape)
    # d‖m‖ = ⟨m/‖m‖, dm⟩; the zero element of the subdifferential at m = 0
    safe = xp.where(change > 0, change, xp.ones_like(change))
    weights = slopes / (x.shape[0] * distance * safe)
    return xp.mean(terms), PairPenaltyResiduals(network, saved, weights[:, None] * moved)


def pair_penalty_backward(residuals: PairPenaltyResiduals, dvalue: Any = 1, *, hold_x: bool = False) -> Any:
    """Cotangent of the parameters; with `hold_x`, f(x) counts as a constant, as virtual adversarial training has it."""
    cotangent = dvalue * residuals.cotangent
    xp = namespace("pair_penalty_backward", dvalue=cotangent)
    both = xp.concat([0 * cotangent if hold_x else cotangent, -cotangent])
    return residuals.network.backward(residuals.saved, both)[1]


def adversarial_direction(
    network: Any, x: Array, start: Array, *, xi: float = 10.0, steps: int = 1, metric: str = "l2"
) -> Array:
    """Directions r of unit 2-norm along which d(f(x), f(x + r)) grows: `steps` power iterations [ALR-Eq16].

    Parameters
    ----------
    network : layer or Chain on (batch, n) with independent rows
    x, start : arrays, shape (batch, n); no row of `start` zero
    xi : number > 0
        Length of the step at which the gradient is taken. A negative one would reverse r at each step.
    steps : int >= 0
    metric : one of `METRICS`, the distance of outputs

    Returns
    -------
    array (batch, n). Rows whose gradient vanishes keep their direction: the papers' formula is 0/0 there.

    Notes
    -----
    For affine f, and the l2 or the squared l2 distance, this is power iteration on JᵀJ, and reaches its top eigenvector
    unless the start is orthogonal to it. For l1 and l∞ it may stall anywhere: see the errata of [ALR-Eq16].
    """
    xp = namespace("adversarial_direction", x=x, start=start)
    require_same_shape("adversarial_direction", x=x, start=start)
    require_number("adversarial_direction", "xi", xi, above=0)
    require_integer("adversarial_direction", "steps", steps, at_least=0)
    require_choice("adversarial_direction", "metric", metric, METRICS)
    if x.ndim != 2:
        raise ShapeError("adversarial_direction", "x of shape (batch, n)", f"{tuple(x.shape)}")
    r, length = _normalised(xp, start, start)
    if not bool(xp.all(length > 0)):
        raise DomainError("adversarial_direction", "start directions other than zero", "a zero row")
    center = network.forward(x)[0]
    for _ in range(steps):
        y, saved_step = network.forward(x + xi * r)
        gradient = network.backward(saved_step, _metric_gradient(xp, y - center, metric))[0]
        r, _ = _normalised(xp, gradient, r)
    return r


def adversarial_pair(network: Any, x: Array, start: Array, epsilon: Array, **options: Any) -> Array:
    """x + ε r_adv, the second point of the adversarial penalty [ALR-Eq15]; ε > 0 per row, options as the direction."""
    xp = namespace("adversarial_pair", x=x, start=start, epsilon=epsilon)
    require_same_shape("adversarial_pair", x=x, start=start)
    if tuple(epsilon.shape) != (x.shape[0],):
        raise ShapeError("adversarial_pair", f"epsilon of shape ({x.shape[0]},)", f"{tuple(epsilon.shape)}")
    if not bool(xp.all(epsilon > 0)):
        raise DomainError("adversarial_pair", "epsilon > 0", "an entry <= 0")
    return x + epsilon[:, None] * adversarial_direction(network, x, start, **options)


def _require_shape(function: str, lipschitz: float, shape: str) -> None:
    require_number(function, "lipschitz", lipschitz, at_least=0)
    require_choice(function, "shape", shape, SHAPES)


def _shaped(t: Array, lipschitz: float, shape: str) -> tuple[Array, Array]:
    """Terms and their derivatives in t; zero slope at the kink."""
    xp = namespace("penalty", exact=True, ratios=t)
    over = t - lipschitz
    if shape == "two-sided-square":
        return over * over, 2 * over
    active = xp.astype(over > 0, t.dtype) if not is_exact(t) else over * 0 + (over > 0)
    excess = over * active
    if shape == "hinge":
        return excess, active
    square, slope = excess * excess, 2 * excess
    return (square, slope) if shape == "square" else (excess + square, active + slope)


def _metric_gradient(xp: Any, moved: Array, metric: str) -> Array:
    """Gradient of d(u, v) in v, as a function of v - u; the zero element at v = u."""
    if metric == "squared-l2":
        return 2 * moved
    if metric == "l2":
        return _normalised(xp, moved, 0 * moved)[0]
    if metric == "l1":
        return xp.sign(moved)
    largest = xp.max(xp.abs(moved), axis=-1, keepdims=True)
    first = xp.cumulative_sum(xp.astype(xp.abs(moved) == largest, moved.dtype), axis=-1) == 1
    return xp.where((xp.abs(moved) == largest) & first, xp.sign(moved), 0 * moved)


def _normalised(xp: Any, x: Array, otherwise: Array) -> tuple[Array, Array]:
    """Rows of unit 2-norm, those of `otherwise` where x vanishes, and the norms; scaled: no square underflows."""
    largest = xp.max(xp.abs(x), axis=-1, keepdims=True)
    unit = x / xp.where(largest > 0, largest, xp.ones_like(largest))
    norm = xp.sqrt(xp.sum(unit * unit, axis=-1, keepdims=True))
    return xp.where(largest > 0, unit / xp.where(norm > 0, norm, xp.ones_like(norm)), otherwise), (largest * norm)[:, 0]
