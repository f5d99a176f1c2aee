"""Every mutant in the table is killed by the test it names: the checks can fail."""

import importlib.abc
import importlib.util
import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import settings

from tests.mutants import Mutant, table

MUTANTS = table()


class _PatchedSource(importlib.abc.MetaPathFinder):
    """Loads one module from patched source text and leaves the rest to the ordinary finders."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name, path, target=None):
        if name != self.mutant.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        source = spec.loader.get_source(name)
        assert source.count(self.mutant.old) == 1, f"{self.mutant.name}: the text to patch must occur exactly once"
        spec.loader.get_code = lambda _: compile(source.replace(self.mutant.old, self.mutant.new), spec.origin, "exec")
        return spec


def _run_patched(mutant: Mutant) -> int:
    """Exit code of pytest on the mutant's test, in a forked child with lipref and the tests imported afresh."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.close(reader)
            for name in [n for n in sys.modules if n.split(".")[0] in ("lipref", "tests", "conftest")]:
                del sys.modules[name]
            sys.meta_path.insert(0, _PatchedSource(mutant))
            os.environ["LIPREF_PROFILE"] = "mutants"
            os.environ.pop("LIPREF_TEST_BACKENDS", None)
            captured = io.StringIO()
            with redirect_stdout(captured), redirect_stderr(captured):
                arguments = [
                    "-x",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "-p",
                    "no:xdist",
                    "--tb=short",
                    mutant.test,
                ]
                code = int(pytest.main(arguments))
            if code != 1:
                os.write(writer, captured.getvalue()[-3000:].encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 1:
        print(said)
    return code


@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutants run in forked processes, which this system lacks")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # fork in a process with threads: the child only runs tests
@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{m.module}: {m.name}" for m in MUTANTS])
def test_mutant_is_killed(mutant):
    """pytest exits with 1 (tests ran, some failed); 0 is a survivor, anything else a broken entry of the table."""
    assert _run_patched(mutant) == 1


def test_table_names_are_unique():
    """An entry is found by its name."""
    names = [(m.module, m.name) for m in MUTANTS]
    assert len(set(names)) == len(names)
    assert settings.default is not None
