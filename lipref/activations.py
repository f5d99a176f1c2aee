"""Activations other than GroupSort that the papers compare with, each with its four passes [SO-ActLip].

identity, relu, leaky_relu, crelu, absolute, tanh, sigmoid, softplus act entry by entry; maxout takes the largest entry
of each contiguous group. Off kinks an entry-wise activation f has the diagonal Jacobian D = diag(f'(x)), so that

    jvp:          dy = f'(x) dx
    backward:     dx = f'(x) dy
    jvp_backward: x_bar = f''(x) dx dy_bar      (zero for the piecewise-linear ones)

and the residuals hold those derivatives. Each is `LIPSCHITZ`-Lipschitz in every p-norm, since its Jacobian is diagonal,
or selects entries (maxout), or splits them by sign (crelu). Off kinks identity, absolute and maxout keep the norm of
every cotangent [SO-GNP]; the others lose some of it, relu all of it where the input is negative.

Kinks: relu'(0) = 0, both halves of crelu'(0) = 0, absolute'(0) = 0, leaky_relu'(0) is its slope on the negative side,
maxout takes the first of equal largest entries. The piecewise-linear ones accept fractions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from lipref._array import Array, is_exact, namespace, require_integer, require_number, require_same_shape
from lipref.errors import ShapeError

LIPSCHITZ = {
    "identity": 1.0,
    "relu": 1.0,
    "crelu": 1.0,
    "absolute": 1.0,
    "tanh": 1.0,
    "sigmoid": 0.25,
    "softplus": 1.0,
    "maxout": 1.0,
}
"""Least Lipschitz constant in every p-norm; that of leaky_relu is `leaky_relu_lipschitz(slope)`."""


class LinearPieceResiduals(NamedTuple):
    """What the derivative of a piecewise-linear, entry-wise activation needs."""

    slope: Array
    """Shape of x: the derivative at each entry."""


class SmoothResiduals(NamedTuple):
    """What the derivatives of a smooth, entry-wise activation need."""

    slope: Array
    """Shape of x: first derivative at each entry."""
    curvature: Array
    """Shape of x: second derivative at each entry."""


def identity(x: Array) -> Array:
    """x itself; the residuals hold slopes of one."""
    return identity_forward(x)[0]


def identity_forward(x: Array) -> tuple[Array, LinearPieceResiduals]:
    """`identity` and its residuals."""
    namespace("identity", exact=True, x=x)
    return x, LinearPieceResiduals(0 * x + 1)


def identity_backward(residuals: LinearPieceResiduals, dy: Array) -> Array:
    """Cotangent of x: slope times dy, which is dy."""
    return _times("identity_backward", residuals.slope, dy=dy)


def identity_jvp(residuals: LinearPieceResiduals, dx: Array) -> Array:
    """Tangent of y: slope times dx, which is dx."""
    return _times("identity_jvp", residuals.slope, dx=dx)


def identity_jvp_backward(residuals: LinearPieceResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: zero."""
    return _zero("identity_jvp_backward", residuals.slope, dx, dy_bar)


def relu(x: Array) -> Array:
    """max(x, 0); relu'(0) = 0.

    >>> import numpy as np
    >>> relu(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    return relu_forward(x)[0]


def relu_forward(x: Array) -> tuple[Array, LinearPieceResiduals]:
    """`relu` and its residuals."""
    xp = namespace("relu", exact=True, x=x)
    zero = xp.abs(0 * x)  # not 0 * x, which is -0.0 for negative x
    return xp.where(x > 0, x, zero), LinearPieceResiduals(xp.where(x > 0, zero + 1, zero))


def relu_backward(residuals: LinearPieceResiduals, dy: Array) -> Array:
    """Cotangent of x: dy where x > 0, zero elsewhere."""
    return _times("relu_backward", residuals.slope, dy=dy)


def relu_jvp(residuals: LinearPieceResiduals, dx: Array) -> Array:
    """Tangent of y: dx where x > 0, zero elsewhere."""
    return _times("relu_jvp", residuals.slope, dx=dx)


def relu_jvp_backward(residuals: LinearPieceResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: zero off the kink."""
    return _zero("relu_jvp_backward", residuals.slope, dx, dy_bar)


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where x > 0, slope times x elsewhere; max(x, slope x) for 0 <= slope <= 1 [SO-AppA-LReLU].

    Parameters
    ----------
    x : array
    slope : finite number, of any sign; also the derivative at 0
    """
    return leaky_relu_forward(x, slope)[0]


def leaky_relu_forward(x: Array, slope: float = 0.01) -> tuple[Array, LinearPieceResiduals]:
    """`leaky_relu` and its residuals; parameters as there."""
    xp = namespace("leaky_relu", exact=True, x=x)
    require_number("leaky_relu", "slope", slope)
    slopes = xp.where(x > 0, 0 * x + 1, 0 * x + (Fraction(slope) if is_exact(x) else float(slope)))
    return slopes * x, LinearPieceResiduals(slopes)


def leaky_relu_backward(residuals: LinearPieceResiduals, dy: Array) -> Array:
    """Cotangent of x: dy where x > 0, slope times dy elsewhere."""
    return _times("leaky_relu_backward", residuals.slope, dy=dy)


def leaky_relu_jvp(residuals: LinearPieceResiduals, dx: Array) -> Array:
    """Tangent of y: dx where x > 0, slope times dx elsewhere."""
    return _times("leaky_relu_jvp", residuals.slope, dx=dx)


def leaky_relu_jvp_backward(residuals: LinearPieceResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: zero off the kink."""
    return _zero("leaky_relu_jvp_backward", residuals.slope, dx, dy_bar)


