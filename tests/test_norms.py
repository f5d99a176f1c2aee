"""Norms: closed forms and their maximisers, bounds that are bounds, the certificate, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws, norms
from lipref.errors import DomainError, DTypeError, ShapeError, UnknownNameError
from tests.weights import full_rank, norm_is_at_most, seeds, weights

PAIRS = [(1, 1), (1, 2), (1, 3), (1, math.inf), (2, math.inf), (1.5, math.inf), (math.inf, math.inf), (2, 2)]
exponents = st.sampled_from([1, 1.5, 2, 3, Fraction(5, 2), math.inf])


def rounding(dtype, n, p=2):
    """n-term sums, the powers p and 1/p (each a relative error of about p eps through the logarithm), the scaling."""
    p = 1 if p == math.inf else float(p)
    return (n + 8 * p + 16) * float(np.finfo(dtype).eps)


@given(x=weights(), p=exponents)
def test_vector_norm_is_the_definition(place, dtype, x, p):
    """(Σ|x_i|^p)^(1/p) row by row, at any scale: judged at the scale 1, where powers neither overflow nor vanish."""
    x = x.astype(dtype)
    scale = 2.0 ** np.round(np.log2(np.max(np.abs(x)) or 1.0))
    ones = np.abs(x.astype(np.float64)) / scale
    expected = np.max(ones, axis=-1) if p == math.inf else np.sum(ones ** float(p), axis=-1) ** (1 / float(p))
    got = norms.vector_norm(place(x), p)
    assert got.dtype == place(x).dtype
    np.testing.assert_allclose(
        lipref.to_numpy(got).astype(np.float64) / scale, expected, rtol=rounding(dtype, x.shape[1], p), atol=0
    )


@given(x=weights(), p=exponents)
def test_dual_vector_attains(place, dtype, x, p):
    """‖d‖_q = 1 and ⟨x, d⟩ = ‖x‖_p for every row that is not zero; zero rows give zero."""
    x = place(x, dtype)
    d = norms.dual_vector(x, p)
    values, dual = (lipref.to_numpy(a).astype(np.float64) for a in (x, d))
    size = lipref.to_numpy(norms.vector_norm(x, p)).astype(np.float64)
    unit = lipref.to_numpy(norms.vector_norm(d, norms.dual_exponent(p))).astype(np.float64)
    tolerance = 4 * rounding(dtype, values.shape[1], p)
    np.testing.assert_allclose(np.sum(values * dual, axis=-1), size, rtol=tolerance, atol=0)
    np.testing.assert_allclose(unit, np.where(size > 0, 1.0, 0.0), rtol=tolerance, atol=0)


def test_dual_exponent_is_an_involution():
    """1/p + 1/q = 1; exact on fractions."""
    assert norms.dual_exponent(math.inf) == 1
    for p in (Fraction(1), Fraction(3, 2), Fraction(2), Fraction(7)):
        q = norms.dual_exponent(p)
        assert q == math.inf if p == 1 else 1 / p + 1 / q == 1
        assert norms.dual_exponent(q) == p


@pytest.mark.parametrize(("p", "q"), PAIRS)
@given(w=weights())
def test_operator_norm_is_attained(place, dtype, p, q, w):
    """[SO-MixNorm] ‖x‖_p = 1 and ‖W x‖_q = ‖W‖ at the maximiser; the SVD and the sums are off by about (m + n) eps."""
    w = place(w, dtype)
    x = lipref.to_numpy(norms.operator_norm_maximiser(w, p, q)).astype(np.float64)
    value = float(norms.operator_norm(w, p, q))
    image = float(norms.vector_norm(lipref.to_numpy(w).astype(np.float64) @ x, q))
    tolerance = 8 * rounding(dtype, sum(w.shape))
    assert x.shape == (w.shape[1],)
    assert float(norms.vector_norm(x, p)) == pytest.approx(1, rel=tolerance)
    assert image == pytest.approx(value, rel=tolerance, abs=0)


@pytest.mark.parametrize(("p", "q"), PAIRS)
@given(w=weights(), seed=seeds)
def test_operator_norm_is_not_exceeded(p, q, w, seed):
    """‖W x‖_q <= ‖W‖ ‖x‖_p at drawn points, signs and unit vectors."""
    n, rng = w.shape[1], np.random.default_rng(seed)
    points = np.vstack([rng.standard_normal((20, n)), np.sign(rng.standard_normal((20, n))), np.eye(n)])
    ratio = norms.vector_norm(points @ w.T, q) / norms.vector_norm(points, p)
    assert np.all(ratio <= float(norms.operator_norm(w, p, q)) * (1 + rounding("float64", sum(w.shape), 3)))


def test_operator_norm_is_exact_on_fractions():
    """[SO-LinLip] ‖W‖_1 is the largest column sum, ‖W‖_inf the largest row sum, ‖W‖_{1→inf} the largest entry."""
    w = lipref.exact([["1/2", "-1/3"], [0, 2]])
    assert norms.operator_norm(w, 1) == Fraction(7, 3)
    assert norms.operator_norm(w, math.inf) == 2
    assert norms.operator_norm(w, 1, math.inf) == 2
    assert norms.operator_norm_maximiser(w, 1).tolist() == [0, 1]
    assert norms.dual_vector(w[0, :], 1).tolist() == [1, -1]


@pytest.mark.parametrize("rule", norms.SPECTRAL_RULES)
@given(w=weights())
def test_spectral_bound_is_a_bound(place, dtype, rule, w):
    """[SO-Eq10] [SO-Eq11] [SO-Eq12] Not below σ_max, decided exactly where the squares are within range of float64."""
    bound = float(norms.spectral_bound(place(w, dtype), rule))
    assert norm_is_at_most(w.astype(dtype), bound)


@pytest.mark.parametrize("rule", norms.SPECTRAL_RULES)
@given(w=weights())
def test_spectral_bound_squared_is_its_square(rule, w):
    """The exact value on fractions is what the float bound widens, by at most twice its stated widening."""
    exact = norms.spectral_bound_squared(lipref.exact(w), rule)
    bound = Fraction(float(norms.spectral_bound(w, rule)))
    terms = 2 * w.size + 16 if rule == "gram" else sum(w.shape) + 16
    assert exact <= bound**2 <= exact * (1 + 2 * terms * Fraction(2) ** -52) ** 2


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_spectral_bounds_are_tight(n):
    """Rows and columns of ones, σ = √n: equality of [SO-Eq10], of [SO-Eq11] for a row and of [SO-Eq12] for a column."""
    row = lipref.exact([[1] * n])
    for rule in ("entries", "columns", "rows-columns", "gram", "frobenius"):
        assert norms.spectral_bound_squared(row, rule) == n
    for rule in ("entries", "rows", "rows-columns", "gram", "frobenius"):
        assert norms.spectral_bound_squared(row.T, rule) == n


@given(w=weights())
def test_rows_columns_is_the_tightest_of_the_sums(w):
    """√(‖W‖₁ ‖W‖_inf) is never above the bounds of [SO-Eq10], [SO-Eq11] and [SO-Eq12]; exactly."""
    w = lipref.exact(w)
    best = norms.spectral_bound_squared(w, "rows-columns")
    assert all(best <= norms.spectral_bound_squared(w, rule) for rule in ("entries", "columns", "rows"))


@pytest.mark.parametrize("rule", [*norms.SPECTRAL_RULES, "spectral"])
@given(data=full_rank(), seed=seeds)
def test_spectral_bound_gradient_is_difference_quotient(place, rule, data, seed):
    """Law 2, at weights drawn without ties, and Euler's identity ⟨gradient, w⟩ = bound."""
    rng = np.random.default_rng(seed)
    values = data[0] + 0.1 * rng.standard_normal(data[0].shape)
    w, dw = place(values), place(rng.standard_normal(values.shape))

    def bound(z):
        z = lipref.to_numpy(z)
        square = np.linalg.norm(z, 2) ** 2 if rule == "spectral" else norms.spectral_bound_squared(z, rule)
        return np.sqrt(np.reshape(square, (1,)))

    gradient = lipref.to_numpy(norms.spectral_bound_gradient(w, rule))
    law = laws.difference(
        bound,
        lambda d: np.reshape(np.sum(gradient * lipref.to_numpy(d)), (1,)),
        w,
        dw,
        step=2.0**-20,
        operations=4 * values.size + 64,
    )
    assert law.holds, law
    assert np.sum(gradient * values) == pytest.approx(bound(w)[0], rel=rounding("float64", 4 * values.size))


