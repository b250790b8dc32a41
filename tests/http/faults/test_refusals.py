"""Refusals with a body of the test's own, at storage, and beyond a rate."""

import re
from collections.abc import Sequence

import pytest

from fake_registry import FakeRegistry, Fault, Refuse, Throttle
from fake_registry.http.faults import When
from tests.support.http import (
    HOST,
    LAYER,
    HttpAnswer,
    answer,
    error_answer,
    pull_layer,
    put_blob,
    registry_of,
    send,
)
from tests.support.logins import basic
from tests.support.threads import run_together

PLAIN = "text/plain; charset=utf-8"


@pytest.fixture
def redirecting(azure: FakeRegistry) -> FakeRegistry:
    """A registry that redirects to the bytes of LAYER."""
    put_blob(azure, "samples/hello", LAYER)
    return azure


def _base(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "GET", "/v2/")


class TestBody:
    """`Refuse(body=...)` and `content_type`."""

    @pytest.mark.parametrize("when", ["door", "before", "after"])
    def test_body_is_sent_as_plain_text(self, either: FakeRegistry, when: When) -> None:
        either.faults.add(Fault("base", Refuse(502, body="<b>caf\u00e9</b>"), when=when))

        expected = answer(502, {"Content-Type": PLAIN}, "<b>caf\u00e9</b>".encode())
        assert _base(either) == expected

    def test_body_has_the_content_type_of_the_test(self, either: FakeRegistry) -> None:
        effect = Refuse(503, body="<html>", content_type="text/html", retry_after=9)
        either.faults.add(Fault("base", effect))

        expected = {"Content-Type": "text/html", "Retry-After": "9"}
        assert _base(either) == answer(503, expected, b"<html>")

    def test_empty_body_and_no_type(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Refuse(504, body="", content_type="")))

        assert _base(either) == answer(504, {}, b"")

    def test_usual_json_may_have_another_type(self, either: FakeRegistry) -> None:
        usual = error_answer(503, "UNAVAILABLE", "service unavailable")
        either.faults.add(Fault("base", Refuse(content_type="text/json")))

        changed = {**dict(usual.headers), "Content-Type": "text/json"}
        assert _base(either) == HttpAnswer(503, tuple(sorted(changed.items())), usual.body)

    @pytest.mark.parametrize("words", [{"code": "X"}, {"message": "x"}])
    def test_body_and_words_of_an_error_exclude_each_other(self, words: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=r"^body: expected no code and no message with it, found one$"):
            Refuse(body="x", **words)  # type: ignore[arg-type]  # texts

    def test_body_that_is_no_text_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^body: expected text in UTF-8, found a lone surrogate$"):
            Refuse(body="\ud800")

    @pytest.mark.parametrize("name", ["code", "content_type"])
    @pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\x00", "\u2603", " a"])
    def test_value_that_no_header_can_have_is_refused(self, name: str, value: str) -> None:
        with pytest.raises(ValueError, match=f"^{name}: expected "):
            Refuse(**{name: value})  # type: ignore[arg-type]  # a text


def test_long_texts_are_shown_without_their_end() -> None:
    """Each struck request records the text."""
    assert repr(Refuse(502, body="x" * 41)) == f"Refuse(502, body='{'x' * 40}'...)"
    assert repr(Refuse(502, message="x" * 40)) == f"Refuse(502, message='{'x' * 40}')"


class TestStorage:
    """Azure Storage answers with XML (acr-behaviour 8.3)."""

    @pytest.mark.parametrize(
        ("status", "code", "message"),
        [
            (404, "BlobNotFound", "The specified blob does not exist."),
            (503, "ServerBusy", "The server is busy."),
            (500, "InternalError", "Server encountered an internal error. Please try again after some time."),
            (502, "BadGateway", "Bad Gateway."),
            (599, "Unknown", "Unknown."),
        ],
    )
    def test_error_has_the_usual_words(self, redirecting: FakeRegistry, status: int, code: str, message: str) -> None:
        found = self._refused(redirecting, Refuse(status))
        assert (found.status, self._words(found)) == (status, (code, message))
        assert found.header("x-ms-error-code") == code
        assert found.header("Content-Type") == "application/xml"

    def test_error_has_the_words_of_the_test(self, redirecting: FakeRegistry) -> None:
        found = self._refused(redirecting, Refuse(503, code="A&B", message="<later>", retry_after=3))

        assert self._words(found) == ("A&amp;B", "&lt;later&gt;")
        assert (found.header("x-ms-error-code"), found.header("Retry-After")) == ("A&B", "3")

    def test_id_in_the_body_is_that_of_the_header(self, redirecting: FakeRegistry) -> None:
        found = self._refused(redirecting, Refuse())
        assert f"RequestId:{found.header('x-ms-request-id')}\n".encode() in found.body

    def test_body_of_the_test_replaces_the_xml(self, redirecting: FakeRegistry) -> None:
        found = self._refused(redirecting, Refuse(body="no", content_type="text/html"))
        assert (found.header("Content-Type"), found.body) == ("text/html", b"no")

    def _refused(self, registry: FakeRegistry, effect: Refuse) -> HttpAnswer:
        registry.faults.add(Fault("storage.blob", effect))
        return pull_layer(registry)

    def _words(self, found: HttpAnswer) -> Sequence[str]:
        match = re.search(r"<Code>(.*)</Code><Message>(.*)\n", found.body.decode())
        assert match is not None
        return match.groups()


