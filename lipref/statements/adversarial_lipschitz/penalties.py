"""ALR, Lipschitz penalties: explicit, implicit and adversarial (sections 2 and 3)."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import exact
from lipref.layers import Chain, GroupSort, Linear
from lipref.penalties import (
    adversarial_direction,
    adversarial_pair,
    gradient_penalty,
    gradient_penalty_backward,
    gradient_penalty_forward,
    pair_penalty,
    pair_penalty_backward,
    pair_penalty_forward,
    penalty,
)
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import fractions

section = Section("ALR")

U = 2.0**-53
SIZES = st.integers(-8, 8).map(lambda k: k / 4)


def vectors(n: int) -> st.SearchStrategy[np.ndarray]:
    """Float vectors of quarters or sixteenths, not zero: norms above and below 1."""
    scaled = st.builds(
        lambda v, c: c * np.array(v), st.lists(SIZES, min_size=n, max_size=n), st.sampled_from([0.25, 1.0])
    )
    return scaled.filter(lambda v: bool(np.any(v)))


def _affine(ctx: Context, w: np.ndarray, bias: float = 0.5) -> Linear:
    """The scalar critic x -> ⟨w, x⟩ + bias on the chosen backend."""
    return Linear(ctx.place(w[None, :]), ctx.place([bias]))


def _close(got: object, expected: float, operations: float = 64.0) -> bool:
    """Equality up to `operations` roundings relative to the larger size, 1 at least."""
    return abs(float(got) - expected) <= operations * U * max(abs(expected), 1.0)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ section 2.1


@section.statement(
    "ALR-Eq1",
    locator="section 2.1, equation (1)",
    kind="definition",
    title="the minimax game of a GAN",
    wording="min over g, max over f of E_{Pr} log f + E_{Pg} log(1 - f).",
    verdict="holds",
    why="checked on finite supports: the inner maximum is at f = p/(p + q), with the value 2 JSD(p, q) - 2 log 2",
)
def check_gan(ctx: Context) -> None:
    def value(p, q, f):
        return sum(a * math.log(c) + b * math.log(1 - c) for a, b, c in zip(p, q, f, strict=True))

    def law(weights, moves):
        p, q = (np.array(w) / sum(w) for w in weights)
        f = p / (p + q)
        best = value(p, q, f)
        middle = (p + q) / 2
        jsd = (np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2
        assert abs(best - (2 * jsd - 2 * math.log(2))) <= 64 * U * 4
        for size in (0.5, 0.125):
            other = np.clip(f + size * np.array(moves), 1e-3, 1 - 1e-3)
            assert value(p, q, other) <= best + 64 * U

    weights = st.lists(st.integers(1, 9), min_size=3, max_size=3)
    ctx.property(law, weights=st.tuples(weights, weights), moves=st.lists(SIZES, min_size=3, max_size=3))


def _wasserstein(xs: list, ys: list, p: int) -> Fraction:
    """W_p^p of two uniform measures of equal size on the line, by all pairings: exact."""
    best = min(sum(abs(x - y) ** p for x, y in zip(xs, order, strict=True)) for order in itertools.permutations(ys))
    return Fraction(best) / len(xs)


@section.statement(
    "ALR-Eq2",
    locator="section 2.1, equation (2)",
    kind="definition",
    title="Wasserstein-p distance",
    wording="W_p(P1, P2) is the p-th root of the least expectation of d(x1, x2)^p over couplings.",
    verdict="holds",
    why="on uniform measures of four points on the line: the best coupling is a pairing, and it is the sorted one",
)
def check_wasserstein(ctx: Context) -> None:
    def law(xs, ys, p):
        in_order = sum(abs(x - y) ** p for x, y in zip(sorted(xs), sorted(ys), strict=True)) / 4
        assert _wasserstein(xs, ys, p) == in_order
        assert (_wasserstein(xs, ys, p) == 0) == (sorted(xs) == sorted(ys))

    points = st.lists(fractions(), min_size=4, max_size=4)
    ctx.property(law, xs=points, ys=points, p=st.sampled_from([1, 2, 3]))


@section.statement(
    "ALR-Eq3",
    locator="section 2.1, equation (3)",
    kind="theorem",
    title="Kantorovich–Rubinstein duality",
    wording="W_1(P1, P2) is the supremum of E_{P1} f - E_{P2} f over 1-Lipschitz f.",
    verdict="holds",
    why="on uniform measures of four points on the line: no 1-Lipschitz f exceeds W_1, and the potential with slope "
    "sign(F2 - F1) attains it",
)
def check_duality(ctx: Context) -> None:
    def law(xs, ys, slopes):
        support = sorted({*xs, *ys})
        signs = [sum(y <= s for y in ys) - sum(x <= s for x in xs) for s in support]

        def gap(choice):
            values = {support[0]: Fraction(0)}
            for (left, right), slope in zip(itertools.pairwise(support), choice, strict=False):
                values[right] = values[left] + slope * (right - left)
            return sum(values[x] for x in xs) / 4 - sum(values[y] for y in ys) / 4

        w1 = _wasserstein(xs, ys, 1)
        # mass that is ahead in the second measure must be reached by a rising potential of the first
        assert gap([(s > 0) - (s < 0) for s in signs]) == w1
        assert gap(slopes) <= w1

    points = st.lists(fractions(), min_size=4, max_size=4)
    ctx.property(law, xs=points, ys=points, slopes=st.lists(fractions(1), min_size=7, max_size=7))


def _finite_map(points: list, values: list) -> Fraction:
    """The least Lipschitz constant of a function on a finite set of the line."""
    pairs = [(i, j) for i in range(len(points)) for j in range(i)]
    return max(abs(values[i] - values[j]) / abs(points[i] - points[j]) for i, j in pairs)


LINE = st.lists(fractions(), min_size=3, max_size=5, unique=True)


@section.statement(
    "ALR-Eq4",
    locator="section 2.1, equation (4)",
    kind="definition",
    title="least Lipschitz constant of a real function",
    wording="‖f‖_L is the supremum of |f(x) - f(y)| / d(x, y) over x ≠ y.",
    verdict="holds",
    symbols=("lipref.penalties.pair_penalty",),
    why="on finite sets, exactly: the supremum K is a Lipschitz constant, and nothing smaller is",
)
def check_least_constant(ctx: Context) -> None:
    def law(points, values):
        values = values[: len(points)]
        k = _finite_map(points, values)
        pairs = [(i, j) for i in range(len(points)) for j in range(i)]
        assert all(abs(values[i] - values[j]) <= k * abs(points[i] - points[j]) for i, j in pairs)
        smaller = k * Fraction(999, 1000)
        assert k == 0 or any(abs(values[i] - values[j]) > smaller * abs(points[i] - points[j]) for i, j in pairs)

    ctx.property(law, points=LINE, values=st.lists(fractions(), min_size=5, max_size=5))


@section.statement(
    "ALR-Eq5",
    locator="section 2.1, equation (5)",
    kind="definition",
    title="the minimax game of a WGAN",
    wording="min over g, max over 1-Lipschitz f of E_{Pg} f - E_{Pr} f: the critic is high on generated samples.",
    verdict="holds",
    why="for point masses at 0 (real) and t (generated): the best affine critic has the value |t| = W_1, and a "
    "generator that lowers f moves towards the real point",
)
def check_wgan(ctx: Context) -> None:
    def law(t):
        values = {s: s * t - s * 0 for s in (Fraction(-1), Fraction(-1, 2), Fraction(0), Fraction(1, 2), Fraction(1))}
        best = max(values, key=lambda s: values[s])
        assert values[best] == abs(t)
        if t:
            moved = t - best * min(abs(t), Fraction(1, 8))
            assert abs(moved) < abs(t)

    ctx.property(law, t=fractions())


# ------------------------------------------------------------------------------------------------ section 2.2


@section.statement(
    "ALR-Eq6",
    locator="section 2.2, equation (6)",
    kind="definition",
    title="least Lipschitz constant between metric spaces",
    wording="‖f‖_L is the supremum of d_Y(f(x), f(y)) / d_X(x, y) over x ≠ y; f is K-Lipschitz iff ‖f‖_L <= K.",
    verdict="holds",
    why="on finite sets, exactly, for the l1 and l∞ distances of two-dimensional values",
)
def check_metric_constant(ctx: Context) -> None:
    def law(points, values, k):
        values = values[: len(points)]
        for d in (
            lambda u, v: max(map(abs, (u[0] - v[0], u[1] - v[1]))),
            lambda u, v: abs(u[0] - v[0]) + abs(u[1] - v[1]),
        ):
            pairs = [(i, j) for i in range(len(points)) for j in range(i)]
            least = max(d(values[i], values[j]) / abs(points[i] - points[j]) for i, j in pairs)
            lipschitz = all(d(values[i], values[j]) <= k * abs(points[i] - points[j]) for i, j in pairs)
            assert lipschitz == (least <= k)

    pairs = st.lists(st.tuples(fractions(), fractions()), min_size=5, max_size=5)
    ctx.property(law, points=LINE, values=pairs, k=fractions().map(abs))


def _check_implicit(ctx: Context, shape: str, terms) -> None:
    """The penalty of an affine critic is terms(‖w‖), its gradient terms'(‖w‖) w/‖w‖, at any samples."""

    def law(w, x):
        norm = float(np.linalg.norm(w))
        network, batch = _affine(ctx, w), ctx.place(np.array(x))
        value, residuals = gradient_penalty_forward(network, batch, shape=shape)
        expected, slope = terms(norm)
        assert _close(value, expected, 64 * (1 + norm) ** 2)
        assert float(value) == float(gradient_penalty(network, batch, shape=shape))
        grads = gradient_penalty_backward(residuals)[1]
        from lipref._array import to_numpy

        off = to_numpy(grads.weight)[0] - slope * w / norm
        assert np.max(np.abs(off)) <= 64 * U * (1 + norm) ** 2
        assert float(to_numpy(grads.bias)[0]) == 0

    # squared norms are multiples of 1/256, so |‖w‖ - 1| is 0 or at least 1/600 and no rounding crosses the kink
    ctx.property(law, w=vectors(3), x=st.lists(vectors(3), min_size=1, max_size=3))


