"""`PROPERTIES`: all properties. An area has a module, whose tuple is listed here."""

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final, get_args

from pytest_acr.harness.properties.acr import ACR
from pytest_acr.harness.properties.acr_changes import ACR_CHANGES
from pytest_acr.harness.properties.acr_lists import ACR_LISTS
from pytest_acr.harness.properties.acr_locks import ACR_LOCKS
from pytest_acr.harness.properties.authorization import AUTHORIZATION
from pytest_acr.harness.properties.blobs import BLOBS
from pytest_acr.harness.properties.concurrency import CONCURRENCY
from pytest_acr.harness.properties.faults import FAULTS
from pytest_acr.harness.properties.lists import CATALOG, REFERRERS, TAGS
from pytest_acr.harness.properties.manifests import MANIFESTS
from pytest_acr.harness.properties.property import Area, Property
from pytest_acr.harness.properties.protocol import PROTOCOL
from pytest_acr.harness.properties.time import TIME
from pytest_acr.harness.properties.uploads import MOUNTS, UPLOADS

PROPERTIES: Final[tuple[Property, ...]] = (
    *PROTOCOL,
    *BLOBS,
    *UPLOADS,
    *MOUNTS,
    *MANIFESTS,
    *TAGS,
    *REFERRERS,
    *CATALOG,
    *ACR,
    *ACR_LISTS,
    *ACR_CHANGES,
    *ACR_LOCKS,
    *CONCURRENCY,
    *AUTHORIZATION,
    *TIME,
    *FAULTS,
)

_OF_OTHER_MACHINES: Final = frozenset({"authorization", "time", "faults"})
"""Their machines need the control API of fake_registry; `test_case_for` runs them."""

_AREAS_WITH_PROPERTIES: Final = frozenset(each.area for each in PROPERTIES)

AREAS: Final[tuple[Area, ...]] = tuple(
    area for area in get_args(Area) if area in _AREAS_WITH_PROPERTIES - _OF_OTHER_MACHINES
)
"""The areas of registry-check."""


_IDS: Final = frozenset(id_ for each in PROPERTIES for id_ in (each.id, each.with_exact_status().id))


def select_areas(only: Collection[Area] = (), skip: Collection[Area] = ()) -> frozenset[Area]:
    """Return the areas that are tested: those of `only`, or all, without those of `skip`."""
    return frozenset(only or AREAS) - frozenset(skip)


def selection_of(areas: Collection[Area]) -> tuple[Area, ...]:
    """Return areas in the order of `AREAS`; nothing for all of them."""
    chosen = tuple(area for area in AREAS if area in areas)
    return () if chosen == AREAS else chosen


def check_ids(argument: str, ids: Collection[str]) -> None:
    """Raise ValueError unless all are ids of properties, or of their exact statuses."""
    for id_ in ids:
        if id_ not in _IDS:
            similar = get_close_matches(id_, _IDS, n=1)
            example = similar[0] if similar else PROPERTIES[0].id
            wanted = f"expected the id of a property, such as {example}"
            raise ValueError(f"{argument}: {wanted}, found {id_!r}")


def ids_outside(areas: Collection[Area]) -> frozenset[str]:
    """Return the ids of the properties of all other areas, and of their exact statuses."""
    outside = [each for each in PROPERTIES if each.area not in areas]
    return frozenset(each.id for each in (*outside, *(each.with_exact_status() for each in outside)))
