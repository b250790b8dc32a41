"""The sequence of exchanges: live, with filters and assertions."""

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import Disconnect, Fault
from fake_registry.wsgi import ConnectionDropped
from tests.support.http import (
    put_image,
    registry_of,
    send,
)
from tests.support.logins import bearer

TAGS = "/v2/samples/hello/tags/list"


class TestSequence:
    """`registry.requests` is live, what is taken from it is not."""

    def test_it_grows_and_its_parts_do_not(self, either: FakeRegistry) -> None:
        live = either.requests
        send(either, "GET", "/v2/")
        part, found = live[:], live.where(endpoint="base")
        send(either, "GET", "/v2/")

        assert (len(live), len(part), len(found)) == (2, 1, 1)
        assert (live[-1].number, [one.number for one in live[1:]]) == (1, [1])
        with pytest.raises(IndexError):
            live[2]

    def test_filters(self, either: FakeRegistry) -> None:
        put_image(either, "samples/hello", "v1")
        send(either, "GET", TAGS)
        send(either, "GET", "/v2/other/tags/list")
        send(either, "GET", "/nowhere")
        requests = either.requests

        assert len(requests.where(endpoint="upload.*")) == 2
        assert [one.path for one in requests.where(repository="samples/*", method="GET")] == [TAGS]
        assert [one.path for one in requests.where(path="*/tags/list", status=200)] == [TAGS]
        assert [one.reference for one in requests.where(reference="v?")] == ["v1"]
        assert [one.path for one in requests.where(endpoint=None)] == ["/nowhere"]
        assert len(requests.where()) == len(requests)
        assert len(requests.where(endpoint="upload.*").where(status=404)) == 0

    def test_an_unknown_field_is_a_mistake(self, either: FakeRegistry) -> None:
        with pytest.raises(TypeError, match=r"^an exchange has no 'code'; it has endpoint, errors, "):
            either.requests.where(code=1)

    @pytest.mark.parametrize("endpoint", ["acr.repositories.delete", "upload.*.*", ""])
    def test_an_unknown_endpoint_is_a_mistake(self, either: FakeRegistry, endpoint: str) -> None:
        with pytest.raises(ValueError, match=r"^there is no endpoint .*; the endpoints are base, blob.get, "):
            either.requests.assert_none(endpoint=endpoint)

    def test_a_method_may_be_written_in_any_case(self, either: FakeRegistry) -> None:
        send(either, "GET", "/v2/")
        assert len(either.requests.where(method="get")) == 1


class TestAssertions:
    """They say what there is instead."""

    @pytest.fixture
    def asked(self, oci: FakeRegistry) -> FakeRegistry:
        """Two requests, one of them refused."""
        send(oci, "GET", "/v2/")
        send(oci, "GET", f"{TAGS}?n=1")
        return oci

    def test_one(self, asked: FakeRegistry) -> None:
        assert asked.requests.one(endpoint="base").number == 0
        with pytest.raises(AssertionError) as raised:
            asked.requests.one(method="GET")
        assert str(raised.value) == (
            "expected 1 exchanges with method='GET', found 2 in:\n"
            "#0 GET /v2/ -> 200\n"
            f"#1 GET {TAGS}?n=1 -> 404 NAME_UNKNOWN"
        )

    def test_assert_count(self, asked: FakeRegistry) -> None:
        asked.requests.assert_count(2)
        asked.requests.assert_count(1, status=404)
        with pytest.raises(
            AssertionError, match=r"^expected 3 exchanges with anything, found 2 in:\n#0 GET /v2/ -> 200\n"
        ):
            asked.requests.assert_count(3)

    def test_assert_none(self, asked: FakeRegistry) -> None:
        asked.requests.assert_none(status=500)
        with pytest.raises(AssertionError, match=r"^expected 0 exchanges with status=404, found 1 in:\n"):
            asked.requests.assert_none(status=404)

    def test_a_mistake_is_no_failed_assertion(self, asked: FakeRegistry) -> None:
        with pytest.raises(TypeError):
            asked.requests.assert_none(stauts=500)

    def test_a_dropped_and_a_struck_one_in_words(self, azure: FakeRegistry) -> None:
        azure.faults.add(Fault("base", Disconnect()))
        with pytest.raises(ConnectionDropped):
            send(azure, "GET", "/v2/")

        assert str(azure.requests) == "#0 GET /v2/ -> dropped Disconnect(default_when='before')"

    def test_a_refused_token_in_words(self) -> None:
        registry = registry_of(auth="token")
        send(registry, "GET", "/v2/", headers=bearer("x"))

        assert str(registry.requests) == (
            "#0 GET /v2/ -> 401 UNAUTHORIZED; access token malformed: expected a signed JWT"
        )
