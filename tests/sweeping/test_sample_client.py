"""The sample client is correct: it is what the planted bugs are compared with."""

from collections.abc import Sequence
from typing import Final

import pytest

from fake_registry import Disconnect, ExpireToken, FakeRegistry, Fault
from fake_registry.settings import Profile
from tests.support.sample_client.attempts import PAUSES
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.errors import SampleError
from tests.support.sample_client.scenarios import (
    DELETE,
    FAILED_PUSH,
    HELLO,
    IMAGE,
    LIST,
    PULL,
    PUSH,
    PUSH_REST_AND_PULL,
    WATCHED,
    SampleScenario,
    list_tags,
    pull,
    push,
)

PROFILES: Final[Sequence[Profile]] = ("oci", "acr")


def push_and_pull(client: SampleClient, registry: FakeRegistry) -> object:
    push(client, registry)
    return pull(client, registry)


def delete_and_list(client: SampleClient, registry: FakeRegistry) -> object:
    client.delete(HELLO, "v1")
    client.delete(HELLO, "v2")
    return list_tags(client, registry)


def run(scenario: SampleScenario, registry: FakeRegistry) -> object:
    return scenario.play(SampleClient, registry)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", sorted(WATCHED.keys() - {"failed push"}))
def test_calls_have_their_results(name: str, profile: Profile) -> None:
    scenario = WATCHED[name]
    assert run(scenario, scenario.registry(profile)) == scenario.result


@pytest.mark.parametrize("profile", PROFILES)
def test_pushed_image_is_pulled(profile: Profile) -> None:
    scenario = SampleScenario(use=push_and_pull)
    assert run(scenario, scenario.registry(profile)) == IMAGE


@pytest.mark.parametrize("profile", PROFILES)
def test_tags_of_all_pages_are_listed(profile: Profile) -> None:
    registry = LIST.registry(profile)

    assert run(LIST, registry) == ["v1", "v2", "v3"]
    registry.requests.assert_count(2, endpoint="tags.list", status=200)


@pytest.mark.parametrize("profile", PROFILES)
def test_deleted_image_has_no_tags_and_need_not_be_there(profile: Profile) -> None:
    scenario = SampleScenario(use=delete_and_list, prepare=DELETE.prepare)
    assert run(scenario, scenario.registry(profile)) == []


def test_absent_tag_is_an_error() -> None:
    scenario = SampleScenario(use=pull)
    with pytest.raises(SampleError, match="expected the tag v1, found none"):
        run(scenario, scenario.registry("oci"))


def test_wrong_password_is_an_error() -> None:
    registry = SampleScenario(use=push, settings={"admin_password": "another"}).registry()

    with pytest.raises(SampleError, match="expected a token, found 401"):
        run(PUSH, registry)


def test_caller_logs_in_once_for_each_scope() -> None:
    scenario = SampleScenario(use=push_and_pull)
    registry = scenario.registry()

    run(scenario, registry)

    registry.requests.assert_logins(at_most=2)
    registry.requests.assert_count(1, status=401)


def test_token_is_renewed_before_it_expires() -> None:
    registry = PUSH_REST_AND_PULL.registry()

    run(PUSH_REST_AND_PULL, registry)

    registry.requests.assert_count(1, status=401)
    registry.requests.assert_count(3, endpoint="oauth.token", status=200)


def test_token_stays_at_the_registry() -> None:
    registry = PULL.registry()

    run(PULL, registry)

    downloads = registry.requests.where(endpoint="storage.blob", status=200)
    assert [found.request_header("Authorization") for found in downloads] == [None, None]


def test_refused_token_is_replaced_before_the_chunk_is_sent_again() -> None:
    registry = PUSH.registry()
    registry.faults.add(Fault("upload.chunk", ExpireToken(), skip=1, times=1))

    run(PUSH, registry)

    registry.requests.assert_order("upload.chunk", "oauth.token", "upload.status", "upload.chunk")
    registry.requests.assert_count(2, endpoint="oauth.token")


def test_chunk_whose_answer_was_lost_is_not_sent_again() -> None:
    registry = PUSH.registry("oci")
    registry.faults.add(Fault("upload.chunk", Disconnect(), when="after", skip=2, times=1))

    run(PUSH, registry)

    chunks = registry.requests.where(endpoint="upload.chunk")
    ranges = [found.request_header("Content-Range") for found in chunks]
    assert ranges == ["0-7", "8-13", "0-7", "8-15", "16-20"]


def test_client_gives_up_after_some_pauses_and_cancels_the_upload() -> None:
    registry = FAILED_PUSH.registry("oci")
    before = registry.clock.now()

    with pytest.raises(SampleError, match="PATCH: found 503"):
        run(FAILED_PUSH, registry)

    registry.requests.assert_count(len(PAUSES) + 1, endpoint="upload.chunk")
    registry.requests.assert_count(1, endpoint="upload.cancel", status=204)
    assert registry.clock.now() - before >= sum(PAUSES) * 1e9
