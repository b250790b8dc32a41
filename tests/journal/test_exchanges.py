"""The sequence of exchanges: live, with filters and assertions."""

import dataclasses

import pytest

from fake_registry.journal.criteria import ExchangeCriteria
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.sources import Selection
from tests.support.exchanges import RecordedExchanges, exchange_of, exchanges_of

TAGS = "/v2/samples/hello/tags/list"


@pytest.fixture
def some() -> Exchanges:
    """A push in two requests, three listings and a request that no route matches."""
    upload = {"method": "POST", "endpoint": "upload.start", "repository": "samples/hello"}
    chunk = upload | {"method": "PATCH", "endpoint": "upload.chunk", "reference": "u1"}
    tags = {"path": TAGS, "endpoint": "tags.list", "repository": "samples/hello"}
    other = {"path": "/v2/other/tags/list", "endpoint": "tags.list", "repository": "other", "status": 404}
    lost = {"path": "/nowhere", "endpoint": None, "status": 404}
    return exchanges_of(upload, chunk, tags, other, lost)


@pytest.fixture
def two() -> Exchanges:
    """Two requests, the second one refused."""
    return exchanges_of({}, {"path": TAGS, "query": "n=1", "status": 404, "errors": ("NAME_UNKNOWN",)})


class TestSequence:
    """A registry's exchanges grow, parts of them do not."""

    def test_exchanges_grow_and_their_parts_do_not(self) -> None:
        recorded = RecordedExchanges()
        recorded.record({})
        live = recorded.exchanges
        part, found = live[:], live.where(endpoint="base")
        recorded.record({})

        assert (len(live), len(part), len(found)) == (2, 1, 1)
        assert (live[-1].number, [one.number for one in live[1:]]) == (1, [1])
        with pytest.raises(IndexError):
            live[2]

    def test_iteration_reads_once(self) -> None:
        recorded = RecordedExchanges()
        recorded.record({}, {})
        found = []

        for exchange in recorded.exchanges:
            recorded.record({})
            found.append(exchange.number)
        assert found == [0, 1]

    def test_last_ones_are_those_of_the_whole(self) -> None:
        recorded = RecordedExchanges(limit=3)
        recorded.record({}, {}, {}, {})
        unread = [[one.number for one in recorded.exchanges[-count:]] for count in (1, 2, 3, 9)]
        read = list(recorded.exchanges)
        recorded.record({})

        assert unread == [[3], [2, 3], [1, 2, 3], [1, 2, 3]]
        assert [one.number for one in read] == [1, 2, 3]
        assert [one.number for one in recorded.exchanges[-2:]] == [3, 4]

    def test_text_has_a_line_for_each(self, two: Exchanges) -> None:
        lines = f"#0 GET /v2/ -> 200\n#1 GET {TAGS}?n=1 -> 404 NAME_UNKNOWN"

        assert str(two) == lines
        assert repr(two) == "<Exchanges, 2 requests>"
        assert str(two.where(status=500)) == "(no exchanges)"


class TestFilters:
    """Criteria are fields; some are patterns."""

    @pytest.mark.parametrize(
        ("criteria", "numbers"),
        [
            ({}, [0, 1, 2, 3, 4]),
            ({"endpoint": "upload.*"}, [0, 1]),
            ({"repository": "samples/*", "method": "GET"}, [2]),
            ({"path": "*/tags/list", "status": 200}, [2]),
            ({"reference": "u?"}, [1]),
            ({"endpoint": None}, [4]),
            ({"method": "get"}, [2, 3, 4]),
            ({"host": "*"}, []),
        ],
    )
    def test_exchanges_that_meet_all_criteria(
        self, some: Exchanges, criteria: ExchangeCriteria, numbers: list[int]
    ) -> None:
        assert [one.number for one in some.where(**criteria)] == numbers

    def test_filters_can_be_combined(self, some: Exchanges) -> None:
        assert [one.number for one in some.where(endpoint="tags.list").where(status=404)] == [3]

    def test_unknown_field_is_refused(self, some: Exchanges) -> None:
        with pytest.raises(TypeError, match=r"^an exchange has no 'code'; it has endpoint, errors, "):
            some.where(code=1)  # type: ignore[call-arg]  # the mistake

    @pytest.mark.parametrize("endpoint", ["acr.repositories.delete", "upload.*.*", ""])
    def test_unknown_endpoint_is_refused(self, some: Exchanges, endpoint: str) -> None:
        expected = r"^there is no endpoint .*; the endpoints are .*blob.get, "
        with pytest.raises(ValueError, match=expected):
            some.where(status=200).assert_none(endpoint=endpoint)

    @pytest.mark.parametrize("method", ["PSOT", "", "GE", "GET "])
    def test_unknown_method_is_refused(self, some: Exchanges, method: str) -> None:
        with pytest.raises(ValueError, match=r"^method: expected one of .*\bGET, HEAD, .*, found '"):
            some.where(method=method)

    @pytest.mark.parametrize("status", [99, 600, 0, -200, 2000])
    def test_status_that_no_answer_has_is_refused(self, some: Exchanges, status: int) -> None:
        expected = f"^status: expected a number from 100 to 599, found {status}$"
        with pytest.raises(ValueError, match=expected):
            some.where(status=status)


