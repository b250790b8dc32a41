"""`Scene`: the call that an effect strikes, and what the effect may do besides its return value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from fake_registry.core.registry import Registry
from fake_registry.http.answers import Answer, whole
from fake_registry.http.call import Call
from fake_registry.settings import Settings
from fake_registry.spec.errors import RegistryError
from fake_registry.wsgi import Pause

When = Literal["door", "before", "after"]
"""`door`: the caller is not yet authorized, so that a client's first try without a token counts
too. `before`: the caller is authorized, nothing has been done: the request was lost or damaged.
`after`: the call is done: the response is lost or damaged, the state has changed."""


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
    encode: Callable[[RegistryError], Answer]
    """Encodes an error in the registry's wording; `answer_for` is for effects."""
    dress: Callable[[Answer], Answer]
    """Adds the profile's headers where their stage is over; `answer` and `answer_for` do it."""
    pauses: list[Pause]
    """The pauses that effects asked for and that are not over."""

    def answer_for(self, error: RegistryError) -> Answer:
        """Return the registry's answer to an error, to be changed; else an effect raises it."""
        return self.dress(self.encode(error))

    def answer(
        self,
        status: int,
        content: bytes,
        content_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return an answer of the effect's own, with the headers that the profile adds to all."""
        return self.dress(whole(content, content_type, headers, status=status))

    def pause(self, seconds: float) -> None:
        """Have the call wait once the effect is done, whether it returns or raises."""
        self.pauses.append(self.pause_of(seconds))

    def pause_of(self, seconds: float) -> Pause:
        """Return a pause for an effect to yield between the pieces of a response's body."""
        return Pause(seconds, self.cause)