@section.statement(
    "ALR-Eq7",
    locator="section 2.2, equation (7)",
    kind="definition",
    title="gradient penalty (GP)",
    wording="λ E (‖∇f(x)‖₂ - 1)² over interpolates of real and generated samples.",
    verdict="holds",
    symbols=("lipref.penalties.gradient_penalty",),
)
def check_gradient_penalty(ctx: Context) -> None:
    _check_implicit(ctx, "two-sided-square", lambda t: ((t - 1) ** 2, 2 * (t - 1)))


def _check_explicit(ctx: Context, shape: str, terms) -> None:
    """Pairs along w see the ratio ‖w‖; pairs at an angle see less; the gradient is terms'(t)·sign·(x - z)/‖x - z‖."""
    from lipref._array import to_numpy

    def law(w, x, move):
        network = _affine(ctx, w)
        z = np.array(x) + np.array(move)
        t = abs(float(w @ move)) / float(np.linalg.norm(move))
        if abs(t - 1) < 1e-9:
            return
        a, b = ctx.place(np.array(x)[None]), ctx.place(z[None])
        value, residuals = pair_penalty_forward(network, a, b, shape=shape)
        expected, slope = terms(t)
        size = (1 + float(np.linalg.norm(w))) ** 2 * (1 + float(np.linalg.norm(z)) + float(np.linalg.norm(x)))
        atol = 256 * U * size / min(float(np.linalg.norm(move)), 1.0)
        assert abs(float(value) - expected) <= atol
        assert float(value) == float(pair_penalty(network, a, b, shape=shape))
        grads = pair_penalty_backward(residuals)
        direction = np.sign(w @ move) * move / np.linalg.norm(move)
        assert np.max(np.abs(to_numpy(grads.weight)[0] - slope * direction)) <= atol * 4

    ctx.property(law, w=vectors(3), x=vectors(3), move=vectors(3))


