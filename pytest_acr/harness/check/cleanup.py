"""`clean_up`: removes the content that a run has pushed, and reports the rest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.check.run_content import PushedRepository, RunContent
from pytest_acr.harness.messages import RawRequest, RegistryTarget, TargetFailed

MAX_FAILURES: Final = 3
"""Requests without a response, after which nothing more is tried."""

_UNLOCKED: Final = b'{"deleteEnabled": true, "writeEnabled": true, "readEnabled": true, "listEnabled": true}'
_JSON: Final = (("Content-Type", "application/json"),)


@dataclass
class Leftovers:
    """What could not be removed, and why."""

    repositories: list[str] = field(default_factory=list)
    """The names of repositories that hold something of the run."""
    count: int = 0
    """How many manifests, tags, blobs and unfinished uploads they hold."""
    reason: str = ""
    """One of the reasons."""

    def __str__(self) -> str:
        if not self.repositories:
            return ""
        number = len(self.repositories)
        first = self.repositories[0]
        named = first if number == 1 else f"{number} repositories, such as {first}"
        return f"{self.count} items could not be removed from {named}: {self.reason}"


def clean_up(
    target: RegistryTarget,
    pushed: RunContent,
    capabilities: Capabilities,
    *,
    is_over: Callable[[], bool],
) -> Leftovers:
    """Remove everything, until `is_over()` or Ctrl-C. Returns the rest."""
    left = Leftovers()
    cleaner = _Cleaner(target, capabilities, is_over, left)
    for name, held in pushed.repositories.items():
        try:
            cleaner.clean(name, held)
        except KeyboardInterrupt:
            cleaner.stop("interrupted")
        if count := held.count():
            left.repositories.append(name)
            left.count += count
    return left


@dataclass
class _Cleaner:
    """Sends the requests, and counts those that were not answered."""

    target: RegistryTarget
    capabilities: Capabilities
    is_over: Callable[[], bool]
    left: Leftovers
    failures: int = 0

    def stop(self, reason: str) -> None:
        """Send nothing more."""
        self.failures = MAX_FAILURES
        self.left.reason = reason

    def clean(self, name: str, held: PushedRepository) -> None:
        """Remove the content of a repository, from `held` as well."""
        if self.capabilities.acr and self._clean_as_acr(name, held):
            return

        for kind, references in self._order_of(held):
            for reference in list(references):
                if self._delete(self._path_of(name, kind, reference, held)):
                    del references[reference]
        if not held.manifests:
            held.tags.clear()

    def _clean_as_acr(self, name: str, held: PushedRepository) -> bool:
        """Open all locks and delete the repository. Returns whether it had one to delete."""
        for path in held.locks:
            self._send(RawRequest("PATCH", path, _JSON, _UNLOCKED))

        # 404 as well for a repository that has blobs alone
        if self._send(RawRequest("DELETE", f"/acr/v1/{name}")) != 202:
            return False
        for each in (held.manifests, held.tags, held.blobs, held.uploads):
            each.clear()
        return True

    def _order_of(self, held: PushedRepository) -> Iterator[tuple[str, dict[str, None] | dict[str, str]]]:
        """Yield what can be deleted. Manifests go last to first: later ones refer to earlier ones."""
        yield "uploads", held.uploads

        offered = self.capabilities
        if offered.delete_manifests:
            held.manifests = dict(reversed(held.manifests.items()))
            yield "manifests", held.manifests
        elif offered.delete_tags:
            yield "manifests", held.tags
        if offered.delete_blobs:
            yield "blobs", held.blobs

        if held.count():
            self.left.reason = self.left.reason or "the registry does not offer to delete them"

    def _path_of(self, name: str, kind: str, reference: str, held: PushedRepository) -> str:
        if kind == "uploads":
            return held.uploads[reference]
        return f"/v2/{name}/{kind}/{reference}"

    def _delete(self, path: str) -> bool:
        """Return whether the registry has deleted it, or does not have it."""
        return self._send(RawRequest("DELETE", path)) in (200, 202, 204, 404)

    def _send(self, request: RawRequest) -> int:
        """Return the status of the response; 0 if there is none."""
        if self.failures >= MAX_FAILURES:
            return 0
        if self.is_over():
            self.stop("the time for it was over")
            return 0

        try:
            status = self.target.send(request).status
        except TargetFailed as error:
            self.failures += 1
            self.left.reason = str(error)
            return 0

        if status >= 400 and status != 404:
            self.left.reason = f"{request.method} was answered {status}"
        return status
