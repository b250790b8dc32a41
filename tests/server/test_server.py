"""Start and stop of the server, failures of the app, connections that break."""

import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import requests

from fake_registry.server import Note, RegistryServer
from fake_registry.server.server import MAX_FAILURES
from fake_registry.wsgi import ConnectionDropped
from tests.support.garbage import garbage_collected

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def app_that_raises(error: BaseException, *, after: tuple[bytes, ...] = ()) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        yield from after
        raise error

    return app


def server_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("fake-registry")}


def test_server_answers_at_its_url(serve: Serve) -> None:
    server = serve(hello)
    assert (server.url, server.host) == (f"http://127.0.0.1:{server.port}", "127.0.0.1")
    assert server.ca_file is None
    assert requests.get(server.url, timeout=5).content == b"hello"


@pytest.mark.parametrize(("host", "url"), [("::1", "http://[::1]:{}"), ("0.0.0.0", "http://127.0.0.1:{}")])
def test_url_of_a_server_on_another_address_is_reachable(serve: Serve, host: str, url: str) -> None:
    server = serve(hello, host=host)
    assert server.url == url.format(server.port)
    assert requests.get(server.url, timeout=5).content == b"hello"


def test_port_is_unknown_before_the_first_start() -> None:
    with pytest.raises(RuntimeError, match="expected a started server, found one that was not"):
        _ = RegistryServer(hello).url


def test_taken_port_is_an_os_error_that_names_it(serve: Serve) -> None:
    port = serve(hello).port
    with pytest.raises(OSError, match=f"Address already in use.*{port}"):
        RegistryServer(hello, port=port).start()


def test_running_server_refuses_to_start_again(serve: Serve) -> None:
    server = serve(hello)
    with pytest.raises(RuntimeError, match=f"expected a stopped server, found one that runs at {server.url}"):
        server.start()


def test_server_that_failed_to_start_can_be_started_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = RegistryServer(hello)
    with warnings.catch_warnings(record=True) as caught, garbage_collected():
        warnings.simplefilter("always", ResourceWarning)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", _no_thread)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                server.start()
    assert caught == []
    with server:
        assert requests.get(server.url, timeout=5).content == b"hello"


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_connection_without_a_thread_is_lost_and_the_next_is_served(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(hello)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", _no_thread)
        with socket.create_connection((server.host, server.port), timeout=5) as lost:
            assert lost.recv(1) == b""
    assert requests.get(server.url, timeout=5).content == b"hello"
    assert [str(failure) for failure in server.take_failures()] == ["can't start new thread"]


def test_failure_of_the_app_is_raised_when_the_block_ends() -> None:
    with (
        pytest.raises(BaseExceptionGroup, match="the app failed while it answered a request") as raised,
        RegistryServer(app_that_raises(LookupError("nothing here"))) as server,
    ):
        requests.get(server.url, timeout=5)
    assert [type(failure) for failure in raised.value.exceptions] == [LookupError]


def test_failure_of_the_block_replaces_that_of_the_app() -> None:
    with (
        pytest.raises(requests.HTTPError, match="500"),
        RegistryServer(app_that_raises(LookupError("nothing here"))) as server,
    ):
        requests.get(server.url, timeout=5).raise_for_status()


def test_stopped_server_can_start_again_on_its_port(serve: Serve) -> None:
    first = serve(hello)
    first.stop()
    again = serve(hello, port=first.port)
    for _ in range(2):
        assert requests.get(again.url, timeout=5).content == b"hello"
        again.stop()
        again.start()


def test_stopped_server_refuses_connections() -> None:
    with RegistryServer(hello) as server:
        pass
    server.stop()  # a second time, without effect
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=5)


def test_stop_leaks_neither_threads_nor_sockets() -> None:
    threads = server_threads()
    with warnings.catch_warnings(record=True) as caught, garbage_collected():
        warnings.simplefilter("always", ResourceWarning)
        server = RegistryServer(hello).start()
        silent, halfway, idle = (socket.create_connection((server.host, server.port), timeout=5) for _ in range(3))
        halfway.sendall(b"GET / HT")
        idle.sendall(GET)
        assert idle.recv(65536).endswith(b"hello")  # connections are accepted in order: by now the server has all three
        serving = server_threads() - threads
        server.stop()
        ended = [client.recv(1) for client in (silent, halfway, idle)]
        for client in (silent, halfway, idle):
            client.close()
        del server
    assert len(serving) == 4
    assert ended == [b""] * 3
    assert server_threads() == threads
    assert [str(warning.message) for warning in caught] == []


def test_stop_does_not_wait_for_a_client_that_is_sending_its_body() -> None:
    reading = threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reading.set()
        environ["wsgi.input"].read()
        return hello(environ, start_response)

    server = RegistryServer(app).start()
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        assert reading.wait(5)
        server.stop()
        assert client.recv(1) == b""
    assert server_threads() == set()
    assert server.failures == ()


