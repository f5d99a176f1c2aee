"""Statements of "Adversarial Lipschitz regularization" (ALR), in the paper's order."""

from lipref.statements import Statement

STATEMENTS: tuple[Statement, ...] = ()
