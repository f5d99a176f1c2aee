"""Falsification that searches: pairs of points on which a map stretches more than it claims.

A map f claimed K-Lipschitz from (Rⁿ, p) to (Rᵐ, q) is refuted by one pair x, z with ‖f(x) - f(z)‖_q > K ‖x - z‖_p.
Three ways to a pair: (a) random pairs at several scales; (b) at a point, the Jacobian by difference quotients along a
basis (one batched call) or, in wide spaces, Krylov vectors of JᵀJ from Jacobian–vector products and the subject's own
backward; then the direction of steepest stretch; (c) ascent: the best pairs are moved and rescaled while they get
better.

Rounding is never called a violation. What is maximised is not the quotient but a lower bound of it,

    (‖f(x) - f(z)‖_q - noise) / ‖x - z‖_p,   noise = c u √max(n, m) (‖f(x)‖_q + ‖f(z)‖_q + K (‖x‖ + ‖z‖)),

which drives the search to pairs that are far enough apart for the arithmetic of the subject to resolve them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lipref.norms import dual_vector, operator_norm, operator_norm_maximiser, vector_norm

ROUNDING = 16.0
"""c above. A map of depth d with dot products of length n errs by about d u √n in the mean (random signs) and d u n at
most; 16 covers the depth of the networks that are tested and is far below what a 1e-3 excess needs."""


class Pair(NamedTuple):
    """Two points and what the map does to their distance."""

    x: np.ndarray
    z: np.ndarray
    quotient: float
    """‖f(x) - f(z)‖_q / ‖x - z‖_p, evaluated in float64 from the subject's outputs."""
    noise: float
    """Rounding in the subject's evaluation, in units of the quotient."""

    @property
    def certain(self) -> float:
        """What the quotient is at least, rounding considered."""
        return self.quotient - self.noise


def norm(x: np.ndarray, p: float) -> np.ndarray:
    """p-norm over all axes but the first, in float64."""
    flat = np.reshape(np.asarray(x, dtype=np.float64), (x.shape[0], -1))
    return np.asarray(vector_norm(flat, p, axis=-1))


def quotients(
    f: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    z: np.ndarray,
    p: float,
    q: float,
    unit_roundoff: float,
    lipschitz: float,
) -> list[Pair]:
    """The pairs (x[i], z[i]) measured; coincident points are left out."""
    both = f(np.concatenate([x, z]))
    fx, fz = both[: len(x)].astype(np.float64), both[len(x) :].astype(np.float64)
    apart = norm(x.astype(np.float64) - z.astype(np.float64), p)
    moved = norm(fx - fz, q)
    width = max(x[0].size, fx[0].size) if len(x) else 1
    sizes = norm(fx, q) + norm(fz, q) + lipschitz * (norm(x, p) + norm(z, p))
    noise = ROUNDING * unit_roundoff * np.sqrt(width) * sizes
    return [Pair(x[i], z[i], float(moved[i] / apart[i]), float(noise[i] / apart[i])) for i in range(len(x)) if apart[i]]


def jacobian(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, step: float) -> np.ndarray:
    """Difference-quotient Jacobian (m, n) at one point x, in one batched call."""
    flat = np.reshape(x, (-1,))
    moved = np.reshape(flat + step * np.eye(flat.size, dtype=x.dtype), (flat.size, *x.shape))
    values = np.asarray(f(np.concatenate([x[None], moved])), dtype=np.float64).reshape(flat.size + 1, -1)
    exact_steps = np.diagonal(np.reshape(moved, (flat.size, -1)).astype(np.float64)) - flat.astype(np.float64)
    return ((values[1:] - values[0]) / exact_steps[:, None]).T


def steepest(j: np.ndarray, p: float, q: float) -> np.ndarray:
    """Direction of unit p-norm stretched most: exact where a closed form exists, else by power iteration."""
    if p == q == 2 or p == 1 or np.isinf(q):
        return np.asarray(operator_norm_maximiser(j, p, q))
    best, stretch = np.zeros(j.shape[1]), -1.0
    rng = np.random.default_rng(0)
    starts = [*np.eye(j.shape[1])[:8], *np.sign(j)[:16], *rng.standard_normal((8, j.shape[1]))]
    for start in starts:
        v = start
        for _ in range(20):  # Boyd's power method: v <- dual of Jᵀ(dual of J v); monotone, may stop at a local maximum
            if not np.any(v) or not np.any(j @ v):
                break
            v = v / vector_norm(v, p)
            u = dual_vector(j @ v, q)
            v = _unit_maximiser(j.T @ u, p)
        value = float(vector_norm(j @ v, q)) / max(float(vector_norm(v, p)), 1e-300)
        if value > stretch:
            best, stretch = v, value
    return best


def _unit_maximiser(g: np.ndarray, p: float) -> np.ndarray:
    """argmax of <g, v> over ‖v‖_p <= 1."""
    q = np.inf if p == 1 else 1.0 if np.isinf(p) else p / (p - 1)
    return np.asarray(dual_vector(g, q))


