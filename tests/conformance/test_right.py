"""No false alarm on what is merely another convention."""

import os

import pytest

from lipref.conformance import check
from tests.conformance.right import RIGHT

NIGHTLY = os.environ.get("LIPREF_PROFILE") == "nightly"
SEEDS, EXAMPLES = (range(20), 200) if NIGHTLY else (range(3), 30)


@pytest.mark.parametrize("right", RIGHT, ids=[right.name for right in RIGHT])
def test_right_implementation_conforms(right):
    """Every check of the contract passes or says why it does not apply, on every seed."""
    for seed in SEEDS:
        report = check(
            right.subject, right.contract, tolerance=right.tolerance, examples=EXAMPLES, seed=seed, **right.parameters
        )
        assert report.ok, str(report)
        assert any(result.ok for result in report.checks)


def test_there_are_enough():
    """At least 25 implementations over at least 15 contracts."""
    assert len(RIGHT) >= 25
    assert len({right.contract for right in RIGHT}) >= 15
