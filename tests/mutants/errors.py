"""Wrong refusals, each of which the table of bad input must notice."""

from tests.mutants import Mutant

TEST = "tests/test_errors.py::test_functions_refuse_bad_input"
GROUPSORT = f"{TEST}[groupsort.groupsort]"

MUTANTS = [
    Mutant(
        "the shape of a cotangent is not looked at",
        "lipref.groupsort",
        "if tuple(dy.shape) != tuple(expected):",
        "if False:",
        GROUPSORT,
    ),
    Mutant(
        "the error names another function",
        "lipref.groupsort",
        'require_choice("groupsort", "order"',
        'require_choice("sort", "order"',
        GROUPSORT,
    ),
    Mutant(
        "an argument is written to before it is refused",
        "lipref.groupsort",
        '    require_choice("groupsort", "order"',
        '    x += 1\n    require_choice("groupsort", "order"',
        GROUPSORT,
    ),
    Mutant(
        "a width of zero passes",
        "lipref.groupsort",
        "if x.shape[axis] == 0 or x.shape[axis] % group_size:",
        "if x.shape[axis] % group_size:",
        GROUPSORT,
    ),
    Mutant(
        "an error of Python's own instead of lipref's",
        "lipref.groupsort",
        '    require_integer("groupsort", "group_size", group_size, at_least=1)\n',
        "",
        GROUPSORT,
    ),
    Mutant(
        "a function without a row",
        "lipref.groupsort",
        "def maxmin(x: Array, *, axis: int = -1) -> Array:\n",
        "def unheard_of(x):\n    return x\n\n\ndef maxmin(x: Array, *, axis: int = -1) -> Array:\n",
        "tests/test_errors.py::test_the_table_is_complete",
    ),
]
