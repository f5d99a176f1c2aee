"""MF, robustness (section 3.2)."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import exact
from lipref.certificates import binary_radius
from lipref.layers import Linear
from lipref.mountain import (
    highest_mountain,
    highest_mountain_forward,
    nearest_frontier,
)
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions, normsq
from lipref.statements.many_faces.frontiers import (
    HALF,
    ONE,
    frontier_square,
    nearest_square,
    root_below,
    scalar_networks,
    side_of,
    two_sets,
)

section = Section("MF")


def no_nearest_flip() -> Counterexample:
    """c(x) = +1 for x >= 0 and -1 below: from 1 every δ < -1 flips, and none is shortest. A constant c never flips."""
    return Counterexample(
        "the shortest δ with c(x + δ) ≠ c(x) exists",
        "at x = 1 the flips are all δ < -1: their infimum 1 is not attained; a constant classifier has none",
        {"x": ONE, "infimum": ONE, "flips": tuple(-1 - Fraction(1, 10**k) for k in range(4)), "no_flip": -ONE},
    )


RADIUS_IS_INFIMUM = Erratum(
    "radius-is-infimum",
    "E-7",
    "An adversarial attack is a δ of least norm that changes the class.",
    no_nearest_flip,
    "The robustness radius is the infimum of ‖δ‖ over the changes of class, +∞ if there are none; it need not be "
    "attained.",
)


@section.statement(
    "MF-Def2",
    spec_id="MF-Def2, E-7",
    locator="section 3.2, definition 2",
    kind="definition",
    title="adversarial example and robustness radius",
    wording="δ is an attack on x if it is shortest with c(x + δ) ≠ c(x); ‖δ‖ is the robustness radius of x.",
    verdict="holds_corrected",
    symbols=("lipref.certificates.binary_radius",),
    errata=(RADIUS_IS_INFIMUM,),
    why="Checked on threshold classifiers of the line, whose radii are known.",
)
def check_attack(ctx: Context) -> None:
    _check_no_nearest_flip(no_nearest_flip())

    def law(thresholds, x):
        cuts = sorted(set(thresholds))

        def label(t):  # changes at each cut, which belongs to the piece on its right
            return sum(cut <= t for cut in cuts) % 2

        found = min((abs(cut - x) for cut in cuts), default=None)
        if found is None:
            return
        assert all(label(x + found * s) == label(x) for s in (Fraction(-99, 100), HALF, Fraction(99, 100)))
        tiny = Fraction(1, 10**6)
        assert any(label(x + s * (found + tiny)) != label(x) for s in (-1, 1)), "no flip just beyond the radius"

    ctx.property(law, thresholds=st.lists(fractions(5), min_size=0, max_size=4), x=fractions(6))


def _check_no_nearest_flip(case: Counterexample) -> None:
    def label(t: Fraction) -> int:
        return 1 if t >= 0 else -1

    sizes = [abs(delta) for delta in case["flips"]]
    assert all(label(case["x"] + delta) != label(case["x"]) for delta in case["flips"])
    assert label(case["x"] + case["no_flip"]) == label(case["x"])
    assert abs(case["no_flip"]) == case["infimum"] < min(sizes)
    assert sizes == sorted(sizes, reverse=True)


@section.statement(
    "MF-Eq1",
    spec_id="MF-Eq1, E-7",
    locator="section 3.2, equation (1)",
    kind="equation",
    title="the problem that attacks solve",
    wording="δ in argmin of ‖δ*‖ over c(x + δ*) ≠ c(x).",
    verdict="holds_corrected",
    errata=(RADIUS_IS_INFIMUM,),
    why="Checked for linear classifiers, where the infimum is |w·x + b|/‖w‖, approached along w.",
)
def check_attack_problem(ctx: Context) -> None:
    _check_no_nearest_flip(no_nearest_flip())

    def law(w, b, x, direction):
        score = w @ x + b
        if not normsq(w) or not score:
            return
        square = score**2 / normsq(w)  # of the radius
        delta = -score / normsq(w) * w
        assert normsq(delta) == square
        assert w @ (x + delta) + b == 0
        assert (w @ (x + Fraction(1001, 1000) * delta) + b) * score < 0
        if normsq(direction):
            near = root_below(square / normsq(direction)) * direction
            assert (w @ (x + near) + b) * score >= 0, "flipped nearer than the radius"

    ctx.property(law, w=arrays(2), b=fractions(), x=arrays(2), direction=arrays(2))


@section.statement(
    "MF-Property1",
    locator="section 3.2, property 1",
    kind="proposition",
    title="|f| is a certificate",
    wording="For a 1-Lipschitz f the robustness radius of sign f at x is at least |f(x)|.",
    verdict="holds",
    symbols=("lipref.certificates.binary_radius",),
    why="For every convention at 0: ‖δ‖ < |f(x)| leaves f(x + δ) ≠ 0.",
    proof="proofs/coq/Margin.v",
)
def check_property_1(ctx: Context) -> None:
    def law(drawn, x, direction):
        network, lipschitz = drawn
        value, residuals = network.forward(x)
        if lipschitz == 0 or value[0] == 0:
            return
        reach = binary_radius(value, lipschitz=lipschitz)[0]
        gradient, _ = network.backward(residuals, -np.sign(value).astype(int) * exact([1]))
        for step in (direction, gradient):
            if normsq(step):
                size = Fraction(999, 1000) * reach * root_below(1 / normsq(step))
                assert np.sign(network(x + size * step)[0]) == np.sign(value[0]), "flipped inside the certificate"

    ctx.property(law, drawn=scalar_networks(), x=arrays(2), direction=arrays(2))
    # attained: f(t) = t is 0 at the distance |f|
    assert binary_radius(exact([Fraction(2, 3)]), lipschitz=1)[0] == Fraction(2, 3)


def unsure_everywhere() -> Counterexample:
    """f = m/2 for all x: |f| < m, and no perturbation changes anything."""
    return Counterexample(
        "|f(x)| < m = 1, so an attack of norm at most 1 flips the label",
        "f is the constant 1/2, so no attack of any norm does",
        {"weight": exact([[0]]), "bias": exact([HALF]), "m": ONE, "attacks": exact([[-1], [ONE / 3], [1]])},
    )


CERTIFICATE_IS_ONE_SIDED = Erratum(
    "certificate-is-one-sided",
    "E-7",
    "Where |f(x)| < m the label may be flipped by an attack of norm at most m.",
    unsure_everywhere,
    "It is not excluded by the certificate. That |f| is also an upper bound is special to Highest Mountain Functions.",
)


@section.statement(
    "MF-Unsure",
    spec_id="MF-Unsure, E-7",
    locator="section 5, before proposition 7",
    kind="remark",
    title="small logits can be attacked",
    wording="Examples with |f(x)| < m can be flipped by attacks of norm at most m.",
    verdict="refuted",
    errata=(CERTIFICATE_IS_ONE_SIDED,),
    why="The converse of property 1; for Highest Mountain Functions it holds up to any excess, see MF-Cor3.",
)
def check_unsure(ctx: Context) -> None:
    case = unsure_everywhere()
    network = Linear(case["weight"], case["bias"])
    assert abs(network(exact([0]))[0]) < case["m"]
    for delta in ctx.cases(case["attacks"]):
        assert abs(delta[0]) <= case["m"]
        assert np.sign(network(delta)[0]) == np.sign(network(exact([0]))[0])


def frontier_that_returns() -> Counterexample:
    """Six points of the unit circle: x = (-1, 0) steps to (0, 0) on ∂, and beyond it the ray is nearer to (1, 0)."""
    a = exact([[-1, 0], [1, 0], ["-3/5", "4/5"], ["-3/5", "-4/5"]])
    b = exact([["3/5", "4/5"], ["3/5", "-4/5"]])
    return Counterexample(
        "δ = -f(x) ∇f(x) = (1, 0), or a longer step in its direction, changes the class of x = (-1, 0)",
        "f(x) = 1, x + δ = (0, 0) is on the frontier, and all (s, 0) with s > 0 have the class of x; (0, 0) + ε (3/5, "
        "4/5) "
        "has the other",
        {
            "positive": a,
            "negative": b,
            "x": exact([-1, 0]),
            "delta": exact([1, 0]),
            "overshoots": tuple(Fraction(k, 100) for k in (101, 150, 200, 300, 1000)),
            "other_class": exact(["3/500", "4/500"]),
        },
    )


def better_at_a_point() -> Counterexample:
    """A = {0}, B = {1}: at 0 the Highest Mountain Function certifies 1/2, and f = 9/10 - x, without error, 9/10."""
    return Counterexample(
        "no classifier without error has a larger certificate anywhere",
        "at 0 the function 9/10 - x certifies 9/10, the Highest Mountain Function 1/2",
        {"positive": exact([[0]]), "negative": exact([[1]]), "offset": Fraction(9, 10), "at": exact([0])},
    )


FRONTIER_STEP = Erratum(
    "frontier-step",
    "E-7",
    "For the Highest Mountain Function δ = -f(x) ∇f(x) is guaranteed to be an attack, so the radius is attained.",
    frontier_that_returns,
    "x + δ is on ∂, where f = 0. The radius |f(x)| is an infimum: near every point of ∂ there are points of both signs "
    "(move towards a nearest b: d_B - d_A falls), but not necessarily straight on, by whatever overshoot.",
)

CERTIFICATES_COMPARED = Erratum(
    "certificates-compared",
    "E-7",
    "No classifier with the same risk has better certificates.",
    better_at_a_point,
    "None has a larger least certificate over X: the maximum of min_x radius is d(A, B)/2, and the Highest Mountain "
    "Function attains it. At a single point another may have more.",
)


def _check_returning(case: Counterexample) -> None:
    a, b, x, delta = (case[name] for name in ("positive", "negative", "x", "delta"))
    value, residuals = highest_mountain_forward(x, a, b)
    assert value == 1
    assert (-value * residuals.gradient).tolist() == delta.tolist()
    assert highest_mountain(x + delta, a, b) == 0
    for factor in case["overshoots"]:
        assert side_of(x + factor * delta, a, b) == 1, "an overshoot is an attack after all"
    # for every s > 0: ‖(s, 0) - b‖² - ‖(s, 0) - (1, 0)‖² = 2 s (1 - b_1) for b on the unit circle
    assert all(normsq(point) == 1 and point[0] < 1 for point in b)
    assert exact([1, 0]).tolist() in a.tolist()
    assert side_of(x + delta + case["other_class"], a, b) == -1


@section.statement(
    "MF-Cor3",
    spec_id="MF-Cor3, E-7",
    locator="section 3.2, corollary 3; appendix A",
    kind="corollary",
    title="the certificate of the Highest Mountain Function is tight",
    wording="For the Highest Mountain Function of the Bayes classifier the radius is |f(x)|, -f(x) ∇f(x) is an attack, "
    "and "
    "no classifier of the same risk has better certificates.",
    verdict="refuted",
    symbols=("lipref.mountain.highest_mountain_forward", "lipref.mountain.nearest_frontier"),
    errata=(FRONTIER_STEP, CERTIFICATES_COMPARED),
    why="Corrected form: within |f(x)| no flip, just beyond it one, found towards a nearest point of the other class.",
    proof="proofs/coq/HighestMountainExamples.v",
)
def check_corollary_3(ctx: Context) -> None:
    _check_returning(frontier_that_returns())
    case = better_at_a_point()
    other = Linear(exact([[-1]]), exact([case["offset"]]))
    assert other(case["positive"][0])[0] > 0 > other(case["negative"][0])[0]
    assert binary_radius(other(case["at"]), lipschitz=1)[0] > highest_mountain(
        case["at"], case["positive"], case["negative"]
    )

    tiny = Fraction(1, 10**6)

    def law(drawn, direction):
        a, b, queries = drawn
        for x in queries:
            side, square = side_of(x, a, b), frontier_square(x, a, b)
            if side == 0:
                continue
            step = direction[: len(x)]
            if normsq(step):
                inside = x + Fraction(999, 1000) * root_below(square / normsq(step)) * step
                assert side_of(inside, a, b) == side, "flipped inside the radius"
            z = nearest_frontier(x, a, b)
            other = b if side > 0 else a
            towards = min(other, key=lambda point: normsq(point - z))
            beyond = z + tiny * (towards - z)
            assert side_of(beyond, a, b) == -side, "no flip just beyond the radius"
            assert 4 * square >= nearest_square(x, other) or x.tolist() not in [*a.tolist(), *b.tolist()]

    ctx.property(law, drawn=two_sets(), direction=arrays(3))


def same_radii() -> Counterexample:
    """A = {0}, B = {1}: 1/2 - x and half of it have the same signs, so the same radii."""
    return Counterexample(
        "the Highest Mountain Function is the solution of the max-min problem",
        "f/2 is another: the problem depends on the sign alone",
        {"positive": exact([[0]]), "negative": exact([[1]]), "factor": HALF},
    )


A_SOLUTION = Erratum(
    "a-solution",
    "E-7",
    "The Highest Mountain Function of the Bayes classifier is the solution of (2).",
    same_radii,
    "It is a solution; the value is d(A, B)/2, and every function with a sign change no nearer to X is one as well. "
    "The "
    "Bayes classifier must have closed pre-images.",
)


@section.statement(
    "MF-Eq2",
    spec_id="MF-Eq2, E-7",
    locator="section 3.2, equation (2)",
    kind="equation",
    title="the max-min problem of robust classification",
    wording="The Highest Mountain Function of the Bayes classifier maximises, over 1-Lipschitz f of least risk, the "
    "least "
    "robustness radius of a point of X.",
    verdict="holds_corrected",
    symbols=("lipref.mountain.nearest_frontier",),
    errata=(A_SOLUTION,),
    why="Value: on the segment between the nearest points of the classes the sign changes within half their distance "
    "of "
    "one of them, whatever f; the Highest Mountain Function keeps that half at every point, exactly.",
    proof="proofs/coq/HighestMountain.v",
)
def check_max_min(ctx: Context) -> None:
    case = same_radii()
    a, b, factor = case["positive"], case["negative"], case["factor"]
    for t in ctx.cases(exact([[0], [Fraction(1, 4)], [Fraction(3, 4)], [1]])):
        value = highest_mountain(t, a, b)
        assert np.sign(factor * value) == np.sign(value)
    assert highest_mountain(a[0], a, b) != factor * highest_mountain(a[0], a, b)

    def law(drawn, f):
        a, b, _ = drawn
        gap = min(nearest_square(x, b) for x in a)
        least = min(frontier_square(x, a, b) for points in (a, b) for x in points)
        assert 4 * least == gap, "the least radius is not half the distance of the classes"
        # any other decision on the nearest pair's segment: some label changes within half of it
        x, y = min(itertools.product(a, b), key=lambda pair: normsq(pair[0] - pair[1]))
        middle = (x + y) / 2
        label = 1 if f > 0 else -1
        wronged = x if label < 0 else y
        assert 4 * normsq(middle - wronged) == gap

    ctx.property(law, drawn=two_sets(), f=st.sampled_from([-1, 1]))
