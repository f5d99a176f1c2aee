"""Activations: definitions at all sizes of arguments, derivative laws, Lipschitz constants, kinks, refusals."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import activations, laws
from lipref.activations import LIPSCHITZ, leaky_relu_lipschitz

ARGUMENTS = {"leaky_relu": (0.125,), "maxout": (3,)}
NAMES = [*LIPSCHITZ, "leaky_relu"]
SMOOTH = ["tanh", "sigmoid", "softplus"]
LINEAR = [name for name in NAMES if name not in SMOOTH]
OPERATIONS = 64
"""exp, log1p and tanh are good to a few eps; about ten operations follow; entries number at most 24."""

REFERENCE = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: max(x, x / 8),
    "absolute": abs,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else 0.0,
    "softplus": lambda x: math.log1p(math.exp(x)) if x < 30 else x + math.log1p(math.exp(-x)),
}


def passes(name):
    """forward (with its arguments bound), backward, jvp, jvp_backward."""
    forward = getattr(activations, f"{name}_forward")
    others = (getattr(activations, f"{name}_{suffix}") for suffix in ("backward", "jvp", "jvp_backward"))
    return lambda x: forward(x, *ARGUMENTS.get(name, ())), *others


@st.composite
def inputs(draw, off_kinks=False):
    """(batch, 6): integers with ties and zeros; off kinks, odd multiples of 1/2 that differ within a row."""
    batch = draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if off_kinks:
        return np.array([rng.permutation(np.arange(-6, 6))[:6] for _ in range(batch)]).reshape(batch, 6) + 0.5
    return rng.integers(-2, 3, (batch, 6)).astype(float)


every_name = pytest.mark.parametrize("name", NAMES)
seeds = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize("name", REFERENCE)
@given(values=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=8))
def test_activation_is_its_definition(place, dtype, name, values):
    """[SO-ActLip] Against Python's own functions in float64: 4 eps, relative, plus the smallest normal number."""
    x = place(np.array(values), dtype)
    y = lipref.to_numpy(getattr(activations, name)(x, *ARGUMENTS.get(name, ())))
    assert y.dtype == dtype
    for got, value in zip(y.astype(float), values):
        expected = REFERENCE[name](value)
        assert abs(got - expected) <= 4 * np.finfo(dtype).eps * abs(expected) + np.finfo(dtype).smallest_normal


def test_crelu_and_maxout_are_their_definitions(place, dtype):
    """(relu(x), relu(-x)) along the last axis; the largest entry of each group, also of a batch of rows."""
    x = place(np.array([[1.0, -2.0, 0.0, 4.0, 4.0, -1.0]]), dtype)
    assert lipref.to_numpy(activations.crelu(x)).tolist() == [[1, 0, 0, 4, 4, 0, 0, 2, 0, 0, 0, 1]]
    assert lipref.to_numpy(activations.maxout(x, 3)).tolist() == [[1, 4]]


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_keep_relative_accuracy(dtype, name):
    """f'(x) for |x| up to 40, where 1 - tanh² and s(1 - s) are rounding alone, against exponentials."""
    x = np.linspace(-40, 40, 161).astype(dtype)
    residuals = passes(name)[0](x)[1]
    e = np.exp(-np.abs(x.astype(float)))
    slope = {
        "tanh": 4 * e**2 / (1 + e**2) ** 2,
        "sigmoid": e / (1 + e) ** 2,
        "softplus": np.where(x < 0, e, 1) / (1 + e),
    }[name]
    # exp(-2|x|) has the rounding of its argument: none here, where 2|x| is exact; exp itself 4 eps
    assert np.all(np.abs(residuals.slope - slope) <= 12 * np.finfo(dtype).eps * slope)


@every_name
def test_activations_are_finite_at_any_size(place, dtype, name):
    """No overflow, no NaN for |x| = 1e4 in any pass."""
    forward, backward, jvp, jvp_backward = passes(name)
    x = place(np.array([-1e4, 1e4, -1e4, 50.0, -50.0, 0.0]), dtype)
    y, residuals = forward(x)
    for result in (y, backward(residuals, y), jvp(residuals, x), jvp_backward(residuals, x, y)):
        assert np.all(np.isfinite(lipref.to_numpy(result)))


