"""Small clients that keep or break the rules of strict mode, and the rules that a journal breaks."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import requests

from fake_registry import FakeRegistry
from fake_registry.journal.checks.table import mistakes_in
from fake_registry.journal.exchange import Exchange
from fake_registry.spec import media_types
from pytest_acr import connect
from tests.support.http import registry_of

_ACCEPT: Final = ", ".join([media_types.OCI_MANIFEST, media_types.OCI_INDEX])


class PlainClient:
    """A client over requests: it retries nothing, and follows no Link."""

    def __init__(
        self,
        registry: FakeRegistry,
        name: str = "tool/1.0",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = connect(registry)
        self._headers = {"User-Agent": name, "Accept": _ACCEPT, **(headers or {})}

    # Any: the options of requests
    def send(self, method: str, target: str, **options: Any) -> requests.Response:
        """Send a request, and return its answer. `target` is a path and query, or a URL."""
        headers = self._headers | options.pop("headers", {})
        url = requests.compat.urljoin(self._connection.endpoint, target)
        return self._connection.session.request(method, url, headers=headers, **options)

    def send_without_answer(self, method: str, target: str, **options: Any) -> None:
        """Send a request to which a fault lets no answer come."""
        try:
            self.send(method, target, **options)
        except (requests.ConnectionError, requests.Timeout):
            return
        raise AssertionError(f"expected no answer to {method} {target}")

    def get(self, *targets: str) -> list[requests.Response]:
        """Send a GET to each target."""
        return [self.send("GET", target) for target in targets]

    def put_manifest(self, repository: str, reference: str, content: bytes) -> requests.Response:
        """Push an image index."""
        return self.send(
            "PUT",
            f"/v2/{repository}/manifests/{reference}",
            data=content,
            headers={"Content-Type": media_types.OCI_INDEX},
        )

    def start_upload(self, repository: str) -> str:
        """Start an upload, and return its Location."""
        return self.send("POST", f"/v2/{repository}/blobs/uploads/").headers["Location"]


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
