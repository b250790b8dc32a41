"""Effects on lists, at every endpoint that returns one: the pages that a client sees."""

from collections.abc import Iterator
from itertools import islice

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import (
    DropHeader,
    DuplicatePage,
    Effect,
    EmptyParameterLink,
    Fault,
    ForeignLink,
    LoopLink,
    LoseItems,
    NullList,
    Reorder,
    WrongRel,
)
from fake_registry.http.faults.documents import LISTS
from fake_registry.settings import Profile
from tests.support.http import HttpAnswer, everything, put_image, registry_of, send
from tests.support.lists import LISTINGS, MANY_PAGES, Listing, every_list, link_of, registry_with, walk

TAGS = "/v2/samples/hello/tags/list"
LINK = '</v2/samples/hello/tags/list?last=v1&n=1>; rel="next"'

EFFECTS: dict[str, Effect] = {
    "LoopLink": LoopLink(),
    "WrongRel": WrongRel(),
    "ForeignLink": ForeignLink("example.com"),
    "EmptyParameterLink": EmptyParameterLink(),
    "LoseItems": LoseItems(),
    "Reorder": Reorder(),
    "DuplicatePage": DuplicatePage(),
    "DuplicatePage(items=1)": DuplicatePage(items=1),
    "NullList": NullList(),
}
every_effect = pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)


@pytest.fixture
def two_tags(profile: Profile) -> FakeRegistry:
    """A registry of each profile with tags v1 and v2, whose Links have no orderby."""
    registry = registry_of(profile, empty_orderby_in_links=False)
    put_image(registry, "samples/hello", "v1", "v2")
    return registry


def get(registry: FakeRegistry, target: str = f"{TAGS}?n=1") -> HttpAnswer:
    """Return a page, by default the first of two."""
    return send(registry, "GET", target)


def link_with(registry: FakeRegistry, effect: Effect, target: str = f"{TAGS}?n=1") -> str | None:
    """Return the Link of a page that is struck."""
    registry.faults.add(Fault("tags.list", effect))
    return link_of(get(registry, target))


def tags_with(registry: FakeRegistry, effect: Effect) -> list[str] | None:
    """Return the tags of a whole list that is struck."""
    registry.faults.add(Fault("tags.list", effect))
    tags: list[str] | None = get(registry, TAGS).json["tags"]
    return tags


def pages_of(registry: FakeRegistry, target: str, listing: Listing) -> Iterator[list[str]]:
    """Yield the items of each page that Link leads to."""
    return (listing.items(page) for page in walk(registry, target))


def reason_of(registry: FakeRegistry) -> str:
    """Return why the only fault did nothing."""
    (active,) = registry.faults
    problem = active.problem()
    assert problem is not None
    return problem.partition(": ")[2]


def test_lists_are_the_endpoints_that_return_one() -> None:
    assert sorted(LISTS) == sorted(LISTINGS)


@every_effect
def test_effect_is_refused_at_other_endpoints(effect: Effect) -> None:
    name = type(effect).__name__
    with pytest.raises(ValueError, match=f"^{name} cannot act at 'blob.get'; it acts at .*tags.list"):
        Fault("blob.get", effect)


@every_list
@every_effect
def test_effect_changes_a_page_and_no_content(listing: Listing, effect: Effect) -> None:
    registry = registry_with(listing, 4)
    plain, before = get(registry, f"{listing.path}?n=2"), everything(registry)
    active = registry.faults.add(Fault("*", effect, times=1))

    struck = get(registry, f"{listing.path}?n=2")

    assert (struck.status, struck == plain) == (200, False)
    assert struck.header("Content-Length") == str(len(struck.body))
    assert (active.hits, active.idle_hits) == (1, 0)
    assert get(registry, f"{listing.path}?n=2") == plain
    assert everything(registry) == before


@every_effect
def test_long_list_of_the_service_stays_without_a_length(effect: Effect) -> None:
    registry = registry_of(service_headers=True)
    put_image(registry, "samples/hello", *(f"{'t' * 100}{number:03}" for number in range(50)))
    registry.faults.add(Fault("tags.list", effect))

    struck = get(registry, f"{TAGS}?n=40")

    assert "Content-Length" not in dict(struck.headers)
    assert struck.json["name"] == "samples/hello"


@every_effect
def test_answer_to_an_error_stays_as_it_is(two_tags: FakeRegistry, effect: Effect) -> None:
    plain = get(two_tags, "/v2/samples/nowhere/tags/list")
    two_tags.faults.add(Fault("tags.list", effect))

    assert get(two_tags, "/v2/samples/nowhere/tags/list") == plain
    assert reason_of(two_tags) == "the answer has status 404, and no list"


@every_effect
def test_two_effects_act_on_one_page(two_tags: FakeRegistry, effect: Effect) -> None:
    two_tags.faults.add(Fault("tags.list", DropHeader("Content-Type")))
    two_tags.faults.add(Fault("tags.list", effect))

    assert "Content-Type" not in dict(get(two_tags, f"{TAGS}?n=1").headers)


