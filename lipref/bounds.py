"""Operator norms of stored numbers, bounded from above with every rounding counted, and weights made to respect them.

A certificate is worth what the bound under it is worth: `norm_bound` is never below the true norm of the floating
numbers it is given, whatever their dtype, and `shrink` changes a weight by a few units of rounding so that its true
norm is at most the stated one. Both work on the host in double precision; neither has a derivative.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from lipref._array import Array, is_exact, library, namespace, to_backend, to_numpy
from lipref.errors import ConvergenceError, DomainError, DTypeError, ShapeError
from lipref.norms import certify_spectral_norm, shrink_within

Norms = tuple[float, float]
"""(p, q) of the operator norm from (R^n, p) to (R^m, q)."""


def _fsum_up(values: Any) -> float:
    """Smallest double that is not below the exact sum: math.fsum, moved up where it rounded down."""
    values = list(values)
    total = math.fsum(values)
    return math.nextafter(total, math.inf) if math.fsum([*values, -total]) > 0 else total


def norm_bound(weight: Array, p: float = 2, q: float | None = None) -> float:
    """Guaranteed upper bound of ‖W‖_{p→q} of the stored numbers, as a double, close to it.

    Pairs: (inf, inf) and (1, 1), row and column sums; (p, inf) for p = 1, 2, inf, rows; (1, q) for q = 1, 2, inf,
    columns; (2, 2). Sums of absolute values are exactly rounded upwards; the 2-norm is proved by
    `norms.certify_spectral_norm`, within about m·n·2^-53 of the largest singular value.

    Raises
    ------
    DomainError
        Another pair of norms, which has no closed form here.
    """
    q = p if q is None else q
    namespace("norm_bound", exact=True, weight=weight)
    if weight.ndim != 2 or 0 in weight.shape:
        raise ShapeError("norm_bound", "a matrix with entries", f"shape {tuple(weight.shape)}", shape=weight.shape)
    w = to_numpy(weight)
    w = w if is_exact(w) else w.astype(np.float64)
    if q == math.inf and p in (1, 2, math.inf):
        rows = abs(w)
    elif p == 1 and q in (1, 2):
        rows, p = abs(w).T, math.inf if q == 1 else 2
    elif (p, q) == (2, 2):
        return _spectral_bound(w)
    else:
        raise DomainError("norm_bound", "(p, q) one of (p, inf), (1, q), (2, 2)", f"({p}, {q})", p=p, q=q)
    if p == 1:
        return _float_up(np.max(rows))
    if p == math.inf:
        return max(_float_up(sum(row)) if is_exact(w) else _fsum_up(row.tolist()) for row in rows)
    return max(_row_norm_up(row) for row in rows)


def _float_up(value: Any) -> float:
    rounded = float(value)
    return rounded if Fraction(rounded) >= Fraction(value) else math.nextafter(rounded, math.inf)


def _row_norm_up(row: np.ndarray) -> float:
    """Upper bound of the 2-norm of one row, scaled so that no square underflows into a wrong bound."""
    largest = _float_up(np.max(row))
    if largest == 0:
        return 0.0
    # each scaled square carries two roundings, the sum one, the root and the product one each: 8 eps covers them
    square = math.fsum((float(v) / largest) ** 2 for v in row)
    return math.nextafter(largest * math.sqrt(square) * (1 + 8 * np.finfo(np.float64).eps), math.inf)


def _spectral_bound(w: np.ndarray) -> float:
    """A bound just above the largest singular value that `certify_spectral_norm` proves; 1 where that is provable."""
    values = w.astype(np.float64)
    if not np.any(values):
        return 0.0
    # entries of fractions are rounded once: that moves the norm by at most 2^-53 ‖w‖_F
    rounding = float(np.linalg.norm(values)) * 2.0**-52 if is_exact(w) else 0.0
    ceiling = 1.0 if not is_exact(w) and certify_spectral_norm(values, 1.0) else math.inf
    sigma = float(np.linalg.norm(values, 2))
    loss = values.size * 2.0**-53
    while sigma * (1 + loss) < ceiling:
        if certify_spectral_norm(values, sigma * (1 + loss)):
            return sigma * (1 + loss) + rounding
        loss *= 2
        if loss > 1:
            raise ConvergenceError("norm_bound", "a provable bound within twice the norm", f"none for {sigma}")
    return ceiling


def shrink(weight: Array, norms: Norms, bound: float = 1.0) -> Array:
    """The weight, scaled down by as little as rounding allows until its true norm is at most `bound`.

    A weight within the bound is returned as it is. Row bounds (q = inf) scale the rows that exceed, the others
    the whole matrix. The result is checked with `norm_bound`, so the promise is about the numbers returned.
    """
    if is_exact(weight):
        raise DTypeError("shrink", "float32 or float64", "fractions, whose norms need no rounding")
    xp = namespace("shrink", weight=weight)
    p, q = norms
    if (p, q) == (2, 2):
        return shrink_within(weight, bound)
    unit = float(xp.finfo(weight.dtype).eps)
    w = to_numpy(weight)
    for attempt in range(8):
        # scaling an entry rounds it by unit/2, relative: one unit below the quotient is enough but for underflow
        slack = 1 - unit * 2**attempt
        if q == math.inf:
            sizes = [norm_bound(row[None, :], p, q) for row in w]
            factors = np.array([[bound / size * slack if size > bound else 1.0] for size in sizes])
        else:
            size = norm_bound(w, p, q)
            factors = np.array([[bound / size * slack if size > bound else 1.0]])
        if np.all(factors == 1.0):
            return weight if attempt == 0 else to_backend(w, library(weight), device=weight.device)
        w = (w * factors).astype(w.dtype)
    raise ConvergenceError("shrink", f"a weight of norm at most {bound}", "a norm above it after 8 rescalings")
