"""Scopes of tokens, as in challenges and in requests for a token.

Source: CNCF distribution, Token Scope Documentation (Resource Scope Grammar).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_acr.strategies.names import repository_names


class ScopedResource(NamedTuple):
    """A resource and the actions on it."""

    type: str
    """Such as `repository`; `repository(plugin)` has a class, which is deprecated."""
    name: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(self.actions)}"


@dataclass(frozen=True)
class ScopeText:
    """The text of one or more scopes, and their meaning, in the order of the text."""

    text: str
    resources: tuple[ScopedResource, ...]


@dataclass(frozen=True, kw_only=True)
class BrokenScopeText:
    """A text without any valid scope. A token service grants nothing for it."""

    text: str
    flaw: str


def scope_texts() -> SearchStrategy[ScopeText]:
    """Draw one to three scopes, separated by blanks.

    Most are of repositories, with one or more of the actions pull, push, delete, metadata_read,
    metadata_write and `*`. Some names begin with a host and a port, so that they have a colon. The
    others are of the registry's catalogue, of a class of repositories, and of unknown types.
    """
    return st.lists(_RESOURCES, min_size=1, max_size=3).map(_text_of)


def broken_scope_texts() -> SearchStrategy[BrokenScopeText]:
    """Draw malformed scopes: a part is absent or empty, or has characters that it must not have."""
    return st.builds(_break_resource, st.sampled_from(_FLAWS), repository_names())


def _text_of(resources: list[ScopedResource]) -> ScopeText:
    return ScopeText(" ".join(map(str, resources)), tuple(resources))


def _break_resource(flaw: tuple[str, str], repository: str) -> BrokenScopeText:
    name, form = flaw
    return BrokenScopeText(text=form.replace("NAME", repository), flaw=name)


_HOSTS: Final = st.sampled_from(("", "", "", "localhost:5000/", "Registry.example.com/"))
_NAMES: Final = st.tuples(_HOSTS, repository_names()).map("".join)

_KNOWN_ACTIONS: Final = ("pull", "push", "delete", "metadata_read", "metadata_write", "*")
_ACTIONS: Final = st.lists(st.sampled_from(_KNOWN_ACTIONS), min_size=1, max_size=4, unique=True)

_REPOSITORIES: Final = st.builds(ScopedResource, st.just("repository"), _NAMES, _ACTIONS.map(tuple))
_OTHERS: Final = st.sampled_from(
    (
        ScopedResource("registry", "catalog", ("*",)),
        ScopedResource("registry", "catalog", ("read",)),
        ScopedResource("repository(plugin)", "samples/hello", ("pull",)),
        ScopedResource("unheard2", "of", ("pull", "push")),
    )
)
_RESOURCES: Final = _REPOSITORIES | _OTHERS

_FLAWS: Final = (
    *(("one part", "NAME"), ("one part", "repository"), ("one part", "")),
    *(("two parts", "repository:NAME"), ("two parts", "NAME:pull")),
    *(("no type", ":NAME:pull"), ("no name", "repository::pull"), ("no action", "repository:NAME:")),
    *(("empty action", "repository:NAME:pull,"), ("empty action", "repository:NAME:,pull")),
    ("empty action", "repository:NAME:pull,,push"),
    *(("malformed type", "Repository:NAME:pull"), ("malformed type", "repo/sitory:NAME:pull")),
    *(("malformed type", "repository(plugin:NAME:pull"), ("malformed type", "repository():NAME:pull")),
    *(("malformed action", "repository:NAME:Pull"), ("malformed action", "repository:NAME:pull;push")),
    *(("malformed action", "repository:NAME:pu\u00a0ll"), ("malformed action", "repository:NAME:pull/push")),
    *(("blank in a scope", "repository:NAME: pull"), ("blank in a scope", "repository: NAME:pull")),
    *(("blank in a scope", "repository :NAME:pull"), ("blank in a scope", "repository:NAME :pull")),
)
