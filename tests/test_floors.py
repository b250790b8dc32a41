"""Imports only point down: the floors of the house, checked on the source (see docs: architecture).

What an import may be: of a lower floor or of one's own, but for siblings; of a package that the floor's list has; not
part of a cycle. An import inside a function or under TYPE_CHECKING counts like any other: direction is about what the
code knows of, not about when it is loaded. The exception are the lazy public names of the two top-level packages.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final, Literal

import pytest

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

FLOORS: Final[tuple[frozenset[str], ...]] = (
    frozenset({"fake_registry.spec", "fake_registry.clock", "fake_registry.settings"}),
    frozenset({"fake_registry.core", "fake_registry.auth", "fake_registry.wire"}),
    frozenset({"fake_registry.http", "fake_registry.remote", "fake_registry.wsgi"}),
    frozenset({"fake_registry", "fake_registry.entra"}),
    frozenset({"pytest_acr"}),
)
"""Module prefixes; the longest that fits decides. What is only `fake_registry` is assembly: images, layout, control,
server, fake, cli."""

SIBLINGS: Final = (
    frozenset({"fake_registry.core", "fake_registry.auth", "fake_registry.wire"}),
    frozenset({"fake_registry.http", "fake_registry.remote"}),
)
"""Rooms of one floor that never import each other."""

THIRD_PARTY: Final[Mapping[str, frozenset[str]]] = {
    "fake_registry.auth": frozenset({"jwt"}),
    "fake_registry.http": frozenset({"werkzeug"}),
    "fake_registry.remote": frozenset({"requests"}),
    "fake_registry.entra": frozenset({"jwt", "cryptography"}),
    "fake_registry": frozenset({"werkzeug", "trustme"}),  # server and control
    "pytest_acr": frozenset(
        {
            *("pytest", "hypothesis", "azure.core", "azure.containerregistry", "azure.identity", "requests", "jwt"),
            "urllib3",  # a requests adapter answers with urllib3's response
        }
    ),
}
"""Packages beyond the standard library, per room; a room that is not here has none."""

IMPORTED_WHEN_USED: Final = frozenset({"jwt", "cryptography", "hypothesis"})
"""PyJWT loads cryptography, 70 ms of every pytest start; hypothesis costs 130 ms and more."""
WHERE_HYPOTHESIS_IS_THE_POINT: Final = frozenset({"pytest_acr.strategies", "pytest_acr.machine"})

NAMELESS: Final = frozenset({"utils", "helpers", "common", "base"})

When = Literal["loaded", "called", "checked"]


@dataclass(frozen=True)
class Import:
    """`module` imports `target` on `line`: when it is loaded, when a function is called, when types are checked."""

    module: str
    target: str
    line: int
    when: When


def violations(root: Path) -> list[str]:
    """Return what breaks the rules in the source tree at `root`, a line each."""
    paths = dict(modules_of(root))
    imports = [found for module, path in paths.items() for found in imports_of(module, path, paths)]
    broken = [f"{module} says nothing: name the idea" for module in paths if module.rpartition(".")[2] in NAMELESS]
    broken += [
        f"{one.module}:{one.line} imports {one.target}: {reason}"
        for one in imports
        if (reason := misdirection(one) if is_ours(one.target) else strangeness(one))
    ]
    return broken + list(cycle_in([one for one in imports if is_ours(one.target)]))


def modules_of(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield each module's name and file; a package goes by its own name."""
    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports_of(module: str, path: Path, modules: Mapping[str, Path]) -> Iterator[Import]:
    """Yield what `module` imports, by full names, but for the lazy public names of a top-level package."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, when in import_statements(ast.parse(path.read_text(encoding="utf-8")), "loaded"):
        for target in dict.fromkeys(targets_of(node, package, modules)):
            if not (module in PACKAGES and when == "checked" and target.startswith(f"{module}.")):
                yield Import(module, target, node.lineno, when)


def import_statements(node: ast.AST, when: When) -> Iterator[tuple[ast.Import | ast.ImportFrom, When]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import() | ast.ImportFrom():
                yield child, when
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from import_statements(ast.Module(child.body, []), "checked")
                yield from import_statements(ast.Module(child.orelse, []), when)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if when == "loaded":
                yield from import_statements(child, "called")
            case _:
                yield from import_statements(child, when)


def targets_of(node: ast.Import | ast.ImportFrom, package: str, modules: Mapping[str, Path]) -> Iterator[str]:
    """Yield full module names: `from a import b` is of `a.b` where that is a module, of `a` otherwise."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    origin = ".".join([*above, *([node.module] if node.module else [])])
    for alias in node.names:
        name = f"{origin}.{alias.name}"
        yield name if name in modules or room_of(name) == name else origin


def is_ours(module: str) -> bool:
    return module.split(".")[0] in PACKAGES


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(f"{prefix}.")


def room_of(module: str) -> str:
    """Return the longest prefix of a floor that `module` is in; "" for a package that is not ours."""
    return max((room for floor in FLOORS for room in floor if within(module, room)), key=len, default="")


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def misdirection(found: Import) -> str:
    here, there = room_of(found.module), room_of(found.target)
    if floor_of(there) > floor_of(here):
        return f"floor {floor_of(here)} knows nothing of floor {floor_of(there)}"
    if here != there and any({here, there} <= siblings for siblings in SIBLINGS):
        return "siblings keep apart"
    return ""


