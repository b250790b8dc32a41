"""Steps that read ACR's metadata: properties, lists in each order, filters and pages."""

from typing import Final, cast

from pytest_acr.harness.acr_lists import LISTS, MANIFEST_LIST, ORDERS, TAG_LIST, AcrList, ListOrder, list_path
from pytest_acr.harness.acr_model import ItemLevel
from pytest_acr.harness.changing_acr import KINDS, REPOSITORY_KIND, TAG_KIND
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.properties import acr_lists as p
from pytest_acr.harness.reading_acr import NEVER_PUSHED
from pytest_acr.harness.reading_acr_lists import (
    check_acr_catalog,
    check_after,
    check_filter,
    check_list,
    follow_links,
    read_page,
    walk_list,
)
from pytest_acr.harness.steps.acr_items import (
    ensure_tags,
    remove_manifest,
    remove_tag,
)
from pytest_acr.harness.steps.pushing import make_image, push_manifest
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step, numbers, pick
from pytest_acr.harness.trial import Trial

_BETWEEN: Final = ("0", "A", "M", "b", "latest0", "z")
"""Tags that are never pushed: `last` may be one of them."""
_ORDER: Final = numbers(len(ORDERS))
_KIND: Final = numbers(len(LISTS))


def read_metadata(
    trial: Trial,
    *,
    repository: int,
    level: str,
    order: int,
    which: int,
) -> None:
    """Read the properties of something that is there, was there, or never was, and its list."""
    model = trial.models[repository]
    kind = KINDS[cast(ItemLevel, level)]
    kind.check(trial, model, pick([*kind.records(model), *kind.gone(model)], which))

    if kind is REPOSITORY_KIND:
        check_acr_catalog(trial, order + 1)
    else:
        items = TAG_LIST if kind is TAG_KIND else MANIFEST_LIST
        check_list(trial, model, items, ORDERS[order])
    trial.note_effect()


def page_metadata(
    trial: Trial,
    *,
    repository: int,
    way: str,
    order: int,
    size: int,
    which: int,
) -> None:
    """Read a list in pages, the page after a name, or the tags of one manifest."""
    ensure_tags(trial, repository, which)
    model = trial.models[repository]
    if way == "filter":
        _filter(trial, model, ORDERS[order], size, which)
    elif way == "after":
        _after(trial, model, LISTS[order % len(LISTS)], size, which)
    else:
        kind = TAG_LIST if way == TAG_LIST.name else MANIFEST_LIST
        names = check_list(trial, model, kind, ORDERS[order])
        walk_list(trial, model, kind, ORDERS[order], size, names)
    trial.note_effect()


_WAYS: Final = ("tags", "manifests", "after", "filter")


def _filter(trial: Trial, model: RepositoryModel, order: ListOrder, size: int, which: int) -> None:
    """Read the tags of one manifest, in pages or whole."""
    ordered = check_list(trial, model, TAG_LIST, order)
    digest = pick([*model.tags.values(), *model.manifests, NEVER_PUSHED], which)
    check_filter(trial, model, digest, order, size if which % 2 else None, ordered)


def _after(trial: Trial, model: RepositoryModel, kind: AcrList, size: int, which: int) -> None:
    """Read the page that begins after a name, which may be absent."""
    others = _BETWEEN if kind is TAG_LIST else (NEVER_PUSHED,)
    check_after(trial, model, kind, size, pick([*sorted(kind.records(model)), *others], which))


def change_between_pages(
    trial: Trial,
    *,
    repository: int,
    kind: int,
    order: int,
    size: int,
    change: str,
    which: int,
) -> None:
    """Delete or move the last item of a page, and go on to the next one."""
    model = trial.models[repository]
    ensure_tags(trial, repository, which, 3)
    chosen, items = ORDERS[order], LISTS[kind]
    names = check_list(trial, model, items, chosen)
    page = read_page(trial, items, list_path(model, items, n=size, orderby=chosen))
    if page.link is None or not page.names:
        return

    moved = _change(trial, repository, items, page.names[-1], change)
    if not model.exists:
        return

    left = [name for name in names[len(page.names) :] if name in items.listed(model)]
    if moved and chosen == "timeasc":
        left.append(moved)
    wanted = p.ACR_TAGS_PAGES_MOVED if items is TAG_LIST else p.ACR_MANIFESTS_PAGES_MOVED
    follow_links(trial, items, page.link, left, wanted, order=chosen, size=size)
    trial.note_effect()


def _change(trial: Trial, repository: int, items: AcrList, name: str, change: str) -> str | None:
    """Change an item; return its name if it is now the one that was updated last."""
    if items is not TAG_LIST:
        remove_manifest(trial, repository, name)
        return None
    if change == "delete":
        remove_tag(trial, repository, name)
        return None

    model = trial.models[repository]
    other = make_image(trial, repository, 1, 2)
    is_same = model.tags[name] == other.digest
    manifest = make_image(trial, repository, 2, 2) if is_same else other
    push_manifest(trial, repository, manifest, name)
    return name


_PAGES: Final = (1, 2, 3)

ACR_READING_STEPS: Final = (
    Step(
        name="read_metadata",
        area="acr",
        act=read_metadata,
        arguments={
            "repository": REPOSITORY,
            "level": tuple(KINDS),
            "order": _ORDER,
            "which": PICK,
        },
        needs=("acr",),
    ),
    Step(
        name="page_metadata",
        area="acr",
        act=page_metadata,
        arguments={
            "repository": REPOSITORY,
            "way": _WAYS,
            "order": _ORDER,
            "size": _PAGES,
            "which": PICK,
        },
        needs=("acr",),
    ),
    Step(
        name="change_between_pages",
        area="acr",
        act=change_between_pages,
        arguments={
            "repository": REPOSITORY,
            "kind": _KIND,
            "order": _ORDER,
            "size": (1, 1, 2),
            "change": ("move", "delete"),
            "which": PICK,
        },
        needs=("acr", "delete_manifests"),
    ),
)
