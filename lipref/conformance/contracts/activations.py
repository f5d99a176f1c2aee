"""Contracts on activations: `groupsort`, `activation`, `gnp_activation`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lipref.conformance.contract import Case, Check, Contract, Parameter, Violation
from lipref.conformance.contracts.common import (
    function_checks,
    generic,
    quarters,
    require_close,
    rounding,
    without_backward,
)
from lipref.conformance.search import jacobian, worst_pair
from lipref.errors import DomainError

# ---------------------------------------------------------------------------------------------------- groupsort


def _split(parameters: SimpleNamespace, x: np.ndarray) -> np.ndarray:
    """(…, groups, group_size) with the members of each group last, in the stated grouping."""
    moved = np.moveaxis(x, parameters.axis, -1)
    n = moved.shape[-1]
    size = parameters.group_size if parameters.group_size is not None else n // parameters.groups
    if parameters.grouping == "contiguous":
        return moved.reshape(*moved.shape[:-1], n // size, size)
    return np.swapaxes(moved.reshape(*moved.shape[:-1], size, n // size), -1, -2)


def _join(parameters: SimpleNamespace, groups: np.ndarray) -> np.ndarray:
    """The ranked groups laid out as stated, the sorted axis back in its place."""
    if parameters.layout == "concatenated":
        groups = np.swapaxes(groups, -1, -2)
    flat = groups.reshape(*groups.shape[:-2], groups.shape[-2] * groups.shape[-1])
    return np.moveaxis(flat, -1, parameters.axis)


def _sorted(parameters: SimpleNamespace, groups: np.ndarray) -> np.ndarray:
    ranked = np.sort(groups, axis=-1)
    return ranked if parameters.order == "ascending" else ranked[..., ::-1]


def _reference(parameters: SimpleNamespace, x: np.ndarray) -> np.ndarray:
    return _join(parameters, _sorted(parameters, _split(parameters, x)))


def _positions(case: Case, shape: tuple[int, ...]) -> np.ndarray | None:
    """With `up_to_permutation`, where along the axis the subject puts what the reference puts at 0, 1, 2, ...

    Read off one probe whose entries are all distinct; None when there is no such permutation.
    """
    axis, n = case.parameters.axis, shape[case.parameters.axis]
    if not case.parameters.up_to_permutation:
        return np.arange(n)
    values = np.arange(n, dtype=case.subject.dtype) * 5 % (n if n % 5 else n + 1)
    line = [1] * len(shape)
    line[axis] = n
    probe = np.broadcast_to(values.reshape(line), shape).copy()
    got = np.moveaxis(case.call(probe, shape=shape), axis, -1).reshape(-1, n)[0]
    expected = np.moveaxis(_reference(case.parameters, probe), axis, -1).reshape(-1, n)[0]
    if not np.array_equal(np.sort(got), np.sort(expected)):
        return None
    where = {value: i for i, value in enumerate(got.tolist())}
    return np.array([where[value] for value in expected.tolist()])


def _forward(case: Case, x: np.ndarray) -> np.ndarray:
    """The subject's output with the stated freedom of layout taken out."""
    y = case.call(x, shape=x.shape)
    positions = _positions(case, x.shape)
    if positions is None:
        raise Violation(
            "the output is no permutation of the input's entries", got=y, expected=_reference(case.parameters, x)
        )
    return np.take(y, positions, axis=case.parameters.axis)


