"""docs/how-to/other-languages.md: its code is that of tests/examples/languages.

`.ci/other-languages` runs the tests in Go, JavaScript and Java.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "other-languages.md").read_text(encoding="utf-8")
INCLUDED = re.findall(r"^```\{literalinclude\} \.\./\.\./(tests/examples/languages/\S+)$", PAGE, re.MULTILINE)
BLOCKS = re.findall(r"^```(\w+)$", PAGE, re.MULTILINE)
CODE = {".go", ".js", ".java", ".cs"}
INSTALLED = {"node_modules", "target"}
CONFIGURATION = {"java/pom.xml", "javascript/package.json"}


def test_every_example_is_on_the_page() -> None:
    examples = ROOT / "tests" / "examples" / "languages"
    code = {file for file in examples.rglob("*") if file.suffix in CODE and not INSTALLED & set(file.parts)}
    configuration = {examples / name for name in CONFIGURATION}
    assert {ROOT / path for path in INCLUDED} == code | configuration


def test_every_snippet_of_code_is_an_example() -> None:
    assert set(BLOCKS) <= {"console", "text"}


@pytest.mark.parametrize("path", INCLUDED)
def test_name_of_a_file_is_shown_above_it(path: str) -> None:
    """A reader of the site does not see the directive that has the path."""
    name = re.sub(r"^tests/examples/languages/\w+/", "", path)
    shown = PAGE[: PAGE.index(f"```{{literalinclude}} ../../{path}\n")].rstrip().rpartition("\n\n")[2]
    assert f"`{name}`" in shown
