"""MF, gradients, residual networks, optimal transport view, experiments (appendices D to G)."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref._array import Array, exact, to_numpy
from lipref.layers import Activation, Chain, GroupSort, Linear
from lipref.losses import bce_backward, bce_forward
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import arrays, fractions, identity, normsq, orthogonal, weights
from lipref.transport import bce_transport_bias, bce_transport_weights

section = Section("MF")

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)
EPS = float(np.finfo(np.float64).eps)


@st.composite
def _networks(draw: Any) -> tuple[Chain, Array, Array]:
    """(exact network of 1-Lipschitz layers from R^3 to R^2, input, cotangent of its output)."""
    layers: list[Any] = []
    for m, n in ((4, 3), (4, 4), (2, 4)):
        layers += [Linear(draw(weights(m, n)), draw(arrays(m))), draw(st.sampled_from([GroupSort(2), GroupSort(4)]))]
        if draw(st.booleans()):
            layers[-1] = Activation("relu")
    return Chain(tuple(layers[:-1])), draw(arrays(3)), draw(arrays(2))


def _backward(network: Chain, x: Array, dy: Array) -> list[tuple[Array, Array, Array]]:
    """(input of the layer, gradient of its weight, gradient of its bias), for each linear layer."""
    _, residuals = network.forward(x)
    _, grads = network.backward(residuals, dy)
    triples = zip(network.layers, residuals.layers, grads.layers, strict=True)
    return [(saved.x, grad.weight, grad.bias) for layer, saved, grad in triples if isinstance(layer, Linear)]


# Appendix D: gradients of parameters


def shared_bias() -> Counterexample:
    """One weight and one bias for 16 positions, f = Σ h/4: the derivative with respect to the bias is 4."""
    return Counterexample(
        "each layer is 1-Lipschitz and affine, so the gradient with respect to a bias is at most that of the loss, 1",
        "h = w x + b on 16 positions with w = 1, f = Σ h/4: ∂f/∂b = 16/4 = 4",
        {"positions": 16, "readout": Fraction(1, 4), "squared_norm_of_readout": ONE, "gradient": Fraction(4)},
    )


SHARED_WEIGHTS = Erratum(
    "shared-weights",
    "E-18",
    "No parameter of a network of 1-Lipschitz affine layers has a gradient above ‖∇L‖ ‖H‖, or ‖∇L‖ for biases.",
    shared_bias,
    "For dense layers with weights of their own and one example (for mean losses, the mean of the bounds). A parameter "
    "that is shared by p positions gains up to √p, and parameters behind a reparametrisation (spectral, Björck) have "
    "the gradient of that map besides. That ‖H‖ does not explode needs ‖H_i(x)‖ <= ‖x‖ + Σ ‖B_j‖, which holds if the "
    "activations fix 0.",
)


def _check_shared(case: Counterexample) -> None:
    positions, readout = case["positions"], case["readout"]
    ones = exact([[1]] * positions)
    network = Linear(exact([[readout] * positions]))
    assert normsq(network.weight) == case["squared_norm_of_readout"] == 1
    _, residuals = network.forward(ones[:, 0])
    dh, _ = network.backward(residuals, exact([1]))
    assert sum(dh) == case["gradient"] > 1  # dh/db = 1 at every position


def _check_bounds(drawn: tuple[Chain, Array, Array]) -> None:
    """Squares of (17) and (18) at every linear layer, in the Frobenius norm, which is not below the operator norm."""
    network, x, dy = drawn
    for h, dweight, dbias in _backward(network, x, dy):
        assert normsq(dweight) <= normsq(dy) * normsq(h), "a weight gradient above the bound"
        assert normsq(dbias) <= normsq(dy), "a bias gradient above the bound"


@section.statement(
    "MF-Prop9",
    spec_id="MF-Prop9, E-18",
    locator="appendix D, proposition 9",
    kind="proposition",
    title="no exploding gradients",
    wording="In a chain of 1-Lipschitz affine layers and activations the gradient of the loss with respect to a weight "
    "is at "
    "most ‖∇L‖ times the norm of the layer's input, with respect to a bias at most ‖∇L‖.",
    verdict="holds_corrected",
    symbols=("lipref.layers.Linear", "lipref.layers.Chain", "lipref.groupsort.groupsort_backward"),
    errata=(SHARED_WEIGHTS,),
    proof="proofs/coq/Backpropagation.v",
)
def check_no_explosion(ctx: Context) -> None:
    _check_shared(shared_bias())

    def law(drawn):
        _check_bounds(drawn)
        network, x, _ = drawn
        # ‖H‖ <= ‖x‖ + Σ ‖B‖, with roots: by floats of exact squares
        reach, h = math.sqrt(normsq(x)), x
        for layer in network.layers:
            h = layer(h)
            if isinstance(layer, Linear):
                reach += math.sqrt(normsq(layer.bias))
            assert math.sqrt(normsq(h)) <= reach * (1 + 16 * EPS)

    ctx.host  # noqa: B018  floats on the host
    ctx.property(law, drawn=_networks())


@section.statement(
    "MF-Eq17",
    locator="appendix D, equation (17)",
    kind="equation",
    title="gradient of a weight",
    wording="‖∇_W L‖ <= ‖∇_ỹ L‖ ‖H(x)‖, H(x) the input of the layer.",
    verdict="holds",
    symbols=("lipref.layers.Linear",),
    why="For one example the gradient has rank one, so operator and Frobenius norm agree; equality where the layers "
    "behind it preserve gradient norm.",
)
def check_weight_gradient(ctx: Context) -> None:
    def law(q1, q2, b1, x, dy):
        network = Chain((Linear(q1[:, :3], b1), GroupSort(2), Linear(q2)))
        for h, dweight, _ in _backward(network, x, dy):
            assert normsq(dweight) == normsq(dy) * normsq(h)
            rows = [row for row in dweight if normsq(row)]
            assert all(normsq(row) * normsq(h) == (row @ h) ** 2 for row in rows), "not of rank one"

    ctx.property(law, q1=orthogonal(4), q2=orthogonal(4), b1=arrays(4), x=arrays(3), dy=arrays(4))
    ctx.property(_check_bounds, drawn=_networks())


@section.statement(
    "MF-Eq18",
    locator="appendix D, equation (18)",
    kind="equation",
    title="gradient of a bias",
    wording="‖∇_B L‖ <= ‖∇_ỹ L‖.",
    verdict="holds",
    symbols=("lipref.layers.Linear",),
    why="Equality where the layers behind it preserve gradient norm.",
)
def check_bias_gradient(ctx: Context) -> None:
    def law(q1, q2, b1, b2, x, dy):
        network = Chain((Linear(q1, b1), GroupSort(4), Linear(q2, b2)))
        for _, _, dbias in _backward(network, x, dy):
            assert normsq(dbias) == normsq(dy)

    ctx.property(law, q1=orthogonal(4), q2=orthogonal(4), b1=arrays(4), b2=arrays(4), x=arrays(4), dy=arrays(4))
    ctx.property(_check_bounds, drawn=_networks())


def wrong_layer() -> Counterexample:
    """f = w2 w1 x with x = 3, w1 = 1/2, w2 = 1/3: the derivative with respect to w1 is 1."""
    return Counterexample(
        "∇_θ L = ∇L · M · J_θ h^j for a parameter θ of layer i, j the index of the product, which ends at i + 1",
        "with θ = w1 and j = 2 the last factor is ∂h²/∂w1 = 0, and the derivative is w2 x = 1",
        {"x": Fraction(3), "w1": HALF, "w2": Fraction(1, 3), "derivative": ONE, "printed": ZERO},
    )


LAYER_INDEX = Erratum(
    "layer-index",
    "E-18",
    "The chain rule ends with J_θ h^j, where j is the bound index of the product; M is both the depth and that "
    "product.",
    wrong_layer,
    "It ends with J_θ h^i, the layer that holds θ, at H^{i-1}(x).",
)


def _check_wrong_layer(case: Counterexample) -> None:
    network = Chain((Linear(exact([[case["w1"]]])), Linear(exact([[case["w2"]]]))))
    _, residuals = network.forward(exact([case["x"]]))
    _, grads = network.backward(residuals, exact([1]))
    assert grads.layers[0].weight[0, 0] == case["derivative"] != case["printed"]


def _jacobian(layer: Any, residuals: Any, width: int) -> Array:
    """J of a layer at its residuals, column by column."""
    return np.stack([layer.jvp(residuals, column) for column in identity(width)], axis=-1)


@section.statement(
    "MF-Eq19",
    spec_id="MF-Eq19, E-18",
    locator="appendix D, equation (19)",
    kind="equation",
    title="chain rule for a parameter",
    wording="∇_θ L = ∇_ỹ L · (product of the Jacobians of the layers behind layer i) · J_θ h^i.",
    verdict="holds_corrected",
    symbols=("lipref.layers.Chain",),
    errata=(LAYER_INDEX,),
    proof="proofs/coq/Backpropagation.v",
)
def check_chain_rule(ctx: Context) -> None:
    _check_wrong_layer(wrong_layer())

    def law(drawn):
        network, x, dy = drawn
        _, residuals = network.forward(x)
        _, grads = network.backward(residuals, dy)
        for i, layer in enumerate(network.layers):
            if not isinstance(layer, Linear):
                continue
            h, row = residuals.layers[i].x, dy
            behind = list(zip(network.layers, residuals.layers))[i + 1 :]
            product = identity(layer.weight.shape[0])
            for later, saved in behind:
                product = _jacobian(later, saved, product.shape[0]) @ product
            row = dy @ product
            assert grads.layers[i].bias.tolist() == row.tolist()  # J_B h = I
            assert grads.layers[i].weight.tolist() == (row[:, None] * h[None, :]).tolist()  # J_W h = ⊗ H

    ctx.property(law, drawn=_networks())


@section.statement(
    "MF-Eq20",
    spec_id="MF-Eq20, E-18",
    locator="appendix D, equation (20)",
    kind="equation",
    title="bound by the last factor",
    wording="The Jacobians have norm at most 1, so ‖∇_θ L‖ <= ‖∇_ỹ L‖ ‖J_θ h^i‖.",
    verdict="holds_corrected",
    symbols=("lipref.layers.Chain",),
    errata=(LAYER_INDEX,),
    why="Also for one entry of a weight or of a bias, whose Jacobian is an entry of H or 1.",
)
def check_chain_rule_bound(ctx: Context) -> None:
    _check_wrong_layer(wrong_layer())

    def law(drawn):
        network, x, dy = drawn
        for h, dweight, dbias in _backward(network, x, dy):
            for (_, j), entry in np.ndenumerate(dweight):
                assert entry**2 <= normsq(dy) * h[j] ** 2, "an entry above the bound"
            assert all(entry**2 <= normsq(dy) for entry in dbias)

    ctx.property(law, drawn=_networks())


def temperature_missing() -> Counterexample:
    """T = 1/2 at f = 0: the derivative is 1/4, the printed bound 1/2."""
    return Counterexample(
        "|∂L_T/∂ỹ| >= 1/(1 + e^|f|) for T = 1/2 and f = 0, that is >= 1/2",
        "it is T σ(0) = 1/4; and for T = 2, f = y = 1 it is 2/(1 + e²) < 1/(1 + e)",
        {"temperature": HALF, "score": ZERO, "derivative": Fraction(1, 4), "printed": HALF},
    )


TEMPERATURE_IN_BOUND = Erratum(
    "temperature-in-bound",
    "E-6",
    "|∂L_T/∂ỹ| >= 1/(1 + e^|f|) >= 1/(1 + e^K'), and K depends on the training set alone.",
    temperature_missing,
    "|∂L_T/∂ỹ| = T σ(-T y f) >= T/(1 + e^(T|f|)). At minimisers |f| <= |β|/T + L D with β = log(π/(1 - π)), D the "
    "diameter "
    "and π the frequency of +1, so K = T/(1 + e^(|β| + T L D)): it depends on T, L, D and π.",
)


def misplaced_words() -> Counterexample:
    """Two words of section 4 that say something else than is meant."""
    return Counterexample(
        "the words are those that are meant",
        "a lower bound of gradients prevents networks from vanishing gradients, and the loss is named after Huber",
        {"printed": ("preserves ... to suffer", "Hubert"), "meant": ("prevents ... from suffering", "Huber")},
    )


WORDS = Erratum(
    "prevents-not-preserves",
    "E-26",
    "Gradient norm preserving layers preserve 1-Lipschitz networks to suffer from vanishing gradients (section 4).",
    misplaced_words,
    "They prevent them from suffering. In the same section a loss is that of Huber.",
)


def _bound_of_scores(frequency: float, temperature: float, spread: float) -> tuple[float, float]:
    """(bound of |f|, lower bound K of the slopes) where constants cannot improve and f varies by at most `spread`."""
    odds = abs(math.log(frequency / (1 - frequency)))
    return odds / temperature + spread, temperature / (1 + math.exp(odds + temperature * spread))


def _check_temperature(case: Counterexample) -> None:
    temperature = case["temperature"]
    assert temperature * HALF == case["derivative"] < case["printed"]  # σ(0) = 1/2, e^0 = 1
    assert 1 + math.exp(2) > 2 * (1 + math.e)  # 2/(1 + e²) < 1/(1 + e): 8.39 against 7.44


SCORES = st.lists(st.floats(-3, 3), min_size=6, max_size=6).map(np.array)
LABELS = st.lists(st.sampled_from([-1.0, 1.0]), min_size=4, max_size=4).map(lambda v: np.array([1.0, -1.0, *v]))
TEMPERATURES = st.sampled_from([0.25, 1.0, 3.0])


@section.statement(
    "MF-Prop10",
    spec_id="MF-Prop10, E-6, E-26",
    locator="appendix D, proposition 10; announced in section 4",
    kind="proposition",
    title="no vanishing cross-entropy gradients",
    wording="For a training set with both classes in a bounded X there is K > 0, depending on it alone, such that the "
    "loss "
    "of every minimiser over L-Lipschitz functions has slope at least K at every training point.",
    verdict="holds_corrected",
    symbols=("lipref.losses.bce", "lipref.transport.bce_transport_bias"),
    errata=(TEMPERATURE_IN_BOUND, WORDS),
    why="The bound needs only that no constant improves f: checked for arbitrary scores after their best shift, of "
    "which "
    "minimisers are a case.",
    proof="proofs/coq/BinaryCrossEntropy.v",
)
def check_no_vanishing(ctx: Context) -> None:
    _check_temperature(temperature_missing())
    case = misplaced_words()
    assert all(a != b for a, b in zip(case["printed"], case["meant"]))

    def law(f, y, t):
        frequency = float((y > 0).mean())
        f = f - bce_transport_bias(t * f, y, prior=frequency) / t
        largest, least = _bound_of_scores(frequency, t, float(np.ptp(f)))
        # the shift is the root to a few units of rounding of numbers up to 20
        slack = 64 * EPS * 20 / t
        assert np.abs(f).max() <= largest + slack, "scores above |β|/T + L D"
        _, residuals = bce_forward(ctx.place(f), ctx.place(y), temperature=t, reduction="none")
        slopes = np.abs(to_numpy(residuals.slopes))
        assert slopes.min() >= least * (1 - t * slack - 64 * EPS), "a slope below K"
        assert np.all(slopes >= t / (1 + np.exp(t * np.abs(f))) * (1 - 64 * EPS))

    ctx.property(law, f=SCORES, y=LABELS, t=TEMPERATURES)


def _two_point_minimiser(frequency: float, temperature: float, reach: float) -> tuple[float, float]:
    """Minimiser over L-Lipschitz scores (u at the positive, v = u - L D at the negative point), reach = L D.

    With s = e^(T u), q = e^(-T L D), no constant improves iff (1 - π) q s² + (1 - 2π) q s - π = 0.
    """
    q = math.exp(-temperature * reach)
    a, b, c = (1 - frequency) * q, (1 - 2 * frequency) * q, frequency
    s = (-b + math.sqrt(b * b + 4 * a * c)) / (2 * a)
    u = math.log(s) / temperature
    return u, u - reach


@section.statement(
    "MF-Eq21",
    locator="appendix D, equation (21)",
    kind="equation",
    title="minimisers of cross-entropy",
    wording="f_L* minimises the mean of L_T(f(x), y) over f in Lip_L(X, R).",
    verdict="holds",
    symbols=("lipref.losses.bce_forward", "lipref.losses.bce_backward"),
    why="A definition; checked on two points, where the minimiser has a closed form: the derivatives that optimality "
    "of a "
    "convex problem asks for, and no better value among other 1-Lipschitz scores.",
)
def check_minimisers(ctx: Context) -> None:
    def loss(f, y, factors, t):
        terms, residuals = bce_forward(ctx.place(f), ctx.place(y), temperature=t, reduction="none")
        return float(to_numpy(terms) @ factors), to_numpy(bce_backward(residuals, ctx.place(factors)))

    y = np.array([1.0, -1.0])

    def law(frequency, t, reach, u, gap):
        best = np.array(_two_point_minimiser(frequency, t, reach))
        factors = np.array([frequency, 1 - frequency])
        value, gradient = loss(best, y, factors, t)
        # exponentials of numbers up to 20: relative errors of 20 units of rounding and a few more
        assert abs(gradient.sum()) <= 128 * EPS * 20 * np.abs(gradient).max(), "a constant improves"
        assert gradient[0] < 0, "the constraint is not active"
        other = np.array([u, u - gap * reach])
        assert loss(other, y, factors, t)[0] >= value * (1 - 64 * EPS)

    ctx.property(
        law,
        frequency=st.sampled_from([0.2, 0.5, 0.75]),
        t=TEMPERATURES,
        reach=st.sampled_from([0.1, 1.0, 4.0]),
        u=st.floats(-5, 5),
        gap=st.floats(-1, 1),
    )


def derivative_in_the_label() -> Counterexample:
    """At f = 0, T = 1: ∂L/∂y = -f σ(-y f) = 0 and ∂L/∂ỹ = -y/2."""
    return Counterexample(
        "|∂L_T(ỹ, y)/∂y| >= K > 0",
        "y is the label; at f = 0 the derivative with respect to it is 0, that with respect to the score ỹ is ∓1/2",
        {"score": ZERO, "label": ONE, "in_label": ZERO, "in_score": -HALF},
    )


DERIVATIVE_IN_SCORE = Erratum(
    "derivative-in-score",
    "E-6",
    "The derivative of the loss with respect to y is at least K in size.",
    derivative_in_the_label,
    "With respect to the score ỹ = f(x). The law of (X, Y) in (21) is that of the training set.",
)


@section.statement(
    "MF-Eq22",
    spec_id="MF-Eq22, E-6",
    locator="appendix D, equation (22)",
    kind="equation",
    title="slopes at the training points",
    wording="|∂L_T/∂ỹ| >= K at every training point of every minimiser.",
    verdict="holds_corrected",
    symbols=("lipref.losses.bce_forward",),
    errata=(DERIVATIVE_IN_SCORE, TEMPERATURE_IN_BOUND),
    why="Checked at the minimisers of two points; K is T/(1 + e^(|β| + T L D)), in two forms.",
)
def check_slopes(ctx: Context) -> None:
    case = derivative_in_the_label()
    f, y = case["score"], case["label"]
    assert (-f * HALF, -y * HALF) == (case["in_label"], case["in_score"])  # σ(0) = 1/2
    _check_temperature(temperature_missing())

    def law(frequency, t, reach):
        scores = np.array(_two_point_minimiser(frequency, t, reach))
        _, least = _bound_of_scores(frequency, t, reach)
        small, large = sorted((frequency, 1 - frequency))
        other = t * small / (small + large * math.exp(t * reach))
        assert abs(other - least) <= 32 * EPS * least
        _, residuals = bce_forward(ctx.place(scores), ctx.place([1.0, -1.0]), temperature=t, reduction="none")
        slopes = np.abs(to_numpy(residuals.slopes))
        assert slopes.min() >= least * (1 - 1024 * EPS)
        assert slopes.min() >= other * (1 - 1024 * EPS)

    ctx.property(
        law,
        frequency=st.sampled_from([0.1, 0.2, 0.5, 0.75]),
        t=TEMPERATURES,
        reach=st.floats(0.01, 5),
    )


def gradient_that_remains() -> Counterexample:
    """x = ±1, y = x, f = w x + b with |w| <= 1: the minimiser w = 1, b = 0 has gradient -σ(-1) = -1/(1 + e) in w."""
    import sympy

    slope = 1 / (1 + sympy.E)
    return Counterexample(
        "at the minimiser over 1-Lipschitz functions the gradients of the examples add up to zero",
        "those of w are -σ(-1) twice, equal and not zero: the constraint holds w back; those of b are ∓σ(-1)",
        {"weight": ONE, "bias": ZERO, "weight_gradients": (-slope, -slope), "bias_gradients": (-slope, slope)},
    )


ONLY_FREE_DIRECTIONS = Erratum(
    "only-free-directions",
    "MF-RemVar",
    "After convergence the gradients of the single examples are not zero and their sum is the null vector.",
    gradient_that_remains,
    "Their sum vanishes along directions that the constraint leaves free, such as the last bias (or after the "
    "parametrisation); with respect to a weight that the constraint holds it does not, and then the examples may "
    "agree.",
)


@section.statement(
    "MF-RemVar",
    spec_id="MF-RemVar",
    locator="appendix D, after proposition 10",
    kind="remark",
    title="gradients of single examples at the minimum",
    wording="At the minimum a gradient remains for each training example, but their sum is zero: gradients have high "
    "variance near the minimum.",
    verdict="holds_corrected",
    symbols=("lipref.losses.bce_backward",),
    errata=(ONLY_FREE_DIRECTIONS,),
    why="Checked for the sum over examples of the slopes, the gradient of a constant, at scores that no constant "
    "improves.",
)
def check_variance(ctx: Context) -> None:
    import sympy

    case = gradient_that_remains()
    w, b = sympy.symbols("w b")
    points = [(1, 1), (-1, -1)]
    for (x, y), dw, db in zip(points, case["weight_gradients"], case["bias_gradients"]):
        term = sympy.log(1 + sympy.exp(-y * (w * x + b)))
        at = {w: case["weight"].numerator, b: case["bias"].numerator}
        assert sympy.simplify(sympy.diff(term, w).subs(at) - dw) == 0
        assert sympy.simplify(sympy.diff(term, b).subs(at) - db) == 0
    assert sympy.simplify(sum(case["bias_gradients"])) == 0
    assert sum(case["weight_gradients"]) < 0  # more weight would help: w = 1 is the best of |w| <= 1

    def law(f, y, t):
        frequency = float((y > 0).mean())
        f = f - bce_transport_bias(t * f, y, prior=frequency) / t
        _, residuals = bce_forward(ctx.place(f), ctx.place(y), temperature=t, reduction="mean")
        gradient = to_numpy(bce_backward(residuals))
        assert np.all(np.abs(gradient) > 0)
        # six terms of size up to T/6, slopes that are off by the rounding of the shift, of numbers up to 20
        assert abs(gradient.sum()) <= 64 * EPS * 20 * max(t, 1), "the sum of the slopes is not zero"

    ctx.property(law, f=SCORES, y=LABELS, t=TEMPERATURES)


def reflected_jacobians() -> Counterexample:
    """f(x) = x and g(x) = (x_1, -x_2): different isometries whose average has operator norm 1."""
    return Counterexample(
        "the average of two maps with Jacobians of norm 1 has Jacobian of norm below 1 unless the Jacobians agree",
        "diag(1, 1) and diag(1, -1) differ, and their average diag(1, 0) has norm 1",
        {"f": exact([[1, 0], [0, 1]]), "g": exact([[1, 0], [0, -1]]), "average": exact([[1, 0], [0, 0]])},
    )


RESIDUAL_JACOBIANS = Erratum(
    "residual-jacobians",
    "E-19",
    "½f + ½g loses gradient norm unless the gradients agree; with f(x) = x this covers residual connections.",
    reflected_jacobians,
    "For scalar functions: the norm is cos(θ/2), θ the angle of the gradients. For vector-valued maps, as residual "
    "connections are, the operator norm may stay 1; but the average of two isometries is an isometry iff they are "
    "equal.",
)


@section.statement(
    "MF-RemRes",
    spec_id="MF-RemRes, E-19",
    locator="appendix D, remark on residual connections",
    kind="remark",
    title="averages lose gradient norm",
    wording="If ‖∇f‖ = ‖∇g‖ = 1 then ‖∇(½f + ½g)‖ < 1 unless ∇f = ∇g; residual connections are an example.",
    verdict="holds_corrected",
    errata=(RESIDUAL_JACOBIANS,),
    proof="proofs/coq/Scaling.v",
)
def check_residual(ctx: Context) -> None:
    case = reflected_jacobians()
    f, g, average = case["f"], case["g"], case["average"]
    assert ((f + g) / 2).tolist() == average.tolist()
    assert (f.T @ f).tolist() == (g.T @ g).tolist() == identity(2).tolist() != g.tolist()
    assert normsq(average @ exact([1, 0])) == 1

    def law(p, q):
        u, v = p[0], q[0]  # unit vectors
        mean = (u + v) / 2
        assert normsq(mean) == (1 + u @ v) / 2  # cos²(θ/2)
        assert (normsq(mean) == 1) == (u.tolist() == v.tolist())
        both = (p + q) / 2
        assert ((both.T @ both).tolist() == identity(3).tolist()) == (p.tolist() == q.tolist())

    rotations = st.sampled_from(range(3)).flatmap(lambda _: orthogonal(3))
    pairs = st.tuples(rotations, rotations, st.booleans()).map(lambda t: (t[0], t[0] if t[2] else t[1]))
    ctx.property(lambda pair: law(*pair), pair=pairs)


# Appendix E: cross-entropy as transport. With u = e^f rational, σ(f) = u/(1 + u) is, and all of it is exact


@st.composite
def _odds(draw: Any) -> tuple[list[Fraction], list[Fraction]]:
    """e^f at the examples of either class."""
    odds = st.sampled_from([Fraction(1, 8), HALF, ONE, Fraction(3), Fraction(10)])
    return draw(st.lists(odds, min_size=1, max_size=4)), draw(st.lists(odds, min_size=1, max_size=4))


def _sigma(odds: Fraction) -> Fraction:
    return odds / (1 + odds)


def _mean(values: list[Fraction]) -> Fraction:
    return sum(values, ZERO) / len(values)


def _masses(positive: list[Fraction], negative: list[Fraction]) -> tuple[Fraction, Fraction]:
    """E_P[1 - σ(f)] and E_Q[σ(f)]."""
    return _mean([1 - _sigma(u) for u in positive]), _mean([_sigma(u) for u in negative])


def printed_masses() -> Counterexample:
    """f = log 3 on P: the printed Zᵖ is 3/4, and the reweighted measure has mass (1/4)/(3/4) = 1/3."""
    return Counterexample(
        "Zᵖ = E_P[σ(f)] makes dP_θ = (1 - σ(f)) dP/Zᵖ a probability measure",
        "f = log 3 on P: the mass is 1/3",
        {"odds": Fraction(3), "printed": Fraction(3, 4), "mass": Fraction(1, 3), "corrected": Fraction(1, 4)},
    )


EXCHANGED_MASSES = Erratum(
    "exchanged-masses",
    "E-9",
    "Zᵖ = E_P[gᵖ] and Z^q = E_Q[g^q], gᵖ = σ(f) and g^q = 1 - σ(f).",
    printed_masses,
    "Zᵖ = E_P[g^q] and Z^q = E_Q[gᵖ]: the rates of false negatives and positives, as the text says. The printed ones "
    "are 1 "
    "minus these, so Zᵖ = Z^q has the same solution T in both readings.",
)


@section.statement(
    "MF-Eq23",
    spec_id="MF-Eq23, E-9",
    locator="appendix E, equation (23)",
    kind="definition",
    title="reweighted measures of cross-entropy",
    wording="dP_θ = g^q dP/Zᵖ and dQ_θ = gᵖ dQ/Z^q are probability measures, Zᵖ and Z^q the masses of wrong "
    "predictions.",
    verdict="holds_corrected",
    symbols=("lipref.transport.bce_transport_weights",),
    errata=(EXCHANGED_MASSES,),
)
def check_reweighted(ctx: Context) -> None:
    case = printed_masses()
    right = _sigma(case["odds"])
    assert right == case["printed"]
    assert (1 - right) / right == case["mass"] != 1
    assert (1 - right) / case["corrected"] == 1

    def law(drawn):
        positive, negative = drawn
        zp, zq = _masses(positive, negative)
        scores = [math.log(u) for u in (*positive, *negative)]
        labels = [1.0] * len(positive) + [-1.0] * len(negative)
        found = bce_transport_weights(ctx.place(scores), ctx.place(labels))
        # logarithms and exponentials of numbers below 3
        slack = 64 * EPS
        assert abs(float(found.mass_positive) - zp) <= slack
        assert abs(float(found.mass_negative) - zq) <= slack
        p = [(1 - _sigma(u)) / zp / len(positive) for u in positive]
        q = [_sigma(u) / zq / len(negative) for u in negative]
        assert sum(p) == sum(q) == 1
        assert np.abs(to_numpy(found.weights) - [float(v) for v in (*p, *q)]).max() <= slack

    ctx.property(law, drawn=_odds())


def balanced_only() -> Counterexample:
    """π = 4/5, f = 0 at one example of each class: the gradient of the mean loss is (-2/5, 1/10), not (-1/2, 1/2)."""
    return Counterexample(
        "(24) is the gradient of the cross-entropy (4), whatever the class frequencies",
        "for π = 4/5 and f = 0 the gradient of the mean is (-2/5, 1/10); Zᵖ P_θ and Z^q Q_θ give (-1/2, 1/2)",
        {"prior": Fraction(4, 5), "gradient": (Fraction(-2, 5), Fraction(1, 10)), "transported": (-HALF, HALF)},
    )


PRIORS_IN_MASSES = Erratum(
    "priors-in-masses",
    "E-9",
    "Minus the gradient of cross-entropy is Zᵖ E_{P_θ}[∇f] - Z^q E_{Q_θ}[∇f].",
    balanced_only,
    "Of the sum of the two class means. For the mean over the joint law Zᵖ = π E_P[g^q] and Z^q = (1 - π) E_Q[gᵖ].",
)


@section.statement(
    "MF-Eq24",
    locator="appendix E, equation (24)",
    kind="equation",
    title="the gradient of cross-entropy by reweighted measures",
    wording="-∇_θ (E_P[L(f, 1)] + E_Q[L(f, -1)]) = Zᵖ E_{P_θ}[∇f] - Z^q E_{Q_θ}[∇f].",
    verdict="holds",
    symbols=("lipref.transport.bce_transport_weights", "lipref.losses.bce_backward"),
    why="The masses cancel, so their misprint does not matter here. For the sum of the class means, as printed; for "
    "the mean over the joint law see priors-in-masses. Checked with respect to the scores, from which "
    "any "
    "parametrisation follows by the chain rule.",
)
def check_transport_gradient(ctx: Context) -> None:
    def law(drawn, prior):
        positive, negative = drawn
        scores = np.array([math.log(u) for u in (*positive, *negative)])
        labels = np.array([1.0] * len(positive) + [-1.0] * len(negative))
        p, q = (ONE, ONE) if prior is None else (prior, 1 - prior)
        # d/df log(1 + e^-f) = -1/(1 + u), d/df log(1 + e^f) = u/(1 + u): exact
        exactly = [-p / (1 + u) / len(positive) for u in positive] + [q * _sigma(u) / len(negative) for u in negative]
        found = bce_transport_weights(
            ctx.place(scores), ctx.place(labels), prior=None if prior is None else float(prior)
        )
        signs = np.where(labels > 0, -float(found.mass_positive), float(found.mass_negative))
        slack = 64 * EPS
        assert np.abs(signs * to_numpy(found.weights) - [float(v) for v in exactly]).max() <= slack
        if prior is None:
            residuals = bce_forward(ctx.place(scores), ctx.place(labels), reduction="balanced")[1]
            assert np.abs(to_numpy(bce_backward(residuals)) - [float(v) for v in exactly]).max() <= slack

    ctx.property(law, drawn=_odds(), prior=st.sampled_from([None, Fraction(1, 5), Fraction(4, 5)]))


def frozen_measures() -> Counterexample:
    """One example of each class at f = (t, -t): with the measures frozen the value is linear in t, the loss is not."""
    return Counterexample(
        "(25) is the gradient of the Wasserstein distance, so following it maximises a dual objective",
        "only of the objective with P_θ and Q_θ held fixed: its gradient Zᵖ = 1/(1 + e^t) tends to 0 where the dual's "
        "is 1",
        {"odds": (ONE, Fraction(3), Fraction(99)), "prefactors": (HALF, Fraction(1, 4), Fraction(1, 100))},
    )


FROZEN_MEASURES = Erratum(
    "frozen-measures",
    "E-9",
    "With Zᵖ = Z^q the gradient is Zᵖ times that of the Kantorovich-Rubinstein objective of P_θ and Q_θ.",
    frozen_measures,
    "With P_θ and Q_θ frozen, and Zᵖ the corrected mass. The root T of Zᵖ = Z^q is unique: Zᵖ - Z^q is the derivative "
    "of "
    "the loss with respect to T and increases strictly; T is the bias of least cross-entropy, between min f and max f "
    "(minus log(π/(1 - π)) with priors).",
)


@section.statement(
    "MF-Eq25",
    spec_id="MF-Eq25, E-9",
    locator="appendix E, equation (25)",
    kind="equation",
    title="balanced masses by a bias",
    wording="There is T, found by bisection, for which the masses of f - T agree; the gradient is then Zᵖ (E_{P_θ}[∇f] "
    "- "
    "E_{Q_θ}[∇f]), that of the Kantorovich-Rubinstein problem.",
    verdict="holds_corrected",
    symbols=("lipref.transport.bce_transport_bias", "lipref.transport.bce_transport_weights"),
    errata=(FROZEN_MEASURES, EXCHANGED_MASSES, PRIORS_IN_MASSES),
)
def check_balanced_masses(ctx: Context) -> None:
    unbalanced = balanced_only()
    pi = unbalanced["prior"]
    assert unbalanced["gradient"] == (-pi * HALF, (1 - pi) * HALF) != unbalanced["transported"]

    case = frozen_measures()
    for u, prefactor in ctx.cases(zip(case["odds"], case["prefactors"])):
        zp, zq = _masses([u], [1 / u])
        assert zp == zq == prefactor <= HALF

    def law(drawn, prior, shift):
        positive, negative = drawn
        p, q = (ONE, ONE) if prior is None else (prior, 1 - prior)

        def difference(factor: Fraction) -> Fraction:
            """Zᵖ - Z^q of f - log(factor); exact."""
            zp, zq = _masses([u / factor for u in positive], [u / factor for u in negative])
            return p * zp - q * zq

        assert difference(shift * 2) > difference(shift), "not increasing in T"
        ends = [least * q / p for least in (min(positive + negative), max(positive + negative))]
        assert difference(ends[0]) <= 0 <= difference(ends[1]), "no root between the ends of the bracket"
        scores = [math.log(u) for u in (*positive, *negative)]
        labels = [1.0] * len(positive) + [-1.0] * len(negative)
        t = bce_transport_bias(ctx.place(scores), ctx.place(labels), prior=None if prior is None else float(prior))
        # the root to rounding: signs of the exact difference on both sides of it
        low, high = (Fraction(math.exp(t + s * 1e-12)) for s in (-1, 1))
        assert difference(low) < 0 < difference(high), "the bias does not balance the masses"
        printed = [1 - value for value in _masses(positive, negative)]
        assert (printed[0] == printed[1]) == (difference(ONE) == 0) or prior is not None

    ctx.property(
        law,
        drawn=_odds(),
        prior=st.sampled_from([None, Fraction(1, 5), Fraction(4, 5)]),
        shift=st.sampled_from([HALF, ONE, Fraction(3)]),
    )


# Appendix F: the dual with objective and constraint exchanged


def _line(places: list[Fraction], masses: list[Fraction]) -> tuple[list[Fraction], list[Fraction], Fraction]:
    """(gaps, surplus of P to the left of each gap, W₁) for signed masses P - Q at sorted places."""
    gaps = [b - a for a, b in itertools.pairwise(places)]
    surplus = list(itertools.accumulate(masses))[:-1]
    return gaps, surplus, sum((abs(s) * g for s, g in zip(surplus, gaps)), ZERO)


def equal_measures() -> Counterexample:
    """P = Q on {0, 1}, ε = 1: every f satisfies the constraint, so constants have the least slope."""
    return Counterexample(
        "argmin of Lip(f) over Pf - Qf >= ε W equals argmax of Pf - Qf over Lip(f) = ε, for P = Q and ε = 1",
        "W = 0: the first set holds the constant 0, of slope 0, the last all functions of slope 1",
        {"places": (ZERO, ONE), "masses": (ZERO, ZERO), "constant": (ZERO,), "steep": (ONE,), "epsilon": ONE},
    )


DISTINCT_MEASURES = Erratum(
    "distinct-measures",
    "MF-Eq26",
    "The four problems have the same solutions.",
    equal_measures,
    "For W(P, Q) > 0 and ε > 0. The moral, that another constant is another unit of distance, holds for this "
    "objective; "
    "for cross-entropy the solution changes with L, as with the temperature.",
)


@section.statement(
    "MF-Eq26",
    spec_id="MF-Eq26",
    locator="appendix F, equation (26)",
    kind="equation",
    title="least slope for a given value",
    wording="argmin{Lip f : Pf - Qf >= ε W} = ε argmin{Lip f : Pf - Qf >= W} = ε argmax{Pf - Qf : Lip f = 1} = "
    "argmax{Pf - Qf : Lip f = ε}.",
    verdict="holds_corrected",
    errata=(DISTINCT_MEASURES,),
    why="On the line, where potentials are given by their slopes between atoms, each set has an exact description.",
)
def check_swapped(ctx: Context) -> None:
    case = equal_measures()
    _, surplus, distance = _line(list(case["places"]), list(case["masses"]))
    assert distance == 0
    assert not any(surplus)
    assert max(map(abs, case["constant"])) < max(map(abs, case["steep"])) == case["epsilon"]

    def law(places, masses, slopes, epsilon):
        places, masses = sorted(places), [*masses, -sum(masses)]
        gaps, surplus, distance = _line(places, masses)
        if distance == 0:
            return

        def value(f):
            return -sum((s * g * slope for s, g, slope in zip(surplus, gaps, f)), ZERO)

        def steepest(f):
            return max(map(abs, f))

        best = [-ONE if s > 0 else ONE for s in surplus]
        assert value(best) == distance
        # the least slope for the value ε W is ε: duality for the bound, ε · best for attainment
        f = [epsilon * (b if s else slope) for b, s, slope in zip(best, surplus, slopes)]
        for g in (f, [epsilon * slope for slope in slopes]):
            assert value(g) <= steepest(g) * distance
            first = value(g) >= epsilon * distance and steepest(g) == epsilon
            second = value(g) / epsilon >= distance and steepest(g) / epsilon == 1
            third = steepest(g) / epsilon == 1 and value(g) / epsilon == distance
            fourth = steepest(g) == epsilon and value(g) == epsilon * distance
            assert first == second == third == fourth
        assert value(f) == epsilon * distance
        assert steepest(f) == epsilon

    slopes = st.lists(st.sampled_from([ONE, -ONE, HALF, ZERO]), min_size=3, max_size=3)
    ctx.property(
        law,
        places=st.lists(fractions(5), min_size=4, max_size=4, unique=True),
        masses=st.lists(fractions(1), min_size=3, max_size=3),
        slopes=slopes,
        epsilon=st.sampled_from([HALF, ONE, Fraction(7, 2)]),
    )


# Appendix G: experiments

CIFAR = "CIFAR-10 is not part of the package, and learning rates, batch sizes, temperatures and margins are not stated."

section.add(
    "MF-Fig5a",
    locator="appendix E, figure 5 (a)",
    kind="experiment",
    title="unconstrained networks with cross-entropy",
    wording="Training loss and error of an unconstrained network on dogs against cats of CIFAR-10, for several "
    "temperatures T, which take the place of L.",
    verdict="not_executable",
    symbols=("lipref.losses.bce",),
    why=CIFAR,
)

section.add(
    "MF-Fig5b",
    locator="appendix E, figure 5 (b)",
    kind="experiment",
    title="unconstrained networks with the hinge loss",
    wording="The same with hinge losses of several margins, which hardly matter for the accuracy.",
    verdict="not_executable",
    symbols=("lipref.losses.hinge",),
    why=CIFAR,
)

section.add(
    "MF-Fig6",
    locator="appendix G, figure 6",
    kind="experiment",
    title="1-Lipschitz networks with the hinge-regularised loss",
    wording="Training with the hinge-regularised Kantorovich-Rubinstein loss, λ = 100, for several margins.",
    verdict="not_executable",
    symbols=("lipref.losses.hkr",),
    why=CIFAR,
)

section.add(
    "MF-HW",
    locator="appendix G",
    kind="experiment",
    title="machine and duration",
    wording="All experiments ran on one workstation with a GeForce GTX 1080 of 8 GB in less than an hour, in "
    "TensorFlow.",
    verdict="not_executable",
    why="A fact about the authors' runs.",
)
