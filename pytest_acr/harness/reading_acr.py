"""Reading ACR's documents, compared with the model. Steps and the last check share it."""

from typing import Final
from urllib.parse import quote

from pytest_acr.harness.acr_model import ATTRIBUTES, INDEXES, AcrRecord
from pytest_acr.harness.json_bodies import Json, decode_json
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel, digest_of
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import acr as p
from pytest_acr.harness.reading import check_code
from pytest_acr.harness.reading_lists import member
from pytest_acr.harness.times import TimeProperties, check_times
from pytest_acr.harness.trial import Trial

_REPOSITORY_TIMES: Final = TimeProperties(p.ACR_REPOSITORY_CREATED, p.ACR_REPOSITORY_UPDATED, p.ACR_REPOSITORY_UPDATED)
_TAG_TIMES: Final = TimeProperties(p.ACR_TAG_CREATED, p.ACR_TAG_UPDATED, p.ACR_TAG_MOVED)
_MANIFEST_TIMES: Final = TimeProperties(p.ACR_MANIFEST_CREATED, p.ACR_MANIFEST_UPDATED, p.ACR_MANIFEST_UPDATED)


def acr_path(model: RepositoryModel, rest: str = "") -> str:
    """Return a path below /acr/v1. The SDKs write the slash in a name as %2F (2.4)."""
    return f"/acr/v1/{quote(model.name, safe='')}{rest}"


def tag_path(model: RepositoryModel, tag: str) -> str:
    """Return the path of a tag's properties."""
    return acr_path(model, f"/_tags/{tag}")


def metadata_path(model: RepositoryModel, digest: str) -> str:
    """Return the path of a manifest's properties."""
    return acr_path(model, f"/_manifests/{digest}")


# repositories


def check_repository(trial: Trial, model: RepositoryModel) -> None:
    """Compare the properties of a repository with the model."""
    response = trial.call("GET", acr_path(model))
    if not model.exists:
        check_repository_absent(trial, response)
        return
    trial.require_status(response, p.ACR_REPOSITORY_GET, 200)
    check_repository_document(trial, model, decode_json(response))


def check_repository_absent(trial: Trial, response: RawResponse) -> None:
    """Check that a repository without a manifest is 404."""
    trial.require_status(response, p.ACR_REPOSITORY_ABSENT, 404)
    check_code(trial, response, p.ACR_REPOSITORY_ABSENT_CODE, "NAME_UNKNOWN")


def check_repository_document(trial: Trial, model: RepositoryModel, document: Json) -> None:
    """Compare a repository's properties with the model."""
    trial.require(isinstance(document, dict), p.ACR_REPOSITORY_GET, "a JSON object")
    _compare(trial, p.ACR_REPOSITORY_NAME, model.name, document.get("imageName"))
    _compare(trial, p.ACR_MANIFEST_COUNT, len(model.manifests), document.get("manifestCount"))
    _compare(trial, p.ACR_TAG_COUNT, len(model.tags), document.get("tagCount"))

    record = model.acr.repository
    _check_attributes(trial, p.ACR_REPOSITORY_ATTRIBUTES, record, document)
    check_times(trial, _REPOSITORY_TIMES, record, document)


# tags


def check_tag(trial: Trial, model: RepositoryModel, tag: str) -> None:
    """Compare the properties of a tag with the model, which has it or has it not."""
    response = trial.call("GET", tag_path(model, tag))
    if tag not in model.tags:
        check_tag_absent(trial, response)
        return
    trial.require_status(response, p.ACR_TAG_GET, 200)
    document = member(decode_json(response), "tag")
    trial.require(member(document, "name") == tag, p.ACR_TAG_GET, f'{{"tag": {{"name": "{tag}"}}}}')
    check_tag_document(trial, model, document)


def check_tag_absent(trial: Trial, response: RawResponse) -> None:
    """Check that a tag is 404."""
    trial.require_status(response, p.ACR_TAG_ABSENT, 404)
    others = () if trial.dialect.acr else ("NAME_UNKNOWN", "MANIFEST_UNKNOWN")
    check_code(trial, response, p.ACR_TAG_ABSENT_CODE, "TAG_UNKNOWN", *others)


