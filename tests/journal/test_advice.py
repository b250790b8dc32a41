"""Advice for one refused request: said where it is certain, and nowhere else."""

from typing import Any

import pytest

from fake_registry.journal.advice import advice_on
from fake_registry.spec import media_types
from fake_registry.spec.manifest import read_manifest
from tests.support.exchanges import exchanges_of
from tests.support.http import IMAGE
from tests.support.known_content import KnownContent

MANIFEST = read_manifest(IMAGE, media_types.OCI_MANIFEST)
BLOB = f"sha256:{'1' * 64}"
OTHER = f"sha256:{'2' * 64}"

PUSH = {"method": "PUT", "endpoint": "manifest.put", "repository": "dev/web", "reference": "1.0", "status": 400}
NO_BLOB = PUSH | {"failure": f"the repository has no blob or manifest {BLOB}"}
NO_MANIFEST = PUSH | {"failure": f"the repository has no blob or manifest {MANIFEST.digest}"}
PULL = {"endpoint": "manifest.get", "repository": "dev/web", "reference": "1.1", "status": 404}
NO_TAG = PULL | {"failure": "repository dev/web has no tag 1.1"}
WRONG_DIGEST = {
    "method": "PUT",
    "endpoint": "upload.finish",
    "repository": "dev/web",
    "status": 400,
    "failure": f"expected digest {BLOB}, found {OTHER}",
}


def advice_for(fields: dict[str, Any], **content: Any) -> str:  # Any: of fields
    (exchange,) = exchanges_of(fields)
    return advice_on(exchange, KnownContent(**content))


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        (NO_BLOB, f"Push {BLOB} to dev/web before the manifest, which refers to it."),
        (
            PUSH | {"failure": f"the repository has no blob or manifest {BLOB}, {NO_MANIFEST['failure']}"},
            f"Push {BLOB}, {MANIFEST.digest} to dev/web before the manifest, which refers to it.",
        ),
        (WRONG_DIGEST, f"The bytes that were sent have the digest {OTHER}: send this digest, or the bytes of {BLOB}."),
    ],
)
def test_refused_push_has_what_to_send(fields: dict[str, Any], advice: str) -> None:
    assert advice_for(fields) == advice


def test_hint_that_one_request_supports_is_advice() -> None:
    assert advice_for(NO_TAG, tagged={"dev/web": ["1.0"]}) == "There is no tag 1.1 in dev/web. It has: 1.0."


def test_blob_of_another_repository_is_to_be_mounted() -> None:
    advice = f"Blob {BLOB} is in dev/api, not in dev/web: upload it there too, or mount it."
    assert advice_for(NO_BLOB, blobs={BLOB: ["dev/api"]}) == advice


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        (NO_BLOB, {"blobs": {BLOB: ["dev/web"]}}),
        (NO_MANIFEST, {"kept": [MANIFEST]}),
        (NO_TAG, {"tagged": {"dev/web": ["1.1"]}}),
        (NO_TAG, {}),
    ],
)
def test_what_is_there_now_needs_no_advice(fields: dict[str, Any], content: dict[str, Any]) -> None:
    assert advice_for(fields, **content) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"status": 201},
        {"status": None},
        {"faults": ("Refuse(400)",)},
        {"endpoint": "blob.get"},
        {"failure": None},
        {"failure": "no credentials", "status": 401},
    ],
)
@pytest.mark.parametrize("refused", [NO_BLOB, WRONG_DIGEST], ids=["blob", "digest"])
def test_other_request_needs_no_advice(refused: dict[str, Any], change: dict[str, Any]) -> None:
    assert advice_for(refused | change) == ""


def test_fault_without_effect_leaves_the_advice() -> None:
    assert advice_for(NO_BLOB | {"faults": ("Corrupt(offset=9) without effect",)}) == advice_for(NO_BLOB)
