"""The errors that Entra answers with: codes, statuses and wording. `app` makes documents of them.

Codes and their meaning are from "Microsoft Entra authentication and authorization error codes"
(AADSTS). The wording is that of answers quoted in public issues of Azure's SDKs; where no quote was
found, the docstring says [I], inferred.
"""

from datetime import datetime

_NOT_INSTALLED = (
    "This can happen if the application has not been installed by the administrator of the tenant "
    "or consented to by any user in the tenant."
)


class EntraRefused(Exception):
    """A request that Entra answers with an error.

    `error` is the error code of RFC 6749 §5.2, such as invalid_client; `code` is the AADSTS number,
    or None.
    """

    def __init__(self, status: int, error: str, code: int | None, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.code = code
        self.text = text


def unknown_tenant(tenant: str, *, error: str = "invalid_request") -> EntraRefused:
    """Return the refusal of a tenant. `error` is invalid_tenant for a discovery document,
    invalid_request for a token."""
    text = (
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
        "signing into the correct cloud. Check with your subscription administrator, this may "
        "happen if there are no active subscriptions for the tenant."
    )
    return EntraRefused(400, error, 90002, text)


def malformed_tenant(tenant: str, *, error: str = "invalid_request") -> EntraRefused:
    text = f"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
    return EntraRefused(400, error, 900023, text)


def no_tenant() -> EntraRefused:
    """Return the refusal of `common` and `organizations`: an application needs a tenant."""
    text = "No tenant-identifying information found in either the request or implied by any provided credentials."
    return EntraRefused(400, "invalid_request", 50059, text)


def unknown_instance() -> EntraRefused:
    return EntraRefused(400, "invalid_instance", 50049, "Unknown or invalid instance.")


def missing_parameter(name: str) -> EntraRefused:
    text = f"The request body must contain the following parameter: '{name}'."
    return EntraRefused(400, "invalid_request", 900144, text)


def only_post(method: str) -> EntraRefused:
    """Return the refusal of another method. The status 405 is inferred [I]."""
    text = f"The endpoint only accepts POST requests. Received a {method} request."
    return EntraRefused(405, "invalid_request", 900561, text)


def too_long() -> EntraRefused:
    """Return the refusal of a body that is too long or broke off [I]."""
    return EntraRefused(
        413,
        "invalid_request",
        None,
        "The request body is too long, or it broke off.",
    )


def unknown_endpoint(method: str, path: str, known: tuple[str, ...]) -> EntraRefused:
    """Return our own refusal, which lists the endpoints that exist. Entra answers with an HTML
    page."""
    text = f"The fake of Entra ID has no {method} {path}; it has {', '.join(known)}"
    return EntraRefused(404, "invalid_request", None, text)


def unsupported_grant(grant: str) -> EntraRefused:
    text = f"The app requested an unsupported grant type '{grant}'."
    return EntraRefused(400, "unsupported_grant_type", 70003, text)


def no_credential() -> EntraRefused:
    text = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
    return EntraRefused(401, "invalid_client", 7000216, text)


def no_credential_for_user() -> EntraRefused:
    """Return the refusal for a grant that belongs to a user."""
    text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    return EntraRefused(401, "invalid_client", 7000218, text)


def unknown_application(client_id: str, tenant: str) -> EntraRefused:
    text = (
        f"Application with identifier '{client_id}' was not found in the directory '{tenant}'. "
        f"{_NOT_INSTALLED} You may have sent your authentication request to the wrong tenant."
    )
    return EntraRefused(400, "unauthorized_client", 700016, text)


def wrong_secret(client_id: str) -> EntraRefused:
    text = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the client "
        f"secret value, not the client secret ID, for a secret added to app '{client_id}'."
    )
    return EntraRefused(401, "invalid_client", 7000215, text)


def malformed_assertion() -> EntraRefused:
    return EntraRefused(401, "invalid_client", 50027, "JWT token is invalid or malformed.")


def wrong_assertion_type(found: str) -> EntraRefused:
    """Return the refusal of a client_assertion_type. The wording is inferred [I]."""
    text = f"The provided value for the input parameter 'client_assertion_type' is not valid: '{found}'."
    return EntraRefused(400, "invalid_request", 900144, text)


def unregistered_certificate(client_id: str, thumbprint: str) -> EntraRefused:
    text = (
        "The certificate with identifier used to sign the client assertion is not registered on "
        "application. [Reason - The key was not found., Thumbprint of key used by client: "
        f"'{thumbprint}', {_help_on_keys(client_id)}]"
    )
    return EntraRefused(401, "invalid_client", 700027, text)


def wrong_assertion_signature(
    client_id: str,
    thumbprint: str,
    valid: tuple[datetime, datetime],
    *,
    reason: str,
) -> EntraRefused:
    start, end = (f"{moment:%m/%d/%Y %H:%M:%S}" for moment in valid)
    text = (
        f"Client assertion contains an invalid signature. [Reason - {reason}, Thumbprint of key "
        f"used by client: '{thumbprint}', Found key 'Start={start}, End={end}', "
        f"{_help_on_keys(client_id)}]"
    )
    return EntraRefused(401, "invalid_client", 700027, text)


def wrong_assertion_audience() -> EntraRefused:
    text = "Client assertion audience claim does not match Realm issuer."
    return EntraRefused(401, "invalid_client", 700023, text)


def wrong_assertion_subject() -> EntraRefused:
    text = "Client assertion application identifier doesn't match 'client_id' parameter."
    return EntraRefused(401, "invalid_client", 700021, text)


def unknown_federated_token(issuer: str, subject: str, audience: str) -> EntraRefused:
    text = (
        "No matching federated identity record found for presented assertion. Assertion Issuer: "
        f"'{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. "
        "https://docs.microsoft.com/en-us/azure/active-directory/develop/"
        "workload-identity-federation"
    )
    return EntraRefused(400, "invalid_request", 70021, text)


def scope_without_default(scope: str) -> EntraRefused:
    text = (
        f"The provided value for scope {scope} is not valid. Client credential flows must have a "
        "scope value with /.default suffixed to the resource identifier (application ID URI)."
    )
    return EntraRefused(400, "invalid_scope", 1002012, text)


def invalid_scope(scope: str) -> EntraRefused:
    text = (
        "The provided request must include a 'scope' input parameter. The provided value for the "
        f"input parameter 'scope' is not valid. The scope {scope} is not valid."
    )
    return EntraRefused(400, "invalid_scope", 70011, text)


def several_resources(scope: str) -> EntraRefused:
    text = (
        "Provided value for the input parameter scope is not valid because it contains more than "
        f"one resource. Scope {scope} is not valid."
    )
    return EntraRefused(400, "invalid_scope", 28000, text)


def unknown_resource(resource: str, tenant: str) -> EntraRefused:
    text = (
        f"The resource principal named {resource} was not found in the tenant named {tenant}. "
        f"{_NOT_INSTALLED} You might have sent your authentication request to the wrong tenant."
    )
    return EntraRefused(400, "invalid_resource", 500011, text)


def _help_on_keys(client_id: str) -> str:
    return (
        "Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured "
        f"keys for app Id '{client_id}'."
    )
