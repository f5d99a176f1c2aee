"""Wrong versions of Highest Mountain Functions and of the Koch curve, each with the test that must notice."""

from tests.mutants import Mutant

MODULE, KOCH = "lipref.mountain", "lipref.koch"
FILE, KOCH_FILE = "tests/test_mountain.py", "tests/test_koch.py"


def mountain(name: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(name, MODULE, old, new, f"{FILE}::{test}")


def koch(name: str, old: str, new: str, test: str) -> Mutant:
    return Mutant(name, KOCH, old, new, f"{KOCH_FILE}::{test}")


MUTANTS = [
    mountain(
        "the nearest half space for the polyhedron, in fractions",
        "return (u, multipliers) if all(rows @ u <= levels) else _least_exactly(rows, levels)",
        "return u, multipliers",
        "test_nearest_frontier_is_on_the_frontier_and_nearest",
    ),
    mountain(
        "the nearest half space for the polyhedron, in floats",
        "return (u, multipliers) if np.all(rows @ u <= levels + slack)",
        "return (u, multipliers) if True",
        "test_highest_mountain_is_the_signed_distance",
    ),
    mountain(
        "search given up after the first polyhedron",
        "if bound >= best @ best:",
        "if True:",
        "test_the_nearest_half_space_may_hold_the_farther_polyhedron",
    ),
    mountain(
        "distance to the other class",
        "return 2 * (own - b), _squares(own) - b @ b",
        "return own - b, _squares(own) - b @ b",
        "test_on_the_line_the_frontier_is_midpoints",
    ),
    mountain(
        "sign forgotten",
        'values = [side * _length("highest_mountain", step) for',
        'values = [_length("highest_mountain", step) for',
        "test_highest_mountain_is_the_signed_distance",
    ),
    mountain(
        "sides swapped",
        "side = 1 if gap > 0 else -1\n    own, other = (positive, negative)",
        "side = -1 if gap > 0 else 1\n    own, other = (negative, positive)",
        "test_on_the_line_the_frontier_is_midpoints",
    ),
    mountain(
        "gradient towards the frontier",
        "gradients.append(-side * step / length if side",
        "gradients.append(step / length if side",
        "test_gradient_laws",
    ),
    mountain(
        "jvp along the first axis alone",
        "return xp.sum(dx * residuals.gradient, axis=-1)\n\n\ndef multiclass_mountain(",
        "return dx[..., 0] * residuals.gradient[..., 0]\n\n\ndef multiclass_mountain(",
        "test_gradient_laws",
    ),
    mountain(
        "gradient of another size",
        "-side * step / length if side else",
        "-2 * side * step / length if side else",
        "test_gradient_against_differences",
    ),
    mountain(
        "frontier gradient turned",
        "normal = positive[first[0]] - negative[first[1]]",
        "normal = negative[first[1]] - positive[first[0]]",
        "test_gradient_on_the_frontier_points_from_b_to_a",
    ),
    mountain(
        "against the next class alone",
        "others = np.concatenate([s for j, s in enumerate(sets) if j != k])",
        "others = sets[(k + 1) % len(sets)]",
        "test_multiclass_is_one_lipschitz_into_l1",
    ),
    mountain(
        "multiclass backward of the first class",
        "return xp.sum(df[..., None] * residuals.gradient, axis=-2)",
        "return (df[..., None] * residuals.gradient)[..., 0, :]",
        "test_multiclass_of_two_classes_is_the_binary_one",
    ),
    mountain(
        "dual bound without the norm",
        "bound = drop * drop / (pull @ pull) if any(pull)",
        "bound = drop * drop if any(pull)",
        "test_highest_mountain_is_the_signed_distance",
    ),
    mountain(
        "roots rounded to nearest",
        "root = math.nextafter(root, 0.0 if down else math.inf)",
        "break",
        "test_highest_mountain_is_the_signed_distance",
    ),
    mountain(
        "the largest bound of all polyhedra",
        "lower = min(bound for bound, _, _ in found)",
        "lower = max(bound for bound, _, _ in found)",
        "test_highest_mountain_is_the_signed_distance",
    ),
    mountain(
        "negative multipliers kept",
        "if slopes[new] <= 0:\n            break",
        "if slopes[new] <= 0 or len(active) == 1:\n            break",
        "test_nearest_frontier_is_on_the_frontier_and_nearest",
    ),
    mountain(
        "cells pruned too early",
        "if abs(value) <= 2 * half * math.sqrt(len(x)) + slack:",
        "if abs(value) <= half / 2:",
        "test_distance_oracles_agree",
    ),
    mountain(
        "upper bound at the other side's centre doubled",
        "found = high * float(np.linalg.norm(centre - x))",
        "found = high * float(np.linalg.norm(centre - x)) / 2",
        "test_distance_oracles_of_balls",
    ),
    mountain(
        "irrational roots rounded",
        "if root * root != square:",
        "if False:",
        "test_irrational_distance_is_refused_in_exact_mode",
    ),
    mountain(
        "silent at the end of the cells",
        "raise ConvergenceError(",
        "return ConvergenceError(",
        "test_bounds_are_refused_within_too_few_cells",
    ),
    mountain(
        "rounding of the solver let through",
        "return u, multipliers\n\n\ndef _least_exactly",
        "return u * (1 + 1e-10), multipliers\n\n\ndef _least_exactly",
        "test_bounds_hold_in_many_dimensions",
    ),
    koch(
        "bumps inwards",
        "turned = np.stack([step[:, 0] * half + step[:, 1] * 3 * half, (step[:, 1] - step[:, 0]) * half], axis=-1)",
        "turned = np.stack([step[:, 0] * half - step[:, 1] * 3 * half, (step[:, 1] + step[:, 0]) * half], axis=-1)",
        "test_measures_are_those_of_the_corners",
    ),
    koch(
        "area ratio", "(1 - Fraction(4, 9) ** iterations)", "(1 - Fraction(4, 3) ** -iterations)", "test_fourth_iterate"
    ),
    koch(
        "distance to lines",
        "share = xp.where(share < 0, 0 * share, xp.where(share > 1, 0 * share + 1, share))",
        "share = xp.where(share < 0, 0 * share, share)",
        "test_beyond_a_corner_the_corner_is_nearest",
    ),
    koch(
        "the plane without √3",
        "square = steps[0] * steps[0] + 3 * steps[1] * steps[1]",
        "square = steps[0] * steps[0] + steps[1] * steps[1]",
        "test_exact_and_floating_distances_agree",
    ),
    koch(
        "corners counted twice",
        "spans = (q0 > q) != (q0 + b > q)",
        "spans = (q0 >= q) != (q0 + b > q)",
        "test_exact_and_floating_distances_agree",
    ),
    koch(
        "gradient inwards",
        "divisor = xp.where(value == 0, xp.ones_like(value), -value)",
        "divisor = xp.where(value == 0, xp.ones_like(value), value)",
        "test_snowflake_is_one_lipschitz",
    ),
    koch(
        "backward doubled",
        "return highest_mountain_backward(residuals, df)",
        "return 2 * highest_mountain_backward(residuals, df)",
        "test_snowflake_derivatives",
    ),
    koch(
        "outer curve alone",
        "value = xp.where(nearer, -inner, value)",
        "value = xp.where(nearer, value, value)",
        "test_ring_and_scale",
    ),
]
