"""Contract on certificates: `certificate`, a classifier `predict(x)` with a radius `radius(x)`.

A certificate is refuted by one point within the radius that is classified otherwise. Every attack that is available is
tried: random directions, the segment to every point known to be of another class (with bisection to the frontier),
ascent on the scores with the subject's own backward, walks along the frontier, and the normal of the frontier. The pair
that is reported has been classified twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref.conformance.contract import Case, Check, Contract, Parameter, Violation
from lipref.conformance.contracts.activations import NORM, norm_value
from lipref.conformance.contracts.common import generic, quarters
from lipref.conformance.search import norm

SLACK = 64.0
"""By default attacks stay within radius - 64 u (radius + √n ‖x‖): scores are sums of n rounded products as large as x,
and so is the error of a radius made of their differences. A stated tolerance t replaces this by radius · (1 - t)."""


def _shape(case: Case) -> tuple[int, ...]:
    return tuple(case.parameters.input_shape)


@st.composite
def _points(draw: Any, case: Case) -> dict[str, Any]:
    shape = (16, *_shape(case))
    scale = draw(st.sampled_from([0.1, 1.0, 4.0]))
    if draw(st.booleans()) and np.prod(shape) <= 256:
        return {"x": draw(quarters(shape, case.subject.dtype))}
    return {"x": draw(generic(shape, case.subject.dtype, scale))}


def _predict(case: Case, x: np.ndarray) -> np.ndarray:
    assert case.subject.predict is not None
    got = np.asarray(case.subject.predict(x.astype(case.subject.dtype)))
    if got.shape != (len(x),):
        raise Violation(f"predict returned shape {got.shape}, expected {(len(x),)}", got=got.shape, expected=(len(x),))
    return got


def _radius(case: Case, x: np.ndarray) -> np.ndarray:
    assert case.subject.radius is not None
    got = np.asarray(case.subject.radius(x.astype(case.subject.dtype)), dtype=np.float64)
    if got.shape != (len(x),):
        raise Violation(f"radius returned shape {got.shape}, expected {(len(x),)}", got=got.shape, expected=(len(x),))
    return got


def _lawful(case: Case, x: np.ndarray) -> None:
    got = _radius(case, x)
    if not np.all(got >= 0):  # NaN fails too
        raise Violation("a radius is negative or NaN", got=got, expected=">= 0")


def _attackable(case: Case, x: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """What is left of the radii when the rounding of their evaluation, or the stated tolerance, is taken off."""
    if case.tolerance is not None:
        return radius * (1 - case.tolerance)
    size = np.sqrt(x[0].size) * norm(x, norm_value(case.parameters.norm))
    return radius - SLACK * case.subject.unit_roundoff * (radius + size)


def _scaled(case: Case, direction: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Rows of `direction` brought to the p-norm `radius`."""
    p = norm_value(case.parameters.norm)
    size = norm(direction, p)
    size = np.where(size > 0, size, 1.0)
    inside = radius / size
    return direction * inside.reshape(-1, *[1] * (direction.ndim - 1))


def _survives(case: Case, x: np.ndarray) -> None:
    label, radius = _predict(case, x), _radius(case, x)
    finite = _attackable(case, x, np.where(np.isfinite(radius), radius, 1e3))
    attacked = np.flatnonzero(finite > 0)
    if not attacked.size:
        return
    rng = np.random.default_rng(0)
    p = norm_value(case.parameters.norm)
    for i in attacked:
        start = x[i : i + 1].astype(np.float64)
        r, own = finite[i], label[i]
        pool = [rng.standard_normal((32, *_shape(case)))]
        pool.append(np.sign(rng.standard_normal((32, *_shape(case)))))
        basis = np.eye(int(np.prod(_shape(case))))[:64].reshape(-1, *_shape(case))
        pool += [basis, -basis]
        others = x[label != own].astype(np.float64)
        if len(others):
            pool.append(others - start)
        pool.append(_gradient_directions(case, start, p))
        directions = np.concatenate([d for d in pool if len(d)])
        _try(case, start, directions, r, own)
        # to the frontier and along it: directions that change the class somewhere, bisected, then mixed
        far = _flipping(case, start, directions, own, 1e3 * max(1.0, r))
        if len(far):
            ends = _bisect(case, start, far, own)
            for _ in range(3):
                best = ends[np.argsort(norm(ends - start, p))[:8]]
                normals = _normals(case, start, best[0], own, p)
                _try(case, start, np.concatenate([best - start, normals]), r, own)
                mixed = best[rng.integers(0, len(best), 16)] + best[rng.integers(0, len(best), 16)] - 2 * start
                near = norm(best - start, p).min()
                shaken = (
                    best[rng.integers(0, len(best), 16)]
                    - start
                    + 0.3 * near * rng.standard_normal((16, *_shape(case))) / np.sqrt(start.size)
                )
                far = _flipping(case, start, np.concatenate([mixed, shaken]), own, 4 * near, p)
                if not len(far):
                    break
                ends = np.concatenate([best, _bisect(case, start, far, own)])


