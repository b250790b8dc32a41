"""Changes through ACR's API: attributes, and deletes."""

from typing import Final

from pytest_acr.harness.properties.property import acr_property

ACR_PATCH: Final = acr_property(
    "acr-patch",
    "effect",
    "acr-behaviour 4.4",
    "PATCH of some attributes is 200, whatever the present attributes are.",
)
ACR_PATCH_ANSWER: Final = acr_property(
    "acr-patch-answer",
    "wording",
    "acr-behaviour 4.4",
    "PATCH answers with the whole new object, as GET does.",
)
ACR_PATCH_ABSENT: Final = acr_property(
    "acr-patch-absent",
    "effect",
    "acr-behaviour 4.4",
    "PATCH of an absent repository, tag or manifest is 404.",
)
ACR_TAG_DELETE: Final = acr_property(
    "acr-tag-delete",
    "effect",
    "acr-behaviour 5",
    "DELETE of a tag is 202, and removes the tag alone.",
)
ACR_TAG_DELETE_DIGEST: Final = acr_property(
    "acr-tag-delete-digest",
    "wording",
    "acr-behaviour 2.2",
    "DELETE of a tag has its manifest's digest in X-Ms-Int-Docker-Content-Digest.",
)
ACR_TAG_DELETE_ABSENT: Final = acr_property(
    "acr-tag-delete-absent",
    "effect",
    "acr-behaviour 5",
    "DELETE of an absent tag is 404.",
)
ACR_REPOSITORY_DELETE: Final = acr_property(
    "acr-repository-delete",
    "effect",
    "acr-behaviour 5",
    "DELETE of a repository is 202, and removes it with all that it contains.",
)
ACR_REPOSITORY_DELETE_MANIFESTS: Final = acr_property(
    "acr-repository-delete-manifests",
    "wording",
    "acr-behaviour 5",
    "DELETE of a repository lists its digests in order.",
)
ACR_REPOSITORY_DELETE_TAGS: Final = acr_property(
    "acr-repository-delete-tags",
    "wording",
    "acr-behaviour 5",
    "DELETE of a repository lists its tags; without tags the list is null.",
)
ACR_REPOSITORY_DELETE_ABSENT: Final = acr_property(
    "acr-repository-delete-absent",
    "effect",
    "acr-behaviour 5",
    "DELETE of an absent repository is 404.",
)

ACR_CHANGES: Final = (
    *(ACR_PATCH, ACR_PATCH_ANSWER, ACR_PATCH_ABSENT, ACR_TAG_DELETE, ACR_TAG_DELETE_DIGEST),
    *(ACR_TAG_DELETE_ABSENT, ACR_REPOSITORY_DELETE, ACR_REPOSITORY_DELETE_MANIFESTS),
    *(ACR_REPOSITORY_DELETE_TAGS, ACR_REPOSITORY_DELETE_ABSENT),
)
