"""Norms of vectors and matrices, the duals that attain them, and bounds of the largest singular value.

Definitions. ‖x‖_p for p in [1, inf]; q is dual to p when 1/p + 1/q = 1; ‖W‖_{p→q} = max ‖W x‖_q / ‖x‖_p is the
Lipschitz constant of x ↦ W x from (ℝⁿ, p) to (ℝᵐ, q) [SO-LinLip]. Closed forms exist, and are given, in three families:

    1 → q     largest q-norm of a column          attained at a unit vector e_j
    p → inf   largest dual-norm of a row          attained at the dual vector of that row [SO-MixNorm]
    2 → 2     largest singular value σ_max        attained at its right singular vector

A *bound* here is a number that is not below the norm, rounding included: `spectral_bound` [SO-Eq10], [SO-Eq11],
[SO-Eq12], and `certify_spectral_norm`, whose True is a proof. An *estimate*, `spectral_estimate`, is at most the norm
and may be far from it (so spectral normalisation by it can leave a norm above 1).
Not covered: norms without closed form, such as inf → 1, which is NP-hard.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from lipref._array import Array, epsilon, is_exact, namespace, require_choice, require_integer, require_number
from lipref.errors import ConvergenceError, DomainError, ShapeError

SPECTRAL_RULES = ("entries", "columns", "rows", "rows-columns", "gram", "frobenius")
"""Names of the closed bounds of σ_max, in the order of `spectral_bound`."""


def dual_exponent(p: float | Fraction) -> float | Fraction:
    """The exponent q with 1/p + 1/q = 1; fractions stay fractions.

    >>> dual_exponent(1), dual_exponent(2), dual_exponent(Fraction(3))
    (inf, 2.0, Fraction(3, 2))
    """
    _require_exponent("dual_exponent", "p", p)
    if p == math.inf:
        return 1
    return math.inf if p == 1 else p / (p - 1)


def vector_norm(x: Array, p: float | Fraction = 2, *, axis: int = -1) -> Array:
    """‖x‖_p along `axis`.

    Parameters
    ----------
    x : array, any shape with `axis` of positive length; fractions for p = 1 and p = inf
    p : number in [1, inf]

    Returns
    -------
    array, shape of `x` without `axis`; entries are scaled first, so neither overflow nor underflow spoils the result

    Raises
    ------
    DomainError
        p < 1, or p other than 1 and inf in exact mode, where the value may be irrational.
    ShapeError
        `axis` is not an axis of `x` or is empty.
    """
    xp = namespace("vector_norm", exact=True, x=x)
    _require_exponent("vector_norm", "p", p)
    _require_axis("vector_norm", x, axis)
    return _norm(xp, x, p, axis, "vector_norm")


def dual_vector(x: Array, p: float | Fraction = 2) -> Array:
    """The vector d with ‖d‖_q = 1 and ⟨x, d⟩ = ‖x‖_p, where q is dual to p.

    Parameters
    ----------
    x : array, shape (..., n) with n > 0; fractions for p = 1 and p = inf
    p : number in [1, inf]

    Returns
    -------
    array, shape of `x`: sign(x)·(|x|/‖x‖_p)^(p-1) for finite p (for p = 1 the signs, 0 at zeros), and for p = inf the
    sign of the first largest entry at its place. The zero vector is mapped to itself: it has no direction.

    Notes
    -----
    d is a subgradient of ‖·‖_p at x, the one of least norm at x = 0.
    """
    xp = namespace("dual_vector", exact=True, x=x)
    _require_exponent("dual_vector", "p", p)
    _require_axis("dual_vector", x, -1)
    signs = _signs(xp, x)
    if p == 1:
        return signs
    if p == math.inf:
        largest = xp.argmax(xp.abs(x), axis=-1, keepdims=True)
        places = xp.arange(x.shape[-1], dtype=largest.dtype, **_on(x))
        return xp.where(places == largest, signs, signs * 0)
    norm = xp.expand_dims(_norm(xp, x, p, -1, "dual_vector"), axis=-1)
    ratio = xp.abs(x) / xp.where(norm > 0, norm, norm + 1)
    return signs * ratio ** (float(p) - 1)


def operator_norm(w: Array, p: float | Fraction = 2, q: float | Fraction | None = None) -> Array:
    """‖W‖_{p→q}, by closed form.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0; fractions where the value is rational: (1, 1), (1, inf), (inf, inf)
    p, q : numbers in [1, inf]
        Norms of the input and the output space; q = p when absent. Lawful: p = 1, or q = inf, or p = q = 2.

    Returns
    -------
    array of shape () (a `Fraction` in exact mode); to rounding, not rounded upwards

    Raises
    ------
    DomainError
        The pair has no closed form, or an irrational one in exact mode.

    >>> import numpy as np
    >>> w = np.array([[1.0, -2.0], [3.0, 4.0]])
    >>> float(operator_norm(w, 1)), float(operator_norm(w, math.inf)), float(operator_norm(w, 2, math.inf))
    (6.0, 7.0, 5.0)
    """
    xp, p, q = _operator("operator_norm", w, p, q)
    if p == 1:
        return xp.max(_norm(xp, w, q, 0, "operator_norm"))
    if q == math.inf:
        return xp.max(_norm(xp, w, dual_exponent(p), 1, "operator_norm"))
    return xp.linalg.svdvals(w)[0]


def operator_norm_maximiser(w: Array, p: float | Fraction = 2, q: float | Fraction | None = None) -> Array:
    """An x with ‖x‖_p = 1 and ‖W x‖_q = ‖W‖_{p→q}; parameters and errors as `operator_norm`.

    Returns
    -------
    array, shape (n,). Among several maximisers: of the first such column or row; e_1 for the zero matrix.
    """
    xp, p, q = _operator("operator_norm_maximiser", w, p, q)
    columns = w.shape[1]
    one = w[0, :] * 0 + 1
    if p == 1:
        best = xp.argmax(_norm(xp, w, q, 0, "operator_norm_maximiser"))
    elif q == math.inf:
        sizes = _norm(xp, w, dual_exponent(p), 1, "operator_norm_maximiser")
        if bool(xp.max(sizes) > 0):
            row = xp.take(w, xp.reshape(xp.argmax(sizes), (1,)), axis=0)[0, :]
            return dual_vector(row, dual_exponent(p))
        best = xp.argmax(one)
    else:
        return xp.linalg.svd(w, full_matrices=False)[2][0, :]
    return xp.where(xp.arange(columns, dtype=best.dtype, **_on(w)) == best, one, one * 0)


def spectral_bound(w: Array, rule: str = "rows-columns") -> Array:
    """An upper bound of σ_max(W), not below it even after rounding.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0
    rule : str
        "entries"       √(m n) max |w_ij|           [SO-Eq10]
        "columns"       √n ‖W‖₁                     [SO-Eq11], ‖W‖₁ the largest column sum
        "rows"          √m ‖W‖_inf                  [SO-Eq12], ‖W‖_inf the largest row sum
        "rows-columns"  √(‖W‖₁ ‖W‖_inf)             never above the three before it
        "gram"          √‖WᵀW‖_inf (or of W Wᵀ, where that is smaller)   costs a product
        "frobenius"     ‖W‖_F

    Returns
    -------
    array of shape (), in the dtype of `w`; 0 for the zero matrix. It is widened by the most that rounding can have
    taken away, a factor 1 + (m + n + 16)·eps (2 m n eps for "gram"), so equality cases come out above by as much.

    Raises
    ------
    UnknownNameError
        No such rule.
    """
    xp = namespace("spectral_bound", w=w)
    _require_matrix("spectral_bound", w)
    require_choice("spectral_bound", "rule", rule, SPECTRAL_RULES)
    largest = xp.max(xp.abs(w))
    unit = xp.where(largest > 0, largest, largest * 0 + 1)
    # a sum of k non-negative terms is low by at most k·eps/2; the scaling, the square root and the widening itself by
    # a few eps more. A Gram entry is off by m·eps/2·‖w_i‖‖w_j‖, a row sum by n such, of which ‖WᵀW‖_inf >= max ‖w_i‖²
    terms = 2 * w.shape[0] * w.shape[1] if rule == "gram" else w.shape[0] + w.shape[1]
    return unit * _squared_bound(xp, w / unit, rule) ** 0.5 * (1 + (terms + 16) * epsilon(xp, w))


def spectral_bound_squared(w: Array, rule: str = "rows-columns") -> Array:
    """The square of `spectral_bound` without its widening: rational, hence exact on fractions.

    >>> from lipref import exact
    >>> spectral_bound_squared(exact([["1/2", 0], [0, "1/3"]]), "rows-columns")
    Fraction(1, 4)
    """
    xp = namespace("spectral_bound_squared", exact=True, w=w)
    _require_matrix("spectral_bound_squared", w)
    require_choice("spectral_bound_squared", "rule", rule, SPECTRAL_RULES)
    return _squared_bound(xp, w, rule)


def spectral_bound_gradient(w: Array, rule: str = "rows-columns") -> Array:
    """A subgradient of √`spectral_bound_squared`, or of σ_max itself for the rule "spectral".

    Parameters
    ----------
    w : array, shape (m, n), not zero
    rule : str
        As `spectral_bound`, or "spectral".

    Returns
    -------
    array, shape (m, n). Where several entries, rows, columns or singular values are largest, that of the first; where
    a summand |x| vanishes, 0. Its inner product with `w` is the bound, which is homogeneous of degree one.

    Raises
    ------
    DomainError
        `w` is zero.
    """
    function = "spectral_bound_gradient"
    xp = namespace(function, w=w)
    _require_matrix(function, w)
    require_choice(function, "rule", rule, (*SPECTRAL_RULES, "spectral"))
    largest = xp.max(xp.abs(w))
    if not bool(largest > 0):
        raise DomainError(function, "w other than zero, where no bound is differentiable", "w = 0")
    unit, signs = w / largest, xp.sign(w)
    if rule == "spectral":
        left, _, right = xp.linalg.svd(unit, full_matrices=False)
        return left[:, :1] * right[:1, :]
    bound = _squared_bound(xp, unit, rule) ** 0.5
    if rule == "frobenius":
        return unit / bound
    if rule == "gram":
        if w.shape[0] < w.shape[1]:
            return spectral_bound_gradient(w.T, rule).T
        gram = xp.matmul(unit.T, unit)
        chosen = _first_largest(xp, xp.sum(xp.abs(gram), axis=1))
        row_signs = xp.sign(xp.matmul(chosen, gram))
        # row i of |WᵀW| sums s_j ⟨w_i, w_j⟩: w_j receives s_j w_i, and w_i receives Σ s_j w_j
        column, total = xp.matmul(unit, chosen), xp.matmul(unit, row_signs)
        return (column[:, None] * row_signs[None, :] + total[:, None] * chosen[None, :]) / (2 * bound)
    rows, columns = w.shape
    size = xp.abs(unit)
    column_sums, row_sums = xp.sum(size, axis=0), xp.sum(size, axis=1)
    column = signs * _first_largest(xp, column_sums)[None, :]
    row = signs * _first_largest(xp, row_sums)[:, None]
    if rule == "columns":
        return columns**0.5 * column
    if rule == "rows":
        return rows**0.5 * row
    if rule == "rows-columns":
        return (xp.max(row_sums) * column + xp.max(column_sums) * row) / (2 * bound)
    entry = xp.reshape(_first_largest(xp, xp.reshape(size, (-1,))), w.shape)
    return (rows * columns) ** 0.5 * signs * entry


def spectral_estimate(w: Array, u: Array, *, steps: int = 1) -> tuple[Array, Array, Array]:
    """Power iteration from `u`: (estimate of σ_max, left vector, right vector).

    Parameters
    ----------
    w : array, shape (m, n)
    u : array, shape (m,), not zero
        Left vector to start from, of any length.
    steps : int >= 1

    Returns
    -------
    sigma, u, v : arrays of shapes (), (m,), (n,)
        v = Wᵀu/‖Wᵀu‖ and u = W v/‖W v‖, repeated; sigma = ‖W v‖ <= σ_max up to rounding: an estimate from below,
        never a bound. Where W v or Wᵀu vanishes the vectors are returned as zeros, and sigma is 0.

    Raises
    ------
    DomainError
        `u` is zero.
    """
    xp = namespace("spectral_estimate", w=w, u=u)
    _require_matrix("spectral_estimate", w)
    require_integer("spectral_estimate", "steps", steps, at_least=1)
    if tuple(u.shape) != (w.shape[0],):
        raise ShapeError("spectral_estimate", f"u of shape ({w.shape[0]},)", f"{tuple(u.shape)}", shape=tuple(u.shape))
    if not bool(xp.any(u != 0)):
        raise DomainError("spectral_estimate", "a start vector that is not zero", "u = 0")
    for _ in range(steps):
        v = dual_vector(xp.matmul(w.T, u))
        image = xp.matmul(w, v)
        sigma, u = _norm(xp, image, 2, -1, "spectral_estimate"), dual_vector(image)
    return sigma, u, v


def certify_spectral_norm(w: Array, bound: float = 1.0) -> bool:
    """Whether σ_max(W) <= `bound` could be proved in floating point; False says only that it could not.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, float32 or float64
    bound : float > 0

    Returns
    -------
    bool
        True is a proof, for the very numbers stored in `w`, under IEEE arithmetic without underflow.

    Notes
    -----
    The n×n Gram matrix of the shorter side, of k-term sums, is formed in float64 with relative unit roundoff u, off by
    at most γ_k tr(WᵀW) in norm, γ_k = k u/(1 - k u). If the Cholesky factorisation of A = (bound² - s) I - WᵀW runs to
    its end in floating point, then λ_min(A) >= -γ_{n+1}/(1 - γ_{n+1})·tr(A). The shift s is at least the sum of both:
    bound² I - WᵀW is positive semidefinite. A weight that is bound·(1 - k n u) times an orthonormal one passes.
    """
    xp = namespace("certify_spectral_norm", w=w)
    _require_matrix("certify_spectral_norm", w)
    require_number("certify_spectral_norm", "bound", bound, above=0)
    tall = xp.astype(w if w.shape[0] >= w.shape[1] else w.T, xp.float64)
    gram = xp.matmul(tall.T, tall)
    rows, columns = tall.shape
    unit = 2.0**-53
    diagonal = xp.linalg.diagonal(gram)
    trace = float(xp.sum(diagonal))
    square = float(bound) ** 2 * (1 - 4 * unit)
    if not square < math.inf or not trace < math.inf or float(xp.max(diagonal)) > square:
        return False
    # twice the first-order terms covers the denominators 1 - k u, the rounding of the traces and of the diagonal
    shift = 2 * unit * (rows * trace + (columns + 2) * (columns * square - trace) + 4 * columns * square)
    if shift >= square:
        return False
    slack = (square - shift) * xp.eye(columns, dtype=gram.dtype, **_on(w)) - gram
    return _cholesky_succeeds(xp, slack)


def shrink_within(w: Array, bound: float = 1.0) -> Array:
    """`w`, times a factor just small enough that σ_max <= `bound` is proved; `w` itself when it passes already.

    Parameters
    ----------
    w : array, shape (m, n) with m, n > 0, float32 or float64
    bound : float > 0

    Returns
    -------
    array, shape and dtype of `w`, for which `certify_spectral_norm(_, bound)` is True

    Raises
    ------
    ConvergenceError
        No factor down to half of bound/σ_max was provable (m n beyond 2^50, or entries that underflow).
    """
    xp = namespace("shrink_within", w=w)
    _require_matrix("shrink_within", w)
    require_number("shrink_within", "bound", bound, above=0)
    if certify_spectral_norm(w, bound):
        return w
    wide = xp.astype(w, xp.float64)
    sigma = float(xp.linalg.svdvals(wide)[0])
    factor = min(1.0, float(bound) / sigma)
    # rounding to the dtype of w adds noise of at least eps/4; the certificate itself needs m n u
    loss = max(epsilon(xp, w) / 4, w.shape[0] * w.shape[1] * 2.0**-53)
    while loss < 0.5:
        candidate = xp.astype(wide * (factor * (1 - loss)), w.dtype)
        if certify_spectral_norm(candidate, bound):
            return candidate
        loss *= 1.5
    raise ConvergenceError("shrink_within", f"a provable norm <= {bound}", f"none for sigma_max = {sigma}", sigma=sigma)


def _cholesky_succeeds(xp: Any, a: Array) -> bool:
    """Whether the factorisation of the symmetric `a` runs to its end.

    Libraries answer a failure by an error, by NaN or, silently, by a matrix that is no factor: the product is compared
    with `a` too, far more coarsely than a true factor needs.
    """
    try:
        factor = xp.linalg.cholesky(a)
    except Exception as error:  # each library has an error class of its own
        if "LinAlg" in type(error).__name__:
            return False
        raise
    largest = xp.max(xp.abs(a))
    defect = xp.max(xp.abs(xp.matmul(factor, factor.T) - a))
    return bool(xp.all(xp.isfinite(factor))) and bool(defect <= 8 * a.shape[0] * epsilon(xp, a) * largest)


def _norm(xp: Any, x: Array, p: float | Fraction, axis: int, function: str) -> Array:
    size = xp.abs(x)
    if p == 1:
        return xp.sum(size, axis=axis)
    if p == math.inf:
        return xp.max(size, axis=axis)
    if is_exact(x):
        raise DomainError(function, "p = 1 or p = inf in exact mode, where the norm is rational", f"p = {p}", p=p)
    largest = xp.max(size, axis=axis, keepdims=True)
    unit = xp.where(largest > 0, largest, largest * 0 + 1)
    ratio = size / unit
    powers = ratio * ratio if p == 2 else ratio ** float(p)
    return xp.squeeze(unit, axis=axis) * xp.sum(powers, axis=axis) ** (1 / float(p))


def _squared_bound(xp: Any, w: Array, rule: str) -> Array:
    rows, columns = w.shape
    size = xp.abs(w)
    if rule == "entries":
        return rows * columns * xp.max(size) ** 2
    if rule == "frobenius":
        return xp.sum(size * size)
    if rule == "gram":
        tall = w if rows >= columns else w.T
        return xp.max(xp.sum(xp.abs(xp.matmul(tall.T, tall)), axis=1))
    column_sum, row_sum = xp.max(xp.sum(size, axis=0)), xp.max(xp.sum(size, axis=1))
    if rule == "columns":
        return columns * column_sum**2
    return rows * row_sum**2 if rule == "rows" else column_sum * row_sum


def _first_largest(xp: Any, x: Array) -> Array:
    """1 at the first largest entry of the vector `x`, 0 elsewhere, in its dtype."""
    best = xp.argmax(x)
    places = xp.arange(x.shape[0], dtype=best.dtype, **_on(x))
    return xp.astype(places == best, x.dtype)


def _signs(xp: Any, x: Array) -> Array:
    return x * 0 + xp.sign(x)


def _on(x: Array) -> dict[str, Any]:
    """Keyword that puts a new array on the device of `x`; nothing in exact mode."""
    return {} if is_exact(x) else {"device": x.device}


def _operator(function: str, w: Array, p: Any, q: Any) -> tuple[Any, Any, Any]:
    xp = namespace(function, exact=True, w=w)
    _require_matrix(function, w)
    q = p if q is None else q
    _require_exponent(function, "p", p)
    _require_exponent(function, "q", q)
    if not (p == 1 or q == math.inf or p == q == 2):
        raise DomainError(
            function, "p = 1, q = inf or p = q = 2, which have closed forms", f"p = {p}, q = {q}", p=p, q=q
        )
    if is_exact(w) and p == q == 2:
        raise DomainError(function, "a rational norm in exact mode", "p = q = 2", p=p, q=q)
    return xp, p, q


def _require_exponent(function: str, name: str, p: Any) -> None:
    if p is not math.inf and p != math.inf:
        require_number(function, name, p, at_least=1)


def _require_axis(function: str, x: Array, axis: int) -> None:
    if not -x.ndim <= axis < x.ndim or x.shape[axis] == 0:
        raise ShapeError(function, f"axis {axis} of positive length", f"x of shape {tuple(x.shape)}", axis=axis)


def _require_matrix(function: str, w: Array) -> None:
    if w.ndim != 2 or 0 in w.shape:
        raise ShapeError(function, "w of shape (m, n) with m, n > 0", f"shape {tuple(w.shape)}", shape=tuple(w.shape))
