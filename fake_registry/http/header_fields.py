"""The limit of a header field, which ACR's front end checks before anything else."""

from typing import TYPE_CHECKING, Final

from fake_registry.http.hosts import host_in
from fake_registry.http.request import Request
from fake_registry.settings import Settings
from fake_registry.spec.errors import FieldTooLarge

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_PREFIX: Final = "HTTP_"
_LINE_EXTRA_BYTES: Final = len(": \r\n")


def check_header_fields(request: Request, settings: Settings) -> None:
    """Raise FieldTooLarge for a field above `Settings.max_header_field_bytes`.

    Requests to the storage account do not pass the front end. Lines with one name, which the server
    joins, count as one field.
    """
    limit = settings.max_header_field_bytes
    if limit is None or not _has_long_variable(request.environ, limit - _LINE_EXTRA_BYTES):
        return
    if host_in(request.host) == settings.storage_host:
        return

    longest = max(_field_bytes(*variable) for variable in request.environ.items())
    if longest > limit:
        found = f"expected header fields of at most {limit} bytes, found one of {longest}"
        raise FieldTooLarge(found, limit=limit)


def _has_long_variable(environ: "WSGIEnvironment", limit: int) -> bool:
    """Return whether a variable, with its name, is longer than `limit`.

    It is called for each request, and so says nothing of which variables are fields.
    """
    for name, value in environ.items():  # noqa: SIM110 - a generator takes longer
        if value.__class__ is str and len(name) + len(value) > limit:
            return True
    return False


def _field_bytes(name: str, value: object) -> int:
    """Return the length of a variable's header line, 0 for a variable of another kind."""
    is_field = name.startswith(_PREFIX) or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    if not is_field or not isinstance(value, str):
        return 0
    return len(name.removeprefix(_PREFIX)) + len(value) + _LINE_EXTRA_BYTES
