"""MaxMin networks: what they are, their maxima and minima, their form with all norms exactly 1.

A MaxMin network is a `Chain` of `Linear` layers with `GroupSort(2)` between them [SO-Not1]. Measured by the dual norm
of the rows of its first weight and by the absolute row sums of the others, all at most 1, it is 1-Lipschitz from
(R^n, p) to (R^m, inf). Such networks are closed under pointwise maxima and minima [SO-Def2], [SO-Thm3-lattice].

Networks are put together on the host, in fractions or double precision, and live in the library, on the device and in
the dtype of the data; in fractions everything is exact. MaxMin is `GroupSort(2, order="descending")`, (max, min), in
all results; networks in the other order are taken too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import array_api_compat
import numpy as np

from lipref._array import Array, asarray, exact, is_exact, library, namespace, require_number, to_backend, to_numpy
from lipref.errors import DomainError, DTypeError, ShapeError
from lipref.layers import Chain, GroupSort, Linear

Maps = list[tuple[np.ndarray, np.ndarray]]
"""Affine maps (weight, bias) on the host with MaxMin, (max, min), between them; all hidden widths even."""


def maxmin_network(maps: Sequence[tuple[Array, Array | None]]) -> Chain:
    """The network of the affine maps with MaxMin between them, a lone last unit passed on unsorted.

    Parameters
    ----------
    maps : one or more pairs of a matrix (m, n) and a vector (m,), or None for it, each on the outputs of the one before
        Hidden widths may be odd.

    Returns
    -------
    Chain with even hidden widths, the same function: a lone unit is duplicated, since MaxMin fixes (z, z), and its
    first copy is read. All rows keep their norms. [SO-Thm3-depth], erratum odd-widths.

    >>> from lipref import exact
    >>> network = maxmin_network([(exact([[1], [-1], [1]]), exact([0, 0, 5])), (exact([[0, 1, 0], [0, 0, 1]]), None)])
    >>> [str(v) for v in network(exact([-2]))]
    ['-2', '3']
    """
    function = "maxmin_network"
    if not isinstance(maps, Sequence) or not maps or any(not isinstance(m, tuple) or len(m) != 2 for m in maps):
        raise DTypeError(function, "a sequence of pairs (weight, bias)", f"{type(maps).__name__}", maps=maps)
    namespace(function, exact=True, **{f"weight_{i}": w for i, (w, _) in enumerate(maps)})
    linears = [Linear(w, b) for w, b in maps]  # checks each pair
    host: Maps = []
    for layer in linears:
        w, b = _numbers(layer)
        if host:
            _require_inputs(function, host[-1][0].shape[0], w)
            if w.shape[1] % 2:
                before, bias = host[-1]
                host[-1] = np.concatenate([before, before[-1:]]), np.concatenate([bias, bias[-1:]])
                w = np.concatenate([w, _zeros(w, (w.shape[0], 1))], axis=1)
        host.append((w, b))
    return _chain(host, maps[0][0])


def parallel(*networks: Chain) -> Chain:
    """The networks side by side on one input: their outputs one after the other.

    Parameters
    ----------
    *networks : MaxMin networks with one number of inputs, of any depths and widths

    Returns
    -------
    Chain, as deep as the deepest: first weights stacked, later ones block-diagonal. A shallower network is deepened
    before its last sort: each output z is carried as the pair (z, z). Norms are the largest of the networks' norms;
    rows of norm exactly 1 stay so. [SO-Thm3-lattice], [SO-Thm3-depth]
    """
    return _chain(_parallel("parallel", networks), networks[0])


def maximum(*networks: Chain) -> Chain:
    """The pointwise maximum of networks, as a network; of several outputs, the maximum of each.

    Parameters
    ----------
    *networks : MaxMin networks with the same numbers of inputs and outputs

    Returns
    -------
    Chain, deeper than the deepest by ⌈log₂ k⌉ sorts for k networks; norms as in `parallel`. [SO-Thm3-lattice]

    Raises
    ------
    DTypeError, DomainError
        Not a chain of unconstrained linear layers with GroupSort(2) between them.
    ShapeError
        Inputs or outputs differ.

    >>> import numpy as np
    >>> line = Chain((Linear(np.array([[1.0]])),))
    >>> maximum(line, Chain((Linear(np.array([[-1.0]])),)))(np.array([[-3.0], [2.0]])).tolist()
    [[3.0], [2.0]]
    """
    return _best("maximum", networks, 0)


def minimum(*networks: Chain) -> Chain:
    """The pointwise minimum of networks, as a network; parameters, errors and size as `maximum`."""
    return _best("minimum", networks, 1)


def unit_rows(network: Chain, p: float) -> Chain:
    """The same function with every row of norm exactly 1: dual norm in the first weight, absolute sum in the others.

    Parameters
    ----------
    network : MaxMin network with norms of rows at most 1
    p : number >= 1, or inf; in exact mode 1 or inf, where the norms of rows are rational

    Returns
    -------
    Chain, one sort deeper if a first row falls short. The identity used: MaxMin fixes the pair (z, z), and its row
    ((1 + c)/2, -(1 - c)/2) has absolute sum 1 and gives c z. Holds on all of R^n; in floats, sums are 1 to rounding.
    [SO-Thm3-sep], erratum separation-in-one-dimension.

    Raises
    ------
    DomainError
        A row has norm above 1.
    """
    function = "unit_rows"
    maps = _maps(function, network)
    _require_exponent(function, p, is_exact(maps[0][0]))
    if is_exact(maps[0][0]) and p not in (1, math.inf):
        raise DomainError(function, "p = 1 or inf for fractions: other norms are irrational", f"p={p}", p=p)
    w, b = maps[0]
    norms = _within_one(function, _norms(w, _dual(p)), w)
    done: Maps = [(w, b)]
    if np.any(norms < 1):
        axis = _identity(w, w.shape[1])[:1]
        unit = np.where(norms[:, None] == 0, axis, w / np.where(norms == 0, 1, norms)[:, None])
        twice = np.repeat(unit, 2, axis=0)
        share = _zeros(w, (len(w), 2 * len(w)))
        for i, c in enumerate(norms):
            share[i, 2 * i], share[i, 2 * i + 1] = (1 + c) / 2, -(1 - c) / 2
        done = [(twice, _zeros(w, (len(twice),))), (share, b)]
    for w, b in maps[1:]:
        norms = _within_one(function, _norms(w, 1), w)
        if np.any(norms < 1):
            before, bias = done[-1]
            done[-1] = np.concatenate([before, before[:1], before[:1]]), np.concatenate([bias, bias[:1], bias[:1]])
            rest = (1 - norms)[:, None] / 2
            w = np.concatenate([w, rest, -rest], axis=1)
        done.append((w, b))
    return _chain(done, network)


def _maps(function: str, network: Any) -> Maps:
    """The affine maps of a MaxMin network; an ascending sort is a descending one with its pairs read the other way."""
    if not isinstance(network, Chain):
        raise DTypeError(function, "networks to be Chain objects", type(network).__name__, value=network)
    flat: list[Any] = list(_flat(network))
    maps: Maps = []
    for index, layer in enumerate(flat):
        kind: Any = GroupSort if index % 2 else Linear
        if not isinstance(layer, kind):
            expected = "linear layers with GroupSort(2) between them"
            raise DomainError(function, expected, f"{type(layer).__name__} as layer {index}", layer=layer)
        if index % 2:
            if layer.group_size != 2 or layer.axis != -1:
                raise DomainError(function, "GroupSort of group size 2 on the last axis", f"{layer}", layer=layer)
            continue
        if layer.constraint is not None:
            raise DomainError(function, "layers without constraints", "a constrained one; freeze it first", layer=layer)
        w, b = _numbers(layer)
        if maps:
            _require_inputs(function, maps[-1][0].shape[0], w)
            if w.shape[1] % 2:
                raise ShapeError(function, "even hidden widths", f"{w.shape[1]}", width=w.shape[1])
            if flat[index - 1].order == "ascending":
                w = w[:, np.arange(w.shape[1]) ^ 1]
        maps.append((w, b))
    if len(flat) % 2 == 0:
        raise DomainError(function, "a linear layer at the end", f"{len(flat)} layers", layers=len(flat))
    return maps


def _flat(network: Chain) -> Iterator[Any]:
    for layer in network.layers:
        if isinstance(layer, Chain):
            yield from _flat(layer)
        else:
            yield layer


def _numbers(layer: Linear) -> tuple[np.ndarray, np.ndarray]:
    w = to_numpy(layer.weight)
    return w, _zeros(w, (len(w),)) if layer.bias is None else to_numpy(layer.bias)


def _chain(maps: Maps, like: Any) -> Chain:
    """The network, in the library, device and dtype of an array or of the first weight of a network."""
    if isinstance(like, Chain):
        like = next(_flat(like)).weight
    layers: list[Any] = []
    for w, b in maps:
        if layers:
            layers.append(GroupSort(2, order="descending"))
        layers.append(Linear(_back(w, like), _back(b, like)))
    return Chain(tuple(layers))


def _parallel(function: str, networks: Sequence[Chain]) -> Maps:
    if not networks:
        raise ShapeError(function, "at least one network", "none")
    several = [_maps(function, network) for network in networks]
    namespace(function, exact=True, **{f"weight_{i}": next(_flat(n)).weight for i, n in enumerate(networks)})
    inputs = [maps[0][0].shape[1] for maps in several]
    if len(set(inputs)) > 1:
        raise ShapeError(function, "networks with one number of inputs", f"{inputs}", inputs=inputs)
    depth = max(len(maps) for maps in several)
    several = [_deepened(maps, depth - len(maps)) for maps in several]
    result: Maps = []
    for level in zip(*several, strict=True):
        weights, biases = zip(*level, strict=True)
        result.append((_diagonal(weights) if result else np.concatenate(weights), np.concatenate(biases)))
    return result


def _best(function: str, networks: Sequence[Chain], place: int) -> Chain:
    maps = _parallel(function, networks)
    outputs = [_maps(function, network)[-1][0].shape[0] for network in networks]
    if len(set(outputs)) > 1:
        raise ShapeError(function, "networks with one number of outputs", f"{outputs}", outputs=outputs)
    m = outputs[0]
    return _chain(_reduced(maps, [list(range(k, m * len(networks), m)) for k in range(m)], place), networks[0])


def _round(maps: Maps, groups: list[list[int]], place: int) -> tuple[Maps, list[list[int]]]:
    """One more sort: the outputs of each group in pairs, a lone one with itself; then where the winners stand."""
    order: list[int] = []
    winners = []
    for group in groups:
        pairs = [*group, group[-1]] if len(group) % 2 else group
        winners.append([len(order) + i + place for i in range(0, len(pairs), 2)])
        order += pairs
    w, b = maps[-1]
    return [*maps[:-1], (w[order], b[order]), (_identity(w, len(order)), _zeros(w, (len(order),)))], winners


def _reduced(maps: Maps, groups: list[list[int]], place: int) -> Maps:
    """For each group the largest (place 0) or smallest (place 1) of its outputs, by rounds of a tournament."""
    while max(map(len, groups)) > 1:
        maps, groups = _round(maps, groups, place)
    w, b = maps[-1]
    chosen = [group[0] for group in groups]
    return [*maps[:-1], (w[chosen], b[chosen])]


def _deepened(maps: Maps, times: int) -> Maps:
    for _ in range(times):
        maps, groups = _round(maps, [[i] for i in range(len(maps[-1][0]))], 0)
        maps = _reduced(maps, groups, 0)
    return maps


def _require_inputs(function: str, outputs: int, w: np.ndarray) -> None:
    if w.shape[1] != outputs:
        raise ShapeError(function, f"a weight with {outputs} inputs", f"shape {w.shape}", shape=w.shape)


def _within_one(function: str, norms: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The norms, those above 1 by rounding alone set to 1."""
    slack = 0 if is_exact(w) else 8 * w.shape[1] * float(np.finfo(w.dtype).eps)
    if np.any(norms > 1 + slack):
        i = int(np.argmax(norms))
        raise DomainError(function, "rows of norm at most 1", f"{norms[i]} in row {i}", row=i, norm=norms[i])
    return np.where(norms > 1, norms * 0 + 1, norms)


