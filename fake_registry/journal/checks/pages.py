"""Rules about lists: pages that were not followed, and the catalogue read for one repository."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import parse_qs

from fake_registry.journal.checks.clients import by_client, client_of, is_struck
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_login, is_probe
from fake_registry.journal.pages import PageTarget, is_page, next_page_of, page_of
from fake_registry.spec.endpoints import EndpointName

_CATALOGS: Final = frozenset({EndpointName.CATALOG_LIST, EndpointName.ACR_CATALOG})

_FEWEST_PAGES: Final = 3
"""The fewest pages of a catalogue that was read in vain."""

_AZURE_SDKS: Final = "azsdk-"
"""The beginning of their User-Agent (Azure SDK guidelines, Telemetry policy)."""


def _find_unfollowed_pages(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield the first page of each list whose Link to the next one no request followed.

    The search for an item ends before the last page as well. These pages are therefore allowed:

    - of a client that has asked for a later page of such a list: it can follow a Link. The Azure
      SDKs can, so that their caller has stopped by intent;
    - of one item (`n=1`), or of the first ones in an order (`n` with `orderby`).
    """
    requested = {page_of(exchange.target) for exchange in exchanges}
    following = {_list_of(exchange) for exchange in exchanges if _is_later_page(exchange)}
    reported: set[tuple[str, str]] = set()

    for exchange in filter(_is_whole_page, exchanges):
        place = (client_of(exchange), exchange.path)
        if place in reported or _list_of(exchange) in following or _is_partial(exchange):
            continue
        if _leads_elsewhere(exchange, requested):
            reported.add(place)
            text = f"read one page of {exchange.path}, and did not follow its Link to the next one"
            yield ClientMistake(exchanges=(exchange,), text=text)


def _find_catalogs_for_one(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield each client that read all pages of the catalogue and then used one repository.

    Only a catalogue of three pages or more counts: a short one may have this repository alone, or
    is read for another reason. A repository that the client has used before was not found by the
    list.
    """
    for own in by_client(exchanges).values():
        places = [place for place, exchange in enumerate(own) if _is_catalog_page(exchange)]
        pages = [own[place] for place in places]
        if len(pages) < _FEWEST_PAGES or not _is_whole_list(pages):
            continue

        before = _repositories_of(own[: places[0]])
        after = _repositories_of(own[places[-1] :])
        if len(after) == 1 and not after & before:
            text = f"read {len(pages)} pages of the catalogue, and then used {min(after)} alone"
            yield ClientMistake(exchanges=(pages[0], pages[-1]), text=text)


def _is_whole_page(exchange: Exchange) -> bool:
    return is_page(exchange) and not is_struck(exchange)


def _is_catalog_page(exchange: Exchange) -> bool:
    return exchange.endpoint in _CATALOGS and _is_whole_page(exchange)


def _is_whole_list(pages: Sequence[Exchange]) -> bool:
    """Return whether they begin before the last page, and end with it."""
    return next_page_of(pages[0]) is not None and next_page_of(pages[-1]) is None


def _list_of(exchange: Exchange) -> tuple[str, str | None]:
    return client_of(exchange), exchange.endpoint


def _is_later_page(exchange: Exchange) -> bool:
    return "last" in parse_qs(exchange.query, keep_blank_values=True)


def _is_partial(exchange: Exchange) -> bool:
    """Return whether the client reads a part of the list by intent."""
    parameters = parse_qs(exchange.query, keep_blank_values=True)
    is_first_in_order = "n" in parameters and "orderby" in parameters
    is_one = parameters.get("n") == ["1"]
    return is_one or is_first_in_order or client_of(exchange).startswith(_AZURE_SDKS)


def _leads_elsewhere(exchange: Exchange, requested: set[PageTarget]) -> bool:
    """Return whether there is a next page that no request was for."""
    following = next_page_of(exchange)
    return following is not None and following not in requested


def _repositories_of(exchanges: Iterable[Exchange]) -> set[str]:
    """Return the repositories that requests named, those of logins apart."""
    calls = [one for one in exchanges if not is_probe(one) and not is_login(one)]
    return {exchange.repository for exchange in calls if exchange.repository is not None}


PAGE_NOT_FOLLOWED: Final = ClientRule(
    name="page-not-followed",
    sentence="A list is read without the pages after the first: its other items are missed.",
    source=(
        "distribution-spec v1.1.1, Listing Tags (end-8b): a Link leads to the next page; "
        "ACR 2021-07-01, Repository - Get List, Tag - Get List: 100 items a page by default"
    ),
    example="Request the URL of each answer's Link (rel=next), until an answer has none.",
    find=_find_unfollowed_pages,
)

CATALOG_LISTED_FOR_ONE: Final = ClientRule(
    name="catalog-listed-for-one",
    sentence="All pages of the catalogue are read to find one repository, whose name is known.",
    source=(
        "ACR 2021-07-01, Repository - Get Properties: answers 404 for a repository that does not "
        "exist; distribution-spec v1.1.1, Listing Tags (end-8a): the same for any registry"
    ),
    example="Request GET /acr/v1/NAME, or the tags of the repository; 404 means that it is absent.",
    find=_find_catalogs_for_one,
)
