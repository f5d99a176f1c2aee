"""Timing of lipref and its peers: every case in a process of its own, both cores, the median with its extremes.

A benchmark file defines cases and ends with `main(...)`. A case is a function of one argument, `ready`: it imports its
library, calls `ready()`, makes its inputs, and returns the function to be timed (or a number, for a case that reports
one). `python -m tests.benchmarks.bench_NAME` runs all cases, prints a table and the ratios to the targets, and
writes JSON with `--json FILE`; `--only TEXT` picks cases by a part of their name.

    def lipref_sort(ready):
        from lipref.groupsort import groupsort
        ready()
        x = inputs()
        return lambda: groupsort(x, 2)

    main(__name__, [lipref_sort, torch_sort], [Target("sort", "lipref_sort", "torch_sort", 0.6)])

`seconds` is the median of `repeat` calls after two that are not counted. `megabytes` is the peak of resident memory
during the calls, inputs included, above what was resident at `ready()`. `foreign` is the number of cores that other
processes kept busy meanwhile; a case is measured again, up to five times in all, until it is at most 0.15, and the
quietest run counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

REPEAT, ATTEMPTS, QUIET = 9, 5, 0.15


class Target(NamedTuple):
    """A ratio that is meant to be reached: `field` of case `ours` over that of case `peer`, times `factor`."""

    name: str
    ours: str
    peer: str
    at_most: float
    field: str = "seconds"
    factor: float = 1.0
    """Multiplies the peer: a count of matrix products, for example."""


def measure(run: Callable[[], Any], *, repeat: int = REPEAT, warmup: int = 2) -> dict[str, Any]:
    """Median, minimum and maximum wall time of `run()` in seconds, and the cores that others used meanwhile."""
    for _ in range(warmup):
        run()
    times, busy, own, start = [], _busy_seconds(), time.process_time(), time.perf_counter()
    for _ in range(repeat):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    elapsed = time.perf_counter() - start
    foreign = max(0.0, _busy_seconds() - busy - (time.process_time() - own)) / elapsed
    return {"seconds": statistics.median(times), "min": min(times), "max": max(times), "foreign": foreign}


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": model,
        "cores": cores,
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
    }


def main(module: str, cases: Sequence[Callable], targets: Sequence[Target] = ()) -> None:
    """Command line of a benchmark file; does nothing when the file is imported."""
    if module != "__main__":
        return
    name = sys.modules["__main__"].__spec__.name
    table = {case.__name__: case for case in cases}
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--case", choices=table, help="measure one case in this process and print it as JSON")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(_measure_here(table[options.case])))
        return
    where = machine()
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    figures = {case: _measure_apart(name, case) for case in table if options.only in case}
    print(f"{'case':44}{'median ms':>11}{'min':>9}{'max':>9}{'MB':>8}{'foreign':>9}")
    for case, row in figures.items():
        if "value" in row:
            print(f"{case:44}{row['value']:11.3g}")
        else:
            columns = "".join(
                f"{1e3 * row[key]:{width}.1f}" for key, width in (("seconds", 11), ("min", 9), ("max", 9))
            )
            print(f"{case:44}{columns}{row['megabytes']:8.1f}{row['foreign']:9.2f}")
    ratios = []
    for target in targets:
        if target.ours in figures and target.peer in figures:
            ratio = figures[target.ours][target.field] / (target.factor * figures[target.peer][target.field])
            reached = ratio <= target.at_most
            ratios.append({**target._asdict(), "ratio": ratio, "reached": reached})
            print(f"{target.name:62}{ratio:8.3f}  target <= {target.at_most}{'' if reached else '   NOT REACHED'}")
    if options.json:
        result = {"schema": 1, "benchmark": name, "machine": where, "cases": figures, "ratios": ratios}
        options.json.write_text(json.dumps(result, indent=1) + "\n")


def _measure_apart(module: str, case: str) -> dict[str, Any]:
    best: dict[str, Any] = {}
    for _ in range(ATTEMPTS):
        command = [sys.executable, "-m", module, "--case", case]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{case} failed:\n{done.stderr}")
        row = json.loads(done.stdout.splitlines()[-1])
        if not best or row.get("foreign", 0) < best["foreign"]:
            best = row
        if best.get("foreign", 0) <= QUIET:
            break
    return best


def _measure_here(case: Callable) -> dict[str, Any]:
    resident = 0.0

    def ready() -> None:
        nonlocal resident
        resident = _megabytes("VmRSS")

    run = case(ready)
    if not callable(run):
        return {"value": float(run)}
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")  # the peak starts again at what is resident now: making the inputs does not count
    figures = measure(run)
    return {**figures, "megabytes": _megabytes("VmHWM") - resident}


def _megabytes(key: str) -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


def _busy_seconds() -> float:
    """CPU time that all processes together have used since boot."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, *_ = map(int, stat.read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
