"""Each `acr-behaviour N.N` in code, tests and docs names an item of docs/reference/acr-behaviour.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "-".join(("acr", "behaviour"))  # in parts: this file is scanned as well
DOCUMENT = f"docs/reference/{NAME}.md"
SCANNED = ("fake_registry", "pytest_acr", "tests", "benchmarks", "docs", ".ci")
AT_THE_TOP = ("*.md", "*.py", "*.toml")
SUFFIXES = ("", ".md", ".py", ".sh", ".toml")
INSTALLED = frozenset({"build", "node_modules", "target"})
"""Folders of what a client program has downloaded or compiled, if it was started by hand."""

_NUMBER = r"\d+(?:\.\d+)?"
_SPACE = r"[\s#]+"  # a citation may go on in the next line of a comment
_CITATION = re.compile(
    rf"{NAME}(?!\.md| N\b)"
    rf"(?P<numbers>{_SPACE}{_NUMBER}(?:(?:,|{_SPACE}and){_SPACE}(?:and{_SPACE})?{_NUMBER})*)?"
)
_HEADING = re.compile(rf"#+ ({_NUMBER}) ")
_ITEM = re.compile(r"(\d+)\. ")
_CROSS_REFERENCE = re.compile(rf"\((\d+\.\d+)\)|\b(?:see|section) ({_NUMBER})")


def items_of(document: str) -> list[str]:
    """Return the numbers of sections, and of the items that are numbered below a section's heading."""
    items = []
    section = ""

    for line in document.splitlines():
        if heading := _HEADING.match(line):
            section = heading[1]
            items.append(section)
        elif item := _ITEM.match(line):
            items.append(f"{section}.{item[1]}")

    return items


def files_of(root: Path) -> Iterator[Path]:
    """Yield the files that may cite the document."""
    for pattern in AT_THE_TOP:
        yield from sorted(root.glob(pattern))
    for folder in SCANNED:
        paths = sorted((root / folder).rglob("*"))
        ours = (path for path in paths if INSTALLED.isdisjoint(path.relative_to(root).parts))
        yield from (path for path in ours if path.is_file() and path.suffix in SUFFIXES)


def citations_of(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (file:line, number) of each citation below `root`; the number is empty where it is absent."""
    for path in files_of(root):
        text = path.read_text(encoding="utf-8")
        for citation in _CITATION.finditer(text):
            line = text.count("\n", 0, citation.start()) + 1
            for number in re.findall(_NUMBER, citation["numbers"] or "") or [""]:
                yield f"{path.relative_to(root).as_posix()}:{line}", number


def problems_of(root: Path) -> list[str]:
    """Return a message for each citation below `root` that names no item of the document there."""
    items = set(items_of((root / DOCUMENT).read_text(encoding="utf-8")))
    found = [(place, number) for place, number in citations_of(root) if number not in items]
    return [f"{place}: {_remedy(number)}" for place, number in found]


def _remedy(number: str) -> str:
    if not number:
        return f"write the citation as `{NAME} N.N`, with the number of an item of {DOCUMENT}"
    return f"{DOCUMENT} has no item {number}: correct the citation or add the item"


def test_every_citation_resolves() -> None:
    assert problems_of(ROOT) == []


def test_citations_are_found_in_code_and_tests() -> None:
    folders = {place.split("/")[0] for place, _ in citations_of(ROOT)}
    assert {"fake_registry", "tests", "docs"} <= folders


def test_no_number_of_the_document_stands_twice() -> None:
    items = items_of((ROOT / DOCUMENT).read_text(encoding="utf-8"))
    assert len(items) == len(set(items))


def test_every_cross_reference_of_the_document_resolves() -> None:
    text = (ROOT / DOCUMENT).read_text(encoding="utf-8")
    references = {number or section for number, section in _CROSS_REFERENCE.findall(text)}

    assert "3.6" in references
    assert references - set(items_of(text)) == set()


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a tree whose document has items 1, 1.1, 1.2, 2 and 2.1."""
    document = tmp_path / DOCUMENT
    document.parent.mkdir(parents=True)
    text = "# Title\n\n## 1 First\n\n1. One.\n2. Two.\n\n## 2 Second\n\n### 2.1 Part\n"
    document.write_text(text, encoding="utf-8")
    (tmp_path / "fake_registry").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("cited", "missing"),
    [
        ("{name} 2", []),
        ("{name} 1.2", []),
        ("({name} 2.1, 1)", []),
        ("{name} 1, 1.1 and 2.1.", []),
        ("{name} 1 and\n# 2.1", []),
        ("docs/reference/{name}.md", []),
        ("{name} 9.9", ["9.9"]),
        ("{name} 1.3: 404", ["1.3"]),
        ("{name} 1, 9.8, and 9.9", ["9.8", "9.9"]),
        ("{name}\n# 9", ["9"]),
    ],
)
def test_planted_citation_is_found(planted: Path, cited: str, missing: list[str]) -> None:
    module = planted / "fake_registry" / "module.py"
    module.write_text(f"\n# {cited.format(name=NAME)}\n", encoding="utf-8")

    assert problems_of(planted) == [
        f"fake_registry/module.py:2: {DOCUMENT} has no item {number}: correct the citation or add the item"
        for number in missing
    ]


@pytest.mark.parametrize("name", ["README.md", "conftest.py", "pyproject.toml", ".ci/run", "tests/a.py"])
def test_each_kind_of_file_is_scanned(planted: Path, name: str) -> None:
    (planted / name).parent.mkdir(exist_ok=True)
    (planted / name).write_text(f"# {NAME} 9.9\n", encoding="utf-8")

    assert problems_of(planted) == [f"{name}:1: {DOCUMENT} has no item 9.9: correct the citation or add the item"]


@pytest.mark.parametrize("cited", ["{name}", "({name}, 2.1)", "`{name}` sections 1 and 2", "{name} (2.1)"])
def test_citation_in_another_form_is_refused(planted: Path, cited: str) -> None:
    (planted / "README.md").write_text(cited.format(name=NAME), encoding="utf-8")

    assert problems_of(planted) == [
        f"README.md:1: write the citation as `{NAME} N.N`, with the number of an item of {DOCUMENT}"
    ]
