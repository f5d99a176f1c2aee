"""Constructions of SO, Appendix A: they compute what they claim, on their domains alone, with weights of norm 1."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import activations
from lipref.constructions import (
    abs_from_maxmin,
    crelu_from_maxmin,
    fold,
    fullsort_from_maxmin,
    leaky_relu_from_maxmin,
    maxmin_from_abs,
    maxmin_from_fullsort,
    maxout_from_groupsort,
    relu_from_maxmin,
)
from lipref.groupsort import fullsort, groupsort, maxmin
from lipref.layers import Chain, GroupSort, Linear

GRID = lipref.exact(list(itertools.product(range(-2, 3), repeat=4)))
"""All 625 points of {-2..2}⁴."""


def norms(network, p):
    """Operator norms of the weights; exact for 1 and inf, by the SVD for 2."""
    found = []
    for layer in network.layers:
        if isinstance(layer, Linear):
            w = abs(layer.weight) if p != 2 else layer.weight.astype(float)
            found.append(np.linalg.norm(w, 2) if p == 2 else w.sum(axis=0 if p == 1 else 1).max())
    return found


def with_scaled_bias(network, factor):
    """The network with the biases of another choice of the shift or gap, as the printed conditions allow it."""
    layers = [Linear(v.weight, v.bias * factor) if isinstance(v, Linear) else v for v in network.layers]
    return Chain(tuple(layers))


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_maxmin_from_fullsort_on_all_points(order):
    """[SO-AppA-FS2MM] Gap 2 largest: equal on all points of the grid; a gap of one less fails on 81 of them."""
    network = maxmin_from_fullsort(4, 2, order=order, dtype="exact")
    expected = groupsort(GRID, 2, order=order)
    assert (network(GRID) == expected).all()
    assert norms(network, 1) == norms(network, math.inf) == [1, 1]
    short = with_scaled_bias(network, Fraction(3, 4))
    assert (short(GRID) != expected).any(axis=1).sum() == 81


def test_printed_gap_of_fullsort_is_refuted():
    """Erratum B-21: with the printed gap x_max, (0, 1, -1, 0) is sent to zero; the function refuses that gap."""
    x = lipref.exact(["0", "1", "-1", "0"])
    printed = with_scaled_bias(maxmin_from_fullsort(4, 1, dtype="exact"), Fraction(1, 2))
    assert printed(x).tolist() == [0, 0, 0, 0]
    assert groupsort(x, 2).tolist() == [0, 1, -1, 0]
    with pytest.raises(lipref.DomainError, match="gap"):
        maxmin_from_fullsort(4, 1, gap=1)


@pytest.mark.parametrize("scheme", ["odd-even", "bubble"])
@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6, 7, 8])
def test_fullsort_from_maxmin_by_zero_one_principle(scheme, order, width):
    """[SO-AppA-Bubble] A network of comparators sorts all inputs if it sorts all 0-1 inputs."""
    points = lipref.exact(list(itertools.product([0, 1], repeat=width)))
    network = fullsort_from_maxmin(width, scheme=scheme, order=order, largest=1, dtype="exact")
    assert (network(points) == fullsort(points, order=order)).all()
    assert set(norms(network, 1) + norms(network, math.inf)) == {1}
    if width % 2 == 0:
        for layer in network.layers:
            if isinstance(layer, Linear):
                assert (layer.weight.sum(axis=0) == 1).all()
                assert (layer.weight.sum(axis=1) == 1).all()
                assert layer.bias is None


@pytest.mark.parametrize("width", [4, 6, 8])
def test_opposite_pairing_does_not_sort(width):
    """Erratum B-22: with the comparators turned round, all but two of the 0-1 inputs come out wrong."""
    points = np.array(list(itertools.product([0.0, 1.0], repeat=width)))
    network = fullsort_from_maxmin(width)
    turned = [GroupSort(2, order="descending") if isinstance(v, GroupSort) else v for v in network.layers]
    wrong = (Chain(tuple(turned))(points) != fullsort(points)).any(axis=1).sum()
    assert wrong == 2**width - 2


def test_fullsort_from_maxmin_of_odd_width_needs_a_bound():
    """The constant unit must be at least as large as every entry: beyond the bound the largest entry is lost."""
    network = fullsort_from_maxmin(3, largest=5, dtype="exact")
    assert network(lipref.exact(["5", "-7", "5"])).tolist() == [-7, 5, 5]
    assert network(lipref.exact(["6", "-7", "5"])).tolist() == [-7, 5, 5]
    with pytest.raises(lipref.DomainError, match="largest"):
        fullsort_from_maxmin(3)


@given(
    x=st.lists(st.floats(-8, 8), min_size=6, max_size=6),
    shift=st.sampled_from([None, 8, 11.5]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_maxmin_from_abs_on_its_domain(x, shift, dtype):
    """[SO-AppA-Eq6] Equal to MaxMin where x + y >= -16 to rounding: at most 16 operations on numbers up to 8 + 2B."""
    network = maxmin_from_abs(-16, shift=shift, pairs=3, dtype=dtype)
    values = np.array(x, dtype=dtype)
    scale = 8 + 2 * (8 if shift is None else shift)
    assert np.abs(network(values) - maxmin(values)).max() <= 16 * np.finfo(dtype).eps * scale
    assert max(norms(network, 2)) <= 1 + 4 * np.finfo(dtype).eps


def test_maxmin_from_abs_at_and_beyond_its_boundary():
    """Erratum B-26: x + y + 2B = 0 is lawful; B = 1 sends (-2, -2) to (0, 0), and the function refuses it there."""
    x = np.array([-2.0, -2.0])
    assert np.abs(maxmin_from_abs(-4, shift=2)(x) - x).max() <= 2.0**-48
    assert np.abs(maxmin_from_abs(-2, shift=1)(x)).max() <= 2.0**-48
    assert abs(max(norms(maxmin_from_abs(-4), math.inf)) - math.sqrt(2)) <= 2.0**-50
    with pytest.raises(lipref.DomainError, match="shift"):
        maxmin_from_abs(-4, shift=1)


RATIONALS = lipref.exact([["-3", "5/7"], ["0", "-1/3"], ["2", "-2"], ["7/2", "0"]])


@pytest.mark.parametrize(
    ("network", "function"),
    [
        (abs_from_maxmin(2, norm=math.inf, dtype="exact"), activations.absolute),
        (relu_from_maxmin(2, dtype="exact"), activations.relu),
        (crelu_from_maxmin(2, dtype="exact"), activations.crelu),
        (
            leaky_relu_from_maxmin(Fraction(1, 10), 2, dtype="exact"),
            lambda x: activations.leaky_relu(x, Fraction(1, 10)),
        ),
        (leaky_relu_from_maxmin(-1, 2, dtype="exact"), activations.absolute),
    ],
    ids=["abs", "relu", "crelu", "leaky", "leaky -1"],
)
def test_rational_constructions_are_exact(network, function):
    """[SO-AppA-Eq8, SO-AppA-LReLU] Equal in fractions, with inf-norm 1 of every weight."""
    assert (network(RATIONALS) == function(RATIONALS)).all()
    assert set(norms(network, math.inf)) == {1}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("slope", [-1.0, -0.5, 0.0, 0.25, 1.0])
def test_slopes_in_the_2_norm(place, dtype, slope):
    """[SO-AppA-Eq7] and its extension to every slope in [-1, 1]: weights of 2-norm 1, 8 roundings per entry."""
    x = np.array([[-3.0, 5.0, 0.0], [2.5, -0.125, -7.0]], dtype=dtype)
    network = leaky_relu_from_maxmin(slope, 3, norm=2, dtype=dtype)
    y = lipref.to_numpy(lipref.to_backend(network, place.name, device=place.device)(place(x)))
    eps = np.finfo(dtype).eps
    assert np.abs(y - np.where(x > 0, x, slope * x)).max() <= 8 * eps * 7
    assert np.abs(np.array(norms(network, 2)) - 1).max() <= 4 * eps
    if slope == -1:
        folded = abs_from_maxmin(3, norm=2, dtype=dtype)
        assert np.abs(folded(x) - np.abs(x)).max() <= 8 * eps * 7
        assert np.abs(np.array(norms(folded, 2)) - 1).max() <= 4 * eps


def test_paper_leaky_relu_exceeds_the_2_norm():
    """max(x, a x) needs the weight (1, a), of 2-norm √(1 + a²)."""
    network = leaky_relu_from_maxmin(0.75, dtype="float64")
    assert norms(network, 2)[0] == pytest.approx(1.25, rel=2.0**-50)


def test_abs_in_the_other_order_is_its_negative():
    """Erratum B-23: sorted upwards, the construction of |x| returns -|x|: -3 at -3."""
    network = abs_from_maxmin(norm=math.inf, dtype="exact")
    turned = Chain((network.layers[0], GroupSort(2, order="ascending"), network.layers[2]))
    assert network(lipref.exact(["-3"])).tolist() == [3]
    assert turned(lipref.exact(["-3"])).tolist() == [-3]


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("group_size", [1, 2, 4])
def test_maxout_from_groupsort(order, group_size):
    """[SO-AppA-Maxout] On all points of the grid; the weight selects, so every p-norm of it is 1."""
    network = maxout_from_groupsort(4, group_size, order=order, dtype="exact")
    assert (network(GRID) == activations.maxout(GRID, group_size)).all()
    assert norms(network, 1) == norms(network, math.inf) == [1]


@pytest.mark.parametrize("normal", [["3/5", "-4/5"], ["1", "0"], ["-1", "0"], ["0", "1"]])
def test_fold_reflects_one_side(normal):
    """[SO-Fold] Exact: points above the line stay, points below it are reflected; Q is orthogonal in fractions."""
    n, c = lipref.exact(normal), Fraction(1, 2)
    points = lipref.exact(list(itertools.product(range(-2, 3), repeat=2)))
    network = fold([Fraction(v) for v in n], c, 3, dtype="exact")
    distance = points @ n - c
    expected = points + (abs(distance) - distance)[:, None] * n
    assert (network(points) == expected).all()
    q = network.layers[0].weight
    assert (q @ q.T == lipref.exact(np.eye(2))).all()


def test_three_folds_make_two_pyramids():
    """[SO-Fold] Folding at x = 0, then at |x| = 2, then at y = 0: a pair of pyramids over squares in the 1-norm."""
    layers = fold([1, 0], 0, 9, dtype="exact").layers
    layers += fold([-1, 0], -2, 9, dtype="exact").layers
    layers += fold([0, 1], 0, 9, dtype="exact").layers
    network = Chain((*layers, Linear(lipref.exact([["1", "-1"]]))))
    points = lipref.exact(list(itertools.product(range(-4, 5), range(-3, 4))))
    expected = [2 - abs(abs(x) - 2) - abs(y) for x, y in points]
    assert network(points)[:, 0].tolist() == expected


def test_fold_in_floating_point():
    """Normals are normalised; 1-Lipschitz, and 32 roundings per entry at most of numbers up to 10."""
    rng = np.random.default_rng(0)
    normal, x = rng.standard_normal(5), rng.uniform(-1, 1, (40, 5))
    network = fold(normal, 0.25, 3.0)
    unit = normal / np.linalg.norm(normal)
    distance = x @ unit - 0.25
    assert np.abs(network(x) - (x + (abs(distance) - distance)[:, None] * unit)).max() <= 32 * 2.0**-52 * 10
    assert np.abs(np.array(norms(network, 2)) - 1).max() <= 32 * 2.0**-52


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: maxmin_from_fullsort(3, 1), lipref.ShapeError),
        (lambda: maxmin_from_fullsort(4, -1), lipref.DomainError),
        (lambda: fullsort_from_maxmin(0), lipref.DomainError),
        (lambda: fullsort_from_maxmin(4, scheme="quick"), lipref.UnknownNameError),
        (lambda: fullsort_from_maxmin(4, order="up"), lipref.UnknownNameError),
        (lambda: relu_from_maxmin(0), lipref.DomainError),
        (lambda: relu_from_maxmin(2, dtype="int8"), lipref.UnknownNameError),
        (lambda: abs_from_maxmin(norm=1), lipref.UnknownNameError),
        (lambda: abs_from_maxmin(norm=2, dtype="exact"), lipref.DTypeError),
        (lambda: leaky_relu_from_maxmin(1.5), lipref.DomainError),
        (lambda: leaky_relu_from_maxmin(-2), lipref.DomainError),
        (lambda: maxout_from_groupsort(5, 2), lipref.ShapeError),
        (lambda: fold([0.0, 0.0], 0, 1), lipref.DomainError),
        (lambda: fold([Fraction(1), Fraction(1)], 0, 1, dtype="exact"), lipref.DomainError),
        (lambda: fold([], 0, 1), lipref.ShapeError),
    ],
)
def test_bad_input_is_refused(call, error):
    """Errors of lipref's own kinds."""
    with pytest.raises(error):
        call()
