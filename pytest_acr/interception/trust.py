"""Makes registries accept the tokens of every active network's Entra, and those of the fixtures."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from pytest_acr.credentials import fixture_claims

if TYPE_CHECKING:
    from fake_registry import FakeRegistry
    from fake_registry.entra import FakeEntra

_ACTIVE: "Final[list[tuple[tuple[FakeRegistry, ...], FakeEntra]]]" = []
"""The registries and the Entra of each active network."""

_ACTIVE_MUTEX: Final = threading.Lock()


@contextmanager
def mutual_trust(registries: "tuple[FakeRegistry, ...]", entra: "FakeEntra") -> Iterator[None]:
    """Make the registries of all active networks accept tokens of `entra`.

    Likewise `registries` accept tokens of the Entra of every other active network.
    """
    entering = (registries, entra)
    with ExitStack() as trust:
        with _ACTIVE_MUTEX:
            for others, _ in (*_ACTIVE, entering):
                for registry in others:
                    trust.callback(registry.trust(_TrustedEntra(entra)))
            for _, other in _ACTIVE:
                for registry in registries:
                    trust.callback(registry.trust(_TrustedEntra(other)))
            _ACTIVE.append(entering)

        try:
            yield
        finally:
            with _ACTIVE_MUTEX:
                _ACTIVE.remove(entering)


class _TrustedEntra:
    """Verifies tokens that `entra` has signed, and those of `AcrCredential`, used by fixtures."""

    def __init__(self, entra: "FakeEntra") -> None:
        self._entra = entra

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        """Return the claims of a token. Raises TokenRefused."""
        return fixture_claims(text) or self._entra.verify(text, now=now)
