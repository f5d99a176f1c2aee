"""The Coq proofs, as far as Python can tell without Coq, and negative controls of their audit.

Without Coq: the golden file belongs to the .v files that lie beside it (tags, hashes), its ids are those of the
registry, its axioms those allowed, its witnesses those of the Python checks. Every wrong edit is seen in the sources
alone; where Coq is installed, the same edits are tried past that first line of defence, so that each check of the audit
is seen to fail. A small copy of the proofs, two files, keeps this quick.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROOFS = ROOT / "proofs" / "coq"
SMALL = ("Matrix.v", "Margin.v")
"""A part of the proofs that compiles alone in about three seconds."""

needs_coq = pytest.mark.skipif(
    shutil.which("coqc") is None, reason="coqc not found: Debian 12 has it in the package coq"
)


def load_audit():
    spec = importlib.util.spec_from_file_location("lipref_coq_audit", PROOFS / "audit.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


audit = load_audit()


@pytest.fixture(scope="module")
def golden():
    return audit.load_golden(PROOFS)


@pytest.fixture(scope="module")
def sources():
    return audit.read(PROOFS)


# --- without Coq


def test_sources_use_no_forbidden_word_and_are_all_in_the_project(sources):
    texts, theorems = sources
    assert len(texts) >= 20
    assert len(theorems) >= 150


def test_golden_file_belongs_to_the_sources(sources, golden):
    """Tags, ids and the hashes of all files without comments and Qed proofs."""
    assert audit.differences(*sources, golden) == [], "after reading the change, run proofs/coq/audit.py --update"


def test_golden_file_has_the_words_of_the_sources(sources, golden):
    _, theorems = sources
    stale = [t.name for t in theorems if golden["theorems"][t.name]["words"] != t.words]
    assert stale == [], "run proofs/coq/audit.py --update"
    assert [t.name for t in theorems if not t.words] == [], "theorems without a sentence before them"


def test_golden_file_allows_only_the_known_axioms(golden):
    for name, theorem in golden["theorems"].items():
        assert set(theorem["axioms"]) <= set(audit.ALLOWED_AXIOMS), name


def test_golden_ids_are_registered():
    """Every id of a Coq theorem is the id, or a spec_id, of a statement of the registry."""
    statements = pytest.importorskip("lipref.statements")
    known = set()
    for statement in statements.registry():
        known |= {statement.id, *(part.strip() for part in statement.spec_id.split(","))}
    golden = audit.load_golden(PROOFS)
    unknown = {i for theorem in golden["theorems"].values() for i in theorem["ids"]} - known
    assert unknown == set(), "tags of Coq theorems that no registered statement has"


def test_proof_files_named_by_the_registry_prove_that_statement(golden):
    """`proof="proofs/coq/X.v"` means: X.v holds a theorem tagged with one of the statement's ids."""
    statements = pytest.importorskip("lipref.statements")
    about = {(t["file"], i) for t in golden["theorems"].values() for i in t["ids"]}
    named = 0
    for statement in statements.registry():
        for path in re.findall(r"proofs/coq/(\w+\.v)", statement.proof or ""):
            named += 1
            ids = {statement.id, *(part.strip() for part in statement.spec_id.split(","))}
            assert about & {(path, i) for i in ids}, f"{statement.id}: no theorem about it in {path}"
    assert named


def in_coq(value: Fraction) -> str:
    """A rational as Coq prints it."""
    text = str(abs(value)).replace("/", " / ")
    if value >= 0:
        return text
    return f"- ({text})" if "/" in text else f"-{text}"


def in_parentheses(value: Fraction) -> str:
    text = in_coq(value)
    return f"({text})" if "/" in text and value >= 0 else text


