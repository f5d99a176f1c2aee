"""SO, section 6 and appendix D: lattices of networks, and universal approximation of Lipschitz functions.

Rows of norm exactly 1: dual norm of p in the first weight, absolute sum in the others. All checks are in fractions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lipref._array import Array, exact
from lipref.lattice import (
    approximate,
    interpolate,
    maximum,
    maxmin_network,
    minimum,
    parallel,
    separate,
    unit_functional,
    unit_rows,
)
from lipref.layers import Chain, Linear
from lipref.norms import dual_exponent, vector_norm
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import HALF, arrays, fractions, normsq

section = Section("SO")

ZERO, ONE = Fraction(0), Fraction(1)
RATIONAL = st.sampled_from([1, math.inf])
"""Exponents whose norms are rational."""

WIDTHS = st.sampled_from([(2, 1), (2, 1, 1), (2, 3, 1), (2, 2, 3, 1), (2, 4, 1)])


@st.composite
def affine_maps(draw: Any, widths: Sequence[int], size: Fraction = ONE) -> list[tuple[Array, Array]]:
    """(weight, bias) of the widths; rows of absolute sum `size`, so lawful from every (R^n, p)."""
    maps = []
    for n, m in itertools.pairwise(widths):
        w = draw(arrays(m, n))
        for row in w:
            row[0] += not row.any()
            row *= size / sum(map(abs, row))
        maps.append((w, draw(arrays(m))))
    return maps


def row_norms(network: Chain, p: float) -> list[Fraction]:
    """Dual norms of the rows of the first weight, absolute sums of all other rows."""
    weights = [layer.weight for layer in network.layers if isinstance(layer, Linear)]
    return [v for i, w in enumerate(weights) for v in vector_norm(w, 1 if i else dual_exponent(p))]


def with_lone_units(maps: Sequence[tuple[Array, Array]], x: Array) -> Array:
    """Affine maps with MaxMin between them, a lone last unit passed on as it is."""
    for index, (w, b) in enumerate(maps):
        if index:
            paired = len(x) // 2 * 2
            sorted_pairs = [f(x[i : i + 2]) for i in range(0, paired, 2) for f in (max, min)]
            x = exact([*sorted_pairs, *x[paired:]])
        x = w @ x + b
    return x


def side_by_side(f: Sequence[tuple[Array, Array]], g: Sequence[tuple[Array, Array]]) -> list[tuple[Array, Array]]:
    """The paper's construction to the letter: first weights stacked, later ones block-diagonal, whatever the widths."""
    maps: list[tuple[Array, Array]] = []
    for (v, a), (w, b) in zip(f, g, strict=True):
        if maps:
            left, right = v.shape[1], w.shape[1]
            rows = [[*row, *[0] * right] for row in v] + [[*[0] * left, *row] for row in w]
        else:
            rows = [*v.tolist(), *w.tolist()]
        maps.append((exact(rows), exact([*a, *b])))
    return maps


def _tent(heights: Array, centres: Any, distance: Callable, x: Any) -> Fraction:
    """min_i (h_i + d(x, c_i)): 1-Lipschitz, and every 1-Lipschitz function on the centres is of this form."""
    return min(h + distance(x, c) for h, c in zip(heights, centres))


def _city_block(u: Any, v: Any) -> Fraction:
    return Fraction(sum(abs(a - b) for a, b in zip(u, v)))


@section.statement(
    "SO-Def2",
    locator="000, section 6, definition 2; 001, section 6",
    kind="definition",
    title="lattice of functions",
    wording="A set of functions is a lattice if with f and g it contains their pointwise maximum and minimum.",
    verdict="holds",
    symbols=("lipref.lattice.maximum", "lipref.lattice.minimum"),
    proof="proofs/coq/Metric.v",
    why="Checked for the set that matters: the maximum and minimum of two K-Lipschitz functions are K-Lipschitz. Their "
    "sum is not, and affine functions alone are no lattice.",
)
def check_lattice(ctx: Context) -> None:
    points = [(i, j) for i in range(-1, 2) for j in range(-1, 2)]

    def law(f, g, k):
        for together in (max, min):
            h = {
                x: together(k * _tent(f, points, _city_block, x), k * _tent(g, points, _city_block, x)) for x in points
            }
            for x, y in itertools.combinations(points, 2):
                assert abs(h[x] - h[y]) <= k * _city_block(x, y)

    ctx.property(law, f=arrays(9), g=arrays(9), k=st.sampled_from([HALF, ONE, Fraction(3)]))
    bend = [max(x, -x) for x in (-1, 0, 1)]
    assert bend[0] + bend[2] != 2 * bend[1], "max(x, -x) would be affine"


