"""docs/reference/swept-clients.md: its sections are those of the clients in the benchmark."""

from pathlib import Path
from typing import Final

import pytest

from benchmarks.swept_clients import CLIENTS, SweptClient, section_of

PAGE: Final = Path(__file__).parents[2] / "docs/reference/swept-clients.md"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_client_has_a_section_with_its_command(client: SweptClient) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"\n## {client.title}\n" in text
    assert f"`python -m benchmarks.swept_clients {client.name}`" in text


def test_section_of_our_own_client_is_that_of_today() -> None:
    (content,) = [client for client in CLIENTS if client.name == "content"]
    assert section_of(content) in PAGE.read_text(encoding="utf-8")
