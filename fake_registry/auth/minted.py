"""`MintedTokens`: the claims of tokens that were minted lately, bounded in number and size."""

import threading
from typing import Any, Final

Claims = dict[str, Any]  # Any: a claim

KEPT_TOKENS: Final = 1_000
"""Clients use a token soon after they received it, or often."""

KEPT_CHARACTERS: Final = 1 << 20
"""The most characters of all kept tokens. The claims of a token take up to eight times as much."""


class MintedTokens:
    """The claims of the latest tokens by their text. Safe to use from several threads.

    A token for which there is no room replaces all others. One that is longer than `characters` is
    not kept.
    """

    def __init__(self, *, tokens: int = KEPT_TOKENS, characters: int = KEPT_CHARACTERS) -> None:
        self._most_tokens = tokens
        self._most_characters = characters
        self._mutex = threading.Lock()
        self._claims: dict[str, Claims] = {}
        self._characters = 0

    def __len__(self) -> int:
        return len(self._claims)

    @property
    def characters(self) -> int:
        """The characters of all kept tokens."""
        return self._characters

    def claims_of(self, token: str) -> Claims | None:
        """Return the claims of a kept token, None for any other."""
        return self._claims.get(token)

    def keep(self, token: str, claims: Claims) -> None:
        """Keep the claims of a new token."""
        if len(token) > self._most_characters:
            return

        with self._mutex:
            characters = self._characters + len(token)
            if len(self._claims) >= self._most_tokens or characters > self._most_characters:
                self._empty()
            self._claims[token] = claims
            self._characters += len(token)

    def clear(self) -> None:
        """Forget all tokens."""
        with self._mutex:
            self._empty()

    def _empty(self) -> None:
        self._claims = {}
        self._characters = 0
