"""`LoginApp`: the login hosts as a WSGI application. Whatever it is asked, it answers; no exception leaves it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from fake_registry.entra import errors
from fake_registry.entra.discovery import instance_discovery, keys_document, openid_configuration
from fake_registry.entra.errors import EntraRefused
from fake_registry.entra.journal import Asked
from fake_registry.entra.login import issue_token, token_form
from fake_registry.entra.service import Service, date_of, fields_of
from fake_registry.http.answers import Answer, json_answer
from fake_registry.http.request import Request, body_of, request_of
from fake_registry.spec.errors import RegistryError, SizeInvalid
from fake_registry.wire.json_text import encode_json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MAX_FORM_BYTES = 64 * 1024
"""A certificate's assertion with its chain has some ten kilobytes."""

ENDPOINTS = (
    "GET /common/discovery/instance",
    "GET /TENANT/v2.0/.well-known/openid-configuration",
    "GET /TENANT/.well-known/openid-configuration",
    "GET /TENANT/discovery/v2.0/keys",
    "GET /TENANT/discovery/keys",
    "POST /TENANT/oauth2/v2.0/token",
    "POST /TENANT/oauth2/token",
)

_NEVER_KEPT = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
"""RFC 6749 §5.1."""

_VERSIONS: tuple[list[str], ...] = ([], ["v2.0"])
"""What stands in a path for version 1.0 and 2.0."""


class LoginApp:
    """Discovery, keys and tokens, for any host name."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._respond(request_of(environ))(environ, start_response)

    def _respond(self, request: Request) -> Answer:
        now = self._service.clock.now()
        trace_id = self._service.new_id()
        asked = Asked()
        try:
            answer = json_answer(encode_json(self._document(request, asked, now)), _headers(trace_id))
        except EntraRefused as refused:
            asked.error_code, asked.error = refused.code, refused.error
            answer = self._refusal(refused, request, trace_id, now)
        self._service.journal.note(request, asked, time=now, status=answer.status)
        return answer

    def _document(self, request: Request, asked: Asked, now: int) -> dict[str, object]:
        directory = self._service.directory
        match request.method, request.path.split("/")[1:]:
            case "GET" | "HEAD", ["common", "discovery", "instance"]:
                query = fields_of(request.query)
                return instance_discovery(query.get("authorization_endpoint", ""), query.get("api-version", ""))
            case "GET" | "HEAD", [tenant, *version, ".well-known", "openid-configuration"] if version in _VERSIONS:
                base = f"{request.scheme}://{request.host}"
                return openid_configuration(directory, tenant, base, version="".join(version))
            case "GET" | "HEAD", [tenant, "discovery", *version, "keys"] if version in _VERSIONS:
                return keys_document(directory, tenant, self._service.keys)
            case "POST", [tenant, "oauth2", *version, "token"] if version in _VERSIONS:
                form = token_form(_form_of(request), request.header("Authorization"))
                asked.client_id, asked.grant = form.client_id, form.grant_type
                return issue_token(self._service, tenant, form, version="".join(version), now=now)
            case method, [_, "oauth2", *version, "token"] if version in _VERSIONS:
                raise errors.only_post(method)
            case method, _:
                raise errors.unknown_endpoint(method, request.path, ENDPOINTS)

    def _refusal(self, error: EntraRefused, request: Request, trace_id: str, now: int) -> Answer:
        """Return the document of an error (Microsoft identity platform, client credentials flow: Error response)."""
        correlation_id = _guid_of(request.header("client-request-id")) or self._service.new_id()
        timestamp = f"{date_of(now):%Y-%m-%d %H:%M:%S}Z"
        prefix = "" if error.code is None else f"AADSTS{error.code}: "
        document: dict[str, object] = {
            "error": error.error,
            "error_description": f"{prefix}{error.text} Trace ID: {trace_id} Correlation ID: {correlation_id} "
            f"Timestamp: {timestamp}",
            "error_codes": [] if error.code is None else [error.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
        }
        if error.code is not None:
            document["error_uri"] = f"{request.scheme}://{request.host}/error?code={error.code}"
        return json_answer(encode_json(document), _headers(trace_id), status=error.status)


def _headers(trace_id: str) -> Mapping[str, str]:
    return {**_NEVER_KEPT, "x-ms-request-id": trace_id}


def _form_of(request: Request) -> Mapping[str, str]:
    try:
        content = body_of(request).read(MAX_FORM_BYTES, too_long=SizeInvalid)
    except RegistryError as error:  # a length that is none, a body that breaks off
        raise errors.too_long() from error
    return fields_of(content.decode("utf-8", "replace"))


def _guid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None
