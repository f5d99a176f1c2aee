"""Statements of the papers as typed entries: what is claimed, with which verdict, by which check, in which code.

Each paper has a module with a tuple `STATEMENTS` in the paper's order, so that reading that module is reading the
paper in executable form. This module holds what they share: `Statement`, `Erratum`, the `Context` that a check gets,
the selection of entries by name, and `verify`, which runs the checks.

A check raises AssertionError when it disagrees with the verdict that its entry declares. So the check of a refuted
statement executes the counterexample exactly and tests the corrected form; it fails if the paper should be right.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
import hashlib
import importlib
import multiprocessing
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from lipref._array import BACKENDS, Array, asarray, namespace, require_choice, require_integer, to_backend
from lipref.errors import UnknownNameError

PAPERS = {
    "SO": "Sorting out Lipschitz function approximation (ICLR 2019 review version, with appendices)",
    "MF": "The many faces of 1-Lipschitz neural networks",
    "ALR": "Adversarial Lipschitz regularization",
}
"""Paper id -> title; the order of the registry."""

MODULES = {"SO": "sorting_out", "MF": "many_faces", "ALR": "adversarial_lipschitz"}
"""Paper id -> module below `lipref.statements`."""

VERDICTS = {
    "holds": "true as printed; checked",
    "holds_corrected": "true after the correction that its erratum states; both are checked",
    "refuted": "false; the counterexample and the corrected statement are checked",
    "open": "neither proved nor refuted; not checked",
    "not_executable": "nothing that a check could decide here; the entry says why",
}

KINDS = (
    "definition",
    "theorem",
    "proposition",
    "lemma",
    "corollary",
    "equation",
    "construction",
    "algorithm",
    "example",
    "experiment",
    "table",
    "figure",
    "remark",
)

DEFAULT_EXAMPLES = 40
SCHEMA = "lipref/statements/1"

Item = TypeVar("Item")
Check = Callable[["Context"], None]


@dataclass(frozen=True, eq=False)
class Counterexample:
    """Exact values that contradict a claim: `values` by name, for use; `str` of it, for reading."""

    claim: str
    """The claim, in our words, as it reads for these values."""
    observed: str
    """What happens instead."""
    values: dict[str, Any]
    """Exact objects: fractions, integers, SymPy numbers, tuples and arrays of them, networks."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __str__(self) -> str:
        lines = [f"claim:    {self.claim}", f"observed: {self.observed}"]
        return "\n".join([*lines, *(f"  {name} = {_plain(value)}" for name, value in self.values.items())])


