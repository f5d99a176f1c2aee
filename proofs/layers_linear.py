"""The passes of an affine layer: backward, jvp and the backward pass of the jvp.

Claim. For y = x wᵀ + b and dy = dx wᵀ, and the scalar S = ⟨y_bar, y⟩ + ⟨dy_bar, dy⟩,

    ∂S/∂x  = y_bar w          ∂S/∂w = y_barᵀ x + dy_barᵀ dx
    ∂S/∂dx = dy_bar w         ∂S/∂b = Σ y_bar over the batch

which `Linear.jvp_backward` returns; `Linear.backward` is the part with dy_bar = 0, and a Chain of two layers composes
both cotangents by the chain rule, second derivatives of the activation included.

Level. Linear: symbolic, for every batch of two rows, n = 3 inputs and m = 2 outputs; all formulas are sums over
indices, so other sizes repeat the same terms. Chain: symbolic at width 2 with the square as a smooth activation, by
hand, and the code at exact rational points with the activation abs, whose second derivative is zero off the kink.
"""

import numpy as np
import sympy as sp

from lipref import exact
from lipref.layers import Activation, Chain, Linear


def symbols(name, rows, columns):
    """Matrix of independent real symbols."""
    return sp.Matrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i}{j}", real=True))


def gradient(scalar, matrix):
    """Matrix of derivatives."""
    return matrix.applyfunc(lambda entry: sp.diff(scalar, entry))


def inner(a, b):
    """⟨a, b⟩"""
    return sum(a.multiply_elementwise(b))


def check_linear():
    """The four formulas, and the code on rational values of all symbols, exactly."""
    x, dx, w, b = symbols("x", 2, 3), symbols("dx", 2, 3), symbols("w", 2, 3), symbols("b", 1, 2)
    y_bar, dy_bar = symbols("yb", 2, 2), symbols("db", 2, 2)
    y, dy = x * w.T + sp.ones(2, 1) * b, dx * w.T
    scalar = inner(y_bar, y) + inner(dy_bar, dy)
    formulas = {
        "x": (gradient(scalar, x), y_bar * w),
        "dx": (gradient(scalar, dx), dy_bar * w),
        "w": (gradient(scalar, w), y_bar.T * x + dy_bar.T * dx),
        "b": (gradient(scalar, b), sp.ones(1, 2) * y_bar),
    }
    for derived, claimed in formulas.values():
        assert sp.expand(derived - claimed) == sp.zeros(*derived.shape)
    rng = np.random.default_rng(0)
    everything = [x, dx, w, b, y_bar, dy_bar]
    values = {s: sp.Rational(int(rng.integers(-9, 10)), 4) for matrix in everything for s in matrix}
    arrays = [
        exact([[str(matrix.subs(values)[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)])
        for matrix in everything
    ]
    ax, adx, aw, ab, ay_bar, ady_bar = arrays
    layer = Linear(aw, ab[0])
    got_y, residuals = layer.forward(ax)
    x_bar, dx_bar, grads = layer.jvp_backward(residuals, adx, ay_bar, ady_bar)
    pairs = [
        (got_y, y),
        (layer.jvp(residuals, adx), dy),
        (x_bar, y_bar * w),
        (dx_bar, dy_bar * w),
        (grads.weight, y_bar.T * x + dy_bar.T * dx),
        (grads.bias[None], sp.ones(1, 2) * y_bar),
    ]
    first, first_grads = layer.backward(residuals, ay_bar)
    pairs += [(first, y_bar * w), (first_grads.weight, y_bar.T * x), (first_grads.bias[None], sp.ones(1, 2) * y_bar)]
    for got, formula in pairs:
        expected = formula.subs(values)
        assert all(
            sp.Rational(str(got[i, j])) == expected[i, j] for i in range(expected.rows) for j in range(expected.cols)
        )


def check_chain_rule():
    """For z = w₂ φ(w₁ x): x_bar gains w₁ᵀ(φ''(u) ∘ du ∘ w₂ᵀ dz_bar), the term that jvp_backward of φ supplies.

    φ(u) = u², so that φ'' = 2 is not zero.
    """
    x, dx, first, second, z_bar = (
        symbols(n, r, c) for n, r, c in (("x", 2, 1), ("dx", 2, 1), ("p", 2, 2), ("q", 2, 2), ("zb", 2, 1))
    )
    u, du = first * x, first * dx
    tangent = second * (2 * u.multiply_elementwise(du))  # dz = w₂ (φ'(u) ∘ du)
    scalar = inner(z_bar, tangent)
    back = second.T * z_bar  # cotangent of the tangent behind φ
    curvature = 2 * du.multiply_elementwise(back)  # jvp_backward of φ with the tangent du
    assert sp.expand(gradient(scalar, x) - first.T * curvature) == sp.zeros(2, 1)
    # the first weight is seen by u, through the curvature, and by du, through φ'
    claimed = curvature * x.T + (2 * u.multiply_elementwise(back)) * dx.T
    assert sp.expand(gradient(scalar, first) - claimed) == sp.zeros(2, 2)
    assert sp.expand(gradient(scalar, second) - z_bar * (2 * u.multiply_elementwise(du)).T) == sp.zeros(2, 2)


def check_chain_code():
    """A chain Linear, abs, Linear at rational points off the kink: its Jacobian w₂ diag(sign u) w₁, exactly."""
    rng = np.random.default_rng(1)
    draw = lambda *shape: exact(rng.integers(1, 10, shape) / 4)  # noqa: E731
    chain = Chain((Linear(draw(2, 2)), Activation("absolute"), Linear(-draw(2, 2))))
    x, dx, bar = draw(3, 2), draw(3, 2), draw(3, 2)
    z, residuals = chain.forward(x)
    jacobian = chain.layers[2].weight @ chain.layers[0].weight  # u > 0 everywhere
    assert (chain.jvp(residuals, dx) == dx @ jacobian.T).all()
    assert (chain.backward(residuals, bar)[0] == bar @ jacobian).all()
    x_bar, dx_bar, grads = chain.jvp_backward(residuals, dx, 0 * z, bar)
    assert (x_bar == 0 * x).all()
    assert (dx_bar == bar @ jacobian).all()
    assert (grads.layers[2].weight == bar.T @ (dx @ chain.layers[0].weight.T)).all()


check_linear()
check_chain_rule()
check_chain_code()