POINTS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=5, unique=True)


def two_stages(net: Sequence[Any], interpolant: Callable, x: Any) -> Fraction:
    """G(x) = max over u of min over v of f_uv(x), u and v in the net: the function of the lemma's proof."""
    return max(min(interpolant(u, v, x) for v in net) for u in net)


@section.statement(
    "SO-Lem1",
    spec_id="SO-Lem1, B-64",
    locator="000, section 6, lemma 1, and appendix D; 001, lemma 1",
    kind="lemma",
    title="restricted Stone-Weierstrass theorem",
    wording="X compact with two points or more, L a lattice of 1-Lipschitz functions on X that takes, at any two "
    "points, any two values no further apart than the points: L is uniformly dense in the 1-Lipschitz functions.",
    verdict="holds",
    symbols=("lipref.lattice.interpolate",),
    proof="proofs/coq/StoneWeierstrass.v",
    why="Checked on finite X, exactly: from any two-point interpolants in L, max over u of min over v of f_uv equals "
    "the function on the net and is within twice the covering radius elsewhere. A finite net is all the proof needs, "
    "so X may be totally bounded.",
)
def check_restricted_stone_weierstrass(ctx: Context) -> None:
    loose = []

    def law(points, net_size, heights, others):
        net = points[:net_size]
        g = {x: _tent(heights, points, _city_block, x) for x in points}
        table = itertools.cycle(others)
        wild = {(u, v): [next(table) for _ in points] for u in net for v in net}

        def interpolant(u, v, x):  # any 1-Lipschitz function between the least and the largest through both values
            h = _tent(wild[u, v], points, _city_block, x)
            low = max(g[w] - _city_block(w, x) for w in (u, v))
            high = min(g[w] + _city_block(w, x) for w in (u, v))
            return min(max(h, low), high)

        radius = max(min(_city_block(x, u) for u in net) for x in points)
        for x in points:
            gap = abs(two_stages(net, interpolant, x) - g[x])
            assert gap == 0 if x in net else gap <= 2 * radius
            loose.append(gap > 0)

    size = st.integers(1, 5)
    ctx.property(
        law, points=POINTS, net_size=size, heights=arrays(5), others=st.lists(fractions(9), min_size=7, max_size=7)
    )
    law([(0, 0), (2, 0)], 1, exact([0, 0]), [ONE])  # a net of one point: a gap elsewhere
    assert loose[-1]


def relabelled(a: Fraction, b: Fraction) -> Fraction:
    """|φ(a) - φ(b)| with φ(t) = t for t <= 0 and t + 1 beyond: a metric on R that does not give the usual topology."""
    return abs(a + (a > 0) - b - (b > 0))


def discrete(a: Fraction, b: Fraction) -> Fraction:
    """0 or 1."""
    return Fraction(a != b)


@section.statement(
    "SO-Lem1-Rem",
    locator="000, section 6, remark after lemma 1; 001, the same",
    kind="remark",
    title="the lemma for other metrics on the real line",
    wording="In lemma 1 the distance of values can be any metric on R, in the order of R.",
    verdict="holds",
    why="True for every metric d_R on R, whether or not it gives the usual topology, though the paper's proof uses "
    "open sets of the order: take a finite net of radius r in X; G = max_u min_v f_uv equals g on the net, since that "
    "uses the order alone; both are 1-Lipschitz into (R, d_R); so d_R(G, g) <= 2 r. Checked for the discrete metric "
    "and one with a jump. That L is a lattice of 1-Lipschitz functions for d_R stays a hypothesis.",
)
def check_other_metrics(ctx: Context) -> None:
    values = [Fraction(-1), ZERO, HALF, ONE]

    def law(metric, distances, choices, net_size):
        pairs = dict(zip(itertools.combinations(range(4), 2), distances))

        def apart(i, j):
            return ZERO if i == j else pairs[min(i, j), max(i, j)]

        lawful = [
            f
            for f in itertools.product(values, repeat=4)
            if all(metric(f[i], f[j]) <= d for (i, j), d in pairs.items())
        ]
        g, net = lawful[choices[0] % len(lawful)], range(net_size)
        picks = itertools.cycle(choices)
        chosen = {}
        for u, v in itertools.product(net, net):
            through = [f for f in lawful if f[u] == g[u] and f[v] == g[v]]
            chosen[u, v] = through[next(picks) % len(through)]
        together = [two_stages(net, lambda u, v, i: chosen[u, v][i], i) for i in range(4)]
        radius = max(min(apart(i, u) for u in net) for i in range(4))
        for i, j in pairs:
            assert metric(together[i], together[j]) <= apart(i, j), "the lattice left the 1-Lipschitz functions"
        for i in range(4):
            gap = metric(together[i], g[i])
            assert gap == 0 if i in net else gap <= 2 * radius

    between = st.sampled_from([ONE, HALF + 1, Fraction(2)])  # any distances in [1, 2] make a metric
    ctx.property(
        law,
        metric=st.sampled_from([relabelled, discrete]),
        distances=st.lists(between, min_size=6, max_size=6),
        choices=st.lists(st.integers(0, 10**6), min_size=5, max_size=5),
        net_size=st.integers(1, 4),
    )


