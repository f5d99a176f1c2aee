"""MF, binary cross-entropy (section 4, appendix B).

Losses are compared in decimal arithmetic of 50 digits; minimisers come with lower bounds of the minimum.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref._array import epsilon, exact
from lipref.cross_entropy import (
    bce_gradient_bound,
    bce_minimiser_bound,
    bce_minimum,
    four_point_minimiser,
    four_point_thresholds,
    saturating_weights,
)
from lipref.errors import DomainError
from lipref.losses import bce, bce_backward, bce_forward
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import fractions
from lipref.transport import lipschitz_minimum, penalty_threshold, wasserstein_line

section = Section("MF")

DIGITS = 50
TINY = Decimal(10) ** -40
"""Above the rounding of the few operations in 50 digits on numbers below 10^4 that a check makes."""

SIGNS = st.sampled_from([1, -1])


def fifty_digits(function: Callable) -> Callable:
    """Run the function with decimals of 50 digits."""

    @functools.wraps(function)
    def precise(*arguments, **named):
        with localcontext(prec=DIGITS):
            return function(*arguments, **named)

    return precise


@fifty_digits
def decimal(value: Any) -> Decimal:
    """A fraction in 50 digits."""
    value = Fraction(value)
    return Decimal(value.numerator) / Decimal(value.denominator)


@fifty_digits
def softplus(z: Any) -> Decimal:
    """log(1 + e^z) in 50 digits."""
    power = decimal(z).exp()
    if z < -60:  # the 1 would take the digits of the power
        return power - power * power / 2
    return (1 + power).ln()


@fifty_digits
def sigmoid(z: Any) -> Decimal:
    """1/(1 + e^-z) in 50 digits."""
    return 1 / (1 + (-decimal(z)).exp())


@fifty_digits
def mean_loss(scores: Any, labels: Any) -> Decimal:
    """Mean cross-entropy."""
    return sum(softplus(-y * f) for y, f in zip(labels, scores)) / len(labels)


@st.composite
def samples(draw: Any, largest: int = 5, scores: int = 6) -> tuple[list, list, list]:
    """(points, labels, scores): distinct points of the line, both labels, any scores."""
    points = draw(st.lists(fractions(4), min_size=2, max_size=largest, unique=True))
    labels = [1, -1, *draw(st.lists(SIGNS, min_size=len(points) - 2, max_size=len(points) - 2))]
    values = draw(st.lists(fractions(scores), min_size=len(points), max_size=len(points)))
    return points, labels, values


@section.statement(
    "MF-LossBCE",
    locator="section 4, before proposition 3",
    kind="definition",
    title="binary cross-entropy",
    wording="L(f, y) = -log σ(y f) = log(1 + exp(-y f)) for logits f and labels y = ±1.",
    verdict="holds",
    symbols=("lipref.losses.bce",),
)
@fifty_digits
def check_loss(ctx: Context) -> None:
    def law(f, y):
        scores, labels = ctx.place([float(f)]), ctx.place([float(y)])
        got = float(bce(scores, labels, reduction="none")[0])
        wanted = float(softplus(-y * f))
        # the rounding of f, times the condition |f| at most; exp, log1p, their sum, and the rounding of `wanted`
        assert abs(got - wanted) <= (4 + abs(f)) * epsilon(ctx.xp, scores) * wanted, (f, y, got, wanted)

    ctx.property(law, f=fractions(30), y=SIGNS)
    for z in (1e4, -1e4, 800.0):
        assert math.isfinite(float(bce(ctx.place([z]), ctx.place([1.0]))))


@section.statement(
    "MF-Prop3",
    locator="section 4, proposition 3 and appendix B",
    kind="proposition",
    title="cross-entropy near 0 needs a large Lipschitz constant",
    wording="If the mean cross-entropy of f_t on a sample with two classes tends to 0, the Lipschitz constants of f_t "
    "tend to infinity.",
    verdict="holds",
    proof="proofs/coq/BinaryCrossEntropy.v",
    why="Checked in finite form: Lip(f) >= -2 log(exp(pE/2) - 1)/d for mean loss E on p points and d the least "
    "distance of points of different labels; the bound is attained and tends to infinity as E tends to 0.",
)
@fifty_digits
def check_proposition_3(ctx: Context) -> None:
    def bound(total):  # the least distance of two scores of different labels whose losses add up to at most `total`
        return -2 * ((total / 2).exp() - 1).ln()

    def law(sample):
        points, labels, scores = sample
        pairs = list(itertools.combinations(range(len(points)), 2))
        slope = max(abs(scores[i] - scores[j]) / abs(points[i] - points[j]) for i, j in pairs)
        nearest = min(abs(points[i] - points[j]) for i, j in pairs if labels[i] != labels[j])
        total = len(points) * mean_loss(scores, labels)
        assert decimal(slope * nearest) >= bound(total) - TINY

    def attained(q):
        assert abs(bound(2 * mean_loss([q, -q], [1, -1])) - decimal(2 * q)) <= TINY * 10**6  # e^(2q) <= 10^6 of slack

    ctx.property(law, sample=samples())
    ctx.property(attained, q=fractions(6).map(abs))
    bounds = [bound(Decimal(10) ** -k) for k in range(1, 6)]
    assert all(after - before > 4 for before, after in itertools.pairwise(bounds))  # 2 log 10 = 4.6 per decade


@section.statement(
    "MF-Eq3",
    locator="section 4, equation (3)",
    kind="equation",
    title="mean cross-entropy on a sample tends to 0",
    wording="lim_t (1/p) sum_i L(f_t(x_i), y_i) = 0.",
    verdict="holds",
    why="A hypothesis. Checked: it can be met, by f_t = t y on the sample, iff no point carries both labels; if one "
    "does, the mean is at least (2/p) log 2.",
)
@fifty_digits
def check_equation_3(ctx: Context) -> None:
    def consistent(sample, t):
        _, labels, _ = sample
        assert 0 < mean_loss([t * y for y in labels], labels) <= (-decimal(t)).exp()

    def contradictory(sample):
        _, labels, scores = sample
        labels, scores = [*labels, 1, -1], [*scores, scores[0], scores[0]]
        assert mean_loss(scores, labels) >= Decimal(2).ln() * 2 / len(labels) - TINY

    ctx.property(consistent, sample=samples(), t=st.integers(1, 50))
    ctx.property(contradictory, sample=samples())


def two_scores_zero() -> Counterexample:
    """Two points with different labels and f = 0: the losses add up to 2 log 2, the mean is log 2."""
    return Counterexample(
        "the losses of two examples with different labels add up to at most the mean loss",
        "for p = 2 and f = 0 both losses are log 2: their sum is 2 log 2 and their mean log 2",
        {"labels": (1, -1), "scores": (Fraction(0), Fraction(0)), "sum_over_log_2": 2, "mean_over_log_2": 1},
    )


PAIR_LOSS = Erratum(
    "pair-loss-factor",
    "E-11",
    "L(f(x_i), +1) + L(f(x_j), -1) is at most the mean loss.",
    two_scores_zero,
    "It is at most p times the mean loss, which suffices for the proof.",
)


@section.statement(
    "MF-Eq15",
    spec_id="MF-Eq15, E-11",
    locator="appendix B, equation (15)",
    kind="equation",
    title="two losses against the mean",
    wording="0 <= L(f(x_i), +1) + L(f(x_j), -1) <= E(f) for labels y_i = +1, y_j = -1.",
    verdict="holds_corrected",
    proof="proofs/coq/BinaryCrossEntropy.v",
    errata=(PAIR_LOSS,),
)
@fifty_digits
def check_equation_15(ctx: Context) -> None:
    case = two_scores_zero()
    log2 = Decimal(2).ln()
    assert abs(mean_loss(case["scores"], case["labels"]) - case["mean_over_log_2"] * log2) <= TINY
    assert abs(sum(map(softplus, case["scores"])) - case["sum_over_log_2"] * log2) <= TINY
    assert case["sum_over_log_2"] > case["mean_over_log_2"]

    def law(sample):
        _, labels, scores = sample
        i, j = labels.index(1), labels.index(-1)
        p = len(labels)
        pair = softplus(-scores[i]) + softplus(scores[j])
        assert 0 < pair <= p * mean_loss(scores, labels) + TINY

    ctx.property(law, sample=samples())


@section.statement(
    "MF-Eq16",
    locator="appendix B, equation (16)",
    kind="equation",
    title="vanishing losses force infinite logits",
    wording="If the losses of x_i (label +1) and x_j (label -1) tend to 0, f(x_i) tends to +inf and f(x_j) to -inf.",
    verdict="holds",
    why="Checked in finite form: L(f, +1) <= e iff f >= -log(exp(e) - 1).",
)
@fifty_digits
def check_equation_16(ctx: Context) -> None:
    def law(f, e):
        least = -(decimal(e).exp() - 1).ln()
        assert abs((1 + (-least).exp()).ln() - decimal(e)) <= TINY
        assert (softplus(-f) <= decimal(e)) == (decimal(f) >= least)

    ctx.property(law, f=fractions(6), e=st.sampled_from([Fraction(1, 100), Fraction(1, 3), Fraction(2)]))


@section.statement(
    "MF-Ex2",
    spec_id="MF-Ex2, E-20",
    locator="section 4, example 2",
    kind="example",
    title="linear models on separable data have no minimum",
    wording="For f(x) = W x + b and classes that a hyperplane separates strictly, the infimum 0 of the cross-entropy "
    "is not attained; it is approached along (t W, t b), t -> inf.",
    verdict="holds",
    symbols=("lipref.cross_entropy.saturating_weights",),
    why="Checked: the loss is positive, falls strictly in t, and is at most log(1 + exp(-t times the least margin)).",
)
@fifty_digits
def check_example_2(ctx: Context) -> None:
    def law(w, b, points, t):
        scores = [w[0] * u + w[1] * v + b for u, v in points]
        scores = [f for f in scores if f]
        if not scores:
            return
        labels = [1 if f > 0 else -1 for f in scores]
        least = min(map(abs, scores))
        before, after = (mean_loss([s * f for f in scores], labels) for s in (t, 2 * t))
        assert 0 < after < before <= softplus(-t * least)

    pair = st.tuples(fractions(), fractions())
    points = st.lists(pair, min_size=1, max_size=5)
    ctx.property(law, w=pair, b=fractions(), points=points, t=st.integers(1, 20))


@section.statement(
    "MF-Fig2a",
    spec_id="MF-Fig2a, E-20",
    locator="section 4, figure 2a",
    kind="figure",
    title="gradient descent flattens, Newton diverges, float32 gradients vanish",
    wording="On the points ±1 with labels ±1, ‖W‖ flattens under SGD, diverges under Newton's method, and in 32 bits "
    "the gradient soon vanishes.",
    verdict="holds",
    symbols=("lipref.cross_entropy.saturating_weights", "lipref.losses.bce_backward"),
    why="The figure's curves are not given as numbers. Checked are the recursions without bias: |exp(W_t) - 1 - t| <= "
    "W_t for gradient steps of rate 1, t + 1 <= W_t <= t + 1.2142 for Newton. float32 gradients vanish, from W = 16.64 "
    "on, when computed as σ - 1; computed as exp(-W)/(1 + exp(-W)) they do not.",
)
@fifty_digits
def check_figure_2a(ctx: Context) -> None:
    np = ctx.host
    steps = 2000
    descent = saturating_weights(steps, method="gradient")
    newton = saturating_weights(60, method="newton")
    unit = np.finfo(float).eps
    for t in ctx.cases(range(1, steps + 1)):
        w = descent[t]
        # exact: exp(h) lies between 1 + h and 1 + h + h², h = 1/(1 + exp(W)) <= 1/2, and the steps h add up to W_t.
        # steps do not expand errors and make at most 4 roundings of W; exp multiplies their sum by exp(W)
        slack = 4 * t * unit * w * math.exp(w)
        assert abs(math.exp(w) - 1 - t) <= w + slack, t
    for t in ctx.cases(range(1, 61)):
        assert t + 1 - 4 * t * t * unit <= newton[t] <= t + 1.2142  # 1.2142 > 1 + e^-2/(1 - 1/e), the sum of exp(-W_s)
        assert t == 1 or newton[t] - newton[t - 1] >= 1

    def single(w):
        scores, labels = ctx.place([w], "float32"), ctx.place([1.0], "float32")
        _, residuals = bce_forward(scores, labels)
        sigma = np.float32(1) / (np.float32(1) + np.exp(-np.float32(w)))
        return float(sigma - np.float32(1)), float(bce_backward(residuals, 0 * scores[0] + 1)[0])

    for w in ctx.cases((16.0, 17.0, 20.0, 60.0)):
        rounded, stable = single(w)
        assert (rounded == 0) == (w > 16.64)
        assert stable < 0


@section.statement(
    "MF-VG",
    locator="section 4, after example 2",
    kind="equation",
    title="the gradient of the loss vanishes for large logits",
    wording="|dL/df| tends to 0 as y f tends to infinity.",
    verdict="holds",
    symbols=("lipref.losses.bce_backward",),
    why="Checked in finite form: 0 < |dL/df| <= exp(-y f).",
)
@fifty_digits
def check_vanishing_gradient(ctx: Context) -> None:
    def law(f, y):
        scores, labels = ctx.place([float(f)]), ctx.place([float(y)])
        _, residuals = bce_forward(scores, labels)
        slope = float(bce_backward(residuals, 0 * scores[0] + 1)[0])
        # exp(-|z|), 1 + it, their quotient: 4 roundings
        assert 0 < -y * slope <= math.exp(-y * f) * (1 + 4 * epsilon(ctx.xp, scores))

    ctx.property(law, f=fractions(40), y=SIGNS)


def one_class() -> Counterexample:
    """All labels +1: the constants f = c have losses log(1 + exp(-c)), whose infimum 0 no function has."""
    return Counterexample(
        "on a compact X the minimum of the cross-entropy over L-Lipschitz functions is attained",
        "with the label +1 everywhere f = c has the loss log(1 + exp(-c)) < exp(-c), as small as one likes, and every "
        "f has a positive loss",
        {"labels": (1,), "constants": (Fraction(1), Fraction(10), Fraction(100))},
    )


ONE_CLASS = Erratum(
    "one-class-minimum",
    "E-5",
    "The minimum of the cross-entropy over L-Lipschitz functions on a compact set is attained.",
    one_class,
    "If both classes have positive mass. With one class the infimum 0 is not attained; with inf for min proposition 5 "
    "covers that case too.",
)


def ball_too_small() -> Counterexample:
    """X = {0, 1}, L = 1/10, label + at 0 with mass 999/1000, label - at 1: |f| <= 2 L D asks for a shift up."""
    return Counterexample(
        "the minimiser over L-Lipschitz functions has |f| <= 2 L diam X = 1/5",
        "for |f| <= 1/5 the derivative along constants is at most -(999 σ(-1/5) - σ(1/5))/1000 < 0, since "
        "σ(1/5)/σ(-1/5) = exp(1/5) < 5/4 < 999: no such f is a minimiser; one has max f >= log 999 > 6",
        {
            "points": (Fraction(0), Fraction(1)),
            "labels": (1, -1),
            "weights": (Fraction(999, 1000), Fraction(1, 1000)),
            "lipschitz": Fraction(1, 10),
            "printed_radius": Fraction(1, 5),
            "odds": Fraction(999),
        },
    )


SUP_NORM_BALL = Erratum(
    "sup-norm-ball",
    "E-5",
    "The minimiser of the cross-entropy over L-Lipschitz functions lies in the ball |f| <= 2 L diam X.",
    ball_too_small,
    "It takes values on both sides of β = log(π/(1 - π))/T, so |f| <= |β| + L diam X; for equal classes L diam X. The "
    "empirical β tends to β, so proposition 5 stays true for two classes.",
)


def _sorted_lipschitz(points, raw, constant):
    """An L-Lipschitz function through some of the raw values: min_j raw_j + L|x - x_j|."""
    return [min(v + constant * abs(x - z) for v, z in zip(raw, points)) for x in points]


@section.statement(
    "MF-Prop4",
    spec_id="MF-Prop4, E-5, E-22",
    locator="section 4, proposition 4 and appendix B",
    kind="proposition",
    title="the cross-entropy has a minimiser among L-Lipschitz functions",
    wording="For X compact and L > 0 the minimum of (4) is attained.",
    verdict="holds_corrected",
    proof="proofs/coq/BinaryCrossEntropy.v",
    symbols=("lipref.cross_entropy.bce_minimum", "lipref.cross_entropy.bce_minimiser_bound"),
    errata=(ONE_CLASS,),
    why="Checked: a function that leaves the bounds of `bce_minimiser_bound` is improved by a constant, so the infimum "
    "is one over an equicontinuous bounded family; attained minima on samples are found, with lower bounds. |f| > L "
    "diam X already forces one sign; the proof's factor 2 is not needed.",
)
@fifty_digits
def check_proposition_4(ctx: Context) -> None:
    case = one_class()
    losses = [softplus(-c) for c in case["constants"]]
    assert all(0 < loss < (-decimal(c)).exp() for loss, c in zip(losses, case["constants"]))
    try:
        bce_minimum(ctx.host.asarray([[0.0], [1.0]]), ctx.host.asarray([1, 1]))
    except DomainError:
        ctx.count += 1
    else:
        raise AssertionError("a minimum for one class")

    def improved(sample, constant, shift):
        points, labels, raw = sample
        scores = [v + shift for v in _sorted_lipschitz(points, raw, constant)]
        diameter = max(points) - min(points)
        prior = Fraction(labels.count(1), len(labels))
        beta = Fraction(math.log(prior / (1 - prior)))
        if max(map(abs, scores)) > constant * diameter:
            assert len({v > 0 for v in scores}) == 1, "both signs"
        move = min(max(beta, min(scores)), max(scores)) - beta  # 0 iff beta lies between the values
        moved = [v - move for v in scores]
        if abs(move) > Fraction(1, 10**9):  # beta is rounded: differences of the losses are of second order near 0
            assert mean_loss(moved, labels) < mean_loss(scores, labels)
        size = bce_minimiser_bound(prior, lipschitz=constant, diameter=diameter)
        assert float(max(map(abs, moved))) <= size * (1 + 1e-12)

    constants = st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(3)])
    ctx.property(improved, sample=samples(), constant=constants, shift=fractions(12))

    def found(sample, constant):
        points, labels, raw = sample
        x, y = np.array([[float(p)] for p in points]), np.array(labels)
        best = bce_minimum(x, y, lipschitz=float(constant))
        assert best.value - best.bound <= 1e-8
        other = mean_loss(_sorted_lipschitz(points, raw, constant), labels)
        assert best.bound <= float(other) * (1 + 1e-12) + 1e-9  # the solver's tolerance, 1e-10, on some constraints

    ctx.property(found, sample=samples(largest=4, scores=2), constant=constants)


@section.statement(
    "MF-Eq4",
    spec_id="MF-Eq4, E-5",
    locator="section 4, equation (4)",
    kind="equation",
    title="the minimiser of the cross-entropy",
    wording="f_L* is in argmin over Lip_L(X, R) of E L(f(x), y).",
    verdict="holds_corrected",
    symbols=("lipref.cross_entropy.bce_minimum",),
    errata=(ONE_CLASS,),
    why="Checked besides: two minimisers agree on the sample, by strict convexity; off the sample they need not.",
)
@fifty_digits
def check_equation_4(ctx: Context) -> None:
    def law(sample, others):
        _, labels, first = sample
        second = others[: len(first)]
        middle = [(a + b) / 2 for a, b in zip(first, second)]
        mean = (mean_loss(first, labels) + mean_loss(second, labels)) / 2
        assert mean_loss(middle, labels) <= mean + TINY
        if first != second:
            assert mean_loss(middle, labels) < mean

    ctx.property(law, sample=samples(), others=st.lists(fractions(6), min_size=5, max_size=5))
    # off the sample: |x| and -|x| - 0 agree at 0 only; both extend the value there with slope 1
    extensions = [lambda x: abs(x), lambda x: -abs(x)]
    assert {g(Fraction(0)) for g in extensions} == {0}
    assert len({g(Fraction(1)) for g in extensions}) == 2
    case = one_class()
    assert all(softplus(-c) > softplus(-2 * c) > 0 for c in case["constants"])


@section.statement(
    "MF-Scale",
    locator="section 4, after proposition 4",
    kind="remark",
    title="minimisers do not scale with L",
    wording="If f_L* minimises (4) for L, f_L*/L in general does not minimise it for L = 1.",
    verdict="holds",
    symbols=("lipref.cross_entropy.four_point_minimiser", "lipref.cross_entropy.bce_minimum"),
    why="Checked on example 3, where signs differ, and with what is true instead: f_L*/L minimises the loss of "
    "temperature T = L among 1-Lipschitz functions.",
)
@fifty_digits
def check_scale(ctx: Context) -> None:
    (_, _, five, _), _ = four_point_minimiser(5)
    (_, _, one, _), _ = four_point_minimiser(1)
    # 9u² + 8u = e^L has its root u = e^f(1) above 1 iff e^L > 17; e > 27/10
    assert Fraction(27, 10) ** 5 > 17
    assert five / 5 > 0 > one
    x, y, w = _four_points(ctx)
    for constant in ctx.cases((0.5, 2.0, 5.0)):
        value = four_point_minimiser(constant)[1]
        tempered = bce_minimum(x, y, w, lipschitz=1.0, temperature=constant)
        assert tempered.bound - 1e-9 <= value <= tempered.value + 1e-9  # the solver's tolerance


def _four_points(ctx: Context) -> tuple[Any, Any, Any]:
    np = ctx.host
    return np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([1, -1, 1, -1]), np.array([0.45, 0.05, 0.05, 0.45])


@section.statement(
    "MF-Ex3",
    spec_id="MF-Ex3, E-10",
    locator="section 4, example 3",
    kind="example",
    title="four points on which the minimiser of the loss is not that of the error",
    wording="Inputs -2, -1, 1, 2 with weights 0.9, 0.1, 0.1, 0.9 and labels +, -, +, -: high L lead to better fitting.",
    verdict="holds",
    symbols=("lipref.cross_entropy.four_point_minimiser", "lipref.cross_entropy.four_point_thresholds"),
    why="In closed form for every L, with proof by duality: -L x up to L = 1.1872 (v³ = 8v + 9, L = log v); all four "
    "signs right iff L > log 17 = 2.8332. The printed weights add up to 2; they are halved.",
)
@fifty_digits
def check_example_3(ctx: Context) -> None:
    np = ctx.host
    linear, right = four_point_thresholds()
    labels, weights = [1, -1, 1, -1], [0.45, 0.05, 0.05, 0.45]
    spots = exact([[-2], [-1], [1], [2]])
    assert abs(math.exp(3 * linear) - 8 * math.exp(linear) - 9) <= 1e-12
    for constant in ctx.cases((0.1, 0.5, 1.0, 1.2, 2.0, 2.833, 2.834, 3.0, 5.0, 10.0, 20.0, 600.0)):
        scores, value = four_point_minimiser(constant)
        assert max(abs(np.diff(scores)) / np.array([1, 2, 1])) <= constant * (1 + 1e-12)
        assert (scores[2] > 0) == (constant > right)
        assert (abs(scores[2] + constant) <= 1e-9) == (constant <= linear)
        # log(1 + e^-z) >= h(s) - s z for every s, h the entropy: with the slopes s of this f as masses, what is left is
        # a transport, so Σ w h(s) - L W is a lower bound of every loss; it meets the value
        slopes = [1 / (1 + math.exp(min(y * f, 700))) for y, f in zip(labels, scores)]
        entropy = sum(w * (np.logaddexp(0, -y * f) + s * y * f) for w, s, y, f in zip(weights, slopes, labels, scores))
        mass = [w * s for w, s in zip(weights, slopes)]
        assert abs((mass[0] + mass[2]) - (mass[1] + mass[3])) <= 1e-15  # equal by symmetry, four roundings below 1
        moved = (mass[0] + mass[2]) * float(wasserstein_line(spots.astype(float), np.array(labels), np.array(mass)))
        assert abs(value - (entropy - constant * moved)) <= 64 * np.finfo(float).eps * max(1, constant), constant


@section.statement(
    "MF-Fig2b",
    spec_id="MF-Fig2b, E-10",
    locator="section 4, figure 2b",
    kind="figure",
    title="shapes of the minimisers of example 3",
    wording="For L high enough an inflexion point appears; for small L points of small weight are treated as noise.",
    verdict="holds",
    symbols=("lipref.cross_entropy.four_point_minimiser",),
    why="The figure's networks are not reproduced. Checked are the values at the four points: linear up to L = 1.1872, "
    "slopes of two kinds beyond; the loss falls with L. Between -1 and 1 and beyond ±2 minimisers are not unique.",
)
@fifty_digits
def check_figure_2b(ctx: Context) -> None:
    linear, _ = four_point_thresholds()
    losses = []
    for k in ctx.cases(range(1, 60)):
        constant = k / 10
        (b, left, right, _), value = four_point_minimiser(constant)
        outer, inner = left - b, (right - left) / 2  # slopes on [-2, -1] and between -1 and 1
        assert abs(outer + constant) <= 1e-12
        assert (abs(inner - outer) <= 1e-9) == (constant <= linear)
        assert inner > -constant - 1e-12
        losses.append(value)
    assert all(ctx.host.diff(losses) < 0)


section.add(
    "MF-Fig3a",
    locator="section 4, figure 3a",
    kind="figure",
    title="training with cross-entropy on dogs and cats for several L",
    wording="Training loss and error against the epoch on two classes of CIFAR-10, five hidden layers of 512, higher L "
    "fits better.",
    verdict="not_executable",
    symbols=("lipref.networks.mlp", "lipref.losses.bce"),
    why="CIFAR-10 is not bundled, and the values of L are not in the text. The claim that a higher L fits better is "
    "checked on the four points of example 3 (MF-Fig2b).",
)

section.add(
    "MF-Fig3b",
    locator="section 4, figure 3b",
    kind="figure",
    title="training with the hinge loss on dogs and cats for several margins",
    wording="Training loss and error of 1-Lipschitz networks with hinge loss by epoch; small margins are easier.",
    verdict="not_executable",
    symbols=("lipref.networks.mlp", "lipref.losses.hinge"),
    why="CIFAR-10 is not bundled, and the margins are not in the text. Which margins can be met is checked by MF-Sep.",
)


@section.statement(
    "MF-LossBCET",
    spec_id="MF-LossBCET",
    locator="section 4, after example 3",
    kind="definition",
    title="binary cross-entropy with temperature",
    wording="L_T(f, y) = -log σ(y T f), T > 0.",
    verdict="holds",
    proof="proofs/coq/BinaryCrossEntropy.v",
    symbols=("lipref.losses.bce", "lipref.losses.bce_backward"),
    why="Checked with its derivative, -y T σ(-y T f).",
)
@fifty_digits
def check_temperature(ctx: Context) -> None:
    def law(f, y, t):
        scores, labels = ctx.place([float(f)]), ctx.place([float(y)])
        value, residuals = bce_forward(scores, labels, temperature=t)
        slope = float(bce_backward(residuals, 0 * value + 1)[0])
        wanted = softplus(-y * t * f)
        # f and t f are rounded, each by at most eps/2, and log(1 + e^-z) and its slope have condition max(1, |z|)
        slack = 8 * epsilon(ctx.xp, scores) * max(1, abs(float(t * f)))
        assert abs(float(value) - float(wanted)) <= slack * float(wanted)
        derivative = -y * decimal(t) * sigmoid(-y * t * f)
        assert abs(slope - float(derivative)) <= slack * abs(float(derivative))
        step = Fraction(1, 10**12)
        quotient = (softplus(-y * t * (f + step)) - softplus(-y * t * (f - step))) / decimal(2 * step)
        # the third derivative of log(1 + e^z) is at most 1/4 in absolute value
        assert abs(quotient - derivative) <= decimal(t**3 * step**2)

    ctx.property(law, f=fractions(20), y=SIGNS, t=st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(4)]))


@section.statement(
    "MF-Prop5",
    spec_id="MF-Prop5, E-5, E-22",
    locator="section 4, proposition 5 and appendix B",
    kind="proposition",
    title="the least training loss tends to the least loss",
    wording="For bounded X and i.i.d. samples, the minimum over Lip_L of the mean loss on p examples tends to that of "
    "the expected loss, almost surely.",
    verdict="holds_corrected",
    symbols=("lipref.cross_entropy.bce_minimiser_bound", "lipref.cross_entropy.bce_minimum"),
    errata=(SUP_NORM_BALL, ONE_CLASS),
    why="Checked: the inequality |min E_p - min E| <= sup |E_p - E| over a family; the corrected ball; the almost sure "
    "limit only through MF-Eq5. In the proof the sign of g is wrong: log(1 + exp(-y f)) is meant.",
)
@fifty_digits
def check_proposition_5(ctx: Context) -> None:
    case = ball_too_small()
    radius, (heavy, light) = case["printed_radius"], case["weights"]
    assert radius == 2 * case["lipschitz"] * (case["points"][1] - case["points"][0])
    assert heavy / light == case["odds"] > Fraction(5, 4) ** 22 > 1
    assert sigmoid(radius) < decimal(Fraction(5, 4)) * sigmoid(-radius)
    best = bce_minimum(
        ctx.host.array([[0.0], [1.0]]), ctx.host.array([1, -1]), ctx.host.array([0.999, 0.001]), lipschitz=0.1
    )
    # within 1e-8 of the minimum the derivative E' along constants has E'² <= 1e-8/2, the curvature being at most 1/4:
    # max f > 6.8 (else |E'| > 0.999 σ(-6.8) - 0.001 > 7.1e-5), and min f < β + 0.1 (else |E'| > 9e-5)
    assert max(best.scores) > 6.8 > radius
    size = bce_minimiser_bound(heavy, lipschitz=case["lipschitz"], diameter=1)
    assert max(abs(best.scores)) <= size + 0.1

    def law(rows):
        first, second = ([row[k] for row in rows] for k in (0, 1))
        assert abs(min(first) - min(second)) <= max(abs(a - b) for a, b in rows)

    ctx.property(law, rows=st.lists(st.tuples(fractions(), fractions()), min_size=1, max_size=6))

    def two_sided(sample, constant):
        points, labels, _ = sample
        x, y = np.array([[float(p)] for p in points]), np.array(labels)
        best = bce_minimum(x, y, lipschitz=float(constant))
        prior = labels.count(1) / len(labels)
        # as above |E'| <= 7.1e-5, and E' = σ(β + d) - π at least, were f > β + d; σ' >= 0.18 at β, for π in [1/4, 3/4]
        drift = np.mean(-y / (1 + np.exp(y * best.scores)))
        assert abs(drift) <= 7.1e-5
        bounds = {"lipschitz": constant, "diameter": max(points) - min(points)}
        assert max(abs(best.scores)) <= bce_minimiser_bound(prior, **bounds) + 4e-4
        slopes = 1 / (1 + np.exp(y * best.scores))
        assert min(slopes) >= bce_gradient_bound(prior, **bounds) * (1 - 4e-4)  # the logarithm of σ is 1-Lipschitz

    constants = st.sampled_from([Fraction(1, 4), Fraction(1)])
    ctx.property(two_sided, sample=samples(largest=4), constant=constants)


@section.statement(
    "MF-Eq5",
    spec_id="MF-Eq5, E-5",
    locator="section 4, equation (5)",
    kind="equation",
    title="almost sure convergence of the minimum",
    wording="min over Lip_L of E_p tends almost surely to min over Lip_L of E as p tends to infinity.",
    verdict="holds_corrected",
    symbols=("lipref.cross_entropy.bce_minimum",),
    errata=(ONE_CLASS,),
    why="Checked in finite form, X = {0, 1} with one label each: the minima for class frequencies q and π differ by "
    "at most |q - π| log(1 + e^K), K the bound of both minimisers; for samples of size p, |q - π| is below five "
    "standard deviations.",
)
@fifty_digits
def check_equation_5(ctx: Context) -> None:
    np = ctx.host
    x, y = np.array([[0.0], [1.0]]), np.array([1, -1])
    prior = 0.7

    def least(q):
        return bce_minimum(x, y, np.array([q, 1 - q]), lipschitz=1.0)

    target = least(prior)
    for p in ctx.cases((100, 10_000, 1_000_000)):
        q = ctx.rng.binomial(p, prior) / p
        assert abs(q - prior) <= 5 * math.sqrt(prior * (1 - prior) / p)
        size = max(bce_minimiser_bound(v, lipschitz=1, diameter=1) for v in (q, prior))
        gap = least(q).value - target.value
        assert abs(gap) <= abs(q - prior) * math.log1p(math.exp(size)) + 2e-8


def kr_without_bound() -> Counterexample:
    """P = δ_0 with prior 3/5, Q = δ_1: f = c has E[-y f] = -c/5."""
    return Counterexample(
        "over 1-Lipschitz functions the minimum of E[-y f] is attained",
        "the constants f = c have the value -(2π - 1) c = -c/5, unbounded below",
        {"prior": Fraction(3, 5), "slope_along_constants": Fraction(-1, 5)},
    )


def hkr_without_bound() -> Counterexample:
    """π = 4/5, λ = 29/10, below the threshold 3: the loss falls along the constants f = c >= m."""
    return Counterexample(
        "over 1-Lipschitz functions the minimum of E[-y f + λ max(0, m - y f)] is attained",
        "for f = c >= m the value is -(2π - 1) c + λ (1 - π)(m + c) = -c/50 + 29m/50, unbounded below",
        {"prior": Fraction(4, 5), "penalty": Fraction(29, 10), "threshold": Fraction(3), "slope": Fraction(-1, 50)},
    )


def both_labels_on_one_point() -> Counterexample:
    """One point with both labels: f = 0 attains the minimum log 2 of the cross-entropy among all functions."""
    return Counterexample(
        "for unconstrained functions the minimum of the cross-entropy is not attained",
        "with the labels +1 and -1 on one point the losses at f add up to log(2 + e^f + e^-f), least at f = 0",
        {"labels": (1, -1), "minimiser": Fraction(0), "other": Fraction(1)},
    )


KR_PRIOR_TABLE = Erratum(
    "kr-prior-table",
    "E-3",
    "Wasserstein, 1-Lipschitz: the minimum is attained and equals W(P, Q).",
    kr_without_bound,
    "For equal priors, or class-balanced means, and finite first moments; its value is then -W/2, or -W.",
)
HKR_THRESHOLD = Erratum(
    "hkr-threshold",
    "E-3",
    "hKR, 1-Lipschitz: the minimum is attained.",
    hkr_without_bound,
    "If λ min(π, 1 - π) >= |2π - 1|; below that threshold the loss is unbounded below.",
)
SEPARABLE_ONLY = Erratum(
    "ill-defined-when-separable",
    "E-23",
    "Cross-entropy, unconstrained: the minimum is ill-defined.",
    both_labels_on_one_point,
    "For samples without contradictory labels. With noise the minimum over all functions is attained.",
)


@section.statement(
    "MF-Tab1",
    spec_id="MF-Tab1, E-3, E-5, E-23",
    locator="section 4, table 1",
    kind="table",
    title="which losses have a minimum, with and without a Lipschitz constraint",
    wording="Attained over L-Lipschitz functions: cross-entropy, Wasserstein (with minimum W), hinge and hKR; over "
    "unconstrained ones hinge alone; consistent estimators when constrained, not otherwise.",
    verdict="holds_corrected",
    symbols=("lipref.transport.lipschitz_minimum", "lipref.transport.penalty_threshold"),
    errata=(KR_PRIOR_TABLE, HKR_THRESHOLD, ONE_CLASS, SEPARABLE_ONLY),
    why="Checked are the cells on minimisers. Consistency is MF-Prop5; that unconstrained networks are not consistent "
    "is overclaimed, networks of one architecture having a finite VC dimension. 'In practice' is not decidable here.",
)
@fifty_digits
def check_table_1(ctx: Context) -> None:
    pair, signs = exact([[0], [1]]), np.array([1, -1])

    def attained(prior, **loss):
        weights = exact([prior, 1 - prior])
        try:
            best = lipschitz_minimum(pair, signs, weights, **loss)
        except DomainError:
            return None
        assert best.value == best.bound
        return best.value

    def constants(prior, penalty, margin, c):  # the loss of f = c
        positive, negative = (max(Fraction(0), margin - v) for v in (c, -c))
        return -(2 * prior - 1) * c + penalty * (prior * positive + (1 - prior) * negative)

    kr, hkr = kr_without_bound(), hkr_without_bound()
    assert constants(kr["prior"], 0, 1, 10) == 10 * kr["slope_along_constants"]
    low, high = (constants(hkr["prior"], hkr["penalty"], 1, c) for c in (10, 20))
    assert high - low == 10 * hkr["slope"]
    assert penalty_threshold(hkr["prior"]) == hkr["threshold"] > hkr["penalty"]

    def law(prior, excess, margin):
        assert (attained(prior, kr=1) is not None) == (prior == Fraction(1, 2))
        threshold = penalty_threshold(prior)
        for penalty in (threshold + excess, max(Fraction(0), threshold - excess)):
            value = attained(prior, hinge=penalty, margin=margin)
            assert (value is not None) == (penalty >= threshold), (prior, penalty)
        assert attained(prior, kr=0, hinge=1, margin=margin) == max(Fraction(0), 2 * margin - 1) * min(prior, 1 - prior)

    priors = st.integers(1, 9).map(lambda k: Fraction(k, 10))
    steps = st.sampled_from([Fraction(1, 100), Fraction(1, 7)])
    ctx.property(law, prior=priors, excess=steps, margin=st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(3, 4)]))
    noise = both_labels_on_one_point()
    both = [mean_loss([f, f], noise["labels"]) for f in (noise["minimiser"], noise["other"], -noise["other"])]
    assert both[0] < both[1] == both[2]
