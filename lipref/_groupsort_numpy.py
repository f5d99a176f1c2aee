"""The second text of GroupSort, for floating NumPy arrays: networks for small groups, flat moves for large ones.

It returns what the portable text of `lipref.groupsort` returns, bit for bit, ties and signed zeros included; only the
integer type of the indices differs (tests/test_groupsort.py compares the two). NumPy's own sort of many short rows and
its moves by index pairs are several times slower; tests/benchmarks/bench_groupsort.py has the figures.

A network runs over k contiguous columns, one per place of a group. Comparators of neighbours that exchange only what
is strictly out of order keep equal entries in order, so the network is stable.
"""

from __future__ import annotations

import numpy as np

SORT = {
    2: ((0, 1),),
    3: ((0, 1), (1, 2), (0, 1)),
    4: ((0, 1), (2, 3), (1, 2), (0, 1), (2, 3), (1, 2)),
}
"""Group size -> comparators of neighbours, which sort stably (odd-even transposition)."""

UNSORT = {**SORT, 4: ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2))}
"""Group size -> comparators that sort distinct keys; stability is not needed there, so five are enough for four."""

BITS = {4: np.uint32, 8: np.uint64}


def sort(groups: np.ndarray, descending: bool) -> tuple[np.ndarray, np.ndarray]:
    """Sorted groups (..., n/k, k) and the indices they came from, stable."""
    bits = BITS[groups.dtype.itemsize]
    negative_zero = bits(1 << (8 * groups.dtype.itemsize - 1))
    if groups.shape[-1] not in SORT or bool((groups.view(bits) == negative_zero).any()):
        # minimum and maximum may return either of two zeros of opposite sign: no network then
        indices = _argsort(groups, descending)
        return gather(indices, groups), indices
    columns, shape = list(_columns(groups)), groups.shape
    indices = np.empty((shape[-1], columns[0].size), np.uint8)
    indices[:] = np.arange(shape[-1], dtype=np.uint8)[:, None]
    for i, j in SORT[shape[-1]]:
        a, b = columns[i], columns[j]
        exchange = a < b if descending else a > b
        columns[i], columns[j] = (
            (np.maximum(a, b), np.minimum(a, b)) if descending else (np.minimum(a, b), np.maximum(a, b))
        )
        _exchange(indices[i], indices[j], exchange.view(np.uint8))
    return _rows(columns, shape), np.moveaxis(indices.reshape(shape[-1], *shape[:-1]), 0, -1)


def scatter(indices: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Entry r of each group of dy at place indices[r]: the transpose of `gather`."""
    if dy.shape[-1] not in UNSORT:
        dx = np.empty(dy.shape, dy.dtype)
        dx.reshape(-1)[_flat(indices)] = dy.reshape(-1)
        return dx
    keys, columns = _columns(indices), list(_columns(dy.view(BITS[dy.dtype.itemsize])))
    for i, j in UNSORT[dy.shape[-1]]:  # sorting by where each entry came from puts it back
        exchange = (keys[i] > keys[j]).view(np.uint8)
        _exchange(keys[i], keys[j], exchange)
        _exchange(columns[i], columns[j], exchange)
    return _rows(columns, dy.shape).view(dy.dtype)


def gather(indices: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Entry indices[r] of each group of x at place r."""
    return x.reshape(-1)[_flat(indices)].reshape(x.shape)


def _argsort(groups: np.ndarray, descending: bool) -> np.ndarray:
    """Stable argsort: the fast unstable one, then again the groups in which it met a tie."""
    keys = -groups if descending else groups
    indices = np.argsort(keys, axis=-1)
    ordered = gather(indices, keys)
    tied = (ordered[..., 1:] == ordered[..., :-1]).any(axis=-1)
    if tied.any():
        indices[tied] = np.argsort(keys[tied], axis=-1, kind="stable")
    return indices


def _flat(indices: np.ndarray) -> np.ndarray:
    """Positions in the flattened groups."""
    k = indices.shape[-1]
    starts = np.arange(0, indices.size, k, dtype=np.intp).reshape(*indices.shape[:-1], 1)
    return (indices + starts).reshape(-1)


def _columns(groups: np.ndarray) -> np.ndarray:
    """(..., n/k, k) -> a new contiguous (k, groups)."""
    return np.array(groups.reshape(-1, groups.shape[-1]).T, order="C", copy=True)


def _rows(columns: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Inverse of `_columns`."""
    return np.stack(columns, axis=-1).reshape(shape)  # copying the transpose takes four times as long


def _exchange(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> None:
    """Exchange the integers a and b in place where the mask is one; no branches, so random masks cost nothing more."""
    difference = a ^ b
    difference *= where
    a ^= difference
    b ^= difference
