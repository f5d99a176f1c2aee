"""Configuration of the documentation; what is specific to lipref lives in `_ext/lipref_docs.py`."""

import sys
from pathlib import Path

import lipref

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "lipref"
author = "The lipref developers"
copyright = "2026, the lipref developers"
version = release = lipref.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "lipref_docs",
    "lipref_figures",
]
exclude_patterns = ["_build", "generated"]
default_role = "known"  # a link where lipref has an object of that name, else plain code
nitpicky = False
toc_object_entries_show_parents = "hide"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "show-inheritance": False}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
doctest_test_doctest_blocks = ""  # the docstrings' examples run in the tests; here only those of the pages
doctest_global_setup = "import numpy as np\nnp.set_printoptions(precision=4, suppress=True)"

html_theme = "furo"
html_title = f"lipref {release}"
html_static_path = ["_static"]
html_css_files = ["lipref.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