@pytest.mark.parametrize(
    ("theorem", "function"),
    [("Margin.printed_half_refuted", "margin_over_half"), ("Margin.printed_figure_refuted", "margin_over_one")],
)
def test_margin_witnesses_are_those_of_the_python_check(golden, theorem, function):
    """[SO-Cert] Point, perturbation, margin and logits stand in the Coq statement as the registry has them."""
    robustness = pytest.importorskip("lipref.statements.sorting_out.robustness")
    case = getattr(robustness, function)()
    statement = golden["theorems"][theorem]["statement"]
    x, moved = in_parentheses(case["x"]), f"({in_coq(case['x'])} + {in_coq(case['delta'])})"
    for fragment in (
        f"Margin.margin 2 0 (Margin.witness {x}) = {in_coq(2 * case['x'])} ",
        f"Margin.dist {x} {moved} < {in_coq(case['eps'])} ",
        f"Margin.witness {moved} 0%nat = {in_coq(case['after'][0])} ",
        f"Margin.witness {moved} 1%nat = {in_coq(case['after'][1])} ",
        f"~ Margin.predicts 2 0 (Margin.witness {moved})",
    ):
        assert fragment in statement, (fragment, statement)


def rows(matrix) -> str:
    return "[" + "; ".join("[" + "; ".join(str(Fraction(v)) for v in row) + "]" for row in matrix) + "]"


def test_orthonormal_weight_witnesses_are_those_of_the_python_check():
    """[SO-Thm2], [SO-GNP] Matrices, replacements and values of the counterexamples."""
    gradient_norm = pytest.importorskip("lipref.statements.sorting_out.gradient_norm")
    text = (PROOFS / "Theorem2.v").read_text(encoding="utf-8")
    a, b = gradient_norm.rank_deficient_layer(), gradient_norm.full_rank_layer()
    assert f"Definition W1 : mat := rows {rows(a['w1'])}." in text
    point = "; ".join(map(str, a["x"]))
    assert f"networkA (rows {rows(a['replacement'][0])}) zero (column [{point}]) = {a['f_replaced']} /\\ " in text
    assert f"fA (column [{point}]) = {a['f']} /\\" in text
    assert f"networkA (rows {rows(a['replacement'][1])}) zero " in text
    point = "; ".join(map(str, b["x"]))
    assert f"Definition WB : mat := rows {rows(b['w'])}." in text
    assert f"networkB (rows {rows(b['replacement'])}) zero (column [{point}]) = {b['f_replaced']} /\\ " in text
    assert f"fB (column [{point}]) = {b['f']}." in text


# --- edits, seen in the sources alone

DEFINITION = ("Matrix.v", "normsq m (mulv n A x) <= normsq n x.", "normsq m (mulv n A x) <= 2 * normsq n x.")
"""Operator norm at most sqrt 2 instead of 1: everything in the small copy still compiles."""
WEAKER = (
    "Margin.v",
    "Theorem margin_exceeds : forall n t y c, (2 <= n)%nat",
    "Theorem margin_exceeds : forall n t y c, (3 <= n)%nat",
)
"""At least three classes instead of two: the proof still works."""
CONSTANT = (
    "Margin.v",
    "lipschitz_linf K -> 2 * K * eps <= margin n t (f x)",
    "lipschitz_linf K -> K * eps / 2 <= margin n t (f x)",
)
"""The constant as printed in the paper: false."""
DELETED = ("Margin.v", "(* @statement SO-Eq5 *)\n", "")
COMMENT = ("Margin.v", "(** The margin exceeds", "(** A remark (* with one inside *) here. The margin exceeds")
ADMITTED = ("Margin.v", "Proof. intros y H. unfold margin; simpl. rewrite Rmax_right; lra. Qed.", "Proof. Admitted.")
TOP_LEVEL = (
    "Margin.v",
    "(** * Binary scores *)\n",
    "(** * Binary scores *)\n\nHypothesis everything : forall P : Prop, P.\n",
)
HIDDEN = ("Matrix.v", "Definition vec :=", '(* "(*" *) Axiom everything : False. (* "*)" *)\nDefinition vec :=')
"""Coq reads an axiom between two comments, whose strings look like the ends of one long comment."""
IN_PROOF = (
    "Margin.v",
    "Proof. intros y H. unfold margin; simpl. rewrite",
    "Proof. intros y H. - Definition contraction := True. unfold margin; simpl. rewrite",
)
"""A definition that would outlive the Qed and take the place of another in what follows."""
USED = ("Margin.v", "  - rewrite Rabs_right in Q by lra. lra.\n", "  - apply everything.\n")


