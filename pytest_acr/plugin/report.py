"""The section "acr requests" of a failing test: its requests, hints, faults, and the content of
the registry.

It is imported for a test that has failed, never for one that passes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import pytest

from fake_registry import ActiveFault, Exchange, Exchanges, FakeRegistry
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.hints import hints_of
from fake_registry.journal.report import exchanges_text
from fake_registry.journal.sources import Selection
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.spec.text import printable
from fake_registry.spec.words import count_text
from pytest_acr.plugin.headings import headings_of
from pytest_acr.plugin.unused_faults import UNUSED
from pytest_acr.usage import Fake

TITLE: Final = "acr requests"
HAR_TITLE: Final = "acr har"

UsedFakes = Callable[[], Mapping[Fake, int]]

LINES: Final = 25
"""The most requests that are shown without -vv."""

_HINTED: Final = 1_000
"""The most requests that are searched for hints, the last ones."""

_MOST_NAME_CHARACTERS: Final = 120
"""The most characters of a file's name, without its end."""

_ASYNC_CLIENTS: Final = frozenset(
    {"acr_aio_client", "acr_aio_anonymous_client", "acr_aio_content_client"},
)
"""The fixtures of async clients."""

_TREE_LINES: Final = 20
"""The most lines about the content of a registry."""


def add_section(
    item: pytest.Item,
    report: pytest.TestReport,
    used_fakes: UsedFakes,
) -> None:
    """Add the section to the report of a test, unless the test used no fake.

    `used_fakes` returns the fakes, each with the number of its first request of the test. An error
    in here becomes the text of the section.
    """
    try:
        text = _text(item, report, used_fakes())
    except Exception as error:  # noqa: BLE001  the test has failed already, for another reason
        text = f"(the requests cannot be shown: {type(error).__name__}: {error})"

    if text:
        _attach(report, TITLE, text)


def write_har(item: pytest.Item, report: pytest.TestReport, used_fakes: UsedFakes, folder: Path) -> None:
    """Write the requests of a test to a file of its own in `folder`, and name it in the report.

    Nothing is written for a test that sent no request to a registry. An error in here becomes the
    text of the section.
    """
    try:
        exchanges = _exchanges_of(used_fakes())
        if not exchanges:
            return
        path = folder / file_name_of(item.nodeid)
        text = f"the requests are in {Exchanges(Selection(exchanges)).to_har(path)}"
    except Exception as error:  # noqa: BLE001  as above
        text = f"(the HAR file cannot be written: {type(error).__name__}: {error})"

    _attach(report, HAR_TITLE, text)


