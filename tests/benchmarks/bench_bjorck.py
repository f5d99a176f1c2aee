"""Björck iterations of order 1 at 1024×1024, forward and exact backward, against deel-torchlip and LNets.

Inputs: a weight with singular values drawn uniformly from [0.87, 1], as in training, and a normal cotangent; seed 0.
The peers: deel-torchlip's `bjorck_normalization` (eps = 0, so that it takes all steps; its gradient is right up to four
steps), and the LNets formulation written out in torch, differentiated by autograd (right for any number of steps).
lipref leaves out steps that would not move the result; the cases named `all_steps` take them nevertheless, on a weight
with one singular value of 1e-4, so that fifteen steps do not converge.
"""

from __future__ import annotations

import numpy as np

from tests.benchmarks.harness import Target, main

SIZE = 1024


def inputs(dtype, smallest=None):
    """(weight, cotangent)"""
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.standard_normal((SIZE, SIZE)))[0] for _ in range(2))
    values = rng.uniform(0.87, 1, SIZE)
    if smallest is not None:
        values[0] = smallest
    return ((left * values) @ right).astype(dtype), rng.standard_normal((SIZE, SIZE)).astype(dtype)


def product(dtype):
    def case(ready):
        ready()
        a, b = inputs(dtype)
        return lambda: a @ b

    return case


def lipref_case(dtype, smallest=None, **keywords):
    def case(ready):
        from lipref.orthogonal import bjorck_backward, bjorck_forward

        ready()
        w, g = inputs(dtype, smallest)

        def run():
            _, residuals = bjorck_forward(w, **keywords)
            bjorck_backward(residuals, g)

        return run

    return case


def polar_case(dtype):
    def case(ready):
        from lipref.orthogonal import polar_backward, polar_forward

        ready()
        w, g = inputs(dtype)

        def run():
            _, residuals = polar_forward(w, method="fixed-point")
            polar_backward(residuals, g)

        return run

    return case


def torch_case(dtype, orthonormalise, smallest=None):
    def case(ready):
        import torch
        from deel.torchlip.normalizers import bjorck_normalization

        torch.set_num_threads(2)
        ready()
        values, g = map(torch.from_numpy, inputs(dtype, smallest))
        w = torch.nn.Parameter(values)

        def run():
            w.grad = None
            orthonormalise(bjorck_normalization, w).backward(g)

        return run

    return case


def torchlip(steps):
    return lambda bjorck_normalization, w: bjorck_normalization(w, eps=0, maxiter=steps)


def lnets(steps):
    def orthonormalise(_, w):
        for _ in range(steps):
            w = (1 + 0.5) * w - 0.5 * w.mm(w.t().mm(w))
        return w

    return orthonormalise


def named(name, case):
    case.__name__ = name
    return case


CASES, TARGETS = [], []
for dtype, three, fifteen in (("float32", 0.95, 0.85), ("float64", 0.80, 0.75)):
    CASES += [
        named(f"product_{dtype}", product(dtype)),
        named(f"lipref_3_{dtype}", lipref_case(dtype, iterations=3)),
        named(f"torchlip_3_{dtype}", torch_case(dtype, torchlip(3))),
        named(f"lipref_15_{dtype}", lipref_case(dtype, iterations=15)),
        named(f"lipref_15_all_steps_{dtype}", lipref_case(dtype, smallest=1e-4, iterations=15)),
        named(f"lnets_15_{dtype}", torch_case(dtype, lnets(15))),
        named(f"lipref_polar_{dtype}", polar_case(dtype)),
    ]
    for title, ours, peer, at_most in (
        ("3 steps / deel-torchlip", "lipref_3", "torchlip_3", three),
        ("15 steps / LNets", "lipref_15", "lnets_15", fifteen),
        ("15 steps, none left out / LNets", "lipref_15_all_steps", "lnets_15", fifteen),
        ("to convergence, closed pull-back / LNets", "lipref_polar", "lnets_15", 0.45),
    ):
        ours, peer = f"{ours}_{dtype}", f"{peer}_{dtype}"
        TARGETS.append(Target(f"{dtype}: {title}", ours, peer, at_most))
        TARGETS.append(Target(f"{dtype}: {title}: memory", ours, peer, 0.4, "megabytes"))
    for steps, ours in ((3, "lipref_3"), (15, "lipref_15_all_steps")):
        title = f"{dtype}: {steps} steps / 5 products a step"
        TARGETS.append(Target(title, f"{ours}_{dtype}", f"product_{dtype}", 1.1, factor=5 * steps))

main(__name__, CASES, TARGETS)
