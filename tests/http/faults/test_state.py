"""Effects on what a registry holds: tags that move, manifests that vanish, reads that lag."""

import gc
import json
import math
from typing import Any

import pytest

from fake_registry import FakeRegistry
from fake_registry.clock import ManualClock
from fake_registry.http.faults import Fault, Lag, MoveTag, VanishManifest
from fake_registry.spec.names import Digest, RepositoryName, Tag, digest_of
from tests.support.http import (
    IMAGE,
    IMAGE_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    HttpAnswer,
    manifest_bytes,
    put_manifest,
    send,
)

HELLO = RepositoryName("samples/hello")
V1 = "/v2/samples/hello/manifests/v1"
TAGS = "/v2/samples/hello/tags/list"
OTHER = manifest_bytes(annotations={"other": "yes"})
THIRD = manifest_bytes(annotations={"third": "yes"})
OTHER_DIGEST = digest_of(OTHER)


def read(registry: FakeRegistry, target: str = V1, method: str = "GET") -> HttpAnswer:
    return send(registry, method, target, headers={"Accept": f"{OCI_MANIFEST}, {OCI_INDEX}"})


def push(registry: FakeRegistry, reference: str, content: bytes = IMAGE) -> None:
    assert put_manifest(registry, HELLO, reference, content).status == 201


def digest_at(registry: FakeRegistry, tag: str = "v1") -> Digest:
    return registry.content.tag_properties(HELLO, Tag(tag)).digest


def reason_of(registry: FakeRegistry) -> str:
    """Return why the only fault did nothing."""
    (active,) = registry.faults
    problem = active.problem()
    assert problem is not None
    return problem.partition(": ")[2]


def advance(registry: FakeRegistry, seconds: float) -> None:
    assert isinstance(registry.clock, ManualClock)
    registry.clock.advance(seconds)