def dense_but_no_lattice() -> Counterexample:
    """On X = {0, 1}: all 1-Lipschitz functions but the zero function, as pairs (f(0), f(1))."""
    f, g = (-HALF, ZERO), (ZERO, -HALF)
    return Counterexample(
        "a set of 1-Lipschitz functions that is dense in all of them is a lattice",
        "on two points at distance 1, all 1-Lipschitz functions but 0 are dense, and max(f, g) = 0 is missing",
        {"f": f, "g": g, "maximum": tuple(map(max, f, g))},
    )


def dense_but_does_not_separate() -> Counterexample:
    """On X = [0, 1], or {0, 1}: the functions with Lipschitz constant below 1; a lattice."""
    return Counterexample(
        "a set of 1-Lipschitz functions that is dense in all of them takes the values 0 at 0 and 1 at 1",
        "the functions with Lipschitz constant below 1 are dense, since (1 - 1/k) g is within sup|g|/k of g, and a "
        "lattice; none of them rises by 1 over the distance 1",
        {"x": (ZERO, ONE), "values": (ZERO, ONE), "slopes": tuple(1 - Fraction(1, k) for k in (2, 10, 1000))},
    )


DENSE_NO_LATTICE = Erratum(
    "dense-not-lattice",
    "B-62",
    "A set of 1-Lipschitz functions is a universal approximator if and only if it is a lattice that separates points.",
    dense_but_no_lattice,
    "If: a lattice that separates points is dense. Not only if: a dense set need not be a lattice.",
)

DENSE_NO_SEPARATION = Erratum(
    "dense-not-separating",
    "B-62",
    "The same, for the separation of points.",
    dense_but_does_not_separate,
    "A dense set, even a lattice, takes the values at two points only approximately.",
)


@section.statement(
    "SO-Lem1-Iff",
    spec_id="SO-Lem1-Rem, B-62",
    locator="000, section 6, after lemma 1; 001, the same",
    kind="remark",
    title="universality would be the same as being a lattice that separates points",
    wording="A set of 1-Lipschitz functions is a universal approximator iff it is a lattice that separates points in "
    "the sense of lemma 1.",
    verdict="refuted",
    errata=(DENSE_NO_LATTICE, DENSE_NO_SEPARATION),
    why="The corrected direction is SO-Lem1.",
)
def check_only_if_fails(ctx: Context) -> None:
    case = dense_but_no_lattice()
    for f in (case["f"], case["g"]):
        assert abs(f[0] - f[1]) <= 1
        assert f != (0, 0)
    assert case["maximum"] == (0, 0)
    case = dense_but_does_not_separate()
    rise = case["values"][1] - case["values"][0]
    assert rise == case["x"][1] - case["x"][0]

    def law(f, k):
        slope = abs(f[0] - f[1])
        if slope > 1:
            return
        smaller = [(1 - Fraction(1, k)) * v for v in f]  # in the set of the second example
        assert abs(smaller[0] - smaller[1]) < 1
        assert max(abs(v - w) for v, w in zip(f, smaller)) == max(map(abs, f)) / k
        moved = (f[0] + Fraction(1, k), f[1] + Fraction(1, k)) if not any(f) else f  # in the set of the first
        assert any(moved)
        assert max(abs(v - w) for v, w in zip(f, moved)) <= Fraction(1, k)

    ctx.property(law, f=st.tuples(fractions(1), fractions(1)), k=st.sampled_from([2, 10, 1000]))
    assert all(slope * (case["x"][1] - case["x"][0]) < rise for slope in case["slopes"])


