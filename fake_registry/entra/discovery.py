"""The discovery documents: endpoints, keys and login hosts.

OpenID Connect Discovery 1.0 §3; Microsoft identity platform, OpenID Connect: the configuration
document's URI.
"""

from typing import Final
from urllib.parse import urlsplit

from fake_registry.entra import errors
from fake_registry.entra.directory import SHARED_TENANTS, Directory
from fake_registry.entra.keys import KeyHolder
from fake_registry.entra.tokens import issuer_of

PUBLIC_HOST = "login.microsoftonline.com"

CLOUDS = (
    (PUBLIC_HOST, ("login.windows.net", "login.microsoft.com", "sts.windows.net")),
    ("login.partner.microsoftonline.cn", ("login.chinacloudapi.cn",)),
    ("login.microsoftonline.us", ()),
)
"""The login host of each cloud, and its other names (Microsoft Entra authentication & national
clouds; msal, authority.py). Real Entra's metadata names sts.windows.net as the public cloud's
`preferred_cache`; here it is the first name."""

LOGIN_HOSTS = tuple(name for host, others in CLOUDS for name in (host, *others))


def openid_configuration(
    directory: Directory,
    tenant_name: str,
    base: str,
    *,
    version: str,
) -> dict[str, object]:
    """Return the OpenID configuration of a tenant, or raise EntraRefused for an unknown one.

    Endpoints are below the URL `base`. `version` is "" for 1.0, or "v2.0".
    """
    tenant_id = _tenant_id_of(directory, tenant_name)
    placeholder = "{tenantid}" if tenant_name.lower() in SHARED_TENANTS else tenant_id
    issuer = issuer_of(placeholder)
    if version:
        issuer = f"https://{PUBLIC_HOST}/{placeholder}/{version}"

    tenant = f"{base}/{tenant_id}"
    oauth = f"{tenant}/oauth2/{version}".rstrip("/")
    keys = f"{tenant}/discovery/{version}".rstrip("/")
    return {
        "token_endpoint": f"{oauth}/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post",
            "private_key_jwt",
            "client_secret_basic",
        ],
        "jwks_uri": f"{keys}/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{oauth}/authorize",
        "device_authorization_endpoint": f"{oauth}/devicecode",
        "end_session_endpoint": f"{oauth}/logout",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
        "tenant_region_scope": "NA",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }


def keys_document(directory: Directory, tenant_name: str, keys: KeyHolder) -> dict[str, object]:
    """Return the public keys of the tokens' signatures (RFC 7517 §5). EntraRefused for an unknown
    tenant."""
    _tenant_id_of(directory, tenant_name)
    return {"keys": [keys.signing_key().as_jwk()]}


LONGEST_URL: Final = 2_000
"""The most characters of a client's URL that is parsed: `urlsplit` keeps the last ones."""


def instance_discovery(authorization_endpoint: str, api_version: str) -> dict[str, object]:
    """Return the URL of the configuration for an authorization endpoint's tenant, and the clouds.

    Raises EntraRefused unless the endpoint's host is a login host. Clients check a host this way
    before they send a secret to it (msal, authority.py).
    """
    if not authorization_endpoint:
        raise errors.missing_parameter("authorization_endpoint")
    if len(authorization_endpoint) > LONGEST_URL:
        raise errors.unknown_instance()
    try:
        url = urlsplit(authorization_endpoint)
        host, path = (url.hostname or ""), url.path
    except ValueError as error:
        raise errors.unknown_instance() from error
    if host not in LOGIN_HOSTS:
        raise errors.unknown_instance()

    tenant = path.strip("/").split("/")[0] or "common"
    version = "v2.0/" if "/v2.0/" in path else ""
    configuration = f"{tenant}/{version}.well-known/openid-configuration"
    document: dict[str, object] = {
        "tenant_discovery_endpoint": f"https://{host}/{configuration}",
        "api-version": api_version or "1.0",
    }
    if api_version == "1.1":
        document["metadata"] = [_cloud(name, *others) for name, others in CLOUDS]
    return document


def _cloud(name: str, *others: str) -> dict[str, object]:
    return {"preferred_network": name, "preferred_cache": name, "aliases": [name, *others]}


def _tenant_id_of(directory: Directory, name: str) -> str:
    if name.lower() in SHARED_TENANTS:
        return name.lower()

    return directory.find_tenant(name, error="invalid_tenant").tenant_id
