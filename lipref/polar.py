"""The polar factor of a weight, the limit of the Björck iteration, and orthonormal weights kept or shipped.

Definition. W = Q H with Q orthonormal in its shorter side and H = (WᵀW)^(1/2) symmetric, positive definite where W has
full rank (of the transposes, for wide W). With W = U S Vᵀ, Q = U Vᵀ [SO-Thm2-constr]: the nearest orthonormal matrix,
and the gradient of the nuclear norm Σ s_i. Its derivative is therefore self-adjoint, one map for backward and jvp:

    D ↦ Q X + (D - Q QᵀD) H⁻¹,     H X + X H = QᵀD - DᵀQ

In the eigenbasis of H, X_ij = (VᵀKV)_ij/(s_i + s_j): sums, never differences, so equal singular values do no harm.
Where W is orthonormal itself, H = I and the derivative is the projection onto the tangent space, D - Q sym(QᵀD)
(`tangent_projection`), which is all that a weight kept orthonormal between the steps of an optimiser needs (`retract`).

`tight` and `sound` make the weight to ship: as orthonormal as its dtype can say, or of norm at most 1 beyond doubt.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from lipref._array import Array, epsilon, namespace, require_choice, require_number, require_same_shape
from lipref.bjorck import LIMIT, frobenius, gram_bound, identity, multiplier, product, require_weight, tangent
from lipref.errors import ConvergenceError, DomainError, ShapeError
from lipref.norms import certify_spectral_norm

METHODS = ("eigh", "fixed-point")
"""Names of the ways to the polar factor and to its derivative."""


class PolarResiduals(NamedTuple):
    """The polar decomposition of a weight; r >= k are its longer and its shorter side."""

    q: Array
    """(r, k): the orthonormal factor, transposed if the weight is wide."""
    factor: Array
    """(k, k): the symmetric factor H."""
    values: Array | None
    """(k,): eigenvalues of H, the singular values of the weight; None for the fixed-point iteration."""
    vectors: Array | None
    """(k, k): eigenvectors of H as columns; None for the fixed-point iteration."""
    transposed: bool
    """Whether the weight is wide."""


def polar(w: Array, *, method: str = "eigh") -> Array:
    """The orthonormal polar factor of a weight of full rank.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, float32 or float64
    method : {"eigh", "fixed-point"}
        "eigh": singular value decomposition, and its factors for the derivative; any condition number.
        "fixed-point": Björck iterations, and a fixed-point iteration for the derivative; products of matrices only,
        fast for condition numbers near 1, as in training.

    Returns
    -------
    array, shape and dtype of `w`

    Raises
    ------
    DomainError
        `w` is rank-deficient to rounding: the polar factor is not unique.
    ConvergenceError
        "fixed-point", and the singular values are spread too far for 100 iterations.
    """
    return polar_forward(w, method=method)[0]


def polar_forward(w: Array, *, method: str = "eigh") -> tuple[Array, PolarResiduals]:
    """`polar` and its residuals; parameters and errors as there."""
    xp = namespace("polar", w=w)
    require_weight("polar", w)
    require_choice("polar", "method", method, METHODS)
    transposed = w.shape[0] < w.shape[1]
    x = w.T if transposed else w
    if method == "fixed-point":
        q = _orthonormalise("polar", xp, x, epsilon(xp, x))
        h = product(xp, q.T, x)
        residuals = PolarResiduals(q, (h + h.T) / 2, None, None, transposed)
    else:
        left, values, right = xp.linalg.svd(x, full_matrices=False)
        smallest, largest = float(values[-1]), float(values[0])
        if smallest <= x.shape[0] * epsilon(xp, x) * largest:
            raise DomainError(
                "polar",
                "a weight of full rank, whose polar factor is unique",
                f"singular values from {smallest:.3g} to {largest:.3g}",
                smallest=smallest,
                largest=largest,
            )
        q = xp.matmul(left, right)
        q = xp.matmul(q, multiplier(xp, xp.matmul(q.T, q), 1)[0])  # takes the rounding of the decomposition away
        residuals = PolarResiduals(q, xp.matmul(right.T * values, right), values, right.T, transposed)
    return (q.T if transposed else q), residuals


def polar_backward(residuals: PolarResiduals, dq: Array) -> Array:
    """Cotangent of the weight, given that of its polar factor.

    Parameters
    ----------
    residuals : PolarResiduals
    dq : array, shape (m, n), library and dtype of the weight

    Returns
    -------
    dw : array, shape (m, n); finite at equal singular values, of size up to ‖dq‖/s_min

    Notes
    -----
    Exact to rounding by either method: the fixed-point iteration goes on until it moves nothing, and where it does not
    halve its step (condition numbers above 3, roughly) it gives way to the eigenvectors of H.
    Derivation: proofs/orthogonal_polar.py
    """
    return _derivative("polar_backward", "dq", residuals, dq)


def polar_jvp(residuals: PolarResiduals, dw: Array) -> Array:
    """Tangent of the polar factor, given that of the weight: the same self-adjoint map as `polar_backward`."""
    return _derivative("polar_jvp", "dw", residuals, dw)


def tangent_projection(q: Array, d: Array) -> Array:
    """The derivative of `polar`, and the pull-back of `retract`, at an orthonormal weight: d - q sym(qᵀd).

    Parameters
    ----------
    q : array, shape (m, n), orthonormal in its shorter side
    d : array, shape (m, n)
        Tangent or cotangent: the map is self-adjoint, and repeating it changes nothing.
    """
    xp = namespace("tangent_projection", q=q, d=d)
    require_weight("tangent_projection", q)
    require_same_shape("tangent_projection", q=q, d=d)
    return tangent(xp, q.T, d.T).T if q.shape[0] < q.shape[1] else tangent(xp, q, d)


def retract(w: Array, tolerance: float = 1e-6) -> Array:
    """The polar factor of a weight that was orthonormal before a small update, by as few steps as that takes.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0
        Any weight of full rank; one step squares ‖I - WᵀW‖ where that is below 1: two or three do after a small update.
    tolerance : float > 0
        Bound of ‖I - QᵀQ‖_F (of the shorter side) apart from the rounding of the last step.

    Returns
    -------
    array, shape and dtype of `w`; `w` itself where it meets the tolerance

    Raises
    ------
    ConvergenceError
        Not reached in 100 steps: `w` is rank-deficient, or nearly so.

    Notes
    -----
    The pull-back, at the result, is `tangent_projection`.
    """
    xp = namespace("retract", w=w)
    require_weight("retract", w)
    require_number("retract", "tolerance", tolerance, above=0)
    if w.shape[0] < w.shape[1]:
        return _orthonormalise("retract", xp, w.T, tolerance, already=True).T
    return _orthonormalise("retract", xp, w, tolerance, already=True)


def tight(w: Array) -> Array:
    """The polar factor as exactly as the dtype holds it: the weight to ship where norms may exceed 1 by a rounding.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, of full rank

    Returns
    -------
    array, shape and dtype of `w`. ‖I - QᵀQ‖₂ is that of an exact factor with rounded entries, about eps/2: below 1.5e-7
    in float32, and 1e-14 in float64, at 1024×1024.

    Raises
    ------
    ConvergenceError
        `w` is rank-deficient, or nearly so.

    Notes
    -----
    Iterations in float32 alone stop at several eps, since their Gram matrix is off by that much. Here the last
    step forms I - QᵀQ in float64 and adds the correction, which is small, in float64 too; then the entries are rounded.
    """
    xp = namespace("tight", w=w)
    require_weight("tight", w)
    x = _tight("tight", xp, w.T if w.shape[0] < w.shape[1] else w)
    x = xp.astype(x, w.dtype)
    return x.T if w.shape[0] < w.shape[1] else x


def sound(w: Array) -> Array:
    """The polar factor shrunk by the least that proves a norm of at most 1: the weight to ship with a certificate.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, of full rank

    Returns
    -------
    array, shape and dtype of `w`, for which `certify_spectral_norm` is True: σ_max <= 1 holds for the stored numbers in
    exact arithmetic. ‖I - QᵀQ‖₂ stays below 1e-6 in float32 up to k = 1024 and more; in float64 it is about 2 m n u
    (2e-10 at 1024), the least that the proof needs.

    Raises
    ------
    ConvergenceError
        `w` is rank-deficient, or nearly so.
    """
    xp = namespace("sound", w=w)
    require_weight("sound", w)
    x = _tight("sound", xp, w.T if w.shape[0] < w.shape[1] else w)
    # the certificate allows for m n u; rounding to the dtype of w moves the norm by about eps/4
    loss = max(1.2 * x.shape[0] * x.shape[1] * 2.0**-53, epsilon(xp, w) / 2)
    while loss < 0.5:
        q = xp.astype(x * (1 - loss), w.dtype)
        if certify_spectral_norm(q):
            return q.T if w.shape[0] < w.shape[1] else q
        loss *= 1.25
    raise ConvergenceError("sound", "a provable norm <= 1", f"none for w of shape {tuple(w.shape)} and {w.dtype}")


def _tight(function: str, xp: Any, x: Array) -> Array:
    """Polar factor of x, (r, k) with r >= k, in float64, orthonormal to better than the dtype of x."""
    x = _orthonormalise(function, xp, x, epsilon(xp, x))
    wide = xp.astype(x, xp.float64)
    gram = product(xp, wide.T, wide)
    half = (identity(xp, gram) - gram) / 2
    # x (I + E/2): the correction, of the size of E, in the dtype of x: its rounding is of second order
    return wide + xp.astype(xp.matmul(x, xp.astype(half, x.dtype)), xp.float64)


def _orthonormalise(function: str, xp: Any, x: Array, tolerance: float, *, already: bool = False) -> Array:
    """Björck steps on x, (r, k) with r >= k, until ‖I - xᵀx‖_F <= tolerance; with `already`, none if it holds."""
    x, gram = _rescaled(function, xp, x)
    for _ in range(LIMIT):
        factor, defect = multiplier(xp, gram, 1)
        if already and defect <= tolerance:
            return x
        x = product(xp, x, factor)
        if defect < 1 and defect**2 <= tolerance:
            return x
        gram = product(xp, x.T, x)
    raise ConvergenceError(
        function,
        f"‖I - QᵀQ‖_F <= {tolerance} within {LIMIT} steps",
        f"{defect:.3g}; the weight is rank-deficient, or nearly so",
        defect=defect,
        iterations=LIMIT,
    )


def _rescaled(function: str, xp: Any, x: Array) -> tuple[Array, Array]:
    """(x, xᵀx), x divided so that its norm is proved to be below √3 and not far below 1; the polar factor stays."""
    gram = product(xp, x.T, x)
    bound = gram_bound(xp, gram, x.shape[0])
    if 0.25 < bound < 3 * (1 - 4 * epsilon(xp, x)):
        return x, gram
    largest = xp.max(xp.abs(x))
    if not bool(largest > 0):
        raise ConvergenceError(function, "a weight of full rank", "the zero matrix")
    x = x / largest  # first, so that the Gram matrix neither overflows nor underflows
    bound = gram_bound(xp, product(xp, x.T, x), x.shape[0])
    x = x / math.sqrt(bound)
    return x, product(xp, x.T, x)


def _derivative(function: str, name: str, residuals: PolarResiduals, d: Array) -> Array:
    q, h, values, vectors, transposed = residuals
    xp = namespace(function, finite=False, **{name: d, "weight": q})
    expected = (q.shape[1], q.shape[0]) if transposed else tuple(q.shape)
    if tuple(d.shape) != expected:
        raise ShapeError(function, f"{name} of shape {expected}", f"{tuple(d.shape)}", shape=tuple(d.shape))
    namespace(function, **{name: d})
    d = d.T if transposed else d
    inner = product(xp, q.T, d)
    skew = inner - inner.T
    rest = d - product(xp, q, inner) if q.shape[0] > q.shape[1] else None
    solved = _by_fixed_point(xp, h, skew, rest) if values is None else None
    if solved is None:
        if values is None:
            values, vectors = xp.linalg.eigh(h)
        solved = _by_eigenvectors(xp, values, vectors, skew, rest)
    x, z = solved
    result = product(xp, q, x)
    if z is not None:
        result += z
    return result.T if transposed else result


def _by_eigenvectors(xp: Any, s: Array, v: Array, skew: Array, rest: Array | None) -> tuple[Array, Array | None]:
    """X with H X + X H = skew, and rest H⁻¹, from H = V diag(s) Vᵀ."""
    # 1/(s_i + s_j), not the difference: finite at equal singular values
    turned = xp.matmul(xp.matmul(v.T, skew), v) / (s[:, None] + s[None, :])
    x = xp.matmul(xp.matmul(v, turned), v.T)
    return x, None if rest is None else xp.matmul(xp.matmul(rest, v) / s, v.T)


def _by_fixed_point(xp: Any, h: Array, skew: Array, rest: Array | None) -> tuple[Array, Array | None] | None:
    """As `_by_eigenvectors`, by X ← (skew + E X - (E X)ᵀ)/(2c), E = c I - H; None where that contracts too slowly.

    c is the mean eigenvalue of H. The error shrinks by ‖E‖/c a step, one product each: 0.07 for singular values in
    [0.87, 1]. Z ← (rest + Z E)/c in the same way.
    """
    c = float(xp.sum(xp.linalg.diagonal(h))) / h.shape[0]
    e = c * identity(xp, h) - h

    def turn(change):
        moved = product(xp, e, change)
        moved = moved - moved.T
        moved /= 2 * c
        return moved

    def push(change):
        moved = product(xp, change, e)
        moved /= c
        return moved

    x = _neumann(xp, skew / (2 * c), turn)
    if x is None or rest is None:
        return None if x is None else (x, None)
    z = _neumann(xp, rest / c, push)
    return None if z is None else (x, z)


def _neumann(xp: Any, start: Array, step: Any) -> Array | None:
    """start + step(start) + step²(start) + ... to rounding; None if a step is not at most half the one before."""
    total = change = start
    scale = size = frobenius(xp, start)
    while size > 0:
        change = step(change)
        before, size = size, frobenius(xp, change)
        if not 2 * size <= before:
            return None
        total = total + change
        # the steps left out add up to at most size·ρ/(1 - ρ), ρ = size/before
        if size * size <= epsilon(xp, start) / 2 * scale * (before - size):
            break
    return total
