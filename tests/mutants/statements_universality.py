"""Wrong versions of the statements on universality, the spectral Jacobian and the experiments of Sorting Out."""

from tests.mutants import Mutant

FILE = "tests/test_statements.py"
UNIVERSALITY = "lipref.statements.sorting_out.universality"
JACOBIAN = "lipref.statements.sorting_out.jacobian"
EXPERIMENTS = "lipref.statements.sorting_out.experiments"
NETWORKS = "lipref.maxmin_networks"
LATTICE = "lipref.lattice"


def claim(statement: str, name: str, module: str, old: str, new: str) -> Mutant:
    """A wrong version that the check of one statement must refuse."""
    return Mutant(f"{statement}: {name}", module, old, new, f"{FILE}::test_statement[{statement}]")


MUTANTS = [
    claim(
        "SO-Def2",
        "the sum for the maximum",
        UNIVERSALITY,
        "for together in (max, min):\n            h = {",
        "for together in (lambda a, b: a + b,):\n            h = {",
    ),
    claim(
        "SO-Lem1",
        "one stage",
        UNIVERSALITY,
        "max(min(interpolant(u, v, x) for v in net) for u in net)",
        "min(min(interpolant(u, v, x) for v in net) for u in net)",
    ),
    claim(
        "SO-Lem1",
        "once the covering radius",
        UNIVERSALITY,
        "assert gap == 0 if x in net else gap <= 2 * radius\n            loose",
        "assert gap == 0 if x in net else gap <= radius / 2\n            loose",
    ),
    claim(
        "SO-Lem1",
        "functions through one value",
        UNIVERSALITY,
        "high = min(g[w] + _city_block(w, x) for w in (u, v))",
        "high = min(g[w] + _city_block(w, x) for w in (u,))",
    ),
    claim(
        "SO-Lem1-Rem",
        "within half of the radius",
        UNIVERSALITY,
        "assert gap == 0 if i in net else gap <= 2 * radius",
        "assert gap == 0 if i in net else gap <= radius / 2",
    ),
    claim(
        "SO-Lem1-Iff",
        "a maximum that is in the set",
        UNIVERSALITY,
        "f, g = (-HALF, ZERO), (ZERO, -HALF)",
        "f, g = (-HALF, ZERO), (ZERO, HALF)",
    ),
    claim(
        "SO-Lem1-Iff",
        "slope 1 in the set",
        UNIVERSALITY,
        "tuple(1 - Fraction(1, k) for k in (2, 10, 1000))",
        "tuple(1 - Fraction(1, k) for k in (2, 10, 1000)) + (ONE,)",
    ),
    claim(
        "SO-Thm3",
        "norms left below 1",
        UNIVERSALITY,
        "network = unit_rows(interpolate(centres, values, p), p)",
        "network = interpolate(centres, values, p, method='two-stage')",
    ),
    claim(
        "SO-Thm3",
        "a network too coarse",
        LATTICE,
        'radius = epsilon if method == "cones" else epsilon / 2',
        "radius = 4 * epsilon",
    ),
    claim("SO-Thm3", "the wrong dual norm", LATTICE, "powers = ratio ** (p - 1)", "powers = ratio ** (p + 1)"),
    claim(
        "SO-Thm3-lattice",
        "even widths as a counterexample",
        UNIVERSALITY,
        "f = ((exact([[1], [1], [1]]), exact([0, 0, 1])), (last, exact([0])))",
        "f = ((exact([[1], [1], [1], [1]]), exact([0, 0, 1, 1])), (exact([[0, 0, 1, 0]]), exact([0])))",
    ),
    claim(
        "SO-Thm3-lattice",
        "the minimum for the maximum",
        NETWORKS,
        'return _best("maximum", networks, 0)',
        'return _best("maximum", networks, 1)',
    ),
    claim(
        "SO-Thm3-depth",
        "deepened by nothing",
        NETWORKS,
        "maps = _reduced(maps, groups, 0)\n    return maps",
        "maps = maps\n    return maps",
    ),
    claim(
        "SO-Thm3-depth",
        "a pair beside the pair",
        UNIVERSALITY,
        '"deepened": tuple(map(Fraction, (3, 8, 5))),',
        '"deepened": tuple(map(Fraction, (0, 5, -2))),',
    ),
    claim(
        "SO-Thm3-sep",
        "separates in one dimension",
        UNIVERSALITY,
        '"values": (ZERO, ZERO), "differences": (ONE, -ONE)',
        '"values": (ZERO, ONE), "differences": (ONE, -ONE)',
    ),
    claim("SO-Thm3-sep", "rows not filled up", NETWORKS, "= (1 + c) / 2, -(1 - c) / 2", "= c, 0 * c"),
    claim(
        "SO-Thm3-sep",
        "functional of another norm",
        LATTICE,
        "return (r, r - 1) if v <= a else (r, r + 1)",
        "return (r, r - 2) if v <= a else (r, r + 1)",
    ),
    claim(
        "SO-Obs",
        "an affine function comes closer",
        UNIVERSALITY,
        '"least_error": HALF, "best"',
        '"least_error": 3 * HALF / 2, "best"',
    ),
    claim(
        "SO-Obs",
        "outputs mixed up",
        NETWORKS,
        "list(range(k, m * len(networks), m)) for k in range(m)",
        "list(range(k * len(networks), (k + 1) * len(networks))) for k in range(m)",
    ),
    claim(
        "SO-Stack",
        "norm 1 kept",
        UNIVERSALITY,
        "assert normsq(column @ exact([1])) == 2",
        "assert normsq(column @ exact([1])) <= 1",
    ),
    claim(
        "SO-Stack",
        "the larger of the two",
        UNIVERSALITY,
        "== normsq(a @ x) + normsq(b @ x) <= 2",
        "== max(normsq(a @ x), normsq(b @ x)) <= 2",
    ),
    claim("SO-PI", "rate squared", JACOBIAN, "(below / top) ** (4 * steps - 2)", "(below / top) ** (8 * steps)"),
    claim(
        "SO-PI",
        "the transpose forgotten",
        "lipref.spectral_jacobian",
        "v, _ = _directions(xp, network.backward(saved, u)[0])",
        "v, _ = _directions(xp, network.backward(saved, u)[0] + 1)",
    ),
    claim("SO-Alg1", "immaterial after one step", JACOBIAN, '"frozen": Fraction(8, 5),', '"frozen": Fraction(46, 25),'),
    claim(
        "SO-Alg1",
        "v not held fixed but left out",
        "lipref.spectral_jacobian",
        "residuals.v, 0 * dy_bar, dy_bar)",
        "0 * residuals.v, dy_bar, dy_bar)",
    ),
    claim(
        "SO-Exp-abs",
        "the printed sign",
        EXPERIMENTS,
        "left, middle, right = (-v for v in",
        "left, middle, right = (v for v in",
    ),
    claim("SO-Exp-abs", "any slope outside", EXPERIMENTS, "slope=fractions(1))", "slope=fractions(2))"),
    claim(
        "SO-Exp-3cones",
        "centres closer than 2",
        EXPERIMENTS,
        "CENTRES = exact([[-2, 0], [0, 0], [2, 0]])",
        "CENTRES = exact([[-1, 0], [0, 0], [1, 0]])",
    ),
    claim("SO-Exp-nd", "another sphere", EXPERIMENTS, "(size - 1) / (size + 1)", "(size - 2) / (size + 1)"),
]