@given(w=weights(), seed=seeds, steps=st.integers(1, 5))
def test_spectral_estimate_is_from_below(place, dtype, w, seed, steps):
    """[SO-SN] ‖W v‖ with ‖v‖ = 1 is at most σ_max; u and v are unit vectors, or zero where the estimate is."""
    w, u = place(w, dtype), place(np.random.default_rng(seed).standard_normal(w.shape[0]), dtype)
    sigma, u, v = norms.spectral_estimate(w, u, steps=steps)
    assert float(sigma) <= float(norms.spectral_bound(w, "gram"))
    for vector in (u, v):
        assert float(norms.vector_norm(vector)) == pytest.approx(float(sigma > 0), rel=rounding(dtype, sum(w.shape)))


def test_spectral_estimate_reaches_the_norm(place):
    """diag(2, 1) from (1, 1): the error of σ shrinks by 16 a step (ratio 1/2, two products, squared)."""
    sigma, _, v = norms.spectral_estimate(place(np.diag([2.0, 1.0])), place(np.array([1.0, 1.0])), steps=20)
    assert float(sigma) == pytest.approx(2, rel=1e-15)
    np.testing.assert_allclose(lipref.to_numpy(v), [1, 0], atol=1e-10)


@given(data=full_rank(), ulps=st.integers(-8, 8))
def test_certify_spectral_norm_is_proof(place, dtype, data, ulps):
    """True implies σ_max <= 1 in exact arithmetic, at norms within a few units of rounding of float64 of the bound.

    The other singular values are smaller, so that rounding decides on the last pivot of the factorisation.
    """
    w = (data[0] / np.linalg.norm(data[0], 2) * (1 + ulps * 2.0**-53)).astype(dtype)
    if norms.certify_spectral_norm(place(w), 1.0):
        assert norm_is_at_most(w, 1)


