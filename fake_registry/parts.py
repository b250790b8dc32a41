"""The parts of a `FakeRegistry`, made and joined. What users call is in `fake`."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_registry.auth.authority import Authority
from fake_registry.clock import Clock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.http.app import RegistryApp
from fake_registry.http.call import Backend
from fake_registry.http.faults import FaultPlan
from fake_registry.http.finished import FinishedRequest, recorder_of_exchanges
from fake_registry.http.routing import ROUTES
from fake_registry.ids import Entropy, random_ids, random_key
from fake_registry.inspection import Snapshot
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Recorder
from fake_registry.process_memory import release_much_memory
from fake_registry.settings import Settings


@dataclass(frozen=True, slots=True)
class RegistryParts:
    """The parts of one `FakeRegistry`. `app` answers requests with the other four."""

    content: MemoryRegistry
    authority: Authority
    faults: FaultPlan
    recorder: Recorder[FinishedRequest, Exchange]
    app: RegistryApp

    def snapshot(self) -> Snapshot:
        """Return content, roles and tokens as they are now."""
        return Snapshot(self.content.snapshot(), self.authority.permissions.accounts())

    def restore(self, snapshot: Snapshot) -> None:
        """Replace content, roles and tokens by those of the snapshot."""
        self.content.restore(snapshot.content)
        self.authority.permissions.replace_accounts(snapshot.accounts)

    def clear(self, *, freed_bytes: int = 0) -> None:
        """Remove all but `recorder`'s records and the clock's time; return memory to the system.

        `freed_bytes` were freed just before. Memory is returned if both together are much.
        """
        freed_bytes += self.content.snapshot().kept_bytes

        self.restore(Snapshot())
        self.content.uploads.end_hashing()
        self.faults.clear()
        self.authority.forget_tokens()
        ROUTES.clear()

        release_much_memory(freed_bytes)


def join_parts(
    settings: Settings,
    clock: Clock,
    entropy: Entropy,
    on_exchange: Callable[[Exchange], None] | None,
) -> RegistryParts:
    """Return the parts of a new, empty registry. Their keys and ids are made of `entropy`."""
    new_id = random_ids(entropy)
    content = MemoryRegistry(settings, clock=clock, new_id=new_id)
    authority = Authority(settings, key=random_key(entropy), new_id=new_id)
    faults = FaultPlan()
    recorder = recorder_of_exchanges(settings, on_exchange)

    backend = Backend(
        registry=content,
        catalog=content,
        stored_blob=content.stored_blob,
        authority=authority,
        settings=settings,
        clock=clock,
        key=random_key(entropy),
        new_id=new_id,
        memory=content,
    )
    app = RegistryApp(backend, faults=faults, recorder=recorder)
    return RegistryParts(content, authority, faults, recorder, app)
