"""The two lists of a repository below /acr/v1: their items, paths and properties."""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from pytest_acr.harness.acr_model import AcrRecord
from pytest_acr.harness.json_bodies import Json
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import acr_lists as p
from pytest_acr.harness.reading_acr import (
    acr_path,
    check_manifest_document,
    check_tag_document,
    no_references,
)
from pytest_acr.harness.trial import Trial

ListName = Literal["tags", "manifests"]
ListOrder = Literal["", "none", "timeasc", "timedesc"]

ORDERS: Final[tuple[ListOrder, ...]] = ("", "timeasc", "timedesc")
"""Values of `orderby`; without the parameter lists are in the order of names."""


class ListProperties(NamedTuple):
    """What a list of tags or manifests has to obey."""

    whole: Property
    hidden: Property
    order: Property
    by_time: Property
    page_size: Property
    last: Property
    pages: Property
    pages_by_time: Property
    link_too_many: Property
    link_parameters: Property


class AcrList(NamedTuple):
    """One of the two lists of a repository."""

    name: ListName
    key: str
    """The member of an item that names it."""
    listed: Callable[[RepositoryModel], list[str]]
    """Return the names that a model has in the list, in their order."""
    records: Callable[[RepositoryModel], Mapping[str, AcrRecord]]
    check_item: Callable[[Trial, RepositoryModel, Json], None]
    properties: ListProperties


def _check_listed_manifest(trial: Trial, model: RepositoryModel, document: Json) -> None:
    check_manifest_document(trial, model, document)
    no_references(trial, document)


TAG_LIST: Final = AcrList(
    name="tags",
    key="name",
    listed=lambda model: model.listed_tags,
    records=lambda model: model.acr.tags,
    check_item=check_tag_document,
    properties=ListProperties(
        whole=p.ACR_TAGS_LIST,
        hidden=p.ACR_TAGS_HIDDEN,
        order=p.ACR_TAGS_ORDER,
        by_time=p.ACR_TAGS_BY_TIME,
        page_size=p.ACR_TAGS_PAGE_SIZE,
        last=p.ACR_TAGS_LAST,
        pages=p.ACR_TAGS_PAGES,
        pages_by_time=p.ACR_TAGS_PAGES_BY_TIME,
        link_too_many=p.ACR_TAGS_LINK_TOO_MANY,
        link_parameters=p.ACR_TAGS_LINK_PARAMETERS,
    ),
)
MANIFEST_LIST: Final = AcrList(
    name="manifests",
    key="digest",
    listed=lambda model: model.acr.listed_manifests(),
    records=lambda model: model.acr.manifests,
    check_item=_check_listed_manifest,
    properties=ListProperties(
        whole=p.ACR_MANIFESTS_LIST,
        hidden=p.ACR_MANIFESTS_HIDDEN,
        order=p.ACR_MANIFESTS_ORDER,
        by_time=p.ACR_MANIFESTS_BY_TIME,
        page_size=p.ACR_MANIFESTS_PAGE_SIZE,
        last=p.ACR_MANIFESTS_LAST,
        pages=p.ACR_MANIFESTS_PAGES,
        pages_by_time=p.ACR_MANIFESTS_PAGES_BY_TIME,
        link_too_many=p.ACR_MANIFESTS_LINK_TOO_MANY,
        link_parameters=p.ACR_MANIFESTS_LINK_PARAMETERS,
    ),
)
LISTS: Final = (TAG_LIST, MANIFEST_LIST)


def list_path(model: RepositoryModel, kind: AcrList, **parameters: str | int | None) -> str:
    """Return the path of a list. A parameter without a value is left out."""
    given = [f"{name}={quote(str(value), safe='')}" for name, value in parameters.items() if value]
    query = "&".join(given)
    return acr_path(model, f"/_{kind.name}{'?' if query else ''}{query}")
