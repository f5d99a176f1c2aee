"""Layers and functions of networks: derivative laws, second order, exact mode, initialisation, freezing, bounds."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.constraints import Bjorck, L1Rows, Orthonormal, Projected
from lipref.layers import ACTIVATIONS, Activation, Chain, Dropout, GroupSort, Linear, Scale
from lipref.networks import (
    freeze,
    linear,
    lipschitz_bound,
    map_parameters,
    mlp,
    named_parameters,
    project,
    scale_inside,
)

seeds = st.integers(0, 2**32 - 1)
WIDTH = 6

# Every layer and chain below has operator norm at most 3 in each part, so that an entry of a jvp or backward pass is a
# sum of at most WIDTH products per affine layer. Per layer WIDTH + 2 roundings (products, sum, bias or factor), at most
# three affine layers, and 4 for the argument of a smooth function; the inner products of the law add WIDTH more.
OPERATIONS = 3 * (WIDTH + 2) + 4 + WIDTH

# Steps so small that h² terms dominate h⁴ ones, which the laws assume; in float32 rounding is the larger part anyway.
STEP = {"float32": 2.0**-5, "float64": 2.0**-9}


def smooth_chain(seed):
    """Linear, tanh, Linear, GroupSort of three, softplus, Scale, Linear; inputs of the sort differ by 2 or more.

    tanh keeps its output in (-1, 1) and the second weight is orthogonal over 6, so that |W h| < 1; the bias 4 i keeps
    the sorted entries apart whatever x is: no kink anywhere.
    """
    rng = np.random.default_rng(seed)
    first, second, third = (linear(WIDTH, WIDTH, rng=rng, dtype="float64") for _ in range(3))
    second = dataclasses.replace(second, weight=second.weight / WIDTH, bias=4.0 * rng.permutation(WIDTH))
    shift = Linear(np.eye(WIDTH) / 8)
    return Chain(
        (first, Activation("tanh"), second, GroupSort(3), shift, Activation("softplus"), Scale(Fraction(3, 2)), third)
    )


LAYERS = {
    "linear": lambda rng: linear(WIDTH, 4, rng=rng, scheme="normal", dtype="float64"),
    "linear without bias": lambda rng: linear(WIDTH, 4, rng=rng, scheme="uniform", bias=False, dtype="float64"),
    "groupsort": lambda rng: GroupSort(3, "descending"),
    "scale": lambda rng: Scale(-2.5),
    "dropout": lambda rng: Dropout(0.25),
    **{
        name: lambda rng, name=name: Activation(
            name, slope=0.25 if name == "leaky_relu" else None, group_size=3 if name == "maxout" else None
        )
        for name in ACTIVATIONS
    },
    "chain": lambda rng: smooth_chain(rng.integers(2**31)),
    "empty chain": lambda rng: Chain(()),
    "chain in a chain": lambda rng: Chain((smooth_chain(rng.integers(2**31)), Scale(0.5))),
}


def placed(place, dtype, network):
    """The network with every parameter on the backend and in the dtype of the test."""
    return map_parameters(lambda w: place(lipref.to_numpy(w), dtype), network)


def condition(dx, dy, largest):
    """‖J‖‖d‖/‖J d‖ for a map of norm at most `largest`: what cancellation may cost."""
    size = np.linalg.norm(lipref.to_numpy(dy).astype(float))
    return largest * max(1.0, np.linalg.norm(lipref.to_numpy(dx).astype(float)) / max(size, 1e-30))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("batch", [(2,), (0,), (2, 3)], ids=str)
def test_layer_backward_is_adjoint_of_jvp(place, dtype, name, batch):
    """Law 1 for every kind of layer, also with an empty batch and with two batch axes."""
    rng = np.random.default_rng(1)
    layer = placed(place, dtype, LAYERS[name](rng))
    x, dx = (place(rng.standard_normal((*batch, WIDTH)), dtype) for _ in range(2))
    y, residuals = layer.forward(x, rng=rng)
    dy = place(rng.standard_normal(y.shape), dtype)
    tangent = layer.jvp(residuals, dx)
    assert tangent.shape == y.shape
    assert tangent.dtype == y.dtype == x.dtype
    assert layer.backward(residuals, dy)[0].shape == x.shape
    law = laws.adjoint(
        lambda d: layer.backward(residuals, d)[0],
        lambda d: layer.jvp(residuals, d),
        dx,
        dy,
        operations=OPERATIONS,
        condition=condition(dx, tangent, 9),
    )
    assert law.holds, law


@given(seed=seeds)
def test_chain_jvp_is_difference_quotient(place, dtype, seed):
    """Law 2 on a smooth chain."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, smooth_chain(seed))
    x, dx = (place(rng.standard_normal((2, WIDTH)), dtype) for _ in range(2))
    _, residuals = network.forward(x)
    # forward values reach 1.5·(4·5/8 + 1): the bound of the law takes the largest output, the inner ones are no larger
    law = laws.difference(
        network, lambda d: network.jvp(residuals, d), x, dx, step=STEP[dtype], operations=2 * OPERATIONS
    )
    assert law.holds, law


