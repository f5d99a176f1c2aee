"""The table of mutants: for each law and property a wrong version of the code, and the test that must fail on it.

One module per area holds a list `MUTANTS`; `tests/test_mutants.py` applies each patch to the source text of the named
module in a forked process, runs the named test there and asserts that it fails.
"""

import importlib
import pkgutil
from typing import NamedTuple


class Mutant(NamedTuple):
    """A wrong version of lipref that a test must notice."""

    name: str
    module: str
    old: str
    """Source text that occurs exactly once in the module."""
    new: str
    test: str
    """Node id of the test that must fail; all parametrisations of it run."""


def table() -> list[Mutant]:
    """All mutants of all areas, in a fixed order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [mutant for name in names for mutant in importlib.import_module(f"{__name__}.{name}").MUTANTS]
