"""The token endpoint: OAuth 2.0 client credentials flow (RFC 6749 §4.4).

Version 2.0 has the field `scope`, version 1.0 `resource`. Other grants belong to users and are
refused.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote_plus

from fake_registry.auth.basic import basic_credentials
from fake_registry.clock import SECOND_NS
from fake_registry.entra import errors
from fake_registry.entra.assertions import ASSERTION_TYPE, check_assertion
from fake_registry.entra.directory import SHARED_TENANTS
from fake_registry.entra.principals import ServicePrincipal, Tenant
from fake_registry.entra.service import Service, date_of
from fake_registry.entra.tokens import mint_access_token

DEFAULT_SCOPE = "/.default"

OPENID_SCOPES = frozenset({"openid", "offline_access", "profile"})
"""Scopes of OpenID Connect. MSAL for Go and for Java adds them to each login, that of an application too."""

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
    """The fields of a request for a token, as received; an absent field is empty."""

    grant_type: str
    client_id: str
    client_secret: str
    client_assertion: str
    client_assertion_type: str
    scope: str
    resource: str


def token_form(fields: Mapping[str, str], authorization: str | None) -> TokenForm:
    """Return the request for a token that a form holds. Client id and secret may come in the
    Authorization header instead (RFC 6749 §2.3.1)."""
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


def issue_token(
    service: Service,
    tenant_name: str,
    form: TokenForm,
    *,
    version: str,
    now: int,
) -> dict[str, object]:
    """Return the document with a token, or raise EntraRefused. `version` is "" for 1.0, or
    "v2.0"."""
    _check_grant(form)
    tenant = _tenant_of(service, tenant_name)
    application = _application_of(service, tenant, form)
    resource = _resource_of(form, version=version)
    _check_credential(service, tenant, application, form, now=now)
    if not service.directory.has_resource(resource):
        raise errors.unknown_resource(resource, tenant.domain)

    token = mint_access_token(
        application,
        resource,
        key=service.keys.signing_key(),
        now=now,
        lifetime=service.token_lifetime,
        new_id=service.new_id,
        proof="2" if form.client_assertion else "1",
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


def _tenant_of(service: Service, name: str) -> Tenant:
    if name.lower() in SHARED_TENANTS:
        raise errors.no_tenant()

    return service.directory.find_tenant(name)


def _application_of(service: Service, tenant: Tenant, form: TokenForm) -> ServicePrincipal:
    if not form.client_id:
        raise errors.missing_parameter("client_id")

    application = service.directory.application(tenant, form.client_id)
    if application is None:
        raise errors.unknown_application(form.client_id, tenant.domain)
    if not form.client_secret and not form.client_assertion:
        raise errors.no_credential()
    return application


def _check_credential(
    service: Service,
    tenant: Tenant,
    application: ServicePrincipal,
    form: TokenForm,
    *,
    now: int,
) -> None:
    if not form.client_assertion:
        _check_secret(application, form.client_secret)
        return

    if form.client_assertion_type != ASSERTION_TYPE:
        raise errors.wrong_assertion_type(form.client_assertion_type)
    check_assertion(
        form.client_assertion,
        application,
        directory=service.directory,
        tenant=tenant,
        time=date_of(now),
    )


def _check_secret(application: ServicePrincipal, found: str) -> None:
    expected = application.secret
    if expected is None or not hmac.compare_digest(_encode(found), _encode(expected)):
        raise errors.wrong_secret(application.client_id)


def _encode(secret: str) -> bytes:
    # compare_digest accepts text only if it is ASCII; surrogatepass encodes lone surrogates too
    return secret.encode("utf-8", "surrogatepass")


def _resource_of(form: TokenForm, *, version: str) -> str:
    resource = _resource_of_scopes(form.scope) if version else form.resource
    if not resource:
        raise errors.missing_parameter("scope" if version else "resource")
    return resource


def _resource_of_scopes(scope: str) -> str:
    """Return the one resource of all scopes as requested, with its slash at the end if any."""
    words = [word for word in dict.fromkeys(scope.split()) if word not in OPENID_SCOPES]
    if scope.split() and not words:
        raise errors.scope_without_default(scope)

    resources = []
    for word in words:
        if not word.endswith(DEFAULT_SCOPE):
            raise errors.scope_without_default(scope)
        resources.append(word.removesuffix(DEFAULT_SCOPE))
        if not resources[-1]:
            raise errors.invalid_scope(scope)

    if len(resources) > 1:
        raise errors.several_resources(scope)
    return resources[0] if resources else ""


def _answer(
    token: str,
    resource: str,
    lifetime: timedelta,
    *,
    version: str,
    now: int,
) -> dict[str, object]:
    seconds = lifetime // timedelta(seconds=1)
    if version:
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": token,
        }

    return {  # in version 1.0 numbers are text
        "token_type": "Bearer",
        "expires_in": str(seconds),
        "ext_expires_in": str(seconds),
        "expires_on": str(now // SECOND_NS + seconds),
        "not_before": str(now // SECOND_NS),
        "resource": resource,
        "access_token": token,
    }
