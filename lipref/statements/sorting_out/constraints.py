"""SO, section 4.2 and appendix B: weights of norm 1, by Björck's iteration, by projection, by normalisation.

Weights are drawn as W = U diag(s) Vᵀ in fractions, so that the exact result is known for the float computation: an
iteration that commutes with singular vectors gives U diag(g(s)) Vᵀ.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from lipref._array import Array, epsilon, exact, to_numpy
from lipref.layers import Chain, GroupSort, Linear
from lipref.networks import scale_inside
from lipref.norms import operator_norm, spectral_bound_squared, spectral_estimate
from lipref.orthogonal import (
    bjorck,
    bjorck_backward,
    bjorck_basin,
    bjorck_coefficients,
    bjorck_forward,
    bjorck_iterations_needed,
    bjorck_scalar,
    parseval_basin,
    parseval_step,
)
from lipref.projections import clip_entries, l1_ball, l1_ball_backward, l1_ball_forward, l1_ball_jvp, spectral_normalize
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import HALF, arrays, fractions, identity, normsq, orthogonal, with_singular_values

section = Section("SO")

ZERO, ONE = Fraction(0), Fraction(1)
SHAPES = ((2, 2), (3, 2), (2, 3), (3, 3), (1, 3))


def weights_with(values: Any) -> st.SearchStrategy[Any]:
    """(W, U, s, V) of several shapes, tall, square and wide."""
    return st.sampled_from(SHAPES).flatmap(lambda shape: with_singular_values(*shape, st.sampled_from(values)))


def _largest_difference(x: Array, y: Array) -> float:
    return float(abs(to_numpy(x).astype(float) - y.astype(float)).max())


@section.statement(
    "SO-Eq3",
    locator="000, section 4.2.1, equation (3); 001, equation (2)",
    kind="algorithm",
    title="Björck orthonormalisation",
    wording="A <- A sum_{i<=p} c_i Q^i with Q = I - AᵀA and c_i = (-1)^i binom(-1/2, i), repeated, finds the "
    "orthonormal matrix closest to A.",
    verdict="holds",
    symbols=("lipref.orthogonal.bjorck", "lipref.orthogonal.bjorck_coefficients", "lipref.orthogonal.bjorck_scalar"),
    proof="proofs/coq/BjorckMatrix.v",
    why="Checked: coefficients; what j steps do to every singular value; that U Vᵀ is nearest. Closeness of the limit "
    "is for full rank and singular values inside the basin (SO-B3-Suff).",
)
def check_bjorck(ctx: Context) -> None:
    binomial = ONE
    for i, c in enumerate(bjorck_coefficients(12)):
        assert c == (-1) ** i * binomial
        binomial *= (-HALF - i) / (i + 1)

    def steps(drawn, order, iterations):
        w, u, s, v = drawn
        placed = ctx.place(w.astype(float))
        q = bjorck(placed, order=order, iterations=iterations, scaling="none")
        for _ in range(iterations):
            s = exact([bjorck_scalar(x, order) for x in s])
        # p + 2 products a step, sums of at most 3 terms of matrices of norm <= 1.1; g_p' <= g_4'(0) < 5/2 between steps
        slack = 2.5**iterations * (order + 2) * 3 * 4 * epsilon(ctx.xp, placed)
        assert _largest_difference(q, (u * s) @ v.T) <= slack

    values = (ZERO, Fraction(1, 3), HALF, Fraction(9, 10), ONE, Fraction(11, 10))
    ctx.property(steps, drawn=weights_with(values), order=st.integers(1, 4), iterations=st.integers(1, 3))

    def nearest(drawn, q):
        w, u, _, v = drawn
        if w.shape[0] == w.shape[1]:
            assert normsq(w - u @ v.T) <= normsq(w - q[: len(w), : len(w)])

    square = with_singular_values(3, 3, st.sampled_from(values))
    ctx.property(nearest, drawn=square, q=orthogonal(3))


def fifteen_iterations_leave_half() -> Counterexample:
    """diag(1, 1/1000): fifteen first-order steps multiply the small singular value by less than 438."""
    return Counterexample(
        "with p = 1, fifteen iterations give a close approximation of an orthonormal matrix",
        "a step multiplies a singular value by at most 3/2, so the second one is still below 1/2",
        {"w": exact([[1, 0], [0, "1/1000"]]), "iterations": 15, "bound": Fraction(3, 2) ** 15 / 1000},
    )


FIFTEEN_ITERATIONS = Erratum(
    "fifteen-iterations",
    "B-33",
    "With p = 1 around 15 iterations are typically sufficient for a close approximation.",
    fifteen_iterations_leave_half,
    "The steps needed grow like log(1/s_min)/log(3/2): after 15 a singular value s is at most 438 s. The norm is at "
    "most 1 after any number of steps from singular values in [0, 1]; only gradient norm is lost. A 128 × 128 Gaussian "
    "matrix is not orthonormal after 15 steps.",
)


@section.statement(
    "SO-BjorckUse",
    spec_id="SO-BjorckUse, B-33",
    locator="000 and 001, section 4.2.1; 000, appendix B",
    kind="remark",
    title="how many Björck iterations: 2-3 in training, 15 or more at the end",
    wording="Order 1 with 2 or 3 iterations in each forward pass, 15 or more at the end, enforces the norm tightly; "
    "the orthonormal weights are then fixed.",
    verdict="holds_corrected",
    symbols=("lipref.orthogonal.bjorck", "lipref.orthogonal.bjorck_iterations_needed", "lipref.networks.freeze"),
    errata=(FIFTEEN_ITERATIONS,),
    proof="proofs/coq/BjorckScalar.v",
)
def check_bjorck_use(ctx: Context) -> None:
    case = fifteen_iterations_leave_half()
    assert case["bound"] < HALF
    q = bjorck(ctx.place(case["w"].astype(float)), iterations=case["iterations"], scaling="none")
    assert 0.4 < float(to_numpy(q)[1, 1]) <= float(case["bound"])

    def law(s, iterations):
        grown = s
        for j in range(1, iterations + 1):
            previous, grown = grown, bjorck_scalar(grown)
            assert previous <= grown <= 1, "a step lost gradient norm or left the unit ball"
            assert grown <= Fraction(3, 2) ** j * s
        steps = bjorck_iterations_needed(float(s), 1e-6)
        assert steps + 1 >= math.log(0.99 / s) / math.log(1.5)

    small = st.integers(1, 64).map(lambda n: Fraction(n, 64))
    ctx.property(law, s=small, iterations=st.integers(1, 4))


@section.statement(
    "SO-Bjorck-VJP",
    locator="derived from 000, equation (3)",
    kind="equation",
    title="pull-back of one first-order Björck step",
    wording="For p = 1 the cotangent of A is (3 G - G AᵀA - A GᵀA - A AᵀG)/2, G that of the result; at an orthogonal "
    "Q it is the tangent projection (G - Q GᵀQ)/2.",
    verdict="holds",
    proof="proofs/orthogonal_bjorck_backward.py",
    symbols=("lipref.orthogonal.bjorck_backward",),
)
def check_bjorck_backward(ctx: Context) -> None:
    def law(drawn, g):
        a, _, s, _ = drawn
        g = g[: a.shape[0], : a.shape[1]]
        placed, cotangent = ctx.place(a.astype(float)), ctx.place(g.astype(float))
        _, residuals = bjorck_forward(placed, iterations=1, scaling="none")
        pulled = bjorck_backward(residuals, cotangent)
        expected = (3 * g - g @ a.T @ a - a @ g.T @ a - a @ a.T @ g) / 2
        # three products with 3-term sums of entries below 9 + 3·9; the multipliers carry eps themselves
        slack = 256 * epsilon(ctx.xp, placed) * (1 + float(abs(g).max()))
        assert _largest_difference(pulled, expected) <= slack
        if a.shape[0] == a.shape[1] and all(x == 1 for x in s):
            assert (2 * expected).tolist() == (g - a @ g.T @ a).tolist()

    values = (ZERO, HALF, ONE, ONE, Fraction(6, 5))
    ctx.property(law, drawn=weights_with(values), g=arrays(3, 3))


def scaled_down_rank_deficient() -> Counterexample:
    """diag(1/2, 0) has all singular values <= 1; the iteration takes it to diag(1, 0), which is not orthonormal."""
    return Counterexample(
        "scaling so that all singular values are at most 1 makes ‖WᵀW - I‖₂ < 1, hence the iteration converges to an "
        "orthonormal matrix",
        "‖WᵀW - I‖₂ = 1, the singular value 0 stays 0; and for the wide (1, 0), orthonormal already, ‖WᵀW - I‖₂ = 1 "
        "too",
        {"w": exact([["1/2", 0], [0, 0]]), "limit": exact([[1, 0], [0, 0]]), "wide": exact([[1, 0]])},
    )


RANK_DEFICIENT_SCALING = Erratum(
    "rank-deficient-scaling",
    "B-32",
    "‖WᵀW - I‖₂ < 1 is sufficient, and holds after scaling all singular values to at most 1.",
    scaled_down_rank_deficient,
    "Sufficient, never met for wide W, and not met where a singular value is 0. It suffices that W has full rank and "
    "its singular values lie in (0, s_p), s_p >= √2 the end of the basin; zero singular values stay zero.",
)


@section.statement(
    "SO-B3-Suff",
    spec_id="SO-B3-Suff, B-32",
    locator="000, appendix B.3",
    kind="proposition",
    title="a sufficient condition for convergence, and how to meet it by scaling",
    wording="The iteration converges if ‖WᵀW - I‖₂ < 1, which scaling all singular values to at most 1 ensures.",
    verdict="holds_corrected",
    proof="proofs/coq/BjorckScalar.v",
    symbols=("lipref.orthogonal.bjorck", "lipref.orthogonal.bjorck_basin"),
    errata=(RANK_DEFICIENT_SCALING,),
    why="Convergence is checked as: the tolerance 1e-12 is reached and the result is the known polar factor.",
)
def check_sufficient_condition(ctx: Context) -> None:
    case = scaled_down_rank_deficient()
    for w in (case["w"], case["wide"]):  # diagonal: the norm of WᵀW - I is its largest entry
        assert max(abs(v) for v in (w.T @ w - identity(w.shape[1])).ravel()) == 1
    q = bjorck(ctx.place(case["w"].astype(float)), iterations=60, scaling="none")
    assert _largest_difference(q, case["limit"]) <= 8 * epsilon(ctx.xp, q)

    def law(drawn, order):
        w, u, s, v = drawn
        if w.shape[0] >= w.shape[1]:
            assert max(abs(x * x - 1) for x in s) < 1, "the draw does not satisfy the printed condition"
        placed = ctx.place(w.astype(float))
        q = bjorck(placed, order=order, tolerance=1e-12, scaling="none")
        # the polar factor moves by at most 1/s_min per unit of W; about 20 steps of (p + 2)·3 roundings each
        slack = 1e-12 + 20 * (order + 2) * 3 * 4 * epsilon(ctx.xp, placed) / float(min(s))
        assert _largest_difference(q, u @ v.T) <= slack

    values = (Fraction(1, 10), HALF, ONE, Fraction(7, 5), Fraction(141, 100))
    ctx.property(law, drawn=weights_with(values), order=st.integers(1, 3))


def half_of_one() -> Counterexample:
    """W = 1, a = 1/2: one first-order step gives 11/16, neither 1 nor 1/2."""
    return Counterexample(
        "BJORCK(aW) = a BJORCK(W) (called scale invariance)",
        "one step takes 1/2 to 11/16, and 1 to 1; the limits are 1 and 1",
        {"w": ONE, "a": HALF, "one_step": Fraction(11, 16), "limits": (ONE, ONE)},
    )


SCALE_INVARIANCE = Erratum(
    "scale-invariance",
    "B-30",
    "The output is scale-invariant: BJORCK(aW) = a BJORCK(W).",
    half_of_one,
    "Only in the limit, and without the factor: lim BJORCK(aW) = sign(a) lim BJORCK(W) while the singular values of "
    "both stay in the basin. After finitely many steps neither invariance nor homogeneity holds.",
)


@section.statement(
    "SO-B3-Scale",
    spec_id="B-30",
    locator="000, appendix B.3",
    kind="remark",
    title="scale invariance of the iteration",
    wording="BJORCK(aW) = a BJORCK(W), so weights may be rescaled before the iteration.",
    verdict="refuted",
    symbols=("lipref.orthogonal.bjorck", "lipref.orthogonal.bjorck_scalar"),
    errata=(SCALE_INVARIANCE,),
    why="The corrected statement is checked at the tolerance 1e-12.",
)
def check_scale_invariance(ctx: Context) -> None:
    case = half_of_one()
    step = bjorck_scalar(case["a"] * case["w"])
    assert step == case["one_step"]
    assert step not in (bjorck_scalar(case["w"]), case["a"] * bjorck_scalar(case["w"]))

    def law(drawn, a):
        w, _, s, _ = drawn
        one = bjorck(ctx.place(w.astype(float)), tolerance=1e-12, scaling="none")
        other = bjorck(ctx.place((a * w).astype(float)), tolerance=1e-12, scaling="none")
        slack = 2e-12 + 480 * epsilon(ctx.xp, one) / float(min(s) * abs(a))  # as in SO-B3-Suff
        assert _largest_difference(other, to_numpy(one) * (1 if a > 0 else -1)) <= slack

    factor = st.sampled_from([HALF, Fraction(-1, 2), -ONE, Fraction(5, 4), Fraction(1, 8)])
    ctx.property(law, drawn=weights_with((HALF, ONE, Fraction(4, 3))), a=factor)


@section.statement(
    "SO-B3-Basin",
    spec_id="B-31",
    locator="derived for 000, appendix B.3",
    kind="proposition",
    title="the exact basin of convergence for every order",
    wording="g_p'(s) = (2p+1) c_p (1 - s²)^p; the singular values in (0, s_p) tend to 1, with s_p the positive zero "
    "of g_p for odd p and its second fixed point for even p: √3, √(7/3), ... > √2; just above s_p they do not.",
    verdict="holds",
    symbols=("lipref.orthogonal.bjorck_basin", "lipref.orthogonal.bjorck_scalar"),
    proof="proofs/coq/BjorckScalar.v",
    why="The derivative is checked symbolically for p <= 8; the basin by iterating from s_p (1 ± 1/1000) and from "
    "draws.",
)
def check_basin(ctx: Context) -> None:
    import sympy

    s = sympy.Symbol("s")
    for p in ctx.cases(range(1, 9)):
        c = bjorck_coefficients(p)[p]
        claimed = (2 * p + 1) * sympy.Rational(c.numerator, c.denominator) * (1 - s**2) ** p
        g = sum(
            s * sympy.Rational(c.numerator, c.denominator) * (1 - s**2) ** i
            for i, c in enumerate(bjorck_coefficients(p))
        )
        assert sympy.expand(sympy.diff(g, s) - claimed) == 0
        end = bjorck_basin(p)
        assert end > math.sqrt(2)
        square = Fraction(end) ** 2  # the zero of Σ c_i e^i, or of (g_p(s)/s - 1)/e, at e = 1 - s²
        tail = bjorck_coefficients(p) if p % 2 else bjorck_coefficients(p)[1:]
        around = [
            sum(c * (1 - square * f) ** i for i, c in enumerate(tail))
            for f in (1 - Fraction(1, 10**12), 1 + Fraction(1, 10**12))
        ]
        assert around[0] * around[1] < 0, f"s_{p} is not where the basin ends"
        assert _limit(end * 0.999, p) == 1
        assert _limit(end * 1.001, p) == (-1 if p % 2 else math.inf)
    assert abs(bjorck_basin(1) ** 2 - 3) < 1e-14
    assert abs(bjorck_basin(2) ** 2 - 7 / 3) < 1e-14

    def inside(p, part):
        assert _limit(part * bjorck_basin(p), p) == 1

    ctx.property(inside, p=st.integers(1, 8), part=st.floats(1e-3, 0.9999))


def _limit(s: float, order: int) -> float:
    """1, -1 or inf: where 300 steps lead; NaN if they settle nowhere."""
    for _ in range(300):
        s = bjorck_scalar(s, order)
        if abs(s) > 1e6:
            return math.inf
    return float(round(s)) if abs(abs(s) - 1) < 1e-10 else math.nan


def _check_spectral_rule(ctx: Context, rule: str, tight: Array) -> None:
    """The rule bounds σ² on exact weights, with equality at `tight`, and is not below the rows-columns rule."""

    def law(drawn):
        w, _, s, _ = drawn
        bound = spectral_bound_squared(w, rule)
        assert max(x * x for x in s) <= bound
        assert spectral_bound_squared(w, "rows-columns") <= bound

    ctx.property(law, drawn=weights_with((ZERO, HALF, ONE, Fraction(3), Fraction(7, 2))))
    assert spectral_bound_squared(tight, rule) == normsq(tight)  # one row or column: σ² is the sum of squares


@section.statement(
    "SO-Eq10",
    spec_id="SO-Eq10, B-35",
    locator="000, appendix B.3, equation (10)",
    kind="equation",
    title="bound of the largest singular value by the largest entry",
    wording="σ_max <= √(mn) max |w_ij|.",
    verdict="holds",
    proof="proofs/norms_duals_and_bounds.py",
    symbols=("lipref.norms.spectral_bound", "lipref.norms.spectral_bound_squared"),
)
def check_entry_bound(ctx: Context) -> None:
    _check_spectral_rule(ctx, "entries", exact([[1, -1, 1, 1]]))


@section.statement(
    "SO-Eq11",
    spec_id="SO-Eq11, B-35",
    locator="000, appendix B.3, equation (11)",
    kind="equation",
    title="bound of the largest singular value by column sums",
    wording="σ_max <= √n ‖W‖₁, with n columns and ‖W‖₁ the largest absolute column sum.",
    verdict="holds",
    proof="proofs/norms_duals_and_bounds.py",
    symbols=("lipref.norms.spectral_bound", "lipref.norms.spectral_bound_squared"),
)
def check_column_bound(ctx: Context) -> None:
    ones = exact([[1, 1, 1, 1]])
    _check_spectral_rule(ctx, "columns", ones)
    rows, column_sum = ones.shape[0], operator_norm(ones, 1)
    assert rows * column_sum**2 < normsq(ones), "with the number of rows instead it would be no bound"


@section.statement(
    "SO-Eq12",
    spec_id="SO-Eq12, B-35",
    locator="000, appendix B.3, equation (12)",
    kind="equation",
    title="bound of the largest singular value by row sums",
    wording="σ_max <= √m ‖W‖_inf, with m rows and ‖W‖_inf the largest absolute row sum.",
    verdict="holds",
    proof="proofs/norms_duals_and_bounds.py",
    symbols=("lipref.norms.spectral_bound", "lipref.norms.spectral_bound_squared"),
)
def check_row_bound(ctx: Context) -> None:
    ones = exact([[1], [1], [1], [1]])
    _check_spectral_rule(ctx, "rows", ones)
    columns, row_sum = ones.shape[1], operator_norm(ones, math.inf)
    assert columns * row_sum**2 < normsq(ones), "with the number of columns instead it would be no bound"


def parseval_gradient() -> Counterexample:
    """W = 1/2, β = 1/2: the gradient step on (β/2)(w² - 1)² gives 7/8, the printed update 11/16."""
    return Counterexample(
        "the update (1 + β)W - βWWᵀW subtracts the gradient of (β/2)‖WᵀW - I‖²",
        "that gradient is 2βW(WᵀW - I) = -3/8, so the step leads to 7/8 and not to 11/16",
        {"w": HALF, "beta": HALF, "gradient": Fraction(-3, 8), "step": Fraction(7, 8), "update": Fraction(11, 16)},
    )


PARSEVAL_FACTOR = Erratum(
    "parseval-factor",
    "B-34",
    "The update comes from the gradient of (β/2)‖WᵀW - I‖_F²; it is written W(I + β).",
    parseval_gradient,
    "It is a gradient step on (β/4)‖WᵀW - I‖_F², whose gradient is βW(WᵀW - I); the first term is (1 + β)W.",
)


@section.statement(
    "SO-Eq9",
    spec_id="SO-Eq9, B-34",
    locator="000, appendix B.1, equation (9)",
    kind="equation",
    title="the Parseval step and its relation to Björck's",
    wording="W <- (1 + β)W - βWWᵀW, a gradient step on (β/2)‖WᵀW - I‖²; with β = 1/2 it is one Björck step of order "
    "1; for small β it converges, slowly.",
    verdict="holds_corrected",
    proof="proofs/coq/Parseval.v",
    symbols=("lipref.orthogonal.parseval_step", "lipref.orthogonal.parseval_basin"),
    errata=(PARSEVAL_FACTOR,),
    why="Convergence is checked through the map of a singular value, at the ends of its basin (0, √((1+β)/β)).",
)
def check_parseval(ctx: Context) -> None:
    case = parseval_gradient()
    w, beta = case["w"], case["beta"]
    assert 2 * beta * w * (w * w - 1) == case["gradient"]
    assert w - case["gradient"] == case["step"] != case["update"] == (1 + beta) * w - beta * w**3

    def law(a, d, beta):
        def energy(t):
            gram = (a + t * d).T @ (a + t * d) - identity(a.shape[1])
            return beta / 4 * normsq(gram)

        slope = (energy(-2) - 8 * energy(-1) + 8 * energy(1) - energy(2)) / 12  # exact for polynomials of degree 4
        stepped = (1 + beta) * a - beta * (a @ a.T @ a)
        assert sum(((a - stepped) * d).ravel()) == slope, "not the gradient of (β/4)‖WᵀW - I‖²"
        placed = ctx.place(a.astype(float))
        slack = 64 * epsilon(ctx.xp, placed) * float(1 + abs(a).max()) ** 3  # two products of 2- and 3-term sums
        assert _largest_difference(parseval_step(placed, float(beta)), stepped) <= slack
        half = bjorck_scalar(a[0, 0])
        assert half == (1 + HALF) * a[0, 0] - HALF * a[0, 0] ** 3

    beta = st.sampled_from([HALF, Fraction(1, 10), Fraction(3, 10000)])
    ctx.property(law, a=arrays(3, 2, bound=1), d=arrays(3, 2, bound=1), beta=beta)
    for b in (0.5, 0.3, 0.1):
        for factor, limit in ((0.001, 1), (0.999, 1), (1.001, -1)):
            s = factor * parseval_basin(b)
            for _ in range(2000):
                s = (1 + b) * s - b * s**3
            assert abs(s - limit) < 1e-9


def stale_power_iteration() -> Counterexample:
    """diag(2, 1) from u = (1, 1): one power step estimates σ² = 17/5 < 4, and the normalised weight has norm² 20/17."""
    return Counterexample(
        "dividing by the power iteration's estimate brings the largest singular value to at most 1",
        "the estimate is too small, and the largest singular value of the result exceeds 1",
        {
            "w": exact([[2, 0], [0, 1]]),
            "u": exact([1, 1]),
            "estimate_squared": Fraction(17, 5),
            "norm_squared_after": Fraction(20, 17),
        },
    )


UNDERESTIMATE = Erratum(
    "power-iteration-underestimates",
    "B-36",
    "Spectral normalisation makes the largest singular value less than 1.",
    stale_power_iteration,
    "It aims at 1, and the estimate ‖W v‖ is at most σ_max: the norm of the result is at least 1 before rounding. A "
    "guarantee needs a bound of σ_max from above.",
)


@section.statement(
    "SO-SN",
    spec_id="SO-SN, B-36",
    locator="000, appendix B.2",
    kind="algorithm",
    title="spectral normalisation, and that it does not preserve gradient norm",
    wording="Dividing W by a power-iteration estimate of σ_max makes its largest singular value less than 1; the "
    "others may stay small, so gradient norm is not preserved.",
    verdict="holds_corrected",
    symbols=("lipref.norms.spectral_estimate", "lipref.projections.spectral_normalize"),
    errata=(UNDERESTIMATE,),
)
def check_spectral_normalisation(ctx: Context) -> None:
    case = stale_power_iteration()
    w, u = case["w"], case["u"]
    v = w.T @ u
    assert normsq(w @ v) / normsq(v) == case["estimate_squared"]
    assert 4 / case["estimate_squared"] == case["norm_squared_after"] > 1
    placed, start = ctx.place(w.astype(float)), ctx.place(u.astype(float))
    slack = 32 * epsilon(ctx.xp, placed)
    assert abs(float(spectral_estimate(placed, start)[0]) ** 2 - float(case["estimate_squared"])) <= 4 * slack
    loose = spectral_normalize(placed, start, safe=False)
    assert abs(float(operator_norm(loose, 2)) ** 2 - float(case["norm_squared_after"])) <= 4 * slack

    def law(drawn, u):
        w, _, s, _ = drawn
        u = u[: w.shape[0]]
        if max(s) == 0 or not any(u):
            return
        placed = ctx.place(w.astype(float))
        estimate = float(spectral_estimate(placed, ctx.place(u.astype(float)), steps=3)[0])
        assert estimate <= float(max(s)) * (1 + slack)
        safe = to_numpy(spectral_normalize(placed, ctx.place(u.astype(float))))
        # singular vectors are kept and the values divided: small ones stay small, so gradient norm is lost
        assert abs(safe.astype(float) * float(max(s)) - w.astype(float)).max() <= 64 * slack * float(max(s))
        assert float(operator_norm(ctx.place(safe), 2)) <= 1 + slack

    ctx.property(law, drawn=weights_with((ZERO, Fraction(1, 4), ONE, Fraction(3))), u=arrays(3))


@section.statement(
    "SO-Conv",
    locator="000 and 001, section 4.2.1",
    kind="remark",
    title="a convolution is bounded by its unfolded filter, up to a constant",
    wording="A convolution is a linear map; up to a constant its norm is at most the spectral norm of the filter as a "
    "matrix.",
    verdict="holds",
    why="The constants are cited, not given. Checked in one dimension with circular padding: √k for a kernel of k "
    "taps, since each input entry occurs in k windows; attained.",
)
def check_convolution(ctx: Context) -> None:
    def apply(kernel, x, taps):
        channels, length = x.shape
        windows = exact([[x[c, (t + j) % length] for c in range(channels) for j in range(taps)] for t in range(length)])
        return windows @ kernel.T

    def law(drawn, x):
        kernel, _, s, _ = drawn  # (out, 2 channels · 2 taps)
        assert normsq(apply(kernel, x, 2)) <= 2 * max(s) ** 2 * normsq(x)

    drawn = with_singular_values(3, 4, st.sampled_from([ZERO, HALF, ONE, Fraction(2)]))
    ctx.property(law, drawn=drawn, x=arrays(2, 3))
    kernel, constant = exact([[1, 1]]), exact([[1, 1, 1]])
    assert normsq(apply(kernel, constant, 2)) == 2 * normsq(kernel) * normsq(constant)


def entries_within_one() -> Counterexample:
    """(1, 1, 1) lies in the ball of the largest entry, and its row sum is 3."""
    return Counterexample(
        "projecting the weights onto the L_inf ball enforces ‖W‖_inf = 1",
        "clipping entries leaves (1, 1, 1), of norm 3; and a row (1/4, 1/4, 0) inside the ball keeps its norm 1/2",
        {
            "w": exact([[1, 1, 1]]),
            "clipped": exact([[1, 1, 1]]),
            "projected": exact([["1/3", "1/3", "1/3"]]),
            "inside": exact([["1/4", "1/4", 0]]),
        },
    )


LINF_BALL = Erratum(
    "linf-ball",
    "B-40",
    "Weights are projected onto the L_inf ball (Condat's algorithm 1), which enforces ‖W‖_inf = 1.",
    entries_within_one,
    "Each row is projected onto the l1 ball of radius 1: the ball of the matrix norm ‖·‖_inf. Rows inside are left "
    "alone, so the norm is at most 1, not 1.",
)


@section.statement(
    "SO-Linf",
    spec_id="SO-Linf, B-40",
    locator="000, section 4.2.2; 001, section 4.2.2",
    kind="algorithm",
    title="projection onto the ball of the matrix inf-norm",
    wording="Weights are projected onto the L_inf ball by Condat's algorithm 1: sort |w|, find the threshold τ, "
    "shrink by τ.",
    verdict="holds_corrected",
    proof="proofs/projections_l1_ball.py",
    symbols=("lipref.projections.l1_ball", "lipref.projections.clip_entries"),
    errata=(LINF_BALL,),
)
def check_l1_projection(ctx: Context) -> None:
    case = entries_within_one()
    assert clip_entries(case["w"], 1).tolist() == case["clipped"].tolist()
    assert operator_norm(case["clipped"], math.inf) == 3
    assert l1_ball(case["w"]).tolist() == case["projected"].tolist()
    assert l1_ball(case["inside"]).tolist() == case["inside"].tolist()
    assert l1_ball(exact([[2, 1, 0]])).tolist() == [[1, 0, 0]]

    def law(w):
        projected = l1_ball(w)
        for y, x in zip(w, projected):
            gap = y - x  # x is nearest iff <y - x, z> <= <y - x, x> for all z in the ball, whose vertices are ±e_i
            assert sum(abs(x)) <= 1
            assert max(abs(gap)) <= gap @ x, "the variational inequality fails"
            if sum(abs(y)) <= 1:
                assert x.tolist() == y.tolist()
            else:
                u = sorted(abs(y), reverse=True)
                count = max(k for k in range(1, len(u) + 1) if (sum(u[:k]) - 1) / k < u[k - 1])
                tau = (sum(u[:count]) - 1) / count
                assert abs(x).tolist() == [max(abs(v) - tau, ZERO) for v in y]

    ctx.property(law, w=arrays(2, 4, bound=2))


@section.statement(
    "SO-Linf-VJP",
    locator="derived from 000, section 4.2.2",
    kind="equation",
    title="Jacobian of the projection onto the l1 ball",
    wording="Outside the ball, with support S and signs s on it, J = diag(S) - s sᵀ/|S|; inside, J = I.",
    verdict="holds",
    proof="proofs/projections_l1_ball.py",
    symbols=("lipref.projections.l1_ball_backward", "lipref.projections.l1_ball_jvp"),
    why="Checked where the support does not change nearby.",
)
def check_l1_backward(ctx: Context) -> None:
    step = Fraction(1, 2**30)

    def law(w, d):
        x, residuals = l1_ball_forward(w)
        ahead, behind = l1_ball(w + step * d), l1_ball(w - step * d)
        smooth = (ahead + behind == 2 * x).all()
        for row, y in enumerate(w):
            signs = exact([(v > 0) - (v < 0) for v in x[row]])
            inside = sum(abs(y)) <= 1
            jacobian = identity(4)
            if not inside:
                support = signs * signs
                jacobian = exact([[support[i] * (i == j) for j in range(4)] for i in range(4)])
                jacobian = jacobian - signs[:, None] * signs[None, :] / sum(support)
            assert l1_ball_jvp(residuals, d)[row].tolist() == (jacobian @ d[row]).tolist()
            assert l1_ball_backward(residuals, d)[row].tolist() == (d[row] @ jacobian).tolist()
            if smooth:
                assert (ahead[row] - behind[row]).tolist() == (2 * step * (jacobian @ d[row])).tolist()

    ctx.property(law, w=arrays(2, 4, bound=2), d=arrays(2, 4))


def scales_past_biases() -> Counterexample:
    """Scales (2, 3) after two layers with all weights and biases 1: at x = 1 the network gives 15, not 6 · 3."""
    return Counterexample(
        "constant scale layers with product 6 are equivalent to scaling the output by 6",
        "3 (relu(2 (1 + 1)) + 1) = 15, and 6 (relu(1 + 1) + 1) = 18",
        {"scales": (2, 3), "weight": ONE, "bias": ONE, "x": ONE, "inner": Fraction(15), "outer": Fraction(18)},
    )


INNER_SCALE_BIASES = Erratum(
    "inner-scale-biases",
    "B-24",
    "Since activations are homogeneous, scale layers are equivalent to scaling the output by the product of the "
    "scales.",
    scales_past_biases,
    "For scales >= 0, and with the bias of layer l multiplied by the product of the scales before it; or for networks "
    "without biases.",
)


@section.statement(
    "SO-ScaleLayer",
    spec_id="SO-ScaleLayer, B-24",
    locator="000, appendix G.3",
    kind="construction",
    title="scale layers inside a network",
    wording="Constant scale layers with product K make the network K-Lipschitz and are equivalent to scaling its "
    "output, by homogeneity of the activations.",
    verdict="holds_corrected",
    symbols=("lipref.networks.scale_inside", "lipref.layers.Scale"),
    errata=(INNER_SCALE_BIASES,),
)
def check_scale_layers(ctx: Context) -> None:
    case = scales_past_biases()
    (first, second), w, b, x = case["scales"], case["weight"], case["bias"], case["x"]
    hidden = max(first * (w * x + b), ZERO)
    assert second * (w * hidden + b) == case["inner"]
    assert first * second * (w * max(w * x + b, ZERO) + b) == case["outer"] != case["inner"]
    assert second * (w * hidden + first * b) == case["outer"]

    def law(w1, b1, w2, b2, x, scales):
        network = Chain((Linear(w1, b1), GroupSort(2), Linear(w2, b2)))
        inside = scale_inside(network, scales)
        assert inside(x).tolist() == (scales[0] * scales[1] * network(x)).tolist()

    shapes = {"w1": arrays(4, 2), "b1": arrays(4), "w2": arrays(2, 4), "b2": arrays(2), "x": arrays(2)}
    scales = st.lists(fractions().map(abs), min_size=2, max_size=2)
    ctx.property(law, **shapes, scales=scales)
