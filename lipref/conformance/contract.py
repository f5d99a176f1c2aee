"""Contracts and the engine that runs them.

A contract is a tuple of named checks. A check draws inputs (Hypothesis), calls the subject and raises a `Violation`
that says what was got, what was expected and by how much; Hypothesis shrinks the inputs, so that the violation which is
reported is a small one. Checks name the statements of the papers that they instantiate.
"""

from __future__ import annotations

import contextlib
import traceback
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import hypothesis
import numpy as np
from hypothesis.errors import Flaky, FlakyFailure, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from lipref._array import require_integer
from lipref.conformance.subject import Subject, as_subject
from lipref.errors import DomainError, DTypeError, LiprefError, UnknownNameError


class ConformanceError(LiprefError, AssertionError):
    """A subject violates its contract; `report` holds the findings."""

    @property
    def report(self) -> Any:
        """The `Report` that was the occasion."""
        return self.values["report"]


class Violation(AssertionError):
    """One law broken by one call of the subject.

    Attributes
    ----------
    message : str
        One sentence with the numbers.
    got, expected : any
        What the subject returned and what the law allows (arrays or numbers).
    excess : float or None
        By how much, in the units that the message names.
    inputs : mapping or None
        What to show in place of the drawn inputs: the part of them that the search found to matter.
    """

    def __init__(
        self,
        message: str,
        *,
        got: Any = None,
        expected: Any = None,
        excess: float | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.got, self.expected, self.excess, self.inputs = message, got, expected, excess, inputs


@dataclass(frozen=True)
class Parameter:
    """A convention or bound that the caller states: name, default, meaning, and choices or a lower bound."""

    name: str
    default: Any
    meaning: str
    choices: tuple[Any, ...] | None = None
    kind: type = str
    """int, float, bool, str or tuple (of integers), for values that come as text."""
    above: float | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """What a check gets: the subject, the stated parameters, the tolerance on bounds, a seed."""

    subject: Subject
    parameters: SimpleNamespace
    tolerance: float | None
    seed: int

    def call(self, *inputs: Any, shape: tuple[int, ...] | None = None, of: Subject | None = None) -> np.ndarray:
        """Forward of the subject on private copies of the inputs; wrong types, shapes and NaN are violations."""
        subject = self.subject if of is None else of
        return _array("forward", subject.forward(*map(_copy, inputs)), shape)

    def rows(self, x: np.ndarray) -> np.ndarray:
        """Forward on a batch, whose output must be a batch of as many rows."""
        y = self.call(x)
        if y.ndim == 0 or len(y) != len(x):
            raise Violation(f"forward returned shape {y.shape} for a batch of {len(x)} rows", got=y.shape)
        return y

    def pull_back(self, *inputs: Any, shape: tuple[int, ...]) -> np.ndarray:
        """Backward of the subject; the last input is the cotangent."""
        assert self.subject.backward is not None
        return _array("backward", self.subject.backward(*map(_copy, inputs)), shape)


def _copy(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def _array(what: str, value: Any, shape: tuple[int, ...] | None) -> np.ndarray:
    try:
        array = np.asarray(value)
    except Exception as error:
        raise Violation(f"{what} returned {type(value).__name__}, which is no array: {error}") from error
    if array.dtype.kind not in "fiu":
        raise Violation(f"{what} returned dtype {array.dtype}, expected real floating numbers", got=str(array.dtype))
    if shape is not None and array.shape != tuple(shape):
        raise Violation(
            f"{what} returned shape {array.shape}, expected {tuple(shape)}", got=array.shape, expected=tuple(shape)
        )
    if not np.all(np.isfinite(array)):
        raise Violation(f"{what} returned NaN or infinity for finite input", got=array)
    return array


@dataclass(frozen=True, eq=False)
class Check:
    """One law of a contract.

    `inputs(case)` is a strategy of keyword arguments by name (arrays and numbers); `law(case, **inputs)` raises a
    Violation; `needs(case)` returns why the check does not apply to this subject, or None.
    """

    name: str
    statements: tuple[str, ...]
    words: str
    """The law in one sentence."""
    inputs: Callable[[Case], SearchStrategy[dict[str, Any]]]
    law: Callable[..., None]
    needs: Callable[[Case], str | None] = lambda case: None
    examples: int | None = None
    """Upper limit on examples for costly or input-free checks."""
    shrink: bool = True
    """False where the inputs only start a search: its findings do not get simpler with them."""


@dataclass(frozen=True, eq=False)
class Contract:
    """A named set of checks and the parameters they read."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    checks: tuple[Check, ...]
    validate: Callable[[SimpleNamespace], None] = lambda parameters: None
    """Raises when parameters contradict each other."""
    ready: Callable[[Case], None] = lambda case: None
    """Raises when the subject lacks what the contract cannot do without."""

    def resolve(self, given: Mapping[str, Any]) -> SimpleNamespace:
        """Parameters with defaults filled in and text converted.

        Raises
        ------
        UnknownNameError, DTypeError, DomainError
            An unknown parameter, or a value outside its type or choices.
        """
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known:
                listed = ", ".join(known) or "none"
                raise UnknownNameError(self.name, f"a parameter of this contract ({listed})", repr(name), value=name)
        values = {p.name: _convert(self.name, p, given.get(p.name, p.default)) for p in self.parameters}
        parameters = SimpleNamespace(**values)
        self.validate(parameters)
        return parameters


def _convert(contract: str, parameter: Parameter, value: Any) -> Any:
    name, kind = parameter.name, parameter.kind
    if value is None or (parameter.choices is not None and value in parameter.choices and not isinstance(value, str)):
        return value
    if isinstance(value, str) and kind is not str:
        try:
            if kind is bool:
                value = {"true": True, "false": False}[value.lower()]
            elif kind is tuple:
                value = tuple(int(part) for part in value.strip("()").split(",") if part.strip())
            else:
                value = kind(value)
        except (ValueError, KeyError):
            raise DTypeError(contract, f"{name} to be {kind.__name__}", repr(value), value=value) from None
    if kind is float and isinstance(value, int | np.floating | np.integer) and not isinstance(value, bool):
        value = float(value)
    if kind is tuple and isinstance(value, list | int):
        value = (value,) if isinstance(value, int) else tuple(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DTypeError(contract, f"{name} to be {kind.__name__}", f"{value!r}", value=value)
    if parameter.choices is not None and value not in parameter.choices:
        listed = ", ".join(map(repr, parameter.choices))
        raise UnknownNameError(contract, f"{name} to be one of {listed}", repr(value), value=value)
    number: Any = value
    if kind in (int, float) and parameter.choices is None and not np.isfinite(number):
        raise DomainError(contract, f"a finite {name}", repr(value), value=value)
    if parameter.above is not None and not number > parameter.above:
        raise DomainError(contract, f"{name} > {parameter.above}", repr(value), value=value)
    return value


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one check; `ok` is None when the check did not apply (`message` says why)."""

    name: str
    statements: tuple[str, ...]
    ok: bool | None
    examples: int
    message: str = ""
    counterexample: dict[str, Any] | None = field(default=None)
    words: str = ""


@contextlib.contextmanager
def _quiet():
    """Hypothesis prints the falsifying example; the report says it better."""
    with hypothesis.reporting.with_reporter(lambda text: None):
        yield


def run_check(check: Check, case: Case, examples: int) -> CheckResult:
    """Run one check on one subject; a subject that raises is a finding, never an error of the kit."""
    reason = check.needs(case)
    if reason is not None:
        return CheckResult(check.name, check.statements, None, 0, f"not checked: {reason}", None, check.words)
    count = 0
    last: dict[str, Any] = {}

    def attempt(inputs: dict[str, Any]) -> None:
        nonlocal count, last
        count += 1
        last = inputs
        with np.errstate(all="ignore"):
            check.law(case, **inputs)

    limit = examples if check.examples is None else min(examples, check.examples)
    run = hypothesis.given(check.inputs(case))(attempt)
    run = hypothesis.settings(
        max_examples=limit,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[phase for phase in hypothesis.Phase if check.shrink or phase is not hypothesis.Phase.shrink],
        derandomize=False,
    )(run)
    run = hypothesis.seed(zlib.crc32(f"{case.seed}:{check.name}".encode()))(run)
    try:
        with _quiet():
            run()
    except Violation as violation:
        return _failed(check, case, count, violation.message, last, violation)
    except (Flaky, FlakyFailure):
        message = "the same call gave different results: the subject is not deterministic"
        return _failed(check, case, count, message, last, None)
    except Unsatisfiable:
        return CheckResult(
            check.name, check.statements, None, 0, "not checked: no lawful input found", None, check.words
        )
    except (Exception, SystemExit) as error:
        if isinstance(error, LiprefError) and _raised_by_kit(error):
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = f"the subject raised {type(error).__name__}: {error} (at {where.name}, line {where.lineno})"
        return _failed(check, case, count, message, last, None)
    return CheckResult(check.name, check.statements, True, count, "", None, check.words)


def _raised_by_kit(error: LiprefError) -> bool:
    """Whether a lipref error stems from the kit's own parameters rather than from the subject."""
    return isinstance(error, ConformanceError)


def _failed(
    check: Check, case: Case, count: int, message: str, inputs: Mapping[str, Any], violation: Violation | None
) -> CheckResult:
    if violation is not None and violation.inputs is not None:
        inputs = violation.inputs
    found: dict[str, Any] = {"inputs": dict(inputs)}
    if violation is not None:
        found |= {"got": violation.got, "expected": violation.expected, "excess": violation.excess}
    if case.subject.snippet is not None:
        try:
            found["snippet"] = case.subject.snippet(inputs)
        except Exception as error:  # the finding matters more than how to reproduce it
            found["snippet"] = f"# the subject's snippet raised {error!r}"
    return CheckResult(check.name, check.statements, False, count, message, found, check.words)


def check(
    subject: Any,
    contract: str,
    *,
    tolerance: float | None = None,
    examples: int = 50,
    seed: int = 0,
    raise_on_violation: bool = False,
    **parameters: Any,
) -> Any:
    """Run a contract on a subject and return the `Report`.

    Parameters
    ----------
    subject : Subject, torch or keras module, or callable on NumPy arrays
    contract : str
        Name of a contract; `lipref contracts` lists them.
    tolerance : float, optional
        Relative excess over a Lipschitz or norm bound that passes; the default covers rounding, 0 is strict.
    examples, seed : int
        Inputs drawn per check, and what they are drawn from.
    raise_on_violation : bool
        Raise a `ConformanceError` instead of returning a report that is not ok.
    **parameters
        The contract's own parameters (conventions and claims).

    Raises
    ------
    UnknownNameError, DTypeError, DomainError
        The contract or a parameter is unknown or unlawful.
    ConformanceError
        With `raise_on_violation`, when a check failed.
    """
    from lipref.conformance.report import Report

    chosen, case = prepare(subject, contract, tolerance=tolerance, seed=seed, **parameters)
    require_integer("check", "examples", examples, at_least=1)
    results = tuple(run_check(each, case, examples) for each in chosen.checks)
    report = Report(case.subject.name, contract, vars(case.parameters), seed, results)
    if raise_on_violation and not report.ok:
        failed = ", ".join(result.name for result in results if result.ok is False)
        raise ConformanceError(
            contract, f"{case.subject.name} to conform", f"violations of {failed}\n{report}", report=report
        )
    return report


def prepare(
    subject: Any, contract: str, *, tolerance: float | None = None, seed: int = 0, **parameters: Any
) -> tuple[Contract, Case]:
    """The contract by name and the case its checks run on; errors as `check`."""
    from lipref.conformance import CONTRACTS

    if contract not in CONTRACTS:
        raise UnknownNameError("check", f"a contract ({', '.join(CONTRACTS)})", repr(contract), value=contract)
    if tolerance is not None and not 0 <= tolerance < float("inf"):
        raise DomainError("check", "a finite tolerance >= 0", repr(tolerance), value=tolerance)
    require_integer("check", "seed", seed, at_least=0)
    chosen = CONTRACTS[contract]
    case = Case(as_subject(subject), chosen.resolve(parameters), tolerance, seed)
    chosen.ready(case)
    return chosen, case
