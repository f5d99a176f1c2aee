"""Sphinx extension: formulas as MathML, and pages made from the registry, the proofs and the committed results.

Nothing here states a fact of its own. Statements, verdicts and errata come from `lipref.statements`, theorems from
`proofs/coq/statements.json`, numbers from the JSON files under `docs/results`.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import re
import textwrap
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from docutils.utils.math import latex2mathml
from sphinx.addnodes import pending_xref
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

import lipref

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "results"
GOLDEN = ROOT / "proofs" / "coq" / "statements.json"

VERDICT_WORDS = {
    "holds": "holds",
    "holds_corrected": "holds as corrected",
    "refuted": "refuted",
    "open": "open",
    "not_executable": "not executable",
}


# --- formulas: MathML, which browsers draw by themselves, so that the pages need neither scripts nor a network


def _mathml(source: str, *, block: bool) -> str:
    parts = [part for part in re.split(r"\n\s*\n", source.strip()) if part]
    return "".join(latex2mathml.tex2mathml(part, as_block=block) for part in parts)


def visit_inline_math(translator, node):
    translator.body.append(_mathml(node.astext(), block=False))
    raise nodes.SkipNode


def visit_block_math(translator, node):
    source = node.astext()
    if r"\\" in source and r"\begin" not in source:
        source = r"\begin{aligned}" + source + r"\end{aligned}"
    translator.body.append(f'<div class="math">{_mathml(source, block=True)}</div>')
    raise nodes.SkipNode


# --- names: `groupsort` in single quotes becomes a link where it is an object of lipref


def known_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Link to the Python object of that name if the documentation has it, else code."""
    env = inliner.document.settings.env
    literal = nodes.literal(rawtext, text, classes=["code"])
    if not re.fullmatch(r"[A-Za-z_][\w.]*", text):
        return [literal], []
    reference = pending_xref(
        rawtext,
        literal,
        refdomain="py",
        reftype="obj",
        reftarget=text,
        refexplicit=False,
        refwarn=False,
        refdoc=env.docname,
        **{"py:module": env.ref_context.get("py:module"), "py:class": env.ref_context.get("py:class")},
    )
    return [reference], []


CITATION = re.compile(r"\[((?:SO|MF|ALR)-[A-Za-z0-9.\-]+)((?:, (?:SO|MF|ALR)-[A-Za-z0-9.\-]+)*)\](?!_)")
EMPHASIS = re.compile(r"(?<![\w*])\*[^*\s](?:[^*]*[^*\s])?\*(?![\w*])|`[^`]*`")


HELD: dict[str, list[str]] = {}
"""Docstrings of fields and constants on their way around napoleon, by name."""


def plain_docstring(app, what, name, obj, options, lines):
    """Docstrings are written for the screen: `*`, `|` mean themselves, indented displays keep their lines."""
    if what in ("attribute", "data", "property"):  # napoleon would take what stands before a colon for a type
        HELD[name] = [_escaped(line) for line in lines]
        lines.clear()
        return
    out, section, previous = [], "", ""
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if line and re.fullmatch(r"-+", following.strip()) and len(following.strip()) == len(line.strip()):
            section = line.strip()
        display = line.startswith("    ") and section in ("", "Notes", "Examples")
        if display and not previous.strip():  # a display begins
            out += ["::", ""]
        out.append(line if display or line.lstrip().startswith(">>>") else _escaped(line))
        previous = line
    lines[:] = _merged(out)


def _merged(lines: list[str]) -> list[str]:
    """One literal block for displays that blank lines separate."""
    out: list[str] = []
    for line in lines:
        if line == "::" and any(out):
            last = next(text for text in reversed(out) if text)
            if last.startswith("    "):
                continue
        out.append(line)
    return out


def _escaped(line: str) -> str:
    """The line with `*` and `|` taken literally, except in emphasis, `code`, bullets and names such as **arrays."""
    start = re.match(r"\s*(?:[*-] |\*{0,2}\w[\w, *]* : |\*{1,2}\w+$)?", line).end()
    out, position = line[:start], start
    for match in EMPHASIS.finditer(line, start):
        out += _literal(line[position : match.start()]) + match[0]
        position = match.end()
    return out + _literal(line[position:])


def _literal(text: str) -> str:
    return re.sub(r"(?<!\w)_(?=\W|$)|[*|\\]", lambda match: "\\" + match[0], text)