@given(seed=seeds)
def test_chain_gradients_are_difference_quotients(place, dtype, seed):
    """Law 2 for the parameters: ⟨grads, dθ⟩ is the derivative of ⟨dy, f⟩ along dθ, all parameters moved at once."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, smooth_chain(seed))
    x, dy = (place(rng.standard_normal((2, WIDTH)), dtype) for _ in range(2))
    direction = map_parameters(lambda w: place(rng.standard_normal(w.shape) / 4, dtype), network)
    _, residuals = network.forward(x)
    _, grads = network.backward(residuals, dy)
    inner = sum(
        np.sum(lipref.to_numpy(a).astype(float) * lipref.to_numpy(b))
        for a, b in zip(named_parameters(grads).values(), named_parameters(direction).values(), strict=True)
    )

    def value(t):
        moved = map_parameters(lambda w, d: w + float(t[0]) * d, network, direction)
        return np.sum(lipref.to_numpy(moved(x)).astype(float) * lipref.to_numpy(dy), keepdims=True)

    zero = np.zeros(1, dtype=dtype)
    # a sum of 12 terms up to |dy| 3 times outputs up to 6: 36 units of rounding per unit of the largest output
    step = STEP[dtype]
    law = laws.difference(value, lambda d: inner * d, zero, zero + 1, step=step, operations=36 * OPERATIONS)
    law = law._replace(bound=law.bound + 36 * OPERATIONS * np.finfo(dtype).eps / step)
    assert law.holds, law


@given(seed=seeds)
def test_chain_jvp_backward_is_second_difference(place, dtype, seed):
    """Law 4, x part: ⟨x_bar, dz⟩ is the derivative of ⟨dy_bar, J(x) dx⟩ along dz."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, smooth_chain(seed))
    x, dx, dz, dy = (place(rng.standard_normal((2, WIDTH)), dtype) for _ in range(4))
    _, residuals = network.forward(x)
    zero = place(np.zeros((2, WIDTH)), dtype)
    law = laws.second_difference(
        lambda point, d: network.jvp(network.forward(point)[1], d),
        lambda d, bar: network.jvp_backward(residuals, d, zero, bar)[0],
        x,
        dx,
        dz,
        dy,
        step=STEP[dtype],
        operations=2 * OPERATIONS,
    )
    assert law.holds, law


