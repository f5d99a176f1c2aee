"""Projections and rescalings of weights: definitions in exact arithmetic, soundness, derivative laws, refusals."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lipref
from lipref import laws, normalization, projections
from lipref.projections import clip_entries, frobenius_normalize, l1_ball, row_normalize, simplex, spectral_normalize

SHAPES = [(1, 1), (1, 5), (3, 4), (4, 3), (6, 2), (5, 5)]
OPERATIONS = 128
"""Roundings behind one entry: sums of up to 25 terms, twice, and a few products; the laws multiply it by eps."""


def passes(name, **keywords):
    """(forward, backward, jvp) of a map, with its parameters bound."""
    home = projections if hasattr(projections, name) else normalization
    forward = getattr(home, f"{name}_forward")
    return lambda w: forward(w, **keywords), getattr(home, f"{name}_backward"), getattr(home, f"{name}_jvp")


PIECEWISE = {
    "l1_ball": passes("l1_ball", radius=1.5),
    "simplex": passes("simplex", radius=1.5),
    "clip_entries": passes("clip_entries", bound=0.75),
}
SMOOTH = {
    "frobenius": passes("frobenius_normalize", radius=2.0),
    "frobenius, capped": passes("frobenius_normalize", radius=2.0, cap=True),
    "rows, p=1": passes("row_normalize", p=1, radius=2.0),
    "rows, p=3/2": passes("row_normalize", p=1.5),
    "rows, p=2": passes("row_normalize", p=2, radius=2.0),
    "rows, p=3, capped": passes("row_normalize", p=3, cap=True),
    "rows, p=inf": passes("row_normalize", p=math.inf),
}
every_map = pytest.mark.parametrize("name", [*PIECEWISE, *SMOOTH, "spectral", "spectral, capped"])
ALL = {
    **PIECEWISE,
    **SMOOTH,
    "spectral": passes("spectral_normalize"),
    "spectral, capped": passes("spectral_normalize", cap=True),
}


@st.composite
def weights(draw, rows=True):
    """Weights of all shapes, inside and outside of the unit balls by their scale, with ties and signed zeros."""
    shape = draw(st.sampled_from([*SHAPES, (0, 3)] if rows else SHAPES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([2.0**-6, 0.25, 1.0, 64.0, 2.0**20]))
    kind = draw(st.sampled_from(["normal", "tied", "heavy"]))
    if kind == "tied":
        return scale * rng.integers(-2, 3, shape) * np.where(rng.random(shape) < 0.5, 1.0, -1.0)
    values = rng.standard_normal(shape)
    return scale * (values if kind == "normal" else values / (0.1 + rng.random(shape)) ** 2)


def exact_norms(rows):
    """l1 norms of the rows, in fractions."""
    return [sum((abs(Fraction(v)) for v in row), Fraction(0)) for row in lipref.to_numpy(rows).tolist()]


def rounding(residuals, dw):
    """Bound of the rounding in one derivative: its two terms cancel (entirely so for one entry), hence their own size
    counts, which is the largest scale times 1 + ‖y‖‖g‖ <= 1 + n, not that of the result.
    """
    scale = getattr(residuals, "scale", None)
    scale = 1 / lipref.to_numpy(residuals.sigma) if hasattr(residuals, "sigma") else scale
    largest = 1.0 if scale is None else float(np.max(lipref.to_numpy(scale), initial=0.0))
    d = lipref.to_numpy(dw)
    return OPERATIONS * float(np.finfo(d.dtype).eps) * largest * (1 + d.shape[1]) * np.linalg.norm(d.astype(float))


# -------------------------------------------------------------------------------------------- derivative laws, all maps


@every_map
@given(w=weights(rows=False), seed=st.integers(0, 2**32 - 1))
def test_backward_is_adjoint_of_jvp(place, dtype, name, w, seed):
    """Law 1, also at kinks and at any state of the power iteration."""
    assume(np.all(np.abs(w).max(axis=1) > 0))
    forward, backward, jvp = ALL[name]
    _, residuals = forward(place(w, dtype))
    rng = np.random.default_rng(seed)
    dw, dy = (place(rng.standard_normal(w.shape), dtype) for _ in range(2))
    law = laws.adjoint(lambda d: backward(residuals, d), lambda d: jvp(residuals, d), dw, dy, operations=OPERATIONS)
    assert law.defect <= rounding(residuals, dw) * np.linalg.norm(lipref.to_numpy(dy).astype(float)), law


@every_map
@given(w=weights(rows=False), seed=st.integers(0, 2**32 - 1))
def test_jvp_is_linear(dtype, name, w, seed):
    """Law 3."""
    assume(np.all(np.abs(w).max(axis=1) > 0))
    forward, _, jvp = ALL[name]
    _, residuals = forward(w.astype(dtype))
    rng = np.random.default_rng(seed)
    dw, dz = (rng.standard_normal(w.shape).astype(dtype) for _ in range(2))
    law = laws.linearity(lambda d: jvp(residuals, d), dw, dz, operations=OPERATIONS)
    assert law.defect <= 2 * rounding(residuals, dw) + 3 * rounding(residuals, dz), law


@pytest.mark.parametrize("name", PIECEWISE)
@given(shape=st.sampled_from(SHAPES), scale=st.sampled_from([0.1, 1.0, 4.0]), seed=st.integers(0, 2**32 - 1))
def test_jvp_of_projection_is_difference_quotient(place, dtype, name, shape, scale, seed):
    """Law 2: both ends of the difference lie on the face of the middle, so that the map is affine between them."""
    forward, _, jvp = PIECEWISE[name]
    rng = np.random.default_rng(seed)
    w, dw, step = scale * rng.standard_normal(shape), rng.standard_normal(shape), 2.0**-4 * scale
    faces = []
    for point in (w - 2 * step * dw, w, w + 2 * step * dw):
        y, residuals = forward(point)
        face = residuals.inside if name == "clip_entries" else np.sign(y)
        faces.append((face.tolist(), getattr(residuals, "outside", np.zeros(1)).tolist()))
    assume(faces[0] == faces[1] == faces[2])
    x = place(w, dtype)
    _, residuals = forward(x)
    law = laws.difference(
        lambda z: forward(z)[0],
        lambda d: jvp(residuals, d),
        x,
        place(dw, dtype),
        step=step,
        operations=OPERATIONS,
        piecewise_linear=True,
    )
    assert law.holds, law


@pytest.mark.parametrize("name", SMOOTH)
@given(shape=st.sampled_from(SHAPES[1:]), seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.125, 1.0, 8.0]))
def test_jvp_of_rescaling_is_difference_quotient(place, dtype, name, shape, seed, scale):
    """Law 2 off kinks: entries of size 1 to 2 in distinct steps, moved by at most 1/64 of their size."""
    forward, _, jvp = SMOOTH[name]
    rng = np.random.default_rng(seed)
    sizes = 1 + rng.permutation(shape[0] * shape[1]).reshape(shape) / (shape[0] * shape[1])
    w = scale * sizes * rng.choice([-1.0, 1.0], shape)
    dw, step = scale * rng.uniform(-0.25, 0.25, shape), 2.0**-5
    ends = [forward(w + t * step * dw)[1] for t in (-1, 0, 1)]
    assume(all(np.array_equal(r.inside, ends[1].inside) for r in ends))
    x = place(w, dtype)
    _, residuals = forward(x)
    law = laws.difference(
        lambda z: forward(z)[0], lambda d: jvp(residuals, d), x, place(dw, dtype), step=step, operations=OPERATIONS
    )
    assert law.holds, law


# -------------------------------------------------------------------------------------------------- l1 ball and simplex

GRID = np.array(list(itertools.product([Fraction(i, 3) for i in range(-4, 5)], repeat=3)), dtype=object)
"""729 rational rows: inside, on the sphere, ties, zeros."""


@pytest.mark.parametrize("radius", [Fraction(1), Fraction(1, 3), Fraction(5, 2), 0])
def test_l1_ball_solves_variational_inequality(radius):
    """[SO-Linf] x is the projection of y iff ⟨y - x, z - x⟩ <= 0 on the ball: r max|y - x| <= ⟨y - x, x⟩."""
    for y, x in zip(GRID, l1_ball(GRID, radius)):
        assert all(isinstance(v, Fraction) for v in x)
        assert sum(map(abs, x)) <= radius
        assert radius * max(map(abs, y - x)) <= sum((y - x) * x)
        assert sum(map(abs, y)) > radius or (x == y).all()


@pytest.mark.parametrize("radius", [Fraction(1), Fraction(1, 3), 0])
def test_simplex_solves_variational_inequality(radius):
    """x is the projection of y iff it lies in the simplex and r max(y - x) <= ⟨y - x, x⟩ (the vertices suffice)."""
    for y, x in zip(GRID, simplex(GRID, radius)):
        assert min(x) >= 0
        assert sum(x) == radius
        assert radius * max(y - x) <= sum((y - x) * x)


def test_l1_ball_of_the_paper():
    """[SO-Linf] (1, 1, 1) -> thirds, which clipping leaves with norm 3; rows inside stay and are not inflated."""
    rows = lipref.exact([["1", "1", "1"], ["2", "1", "0"], ["1/4", "1/4", "0"]])
    third = Fraction(1, 3)
    assert l1_ball(rows).tolist() == [[third] * 3, [1, 0, 0], [Fraction(1, 4), Fraction(1, 4), 0]]
    assert sum(clip_entries(rows, 1)[0]) == 3


@given(w=weights(), radius=st.sampled_from([1.0, 0.1, Fraction(1, 10), 7.5, 2.0**-40]))
def test_l1_ball_never_exceeds_radius(place, dtype, w, radius):
    """The l1 norm, summed in fractions, is at most the radius, and for rows outside at least as large as stated."""
    x = place(w, dtype)
    floor = 1 - 3 * float(np.finfo(dtype).eps) - 3 * w.shape[1] * 2.0**-52
    for before, after in zip(exact_norms(x), exact_norms(l1_ball(x, radius))):
        assert after <= radius
        assert before <= radius or after >= floor * Fraction(radius)


@given(w=weights(), radius=st.sampled_from([1.0, 7.5]))
def test_l1_ball_is_near_exact_projection(place, dtype, w, radius):
    """Against the projection in fractions: entries are off by at most the backward error of the row, which projections
    do not enlarge: 4 eps + n 2⁻⁵² of its norm and of the radius.
    """
    x = place(w, dtype)
    expected = l1_ball(lipref.exact(x), radius)
    got = lipref.exact(l1_ball(x, radius))
    unit = 4 * Fraction(float(np.finfo(dtype).eps)) + Fraction(w.shape[1], 2**52)
    for norm, one, other in zip(exact_norms(x), got, expected):
        assert max(map(abs, one - other)) <= unit * (norm + Fraction(radius))


@given(w=weights())
def test_l1_ball_leaves_rows_inside_alone(place, dtype, w):
    """Bit for bit, signed zeros included, also for what the projection itself returned."""
    x = place(w, dtype)
    inside = [norm <= 1 for norm in exact_norms(x)]
    y = l1_ball(x)
    assert lipref.to_numpy(y)[inside].tobytes() == lipref.to_numpy(x)[inside].tobytes()
    assert lipref.to_numpy(l1_ball(y)).tobytes() == lipref.to_numpy(y).tobytes()


def test_l1_ball_decides_the_sphere_exactly():
    """Ten times fl(0.1) exceeds 1 though its float sum does not; a half and a half is inside."""
    rows = np.array([[0.1] * 10, [0.5] * 2 + [0.0] * 8, [1.0] + [2.0**-54] * 9])
    assert float(sum([0.1] * 10)) < 1 < sum([Fraction(0.1)] * 10)
    y = l1_ball(rows)
    assert max(exact_norms(y)) <= 1
    assert y[1].tobytes() == rows[1].tobytes()
    assert (y[[0, 2], 0] < rows[[0, 2], 0]).all()


def test_l1_ball_keeps_norm_of_huge_rows(dtype):
    """A norm of radius/eps: the threshold alone would round to the largest entry and leave nothing."""
    huge = 4 / float(np.finfo(dtype).eps)
    y = l1_ball(np.array([[huge, 1.0], [huge, -huge]], dtype=dtype))
    assert np.abs(y - np.array([[1.0, 0.0], [0.5, -0.5]])).max() <= 3 * np.finfo(dtype).eps + 6 * 2.0**-52


def test_l1_ball_by_blocks_is_l1_ball(dtype, monkeypatch):
    """Blocks of rows change nothing, bit for bit."""
    w = np.random.default_rng(0).standard_normal((37, 11)).astype(dtype)
    whole = l1_ball(w, 2.0), simplex(w, 2.0)
    monkeypatch.setattr("lipref.projections.BLOCK", 40)
    parts = l1_ball(w, 2.0), simplex(w, 2.0)
    assert [a.tobytes() for a in whole] == [a.tobytes() for a in parts]


@given(w=weights(), radius=st.sampled_from([1.0, 0.1, 7.5]))
def test_simplex_sums_to_radius(place, dtype, w, radius):
    """Entries >= 0 and the stated sum."""
    y = simplex(place(w, dtype), radius)
    tolerance = 2 * float(np.finfo(dtype).eps) + w.shape[1] * 2.0**-52
    for row in lipref.exact(y):
        assert min(row) >= 0
        assert abs(sum(row) - Fraction(radius)) <= tolerance * Fraction(radius)


def test_l1_jacobian_on_fractions():
    """[SO-Linf-VJP] diag(S) - s sᵀ/|S| outside, the identity inside; exact."""
    w = lipref.exact([["2", "-1", "0"], ["1/4", "1/4", "0"], ["1", "-1", "1"]])
    _, residuals = projections.l1_ball_forward(w)
    dw = lipref.exact([["3", "5", "7"], ["3", "5", "7"], ["3", "6", "9"]])
    expected = [[0, 0, 0], [3, 5, 7], [1, 8, 7]]
    assert projections.l1_ball_jvp(residuals, dw).tolist() == expected
    assert projections.l1_ball_backward(residuals, dw).tolist() == expected


def test_l1_jacobian_at_radius_zero():
    """The map is constant there, also at a zero row."""
    _, residuals = projections.l1_ball_forward(np.array([[1.0, 2.0], [0.0, 0.0]]), 0)
    assert projections.l1_ball_jvp(residuals, np.ones((2, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


# ------------------------------------------------------------------------------------------------ clipping, norms, rows


@given(w=weights(), bound=st.sampled_from([0.0, 0.1, Fraction(1, 3), 1.0]))
def test_clip_entries_is_projection(place, dtype, w, bound):
    """Entries within the bound stay bit for bit; the others are the largest number of the dtype within it."""
    y, x = (lipref.to_numpy(v) for v in (clip_entries(place(w, dtype), bound), place(w, dtype)))
    for before, after in zip(x.ravel(), y.ravel()):
        if abs(Fraction(float(before))) <= bound:
            assert before.tobytes() == after.tobytes()
        else:
            assert abs(Fraction(float(after))) <= bound < abs(Fraction(float(np.nextafter(after, before))))


@given(w=weights(rows=False), radius=st.sampled_from([1.0, 3.0]), cap=st.booleans())
def test_frobenius_norm_is_radius(place, dtype, w, radius, cap):
    """The norm to the stated accuracy; with `cap`, weights inside stay bit for bit."""
    assume(np.abs(w).max() > 0)
    x = place(w, dtype)
    y = lipref.to_numpy(frobenius_normalize(x, radius, cap=cap))
    before = math.sqrt(math.fsum(float(v) ** 2 for v in lipref.to_numpy(x).ravel()))
    after = math.sqrt(math.fsum(float(v) ** 2 for v in y.ravel()))
    if cap and before <= radius * (1 - 2.0**-40):
        assert y.tobytes() == lipref.to_numpy(x).tobytes()
    elif not cap or before > radius * (1 + 2.0**-40):
        assert abs(after - radius) <= (w.size * 2.0**-52 + 2 * np.finfo(dtype).eps) * radius


@given(w=weights(rows=False), p=st.sampled_from([1, 1.5, 2, 3, math.inf]), cap=st.booleans())
def test_row_norms_are_radius(place, dtype, w, p, cap):
    """Each row's p-norm is the radius to (n + 8) eps (powers and roots count four each); `cap` never enlarges a row."""
    assume(np.all(np.abs(w).max(axis=1) > 0))
    x = place(w, dtype)
    y = lipref.to_numpy(row_normalize(x, p, 1.5, cap=cap)).astype(float)
    before = np.linalg.norm(lipref.to_numpy(x).astype(float), ord=p, axis=1)
    expected = np.minimum(before, 1.5) if cap else 1.5
    error = np.abs(np.linalg.norm(y, ord=p, axis=1) - expected)
    assert np.all(error <= 1.5 * (w.shape[1] + 8) * np.finfo(dtype).eps)