@section.statement(
    "ALR-Eq8",
    locator="section 2.2, equation (8)",
    kind="definition",
    title="explicit Lipschitz penalty",
    wording="λ E (|f(x) - f(y)| / ‖x - y‖₂ - 1)₊² over pairs.",
    verdict="holds",
    symbols=("lipref.penalties.pair_penalty",),
)
def check_explicit_penalty(ctx: Context) -> None:
    _check_explicit(ctx, "square", lambda t: (max(t - 1, 0) ** 2, 2 * max(t - 1, 0)))


@section.statement(
    "ALR-Eq9",
    locator="section 2.2, equation (9)",
    kind="definition",
    title="implicit Lipschitz penalty (LP)",
    wording="λ E (‖∇f(x)‖₂ - 1)₊².",
    verdict="holds",
    symbols=("lipref.penalties.gradient_penalty",),
)
def check_lipschitz_penalty(ctx: Context) -> None:
    _check_implicit(ctx, "square", lambda t: (max(t - 1, 0) ** 2, 2 * max(t - 1, 0)))


def must_preserve() -> Counterexample:
    """f = x/2 is a 1-Lipschitz network that halves every gradient."""
    return Counterexample(
        "every Lipschitz-constrained network preserves the norm of the gradient",
        "x -> x/2 is 1-Lipschitz, and its backward pass halves every cotangent",
        {"weight": Fraction(1, 2), "lipschitz": Fraction(1, 2), "gradient_norm": Fraction(1, 2)},
    )


PRESERVATION = Erratum(
    "preservation-overstated",
    "B-80",
    "Another paper is quoted for the claim that any Lipschitz-constrained network must preserve gradient norms.",
    must_preserve,
    "Only a network that is to represent a function of gradient norm 1 must preserve norms.",
)


@section.statement(
    "ALR-Rel1",
    spec_id="B-80",
    locator="section 2.2, last paragraph",
    kind="remark",
    title="must Lipschitz networks preserve gradient norms?",
    wording="Any Lipschitz-constrained network must preserve the norm of the gradient in back-propagation.",
    verdict="refuted",
    symbols=("lipref.layers.Linear",),
    errata=(PRESERVATION,),
)
def check_preservation(ctx: Context) -> None:
    case = must_preserve()
    layer = Linear(exact([[case["weight"]]]))
    _, residuals = layer.forward(exact([[3]]))
    (gradient,) = layer.backward(residuals, exact([[1]]))[0].ravel()
    assert abs(case["weight"]) == case["lipschitz"] <= 1
    assert abs(gradient) == case["gradient_norm"] < 1

    def law(x, y):
        # sorting, which represents functions of gradient norm 1, keeps the norm
        network = Chain((GroupSort(2), Linear(exact([[Fraction(3, 5), Fraction(4, 5)]]))))
        _, saved = network.forward(exact([[x, y]]))
        gradient = network.backward(saved, exact([[1]]))[0]
        assert sum(v * v for v in gradient.ravel()) == 1

    ctx.property(law, x=fractions(), y=fractions())


