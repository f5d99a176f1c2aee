"""The statements: every check agrees with its verdict, the registry is consistent, runs are reproducible."""

import ast
import json
import os
import re
from collections import Counter
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import strategies as st

import lipref
from lipref import statements as registry
from lipref.errors import BackendError, UnknownNameError
from lipref.statements import Context, Counterexample, Erratum, Section, Statement, draws, verify

ROOT = Path(lipref.__file__).parent.parent
ALL = registry.registry()
CHECKED = [statement for statement in ALL if statement.check is not None]
ERRATA = {erratum.id: erratum for statement in ALL for erratum in statement.errata}


def ids(statements):
    return [statement.id for statement in statements]


@pytest.mark.parametrize("statement", CHECKED, ids=ids(CHECKED))
def test_statement(statement):
    """The check of every statement agrees with its verdict on numpy, with few examples."""
    result = registry.run(statement, examples=15)
    assert result.ok, result.detail
    assert result.examples >= 1, "the check ran no case at all"


@pytest.mark.parametrize("statement", CHECKED, ids=ids(CHECKED))
def test_statement_on_array_api_strict(statement):
    """Checks that place arrays agree with their verdict on the strict library too, on a device of its own."""
    pytest.importorskip("array_api_strict")
    result = registry.run(statement, "array_api_strict", examples=2)
    assert result.ok, result.detail
    assert result.backend in ("exact", "numpy", "array_api_strict")


def test_ids_are_unique():
    """A statement is found by its id, an erratum by its own; one erratum may belong to several statements."""
    assert max(Counter(ids(ALL)).values()) == 1
    objects = {id(erratum): erratum.id for statement in ALL for erratum in statement.errata}
    assert max(Counter(objects.values()).values()) == 1
    assert not set(ids(ALL)) & set(ERRATA)


def test_papers_come_in_order():
    """The registry has the papers in the order in which they are listed."""
    papers = [statement.paper for statement in ALL]
    assert sorted(papers, key=list(registry.PAPERS).index) == papers


@pytest.mark.parametrize("statement", ALL, ids=ids(ALL))
def test_symbols_exist(statement):
    """Every dotted name of a statement is an object of lipref; its proof is a file here."""
    for symbol in statement.symbols:
        assert registry.resolve(symbol) is not None
    if statement.proof is not None:
        assert (ROOT / statement.proof.split(":")[0]).is_file(), statement.proof


@pytest.mark.parametrize("statement", ALL, ids=ids(ALL))
def test_spec_ids_name_their_errata(statement):
    """The number of an erratum is among the spec ids of its statements, so that both select the same."""
    parts = {part.strip() for part in statement.spec_id.split(",")}
    for erratum in statement.errata:
        assert {part.strip() for part in erratum.spec_id.split(",")} <= parts
    for part in parts:
        assert re.fullmatch(r"(SO|MF|ALR)-\w[\w-]*|[BE]-\d+", part), part


def test_machine_checked_statements_say_so():
    """A statement that Coq theorems are tagged with names one of their files, and no other Coq file."""
    theorems = json.loads((ROOT / "proofs/coq/statements.json").read_text(encoding="utf-8"))["theorems"].values()
    for statement in ALL:
        files = {f"proofs/coq/{theorem['file']}" for theorem in theorems if statement.id in theorem["ids"]}
        if statement.paper == "SO" and files:
            assert statement.proof in files, (statement.id, files)
        if (statement.proof or "").endswith(".v"):
            assert statement.proof in files, statement.id


@pytest.mark.parametrize("erratum", ERRATA.values(), ids=ERRATA)
def test_erratum_has_a_counterexample(erratum):
    """It can be imported by name, prints, is the same twice, and is exact: no float in it."""
    function = erratum.counterexample
    found = registry.resolve(f"{function.__module__}.{function.__qualname__}")
    assert found is function
    case = function()
    assert isinstance(case, Counterexample)
    assert str(case) == str(function())
    assert case.claim in str(case)
    assert case.observed in str(case)
    assert not list(floats(case.values))
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", erratum.id)


