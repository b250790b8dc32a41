"""ACR's documents: repositories, tags and manifests, with their attributes and times."""

from typing import Final

from pytest_acr.harness.properties.property import acr_property

# repositories

ACR_REPOSITORY_GET: Final = acr_property(
    "acr-repository-get",
    "effect",
    "acr-behaviour 4.1",
    "GET of a repository that has a manifest is 200 with a JSON object.",
)
ACR_REPOSITORY_NAME: Final = acr_property(
    "acr-repository-name",
    "wording",
    "acr-behaviour 4.3",
    "`imageName` is the repository's name.",
)
ACR_MANIFEST_COUNT: Final = acr_property(
    "acr-manifest-count",
    "effect",
    "acr-behaviour 4.3",
    "`manifestCount` is the number of manifests.",
)
ACR_TAG_COUNT: Final = acr_property(
    "acr-tag-count",
    "effect",
    "acr-behaviour 4.3",
    "`tagCount` is the number of tags.",
)
ACR_REPOSITORY_ATTRIBUTES: Final = acr_property(
    "acr-repository-attributes",
    "effect",
    "acr-behaviour 4.4",
    "The attributes of a repository are those that were set last; all are true at first.",
)
ACR_REPOSITORY_CREATED: Final = acr_property(
    "acr-repository-created",
    "effect",
    "acr-behaviour 4.3",
    "createdTime of a repository stays while it exists.",
)
ACR_REPOSITORY_UPDATED: Final = acr_property(
    "acr-repository-updated",
    "effect",
    "acr-behaviour 4.3",
    "lastUpdateTime of a repository stays while nothing is pushed to it or deleted from it; PATCH and reads leave it.",
)
ACR_REPOSITORY_ABSENT: Final = acr_property(
    "acr-repository-absent",
    "effect",
    "acr-behaviour 5 and 6",
    "A repository without a manifest is 404 below /acr/v1.",
)
ACR_REPOSITORY_ABSENT_CODE: Final = acr_property(
    "acr-repository-absent-code",
    "wording",
    "acr-behaviour 6",
    "The code of an absent repository is NAME_UNKNOWN.",
)

# tags

ACR_TAG_GET: Final = acr_property(
    "acr-tag-get",
    "effect",
    "acr-behaviour 4.1",
    "GET of a tag is 200 with an object `tag` of that name.",
)
ACR_TAG_DIGEST: Final = acr_property(
    "acr-tag-digest",
    "effect",
    "acr-behaviour 4.3",
    "`digest` of a tag is that of the manifest that was pushed to it last.",
)
ACR_TAG_SIGNED: Final = acr_property(
    "acr-tag-signed",
    "wording",
    "acr-behaviour 4.3",
    "A tag has `signed`: false.",
)
ACR_TAG_ATTRIBUTES: Final = acr_property(
    "acr-tag-attributes",
    "effect",
    "acr-behaviour 4.4",
    "The attributes of a tag are those that were set last; all are true at first.",
)
ACR_TAG_CREATED: Final = acr_property(
    "acr-tag-created",
    "effect",
    "acr-behaviour 4.3",
    "createdTime of a tag stays while it exists, also when it is moved.",
)
ACR_TAG_UPDATED: Final = acr_property(
    "acr-tag-updated",
    "effect",
    "acr-behaviour 4.3",
    "lastUpdateTime of a tag stays while nothing is pushed to it; PATCH and reads leave it.",
)
ACR_TAG_MOVED: Final = acr_property(
    "acr-tag-moved",
    "effect",
    "acr-behaviour 4.3",
    "A tag that is moved to another manifest has a later lastUpdateTime.",
)
ACR_TAG_ABSENT: Final = acr_property(
    "acr-tag-absent",
    "effect",
    "acr-behaviour 6",
    "A tag that was not pushed or is gone is 404 below /acr/v1.",
)
ACR_TAG_ABSENT_CODE: Final = acr_property(
    "acr-tag-absent-code",
    "wording",
    "acr-behaviour 6",
    "The code of an absent tag is TAG_UNKNOWN.",
)

# manifests

