"""The reader of a blob is closed exactly once, however the answer ends: it may hold a file or a
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
from fake_registry.http.app import RegistryApp
from fake_registry.http.call import Backend
from fake_registry.http.faults import Corrupt, Disconnect, Effect, Fault, FaultPlan, Refuse, Truncate
from fake_registry.http.finished import recorder_of_exchanges
from fake_registry.spec.names import Digest, RepositoryName
from fake_registry.wsgi import PAUSES, ConnectionDropped, Pause, close_pieces
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
    """A registry that keeps its opened readers. All other calls go to the registry behind it."""

    behind: Registry
    opened: list[CountingReader] = field(default_factory=list)

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        self.opened.append(CountingReader(self.behind.get_blob(repository, digest)))
        return self.opened[-1]

    def __getattr__(self, name: str) -> Any:  # Any: of whatever type it is behind
        return getattr(self.behind, name)

    @property
    def closed(self) -> list[int]:
        """The number of times that each reader was closed."""
        return [reader.closed for reader in self.opened]


@dataclass(frozen=True)
class Reply:
    """The answer of an app, not read yet."""

    status: int
    headers: dict[str, str]
    pieces: Iterable[bytes]

    def read(self) -> bytes:
        """Read the body and close it, also if reading fails, as a WSGI server does (PEP 3333)."""
        try:
            return b"".join(self.pieces)
        finally:
            self.close()

    def close(self) -> None:
        """Close the body if it has a `close`."""
        close: Callable[[], None] = getattr(self.pieces, "close", lambda: None)
        close()


@dataclass(frozen=True)
class CountingApp:
    """An app without a login, whose registry has LAYER in HELLO in two pieces."""

    registry: CountingRegistry
    faults: FaultPlan
    wsgi_app: RegistryApp

    def send(self, target: str, *, method: str = "GET", **headers: str) -> Reply:
        """Send a request and return its answer unread."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, fields: list[tuple[str, str]], error: object = None) -> Callable[[bytes], None]:
            started.append((status, fields))
            return lambda piece: None

        path, _, query = target.partition("?")
        environ = create_environ(path, f"https://{HOST}", query, method=method, headers=headers)
        pieces = self.wsgi_app(environ, start_response)
        ((status, fields),) = started
        return Reply(int(status[:3]), dict(fields), pieces)


def app_of(**settings: Any) -> CountingApp:  # Any: the settings' own types
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
    return CountingApp(
        registry, faults, RegistryApp(backend, faults=faults, recorder=recorder_of_exchanges(backend.settings))
    )


@pytest.fixture
def app() -> CountingApp:
    """Return an app that serves blobs without a redirect."""
    return app_of()


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
def test_closed_once_after_an_answer_is_read(app: CountingApp, headers: dict[str, str], status: int) -> None:
    reply = app.send(BLOB, **headers)
    reply.read()

    assert (reply.status, app.registry.closed) == (status, [1])


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=0-1,6-9"}])
def test_open_until_the_answer_is_closed(app: CountingApp, headers: dict[str, str]) -> None:
    reply = app.send(BLOB, **headers)
    while_open = app.registry.closed
    reply.close()

    assert (while_open, app.registry.closed) == ([0], [1])


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_closed_once_after_the_client_disconnected(app: CountingApp, pieces: int) -> None:
    reply = app.send(BLOB)
    read = list(islice(reply.pieces, pieces))
    reply.close()

    assert (read, app.registry.closed) == ([LAYER[:4], LAYER[4:]][:pieces], [1])


def test_closed_once_after_head_of_stored_bytes() -> None:
    """Storage answers HEAD as well as GET: it opens the blob and sends no bytes."""
    app = app_of(blob_redirect=True)
    location = app.send(BLOB).headers["Location"]
    assert app.registry.opened == []
    reply = app.send("/" + location.split("/", 3)[3], method="HEAD")

    assert (reply.status, reply.read(), app.registry.closed) == (200, b"", [1])


@pytest.mark.parametrize(("digest", "status"), [(LAYER_DIGEST, 200), (ABSENT, 404)])
def test_head_of_a_blob_opens_nothing(app: CountingApp, digest: Digest, status: int) -> None:
    reply = app.send(f"/v2/{HELLO}/blobs/{digest}", method="HEAD")

    assert (reply.status, reply.read(), app.registry.opened) == (status, b"", [])


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=16-"}])
@pytest.mark.parametrize("earlier", [(), (Corrupt(),), (Truncate(2),)], ids=repr)
def test_closed_once_after_a_refusal_instead_of_the_answer(
    app: CountingApp, headers: dict[str, str], earlier: tuple[Effect, ...]
) -> None:
    _strike(app, *earlier, Refuse())
    reply = app.send(BLOB, **headers)
    reply.read()

    assert (reply.status, app.registry.closed) == (503, [1])


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=2-9"}, {"Range": "bytes=16-"}])
@pytest.mark.parametrize("earlier", [(), (Corrupt(),), (Refuse(),)], ids=repr)
def test_closed_once_after_the_answer_was_dropped(
    app: CountingApp, headers: dict[str, str], earlier: tuple[Effect, ...]
) -> None:
    _strike(app, *earlier, Disconnect())

    with pytest.raises(ConnectionDropped):
        app.send(BLOB, **headers)
    assert app.registry.closed == [1]


@pytest.mark.parametrize("size", [0, 2, 4, 15])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-"}, {"Range": "bytes=0-8,4-15"}])
def test_closed_once_after_the_answer_was_cut(app: CountingApp, headers: dict[str, str], size: int) -> None:
    _strike(app, Truncate(size))
    reply = app.send(BLOB, **headers)

    with pytest.raises(ConnectionDropped):
        reply.read()
    assert app.registry.closed == [1]


@pytest.mark.parametrize("effect", [Truncate(99), Corrupt(3)], ids=repr)
def test_closed_once_after_an_altered_answer_is_read(app: CountingApp, effect: Effect) -> None:
    _strike(app, effect)
    reply = app.send(BLOB)

    assert (len(reply.read()), app.registry.closed) == (len(LAYER), [1])


@pytest.mark.parametrize("read", [0, 1])
def test_closed_once_after_the_runner_stopped_in_a_pause(app: CountingApp, read: int) -> None:
    _strike(app, Wait(7))
    environ = create_environ(BLOB, f"https://{HOST}")
    environ[PAUSES] = True

    pieces: Iterable[bytes | Pause] = app.wsgi_app(environ, _start_no_response)
    found = list(islice(pieces, read))
    close_pieces(pieces)

    assert [type(item) for item in found] == [Pause] * read
    assert app.registry.closed == [1]


@pytest.mark.parametrize("effects", [(), (Wait(7),)], ids=["at once", "after a pause"])
def test_closed_once_after_a_response_that_cannot_be_started(
    app: CountingApp,
    effects: tuple[Effect, ...],
) -> None:
    _strike(app, *effects)
    environ = create_environ(BLOB, f"https://{HOST}")
    environ[PAUSES] = True

    with pytest.raises(AssertionError, match="an abandoned answer was started"):
        list(app.wsgi_app(environ, _start_no_response))
    assert app.registry.closed == [1]


def _start_no_response(status: str, fields: object, error: object = None) -> Callable[[bytes], object]:
    raise AssertionError(f"an abandoned answer was started: {status}")


def _strike(app: CountingApp, *effects: Effect) -> None:
    for effect in effects:
        app.faults.add(Fault("blob.get", effect, when="after"))
