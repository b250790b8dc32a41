"""How the modules of this suite may depend on each other, and on the plugin's fixtures; checked on the source.

Builders that several folders share are in `tests/support`, which imports nothing else of tests/. A folder may have
modules of its own besides. A conftest and a test module are imported by pytest alone: another importer would run them
a second time, under a second name.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.sources import nodes_of, parse
from tests.support.tiers import PURE, WITH_SERVERS, is_fast

ROOT: Final = Path(__file__).parent.parent
SUPPORT: Final = "tests.support"
NOT_OF_SUPPORT: Final = r"\btests\.(?!support\b)|\bfrom tests import\b|\bfrom \.|\bconftest\b"
"""In each module with an import that a rule may forbid, and in some others."""
EFFORT: Final = "tests/support/effort.py"
TEST_OF_EFFORT: Final = "tests/test_effort.py"
STOPWATCHES: Final = frozenset({"monotonic", "perf_counter", "process_time", "sleep", "thread_time"})
"""Functions of `time`. A test that depends on them fails on a busy machine."""
OVERRIDES: Final = ("tests/plugin/suites/", "tests/examples/test_live_credential.py")
"""The suites and the example that show that a fixture of the plugin may be overridden."""


def misplaced_imports(root: Path) -> list[str]:
    """Return the imports between modules of tests/ that break the rules, a line each, and what to do."""
    return [
        f"{file}:{line}: imports {target}: {reason}"
        for file, tree in modules_below(root / "tests", root, NOT_OF_SUPPORT)
        for target, line in imports_of(tree)
        if (reason := objection(file, target))
    ]


def modules_below(folder: Path, root: Path, pattern: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules whose source has a match of `pattern`: parsing the others would take most
    of the time."""
    for path in sorted(folder.rglob("*.py")):
        if re.search(pattern, source := path.read_text(encoding="utf-8")):
            yield path.relative_to(root).as_posix(), parse(source)


def imports_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the modules of tests/ that `tree` imports: of `from tests.a import b` also `tests.a.b`."""
    for node in statements_in(tree):
        match node:
            case ast.Import():
                targets = [alias.name for alias in node.names]
            case ast.ImportFrom(level=0, module=str(module)):
                targets = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case ast.ImportFrom():
                targets = ["." * node.level]
            case _:
                continue
        yield from ((target, node.lineno) for target in targets if target.startswith(("tests.", ".")))


def statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from statements_in(child)


def objection(file: str, target: str) -> str:
    """Return the error of an import and its remedy; empty if it is allowed."""
    if target.startswith("."):
        return "write the full name, tests.FOLDER.MODULE"

    last = target.rpartition(".")[2]
    if last == "conftest" or (last.startswith("test_") and (ROOT / f"{target.replace('.', '/')}.py").exists()):
        return "pytest alone imports it: move what is shared to a module in tests/support"

    folder = file.rpartition("/")[0].replace("/", ".")
    if is_within(target, SUPPORT) or (folder != "tests" and is_within(target, folder)):
        return ""
    return f"{folder} may import {SUPPORT} and its own modules: move what is shared to tests/support"


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def fixtures_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the name and the line of each fixture."""
    for node in functions_in(tree.body):
        yield from ((name_of(one, node.name), node.lineno) for one in node.decorator_list if is_fixture(one))


