"""Slopes and curvatures of the activations, in the forms that do not cancel or overflow.

Claims. With e = exp(-|x|): tanh' = 4e²/(1 + e²)² and tanh'' = -2 tanh tanh'; sigmoid' = e/(1 + e)² and
sigmoid'' = -sigmoid' tanh(x/2); softplus = max(x, 0) + log(1 + e), softplus' = sigmoid, softplus'' = sigmoid'. The
least Lipschitz constants are sup|f'| = 1, 1/4, 1.

Level. Symbolic, for x > 0 and x < 0 separately; at 0 both sides agree by continuity. The code: residuals against
SymPy in 40 digits, 16 eps relative.
"""

import numpy as np
import sympy as sp

from lipref import activations

X = sp.Symbol("x", positive=True)
DEFINITIONS = {
    "tanh": lambda x: (sp.exp(x) - sp.exp(-x)) / (sp.exp(x) + sp.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
}


def forms(name, x, size):
    """(value, slope, curvature) as the code forms them, with size = |x|."""
    e = sp.exp(-size)
    large, positive = 1 / (1 + e), x == size
    logistic = (large if positive else e * large, e * large**2, -e * large**2 * sp.tanh(x / 2))
    if name == "tanh":
        slope = 4 * e**2 / (1 + e**2) ** 2
        return sp.tanh(x), slope, -2 * sp.tanh(x) * slope
    if name == "sigmoid":
        return logistic
    return (x if positive else 0) + sp.log(1 + e), logistic[0], logistic[1]


def same(a, b):
    """Equality of rational functions of exp(x)."""
    z = sp.Symbol("z", positive=True)
    difference = (a - b).rewrite(sp.exp)
    return sp.simplify(sp.powsimp(sp.expand(difference)).subs(X, sp.log(z))) == 0


def check_derivatives():
    """All three orders, on both sides of zero."""
    for name, definition in DEFINITIONS.items():
        for sign in (1, -1):
            value, slope, curvature = forms(name, sign * X, X)
            f = definition(sign * X)
            assert same(sp.exp(value), sp.exp(f)) if name == "softplus" else same(value, f), name
            assert same(sp.diff(f, X) * sign, slope), name
            assert same(sp.diff(f, X, 2), curvature), name


def check_lipschitz_constants():
    """e/(1 + e)² <= 1/4 and 4e²/(1 + e²)² <= 1, with equality at e = 1; sigmoid < 1 with limit 1."""
    e = sp.Symbol("e", positive=True)
    assert sp.simplify(sp.Rational(1, 4) - e / (1 + e) ** 2 - (1 - e) ** 2 / (4 * (1 + e) ** 2)) == 0
    assert sp.simplify(1 - 4 * e**2 / (1 + e**2) ** 2 - (1 - e**2) ** 2 / (1 + e**2) ** 2) == 0
    assert sp.limit(1 / (1 + sp.exp(-X)), X, sp.oo) == 1
    assert [activations.LIPSCHITZ[name] for name in DEFINITIONS] == [1.0, 0.25, 1.0]


def check_code():
    """Residuals at points of both signs and of sizes up to 30."""
    points = [-30.0, -3.5, -0.25, 0.125, 2.0, 30.0]
    for name, definition in DEFINITIONS.items():
        y, residuals = getattr(activations, f"{name}_forward")(np.array(points))
        t = sp.Symbol("t")
        for i, point in enumerate(points):
            for order, got in enumerate((y, residuals.slope, residuals.curvature)):
                expected = sp.diff(definition(t), t, order).subs(t, sp.Rational(point)).evalf(40)
                assert abs(got[i] - expected) <= 16 * 2.0**-52 * abs(expected), (name, point, order)


check_derivatives()
check_lipschitz_constants()
check_code()
