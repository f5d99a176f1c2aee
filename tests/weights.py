"""Hypothesis strategies that draw weights, the hard cases by design, and exact judges of their norms."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

SHAPES = [(1, 1), (1, 4), (4, 1), (3, 3), (5, 3), (3, 5), (6, 6)]
seeds = st.integers(0, 2**32 - 1)


def assembled(rng, shape, values):
    """U diag(values) Vᵀ with random orthonormal U and V, min(shape) values."""
    rows, columns = shape
    left = np.linalg.qr(rng.standard_normal((rows, rows)))[0][:, : len(values)]
    right = np.linalg.qr(rng.standard_normal((columns, columns)))[0][:, : len(values)]
    return (left * np.asarray(values)) @ right.T


@st.composite
def spectra(draw, count, low=0.2, high=1.4):
    """`count` singular values in [low, high]: all equal, two equal, or all different."""
    kind = draw(st.sampled_from(["equal", "pair", "different"]))
    values = np.random.default_rng(draw(seeds)).uniform(low, high, count)
    if kind == "equal":
        values[:] = values[0]
    elif kind == "pair":
        values[-1] = values[0]
    return values


@st.composite
def full_rank(draw, low=0.2, high=1.4, shapes=SHAPES):
    """(weight, its singular values in no order): square, tall, wide, one row, one column; equal singular values too."""
    shape = draw(st.sampled_from(shapes))
    values = draw(spectra(min(shape), low, high))
    return assembled(np.random.default_rng(draw(seeds)), shape, values), values


@st.composite
def weights(draw):
    """Any weight: generic, rank-deficient, zero, sparse, constant, of tiny or huge scale."""
    shape = draw(st.sampled_from(SHAPES))
    rng = np.random.default_rng(draw(seeds))
    kind = draw(st.sampled_from(["generic", "deficient", "zero", "sparse", "constant", "tiny", "huge"]))
    w = rng.standard_normal(shape)
    if kind == "deficient":
        w = np.outer(w[:, 0], w[0, :])
    elif kind == "sparse":
        w = w * (rng.random(shape) < 0.3)
    elif kind in ("zero", "constant"):
        w = np.full(shape, 0.0 if kind == "zero" else -1.5)
    return w * {"tiny": 2.0**-90, "huge": 2.0**90}.get(kind, 1.0)


def norm_is_at_most(w, bound):
    """σ_max(w) <= bound, decided in exact arithmetic: bound² I - WᵀW is positive semidefinite by its LDLᵀ pivots."""
    exact = [[Fraction(float(v)) for v in row] for row in (w if w.shape[0] >= w.shape[1] else w.T)]
    n = len(exact[0])
    a = [[-sum(row[i] * row[j] for row in exact) for j in range(n)] for i in range(n)]
    for i in range(n):
        a[i][i] += Fraction(bound) ** 2
    for k in range(n):
        if a[k][k] < 0 or (a[k][k] == 0 and any(a[k][j] != 0 for j in range(k, n))):
            return False
        for i in range(k + 1, n):
            if a[k][k] != 0:
                factor = a[i][k] / a[k][k]
                for j in range(k, n):
                    a[i][j] -= factor * a[k][j]
    return True


def defect(w):
    """‖I - WᵀW‖₂ of the shorter side, in float64."""
    x = np.asarray(w, dtype=np.float64)
    x = x if x.shape[0] >= x.shape[1] else x.T
    return float(np.max(np.abs(np.linalg.eigvalsh(x.T @ x - np.eye(x.shape[1])))))
