"""Affine pieces of GroupSort networks, cells of hyperplane arrangements, and bounds of VC dimensions from them.

Pieces: a network of MaxMin pairs is affine on the cells on which no pair changes its order. They are enumerated in
fractions, in dimension 1 to 3: a cell {x: a_i · x < b_i} is cut by a hyperplane iff the plane's functional exceeds
its level on the cell and falls below it, and by duality the largest value is Σ λ_i b_i for a basic λ >= 0.

VC dimensions: two rigorous upper bounds with their constants, for what the paper states as O((n + 1)B²) [MF-Lem1] and
O((n + 1)2^W) [MF-Prop8]. Growth of degree d alone gives no bound d [MF-Lem1]: a bound G(N) of the number of labellings
gives VC < N where G(N) < 2^N.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lipref._array import Array, exact, is_exact, namespace, require_choice, require_integer
from lipref.errors import DomainError, DTypeError, ShapeError
from lipref.layers import Chain, GroupSort, Linear

RULES = ("gates", "zaslavsky")


class Piece(NamedTuple):
    """A cell {x: normals x < levels} with the affine map weight x + bias of the network on it."""

    normals: np.ndarray
    """(k, n), fractions: one row per half-space; some may be redundant."""
    levels: np.ndarray
    """(k,)"""
    weight: np.ndarray
    """(m, n)"""
    bias: np.ndarray
    """(m,)"""


def affine_pieces(network: Any) -> list[Piece]:
    """The cells of input space on which a MaxMin network keeps the order of all its pairs, with its map on each.

    Parameters
    ----------
    network : Chain of `Linear` and `GroupSort(2)` layers with weights in fractions, 1 to 3 inputs

    Returns
    -------
    list of Piece
        Open cells that cover the input space up to hyperplanes. Neighbouring cells may carry the same affine map, so
        the number of affine pieces of the function is at most theirs [MF-Pieces].

    Raises
    ------
    DomainError
        Another kind of layer, or more than 3 inputs, where the enumeration of bases is too slow.
    DTypeError
        Weights that are no fractions.
    """
    function = "affine_pieces"
    layers = network.layers if isinstance(network, Chain) else (network,)
    n = _inputs(function, layers)
    pieces = [Piece(_zeros(0, n), _zeros(0), _identity(n), _zeros(n))]
    for layer in layers:
        if isinstance(layer, Linear):
            shift = _zeros(layer.weight.shape[0]) if layer.bias is None else layer.bias
            pieces = [p._replace(weight=layer.weight @ p.weight, bias=layer.weight @ p.bias + shift) for p in pieces]
        else:
            if pieces[0].bias.size % 2:
                raise ShapeError(function, "an even width in front of GroupSort(2)", f"{pieces[0].bias.size}")
            for first in range(0, pieces[0].bias.size, 2):
                pieces = [half for piece in pieces for half in _sort_pair(piece, first, layer.order)]
    return pieces


def _inputs(function, layers):
    for layer in layers:
        pairs = isinstance(layer, GroupSort) and layer.group_size == 2 and layer.axis == -1
        if not pairs and not (isinstance(layer, Linear) and layer.constraint is None):
            raise DomainError(
                function, "Linear layers without constraint and GroupSort(2)", type(layer).__name__, layer=layer
            )
        if isinstance(layer, Linear) and not is_exact(layer.weight):
            raise DTypeError(function, "weights in fractions", f"dtype {layer.weight.dtype}", dtype=layer.weight.dtype)
    first = next((layer for layer in layers if isinstance(layer, Linear)), None)
    if first is None or first.weight.shape[1] > 3:
        raise DomainError(function, "1 to 3 inputs", "no Linear layer" if first is None else f"{first.weight.shape[1]}")
    return first.weight.shape[1]


def _sort_pair(piece, first, order):
    """The piece, cut where the entries first and first + 1 agree, with the two sorted on each part."""
    rows = [first, first + 1]
    swapped = [*range(first), first + 1, first, *range(first + 2, piece.bias.size)]
    normal = piece.weight[rows[0]] - piece.weight[rows[1]]  # entry first is larger where normal · x > level
    level = piece.bias[rows[1]] - piece.bias[rows[0]]
    for sign in (1, -1):
        if not _exceeds(piece.normals, piece.levels, sign * normal, sign * level):  # first is never larger (never less)
            keep = (sign == 1) == (order == "ascending")
            yield piece if keep else piece._replace(weight=piece.weight[swapped], bias=piece.bias[swapped])
            return
    for sign in (1, -1):  # sign · normal · x < sign · level
        keep = (sign == 1) == (order == "ascending")
        half = piece._replace(
            normals=np.concatenate([piece.normals, sign * normal[None, :]]),
            levels=np.concatenate([piece.levels, exact([sign * level])]),
        )
        yield half if keep else half._replace(weight=piece.weight[swapped], bias=piece.bias[swapped])


def _exceeds(normals: np.ndarray, levels: np.ndarray, functional: np.ndarray, level: Fraction) -> bool:
    """Whether functional · x > level somewhere on the non-empty open set {x: normals x < levels}; all in fractions.

    The supremum is the least Σ λ_i levels_i over λ >= 0 with Σ λ_i normals_i = functional, infinite if there is none; a
    least one has linearly independent rows, so those sets of at most n rows are tried.
    """
    n = functional.size
    if not any(functional):
        return level < 0
    for size in range(1, n + 1):
        for rows in itertools.combinations(range(len(levels)), size):
            multipliers = _solve(normals[list(rows)].T, functional)
            if multipliers is not None and min(multipliers) >= 0 and multipliers @ levels[list(rows)] <= level:
                return False
    return True


def _solve(a, b):
    """The x with a x = b for a (n, k) of rank k; None if there is none or the rank is less. In fractions."""
    n, k = a.shape
    table = [[*row, value] for row, value in zip(a.tolist(), b.tolist())]
    for column in range(k):
        pivot = next((i for i in range(column, n) if table[i][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        head = [v / table[column][column] for v in table[column]]
        table = [
            head if i == column else [v - row[column] * h for v, h in zip(row, head)] if row[column] else row
            for i, row in enumerate(table)
        ]
    if any(row[k] for row in table[k:]):
        return None
    return exact([row[k] for row in table[:k]])


def arrangement_cells(normals: Array, levels: Array) -> list[tuple[int, ...]]:
    """The cells of the hyperplanes normals_i · x = levels_i, each by its signs: -1 where normals_i · x < levels_i.

    Parameters
    ----------
    normals, levels : arrays of fractions, shapes (k, n) and (k,), n in 1 to 3, no zero row

    Notes
    -----
    Points p_j are cut into two classes by half-spaces in as many ways as the hyperplanes with normals (p_j, 1) and
    levels 0 of one dimension more have cells.
    """
    function = "arrangement_cells"
    namespace(function, exact=True, normals=normals, levels=levels)
    if not is_exact(normals):
        raise DTypeError(function, "fractions", f"dtype {normals.dtype}", dtype=normals.dtype)
    if normals.ndim != 2 or not 1 <= normals.shape[1] <= 3 or tuple(levels.shape) != (normals.shape[0],):
        raise ShapeError(
            function, "normals (k, n), n in 1 to 3, and levels (k,)", f"{tuple(normals.shape)}, {tuple(levels.shape)}"
        )
    if not all(row.any() for row in normals):
        raise DomainError(function, "normals that are not zero", "a zero row")
    cells: list[tuple[int, ...]] = [()]
    for k, (normal, level) in enumerate(zip(normals, levels)):
        found = []
        for cell in cells:
            sides = exact([-sign for sign in cell])  # sign · (normal · x - level) > 0
            for sign in (-1, 1):
                if _exceeds(normals[:k] * sides[:, None], levels[:k] * sides, sign * normal, sign * level):
                    found.append((*cell, sign))  # noqa: PERF401
        cells = found
    return cells


def zaslavsky(hyperplanes: int, dimension: int) -> int:
    """Most cells that k hyperplanes cut R^n into: Σ_{j<=n} C(k, j), attained in general position."""
    require_integer("zaslavsky", "hyperplanes", hyperplanes, at_least=0)
    require_integer("zaslavsky", "dimension", dimension, at_least=1)
    return sum(math.comb(hyperplanes, j) for j in range(dimension + 1))


def pieces_bound(dimension: int, widths: Sequence[int], *, rule: str = "zaslavsky") -> int:
    """Upper bound of the affine pieces of a MaxMin network: the product over its layers of what each can cut.

    Parameters
    ----------
    dimension : int >= 1
        Number of inputs, n.
    widths : sequence of even ints >= 2
        Widths w_i of the hidden layers.
    rule : {"gates", "zaslavsky"}
        2^(w_i/2), in all √(2^W) [MF-Pieces]; or Σ_{j<=n} C(w_i/2, j), never more.
    """
    pairs = _pairs("pieces_bound", dimension, widths)
    require_choice("pieces_bound", "rule", rule, RULES)
    return math.prod(2**k if rule == "gates" else zaslavsky(k, dimension) for k in pairs)


def half_space_labellings(points: int, dimension: int) -> int:
    """Ways in which half-spaces of R^n label N points in general position: 2 Σ_{i<=n} C(N - 1, i) (Cover), N >= 1."""
    require_integer("half_space_labellings", "points", points, at_least=1)
    require_integer("half_space_labellings", "dimension", dimension, at_least=1)
    return 2 * sum(math.comb(points - 1, i) for i in range(dimension + 1))


def partition_vc_bound(dimension: int, pieces: int) -> int:
    """Upper bound of the VC dimension of affine classifiers on convex partitions of R^n into B pieces [MF-Lem1].

    Parameters
    ----------
    dimension, pieces : ints >= 1

    Notes
    -----
    N points are labelled in at most Cover(N, n)^k ways, k = B(B + 1)/2: B(B - 1)/2 half-spaces between the pieces and
    one inside each. The bound is the last N for which that is at least 2^N; exact, n + 1, for B = 1. It grows like
    (n + 1) B² log B; `partition_vc_closed_form` is a weaker formula.
    """
    require_integer("partition_vc_bound", "dimension", dimension, at_least=1)
    require_integer("partition_vc_bound", "pieces", pieces, at_least=1)
    k = pieces * (pieces + 1) // 2
    # once below it stays below: Cover(N + 1)/Cover(N) falls with N, so k log2 Cover - N is concave; it is >= 0 at N = 1
    low, high = 1, 2
    while half_space_labellings(high, dimension) ** k >= 2**high:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if half_space_labellings(middle, dimension) ** k >= 2**middle else (low, middle)
    return low


def partition_vc_closed_form(dimension: int, pieces: int) -> float:
    """2 (n + 1) k log2(3k), k = B(B + 1)/2 (Blumer et al.): a formula, never below `partition_vc_bound`."""
    require_integer("partition_vc_closed_form", "dimension", dimension, at_least=1)
    require_integer("partition_vc_closed_form", "pieces", pieces, at_least=1)
    k = pieces * (pieces + 1) // 2
    return 2 * (dimension + 1) * k * math.log2(3 * k)


def warren_vc_bound(dimension: int, widths: Sequence[int]) -> int:
    """Upper bound of the VC dimension of the signs of MaxMin networks, layer by layer after Warren [MF-Prop8].

    Parameters
    ----------
    dimension : int >= 1
    widths : sequence of even ints >= 2

    Notes
    -----
    max(a, b) = a + relu(b - a), so layer i asks N k_i signs, k_i = w_i/2 (1 for the output), of polynomials of degree i
    in the P_i parameters up to it: at most 2(2e N k_i i/P_i)^P_i answers if N k_i >= P_i, 2^(N k_i) in any case. The
    bound is the last N for which the product of these is at least 2^N.
    """
    pairs = [*_pairs("warren_vc_bound", dimension, widths), 1]
    sizes = [dimension, *widths, 1]
    parameters = list(itertools.accumulate((a + 1) * b for a, b in itertools.pairwise(sizes)))

    def surplus(points):  # log2 of the bound of the labellings, less the points
        total = 0.0
        for i, (k, p) in enumerate(zip(pairs, parameters), start=1):
            asked = points * k
            total += min(asked, 1 + p * math.log2(2 * math.e * asked * i / p)) if asked >= p else asked
        return total - points

    # at the number of all parameters the last term alone is N; from there on every term is concave in N
    low = parameters[-1]
    high = 2 * low
    while surplus(high) >= 0:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if surplus(middle) >= 0 else (low, middle)
    return low


def vc_bound(dimension: int, widths: Sequence[int]) -> int:
    """The smaller of `warren_vc_bound` and `partition_vc_bound` on `pieces_bound` pieces; parameters as the former.

    The second is left out where (n + 1) B² > 3000: it is the larger one there for all but few widths, and slow.
    """
    pieces = pieces_bound(dimension, widths)
    bound = warren_vc_bound(dimension, widths)
    return min(bound, partition_vc_bound(dimension, pieces)) if (dimension + 1) * pieces**2 <= 3000 else bound


def _pairs(function, dimension, widths):
    require_integer(function, "dimension", dimension, at_least=1)
    for width in widths:
        require_integer(function, "width", width, at_least=2)
        if width % 2:
            raise ShapeError(function, "even widths", f"{width}", width=width)
    return [width // 2 for width in widths]


def _zeros(*shape):
    return exact(np.zeros(shape, dtype=int))


def _identity(n):
    return exact(np.eye(n, dtype=int))
