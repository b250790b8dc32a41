"""`Fault`: an effect, the calls that it strikes, and the moment. Protocols of effects."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Final, Protocol, get_args, runtime_checkable

from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.names import parse_repository_name
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
    """Return the moments at which an effect can act."""
    on_requests = isinstance(effect, RequestEffect)
    on_responses = isinstance(effect, ResponseEffect)
    return tuple(when for when in MOMENTS if (on_responses if when == "after" else on_requests))


@dataclass(frozen=True)
class Fault:
    """An effect at an endpoint, given by its name such as `upload.chunk`, or by a pattern such as
    `upload.*` or `*`.

    The first `skip` calls pass, the next `times` are struck; all of them if it is None. `when` is
    the moment: the effect's own default unless it is given. `repository` restricts the fault to
    one.

    Raises ValueError for an unknown endpoint, with the known ones, for a moment at which the effect
    cannot act, and for impossible counts; NameInvalid for a malformed repository.
    """

    endpoint: str
    effect: Effect
    _: KW_ONLY
    when: When | None = None
    skip: int = 0
    times: int | None = None
    repository: str | None = None

    def __post_init__(self) -> None:
        check_endpoint_pattern(self.endpoint)
        self._check_moment()
        if self.repository is not None:
            parse_repository_name(self.repository)
        if self.skip < 0 or (self.times is not None and self.times < 1):
            found = f"{self.skip} and {self.times}"
            raise ValueError(f"expected skip of at least 0 and times of at least 1, found {found}")

    @property
    def moment(self) -> When:
        """The moment at which it strikes."""
        return self.when or self.effect.default_when

    def concerns(self, call: Call) -> bool:
        """Whether the fault counts this call."""
        of_repository = self.repository in (None, call.repository)
        return of_repository and matches(self.endpoint, call.endpoint.name)

    def _check_moment(self) -> None:
        if self.when not in (None, *MOMENTS):
            known = ", ".join(MOMENTS)
            raise ValueError(f"expected when to be one of {known}, found {self.when!r}")

        possible = moments_of(self.effect)
        if self.moment not in possible:
            name, known = type(self.effect).__name__, ", ".join(possible)
            raise ValueError(f"{name} cannot act at {self.moment!r}; it acts at {known}")
