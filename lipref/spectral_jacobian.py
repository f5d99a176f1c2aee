"""The spectral norm of a network's Jacobian: power iteration [SO-PI] and its use as a penalty [SO-Alg1].

For one sample x, with J the Jacobian (m, n) there and u a vector of R^m,

    v = Jᵀu/‖Jᵀu‖         the backward pass of the network, cotangent u
    h = J v               its jvp
    u ← h/‖h‖,            and then uᵀh = ‖J v‖ <= σ_max(J)

The estimate is a lower bound of the local σ_max(J), never a Lipschitz certificate. The penalty is the mean over the
batch of uᵀ J(θ) v with u and v held fixed, differentiated by the backward pass of the jvp. Holding u fixed is
immaterial, since d‖h‖ = uᵀ dh; holding v fixed is not, unless the iteration has converged (erratum
spectral-jacobian-gradient). The paper leaves both open, and how a batch shares u; here every sample has a u of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lipref._array import Array, namespace, require_integer
from lipref.errors import DomainError, ShapeError


class JacobianResiduals(NamedTuple):
    """What the gradient of the penalty needs."""

    network: Any
    """The network."""
    saved: Any
    """Residuals of its forward pass at x."""
    u: Array
    """(batch, m): left vectors after the iteration, to start the next one from; of norm 1, or zero where J v is."""
    v: Array
    """(batch, n): right vectors, held fixed in the gradient."""


def spectral_jacobian(network: Any, x: Array, u: Array, *, steps: int = 1) -> tuple[Array, Array, Array]:
    """Power iteration on the Jacobian at each sample: (sigma, u, v) [SO-PI].

    Parameters
    ----------
    network : layer or Chain from (batch, n) to (batch, m) with independent rows
    x : array, shape (batch, n)
    u : array, shape (batch, m), rows of any length but zero
        Left vectors to start from.
    steps : int >= 1

    Returns
    -------
    sigma : array, shape (batch,), ‖J v‖ <= σ_max(J) up to rounding, not decreasing in `steps`
    u, v : arrays, shapes (batch, m), (batch, n); zero rows where Jᵀu or J v vanishes

    Notes
    -----
    It tends to σ_max unless the start is orthogonal to all its left singular vectors. With c the component of u along
    them and s the next smaller singular value, after k steps sigma² >= σ_max² (1 - (s/σ_max)^(4k-2) (1 - c²)/c²).
    """
    return _iterate("spectral_jacobian", network, x, u, steps)[:3]


def spectral_jacobian_penalty(network: Any, x: Array, u: Array, *, steps: int = 1) -> Array:
    """Mean over the batch of uᵀ J v after power iteration, the regulariser of [SO-Alg1]; parameters as above.

    Raises
    ------
    ShapeError
        x is no batch, or is empty, or u does not fit the outputs.
    DomainError
        A row of u is zero.
    """
    return spectral_jacobian_penalty_forward(network, x, u, steps=steps)[0]


def spectral_jacobian_penalty_forward(
    network: Any, x: Array, u: Array, *, steps: int = 1
) -> tuple[Array, JacobianResiduals]:
    """`spectral_jacobian_penalty` and its residuals; the new u rides in them."""
    sigma, u, v, saved = _iterate("spectral_jacobian_penalty", network, x, u, steps)
    xp = namespace("spectral_jacobian_penalty", sigma=sigma)
    return xp.mean(sigma), JacobianResiduals(network, saved, u, v)


def spectral_jacobian_penalty_backward(residuals: JacobianResiduals, dvalue: Any = 1) -> tuple[Array, Any]:
    """Cotangents of x and of the parameters, with u and v held fixed: the backward pass of the jvp along v."""
    dy_bar = dvalue * residuals.u / residuals.u.shape[0]
    x_bar, _, grads = residuals.network.jvp_backward(residuals.saved, residuals.v, 0 * dy_bar, dy_bar)
    return x_bar, grads


def _iterate(function: str, network: Any, x: Array, u: Array, steps: int) -> tuple[Array, Array, Array, Any]:
    xp = namespace(function, x=x, u=u)
    require_integer(function, "steps", steps, at_least=1)
    if x.ndim != 2 or x.shape[0] == 0:
        raise ShapeError(function, "x of shape (batch, n), batch > 0", f"{tuple(x.shape)}", shape=tuple(x.shape))
    y, saved = network.forward(x)
    if tuple(u.shape) != tuple(y.shape):
        raise ShapeError(function, f"u of the shape of the outputs, {tuple(y.shape)}", f"{tuple(u.shape)}")
    if not bool(xp.all(xp.any(u != 0, axis=-1))):
        raise DomainError(function, "start vectors that are not zero", "a zero row of u")
    for _ in range(steps):
        v, _ = _directions(xp, network.backward(saved, u)[0])
        u, sigma = _directions(xp, network.jvp(saved, v))
    return sigma, u, v, saved


def _directions(xp: Any, x: Array) -> tuple[Array, Array]:
    """Rows of 2-norm 1 (zero rows stay) and the norms; scaled, so that no square underflows."""
    largest = xp.max(xp.abs(x), axis=-1, keepdims=True)
    scaled = x / xp.where(largest > 0, largest, xp.ones_like(largest))
    length = xp.sqrt(xp.sum(scaled * scaled, axis=-1, keepdims=True))
    return scaled / xp.where(length > 0, length, xp.ones_like(length)), (largest * length)[:, 0]
