"""What a server that has started writes: the ready line, the port file, lines for /etc/hosts."""

import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from fake_registry.atomic_file import replacement_of
from fake_registry.cli.output import print_line
from fake_registry.control.paths import PAGE_PATH, TOKEN_PARAMETER
from fake_registry.server import RegistryServer
from fake_registry.settings import Settings

if TYPE_CHECKING:
    from fake_registry.entra import FakeEntra


def print_ready(
    server: RegistryServer,
    settings: Sequence[Settings],
    entra: "FakeEntra | None",
    new_token: str | None,
) -> None:
    """Print the line that says that the server accepts connections. OSError if nothing can read it."""
    names = ",".join(one.login_server for one in settings)
    logins = ",".join(one.auth for one in settings)
    facts = f"url={server.url} name={names} auth={logins}"
    if entra is not None:
        facts += f" entra={server.url} tenant={entra.tenant_id}"
    if new_token is not None:
        facts += f" control_token={new_token}"

    print_line(f"fake-registry ready {facts}")


def open_console(url: str, token: str | None, report: Callable[[str], None]) -> None:
    """Open the console of a server in a browser, and `report` it if there is none.

    Returns at once: some browsers run until the user ends them.
    """
    query = f"?{urlencode({TOKEN_PARAMETER: token})}" if token is not None else ""

    def run() -> None:
        if not webbrowser.open(f"{url}{PAGE_PATH}{query}"):
            report(f"--open: found no browser; the console is {url}{PAGE_PATH}")

    threading.Thread(target=run, name="console browser", daemon=True).start()


def write_hosts(path: Path, server: RegistryServer, names: Sequence[str]) -> None:
    """Write a line of /etc/hosts for each name (hosts(5)), without addresses."""
    address = socket.getaddrinfo(urlsplit(server.url).hostname, None)[0][4][0]
    with replacement_of(path) as file:
        for name in dict.fromkeys(names):
            if not _is_address(name):
                file.write(f"{address} {name}\n".encode())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@contextmanager
def port_file(path: Path, port: int) -> Iterator[None]:
    """Keep a file with the port while the block runs.

    It is renamed into place, so that a process that waits for it never reads an incomplete one.
    OSError for a device or a pipe, which the rename would remove. At the end the file of another
    server stays, which has started with the same path meanwhile.
    """
    content = f"{port}\n".encode()
    with replacement_of(path) as file:
        file.write(content)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            if path.read_bytes() == content:
                path.unlink()
