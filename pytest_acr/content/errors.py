"""Errors of azure-core that callers of the content clients see, and how they name the call."""

import re
from typing import Any, Final

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from fake_registry.client.access import LoginFailed
from fake_registry.client.bounds import (
    BoundExceeded,
    DeadlineExceeded,
    EncodingRefused,
    ResponseTooLarge,
    RetryAfterTooLong,
)
from fake_registry.spec.text import printable
from fake_registry.wire.answers import refusal_of
from fake_registry.wire.errors import code_in
from fake_registry.wire.messages import CallRequest, CallResponse
from pytest_acr.content.commands import UnusableAnswer

_QUERY: Final = re.compile(r"\?[^\s'\"<>()]+")

_ERRORS: Final = {
    401: ClientAuthenticationError,
    404: ResourceNotFoundError,
    409: ResourceExistsError,
}


class ServiceResponseTooLarge(ServiceResponseError, ResponseTooLarge):
    """`ResponseTooLarge` as an error of azure-core."""


class ServiceEncodingRefused(ServiceResponseError, EncodingRefused):
    """`EncodingRefused` as an error of azure-core."""


class ServiceDeadlineExceeded(ServiceResponseTimeoutError, DeadlineExceeded):
    """`DeadlineExceeded` as an error of azure-core."""


class ServiceRetryAfterTooLong(ServiceResponseError, RetryAfterTooLong):
    """`RetryAfterTooLong` as an error of azure-core."""


_BOUNDS: Final = (
    ServiceResponseTooLarge,
    ServiceEncodingRefused,
    ServiceDeadlineExceeded,
    ServiceRetryAfterTooLong,
)


def describe_call(call: CallRequest) -> str:
    """Return the method and the names of a call, for messages."""
    names = ", ".join(f"{name} {value}" for name, value in call.names.items())
    return f"{call.method} of {names or call.path}"


# Any: the sync and the async response of azure-core have no common base
def http_error_of(call: CallRequest, answer: CallResponse, response: Any) -> HttpResponseError:
    """Return the error for an unexpected status. Its `__cause__` is the corresponding RegistryError.

    The message has the code that the registry sent, which that class may not have.
    """
    refusal = refusal_of(call, answer)
    code = code_in(answer.body) or refusal.code
    found = f"status {answer.status}, {code}: {refusal.reason}"
    error_class = _ERRORS.get(answer.status, HttpResponseError)
    message = printable(f"{describe_call(call)}: {found}")
    error = error_class(message=message, response=response)
    error.__cause__ = refusal
    return error


def add_call(error: BaseException, description: str) -> BaseException:
    """Return `error`. One of azure-core without a response gets the call before its message."""
    has_response = getattr(error, "response", None) is not None
    if isinstance(error, AzureError) and description and not has_response:
        # Some transports name the URL, and that of storage has a signature in its query.
        message = _QUERY.sub("?REDACTED", error.message)
        error.message = printable(f"{description}: {message}")
        error.args = (error.message, *error.args[1:])
    return error


def response_error_of(error: UnusableAnswer) -> ServiceResponseError:
    """Return the error for an unusable answer."""
    return ServiceResponseError(printable(str(error)), error=error)


def login_error_of(error: LoginFailed) -> ClientAuthenticationError:
    """Return the error for a failed login; azure-core does not retry it."""
    return ClientAuthenticationError(printable(str(error)), error=error)


def bound_error_of(error: BoundExceeded, description: str) -> ServiceResponseError:
    """Return the error for an answer that is too large or too late. It names the call."""
    kind = next((one for one in _BOUNDS if issubclass(one, type(error))), ServiceResponseError)
    is_about_time = isinstance(error, DeadlineExceeded | RetryAfterTooLong)
    message = f"{description}: {error}" if is_about_time else str(error)
    return kind(printable(message), error=error)
