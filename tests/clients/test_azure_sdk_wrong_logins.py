"""Faults of logins, as the Azure SDK's clients meet them (azure-sdk-quirks)."""

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from fake_registry import (
    AwkwardToken,
    BadChallenge,
    ExpireToken,
    FakeRegistry,
    Fault,
    Revoke,
    WrongScope,
)
from fake_registry.http.faults.challenges import ChallengeKind
from tests.support.clients import HELLO, every_transport


@pytest.fixture
def pushed(acr: FakeRegistry) -> FakeRegistry:
    acr.push_image(f"{HELLO}:v1")
    return acr


def call(client: ContainerRegistryClient) -> str:
    return client.get_tag_properties(HELLO, "v1").name


@every_transport
def test_expired_access_token_is_not_renewed(pushed: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The client answers one challenge per call, although the next one would lead to a new token."""
    pushed.faults.add(Fault("acr.tag.get", ExpireToken(), times=1))

    with pytest.raises(ClientAuthenticationError):
        call(client)
    assert call(client) == "v1"


@pytest.mark.parametrize("effect", [Revoke(), WrongScope()], ids=repr)
def test_token_that_does_not_do_fails_the_call(
    pushed: FakeRegistry, client: ContainerRegistryClient, effect: Revoke | WrongScope
) -> None:
    endpoint = "oauth.token" if isinstance(effect, WrongScope) else "acr.tag.get"
    pushed.faults.add(Fault(endpoint, effect, times=1))

    with pytest.raises(ClientAuthenticationError):
        call(client)
    assert call(client) == "v1"


def test_expired_refresh_token_is_kept(pushed: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The comparison of its expiry is inverted: every later call fails as well."""
    pushed.faults.add(Fault("oauth.exchange", ExpireToken(), when="after", times=1))

    for _ in range(3):
        with pytest.raises(HttpResponseError):
            call(client)
    pushed.requests.assert_count(1, endpoint="oauth.exchange")


@every_transport
def test_awkward_token_cannot_be_decoded(pushed: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: it decodes base64url with the standard alphabet, which skips `-` and `_`."""
    pushed.faults.add(Fault("oauth.exchange", AwkwardToken()))

    with pytest.raises(ValueError):  # noqa: PT011  whose subclass depends on what is left
        call(client)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("missing", ClientAuthenticationError),
        ("basic_only", KeyError),
        ("no_scope", KeyError),
        ("no_service", KeyError),
        ("blanks", KeyError),
        ("bearer_then_basic", IndexError),
        ("basic_then_bearer", KeyError),
        ("lower_case", KeyError),
        ("malformed", IndexError),
    ],
)
def test_challenge_of_another_form_is_not_understood(
    pushed: FakeRegistry, client: ContainerRegistryClient, kind: ChallengeKind, error: type[Exception]
) -> None:
    """azure-sdk-quirks: KeyError or IndexError for any form but ACR's own."""
    pushed.faults.add(Fault("acr.tag.get", BadChallenge(kind)))

    with pytest.raises(error):
        call(client)


def test_realm_is_not_read(pushed: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The client logs in at the registry's own endpoint, whatever the realm is."""
    pushed.faults.add(Fault("acr.tag.get", BadChallenge("no_realm")))
    assert call(client) == "v1"
