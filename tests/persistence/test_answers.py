"""A change whose client has an answer is in the folder, for each kind of request that changes content.

The folder is copied after each answer, as a kill at that moment leaves it.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from werkzeug.test import Client, TestResponse

from fake_registry import Delay, Disconnect, Fault
from fake_registry.spec.names import digest_of
from fake_registry.wsgi import ConnectionDropped
from tests.persistence.stored import StoredRegistry, everything_in, loaded_from, stored_in
from tests.support.images import image, index

HELLO: Final = "/v2/hello"
ACR: Final = "/acr/v1/hello"
LONG: Final = bytes(100_000)
LAYER, CONFIG = b"layer", b'{"architecture":"amd64","os":"linux"}'
IMAGE: Final = image(LAYER, config=CONFIG).manifest
LOCK: Final = {"deleteEnabled": False}

Send = Callable[[Client], TestResponse]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def stored(path: Path) -> Iterator[StoredRegistry]:
    with stored_in(path) as opened:
        yield opened


@pytest.fixture
def client(stored: StoredRegistry) -> Client:
    return Client(stored.app)


@pytest.fixture
def killed(stored: StoredRegistry, tmp_path: Path) -> Callable[[], dict[str, object]]:
    """Return what the next process finds after a kill now."""
    numbers = count()

    def kill() -> dict[str, object]:
        return everything_in(loaded_from(stored.copy_to(tmp_path / f"killed{next(numbers)}")))

    return kill


def put_blob(client: Client, content: bytes) -> TestResponse:
    started = client.post(f"{HELLO}/blobs/uploads/")
    return client.put(f"{started.headers['Location']}&digest={digest_of(content)}", data=content)


def put_image(client: Client, reference: str = "v1") -> TestResponse:
    for content in (LAYER, CONFIG):
        put_blob(client, content)
    return client.put(f"{HELLO}/manifests/{reference}", data=IMAGE.content, content_type=IMAGE.media_type)


def put_in_one_request(client: Client) -> TestResponse:
    return client.post(f"{HELLO}/blobs/uploads/?digest={digest_of(b'whole')}", data=b"whole")


def restore_a_snapshot(client: Client) -> TestResponse:
    taken = client.post("/_fake/snapshot").json
    assert taken is not None
    client.delete(f"{ACR}/_tags/v1")
    return client.post("/_fake/restore", json={"id": taken["id"]})


REQUESTS: Final[dict[str, Send]] = {
    "upload": lambda client: put_blob(client, b"uploaded"),
    "single post": put_in_one_request,
    "mount": lambda client: client.post(f"/v2/other/blobs/uploads/?mount={digest_of(LAYER)}&from=hello"),
    "manifest": lambda client: client.put(
        f"{HELLO}/manifests/v2", data=index(IMAGE).manifest.content, content_type=index(IMAGE).manifest.media_type
    ),
    "one more tag": lambda client: put_image(client, "v2"),
    "delete blob": lambda client: client.delete(f"{HELLO}/blobs/{digest_of(LAYER)}"),
    "delete manifest": lambda client: client.delete(f"{HELLO}/manifests/{IMAGE.digest}"),
    "delete tag": lambda client: client.delete(f"{ACR}/_tags/v1"),
    "delete repository": lambda client: client.delete(ACR),
    "lock repository": lambda client: client.patch(ACR, json=LOCK),
    "lock manifest": lambda client: client.patch(f"{ACR}/_manifests/{IMAGE.digest}", json=LOCK),
    "lock tag": lambda client: client.patch(f"{ACR}/_tags/v1", json=LOCK),
    "control: image": lambda client: client.post("/_fake/images", json={"name": "made:v1"}),
    "control: role": lambda client: client.post("/_fake/roles", json={"principal": "me", "role": "AcrPull"}),
    "control: token": lambda client: client.post(
        "/_fake/tokens", json={"name": "ci", "scope_map": {"a": ["content/read"]}}
    ),
    "control: restore": restore_a_snapshot,
    "control: reset": lambda client: client.post("/_fake/reset"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_answered_change_survives_a_kill(
    stored: StoredRegistry, client: Client, killed: Callable[[], dict[str, object]], name: str
) -> None:
    put_image(client)
    before = everything_in(stored.registry)
    assert killed() == before

    response = REQUESTS[name](client)
    after = everything_in(stored.registry)
    assert (response.status_code < 300, after != before) == (True, name != "control: restore")
    assert killed() == after


def test_unfinished_upload_is_lost(
    stored: StoredRegistry, client: Client, killed: Callable[[], dict[str, object]]
) -> None:
    started = client.post(f"{HELLO}/blobs/uploads/")
    client.patch(started.headers["Location"], data=b"begun")
    assert killed() == everything_in(stored.registry)


def test_delayed_answer_comes_after_the_change_is_stored(
    stored: StoredRegistry, client: Client, killed: Callable[[], dict[str, object]]
) -> None:
    """Its handler runs while the response is read, not when the app is called."""
    stored.registry.faults.add(Fault("manifest.put", Delay(0.001), when="before"))
    assert put_image(client).status_code == 201
    assert killed() == everything_in(stored.registry)


def test_change_without_an_answer_is_stored_with_the_next_one(
    stored: StoredRegistry, client: Client, killed: Callable[[], dict[str, object]]
) -> None:
    stored.registry.faults.add(Fault("manifest.put", Disconnect(), when="after"))
    with pytest.raises(ConnectionDropped):
        put_image(client)
    put_blob(client, b"next")
    assert killed() == everything_in(stored.registry)
    assert "hello" in killed()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets writes fail once the disk has taken so many more bytes; None ends it."""
    write, room = os.write, [10**9]

    def write_if_there_is_room(descriptor: int, content: Any) -> int:  # Any: as of `os.write`
        size = min(len(content), room[0])
        room[0] -= size
        if not size:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, bytes(content)[:size])

    monkeypatch.setattr(os, "write", write_if_there_is_room)
    return lambda left: room.__setitem__(0, left)


