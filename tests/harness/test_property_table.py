"""The table of properties: it has all of them, with ids and texts that reports can rely on."""

import re
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import get_args

from pytest_acr.harness import properties
from pytest_acr.harness.properties import Area, Property
from pytest_acr.harness.properties.table import AREAS, PROPERTIES, ids_outside, select_areas


def properties_in_modules() -> set[str]:
    modules = [import_module(f"{properties.__name__}.{found.name}") for found in iter_modules(properties.__path__)]
    values = [value for module in modules for value in vars(module).values()]
    tables = [value.values() for value in values if isinstance(value, Mapping)]
    return {one.id for one in chain(values, *tables) if isinstance(one, Property)}


def test_each_property_is_in_the_table_once() -> None:
    ids = [each.id for each in PROPERTIES]

    assert set(ids) == properties_in_modules()
    assert [each for each, count in Counter(ids).items() if count > 1] == []


def test_texts_of_each_property_are_complete() -> None:
    assert [each.id for each in PROPERTIES if not is_complete(each)] == []


def is_complete(found: Property) -> bool:
    return (
        re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", found.id) is not None
        and found.area in get_args(Area)
        and found.sentence.endswith(".")
        and bool(found.section)
    )


def test_areas_are_selected_by_name() -> None:
    assert select_areas() == frozenset(AREAS)
    assert select_areas(only=["blobs", "tags"]) == {"blobs", "tags"}
    assert select_areas(only=["blobs", "tags"], skip=["tags"]) == {"blobs"}
    assert select_areas(skip=["blobs"]) == frozenset(AREAS) - {"blobs"}


def test_properties_of_other_areas_are_known_by_their_ids() -> None:
    assert "blob-get" not in ids_outside({"blobs"})
    assert "no-response" in ids_outside({"blobs"})
    assert {"tag-delete", "tag-delete-exact-status"} <= ids_outside({"blobs"})
    assert "blob-get" not in ids_outside(AREAS)
