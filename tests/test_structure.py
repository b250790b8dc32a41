"""Rules about modules and classes of both packages, checked on the source: what an `__init__` holds,
which classes inherit, and that no module has state.

Bases that are not ours are allowed: Protocol, NamedTuple, Enum, and those of azure-core, pytest and
werkzeug. Class names are unique (`test_class_names.py`), so that a base is known by its name.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.sources import classes_of, nodes_of, tree_of

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

INITS_WITH_CODE: Final = {
    "fake_registry/__init__.py": "its names are loaded when they are used",
    "pytest_acr/__init__.py": "its names are loaded when they are used",
}
"""The `__init__` modules that do more than re-export, and why."""

STATE: Final = {
    "fake_registry/client/deadline.py:_CURRENT": "reaches the socket below a session that takes no argument for it",
    "fake_registry/arguments.py:_fields_of": "a cache of a pure function",
    "fake_registry/arguments.py:_hints_of": "a cache of a pure function",
    "fake_registry/control/fault_json.py:FAULTS": "is not changed after it was made",
    "fake_registry/entra/keys.py:_MAKING": "lets one thread at a time make the key of the process",
    "fake_registry/entra/keys.py:make_key": "a key takes longer than a test",
    "fake_registry/auth/entra.py:_CLAIMS": "a cache of a pure function",
    "fake_registry/auth/scopes.py:_SCOPES": "a cache of a pure function",
    "fake_registry/http/oauth.py:_EXCHANGES": "a cache of a pure function",
    "fake_registry/http/refusals.py:_refusal_without_credentials": "a cache of a pure function",
    "fake_registry/http/request.py:_key_of": "a cache of a pure function",
    "fake_registry/http/routing.py:_QUERIES": "a cache of a pure function",
    "fake_registry/http/routing.py:ROUTES": "a cache of a pure function",
    "fake_registry/journal/redaction.py:_REDACTIONS": "a cache of a pure function",
    "fake_registry/journal/redaction.py:header_places": "a cache of a pure function",
    "fake_registry/server/http1_fields.py:_AUTHORITIES": "a cache of a pure function",
    "fake_registry/server/http1_fields.py:_VARIABLES": "a cache of a pure function",
    "fake_registry/wire/acr_time.py:_date_and_time": "a cache of a pure function",
    "fake_registry/wsgi.py:encode_date": "a cache of a pure function",
    "fake_registry/http/routing.py:_ROUTER": "is not changed after it was made",
    "fake_registry/settings.py:_FROM_PROFILE": "a placeholder without a field",
    "fake_registry/version.py:package_version": "a cache of a pure function",
    "fake_registry/spec/patterns.py:_MATCHERS": "a cache of a pure function",
    "fake_registry/spec/redaction.py:_CHALLENGES": "a cache of a pure function",
    "fake_registry/spec/redaction.py:_NAMES": "a cache of a pure function",
    "fake_registry/spec/redaction.py:_VALUES": "a cache of a pure function",
    "fake_registry/spec/secret_names.py:SECRET_NAMES": "a cache of a pure function",
    "pytest_acr/harness/contents.py:_by_digest": "a cache of a pure function",
    "pytest_acr/harness/contents.py:content_of": "a cache of a pure function",
    "pytest_acr/transports/environ.py:_ENVIRON_NAMES": "a cache of a pure function",
    "pytest_acr/transports/environ.py:_ORIGINS": "a cache of a pure function",
    "pytest_acr/transports/environ.py:_TARGETS": "a cache of a pure function",
    "pytest_acr/interception/hosts.py:INTERCEPTION": "patches of the standard library are global",
    "pytest_acr/interception/identity.py:_KEYS": "a key takes longer than a test",
    "pytest_acr/interception/network.py:certificates": "a CA takes longer than a test",
    "pytest_acr/sweeping/run.py:_TURN": "a sweep replaces `time.sleep` of the process",
    "pytest_acr/sweeping/watching.py:_WATCHES": "a sweep knows nothing of one that its code contains",
    "pytest_acr/usage.py:_OBSERVERS": "those of the running sweep, for fakes that it makes anywhere",
    "pytest_acr/usage.py:_RUNNING": "the fixtures of a test and `connect` have nothing in common",
    "pytest_acr/usage.py:_SEEDS": "the seed of the running test, for fakes that it makes anywhere",
    "pytest_acr/usage.py:_USED": "the fixtures of a test and `connect` have nothing in common",
    "pytest_acr/interception/trust.py:_ACTIVE": "the networks that are active in the process",
    "pytest_acr/interception/trust.py:_ACTIVE_MUTEX": "guards _ACTIVE",
}
"""State of modules, and why it is there."""

READ_ONLY: Final = ("Final", "Mapping", "Sequence", "Collection", "Set[")
"""Words in an annotation of a literal that is not changed."""
COLLECTIONS: Final = frozenset({"dict", "list", "set", "defaultdict", "deque", "Counter", "OrderedDict", "bytearray"})
LOCKS: Final = frozenset({"Lock", "RLock", "Condition", "Event", "Semaphore", "local", "ContextVar"})
CHANGES: Final = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}
)
"""Methods that change a list, dict or set."""

Trees = Mapping[str, ast.Module]
"""Modules of the packages, by the names of their files."""


def modules_below(root: Path) -> Trees:
    paths = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return {path.relative_to(root).as_posix(): tree_of(path) for path in paths}


# what an `__init__` holds


def code_in_inits(trees: Trees) -> Iterator[str]:
    """Yield the statements of `__init__` modules that re-export nothing."""
    for file, tree in trees.items():
        if file.endswith("/__init__.py") and file not in INITS_WITH_CODE:
            lines = [node.lineno for node in tree.body if not is_export(node)]
            yield from (f"{file}:{line}: an __init__ only re-exports: move this to a module" for line in lines)


def is_export(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
    return False


# which classes inherit


def heirs(trees: Trees) -> Iterator[str]:
    """Yield the classes that inherit from a class of ours, except errors."""
    classes = {node.name: node for tree in trees.values() for node in classes_of(tree)}
    for file, tree in trees.items():
        for node in classes_of(tree):
            if not is_error(node.name, classes):
                ours = [base for base in bases_of(node) if base in classes]
                advice = "pass an object in, or share a function"
                yield from (f"{file}:{node.lineno}: {node.name} inherits from {base}: {advice}" for base in ours)


def bases_of(node: ast.ClassDef) -> list[str]:
    return [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]


def is_error(name: str, classes: Mapping[str, ast.ClassDef]) -> bool:
    if name in classes:
        return any(is_error(base, classes) for base in bases_of(classes[name]) if base != name)
    found = getattr(builtins, name, None)
    return name.endswith("Error") or (isinstance(found, type) and issubclass(found, BaseException))


# that no module has state


def state_in(trees: Trees) -> dict[str, str]:
    """Return the state of modules: file and name, and the place with the reason."""
    frozen = frozen_classes_in(trees)
    own = {node.name for tree in trees.values() for node in classes_of(tree)}
    return {
        f"{file}:{name}": f"{file}:{line}: {name} {problem}"
        for file, tree in trees.items()
        for name, line, problem in (
            *values_with_state(tree, own - frozen),
            *changes_of_globals(tree),
            *caches_in(tree),
        )
    }


def frozen_classes_in(trees: Trees) -> set[str]:
    """Return our classes whose instances cannot be changed."""
    return {
        node.name
        for tree in trees.values()
        for node in classes_of(tree)
        if any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
        or {"NamedTuple", "Enum", "StrEnum"} & set(bases_of(node))
    }


def values_with_state(tree: ast.Module, mutable: set[str]) -> Iterator[tuple[str, int, str]]:
    for name, annotation, value in values_in(tree):
        is_read_only = any(word in annotation for word in READ_ONLY)
        match value:
            case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
                if not is_read_only:
                    yield name, value.lineno, "can be changed: annotate it with Final, or use a tuple"
            case ast.Call(func=function):
                made = ast.unparse(function).rpartition(".")[2]
                if made in mutable or made in LOCKS or (made in COLLECTIONS and not is_read_only):
                    yield name, value.lineno, f"is a {made} of the whole process: make it where it is used"


def values_in(tree: ast.Module) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield each constant of a module with its annotation and its value."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name != "__all__":
                yield name, "", value
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
                yield name, ast.unparse(annotation), value


def changes_of_globals(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    names = {name for name, _, _ in values_in(tree)}
    for node in nodes_of(tree):
        match node:
            case ast.Global(names=changed):
                yield from ((name, node.lineno, "is assigned by a function") for name in changed)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if name in names and method in CHANGES:
                    yield name, node.lineno, f"is changed by {method}()"
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in names:
                yield name, node.lineno, "is changed by an assignment to an item"


def caches_in(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    for node in nodes_of(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = [ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list]
            if any(name.rpartition(".")[2] in ("cache", "lru_cache") for name in decorators):
                yield node.name, node.lineno, "has a cache of the whole process"


@pytest.fixture(scope="module")
def packages() -> Trees:
    return modules_below(ROOT)


def test_inits_only_re_export(packages: Trees) -> None:
    assert "\n".join(code_in_inits(packages)) == ""


def test_no_class_inherits_from_another_of_ours(packages: Trees) -> None:
    assert "\n".join(heirs(packages)) == ""


@pytest.fixture(scope="module")
def state(packages: Trees) -> Mapping[str, str]:
    return state_in(packages)


def test_no_module_has_state(state: Mapping[str, str]) -> None:
    advice = "or add it to STATE in tests/test_structure.py with the reason"
    problems = [f"{problem}, {advice}" for key, problem in state.items() if key not in STATE]
    assert "\n".join(problems) == ""


def test_exceptions_are_still_needed(packages: Trees, state: Mapping[str, str]) -> None:
    with_code = [
        file
        for file, tree in packages.items()
        if file.endswith("/__init__.py") and not all(is_export(node) for node in tree.body)
    ]

    assert sorted(with_code) == sorted(INITS_WITH_CODE)
    assert STATE.keys() - state.keys() == set()


@pytest.mark.parametrize(
    "source",
    [
        "LIMIT = 3",
        "def f(): ...",
        "class A: ...",
        "if TYPE_CHECKING:\n    from a import b",
        "registry = {}",
    ],
)
def test_planted_code_of_an_init_is_found(source: str) -> None:
    trees = {"fake_registry/core/__init__.py": ast.parse(f'"""Text."""\nfrom a import b\n__all__ = ["b"]\n{source}')}
    [found] = code_in_inits(trees)
    assert found == "fake_registry/core/__init__.py:4: an __init__ only re-exports: move this to a module"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("class A: ...\nclass B(A): ...", ["B inherits from A"]),
        ("class A(Generic[T]): ...\nclass B(A[int]): ...", ["B inherits from A"]),
        ("class A: ...\ndef f():\n    class B(module.A): ...", ["B inherits from A"]),
        ("class A(Exception): ...\nclass B(A): ...\nclass C(B): ...", []),
        ("class A(AzureError): ...\nclass B(A): ...", []),
        ("class A(Protocol): ...\nclass B(NamedTuple): ...\nclass C(HttpTransport[X, Y]): ...", []),
    ],
)
def test_planted_heir_is_found(source: str, found: list[str]) -> None:
    problems = list(heirs({"fake_registry/core/a.py": ast.parse(source)}))
    assert [problem.split(": ")[1] for problem in problems] == found


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("SEEN = []", "SEEN"),
        ("SEEN = {one: two for one in x}", "SEEN"),
        ("SEEN: dict[str, int] = {}", "SEEN"),
        ("SEEN = collections.defaultdict(list)", "SEEN"),
        ("SEEN: Final = []\ndef f(): SEEN.append(1)", "SEEN"),
        ("SEEN: Final = {}\ndef f(): SEEN[1] = 2", "SEEN"),
        ("count = 0\ndef f():\n    global count\n    count += 1", "count"),
        ("_MUTEX: Final = threading.Lock()", "_MUTEX"),
        ("class A: ...\nONE: Final = A()", "ONE"),
        ("@lru_cache(maxsize=4)\ndef f(): ...", "f"),
    ],
)
def test_planted_state_is_found(source: str, name: str) -> None:
    assert list(state_in({"fake_registry/core/a.py": ast.parse(source)})) == [f"fake_registry/core/a.py:{name}"]


@pytest.mark.parametrize(
    "source",
    [
        "NAMES: Final = {'a': 1}",
        "NAMES: Mapping[str, int] = {'a': 1}",
        "NAMES = ('a', 'b')",
        "PATTERN = re.compile('a')",
        "@dataclass(frozen=True)\nclass A: ...\nONE = A()",
        "class A:\n    @cached_property\n    def f(self): ...",
        "def f():\n    seen = []\n    seen.append(1)",
    ],
)
def test_constants_are_no_state(source: str) -> None:
    assert state_in({"fake_registry/core/a.py": ast.parse(source)}) == {}
