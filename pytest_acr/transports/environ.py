"""The WSGI environ of a request (PEP 3333) from its method, URL and headers, as a server makes it.

An unusual URL is first written as requests writes it. Bodies are added by `framing`.
"""

import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from fake_registry.wire.origins import DEFAULT_PORTS
from fake_registry.wsgi import PAUSES

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PORT_TEXTS: Final = {scheme: str(port) for scheme, port in DEFAULT_PORTS.items()}
"""The default port of each scheme, as an environ has it."""

_URL = re.compile(
    r"(https?)://(?:[^/?#@]*@)?([^/?#]*?)(?::([0-9]*))?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_UNUSUAL = re.compile(r"[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]|/\.")


def environ_of(method: str, url: str, headers: Mapping[str, str]) -> "WSGIEnvironment":
    """Return the environ of a request without a body (PEP 3333, environ Variables).

    Raises ValueError for a URL that is not http or https.
    """
    if _UNUSUAL.search(url):
        url = _as_requests_writes(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"expected an http or https URL, found {url!r}")

    scheme, host, port = match[1].lower(), match[2].lower(), match[3]
    path, query = match[4] or "/", match[5] or ""
    default_port = PORT_TEXTS[scheme]
    netloc = host if port in (None, "", default_port) else f"{host}:{port}"

    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": _path_info_of(path),
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": host,
        "SERVER_PORT": port or default_port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": netloc,
        # Both requests and aiohttp send these two when the caller names none.
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        PAUSES: True,
    }

    for name, value in headers.items():
        environ[_environ_name(name)] = value
    return environ


def _path_info_of(path: str) -> str:
    """Return a path's bytes as PEP 3333 passes them: in a str, one character each."""
    if "%" not in path:
        return path
    return unquote_to_bytes(path).decode("latin-1")


def _as_requests_writes(url: str) -> str:
    """Return `url` with illegal characters encoded and dot segments resolved.

    Such URLs are rare, so requests itself is asked.
    """
    from requests import PreparedRequest

    prepared = PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url or url


@lru_cache(maxsize=512)
def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
