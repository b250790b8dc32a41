"""docs/how-to/other-languages.md: its code is that of tests/examples/languages.

`.ci/other-languages` runs the tests in Go, JavaScript and Java.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "other-languages.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"<!-- (tests/examples/languages/\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL)
CODE = {".go", ".js", ".java", ".cs"}
INSTALLED = {"node_modules", "target"}
CONFIGURATION = "vitest.config.js"


@pytest.mark.parametrize(("path", "snippet"), SNIPPETS, ids=[path for path, _ in SNIPPETS])
def test_snippet_is_the_example(path: str, snippet: str) -> None:
    assert snippet == (ROOT / path).read_text(encoding="utf-8")


def test_every_example_is_on_the_page() -> None:
    files = [
        file
        for file in (ROOT / "tests" / "examples" / "languages").rglob("*")
        if file.suffix in CODE and not INSTALLED & set(file.parts) and file.name != CONFIGURATION
    ]
    assert {ROOT / path for path, _ in SNIPPETS} - set(files) == {ROOT / "tests/examples/languages/java/pom.xml"}
    assert set(files) - {ROOT / path for path, _ in SNIPPETS} == set()


def test_every_snippet_of_code_is_an_example() -> None:
    assert PAGE.count("\n```\n") == len(SNIPPETS)
