"""Why a live registry cannot be used, in one line: found before the first test."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from fake_registry.arguments import kind_of
from pytest_acr.connections.connection import Connection
from pytest_acr.connections.live import LiveAccess
from pytest_acr.content.commands import UnusableAnswer

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


def find_login_problem(
    endpoint: str,
    credential: "TokenCredential | AzureNamedKeyCredential | None",
    *,
    is_acr: bool,
) -> str | None:
    """Return why no test can log in to a registry; None if a login works.

    It looks for a manifest in a repository that does not exist, under the prefix of all tests.
    """
    if not _is_credential(credential):
        expected = "expected a token credential, AzureNamedKeyCredential or None"
        return f"the fixture acr_live_credential: {expected}, found {kind_of(credential)}"

    access = LiveAccess(endpoint, is_acr=is_acr, credential=credential)
    with Connection(access) as connection:
        try:
            connection.content_client("probe").get_manifest("probe")
        except HttpResponseError as error:
            verb = _verb_for(error, credential)
            return None if verb is None else f"{endpoint} {verb}: {reason_of(error)}"
        except AzureError as error:
            is_answered = isinstance(error.inner_exception, UnusableAnswer)
            problem = "is no registry" if is_answered else "cannot be reached"
            return f"{endpoint} {problem}: {reason_of(error)}"
    return f"{endpoint} is no registry: it has a manifest in a repository that does not exist"


def _verb_for(error: HttpResponseError, credential: object) -> str | None:
    """Return what a registry does that answers the probe so; None for one that can be used."""
    if isinstance(error, ClientAuthenticationError) or error.status_code == HTTPStatus.FORBIDDEN:
        whose = "an anonymous caller" if credential is None else kind_of(credential)
        return f"refuses {whose}"

    is_broken = error.status_code is not None and error.status_code >= 500
    return "is broken" if is_broken else None


def reason_of(error: BaseException) -> str:
    """Return the first line of the system's own error that led to `error`, or of `error`."""
    cause: BaseException | None = error
    while cause is not None:
        found = _system_error_in(cause)
        if found is not None:
            return _first_line_of(found)
        cause = cause.__cause__ or cause.__context__
    return _first_line_of(error)


def _system_error_in(error: BaseException) -> OSError | None:
    """Return `error` if the system raised it. requests' own errors are OSErrors as well."""
    return error if isinstance(error, OSError) and error.errno is not None else None


def _first_line_of(error: BaseException) -> str:
    [line, *_] = str(error).splitlines() or [type(error).__name__]
    return line


def _is_credential(credential: object) -> bool:
    is_key = isinstance(credential, AzureNamedKeyCredential)
    is_class = isinstance(credential, type)
    return credential is None or is_key or (hasattr(credential, "get_token") and not is_class)
