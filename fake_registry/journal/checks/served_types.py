"""A rule about Accept: it lists the type of each manifest that a client is served."""

from collections.abc import Iterator, Sequence
from typing import Final

from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.standing import effective_faults
from fake_registry.spec.endpoints import EndpointName


def _find_unlisted_types(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    for exchange in exchanges:
        is_pull = exchange.endpoint == EndpointName.MANIFEST_GET and exchange.status == 200
        if not is_pull or effective_faults(exchange):
            continue

        served = _type_of(exchange.response_header("Content-Type") or "")
        accept = exchange.request_header("Accept")
        if served and served not in _types_in(accept or ""):
            found = "no Accept" if accept is None else f"Accept: {accept}"
            yield ClientMistake(exchanges=(exchange,), text=f"{served} was served to {found}")


def _types_in(accept: str) -> set[str]:
    return {_type_of(part) for part in accept.split(",")}


def _type_of(text: str) -> str:
    """Return a media type without its parameters and in lower case."""
    return text.partition(";")[0].strip().lower()


ACCEPT_WITHOUT_SERVED_TYPE: Final = ClientRule(
    name="accept-without-served-type",
    sentence="A manifest is pulled whose type Accept does not list, as `*/*` lists none. ACR serves no "
    "OCI type then: it answers 404, and the pull fails.",
    source="distribution-spec v1.1.1, Pulling manifests (SHOULD); acr-behaviour 9.1",
    example="List each type that the client can read, image manifests and indexes of both OCI and Docker.",
    find=_find_unlisted_types,
)