def functions_in(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions of a module or class, and those of the classes in it."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node
            case ast.ClassDef():
                yield from functions_in(node.body)


def is_fixture(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(function).endswith("fixture")


def name_of(decorator: ast.expr, default: str) -> str:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    named = (keyword.value.value for keyword in keywords if keyword.arg == "name")  # type: ignore[attr-defined]
    return next((str(name) for name in named), default)


def shadowing_fixtures(root: Path, products: Mapping[str, str]) -> list[str]:
    """Return our fixtures that have the name of one of `products`, a line each, and what to do."""
    possible = rf"\bdef (?:{'|'.join(products)})\(|\bname="
    return [
        f"{file}:{line}: the fixture {name} hides the plugin's, {products[name]}: give it another name"
        for file, tree in modules_below(root / "tests", root, possible)
        for name, line in fixtures_of(tree)
        if name in products and not file.startswith(OVERRIDES)
    ]


def fixtures_of_the_plugin() -> dict[str, str]:
    """Return the names of the plugin's fixtures, and where each is."""
    trees = modules_below(ROOT / "pytest_acr", ROOT, "fixture")
    return {name: f"{file}:{line}" for file, tree in trees for name, line in fixtures_of(tree)}


def handmade_profiles(root: Path) -> list[str]:
    """Return the uses of Hypothesis' settings outside of `effort`, a line each, and what to do."""
    return [
        f"{file}:{line}: uses hypothesis.settings: use examples() of {EFFORT}, or change its profiles"
        for file, tree in modules_below(root / "tests", root, "hypothesis")
        if file != EFFORT
        for line in lines_with_settings(tree)
    ]


def lines_with_settings(tree: ast.Module) -> Iterator[int]:
    modules = {
        alias.asname or "hypothesis"
        for node in nodes_of(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.split(".")[0] == "hypothesis"
    }
    for node in nodes_of(tree):
        match node:
            case ast.ImportFrom(module="hypothesis" | "hypothesis._settings", names=names):
                yield from (node.lineno for alias in names if alias.name == "settings")
            case ast.Attribute(value=ast.Name(id=name), attr="settings") if name in modules:
                yield node.lineno


def loops_without_a_mark(root: Path) -> list[str]:
    """Return the tests that call `rounds` without `repeated`: no profile would make them longer."""
    return [
        f"{file}:{test.lineno}: {test.name} calls rounds(): mark it by `repeated`"
        for file, tree in modules_below(root / "tests", root, r"\brounds\(")
        for test in functions_in(tree.body)
        if file != TEST_OF_EFFORT and test.name.startswith("test_")
        if calls_rounds(test) and not is_repeated(test)
    ]


def calls_rounds(test: ast.AST) -> bool:
    calls = (node.func for node in ast.walk(test) if isinstance(node, ast.Call))
    return any(isinstance(called, ast.Name) and called.id == "rounds" for called in calls)


def is_repeated(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "repeated" for each in test.decorator_list)


def clock_readings(root: Path) -> list[str]:
    """Return where tests measure the machine's time or sleep, a line each, and what to do."""
    return [
        f"{file}:{node.lineno}: {node.value.id}.{node.attr}: move the registry's clock, count, or wait for an event"
        for file, tree in modules_below(root / "tests", root, r"time\.")
        for node in nodes_of(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "time" and node.attr in STOPWATCHES
    ]


def plant(root: Path, name: str, source: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    return root


def test_modules_import_only_support_and_their_own_folder() -> None:
    assert misplaced_imports(ROOT) == []


def test_no_fixture_hides_one_of_the_plugin() -> None:
    products = fixtures_of_the_plugin()

    assert products.keys() >= {"acr", "make_acr", "acr_client"}
    assert shadowing_fixtures(ROOT, products) == []


def test_properties_use_the_settings_of_the_profiles() -> None:
    assert handmade_profiles(ROOT) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from hypothesis import given, settings", 1),
        ("import hypothesis\n\n@hypothesis.settings(deadline=None)\ndef f(): ...", 3),
        ("import hypothesis as h\nh.settings.register_profile('mine')", 2),
        ("import hypothesis.strategies\nhypothesis.settings()", 2),
    ],
)
def test_planted_settings_are_found(tmp_path: Path, source: str, line: int) -> None:
    root = plant(tmp_path, "tests/http/test_a.py", source)
    [violation] = handmade_profiles(root)
    assert violation.startswith(f"tests/http/test_a.py:{line}: uses hypothesis.settings: use examples() of ")


def test_every_loop_of_rounds_is_marked() -> None:
    assert loops_without_a_mark(ROOT) == []


def test_planted_loop_without_a_mark_is_found(tmp_path: Path) -> None:
    body = "    for _ in range(rounds(2)):\n        assert True\n"
    root = plant(tmp_path, "tests/test_a.py", f"def test_a():\n{body}@repeated\ndef test_b():\n{body}")

    assert loops_without_a_mark(root) == ["tests/test_a.py:1: test_a calls rounds(): mark it by `repeated`"]


def test_no_test_measures_the_time_of_the_machine() -> None:
    assert clock_readings(ROOT) == []


def test_planted_stopwatch_is_found(tmp_path: Path) -> None:
    root = plant(tmp_path, "tests/test_a.py", "import time\ndef f():\n    return time.monotonic() - 1")
    [violation] = clock_readings(root)
    assert violation.startswith("tests/test_a.py:3: time.monotonic: move the registry's clock")


def fast_rows_of(text: str) -> set[str]:
    """Return the folders and modules that the table of tests/README.md has in the fast tier."""
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")]
    return {
        name.rstrip("/")
        for row in rows
        if row[-1].strip().startswith("fast")
        for name in re.findall("`([^`]+)`", row[1])
    }


def test_table_of_tiers_has_all_of_the_fast_tier() -> None:
    text = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    pure = {path.relative_to(ROOT / "tests").as_posix() for path in PURE}

    missing = [f"tests/README.md: add {name} to the table, as fast" for name in sorted(pure - fast_rows_of(text))]
    wrong = [f"tests/README.md: {name} is not in PURE of tests/support/tiers.py" for name in fast_rows_of(text) - pure]
    assert "\n".join(missing + wrong) == ""


def test_fast_rows_are_read_from_the_table() -> None:
    text = "| what | folder | tier |\n|---|---|---|\n| a | `spec/`, `wire/` | fast |\n| b `x` | `http/` | default |\n"
    assert fast_rows_of(text) == {"spec", "wire"}


def test_modules_of_the_fast_tier_are_there() -> None:
    assert [path for path in PURE | WITH_SERVERS if not path.exists()] == []
    assert is_fast(ROOT / "tests/test_floors.py")
    assert is_fast(ROOT / "tests/spec/test_names.py")
    assert not is_fast(ROOT / "tests/client/test_docker_registry.py")
    assert not is_fast(ROOT / "tests/http/test_blobs.py")


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("http/test_a.py", "from tests.http.conftest import x", "tests/http/test_a.py:1: imports tests.http.conftest"),
        ("http/test_a.py", "from tests.http import conftest", "pytest alone imports it: move what is shared"),
        (
            "http/test_a.py",
            "def f():\n    import tests.http.test_routes",
            "test_a.py:2: imports tests.http.test_routes",
        ),
        ("http/a.py", "from tests.wire.values import x", "tests.http may import tests.support and its own modules"),
        ("support/a.py", "from tests.http.lists import x", "tests.support may import tests.support and"),
        ("test_a.py", "from tests.http.lists import x", "tests may import tests.support and"),
        ("http/a.py", "from .lists import x", "tests/http/a.py:1: imports .: write the full name"),
    ],
)
def test_planted_import_is_found(tmp_path: Path, name: str, source: str, found: str) -> None:
    violations = misplaced_imports(plant(tmp_path, f"tests/{name}", source))
    assert found in "\n".join(violations)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "http/test_a.py",
            "from tests.http.lists import x\nfrom tests.support import images\nimport tests.support.http",
        ),
        ("support/a.py", "from tests.support.http import x\nfrom fake_registry.http import app"),
        ("http/test_a.py", "from tests.support.clients import test_settings_of"),
    ],
)
def test_imports_of_support_and_of_the_own_folder_are_fine(tmp_path: Path, name: str, source: str) -> None:
    assert misplaced_imports(plant(tmp_path, f"tests/{name}", source)) == []


@pytest.mark.parametrize(
    ("name", "source", "found"),
    [
        ("http/conftest.py", "@pytest.fixture\ndef acr(): ...", ["tests/http/conftest.py:2: the fixture acr hides"]),
        ("test_a.py", "@fixture(name='acr')\ndef mine(): ...", ["tests/test_a.py:2: the fixture acr hides"]),
        ("test_a.py", "@pytest.fixture(scope='session')\nasync def acr(): ...", ["the fixture acr hides"]),
        ("test_a.py", "class TestA:\n    @pytest.fixture\n    def acr(self): ...", ["tests/test_a.py:3: the fixture"]),
        ("test_a.py", "@pytest.fixture\ndef other(): ...\ndef acr(): ...", []),
        ("plugin/suites/a.py", "@pytest.fixture\ndef acr(): ...", []),
    ],
)
def test_planted_fixture_is_found(tmp_path: Path, name: str, source: str, found: list[str]) -> None:
    violations = shadowing_fixtures(plant(tmp_path, f"tests/{name}", source), {"acr": "hooks.py:7"})
    assert [expected in violation for expected, violation in zip(found, violations, strict=True)] == [True] * len(found)