@section.statement(
    "SO-Thm3",
    spec_id="SO-Thm3, B-64",
    locator="000, section 6, theorem 3, and appendix D; 001, theorem 3",
    kind="theorem",
    title="MaxMin networks are universal approximators of Lipschitz functions",
    wording="LN_p: MaxMin networks with ‖W_1‖_{p,inf} = 1 and ‖W‖_inf = 1 for the other weights. X closed and bounded "
    "in (R^n, L_p): LN_p is dense in the 1-Lipschitz functions on X.",
    verdict="holds",
    symbols=("lipref.lattice.approximate", "lipref.lattice.interpolate", "lipref.lattice.unit_rows"),
    proof="proofs/coq/Universality.v",
    why="Checked in its finite form: networks through given 1-Lipschitz data, with all norms exactly 1, 1-Lipschitz by "
    "these norms; and a network within a given epsilon of a function on a square, at points off the net, for p = 1, 2, "
    "3 and inf. Bounded X suffices.",
)
def check_universality(ctx: Context) -> None:
    def through_data(points, heights, p, x):
        centres = exact(points)
        values = exact([_tent(heights, centres, lambda u, v: vector_norm(u - v, p), c) for c in centres])
        network = unit_rows(interpolate(centres, values, p), p)
        assert network(centres)[:, 0].tolist() == values.tolist()
        assert set(row_norms(network, p)) == {1}
        far = network(x)[0]
        for c, v in zip(centres, values):
            assert abs(far - v) <= vector_norm(x - c, p), "steeper than 1"

    small = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=4, unique=True)
    ctx.property(through_data, points=small, heights=arrays(4), p=RATIONAL, x=arrays(2, bound=9))

    def fold(z):  # 1-Lipschitz for every p: it depends on one coordinate
        return abs(z[..., 0] - Fraction(1, 3))

    probes = exact(list(itertools.product([-1, "1/7", "1/3", 1], [0, "2/5"])))
    for p in ctx.cases([1, 2, 3, math.inf]):
        network = approximate(fold, exact([-1, 0]), exact([1, "1/2"]), Fraction(4, 5), p)
        gaps = abs(network(probes)[:, 0] - fold(probes))
        assert 0 < max(gaps) <= Fraction(4, 5)


def odd_widths() -> Counterexample:
    """f(x) = x + 1 and g(x) = 5 - x, each read from the lone unit of a layer of three: stacked, it finds a partner."""
    last = exact([[0, 0, 1]])
    f = ((exact([[1], [1], [1]]), exact([0, 0, 1])), (last, exact([0])))
    g = ((exact([[-1], [-1], [-1]]), exact([0, 0, 5])), (last, exact([0])))
    return Counterexample(
        "two networks of any widths, stacked and block-diagonal, compute f and g side by side",
        "the third unit of f is sorted with the first of g: at x = 0, where f = 1 and g = 5, the result is 1 and 0",
        {"f": f, "g": g, "x": exact([0]), "values": (ONE, Fraction(5)), "stacked": (ONE, ZERO)},
    )


ODD_WIDTHS = Erratum(
    "odd-widths",
    "B-61",
    "The construction makes no assumption on the widths of the two networks.",
    odd_widths,
    "Widths must be even. An odd hidden layer is made even by duplicating its lone unit, whose copies MaxMin leaves "
    "alone; the next layer reads one of them. All norms stay as they are.",
)


