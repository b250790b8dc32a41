"""Reading ACR's lists of tags, manifests and repositories, compared with the model."""

from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from pytest_acr.harness.acr_lists import TAG_LIST, AcrList, ListOrder, list_path
from pytest_acr.harness.acr_model import AcrRecord
from pytest_acr.harness.json_bodies import Json, decode_json
from pytest_acr.harness.links import next_page
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import acr_lists as p
from pytest_acr.harness.reading_acr import check_repository_absent
from pytest_acr.harness.reading_lists import member, names_in
from pytest_acr.harness.times import check_order_of_times
from pytest_acr.harness.trial import Trial


class AcrPage(NamedTuple):
    """One page of a list."""

    items: list[Json]
    names: list[str]
    link: str | None
    """Path and query of the next page."""


def read_page(trial: Trial, kind: AcrList, path: str) -> AcrPage:
    """Return one page of a list, after checking its form."""
    response = trial.call("GET", path)
    trial.require_status(response, kind.properties.whole, 200)
    document = decode_json(response)
    is_list = isinstance(document, dict) and kind.name in document
    trial.require(is_list, kind.properties.whole, f"a list `{kind.name}`")
    return _page_of(trial, kind.properties.whole, document[kind.name] or [], kind.key, response, path)


def _page_of(
    trial: Trial,
    wanted: Property,
    items: Json,
    key: str,
    response: RawResponse,
    path: str,
) -> AcrPage:
    is_list = isinstance(items, list)
    trial.require(is_list, wanted, "a list, or null")
    names = [member(each, key) for each in items]
    trial.require(all(isinstance(each, str) for each in names), wanted, f"items with `{key}`")
    link = next_page(response, path)
    return AcrPage(items, names, link.path if link else None)


# whole lists


def check_list(trial: Trial, model: RepositoryModel, kind: AcrList, order: ListOrder = "") -> list[str]:
    """Compare a whole list with the model. Returns its names, in the order of the registry."""
    path = list_path(model, kind, orderby=order)
    if not model.exists:
        check_repository_absent(trial, trial.call("GET", path))
        return []

    wanted = kind.listed(model)
    names, items = _read_pages(trial, kind, path, most=len(wanted) + 2)
    wishes = kind.properties
    records = kind.records(model)
    hidden = [each for each in names if each in records and each not in wanted]
    trial.require(not hidden, wishes.hidden, "no hidden items", str(hidden))
    trial.require(sorted(names) == wanted, wishes.whole, str(wanted), str(names))

    for each in items:
        kind.check_item(trial, model, each)
    _check_order(trial, kind, order, names, [records[name] for name in names])
    return names


def _read_pages(
    trial: Trial,
    kind: AcrList,
    path: str,
    *,
    most: int,
) -> tuple[list[str], list[Json]]:
    """Return names and items of at most `most` pages. Without `n`, the registry chooses their size."""
    names: list[str] = []
    items: list[Json] = []
    for _ in range(most):
        page = read_page(trial, kind, path)
        names += page.names
        items += page.items
        if page.link is None:
            break
        path = page.link
    return names, items


def _check_order(
    trial: Trial,
    kind: AcrList,
    order: ListOrder,
    names: list[str],
    records: list[AcrRecord],
) -> None:
    wishes = kind.properties
    if order in ("", "none"):
        trial.require(names == sorted(names), wishes.order, str(sorted(names)), str(names))
        check_order_of_times(trial, records)
        return
    times = [record.updated_time or 0 for record in records]
    wanted = sorted(times, reverse=order == "timedesc")
    trial.require(times == wanted, wishes.by_time, f"{order}: {wanted}", f"{names}: {times}")


# pages


def walk_list(
    trial: Trial,
    model: RepositoryModel,
    kind: AcrList,
    order: ListOrder,
    size: int,
    expected: list[str],
) -> None:
    """Follow the Links of a list as a client does, and compare all pages with `expected`."""
    path = list_path(model, kind, n=size, orderby=order)
    wanted = kind.properties.pages_by_time if order.startswith("time") else kind.properties.pages
    follow_links(trial, kind, path, expected, wanted, order=order, size=size)


