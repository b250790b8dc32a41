"""registry-check touches nothing but the repositories of its own prefix."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.settings import Profile
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.preflight import CheckRefused
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_runs import check

pytestmark = pytest.mark.exhaustive

_SHARED: Final = re.compile(r"/v2/|/v2/_catalog|/acr/v1/_catalog|/_fake/.*|/oauth2/.*")


class LeadingAwayTarget:
    """A registry that leads a client to other content, once it has answered some requests."""

    def __init__(self, registry: FakeRegistry, header: str, value: str, after: int) -> None:
        self.requests: list[RawRequest] = []
        self._target = WsgiTarget(registry.wsgi_app)
        self._header = header
        self._value = value
        self._after = after

    def send(self, request: RawRequest) -> RawResponse:
        """Return the response, with another Location of an upload, or another Link."""
        self.requests.append(request)
        response = self._target.send(request)
        if len(self.requests) <= self._after or not self._leads_away(request, response):
            return response

        others = tuple(each for each in response.headers if each[0].lower() != self._header)
        return replace(response, headers=(*others, (self._header, self._value)))

    def _leads_away(self, request: RawRequest, response: RawResponse) -> bool:
        if self._header == "location":
            return response.status == 202 and request.method in ("POST", "PATCH")
        return request.method == "GET" and response.status == 200

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("profile", ["oci", "acr"])
@pytest.mark.parametrize("after", [0, 60])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("location", "/v2/prod/manifests/latest"),
        ("location", "http://other.example.com/v2/prod/blobs/uploads/1"),
        ("location", "/acr/v1/prod"),
        ("link", '</v2/prod/tags/list>; rel="next"'),
        ("link", '</acr/v1/prod/_tags>; rel="next"'),
    ],
)
def test_nothing_is_sent_to_the_content_of_others(
    profile: Profile,
    header: str,
    value: str,
    after: int,
) -> None:
    registry = FakeRegistry(Settings(profile=profile, auth="off"))
    target = LeadingAwayTarget(registry, header, value, after)

    with suppress(CheckRefused):  # without a usable Location nothing can be pushed
        check(target, new_target=lambda: target, examples=2)

    assert target.requests
    paths = {unquote(request.path.partition("?")[0]) for request in target.requests}
    mine = re.compile(r"/(v2|acr/v1)/registry-check/.+")
    assert [path for path in paths if not (mine.fullmatch(path) or _SHARED.fullmatch(path))] == []
