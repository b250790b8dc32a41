"""Why a request was refused, in words for the developer of the client."""

from collections.abc import Iterator

import pytest

from fake_registry.journal.reasons import reason_of
from fake_registry.spec import errors
from fake_registry.spec.errors import RegistryError
from tests.support.http import ABSENT

TYPE = "application/vnd.oci.image.manifest.v1+json"
LOCKED = errors.OperationDisallowed(repository="a", attribute="writeEnabled", reference=None)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.NameUnknown(repository="a/b"), "the registry has no repository a/b"),
        (errors.TagUnknown(repository="a", tag="v1"), "repository a has no tag v1"),
        (errors.ManifestUnknown(repository="a", tag="v1"), "repository a has no tag v1"),
        (errors.ManifestUnknown(repository="a", digest=ABSENT), f"repository a has no manifest {ABSENT}"),
        (errors.BlobUnknown(repository="a", digest=ABSENT), f"repository a has no blob {ABSENT}"),
        (errors.BlobUploadUnknown(repository="a", upload="u1"), "repository a has no upload u1"),
        (errors.ManifestBlobUnknown(digest=ABSENT), f"the repository has no blob or manifest {ABSENT}"),
        (
            errors.ManifestNotAcceptable(repository="a", media_type=TYPE),
            f"the manifest exists as {TYPE}, which Accept does not list",
        ),
        (errors.DigestInvalid("", digest="sha256:a", found="sha256:b"), "expected digest sha256:a, found sha256:b"),
        (errors.DigestInvalid("expected algorithm:encoded", digest="x"), "digest 'x': expected algorithm:encoded"),
        (errors.NameInvalid("expected lower case", name="A"), "name 'A': expected lower case"),
        (errors.PageInvalid("expected asc", orderby="Asc"), "orderby 'Asc': expected asc"),
        (
            errors.RangeUnsatisfiable(range="bytes=9-", size=5),
            "range 'bytes=9-': none of the 5 bytes is in it",
        ),
        (LOCKED, "repository a is locked: writeEnabled is false"),
        (errors.OperationDisallowed(**LOCKED.facts | {"reference": "v1"}), "v1 is locked: writeEnabled is false"),
        (errors.OperationDisallowed("expected less", limit=1), "expected less"),
        (errors.MethodUnsupported(method="PUT", allowed=("GET", "HEAD")), "expected one of GET, HEAD, found PUT"),
        (errors.RouteUnknown(path="/v2/a/manifest/v1"), "no endpoint has this path"),
        (
            errors.RouteUnknown(path="/a/manifests/v1"),
            "no endpoint has this path: those of a registry begin with /v2/, /acr/v1/ or /oauth2/",
        ),
        (errors.Unauthorized("authentication required", failure="no credentials"), "no credentials"),
        (errors.SizeInvalid("the body broke off"), "the body broke off"),
    ],
)  # fmt: skip
def test_reason_names_what_was_expected_and_found(error: RegistryError, reason: str) -> None:
    assert reason_of(error) == reason


def test_reason_lists_a_few_of_many_missing_blobs() -> None:
    entries = tuple(errors.ManifestBlobUnknown(digest=f"sha256:{number}") for number in range(5))
    reason = reason_of(errors.ManifestBlobUnknown(digest="sha256:0", entries=entries))

    missing = [f"the repository has no blob or manifest sha256:{number}" for number in range(3)]
    assert reason == ", ".join([*missing, "and 2 more"])


def _kinds_of(kind: type[RegistryError]) -> Iterator[type[RegistryError]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _kinds_of(subclass)


@pytest.mark.parametrize("kind", [*_kinds_of(RegistryError)], ids=lambda kind: kind.__name__)
def test_error_of_another_registry_has_its_own_reason(kind: type[RegistryError]) -> None:
    """It has no facts."""
    assert reason_of(kind("because")) == "because"
