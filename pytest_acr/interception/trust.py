"""Whose tokens registries take while networks are entered: those of every network's Entra, and of the fixtures."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from pytest_acr.credentials import fixture_claims

if TYPE_CHECKING:
    from fake_registry import FakeRegistry
    from fake_registry.entra import FakeEntra

_ACTIVE: "Final[list[tuple[tuple[FakeRegistry, ...], FakeEntra]]]" = []
"""The registries and the Entra of each network that is entered."""

_ACTIVE_MUTEX: Final = threading.Lock()


@contextmanager
def mutual_trust(registries: "tuple[FakeRegistry, ...]", entra: "FakeEntra") -> Iterator[None]:
    """Let the registries of all networks take tokens of this one's Entra, and its own those of theirs."""
    entering = (registries, entra)
    with ExitStack() as trust:
        with _ACTIVE_MUTEX:
            for others, _ in (*_ACTIVE, entering):
                for registry in others:
                    trust.callback(registry.trust(_Trusted(entra)))
            for _, other in _ACTIVE:
                for registry in registries:
                    trust.callback(registry.trust(_Trusted(other)))
            _ACTIVE.append(entering)
        try:
            yield
        finally:
            with _ACTIVE_MUTEX:
                _ACTIVE.remove(entering)


class _Trusted:
    """Vouches for tokens that `entra` signed, and for those of `AcrCredential`, which the fixtures' clients bring."""

    def __init__(self, entra: "FakeEntra") -> None:
        self._entra = entra

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        """Return the claims of a token. Raises TokenRefused."""
        return fixture_claims(text) or self._entra.verify(text, now=now)