def check_tag_document(trial: Trial, model: RepositoryModel, document: Json) -> None:
    """Compare a tag's properties, alone or in a list, with the model."""
    tag = document["name"]
    _compare(trial, p.ACR_TAG_DIGEST, model.tags[tag], document.get("digest"))
    _compare(trial, p.ACR_TAG_SIGNED, False, document.get("signed"))  # noqa: FBT003
    record = model.acr.tags[tag]
    _check_attributes(trial, p.ACR_TAG_ATTRIBUTES, record, document)
    check_times(trial, _TAG_TIMES, record, document)


# manifests


def check_metadata(trial: Trial, model: RepositoryModel, digest: str) -> None:
    """Compare the properties of a manifest with the model, which has it or has it not."""
    response = trial.call("GET", metadata_path(model, digest))
    if digest not in model.manifests:
        check_metadata_absent(trial, response)
        return
    trial.require_status(response, p.ACR_MANIFEST_GET, 200)
    document = member(decode_json(response), "manifest")
    is_found = member(document, "digest") == digest
    trial.require(is_found, p.ACR_MANIFEST_GET, f'{{"manifest": {{"digest": "{digest}"}}}}')

    check_manifest_document(trial, model, document)
    _check_references(trial, model, document)


def check_metadata_absent(trial: Trial, response: RawResponse) -> None:
    """Check that the properties of a manifest are 404."""
    trial.require_status(response, p.ACR_MANIFEST_ABSENT, 404)
    codes = ("MANIFEST_UNKNOWN", "NAME_UNKNOWN")
    check_code(trial, response, p.ACR_MANIFEST_ABSENT_CODE, *codes)


def check_manifest_document(trial: Trial, model: RepositoryModel, document: Json) -> None:
    """Compare a manifest's properties, alone or in a list, with the model."""
    digest = document["digest"]
    record = model.acr.manifests[digest]
    media_type = model.manifests[digest].media_type
    _compare(trial, p.ACR_MANIFEST_TYPE, media_type, document.get("mediaType"))

    tags = document.get("tags")
    found = sorted(tags) if isinstance(tags, list) else tags or []
    _compare(trial, p.ACR_MANIFEST_TAGS, sorted(model.tags_of(digest)), found)
    trial.require(tags is None or bool(tags), p.ACR_MANIFEST_UNTAGGED, "no `tags`", str(tags))

    for name, wanted in record.metadata.items():
        _compare(trial, _MEMBERS[name], wanted, document.get(name))
    _check_attributes(trial, p.ACR_MANIFEST_ATTRIBUTES, record, document)
    check_times(trial, _MANIFEST_TIMES, record, document)


_MEMBERS: Final = {
    "imageSize": p.ACR_MANIFEST_SIZE,
    "architecture": p.ACR_MANIFEST_PLATFORM,
    "os": p.ACR_MANIFEST_PLATFORM,
    "configMediaType": p.ACR_MANIFEST_CONFIG_TYPE,
}
"""Members whose values the model has, and their properties."""


def _check_references(trial: Trial, model: RepositoryModel, document: Json) -> None:
    """Compare the children of an index, in their order."""
    manifest = model.manifests[document["digest"]]
    is_index = manifest.media_type in INDEXES
    children = manifest.document.get("manifests", ()) if is_index else ()
    wanted = [(child["digest"], *_platform_of(child)) for child in children]
    references = document.get("references")
    if not children:
        no_references(trial, document)
        return

    entries = references if isinstance(references, list) else []
    names = ("digest", "architecture", "os")
    found = [tuple(member(each, name) for name in names) for each in entries]
    _compare(trial, p.ACR_MANIFEST_REFERENCES, wanted, found)


def no_references(trial: Trial, document: Json) -> None:
    """Check that a manifest in a list, or one that is no index, has no references."""
    found = document.get("references")
    trial.require(not found, p.ACR_MANIFEST_REFERENCES_LISTED, "no `references`", str(found))


def _platform_of(child: Json) -> tuple[str | None, str | None]:
    platform = child.get("platform") or {}
    return platform.get("architecture"), platform.get("os")


# parts


def _check_attributes(trial: Trial, wanted: Property, record: AcrRecord, document: Json) -> None:
    attributes = document.get("changeableAttributes")
    found = {name: member(attributes, name) for name in ATTRIBUTES}
    _compare(trial, wanted, record.attributes, found)


def _compare(trial: Trial, wanted: Property, expected: object, found: object) -> None:
    is_same = expected == found
    trial.require(is_same, wanted, "" if is_same else str(expected), "" if is_same else str(found))


NEVER_PUSHED: Final = digest_of(b"never pushed")