def test_row_normalize_is_exact_on_fractions():
    """p = 1 and p = inf have rational norms."""
    rows = lipref.exact([["1", "-2", "1"], ["0", "1/2", "0"]])
    assert row_normalize(rows, 1).tolist() == [[Fraction(1, 4), Fraction(-1, 2), Fraction(1, 4)], [0, 1, 0]]
    assert row_normalize(rows, math.inf).tolist() == [[Fraction(1, 2), -1, Fraction(1, 2)], [0, 1, 0]]


# ----------------------------------------------------------------------------------------------- spectral normalisation


def with_singular_values(values, shape, seed):
    """A weight of the shape with the given singular values, and its singular vectors."""
    rng = np.random.default_rng(seed)
    k = len(values)
    left, right = (np.linalg.qr(rng.standard_normal((n, k)))[0] for n in shape)
    return (left * np.array(values)) @ right.T, left, right


@given(w=weights(rows=False), seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 3), cap=st.booleans())
def test_spectral_normalize_is_safe(place, dtype, w, seed, steps, cap):
    """[SO-SN] Any state gives a norm of at most 1, and of 1 to the stated slack unless the weight was inside."""
    assume(np.abs(w).max() > 0)
    state = np.random.default_rng(seed).integers(-1, 2, w.shape[0]).astype(float)
    x = place(w, dtype)
    y = spectral_normalize(x, place(state, dtype) if state.any() else None, steps=steps, cap=cap)
    before, after = (np.linalg.svd(lipref.to_numpy(v).astype(float), compute_uv=False)[0] for v in (x, y))
    spread = np.linalg.norm(lipref.to_numpy(x).astype(float)) / before
    n = min(w.shape)
    slack = (max(w.shape) + 20 * n) * 2.0**-52 * spread**2 + 2 * np.finfo(dtype).eps * spread + 2.0**-48
    assert after <= 1
    assert after >= (min(before, 1) if cap else 1) - slack
    if cap and before < 1 - slack:
        assert lipref.to_numpy(y).tobytes() == lipref.to_numpy(x).tobytes()


