"""The kit itself: ways in, reports, refusals, search, determinism."""

import json
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import lipref
from lipref.conformance import CONTRACTS, ConformanceError, Subject, check, parametrize
from lipref.conformance.command import conform, load
from lipref.conformance.search import dense_matrix, jacobian, steepest, worst_pair

TARGETS = """
import time
import numpy as np
from lipref.conformance import Subject

def good(x):
    return np.sort(x.reshape(len(x), -1, 2), -1).reshape(x.shape)

def backwards(x):
    return good(x)[:, ::-1]

def factory():
    return good

class Layer:
    def __call__(self, x):
        return good(x)

def hangs(x):
    time.sleep(60)

def dies(x):
    import os
    os._exit(7)

def raises(x):
    raise RuntimeError("boom")

def broken_factory():
    raise ValueError("no weights")

def text(x):
    return "sorted"

SUBJECT = Subject(good, name="named")
NUMBER = 3
"""


@pytest.fixture
def targets(tmp_path):
    """A file of targets."""
    path = tmp_path / "targets.py"
    path.write_text(TARGETS)
    return path


def run(*arguments):
    """The command line, as a user types it."""
    command = [sys.executable, "-m", "lipref", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_conform_exits_with_the_verdict(targets, tmp_path):
    """0 conforms, 1 violated, 2 unusable; the JSON has the documented keys."""
    out = tmp_path / "report.json"
    settings = ("--contract", "groupsort", "--set", "group_size=2", "--examples", "10")
    good = run("conform", f"{targets}:good", *settings, "--json", out)
    assert good.returncode == 0, good.stderr
    report = json.loads(out.read_text())
    assert list(report) == ["schema", "lipref", "target", "contract", "parameters", "seed", "ok", "checks"]
    assert list(report["checks"][0]) == ["name", "statements", "ok", "examples", "message", "counterexample"]
    assert report["ok"] is True
    bad = run("conform", f"{targets}:backwards", *settings, "--json", out)
    assert bad.returncode == 1
    assert "SO-GroupSort" in bad.stdout
    assert json.loads(out.read_text())["ok"] is False
    for wrong in (
        ("conform", f"{targets}:absent", *settings),
        ("conform", f"{targets}:good", "--contract", "nothing"),
        ("conform", f"{targets}:good", "--contract", "groupsort"),
        ("conform", f"{targets}:good", *settings, "--set", "group_size"),
        ("conform", f"{targets}:good", *settings, "--set", "colour=red"),
        ("conform", f"{targets}:good", *settings, "--tolerance", "-1"),
        ("conform", f"{targets}:NUMBER", *settings),
        ("conform", f"{targets}:broken_factory", *settings),
    ):
        refused = run(*wrong)
        assert refused.returncode == 2, wrong
        assert "Traceback" not in refused.stderr
        assert refused.stderr.startswith("lipref: ")


@pytest.mark.parametrize("name", ["good", "factory", "Layer", "SUBJECT"])
def test_targets_of_every_kind_load(targets, name):
    """A callable, a factory, a class without required parameters, a Subject."""
    subject = load(f"{targets}:{name}")
    assert subject.forward(np.array([[2.0, 1.0]])).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("name", "words"), [("hangs", "did not come back"), ("dies", "code 7"), ("raises", "RuntimeError: boom")]
)
def test_misbehaving_subjects_are_findings(targets, name, words):
    """A subject that hangs, dies or raises fails its checks; the kit goes on."""
    report = conform(f"{targets}:{name}", "groupsort", {"group_size": 2}, examples=2, time_limit=4)
    assert not report.ok
    assert words in report.checks[0].message
    assert len(report.checks) == len(CONTRACTS["groupsort"].checks)


def test_wrong_types_and_randomness_are_findings():
    """What is no array, what has another shape, and what is not deterministic."""
    rng = np.random.default_rng(0)
    for forward, words in (
        (lambda x: "sorted", "dtype"),
        (lambda x: x[:, :1], "shape"),
        (lambda x: x + rng.standard_normal(x.shape), ""),
        (lambda x: x * np.nan, "NaN"),
        (lambda x: x + 0j, "dtype"),
    ):
        report = check(Subject(forward), "groupsort", group_size=2, examples=5)
        result = report.checks[0]
        assert result.ok is False
        assert words in result.message


