"""The headings of the parts of a report: the name of each registry, which several may share."""

from collections import Counter
from collections.abc import Iterable

from fake_registry import FakeRegistry


def headings_of(registries: Iterable[FakeRegistry]) -> dict[FakeRegistry, str]:
    """Return the name of each registry, with its place where several have one name."""
    names = {registry: registry.login_server for registry in registries}
    totals = Counter(names.values())
    places: Counter[str] = Counter()

    headings = {}
    for registry, name in names.items():
        places[name] += 1
        place = f" ({places[name]} of {totals[name]} with this name)"
        headings[registry] = name if totals[name] == 1 else f"{name}{place}"
    return headings
