"""`TimeModel`: what expires, and when, as the documents describe it, on plain values.

It shares no code with any registry, so that it cannot agree with its mistakes. Times are nanoseconds
since 1970, by the registry's clock.

Sources: acr-behaviour 3.6 for tokens, 8.3 for the URLs of storage; a week for uploads as in CNCF
distribution [I for ACR].
"""

from dataclasses import dataclass, field
from typing import Final, Literal

SECOND: Final = 1_000_000_000

TOKEN_SECONDS: Final = {"access": 4_500, "anonymous": 1_200, "refresh": 11_700}
"""The lives of tokens: `exp` minus `nbf`."""

UPLOAD_SECONDS: Final = 7 * 86_400
STORAGE_SECONDS: Final = (20 * 60, 30 * 60)
"""The shortest and the longest life of a signed URL."""

MARGIN: Final = SECOND // 10
"""The clock moves a little by itself: nothing is judged so close to its end."""

ExpiringKind = Literal["access", "anonymous", "refresh", "unfinished upload", "storage"]


@dataclass
class Expiring:
    """A token, an upload or a signed URL, with the time of its end."""

    kind: ExpiringKind
    key: int
    """The number by which the machine finds it."""
    end: int
    """It is good before this time."""
    latest_end: int
    """It is not good from this time on."""

    def state_at(self, now: int) -> Literal["good", "over", "unknown"]:
        """Return whether it is good at a time that has just been read."""
        if now >= self.latest_end:
            return "over"
        return "good" if now + MARGIN < self.end else "unknown"


@dataclass
class TimeModel:
    """All that expires in an example."""

    items: list[Expiring] = field(default_factory=list)

    def add_token(self, kind: ExpiringKind, key: int, expiry_seconds: int) -> None:
        """Add a token, whose claim `exp` is its end: RFC 7519 §4.1.4."""
        end = expiry_seconds * SECOND
        self.items.append(Expiring(kind, key, end, end))

    def add_upload(self, key: int, now: int) -> None:
        """Add an upload that was begun just before `now`."""
        self.items.append(Expiring("unfinished upload", key, 0, 0))
        self.note_chunk(key, now)

    def note_chunk(self, key: int, now: int) -> None:
        """Note that something was added to an upload just before `now`: its time begins anew."""
        [upload] = [item for item in self.items if item.kind == "unfinished upload" and item.key == key]
        upload.end = now - MARGIN + UPLOAD_SECONDS * SECOND
        upload.latest_end = now + UPLOAD_SECONDS * SECOND

    def add_storage_url(self, key: int, end: int) -> None:
        """Add a signed URL, whose parameter `se` is its end."""
        self.items.append(Expiring("storage", key, end, end + SECOND))