def leaky_relu_lipschitz(slope: float = 0.01) -> float:
    """Least Lipschitz constant of `leaky_relu` in every p-norm: max(1, |slope|)."""
    require_number("leaky_relu_lipschitz", "slope", slope)
    return max(1.0, abs(float(slope)))


def absolute(x: Array) -> Array:
    """|x|; absolute'(0) = 0. Off the kink it preserves the norm of every cotangent."""
    return absolute_forward(x)[0]


def absolute_forward(x: Array) -> tuple[Array, LinearPieceResiduals]:
    """`absolute` and its residuals."""
    xp = namespace("absolute", exact=True, x=x)
    return xp.abs(x), LinearPieceResiduals(0 * x + xp.sign(x))


def absolute_backward(residuals: LinearPieceResiduals, dy: Array) -> Array:
    """Cotangent of x: sign(x) dy."""
    return _times("absolute_backward", residuals.slope, dy=dy)


def absolute_jvp(residuals: LinearPieceResiduals, dx: Array) -> Array:
    """Tangent of y: sign(x) dx."""
    return _times("absolute_jvp", residuals.slope, dx=dx)


def absolute_jvp_backward(residuals: LinearPieceResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: zero off the kink."""
    return _zero("absolute_jvp_backward", residuals.slope, dx, dy_bar)


class CreluResiduals(NamedTuple):
    """What the derivative of crelu needs."""

    positive: Array
    """(..., n), one where x > 0, else zero."""
    negative: Array
    """(..., n), one where x < 0, else zero."""


def crelu(x: Array) -> Array:
    """(relu(x), relu(-x)), concatenated: (..., n) -> (..., 2n) along the last axis."""
    return crelu_forward(x)[0]


def crelu_forward(x: Array) -> tuple[Array, CreluResiduals]:
    """`crelu` and its residuals; x has at least one axis."""
    xp = namespace("crelu", exact=True, x=x)
    if x.ndim == 0:
        raise ShapeError("crelu", "x with at least one axis", "shape ()", shape=())
    zero = xp.abs(0 * x)
    positive, negative = xp.where(x > 0, zero + 1, zero), xp.where(x < 0, zero + 1, zero)
    return xp.concat([xp.where(x > 0, x, zero), xp.where(x < 0, -x, zero)], axis=-1), CreluResiduals(positive, negative)


def crelu_backward(residuals: CreluResiduals, dy: Array) -> Array:
    """Cotangent of x, given dy (..., 2n): its first half where x > 0, minus its second half where x < 0."""
    positive, negative = residuals
    namespace("crelu_backward", exact=True, dy=dy, positive=positive)
    n = positive.shape[-1]
    if tuple(dy.shape) != (*positive.shape[:-1], 2 * n):
        raise ShapeError("crelu_backward", f"dy of shape {(*positive.shape[:-1], 2 * n)}", f"{tuple(dy.shape)}")
    return positive * dy[..., :n] - negative * dy[..., n:]


def crelu_jvp(residuals: CreluResiduals, dx: Array) -> Array:
    """Tangent of y (..., 2n): dx where x > 0, and -dx where x < 0 in the second half."""
    positive, negative = residuals
    xp = namespace("crelu_jvp", exact=True, dx=dx, positive=positive)
    require_same_shape("crelu_jvp", positive=positive, dx=dx)
    return xp.concat([positive * dx, negative * -dx], axis=-1)


def crelu_jvp_backward(residuals: CreluResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x (..., n) through the jvp: zero off the kink; dy_bar is (..., 2n)."""
    crelu_backward(residuals, dy_bar)
    crelu_jvp(residuals, dx)
    return 0 * dx


def tanh(x: Array) -> Array:
    """Hyperbolic tangent; slope 1 - tanh² = 1/cosh², at most 1."""
    return tanh_forward(x)[0]


def tanh_forward(x: Array) -> tuple[Array, SmoothResiduals]:
    """`tanh` and its residuals; the slope keeps its relative accuracy where 1 - tanh² would cancel."""
    xp = namespace("tanh", x=x)
    y, decay = xp.tanh(x), xp.exp(-2 * xp.abs(x))
    slope = 4 * decay / ((1 + decay) * (1 + decay))
    return y, SmoothResiduals(slope, -2 * y * slope)


def tanh_backward(residuals: SmoothResiduals, dy: Array) -> Array:
    """Cotangent of x: slope times dy."""
    return _times("tanh_backward", residuals.slope, dy=dy)


def tanh_jvp(residuals: SmoothResiduals, dx: Array) -> Array:
    """Tangent of y: slope times dx."""
    return _times("tanh_jvp", residuals.slope, dx=dx)


def tanh_jvp_backward(residuals: SmoothResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: curvature times dx times dy_bar."""
    return _times("tanh_jvp_backward", residuals.curvature, dx=dx, dy_bar=dy_bar)


def sigmoid(x: Array) -> Array:
    """1/(1 + exp(-x)), for x of any size; 1/4-Lipschitz.

    >>> import numpy as np
    >>> sigmoid(np.array([-1e4, 0.0, 1e4])).tolist()
    [0.0, 0.5, 1.0]
    """
    return sigmoid_forward(x)[0]


def sigmoid_forward(x: Array) -> tuple[Array, SmoothResiduals]:
    """`sigmoid` and its residuals; only exp(-|x|) is formed, so nothing overflows."""
    xp = namespace("sigmoid", x=x)
    y, slope, curvature = _logistic(xp, x)
    return y, SmoothResiduals(slope, curvature)


def sigmoid_backward(residuals: SmoothResiduals, dy: Array) -> Array:
    """Cotangent of x: slope times dy."""
    return _times("sigmoid_backward", residuals.slope, dy=dy)


def sigmoid_jvp(residuals: SmoothResiduals, dx: Array) -> Array:
    """Tangent of y: slope times dx."""
    return _times("sigmoid_jvp", residuals.slope, dx=dx)


def sigmoid_jvp_backward(residuals: SmoothResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: curvature times dx times dy_bar."""
    return _times("sigmoid_jvp_backward", residuals.curvature, dx=dx, dy_bar=dy_bar)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), for x of any size; its slope is the sigmoid."""
    return softplus_forward(x)[0]


def softplus_forward(x: Array) -> tuple[Array, SmoothResiduals]:
    """`softplus` and its residuals."""
    xp = namespace("softplus", x=x)
    value, slope, _ = _logistic(xp, x)
    return xp.where(x > 0, x, 0 * x) + xp.log1p(xp.exp(-xp.abs(x))), SmoothResiduals(value, slope)


def softplus_backward(residuals: SmoothResiduals, dy: Array) -> Array:
    """Cotangent of x: slope times dy."""
    return _times("softplus_backward", residuals.slope, dy=dy)


def softplus_jvp(residuals: SmoothResiduals, dx: Array) -> Array:
    """Tangent of y: slope times dx."""
    return _times("softplus_jvp", residuals.slope, dx=dx)


def softplus_jvp_backward(residuals: SmoothResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp: curvature times dx times dy_bar."""
    return _times("softplus_jvp_backward", residuals.curvature, dx=dx, dy_bar=dy_bar)


class MaxoutResiduals(NamedTuple):
    """What the derivative of maxout needs."""

    indices: Array
    """Integer (..., n/k, 1): the position of the largest entry within its group."""
    group_size: int
    """k."""


def maxout(x: Array, group_size: int) -> Array:
    """Largest entry of each contiguous group of `group_size` along the last axis: (..., n) -> (..., n/k).

    Parameters
    ----------
    x : array (..., n), n > 0
    group_size : int, divides n

    Raises
    ------
    ShapeError
        `group_size` does not divide a positive width.

    Notes
    -----
    [SO-AppA-Maxout] It is GroupSort of that size followed by the selection of the largest entry of each group, the last
    one in ascending order. Its pull-back scatters, so every p-norm of the cotangent is kept; what loses norm in the
    2-norm is the tall map before it.

    >>> import numpy as np
    >>> maxout(np.array([1.0, 3.0, 2.0, -5.0]), 2).tolist()
    [3.0, 2.0]
    """
    return maxout_forward(x, group_size)[0]


def maxout_forward(x: Array, group_size: int) -> tuple[Array, MaxoutResiduals]:
    """`maxout` and its residuals; parameters and errors as there."""
    xp = namespace("maxout", exact=True, x=x)
    require_integer("maxout", "group_size", group_size, at_least=1)
    if x.ndim == 0 or x.shape[-1] == 0 or x.shape[-1] % group_size:
        raise ShapeError("maxout", f"group_size={group_size} to divide a positive width", f"shape {tuple(x.shape)}")
    groups = xp.reshape(x, (*x.shape[:-1], x.shape[-1] // group_size, group_size))
    indices = xp.argmax(groups, axis=-1, keepdims=True)
    return xp.take_along_axis(groups, indices, axis=-1)[..., 0], MaxoutResiduals(indices, group_size)


def maxout_backward(residuals: MaxoutResiduals, dy: Array) -> Array:
    """Cotangent of x (..., n), given dy (..., n/k): dy at the largest entries, zero elsewhere."""
    xp = namespace("maxout_backward", exact=True, dy=dy)
    indices, group_size = residuals
    if tuple(dy.shape) != tuple(indices.shape[:-1]):
        raise ShapeError("maxout_backward", f"dy of shape {tuple(indices.shape[:-1])}", f"{tuple(dy.shape)}")
    chosen = indices == xp.arange(group_size, dtype=indices.dtype, device=indices.device)
    scattered = xp.where(chosen, dy[..., None], 0 * dy[..., None])
    return xp.reshape(scattered, (*dy.shape[:-1], dy.shape[-1] * group_size))


def maxout_jvp(residuals: MaxoutResiduals, dx: Array) -> Array:
    """Tangent of y (..., n/k): the entries of dx (..., n) at the largest entries of x."""
    xp = namespace("maxout_jvp", exact=True, dx=dx)
    indices, group_size = residuals
    *batch, groups, _ = indices.shape
    if tuple(dx.shape) != (*batch, groups * group_size):
        raise ShapeError("maxout_jvp", f"dx of shape {(*batch, groups * group_size)}", f"{tuple(dx.shape)}")
    return xp.take_along_axis(xp.reshape(dx, (*batch, groups, group_size)), indices, axis=-1)[..., 0]


def maxout_jvp_backward(residuals: MaxoutResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x (..., n) through the jvp: zero off ties."""
    namespace("maxout_jvp_backward", exact=True, dx=dx, dy_bar=dy_bar)
    maxout_jvp(residuals, dx)
    maxout_backward(residuals, dy_bar)
    return 0 * dx


def _times(function: str, derivative: Array, **factors: Array) -> Array:
    """Product of the derivative and the named factors, all of one shape."""
    namespace(function, exact=True, derivative=derivative, **factors)
    require_same_shape(function, derivative=derivative, **factors)
    result = derivative
    for factor in factors.values():
        result = result * factor
    return result


def _zero(function: str, slope: Array, dx: Array, dy_bar: Array) -> Array:
    """Zeros of the shape of dx, after the checks."""
    namespace(function, exact=True, slope=slope, dx=dx, dy_bar=dy_bar)
    require_same_shape(function, slope=slope, dx=dx, dy_bar=dy_bar)
    return 0 * dx


def _logistic(xp: Any, x: Array) -> tuple[Array, Array, Array]:
    """s = 1/(1 + exp(-x)), s' = s(1 - s) and s'' = s'(1 - 2s), each accurate in relative terms: 1 - 2s = -tanh(x/2)."""
    decay = xp.exp(-xp.abs(x))
    large = 1 / (1 + decay)
    slope = decay * large * large
    return xp.where(x >= 0, large, decay * large), slope, -slope * xp.tanh(x / 2)
