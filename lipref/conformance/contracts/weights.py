"""Contracts on maps of a weight: `orthonormalize`, `bjorck`, `parseval_step`, `spectral_normalize`, `l1_ball`.

Weights are (out, in). Singular values are drawn, not hoped for: a weight is built from its singular value
decomposition, so that its scale, condition number and coincidences of singular values are known.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lipref.conformance.contract import Case, Check, Contract, Parameter, Violation
from lipref.conformance.contracts.common import function_checks, quarters, require_close, rounding, without_backward
from lipref.orthogonal import bjorck_backward, bjorck_forward, parseval_step_backward, parseval_step_forward
from lipref.projections import l1_ball_backward, l1_ball_forward

CONDITION = 4.0
"""Largest condition number drawn: every method that is used in training converges there within a dozen steps."""

SHAPES = {"square": ((3, 3), (5, 5)), "tall": ((5, 3), (7, 2), (4, 1)), "wide": ((3, 5), (2, 7), (1, 4))}


def _gram(w: np.ndarray) -> np.ndarray:
    """The smaller of WᵀW and WWᵀ, in float64."""
    w = w.astype(np.float64)
    return w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T


def _sigma(w: np.ndarray) -> float:
    return float(np.linalg.norm(w.astype(np.float64), 2))


def _bound(case: Case, w: np.ndarray) -> float:
    """Stated tolerance, or 16 u n: a Gram entry is a sum of n products, each rounded."""
    return case.tolerance if case.tolerance is not None else 16 * case.subject.unit_roundoff * max(w.shape)


@st.composite
def weights(draw: Any, case: Case, low: float = 1 / CONDITION, scaled: bool = True) -> dict[str, Any]:
    """W = U diag(s) Vᵀ with s in [low, 1], equal values among them, times a scale of 2**-10 ... 2**10."""
    wanted = getattr(case.parameters, "shapes", "any")
    choices = [shape for kind, shapes in SHAPES.items() if wanted in ("any", kind) for shape in shapes]
    m, n = draw(st.sampled_from(choices))
    k = min(m, n)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    u, _ = np.linalg.qr(rng.standard_normal((m, k)))
    v, _ = np.linalg.qr(rng.standard_normal((n, k)))
    s = np.array(draw(st.lists(st.integers(0, 4).map(lambda i: low + (1 - low) * i / 4), min_size=k, max_size=k)))
    scale = 2.0 ** draw(st.sampled_from([0, -10, -3, 3, 10])) if scaled else 1.0
    return {"w": (scale * (u * s) @ v.T).astype(case.subject.dtype)}


def _unscaled(case: Case) -> SearchStrategy[dict[str, Any]]:
    return weights(case, scaled=False)


def _with_cotangent(draw_weights: Any) -> Any:
    @st.composite
    def build(draw: Any, case: Case) -> dict[str, Any]:
        w = draw(draw_weights(case))["w"]
        seed = draw(st.integers(0, 2**32 - 1))
        return {"w": w, "dq": np.random.default_rng(seed).standard_normal(w.shape).astype(case.subject.dtype)}

    return build


def renamed(inputs: Any) -> Any:
    """The same inputs under the name x, for the laws of functions."""
    return lambda case: inputs(case).map(lambda drawn: {"x": drawn["w"]})


# ----------------------------------------------------------------------------------------------- orthonormalize


def _orthonormal(case: Case, w: np.ndarray) -> None:
    q = case.call(w, shape=w.shape)
    off = float(np.linalg.norm(_gram(q) - np.eye(min(w.shape)), 2))
    if off > _bound(case, w):
        side = "QᵀQ" if w.shape[0] >= w.shape[1] else "QQᵀ"
        raise Violation(f"‖{side} - I‖ = {off:.3g} > {_bound(case, w):.3g}", got=q, expected=f"{side} = I", excess=off)


def _nearest(case: Case, w: np.ndarray) -> None:
    if not case.parameters.polar:
        return
    q, w64 = case.call(w, shape=w.shape).astype(np.float64), w.astype(np.float64)
    h = q.T @ w64 if w.shape[0] >= w.shape[1] else w64 @ q.T
    sigma = _sigma(w)
    atol = (_bound(case, w) + 16 * case.subject.unit_roundoff * max(w.shape)) * sigma * CONDITION
    skew, low = float(np.linalg.norm(h - h.T, 2)), float(np.linalg.eigvalsh((h + h.T) / 2)[0])
    if skew > atol:
        raise Violation(
            f"‖H - Hᵀ‖ = {skew:.3g} > {atol:.3g} for H = QᵀW (WQᵀ when wide): Q is not nearest",
            got=q,
            excess=skew - atol,
        )
    if low < -atol:
        raise Violation(
            f"H has the eigenvalue {low:.3g} < 0: Q is not the nearest orthonormal matrix", got=q, excess=-low
        )


def _scale_free(case: Case, w: np.ndarray) -> None:
    q = case.call(w, shape=w.shape)
    for factor in (0.5, 2.0, 64.0):
        atol = 2 * (_bound(case, w) + 16 * case.subject.unit_roundoff * max(w.shape)) * CONDITION
        require_close(f"Q({factor:g} W) against Q(W)", case.call((factor * w).astype(w.dtype)), q, atol)


def _fixes_orthonormal(case: Case, w: np.ndarray) -> None:
    u, _, vt = np.linalg.svd(w.astype(np.float64), full_matrices=False)
    q = (u @ vt).astype(w.dtype)
    atol = 2 * _bound(case, w) + 16 * case.subject.unit_roundoff * max(w.shape)
    require_close("an orthonormal matrix", case.call(q, shape=w.shape), q, atol)


def difference_check(case: Case, w: np.ndarray, dq: np.ndarray, extra: float = 0.0) -> None:
    """backward against central differences along a random direction, Richardson-extrapolated.

    The distance of the two quotients bounds the truncation; rounding adds 64 u n |f| / h. Where the map is only
    approximate, `extra` is its tolerance divided by the step.
    """
    rng = np.random.default_rng(1)
    size = _sigma(w)
    direction = rng.standard_normal(w.shape) * size
    h = 2.0 ** np.round(np.log2(case.subject.unit_roundoff ** (1 / 4)))

    def quotient(step: float) -> float:
        above, below = ((w + s * direction).astype(w.dtype) for s in (step, -step))
        rise = case.call(above).astype(np.float64) - case.call(below).astype(np.float64)
        return float(np.sum(dq * rise)) / (2 * step)

    coarse, fine = quotient(h), quotient(h / 2)
    expected = (4 * fine - coarse) / 3
    got = float(np.sum(case.pull_back(w, dq, shape=w.shape).astype(np.float64) * direction))
    scale = float(np.linalg.norm(dq)) * np.sqrt(w.size)
    atol = abs(fine - coarse) + (64 * case.subject.unit_roundoff * max(w.shape) + extra) * scale / h
    if abs(got - expected) > atol:
        raise Violation(
            f"backward says {got:.9g} where difference quotients say {expected:.9g} (they are good to {atol:.2g})",
            got=got,
            expected=expected,
            excess=abs(got - expected) - atol,
        )


def _orthonormalize_gradient(case: Case, w: np.ndarray, dq: np.ndarray) -> None:
    if case.tolerance is not None and case.tolerance > 1e-5:
        # the quotient of an iteration that stops early jumps by its tolerance; compare with the limit's pull-back
        from lipref.orthogonal import polar_backward, polar_forward

        _, residuals = polar_forward(w.astype(np.float64))
        expected = np.asarray(polar_backward(residuals, dq.astype(np.float64)))
        atol = 64 * case.tolerance * CONDITION**2 / _sigma(w) * float(np.linalg.norm(dq))
        require_close("cotangent of the weight", case.pull_back(w, dq, shape=w.shape), expected, atol)
    else:
        difference_check(case, w, dq, extra=case.tolerance or 0.0)


ORTHONORMALIZE = Contract(
    "orthonormalize",
    "W -> Q with orthonormal columns (tall) or rows (wide)",
    (
        Parameter("polar", True, "Q is the nearest orthonormal matrix, the polar factor", kind=bool),
        Parameter("shapes", "any", "shapes of W that are tried", ("any", "square", "tall", "wide")),
    ),
    (
        Check("orthonormal", ("SO-Orthn", "SO-Eq3"), "All singular values of Q are 1.", weights, _orthonormal),
        Check("nearest", ("SO-Eq3",), "QᵀW (WQᵀ when wide) is symmetric positive semidefinite.", weights, _nearest),
        Check("scale_free", ("SO-BjorckUse",), "W and aW, a > 0, have the same Q.", weights, _scale_free),
        Check(
            "fixes_orthonormal",
            ("SO-Eq3",),
            "An orthonormal matrix is its own nearest one.",
            _unscaled,
            _fixes_orthonormal,
            lambda case: None if case.parameters.polar else "claimed for polar factors only",
        ),
        Check(
            "gradient",
            ("SO-Bjorck-VJP",),
            "backward is the transposed derivative of forward.",
            _with_cotangent(_unscaled),
            _orthonormalize_gradient,
            without_backward,
        ),
        *function_checks(renamed(weights), batched=False, zero=False),
    ),
)

# ------------------------------------------------------------------------------------------- bjorck and parseval


def _iterates(case: Case, w: np.ndarray) -> None:
    order, iterations = case.parameters.order, case.parameters.iterations
    expected, _ = bjorck_forward(w.astype(np.float64), order=order, iterations=iterations, scaling="none")
    # one step multiplies an error by at most g'(0) <= 2.5 (order 5) near 0 and damps it near 1
    atol = rounding(case, 16 * max(w.shape) * order * iterations * 2.5, 1.0)
    require_close(f"iterate {iterations} of order {order}", case.call(w, shape=w.shape), np.asarray(expected), atol)


def _iterates_gradient(case: Case, w: np.ndarray, dq: np.ndarray) -> None:
    order, iterations = case.parameters.order, case.parameters.iterations
    _, residuals = bjorck_forward(w.astype(np.float64), order=order, iterations=iterations, scaling="none")
    expected = np.asarray(bjorck_backward(residuals, dq.astype(np.float64)))
    growth = 2.5 ** min(iterations, 4) * float(np.linalg.norm(dq))
    atol = rounding(case, 16 * max(w.shape) * order * iterations, growth)
    require_close("cotangent of the weight", case.pull_back(w, dq, shape=w.shape), expected, atol)


BJORCK = Contract(
    "bjorck",
    "W -> W_k, the exact iterate of the Björck iteration, without pre-scaling; singular values of W are at most 1",
    (
        Parameter("order", 1, "order p of the iteration", kind=int, above=0),
        Parameter("iterations", 3, "number k of steps", kind=int, above=0),
    ),
    (
        Check("iterates", ("SO-Eq3",), "The k-th iterate, step by step as defined.", _unscaled, _iterates),
        Check(
            "gradient",
            ("SO-Bjorck-VJP",),
            "backward differentiates every step that forward took.",
            _with_cotangent(_unscaled),
            _iterates_gradient,
            without_backward,
        ),
        *function_checks(renamed(_unscaled), batched=False),
    ),
)


def _parseval(case: Case, w: np.ndarray) -> None:
    expected, _ = parseval_step_forward(w.astype(np.float64), case.parameters.beta)
    atol = rounding(case, 16 * max(w.shape) * (1 + case.parameters.beta), w, np.asarray(expected), _sigma(w) ** 3)
    require_close("step", case.call(w, shape=w.shape), np.asarray(expected), atol)


def _parseval_gradient(case: Case, w: np.ndarray, dq: np.ndarray) -> None:
    _, residuals = parseval_step_forward(w.astype(np.float64), case.parameters.beta)
    expected = np.asarray(parseval_step_backward(residuals, dq.astype(np.float64)))
    size = (1 + case.parameters.beta * (1 + 3 * _sigma(w) ** 2)) * float(np.linalg.norm(dq))
    atol = rounding(case, 16 * max(w.shape), size)
    require_close("cotangent of the weight", case.pull_back(w, dq, shape=w.shape), expected, atol)


PARSEVAL_STEP = Contract(
    "parseval_step",
    "W -> (1 + β) W - β W Wᵀ W",
    (Parameter("beta", 0.5, "step size β", kind=float, above=0),),
    (
        Check("step", ("SO-Eq9",), "One Parseval step as defined.", _unscaled, _parseval),
        Check(
            "gradient",
            ("SO-Eq9",),
            "backward differentiates the step.",
            _with_cotangent(_unscaled),
            _parseval_gradient,
            without_backward,
        ),
        *function_checks(renamed(_unscaled), batched=False),
    ),
)

# -------------------------------------------------------------------------------------------- spectral_normalize


def _at_most_one(case: Case, w: np.ndarray) -> None:
    _norm_within(case, case.call(w, shape=w.shape))


def _norm_within(case: Case, got: np.ndarray) -> None:
    sigma = _sigma(got)
    tolerance = case.tolerance if case.tolerance is not None else 16 * case.subject.unit_roundoff * max(got.shape)
    if sigma > 1 + tolerance:
        ulps = (sigma - 1) / (2 * case.subject.unit_roundoff)
        raise Violation(
            f"‖W'‖₂ = {sigma:.9g} > 1, an excess of {sigma - 1:.3g} = {ulps:.1f} ulp",
            got=got,
            expected=1.0,
            excess=sigma - 1,
        )


def _collinear(case: Case, w: np.ndarray) -> None:
    got = case.call(w, shape=w.shape).astype(np.float64)
    w64 = w.astype(np.float64)
    factor = float(np.sum(got * w64)) / max(float(np.sum(w64 * w64)), np.finfo(np.float64).tiny)
    if factor < 0:
        raise Violation("W' points against W", got=got, expected=w)
    require_close("W' against the nearest multiple of W", got, factor * w64, rounding(case, 8, got))


def _untouched_inside(case: Case, w: np.ndarray) -> None:
    inside = (0.5 * w / max(_sigma(w), 1e-300)).astype(w.dtype)
    if not np.array_equal(case.call(inside, shape=w.shape), inside):
        raise Violation("a weight of norm 1/2 was changed", got=case.call(inside), expected=inside)


def _survives_stale_state(case: Case, w: np.ndarray) -> None:
    """Power-iteration vectors kept from another weight are as wrong as can be: orthogonal to the top direction."""
    other = np.zeros_like(w)
    other[0, 0] = 1.0
    for _ in range(5):
        case.call(other)
    turned = np.zeros_like(w)
    turned[-1, -1] = 4.0
    if min(w.shape) > 1:
        turned[0, 0] = 0.25
    _norm_within(case, case.call(turned, shape=w.shape))
    case.call(w)
    _norm_within(case, case.call(w, shape=w.shape))


def _survives_extremes(case: Case, w: np.ndarray) -> None:
    for hard in (np.ones_like(w), (2.0**-30 * w).astype(w.dtype), (2.0**30 * w).astype(w.dtype)):
        _norm_within(case, case.call(hard, shape=w.shape))
    with contextlib.suppress(ValueError):  # zero has no direction: refusing it is lawful, NaN is not
        _norm_within(case, case.call(np.zeros_like(w), shape=w.shape))


@st.composite
def _gapped_with_cotangent(draw: Any, case: Case) -> dict[str, Any]:
    """Singular values 2, 1, 1/2, ...: outside the ball, and the largest is simple, so that W' is differentiable."""
    m, n = draw(st.sampled_from([(3, 3), (5, 3), (2, 4)]))
    k = min(m, n)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    (u, _), (v, _) = (np.linalg.qr(rng.standard_normal((rows, k))) for rows in (m, n))
    dtype = case.subject.dtype
    return {
        "w": ((u * 2.0 ** (1 - np.arange(k))) @ v.T).astype(dtype),
        "dq": rng.standard_normal((m, n)).astype(dtype),
    }


