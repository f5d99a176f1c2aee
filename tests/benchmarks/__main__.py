"""Run every benchmark, one after the other: `python -m tests.benchmarks [--only TEXT] [--json FILE]`."""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run() -> None:
    """Each file in a process of its own; the figures of all in one file, which the documentation includes."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--only", default="", help="run the files whose name contains this")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    files = [path for path in sorted(HERE.glob("bench_*.py")) if options.only in path.stem]
    if not files:
        sys.exit(f"no benchmark has {options.only!r} in its name")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            print(f"\n{path.stem}", flush=True)
            figures = Path(folder) / f"{path.stem}.json"
            command = [sys.executable, "-m", f"tests.benchmarks.{path.stem}", "--json", str(figures)]
            subprocess.run(command, check=True, cwd=HERE.parents[1])
            found.append(json.loads(figures.read_text()))
    if options.json:
        options.json.write_text(json.dumps({"schema": 1, "benchmarks": found}, indent=1) + "\n")


if __name__ == "__main__":
    run()
