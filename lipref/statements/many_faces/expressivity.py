"""MF, expressivity (section 3.1, appendix A): Highest Mountain Functions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import Array, epsilon, exact, to_numpy
from lipref.certificates import margin, radius
from lipref.koch import koch_measures, koch_signed_square, koch_vertices, snowflake, snowflake_forward
from lipref.layers import Chain, GroupSort, Linear, Scale
from lipref.mountain import (
    highest_mountain,
    highest_mountain_forward,
    mountain_bounds,
    multiclass_mountain,
    nearest_frontier,
)
from lipref.networks import scale_inside
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, normsq
from lipref.statements.many_faces.frontiers import (
    HALF,
    ONE,
    ZERO,
    frontier_square,
    labelled_sets,
    nearest_square,
    root_below,
    scalar_networks,
    side_of,
    sum_at_most,
    two_sets,
)
from lipref.statements.many_faces.setting import TALL_FIRST_LAYER, tall_first_layer

section = Section("MF")


def one_class() -> Counterexample:
    """All points are labelled +1: no point is equidistant to both classes."""
    return Counterexample(
        "d(x, ∂) is a number for the classes A = {0} and B = {}",
        "d(x, B) is infinite, no point is on the frontier, and d(x, ∂) is an infimum over nothing",
        {"positive": exact([[0]]), "negative": np.zeros((0, 1), dtype=object)},
    )


ONE_CLASS_FRONTIER = Erratum(
    "one-class-frontier",
    "E-14",
    "A Highest Mountain Function is defined for any classifier with closed pre-images.",
    one_class,
    "Both pre-images (for K classes, at least two) must be non-empty. For one class any ±(1 + ‖x‖) has the sign and "
    "the "
    "unit gradient of proposition 1. The pre-images are subsets of X; closed and disjoint, so a connected X such as "
    "R^n "
    "admits one class only.",
)


def _check_one_class(case: Counterexample) -> None:
    from lipref.errors import ShapeError

    try:
        highest_mountain(exact([0]), case["positive"], case["negative"])
    except ShapeError:
        return
    raise AssertionError("a frontier without a second class")


@section.statement(
    "MF-Def1",
    spec_id="MF-Def1, E-14",
    locator="section 3.1, definition 1",
    kind="definition",
    title="Highest Mountain Function on the data",
    wording="∂ is the set of points equidistant to both pre-images of c; f(x) = c(x) d(x, ∂) on X.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain", "lipref.mountain.nearest_frontier", "lipref.mountain.mountain_bounds"),
    errata=(ONE_CLASS_FRONTIER,),
    proof="proofs/coq/HighestMountain.v",
)
def check_definition(ctx: Context) -> None:
    _check_one_class(one_class())

    def law(drawn):
        a, b, _ = drawn
        for label, points in ((1, a), (-1, b)):
            for x in points:
                z = nearest_frontier(x, a, b)
                assert side_of(z, a, b) == 0, "not on the frontier"
                square = normsq(z - x)
                for share in (Fraction(1, 3), Fraction(99, 100)):  # the whole way there has the class of x
                    assert side_of(x + share * (z - x), a, b) == label
                floats = [v.astype(float) for v in (x, a, b)]
                value, bounds = float(highest_mountain(*floats)), mountain_bounds(*floats)
                assert Fraction(bounds.lower) ** 2 <= square <= Fraction(bounds.upper) ** 2, "not the distance"
                # certified bounds of a well-conditioned projection of integers up to 8 close to 1e-8 and less
                assert bounds.sign == label
                assert abs(label * value - bounds.lower) <= 1e-8
                assert bounds.upper - bounds.lower <= 1e-8

    ctx.host  # noqa: B018  floats on the host
    ctx.property(law, drawn=two_sets())


@section.statement(
    "MF-Def3",
    spec_id="MF-Def3, E-14",
    locator="appendix A, definition 3",
    kind="definition",
    title="Highest Mountain Function on the whole space",
    wording="The signed distance to ∂ at every point of R^n, positive where the pre-image of +1 is nearer.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain", "lipref.mountain.mountain_from_distances"),
    errata=(ONE_CLASS_FRONTIER,),
    why="On the line the frontier is the set of midpoints of neighbours of different class: exact, another formula.",
)
def check_definition_everywhere(ctx: Context) -> None:
    _check_one_class(one_class())

    def law(drawn):
        a, b, queries = drawn
        labelled = sorted([(p, 1) for (p,) in a] + [(p, -1) for (p,) in b])
        middles = [(p + q) / 2 for (p, c), (q, d) in itertools.pairwise(labelled) if c != d]
        for x, value in zip(queries, highest_mountain(queries, a, b)):
            assert value == side_of(x, a, b) * min(abs(x[0] - m) for m in middles)

    ctx.property(law, drawn=two_sets(dimensions=(1,)))


@section.statement(
    "MF-Eq10",
    spec_id="MF-Eq10, E-14",
    locator="appendix A, equation (10)",
    kind="equation",
    title="the two cases of the signed distance",
    wording="f = d(x, ∂) where the pre-image of -1 is at least as far as that of +1, else -d(x, ∂).",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain",),
    errata=(ONE_CLASS_FRONTIER,),
    why="At ties both cases give 0, which is no decision here; the printed cases count it as +. (d_B - d_A)/2 has the "
    "same sign and is never larger in size.",
)
def check_cases(ctx: Context) -> None:
    _check_one_class(one_class())

    def law(drawn):
        a, b, queries = drawn
        for x in queries:
            near, far = sorted([nearest_square(x, a), nearest_square(x, b)])
            square = frontier_square(x, a, b)
            assert (square == 0) == (side_of(x, a, b) == 0), "zero off the frontier, or not zero on it"
            # √far - √near <= 2√square: half the difference of the distances
            assert far <= near + 4 * square or (far - near - 4 * square) ** 2 <= 16 * near * square
            assert square <= far, "farther than the other class"
            value = float(highest_mountain(*(v.astype(float) for v in (x, a, b))))
            assert np.sign(value) == side_of(x, a, b), "the wrong case"

    ctx.host  # noqa: B018  floats on the host
    ctx.property(law, drawn=two_sets())


def fat_cantor_gaps(levels: int) -> list[tuple[Fraction, Fraction]]:
    """Gaps of the Smith-Volterra-Cantor set up to a level: from each of 2^(k-1) intervals the middle of length 4^-k."""
    kept, gaps = [(ZERO, ONE)], []
    for k in range(1, levels + 1):
        shorter = []
        for left, right in kept:
            middle, half = (left + right) / 2, Fraction(1, 2 * 4**k)
            gaps.append((middle - half, middle + half))
            shorter += [(left, middle - half), (middle + half, right)]
        kept = shorter
    return gaps


def relatively_closed() -> Counterexample:
    """A and B: the quarter and three-quarter points of the gaps of a Cantor set of measure 1/2."""
    gaps = fat_cantor_gaps(4)
    points = tuple((left + (right - left) / 4, left + 3 * (right - left) / 4) for left, right in gaps)
    return Counterexample(
        "c has pre-images A and B that are closed in X = A ∪ B, so some 1-Lipschitz f has its signs and |f'| = 1 "
        "almost "
        "everywhere",
        "every point of the Cantor set is a limit of A and of B, so f = 0 there, f' = 0 at its points of density, and "
        "its "
        "measure is 1/2: the gaps of all levels have total length 1/2",
        {"levels": 4, "points_of_a_and_b": points, "removed": sum((r - l for l, r in gaps), ZERO)},
    )


CLOSED_IN_SPACE = Erratum(
    "closed-in-space",
    "E-14",
    "Closed pre-images of a classifier on X suffice for a 1-Lipschitz f with its signs and unit gradients.",
    relatively_closed,
    "They must be closed in R^n, not only in X. Then ∂ = {d_A = d_B} is null: at a point of density of ∂ the gradients "
    "(x - a)/r and (x - b)/r would agree, so a = b. For pre-images closed in X alone the sign and the constant 1 "
    "survive, "
    "with infima for minima, as in example 1, where the curve itself is the frontier.",
)


@section.statement(
    "MF-Prop1",
    spec_id="MF-Prop1, E-14",
    locator="section 3.1, proposition 1; appendix A",
    kind="proposition",
    title="every separated binary classification is that of a 1-Lipschitz function",
    wording="For a classifier c on X with closed pre-images there is a 1-Lipschitz f on R^n with sign f = c on X and "
    "‖∇f‖ = 1 almost everywhere.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain", "lipref.mountain.highest_mountain_backward"),
    errata=(CLOSED_IN_SPACE,),
    why="Checked for finite sets, exactly: sign, constant, and slope 1 towards the frontier, which with the constant "
    "makes the gradient a unit vector wherever it exists.",
    proof="proofs/coq/HighestMountain.v",
)
def check_proposition_1(ctx: Context) -> None:
    case = relatively_closed()
    gaps = fat_cantor_gaps(case["levels"])
    assert case["removed"] == HALF - Fraction(1, 2 ** (case["levels"] + 1))
    for level in range(1, 7):  # the interval that is left of 0 keeps a point of A and of B within its length
        inside = fat_cantor_gaps(level)
        left, right = min(inside)
        assert ZERO < left + (right - left) / 4 < left + 3 * (right - left) / 4 < right
        kept = [q for p in sorted(inside) for q in p]
        lengths = [b - a for a, b in zip([ZERO, *kept[1::2]], [*kept[::2], ONE])]
        assert sum(lengths) > HALF
        assert set(lengths) == {(HALF + Fraction(1, 2 ** (level + 1))) / 2**level}
    for (left, right), (a, b) in zip(gaps, case["points_of_a_and_b"]):
        assert left < a < b < right

    def law(drawn, i, j):
        a, b, queries = drawn
        for label, points in ((1, a), (-1, b)):
            assert all(side_of(x, a, b) == label for x in points), "another sign on a class"
        x, y = queries[i], queries[j]
        u, v, gap = frontier_square(x, a, b), frontier_square(y, a, b), normsq(x - y)
        if side_of(x, a, b) * side_of(y, a, b) < 0:
            assert sum_at_most(u, v, gap), "steeper than 1 across the frontier"
        else:
            assert max(u, v) <= min(u, v) + gap or (max(u, v) - min(u, v) - gap) ** 2 <= 4 * min(u, v) * gap
        z = nearest_frontier(x, a, b)
        for share in (HALF, Fraction(9, 10)):  # slope exactly 1 on the way to z
            assert frontier_square(x + share * (z - x), a, b) == (1 - share) ** 2 * u

    index = st.integers(0, 2)
    ctx.property(law, drawn=two_sets(), i=index, j=index)

    def gradient(drawn):
        a, b, queries = (v.astype(float) for v in drawn)
        _, residuals = highest_mountain_forward(ctx.place(queries), ctx.place(a), ctx.place(b))
        sizes = to_numpy(residuals.gradient)
        # a quotient of n-vectors by their own norm
        assert np.all(np.abs(np.sqrt((sizes**2).sum(axis=-1)) - 1) <= 16 * epsilon(ctx.xp, ctx.place([1.0])))

    ctx.property(gradient, drawn=two_sets())


@section.statement(
    "MF-Eq11",
    locator="appendix A, equation (11)",
    kind="equation",
    title="same side of the frontier",
    wording="If x and y lie on the same side, |f(x) - f(y)| = |d(x, ∂) - d(y, ∂)| <= d(x, z) - d(y, z) <= d(x, y) for "
    "z "
    "the point of ∂ nearest to y, d(x, ∂) >= d(y, ∂).",
    verdict="holds",
    symbols=("lipref.mountain.nearest_frontier",),
    why="A nearest z exists because ∂ is closed and the dimension finite; in a Banach space take infima.",
    proof="proofs/coq/HighestMountain.v",
)
def check_same_side(ctx: Context) -> None:
    def law(drawn):
        a, b, queries = drawn
        for x, y in itertools.permutations(queries, 2):
            u, v = frontier_square(x, a, b), frontier_square(y, a, b)
            if side_of(x, a, b) == side_of(y, a, b) and u >= v:
                reach, gap = normsq(x - nearest_frontier(y, a, b)), normsq(x - y)
                assert u <= reach, "z is nearer than the frontier"
                assert reach <= gap + v or (reach - gap - v) ** 2 <= 4 * gap * v  # √reach <= √gap + √v

    ctx.property(law, drawn=two_sets())


def step_away() -> Counterexample:
    """x = 0, y = 3 on the line, R = 1: the printed point is -1, on the far side of x."""
    x, y, reach = ZERO, Fraction(3), ONE
    return Counterexample(
        "z = x + (R/d)(x - y) has d(y, z) = |d - R| = 2",
        "z = -1 and d(y, z) = 4",
        {"x": x, "y": y, "reach": reach, "printed": x + reach * (x - y) / abs(x - y), "claimed_distance": Fraction(2)},
    )


STEP_DIRECTION = Erratum(
    "step-direction",
    "E-14",
    "The point of the proof is z = x + (R/d(x, y)) (x - y), and y - z = (x - y) + (R/d) (x - y).",
    step_away,
    "z = x + (R/d(x, y)) (y - x), on the segment or beyond y; then ‖y - z‖ = |d - R| as claimed.",
)


@section.statement(
    "MF-Eq12",
    spec_id="MF-Eq12, E-14",
    locator="appendix A, equation (12)",
    kind="equation",
    title="opposite sides of the frontier",
    wording="If d(x, ∂) + d(y, ∂) exceeded d(x, y), a point z at distance R from x and |d(x, y) - R| from y would lie "
    "on "
    "both sides; so the sum is at most d(x, y).",
    verdict="holds_corrected",
    errata=(STEP_DIRECTION,),
)
def check_opposite_sides(ctx: Context) -> None:
    case = step_away()
    x, y, reach = case["x"], case["y"], case["reach"]
    assert abs(y - case["printed"]) != case["claimed_distance"] == abs(abs(x - y) - reach)

    def law(drawn, share):
        a, b, queries = drawn
        for x, y in itertools.combinations(queries, 2):
            z = x + share * (y - x)  # R = share · d
            assert normsq(z - x) == share**2 * normsq(y - x)
            assert normsq(y - z) == (1 - share) ** 2 * normsq(y - x)
            if side_of(x, a, b) * side_of(y, a, b) < 0:
                assert sum_at_most(frontier_square(x, a, b), frontier_square(y, a, b), normsq(x - y))

    ctx.property(law, drawn=two_sets(), share=st.sampled_from([HALF, Fraction(1, 3), Fraction(3, 2)]))


def slope_on_the_other_side() -> Counterexample:
    """A = {-1}, B = {1}: f(x) = -x. At x = 1/2 the step of size 1/4 towards ∂ raises f."""
    return Counterexample(
        "towards the frontier the difference quotient of f tends to -1",
        "at x = 1/2, f = -1/2, it is +1; and with steps that tend to infinity it tends to -1 along R only because f is "
        "linear: with A = {-1, 3} it is 17/20 for the step 10 from x = -1/2",
        {
            "positive": exact([[-1]]),
            "negative": exact([[1]]),
            "x": exact([HALF]),
            "step": Fraction(1, 4),
            "two_mountains": exact([[-1], [3]]),
            "far": (Fraction(-1, 2), Fraction(10)),
        },
    )


QUOTIENT_SIGN = Erratum(
    "quotient-sign",
    "E-14",
    "For a step of size ε towards the nearest point of ∂ the quotient tends to -1 as ε tends to infinity.",
    slope_on_the_other_side,
    "To -1 on the side of +1 and to +1 on the other, as ε tends to 0. A derivative of ±1 in a unit direction, the "
    "constant 1 and differentiability give ‖∇f‖ = 1.",
)


def thick_frontier() -> Counterexample:
    """The maximum norm of the plane, A = {(0, 0)}, B = {(1, 0)}: where |y| >= max(|x|, |x - 1|) both are |y| away."""
    corners = tuple((Fraction(x), Fraction(y)) for x, y in ((0, 1), (1, 1), (1, 2), (0, 2)))
    return Counterexample(
        "the argument holds in any Banach space",
        "f = 0 on a set with interior, such as the square [0, 1] × [1, 2]: its gradient there is 0",
        {"positive": (ZERO, ZERO), "negative": (ONE, ZERO), "square": corners},
    )


FRONTIER_NULL = Erratum(
    "frontier-null",
    "E-14",
    "‖∇f‖ = 1 wherever the nearest point of ∂ is unique, and the others are null.",
    thick_frontier,
    "The points of ∂ itself, their own nearest points, are passed over: the claim needs ∂ to be null. In R^n with the "
    "Euclidean norm and closed classes it is. In the maximum norm it is not; only the constant 1 and the signs are "
    "true in every Banach space.",
)


@section.statement(
    "MF-Pf1",
    spec_id="MF-Pf1, E-14",
    locator="appendix A, proof of proposition 1, gradients",
    kind="remark",
    title="the gradient has norm 1",
    wording="Towards a unique nearest point of ∂ the function falls with slope 1, and no slope is steeper, so the "
    "gradient "
    "has norm 1.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain_forward",),
    errata=(QUOTIENT_SIGN, FRONTIER_NULL),
    why="That the frontier is null is proved, not checked; the check has the slopes at rational points.",
)
def check_gradient_argument(ctx: Context) -> None:
    case = slope_on_the_other_side()
    a, b, x, step = (case[name] for name in ("positive", "negative", "x", "step"))
    z = nearest_frontier(x, a, b)
    unit = (z - x) / abs(z - x)
    quotient = (highest_mountain(x + step * unit, a, b) - highest_mountain(x, a, b)) / step
    assert quotient == 1
    start, far = case["far"]
    two = case["two_mountains"]
    values = [highest_mountain(exact([t]), two, b) for t in (start, start + far)]
    assert nearest_frontier(exact([start]), two, b).tolist() == [0]
    assert (values[1] - values[0]) / far not in (1, -1)

    thick = thick_frontier()
    for share in ctx.cases(itertools.product((ZERO, Fraction(1, 3), ONE), repeat=2)):
        (x0, y0), (x1, y1) = thick["square"][0], thick["square"][2]
        point = (x0 + share[0] * (x1 - x0), y0 + share[1] * (y1 - y0))
        far_a, far_b = (max(abs(p - c) for p, c in zip(point, thick[name])) for name in ("positive", "negative"))
        assert far_a == far_b

    def law(drawn, share):
        a, b, queries = drawn
        for x in queries:
            z, side = nearest_frontier(x, a, b), side_of(x, a, b)
            if side:
                moved = x + share * (z - x)
                assert side_of(moved, a, b) == side
                # f(x + h) - f(x) = -side ‖h‖: d(moved, ∂) = (1 - share) d(x, ∂)
                assert frontier_square(moved, a, b) == (1 - share) ** 2 * frontier_square(x, a, b)

    ctx.property(law, drawn=two_sets(), share=st.sampled_from([Fraction(1, 10), HALF, Fraction(99, 100)]))


def index_for_minimum() -> Counterexample:
    """Classes {0}, {1/2}, {5}: at x = 1/4 the two least distances are 1/4, attained by the classes 1 and 2."""
    return Counterexample(
        "x is on ∂ iff two distances equal argmin_m d(x, A_m)",
        "at x = 1/4 the argmin is the set {1, 2} of classes, and the distances are 1/4",
        {"classes": (ZERO, HALF, Fraction(5)), "x": Fraction(1, 4), "argmin": (1, 2), "minimum": Fraction(1, 4)},
    )


MIN_NOT_ARGMIN = Erratum(
    "min-not-argmin",
    "E-15",
    "∂ is where two distances equal argmin_m d(x, A_m).",
    index_for_minimum,
    "min_m d(x, A_m): where the least distance is attained by two classes. At least two classes must be non-empty.",
)


@section.statement(
    "MF-Def4",
    spec_id="MF-Def4, E-14, E-15",
    locator="appendix A, definition 4",
    kind="definition",
    title="multiclass Highest Mountain Function",
    wording="∂ is where the least distance to the classes is attained twice; f has d(x, ∂) at the place of the "
    "strictly "
    "nearest class and 0 at the others.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.multiclass_mountain",),
    errata=(MIN_NOT_ARGMIN, ONE_CLASS_FRONTIER),
)
def check_multiclass_definition(ctx: Context) -> None:
    case = index_for_minimum()
    distances = [abs(case["x"] - c) for c in case["classes"]]
    assert tuple(k + 1 for k, d in enumerate(distances) if d == min(distances)) == case["argmin"]
    assert min(distances) == case["minimum"] not in case["argmin"]
    _check_one_class(one_class())

    def law(drawn):
        sets, queries = drawn
        for x, values in zip(queries, multiclass_mountain(queries, sets)):
            distances = [min(abs(x[0] - p) for (p,) in s) for s in sets]
            points = sorted((p, k) for k, s in enumerate(sets) for (p,) in s)
            middles = [(p + q) / 2 for (p, k), (q, j) in itertools.pairwise(points) if k != j]
            reach = min(abs(x[0] - m) for m in middles)
            nearest = [k for k, d in enumerate(distances) if d == min(distances)]
            assert values.tolist() == [reach if nearest == [k] else 0 for k in range(3)]

    ctx.property(law, drawn=labelled_sets(count=3, dimensions=(1,)))


def _multiclass(x: Array, sets: list[Array]) -> tuple[int | None, Fraction]:
    """(strictly nearest class or None, d(x, ∂)²), exact in every dimension."""
    squares = [nearest_square(x, s) for s in sets]
    best = [k for k, square in enumerate(squares) if square == min(squares)]
    if len(best) > 1:
        return None, ZERO
    others = np.concatenate([s for k, s in enumerate(sets) if k != best[0]])
    return best[0], frontier_square(x, sets[best[0]], others)


@section.statement(
    "MF-Eq13",
    spec_id="MF-Eq13",
    locator="appendix A, equation (13)",
    kind="equation",
    title="components of the multiclass function",
    wording="f_k = d(x, ∂) if class k is strictly nearer than all others, else 0.",
    verdict="holds",
    symbols=("lipref.mountain.multiclass_mountain", "lipref.mountain.multiclass_mountain_backward"),
    why="For K = 2, f_1 - f_2 is the binary function.",
)
def check_components(ctx: Context) -> None:
    def law(drawn):
        sets, queries = drawn
        placed = [ctx.place(s.astype(float)) for s in sets]
        values = to_numpy(multiclass_mountain(ctx.place(queries.astype(float)), placed))
        for x, row in zip(queries, values):
            nearest, square = _multiclass(x, sets)
            # as for the binary function: integers up to 8, well conditioned
            wanted = [math.sqrt(square) if k == nearest else 0.0 for k in range(3)]
            assert np.abs(row - wanted).max() <= 1e-8
            assert np.count_nonzero(row) <= 1

    ctx.property(law, drawn=labelled_sets(count=3, dimensions=(2,)))

    def two(drawn):
        a, b, queries = drawn
        values = multiclass_mountain(queries, [a, b])
        assert (values[:, 0] - values[:, 1]).tolist() == highest_mountain(queries, a, b).tolist()

    ctx.property(two, drawn=two_sets(dimensions=(1,)))


@section.statement(
    "MF-Prop2",
    spec_id="MF-Prop2, E-14, E-15",
    locator="section 3.1, proposition 2; appendix A",
    kind="proposition",
    title="every separated multiclass classification is that of a 1-Lipschitz map",
    wording="For a classifier with closed pre-images there is a 1-Lipschitz f: R^n -> R^K, for every p-norm of R^K, "
    "whose "
    "argmax is c on X and whose Jacobian has norm 1 almost everywhere.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.multiclass_mountain", "lipref.certificates.radius"),
    errata=(MIN_NOT_ARGMIN, CLOSED_IN_SPACE, ONE_CLASS_FRONTIER),
    why="p = 1 implies the others. The constant gives three different certificates: margin/2 if each component is "
    "1-Lipschitz, margin/√2 into ℓ2, the whole margin into ℓ1, as here; all are attained.",
    proof="proofs/coq/HighestMountainMulticlass.v",
)
def check_proposition_2(ctx: Context) -> None:
    check_multiclass_definition_case()

    def law(drawn, direction):
        sets, queries = drawn
        for k, points in enumerate(sets):
            assert all(_multiclass(x, sets)[0] == k for x in points), "another argmax on a class"
        for x, y in itertools.combinations(queries, 2):
            (i, u), (j, v), gap = _multiclass(x, sets), _multiclass(y, sets), normsq(x - y)
            if i == j:
                assert max(u, v) <= min(u, v) + gap or (max(u, v) - min(u, v) - gap) ** 2 <= 4 * min(u, v) * gap
            else:  # ‖f(x) - f(y)‖_1 = √u + √v
                assert sum_at_most(u, v, gap), "steeper than 1 into ℓ1"
        step, (nearest, square) = direction[: len(queries[0])], _multiclass(queries[0], sets)
        if nearest is not None and normsq(step):
            reach = Fraction(999, 1000) * root_below(square / normsq(step))
            assert _multiclass(queries[0] + reach * step, sets)[0] == nearest, "flipped inside the whole margin"

    ctx.property(law, drawn=labelled_sets(count=3, dimensions=(1, 2)), direction=arrays(3))

    label = np.asarray(0)
    for t in ctx.cases((ONE, Fraction(3, 7))):  # a tie at the distance t, which each kind of certificate reaches
        assert radius(exact([t, -t]), label, lipschitz=1, kind="per-logit") == t
        half_square = margin(exact([t, -t]), label) ** 2 / 2  # squared margin of (t, -t)/√2, 1-Lipschitz into ℓ2
        assert half_square / 2 == t * t
        logits = multiclass_mountain(exact([-t]), [exact([[-2 * t]]), exact([[2 * t]])])
        assert radius(logits, label, lipschitz=1, kind="joint-l1") == margin(logits, label) == t


def check_multiclass_definition_case() -> None:
    """The counterexamples that the definition and the proposition share."""
    case = index_for_minimum()
    assert case["minimum"] not in case["argmin"]
    _check_one_class(one_class())
    assert fat_cantor_gaps(1) == [(Fraction(3, 8), Fraction(5, 8))]


def unequal_values() -> Counterexample:
    """Classes {0} and {2}: f_1(0) = 1 and f_1(1/2) = 1/2, neither equal nor of different components."""
    return Counterexample(
        "either f_k(x) = f_k(y) ≠ 0 for some k, or f_k(x), f_l(y) > 0 for some k ≠ l",
        "at x = 0, y = 1/2 neither holds: f = (1, 0) and (1/2, 0)",
        {"classes": (exact([[0]]), exact([[2]])), "x": exact([0]), "y": exact([HALF])},
    )


BOTH_NONZERO = Erratum(
    "both-nonzero",
    "E-15",
    "The first case of the proof is f_k(x) = f_k(y) ≠ 0.",
    unequal_values,
    "f_k(x) ≠ 0 and f_k(y) ≠ 0; a third case, one of the points on ∂, follows from d(x, ∂) <= d(x, y).",
)


@section.statement(
    "MF-Eq14",
    spec_id="MF-Eq14, E-15",
    locator="appendix A, equation (14)",
    kind="equation",
    title="points of different classes",
    wording="For f_k(x), f_l(y) > 0 with k ≠ l: ‖f(x) - f(y)‖_p = (f_k(x)^p + f_l(y)^p)^(1/p) <= f_k(x) + f_l(y) = "
    "d(x, ∂) + d(y, ∂), which is at most d(x, y).",
    verdict="holds_corrected",
    errata=(BOTH_NONZERO,),
)
def check_different_classes(ctx: Context) -> None:
    case = unequal_values()
    first, second = (multiclass_mountain(case[name], case["classes"]) for name in ("x", "y"))
    assert first.tolist() != second.tolist()
    assert not any(u == v != 0 for u, v in zip(first, second))
    assert not any(first[k] > 0 and second[j] > 0 for k, j in ((0, 1), (1, 0)))

    def law(drawn, p):
        sets, queries = drawn
        values = multiclass_mountain(queries, sets)
        for (x, u), (y, v) in itertools.combinations(zip(queries, values), 2):
            gap = abs(x[0] - y[0])
            cost = sum(abs(s - t) ** p for s, t in zip(u, v))
            if np.argmax(u) != np.argmax(v) and u.any() and v.any():
                assert cost == max(u) ** p + max(v) ** p
                assert cost <= (max(u) + max(v)) ** p
            assert cost <= gap**p, "steeper than 1 into ℓp"

    ctx.property(law, drawn=labelled_sets(count=3, dimensions=(1,)), p=st.sampled_from([1, 2, 3]))


def zero_constant() -> Counterexample:
    """The constant network 1 has L = 0."""
    return Counterexample(
        "g/L is a 1-Lipschitz network with the signs of g",
        "g = 1 has the Lipschitz constant 0, and g/L is not defined",
        {"weight": exact([[0]]), "bias": exact([1]), "lipschitz": ZERO},
    )


ZERO_LIPSCHITZ = Erratum(
    "zero-lipschitz",
    "E-17",
    "Divide the network by its Lipschitz constant.",
    zero_constant,
    "For L > 0, which may be any upper bound; constant networks are 1-Lipschitz already. With positively homogeneous "
    "activations the factor can be spread over the layers, each then of norm at most 1; orthonormal layers only "
    "approximate. Nothing is gained in certificates: |g/L| is small where L is large.",
)


@section.statement(
    "MF-Cor1",
    spec_id="MF-Cor1, E-17",
    locator="section 3.1, corollary 1; appendix A",
    kind="corollary",
    title="1-Lipschitz networks have all the frontiers of unconstrained ones",
    wording="For any network f there is a 1-Lipschitz network with the same sign everywhere.",
    verdict="holds_corrected",
    symbols=("lipref.networks.scale_inside", "lipref.layers.Scale", "lipref.networks.lipschitz_bound"),
    errata=(ZERO_LIPSCHITZ,),
    proof="proofs/coq/Scaling.v",
)
def check_corollary_1(ctx: Context) -> None:
    case = zero_constant()
    constant = Linear(case["weight"], case["bias"])
    assert case["lipschitz"] == 0 == max(normsq(row) for row in case["weight"])
    assert constant(exact([5])).tolist() == constant(exact([-5])).tolist() == [1]

    def law(drawn, x, y):
        network, bound = drawn
        if bound == 0:
            assert network(x).tolist() == network(y).tolist()
            return
        scaled = Chain((*network.layers, Scale(1 / bound)))
        assert np.sign(scaled(x)[0]) == np.sign(network(x)[0])
        assert normsq(scaled(x) - scaled(y)) <= normsq(x - y), "not 1-Lipschitz"
        layers = [layer for layer in network.layers if isinstance(layer, Linear)]
        factors = [HALF / max(map(abs, np.ravel(layer.weight))) for layer in layers]
        inside = scale_inside(network, factors)
        assert inside(x).tolist() == (math.prod(factors) * network(x)).tolist(), "another function"

    ctx.property(law, drawn=scalar_networks(), x=arrays(2), y=arrays(2))


@section.statement(
    "MF-DefErr",
    locator="section 3.1, after corollary 1",
    kind="definition",
    title="error and risk",
    wording="E(c) = P(c(X) ≠ Y), and the risk R(c) = E(c) - E(b), b the Bayes classifier; the risk is not negative.",
    verdict="holds",
    why="sign(0) = 0 is an error for both labels.",
)
def check_error_and_risk(ctx: Context) -> None:
    def law(masses, scores):
        table = np.reshape(exact(masses), (4, 2))  # masses of (x, -1) and (x, +1)
        if not table.any():
            return
        table = table / table.sum()

        def error(decisions):
            return sum(table[i, k] for i in range(4) for k in range(2) if decisions[i] != 2 * k - 1)

        bayes = [1 if row[1] > row[0] else -1 for row in table]
        risk = error([int(np.sign(s)) for s in scores]) - error(bayes)
        assert risk >= 0
        assert error(bayes) == sum(min(row) for row in table)

    ctx.property(law, masses=st.lists(st.integers(0, 4), min_size=8, max_size=8), scores=arrays(4))


def endless_alternation() -> Counterexample:
    """P on the odd and Q on the even numbers, masses 2^-k: separated by 9/10, and labels that change for ever."""
    atoms = tuple((Fraction(2 * k - 1), Fraction(2 * k), Fraction(1, 2**k)) for k in range(1, 21))
    return Counterexample(
        "supports farther apart than 9/10, so some GroupSort network on R makes no error",
        "a network with B affine pieces changes sign at most 2B - 1 times, the labels of 1, 2, 3, ... change each time",
        {"separation": ONE, "atoms_of_p_and_q": atoms, "pieces_of_two_layers_of_four": 16},
    )


COMPACT_SUPPORTS = Erratum(
    "compact-supports",
    "E-16",
    "If the supports of P and Q are separated, 1-Lipschitz networks reach zero error.",
    endless_alternation,
    "1-Lipschitz functions do, by proposition 1 (binary). Networks do if the supports are compact: |f| >= ε/2 there, "
    "and "
    "a network within less than ε/2 of f, as SO-Thm3 gives, has the same signs.",
)


@section.statement(
    "MF-Cor2",
    spec_id="MF-Cor2, E-16",
    locator="section 3.1, corollary 2; appendix A",
    kind="corollary",
    title="separable classes admit zero error",
    wording="If the supports of P and Q are at a distance above ε > 0, 1-Lipschitz networks can have error zero.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.highest_mountain",),
    errata=(COMPACT_SUPPORTS,),
    why="Of the corrected form the finite step is checked: |f| >= ε/2 on the supports, so any function within less "
    "than "
    "ε/2 has no error. The networks are those of SO-Thm3.",
)
def check_corollary_2(ctx: Context) -> None:
    case = endless_alternation()
    atoms = case["atoms_of_p_and_q"]
    numbers = exact([[v] for odd, even, _ in atoms for v in (odd, even)])
    assert min(abs(u - v) for u, _, _ in atoms for _, v, _ in atoms) == case["separation"]
    assert len(numbers) - 1 > 2 * case["pieces_of_two_layers_of_four"] - 1

    def networks(w1, b1, w2, b2, w3, b3):
        network = Chain((Linear(w1, b1), GroupSort(2), Linear(w2, b2), GroupSort(2), Linear(w3, b3)))
        wrong = [np.sign(y) != (1 if i % 2 == 0 else -1) for i, (y,) in enumerate(network(numbers))]
        assert any(wrong), "a finite network follows the endless alternation"

    shapes = {"w1": arrays(4, 1), "b1": arrays(4), "w2": arrays(4, 4), "b2": arrays(4), "w3": arrays(1, 4)}
    ctx.property(networks, **shapes, b3=arrays(1))

    def law(drawn, errors):
        a, b, _ = drawn
        gap = min(nearest_square(x, b) for x in a)  # ε²
        for label, points in ((1, a), (-1, b)):
            for x, share in zip(points, errors):
                square = frontier_square(x, a, b)
                assert 4 * square >= gap, "nearer than ε/2 to the frontier"
                low, cut = root_below(square), share * (root_below(gap) / 2 - Fraction(1, 2**39))
                assert label * (label * low + cut) > 0, "an error below ε/2 changed the sign"

    # |perturbation| <= 99 % of ε/2 on either side
    shares = st.lists(st.integers(-99, 99).map(lambda k: Fraction(k, 100)), min_size=6, max_size=6)
    ctx.property(law, drawn=two_sets(), errors=shares)


def missing_figure() -> Counterexample:
    """Example 1 cites the parts a, b and c of figure 1, which has a and b."""
    return Counterexample(
        "figure 1 has the parts that example 1 cites",
        "there is no part c; the learned function is part b",
        {
            "cited": ("a", "b", "c"),
            "printed": ("a", "b"),
            "pixels_times_epochs_over_steps": Fraction(160000 * 20, 30000),
        },
    )


FIGURE_1C = Erratum(
    "figure-1c",
    "E-26",
    "The target is shown in figures 1 (a) and (b), the learned function in figure 1 (c).",
    missing_figure,
    "The target is figure 1 (a), the learned function (b). Twenty epochs of 160 000 pixels are 30 000 steps for "
    "batches of "
    "about 107.",
)


@section.statement(
    "MF-Ex1",
    spec_id="MF-Ex1, B-12, E-26",
    locator="section 3.1, example 1",
    kind="example",
    title="a snowflake as frontier",
    wording="The Highest Mountain Function of the fourth iterate of the Koch snowflake (the class -1 a ring inside, "
    "the "
    "centre and the outside +1) is learned by regression with a mean absolute error below 1 pixel, by a network of "
    "five "
    "hidden layers of width 128 whose gradient has norm 1 almost everywhere.",
    verdict="holds_corrected",
    symbols=("lipref.koch.snowflake", "lipref.koch.koch_vertices", "lipref.koch.koch_measures"),
    errata=(FIGURE_1C, TALL_FIRST_LAYER),
    why="The target function is checked: exact measures, constant 1, unit gradients, signs of ring and centre. The "
    "inner "
    "rim of the ring is not specified; a smaller copy of the curve stands for it. The training run is MF-Fig1b.",
)
def check_snowflake(ctx: Context) -> None:
    case = missing_figure()
    assert set(case["cited"]) - set(case["printed"]) == {"c"}
    assert round(case["pixels_times_epochs_over_steps"]) == 107
    tall = tall_first_layer()
    network = Chain((Linear(tall["w1"]), GroupSort(2), Linear(tall["w2"])))
    assert not network.backward(network.forward(tall["x"])[1], exact([1]))[0].any()

    measures, corners = koch_measures(4), koch_vertices(4)
    sides = np.roll(corners, -1, axis=0) - corners
    assert {p * p + 3 * q * q for p, q in sides} == {Fraction(1, 81**2)}
    assert (measures.segments, measures.perimeter) == (len(corners), Fraction(256, 27)) == (768, Fraction(768, 81))
    assert measures.area_over_root3 == Fraction(862, 2187)
    known = exact(
        [[0, 0], [Fraction(3, 2), Fraction(-1, 6)], [HALF, Fraction(-1, 6)]]
    )  # centre, beyond a corner, corner
    assert koch_signed_square(known, 0).tolist() == [Fraction(-1, 12), 1, 0]

    # coordinates up to 1, divided by √3, one projection on a segment: at most 20 roundings of numbers below 4
    slack = 80 * epsilon(ctx.xp, ctx.place([1.0]))

    def law(x, y):
        points = ctx.place([x, y])
        value, residuals = snowflake_forward(points, iterations=4, hole=1 / 3)
        value, gradient = to_numpy(value), to_numpy(residuals.gradient)
        assert abs(value[0] - value[1]) <= math.dist(x, y) + 2 * slack, "steeper than 1"
        sizes = np.sqrt((gradient**2).sum(axis=-1))
        assert np.all((np.abs(sizes - 1) <= slack) | (value == 0))
        # halfway to the nearest point of the curve the distance is half as large
        halfway = to_numpy(snowflake(ctx.place(np.array([x, y]) - value[:, None] * gradient / 2), hole=1 / 3))
        assert np.all(np.abs(halfway - value / 2) <= 4 * slack)

    place = st.tuples(st.floats(-0.7, 0.7), st.floats(-0.7, 0.7))
    ctx.property(law, x=place, y=place)
    ring = to_numpy(snowflake(ctx.place([[0.0, 0.0], [0.0, 0.3], [0.6, 0.0]]), hole=1 / 3))
    assert np.sign(ring).tolist() == [1, -1, 1]


section.add(
    "MF-Fig1a",
    locator="figure 1 (a)",
    kind="figure",
    title="landscape of the snowflake's Highest Mountain Function",
    wording="The signed distance to the fourth iterate of the Koch curve, with the curve in green.",
    verdict="not_executable",
    symbols=("lipref.koch.snowflake",),
    why="A picture; the function that it shows is checked in MF-Ex1.",
)

section.add(
    "MF-Fig1b",
    locator="figure 1 (b); example 1",
    kind="experiment",
    title="the learned snowflake",
    wording="A 1-Lipschitz network trained with the mean squared error on 400 × 400 pixels for 30 000 steps reaches a "
    "mean "
    "absolute error below 1 (in pixels); the strip |f| <= 1/2 follows the curve.",
    verdict="not_executable",
    symbols=("lipref.koch.snowflake", "lipref.networks.mlp", "lipref.losses.mse"),
    why="The training run is not part of the package; learning rate, batch size and the inner rim are not stated.",
)
