"""Each Python snippet in README.md and docs/ equals an example file, which is run as a test."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = (
    Path(__file__).parent,
    Path(__file__).parent / "cookbook",
    ROOT / "tests" / "network" / "examples",
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SNIPPETS = [
    (page, path, snippet)
    for page in PAGES
    for path, snippet in re.findall(
        r"<!-- (tests/\S+\.py) -->\n```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    )
]


@pytest.mark.parametrize(
    ("page", "path", "snippet"), SNIPPETS, ids=[f"{page.name}-{Path(path).stem}" for page, path, _ in SNIPPETS]
)
def test_snippet_is_the_example(page: Path, path: str, snippet: str) -> None:
    assert snippet == (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_of_python_is_an_example(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("```python\n") == sum(where == page for where, _, _ in SNIPPETS)


def test_every_example_is_in_the_documentation() -> None:
    files = {path for folder in EXAMPLES for path in folder.glob("*.py")} - {Path(__file__)}
    assert {ROOT / path for _, path, _ in SNIPPETS} == files
