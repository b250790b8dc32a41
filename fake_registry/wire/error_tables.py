"""Status and wording of every error: one table per profile, (class, endpoint or any) -> rows. `errors` reads them.

Of the rows of one key the first that applies is taken; the last one always does. Messages are templates over the
error's facts, so that they can be read back.

Sources: acr-behaviour 2.3, 3.1 and 6; distribution-spec v1.1.1, Error Codes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Final

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec import media_types
from fake_registry.spec.errors import ABSENT, Detail, RegistryError

Facts = Mapping[str, object]
DetailRule = Callable[[RegistryError], Detail]

ANY: Final = ""
"""Stands for every endpoint that has no row of its own."""


def _always(_: Facts) -> bool:
    return True


@dataclass(frozen=True)
class JsonRow:
    """An entry of `errors`. It applies where all facts of its message are known and `when` holds.

    `detail` is a rule or a constant; an error's own detail beats it.
    """

    status: int
    code: str
    message: str
    detail: DetailRule | Detail = ABSENT
    when: Callable[[Facts], bool] = _always

    def applies(self, facts: Facts) -> bool:
        """Tell whether this is the row for an error with these facts."""
        return all(name in facts for name in self._names) and self.when(facts)

    def read(self, message: str, detail: Detail) -> dict[str, str] | None:
        """Return the facts of a message of this row; None if it is of another."""
        if self.detail is not ABSENT and not callable(self.detail) and self.detail != detail:
            return None
        match = self._pattern.fullmatch(message)
        return None if match is None else match.groupdict()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in Formatter().parse(self.message) if name)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = Formatter().parse(self.message)
        return re.compile(
            "".join(re.escape(text) + (f"(?P<{name}>.*)" if name else "") for text, name, _, _ in parts), re.DOTALL
        )


@dataclass(frozen=True)
class TextRow:
    """A body that is no JSON, the same every time. An empty one has no content type."""

    status: int
    content_type: str
    body: bytes
    when: Callable[[Facts], bool] = _always

    def applies(self, facts: Facts) -> bool:
        """Tell whether this is the row for an error with these facts."""
        return self.when(facts)


Row = JsonRow | TextRow
Table = Mapping[tuple[type[RegistryError], str], tuple[Row, ...]]


def _access(error: RegistryError) -> list[dict[str, str]]:
    return [{"Type": kind, "Name": name, "Action": action} for kind, name, action in error.facts.get("access", ())]


def _access_or_null(error: RegistryError) -> Detail:
    return _access(error) or None


def _access_or_absent(error: RegistryError) -> Detail:
    return _access(error) or ABSENT


def _fact(name: str) -> DetailRule:
    """The fact itself."""
    return lambda error: error.facts.get(name, ABSENT)


def _object(key: str, name: str) -> DetailRule:
    """The fact under a key."""
    return lambda error: {key: error.facts.get(name, "")}


def _reason(error: RegistryError) -> Detail:
    return error.reason or ABSENT


def _digest_detail(error: RegistryError) -> Detail:
    # Recorded for a digest that is none; that of a digest which is another's is not recorded: none [I].
    return ABSENT if "found" in error.facts else "digest parsing failed"


def _chunk_detail(error: RegistryError) -> Detail:
    # The reason for an ill-formed header is recorded, that for a chunk that starts elsewhere is [I].
    reason = (
        "the Content-Range does not start where the upload ends"
        if "offset" in error.facts
        else "the Content-Range header format is invalid"
    )
    return {"Range": error.facts.get("content_range", ""), "Reason": reason}


def _page_detail(error: RegistryError) -> Detail:
    return {name: value for name, value in error.facts.items() if name in ("n", "orderby")}


def _reason_and_facts(error: RegistryError) -> Detail:
    """All that is known, for whoever reads the log: the specification leaves the detail to the registry."""
    reason = {"reason": error.reason} if error.reason else {}
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int | tuple)}
    return {**reason, **facts} or ABSENT


def _named(**expected: object) -> Callable[[Facts], bool]:
    """Facts that have these values."""
    return lambda facts: all(facts.get(name) == value for name, value in expected.items())


def is_registry_path(path: str) -> bool:
    """Tell whether ACR's front end hands requests for `path` on (acr-behaviour 2.3)."""
    first, _, _ = path.removeprefix("/").partition("/")
    return first in ("v2", "acr", "oauth2", "helm")


def _is_registry_path(facts: Facts) -> bool:
    return is_registry_path(str(facts.get("path", "")))


def _storage(status: int, code: str, message: str) -> tuple[Row, ...]:
    # Azure Storage puts a byte order mark first; RequestId and Time in its message change and are left out [I].
    text = f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return (TextRow(status, "application/xml", text.encode()),)