@section.statement(
    "SO-Thm3-lattice",
    spec_id="SO-Thm3-lattice, B-61",
    locator="000, section 6 and appendix D, proof of theorem 3, figure 14; 001, figure 3",
    kind="construction",
    title="the maximum and the minimum of two networks as a network",
    wording="First weights stacked, later weights block-diagonal, a MaxMin at the end, then (1, 0) or (0, 1): a "
    "network of the same kind that computes max(f, g) or min(f, g); no assumption on the widths.",
    verdict="holds_corrected",
    symbols=("lipref.lattice.maximum", "lipref.lattice.minimum", "lipref.lattice.parallel"),
    proof="proofs/coq/Network.v",
    errata=(ODD_WIDTHS,),
)
def check_lattice_construction(ctx: Context) -> None:
    case = odd_widths()
    values = tuple(with_lone_units(case[name], case["x"])[0] for name in ("f", "g"))
    assert values == case["values"]
    stacked = with_lone_units(side_by_side(case["f"], case["g"]), case["x"])
    assert tuple(stacked) == case["stacked"] != case["values"]
    repaired = parallel(maxmin_network(case["f"]), maxmin_network(case["g"]))
    assert tuple(repaired(case["x"])) == case["values"]

    def law(f, g, x):
        networks = [maxmin_network(maps) for maps in (f, g)]
        values = [with_lone_units(maps, x)[0] for maps in (f, g)]
        for together, wanted in ((maximum, max(values)), (minimum, min(values))):
            network = together(*networks)
            assert network(x).tolist() == [wanted]
            assert set(row_norms(network, math.inf)) == {1}

    networks = WIDTHS.flatmap(affine_maps)
    ctx.property(law, f=networks, g=networks, x=arrays(2))


def scalar_identity_layer() -> Counterexample:
    """f(x) = x, one unit, deepened by an identity layer beside g(x) = min(x + 3, -x)."""
    f = ((exact([[1]]), exact([0])), (exact([[1]]), exact([0])))
    g = ((exact([[1], [-1]]), exact([3, 0])), (exact([[0, 1]]), exact([0])))
    return Counterexample(
        "a channel of one unit passes through an added layer unchanged, since sorted units stay sorted",
        "beside the two units of g it is sorted with the first of them: at x = 0, where f = g = 0, the maximum becomes "
        "3",
        {
            "f": f,
            "g": g,
            "x": tuple(map(Fraction, (0, 5, -5))),
            "maximum": tuple(map(Fraction, (0, 5, -2))),
            "deepened": tuple(map(Fraction, (3, 8, 5))),
        },
    )


SCALAR_IDENTITY = Erratum(
    "scalar-identity-layer",
    "B-61",
    "The channel of smaller depth is brought to the depth of the other by identity layers.",
    scalar_identity_layer,
    "The identity is inserted before the last affine layer where there is a sorted layer of even width, or a scalar z "
    "is carried as the pair (z, z), which MaxMin leaves alone, and its first entry is read.",
)


@section.statement(
    "SO-Thm3-depth",
    spec_id="SO-Thm3-depth, B-61",
    locator="000, appendix D, proof of theorem 3",
    kind="construction",
    title="networks of unequal depth",
    wording="After the pre-activations have been sorted, the identity followed by MaxMin changes nothing; so the "
    "shallower channel is padded by identity layers.",
    verdict="holds_corrected",
    symbols=("lipref.lattice.maxmin_network", "lipref.lattice.parallel"),
    proof="proofs/coq/Network.v",
    errata=(SCALAR_IDENTITY,),
)
def check_unequal_depths(ctx: Context) -> None:
    case = scalar_identity_layer()
    f, g = maxmin_network(case["f"][:1]), maxmin_network(case["g"])
    for x, wanted, printed in zip(case["x"], case["maximum"], case["deepened"]):
        assert max(f(exact([x]))[0], g(exact([x]))[0]) == wanted
        assert max(with_lone_units(side_by_side(case["f"], case["g"]), exact([x]))) == printed != wanted
        assert maximum(f, g)(exact([x])).tolist() == [wanted]

    def law(shallow, deep, x):
        networks = [maxmin_network(maps) for maps in (shallow, deep)]
        both = parallel(*networks)
        assert both(x).tolist() == [with_lone_units(maps, x)[0] for maps in (shallow, deep)]
        assert len(both.layers) == max(len(network.layers) for network in networks)
        assert set(row_norms(both, math.inf)) == {1}

    def sorted_pairs_stay(x):
        eye = exact([[1, 0], [0, 1]])
        once = maxmin_network([(eye, None), (eye, None)])(x)
        assert maxmin_network([(eye, None)] * 3)(x).tolist() == once.tolist() == [max(x), min(x)]

    ctx.property(law, shallow=affine_maps((2, 1)), deep=WIDTHS.flatmap(affine_maps), x=arrays(2))
    ctx.property(sorted_pairs_stay, x=arrays(2))


