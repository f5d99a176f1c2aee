"""Statements of "Sorting out Lipschitz function approximation" (SO), in the paper's order, one file per part.

Ids and locators follow the ICLR 2019 review version, called 000; the ICML 2019 version is called 001.
"""

from lipref.statements import Statement
from lipref.statements.sorting_out import (
    background,
    constraints,
    experiments,
    gradient_norm,
    jacobian,
    robustness,
    sorting,
    universality,
)

PARTS = (background, gradient_norm, sorting, constraints, robustness, universality, jacobian, experiments)

STATEMENTS: tuple[Statement, ...] = tuple(statement for part in PARTS for statement in part.section.statements)
