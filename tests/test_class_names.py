"""One class name has one meaning: no two classes of the packages share one, checked on the source.

That includes private names and classes inside of functions: a reader meets them in a traceback or
an error message, without the module. It includes names of types, such as `Handler = Callable[...]`,
unless they are equal. A class of the tests has no name of a class of the packages.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.sources import classes_of, tree_of

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

CLASS_LINE: Final = re.compile(r"^ *class (\w+)", re.MULTILINE)

SHARED_NAMES: Final = {
    # like the Azure SDK's clients: the sync one from `pytest_acr`, the async one from `pytest_acr.aio`
    "ContainerRegistryContentClient": {
        "pytest_acr/content/client.py",
        "pytest_acr/content/aio_client.py",
    },
}
"""Name of several classes with one meaning -> the files that define one each."""


def test_no_two_classes_share_a_name() -> None:
    assert "\n".join(shared_names(ROOT)) == ""


def test_no_class_of_the_tests_has_the_name_of_one_of_the_packages() -> None:
    assert "\n".join(borrowed_names(ROOT)) == ""


def test_exceptions_are_still_needed() -> None:
    files = defaultdict(set)
    for found in definitions_in(ROOT, PACKAGES):
        files[found.name].add(found.file)

    assert {name: files[name] for name in SHARED_NAMES} == SHARED_NAMES


def test_planted_namesakes_are_found(tmp_path: Path) -> None:
    plant(tmp_path / "fake_registry/one.py", "class Answer:\n    class _Part: ...\n")
    plant(tmp_path / "pytest_acr/two.py", "def f():\n    class Answer: ...\n\nclass _Part: ...\n")
    plant(tmp_path / "pytest_acr/three.py", "class Other: ...\n")

    assert shared_names(tmp_path) == [
        "Answer is a class of fake_registry/one.py, pytest_acr/two.py: rename all but one",
        "_Part is a class of fake_registry/one.py, pytest_acr/two.py: rename all but one",
    ]


def test_planted_names_of_types_are_found(tmp_path: Path) -> None:
    plant(tmp_path / "fake_registry/one.py", "class Handler: ...\nHeaders = tuple[str, str]\nT = TypeVar('T')\n")
    plant(tmp_path / "fake_registry/two.py", "Handler = Callable[..., str]\nHeaders = tuple[str, str]\n")
    plant(tmp_path / "pytest_acr/three.py", "Part: TypeAlias = str | None\nT = TypeVar('T')\nLIMIT = 3\n")
    plant(tmp_path / "pytest_acr/four.py", "Part = str | bytes\nLIMIT = 4\n")

    assert shared_names(tmp_path) == [
        "Handler is a class of fake_registry/one.py, fake_registry/two.py: rename all but one",
        "Part is a class of pytest_acr/four.py, pytest_acr/three.py: rename all but one",
    ]


def test_planted_class_of_a_test_is_found(tmp_path: Path) -> None:
    plant(tmp_path / "fake_registry/one.py", "class Answer: ...\n")
    plant(tmp_path / "tests/support/http.py", "class Answer: ...\nclass Other: ...\n")

    assert borrowed_names(tmp_path) == [
        "tests/support/http.py: Answer is a class of fake_registry/one.py: rename it",
    ]


class Definition(NamedTuple):
    """A class, or a name of a type at the top of a module, and the text that it stands for."""

    name: str
    file: str
    meaning: str


def shared_names(root: Path) -> list[str]:
    """Return the names that several classes have and why that is wrong, a line each."""
    by_name = defaultdict(list)
    for found in definitions_in(root, PACKAGES):
        by_name[found.name].append(found)

    return [
        f"{name} is a class of {', '.join(one.file for one in same)}: rename all but one"
        for name, same in sorted(by_name.items())
        if len({one.meaning for one in same}) > 1
        if {one.file for one in same} != SHARED_NAMES.get(name)
    ]


def borrowed_names(root: Path) -> list[str]:
    """Return the classes of tests with a name of the packages, a line each."""
    files = {found.name: found.file for found in definitions_in(root, PACKAGES)}
    return [
        f"{found.file}: {found.name} is a class of {files[found.name]}: rename it"
        for found in definitions_in(root, ("tests",), words=files.keys())
        if found.name in files and found.meaning.startswith("class ")
    ]


def definitions_in(
    root: Path,
    folders: Iterable[str],
    *,
    words: Set[str] = frozenset(),
) -> Iterator[Definition]:
    """Yield all definitions, or those of the files with a line `class WORD`. Trees are slow to walk."""
    for path in sorted(file for folder in folders for file in (root / folder).rglob("*.py")):
        if words and words.isdisjoint(CLASS_LINE.findall(path.read_text(encoding="utf-8"))):
            continue
        file = path.relative_to(root).as_posix()
        tree = tree_of(path)
        for node in classes_of(tree):
            yield Definition(node.name, file, f"class {file}:{node.lineno}")
        for name, value in types_named_in(tree):
            yield Definition(name, file, ast.unparse(value))


def types_named_in(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of types at the top of a module, as `Handler = Callable[...]`."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_name_of_type(name):
                yield from [] if is_type_variable(value) else [(name, value)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if is_name_of_type(name):
                yield name, value


def is_name_of_type(name: str) -> bool:
    """Return whether a name is in CamelCase: `Handler`, `_Pieces`, but not `LIMIT` or `_name`."""
    word = name.lstrip("_")
    return word[:1].isupper() and not word.isupper()


def is_type_variable(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"


def plant(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
