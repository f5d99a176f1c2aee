"""Contracts on maps with weights: `linear_layer`, `conv_layer`, `network`.

Where the map is affine its matrix is read off a basis and its norm computed from the numbers; where a weight is shown,
the norm is that of the weight itself, in float64, so that an excess is told in units in the last place. Everything
else is refuted by pairs of points that the search finds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref.conformance.contract import Case, Check, Contract, Parameter, Violation
from lipref.conformance.contracts.activations import (
    INPUT_SHAPE,
    LIPSCHITZ,
    NORM,
    bound_violation,
    default_tolerance,
    gradient_matches,
    norm_value,
)
from lipref.conformance.contracts.common import (
    function_checks,
    generic,
    quarters,
    require_close,
    rounding,
    without_backward,
)
from lipref.conformance.search import dense_matrix, exact_norm, worst_pair
from lipref.errors import DomainError

BASIS_UP_TO = 4096
"""Inputs with more entries than this are not expanded in a basis: without a shown weight the norm is not checked."""

TIGHT = Parameter("tight", False, "the bound is claimed to be attained", kind=bool)


def _has_shape(case: Case) -> None:
    shape = input_shape(case)
    if any(extent < 1 for extent in shape):
        raise DomainError("check", "positive extents in input_shape", f"{shape}")


def input_shape(case: Case) -> tuple[int, ...]:
    """The stated shape, else the columns of the weight."""
    if case.parameters.input_shape is not None:
        return tuple(case.parameters.input_shape)
    if case.subject.weight is None:
        raise DomainError("check", "input_shape, since the subject shows no weight", "no input_shape")
    try:
        weight = np.asarray(case.subject.weight())
    except Exception as error:
        raise DomainError("check", "a weight, or input_shape", f"weight() raised {error!r}") from error
    if weight.ndim != 2:
        raise DomainError("check", "a weight with two axes, or input_shape", f"weight of shape {weight.shape}")
    return (int(weight.shape[1]),)


@st.composite
def _batch(draw: Any, case: Case) -> dict[str, Any]:
    shape = (draw(st.integers(1, 4)), *input_shape(case))
    if draw(st.booleans()):
        return {
            "x": draw(quarters(shape, case.subject.dtype))
            if np.prod(shape) <= 64
            else draw(generic(shape, case.subject.dtype))
        }
    return {"x": draw(generic(shape, case.subject.dtype, draw(st.sampled_from([1e-3, 1.0, 1e3]))))}


@st.composite
def _starts(draw: Any, case: Case) -> dict[str, Any]:
    scale = draw(st.sampled_from([0.1, 1.0, 10.0]))
    return {"x": draw(generic((2, *input_shape(case)), case.subject.dtype, scale))}


def _one(case: Case) -> Any:
    return generic((1, *input_shape(case)), case.subject.dtype).map(lambda x: {"x": x})


def _weight(case: Case) -> np.ndarray | None:
    """The shown weight in float64, where there is one that fits the input."""
    if case.subject.weight is None:
        return None
    weight = np.asarray(case.subject.weight(), dtype=np.float64)
    return weight if weight.ndim == 2 and weight.shape[1] == int(np.prod(input_shape(case))) else None


def _matrix(case: Case) -> tuple[np.ndarray, float]:
    """The subject's matrix in float64, and what rounding explains in its norm.

    The matrix is read off a basis. A shown weight replaces it, without rounding, when both agree: some modules show the
    free parameter that their forward constrains first. Reading rounds W_ij by u (1/64 + |W_ij|) (`dense_matrix`); twice
    that matrix bounds the error entry by entry, and the norm of a bound by entries bounds the norm. Layers that are
    affine in several steps add a few roundings of a sum of n terms, K · c·u·√n.
    """
    shown = _weight(case)
    n = int(np.prod(input_shape(case)))
    if n > BASIS_UP_TO:
        assert shown is not None
        return shown, 0.0
    read, _ = dense_matrix(lambda x: case.call(x.astype(case.subject.dtype)), input_shape(case))
    p, u = norm_value(case.parameters.norm), case.subject.unit_roundoff
    entries = 2 * u * (1 / 64 + np.abs(read))
    if shown is not None and shown.shape == read.shape:
        summed = default_tolerance(case, n) * float(np.max(np.abs(read), initial=0.0))
        if not np.all(np.isfinite(shown)) or np.all(np.abs(shown - read) <= entries + summed):
            return shown, 0.0
    return read, exact_norm(entries, p, p) + case.parameters.lipschitz * default_tolerance(case, n)


def _too_wide(case: Case) -> str | None:
    n = int(np.prod(input_shape(case)))
    if n <= BASIS_UP_TO or _weight(case) is not None:
        return None
    return f"the input has {n} entries, more than the {BASIS_UP_TO} that are expanded, and no weight is shown"


def _no_input(case: Case) -> Any:
    return st.just({})


def _norm_of_matrix(case: Case) -> None:
    w, evaluation = _matrix(case)
    p = norm_value(case.parameters.norm)
    lipschitz = case.parameters.lipschitz
    if not np.all(np.isfinite(w)):
        raise Violation("the weight holds NaN or infinity", got=w)
    value = exact_norm(w, p, p)
    tolerance = case.tolerance if case.tolerance is not None else default_tolerance(case, w.shape[1])
    # float64 evaluation of a norm of exactly known numbers
    evaluation += lipschitz * max(w.shape) * np.finfo(np.float64).eps
    excess = value - lipschitz
    if excess > lipschitz * tolerance + evaluation:
        ulps = excess / (2 * case.subject.unit_roundoff * lipschitz)
        p_norm = case.parameters.norm
        raise Violation(
            f"‖W‖ = {value:.9g} > {lipschitz:g} in the {p_norm}-norm: excess {excess:.3g} ({ulps:.1f} ulp)",
            got=value,
            expected=lipschitz,
            excess=excess,
        )


def _attained(case: Case) -> None:
    w, evaluation = _matrix(case)
    p = norm_value(case.parameters.norm)
    value, lipschitz = exact_norm(w, p, p), case.parameters.lipschitz
    tolerance = case.tolerance if case.tolerance is not None else 64 * default_tolerance(case, w.shape[1])
    if value < lipschitz * (1 - tolerance) - evaluation:
        raise Violation(
            f"‖W‖ = {value:.9g} stays below the claimed {lipschitz:g} by {lipschitz - value:.3g}: not attained",
            got=value,
            expected=lipschitz,
            excess=lipschitz - value,
        )


def _stretch(case: Case, x: np.ndarray) -> None:
    p, lipschitz = norm_value(case.parameters.norm), case.parameters.lipschitz
    pair = worst_pair(
        case.rows,
        x,
        p,
        p,
        unit_roundoff=case.subject.unit_roundoff,
        lipschitz=lipschitz,
        backward=case.subject.backward,
    )
    if pair is not None:
        bound_violation(case, pair, lipschitz, f"Lipschitz bound {lipschitz:g} in the {case.parameters.norm}-norm")


def _tight_somewhere(case: Case, x: np.ndarray) -> None:
    p, lipschitz = norm_value(case.parameters.norm), case.parameters.lipschitz
    pair = worst_pair(
        case.rows,
        x,
        p,
        p,
        unit_roundoff=case.subject.unit_roundoff,
        lipschitz=lipschitz,
        backward=case.subject.backward,
        rounds=6,
    )
    tolerance = case.tolerance if case.tolerance is not None else 1e-3
    if pair is None or pair.quotient + pair.noise < lipschitz * (1 - tolerance):
        best = 0.0 if pair is None else pair.quotient
        raise Violation(
            f"the search finds no pair stretched by more than {best:.6g}; {lipschitz:g} is claimed to be attained",
            got=best,
            expected=lipschitz,
            excess=lipschitz - best,
        )


def _affine(case: Case, x: np.ndarray) -> None:
    """f(x) - f(0) is additive and homogeneous: checked on x and its rolled copy."""
    z = np.roll(x, 1, axis=-1)
    zero = case.call(np.zeros_like(x))
    fx, fz = case.call(x), case.call(z)
    both = case.call((2 * x - z).astype(x.dtype))
    atol = rounding(case, 64 * np.sqrt(x[0].size), fx, fz, both, zero, 3 * x)
    require_close("f(2x - z) against 2 f(x) - f(z)", both, 2 * fx.astype(np.float64) - fz, atol)
    require_close(
        "f(-x) - f(0) against f(0) - f(x)", case.call(-x).astype(np.float64) - zero, zero.astype(np.float64) - fx, atol
    )


def _adjoint(case: Case, x: np.ndarray) -> None:
    """⟨dy, f(x) - f(0)⟩ = ⟨backward(dy), x⟩ for an affine map."""
    y, zero = case.call(x), case.call(np.zeros_like(x))
    dy = np.random.default_rng(0).standard_normal(y.shape).astype(case.subject.dtype)
    forward_side = float(np.sum(dy.astype(np.float64) * (y.astype(np.float64) - zero)))
    dx = case.pull_back(x, dy, shape=x.shape)
    backward_side = float(np.sum(dx.astype(np.float64) * x))
    sizes = np.linalg.norm(dy) * (np.linalg.norm(y) + np.linalg.norm(zero)) + np.linalg.norm(dx) * np.linalg.norm(x)
    atol = 16 * np.sqrt(x.size) * case.subject.unit_roundoff * float(sizes)
    if abs(forward_side - backward_side) > atol:
        raise Violation(
            f"⟨dy, W x⟩ = {forward_side:.9g} but ⟨backward(dy), x⟩ = {backward_side:.9g} (rounding: {atol:.2g})",
            got=backward_side,
            expected=forward_side,
            excess=abs(forward_side - backward_side) - atol,
        )


def _claimed_tight(case: Case) -> str | None:
    return None if case.parameters.tight else "the bound is not claimed to be attained"


def _tight_and_known(case: Case) -> str | None:
    return _claimed_tight(case) or _too_wide(case)


def _affine_contract(name: str, summary: str, statement: str) -> Contract:
    return Contract(
        name,
        summary,
        (LIPSCHITZ, NORM, INPUT_SHAPE, TIGHT),
        (
            Check("affine", ("SO-Not1",), "The layer is affine.", _batch, _affine),
            Check(
                "operator_norm",
                (statement,),
                "The operator norm of the weight is within the bound.",
                _no_input,
                _norm_of_matrix,
                _too_wide,
                examples=1,
            ),
            Check(
                "lipschitz",
                ("SO-DefLip",),
                "No two points move apart by more than the claimed constant.",
                _starts,
                _stretch,
                examples=5,
                shrink=False,
            ),
            Check("tight", (statement,), "The bound is attained.", _no_input, _attained, _tight_and_known, examples=1),
            Check(
                "gradient",
                ("SO-Eq1",),
                "backward is the transpose of the layer's matrix.",
                _batch,
                _adjoint,
                without_backward,
            ),
            *function_checks(_batch),
        ),
        ready=_has_shape,
    )


LINEAR_LAYER = _affine_contract("linear_layer", "x -> y, affine on (batch, features)", "SO-LinLip")
CONV_LAYER = _affine_contract("conv_layer", "x -> y, affine on images (batch, ...)", "SO-Conv")

NETWORK = Contract(
    "network",
    "x -> y, any map claimed Lipschitz",
    (LIPSCHITZ, NORM, INPUT_SHAPE, TIGHT),
    (
        Check(
            "lipschitz",
            ("SO-DefLip", "SO-Comp"),
            "No two points move apart by more than the claimed constant.",
            _starts,
            _stretch,
            examples=10,
            shrink=False,
        ),
        Check(
            "tight",
            ("SO-DefLip",),
            "Some pair is stretched by the claimed constant.",
            _starts,
            _tight_somewhere,
            _claimed_tight,
            examples=3,
            shrink=False,
        ),
        Check(
            "gradient",
            ("SO-Eq1",),
            "backward is the transposed derivative of forward, off kinks.",
            _one,
            gradient_matches,
            without_backward,
        ),
        *function_checks(_batch, operations=64.0),
    ),
    ready=_has_shape,
)
