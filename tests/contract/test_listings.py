"""distribution-spec v1.1.1, Listing Tags (end-8), and the catalogue of CNCF distribution."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.registry import Registry
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import NameUnknown
from fake_registry.spec.names import RepositoryName, Tag
from pytest_acr.strategies import repository_names, tags
from tests.support.backends import A_FEW_EXAMPLES, Backend
from tests.support.images import HELLO, NOWHERE, OTHER, V1, image, index, pages_of, push, push_tags
from tests.support.memory import TO_THE_LETTER

SIZES = st.integers(1, 5)


def test_tags_are_in_ascii_order(registry: Registry) -> None:
    """The tags MUST be in lexical or ASCIIbetical order; this registry's is the latter."""
    push_tags(registry, HELLO, ["b", "B", "a", "_", "1.10", "1.9", "1", "A", "a-b", "a.b", "a_b", "9"])

    assert list(registry.list_tags(HELLO).items) == [
        *["1", "1.10", "1.9", "9", "A", "B", "_", "a", "a-b", "a.b", "a_b", "b"]
    ]


def test_repository_without_tags_has_an_empty_list(registry: Registry) -> None:
    """Assuming a repository is found, this request MUST return 200. The list of tags MAY be empty."""
    push(registry, HELLO, image())
    assert registry.list_tags(HELLO) == Page([])


def test_tags_of_an_unknown_repository_are_refused(registry: Registry) -> None:
    """Endpoints (end-8a): 404. A repository with only blobs is unknown (acr-behaviour 5)."""
    registry.put_blob(OTHER, image().manifest.digest, [image().manifest.content])
    registry.start_upload(OTHER)

    for repository in (NOWHERE, OTHER):
        with pytest.raises(NameUnknown):
            registry.list_tags(repository)


@pytest.mark.parametrize(
    ("after", "limit", "page"),
    [
        (None, None, Page(["1", "2", "4"])),
        (None, 1, Page(["1"], more=True)),
        (None, 2, Page(["1", "2"], more=True)),
        (None, 3, Page(["1", "2", "4"])),
        (None, 99, Page(["1", "2", "4"])),
        ("1", None, Page(["2", "4"])),
        ("1", 1, Page(["2"], more=True)),
        ("1", 2, Page(["2", "4"])),
        ("3", 1, Page(["4"])),
        ("0", 1, Page(["1"], more=True)),
        ("4", 1, Page([])),
        ("zz", None, Page([])),
    ],
)
def test_page_of_tags(registry: Registry, after: str | None, limit: int | None, page: Page[str]) -> None:
    """Otherwise, the response MUST include `n` results; `last` is not included, and more follow only if they exist."""
    push_tags(registry, HELLO, ["4", "2", "1"])
    assert registry.list_tags(HELLO, after=None if after is None else Tag(after), limit=limit) == page


@pytest.mark.parametrize("after", [None, Tag("1")])
def test_page_of_0_tags_is_the_last(registry: Registry, after: Tag | None) -> None:
    """When `n` is zero, this endpoint MUST return an empty list, and MUST NOT include a `Link` header."""
    push_tags(registry, HELLO, ["4", "2", "1"])
    assert registry.list_tags(HELLO, after=after, limit=0) == Page([])


@A_FEW_EXAMPLES
@given(names=st.sets(tags(), max_size=9), size=SIZES)
def test_pages_of_tags_joined_are_the_whole_list(backend: Backend, names: set[Tag], size: int) -> None:
    """Listing Tags: pages of `n`, each beginning after the last one's last, joined are the whole list."""
    with backend(TO_THE_LETTER) as registry:
        push_tags(registry, HELLO, names)
        pages = pages_of(lambda after: registry.list_tags(HELLO, after=after, limit=size), lambda tag: tag)
        whole = registry.list_tags(HELLO)

    assert [tag for page in pages for tag in page.items] == list(whole.items) == sorted(names)
    assert [len(page.items) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert bool(pages[-1].items) is bool(names)


@A_FEW_EXAMPLES
@given(names=st.sets(tags(), max_size=6), after=tags(), size=SIZES)
def test_list_can_start_after_an_absent_tag(backend: Backend, names: set[Tag], after: Tag, size: int) -> None:
    """Listing Tags: `last` MUST be a proper tag; up to `n` tags after it are returned."""
    following = sorted(name for name in names if name > after)
    with backend(TO_THE_LETTER) as registry:
        push_tags(registry, HELLO, names)
        assert registry.list_tags(HELLO, after=after, limit=size) == Page(following[:size], len(following) > size)


def test_empty_registry_has_no_repositories(registry: Registry) -> None:
    """CNCF distribution, _catalog."""
    assert registry.list_repositories() == Page([])


@A_FEW_EXAMPLES
@given(names=st.sets(repository_names(), max_size=6), size=SIZES)
def test_pages_of_repositories_joined_are_the_whole_list(
    backend: Backend, names: set[RepositoryName], size: int
) -> None:
    """CNCF distribution, _catalog: pages as those of tags, in ASCII order."""
    with backend(TO_THE_LETTER) as registry:
        for name in names:
            registry.put_manifest(name, index().manifest)
        pages = pages_of(lambda after: registry.list_repositories(after=after, limit=size), lambda name: name)
        whole = registry.list_repositories()

    assert [name for page in pages for name in page.items] == list(whole.items) == sorted(names)
    assert [len(page.items) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert bool(pages[-1].items) is bool(names)


def test_page_of_0_repositories_is_the_last(registry: Registry) -> None:
    """CNCF distribution, _catalog, as for tags."""
    push_tags(registry, HELLO, [V1])
    assert registry.list_repositories(limit=0) == Page([])


def test_list_can_start_after_an_absent_repository(registry: Registry) -> None:
    """CNCF distribution, _catalog; acr-behaviour 4.2: `last` is exclusive and need not exist [I]."""
    for name in ("a", "a/b", "b"):
        push_tags(registry, RepositoryName(name), [V1])

    assert registry.list_repositories(after=RepositoryName("a/a"), limit=1) == Page(["a/b"], more=True)
    assert registry.list_repositories(after=RepositoryName("a/b"), limit=1) == Page(["b"])
