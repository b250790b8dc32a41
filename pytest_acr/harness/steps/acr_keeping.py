"""Steps about locks that have to outlast a change next to them."""

from typing import Final

from pytest_acr.harness.changing_acr import MANIFEST_KIND, TAG_KIND, change_and_check
from pytest_acr.harness.documents import describe, referrer_document, write_manifest
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.pushing import TAGS, ensure_image, make_image, push_manifest
from pytest_acr.harness.steps.references import delete_digest
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, numbers
from pytest_acr.harness.trial import Trial


def delete_subject(trial: Trial, *, repository: int, which: int, kind: int, locked: bool) -> None:
    """Delete a manifest that has a referrer, which may be locked."""
    model = trial.models[repository]
    config, _ = ensure_blob(trial, repository, 4)
    subject = make_image(trial, repository, which, 1)
    push_manifest(trial, repository, subject, None)
    described = describe(subject.content, subject.media_type)
    document = referrer_document(config, described, kind, "kept")
    referrer = write_manifest(document, document["mediaType"], 0)
    push_manifest(trial, repository, referrer, None)

    if locked:
        change_and_check(trial, model, MANIFEST_KIND, referrer.digest, {"deleteEnabled": False})
    delete_digest(trial, repository, subject.digest)
    if referrer.digest in model.manifests and locked:
        change_and_check(trial, model, MANIFEST_KIND, referrer.digest, {"deleteEnabled": True})
    trial.note_effect()


def move_locked_tag(trial: Trial, *, repository: int, which: int, tag: int) -> None:
    """Move a tag that must not be deleted: its attributes stay."""
    model = trial.models[repository]
    name = TAGS[tag]
    push_manifest(trial, repository, ensure_image(trial, repository, which), name)
    change_and_check(trial, model, TAG_KIND, name, {"deleteEnabled": False})
    push_manifest(trial, repository, make_image(trial, repository, which + 1, 2), name)
    TAG_KIND.check(trial, model, name)
    change_and_check(trial, model, TAG_KIND, name, {"deleteEnabled": True})
    trial.note_effect()


ACR_KEEPING_STEPS: Final = (
    Step(
        name="delete_subject",
        area="acr",
        act=delete_subject,
        arguments={
            "repository": REPOSITORY,
            "which": PICK,
            "kind": numbers(4),
            "locked": EITHER,
        },
        needs=("acr", "delete_manifests", "referrers"),
    ),
    Step(
        name="move_locked_tag",
        area="acr",
        act=move_locked_tag,
        arguments={"repository": REPOSITORY, "which": PICK, "tag": numbers(len(TAGS))},
        needs=("acr",),
    ),
)
