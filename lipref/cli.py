"""The command `lipref`: check the statements, list them, run an experiment.

Exit codes: 0 all is well, 1 a check disagrees with its verdict, 2 misuse (an unknown name, a missing library, a file
that cannot be written), said in one line.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import pkgutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lipref import __version__
from lipref._array import require_choice
from lipref.errors import DomainError, LiprefError, UnknownNameError

if TYPE_CHECKING:
    from rich.console import Console

    from lipref.statements import Result, Statement

app = typer.Typer(
    name="lipref",
    help="The executable reference for 1-Lipschitz networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

SELECTORS_HELP = (
    "Papers (SO, MF, ALR), ids of statements or errata, such as SO-Thm1, margin-factor, B-50. All by default."
)
MARKS = {True: ("ok", "green"), False: ("FAILED", "bold red"), None: ("-", "dim")}

Selectors = Annotated[list[str] | None, typer.Argument(help=SELECTORS_HELP, metavar="SELECTORS")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the command; errors of lipref's own kind become one line and exit code 2."""
    try:
        app(args=arguments, prog_name="lipref")
    except LiprefError as error:
        print(f"lipref: {error}", file=sys.stderr)
        sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lipref {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """The executable reference for 1-Lipschitz networks."""


@app.command()
def verify(
    selectors: Selectors = None,
    backend: Annotated[str, typer.Option(help="Array library on which the checks place their arrays.")] = "numpy",
    examples: Annotated[int, typer.Option(min=1, help="Draws per property.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same report but for the seconds.")] = 0,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; one per core by default.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report there; - is standard output.")
    ] = None,
) -> None:
    """Check the statements against their declared verdicts; exit 0 if every check agrees, 1 if one does not."""
    from lipref import statements as registry

    chosen = registry.select(selectors or ())
    registry.require_backend(backend)
    to_stdout = json_file is not None and str(json_file) == "-"
    if json_file is not None and not to_stdout:
        _require_writable(json_file)
    console = _console(stderr=to_stdout)
    start = time.perf_counter()
    with _Rows(console, chosen) as rows:
        results = registry.verify(
            chosen, backend=backend, examples=examples, seed=seed, jobs=jobs or _cores(), progress=rows.add
        )
    report = registry.report(results, backend=backend, seed=seed)
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    if to_stdout:
        sys.stdout.write(text)
    elif json_file is not None:
        _write(json_file, text)
    console.print(_summary(results, time.perf_counter() - start), soft_wrap=True)
    raise typer.Exit(0 if report["ok"] else 1)


@app.command()
def statements(
    selectors: Selectors = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON instead of rows.")] = False,
    long: Annotated[bool, typer.Option("--long", help="With wording, code, proof and errata.")] = False,
) -> None:
    """List the statements without running their checks."""
    from lipref import statements as registry

    chosen = registry.select(selectors or ())
    if as_json:
        entries = [dataclasses.asdict(registry.entry(statement)) for statement in chosen]
        print(json.dumps({"schema": registry.SCHEMA, "statements": entries}, indent=1, ensure_ascii=False))
        return
    console = _console()
    for statement in chosen:
        if long:
            _print_long(console, statement)
        else:
            row = f"{statement.id:20} {statement.verdict:15} {statement.kind:12} {statement.title}"
            console.print(row, markup=False, highlight=False, soft_wrap=True)


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="Name of an experiment, such as digits.")],
    seeds: Annotated[str | None, typer.Option(metavar="S,S,...", help="Seeds, separated by commas.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write every number, seed and version there.")
    ] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the picture there.")] = None,
) -> None:
    """Run an experiment: it shows its progress, prints its table, and writes what is asked for."""
    from lipref import experiments

    names = sorted(module.name for module in pkgutil.iter_modules(experiments.__path__))
    require_choice("run", "NAME", name, names)
    function = importlib.import_module(f"lipref.experiments.{name}").run
    given = {"seeds": None if seeds is None else _seeds(seeds), "json": json_file, "png": png}
    options = {key: value for key, value in given.items() if value is not None}
    for key in options.keys() - inspect.signature(function).parameters.keys():
        raise UnknownNameError(f"run {name}", "an option of this experiment", f"--{key}", option=key)
    for key, path in (("--json", json_file), ("--png", png)):
        if path is not None:
            _require_writable(path, key)
    function(**options)


@app.command()
def certify(
    network: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK", exists=True, dir_okay=False, help="A network saved by lipref (.safetensors)."
        ),
    ],
    coq: Annotated[
        Path, typer.Option("--coq", metavar="OUT.v", help="The Coq file to write, and to compile if Coq is there.")
    ],
    constant: Annotated[
        str | None,
        typer.Option(metavar="K", help="The constant to prove, such as 1 or 3/2; the product of the scales."),
    ] = None,
) -> None:
    """Write a Coq file whose compilation proves the network K-Lipschitz in the inf-norm; exit 1 if Coq refuses it."""
    from fractions import Fraction

    from lipref.coq import certify_file

    try:
        claimed = None if constant is None else Fraction(constant)
    except (ValueError, ZeroDivisionError):
        raise DomainError("--constant", "a number such as 1 or 3/2", repr(constant)) from None
    _require_writable(coq, "--coq")
    outcome = certify_file(network, coq, constant=claimed)
    verdict = {True: "Coq accepts it", False: "Coq REFUSES it", None: "not compiled"}[outcome["accepted"]]
    seconds = "" if outcome["seconds"] is None else f" in {outcome['seconds']:.1f} s"
    console = _console()
    console.print(
        f"{outcome['path']}: {outcome['parameters']} numbers, {outcome['bytes']} bytes; {verdict}{seconds}",
        markup=False,
        soft_wrap=True,
    )
    if outcome["message"]:
        console.print(outcome["message"], markup=False, soft_wrap=True)
    raise typer.Exit(1 if outcome["accepted"] is False else 0)


