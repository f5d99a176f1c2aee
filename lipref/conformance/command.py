"""What `lipref conform` does: load a target by name, run its contract in a child process with a time limit.

The child loads the target and sends one result per check. A check that outlasts the limit, or a child that dies, is a
finding about the subject: the child is replaced and the remaining checks go on.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import multiprocessing
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from lipref._array import require_number
from lipref.conformance.contract import CheckResult, prepare, run_check
from lipref.conformance.report import Report, plain
from lipref.conformance.subject import Subject, as_subject
from lipref.errors import DTypeError, LiprefError, UnknownNameError

TIME_LIMIT = 120.0
"""Seconds for one check, start of the child included."""


def load(target: str) -> Subject:
    """The Subject named by "package.module:attribute" or "path/file.py:attribute".

    The attribute is a Subject, a callable on arrays, a torch or keras module, or a factory: a function or class without
    required parameters that returns one of these.

    Raises
    ------
    UnknownNameError
        No such file, module or attribute.
    DTypeError
        The attribute is none of the above, or importing or building it failed.
    """
    place, colon, attribute = target.rpartition(":")
    if not colon or not place or not attribute:
        raise UnknownNameError("conform", "TARGET package.module:attribute or path/file.py:attribute", repr(target))
    try:
        module = _module_of(place)
        found: Any = module
        for name in attribute.split("."):
            found = getattr(found, name)
    except AttributeError:
        raise UnknownNameError("conform", f"an attribute {attribute} in {place}", "none of that name") from None
    except LiprefError:
        raise
    except Exception as error:
        raise DTypeError("conform", f"{place} to import", f"{type(error).__name__}: {error}") from error
    if _is_factory(found):
        try:
            found = found()
        except Exception as error:
            raise DTypeError(
                "conform", f"{attribute}() to build the subject", f"{type(error).__name__}: {error}"
            ) from error
    return as_subject(found)


def _module_of(place: str) -> Any:
    if not place.endswith(".py"):
        if "" not in sys.path:
            sys.path.insert(0, "")
        try:
            return importlib.import_module(place)
        except ModuleNotFoundError as error:
            raise UnknownNameError("conform", f"a module {place}", str(error)) from error
    path = Path(place)
    if not path.is_file():
        raise UnknownNameError("conform", f"a file {place}", "no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return module


def _is_factory(found: Any) -> bool:
    """A class, or a function that needs no argument and so cannot be the map itself."""
    if isinstance(found, Subject):
        return False
    if isinstance(found, type):
        return True
    if not inspect.isfunction(found):
        return False
    empty = inspect.Parameter.empty
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(found).parameters.values()
    return all(p.default is not empty for p in parameters if p.kind not in variadic) and not any(
        p.kind in variadic for p in parameters
    )


def conform(
    target: str,
    contract: str,
    parameters: dict[str, Any],
    *,
    tolerance: float | None = None,
    examples: int = 50,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
) -> Report:
    """Run a contract on a target named by text, each check under a time limit.

    Raises
    ------
    LiprefError
        The target, the contract or a parameter is unusable.
    """
    require_number("conform", "time_limit", time_limit, above=0)
    context = multiprocessing.get_context("spawn")
    options = {"tolerance": tolerance, "seed": seed, **parameters}
    results: list[CheckResult] = []
    header: dict[str, Any] = {}
    while not header or len(results) < len(header["checks"]):
        ours, theirs = context.Pipe(duplex=False)
        child = context.Process(
            target=_serve, args=(theirs, target, contract, options, examples, len(results)), daemon=True
        )
        child.start()
        theirs.close()
        try:
            header = _receive(ours, child, time_limit, "loading the target")
            while len(results) < len(header["checks"]):
                name, statements, words = header["checks"][len(results)]
                try:
                    results.append(_receive(ours, child, time_limit, name))
                except _Lost as lost:
                    results.append(CheckResult(name, statements, False, 0, str(lost), {"inputs": {}}, words))
                    break
        finally:
            child.kill()
            child.join()
            ours.close()
    return Report(header["name"], contract, header["parameters"], seed, tuple(results))


class _Lost(Exception):
    """The child did not answer."""


def _receive(ours: Connection, child: Any, time_limit: float, what: str) -> Any:
    try:
        answered = ours.poll(time_limit)
        value = ours.recv() if answered else None
    except EOFError:
        child.join()
        if what == "loading the target":
            raise DTypeError("conform", "the target to load", f"its process ended with code {child.exitcode}") from None
        raise _Lost(f"the subject ended its process with code {child.exitcode}") from None
    if not answered:
        if what == "loading the target":
            raise DTypeError("conform", "the target to load", f"no answer within {time_limit:g} s")
        raise _Lost(f"the subject did not come back within {time_limit:g} s")
    if isinstance(value, LiprefError):
        raise value
    return value


def _serve(theirs: Connection, target: str, contract: str, options: dict[str, Any], examples: int, done: int) -> None:
    """In the child: load, say what will be checked, then send result after result."""
    try:
        subject = load(target)
        chosen, case = prepare(subject, contract, **options)
    except LiprefError as error:
        error.values = {}  # they may hold what cannot be sent
        error.__cause__ = None
        theirs.send(error)
        return
    checks = [(each.name, each.statements, each.words) for each in chosen.checks]
    name = subject.name if subject.name != "subject" else target
    theirs.send({"name": name, "parameters": vars(case.parameters), "checks": checks})
    for each in chosen.checks[done:]:
        try:
            result = run_check(each, case, examples)
        except LiprefError as error:
            error.values = {}
            error.__cause__ = None
            theirs.send(error)
            return
        theirs.send(result)


def list_contracts() -> dict[str, Any]:
    """What `lipref contracts --json` prints."""
    from lipref.conformance.contracts import CONTRACTS

    return {
        "schema": "lipref-contracts/1",
        "contracts": [
            {
                "name": contract.name,
                "summary": contract.summary,
                "parameters": [
                    {
                        "name": p.name,
                        "default": plain(p.default),
                        "meaning": p.meaning,
                        "choices": plain(p.choices),
                    }
                    for p in contract.parameters
                ],
                "checks": [{"name": c.name, "statements": list(c.statements), "law": c.words} for c in contract.checks],
            }
            for contract in CONTRACTS.values()
        ],
    }