@every_name
@given(x=inputs(), seed=seeds)
def test_backward_is_adjoint_of_jvp(place, dtype, name, x, seed):
    """Law 1, also at kinks."""
    forward, backward, jvp, _ = passes(name)
    y, residuals = forward(place(x, dtype))
    rng = np.random.default_rng(seed)
    dx, dy = place(rng.standard_normal(x.shape), dtype), place(rng.standard_normal(tuple(y.shape)), dtype)
    law = laws.adjoint(lambda d: backward(residuals, d), lambda d: jvp(residuals, d), dx, dy, operations=OPERATIONS)
    assert law.holds, law


@every_name
@given(x=inputs(off_kinks=True), seed=seeds)
def test_jvp_is_difference_quotient(place, dtype, name, x, seed):
    """Law 2: entries are 1/2 or more from a kink and move by at most 1/4; exact for the piecewise-linear ones."""
    forward, _, jvp, _ = passes(name)
    dx = np.random.default_rng(seed).integers(-2, 3, x.shape).astype(float)
    point = place(x, dtype)
    _, residuals = forward(point)
    law = laws.difference(
        lambda z: forward(z)[0],
        lambda d: jvp(residuals, d),
        point,
        place(dx, dtype),
        step=1 / 8,
        operations=0 if name in LINEAR else OPERATIONS,
        piecewise_linear=name in LINEAR,
    )
    assert law.holds, law


@every_name
@given(x=inputs(off_kinks=True), seed=seeds)
def test_jvp_backward_is_second_derivative(place, dtype, name, x, seed):
    """Laws 3 and 4: linear in the tangent, symmetric, the derivative of ⟨dy, jvp(dx)⟩; zero where linear in pieces."""
    forward, _, jvp, jvp_backward = passes(name)
    point = place(x, dtype)
    y, residuals = forward(point)
    rng = np.random.default_rng(seed)
    dx, dz = (place(rng.integers(-2, 3, x.shape) / 2, dtype) for _ in range(2))
    dy = place(rng.standard_normal(tuple(y.shape)), dtype)
    assert laws.linearity(lambda d: jvp(residuals, d), dx, dz, operations=OPERATIONS).holds
    second = [
        laws.symmetry(lambda d, e: jvp_backward(residuals, d, e), dx, dz, dy, operations=OPERATIONS),
        laws.second_difference(
            lambda z, d: jvp(forward(z)[1], d),
            lambda d, e: jvp_backward(residuals, d, e),
            point,
            dx,
            dz,
            dy,
            step=1 / 8,
            operations=OPERATIONS,
        ),
    ]
    assert all(law.holds for law in second), second
    if name in LINEAR:
        assert not lipref.to_numpy(jvp_backward(residuals, dx, dy)).any()


@every_name
@given(x=inputs(), other=seeds, p=st.sampled_from([1, 2, np.inf]))
def test_activations_are_lipschitz(name, x, other, p):
    """[SO-ActLip] ‖f(x) - f(z)‖_p <= K ‖x - z‖_p for each row, with 8 eps of slack for the smooth ones."""
    z = x + np.random.default_rng(other).standard_normal(x.shape) * 4
    function, constant = getattr(activations, name), LIPSCHITZ.get(name, leaky_relu_lipschitz(0.125))
    extra = ARGUMENTS.get(name, ())
    after = np.linalg.norm(function(x, *extra) - function(z, *extra), ord=p, axis=-1)
    assert np.all(after <= constant * np.linalg.norm(x - z, ord=p, axis=-1) + 8 * 2.0**-52 * 20)


@pytest.mark.parametrize(("name", "where"), [("sigmoid", 0.0), ("tanh", 0.0), ("softplus", 50.0), ("relu", 1.0)])
def test_lipschitz_constants_are_least(name, where):
    """The slope attains the constant: 1/4 for the sigmoid at 0, 1 for the others."""
    _, residuals = passes(name)[0](np.array([where]))
    assert abs(residuals.slope[0] - LIPSCHITZ[name]) <= 2.0**-52


