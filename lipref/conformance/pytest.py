"""`parametrize`: one pytest case per check of a contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lipref.conformance.contract import prepare, run_check
from lipref.conformance.report import explain
from lipref.errors import DomainError, UnknownNameError


def parametrize(
    subject: Any,
    contract: str,
    *,
    expected_failures: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    examples: int = 50,
    seed: int = 0,
    **parameters: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator of a test function with one argument, `check`, which the test calls.

        @lipref.conformance.parametrize(my_layer, "groupsort", group_size=2)
        def test_my_layer(check):
            check()

    Parameters
    ----------
    subject, contract, tolerance, examples, seed, **parameters
        As `lipref.conformance.check`.
    expected_failures : mapping of check name to reason, optional
        Strict: an expected failure that passes is an error.

    Raises
    ------
    UnknownNameError, DomainError
        An expected failure names no check of the contract, or gives no reason; else as `check`.
    """
    import pytest

    chosen, case = prepare(subject, contract, tolerance=tolerance, seed=seed, **parameters)
    expected = dict(expected_failures or {})
    names = [each.name for each in chosen.checks]
    for name, reason in expected.items():
        if name not in names:
            raise UnknownNameError("parametrize", f"expected_failures to name checks ({', '.join(names)})", repr(name))
        if not (isinstance(reason, str) and reason.strip()):
            raise DomainError("parametrize", f"a reason for the expected failure {name}", repr(reason))

    def runner(each: Any) -> Callable[[], None]:
        def run() -> None:
            result = run_check(each, case, examples)
            if result.ok is None:
                pytest.skip(result.message)
            if not result.ok:
                pytest.fail(explain(result), pytrace=False)

        return run

    cases = [
        pytest.param(
            runner(each),
            id=each.name,
            marks=[pytest.mark.xfail(strict=True, reason=expected[each.name])] if each.name in expected else [],
        )
        for each in chosen.checks
    ]
    return pytest.mark.parametrize("check", cases)
