"""Pages: distribution-spec, Listing Tags; ACR's Links (acr-behaviour 4.2); RFC 8288."""

import sys
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.attributes import After, Order, TimePosition
from fake_registry.spec.errors import PageInvalid
from fake_registry.spec.names import Digest, Tag
from fake_registry.wire.acr_time import decode_time
from fake_registry.wire.paging import (
    PageQuery,
    encode_last,
    encode_link,
    parse_after,
    parse_link,
    parse_page,
    quote_name,
)
from tests.wire import values


def test_default_page_without_parameters() -> None:
    assert parse_page({}, default=100, maximum=1000) == PageQuery(limit=100, last=None, order=Order.NAME, orderby=None)


def test_whole_list_without_a_default() -> None:
    assert parse_page({}, default=None, maximum=None).limit is None


@pytest.mark.parametrize(
    ("default", "maximum", "limit"), [(None, 3, 3), (2, 3, 2), (3, 3, 3), (100, 3, 3), (100, None, 100)]
)
def test_maximum_limits_the_default_page(default: int | None, maximum: int | None, limit: int) -> None:
    assert parse_page({}, default=default, maximum=maximum).limit == limit
    assert parse_page({"n": ""}, default=default, maximum=maximum).limit == limit


@pytest.mark.parametrize(
    ("n", "limit"), [("1", 1), ("0", 0), ("007", 7), ("1000", 1000), ("1001", 1000), ("9" * 900, 1000), ("", 100)]
)
def test_n_is_a_page_size_up_to_the_maximum(n: str, limit: int) -> None:
    assert parse_page({"n": n}, default=100, maximum=1000).limit == limit


def test_n_without_a_maximum_is_still_a_length() -> None:
    assert parse_page({"n": "9" * 900}, default=None, maximum=None).limit == sys.maxsize


@pytest.mark.parametrize("n", ["-1", "+1", "x", "1.5", "1 ", "0x10", "٣", "9" * 5000])
def test_other_page_sizes_are_refused(n: str) -> None:
    with pytest.raises(PageInvalid) as caught:
        parse_page({"n": n}, default=100, maximum=1000)
    assert caught.value.facts == {"n": n}


@pytest.mark.parametrize(
    ("orderby", "order"),
    [("", Order.NAME), ("none", Order.NAME), ("timeasc", Order.OLDEST_FIRST), ("timedesc", Order.NEWEST_FIRST)],
)
def test_orderby_names_an_order_and_is_kept_as_written(orderby: str, order: Order) -> None:
    page = parse_page({"orderby": orderby, "last": "v1", "n": "2"}, default=None, maximum=None)
    assert page == PageQuery(limit=2, last="v1", order=order, orderby=orderby)


def test_unknown_order_is_refused() -> None:
    with pytest.raises(PageInvalid, match="expected one of none, timeasc, timedesc") as caught:
        parse_page({"orderby": "size"}, default=None, maximum=None)
    assert caught.value.facts == {"orderby": "size"}


def test_empty_last_is_the_beginning() -> None:
    assert parse_page({"last": ""}, default=None, maximum=None).last is None


@pytest.mark.parametrize(
    ("path", "last", "n", "link"),
    [
        (
            "/acr/v1/_catalog",
            "library/busybox",
            2,
            '</acr/v1/_catalog?last=library%2Fbusybox&n=2&orderby=>; rel="next"',
        ),
        (
            f"/acr/v1/{quote_name('library/busybox')}/_manifests",
            "sha256:ab",
            2,
            '</acr/v1/library%2Fbusybox/_manifests?last=sha256%3Aab&n=2&orderby=>; rel="next"',
        ),
        ("/acr/v1/alpine/_tags", "3.15.6", 1, '</acr/v1/alpine/_tags?last=3.15.6&n=1&orderby=>; rel="next"'),
        ("/v2/hello-world/tags/list", "v1", 2, '</v2/hello-world/tags/list?last=v1&n=2&orderby=>; rel="next"'),
    ],
)
def test_links_are_as_recorded(path: str, last: str, n: int, link: str) -> None:
    assert encode_link(path, last=last, n=n, orderby="") == link


def query_of(order: str, last: str | None = None) -> PageQuery:
    return parse_page({"orderby": order, "last": last or "", "n": "2"}, default=None, maximum=None)


