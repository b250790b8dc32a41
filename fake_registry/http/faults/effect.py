"""Protocols of effects, and the moments at which an effect can act."""

from typing import ClassVar, Final, Protocol, get_args, runtime_checkable

from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When

MOMENTS: Final[tuple[When, ...]] = get_args(When)


@runtime_checkable
class RequestEffect(Protocol):
    """Strikes requests, at the `door` and `before` the call."""

    default_when: ClassVar[When]
    """The moment of a fault that names none."""

    def on_request(self, scene: Scene) -> Call | Answer:
        """Return the call as it goes on, or the answer that the client gets instead.

        A RegistryError is answered as the registry's own; ConnectionDropped breaks the connection.
        """


@runtime_checkable
class ResponseEffect(Protocol):
    """Strikes responses, `after` the call."""

    default_when: ClassVar[When]
    """The moment of a fault that names none."""

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        """Return the response as it leaves.

        It may be `answer` with replaced fields, or another one: then `answer` is closed. Raises as
        `RequestEffect.on_request` does.
        """


Effect = RequestEffect | ResponseEffect


def moments_of(effect: Effect | type[Effect]) -> tuple[When, ...]:
    """Return the moments at which an effect can act."""
    on_requests = isinstance(effect, RequestEffect)
    on_responses = isinstance(effect, ResponseEffect)
    return tuple(when for when in MOMENTS if (on_responses if when == "after" else on_requests))
