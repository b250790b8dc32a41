"""The section "acr requests" of a failing test: its requests, hints, faults and what is in the
registry.

It is imported for a test that has failed, never for one that passes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from fake_registry import ActiveFault, FakeRegistry
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.hints import hints_of
from fake_registry.journal.report import exchanges_text
from fake_registry.journal.text import count_text
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.spec.text import printable
from pytest_acr.usage import Fake

TITLE: Final = "acr requests"

LINES: Final = 25
"""The most requests that are shown without -vv."""

_HINTED: Final = 2_000
"""The most requests that are searched for hints, the last ones."""

_ASYNC_CLIENTS: Final = frozenset(
    {"acr_aio_client", "acr_aio_anonymous_client", "acr_aio_content_client"},
)
"""The fixtures of async clients."""

_REPOSITORIES: Final = 10
_TAGS: Final = 8
"""The most repositories, and tags of each, that are shown."""


def add_section(
    item: pytest.Item,
    report: pytest.TestReport,
    used_fakes: Callable[[], Mapping[Fake, int]],
) -> None:
    """Add the section to the report of a test, unless the test used no fake.

    `used_fakes` returns the fakes, each with the number of its first request of the test. An error
    in here becomes the text of the section.
    """
    try:
        view = _View(
            failure=report.longreprtext,
            async_clients=tuple(filter(_ASYNC_CLIENTS.__contains__, getattr(item, "fixturenames", ()))),
            limit=None if item.config.get_verbosity() > 1 else LINES,
        )
        text = "\n\n".join([_text_of(fake, first, view) for fake, first in used_fakes().items()])
    except Exception as error:  # noqa: BLE001  the test has failed already, for another reason
        text = f"(the requests cannot be shown: {type(error).__name__}: {error})"

    if text:
        _attach(report, text)


@dataclass(frozen=True, kw_only=True)
class _View:
    """The failure that is explained, and how much is shown of each fake."""

    failure: str
    async_clients: tuple[str, ...]
    limit: int | None


def _attach(report: pytest.TestReport, text: str) -> None:
    # pytest hides the sections of a report with --show-capture=no, and does not write them to
    # JUnit XML; those of the traceback are a part of the failure, also under xdist
    add = getattr(report.longrepr, "addsection", None)
    if add is None:
        report.sections.append((TITLE, text))
    else:
        add(TITLE, text)


def _text_of(fake: Fake, first: int, view: _View) -> str:
    if isinstance(fake, FakeRegistry):
        return _registry_text(fake, first, view)
    return _entra_text(fake, first, view.limit)


def _registry_text(registry: FakeRegistry, first: int, view: _View) -> str:
    exchanges = tuple(one for one in registry.requests if one.number >= first)
    content = _SnapshotContent(registry)
    evidence = Evidence(
        exchanges=exchanges[-_HINTED:],
        content=content,
        async_clients=view.async_clients,
        failure=view.failure,
    )
    lines = [
        f"{registry.login_server}: {count_text(len(exchanges), 'request')}",
        _indented(exchanges_text(exchanges, limit=view.limit)),
        *(f"hint: {printable(hint)}" for hint in hints_of(evidence)),
        *map(_fault_line, registry.faults),
        *_content_lines(content),
    ]
    return "\n".join(lines)


def _fault_line(active: ActiveFault) -> str:
    fault = active.fault
    most = "" if fault.times is None else f" of at most {fault.times}"
    hits = f"{count_text(active.hits, 'hit')}{most}"
    return printable(f"fault in force: {fault.effect} at {fault.endpoint}, {hits}")


def _entra_text(entra: Any, first: int, limit: int | None) -> str:  # Any: a FakeEntra, if any
    requests = [one for one in entra.requests if one.number >= first]
    shown = requests if limit is None else requests[-limit:]
    lines = [_entra_line(one) for one in shown]
    return "\n".join([f"Entra: {count_text(len(requests), 'request')}", _indented("\n".join(lines) or "(no requests)")])


def _entra_line(request: Any) -> str:  # Any: an EntraRequest
    code = f" AADSTS{request.error_code}" if request.error_code else ""
    facts = [request.grant, request.client_id, request.error]
    noted = " ".join(str(fact) for fact in facts if fact)
    line = f"#{request.number} {request.method} {request.host}{request.path} -> {request.status}{code} {noted}"
    return printable(line.rstrip())


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _content_lines(content: "_SnapshotContent") -> Iterable[str]:
    names = content.repositories()
    if not names:
        yield "the registry has no repository"
        return

    yield "the registry has:"
    for name in names[:_REPOSITORIES]:
        tags = content.tags(name)
        more = f" and {len(tags) - _TAGS} more" if len(tags) > _TAGS else ""
        yield f"  {name}: {', '.join(tags[:_TAGS]) or '(no tags)'}{more}"
    if len(names) > _REPOSITORIES:
        yield f"  ... {len(names) - _REPOSITORIES} more repositories"


class _SnapshotContent:
    """The content of a registry as it is now, whatever its locks say."""

    def __init__(self, registry: FakeRegistry) -> None:
        self._states = {state.name: state for state in registry.content.snapshot().repositories}

    def repositories(self) -> Sequence[RepositoryName]:
        return sorted(name for name, state in self._states.items() if state.exists)

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        state = self._states.get(repository)
        return () if state is None else sorted(state.tags)

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        state = self._states.get(repository)
        return () if state is None else [record.manifest for record in state.manifests.values()]

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        return sorted(name for name, state in self._states.items() if digest in state.blobs)
