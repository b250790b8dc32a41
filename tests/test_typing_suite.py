"""tests/typing uses every public name and every fixture, as a user's test suite does.

mypy checks the suite with all other tests. `.ci/run` checks a copy against the installed wheel, with
mypy and with pyright.
"""

import ast
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from tests.support.pages.fixtures import TYPES
from tests.support.sources import PUBLIC_MODULES, nodes_of, parse

SUITE: Final = Path(__file__).parent / "typing"
WRONG_USES: Final = "wrong_uses.py"


def unused_names(sources: Iterable[str]) -> list[str]:
    """Return the public names that no source imports, a line each, with what to do."""
    used = {name for source in sources for name in imported_names(parse(source))}
    return [
        f"{module}.{name}: use it in a test of tests/typing, with its type"
        for module in PUBLIC_MODULES
        for name in import_module(module).__all__
        if (module, name) not in used
    ]


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each name that a module imports with the module of the name. Ruff finds unused imports."""
    for node in nodes_of(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)


def annotations_of_parameters(sources: Iterable[str]) -> dict[str, str]:
    """Return the annotation of each parameter of the tests, by its name."""
    return {
        argument.arg: ast.unparse(argument.annotation)
        for source in sources
        for node in nodes_of(parse(source))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for argument in node.args.args
        if argument.annotation is not None
    }


@pytest.fixture(scope="module")
def sources() -> list[str]:
    """The tests of the suite: a wrong use shows no type."""
    return [file.read_text(encoding="utf-8") for file in SUITE.glob("test_*.py")]


def test_every_public_name_is_used(sources: list[str]) -> None:
    assert "\n".join(unused_names(sources)) == ""


def test_unused_name_is_found(sources: list[str]) -> None:
    planted = [source.replace("import DEFAULT_PRINCIPAL", "").replace("DEFAULT_PRINCIPAL,", "") for source in sources]
    assert unused_names(planted) == ["pytest_acr.DEFAULT_PRINCIPAL: use it in a test of tests/typing, with its type"]


def test_every_fixture_is_used_with_its_documented_type(sources: list[str]) -> None:
    annotations = annotations_of_parameters(sources)
    documented = {name: kind.text.replace("\\|", "|") for name, kind in TYPES.items()}

    assert {name: plain(annotations.get(name, "absent")) for name in TYPES} == documented


def plain(annotation: str) -> str:
    """Return an annotation with the names that docs/reference/fixtures.md has."""
    return annotation.replace("requests.Session", "Session").replace("AioContainer", "Container")


def test_suite_imports_public_modules_alone(sources: list[str]) -> None:
    wrong = (SUITE / WRONG_USES).read_text(encoding="utf-8")
    modules = {module for source in (*sources, wrong) for module, _ in imported_names(parse(source))}

    ours = {module for module in modules if module.split(".")[0] in ("fake_registry", "pytest_acr")}
    assert ours == {*PUBLIC_MODULES}
    assert not any(module.split(".")[0] == "tests" for module in modules)
