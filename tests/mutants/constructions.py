"""Wrong versions of the constructions, each with the test that must notice."""

from tests.mutants import Mutant

FILE, MODULE = "tests/test_constructions.py", "lipref.constructions"


def mutant(name, old, new, test):
    return Mutant(name, MODULE, old, new, f"{FILE}::{test}")


MUTANTS = [
    mutant(
        "printed gap",
        "gap = 2 * _fraction(largest) if gap is None else gap",
        "gap = 2 * _fraction(largest) - 1 if gap is None else gap",
        "test_maxmin_from_fullsort_on_all_points",
    ),
    mutant(
        "printed gap accepted",
        "if _fraction(gap) < 2 * _fraction(largest):",
        "if _fraction(gap) < _fraction(largest):",
        "test_printed_gap_of_fullsort_is_refuted",
    ),
    mutant(
        "order of the steps kept for descending",
        "steps = steps[::-1]",
        "steps = steps[:]",
        "test_maxmin_from_fullsort_on_all_points",
    ),
    mutant(
        "wrap pair turned round",
        "+ [(0, n - 1)]",
        "+ [(n - 1, 0)]",
        "test_fullsort_from_maxmin_by_zero_one_principle",
    ),
    mutant(
        "half of the layers",
        "for layer in range(n)]",
        "for layer in range(n // 2)]",
        "test_fullsort_from_maxmin_by_zero_one_principle",
    ),
    mutant(
        "bubble sort one comparator short",
        "for end in range(n - 1, 0, -1):",
        "for end in range(n - 1, 1, -1):",
        "test_fullsort_from_maxmin_by_zero_one_principle",
    ),
    mutant(
        "constant unit at the wrong end",
        '[top if order == "ascending" else -top]',
        '[-top if order == "ascending" else top]',
        "test_fullsort_from_maxmin_by_zero_one_principle",
    ),
    mutant(
        "odd width without a bound",
        "if width % 2 and largest is None:",
        "if False:",
        "test_fullsort_from_maxmin_of_odd_width_needs_a_bound",
    ),
    mutant(
        "shift without the root of two",
        "[math.sqrt(2) * b, 0.0]",
        "[b, 0.0]",
        "test_maxmin_from_abs_on_its_domain",
    ),
    mutant(
        "domain of the rotation unchecked",
        "if _fraction(least_sum) + 2 * _fraction(shift) < 0:",
        "if False:",
        "test_maxmin_from_abs_at_and_beyond_its_boundary",
    ),
    mutant(
        "negative half kept negative",
        "Fraction(1), Fraction(-1)\n    (up",
        "Fraction(1), Fraction(1)\n    (up",
        "test_rational_constructions_are_exact",
    ),
    mutant(
        "minimum selected",
        "chosen = _selection(range(0, 2 * width, 2), 2 * width)",
        "chosen = _selection(range(1, 2 * width, 2), 2 * width)",
        "test_rational_constructions_are_exact",
    ),
    mutant(
        "slopes of the 2-norm exchanged",
        "width, half_sum + half_difference, half_sum - half_difference, dtype)",
        "width, half_sum + half_difference, half_difference - half_sum, dtype)",
        "test_slopes_in_the_2_norm",
    ),
    mutant(
        "first entry of the ascending group",
        'last = group_size - 1 if order == "ascending" else 0',
        'last = 0 if order == "ascending" else group_size - 1',
        "test_maxout_from_groupsort",
    ),
    mutant(
        "offset of the fold ignored on the way back",
        "back = [-sum(w * b for w, b in zip(row, motion)) for row in rows]",
        "back = [-sum(w * b for w, b in zip(row[1:], motion[1:])) for row in rows]",
        "test_fold_reflects_one_side",
    ),
    mutant(
        "other coordinates folded too",
        "*[number(largest)] * (len(n) - 1)]",
        "*[number(0)] * (len(n) - 1)]",
        "test_fold_reflects_one_side",
    ),
]