@app.command()
def conform(
    target: Annotated[
        str, typer.Argument(help="package.module:attribute or path/file.py:attribute.", metavar="TARGET")
    ],
    contract: Annotated[str, typer.Option(metavar="NAME", help="What the target claims; see `lipref contracts`.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A parameter of the contract; repeatable.")
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(help="Relative excess over a bound that passes; 0 is strict, the default is rounding."),
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="Inputs drawn per check.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="What the inputs are drawn from.")] = 0,
    time_limit: Annotated[float, typer.Option(help="Seconds for one check; a check that hangs is a finding.")] = 120.0,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report there; - is standard output.")
    ] = None,
) -> None:
    """Test another implementation; exit 0 if it conforms, 1 if it does not, 2 if it cannot be tested."""
    from lipref.conformance.command import conform as run_contract

    parameters = dict(_setting(text) for text in settings or ())
    to_stdout = json_file is not None and str(json_file) == "-"
    if json_file is not None and not to_stdout:
        _require_writable(json_file)
    report = run_contract(
        target, contract, parameters, tolerance=tolerance, examples=examples, seed=seed, time_limit=time_limit
    )
    text = json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + "\n"
    if to_stdout:
        sys.stdout.write(text)
    elif json_file is not None:
        _write(json_file, text)
    report.print(_console(stderr=to_stdout))
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def contracts(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the contracts that `conform` knows, with their parameters and checks."""
    from lipref.conformance.command import list_contracts

    listed = list_contracts()
    if as_json:
        print(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    console = _console()
    for contract in listed["contracts"]:
        lines = [f"{contract['name']}: {contract['summary']}"]
        for p in contract["parameters"]:
            choices = f" ({', '.join(map(str, p['choices']))})" if p["choices"] else ""
            lines.append(f"  --set {p['name']}={p['default']}{choices}: {p['meaning']}")
        lines += [f"  {c['name']}: {c['law']} {', '.join(c['statements'])}".rstrip() for c in contract["checks"]]
        console.print("\n".join(lines) + "\n", markup=False, highlight=False, soft_wrap=True)


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise DomainError("--set", "KEY=VALUE", repr(text), setting=text)
    return key, value


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise DomainError("--seeds", "integers separated by commas", repr(text), seeds=text) from None


def _print_long(console: Console, statement: Statement) -> None:
    """Everything the registry knows about one statement, in lines."""
    lines = [
        f"{statement.id}  {statement.title}  [{statement.verdict}]",
        f"  {statement.kind}, {statement.locator}",
        f"  {statement.wording}",
        *(
            [f"  not checked: {statement.why}"]
            if statement.check is None
            else [f"  note: {statement.why}"] * bool(statement.why)
        ),
        *(f"  code: {symbol}" for symbol in statement.symbols),
        *([f"  proof: {statement.proof}"] if statement.proof else []),
    ]
    for erratum in statement.errata:
        lines += [
            f"  erratum {erratum.id} ({erratum.spec_id})",
            f"    printed:   {erratum.printed}",
            *(f"    {line}" for line in str(erratum.counterexample()).splitlines()),
            f"    corrected: {erratum.corrected}",
        ]
    console.print("\n".join(lines) + "\n", markup=False, highlight=False, soft_wrap=True)


class _Rows:
    """Prints one row per statement in the order of the registry as results come in any order, under a progress bar."""

    def __init__(self, console: Console, chosen: Sequence[Statement]) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self.console = console
        self.order = [statement.id for statement in chosen]
        self.waiting: dict[str, Result] = {}
        self.progress = Progress(
            TextColumn("checking"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task("checking", total=len(chosen))

    def __enter__(self) -> _Rows:
        self.progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def add(self, result: Result) -> None:
        self.waiting[result.id] = result
        self.progress.advance(self.task)
        while self.order and self.order[0] in self.waiting:
            self._print(self.waiting.pop(self.order.pop(0)))

    def _print(self, result: Result) -> None:
        from rich.text import Text

        mark, style = MARKS[result.ok]
        cost = "" if result.ok is None else f"{result.backend} {result.examples} examples {result.seconds or 0:.2f} s"
        row = Text.assemble((f"{mark:7}", style), f"{result.id:20} {result.verdict:15} {cost:34} {result.title}")
        self.console.print(row, soft_wrap=True)
        if result.ok is False:
            self.console.print(Text(f"        {result.detail}", style="red"), soft_wrap=True)


def _summary(results: Sequence[Result], seconds: float) -> str:
    outcomes = [result.ok for result in results]
    return (
        f"{len(outcomes)} statements: {outcomes.count(True)} agree with their verdict, {outcomes.count(False)} do not, "
        f"{outcomes.count(None)} have no check (open or not executable); {seconds:.1f} s"
    )


def _console(stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _require_writable(path: Path, option: str = "--json") -> None:
    """Raise unless `path` can be written; leaves no file behind."""
    existed = path.exists()
    try:
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise DomainError(option, "a file that can be written", f"{path}: {error.strerror}", path=path) from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DomainError("--json", "a file that can be written", f"{path}: {error.strerror}", path=path) from None


if __name__ == "__main__":
    main()
