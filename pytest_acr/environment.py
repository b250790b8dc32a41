"""What code and subprocesses of any language read from the environment to reach a fake behind a socket."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_registry.server import RegistryServer

_ENDPOINTS = ("REGISTRY_ENDPOINT", "CONTAINERREGISTRY_ENDPOINT")
"""As the Azure SDKs' samples and its tests name them."""

_CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""OpenSSL and Go, requests, curl, Node.js."""

LOCAL_PROXY = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def environment_of(server: "RegistryServer") -> dict[str, str]:
    """Return the variables that lead to `server`: its URL, for TLS its CA, and no proxy on the way."""
    variables = dict.fromkeys(_ENDPOINTS, server.url) | LOCAL_PROXY
    return variables if server.ca_file is None else variables | dict.fromkeys(_CA_BUNDLES, str(server.ca_file))