SPECTRAL_NORMALIZE = Contract(
    "spectral_normalize",
    "W -> W' = a W with a > 0 and spectral norm at most 1",
    (Parameter("cap", False, "leave W untouched when its norm is at most 1 already", kind=bool),),
    (
        Check("norm", ("SO-SN",), "The spectral norm of the result is at most 1.", weights, _at_most_one),
        Check("collinear", ("SO-SN",), "The result is a positive multiple of W.", weights, _collinear),
        Check(
            "untouched_inside",
            ("SO-SN",),
            "With cap, a weight inside the ball stays as it is.",
            _unscaled,
            _untouched_inside,
            lambda case: None if case.parameters.cap else "claimed with cap only",
        ),
        Check(
            "stale_state",
            ("SO-SN",),
            "State kept from earlier calls never lets the norm exceed 1.",
            _unscaled,
            _survives_stale_state,
        ),
        Check(
            "extremes",
            ("SO-SN",),
            "Rank-one, tiny and huge weights stay within the bound; zero too, or it is refused.",
            _unscaled,
            _survives_extremes,
        ),
        Check(
            "gradient",
            ("SO-SN",),
            "backward is the transposed derivative of forward, of its division by the norm too.",
            _gapped_with_cotangent,
            difference_check,
            without_backward,
        ),
        *function_checks(renamed(_unscaled), batched=False, zero=False),
    ),
)

