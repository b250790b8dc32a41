"""The reader of a blob is closed exactly once, however the answer ends: it may hold a file or
socket."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

import pytest
from werkzeug.test import create_environ

from fake_registry import ManualClock, Settings
from fake_registry.auth.authority import Authority
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import BlobReader, Registry
from fake_registry.http.answers import close_pieces
from fake_registry.http.app import RegistryApp
from fake_registry.http.call import Backend
from fake_registry.http.faults import Corrupt, Disconnect, Effect, Fault, FaultPlan, Refuse, Truncate
from fake_registry.journal.recorder import Recorder
from fake_registry.spec.names import Digest, RepositoryName
from fake_registry.wsgi import PAUSES, ConnectionDropped, Pause
from tests.support.effects import Wait
from tests.support.http import ABSENT, HOST, LAYER, LAYER_DIGEST, START_NS

HELLO = RepositoryName("samples/hello")
BLOB = f"/v2/{HELLO}/blobs/{LAYER_DIGEST}"


@dataclass
class CountingReader:
    """A reader that counts how often it is closed."""

    reader: BlobReader
    closed: int = 0

    @property
    def size(self) -> int:
        return self.reader.size

    @property
    def stored(self) -> int | None:
        return self.reader.stored

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        return self.reader.chunks(start, stop)

    def close(self) -> None:
        self.closed += 1
        self.reader.close()


@dataclass
class CountingRegistry:
    """A registry that keeps the readers it hands out. All else is the registry's behind it."""

    behind: Registry
    opened: list[CountingReader] = field(default_factory=list)

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        self.opened.append(CountingReader(self.behind.get_blob(repository, digest)))
        return self.opened[-1]

    def __getattr__(self, name: str) -> Any:  # Any: of whatever type it is behind
        return getattr(self.behind, name)

    @property
    def closed(self) -> list[int]:
        """How often each reader was closed."""
        return [reader.closed for reader in self.opened]


@dataclass(frozen=True)
class Reply:
    """What an app returned, none of it read yet."""

    status: int
    headers: dict[str, str]
    pieces: Iterable[bytes]

    def read(self) -> bytes:
        """Read it all and close it, as a WSGI server does (PEP 3333), also where reading fails."""
        try:
            return b"".join(self.pieces)
        finally:
            self.close()

    def close(self) -> None:
        """Close it where it can be closed."""
        close: Callable[[], None] = getattr(self.pieces, "close", lambda: None)
        close()


