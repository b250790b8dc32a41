"""The last policy of the blocking pipeline: deadlines, and bodies of bounded size.

Its twin that awaits is in `aio_answer_policy`.
"""

import json
from contextlib import closing
from typing import Any, Final

from azure.core.exceptions import AzureError, ResponseNotReadError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from fake_registry.client.bounds import MAX_ERROR_BYTES, check_encoding, encoding_of, too_large
from fake_registry.client.deadline import Deadline, answer_within
from pytest_acr.content.pipeline import stream_answers
from pytest_acr.content.waiting import deadline_of

_LINE_BREAKS: Final = {ord("\n"): " ", ord("\r"): " ", ord("\t"): " "}
"""Characters between the members of JSON that is written for readers."""


class AnswerPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Reads every answer but a streamed success, up to 64 KiB, and within the deadline.

    azure-core's transports read an answer that is not streamed without a bound, and decompress it.
    So each request is sent as a streamed one.
    """

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send a request. DeadlineExceeded, which no policy of azure-core retries."""
        deadline = deadline_of(request)
        is_streamed = request.context.options.get("stream", False)
        deadline.renew()
        try:
            with stream_answers(request), answer_within(deadline):
                response = self.next.send(request)
                deadline.begin_body()
                if not (is_streamed and is_success(response.http_response)):
                    _read_start(response.http_response, deadline)
        except AzureError as error:
            if deadline.left <= 0:
                raise deadline.error() from error
            raise
        return response


def is_success(response: Any) -> bool:  # Any: azure-core's responses have no common base
    """Return whether an answer has content that a caller may have asked for."""
    return 200 <= int(response.status_code) < 300


def keep_content(response: Any, content: bytes) -> None:  # Any: as above
    """Let `response.content` be `content`: azure-core has no other way to bound it.

    An error of azure-core shows it, so that controls of a terminal are escaped as JSON has them.
    """
    response._content = _escape_controls(content)  # noqa: SLF001


def _escape_controls(content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    lines = text.translate(_LINE_BREAKS)
    if lines.isprintable():
        return content
    return "".join(map(_escape_character, text)).encode()


def _escape_character(character: str) -> str:
    if character.isprintable() or ord(character) in _LINE_BREAKS:
        return character
    return json.dumps(character)[1:-1]


def content_of(response: Any) -> bytes | None:  # Any: as above
    """Return the content of an answer that has been read; None of any other."""
    try:
        content: bytes = response.content
    except ResponseNotReadError:
        return None
    return content


def _read_start(response: HttpResponse, deadline: Deadline) -> None:
    known = content_of(response)
    if known is not None:
        keep_content(response, known[:MAX_ERROR_BYTES])
        return

    content = bytearray()
    with closing(response):
        if encoding_of(response.headers) is None:
            for piece in response.iter_bytes():
                deadline.count(len(piece))
                content += piece
                if len(content) >= MAX_ERROR_BYTES:
                    break
    keep_content(response, bytes(content[:MAX_ERROR_BYTES]))


def read_answer(response: HttpResponse, what: str, limit: int, deadline: Deadline) -> bytes:
    """Return the body of an answer. EncodingRefused, ResponseTooLarge, DeadlineExceeded."""
    known = content_of(response)
    if known is not None:
        return known

    with closing(response):
        check_encoding(what, response.headers)
        content = bytearray()
        with deadline.running():
            for piece in response.iter_bytes():
                deadline.count(len(piece))
                content += piece
                if len(content) > limit:
                    raise too_large(what, limit)
    return bytes(content)
