"""The documentation covers the package: each module has a page, each page is in the table of contents."""

import pkgutil
import re
from pathlib import Path

import pytest

import lipref

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {
    path.relative_to(DOCS).with_suffix("").as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.rst")
}
INTERNAL = {"_array", "_groupsort_numpy", "cli", "__main__", "conformance", "experiments", "datasets"}
"""Modules whose page is another one: the border, the command line, what has pages under other names."""


@pytest.mark.parametrize("name", sorted({info.name for info in pkgutil.iter_modules(lipref.__path__)} - INTERNAL))
def test_every_module_has_a_page(name):
    """Its text and its source are shown."""
    assert any(re.search(rf"^\.\. automodule:: lipref\.{name}$", text, flags=re.MULTILINE) for text in PAGES.values())


def test_every_page_can_be_reached():
    """From the table of contents of the start page."""
    listed = set(re.findall(r"^   ([\w/]+)$", PAGES["index"], flags=re.MULTILINE))
    assert set(PAGES) - {"index"} <= listed


def test_no_number_is_retyped():
    """Pages about measurements hold no digits beside those of templates, shapes and names."""
    for page in ("digits", "benchmarks"):
        text = re.sub(
            r"\{[^}]*\}|``[^`]*``|:math:`[^`]*`|8×8|divided by 16|^\s+:widths:.*$|l2|1-Lipschitz",
            "",
            PAGES[page],
            flags=re.MULTILINE,
        )
        assert not re.findall(r"\d+\.\d+|\d+ ?%", text.replace("within 5 % of one", "")), page
