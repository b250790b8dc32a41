"""docs/how-to/faults.md: the error of each client for each effect."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import AzureError, DeserializationError

import fake_registry
from fake_registry import FakeRegistry, Fault

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "faults.md"

ROW: Final = re.compile(r"^\| `(?P<effect>[A-Z]\w+\(.*?\))`.* \| `(?P<sync>\w+)` \| `(?P<aio>\w+)` \|$", re.MULTILINE)

EFFECTS: Final = {name: getattr(fake_registry, name) for name in dir(fake_registry)}
"""What a row may name."""


class RowOfErrors(NamedTuple):
    """A row of the table."""

    effect: str
    sync: str
    aio: str


def rows() -> Iterator[RowOfErrors]:
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        yield RowOfErrors(row["effect"], row["sync"], row["aio"])


def error_of(call: Callable[[], object]) -> str:
    """Return the name of the error that the call raises."""
    with pytest.raises((AzureError, DeserializationError)) as caught:
        call()
    return type(caught.value).__name__


def test_each_client_raises_the_errors_of_the_page(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_aio_client: AioContainerRegistryClient
) -> None:
    def call() -> object:
        return acr_client.get_repository_properties("a", retry_total=0)

    async def aio_call() -> object:
        return await acr_aio_client.get_repository_properties("a", retry_total=0)

    acr.push_image("a:1.0")
    found = []
    for row in rows():
        effect = eval(row.effect, EFFECTS)
        with acr.faults.add(Fault("acr.repository.get", effect)):
            found.append(RowOfErrors(row.effect, error_of(call), error_of(lambda: asyncio.run(aio_call()))))

    assert found == list(rows())
    assert len(found) == 10
