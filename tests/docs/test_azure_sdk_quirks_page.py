"""docs/reference/azure-sdk-quirks.md: each row names tests that cite the page, and none is missing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NAME: Final = "-".join(("azure", "sdk", "quirks"))  # in parts: this file is read as well
PAGE: Final = ROOT / "docs" / "reference" / f"{NAME}.md"
LINK: Final = re.compile(r"\[(test_\w+)\]\(\.\./\.\./(tests/[^)]+\.py)\)")


def rows() -> list[str]:
    """Return the rows of the table, without its head."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| ")][1:]


def citing_tests() -> Iterator[tuple[str, str]]:
    """Yield the name and the file of each test whose docstring cites the page."""
    for path in sorted((ROOT / "tests").rglob("test_azure_sdk_*.py")):
        yield from citations_in(path)
    yield from citations_in(ROOT / "tests" / "clients" / "test_upload_faults.py")
    yield from citations_in(ROOT / "tests" / "plugin" / "test_connect.py")


def citations_in(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and f"{NAME}: " in (ast.get_docstring(node) or ""):
            yield node.name, path.relative_to(ROOT).as_posix()


def test_each_row_names_a_test() -> None:
    assert [row for row in rows() if LINK.search(row) is None] == []


def test_each_test_on_the_page_cites_it() -> None:
    linked = set(LINK.findall(PAGE.read_text(encoding="utf-8")))
    assert linked - set(citing_tests()) == set()


def test_each_citing_test_is_on_the_page() -> None:
    linked = set(LINK.findall(PAGE.read_text(encoding="utf-8")))
    assert set(citing_tests()) - linked == set()
