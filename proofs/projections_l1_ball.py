"""The projections onto the l1 ball and the simplex: their form, their Jacobian, and why Newton finds the threshold.

Claims. (a) For y outside the ball of radius r, with support S and signs s of the result, p = y_S - t s with t = (⟨s,
y⟩ - r)/|S| satisfies the variational inequality r max|y - p| <= ⟨y - p, p⟩ with equality, given |y_i| <= t off S; so
p is the projection. (b) Its derivative is J = diag(S) - s sᵀ/|S|, symmetric and idempotent: `l1_ball_jvp` and
`l1_ball_backward`; with s = 1 on S it is that of the simplex. (c) One Newton step of g(t) = sum max(a_i - t, 0) - r
from the left, t' = t + g/k, satisfies g'/g + k'/k <= 1, hence g'k' <= gk/4, and stays left of the root.

Level. (a), (b): symbolic in y and r, for every support and all signs in dimension 3 (26 faces); the formulas treat
coordinates alike, so that no larger n adds a case. The code: in fractions, on every face. (c): convexity, any n, with
the last inequality symbolic; checked on random rows in fractions.
"""

import itertools
import random
from fractions import Fraction

import sympy as sp

import lipref
from lipref.projections import (
    l1_ball_backward,
    l1_ball_forward,
    l1_ball_jvp,
    simplex_backward,
    simplex_forward,
    simplex_jvp,
)

N = 3
Y = sp.Matrix(sp.symbols(f"y:{N}", real=True))
R = sp.Symbol("r", positive=True)
FACES = [s for s in itertools.product((-1, 0, 1), repeat=N) if any(s)]


def face(signs):
    """(projection, threshold) on the face with these signs."""
    s = sp.Matrix(signs)
    size = sum(abs(v) for v in signs)
    threshold = (s.dot(Y) - R) / size
    return sp.Matrix([v**2 * Y[i] - threshold * v for i, v in enumerate(signs)]), threshold


def jacobian(signs):
    """diag(S) - s sᵀ/|S|"""
    s = sp.Matrix(signs)
    return sp.diag(*[abs(v) for v in signs]) - s * s.T / sum(abs(v) for v in signs)


def check_projection():
    """(a) |p|_1 = r on the face, and ⟨y - p, p⟩ = r t, where t = max|y - p|."""
    for signs in FACES:
        p, threshold = face(signs)
        assert sp.simplify(sp.Matrix(signs).dot(p) - R) == 0
        assert sp.simplify((Y - p).dot(p) - R * threshold) == 0
        assert all(sp.simplify((Y - p)[i] - threshold * v) == 0 for i, v in enumerate(signs) if v)


def check_jacobian():
    """(b) The derivative, its symmetry, J² = J, and J s = 0: the projector onto the tangent of the face."""
    for signs in FACES:
        p, _ = face(signs)
        j = jacobian(signs)
        assert (p.jacobian(Y) - j).applyfunc(sp.simplify) == sp.zeros(N)
        assert j == j.T
        assert j * j == j
        assert j * sp.Matrix(signs) == sp.zeros(N, 1)


def check_code():
    """(b) in the code: columns of jvp and backward on every face, at a point in fractions that projects onto it."""
    basis = lipref.exact([[int(i == j) for j in range(N)] for i in range(N)])
    for signs in FACES:
        expected = [[Fraction(int(v.p), int(v.q)) for v in row] for row in jacobian(signs).tolist()]
        row = [Fraction(2 + i, 2) * v if v else Fraction(1, 9) for i, v in enumerate(signs)]
        w = lipref.exact([row] * N)
        radius = sum(abs(v) - Fraction(1, 2) for v, s in zip(row, signs) if s)  # the threshold is 1/2
        projected, residuals = l1_ball_forward(w, radius)
        assert [(v > 0) - (v < 0) for v in projected[0]] == list(signs)
        assert l1_ball_jvp(residuals, basis).tolist() == expected
        assert l1_ball_backward(residuals, basis).tolist() == expected
        if min(signs) >= 0:
            projected, residuals = simplex_forward(w, radius)
            assert [int(v > 0) for v in projected[0]] == list(signs)
            assert simplex_jvp(residuals, basis).tolist() == expected
            assert simplex_backward(residuals, basis).tolist() == expected


def check_newton():
    """(c) -k' is a subgradient at t', so g >= g' + k'(t' - t) = g' + k' g/k; and ab <= 1/4 where a + b <= 1."""
    a, b = sp.symbols("a b", nonnegative=True)
    assert sp.expand((a + b) ** 2 / 4 - a * b - (a - b) ** 2 / 4) == 0
    draw = random.Random(0)
    for _ in range(200):
        values = [Fraction(draw.randint(0, 40), draw.randint(1, 9)) for _ in range(8)]
        radius = Fraction(draw.randint(1, 9), 7)
        t = (sum(values) - radius) / len(values)
        previous = None
        for _ in range(len(values) + 1):
            kept = [v - t for v in values if v > t]
            g, k = sum(kept) - radius, len(kept)
            assert g >= 0  # left of the root
            if previous:
                assert g / previous[0] + Fraction(k, previous[1]) <= 1
            if g == 0:
                break
            previous, t = (g, k), t + g / k
        assert g == 0  # exact within n passes


check_projection()
check_jacobian()
check_code()
check_newton()