@pytest.mark.parametrize(("slope", "constant"), [(0.01, 1.0), (-3.0, 3.0), (2.0, 2.0)])
def test_lipschitz_constant_of_leaky_relu(slope, constant):
    """max(1, |slope|), attained on one of the two sides."""
    _, residuals = activations.leaky_relu_forward(np.array([-1.0, 1.0]), slope)
    assert np.abs(residuals.slope).max() == leaky_relu_lipschitz(slope) == constant


@pytest.mark.parametrize("name", ["identity", "absolute", "maxout"])
@given(x=inputs(off_kinks=True), seed=seeds)
def test_cotangent_norms_are_preserved(name, x, seed):
    """[SO-GNP] Off kinks the multiset of |dy| comes back, beside zeros for maxout."""
    forward, backward, _, _ = passes(name)
    y, residuals = forward(x)
    dy = np.random.default_rng(seed).standard_normal(y.shape)
    back = np.sort(np.abs(backward(residuals, dy)), axis=-1)[..., -dy.shape[-1] :]
    assert np.array_equal(back, np.sort(np.abs(dy), axis=-1))


@pytest.mark.parametrize(
    ("name", "slope"), [("relu", [0.0]), ("absolute", [0.0]), ("leaky_relu", [0.125]), ("crelu", [0.0, 0.0])]
)
def test_conventions_at_kinks(name, slope):
    """The stated derivative at 0, of either sign."""
    forward, _, jvp, _ = passes(name)
    for zero in (0.0, -0.0):
        _, residuals = forward(np.array([zero]))
        assert np.abs(jvp(residuals, np.array([1.0]))).tolist() == slope


def test_maxout_takes_the_first_of_equal_entries():
    """Ties go to the first."""
    _, residuals = activations.maxout_forward(np.array([2.0, 2.0, 1.0]), 3)
    assert activations.maxout_backward(residuals, np.array([5.0])).tolist() == [5.0, 0.0, 0.0]


@pytest.mark.parametrize("name", LINEAR)
def test_linear_pieces_are_exact_on_fractions(name):
    """Exact mode: values and derivatives stay fractions and agree with float64, where all of this is dyadic."""
    forward, backward, jvp, _ = passes(name)
    x = np.array([[-1.5, 0.25, 3.0, -4.0, 0.0, 8.0]])
    exact = lipref.exact(x)
    (y, residuals), (expected, floats) = forward(exact), forward(x)
    for got, wanted in (
        (y, expected),
        (jvp(residuals, exact), jvp(floats, x)),
        (backward(residuals, y), backward(floats, expected)),
    ):
        assert all(isinstance(v, Fraction) for v in got.flat)
        assert got.astype(float).tolist() == wanted.tolist()


@every_name
def test_bad_input_is_refused(name):
    """Integers, NaN, other shapes: lipref's own errors, in every pass."""
    forward, backward, jvp, jvp_backward = passes(name)
    with pytest.raises(lipref.DTypeError):
        forward(np.ones((2, 6), dtype=int))
    with pytest.raises(lipref.DomainError):
        forward(np.full((2, 6), math.nan))
    y, residuals = forward(np.ones((2, 6)))
    for call in (
        lambda: backward(residuals, np.ones((3, 6))),
        lambda: jvp(residuals, np.ones((3, 6))),
        lambda: jvp_backward(residuals, np.ones((2, 6)), np.ones((3, 6))),
        lambda: jvp_backward(residuals, np.ones((3, 6)), y),
    ):
        with pytest.raises(lipref.ShapeError):
            call()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: activations.maxout(np.ones((2, 6)), 4), lipref.ShapeError),
        (lambda: activations.maxout(np.ones((2, 0)), 1), lipref.ShapeError),
        (lambda: activations.maxout(np.ones((2, 6)), 0), lipref.DomainError),
        (lambda: activations.maxout(np.ones((2, 6)), 2.0), lipref.DTypeError),
        (lambda: activations.leaky_relu(np.ones(2), math.inf), lipref.DomainError),
        (lambda: activations.leaky_relu(np.ones(2), "0.1"), lipref.DTypeError),
        (lambda: activations.tanh(lipref.exact(["1"])), lipref.DTypeError),
        (lambda: activations.crelu(np.array(1.0)), lipref.ShapeError),
    ],
)
def test_bad_parameters_are_refused(call, error):
    """Group sizes, slopes, exact mode where there is none."""
    with pytest.raises(error):
        call()