def strangeness(found: Import) -> str:
    allowed = THIRD_PARTY.get(room_of(found.module), frozenset())
    package = found.target.split(".")[0]
    if package in sys.stdlib_module_names:
        return ""
    if not any(within(found.target, name) for name in allowed):
        return f"not on the list of {room_of(found.module)}"
    if package in IMPORTED_WHEN_USED and found.when == "loaded" and found.module not in WHERE_HYPOTHESIS_IS_THE_POINT:
        return "to be imported when used"
    return ""


def cycle_in(imports: list[Import]) -> Iterator[str]:
    graph = TopologicalSorter[str]()
    for found in imports:
        graph.add(found.module, found.target)
    try:
        graph.prepare()
    except CycleError as error:
        yield "a cycle: " + " imports ".join(reversed(error.args[1]))


def planted(root: Path, sources: Mapping[str, str]) -> Path:
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return root


def test_the_house_keeps_to_its_floors() -> None:
    assert dict(modules_of(ROOT)).keys() >= {"fake_registry.spec.names", "pytest_acr.strategies"}
    assert violations(ROOT) == []


def test_imports_that_point_down_are_fine(tmp_path: Path) -> None:
    sources = {
        "fake_registry/__init__.py": "if TYPE_CHECKING:\n    from fake_registry.fake import FakeRegistry\n",
        "fake_registry/cli.py": "from fake_registry import FakeRegistry\n",
        "fake_registry/fake.py": "import werkzeug\nfrom fake_registry import cli\nfrom .http.app import App\n",
        "fake_registry/server.py": "import socket\nimport trustme\n",
        "fake_registry/http/app.py": "import werkzeug.routing\nfrom ..core import memory\n",
        "fake_registry/core/memory.py": "import threading\nfrom fake_registry.spec.names import Digest\n",
        "fake_registry/auth/tokens.py": "def mint() -> str:\n    import jwt\n    return jwt.encode({}, '')\n",
        "pytest_acr/plugin.py": "import pytest\nfrom azure.core import rest\nfrom fake_registry import FakeRegistry\n",
        "pytest_acr/strategies.py": "import hypothesis\n",
    }
    assert violations(planted(tmp_path, sources)) == []


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        (
            "core/a.py",
            "import fake_registry.http.app",
            "imports fake_registry.http.app: floor 1 knows nothing of floor 2",
        ),
        ("core/a.py", "from fake_registry import http", "imports fake_registry.http: floor 1 knows nothing of floor 2"),
        ("core/a.py", "from ..http import app", "imports fake_registry.http: floor 1 knows nothing of floor 2"),
        ("core/a.py", "def f():\n    from fake_registry.http import app", "knows nothing of floor 2"),
        ("core/a.py", "if TYPE_CHECKING:\n    from fake_registry.http import app", "knows nothing of floor 2"),
        ("core/a.py", "try:\n    import fake_registry.http\nexcept ImportError: raise", "knows nothing of floor 2"),
        ("core/a.py", "class A:\n    import fake_registry.fake", "knows nothing of floor 3"),
        (
            "core/a.py",
            "from fake_registry import FakeRegistry",
            "imports fake_registry: floor 1 knows nothing of floor 3",
        ),
        ("wire/a.py", "from fake_registry.core import registry", "siblings keep apart"),
        ("core/a.py", "from fake_registry.wire import errors", "siblings keep apart"),
        ("auth/a.py", "import fake_registry.core.state", "siblings keep apart"),
        ("http/a.py", "import fake_registry.remote", "siblings keep apart"),
        ("spec/a.py", "from fake_registry.wire import errors", "floor 0 knows nothing of floor 1"),
        ("clock.py", "from fake_registry.core import memory", "floor 0 knows nothing of floor 1"),
        ("http/a.py", "import fake_registry.server", "floor 2 knows nothing of floor 3"),
        ("fake.py", "import pytest_acr.plugin", "floor 3 knows nothing of floor 4"),
        ("__init__.py", "if TYPE_CHECKING:\n    from pytest_acr import connect", "floor 3 knows nothing of floor 4"),
        ("core/a.py", "import werkzeug", "imports werkzeug: not on the list of fake_registry.core"),
        ("spec/a.py", "from attrs import define", "imports attrs: not on the list of fake_registry.spec"),
        ("http/a.py", "import requests", "imports requests: not on the list of fake_registry.http"),
        ("wsgi.py", "import werkzeug", "not on the list of fake_registry.wsgi"),
        ("fake.py", "import pytest", "imports pytest: not on the list of fake_registry"),
        ("server.py", "from azure.core import rest", "imports azure.core: not on the list of fake_registry"),
        ("fake.py", "def f():\n    import hypothesis", "imports hypothesis: not on the list of fake_registry"),
        ("auth/a.py", "import jwt", "imports jwt: to be imported when used"),
        ("entra/a.py", "from cryptography import x509", "imports cryptography: to be imported when used"),
        ("entra/a.py", "import werkzeug", "imports werkzeug: not on the list of fake_registry.entra"),
        ("fake.py", "import cryptography", "imports cryptography: not on the list of fake_registry"),
        ("../pytest_acr/plugin.py", "import hypothesis", "imports hypothesis: to be imported when used"),
        ("../pytest_acr/plugin.py", "import azure.mgmt", "imports azure.mgmt: not on the list of pytest_acr"),
        ("core/utils.py", "", "fake_registry.core.utils says nothing"),
    ],
)
def test_planted_import_is_found(tmp_path: Path, name: str, source: str, found: str) -> None:
    [violation] = violations(planted(tmp_path, {f"fake_registry/{name}": source}))
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
    root = planted(tmp_path, {f"fake_registry/{name}": source for name, source in sources.items()})
    [violation] = violations(root)
    assert violation.startswith("a cycle: fake_registry.core")
    assert violation.count(" imports ") == len(sources)
