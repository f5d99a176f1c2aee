"""SO, section 4.3: margins, certificates, the hinge loss, attacks."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import epsilon, exact
from lipref.attacks import f6, f6_forward
from lipref.certificates import margin, radius
from lipref.layers import Chain, GroupSort, Linear
from lipref.losses import multiclass_hinge, multiclass_hinge_backward, multiclass_hinge_forward
from lipref.norms import operator_norm, vector_norm
from lipref.projections import row_normalize
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions

section = Section("SO")

LABELS = st.integers(0, 2)


def _label(t: int) -> np.ndarray:
    return np.asarray(t, dtype=np.int64)


@section.statement(
    "SO-Eq4",
    locator="000, section 4.3, equation (4); 001, equation (3)",
    kind="definition",
    title="margin of a classifier",
    wording="M(x) = max(0, y_t - max_{i≠t} y_i) for logits y and the class t of x.",
    verdict="holds",
    proof="proofs/coq/Margin.v",
    symbols=("lipref.certificates.margin",),
)
def check_margin(ctx: Context) -> None:
    def law(logits, t):
        others = [y for i, y in enumerate(logits) if i != t]
        assert margin(logits, _label(t)) == max(0, logits[t] - max(others))

    ctx.property(law, logits=arrays(3), t=LABELS)


def _flip(point: Fraction, delta: Fraction, printed: str) -> Counterexample:
    """The logits (x, -x), each 1-Lipschitz in the inf-norm, at `point` and after the change `delta`."""
    logits = tuple(exact([x, -x]) for x in (point, point + delta))
    return Counterexample(
        f"logits (x, -x), K = 1, eps = 1, x = {point}: M = {2 * point} > {printed}, so no |delta| < 1 changes the "
        "class",
        f"delta = {delta} gives the logits ({point + delta}, {-point - delta}), of the other class",
        {
            "lipschitz": Fraction(1),
            "eps": Fraction(1),
            "x": point,
            "delta": delta,
            "before": logits[0],
            "after": logits[1],
        },
    )


def margin_over_half() -> Counterexample:
    """M = 4/5 > K eps/2 = 1/2, and delta = -9/10 changes the class."""
    return _flip(Fraction(2, 5), Fraction(-9, 10), "K eps/2 = 1/2")


def margin_over_one() -> Counterexample:
    """M = 6/5 > K eps = 1, and delta = -4/5 changes the class."""
    return _flip(Fraction(3, 5), Fraction(-4, 5), "K eps = 1")


MARGIN_FACTOR = Erratum(
    "margin-factor",
    "B-50",
    "If M(x) > K eps/2 the network is robust to all perturbations of inf-norm below eps.",
    margin_over_half,
    "M(x) >= 2 K eps is needed when each logit is K-Lipschitz, and suffices for ‖delta‖ < eps: the radius is M/(2K), "
    "and attained. With logits jointly K-Lipschitz into l2 it is M/(√2 K). A hinge margin of 0.3 K certifies 0.15.",
)

MARGIN_FACTOR_FIGURE = Erratum(
    "margin-factor-figure",
    "B-50",
    "The lower bound of adversarial accuracy counts points whose margin is at least K eps.",
    margin_over_one,
    "Points whose margin is at least 2 K eps.",
)


def _check_flip(case: Counterexample, factor: Fraction) -> None:
    """The printed condition M > factor·K·eps holds, the perturbation is lawful, and the class changes."""
    k, eps, delta = case["lipschitz"], case["eps"], case["delta"]
    assert abs(case["after"][0] - case["before"][0]) == k * abs(delta), "a logit is not K-Lipschitz"
    assert margin(case["before"], _label(0)) > factor * k * eps
    assert abs(delta) < eps
    assert case["after"][1] > case["after"][0], "the class did not change"
    assert radius(case["before"], _label(0), lipschitz=k, kind="per-logit") <= abs(delta)


def _linf_network(w1, b1, w2, gain):
    """Hidden rows of l1 norm 1, output rows of l1 norm `gain`: every logit is gain-Lipschitz in the inf-norm."""
    return Chain((Linear(row_normalize(w1, 1), b1), GroupSort(2), Linear(row_normalize(w2, 1, gain))))


def _nonzero_rows(m: int, n: int):
    return arrays(m, n).map(lambda w: w + exact([[not row.any() for _ in row] for row in w]))


@section.statement(
    "SO-Cert",
    spec_id="SO-Cert, B-50",
    locator="000 and 001, section 4.3, after the margin",
    kind="proposition",
    title="a margin certifies robustness",
    wording="For a network with Lipschitz constant K in the inf-norm, M(x) > K eps/2 implies robustness to all "
    "‖delta‖_inf < eps.",
    verdict="refuted",
    symbols=("lipref.certificates.radius", "lipref.certificates.margin"),
    errata=(MARGIN_FACTOR,),
    proof="proofs/coq/Margin.v",
)
def check_certificate(ctx: Context) -> None:
    _check_flip(margin_over_half(), Fraction(1, 2))

    def certified(w1, b1, w2, gain, x, direction):
        network = _linf_network(w1, b1, w2, gain)
        logits = network(x)
        t = max(range(3), key=lambda i: logits[i])
        reach = radius(logits, _label(t), lipschitz=gain, kind="per-logit")
        size = vector_norm(direction, math.inf)
        if size == 0 or reach == 0:
            return
        moved = network(x + direction * (reach / size) * Fraction(999, 1000))
        assert all(moved[t] > moved[i] for i in range(3) if i != t), "a certified class changed"

    def linear_is_exact(w, bias, x):
        # the least ‖delta‖_inf that reaches y_i = y_t is (y_t - y_i)/‖w_t - w_i‖_1, never below the certified radius
        logits = w @ x + bias
        t = max(range(3), key=lambda i: logits[i])
        reach = radius(logits, _label(t), lipschitz=operator_norm(w, math.inf), kind="per-logit")
        for i in range(3):
            if i != t and any(w[t] - w[i]):
                assert (logits[t] - logits[i]) / vector_norm(w[t] - w[i], 1) >= reach

    def sharp(x, k):  # logits k (x, -x): at the radius there is a tie
        logits = exact([k * x, -k * x])
        reach = radius(logits, _label(0), lipschitz=k, kind="per-logit")
        assert reach == x
        assert margin(logits - k * exact([reach, -reach]), _label(0)) == 0

    shapes = {"w1": _nonzero_rows(4, 3), "b1": arrays(4), "w2": _nonzero_rows(3, 4)}
    gain = st.sampled_from([Fraction(1), Fraction(5, 2)])
    ctx.property(certified, **shapes, gain=gain, x=arrays(3), direction=arrays(3))
    ctx.property(linear_is_exact, w=_nonzero_rows(3, 3), bias=arrays(3), x=arrays(3))
    ctx.property(sharp, x=fractions().map(lambda v: abs(v) + 1), k=gain)

    def joint_l2(gap):  # logits (x, -x)/√2, jointly 1-Lipschitz: the radius M/√2 is x itself, where they tie
        placed = ctx.place([gap / 2**0.5, -gap / 2**0.5])
        label = ctx.xp.asarray(0, device=placed.device)
        reach = float(radius(placed, label, lipschitz=1, kind="joint-l2"))
        assert abs(reach - gap) <= 8 * epsilon(ctx.xp, placed) * gap  # two roundings of √2, three of quotients

    ctx.property(joint_l2, gap=st.sampled_from([0.25, 1.0, 3.0]))


@section.statement(
    "SO-Eq5",
    locator="000, section 4.3, equation (5); 001, equation (4)",
    kind="equation",
    title="multiclass hinge loss",
    wording="L(y, t) = sum over i≠t of max(0, κ - (y_t - y_i)); κ depends on K and the wanted radius.",
    verdict="holds",
    proof="proofs/coq/Margin.v",
    symbols=("lipref.losses.multiclass_hinge", "lipref.losses.multiclass_hinge_backward"),
    why="That κ = 0.3 K certifies only 0.15 is part of margin-factor.",
)
def check_hinge(ctx: Context) -> None:
    def law(logits, t, kappa, direction):
        def loss(y):
            return sum(max(Fraction(0), kappa - (y[t] - y[i])) for i in range(3) if i != t)

        batch, labels = logits[None, :], _label(t)[None]
        (value,), residuals = multiclass_hinge_forward(batch, labels, kappa, reduction="none")
        assert value == multiclass_hinge(batch, labels, kappa, reduction="sum") == loss(logits)
        assert (value == 0) == (logits[t] - max(logits[i] for i in range(3) if i != t) >= kappa)
        if value == 0:
            assert radius(logits, _label(t), lipschitz=1, kind="per-logit") >= kappa / 2
        step = Fraction(1, 2**30)
        ahead, behind = loss(logits + step * direction), loss(logits - step * direction)
        if ahead + behind == 2 * value:  # no kink within the step
            gradient = multiclass_hinge_backward(residuals, exact([1]))[0]
            assert gradient @ direction == (ahead - behind) / (2 * step)

    kappa = st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(3)])
    ctx.property(law, logits=arrays(3), t=LABELS, kappa=kappa, direction=arrays(3))


section.add(
    "SO-Rob-setup",
    locator="000, section 7.4 and appendix G.4; 001, section 7.4",
    kind="experiment",
    title="training of robust MNIST classifiers",
    wording="Fully connected 3 × 1024 networks with rows in the l1 ball, K = 1000, hinge margins 0.1 K and 0.3 K, "
    "attacked by FGS and PGD on the loss f_6.",
    verdict="not_executable",
    symbols=("lipref.constraints.L1Rows", "lipref.losses.multiclass_hinge", "lipref.attacks.pgd"),
    why="MNIST is not bundled; learning rate, epochs and batch size are not stated. The parts are checked by "
    "themselves.",
)


@section.statement(
    "SO-CW-f6",
    locator="000 and 001, section 7.4 and appendix G.4 (cited there, not written down)",
    kind="equation",
    title="the loss that attacks reduce",
    wording="f_6 of Carlini and Wagner; untargeted: y_t - max_{i≠t} y_i, positive iff the class t is predicted.",
    verdict="holds",
    symbols=("lipref.attacks.f6", "lipref.attacks.f6_forward"),
    why="The paper only cites it; this untargeted form is what the package uses.",
)
def check_f6(ctx: Context) -> None:
    def law(logits, t):
        placed = ctx.place(logits.astype(float))
        label = ctx.xp.asarray(t, device=placed.device)
        value, gradient = f6_forward(placed, label)
        expected = logits.astype(float)[t] - max(float(y) for i, y in enumerate(logits) if i != t)
        assert float(f6(placed, label)) == float(value) == expected  # one subtraction of the same numbers
        assert max(0.0, expected) == float(margin(placed, label))
        best = max((i for i in range(3) if i != t), key=lambda i: logits[i])
        slope = [float(gradient[i]) for i in range(3)]
        assert slope == [float(i == t) - float(i == best) for i in range(3)]

    ctx.property(law, logits=arrays(3), t=LABELS)


@section.statement(
    "SO-LB",
    spec_id="SO-LB, B-50",
    locator="000, figure 9; 001, section 7.4",
    kind="figure",
    title="the certified lower bound of adversarial accuracy",
    wording="The fraction of points whose margin is at least K eps bounds the accuracy under attacks of size eps from "
    "below.",
    verdict="refuted",
    proof="proofs/coq/Margin.v",
    symbols=("lipref.certificates.certified_accuracy", "lipref.certificates.radius"),
    errata=(MARGIN_FACTOR_FIGURE,),
    why="The corrected bound is checked on linear classifiers, whose accuracy under the worst attack is known exactly.",
)
def check_lower_bound(ctx: Context) -> None:
    _check_flip(margin_over_one(), Fraction(1))

    def law(w, points, labels, eps):
        k = operator_norm(w, math.inf)
        certified = survive = 0
        for x, t in zip(points, labels):
            logits = w @ x
            certified += margin(logits, _label(t)) > 2 * k * eps
            worst = (logits[t] - logits[i] - eps * vector_norm(w[t] - w[i], 1) for i in range(len(w)) if i != t)
            survive += all(gap > 0 for gap in worst)
        assert certified <= survive, "more points certified than survive the worst attack"

    points = st.lists(arrays(2), min_size=4, max_size=4)
    labels = st.lists(LABELS, min_size=4, max_size=4)
    eps = st.sampled_from([Fraction(1, 10), Fraction(1, 2)])
    ctx.property(law, w=_nonzero_rows(3, 2), points=points, labels=labels, eps=eps)
    case = margin_over_one()
    law(exact([[1], [-1]]), [exact([case["x"]])], [0], case["eps"])