@pytest.fixture
def small(tmp_path):
    """A copy of two files that can be edited, with the golden file of the whole restricted to them."""
    golden = audit.load_golden(PROOFS)
    for name in SMALL:
        shutil.copy(PROOFS / name, tmp_path)
    (tmp_path / "_CoqProject").write_text("-Q . Lipref\n" + "".join(f"{name}\n" for name in SMALL))
    golden["files"] = {name: golden["files"][name] for name in SMALL}
    golden["theorems"] = {name: t for name, t in golden["theorems"].items() if t["file"] in SMALL}
    (tmp_path / audit.GOLDEN).write_text(json.dumps(golden))
    return tmp_path


def edit(folder: Path, change: tuple[str, str, str]) -> None:
    name, old, new = change
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} no longer holds exactly once: {old}"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def accept_sources(folder: Path) -> None:
    """Bring hashes of files and tags of the golden file up to date, as one would who wants to slip an edit in."""
    golden = audit.load_golden(folder)
    texts, theorems = audit.read(folder)
    golden["files"] = {name: audit.digest(audit.skeleton(text)) for name, text in texts.items()}
    golden["theorems"] = {t.name: golden["theorems"][t.name] for t in theorems}
    (folder / audit.GOLDEN).write_text(json.dumps(golden))


def test_small_copy_agrees_with_its_golden_file(small):
    texts, theorems = audit.read(small)
    assert len(theorems) >= 15
    assert audit.differences(texts, theorems, audit.load_golden(small)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (DEFINITION, "file Matrix.v: definitions or statements changed"),
        (WEAKER, "file Margin.v: definitions or statements changed"),
        (CONSTANT, "file Margin.v: definitions or statements changed"),
        (DELETED, "theorem Margin.hinge_certifies ['SO-Eq5'] is missing"),
        (("Margin.v", "@statement SO-Eq5", "@statement SO-Eq4"), "ids of Margin.hinge_certifies"),
        (("Margin.v", "Theorem hinge_certifies", "Theorem hinge_certificate"), "Margin.hinge_certifies"),
    ],
    ids=["definition", "weaker", "constant", "deleted", "id", "renamed"],
)
def test_differences_sees(small, change, expected):
    edit(small, change)
    found = audit.differences(*audit.read(small), audit.load_golden(small))
    assert any(expected in line for line in found), found


def test_differences_ignores_comments_and_proofs(small):
    edit(small, COMMENT)
    edit(small, ("Margin.v", "- rewrite Rabs_right in Q by lra. lra.", "- rewrite Rabs_right in Q; lra."))
    assert audit.differences(*audit.read(small), audit.load_golden(small)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ADMITTED, "forbidden word `Admitted`"),
        (TOP_LEVEL, "an assumption outside a section: Hypothesis everything"),
        ((TOP_LEVEL[0], TOP_LEVEL[1], "Time Variable everything : False.\n"), "an assumption outside a section: Time"),
        (HIDDEN, "forbidden word `Axiom`"),
        (("Matrix.v", "Definition vec :=", "Axiom everything : False.\nDefinition vec :="), "forbidden word `Axiom`"),
        (("Matrix.v", "Definition vec :=", "Unset Guard Checking.\nDefinition vec :="), "forbidden word `Unset Guard"),
        (("Margin.v", "@statement SO-Eq5", "@statment SO-Eq5"), "a tag that is not understood"),
        (("Margin.v", "End Certificates.", "End Certificates.\nVariable n : nat."), "an assumption outside a section"),
        (("_CoqProject", "Margin.v\n", ""), "_CoqProject and the folder disagree"),
    ],
    ids=["admitted", "hypothesis", "timed", "hidden", "axiom", "guard", "tag", "variable", "project"],
)
def test_read_refuses(small, change, expected):
    edit(small, change)
    with pytest.raises(audit.AuditError, match=re.escape(expected)):
        audit.read(small)