def follow_links(
    trial: Trial,
    kind: AcrList,
    path: str,
    expected: list[str],
    wanted: Property,
    *,
    order: ListOrder,
    size: int,
) -> None:
    """Compare the pages from `path` on with `expected`. Two more than it needs are read at most."""
    found: list[str] = []
    for _ in range(len(expected) + 2):
        page = read_page(trial, kind, path)
        rest = len(expected) - len(found)
        _check_size(trial, kind, page, min(size, rest))
        found += page.names

        if page.link is None:
            break
        has_more = len(found) < len(expected)
        trial.require(has_more, kind.properties.link_too_many, "no Link", f"Link: {page.link}")
        _check_parameters(trial, kind.properties.link_parameters, page.link, order, size)
        path = page.link
    trial.require(found == expected, wanted, str(expected), str(found))


def _check_size(trial: Trial, kind: AcrList, page: AcrPage, size: int) -> None:
    """A page that is too long, or too short although a Link follows, has a wrong size."""
    count = len(page.names)
    is_right = count <= size and (count == size or page.link is None)
    trial.require(is_right, kind.properties.page_size, f"{size} items", str(page.names))


def _check_parameters(trial: Trial, wanted: Property, link: str, order: ListOrder, size: int) -> None:
    query = parse_qs(urlsplit(link).query, keep_blank_values=True)
    is_ordered = query.get("orderby", [""]) == [order]
    is_same = query.get("n") == [str(size)] and is_ordered
    trial.require(is_same, wanted, f"n={size}&orderby={order}", link)


def check_after(
    trial: Trial,
    model: RepositoryModel,
    kind: AcrList,
    size: int,
    last: str,
) -> None:
    """Compare the page that begins after a name, which need not be in the list."""
    page = read_page(trial, kind, list_path(model, kind, last=last, n=size))

    after = [name for name in kind.listed(model) if name > last]
    wanted = after[:size]
    trial.require(page.names == wanted, kind.properties.last, str(wanted), str(page.names))
    is_last = len(after) > size or page.link is None
    trial.require(is_last, kind.properties.link_too_many, "no Link", f"Link: {page.link}")


def check_filter(
    trial: Trial,
    model: RepositoryModel,
    digest: str,
    order: ListOrder,
    size: int | None,
    ordered: list[str],
) -> None:
    """Compare the list of one manifest's tags. `ordered` are all listed tags, in this order.

    ACR's Link drops `digest`: a client that follows it gets the tags of other manifests (4.2).
    """
    path = list_path(model, TAG_LIST, digest=digest, n=size, orderby=order)
    expected = [tag for tag in ordered if model.tags[tag] == digest]
    found: list[str] = []

    for _ in range(len(expected) + 2):
        page = read_page(trial, TAG_LIST, path)
        found += page.names
        if page.link is None:
            trial.require(found == expected, p.ACR_TAGS_FILTER, str(expected), str(found))
            return
        is_part = found == expected[: len(found)]
        trial.require(is_part, p.ACR_TAGS_FILTER, str(expected), str(found))
        if "digest=" not in urlsplit(page.link).query:
            return
        path = page.link
    trial.require(found == expected, p.ACR_TAGS_FILTER, str(expected), str(found))


# the catalogue


def check_acr_catalog(trial: Trial, size: int) -> None:
    """Compare the pages of the catalogue with the model, as far as they concern this example."""
    names = [model.name for model in trial.models]
    start = quote(f"{names[0][:-1]}9zz", safe="")  # after the names of longer numbers
    path = f"/acr/v1/_catalog?last={start}&n={size}"
    found: list[str] = []

    for _ in range(len(names) + 2):
        response = trial.call("GET", path)
        trial.require_status(response, p.ACR_CATALOG_LIST, 200)
        page = names_in(decode_json(response), "repositories")
        trial.require(page is not None, p.ACR_CATALOG_LIST, "a list `repositories`")
        assert page is not None
        trial.require(page == sorted(page), p.ACR_CATALOG_ORDER, "names in order", str(page))
        trial.require(len(page) <= size, p.ACR_CATALOG_PAGE_SIZE, f"at most {size}", str(page))

        found += page
        link = next_page(response, path)
        if link is None or (page and page[-1] > names[-1]):
            break
        _check_parameters(trial, p.ACR_CATALOG_LINK_PARAMETERS, link.path, "", size)
        path = link.path
    _compare_catalog(trial, [name for name in found if name in names])


def _compare_catalog(trial: Trial, found: list[str]) -> None:
    hidden = [model.name for model in trial.models if model.exists and not model.is_listed]
    shown = [name for name in found if name in hidden]
    trial.require(not shown, p.ACR_CATALOG_HIDDEN, "no hidden repositories", str(shown))
    wanted = sorted(model.name for model in trial.models if model.is_listed)
    trial.require(found == wanted, p.ACR_CATALOG_LIST, str(wanted), str(found))
