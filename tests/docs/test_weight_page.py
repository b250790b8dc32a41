"""docs/reference/weight.md names the packages and modules that there are."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.weight import IMPORTS, RUNS
from fake_registry.version import package_version

PAGE: Final = (Path(__file__).parents[2] / "docs" / "reference" / "weight.md").read_text(encoding="utf-8")
TOLERANCE: Final = 0.2
"""Of the number of modules: other versions of packages have other modules."""


def packages_needed_by(name: str) -> Iterator[str]:
    """Yield what is installed for a package, without its extras: its requirements and theirs."""
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)
            yield from packages_needed_by(requirement.name)


def modules_loaded_by(statement: str) -> int:
    program = f"import sys\nbefore = len(sys.modules)\n{statement}\nprint(len(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_page_has_every_package() -> None:
    listed = {canonicalize_name(name) for name in re.findall(r"^\| ([\w-]+) \| [\d.]+\w* \| \d", PAGE, re.MULTILINE)}
    needed = {"pytest-acr", *packages_needed_by("pytest-acr")} - {"colorama"}  # which is for Windows

    assert needed - listed == set()
    assert len(listed) == int(re.findall(r"\*\*(\d+) packages\*\*", PAGE)[0])


def test_page_is_that_of_this_version() -> None:
    [listed] = re.findall(r"^\| pytest-acr \| (\S+) \|", PAGE, re.MULTILINE)
    assert listed == package_version(), "run python -m benchmarks.weight, and put its tables into the page"


@pytest.mark.parametrize(
    "statement",
    [one for one in IMPORTS if "strategies" not in one and "harness" not in one],  # Hypothesis imports what it finds
)
def test_page_has_the_modules_of_each_import(statement: str) -> None:
    [listed] = re.findall(rf"^\| `{re.escape(statement)}` \| (\d+) \|", PAGE, re.MULTILINE)
    assert modules_loaded_by(statement) == pytest.approx(int(listed), rel=TOLERANCE)


def test_page_has_each_run() -> None:
    assert [name for name, _, _ in RUNS if f"\n| {name} | " not in PAGE] == []