ACR_MANIFEST_GET: Final = acr_property(
    "acr-manifest-get",
    "effect",
    "acr-behaviour 4.1",
    "GET of a manifest's properties is 200 with an object `manifest` of that digest.",
)
ACR_MANIFEST_TYPE: Final = acr_property(
    "acr-manifest-type",
    "effect",
    "acr-behaviour 4.3",
    "`mediaType` is the type with which the manifest was pushed.",
)
ACR_MANIFEST_TAGS: Final = acr_property(
    "acr-manifest-tags",
    "effect",
    "acr-behaviour 4.3",
    "`tags` of a manifest are the tags that point to it.",
)
ACR_MANIFEST_UNTAGGED: Final = acr_property(
    "acr-manifest-untagged",
    "wording",
    "acr-behaviour 4.3",
    "A manifest without tags has no member `tags`.",
)
ACR_MANIFEST_SIZE: Final = acr_property(
    "acr-manifest-size",
    "effect",
    "acr-behaviour 4.3",
    "`imageSize` is the sum of the manifest, its config and its layers; of an index, its own "
    "bytes and its children's imageSize.",
)
ACR_MANIFEST_PLATFORM: Final = acr_property(
    "acr-manifest-platform",
    "effect",
    "acr-behaviour 4.3",
    "`architecture` and `os` are those in an image's config; otherwise they are absent.",
)
ACR_MANIFEST_CONFIG_TYPE: Final = acr_property(
    "acr-manifest-config-type",
    "effect",
    "acr-behaviour 4.3",
    "`configMediaType` is the type of the config; without a config it is absent.",
)
ACR_MANIFEST_REFERENCES: Final = acr_property(
    "acr-manifest-references",
    "effect",
    "acr-behaviour 4.3",
    "`references` of an index are its children, in its order.",
)
ACR_MANIFEST_REFERENCES_LISTED: Final = acr_property(
    "acr-manifest-references-listed",
    "wording",
    "acr-behaviour 4.3",
    "A manifest in a list, or one that is no index, has no `references`.",
)
ACR_MANIFEST_ATTRIBUTES: Final = acr_property(
    "acr-manifest-attributes",
    "effect",
    "acr-behaviour 4.4",
    "The attributes of a manifest are those that were set last; all are true at first.",
)
ACR_MANIFEST_CREATED: Final = acr_property(
    "acr-manifest-created",
    "effect",
    "acr-behaviour 4.3",
    "createdTime of a manifest stays while it exists.",
)
ACR_MANIFEST_UPDATED: Final = acr_property(
    "acr-manifest-updated",
    "effect",
    "acr-behaviour 4.3",
    "lastUpdateTime of a manifest stays when it gets or loses a tag or a referrer, and after PATCH.",
)
ACR_MANIFEST_ABSENT: Final = acr_property(
    "acr-manifest-absent",
    "effect",
    "acr-behaviour 6",
    "A manifest that was not pushed or is gone is 404 below /acr/v1.",
)
ACR_MANIFEST_ABSENT_CODE: Final = acr_property(
    "acr-manifest-absent-code",
    "wording",
    "acr-behaviour 6",
    "The code of an absent manifest is MANIFEST_UNKNOWN, or NAME_UNKNOWN for the repository.",
)

# times

ACR_TIME_FORM: Final = acr_property(
    "acr-time-form",
    "wording",
    "acr-behaviour 4.3",
    "A time has up to seven digits of a second, without zeros at their end, and `Z`.",
)
ACR_CREATED_ORDER: Final = acr_property(
    "acr-created-order",
    "effect",
    "acr-behaviour 4.3",
    "Of two tags or manifests, the one that was created later has no earlier createdTime.",
)
ACR_UPDATED_ORDER: Final = acr_property(
    "acr-updated-order",
    "effect",
    "acr-behaviour 4.3",
    "Of two tags or manifests, the one that was updated later has no earlier lastUpdateTime.",
)

ACR: Final = (
    *(ACR_REPOSITORY_GET, ACR_REPOSITORY_NAME, ACR_MANIFEST_COUNT, ACR_TAG_COUNT),
    *(ACR_REPOSITORY_ATTRIBUTES, ACR_REPOSITORY_CREATED, ACR_REPOSITORY_UPDATED),
    *(ACR_REPOSITORY_ABSENT, ACR_REPOSITORY_ABSENT_CODE, ACR_TAG_GET, ACR_TAG_DIGEST),
    *(ACR_TAG_SIGNED, ACR_TAG_ATTRIBUTES, ACR_TAG_CREATED, ACR_TAG_UPDATED, ACR_TAG_MOVED),
    *(ACR_TAG_ABSENT, ACR_TAG_ABSENT_CODE, ACR_MANIFEST_GET, ACR_MANIFEST_TYPE),
    *(ACR_MANIFEST_TAGS, ACR_MANIFEST_UNTAGGED, ACR_MANIFEST_SIZE, ACR_MANIFEST_PLATFORM),
    *(ACR_MANIFEST_CONFIG_TYPE, ACR_MANIFEST_REFERENCES, ACR_MANIFEST_REFERENCES_LISTED),
    *(ACR_MANIFEST_ATTRIBUTES, ACR_MANIFEST_CREATED, ACR_MANIFEST_UPDATED, ACR_MANIFEST_ABSENT),
    *(ACR_MANIFEST_ABSENT_CODE, ACR_TIME_FORM, ACR_CREATED_ORDER, ACR_UPDATED_ORDER),
)