def test_stale_state_fools_the_estimate_alone(place, dtype):
    """[SO-SN] diag(3, 1) with u on the second axis: the estimate leaves norm 3; a safe call does not."""
    w, u = place(np.diag([3.0, 1.0]), dtype), place(np.array([0.0, 1.0]), dtype)
    assert lipref.to_numpy(spectral_normalize(w, u, safe=False)).tolist() == [[3.0, 0.0], [0.0, 1.0]]
    y, residuals = projections.spectral_normalize_forward(w, u)
    assert abs(float(lipref.to_numpy(y)[0, 0]) - 1) <= 1e-5
    assert np.abs(lipref.to_numpy(residuals.u)).tolist() == [1.0, 0.0]


def test_power_iteration_state_converges(dtype):
    """The state in the residuals carries the iteration on: errors of u fall by the factor 1/4 per call."""
    w, left, _ = with_singular_values([2.0, 1.0, 0.5], (6, 4), 0)
    u = np.ones(6, dtype)
    for _ in range(30):  # 4⁻³⁰ is below eps of both dtypes
        y, residuals = projections.spectral_normalize_forward(w.astype(dtype), u, safe=False)
        u = residuals.u
    assert 1 - abs(float(u @ left[:, 0])) <= 16 * np.finfo(dtype).eps
    assert abs(float(residuals.sigma) - 2) <= 16 * np.finfo(dtype).eps
    assert y.dtype == dtype


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
@given(seed=st.integers(0, 2**32 - 1))
def test_spectral_jvp_is_difference_quotient(place, dtype, shape, seed):
    """Law 2 at the leading pair of a simple singular value, where holding u and v fixed is the true derivative."""
    w, left, _ = with_singular_values([2.0, 1.0, 0.5], shape, seed)
    dw = np.random.default_rng(seed).standard_normal(shape) / 8
    x, u = place(w, dtype), place(left[:, 0], dtype)
    _, residuals = projections.spectral_normalize_forward(x, u, steps=40)
    law = laws.difference(
        lambda z: spectral_normalize(z, u, steps=40),
        lambda d: projections.spectral_normalize_jvp(residuals, d),
        x,
        place(dw, dtype),
        step=2.0**-5,
        operations=OPERATIONS,
    )
    assert law.holds, law