@given(seed=seeds)
def test_chain_jvp_backward_is_symmetric(place, dtype, seed):
    """Law 4: second derivatives commute."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, smooth_chain(seed))
    x, dx, dz, dy = (place(rng.standard_normal((2, WIDTH)), dtype) for _ in range(4))
    _, residuals = network.forward(x)
    zero = place(np.zeros((2, WIDTH)), dtype)
    second = lambda d, bar: network.jvp_backward(residuals, d, zero, bar)[0]  # noqa: E731
    cancelled = condition(dx, second(dx, dy), 81) + condition(dz, second(dz, dy), 81)
    law = laws.symmetry(second, dx, dz, dy, operations=2 * OPERATIONS, condition=cancelled)
    assert law.holds, law


@given(seed=seeds)
def test_chain_jvp_backward_gives_parameter_gradients(place, dtype, seed):
    """The gradient penalty mechanism: grads of jvp_backward are the derivative of ⟨dy_bar, J_θ(x) dx⟩ along dθ."""
    rng = np.random.default_rng(seed)
    network = placed(place, dtype, smooth_chain(seed))
    x, dx, dy = (place(rng.standard_normal((2, WIDTH)), dtype) for _ in range(3))
    direction = map_parameters(lambda w: place(rng.standard_normal(w.shape) / 4, dtype), network)
    _, residuals = network.forward(x)
    zero = place(np.zeros((2, WIDTH)), dtype)
    _, _, grads = network.jvp_backward(residuals, dx, zero, dy)
    inner = sum(
        np.sum(lipref.to_numpy(a).astype(float) * lipref.to_numpy(b))
        for a, b in zip(named_parameters(grads).values(), named_parameters(direction).values(), strict=True)
    )

    def value(t):
        moved = map_parameters(lambda w, d: w + float(t[0]) * d, network, direction)
        tangent = moved.jvp(moved.forward(x)[1], dx)
        return np.sum(lipref.to_numpy(tangent).astype(float) * lipref.to_numpy(dy), keepdims=True)

    start = np.zeros(1, dtype=dtype)
    step = STEP[dtype]
    law = laws.difference(value, lambda d: inner * d, start, start + 1, step=step, operations=36 * OPERATIONS)
    law = law._replace(bound=law.bound + 36 * OPERATIONS * np.finfo(dtype).eps / step)
    assert law.holds, law


@pytest.mark.parametrize("name", LAYERS)
def test_layer_jvp_backward_contains_backward(place, dtype, name):
    """With dy_bar = 0 the cotangents of x and of the parameters are those of backward; dx_bar is backward of dy_bar."""
    rng = np.random.default_rng(2)
    layer = placed(place, dtype, LAYERS[name](rng))
    x, dx = (place(rng.standard_normal((3, WIDTH)), dtype) for _ in range(2))
    y, residuals = layer.forward(x, rng=rng)
    bar = place(rng.standard_normal(y.shape), dtype)
    zero = place(np.zeros(y.shape), dtype)
    expected, expected_grads = layer.backward(residuals, bar)
    x_bar, dx_bar, grads = layer.jvp_backward(residuals, dx, bar, zero)
    _, swapped, _ = layer.jvp_backward(residuals, dx, zero, bar)
    assert np.array_equal(lipref.to_numpy(x_bar), lipref.to_numpy(expected))
    assert np.array_equal(lipref.to_numpy(swapped), lipref.to_numpy(expected))
    assert not np.any(lipref.to_numpy(dx_bar))
    pairs = zip(named_parameters(grads).values(), named_parameters(expected_grads).values(), strict=True)
    assert all(np.array_equal(lipref.to_numpy(a), lipref.to_numpy(b)) for a, b in pairs)


def test_network_is_exact_on_fractions():
    """Exact mode: forward and backward of a MaxMin network are rational arithmetic."""
    weight = lipref.exact([["1/2", "1/2"], ["1/2", "-1/2"]])
    network = Chain(
        (Linear(weight, lipref.exact(["1/3", 0])), GroupSort(2, "descending"), Linear(weight), Scale(Fraction(2, 3)))
    )
    y, residuals = network.forward(lipref.exact([[1, 2]]))
    assert y.tolist() == [[Fraction(4, 9), Fraction(7, 9)]]
    dx, grads = network.backward(residuals, lipref.exact([[1, 0]]))
    assert dx.tolist() == [[Fraction(1, 3), Fraction(0)]]
    assert grads.layers[2].weight.tolist() == [[Fraction(11, 9), Fraction(-1, 3)], [0, 0]]
    assert lipschitz_bound(network, math.inf) == math.nextafter(2 / 3, 1)


def test_linear_uses_its_constraint_in_both_passes(place):
    """The weight that acts is the constraint's; its cotangent is pulled back: along the kept scale of v it is zero."""
    rng = np.random.default_rng(3)
    v = place(3 * rng.standard_normal((4, WIDTH)))
    layer = Linear(v, None, Bjorck(scaling="spectral", iterations=30))
    x = place(rng.standard_normal((5, WIDTH)))
    y, residuals = layer.forward(x)
    w = lipref.to_numpy(residuals.weight)
    # 30 steps from σ_min/σ_max > 0.1 are at the limit; each product is off by WIDTH roundings
    assert np.max(np.abs(w @ w.T - np.eye(4))) < 64 * WIDTH * np.finfo(float).eps
    assert np.allclose(lipref.to_numpy(y), lipref.to_numpy(x) @ w.T, rtol=0, atol=64 * WIDTH * np.finfo(float).eps)
    _, grads = layer.backward(residuals, place(rng.standard_normal((5, 4))))
    along = np.sum(lipref.to_numpy(grads.weight) * lipref.to_numpy(v))
    assert abs(along) < 1e4 * np.finfo(float).eps * np.linalg.norm(lipref.to_numpy(grads.weight)) * 20


