"""`ControlRoute`: a row of the control API. Its summary and types are those of its handler."""

import inspect
import shlex
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from fake_registry.control.paths import OPEN_PATHS, PREFIX
from fake_registry.journal.criteria import ExchangeCriteria
from fake_registry.spec.json_object import JsonObject

ControlHandler = Callable[..., Any]
"""Any: see `handlers`."""


@dataclass(frozen=True, kw_only=True)
class ControlRoute:
    """A method at a path below `PREFIX`, and the function that answers it."""

    method: str
    path: str
    """With a name in angle brackets for each part that varies: `faults/<fault_id>`."""
    handler: ControlHandler
    body_type: Any = None  # Any: a type
    """The type of the body, where it is made at run time."""
    answer_type: Any = None  # Any: a type
    """The type of the answer, where it is made at run time."""
    decode: Callable[[JsonObject], object] | None = None
    """Returns the handler's `body` for a document, where that is not of the body's type."""
    creates: bool = False
    """Whether the answer is 201."""
    has_slashes: bool = False
    """Whether the part of the path that varies may have slashes."""
    refusals: tuple[int, ...] = ()
    """Statuses that only some routes have, besides those of all."""
    shown_path: str = ""
    """The path of the example, if it differs; with the query."""
    shown_body: str = ""
    """The body of the example."""

    @cached_property
    def types(self) -> Mapping[str, Any]:  # Any: a type
        """The types of the handler's parameters, and of its answer as `return`."""
        return get_type_hints(self.handler, include_extras=True)

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (inspect.getdoc(self.handler) or "").splitlines()[0]

    @property
    def body(self) -> Any:  # Any: a type
        """The type of the body; None for a route without one."""
        return self.body_type or self.types.get("body")

    @property
    def has_criteria(self) -> bool:
        """Whether the query has criteria of requests."""
        return self.types.get("criteria") == ExchangeCriteria

    @property
    def query(self) -> Any:  # Any: a type
        """The type of the query's parameters, where these are no criteria; None without any."""
        return self.types.get("query")

    @property
    def answer(self) -> Any:  # Any: a type
        """The type of the answer; None for one without content."""
        answer = self.answer_type or self.types["return"]
        if get_origin(answer) is Generator:
            answer = get_args(answer)[2]
        return None if answer is NoneType else answer

    @property
    def is_open(self) -> bool:
        """Whether it needs no control token."""
        return PREFIX + self.path in OPEN_PATHS

    @property
    def status(self) -> int:
        """The status of the answer."""
        if self.creates:
            return 201
        return 204 if self.answer is None else 200

    def example(self, origin: str, *, has_token: bool = False) -> str:
        """Return a command of curl for a server at `origin`, such as `http://127.0.0.1:5000`."""
        words = ["curl"]
        if has_token:
            words += ["-H", '"Authorization: Bearer $TOKEN"']
        if self.shown_body and self.method != "POST":
            words += ["-X", self.method]
        if self.shown_body:
            words += ["--json", shlex.quote(self.shown_body)]
        elif self.method != "GET":
            words += ["-X", self.method]

        return " ".join([*words, shlex.quote(origin + PREFIX + (self.shown_path or self.path))])
