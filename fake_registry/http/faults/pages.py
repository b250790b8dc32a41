"""Effects on lists and on the Link to their next page."""

import re
from dataclasses import KW_ONLY, dataclass, replace
from random import Random
from typing import ClassVar, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.faults.documents import (
    LISTS,
    Item,
    Link,
    NoEffect,
    change_items,
    change_link,
    check_length,
    items_in,
    page_target,
    read_body,
)
from fake_registry.http.faults.scene import Scene, When

_NEXT: Final = '; rel="next"'

_RELATION: Final = re.compile(r"[a-z][a-z0-9.-]*", re.IGNORECASE | re.ASCII)
"""RFC 8288 §3.3: a registered relation."""

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)

_PARAMETER: Final = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)

_AGAIN: Final = "again"
"""A parameter, which the registry ignores, of the link to a page that comes again."""


@dataclass(frozen=True)
class LoopLink:
    """The Link of a page leads to the same page again, that of a last page too."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def loop() -> Link:
            return Link(page_target(scene), _NEXT)

        return change_link(scene, answer, lambda link: loop(), without=loop)


@dataclass(frozen=True)
class WrongRel:
    """The Link of a page has the relation `rel` instead of `next`."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    rel: str = "last"

    def __post_init__(self) -> None:
        check_fields(self)
        if not _RELATION.fullmatch(self.rel) or self.rel.lower() == "next":
            raise ValueError(f"expected rel to be a relation other than next, found {self.rel!r}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        parameters = f'; rel="{self.rel}"'
        return change_link(scene, answer, lambda link: replace(link, parameters=parameters))


@dataclass(frozen=True)
class ForeignLink:
    """The Link of a page leads to the same path at another host; a last page has one too.

    A client must not send its token there.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    host: str
    """With a port if need be. The scheme is that of the request."""

    def __post_init__(self) -> None:
        check_fields(self)
        if not _HOST.fullmatch(self.host):
            raise ValueError(f"expected host to be a name such as example.com, found {self.host!r}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def lead_away(link: Link) -> Link:
            parts = urlsplit(link.target)
            target = parts._replace(scheme=scene.call.request.scheme, netloc=self.host)
            return replace(link, target=target.geturl())

        def lead_away_from_last_page() -> Link:
            return lead_away(Link(page_target(scene), _NEXT))

        return change_link(scene, answer, lead_away, without=lead_away_from_last_page)


@dataclass(frozen=True)
class EmptyParameterLink:
    """The Link of a page has one more parameter, which has no value.

    ACR's own links have an empty `orderby` (spinnaker/spinnaker#7065).
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    parameter: str = "filter"

    def __post_init__(self) -> None:
        check_fields(self)
        if not _PARAMETER.fullmatch(self.parameter):
            expected = "expected parameter to be a name of letters, digits, _, . and -"
            raise ValueError(f"{expected}, found {self.parameter!r}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return change_link(scene, answer, self._add_parameter)

    def _add_parameter(self, link: Link) -> Link:
        query = urlsplit(link.target).query
        if self.parameter in dict(parse_qsl(query, keep_blank_values=True)):
            raise NoEffect(f"the Link has {self.parameter} already: name another parameter")

        separator = "&" if query else "?"
        return replace(link, target=f"{link.target}{separator}{self.parameter}=")


@dataclass(frozen=True)
class LoseItems:
    """The first `count` items of a page are missing, without a sign."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    count: int = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if self.count < 1:
            raise ValueError(f"expected count of at least 1 item, found {self.count}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return change_items(scene, answer, self._lose)

    def _lose(self, items: list[Item]) -> list[Item]:
        check_length(items, 1)
        return items[self.count :]


@dataclass(frozen=True)
class Reorder:
    """The items of a page come in reverse order, or shuffled with a `seed`."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    _: KW_ONLY
    seed: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return change_items(scene, answer, self._reorder)

    def _reorder(self, items: list[Item]) -> list[Item]:
        check_length(items, 2)
        if self.seed is None:
            return items[::-1]

        shuffled = list(items)
        Random(self.seed).shuffle(shuffled)  # noqa: S311  no secret
        return shuffled if shuffled != items else items[1:] + items[:1]


@dataclass(frozen=True)
class DuplicatePage:
    """Each page comes twice, or the last `items` of a page come again at the head of the next one.

    The Link leads back: to the same page, with a parameter `again`, or to an earlier item.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    items: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.items is not None and self.items < 1:
            raise ValueError(f"expected items of at least 1, found {self.items}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if self.items is None:
            return change_link(
                scene,
                answer,
                lambda link: _link_again(scene),
                without=lambda: _link_again(scene),
            )

        answer, content = read_body(answer)
        return change_link(scene, answer, lambda link: self._lead_back(scene, link, content))

    def _lead_back(self, scene: Scene, link: Link, content: bytes) -> Link:
        """Return a Link to the page after the item that precedes the last `items`."""
        names = [_name_of(item) for item in items_in(content)]
        preceding = names[: -(self.items or 0)]
        if not preceding:
            return _link_again(scene)

        parts = urlsplit(link.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"last": preceding[-1]}
        return replace(link, target=parts._replace(query=urlencode(query)).geturl())


@dataclass(frozen=True)
class NullList:
    """The list of a page is null, whatever its items.

    Go programs write an empty list so, and ACR does.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = LISTS

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return change_items(scene, answer, lambda items: None)


def _link_again(scene: Scene) -> Link:
    """Return the link to the same page, once: NoEffect if it has led there."""
    if _AGAIN in scene.call.query:
        raise NoEffect("the page came again already")

    separator = "&" if scene.call.request.query else "?"
    return Link(f"{page_target(scene)}{separator}{_AGAIN}=1", _NEXT)


def _name_of(item: Item) -> str:
    """Return the value of the parameter `last` for the page after an item."""
    if isinstance(item, str):
        return item
    name: str = item.get("name") or item["digest"]
    return name
