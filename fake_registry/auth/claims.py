"""Claims of the registry's tokens that have a form of their own: `access`, and a whole payload.

Signatures and expiry are in `tokens`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fake_registry.auth.scopes import Scope

ANONYMOUS_SUBJECT: Final = "acr_anon_pull"
"""The `sub` of an anonymous access token (acr-behaviour 3.6)."""

# The characters whose low six bits are 62 or 63: no others in ASCII make `+ / - _` in base64.
_ESCAPES: Final = {character: f"\\u{ord(character):04x}" for character in ">?~\x7f"}

# Made once: with arguments `json.dumps` makes an encoder at every call.
_text_of = json.JSONEncoder(separators=(",", ":")).encode


def capital_entries_of(access: Iterable[Scope]) -> list[dict[str, object]]:
    """Return `access` as in the recorded tokens (acr-behaviour 3.6)."""
    return [{"Type": scope.type, "Name": scope.name, "Actions": scope.actions} for scope in access]


def entries_of(access: Iterable[Scope]) -> list[dict[str, object]]:
    """Return `access` in both known spellings [I].

    Recordings have capitals, the document of 2017 has lower case, which azure-cli reads
    (acr-behaviour 3.6).
    """
    return [entry | {name.lower(): value for name, value in entry.items()} for entry in capital_entries_of(access)]


def scopes_in(entries: Iterable[Mapping[str, Any]]) -> tuple[Scope, ...]:  # Any: JSON
    """Return the scopes in a claim `access` that one of the functions above made."""
    return tuple([Scope(entry["Type"], entry["Name"], tuple(entry["Actions"])) for entry in entries])


def encode_payload(claims: Mapping[str, object]) -> bytes:
    """Return `claims` as JSON that is the same in base64 and base64url, without padding.

    The Azure SDK for Python decodes a payload with the standard alphabet, the one for Go with
    padding, those for .NET and JavaScript with the URL's alphabet. Letters and digits in groups of
    four suit all of them. JSON may end in blanks (RFC 8259 §2).
    """
    text = _text_of(claims)
    for character, escape in _ESCAPES.items():
        if character in text:
            text = text.replace(character, escape)

    return text.encode("ascii") + b" " * (-len(text) % 3)
