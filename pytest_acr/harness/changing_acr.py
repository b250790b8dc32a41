"""Changing ACR's attributes: locks and unlocks. Steps and the last check share it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from pytest_acr.harness.acr_model import AcrRecord, Attribute, ItemLevel
from pytest_acr.harness.json_bodies import Json, decode_json
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import acr_changes as p
from pytest_acr.harness.reading_acr import (
    NEVER_PUSHED,
    acr_path,
    check_manifest_document,
    check_metadata,
    check_metadata_absent,
    check_repository,
    check_repository_absent,
    check_repository_document,
    check_tag,
    check_tag_absent,
    check_tag_document,
    metadata_path,
    tag_path,
)
from pytest_acr.harness.reading_lists import member
from pytest_acr.harness.trial import Trial

_AS_JSON: Final = (("Content-Type", "application/json"),)


class ItemKind(NamedTuple):
    """How the items of a level are addressed, and how their documents are compared.

    An item is named by its tag or digest; a repository's name is in the model.
    """

    level: ItemLevel
    path: Callable[[RepositoryModel, str], str]
    records: Callable[[RepositoryModel], Mapping[str, AcrRecord]]
    gone: Callable[[RepositoryModel], list[str]]
    """Names that were there, or never."""
    object_in: Callable[[Json], Json]
    """Return the item in a document."""
    key: str
    """The member that has its name."""
    check: Callable[[Trial, RepositoryModel, str], None]
    check_document: Callable[[Trial, RepositoryModel, Json], None]
    check_absent: Callable[[Trial, RawResponse], None]


def _repository_records(model: RepositoryModel) -> Mapping[str, AcrRecord]:
    return {model.name: model.acr.repository} if model.exists else {}


REPOSITORY_KIND: Final = ItemKind(
    level="repository",
    path=lambda model, _name: acr_path(model),
    records=_repository_records,
    gone=lambda model: [] if model.exists else [model.name],
    object_in=lambda document: document,
    key="imageName",
    check=lambda trial, model, _name: check_repository(trial, model),
    check_document=check_repository_document,
    check_absent=check_repository_absent,
)
MANIFEST_KIND: Final = ItemKind(
    level="manifest",
    path=metadata_path,
    records=lambda model: model.acr.manifests,
    gone=lambda model: [*sorted(model.gone_manifests), NEVER_PUSHED],
    object_in=lambda document: member(document, "manifest"),
    key="digest",
    check=check_metadata,
    check_document=check_manifest_document,
    check_absent=check_metadata_absent,
)
TAG_KIND: Final = ItemKind(
    level="tag",
    path=tag_path,
    records=lambda model: model.acr.tags,
    gone=lambda model: [*sorted(model.gone_tags), "never-pushed"],
    object_in=lambda document: member(document, "tag"),
    key="name",
    check=check_tag,
    check_document=check_tag_document,
    check_absent=check_tag_absent,
)
KINDS: Final[Mapping[ItemLevel, ItemKind]] = {
    "repository": REPOSITORY_KIND,
    "manifest": MANIFEST_KIND,
    "tag": TAG_KIND,
}


def change_and_check(
    trial: Trial,
    model: RepositoryModel,
    kind: ItemKind,
    name: str,
    changes: Mapping[Attribute, bool],
) -> None:
    """Set attributes of an item that exists; compare the response, and then GET, with the model."""
    response = patch(trial, model, kind, name, changes)

    found = kind.object_in(decode_json(response))
    is_whole = member(found, kind.key) == name
    trial.require(is_whole, p.ACR_PATCH_ANSWER, f'an object with `{kind.key}` "{name}"')
    if is_whole:
        kind.check_document(trial, model, found)

    kind.check(trial, model, name)


def patch(
    trial: Trial,
    model: RepositoryModel,
    kind: ItemKind,
    name: str,
    changes: Mapping[Attribute, bool],
) -> RawResponse:
    """Set attributes of an item that exists. Returns the response, whose body is not compared."""
    response = send_patch(trial, kind.path(model, name), changes)
    trial.require_status(response, p.ACR_PATCH, 200)
    kind.records(model)[name].attributes.update(changes)
    return response


def send_patch(trial: Trial, path: str, changes: Mapping[Attribute, bool]) -> RawResponse:
    """Send a PATCH of some attributes."""
    return trial.call("PATCH", path, dict(_AS_JSON), json.dumps(dict(changes)).encode())


def items_of(model: RepositoryModel) -> Iterator[tuple[ItemKind, str, AcrRecord]]:
    """Yield the repository, if it exists, its manifests and its tags."""
    for kind in KINDS.values():
        for name, record in kind.records(model).items():
            yield kind, name, record
