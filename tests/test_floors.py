"""Imports only point down: what each package may import, checked on the source.

ARCHITECTURE.md, Layers, describes the same. An import inside a function or under TYPE_CHECKING
counts like any other: the rule is about what code depends on, not about when it is loaded. The lazy
public names of the two top-level packages stand in stubs, which `test_public_names.py` checks.

A package may import what its row says, and each row says only what its package imports.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.support.sources import tree_of

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")


@dataclass(frozen=True)
class Package:
    """A package or module, the ones of ours that it may import besides itself, and its third-party packages."""

    name: str
    imports: str = ""
    """Names separated by blanks; `fake_registry.` is left out."""
    third_party: str = ""

    @property
    def may_import(self) -> frozenset[str]:
        names = self.imports.split()
        return frozenset(name if name.startswith(PACKAGES) else f"fake_registry.{name}" for name in names)


LAYERS: Final = (
    # 0: the vocabulary. Standard library only.
    Package("fake_registry.arguments"),
    Package("fake_registry.spec", "arguments"),
    Package("fake_registry.atomic_file"),
    Package("fake_registry.class_help"),
    Package("fake_registry.clock", "arguments"),
    Package("fake_registry.command_lines", "arguments"),
    Package("fake_registry.ids"),
    Package("fake_registry.lazy_names", "arguments"),
    Package("fake_registry.process_memory", "spec"),
    Package("fake_registry.settings", "arguments class_help"),
    Package("fake_registry.version"),
    Package("fake_registry.wsgi"),
    # 1: siblings that never import each other; `client` stands on `wire`.
    Package("fake_registry.core", "spec clock settings"),
    Package("fake_registry.auth", "arguments spec clock settings", "jwt"),
    Package("fake_registry.wire", "spec clock settings"),
    Package("fake_registry.journal", "version arguments atomic_file spec clock"),
    Package("fake_registry.client", "arguments spec wire"),
    # 2: the two ends of the wire.
    Package(
        "fake_registry.http",
        "arguments spec clock settings wsgi core auth wire journal",
        "werkzeug",
    ),
    Package("fake_registry.sessions", "client", "requests urllib3"),
    Package("fake_registry.remote", "arguments spec core wire client sessions", "requests"),
    # 3: whole registries, and servers, images and files for them.
    Package("fake_registry.server", "arguments spec wsgi", "werkzeug trustme"),
    Package("fake_registry.images", "arguments spec core"),
    Package("fake_registry.layout", "arguments atomic_file spec core images"),
    Package("fake_registry.inspection", "arguments spec core auth images"),
    Package("fake_registry.entra", "arguments spec clock auth wire journal http", "jwt cryptography"),
    Package(
        "fake_registry.control",
        "version arguments spec clock process_memory settings wsgi core auth journal http images inspection server",
        "werkzeug msgspec",
    ),
    Package("fake_registry.parts", "clock ids process_memory settings core auth journal http inspection"),
    Package(
        "fake_registry.fake",
        "arguments clock ids parts settings core auth journal http images inspection layout server control",
    ),
    Package("fake_registry.persistence", "atomic_file clock spec core auth layout inspection fake wsgi", "msgspec"),
    Package(
        "fake_registry.cli",
        "version arguments atomic_file command_lines spec clock settings wire journal client http remote layout server "
        "entra fake persistence control",
        "requests",
    ),
    Package("fake_registry", "cli lazy_names"),  # `python -m fake_registry`, and lazy public names
    # 4: for tests.
    Package("pytest_acr.credentials", "arguments spec clock", "azure.core jwt"),
    Package("pytest_acr.usage"),
    Package("pytest_acr.remedies", "settings"),
    Package("pytest_acr.budgets", "spec atomic_file journal pytest_acr.usage"),
    Package(
        "pytest_acr.transports", "spec clock wire wsgi sessions pytest_acr.remedies", "azure.core requests urllib3"
    ),
    Package("pytest_acr.content", "version arguments spec wire client sessions pytest_acr.transports", "azure.core"),
    Package(
        "pytest_acr.interception",
        "arguments http entra server fake_registry pytest_acr.credentials pytest_acr.remedies pytest_acr.usage",
    ),
    Package(
        "pytest_acr.connections",
        "arguments spec wire sessions server fake_registry "
        "pytest_acr.credentials pytest_acr.content pytest_acr.transports pytest_acr.usage",
        "azure.core azure.containerregistry requests",
    ),
    Package("pytest_acr.strategies", "arguments spec", "hypothesis"),
    # a second, dumber registry: code shared with the one under test would agree with its bugs
    Package("pytest_acr.harness.acr_model", "spec"),
    Package("pytest_acr.harness.model", "spec pytest_acr.harness.acr_model"),
    Package("pytest_acr.harness.access_model"),
    Package("pytest_acr.harness.time_model"),
    Package(
        "pytest_acr.harness",
        "version arguments spec wsgi client pytest_acr.strategies pytest_acr.harness.acr_model "
        "pytest_acr.harness.model pytest_acr.harness.access_model pytest_acr.harness.time_model",
        "hypothesis",
    ),
    Package(
        "pytest_acr.harness.check",
        "version spec client atomic_file command_lines pytest_acr.harness.model pytest_acr.harness",
        "hypothesis",
    ),
    Package("pytest_acr.sweeping", "arguments spec clock core http journal fake_registry pytest_acr.usage"),
    Package("pytest_acr.aio", "pytest_acr.content"),
    Package("pytest_acr", "lazy_names"),  # its public names alone
    # 5: the only package that imports pytest.
    Package(
        "pytest_acr.plugin",
        "spec arguments atomic_file journal inspection client server http fake_registry pytest_acr.aio "
        "pytest_acr.content pytest_acr.transports pytest_acr.interception pytest_acr.connections "
        "pytest_acr.sweeping pytest_acr.usage "
        "pytest_acr.budgets",
        "pytest _pytest azure.core azure.containerregistry azure.identity requests hypothesis",
    ),
)
"""The longest name that fits a module decides. Each package imports packages above it in this list
alone."""

MODULES: Final = frozenset(
    {
        "pytest_acr.harness.acr_model",
        "pytest_acr.harness.check",
        "pytest_acr.harness.model",
        "pytest_acr.harness.access_model",
        "pytest_acr.harness.time_model",
    }
)
"""Rows of single modules, whose rule is stricter than that of their package."""

ROWS: Final = {package.name: package for package in LAYERS}

IMPORTED_WHEN_USED: Final = frozenset({"jwt", "cryptography", "hypothesis"})
"""PyJWT loads cryptography, 70 ms of every pytest start; hypothesis costs 130 ms and more."""
WHERE_HYPOTHESIS_IS_THE_POINT: Final = ("pytest_acr.strategies", "pytest_acr.harness")

NAMELESS: Final = frozenset({"utils", "helpers", "common", "base"})

When = Literal["loaded", "called", "checked"]


@dataclass(frozen=True)
class Import:
    """`module` in `file` imports `target` on `line`: when it is loaded, when a function is called, when types are
    checked."""

    module: str
    file: str
    target: str
    line: int
    when: When


def violations(root: Path) -> list[str]:
    """Return what breaks the rules in the source tree at `root`, a line each, with the file and what to do."""
    paths = dict(modules_of(root))
    imports = imports_in(root)
    ours = [found for found in imports if is_ours(found.target)]

    broken = [
        explain_unlisted(module, path.relative_to(root)) for module, path in paths.items() if is_unlisted(module, path)
    ]
    broken += [
        f"{path.relative_to(root)}: the name {module.rpartition('.')[2]!r} says nothing: name the idea"
        for module, path in paths.items()
        if module.rpartition(".")[2] in NAMELESS
    ]
    broken += [
        f"{one.file}:{one.line}: {one.module} imports {one.target}: {reason}"
        for one in imports
        if (reason := misdirection(one) if is_ours(one.target) else strangeness(one))
    ]
    return broken + list(cycle_in(ours))


def is_unlisted(module: str, path: Path) -> bool:
    return row_of(module).name in PACKAGES and path.name not in ("__init__.py", "__main__.py")


def explain_unlisted(module: str, file: Path) -> str:
    return f"{file}: {module} is in no package of LAYERS: move it into one, or add a row to tests/test_floors.py"


def modules_of(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each module's name and file; a package goes by its own name."""
    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@cache
