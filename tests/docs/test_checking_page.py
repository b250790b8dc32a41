"""docs/how-to/checking-a-registry.md names every area, machine and switch of a dialect."""

from dataclasses import fields
from pathlib import Path

from pytest_acr.harness import Dialect
from pytest_acr.harness.kinds import KINDS
from pytest_acr.harness.properties.table import AREAS

PAGE = (Path(__file__).parents[2] / "docs/how-to/checking-a-registry.md").read_text(encoding="utf-8")


def test_page_names_every_area() -> None:
    assert [area for area in AREAS if f"`{area}`" not in PAGE] == []


def test_page_names_every_switch_of_a_dialect() -> None:
    assert [each.name for each in fields(Dialect) if each.name != "name" and f"`{each.name}`" not in PAGE] == []


def test_page_names_every_machine_that_needs_the_control_api() -> None:
    assert [name for name in KINDS if name != "content" and f'`"{name}"`' not in PAGE] == []
