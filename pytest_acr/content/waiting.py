"""How long the content clients wait: the deadline of an answer, and the Retry-After of an error."""

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from azure.core.pipeline import PipelineRequest, PipelineResponse, policies

from fake_registry.client.bounds import MIB, RetryAfterTooLong
from fake_registry.client.deadline import Deadline
from fake_registry.wire.retry_after import decode_retry_after

DEADLINE_OPTION: Final = "answer_deadline"
"""The pipeline option with the `Deadline` of a request."""

MAX_RETRY_AFTER_SECONDS: Final = 3_600.0
"""The longest Retry-After that is observed by default. ACR asks for seconds or minutes."""

_MILLISECONDS: Final = ("retry-after-ms", "x-ms-retry-after-ms")
"""Headers of Azure services, which azure-core observes as well."""

_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)


def deadline_of(request: PipelineRequest[Any]) -> Deadline:
    """Return the deadline of a request. Its retries find it in the context, which keeps it."""
    context = request.context
    deadline = context.options.pop(DEADLINE_OPTION, None)
    if deadline is not None:
        context[DEADLINE_OPTION] = deadline
    found: Deadline = context[DEADLINE_OPTION]
    return found


def seconds_for_head(request: PipelineRequest[Any], deadline: Deadline) -> float:
    """Return the time to send a request and receive a head: as long again for each MiB of its body."""
    text = request.http_request.headers.get("Content-Length", "0")
    size = int(text) if text.isdecimal() else 0
    return deadline.seconds * (1 + size / MIB)


class LimitedRetryPolicy(policies.RetryPolicy[Any, Any]):
    """azure-core's policy; it raises RetryAfterTooLong instead of a wait beyond `longest_wait`."""

    def __init__(self, *, longest_wait: float, **options: Any) -> None:  # Any: azure-core's options
        super().__init__(**options)
        self._longest_wait = longest_wait

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Return the seconds that an error asks to wait."""
        return seconds_to_wait(response.http_response.headers, self._longest_wait)


class AioLimitedRetryPolicy(policies.AsyncRetryPolicy[Any, Any]):
    """`LimitedRetryPolicy` for async pipelines."""

    def __init__(self, *, longest_wait: float, **options: Any) -> None:  # Any: azure-core's options
        super().__init__(**options)
        self._longest_wait = longest_wait

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Return the seconds that an error asks to wait."""
        return seconds_to_wait(response.http_response.headers, self._longest_wait)


def seconds_to_wait(headers: Mapping[str, str], longest_wait: float) -> float | None:
    """Return the seconds that an error asks to wait; None if it does not, or is malformed."""
    seconds = decode_retry_after(headers, now=time.time())
    if seconds is None:
        seconds = _milliseconds_in(headers)
    if seconds is None or seconds <= longest_wait:
        return seconds

    remedy = f"max_retry_after={seconds:.15g} allows it"
    expected = f"expected a Retry-After of at most {longest_wait:g} s"
    raise RetryAfterTooLong(f"{expected}, found one of {seconds:.15g} s; {remedy}")


def _milliseconds_in(headers: Mapping[str, str]) -> float | None:
    fields = {name.lower(): value for name, value in headers.items()}
    texts = (fields.get(name, "").strip() for name in _MILLISECONDS)
    text = next(filter(_NUMBER.fullmatch, texts), None)
    return None if text is None else float(text) / 1000