def one_dimensional_separation() -> Counterexample:
    """x = 0, y = 1, a = b = 0: an affine function of one variable with |w| = 1 has f(1) - f(0) = ±1."""
    return Counterexample(
        "one linear layer with dual norm exactly 1 takes the value 0 at 0 and 0 at 1",
        "with w = 1 or w = -1 its values there differ by 1, whatever the bias",
        {"x": (ZERO, ONE), "values": (ZERO, ZERO), "differences": (ONE, -ONE)},
    )


SEPARATION = Erratum(
    "separation-in-one-dimension",
    "B-60",
    "Given x, y and |a - b| <= ‖x - y‖_p, a single layer with norm 1 satisfies f(x) = a and f(x) = b.",
    one_dimensional_separation,
    "The second equation is f(y) = b. For n >= 2, or with norm at most 1, a single layer does; for n = 1 and norm "
    "exactly 1, two: MaxMin fixes (z, z), and its row ((1 + c)/2, -(1 - c)/2) of absolute sum 1 gives c z for every "
    "|c| <= 1, on all of space. In the same way every network with norms at most 1 equals one with norms exactly 1.",
)


@section.statement(
    "SO-Thm3-sep",
    spec_id="SO-Thm3-sep, B-60",
    locator="000, section 6 and appendix D, proof of theorem 3; 001, section 6",
    kind="proposition",
    title="separation of points by a network",
    wording="For points x, y and numbers with |a - b| <= ‖x - y‖_p there is an affine f with dual norm 1 and f(x) = a, "
    "f(y) = b.",
    verdict="holds_corrected",
    symbols=("lipref.lattice.separate", "lipref.lattice.unit_functional", "lipref.lattice.unit_rows"),
    proof="proofs/coq/Separation.v",
    errata=(SEPARATION,),
)
def check_separation(ctx: Context) -> None:
    case = one_dimensional_separation()
    assert tuple(w * (case["x"][1] - case["x"][0]) for w in (1, -1)) == case["differences"]
    wanted = case["values"][1] - case["values"][0]
    assert wanted not in case["differences"]
    assert abs(wanted) <= abs(case["x"][1] - case["x"][0])

    def law(x, y, a, share, p, n):
        x, y = x[:n], y[:n]
        rise = share * vector_norm(x - y, p)
        for exactly in (False, True):
            network = separate(x, y, a, a + rise, p, exactly=exactly)
            assert [network(x)[0], network(y)[0]] == [a, a + rise]
            assert all(v == 1 if exactly else v <= 1 for v in row_norms(network, p))
        if n >= 2:
            w = unit_functional(y - x, rise, p)
            assert w @ (y - x) == rise
            assert vector_norm(w, dual_exponent(p)) == 1

    def integer_exponents(
        x, y, share, p
    ):  # |a - b|^p <= Σ |x_k - y_k|^p, and the dual norm to the power q the same way
        size = Fraction(int(100 * float(sum(abs(c) ** p for c in x - y)) ** (1 / p)), 100)
        rise = share * max(ZERO, size - Fraction(1, 50))
        network = separate(x, y, 0, rise, p)
        assert [network(x)[0], network(y)[0]] == [0, rise]
        if p == 2:
            assert normsq(network.layers[0].weight) <= 1

    def same_function(maps, x, p):
        network = maxmin_network(maps)
        normed = unit_rows(network, p)
        assert normed(10**6 * x).tolist() == network(10**6 * x).tolist()
        assert set(row_norms(normed, p)) == {1}

    pairs: dict[str, Any] = {"x": arrays(3), "y": arrays(3)}
    ctx.property(law, **pairs, a=fractions(), share=fractions(1), p=RATIONAL, n=st.integers(1, 3))
    ctx.property(integer_exponents, **pairs, share=fractions(1), p=st.sampled_from([2, 3]))
    loose = WIDTHS.flatmap(lambda widths: affine_maps(widths, Fraction(2, 3)))
    ctx.property(same_function, maps=loose, x=arrays(2), p=RATIONAL)


def triangle_wave() -> Counterexample:
    """The distance to the nearest even integer on the line: it stays at distance 1/2 or more from every network."""
    return Counterexample(
        "networks are dense in the 1-Lipschitz functions R -> R, uniformly on R",
        "a network is affine beyond some point, where the wave takes 0, 1, 0 at 2k, 2k + 1, 2k + 2; an affine function "
        "with the values a, b, c there has a + c = 2 b, so one of |a|, |1 - b|, |c| is at least 1/2",
        {"wave": (ZERO, ONE, ZERO), "least_error": HALF, "best": (HALF, HALF, HALF)},
    )


