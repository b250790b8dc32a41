"""The public names of the two packages, and that the documents import nothing else of ours."""

import ast
import pickle
import re
import textwrap
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Final, NamedTuple

import pytest

import fake_registry
import pytest_acr
from tests.support.sources import PUBLIC_MODULES

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

DOCUMENTS: Final = (
    "README.md",
    "docs/**/*.md",
    "tests/examples/**/*.py",
    "tests/network/examples/*.py",
)

INTERNAL: Final = re.compile(r"Wsgi|WSGI|RequestBody|ResponseBody|Answer|Driver|Flow|Adapter|^_")
"""Words in the names of classes that are internal to a package."""

LINE_OF_A_NAME: Final = re.compile(r"from (?P<module>[\w.]+) import (?P<name>\w+) as (?P=name)")

HOMES: Final = {"fake_registry": ("fake_registry.",), "pytest_acr": ("pytest_acr.", "azure.containerregistry")}
"""Where the public names of each package may come from."""

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


# the list of a package's lazy names


def malformed_lines(stub: str, modules: Sequence[str]) -> list[str]:
    """Return the lines of a list that name nothing of `modules`, and those out of order."""
    lines = [line for line in stub.splitlines() if line and not line.startswith("#")]
    malformed = [
        f"{line}: expected 'from MODULE import NAME as NAME', with a module of {' or '.join(modules)}"
        for line in lines
        if (found := LINE_OF_A_NAME.fullmatch(line)) is None or not found["module"].startswith(tuple(modules))
    ]
    names = [line.rpartition(" ")[2] for line in lines]
    return malformed + [f"{name}: expected one line" for name in sorted(set(names)) if names.count(name) > 1]


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
    def test_list_has_a_line_for_each_name(self, package: ModuleType) -> None:
        stub = Path(str(package.__file__)).with_suffix(".pyi").read_text(encoding="utf-8")
        lines = stub.splitlines()

        assert malformed_lines(stub, HOMES[package.__name__]) == []
        assert len([line for line in lines if line.startswith("from")]) == len(package.__all__)

    def test_every_name_can_be_loaded(self, package: ModuleType) -> None:
        loaded = {name: getattr(package, name) for name in package.__all__}
        assert None not in loaded.values()
        assert dir(package) == sorted(package.__all__)

    def test_classes_and_functions_can_be_pickled(self, package: ModuleType) -> None:
        loaded = [getattr(package, name) for name in package.__all__]
        named = [value for value in loaded if hasattr(value, "__qualname__")]

        assert len(named) > len(loaded) / 2
        assert pickle.loads(pickle.dumps(named)) == named

    def test_unknown_name_is_an_attribute_error(self, package: ModuleType) -> None:
        with pytest.raises(AttributeError, match=f"^module '{package.__name__}' has no attribute 'Unknown'$"):
            _ = package.Unknown

    def test_no_name_is_that_of_a_module(self, package: ModuleType) -> None:
        modules = {module.name for module in iter_modules(package.__path__)}
        assert modules & set(package.__all__) == set(), "its import would put it in the place of the name"

    def test_internals_are_not_exported(self, package: ModuleType) -> None:
        assert [name for name in package.__all__ if INTERNAL.search(name)] == []


@pytest.mark.parametrize(
    ("package", "name", "nearest"),
    [
        (fake_registry, "FakeRegistri", "FakeRegistry, RegistryDiff, FakeEntra"),
        (fake_registry, "settings_", "Settings"),
        (fake_registry, "SETTINGS", "Settings"),
        (pytest_acr, "Connect", "connect, Connection"),
    ],
)
def test_misspelt_name_has_the_nearest_in_its_error(package: ModuleType, name: str, nearest: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(package, name)

    assert str(caught.value) == (
        f"module '{package.__name__}' has no attribute '{name}'; the names most like it are {nearest}"
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from fake_registry.a import A", "from fake_registry.a import A: expected 'from MODULE import NAME as NAME'"),
        ("from fake_registry.a import A as B", "from fake_registry.a import A as B: expected"),
        ("from pytest_acr import A as A", "from pytest_acr import A as A: expected"),
        ("import fake_registry", "import fake_registry: expected"),
        ("from fake_registry.b import C as C", "C: expected one line"),
    ],
)
def test_planted_line_is_found(line: str, found: str) -> None:
    stub = f"# The names.\n\nfrom fake_registry.a import C as C\n{line}\n"
    [malformed] = malformed_lines(stub, HOMES["fake_registry"])
    assert malformed.startswith(found)
