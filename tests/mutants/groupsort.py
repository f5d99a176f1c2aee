"""Wrong versions of GroupSort, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_groupsort.py"

MUTANTS = [
    Mutant(
        "backward uses the permutation instead of its inverse",
        "lipref.groupsort",
        "inverse = xp.argsort(residuals.indices, axis=-1)",
        "inverse = residuals.indices",
        f"{FILE}::test_groupsort_backward_is_adjoint_of_jvp",
    ),
    Mutant(
        "order ignored",
        "lipref.groupsort",
        'descending=order == "descending"',
        "descending=False",
        f"{FILE}::test_groupsort_sorts_each_group",
    ),
    Mutant(
        "jvp and backward exchanged together",
        "lipref.groupsort",
        "dx_groups, residuals.indices, axis=-1",
        "dx_groups, xp.argsort(residuals.indices, axis=-1), axis=-1",
        f"{FILE}::test_groupsort_jvp_is_difference_quotient",
    ),
    Mutant(
        "cotangent scattered twice to one entry",
        "lipref.groupsort",
        "inverse = xp.argsort(residuals.indices, axis=-1)",
        "inverse = xp.argsort(residuals.indices, axis=-1) * 0",
        f"{FILE}::test_groupsort_preserves_norm",
    ),
    Mutant(
        "axis not moved back",
        "lipref.groupsort",
        "(*groups.shape[:-2], shape[axis])), -1, axis)",
        "(*groups.shape[:-2], shape[axis])), -1, -1)",
        f"{FILE}::test_groupsort_sorts_along_any_axis",
    ),
]
