"""Statements of "Adversarial Lipschitz regularization" (ALR), in the paper's order, one file per part."""

from lipref.statements import Statement
from lipref.statements.adversarial_lipschitz import derivation, penalties

PARTS = (penalties, derivation)

STATEMENTS: tuple[Statement, ...] = tuple(statement for part in PARTS for statement in part.section.statements)
