"""GroupSort is locally a permutation: its jvp is P, its pull-back Pᵀ; and the networks of NumPy's text sort stably.

Claims. (a) Off ties the sorted group is y = P x with P constant nearby, so jvp = P and backward = Pᵀ, with P Pᵀ = I:
every p-norm of a cotangent is kept. (b) A network of comparators of neighbours that exchange only what is strictly
out of order sorts stably if it sorts; those of `lipref._groupsort_numpy` do, for groups of 2, 3, 4.

Level. (a): all orders of groups of up to 4, by the code in fractions; larger groups only repeat it. (b): a comparator
of neighbours never moves an entry past an equal one, hence stability for any width; that they sort: the 0-1 principle,
exhaustively, and all inputs with ties among k values as well.
"""

import itertools

import numpy as np

import lipref
from lipref._groupsort_numpy import SORT, UNSORT
from lipref.groupsort import groupsort_backward, groupsort_forward, groupsort_jvp


def check_permutation():
    """(a) The matrices of jvp and backward at each order of distinct entries."""
    for k in (1, 2, 3, 4):
        basis = lipref.exact(np.eye(k))
        for order in itertools.permutations(range(k)):
            x = lipref.exact([list(order)] * k)
            y, residuals = groupsort_forward(x, k)
            p, transposed = groupsort_jvp(residuals, basis).T, groupsort_backward(residuals, basis).T
            assert (p @ x[0] == y[0]).all()
            assert (transposed == p.T).all()
            assert (p @ p.T == basis).all()


def run(network, values, stable):
    """The comparators on (value, origin); strict where `stable`."""
    pairs = [(value, origin) for origin, value in enumerate(values)]
    for i, j in network:
        if pairs[i][0] > pairs[j][0]:
            pairs[i], pairs[j] = pairs[j], pairs[i]
        assert not stable or j == i + 1
    return pairs


def check_networks():
    """(b) Sorted, and equal values in the order of their origins, for all k^k inputs."""
    for k, network in SORT.items():
        for values in itertools.product(range(k), repeat=k):
            assert run(network, values, stable=True) == sorted(zip(values, range(k)))
        for values in itertools.permutations(range(k)):
            assert run(UNSORT[k], values, stable=False) == sorted(zip(values, range(k)))


check_permutation()
check_networks()