class TestAssertions:
    """A failure shows the exchanges that there are."""

    def test_one(self, two: Exchanges) -> None:
        assert two.one(endpoint="base", status=200).number == 0
        with pytest.raises(AssertionError) as raised:
            two.one(method="GET")
        assert str(raised.value) == (
            "expected 1 exchange with method='GET', found 2:\n"
            "#0 GET /v2/ -> 200\n"
            f"#1 GET {TAGS}?n=1 -> 404 NAME_UNKNOWN"
        )

    def test_assert_count(self, two: Exchanges) -> None:
        two.assert_count(2)
        two.assert_count(1, status=404)
        expected = r"^expected 3 exchanges, found 2 in:\n#0 GET /v2/ -> 200\n"
        with pytest.raises(AssertionError, match=expected):
            two.assert_count(3)

    def test_assert_none(self, two: Exchanges) -> None:
        two.assert_none(status=500)
        with pytest.raises(AssertionError, match=r"^expected 0 exchanges with status=404, found 1:\n#1 "):
            two.assert_none(status=404)

    @pytest.mark.parametrize("part", ["whole", "slice", "where", "where of a slice"])
    def test_dropped_exchanges_make_a_count_uncertain(self, part: str) -> None:
        whole = Exchanges(Selection((exchange_of(number=13),), 13))
        exchanges = {
            "whole": whole,
            "slice": whole[:],
            "where": whole.where(method="GET"),
            "where of a slice": whole[-1:].where(status=200),
        }[part]
        rest = (
            r", and 13 older requests were dropped, which may count too \(raise "
            r"Settings\.max_recorded_requests or max_recorded_bytes\) in:\n#13 GET /v2/ -> 200$"
        )

        assert exchanges.dropped == 13
        with pytest.raises(AssertionError, match="with status=500, found 0" + rest):
            exchanges.assert_none(status=500)
        with pytest.raises(AssertionError, match="with status=200, found 1" + rest):
            exchanges.assert_count(1, status=200)
        with pytest.raises(AssertionError, match="^expected 1 exchange, found 1" + rest):
            exchanges.one()

    def test_part_keeps_the_number_of_its_making(self) -> None:
        recorded = RecordedExchanges(limit=1)
        recorded.record({}, {})
        part = recorded.exchanges[:]
        recorded.record({})
        assert (recorded.exchanges.dropped, part.dropped) == (2, 1)

    @pytest.mark.parametrize(("count", "kind"), [(-1, ValueError), (True, TypeError), ("1", TypeError)])
    def test_count_that_no_list_has_is_refused(self, two: Exchanges, count: int, kind: type[Exception]) -> None:
        with pytest.raises(kind, match=r"^expected: expected "):
            two.assert_count(count)

    def test_failure_shows_the_last_exchanges(self) -> None:
        many = exchanges_of(*[{"status": 200 + number % 2} for number in range(300)])
        with pytest.raises(AssertionError) as raised:
            many.one(status=404)
        with pytest.raises(AssertionError) as surplus:
            many.one(status=201)

        sentence, left, *shown = str(raised.value).splitlines()
        assert sentence == "expected 1 exchange with status=404, found 0 in:"
        assert (left, len(shown)) == ("... 276 more", 24)
        assert shown[-1] == "#299 GET /v2/ -> 201"
        assert str(surplus.value).startswith("expected 1 exchange with status=201, found 150:\n... 126 more\n#253 ")

    def test_failure_without_requests(self) -> None:
        with pytest.raises(AssertionError, match=r"^expected 1 exchange with status=404, found no requests$"):
            exchanges_of().one(status=404)

    def test_misspelt_field_is_a_type_error(self, two: Exchanges) -> None:
        with pytest.raises(TypeError):
            two.assert_none(stauts=500)  # type: ignore[call-arg]  # the mistake


HEADERS = {"request_headers": (("Accept", "*/*"), ("X-Trace", "7"))}
STRUCK = {"faults": ("Refuse(status=503, code='[A]')", "Delay(seconds=1)"), "errors": ("UNKNOWN", "DENIED")}


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"errors": "DENIED"}, [1]),
        ({"errors": "D*"}, [1]),
        ({"errors": "denied"}, []),
        ({"errors": ("UNKNOWN", "DENIED")}, [1]),
        ({"errors": ("DENIED",)}, []),
        ({"errors": ()}, [0]),
        ({"faults": "Delay*"}, [1]),
        ({"faults": "Refuse(status=503, code='[A]')"}, [1]),
        ({"faults": "Refuse"}, []),
        ({"request_headers": ("accept", "*/*")}, [0]),
        ({"request_headers": ("Accept", "text/plain")}, []),
        ({"request_headers": HEADERS["request_headers"]}, [0]),
        ({"response_headers": ("Accept", "*/*")}, []),
    ],
    ids=repr,
)
def test_list_is_compared_with_an_item_or_as_a_whole(criteria: ExchangeCriteria, found: list[int]) -> None:
    both = exchanges_of(HEADERS, STRUCK)
    assert [one.number for one in both.where(**criteria)] == found


@pytest.mark.parametrize("criteria", [{"errors": 1}, {"request_headers": "Accept"}, {"request_headers": ("Accept",)}])
def test_item_of_another_type_is_refused(criteria: ExchangeCriteria) -> None:
    with pytest.raises(TypeError, match="expected tuple"):
        exchanges_of(HEADERS).where(**criteria)


def test_criteria_of_type_checkers_are_the_fields_of_an_exchange() -> None:
    assert [*ExchangeCriteria.__annotations__] == [field.name for field in dataclasses.fields(Exchange)]