def _plain(value: Any) -> str:
    """Text of a value with fractions as 1/2 rather than Fraction(1, 2)."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, tuple | list):
        inner = ", ".join(_plain(item) for item in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    return str(value)


@dataclass(frozen=True)
class Erratum:
    """What a paper prints, why it cannot stand, and what is true."""

    id: str
    """Readable name, unique: "margin-factor"."""
    spec_id: str
    """Number in the list of errata: "B-50"; several are separated by commas."""
    printed: str
    """What is printed, in our words."""
    counterexample: Callable[[], Counterexample]
    """Importable function that returns the exact counterexample."""
    corrected: str
    """The statement that holds."""


@dataclass(frozen=True)
class Statement:
    """One statement of a paper; the fields are those of the report of `verify`, and what a reader needs besides."""

    id: str
    spec_id: str
    """Id in the inventory and numbers of errata, separated by commas."""
    paper: str
    locator: str
    """Where it stands: version, section, equation."""
    kind: str
    title: str
    wording: str
    """The statement in our words; for a refuted one, as printed."""
    verdict: str
    symbols: tuple[str, ...] = ()
    """Dotted names of the code that it is about."""
    check: Check | None = None
    proof: str | None = None
    """Path of a derivation or name of a machine-checked theorem."""
    errata: tuple[Erratum, ...] = ()
    why: str | None = None
    """Why there is no check; for statements about limits, which finite consequence is checked."""

    def __post_init__(self) -> None:
        require_choice(f"Statement {self.id}", "paper", self.paper, PAPERS)
        require_choice(f"Statement {self.id}", "kind", self.kind, KINDS)
        require_choice(f"Statement {self.id}", "verdict", self.verdict, VERDICTS)
        unchecked = self.verdict in ("open", "not_executable")
        if unchecked != (self.check is None) or (unchecked and not self.why):
            raise TypeError(f"{self.id}: {self.verdict} needs {'a why and no check' if unchecked else 'a check'}")
        if self.verdict in ("refuted", "holds_corrected") and not self.errata:
            raise TypeError(f"{self.id}: {self.verdict} needs an erratum")


class Section:
    """Collects the statements of one part of a paper, in the order in which they are written down.

    >>> section = Section("SO")
    >>> @section.statement("SO-X", locator="nowhere", kind="remark", title="t", wording="w", verdict="holds")
    ... def check_x(ctx): ...
    >>> [entry.id for entry in section.statements]
    ['SO-X']
    """

    def __init__(self, paper: str) -> None:
        self.paper = paper
        self._statements: list[Statement] = []

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(self._statements)

    def statement(self, id: str, *, spec_id: str | None = None, **fields: Any) -> Callable[[Check], Check]:
        """Decorator of the check of a statement; the fields are those of `Statement`, spec_id the id by default."""

        def enter(check: Check) -> Check:
            self.add(id, spec_id=spec_id, check=check, **fields)
            return check

        return enter

    def add(self, id: str, *, spec_id: str | None = None, **fields: Any) -> None:
        """Enter a statement that has no check."""
        self._statements.append(Statement(id=id, spec_id=spec_id or id, paper=self.paper, **fields))


@dataclass
class Context:
    """What a check gets: arrays of the chosen backend, seeded randomness, and counted cases.

    A check that touches neither `place`, `xp`, `backend` nor `host` involves no array library; its result says "exact".
    """

    id: str
    chosen: str = "numpy"
    examples: int = DEFAULT_EXAMPLES
    seed: int = 0
    count: int = 0
    """Cases run so far: examples of properties and items of `cases`."""
    used: str = field(default="exact", init=False)
    """The backend, "numpy" or "exact", by what the check has touched so far."""

    def derived_seed(self, what: str = "") -> int:
        """Integer below 2**63 that depends on the seed, the statement and `what` alone."""
        return int.from_bytes(hashlib.sha256(f"{self.seed}/{self.id}/{what}".encode()).digest()[:8]) >> 1

    @functools.cached_property
    def rng(self) -> np.random.Generator:
        """Generator derived from the seed and the statement's id."""
        return np.random.default_rng(self.derived_seed("rng"))

    @property
    def backend(self) -> str:
        """Name of the array library under test."""
        self.used = self.chosen
        return self.chosen

    @property
    def host(self) -> Any:
        """NumPy, for what is computed in floats on the host whatever the backend."""
        self.used = "numpy" if self.used == "exact" else self.used
        return np

    @property
    def xp(self) -> Any:
        """Array namespace of the backend."""
        return namespace("Context.xp", x=self.place([0.0]))

    def place(self, values: Any, dtype: str | None = "float64") -> Array:
        """`values` as an array of the backend; array_api_strict on a device that is not its default one."""
        return asarray(np.array(values), backend=self.backend, dtype=dtype, device=self._device)

    def move(self, value: Any) -> Any:
        """A network, or anything else that holds NumPy arrays of floats, on the backend and device of `place`."""
        return to_backend(value, self.backend, device=self._device)

    @property
    def _device(self) -> Any:
        strict = self.backend == "array_api_strict"
        return importlib.import_module("array_api_strict").Device("device1") if strict else None

    def cases(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, each counted as an example: for checks that enumerate."""
        for item in items:
            self.count += 1
            yield item

    def property(self, law: Callable[..., None], **strategies: Any) -> None:
        """Run `law` on `examples` draws of the Hypothesis strategies, named as its arguments.

        Deterministic in the seed and the statement's id; no database, no deadline. Raises what `law` raises on the
        smallest failing draw, which is added to the error as a note.
        """
        import hypothesis

        def counted(**drawn: Any) -> None:
            law(**drawn)
            self.count += 1

        settings = hypothesis.settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            derandomize=False,
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.normal,
        )
        seed = hypothesis.seed(self.derived_seed(getattr(law, "__qualname__", "law")))
        with _draws_from_the_seed_alone():
            seed(settings(hypothesis.given(**strategies)(counted)))()


@contextlib.contextmanager
def _draws_from_the_seed_alone() -> Iterator[None]:
    """Keep Hypothesis from drawing constants that it finds in imported modules: they differ from process to process."""
    from hypothesis.internal.conjecture import providers

    provider: Any = providers.HypothesisProvider
    found = getattr(provider, "_maybe_draw_constant", None)
    if found is None:  # versions that have no such constants
        yield
        return
    provider._maybe_draw_constant = lambda self, *args, **options: None
    try:
        yield
    finally:
        provider._maybe_draw_constant = found


@dataclass(frozen=True)
class Result:
    """One row of the report; `ok` is None for statements without a check, and in a listing of unrun ones."""

    id: str
    spec_id: str
    paper: str
    locator: str
    title: str
    kind: str
    verdict: str
    ok: bool | None = None
    backend: str | None = None
    examples: int | None = None
    seconds: float | None = None
    erratum: str | None = None
    """Ids of the errata, separated by commas."""
    proof: str | None = None
    detail: str | None = None
    """Why it failed; for statements without a check, why there is none."""


def entry(statement: Statement, **outcome: Any) -> Result:
    """The statement as a row of the report, unrun unless an outcome is given."""
    shared = ("id", "spec_id", "paper", "locator", "title", "kind", "verdict", "proof")
    erratum = ", ".join(erratum.id for erratum in statement.errata) or None
    outcome.setdefault("detail", statement.why if statement.check is None else None)
    return Result(**{name: getattr(statement, name) for name in shared}, erratum=erratum, **outcome)


@functools.cache
def registry() -> tuple[Statement, ...]:
    """All statements, paper by paper, each in the paper's order."""
    modules = [importlib.import_module(f"{__name__}.{MODULES[paper]}") for paper in PAPERS]
    return tuple(statement for module in modules for statement in module.STATEMENTS)


def select(selectors: Sequence[str] = ()) -> tuple[Statement, ...]:
    """Statements named by the selectors, in the order of the registry; all of them when there is none.

    A selector is, in any case of letters, a paper (SO, MF, ALR), the id of a statement or of an erratum, or any part of
    their `spec_id`.

    Raises
    ------
    UnknownNameError
        A selector names nothing; the message lists close names.

    >>> [statement.id for statement in select(["margin-factor"])]
    ['SO-Cert']
    """
    statements = registry()
    names = [_names(statement) for statement in statements]
    known = {name.casefold(): name for group in (tuple(PAPERS), *names) for name in group}
    for selector in selectors:
        if selector.casefold() not in known:
            close = [known[name] for name in difflib.get_close_matches(selector.casefold(), known, n=4)]
            hint = f"; close: {', '.join(close)}" if close else ""
            raise UnknownNameError(
                "select",
                f"a paper ({', '.join(PAPERS)}), or the id of a statement or erratum",
                f"{selector!r}{hint}",
                selector=selector,
                close=close,
            )
    wanted = {selector.casefold() for selector in selectors}
    return tuple(
        statement
        for statement, group in zip(statements, names, strict=True)
        if not wanted or not wanted.isdisjoint(name.casefold() for name in group)
    )


def _names(statement: Statement) -> list[str]:
    """Everything that selects the statement."""
    parts = [statement.paper, statement.id, *_parts(statement.spec_id)]
    for erratum in statement.errata:
        parts += [erratum.id, *_parts(erratum.spec_id)]
    return parts


def _parts(spec_id: str) -> list[str]:
    return [part.strip() for part in spec_id.split(",")]


def resolve(symbol: str) -> Any:
    """The object that a dotted name such as "lipref.groupsort.groupsort" stands for.

    Raises
    ------
    UnknownNameError
        There is no such module or attribute.
    """
    parts = symbol.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        try:
            value = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            continue
        try:
            return functools.reduce(getattr, parts[length:], value)
        except AttributeError:
            break
    raise UnknownNameError("resolve", "the dotted name of an object of lipref", repr(symbol), symbol=symbol)


def require_backend(backend: str) -> None:
    """Raise unless the backend is known, installed and able to hold float64."""
    require_choice("verify", "backend", backend, BACKENDS)
    asarray([0.0], backend=backend)


def verify(
    statements: Iterable[Statement],
    *,
    backend: str = "numpy",
    examples: int = DEFAULT_EXAMPLES,
    seed: int = 0,
    jobs: int | None = None,
    progress: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run the checks of the statements.

    Parameters
    ----------
    statements : iterable of Statement
    backend : str
        Array library on which checks place their arrays.
    examples : int >= 1
        Draws per property.
    seed : int >= 0
    jobs : int >= 1, optional
        Worker processes (started afresh: a script that calls this needs the usual `if __name__ == "__main__"`); in
        this process when absent.
    progress : callable, optional
        Called with each result as it comes, in any order.

    Returns
    -------
    list of Result, in the order of `statements`; the same for the same seed but for `seconds`. A check that raises, or
    takes its process down with it, gives `ok` false and a `detail`; it does not end the run.

    Raises
    ------
    UnknownNameError, BackendError
        The backend is unknown or not installed.
    """
    statements = list(statements)
    require_backend(backend)
    require_integer("verify", "examples", examples, at_least=1)
    require_integer("verify", "seed", seed, at_least=0)
    if jobs is not None:
        require_integer("verify", "jobs", jobs, at_least=1)
    results: dict[int, Result] = {}

    def keep(index: int, result: Result) -> None:
        if index in results:  # handed over before its pool broke
            return
        results[index] = result
        if progress is not None:
            progress(result)

    waiting = list(enumerate(statements))
    if jobs is None:
        for index, statement in waiting:
            keep(index, run(statement, backend, examples, seed))
    else:
        with _single_threaded_children():
            _run_in_pool(waiting, min(jobs, max(len(waiting), 1)), (backend, examples, seed), keep)
            # a process died: which check killed it is known only when they run one at a time
            while waiting := [(index, statement) for index, statement in waiting if index not in results]:
                _run_in_pool(waiting, 1, (backend, examples, seed), keep)
                dead = next((item for item in waiting if item[0] not in results), None)
                if dead is not None:
                    keep(dead[0], entry(dead[1], ok=False, detail="the check ended its process"))
    return [results[index] for index in range(len(statements))]


def _run_in_pool(
    waiting: list[tuple[int, Statement]], jobs: int, arguments: tuple[Any, ...], keep: Callable[[int, Result], None]
) -> None:
    """Run what is waiting until all is done or a process dies; in the order given when there is one job."""
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures: dict[Future[Result], int] = {}
        try:
            for index, statement in waiting:
                futures[pool.submit(run, statement, *arguments)] = index
            for future in as_completed(futures):
                keep(futures[future], future.result())
        except BrokenProcessPool:
            for future, index in futures.items():  # what was finished before and not yet handed over
                if future.done() and future.exception() is None:
                    keep(index, future.result())
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Processes started inside use one BLAS thread each, unless the user has chosen otherwise."""
    names = [n for n in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS") if n not in os.environ]
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)


def run(statement: Statement, backend: str = "numpy", examples: int = DEFAULT_EXAMPLES, seed: int = 0) -> Result:
    """Run one check in this process; whatever it raises becomes the detail of a result that is not ok."""
    if statement.check is None:
        return entry(statement)
    ctx = Context(statement.id, backend, examples, seed)
    start, detail = time.perf_counter(), None
    try:
        statement.check(ctx)
    except AssertionError as error:
        detail = _describe(error) or "an assertion failed"
    except Exception as error:
        detail = f"{type(error).__name__}: {_describe(error)}"
    seconds = round(time.perf_counter() - start, 3)
    return entry(statement, ok=detail is None, backend=ctx.used, examples=ctx.count, seconds=seconds, detail=detail)


def _describe(error: BaseException) -> str:
    """Message, failing draw and place of an error, without what changes from run to run (addresses)."""
    trace = error.__traceback__
    place = ""
    while trace is not None:  # the innermost frame inside lipref
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("lipref.") and name != __name__:
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    notes = [" ".join(note.split()) for note in getattr(error, "__notes__", [])]
    text = "; ".join(part for part in [str(error), *notes, place] if part)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def report(results: Sequence[Result], *, backend: str, seed: int) -> dict[str, Any]:
    """The report as one dictionary, ready for JSON; `ok` when no check disagrees with its verdict."""
    from lipref import __version__

    return {
        "schema": SCHEMA,
        "lipref": __version__,
        "backend": backend,
        "seed": seed,
        "ok": all(result.ok is not False for result in results),
        "statements": [dataclasses.asdict(result) for result in results],
    }
