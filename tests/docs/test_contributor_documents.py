"""ARCHITECTURE.md, CONTRIBUTING.md and tests/README.md name files and packages that are there, and all packages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", ROOT / "tests" / "README.md")

_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_TREES = (".ci", "benchmarks", "docs", "fake_registry", "pytest_acr", "tests")


def absent_paths(document: Path, root: Path) -> Iterator[str]:
    """Yield each path in backquotes that no file or folder has, with its line and what to do."""
    known = _paths_in(root)
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        for text in _CODE.findall(line):
            looks_like_path = "/" in text or text.endswith((".py", ".md"))
            if looks_like_path and _PATH.fullmatch(text) and not _is_end_of(text.rstrip("/"), known):
                yield f"{document.name}:{number}: there is no {text}: correct the path"


def _paths_in(root: Path) -> frozenset[str]:
    found = [*root.glob("*"), *(path for tree in _TREES for path in (root / tree).rglob("*"))]
    return frozenset(path.relative_to(root).as_posix() for path in found)


def _is_end_of(text: str, paths: frozenset[str]) -> bool:
    """Whether a path is `text`, or ends with it: documents leave out the package that they speak of."""
    return text in paths or any(path.endswith(f"/{text}") for path in paths)


def packages() -> list[str]:
    """Return the packages and modules directly in fake_registry and pytest_acr, without the two `__init__`."""
    found = [path for top in ("fake_registry", "pytest_acr") for path in (ROOT / top).iterdir()]
    return sorted(path.stem for path in found if path.suffix in ("", ".py") and not path.stem.startswith("__"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_in_contributor_documents_exist(document: Path) -> None:
    assert list(absent_paths(document, ROOT)) == []


def test_planted_path_that_does_not_exist_is_found(tmp_path: Path) -> None:
    document = tmp_path / "CONTRIBUTING.md"
    document.write_text("See `fake_registry/spec/`.\nSee `fake_registry/gone.py` and `pytest -m fast`.\n")

    [found] = absent_paths(document, ROOT)

    assert found == "CONTRIBUTING.md:2: there is no fake_registry/gone.py: correct the path"


@pytest.mark.parametrize("package", packages())
def test_architecture_names_each_package(package: str) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{package}\b", text), f"ARCHITECTURE.md does not name {package}: add it to the layers"


def test_architecture_has_under_150_lines() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize(
    "topic", ["an effect", "a route", "a header", "a library to the interception", "an option", "a strategy"]
)
def test_contributing_says_how_to_add(topic: str) -> None:
    assert f"## How to add {topic}" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