@pytest.mark.parametrize(
    ("path", "name", "updated", "link"),
    [
        (
            "_tags",
            "v2",
            "2026-01-13T17:34:21.1470601Z",
            "</acr/v1/library%2Fhello-world/_tags?last=639039224611470601%26v2&n=2&orderby=timeasc>",
        ),
        (
            "_manifests",
            "sha256:d4aa",
            "2026-01-13T17:34:15.876657Z",
            "</acr/v1/library%2Fhello-world/_manifests?last=639039224558766570%26sha256%3Ad4aa&n=2&orderby=timeasc>",
        ),
    ],
)
def test_links_by_time_are_as_recorded(path: str, name: str, updated: str, link: str) -> None:
    """acr-behaviour 4.2; a digest is shortened."""
    last = encode_last(query_of("timeasc"), name, decode_time(updated))
    root = f"/acr/v1/{quote_name('library/hello-world')}"
    assert encode_link(f"{root}/{path}", last=last, n=2, orderby="timeasc") == f'{link}; rel="next"'


@given(order=st.sampled_from(["", "none", "timeasc", "timedesc"]), name=values.tags, updated=values.times)
def test_last_is_the_item_after_which_a_page_starts(order: str, name: Tag, updated: int) -> None:
    last = encode_last(query_of(order), name, updated)
    after: After[Tag] = TimePosition(updated, name) if order.startswith("time") else name
    assert parse_after(query_of(order, last), Tag) == after


@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
@pytest.mark.parametrize("last", ["v2", "639039224611470601", "sha256:ab"])
def test_last_may_be_a_name_in_an_order_by_time(order: str, last: str) -> None:
    """[I]: it was not seen (acr-behaviour 4.2)."""
    assert parse_after(query_of(order, last), Digest) == last


@pytest.mark.parametrize("order", ["", "none"])
@pytest.mark.parametrize("last", ["639039224611470601&v2", "&", "x&v2"])
def test_last_is_a_name_in_the_order_of_names(order: str, last: str) -> None:
    assert parse_after(query_of(order, last), Tag) == last


@pytest.mark.parametrize(
    "last", ["&", "&v2", "1&", "x&v2", "-1&v2", "1.5&v2", " 1&v2", "٣&v2", "1&v2&v3", "9" * 20 + "&v2"]
)
@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
def test_malformed_position_in_an_order_by_time_is_refused(order: str, last: str) -> None:
    """[I]."""
    with pytest.raises(PageInvalid, match="NET ticks") as caught:
        parse_after(query_of(order, last), Tag)
    assert caught.value.facts == {"last": last}


@pytest.mark.parametrize("order", ["", "timeasc"])
def test_page_without_last_starts_at_the_beginning(order: str) -> None:
    assert parse_after(query_of(order), Tag) is None


def test_link_without_an_order_and_with_a_filter() -> None:
    link = encode_link("/v2/a/b/referrers/d", last="sha256:ab", n=5, extra={"artifactType": "application/x+y"})
    assert link == '</v2/a/b/referrers/d?last=sha256%3Aab&n=5&artifactType=application%2Fx%2By>; rel="next"'


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1),
    st.integers(min_value=1, max_value=1000),
    st.sampled_from(["", "timeasc", "timedesc", "none"]),
)
def test_link_leads_to_the_next_page(last: str, n: int, orderby: str) -> None:
    target = parse_link(encode_link("/acr/v1/a%2Fb/_tags", last=last, n=n, orderby=orderby))
    assert target is not None
    parts = urlsplit(target)
    page = parse_page(dict(parse_qsl(parts.query, keep_blank_values=True)), default=None, maximum=1000)
    assert parts.path == "/acr/v1/a%2Fb/_tags"
    assert (page.last, page.limit, page.orderby) == (last, n, orderby)


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('</next>; rel="next"', "/next"),
        ("</next>;rel=next", "/next"),
        ("</next> ; REL = NEXT", "/next"),
        ('</next>; rel="prev next"', "/next"),
        ('</a>; rel="prev", </b>; rel="next", </c>; rel="next"', "/b"),
        ('</a,b;c>; title="x, <y>; rel=next \\" z"; rel=next', "/a,b;c"),
        ('</a>; title="rel=next", </b>; rel=next', "/b"),
        ("</a>; rel=prev; rel=next", None),
        ("</a>; rel=nextish", None),
        ("</a>; rel", None),
        ("</a>", None),
        ("", None),
        ("next", None),
        ("</a", None),
        (", ,</a>;;rel=next", "/a"),
        ('</a>; anchor="#x"; rel="next"', "/a"),
        ("<https://host/v2/_catalog?last=a&n=1>; rel=next", "https://host/v2/_catalog?last=a&n=1"),
    ],
)
def test_parse_link_finds_the_target_whose_relation_is_next(header: str, target: str | None) -> None:
    assert parse_link(header) == target


@given(st.text(alphabet='<>;,="\\ relnxt/', max_size=60))
def test_any_link_header_is_read_without_an_error(header: str) -> None:
    target = parse_link(header)
    assert target is None or f"<{target}>" in header
