"""The public names of the two packages, and that the documents import nothing else of ours."""

import ast
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import pytest

import fake_registry
import pytest_acr

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

PUBLIC_MODULES: Final = (
    "fake_registry",
    "pytest_acr",
    "pytest_acr.aio",
    "pytest_acr.harness",
    "pytest_acr.strategies",
)
"""The modules that the documents may name in an import."""

DOCUMENTS: Final = (
    "README.md",
    "docs/**/*.md",
    "tests/examples/**/*.py",
    "tests/network/examples/*.py",
)

INTERNAL: Final = re.compile(r"Wsgi|WSGI|RequestBody|ResponseBody|Answer|Driver|Flow|Adapter|^_")
"""Words in the names of classes that are internal to a package."""

CODE_BLOCK: Final = re.compile(r"^[ >]*```python\n(.*?)^[ >]*```$", re.DOTALL | re.MULTILINE)


# documents


class ImportedName(NamedTuple):
    """A name that a document imports; an empty name is the module itself."""

    module: str
    name: str
    line: int


def violations_in(file: Path, root: Path) -> list[str]:
    """Return the imports of `file` that users must not need, a line each, with what to do."""
    text = file.read_text(encoding="utf-8")
    return [
        f"{file.relative_to(root)}:{found.line}: imports {f'{found.module}.{found.name}'.strip('.')}: {objection}"
        for source, first_line in sources_of(file, text)
        for found in imports_of(source, first_line)
        if (objection := objection_to(found))
    ]


def sources_of(file: Path, text: str) -> Iterator[tuple[str, int]]:
    """Yield the Python sources of a document, each with the number of its first line."""
    if file.suffix == ".py":
        yield text, 1
        return

    for block in CODE_BLOCK.finditer(text):
        yield textwrap.dedent(block[1]), text.count("\n", 0, block.start(1)) + 1


def imports_of(source: str, first_line: int) -> Iterator[ImportedName]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                names = [(alias.name, "") for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                names = [(module, alias.name) for alias in node.names]
            case _:
                continue
        for module, name in names:
            if module.split(".")[0] in PACKAGES:
                yield ImportedName(module, name, first_line + node.lineno - 1)


def objection_to(found: ImportedName) -> str:
    if found.module not in PUBLIC_MODULES:
        known = ", ".join(PUBLIC_MODULES)
        return f"export the name from one of {known}, and import it from there"

    is_built = find_spec(found.module) is not None
    if found.name and is_built and found.name not in import_module(found.module).__all__:
        return f"add the name to __all__ of {found.module}, or show another way"
    return ""


# the lazy names of a package


def disagreements(
    imported: Mapping[str, str],
    lazy: Mapping[str, str],
    exported: Sequence[str],
) -> list[str]:
    """Return the names that not all three of a package's lists have, or not with the same module."""
    lists = {"TYPE_CHECKING": imported.keys(), "_HOMES": lazy.keys(), "__all__": set(exported)}
    every_name = sorted(set().union(*lists.values()))

    missing = [
        f"{name} is absent from {title}: add it there, or remove it everywhere"
        for name in every_name
        for title, names in lists.items()
        if name not in names
    ]
    moved = [
        f"{name} comes from {imported[name]} under TYPE_CHECKING, from {lazy[name]} in _HOMES: name one"
        for name in sorted(imported.keys() & lazy.keys())
        if imported[name] != lazy[name]
    ]
    return missing + moved


def type_checked_names(package: ModuleType) -> dict[str, str]:
    """Return the names that `package` imports under TYPE_CHECKING, with their modules."""
    source = Path(str(package.__file__)).read_text(encoding="utf-8")
    blocks = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return {
        alias.name: str(statement.module)
        for block in blocks
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def lazy_names(package: ModuleType) -> dict[str, str]:
    """Return the table of lazy names of `package`, with full names of modules."""
    homes: dict[str, str] = package._HOMES
    is_relative = package is fake_registry
    return {name: f"fake_registry.{home}" if is_relative else home for name, home in homes.items()}


# tests


def test_documents_import_public_names_alone() -> None:
    files = [file for pattern in DOCUMENTS for file in sorted(ROOT.glob(pattern))]
    assert {file.suffix for file in files} == {".md", ".py"}
    assert [line for file in files for line in violations_in(file, ROOT)] == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", "import pytest_acr.content.client", "a.py:1: imports pytest_acr.content.client: export the name"),
        ("a.py", "\nfrom fake_registry.http import faults", "a.py:2: imports fake_registry.http.faults: export"),
        ("a.py", "def f():\n    from pytest_acr import WsgiBody", "a.py:2: imports pytest_acr.WsgiBody: add the name"),
        ("a.md", "Text\n\n```python\nimport fake_registry.fake\n```\n", "a.md:4: imports fake_registry.fake: export"),
        ("a.md", "- \n  ```python\n  from pytest_acr.aio import x\n  ```\n", "a.md:3: imports pytest_acr.aio.x: add"),
    ],
)
def test_planted_import_is_found(tmp_path: Path, name: str, text: str, found: str) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")

    [violation] = violations_in(file, tmp_path)

    assert violation.startswith(found)


def test_imports_of_public_names_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        "import fake_registry\nimport requests\nfrom pytest_acr import connect\n"
        "from pytest_acr.aio import ContainerRegistryContentClient\n"
        "from pytest_acr.strategies import blobs\nfrom pytest_acr.harness import machine_for\n",
        encoding="utf-8",
    )
    assert violations_in(file, tmp_path) == []


@pytest.mark.parametrize("package", [fake_registry, pytest_acr], ids=lambda package: package.__name__)
class TestPublicNames:
    def test_lists_of_names_agree(self, package: ModuleType) -> None:
        exported: list[str] = package.__all__
        assert disagreements(type_checked_names(package), lazy_names(package), exported) == []
        assert len(set(exported)) == len(exported)

    def test_every_name_can_be_loaded(self, package: ModuleType) -> None:
        loaded = {name: getattr(package, name) for name in package.__all__}
        assert None not in loaded.values()
        assert dir(package) == sorted(package.__all__)

    def test_unknown_name_is_an_attribute_error(self, package: ModuleType) -> None:
        with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'Unknown'"):
            _ = package.Unknown

    def test_internals_are_not_exported(self, package: ModuleType) -> None:
        assert [name for name in package.__all__ if INTERNAL.search(name)] == []


@pytest.mark.parametrize(
    ("imported", "lazy", "exported", "found"),
    [
        ({"A": "p.a"}, {"A": "p.a"}, [], "A is absent from __all__: add it there"),
        ({"A": "p.a"}, {}, ["A"], "A is absent from _HOMES: add it there"),
        ({}, {"A": "p.a"}, ["A"], "A is absent from TYPE_CHECKING: add it there"),
        ({"A": "p.a"}, {"A": "p.b"}, ["A"], "A comes from p.a under TYPE_CHECKING, from p.b in _HOMES"),
    ],
)
def test_planted_disagreement_is_found(
    imported: dict[str, str], lazy: dict[str, str], exported: list[str], found: str
) -> None:
    [disagreement] = disagreements(imported, lazy, exported)
    assert disagreement.startswith(found)
