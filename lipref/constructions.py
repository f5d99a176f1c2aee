"""Activations as networks of each other: the constructions of SO, Appendix A, as functions that return the networks.

Every function returns a `Chain` of `Linear`, `GroupSort` and `Activation` layers whose weights have operator norm 1 in
the norms that it names, so that what one activation expresses under a norm constraint, the other does too. MaxMin is
`GroupSort(2, order="descending")`, (max, min), unless `order` says otherwise; the paper uses both orders (in the other
order its formulas return -|x| and the minimum).

A construction with a bounded domain takes the bound as an argument and refuses parameters for which it would fail
somewhere on that domain. `dtype="exact"` gives weights in fractions where they are rational; the networks live on
NumPy and are moved by `to_backend`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lipref._array import Array, asarray, exact, require_choice, require_integer, require_number
from lipref.errors import DomainError, DTypeError, ShapeError, UnknownNameError
from lipref.groupsort import ORDERS
from lipref.layers import Activation, Chain, GroupSort, Linear

DTYPES = ("float32", "float64", "exact")
SCHEMES = ("odd-even", "bubble")


def maxmin_from_fullsort(
    width: int, largest: Any, *, gap: Any = None, order: str = "ascending", dtype: str = "float64"
) -> Chain:
    """GroupSort of pairs on |x_i| <= largest as one FullSort: FullSort(x + b) - b with b = (c_1, c_1, c_2, c_2, ...).

    Parameters
    ----------
    width : even int >= 2
    largest : number >= 0
        Bound of the entries; the construction fails on unbounded domains.
    gap : number, optional
        Distance of the c_i, at least 2 `largest`, which is the default. The paper's gap `largest` is too small: with 1
        in place of 2, (0, 1, -1, 0) is sent to (0, 0, 0, 0).
    order : {"ascending", "descending"}
        "ascending" gives (min, max) in each pair, "descending" MaxMin.

    Returns
    -------
    Chain of identity weights, norm 1 in every p-norm. [SO-AppA-FS2MM], with the condition of erratum B-21.
    """
    function = "maxmin_from_fullsort"
    _require_even(function, width)
    require_number(function, "largest", largest, at_least=0)
    require_choice(function, "order", order, ORDERS)
    gap = 2 * _fraction(largest) if gap is None else gap
    require_number(function, "gap", gap, at_least=0)
    if _fraction(gap) < 2 * _fraction(largest):
        raise DomainError(function, f"gap >= 2 largest = {2 * _fraction(largest)}", f"gap={gap}", gap=gap)
    steps = [i // 2 for i in range(width)]
    if order == "descending":
        steps = steps[::-1]
    shift = [_fraction(gap) * step for step in steps]
    eye = _selection(range(width), width)
    return Chain(
        (
            _linear(function, dtype, eye, shift),
            GroupSort(width, order=order),
            _linear(function, dtype, eye, [-s for s in shift]),
        )
    )


def fullsort_from_maxmin(
    width: int,
    *,
    scheme: str = "odd-even",
    order: str = "ascending",
    largest: Any = None,
    dtype: str = "float64",
) -> Chain:
    """FullSort as alternating permutations and GroupSorts of pairs: a sorting network with all units paired.

    Parameters
    ----------
    width : int >= 1
    scheme : {"odd-even", "bubble"}
        Odd-even transposition, n layers of GroupSort for even n, or bubble sort, n(n-1)/2 of them.
    order : {"ascending", "descending"}
    largest : number >= 0, needed for odd width alone
        Bound of the entries: a constant unit of that size is added, so that every unit has a partner.

    Returns
    -------
    Chain whose weights are permutation matrices (for odd width the first adds a zero row and the last drops a unit):
    norm 1 in every p-norm. [SO-AppA-Bubble] Units that the scheme leaves idle are paired too, in the sorted sense,
    which never undoes progress; in the opposite sense the network does not sort (erratum B-22).
    """
    function = "fullsort_from_maxmin"
    require_integer(function, "width", width, at_least=1)
    require_choice(function, "scheme", scheme, SCHEMES)
    require_choice(function, "order", order, ORDERS)
    if width % 2 and largest is None:
        raise DomainError(function, "largest, a bound of the entries, for odd width", f"none for width {width}")
    even = width + width % 2
    first: list[Any] | None = None
    if width % 2:
        require_number(function, "largest", largest, at_least=0)
        top = _fraction(largest)
        first = [Fraction(0)] * width + [top if order == "ascending" else -top]
    layers: list[Any] = []
    places = list(range(even))  # places[i]: which place of the row to be sorted the i-th unit holds
    for pairs in _comparators(even, scheme):
        wanted = [place for pair in pairs for place in pair]
        source = [places.index(place) for place in wanted]
        rows = _selection(source, even)
        if not layers:  # the constant unit, if there is one, comes from the bias
            rows = [row[:width] for row in rows]
            bias = None if first is None else [first[place] for place in wanted]
            layers.append(_linear(function, dtype, rows, bias))
        else:
            layers.append(_linear(function, dtype, rows))
        layers.append(GroupSort(2, order=order))
        places = wanted
    layers.append(_linear(function, dtype, _selection([places.index(place) for place in range(width)], even)))
    return Chain(tuple(layers))


def maxmin_from_abs(least_sum: Any, *, shift: Any = None, pairs: int = 1, dtype: str = "float64") -> Chain:
    """MaxMin of pairs (x, y) with x + y >= least_sum, by absolute values between two rotations.

    Parameters
    ----------
    least_sum : number
        Lower bound of x + y over the domain; -2 `largest` where |x|, |y| <= largest.
    shift : number, optional
        B of the construction; x + y + 2B >= 0 must hold on the domain. Default: the least such B >= 0.
    pairs : int >= 1
    dtype : {"float32", "float64"}

    Returns
    -------
    Chain M |M x + (√2 B, 0)| - (B, B) per pair with M = [[1, 1], [1, -1]]/√2, of 2-norm 1 (its inf-norm is √2).
    [SO-AppA-Eq6], with the condition of erratum B-26: B = 1 sends (-2, -2) to (0, 0).
    """
    function = "maxmin_from_abs"
    require_number(function, "least_sum", least_sum)
    require_integer(function, "pairs", pairs, at_least=1)
    shift = max(Fraction(0), -_fraction(least_sum) / 2) if shift is None else shift
    require_number(function, "shift", shift)
    if _fraction(least_sum) + 2 * _fraction(shift) < 0:
        expected = f"shift >= -least_sum/2 = {-_fraction(least_sum) / 2}"
        raise DomainError(function, expected, f"shift={shift}", shift=shift)
    r, b = math.sqrt(0.5), float(shift)
    rotation = _block_diagonal([[r, r], [r, -r]], pairs)
    return Chain(
        (
            _linear(function, dtype, rotation, [math.sqrt(2) * b, 0.0] * pairs),
            Activation("absolute"),
            _linear(function, dtype, rotation, [-b] * (2 * pairs)),
        )
    )


def abs_from_maxmin(width: int = 1, *, norm: float = 2, dtype: str = "float64") -> Chain:
    """|x|, entry by entry, by MaxMin of (x, -x).

    Parameters
    ----------
    width : int >= 1
    norm : 2 or inf
        The norm in which all weights have norm 1: for 2 they are (1, -1)/√2 up and down [SO-AppA-Eq7]; for inf (1, -1)
        up and the maximum selected, in fractions too.
    """
    function = "abs_from_maxmin"
    if _norm(function, norm) == 2:
        return _two_slopes(function, width, math.sqrt(0.5), -math.sqrt(0.5), dtype)
    return _larger_of_multiples(function, width, Fraction(-1), dtype)


def relu_from_maxmin(width: int = 1, *, dtype: str = "float64") -> Chain:
    """ReLU, entry by entry, as the first entry of MaxMin(x, 0) [SO-AppA-Eq8]; norm 1 in every p-norm, exact."""
    return _larger_of_multiples("relu_from_maxmin", width, Fraction(0), dtype)


def leaky_relu_from_maxmin(slope: Any, width: int = 1, *, norm: float = math.inf, dtype: str = "float64") -> Chain:
    """Leaky ReLU with |slope| <= 1, entry by entry.

    Parameters
    ----------
    slope : number in [-1, 1]
    width : int >= 1
    norm : inf or 2
        inf: the paper's max(x, slope x) [SO-AppA-LReLU], whose first weight has 2-norm √(1 + slope²). 2: weights (p, q)
        up and down with p² + q² = 1 and 2pq = slope, of 2-norm 1; 0 gives ReLU and -1 the absolute value.
    """
    function = "leaky_relu_from_maxmin"
    require_number(function, "slope", slope, at_least=-1)
    if slope > 1:
        raise DomainError(function, "slope <= 1", f"{slope}", slope=slope)
    if _norm(function, norm) == math.inf:
        return _larger_of_multiples(function, width, _fraction(slope), dtype)
    half_sum, half_difference = math.sqrt(1 + slope) / 2, math.sqrt(1 - slope) / 2
    return _two_slopes(function, width, half_sum + half_difference, half_sum - half_difference, dtype)


def crelu_from_maxmin(width: int = 1, *, dtype: str = "float64") -> Chain:
    """(relu(x), relu(-x)) from MaxMin(x, 0) = (relu(x), -relu(-x)) [SO-AppA-Eq8]; norm 1 in every p-norm, exact."""
    function = "crelu_from_maxmin"
    require_integer(function, "width", width, at_least=1)
    signs = [[Fraction(0)] * (2 * width) for _ in range(2 * width)]
    for i in range(width):
        signs[i][2 * i], signs[width + i][2 * i + 1] = Fraction(1), Fraction(-1)
    (up, sort, _) = _larger_of_multiples(function, width, Fraction(0), dtype).layers
    return Chain((up, sort, _linear(function, dtype, signs)))


def maxout_from_groupsort(width: int, group_size: int, *, order: str = "ascending", dtype: str = "float64") -> Chain:
    """Maxout of contiguous groups: GroupSort, then the largest entry of each group is selected [SO-AppA-Maxout].

    The largest entry is the last in ascending and the first in descending order (erratum B-23). Norm 1 in every
    p-norm, exact.
    """
    function = "maxout_from_groupsort"
    require_integer(function, "width", width, at_least=1)
    require_integer(function, "group_size", group_size, at_least=1)
    require_choice(function, "order", order, ORDERS)
    if width % group_size:
        raise ShapeError(
            function, f"group_size={group_size} to divide width={width}", f"remainder {width % group_size}"
        )
    last = group_size - 1 if order == "ascending" else 0
    chosen = [start + last for start in range(0, width, group_size)]
    return Chain((GroupSort(group_size, order=order), _linear(function, dtype, _selection(chosen, width))))


def fold(normal: Sequence[Any], offset: Any, largest: Any, *, dtype: str = "float64") -> Chain:
    """Fold of space along the hyperplane ⟨normal, x⟩ = offset: points below it are reflected to the other side.

    Parameters
    ----------
    normal : sequence of n numbers, of Euclidean length 1 (exactly so for dtype="exact", else it is normalised)
    offset : number
    largest : number >= 0
        Bound of ‖x‖₂ over the domain: the other coordinates are shifted by it, so that taking absolute values leaves
        them alone.

    Returns
    -------
    Chain Q |Q x + b| - Q b: a rigid motion, absolute values, the motion back. Q is the reflection that sends the first
    axis to the normal: symmetric, of 2-norm 1, rational for rational normals. [SO-Fold]
    """
    function = "fold"
    require_number(function, "offset", offset)
    require_number(function, "largest", largest, at_least=0)
    if not len(normal):
        raise ShapeError(function, "a normal with at least one entry", "none")
    for value in normal:
        require_number(function, "each entry of normal", value)
    n: list[Any] = [_fraction(value) for value in normal]
    if dtype == "exact":
        if sum(v * v for v in n) != 1:
            raise DomainError(function, "a normal of length 1", f"squared length {sum(v * v for v in n)}")
    else:
        length = math.hypot(*map(float, n))
        if not length:
            raise DomainError(function, "a normal other than zero", "zero")
        n = [float(v) / length for v in n]
    axis = [n[0] - 1, *n[1:]]
    square = sum(v * v for v in axis)
    number = Fraction if dtype == "exact" else float
    rows = [
        [number(i == j) - (2 * a * b / square if square else 0) for j, b in enumerate(axis)] for i, a in enumerate(axis)
    ]
    motion = [-number(offset), *[number(largest)] * (len(n) - 1)]
    back = [-sum(w * b for w, b in zip(row, motion)) for row in rows]
    return Chain((_linear(function, dtype, rows, motion), Activation("absolute"), _linear(function, dtype, rows, back)))


def _comparators(n: int, scheme: str) -> list[list[tuple[int, int]]]:
    """Layers of pairs (lower place, higher place) that cover all n places, n even."""
    if scheme == "odd-even":
        even = [(i, i + 1) for i in range(0, n, 2)]
        odd = [(i, i + 1) for i in range(1, n - 1, 2)] + [(0, n - 1)]
        return [odd if layer % 2 else even for layer in range(n)]
    layers = []
    for end in range(n - 1, 0, -1):
        for i in range(end):
            idle = [place for place in range(n) if place not in (i, i + 1)]
            layers.append([(i, i + 1), *zip(idle[::2], idle[1::2])])
    return layers


def _larger_of_multiples(function: str, width: int, slope: Fraction, dtype: str) -> Chain:
    """max(x, slope x), entry by entry."""
    require_integer(function, "width", width, at_least=1)
    up = [[f * (i == j) for j in range(width)] for i in range(width) for f in (Fraction(1), slope)]
    chosen = _selection(range(0, 2 * width, 2), 2 * width)
    return Chain((_linear(function, dtype, up), GroupSort(2, order="descending"), _linear(function, dtype, chosen)))


def _two_slopes(function: str, width: int, p: float, q: float, dtype: str) -> Chain:
    """(p, q)·MaxMin(p x, q x) for p >= q: slope p² + q² above zero and 2pq below."""
    require_integer(function, "width", width, at_least=1)
    up = [[f * (i == j) for j in range(width)] for i in range(width) for f in (p, q)]
    down = [list(row) for row in zip(*up)]
    return Chain((_linear(function, dtype, up), GroupSort(2, order="descending"), _linear(function, dtype, down)))


def _selection(chosen: Sequence[int], width: int) -> list[list[Any]]:
    """Rows e_i for the chosen i."""
    return [[Fraction(int(i == j)) for j in range(width)] for i in chosen]


def _block_diagonal(block: list[list[float]], count: int) -> list[list[float]]:
    n = len(block)
    return [[block[i % n][j % n] if i // n == j // n else 0.0 for j in range(n * count)] for i in range(n * count)]


def _linear(function: str, dtype: str, rows: list[list[Any]], bias: list[Any] | None = None) -> Linear:
    return Linear(_array(function, dtype, rows), None if bias is None else _array(function, dtype, bias))


def _array(function: str, dtype: str, values: list[Any]) -> Array:
    """The values in the dtype; exact mode refuses floats, which stand for irrational numbers here."""
    require_choice(function, "dtype", dtype, DTYPES)
    flat = [v for row in values for v in (row if isinstance(row, list) else [row])]
    if dtype == "exact":
        if any(isinstance(v, float) for v in flat):
            raise DTypeError(
                function, 'a floating dtype, or norm=inf with dtype="exact"', "irrational weights in fractions"
            )
        return exact(values)
    return asarray([[float(v) for v in row] if isinstance(row, list) else float(row) for row in values], dtype=dtype)


def _fraction(value: Any) -> Fraction:
    return Fraction(value.item() if hasattr(value, "item") else value)


def _norm(function: str, norm: Any) -> float:
    if norm not in (2, math.inf):
        raise UnknownNameError(function, "norm to be 2 or inf", repr(norm), norm=norm)
    return norm


def _require_even(function: str, width: Any) -> None:
    require_integer(function, "width", width, at_least=2)
    if width % 2:
        raise ShapeError(function, "an even width", f"{width}", width=width)
