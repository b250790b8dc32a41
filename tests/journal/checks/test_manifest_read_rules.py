"""`repeated-manifest-reads`: clients that download a manifest, or read a list's items, too often."""

from functools import partial

import pytest

from fake_registry import Corrupt, FakeRegistry, Fault
from tests.support.rule_clients import broken, plain_client, seeded

repeated = partial(broken, "repeated-manifest-reads")

MANIFEST = "/v2/dev/web/manifests/1.0"
TAGS = [f"1.{number}" for number in range(5)]
ACR_TAGS, ACR_MANIFESTS = "/acr/v1/dev/web/_tags", "/acr/v1/dev/web/_manifests"


@pytest.fixture
def registry() -> FakeRegistry:
    """A registry with five tags, each of an image of its own."""
    made = seeded()
    for tag in TAGS:
        made.push_image(f"dev/web:{tag}", layers=[tag.encode()])
    return made


class TestDownloads:
    def test_client_that_downloads_a_manifest_five_times_breaks_the_rule(self, registry: FakeRegistry) -> None:
        plain_client(registry).get(*[MANIFEST] * 6)
        (found,) = repeated(registry.requests)
        assert found == (
            "repeated-manifest-reads: downloaded the manifest dev/web:1.0 6 times, "
            "and it was the same each time (#0, #1, #2, #3, #4)"
        )

    def test_client_that_keeps_a_manifest_keeps_the_rule(self, registry: FakeRegistry) -> None:
        kept: dict[str, bytes] = {}
        client = plain_client(registry)
        for tag in TAGS * 2:
            target = f"/v2/dev/web/manifests/{tag}"
            kept[tag] = kept.get(tag) or client.send("GET", target).content
        assert repeated(registry.requests) == []

    def test_four_downloads_are_no_mistake(self, registry: FakeRegistry) -> None:
        plain_client(registry).get(*[MANIFEST] * 4)
        assert repeated(registry.requests) == []

    def test_downloads_of_several_clients_do_not_count_together(self, registry: FakeRegistry) -> None:
        for number in range(5):
            plain_client(registry, f"tool/{number}").get(MANIFEST)
        assert repeated(registry.requests) == []

    def test_head_and_conditional_get_are_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        etag = client.send("GET", MANIFEST).headers["ETag"]
        for _ in range(5):
            client.send("HEAD", MANIFEST)
            client.send("GET", MANIFEST, headers={"If-None-Match": etag})
        assert repeated(registry.requests) == []

    def test_read_after_a_minute_is_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        for _ in range(5):
            client.get(MANIFEST)
            registry.clock.wait(60)
        assert repeated(registry.requests) == []

    def test_series_before_a_pause_counts(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        client.get(*[MANIFEST] * 5)
        registry.clock.wait(60)
        client.get(MANIFEST)
        assert len(repeated(registry.requests)) == 1

    def test_read_after_a_change_is_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        content = client.send("GET", MANIFEST).content
        headers = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
        for _ in range(5):
            client.get(MANIFEST)
            client.send("PUT", "/v2/dev/web/manifests/copy", data=content, headers=headers)
        assert repeated(registry.requests) == []

    def test_another_manifest_under_the_tag_counts_for_itself(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        for number in range(5):
            registry.push_image("dev/web:1.0", layers=[b"%d" % number])
            client.get(MANIFEST)
        assert repeated(registry.requests) == []

    def test_downloads_that_a_fault_spoilt_are_no_mistake(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("manifest.get", Corrupt(), times=4))
        plain_client(registry).get(*[MANIFEST] * 8)
        assert repeated(registry.requests) == []


class TestItemsOfLists:
    @pytest.mark.parametrize(
        ("listed", "items", "name"),
        [(ACR_TAGS, "tags", "name"), (ACR_MANIFESTS, "manifests", "digest")],
    )
    def test_client_that_reads_each_item_breaks_the_rule(
        self, registry: FakeRegistry, listed: str, items: str, name: str
    ) -> None:
        client = plain_client(registry)
        (answer,) = client.get(listed)
        client.get(*[f"{listed}/{item[name]}" for item in answer.json()[items]])

        (found,) = repeated(registry.requests)
        assert found.endswith("for 5 items of a list that has the same of each (#1, #2, #3, #4, #5)")

    def test_head_of_each_listed_tag_breaks_the_rule(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        client.get(ACR_TAGS)
        for tag in TAGS:
            client.send("HEAD", f"/v2/dev/web/manifests/{tag}")
        assert len(repeated(registry.requests)) == 1

    def test_client_that_uses_the_list_keeps_the_rule(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        (answer,) = client.get(ACR_TAGS)
        client.get(f"/v2/dev/web/manifests/{answer.json()['tags'][0]['digest']}")
        assert repeated(registry.requests) == []

    def test_download_of_each_manifest_is_no_mistake(self, registry: FakeRegistry) -> None:
        """The list has neither layers nor annotations."""
        client = plain_client(registry)
        client.get(ACR_TAGS, *[f"/v2/dev/web/manifests/{tag}" for tag in TAGS])
        assert repeated(registry.requests) == []

    def test_head_after_a_list_without_digests_is_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        client.get("/v2/dev/web/tags/list")
        for tag in TAGS:
            client.send("HEAD", f"/v2/dev/web/manifests/{tag}")
        assert repeated(registry.requests) == []

    @pytest.mark.parametrize(("seconds", "mistakes"), [(59, 1), (60, 0)])
    def test_item_may_be_read_again_a_minute_after_the_list(
        self, registry: FakeRegistry, seconds: int, mistakes: int
    ) -> None:
        client = plain_client(registry)
        client.get(ACR_TAGS)
        registry.clock.wait(seconds)
        client.get(*[f"{ACR_TAGS}/{tag}" for tag in TAGS])
        assert len(repeated(registry.requests)) == mistakes

    def test_few_items_after_each_of_several_lists_are_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        for tag in TAGS:
            client.get(ACR_TAGS, f"{ACR_TAGS}/{tag}")
        assert repeated(registry.requests) == []

    def test_items_of_all_pages_of_a_list_count_together(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        client.get(f"{ACR_TAGS}?n=3", *[f"{ACR_TAGS}/{tag}" for tag in TAGS[:3]])
        client.get(f"{ACR_TAGS}?n=3&last={TAGS[2]}", *[f"{ACR_TAGS}/{tag}" for tag in TAGS[3:]])
        assert len(repeated(registry.requests)) == 1

    def test_item_after_a_change_is_no_mistake(self, registry: FakeRegistry) -> None:
        client = plain_client(registry)
        client.get(ACR_TAGS)
        for tag in TAGS:
            client.get(f"{ACR_TAGS}/{tag}")
            client.send("PATCH", f"{ACR_TAGS}/{tag}", json={"writeEnabled": False})
        assert repeated(registry.requests) == []
