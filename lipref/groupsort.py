"""GroupSort: the activation that sorts (SO, section 4.1), with MaxMin and FullSort as its cases.

Definition [SO-GroupSort]. Split the n entries along an axis into n/k contiguous groups of `group_size` k and sort each
group. MaxMin [SO-MaxMin] is k = 2 in the order (max, min); FullSort [SO-FullSort] is k = n.

Why it matters: off ties the map is a permutation of its input that is constant nearby, so its Jacobian P is a
permutation matrix. Hence ‖P dx‖_p = ‖dx‖_p and ‖Pᵀ dy‖_p = ‖dy‖_p for every p: 1-Lipschitz, and no gradient norm is
lost. With y = P x,

    jvp:       dy = P dx      gather by the sorting indices
    backward:  dx = Pᵀ dy     gather by the inverse of the sorting indices

On NumPy the same moves are made by `lipref._groupsort_numpy`; the texts below hold for every library.

At ties the order is stable (equal entries keep their order), which picks one element of the generalised Jacobian;
any other choice among the tied entries is lawful too. Homogeneity holds for factors >= 0 only [SO-Homog].
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lipref import _groupsort_numpy
from lipref._array import Array, is_exact, library, namespace, require_choice, require_integer, require_same_shape
from lipref.errors import ShapeError

ORDERS = ("ascending", "descending")


class GroupSortResiduals(NamedTuple):
    """What the derivative of a sort needs: where each sorted entry came from."""

    indices: Array
    """Integer array (..., n/k, k), sorted axis last: entry r of a group is its `indices[..., r]`-th input. Of one
    byte where NumPy sorts small groups, else of the integer type that the library's argsort gives."""
    axis: int
    """The axis of x that was split into groups."""


def groupsort(x: Array, group_size: int, *, order: str = "ascending", axis: int = -1) -> Array:
    """Entries of each contiguous group of `group_size` along `axis`, sorted.

    Parameters
    ----------
    x : array, any shape with n > 0 entries along `axis`; float32, float64 or fractions
    group_size : int, divides n
    order : {"ascending", "descending"}

    Returns
    -------
    array, shape and dtype of `x`; exact (entries are moved, never computed with)

    Raises
    ------
    ShapeError
        `group_size` does not divide n, or `axis` is not an axis of `x`.
    DTypeError, DomainError, UnknownNameError
        Not a real floating array; NaN or infinity; an unknown order.

    Notes
    -----
    [SO-GroupSort]

    >>> import numpy as np
    >>> groupsort(np.array([3.0, 1.0, 2.0, 5.0]), 2)
    array([1., 3., 2., 5.])
    """
    return groupsort_forward(x, group_size, order=order, axis=axis)[0]


def groupsort_forward(
    x: Array, group_size: int, *, order: str = "ascending", axis: int = -1
) -> tuple[Array, GroupSortResiduals]:
    """`groupsort` and its residuals; parameters and errors as there."""
    xp = namespace("groupsort", exact=True, x=x)
    require_choice("groupsort", "order", order, ORDERS)
    require_integer("groupsort", "group_size", group_size, at_least=1)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError("groupsort", f"axis={axis} to be an axis of x", f"shape {tuple(x.shape)}", axis=axis)
    if x.shape[axis] == 0 or x.shape[axis] % group_size:
        raise ShapeError(
            "groupsort",
            f"group_size={group_size} to divide a positive width along axis {axis}",
            f"x of shape {tuple(x.shape)}",
            group_size=group_size,
            shape=tuple(x.shape),
        )
    groups = _split(xp, x, group_size, axis)
    if _has_fast_text(x):
        ordered, indices = _groupsort_numpy.sort(groups, order == "descending")
    else:
        indices = xp.argsort(groups, axis=-1, descending=order == "descending", stable=True)
        ordered = xp.take_along_axis(groups, indices, axis=-1)
    return _join(xp, ordered, x.shape, axis), GroupSortResiduals(indices, axis)


