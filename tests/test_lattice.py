"""Lattices of networks: maxima, minima, odd widths, norms, separation, interpolation, approximation."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import exact
from lipref._array import is_exact, to_numpy
from lipref.constraints import L1Rows
from lipref.lattice import (
    approximate,
    covering_net,
    interpolate,
    maximum,
    maxmin_network,
    minimum,
    parallel,
    separate,
    unit_functional,
    unit_rows,
)
from lipref.layers import Activation, Chain, GroupSort, Linear
from lipref.networks import lipschitz_bound
from lipref.norms import vector_norm
from lipref.statements.draws import arrays, fractions

EXPONENTS = [1, 2, 3, math.inf]
EPS = np.finfo(float).eps


def lone_unit_maxmin(maps, x):
    """The definition for odd widths: pairs sorted as (max, min), a lone last unit as it is."""
    for index, (w, b) in enumerate(maps):
        if index:
            pairs = len(x) // 2 * 2
            x = exact([f(x[i : i + 2]) for i in range(0, pairs, 2) for f in (max, min)] + list(x[pairs:]))
        x = w @ x + b
    return x


def dual_norms(network, p):
    """Norms of all rows: dual norm in the first weight, absolute sums later."""
    q = {1: math.inf, math.inf: 1}.get(p) or p / (p - 1)
    weights = [layer.weight for layer in network.layers if isinstance(layer, Linear)]
    return [vector_norm(w, 1 if index else q) for index, w in enumerate(weights)]


def scaled(w, share):
    """Rows with absolute sum `share`, zero rows replaced by an axis: norm at most 1 from every (R^n, p)."""
    w = w.copy()
    for i in range(len(w)):
        w[i, 0] += not w[i].any()
        w[i] = share * w[i] / sum(map(abs, w[i]))
    return w


@st.composite
def maps_of(draw, widths, share=Fraction(1)):
    """Affine maps of the widths, rows of absolute sum `share`."""
    return [(scaled(draw(arrays(m, n)), share), draw(arrays(m))) for n, m in itertools.pairwise(widths)]


WIDTHS = st.sampled_from([(2, 1), (2, 1, 1), (2, 3, 1), (2, 2, 3, 1), (2, 3, 5, 1), (2, 4, 1)])
ANY = WIDTHS.flatmap(maps_of)
LOOSE = WIDTHS.flatmap(lambda widths: maps_of(widths, Fraction(2, 3)))


@given(maps=ANY, x=arrays(2))
def test_maxmin_network_passes_lone_units(maps, x):
    """Odd widths: the function of the affine maps with the lone unit unsorted; rows keep their norms."""
    network = maxmin_network(maps)
    assert network(x).tolist() == lone_unit_maxmin(maps, x).tolist()
    for layer in network.layers[:-1:2]:
        assert layer.weight.shape[0] % 2 == 0
    assert all(set(norms) == {1} for norms in dual_norms(network, math.inf))


@given(several=st.lists(ANY, min_size=1, max_size=4), x=arrays(2))
def test_maximum_and_minimum_of_networks(several, x):
    """Unequal depths, odd widths, scalar channels: exactly the largest and the least; norms of rows exactly 1."""
    networks = [maxmin_network(maps) for maps in several]
    values = [network(x)[0] for network in networks]
    for together, wanted in ((maximum, max(values)), (minimum, min(values))):
        network = together(*networks)
        assert network(x).tolist() == [wanted]
        assert all(set(norms) == {1} for norms in dual_norms(network, math.inf))
    assert parallel(*networks)(x).tolist() == values
    depths = [len(n.layers) // 2 for n in networks]
    assert len(maximum(*networks).layers) // 2 == max(depths) + math.ceil(math.log2(len(depths)))


@given(first=maps_of((2, 3, 2)), second=maps_of((2, 2)), x=arrays(2))
def test_maximum_of_several_outputs(first, second, x):
    """Output by output."""
    f, g = maxmin_network(first), maxmin_network(second)
    assert maximum(f, g)(x).tolist() == [max(a, b) for a, b in zip(f(x), g(x))]
    assert minimum(f, g)(x).tolist() == [min(a, b) for a, b in zip(f(x), g(x))]


@given(maps=maps_of((2, 4, 2, 1)), other=ANY, x=arrays(2))
def test_networks_that_sort_ascending_are_read_right(maps, other, x):
    """A network with ascending sorts, also inside a chain of chains, enters with its own values."""
    linear = [Linear(w, b) for w, b in maps]
    ascending = Chain((Chain((linear[0], GroupSort(2))), linear[1], GroupSort(2), linear[2]))
    assert maximum(ascending)(x).tolist() == ascending(x).tolist()
    value = maxmin_network(other)(x)[0]
    assert minimum(ascending, maxmin_network(other))(x).tolist() == [min(ascending(x)[0], value)]


@given(maps=LOOSE, x=arrays(2), p=st.sampled_from([1, math.inf]))
def test_unit_rows_keeps_the_function(maps, x, p):
    """Norms at most 1 become exactly 1, on all of space: no bound of the domain is asked for."""
    network = maxmin_network(maps)
    normed = unit_rows(network, p)
    for point in (x, 10**6 * x):
        assert normed(point).tolist() == network(point).tolist()
    assert all(set(norms) == {1} for norms in dual_norms(normed, p))
    assert len(normed.layers) <= len(network.layers) + 2


def test_unit_rows_in_the_2_norm():
    """To rounding; the norms too. A first row of zeros is possible."""
    w = np.array([[0.0, 0.0], [0.3, 0.4], [0.6, 0.8], [1e-200, 0.0]])
    network = Chain((Linear(w, np.arange(4.0)), GroupSort(2), Linear(np.array([[0.5, 0.0, 0.0, -0.25]]))))
    normed = unit_rows(network, 2)
    x = np.random.default_rng(0).standard_normal((20, 2))
    # values up to 4, three layers of sums of at most 10 products
    assert np.max(np.abs(normed(x) - network(x))) <= 3 * 12 * 4 * EPS
    assert all(np.max(np.abs(norms - 1)) <= 4 * EPS for norms in dual_norms(normed, 2))


@given(d=arrays(3), share=fractions(1), p=st.sampled_from([1, math.inf]), n=st.integers(2, 3))
def test_unit_functional_is_exact(d, share, p, n):
    """Dual norm exactly 1 and the wanted value, for every value up to the norm; zero vectors and zero entries too."""
    d = d[:n]
    value = share * vector_norm(d, p)
    w = unit_functional(d, value, p)
    assert w @ d == value
    assert vector_norm(w, 1 if p == math.inf else math.inf) == 1


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 40.0, math.inf])
def test_unit_functional_in_floats(p):
    """The same to rounding, for every p."""
    rng = np.random.default_rng(1)
    q = {1: math.inf, math.inf: 1}.get(p) or p / (p - 1)
    for n, share in itertools.product((2, 3, 6), (-1.0, -0.5, 0.0, 0.1, 1.0)):
        d = rng.standard_normal(n)
        size = float(vector_norm(d, p))
        w = unit_functional(d, share * size, p)
        # powers of exponent p - 1 amplify the rounding of their argument by p
        assert abs(w @ d - share * size) <= 64 * (n + p if p < math.inf else n) * EPS * size
        assert abs(float(vector_norm(w, q)) - 1) <= 64 * (n + q if q < math.inf else n) * EPS


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("exactly", [False, True])
def test_separate_takes_both_values(p, exactly):
    """[SO-Thm3-sep] In one dimension and more, with norms at most 1 in fractions, exactly 1 where they are rational."""
    for n in (1, 2, 3):
        x, y = exact([1, 0, "1/2"][:n]), exact([-1, "1/3", 2][:n])
        for rise in (Fraction(0), Fraction(-1, 4), Fraction(2 if n == 1 or p != math.inf else 1)):
            if exactly and p not in (1, math.inf):
                network = separate(x.astype(float), y.astype(float), 5.0, 5.0 + float(rise), p, exactly=True)
                values = [float(network(z.astype(float))[0]) for z in (x, y)]
                assert max(abs(v - w) for v, w in zip(values, (5, 5 + rise))) <= 64 * EPS  # sums of numbers below 8
                continue
            network = separate(x, y, 5, 5 + rise, p, exactly=exactly)
            assert [network(x)[0], network(y)[0]] == [5, 5 + rise]
            if p in (1, math.inf):
                norms = dual_norms(network, p)
                assert all(all(v == 1 if exactly else v <= 1 for v in row) for row in norms)


@st.composite
def lipschitz_data(draw, p, n=2, outputs=1):
    """Points and values of least slopes: the lower envelope of random cones, in the norm p (integer or inf)."""
    points = draw(st.lists(arrays(n), min_size=1, max_size=5, unique_by=lambda x: tuple(x)))
    columns = []
    for _ in range(outputs):
        heights = draw(arrays(len(points)))
        columns.append([min(h + vector_norm(x - y, 1 if p == 1 else math.inf) for y, h in zip(points, heights))
                        for x in points])  # fmt: skip
    values = exact(columns).T
    return exact([list(x) for x in points]), values[:, 0] if outputs == 1 else values


@pytest.mark.parametrize("p", EXPONENTS)
def test_interpolate_goes_through_the_data(p):
    """[SO-Lem1] Exactly, by both methods where both exist; 1-Lipschitz, by the norms of the rows."""

    @given(data=lipschitz_data(p))
    def law(data):
        points, values = data
        for method in ("two-stage", "cones") if p in (1, math.inf) else ("two-stage",):
            network = interpolate(points, values, p, method=method)
            assert network(points)[:, 0].tolist() == values.tolist()
            if p in (1, math.inf):
                assert all(v <= 1 for row in dual_norms(network, p) for v in row)
                assert lipschitz_bound(network, p, math.inf) <= 1
                assert method != "cones" or all(v == 1 for row in dual_norms(network, p) for v in row)
            else:
                assert all(v <= 1 + 8 * EPS for v in dual_norms(Chain((as_floats(network.layers[0]),)), p)[0])

    law()


def as_floats(layer):
    return Linear(layer.weight.astype(float))


@given(data=lipschitz_data(math.inf, outputs=2))
def test_interpolate_several_outputs(data):
    """[SO-Obs] Each output goes through its values."""
    points, values = data
    assert interpolate(points, values, math.inf)(points).tolist() == values.tolist()


def test_cones_are_the_least_interpolant():
    """max_i (v_i - ‖x - x_i‖) point by point."""
    rng = np.random.default_rng(3)
    points = exact(rng.integers(-4, 5, (5, 2)))
    for p in (1, math.inf):
        values = exact([vector_norm(x, p) for x in points])
        network = interpolate(points, values, p, method="cones")
        for x in exact(rng.integers(-6, 7, (20, 2))):
            assert network(x)[0] == max(v - vector_norm(x - y, p) for y, v in zip(points, values))


@pytest.mark.parametrize("p", [1, 1.5, 2, 7, math.inf])
def test_interpolate_on_every_backend(place, p):
    """In floats to rounding, in the library, on the device and in the dtype of the data."""
    rng = np.random.default_rng(4)
    points = rng.standard_normal((6, 3)).astype("float32")
    values = vector_norm(points - points[:1], p if p in (1, math.inf) else 2)
    values = (values if p >= 2 or p == 1 else values / 2).astype("float32") * np.float32(0.5)
    network = interpolate(place(points), place(values), p)
    found = network(place(points))
    assert found.dtype == network.layers[0].weight.dtype
    assert type(found) is type(place(points))
    # four products and sums of numbers below 16
    assert np.max(np.abs(to_numpy(found)[:, 0] - values)) <= 8 * 16 * np.finfo("float32").eps


def test_interpolate_names_the_steep_pair():
    """The pair, its values and its distance."""
    points = np.array([[0.0], [1.0], [1.5]])
    with pytest.raises(
        lipref.DomainError, match=r"values 1 and 2 differ by 0\.75 but the points are 0\.5 apart"
    ) as caught:
        interpolate(points, np.array([0.0, 1.0, 0.25]), 2)
    assert caught.value.values["pair"] == (1, 2)
    with pytest.raises(lipref.DomainError, match="apart"):
        interpolate(exact([[0], [0]]), exact([0, "1/1000"]), 3)
    steep = 1 + Fraction(1, 10**30)
    with pytest.raises(lipref.DomainError, match="apart"):
        interpolate(exact([[0, 0], [3, 4]]), exact([0, 5 * steep]), 2)
    assert interpolate(exact([[0, 0], [3, 4]]), exact([0, 5]), 2)(exact([3, 4])).tolist() == [5]


@given(
    lengths=st.lists(fractions(3).map(abs), min_size=1, max_size=3),
    radius=fractions(2).map(lambda r: abs(r) + Fraction(1, 2)),
    p=st.sampled_from([*EXPONENTS, 1.5]),
    share=st.lists(fractions(1).map(abs), min_size=3, max_size=3),
)
def test_covering_net_covers(lengths, radius, p, share):
    """Every point of the box is within the reported radius of a point of the net."""
    lower = exact([-1] * len(lengths))
    upper = lower + exact(lengths)
    if p == 1.5:
        lower, upper, radius = lower.astype(float), upper.astype(float), float(radius)
    points, reached = covering_net(lower, upper, radius, p)
    assert reached <= radius
    x = lower + (upper - lower) * (
        exact(share[: len(lengths)]) if is_exact(lower) else np.array(share[: len(lengths)], float)
    )
    d = (points - x).astype(float)
    assert np.min(vector_norm(d, p)) <= float(reached) * (1 + 16 * EPS) + 8 * EPS


@pytest.mark.parametrize("p", [1, 2, 3, math.inf])
def test_approximate_is_within_epsilon_exactly(p):
    """[SO-Thm3] In fractions, at points between those where the function was read."""

    def f(z):
        return abs(z[..., 0] - Fraction(1, 3)) if p != 1 else abs(z[..., 0]) + abs(z[..., 1] - Fraction(1, 3))

    lower, upper, epsilon = exact([-1, 0]), exact([1, "1/2"]), Fraction(1, 2)
    network = approximate(f, lower, upper, epsilon, p)
    points = exact(list(itertools.product([-1, "-2/3", "-1/7", 0, "1/3", "5/9", 1], [0, "1/5", "1/2"])))
    gaps = abs(network(points)[:, 0] - f(points))
    assert max(gaps) <= epsilon
    assert max(gaps) > 0


@pytest.mark.parametrize("p", [1, 1.5, 2, math.inf])
def test_approximate_on_every_backend(place, p):
    """In floats too, with several outputs, and a box that is flat along one axis."""

    def f(z):
        xp = lipref._array.namespace("f", z=z)
        return xp.stack([xp.sin(z[:, 0]), xp.abs(z[:, 0] - 0.5)], axis=-1)

    network = approximate(f, place([0.0, 2.0]), place([2.0, 2.0]), 0.25, p)
    x = np.stack([np.linspace(0, 2, 41), np.full(41, 2.0)], axis=-1)
    wanted = np.stack([np.sin(x[:, 0]), np.abs(x[:, 0] - 0.5)], axis=-1)
    assert np.max(np.abs(to_numpy(network(place(x))) - wanted)) <= 0.25


def test_approximate_in_many_dimensions():
    """The cells have more corners than can be visited; those that are differ along every axis."""
    n = 40
    network = approximate(lambda z: z[:, 0] / 2 + z[:, -1] / 2, np.zeros(n), np.ones(n), 0.5, math.inf)
    x = np.random.default_rng(6).random((50, n))
    assert np.max(np.abs(network(x)[:, 0] - x[:, 0] / 2 - x[:, -1] / 2)) <= 0.5 + 4 * EPS
    with pytest.raises(lipref.DomainError, match="1-Lipschitz; got at"):
        approximate(lambda z: 2 * z[:, 7], np.zeros(n), np.ones(n), 0.5, math.inf)


def test_approximate_refuses_what_it_cannot_do():
    """Too many units, with their number; functions that are steep on the net, or between its points."""
    box = np.zeros(3), np.ones(3)
    with pytest.raises(lipref.DomainError, match=r"at most 2048 units; got \d+ for epsilon=0.05 in 3 dimensions"):
        approximate(lambda z: z[:, 0], *box, 0.05, 2)
    with pytest.raises(lipref.DomainError, match="differ by"):
        approximate(lambda z: 3 * z[:, 0], *box, 0.3, math.inf)
    with pytest.raises(lipref.DomainError, match=r"1-Lipschitz; got at \(0\.0\) it is 1\.0"):
        approximate(lambda z: np.cos(2 * np.pi * z[:, 0]) ** 32, np.zeros(1), np.ones(1), 0.5, 2)
    with pytest.raises(lipref.DomainError, match="lower <= upper"):
        approximate(lambda z: z[:, 0], np.ones(2), np.zeros(2), 0.5, 2)


def test_networks_of_another_form_are_refused():
    """What stands in the way is named."""
    line = Chain((Linear(np.eye(2)),))
    wrong = [
        (Chain((Linear(np.eye(2)), Activation("relu"), Linear(np.eye(2)))), "Activation as layer 1"),
        (Chain((Linear(np.eye(2)), GroupSort(1), Linear(np.eye(2)))), "group size 2"),
        (Chain((Linear(np.eye(2)), GroupSort(2))), "a linear layer at the end"),
        (Chain((Linear(np.eye(2), None, L1Rows()),)), "constrained"),
        (Chain((Linear(np.eye(2)), GroupSort(2), Linear(np.ones((1, 4))))), "with 2 inputs"),
        (Chain((Linear(np.ones((3, 2))), GroupSort(2), Linear(np.ones((1, 3))))), "even hidden widths"),
        (Chain((Linear(np.eye(3)),)), "one number of inputs"),
        (Chain((Linear(np.ones((1, 2))),)), "one number of outputs"),
    ]
    for network, text in wrong:
        with pytest.raises(lipref.LiprefError, match=text):
            maximum(line, network)
    with pytest.raises(lipref.DTypeError, match="Chain"):
        maximum(line, Linear(np.eye(2)))
    with pytest.raises(lipref.ShapeError, match="at least one network"):
        maximum()
    with pytest.raises(lipref.DomainError, match=r"norm at most 1; got 2\.0 in row 0"):
        unit_rows(Chain((Linear(2 * np.eye(2)),)), 2)
