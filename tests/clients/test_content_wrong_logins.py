"""Faults of logins and of manifests, as the content client meets them: it reads what RFC 9110 allows,
and its errors are documented ones."""

import pytest
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError

from fake_registry import (
    AwkwardToken,
    BadChallenge,
    BigManifest,
    ExpireToken,
    FakeRegistry,
    Fault,
    Revoke,
    VanishManifest,
    WrongScope,
)
from fake_registry.http.faults import Effect
from fake_registry.http.faults.challenges import ChallengeKind
from pytest_acr import ContainerRegistryContentClient
from tests.clients.content import DOCUMENTED
from tests.support.clients import HELLO


@pytest.fixture
def digest(acr: FakeRegistry) -> str:
    """The digest of the only image."""
    return acr.push_image(f"{HELLO}:v1").digest


@pytest.mark.parametrize(
    "kind",
    ["blanks", "bearer_then_basic", "basic_then_bearer", "lower_case"],
)
def test_challenge_in_another_form_is_understood(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str, kind: ChallengeKind
) -> None:
    acr.faults.add(Fault("manifest.get", BadChallenge(kind)))
    assert content_client.get_manifest("v1").digest == digest


@pytest.mark.usefixtures("digest")
@pytest.mark.parametrize("kind", ["missing", "basic_only", "no_realm", "malformed"])
def test_challenge_that_leads_nowhere_is_a_documented_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, kind: ChallengeKind
) -> None:
    acr.faults.add(Fault("manifest.get", BadChallenge(kind)))

    with pytest.raises(ClientAuthenticationError):
        content_client.get_manifest("v1")
    acr.requests.assert_none(endpoint="manifest.get", status=200)


@pytest.mark.parametrize("effect", [ExpireToken(), Revoke()], ids=repr)
def test_token_that_has_become_invalid_is_replaced(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str, effect: Effect
) -> None:
    """The Azure SDK's client fails here: it answers one challenge per call."""
    content_client.get_manifest("v1")
    acr.faults.add(Fault("manifest.get", effect, times=1))

    assert content_client.get_manifest("v1").digest == digest
    statuses = [one.status for one in acr.requests.where(endpoint="manifest.get")]
    assert statuses[-2:] == [401, 200]


def test_awkward_token_is_not_decoded(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, digest: str
) -> None:
    acr.faults.add(Fault("oauth.*", AwkwardToken()))
    assert content_client.get_manifest("v1").digest == digest


@pytest.mark.usefixtures("digest")
@pytest.mark.parametrize(
    ("endpoint", "effect", "error"),
    [
        ("oauth.token", WrongScope(), (ClientAuthenticationError,)),
        ("manifest.get", VanishManifest(), (ResourceNotFoundError,)),
        ("manifest.get", BigManifest(), DOCUMENTED),
    ],
    ids=["WrongScope", "VanishManifest", "BigManifest"],
)
def test_other_faults_are_documented_errors(
    acr: FakeRegistry,
    content_client: ContainerRegistryContentClient,
    endpoint: str,
    effect: Effect,
    error: tuple[type[Exception], ...],
) -> None:
    acr.faults.add(Fault(endpoint, effect))

    with pytest.raises(error):
        content_client.get_manifest("v1")
