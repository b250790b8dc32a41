"""Snapshots, restore and reset, compared by the answers that clients receive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.settings import Profile
from tests.properties.content import REPOSITORIES, Client, RequestStep, every_step, pushes_of_all
from tests.properties.observing import observe
from tests.support.effort import examples
from tests.support.http import registry_of

STEPS = [step for repository in REPOSITORIES for step in every_step(repository)]
some_steps = st.lists(st.sampled_from(STEPS), max_size=12)
profiles = pytest.mark.parametrize("profile", ["acr", "oci"])

A_FEW_EXAMPLES = examples(8)
"""Each one reads everything two or three times, in 120 requests."""


def filled(profile: Profile, steps: list[RequestStep]) -> Client:
    """Return a client of a registry with all of `content` in one repository, changed by `steps`."""
    client = Client(registry_of(profile))
    assert set(client.send_all(pushes_of_all(REPOSITORIES[0]))) == {201}
    client.send_all(steps)
    return client


@profiles
@A_FEW_EXAMPLES
@given(before=some_steps, after=some_steps)
def test_restored_registry_answers_as_it_did(
    profile: Profile, before: list[RequestStep], after: list[RequestStep]
) -> None:
    client = filled(profile, before)
    registry, locations = client.registry, tuple(client.locations)
    seen, snapshot = observe(registry, locations), registry.snapshot()

    client.send_all(after)
    registry.restore(snapshot)
    assert observe(registry, locations) == seen

    client.send_all(after)
    registry.restore(snapshot)
    assert observe(registry, locations) == seen


@profiles
@given(before=some_steps, after=some_steps)
def test_restored_registry_goes_on_as_it_did(
    profile: Profile, before: list[RequestStep], after: list[RequestStep]
) -> None:
    """The same steps have the same statuses as before the restore."""
    client = filled(profile, before)
    locations, snapshot = list(client.locations), client.registry.snapshot()

    first = client.send_all(after)
    client.registry.restore(snapshot)
    client.locations = locations

    assert client.send_all(after) == first


@profiles
@A_FEW_EXAMPLES
@given(steps=some_steps)
def test_reset_registry_answers_as_a_new_one(profile: Profile, steps: list[RequestStep]) -> None:
    client = filled(profile, steps)
    client.registry.reset()

    new = registry_of(profile)
    assert observe(client.registry, client.locations) == observe(new, client.locations)


def has_no_effect(step: RequestStep) -> bool:
    """Return whether a step asks for what there is already."""
    is_push_of_blob = step.method == "POST" and "?" in step.target
    return is_push_of_blob or step.body == b'{"deleteEnabled": true}'


@pytest.mark.exhaustive
def test_observation_shows_every_change() -> None:
    """Otherwise the comparisons above would prove little."""
    client = filled("acr", pushes_of_all(REPOSITORIES[1]))
    client.send(RequestStep("POST", f"/v2/{REPOSITORIES[0]}/blobs/uploads/"))
    snapshot, locations = client.registry.snapshot(), tuple(client.locations)

    unseen = []
    for step in every_step(REPOSITORIES[0]):
        client.registry.restore(snapshot)
        client.locations = list(locations)
        seen = observe(client.registry, locations)
        client.send(step)
        if observe(client.registry, locations) == seen:
            unseen.append(step)

    assert [step for step in unseen if not has_no_effect(step)] == [
        RequestStep("POST", f"/v2/{REPOSITORIES[0]}/blobs/uploads/")
    ], "an upload that has just begun is seen at its location alone"
