"""Wrong versions of the statements, and of code under them, each with the check that must notice.

One row per statement at least. `claim` patches what the check of a statement asserts: a wrong version of the theorem.
"""

from tests.mutants import Mutant

FILE = "tests/test_statements.py"
REGISTRY = "lipref.statements"
BACKGROUND = "lipref.statements.sorting_out.background"
GRADIENT_NORM = "lipref.statements.sorting_out.gradient_norm"
CONSTRAINTS = "lipref.statements.sorting_out.constraints"
ROBUSTNESS = "lipref.statements.sorting_out.robustness"
SORTING = "lipref.statements.sorting_out.sorting"


def claim(statement: str, name: str, module: str, old: str, new: str) -> Mutant:
    """A wrong version that the check of one statement must refuse."""
    return Mutant(f"{statement}: {name}", module, old, new, f"{FILE}::test_statement[{statement}]")


def mechanism(name: str, old: str, new: str, test: str) -> Mutant:
    """A wrong version of the registry itself."""
    return Mutant(name, REGISTRY, old, new, f"{FILE}::{test}")


MUTANTS = [
    claim("SO-Not1", "no activation", BACKGROUND, "h1 = [*sorted(z1[:2]), *sorted(z1[2:])]", "h1 = z1"),
    claim(
        "SO-Eq1",
        "activation left out of the product",
        BACKGROUND,
        "weight @ product[where], weight @ h[where]",
        "weight @ product, weight @ h[where]",
    ),
    claim(
        "SO-Eq1",
        "backward with the permutation instead of its inverse",
        "lipref.groupsort",
        "inverse = xp.argsort(residuals.indices, axis=-1)",
        "inverse = residuals.indices",
    ),
    claim(
        "SO-DefLip",
        "slope at the ends alone",
        BACKGROUND,
        "critical = [-b / (3 * a)] if a else []",
        "critical = []",
    ),
    claim(
        "SO-Def1",
        "closed under sums",
        BACKGROUND,
        "lambda z: weight * f(z) + (1 - weight) * g(z)",
        "lambda z: f(z) - g(z)",
    ),
    claim(
        "SO-LinLip",
        "columns for rows",
        BACKGROUND,
        "max(sum(map(abs, row)) for row in w)",
        "max(sum(map(abs, row)) for row in w.T)",
    ),
    claim("SO-MixNorm", "3 as its own dual", BACKGROUND, "3: 1.5, math.inf: 1", "3: 3, math.inf: 1"),
    claim(
        "SO-Comp",
        "layers of norm 2",
        BACKGROUND,
        "return w / max(operator_norm(w, p), Fraction(1, 9))",
        "return 2 * w / max(operator_norm(w, p), Fraction(1, 9))",
    ),
    claim("SO-Eq2", "dearest matching", BACKGROUND, "total, matching = min(", "total, matching = max("),
    claim(
        "SO-DualSlope",
        "not linear along a ray",
        BACKGROUND,
        "== potential[i] - t * _city_block",
        "== potential[i] - t * t * _city_block",
    ),
    claim(
        "SO-AdvDef",
        "twice the radius",
        BACKGROUND,
        "radius = abs(score) / lipschitz",
        "radius = 2 * abs(score) / lipschitz",
    ),
    claim(
        "SO-Thm1",
        "a unit that is not monotone",
        GRADIENT_NORM,
        '"falling": (lambda t: -t, lambda t: -ONE),',
        '"falling": (abs, lambda t: ONE if t > 0 else -ONE),',
    ),
    claim(
        "SO-Thm1",
        "signs of falling units forgotten",
        GRADIENT_NORM,
        '-ONE if name == "falling" else ONE for name in MONOTONE',
        "ONE for name in MONOTONE",
    ),
    claim(
        "SO-Thm1-Cor",
        "absolute values among the units",
        GRADIENT_NORM,
        '"leaky": (lambda t: max(t, t / 2), lambda t: ONE if t > 0 else HALF),',
        '"leaky": (abs, lambda t: ONE if t > 0 else -ONE),',
    ),
    claim("SO-Eq13", "slope not squared", GRADIENT_NORM, "sum((1 - s * s) * w * w", "sum((1 - s) * w * w"),
    claim("SO-Thm2", "along a direction that matters", GRADIENT_NORM, "rest = u[:, 0]", "rest = u[:, 1]"),
    claim(
        "SO-Thm2",
        "a counterexample of full rank in a first layer",
        GRADIENT_NORM,
        "w1 = exact([[1, 0], [0, 0]])",
        "w1 = exact([[1, 0], [0, 1]])",
    ),
    claim(
        "SO-Thm2-constr",
        "directions with s < 1 kept",
        GRADIENT_NORM,
        "ONE * (x == 1) for x in s",
        "ONE * (x > 0) for x in s",
    ),
    claim(
        "SO-Orthn",
        "the longer side",
        GRADIENT_NORM,
        "gram = w.T @ w if m >= k else w @ w.T",
        "gram = w.T @ w if m <= k else w @ w.T",
    ),
    claim("SO-GNP", "tall weights too", GRADIENT_NORM, "in_range = m <= k or", "in_range = True or"),
    claim(
        "SO-ActLip",
        "steeper than stated",
        BACKGROUND,
        "<= Fraction(constant) * vector_norm(x - y, p), name",
        "<= Fraction(constant) / 2 * vector_norm(x - y, p), name",
    ),
    claim("SO-ActLip", "sigmoid of slope 1/2", "lipref.activations", '"sigmoid": 0.25', '"sigmoid": 0.5'),
    claim(
        "SO-GroupSort",
        "groups of two alone",
        SORTING,
        "y, residuals = groupsort_forward(placed, size)",
        "y, residuals = groupsort_forward(placed, min(size, 2))",
    ),
    claim("SO-GroupSort", "transposed Jacobian", SORTING, "(rows.T @ x).tolist()", "(rows @ x).tolist()"),
    claim(
        "SO-MaxMin",
        "ascending",
        "lipref.groupsort",
        'groupsort(x, 2, order="descending", axis=axis)',
        "groupsort(x, 2, axis=axis)",
    ),
    claim(
        "SO-FullSort",
        "half of the axis",
        "lipref.groupsort",
        "groupsort(x, max(x.shape[axis], 1), order",
        "groupsort(x, max(x.shape[axis] // 2, 1), order",
    ),
    claim(
        "SO-Homog", "all factors", SORTING, 'order = "ascending" if alpha >= 0 else "descending"', 'order = "ascending"'
    ),
    claim(
        "SO-AppA-FS2MM",
        "the printed gap",
        SORTING,
        "maxmin_by_fullsort(x, 2 * largest)",
        "maxmin_by_fullsort(x, largest)",
    ),
    claim(
        "SO-AppA-FS2MM", "gap 3 for entries up to 2", SORTING, "(x, Fraction(4)).tolist()", "(x, Fraction(3)).tolist()"
    ),
    claim(
        "SO-AppA-Bubble",
        "two phases short",
        "lipref.constructions",
        "for layer in range(n)]",
        "for layer in range(n - 2)]",
    ),
    claim("SO-AppA-Bubble", "idle units reversed", "lipref.constructions", "+ [(0, n - 1)]", "+ [(n - 1, 0)]"),
    claim("SO-AppA-Eq6", "any shift", SORTING, "== (extra >= 0)", "== (extra >= -1)"),
    claim("SO-AppA-Eq6", "shift not taken back", SORTING, "abs(inner) / 2 - shift", "abs(inner) / 2"),
    claim("SO-AppA-Eq7", "sum instead of difference", SORTING, "row = exact([1, -1])", "row = exact([1, 1])"),
    claim(
        "SO-AppA-absInf",
        "the lower entry",
        SORTING,
        "last = exact([[1], [-1]]), exact([[1, 0]])",
        "last = exact([[1], [-1]]), exact([[0, 1]])",
    ),
    claim(
        "SO-AppA-Eq8",
        "sign of the second entry",
        SORTING,
        "(high, low) == (positive, -negative)",
        "(high, low) == (positive, negative)",
    ),
    claim("SO-AppA-LReLU", "2-norm 1 for all slopes", SORTING, "== (slope == 0)", "== (slope == slope)"),
    claim(
        "SO-AppA-Maxout",
        "the first entry",
        SORTING,
        "groupsort(x, size)[size - 1 :: size]",
        "groupsort(x, size)[::size]",
    ),
    claim("SO-MaxoutNorm", "slope 1 in the 2-norm", SORTING, '"slope_squared": HALF', '"slope_squared": ONE'),
    claim("SO-Fold", "half of the reflection", SORTING, "x - 2 * height * q[0]", "x - height * q[0]"),
    claim("SO-Eq3", "wrong coefficients", "lipref.bjorck", "Fraction(math.comb(2 * i, i), 4**i)", "Fraction(1, 2**i)"),
    claim(
        "SO-Eq3", "nearest to another", CONSTRAINTS, "normsq(w - u @ v.T) <= normsq", "normsq(w - u @ v.T) >= normsq"
    ),
    claim(
        "SO-BjorckUse",
        "growth by 4/3",
        CONSTRAINTS,
        "assert grown <= Fraction(3, 2) ** j * s",
        "assert grown <= Fraction(4, 3) ** j * s",
    ),
    claim(
        "SO-Bjorck-VJP",
        "transposed cotangent left out",
        CONSTRAINTS,
        "- a @ g.T @ a - a @ a.T @ g) / 2",
        "- 2 * a @ a.T @ g) / 2",
    ),
    claim(
        "SO-B3-Suff",
        "zero singular values filled up",
        CONSTRAINTS,
        '"limit": exact([[1, 0], [0, 0]])',
        '"limit": exact([[1, 0], [0, 1]])',
    ),
    claim("SO-B3-Scale", "homogeneous", CONSTRAINTS, "* (1 if a > 0 else -1)", "* float(a)"),
    claim("SO-B3-Basin", "derivative", CONSTRAINTS, "claimed = (2 * p + 1) *", "claimed = (2 * p - 1) *"),
    claim("SO-B3-Basin", "end moved", CONSTRAINTS, "end = bjorck_basin(p)", "end = 0.99 * bjorck_basin(p)"),
    claim(
        "SO-Eq10",
        "rows left out",
        "lipref.norms",
        "return rows * columns * xp.max(size) ** 2",
        "return columns * xp.max(size) ** 2",
    ),
    claim(
        "SO-Eq11", "rows for columns", "lipref.norms", "return columns * column_sum**2", "return rows * column_sum**2"
    ),
    claim(
        "SO-Eq12",
        "columns for rows",
        "lipref.norms",
        'return rows * row_sum**2 if rule == "rows"',
        'return columns * row_sum**2 if rule == "rows"',
    ),
    claim(
        "SO-Eq9", "the printed factor", CONSTRAINTS, "return beta / 4 * normsq(gram)", "return beta / 2 * normsq(gram)"
    ),
    claim(
        "SO-SN",
        "the estimate is the norm",
        CONSTRAINTS,
        '"estimate_squared": Fraction(17, 5)',
        '"estimate_squared": Fraction(4)',
    ),
    claim("SO-Conv", "no constant", CONSTRAINTS, "<= 2 * max(s) ** 2 * normsq(x)", "<= max(s) ** 2 * normsq(x)"),
    claim("SO-Linf", "radius 0", CONSTRAINTS, "tau = (sum(u[:count]) - 1) / count", "tau = sum(u[:count]) / count"),
    claim("SO-Linf-VJP", "mean over all entries", CONSTRAINTS, "/ sum(support)", "/ 4"),
    claim(
        "SO-ScaleLayer",
        "biases as they were",
        "lipref.networks",
        "bias = bias * (before if is_exact(bias) else float(before))",
        "bias = bias * 1",
    ),
    claim(
        "SO-Eq4",
        "negative margins",
        ROBUSTNESS,
        "max(0, logits[t] - max(others))",
        "logits[t] - max(others)",
    ),
    claim("SO-Cert", "half the factor", "lipref.certificates", '{"per-logit": 2,', '{"per-logit": 1,'),
    claim(
        "SO-Cert",
        "joint logits as if single",
        "lipref.certificates",
        '"joint-l2": math.sqrt(2)',
        '"joint-l2": math.sqrt(3)',
    ),
    claim("SO-Eq5", "sign of the gap", ROBUSTNESS, "kappa - (y[t] - y[i])", "kappa + (y[t] - y[i])"),
    claim("SO-CW-f6", "worst rival", "lipref.attacks", "best = xp.argmin(others", "best = xp.argmax(others"),
    claim("SO-LB", "the printed bound", ROBUSTNESS, "> 2 * k * eps", "> k * eps"),
    mechanism(
        "one seed for all statements",
        'f"{self.seed}/{self.id}/{what}"',
        'f"{self.seed}/{what}"',
        "test_draws_differ_between_statements",
    ),
    mechanism(
        "seed ignored",
        "seed(settings(hypothesis.given(**strategies)(counted)))()",
        "settings(hypothesis.given(**strategies)(counted))()",
        "test_verify_is_deterministic",
    ),
    mechanism(
        "constants of imported modules drawn",
        "provider._maybe_draw_constant = lambda self, *args, **options: None",
        "pass",
        "test_draws_do_not_depend_on_imported_modules",
    ),
    mechanism("examples ignored", "max_examples=self.examples", "max_examples=10", "test_examples_scale_a_property"),
    mechanism(
        "failure reported as agreement",
        "ok=detail is None, backend=ctx.used",
        "ok=True, backend=ctx.used",
        "test_verify_reports_what_a_check_does",
    ),
    mechanism("backend not noted", "self.used = self.chosen", "pass", "test_verify_reports_what_a_check_does"),
    mechanism(
        "letters matter",
        "wanted = {selector.casefold() for selector in selectors}",
        "wanted = set(selectors)",
        "test_select_by_any_name",
    ),
    mechanism(
        "unknown names pass",
        "if selector.casefold() not in known:",
        "if False:",
        "test_select_names_close_ones",
    ),
    mechanism(
        "refuted without erratum",
        'if self.verdict in ("refuted", "holds_corrected") and not self.errata:',
        'if self.verdict in ("holds_corrected",) and not self.errata:',
        "test_statement_refuses_inconsistent_entries",
    ),
    mechanism(
        "a failure does not count",
        "result.ok is not False for result in results",
        "result.ok is not None for result in results",
        "test_report_has_the_fixed_keys",
    ),
    Mutant(
        "rotations that do not keep lengths",
        "lipref.statements.draws",
        "2 * t / (1 + t * t)",
        "2 * t / (1 - t * t)",
        f"{FILE}::test_draws_are_what_they_say_and_rich",
    ),
    Mutant(
        "no rotations",
        "lipref.statements.draws",
        "draw(st.integers(0, 2)) if n > 1 else 0",
        "0",
        f"{FILE}::test_draws_are_what_they_say_and_rich",
    ),
]
