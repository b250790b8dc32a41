"""The control API of the fake, and the variables that the runner sets."""

import json
import os
import ssl
import urllib.request
from typing import Any

from tests.clients.programs.dotnet.login import ClientSecretCredential

REGISTRY = os.environ["REGISTRY_URL"]
OPEN_REGISTRY = os.environ["OPEN_REGISTRY_URL"]


def control(method: str, url: str, body: object = None) -> Any:
    """Return the decoded answer; None if it has no body. Its members are checked where they are used."""
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    context = ssl.create_default_context(cafile=os.environ["CA_FILE"])
    with urllib.request.urlopen(request, context=context, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def requests_of(endpoint: str = REGISTRY) -> list[str]:
    """Return the recorded requests since the last call, each as `METHOD ENDPOINT STATUS`."""
    recorded = control("GET", f"{endpoint}/_fake/requests")["requests"]
    control("DELETE", f"{endpoint}/_fake/requests")
    return [f"{each['method']} {each['endpoint']} {each['status']}" for each in recorded]


def credential_of(prefix: str) -> ClientSecretCredential:
    """Return the credential of the application whose variables begin so, `AZURE` or `READER`."""
    return ClientSecretCredential(
        os.environ["AZURE_AUTHORITY_HOST"],
        os.environ["AZURE_TENANT_ID"],
        os.environ[f"{prefix}_CLIENT_ID"],
        os.environ[f"{prefix}_CLIENT_SECRET"],
    )
