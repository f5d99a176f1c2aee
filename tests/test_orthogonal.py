"""Björck iterations, Parseval steps, polar factors, orthonormal weights kept and shipped: laws, basins, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import bjorck as bjorck_module
from lipref import laws, norms, orthogonal
from lipref.errors import ConvergenceError, DomainError, DTypeError, ShapeError, UnknownNameError
from lipref.orthogonal import bjorck, bjorck_backward, bjorck_forward, bjorck_jvp, polar, polar_forward
from tests.weights import assembled, defect, full_rank, norm_is_at_most, seeds, weights

ORDERS = [1, 2, 3, 4]
orders = st.sampled_from(ORDERS)


def growth(order, steps):
    """Bound of the derivative of some steps where σ <= 1.4: |g_p'| and |g_p(s)/s| are at most g_p'(0) there."""
    return float(sum(orthogonal.bjorck_coefficients(order))) ** steps


def pair(place, dtype, shape, seed):
    """A tangent and a cotangent of the given shape."""
    rng = np.random.default_rng(seed)
    return place(rng.standard_normal(shape), dtype), place(rng.standard_normal(shape), dtype)


def assert_adjoint(backward, jvp, dx, dy, operations, size):
    """Law 1, rounding relative to ‖dx‖‖dy‖·size, size >= ‖J‖: a converged iteration maps most of dx to about 0."""
    law = laws.adjoint(backward, jvp, dx, dy, operations=operations)
    lengths = [float(np.linalg.norm(lipref.to_numpy(d).astype(np.float64))) for d in (dx, dy)]
    bound = operations * float(np.finfo(lipref.to_numpy(dx).dtype).eps) * size * math.prod(lengths)
    assert law.defect <= bound, (law, bound)


def test_bjorck_coefficients_are_those_of_the_paper():
    """[SO-Eq3] c_i = (-1)^i binom(-1/2, i): 1, 1/2, 3/8, 5/16, 35/128."""
    expected = [Fraction(1), Fraction(1, 2), Fraction(3, 8), Fraction(5, 16), Fraction(35, 128)]
    assert list(orthogonal.bjorck_coefficients(4)) == expected
    value = Fraction(1)
    for i, c in enumerate(orthogonal.bjorck_coefficients(12)):
        assert c == value
        value *= -(Fraction(-1, 2) - i) / (i + 1)


@pytest.mark.parametrize("order", ORDERS)
@given(data=full_rank(), steps=st.integers(1, 4))
def test_bjorck_maps_singular_values(place, dtype, order, data, steps):
    """[SO-Eq3] W_K = U g_p^K(S) Vᵀ: values mapped, vectors kept. Each step rounds (p + 1)(m + n) terms."""
    w, _ = data
    left, s, right = np.linalg.svd(w.astype(dtype).astype(np.float64), full_matrices=False)
    for _ in range(steps):
        s = orthogonal.bjorck_scalar(s, order)
    got = lipref.to_numpy(bjorck(place(w, dtype), order=order, iterations=steps, scaling="none"))
    tolerance = 4 * steps * (order + 1) * sum(w.shape) * float(np.finfo(dtype).eps) * growth(order, steps)
    assert got.dtype == dtype
    assert got.shape == w.shape
    np.testing.assert_allclose(got, (left * s) @ right, rtol=0, atol=tolerance)


@given(rank=st.integers(0, 3), shape=st.sampled_from([(4, 4), (6, 4), (4, 6)]), order=orders, seed=seeds)
def test_bjorck_keeps_the_rank(place, dtype, rank, shape, order, seed):
    """Zero singular values stay zero, the others reach 1: a partial isometry, of norm 1, nowhere near orthonormal."""
    rng = np.random.default_rng(seed)
    w = assembled(rng, shape, rng.uniform(0.5, 1.3, rank)) if rank else np.zeros(shape)
    q = lipref.to_numpy(bjorck(place(w, dtype), order=order, iterations=12)).astype(np.float64)
    # noise of size eps in the null space grows by g_p'(0) a step
    tolerance = 16 * sum(shape) * float(np.finfo(dtype).eps) * growth(order, 12)
    np.testing.assert_allclose(np.linalg.svd(q, compute_uv=False), [1.0] * rank + [0.0] * (4 - rank), atol=tolerance)


@pytest.mark.parametrize("order", range(1, 9))
def test_bjorck_basin_is_exact(order):
    """s_p(1 - 1e-3) and below tend to 1; s_p(1 + 1e-3) tends to -1 for odd p and diverges for even p."""
    basin = orthogonal.bjorck_basin(order)

    def limit(s):
        for _ in range(200):
            s = orthogonal.bjorck_scalar(s, order)
            if abs(s) > 10:
                return math.inf
        return s

    for s in (1e-6, 0.5, 1.0, 1.2, basin * (1 - 1e-3)):
        assert limit(s) == pytest.approx(1, abs=1e-10)
    assert limit(basin * (1 + 1e-3)) == (pytest.approx(-1, abs=1e-10) if order % 2 else math.inf)


def test_bjorck_basins_in_closed_form():
    """s_1 = √3, s_2 = √(7/3); g_1 has the 2-cycle ±√5, beyond which it diverges."""
    assert orthogonal.bjorck_basin(1) == pytest.approx(math.sqrt(3), rel=2**-52)
    assert orthogonal.bjorck_basin(2) == pytest.approx(math.sqrt(7 / 3), rel=2**-52)
    assert orthogonal.bjorck_scalar(math.sqrt(5)) == pytest.approx(-math.sqrt(5), rel=2**-50)


@pytest.mark.parametrize("order", [1, 2, 3])
@given(data=full_rank(), seed=seeds, steps=st.integers(1, 3))
def test_bjorck_backward_is_adjoint_of_jvp(place, dtype, order, data, seed, steps):
    """Law 1: about 6 (p + 1) products of (m + n)-term sums a step."""
    w = place(data[0], dtype)
    _, residuals = bjorck_forward(w, order=order, iterations=steps, scaling="none")
    dw, dq = pair(place, dtype, data[0].shape, seed)
    assert_adjoint(
        lambda d: bjorck_backward(residuals, d),
        lambda d: bjorck_jvp(residuals, d),
        dw,
        dq,
        operations=6 * steps * (order + 1) * sum(w.shape),
        size=2 * growth(order, steps),
    )


@pytest.mark.parametrize("order", [1, 2, 3])
@given(data=full_rank(), seed=seeds, steps=st.integers(1, 3))
def test_bjorck_jvp_is_difference_quotient(place, order, data, seed, steps):
    """Law 2, at steps 2^-12, where truncation and rounding are both about 1e-8."""
    keywords = {"order": order, "iterations": steps, "scaling": "none"}
    w = place(data[0])
    _, residuals = bjorck_forward(w, **keywords)
    law = laws.difference(
        lambda z: bjorck(z, **keywords),
        lambda d: bjorck_jvp(residuals, d),
        w,
        pair(place, "float64", data[0].shape, seed)[0],
        step=2.0**-12,
        operations=6 * steps * (order + 1) * sum(w.shape),
    )
    assert law.holds, law


@pytest.mark.parametrize("scaling", ["spectral", *norms.SPECTRAL_RULES])
@given(data=full_rank(), seed=seeds)
def test_bjorck_differentiates_its_scaling(place, scaling, data, seed):
    """Laws 1 and 2 of every rule that always scales, at weights drawn without ties."""
    values = data[0] + 0.1 * np.random.default_rng(seed).standard_normal(data[0].shape)
    w, (dw, dq) = place(values), pair(place, "float64", values.shape, seed + 1)
    keywords = {"iterations": 2, "scaling": scaling}
    _, residuals = bjorck_forward(w, **keywords)
    jvp = lambda d: bjorck_jvp(residuals, d)  # noqa: E731
    operations, size = 40 * sum(w.shape), 4 * growth(1, 2) * (1 + 1 / float(residuals.scale)) * w.shape[0] * w.shape[1]
    assert_adjoint(lambda d: bjorck_backward(residuals, d), jvp, dw, dq, operations, size)
    law = laws.difference(lambda z: bjorck(z, **keywords), jvp, w, dw, step=2.0**-16, operations=operations)
    assert law.holds, law


@pytest.mark.parametrize("scaling", ["spectral", *norms.SPECTRAL_RULES])
@given(w=weights())
def test_bjorck_scales_into_the_unit_ball(place, dtype, scaling, w):
    """Every rule leaves singular values <= 1, at any scale: the scaled weight has norm <= 1 to rounding; 0 stays 0."""
    q, residuals = bjorck_forward(place(w, dtype), scaling=scaling, iterations=1)
    scaled = lipref.to_numpy(residuals.iterates[0]).astype(np.float64)
    assert np.linalg.norm(scaled, 2) <= 1 + 8 * sum(w.shape) * float(np.finfo(dtype).eps)
    assert np.all(np.isfinite(lipref.to_numpy(q)))
    assert (residuals.scale is None) == (not np.any(w))


LARGEST = [1.6, 1.73, 1.7325, 1.8, 2.1, math.sqrt(5) * (1 - 1e-9), math.sqrt(5) * (1 + 1e-9), 30.0, 2.0**80]


@pytest.mark.parametrize("largest", LARGEST)
@given(shape=st.sampled_from([(1, 1), (3, 3), (5, 3), (3, 5)]), order=orders, seed=seeds)
def test_bjorck_is_safe_outside_its_basin(place, dtype, largest, shape, order, seed):
    """Near √3, √5 and far beyond, the default rule gives the polar factor, to rounding amplified in 40 steps."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 1, 3)[: min(shape)] * largest
    values[0] = largest
    w = assembled(rng, shape, values)
    left, _, right = np.linalg.svd(w, full_matrices=False)
    q = lipref.to_numpy(bjorck(place(w, dtype), order=order, iterations=40))
    np.testing.assert_allclose(q, left @ right, rtol=0, atol=256 * sum(shape) * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("largest", [v for v in LARGEST if v > 1.7324])
def test_bjorck_none_refuses_what_it_would_spoil(place, dtype, largest):
    """Rule "none": an error that names sigma_max, instead of a diverged or flipped weight."""
    w = place(assembled(np.random.default_rng(0), (4, 3), [largest, 0.9, 0.8]), dtype)
    with pytest.raises(DomainError, match="sigma_max = ") as caught:
        bjorck(w, scaling="none")
    assert caught.value.values["sigma_max"] == pytest.approx(largest, rel=16 * float(np.finfo(dtype).eps))


@given(data=full_rank(low=1.75, high=4.0), seed=seeds)
def test_bjorck_differentiates_the_rescue(place, data, seed):
    """Laws 1 and 2 where the weight was divided by σ_max, which one singular value alone attains."""
    rng = np.random.default_rng(seed)
    values = data[1].copy()
    values[0] = 6.0
    w, (dw, dq) = place(assembled(rng, data[0].shape, values)), pair(place, "float64", data[0].shape, seed + 1)
    _, residuals = bjorck_forward(w, iterations=2)
    assert residuals.scale is not None
    jvp = lambda d: bjorck_jvp(residuals, d)  # noqa: E731
    assert_adjoint(lambda d: bjorck_backward(residuals, d), jvp, dw, dq, 40 * sum(w.shape), 4 * growth(1, 2))
    law = laws.difference(lambda z: bjorck(z, iterations=2), jvp, w, dw, step=2.0**-14, operations=100 * sum(w.shape))
    assert law.holds, law


@given(w=weights(), squarings=st.integers(0, 2))
def test_gram_bound_is_a_bound(place, dtype, w, squarings):
    """What keeps the iteration safe at no cost: not below σ_max², judged exactly at the scale of the weight."""
    w = w / (np.max(np.abs(w)) or 1.0)
    w = (w if w.shape[0] >= w.shape[1] else w.T).astype(dtype)
    x = place(w)
    xp = lipref._array.namespace("test", x=x)
    bound = bjorck_module.gram_bound(xp, xp.matmul(x.T, x), w.shape[0], squarings)
    assert norm_is_at_most(w, math.sqrt(bound * (1 + 2**-50)))


def test_bjorck_asks_for_singular_values_only_when_needed(monkeypatch):
    """At 128×128 with σ in [0, 1], where the row sums of the Gram matrix alone do not prove σ < √3, products do."""

    def refuse(*_, **__):
        raise AssertionError("a singular value decomposition of a harmless weight")

    rng = np.random.default_rng(0)
    harmless = assembled(rng, (128, 128), np.linspace(0, 1, 128))
    harmful = harmless * 1.8
    monkeypatch.setattr(np.linalg, "svd", refuse)
    monkeypatch.setattr(np.linalg, "svdvals", refuse)
    bjorck(harmless.astype("float32"), iterations=1)
    with pytest.raises(AssertionError, match="decomposition"):
        bjorck(harmful, iterations=1)


@given(data=full_rank(), seed=seeds, steps=st.integers(1, 4))
def test_bjorck_numpy_path_equals_the_portable_text(data, seed, steps):
    """In-place buffers against fresh arrays, forward and backward: same operations, so only sums may round apart."""
    strict = pytest.importorskip("array_api_strict")
    dq = np.random.default_rng(seed).standard_normal(data[0].shape)
    results = []
    for library in (np, strict):
        q, residuals = bjorck_forward(library.asarray(data[0]), iterations=steps)
        results.append((lipref.to_numpy(q), lipref.to_numpy(bjorck_backward(residuals, library.asarray(dq)))))
    tolerance = 8 * steps * sum(data[0].shape) * 2.0**-52 * growth(1, steps) * (1 + float(np.linalg.norm(dq)))
    for fast, portable in zip(*results):
        np.testing.assert_allclose(fast, portable, rtol=0, atol=tolerance)


@given(
    data=st.one_of(full_rank(low=0.7), full_rank(low=1 + 1e-9, high=1 + 2e-9)),  # the second: one step, then idle ones
    seed=seeds,
    order=orders,
)
def test_bjorck_leaves_out_only_idle_steps(place, dtype, data, seed, order):
    """15 steps at once equal 15 single steps, value and cotangent, though fewer are taken."""
    w, (_, dq) = place(data[0], dtype), pair(place, dtype, data[0].shape, seed)
    q, residuals = bjorck_forward(w, order=order, iterations=15, scaling="none")
    single, chain = w, []
    for _ in range(15):
        single, one = bjorck_forward(single, order=order, iterations=1, scaling="none")
        chain.append(one)
    dw = dq
    for one in reversed(chain):
        dw = bjorck_backward(one, dw)
    assert len(residuals.iterates) < 15
    tolerance = 64 * (order + 1) * sum(w.shape) * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(lipref.to_numpy(q), lipref.to_numpy(single), rtol=0, atol=tolerance)
    size = float(np.linalg.norm(lipref.to_numpy(dq)))
    got = lipref.to_numpy(bjorck_backward(residuals, dq))
    np.testing.assert_allclose(got, lipref.to_numpy(dw), rtol=0, atol=tolerance * size)


def test_bjorck_takes_no_more_steps_than_asked():
    """Exactly as many as asked before convergence; a zero singular value keeps the rest from being left out."""
    for w in (np.diag([0.5, 0.9]), np.diag([1.0, 0.0])):
        assert [len(bjorck_forward(w, iterations=k)[1].iterates) for k in (1, 2, 3)] == [1, 2, 3]
    assert len(bjorck_forward(np.diag([1.0, 0.0]))[1].iterates) == bjorck_module.DEFAULT_ITERATIONS


@given(data=full_rank(low=0.05), order=orders, tolerance=st.sampled_from([1e-2, 1e-4, 1e-9]))
def test_bjorck_reaches_its_tolerance(place, data, order, tolerance):
    """‖I - QᵀQ‖_F <= tolerance, apart from rounding, by about as few steps as the smallest singular value needs."""
    q, residuals = bjorck_forward(place(data[0]), order=order, tolerance=tolerance, scaling="none")
    rank = min(data[0].shape)
    assert defect(lipref.to_numpy(q)) <= tolerance + 16 * sum(data[0].shape) * 2.0**-52
    worst = max(
        orthogonal.bjorck_iterations_needed(float(s), tolerance / (4 * math.sqrt(rank)), order=order) for s in data[1]
    )
    assert len(residuals.iterates) <= max(worst, 1) + 1


@pytest.mark.parametrize("w", [np.zeros((3, 3)), np.diag([1.0, 0.0]), np.ones((4, 2)) / 4])
def test_bjorck_says_that_it_did_not_converge(place, w):
    """A tolerance is out of reach for rank-deficient weights: an error with the defect, not a wrong weight."""
    with pytest.raises(ConvergenceError, match="rank-deficient") as caught:
        bjorck(place(w), tolerance=1e-6)
    assert caught.value.values["defect"] >= 0.99


def test_bjorck_on_zero_is_linear():
    """The zero matrix: q = 0, and the derivative is (3/2)^K, for every rule that accepts it."""
    for scaling in orthogonal.SCALINGS:
        q, residuals = bjorck_forward(np.zeros((3, 2)), iterations=2, scaling=scaling)
        assert not np.any(q)
        assert bjorck_backward(residuals, np.ones((3, 2))).tolist() == [[2.25, 2.25]] * 3


@given(data=full_rank(low=0.3, high=1.2), seed=seeds)
def test_bjorck_limit_is_polar(place, data, seed):
    """To convergence, value and cotangent of the iteration are those of the polar factor."""
    w, (_, dq) = place(data[0]), pair(place, "float64", data[0].shape, seed)
    q, residuals = bjorck_forward(w, iterations=60)
    for method in orthogonal.METHODS:
        exact, factors = polar_forward(w, method=method)
        np.testing.assert_allclose(lipref.to_numpy(q), lipref.to_numpy(exact), rtol=0, atol=1e-13)
        difference = lipref.to_numpy(bjorck_backward(residuals, dq)) - lipref.to_numpy(
            orthogonal.polar_backward(factors, dq)
        )
        # rounding of about 20 (m + n) terms, over s_min >= 0.3
        assert np.max(np.abs(difference)) <= 20 * 12 * 2.0**-52 / 0.3 * 10 * np.linalg.norm(lipref.to_numpy(dq))


@pytest.mark.parametrize("method", orthogonal.METHODS)
@given(data=full_rank(low=0.05, high=3.0))
def test_polar_is_the_nearest_orthonormal(place, dtype, method, data):
    """[SO-Thm2-constr] Q = U Vᵀ and W = Q H, H symmetric; errors are those of W over s_min."""
    w = data[0].astype(dtype)
    left, s, right = np.linalg.svd(w.astype(np.float64), full_matrices=False)
    q, residuals = polar_forward(place(w), method=method)
    q, h = lipref.to_numpy(q), lipref.to_numpy(residuals.factor)
    eps = float(np.finfo(dtype).eps)
    tolerance = 16 * sum(w.shape) * eps * s[0] / s[-1]
    np.testing.assert_allclose(q, left @ right, rtol=0, atol=tolerance)
    rebuilt = q @ h if w.shape[0] >= w.shape[1] else h @ q
    np.testing.assert_allclose(rebuilt, w, rtol=0, atol=tolerance * s[0])
    assert defect(q) <= 8 * sum(w.shape) * eps


@pytest.mark.parametrize("method", orthogonal.METHODS)
@given(data=full_rank(low=0.3, high=3.0), seed=seeds)
def test_polar_derivative_obeys_its_laws(place, dtype, method, data, seed):
    """Laws 1 and 2, also at equal singular values; ‖J‖ <= 1/s_min <= 1/0.3."""
    shape = data[0].shape
    w, (dw, dq) = place(data[0], dtype), pair(place, dtype, shape, seed)
    _, residuals = polar_forward(w, method=method)
    jvp = lambda d: orthogonal.polar_jvp(residuals, d)  # noqa: E731
    operations = 64 * sum(shape)
    assert_adjoint(lambda d: orthogonal.polar_backward(residuals, d), jvp, dw, dq, operations, 10)
    if dtype == "float64":
        law = laws.difference(lambda z: polar(z, method=method), jvp, w, dw, step=2.0**-12, operations=operations * 10)
        assert law.holds, law


@given(data=full_rank(low=0.05, high=3.0), seed=seeds)
def test_polar_methods_agree(place, data, seed):
    """The fixed-point iteration, its fall-back and the eigenvectors give one cotangent, to rounding over s_min²."""
    w, (_, dq) = place(data[0]), pair(place, "float64", data[0].shape, seed)
    first, second = (
        lipref.to_numpy(orthogonal.polar_backward(polar_forward(w, method=m)[1], dq)) for m in orthogonal.METHODS
    )
    smallest = float(np.min(data[1]))
    tolerance = 64 * sum(data[0].shape) * 2.0**-52 * np.max(data[1]) / smallest**2 * np.linalg.norm(lipref.to_numpy(dq))
    np.testing.assert_allclose(first, second, rtol=0, atol=tolerance)


@pytest.mark.parametrize("method", orthogonal.METHODS)
def test_polar_refuses_rank_deficient_weights(place, method):
    """No unique polar factor: DomainError from the decomposition, ConvergenceError from the iteration."""
    for w in (np.zeros((2, 2)), np.diag([1.0, 0.0]), np.ones((2, 4))):
        with pytest.raises((DomainError, ConvergenceError), match=r"rank"):
            polar(place(w), method=method)


@given(data=full_rank(low=1, high=1), seed=seeds)
def test_tangent_projection_is_a_projection(place, dtype, data, seed):
    """At an orthonormal q: qᵀt is skew, projecting twice is projecting once, and it is the derivative of `polar`."""
    q, (d, _) = place(data[0], dtype), pair(place, dtype, data[0].shape, seed)
    once = orthogonal.tangent_projection(q, d)
    tolerance = 16 * sum(q.shape) * float(np.finfo(dtype).eps) * float(np.linalg.norm(lipref.to_numpy(d)))
    x, t = (lipref.to_numpy(a) if q.shape[0] >= q.shape[1] else lipref.to_numpy(a).T for a in (q, once))
    np.testing.assert_allclose(x.T @ t, -(x.T @ t).T, rtol=0, atol=tolerance)
    twice = lipref.to_numpy(orthogonal.tangent_projection(q, once))
    np.testing.assert_allclose(twice, lipref.to_numpy(once), rtol=0, atol=tolerance)
    derivative = lipref.to_numpy(orthogonal.polar_jvp(polar_forward(q)[1], d))
    np.testing.assert_allclose(lipref.to_numpy(once), derivative, rtol=0, atol=tolerance)


@given(data=full_rank(low=1, high=1), seed=seeds, update=st.sampled_from([0.0, 1e-3, 0.1, 3.0, 1e6]))
def test_retract_gives_the_polar_factor(place, dtype, data, seed, update):
    """Small updates take few steps, large ones are survived; ‖I - QᵀQ‖ <= tolerance, the polar factor as near."""
    move = np.random.default_rng(seed).standard_normal(data[0].shape)
    w = (data[0] + update * move).astype(dtype)
    s = np.linalg.svd(w.astype(np.float64), compute_uv=False)
    if s[-1] < 1e-3 * s[0]:
        return  # nearly rank-deficient: a test of its own
    q = lipref.to_numpy(orthogonal.retract(place(w), 1e-6))
    eps = float(np.finfo(dtype).eps)
    assert defect(q) <= 1e-6 + 8 * sum(w.shape) * eps
    left, s, right = np.linalg.svd(w.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(q, left @ right, rtol=0, atol=1e-6 + 16 * sum(w.shape) * eps * s[0] / s[-1])


def test_retract_leaves_orthonormal_weights_alone(place):
    """Nothing is computed where nothing is to be done; a rank-deficient weight is refused."""
    w = place(np.eye(3)[:, :2] * (1 - 1e-8))
    assert lipref.to_numpy(orthogonal.retract(w)).tolist() == lipref.to_numpy(w).tolist()
    with pytest.raises(ConvergenceError, match="rank"):
        orthogonal.retract(place(np.diag([1.0, 0.0])))


@given(data=full_rank())
def test_tight_is_orthonormal_to_the_last_bit(place, dtype, data):
    """An exact factor with rounded entries: ‖I - QᵀQ‖₂ <= 2 ‖Q‖ ‖rounding‖_F <= eps √k; float64 adds its products."""
    q = orthogonal.tight(place(data[0], dtype))
    eps = float(np.finfo(dtype).eps)
    assert q.dtype == place(data[0], dtype).dtype
    sums = 4 * sum(data[0].shape) * 2.0**-52
    assert defect(lipref.to_numpy(q)) <= eps * math.sqrt(min(data[0].shape)) + sums


@given(data=full_rank())
def test_sound_norm_is_at_most_one(place, dtype, data):
    """σ_max <= 1 in exact arithmetic for the stored numbers, by the certificate and by an independent judge."""
    q = orthogonal.sound(place(data[0], dtype))
    assert norms.certify_spectral_norm(q)
    assert norm_is_at_most(lipref.to_numpy(q), 1)
    # twice the factor that the proof takes, grown by quarters from about (m n + 6 k) u, and the rounding of entries
    rows, columns = data[0].shape
    assert defect(lipref.to_numpy(q)) <= 4 * (rows * columns + 8 * min(rows, columns)) * 2.0**-53 + 8 * float(
        np.finfo(dtype).eps
    )


@pytest.mark.parametrize(("kind", "limit"), [("float32", 1.5e-7), ("float64", 1e-14)])
def test_frozen_weights_at_full_size(kind, limit):
    """1024×1024, σ in [0.5, 1.2]: tight within 1.5e-7 (float32), 1e-14 (float64), sound proved and within 1e-6."""
    w = assembled(np.random.default_rng(0), (1024, 1024), np.linspace(0.5, 1.2, 1024)).astype(kind)
    assert defect(orthogonal.tight(w)) <= limit
    q = orthogonal.sound(w)
    assert norms.certify_spectral_norm(q)
    assert defect(q) <= 1e-6


@given(w=weights(), seed=seeds, beta=st.sampled_from([0.0003, 0.1, 0.5]))
def test_parseval_step_obeys_its_laws(place, dtype, w, seed, beta):
    """Laws 1 and 2 of (1 + β) W - β W WᵀW, at weights of norm about 1."""
    w = w / (np.max(np.abs(w)) or 1.0)
    x, (dw, dy) = place(w, dtype), pair(place, dtype, w.shape, seed)
    _, residuals = orthogonal.parseval_step_forward(x, beta)
    jvp = lambda d: orthogonal.parseval_step_jvp(residuals, d)  # noqa: E731
    operations, size = 8 * sum(w.shape), 2 + 3 * float(np.sum(w * w))
    assert_adjoint(lambda d: orthogonal.parseval_step_backward(residuals, d), jvp, dw, dy, operations, size)
    if dtype == "float64":
        law = laws.difference(
            lambda z: orthogonal.parseval_step(z, beta), jvp, x, dw, step=2.0**-12, operations=8 * operations
        )
        assert law.holds, law


@given(data=full_rank())
def test_parseval_step_is_a_bjorck_step_at_one_half(place, dtype, data):
    """[SO-Eq9] β = 1/2 is order 1; and it steps down (β/4) ‖WᵀW - I‖_F², whose gradient is β W (WᵀW - I)."""
    w = place(data[0], dtype)
    step, one = (
        lipref.to_numpy(q) for q in (orthogonal.parseval_step(w, 0.5), bjorck(w, iterations=1, scaling="none"))
    )
    tolerance = 16 * sum(w.shape) * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(step, one, rtol=0, atol=tolerance)
    values = data[0].astype(dtype).astype(np.float64)
    small = values - 0.1 * values @ (values.T @ values - np.eye(values.shape[1]))
    np.testing.assert_allclose(lipref.to_numpy(orthogonal.parseval_step(w, 0.1)), small, rtol=0, atol=tolerance)


@pytest.mark.parametrize("beta", [0.01, 0.1, 0.3, 0.5])
def test_parseval_basin(beta):
    """√((1 + β)/β)(1 - 1e-3) tends to 1 and (1 + 1e-3) of it to -1."""
    for factor, limit in ((1 - 1e-3, 1.0), (1 + 1e-3, -1.0)):
        w = np.array([[orthogonal.parseval_basin(beta) * factor]])
        for _ in range(3000):
            w = orthogonal.parseval_step(w, beta)
        assert w[0, 0] == pytest.approx(limit, abs=1e-10)


ONES = np.ones((3, 2)) / 4
REFUSED = [
    (lambda: bjorck(np.ones(3)), ShapeError, "(m, n)"),
    (lambda: bjorck(np.ones((0, 3))), ShapeError, "(m, n)"),
    (lambda: bjorck(np.ones((2, 2, 2))), ShapeError, "(m, n)"),
    (lambda: bjorck([[1.0]]), DTypeError, "array"),
    (lambda: bjorck(np.ones((2, 2), dtype=int)), DTypeError, "float"),
    (lambda: bjorck(np.ones((2, 2), dtype=complex)), DTypeError, "float"),
    (lambda: bjorck(np.ones((2, 2), dtype=np.float16)), DTypeError, "float"),
    (lambda: bjorck(lipref.exact([[1]])), DTypeError, "float"),
    (lambda: bjorck(np.array([[math.nan]])), DomainError, "finite"),
    (lambda: bjorck(np.array([[math.inf]])), DomainError, "finite"),
    (lambda: bjorck(ONES, order=0), DomainError, "order"),
    (lambda: bjorck(ONES, order=1.0), DTypeError, "order"),
    (lambda: bjorck(ONES, iterations=0), DomainError, "iterations"),
    (lambda: bjorck(ONES, iterations=True), DTypeError, "iterations"),
    (lambda: bjorck(ONES, tolerance=0.0), DomainError, "tolerance"),
    (lambda: bjorck(ONES, tolerance="1e-3"), DTypeError, "tolerance"),
    (lambda: bjorck(ONES, scaling="max"), UnknownNameError, "scaling"),
    (lambda: bjorck(ONES * 9, scaling="none"), DomainError, "sigma_max"),
    (lambda: bjorck_backward(bjorck_forward(ONES)[1], ONES.T), ShapeError, "dq of shape (3, 2)"),
    (lambda: bjorck_backward(bjorck_forward(ONES.T)[1], ONES), ShapeError, "dq of shape (2, 3)"),
    (lambda: bjorck_backward(bjorck_forward(ONES)[1], ONES.astype("float32")), DTypeError, "one dtype"),
    (lambda: bjorck_backward(bjorck_forward(ONES)[1], ONES * math.nan), DomainError, "finite"),
    (lambda: bjorck_jvp(bjorck_forward(ONES)[1], np.ones(6)), ShapeError, "dw of shape (3, 2)"),
    (lambda: orthogonal.bjorck_coefficients(0), DomainError, "order"),
    (lambda: orthogonal.bjorck_basin(0), DomainError, "order"),
    (lambda: orthogonal.bjorck_iterations_needed(0.0, 1e-3), DomainError, "smallest"),
    (lambda: orthogonal.bjorck_iterations_needed(1.8, 1e-3), DomainError, "singular value"),
    (lambda: polar(ONES, method="svd"), UnknownNameError, "method"),
    (lambda: polar(np.ones(3)), ShapeError, "(m, n)"),
    (lambda: orthogonal.polar_backward(polar_forward(np.eye(3)[:2])[1], np.eye(3)), ShapeError, "dq of shape (2, 3)"),
    (lambda: orthogonal.polar_jvp(polar_forward(np.eye(2))[1], np.eye(2) * math.nan), DomainError, "finite"),
    (lambda: orthogonal.tangent_projection(np.eye(2), np.eye(3)), ShapeError, "shape"),
    (lambda: orthogonal.retract(np.eye(2), 0.0), DomainError, "tolerance"),
    (lambda: orthogonal.tight(np.ones((2, 2))), ConvergenceError, "rank"),
    (lambda: orthogonal.sound(np.zeros((2, 2))), ConvergenceError, "rank"),
    (lambda: orthogonal.sound(np.eye(2, dtype=int)), DTypeError, "float"),
    (lambda: orthogonal.parseval_step(np.eye(2), 0.0), DomainError, "beta"),
    (lambda: orthogonal.parseval_step(np.ones(2), 0.1), ShapeError, "(m, n)"),
    (lambda: orthogonal.parseval_basin(0.6), DomainError, "beta"),
    (
        lambda: orthogonal.parseval_step_backward(orthogonal.parseval_step_forward(ONES, 0.1)[1], ONES.T),
        ShapeError,
        "shape",
    ),
]


@pytest.mark.parametrize("row", range(len(REFUSED)))
def test_orthogonal_refuses(row):
    """Bad input gives lipref's own kind of error, which names the function and what is wrong."""
    call, kind, word = REFUSED[row]
    with pytest.raises(kind, match=r": expected .*; got ") as caught:
        call()
    assert word in str(caught.value)