def test_differences_refuses_a_command_inside_a_proof(small):
    """What a proof leaves behind is no part of the hash, so nothing may be left behind."""
    edit(small, IN_PROOF)
    with pytest.raises(audit.AuditError, match="a command inside a proof: - Definition contraction"):
        audit.differences(*audit.read(small), audit.load_golden(small))


def test_skeleton_keeps_what_can_be_unfolded():
    """`Defined` keeps its proof; comments nest, strings hide them; an open proof is an error."""
    text = 'Definition a := "(*". (* b (* c *) d *) Lemma l : True. Proof. exact I. Qed.\n'
    text += "Lemma t : nat. Proof. exact 1.\nDefined."
    assert audit.skeleton(text) == (
        'Definition a := "(*".\nLemma l : True.\nQed.\nLemma t : nat.\nProof.\nexact 1.\nDefined.\n'
    )
    with pytest.raises(audit.AuditError, match="not closed"):
        audit.skeleton("Lemma l : True. Proof. exact I.")


def test_missing_coq_is_loud(monkeypatch, capsys):
    """Exit 77, or 0 where the caller asks for it; the message stands out in both."""
    monkeypatch.setattr(audit.shutil, "which", lambda tool: None)
    assert audit.main([]) == audit.MISSING == 77
    assert audit.main(["--allow-missing"]) == 0
    assert capsys.readouterr().err.count("THE COQ PROOFS WERE NOT CHECKED") == 2


def test_missing_golden_file_is_an_error(small):
    (small / audit.GOLDEN).unlink()
    with pytest.raises(audit.AuditError, match="no golden file"):
        audit.audit(small)


# --- with Coq


@needs_coq
def test_audit_passes_and_survives_an_edited_comment(small, capsys):
    edit(small, COMMENT)
    assert audit.main(["--root", str(small)]) == 0
    theorems = len(audit.load_golden(small)["theorems"])
    assert capsys.readouterr().out.startswith(f"{theorems} theorems about ")


@needs_coq
def test_audit_runs_as_a_script(small):
    """A fresh process, as tox starts it, also when the folder has no golden file: exit 1 and the reason."""
    (small / audit.GOLDEN).unlink()
    command = [sys.executable, str(PROOFS / "audit.py"), "--root", str(small)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "")
    assert "no golden file" in result.stderr


@needs_coq
def test_coq_refuses_the_printed_constant(small):
    """[SO-Cert] With K eps/2 in place of 2 K eps the proof does not go through."""
    edit(small, CONSTANT)
    accept_sources(small)
    with pytest.raises(audit.AuditError, match="coqc Margin.v failed"):
        audit.audit(small)


@needs_coq
def test_audit_sees_a_weaker_theorem_whose_file_hash_was_accepted(small):
    edit(small, WEAKER)
    accept_sources(small)
    with pytest.raises(audit.AuditError, match="Margin.margin_exceeds: statement"):
        audit.audit(small)


@needs_coq
def test_audit_sees_an_edited_definition_that_compiles(small):
    """The printed statements stay as they were: only the hash of the file tells."""
    edit(small, DEFINITION)
    with pytest.raises(audit.AuditError, match="file Matrix.v: definitions"):
        audit.audit(small)
    accept_sources(small)
    audit.audit(small)


@needs_coq
def test_audit_sees_a_deleted_statement(small):
    edit(small, DELETED)
    with pytest.raises(audit.AuditError, match="Margin.hinge_certifies .* is missing"):
        audit.audit(small)


@needs_coq
@pytest.mark.parametrize("change", [(ADMITTED,), (TOP_LEVEL, USED)], ids=["admitted", "hypothesis"])
def test_axioms_of_coq_tell_what_the_words_would_have_told(small, monkeypatch, change):
    """With the search for words switched off, Print Assumptions shows the gap."""
    for part in change:
        edit(small, part)
    monkeypatch.setattr(audit, "check_words", lambda name, text: None)
    accept_sources(small)
    with pytest.raises(audit.AuditError, match="axioms beyond the list"):
        audit.audit(small)


@needs_coq
@pytest.mark.nightly
def test_coqchk_agrees(small):
    assert "coqchk: " in audit.audit(small, coqchk=True)
