#!/usr/bin/env python3
"""Build the Coq proofs from scratch and audit them: `python proofs/coq/audit.py`.

What is checked, on a temporary copy of the .v files beside this script:

1. words: no `Admitted`, `admit`, `Axiom`, `Parameter`, ..., no `Variable` or `Hypothesis` outside a section, no switch
   that weakens the kernel;
2. build: every file named in `_CoqProject`, no other, compiles with `coqc`;
3. axioms: `Print Assumptions` of every tagged theorem names nothing beyond `ALLOWED_AXIOMS`, and nothing beyond what
   the golden file says of that theorem;
4. statements: theorems, ids and the statements as Coq prints them are those of the golden file `statements.json`, so
   that no theorem is weakened, renamed or dropped unnoticed. `statement` there is for reading; `sha256` is the hash of
   the statement printed with everything that the readable form leaves implicit;
5. definitions: the hash of every file, without comments and without proofs that end in `Qed`, is that of the golden
   file. A statement may read the same while a definition below it changed; this shows it.

The hashes say that something changed; whether the new text is right, a reader decides, then runs `--update`.
A theorem counts when a comment `(* @statement ID *)` stands before it, several ids separated by blanks; the other
comment there is its meaning in words.

    --update     rewrite statements.json from what Coq accepts now (checks 1-3 must pass)
    --coqchk     also `coqchk`, the independent checker, on all files and on the library below them; and the axioms of
                 every theorem one by one, where otherwise theorems with the same axioms are asked about together (if
                 one of them came to need fewer, only this mode sees it; `--update --coqchk` corrects the file). Minutes
    --slow       the same as --coqchk
    --jobs N     processes of coqc at once (default: all cores)
    --allow-missing   exit 0 where Coq is not installed

Exit status: 0 all checks agree; 1 a check disagrees or a file does not compile; 2 misuse; 77 (the customary mark of a
skipped test) when coqc is absent. tox knows only success and failure, so its environment passes `--allow-missing`:
there the message on standard error stands for the skip.

Standard library only; written for Coq 8.16 (package `coq` of Debian 12).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
GOLDEN = "statements.json"
LIBRARY = "Lipref"
SCHEMA = "lipref/coq/1"
MISSING = 77

# The axioms below Coq's real numbers, and excluded middle.
ALLOWED_AXIOMS = (
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
)

FORBIDDEN = (
    r"Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|Primitive|Declare\s+(?:ML\s+)?Module|Module\s+Type|"
    r"Unset\s+(?:Guard|Positivity|Universe)\s+Checking|bypass_check|native_compute|native_cast_no_check|"
    r"Load|Redirect|Drop|Cd|Add\s+(?:Rec\s+)?LoadPath|Extraction|Type\s+in\s+Type|type_in_type|Obligation|Program"
)
FORBIDDEN_RE = re.compile(rf"(?<![\w'.])(?:{FORBIDDEN})(?![\w'])")
SECTION_ONLY = re.compile(
    r"^(?:#\[[^]]*\]\s*|(?:Local|Global|Time|Succeed|Timeout\s+\d+)\s+)*(?:Variables?|Hypothes[ie]s|Context)\b"
)
# Tactics begin with a small letter, also behind bullets, braces and selectors such as `2:`.
IN_PROOF = re.compile(r"^(?:[-+*{}\s]|(?:all|!|\d[\d,\s-]*)\s*:(?!=))*[A-Z#]")
THEOREM = re.compile(
    r"^(?:#\[[^]]*\]\s*)?(?:Local\s+|Global\s+)?(?:Theorem|Lemma|Corollary|Proposition|Fact|Remark)\s+([\w']+)"
)
TAG = re.compile(r"^@statement((?:\s+[A-Z]+-[\w-]+)+)$")


class AuditError(Exception):
    """A check disagrees; the text says which and where."""


@dataclass
class Theorem:
    """A theorem that carries ids, read from the source."""

    name: str
    """Module and name: "Margin.certificate_linf"."""
    file: str
    ids: list[str]
    words: str


# --- reading the sources


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """("comment", inside), ("string", with quotes) and ("code", one character) of a Coq file.

    As Coq reads it: comments nest, and a string in a comment hides comment marks there; otherwise what Coq compiles
    could look like a comment here.
    """
    position, length = 0, len(text)
    while position < length:
        if text.startswith("(*", position):
            start, depth = position, 0
            while position < length:
                if text.startswith("(*", position):
                    depth, position = depth + 1, position + 2
                elif text.startswith("*)", position):
                    depth, position = depth - 1, position + 2
                    if depth == 0:
                        break
                elif text[position] == '"':
                    position = text.find('"', position + 1) + 1 or length
                else:
                    position += 1
            if depth:
                raise AuditError("a comment is not closed")
            yield "comment", text[start + 2 : position - 2]
        elif text[position] == '"':
            end = text.find('"', position + 1)
            if end < 0:
                raise AuditError("a string is not closed")
            yield "string", text[position : end + 1]
            position = end + 1
        else:
            yield "code", text[position]
            position += 1


def sentences(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every sentence of a Coq file, blanks made single, with the comments that stand before or in it."""
    current, comments = "", []
    for kind, part in tokens(text):
        if kind == "comment":
            comments.append(part)
            current += " "
            continue
        if kind == "code" and part.isspace() and current.endswith(".") and not current.endswith(".."):
            yield " ".join(current.split()), comments
            current, comments = "", []
        else:
            current += part
    if current.strip():
        yield " ".join(current.split()), comments


