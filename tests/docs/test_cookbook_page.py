"""docs/how-to/cookbook.md: each recipe has an example, whose tests fail without the fault."""

import re
import shutil
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
RECIPES: Final = ROOT / "tests" / "examples" / "cookbook"
PAGE: Final = (ROOT / "docs" / "how-to" / "cookbook.md").read_text(encoding="utf-8")

WITHOUT_FAULTS: Final = '''
"""Lets no fault strike, and keeps the registry up."""

from dataclasses import replace

import pytest

from fake_registry import FakeRegistry, FaultPlan


@pytest.fixture(autouse=True)
def _without_faults(monkeypatch):
    add = FaultPlan.add
    monkeypatch.setattr(FaultPlan, "add", lambda plan, fault: add(plan, replace(fault, skip=10**9)))
    monkeypatch.setattr(FakeRegistry, "down", lambda _: None)
'''


def sections() -> list[str]:
    """Return the text of each recipe, from its heading on."""
    return re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.partition("\n")[0])
def test_recipe_is_a_text_and_one_example(section: str) -> None:
    title, _, rest = section.partition("\n")
    text, *examples = rest.split("```{literalinclude} ../../tests/examples/cookbook/")

    assert title
    assert text.count(". ") + text.count(".\n") >= 2, f"{title}: describe what happens, and what code should do"
    assert len(examples) == 1, f"{title}: show one example"


def test_page_has_at_least_twenty_recipes() -> None:
    assert len(sections()) >= 20


def test_every_test_of_a_recipe_fails_without_its_fault(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeconftest(WITHOUT_FAULTS)
    for file in RECIPES.glob("test_*.py"):
        shutil.copy(file, pytester.path)

    result = pytester.runpytest_inprocess("-q", "-rpE", "--acr-unused-faults=ignore")

    passed = re.findall(r"^(?:PASSED|ERROR) (\S+)", result.stdout.str(), re.MULTILINE)
    assert passed == [], "show what the fault changes"
    assert result.parseoutcomes()["failed"] >= len(list(RECIPES.glob("test_*.py")))