class TestLoopLink:
    """The list never ends."""

    @every_list
    def test_each_page_leads_to_itself(self, listing: Listing) -> None:
        registry = registry_with(listing, 4)
        first = listing.items(get(registry, f"{listing.path}?n=2"))
        registry.faults.add(Fault("*", LoopLink()))

        assert list(islice(pages_of(registry, f"{listing.path}?n=2", listing), 5)) == [first] * 5

    def test_walker_of_these_tests_ends(self, two_tags: FakeRegistry) -> None:
        two_tags.faults.add(Fault("tags.list", LoopLink()))
        with pytest.raises(AssertionError, match=f"^the list does not end: {MANY_PAGES} pages of {TAGS}, then {TAGS}$"):
            list(walk(two_tags, TAGS))

    def test_last_page_has_a_link_too(self, two_tags: FakeRegistry) -> None:
        assert link_with(two_tags, LoopLink(), TAGS) == f'<{TAGS}>; rel="next"'

    def test_later_page_leads_to_itself(self, two_tags: FakeRegistry) -> None:
        later = f"{TAGS}?n=1&last=v1"
        assert link_with(two_tags, LoopLink(), later) == f'<{later}>; rel="next"'

    def test_once_a_page_comes_twice(self, two_tags: FakeRegistry) -> None:
        two_tags.faults.add(Fault("tags.list", LoopLink(), times=1))
        pages = list(pages_of(two_tags, f"{TAGS}?n=1", LISTINGS["tags.list"]))
        assert pages == [["v1"], ["v1"], ["v2"]]


class TestWrongRel:
    """A client that reads the relation stops."""

    @pytest.mark.parametrize("rel", ["last", "prev", "Previous"])
    def test_link_has_another_relation(self, two_tags: FakeRegistry, rel: str) -> None:
        assert link_with(two_tags, WrongRel(rel)) == LINK.replace("next", rel)

    def test_last_page_has_no_link(self, two_tags: FakeRegistry) -> None:
        assert link_with(two_tags, WrongRel(), TAGS) is None
        expected = "the page has no Link, as it is the last one: request fewer items (n), or push more"
        assert reason_of(two_tags) == expected

    @pytest.mark.parametrize("rel", ["next", "NEXT", "", 'a"b', "a b", "<"])
    def test_relation_must_be_another_one(self, rel: str) -> None:
        with pytest.raises(ValueError, match=r"^expected rel to be a relation other than next, found "):
            WrongRel(rel)


class TestForeignLink:
    """The next page is at another host."""

    def test_link_has_the_host(self, two_tags: FakeRegistry) -> None:
        found = link_with(two_tags, ForeignLink("example.com:8443"))
        assert found == LINK.replace("</", "<https://example.com:8443/")

    def test_last_page_has_a_link_too(self, two_tags: FakeRegistry) -> None:
        found = link_with(two_tags, ForeignLink("example.com"), TAGS)
        assert found == f'<https://example.com{TAGS}>; rel="next"'

    @pytest.mark.parametrize("host", ["", "https://example.com", "a/b", "a>b", "a b", "user@example.com", "a\r\nb"])
    def test_host_must_be_a_name(self, host: str) -> None:
        with pytest.raises(ValueError, match=r"^expected host to be a name such as example\.com, found "):
            ForeignLink(host)


class TestEmptyParameterLink:
    """A parameter without a value is in the Link."""

    @pytest.mark.parametrize("parameter", ["filter", "orderby"])
    def test_parameter_is_added(self, two_tags: FakeRegistry, parameter: str) -> None:
        found = link_with(two_tags, EmptyParameterLink(parameter))
        assert found == LINK.replace("&n=1", f"&n=1&{parameter}=")

    def test_link_leads_on(self, two_tags: FakeRegistry) -> None:
        two_tags.faults.add(Fault("tags.list", EmptyParameterLink()))
        assert list(pages_of(two_tags, f"{TAGS}?n=1", LISTINGS["tags.list"])) == [["v1"], ["v2"]]

    def test_parameter_that_is_there_already_is_reported(self, azure: FakeRegistry) -> None:
        """acr-behaviour 4.2: ACR's own links have an empty orderby."""
        put_image(azure, "samples/hello", "v1", "v2")

        assert link_with(azure, EmptyParameterLink("orderby")) == LINK.replace("&n=1", "&n=1&orderby=")
        assert reason_of(azure) == "the Link has orderby already: name another parameter"

    @pytest.mark.parametrize("parameter", ["", "a=b", "a&b", ">", "a b", "ä"])
    def test_parameter_must_be_a_name(self, parameter: str) -> None:
        with pytest.raises(ValueError, match=r"^expected parameter to be a name of letters, digits, "):
            EmptyParameterLink(parameter)


