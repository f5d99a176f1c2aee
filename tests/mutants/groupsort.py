"""Wrong versions of GroupSort, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_groupsort.py"

BOTH = f"{FILE}::test_both_texts_of_groupsort_are_equal"

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
    Mutant(
        "network exchanges equal entries",
        "lipref._groupsort_numpy",
        "exchange = a < b if descending else a > b",
        "exchange = a <= b if descending else a >= b",
        BOTH,
    ),
    Mutant(
        "network in spite of zeros of both signs",
        "lipref._groupsort_numpy",
        "if groups.shape[-1] not in SORT or bool((groups.view(bits) == negative_zero).any()):",
        "if groups.shape[-1] not in SORT:",
        BOTH,
    ),
    Mutant(
        "network of four one comparator short",
        "lipref._groupsort_numpy",
        "4: ((0, 1), (2, 3), (1, 2), (0, 1), (2, 3), (1, 2)),",
        "4: ((0, 1), (2, 3), (1, 2), (0, 1), (2, 3)),",
        f"{BOTH}_on_layers",
    ),
    Mutant(
        "cotangent unsorted by too short a network",
        "lipref._groupsort_numpy",
        "4: ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2))}",
        "4: ((0, 1), (2, 3), (0, 2), (1, 3))}",
        f"{BOTH}_on_layers",
    ),
    Mutant(
        "ties of large groups left unstable",
        "lipref._groupsort_numpy",
        "    if tied.any():",
        "    if False:",
        f"{BOTH}_on_layers",
    ),
    Mutant(
        "flat moves ignore the group",
        "lipref._groupsort_numpy",
        "return (indices + starts).reshape(-1)",
        "return (indices + 0 * starts).reshape(-1)",
        BOTH,
    ),
]