def link_citations(app, what, name, obj, options, lines):
    """[SO-Eq3] in a docstring links to that statement, where the registry has it."""
    known = {statement.id for statement in registry()}
    lines += HELD.pop(name, [])

    def link(match):
        labels = match[0].strip("[]").split(", ")
        return "[" + ", ".join(f":ref:`{x} <{anchor(x)}>`" if x in known else x for x in labels) + "]"

    lines[:] = [CITATION.sub(link, line) for line in lines]


# --- the registry and the proofs


@functools.cache
def registry():
    from lipref import statements

    return statements.registry()


@functools.cache
def outcomes():
    """Every check, run on two draws, to see whether it touches an array library or exact values alone."""
    from lipref import statements

    return {result.id: result for result in statements.verify(registry(), examples=2)}


@functools.cache
def theorems() -> dict[str, list[str]]:
    """Statement id -> names of the Coq theorems about it."""
    if not GOLDEN.exists():
        return {}
    found: dict[str, list[str]] = {}
    for name, theorem in json.loads(GOLDEN.read_text(encoding="utf-8"))["theorems"].items():
        for statement in theorem.get("ids", []):
            found.setdefault(statement, []).append(name)
    return found


@functools.cache
def derivations() -> dict[str, list[str]]:
    """Statement id -> files under proofs/ whose first paragraphs cite it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "proofs").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for match in CITATION.finditer(text):
            for statement in match[0].strip("[]").split(", "):
                found.setdefault(statement, []).append(f"proofs/{path.name}")
    return found


def proof_files(statement) -> list[str]:
    """Derivations and Coq files about the statement, each once."""
    coq = [f"proofs/coq/{name.split('.')[0]}.v" for name in theorems().get(statement.id, [])]
    return list(dict.fromkeys([*derivations().get(statement.id, []), *filter(None, [statement.proof]), *coq]))


ASYMPTOTIC = re.compile(r"\b(limits?|asymptotic\w*|almost surely|infinitely)\b", re.IGNORECASE)


def kinds_of_truth(statement) -> list[str]:
    """How far the truth of a statement is established, strongest first."""
    if statement.check is None:
        return []
    kinds = []
    if theorems().get(statement.id):
        kinds.append("kernel-checked")
    if any(name.endswith(".py") for name in proof_files(statement)):
        kinds.append("symbolic")
    if not kinds and ASYMPTOTIC.search(statement.why or ""):
        return ["asymptotic only"]
    kinds.append("exact on instances" if outcomes()[statement.id].backend == "exact" else "property-tested")
    return kinds


def anchor(statement_id: str) -> str:
    return "statement-" + re.sub(r"[^a-z0-9]+", "-", statement_id.lower()).strip("-")


def prose(text: str) -> str:
    """Plain text as reStructuredText: `code` stays code, everything else is taken literally."""
    pieces = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(
        f"`{piece}`" if piece[:1] == "`" and len(piece) > 2 else re.sub(r"([\\*`|_])", r"\\\1", piece)
        for piece in (p if p[:1] != "`" else f"`{p.strip('`')}`" for p in pieces)
    ).replace("``", "`")


def _code(text: str) -> str:
    return "``" + text.replace("``", "' '") + "``"


def _folded(summary: str, source: str, language: str = "python") -> list[str]:
    return [
        ".. raw:: html",
        "",
        f"   <details class='source'><summary>{summary}</summary>",
        "",
        f".. code-block:: {language}",
        "",
        *textwrap.indent(source.rstrip(), "   ").splitlines(),
        "",
        ".. raw:: html",
        "",
        "   </details>",
        "",
    ]


def statement_rst(statement) -> list[str]:
    title = f"{statement.id}: {statement.title}"
    lines = [f".. _{anchor(statement.id)}:", "", prose(title), "-" * (2 * len(title) + 8), ""]
    lines += [
        f".. rst-class:: verdict verdict-{statement.verdict.replace('_', '-')}",
        "",
        f"**{VERDICT_WORDS[statement.verdict]}** · {statement.kind} · {prose(statement.locator)}",
        "",
        prose(statement.wording),
        "",
    ]
    lines += [".. rst-class:: facts", ""]
    if statement.symbols:
        lines.append(":Code: " + ", ".join(f":py:obj:`{symbol}`" for symbol in statement.symbols))
    if statement.check is not None:
        lines.append(":Truth: " + ", ".join(kinds_of_truth(statement)))
    if names := theorems().get(statement.id):
        lines.append(":Coq: " + ", ".join(_code(name) for name in names))
    if files := proof_files(statement):
        lines.append(":Proof: " + ", ".join(map(_code, files)))
    if statement.why:
        lines.append(f":{'Note' if statement.check else 'Why'}: {prose(statement.why)}")
    if statement.spec_id and statement.spec_id != statement.id:
        lines.append(f":Selectors: {_code(statement.spec_id)}")
    lines.append("")
    for erratum in statement.errata:
        lines += erratum_rst(erratum, label=False)
    if statement.check is not None:
        lines += _folded("The check", inspect.getsource(statement.check))
    return lines


def erratum_rst(erratum, *, label: bool) -> list[str]:
    lines = [] if label else [f"**Erratum** :ref:`{erratum.id} <erratum-{erratum.id}>` ({prose(erratum.spec_id)})", ""]
    lines += [
        ".. rst-class:: facts",
        "",
        f":Printed: {prose(erratum.printed)}",
        f":Corrected: {prose(erratum.corrected)}",
        "",
        ".. code-block:: text",
        "   :class: counterexample",
        "",
        *textwrap.indent(str(erratum.counterexample()), "   ").splitlines(),
        "",
    ]
    return lines


class Generated(SphinxDirective):
    """Parses reStructuredText that a subclass writes from data."""

    def rst(self) -> list[str]:
        raise NotImplementedError

    def run(self):
        node = nodes.section()
        node.document = self.state.document
        source = StringList(self.rst(), source=f"<{self.name}>")
        nested_parse_with_titles(self.state, source, node)
        return node.children


class Statements(Generated):
    """`.. statements:: SO` writes every statement of one paper, in the paper's order."""

    required_arguments = 1

    def rst(self):
        chosen = [statement for statement in registry() if statement.paper == self.arguments[0]]
        if not chosen:
            return ["No statement of this paper is in the registry yet.", ""]
        counts = {verdict: sum(s.verdict == verdict for s in chosen) for verdict in VERDICT_WORDS}
        said = ", ".join(f"{count} {VERDICT_WORDS[verdict]}" for verdict, count in counts.items() if count)
        return [f"{len(chosen)} statements: {said}.", "", *(line for s in chosen for line in statement_rst(s))]


