"""The paths by which a request may change a repository of a live registry.

A server may decode a path more than once and then resolve its dot segments. So a path counts only
if every reading of it names the same repository: nothing in it is encoded twice, no segment is empty
or begins with a dot, and names follow the grammar of distribution-spec v1.1.1, Pulling manifests.
"""

import re
from typing import Final
from urllib.parse import unquote

from fake_registry.spec.endpoints import Family
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.names import RepositoryName, parse_repository_name

_REFERENCE: Final = r"[A-Za-z0-9_][A-Za-z0-9_.:=+~-]*"
"""A tag, a digest or the id of an upload: any text in which no server sees a path."""

_CHANGES: Final = (
    re.compile(rf"{Family.REGISTRY.value}/(?P<name>.+)/manifests/{_REFERENCE}"),
    re.compile(rf"{Family.REGISTRY.value}/(?P<name>.+)/blobs/uploads(?:/(?:{_REFERENCE})?)?"),
    re.compile(rf"{Family.REGISTRY.value}/(?P<name>.+)/blobs/{_REFERENCE}"),
    re.compile(rf"{Family.ACR.value}/(?P<name>.+)/_(?:tags|manifests)/{_REFERENCE}"),
    re.compile(rf"{Family.ACR.value}/(?P<name>.+)"),
)

LOGINS: Final = (f"{Family.OAUTH.value}/token", f"{Family.OAUTH.value}/exchange")
"""The paths of ACR's login (Azure/acr AAD-OAuth). A POST there changes no content."""

_CHARACTERS: Final = re.compile(r"[!-\[\]-~]*")
"""Visible ASCII, without the backslash, which some servers read as a slash."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(?P<path>[^?#]*)", re.DOTALL)


class AmbiguousPath(ValueError):
    """Servers may differ in which content a path names. The message is the reason."""


def path_of(url: str) -> str:
    """Return the path of an absolute URL, decoded once. Raises AmbiguousPath."""
    match = _URL.match(url)
    raw = "" if match is None else match["path"]
    if not _CHARACTERS.fullmatch(raw):
        raise AmbiguousPath("a backslash, a blank, a control or another character in the path")

    path = unquote(raw)
    if "%" in path or not _CHARACTERS.fullmatch(path):
        raise AmbiguousPath("a path that is encoded twice, or with other characters encoded in it")

    segments = path.removeprefix("/").removesuffix("/").split("/")
    if any(segment.startswith(".") for segment in segments):
        raise AmbiguousPath("a segment of the path that begins with a dot")
    if "" in segments and path not in ("", "/"):
        raise AmbiguousPath("an empty segment in the path")
    return path


def repository_in(path: str) -> RepositoryName | None:
    """Return the repository that a change at this path concerns; None if it names none.

    Raises AmbiguousPath for a malformed name.
    """
    matches = (pattern.fullmatch(path) for pattern in _CHANGES)
    match = next(filter(None, matches), None)
    if match is None:
        return None

    try:
        return parse_repository_name(match["name"])
    except NameInvalid as error:
        raise AmbiguousPath(f"a malformed repository name, {error.reason}") from None