def test_dropout_is_inverted_and_seeded(place, dtype):
    """Entries are 0 or x/(1 - rate), the same for the same seed; without rng nothing happens."""
    x = place(np.ones((64, 64)), dtype)
    layer = Dropout(0.25)
    y, again = (lipref.to_numpy(layer.forward(x, rng=np.random.default_rng(5))[0]) for _ in range(2))
    assert np.array_equal(y, again)
    assert set(np.unique(y)) == {0, np.dtype(dtype).type(1 / 0.75)}
    # 4096 draws: the standard deviation of the kept fraction is 0.0068; six of them
    assert abs(np.mean(y > 0) - 0.75) < 0.041
    assert np.array_equal(lipref.to_numpy(layer(x)), lipref.to_numpy(x))


def test_scale_inside_matches_output_scaling():
    """[SO-ScaleLayer] With the biases scaled the factors move outside, exactly; the weights alone give 15, not 18."""
    one, bias = lipref.exact([[1]]), lipref.exact([1])
    network = Chain((Linear(one, bias), Activation("identity"), Linear(one, bias)))
    x = lipref.exact([[1]])
    assert network(x).tolist() == [[3]]
    assert scale_inside(network, [2, 3])(x).tolist() == [[18]]
    naive = Chain((network.layers[0], Scale(2), network.layers[2], Scale(3)))
    assert naive(x).tolist() == [[15]]


@given(seed=seeds)
def test_scale_inside_is_the_scaled_network(seed):
    """The bias rule on random MaxMin networks with rational entries: equality of fractions."""
    rng = np.random.default_rng(seed)
    entries = lambda *shape: lipref.exact(rng.integers(-9, 10, shape) / 4)  # noqa: E731
    network = Chain(
        (
            Linear(entries(4, 2), entries(4)),
            GroupSort(2),
            Linear(entries(4, 4), entries(4)),
            Scale(Fraction(1, 2)),
            GroupSort(4),
            Linear(entries(2, 4), entries(2)),
        )
    )
    factors = [Fraction(int(v), 3) for v in rng.integers(0, 7, 3)]
    x = entries(3, 2)
    expected = network(x) * math.prod(factors, start=Fraction(1))
    assert scale_inside(network, factors)(x).tolist() == expected.tolist()


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 7)])
def test_linear_orthogonal_scheme(shape, dtype):
    """Singular values one up to the rounding of QR and of the dtype."""
    layer = linear(*shape, rng=np.random.default_rng(0), dtype=dtype)
    assert layer.weight.shape == shape[::-1]
    singular = np.linalg.svd(layer.weight.astype(float), compute_uv=False)
    assert np.max(np.abs(singular - 1)) < 8 * max(shape) * np.finfo(dtype).eps


def test_linear_schemes_have_their_spread():
    """Uniform within ±1/√n, variance 1/(3n); normal variance 1/n; 10^4 draws: 6 % is more than four deviations."""
    rng = np.random.default_rng(0)
    uniform = linear(100, 100, rng=rng, scheme="uniform", dtype="float64").weight
    normal = linear(100, 100, rng=rng, scheme="normal", dtype="float64").weight
    assert np.max(np.abs(uniform)) <= 0.1
    assert abs(np.var(uniform) * 300 - 1) < 0.06
    assert abs(np.var(normal) * 100 - 1) < 0.06


def test_map_parameters_keeps_the_structure(place):
    """Bias None stays None, layers without parameters stay as they are, the result is of the same type."""
    network = Chain(
        (Linear(place(np.ones((2, 2)))), GroupSort(2), Chain((Linear(place(np.ones((2, 2))), place([1.0, 2.0])),)))
    )
    doubled = map_parameters(lambda a, b: a + b, network, network)
    assert list(named_parameters(doubled)) == ["layers.0.weight", "layers.2.layers.0.weight", "layers.2.layers.0.bias"]
    assert lipref.to_numpy(doubled.layers[2].layers[0].bias).tolist() == [2.0, 4.0]
    assert doubled.layers[0].bias is None