@dataclass(frozen=True)
class Door:
    """A registry with LAYER in HELLO in two pieces, and its app, without a login."""

    registry: CountingRegistry
    faults: FaultPlan
    app: RegistryApp

    def ask(self, target: str, *, method: str = "GET", **headers: str) -> Reply:
        """Send a request; read nothing of the answer."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, fields: list[tuple[str, str]], error: object = None) -> Callable[[bytes], None]:
            said.append((status, fields))
            return lambda piece: None

        path, _, query = target.partition("?")
        environ = create_environ(path, f"https://{HOST}", query, method=method, headers=headers)
        pieces = self.app(environ, start_response)
        ((status, fields),) = said
        return Reply(int(status[:3]), dict(fields), pieces)


def door_of(**settings: Any) -> Door:  # Any: the settings' own types
    rules = Settings(profile="oci", auth="off", **settings)
    clock, key, faults = ManualClock(START_NS), bytes(32), FaultPlan()
    memory = MemoryRegistry(rules, clock=clock, new_id=lambda: "id")
    memory.put_blob(HELLO, LAYER_DIGEST, [LAYER[:4], LAYER[4:]])
    registry = CountingRegistry(memory)
    backend = Backend(
        registry=cast(Registry, registry),  # what `__getattr__` adds is not seen by mypy
        catalog=None,
        stored_blob=registry.get_blob,
        authority=Authority(rules, key=key, new_id=lambda: "id"),
        settings=rules,
        clock=clock,
        key=key,
        new_id=lambda: "id",
    )
    return Door(registry, faults, RegistryApp(backend, faults=faults, recorder=Recorder(10)))


@pytest.fixture
def door() -> Door:
    """A door that hands out the bytes itself."""
    return door_of()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Range": "bytes=2-9"}, 206),
        ({"Range": "bytes=0-1,6-9"}, 206),
        ({"Range": "bytes=16-"}, 416),
        ({"Range": "nonsense"}, 200),
    ],
    ids=["whole", "range", "ranges", "unsatisfiable", "ignored"],
)
def test_closed_once_after_an_answer_is_read(door: Door, headers: dict[str, str], status: int) -> None:
    reply = door.ask(BLOB, **headers)
    reply.read()

    assert (reply.status, door.registry.closed) == (status, [1])


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=0-1,6-9"}])
def test_open_until_the_answer_is_closed(door: Door, asked: dict[str, str]) -> None:
    reply = door.ask(BLOB, **asked)
    while_open = door.registry.closed
    reply.close()

    assert (while_open, door.registry.closed) == ([0], [1])


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_closed_once_after_a_client_has_gone(door: Door, pieces: int) -> None:
    reply = door.ask(BLOB)
    read = list(islice(reply.pieces, pieces))
    reply.close()

    assert (read, door.registry.closed) == ([LAYER[:4], LAYER[4:]][:pieces], [1])


def test_closed_once_after_head_of_stored_bytes() -> None:
    """HEAD is served wherever GET is: storage opens the blob, and sends none of it."""
    door = door_of(blob_redirect=True)
    location = door.ask(BLOB).headers["Location"]
    assert door.registry.opened == []
    reply = door.ask("/" + location.split("/", 3)[3], method="HEAD")

    assert (reply.status, reply.read(), door.registry.closed) == (200, b"", [1])


@pytest.mark.parametrize(("digest", "status"), [(LAYER_DIGEST, 200), (ABSENT, 404)])
def test_head_of_a_blob_opens_nothing(door: Door, digest: Digest, status: int) -> None:
    reply = door.ask(f"/v2/{HELLO}/blobs/{digest}", method="HEAD")

    assert (reply.status, reply.read(), door.registry.opened) == (status, b"", [])


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=16-"}])
@pytest.mark.parametrize("earlier", [(), (Corrupt(),), (Truncate(2),)], ids=repr)
def test_closed_once_after_a_refusal_instead_of_the_answer(
    door: Door, asked: dict[str, str], earlier: tuple[Effect, ...]
) -> None:
    _strike(door, *earlier, Refuse())
    reply = door.ask(BLOB, **asked)
    reply.read()

    assert (reply.status, door.registry.closed) == (503, [1])


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=16-"}])
@pytest.mark.parametrize("earlier", [(), (Corrupt(),), (Refuse(),)], ids=repr)
def test_closed_once_after_the_answer_was_dropped(
    door: Door, asked: dict[str, str], earlier: tuple[Effect, ...]
) -> None:
    _strike(door, *earlier, Disconnect())

    with pytest.raises(ConnectionDropped):
        door.ask(BLOB, **asked)
    assert door.registry.closed == [1]


@pytest.mark.parametrize("size", [0, 2, 4, 15])
@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-"}, {"Range": "bytes=0-8,4-15"}])
def test_closed_once_after_the_answer_was_cut(door: Door, asked: dict[str, str], size: int) -> None:
    _strike(door, Truncate(size))
    reply = door.ask(BLOB, **asked)

    with pytest.raises(ConnectionDropped):
        reply.read()
    assert door.registry.closed == [1]


@pytest.mark.parametrize("effect", [Truncate(99), Corrupt(3)], ids=repr)
def test_closed_once_after_an_altered_answer_is_read(door: Door, effect: Effect) -> None:
    _strike(door, effect)
    reply = door.ask(BLOB)

    assert (len(reply.read()), door.registry.closed) == (len(LAYER), [1])


@pytest.mark.parametrize("read", [0, 1])
def test_closed_once_after_the_runner_gave_up_in_a_pause(door: Door, read: int) -> None:
    _strike(door, Wait(7))
    environ = create_environ(BLOB, f"https://{HOST}")
    environ[PAUSES] = True

    pieces: Iterable[bytes | Pause] = door.app(environ, _start_no_response)
    found = list(islice(pieces, read))
    close_pieces(pieces)

    assert [type(item) for item in found] == [Pause] * read
    assert door.registry.closed == [1]


@pytest.mark.parametrize("effects", [(), (Wait(7),)], ids=["at once", "after a pause"])
def test_closed_once_after_a_response_that_cannot_be_started(
    door: Door,
    effects: tuple[Effect, ...],
) -> None:
    _strike(door, *effects)
    environ = create_environ(BLOB, f"https://{HOST}")
    environ[PAUSES] = True

    with pytest.raises(AssertionError, match="an answer that was given up was started"):
        list(door.app(environ, _start_no_response))
    assert door.registry.closed == [1]


def _start_no_response(status: str, fields: object, error: object = None) -> Callable[[bytes], object]:
    raise AssertionError(f"an answer that was given up was started: {status}")


def _strike(door: Door, *effects: Effect) -> None:
    for effect in effects:
        door.faults.add(Fault("blob.get", effect, when="after"))
