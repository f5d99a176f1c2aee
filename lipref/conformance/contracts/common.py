"""What every contract on maps of batches shares: inputs that include the hard cases, and the laws of being a function.

Inputs are multiples of 1/4 of moderate size unless a check wants otherwise: sums and differences of few of them are
exact in float32, and they shrink to numbers that people can read. Ties and zeros come with them by design.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import SearchStrategy

from lipref.conformance.contract import Case, Check, Violation

Inputs = Callable[[Case], SearchStrategy[dict[str, Any]]]


def quarters(shape: tuple[int, ...] | SearchStrategy[tuple[int, ...]], dtype: str) -> SearchStrategy[np.ndarray]:
    """Arrays of multiples of 1/4 in [-4, 4]: ties and zeros are frequent."""
    return hnp.arrays(dtype, shape, elements=st.integers(-16, 16).map(lambda k: k / 4))


def generic(shape: tuple[int, ...], dtype: str, scale: float = 1.0) -> SearchStrategy[np.ndarray]:
    """Gaussian arrays: almost surely off every kink and tie."""
    seeds = st.integers(0, 2**32 - 1)
    return seeds.map(lambda seed: (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype))


def rounding(case: Case, operations: float, *sizes: np.ndarray | float) -> float:
    """operations · u · largest magnitude involved: what rounding explains in one entry."""
    largest = max((float(np.max(np.abs(size), initial=0.0)) for size in sizes), default=0.0)
    return operations * case.subject.unit_roundoff * largest


def require_close(what: str, got: np.ndarray, expected: np.ndarray, atol: float) -> None:
    """Raise a Violation that names the worst entry unless |got - expected| <= atol everywhere."""
    off = np.abs(np.asarray(got, dtype=np.float64) - np.asarray(expected, dtype=np.float64))
    worst = float(np.max(off, initial=0.0))
    if not worst <= atol:
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape)) if off.ndim else ()
        where = f" at {list(index)}" if index else ""
        raise Violation(
            f"{what}{where}: got {np.asarray(got)[index]:.9g}, expected {np.asarray(expected)[index]:.9g}, "
            f"off by {worst:.3g} where rounding explains {atol:.3g}",
            got=got,
            expected=expected,
            excess=worst - atol,
        )


def without_backward(case: Case) -> str | None:
    """Reason for checks that need a backward pass."""
    return None if case.subject.backward is not None else "the subject has no backward"


def function_checks(
    inputs: Inputs, *, operations: float = 8.0, batched: bool = True, zero: bool = True
) -> tuple[Check, ...]:
    """The laws of being a function of rows: same input same output, input kept, dtype kept, rows independent.

    `operations` bounds the roundings by which two evaluations of one row may differ when the batch around it changes
    (matrix products are summed in another order then). `zero` says whether the map is defined at zero.
    """

    def unmodified(case: Case, x: np.ndarray) -> None:
        given = x.copy()
        case.subject.forward(given)
        if not np.array_equal(given, x):
            raise Violation("forward changed its input in place", got=given, expected=x)
        if case.subject.backward is not None:
            dy = np.ones_like(case.call(x), dtype=case.subject.dtype)
            given, cotangent = x.copy(), dy.copy()
            case.subject.backward(given, cotangent)
            if not (np.array_equal(given, x) and np.array_equal(cotangent, dy)):
                raise Violation("backward changed an argument in place", got=cotangent, expected=dy)

    def deterministic(case: Case, x: np.ndarray) -> None:
        first, second = case.call(x), case.call(x)
        if not np.array_equal(first, second):
            raise Violation("two calls on one input differ", got=second, expected=first)

    def finite(case: Case, x: np.ndarray) -> None:
        case.call(x)
        if zero:
            case.call(np.zeros_like(x))

    def keeps_dtype(case: Case, x: np.ndarray) -> None:
        got = np.asarray(case.subject.forward(x.copy())).dtype
        if got != np.dtype(case.subject.dtype):
            raise Violation(
                f"forward of {case.subject.dtype} returned {got}", got=str(got), expected=case.subject.dtype
            )

    def batch_independent(case: Case, x: np.ndarray) -> None:
        together = case.call(x)
        for row in range(len(x)):
            alone = case.call(x[row : row + 1])
            atol = rounding(case, operations * np.sqrt(x[0].size), together, x)
            require_close(f"row {row} alone against row {row} in the batch", alone[0], together[row], atol)

    def variants_agree(case: Case, x: np.ndarray) -> None:
        expected = case.call(x)
        for name, build in case.subject.variants.items():
            if name == "float64":
                continue
            got = case.call(x, shape=expected.shape, of=build())
            atol = rounding(case, operations * np.sqrt(x[0].size), expected, x)
            atol += (case.tolerance or 0.0) * float(np.sqrt(x[0].size) * np.max(np.abs(x), initial=0.0))
            require_close(f"output in the form {name!r}", got, expected, atol)

    def no_variants(case: Case) -> str | None:
        return None if set(case.subject.variants) - {"float64"} else "the subject offers no other form (eval, reloaded)"

    def parameters_kept(case: Case, x: np.ndarray) -> None:
        assert case.subject.parameters is not None
        before = {name: np.array(value) for name, value in case.subject.parameters().items()}
        case.call(x)
        for name, value in case.subject.parameters().items():
            if not np.array_equal(before[name], np.asarray(value)):
                raise Violation(
                    f"a forward call changed the parameter {name}", got=np.asarray(value), expected=before[name]
                )

    def no_parameters(case: Case) -> str | None:
        return None if case.subject.parameters is not None else "the subject shows no parameters"

    checks: tuple[Check, ...] = (
        Check("input_unmodified", (), "A call leaves its arguments as they were.", inputs, unmodified),
        Check(
            "finite",
            (),
            "Finite inputs give finite outputs, at zero too where the map is defined there.",
            inputs,
            finite,
        ),
        Check("deterministic", (), "Equal inputs give equal outputs.", inputs, deterministic),
        Check("dtype_kept", (), "The output has the dtype of the input.", inputs, keeps_dtype),
        Check(
            "variants_agree",
            (),
            "Other forms of the subject (eval, reloaded) compute the same.",
            inputs,
            variants_agree,
            no_variants,
            10,
        ),
        Check(
            "parameters_kept",
            (),
            "A forward call leaves the parameters as they were.",
            inputs,
            parameters_kept,
            no_parameters,
            5,
        ),
    )
    if batched:
        words = "A row's output does not depend on the other rows of the batch."
        checks += (Check("batch_independent", (), words, inputs, batch_independent),)
    return checks
