"""The lines of the failure report: one for each exchange, short enough to read."""

import pytest

from fake_registry.journal.report import exchange_line, exchanges_text
from tests.support.exchanges import exchange_of, exchanges_of
from tests.support.http import ABSENT

PULL = {"method": "GET", "path": "/v2/dev/web/manifests/1.0", "endpoint": "manifest.get"}
PULL |= {"repository": "dev/web", "reference": "1.0"}
PROBE = {**PULL, "status": 401, "errors": ("UNAUTHORIZED",), "failure": "no credentials"}
EXCHANGE = {"method": "POST", "path": "/oauth2/exchange", "endpoint": "oauth.exchange"}
TOKEN = {"method": "POST", "path": "/oauth2/token", "endpoint": "oauth.token"}


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (PULL, "#0 GET manifest.get dev/web:1.0 -> 200"),
        (PULL | {"reference": ABSENT}, f"#0 GET manifest.get dev/web@{ABSENT[:19]} -> 200"),
        (PULL | {"status": 404, "errors": ("MANIFEST_UNKNOWN",), "failure": "repository dev/web has no tag 1.0"},
         "#0 GET manifest.get dev/web:1.0 -> 404 MANIFEST_UNKNOWN; repository dev/web has no tag 1.0"),
        (PULL | {"status": None, "faults": ("Cut()",)}, "#0 GET manifest.get dev/web:1.0 -> dropped [fault Cut()]"),
        ({"path": "/wrong", "query": "n=1", "endpoint": None, "status": 404}, "#0 GET no endpoint /wrong?n=1 -> 404"),
        (PULL | {"endpoint": "upload.chunk", "reference": "d3adbeef-2026"},
         "#0 GET upload.chunk dev/web upload d3adbeef -> 200"),
        ({}, "#0 GET base -> 200"),
        (TOKEN, "#0 POST oauth.token -> 200"),
        (PULL | {"failure": "\x1b[2J\n."}, "#0 GET manifest.get dev/web:1.0 -> 200 \\x1b[2J\\n."),
    ],
)  # fmt: skip
def test_line_has_endpoint_name_outcome_reason_and_fault(fields: dict[str, object], line: str) -> None:
    assert exchange_line(exchange_of(**fields)) == line


def test_long_line_is_cut() -> None:
    line = exchange_line(exchange_of(failure="x" * 2_000))
    assert (len(line), line[-5:]) == (400, "xx...")


def test_logins_that_led_to_a_call_are_left_out() -> None:
    exchanges = exchanges_of(PROBE, EXCHANGE, TOKEN, PULL)

    assert exchanges_text(tuple(exchanges), limit=25).splitlines() == [
        "(left out: 1 call without a token, answered 401, and 2 token requests that succeeded)",
        "#3 GET manifest.get dev/web:1.0 -> 200",
    ]


@pytest.mark.parametrize(
    "items",
    [
        (PROBE,),
        (PROBE, {**EXCHANGE, "status": 401}),
        (PROBE, {**TOKEN, "status": None}),
        (PROBE, {**TOKEN, "faults": ("Corrupt(offset=0)",)}),
        ({**PROBE, "faults": ("BadChallenge(kind='missing')",)}, PULL),
        (PROBE, {**PULL, "path": "/v2/dev/api/manifests/1.0"}),
        ({**PULL, "status": 401, "failure": "access token expired: 3 s ago"}, PULL),
    ],
)
def test_refused_login_and_call_that_never_came_again_are_shown(items: tuple[dict[str, object], ...]) -> None:
    exchanges = tuple(exchanges_of(*items))
    assert exchanges_text(exchanges, limit=25).splitlines() == [exchange_line(one) for one in exchanges]


def test_all_exchanges_are_shown_without_a_limit() -> None:
    exchanges = exchanges_of(PROBE, EXCHANGE, TOKEN, *[PULL] * 30)
    assert len(exchanges_text(tuple(exchanges), limit=None).splitlines()) == 33


def test_only_the_last_are_shown_within_a_limit() -> None:
    lines = exchanges_text(tuple(exchanges_of(*[PULL] * 30)), limit=25).splitlines()

    assert lines[0] == "(5 earlier requests; -vv shows all)"
    assert [line.split()[0] for line in lines[1:]] == [f"#{number}" for number in range(5, 30)]


def test_exchanges_before_these_are_counted() -> None:
    lines = exchanges_text(tuple(exchanges_of(*[PULL] * 30)), limit=25, earlier=1_000).splitlines()
    assert lines[0] == "(1005 earlier requests; -vv shows all)"


def test_no_exchange_is_said() -> None:
    assert exchanges_text((), limit=25) == "(no requests)"