def test_report_reads_well():
    """The paragraph names the law, its statement, the shrunk input, got and expected."""
    report = check(Subject(lambda x: x, name="identity"), "groupsort", group_size=2)
    text = str(report)
    assert "[SO-GroupSort]" in text
    assert "x = [[0.25, 0.  ]]" in text or "x = [[ 0.  , -0.25]]" in text
    assert "got:" in text
    assert "expected:" in text
    assert "Each group comes out sorted" in text


def test_conformance_error_on_demand():
    """check(..., raise_on_violation=True) raises with the report."""
    with pytest.raises(ConformanceError) as caught:
        check(Subject(lambda x: x), "groupsort", group_size=2, raise_on_violation=True)
    assert "values" in caught.value.report.failed()


def test_same_seed_same_report():
    """Everything in the JSON is determined by the seed."""
    reports = [check(Subject(lambda x: 1.01 * x), "activation", examples=10, seed=5).to_dict() for _ in range(2)]
    assert json.dumps(reports[0]) == json.dumps(reports[1])


def test_parametrize_is_strict(tmp_path):
    """One case per check; an expected failure that passes is an error; names and reasons are checked."""
    path = tmp_path / "test_layer.py"
    path.write_text(
        textwrap.dedent(
            """
            import numpy as np
            from lipref.conformance import Subject, parametrize

            good = Subject(lambda x: np.sort(x.reshape(len(x), -1, 2), -1).reshape(x.shape))

            @parametrize(good, "groupsort", group_size=2, examples=5)
            def test_good(check):
                check()

            @parametrize(Subject(lambda x: x), "groupsort", group_size=2, examples=20,
                         expected_failures={"values": "not sorted yet", "scales": "not sorted yet"})
            def test_expected(check):
                check()

            @parametrize(good, "groupsort", group_size=2, examples=5, expected_failures={"values": "thought so"})
            def test_unexpected(check):
                check()
            """
        )
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    assert "1 failed" in text, text
    assert "2 xfailed" in text
    assert "test_unexpected[values]" in text
    with pytest.raises(lipref.UnknownNameError):
        parametrize(Subject(lambda x: x), "groupsort", group_size=2, expected_failures={"colour": "no such check"})
    with pytest.raises(lipref.DomainError):
        parametrize(Subject(lambda x: x), "groupsort", group_size=2, expected_failures={"values": ""})


@pytest.mark.parametrize(
    ("contract", "parameters", "error"),
    [
        ("nothing", {}, lipref.UnknownNameError),
        ("groupsort", {"group_size": 2, "groups": 2}, lipref.DomainError),
        ("groupsort", {"group_size": 0}, lipref.DomainError),
        ("groupsort", {"group_size": 2.5}, lipref.DTypeError),
        ("groupsort", {"group_size": 2, "order": "upwards"}, lipref.UnknownNameError),
        ("groupsort", {"group_size": 2, "axis": 0}, lipref.DomainError),
        ("groupsort", {"group_size": 2, "axis": 7}, lipref.DomainError),
        ("linear_layer", {}, lipref.DomainError),
        ("linear_layer", {"input_shape": (0,)}, lipref.DomainError),
        ("certificate", {}, lipref.DomainError),
        ("certificate", {"input_shape": (3,)}, lipref.DomainError),
        ("activation", {"lipschitz": -1.0}, lipref.DomainError),
        ("activation", {"lipschitz": float("nan")}, lipref.DomainError),
        ("loss_hkr", {"alpha": 2.0, "combination": "convex"}, lipref.DomainError),
        ("l1_ball", {"radius": "big"}, lipref.DTypeError),
    ],
)
def test_unusable_parameters_are_refused(contract, parameters, error):
    """Before any check runs, in the caller's terms."""
    with pytest.raises(error) as caught:
        check(Subject(lambda x: x), contract, **parameters)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_subject_refuses_what_is_not_callable():
    """A Subject is made of functions."""
    with pytest.raises(lipref.DTypeError):
        Subject(forward=3)
    with pytest.raises(lipref.UnknownNameError):
        Subject(forward=abs, dtype="float16")
    with pytest.raises(lipref.DTypeError):
        check(3, "activation")


@pytest.mark.parametrize(("p", "q"), [(1, 1), (1, 2), (2, 2), (2, np.inf), (np.inf, np.inf), (np.inf, 1)])
def test_search_finds_the_operator_norm(p, q):
    """On a linear map the worst pair attains the norm: exact maximisers, and vertices enumerated for (inf, 1)."""
    rng = np.random.default_rng(3)
    w = rng.standard_normal((5, 4))
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1)
    exact = {
        (1, 1): np.abs(w).sum(0).max(),
        (1, 2): np.linalg.norm(w, axis=0).max(),
        (2, 2): np.linalg.norm(w, 2),
        (2, np.inf): np.linalg.norm(w, axis=1).max(),
        (np.inf, np.inf): np.abs(w).sum(1).max(),
        (np.inf, 1): np.abs(w @ signs).sum(0).max(),
    }[p, q]
    u = np.finfo(float).eps / 2
    pair = worst_pair(lambda x: x @ w.T, rng.standard_normal((1, 4)), p, q, unit_roundoff=u, lipschitz=1.0)
    assert pair.certain <= exact
    # a quotient of two sums of n rounded terms, at a pair that the noise model prefers
    assert pair.quotient >= exact * (1 - 1e-9)


