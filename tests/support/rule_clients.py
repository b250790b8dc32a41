"""Clients that keep or break the rules of strict mode, and the rules that a journal breaks."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest
import requests

from fake_registry import FakeRegistry
from fake_registry.journal.checks.table import mistakes_in
from fake_registry.journal.exchange import Exchange
from fake_registry.spec import media_types
from pytest_acr import connect
from tests.support.http import registry_of
from tests.support.small_clients import SmallClient

_ACCEPT: Final = ", ".join([media_types.OCI_MANIFEST, media_types.OCI_INDEX])


class PlainClient(SmallClient):
    """A client that retries nothing and follows no Link."""

    def get(self, *targets: str) -> list[requests.Response]:
        """Send a GET to each target."""
        return [self.send("GET", target) for target in targets]

    # Any: the options of requests
    def send_without_answer(self, method: str, target: str, **options: Any) -> None:
        """Send a request to which a fault lets no answer come."""
        with pytest.raises((requests.ConnectionError, requests.Timeout)):
            self.send(method, target, **options)

    def put_index(self, repository: str, reference: str, content: bytes) -> None:
        """Push an image index."""
        target = f"/v2/{repository}/manifests/{reference}"
        headers = {"Content-Type": media_types.OCI_INDEX}
        assert self.send("PUT", target, data=content, headers=headers).status_code == 201


def plain_client(
    registry: FakeRegistry,
    name: str = "tool/1.0",
    *,
    headers: Mapping[str, str] | None = None,
) -> PlainClient:
    """Return a client with this User-Agent, and with `headers` in each request."""
    session = connect(registry).session
    session.headers.update({"User-Agent": name, "Accept": _ACCEPT, **(headers or {})})
    return PlainClient(registry, session)


def seeded(*images: str, **settings: Any) -> FakeRegistry:  # Any: the settings' own types
    """Return a registry with images, whose journal is empty. It requires no login by default."""
    registry = registry_of(**settings)
    for image in images:
        registry.push_image(image)
    return registry


def broken(rule: str, exchanges: Iterable[Exchange]) -> list[str]:
    """Return the mistakes against one rule, as they are reported."""
    found = mistakes_in(list(exchanges))
    return [str(mistake) for mistake in found if mistake.rule.name == rule]
