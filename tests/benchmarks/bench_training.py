"""One training step of the network 784-1024-1024-1024-10, batch 256, MaxMin, softmax cross-entropy, Adam 1e-3, float32.

Timed are steps 51 to 95 (runs of five steps, two runs not counted), forward, backward and update. Inputs: 2048 normal
rows and random labels, seed 0, the same batches for all. Cases: lipref with the algorithm of the peer (power steps
and three Björck steps in the forward pass, exact gradient), lipref with weights kept orthonormal (tangent projection of
the gradient, retraction to ‖wᵀw - I‖ <= 1e-6 after the step), deel-torchlip's SpectralLinear with at most three and
with its default number of steps. A loss that is not finite voids the run.

The remaining cases report a number: how many of 20 networks 64-128-128-10 are not finite after 50 steps of Adam with
rate 0.1, and the excess over one of the largest true norm, in double precision, of any weight after training.
"""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np

from tests.benchmarks.harness import Target, main

WIDTHS, SMALL, BATCH, BEFORE, GROUP = (784, 1024, 1024, 1024, 10), (64, 128, 128, 10), 256, 40, 5


def inputs(width, samples=2048):
    """(rows, labels)"""
    rng = np.random.default_rng(0)
    return rng.standard_normal((samples, width)).astype("float32"), rng.integers(0, 10, samples)


def batches(x, labels, batch=BATCH):
    """Endless pairs, in order."""
    while True:
        for start in range(0, len(x) - batch + 1, batch):
            yield x[start : start + batch], labels[start : start + batch]


def lipref_trainer(constraint, widths=WIDTHS, rate=1e-3, seed=0, batch=BATCH):
    """(function that makes one step and returns the loss, function that returns the network)"""
    from lipref import constraints
    from lipref.layers import GroupSort
    from lipref.losses import cross_entropy_forward, rows_backward
    from lipref.networks import mlp, project
    from lipref.optim import adam_state, adam_step

    made = {"bjorck": constraints.SpectralBjorck(), "orthonormal": constraints.Orthonormal(1e-6)}[constraint]
    network = mlp(widths, rng=np.random.default_rng(seed), activation=GroupSort(2), constraint=made)
    state, data = adam_state(network), batches(*inputs(widths[0]), batch)

    def step():
        nonlocal network, state
        x, labels = next(data)
        logits, residuals = network.forward(x)
        value, saved = cross_entropy_forward(logits, labels)
        grads = network.backward(residuals, rows_backward(saved))[1]
        network = network.advance(residuals)
        del residuals
        network, state = adam_step(network, grads, state, rate=rate)
        del grads
        network = project(network)
        return float(value)

    return step, lambda: network


def torchlip_trainer(iterations, widths=WIDTHS, rate=1e-3, seed=0, batch=BATCH):
    """The same in deel-torchlip; `iterations` None means its default."""
    import deel.torchlip as torchlip
    import torch
    from deel.torchlip import normalizers

    torch.set_num_threads(2)
    torch.manual_seed(seed)
    if iterations is not None:
        original = normalizers.bjorck_normalization
        module = sys.modules["deel.torchlip.utils.bjorck_norm"]  # the name in the package is a function
        module.bjorck_normalization = lambda w, *args, **kw: original(w, eps=1e-3, maxiter=iterations)
    layers = []
    for inside, outside in itertools.pairwise(widths):
        layers += [torchlip.SpectralLinear(inside, outside), torchlip.GroupSort2()]
    network = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(network.parameters(), lr=rate)
    x, labels = map(torch.from_numpy, inputs(widths[0]))
    data = batches(x, labels, batch)

    def step():
        rows, classes = next(data)
        adam.zero_grad()
        value = torch.nn.functional.cross_entropy(network(rows), classes)
        value.backward()
        adam.step()
        return float(value.detach())

    return step, lambda: network


def timed(trainer, *arguments):
    """Case that runs five steps at a time, from step 41 on; raises when a loss is not finite, which voids the ratio."""

    def case(ready):
        if trainer is torchlip_trainer:
            import torch  # noqa: F401
        else:
            import lipref.constraints
            import lipref.losses
            import lipref.optim  # noqa: F401
        ready()
        step, _ = trainer(*arguments)
        for _ in range(BEFORE):
            step()

        def run():
            for _ in range(GROUP):
                if not math.isfinite(step()):
                    raise ArithmeticError("the loss is not finite; this run cannot be compared")

        return run

    return case


def not_finite(trainer, *arguments):
    """Case that reports how many of 20 small networks break within 50 steps of Adam at rate 0.1."""

    def case(ready):
        ready()
        broken = 0
        for seed in range(20):
            step, _ = trainer(*arguments, SMALL, 0.1, seed, 64)
            try:
                broken += not all(math.isfinite(step()) for _ in range(50))
            except (ArithmeticError, ValueError):
                broken += 1
        return broken

    return case


def norm_excess(constraint, rate, widths):
    """Case that reports the largest true norm minus one over the weights in use after 20 steps, in units of 1e-7."""

    def case(ready):
        ready()
        step, network = lipref_trainer(constraint, widths, rate)
        for _ in range(20):
            step()
        weights = [r.weight for r in network().forward(inputs(widths[0])[0][:1])[1].layers if hasattr(r, "weight")]
        return 1e7 * max(np.linalg.norm(w.astype(np.float64), 2) - 1 for w in weights)

    return case


def named(name, case):
    case.__name__ = name
    return case


CASES = [
    named("lipref_bjorck_3", timed(lipref_trainer, "bjorck")),
    named("lipref_orthonormal", timed(lipref_trainer, "orthonormal")),
    named("torchlip_3", timed(torchlip_trainer, 3)),
    named("torchlip_default", timed(torchlip_trainer, None)),
    named("lipref_bjorck_broken_of_20", not_finite(lipref_trainer, "bjorck")),
    named("lipref_orthonormal_broken_of_20", not_finite(lipref_trainer, "orthonormal")),
    named("torchlip_broken_of_20", not_finite(torchlip_trainer, None)),
    named("lipref_bjorck_excess_1e7", norm_excess("bjorck", 1e-3, WIDTHS)),
    named("lipref_orthonormal_excess_1e7", norm_excess("orthonormal", 1e-3, WIDTHS)),
    named("lipref_orthonormal_steep_excess_1e7", norm_excess("orthonormal", 0.1, SMALL)),
]
TARGETS = [
    Target("same algorithm / deel-torchlip, 3 steps", "lipref_bjorck_3", "torchlip_3", 0.95),
    Target("kept orthonormal / deel-torchlip, 3 steps", "lipref_orthonormal", "torchlip_3", 0.45),
    Target("kept orthonormal / deel-torchlip, 3 steps (aim)", "lipref_orthonormal", "torchlip_3", 0.35),
    Target("same algorithm / deel-torchlip, 3 steps: memory", "lipref_bjorck_3", "torchlip_3", 0.4, "megabytes"),
    Target("kept orthonormal / deel-torchlip, 3 steps: memory", "lipref_orthonormal", "torchlip_3", 0.4, "megabytes"),
]

main(__name__, CASES, TARGETS)
