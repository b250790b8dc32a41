"""Planted bugs in pages: their Links, and the order of their items."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import send
from tests.support.planted.bug import PlantedBug, Witness
from tests.support.planted.editing import edit, together
from tests.support.planted.steps import (
    ACR,
    INDEX,
    A,
    artifact,
    manifest_target,
    next_target,
    pages_of,
    put_index,
    referrers_of,
    status_of,
)

TAG_PARAMETERS: Final = {"tag_parameters": True}
"""One push sets several tags, which so have one time."""

_SHORT_PAGES: Final = (
    "query = page_query(backend, call)",
    """
query = page_query(backend, call)
query = PageQuery(1, query.last, query.order, query.orderby)
""",
)
"""An edit that makes pages of one referrer. A registry may do so: distribution-spec, Listing Referrers."""

SBOM: Final = "application/vnd.sbom+json"


def pages_of_tags(*tags: str, n: int) -> Witness:
    """Return a witness that reads the pages of a list of tags."""

    def witness(registry: FakeRegistry) -> object:
        put_index(registry, artifact(1), *tags)
        return pages_of(registry, f"/v2/{A}/tags/list?n={n}", "tags")

    return witness


def page_after_an_absent_tag(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1", "v3")
    return pages_of(registry, f"/v2/{A}/tags/list?last=v2", "tags")


def size_of_the_first_page(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1", "v2", "v3")
    found = send(registry, "GET", f"/v2/{A}/tags/list?n=2")
    return found.json["tags"], next_target(found) is not None


def pages_by_time(order: str) -> Witness:
    """Return a witness that reads pages of one of tags that were set at different times."""

    def witness(registry: FakeRegistry) -> object:
        put_index(registry, artifact(1), "b", "c", "a")
        return pages_of(registry, f"{ACR}/_tags?n=1&orderby={order}", "tags")

    return witness


def pages_by_equal_times(order: str) -> Witness:
    """Return a witness that reads pages of one of tags that were set by one push."""

    def witness(registry: FakeRegistry) -> object:
        query, content = "tag=a&tag=b&tag=c", artifact(1)
        target = f"{manifest_target(content)}?{query}"
        assert status_of(registry, "PUT", target, content, {"Content-Type": INDEX}) == 201
        return pages_of(registry, f"{ACR}/_tags?n=1&orderby={order}", "tags")

    return witness


def pages_of_filtered_referrers(registry: FakeRegistry) -> object:
    """Return the number of referrers on each page of those that are of one type."""
    subject = artifact(1)
    for number in range(2, 10):
        put_index(registry, artifact(number, subject=subject, kind="a/b" if number > 3 else SBOM))
    digest = put_index(registry, subject)
    target = f"/v2/{A}/referrers/{digest}?n=1&artifactType={SBOM.replace('+', '%2B')}"
    return [len(page) for page in pages_of(registry, target, "manifests")]


def filters_applied_on_each_page(registry: FakeRegistry) -> object:
    subject = artifact(1)
    for number in (2, 3):
        put_index(registry, artifact(number, subject=subject, kind="a/b"))
    last = min(referrers_of(registry, subject)).replace(":", "%3A")
    target = f"/v2/{A}/referrers/{put_index(registry, subject)}?artifactType=a/b"
    headers = (send(registry, "GET", url).headers for url in (target, f"{target}&last={last}"))
    return [dict(one).get("OCI-Filters-Applied") for one in headers]


LINKS: Final = (
    PlantedBug(
        name="last-page-that-is-full-has-a-link",
        kind="links: one too many",
        plant=edit(
            "core.index:take",
            "limit > 0 and next(kept, None) is not None",
            "len(page) == limit > 0",
        ),
        witness=pages_of_tags("v1", "v2", n=1),
        right=[["v1"], ["v2"]],
    ),
    PlantedBug(
        name="page-has-the-item-that-was-read-ahead",
        kind="links: one too many",
        plant=edit("core.index:take", "islice(kept, limit)", "islice(kept, limit + 1)"),
        witness=size_of_the_first_page,
        right=(["v1", "v2"], True),
    ),
    PlantedBug(
        name="second-page-has-no-link",
        kind="links: missing",
        plant=edit("http.listings:next_link", "if not more or", "if not more or query.last or"),
        witness=pages_of_tags("v1", "v2", "v3", n=1),
        right=[["v1"], ["v2"], ["v3"]],
    ),
    PlantedBug(
        name="list-of-filtered-referrers-has-no-link",
        kind="links: missing",
        plant=edit(
            "http.listings:list_referrers",
            "more=page.more",
            "more=page.more and not filtered",
            _SHORT_PAGES,
        ),
        witness=pages_of_filtered_referrers,
        right=[1, 1],
    ),
    PlantedBug(
        name="link-starts-after-the-first-item-of-the-page",
        kind="links: wrong last",
        plant=edit("http.listings:next_link", "last=ends[-1]", "last=ends[0]"),
        witness=pages_of_tags("v1", "v2", "v3", n=2),
        right=[["v1", "v2"], ["v3"]],
    ),
    PlantedBug(
        name="page-includes-the-item-it-starts-after",
        kind="links: wrong last",
        plant=edit(
            "core.index:Index._walk_by_name",
            "bisect_right(self._by_name",
            "bisect_left(self._by_name",
        ),
        witness=pages_of_tags("v1", "v2", "v3", n=2),
        right=[["v1", "v2"], ["v3"]],
    ),
    PlantedBug(
        name="page-after-an-absent-name-is-the-first",
        kind="links: wrong last",
        plant=edit(
            "core.index:Index._walk_by_name",
            "if name is None",
            "if name not in self._updated",
        ),
        witness=page_after_an_absent_tag,
        right=[["v3"]],
    ),
    PlantedBug(
        name="last-with-a-time-is-not-escaped",
        kind="links: unescaped last",
        profile="acr",
        plant=edit(
            "wire.paging:encode_link",
            """return f'<{path}?{urlencode({**query, **(extra or {})})}>; rel="next"'""",
            """