class TestThrottle:
    """Calls beyond a rate."""

    def _statuses(self, registry: FakeRegistry, calls: int) -> list[int]:
        return [_base(registry).status for _ in range(calls)]

    def test_calls_beyond_the_rate_are_refused_until_the_clock_moves(self, either: FakeRegistry) -> None:
        throttle = either.faults.add(Fault("base", Throttle(2, per=10)))

        assert self._statuses(either, 4) == [200, 200, 429, 429]
        refused = _base(either)
        assert refused.json["errors"][0]["code"] == "TOOMANYREQUESTS"
        assert refused.header("Retry-After") == "10"

        either.clock.wait(10)
        assert self._statuses(either, 3) == [200, 200, 429]
        assert (throttle.hits, throttle.idle_hits) == (8, 4)

    def test_rate_holds_for_any_period(self, either: FakeRegistry) -> None:
        """The window slides: no burst at the change of a minute."""
        either.faults.add(Fault("base", Throttle(2)))

        assert self._statuses(either, 1) == [200]
        either.clock.wait(59.5)
        assert self._statuses(either, 2) == [200, 429]
        assert _base(either).header("Retry-After") == "1"  # rounded up
        either.clock.wait(0.5)
        assert self._statuses(either, 2) == [200, 429]
        assert _base(either).header("Retry-After") == "60"

    def test_call_after_the_announced_seconds_passes(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Throttle(1, per=2.5)))

        assert self._statuses(either, 1) == [200]
        either.clock.wait(int(_base(either).header("Retry-After")))
        assert self._statuses(either, 1) == [200]

    def test_throttle_that_refused_no_call_had_no_effect(self, either: FakeRegistry) -> None:
        throttle = either.faults.add(Fault("base", Throttle(2)))
        self._statuses(either, 2)

        reason = "the calls were no more than 2 in 60 seconds"
        assert str(throttle.problem()).endswith(f"struck 2 calls without effect: {reason}")

    def test_threads_together_keep_to_the_rate(self, either: FakeRegistry) -> None:
        throttle = either.faults.add(Fault("base", Throttle(5)))

        run_together(lambda: self._statuses(either, 4), threads=8)

        statuses = [one.status for one in either.requests]
        assert (statuses.count(200), statuses.count(429)) == (5, 27)
        assert (throttle.hits, throttle.idle_hits) == (32, 5)

    def test_each_fault_counts_its_own_calls(self, either: FakeRegistry) -> None:
        effect = Throttle(1)
        either.faults.add(Fault("base", effect))
        either.faults.add(Fault("tags.list", effect))

        assert self._statuses(either, 2) == [200, 429]
        assert send(either, "GET", "/v2/samples/hello/tags/list").status == 404
        assert send(either, "GET", "/v2/samples/hello/tags/list").status == 429

    def test_refused_call_is_recorded_with_its_error(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("base", Throttle(1)))
        self._statuses(either, 2)

        assert [one.errors for one in either.requests] == [(), ("TOOMANYREQUESTS",)]
        assert "expected at most 1 calls in 60 seconds" in str(either.requests[-1].failure)

    def test_refused_upload_stays_as_it_is(self, either: FakeRegistry) -> None:
        location = send(either, "POST", "/v2/samples/hello/blobs/uploads/", b"").header("Location")
        either.faults.add(Fault("upload.chunk", Throttle(1)))
        location = send(either, "PATCH", location, b"four").header("Location")

        assert send(either, "PATCH", location, b"more").status == 429
        either.clock.wait(60)
        assert send(either, "PATCH", location, b"more").header("Range") == "0-7"

    def test_login_is_throttled(self) -> None:
        registry = registry_of(auth="token", admin_user="fake", admin_password="x")
        registry.faults.add(Fault("oauth.*", Throttle(1)))

        found = [send(registry, "GET", f"/oauth2/token?service={HOST}", headers=basic("fake", "x")) for _ in range(2)]
        assert [one.status for one in found] == [200, 429]
        assert found[1].header("Retry-After") == "60"

    def test_storage_is_busy(self, redirecting: FakeRegistry) -> None:
        redirecting.faults.add(Fault("storage.blob", Throttle(1)))

        assert [pull_layer(redirecting).status for _ in range(2)] == [200, 503]
        busy = pull_layer(redirecting)
        assert (busy.header("x-ms-error-code"), busy.header("Retry-After")) == ("ServerBusy", "60")

    @pytest.mark.parametrize("rate", [0, -1, 100_001])
    def test_rate_out_of_bounds_is_refused(self, rate: int) -> None:
        with pytest.raises(ValueError, match=f"^expected rate from 1 to 100000 calls, found {rate}$"):
            Throttle(rate)

    @pytest.mark.parametrize("per", [0.0, -1.0, float("inf"), float("nan"), 1e9, 10**400])
    def test_period_without_an_end_is_refused(self, per: float) -> None:
        with pytest.raises(ValueError, match=r"^expected per of more than 0 and at most 31622400 seconds, found "):
            Throttle(1, per=per)
