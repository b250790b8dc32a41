"""Protocols of effects, and the moments at which an effect can act."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, Protocol, get_args, runtime_checkable

from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import NAMES
from fake_registry.spec.patterns import matches

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
    """Return the moments at which an effect can act: those of its methods, and of its class
    attribute `moments` if it has one."""
    on_requests = isinstance(effect, RequestEffect)
    on_responses = isinstance(effect, ResponseEffect)
    given: Any = getattr(effect, "moments", MOMENTS)  # Any: of the effect's author
    possible = [when for when in MOMENTS if (on_responses if when == "after" else on_requests)]
    return tuple([when for when in possible if when in given])


def endpoints_of(effect: Effect | type[Effect]) -> tuple[str, ...]:
    """Return the patterns of the endpoints at which an effect can act: those in its class attribute
    `endpoints`, all by default."""
    given: Any = getattr(effect, "endpoints", ("*",))  # Any: of the effect's author
    return tuple(given)


def can_act_at(effect: Effect | type[Effect], endpoint: str) -> bool:
    """Return whether an effect can act at the endpoint of this name."""
    return any(matches(pattern, endpoint) for pattern in endpoints_of(effect))


def endpoints_struck(pattern: str, effect: Effect) -> Iterable[str]:
    """Return the endpoints that match `pattern` and at which the effect can act."""
    return [name for name in NAMES if matches(pattern, name) and can_act_at(effect, name)]


def follows_redirects(effect: Effect | type[Effect]) -> bool:
    """Return whether an effect that meets a redirect acts on the answer at its end instead: those
    with a true class attribute `follows_redirects`, which change bodies."""
    return bool(getattr(effect, "follows_redirects", False))


def history_seconds(effect: Effect) -> float:
    """Return for how long the content before each change must be kept for an effect: its attribute
    `history_seconds`, 0 by default."""
    return float(getattr(effect, "history_seconds", 0))


def breaks_connection(effect: Effect | type[Effect]) -> bool:
    """Return whether an effect ends each call that it strikes without an answer: those with a true
    class attribute `breaks_connection`."""
    return bool(getattr(effect, "breaks_connection", False))


def changes_content(effect: Effect | type[Effect]) -> bool:
    """Return whether an effect changes the content of the registry, as another client could: those
    with a true class attribute `changes_content`."""
    return bool(getattr(effect, "changes_content", False))
