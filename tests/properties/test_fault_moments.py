"""What a registry has done when a fault strikes: nothing at the door and before the call, all of it
after the call (docs/how-to/faults.md, `when`).

The oracle is a twin: a registry that receives the same requests without a fault.
"""

from contextlib import suppress
from typing import Final

from fake_registry import Disconnect, Fault, Refuse
from fake_registry.http.faults import Effect, When
from fake_registry.settings import Profile
from fake_registry.wsgi import ConnectionDropped
from tests.properties.content import (
    BLOBS,
    DIGESTS,
    REPOSITORIES,
    SECOND,
    Client,
    RequestStep,
    digest_by,
    lock_of,
    push_of_blob,
    push_of_manifest,
    pushes_of_all,
)
from tests.properties.observing import Observation, observe
from tests.support.http import registry_of
from tests.support.products import cross

HELLO, OTHER = REPOSITORIES
V2: Final = f"/v2/{HELLO}"
ACR: Final = f"/acr/v1/{HELLO}"

CHANGES: Final = {
    "manifest.put": push_of_manifest(HELLO, SECOND, "v1"),
    "upload.start": RequestStep("POST", f"{V2}/blobs/uploads/"),
    "upload.start, whole": push_of_blob(HELLO, b"chunk"),
    "upload.start, mount": RequestStep("POST", f"{V2}/blobs/uploads/?mount={digest_by(b'')}&from={OTHER}"),
    "upload.chunk": RequestStep("PATCH", "upload", b"chunk"),
    "upload.finish": RequestStep("PUT", f"upload&digest={digest_by(b'chunkchunk')}", b"chunk"),
    "upload.cancel": RequestStep("DELETE", "upload"),
    "manifest.delete": RequestStep("DELETE", f"{V2}/manifests/{DIGESTS[0]}"),
    "blob.delete": RequestStep("DELETE", f"{V2}/blobs/{digest_by(BLOBS[1])}"),
    "acr.repository.update": lock_of(HELLO, "readEnabled"),
    "acr.manifest.update": lock_of(f"{HELLO}/_manifests/{DIGESTS[0]}", "readEnabled"),
    "acr.tag.update": lock_of(f"{HELLO}/_tags/v1", "readEnabled"),
    "acr.tag.delete": RequestStep("DELETE", f"{ACR}/_tags/v1"),
    "acr.repository.delete": RequestStep("DELETE", ACR),
}
"""A request at each endpoint that changes the content, which succeeds.

The first one is struck in every way: its effect can be seen without its answer.
"""

EFFECTS: Final[dict[str, Effect]] = {
    "Refuse": Refuse(),
    "Disconnect": Disconnect(),
    "Disconnect, close": Disconnect("close"),
}


def filled(profile: Profile) -> Client:
    """Return a client of a registry that has everything, and an upload of five bytes."""
    client = Client(registry_of(profile))
    client.send_all([*pushes_of_all(HELLO), push_of_blob(OTHER, b"")])
    client.send_all([RequestStep("POST", f"{V2}/blobs/uploads/"), RequestStep("PATCH", "upload", b"chunk")])
    return client


def send_struck(client: Client, name: str, effect: Effect, when: When) -> None:
    """Send a request of CHANGES, which a fault strikes."""
    fault = Fault(name.partition(",")[0], effect, when=when, times=1)
    active = client.registry.faults.add(fault)
    with suppress(ConnectionDropped):
        assert client.send(CHANGES[name]).status == 503
    assert active.hits == 1


def seen_by(client: Client) -> Observation:
    return observe(client.registry, client.locations)


@cross(
    {
        "name": CHANGES.keys(),
        "effect": EFFECTS,
        "when": ["before", "door"],
        "profile": ["acr", "oci"],
    }
)
def test_lost_request_has_changed_nothing(name: str, effect: Effect, when: When, profile: Profile) -> None:
    client, twin = filled(profile), filled(profile)
    before = seen_by(client)

    send_struck(client, name, effect, when)
    assert seen_by(client) == before

    again, first = client.send(CHANGES[name]), twin.send(CHANGES[name])
    assert again.status == first.status
    assert first.status in (200, 201, 202, 204)


@cross({"name": CHANGES.keys(), "effect": EFFECTS, "profile": ["acr", "oci"]})
def test_request_whose_answer_is_lost_has_changed_all(name: str, effect: Effect, profile: Profile) -> None:
    client, twin = filled(profile), filled(profile)
    before = seen_by(client)
    assert seen_by(twin) == before  # and both clocks have been read as often

    send_struck(client, name, effect, "after")
    twin.send(CHANGES[name])
    client.locations = twin.locations  # the client itself has not received the last one

    after = seen_by(client)
    assert after == seen_by(twin)
    assert after != before


def test_every_endpoint_that_changes_content_is_struck() -> None:
    """Those of section 4.1 and of the specification's table of endpoints; the rest read."""
    assert {name.partition(",")[0] for name in CHANGES} == {
        *("upload.start", "upload.chunk", "upload.finish", "upload.cancel"),
        *("manifest.put", "manifest.delete", "blob.delete"),
        *("acr.repository.update", "acr.repository.delete"),
        *("acr.manifest.update", "acr.tag.update", "acr.tag.delete"),
    }
