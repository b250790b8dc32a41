"""docs/how-to/faults.md: the endpoints of each call of the Azure SDK."""

import inspect
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "faults.md"

ROW: Final = re.compile(r"^\| `(?P<method>[a-z]\w+)\((?P<arguments>.*)\)` \| (?P<endpoints>.*) \|$", re.MULTILINE)


class RowOfCall(NamedTuple):
    """A row of the table."""

    method: str
    arguments: str
    endpoints: list[str]


def rows() -> Iterator[RowOfCall]:
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        yield RowOfCall(row["method"], row["arguments"], re.findall(r"`([\w.]+)`", row["endpoints"]))


def call(client: ContainerRegistryClient, row: RowOfCall, names: dict[str, Any]) -> None:
    """Make the call of a row, and read its answer to the end."""
    result = eval(f"client.{row.method}({row.arguments})", {"client": client, **names})
    if hasattr(result, "__next__"):
        list(result)


def test_each_call_goes_to_the_endpoints_of_its_row(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    found = []
    for row in rows():
        acr.reset()
        image = acr.push_image("a:1.0")
        acr.push_image("a:2.0")
        names = {
            "digest": image.digest,
            "layer": image.layers[0].digest,
            "manifest": BytesIO(image.content),
            "stream": BytesIO(b"layer"),
        }
        call(acr_client, row, names)

        endpoints = [str(one.endpoint) for one in acr.requests if one.status and one.status < 400]
        calls = [name for name in endpoints if not name.startswith("oauth.")]
        found.append(RowOfCall(row.method, row.arguments, calls))

    assert found == list(rows())


def test_each_method_of_the_client_has_a_row() -> None:
    methods = inspect.getmembers(ContainerRegistryClient, inspect.isfunction)
    public = {name for name, _ in methods if not name.startswith("_")} - {"close"}

    assert {row.method for row in rows()} == public