_STORAGE: Final[Table] = {
    (e.BlobUnknown, "storage.blob"): _storage(404, "BlobNotFound", "The specified blob does not exist."),
    (e.RangeUnsatisfiable, "storage.blob"): _storage(
        416, "InvalidRange", "The range specified is invalid for the current size of the resource."
    ),
    # An Authorization header is refused, and never with 401, which the Azure SDK would take for a registry's challenge
    # (acr-behaviour 8.3, 15.2).
    (e.Unsupported, "storage.blob"): _storage(
        400, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format."
    ),
    (e.Denied, "storage.blob"): _storage(403, "AuthenticationFailed", "Server failed to authenticate the request."),
}

_VISIT: Final = "authentication required, visit https://aka.ms/acr/authorization for more information."
_NOT_ACCEPTED: Final = "manifest found, but accept header does not support its media type"

_ACR: Final[Table] = {
    **_STORAGE,
    (e.BlobUnknown, ANY): (JsonRow(404, "BLOB_UNKNOWN", "blob unknown to registry"),),
    (e.BlobUploadInvalid, ANY): (JsonRow(404, "BLOB_UPLOAD_INVALID", "blob upload invalid"),),
    (e.BlobUploadRangeInvalid, ANY): (
        JsonRow(416, "BLOB_UPLOAD_RANGE_INVALID", "blob upload range invalid", _chunk_detail),
    ),
    # An object follows, which was not kept; CNCF distribution's is empty [I].
    (e.BlobUploadUnknown, ANY): (JsonRow(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", {}),),
    (e.DigestInvalid, ANY): (
        JsonRow(400, "DIGEST_INVALID", "provided digest did not match uploaded content", _digest_detail),
    ),
    (e.ManifestBlobUnknown, ANY): (JsonRow(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", _fact("digest")),),
    (e.ManifestInvalid, ANY): (JsonRow(400, "MANIFEST_INVALID", "manifest invalid", _reason),),
    (e.ManifestTooLarge, ANY): (JsonRow(400, "MANIFEST_INVALID", "manifest invalid", "http: request body too large"),),
    (e.ManifestUnknown, ANY): (
        JsonRow(404, "MANIFEST_UNKNOWN", 'manifest tagged by "{tag}" is not found', _object("Tag", "tag")),
        # Recorded for DELETE, by analogy elsewhere [I].
        JsonRow(404, "MANIFEST_UNKNOWN", "manifest {digest} is not found"),
        JsonRow(404, "MANIFEST_UNKNOWN", "manifest unknown"),
    ),
    (e.ManifestNotAcceptable, ANY): (
        JsonRow(
            404,
            "MANIFEST_UNKNOWN",
            "OCI manifest found, but accept header does not support OCI manifests",
            when=_named(media_type=media_types.OCI_MANIFEST),
        ),
        # CNCF distribution's text [I].
        JsonRow(
            404,
            "MANIFEST_UNKNOWN",
            "OCI index found, but accept header does not support OCI indexes",
            when=_named(media_type=media_types.OCI_INDEX),
        ),
        JsonRow(404, "MANIFEST_UNKNOWN", _NOT_ACCEPTED),  # [I]
    ),
    (e.NameInvalid, ANY): (JsonRow(400, "NAME_INVALID", "invalid repository name"),),  # [I]
    (e.NameUnknown, ANY): (
        JsonRow(404, "NAME_UNKNOWN", "repository name not known to registry", _object("name", "repository")),
    ),
    **{
        (e.NameUnknown, endpoint): (
            JsonRow(404, "NAME_UNKNOWN", 'repository "{repository}" is not found'),
            JsonRow(404, "NAME_UNKNOWN", "repository name not known to registry"),
        )
        for endpoint in (
            "acr.repository.get",
            "acr.repository.update",
            "acr.tags.list",
            "acr.manifests.list",
            "acr.manifest.get",
            "acr.manifest.update",
        )
    },
    (e.SizeInvalid, ANY): (JsonRow(400, "SIZE_INVALID", "provided length did not match content length"),),  # [I]
    (e.Unauthorized, ANY): (JsonRow(401, "UNAUTHORIZED", _VISIT, _access_or_null),),
    (e.Unauthorized, "oauth.exchange"): (TextRow(401, "", b""),),
    (e.Unauthorized, "oauth.token"): (
        JsonRow(401, "UNAUTHORIZED", _VISIT, when=_named(challenge="basic")),  # [I]
        TextRow(401, "", b""),
    ),
    (e.Denied, ANY): (
        JsonRow(
            403,
            "DENIED",
            "client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
        ),
        JsonRow(403, "DENIED", "requested access to the resource is denied"),  # [I]
    ),
    (e.Unsupported, ANY): (JsonRow(405, "UNSUPPORTED", "The operation is unsupported."),),  # [I]
    (e.Unsupported, "manifest.delete"): (JsonRow(405, "UNSUPPORTED", "A manifest can only be deleted by digest."),),
    (e.TooManyRequests, ANY): (JsonRow(429, "TOOMANYREQUESTS", "too many requests"),),
    (e.TagInvalid, ANY): (JsonRow(400, "TAG_INVALID", "manifest tag did not match URI"),),  # [I]
    (e.TagUnknown, ANY): (JsonRow(404, "TAG_UNKNOWN", "the specified tag does not exist"),),
    # [I], these three: nothing recorded (acr-behaviour 18), the first and the second in CNCF distribution's words.
    (e.PageInvalid, ANY): (
        JsonRow(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", _page_detail),
    ),
    (e.RangeUnsatisfiable, ANY): (JsonRow(416, "RANGE_INVALID", "invalid content range", _object("Range", "range")),),
    (e.AttributesInvalid, ANY): (JsonRow(400, "UNSUPPORTED", "invalid changeable attributes", _reason),),
    (e.OperationDisallowed, ANY): (
        JsonRow(
            405,
            "REGISTRY_DISALLOWED_OPERATION",
            "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
            "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation",
            {},
        ),
    ),
    (e.RouteUnknown, ANY): (
        TextRow(404, "text/plain; charset=utf-8", b"404 page not found\n", _is_registry_path),
        TextRow(404, "application/octet-stream", b"Not found"),
    ),
    # gorilla/handlers, which CNCF distribution uses [I].
    (e.MethodUnsupported, ANY): (TextRow(405, "text/plain; charset=utf-8", b"Method not allowed\n"),),
}


def _oci(status: int, code: str, message: str, detail: DetailRule = _reason_and_facts) -> tuple[Row, ...]:
    return (JsonRow(status, code, message, detail),)


# "The code field MUST be one of" fourteen: where the specification has no word of its own the nearest one is taken, and
# the message tells the two apart. Statuses are those of the specification's table of endpoints where it lists some.
_OCI: Final[Table] = {
    **_STORAGE,
    (e.BlobUnknown, ANY): _oci(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    (e.BlobUploadInvalid, ANY): _oci(404, "BLOB_UPLOAD_INVALID", "blob upload invalid"),
    (e.BlobUploadRangeInvalid, ANY): _oci(416, "BLOB_UPLOAD_INVALID", "blob upload out of order"),
    (e.BlobUploadUnknown, ANY): _oci(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"),
    (e.DigestInvalid, ANY): _oci(400, "DIGEST_INVALID", "provided digest did not match uploaded content"),
    (e.ManifestBlobUnknown, ANY): _oci(
        404, "MANIFEST_BLOB_UNKNOWN", "manifest references a manifest or blob unknown to registry"
    ),
    (e.ManifestInvalid, ANY): _oci(400, "MANIFEST_INVALID", "manifest invalid"),
    (e.ManifestTooLarge, ANY): _oci(413, "MANIFEST_INVALID", "manifest too large"),
    (e.ManifestUnknown, ANY): _oci(404, "MANIFEST_UNKNOWN", "manifest unknown to registry"),
    (e.ManifestNotAcceptable, ANY): _oci(404, "MANIFEST_UNKNOWN", _NOT_ACCEPTED),
    (e.NameInvalid, ANY): _oci(400, "NAME_INVALID", "invalid repository name"),
    (e.NameUnknown, ANY): _oci(404, "NAME_UNKNOWN", "repository name not known to registry"),
    (e.SizeInvalid, ANY): _oci(400, "SIZE_INVALID", "provided length did not match content length"),
    (e.Unauthorized, ANY): _oci(401, "UNAUTHORIZED", "authentication required", _access_or_absent),
    (e.Denied, ANY): _oci(403, "DENIED", "requested access to the resource is denied"),
    (e.Unsupported, ANY): _oci(405, "UNSUPPORTED", "the operation is unsupported"),
    (e.TooManyRequests, ANY): _oci(429, "TOOMANYREQUESTS", "too many requests"),
    (e.TagInvalid, ANY): _oci(400, "MANIFEST_INVALID", "tag invalid"),
    (e.TagUnknown, ANY): _oci(404, "MANIFEST_UNKNOWN", "tag unknown to registry"),
    (e.PageInvalid, ANY): _oci(400, "UNSUPPORTED", "invalid page of a list"),
    (e.RangeUnsatisfiable, ANY): _oci(416, "SIZE_INVALID", "no byte of the content is in the range"),
    (e.AttributesInvalid, ANY): _oci(400, "UNSUPPORTED", "invalid changeable attributes"),
    # 405, as where "deletion is disabled" (Deleting tags, manifests, blobs).
    (e.OperationDisallowed, ANY): _oci(405, "DENIED", "a lock forbids the operation"),
    (e.RouteUnknown, ANY): _oci(404, "NAME_UNKNOWN", "no endpoint has this path"),
    (e.MethodUnsupported, ANY): _oci(405, "UNSUPPORTED", "the endpoint does not take this method"),
}

TABLES: Final[Mapping[Profile, Table]] = {"acr": _ACR, "oci": _OCI}
