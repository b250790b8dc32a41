"""Why a request was refused, in words for the developer of the client.

A registry's own messages are short, and those of ACR leave out what would help most: which blob is
missing, which digest was found. `reason_of` makes up for it from the facts of the error. Nothing
of this is sent to clients.
"""

from collections.abc import Callable
from typing import Final

from fake_registry.spec.endpoints import is_registry_path
from fake_registry.spec.errors import (
    BlobUnknown,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestNotAcceptable,
    ManifestUnknown,
    MethodUnsupported,
    NameInvalid,
    NameUnknown,
    OperationDisallowed,
    PageInvalid,
    RangeUnsatisfiable,
    RegistryError,
    RouteUnknown,
    TagInvalid,
    TagUnknown,
)

_PREFIXES: Final = "those of a registry begin with /v2/, /acr/v1/ or /oauth2/"

_MOST_ENTRIES: Final = 3
"""The most missing blobs that a reason lists."""


def reason_of(error: RegistryError) -> str:
    """Return the cause of an error in words, which may contain secrets; empty if none is known."""
    failure = error.facts.get("failure")
    if failure is not None:
        return str(failure)

    shown, left = error.entries[:_MOST_ENTRIES], len(error.entries) - _MOST_ENTRIES
    reasons = [*dict.fromkeys(map(_reason_of_entry, shown)), f"and {left} more" if left > 0 else ""]
    return ", ".join(filter(None, reasons))


def _reason_of_entry(entry: RegistryError) -> str:
    reasons = (_REASONS.get(kind) for kind in type(entry).__mro__ if entry.facts)
    reason = next(filter(None, reasons), None)
    return entry.reason if reason is None else reason(entry)


def _missing_blob(error: RegistryError) -> str:
    return "repository {repository} has no blob {digest}".format_map(error.facts)


def _missing_content(error: RegistryError) -> str:
    return "the repository has no blob or manifest {digest}".format_map(error.facts)


def _missing_manifest(error: RegistryError) -> str:
    if "tag" in error.facts:
        return _missing_tag(error)
    return "repository {repository} has no manifest {digest}".format_map(error.facts)


def _missing_tag(error: RegistryError) -> str:
    return "repository {repository} has no tag {tag}".format_map(error.facts)


def _not_acceptable(error: RegistryError) -> str:
    return "the manifest exists as {media_type}, which Accept does not list".format_map(error.facts)


def _missing_repository(error: RegistryError) -> str:
    return "the registry has no repository {repository}".format_map(error.facts)


def _missing_upload(error: RegistryError) -> str:
    return "repository {repository} has no upload {upload}".format_map(error.facts)


def _wrong_digest(error: RegistryError) -> str:
    if "found" in error.facts:
        return "expected digest {digest}, found {found}".format_map(error.facts)
    return _malformed_value(error)


def _malformed_value(error: RegistryError) -> str:
    texts = [f"{name} {text!r}" for name, text in error.facts.items()]
    return f"{', '.join(texts)}: {error.reason}"


def _wrong_range(error: RegistryError) -> str:
    return "range {range!r}: none of the {size} bytes is in it".format_map(error.facts)


def _lock(error: RegistryError) -> str:
    facts = error.facts
    if "attribute" not in facts:
        return error.reason
    item = facts.get("reference") or f"repository {facts['repository']}"
    return f"{item} is locked: {facts['attribute']} is false"


def _no_route(error: RegistryError) -> str:
    if error.reason:
        return error.reason

    if is_registry_path(str(error.facts["path"])):
        return "no endpoint has this path"
    return f"no endpoint has this path: {_PREFIXES}"


def _no_method(error: RegistryError) -> str:
    facts = error.facts
    return f"expected one of {', '.join(facts['allowed'])}, found {facts['method']}"


_REASONS: Final[dict[type, Callable[[RegistryError], str]]] = {
    BlobUnknown: _missing_blob,
    BlobUploadUnknown: _missing_upload,
    DigestInvalid: _wrong_digest,
    ManifestBlobUnknown: _missing_content,
    ManifestNotAcceptable: _not_acceptable,
    ManifestUnknown: _missing_manifest,
    MethodUnsupported: _no_method,
    NameInvalid: _malformed_value,
    NameUnknown: _missing_repository,
    OperationDisallowed: _lock,
    PageInvalid: _malformed_value,
    RangeUnsatisfiable: _wrong_range,
    RouteUnknown: _no_route,
    TagInvalid: _malformed_value,
    TagUnknown: _missing_tag,
}
"""The words for each class of error that has facts; those of a base class serve for the others."""