def floats(value):
    """All floats inside a value."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        yield from floats(list(value.items()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from floats(item)
    elif hasattr(value, "tolist"):
        yield from floats(value.tolist())


def test_cited_ids_exist():
    """Every id that a docstring cites selects a statement; papers not begun are passed over."""
    known = {name for statement in ALL for name in registry._names(statement)}
    begun = {statement.paper for statement in ALL}
    missing = {}
    for path in sorted((ROOT / "lipref").rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        for name, paper in re.findall(r"\[((SO|MF|ALR)-[\w-]+)\]", " ".join(texts)):
            if paper in begun and name not in known:
                missing.setdefault(name, path.name)
    assert not missing


def good(ctx):
    ctx.property(lambda x: None, x=st.integers())


def wrong(ctx):
    def law(x):
        assert x < 1000, "too large"

    ctx.property(law, x=st.integers())


def broken(ctx):
    ctx.place([1.0])
    raise TypeError("no such thing")


def deadly(ctx):
    os._exit(3)


def seeded(ctx):
    seen = []
    ctx.property(lambda x: seen.append(x), x=st.integers())
    raise AssertionError(f"{seen} {ctx.rng.integers(10**9)}")


def made(check, **fields):
    defaults = {"spec_id": "B-1", "paper": "SO", "locator": "", "kind": "remark", "title": "t", "wording": "w"}
    return Statement(id=check.__name__, verdict="holds", check=check, **{**defaults, **fields})


def test_verify_reports_what_a_check_does():
    """ok, the count of examples, the backend, and what went wrong with the smallest failing draw."""
    ok, failed, crashed = verify([made(good), made(wrong), made(broken)], examples=30)
    assert (ok.ok, ok.backend, ok.examples, ok.detail) == (True, "exact", 30, None)
    assert failed.ok is False
    assert failed.detail.startswith("too large")
    assert "x=1000" in failed.detail
    assert (crashed.ok, crashed.backend, crashed.detail) == (False, "numpy", "TypeError: no such thing")


def test_verify_in_processes_keeps_order_and_survives_a_dead_check():
    """Results come in the order asked for; a check that ends its process fails alone."""
    seen = []
    asked = [made(good), made(deadly), made(wrong), made(seeded), made(good)]
    results = verify(asked, jobs=2, examples=20, progress=seen.append)
    assert [result.id for result in results] == ["good", "deadly", "wrong", "seeded", "good"]
    assert [result.ok for result in results] == [True, False, False, False, True]
    assert results[1].detail == "the check ended its process"
    assert len(seen) == 5
    here = verify([made(seeded)], examples=20)[0]
    assert here.detail == results[3].detail, "another process drew other examples"


def test_verify_is_deterministic():
    """The same seed gives the same draws and report but for the seconds; another seed gives other draws."""
    first, second, other = (verify([made(seeded), made(wrong)], seed=seed)[:] for seed in (5, 5, 6))
    for a, b in zip(first, second, strict=True):
        assert {**asdict(a), "seconds": None} == {**asdict(b), "seconds": None}
    assert first[0].detail != other[0].detail


def test_draws_do_not_depend_on_imported_modules(tmp_path, monkeypatch):
    """Hypothesis also draws constants that it finds in modules of the user; the report must not depend on them."""
    before = registry.run(made(seeded), examples=300).detail
    (tmp_path / "module_of_constants.py").write_text("\n".join(f"C{i} = {i}98765" for i in range(1, 300)))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    __import__("module_of_constants")
    assert registry.run(made(seeded), examples=300).detail == before


def test_draws_differ_between_statements():
    """The seed of a statement depends on its id."""
    assert Context("a").derived_seed() != Context("b").derived_seed()
    assert Context("a", seed=1).derived_seed() != Context("a", seed=2).derived_seed()


def test_examples_scale_a_property():
    """--examples sets the number of draws."""
    assert [verify([made(good)], examples=n)[0].examples for n in (1, 7, 90)] == [1, 7, 90]


def test_report_has_the_fixed_keys():
    """The keys of the JSON, which are never renamed; open statements have no outcome; it survives JSON."""
    open_statement = Statement("o", "B-1", "SO", "", "theorem", "t", "w", "open", why="nobody knows")
    results = verify([made(good), open_statement])
    report = json.loads(json.dumps(registry.report(results, backend="numpy", seed=0)))
    assert list(report) == ["schema", "lipref", "backend", "seed", "ok", "statements"]
    assert list(report["statements"][0]) == (
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
    assert report["ok"] is True
    assert report["statements"][1]["ok"] is None
    assert report["statements"][1]["detail"] == "nobody knows"
    assert registry.report(verify([made(wrong)]), backend="numpy", seed=0)["ok"] is False


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("SO-Thm1", ["SO-Thm1"]),
        ("so-thm1", ["SO-Thm1"]),
        ("margin-factor", ["SO-Cert"]),
        ("b-50", ["SO-Cert", "SO-LB"]),
        ("B-30", ["SO-B3-Scale"]),
    ],
)
def test_select_by_any_name(selector, expected):
    """Ids of statements, of errata and of the specification select, in any case of letters."""
    assert ids(registry.select([selector])) == expected


def test_select_papers_and_nothing():
    """A paper selects its statements in order, no selector selects all, several select their union in order."""
    assert registry.select() == ALL
    assert ids(registry.select(["so"])) == [s.id for s in ALL if s.paper == "SO"]
    assert ids(registry.select(["SO-Thm2", "SO-Thm1"])) == ["SO-Thm1", "SO-Thm2"]


def test_select_names_close_ones():
    """An unknown selector is an error that lists what was probably meant."""
    with pytest.raises(UnknownNameError, match="SO-Thm1") as caught:
        registry.select(["SO-Tm1"])
    assert caught.value.values["selector"] == "SO-Tm1"


def test_verify_refuses_misuse():
    """Unknown and missing backends, too few examples or jobs, negative seeds."""
    with pytest.raises(UnknownNameError):
        verify([], backend="nump")
    with pytest.raises(ValueError, match="examples"):
        verify([], examples=0)
    with pytest.raises(ValueError, match="jobs"):
        verify([], jobs=0)
    with pytest.raises(ValueError, match="seed"):
        verify([], seed=-1)


def test_missing_backend_names_the_extra():
    """The message says what to install."""
    try:
        import cupy  # noqa: F401
    except ImportError:
        with pytest.raises(BackendError, match="cuda12"):
            verify([], backend="cupy")
    else:
        pytest.skip("CuPy is installed")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"verdict": "true"}, "verdict"),
        ({"kind": "guess"}, "kind"),
        ({"paper": "XX"}, "paper"),
        ({"verdict": "refuted"}, "erratum"),
        ({"verdict": "holds_corrected"}, "erratum"),
        ({"check": None}, "a check"),
        ({"verdict": "open", "check": None}, "why"),
        ({"verdict": "open", "why": "w"}, "no check"),
    ],
)
def test_statement_refuses_inconsistent_entries(fields, message):
    """Unknown tokens; a verdict without the check, the erratum or the reason that it needs."""
    plain = {"id": "x", "spec_id": "B-1", "paper": "SO", "locator": "", "kind": "remark", "title": "t", "wording": "w"}
    with pytest.raises((UnknownNameError, TypeError), match=message):
        Statement(**{**plain, "verdict": "holds", "check": good, **fields})


def test_section_keeps_the_order_of_writing():
    """The statements of a part come in the order in which they stand in its file."""
    section = Section("MF")
    common = {"locator": "", "kind": "remark", "title": "t", "wording": "w"}
    section.add("MF-B", verdict="open", why="w", **common)
    section.statement("MF-A", verdict="holds", **common)(good)
    assert ids(section.statements) == ["MF-B", "MF-A"]
    assert section.statements[1].spec_id == "MF-A"


def test_counterexample_prints_fractions_plainly():
    """1/2 and not Fraction(1, 2), inside arrays and tuples too."""
    case = Counterexample("c", "o", {"a": (Fraction(1, 2), lipref.exact([1, "2/3"]))})
    assert str(case).splitlines() == ["claim:    c", "observed: o", "  a = (1/2, [1, 2/3])"]
    assert case["a"][0] == Fraction(1, 2)


def test_erratum_carries_its_counterexample():
    """An erratum is usable from its statement."""
    (erratum,) = registry.select(["margin-factor"])[0].errata
    assert isinstance(erratum, Erratum)
    assert erratum.counterexample()["delta"] == Fraction(-9, 10)


def test_resolve_refuses_unknown_names():
    """A dotted name that is no object."""
    with pytest.raises(UnknownNameError):
        registry.resolve("lipref.groupsort.quicksort")
    with pytest.raises(UnknownNameError):
        registry.resolve("lipref.nothing.at_all")


def test_draws_are_what_they_say_and_rich():
    """Orthogonal matrices are orthogonal and not all permutations; W = U diag(s) Vᵀ; hard singular values occur."""
    rotated, deficient, wide, tall = [], [], [], []
    values = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(0)])
    shapes = st.sampled_from([(2, 3), (3, 2), (3, 3)])

    def law(q, drawn):
        w, u, s, v = drawn
        assert (q @ q.T).tolist() == draws.identity(3).tolist()
        assert ((u * s) @ v.T).tolist() == w.tolist()
        for basis in (u, v):
            assert (basis.T @ basis).tolist() == draws.identity(len(s)).tolist()
        rotated.append(any(x not in (-1, 0, 1) for x in q.ravel()))
        deficient.append(not all(s))
        wide.append(w.shape[0] < w.shape[1])
        tall.append(w.shape[0] > w.shape[1])

    drawn = shapes.flatmap(lambda shape: draws.with_singular_values(*shape, values))
    Context("draws", examples=60).property(law, q=draws.orthogonal(3), drawn=drawn)
    for kind in (rotated, deficient, wide, tall):
        assert 5 <= sum(kind) <= 55