class TestLoseItems:
    """Items are missing without a sign."""

    @every_list
    def test_first_items_are_missing_and_the_list_continues(self, listing: Listing) -> None:
        registry = registry_with(listing, 4)
        (whole,) = pages_of(registry, listing.path, listing)
        registry.faults.add(Fault("*", LoseItems(), times=1))

        pages = list(pages_of(registry, f"{listing.path}?n=2", listing))
        assert pages == [whole[1:2], whole[2:]]

    @pytest.mark.parametrize(("count", "left"), [(1, ["v2"]), (2, []), (9, [])])
    def test_at_most_all_items_are_missing(self, two_tags: FakeRegistry, count: int, left: list[str]) -> None:
        assert tags_with(two_tags, LoseItems(count)) == left

    def test_empty_page_has_nothing_to_lose(self, two_tags: FakeRegistry) -> None:
        two_tags.faults.add(Fault("tags.list", LoseItems()))
        get(two_tags, f"{TAGS}?last=v2")

        expected = "expected a page of at least 1 item, found none: push more, or request more (n)"
        assert reason_of(two_tags) == expected

    @pytest.mark.parametrize("count", [0, -1])
    def test_count_must_be_positive(self, count: int) -> None:
        with pytest.raises(ValueError, match=f"^expected count of at least 1 item, found {count}$"):
            LoseItems(count)


class TestReorder:
    """The order of the items is another."""

    @pytest.mark.parametrize("seed", [None, *range(8)])
    def test_items_are_the_same_in_another_order(self, seed: int | None) -> None:
        registry = registry_of()
        tags = [f"t{number}" for number in range(3)]
        put_image(registry, "samples/hello", *tags)

        found = tags_with(registry, Reorder(seed=seed))

        assert found is not None
        assert (found == tags, sorted(found)) == (False, tags)
        assert get(registry, TAGS).json["tags"] == found

    def test_without_a_seed_they_are_reversed(self, two_tags: FakeRegistry) -> None:
        assert tags_with(two_tags, Reorder()) == ["v2", "v1"]

    def test_one_item_has_no_order(self, two_tags: FakeRegistry) -> None:
        two_tags.faults.add(Fault("tags.list", Reorder()))
        get(two_tags)

        expected = "expected a page of at least 2 items, found 1: push more, or request more (n)"
        assert reason_of(two_tags) == expected


class TestDuplicatePage:
    """Items come again."""

    @every_list
    def test_each_page_comes_twice(self, listing: Listing) -> None:
        registry = registry_with(listing, 4)
        plain = list(pages_of(registry, f"{listing.path}?n=3", listing))
        registry.faults.add(Fault("*", DuplicatePage()))

        found = list(pages_of(registry, f"{listing.path}?n=3", listing))
        assert found == [plain[0], plain[0], plain[1], plain[1]]

    @every_list
    def test_items_come_again_at_the_head_of_the_next_page(self, listing: Listing) -> None:
        registry = registry_with(listing, 4)
        (items,) = pages_of(registry, listing.path, listing)
        registry.faults.add(Fault("*", DuplicatePage(items=1)))

        pages = list(pages_of(registry, f"{listing.path}?n=2", listing))
        assert pages == [items[0:2], items[1:3], items[2:4]]

    @pytest.mark.parametrize("items", [1, 2])
    def test_list_ends_also_if_the_items_are_the_whole_page(self, two_tags: FakeRegistry, items: int) -> None:
        two_tags.faults.add(Fault("tags.list", DuplicatePage(items=items)))

        pages = list(pages_of(two_tags, f"{TAGS}?n=1", LISTINGS["tags.list"]))
        assert pages == [["v1"], ["v1"], ["v2"]]

    def test_list_in_the_order_of_time_has_them_too(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "c", "b", "a")
        azure.faults.add(Fault("acr.tags.list", DuplicatePage(items=1)))

        listing = LISTINGS["acr.tags.list"]
        pages = list(pages_of(azure, f"{listing.path}?n=2&orderby=timedesc", listing))
        assert [page[0] for page in pages[1:]] == [page[-1] for page in pages[:-1]]

    def test_number_of_items_must_be_positive(self) -> None:
        with pytest.raises(ValueError, match=r"^expected items of at least 1, found 0$"):
            DuplicatePage(items=0)


class TestNullList:
    """Null instead of a list."""

    @every_list
    def test_list_is_null_and_all_else_stays(self, listing: Listing) -> None:
        registry = registry_with(listing, 2)
        plain = get(registry, listing.path)
        registry.faults.add(Fault("*", NullList()))

        struck = get(registry, listing.path)

        assert struck.json == plain.json | {listing.key: None}
        assert struck.header("Content-Type") == plain.header("Content-Type")

    def test_empty_list_of_acr_is_null_already(self, azure: FakeRegistry) -> None:
        """acr-behaviour 4.2: recorded as `"repositories":null`."""
        azure.faults.add(Fault("catalog.list", NullList()))

        assert get(azure, "/v2/_catalog").json == {"repositories": None}
        assert reason_of(azure) == "repositories is null already, as empty lists of ACR are"

    def test_empty_list_of_the_specification_becomes_null(self, oci: FakeRegistry) -> None:
        oci.faults.add(Fault("catalog.list", NullList()))
        assert get(oci, "/v2/_catalog").json == {"repositories": None}


def test_answer_to_head_has_no_list(two_tags: FakeRegistry) -> None:
    two_tags.faults.add(Fault("tags.list", LoseItems()))

    assert send(two_tags, "HEAD", TAGS).body == b""
    assert reason_of(two_tags) == "the answer to HEAD has no list: GET has it"
