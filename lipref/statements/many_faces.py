"""Statements of "The many faces of 1-Lipschitz neural networks" (MF), in the paper's order."""

from lipref.statements import Statement

STATEMENTS: tuple[Statement, ...] = ()
