"""Lists: tags, referrers, and the catalogue."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import SPEC, new_property

_TAGS: Final = f"{SPEC}, Listing Tags"
_REFERRERS: Final = f"{SPEC}, Listing Referrers"
_CATALOG: Final = "CNCF distribution, HTTP API V2, Listing Repositories"


_tags_property: Final = partial(new_property, area="tags")
_referrers_property: Final = partial(new_property, area="referrers")
_catalog_property: Final = partial(new_property, area="catalog")


# tags

TAGS_LIST: Final = _tags_property(
    "tags-list",
    "effect",
    "MUST",
    _TAGS,
    "The list of tags is 200 with exactly the tags of the repository, each once.",
)
TAGS_ORDER: Final = _tags_property(
    "tags-order",
    "wording",
    "MUST",
    _TAGS,
    "Tags are in lexical or ASCII order.",
)
TAGS_NAME: Final = _tags_property(
    "tags-name",
    "wording",
    "MUST",
    _TAGS,
    "The list of tags has the repository's name in `name`, and a list in `tags`.",
)
TAGS_PAGE_SIZE: Final = _tags_property(
    "tags-page-size",
    "effect",
    "MUST",
    _TAGS,
    "A page has `n` tags, or fewer if no more are left or if a Link follows.",
)
TAGS_ZERO: Final = _tags_property(
    "tags-zero",
    "effect",
    "MUST",
    _TAGS,
    "With n=0 the list is empty and has no Link.",
)
TAGS_LAST: Final = _tags_property(
    "tags-last",
    "effect",
    "MUST",
    _TAGS,
    "With `last` the list begins after that tag.",
)
TAGS_LAST_ABSENT: Final = _tags_property(
    "tags-last-absent",
    "effect",
    "SHOULD",
    f"{_TAGS} (<tagname> is a value, not an index)",
    "With `last` that is no tag of the repository, such as a deleted one, the list begins after it.",
)
TAGS_PAGES: Final = _tags_property(
    "tags-pages",
    "effect",
    "MUST",
    _TAGS,
    "The pages that Links lead to have exactly the tags of the repository, each once.",
)
TAGS_LINK: Final = _tags_property(
    "tags-link",
    "wording",
    "MUST",
    f"{_TAGS}; RFC 8288 §3",
    "A Link of a list has a URL and rel=next.",
)
TAGS_LINK_TOO_MANY: Final = _tags_property(
    "tags-link-too-many",
    "wording",
    "SHOULD",
    f"{_TAGS} (when additional tags are available)",
    "A page that ends with the last tag has no Link.",
)
TAGS_ABSENT: Final = _tags_property(
    "tags-absent",
    "effect",
    "SHOULD",
    f"{SPEC}, Endpoints (end-8a)",
    "The list of tags of a repository into which nothing was pushed is 404.",
)

# referrers

REFERRERS_LIST: Final = _referrers_property(
    "referrers-list",
    "effect",
    "MUST",
    _REFERRERS,
    "The list is 200 with exactly the manifests whose subject has the digest, each once.",
)
REFERRERS_TYPE: Final = _referrers_property(
    "referrers-type",
    "wording",
    "MUST",
    _REFERRERS,
    "The list is an image index, in its Content-Type, mediaType and schemaVersion.",
)
REFERRERS_DESCRIPTOR: Final = _referrers_property(
    "referrers-descriptor",
    "wording",
    "MUST",
    _REFERRERS,
    "A descriptor has the manifest's media type, digest and size.",
)
REFERRERS_ARTIFACT_TYPE: Final = _referrers_property(
    "referrers-artifact-type",
    "wording",
    "MUST",
    _REFERRERS,
    "A descriptor has the manifest's artifactType, or the media type of an image's config.",
)
REFERRERS_ANNOTATIONS: Final = _referrers_property(
    "referrers-annotations",
    "wording",
    "MUST",
    _REFERRERS,
    "A descriptor has the manifest's annotations.",
)
REFERRERS_FILTER: Final = _referrers_property(
    "referrers-filter",
    "effect",
    "MUST",
    _REFERRERS,
    "A list to which a filter was applied has exactly the manifests of that artifactType.",
)
REFERRERS_FILTER_APPLIED: Final = _referrers_property(
    "referrers-filter-applied",
    "wording",
    "SHOULD",
    _REFERRERS,
    "The registry filters by artifactType, which it shows in OCI-Filters-Applied.",
)
REFERRERS_FILTER_SILENT: Final = _referrers_property(
    "referrers-filter-silent",
    "wording",
    "MUST",
    _REFERRERS,
    "A list to which a filter was applied says so in OCI-Filters-Applied.",
)
REFERRERS_INVALID: Final = _referrers_property(
    "referrers-invalid",
    "effect",
    "MUST",
    _REFERRERS,
    "The list of a malformed digest is 400.",
)

# the catalogue

CATALOG_LIST: Final = _catalog_property(
    "catalog-list",
    "effect",
    "SHOULD",
    _CATALOG,
    "The catalogue has each repository with a manifest once, and none without.",
)
CATALOG_ORDER: Final = _catalog_property(
    "catalog-order",
    "wording",
    "SHOULD",
    _CATALOG,
    "Repositories are in lexical order.",
)
CATALOG_PAGE_SIZE: Final = _catalog_property(
    "catalog-page-size",
    "effect",
    "SHOULD",
    _CATALOG,
    "A page has at most `n` repositories.",
)
CATALOG_LINK: Final = _catalog_property(
    "catalog-link",
    "wording",
    "SHOULD",
    f"{_CATALOG}; RFC 8288 §3",
    "A Link of a page has a URL and rel=next.",
)

TAGS: Final = (
    *(TAGS_LIST, TAGS_ORDER, TAGS_NAME, TAGS_PAGE_SIZE, TAGS_ZERO, TAGS_LAST),
    *(TAGS_LAST_ABSENT, TAGS_PAGES, TAGS_LINK, TAGS_LINK_TOO_MANY, TAGS_ABSENT),
)
REFERRERS: Final = (
    *(REFERRERS_LIST, REFERRERS_TYPE, REFERRERS_DESCRIPTOR, REFERRERS_ARTIFACT_TYPE),
    *(REFERRERS_ANNOTATIONS, REFERRERS_FILTER, REFERRERS_FILTER_APPLIED),
    *(REFERRERS_FILTER_SILENT, REFERRERS_INVALID),
)
CATALOG: Final = (CATALOG_LIST, CATALOG_ORDER, CATALOG_PAGE_SIZE, CATALOG_LINK)
