"""docs/how-to/seeding-and-looking.md: its tree is today's, and it names every attribute."""

import dataclasses
import inspect
from pathlib import Path
from typing import Final

from fake_registry import FakeRegistry, ImageRef, RegistryDiff

PAGE: Final = (Path(__file__).parents[2] / "docs/how-to/seeding-and-looking.md").read_text("utf-8")


def test_tree_on_the_page_is_that_of_the_code(acr: FakeRegistry) -> None:
    acr.push_image("dev/api:1.0")
    index = acr.push_index("dev/web:1.0")
    acr.push_artifact("dev/web", artifact_type="application/spdx+json", subject=index)
    acr.push_image("dev/web")

    assert f"```text\n{acr.tree()}\n```" in PAGE


def test_page_names_every_attribute_of_a_difference() -> None:
    names = [field.name for field in dataclasses.fields(RegistryDiff)]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_page_names_every_attribute_of_an_image() -> None:
    fields = {field.name for field in dataclasses.fields(ImageRef)}
    properties = {name for name, _ in inspect.getmembers(ImageRef, lambda one: isinstance(one, property))}
    names = sorted((fields | properties) - {"manifest"})  # the internal class

    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_default_limit_of_a_tree_is_on_the_page() -> None:
    limit = inspect.signature(FakeRegistry.tree).parameters["limit"].default
    assert f"The default is {limit}." in PAGE
