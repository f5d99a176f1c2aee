"""Certified classification of real handwritten digits, in ℓ2 and in ℓ∞ (`lipref run digits`).

Two 1-Lipschitz GroupSort networks, trained with the hand-derived passes, per seed:

    l2      64-128-128-10, orthonormal weights (Björck in the forward pass), MaxMin, softmax cross-entropy with a
            temperature; certificate margin/(√2 K), K = `lipschitz_bound` of the frozen network
    linf    64-256-256-10, rows in the l1 ball (projected after the step), MaxMin, multiclass hinge; certificate
            margin/(2 K)

Data: scikit-learn's bundled digits, pixels divided by 16, 65 % train, 15 % validation, 20 % test, split by the seed.
Widths, rates, temperature and margin were chosen on splits of the first two parts alone; with these settings the
networks are trained on both, and the test part is evaluated once per seed.

Certificates are for the network frozen in mode *sound*, evaluated in double precision, and for perturbations of any
size of the pixels, also beyond [0, 1]. Beside them stands the accuracy under projected gradient descent, at the same
radii: a certified input that an attack breaks would refute the certificate, and is an error here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json as json_module
import math
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lipref
from lipref import certificates, constraints, datasets, losses, optim
from lipref._array import require_integer
from lipref.attacks import accuracy, pgd
from lipref.errors import DomainError, LiprefError
from lipref.layers import GroupSort
from lipref.networks import freeze, lipschitz_bound, map_parameters, mlp, project

SCHEMA = "lipref.digits/1"


@dataclass(frozen=True)
class Settings:
    """One kind of network and how it is trained."""

    kind: str
    norm: float
    """The p of the input norm of the certificate."""
    widths: tuple[int, ...]
    steps: int
    batch: int
    rate: float
    """Of Adam, decaying to zero along a half cosine."""
    radii: tuple[float, ...]
    temperature: float = 1.0
    """Of the cross-entropy, where there is no margin."""
    margin: float | None = None
    """Of the multiclass hinge."""


L2 = Settings("l2", 2, (64, 128, 128, 10), 2500, 128, 1e-2, (0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0), temperature=4.0)
LINF = Settings(
    "linf", math.inf, (64, 256, 256, 10), 1000, 128, 1e-2, (0.0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1), margin=0.15
)


def run(
    *,
    seeds: tuple[int, ...] | list[int] = (0, 1, 2),
    json: str | os.PathLike | None = None,
    png: str | os.PathLike | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train and certify both networks for every seed; returns what the JSON holds.

    Parameters
    ----------
    seeds : three or more non-negative integers, all different; each fixes split, initialisation, batches and attack
    json : path of the file to write with all numbers, or None
    png : path of the picture to write, or None; needs matplotlib
    progress : bool
        Show a progress bar on the terminal and print the table at the end.

    Returns
    -------
    dict
        {"schema", "lipref", "python", "numpy", "seeds", "settings", "runs": [{"kind", "seed", "lipschitz", "seconds",
        "train_loss", "samples", "clean", "radii", "certified", "attacked", "mean_radius"}], "summary"}, all accuracies
        on the test part; equal seeds give equal results but for "seconds" on one machine.

    Raises
    ------
    DomainError
        Fewer than three seeds, repeated or negative ones.
    LiprefError
        A certified input was broken by the attack (which would be a mistake in lipref).
    BackendError
        scikit-learn or, for `png`, matplotlib is not installed.
    """
    for seed in seeds:
        require_integer("run digits", "seed", seed, at_least=0)
    if len(seeds) < 3 or len(set(seeds)) != len(seeds):
        raise DomainError("run digits", "three or more different seeds", f"{list(seeds)}", seeds=list(seeds))
    if png is not None:
        _plotting()  # fails before the training where matplotlib is missing
    runs = []
    with _one_thread(), _Bar(progress, len(seeds) * (L2.steps + LINF.steps)) as bar:
        for seed in seeds:
            split = datasets.digits(seed=seed)
            for settings in (L2, LINF):
                bar.say(f"{settings.kind}, seed {seed}")
                runs.append(_one(settings, split, int(seed), bar))
    report = {
        "schema": SCHEMA,
        "lipref": lipref.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seeds": [int(seed) for seed in seeds],
        "settings": [_plain(settings) for settings in (L2, LINF)],
        "runs": runs,
        "summary": [_summary(settings, runs) for settings in (L2, LINF)],
    }
    if json is not None:
        Path(json).write_text(json_module.dumps(report, indent=1) + "\n", encoding="utf-8")
    if png is not None:
        draw(report, png)
    if progress:
        print_table(report)
    return report


