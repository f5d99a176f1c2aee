"""lipref: the executable reference for 1-Lipschitz networks.

The top level exports the array border and the errors; every mathematical object is imported from the module that
bears its name, for example `from lipref.groupsort import groupsort`.
"""

from lipref._array import asarray, exact, to_backend, to_numpy
from lipref.errors import (
    BackendError,
    ConvergenceError,
    DomainError,
    DTypeError,
    FormatError,
    LiprefError,
    ShapeError,
    UnknownNameError,
)

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "ConvergenceError",
    "DTypeError",
    "DomainError",
    "FormatError",
    "LiprefError",
    "ShapeError",
    "UnknownNameError",
    "asarray",
    "exact",
    "to_backend",
    "to_numpy",
]
