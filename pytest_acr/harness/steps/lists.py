"""Steps that read lists: tags, referrers and repositories."""

from typing import Final

from pytest_acr.harness.documents import ARTIFACT_TYPES, EXAMPLE_CONFIG
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import lists as p
from pytest_acr.harness.reading_catalog import check_catalog
from pytest_acr.harness.reading_lists import (
    check_referrers,
    check_tag_page,
    check_tags,
    referrers_path,
    walk_tags,
)
from pytest_acr.harness.steps.pushing import TAGS, ensure_image, push_manifest
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step, numbers, pick
from pytest_acr.harness.trial import Trial

_BETWEEN: Final = ("0", "A", "M", "b", "latest0", "z")
"""Tags that are never pushed: `last` may be one of them."""


_NO_SIZE: Final = 5
"""The size of a page that is asked for without `n`."""


def list_tags(trial: Trial, *, repository: int) -> None:
    """Read all tags."""
    check_tags(trial, trial.models[repository])
    trial.note_effect()


def page_tags(trial: Trial, *, repository: int, which: int, size: int, last: int) -> None:
    """Read one page of tags, which may begin after a tag, or all that come after it."""
    model = trial.models[repository]
    _ensure_tags(trial, repository, which)
    options = [None, *sorted(model.tags), *_BETWEEN]
    check_tag_page(trial, model, None if size == _NO_SIZE else size, pick(options, last))
    trial.note_effect()


def follow_tags(trial: Trial, *, repository: int, which: int, size: int) -> None:
    """Read all tags in pages."""
    _ensure_tags(trial, repository, which)
    walk_tags(trial, trial.models[repository], size)
    trial.note_effect()


def _ensure_tags(trial: Trial, repository: int, which: int) -> None:
    """Push tags until the repository has two."""
    model = trial.models[repository]
    manifest = ensure_image(trial, repository, which)
    for tag in TAGS:
        if len(model.tags) >= 2:
            return
        if tag not in model.tags:
            push_manifest(trial, repository, manifest, tag)


def list_referrers(trial: Trial, *, repository: int, which: int, kind: int) -> None:
    """Read the referrers of a digest: all of them, or those of one type."""
    model = trial.models[repository]
    subjects = {manifest.subject for manifest in model.manifests.values() if manifest.subject}
    options = [*sorted(subjects), *model.manifests, digest_of(b"never pushed")]
    types = (None, *ARTIFACT_TYPES, EXAMPLE_CONFIG, "application/vnd.example.sbom")
    if not model.was_touched:
        ensure_image(trial, repository, which)
    check_referrers(trial, model, pick(options, which), types[kind])
    trial.note_effect()


def list_invalid_referrers(trial: Trial, *, repository: int, digest: str) -> None:
    """Read the referrers of a malformed digest."""
    ensure_image(trial, repository, 0)
    response = trial.call("GET", referrers_path(trial.models[repository], digest))
    if not trial.dialect.acr:
        trial.require_status(response, p.REFERRERS_INVALID, 400)
    trial.note_effect()


def list_catalog(trial: Trial, *, size: int) -> None:
    """Read the catalogue in pages."""
    check_catalog(trial, size)
    trial.note_effect()


LIST_STEPS: Final = (
    Step(
        name="list_tags",
        area="tags",
        act=list_tags,
        arguments={"repository": REPOSITORY},
    ),
    Step(
        name="page_tags",
        area="tags",
        act=page_tags,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "size": numbers(_NO_SIZE + 1),
            "last": PICK,
        },
    ),
    Step(
        name="follow_tags",
        area="tags",
        act=follow_tags,
        arguments={"repository": REPOSITORY, "which": PICK, "size": (1, 2, 3)},
    ),
    Step(
        name="list_referrers",
        area="referrers",
        act=list_referrers,
        weight=2,
        arguments={"repository": REPOSITORY, "which": PICK, "kind": numbers(5)},
        needs=("referrers",),
    ),
    Step(
        name="list_invalid_referrers",
        area="referrers",
        act=list_invalid_referrers,
        arguments={
            "repository": REPOSITORY,
            "digest": ("sha256:abc", "nothing", "sha256:" + "g" * 64),
        },
        needs=("referrers",),
    ),
    Step(
        name="list_catalog",
        area="catalog",
        act=list_catalog,
        arguments={"size": (1, 2, 3)},
        needs=("catalog",),
    ),
)
