"""ALR, the power iteration behind the adversarial direction, experiments, toy problem (section 4 and appendix)."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lipref._array import exact, to_numpy
from lipref.layers import Linear
from lipref.penalties import adversarial_direction, penalty
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.adversarial_lipschitz.penalties import MATRICES, STALLS, U, vectors
from lipref.statements.draws import arrays, fractions
from lipref.toy_problem import (
    Ramps,
    is_optimal,
    mean_squared_error,
    optimal_profile,
    printed_profile,
    radial_error,
    symbol,
)

section = Section("ALR")

# ---------------------------------------------------------------------------------------------- appendix A.1, A.2


def vat_weight() -> Counterexample:
    """With d_X Euclidean and ε = 8, (15) divides by 8: it is VAT with weight 1/8."""
    return Counterexample(
        "VAT is ALR with K = 0, d_X Euclidean, ε = 8 and λ = 1",
        "at a pair at distance 8 whose outputs differ by 3, VAT's term is 3 and the penalty is 3/8",
        {"distance": Fraction(8), "difference": Fraction(3), "vat": Fraction(3), "penalty": Fraction(3, 8)},
    )


VAT = Erratum(
    "vat-weight",
    "B-77",
    "With the Euclidean distance, ε = 8 and λ = 1, the regulariser is that of VAT.",
    vat_weight,
    "It is with λ = 8, or with d_X = 1 for all pairs. The KL divergence and the squared error are no metrics, and (21) "
    "admits r = 0, where the ratio (14) is 0/0.",
)


@section.statement(
    "ALR-Eq21",
    spec_id="ALR-Eq21, B-77",
    locator="appendix A.2, equation (21)",
    kind="equation",
    title="VAT's perturbation as an adversarial one",
    wording="With K = 0 and a fixed length, the adversarial perturbation is the maximiser of d(f(x), f(x + r)) over "
    "‖r‖ <= ε.",
    verdict="holds_corrected",
    errata=(VAT,),
    why="for affine outputs: among perturbations of length ε the maximisers of distance and of ratio are the same, and "
    "the distance is largest on the sphere",
)
def check_vat_perturbation(ctx: Context) -> None:
    def law(j, directions, eps):
        # integer directions brought to squared length eps² by comparing squared ratios only
        squares = [sum(v * v for v in j @ r) / sum(v * v for v in r) for r in directions]
        scaled = [eps * eps * s for s in squares]
        assert max(range(3), key=lambda i: squares[i]) == max(range(3), key=lambda i: scaled[i])
        assert all(s / 4 <= s for s in scaled)

    rows = arrays(3).filter(lambda r: any(r))
    ctx.property(law, j=arrays(2, 3), directions=st.lists(rows, min_size=3, max_size=3), eps=fractions(4).filter(bool))


@section.statement(
    "ALR-Eq22",
    spec_id="ALR-Eq22, B-77",
    locator="appendix A.2, equation (22)",
    kind="equation",
    title="VAT's term as an adversarial penalty",
    wording="With K = 0 the penalty is d(f(x), f(x + r_adv)), when d_X is 1 for all pairs.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.penalty",),
    errata=(VAT,),
)
def check_vat_term(ctx: Context) -> None:
    case = vat_weight()
    got = penalty(exact([case["difference"] / case["distance"]]), 0, shape="hinge")[0]
    assert case["vat"] != got == case["penalty"]

    def law(difference, distance):
        assert distance * penalty(exact([difference / distance]), 0, shape="hinge")[0] == difference

    ctx.property(law, difference=fractions().map(abs), distance=fractions(8).map(abs).filter(bool))


# --------------------------------------------------------------------------------------------------- appendix A.3


def slope_of_distance() -> Counterexample:
    """f(x) = x: the distance |r| is least at r = 0 and has the slope 1 at every r > 0."""
    return Counterexample(
        "since d >= 0 and d = 0 at r = 0, the gradient of d at 0 vanishes",
        "for f(x) = x and d = |r| the slope is 1 at every r > 0, and there is no gradient at 0",
        {"r": tuple(Fraction(1, 2**k) for k in range(6)), "slope": Fraction(1)},
    )


def no_smooth_metric() -> Counterexample:
    """A distance with d <= C |u - v|² on the line: n equal steps give d(0, 1) <= C/n."""
    return Counterexample(
        "some metric of outputs has a second-order expansion on the diagonal",
        "d(u, v) <= C |u - v|² and the triangle inequality along n equal steps give d(0, 1) <= n C/n² = C/n, for "
        "every n: the distance of 0 and 1 is 0",
        {"constant": Fraction(1), "steps": (1, 10, 100), "bounds": (Fraction(1), Fraction(1, 10), Fraction(1, 100))},
    )


METRIC_GRADIENT = Erratum(
    "gradient-of-a-metric",
    "B-72",
    "d(r) has a minimum at 0, so its gradient vanishes there and its second-order expansion starts with the Hessian.",
    slope_of_distance,
    "True of divergences and squared metrics that are twice differentiable. No metric is one of them: see "
    "no_smooth_metric. For the l2 distance use its square.",
)


@section.statement(
    "ALR-Eq23",
    spec_id="ALR-Eq23, B-72",
    locator="appendix A.3, equation (23)",
    kind="equation",
    title="gradient of the distance of outputs at zero",
    wording="∇_r d(r, x) = 0 at r = 0, since the distance is least there.",
    verdict="refuted",
    errata=(METRIC_GRADIENT,),
    proof="proofs/coq/AdversarialIteration.v",
)
def check_gradient_at_zero(ctx: Context) -> None:
    case = slope_of_distance()
    step = Fraction(1, 1024)
    for r in case["r"]:
        assert (abs(r + step) - abs(r)) / step == case["slope"]
    case = no_smooth_metric()
    for n, bound in zip(case["steps"], case["bounds"], strict=True):
        assert n * case["constant"] * Fraction(1, n) ** 2 == bound

    def law(j, r):
        # the corrected form: the squared distance ‖J r‖² has the difference quotient h ‖J r‖², which goes to 0 with h
        square = sum(v * v for v in j @ r)
        for h in (Fraction(1, 2), Fraction(1, 1024)):
            assert sum(v * v for v in j @ (h * r)) / h == h * square

    ctx.property(law, j=arrays(2, 2), r=arrays(2))


@section.statement(
    "ALR-Eq24",
    locator="appendix A.3, equation (24)",
    kind="algorithm",
    title="power iteration on the Hessian",
    wording="r ← H r, normalised, with H the Hessian of d(r, x) at 0, goes to its top eigenvector.",
    verdict="holds",
    why="one step never lowers the Rayleigh quotient of a positive semidefinite H, exactly; a start orthogonal to the "
    "top eigenspace stays so",
)
def check_hessian_iteration(ctx: Context) -> None:
    def quotient(h, r):
        return (r @ h @ r) / (r @ r)

    def law(j, r):
        h = j.T @ j
        image = h @ r
        if any(image):
            assert quotient(h, image) >= quotient(h, r)

    ctx.property(law, j=arrays(3, 3), r=arrays(3).filter(lambda r: any(r)))
    h, start = exact([[4, 0], [0, 1]]), exact([0, 1])
    assert (h @ start).tolist() == start.tolist()


def hessian_diverges() -> Counterexample:
    """l2 distance, J = diag(2, 1), r = (3, 4)/5: the length of the gradient at ξ r, divided by ξ, is unbounded."""
    j, r = exact([[2, 0], [0, 1]]), exact(["3/5", "4/5"])
    image = j @ r
    square = sum(v * v for v in image)
    gradient_square = sum(v * v for v in j.T @ image) / square
    steps = (Fraction(1, 10), Fraction(1, 100), Fraction(1, 10000))
    return Counterexample(
        "the gradient at ξ r divided by ξ approaches H r",
        "for the l2 distance, J = diag(2, 1) and r = (3/5, 4/5) the gradient at ξ r has a length that does not depend "
        "on ξ, so that divided by ξ grows without bound",
        {
            "jacobian": j,
            "r": r,
            "steps": steps,
            "squared_gradient": gradient_square,
            "squared_quotients": tuple(gradient_square / xi**2 for xi in steps),
        },
    )


@section.statement(
    "ALR-Eq25",
    spec_id="ALR-Eq25, B-72",
    locator="appendix A.3, equation (25)",
    kind="equation",
    title="Hessian products by difference quotients of the gradient",
    wording="H r ≈ (∇d at ξ r - ∇d at 0)/ξ = (∇d at ξ r)/ξ.",
    verdict="holds_corrected",
    errata=(
        Erratum(
            "hessian-of-a-metric",
            "B-72",
            "The approximation is used for a metric of outputs; the l2 distance is proposed as a proxy.",
            hessian_diverges,
            "For the squared l2 distance of affine outputs it is exact, for every ξ; for the distance it diverges.",
        ),
    ),
)
def check_hessian_product(ctx: Context) -> None:
    case = hessian_diverges()
    quotients = case["squared_quotients"]
    assert quotients[0] * 100 == quotients[1]
    assert quotients[1] * 10000 == quotients[2] > 10**8

    def law(j, r, xi):
        # d(r) = ‖J r‖²: gradient 2 JᵀJ r, Hessian 2 JᵀJ
        gradient = 2 * (j.T @ (j @ (xi * r)))
        assert (gradient / xi).tolist() == (2 * (j.T @ j) @ r).tolist()

    ctx.property(law, j=arrays(2, 2), r=arrays(2), xi=fractions(10).filter(bool))


def negative_step() -> Counterexample:
    """ξ < 0 turns the iterate round at every step."""
    return Counterexample(
        "the normalised gradient at ξ r is the normalised H r",
        "for d = r² on the line and ξ = -1 the gradient at -r is -2 r: the direction turns round at every step",
        {"xi": Fraction(-1), "r": Fraction(1), "direction": Fraction(-1)},
    )


@section.statement(
    "ALR-Eq26",
    spec_id="ALR-Eq26, B-72, B-73",
    locator="appendix A.3, equation (26)",
    kind="algorithm",
    title="power iteration by gradients",
    wording="r ← ∇d at ξ r, divided by its 2-norm.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.adversarial_direction",),
    errata=(
        Erratum(
            "negative-step",
            "B-73",
            "Normalising removes the factor 1/ξ of (25).",
            negative_step,
            "It removes 1/|ξ|: ξ > 0 is needed, and a rule where the gradient vanishes.",
        ),
        STALLS,
    ),
)
def check_gradient_iteration(ctx: Context) -> None:
    case = negative_step()
    gradient = 2 * case["xi"] * case["r"]
    assert gradient / abs(gradient) == case["direction"] == -case["r"]

    def law(j, start, xi):
        gradient = j.T @ (j @ start)
        if np.linalg.norm(gradient) < 1e-3:  # nearly in the kernel: ill-conditioned
            return
        layer, x, r = Linear(ctx.place(j)), ctx.place(np.zeros((1, 3))), ctx.place(np.array(start)[None])
        squared, plain = (
            to_numpy(adversarial_direction(layer, x, r, xi=xi, steps=2, metric=metric))[0]
            for metric in ("squared-l2", "l2")
        )
        # the same iterates, whatever the metric's power
        assert np.max(np.abs(squared - plain)) <= 1e3 * 64 * U * (1 + np.linalg.norm(j)) ** 4

    ctx.property(law, j=MATRICES, start=vectors(3), xi=st.sampled_from([0.1, 10.0]))


# --------------------------------------------------------------------------------------------------- appendix A.4


def float32_ratio() -> Counterexample:
    """f(x) = x at x = 3 in float32, ε = 1.08e-6: x + ε is rounded, and the ratio is 1.1."""
    x = np.float32(3)
    eps = np.float32(1.08e-6)
    moved = np.float32(x + eps)
    return Counterexample(
        "perturbations of length 1e-6 to 1e-5 measure Lipschitz constants",
        f"in float32, 3 + {float(eps):.4g} is 3 + {float(moved) - 3:.4g}: the identity has the ratio "
        f"{(float(moved) - 3) / float(eps):.4f} > 1",
        {
            "x": Fraction(float(x)),
            "eps": Fraction(float(eps)),
            "moved": Fraction(float(moved)),
            "ratio": (Fraction(float(moved)) - 3) / Fraction(float(eps)),
        },
    )


SMALL_STEPS = Erratum(
    "float32-ratios",
    "B-79",
    "ε is uniform on [1e-6, 1e-5], in single precision.",
    float32_ratio,
    "Use float64, where the ratio of the identity is 1 within 2.3e-10, or the gradient.",
)


@section.statement(
    "ALR-Toy",
    spec_id="ALR-Toy, B-79",
    locator="appendix A.4",
    kind="experiment",
    title="lengths of the perturbations in the toy experiment",
    wording="The penalties of the toy experiment are evaluated at perturbations of length 1e-6 to 1e-5.",
    verdict="holds_corrected",
    symbols=("lipref.penalties.pair_penalty",),
    errata=(SMALL_STEPS,),
    why="what single precision makes of these lengths; the training itself is not rerun",
)
def check_small_steps(ctx: Context) -> None:
    case = float32_ratio()
    assert case["moved"] == Fraction(float(np.float32(float(case["x"] + case["eps"]))))
    assert case["ratio"] == (case["moved"] - case["x"]) / case["eps"] > Fraction(105, 100)

    def law(x, eps):
        # in float64 the sum is off by u(|x| + eps) <= 2^-53 · 5, which eps >= 1e-6 makes 5.6e-10 at most
        assert abs(((x + eps) - x) / eps - 1) <= 5 * U / eps

    ctx.property(law, x=st.floats(-4, 4), eps=st.floats(1e-6, 1e-5))


@section.statement(
    "ALR-Eq27",
    locator="appendix A.4, equation (27)",
    kind="definition",
    title="target of the toy problem",
    wording="0 on the ring 1 <= ρ <= 2, else 1, on [-4, 4]².",
    verdict="holds",
    symbols=("lipref.toy_problem.pieces",),
)
def check_target(ctx: Context) -> None:
    from lipref.toy_problem import pieces

    found = pieces(printed_profile())
    assert found[0][0] == 0
    assert found[-1][1] == 4
    for (_, right, *_), (left, *_) in ctx.cases(itertools.pairwise(found)):
        assert right == left
    for low, high, _, _, value in found:
        middle = (low + high) / 2
        assert value == (0 if 1 <= middle <= 2 else 1)


def printed_profile_error() -> Counterexample:
    """The printed profile has the error π/128; ramps at (√33 - 3)/6 and (√141 - 3)/6 have less."""
    profile, better = printed_profile(), optimal_profile()
    return Counterexample(
        "the printed profile is the best 1-Lipschitz approximation in the mean square",
        "ramps that start at (√33 - 3)/6 and (√141 - 3)/6 instead of 1/2 and 3/2 have a smaller error",
        {
            "printed": tuple(profile),
            "printed_error": mean_squared_error(profile),
            "better": tuple(better),
            "better_error": mean_squared_error(better),
        },
    )


@section.statement(
    "ALR-Eq28",
    spec_id="ALR-Eq28, B-70",
    locator="appendix A.4, equation (28)",
    kind="equation",
    title="optimal 1-Lipschitz approximation of the toy target",
    wording="1 for ρ <= 1/2, 3/2 - ρ up to 3/2, ρ - 3/2 up to 5/2, then 1, minimises the mean squared error among "
    "1-Lipschitz functions.",
    verdict="refuted",
    symbols=("lipref.toy_problem.optimal_profile", "lipref.toy_problem.is_optimal"),
    errata=(
        Erratum(
            "toy-optimum",
            "B-70",
            "The printed profile minimises the mean squared error.",
            printed_profile_error,
            "The optimum has its ramps at a = (√33 - 3)/6 and b = (√141 - 3)/6 and is 0 in between; its error "
            "π (648 - 11√33 - 47√141)/3456 is 1.06 % below the printed one's. The printed profile is optimal for dρ "
            "instead of ρ dρ.",
        ),
    ),
    proof="proofs/coq/AlrToy.v",
)
def check_toy_optimum(ctx: Context) -> None:
    import sympy

    case = printed_profile_error()
    assert case["printed_error"] == sympy.pi / 128
    closed = sympy.pi * (648 - 11 * sympy.sqrt(33) - 47 * sympy.sqrt(141)) / 3456
    assert sympy.simplify(case["better_error"] - closed) == 0
    assert bool(case["better_error"] < case["printed_error"])
    assert is_optimal(optimal_profile()), "the multiplier is the certificate"
    assert not is_optimal(printed_profile())
    assert is_optimal(printed_profile(), sympy.Integer(1))
    best = radial_error(optimal_profile()).evalf(30)
    shifts = [Fraction(k, 16) for k in (-1, 1)]
    for da, db in ctx.cases((da, db) for da in (0, *shifts) for db in (0, *shifts) if da or db):
        a, b = optimal_profile()
        moved = Ramps(a + sympy.Rational(da), b + sympy.Rational(db))
        if bool(moved.up >= moved.down + 1):
            assert radial_error(moved).evalf(30) > best
    assert symbol().is_nonnegative


# ------------------------------------------------------------------------------------- section 4 and appendix A.5


def _experiment(id: str, kind: str, locator: str, title: str, wording: str, why: str, **fields: Any) -> None:
    section.add(
        id, kind=kind, locator=locator, title=title, wording=wording, verdict="not_executable", why=why, **fields
    )


_experiment(
    "ALR-Tab1",
    "table",
    "section 4, table 1",
    "Inception scores and FID on CIFAR-10",
    "WGAN-ALP reaches 8.34 ± .06 on average, 8.59 at best, and an FID of 12.96 ± .35.",
    "a GAN experiment on CIFAR-10 with a residual critic; its data and compute are outside lipref. The text's own "
    "WGAN-LP figures agree only if FID in training is over 10,000 and at the end over 50,000 samples",
    spec_id="ALR-Tab1, B-80",
)
_experiment(
    "ALR-Fig1",
    "figure",
    "section 4, figure 1",
    "generated CIFAR-10 samples",
    "Samples with and without batch normalisation in the critic.",
    "pictures of a GAN experiment that is not rerun",
)
_experiment(
    "ALR-Fig2",
    "figure",
    "appendix A.4, figure 2",
    "surfaces of networks trained on the toy problem",
    "Gradient norms without regularisation and with spectral normalisation, LP and ALP.",
    "optimiser, learning rate and ξ are not stated; the exact optimum of the problem is checked under ALR-Eq28",
)
_experiment(
    "ALR-Fig3",
    "figure",
    "appendix A.5, figure 3",
    "CelebA-HQ samples, gradient penalty",
    "Samples of the best progressive GAN with the gradient penalty.",
    "pictures of a GAN experiment that is not rerun",
)
_experiment(
    "ALR-Fig4",
    "figure",
    "appendix A.5, figure 4",
    "CelebA-HQ samples, adversarial penalty",
    "Samples of the best progressive GAN with the adversarial penalty.",
    "pictures of a GAN experiment that is not rerun",
)
_experiment(
    "ALR-Semi",
    "experiment",
    "appendix A.1",
    "semi-supervised CIFAR-10",
    "VAT reaches 82.46 % test accuracy, ALR with the squared error of logits 83.54 %.",
    "an experiment with a nine-layer convolutional network on CIFAR-10; its data and compute are outside lipref",
)
