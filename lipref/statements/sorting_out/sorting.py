"""SO, section 4.1 and appendix A: GroupSort and what it is equivalent to.

Constructions whose weights hold 1/√2 are checked in fractions through √2 M = [[1, 1], [1, -1]], of which two cancel.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

from hypothesis import strategies as st

from lipref._array import Array, epsilon, exact, to_numpy
from lipref.activations import crelu, leaky_relu, maxout, maxout_backward, maxout_forward, relu
from lipref.constructions import (
    abs_from_maxmin,
    crelu_from_maxmin,
    fold,
    fullsort_from_maxmin,
    leaky_relu_from_maxmin,
    maxmin_from_abs,
    maxmin_from_fullsort,
    maxout_from_groupsort,
    relu_from_maxmin,
)
from lipref.groupsort import fullsort, groupsort, groupsort_backward, groupsort_forward, groupsort_jvp, maxmin
from lipref.layers import Chain, Linear
from lipref.norms import operator_norm, vector_norm
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import HALF, arrays, fractions, identity, normsq, orthogonal

section = Section("SO")

ZERO, ONE = Fraction(0), Fraction(1)
ROOT2_M = exact([[1, 1], [1, -1]])
"""√2 M with M = [[1, 1], [1, -1]]/√2, which is orthogonal: (√2 M)(√2 M)ᵀ = 2 I."""


def _require_norms(network: Chain, *exponents: float) -> None:
    """Every weight of an exact network has norm exactly 1 in each of the given norms, 1 or inf."""
    for layer in network.layers:
        if isinstance(layer, Linear):
            assert all(operator_norm(layer.weight, p) == 1 for p in exponents)


def _agree(ctx: Context, network: Chain, x: Array, expected: Array, roundings: int) -> None:
    """A network with irrational weights of 2-norm 1, on the backend, gives the exact values up to rounding."""
    y = ctx.move(network)(ctx.place(x.astype(float)))
    scale = 1 + float(max(abs(x))) + max(float(abs(layer.bias).max()) for layer in network.layers if _has_bias(layer))
    slack = roundings * epsilon(ctx.xp, y) * scale
    assert abs(to_numpy(y) - expected.astype(float)).max() <= slack
    weights = [layer.weight for layer in network.layers if isinstance(layer, Linear)]
    assert all(float(operator_norm(w, 2)) <= 1 + 8 * epsilon(ctx.xp, y) for w in weights)


def _has_bias(layer) -> bool:
    return isinstance(layer, Linear) and layer.bias is not None


@section.statement(
    "SO-GroupSort",
    locator="000 and 001, section 4.1; figure 1",
    kind="definition",
    title="GroupSort sorts groups; it is 1-Lipschitz and preserves gradient norm",
    wording="Split the entries into groups, sort each in ascending order, concatenate. It is 1-Lipschitz in every "
    "p-norm and its Jacobian is a permutation matrix, which preserves every p-norm.",
    verdict="holds",
    symbols=("lipref.groupsort.groupsort", "lipref.groupsort.groupsort_backward", "lipref.groupsort.groupsort_jvp"),
    proof="proofs/coq/GroupSort.v",
    why="The Jacobian is a permutation off ties; at ties one element of the generalised Jacobian is taken.",
)
def check_groupsort(ctx: Context) -> None:
    def law(x, z, dy, size):
        placed = ctx.place(x.astype(float))
        y, residuals = groupsort_forward(placed, size)
        groups = [sorted(x[start : start + size]) for start in range(0, 6, size)]
        assert to_numpy(y).tolist() == [float(v) for group in groups for v in group]
        sorted_x, sorted_z = groupsort(x, size), groupsort(z, size)
        assert normsq(sorted_x - sorted_z) <= normsq(x - z)
        for p in (1, math.inf):
            assert vector_norm(sorted_x - sorted_z, p) <= vector_norm(x - z, p)
        dx = groupsort_backward(residuals, ctx.place(dy.astype(float)))
        assert sorted(to_numpy(dx).tolist()) == sorted(dy.astype(float).tolist())
        _, exact_residuals = groupsort_forward(x, size)
        rows = exact([groupsort_jvp(exact_residuals, row).tolist() for row in identity(6)])
        assert (rows @ rows.T).tolist() == identity(6).tolist()
        assert set(rows.ravel()) == {ZERO, ONE}
        assert (rows.T @ x).tolist() == sorted_x.tolist()

    ctx.property(law, x=arrays(6), z=arrays(6), dy=arrays(6), size=st.sampled_from([1, 2, 3, 6]))


def first_of_ascending() -> Counterexample:
    """MaxMin as defined, ascending, gives (-3, 3) for the inputs (-3, 3): its first entry is -|x|."""
    return Counterexample(
        "GroupSort sorts in ascending order, and the first of MaxMin's outputs is the maximum",
        "the first entry for (x, -x) is -3 and not |x| = 3; in equation (8) the outputs come exchanged",
        {"x": Fraction(-3), "inputs": exact([-3, 3]), "ascending": exact([-3, 3]), "descending": exact([3, -3])},
    )


ORDERING_CONVENTION = Erratum(
    "ordering-convention",
    "B-23",
    "Groups are sorted in ascending order; equations (6) to (8), maxout and theorem 3 take the first entry for the "
    "maximum.",
    first_of_ascending,
    "MaxMin is (max, min), descending, in these constructions; under ascending order the last entry is the maximum and "
    "the row of equation (7) changes its sign.",
)


@section.statement(
    "SO-MaxMin",
    spec_id="SO-MaxMin, B-23",
    locator="000 and 001, section 4.1",
    kind="definition",
    title="MaxMin is GroupSort of pairs",
    wording="MaxMin is GroupSort with groups of two; it is the OPLU activation, (a, b) -> (max, min).",
    verdict="holds_corrected",
    symbols=("lipref.groupsort.maxmin",),
    errata=(ORDERING_CONVENTION,),
    proof="proofs/coq/MaxMin.v",
)
def check_maxmin(ctx: Context) -> None:
    case = first_of_ascending()
    assert groupsort(case["inputs"], 2).tolist() == case["ascending"].tolist()
    assert maxmin(case["inputs"]).tolist() == case["descending"].tolist()
    assert case["ascending"][0] == -abs(case["x"]) != case["descending"][0] == abs(case["x"])

    def law(x):
        expected = [f(x[i], x[i + 1]) for i in (0, 2) for f in (max, min)]
        assert maxmin(x).tolist() == expected
        assert groupsort(x, 2).tolist() == [expected[i] for i in (1, 0, 3, 2)]

    ctx.property(law, x=arrays(4))


@section.statement(
    "SO-FullSort",
    locator="000 and 001, section 4.1",
    kind="definition",
    title="FullSort is GroupSort with one group",
    wording="FullSort sorts the whole input.",
    verdict="holds",
    proof="proofs/coq/GroupSort.v",
    symbols=("lipref.groupsort.fullsort",),
)
def check_fullsort(ctx: Context) -> None:
    def law(x):
        assert fullsort(x).tolist() == groupsort(x, len(x)).tolist() == sorted(x)

    ctx.property(law, x=st.integers(1, 6).flatmap(arrays))


def negative_factor() -> Counterexample:
    """GroupSort(-(1, 2)) = (-2, -1), and -GroupSort(1, 2) = (-1, -2)."""
    return Counterexample(
        "GroupSort(αx) = α GroupSort(x) for all α",
        "for α = -1 and x = (1, 2) the sides are (-2, -1) and (-1, -2)",
        {"alpha": -ONE, "x": exact([1, 2]), "left": exact([-2, -1]), "right": exact([-1, -2])},
    )


NEGATIVE_HOMOGENEITY = Erratum(
    "negative-homogeneity",
    "B-20",
    "GroupSort is homogeneous, since the order of the entries does not change when they are scaled.",
    negative_factor,
    "For α >= 0. For α < 0, GroupSort(αx) is α times the groups sorted in the other order.",
)


@section.statement(
    "SO-Homog",
    spec_id="SO-Homog, B-20",
    locator="000 and 001, section 4.1",
    kind="proposition",
    title="homogeneity of GroupSort",
    wording="GroupSort(αx) = α GroupSort(x).",
    verdict="holds_corrected",
    proof="proofs/coq/GroupSort.v",
    symbols=("lipref.groupsort.groupsort",),
    errata=(NEGATIVE_HOMOGENEITY,),
)
def check_homogeneity(ctx: Context) -> None:
    case = negative_factor()
    assert groupsort(case["alpha"] * case["x"], 2).tolist() == case["left"].tolist()
    assert (case["alpha"] * groupsort(case["x"], 2)).tolist() == case["right"].tolist() != case["left"].tolist()

    def law(x, alpha, size):
        order = "ascending" if alpha >= 0 else "descending"
        assert groupsort(alpha * x, size).tolist() == (alpha * groupsort(x, size, order=order)).tolist()

    ctx.property(law, x=arrays(6), alpha=fractions(), size=st.sampled_from([2, 3, 6]))


def maxmin_by_fullsort(x: Array, gap: Fraction) -> Array:
    """FullSort(x + b) - b with b = (0, 0, gap, gap, 2 gap, ...): MaxMin, ascending, if `gap` is large enough."""
    bias = exact([gap * (i // 2) for i in range(len(x))])
    return fullsort(x + bias) - bias


def gap_of_largest_entry() -> Counterexample:
    """x = (0, 1, -1, 0) with biases 1 apart: FullSort(x + b) - b = 0, not MaxMin(x) = x."""
    return Counterexample(
        "biases that differ by x_max between pairs make FullSort(x + b) - b equal to MaxMin(x)",
        "with x_max = 1 and b = (2, 2, 3, 3) the result is (0, 0, 0, 0), and MaxMin(x) = (0, 1, -1, 0)",
        {"x": exact([0, 1, -1, 0]), "gap": ONE, "fullsort": exact([0, 0, 0, 0]), "maxmin": exact([0, 1, -1, 0])},
    )


CHUNK_GAP = Erratum(
    "chunk-gap",
    "B-21",
    "The biases of consecutive pairs differ by at least x_max = sup ‖x‖_inf, the first one exceeding x_max.",
    gap_of_largest_entry,
    "They differ by at least 2 x_max, with x_max the supremum over the pre-activations, which must be bounded; the "
    "width must be even, and the first bias is free.",
)


@section.statement(
    "SO-AppA-FS2MM",
    spec_id="SO-AppA-FS2MM, B-21",
    locator="000, appendix A",
    kind="construction",
    title="MaxMin from FullSort by biases in pairs",
    wording="MaxMin(x) = FullSort(x + b) - b with b constant on pairs and rising by x_max from pair to pair.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.maxmin_from_fullsort", "lipref.groupsort.fullsort"),
    errata=(CHUNK_GAP,),
    why="Checked on all integer inputs up to 2 in four dimensions, and on drawn ones in six.",
)
def check_maxmin_from_fullsort(ctx: Context) -> None:
    case = gap_of_largest_entry()
    assert maxmin_by_fullsort(case["x"], case["gap"]).tolist() == case["fullsort"].tolist()
    assert groupsort(case["x"], 2).tolist() == case["maxmin"].tolist() != case["fullsort"].tolist()
    failures = 0
    for x in map(exact, ctx.cases(itertools.product(range(-2, 3), repeat=4))):
        expected = groupsort(x, 2).tolist()
        assert maxmin_by_fullsort(x, Fraction(4)).tolist() == expected
        failures += maxmin_by_fullsort(x, Fraction(3)).tolist() != expected
    assert failures > 0, "a smaller gap would do"

    def law(x):
        largest = vector_norm(x, math.inf)
        expected = groupsort(x, 2).tolist()
        assert maxmin_by_fullsort(x, 2 * largest).tolist() == expected
        network = maxmin_from_fullsort(6, largest, dtype="exact")
        assert network(x).tolist() == expected
        _require_norms(network, 1, math.inf)

    ctx.property(law, x=arrays(6))


def transposition_phases(n: int, reverse_idle: bool = False) -> list[list[tuple[int, int]]]:
    """Odd-even transposition sort of even width: n phases of n/2 pairs (low, high), idle units paired too.

    In odd phases units 0 and n-1 are idle; MaxMin sorts them as well, and does no harm if the smaller value goes to 0.
    """
    even = [(i, i + 1) for i in range(0, n, 2)]
    odd = [(i, i + 1) for i in range(1, n - 1, 2)] + [(n - 1, 0) if reverse_idle else (0, n - 1)]
    return [even if phase % 2 == 0 else odd for phase in range(n)]


def sort_by_pairs(x: Array, phases: list[list[tuple[int, int]]]) -> Array:
    """Permutation, GroupSort of pairs, inverse permutation, phase by phase."""
    for pairs in phases:
        order = [i for pair in pairs for i in pair]
        moved = groupsort(x[order], 2)
        x = exact([moved[order.index(i)] for i in range(len(x))])
    return x


def idle_units_reversed() -> Counterexample:
    """Four units, idle ones paired as (3, 0): (0, 0, 0, 1) is not sorted."""
    x = exact([0, 0, 0, 1])
    return Counterexample(
        "a series of MaxMin layers with permutations between them implements bubble sort, whatever the idle units do",
        "MaxMin sorts idle units as well: with units 3 and 0 paired in that order the result is not sorted",
        {"x": x, "phases": transposition_phases(4, True), "result": sort_by_pairs(x, transposition_phases(4, True))},
    )


IDLE_PAIRS = Erratum(
    "idle-pairs",
    "B-22",
    "FullSort is a series of MaxMin layers that implement bubble sort, with permutations as weights.",
    idle_units_reversed,
    "MaxMin sorts every pair, also units that bubble sort leaves alone: pair those too, the smaller value going to the "
    "lower place. Odd widths need a unit that is passed through, or a constant one on a bounded domain.",
)


@section.statement(
    "SO-AppA-Bubble",
    spec_id="SO-AppA-Bubble, B-22",
    locator="000, appendix A",
    kind="construction",
    title="FullSort from MaxMin by permutations",
    wording="FullSort is represented by MaxMin layers that implement bubble sort; the weights are permutations, so "
    "every p-norm constraint holds.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.fullsort_from_maxmin", "lipref.groupsort.fullsort"),
    errata=(IDLE_PAIRS,),
    why="Checked on all inputs of zeros and ones for even widths up to 8 (bubble sort: 6), which decides it for all "
    "inputs (0-1 principle), and on drawn inputs.",
)
def check_fullsort_from_maxmin(ctx: Context) -> None:
    case = idle_units_reversed()
    assert sort_by_pairs(case["x"], case["phases"]).tolist() == case["result"].tolist() != sorted(case["x"])
    for n in (2, 4, 6, 8):
        inputs = exact(list(ctx.cases(itertools.product((0, 1), repeat=n))))
        for scheme in ("odd-even", "bubble") if n <= 6 else ("odd-even",):
            network = fullsort_from_maxmin(n, scheme=scheme, dtype="exact")
            assert network(inputs).tolist() == [sorted(row) for row in inputs.tolist()]
            _require_norms(network, 1, math.inf)
        assert sort_by_pairs(inputs[-2], transposition_phases(n)).tolist() == sorted(inputs[-2])

    def law(x, scheme):
        largest = vector_norm(x, math.inf)
        network = fullsort_from_maxmin(len(x), scheme=scheme, largest=largest, dtype="exact")
        assert network(x).tolist() == fullsort(x).tolist()

    ctx.property(law, x=st.integers(1, 6).flatmap(arrays), scheme=st.sampled_from(["odd-even", "bubble"]))


def maxmin_by_abs(x: Array, shift: Fraction) -> Array:
    """M |M x + (√2 B, 0)| - (B, B): (max, min) if x_1 + x_2 + 2B >= 0."""
    inner = ROOT2_M @ x + exact([2 * shift, 0])  # √2 times what abs is taken of
    return ROOT2_M @ abs(inner) / 2 - shift


def shift_too_small() -> Counterexample:
    """B = 1 at (-2, -2): the construction gives (0, 0) instead of (-2, -2)."""
    return Counterexample(
        "MaxMin from abs with B = 1, at x = (-2, -2), where x_1 + x_2 + 2B = -2 < 0",
        "the result is (0, 0); B = 2 gives (-2, -2)",
        {"x": exact([-2, -2]), "shift": ONE, "result": exact([0, 0]), "boundary": Fraction(2)},
    )


ABS_SHIFT = Erratum(
    "abs-shift",
    "B-26",
    "B is chosen so that the shifted input is positive on the domain (the condition is illegible).",
    shift_too_small,
    "The condition is x_1 + x_2 + 2B >= 0 on the domain, so the domain must be bounded; B >= sup ‖x‖_inf suffices. M "
    "has 2-norm 1 and inf-norm √2: the construction is one for the 2-norm.",
)


@section.statement(
    "SO-AppA-Eq6",
    spec_id="SO-AppA-Eq6, B-05, B-23, B-26",
    locator="000, appendix A, equation (6)",
    kind="construction",
    title="MaxMin from absolute values under 2-norm constraints",
    wording="(max, min)(x) = M |M x + (√2 B, 0)| - (B, B), M = [[1, 1], [1, -1]]/√2, for B large enough; ‖M‖₂ = 1.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.maxmin_from_abs", "lipref.groupsort.maxmin"),
    errata=(ABS_SHIFT, ORDERING_CONVENTION),
)
def check_maxmin_from_abs(ctx: Context) -> None:
    case = shift_too_small()
    assert maxmin_by_abs(case["x"], case["shift"]).tolist() == case["result"].tolist() != case["x"].tolist()
    assert maxmin_by_abs(case["x"], case["boundary"]).tolist() == case["x"].tolist()
    assert (ROOT2_M @ ROOT2_M.T).tolist() == (2 * identity(2)).tolist()

    def law(x, extra):
        shift = -sum(x) / 2 + extra
        assert (maxmin_by_abs(x, shift).tolist() == maxmin(x).tolist()) == (extra >= 0)
        # two products of 2-term sums with weights 1/√2 that are rounded, and four roundings of the shifts
        _agree(ctx, maxmin_from_abs(sum(x)), x, maxmin(x), 16)

    ctx.property(law, x=arrays(2), extra=fractions())


@section.statement(
    "SO-AppA-Eq7",
    spec_id="SO-AppA-Eq7, B-05, B-23",
    locator="000, appendix A, equation (7)",
    kind="construction",
    title="absolute value from MaxMin under 2-norm constraints",
    wording="|x| = (1/√2, -1/√2) MaxMin((1/√2, -1/√2)ᵀ x); both weights have 2-norm 1.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.abs_from_maxmin", "lipref.groupsort.maxmin"),
    errata=(ORDERING_CONVENTION,),
)
def check_abs_from_maxmin(ctx: Context) -> None:
    row = exact([1, -1])  # √2 times the weights: the factor 1/2 is the product of both 1/√2
    assert normsq(row) == 2

    def law(x):
        assert row @ maxmin(row * x) / 2 == abs(x)
        assert row @ groupsort(row * x, 2) / 2 == -abs(x), "the sign under ascending order"
        y = ctx.move(abs_from_maxmin())(ctx.place([float(x)]))
        assert abs(float(y[0]) - abs(float(x))) <= 8 * epsilon(ctx.xp, y) * abs(
            float(x)
        )  # two rounded weights, one sum

    ctx.property(law, x=fractions())


@section.statement(
    "SO-AppA-absInf",
    locator="derived for 000, appendix A, equation (7)",
    kind="construction",
    title="absolute value from MaxMin under inf-norm constraints",
    wording="|x| = (1, 0) MaxMin((1, -1)ᵀ x), and both weights have inf-norm 1; the weights of equation (7) do not.",
    verdict="holds",
    symbols=("lipref.constructions.abs_from_maxmin",),
    proof="proofs/coq/MaxMin.v",
)
def check_abs_from_maxmin_inf(ctx: Context) -> None:
    first, last = exact([[1], [-1]]), exact([[1, 0]])
    assert max(vector_norm(row, 1) for row in first) == max(vector_norm(row, 1) for row in last) == 1
    assert vector_norm(exact([1, -1]), 1) ** 2 / 2 > 1  # (1/√2, -1/√2) as a row: l1 norm √2

    def law(x):
        assert (last @ maxmin(first @ exact([x]))).tolist() == [abs(x)]
        network = abs_from_maxmin(2, norm=math.inf, dtype="exact")
        assert network(exact([x, -x])).tolist() == [abs(x), abs(x)]
        _require_norms(network, math.inf)

    ctx.property(law, x=fractions())


@section.statement(
    "SO-AppA-Eq8",
    spec_id="SO-AppA-Eq8, B-23",
    locator="000, appendix A, equation (8)",
    kind="construction",
    title="ReLU and concatenated ReLU from MaxMin",
    wording="MaxMin(x, 0) = (ReLU(x), -ReLU(-x)).",
    verdict="holds_corrected",
    symbols=("lipref.constructions.relu_from_maxmin", "lipref.constructions.crelu_from_maxmin"),
    errata=(ORDERING_CONVENTION,),
)
def check_relu_from_maxmin(ctx: Context) -> None:
    def law(x):
        high, low = maxmin(exact([x, 0]))
        (positive,), (negative,) = relu(exact([x])), relu(exact([-x]))
        assert (high, low) == (positive, -negative)
        assert crelu(exact([x])).tolist() == [high, -low]
        assert relu_from_maxmin(dtype="exact")(exact([x])).tolist() == [positive]
        network = crelu_from_maxmin(2, dtype="exact")
        assert network(exact([x, 1])).tolist() == crelu(exact([x, 1])).tolist()
        _require_norms(network, 1, math.inf)

    ctx.property(law, x=fractions())


@section.statement(
    "SO-AppA-LReLU",
    locator="000, appendix A",
    kind="construction",
    title="leaky ReLU from MaxMin",
    wording="Appending a x in place of 0 and selecting the maximum gives the leaky ReLU of slope a.",
    verdict="holds",
    symbols=("lipref.constructions.leaky_relu_from_maxmin", "lipref.activations.leaky_relu"),
    why="For |a| <= 1. The stack (1, a) has inf-norm 1 and 2-norm √(1 + a²) > 1; under 2-norm constraints the weights "
    "(p, q) up and down with p² + q² = 1 and 2pq = a do it.",
)
def check_leaky_from_maxmin(ctx: Context) -> None:
    def law(x, slope):
        stack, expected = exact([1, slope]), leaky_relu(exact([x]), slope)
        assert maxmin(stack * x)[0] == expected[0]
        assert (normsq(stack) == 1) == (slope == 0)
        network = leaky_relu_from_maxmin(slope, dtype="exact")
        assert network(exact([x])).tolist() == expected.tolist()
        _require_norms(network, math.inf)
        y = ctx.move(leaky_relu_from_maxmin(slope, norm=2))(ctx.place([float(x)]))
        # p and q carry two roundings each, so p² + q² and 2pq eight at most
        assert abs(float(y[0]) - float(expected[0])) <= 8 * epsilon(ctx.xp, y) * (1 + abs(float(x)))

    ctx.property(law, x=fractions(), slope=st.sampled_from([ZERO, Fraction(1, 100), HALF, ONE, -HALF]))


@section.statement(
    "SO-AppA-Maxout",
    spec_id="SO-AppA-Maxout, B-23",
    locator="000, appendix A",
    kind="construction",
    title="maxout from GroupSort",
    wording="Maxout of groups of k is GroupSort of groups of k followed by the selection of the first entry of each "
    "group.",
    verdict="holds_corrected",
    symbols=("lipref.constructions.maxout_from_groupsort", "lipref.activations.maxout"),
    errata=(ORDERING_CONVENTION,),
)
def check_maxout_from_groupsort(ctx: Context) -> None:
    def law(x, size):
        assert groupsort(x, size)[size - 1 :: size].tolist() == maxout(x, size).tolist()
        assert groupsort(x, size, order="descending")[::size].tolist() == maxout(x, size).tolist()
        for order in ("ascending", "descending"):
            network = maxout_from_groupsort(6, size, order=order, dtype="exact")
            assert network(x).tolist() == maxout(x, size).tolist()
            _require_norms(network, 1, math.inf)

    ctx.property(law, x=arrays(6), size=st.sampled_from([2, 3, 6]))
    x = exact([1, 3, 2])
    assert groupsort(x, 3)[0] != maxout(x, 3)[0], "the first entry under ascending order"


def maxout_keeps_two_norm() -> Counterexample:
    """At x = (1, 0, 0, 2) maxout of pairs pulls (3, 4) back to (3, 0, 0, 4), of the same 2-norm 5."""
    return Counterexample(
        "maxout preserves norms in L_inf and not in the 2-norm",
        "its pull-back only scatters: (3, 4) becomes (3, 0, 0, 4), of 2-norm 5; a map x -> (w x, -w x) of 2-norm 1 "
        "before it has w² = 1/2, and there slope is lost",
        {"x": exact([1, 0, 0, 2]), "g": exact([3, 4]), "pulled_back": exact([3, 0, 0, 4]), "slope_squared": HALF},
    )


MAXOUT_NORM = Erratum(
    "maxout-norm",
    "B-27",
    "Maxout is norm preserving in L_inf, which does not hold in the 2-norm.",
    maxout_keeps_two_norm,
    "The pull-back of maxout preserves every p-norm. What loses norm under 2-norm constraints is the tall weight "
    "before it, whose pieces share the norm 1; in the inf-norm each row has norm 1 by itself.",
)


@section.statement(
    "SO-MaxoutNorm",
    spec_id="B-27",
    locator="000, appendix D, after theorem 3",
    kind="remark",
    title="maxout in the inf-norm and in the 2-norm",
    wording="Maxout is norm preserving in L_inf, so it could replace MaxMin in theorem 3; under 2-norm constraints it "
    "is not.",
    verdict="holds_corrected",
    symbols=("lipref.activations.maxout", "lipref.activations.maxout_backward"),
    errata=(MAXOUT_NORM,),
)
def check_maxout_norm(ctx: Context) -> None:
    case = maxout_keeps_two_norm()
    _, residuals = maxout_forward(case["x"], 2)
    assert maxout_backward(residuals, case["g"]).tolist() == case["pulled_back"].tolist()

    def law(x, g, w):
        pulled = maxout_backward(maxout_forward(x, 2)[1], g)
        assert sorted(v for v in pulled if v) == sorted(v for v in g if v)
        # |x| from maxout(w x, -w x): slope |w|, where ‖(w, -w)‖₂² = 2w² and ‖(w, -w)‖_inf = |w|
        slope = maxout(exact([w, -w]), 2)[0]
        assert slope == abs(w) == vector_norm(exact([w, -w]), math.inf)
        assert slope**2 == case["slope_squared"] * normsq(exact([w, -w]))

    ctx.property(law, x=arrays(4), g=arrays(2), w=fractions())


@section.statement(
    "SO-Fold",
    locator="000, section 4.1 and figure 10; 001, figure 2",
    kind="construction",
    title="folding along a hyperplane",
    wording="A rigid map, absolute values and a rigid map fold space along any hyperplane; three such layers give a "
    "pair of square pyramids.",
    verdict="holds",
    symbols=("lipref.constructions.fold",),
)
def check_fold(ctx: Context) -> None:
    def law(q, c, x):
        rotated = q @ x  # coordinate 1 is the height over the hyperplane {q_1 · x = c}
        rotated[0] = abs(rotated[0] - c) + c
        height = q[0] @ x - c
        expected = x if height >= 0 else x - 2 * height * q[0]
        assert (q.T @ rotated).tolist() == expected.tolist()
        network = fold(q[0].tolist(), c, vector_norm(x, 1), dtype="exact")
        assert network(x).tolist() == expected.tolist()

    ctx.property(law, q=orthogonal(3), c=fractions(), x=arrays(3))

    def pyramids(x, y):  # distance to (±2, 0) in the inf-norm
        a, b = abs(abs(x) - 2), abs(y)  # folds along x = 0; then along x = 2 and y = 0
        last = abs(ROOT2_M @ exact([a, b]))  # a rotation by 45°, times √2, and the third fold
        assert sum(last) / 2 == min(max(abs(x - centre), abs(y)) for centre in (2, -2))

    ctx.property(pyramids, x=fractions(), y=fractions())
