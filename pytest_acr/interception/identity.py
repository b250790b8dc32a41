"""The Entra of a network that is given none, and the principal of each network."""

from collections.abc import Sequence
from typing import Final

from fake_registry import FakeRegistry, SystemClock
from fake_registry.entra import FakeEntra, ServicePrincipal
from fake_registry.entra.keys import KeyHolder

_NAME: Final = "pytest-acr"
_SECRET: Final = "known to every test, it protects nothing"  # noqa: S105  as it says

# All networks that make their own Entra share its keys and these ids. A credential that a module
# keeps from test to test sends the token of an earlier network's Entra: the present Entra accepts
# it, and treats its principal as its own.
_KEYS: Final = KeyHolder()
_CLIENT_ID: Final = "44444444-4444-4444-8444-444444444444"
_OBJECT_ID: Final = "55555555-5555-4555-8555-555555555555"


def make_entra(registries: Sequence[FakeRegistry]) -> FakeEntra:
    """Return an Entra with the clock of the first registry."""
    clock = registries[0].clock if registries else SystemClock()
    return FakeEntra(clock=clock, keys=_KEYS)


def add_principal(entra: FakeEntra, *, has_fixed_ids: bool) -> ServicePrincipal:
    """Add the principal that the environment names. The Entra of a caller chooses the ids."""
    principal = entra.add_service_principal(
        _NAME,
        secret=_SECRET,
        client_id=_CLIENT_ID if has_fixed_ids else None,
        object_id=_OBJECT_ID if has_fixed_ids else None,
    )

    # for a DefaultAzureCredential that was made outside: it has read the environment then, and
    # asks the identity endpoint now
    entra.add_managed_identity(_NAME, object_id=principal.object_id, gives_way=True)
    return principal
