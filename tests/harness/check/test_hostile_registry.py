"""Runs of registry-check against a registry whose responses are changed at random."""

from dataclasses import replace
from random import Random
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.settings import Profile
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_runs import NotedProgress, check

pytestmark = pytest.mark.exhaustive

PROFILES: Final[tuple[Profile, ...]] = ("oci", "acr")

STATUSES: Final = (200, 201, 202, 204, 206, 304, 400, 404, 416, 500, 501, 101, 999)

BODIES: Final = (
    *(b"", b"[]", b"null", b"3", b"\xff\xfe", b"[" * 3000, b"1" * 5000, b'{"a":NaN}'),
    *(b'{"errors":3}', b'{"errors":[3]}', b'{"errors":[{"code":[]}]}', b'{"errors":[{"code":"\\ud800"}]}'),
    *(b'{"tags":3}', b'{"tags":[null,3,{}]}', b'{"tags":[[]],"name":3}', b'{"tags":["\\ud800"]}'),
    *(b'{"repositories":[3]}', b'{"repositories":null}', b'{"manifests":{}}'),
    *(b'{"manifests":[3,null,{"digest":[]}]}', b'{"manifests":[{"digest":"x","annotations":3}]}'),
)

NAMES: Final = (
    *("Location", "Link", "Range", "Content-Range", "Docker-Content-Digest", "Content-Type", "ETag"),
    *("OCI-Subject", "OCI-Tag", "OCI-Filters-Applied", "Content-Length", "Docker-Upload-UUID"),
)

VALUES: Final = (
    *("", "x", "-", ":", "\x00", "\xe9", "9" * 5000, "sha256:", "sha512:zz", "md5:" + "0" * 32),
    *("<>; rel=next", '<http://[::1>; rel="next"', '</v2/?n=1>; rel="next"', "<%>"),
    *("bytes a-b/c", "bytes 0-0/\u0664", "0-99999999999999999999999", "0--1"),
    *("http://[::1/a", "//a/b", "?x", "a b"),
)


class ChangingTarget:
    """A registry whose responses are changed as a random generator says, after `begin`."""

    def __init__(self, registry: FakeRegistry, random: Random) -> None:
        self._target = WsgiTarget(registry.wsgi_app)
        self._random = random
        self._rate = random.choice((0.02, 0.1, 0.4))
        self._is_changing = False

    def begin(self, _: int) -> None:
        """Change responses from now on."""
        self._is_changing = True

    def send(self, request: RawRequest) -> RawResponse:
        """Return a response of the registry, changed or not."""
        response = self._target.send(request)
        is_spared = request.path == "/v2/" or not self._is_changing
        if is_spared or self._random.random() > self._rate:
            return response
        return self._change(response)

    def close(self) -> None:
        """Do nothing."""

    def _change(self, response: RawResponse) -> RawResponse:
        choose = self._random.choice
        match self._random.randrange(5):
            case 0:
                return replace(response, status=choose(STATUSES))
            case 1:
                return replace(response, body=choose(BODIES))
            case 2:
                kept = tuple(each for each in response.headers if self._random.random() < 0.5)
                return replace(response, headers=kept)
            case 3:
                name = choose(NAMES)
                others = tuple(each for each in response.headers if each[0].lower() != name.lower())
                return replace(response, headers=(*others, (name, choose(VALUES))))
            case _:
                raise TargetFailed("the connection was closed")


@pytest.mark.parametrize("seed", range(4))
def test_run_is_complete_whatever_the_registry_answers(seed: int) -> None:
    profile = PROFILES[seed % 2]
    registry = FakeRegistry(Settings(profile=profile, auth="off"))
    target = ChangingTarget(registry, Random(seed))

    result = check(target, NotedProgress(target.begin), examples=4, seed=seed)

    assert (result.end, result.failure) == ("complete", "")
    assert result.findings
