"""Effects that answer with an error."""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from fake_registry.arguments import check_fields
from fake_registry.http.answers import JSON, Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When
from fake_registry.wire.json_text import encode_json_for
from fake_registry.wire.statuses import error_words


@dataclass(frozen=True, repr=False)
class Refuse:
    """An error status instead of the answer, with the usual JSON; `retry_after` is in seconds."""

    default_when: ClassVar[When] = "before"

    status: int = 503
    _: KW_ONLY
    code: str | None = None
    """The error's code; the usual one for the status by default, and so is the message."""
    message: str | None = None
    retry_after: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if not 400 <= self.status <= 599:
            raise ValueError(f"expected status from 400 to 599, found {self.status}")
        if self.retry_after is not None and self.retry_after < 0:
            found = self.retry_after
            raise ValueError(f"expected retry_after of at least 0 seconds, found {found}")

    def __repr__(self) -> str:
        given = {"code": self.code, "message": self.message, "retry_after": self.retry_after}
        others = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        return f"Refuse({self.status}{others})"

    def on_request(self, scene: Scene) -> Call | Answer:
        return self._refuse(scene)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return self._refuse(scene)

    def _refuse(self, scene: Scene) -> Answer:
        code, message = error_words(self.status)
        error = {"code": self.code or code, "message": self.message or message}

        content = encode_json_for(scene.call.endpoint, {"errors": [error]})
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return scene.answer(self.status, content, JSON, headers)