# ------------------------------------------------------------------------------------------------ section 2.3


def _kl(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sum(p * np.log(p / q)))


@section.statement(
    "ALR-Eq10",
    locator="section 2.3, equation (10)",
    kind="definition",
    title="local distributional smoothness",
    wording="D(p(y|x), p(y|x + r)) with p(y|x) held fixed in its gradient.",
    verdict="holds",
    symbols=("lipref.penalties.pair_penalty_backward",),
    why="that D >= 0 with equality at equal distributions, for the KL divergence; and that holding f(x) fixed drops "
    "exactly the part of the gradient that goes through f(x)",
)
def check_smoothness(ctx: Context) -> None:
    from lipref._array import to_numpy

    def law(p, q, w, x, move):
        p, q = np.array(p) / sum(p), np.array(q) / sum(q)
        assert _kl(p, q) >= -16 * U
        assert _kl(p, p) == 0
        network = _affine(ctx, w)
        a, b = ctx.place(np.array(x)[None]), ctx.place((np.array(x) + move)[None])
        _, residuals = pair_penalty_forward(network, a, b, lipschitz=0.0, shape="hinge")
        whole = to_numpy(pair_penalty_backward(residuals).weight)[0]
        held = to_numpy(pair_penalty_backward(residuals, hold_x=True).weight)[0]
        sign = np.sign(w @ move) / np.linalg.norm(move)
        atol = 64 * U * (np.max(np.abs(x)) + np.max(np.abs(move))) / np.linalg.norm(move)
        assert np.max(np.abs(held - sign * (x + move))) <= atol
        assert np.max(np.abs(whole - held + sign * np.array(x))) <= atol

    weights = st.lists(st.integers(1, 9), min_size=3, max_size=3)
    ctx.property(law, p=weights, q=weights, w=vectors(2), x=vectors(2), move=vectors(2))


def _top(j: np.ndarray) -> tuple[float, np.ndarray]:
    _, s, vt = np.linalg.svd(j)
    return float(s[0]), vt[0]


MATRICES = st.lists(vectors(3), min_size=2, max_size=3).map(np.array)


@section.statement(
    "ALR-Eq11",
    locator="section 2.3, equation (11)",
    kind="definition",
    title="virtual adversarial perturbation",
    wording="The r with ‖r‖₂ <= ε that maximises D(p(y|x), p(y|x + r)).",
    verdict="holds",
    why="for affine outputs and D the squared distance it is ε times the top right singular vector",
)
def check_virtual_adversary(ctx: Context) -> None:
    def law(j, r, eps):
        sigma, v = _top(ctx.host.asarray(j))
        best = float(np.sum((j @ (eps * v)) ** 2))
        assert abs(best - (eps * sigma) ** 2) <= 256 * U * (1 + (eps * sigma) ** 2)
        other = np.array(r) / np.linalg.norm(r) * eps
        assert float(np.sum((j @ other) ** 2)) <= best + 256 * U * (1 + best)

    ctx.property(law, j=MATRICES, r=vectors(3), eps=st.sampled_from([0.5, 1.0, 8.0]))


@section.statement(
    "ALR-Eq12",
    locator="section 2.3, equation (12)",
    kind="algorithm",
    title="power iteration for the virtual adversarial direction",
    wording="r ← ∇_r D at ξ r, normalised; from a random unit vector.",
    verdict="holds",
    symbols=("lipref.penalties.adversarial_direction",),
    why="for affine outputs and the squared distance: k steps give (JᵀJ)^k r₀ normalised",
)
def check_power_iteration(ctx: Context) -> None:
    _check_iteration(ctx, "squared-l2")


def _check_iteration(ctx: Context, metric: str) -> None:
    """k steps on an affine map are k normalised steps of JᵀJ, whatever ξ."""
    from lipref._array import to_numpy

    def law(j, start, steps, xi):
        gram = j.T @ j
        expected = np.array(start)
        for _ in range(steps):
            image = gram @ expected
            if np.linalg.norm(image) < 1e-3:  # the iteration nearly leaves the map's range: ill-conditioned
                return
            expected = image / np.linalg.norm(image)
        layer = Linear(ctx.place(j))
        got = to_numpy(
            adversarial_direction(
                layer, ctx.place(np.zeros((1, 3))), ctx.place(np.array(start)[None]), xi=xi, steps=steps, metric=metric
            )
        )[0]
        expected = expected / np.linalg.norm(expected)
        assert np.max(np.abs(got - expected)) <= 1e3 * 64 * U * (1 + np.linalg.norm(j)) ** 4

    ctx.property(law, j=MATRICES, start=vectors(3), steps=st.integers(1, 3), xi=st.sampled_from([1e-2, 1.0, 10.0]))


