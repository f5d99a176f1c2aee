"""The derivative laws: what ties forward, backward, jvp and jvp_backward of one object together.

(1) adjoint      ⟨dy, jvp(dx)⟩ = ⟨backward(dy), dx⟩
(2) difference   jvp(dx) is the limit of difference quotients of the forward pass along dx
(3) linearity    jvp(a dx + b dz) = a jvp(dx) + b jvp(dz)
(4) symmetry     ⟨jvp_backward(dx, dy), dz⟩ = ⟨jvp_backward(dz, dy), dx⟩ = derivative of ⟨dy, jvp(dx)⟩ along dz

(1) alone passes when both halves share an error, (2) alone is weak near kinks; they are meant to be used together.
Each law returns a `Law`: the defect that was measured and the bound that rounding allows, both float64 on the host, so
that a caller sees how far from failing it is. `operations` is the number of roundings that one entry of the result
accumulates (the length of the longest sum times the depth); `condition` is ‖J‖·‖dx‖/‖J dx‖ where cancellation inside
the object makes the result much smaller than its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lipref._array import Array, is_exact, to_numpy


class Law(NamedTuple):
    """One measured law; it holds when `defect <= bound`."""

    name: str
    defect: float
    """Measured violation, in the units of the compared quantity."""
    bound: float
    """Largest violation that rounding (and, for difference quotients, truncation) explains."""

    @property
    def holds(self) -> bool:
        """Whether the defect is finite and within the bound."""
        return bool(np.isfinite(self.defect) and self.defect <= self.bound)


def _values(x: Array) -> np.ndarray:
    return to_numpy(x).astype(np.float64)


def _epsilon(x: Array) -> float:
    return 0.0 if is_exact(x) else float(np.finfo(to_numpy(x).dtype).eps)


def _dot(x: Array, y: Array) -> float:
    return float(np.sum(_values(x) * _values(y)))


def _norm(x: Array) -> float:
    return float(np.sqrt(np.sum(_values(x) ** 2)))


def adjoint(
    backward: Callable[[Array], Array],
    jvp: Callable[[Array], Array],
    dx: Array,
    dy: Array,
    *,
    operations: int,
    condition: float = 1.0,
) -> Law:
    """Law (1) at one pair of tangent `dx` and cotangent `dy`.

    The bound is `operations`·eps·condition·(‖dy‖‖J dx‖ + ‖dx‖‖Jᵀ dy‖): each side is an inner product of a computed
    vector whose entries carry at most `operations` roundings.
    """
    forward_side, backward_side = jvp(dx), backward(dy)
    scale = _norm(dy) * _norm(forward_side) + _norm(dx) * _norm(backward_side)
    defect = abs(_dot(dy, forward_side) - _dot(backward_side, dx))
    return Law("adjoint", defect, operations * _epsilon(dx) * condition * scale)


def difference(
    forward: Callable[[Array], Array],
    jvp: Callable[[Array], Array],
    x: Array,
    dx: Array,
    *,
    step: float,
    operations: int,
    piecewise_linear: bool = False,
) -> Law:
    """Law (2): the jvp against central difference quotients of `forward` at `x` along `dx`.

    For piecewise-linear maps with no kink between x - step·dx and x + step·dx the quotient has no truncation error.
    Else two step sizes are extrapolated (Richardson), and the distance between the two quotients, which exceeds the
    error of the extrapolated one by far, bounds the truncation. Rounding adds operations·eps·max|f|/step.
    """

    def quotient(h: float) -> np.ndarray:
        above, below = _values(forward(x + h * dx)), _values(forward(x - h * dx))
        return (above - below) / (2 * h)

    tangent, coarse = _values(jvp(dx)), quotient(step)
    largest = float(np.max(np.abs(_values(forward(x))), initial=0.0))
    # x ± h dx is itself rounded: relative to x that costs |J| eps |x| / h, which |f| does not see
    moved = float(np.max(np.abs(_values(x)), initial=0.0)) * float(np.max(np.abs(tangent), initial=0.0))
    rounding = operations * _epsilon(x) * (largest + moved + float(np.max(np.abs(tangent), initial=0.0))) / step
    if piecewise_linear:
        return Law("difference", float(np.max(np.abs(coarse - tangent), initial=0.0)), rounding)
    fine = quotient(step / 2)
    extrapolated = (4 * fine - coarse) / 3
    truncation = float(np.max(np.abs(fine - coarse), initial=0.0))
    return Law("difference", float(np.max(np.abs(extrapolated - tangent), initial=0.0)), truncation + 4 * rounding)


def linearity(jvp: Callable[[Array], Array], dx: Array, dz: Array, *, operations: int, condition: float = 1.0) -> Law:
    """Law (3) for jvp (or for backward, which is linear too) with the factors 2 and -3."""
    parts, whole = 2 * _values(jvp(dx)) - 3 * _values(jvp(dz)), _values(jvp(2 * dx - 3 * dz))
    scale = 2 * _norm(jvp(dx)) + 3 * _norm(jvp(dz)) + _norm(whole)
    return Law("linearity", _norm(whole - parts), operations * _epsilon(dx) * condition * scale)


def symmetry(
    jvp_backward: Callable[[Array, Array], Array],
    dx: Array,
    dz: Array,
    dy: Array,
    *,
    operations: int,
    condition: float = 1.0,
) -> Law:
    """Law (4), first half: ⟨jvp_backward(dx, dy), dz⟩ is symmetric in dx and dz."""
    first, second = jvp_backward(dx, dy), jvp_backward(dz, dy)
    scale = _norm(first) * _norm(dz) + _norm(second) * _norm(dx)
    return Law("symmetry", abs(_dot(first, dz) - _dot(second, dx)), operations * _epsilon(dx) * condition * scale)


def second_difference(
    jvp_at: Callable[[Array, Array], Array],
    jvp_backward: Callable[[Array, Array], Array],
    x: Array,
    dx: Array,
    dz: Array,
    dy: Array,
    *,
    step: float,
    operations: int,
) -> Law:
    """Law (4), second half: ⟨jvp_backward(dx, dy), dz⟩ against the derivative of ⟨dy, jvp_x(dx)⟩ along dz.

    `jvp_at(x, dx)` is the jvp at the point x. Bound as in `difference`.
    """

    def quotient(h: float) -> float:
        return (_dot(dy, jvp_at(x + h * dz, dx)) - _dot(dy, jvp_at(x - h * dz, dx))) / (2 * h)

    coarse, fine = quotient(step), quotient(step / 2)
    value = _dot(jvp_backward(dx, dy), dz)
    size = _norm(dy) * _norm(jvp_at(x, dx)) + abs(value) * (1 + float(np.max(np.abs(_values(x)), initial=0.0)))
    rounding = operations * _epsilon(x) * size / step
    return Law("second_difference", abs((4 * fine - coarse) / 3 - value), abs(fine - coarse) + 4 * rounding)
