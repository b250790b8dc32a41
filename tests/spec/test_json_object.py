"""Decoding of JSON objects, and the errors of malformed ones."""

import pytest

from fake_registry.spec import json_object
from fake_registry.spec.json_object import decode_object, list_member, member, optional_member


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected JSON: Expecting value at character 0"),
        (b"{", "expected JSON: "),
        (b"\xff{}", "expected UTF-8, found something else"),
        (b'{"a":"\\ud800"}', "expected UTF-8, found something else"),
        (b"[]", "expected the document to be an object, found a list"),
        (b"null", "expected the document to be an object, found null"),
        (b"1", "expected the document to be an object, found an integer"),
        (b'{"a":1,"b":2,"a":1}', "expected each key once, found one again"),
        (b'{"a":[{"b":1,"b":1}]}', "expected each key once, found one again"),
        (b'{"a":NaN}', "expected JSON, found NaN"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' + b"9" * 5_000 + b"}", "digits"),
    ],
)
def test_malformed_object_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_object(content)


def test_members_are_returned_with_their_types() -> None:
    document = {"size": 3, "none": None, "list": ["a"]}
    assert member(document, "size", int) == 3
    assert optional_member(document, "none", int) is None
    assert optional_member(document, "missing", int) is None
    assert list_member(document, "list", str) == ["a"]
    assert list_member(document, "none", str) == []


def test_missing_members_and_members_of_another_type_are_refused() -> None:
    document = {"size": True, "list": ["a", 1.5], "none": None}
    with pytest.raises(ValueError, match="expected name, found none"):
        member(document, "name", str)
    with pytest.raises(ValueError, match="expected none to be a string, found null"):
        member(document, "none", str)
    with pytest.raises(ValueError, match="expected size to be an integer, found a boolean"):
        optional_member(document, "size", int)
    with pytest.raises(ValueError, match=r"expected list\[1\] to be a string, found a number"):
        list_member(document, "list", str)
    with pytest.raises(ValueError, match="expected missing, found none"):
        list_member(document, "missing", str)


@pytest.mark.parametrize("depth", [10_000, 300_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(depth: int, opening: str, closing: str) -> None:
    content = '{"a":' + opening * depth + "0" + closing * depth + "}"
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_object(content.encode())


class CountedKey(str):
    """A key that counts how often it is compared."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        CountedKey.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_repeated_key_among_many_is_found_in_linear_time() -> None:
    """A registry takes 4 MiB of members (distribution-spec, Pushing Manifests)."""
    names = [CountedKey(number) for number in range(10_000)]
    before = CountedKey.comparisons

    with pytest.raises(ValueError, match="found one again"):
        json_object._unique([(name, 0) for name in (*names, CountedKey(9_999))])

    assert CountedKey.comparisons - before < 2 * len(names)
