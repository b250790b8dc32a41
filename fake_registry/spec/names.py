"""Names of repositories, tags, digests and uploads. Text is parsed once, the types are trusted.

Grammar: distribution-spec v1.1.1, Pulling manifests (name, tag); image-spec v1.1, Digests.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple, NewType, TypeGuard

from fake_registry.spec.errors import DigestInvalid, NameInvalid, TagInvalid

RepositoryName = NewType("RepositoryName", str)
Tag = NewType("Tag", str)
Digest = NewType("Digest", str)
UploadId = NewType("UploadId", str)

Reference = Tag | Digest
"""The last part of a manifest's path. `is_digest` is true for digests: they alone have a colon."""

MAX_REPOSITORY_NAME_LENGTH = 255
"""A limit of many clients for host, slash and name (distribution-spec, Pulling manifests)."""

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY_NAME = re.compile(rf"{_PART}(?:/{_PART})*", re.ASCII)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", re.ASCII)
_DIGEST = re.compile(
    r"(?P<algorithm>[a-z0-9]+(?:[.+_-][a-z0-9]+)*):(?P<encoded>[a-zA-Z0-9=_-]+)",
    re.ASCII,
)
_LOGIN_SERVER = re.compile(r"[a-z0-9-]+\.azurecr\.(?:io|us|cn)/", re.ASCII)
_HEX = re.compile(r"[a-f0-9]+", re.ASCII)

HEX_LENGTHS: Final = {"sha256": 64, "sha512": 128}
"""The registered algorithms (image-spec, Registered algorithms) that this package supports."""


def parse_repository_name(text: str) -> RepositoryName:
    """Return `text` as a repository's name. Raises NameInvalid."""
    if len(text) > MAX_REPOSITORY_NAME_LENGTH:
        raise NameInvalid(f"expected at most {MAX_REPOSITORY_NAME_LENGTH} characters", name=text)
    if not _REPOSITORY_NAME.fullmatch(text):
        is_longer = ":" in text or "@" in text
        but = ", without a host, a tag or a digest" if is_longer else ""
        raise NameInvalid(f"expected lower-case parts separated by slashes{but}", name=text)
    return RepositoryName(text)


def parse_tag(text: str) -> Tag:
    """Return `text` as a tag. Raises TagInvalid."""
    if not _TAG.fullmatch(text):
        expected = "expected at most 128 of A-Z a-z 0-9 . _ -, not starting with . or -"
        raise TagInvalid(expected, tag=text)
    return Tag(text)


def parse_digest(text: str) -> Digest:
    """Return `text` as a digest of a supported algorithm. Raises DigestInvalid."""
    match = _DIGEST.fullmatch(text)
    if match is None:
        raise DigestInvalid("expected algorithm:encoded", digest=text)

    length = HEX_LENGTHS.get(match["algorithm"])
    if length is None:
        raise DigestInvalid(f"expected one of {', '.join(HEX_LENGTHS)}", digest=text)
    if len(match["encoded"]) != length or not _HEX.fullmatch(match["encoded"]):
        raise DigestInvalid(f"expected {length} lower-case hexadecimal digits", digest=text)
    return Digest(text)


def parse_reference(text: str) -> Reference:
    """Return a digest for `text` with a colon, else a tag. Raises DigestInvalid, TagInvalid."""
    return parse_digest(text) if ":" in text else parse_tag(text)


class ImageName(NamedTuple):
    """The parts of a name by which a user refers to an image."""

    repository: RepositoryName
    tag: Tag | None
    digest: Digest | None

    def __str__(self) -> str:
        parts: list[str] = [self.repository]
        if self.tag is not None:
            parts.append(f":{self.tag}")
        if self.digest is not None:
            parts.append(f"@{self.digest}")
        return "".join(parts)


def split_image_name(name: str) -> ImageName:
    """Return the parts of `repository[:tag][@digest]`.

    Raises NameInvalid, TagInvalid, DigestInvalid.
    """
    place, at, digest = name.partition("@")
    repository, tag = _split_place(place)
    return ImageName(repository, tag, parse_digest(digest) if at else None)


def _split_place(text: str) -> tuple[RepositoryName, Tag | None]:
    repository, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:  # before a slash there is a port; a name with a host is malformed
        return parse_repository_name(text), None
    return parse_repository_name(repository), parse_tag(tag)


def check_no_host(name: str, *, known: Iterable[str | None] = ()) -> None:
    """Raise ValueError for a name that begins with a login server of ACR.

    A repository may have such a name: no error if one of the known repositories begins so too.
    """
    match = _LOGIN_SERVER.match(name)
    if match is not None and not any((one or "").startswith(match[0]) for one in known):
        raise ValueError(f"name: expected one without the registry's host, found {name!r}")


def is_digest(reference: Reference) -> TypeGuard[Digest]:
    """Return whether a reference is a digest, not a tag."""
    return ":" in reference


def algorithm_of(digest: Digest) -> str:
    """Return the algorithm of `digest`, a key of `HEX_LENGTHS`."""
    return digest.partition(":")[0]


def digest_of(content: bytes | Iterable[bytes], algorithm: str = "sha256") -> Digest:
    """Return the digest of `content`, which may be in pieces."""
    hasher = hashlib.new(algorithm)
    for piece in (content,) if isinstance(content, bytes) else content:
        hasher.update(piece)
    return Digest(f"{algorithm}:{hasher.hexdigest()}")
