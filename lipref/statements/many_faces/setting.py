"""MF, the setting (section 2)."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import epsilon, exact, to_numpy
from lipref.groupsort import groupsort, groupsort_backward, groupsort_forward
from lipref.layers import Activation, Chain, GroupSort, Linear, Scale
from lipref.networks import lipschitz_bound, map_parameters
from lipref.norms import operator_norm
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions, identity, normsq, orthogonal, weights, with_singular_values
from lipref.statements.many_faces.frontiers import (
    HALF,
    ONE,
    ZERO,
    scalar_networks,
)

section = Section("MF")


@section.statement(
    "MF-Set1",
    locator="section 2.1",
    kind="definition",
    title="classification, class laws, Bayes classifier",
    wording="Labels are ±1 or 1..K; P and Q are the laws of the inputs labelled +1 and -1; the Bayes classifier takes "
    "the label of largest conditional probability, and no classifier has a smaller error.",
    verdict="holds",
    why="The minimality that section 3 relies on is checked over all classifiers of finite joint laws.",
    proof="proofs/coq/HighestMountain.v",
)
def check_setting(ctx: Context) -> None:
    def law(masses, labels):
        table = np.reshape(exact(masses[: 3 * labels]), (3, labels))
        if not table.any():
            return
        table = table / table.sum()
        errors = [1 - sum(table[i, c[i]] for i in range(3)) for c in itertools.product(range(labels), repeat=3)]
        bayes = [int(np.argmax(row)) for row in table]
        assert 1 - sum(table[i, bayes[i]] for i in range(3)) == min(errors)

    ctx.property(law, masses=st.lists(st.integers(0, 4), min_size=9, max_size=9), labels=st.sampled_from([2, 3]))


@section.statement(
    "MF-Set2",
    locator="section 2.1",
    kind="definition",
    title="Lipschitz constant",
    wording="Lip(f) is the least L with ‖f(x) - f(y)‖ <= L ‖x - y‖ for all x, y, in the Euclidean norm; Lip_L(X, R^K) "
    "is the set of functions with constant at most L; matrices have their operator norm.",
    verdict="holds",
    symbols=("lipref.norms.operator_norm",),
    why="Least: checked on affine maps, where it is the operator norm and attained, and on functions of finite sets.",
    proof="proofs/coq/Backpropagation.v",
)
def check_lipschitz_constant(ctx: Context) -> None:
    def affine(drawn, bias, x, y):
        w, _, s, v = drawn
        m, n = w.shape
        bias, gap = bias[:m], x[:n] - y[:n]
        assert normsq((w @ x[:n] + bias) - (w @ y[:n] + bias)) <= max(s) ** 2 * normsq(gap)
        best = v[:, max(range(len(s)), key=lambda i: s[i])]
        assert normsq(w @ best) == max(s) ** 2 * normsq(best)
        # singular values of a matrix of norm at most 3 with entries rounded once each
        norm = float(to_numpy(operator_norm(ctx.place(w.astype(float)), 2)))
        assert abs(norm - float(max(s))) <= 32 * epsilon(ctx.xp, ctx.place([1.0])) * 3 * m * n

    values = st.sampled_from([ONE, HALF, ZERO, Fraction(3)])
    drawn = st.sampled_from([(2, 3), (3, 2), (1, 3)]).flatmap(lambda shape: with_singular_values(*shape, values))
    ctx.property(affine, drawn=drawn, bias=arrays(3), x=arrays(3), y=arrays(3))

    def finite(points, images):
        pairs = list(itertools.combinations(range(4), 2))
        slopes = [normsq(images[i] - images[j]) / normsq(points[i] - points[j]) for i, j in pairs]
        least = max(slopes)
        for factor in (ONE, Fraction(99, 100)):
            holds = all(
                normsq(images[i] - images[j]) <= factor * least * normsq(points[i] - points[j]) for i, j in pairs
            )
            assert holds == (factor == 1 or least == 0)

    points = st.lists(arrays(2), min_size=4, max_size=4, unique_by=lambda p: tuple(p.tolist()))
    ctx.property(finite, points=points, images=arrays(4, 2))


def attention_slope() -> Counterexample:
    """Dot-product attention of two scalar tokens (0, t): the derivative of the first output is 1/2 + t²/4."""
    return Counterexample(
        "self-attention has a Lipschitz constant",
        "the derivative of its first output with respect to the first token, at the tokens (0, t), is 1/2 + t²/4",
        {"tokens": tuple((ZERO, Fraction(t)) for t in (0, 2, 10)), "slopes": (HALF, Fraction(3, 2), Fraction(51, 2))},
    )


@section.statement(
    "MF-Set3",
    locator="section 2.1; on attention, section 2.2",
    kind="definition",
    title="unconstrained networks are Lipschitz",
    wording="An unconstrained network is a feed-forward one of fixed depth with affine or convolutional layers and "
    "Lipschitz activations, none after the last layer; each is Lipschitz, with an unknown constant. Attention is not.",
    verdict="holds",
    symbols=("lipref.networks.lipschitz_bound", "lipref.networks.mlp"),
)
def check_unconstrained(ctx: Context) -> None:
    names = st.sampled_from(["relu", "tanh", "sigmoid", "softplus", "absolute"])

    def law(name, w1, b1, w2, x, y):
        layers = (Linear(w1.astype(float), b1.astype(float)), Activation(name), Linear(w2.astype(float)))
        network, gap = Chain(layers), (x - y).astype(float)
        change = network(x.astype(float)) - network(y.astype(float))
        # two products of at most four terms of size up to 27 · 4, and the activation
        slack = 64 * np.finfo(float).eps * 500
        assert np.linalg.norm(change) <= lipschitz_bound(network) * np.linalg.norm(gap) + slack

    ctx.host  # noqa: B018  floats on the host
    ctx.property(law, name=names, w1=arrays(4, 3), b1=arrays(4), w2=arrays(2, 4), x=arrays(3), y=arrays(3))

    case = attention_slope()
    for (first, second), slope in ctx.cases(zip(case["tokens"], case["slopes"])):
        # tokens (first + e, second) with e² = 0; at first = 0 both exponentials are 1, and exp(c e) = 1 + c e
        exponents = [(first * first, 2 * first), (first * second, second)]
        assert all(value == 0 for value, _ in exponents)
        total = (Fraction(2), sum(rate for _, rate in exponents))
        above = (first + second, 1 + first * exponents[0][1] + second * exponents[1][1])
        assert (above[1] * total[0] - above[0] * total[1]) / total[0] ** 2 == slope == HALF + second**2 / 4


@section.statement(
    "MF-Set4",
    locator="section 2.2",
    kind="proposition",
    title="Lipschitz constants multiply",
    wording="The Lipschitz constant of a composition is at most the product of those of its layers.",
    verdict="holds",
    symbols=("lipref.networks.lipschitz_bound", "lipref.layers.Chain"),
)
def check_composition(ctx: Context) -> None:
    def law(drawn, x, y):
        network, product = drawn
        assert normsq(network(x) - network(y)) <= product**2 * normsq(x - y)
        floats = map_parameters(lambda parameter: parameter.astype(float), network)
        # rounded entries and a guaranteed bound: above the exact product but for the rounding of the entries
        assert lipschitz_bound(floats) >= float(product) * (1 - 64 * np.finfo(float).eps)

    ctx.property(law, drawn=scalar_networks(), x=arrays(2), y=arrays(2))
    # the bound may be strict: two projections of norm 1 whose product is 0
    first, second = exact([[1, 0], [0, 0]]), exact([[0, 0], [0, 1]])
    assert not (second @ first).any()
    assert max(normsq(row) for row in first) == max(normsq(row) for row in second) == 1


@section.statement(
    "MF-Set5",
    locator="section 2.3",
    kind="definition",
    title="GroupSort2",
    wording="GroupSort2 puts the smaller entry of each pair first and the larger second; widths must be even. Its "
    "Jacobian is a permutation.",
    verdict="holds",
    symbols=("lipref.groupsort.groupsort", "lipref.layers.GroupSort"),
    why="It is also the identity plus a ReLU of differences, which the correction of Proposition 8 uses.",
)
def check_groupsort2(ctx: Context) -> None:
    def law(x, dy):
        placed = ctx.place(x.astype(float))
        y, residuals = groupsort_forward(placed, 2)
        pairs = [sorted(pair) for pair in np.reshape(x.astype(float), (3, 2)).tolist()]
        assert to_numpy(y).tolist() == [v for pair in pairs for v in pair]
        low, high = x[::2], x[1::2]
        skip = [v for a, b in zip(low, high) for v in (b - max(b - a, ZERO), a + max(b - a, ZERO))]
        assert groupsort(x, 2).tolist() == skip
        assert normsq(groupsort(x, 2)) == normsq(x)
        rows = np.stack([to_numpy(groupsort_backward(residuals, ctx.place(row.astype(float)))) for row in identity(6)])
        assert (rows.sum(axis=0) == 1).all()
        assert (rows.sum(axis=1) == 1).all()
        assert to_numpy(groupsort_backward(residuals, ctx.place(dy.astype(float)))).tolist() == (
            (dy.astype(float) @ rows).tolist()
        )

    ctx.property(law, x=arrays(6), dy=arrays(6))


def tall_first_layer() -> Counterexample:
    """W1 = (1, 0)^T has orthonormal columns, GroupSort2 sorts (x, 0), the unit row (0, 1) reads max(x, 0)."""
    return Counterexample(
        "orthonormal weights and GroupSort2 give |f'| = 1 almost everywhere",
        "f(x) = max(x, 0) is such a network, and f' = 0 for x < 0",
        {"w1": exact([[1], [0]]), "w2": exact([[0, 1]]), "x": exact([-3]), "gradient": exact([0])},
    )


TALL_FIRST_LAYER = Erratum(
    "tall-first-layer",
    "B-12",
    "Networks of orthogonal matrices and sorting have gradients of norm 1 almost everywhere.",
    tall_first_layer,
    "So they have if every weight has orthonormal rows (W Wᵀ = I: no layer wider than its input). A first layer from 2 "
    "to 128 units, as in example 1, cannot have them: its orthonormal columns preserve the norm of x, not of "
    "gradients.",
)


@section.statement(
    "MF-Set6",
    spec_id="MF-Set6, B-12",
    locator="section 2.3",
    kind="proposition",
    title="the architecture of all experiments",
    wording="Affine layers with orthogonal matrices (spectral normalisation and Björck) and GroupSort2, no "
    "convolutions, "
    "trained by Adam; the gradient has norm 1 almost everywhere, and a factor L gives L-Lipschitz functions.",
    verdict="holds_corrected",
    symbols=("lipref.networks.mlp", "lipref.constraints.Bjorck", "lipref.layers.Scale"),
    errata=(TALL_FIRST_LAYER,),
    why="Off ties, and for exactly orthonormal weights; after finitely many Björck steps they are so to rounding.",
)
def check_architecture(ctx: Context) -> None:
    case = tall_first_layer()
    network = Chain((Linear(case["w1"]), GroupSort(2), Linear(case["w2"])))
    assert (case["w1"].T @ case["w1"]).tolist() == [[1]]
    assert normsq(case["w2"]) == 1
    y, residuals = network.forward(case["x"])
    assert y.tolist() == [0]
    assert network.backward(residuals, exact([1]))[0].tolist() == case["gradient"].tolist() == [0]

    def law(q1, q2, q3, b1, b2, x, factor):
        layers = (Linear(q1[:4], b1), GroupSort(2), Linear(q2, b2), GroupSort(2), Linear(q3[:1]), Scale(factor))
        network = Chain(layers)
        _, residuals = network.forward(x)
        gradient, _ = network.backward(residuals, exact([1]))
        assert normsq(gradient) == factor**2, "orthonormal rows lost gradient norm"

    shapes = {"q1": orthogonal(5), "q2": orthogonal(4), "q3": orthogonal(4), "b1": arrays(4), "b2": arrays(4)}
    ctx.property(law, **shapes, x=arrays(5), factor=st.sampled_from([ONE, Fraction(5, 2)]))


def absolute_from_relu() -> Counterexample:
    """|x| = relu(x) + relu(-x): monotone units, slope ±1 everywhere but at 0, not affine; the weights have norm √2."""
    return Counterexample(
        "a network of monotone elementwise units with |f'| = 1 almost everywhere is affine",
        "relu(x) + relu(-x) = |x|",
        {"w1": exact([[1], [-1]]), "w2": exact([[1, 1]]), "squared_norms": (Fraction(2), Fraction(2))},
    )


MONOTONE_NEEDS_NORMS = Erratum(
    "monotone-needs-norms",
    "E-24",
    "If a network with monotone elementwise activations has gradients of norm 1 almost everywhere it is affine.",
    absolute_from_relu,
    "If, besides, every weight has operator norm at most 1 and every activation slopes in [0, 1]: SO-Thm1.",
)


@section.statement(
    "MF-Rel1",
    spec_id="MF-Rel1, E-24",
    locator="section 2.2",
    kind="remark",
    title="monotone units and unit gradients give affine functions",
    wording="Networks of elementwise monotone activations whose gradient has norm 1 almost everywhere are affine.",
    verdict="refuted",
    errata=(MONOTONE_NEEDS_NORMS,),
    why="The corrected form is checked for one hidden layer of ReLUs; SO-Thm1 has the rest.",
)
def check_monotone(ctx: Context) -> None:
    case = absolute_from_relu()
    network = Chain((Linear(case["w1"]), Activation("relu"), Linear(case["w2"])))
    for x in ctx.cases(exact([[-2], [Fraction(-1, 3)], [HALF], [5]])):
        y, residuals = network.forward(x)
        assert y[0] == abs(x[0])
        assert normsq(network.backward(residuals, exact([1]))[0]) == 1
    assert (normsq(case["w1"]), normsq(case["w2"])) == case["squared_norms"]

    def law(w1, b1, q, x, y):
        network = Chain((Linear(w1, b1), Activation("relu"), Linear(q[:1])))
        gradients = []
        for point in (x, y):
            _, residuals = network.forward(point)
            gradients.append(network.backward(residuals, exact([1]))[0])
        if normsq(gradients[0]) == normsq(gradients[1]) == 1:
            assert gradients[0].tolist() == gradients[1].tolist(), "unit gradients that differ"

    ctx.property(law, w1=weights(3, 3), b1=arrays(3), q=orthogonal(3), x=arrays(3), y=arrays(3))


@section.statement(
    "MF-Rel2",
    locator="section 2.2 and 2.3",
    kind="theorem",
    title="functions of unit gradient are dense",
    wording="The functions with ‖∇f‖ = 1 almost everywhere are dense in the 1-Lipschitz functions, uniformly on "
    "compact "
    "sets.",
    verdict="holds",
    why="Finite consequence: g(x) = min_i f(x_i) + ‖x - x_i‖ has slope 1 off its ridges and f <= g <= f + 2r, r the "
    "covering radius of the x_i; exact on an interval.",
)
def check_dense(ctx: Context) -> None:
    step = Fraction(1, 2**30)

    def law(steep, tilt, centre, count, x):
        steep = steep * (1 - abs(tilt))

        def f(t):
            return steep * abs(t - centre) + tilt * t

        net = [Fraction(i, count) for i in range(count + 1)]

        def g(t):
            return min(f(p) + abs(t - p) for p in net)

        assert f(x) <= g(x) <= f(x) + 2 * Fraction(1, 2 * count)
        sides = [abs(g(x + step) - g(x)), abs(g(x) - g(x - step))]
        assert max(sides) == step, "no side of x has slope 1"

    unit = st.integers(0, 12).map(lambda k: Fraction(k, 12))
    signed = st.integers(-6, 6).map(lambda k: Fraction(k, 6))
    ctx.property(law, steep=signed, tilt=signed, centre=unit, count=st.integers(1, 6), x=unit)
    law(ONE, ZERO, HALF, 1, HALF)  # attained: |t - 1/2| on the net {0, 1} is 1 off at 1/2


def _line_dual(points: list[Fraction], masses: list[Fraction], slopes: list[Fraction]) -> tuple[Fraction, Fraction]:
    """(∫ f d(P - Q), W₁) for a potential with the given slopes between neighbours; signed masses that add up to 0."""
    surplus = list(itertools.accumulate(masses))[:-1]
    gaps = [right - left for left, right in itertools.pairwise(points)]
    value = -sum((s * g * slope for s, g, slope in zip(surplus, gaps, slopes)), ZERO)
    return value, sum((abs(s) * g for s, g in zip(surplus, gaps)), ZERO)


def flat_optimal_potential() -> Counterexample:
    """P on {0, 4}, Q on {3, 7}: a potential with slope 0 on (3, 4) reaches W₁ = 3."""
    points, masses = (ZERO, Fraction(3), Fraction(4), Fraction(7)), (HALF, -HALF, HALF, -HALF)
    return Counterexample(
        "an optimal potential of the Kantorovich-Rubinstein problem has |f'| = 1 almost everywhere",
        "slopes -1, 0, -1 give the value 3 = W₁: the gap (3, 4), of length 1, carries no transport",
        {"points": points, "masses": masses, "slopes": (-ONE, ZERO, -ONE), "value": Fraction(3)},
    )


ALONG_RAYS = Erratum(
    "unit-slope-along-rays",
    "E-25",
    "The optimal f of the Kantorovich-Rubinstein dual has ‖∇f‖ = 1 almost everywhere.",
    flat_optimal_potential,
    "f falls with slope 1 along the transport rays, so wherever f is differentiable inside a ray its gradient has norm "
    "1; elsewhere f is free, and for P = Q every 1-Lipschitz function is optimal.",
)


@section.statement(
    "MF-Rel3",
    spec_id="MF-Rel3, E-25",
    locator="section 2.2",
    kind="theorem",
    title="optimal potentials have unit gradient",
    wording="The optimal f of the Kantorovich-Rubinstein problem satisfies ‖∇f‖ = 1 almost everywhere.",
    verdict="holds_corrected",
    errata=(ALONG_RAYS,),
    why="Rays are checked on the line, where they are the intervals with a surplus of mass on one side.",
)
def check_optimal_potential(ctx: Context) -> None:
    case = flat_optimal_potential()
    value, distance = _line_dual(case["points"], case["masses"], case["slopes"])
    assert value == distance == case["value"] == 3
    assert ZERO in case["slopes"]

    def law(places, masses, slopes):
        masses = [*masses, -sum(masses)]
        value, distance = _line_dual(sorted(places), masses, slopes)
        surplus = list(itertools.accumulate(masses))[:-1]
        on_rays = [slope for slope, s in zip(slopes, surplus) if s]
        unit = all(slope == (-1 if s > 0 else 1) for slope, s in zip(slopes, surplus) if s)
        assert value <= distance
        assert (value == distance) == unit
        assert value < distance or all(abs(slope) == 1 for slope in on_rays)

    places = st.lists(fractions(5), min_size=4, max_size=4, unique=True)
    slopes = st.lists(st.sampled_from([ONE, -ONE, -ONE, HALF, ZERO]), min_size=3, max_size=3)
    ctx.property(law, places=places, masses=st.lists(fractions(1), min_size=3, max_size=3), slopes=slopes)