def test_certify_spectral_norm_allows_for_its_rounding():
    """3000 weights 2×2 within 8 units of rounding of the bound: without its allowance it proves 7 falsehoods."""
    rng = np.random.default_rng(0)
    for _ in range(3000):
        w = rng.standard_normal((2, 2))
        w = w / np.linalg.norm(w, 2) * (1 + rng.integers(-8, 9) * 2.0**-53)
        assert not norms.certify_spectral_norm(w, 1.0) or norm_is_at_most(w, 1), w


@given(data=full_rank(low=1, high=1), bound=st.sampled_from([1.0, 0.5, 3.0]))
def test_certify_spectral_norm_proves_what_it_promises(place, data, bound):
    """Orthonormal weights times bound·(1 - 3 (m n + 8 n) u) pass; times bound·(1 + 8 (m + n) u) fail."""
    rows, columns = data[0].shape
    loss = 3 * (rows * columns + 8 * min(rows, columns)) * 2.0**-53
    assert norms.certify_spectral_norm(place(data[0] * (bound * (1 - loss))), bound)
    assert not norms.certify_spectral_norm(place(data[0] * (bound * (1 + 8 * (rows + columns) * 2.0**-53))), bound)


@given(w=weights())
def test_shrink_within_is_certified(place, dtype, w):
    """The result passes the certificate, is parallel to w to rounding, and is no smaller than it needs to be."""
    w = place(w * 1.5, dtype)
    got = lipref.to_numpy(norms.shrink_within(w)).astype(np.float64)
    values = lipref.to_numpy(w).astype(np.float64)
    assert norms.certify_spectral_norm(place(got, dtype))
    sigma = np.linalg.norm(values, 2)
    expected = values / max(sigma, 1)
    assert np.max(np.abs(got - expected), initial=0) <= 8 * rounding(dtype, 2 * w.shape[0] * w.shape[1])