def _diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    result = _zeros(blocks[0], (sum(len(b) for b in blocks), sum(b.shape[1] for b in blocks)))
    row = column = 0
    for block in blocks:
        result[row : row + len(block), column : column + block.shape[1]] = block
        row, column = row + len(block), column + block.shape[1]
    return result


def _require_exponent(function: str, p: Any, rational: bool) -> None:
    if p is not math.inf and p != math.inf:
        require_number(function, "p", p, at_least=1)
        if rational and p != int(p):
            raise DomainError(function, "an integer p, or inf, for fractions", f"p={p}", p=p)


def _dual(p: float) -> float:
    return math.inf if p == 1 else 1 if p == math.inf else p / (p - 1)


def _norms(x: np.ndarray, p: float) -> np.ndarray:
    """‖row‖_p, scaled against overflow; exact for p = 1 and inf."""
    size = abs(x)
    if p == 1:
        return np.sum(size, axis=1)
    largest = np.max(size, axis=1)
    if p == math.inf:
        return largest
    scale = np.where(largest == 0, 1, largest)
    return scale * np.sum((size / scale[:, None]) ** p, axis=1) ** (1 / p) * (largest > 0)


def _zeros(like: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, Fraction(0)) if is_exact(like) else np.zeros(shape, dtype=like.dtype)


def _identity(like: np.ndarray, n: int) -> np.ndarray:
    eye = _zeros(like, (n, n))
    eye[range(n), range(n)] = _number(like, 1)
    return eye


def _number(like: np.ndarray, value: Any) -> Any:
    return Fraction(value) if is_exact(like) else float(value)


def _array(like: np.ndarray, values: Any) -> np.ndarray:
    """The numbers as an array of the kind of `like`."""
    return exact(values) if is_exact(like) else np.array(values, dtype=like.dtype)


def _host(x: Array) -> np.ndarray:
    """The values on the host: fractions, or float64, in which networks are put together."""
    values = to_numpy(x)
    return values if is_exact(values) else values.astype(np.float64)


def _back(values: np.ndarray, like: Array) -> Array:
    """The values in the library, device and dtype of `like`."""
    if is_exact(like):
        return values
    dtype = str(like.dtype).split(".")[-1]
    if library(like) == "numpy":
        return values.astype(dtype)
    return to_backend(asarray(values, dtype=dtype), library(like), device=array_api_compat.device(like))


def _eps(x: Array) -> float:
    return 0.0 if is_exact(x) else float(np.finfo(str(x.dtype).split(".")[-1]).eps)
