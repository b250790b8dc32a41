"""IMDS and App Service's identity endpoint, without a client library."""

from collections.abc import Mapping
from urllib.parse import quote

import pytest

from fake_registry import FakeEntra
from tests.support.entra import ACR, SECOND, EntraAnswer, claims_of, entra_at, send

IMDS = "/metadata/identity/oauth2/token"
APP_SERVICE = "/msi/token"
METADATA = {"Metadata": "True"}


def imds(entra: FakeEntra, query: str = "", *, headers: Mapping[str, str] = METADATA) -> EntraAnswer:
    target = f"{IMDS}?api-version=2018-02-01&resource={quote(ACR)}{query}"
    return send(entra.metadata_app, "GET", target, headers=headers, host="169.254.169.254")


def app_service(entra: FakeEntra, query: str = "", *, header: str | None = None) -> EntraAnswer:
    target = f"{APP_SERVICE}?api-version=2019-08-01&resource={quote(ACR)}{query}"
    return send(entra.metadata_app, "GET", target, headers={"X-IDENTITY-HEADER": header or entra.identity_header})


def test_imds_document() -> None:
    entra = entra_at()
    identity = entra.add_managed_identity("vm")
    found = imds(entra)
    assert found.status == 200
    document = found.json
    claims = claims_of(document.pop("access_token"))
    assert document == {
        "client_id": identity.client_id,
        "expires_on": str(SECOND + 3600),
        "resource": ACR,
        "token_type": "Bearer",
        "expires_in": "3600",
        "ext_expires_in": "3600",
        "not_before": str(SECOND),
    }
    assert (claims["appid"], claims["appidacr"]) == (identity.client_id, "2")
    assert claims["xms_mirid"].endswith("/resourceGroups/fake/providers/Microsoft.Compute/virtualMachines/vm")
    noted = entra.requests[-1]
    assert (noted.host, noted.path, noted.grant, noted.client_id, noted.status) == (
        "169.254.169.254",
        IMDS,
        "imds",
        identity.client_id,
        200,
    )


def test_app_service_document() -> None:
    entra = entra_at()
    identity = entra.add_managed_identity("app", client_id="44444444-4444-4444-8444-444444444444")
    found = app_service(entra, f"&client_id={identity.client_id.upper()}")
    assert found.status == 200
    document = found.json
    assert claims_of(document.pop("access_token"))["oid"] == identity.object_id
    assert document == {
        "client_id": identity.client_id,
        "expires_on": str(SECOND + 3600),
        "resource": ACR,
        "token_type": "Bearer",
    }


@pytest.mark.parametrize("field", ["msi_res_id", "mi_res_id", "resource_id"])
def test_identity_can_be_chosen_by_resource_id(field: str) -> None:
    entra = entra_at()
    entra.add_managed_identity("vm")
    identity = entra.add_managed_identity("id", resource_id="/subscriptions/s/resourceGroups/g/ids/id")
    found = imds(entra, f"&{field}={identity.resource_id}")
    assert claims_of(found.json["access_token"])["oid"] == identity.object_id


def test_only_user_assigned_identity_is_the_default() -> None:
    entra = entra_at()
    only = entra.add_managed_identity("one", user_assigned=True)
    assert imds(entra).json["client_id"] == only.client_id
    entra.add_managed_identity("two", user_assigned=True)
    found = imds(entra)
    assert (found.status, found.json["error"]) == (400, "invalid_request")
    assert found.json["error_description"].startswith("Multiple user assigned identities exist, please specify ")
    system = entra.add_managed_identity("vm")
    assert imds(entra).json["client_id"] == system.client_id


def test_ids_of_two_identities_match_neither() -> None:
    entra = entra_at()
    one, two = (entra.add_managed_identity(name, user_assigned=True) for name in ("one", "two"))
    found = imds(entra, f"&client_id={one.client_id}&object_id={two.object_id}")
    assert (found.status, found.json["error_description"]) == (400, "Identity not found")


@pytest.mark.parametrize(
    ("target", "headers", "text"),
    [
        (IMDS, {}, "Required metadata header not specified"),
        (IMDS, {"Metadata": "yes"}, "Required metadata header not specified"),
        (IMDS, METADATA | {"X-Forwarded-For": "10.0.0.1"}, "Requests with an X-Forwarded-For header are not answered"),
        (f"{IMDS}?resource=x", METADATA, "Required query variable 'api-version' is missing"),
        (f"{IMDS}?api-version=2018-02-01", METADATA, "Required audience parameter not specified"),
        (f"{IMDS}?api-version=2018-02-01&resource=x", METADATA, "AADSTS500011: The resource principal named x was"),
    ],
)
def test_imds_refuses_invalid_requests(target: str, headers: dict[str, str], text: str) -> None:
    entra = entra_at()
    entra.add_managed_identity("vm")
    found = send(entra.metadata_app, "GET", target, headers=headers)
    assert found.status == 400
    assert found.json["error_description"].startswith(text)
    assert (entra.requests[-1].status, entra.requests[-1].error) == (400, found.json["error"])


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("resource=x", "The api-version parameter is missing"),
        ("api-version=2019-08-01", "The resource parameter is missing"),
        ("api-version=2019-08-01&resource=x", "AADSTS500011: The resource principal named x was not found"),
        (f"api-version=2019-08-01&resource={ACR}&principal_id=x", "No User Assigned or Delegated Managed Identity"),
    ],
)
def test_app_service_refuses_invalid_requests(query: str, text: str) -> None:
    entra = entra_at()
    entra.add_managed_identity("app")
    headers = {"X-IDENTITY-HEADER": entra.identity_header}
    found = send(entra.metadata_app, "GET", f"{APP_SERVICE}?{query}", headers=headers)
    assert (found.status, found.json["statusCode"]) == (400, 400)
    assert found.json["message"].startswith(text)


def test_app_service_requires_its_header() -> None:
    entra = entra_at()
    entra.add_managed_identity("app")
    assert app_service(entra, header="wrong").status == 401
    assert app_service(entra).status == 200
    assert entra.identity_header not in repr(entra.requests)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", IMDS, 405), ("PUT", APP_SERVICE, 405), ("GET", "/", 404)]
)
def test_unknown_path_or_method_is_refused(method: str, path: str, status: int) -> None:
    assert send(entra_at().metadata_app, method, path, headers=METADATA).status == status
