"""Azure's metadata services, that hand out managed identities' tokens to whoever runs on the machine.

IMDS: "How to use managed identities for Azure resources on an Azure VM to acquire an access token". App Service: "How
to use managed identities for App Service and Azure Functions: REST endpoint reference". Their refusals are 400, 401 and
405, and 404 only for a path that no client asks by itself: azure-identity tries 404 again, as it does every 5xx.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from fake_registry.auth.tokens import NANOSECONDS
from fake_registry.entra import errors
from fake_registry.entra.journal import Asked
from fake_registry.entra.principals import ManagedIdentity
from fake_registry.entra.service import Service, fields_of
from fake_registry.entra.tokens import mint_access_token
from fake_registry.http.answers import Answer, json_answer
from fake_registry.http.request import Request, request_of
from fake_registry.wire.json_text import encode_json

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

IMDS_HOST = "169.254.169.254"
IMDS_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"

NOT_FOUND = "Identity not found"
SEVERAL = (
    "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token "
    "request"
)
NOT_FOUND_ON_APP_SERVICE = (
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
)

_RESOURCE_ID_FIELDS = ("msi_res_id", "mi_res_id", "resource_id")
"""IMDS', App Service's, and the one that azure-identity's async credential sends."""


class _Refused(Exception):
    """A request that a metadata service answers with an error."""

    def __init__(self, status: int, error: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.text = text


class MetadataApp:
    """IMDS and App Service's identity endpoint, for any host name."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._respond(request_of(environ))(environ, start_response)

    def _respond(self, request: Request) -> Answer:
        now = self._service.clock.now()
        asked = Asked()
        try:
            answer = json_answer(encode_json(self._document(request, asked, now)))
        except _Refused as refused:
            asked.error = refused.error
            answer = json_answer(encode_json(_refusal(refused, asked.grant)), status=refused.status)
        self._service.journal.note(request, asked, time=now, status=answer.status)
        return answer

    def _document(self, request: Request, asked: Asked, now: int) -> Mapping[str, object]:
        asked.grant = {IMDS_PATH: "imds", APP_SERVICE_PATH: "app_service"}.get(request.path)
        if asked.grant is None:
            text = f"The fake has no {request.path}; it has {IMDS_PATH} and {APP_SERVICE_PATH}"
            raise _Refused(404, "not_found", text)
        if request.method not in ("GET", "HEAD"):
            raise _Refused(405, "invalid_request", f"Expected GET, found {request.method}")
        query = fields_of(request.query)
        if asked.grant == "imds":
            _check_imds(request, query)
        else:
            _check_app_service(request, query, self._service.identity_header)
        identity = _identity_of(self._service.directory.identities(), query, on_imds=asked.grant == "imds")
        asked.client_id = identity.client_id
        return self._token(identity, query["resource"], now, on_imds=asked.grant == "imds")

    def _token(self, identity: ManagedIdentity, resource: str, now: int, *, on_imds: bool) -> dict[str, object]:
        service = self._service
        if not service.directory.has_resource(resource):
            unknown = errors.unknown_resource(resource, identity.tenant_id)
            raise _Refused(400, unknown.error, f"AADSTS{unknown.code}: {unknown.text}")
        lifetime = service.token_lifetime
        token = mint_access_token(
            identity,
            resource,
            key=service.keys.signing_key(),
            now=now,
            lifetime=lifetime,
            new_id=service.new_id,
            proof="2",
        )
        seconds = lifetime // timedelta(seconds=1)
        document: dict[str, object] = {
            "access_token": token,
            "client_id": identity.client_id,
            "expires_on": str(now // NANOSECONDS + seconds),
            "resource": resource,
            "token_type": "Bearer",
        }
        if on_imds:
            document |= {
                "expires_in": str(seconds),
                "ext_expires_in": str(seconds),
                "not_before": str(now // NANOSECONDS),
            }
        return document


def _check_imds(request: Request, query: Mapping[str, str]) -> None:
    if (request.header("Metadata") or "").lower() != "true":
        raise _Refused(400, "invalid_request", "Required metadata header not specified")
    if request.header("X-Forwarded-For"):
        raise _Refused(400, "invalid_request", "Requests with an X-Forwarded-For header are not answered")
    if not query.get("api-version"):
        raise _Refused(400, "invalid_request", "Required query variable 'api-version' is missing")
    if not query.get("resource"):
        raise _Refused(400, "invalid_request", "Required audience parameter not specified")


def _check_app_service(request: Request, query: Mapping[str, str], identity_header: str) -> None:
    if request.header("X-IDENTITY-HEADER") != identity_header:
        raise _Refused(401, "unauthorized", "X-IDENTITY-HEADER: expected the value of IDENTITY_HEADER")
    if not query.get("api-version"):
        raise _Refused(400, "invalid_request", "The api-version parameter is missing")
    if not query.get("resource"):
        raise _Refused(400, "invalid_request", "The resource parameter is missing")


def _identity_of(
    identities: tuple[ManagedIdentity, ...], query: Mapping[str, str], *, on_imds: bool
) -> ManagedIdentity:
    """Return the identity asked for by client, object or resource id; without one the system's, else the only one.

    That IMDS falls back to the only user-assigned identity is documented, of App Service it is inferred [I].
    """
    resource_id = next((query[field] for field in _RESOURCE_ID_FIELDS if query.get(field)), "")
    client_id, object_id = query.get("client_id", ""), query.get("object_id", "") or query.get("principal_id", "")
    if not (client_id or object_id or resource_id):
        default = [identity for identity in identities if not identity.user_assigned] or list(identities)
        if len(default) > 1:
            raise _Refused(400, "invalid_request", SEVERAL)
        found = default
    else:
        found = [
            identity
            for identity in identities
            if _agrees(client_id, identity.client_id)
            and _agrees(object_id, identity.object_id)
            and _agrees(resource_id, identity.resource_id)
        ]
    if not found:
        raise _Refused(400, "invalid_request", NOT_FOUND if on_imds else NOT_FOUND_ON_APP_SERVICE)
    return found[0]


def _agrees(asked: str, identity: str) -> bool:
    return not asked or asked.lower() == identity.lower()


def _refusal(error: _Refused, grant: str | None) -> dict[str, object]:
    if grant == "app_service":  # the form that msal reads, managed_identity.py
        return {"statusCode": error.status, "message": error.text}
    return {"error": error.error, "error_description": error.text}
