"""The transcript of a finding, as text."""

from pytest_acr.harness.findings import RawExchange
from pytest_acr.harness.messages import NO_RESPONSE, RawRequest, RawResponse
from pytest_acr.harness.transcript import transcript_of
from tests.support.check_findings import SECRET, hostile_finding


def test_exchange_is_shown_with_the_headers_that_matter() -> None:
    request = RawRequest("PUT", "/v2/a/manifests/b", (("Content-Type", "a/b"),), b"{}")
    headers = (("Location", "/v2/a/manifests/b"), ("Date", "today"), ("Server", "s"))
    response = RawResponse(400, headers, b'{"errors": []}')

    text = transcript_of([RawExchange(request, response), RawExchange(request, RawResponse(201, (), b""))])

    assert text == (
        "# 1\n"
        "> PUT /v2/a/manifests/b\n> Content-Type: a/b\n>\n> {}\n"
        "< 400\n< Location: /v2/a/manifests/b\n<\n"
        '< {"errors": []}\n'
        "\n"
        "# 2\n> PUT /v2/a/manifests/b\n> Content-Type: a/b\n>\n> {}\n< 201"
    )


def test_long_bodies_are_cut() -> None:
    exchange = RawExchange(RawRequest("GET", "/v2/"), RawResponse(200, (), b"x" * 1_000_000))

    lines = transcript_of([exchange]).splitlines()

    assert lines[-1] == "< ... (1000000 bytes)"
    assert max(map(len, lines)) < 400


def test_an_absent_response_is_shown_with_its_reason() -> None:
    exchange = RawExchange(RawRequest("GET", "/v2/"), RawResponse(NO_RESPONSE, (), b"timed out"))

    assert transcript_of([exchange]) == "# 1\n> GET /v2/\n< no response: timed out"


def test_secrets_and_control_characters_are_not_shown() -> None:
    text = transcript_of(hostile_finding().transcript)

    assert SECRET not in text
    assert "secret-state" not in text
    assert "Authorization: ***" in text
    assert [each for each in text if not each.isprintable() and each != "\n"] == []
