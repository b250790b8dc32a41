"""docs/how-to/asserting.md: the failure that it shows is today's, and it names every method."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest

from fake_registry import Exchange, FakeRegistry
from pytest_acr import ContainerRegistryContentClient

PAGE: Final = (Path(__file__).parents[2] / "docs/how-to/asserting.md").read_text(encoding="utf-8")


def test_failure_on_the_page_is_that_of_the_code(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.push_image("dev/web:1.0")
    client = acr_content_client("dev/web")
    found = client.get_manifest("1.0")
    client.set_manifest(found.content, tag="stable", media_type=found.media_type)

    with pytest.raises(AssertionError) as raised:
        acr.requests.assert_pushed("dev/web:2.0")
    assert f"```text\n{raised.value}\n```" in PAGE


def test_page_names_every_method(acr: FakeRegistry) -> None:
    methods = [name for name, _ in inspect.getmembers(acr.requests, inspect.ismethod)]
    own = [name for name in methods if name.startswith(("assert_", "budget", "wait_for"))]

    assert len(own) == 16
    assert [name for name in own if f"{name}(" not in PAGE] == []


def test_page_names_every_field_of_an_exchange() -> None:
    names = [field.name for field in fields(Exchange)]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_page_names_every_limit_of_a_budget(acr: FakeRegistry) -> None:
    limits = inspect.signature(acr.requests.budget).parameters
    assert [name for name in limits if f"`{name}`" not in PAGE] == []
