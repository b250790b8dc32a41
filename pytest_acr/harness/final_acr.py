"""The comparison of ACR's metadata with the model, at the end of an example."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pytest_acr.harness.acr_lists import LISTS, ORDERS, TAG_LIST
from pytest_acr.harness.acr_model import ATTRIBUTES, Attribute
from pytest_acr.harness.changing_acr import items_of, patch
from pytest_acr.harness.model import RepositoryModel
from pytest_acr.harness.reading_acr import check_metadata, check_repository, check_tag
from pytest_acr.harness.reading_acr_lists import check_acr_catalog, check_filter, check_list, walk_list
from pytest_acr.harness.trial import Trial

_UNLOCKED: Final[Mapping[Attribute, bool]] = MappingProxyType(dict.fromkeys(ATTRIBUTES, True))


def check_metadata_of_all(trial: Trial) -> None:
    """Read all metadata of an example's repositories: each item, order, filter, and pages of one.

    Then remove all locks, so that everything can be read.
    """
    for model in trial.models:
        if model.was_touched:
            _check_items(trial, model)
        if model.exists:
            _check_lists(trial, model)

    check_acr_catalog(trial, 1)
    for model in trial.models:
        _unlock(trial, model)


def _check_items(trial: Trial, model: RepositoryModel) -> None:
    check_repository(trial, model)
    for tag in (*model.tags, *sorted(model.gone_tags)):
        check_tag(trial, model, tag)
    for digest in (*model.manifests, *sorted(model.gone_manifests)):
        check_metadata(trial, model, digest)


def _check_lists(trial: Trial, model: RepositoryModel) -> None:
    for kind in LISTS:
        for order in ORDERS:
            names = check_list(trial, model, kind, order)
            walk_list(trial, model, kind, order, 1, names)
            if kind is TAG_LIST and order == "":
                for digest in model.manifests:
                    check_filter(trial, model, digest, order, None, names)


def _unlock(trial: Trial, model: RepositoryModel) -> None:
    for kind, name, record in items_of(model):
        if record.attributes != _UNLOCKED:
            patch(trial, model, kind, name, _UNLOCKED)
