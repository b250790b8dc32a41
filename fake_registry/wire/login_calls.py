"""Requests of a login: from the registry's challenge to its tokens."""

from typing import Final
from urllib.parse import urlencode, urljoin

from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.wire.challenge import Challenge
from fake_registry.wire.messages import CallRequest

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def get_token(challenge: Challenge, scope: str) -> CallRequest:
    """Return the request for an access token; the caller adds Basic credentials.

    CNCF distribution, Token Authentication Specification; ACR, Token-BasicAuth.
    """
    return CallRequest(
        endpoint=endpoint_of(EndpointName.OAUTH_TOKEN, "GET"),
        path=_realm_of(challenge),
        query=_token_fields(challenge, scope),
    )


def post_token(
    challenge: Challenge,
    scope: str,
    refresh_token: str,
    *,
    api_version: str | None = None,
) -> CallRequest:
    """Return the request for an access token by a refresh token.

    Azure/acr AAD-OAuth, POST /oauth2/token; CNCF distribution, OAuth2 Token Authentication.
    """
    form = (
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("client_id", "fake-registry"),
        *_token_fields(challenge, scope),
    )
    return CallRequest(
        endpoint=endpoint_of(EndpointName.OAUTH_TOKEN, "POST"),
        path=_realm_of(challenge),
        query=_version_query(api_version),
        headers=_FORM,
        body=urlencode(form).encode(),
    )


def exchange(
    challenge: Challenge,
    access_token: str,
    *,
    api_version: str | None = None,
) -> CallRequest:
    """Return the request for a refresh token by a token from Entra, at the realm's host.

    ACR 2021-07-01, POST /oauth2/exchange.
    """
    service = challenge.parameter("service")
    form = (
        ("grant_type", "access_token"),
        ("service", service or ""),
        ("access_token", access_token),
    )
    endpoint = endpoint_of(EndpointName.OAUTH_EXCHANGE)
    return CallRequest(
        endpoint=endpoint,
        path=urljoin(_realm_of(challenge), endpoint.path),
        query=_version_query(api_version),
        headers=_FORM,
        body=urlencode(form).encode(),
    )


def _realm_of(challenge: Challenge) -> str:
    return challenge.parameter("realm") or ""


def _version_query(api_version: str | None) -> tuple[tuple[str, str], ...]:
    return () if api_version is None else (("api-version", api_version),)


def _token_fields(challenge: Challenge, scope: str) -> tuple[tuple[str, str], ...]:
    """Return the service and each scope; a challenge joins scopes with blanks (RFC 6749 §3.3)."""
    service = challenge.parameter("service")
    named = () if service is None else (("service", service),)
    return (*named, *(("scope", one) for one in scope.split()))
