"""The documentation site: `sphinx-build -W docs FOLDER`, which `.ci/docs` does."""

from importlib.metadata import version as installed_version

project = "pytest-acr"
author = "The pytest-acr developers"
version = release = installed_version("pytest-acr")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"pytest-acr {version}"
html_show_sourcelink = False
