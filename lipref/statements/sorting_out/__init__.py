"""Statements of "Sorting out Lipschitz function approximation" (SO), in the paper's order, one file per part.

Ids and locators follow the ICLR 2019 review version, called 000; the ICML 2019 version is called 001.
"""

from lipref.statements import Statement

STATEMENTS: tuple[Statement, ...] = ()
