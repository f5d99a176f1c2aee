"""The command line: rows, JSON, exit codes, one-line errors."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import lipref
from lipref import cli
from lipref import statements as registry
from lipref.constraints import L1Rows
from lipref.networks import freeze, mlp
from lipref.statements import Statement
from lipref.storage import save


def call(*arguments, capsys):
    """(exit code, standard output, standard error) of the command."""
    with pytest.raises(SystemExit) as caught:
        cli.main(list(arguments))
    said = capsys.readouterr()
    return caught.value.code or 0, said.out, said.err


def failing(ctx):
    raise AssertionError("it is not so")


@pytest.fixture
def with_a_failing_statement(monkeypatch):
    entries = (
        *registry.select(["SO-Eq4", "SO-Thm2-Joint"]),
        Statement("SO-Bad", "B-99", "SO", "", "remark", "bad", "w", "holds", check=failing),
    )
    monkeypatch.setattr(registry, "registry", lambda: entries)


def test_verify_prints_rows_and_writes_json(capsys, tmp_path):
    """Exit 0, one row per statement, and the report with the fixed keys."""
    path = tmp_path / "report.json"
    code, out, err = call(
        "verify", "SO-Eq4", "b-30", "--examples", "3", "--seed", "4", "--jobs", "1", "--json", str(path), capsys=capsys
    )
    assert code == 0, err
    rows = out.splitlines()
    assert rows[0].split()[:3] == ["ok", "SO-B3-Scale", "refuted"]
    assert rows[1].split()[:3] == ["ok", "SO-Eq4", "holds"]
    assert rows[2].startswith("2 statements: 2 agree with their verdict, 0 do not, 0 have no check")
    report = json.loads(path.read_text(encoding="utf-8"))
    assert (report["schema"], report["seed"], report["backend"], report["ok"]) == (registry.SCHEMA, 4, "numpy", True)
    assert report["lipref"] == lipref.__version__
    assert [entry["id"] for entry in report["statements"]] == ["SO-B3-Scale", "SO-Eq4"]
    assert [entry["backend"] for entry in report["statements"]] == ["numpy", "exact"]


def test_verify_exits_with_1_when_a_check_disagrees(capsys, with_a_failing_statement):
    """The row and its detail; the others still run; open ones have no outcome."""
    code, out, _ = call("verify", "--json", "-", "--jobs", "2", "--examples", "2", capsys=capsys)
    assert code == 1
    report = json.loads(out)
    assert report["ok"] is False
    assert {entry["id"]: entry["ok"] for entry in report["statements"]} == {
        "SO-Eq4": True,
        "SO-Thm2-Joint": None,
        "SO-Bad": False,
    }
    assert report["statements"][2]["detail"].startswith("it is not so")
    code, out, _ = call("verify", "SO-Bad", capsys=capsys)
    assert code == 1
    assert out.splitlines()[0].startswith("FAILED SO-Bad")
    assert "it is not so" in out.splitlines()[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "SO-Tm1"], "SO-Thm1"),
        (["statements", "no-such"], "no-such"),
        (["verify", "--backend", "nump"], "backend"),
        (["verify", "--json", "/no/such/folder/x.json"], "/no/such/folder/x.json"),
        (["verify", "--json", "."], "written"),
        (["verify", "--examples", "0"], "examples"),
        (["verify", "--jobs", "0"], "jobs"),
        (["verify", "--seed", "-1"], "seed"),
        (["verify", "--nonsense"], "nonsense"),
        (["run", "nothing"], "digits"),
        (["run", "digits", "--seeds", "a,b"], "seeds"),
        (["run", "digits", "--json", "/no/such/folder/x.json"], "/no/such/folder/x.json"),
        (["run", "digits", "--png", "/no/such/folder/x.png"], "--png"),
    ],
)
def test_misuse_exits_with_2_before_any_work(arguments, message, capsys, monkeypatch):
    """Said in the caller's terms, no traceback; no check has run."""
    monkeypatch.setattr(registry, "verify", lambda *args, **kwargs: pytest.fail("work was done"))
    code, out, err = call(*arguments, capsys=capsys)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""


def test_refused_json_path_leaves_no_file(capsys, tmp_path):
    """The trial of the path leaves nothing behind, and keeps what was there."""
    path = tmp_path / "new.json"
    cli._require_writable(path)
    assert not path.exists()
    path.write_text("old")
    cli._require_writable(path)
    assert path.read_text() == "old"


