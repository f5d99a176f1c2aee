"""Rows onto the l1 ball, float32, 1024×1024 and 4096×4096, against the LNets formulation in torch.

Inputs (seed 0): `init`, uniform in ±1/√n as a fresh layer; `dense`, normal rows of l1 norm 1.05, as after a step;
`heavy`, Cauchy; `inside`, rows of norm 0.9. The peer sorts, sums cumulatively and looks the threshold up, as LNets
does; it pushes rows inside outwards, so that it is no projection there. `excess` is the largest exact amount by which
the l1 norm of a row of the result exceeds 1, in units of 1e-9 (summed without rounding): never positive here.
"""

from __future__ import annotations

import math

import numpy as np

from tests.benchmarks.harness import Target, main

KINDS = ("init", "dense", "heavy", "inside")


def inputs(kind, size):
    """A weight (size, size), float32."""
    rng = np.random.default_rng(0)
    if kind == "init":
        w = rng.uniform(-1, 1, (size, size)) / math.sqrt(size)
    elif kind == "heavy":
        w = rng.standard_cauchy((size, size))
    else:
        w = rng.standard_normal((size, size))
        w *= (1.05 if kind == "dense" else 0.9) / np.abs(w).sum(axis=1, keepdims=True)
    return w.astype(np.float32)


def lipref_case(kind, size):
    def case(ready):
        from lipref.projections import l1_ball

        ready()
        w = inputs(kind, size)
        return lambda: l1_ball(w)

    return case


def lnets_case(kind, size):
    def case(ready):
        import torch

        torch.set_num_threads(2)
        ready()
        w = torch.from_numpy(inputs(kind, size))

        def run():
            with torch.no_grad():
                ordered = torch.sort(w.abs(), dim=1, descending=True).values
                cumulative = ordered.cumsum(dim=1) - 1
                count = torch.arange(1, size + 1, dtype=w.dtype)
                last = (ordered * count > cumulative).sum(dim=1, keepdim=True)
                threshold = cumulative.gather(1, last - 1) / last
                return torch.sign(w) * torch.relu(w.abs() - threshold)

        return run

    return case


def excess_case(kind, size):
    def case(ready):
        from lipref.projections import l1_ball

        ready()
        return 1e9 * max(math.fsum([*row, -1.0]) for row in np.abs(l1_ball(inputs(kind, size))).tolist())

    return case


def named(name, case):
    case.__name__ = name
    return case


CASES, TARGETS = [], []
for size in (1024, 4096):
    for kind in KINDS:
        CASES += [
            named(f"lipref_{kind}_{size}", lipref_case(kind, size)),
            named(f"lnets_{kind}_{size}", lnets_case(kind, size)),
            named(f"excess_{kind}_{size}", excess_case(kind, size)),
        ]
        TARGETS.append(Target(f"{kind} {size}: lipref / LNets", f"lipref_{kind}_{size}", f"lnets_{kind}_{size}", 0.35))

main(__name__, CASES, TARGETS)