pairs = "&".join(f"{name}={value}" for name, value in {**query, **(extra or {})}.items())
return f'<{path}?{pairs}>; rel="next"'
""",
        ),
        witness=pages_by_time("timeasc"),
        right=[["b"], ["c"], ["a"]],
    ),
    PlantedBug(
        name="artifact-type-in-a-link-is-not-escaped",
        kind="links: unescaped last",
        plant=together(
            edit(
                "wire.paging:encode_link",
                "urlencode({**query, **(extra or {})})",
                'urlencode(query) + "".join("&" + "=".join(one) for one in (extra or {}).items())',
            ),
            edit("http.listings:list_referrers", *_SHORT_PAGES),
        ),
        witness=pages_of_filtered_referrers,
        right=[1, 1],
    ),
    PlantedBug(
        name="link-of-filtered-referrers-lacks-the-filter",
        kind="links: lost parameters",
        plant=edit(
            "http.listings:list_referrers",
            ", extra=filtered",
            "",
            _SHORT_PAGES,
        ),
        witness=pages_of_filtered_referrers,
        right=[1, 1],
    ),
    PlantedBug(
        name="second-page-of-referrers-does-not-name-its-filter",
        kind="referrers: filter",
        plant=edit(
            "http.listings:list_referrers",
            "if filtered:",
            "if filtered and query.last is None:",
            _SHORT_PAGES,
        ),
        witness=filters_applied_on_each_page,
        right=["artifactType", "artifactType"],
    ),
    PlantedBug(
        name="link-lacks-the-order",
        kind="links: lost parameters",
        profile="acr",
        plant=edit("http.listings:next_link", "orderby = query.orderby", "orderby = None"),
        witness=pages_by_time("timedesc"),
        right=[["a"], ["c"], ["b"]],
    ),
    PlantedBug(
        name="oldest-first-skips-items-of-the-same-time",
        kind="pages by time with equal times",
        profile="acr",
        plant=edit(
            "core.index:Index.walk",
            "bisect_right(self._by_time, bound)",
            'bisect_right(self._by_time, (bound[0], "~"))',
        ),
        witness=pages_by_equal_times("timeasc"),
        right=[["a"], ["b"], ["c"]],
        settings=TAG_PARAMETERS,
    ),
    PlantedBug(
        name="newest-first-skips-items-of-the-same-time",
        kind="pages by time with equal times",
        profile="acr",
        plant=edit(
            "core.index:Index.walk",
            "bisect_left(self._by_time, bound)",
            'bisect_left(self._by_time, (bound[0], ""))',
        ),
        witness=pages_by_equal_times("timedesc"),
        right=[["c"], ["b"], ["a"]],
        settings=TAG_PARAMETERS,
    ),
    PlantedBug(
        name="tags-are-sorted-without-regard-to-case",
        kind="tag order",
        plant=edit(
            "core.catalog:list_tags",
            "return Page(page, more)",
            "return Page(sorted(page, key=str.lower), more)",
        ),
        witness=pages_of_tags("a", "B", n=2),
        right=[["B", "a"]],
    ),
    PlantedBug(
        name="tags-of-a-page-are-in-the-order-of-their-pushes",
        kind="tag order",
        plant=edit(
            "core.catalog:list_tags",
            "return Page(page, more)",
            "return Page(sorted(page, key=list(tags).index), more)",
        ),
        witness=pages_of_tags("v2", "v1", n=2),
        right=[["v1", "v2"]],
    ),
)
