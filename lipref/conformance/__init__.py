"""The conformance kit: property-test another implementation against lipref.

    from lipref.conformance import Subject, check, parametrize

A `Subject` is the implementation, a contract is what it claims, `check` returns a `Report`, `parametrize` makes one
pytest case per check. Adapters are imported by name: `lipref.conformance.torch`, `.keras`, `.jax`, `.arrays`.
"""

from lipref.conformance.contract import CheckResult, ConformanceError, Contract, Parameter, Violation, check
from lipref.conformance.contracts import CONTRACTS
from lipref.conformance.pytest import parametrize
from lipref.conformance.report import Report
from lipref.conformance.subject import Subject

__all__ = [
    "CONTRACTS",
    "CheckResult",
    "ConformanceError",
    "Contract",
    "Parameter",
    "Report",
    "Subject",
    "Violation",
    "check",
    "parametrize",
]