@given(seed=seeds, p=st.sampled_from([1, 2, math.inf]))
def test_lipschitz_bound_bounds_difference_quotients(seed, p):
    """No pair of points beats the bound, in any of the three norms; slack for the rounding of the quotient alone."""
    rng = np.random.default_rng(seed)
    network = mlp([4, 6, 6, 3], rng=rng, scheme="normal", dtype="float64")
    x, z = rng.standard_normal((2, 50, 4))
    above = np.linalg.norm(network(x) - network(z), ord=p, axis=-1)
    below = np.linalg.norm(x - z, ord=p, axis=-1)
    assert np.all(above <= lipschitz_bound(network, p) * below * (1 + 1e-12) + 1e-12)


@given(seed=seeds, pair=st.sampled_from([(1, 2), (1, math.inf), (2, math.inf)]))
def test_lipschitz_bound_of_mixed_norms(seed, pair):
    """From p to q: not beaten by pairs of points, and not above the bound through the p-norm alone."""
    rng = np.random.default_rng(seed)
    network = mlp([4, 6, 3], rng=rng, scheme="normal", dtype="float64")
    x, z = rng.standard_normal((2, 50, 4))
    above = np.linalg.norm(network(x) - network(z), ord=pair[1], axis=-1)
    below = np.linalg.norm(x - z, ord=pair[0], axis=-1)
    bound = lipschitz_bound(network, *pair)
    assert np.all(above <= bound * below * (1 + 1e-12) + 1e-12)
    assert bound <= lipschitz_bound(network, pair[0]) * (1 + 1e-15)


def test_lipschitz_bound_is_attained():
    """Identity weights, abs and the factor: |3 (x - z)| at a pair of points; sigmoid has slope 1/4 at 0.

    In the 2-norm up to what the proof of the bound needs, m n 2^-53 times a small constant.
    """
    network = Chain((Linear(np.eye(2)), Activation("absolute"), Scale(-3)))
    assert [lipschitz_bound(network, p) for p in (1, math.inf)] == [3, 3]
    assert 3 <= lipschitz_bound(network, 2) <= 3 + 64 * np.finfo(float).eps
    assert lipschitz_bound(Chain((Activation("sigmoid"),))) == 0.25
    assert lipschitz_bound(Chain((Activation("leaky_relu", slope=-2.0),))) == 2


@pytest.mark.parametrize("mode", ["tight", "sound"])
def test_freeze_bakes_in_the_constraint(dtype, mode):
    """Frozen networks have no constraint and no dropout; sound ones are proved 1-Lipschitz, tight ones orthonormal."""
    rng = np.random.default_rng(0)
    for constraint, p in ((Bjorck(), 2), (Orthonormal(), 2), (Projected(L1Rows()), math.inf), (L1Rows(), math.inf)):
        network = mlp([7, 16, 16, 3], rng=rng, scheme="normal", constraint=constraint, dtype=dtype)
        network = Chain((*network.layers, Dropout(0.5)))
        shipped = freeze(network, mode)
        assert all(getattr(layer, "constraint", None) is None for layer in shipped.layers)
        assert not any(isinstance(layer, Dropout) for layer in shipped.layers)
        assert named_parameters(shipped)["layers.0.weight"].dtype == dtype
        if mode == "sound":
            assert lipschitz_bound(shipped, p) <= 1
        elif p == 2:
            w = shipped.layers[2].weight.astype(np.longdouble)
            # storing 16 x 16 entries rounds each by eps/2 relative: ‖WᵀW - I‖_F <= eps ‖W‖_F ‖W‖₂ = 4 eps, and as much
            # again for the iteration that led there
            assert np.linalg.norm((w.T @ w - np.eye(16)).astype(float)) <= 8 * np.finfo(dtype).eps


def test_project_moves_after_step_constraints_only():
    """Rows return to the ball, kept weights to orthonormality; constraints of the forward pass leave v alone."""
    rng = np.random.default_rng(0)
    v = rng.standard_normal((4, 4))
    chain = Chain((Linear(v, None, Projected(L1Rows())), Linear(v, None, Bjorck()), Linear(v)))
    rows, free, plain = (layer.weight for layer in project(chain).layers)
    assert np.all(np.sum(np.abs(rows), axis=1) <= 1 + 4 * np.finfo(float).eps)
    assert np.array_equal(free, v)
    assert np.array_equal(plain, v)


