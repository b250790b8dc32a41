"""Changes of the attributes that lock repositories, tags and manifests.

Source: ACR 2021-07-01, Repository, Tag and Manifest - Update Attributes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_acr.strategies.broken import BAD_BYTES
from pytest_acr.strategies.documents import encode_document

LockLevel = Literal["repository", "tag", "manifest"]


@dataclass(frozen=True, kw_only=True)
class LockChange:
    """The body of a PATCH that changes some of the four switches."""

    level: LockLevel
    switches: Mapping[str, bool]
    """The new values by ACR's keys, such as `deleteEnabled`."""
    content: bytes

    def applied_to(self, switches: Mapping[str, bool]) -> Mapping[str, bool]:
        """Return the switches that follow from `switches` and this change."""
        return {**switches, **self.switches}


@dataclass(frozen=True, kw_only=True)
class BrokenLockChange:
    """The body of a PATCH that changes nothing, because it is malformed."""

    level: LockLevel
    content: bytes
    flaw: str


@st.composite
def lock_changes(draw: DrawFn) -> LockChange:
    """Draw changes of a repository, a tag or a manifest: of none, some, or all of the switches.

    Switches are deleteEnabled, writeEnabled, readEnabled and listEnabled, true and false. Order and
    style of the JSON vary. Some bodies have a key beside them that is ignored: old registries
    answer with `teleportEnabled`, which clients send back.
    """
    switches = draw(_SWITCHES)
    ignored = draw(_IGNORED)
    content = encode_document(draw, {**ignored, **switches})
    return LockChange(level=draw(_LEVELS), switches=switches, content=content)


@st.composite
def broken_lock_changes(draw: DrawFn) -> BrokenLockChange:
    """Draw bodies with one flaw: a switch is not a boolean or occurs twice, or the body is malformed.

    Valid switches stand beside the flaw, so that a registry that changes some of them is found.
    """
    break_content = draw(_WAYS_TO_BREAK)
    flaw, content = break_content(draw)
    return BrokenLockChange(level=draw(_LEVELS), content=content, flaw=flaw)


def _break_value(draw: DrawFn) -> tuple[str, bytes]:
    flaw, value = draw(_NOT_BOOLEANS)
    document = {**draw(_SWITCHES), draw(_KEYS): value}
    return flaw, encode_document(draw, document)


def _break_keys(draw: DrawFn) -> tuple[str, bytes]:
    key, first, second = draw(_KEYS), draw(_JSON_BOOLEANS), draw(_JSON_BOOLEANS)
    return "switch twice", f'{{"{key}":{first},"{key}":{second}}}'.encode()


def _break_bytes(draw: DrawFn) -> tuple[str, bytes]:
    flaw, damage = draw(st.sampled_from(BAD_BYTES))
    return flaw, damage(encode_document(draw, draw(_SWITCHES)))


def _break_syntax(draw: DrawFn) -> tuple[str, bytes]:
    return "not JSON", draw(_NOT_JSON)


LOCK_SWITCHES: Final = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")

_LEVELS: Final[SearchStrategy[LockLevel]] = st.sampled_from(("repository", "tag", "manifest"))
_KEYS: Final = st.sampled_from(LOCK_SWITCHES)
_SWITCHES: Final = st.fixed_dictionaries({}, optional=dict.fromkeys(LOCK_SWITCHES, st.booleans()))
_IGNORED: Final[SearchStrategy[dict[str, object]]] = st.sampled_from(
    ({}, {}, {}, {"teleportEnabled": True}, {"WriteEnabled": False}, {"un known": [None]})
)

_NOT_BOOLEANS: Final[SearchStrategy[tuple[str, object]]] = st.sampled_from(
    (
        *(("text for a switch", "false"), ("text for a switch", ""), ("number for a switch", 0)),
        *(("number for a switch", 1), ("number for a switch", 0.0), ("null for a switch", None)),
        *(("list for a switch", []), ("list for a switch", [False]), ("object for a switch", {})),
    )
)
_JSON_BOOLEANS: Final = st.sampled_from(("true", "false"))
_NOT_JSON: Final = st.sampled_from(
    (b"deleteEnabled=false", b"{deleteEnabled: false}", b'{"deleteEnabled": False}', b"\x00")
)

_WAYS_TO_BREAK: Final = st.sampled_from((_break_value, _break_keys, _break_bytes, _break_syntax))
