"""`page-not-followed` and `catalog-listed-for-one`: clients that read lists in part, or in vain."""

from functools import partial

import pytest

from fake_registry import FakeRegistry, Fault, ForeignLink
from pytest_acr import connect
from tests.support.exchanges import exchanges_of
from tests.support.rule_clients import PlainClient, broken, plain_client, seeded

unfollowed = partial(broken, "page-not-followed")
for_one = partial(broken, "catalog-listed-for-one")

WEB = ("dev/web:1.0", "dev/web:1.1", "dev/web:1.2")
TAGS = "/v2/dev/web/tags/list"
CATALOG = "/acr/v1/_catalog"


@pytest.fixture
def paged() -> FakeRegistry:
    """A registry with three repositories, and two items a page. One has three tags."""
    return seeded(*WEB, "dev/api:1.0", "prod/web:1.0", default_page_size=2)


def read_all(client: PlainClient, target: str) -> None:
    """Read a list as its Links lead."""
    answer = client.send("GET", target)
    while "next" in answer.links:
        answer = client.send("GET", answer.links["next"]["url"])


class TestPageNotFollowed:
    def test_client_that_reads_one_page_breaks_the_rule(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(TAGS)
        (found,) = unfollowed(paged.requests)
        assert found == (
            "page-not-followed: read one page of /v2/dev/web/tags/list, "
            "and did not follow its Link to the next one (#0)"
        )

    def test_client_that_follows_each_link_keeps_the_rule(self, paged: FakeRegistry) -> None:
        for target in (TAGS, CATALOG, "/acr/v1/dev/web/_manifests"):
            read_all(plain_client(paged), target)
        assert unfollowed(paged.requests) == []

    def test_list_that_was_read_twice_is_one_mistake(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(TAGS, TAGS)
        assert len(unfollowed(paged.requests)) == 1

    def test_each_list_is_a_mistake(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(TAGS, CATALOG)
        assert len(unfollowed(paged.requests)) == 2

    def test_limit_of_the_client_is_no_excuse(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(f"{TAGS}?n=2")
        assert len(unfollowed(paged.requests)) == 1

    @pytest.mark.parametrize("query", ["n=1", "n=2&orderby=timedesc", "n=3"])
    def test_part_that_was_asked_for_is_no_mistake(self, paged: FakeRegistry, query: str) -> None:
        plain_client(paged).get(f"/acr/v1/dev/web/_tags?{query}")
        assert unfollowed(paged.requests) == []

    def test_page_named_by_the_client_itself_is_followed(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(TAGS, f"{TAGS}?last=1.1&n=5")
        assert unfollowed(paged.requests) == []

    def test_search_that_stops_at_a_page_is_no_mistake(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        read_all(client, TAGS)
        client.get(TAGS)
        assert unfollowed(paged.requests) == []

    def test_following_another_kind_of_list_is_no_excuse(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        read_all(client, TAGS)
        client.get(CATALOG)
        assert len(unfollowed(paged.requests)) == 1

    def test_azure_sdk_that_stops_at_a_page_keeps_the_rule(self) -> None:
        registry = seeded(*WEB, auth="token")
        with connect(registry) as connection:
            client = connection.client()
            next(iter(client.list_tag_properties("dev/web", results_per_page=2)))
        assert unfollowed(registry.requests) == []

    def test_link_that_a_fault_led_elsewhere_is_no_mistake(self, paged: FakeRegistry) -> None:
        paged.faults.add(Fault("tags.list", ForeignLink("other.example"), times=1))
        plain_client(paged).get(TAGS)
        assert unfollowed(paged.requests) == []

    @pytest.mark.parametrize(("query", "mistakes"), [("cursor=3", 1), ("cursor=2", 0)])
    def test_link_need_not_name_the_last_item(self, query: str, mistakes: int) -> None:
        """Our registry names it, as ACR does; others have parameters of their own."""
        page = {"path": TAGS, "endpoint": "tags.list", "repository": "dev/web"}
        link = (("Link", f'<{TAGS}?cursor=2>; rel="next"'),)
        read = exchanges_of(page | {"response_headers": link}, page | {"query": query})
        assert len(unfollowed(read)) == mistakes


class TestCatalogListedForOne:
    def test_client_that_looks_for_a_name_breaks_the_rule(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        read_all(client, f"{CATALOG}?n=1")
        client.get("/v2/prod/web/manifests/1.0", "/v2/prod/web/tags/list")
        assert for_one(paged.requests) == [
            "catalog-listed-for-one: read 3 pages of the catalogue, and then used prod/web alone (#0, #2)"
        ]

    def test_client_that_asks_for_the_repository_keeps_the_rule(self, paged: FakeRegistry) -> None:
        plain_client(paged).get("/acr/v1/prod/web", "/v2/prod/web/manifests/1.0")
        assert for_one(paged.requests) == []

    def test_several_repositories_are_no_mistake(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        read_all(client, "/v2/_catalog?n=1")
        client.get("/v2/prod/web/tags/list", "/v2/dev/api/tags/list")
        assert for_one(paged.requests) == []

    def test_list_alone_is_no_mistake(self, paged: FakeRegistry) -> None:
        read_all(plain_client(paged), f"{CATALOG}?n=1")
        assert for_one(paged.requests) == []

    def test_repository_that_was_used_before_is_no_mistake(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        client.get("/v2/prod/web/manifests/1.0")
        read_all(client, f"{CATALOG}?n=1")
        client.get("/v2/prod/web/manifests/1.0")
        assert for_one(paged.requests) == []

    def test_catalogue_of_a_single_page_is_no_mistake(self) -> None:
        """Its one repository may be all that there is."""
        registry = seeded("prod/web:1.0")
        plain_client(registry).get(*[CATALOG] * 3, "/v2/prod/web/manifests/1.0")
        assert for_one(registry.requests) == []

    def test_catalogue_of_two_pages_is_no_mistake(self, paged: FakeRegistry) -> None:
        client = plain_client(paged)
        read_all(client, f"{CATALOG}?n=2")
        client.get("/v2/prod/web/manifests/1.0")
        assert for_one(paged.requests) == []

    def test_search_that_stops_at_a_page_is_no_mistake(self, paged: FakeRegistry) -> None:
        plain_client(paged).get(*[f"{CATALOG}?n=1"] * 3, "/v2/dev/api/manifests/1.0")
        assert for_one(paged.requests) == []

    def test_use_by_another_client_does_not_count(self, paged: FakeRegistry) -> None:
        read_all(plain_client(paged, "list/1.0"), f"{CATALOG}?n=1")
        plain_client(paged, "tool/1.0").get("/v2/prod/web/manifests/1.0")
        assert for_one(paged.requests) == []