def _gradient_directions(case: Case, start: np.ndarray, p: float) -> np.ndarray:
    """± steepest directions of every score difference, where the subject shows scores and their backward."""
    if case.subject.backward is None:
        return np.zeros((0, *_shape(case)))
    x = start.astype(case.subject.dtype)
    scores = case.call(x).reshape(1, -1)
    k = scores.shape[1]
    cotangents = [np.eye(k)[j] - np.eye(k)[i] for i in range(k) for j in range(k) if i != j][:64] or [
        np.ones(1),
        -np.ones(1),
    ]
    shape = np.asarray(case.call(x)).shape
    found = []
    for dy in cotangents:
        g = case.pull_back(x, dy.reshape(shape).astype(case.subject.dtype), shape=x.shape).astype(np.float64)
        found.append(np.sign(g) if np.isinf(p) else g if p == 2 else g * (np.abs(g) == np.max(np.abs(g))))
    return np.concatenate(found)


def _try(case: Case, start: np.ndarray, directions: np.ndarray, radius: float, own: Any) -> None:
    p = norm_value(case.parameters.norm)
    delta = _scaled(case, directions, np.full(len(directions), radius))
    for size in (1.0, 0.5):
        ends = (start + size * delta).astype(case.subject.dtype)
        got = _predict(case, ends)
        distance = norm(ends.astype(np.float64) - start, p)
        broken = np.flatnonzero((got != own) & (distance < radius))
        if broken.size:
            j = broken[np.argmin(distance[broken])]
            nearest = _bisect(case, start, ends[j : j + 1], own).astype(case.subject.dtype)
            away = float(norm(nearest.astype(np.float64) - start, p)[0])
            other = _predict(case, nearest)[0]
            if other == own or _predict(case, start)[0] != own or not away < radius:
                continue
            raise Violation(
                f"the class changes from {own} to {other} at distance {away:.9g} < radius {radius:.9g}",
                got=other,
                expected=own,
                excess=float(radius - away),
                inputs={"x": start, "attacked": nearest},
            )


def _flipping(
    case: Case, start: np.ndarray, directions: np.ndarray, own: Any, reach: float, p: float = 2
) -> np.ndarray:
    size = norm(directions, p)
    directions = directions[size > 0]
    size = size[size > 0].reshape(-1, *[1] * (directions.ndim - 1))
    ends = start + reach * directions / size
    return ends[_predict(case, ends) != own] if len(ends) else ends


def _normals(case: Case, start: np.ndarray, end: np.ndarray, own: Any, p: float) -> np.ndarray:
    """± the direction that crosses the frontier soonest in the p-norm, were it flat around `end`.

    Where ⟨w, x - start⟩ = c is that frontier, the ray start + t d meets it at 1/t = ⟨w, d⟩/c: the rays turned by ±h
    along each axis tell w, up to a factor, by the difference of their 1/t.
    """
    size = end.size
    if size > 256:
        return np.zeros((0, *end.shape))
    d = end - start[0]
    turned = 0.05 * float(np.linalg.norm(d)) * np.eye(size).reshape(-1, *end.shape)
    rays = np.concatenate([d + turned, d - turned])
    far = start + 2 * rays
    met = norm(_bisect(case, start, far, own) - start, 2) / norm(rays, 2)
    known = (_predict(case, far) != own) & (met > 0)
    inverse = np.where(known, 1 / np.where(known, met, 1.0), 0.0)
    w = np.where(known[:size] & known[size:], inverse[:size] - inverse[size:], 0.0).reshape(1, *end.shape)
    if not np.any(w):
        return np.zeros((0, *end.shape))
    steepest = np.sign(w) if np.isinf(p) else w if p == 2 else w * (np.abs(w) == np.max(np.abs(w)))
    return np.concatenate([steepest, -steepest])


def _bisect(case: Case, start: np.ndarray, ends: np.ndarray, own: Any) -> np.ndarray:
    """Points of another class near the frontier on each segment."""
    low, high = np.zeros(len(ends)), np.ones(len(ends))
    column = (-1, *[1] * (ends.ndim - 1))
    for _ in range(40):
        middle = (low + high) / 2
        flipped = _predict(case, start + middle.reshape(column) * (ends - start)) != own
        high, low = np.where(flipped, middle, high), np.where(flipped, low, middle)
    return start + high.reshape(column) * (ends - start)


def _consistent(case: Case, x: np.ndarray) -> None:
    for what, function in (("predict", _predict), ("radius", _radius)):
        if not np.array_equal(function(case, x), function(case, x)):
            raise Violation(f"two calls of {what} on one input differ")


def _shape_given(parameters: Any) -> None:
    from lipref.errors import DomainError

    if parameters.input_shape is None:
        raise DomainError("certificate", "input_shape, the shape of one input", "none")


def _no_pair(case: Case) -> str | None:
    if case.subject.predict is None or case.subject.radius is None:
        return "the subject has no predict and radius"
    return None


def _pair_given(case: Case) -> None:
    from lipref.errors import DomainError

    reason = _no_pair(case)
    if reason is not None:
        raise DomainError("certificate", "a subject with predict and radius", reason)


CERTIFICATE = Contract(
    "certificate",
    "predict(x) and radius(x): the class does not change within the radius",
    (NORM, Parameter("input_shape", None, "shape of one input, without the batch axis", kind=tuple)),
    (
        Check("lawful", ("MF-Def2",), "Radii are numbers >= 0.", _points, _lawful, _no_pair),
        Check(
            "sound",
            ("SO-Cert", "MF-Property1"),
            "No perturbation of norm below the radius changes the class.",
            _points,
            _survives,
            _no_pair,
            20,
            shrink=False,
        ),
        Check("deterministic", (), "Equal inputs give equal classes and radii.", _points, _consistent, _no_pair, 10),
    ),
    _shape_given,
    _pair_given,
)
