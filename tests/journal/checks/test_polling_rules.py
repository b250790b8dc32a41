"""`polling-without-pause`: clients that wait for a change."""

from functools import partial
from typing import Any

import pytest

from fake_registry import FakeRegistry, Fault, Refuse
from tests.support.exchanges import exchanges_of
from tests.support.rule_clients import broken, plain_client, seeded

polling = partial(broken, "polling-without-pause")

TAG = "/v2/dev/web/manifests/2.0"


def wait_for_tag(registry: FakeRegistry, *, tries: int, pause: float, target: str = TAG) -> None:
    """Send HEAD until the tag is there, which is after so many tries without it."""
    client = plain_client(registry)
    for _ in range(tries):
        client.send("HEAD", target)
        registry.clock.wait(pause)
    registry.push_image("dev/web:2.0")
    client.send("HEAD", target)


def test_client_that_polls_without_a_pause_breaks_the_rule() -> None:
    registry = seeded("dev/web:1.0")
    wait_for_tag(registry, tries=20, pause=0)
    assert polling(registry.requests) == [
        "polling-without-pause: sent manifest.head 20 times in a row without a pause (#0, #19)"
    ]


def test_client_that_waits_between_calls_keeps_the_rule() -> None:
    registry = seeded("dev/web:1.0")
    wait_for_tag(registry, tries=20, pause=0.1)
    assert polling(registry.requests) == []


def test_few_tries_are_no_mistake() -> None:
    registry = seeded("dev/web:1.0")
    wait_for_tag(registry, tries=19, pause=0)
    assert polling(registry.requests) == []


@pytest.mark.parametrize(("target", "mistakes"), [(TAG, 1), ("/v2/dev/web/manifests/1.0", 0)])
def test_row_that_never_ends_counts_if_nothing_was_found(target: str, mistakes: int) -> None:
    """A test of load reads what is there, and waits for nothing."""
    registry = seeded("dev/web:1.0")
    plain_client(registry).get(*[target] * 30)
    assert len(polling(registry.requests)) == mistakes


def test_wait_for_another_manifest_of_a_tag_breaks_the_rule() -> None:
    registry = seeded("dev/web:1.0")
    client = plain_client(registry)
    client.get(*["/v2/dev/web/manifests/1.0"] * 20)
    registry.push_image("dev/web:1.0", layers=[b"another"])
    client.get("/v2/dev/web/manifests/1.0")
    assert len(polling(registry.requests)) == 1


def test_other_work_in_the_repository_ends_a_row() -> None:
    registry = seeded("dev/web:1.0")
    client = plain_client(registry)
    for _ in range(20):
        client.get(TAG, "/v2/dev/web/manifests/3.0")
    assert polling(registry.requests) == []


def test_work_in_another_repository_does_not_end_a_row() -> None:
    registry = seeded("dev/web:1.0", "dev/api:1.0")
    client = plain_client(registry)
    for _ in range(20):
        client.get(TAG, "/v2/dev/api/tags/list")
    assert len(polling(registry.requests)) == 1


def test_several_clients_do_not_count_together() -> None:
    registry = seeded("dev/web:1.0")
    for number in range(20):
        plain_client(registry, f"tool/{number}").get(TAG)
    assert polling(registry.requests) == []


def test_retries_after_a_fault_are_no_mistake() -> None:
    registry = seeded("dev/web:1.0")
    registry.faults.add(Fault("manifest.get", Refuse(404)))
    plain_client(registry).get(*[TAG] * 30)
    assert polling(registry.requests) == []


def test_logins_between_the_calls_do_not_end_a_row() -> None:
    """The Azure SDK sends each call first without a token."""
    call: dict[str, Any] = {"method": "HEAD", "path": TAG, "endpoint": "manifest.head", "repository": "dev/web"}
    probe = call | {"status": 401, "failure": "no credentials"}
    login = {"method": "POST", "path": "/oauth2/token", "endpoint": "oauth.token"}
    refused = call | {"status": 404}
    assert len(polling(exchanges_of(*[probe, login, refused] * 20))) == 1