class TestMoveTag:
    """Another push is faster."""

    @pytest.mark.parametrize("to", ["other", OTHER_DIGEST])
    def test_tag_has_moved_after_a_head(self, seeded: FakeRegistry, to: str) -> None:
        push(seeded, "other", OTHER)
        seeded.faults.add(Fault("manifest.head", MoveTag(to), times=1))

        first = read(seeded, method="HEAD")
        second = read(seeded, method="HEAD")

        digests = [one.header("Docker-Content-Digest") for one in (first, second)]
        assert digests == [IMAGE_DIGEST, OTHER_DIGEST]

    @pytest.mark.parametrize(("when", "seen"), [("door", False), ("before", False), ("after", True)])
    def test_before_a_call_it_sees_the_move(self, seeded: FakeRegistry, when: Any, seen: bool) -> None:  # noqa: FBT001  a parameter of the test
        seeded.faults.add(Fault("manifest.get", MoveTag(), when=when))
        assert (read(seeded).body == IMAGE) is seen

    def test_push_overwrites_a_move_before_it(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.put", MoveTag(), when="before", times=1))

        push(seeded, "v1")

        assert digest_at(seeded) == IMAGE_DIGEST

    def test_move_after_a_push_overwrites_it(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.put", MoveTag()))

        push(seeded, "v1")

        assert digest_at(seeded) != IMAGE_DIGEST
        assert read(seeded).json["annotations"] == {"moved-from": IMAGE_DIGEST}
        assert digest_at(seeded, "v2") == IMAGE_DIGEST

    def test_each_strike_moves_it_again(self, seeded: FakeRegistry) -> None:
        active = seeded.faults.add(Fault("manifest.head", MoveTag()))
        found = [read(seeded, method="HEAD").header("Docker-Content-Digest") for _ in range(4)]

        assert len(set(found)) == 4
        assert active.idle_hits == 0

    def test_absent_tag_is_created(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.head", MoveTag("v1"), times=1))

        assert read(seeded, "/v2/samples/hello/manifests/new", "HEAD").status == 404
        assert digest_at(seeded, "new") == IMAGE_DIGEST

    def test_tag_of_acr_moves(self, azure: FakeRegistry) -> None:
        image = azure.push_image("samples/hello:v1")
        azure.faults.add(Fault("acr.tag.get", MoveTag()))

        assert read(azure, "/acr/v1/samples/hello/_tags/v1").json["tag"]["digest"] == image.digest
        assert digest_at(azure) != image.digest

    def test_call_by_digest_has_no_tag(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", MoveTag()))

        read(seeded, f"/v2/samples/hello/manifests/{IMAGE_DIGEST}")

        assert reason_of(seeded) == "the call names a digest, and no tag: see the fault's `reference`"

    @pytest.mark.parametrize(
        ("to", "reason"),
        [
            ("nowhere", "samples/hello has no manifest nowhere"),
            ("v2", "v1 is at v2 already"),
            ("v1", "v1 is at v1 already"),
        ],
    )
    def test_tag_that_cannot_move_is_reported(self, seeded: FakeRegistry, to: str, reason: str) -> None:
        seeded.faults.add(Fault("manifest.get", MoveTag(to)))

        assert read(seeded).body == IMAGE
        assert reason_of(seeded) == reason

    def test_locked_tag_does_not_move(self, azure: FakeRegistry) -> None:
        azure.push_image("samples/hello:v1")
        locked = json.dumps({"writeEnabled": False}).encode()
        send(azure, "PATCH", "/acr/v1/samples/hello/_tags/v1", locked, {"Content-Type": "application/json"})
        before = digest_at(azure)
        azure.faults.add(Fault("manifest.get", MoveTag()))

        read(azure)

        assert digest_at(azure) == before
        assert reason_of(azure).startswith("the registry refuses to move the tag: ")

    @pytest.mark.parametrize("to", ["", "a b", "sha256:12"])
    def test_target_must_be_a_reference(self, to: str) -> None:
        with pytest.raises(ValueError, match=r"^to: expected a tag or a digest, found "):
            MoveTag(to)


class TestVanishManifest:
    """A tag leads nowhere."""

    def test_manifest_is_gone_and_its_tags_are_listed(self, seeded: FakeRegistry) -> None:
        push(seeded, "other", OTHER)
        seeded.faults.add(Fault("manifest.get", VanishManifest(), times=1))

        struck = read(seeded)

        assert (struck.status, struck.json["errors"][0]["code"]) == (404, "MANIFEST_UNKNOWN")
        assert read(seeded) == struck
        assert read(seeded, method="HEAD").status == 404
        assert read(seeded, V1.replace("v1", "v2")).status == 404
        assert read(seeded, V1.replace("v1", IMAGE_DIGEST)).status == 404
        assert read(seeded, TAGS).json["tags"] == ["other", "v1", "v2"]
        assert read(seeded, V1.replace("v1", "other")).body == OTHER

    def test_repository_of_no_other_manifest_is_listed_too(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", VanishManifest()))
        read(seeded)

        assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]
        assert read(seeded, "/v2/_catalog").json["repositories"] == [HELLO]

    @pytest.mark.parametrize("path", ["_manifests/{digest}", "_tags/v1"])
    def test_call_to_acrs_metadata_names_it_too(self, azure: FakeRegistry, path: str) -> None:
        digest = azure.push_image("samples/hello:v1").digest
        azure.faults.add(Fault("acr.*", VanishManifest(), when="after", times=1))

        assert read(azure, f"/acr/v1/samples/hello/{path.format(digest=digest)}").status == 200
        assert read(azure).status == 404
        assert read(azure, f"/acr/v1/samples/hello/_manifests/{digest}").status == 404
        assert read(azure, "/acr/v1/samples/hello/_manifests").json["manifests"] is None
        assert read(azure, "/acr/v1/samples/hello/_tags").json["tags"][0]["digest"] == digest

    def test_push_restores_a_vanished_manifest(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", VanishManifest(), times=1))
        read(seeded)

        push(seeded, "v1")

        assert (read(seeded).body, read(seeded, V1.replace("v1", "v2")).body) == (IMAGE, IMAGE)

    def test_tags_can_be_deleted(self, azure: FakeRegistry) -> None:
        azure.push_image("samples/hello:v1")
        azure.faults.add(Fault("manifest.get", VanishManifest(), times=1))
        read(azure)

        assert send(azure, "DELETE", "/acr/v1/samples/hello/_tags/v1").status == 202
        assert read(azure, "/acr/v1/samples/hello").status == 404

    def test_looking_at_the_content_reports_it_missing(self, azure: FakeRegistry) -> None:
        azure.push_image("samples/hello:v1")
        before = azure.snapshot()
        azure.faults.add(Fault("manifest.get", VanishManifest()))
        read(azure)

        assert "samples/hello:v1" not in azure
        assert azure.tags("samples/hello") == ("v1",)
        assert "samples/hello" in str(azure.tree())
        assert azure.diff(before)

        azure.restore(before)
        assert "samples/hello:v1" in azure

    def test_absent_manifest_cannot_vanish(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", VanishManifest()))
        read(seeded, V1.replace("v1", "nowhere"))

        expected = "samples/hello has no manifest nowhere: MANIFEST_UNKNOWN"
        assert reason_of(seeded) == expected


class TestLag:
    """A write shows late."""

    def test_new_tag_is_listed_later(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("tags.list", Lag(5)))
        push(seeded, "v3")

        advance(seeded, 4)
        assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]
        advance(seeded, 1)
        assert read(seeded, TAGS).json["tags"] == ["v1", "v2", "v3"]

    def test_deleted_manifest_is_read_until_then(self, seeded: FakeRegistry) -> None:
        path = V1.replace("v1", IMAGE_DIGEST)
        seeded.faults.add(Fault("*", Lag(5)))
        assert send(seeded, "DELETE", path).status == 202

        assert (read(seeded, path).body, read(seeded).body) == (IMAGE, IMAGE)
        assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]
        advance(seeded, 6)
        assert [read(seeded, target).status for target in (path, V1, TAGS)] == [404] * 3

    def test_new_manifest_is_unknown_until_then(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.*", Lag(5)))
        push(seeded, "new", OTHER)
        path = V1.replace("v1", "new")

        struck = read(seeded, path)

        assert (struck.status, struck.json["errors"][0]["code"]) == (404, "MANIFEST_UNKNOWN")
        advance(seeded, 5)
        assert read(seeded, path).body == OTHER

    def test_moved_tag_is_at_its_former_manifest(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.*", Lag(5)))
        push(seeded, "v1", OTHER)
        advance(seeded, 3)
        push(seeded, "v1", THIRD)

        assert read(seeded).body == IMAGE
        advance(seeded, 2)
        assert read(seeded).body == OTHER
        advance(seeded, 3)
        assert read(seeded).body == THIRD

    def test_content_of_before_the_fault_shows(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("*", Lag(5)))

        assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]
        assert reason_of(seeded) == "no client has changed what the call reads in the last 5 s"

    def test_content_that_the_test_puts_shows_at_once(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("tags.list", Lag(5)))
        seeded.push_image("samples/hello:v0")

        assert read(seeded, TAGS).json["tags"] == ["v0", "v1", "v2"]

    def test_change_of_something_else_makes_no_difference(self, seeded: FakeRegistry) -> None:
        active = seeded.faults.add(Fault("manifest.get", Lag(5)))
        push(seeded, "other", OTHER)

        assert read(seeded).body == IMAGE
        assert (active.hits, active.idle_hits) == (1, 1)

    def test_changes_show_when_the_fault_ends(self, seeded: FakeRegistry) -> None:
        with seeded.faults.add(Fault("tags.list", Lag(math.inf))):
            push(seeded, "v3")
            advance(seeded, 1e6)
            assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]

        assert read(seeded, TAGS).json["tags"] == ["v1", "v2", "v3"]

    def test_pages_of_acr_lag(self, azure: FakeRegistry) -> None:
        digest = azure.push_image("samples/hello:v1").digest
        azure.faults.add(Fault("acr.*", Lag(5)))
        send(azure, "DELETE", "/acr/v1/samples/hello")

        assert read(azure, "/acr/v1/_catalog").json["repositories"] == [HELLO]
        assert read(azure, "/acr/v1/samples/hello/_tags/v1").json["tag"]["digest"] == digest
        assert read(azure, "/acr/v1/samples/hello/_manifests?n=1").json["manifests"][0]["digest"] == digest

    @pytest.mark.parametrize("seconds", [0, -1, math.nan])
    def test_time_must_be_positive(self, seconds: float) -> None:
        with pytest.raises(ValueError, match=r"^expected seconds of more than 0, found "):
            Lag(seconds)


def test_lag_keeps_a_hundred_steps_at_most(seeded: FakeRegistry) -> None:
    seeded.faults.add(Fault("tags.list", Lag(1)))

    for number in range(250):
        push(seeded, f"t{number:03}")
        advance(seeded, 0.002)

    app: Any = seeded.wsgi_app  # Any: its store is its own
    [kept] = app._history._kept.values()
    assert 40 <= len(kept) <= 100
    states = [state for past in kept for state in past.content.repositories]
    assert not any(state.blobs for state in states)
    assert read(seeded, TAGS).json["tags"] == ["v1", "v2"]

    advance(seeded, 0.75)
    listed = read(seeded, f"{TAGS}?n=1000").json["tags"]
    assert len(listed) == pytest.approx(2 + 125, abs=5)


def test_lag_that_has_ended_keeps_nothing(seeded: FakeRegistry) -> None:
    with seeded.faults.add(Fault("tags.list", Lag(1), optional=True)):
        push(seeded, "v3")
    gc.collect()

    app: Any = seeded.wsgi_app  # Any: as above
    assert len(app._history._kept) == 0
