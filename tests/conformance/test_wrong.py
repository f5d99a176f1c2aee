"""Each wrong implementation is caught by the check that is named for it."""

import pytest

from lipref.conformance import CONTRACTS
from lipref.conformance.contract import prepare, run_check
from tests.conformance.wrong import WRONG


@pytest.mark.parametrize("wrong", WRONG, ids=[wrong.name for wrong in WRONG])
def test_wrong_implementation_is_caught(wrong):
    """The named check fails, with a message and, unless the subject itself broke, numbers."""
    contract, case = prepare(wrong.subject, wrong.contract, tolerance=wrong.tolerance, **wrong.parameters)
    (check,) = (each for each in contract.checks if each.name == wrong.check)
    result = run_check(check, case, 50)
    assert result.ok is False, result
    assert result.message
    assert result.counterexample is not None


def test_there_are_enough():
    """At least 60, over all contracts, with unique names."""
    assert len(WRONG) >= 60
    assert {wrong.contract for wrong in WRONG} == set(CONTRACTS)
    assert len({wrong.name for wrong in WRONG}) == len(WRONG)
