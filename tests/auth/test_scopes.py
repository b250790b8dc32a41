"""Scope text and containment. Grammar: CNCF distribution, Token Scope Documentation; the routes' scopes: ACR."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.auth.scopes import Scope, encode_scopes, grants, narrow, parse_scopes

ACTIONS = ["pull", "push", "delete", "metadata_read", "metadata_write", "*"]

action_lists = st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3).map(tuple)
names = st.sampled_from(["a", "a/b", "a/b/c", "b", "a/*", "*", "localhost:5000/a"])
types = st.sampled_from(["repository", "registry", "artifact-repository", "repository(plugin)"])
scopes = st.builds(Scope, types, names, action_lists)
scope_lists = st.lists(scopes, max_size=4).map(tuple)


def repository(name: str, *actions: str) -> Scope:
    return Scope("repository", name, actions)


@given(scope_lists)
def test_scopes_survive_their_text(wanted: tuple[Scope, ...]) -> None:
    assert parse_scopes([encode_scopes(wanted)]) == wanted


@given(scope_lists)
def test_one_field_or_several_make_no_difference(wanted: tuple[Scope, ...]) -> None:
    assert parse_scopes(encode_scopes([scope]) for scope in wanted) == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("registry:catalog:*", (Scope("registry", "catalog", ("*",)),)),
        ("repository:*:*", (repository("*", "*"),)),
        ("repository:a:push,pull", (repository("a", "push", "pull"),)),
        ("repository:a:pull,push repository:b:pull", (repository("a", "pull", "push"), repository("b", "pull"))),
        ("  repository:a:pull  ", (repository("a", "pull"),)),
        ("2nd(class3):repo:pull", (Scope("2nd(class3)", "repo", ("pull",)),)),
        ("artifact-repository:repo:pull", (Scope("artifact-repository", "repo", ("pull",)),)),
        ("repository:localhost:5000/a:pull", (repository("localhost:5000/a", "pull"),)),
        ("", ()),
    ],
)
def test_scope_text_is_read(text: str, expected: tuple[Scope, ...]) -> None:
    assert parse_scopes([text]) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("repository", "repository:a", "repository::pull", "repository:a:", ":a:pull", "repository:a:pull,"),
        "repository:a:pull\u00a0x",  # blanks alone separate scopes
    ],
)
def test_malformed_scope_is_skipped(text: str) -> None:
    assert parse_scopes([f"{text} repository:b:pull"]) == (repository("b", "pull"),)


@pytest.mark.parametrize(
    ("held", "needed", "expected"),
    [
        ("repository:a:pull", "repository:a:pull", True),
        ("repository:a:pull", "repository:a:push", False),
        ("repository:a:pull", "repository:a:pull,push", False),
        ("repository:a:pull", "repository:b:pull", False),
        ("repository:a:pull repository:a:push", "repository:a:push,pull", True),
        ("repository:a:pull,push", "repository:a:pull,push repository:b:pull", False),
        ("repository:a:*", "repository:a:delete", True),
        ("repository:*:*", "repository:a/b:metadata_write", True),
        ("repository:*:pull", "repository:a/b:push", False),
        ("repository:*:*", "registry:catalog:*", False),
        ("registry:catalog:*", "registry:catalog:*", True),
        ("registry:catalog:*", "registry:deleted_catalog:*", False),
        ("repository:a/*:pull", "repository:a/b/c:pull", True),
        ("repository:a/*:pull", "repository:a:pull", False),
        ("repository:a/*:pull", "repository:ab/c:pull", False),
        ("repository:a/*:pull", "repository:*:pull", False),
        ("repository:a:pull,push,delete", "repository:a:*", False),
        ("", "", True),
        ("", "repository:a:pull", False),
    ],
)
def test_containment(held: str, needed: str, *, expected: bool) -> None:
    assert grants(parse_scopes([held]), parse_scopes([needed])) is expected


@given(held=scope_lists, more=scope_lists, needed=scope_lists)
def test_more_scopes_never_allow_less(
    held: tuple[Scope, ...], more: tuple[Scope, ...], needed: tuple[Scope, ...]
) -> None:
    assert grants(held + more, needed) >= grants(held, needed)


@given(held=scope_lists, needed=scope_lists, more=scope_lists)
def test_fewer_needed_scopes_are_never_refused_more(
    held: tuple[Scope, ...], needed: tuple[Scope, ...], more: tuple[Scope, ...]
) -> None:
    assert grants(held, needed) >= grants(held, needed + more)


@given(held=scope_lists, requested=scope_lists)
def test_narrowed_scopes_are_held(held: tuple[Scope, ...], requested: tuple[Scope, ...]) -> None:
    assert grants(held, narrow(held, requested))


@given(held=scope_lists, requested=scope_lists, needed=scope_lists)
def test_narrowed_scopes_allow_nothing_new(
    held: tuple[Scope, ...], requested: tuple[Scope, ...], needed: tuple[Scope, ...]
) -> None:
    assert grants(narrow(held, requested), needed) <= grants(held, needed)


@pytest.mark.parametrize(
    ("held", "requested", "expected"),
    [
        ("repository:a:pull", "repository:a:pull,push", "repository:a:pull"),
        ("repository:a:pull", "repository:a:delete repository:b:pull", ""),
        ("repository:*:pull,push", "repository:a:push,pull", "repository:a:push,pull"),
        ("repository:*:pull,push", "repository:a:*", "repository:a:pull,push"),
        ("repository:*:*", "repository:a:*", "repository:a:*"),
        ("repository:a/*:pull", "repository:a/b:* repository:*:*", "repository:a/b:pull"),
        ("repository:a:pull repository:a:push", "repository:a:pull,push", "repository:a:pull,push"),
    ],
)
def test_narrowing_keeps_the_held_scopes(held: str, requested: str, expected: str) -> None:
    assert encode_scopes(narrow(parse_scopes([held]), parse_scopes([requested]))) == expected
