"""`Scene`: the call that an effect strikes, and functions to answer it or to make it wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from fake_registry.core.losses import lose_manifest
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import Registry
from fake_registry.http.answers import Answer, whole
from fake_registry.http.call import Backend, Call
from fake_registry.http.faults.scene_logins import SceneLogins
from fake_registry.http.faults.scene_uploads import SceneUploads
from fake_registry.http.handlers import handle
from fake_registry.http.storage import storage_url
from fake_registry.settings import Settings
from fake_registry.spec.errors import RegistryError, Unsupported
from fake_registry.spec.names import Reference
from fake_registry.wsgi import Pause

When = Literal["door", "before", "after"]
"""`door`: the caller is not yet authorized, so that a client's first try without a token counts
too. `before`: the caller is authorized, nothing has been done: the request was lost or damaged.
`after`: the call is done: the response is lost or damaged, the state has changed."""

Result = TypeVar("Result")
Kept = TypeVar("Kept")


class PauseRequests:
    """The pauses of one request that effects ask for, until its response starts."""

    __slots__ = ("_closed", "due")

    def __init__(self) -> None:
        self.due: list[Pause] = []
        """The pauses that are not over. An attribute, as every stage of every request looks."""
        self._closed = False

    def add(self, pause: Pause) -> None:
        """Add a pause. RuntimeError if the response has started: no pause would follow."""
        if self._closed:
            remedy = "yield scene.pause_of(seconds) between its pieces"
            raise RuntimeError(f"{pause.reason}: pause() was called within a body: {remedy}")
        self.due.append(pause)

    def take(self) -> list[Pause]:
        """Return the pauses that are due; they are due once."""
        taken, self.due = self.due, []
        return taken

    def close(self) -> None:
        """Refuse further pauses: the response starts."""
        self._closed = True


class StrikeNotes(Protocol):
    """The one call that the fault strikes, as its plan counts it."""

    def note_no_effect(self, reason: str) -> None:
        """Note that the fault had no effect on the call."""

    def await_effect(self, reason: str) -> None:
        """Note that the fault has no effect unless `note_effect` follows."""

    def note_effect(self) -> None:
        """Note that an effect which was awaited has come."""

    def keep(self, make: Callable[[], Kept]) -> Kept:
        """Return what the effect remembers from call to call."""


@dataclass(frozen=True, kw_only=True)
class SceneTools:
    """The functions of the app behind the methods of `Scene`. No effect uses them itself."""

    encode: Callable[[RegistryError], Answer]
    """Encodes an error in the registry's wording."""
    add_headers: Callable[[Answer], Answer]
    """Adds the profile's headers where their stage is over."""
    backend: Backend
    pauses: PauseRequests
    strike: StrikeNotes
    past: Callable[[], Answer | None]
    """As `Scene.past_answer`."""

    @property
    def memory(self) -> MemoryRegistry:
        """The content, for faults that need more of it than a `Registry` does. Unsupported."""
        if self.backend.memory is None:
            raise Unsupported("expected a registry in memory")
        return self.backend.memory


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call at one moment, as an effect sees it. An effect never sleeps: see `pause`."""

    when: When
    call: Call
    """The call as earlier effects left it."""
    now: int
    """Nanoseconds since the epoch, by the registry's clock."""
    settings: Settings
    registry: Registry
    """The content, for effects that look at it or change it."""
    cause: str
    """The fault in words: the reason of its pauses."""
    _tools: SceneTools = field(repr=False)

    def answer_for(self, error: RegistryError) -> Answer:
        """Return the registry's answer to an error, for an effect to change.

        An effect that changes nothing in it raises the error instead.
        """
        return self._tools.add_headers(self._tools.encode(error))

    def answer_to(self, call: Call) -> Answer:
        """Return the registry's answer to another call, such as this one with other headers.

        The call is done: one that writes changes the content. Raises RegistryError.
        """
        return self._tools.add_headers(handle(self._tools.backend, call))

    def answer(
        self,
        status: int,
        content: bytes,
        content_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return an answer of the effect's own, with the headers that the profile adds to all."""
        return self._tools.add_headers(whole(content, content_type, headers, status=status))

    def new_id(self) -> str:
        """Return a new UUID, drawn as the registry draws its own."""
        return self._tools.backend.new_id()

    @property
    def logins(self) -> SceneLogins:
        """The login of the call, and the registry's tokens."""
        return SceneLogins(self.call, self._tools.backend.authority, self.settings, self.now)

    @property
    def uploads(self) -> SceneUploads:
        """The unfinished uploads of the call's repository."""
        return SceneUploads(self.call, self._tools.backend, self._tools.memory)

    def storage_url(self, host: str, *, lifetime_ns: int | None = None) -> str:
        """Return the signed URL of the call's blob at a storage host, good for 20 minutes or else
        for a time of the registry's clock."""
        return storage_url(self._tools.backend, self.call, host, lifetime_ns)

    def note_no_effect(self, reason: str) -> None:
        """Note that the effect found nothing to act on, such as a body that is too short.

        It may be called while a body is read or sent. A test whose fault never acted fails with the
        `reason`.
        """
        self._tools.strike.note_no_effect(reason)

    def await_effect(self, reason: str) -> None:
        """Note that the effect has not acted yet, such as on a body that may not be read.

        It had none, for the `reason`, unless `note_effect` follows.
        """
        self._tools.strike.await_effect(reason)

    def note_effect(self) -> None:
        """Note that the effect has acted, after `await_effect`."""
        self._tools.strike.note_effect()

    def keep(self, make: Callable[[], Kept]) -> Kept:
        """Return what this fault's effect remembers from call to call.

        `make` makes it for the first call. Calls come from several threads.
        """
        return self._tools.strike.keep(make)

    def past_answer(self) -> Answer | None:
        """Return the answer that the call would have got the effect's `history_seconds` ago.

        Changes by clients count from the time on when the fault came into force. None if they make
        no difference. Raises the RegistryError with which the call would have been refused.
        """
        return self._tools.past()

    def lose_manifest(self, reference: Reference) -> None:
        """Remove a manifest of the repository, and leave its tags. ManifestUnknown."""
        lose_manifest(self._tools.memory, self.call.repository, reference)

    def pause(self, seconds: float) -> None:
        """Make the call wait after the effect has returned or raised.

        RuntimeError while the response's body is sent: see `pause_of`.
        """
        self._tools.pauses.add(self.pause_of(seconds))

    def pause_of(self, seconds: float) -> Pause:
        """Return a pause for an effect to yield between the pieces of a response's body."""
        return Pause(seconds, self.cause)


def result_of(act: Callable[[], Result], scene: Scene, *types: type) -> Result:
    """Return the result of an effect. TypeError if it is of no type in `types`.

    RuntimeError for a StopIteration: raised on in a generator, it would hide its cause.
    """
    try:
        result = act()
    except StopIteration as stop:
        remedy = "catch it, or give next() a default"
        raise RuntimeError(f"{scene.cause} raised StopIteration: {remedy}") from stop

    if not isinstance(result, types):
        expected = " or ".join(kind.__name__ for kind in types)
        raise TypeError(f"{scene.cause}: expected {expected}, found {type(result).__name__}")
    return result