def train(settings: Settings, data: tuple[np.ndarray, np.ndarray], seed: int, tick: Any = lambda: None) -> Any:
    """The trained network, not frozen, and the mean loss of the last hundred steps."""
    images, labels = data
    rng = np.random.default_rng([seed, 1])
    constraint: Any
    if settings.kind == "l2":
        constraint = constraints.Bjorck(iterations=3)
    else:
        constraint = constraints.Projected(constraints.L1Rows())
    network: Any = mlp(
        settings.widths,
        rng=rng,
        activation=GroupSort(2, order="descending"),
        scheme="orthogonal",
        constraint=constraint,
    )
    network = project(network)
    state = optim.adam_state(network)
    last = []
    for step in range(settings.steps):
        chosen = rng.integers(0, len(images), settings.batch)
        logits, residuals = network.forward(images[chosen])
        if settings.margin is None:
            value, saved = losses.cross_entropy_forward(logits, labels[chosen], temperature=settings.temperature)
        else:
            value, saved = losses.multiclass_hinge_forward(logits, labels[chosen], settings.margin)
        _, grads = network.backward(residuals, losses.rows_backward(saved))
        rate = settings.rate * (1 + math.cos(math.pi * step / settings.steps)) / 2
        network, state = optim.adam_step(network.advance(residuals), grads, state, rate=rate)
        network = project(network)
        last.append(float(value))
        tick()
    return network, float(np.mean(last[-100:]))


def evaluate(settings: Settings, network: Any, data: tuple[np.ndarray, np.ndarray], seed: int) -> dict[str, Any]:
    """Clean accuracy of a frozen network, and the certified and the attacked one at every radius.

    Raises a LiprefError if the attack changes the class of a certified input.
    """
    images, labels = data[0].astype(np.float64), data[1]
    network = map_parameters(lambda w: w.astype(np.float64), network)
    lipschitz = lipschitz_bound(network, settings.norm)
    kind = "joint-l2" if settings.norm == 2 else "per-logit"
    logits = network(images)
    radii = certificates.radius(logits, labels, lipschitz=lipschitz, kind=kind)
    result: dict[str, Any] = {
        "samples": len(labels),
        "lipschitz": lipschitz,
        "clean": accuracy(network, images, labels),
        "radii": list(settings.radii),
        "certified": certificates.certified_accuracy(radii, settings.radii).tolist(),
        "mean_radius": float(np.mean(radii)),
    }
    result["attacked"] = []
    for epsilon in settings.radii:
        rng = np.random.default_rng([seed, 2])
        moved = pgd(network, images, labels, epsilon, norm=settings.norm, steps=20, restarts=1, rng=rng)
        kept = network(moved)
        right = certificates.margin(kept, labels) > 0
        broken = (radii > epsilon) & ~right
        if np.any(broken):
            raise LiprefError(
                "run digits",
                f"certified inputs to keep their class at radius {epsilon}",
                f"{int(np.sum(broken))} broken by the attack",
                rows=np.flatnonzero(broken).tolist(),
            )
        result["attacked"].append(float(np.mean(right)))
    return result


