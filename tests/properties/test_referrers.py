"""The referrers of a digest are the manifests there are whose subject it is, after any history.

Sources: distribution-spec v1.1.1, Pushing Manifests with Subject, Listing Referrers (end-12);
image-spec v1.1, Image Manifest and Image Index (`artifactType`, `subject`).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.properties.content import CONFIG, INDEX, MANIFEST, REPOSITORIES, digest_by, entry_of
from tests.properties.observing import get, pages_of
from tests.support.effort import examples
from tests.support.http import registry_of, send

HELLO: Final = REPOSITORIES[0]
ABSENT: Final = digest_by(b"never pushed")
TYPES: Final = ("application/vnd.example.sbom", "application/vnd.example.signature")
CONFIG_TYPE: Final = "application/vnd.example.config"


@dataclass(frozen=True)
class Artifact:
    """A manifest, and the facts that a list of referrers has of it."""

    content: bytes
    media_type: str
    subject: str | None
    artifact_type: str | None
    annotations: dict[str, str] = field(hash=False)

    @property
    def digest(self) -> str:
        return digest_by(self.content)

    @property
    def descriptor(self) -> dict[str, Any]:  # Any: JSON
        """The descriptor in a list of referrers.

        The artifactType of an image is that of its config if it has none; an index without one has
        none (Listing Referrers). Annotations are those of the manifest.
        """
        found: dict[str, Any] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.content),
        }
        if self.artifact_type is not None:
            found["artifactType"] = self.artifact_type
        return found | ({"annotations": self.annotations} if self.annotations else {})


@st.composite
def artifacts(draw: DrawFn) -> list[Artifact]:
    """Draw images and indexes, most of which have one of the earlier ones as their subject."""
    found: list[Artifact] = []
    for number in range(draw(st.integers(1, 6))):
        digests = [one.digest for one in found]
        subject = draw(st.sampled_from([*digests, *digests, ABSENT, None]))
        found.append(draw_artifact(draw, number, subject))
    return found


def draw_artifact(draw: DrawFn, number: int, subject: str | None) -> Artifact:
    artifact_type = draw(st.sampled_from((None, *TYPES)))
    annotations = draw(st.sampled_from(({}, {"org.example": "value"})))
    is_image = draw(st.booleans())

    document: dict[str, Any] = {"schemaVersion": 2, "number": number}
    if is_image:
        document |= {"mediaType": MANIFEST, "config": entry_of(CONFIG, CONFIG_TYPE), "layers": []}
    else:
        document |= {"mediaType": INDEX, "manifests": []}
    if artifact_type is not None:
        document["artifactType"] = artifact_type
    if subject is not None:
        document["subject"] = {"mediaType": MANIFEST, "digest": subject, "size": 7}
    if annotations:
        document["annotations"] = annotations

    listed_type = artifact_type or (CONFIG_TYPE if is_image else None)
    content = json.dumps(document).encode()
    return Artifact(content, str(document["mediaType"]), subject, listed_type, annotations)


def push(registry: FakeRegistry, artifact: Artifact, reference: str = "") -> None:
    target = f"/v2/{HELLO}/manifests/{reference or artifact.digest}"
    found = send(registry, "PUT", target, artifact.content, {"Content-Type": artifact.media_type})

    assert found.status == 201
    assert dict(found.headers).get("OCI-Subject") == artifact.subject


def delete(registry: FakeRegistry, digest: str) -> int:
    return send(registry, "DELETE", f"/v2/{HELLO}/manifests/{digest}").status


def check_referrers(registry: FakeRegistry, present: Iterable[Artifact], subjects: Sequence[str]) -> None:
    """Compare the referrers of each digest with those `present`: all, by type, in pages of one."""
    for subject in subjects:
        expected = [one for one in present if one.subject == subject]
        target = f"/v2/{HELLO}/referrers/{subject}"

        assert listed_at(registry, target) == sorted_descriptors(expected)
        assert listed_at(registry, f"{target}?n=1") == sorted_descriptors(expected)
        for artifact_type in (*TYPES, CONFIG_TYPE):
            of_type = [one for one in expected if one.artifact_type == artifact_type]
            filtered = f"{target}?artifactType={artifact_type}"
            assert listed_at(registry, filtered) == sorted_descriptors(of_type)
            assert get(registry, filtered).header("OCI-Filters-Applied") == "artifactType"


def listed_at(registry: FakeRegistry, target: str) -> list[dict[str, Any]]:  # Any: JSON
    """Return the descriptors of all pages, by digest; each digest is listed once."""
    entries = [entry for page in pages_of(registry, target) for entry in page.json["manifests"]]
    assert len({entry["digest"] for entry in entries}) == len(entries)
    return sorted(entries, key=lambda entry: str(entry["digest"]))


def sorted_descriptors(found: Iterable[Artifact]) -> list[dict[str, Any]]:  # Any: JSON
    return sorted((one.descriptor for one in found), key=lambda entry: str(entry["digest"]))


def cascade(present: Sequence[Artifact], digest: str) -> list[Artifact]:
    """Return what is left after a delete in profile `acr`: referrers go with their subject."""
    left = [one for one in present if one.digest != digest]
    for referrer in [one for one in left if one.subject == digest]:
        left = cascade(left, referrer.digest)
    return left


@pytest.mark.parametrize("profile", ["acr", "oci"])
@examples(12)  # every list is read after every delete
@given(data=st.data(), drawn=artifacts())
def test_referrers_are_those_whose_subject_it_is(profile: Profile, data: st.DataObject, drawn: list[Artifact]) -> None:
    """In any order of pushes, subjects after their referrers too, and after any deletes."""
    registry = registry_of(profile)
    send(registry, "POST", f"/v2/{HELLO}/blobs/uploads/?digest={digest_by(CONFIG)}", CONFIG)
    digests = [*(one.digest for one in drawn), ABSENT]

    for artifact in data.draw(st.permutations(drawn)):
        push(registry, artifact)
    check_referrers(registry, drawn, digests)

    present = list(drawn)
    for digest in data.draw(st.lists(st.sampled_from(digests), max_size=4)):
        known = digest in [one.digest for one in present]
        assert delete(registry, digest) == (202 if known else 404)
        if known:
            others = [one for one in present if one.digest != digest]
            present = cascade(present, digest) if profile == "acr" else others
        check_referrers(registry, present, digests)

    for artifact in data.draw(st.permutations(drawn)):
        push(registry, artifact, "latest")
    check_referrers(registry, drawn, digests)
