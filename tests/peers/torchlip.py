"""deel-torchlip under the contracts: every public layer, activation, functional and loss that a contract speaks about.

    python -m tests.peers.torchlip --json docs/results/peers.json

Conventions (halved hinge, labels, the true class's weight, sorted axis) are stated, so that what fails is no matter of
convention. Tolerances are the library's own where it states one: its Björck iteration stops at 1e-3.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import torch

from lipref.conformance import Report, Subject, check
from lipref.conformance.report import plain
from lipref.conformance.torch import subject

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from deel import torchlip
    from deel.torchlip import functional

SCHEMA = "lipref-peers/1"
EXAMPLES = 50


class Row(NamedTuple):
    """One object of the library, the contract it is held to, and the conventions stated for it."""

    name: str
    build: Callable[[], Any]
    contract: str
    parameters: dict[str, Any]
    tolerance: float | None = None
    note: str = ""


def trained(module: torch.nn.Module, shape: tuple[int, ...]) -> Subject:
    """The module after 20 Adam steps on a fixed regression, in evaluation mode."""
    torch.manual_seed(0)
    x = torch.randn(32, *shape)
    target = torch.randn_like(module(x).detach())
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-3)
    for _ in range(20):
        optimiser.zero_grad()
        ((module(x) - target) ** 2).mean().backward()
        optimiser.step()
    module.eval()
    return subject(module, mode="eval", name=type(module).__name__)


def exported(module: torch.nn.Module, shape: tuple[int, ...]) -> Subject:
    """The plain layer that the trained module exports."""
    trained(module, shape)
    return subject(module.vanilla_export(), mode="eval", name=f"{type(module).__name__} exported")


def seeded(build: Callable[[], torch.nn.Module]) -> torch.nn.Module:
    """A module with parameters that are the same in every run."""
    torch.manual_seed(0)
    return build()


def mean_of(loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Losses of this library take (batch, 1) and return one term per row."""
    return lambda f, y: loss(f[:, None], y[:, None]).mean()


def float64(function: Any, name: str) -> Subject:
    """The function, on float64 tensors."""
    return subject(function, dtype="float64", name=name)


