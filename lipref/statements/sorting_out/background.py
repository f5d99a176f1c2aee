"""SO, section 2: networks, Lipschitz constants, norms, duality, adversarial examples."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref import activations
from lipref._array import epsilon, exact
from lipref.layers import Chain, GroupSort, Linear
from lipref.norms import operator_norm, operator_norm_maximiser, vector_norm
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions, identity, with_singular_values

section = Section("SO")


def printed_weight_shape() -> Counterexample:
    """A layer from 2 units to 1: the shape that the paper prints for its weight cannot be applied to h."""
    h, weight = exact([1, 2]), exact([[3, 4]])
    return Counterexample(
        "W_l has shape (n_{l-1}, n_l) = (2, 1) and z_l = W_l h_{l-1}",
        "a (2, 1) matrix cannot act on the 2 entries of h; the (1, 2) matrix gives z = 11",
        {"h": h, "printed_shape": (2, 1), "weight": weight, "z": weight @ h},
    )


WEIGHT_SHAPE = Erratum(
    "weight-shape",
    "B-01",
    "The weight of layer l is n_{l-1} × n_l, and z_l = W_l h_{l-1} + b_l.",
    printed_weight_shape,
    "W_l is n_l × n_{l-1}; likewise the stack of two first layers is [W^f; W^g], not the transpose of [W^f W^g].",
)


@section.statement(
    "SO-Not1",
    spec_id="SO-Not1, B-01",
    locator="000 and 001, section 2, notation",
    kind="definition",
    title="a network is affine maps with an activation between them",
    wording="h_0 = x; z_l = W_l h_{l-1} + b_l; h_l = phi(z_l); y = z_L, so no activation follows the last affine map.",
    verdict="holds_corrected",
    proof="proofs/coq/Checker.v",
    symbols=("lipref.layers.Chain", "lipref.layers.Linear", "lipref.networks.mlp"),
    errata=(WEIGHT_SHAPE,),
)
def check_network(ctx: Context) -> None:
    case = printed_weight_shape()
    columns = case["printed_shape"][1]
    assert columns != len(case["h"]), "the printed shape would fit"
    assert Linear(case["weight"])(case["h"]).tolist() == case["z"].tolist() == [11]

    def law(w1, b1, w2, b2, x):
        network = Chain((Linear(w1, b1), GroupSort(2), Linear(w2, b2)))
        z1 = [sum(w * v for w, v in zip(row, x)) + b for row, b in zip(w1, b1)]
        h1 = [*sorted(z1[:2]), *sorted(z1[2:])]
        assert network(x).tolist() == [sum(w * v for w, v in zip(row, h1)) + b for row, b in zip(w2, b2)]

    ctx.property(law, w1=arrays(4, 3), b1=arrays(4), w2=arrays(2, 4), b2=arrays(2), x=arrays(3))


@section.statement(
    "SO-Eq1",
    locator="000, section 2, equation (1)",
    kind="equation",
    title="the Jacobian of a network is the alternating product of weights and activation Jacobians",
    wording="dy/dx = W_L D_{L-1} W_{L-1} ... D_1 W_1 almost everywhere, D_l = phi'(z_l); for GroupSort a permutation.",
    verdict="holds",
    symbols=("lipref.layers.Chain", "lipref.groupsort.groupsort_backward"),
    why="Checked off ties, where the network is differentiable; ties have measure zero unless two units coincide.",
)
def check_jacobian(ctx: Context) -> None:
    step = Fraction(1, 2**40)

    def law(w1, b1, w2, w3, x, dx):
        network = Chain((Linear(w1, b1), GroupSort(3), Linear(w2), GroupSort(2), Linear(w3)))
        product, h = w1, w1 @ x + b1
        for size, weight in ((3, w2), (2, w3)):
            where = sorted(range(len(h)), key=lambda i: (i // size, h[i], i))
            product, h = weight @ product[where], weight @ h[where]
        _, residuals = network.forward(x)
        rows = [network.backward(residuals, row)[0].tolist() for row in identity(2)]
        assert rows == product.tolist(), f"backward gives {rows}, the product {product.tolist()}"
        ahead, behind = network(x + step * dx), network(x - step * dx)
        if (ahead + behind == 2 * network(x)).all():  # off ties, where nothing changes order within the step
            assert ((ahead - behind) == 2 * step * (product @ dx)).all()

    shapes = {"w1": arrays(6, 3), "b1": arrays(6), "w2": arrays(4, 6), "w3": arrays(2, 4)}
    ctx.property(law, **shapes, x=arrays(3), dx=arrays(3))


def flat_pieces_apart() -> Counterexample:
    """Two intervals, a function constant on each: its derivative is 0 everywhere, its Lipschitz constant is not."""
    return Counterexample(
        "f is differentiable with |f'| <= 0 on its domain, so its Lipschitz constant is at most 0",
        "f(3/2) - f(-3/2) = 1 over a distance of 3",
        {
            "domain": ((Fraction(-2), Fraction(-1)), (Fraction(1), Fraction(2))),
            "f": {Fraction(-3, 2): Fraction(0), Fraction(3, 2): Fraction(1)},
            "largest_derivative": Fraction(0),
            "quotient": Fraction(1, 3),
        },
    )


JACOBIAN_DOMAIN = Erratum(
    "jacobian-domain",
    "B-02",
    "If f is differentiable everywhere, the operator norm of its Jacobian bounds its Lipschitz constant.",
    flat_pieces_apart,
    "On a convex domain the Lipschitz constant is the supremum of the operator norms of the Jacobian.",
)


@section.statement(
    "SO-DefLip",
    spec_id="SO-DefLip, B-02",
    locator="000 and 001, section 2.1",
    kind="definition",
    title="Lipschitz constant, and the bound by the Jacobian",
    wording="f is K-Lipschitz if d(f x, f y) <= K d(x, y); for differentiable f the operator norm of the Jacobian "
    "bounds the least K.",
    verdict="holds_corrected",
    symbols=("lipref.norms.operator_norm",),
    errata=(JACOBIAN_DOMAIN,),
    why="The equality on convex domains is checked for cubics on intervals, where the supremum is known exactly.",
)
def check_lipschitz_constant(ctx: Context) -> None:
    case = flat_pieces_apart()
    (left, low), (right, high) = case["f"].items()
    assert any(a < left < b for a, b in case["domain"])
    assert any(a < right < b for a, b in case["domain"])
    assert (high - low) / (right - left) == case["quotient"] > case["largest_derivative"]

    def law(a, b, c, low, length, s, t):
        def f(x):
            return ((a * x + b) * x + c) * x

        def slope(x):
            return (3 * a * x + 2 * b) * x + c

        critical = [-b / (3 * a)] if a else []
        stationary = [low, low + length, *(x for x in critical if low <= x <= low + length)]
        steepest = max(stationary, key=lambda x: abs(slope(x)))
        x, y = low + length * s, low + length * t
        assert abs(f(x) - f(y)) <= abs(slope(steepest)) * abs(x - y)
        # no smaller constant: (f(x+h) - f(x))/h - f'(x) = h (3ax + b) + a h²
        h = Fraction(1, 2**20) * (1 if steepest == low else -1)
        quotient = (f(steepest + h) - f(steepest)) / h
        assert abs(quotient - slope(steepest)) <= abs(h) * (abs(3 * a * steepest + b) + abs(a))

    unit = st.integers(0, 12).map(lambda n: Fraction(n, 12))
    length = st.sampled_from([Fraction(1), Fraction(5, 2)])
    ctx.property(law, a=fractions(), b=fractions(), c=fractions(), low=fractions(), length=length, s=unit, t=unit)


@section.statement(
    "SO-Def1",
    locator="000 and 001, definition 1",
    kind="definition",
    title="the class of 1-Lipschitz functions",
    wording="C_L(X, R) is the set of f: X -> R with |f(x) - f(y)| <= d_X(x, y); here d_X comes from a p-norm.",
    verdict="holds",
    symbols=("lipref.norms.vector_norm",),
    why="Checked: distance functions belong to it and it is closed under max, min, negation, shifts and averages.",
)
def check_class(ctx: Context) -> None:
    def law(centres, heights, p, x, y, weight):
        def distance(u, v):
            return vector_norm(u - v, p)

        def f(z):
            return min(height + distance(z, centre) for height, centre in zip(heights[:2], centres[:2]))

        def g(z):
            return max(height - distance(z, centre) for height, centre in zip(heights[2:], centres[2:]))

        members = (
            f,
            g,
            lambda z: max(f(z), g(z)),
            lambda z: min(f(z), g(z)),
            lambda z: 7 - f(z),
            lambda z: weight * f(z) + (1 - weight) * g(z),
        )
        assert all(abs(member(x) - member(y)) <= distance(x, y) for member in members)

    unit = st.integers(0, 6).map(lambda n: Fraction(n, 6))
    points = {"centres": arrays(4, 2), "x": arrays(2), "y": arrays(2)}
    ctx.property(law, **points, heights=arrays(4), p=st.sampled_from([1, math.inf]), weight=unit)


def printed_row_sum() -> Counterexample:
    """One row of three ones: the printed sum stops at the number of rows."""
    w = exact([[1, 1, 1]])
    m = w.shape[0]
    return Counterexample(
        "‖W‖_inf is the largest sum of |w_ij| over j = 1..m with m the number of rows, here 1",
        "W (1, 1, 1) = 3, so the norm is 3",
        {
            "w": w,
            "printed": max(sum(abs(v) for v in row[:m]) for row in w),
            "x": exact([1, 1, 1]),
            "norm": Fraction(3),
        },
    )


ROW_SUM_LIMIT = Erratum(
    "row-sum-limit",
    "B-03",
    "‖W‖_inf = max over i <= m of the sum over j <= m of |w_ij|, for W with m rows.",
    printed_row_sum,
    "The inner sum runs over all columns: ‖W‖_inf is the largest absolute row sum.",
)


@section.statement(
    "SO-LinLip",
    spec_id="SO-LinLip, B-03",
    locator="000 and 001, section 2.2",
    kind="equation",
    title="a linear map is 1-Lipschitz iff its matrix norm is at most 1; the 2- and inf-norms",
    wording="x -> W x is 1-Lipschitz in the p-norm iff ‖W‖_p <= 1; ‖W‖_2 is the largest singular value, ‖W‖_inf the "
    "largest absolute row sum.",
    verdict="holds_corrected",
    symbols=("lipref.norms.operator_norm", "lipref.norms.operator_norm_maximiser"),
    errata=(ROW_SUM_LIMIT,),
    proof="proofs/coq/RowSum.v",
)
def check_linear_norms(ctx: Context) -> None:
    case = printed_row_sum()
    assert operator_norm(case["w"], math.inf) == case["norm"] == vector_norm(case["w"] @ case["x"], math.inf)
    assert case["printed"] < case["norm"]

    def rational(w, x):
        for p in (1, math.inf):
            norm, best = operator_norm(w, p), operator_norm_maximiser(w, p)
            assert vector_norm(w @ x, p) <= norm * vector_norm(x, p)
            assert vector_norm(best, p) == 1
            assert vector_norm(w @ best, p) == norm
        assert operator_norm(w, math.inf) == max(sum(map(abs, row)) for row in w)

    ctx.property(rational, w=arrays(2, 3), x=arrays(3))

    def spectral(drawn):
        w, _, s, _ = drawn
        placed = ctx.place(w.astype(float))
        # rounding W to floats moves σ by <= eps ‖W‖_F <= eps √3 max s, the SVD by a multiple of at most m·n of that
        slack = 64 * epsilon(ctx.xp, placed) * float(max(s))
        assert abs(float(operator_norm(placed, 2)) - float(max(s))) <= slack

    values = st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2), Fraction(3), Fraction(7, 3)])
    ctx.property(spectral, drawn=with_singular_values(3, 4, values))


@section.statement(
    "SO-MixNorm",
    locator="000 and 001, section 2.2",
    kind="equation",
    title="the mixed norm into the inf-norm is the largest dual norm of a row",
    wording="‖W‖_{p,q} is the supremum of ‖W x‖_q over ‖x‖_p = 1; for q = inf it is max_i ‖w_i‖_{p*}, 1/p + 1/p* = 1.",
    verdict="holds",
    proof="proofs/coq/RowSum.v",
    symbols=("lipref.norms.operator_norm", "lipref.norms.operator_norm_maximiser", "lipref.norms.dual_vector"),
)
def check_mixed_norm(ctx: Context) -> None:
    def law(w, x, p):
        placed, point = ctx.place(w.astype(float)), ctx.place(x.astype(float))
        xp = ctx.xp
        norm, best = float(operator_norm(placed, p, math.inf)), operator_norm_maximiser(placed, p, math.inf)
        dual = {1: math.inf, 2: 2, 3: 1.5, math.inf: 1}[p]
        expected = max(float(np.linalg.norm(row.astype(float), ord=dual)) for row in w)
        slack = 64 * epsilon(xp, placed) * (1 + expected)  # 3-term sums, a p-th root and its power: under 64 roundings
        assert abs(norm - expected) <= slack
        assert abs(float(vector_norm(best, p)) - 1) <= slack
        assert abs(float(vector_norm(xp.matmul(placed, best), math.inf)) - norm) <= slack
        image = float(vector_norm(xp.matmul(placed, point), math.inf))
        assert image <= norm * float(vector_norm(point, p)) + slack * (1 + float(vector_norm(point, 1)))

    ctx.property(law, w=arrays(2, 3), x=arrays(3), p=st.sampled_from([1, 2, 3, math.inf]))


def composition_of_least_constants() -> Counterexample:
    """max(x, 0) and min(x, 0) have least Lipschitz constant 1; their composition is the zero map."""
    points = (Fraction(-2), Fraction(-1), Fraction(1), Fraction(2))
    return Counterexample(
        "functions whose smallest Lipschitz constant is 1 are closed under composition",
        "min(max(x, 0), 0) = 0 has smallest constant 0",
        {
            "points": points,
            "inner": tuple(max(x, Fraction(0)) for x in points),
            "outer": tuple(min(x, Fraction(0)) for x in points),
            "composed": tuple(min(max(x, Fraction(0)), Fraction(0)) for x in points),
        },
    )


LEAST_CONSTANT = Erratum(
    "least-constant",
    "B-02",
    "K-Lipschitz means that K is the smallest constant, and 1-Lipschitz maps are closed under composition.",
    composition_of_least_constants,
    "Read K-Lipschitz as: the smallest constant is at most K. Then compositions of 1-Lipschitz maps are 1-Lipschitz.",
)


def _steepest(points, values) -> Fraction:
    """Largest difference quotient over the points, one coordinate each."""
    pairs = itertools.combinations(zip(points, values), 2)
    return max(abs(v - w) / abs(x - y) for (x, v), (y, w) in pairs)


@section.statement(
    "SO-Comp",
    spec_id="SO-Comp, B-02",
    locator="000 and 001, section 2.2",
    kind="proposition",
    title="compositions of 1-Lipschitz maps are 1-Lipschitz",
    wording="The composition of 1-Lipschitz maps is 1-Lipschitz, so it suffices that every layer is.",
    verdict="holds_corrected",
    symbols=("lipref.networks.lipschitz_bound", "lipref.layers.Chain"),
    errata=(LEAST_CONSTANT,),
    proof="proofs/coq/Metric.v",
)
def check_composition(ctx: Context) -> None:
    case = composition_of_least_constants()
    points = case["points"]
    assert _steepest(points, case["inner"]) == _steepest(points, case["outer"]) == 1
    assert _steepest(points, case["composed"]) == 0

    def law(w1, b1, w2, x, y, p):
        def scaled(w):  # to matrix norm 1 exactly
            return w / max(operator_norm(w, p), Fraction(1, 9))

        network = Chain((Linear(scaled(w1), b1), GroupSort(2), Linear(scaled(w2))))
        assert vector_norm(network(x) - network(y), p) <= vector_norm(x - y, p)

    shapes = {"w1": arrays(4, 3), "b1": arrays(4), "w2": arrays(2, 4), "x": arrays(3), "y": arrays(3)}
    ctx.property(law, **shapes, p=st.sampled_from([1, math.inf]))


@section.statement(
    "SO-ActLip",
    locator="000 and 001, section 2.2",
    kind="proposition",
    title="common activations are 1-Lipschitz",
    wording="ReLU, tanh, sigmoid and maxout are 1-Lipschitz if scaled suitably.",
    verdict="holds",
    symbols=("lipref.activations.LIPSCHITZ", "lipref.activations.maxout"),
    why="No scaling is needed; the least constant of the sigmoid is 1/4. Maxout is 1-Lipschitz as a map of its inputs.",
)
def check_activations(ctx: Context) -> None:
    smooth = ("tanh", "sigmoid", "softplus")

    def law(x, y, p):
        for name, constant in activations.LIPSCHITZ.items():
            if name in smooth:
                continue
            function = getattr(activations, name)
            images = (function(x, 2), function(y, 2)) if name == "maxout" else (function(x), function(y))
            assert vector_norm(images[0] - images[1], p) <= Fraction(constant) * vector_norm(x - y, p), name

    ctx.property(law, x=arrays(4), y=arrays(4), p=st.sampled_from([1, math.inf]))

    def smooth_law(x, y):
        for name in smooth:
            function, constant = getattr(activations, name), activations.LIPSCHITZ[name]
            u, v = ctx.place([float(x), 0.0]), ctx.place([float(y), 2.0**-12 * (x > y)])
            gap = [float(d) for d in ctx.xp.abs(function(u) - function(v))]
            slack = 16 * epsilon(ctx.xp, u) * 4  # values up to log(1 + e³) < 4, a few roundings each
            assert gap[0] <= constant * abs(float(x - y)) + slack, name
            # the slope at 0 shows that the constant is least (softplus reaches 1 at infinity only)
            if name != "softplus" and x > y:
                assert gap[1] >= constant * 2.0**-12 * (1 - 2.0**-20)

    ctx.property(smooth_law, x=fractions(), y=fractions())


def optimal_transport_on_points(a, b, distance):
    """(cost, matching, potential) for uniform weights on the points a and b, exact.

    cost is the least mean distance over all matchings; the potential f, on a then b, is 1-Lipschitz with
    f(a_i) - f(b_j) = d(a_i, b_j) on matched pairs. It solves f(u) <= f(v) + d(u, v) and f(b_j) <= f(a_i) - d(a_i, b_j)
    by shortest paths, which exist since the matching is optimal.
    """
    n, points = len(a), [*a, *b]
    total, matching = min(
        (sum(distance(a[i], b[j]) for i, j in enumerate(m)), m) for m in itertools.permutations(range(n))
    )
    edges = [(v, u, distance(points[u], points[v])) for u in range(2 * n) for v in range(2 * n) if u != v]
    edges += [(i, n + j, -distance(a[i], b[j])) for i, j in enumerate(matching)]
    potential = [Fraction(0)] * (2 * n)
    for _ in range(2 * n):
        for v, u, length in edges:
            potential[u] = min(potential[u], potential[v] + length)
    return Fraction(total) / n, matching, potential


POINTS = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=3)


def _city_block(u, v):
    return abs(u[0] - v[0]) + abs(u[1] - v[1])


@section.statement(
    "SO-Eq2",
    locator="000, section 2.3, equation (2); 001, equation (1)",
    kind="equation",
    title="Kantorovich-Rubinstein duality",
    wording="W1(P1, P2) is the supremum of E_{P1} f - E_{P2} f over 1-Lipschitz f: f is large where P1 has mass.",
    verdict="holds",
    why="Checked exactly for uniform weights on finitely many points: an optimal matching, a potential of equal value.",
)
def check_duality(ctx: Context) -> None:
    def law(a, b, heights):
        cost, _, potential = optimal_transport_on_points(a, b, _city_block)
        points, n = [*a, *b], len(a)
        for u, v in itertools.combinations(range(2 * n), 2):
            assert abs(potential[u] - potential[v]) <= _city_block(points[u], points[v]), "the potential is too steep"
        assert sum(potential[:n]) / n - sum(potential[n:]) / n == cost, "primal and dual values differ"
        other = [min(h + _city_block(x, c) for h, c in zip(heights, points)) for x in points]
        assert sum(other[:n]) / n - sum(other[n:]) / n <= cost, "a 1-Lipschitz function exceeds the cost"

    ctx.property(law, a=POINTS, b=POINTS, heights=arrays(6))


def flat_optimal_dual() -> Counterexample:
    """For δ_0 against (δ_{-1} + δ_1)/2 both -|x| and -min(|x|, 1) are optimal; the second is flat beyond 1."""
    points = tuple(Fraction(n, 2) for n in range(-6, 7))
    tent = {x: -min(abs(x), Fraction(1)) for x in points}
    return Counterexample(
        "the optimal dual function of δ_0 and (δ_{-1} + δ_1)/2 is unique and has slope 1 almost everywhere",
        "-|x| and -min(|x|, 1) both reach W1 = 1; the second has slope 0 on (1, 3)",
        {
            "cone": {x: -abs(x) for x in points},
            "tent": tent,
            "value": Fraction(1),
            "slope_beyond_1": (tent[Fraction(3)] - tent[Fraction(2)]) / 1,
        },
    )


DUAL_SLOPE = Erratum(
    "dual-slope",
    "B-13",
    "An optimal dual solution has gradient norm 1 almost everywhere; the optimal dual surfaces are unique.",
    flat_optimal_dual,
    "An optimal f falls with slope 1 along the segment from x to y for every pair (x, y) that an optimal plan moves; "
    "elsewhere it is any 1-Lipschitz extension, and constants may be added. For P1 = P2, f = 0 is optimal.",
)


@section.statement(
    "SO-DualSlope",
    spec_id="B-13",
    locator="000 and 001, sections 3 and 7.1.1",
    kind="remark",
    title="optimal dual functions have slope 1 almost everywhere and are unique",
    wording="An optimal solution of the dual problem always has gradient norm 1 almost everywhere, and is unique.",
    verdict="refuted",
    errata=(DUAL_SLOPE,),
    why="The corrected statement is checked for uniform weights on points of the plane with the 1-norm.",
)
def check_dual_slope(ctx: Context) -> None:
    case = flat_optimal_dual()
    for f in (case["cone"], case["tent"]):
        assert _steepest(list(f), list(f.values())) == 1
        assert f[Fraction(0)] - (f[Fraction(-1)] + f[Fraction(1)]) / 2 == case["value"]
    assert case["slope_beyond_1"] == 0

    def law(a, b, t):
        _, matching, potential = optimal_transport_on_points(a, b, _city_block)
        points = [*a, *b]

        def extended(x):  # McShane: the largest 1-Lipschitz extension of the potential
            return min(h + _city_block(x, z) for h, z in zip(potential, points))

        for i, j in enumerate(matching):
            on_the_way = tuple((1 - t) * u + t * v for u, v in zip(a[i], b[j]))
            assert extended(on_the_way) == potential[i] - t * _city_block(a[i], b[j])

    ctx.property(law, a=POINTS, b=POINTS, t=st.integers(0, 6).map(lambda n: Fraction(n, 6)))


@section.statement(
    "SO-AdvDef",
    locator="000 and 001, section 2.3",
    kind="definition",
    title="adversarial examples, and the lower bound that a Lipschitz constant gives",
    wording="x + delta is adversarial if delta is small and the class changes; a small Lipschitz constant bounds the "
    "size of delta from below.",
    verdict="holds",
    symbols=("lipref.norms.dual_vector", "lipref.norms.operator_norm"),
    why="The bound |f(x)|/K for the sign of a score f is checked for affine scores, where it is attained.",
)
def check_adversarial(ctx: Context) -> None:
    def law(w, bias, x, delta, p):
        lipschitz = operator_norm(w[None, :], p, math.inf)
        score = w @ x + bias
        if lipschitz == 0 or score == 0:
            return
        radius = abs(score) / lipschitz
        moved = w @ (x + delta) + bias
        assert vector_norm(delta, p) >= radius or moved * score > 0, "a smaller change flips the sign"
        worst = operator_norm_maximiser(w[None, :], p, math.inf)
        sign = 1 if w @ worst > 0 else -1
        attack = worst * (-radius if score > 0 else radius) * sign
        assert w @ (x + attack) + bias == 0, "the radius is not attained"

    draws = {"w": arrays(3), "bias": fractions(), "x": arrays(3), "delta": arrays(3, bound=1)}
    ctx.property(law, **draws, p=st.sampled_from([1, math.inf]))
