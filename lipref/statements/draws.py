"""What checks draw: rational vectors, orthogonal matrices, weights of known singular values, exact networks.

Everything is a NumPy object array of `Fraction`, so that a check can assert equality. Rational orthogonal matrices are
products of signed permutations and of plane rotations by Pythagorean angles, ((1 - t²)/(1 + t²), 2t/(1 + t²)).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref._array import Array, exact

HALF = Fraction(1, 2)


def fractions(bound: int = 3, denominators: tuple[int, ...] = (1, 2, 3)) -> st.SearchStrategy[Fraction]:
    """Fractions in [-bound, bound]; many are equal, small, or zero."""
    return st.sampled_from(denominators).flatmap(
        lambda d: st.integers(-bound * d, bound * d).map(lambda n: Fraction(n, d))
    )


def arrays(*shape: int, bound: int = 3) -> st.SearchStrategy[Array]:
    """Exact arrays of the given shape."""
    size = int(np.prod(shape))
    return st.lists(fractions(bound), min_size=size, max_size=size).map(lambda v: exact(v).reshape(shape))


@st.composite
def orthogonal(draw: Any, n: int) -> Array:
    """Exact orthogonal n×n matrices: signed permutations times up to two rotations."""
    matrix = identity(n)[draw(st.permutations(range(n)))]
    signs = draw(st.lists(st.sampled_from([1, -1]), min_size=n, max_size=n))
    matrix = exact(signs)[:, None] * matrix
    for _ in range(draw(st.integers(0, 2)) if n > 1 else 0):
        i, j = draw(st.permutations(range(n)))[:2]
        t = draw(st.sampled_from([HALF, Fraction(1, 3), Fraction(2, 3)]))
        cosine, sine = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
        rotation = identity(n)
        rotation[[i, i, j, j], [i, j, i, j]] = [cosine, -sine, sine, cosine]
        matrix = rotation @ matrix
    return matrix


@st.composite
def with_singular_values(draw: Any, m: int, n: int, values: Any) -> tuple[Array, Array, Array, Array]:
    """(W, U, s, V): W = U diag(s) Vᵀ exactly, U (m, k), V (n, k), k = min(m, n), and s drawn from `values`."""
    k = min(m, n)
    u, v = draw(orthogonal(m))[:, :k], draw(orthogonal(n))[:, :k]
    s = exact(draw(st.lists(values, min_size=k, max_size=k)))
    return (u * s) @ v.T, u, s, v


def weights(m: int, n: int) -> st.SearchStrategy[Array]:
    """Exact m×n matrices with ‖W‖₂ <= 1: often orthonormal rows or columns, sometimes singular values 1/2 or 0."""
    values = st.sampled_from([Fraction(1), Fraction(1), Fraction(1), HALF, Fraction(0)])
    return with_singular_values(m, n, values).map(lambda drawn: drawn[0])


def identity(n: int) -> Array:
    return exact(np.eye(n, dtype=int))


def normsq(x: Array) -> Fraction:
    """Squared 2-norm, exact."""
    return sum((v * v for v in np.ravel(x)), Fraction(0))
