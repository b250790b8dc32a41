"""The documents that tell clients where everything is (OpenID Connect Discovery 1.0 §3; Microsoft identity platform,
OpenID Connect: the configuration document's URI)."""

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
"""Per cloud the login host and its other names (Microsoft Entra authentication & national clouds; msal, authority.py).
Real Entra's document gives a cache of its own, sts.windows.net's, to the public cloud; here the first name has it."""

LOGIN_HOSTS = tuple(name for host, others in CLOUDS for name in (host, *others))


def openid_configuration(directory: Directory, tenant_name: str, base: str, *, version: str) -> dict[str, object]:
    """Return a tenant's configuration, its endpoints below `base`. `version` is "" for 1.0 or "v2.0".

    Raises EntraRefused for a tenant that is not there.
    """
    tenant_id = _tenant_id_of(directory, tenant_name)
    tenant = f"{base}/{tenant_id}"
    oauth = f"{tenant}/oauth2/{version}".rstrip("/")
    keys = f"{tenant}/discovery/{version}".rstrip("/")
    placeholder = "{tenantid}" if tenant_name.lower() in SHARED_TENANTS else tenant_id
    issuer = f"https://{PUBLIC_HOST}/{placeholder}/{version}" if version else issuer_of(placeholder)
    return {
        "token_endpoint": f"{oauth}/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
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
    """Return the keys that tokens are signed with (RFC 7517 §5). Raises EntraRefused for an unknown tenant."""
    _tenant_id_of(directory, tenant_name)
    return {"keys": [keys.signing_key().as_jwk()]}


def instance_discovery(authorization_endpoint: str, api_version: str) -> dict[str, object]:
    """Return where the tenant of an authorization endpoint says more. Raises EntraRefused for a host that is no login
    host: clients ask so before they send a secret to one (msal, authority.py)."""
    if not authorization_endpoint:
        raise errors.missing_parameter("authorization_endpoint")
    try:
        url = urlsplit(authorization_endpoint)
        host, path = (url.hostname or ""), url.path
    except ValueError as error:
        raise errors.unknown_instance() from error
    if host not in LOGIN_HOSTS:
        raise errors.unknown_instance()
    tenant = path.strip("/").split("/")[0] or "common"
    version = "v2.0/" if "/v2.0/" in path else ""
    document: dict[str, object] = {
        "tenant_discovery_endpoint": f"https://{host}/{tenant}/{version}.well-known/openid-configuration",
        "api-version": api_version or "1.0",
    }
    if api_version == "1.1":
        document["metadata"] = [
            {"preferred_network": name, "preferred_cache": name, "aliases": [name, *others]} for name, others in CLOUDS
        ]
    return document


def _tenant_id_of(directory: Directory, name: str) -> str:
    if name.lower() in SHARED_TENANTS:
        return name.lower()
    return directory.checked_tenant(name, error="invalid_tenant").tenant_id
