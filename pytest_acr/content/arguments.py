"""What callers give the content clients, made sure of before any request: ValueError, or TypeError for another kind.

What is read from a file or goes into one is `sources`' and `targets`'.
"""

import errno
import io
import os
from collections.abc import AsyncIterable, Callable, Mapping
from pathlib import Path
from typing import IO, Any, TypeVar

from fake_registry.client.registry_url import parse_registry_url
from fake_registry.spec.errors import RegistryError
from fake_registry.wire.origins import Origin
from pytest_acr.content.models import OciImageManifest, encode_document

Manifest = OciImageManifest | Mapping[str, Any] | bytes | os.PathLike[str] | IO[bytes]  # Any: JSON
"""What a client pushes."""

Parsed = TypeVar("Parsed")


def checked(parse: Callable[[str], Parsed], text: object, what: str) -> Parsed:
    """Return `text` parsed; ValueError for what the grammar refuses, TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"{what}: expected text, found {type(text).__name__}")
    try:
        return parse(text)
    except RegistryError as error:
        raise ValueError(f"{what}: {error}") from None


def header_text(value: object, what: str) -> str:
    """Return what can stand in a header (RFC 9110 §5.5)."""
    if not isinstance(value, str):
        raise TypeError(f"{what}: expected text, found {type(value).__name__}")
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError(f"{what}: expected visible ASCII, found {value!r}")
    return value


def parse_endpoint(text: object, *, enforce_https: bool) -> Origin:
    """Return the origin of the registry at `text`, a URL or a host. ValueError, TypeError."""
    if not isinstance(text, str):
        raise TypeError(f"endpoint: expected text, found {type(text).__name__}")

    try:
        origin = parse_registry_url(text)
    except ValueError as error:
        raise ValueError(f"endpoint: {error}") from None

    if enforce_https and origin.scheme != "https":
        raise ValueError(f"endpoint: expected https, found {text!r}; enforce_https=False allows http")
    return origin


_DATA = "bytes, a path, a binary stream or an iterable of bytes"


def check_data(data: object, what: str = "data") -> None:
    """Refuse what has no bytes to upload."""
    if data is None:
        raise ValueError(f"{what}: expected {_DATA}, found None")
    if isinstance(data, str):
        raise TypeError(f"{what}: expected bytes or a path, found str; write {what}.encode() or pathlib.Path({what})")
    if isinstance(data, AsyncIterable) and not hasattr(data, "read"):
        raise TypeError(f"{what}: expected {_DATA}, found {type(data).__name__}, which is for the async client")
    _check_stream(data, what, "rb")
    if isinstance(data, os.PathLike) and Path(data).is_dir():
        raise ValueError(f"{what}: expected a file, found the directory {os.fspath(data)!r}")
    if not (isinstance(data, os.PathLike) or hasattr(data, "read") or hasattr(data, "__iter__")):
        raise TypeError(f"{what}: expected {_DATA}, found {type(data).__name__}")


def check_target(target: object) -> None:
    """Refuse what a blob cannot be downloaded to."""
    if isinstance(target, str):
        raise TypeError("target: expected a path or a binary stream, found str; write pathlib.Path(target)")
    _check_stream(target, "target", "wb")
    if isinstance(target, os.PathLike):
        path = Path(os.path.realpath(target))
        if path.is_symlink():  # it leads round in a circle
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(target))
        if path.exists() and not path.is_file():
            kind = "the directory" if path.is_dir() else "what is no regular file,"
            raise ValueError(f"target: expected a file, found {kind} {os.fspath(target)!r}")
    elif not hasattr(target, "write"):
        raise TypeError(f"target: expected a path or a binary stream, found {type(target).__name__}")


def _check_stream(stream: object, what: str, mode: str) -> None:
    if isinstance(stream, io.TextIOBase) or isinstance(getattr(stream, "encoding", None), str):
        raise TypeError(f"{what}: expected a binary stream, found one of text; open it with mode {mode!r}")
    if getattr(stream, "closed", False) is True:
        raise ValueError(f"{what}: expected an open stream, found a closed one")
    opened = getattr(stream, "mode", None)
    if isinstance(opened, str) and not set(opened) & set("r+" if mode == "rb" else "wax+"):
        raise ValueError(f"{what}: expected a stream of mode {mode!r}, found one of mode {opened!r}")


def manifest_content(manifest: object) -> object:
    """Return what there is to upload of a manifest: a model's bytes, a mapping as JSON, anything else as it is.

    ValueError, TypeError for what is no JSON.
    """
    if isinstance(manifest, OciImageManifest):
        return manifest.to_bytes()
    if isinstance(manifest, Mapping):
        return encode_document(manifest)
    return manifest
