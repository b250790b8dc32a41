"""Faults of lists and of the state, as the Azure SDK's clients meet them (azure-sdk-quirks)."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import (
    BigManifest,
    DuplicatePage,
    EmptyParameterLink,
    FakeRegistry,
    Fault,
    ForeignLink,
    Lag,
    LoopLink,
    LoseItems,
    ManualClock,
    MoveTag,
    NullList,
    RegistryServer,
    Reorder,
    VanishManifest,
    WrongRel,
)
from fake_registry.http.faults import Effect
from pytest_acr import Connection, Transport
from tests.support.clients import HELLO, every_transport

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

TAGS = ["a", "b", "c"]


@pytest.fixture
def three_tags(acr: FakeRegistry) -> FakeRegistry:
    for tag in TAGS:
        acr.push_image(f"{HELLO}:{tag}", layers=[tag.encode()])
    return acr


def tags_of(client: ContainerRegistryClient, most: int = 100) -> list[str]:
    """Return at most so many tags, from pages of two."""
    listed = client.list_tag_properties(HELLO, results_per_page=2)
    return [tag.name for tag in islice(listed, most)]


@every_transport
def test_looping_link_is_followed_for_ever(three_tags: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: a cycle of links is not noticed."""
    three_tags.faults.add(Fault("acr.tags.list", LoopLink()))

    assert tags_of(client, most=10) == ["a", "b"] * 5
    three_tags.requests.assert_count(5, endpoint="acr.tags.list", status=200)


@pytest.mark.parametrize(
    ("effect", "found"),
    [
        (WrongRel(), ["a", "b", "c"]),
        (EmptyParameterLink(), ["a", "b", "c"]),
        (LoseItems(), ["b"]),
        (LoseItems(2), []),
        (Reorder(), ["b", "a", "c"]),
        (DuplicatePage(), ["a", "b", "a", "b", "c", "c"]),
        (DuplicatePage(items=1), ["a", "b", "b", "c"]),
        (NullList(), []),
    ],
    ids=repr,
)
def test_list_is_returned_as_it_comes(
    three_tags: FakeRegistry, client: ContainerRegistryClient, effect: Effect, found: list[str]
) -> None:
    """azure-sdk-quirks: any relation is followed; what is lost or comes again is not noticed."""
    three_tags.faults.add(Fault("acr.tags.list", effect))
    assert tags_of(client) == found


class ForeignHost:
    """Asks for a token of the registry at `host`, and keeps those that it gets."""

    def __init__(self) -> None:
        self.host = ""
        self.credentials: list[str] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        sent: str | None = environ.get("HTTP_AUTHORIZATION")
        if sent is None:
            realm = f"https://{self.host}/oauth2/token"
            challenge = f'Bearer realm="{realm}",service="{self.host}",scope="registry:catalog:*"'
            start_response("401 Unauthorized", [("WWW-Authenticate", challenge), ("Content-Length", "0")])
            return []

        self.credentials.append(sent)
        body = b'{"repositories":["foreign"]}'
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]


@pytest.mark.parametrize("transport", ["http"])
def test_token_is_sent_to_the_host_of_a_foreign_link(
    three_tags: FakeRegistry, client: ContainerRegistryClient, connection: Connection, transport: Transport
) -> None:
    """azure-sdk-quirks: to a host that answers 401 with a challenge."""
    foreign = ForeignHost()
    foreign.host = connection.endpoint.partition("://")[2]

    with RegistryServer(foreign) as server:
        three_tags.faults.add(Fault("acr.catalog", ForeignLink(f"127.0.0.1:{server.port}")))
        found = list(client.list_repository_names())

    assert found == [HELLO, "foreign"]
    [credentials] = foreign.credentials
    assert credentials.startswith("Bearer ey")


def test_manifest_of_more_than_4_mib_is_refused(three_tags: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: a ValueError."""
    three_tags.faults.add(Fault("manifest.get", BigManifest()))

    with pytest.raises(ValueError, match=r"(?i)manifest.*(size|limit)"):
        client.get_manifest(HELLO, "a")


def test_manifest_vanishes_between_list_and_pull(three_tags: FakeRegistry, client: ContainerRegistryClient) -> None:
    """Azure/acr-cli#459."""
    three_tags.faults.add(Fault("manifest.get", VanishManifest(), reference="b"))
    a, b, c = tags_of(client)

    assert client.get_manifest(HELLO, a).digest
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest(HELLO, b)
    assert client.get_manifest(HELLO, c).digest
    assert tags_of(client) == TAGS
    three_tags.requests.one(endpoint="manifest.get", status=404)


def test_deletion_by_tag_deletes_the_manifest_that_the_tag_had_before(
    three_tags: FakeRegistry, client: ContainerRegistryClient
) -> None:
    """It looks the tag up first: a push in between survives under the tag."""
    former, other = (three_tags.image(f"{HELLO}:{tag}").digest for tag in ("a", "b"))
    three_tags.faults.add(Fault("acr.tag.get", MoveTag("b"), when="after"))

    client.delete_manifest(HELLO, "a")

    assert f"{HELLO}@{former}" not in three_tags
    assert three_tags.image(f"{HELLO}:a").digest == other


@every_transport
def test_deleted_tag_is_listed_until_the_list_has_caught_up(
    three_tags: FakeRegistry, client: ContainerRegistryClient
) -> None:
    """azure-sdk-for-python#17943: tests that sleep after a deletion."""
    three_tags.faults.add(Fault("acr.*", Lag(60)))
    client.delete_tag(HELLO, "b")

    assert tags_of(client) == TAGS
    assert isinstance(three_tags.clock, ManualClock)
    three_tags.clock.advance(60)
    assert tags_of(client) == ["a", "c"]
