"""Every literate derivation under proofs/ runs, and ends in the checks that it states."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "proofs").glob("*.py"))


def unchecked(source: str) -> set[str]:
    """Names of the functions check_... that the file defines and never calls at its top level."""
    tree = ast.parse(source)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")}
    statements = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    called = {
        node.func.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return defined - called if defined else {"check_... (none is defined)"}


def run(path: Path) -> subprocess.CompletedProcess:
    """The file as a script in a process of its own, warnings as errors, optimisation off so that assertions count."""
    command = [sys.executable, "-W", "error", str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)


@pytest.mark.derivation
@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_derivation_holds(path):
    """The script ends well; a claim that fails raises."""
    done = run(path)
    assert done.returncode == 0, f"{path.name}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_derivation_calls_its_checks(path):
    """It opens with its claim and calls each check_<claim> that it defines, of which there is at least one."""
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), f"{path.name} has no claim in its first paragraph"
    assert unchecked(source) == set(), path.name


def test_a_wrong_derivation_is_noticed(tmp_path):
    """Negative controls: a false claim, a check that is never called, a file without any."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def check_sum():\n    assert 1 + 1 == 3\n\n\ncheck_sum()\n")
    assert run(wrong).returncode == 1
    assert unchecked("def check_a():\n    check_b()\n\n\ndef check_b(): ...\n\n\ncheck_a()\n") == {"check_b"}
    assert unchecked("print('all is well')") != set()
    assert unchecked("def check_a(): ...\n\n\nif __name__ == '__main__':\n    check_a()\n") == set()