def test_stop_does_not_wait_for_a_thread_that_is_busy_in_the_app() -> None:
    busy, release = threading.Event(), threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        busy.set()
        release.wait(10)
        return hello(environ, start_response)

    server = RegistryServer(app).start()
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(GET)
        assert busy.wait(5)
        (_, left) = sorted(server_threads(), key=lambda thread: "connection" in thread.name)
        server.stop()
        assert (left.is_alive(), left.daemon) == (True, True)
    release.set()
    left.join(5)
    assert server_threads() == set()


@pytest.mark.parametrize("error", [KeyError("secret"), pytest.fail.Exception("secret"), SystemExit(3)])
def test_exception_of_the_app_becomes_a_500_and_is_kept(
    serve: Serve, talk: Talk, capfd: pytest.CaptureFixture[str], error: BaseException
) -> None:
    server = serve(app_that_raises(error))
    got = talk(server, GET)
    assert got.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"secret" not in got
    assert error.__traceback__ is not None
    assert capfd.readouterr() == ("", "")
    assert [server.failures, server.take_failures(), server.failures] == [(error,), (error,), ()]


def test_exception_after_the_response_began_closes_the_connection_and_is_kept(serve: Serve, talk: Talk) -> None:
    error = ValueError("too late")
    server = serve(app_that_raises(error, after=(b"abc",)))
    assert talk(server, GET).endswith(b"\r\n\r\nabc")
    assert server.take_failures() == (error,)


def test_first_failures_are_kept_and_all_are_noted(serve: Serve, talk: Talk) -> None:
    notes: list[Note] = []
    server = serve(app_that_raises(ValueError("again")), log=notes.append)
    for _ in range(MAX_FAILURES + 2):
        talk(server, GET)
    assert (len(server.take_failures()), len(notes)) == (MAX_FAILURES, MAX_FAILURES + 2)


def test_note_on_a_failure_has_the_status_that_the_client_got(serve: Serve, talk: Talk) -> None:
    notes: list[Note] = []
    for after in ((), (b"abc",)):
        server = serve(app_that_raises(ValueError("late"), after=after), log=notes.append)
        talk(server, GET)
        server.take_failures()
    assert [note.status for note in notes] == [500, 200]


BROKEN_APPS: dict[str, tuple[list[tuple[str, str]], list[bytes], str]] = {
    "line break in a header": ([("X", "a\r\nSet-Cookie: b")], [], "line break"),
    "body longer than announced": ([("Content-Length", "2")], [b"abc"], "1 bytes longer"),
    "framing of its own": ([("Transfer-Encoding", "chunked")], [b"0\r\n\r\n"], "Transfer-Encoding"),
    "no number as length": ([("Content-Length", "two")], [b"ab"], "invalid literal"),
}


@pytest.mark.parametrize(("headers", "body", "message"), BROKEN_APPS.values(), ids=BROKEN_APPS)
def test_response_that_cannot_be_sent_is_a_failure(
    serve: Serve, talk: Talk, headers: list[tuple[str, str]], body: list[bytes], message: str
) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return body

    server = serve(app)
    got = talk(server, GET)
    assert got.startswith(b"HTTP/1.1 500 ")
    assert got.endswith(b"\r\n\r\nValueError in the app\n")
    (failure,) = server.take_failures()
    assert message in str(failure)


def test_app_that_never_starts_its_response_is_a_failure(serve: Serve, talk: Talk) -> None:
    server = serve(lambda environ, start_response: [b"body"])
    assert talk(server, GET).startswith(b"HTTP/1.1 500 ")
    (failure,) = server.take_failures()
    assert "did not call start_response" in str(failure)


def test_failures_are_logged_to_the_given_log(serve: Serve, talk: Talk) -> None:
    notes: list[Note] = []
    server = serve(app_that_raises(KeyError("key")), log=notes.append)
    talk(server, GET)
    talk(server, b"nonsense\r\n\r\n")
    server.take_failures()
    assert [note.status for note in notes] == [500, 400]
    assert all(note.peer is not None and note.peer.startswith("127.0.0.1:") for note in notes)
    assert notes[0].text.startswith("Traceback")
    assert notes[0].text.endswith("KeyError: 'key'")
    assert str(notes[1]).startswith(f"{notes[1].peer} refused a request: 400 ")


@pytest.mark.parametrize("after", [(), (b"x" * 10,)])
def test_dropped_connection_is_a_reset_and_no_failure(serve: Serve, after: tuple[bytes, ...]) -> None:
    server = serve(app_that_raises(ConnectionDropped(), after=after))
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(GET)
        with pytest.raises(ConnectionResetError):
            list(iter(lambda: client.recv(65536), b""))
    assert server.failures == ()


def test_body_is_closed_once_even_when_the_client_is_gone(serve: Serve) -> None:
    closed = threading.Semaphore(0)

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 100_000

        def close(self) -> None:
            closed.release()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return Endless()

    server = serve(app)
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(GET)
        assert client.recv(10) == b"HTTP/1.1 2"
    assert closed.acquire(timeout=5)
    server.stop()
    assert not closed.acquire(blocking=False)


def test_plain_http_does_not_load_the_certificate_library() -> None:
    libraries = {"trustme", "cryptography", "fake_registry.server.tls"}
    code = f"import fake_registry.server, sys; print({libraries} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
