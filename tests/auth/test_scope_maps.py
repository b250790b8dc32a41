"""Scope maps and the tokens that hold them: MSDOC container-registry-token-based-repository-permissions."""

import pytest

from fake_registry.auth.accounts import Accounts
from fake_registry.auth.scope_maps import SYSTEM_SCOPE_MAPS, RepositoryToken, ScopeMap, scopes_of_map
from fake_registry.auth.scopes import Scope, encode_scopes, grants, parse_scopes
from fake_registry.spec.errors import NameInvalid

EVERY_ACTION = "pull,push,delete,metadata_read,metadata_write"
CATALOG = "registry:catalog:*"


@pytest.mark.parametrize(
    ("scope_map", "scopes"),
    [
        ("_repositories_pull", f"repository:*:pull {CATALOG}"),
        ("_repositories_pull_metadata_read", f"repository:*:pull,metadata_read {CATALOG}"),
        ("_repositories_push", f"repository:*:pull,push {CATALOG}"),
        (
            "_repositories_push_metadata_write",
            f"repository:*:pull,push,metadata_read,metadata_write {CATALOG}",
        ),
        ("_repositories_admin", f"repository:*:{EVERY_ACTION} {CATALOG}"),
        ({"a": ["content/read"]}, "repository:a:pull"),
        (
            {"a/*": ["content/write"], "b": ["content/delete"]},
            "repository:a/*:push repository:b:delete",
        ),
        (
            {"*": ["metadata/read", "metadata/write"]},
            f"repository:*:metadata_read,metadata_write {CATALOG}",
        ),
        (
            {"a": ["content/read"], "*": ["content/delete"]},
            f"repository:a:pull repository:*:delete {CATALOG}",
        ),
        ({"*": []}, "repository:*:"),
        ({"a": []}, "repository:a:"),
        ({}, ""),
    ],
)
def test_scopes_of_a_scope_map(scope_map: ScopeMap, scopes: str) -> None:
    """acr-behaviour 3.7; the catalogue comes with a rule for all repositories (Azure/acr#751)."""
    assert encode_scopes(scopes_of_map(scope_map)) == scopes


@pytest.mark.parametrize("name", SYSTEM_SCOPE_MAPS)
def test_map_of_all_repositories_lists_them_and_no_other_map_does(name: str) -> None:
    """acr-behaviour 3.7: not even one that names each repository, or all under a prefix."""
    actions = SYSTEM_SCOPE_MAPS[name]
    scope_maps: list[ScopeMap] = [name, {"*": actions}, {"samples/*": actions, "a": actions}]

    catalog = parse_scopes([CATALOG])
    assert [grants(scopes_of_map(each), catalog) for each in scope_maps] == [True, True, False]


def test_rules_add_up() -> None:
    held = scopes_of_map({"a/*": ["content/read"], "a/b": ["content/write"]})
    assert grants(held, parse_scopes(["repository:a/b:pull,push"]))
    assert not grants(held, parse_scopes(["repository:a/c:pull,push"]))


@pytest.mark.parametrize(
    ("scope_map", "error", "message"),
    [
        ("_repositories_pul", ValueError, "scope_map: expected a mapping or one of _repositories_pull, "),
        ({"a": ["pull"]}, ValueError, "action: expected one of content/read, .*, found 'pull'"),
        ({"a": "content/read"}, TypeError, "actions of a: expected an iterable of str, found str"),
        ({"a": 5}, TypeError, "actions of a: expected an iterable of str, found int"),
        ({"a": [5]}, TypeError, "actions of a: expected an iterable of str, found int among its items"),
        ({5: ["content/read"]}, TypeError, "repository: expected str, found int"),
        (["a"], TypeError, "scope_map: expected str or a mapping, found list"),
        ({"A": ["content/read"]}, NameInvalid, "NAME_INVALID"),
        ({"a/*/b": ["content/read"]}, NameInvalid, "NAME_INVALID"),
        ({"": ["content/read"]}, NameInvalid, "NAME_INVALID"),
    ],
)
def test_invalid_scope_map_is_refused_with_the_known_ones(
    scope_map: ScopeMap, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        scopes_of_map(scope_map)


def token(name: str = "ci", *passwords: str) -> RepositoryToken:
    return RepositoryToken(name=name, passwords=passwords or ("secret",), scopes=())


def test_each_password_is_accepted_and_none_is_printed() -> None:
    one = token("ci", "first", "sécond")
    assert [one.accepts(text) for text in ("first", "sécond", "third", "")] == [True, True, False, False]
    assert "first" not in repr(one)


@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("", "x", "name of a token: expected a name without a colon"),
        ("a:b", "x", "found 'a:b'"),
        ("\ud800", "x", "name of a token: expected a name without a colon"),
        ("a", "", "password of a token: expected a text"),
        ("a", "\udcff", "password of a token: expected text in UTF-8"),
    ],
)
def test_token_with_a_malformed_name_or_password_is_refused(name: str, password: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RepositoryToken(name=name, passwords=(password,), scopes=())


def test_tokens_are_known_by_name() -> None:
    first, second, other = token("ci", "1"), token("ci", "2"), token("other")
    accounts = Accounts().with_token(first).with_token(other).with_token(second)
    assert accounts.tokens == (other, second)
    assert (accounts.find_token("ci"), accounts.find_token("nobody")) == (second, None)
    assert accounts.without_token("ci").tokens == (other,)
    with pytest.raises(ValueError, match="there is no token 'nobody'; there are other, ci"):
        accounts.without_token("nobody")


def test_scope_of_a_token_is_a_scope() -> None:
    assert scopes_of_map({"a": ["content/read"]}) == (Scope("repository", "a", ("pull",)),)
