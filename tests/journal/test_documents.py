"""The JSON of exchanges."""

import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from fake_registry.journal.documents import exchange_document, json_lines, json_text
from fake_registry.journal.exchange import Exchange
from tests.support.exchanges import PLAIN, exchange_of, exchanges


def test_document_has_all_fields() -> None:
    document = exchange_document(PLAIN)

    assert list(document) == [field.name for field in fields(Exchange)]
    assert Exchange(**document) == PLAIN


def test_headers_can_be_left_out() -> None:
    without = exchange_document(PLAIN, with_headers=False)

    assert exchange_document(PLAIN).keys() - without.keys() == {"request_headers", "response_headers"}


def test_line_has_the_time_as_text_beside_nanoseconds() -> None:
    [line] = json_lines([exchange_of(time=1_790_000_000_123_456_789)])

    document = json.loads(line)
    assert document["time"] == 1_790_000_000_123_456_789
    assert document["time_text"] == "2026-09-21T14:13:20.123456+00:00"


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    text = json_text({"a\ud800": ["\udc80", "\N{PACKAGE}", "\\ud800", "\ud83d\udce6"]})

    assert text.isascii()
    assert json.loads(text) == {"a\ufffd": ["\ufffd", "\N{PACKAGE}", "\\ud800", "\N{PACKAGE}"]}


@given(items=st.lists(exchanges(), max_size=3))
def test_every_exchange_is_one_line_that_any_parser_reads(items: list[Exchange]) -> None:
    lines = list(json_lines(items))

    assert [json.loads(line)["number"] for line in lines] == [item.number for item in items]
    for line in lines:
        assert line.isascii()
        assert len(line.splitlines()) == 1
        json.dumps(json.loads(line), ensure_ascii=False).encode()
