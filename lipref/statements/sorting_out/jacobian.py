"""SO, spectral Jacobian regularisation (appendix E)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from lipref._array import Array, epsilon, exact, to_numpy
from lipref.layers import Chain, Linear
from lipref.networks import mlp
from lipref.spectral_jacobian import (
    spectral_jacobian,
    spectral_jacobian_penalty_backward,
    spectral_jacobian_penalty_forward,
)
from lipref.statements import Context, Counterexample, Erratum, Section
from lipref.statements.draws import HALF, arrays, normsq, with_singular_values

section = Section("SO")


def estimate_squared(j: Array, u: Array, steps: int) -> Fraction | None:
    """‖J v‖² after the steps of v = Jᵀu/‖Jᵀu‖, u = J v/‖J v‖; None where 0/0 would occur. Normalised once: rational."""
    for _ in range(steps):
        v = j.T @ u
        u = j @ v
        largest = max(map(abs, u))
        if largest == 0:
            return None
        u = u / largest
    image = j @ v
    return normsq(image) / normsq(v)


@section.statement(
    "SO-PI",
    locator="000, appendix E",
    kind="algorithm",
    title="power iteration for the largest singular value of the Jacobian",
    wording="v = Jᵀu/‖Jᵀu‖, u = J v/‖J v‖, repeated: σ_max(J) is approximated by uᵀ J v.",
    verdict="holds",
    symbols=("lipref.spectral_jacobian.spectral_jacobian",),
    why="Checked exactly after k steps: the estimates do not fall, do not exceed σ_max, and σ_max² - σ_k² is at most "
    "σ_max² (s/σ_max)^(4k-2) tan², s the next smaller singular value, tan that of the angle between u_0 and the top "
    "singular vectors. A start orthogonal to them stays so: J = diag(2, 1), u = (0, 1) gives 1 for ever.",
)
def check_power_iteration(ctx: Context) -> None:
    def law(drawn, u):
        j, left, s, _ = drawn
        u = u[: j.shape[0]]
        top = max(s)
        share = sum((left[:, i] @ u) ** 2 for i in range(len(s)) if s[i] == top)
        if top == 0 or share == 0:
            return
        rest = sum((left[:, i] @ u) ** 2 for i in range(len(s)) if s[i] < top)
        below = max([value for value in s if value < top], default=Fraction(0))
        before = estimate = Fraction(0)
        for steps in (1, 2, 4):
            estimate = estimate_squared(j, u, steps) or Fraction(0)  # 0/0 does not occur: share > 0
            assert before <= estimate <= top**2
            assert top**2 - estimate <= top**2 * (below / top) ** (4 * steps - 2) * rest / share
            before = estimate
        placed, start = ctx.place(np.zeros((1, j.shape[1]))), ctx.place(u.astype(float)[None, :])
        network = ctx.move(Chain((Linear(j.astype(float)),)))
        sigma = float(to_numpy(spectral_jacobian(network, placed, start, steps=4)[0])[0])
        # eight products with sums of three terms; a start near the other vectors amplifies by (σ/share)
        slack = 128 * epsilon(ctx.xp, placed) * float(1 + normsq(u) / share)
        assert abs(sigma**2 - float(estimate)) <= slack * float(top) ** 2

    values = st.sampled_from([Fraction(2), Fraction(1), HALF, Fraction(0)])
    shapes = st.sampled_from([(2, 2), (3, 2), (2, 3)])
    ctx.property(law, drawn=shapes.flatmap(lambda shape: with_singular_values(*shape, values)), u=arrays(3))
    stalled = exact([[2, 0], [0, 1]])
    assert estimate_squared(stalled, exact([0, 1]), 9) == 1 < 4


def frozen_right_vector() -> Counterexample:
    """J = diag(a, 1) at a = 2, u = (1, 1), one step: σ² = (a⁴ + 1)/(a² + 1), so σ dσ/da = 46/25; frozen v gives 8/5."""
    return Counterexample(
        "the gradient of uᵀh does not depend on whether v counts as a constant",
        "σ dσ/da is 46/25 if v follows the parameters and 8/5 if v is held fixed; after convergence both are 2",
        {
            "j": exact([[2, 0], [0, 1]]),
            "direction": exact([[1, 0], [0, 0]]),
            "u": exact([1, 1]),
            "sigma_squared": Fraction(17, 5),
            "following": Fraction(46, 25),
            "frozen": Fraction(8, 5),
        },
    )


def printed_shapes() -> Counterexample:
    """m = 2 outputs, n = 3 inputs: g = uᵀ J is a row, and vᵀ (dg/du) multiplies (3, 1) by (3, 2)."""
    return Counterexample(
        "with g = uᵀ ∂f/∂x and v = g/‖g‖ the product vᵀ (∂g/∂u) is defined and its transpose is (∂f/∂x) v",
        "g and v are rows (1, 3), vᵀ is (3, 1), ∂g/∂u is (3, 2); with the column g = Jᵀu it is (1, 3) by (3, 2)",
        {
            "j": exact([[1, 2, 0], [0, 1, 3]]),
            "g": (1, 3),
            "v_transposed": (3, 1),
            "dg_du": (3, 2),
        },
    )


STOP_GRADIENT = Erratum(
    "spectral-jacobian-gradient",
    "B-25",
    "The parameters are updated along the gradient of L + λ uᵀh; what is held fixed is not said.",
    frozen_right_vector,
    "Held fixed: u and v. For u it is immaterial, since uᵀh = ‖h‖ with the updated u = h/‖h‖ and d‖h‖ = uᵀdh; for v it "
    "changes the gradient unless the iteration has converged. Each sample has its own J and u; how the paper's batch "
    "shares them is not said. The estimate is a lower bound of σ(J): dividing the network by it proves nothing.",
)

SHAPES = Erratum(
    "spectral-jacobian-shapes",
    "B-25",
    "g = uᵀ ∂f/∂x, v = g/‖g‖₂, h = (vᵀ ∂g/∂u)ᵀ.",
    printed_shapes,
    "g = Jᵀu is a column of R^n, ∂g/∂u = Jᵀ is (n, m), and h = (vᵀ Jᵀ)ᵀ = J v.",
)


@section.statement(
    "SO-Alg1",
    spec_id="SO-Alg1, B-25",
    locator="000, appendix E, algorithm 1",
    kind="algorithm",
    title="spectral Jacobian regularisation",
    wording="Per batch: g = uᵀ ∂f/∂x by reverse mode, v = g/‖g‖, h = (vᵀ ∂g/∂u)ᵀ, u = h/‖h‖, and a step along the "
    "gradient of L + λ uᵀh.",
    verdict="holds_corrected",
    symbols=(
        "lipref.spectral_jacobian.spectral_jacobian_penalty",
        "lipref.spectral_jacobian.spectral_jacobian_penalty_forward",
        "lipref.spectral_jacobian.spectral_jacobian_penalty_backward",
    ),
    errata=(STOP_GRADIENT, SHAPES),
)
def check_spectral_jacobian(ctx: Context) -> None:
    case = printed_shapes()
    m, n = case["j"].shape
    assert (case["g"], case["v_transposed"], case["dg_du"]) == ((1, n), (n, 1), (n, m))
    assert case["v_transposed"][1] != case["dg_du"][0] == case["g"][1]

    case = frozen_right_vector()
    j, d, u = case["j"], case["direction"], case["u"]
    step = Fraction(1, 2**20)
    assert estimate_squared(j, u, 1) == case["sigma_squared"]
    ahead, behind = (estimate_squared(j + t * d, u, 1) for t in (step, -step))
    # σ² has a bounded third derivative near a = 2: the central difference of σ²/2 is within step² of its derivative
    assert ahead is not None
    assert behind is not None
    assert abs((ahead - behind) / (4 * step) - case["following"]) <= step**2
    g = j.T @ u
    assert (j @ g) @ (d @ g) / normsq(g) == case["frozen"] != case["following"]

    def linear(w, u, direction):
        """⟨gradient, dW⟩ = u₊ᵀ dW v, so times ‖h‖·‖g‖² it is the rational h'ᵀ dW g with h' = W g."""
        g = w.T @ u
        if not any(w @ g):
            return
        x = ctx.place(np.zeros((1, 3)))
        network = ctx.move(Chain((Linear(w.astype(float)),)))
        value, residuals = spectral_jacobian_penalty_forward(network, x, ctx.place(u.astype(float)[None, :]))
        gradient = to_numpy(spectral_jacobian_penalty_backward(residuals)[1].layers[0].weight)
        claimed = float(value) * float(np.sum(gradient * direction.astype(float))) * float(normsq(g))
        wanted = float((w @ g) @ (direction @ g))
        # a dozen products and sums of at most nine terms, each of the size of the norms; g may cancel
        size = float(vector_size(w) ** 2 * vector_size(u) ** 2 * vector_size(w) * vector_size(direction))
        cancelled = float(vector_size(w) * vector_size(u)) ** 2 / float(normsq(g))
        assert abs(claimed - wanted) <= 256 * epsilon(ctx.xp, x) * size * max(1.0, cancelled)

    def smooth(seed):
        """h = J v of a network with tanh: the jvp along v, whose output is ‖h‖ u."""
        rng = np.random.default_rng(seed)
        network = mlp([3, 4, 2], rng=rng, dtype="float64")
        x, start = rng.standard_normal((2, 3)), rng.standard_normal((2, 2))
        _, residuals = spectral_jacobian_penalty_forward(network, x, start)
        h = network.jvp(residuals.saved, residuals.v)
        sigma = spectral_jacobian(network, x, start)[0]
        assert np.max(np.abs(h - sigma[:, None] * residuals.u)) <= 64 * np.finfo(float).eps

    ctx.property(linear, w=arrays(2, 3), u=arrays(2), direction=arrays(2, 3))
    ctx.property(smooth, seed=st.integers(0, 2**32 - 1))


def vector_size(x: Array) -> Fraction:
    """Sum of absolute values: at least the 2-norm."""
    return sum((abs(v) for v in np.ravel(x)), Fraction(0))