@given(seed=st.integers(0, 2**32 - 1))
def test_spectral_jvp_holds_u_and_v_fixed(dtype, seed):
    """Law 2 at any state: the derivative is that of w/(uᵀwv) with u and v constant."""
    rng = np.random.default_rng(seed)
    w, dw, u = (rng.standard_normal(shape).astype(dtype) for shape in ((4, 3), (4, 3), 4))
    _, residuals = projections.spectral_normalize_forward(w, u, safe=False)
    law = laws.difference(
        lambda z: z / (residuals.u @ z @ residuals.v),
        lambda d: projections.spectral_normalize_jvp(residuals, d),
        w,
        dw / 16,
        step=2.0**-4,
        operations=OPERATIONS,
    )
    assert law.holds, law


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: l1_ball(np.ones(3)), lipref.ShapeError, "l1_ball"),
        (lambda: l1_ball(np.ones((2, 0))), lipref.ShapeError, "n > 0"),
        (lambda: l1_ball(np.ones((2, 2)), -1), lipref.DomainError, "radius"),
        (lambda: l1_ball(np.ones((2, 2)), math.nan), lipref.DomainError, "radius"),
        (lambda: l1_ball(np.ones((2, 2)), 1e-320), lipref.DomainError, "radius"),
        (lambda: l1_ball(np.full((2, 2), 1e308)), lipref.DomainError, "overflows"),
        (lambda: l1_ball(np.ones((2, 2), dtype=int)), lipref.DTypeError, "float32 or float64"),
        (lambda: l1_ball(np.array([[math.inf]])), lipref.DomainError, "finite"),
        (lambda: simplex(np.ones((2, 2)), -1), lipref.DomainError, "radius"),
        (lambda: clip_entries(np.ones((2, 2)), -1), lipref.DomainError, "radius"),
        (lambda: frobenius_normalize(np.zeros((2, 2))), lipref.DomainError, "zero"),
        (lambda: frobenius_normalize(np.ones((2, 2)), 0), lipref.DomainError, "radius"),
        (lambda: row_normalize(np.eye(2)[:1] * 0), lipref.DomainError, "zero row"),
        (lambda: row_normalize(np.eye(2), 0.5), lipref.DomainError, "p >= 1"),
        (lambda: row_normalize(lipref.exact([["1", "2"]]), 2), lipref.DTypeError, "row_normalize"),
        (lambda: spectral_normalize(np.zeros((2, 2))), lipref.DomainError, "zero weight"),
        (lambda: spectral_normalize(np.eye(2), np.zeros(2)), lipref.DomainError, "u other than zero"),
        (lambda: spectral_normalize(np.eye(2), np.ones(3)), lipref.ShapeError, "u of shape"),
        (lambda: spectral_normalize(np.eye(2), steps=0), lipref.DomainError, "steps"),
        (lambda: spectral_normalize(lipref.exact([["1"]])), lipref.DTypeError, "spectral_normalize"),
    ],
)
def test_bad_input_is_refused(call, error, word):
    """An error of lipref's own kind that names the function and what was expected."""
    with pytest.raises(error, match=word):
        call()


@every_map
def test_passes_refuse_other_shapes(name):
    """Tangents and cotangents have the shape of the weight."""
    forward, backward, jvp = ALL[name]
    _, residuals = forward(np.eye(3) + 1)
    for derivative in (backward, jvp):
        with pytest.raises(lipref.ShapeError):
            derivative(residuals, np.ones((3, 2)))


def test_capped_zero_weight_is_left_alone():
    """The rescalings have no direction at zero, but the balls contain it; the derivative is the identity there."""
    zero, d = np.zeros((2, 3)), np.ones((2, 3))
    for name in ("frobenius_normalize", "row_normalize", "spectral_normalize"):
        forward, backward, jvp = passes(name, cap=True)
        y, residuals = forward(zero)
        assert y.tolist() == zero.tolist()
        assert backward(residuals, d).tolist() == jvp(residuals, d).tolist() == d.tolist()