def skeleton(text: str) -> str:
    """The sentences of a file but for the proofs that end in Qed; `Defined` keeps its proof, it can be unfolded.

    A proof holds tactics alone: a command in it (Definition, Notation, Set, ...) would last beyond the Qed, unseen.
    """
    kept: list[str] = []
    proof: list[str] | None = None
    for sentence, _ in sentences(text):
        if proof is None:
            if re.match(r"Proof\b", sentence):
                if not re.fullmatch(r"Proof(?:\s+(?:with|using)\b.*)?\.", sentence):
                    raise AuditError(f"a proof term after Proof is not read by this audit: {sentence[:60]}")
                proof = [sentence]
            else:
                kept.append(sentence)
            continue
        proof.append(sentence)
        if re.match(r"(?:Qed|Defined|Admitted|Abort|Save)\b", sentence):
            kept.extend(["Qed."] if sentence == "Qed." else proof)
            proof = None
        elif IN_PROOF.match(sentence):
            raise AuditError(f"a command inside a proof: {sentence[:60]}")
    if proof is not None:
        raise AuditError(f"a proof is not closed: {' '.join(proof)[:60]}")
    return "\n".join(kept) + "\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check_words(name: str, text: str) -> None:
    """Forbidden words anywhere in the code; assumptions outside a section."""
    depth = 0
    for sentence, _ in sentences(text):
        plain = re.sub(r'"[^"]*"', '""', sentence)
        found = FORBIDDEN_RE.search(plain)
        if found:
            raise AuditError(f"{name}: forbidden word `{found.group()}` in: {sentence[:80]}")
        if re.match(r"Section\s", plain):
            depth += 1
        elif depth and re.match(r"End\s", plain):
            depth -= 1
        elif not depth and SECTION_ONLY.match(plain):
            raise AuditError(f"{name}: an assumption outside a section: {sentence[:80]}")


def read_theorems(name: str, text: str) -> list[Theorem]:
    """The tagged theorems of a file in its order."""
    module, found = name.removesuffix(".v"), []
    for sentence, comments in sentences(text):
        ids: list[str] = []
        words: list[str] = []
        for comment in comments:
            body = " ".join(comment.strip().lstrip("*").split())
            tag = TAG.match(body)
            if tag:
                ids += tag.group(1).split()
            elif body.startswith("@"):
                raise AuditError(f"{name}: a tag that is not understood: {body[:60]}")
            elif body.startswith("*"):  # a heading, (** * ... *)
                words = []
            else:
                words.append(body)
        if not ids:
            continue
        theorem = THEOREM.match(sentence)
        if not theorem:
            raise AuditError(f"{name}: {ids} stands before no theorem but before: {sentence[:60]}")
        found.append(Theorem(f"{module}.{theorem.group(1)}", name, list(dict.fromkeys(ids)), " ".join(words)))
    return found


def project_files(root: Path) -> list[str]:
    """The files of _CoqProject; every .v file must be among them."""
    lines = (root / "_CoqProject").read_text(encoding="utf-8").split("\n")
    if f"-Q . {LIBRARY}" not in lines:
        raise AuditError(f"_CoqProject lacks the line `-Q . {LIBRARY}`")
    names = [line.strip() for line in lines if line.strip().endswith(".v")]
    others = [line for line in lines if line.strip() and line.strip() not in {*names, f"-Q . {LIBRARY}"}]
    present = sorted(path.name for path in root.glob("*.v"))
    if others or sorted(names) != present:
        unknown = sorted(set(names) ^ set(present)) or others or names
        raise AuditError(f"_CoqProject and the folder disagree: {unknown}")
    return names


