"""Clients of a few requests, for the rules of strict mode that they break or keep."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.journal.checks.rule import ClientRule
from fake_registry.spec.names import digest_of
from pytest_acr import connect

REPOSITORY = "dev/web"
BLOB = b"a blob of 23 characters"
DIGEST = digest_of(BLOB)

ADMIN = ("admin", "admin-password")
"""The user and password of a registry of `client_of` that has logins."""


@dataclass(frozen=True)
class SmallClient:
    """Sends requests to a registry in this process, and returns the answers as they are."""

    registry: FakeRegistry
    session: requests.Session

    def send(self, method: str, target: str, **options: Any) -> requests.Response:  # Any: as of requests
        """Send a request to a path or URL, and follow no redirect unless told to."""
        url = urljoin(f"https://{self.registry.login_server}", target)
        return self.session.request(method, url, **{"allow_redirects": False, **options})

    def start_upload(self, repository: str = REPOSITORY, **options: Any) -> str:  # Any: as above
        """Return the Location of a new upload."""
        answer = self.send("POST", f"/v2/{repository}/blobs/uploads/", **options)
        assert answer.status_code == 202
        return answer.headers["Location"]

    def upload(self, repository: str = REPOSITORY, blob: bytes = BLOB, **options: Any) -> None:  # Any: as above
        """Upload a blob in two requests, as the specification has it."""
        location = self.start_upload(repository, **options)
        answer = self.send("PUT", f"{location}&digest={digest_of(blob)}", data=blob, **options)
        assert answer.status_code == 201

    def has_blob(self, repository: str = REPOSITORY, digest: str = DIGEST) -> bool:
        """Ask for a blob with HEAD."""
        return self.send("HEAD", f"/v2/{repository}/blobs/{digest}").status_code == 200

    def mistakes(self, rule: ClientRule) -> list[tuple[str, list[int]]]:
        """Return what was done against a rule, each with the numbers of its exchanges."""
        found = rule.find(tuple(self.registry.requests))
        return [(one.text, [exchange.number for exchange in one.exchanges]) for one in found]


@contextmanager
def client_of(settings: Settings | None = None) -> Iterator[SmallClient]:
    """Yield a client of a new registry, which requires no login by default."""
    registry = FakeRegistry(Settings(auth="off") if settings is None else settings)
    with connect(registry) as connection:
        yield SmallClient(registry, connection.session)


def with_login() -> Settings:
    """Return the settings of a registry that takes `ADMIN`."""
    user, password = ADMIN
    return Settings(admin_user=user, admin_password=password)
