"""Wrong versions of MF, sections 2 and 3, each with the check that must notice."""

from tests.mutants import Mutant
from tests.mutants.statements import claim

SETTING = "lipref.statements.many_faces.setting"
EXPRESSIVITY = "lipref.statements.many_faces.expressivity"
ROBUSTNESS = "lipref.statements.many_faces.robustness"
FRONTIERS = "lipref.statements.many_faces.frontiers"
MOUNTAIN, KOCH = "lipref.mountain", "lipref.koch"

MUTANTS: list[Mutant] = [
    claim(
        "MF-Set1",
        "least likely label",
        SETTING,
        "int(np.argmax(row)) for row in table",
        "int(np.argmin(row)) for row in table",
    ),
    claim("MF-Set2", "mean singular value", SETTING, "<= max(s) ** 2 * normsq(gap)", "<= min(s) ** 2 * normsq(gap)"),
    claim("MF-Set2", "not the least constant", SETTING, "least = max(slopes)", "least = 2 * max(slopes)"),
    claim(
        "MF-Set3",
        "slope without the square",
        SETTING,
        "== slope == HALF + second**2 / 4",
        "== slope == HALF + second / 4",
    ),
    claim(
        "MF-Set3", "sigmoid twice as flat", "lipref.layers", '"sigmoid": Fraction(1, 4)', '"sigmoid": Fraction(1, 400)'
    ),
    claim("MF-Set4", "largest constant alone", FRONTIERS, "product *= max(s)", "product = max(product, max(s))"),
    claim(
        "MF-Set5",
        "descending pairs",
        SETTING,
        "y, residuals = groupsort_forward(placed, 2)",
        'y, residuals = groupsort_forward(placed, 2, order="descending")',
    ),
    claim(
        "MF-Set5",
        "no skip",
        SETTING,
        "(b - max(b - a, ZERO), a + max(b - a, ZERO))",
        "(b - max(b - a, ZERO), b + max(b - a, ZERO))",
    ),
    claim(
        "MF-Set6",
        "a first layer wider than the input",
        SETTING,
        "Linear(q1[:4], b1), GroupSort(2)",
        "Linear(q1[:, :4], None), GroupSort(5)",
    ),
    claim("MF-Set6", "counterexample with both outputs", SETTING, '"w2": exact([[0, 1]])', '"w2": exact([[1, 0]])'),
    claim(
        "MF-Rel1",
        "units that are not monotone",
        SETTING,
        'Activation("relu"), Linear(q[:1])))',
        'Activation("absolute"), Linear(q[:1])))',
    ),
    claim(
        "MF-Rel1",
        "counterexample without the second unit",
        SETTING,
        '"w1": exact([[1], [-1]]), "w2": exact([[1, 1]])',
        '"w1": exact([[1], [-1]]), "w2": exact([[1, 0]])',
    ),
    claim("MF-Rel2", "half the covering radius", SETTING, "2 * Fraction(1, 2 * count)", "Fraction(1, 4 * count)"),
    claim(
        "MF-Rel3",
        "steeper allowed",
        SETTING,
        "slopes = st.lists(st.sampled_from([ONE, -ONE, -ONE, HALF, ZERO])",
        "slopes = st.lists(st.sampled_from([2 * ONE, -2 * ONE, -ONE, HALF, ZERO])",
    ),
    claim(
        "MF-Rel3",
        "a potential that moves the gap",
        SETTING,
        '"slopes": (-ONE, ZERO, -ONE)',
        '"slopes": (-HALF, ZERO, -ONE)',
    ),
    claim(
        "MF-Def1",
        "distance to the other class",
        MOUNTAIN,
        "return 2 * (own - b), _squares(own) - b @ b",
        "return own - b, _squares(own) - b @ b",
    ),
    claim("MF-Def3", "sides exchanged", FRONTIERS, "return (gap > 0) - (gap < 0)", "return (gap < 0) - (gap > 0)"),
    claim("MF-Eq10", "beyond the other class", EXPRESSIVITY, "assert square <= far,", "assert square >= far,"),
    claim(
        "MF-Eq10",
        "the printed case at ties",
        EXPRESSIVITY,
        "assert np.sign(value) == side_of(x, a, b)",
        "assert (value >= 0) == (side_of(x, a, b) > 0)",
    ),
    claim("MF-Prop1", "half a slope", EXPRESSIVITY, "** 2 * u\n\n    index", "* u\n\n    index"),
    claim("MF-Prop1", "a Cantor set of measure zero", EXPRESSIVITY, "Fraction(1, 2 * 4**k)", "Fraction(1, 2 * 3**k)"),
    claim(
        "MF-Prop1",
        "distance with the factor two",
        MOUNTAIN,
        "u = -multipliers[worst] * rows[worst]",
        "u = -2 * multipliers[worst] * rows[worst]",
    ),
    claim(
        "MF-Eq11",
        "z nearest to x",
        EXPRESSIVITY,
        "normsq(x - nearest_frontier(y, a, b)), normsq(x - y)",
        "normsq(y - nearest_frontier(y, a, b)) / 2, normsq(x - y)",
    ),
    claim(
        "MF-Eq12", "the printed direction", EXPRESSIVITY, "z = x + share * (y - x)  # R", "z = x + share * (x - y)  # R"
    ),
    claim(
        "MF-Eq12",
        "counterexample in the other direction",
        EXPRESSIVITY,
        '"printed": x + reach * (x - y) / abs(x - y)',
        '"printed": x + reach * (y - x) / abs(x - y)',
    ),
    claim(
        "MF-Pf1",
        "any slope",
        EXPRESSIVITY,
        "== (1 - share) ** 2 * frontier_square(x, a, b)",
        "== (1 - share) * frontier_square(x, a, b)",
    ),
    claim(
        "MF-Pf1",
        "Euclidean frontier",
        EXPRESSIVITY,
        "far_a, far_b = (max(abs(p - c)",
        "far_a, far_b = (sum((p - c) ** 2",
    ),
    claim("MF-Pf1", "the printed sign", EXPRESSIVITY, "assert quotient == 1", "assert quotient == -1"),
    claim(
        "MF-Def4", "all nearest classes", EXPRESSIVITY, "reach if nearest == [k] else 0", "reach if k in nearest else 1"
    ),
    claim(
        "MF-Def4",
        "against the next class alone",
        MOUNTAIN,
        "others = np.concatenate([s for j, s in enumerate(sets) if j != k])",
        "others = sets[(k + 1) % len(sets)]",
    ),
    claim("MF-Eq13", "every class positive", EXPRESSIVITY, "if k == nearest else 0.0", "if k != nearest else 0.0"),
    claim(
        "MF-Prop2",
        "more than the margin",
        EXPRESSIVITY,
        "reach = Fraction(999, 1000) * root_below(square / normsq(step))",
        "reach = 3 * root_below(square / normsq(step))",
    ),
    claim("MF-Prop2", "half of the radius for ℓ1", "lipref.certificates", '"joint-l1": 1}', '"joint-l1": 2}'),
    claim(
        "MF-Eq14",
        "equality",
        EXPRESSIVITY,
        "assert cost <= (max(u) + max(v)) ** p",
        "assert cost == (max(u) + max(v)) ** p",
    ),
    claim(
        "MF-Eq14",
        "counterexample with equal values",
        EXPRESSIVITY,
        '"x": exact([0]), "y": exact([HALF])',
        '"x": exact([HALF]), "y": exact([HALF])',
    ),
    claim("MF-Cor1", "not divided", EXPRESSIVITY, "Scale(1 / bound)", "Scale(1)"),
    claim(
        "MF-Cor1",
        "sign turned",
        EXPRESSIVITY,
        "np.sign(scaled(x)[0]) == np.sign(network(x)[0])",
        "np.sign(scaled(x)[0]) == -np.sign(network(x)[0])",
    ),
    claim(
        "MF-DefErr",
        "risk of the worst",
        EXPRESSIVITY,
        "bayes = [1 if row[1] > row[0] else -1 for row in table]",
        "bayes = [-1 if row[1] > row[0] else 1 for row in table]",
    ),
    claim("MF-Cor2", "few alternations", EXPRESSIVITY, "for k in range(1, 21)", "for k in range(1, 3)"),
    claim("MF-Cor2", "the whole distance", EXPRESSIVITY, "assert 4 * square >= gap", "assert square >= gap"),
    claim(
        "MF-Ex1",
        "bumps inwards",
        KOCH,
        "step[:, 0] * half + step[:, 1] * 3 * half, (step[:, 1] - step[:, 0]) * half",
        "step[:, 0] * half - step[:, 1] * 3 * half, (step[:, 1] + step[:, 0]) * half",
    ),
    claim("MF-Ex1", "gradient inwards", KOCH, "xp.ones_like(value), -value)", "xp.ones_like(value), value)"),
    claim(
        "MF-Ex1",
        "distance to lines",
        KOCH,
        "xp.where(share < 0, 0 * share, xp.where(share > 1, 0 * share + 1, share))",
        "share",
    ),
    claim("MF-Def2", "half the radius", ROBUSTNESS, "x + s * (found + tiny)", "x + s * (found / 2 + tiny)"),
    claim("MF-Def2", "the infimum attained", ROBUSTNESS, "return 1 if t >= 0 else -1", "return 1 if t > 0 else -1"),
    claim(
        "MF-Eq1", "norm for its square", ROBUSTNESS, "delta = -score / normsq(w) * w", "delta = -score / abs(score) * w"
    ),
    claim("MF-Eq1", "radius without the norm", ROBUSTNESS, "square = score**2 / normsq(w)", "square = score**2"),
    claim(
        "MF-Property1",
        "twice the radius",
        "lipref.certificates",
        "return xp.abs(scores) / (lipschitz",
        "return 2 * xp.abs(scores) / (lipschitz",
    ),
    claim("MF-Property1", "larger steps", ROBUSTNESS, "size = Fraction(999, 1000) * reach", "size = 3 * reach"),
    claim(
        "MF-Unsure",
        "a network that varies",
        ROBUSTNESS,
        '{"weight": exact([[0]]), "bias": exact([HALF])',
        '{"weight": exact([[1]]), "bias": exact([HALF])',
    ),
    claim(
        "MF-Cor3",
        "a ray that crosses",
        ROBUSTNESS,
        'a = exact([[-1, 0], [1, 0], ["-3/5", "4/5"]',
        'a = exact([[-1, 0], ["-3/5", "4/5"]',
    ),
    claim(
        "MF-Cor3",
        "certificates compared as printed",
        ROBUSTNESS,
        '"offset": Fraction(9, 10)',
        '"offset": Fraction(2, 5)',
    ),
    claim(
        "MF-Cor3",
        "flips on the way",
        ROBUSTNESS,
        "beyond = z + tiny * (towards - z)",
        "beyond = z - tiny * (towards - z)",
    ),
    claim("MF-Eq2", "the whole distance", ROBUSTNESS, "assert 4 * least == gap", "assert least == gap"),
    claim("MF-Eq2", "another sign", ROBUSTNESS, '"factor": HALF', '"factor": -HALF'),
]