def read(root: Path) -> tuple[dict[str, str], list[Theorem]]:
    """Name -> text of the files, and the tagged theorems, after the checks that need no Coq."""
    texts = {name: (root / name).read_text(encoding="utf-8") for name in project_files(root)}
    theorems: list[Theorem] = []
    for name, text in texts.items():
        try:
            check_words(name, text)
            theorems += read_theorems(name, text)
        except AuditError as error:
            raise error if str(error).startswith(name) else AuditError(f"{name}: {error}") from None
    doubles = {t.name for t in theorems if sum(u.name == t.name for u in theorems) > 1}
    if doubles:
        raise AuditError(f"theorems tagged twice: {sorted(doubles)}")
    return texts, theorems


def load_golden(root: Path) -> dict:
    path = root / GOLDEN
    if not path.exists():
        raise AuditError(f"no golden file {GOLDEN}; --update writes one")
    golden = json.loads(path.read_text(encoding="utf-8"))
    if golden.get("schema") != SCHEMA:
        raise AuditError(f"{GOLDEN}: schema {golden.get('schema')!r}, expected {SCHEMA!r}")
    return golden


def load_golden_or_none(root: Path) -> dict | None:
    return load_golden(root) if (root / GOLDEN).exists() else None


def differences(texts: dict[str, str], theorems: list[Theorem], golden: dict) -> list[str]:
    """What differs from the golden file as far as the sources alone show it; needs no Coq."""
    found = []
    here = {theorem.name: theorem for theorem in theorems}
    for name in golden["theorems"]:
        if name not in here:
            found += [f"theorem {name} {golden['theorems'][name]['ids']} is missing"]
    for name, theorem in here.items():
        if name not in golden["theorems"]:
            found.append(f"theorem {name} is not in the golden file")
        elif theorem.ids != golden["theorems"][name]["ids"]:
            found.append(f"ids of {name}: {theorem.ids}, expected {golden['theorems'][name]['ids']}")
    for name in sorted(set(texts) | set(golden["files"])):
        if name not in texts or name not in golden["files"]:
            found.append(f"file {name}: {'not in the golden file' if name in texts else 'missing'}")
        elif digest(skeleton(texts[name])) != golden["files"][name]:
            found.append(f"file {name}: definitions or statements changed (hash of the file without its Qed proofs)")
    return found


# --- asking Coq


def call(command: list[str], folder: Path) -> str:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        tail = (result.stderr or result.stdout).strip()[-1500:]
        raise AuditError(f"{' '.join(command[:1] + command[-1:])} failed:\n{tail}")
    return result.stdout


