"""GroupSort: definition, derivative laws, norm preservation, refusals."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipref
from lipref import laws
from lipref.groupsort import (
    fullsort,
    groupsort,
    groupsort_backward,
    groupsort_forward,
    groupsort_jvp,
    groupsort_jvp_backward,
    maxmin,
)

orders = st.sampled_from(["ascending", "descending"])


@st.composite
def grouped_inputs(draw, distinct=False):
    """(values, group_size): integers, so that sorting and differences are exact; groups of 1, 2, 3, 4 or all.

    Groups of three and more are needed to tell a permutation from its inverse.
    """
    group_size, groups = draw(st.sampled_from([(1, 3), (2, 3), (3, 2), (4, 2), (7, 1)]))
    batch = draw(st.integers(0, 3))
    shape = (batch, groups * group_size)
    if distinct:
        seed = draw(st.integers(0, 2**32 - 1))
        values = np.random.default_rng(seed).permutation(shape[0] * shape[1]).reshape(shape)
    else:
        values = np.array(
            draw(st.lists(st.integers(-3, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
        )
        values = values.reshape(shape)
    return values.astype(float), group_size


@given(data=grouped_inputs(), order=orders)
def test_groupsort_sorts_each_group(place, dtype, data, order):
    """[SO-GroupSort] The definition, against Python's own sort, ties included."""
    values, group_size = data
    y = lipref.to_numpy(groupsort(place(values, dtype), group_size, order=order))
    expected = [
        [
            v
            for start in range(0, len(row), group_size)
            for v in sorted(row[start : start + group_size], reverse=order == "descending")
        ]
        for row in values.tolist()
    ]
    assert y.dtype == dtype
    assert y.shape == values.shape
    assert y.tolist() == expected


@given(data=grouped_inputs(), order=orders, seed=st.integers(0, 2**32 - 1))
def test_groupsort_backward_is_adjoint_of_jvp(place, dtype, data, order, seed):
    """Law 1, also at ties, where forward and backward must take the same element. No sum is longer than n."""
    values, group_size = data
    rng = np.random.default_rng(seed)
    _, residuals = groupsort_forward(place(values, dtype), group_size, order=order)
    dx, dy = (place(rng.standard_normal(values.shape), dtype) for _ in range(2))
    law = laws.adjoint(
        lambda d: groupsort_backward(residuals, d),
        lambda d: groupsort_jvp(residuals, d),
        dx,
        dy,
        operations=1,
    )
    assert law.holds, law


@given(data=grouped_inputs(distinct=True), order=orders, seed=st.integers(0, 2**32 - 1))
def test_groupsort_jvp_is_difference_quotient(place, dtype, data, order, seed):
    """Law 2: entries differ by 1 or more and move by at most 1/4: no kink between; all numbers are dyadic: exact."""
    values, group_size = data
    dx = np.random.default_rng(seed).integers(-2, 3, values.shape).astype(float)
    x = place(values, dtype)
    _, residuals = groupsort_forward(x, group_size, order=order)
    law = laws.difference(
        lambda z: groupsort(z, group_size, order=order),
        lambda d: groupsort_jvp(residuals, d),
        x,
        place(dx, dtype),
        step=1 / 8,
        operations=0,
        piecewise_linear=True,
    )
    assert law.holds, law


@given(data=grouped_inputs(), order=orders, seed=st.integers(0, 2**32 - 1))
def test_groupsort_preserves_norm(place, dtype, data, order, seed):
    """[SO-GNP] The multiset of the cotangent is kept row by row, hence every p-norm of it."""
    values, group_size = data
    _, residuals = groupsort_forward(place(values, dtype), group_size, order=order)
    dy = np.random.default_rng(seed).standard_normal(values.shape).astype(dtype)
    dx = lipref.to_numpy(groupsort_backward(residuals, place(dy)))
    assert np.array_equal(np.sort(dx, axis=-1), np.sort(dy, axis=-1))


@given(data=grouped_inputs(), other=st.integers(0, 2**32 - 1), p=st.sampled_from([1, 2, np.inf]))
def test_groupsort_is_nonexpansive(data, other, p):
    """1-Lipschitz in every p-norm; integers keep 1 and inf exact, and sqrt of integers is monotone for 2."""
    values, group_size = data
    z = values + np.random.default_rng(other).integers(-4, 5, values.shape)
    before = np.linalg.norm(values - z, ord=p, axis=-1)
    after = np.linalg.norm(groupsort(values, group_size) - groupsort(z, group_size), ord=p, axis=-1)
    assert np.all(after <= before)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_groupsort_sorts_along_any_axis(place, axis):
    """Sorting along an axis is sorting the moved axis; the backward pass moves it back."""
    rng = np.random.default_rng(0)
    values, dy = rng.permutation(6 * 6 * 6).reshape(6, 6, 6).astype(float), rng.standard_normal((6, 6, 6))
    y, residuals = groupsort_forward(place(values), 3, axis=axis)
    moved, moved_residuals = groupsort_forward(place(np.moveaxis(values, axis, -1)), 3)
    dx = groupsort_backward(residuals, place(dy))
    moved_dx = groupsort_backward(moved_residuals, place(np.moveaxis(dy, axis, -1)))
    assert np.array_equal(lipref.to_numpy(y), np.moveaxis(lipref.to_numpy(moved), -1, axis))
    assert np.array_equal(lipref.to_numpy(dx), np.moveaxis(lipref.to_numpy(moved_dx), -1, axis))


