"""`Passage`: a request on its way through the stages of `app`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fake_registry.auth.authority import Grant
from fake_registry.http.answers import Answer, Headers
from fake_registry.http.call import Call
from fake_registry.http.faults.active import Strike
from fake_registry.http.faults.scene import PauseRequests
from fake_registry.http.request import Request, RequestBody
from fake_registry.spec.errors import RegistryError

Stage = Callable[["Passage"], None]


@dataclass(slots=True)
class Passage:
    """The state of one request. It belongs to the thread that answers the request."""

    request: Request
    body: RequestBody
    """The body as it arrives; `call` may have one that effects altered."""
    time: int
    """Arrival in nanoseconds since the epoch, by the registry's clock."""
    stages: Iterator[Stage]
    """The stages that are still to come."""
    call: Call | None = None
    """The call as effects left it; None where no route matched."""
    grant: Grant | None = None
    handled: bool = False
    """Whether the handler was called, and *after* is still to come."""
    answer: Answer | None = None
    error: RegistryError | None = None
    """The error that was raised last."""
    failure: BaseException | None = None
    """What prevents an answer: a dropped connection, or a bug."""
    has_profile_headers: bool = False
    """Whether the profile's headers have been added to an answer."""
    correlation_id: str | None = None
    """The id that the body of the answer names; None where none is named."""
    struck: list[Strike] = field(default_factory=list)
    pauses: PauseRequests = field(default_factory=PauseRequests)
    recorded: bool = False
    server_headers: Headers = ()
    """The headers that the server would have added."""

    @property
    def matched_call(self) -> Call:
        """The call, in the stages that come after a match alone."""
        assert self.call is not None
        return self.call

    @property
    def given_answer(self) -> Answer:
        """The answer, in the stages that come after *encode_error*."""
        assert self.answer is not None
        return self.answer

    def replace_answer(self, answer: Answer | None) -> None:
        """Take another answer, and close the one before unless the new one does that."""
        before, self.answer = self.answer, answer
        if before is not None and (answer is None or answer.close is not before.close):
            before.close()

    def take_answer(self) -> Answer:
        """Return the answer, to be closed by the caller."""
        answer, self.answer = self.given_answer, None
        return answer
