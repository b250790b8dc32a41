"""`LoginApp`: the login hosts as a WSGI application. The wording of refusals is in `errors`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from uuid import UUID

from fake_registry.entra import errors
from fake_registry.entra.discovery import instance_discovery, keys_document, openid_configuration
from fake_registry.entra.errors import EntraRefused
from fake_registry.entra.journal import RequestFacts
from fake_registry.entra.login import issue_token, token_form
from fake_registry.entra.service import Service, date_of, fields_of
from fake_registry.http.answers import Answer, json_answer
from fake_registry.http.request import Request, body_of, request_of
from fake_registry.spec.errors import RegistryError, SizeInvalid
from fake_registry.spec.grant_types import redact_grant_type
from fake_registry.wire.json_text import encode_json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MAX_FORM_BYTES = 64 * 1024
"""A client assertion with its certificate chain has about 10 KB."""

ENDPOINTS = (
    "GET /common/discovery/instance",
    "GET /TENANT/v2.0/.well-known/openid-configuration",
    "GET /TENANT/.well-known/openid-configuration",
    "GET /TENANT/discovery/v2.0/keys",
    "GET /TENANT/discovery/keys",
    "POST /TENANT/oauth2/v2.0/token",
    "POST /TENANT/oauth2/token",
)

_NO_CACHE: Final = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
"""RFC 6749 §5.1."""

_VERSIONS: tuple[list[str], ...] = ([], ["v2.0"])
"""The path segments of versions 1.0 and 2.0."""


class LoginApp:
    """Discovery, keys and tokens, for any host name. Every request is answered; none raises."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        return self._respond(request_of(environ))(environ, start_response)

    def _respond(self, request: Request) -> Answer:
        now = self._service.clock.now()
        trace_id = self._service.new_id()
        facts = RequestFacts()

        try:
            document = self._document(request, facts, now)
            answer = json_answer(encode_json(document), _headers(trace_id))
        except EntraRefused as refused:
            facts.error_code, facts.error = refused.code, refused.error
            answer = self._refusal(refused, request, trace_id, now)

        self._service.journal.note(request, facts, time=now, status=answer.status)
        return answer

    def _document(self, request: Request, facts: RequestFacts, now: int) -> dict[str, object]:
        directory = self._service.directory
        match request.method, request.path.split("/")[1:]:
            case "GET" | "HEAD", ["common", "discovery", "instance"]:
                query = fields_of(request.query)
                endpoint = query.get("authorization_endpoint", "")
                return instance_discovery(endpoint, query.get("api-version", ""))

            case (
                "GET" | "HEAD",
                [tenant, *version, ".well-known", "openid-configuration"],
            ) if version in _VERSIONS:
                base = f"{request.scheme}://{request.host}"
                return openid_configuration(directory, tenant, base, version="".join(version))

            case "GET" | "HEAD", [tenant, "discovery", *version, "keys"] if version in _VERSIONS:
                return keys_document(directory, tenant, self._service.keys)

            case "POST", [tenant, "oauth2", *version, "token"] if version in _VERSIONS:
                form = token_form(_form_of(request), request.header("Authorization"))
                facts.client_id = form.client_id
                facts.grant = redact_grant_type(form.grant_type)
                return issue_token(self._service, tenant, form, version="".join(version), now=now)

            case method, [_, "oauth2", *version, "token"] if version in _VERSIONS:
                raise errors.only_post(method)

            case method, _:
                raise errors.unknown_endpoint(method, request.path, ENDPOINTS)

    def _refusal(self, error: EntraRefused, request: Request, trace_id: str, now: int) -> Answer:
        """Return the answer for an error (Microsoft identity platform, client credentials flow:
        Error response)."""
        correlation_id = _guid_of(request.header("client-request-id")) or self._service.new_id()
        timestamp = f"{date_of(now):%Y-%m-%d %H:%M:%S}Z"
        ids = f"Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        document: dict[str, object] = {
            "error": error.error,
            "error_description": f"{error.text} {ids}",
            "error_codes": [],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
        }
        if error.code is not None:
            document["error_description"] = f"AADSTS{error.code}: {error.text} {ids}"
            document["error_codes"] = [error.code]
            document["error_uri"] = f"{request.scheme}://{request.host}/error?code={error.code}"

        return json_answer(encode_json(document), _headers(trace_id), status=error.status)


def _headers(trace_id: str) -> Mapping[str, str]:
    return {**_NO_CACHE, "x-ms-request-id": trace_id}


def _form_of(request: Request) -> Mapping[str, str]:
    try:
        content = body_of(request).read(MAX_FORM_BYTES, too_long=SizeInvalid)
    except RegistryError as error:  # an invalid Content-Length, or a body that broke off
        raise errors.too_long() from error

    return fields_of(content.decode("utf-8", "replace"))


def _guid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None