def _one_thread() -> Any:
    """The matrices are small: threads of the linear algebra cost more than they bring. Comes with scikit-learn."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    return threadpool_limits(1)


def _one(settings: Settings, split: datasets.Split, seed: int, bar: _Bar) -> dict[str, Any]:
    start = time.perf_counter()
    images, labels = (np.concatenate(parts) for parts in zip(split.train, split.validation, strict=True))
    network, loss = train(settings, (images, labels), seed, bar.tick)
    result = evaluate(settings, freeze(network, "sound"), split.test, seed)
    seconds = round(time.perf_counter() - start, 2)
    return {"kind": settings.kind, "seed": seed, "train_loss": loss, **result, "seconds": seconds}


def _plain(settings: Settings) -> dict[str, Any]:
    """As JSON has it: no infinity, no tuples."""
    fields = dataclasses.asdict(settings)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()} | {
        "norm": str(settings.norm)
    }


def _summary(settings: Settings, runs: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = [run for run in runs if run["kind"] == settings.kind]
    summary: dict[str, Any] = {"kind": settings.kind, "radii": list(settings.radii)}
    for name in ("certified", "attacked"):
        values = np.array([entry[name] for entry in chosen])
        summary[name] = values.mean(axis=0).tolist()
        summary[f"{name}_min"] = values.min(axis=0).tolist()
        summary[f"{name}_max"] = values.max(axis=0).tolist()
    clean = [entry["clean"] for entry in chosen]
    summary |= {"clean": float(np.mean(clean)), "clean_min": min(clean), "clean_max": max(clean)}
    return summary


def print_table(report: dict[str, Any]) -> None:
    """Means over the seeds, with the least of them, as a table on the terminal."""
    from rich.console import Console
    from rich.table import Table

    for entry in report["summary"]:
        norm = {"l2": "ℓ2", "linf": "ℓ∞"}[entry["kind"]]
        title = f"{norm} network, {len(report['seeds'])} seeds: clean {entry['clean']:.1%}"
        table = Table("radius", "certified", "least", "under attack", "least", title=title)
        for index, radius in enumerate(entry["radii"]):
            names = ("certified", "certified_min", "attacked", "attacked_min")
            table.add_row(f"{radius:g}", *(f"{entry[name][index]:.1%}" for name in names))
        Console().print(table)


def _plotting() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise lipref.BackendError(
            "run digits", "the package matplotlib", f"{error}; install lipref[experiments]"
        ) from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


ALT_TEXT = (
    "Two panels, one for the l2 and one for the l-infinity network: accuracy against the radius of the perturbation. "
    "Certified accuracy starts at the clean accuracy and falls with the radius; accuracy under attack lies above it "
    "everywhere. Bands show the least and the largest value over the seeds."
)


def draw(report: dict[str, Any], path: str | os.PathLike) -> None:
    """The picture of a report: accuracy over radius, certified and under attack, one panel per network."""
    pyplot = _plotting()
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True, constrained_layout=True)
    for axis, entry in zip(axes, report["summary"], strict=True):
        for name, label, style in (("attacked", "under attack", "--s"), ("certified", "certified", "-o")):
            (line,) = axis.plot(entry["radii"], entry[name], style, label=label, markersize=4)
            low, high = entry[f"{name}_min"], entry[f"{name}_max"]
            axis.fill_between(entry["radii"], low, high, color=line.get_color(), alpha=0.2)
        axis.set_title({"l2": "ℓ2, Björck and MaxMin", "linf": "ℓ∞, l1 rows and MaxMin"}[entry["kind"]])
        axis.set_xlabel("radius")
        axis.set_ylim(0, 1.02)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("test accuracy")
    axes[0].legend()
    figure.savefig(path, dpi=150, metadata={"Description": ALT_TEXT})
    pyplot.close(figure)


class _Bar:
    """A rich progress bar over training steps, or nothing."""

    def __init__(self, shown: bool, total: int) -> None:
        self.progress: Any = None
        if shown:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self.progress = Progress(*columns)
            self.task = self.progress.add_task("training", total=total)

    def __enter__(self) -> _Bar:
        if self.progress is not None:
            self.progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def say(self, text: str) -> None:
        if self.progress is not None:
            self.progress.update(self.task, description=text)

    def tick(self) -> None:
        if self.progress is not None:
            self.progress.advance(self.task)
