"""SO, section 3 and appendix C: gradient norm preservation, and what it forces on a network (theorems 1 and 2).

Networks here are scalar. Where a matrix is said to have all singular values 1, min(m, k) of them are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lipref._array import Array, epsilon, exact, to_numpy
from lipref.groupsort import maxmin
from lipref.layers import Chain, GroupSort, Linear
from lipref.norms import vector_norm
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import HALF, arrays, fractions, identity, normsq, orthogonal, weights, with_singular_values

section = Section("SO")

ZERO, ONE = Fraction(0), Fraction(1)

MONOTONE: dict[str, tuple[Callable, Callable]] = {
    "relu": (lambda t: max(t, ZERO), lambda t: ONE * (t > 0)),
    "leaky": (lambda t: max(t, t / 2), lambda t: ONE if t > 0 else HALF),
    "clip": (lambda t: min(max(t, -ONE), ONE), lambda t: ONE * (-1 < t < 1)),
    "shift": (lambda t: t + 1, lambda t: ONE),
    "falling": (lambda t: -t, lambda t: -ONE),
}
"""Monotone 1-Lipschitz functions of one variable, exact: name -> (function, slope); slope at kinks one-sided."""

SIGNS = {name: -ONE if name == "falling" else ONE for name in MONOTONE}


def value_and_gradient(layers: Any, last: Array, x: Array, table: dict = MONOTONE) -> tuple[Fraction, Array]:
    """f(x) and ∇f(x) for f = last · φ(W φ(... W_1 x + b_1 ...) + b); layers are (W, b, names of activations)."""
    slopes, h = [], x
    for w, b, names in layers:
        z = w @ h + b
        h = exact([table[name][0](t) for name, t in zip(names, z)])
        slopes.append(exact([table[name][1](t) for name, t in zip(names, z)]))
    gradient = last
    for (w, _, _), slope in zip(reversed(layers), reversed(slopes)):
        gradient = (gradient * slope) @ w
    return last @ h, gradient


@st.composite
def scalar_networks(draw: Any, table: Any = tuple(MONOTONE), width: int = 2) -> tuple[Any, Array]:
    """(layers, last row): two hidden layers with weights of 2-norm <= 1 and activations drawn unit by unit."""
    names = st.lists(st.sampled_from(table), min_size=width, max_size=width)
    layers = [(draw(weights(width, width)), draw(arrays(width)), draw(names)) for _ in range(2)]
    return layers, draw(orthogonal(width))[0]


def affine_but_not_linear() -> Counterexample:
    """f(x) = x + 1: one linear layer with a bias satisfies every hypothesis and f(0) is not 0."""
    return Counterexample(
        "a network with weights of norm 1 and gradient norm 1 everywhere is linear",
        "f(x) = x + 1 has f(0) = 1, so f(1) + f(1) = 4 and f(2) = 3",
        {"weight": ONE, "bias": ONE, "f": {Fraction(0): ONE, ONE: Fraction(2), Fraction(2): Fraction(3)}},
    )


AFFINE_NOT_LINEAR = Erratum(
    "affine-not-linear",
    "B-10",
    "Such a network is linear; in the proof the activations are replaced by the identity.",
    affine_but_not_linear,
    "f is affine: for x -> W_L S_{L-1} ... S_1 W_1 x + c, S the signs of the slopes (1 for increasing activations). "
    "Each unit that matters is t -> ±t + c_i on its range, constants included. The domain must be connected.",
)


@section.statement(
    "SO-Thm1",
    spec_id="SO-Thm1, B-10",
    locator="000, theorem 1 and appendix C; 001, theorem 1",
    kind="theorem",
    title="monotone element-wise activations and gradient norm 1 force an affine network",
    wording="f: R^n -> R with weights of 2-norm <= 1 and element-wise 1-Lipschitz monotone activations; if ‖∇f‖₂ = 1 "
    "almost everywhere then f is linear.",
    verdict="holds_corrected",
    errata=(AFFINE_NOT_LINEAR,),
    why="Checked pointwise, which is stronger: wherever ‖∇f(x)‖ = 1, ∇f(x) is the one vector W_L S ... S W_1. That f "
    "is affine follows since f is Lipschitz on a connected domain.",
)
def check_theorem_1(ctx: Context) -> None:
    case = affine_but_not_linear()
    f = case["f"]
    assert all(y == case["weight"] * x + case["bias"] for x, y in f.items())
    assert 2 * f[ONE] != f[Fraction(2)]
    attained = []

    def law(network, x):
        layers, last = network
        _, gradient = value_and_gradient(layers, last, x)
        assert normsq(gradient) <= 1
        if normsq(gradient) == 1:
            collapsed = last
            for w, _, names in reversed(layers):
                collapsed = (collapsed * exact([SIGNS[name] for name in names])) @ w
            assert gradient.tolist() == collapsed.tolist(), f"{gradient.tolist()} is not {collapsed.tolist()}"
            attained.append(any(set(names) - {"shift", "falling"} for _, _, names in layers))

    ctx.property(law, network=scalar_networks(), x=arrays(2))
    # an active ReLU layer in front of x -> -x: gradient norm 1 here, less where the unit is off
    law(
        (
            [(identity(2), exact([1, 1]), ["relu", "leaky"]), (identity(2), exact([0, 0]), ["falling", "clip"])],
            exact([1, 0]),
        ),
        exact([0, 0]),
    )
    assert any(attained), "no draw had gradient norm 1 through a unit with a kink"
    # without monotonicity it is false: |x| has gradient norm 1 on both sides and is not affine
    table = {"abs": (abs, lambda t: ONE if t > 0 else -ONE)}
    layers = [(exact([[1]]), exact([0]), ["abs"])]
    sides = [value_and_gradient(layers, exact([1]), exact([x]), table)[1].tolist() for x in (-1, 1)]
    assert sides == [[-1], [1]]


@section.statement(
    "SO-Thm1-Cor",
    locator="000 and 001, section 3, after theorem 1",
    kind="corollary",
    title="no such network is the absolute value",
    wording="No network with weights of 2-norm <= 1 and ReLU, sigmoid or tanh activations equals |x|.",
    verdict="holds",
    why="Checked exactly for ReLU, leaky and clipped units (never slope 1 at one point and -1 at another), and by the "
    "slopes of tanh and sigmoid, which are below 1 away from 0.",
)
def check_no_absolute_value(ctx: Context) -> None:
    def law(first, network, points):
        layers, last = network
        row, bias, names = first
        layers = [(row[:, None], bias, names), *layers]
        slopes = {value_and_gradient(layers, last, exact([x]))[1][0] for x in points}
        assert not {ONE, -ONE} <= slopes, "slopes 1 and -1"

    rising = ("relu", "leaky", "clip")
    for name in rising:  # one unit alone, on both sides of its kink
        law((exact([1, 0]), exact([0, 0]), [name, name]), ([], exact([1, 0])), [-HALF, HALF])
    first = st.tuples(
        orthogonal(2).map(lambda q: q[0]), arrays(2), st.lists(st.sampled_from(rising), min_size=2, max_size=2)
    )
    points = st.lists(fractions(), min_size=2, max_size=6)
    ctx.property(law, first=first, network=scalar_networks(rising), points=points)
    np = ctx.host
    t = ctx.rng.uniform(-8, 8, 100)
    t = t[np.abs(t) > 1e-3]  # tanh'(t) = 1 - tanh² <= 1 - t²/4 for |t| <= 1: far from 1 in double precision
    sigmoid = 1 / (1 + np.exp(-t))
    assert np.all(1 - np.tanh(t) ** 2 < 1)
    assert np.all(sigmoid * (1 - sigmoid) <= 0.25)


@section.statement(
    "SO-Eq13",
    spec_id="SO-Eq13, B-05",
    locator="000, appendix C, equation (13)",
    kind="equation",
    title="what the last activation costs in gradient norm",
    wording="‖W_L‖² - ‖W_L D‖² = sum_i (1 - phi'(z_i)²) W_{L,i}², D = diag phi'(z); so nothing is lost "
    "iff |phi'| = 1 or W_{L,i} = 0 for every unit.",
    verdict="holds",
)
def check_equation_13(ctx: Context) -> None:
    def law(last, z, names):
        slopes = exact([MONOTONE[name][1](t) for name, t in zip(names, z)])
        loss = sum((1 - s * s) * w * w for s, w in zip(slopes, last))
        assert normsq(last) - normsq(last * slopes) == loss
        assert (loss == 0) == all(abs(s) == 1 or w == 0 for s, w in zip(slopes, last))

    names = st.lists(st.sampled_from(tuple(MONOTONE)), min_size=3, max_size=3)
    ctx.property(law, last=arrays(3, bound=1), z=arrays(3), names=names)


def first_layer_network(w1: Array, b1: Array) -> Callable[[Array], Fraction]:
    """x -> max(|z_1|, |z_2|), z = w1 x + b1: abs, the identity matrix, MaxMin, and the row (1, 0)."""
    return lambda x: maxmin(identity(2) @ abs(w1 @ x + b1))[0]


def rank_deficient_layer() -> Counterexample:
    """f(x) = |x_1| from the weights diag(1, 0), I, (1, 0): no orthogonal first weight gives f, with any bias."""
    w1 = exact([[1, 0], [0, 0]])
    joint = {"w1": identity(2), "w2": exact([["4/5", "3/5"], ["3/5", "-4/5"]]), "w3": exact(["4/5", "3/5"])}
    return Counterexample(
        "W1 = diag(1, 0) can be replaced by diag(1, ±1), or by some orthogonal matrix, without changing f",
        "with diag(1, ±1) the value at (0, 5) becomes 5; with any orthogonal W1 and bias b the value at (0, t) is "
        "max |t w_i2 + b_i|, unbounded in t since column 2 is not zero, while f(0, t) = 0",
        {
            "w1": w1,
            "replacement": (exact([[1, 0], [0, 1]]), exact([[1, 0], [0, -1]])),
            "x": exact([0, 5]),
            "f": ZERO,
            "f_replaced": Fraction(5),
            "all_weights_rechosen": joint,
        },
    )


def clipped_layer_network(w: Array, b: Array) -> Callable[[Array], Fraction]:
    """x -> max(|z_1|, |z_2| - 1/2), z = w h + b, h = (x_1, clip(x_2, -1, 1))."""

    def f(x):
        h = exact([x[0], min(max(x[1], -ONE), ONE)])
        z = abs(w @ h + b) - exact([0, "1/2"])
        return maxmin(z)[0]

    return f


def full_rank_layer() -> Counterexample:
    """f(x) = |x_1| through W = diag(1, 1/2) on h = (x_1, clip x_2): no orthogonal W gives f, with any bias."""
    return Counterexample(
        "W = diag(1, 1/2), of full rank, can be replaced by I, or by some orthogonal matrix, without changing f",
        "with I the value at (0, 1) becomes 1/2; growth in x_1 forces W = diag(±1, ±1) and b_1 = 0, and then "
        "|±c + b_2| <= 1/2 for c = 1 and c = -1, which is impossible",
        {
            "w": exact([[1, 0], [0, "1/2"]]),
            "replacement": identity(2),
            "x": exact([0, 1]),
            "f": ZERO,
            "f_replaced": HALF,
        },
    )


def pooled_network(row: Array, w1: Array, b1: Array) -> Callable[[Array], Fraction]:
    """x -> row · (max(|z_1|, |z_2|), 0), z = w1 x + b1."""
    return lambda x: row @ exact([max(abs(w1 @ x + b1)), 0])


def no_joint_replacement() -> Counterexample:
    """f(x) = |x_1| with the 1-Lipschitz activation (max |z_i|, 0): not even all weights together can be re-chosen."""
    return Counterexample(
        "all weights together can be re-chosen with singular values 1, for any 1-Lipschitz activation",
        "f(0, t) = 0 for all t, but a·max |t w_i2 + b_i| + c is unbounded in t unless a = 0, and then constant",
        {"w1": exact([[1, 0], [0, 0]]), "w2": exact([1, 0]), "activation": "(max(|z_1|, |z_2|), 0)"},
    )


POLAR_REPLACEMENT = Erratum(
    "polar-replacement",
    "B-11",
    "If ‖∇f‖ = 1 almost everywhere, each weight matrix U S V^T can be replaced by U V^T with f unchanged.",
    rank_deficient_layer,
    "True if, for almost every x, the way from W h to U V^T h stays where the rest of the network is flat along the "
    "directions U_j with s_j < 1; for instance for a first layer of rank m <= n. Re-choosing all weights together "
    "works in this example, fails for some activations, and is open for MaxMin.",
)

POLAR_REPLACEMENT_FULL_RANK = Erratum(
    "polar-replacement-full-rank",
    "B-11",
    "The same for weights of full rank, where U V^T is unique.",
    full_rank_layer,
    "As for polar-replacement: full rank does not help when h does not fill the space.",
)

JOINT_REPLACEMENT = Erratum(
    "joint-replacement",
    "B-11",
    "The theorem names no activation, so it would hold for every 1-Lipschitz one.",
    no_joint_replacement,
    "Some condition on the activation is needed, even when all weights may be re-chosen together.",
)


@section.statement(
    "SO-Thm2",
    spec_id="SO-Thm2, B-11",
    locator="000, theorem 2 and appendix C; 001, theorem 2",
    kind="theorem",
    title="weights of a network with gradient norm 1 can be replaced by orthonormal ones",
    wording="f: R^n -> R with weights of 2-norm <= 1 and ‖∇f‖₂ = 1 almost everywhere: each weight matrix can be "
    "replaced by one whose singular values are all 1 without changing f.",
    verdict="refuted",
    proof="proofs/coq/Theorem2.v",
    errata=(POLAR_REPLACEMENT, POLAR_REPLACEMENT_FULL_RANK, JOINT_REPLACEMENT),
    why="The corrected statement is checked for square first layers of full rank.",
)
def check_theorem_2(ctx: Context) -> None:
    case, joint = rank_deficient_layer(), rank_deficient_layer()["all_weights_rechosen"]
    zero = exact([0, 0])
    f = first_layer_network(case["w1"], zero)
    for replacement in case["replacement"]:
        assert f(case["x"]) == case["f"] != case["f_replaced"] == first_layer_network(replacement, zero)(case["x"])
    for weight in (joint["w1"], joint["w2"]):
        assert (weight @ weight.T).tolist() == identity(2).tolist()
    assert normsq(joint["w3"]) == 1

    full = full_rank_layer()
    g = clipped_layer_network(full["w"], zero)
    assert (
        g(full["x"]) == full["f"] != full["f_replaced"] == clipped_layer_network(full["replacement"], zero)(full["x"])
    )
    pooled = no_joint_replacement()
    h = pooled_network(pooled["w2"], pooled["w1"], zero)

    def every_replacement_fails(q, b, x):
        assert f(x) == g(x) == h(x) == abs(x[0])
        assert joint["w3"] @ maxmin(joint["w2"] @ abs(joint["w1"] @ x)) == abs(x[0])
        other = first_layer_network(q, b)
        far = 4 * (abs(b[0]) + abs(b[1]) + 1)  # far·max |q_i2| >= far/√2 > 2 max |b_i|: beyond every value at 0
        assert other(exact([0, far])) > 0 == f(exact([0, far]))
        # a·M(x) + c with M = max |z_i| is f on x_1 = 0 for a = 0 alone, and then constant
        pool = pooled_network(exact([1, 0]), q, b)
        assert pool(exact([0, far])) > pool(exact([0, 0]))
        # growth: if the two agree with |x_1| far out in x_1, then they differ on x_1 = 0, x_2 = ±1
        clipped = clipped_layer_network(q, b)
        points = [exact([s * far**k, c]) for k in (0, 1, 2) for s in (1, -1) for c in (1, 0, -1)]
        points += [exact([0, c]) for c in (1, -1)]
        assert any(clipped(point) != abs(point[0]) for point in points)

    ctx.property(every_replacement_fails, q=orthogonal(2), b=arrays(2), x=arrays(2))

    def first_layer_of_full_rank(u, v, s, x):
        w = (u * exact([1, s])) @ v.T
        rest = u[:, 0]  # F(z) = |u_1 · z| is flat along u_2, so F(W x) = |v_1 · x|
        assert abs(rest @ (w @ x)) == abs(rest @ (u @ v.T @ x)) == abs(v[:, 0] @ x)

    ctx.property(
        first_layer_of_full_rank, u=orthogonal(2), v=orthogonal(2), s=st.sampled_from([HALF, ONE / 7]), x=arrays(2)
    )


section.add(
    "SO-Thm2-Joint",
    spec_id="B-11",
    locator="what remains of 000, theorem 2",
    kind="theorem",
    title="all weights of a MaxMin network with gradient norm 1 can be re-chosen together",
    wording="A MaxMin network with weights of 2-norm <= 1 and ‖∇f‖₂ = 1 almost everywhere is also computed by one of "
    "the same widths whose weights all have singular values 1.",
    verdict="open",
    why="Neither proof nor counterexample is known; true for one hidden pair, false for some other activations "
    "(joint-replacement).",
)


@section.statement(
    "SO-Thm2-constr",
    spec_id="SO-Thm2-constr, B-11",
    locator="000, appendix C, proof of theorem 2",
    kind="construction",
    title="the path from a weight to its polar factor, and what is flat along it",
    wording="W = U S V^T, W~ = U V^T, W(t) = t W~ + (1 - t) W; since ‖g W‖ = ‖g‖ for the back-propagated g, df/dt = 0 "
    "along the path, so f does not change.",
    verdict="holds_corrected",
    errata=(POLAR_REPLACEMENT,),
    why="True at t = 0 for each x: g W(t) = g W. Along the path g is taken at another point, where it may differ.",
)
def check_path(ctx: Context) -> None:
    def law(pair, t):
        (w, u, s, v), g = pair
        kept = u @ (exact([ONE * (x == 1) for x in s]) * (u.T @ g))  # projection onto the directions with s_j = 1
        polar = u @ v.T
        path = t * polar + (1 - t) * w
        assert normsq(kept @ w) == normsq(kept)
        assert (kept @ path).tolist() == (kept @ w).tolist()
        inside = u @ (u.T @ g)
        assert (normsq(g @ w) == normsq(g)) == (g.tolist() == kept.tolist()), "norm kept outside s_j = 1"
        assert normsq(inside @ w) <= normsq(inside)

    shapes = st.sampled_from([(2, 2), (3, 2), (2, 3)])
    values = st.sampled_from([ONE, ONE, HALF, ZERO])
    drawn = shapes.flatmap(lambda shape: st.tuples(with_singular_values(*shape, values), arrays(shape[0])))
    unit = st.integers(0, 4).map(lambda n: Fraction(n, 4))
    ctx.property(law, pair=drawn, t=unit)
    case = rank_deficient_layer()  # the gap: at x = (0, 5) f is flat in W(t) at t = 0 and moves for t > 0
    zero, x = exact([0, 0]), case["x"]
    values_on_path = [
        first_layer_network(t * case["replacement"][0] + (1 - t) * case["w1"], zero)(x) for t in (ZERO, HALF, ONE)
    ]
    assert values_on_path == [0, Fraction(5, 2), 5]


@section.statement(
    "SO-Orthn",
    locator="000 and 001, section 3, after theorem 2",
    kind="remark",
    title="singular values 1 mean orthonormal rows or columns",
    wording="All min(m, k) singular values of W (m × k) are 1 iff its columns (m > k), its rows (m < k), or both (m = "
    "k) are orthonormal.",
    verdict="holds",
    proof="proofs/coq/L2.v",
)
def check_orthonormal(ctx: Context) -> None:
    def law(drawn):
        w, _, s, _ = drawn
        m, k = w.shape
        gram = w.T @ w if m >= k else w @ w.T
        assert (gram.tolist() == identity(min(m, k)).tolist()) == all(x == 1 for x in s)
        if m == k and all(x == 1 for x in s):
            assert (w @ w.T).tolist() == identity(m).tolist()

    values = st.sampled_from([ONE, ONE, ONE, HALF, ZERO])
    drawn = st.sampled_from([(2, 2), (3, 3), (3, 2), (2, 3), (4, 1)]).flatmap(
        lambda s: with_singular_values(*s, values)
    )
    ctx.property(law, drawn=drawn)


def tall_orthonormal_layer() -> Counterexample:
    """W = (1, 0)^T has singular value 1 and maps the cotangent (0, 1) to 0."""
    return Counterexample(
        "a weight whose singular values are all 1 preserves the norm of back-propagated gradients",
        "g = (0, 1) has norm 1 and g W = 0",
        {"w": exact([[1], [0]]), "g": exact([0, 1])},
    )


TALL_ORTHONORMAL = Erratum(
    "tall-orthonormal",
    "B-12",
    "Singular values 1 preserve gradient norms, so back-propagated gradients keep norm 1 through the network.",
    tall_orthonormal_layer,
    "‖g W‖ = ‖g‖ for all g iff W W^T = I (m <= k). For orthonormal columns (m > k) iff g is in the range of W; over "
    "all unit g the mean of ‖g W‖² is k/m, 0.766 for a 1024 × 784 first layer.",
)


@section.statement(
    "SO-GNP",
    spec_id="SO-GNP, B-12",
    locator="000 and 001, sections 3 and 4; 000, appendix F.3; 001, footnote 2",
    kind="definition",
    title="gradient norm preserving layers",
    wording="A layer preserves gradient norm if ‖g J‖₂ = ‖g‖₂ for back-propagated g; orthonormal weights and GroupSort "
    "do.",
    verdict="holds_corrected",
    symbols=("lipref.groupsort.groupsort_backward", "lipref.layers.Linear"),
    errata=(TALL_ORTHONORMAL,),
    proof="proofs/coq/GradientNorm.v",
)
def check_gradient_norm_preservation(ctx: Context) -> None:
    case = tall_orthonormal_layer()
    assert normsq(case["w"]) == normsq(case["g"]) == 1
    assert normsq(case["g"] @ case["w"]) == 0

    def weight_law(drawn, g):
        w, u, _, _ = drawn
        m, k = w.shape
        g = g[:m]
        in_range = m <= k or (u @ (u.T @ g)).tolist() == g.tolist()
        assert (normsq(g @ w) == normsq(g)) == in_range
        assert sum(normsq(row) for row in w) == min(m, k)  # sum of ‖e_i W‖²: the mean over unit g is min(m, k)/m

    shape = st.sampled_from([(2, 2), (3, 2), (2, 3), (3, 1)])
    drawn = shape.flatmap(lambda s: with_singular_values(*s, st.just(ONE)))
    ctx.property(weight_law, drawn=drawn, g=arrays(3))

    def network_law(q1, q2, row, x):
        layers = (Linear(ctx.place(q1.astype(float))), GroupSort(2), Linear(ctx.place(q2.astype(float))), GroupSort(3))
        network = Chain((*layers, Linear(ctx.place(row[:1].astype(float)))))
        y, residuals = network.forward(ctx.place(x.astype(float)[None, :]))
        gradient, _ = network.backward(residuals, y * 0 + 1)
        # three products with 6-term sums on vectors of norm 1: each entry is off by at most 3·6 eps
        slack = 3 * 6 * 6 * epsilon(ctx.xp, gradient)
        assert abs(float(to_numpy(vector_norm(gradient, 2))[0]) - 1) <= slack

    ctx.property(network_law, q1=orthogonal(6), q2=orthogonal(6), row=orthogonal(6), x=arrays(6))
