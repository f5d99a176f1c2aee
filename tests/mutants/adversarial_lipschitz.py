"""Wrong versions of the statements of ALR, of the penalties and of the toy problem."""

from tests.mutants import Mutant
from tests.mutants.statements import claim

FIRST = "lipref.statements.adversarial_lipschitz.penalties"
SECOND = "lipref.statements.adversarial_lipschitz.derivation"
CODE = "lipref.penalties"
TOY = "lipref.toy_problem"
PENALTIES, TOY_TESTS = "tests/test_penalties.py", "tests/test_toy_problem.py"

MUTANTS = [
    claim("ALR-Eq1", "maximum at p - q", FIRST, "f = p / (p + q)", "f = (p + 1) / (p + q + 2)"),
    claim("ALR-Eq2", "unsorted pairing", FIRST, "zip(sorted(xs), sorted(ys), strict=True)) / 4", "zip(xs, ys, strict=True)) / 4"),
    claim("ALR-Eq3", "slopes of the wrong sign", FIRST, "[(s > 0) - (s < 0) for s in signs]", "[(s < 0) - (s > 0) for s in signs]"),
    claim("ALR-Eq4", "least constant halved", FIRST, "    return max(abs(values[i] - values[j]) /", "    return max(abs(values[i] - values[j]) / 2 /"),
    claim("ALR-Eq5", "generator climbs", FIRST, "moved = t - best *", "moved = t + best *"),
    claim("ALR-Eq6", "strict inequality", FIRST, "lipschitz == (least <= k)", "lipschitz == (least < k)"),
    claim("ALR-Eq7", "one-sided", FIRST, 'ctx, "two-sided-square", lambda t: ((t - 1) ** 2, 2 * (t - 1))', 'ctx, "square", lambda t: ((t - 1) ** 2, 2 * (t - 1))'),
    claim("ALR-Eq7", "gradient of the wrong sign", CODE, "gradient / safe[:, None], slopes / x.shape[0]", "gradient / safe[:, None], -slopes / x.shape[0]"),
    claim("ALR-Eq8", "distance squared", CODE, "_shaped(change / distance, lipschitz, shape)", "_shaped(change / distance**2, lipschitz, shape)"),
    claim("ALR-Eq9", "penalised below the bound", CODE, "excess = over * active", "excess = over"),
    claim("ALR-Rel1", "halving keeps norms", FIRST, '"gradient_norm": Fraction(1, 2)}', '"gradient_norm": Fraction(1)}'),
    claim("ALR-Eq10", "x held at the wrong end", CODE, "[0 * cotangent if hold_x else cotangent, -cotangent]", "[cotangent, 0 * cotangent if hold_x else -cotangent]"),
    claim("ALR-Eq11", "left for right singular vector", FIRST, "return float(s[0]), vt[0]", "return float(s[0]), vt[-1]"),
    claim("ALR-Eq12", "no normalisation of the metric", FIRST, "gram = j.T @ j\n        expected = np.array(start)", "gram = np.eye(3)\n        expected = np.array(start)"),
    claim("ALR-Eq13", "largest over x left out", FIRST, "assert max(inner.values()) == _finite_map", "assert min(inner.values()) == _finite_map"),
    claim("ALR-Eq14", "supremum attained", FIRST, '"supremum": Fraction(2)', '"supremum": Fraction(255, 128)'),
    claim("ALR-Eq15", "K subtracted twice", FIRST, "max(norm - k, 0)) <= atol", "max(norm - 2 * k, 0)) <= atol"),
    claim("ALR-Eq16", "direction not kept where flat", CODE, "        r, _ = _normalised(xp, gradient, r)", "        r, _ = _normalised(xp, gradient, 0 * r)"),
    claim("ALR-Eq16", "stall at another ratio", FIRST, '"squared_ratio": Fraction(17)', '"squared_ratio": Fraction(18)'),
    claim("ALR-Eq17", "sign as printed", FIRST, "min(slopes, key=lambda s: s * case[\"real\"] - s * case[\"generated\"])", "min(slopes, key=lambda s: s * case[\"generated\"] - s * case[\"real\"])"),
    claim("ALR-Eq18", "direction reversed", CODE, "network.backward(saved_step, _metric_gradient(xp, y - center, metric))[0]", "-network.backward(saved_step, _metric_gradient(xp, y - center, metric))[0]"),
    claim("ALR-Eq19", "one-sided", FIRST, '_check_critic(ctx, "two-sided-square"', '_check_critic(ctx, "square"'),
    claim("ALR-Eq20", "square left out", FIRST, '_check_critic(ctx, "hinge-plus-square"', '_check_critic(ctx, "hinge"'),
    claim("ALR-Reg", "square of the mean for the mean of squares", FIRST, '"mean_of_squares": Fraction(2)', '"mean_of_squares": Fraction(1)'),
    claim("ALR-Eq21", "least ratio", SECOND, "max(range(3), key=lambda i: squares[i]) == max", "min(range(3), key=lambda i: squares[i]) == max"),
    claim("ALR-Eq22", "weight 1", SECOND, '"penalty": Fraction(3, 8)', '"penalty": Fraction(3)'),
    claim("ALR-Eq23", "slope 0", SECOND, '"slope": Fraction(1)}', '"slope": Fraction(0)}'),
    claim("ALR-Eq24", "quotient falls", SECOND, "assert quotient(h, image) >= quotient(h, r)", "assert quotient(h, image) <= quotient(h, r)"),
    claim("ALR-Eq25", "Hessian without the factor 2", SECOND, "(2 * (j.T @ j) @ r).tolist()", "((j.T @ j) @ r).tolist()"),
    claim("ALR-Eq26", "sign of the step ignored", SECOND, 'case["direction"] == -case["r"]', 'case["direction"] == case["r"]'),
    claim("ALR-Eq26", "l2 metric of another direction", CODE, "return _normalised(xp, moved, 0 * moved)[0]", "return xp.sign(moved)"),
    claim("ALR-Toy", "no rounding", SECOND, "moved = np.float32(x + eps)", "moved = np.float64(x) + np.float64(eps)"),
    claim("ALR-Eq27", "ring up to 3", SECOND, "0 if 1 <= middle <= 2 else 1", "0 if 1 <= middle <= 3 else 1"),
    claim("ALR-Eq28", "optimum at 1/2", TOY, "(sqrt(33) - 3) / Integer(6)", "Integer(1) / 2"),
    claim("ALR-Eq28", "unweighted measure", TOY, "w = rho if weight is None else weight\n    total", "w = 1 if weight is None else weight\n    total"),
    Mutant("second-order term dropped", CODE, "residuals.direction, 0 * dy_bar, dy_bar", "residuals.direction, dy_bar, 0 * dy_bar", f"{PENALTIES}::test_gradient_penalty_backward_is_its_gradient"),
    Mutant("mean for sum in the pair gradient", CODE, "slopes / (x.shape[0] * distance * safe)", "slopes / (distance * safe)", f"{PENALTIES}::test_pair_penalty_backward_is_its_gradient"),
    Mutant("both ends held", CODE, "[0 * cotangent if hold_x else cotangent, -cotangent]", "[cotangent, -cotangent]", f"{PENALTIES}::test_holding_x_leaves_the_moving_end"),
    Mutant("l∞ gradient without its sign", CODE, "& first, xp.sign(moved), 0 * moved)", "& first, xp.sign(moved) ** 2, 0 * moved)", f"{PENALTIES}::test_adversarial_direction_finds_the_slope"),
    Mutant("epsilon ignored", CODE, "x + epsilon[:, None] * adversarial", "x + adversarial", f"{PENALTIES}::test_penalties_run_on_every_backend"),
    Mutant("zero rows lose their direction", CODE, "        r, _ = _normalised(xp, gradient, r)", "        r, _ = _normalised(xp, gradient, 0 * r)", f"{PENALTIES}::test_flat_rows_keep_their_direction"),
    Mutant("hinge at the wrong bound", CODE, "over = t - lipschitz", "over = t + lipschitz", f"{PENALTIES}::test_penalty_shapes_are_exact_on_fractions"),
    Mutant("pairs may coincide", CODE, "if not bool(xp.all(distance > 0)):", "if not bool(xp.all(distance >= 0)):", f"{PENALTIES}::test_coincident_pairs_are_refused"),
    Mutant("square of half the size", TOY, "2 * pi * radial_error(profile) / 64", "2 * pi * radial_error(profile) / 16", f"{TOY_TESTS}::test_printed_profile_has_the_error_pi_over_128"),
    Mutant("flat pieces need no certificate", TOY, "if slope == 0 and simplify(lam) != 0:", "if False:", f"{TOY_TESTS}::test_certificate_refuses_neighbours"),
    Mutant("multiplier restarts on each piece", TOY, "before = lam.subs(rho, high)", "before = Integer(0)", f"{TOY_TESTS}::test_multiplier_is_continuous_and_signed"),
    Mutant("measure ignored by the certificate", TOY, "w = rho if weight is None else weight\n    before", "w = rho\n    before", f"{TOY_TESTS}::test_certificate_depends_on_the_measure"),
    Mutant("ring misplaced", TOY, "ring = bool(left >= 1) and bool(right <= 2)", "ring = bool(left >= 1) and bool(right <= 3)", f"{TOY_TESTS}::test_errors_are_the_integrals"),
    Mutant("second ramp too low", TOY, "(b, b + 1, rho - b, 1)", "(b, b + 1, rho - b - 1, 1)", f"{TOY_TESTS}::test_pieces_are_one_lipschitz_and_continuous"),
]  # fmt: skip