def imports_in(root: Path) -> tuple[Import, ...]:
    """Return the imports of all modules in the source tree at `root`, which is read once."""
    paths = dict(modules_of(root))
    return tuple(found for module, path in paths.items() for found in imports_of(module, path, paths))


def imports_of(module: str, path: Path, modules: Mapping[str, Path]) -> Iterator[Import]:
    """Yield what `module` imports, by full names."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    file = f"{module.replace('.', '/')}{'/__init__' if package == module else ''}.py"
    for node, when in import_statements(tree_of(path), "loaded"):
        for target in dict.fromkeys(targets_of(node, package, modules)):
            yield Import(module, file, target, node.lineno, when)


def import_statements(node: ast.AST, when: When) -> Iterator[tuple[ast.Import | ast.ImportFrom, When]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import() | ast.ImportFrom():
                yield child, when
            case ast.Call(args=[ast.Constant(value=str(name))]) if is_late_import(child) and is_ours(name):
                yield ast.Import([ast.alias(name)], lineno=child.lineno), when
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from import_statements(ast.Module(child.body, []), "checked")
                yield from import_statements(ast.Module(child.orelse, []), when)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if when == "loaded":
                yield from import_statements(child, "called")
            case _:
                yield from import_statements(child, when)


def is_late_import(call: ast.Call) -> bool:
    """Return whether a call imports the module whose name is its argument."""
    return ast.unparse(call.func).rpartition(".")[2] in ("import_module", "__import__")


def targets_of(node: ast.Import | ast.ImportFrom, package: str, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield full module names: `from a import b` is of `a.b` where that is a module, of `a` otherwise."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    origin = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        name = f"{origin}.{alias.name}"
        yield name if name in modules or name in ROWS else origin


def is_ours(module: str) -> bool:
    return module.split(".")[0] in PACKAGES


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def row_of(module: str) -> Package:
    """Return the package of LAYERS that `module` is in: the one with the longest name."""
    return max((package for package in LAYERS if within(module, package.name)), key=lambda package: len(package.name))


def misdirection(found: Import) -> str:
    here, there = row_of(found.module), row_of(found.target)
    if here == there or there.name in here.may_import:
        return ""
    known = ", ".join(sorted(here.may_import)) or "nothing of ours"
    return f"{here.name} may import {known}. Move the code down, or its row in tests/test_floors.py is wrong"


def unused_allowances(root: Path) -> list[str]:
    """Return what rows allow and no import of the source tree at `root` needs, a line each."""
    targets = defaultdict(set)
    for found in imports_in(root):
        targets[row_of(found.module).name].add(found.target)

    return [
        f"{row.name} imports no {name}: remove it from its row in tests/test_floors.py"
        for row in LAYERS
        for name in (*sorted(row.may_import), *row.third_party.split())
        if not any(is_of(name, target) for target in targets[row.name])
    ]


def is_of(allowance: str, target: str) -> bool:
    if is_ours(target):
        return row_of(target).name == allowance
    return within(target, allowance)


def strangeness(found: Import) -> str:
    here = row_of(found.module)
    allowed = here.third_party.split()
    package = found.target.split(".")[0]
    if package in sys.stdlib_module_names:
        return ""
    if not any(within(found.target, name) for name in allowed):
        known = ", ".join(allowed) or "the standard library alone"
        return f"{here.name} may import {known}. Add it to its row in tests/test_floors.py if it is needed there"
    is_late = package in IMPORTED_WHEN_USED and not found.module.startswith(WHERE_HYPOTHESIS_IS_THE_POINT)
    return (
        f"{package} is slow to load: import it in the function that uses it"
        if is_late and found.when == "loaded"
        else ""
    )


def cycle_in(imports: Iterable[Import]) -> Iterator[str]:
    graph = TopologicalSorter[str]()
    for found in imports:
        graph.add(found.module, found.target)
    try:
        graph.prepare()
    except CycleError as error:
        yield "a cycle: " + " imports ".join(reversed(error.args[1]))


def plant(root: Path, sources: Mapping[str, str]) -> Path:
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


def test_imports_keep_to_the_layers() -> None:
    assert dict(modules_of(ROOT)).keys() >= {"fake_registry.spec.names", "pytest_acr.strategies"}
    assert "\n".join(violations(ROOT)) == ""


def test_each_package_imports_only_packages_above_it_in_the_list() -> None:
    above: set[str] = set()
    for package in LAYERS:
        assert package.may_import <= above, (
            f"{package.name} may import {sorted(package.may_import - above)}, listed below"
        )
        above.add(package.name)


def test_each_package_has_a_row() -> None:
    there = {".".join(module.split(".")[:2]) for module, _ in modules_of(ROOT)} - {"fake_registry.__main__"}

    assert there - ROWS.keys() == set()
    assert ROWS.keys() - there == MODULES
    assert dict(modules_of(ROOT)).keys() >= MODULES


def test_no_row_allows_an_import_that_its_package_does_not_need() -> None:
    assert "\n".join(unused_allowances(ROOT)) == ""


def test_allowance_without_an_import_is_found(tmp_path: Path) -> None:
    sources = {
        "fake_registry/server/tls.py": "import trustme\nfrom fake_registry.wsgi import Pause\n",
        "pytest_acr/aio.py": "from pytest_acr.content.aio_client import Client\n",
    }
    found = unused_allowances(plant(tmp_path, sources))

    advice = "remove it from its row in tests/test_floors.py"
    assert f"fake_registry.server imports no werkzeug: {advice}" in found
    assert f"fake_registry.journal imports no fake_registry.spec: {advice}" in found
    assert f"fake_registry.server imports no trustme: {advice}" not in found
    assert f"fake_registry.server imports no fake_registry.wsgi: {advice}" not in found
    assert f"pytest_acr.aio imports no pytest_acr.content: {advice}" not in found


def test_imports_that_point_down_are_fine(tmp_path: Path) -> None:
    sources = {
        "fake_registry/__init__.py": "from fake_registry.lazy_names import attach\n",
        "fake_registry/cli/command.py": "from fake_registry.fake import FakeRegistry\n",
        "fake_registry/fake.py": "import os\nfrom fake_registry import layout\nfrom .http.app import App\n",
        "fake_registry/server/tls.py": "import socket\nimport trustme\n",
        "fake_registry/http/app.py": "import werkzeug.routing\nfrom ..core import memory\n",
        "fake_registry/core/memory.py": "import threading\nfrom fake_registry.spec.names import Digest\n",
        "fake_registry/auth/tokens.py": "def mint() -> str:\n    import jwt\n    return jwt.encode({}, '')\n",
        "pytest_acr/plugin/hooks.py": "import pytest\nfrom azure.core import rest\nimport fake_registry\n",
        "pytest_acr/strategies/names.py": "import hypothesis\n",
    }
    assert violations(plant(tmp_path, sources)) == []


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("core/a.py", "import fake_registry.http.app", "imports fake_registry.http.app: fake_registry.core may import"),
        ("core/a.py", "from fake_registry import http", "imports fake_registry.http: fake_registry.core may import"),
        ("core/a.py", "from ..http import app", "imports fake_registry.http: fake_registry.core may import"),
        ("core/a.py", "def f():\n    from fake_registry.http import app", "core/a.py:2: fake_registry.core.a imports"),
        ("core/a.py", "if TYPE_CHECKING:\n    from fake_registry.http import app", "core may import"),
        ("core/a.py", "try:\n    import fake_registry.http\nexcept ImportError: raise", "core may import"),
        ("core/a.py", "class A:\n    import fake_registry.fake", "imports fake_registry.fake: "),
        ("core/a.py", "from fake_registry import FakeRegistry", "imports fake_registry: fake_registry.core may import"),
        ("core/a.py", "import importlib\nimportlib.import_module('fake_registry.http.app')", "core/a.py:2: "),
        ("core/a.py", "def f():\n    x = import_module('fake_registry.http').app", "imports fake_registry.http: "),
        ("core/a.py", "__import__('fake_registry.http')", "imports fake_registry.http: "),
        ("wire/a.py", "from fake_registry.core import registry", "wire may import"),
        ("core/a.py", "from fake_registry.wire import errors", "core may import"),
        ("auth/a.py", "import fake_registry.core.state", "auth may import"),
        (
            "journal/a.py",
            "import fake_registry.wire",
            "journal may import fake_registry.arguments, fake_registry.atomic_file, fake_registry.clock",
        ),
        ("client/a.py", "import fake_registry.core", "fake_registry.client may import"),
        ("ids.py", "import fake_registry.spec", "fake_registry.ids may import nothing of ours. Move"),
        ("http/a.py", "import fake_registry.remote", "http may import"),
        (
            "spec/a.py",
            "from fake_registry.wire import errors",
            "fake_registry.spec may import fake_registry.arguments. Move",
        ),
        (
            "clock.py",
            "from fake_registry.core import memory",
            "clock may import fake_registry.arguments. Move",
        ),
        ("http/a.py", "import fake_registry.server", "http may import"),
        (
            "server/a.py",
            "import fake_registry.fake",
            "server may import fake_registry.arguments, fake_registry.spec, fake_registry.wsgi",
        ),
        ("images/a.py", "import fake_registry.layout", "fake_registry.images may import"),
        ("fake.py", "import fake_registry.cli", "fake_registry.fake may import"),
        ("control/a.py", "import fake_registry.cli", "fake_registry.control may import"),
        ("fake.py", "import pytest_acr.plugin", "fake_registry.fake may import"),
        ("__init__.py", "if TYPE_CHECKING:\n    from pytest_acr import connect", "imports pytest_acr: "),
        ("../pytest_acr/content/a.py", "import fake_registry.http", "pytest_acr.content may import"),
        ("../pytest_acr/content/a.py", "from fake_registry import FakeRegistry", "pytest_acr.content may import"),
        ("../pytest_acr/content/a.py", "import pytest_acr.connections", "pytest_acr.content may import"),
        ("../pytest_acr/content/a.py", "import azure.containerregistry", "imports azure.containerregistry: "),
        ("../pytest_acr/transports/a.py", "import pytest_acr.content", "pytest_acr.transports may import"),
        ("../pytest_acr/interception/a.py", "import pytest_acr.plugin", "pytest_acr.interception may import"),
        ("../pytest_acr/connections/a.py", "import pytest", "pytest_acr.connections may import azure.core"),
        ("../pytest_acr/strategies/a.py", "import fake_registry.wire", "pytest_acr.strategies may import"),
        ("../pytest_acr/harness/model.py", "import fake_registry.wire", "harness.model may import fake_registry.spec,"),
        ("../pytest_acr/harness/model.py", "import fake_registry.core", "harness.model may import fake_registry.spec,"),
        ("../pytest_acr/harness/model.py", "import hypothesis", "harness.model may import the standard library alone"),
        ("../pytest_acr/harness/acr_model.py", "import fake_registry.wire", "acr_model may import fake_registry.spec."),
        ("../pytest_acr/harness/acr_model.py", "import pytest_acr.harness.model", "acr_model may import"),
        ("../pytest_acr/harness/a.py", "import fake_registry.remote", "pytest_acr.harness may import"),
        ("../pytest_acr/__init__.py", "import pytest_acr.plugin", "pytest_acr may import"),
        ("core/a.py", "import werkzeug", "imports werkzeug: fake_registry.core may import the standard library alone."),
        ("spec/a.py", "from attrs import define", "imports attrs: fake_registry.spec may import the standard library"),
        ("http/a.py", "import requests", "imports requests: fake_registry.http may import werkzeug."),
        ("wsgi.py", "import werkzeug", "fake_registry.wsgi may import the standard library alone"),
        ("fake.py", "import pytest", "imports pytest: fake_registry.fake may import the standard library alone"),
        (
            "server/a.py",
            "from azure.core import rest",
            "imports azure.core: fake_registry.server may import werkzeug, ",
        ),
        ("fake.py", "def f():\n    import hypothesis", "imports hypothesis: fake_registry.fake may import"),
        ("auth/a.py", "import jwt", "imports jwt: jwt is slow to load: import it in the function that uses it"),
        ("entra/a.py", "from cryptography import x509", "imports cryptography: cryptography is slow to load"),
        ("entra/a.py", "import werkzeug", "imports werkzeug: fake_registry.entra may import jwt, cryptography."),
        ("fake.py", "import cryptography", "imports cryptography: fake_registry.fake may import"),
        ("../pytest_acr/content/a.py", "import hypothesis", "imports hypothesis: pytest_acr.content may import"),
        ("../pytest_acr/plugin/a.py", "import hypothesis", "imports hypothesis: hypothesis is slow to load"),
        ("../pytest_acr/plugin/a.py", "import azure.mgmt", "imports azure.mgmt: pytest_acr.plugin may import pytest, "),
        ("core/utils.py", "", "fake_registry/core/utils.py: the name 'utils' says nothing"),
        ("new.py", "", "fake_registry/new.py: fake_registry.new is in no package of LAYERS: move it"),
        ("../pytest_acr/new.py", "", "pytest_acr/new.py: pytest_acr.new is in no package of LAYERS: move it"),
    ],
)
def test_planted_import_is_found(tmp_path: Path, name: str, source: str, found: str) -> None:
    [violation] = violations(plant(tmp_path, {f"fake_registry/{name}": source}))
    assert found in violation


@pytest.mark.parametrize(
    "sources",
    [
        {"core/a.py": "from fake_registry.core import b", "core/b.py": "from fake_registry.core.a import A"},
        {"core/a.py": "from . import b", "core/b.py": "def f():\n    from .a import A"},
        {"core/a.py": "from .b import B", "core/b.py": "from .c import C", "core/c.py": "import fake_registry.core.a"},
        {"core/__init__.py": "from .a import A", "core/a.py": "from fake_registry.core import A"},
    ],
)
def test_planted_cycle_is_found(tmp_path: Path, sources: dict[str, str]) -> None:
    root = plant(tmp_path, {f"fake_registry/{name}": source for name, source in sources.items()})
    [violation] = violations(root)
    assert violation.startswith("a cycle: fake_registry.core")
    assert violation.count(" imports ") == len(sources)