def file_name_of(nodeid: str) -> str:
    """Return the name of a test's file: its node id as far as file names have such characters.

    >>> file_name_of("tests/test_a.py::test_b")
    'tests_test_a.py_test_b.har'
    """
    plain = re.sub(r"[/:\\]+", "_", nodeid)
    name = re.sub(r"[^\w.\-]", "_", plain, flags=re.ASCII)[:_MOST_NAME_CHARACTERS]
    if name == plain:
        return f"{name}.har"

    distinct = hashlib.sha256(nodeid.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{name}-{distinct}.har"


def _exchanges_of(used: Mapping[Fake, int]) -> tuple[Exchange, ...]:
    """Return the requests of the test to all registries, in the order of their times."""
    registries = [(fake, first) for fake, first in used.items() if isinstance(fake, FakeRegistry)]
    found = [one for fake, first in registries for one in fake.requests if one.number >= first]
    return tuple(sorted(found, key=attrgetter("time")))


def _text(item: pytest.Item, report: pytest.TestReport, used: Mapping[Fake, int]) -> str:
    names = getattr(item, "fixturenames", ())
    view = _View(
        failure=report.longreprtext,
        async_clients=tuple(filter(_ASYNC_CLIENTS.__contains__, names)),
        limit=None if item.config.get_verbosity() > 1 else LINES,
        headings=headings_of(fake for fake in used if isinstance(fake, FakeRegistry)),
    )
    parts = [_text_of(fake, first, view) for fake, first in used.items()]
    texts = map(str, item.stash.get(UNUSED, ()))
    unused = [printable(f"fault that did nothing: {one}") for one in texts if one not in view.failure]
    return "\n\n".join([*parts, *unused])


@dataclass(frozen=True, kw_only=True)
class _View:
    """The failure that is explained, and how much is shown of each fake."""

    failure: str
    async_clients: tuple[str, ...]
    limit: int | None
    headings: Mapping[FakeRegistry, str]


def _attach(report: pytest.TestReport, title: str, text: str) -> None:
    # pytest hides the sections of a report with --show-capture=no, and does not write them to
    # JUnit XML; those of the traceback are a part of the failure, also under xdist
    add = getattr(report.longrepr, "addsection", None)
    if add is None:
        report.sections.append((title, text))
    else:
        add(title, text)


def _text_of(fake: Fake, first: int, view: _View) -> str:
    if isinstance(fake, FakeRegistry):
        return _registry_text(fake, first, view)
    return _entra_text(fake, first, view.limit)


def _registry_text(registry: FakeRegistry, first: int, view: _View) -> str:
    count = registry.request_count - max(first, registry.requests.dropped)
    read = count if view.limit is None else min(count, _HINTED)
    exchanges = tuple(registry.requests[-read:]) if read else ()

    evidence = Evidence(
        exchanges=exchanges[-_HINTED:],
        content=_PresentContent(registry),
        async_clients=view.async_clients,
        failure=view.failure,
    )
    lines = [
        f"{view.headings[registry]}: {count_text(count, 'request')}",
        _indent(exchanges_text(exchanges, limit=view.limit, earlier=count - read)),
        *(f"hint: {printable(hint)}" for hint in hints_of(evidence)),
        *map(_fault_line, registry.faults),
        *_content_lines(registry),
    ]
    return "\n".join(lines)


def _fault_line(active: ActiveFault) -> str:
    fault = active.fault
    most = "" if fault.times is None else f" of at most {fault.times}"
    hits = f"{count_text(active.hits, 'hit')}{most}"
    seed = "" if fault.probability is None else f", seed {active.seed}"
    return printable(f"fault in force: {fault}, {hits}{seed}")


def _entra_text(entra: Any, first: int, limit: int | None) -> str:  # Any: a FakeEntra, if any
    requests = [one for one in entra.requests if one.number >= first]
    shown = requests if limit is None else requests[-limit:]
    lines = [_entra_line(one) for one in shown]
    return "\n".join([f"Entra: {count_text(len(requests), 'request')}", _indent("\n".join(lines) or "(no requests)")])


def _entra_line(request: Any) -> str:  # Any: an EntraRequest
    code = f" AADSTS{request.error_code}" if request.error_code else ""
    facts = [request.grant, request.client_id, request.error]
    noted = " ".join(str(fact) for fact in facts if fact)
    line = f"#{request.number} {request.method} {request.host}{request.path} -> {request.status}{code} {noted}"
    return printable(line.rstrip())


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _content_lines(registry: FakeRegistry) -> Iterable[str]:
    tree = str(registry.tree(limit=_TREE_LINES))
    if not registry.repositories():
        return ("the registry has no repository",)
    return ("the registry has:", _indent(tree))


class _PresentContent:
    """The content of a registry as it is now, whatever its locks say."""

    def __init__(self, registry: FakeRegistry) -> None:
        self._content = registry.content

    def repositories(self) -> Sequence[RepositoryName]:
        return self._content.repositories.all_names()

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        with self._content.repositories.hold(repository) as state:
            return sorted(state.tags)

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        with self._content.repositories.hold(repository) as state:
            return [record.manifest for record in state.manifests.values()]

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        states = self._content.snapshot().repositories
        return sorted(state.name for state in states if digest in state.blobs)