class Errata(Generated):
    """`.. errata:: SO` writes every erratum of one paper."""

    required_arguments = 1

    def rst(self):
        lines, seen = [], set()
        for statement in registry():
            for erratum in statement.errata:
                if statement.paper != self.arguments[0] or erratum.id in seen:
                    continue
                seen.add(erratum.id)
                lines += [f".. _erratum-{erratum.id}:", "", erratum.id, "~" * len(erratum.id), ""]
                where = f":ref:`{statement.id} <{anchor(statement.id)}>`"
                lines += [f"{where}, {prose(statement.locator)} ({prose(erratum.spec_id)})", ""]
                lines += erratum_rst(erratum, label=True)
        return lines or ["None so far.", ""]


class TruthIndex(Generated):
    """`.. truth-index::` says for every statement what kind of truth it has."""

    def rst(self):
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 18 16 30 36", ""]
        rows = [["Statement", "Verdict", "Kinds of truth", "Proofs"]]
        rows += [
            [
                f":ref:`{statement.id} <{anchor(statement.id)}>`",
                VERDICT_WORDS[statement.verdict],
                ", ".join(kinds_of_truth(statement)) or "none: " + prose(statement.why or ""),
                ", ".join(map(_code, proof_files(statement))),
            ]
            for statement in registry()
        ]
        for row in rows:
            lines += [f"   {'* -' if index == 0 else '  -'} {cell}" for index, cell in enumerate(row)]
        return [*lines, ""]


