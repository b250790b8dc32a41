"""An effect that raises one of the registry's errors: it is answered as the registry's own."""

from typing import get_args

import pytest

from fake_registry import Corrupt, DropHeader, FakeRegistry, Fault
from fake_registry.http.faults import When
from fake_registry.spec.errors import BlobUnknown, NameUnknown
from tests.support.effects import Fail, Reword
from tests.support.http import IMAGE, OCI_MANIFEST, everything, registry_of, send

MOMENTS: tuple[When, ...] = get_args(When)
MANIFEST = "/v2/samples/hello/manifests/v1"
TYPE = {"Content-Type": OCI_MANIFEST}


@pytest.mark.parametrize("when", MOMENTS)
def test_answer_is_worded_by_the_registry(ready: FakeRegistry, when: When) -> None:
    own = send(ready, "GET", "/v2/unknown/tags/list")
    ready.faults.add(Fault("tags.list", Fail(NameUnknown(repository="unknown")), when=when))

    found = send(ready, "GET", "/v2/unknown/tags/list")

    assert (found.status, found.json["errors"][0]["code"]) == (404, "NAME_UNKNOWN")
    assert found.headers == own.headers
    assert ready.requests[-1].errors == ("NAME_UNKNOWN",)


@pytest.mark.parametrize("when", MOMENTS)
def test_only_after_has_the_state_changed(ready: FakeRegistry, when: When) -> None:
    before = everything(ready)
    ready.faults.add(Fault("manifest.put", Fail(NameUnknown()), when=when))

    assert send(ready, "PUT", MANIFEST, IMAGE, TYPE).status == 404
    assert (everything(ready) != before) is (when == "after")


def test_error_after_a_refused_call_takes_the_place_of_its_error(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("manifest.get", Fail(BlobUnknown()), when="after"))

    found = send(ready, "GET", MANIFEST)

    assert found.json["errors"][0]["code"] == "BLOB_UNKNOWN"
    assert ready.requests[-1].errors == ("BLOB_UNKNOWN",)


def test_faults_behind_an_error_are_spared(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("base", Fail(NameUnknown()), when="after"))
    spared = ready.faults.add(Fault("base", Corrupt()))

    assert send(ready, "GET", "/v2/").json["errors"][0]["code"] == "NAME_UNKNOWN"
    assert spared.hits == 0


def test_answer_for_an_error_can_be_changed(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("tags.list", Reword(NameUnknown(repository="samples/hello"))))

    found = send(ready, "GET", "/v2/samples/hello/tags/list")

    assert (found.status, found.header("X-Reworded")) == (404, "yes")
    assert ready.requests[-1].errors == ("NAME_UNKNOWN",)


@pytest.mark.parametrize("when", MOMENTS)
def test_answer_for_an_error_has_the_headers_of_the_profile_once(when: When) -> None:
    registry = registry_of(service_headers=True)
    registry.faults.add(Fault("acr.tag.delete", Fail(NameUnknown()), when=when))

    found = send(registry, "DELETE", "/acr/v1/samples/hello/_tags/v1")

    names = [name for name, _ in found.headers]
    assert (names.count("Date"), names.count("Server")) == (1, 1)


def test_delete_that_is_answered_twice_counts_once() -> None:
    """acr-behaviour 2.2: the remaining calls are those of the registry, whatever a fault answers."""
    registry = registry_of(service_headers=True)
    tag = "/acr/v1/samples/hello/_tags/v1"
    with registry.faults.add(Fault("acr.tag.delete", Fail(NameUnknown()), when="after")):
        struck = send(registry, "DELETE", tag)
    plain = send(registry, "DELETE", tag)

    left = [answer.header("X-Ms-Ratelimit-Remaining-Calls-Per-Second") for answer in (struck, plain)]
    assert left == ["8.000000", "7.000000"]


def test_header_can_be_dropped_from_the_answer_to_a_refused_call() -> None:
    registry = registry_of(service_headers=True)
    registry.faults.add(Fault("tags.list", DropHeader("date")))

    found = send(registry, "GET", "/v2/unknown/tags/list")

    assert found.status == 404
    assert "Date" not in dict(found.headers)