IMAGES = {"axis": 1}
ROWS = [
    Row("GroupSort2", torchlip.GroupSort2, "groupsort", {"group_size": 2, **IMAGES}),
    Row("GroupSort(4)", lambda: torchlip.GroupSort(4), "groupsort", {"group_size": 4, **IMAGES}),
    Row("FullSort", torchlip.FullSort, "groupsort", {"groups": 1}),
    Row("functional.group_sort_2", lambda: float64(functional.group_sort_2, "group_sort_2"), "groupsort", {"group_size": 2, **IMAGES}),
    Row("functional.group_sort (3)", lambda: float64(lambda x: functional.group_sort(x, 3), "group_sort"), "groupsort", {"group_size": 3}),
    Row("functional.full_sort", lambda: float64(functional.full_sort, "full_sort"), "groupsort", {"groups": 1}),
    Row("GroupSort2 as isometry", torchlip.GroupSort2, "gnp_activation", {}),
    Row("HouseHolder", lambda: seeded(lambda: torchlip.HouseHolder(12)), "activation", {"input_shape": (12,)}),
    Row("MaxMin", torchlip.MaxMin, "activation", {}, note="concatenated ReLU(x), ReLU(-x); not the MaxMin of the first paper"),
    Row("MaxMin as isometry", torchlip.MaxMin, "gnp_activation", {}, note="twice as many outputs as inputs"),
    Row("LPReLU", lambda: seeded(torchlip.LPReLU), "activation", {}),
    Row("functional.lipschitz_prelu", lambda: float64(lambda x: functional.lipschitz_prelu(x, torch.tensor([1.7], dtype=x.dtype)), "lipschitz_prelu"), "activation", {}),
    Row("SpectralLinear 24→24, trained", lambda: trained(seeded(lambda: torchlip.SpectralLinear(24, 24)), (24,)), "linear_layer", {"input_shape": (24,), "tight": True}, 1e-3),
    Row("SpectralLinear 24→24, trained, strict", lambda: trained(seeded(lambda: torchlip.SpectralLinear(24, 24)), (24,)), "linear_layer", {"input_shape": (24,)}, 0.0, "the bound 1 taken literally"),
    Row("SpectralLinear 24→24, exported, strict", lambda: exported(seeded(lambda: torchlip.SpectralLinear(24, 24)), (24,)), "linear_layer", {"input_shape": (24,)}, 0.0, "the bound 1 taken literally"),
    Row("SpectralLinear 24→8, trained", lambda: trained(seeded(lambda: torchlip.SpectralLinear(24, 8)), (24,)), "linear_layer", {"input_shape": (24,), "tight": True}, 1e-3),
    Row("SpectralLinear, K = 3", lambda: trained(seeded(lambda: torchlip.SpectralLinear(24, 24, k_coef_lip=3.0)), (24,)), "linear_layer", {"input_shape": (24,), "lipschitz": 3.0, "tight": True}, 1e-3),
    Row("SpectralLinear, K = 1/3", lambda: trained(seeded(lambda: torchlip.SpectralLinear(24, 24, k_coef_lip=1 / 3)), (24,)), "linear_layer", {"input_shape": (24,), "lipschitz": 1 / 3, "tight": True}, 1e-3),
    Row("FrobeniusLinear 24→1", lambda: trained(seeded(lambda: torchlip.FrobeniusLinear(24, 1)), (24,)), "linear_layer", {"input_shape": (24,), "tight": True}),
    Row("FrobeniusLinear 24→8, disjoint neurons", lambda: trained(seeded(lambda: torchlip.FrobeniusLinear(24, 8)), (24,)), "linear_layer", {"input_shape": (24,)}, note="by default each neuron is normalised alone: each is 1-Lipschitz, the layer is not"),
    Row("FrobeniusLinear 24→8, joint", lambda: trained(seeded(lambda: torchlip.FrobeniusLinear(24, 8, disjoint_neurons=False)), (24,)), "linear_layer", {"input_shape": (24,)}),
    Row("SpectralConv2d 3×3", lambda: trained(seeded(lambda: torchlip.SpectralConv2d(2, 4, 3, padding=1)), (2, 6, 6)), "conv_layer", {"input_shape": (2, 6, 6)}, 1e-3),
    Row("FrobeniusConv2d 3×3", lambda: trained(seeded(lambda: torchlip.FrobeniusConv2d(2, 4, 3, padding=1)), (2, 6, 6)), "conv_layer", {"input_shape": (2, 6, 6)}),
    Row("SpectralConvTranspose2d 3×3", lambda: trained(seeded(lambda: torchlip.SpectralConvTranspose2d(2, 4, 3)), (2, 5, 5)), "conv_layer", {"input_shape": (2, 5, 5)}, 1e-3),
    Row("ScaledAvgPool2d 2", lambda: torchlip.ScaledAvgPool2d(2), "conv_layer", {"input_shape": (2, 4, 4), "tight": True}),
    Row("ScaledAdaptiveAvgPool2d 1", lambda: torchlip.ScaledAdaptiveAvgPool2d((1, 1)), "conv_layer", {"input_shape": (2, 4, 4), "tight": True}),
    Row("ScaledL2NormPool2d 2", lambda: torchlip.ScaledL2NormPool2d(2), "network", {"input_shape": (2, 4, 4)}),
    Row("InvertibleDownSampling 2", lambda: torchlip.InvertibleDownSampling(2), "conv_layer", {"input_shape": (2, 4, 4), "tight": True}),
    Row("InvertibleUpSampling 2", lambda: torchlip.InvertibleUpSampling(2), "conv_layer", {"input_shape": (4, 2, 2), "tight": True}),
    Row(
        "Sequential of SpectralLinear and GroupSort2",
        lambda: trained(seeded(lambda: torchlip.Sequential(torchlip.SpectralLinear(12, 16), torchlip.GroupSort2(), torchlip.SpectralLinear(16, 16), torchlip.GroupSort2(), torchlip.FrobeniusLinear(16, 1))), (12,)),
        "network",
        {"input_shape": (12,)},
        1e-3,
    ),
    Row("functional.kr_loss", lambda: float64(mean_of(functional.kr_loss), "kr_loss"), "loss_kr", {"sense": "maximise"}),
    Row("KRLoss, labels 0 and 1", lambda: float64(mean_of(torchlip.KRLoss()), "KRLoss"), "loss_kr", {"sense": "maximise", "labels": "01"}),
    Row("functional.neg_kr_loss", lambda: float64(mean_of(functional.neg_kr_loss), "neg_kr_loss"), "loss_kr", {}),
    Row("functional.hinge_margin_loss", lambda: float64(mean_of(functional.hinge_margin_loss), "hinge_margin_loss"), "loss_hinge", {"halved": True}),
    Row("HingeMarginLoss(2)", lambda: float64(mean_of(torchlip.HingeMarginLoss(2.0)), "HingeMarginLoss"), "loss_hinge", {"halved": True, "margin": 2.0}),
    Row("functional.hkr_loss", lambda: float64(mean_of(lambda f, y: functional.hkr_loss(f, y, 0.9)), "hkr_loss"), "loss_hkr", {"alpha": 0.9, "combination": "convex", "halved": True}),
    Row("HKRLoss(0.5)", lambda: float64(mean_of(torchlip.HKRLoss(0.5, 2.0)), "HKRLoss"), "loss_hkr", {"alpha": 0.5, "combination": "convex", "halved": True, "margin": 2.0}),
    Row("functional.hinge_multiclass_loss", lambda: float64(lambda f, y: functional.hinge_multiclass_loss(f, y).mean(), "hinge_multiclass_loss"), "loss_multiclass_hinge", {"form": "one_vs_all", "halved": True, "class_reduction": "mean", "labels": "onehot"}),
    Row("TauBCEWithLogitsLoss(2), times 2", lambda: float64(lambda f, y: 2 * torchlip.TauBCEWithLogitsLoss(2.0)(f, y), "TauBCEWithLogitsLoss"), "loss_bce", {"temperature": 2.0, "labels": "01"}, note="the library divides the value by the temperature"),
]  # fmt: skip


def run(row: Row, examples: int = EXAMPLES) -> Report:
    """The row's report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return check(row.build(), row.contract, tolerance=row.tolerance, examples=examples, **row.parameters)


def main() -> None:
    """Run all rows; print one line each, and write everything as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where the results go")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for row in ROWS:
        report = run(row)
        failed = ", ".join(report.failed()) or "conforms"
        print(f"{row.name:48} {row.contract:24} {failed}", flush=True)
        entry = report.to_dict()
        found = [each for each in entry["checks"] if each["ok"] is False]
        rows.append(
            {
                "name": row.name,
                "contract": row.contract,
                "parameters": {key: plain(value) for key, value in row.parameters.items()},
                "tolerance": plain(row.tolerance),
                "note": row.note,
                "conforms": report.ok,
                "checked": sum(each["ok"] is not None for each in entry["checks"]),
                "violations": [{key: each[key] for key in ("name", "statements", "message")} for each in found],
            }
        )
    result = {
        "schema": SCHEMA,
        "library": "deel-torchlip",
        "version": metadata.version("deel-torchlip"),
        "torch": torch.__version__,
        "examples": EXAMPLES,
        "rows": rows,
    }
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