@st.composite
def signed_zeros(draw):
    """(values, group_size) with many ties and zeros of both signs, in groups on either side of the networks' sizes."""
    group_size = draw(st.sampled_from([1, 2, 3, 4, 5, 8]))
    shape = (draw(st.integers(0, 4)), draw(st.integers(1, 3)) * group_size)
    size = shape[0] * shape[1]
    pool = draw(st.sampled_from([[-1.0, 0.0, 1.0, 2.0], [-0.0, 0.0, 1.0], [-2.5, 3.5, -1.0, 7.0, 0.0]]))
    values = draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))
    return np.array(values).reshape(shape), group_size


@given(data=st.one_of(signed_zeros(), grouped_inputs()), order=orders, flipped=st.booleans())
def test_both_texts_of_groupsort_are_equal(dtype, data, order, flipped):
    """NumPy's text against the portable one: values, indices and all passes bit for bit, also for views of an array."""
    values, group_size = data
    x = values.astype(dtype)
    x = x[::-1, ::-1] if flipped else x
    d = np.random.default_rng(0).standard_normal(x.shape).astype(dtype)
    results = []
    for fast in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lipref.groupsort._has_fast_text", lambda _, fast=fast: fast)
            y, residuals = groupsort_forward(x, group_size, order=order)
            dx, dy = groupsort_backward(residuals, d), groupsort_jvp(residuals, d)
        results.append([y.tobytes(), residuals.indices.tolist(), residuals.axis, dx.tobytes(), dy.tobytes()])
    assert results[0] == results[1]


@pytest.mark.parametrize("group_size", [2, 4, 512])
def test_both_texts_of_groupsort_are_equal_on_layers(dtype, group_size):
    """The same on the width of a layer, where NumPy's vector loops are in use, with ties in some groups."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 512)).astype(dtype)
    x[::2] = np.round(4 * x[::2]) / 4 + 0.0  # ties, and no negative zero
    d = rng.standard_normal(x.shape).astype(dtype)
    fast = groupsort_forward(x, group_size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lipref.groupsort._has_fast_text", lambda _: False)
        slow = groupsort_forward(x, group_size)
        dx = groupsort_backward(slow[1], d)
    assert fast[0].tobytes() == slow[0].tobytes()
    assert np.array_equal(fast[1].indices, slow[1].indices)
    assert groupsort_backward(fast[1], d).tobytes() == dx.tobytes()


@pytest.mark.parametrize(("axis", "group_size"), [(0, 2), (1, 3), (2, 4), (0, 12)])
def test_groupsort_takes_views(axis, group_size):
    """Transposed, read-only and strided input gives what a contiguous copy gives, in all passes."""
    base = np.random.default_rng(0).standard_normal((24, 24, 24))[::2, ::2, ::2].transpose(2, 0, 1)
    base.flags.writeable = False
    copy = base.copy()
    y, residuals = groupsort_forward(base, group_size, axis=axis)
    expected, copied = groupsort_forward(copy, group_size, axis=axis)
    assert np.array_equal(y, expected)
    assert np.array_equal(groupsort_backward(residuals, base), groupsort_backward(copied, copy))
    assert np.array_equal(groupsort_jvp(residuals, base), groupsort_jvp(copied, copy))


def test_groupsort_jvp_backward_is_zero(place, dtype):
    """The map is piecewise linear: nothing of second order."""
    x = place(np.array([[3.0, 1.0, 2.0]]), dtype)
    _, residuals = groupsort_forward(x, 3)
    x_bar = groupsort_jvp_backward(residuals, x, x)
    assert lipref.to_numpy(x_bar).tolist() == [[0.0, 0.0, 0.0]]
    assert x_bar.dtype == x.dtype


def test_groupsort_breaks_ties_stably():
    """Equal entries keep their order, in both orders: the first of two equal entries is the first of the two ranks."""
    for order in ("ascending", "descending"):
        _, residuals = groupsort_forward(np.array([1.0, 1.0, 1.0]), 3, order=order)
        assert groupsort_backward(residuals, np.array([10.0, 20.0, 30.0])).tolist() == [10.0, 20.0, 30.0]


def test_maxmin_and_fullsort_are_groupsort(place):
    """[SO-MaxMin] pairs as (max, min); [SO-FullSort] one group."""
    x = place(np.array([[1.0, 3.0, 2.0, -5.0]]))
    assert lipref.to_numpy(maxmin(x)).tolist() == [[3.0, 1.0, 2.0, -5.0]]
    assert lipref.to_numpy(fullsort(x)).tolist() == [[-5.0, 1.0, 2.0, 3.0]]


def test_groupsort_is_exact_on_fractions():
    """Exact mode: the same code on fractions."""
    x = lipref.exact(["1/3", "2/7", "1/2", "-1/9"])
    y, residuals = groupsort_forward(x, 2)
    assert y.tolist() == [Fraction(2, 7), Fraction(1, 3), Fraction(-1, 9), Fraction(1, 2)]
    assert groupsort_backward(residuals, y).tolist() == x.tolist()


def test_groupsort_is_homogeneous_for_positive_factors_only():
    """[SO-Homog] GroupSort(a x) = a GroupSort(x) for a >= 0; a = -1 fails already at (1, 2)."""
    x = np.array([2.0, -1.0, 0.5, 4.0])
    assert np.array_equal(groupsort(4 * x, 2), 4 * groupsort(x, 2))
    assert groupsort(-np.array([1.0, 2.0]), 2).tolist() == [-2.0, -1.0]
    assert (-groupsort(np.array([1.0, 2.0]), 2)).tolist() == [-1.0, -2.0]
