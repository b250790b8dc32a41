"""Tokens in the form of Entra's, from the sync and from the async credential."""

import asyncio
import base64
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from azure.core.credentials import SupportsTokenInfo, TokenCredential
from azure.core.credentials_async import AsyncSupportsTokenInfo, AsyncTokenCredential

from fake_registry.clock import ManualClock
from pytest_acr.credentials import (
    CLIENT_ID,
    DEFAULT_PRINCIPAL,
    SIGNING_KEY,
    TENANT_ID,
    AcrAioCredential,
    AcrCredential,
    fixture_claims,
)

SCOPE = "https://containerregistry.azure.net/.default"
NOW = 1_800_000_000

Ask = Callable[..., tuple[str, int]]


def sync_token(*scopes: str, principal: str = DEFAULT_PRINCIPAL, **options: Any) -> tuple[str, int]:
    return AcrCredential(ManualClock(NOW * 10**9), principal=principal).get_token(*scopes, **options)


def sync_token_info(*scopes: str, principal: str = DEFAULT_PRINCIPAL, **options: Any) -> tuple[str, int]:
    credential = AcrCredential(ManualClock(NOW * 10**9), principal=principal)
    info = credential.get_token_info(*scopes, options=options)  # type: ignore[arg-type]
    return info.token, info.expires_on


def aio_token(*scopes: str, principal: str = DEFAULT_PRINCIPAL, **options: Any) -> tuple[str, int]:
    return asyncio.run(AcrAioCredential(ManualClock(NOW * 10**9), principal=principal).get_token(*scopes, **options))


def aio_token_info(*scopes: str, principal: str = DEFAULT_PRINCIPAL, **options: Any) -> tuple[str, int]:
    credential = AcrAioCredential(ManualClock(NOW * 10**9), principal=principal)
    info = asyncio.run(credential.get_token_info(*scopes, options=options))  # type: ignore[arg-type]
    return info.token, info.expires_on


every_way = pytest.mark.parametrize("ask", [sync_token, sync_token_info, aio_token, aio_token_info])


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@every_way
def test_claims_are_those_of_entra(ask: Ask) -> None:
    token, expires_on = ask(SCOPE, principal="somebody")
    assert expires_on == NOW + 4_500
    assert claims_of(token) == {
        "aud": "https://containerregistry.azure.net",
        "iss": f"https://sts.windows.net/{TENANT_ID}/",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 4_500,
        "appid": CLIENT_ID,
        "oid": "somebody",
        "sub": "somebody",
        "tid": TENANT_ID,
        "ver": "1.0",
    }


@every_way
def test_token_is_signed_with_the_public_key(ask: Ask) -> None:
    token, _ = ask(SCOPE)
    options: Any = {
        "verify_aud": False,
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
    }
    assert jwt.decode(token, SIGNING_KEY, algorithms=["HS256"], options=options) == claims_of(token)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, "x" * 32, algorithms=["HS256"], options=options)


@every_way
@pytest.mark.parametrize(
    ("scopes", "audience"),
    [
        (["https://management.azure.com/.default"], "https://management.azure.com"),
        (["https://management.azure.com//.default"], "https://management.azure.com/"),
        (["https://containerregistry.azure.net"], "https://containerregistry.azure.net"),
        (["api://registry/.default"], "api://registry"),
        (["6a0ec4d3/.default"], "6a0ec4d3"),
        (["6a0ec4d3"], "6a0ec4d3"),
        (["https://a.example/read", "https://a.example/write"], "https://a.example"),
    ],
)
def test_audience_is_the_resource_of_the_scopes(ask: Ask, scopes: list[str], audience: str) -> None:
    assert claims_of(ask(*scopes)[0])["aud"] == audience


@every_way
def test_no_scope_is_refused(ask: Ask) -> None:
    with pytest.raises(ValueError, match="at least one scope"):
        ask()


@every_way
def test_scopes_of_two_resources_are_refused(ask: Ask) -> None:
    with pytest.raises(ValueError, match=r"one resource, found those of https://a\.example, https://b\.example"):
        ask("https://b.example/.default", "https://a.example/.default")


@every_way
def test_token_names_the_requested_tenant(ask: Ask) -> None:
    claims = claims_of(ask(SCOPE, tenant_id="contoso", enable_cae=True)[0])
    assert (claims["tid"], claims["iss"]) == ("contoso", "https://sts.windows.net/contoso/")


@every_way
def test_own_token_is_accepted_at_any_time(ask: Ask) -> None:
    token, _ = ask(SCOPE, principal="somebody")
    assert fixture_claims(token) == claims_of(token)


@every_way
def test_token_of_another_tenant_is_not_accepted(ask: Ask) -> None:
    assert fixture_claims(ask(SCOPE, tenant_id=CLIENT_ID)[0]) is None


def deep_token(part: int) -> str:
    """Return a signed token whose header (0) or claims (1) are too deep for the JSON parser."""
    if part:
        return jwt.PyJWS().encode(b"[" * 20_000, SIGNING_KEY, algorithm="HS256")
    deep = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    return f"{deep}.e30.e30"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c",
        "é.é.é",
        "\ud800.a.b",
        deep_token(0),
        deep_token(1),
        jwt.encode({"tid": TENANT_ID}, "k" * 32),
    ],
    ids=[
        "empty",
        "two parts",
        "no base64",
        "no ASCII",
        "no text",
        "deep header",
        "deep claims",
        "another key",
    ],
)
def test_foreign_or_malformed_token_is_not_accepted(token: str) -> None:
    """PyJWT raises a RecursionError for deep JSON before 2.11, and a UnicodeError for lone surrogates."""
    assert fixture_claims(token) is None


def test_credentials_satisfy_the_protocols_of_azure_core() -> None:
    clock = ManualClock()
    credential, aio_credential = AcrCredential(clock), AcrAioCredential(clock)
    assert isinstance(credential, TokenCredential)
    assert isinstance(credential, SupportsTokenInfo)
    assert isinstance(aio_credential, AsyncTokenCredential)
    assert isinstance(aio_credential, AsyncSupportsTokenInfo)


def test_credentials_are_context_managers() -> None:
    clock = ManualClock()

    async def run() -> str:
        async with AcrAioCredential(clock) as aio_credential:
            return (await aio_credential.get_token(SCOPE)).token

    with AcrCredential(clock) as credential:
        assert credential.get_token(SCOPE).token.count(".") == asyncio.run(run()).count(".") == 2


def test_end_of_an_async_credential_has_the_parameters_of_azure_core() -> None:
    names = [*inspect.signature(AsyncTokenCredential.__aexit__).parameters]

    assert [*inspect.signature(AcrAioCredential.__aexit__).parameters] == names


def test_jwt_is_imported_when_a_token_is_made() -> None:
    program = "import sys, pytest_acr.credentials; print('jwt' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert answer.stdout == "False\n"