# -------------------------------------------------------------------------------------------------- section 3


@section.statement(
    "ALR-Eq13",
    locator="section 3, equation (13)",
    kind="equation",
    title="the Lipschitz constant through perturbations",
    wording="‖f‖_L is the supremum over x and r ≠ 0 with x + r in X of d(f(x), f(x + r)) / d(x, x + r), and f is "
    "K-Lipschitz iff for every x the supremum over r is at most K, K >= 0.",
    verdict="holds",
    why="on finite sets, exactly",
)
def check_perturbations(ctx: Context) -> None:
    def law(points, values, k):
        values = dict(zip(points, values, strict=False))
        inner = {x: max(abs(values[x] - values[z]) / abs(x - z) for z in points if z != x) for x in points}
        assert max(inner.values()) == _finite_map(points, [values[x] for x in points])
        lipschitz = all(abs(values[x] - values[z]) <= k * abs(x - z) for x in points for z in points)
        assert lipschitz == all(value <= k for value in inner.values())

    ctx.property(law, points=LINE, values=st.lists(fractions(), min_size=5, max_size=5), k=fractions().map(abs))


def argmax_missing() -> Counterexample:
    """f = x² on [-1, 1] at x = 1: the ratio |2 + r| stays below 2 and comes arbitrarily close."""
    return Counterexample(
        "the supremum of the ratio over perturbations is attained",
        "for f(x) = x² on [-1, 1] at x = 1 the ratio at r is 2 + r for r in [-2, 0): its supremum 2 is not attained",
        {
            "x": Fraction(1),
            "perturbations": tuple(-Fraction(1, 2**k) for k in range(8)),
            "ratios": tuple(2 - Fraction(1, 2**k) for k in range(8)),
            "supremum": Fraction(2),
        },
    )


ARGMAX = Erratum(
    "argmax-need-not-exist",
    "B-75",
    "The supremum over perturbations is assumed to be achieved, and its maximiser is the adversarial perturbation.",
    argmax_missing,
    "Use the supremum itself, or perturbations of length at least some ε > 0 on a compact set, where a maximiser of a "
    "continuous f exists.",
)


def _check_argmax_missing() -> None:
    case = argmax_missing()
    for r, ratio in zip(case["perturbations"], case["ratios"], strict=True):
        x = case["x"]
        assert -1 <= x + r <= 1
        assert abs(x**2 - (x + r) ** 2) / abs(r) == ratio < case["supremum"]
    assert case["supremum"] - case["ratios"][-1] == Fraction(1, 128)


@section.statement(
    "ALR-Eq14",
    spec_id="ALR-Eq14, B-75",
    locator="section 3, equation (14)",
    kind="definition",
    title="adversarial perturbation with respect to the Lipschitz constant",
    wording="r_adv is the r that maximises d(f(x), f(x + r)) / d(x, x + r).",
    verdict="holds_corrected",
    symbols=("lipref.penalties.adversarial_pair",),
    errata=(ARGMAX,),
    proof="proofs/coq/AdversarialIteration.v",
)
def check_adversary(ctx: Context) -> None:
    _check_argmax_missing()

    def law(w, eps, r):
        # with the length kept away from 0 the maximum of the same f exists, at the shortest admissible step
        least = eps / 4
        ratios = {step: abs(1 - (1 + step) ** 2) / abs(step) for step in (-least, -eps / 2, -eps)}
        assert max(ratios, key=lambda step: ratios[step]) == -least
        # for affine f every multiple of ±w is one: no other direction has a larger ratio
        assert (w[0] * r[0] + w[1] * r[1]) ** 2 <= (w[0] ** 2 + w[1] ** 2) * (r[0] ** 2 + r[1] ** 2)

    pairs = st.tuples(fractions(), fractions())
    ctx.property(law, w=pairs, r=pairs, eps=fractions(1).map(abs).filter(bool))


@section.statement(
    "ALR-Eq15",
    locator="section 3, equation (15)",
    kind="definition",
    title="adversarial Lipschitz penalty",
    wording="(d(f(x), f(x + r_adv)) / d(x, x + r_adv) - K)₊.",
    verdict="holds",
    symbols=("lipref.penalties.pair_penalty", "lipref.penalties.adversarial_pair"),
    why="for affine critics it is (‖w‖ - K)₊ after one step, from every start that is not orthogonal to w",
)
def check_adversarial_penalty(ctx: Context) -> None:
    def law(w, x, start, k, eps, xi):
        if not float(np.dot(w, start)):
            return
        network = _affine(ctx, w)
        a = ctx.place(np.array(x)[None])
        b = adversarial_pair(network, a, ctx.place(np.array(start)[None]), ctx.place([eps]), xi=xi, steps=1)
        norm = float(np.linalg.norm(w))
        got = float(pair_penalty(network, a, b, lipschitz=k, shape="hinge"))
        # f(x) and f(x + r) are sums of three products, and their difference is divided by eps
        atol = 64 * U * (1 + norm) * (1 + float(np.linalg.norm(x)) + eps) / eps
        assert abs(got - max(norm - k, 0)) <= atol

    ctx.property(
        law,
        w=vectors(3),
        x=vectors(3),
        start=vectors(3),
        k=st.sampled_from([0.0, 0.5, 1.0, 9.0]),
        eps=st.sampled_from([0.125, 1.0, 10.0]),
        xi=st.sampled_from([0.1, 10.0]),
    )


