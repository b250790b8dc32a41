"""docs/reference/errors.md: the classes of errors, with status and code in each profile."""

from collections.abc import Iterator
from typing import Final, get_args

from fake_registry.settings import Profile
from fake_registry.spec import errors
from fake_registry.spec.errors import RegistryError
from fake_registry.wire.error_rows import ANY, JsonRow, Row
from fake_registry.wire.error_tables import TABLES
from tests.support.pages.markdown import code, first_paragraph, table

HEAD: Final = """\
# Errors of a registry

`fake_registry.RegistryError` has a class for each reason for which a registry refuses a request, in
`fake_registry.spec.errors`. Code in Python that uses a `FakeRegistry` catches these classes. A client gets
a status and a body, which depend on the profile; endpoints that answer otherwise are not in the table.
`failure` in `acr.requests` has a reason that is more exact than the answer. Written by
`python -m tests.support.pages` from `fake_registry/spec/errors.py` and `fake_registry/wire`.

"""


def errors_page() -> str:
    """Return the page."""
    profiles = get_args(Profile)
    titles = ("class", "raised for", *(f"`{profile}`" for profile in profiles))
    rows = (
        (code(kind.__name__), first_paragraph(kind.__doc__), *(_answers_of(kind, profile) for profile in profiles))
        for kind in _kinds(RegistryError)
    )
    return HEAD + table(titles, rows)


def _kinds(parent: type[RegistryError]) -> Iterator[type[RegistryError]]:
    for kind in parent.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from _kinds(kind)


def _answers_of(kind: type[RegistryError], profile: Profile) -> str:
    rows = TABLES[profile].get((kind, ANY), ())
    return ", ".join(dict.fromkeys(map(_answer_of, rows)))


def _answer_of(row: Row) -> str:
    return f"{row.status} `{row.code}`" if isinstance(row, JsonRow) else str(row.status)
