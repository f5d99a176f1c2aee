"""Errors of lipref: one family, each carrying the offending values as fields.

Every message has the same shape, `function: expected ...; got ...`, in the caller's terms. The kinds also derive
from the built-in exception a caller would expect, so that `except ValueError` keeps working.
"""

from __future__ import annotations

from typing import Any


class LiprefError(Exception):
    """Base of all errors raised on purpose by lipref.

    Attributes
    ----------
    function : str
        Public function, layer or command that refused.
    expected, got : str
        What was wanted and what came, in words.
    values : dict
        The offending values themselves (shapes, dtypes, numbers), by name.
    """

    def __init__(self, function: str, expected: str, got: str, **values: Any) -> None:
        super().__init__(function, expected, got)
        self.function, self.expected, self.got, self.values = function, expected, got, values

    def __str__(self) -> str:
        return f"{self.function}: expected {self.expected}; got {self.got}"

    def __reduce__(self):
        return _rebuild, (type(self), self.function, self.expected, self.got, self.values)


def _rebuild(kind, function, expected, got, values):
    return kind(function, expected, got, **values)


class ShapeError(LiprefError, ValueError):
    """A shape, axis, width or group size does not fit."""


class DTypeError(LiprefError, TypeError):
    """A dtype or Python type is not one of those the function is defined for."""


class DomainError(LiprefError, ValueError):
    """A value lies outside the domain of the statement: NaN, infinity, negative radius, label outside the classes."""


class UnknownNameError(LiprefError, LookupError):
    """A name (backend, rule, reduction, statement, layer) is not one of the known ones."""


class BackendError(LiprefError, RuntimeError):
    """An array library is missing, or libraries or devices are mixed."""


class ConvergenceError(LiprefError, ArithmeticError):
    """An iteration cannot reach, or did not reach, the accuracy that was asked for."""


class FormatError(LiprefError, ValueError):
    """A file is not one that lipref wrote, or of a version it does not know."""
