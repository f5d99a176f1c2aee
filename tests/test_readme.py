"""The README, the package metadata and the continuous integration say the same."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lipref

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

COMMANDS = {
    "verify": "python3 -m venv .venv && . .venv/bin/activate && python -m pip install . && lipref verify",
    "tests": "python -m pip install tox && tox",
    "digits": "python -m pip install '.[experiments]' && lipref run digits",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_of_the_readme(name):
    """The marked block holds one line, the promised command, and .ci/run finds the same text by its own means."""
    assert re.findall(rf"<!-- command: {name} -->\n```sh\n(.*)\n```\n", README) == [COMMANDS[name]]
    said = subprocess.run(["bash", str(ROOT / ".ci" / "run"), "--show", name], capture_output=True, text=True)
    assert said.stdout.strip() == COMMANDS[name], said.stderr


def test_example_of_the_readme_runs():
    """In a process of its own, as a reader would paste it."""
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-W", "error", "-c", example], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\[[\d. e+-]+\]\s*", done.stdout), done.stdout


def test_extras_of_the_readme_exist():
    """Each extra of the table, and each that an error message names, is in the metadata, and the reverse."""
    table = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", README, flags=re.MULTILINE)
    named = {extra for row in table for extra in re.findall(r"`(\w+)`", row)}
    assert named == set(PROJECT["optional-dependencies"])
    from lipref._array import BACKENDS

    promised = {extra for text in BACKENDS.values() for extra in re.findall(r"lipref\[(\w+)\]", text)}
    assert promised <= named


def test_versions_agree():
    """The package, its citation and the newest heading of the changelog."""
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", citation, flags=re.MULTILINE) == [lipref.__version__]
    assert re.findall(r"^(\d+\.\d+\.\d+)\b.*\n-+$", changelog, flags=re.MULTILINE)[0] == lipref.__version__


@pytest.mark.parametrize(
    ("library", "arguments"),
    [("sklearn", ["run", "digits"]), ("array_api_strict", ["verify", "--backend", "array_api_strict"])],
)
def test_missing_library_names_the_extra(library, arguments, tmp_path):
    """The command says in one line what to install, and exits with 2."""
    block = f"import sys; sys.modules[{library!r}] = None; from lipref.cli import main; main({arguments!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", block]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    extra = {"sklearn": "experiments", "array_api_strict": "test"}[library]
    assert done.returncode == 2, done.stderr
    assert f"lipref[{extra}]" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