def groupsort_backward(residuals: GroupSortResiduals, dy: Array) -> Array:
    """Cotangent of the input, given the cotangent of the sorted output.

    Parameters
    ----------
    residuals : GroupSortResiduals
    dy : array, shape and library of the output

    Returns
    -------
    dx : array, shape and dtype of `dy`; exact, and of the same p-norm for every p

    Raises
    ------
    ShapeError
        `dy` has not the shape of the output.
    """
    xp, dy_groups = _like_output("groupsort_backward", residuals, "dy", dy)
    if _has_fast_text(dy):
        dx_groups = _groupsort_numpy.scatter(residuals.indices, dy_groups)
    else:
        inverse = xp.argsort(residuals.indices, axis=-1)
        dx_groups = xp.take_along_axis(dy_groups, inverse, axis=-1)
    return _join(xp, dx_groups, dy.shape, residuals.axis)


def groupsort_jvp(residuals: GroupSortResiduals, dx: Array) -> Array:
    """Tangent of the sorted output, given the tangent `dx` of the input; parameters and errors as the backward pass."""
    xp, dx_groups = _like_output("groupsort_jvp", residuals, "dx", dx)
    if _has_fast_text(dx):
        dy_groups = _groupsort_numpy.gather(residuals.indices, dx_groups)
    else:
        dy_groups = xp.take_along_axis(dx_groups, residuals.indices, axis=-1)
    return _join(xp, dy_groups, dx.shape, residuals.axis)


def groupsort_jvp_backward(residuals: GroupSortResiduals, dx: Array, dy_bar: Array) -> Array:
    """Cotangent of x through the jvp with `dx` held fixed: zero, since the Jacobian is constant off ties."""
    _like_output("groupsort_jvp_backward", residuals, "dx", dx)
    namespace("groupsort_jvp_backward", exact=True, dx=dx, dy_bar=dy_bar)
    require_same_shape("groupsort_jvp_backward", dx=dx, dy_bar=dy_bar)
    return dx * 0


def maxmin(x: Array, *, axis: int = -1) -> Array:
    """MaxMin [SO-MaxMin]: `groupsort` of pairs in the order (max, min), which the constructions of SO need.

    >>> import numpy as np
    >>> maxmin(np.array([1.0, 3.0]))
    array([3., 1.])
    """
    return groupsort(x, 2, order="descending", axis=axis)


def fullsort(x: Array, *, order: str = "ascending", axis: int = -1) -> Array:
    """FullSort [SO-FullSort]: `groupsort` with one group, the whole axis."""
    namespace("fullsort", exact=True, finite=False, x=x)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError("fullsort", f"axis={axis} to be an axis of x", f"shape {tuple(x.shape)}", axis=axis)
    return groupsort(x, max(x.shape[axis], 1), order=order, axis=axis)


def _has_fast_text(x: Array) -> bool:
    """Whether `lipref._groupsort_numpy` has the same function for x, bit for bit and faster."""
    return library(x) == "numpy" and not is_exact(x)


def _split(xp: Any, x: Array, group_size: int, axis: int) -> Array:
    """(..., n, ...) -> (..., n/k, k), the sorted axis last."""
    x = xp.moveaxis(x, axis, -1)
    return xp.reshape(x, (*x.shape[:-1], x.shape[-1] // group_size, group_size))


def _join(xp: Any, groups: Array, shape: tuple[int, ...], axis: int) -> Array:
    """Inverse of `_split`."""
    return xp.moveaxis(xp.reshape(groups, (*groups.shape[:-2], shape[axis])), -1, axis)


def _like_output(function: str, residuals: GroupSortResiduals, name: str, dy: Array) -> tuple[Any, Array]:
    xp = namespace(function, exact=True, **{name: dy})
    *batch, groups, group_size = residuals.indices.shape
    expected = list(batch)
    expected.insert(residuals.axis % (len(batch) + 1), groups * group_size)
    if tuple(dy.shape) != tuple(expected):
        raise ShapeError(function, f"{name} of shape {tuple(expected)}", f"{tuple(dy.shape)}", shape=tuple(dy.shape))
    return xp, _split(xp, dy, group_size, residuals.axis)