class Derivations(Generated):
    """`.. derivations::` lists the files of proofs/ with their first paragraph."""

    def rst(self):
        lines = []
        for path in sorted((ROOT / "proofs").glob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            lines += [f"{_code('proofs/' + path.name)}", f"   {prose(text.split(chr(10) * 2)[0])}", ""]
        return lines or ["None yet.", ""]


class CoqTheorems(Generated):
    """`.. coq-theorems::` lists the machine-checked theorems by file."""

    def rst(self):
        if not GOLDEN.exists():
            return ["The golden file of the theorems is not written yet.", ""]
        golden = json.loads(GOLDEN.read_text(encoding="utf-8"))["theorems"]
        known, lines, file = {statement.id for statement in registry()}, [f"{len(golden)} theorems.", ""], None
        for name, theorem in golden.items():
            if theorem.get("file") != file:
                file = theorem.get("file")
                lines += [f".. rubric:: proofs/coq/{file}", ""]
            ids = [f":ref:`{i} <{anchor(i)}>`" if i in known else prose(i) for i in theorem.get("ids", [])]
            lines += [f"{_code(name.split('.')[-1])} ({', '.join(ids)})", f"   {prose(theorem.get('words', ''))}", ""]
        return lines


class Contracts(Generated):
    """`.. contracts::` lists the contracts of the conformance kit: parameters, then checks."""

    def rst(self):
        from lipref.conformance import CONTRACTS

        known, lines = {statement.id for statement in registry()}, []
        for contract in CONTRACTS.values():
            lines += [contract.name, "~" * len(contract.name), "", prose(contract.summary), ""]
            if contract.parameters:
                lines += [".. rst-class:: facts", ""]
                for item in contract.parameters:
                    choices = f" of {', '.join(map(str, item.choices))}" if item.choices else ""
                    words = f"{prose(item.meaning)}; by default {_code(str(item.default))}"
                    lines.append(f":{prose(item.name)}: {words}{choices}")
                lines.append("")
            for item in contract.checks:
                ids = [f":ref:`{i} <{anchor(i)}>`" if i in known else prose(i) for i in item.statements]
                lines.append(f"* {_code(item.name)}: {prose(item.words)} {', '.join(ids)}")
            lines.append("")
        return lines


# --- committed results


class Result(Generated):
    """`.. result:: digits.json` with a template: `{path.to.value}` or `{path.to.value:.2f}` stands for a number of it.

    What lies between the lines `{% for NAME in path %}` and `{% end %}` is repeated for each entry; `NAME_key` is its
    key or index, and `@NAME_key` as a part of another path looks that up.
    """

    required_arguments = 1
    has_content = True

    def rst(self):
        path = RESULTS / self.arguments[0]
        if not path.exists():
            return [f"No result is committed yet; the command above makes ``docs/results/{path.name}``.", ""]
        self.env.note_dependency(str(path))
        return fill(list(self.content), {"result": json.loads(path.read_text(encoding="utf-8"))})


FOR = re.compile(r"\s*\{% for (\w+) in ([\w.]+) %\}\s*$")
SLOT = re.compile(r"\{([A-Za-z_][\w.@]*)(?::([^}]+))?\}")


def look_up(path: str, scope: dict):
    first, *rest = path.split(".")
    value = scope[first] if first in scope else scope["result"][first]
    for part in rest:
        key = scope[part[1:]] if part[:1] == "@" else part
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def show(value, form: str) -> str:
    """The value in the form that the slot asks for; a dash where the entry has no such field."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if form == "ms":
        return f"{1e3 * value:.1f} ms"
    if form == "MB":
        return f"{value:.0f} MB"
    return format(value, form)


def fill(lines: list[str], scope: dict) -> list[str]:
    out, index = [], 0
    while index < len(lines):
        loop = FOR.match(lines[index])
        if not loop:
            out.append(SLOT.sub(lambda m: show(look_up(m[1], scope), m[2] or ""), lines[index]))
            index += 1
            continue
        depth, end = 1, index
        while depth:
            end += 1
            if end == len(lines):
                raise ExtensionError(f"no end for {lines[index].strip()}")
            depth += 1 if FOR.match(lines[end]) else -1 if lines[end].strip() == "{% end %}" else 0
        items = look_up(loop[2], scope)
        pairs = items.items() if isinstance(items, dict) else enumerate(items)
        for key, item in pairs:
            out += fill(lines[index + 1 : end], {**scope, loop[1]: item, f"{loop[1]}_key": key})
        index = end + 1
    return out


class ModuleSource(Directive):
    """`.. source:: lipref.groupsort` shows the text of a module, folded."""

    required_arguments = 1

    def run(self):
        package = Path(lipref.__file__).parent
        path = package.joinpath(*self.arguments[0].split(".")[1:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if not path.exists():
            raise self.error(f"no module {self.arguments[0]}")
        text = path.read_text(encoding="utf-8")
        block = nodes.literal_block(text, text, language="python", linenos=True)
        name = path.relative_to(package.parent).as_posix()
        opening = f"<details class='source'><summary>The whole of <code>{name}</code></summary>"
        return [nodes.raw("", opening, format="html"), block, nodes.raw("", "</details>", format="html")]


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline_math, None), (visit_block_math, None))
    app.add_role("known", known_role)
    app.connect("autodoc-process-docstring", plain_docstring, priority=100)  # before napoleon reads the sections
    app.connect("autodoc-process-docstring", link_citations, priority=900)
    app.add_directive("statements", Statements)
    app.add_directive("errata", Errata)
    app.add_directive("truth-index", TruthIndex)
    app.add_directive("derivations", Derivations)
    app.add_directive("coq-theorems", CoqTheorems)
    app.add_directive("contracts", Contracts)
    app.add_directive("result", Result)
    app.add_directive("source", ModuleSource)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
