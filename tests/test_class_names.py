"""One class name has one meaning: no two classes of the packages share one, checked on the source.

That includes private names and classes inside of functions: a reader meets them in a traceback or
an error message, without the module.
"""

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

SHARED_NAMES: Final = {
    # like the Azure SDK's clients: the sync one from `pytest_acr`, the async one from `pytest_acr.aio`
    "ContainerRegistryContentClient": {
        "pytest_acr/content/client.py",
        "pytest_acr/content/aio_client.py",
    },
}
"""Name of several classes with one meaning -> the files that define one each."""


def test_no_two_classes_share_a_name() -> None:
    assert shared_names(ROOT) == []


def test_exceptions_are_still_needed() -> None:
    classes = files_by_class(ROOT)

    assert {name: set(classes[name]) for name in SHARED_NAMES} == SHARED_NAMES


def test_planted_namesakes_are_found(tmp_path: Path) -> None:
    plant(tmp_path / "fake_registry/one.py", "class Answer:\n    class _Part: ...\n")
    plant(tmp_path / "pytest_acr/two.py", "def f():\n    class Answer: ...\n\nclass _Part: ...\n")
    plant(tmp_path / "pytest_acr/three.py", "class Other: ...\n")

    assert shared_names(tmp_path) == [
        "Answer is a class of fake_registry/one.py, pytest_acr/two.py: rename all but one",
        "_Part is a class of fake_registry/one.py, pytest_acr/two.py: rename all but one",
    ]


def shared_names(root: Path) -> list[str]:
    """Return the names that several classes have and why that is wrong, a line each."""
    return [
        f"{name} is a class of {', '.join(files)}: rename all but one"
        for name, files in sorted(files_by_class(root).items())
        if len(files) > 1 and set(files) != SHARED_NAMES.get(name)
    ]


def files_by_class(root: Path) -> dict[str, list[str]]:
    """Return the files that define each class, one entry per definition."""
    files = defaultdict(list)

    for path in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                files[node.name].append(path.relative_to(root).as_posix())

    return files


def plant(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
