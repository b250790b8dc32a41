"""The record of one thread's operations, and what it reads in responses."""

from itertools import count

import pytest

from pytest_acr.harness.concurrency.content import (
    content_outcome,
    one_request,
    outcome_of,
    received_bytes,
    tags_in,
)
from pytest_acr.harness.concurrency.history import (
    MAX_FAILURES,
    MAX_KEPT_BYTES,
    ConcurrentExchange,
    ObjectKey,
    Observed,
    ThreadHistory,
)
from pytest_acr.harness.concurrency.models import CORRUPT, DONE
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.model import digest_of

KEY = ObjectKey("blob", "b")
REQUEST = RawRequest("GET", "/")


class Scripted:
    """A target with prepared responses. None: there is no response."""

    def __init__(self, *responses: RawResponse | None) -> None:
        self._responses = iter(responses)
        self.requests: list[RawRequest] = []

    def send(self, request: RawRequest) -> RawResponse:
        self.requests.append(request)
        response = next(self._responses)
        if response is None:
            raise TargetFailed("the connection was closed")
        return response

    def close(self) -> None:
        """Do nothing."""


def answer(status: int = 200, body: bytes = b"") -> RawResponse:
    return RawResponse(status, (), body)


def test_operation_has_the_numbers_before_and_after_its_requests() -> None:
    history = ThreadHistory(3, Scripted(answer(404), answer(500)), count(10).__next__)

    outcomes = [history.run("get", (KEY,), None, one_request(REQUEST)) for _ in range(2)]

    assert outcomes == [Observed("absent"), None]
    found, lost = history.operations
    assert (found.thread, found.invoked, found.answered) == (3, 10, 11)
    assert (lost.invoked, lost.answered, lost.observed) == (12, None, None)
    assert not history.gave_up


def test_thread_sends_nothing_after_some_requests_without_a_response() -> None:
    target = Scripted(*[None] * 9)
    history = ThreadHistory(0, target, count().__next__)

    for _ in range(9):
        assert history.run("get", (KEY,), None, one_request(REQUEST)) is None

    assert len(target.requests) == len(history.operations) == MAX_FAILURES
    assert history.operations[0].exchanges == (ConcurrentExchange(REQUEST, None),)


def test_history_keeps_the_beginning_of_a_long_body() -> None:
    history = ThreadHistory(0, Scripted(answer(body=b"x" * 1_000_000)), count().__next__)

    history.run("get", (KEY,), None, one_request(REQUEST))

    (exchange,) = history.operations[0].exchanges
    assert exchange.response == answer(body=b"x" * MAX_KEPT_BYTES)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, "done"), (307, "refused"), (400, "refused"), (405, "forbidden"), (416, "misplaced")],
)
def test_outcome_follows_from_the_status(status: int, expected: str) -> None:
    assert outcome_of(answer(status)) == Observed(expected)


def test_content_of_another_digest_is_corrupt() -> None:
    digest = digest_of(b"content")

    assert content_outcome(digest, answer(body=b"content")) == DONE
    assert content_outcome(digest, answer(body=b"another")) == CORRUPT


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0-0", 0), ("0-8", 9), ("bytes=0-8", 9), ("1-8", None), ("0-", None), (None, None)],
)
def test_received_bytes_follow_from_the_range(text: str | None, expected: int | None) -> None:
    headers = () if text is None else (("Range", text),)

    assert received_bytes(RawResponse(202, headers, b"")) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"tags": null}', b"[" * 100_000])
def test_body_that_is_no_tag_list_has_no_tags(body: bytes) -> None:
    assert tags_in(answer(body=body)) == ()


def test_tags_of_a_list_are_bounded() -> None:
    names = ",".join(['"' + "x" * 1_000 + '"'] * 2_000)

    assert tags_in(answer(body=f'{{"tags": [{names}]}}'.encode())) == ("x" * 128,) * 1_000