BAD = {
    "weight is a vector": (lambda: Linear(np.ones(3)), lipref.ShapeError),
    "bias too long": (lambda: Linear(np.ones((2, 3)), np.ones(3)), lipref.ShapeError),
    "zero width": (lambda: Linear(np.ones((0, 3))), lipref.ShapeError),
    "integer weight": (lambda: Linear(np.ones((2, 2), dtype=int)), lipref.DTypeError),
    "bias of another dtype": (lambda: Linear(np.ones((2, 2)), np.ones(2, dtype="float32")), lipref.DTypeError),
    "x too narrow": (lambda: Linear(np.ones((2, 3)))(np.ones((1, 2))), lipref.ShapeError),
    "x is a number": (lambda: Linear(np.ones((2, 3)))(1.0), lipref.DTypeError),
    "x with NaN": (lambda: Linear(np.ones((1, 1)))(np.array([[np.nan]])), lipref.DomainError),
    "weight with NaN": (lambda: Linear(np.full((1, 1), np.nan))(np.ones((1, 1))), lipref.DomainError),
    "unknown activation": (lambda: Activation("gelu"), lipref.UnknownNameError),
    "slope for relu": (lambda: Activation("relu", slope=0.1), lipref.DomainError),
    "maxout without groups": (lambda: Activation("maxout"), lipref.DomainError),
    "infinite factor": (lambda: Scale(math.inf), lipref.DomainError),
    "rate one": (lambda: Dropout(1.0), lipref.DomainError),
    "negative rate": (lambda: Dropout(-0.1), lipref.DomainError),
    "no layer": (lambda: Chain((1,)), lipref.DTypeError),
    "unknown scheme": (lambda: linear(2, 2, rng=np.random.default_rng(0), scheme="xavier"), lipref.UnknownNameError),
    "seed for rng": (lambda: linear(2, 2, rng=0), lipref.DTypeError),
    "one width": (lambda: mlp([3], rng=np.random.default_rng(0)), lipref.ShapeError),
    "unknown mode": (lambda: freeze(Chain(()), "exact"), lipref.UnknownNameError),
    "norm 3": (lambda: lipschitz_bound(Chain(()), 3), lipref.DomainError),
    "no closed form": (lambda: lipschitz_bound(Linear(np.ones((2, 2))), 2, 1), lipref.DomainError),
    "negative factor": (lambda: scale_inside(Chain((Linear(np.ones((1, 1))),)), [-1]), lipref.DomainError),
    "factor missing": (lambda: scale_inside(Chain((Linear(np.ones((1, 1))),)), []), lipref.ShapeError),
    "not homogeneous": (lambda: scale_inside(Chain((Activation("tanh"),)), []), lipref.DomainError),
    "other structure": (
        lambda: map_parameters(lambda a, b: a, Chain((Scale(1),)), Chain((GroupSort(2),))),
        lipref.DTypeError,
    ),
    "other depth": (lambda: map_parameters(lambda a, b: a, Chain((Scale(1),)), Chain(())), lipref.ShapeError),
    "bias in one only": (
        lambda: map_parameters(lambda a, b: a, Linear(np.ones((1, 1))), Linear(np.ones((1, 1)), np.ones(1))),
        lipref.ShapeError,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    """An error of lipref's own kind that names function, expected and got."""
    call, kind = BAD[case]
    with pytest.raises(kind, match=r": expected .*; got "):
        call()


def test_linear_refuses_mixed_devices():
    """Weight and input on different devices of one library."""
    strict = pytest.importorskip("array_api_strict")
    layer = Linear(strict.ones((1, 1)))
    with pytest.raises(lipref.BackendError):
        layer(strict.ones((1, 1), device=strict.Device("device1")))


def test_to_backend_moves_a_network():
    """A network is a tree of arrays: one call moves it, constraint included."""
    pytest.importorskip("array_api_strict")
    network = mlp([2, 4, 2], rng=np.random.default_rng(0), constraint=Orthonormal())
    moved = lipref.to_backend(network, "array_api_strict")
    x = np.ones((1, 2), dtype="float32")
    y = moved(lipref.asarray(x, backend="array_api_strict"))
    assert np.allclose(lipref.to_numpy(y), network(x), rtol=0, atol=16 * np.finfo("float32").eps)
    assert isinstance(moved.layers[0].constraint, Orthonormal)
