"""The code in README.md and docs/ is that of example files, which are run as tests.

README.md has a copy of each file; the pages of docs/ include them when the site is built.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = (
    Path(__file__).parent,
    Path(__file__).parent / "cookbook",
    Path(__file__).parent / "tutorial",
    Path(__file__).parent / "tutorial" / "before",
    ROOT / "tests" / "network" / "examples",
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
COPIES = re.findall(r"<!-- (tests/\S+\.py) -->\n```python\n(.*?)```", README, re.DOTALL)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
INCLUDED = {
    (page.parent / path).resolve()
    for page in PAGES
    for path in re.findall(r"^```\{literalinclude\} (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize(("path", "copy"), COPIES, ids=[path for path, _ in COPIES])
def test_copy_in_the_readme_is_the_example(path: str, copy: str) -> None:
    assert copy == (ROOT / path).read_text(encoding="utf-8")


def test_readme_has_no_other_code() -> None:
    assert README.count("```python\n") == len(COPIES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_has_no_code_of_its_own(page: Path) -> None:
    assert "```python\n" not in page.read_text(encoding="utf-8")


def test_every_example_is_in_the_documentation() -> None:
    files = {path for folder in EXAMPLES for path in folder.glob("*.py")} - {Path(__file__)}
    shown = INCLUDED | {ROOT / path for path, _ in COPIES}
    assert {path for path in shown if path.suffix == ".py" and not path.exists()} == set()
    assert files - shown == set()
