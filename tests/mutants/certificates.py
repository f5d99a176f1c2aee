"""Wrong versions of certificates and attacks, each with the test that must notice."""

from tests.mutants import Mutant

FILE = "tests/test_certificates.py"
ATTACKS = "tests/test_attacks.py"
CONSTANTS = '{"per-logit": 2, "joint-l2": math.sqrt(2), "joint-l1": 1}'

MUTANTS = [
    Mutant(
        "negative margins kept",
        "lipref.certificates",
        "return xp.where(smallest > 0, smallest, xp.abs(0 * smallest))",
        "return smallest",
        f"{FILE}::test_margin_is_the_definition",
    ),
    Mutant(
        "the printed half: margin over K/2",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 0.5, "joint-l2": math.sqrt(2), "joint-l1": 1}',
        f"{FILE}::test_radius_is_attained",
    ),
    Mutant(
        "the printed whole: margin over K",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 1, "joint-l2": math.sqrt(2), "joint-l1": 1}',
        f"{FILE}::test_radius_holds_on_linear_classifiers",
    ),
    Mutant(
        "printed half, exact",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 1, "joint-l2": math.sqrt(2), "joint-l1": 1}',
        f"{FILE}::test_printed_half_is_refuted",
    ),
    Mutant(
        "printed whole, exact",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 1, "joint-l2": math.sqrt(2), "joint-l1": 1}',
        f"{FILE}::test_printed_whole_is_refuted",
    ),
    Mutant(
        "full margin in joint l2",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 2, "joint-l2": 1, "joint-l1": 1}',
        f"{FILE}::test_radius_is_margin_over_its_constant",
    ),
    Mutant(
        "half of the margin in joint l1",
        "lipref.certificates",
        CONSTANTS,
        '{"per-logit": 2, "joint-l2": math.sqrt(2), "joint-l1": 2}',
        f"{FILE}::test_joint_l1_halves_would_be_loose",
    ),
    Mutant(
        "norm of the features instead of its dual",
        "lipref.certificates",
        "vector_norm(differences, dual_exponent(p))",
        "vector_norm(differences, p)",
        f"{FILE}::test_pairwise_radius_is_at_least_the_plain_one",
    ),
    Mutant(
        "wrong classes certified",
        "lipref.certificates",
        "wrong = xp.any((true == 0) & (gaps <= 0), axis=-1)",
        "wrong = xp.any((true == 0) & (gaps > 1e9), axis=-1)",
        f"{FILE}::test_pairwise_radius_is_exact_on_fractions",
    ),
    Mutant(
        "no pair means no radius",
        "lipref.certificates",
        "one * (0 if is_exact(logits) else math.inf)",
        "one * 0",
        f"{FILE}::test_pair_that_cannot_flip_has_infinite_radius",
    ),
    Mutant(
        "binary radius halved",
        "lipref.certificates",
        "return xp.abs(scores) / (",
        "return xp.abs(scores) / 2 / (",
        f"{FILE}::test_binary_radius",
    ),
    Mutant(
        "binary radius doubled",
        "lipref.certificates",
        "return xp.abs(scores) / (",
        "return 2 * xp.abs(scores) / (",
        f"{FILE}::test_binary_radius_holds_on_networks",
    ),
    Mutant(
        "norms exchanged",
        "lipref.certificates",
        "float(n) ** (1 / p - (0 if q == math.inf else 1 / q))",
        "float(n) ** (1 - 1 / p)",
        f"{FILE}::test_norm_factor_is_attained",
    ),
    Mutant(
        "closed balls certified",
        "lipref.certificates",
        "radii > epsilon",
        "radii >= epsilon",
        f"{FILE}::test_certified_accuracy_is_strict",
    ),
    Mutant(
        "rival is the worst class",
        "lipref.attacks",
        "best = xp.argmin(others",
        "best = xp.argmax(gaps",
        f"{ATTACKS}::test_f6_is_the_definition",
    ),
    Mutant(
        "step along the gradient",
        "lipref.attacks",
        "point = lawful(point - step_size * direction)",
        "point = lawful(point + step_size * direction)",
        f"{ATTACKS}::test_fgs_is_optimal_on_two_class_linear",
    ),
    Mutant(
        "no projection in l2",
        "lipref.attacks",
        "epsilon / xp.where(size > 0, size, size + 1), size * 0 + 1)",
        "size * 0 + 1, size * 0 + 1)",
        f"{ATTACKS}::test_pgd_stays_in_ball_and_box",
    ),
    Mutant(
        "ball twice as large",
        "lipref.attacks",
        "delta = xp.clip(delta, -epsilon, epsilon)",
        "delta = xp.clip(delta, -3 * epsilon, 3 * epsilon) * 3",
        f"{ATTACKS}::test_pgd_never_breaks_a_certificate",
    ),
    Mutant(
        "last point instead of the best",
        "lipref.attacks",
        "better = value < best_value",
        "better = value < best_value + 1e9",
        f"{ATTACKS}::test_pgd_is_not_worse_than_standing_still",
    ),
    Mutant(
        "all steps in one",
        "lipref.attacks",
        "if step < steps:",
        "if step < 1:",
        f"{ATTACKS}::test_pgd_beats_fgs_across_a_kink",
    ),
    Mutant(
        "zero gradient divided by zero",
        "lipref.attacks",
        "direction = gradient / xp.where(size > 0, size, size + 1)",
        "direction = gradient / size",
        f"{ATTACKS}::test_pgd_takes_zero_steps_where_the_gradient_vanishes",
    ),
    Mutant(
        "ties counted as right",
        "lipref.attacks",
        "f6(network(x), labels) > 0, xp.int64",
        "f6(network(x), labels) >= 0, xp.int64",
        f"{ATTACKS}::test_accuracy_counts_ties_as_wrong",
    ),
]
