"""`Snapshot`: a fake's content, roles and tokens at one time."""

from dataclasses import dataclass, field

from fake_registry.auth.accounts import Accounts
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.spec.words import count_text


@dataclass(frozen=True, repr=False)
class Snapshot:
    """A registry's content, roles and tokens at one time, for `FakeRegistry.restore` and `diff`.

    Opaque. Without arguments it is that of an empty registry.
    """

    content: ContentSnapshot = field(default_factory=lambda: ContentSnapshot(()))
    accounts: Accounts = field(default_factory=Accounts)

    def __repr__(self) -> str:
        existing = [state for state in self.content.repositories if state.exists]
        counts = (
            count_text(len(existing), "repository", "repositories"),
            count_text(len(self.accounts.roles), "role"),
            count_text(len(self.accounts.tokens), "token"),
        )
        return f"<Snapshot, {', '.join(counts)}>"