UNBOUNDED = Erratum(
    "vector-valued-domain",
    "B-63",
    "The networks R^n -> R^m with inf-norms 1 are dense in the 1-Lipschitz functions with respect to L_inf (in 001 "
    "even without naming the activation).",
    triangle_wave,
    "MaxMin networks with m outputs are dense in the 1-Lipschitz maps from a bounded set into (R^m, L_inf): "
    "approximate each component, bring the networks to one depth, put them side by side.",
)


@section.statement(
    "SO-Obs",
    spec_id="SO-Obs, B-63",
    locator="000, section 6 and appendix D, observation; 001, section 6",
    kind="proposition",
    title="vector-valued universality in the inf-norm",
    wording="MaxMin networks R^n -> R^m with ‖W‖_inf = 1 are dense in the 1-Lipschitz functions for the L_inf metric.",
    verdict="holds_corrected",
    symbols=("lipref.lattice.parallel", "lipref.lattice.interpolate", "lipref.lattice.approximate"),
    proof="proofs/coq/VectorNetwork.v",
    errata=(UNBOUNDED,),
    why="Checked in its finite form: networks through 1-Lipschitz data with two outputs, norms exactly 1, and the "
    "maximum and minimum output by output.",
)
def check_vector_valued(ctx: Context) -> None:
    case = triangle_wave()

    def tail(a, slope):  # the values of an affine function at three consecutive integers
        errors = [abs(a + k * slope - w) for k, w in enumerate(case["wave"])]
        assert max(errors) >= case["least_error"]

    ctx.property(tail, a=fractions(), slope=fractions(1))
    tail(case["best"][0], ZERO)
    assert max(abs(b - w) for b, w in zip(case["best"], case["wave"])) == case["least_error"]

    def law(points, heights, f, g, x):
        centres = exact(points)

        def distance(u, v):
            return vector_norm(u - v, math.inf)

        values = exact([[_tent(h, centres, distance, c) for h in heights] for c in centres])
        network = interpolate(centres, values, math.inf, method="cones")
        assert network(centres).tolist() == values.tolist()
        assert set(row_norms(network, math.inf)) == {1}
        first, second = maxmin_network(f), maxmin_network(g)
        for together, best in ((maximum, max), (minimum, min)):
            joined = together(first, second)
            assert joined(x).tolist() == [best(a, b) for a, b in zip(first(x), second(x))]
            assert set(row_norms(joined, math.inf)) == {1}

    small = st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=3, unique=True)
    ctx.property(law, points=small, heights=arrays(2, 3), f=affine_maps((2, 3, 2)), g=affine_maps((2, 2)), x=arrays(2))


section.add(
    "SO-Open",
    locator="000 and 001, section 6, last paragraph",
    kind="remark",
    title="are 2-norm constrained GroupSort networks universal?",
    wording="GroupSort networks whose weights all have 2-norm at most 1: dense in the 1-Lipschitz functions (R^n, 2) "
    "-> R?",
    verdict="open",
    why="Neither proved nor refuted here. The lattice construction does not give it: stacking weights can raise the "
    "2-norm to √2 (SO-Stack).",
)


@section.statement(
    "SO-Stack",
    spec_id="SO-Open",
    locator="001, section 6, footnote",
    kind="remark",
    title="stacking two matrices can raise the 2-norm to √2",
    wording="Matrices of 2-norm at most 1, stacked vertically, have 2-norm at most √2, which is attained; "
    "block-diagonal, at most 1. In the norm from p to inf stacking keeps 1.",
    verdict="holds",
)
def check_stacking(ctx: Context) -> None:
    def law(a, b, x, p):
        size = max(vector_norm(w.reshape(-1), 1) for w in (a, b))  # at least the 2-norm
        a, b = (w / max(size, 1) for w in (a, b))
        stacked = exact([*a.tolist(), *b.tolist()])
        assert normsq(stacked @ x) == normsq(a @ x) + normsq(b @ x) <= 2 * normsq(x)
        assert max(row_norms(Chain((Linear(stacked),)), p)) <= 1

    ctx.property(law, a=arrays(2, 2), b=arrays(2, 2), x=arrays(2), p=RATIONAL)
    column = exact([[1], [1]])  # the number 1 on the number 1
    assert normsq(column @ exact([1])) == 2
