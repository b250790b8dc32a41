"""`Dialect`: switches for properties that a registry SHOULD or MAY have."""

from dataclasses import dataclass
from typing import Final, Self

from fake_registry.arguments import check_arguments, names_text


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Switches for properties that a document recommends or leaves open. None excuses a MUST.

    By default all recommendations are checked; turn off those that a registry does not follow.
    """

    name: str = "strict"
    errors_explained: bool = True
    """A 4xx response has a body (RFC 9110 §15.5: SHOULD). Its format is free (Error Codes: MAY)."""
    error_codes: bool = True
    """The code of an error names the mistake, such as BLOB_UNKNOWN for an absent blob."""
    head_like_get: bool = True
    """HEAD has the headers of GET (RFC 9110 §9.3.2: SHOULD)."""
    ranges: bool = True
    """Blobs are sent in parts (Pulling blobs: SHOULD)."""
    wrong_digest_is_400: bool = True
    """A wrong digest is answered 400 (Endpoints: end-4b, end-6); otherwise any 4xx."""
    chunk_lengths: bool = True
    """A chunk with fewer bytes than its Content-Range is refused. The documents leave it open."""
    mounts: bool = True
    """A blob is mounted wherever it can be (Mounting a blob: 202 is allowed for any blob)."""
    cancel_is_204: bool = True
    """A cancelled upload is answered 204 (SHOULD, after v1.1.1); otherwise any 2xx."""
    content_type_kept: bool = True
    """A manifest is returned with the Content-Type it was pushed with (Pulling manifests: SHOULD)."""
    lists_filtered: bool = True
    """Referrers can be filtered by artifactType (Listing Referrers: SHOULD)."""
    catalog_complete: bool = True
    """A repository with a manifest is in the catalogue at once, one without is not."""
    referrers_go_with_subject: bool = False
    """Deleting a manifest deletes its referrers, as in ACR; otherwise they stay."""
    acr: bool = False
    """The registry behaves like Azure Container Registry where the documents leave it open."""

    @classmethod
    @check_arguments
    def like(cls, name: str) -> Self:
        """Return the dialect of a known registry. ValueError with the known names.

        A switch is off only where the registry's documents or source say so.
        """
        if name not in _KNOWN:
            raise ValueError(f"expected one of {names_text(name, _KNOWN)}, found {name!r}")
        return cls(name=name, **_KNOWN[name])


_KNOWN: Final[dict[str, dict[str, bool]]] = {
    "strict": {},
    "acr": {"acr": True, "referrers_go_with_subject": True},
    "docker": {},  # CNCF distribution: its documents exclude no recommendation
}
