"""Azure's metadata services, which issue tokens of managed identities to code on the machine.

IMDS: "How to use managed identities for Azure resources on an Azure VM to acquire an access token".
App Service: "How to use managed identities for App Service and Azure Functions: REST endpoint
reference". Refusals are 400, 401 and 405. Only a path that no client requests by itself is a 404,
because azure-identity retries 404 as it does every 5xx.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from fake_registry.clock import SECOND_NS
from fake_registry.entra import errors
from fake_registry.entra.journal import RequestFacts
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
    "Multiple user assigned identities exist, please specify the clientId / resourceId of the "
    "identity in the token request"
)
NOT_FOUND_ON_APP_SERVICE = (
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
)

_RESOURCE_ID_FIELDS = ("msi_res_id", "mi_res_id", "resource_id")
"""The fields of IMDS, of App Service, and of azure-identity's async credential."""


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

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        return self._respond(request_of(environ))(environ, start_response)

    def _respond(self, request: Request) -> Answer:
        now = self._service.clock.now()
        facts = RequestFacts()

        try:
            answer = json_answer(encode_json(self._document(request, facts, now)))
        except _Refused as refused:
            facts.error = refused.error
            document = _refusal_document(refused, facts.grant)
            answer = json_answer(encode_json(document), status=refused.status)

        self._service.journal.note(request, facts, time=now, status=answer.status)
        return answer

    def _document(self, request: Request, facts: RequestFacts, now: int) -> Mapping[str, object]:
        facts.grant = {IMDS_PATH: "imds", APP_SERVICE_PATH: "app_service"}.get(request.path)
        if facts.grant is None:
            text = f"The fake has no {request.path}; it has {IMDS_PATH} and {APP_SERVICE_PATH}"
            raise _Refused(404, "not_found", text)
        if request.method not in ("GET", "HEAD"):
            raise _Refused(405, "invalid_request", f"Expected GET, found {request.method}")

        on_imds = facts.grant == "imds"
        query = fields_of(request.query)
        if on_imds:
            _check_imds(request, query)
        else:
            _check_app_service(request, query, self._service.identity_header)

        identities = self._service.directory.identities()
        identity = _identity_of(identities, query, on_imds=on_imds)
        facts.client_id = identity.client_id
        return self._token(identity, query["resource"], now, on_imds=on_imds)

    def _token(
        self,
        identity: ManagedIdentity,
        resource: str,
        now: int,
        *,
        on_imds: bool,
    ) -> dict[str, object]:
        service = self._service
        if not service.directory.has_resource(resource):
            unknown = errors.unknown_resource(resource, identity.tenant_id)
            raise _Refused(400, unknown.error, f"AADSTS{unknown.code}: {unknown.text}")

        token = mint_access_token(
            identity,
            resource,
            key=service.keys.signing_key(),
            now=now,
            lifetime=service.token_lifetime,
            new_id=service.new_id,
            proof="2",
        )
        seconds = service.token_lifetime // timedelta(seconds=1)
        document: dict[str, object] = {
            "access_token": token,
            "client_id": identity.client_id,
            "expires_on": str(now // SECOND_NS + seconds),
            "resource": resource,
            "token_type": "Bearer",
        }
        if on_imds:
            document |= {
                "expires_in": str(seconds),
                "ext_expires_in": str(seconds),
                "not_before": str(now // SECOND_NS),
            }
        return document


def _check_imds(request: Request, query: Mapping[str, str]) -> None:
    if (request.header("Metadata") or "").lower() != "true":
        raise _Refused(400, "invalid_request", "Required metadata header not specified")
    if request.header("X-Forwarded-For"):
        raise _Refused(
            400,
            "invalid_request",
            "Requests with an X-Forwarded-For header are not answered",
        )
    if not query.get("api-version"):
        raise _Refused(400, "invalid_request", "Required query variable 'api-version' is missing")
    if not query.get("resource"):
        raise _Refused(400, "invalid_request", "Required audience parameter not specified")


def _check_app_service(request: Request, query: Mapping[str, str], identity_header: str) -> None:
    if request.header("X-IDENTITY-HEADER") != identity_header:
        raise _Refused(
            401,
            "unauthorized",
            "X-IDENTITY-HEADER: expected the value of IDENTITY_HEADER",
        )
    if not query.get("api-version"):
        raise _Refused(400, "invalid_request", "The api-version parameter is missing")
    if not query.get("resource"):
        raise _Refused(400, "invalid_request", "The resource parameter is missing")


def _identity_of(
    identities: tuple[ManagedIdentity, ...],
    query: Mapping[str, str],
    *,
    on_imds: bool,
) -> ManagedIdentity:
    """Return the identity with the client, object or resource id of the query.

    Without an id it is the system-assigned one, or else the only one. For IMDS this fallback to the
    only user-assigned identity is documented; for App Service it is inferred [I].
    """
    client_id = query.get("client_id", "")
    object_id = query.get("object_id", "") or query.get("principal_id", "")
    resource_id = next((query[field] for field in _RESOURCE_ID_FIELDS if query.get(field)), "")

    if client_id or object_id or resource_id:
        found = [
            identity
            for identity in identities
            if _matches(client_id, identity.client_id)
            and _matches(object_id, identity.object_id)
            and _matches(resource_id, identity.resource_id)
        ]
    else:
        system = [identity for identity in identities if not identity.user_assigned]
        found = system or list(identities)
        if len(found) > 1:
            raise _Refused(400, "invalid_request", SEVERAL)

    if not found:
        raise _Refused(400, "invalid_request", NOT_FOUND if on_imds else NOT_FOUND_ON_APP_SERVICE)
    return found[0]


def _matches(requested: str, found: str) -> bool:
    return not requested or requested.lower() == found.lower()


def _refusal_document(error: _Refused, grant: str | None) -> dict[str, object]:
    if grant == "app_service":  # the form that msal reads, managed_identity.py
        return {"statusCode": error.status, "message": error.text}

    return {"error": error.error, "error_description": error.text}