def build(folder: Path, names: list[str], jobs: int) -> None:
    """Compile in the order of the dependencies, at most `jobs` files at once."""
    needs: dict[str, set[str]] = {}
    for line in call(["coqdep", "-Q", ".", LIBRARY, *names], folder).splitlines():
        targets, _, sources = line.partition(":")
        target = next((t for t in targets.split() if t.endswith(".vo")), None)
        if target:
            vos = {s.removeprefix("./") for s in sources.split() if s.endswith(".vo")}
            needs[target.removeprefix("./")[:-1]] = {vo[:-1] for vo in vos if vo[:-1] in names}
    if set(needs) != set(names):
        raise AuditError(f"coqdep says nothing of {sorted(set(names) - set(needs))}")
    done: set[str] = set()
    running: dict[Future[str], str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        try:
            while len(done) < len(names):
                for name in names:
                    if name not in done and name not in running.values() and needs[name] <= done:
                        running[pool.submit(call, ["coqc", "-q", "-Q", ".", LIBRARY, name], folder)] = name
                if not running:
                    raise AuditError(f"the files depend on each other in a circle: {sorted(set(names) - done)}")
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    name = running.pop(future)
                    future.result()
                    done.add(name)
        finally:
            for future in running:
                future.cancel()


PREAMBLE = """From Coq Require Import Reals List.
Import ListNotations.
Open Scope R_scope.
Set Printing Width 100.
Set Printing Depth 100000.
"""


def ask(folder: Path, texts: dict[str, str], body: str) -> dict[str, str]:
    """Output of Coq by mark, where `body` prints marks by `idtac`; the proofs are loaded but not imported."""
    modules = " ".join(name.removesuffix(".v") for name in texts)
    text = f"From {LIBRARY} Require {modules}.\n{PREAMBLE}{body}"
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "AuditQuestions.v"
        path.write_text(text, encoding="utf-8")
        output = call(["coqc", "-q", "-Q", str(folder), LIBRARY, str(path)], folder)
    answers: dict[str, str] = {}
    mark = ""
    for line in output.splitlines():
        if line.startswith("@@@ "):
            mark = line[4:]
            answers[mark] = ""
        else:
            answers[mark] = answers.get(mark, "") + line + "\n"
    return answers


def mark(name: str) -> str:
    return f'Goal True. idtac "@@@ {name}". Abort.\n'


def printed_statements(folder: Path, texts: dict[str, str], theorems: list[Theorem]) -> dict[str, tuple[str, str]]:
    """Name -> statement as Coq prints it, names of the project qualified by their file; hash of its full form."""
    body = "".join(mark(t.name) + f"Check @{LIBRARY}.{t.name}.\n" for t in theorems)
    body += "Set Printing All.\n"
    body += "".join(mark(f"{t.name} in full") + f"Check @{LIBRARY}.{t.name}.\n" for t in theorems)
    answers = ask(folder, texts, body)
    result = {}
    for theorem in theorems:
        readable, full = (
            " ".join(answers[label].partition("\n     : ")[2].split())
            for label in (theorem.name, f"{theorem.name} in full")
        )
        if not (readable and full):
            raise AuditError(f"Check {theorem.name} printed {answers[theorem.name]!r}")
        result[theorem.name] = readable, digest(full)
    return result


def parse_axioms(name: str, output: str) -> list[str]:
    """Names in the output of Print Assumptions; a line that is neither a name nor a continuation is an error."""
    if output.strip() == "Closed under the global context":
        return []
    axioms = []
    lines = output.rstrip("\n").split("\n")
    if lines[0] != "Axioms:":
        raise AuditError(f"Print Assumptions of {name}: {output.strip()[:200]}")
    for line in lines[1:]:
        if line.startswith(" "):
            continue  # the type of the axiom above
        found = re.match(r"([\w.']+)(?: :.*)?$", line)
        if not found:
            raise AuditError(f"Print Assumptions of {name}: {line}")
        axioms.append(found.group(1))
    return sorted(axioms)


def axioms_of(folder: Path, texts: dict[str, str], groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """Axioms below each group of theorems: one tuple of the whole group is far faster than one question each."""
    body = ""
    for index, (label, names) in enumerate(groups.items()):
        bundle = f"@{LIBRARY}.{names[-1]}"
        for name in reversed(names[:-1]):
            bundle = f"(@{LIBRARY}.{name}, {bundle})"
        body += f"Definition audit_bundle_{index} := {bundle}.\n{mark(label)}Print Assumptions audit_bundle_{index}.\n"
    answers = ask(folder, texts, body)
    return {label: parse_axioms(label, answers[label]) for label in groups}


def axioms_by_groups(
    folder: Path, texts: dict[str, str], names: list[str], expected: dict[str, dict]
) -> dict[str, list[str]]:
    """Axioms of every theorem: those of which `expected` says the same are asked about together, the others alone."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(" ".join(expected[name]["axioms"]) or "none" if name in expected else name, []).append(name)
    found = axioms_of(folder, texts, groups)
    wrong = [label for label, g in groups.items() if g != [label] and (" ".join(found[label]) or "none") != label]
    unlike = [name for label in wrong for name in groups[label]]
    alone = axioms_of(folder, texts, {name: [name] for name in unlike}) if unlike else {}
    return {name: alone.get(name, found[label]) for label, members in groups.items() for name in members}


def run_coqchk(folder: Path, texts: dict[str, str]) -> list[str]:
    """Axioms that the independent checker reports below all files; any other assumption is an error."""
    modules = [f"{LIBRARY}.{name.removesuffix('.v')}" for name in texts]
    output = call(["coqchk", "-silent", "-o", "-Q", ".", LIBRARY, *modules], folder)
    _, _, summary = output.partition("CONTEXT SUMMARY")
    parts = re.split(r"^\* ", summary, flags=re.MULTILINE)[1:]
    axioms: list[str] | None = None
    for part in parts:
        title, _, rest = part.partition(":")
        items = [line.strip() for line in rest.splitlines() if line.strip()]
        if title == "Theory":
            continue
        if title == "Axioms":
            axioms = [item for item in items if item != "<none>"]
        elif items != ["<none>"]:
            raise AuditError(f"coqchk: {title}: {items}")
    if axioms is None:
        raise AuditError(f"coqchk printed no summary: {output[-300:]}")
    short = {".".join(axiom.split(".")[-2:]) for axiom in axioms}
    if not short <= set(ALLOWED_AXIOMS) or not all(axiom.startswith("Coq.") for axiom in axioms):
        raise AuditError(f"coqchk: axioms beyond the list: {sorted(axioms)}")
    return sorted(short)


# --- the audit


def audit(root: Path, *, update: bool = False, coqchk: bool = False, jobs: int = 0) -> str:
    """Run all checks on a copy of `root`; the summary, or AuditError."""
    start = time.perf_counter()
    texts, theorems = read(root)
    if not theorems:
        raise AuditError("no theorem carries a tag")
    golden = None if update else load_golden(root)
    if golden is not None and (found := differences(texts, theorems, golden)):
        raise AuditError("differs from the golden file:\n  " + "\n  ".join(found))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        build(folder, list(texts), jobs or os.cpu_count() or 1)
        statements = printed_statements(folder, texts, theorems)
        names = [theorem.name for theorem in theorems]
        expected = old["theorems"] if (old := golden or load_golden_or_none(root)) and not coqchk else {}
        axioms = axioms_by_groups(folder, texts, names, expected)
        beyond = {name: extra for name in names if (extra := sorted(set(axioms[name]) - set(ALLOWED_AXIOMS)))}
        if beyond:
            raise AuditError(f"axioms beyond the list: {beyond}")
        checked = run_coqchk(folder, texts) if coqchk else None
    new: dict[str, Any] = {
        "schema": SCHEMA,
        "theorems": {
            theorem.name: {
                "ids": theorem.ids,
                "words": theorem.words,
                "file": theorem.file,
                "statement": statements[theorem.name][0],
                "sha256": statements[theorem.name][1],
                "axioms": axioms[theorem.name],
            }
            for theorem in theorems
        },
        "files": {name: digest(skeleton(texts[name])) for name in sorted(texts)},
    }
    if golden is None:
        text = json.dumps(new, indent=1, ensure_ascii=False) + "\n"
        (root / GOLDEN).write_text(text, encoding="utf-8")
    else:
        wrong = [
            f"{name}: {key}\n    is       {new['theorems'][name][key]}\n    expected {golden['theorems'][name][key]}"
            for name in names
            for key in ("statement", "sha256", "axioms")
            if new["theorems"][name][key] != golden["theorems"][name][key]
        ]
        if wrong:
            raise AuditError("differs from the golden file:\n  " + "\n  ".join(wrong))
    used = sorted({axiom for found in axioms.values() for axiom in found})
    ids = {i for theorem in theorems for i in theorem.ids}
    lines = [
        f"{len(theorems)} theorems about {len(ids)} statements in {len(texts)} files; "
        f"{sum(not axioms[name] for name in names)} theorems without any axiom",
        f"axioms: {', '.join(used) or 'none'}",
    ]
    if checked is not None:
        lines.append(f"coqchk: {', '.join(checked) or 'no axioms'}")
    lines.append(f"{time.perf_counter() - start:.1f} s")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--update", action="store_true", help="rewrite the golden file")
    parser.add_argument("--coqchk", "--slow", action="store_true", help="also run the independent checker")
    parser.add_argument("--jobs", type=int, default=0, help="processes of coqc at once; default: all cores")
    parser.add_argument("--allow-missing", action="store_true", help="exit 0 where Coq is not installed")
    parser.add_argument("--root", type=Path, default=HERE, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.jobs < 0:
        parser.error(f"--jobs: expected a number of processes, got {options.jobs}")
    tools = ["coqc", "coqdep", *(["coqchk"] if options.coqchk else [])]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        bar = "*" * 78
        print(f"{bar}\n*** SKIPPED: {', '.join(missing)} not found. THE COQ PROOFS WERE NOT CHECKED.", file=sys.stderr)
        print(f"*** Debian 12: apt-get install --no-install-recommends coq\n{bar}", file=sys.stderr)
        return 0 if options.allow_missing else MISSING
    try:
        print(audit(options.root, update=options.update, coqchk=options.coqchk, jobs=options.jobs))
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