def _backward(case: Case, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    positions = _positions(case, x.shape)
    if positions is None:
        raise Violation("the output is no permutation of the input's entries")
    return case.pull_back(x, np.take(dy, np.argsort(positions), axis=case.parameters.axis), shape=x.shape)


@st.composite
def _shapes(draw: Any, case: Case) -> tuple[int, ...]:
    parameters = case.parameters
    size = parameters.group_size if parameters.group_size is not None else draw(st.integers(1, 4))
    groups = parameters.groups if parameters.groups is not None else draw(st.integers(1, 3))
    batch, n = draw(st.integers(1, 3)), size * groups
    if parameters.axis == -1:
        return (batch, n)
    shape = [batch, 2, 2, 3]
    shape[parameters.axis] = n
    return tuple(shape)


def _tied(case: Case) -> SearchStrategy[dict[str, Any]]:
    return _shapes(case).flatmap(lambda shape: st.fixed_dictionaries({"x": quarters(shape, case.subject.dtype)}))


@st.composite
def _distinct(draw: Any, case: Case) -> dict[str, Any]:
    """Integers without ties, and a cotangent of small integers: everything exact."""
    shape = draw(_shapes(case))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = int(np.prod(shape))
    x = (rng.permutation(size) - size // 2).reshape(shape).astype(case.subject.dtype)
    return {"x": x, "dy": draw(quarters(shape, case.subject.dtype))}


@st.composite
def _tied_with_cotangent(draw: Any, case: Case) -> dict[str, Any]:
    x = draw(_tied(case))["x"]
    return {"x": x, "dy": draw(quarters(x.shape, case.subject.dtype))}


@st.composite
def _scaled(draw: Any, case: Case) -> dict[str, Any]:
    return {"x": draw(_tied(case))["x"], "factor": draw(st.sampled_from([0.0, 2.0**-60, 2.0**-20, 2.0**20, 2.0**60]))}


def _values(case: Case, x: np.ndarray) -> None:
    # a sort moves entries; formulas such as b + relu(a - b) round twice
    require_close("sorted groups", _forward(case, x), _reference(case.parameters, x), rounding(case, 4, x))


def _pulls_back(case: Case, x: np.ndarray, dy: np.ndarray) -> None:
    parameters = case.parameters
    groups = _split(parameters, x)
    order = np.argsort(groups, axis=-1)
    order = order if parameters.order == "ascending" else order[..., ::-1]
    dy_moved = np.moveaxis(dy, parameters.axis, -1)
    ranked = (
        dy_moved.reshape(groups.shape)
        if parameters.layout == "interleaved"
        else np.swapaxes(dy_moved.reshape(*groups.shape[:-2], groups.shape[-1], groups.shape[-2]), -1, -2)
    )
    dx_groups = np.zeros_like(groups)
    np.put_along_axis(dx_groups, order, ranked, axis=-1)
    grouped = dict(vars(parameters)) | {
        "layout": "interleaved" if parameters.grouping == "contiguous" else "concatenated"
    }
    expected = _join(SimpleNamespace(**grouped), dx_groups)
    require_close("cotangent of the input", _backward(case, x, dy), expected, rounding(case, 4, dy))


def _pulls_back_at_ties(case: Case, x: np.ndarray, dy: np.ndarray) -> None:
    """Any lawful element at ties: only the sum of the cotangent over equal entries of a group is determined."""
    parameters = case.parameters
    dx_groups = _split(parameters, _backward(case, x, dy))
    groups = _split(parameters, x)
    dy_moved = np.moveaxis(dy, parameters.axis, -1)
    ranked = (
        dy_moved.reshape(groups.shape)
        if parameters.layout == "interleaved"
        else np.swapaxes(dy_moved.reshape(*groups.shape[:-2], groups.shape[-1], groups.shape[-2]), -1, -2)
    )
    values = _sorted(parameters, groups)
    for value in np.unique(groups):
        got = np.sum(np.where(groups == value, dx_groups, 0), axis=-1)
        expected = np.sum(np.where(values == value, ranked, 0), axis=-1)
        atol = rounding(case, 4 * groups.shape[-1], dy)
        require_close(f"cotangent summed over the entries equal to {value:g}", got, expected, atol)


def _keeps_norm(case: Case, x: np.ndarray, dy: np.ndarray) -> None:
    dx = case.pull_back(x, dy, shape=x.shape)
    got, expected = (np.sort(np.moveaxis(a, case.parameters.axis, -1), axis=-1) for a in (dx, dy))
    require_close("entries of the cotangent, sorted", got, expected, rounding(case, 4, dy))


def _homogeneous(case: Case, x: np.ndarray, factor: float) -> None:
    scaled = (factor * x).astype(case.subject.dtype)
    require_close(
        f"GroupSort({factor:g} x) against {factor:g} GroupSort(x)",
        _forward(case, scaled),
        _reference(case.parameters, scaled),
        rounding(case, 4, scaled),
    )


def _consistent(parameters: SimpleNamespace) -> None:
    if (parameters.group_size is None) == (parameters.groups is None):
        raise DomainError(
            "groupsort", "exactly one of group_size and groups", f"{parameters.group_size=}, {parameters.groups=}"
        )
    if parameters.axis not in (-1, 1, 2, 3, -2, -3):
        raise DomainError(
            "groupsort", "an axis of (batch, a, b, c) other than the batch axis", f"axis={parameters.axis}"
        )


GROUPSORT = Contract(
    "groupsort",
    "x -> y: the entries of each group along an axis, sorted",
    (
        Parameter("group_size", None, "entries per group", kind=int, above=0),
        Parameter("groups", None, "number of groups, in place of group_size", kind=int, above=0),
        Parameter("order", "ascending", "order within a group", ("ascending", "descending")),
        Parameter("grouping", "contiguous", "group g is {gk + r} or, strided, {g + r n/k}", ("contiguous", "strided")),
        Parameter(
            "layout",
            "interleaved",
            "rank r of group g goes to gk + r or, concatenated, to r n/k + g",
            ("interleaved", "concatenated"),
        ),
        Parameter("axis", -1, "the sorted axis; other than -1 means images, every pixel sorted apart", kind=int),
        Parameter("up_to_permutation", False, "accept any fixed rearrangement of the output", kind=bool),
    ),
    (
        Check(
            "values", ("SO-GroupSort",), "Each group comes out sorted, in the stated order and place.", _tied, _values
        ),
        Check(
            "gradient",
            ("SO-GroupSort", "SO-GNP"),
            "The cotangent goes back to where each entry came from.",
            _distinct,
            _pulls_back,
            without_backward,
        ),
        Check(
            "gradient_at_ties",
            ("SO-GroupSort",),
            "At ties the cotangent of equal entries is distributed among them.",
            _tied_with_cotangent,
            _pulls_back_at_ties,
            without_backward,
        ),
        Check(
            "gradient_norm",
            ("SO-GNP",),
            "Off ties backward permutes the cotangent: every p-norm is kept.",
            _distinct,
            _keeps_norm,
            without_backward,
        ),
        Check(
            "scales",
            ("SO-Homog",),
            "Sorting commutes with factors >= 0, tiny and huge ones too.",
            _scaled,
            _homogeneous,
        ),
        *function_checks(_tied),
    ),
    _consistent,
)

# -------------------------------------------------------------------------------------------------- activation

WIDTHS = (12, 24)
"""Divisible by 2, 3, 4 and 6: group sizes that people use."""


def norm_value(text: str) -> float:
    """The p of a norm parameter given as text."""
    return float(text)


@st.composite
def _features(draw: Any, case: Case) -> dict[str, Any]:
    shape = (draw(st.integers(1, 3)), *_row_shape(draw, case))
    kind = draw(st.sampled_from(["quarters", "gaussian", "large"]))
    if kind == "quarters":
        return {"x": draw(quarters(shape, case.subject.dtype))}
    return {"x": draw(generic(shape, case.subject.dtype, 1.0 if kind == "gaussian" else 100.0))}


def _row_shape(draw: Any, case: Case) -> tuple[int, ...]:
    if case.parameters.input_shape is not None:
        return tuple(case.parameters.input_shape)
    multiple = getattr(case.parameters, "width_multiple", None)
    return (draw(st.sampled_from(WIDTHS if multiple is None else [multiple * 2, multiple * 3])),)


def _starts(count: int):
    @st.composite
    def build(draw: Any, case: Case) -> dict[str, Any]:
        shape = (count, *_row_shape(draw, case))
        return {"x": draw(generic(shape, case.subject.dtype, draw(st.sampled_from([0.1, 1.0, 10.0]))))}

    return build


def bound_violation(case: Case, pair: Any, lipschitz: float, words: str) -> None:
    """Raise when the pair's quotient exceeds the bound by more than tolerance and the noise of its evaluation."""
    tolerance = case.tolerance if case.tolerance is not None else default_tolerance(case, pair.x.size)
    if pair.certain > lipschitz * (1 + tolerance):
        excess = pair.quotient - lipschitz
        ulps = excess / (2 * case.subject.unit_roundoff * lipschitz)
        raise Violation(
            f"{words}: two points are stretched by {pair.quotient:.9g} > {lipschitz:g}, an excess of {excess:.3g} "
            f"({ulps:.1f} ulp; the rounding of this evaluation is at most {pair.noise:.3g})",
            got=pair.quotient,
            expected=lipschitz,
            excess=excess,
            inputs={"x": pair.x[None], "z": pair.z[None]},
        )


def default_tolerance(case: Case, n: int) -> float:
    """c·u·√n with c = 16: a dot product of length n in random order errs by about u √n, and a layer has few of them."""
    return 16 * case.subject.unit_roundoff * float(np.sqrt(n))


def _stretch(case: Case, x: np.ndarray) -> None:
    p = norm_value(case.parameters.norm)
    lipschitz = case.parameters.lipschitz
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


def gradient_matches(case: Case, x: np.ndarray) -> None:
    """⟨dy, J dx⟩ from difference quotients against ⟨backward(dy), dx⟩.

    Rounding of a quotient: 8 u (|f| + |x|) / h per entry. Off kinks the quotients to the left and to the right differ
    by the curvature times h only; where they differ by more than a quarter of the mismatch a kink is near, and any
    element of the generalised derivative is lawful, so nothing is said.
    """
    rng = np.random.default_rng(0)
    y = case.call(x)
    dx, dy = rng.standard_normal(x.shape), rng.standard_normal(y.shape).astype(case.subject.dtype)
    u = case.subject.unit_roundoff
    h = float(2.0 ** np.round(np.log2(u ** (1 / 3)))) * max(1.0, float(np.max(np.abs(x))))
    middle = y.astype(np.float64)
    above, below = (case.call((x + s * dx).astype(x.dtype)).astype(np.float64) for s in (h, -h))
    right, left = float(np.sum(dy * (above - middle))) / h, float(np.sum(dy * (middle - below))) / h
    noise = 8 * u * float(np.sum(np.abs(dy)) * (np.max(np.abs(y)) + np.max(np.abs(x)))) / h
    expected = (right + left) / 2
    got = float(np.sum(case.pull_back(x, dy, shape=x.shape).astype(np.float64) * dx))
    off = abs(got - expected)
    if off > 16 * noise + h * h * float(np.sum(np.abs(dy))) and abs(right - left) < off / 4:
        raise Violation(
            f"backward says {got:.9g} along a direction where difference quotients of forward say {expected:.9g}",
            got=got,
            expected=expected,
            excess=off,
            inputs={"x": x, "dx": dx, "dy": dy},
        )


def _one_row(case: Case) -> SearchStrategy[dict[str, Any]]:
    return _starts(1)(case)


LIPSCHITZ = Parameter("lipschitz", 1.0, "claimed Lipschitz constant", kind=float, above=0)
INPUT_SHAPE = Parameter("input_shape", None, "shape of one input, without the batch axis", kind=tuple)
NORM = Parameter("norm", "2", "norm of input and output space", ("1", "2", "inf"))


def _norm_checks() -> tuple[Check, ...]:
    return (
        Check(
            "lipschitz",
            ("SO-DefLip", "SO-ActLip"),
            "No two points move apart by more than the claimed constant.",
            _starts(2),
            _stretch,
            examples=10,
            shrink=False,
        ),
        Check(
            "gradient",
            ("SO-Eq1",),
            "backward is the transposed derivative of forward, off kinks.",
            _one_row,
            gradient_matches,
            without_backward,
        ),
    )


ACTIVATION = Contract(
    "activation",
    "x -> y on (batch, features), claimed Lipschitz",
    (LIPSCHITZ, NORM, INPUT_SHAPE),
    (*_norm_checks(), *function_checks(_features)),
)

# ---------------------------------------------------------------------------------------------- gnp_activation


def _isometric(case: Case, x: np.ndarray) -> None:
    """‖J Jᵀ - I‖, J from the backward pass, else from difference quotients whose steps shrink until no kink is near.

    Each of the n entries of a row of J is off by at most 4 u (backward), or by 8 u s/h (a quotient of two outputs of
    size s over the step h): J Jᵀ by 2 n times that, and twice as much is granted.
    """
    y = case.call(x)
    m, n, u = y[0].size, x[0].size, case.subject.unit_roundoff
    if case.subject.backward is not None:
        rows = np.eye(m, dtype=case.subject.dtype).reshape(m, *y.shape[1:])
        j = case.pull_back(np.repeat(x, m, axis=0), rows, shape=(m, *x.shape[1:])).astype(np.float64).reshape(m, n)
        atol = 16 * n * u
    else:
        scale = max(1.0, float(np.max(np.abs(x))))
        for exponent in range(-3, int(np.log2(np.sqrt(u))), -2):
            step = 2.0**exponent
            j, other = jacobian(case.rows, x[0], step), jacobian(case.rows, x[0], step / 2)
            atol = 32 * n * u * scale / step
            if np.max(np.abs(j - other)) <= atol / n:
                break
        else:  # a kink within the shortest step: nothing can be said here
            return
    gram = j @ j.T
    off = float(np.linalg.norm(gram - np.eye(m), 2))
    if off > atol:
        raise Violation(
            f"‖J Jᵀ - I‖ = {off:.3g}: backward changes the norm of some cotangent (rounding explains {atol:.3g})",
            got=j,
            expected="rows of J orthonormal",
            excess=off - atol,
        )


GNP_ACTIVATION = Contract(
    "gnp_activation",
    "x -> y, claimed 1-Lipschitz and gradient-norm preserving almost everywhere",
    (
        Parameter("width_multiple", 2, "feature widths tried are multiples of this", kind=int, above=0),
        Parameter("lipschitz", 1.0, "always 1 here", (1.0,), kind=float),
        Parameter("norm", "2", "always 2 here", ("2",)),
        INPUT_SHAPE,
    ),
    (
        Check(
            "gradient_norm", ("SO-GNP",), "Off kinks JJᵀ = I: every cotangent keeps its 2-norm.", _one_row, _isometric
        ),
        *_norm_checks(),
        *function_checks(_features),
    ),
)
