"""A registry that trusts a fake Entra: roles for its principals, and other tokens are refused."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from fake_registry import FakeEntra, FakeRegistry
from fake_registry.entra import ServicePrincipal
from tests.support.entra import ACR, claims_of
from tests.support.http import HOST, LAYER, LAYER_DIGEST, send
from tests.support.logins import bearer, entra_token, post_form, seeded_with_login, token_for

PUSH = f"/v2/samples/hello/blobs/uploads/?digest={LAYER_DIGEST}"


@pytest.fixture
def registry() -> FakeRegistry:
    return seeded_with_login(blob_redirect=False)


@pytest.fixture
def entra(registry: FakeRegistry) -> FakeEntra:
    entra = FakeEntra(clock=registry.clock)
    registry.trust(entra)
    return entra


@pytest.fixture
def app(entra: FakeEntra) -> ServicePrincipal:
    return entra.add_service_principal("app", secret="s")


def exchange(registry: FakeRegistry, token: str) -> tuple[int, str | None]:
    """Return the status of an exchange, and why it failed."""
    found = post_form(registry, "/oauth2/exchange", grant_type="access_token", service=HOST, access_token=token)
    return found.status, registry.requests[-1].failure


def test_principal_with_acr_pull_may_pull_and_not_push(
    registry: FakeRegistry, entra: FakeEntra, app: ServicePrincipal
) -> None:
    registry.grant(app.object_id, "AcrPull")
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra.token(app, ACR)}
    refresh_token = post_form(registry, "/oauth2/exchange", **form).json["refresh_token"]
    headers = bearer(token_for(registry, refresh_token, "repository:samples/hello:pull,push"))
    assert send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}", headers=headers).body == LAYER
    assert send(registry, "POST", PUSH, LAYER, headers).status == 401
    assert registry.requests[-1].failure == "the token is good for repository:samples/hello:pull"


def test_principal_without_a_role_is_refused(registry: FakeRegistry, entra: FakeEntra, app: ServicePrincipal) -> None:
    registry.grant(app.object_id, "AcrPush")
    other = entra.add_service_principal("other")
    assert exchange(registry, entra.token(other, ACR)) == (401, f"no role: {other.object_id} was granted none")
    assert exchange(registry, entra.token(app, ACR)) == (200, None)


def test_forged_token_is_refused(registry: FakeRegistry, entra: FakeEntra, app: ServicePrincipal) -> None:
    another = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(claims_of(entra.token(app, ACR)), another, algorithm="RS256")
    assert exchange(registry, forged) == (401, "Entra token signature: not by this Entra's key")
    assert exchange(registry, entra_token(oid=app.object_id))[0] == 401


def test_token_of_another_entra_is_refused(registry: FakeRegistry, entra: FakeEntra, app: ServicePrincipal) -> None:
    """The signature decides, not the tenant and principal in the claims."""
    registry.grant(app.object_id, "AcrPush")
    stranger = FakeEntra(clock=registry.clock)
    twin = stranger.add_service_principal("app", client_id=app.client_id, object_id=app.object_id)
    assert exchange(registry, stranger.token(twin, ACR)) == (401, "Entra token signature: not by this Entra's key")
    registry.trust(stranger)
    assert exchange(registry, stranger.token(twin, ACR)) == (200, None)


def test_token_of_another_tenant_is_refused(registry: FakeRegistry, entra: FakeEntra) -> None:
    tenant = entra.add_tenant()
    token = entra.token(entra.add_service_principal("app", tenant_id=tenant.tenant_id), ACR)
    failure = f"Entra token tenant: expected {entra.tenant_id}, found {tenant.tenant_id}"
    assert exchange(registry, token) == (401, failure)


def test_token_for_another_service_is_refused(registry: FakeRegistry, entra: FakeEntra, app: ServicePrincipal) -> None:
    status, failure = exchange(registry, entra.token(app, "https://graph.microsoft.com"))
    assert status == 401
    assert failure is not None
    assert failure.startswith("Entra token audience: expected https://containerregistry.azure.net or ")
    assert exchange(registry, entra.token(app, "https://management.azure.com/.default")) == (200, None)


def test_expired_token_is_refused(registry: FakeRegistry, app: ServicePrincipal, entra: FakeEntra) -> None:
    token = entra.token(app, ACR)
    registry.clock.wait(timedelta(hours=1).total_seconds())
    status, failure = exchange(registry, token)
    assert (status, str(failure)[:20]) == (401, "Entra token expired:")


def test_trust_can_end_and_is_not_in_snapshots(registry: FakeRegistry, entra: FakeEntra) -> None:
    snapshot = registry.snapshot()
    anybody = entra_token(oid="anybody")
    registry.restore(snapshot)
    assert exchange(registry, anybody)[0] == 401
    registry.reset()
    assert exchange(registry, anybody)[0] == 401
    registry.trust(None)
    assert exchange(registry, anybody)[0] == 200
    registry.restore(snapshot)
    assert exchange(registry, anybody)[0] == 200
