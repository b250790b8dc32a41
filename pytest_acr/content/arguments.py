"""Checks of the arguments of the content clients, before any request: ValueError or TypeError.

Reading a source is in `sources`, writing a target in `targets`.
"""

import errno
import io
import os
from collections.abc import AsyncIterable, Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from fake_registry.arguments import check_type
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.spec.errors import RegistryError
from fake_registry.wire.origins import Origin
from pytest_acr.content.models import OciImageManifest, encode_document

AnyManifest = OciImageManifest | Mapping[str, Any] | bytes | os.PathLike[str] | IO[bytes]  # Any: JSON
"""A manifest to push."""

Parsed = TypeVar("Parsed")

_DATA: Final = "bytes, a path, a binary stream or an iterable of bytes"


def parse_argument(
    parse: Callable[[str], Parsed],
    text: object,
    name: str,
    *,
    expected: str | None = None,
    remedy: str = "",
) -> Parsed:
    """Return the argument `name` parsed. ValueError for malformed text, TypeError for another type.

    `expected` and `remedy` say what the argument is, where the reason of the parser would mislead.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name}: expected text, found {type(text).__name__}")

    try:
        return parse(text)
    except RegistryError as error:
        if expected is None:
            raise ValueError(f"{name}: {error.reason}, found {text!r}") from None
        raise ValueError(f"{name}: expected {expected}, found {text!r}; {remedy}") from None


def parse_header_text(value: object, name: str) -> str:
    """Return the argument `name` as the value of a header (RFC 9110 §5.5)."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected text, found {type(value).__name__}")
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError(f"{name}: expected visible ASCII, found {value!r}")
    return value


def parse_endpoint(text: object, *, enforce_https: bool) -> Origin:
    """Return the origin of the registry at `text`, a URL or a host."""
    check_type("enforce_https", enforce_https, bool)
    if not isinstance(text, str):
        raise TypeError(f"endpoint: expected text, found {type(text).__name__}")

    try:
        origin = parse_registry_url(text)
    except ValueError as error:
        raise ValueError(f"endpoint: {error}") from None

    if enforce_https and origin.scheme != "https":
        raise ValueError(f"endpoint: expected https, found {text!r}; enforce_https=False allows http")
    return origin


def check_data(data: object, name: str = "data") -> None:
    """Refuse data that has no bytes to upload."""
    if data is None:
        raise ValueError(f"{name}: expected {_DATA}, found None")
    if isinstance(data, str):
        remedy = f"write {name}.encode() or pathlib.Path({name})"
        raise TypeError(f"{name}: expected bytes or a path, found str; {remedy}")
    if isinstance(data, AsyncIterable) and not hasattr(data, "read"):
        found = f"{type(data).__name__}, which is for the async client"
        raise TypeError(f"{name}: expected {_DATA}, found {found}")

    _check_stream(data, name, "rb")
    if isinstance(data, os.PathLike):
        if Path(data).is_dir():
            raise ValueError(f"{name}: expected a file, found the directory {os.fspath(data)!r}")
    elif not (hasattr(data, "read") or hasattr(data, "__iter__")):
        raise TypeError(f"{name}: expected {_DATA}, found {type(data).__name__}")


def check_target(target: object) -> None:
    """Refuse a target to which a blob cannot be downloaded."""
    if isinstance(target, str):
        remedy = "write pathlib.Path(target)"
        raise TypeError(f"target: expected a path or a binary stream, found str; {remedy}")

    _check_stream(target, "target", "wb")
    if isinstance(target, os.PathLike):
        _check_target_path(target)
    elif not hasattr(target, "write"):
        found = type(target).__name__
        raise TypeError(f"target: expected a path or a binary stream, found {found}")


def _check_target_path(target: "os.PathLike[str]") -> None:
    path = Path(os.path.realpath(target))
    if path.is_symlink():  # still a link behind all links: they lead to each other
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(target))
    if path.is_dir():
        raise ValueError(f"target: expected a file, found the directory {os.fspath(target)!r}")
    if path.exists() and not path.is_file():
        raise ValueError(f"target: expected a file, found the special file {os.fspath(target)!r}")


def _check_stream(stream: object, name: str, mode: str) -> None:
    encoding = getattr(stream, "encoding", None)
    if isinstance(stream, io.TextIOBase) or isinstance(encoding, str):
        remedy = f"open it with mode {mode!r}"
        raise TypeError(f"{name}: expected a binary stream, found one of text; {remedy}")
    if getattr(stream, "closed", False) is True:
        raise ValueError(f"{name}: expected an open stream, found a closed one")

    opened = getattr(stream, "mode", None)
    if not isinstance(opened, str):
        return
    usable = set("r+") if mode == "rb" else set("wax+")
    if usable.isdisjoint(opened):
        raise ValueError(f"{name}: expected a stream of mode {mode!r}, found one of mode {opened!r}")


def manifest_data(manifest: object) -> object:
    """Return the data to upload for a manifest: the bytes of a model, a mapping as JSON, or itself.

    ValueError, TypeError for values that JSON does not have.
    """
    if isinstance(manifest, OciImageManifest):
        return manifest.to_bytes()
    if isinstance(manifest, Mapping):
        return encode_document(manifest)
    return manifest