@pytest.mark.parametrize(("content", "room"), [(LAYER, 0), (LAYER, 50), (LONG, 0), (LONG, 50), (LONG, len(LONG) + 50)])
def test_change_that_has_no_room_is_refused_and_stored_later(
    stored: StoredRegistry,
    client: Client,
    killed: Callable[[], dict[str, object]],
    full_disk: Callable[[int], None],
    content: bytes,
    room: int,
) -> None:
    """The line of the state file breaks off, or a file of content does; the next one is whole."""
    before = killed()
    full_disk(room)
    refused = put_blob(client, content)
    assert killed() == before

    [failure] = stored.failures
    assert re.fullmatch(r"cannot write to .*storage: No space left on device", str(failure))
    assert refused.status_code == 503
    assert refused.json == {"errors": [{"code": "UNAVAILABLE", "message": str(failure)}]}

    full_disk(10**9)
    put_blob(client, CONFIG)
    assert killed() == everything_in(stored.registry)
    assert stored.registry.blob("hello", digest_of(content)) == content


def test_read_is_answered_on_a_full_disk(
    stored: StoredRegistry, client: Client, full_disk: Callable[[int], None]
) -> None:
    put_blob(client, LAYER)
    with stored.storage._tidying:  # its thread would report the full disk
        full_disk(0)
        assert client.post("/_fake/roles", json={"principal": "me", "role": "AcrPull"}).status_code == 503
        assert client.get("/v2/").status_code == 200
        full_disk(10**9)
    assert client.get("/v2/").status_code == 200
    assert not stored.storage.has_changes


def test_answer_after_the_end_is_refused(path: Path) -> None:
    """Another process may store in the folder then."""
    with stored_in(path) as stored:
        client = Client(stored.app)
    assert client.post(f"{HELLO}/blobs/uploads/").status_code == 503
    assert "the server has ended" in str(stored.failures[0])
