"""The token endpoint: Microsoft identity platform, OAuth 2.0 client credentials flow (RFC 6749 §4.4).

Version 2.0 asks with `scope`, version 1.0 with `resource`. Other grants have a user behind them and are refused.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote_plus

from fake_registry.auth.basic import basic_credentials
from fake_registry.auth.tokens import NANOSECONDS
from fake_registry.entra import errors
from fake_registry.entra.assertions import ASSERTION_TYPE, check_assertion
from fake_registry.entra.directory import SHARED_TENANTS
from fake_registry.entra.principals import ServicePrincipal, Tenant
from fake_registry.entra.service import Service, date_of
from fake_registry.entra.tokens import mint_access_token

DEFAULT_SCOPE = "/.default"

_GRANTS_OF_USERS = frozenset(
    {
        "authorization_code",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    }
)


@dataclass(frozen=True)
class TokenForm:
    """A request for a token, its fields as they came and empty where absent. `text` never shows in a message."""

    grant_type: str
    client_id: str
    client_secret: str
    client_assertion: str
    client_assertion_type: str
    scope: str
    resource: str


def token_form(fields: Mapping[str, str], authorization: str | None) -> TokenForm:
    """Return the request of a form's fields; id and secret may be in the header instead (RFC 6749 §2.3.1)."""
    user, password = (unquote_plus(text) for text in basic_credentials(authorization) or ("", ""))
    return TokenForm(
        grant_type=fields.get("grant_type", ""),
        client_id=fields.get("client_id", "") or user,
        client_secret=fields.get("client_secret", "") or password,
        client_assertion=fields.get("client_assertion", ""),
        client_assertion_type=fields.get("client_assertion_type", ""),
        scope=fields.get("scope", ""),
        resource=fields.get("resource", ""),
    )


def issue_token(service: Service, tenant_name: str, form: TokenForm, *, version: str, now: int) -> dict[str, object]:
    """Return the document with a token. `version` is "" for 1.0 or "v2.0". Raises EntraRefused."""
    _check_grant(form)
    if tenant_name.lower() in SHARED_TENANTS:
        raise errors.no_tenant()
    tenant = service.directory.checked_tenant(tenant_name)
    if not form.client_id:
        raise errors.missing_parameter("client_id")
    application = service.directory.application(tenant, form.client_id)
    if application is None:
        raise errors.unknown_application(form.client_id, tenant.domain)
    if not form.client_secret and not form.client_assertion:
        raise errors.no_credential()
    resource = _resource_of(form.scope) if version else form.resource
    if not resource:
        raise errors.missing_parameter("scope" if version else "resource")
    _check_credential(service, tenant, application, form, now=now)
    if not service.directory.has_resource(resource):
        raise errors.unknown_resource(resource, tenant.domain)
    proof = "2" if form.client_assertion else "1"
    token = mint_access_token(
        application,
        resource,
        key=service.keys.signing_key(),
        now=now,
        lifetime=service.token_lifetime,
        new_id=service.new_id,
        proof=proof,
    )
    return _answer(token, resource, service.token_lifetime, version=version, now=now)


def _check_grant(form: TokenForm) -> None:
    if not form.grant_type:
        raise errors.missing_parameter("grant_type")
    if form.grant_type == "client_credentials":
        return
    if form.grant_type in _GRANTS_OF_USERS and not form.client_secret and not form.client_assertion:
        raise errors.no_credential_for_user()
    raise errors.unsupported_grant(form.grant_type)


def _check_credential(
    service: Service, tenant: Tenant, application: ServicePrincipal, form: TokenForm, *, now: int
) -> None:
    if form.client_assertion:
        if form.client_assertion_type != ASSERTION_TYPE:
            raise errors.wrong_assertion_type(form.client_assertion_type)
        check_assertion(
            form.client_assertion, application, directory=service.directory, tenant=tenant, time=date_of(now)
        )
        return
    expected = application.secret
    # bytes: compare_digest takes no other text than ASCII; lone surrogates have an encoding nowhere else
    found = form.client_secret.encode("utf-8", "surrogatepass")
    if expected is None or not hmac.compare_digest(found, expected.encode("utf-8", "surrogatepass")):
        raise errors.wrong_secret(application.client_id)


def _resource_of(scope: str) -> str:
    """Return what all scopes belong to: the resource as it was asked for, a slash at its end included."""
    resources = []
    for word in dict.fromkeys(scope.split()):
        if not word.endswith(DEFAULT_SCOPE):
            raise errors.scope_without_default(scope)
        resources.append(word.removesuffix(DEFAULT_SCOPE))
        if not resources[-1]:
            raise errors.invalid_scope(scope)
    if len(resources) > 1:
        raise errors.several_resources(scope)
    return resources[0] if resources else ""


def _answer(token: str, resource: str, lifetime: timedelta, *, version: str, now: int) -> dict[str, object]:
    seconds = lifetime // timedelta(seconds=1)
    if version:
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
    return {  # version 1.0 has its numbers as text
        "token_type": "Bearer",
        "expires_in": str(seconds),
        "ext_expires_in": str(seconds),
        "expires_on": str(now // NANOSECONDS + seconds),
        "not_before": str(now // NANOSECONDS),
        "resource": resource,
        "access_token": token,
    }