def linf_stall() -> Counterexample:
    """l∞ and J = diag(1, 2): from (99/100, 141/1000) the iteration stays at e1 with the ratio 1; the maximum is 2."""
    return Counterexample(
        "the iteration approaches the direction of largest ratio, for any metric of outputs",
        "for the l∞ distance and J = diag(1, 2) it goes to (1, 0), where it stays: ratio 1, the maximum is 2",
        {
            "metric": "linf",
            "jacobian": exact([[1, 0], [0, 2]]),
            "start": exact(["99/100", "141/1000"]),
            "limit": exact([1, 0]),
            "ratio": Fraction(1),
            "maximum": Fraction(2),
        },
    )


def l1_stall() -> Counterexample:
    """l1 and J = [[2, 3], [2, -2]]: from starts with Jr > 0 the gradient is (4, 1): ratio √17, the maximum is 5."""
    return Counterexample(
        "the iteration approaches the direction of largest ratio, for any metric of outputs",
        "for the l1 distance and J = [[2, 3], [2, -2]] it stays at (4, 1)/√17: squared ratio 17; (0, 1) has 25",
        {
            "metric": "l1",
            "jacobian": exact([[2, 3], [2, -2]]),
            "start": exact([1, "1/2"]),
            "limit": exact([4, 1]),
            "squared_ratio": Fraction(17),
            "better": exact([0, 1]),
            "better_squared": Fraction(25),
        },
    )


def large_step() -> Counterexample:
    """f = max(0, x1) + x2/10 at (1, 0) from (-1, 0): at ξ = 10 the gradient misses the slope and the ratio is 1/10."""
    return Counterexample(
        "the direction found is adversarial whatever ξ",
        "for f = max(0, x1) + x2/10 at (1, 0) and r₀ = (-1, 0), ξ = 10 looks where the slope is (0, 1/10) and finds "
        "(0, -1): ratio 1/10. ξ = 1/10 finds the gradient's direction, with a squared ratio of 101/100",
        {
            "x": exact([1, 0]),
            "start": exact([-1, 0]),
            "far": (Fraction(10), exact([0, -1]), Fraction(1, 10)),
            "near": (Fraction(1, 10), exact([-10, -1]), Fraction(101, 100)),
        },
    )


def degenerate() -> Counterexample:
    """f = max(0, x - 1) at 0 with ξ = 1/2: the gradient is 0, the formula 0/0."""
    return Counterexample(
        "the iteration is defined for every start",
        "f = max(0, x - 1) at x = 0 with ξ r = 1/2 has the gradient 0, and f(x1, x2) = x1 from r₀ = (0, 1) has "
        "|f(x) - f(x + r)| = 0, where |·| has no gradient: both are 0/0",
        {"x": Fraction(0), "xi_r": Fraction(1, 2), "gradient": Fraction(0), "orthogonal_start": exact([0, 1])},
    )


STALLS = Erratum(
    "power-iteration-stalls",
    "B-72",
    "In theory the penalty can be used with all kinds of metrics; the iteration approximates the maximiser.",
    linf_stall,
    "For the l2 and the squared l2 distance it is power iteration on JᵀJ; for a scalar f one step gives ±∇f. For l1 "
    "and l∞ it may stall at any ratio: see also l1_stall.",
)
DEGENERATE = Erratum(
    "zero-gradient-direction",
    "B-73",
    "The iteration divides by the norm of a gradient.",
    degenerate,
    "Where the gradient vanishes keep the direction (or draw it anew), require ξ > 0, and start off the orthogonal "
    "complement of the top singular space.",
)
LARGE_STEP = Erratum(
    "large-step-direction",
    "B-74",
    "The approximation is perfect if the ratio does not depend on the length of r; ξ has no effect that was observed.",
    large_step,
    "The direction must be right too: a large ξ looks at another linear piece of f.",
)


def _check_stalls() -> None:
    case = linf_stall()
    j, r = case["jacobian"], case["start"]
    for _ in range(3):
        image = j @ r
        k = max(range(2), key=lambda i: abs(image[i]))
        r = exact([int(image[k] > 0) * 2 - 1]) * j[k]  # gradient of the largest entry; already of norm |j_k|
        r = r / max(abs(v) for v in r)
        assert r.tolist() == case["limit"].tolist()
    assert max(abs(v) for v in j @ case["limit"]) == case["ratio"] < case["maximum"]
    case = l1_stall()
    j, r = case["jacobian"], case["start"]
    for _ in range(3):
        signs = exact([1 if v > 0 else -1 for v in j @ r])
        r = signs @ j
        assert r.tolist() == case["limit"].tolist()

    def squared(v):
        return sum(abs(w) for w in j @ v) ** 2 / sum(w * w for w in v)

    assert squared(r) == case["squared_ratio"] < case["better_squared"] == squared(case["better"])


