"""Answers of another server at the paths of the control API and of a token service."""

from collections.abc import Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from pytest_acr.harness.control_api import ControlApi
from pytest_acr.harness.messages import RawRequest, TargetFailed
from pytest_acr.harness.owner import OwnerTarget
from pytest_acr.harness.wsgi_target import WsgiTarget

CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="http://localhost/token",service="localhost"')
DEEP: Final = b"[" * 200_000


def app_of(tokens: bytes, accounts: bytes = b"{}") -> WsgiTarget:
    """Return a registry that challenges everything, and answers other paths with these bodies."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/token":
                start_response("200 OK", [])
                return [tokens]
            case "/_fake/tokens":
                start_response("200 OK", [])
                return [accounts]
            case _:
                start_response("401 Unauthorized", [CHALLENGE])
                return []

    return WsgiTarget(app)


@pytest.mark.parametrize("tokens", [b"<html>", b"[]", b"{}", b'{"access_token": 1}', DEEP])
def test_owner_without_a_token_returns_the_challenge(tokens: bytes) -> None:
    response = OwnerTarget(app_of(tokens)).send(RawRequest("GET", "/v2/"))

    assert (response.status, response.header("www-authenticate")) == (401, CHALLENGE[1])


def test_owner_without_an_account_returns_the_challenge() -> None:
    target = app_of(b'{"access_token": "x"}', accounts=b"<html>")

    assert OwnerTarget(target).send(RawRequest("GET", "/v2/")).status == 401


@pytest.mark.parametrize("accounts", [b"<html>", b"[]", b"null", DEEP])
def test_control_api_without_a_json_object_is_a_failure_of_the_target(accounts: bytes) -> None:
    control = ControlApi(app_of(b"", accounts).send)

    with pytest.raises(TargetFailed, match="expected a JSON object of the control API"):
        control.post("tokens", {"name": "a"})


def test_redirect_of_an_app_to_a_malformed_url_is_a_failure_of_the_target() -> None:
    def app(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("307 Temporary Redirect", [("Location", "http://[x")])
        return []

    with pytest.raises(TargetFailed, match="expected a redirect to a URL"):
        WsgiTarget(app).send(RawRequest("GET", "/v2/"))
