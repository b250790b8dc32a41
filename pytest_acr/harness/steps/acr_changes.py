"""Steps that change ACR's attributes, and delete tags and repositories."""

from typing import Final, cast

from pytest_acr.harness.acr_lists import MANIFEST_LIST, TAG_LIST
from pytest_acr.harness.acr_model import ATTRIBUTES, ItemLevel
from pytest_acr.harness.changing_acr import (
    KINDS,
    REPOSITORY_KIND,
    TAG_KIND,
    ItemKind,
    change_and_check,
    send_patch,
)
from pytest_acr.harness.contents import CONFIGS
from pytest_acr.harness.documents import image_document, index_document, write_manifest
from pytest_acr.harness.model import RepositoryModel, digest_of
from pytest_acr.harness.properties import acr_changes as p
from pytest_acr.harness.reading_acr import check_metadata
from pytest_acr.harness.reading_acr_lists import check_acr_catalog, check_list
from pytest_acr.harness.reading_catalog import check_catalog
from pytest_acr.harness.reading_lists import check_tags
from pytest_acr.harness.steps.acr_items import ensure_tag, remove_repository, remove_tag
from pytest_acr.harness.steps.blobs import push_content
from pytest_acr.harness.steps.pushing import TAGS, push_manifest
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, numbers, pick
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import start

LEVEL: Final = tuple(KINDS)

_STAYS_ON_REPOSITORY: Final = frozenset({"deleteEnabled", "listEnabled"})
"""Other attributes of a repository are put back at once: without them hardly a step does anything."""


def change_attributes(
    trial: Trial,
    *,
    repository: int,
    level: str,
    which: int,
    first: int,
    second: int,
    value: bool,
    keep: bool,
) -> None:
    """Set one attribute, and then another one. Mostly both are set to true again at once."""
    ensure_tag(trial, repository, which)
    model = trial.models[repository]
    kind = KINDS[cast(ItemLevel, level)]
    name = pick(list(kind.records(model)), which)
    chosen = (ATTRIBUTES[first], ATTRIBUTES[second])

    for attribute in chosen:
        change_and_check(trial, model, kind, name, {attribute: value})
        if attribute == "listEnabled":
            _check_lists_with(trial, model, kind)

    stays = keep and (kind is not REPOSITORY_KIND or _STAYS_ON_REPOSITORY.issuperset(chosen))
    if not value and not stays:
        change_and_check(trial, model, kind, name, dict.fromkeys(chosen, True))
    trial.note_effect()


def _check_lists_with(trial: Trial, model: RepositoryModel, kind: ItemKind) -> None:
    """Compare the lists that may have an item of a kind."""
    if kind is REPOSITORY_KIND:
        check_acr_catalog(trial, 1)
        if trial.capabilities.catalog:
            check_catalog(trial, 1)
    elif kind is TAG_KIND:
        check_list(trial, model, TAG_LIST)
        check_tags(trial, model)
    else:
        check_list(trial, model, MANIFEST_LIST)


def change_absent(trial: Trial, *, repository: int, level: str, which: int) -> None:
    """Set an attribute of something that was never pushed, or is gone."""
    model = trial.models[repository]
    kind = KINDS[cast(ItemLevel, level)] if not model.exists or level != "repository" else TAG_KIND
    path = kind.path(model, pick(kind.gone(model), which))
    response = send_patch(trial, path, {"writeEnabled": False})
    trial.require_status(response, p.ACR_PATCH_ABSENT, 404)
    kind.check_absent(trial, response)
    trial.note_effect()


def delete_item(trial: Trial, *, repository: int, level: str, which: int) -> None:
    """Delete a repository, or a tag, through ACR's routes; or one that is absent."""
    model = trial.models[repository]
    if cast(ItemLevel, level) == REPOSITORY_KIND.level:
        if which % 2:
            ensure_tag(trial, repository, which)
            start(trial, repository, "sha256")
        remove_repository(trial, repository)
    else:
        ensure_tag(trial, repository, which)
        remove_tag(trial, repository, pick([*model.tags, TAG_KIND.gone(model)[0]], which))
    trial.note_effect()


def push_platform(trial: Trial, *, repository: int, which: int, tag: int, indexed: bool) -> None:
    """Push an image whose config names a platform, and an index that refers to it."""
    config = pick(CONFIGS, which)
    push_content(trial, repository, config, digest_of(config), single=True)
    described = image_document(config, [], docker=which % 2 == 1)
    image = write_manifest(described, described["mediaType"], 0)
    push_manifest(trial, repository, image, None if indexed else TAGS[tag])

    if indexed:
        document = index_document([image])
        document["manifests"][0]["platform"] = {"architecture": "amd64", "os": "linux"}
        index = write_manifest(document, document["mediaType"], 0)
        push_manifest(trial, repository, index, TAGS[tag])
        check_metadata(trial, trial.models[repository], index.digest)
    check_metadata(trial, trial.models[repository], image.digest)
    trial.note_effect()


_TAG: Final = numbers(len(TAGS))

ACR_CHANGE_STEPS: Final = (
    Step(
        name="push_platform",
        area="acr",
        act=push_platform,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "tag": _TAG,
            "indexed": EITHER,
        },
        needs=("acr",),
    ),
    Step(
        name="change_attributes",
        area="acr",
        act=change_attributes,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "level": LEVEL,
            "which": PICK,
            "first": numbers(4),
            "second": numbers(4),
            "value": (False, False, True),
            "keep": (False, False, False, True),
        },
        needs=("acr",),
    ),
    Step(
        name="change_absent",
        area="acr",
        act=change_absent,
        arguments={"repository": REPOSITORY, "level": LEVEL, "which": PICK},
        needs=("acr",),
    ),
    Step(
        name="delete_item",
        area="acr",
        act=delete_item,
        arguments={
            "repository": REPOSITORY,
            "level": ("tag", "tag", "tag", "repository"),
            "which": PICK,
        },
        needs=("acr",),
    ),
)