def test_statements_lists_without_running(capsys, monkeypatch):
    """Rows, and the same entries as in the report with nothing run."""
    monkeypatch.setattr(registry, "run", lambda *args, **kwargs: pytest.fail("a check ran"))
    code, out, _ = call("statements", "SO-Thm1", "SO-Thm2-Joint", capsys=capsys)
    assert code == 0
    assert [row.split()[:2] for row in out.splitlines()] == [["SO-Thm1", "holds_corrected"], ["SO-Thm2-Joint", "open"]]
    code, out, _ = call("statements", "SO-Thm1", "--json", capsys=capsys)
    listing = json.loads(out)
    assert list(listing) == ["schema", "statements"]
    entry = listing["statements"][0]
    assert (entry["id"], entry["ok"], entry["backend"], entry["examples"]) == ("SO-Thm1", None, None, None)
    assert list(entry) == (
        [
            "id",
            "spec_id",
            "paper",
            "locator",
            "title",
            "kind",
            "verdict",
            "ok",
            "backend",
            "examples",
            "seconds",
            "erratum",
            "proof",
            "detail",
        ]
    )


def test_statements_long_prints_the_counterexample(capsys):
    """Wording, code and errata of one statement."""
    code, out, _ = call("statements", "margin-factor", "--long", capsys=capsys)
    assert code == 0
    assert "lipref.certificates.radius" in out
    assert "delta = -9/10" in out


def test_version(capsys):
    """`lipref --version`."""
    assert call("--version", capsys=capsys)[:2] == (0, f"lipref {lipref.__version__}\n")


def test_default_number_of_examples_is_that_of_the_registry(capsys):
    """The option repeats the number so that the command starts without the registry."""
    import inspect

    assert inspect.signature(cli.verify).parameters["examples"].default == registry.DEFAULT_EXAMPLES


def test_run_hands_its_options_on(capsys, monkeypatch, tmp_path):
    """Seeds and paths reach the experiment by name; what is not given is left out."""
    from lipref.experiments import digits

    seen = {}
    monkeypatch.setattr(digits, "run", lambda *, seeds=(0,), json=None, png=None: seen.update(seeds=seeds, json=json))
    assert call("run", "digits", "--seeds", "3,4,5", "--json", str(tmp_path / "d.json"), capsys=capsys)[0] == 0
    assert seen == {"seeds": [3, 4, 5], "json": tmp_path / "d.json"}
    monkeypatch.setattr(digits, "run", lambda *, seeds=(0,): None)
    code, _, err = call("run", "digits", "--png", str(tmp_path / "d.png"), capsys=capsys)
    assert code == 2
    assert "--png" in err


def test_module_runs_as_a_command_and_starts_light():
    """`python -m lipref` works; neither Hypothesis nor SymPy nor rich is imported for the version."""
    said = subprocess.run([sys.executable, "-m", "lipref", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"lipref {lipref.__version__}\n"
    code = (
        "import sys, lipref.cli; print([m for m in ('hypothesis', 'sympy', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_certify_writes_a_certificate_and_refuses_misuse(capsys, tmp_path):
    """Exit 0 with a certificate that Coq accepts (written only, without Coq), 1 when it refuses, 2 on misuse."""
    path, out = tmp_path / "net.safetensors", tmp_path / "certificate.v"
    save(freeze(mlp([2, 4, 1], rng=np.random.default_rng(0), constraint=L1Rows(1.0)), "sound"), path)
    there = shutil.which("coqc") is not None
    code, said, _ = call("certify", "--coq", str(out), str(path), capsys=capsys)
    assert code == 0
    assert "17 numbers" in said
    assert ("Coq accepts it" in said) == there
    assert "Theorem" in out.read_text()
    if there:
        assert call("certify", "--coq", str(out), "--constant", "1/2", str(path), capsys=capsys)[0] == 1
    for wrong in (
        ("--coq", str(out), str(tmp_path / "absent.safetensors")),
        ("--coq", str(tmp_path / "absent" / "certificate.v"), str(path)),
        ("--coq", str(tmp_path / "certificate.txt"), str(path)),
        ("--coq", str(out), "--constant", "one", str(path)),
        (str(path),),
    ):
        code, _, err = call("certify", *wrong, capsys=capsys)
        assert code == 2, (wrong, err)
        assert err
