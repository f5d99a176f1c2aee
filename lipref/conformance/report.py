"""Reports that people read, and the same as JSON.

First a table, a row per check; then, for each failed check, one paragraph: the law in words with its statement ids, the
shrunk input, what was got, what the law expects, by how much, and a snippet that reproduces the call.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import lipref
from lipref.conformance.contract import CheckResult

SCHEMA = "lipref-conformance/1"
SHOWN = 64
"""Arrays with more entries than this are abbreviated in text; JSON has all of them."""


def plain(value: Any) -> Any:
    """`value` as JSON has it: lists for arrays, "nan", "inf" and "-inf" for non-finite numbers."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


@dataclass(frozen=True)
class Report:
    """Outcome of one contract on one subject."""

    target: str
    contract: str
    parameters: dict[str, Any]
    seed: int
    checks: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed; checks that did not apply do not count."""
        return all(result.ok is not False for result in self.checks)

    def failed(self) -> tuple[str, ...]:
        """Names of the failed checks."""
        return tuple(result.name for result in self.checks if result.ok is False)

    def to_dict(self) -> dict[str, Any]:
        """The report in the JSON form of `lipref conform --json`."""
        return {
            "schema": SCHEMA,
            "lipref": lipref.__version__,
            "target": self.target,
            "contract": self.contract,
            "parameters": plain(self.parameters),
            "seed": self.seed,
            "ok": self.ok,
            "checks": [
                {
                    "name": result.name,
                    "statements": list(result.statements),
                    "ok": result.ok,
                    "examples": result.examples,
                    "message": result.message,
                    "counterexample": plain(result.counterexample),
                }
                for result in self.checks
            ],
        }

    def __str__(self) -> str:
        from io import StringIO

        from rich.console import Console

        text = StringIO()
        self.print(Console(file=text, width=120, highlight=False, color_system=None))
        return text.getvalue().rstrip()

    def print(self, console: Any) -> None:
        """Print table and paragraphs to a rich console."""
        from rich.markup import escape
        from rich.table import Table

        stated = ", ".join(f"{key}={value}" for key, value in self.parameters.items())
        table = Table(title=escape(f"{self.target} · contract {self.contract} ({stated})"))
        for column in ("check", "statements", "result", "examples"):
            table.add_column(column, justify="right" if column == "examples" else "left")
        words = {True: "conforms", False: "VIOLATED", None: "not checked"}
        for result in self.checks:
            table.add_row(result.name, ", ".join(result.statements), words[result.ok], str(result.examples))
        console.print(table)
        for result in self.checks:
            if result.ok is None:
                console.print(escape(f"{result.name}: {result.message}"))
            if result.ok is False:
                console.print(escape(explain(result)))


def explain(result: CheckResult) -> str:
    """The paragraph on one failed check."""
    cited = ", ".join(f"[{statement}]" for statement in result.statements)
    lines = ["", f"{result.name}: {result.words} {cited}".rstrip(), f"  {result.message}"]
    found = result.counterexample or {}
    for name, value in found.get("inputs", {}).items():
        lines.append(f"  {name} = {_shown(value)}")
    shown = [name for name in ("got", "expected", "excess") if found.get(name) is not None]
    lines += [f"  {name + ':':<10}{_shown(found[name])}" for name in shown]
    if found.get("snippet"):
        lines += ["  reproduce:", *("    " + line for line in found["snippet"].splitlines())]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        with np.printoptions(threshold=SHOWN, linewidth=100, precision=9):
            return f"{np.array2string(value, separator=', ')}  {value.dtype}{list(value.shape)}".replace(
                "\n", "\n      "
            )
    if isinstance(value, float):
        return f"{value:.9g}"
    return str(value)