def test_search_reads_matrices_and_jacobians_exactly():
    """Dyadic matrices come back as they are."""
    w = np.arange(-6, 6).reshape(3, 4) / 4
    matrix, offset = dense_matrix(lambda x: x @ w.T + 0.5, (4,))
    assert np.array_equal(matrix, w)
    assert np.array_equal(offset, np.full(3, 0.5))
    assert np.array_equal(jacobian(lambda x: x @ w.T, np.zeros(4), 0.25), w)
    assert np.linalg.norm(w @ steepest(w, 2, 2)) == pytest.approx(np.linalg.norm(w, 2), rel=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_search_finds_a_small_excess_among_equal_singular_values(dtype):
    """1500 inputs, all singular values 1 but one of 1.001: power iteration would need thousands of steps."""
    v = np.random.default_rng(0).standard_normal(1500)
    v = (v / np.linalg.norm(v)).astype(dtype)

    def stretch(x, excess):
        return (x + np.asarray(excess, dtype) * (x @ v)[:, None] * v).astype(dtype)

    for excess, failed in ((1e-3, ("lipschitz",)), (0.0, ())):
        layer = Subject(lambda x, e=excess: stretch(x, e), lambda x, dy, e=excess: stretch(dy, e), dtype=dtype)
        assert check(layer, "network", input_shape=(1500,), examples=3).failed() == failed


def test_rounding_is_no_violation():
    """A float32 isometry with a bias and inputs of very different sizes stays within the noise model."""
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((32, 32)))
    q = q.astype(np.float32)
    shifted = Subject(lambda x: x @ q.T + np.float32(1000.0), dtype="float32")
    report = check(shifted, "network", input_shape=(32,), examples=20)
    assert "lipschitz" not in report.failed(), str(report)


def test_speed():
    """An activation contract with 200 examples takes under 5 s of CPU, a network of width 64 under 20 s."""
    start = time.process_time()
    assert check(Subject(lambda x: np.maximum(x, 0)), "activation", examples=200).ok
    activation = time.process_time() - start
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((64, 64)))
    start = time.process_time()
    assert check(Subject(lambda x: np.abs(x @ q.T)), "network", input_shape=(64,), examples=200).ok
    network = time.process_time() - start
    assert activation < 5
    assert network < 20


def test_every_check_cites_known_statements():
    """The ids that checks name are ids of the registry, or of papers whose entries are separate work."""
    from lipref.statements import registry

    known = {name for entry in registry() for name in (entry.id, *entry.spec_id.split(", "))}
    papers = {entry.paper for entry in registry()}
    for contract in CONTRACTS.values():
        for each in contract.checks:
            for statement in each.statements:
                assert statement in known or statement.split("-")[0] not in papers, (contract.name, statement)
