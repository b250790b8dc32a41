"""The section "acr requests" of a failing test: its requests, hints, faults, and the content of
the registry.

It is imported for a test that has failed, never for one that passes.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import pytest

from fake_registry import ActiveFault, Exchange, Exchanges, FakeRegistry
from fake_registry.inspection.present import PresentContent
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.hints import hints_of
from fake_registry.journal.report import exchanges_text
from fake_registry.journal.sources import Selection
from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable
from fake_registry.spec.words import count_text
from pytest_acr.plugin.headings import headings_of
from pytest_acr.plugin.sections import attach, text_or_error
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

_OUTAGE: Final = "the registry is down: each request loses its connection, until acr.up()"


def add_section(
    item: pytest.Item,
    report: pytest.TestReport,
    used_fakes: UsedFakes,
) -> None:
    """Add the section to the report of a test, unless the test used no fake.

    `used_fakes` returns the fakes, each with the number of its first request of the test. An error
    in here becomes a line of the section.
    """
    text = text_or_error(lambda: _text(item, report, used_fakes()), "the requests cannot be shown")
    if text:
        attach(report, TITLE, text)


def write_har(
    item: pytest.Item,
    report: pytest.TestReport,
    used_fakes: UsedFakes,
    folder: Path,
) -> None:
    """Write the requests of a test to a file of its own in `folder`, and name it in the report.

    Nothing is written for a test that sent no request to a registry. An error in here becomes the
    text of the section.
    """
    text = text_or_error(
        lambda: _har_text(item, used_fakes(), folder),
        "the HAR file cannot be written",
    )
    if text:
        attach(report, HAR_TITLE, text)


def _har_text(item: pytest.Item, used: Mapping[Fake, int], folder: Path) -> str:
    exchanges = _exchanges_of(used)
    if not exchanges:
        return ""

    path = folder / file_name_of(item.nodeid)
    return f"the requests are in {Exchanges(Selection(exchanges)).to_har(path)}"


def file_name_of(nodeid: str) -> str:
    """Return the name of a test's file: its node id as far as file names have such characters.

    It has a hash where another test could have the same name, also where case does not count.

    >>> file_name_of("test_a.py::test_b"), file_name_of("tests/test_a.py::test_b")
    ('test_a.py_test_b.har', 'tests_test_a.py_test_b-df9b21a7.har')
    """
    plain, separators = re.subn(r"[/:\\]+", "_", nodeid)
    name = re.sub(r"[^\w.\-]", "_", plain, flags=re.ASCII)[:_MOST_NAME_CHARACTERS]
    if separators == 1 and name == plain.lower():
        return f"{name}.har"

    distinct = hashlib.sha256(nodeid.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name}-{distinct}.har"


def _exchanges_of(used: Mapping[Fake, int]) -> tuple[Exchange, ...]:
    """Return the requests of the test to all registries, in the order of their times."""
    registries = [(fake, first) for fake, first in used.items() if isinstance(fake, FakeRegistry)]
    found = [one for fake, first in registries for one in fake.requests if one.number >= first]
    return tuple(sorted(found, key=attrgetter("time")))


def _text(item: pytest.Item, report: pytest.TestReport, used: Mapping[Fake, int]) -> str:
    fixtures = getattr(item, "funcargs", {})
    view = _View(
        failure=report.longreprtext,
        async_clients=tuple(filter(_ASYNC_CLIENTS.__contains__, fixtures)),
        registry_of_clients=_registry_of_clients(fixtures.get("acr"), used),
        limit=None if item.config.get_verbosity() > 1 else LINES,
        headings=headings_of(fake for fake in used if isinstance(fake, FakeRegistry)),
    )
    parts = [_text_of(fake, first, view) for fake, first in used.items()]
    texts = item.stash.get(UNUSED, ())
    unused = [printable(redact_text(f"fault that did nothing: {one}")) for one in texts if one not in view.failure]
    return "\n\n".join([*parts, *unused])


def _registry_of_clients(acr: object, used: Mapping[Fake, int]) -> FakeRegistry | None:
    if isinstance(acr, FakeRegistry):
        return acr
    registries = [fake for fake in used if isinstance(fake, FakeRegistry)]
    return registries[0] if len(registries) == 1 else None


@dataclass(frozen=True, kw_only=True)
class _View:
    """The failure that is explained, and how much is shown of each fake."""

    failure: str
    async_clients: tuple[str, ...]
    registry_of_clients: object
    """That of the fixture `acr`, or the only one; None if there are several others."""
    limit: int | None
    headings: Mapping[FakeRegistry, str]


def _text_of(fake: Fake, first: int, view: _View) -> str:
    if isinstance(fake, FakeRegistry):
        return _registry_text(fake, first, view)
    return text_or_error(lambda: _entra_text(fake, first, view.limit), "the requests to Entra cannot be shown")


def _registry_text(registry: FakeRegistry, first: int, view: _View) -> str:
    """Return the parts, each of them or the error in its place: a clock of the test may fail."""
    parts: dict[str, Callable[[], str]] = {
        "the requests": lambda: _requests_text(registry, first, view),
        "the hints": lambda: _hints_text(registry, first, view),
        "the faults": lambda: "\n".join(_fault_lines(registry)),
        "the content": lambda: _content_text(registry),
    }
    texts = [text_or_error(make, f"{part} cannot be shown") for part, make in parts.items()]
    return "\n".join(filter(None, texts))


def _requests_text(registry: FakeRegistry, first: int, view: _View) -> str:
    count = _count_of_kept(registry, first)
    read = count if view.limit is None else min(count, _HINTED)
    lines = exchanges_text(_last_of(registry, read), limit=view.limit, earlier=count - read)

    dropped = registry.request_count - first - count
    found = count_text(count + dropped, "request")
    if dropped:
        bounds = "Settings.max_recorded_requests, max_recorded_bytes"
        found += f", the first {dropped} were dropped (see {bounds})"
    if registry.forgotten_count:
        found += f", {registry.forgotten_count} forgotten before"
    return f"{view.headings[registry]}: {found}\n{_indent(lines)}"


def _hints_text(registry: FakeRegistry, first: int, view: _View) -> str:
    count = _count_of_kept(registry, first)
    has_sent = registry.request_count > first or registry.forgotten_count > 0
    has_clients = registry is view.registry_of_clients and not has_sent
    evidence = Evidence(
        exchanges=_last_of(registry, min(count, _HINTED)),
        content=PresentContent(registry.content),
        async_clients=view.async_clients if has_clients else (),
        failure=view.failure,
    )
    return "\n".join([f"hint: {printable(hint)}" for hint in hints_of(evidence)])


def _count_of_kept(registry: FakeRegistry, first: int) -> int:
    """Return the number of requests of the test that were not dropped."""
    return registry.request_count - max(first, registry.requests.dropped)


def _last_of(registry: FakeRegistry, count: int) -> tuple[Exchange, ...]:
    return tuple(registry.requests[-count:]) if count > 0 else ()


def _fault_lines(registry: FakeRegistry) -> Iterator[str]:
    if registry.faults.is_down:
        yield _OUTAGE
    for active in _faults_of(registry):
        if not getattr(active.fault.where, "is_hidden", False):  # of a sweep, which counts calls
            yield _fault_line(active)


def _faults_of(registry: FakeRegistry) -> Iterable[ActiveFault]:
    """Return the faults in force, also those of a sweep; for a registry that was closed, those at
    the end of its block."""
    if registry.ended_block is None or registry.faults.active:
        return registry.faults.active
    return registry.ended_block[1]


def _fault_line(active: ActiveFault) -> str:
    fault = active.fault
    most = "" if fault.times is None else f" of at most {fault.times}"
    hits = f"{count_text(active.hits, 'hit')}{most}"
    seed = "" if fault.probability is None else f", seed {active.seed}"
    return printable(redact_text(f"fault in force: {fault}, {hits}{seed}"))


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


def _content_text(registry: FakeRegistry) -> str:
    tree = str(registry.tree(limit=_TREE_LINES))
    if registry.repositories():
        return f"the registry has:\n{_indent(tree)}"

    failed = registry.ended_block
    if failed is None or not failed[0].lines:
        return "the registry has no repository"
    return f"the registry had at the end of its block:\n{_indent(str(failed[0]))}"
