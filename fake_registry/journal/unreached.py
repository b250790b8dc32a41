"""Hints on a registry that the code has not reached, or to which it has not logged in."""

import re
from typing import Final

from fake_registry.journal.evidence import Evidence
from fake_registry.journal.logins import is_login, is_probe

_NO_CONNECTION: Final = re.compile(
    r"resol|getaddrinfo|name or service not known|nodename nor servname|cannot connect|connection",
    re.IGNORECASE,
)
"""The words of clients, and of systems, for a connection that could not be made."""

_HOST_OF_ACR: Final = re.compile(r"\b[a-z0-9]+\.azurecr\.(?:io|cn|us)\b")

_SESSION: Final = "python-requests/"


def unreached_registry(evidence: Evidence) -> str | None:
    """The code has connected to a registry's host by itself."""
    if evidence.exchanges:
        return None

    for line in evidence.failure.splitlines():
        host = _HOST_OF_ACR.search(line)
        if host is not None and _NO_CONNECTION.search(line):
            found = f"The registry of the test got no request: the code connects to {host[0]} by itself"
            return f"{found}. Use the fixture acr_network, or pass transport=acr_transport to the client."
    return None


def missing_login(evidence: Evidence) -> str | None:
    """A session of requests has sent no credential, and the code has not logged in."""
    if not evidence.exchanges or any(map(is_login, evidence.exchanges)):
        return None

    last = evidence.exchanges[-1]
    client = last.request_header("User-Agent") or ""
    if last.faults or not is_probe(last) or not client.startswith(_SESSION):
        return None
    found = f"#{last.number} has no credential: acr_session does not log in"
    remedy = '@pytest.mark.acr(auth="off") asks for none'
    return f"{found}. {remedy}; with admin_user= and admin_password= pass auth=(user, password)."