def _check_large_step() -> None:
    case = large_step()

    def value(x):
        return max(x[0], Fraction(0)) + x[1] / 10

    for xi, direction, expected in (case["far"], case["near"]):
        point = case["x"] + xi * case["start"]
        slope = exact([int(point[0] > 0), Fraction(1, 10)])
        sign = 1 if value(point) > value(case["x"]) else -1
        gradient = sign * slope
        assert all(gradient[0] * direction[1] == gradient[1] * direction[0] for _ in (0,))
        assert sum(gradient * direction) > 0
        length = sum(v * v for v in direction)
        # a short step, on the piece of x itself
        step = direction / 1000
        ratio = (value(case["x"] + step) - value(case["x"])) ** 2 / (length / 1000**2)
        assert ratio == (expected**2 if xi == 10 else expected)


@section.statement(
    "ALR-Eq16",
    spec_id="ALR-Eq16, B-72, B-73, B-74",
    locator="section 3.1, equation (16)",
    kind="algorithm",
    title="power iteration for the adversarial direction",
    wording="r ← ∇_r d(f(x), f(x + r)) at ξ r, divided by its 2-norm; r_adv = ε r_k with ε drawn from a distribution "
    "on the positive reals.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.adversarial_direction", "lipref.penalties.adversarial_pair"),
    errata=(STALLS, DEGENERATE, LARGE_STEP),
    proof="proofs/coq/AdversarialIteration.v",
    why="for the l2 distance and affine outputs: the iterates are those of power iteration on JᵀJ",
)
def check_direction(ctx: Context) -> None:
    _check_stalls()
    _check_large_step()
    flat = Chain(
        (Linear(ctx.place([[1.0], [0.0]]), ctx.place([-1.0, 0.0])), GroupSort(2), Linear(ctx.place([[0.0, 1.0]])))
    )
    kept = adversarial_direction(flat, ctx.place([[0.0]]), ctx.place([[1.0]]), xi=0.5, steps=2)
    assert float(kept[0, 0]) == 1.0, "where the gradient vanishes the direction is kept"
    _check_iteration(ctx, "l2")


def out_of_domain() -> Counterexample:
    """X = [-1, 1], x = 1, f = x, ε = 1: the iteration proposes x + r = 2."""
    return Counterexample(
        "the pair found lies in the domain",
        "on X = [-1, 1] at x = 1, for f(x) = x and ε = 1 from r₀ = 1, x + r_adv = 2 is outside X",
        {"domain": (Fraction(-1), Fraction(1)), "x": Fraction(1), "pair": Fraction(2)},
    )


DOMAIN = Erratum(
    "perturbed-point-outside",
    "B-78",
    "(14) admits x + r in X only; its approximation (16) does not look.",
    out_of_domain,
    "Project x + r onto X and divide by the distance that is left, or state the penalty on the whole space.",
)


def critic_sign() -> Counterexample:
    """Real samples at 1, generated ones at 0: the printed loss is least for f = x, and lowering f moves away from 1."""
    return Counterexample(
        "minimising the printed objective trains the critic of (5)",
        "for Pr = δ1 and Pg = δ0 the printed f(0) - f(1) is least, -1, at slope 1; a generator that minimises f(g) "
        "then moves left, away from 1. The critic of (5) has slope -1",
        {"real": Fraction(1), "generated": Fraction(0), "printed_slope": 1, "critic_slope": -1},
    )


SIGN = Erratum(
    "critic-sign",
    "B-71",
    "E_{Pg} f - E_{Pr} f + penalty is used as the loss of the critic.",
    critic_sign,
    "The critic of (5) minimises E_{Pr} f - E_{Pg} f + penalty.",
)


def _check_sign() -> None:
    case = critic_sign()
    slopes = [Fraction(s, 4) for s in range(-4, 5)]
    printed = min(slopes, key=lambda s: s * case["generated"] - s * case["real"])
    corrected = min(slopes, key=lambda s: s * case["real"] - s * case["generated"])
    assert printed == case["printed_slope"]
    assert corrected == case["critic_slope"]
    step = Fraction(1, 8)
    assert abs(case["generated"] - printed * step - case["real"]) > 1
    assert abs(case["generated"] - corrected * step - case["real"]) < 1


def _check_critic(ctx: Context, shape: str, closed) -> None:
    """The sign corrected, and the penalty in closed form, exactly."""
    _check_sign()

    def law(t):
        assert penalty(exact([t]), shape=shape)[0] == closed(t)

    ctx.property(law, t=fractions().map(abs))


