"""The documentation site: `sphinx-build -W docs FOLDER`, which `.ci/docs` does."""

import re
from importlib.metadata import version as installed_version
from typing import Any

from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

project = "pytest-acr"
author = "The pytest-acr developers"
version = release = installed_version("pytest-acr")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"pytest-acr {version}"
html_show_copyright = False
html_show_sourcelink = False

# The pages in reference/python. Docstrings have single backticks around code: this role shows it as code, and makes a
# link of each name that has an entry.
default_role = "py:obj"
python_use_unqualified_type_names = True
maximum_signature_line_length = 100
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

_LONG_TEXTS = {
    r"[~\w.]*Callable\[\[dict\[str, \S*Any\], \S*StartResponse\], \S*Iterable\[bytes\]\]": "WSGIApplication",
    r"= settings\(.*?verbosity=[\w.]+\)": "= ...",
    r"= <[^<>]*>": "= ...",
}
"""Patterns in signatures: a type by its name, defaults that Python shows in no short way."""


def shorten_signature(*event: Any) -> tuple[str | None, str | None]:
    """Return the signature and the return type that autodoc shows. See its documentation of this event."""
    *_, signature, returned = event
    return _short_text_of(signature), _short_text_of(returned)


def _short_text_of(text: str | None) -> str | None:
    for long, short in _LONG_TEXTS.items():
        text = text and re.sub(long, short, text)
    return text


def cut_fields(*event: Any) -> None:
    """Remove the fields from the docstring of `Settings`, which have a page of their own."""
    *_, lines = event
    if "Fields:" in lines:
        del lines[lines.index("Fields:") :]


def find_short_name(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: Any) -> Any:
    """Return the link of a class without its module, or of its method, if one entry alone has it.

    Other names, such as `size`, are mostly those of an argument.
    """
    target = node["reftarget"]
    if node.get("refdomain") != "py" or not target[:1].isupper():
        return None

    objects = env.domains.python_domain.find_obj(env, None, None, target, None, searchmode=1)
    entries = [(name, entry) for name, entry in objects if not entry.aliased]
    if len(entries) != 1:
        return None

    [(name, entry)] = entries
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, shown, name)


def setup(app: Sphinx) -> None:
    """Connect the functions to autodoc."""
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("autodoc-process-docstring", cut_fields)
    app.connect("missing-reference", find_short_name)
