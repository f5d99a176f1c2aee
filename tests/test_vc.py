"""Cells and pieces against the network itself, bounds against exact counts and published values."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipref import DomainError, DTypeError, ShapeError, exact
from lipref.layers import Activation, Chain, GroupSort, Linear
from lipref.vc import (
    affine_pieces,
    arrangement_cells,
    half_space_labellings,
    partition_vc_bound,
    partition_vc_closed_form,
    pieces_bound,
    vc_bound,
    warren_vc_bound,
    zaslavsky,
)

seeds = st.integers(0, 2**32 - 1)


def network(rng, n, widths, order="ascending", size=5):
    """Random integer weights; small ones make ties and parallel lines."""
    layers, before = [], n
    for width in widths:
        weight = exact(rng.integers(-size, size + 1, (width, before)))
        layers += [Linear(weight, exact(rng.integers(-size, size + 1, width))), GroupSort(2, order=order)]
        before = width
    return Chain((*layers, Linear(exact(rng.integers(-size, size + 1, (1, before))))))


@given(
    seed=seeds, n=st.integers(1, 3), size=st.sampled_from([1, 9]), order=st.sampled_from(["ascending", "descending"])
)
def test_pieces_are_the_network(seed, n, size, order):
    """Every point off the walls lies in exactly one cell, and the cell's affine map is the network there."""
    rng = np.random.default_rng(seed)
    net = network(rng, n, (4,) if n == 3 else (4, 2), order, size)
    pieces = affine_pieces(net)
    assert len(pieces) <= pieces_bound(n, (4,) if n == 3 else (4, 2))
    for x in exact(rng.integers(-60, 61, (6, n))) / 7:
        inside = [piece for piece in pieces if np.all(piece.normals @ x < piece.levels)]
        closed = [piece for piece in pieces if np.all(piece.normals @ x <= piece.levels)]
        assert len(inside) == (len(closed) == 1)
        for piece in closed:
            assert net(x).tolist() == (piece.weight @ x + piece.bias).tolist()


@given(seed=seeds)
def test_pieces_on_the_line_are_found_by_breakpoints(seed):
    """One hidden layer on the line: one more than the distinct points at which a pair ties."""
    rng = np.random.default_rng(seed)
    net = network(rng, 1, (8,), size=2)
    w, b = net.layers[0].weight[:, 0], net.layers[0].bias
    ties = {(b[i + 1] - b[i]) / (w[i] - w[i + 1]) for i in range(0, 8, 2) if w[i] != w[i + 1]}
    assert len(affine_pieces(net)) == len(ties) + 1


@given(seed=seeds)
def test_cells_of_lines_obey_euler(seed):
    """Lines of the plane, parallel and concurrent ones included: 1 + lines + Σ over vertices of (lines there - 1)."""
    rng = np.random.default_rng(seed)
    rows = {tuple(rng.integers(-2, 3, 3)) for _ in range(5)}
    rows = [row for row in rows if row[0] or row[1]]
    scaled = {tuple(F(int(v), int(row[0] or row[1])) for v in row) for row in rows}  # one row per line
    lines = exact(sorted(scaled)).reshape(-1, 3)
    if not len(lines):
        return
    vertices = {}
    for i, j in itertools.combinations(range(len(lines)), 2):
        det = lines[i, 0] * lines[j, 1] - lines[i, 1] * lines[j, 0]
        if det:
            x = (lines[i, 2] * lines[j, 1] - lines[j, 2] * lines[i, 1]) / det
            y = (lines[i, 0] * lines[j, 2] - lines[j, 0] * lines[i, 2]) / det
            vertices.setdefault((x, y), set()).update((i, j))
    expected = 1 + len(lines) + sum(len(through) - 1 for through in vertices.values())
    cells = arrangement_cells(lines[:, :2], lines[:, 2])
    assert len(cells) == len(set(cells)) == expected


def test_planes_in_general_position_attain_zaslavsky():
    planes = exact([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, 2, -1]])
    assert len(arrangement_cells(planes, exact([0, 0, 0, 1, 5]))) == zaslavsky(5, 3) == 26
    assert [zaslavsky(k, 2) for k in range(5)] == [1, 2, 4, 7, 11]


def test_labellings_are_those_of_points_on_a_curve():
    """Cover's count, for points in general position on the line and in the plane."""
    for n, k in ((1, 4), (1, 6), (2, 4), (2, 5)):
        normals = exact([[t**power for power in range(n + 1)] for t in range(k)])
        assert len(arrangement_cells(normals, exact([0] * k))) == half_space_labellings(k, n)


def test_partition_bound_is_the_last_count():
    """Exact for one piece; the last N with enough labellings, by trying all; below the closed form."""
    assert [partition_vc_bound(n, 1) for n in range(1, 7)] == [2, 3, 4, 5, 6, 7]
    for n, pieces in itertools.product((1, 2, 3), (1, 2, 3)):
        k = pieces * (pieces + 1) // 2
        enough = [N for N in range(1, 400) if half_space_labellings(N, n) ** k >= 2**N]
        assert enough == list(range(1, len(enough) + 1)), "the counts cross more than once"
        assert partition_vc_bound(n, pieces) == enough[-1] <= partition_vc_closed_form(n, pieces)
    assert [partition_vc_bound(2, b) for b in (2, 4, 8, 16)] == [29, 143, 676, 3162]


def test_warren_bound_has_the_published_values():
    """Computed independently before this code was written."""
    table = {(2, (4,)): 213, (2, (4, 4)): 706, (2, (8, 8)): 2089, (10, (16, 16)): 10954}
    assert {key: warren_vc_bound(*key) for key in table} == table
    assert vc_bound(2, (4,)) == 143
    assert vc_bound(2, (8, 8)) == 2089


def test_pieces_bound_rules():
    assert pieces_bound(2, (6, 4)) == 28
    assert pieces_bound(2, (6, 4), rule="gates") == 32
    assert pieces_bound(3, ()) == 1


def test_affine_pieces_refuses_what_it_cannot_enumerate():
    weight = exact(np.ones((2, 4), dtype=int))
    with pytest.raises(DomainError, match="1 to 3 inputs"):
        affine_pieces(Chain((Linear(weight), GroupSort(2))))
    with pytest.raises(DomainError, match="GroupSort"):
        affine_pieces(Chain((Linear(weight[:, :2]), Activation("relu"))))
    with pytest.raises(DTypeError, match="fractions"):
        affine_pieces(Chain((Linear(np.ones((2, 2))), GroupSort(2))))


@pytest.mark.parametrize(
    ("normals", "levels", "error"),
    [
        (np.array([[1.0]]), np.array([1.0]), DTypeError),
        (exact([[0]]), exact([1]), DomainError),
        (exact([[1, 1, 1, 1]]), exact([1]), ShapeError),
        (exact([1]), exact([1]), ShapeError),
        (exact([[1]]), exact([1, 1]), ShapeError),
        (np.array([[1]], dtype=object), exact([1]), DTypeError),
        ([[1]], exact([1]), DTypeError),
    ],
)
def test_arrangement_cells_refuses_bad_input(normals, levels, error):
    with pytest.raises(error, match="arrangement_cells: expected"):
        arrangement_cells(normals, levels)
