"""Statements of "The many faces of 1-Lipschitz neural networks" (MF), in the paper's order, one file per part."""

from lipref.statements import Statement
from lipref.statements.many_faces import cross_entropy, expressivity, generalization, robustness, setting, training

PARTS = (setting, expressivity, robustness, cross_entropy, generalization, training)

STATEMENTS: tuple[Statement, ...] = tuple(statement for part in PARTS for statement in part.section.statements)
