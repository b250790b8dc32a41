"""JSON as Go writes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.json_object import decode_object
from fake_registry.spec.names import parse_tag
from fake_registry.wire.json_text import encode_json, parse_member

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=5)
documents = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)


@given(documents)
def test_an_object_reads_back(document: dict[str, object]) -> None:
    assert decode_object(encode_json(document)) == document


@given(documents)
def test_other_readers_read_it_too(document: dict[str, object]) -> None:
    assert json.loads(encode_json(document)) == document


def test_it_is_compact_in_order_escaped_like_go_and_ends_a_line() -> None:
    assert encode_json({"b": [1, None, True], "a": "é<&>\u2028\u2029\n"}) == (
        '{"b":[1,null,true],"a":"é\\u003c\\u0026\\u003e\\u2028\\u2029\\n"}\n'.encode()
    )


def test_malformed_name_in_a_response_is_a_value_error() -> None:
    assert parse_member(parse_tag, "v1") == "v1"
    with pytest.raises(ValueError, match="TAG_INVALID: expected at most 128"):
        parse_member(parse_tag, "-v1")