# ------------------------------------------------------------------------------------------------------- l1_ball


@st.composite
def _rows(draw: Any, case: Case) -> dict[str, Any]:
    """Rows inside, on and outside the ball, with ties and zeros; some large."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 6)))
    scale = draw(st.sampled_from([1.0, 0.25, 2.0**10])) * 2.0 ** np.round(np.log2(case.parameters.radius))
    return {"w": (draw(quarters(shape, case.subject.dtype)) * scale).astype(case.subject.dtype)}


def _excess(case: Case, w: np.ndarray) -> None:
    got = case.call(w, shape=w.shape).astype(np.float64)
    radius, u = case.parameters.radius, case.subject.unit_roundoff
    # entries are differences of numbers as large as those of w: by default the excess is measured against both
    size = max(radius, float(np.max(np.abs(w), initial=0.0)))
    allowed = case.tolerance * radius if case.tolerance is not None else 16 * u * np.sqrt(w.shape[1]) * size
    worst = float(np.max(np.sum(np.abs(got), axis=1)))
    if worst > radius + allowed:
        raise Violation(
            f"a row has l1 norm {worst:.9g} > {radius:g}, an excess of {(worst / radius - 1) / (2 * u):.1f} ulp",
            got=got,
            expected=radius,
            excess=worst - radius,
        )


def _nearest_in_ball(case: Case, w: np.ndarray) -> None:
    expected, _ = l1_ball_forward(w.astype(np.float64), case.parameters.radius)
    slack = case.tolerance if case.tolerance is not None else 0.0
    atol = rounding(case, 16 * w.shape[1], w, case.parameters.radius) + slack * case.parameters.radius
    require_close("projection", case.call(w, shape=w.shape), np.asarray(expected), atol)


def _inside_untouched(case: Case, w: np.ndarray) -> None:
    norms = np.sum(np.abs(w), axis=1, keepdims=True)
    inside = (w * np.where(norms > 0, 0.5 * case.parameters.radius / np.where(norms > 0, norms, 1), 1)).astype(w.dtype)
    got = case.call(inside, shape=w.shape)
    require_close("a row inside the ball", got, inside, rounding(case, 2, inside))


def _l1_idempotent(case: Case, w: np.ndarray) -> None:
    once = case.call(w, shape=w.shape)
    slack = case.tolerance if case.tolerance is not None else 0.0
    atol = rounding(case, 16 * w.shape[1], w, once) + slack * case.parameters.radius
    require_close("projecting twice", case.call(once, shape=w.shape), once, atol)


@st.composite
def _generic_rows(draw: Any, case: Case) -> dict[str, Any]:
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((3, draw(st.integers(2, 6)))) * case.parameters.radius * np.array([[2.0], [1.0], [0.05]])
    return {"w": w.astype(case.subject.dtype), "dq": rng.standard_normal(w.shape).astype(case.subject.dtype)}


def _l1_gradient(case: Case, w: np.ndarray, dq: np.ndarray) -> None:
    _, residuals = l1_ball_forward(w.astype(np.float64), case.parameters.radius)
    expected = np.asarray(l1_ball_backward(residuals, dq.astype(np.float64)))
    got = case.pull_back(w, dq, shape=w.shape)
    require_close("cotangent of the weight", got, expected, rounding(case, 16 * w.shape[1], dq))


L1_BALL = Contract(
    "l1_ball",
    "W -> W', each row projected onto the l1 ball",
    (Parameter("radius", 1.0, "radius of the ball", kind=float, above=0),),
    (
        Check("norm", ("SO-Linf",), "No row's l1 norm exceeds the radius.", _rows, _excess),
        Check("projection", ("SO-Linf",), "Each row is the nearest point of the ball.", _rows, _nearest_in_ball),
        Check("inside_untouched", ("SO-Linf",), "Rows inside the ball stay where they are.", _rows, _inside_untouched),
        Check("idempotent", ("SO-Linf",), "Projecting twice is projecting once.", _rows, _l1_idempotent),
        Check(
            "gradient",
            ("SO-Linf-VJP",),
            "backward is the transposed derivative of the projection.",
            _generic_rows,
            _l1_gradient,
            without_backward,
        ),
        *function_checks(renamed(_rows)),
    ),
)
