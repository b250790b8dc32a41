"""The rows of error tables: how one error looks on the wire, and how it is read back."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from string import Formatter
from typing import Final

from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import ABSENT, Detail, RegistryError
from fake_registry.wire.json_text import JSON_TYPE

Facts = Mapping[str, object]
DetailRule = Callable[[RegistryError], Detail]

STORAGE_VERSION: Final = "2018-03-28"
"""The version of Azure Storage's API that answered in recordings (acr-behaviour 8.3)."""

ANY: Final = None
"""Stands for every endpoint that has no rows of its own."""


def always(_: Facts) -> bool:
    """Return True: the condition of a row that applies to every error of its class."""
    return True


@dataclass(frozen=True)
class JsonRow:
    """An entry of `errors`. It applies if all facts in its message are known and `when` holds.

    `message` is a format string over the error's facts. `detail` is a constant, or a function of
    the error; the error's own detail takes precedence. The body is JSON whatever its content type.
    """

    status: int
    code: str
    message: str
    detail: DetailRule | Detail = ABSENT
    when: Callable[[Facts], bool] = always
    content_type: str = JSON_TYPE

    def applies(self, facts: Facts) -> bool:
        """Return whether an error with these facts is written by this row."""
        return all(name in facts for name in self._names) and self.when(facts)

    def read(self, message: str, detail: Detail) -> dict[str, str] | None:
        """Return the facts in a message of this row, None if another row wrote it."""
        if self.has_constant_detail and self.detail != detail:
            return None

        match = self._pattern.fullmatch(message)
        return None if match is None else match.groupdict()

    @property
    def has_constant_detail(self) -> bool:
        """Whether every error of this row has the same detail, which identifies it."""
        return self.detail is not ABSENT and not callable(self.detail)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in Formatter().parse(self.message) if name)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = Formatter().parse(self.message)
        patterns = [re.escape(text) + _group_of(name) for text, name, _, _ in parts]
        return re.compile("".join(patterns), re.DOTALL)


def _group_of(name: str | None) -> str:
    return f"(?P<{name}>.*)" if name else ""


@dataclass(frozen=True)
class TextRow:
    """A constant body in another format than JSON. An empty body has no content type."""

    status: int
    content_type: str
    body: bytes
    when: Callable[[Facts], bool] = always

    def applies(self, facts: Facts) -> bool:
        """Return whether an error with these facts is written by this row."""
        return self.when(facts)


@dataclass(frozen=True)
class XmlRow:
    """An error of Azure Storage.

    Its body and headers have the facts `request_id` and `time`, and the body also has the fact
    `authentication_detail` if the error has it. `versioned` says that the blob service answers,
    whose version is in a header; the front end of Azure Storage, which refuses a request before,
    sends none.
    """

    status: int
    code: str
    message: str
    versioned: bool = True
    when: Callable[[Facts], bool] = always

    def applies(self, facts: Facts) -> bool:
        """Return whether an error with these facts is written by this row."""
        return self.when(facts)

    def body_of(self, facts: Facts) -> bytes:
        """Return the body, which begins with a byte order mark as that of Azure Storage does."""
        request_id, time = facts.get("request_id", ""), facts.get("time", "")
        message = f"{self.message}\nRequestId:{request_id}\nTime:{time}"

        detail = facts.get("authentication_detail")
        element = "AuthenticationErrorDetail"
        more = "" if detail is None else f"<{element}>{escape(str(detail))}</{element}>"

        error = f"<Error><Code>{self.code}</Code><Message>{message}</Message>{more}</Error>"
        return f'\ufeff<?xml version="1.0" encoding="utf-8"?>{error}'.encode()

    def headers_of(self, facts: Facts) -> Mapping[str, str]:
        """Return the headers that report the error without its body."""
        version = {"x-ms-version": STORAGE_VERSION} if self.versioned else {}
        request_id = str(facts.get("request_id", ""))
        return {"x-ms-request-id": request_id, **version, "x-ms-error-code": self.code}


Row = JsonRow | TextRow | XmlRow
Table = Mapping[tuple[type[RegistryError], EndpointName | None], tuple[Row, ...]]
"""Of the rows of one key the first that applies is used; the last one always applies."""
