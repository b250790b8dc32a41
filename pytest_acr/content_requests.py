"""What both content clients share beyond the flows: arguments made sure of before any request, requests and errors in
azure-core's classes, and the policies of their pipelines."""

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.rest import HttpRequest

from fake_registry.spec.errors import RegistryError
from fake_registry.wire.answers import Answer, refusal_of
from fake_registry.wire.calls import CallRequest
from pytest_acr.flows import CHUNK_BYTES, MAX_MANIFEST_BYTES
from pytest_acr.models import OciImageManifest

DEFAULT_AUDIENCE: Final = "https://containerregistry.azure.net"

SCOPE_OPTION: Final = "registry_scope"
"""The pipeline option in which a request tells the login what it needs a token for."""

_ERRORS: Final = {401: ClientAuthenticationError, 404: ResourceNotFoundError, 409: ResourceExistsError}


def endpoint_of(text: str, *, enforce_https: bool) -> str:
    """Return the registry's URL without a slash at the end. Raises ValueError for one that tokens must not go to."""
    url = text if "://" in text else f"https://{text}"
    if not url.startswith("https://") and (enforce_https or not url.startswith("http://")):
        raise ValueError(f"expected an https endpoint, found {text!r}; enforce_https=False allows http")
    return url.rstrip("/")


def http_request(call: CallRequest, registry: str) -> HttpRequest:
    """Return a call as azure-core sends it."""
    content = call.body if call.method in ("POST", "PUT", "PATCH") else None
    return HttpRequest(call.method, call.url(registry), headers=dict(call.headers), content=content)


def answer_of(response: Any, *, body: bytes = b"") -> Answer:  # Any: azure-core's sync or async response
    """Return a response as `fake_registry.wire` reads it."""
    return Answer(status=response.status_code, url=str(response.request.url), headers=response.headers, body=body)


def error_of(call: CallRequest, answer: Answer, response: Any) -> HttpResponseError:  # Any: as above
    """Return azure-core's error for an answer that was not expected, with what was asked and what the registry said."""
    refusal: RegistryError = refusal_of(call, answer)
    asked = ", ".join(f"{name} {value}" for name, value in call.names.items())
    message = f"{call.method} of {asked or call.path}: status {answer.status}, {refusal.code}: {refusal.reason}"
    return _ERRORS.get(answer.status, HttpResponseError)(message=message, response=response)


class Source:
    """What is uploaded, read so that only its end gives fewer bytes than asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        """Return just `size` bytes; fewer at the end."""
        parts, missing = [self._left], size - len(self._left)
        while missing > 0:
            piece = next(self._pieces, None)
            if piece is None:
                break
            if not isinstance(piece, bytes | bytearray | memoryview):
                raise TypeError(f"expected bytes to upload, found {type(piece).__name__}")
            parts.append(bytes(piece))
            missing -= len(piece)
        joined = b"".join(parts)
        self._left = joined[size:]
        return joined[:size]


Data = bytes | bytearray | memoryview | os.PathLike[str] | IO[bytes] | Iterable[bytes]


_DATA = "bytes, a path, a binary stream or an iterable of bytes"


def check_data(data: object) -> None:
    """Refuse what cannot be a blob, before any request. TypeError, ValueError."""
    if data is None:
        raise ValueError(f"data: expected {_DATA}, found None")
    if isinstance(data, str):
        raise TypeError("data: expected bytes or a path, found str; write data.encode() or pathlib.Path(data)")
    if isinstance(data, io.TextIOBase):
        raise TypeError("data: expected a binary stream, found one of text; open it with mode 'rb'")
    if getattr(data, "closed", False) is True:
        raise ValueError("data: expected an open stream, found a closed one")
    if isinstance(data, os.PathLike) and os.path.isdir(data):  # noqa: PTH112  any PathLike
        raise ValueError(f"data: expected a file, found the directory {os.fspath(data)!r}")
    if not (isinstance(data, os.PathLike) or hasattr(data, "read") or hasattr(data, "__iter__")):
        raise TypeError(f"data: expected {_DATA}, found {type(data).__name__}")


Parsed = TypeVar("Parsed")


def checked(parse: Callable[[str], Parsed], text: object, what: str) -> Parsed:
    """Return `text` parsed; ValueError for what the grammar refuses, TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"{what}: expected text, found {type(text).__name__}")
    try:
        return parse(text)
    except RegistryError as error:
        raise ValueError(f"{what}: {error}") from None


def pieces_of(data: Data, stack: ExitStack) -> Iterator[bytes]:
    """Return `data` as pieces; a file that a path names is open until `stack` closes."""
    if isinstance(data, bytes | bytearray | memoryview):
        return iter((bytes(data),))
    if isinstance(data, os.PathLike):
        data = stack.enter_context(Path(data).open("rb"))  # noqa: SIM115  the stack closes it
    read = getattr(data, "read", None)
    return iter(data) if read is None else iter(lambda: read(CHUNK_BYTES), b"")


_MANIFEST = "a model, a mapping, bytes or a binary stream"


def manifest_bytes(manifest: object) -> bytes:
    """Return the bytes of a manifest: a model's, a mapping's as JSON, or those that were given. At most 4 MiB."""
    content: object
    if isinstance(manifest, OciImageManifest):
        content = manifest.to_bytes()
    elif isinstance(manifest, Mapping):
        content = json.dumps(manifest, separators=(",", ":")).encode()
    else:
        check_data(manifest)
        read = getattr(manifest, "read", None)
        content = read() if read is not None else manifest
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(f"manifest: expected {_MANIFEST}, found {type(manifest).__name__}")
    if len(content) > MAX_MANIFEST_BYTES:
        raise ValueError(f"manifest: expected at most {MAX_MANIFEST_BYTES} bytes, found {len(content)}")
    return bytes(content)
