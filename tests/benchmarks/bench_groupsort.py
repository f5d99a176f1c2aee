"""GroupSort forward and backward at (512, 1024), float32, against deel-torchlip: groups of 2 and 4, and the full sort.

Inputs: normal entries and cotangents, seed 0. Both libraries compute the sorted values and the gradient of the input,
lipref through `groupsort_forward` and `groupsort_backward` with all their checks.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.harness import Target, main

SHAPE = (512, 1024)


def inputs():
    """(x, cotangent)"""
    rng = np.random.default_rng(0)
    return rng.standard_normal(SHAPE).astype(np.float32), rng.standard_normal(SHAPE).astype(np.float32)


def lipref_case(group_size):
    def case(ready):
        from lipref.groupsort import groupsort_backward, groupsort_forward

        ready()
        x, g = inputs()

        def run():
            _, residuals = groupsort_forward(x, group_size)
            groupsort_backward(residuals, g)

        return many(run, group_size)

    return case


def torchlip_case(group_size):
    def case(ready):
        import torch
        from deel.torchlip import FullSort, GroupSort

        torch.set_num_threads(2)
        ready()
        values, g = map(torch.from_numpy, inputs())
        x = values.requires_grad_()
        layer = FullSort() if group_size == SHAPE[1] else GroupSort(group_size)

        def run():
            x.grad = None
            layer(x).backward(g)

        return many(run, group_size)

    return case


def many(run, group_size):
    """Twenty calls of the short ones, so that one measurement takes about 50 ms."""

    def repeated():
        for _ in range(1 if group_size == SHAPE[1] else 20):
            run()

    return repeated


def named(name, case):
    case.__name__ = name
    return case


CASES, TARGETS = [], []
for group_size, at_most in ((2, 0.6), (4, 0.6), (SHAPE[1], 1.15)):
    CASES += [
        named(f"lipref_{group_size}", lipref_case(group_size)),
        named(f"torchlip_{group_size}", torchlip_case(group_size)),
    ]
    title = f"groups of {group_size}: lipref / deel-torchlip"
    TARGETS.append(Target(title, f"lipref_{group_size}", f"torchlip_{group_size}", at_most))

main(__name__, CASES, TARGETS)