REFUSED = [
    (lambda: norms.vector_norm(np.ones(2), 0.5), DomainError, "p"),
    (lambda: norms.vector_norm(np.ones(2), math.nan), DomainError, "p"),
    (lambda: norms.vector_norm(np.ones(2), "2"), DTypeError, "p"),
    (lambda: norms.vector_norm(np.ones(2), 1, axis=1), ShapeError, "axis"),
    (lambda: norms.vector_norm(np.ones((2, 0))), ShapeError, "axis"),
    (lambda: norms.vector_norm(lipref.exact([1, 2]), 2), DomainError, "exact"),
    (lambda: norms.vector_norm(np.array([1.0, math.nan])), DomainError, "finite"),
    (lambda: norms.vector_norm(np.ones(2, dtype=int)), DTypeError, "float"),
    (lambda: norms.vector_norm(np.ones(2, dtype=np.float16)), DTypeError, "float"),
    (lambda: norms.vector_norm([1.0]), DTypeError, "array"),
    (lambda: norms.dual_exponent(0), DomainError, "p"),
    (lambda: norms.dual_vector(np.ones((2, 0)), 1), ShapeError, "axis"),
    (lambda: norms.operator_norm(np.ones((2, 2)), 2, 1), DomainError, "closed form"),
    (lambda: norms.operator_norm(np.ones((2, 2)), math.inf, 2), DomainError, "closed form"),
    (lambda: norms.operator_norm(lipref.exact([[1]])), DomainError, "exact"),
    (lambda: norms.operator_norm(np.ones(3)), ShapeError, "(m, n)"),
    (lambda: norms.operator_norm_maximiser(np.ones((0, 3))), ShapeError, "(m, n)"),
    (lambda: norms.spectral_bound(np.ones((2, 2)), "row"), UnknownNameError, "rule"),
    (lambda: norms.spectral_bound(lipref.exact([[1]])), DTypeError, "float"),
    (lambda: norms.spectral_bound_squared(np.ones(3)), ShapeError, "(m, n)"),
    (lambda: norms.spectral_bound_gradient(np.zeros((2, 2))), DomainError, "zero"),
    (lambda: norms.spectral_bound_gradient(np.ones((2, 2)), "none"), UnknownNameError, "rule"),
    (lambda: norms.spectral_estimate(np.ones((2, 3)), np.ones(3)), ShapeError, "u of shape"),
    (lambda: norms.spectral_estimate(np.ones((2, 3)), np.zeros(2)), DomainError, "zero"),
    (lambda: norms.spectral_estimate(np.ones((2, 3)), np.ones(2), steps=0), DomainError, "steps"),
    (lambda: norms.spectral_estimate(np.ones((2, 3)), np.ones(2, np.float32)), DTypeError, "one dtype"),
    (lambda: norms.certify_spectral_norm(np.ones((2, 2)), 0.0), DomainError, "bound"),
    (lambda: norms.certify_spectral_norm(np.ones(2)), ShapeError, "(m, n)"),
    (lambda: norms.shrink_within(np.ones((2, 2)), -1.0), DomainError, "bound"),
]


@pytest.mark.parametrize("row", range(len(REFUSED)))
def test_norms_refuse(row):
    """Bad input gives lipref's own kind of error, which names the function and what is wrong."""
    call, kind, word = REFUSED[row]
    with pytest.raises(kind, match=r": expected .*; got ") as caught:
        call()
    assert word in str(caught.value)
