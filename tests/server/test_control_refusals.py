"""The words of refusals for msgspec's errors, and for one that is not known."""

import re
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from fake_registry.control.decoding import convert, read_document
from fake_registry.control.refusals import refusal_text


class Leaf(msgspec.Struct, forbid_unknown_fields=True):
    size: int | float | None = None
    kind: Literal["soft", "hard"] = "soft"


class Tree(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=3)]
    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    share: Annotated[float, Meta(gt=0)] = 1.0


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": None}, "expected name to be a string, found null"),
        ({"name": ""}, "expected name to have at least 1 characters, found 0"),
        ({"name": "abcd"}, "expected name to have at most 3 characters, found 4"),
        ({"name": "a" * 200}, "expected name to have at most 3 characters, found 200"),
        ({"nam": "a"}, "expected one of name, by_name, leaf, leaves, count, share, found 'nam'"),
        ({"leaf": []}, "expected leaf to be an object or null, found a list"),
        ({"leaf": {"size": True}}, "expected leaf.size to be a number or null, found a boolean"),
        ({"leaf": {"knd": 1}}, "leaf: expected one of kind, size, found 'knd'"),
        ({"leaf": {"kind": "wet"}}, "leaf.kind: expected one of hard, soft, found 'wet'"),
        ({"leaves": [{}, {"kind": "wet"}]}, "leaves[1].kind: expected one of hard, soft, found 'wet'"),
        ({"by_name": {"a": {"kind": "wet"}}}, "by_name[...].kind: expected one of hard, soft, found 'wet'"),
        ({"count": 0}, "expected count to be at least 1, found 0"),
        ({"count": 10}, "expected count to be at most 9, found 10"),
        ({"share": 0}, "share: Expected `float` > 0.0"),
    ],
    ids=repr,
)
def test_refusal_names_the_place_and_what_was_expected(members: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        convert({"name": "a", **members}, Tree)


def test_member_that_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match=r"^tree: expected name, found none$"):
        convert({}, Tree, where="tree")


def test_message_that_is_not_known_is_kept_with_its_place() -> None:
    assert refusal_text("All is lost - at `$.leaf.size`", {}, Tree) == "leaf.size: All is lost"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
def test_depth_of_a_document_is_bounded(opening: str, closing: str) -> None:
    def nested(levels: int, innermost: str = "1") -> bytes:
        return f'{{"a": {opening * levels}{innermost}{closing * levels}}}'.encode()

    read_document(nested(99))
    read_document(nested(98, "[]"))
    too_deep = [nested(levels) for levels in (100, 500, 981, 20_000)]
    for content in (*too_deep, nested(99, "[]")):
        with pytest.raises(ValueError, match=r"levels of lists and objects, found more$|nested too deeply$"):
            read_document(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": 1, "a": 1}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"\xff{}",
        b"[" * 9_999,
    ],
)
def test_content_that_is_no_strict_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        read_document(content)


def test_absent_body_is_named() -> None:
    with pytest.raises(ValueError, match=r"^expected a JSON object as the body, found no body$"):
        read_document(b"")
