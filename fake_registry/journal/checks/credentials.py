"""Rules about credentials: where a client sends them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import EndpointName

_OF_ANOTHER_HOST: Final = re.compile(r"(access|registry) token signature: not this registry's: its audience is (\S+)")
"""The reason for which a registry refuses a token of another one. A token that has its own host as
audience is one of an earlier registry of this name, as after a restart: that is no mistake."""

_TOKENS: Final = {"access": "an access token", "registry": "a refresh token"}


def _find_sent_to_another_host(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    for exchange in exchanges:
        text = _sent_to_storage(exchange) or _issued_elsewhere(exchange)
        if text:
            yield ClientMistake(exchanges=(exchange,), text=text)


def _sent_to_storage(exchange: Exchange) -> str:
    has_credentials = exchange.request_header("Authorization") is not None
    if exchange.endpoint != EndpointName.STORAGE_BLOB or not has_credentials:
        return ""
    return f"Authorization was sent to the storage host {exchange.host}"


def _issued_elsewhere(exchange: Exchange) -> str:
    reason = _OF_ANOTHER_HOST.match(exchange.failure or "")
    if reason is None:
        return ""
    return f"{_TOKENS[reason[1]]} of {reason[2]} was sent to {exchange.host}"


CREDENTIAL_TO_OTHER_HOST: Final = ClientRule(
    name="credential-to-other-host",
    sentence="A credential is sent to a host that it is not for, which can use it from then on.",
    source="RFC 9110 §15.4; distribution-spec 1.2 draft, API (MUST NOT); Azure/acr#217",
    example="Drop Authorization when a redirect leads to another host, and keep the tokens of each "
    "registry by its host.",
    find=_find_sent_to_another_host,
)