def worst_pair(
    f: Callable[[np.ndarray], np.ndarray],
    starts: np.ndarray,
    p: float,
    q: float,
    *,
    unit_roundoff: float,
    lipschitz: float,
    backward: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    rounds: int = 3,
    seed: int = 0,
    full_jacobian_up_to: int = 1024,
) -> Pair | None:
    """The pair with the largest certain quotient that the search finds from the given starting points.

    Parameters
    ----------
    f : batch -> batch
    starts : array (points, ...)
    p, q : norms of the input and output space
    unit_roundoff, lipschitz : of the subject; for the noise model
    backward : (x, dy) -> dx, optional, for Krylov vectors where the Jacobian is too wide to form
    """
    rng = np.random.default_rng(seed)
    dtype = starts.dtype
    scales = (1e-1, 1.0, 1e2)
    noise = np.concatenate([starts + (s * rng.standard_normal(starts.shape)).astype(dtype) for s in scales])
    pairs = quotients(f, np.concatenate([starts] * len(scales)), noise, p, q, unit_roundoff, lipschitz)
    pairs += quotients(f, starts, -starts, p, q, unit_roundoff, lipschitz)
    for x in starts:
        pairs += _climb(f, x, p, q, unit_roundoff, lipschitz, backward, rounds, rng, full_jacobian_up_to)
    return max(pairs, key=lambda pair: pair.certain, default=None)


def _climb(f, x, p, q, unit_roundoff, lipschitz, backward, rounds, rng, full_jacobian_up_to) -> list[Pair]:
    """Local ascent from one point: steepest direction, then the same direction at many step lengths."""
    found: list[Pair] = []
    for _ in range(rounds):
        scale = max(float(np.max(np.abs(x), initial=0.0)), 1.0)
        # balances truncation and rounding of a one-sided quotient of a piecewise-smooth map
        step = float(2.0 ** np.round(np.log2(np.sqrt(unit_roundoff) * scale))) * 2
        if x.size <= full_jacobian_up_to:
            v = steepest(jacobian(f, x, step), p, q)
        elif backward is not None and p == q == 2:
            v = _krylov(f, backward, x, scale, rng)
        else:
            v = _within_subspace(f, x, step, p, q, rng)
        if not np.any(v):
            break
        v = np.reshape(v / np.max(np.abs(v)), x.shape)
        lengths = scale * 2.0 ** np.arange(-12, 6)
        ends = np.stack([(x + length * v).astype(x.dtype) for length in (*lengths, *-lengths)])
        found += quotients(f, np.stack([x] * len(ends)), ends, p, q, unit_roundoff, lipschitz)
        # the stretch may be larger elsewhere: go on from the middle of the best pair so far, moved a little
        best = max(found, key=lambda pair: pair.certain, default=None)
        if best is None:
            break
        x = ((best.x + best.z) / 2 + scale * 0.1 * rng.standard_normal(x.shape)).astype(x.dtype)
    return found


def _within_subspace(f, x, step, p, q, rng, dimension: int = 256) -> np.ndarray:
    """Direction stretched most within a random subspace: all that quotients of f alone can afford in wide spaces."""
    basis, _ = np.linalg.qr(rng.standard_normal((x.size, min(dimension, x.size))))
    basis *= np.sqrt(x.size)  # entries of size 1, so that the step suits each of them
    moved = (x.reshape(-1) + step * basis.T).astype(x.dtype).reshape(-1, *x.shape)
    values = f(np.concatenate([x[None], moved])).astype(np.float64).reshape(len(moved) + 1, -1)
    return basis @ steepest(((values[1:] - values[0]) / step).T, p, q)


def _krylov(f, backward, x, step, rng, dimension: int = 24) -> np.ndarray:
    """Direction stretched most within the Krylov space of JᵀJ: J by quotients of f, Jᵀ by the subject's backward.

    A norm that exceeds a crowd of equal singular values by 1e-3 is found within a few vectors, where power iteration
    needs thousands. The step is as long as the largest entry of x: a short one would drown such an excess in rounding.
    """
    y = f(x[None])
    base = y[0].astype(np.float64).reshape(-1)
    vectors: list[np.ndarray] = []
    images: list[np.ndarray] = []
    v = rng.standard_normal(x.size)
    for _ in range(min(dimension, x.size)):
        for other in (*vectors, *vectors):  # twice: orthogonal to rounding
            v = v - (other @ v) * other
        size = float(np.linalg.norm(v))
        if not size > 0:
            break
        vectors.append(v / size)
        end = (x + step * vectors[-1].reshape(x.shape)).astype(x.dtype)
        rise = (f(end[None])[0].astype(np.float64).reshape(-1) - base) / step
        images.append(rise)
        cotangent = rise.reshape(y.shape).astype(x.dtype)
        v = np.asarray(backward(x[None], cotangent), dtype=np.float64).reshape(-1)
        if not np.any(v):
            break
    _, _, coefficients = np.linalg.svd(np.stack(images, axis=1), full_matrices=False)
    return np.asarray(np.stack(vectors, axis=1) @ coefficients[0])


def dense_matrix(f: Callable[[np.ndarray], np.ndarray], input_shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(W, b), W of shape (m, n), of an affine map, by applying it to zero and to a basis in batches of 256.

    The basis is scaled by the power of two t next above 64 max |b|: adding b_i then rounds the entry W_ij by at most
    u (|b_i| / t + |W_ij|) <= u (1/64 + |W_ij|), however large b is.
    """
    n = int(np.prod(input_shape))
    offset = np.asarray(f(np.zeros((1, *input_shape))), dtype=np.float64).reshape(-1)
    t = 2.0 ** np.ceil(np.log2(max(64.0 * float(np.max(np.abs(offset), initial=0.0)), 1.0)))
    columns = []
    for start in range(0, n, 256):
        basis = t * np.eye(min(256, n - start), n, start).reshape(-1, *input_shape)
        columns.append((np.asarray(f(basis), dtype=np.float64).reshape(len(basis), -1) - offset) / t)
    return np.concatenate(columns).T, offset


def exact_norm(w: np.ndarray, p: float, q: float) -> float:
    """Operator norm of a float64 matrix where it has a closed form (1->q, p->inf, 2->2)."""
    return float(operator_norm(np.asarray(w, dtype=np.float64), p, q))