@section.statement(
    "ALR-Eq17",
    spec_id="ALR-Eq17, B-71, B-78",
    locator="section 4, equation (17)",
    kind="definition",
    title="WGAN with the adversarial penalty",
    wording="E_{Pg} f - E_{Pr} f + λ E (|f(x) - f(x + r_adv)| / ‖r_adv‖₂ - 1)₊², minimised by the critic.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.penalty", "lipref.losses.kr"),
    errata=(SIGN, DOMAIN),
)
def check_wgan_alp(ctx: Context) -> None:
    case = out_of_domain()
    identity = Linear(exact([[1]]))
    (gradient,) = identity.backward(identity.forward(exact([[case["x"]]]))[1], exact([[1]]))[0].ravel()
    assert case["x"] + 1 * gradient == case["pair"] > case["domain"][1]
    _check_critic(ctx, "square", lambda t: max(t - 1, 0) ** 2)


@section.statement(
    "ALR-Eq18",
    spec_id="ALR-Eq18, B-75",
    locator="section 4, equation (18)",
    kind="definition",
    title="adversarial perturbation of the critic",
    wording="r_adv maximises |f(x) - f(x + r)| / ‖r‖₂ over r ≠ 0.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.adversarial_direction",),
    errata=(ARGMAX,),
)
def check_critic_adversary(ctx: Context) -> None:
    _check_argmax_missing()

    def law(w, start):
        if not float(np.dot(w, start)):
            return
        from lipref._array import to_numpy

        network = _affine(ctx, w)
        x = ctx.place(np.zeros((1, 3)))
        got = to_numpy(adversarial_direction(network, x, ctx.place(np.array(start)[None]), steps=1))[0]
        # one step gives ± the direction of the gradient, the sign that of the start
        expected = np.sign(np.dot(w, start)) * w / np.linalg.norm(w)
        assert np.max(np.abs(got - expected)) <= 16 * U

    ctx.property(law, w=vectors(3), start=vectors(3))


@section.statement(
    "ALR-Eq19",
    spec_id="ALR-Eq19, B-71",
    locator="section 4, equation (19)",
    kind="definition",
    title="WGAN with the two-sided explicit penalty",
    wording="As (17), with (ratio - 1)² on both sides of 1.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.penalty",),
    errata=(SIGN,),
)
def check_two_sided(ctx: Context) -> None:
    _check_critic(ctx, "two-sided-square", lambda t: (t - 1) ** 2)


@section.statement(
    "ALR-Eq20",
    spec_id="ALR-Eq20, B-71",
    locator="section 4, equation (20)",
    kind="definition",
    title="the penalty of the progressive GAN",
    wording="As (17), with the sum of the violation and its square.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.penalty",),
    errata=(SIGN,),
)
def check_progressive(ctx: Context) -> None:
    _check_critic(ctx, "hinge-plus-square", lambda t: max(t - 1, 0) ** 2 + max(t - 1, 0))


def square_of_mean() -> Counterexample:
    """Violations 0 and 2, equally likely: the square of the mean is 1, the mean of the squares 2."""
    return Counterexample(
        "adding the square of the expectation of the violation gives (17)",
        "violations 0 and 2 with equal probability: the square of their mean is 1, the mean of their squares, which "
        "stands in (17), is 2",
        {"violations": exact([0, 2]), "square_of_mean": Fraction(1), "mean_of_squares": Fraction(2)},
    )


@section.statement(
    "ALR-Reg",
    spec_id="ALR-Reg, B-76",
    locator="section 3.2",
    kind="remark",
    title="which reduction of the violation is added",
    wording="The expectation of (15) (semi-supervised), its square (WGAN), or both (progressive GAN).",
    verdict="holds_corrected",
    symbols=("lipref.penalties.pair_penalty",),
    errata=(
        Erratum(
            "square-of-expectation",
            "B-76",
            "For WGAN the square of the expectation of the violation is added.",
            square_of_mean,
            "The expectation of its square, as (17) has it.",
        ),
    ),
    proof="proofs/coq/AdversarialIteration.v",
)
def check_reduction(ctx: Context) -> None:
    case = square_of_mean()
    values = case["violations"]
    assert (sum(values) / 2) ** 2 == case["square_of_mean"]
    assert sum(values * values) / 2 == case["mean_of_squares"]

    def law(ratios):
        # what the penalty function means over a batch is the mean of squares
        terms = penalty(exact(ratios), shape="square")
        over = [max(t - 1, Fraction(0)) for t in ratios]
        assert sum(terms) / len(ratios) == sum(v * v for v in over) / len(ratios)
        assert (sum(over) / len(over)) ** 2 <= sum(terms) / len(terms)

    ctx.property(law, ratios=st.lists(fractions().map(abs), min_size=1, max_size=4))


section.add(
    "ALR-Hyper",
    locator="sections 3.2, 4 and appendix A.1",
    kind="experiment",
    title="hyper-parameters of the experiments",
    wording="WGAN: λ = 100, ξ = 10, ε uniform on [0.1, 10], one step, K = 1; others in appendix A.",
    verdict="not_executable",
    why="settings of image experiments that are not rerun here; the toy problem's optimiser, learning rate and ξ are "
    "not stated",
)
