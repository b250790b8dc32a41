"""Documents and links in answers, for effects that change them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from fake_registry.http.answers import Answer
from fake_registry.http.faults.scene import Scene
from fake_registry.spec.endpoints import ENDPOINTS
from fake_registry.spec.json_object import JsonObject, decode_object
from fake_registry.spec.words import count_text
from fake_registry.wire.json_text import encode_json
from fake_registry.wsgi import Pause

LISTS: Final = tuple(str(row.name) for row in ENDPOINTS if row.listing)
"""The endpoints that answer with a list."""

Item = Any  # Any: JSON, a name or an object

_KEYS: Final = ("repositories", "tags", "manifests")
"""The keys of lists in the documents of the endpoints in `LISTS`."""

_LINK: Final = re.compile(r"<([^>]*)>(.*)", re.DOTALL)

_LAST_PAGE: Final = "the page has no Link, as it is the last one: request fewer items (n), or push more"


def endpoints_with(*ends: str) -> tuple[str, ...]:
    """Return the endpoints whose paths end in one of these texts."""
    names = [str(row.name) for row in ENDPOINTS if row.path.endswith(ends)]
    return tuple(dict.fromkeys(names))


class NoEffect(Exception):
    """An effect finds nothing to act on, for the reason in its text."""


@dataclass(frozen=True)
class Link:
    """The Link of a page."""

    target: str
    parameters: str
    """With the semicolon before them."""

    def __str__(self) -> str:
        return f"<{self.target}>{self.parameters}"


def change_items(
    scene: Scene,
    answer: Answer,
    change: Callable[[list[Item]], list[Item] | None],
) -> Answer:
    """Return the answer with the items that `change` returns for those of its list.

    A list that is null has no items. If `change` raises `NoEffect`, or the answer has no list, the
    answer stays as it is and the reason is noted.
    """
    answer, content = read_body(answer)
    try:
        _check_has_list(scene, answer)
        document, key = _list_in(content)
        changed = change(list(document[key] or []))
        if changed is None is document[key]:
            raise NoEffect(f"{key} is null already, as empty lists of ACR are")
    except NoEffect as reason:
        scene.note_no_effect(str(reason))
        return answer
    return with_content(answer, encode_json({**document, key: changed}))


def change_link(
    scene: Scene,
    answer: Answer,
    change: Callable[[Link], Link],
    *,
    without: Callable[[], Link] | None = None,
) -> Answer:
    """Return the answer with the Link that `change` returns for its own.

    A page without one gets that of `without`. `NoEffect` is as in `change_items`.
    """
    try:
        link = _changed_link(scene, answer, change, without)
    except NoEffect as reason:
        scene.note_no_effect(str(reason))
        return answer
    return answer.setting("Link", str(link))


def items_in(content: bytes) -> list[Item]:
    """Return the items of the list in a body. Raises NoEffect."""
    document, key = _list_in(content)
    return list(document[key] or [])


def check_length(items: list[Item], least: int) -> None:
    """Raise NoEffect for a list of fewer items."""
    if len(items) < least:
        expected = f"expected a page of at least {count_text(least, 'item')}"
        raise NoEffect(f"{expected}, found {len(items) or 'none'}: push more, or request more (n)")


def page_target(scene: Scene) -> str:
    """Return the path and the query of the page that a call asks for."""
    request = scene.call.request
    return f"{request.path}?{request.query}" if request.query else request.path


def read_body(answer: Answer) -> tuple[Answer, bytes]:
    """Return the answer with its body in one piece, after its pauses, and that piece."""
    pieces = list(answer.body)
    pauses = [piece for piece in pieces if isinstance(piece, Pause)]
    content = b"".join(piece for piece in pieces if not isinstance(piece, Pause))
    return replace(answer, body=(*pauses, content)), content


def with_content(answer: Answer, content: bytes) -> Answer:
    """Return an answer with another body, of which it announces the length if it had one."""
    pauses = [piece for piece in answer.body if isinstance(piece, Pause)]
    length = str(len(content))
    headers = [(name, length if name.lower() == "content-length" else value) for name, value in answer.headers]
    return replace(answer, headers=tuple(headers), body=(*pauses, content))


def _changed_link(
    scene: Scene,
    answer: Answer,
    change: Callable[[Link], Link],
    without: Callable[[], Link] | None,
) -> Link:
    _check_has_list(scene, answer)
    match = _LINK.fullmatch(answer.header("Link") or "")
    if match is not None:
        return change(Link(*match.groups()))
    if without is None:
        raise NoEffect(_LAST_PAGE)
    return without()


def _check_has_list(scene: Scene, answer: Answer) -> None:
    """Raise NoEffect for an answer without a list."""
    if answer.status != 200:
        raise NoEffect(f"the answer has status {answer.status}, and no list")
    if scene.call.request.method == "HEAD":
        raise NoEffect("the answer to HEAD has no list: GET has it")


def _list_in(content: bytes) -> tuple[JsonObject, str]:
    """Return the document with a list, and the key of the list. Raises NoEffect."""
    try:
        document = decode_object(content)
    except ValueError as error:
        raise NoEffect(f"the answer has no list: {error}") from None

    key = next((key for key in _KEYS if key in document), None)
    if key is None or not isinstance(document[key], list | None):
        raise NoEffect("the answer has no list")
    return document, key
