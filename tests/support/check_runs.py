"""Runs of registry-check against a WSGI app or any target."""

from collections.abc import Callable

from fake_registry import FakeRegistry
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.result import CheckResult
from pytest_acr.harness.check.run import run_check
from pytest_acr.harness.findings import Finding
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.wsgi_target import WsgiTarget

URL = "http://127.0.0.1:5000"

Intercept = Callable[[RawRequest], RawResponse | None]


class NotedProgress:
    """Notes what a run reports. `on_example` is called with the number of each example."""

    def __init__(self, on_example: Callable[[int], None] = lambda _: None) -> None:
        self.examples = 0
        self.found: list[str] = []
        self.is_closed = False
        self._on_example = on_example

    def note_example(self) -> None:
        """Count it."""
        self.examples += 1
        self._on_example(self.examples)

    def note_finding(self, finding: Finding) -> None:
        """Keep the id."""
        self.found.append(finding.property.id)

    def close(self) -> None:
        """Note the end."""
        self.is_closed = True


class InterceptedTarget:
    """A registry in memory before which `intercept` answers, or raises, in its place."""

    def __init__(self, registry: FakeRegistry, intercept: Intercept) -> None:
        self._target = WsgiTarget(registry.wsgi_app)
        self._intercept = intercept

    def send(self, request: RawRequest) -> RawResponse:
        """Return the response of `intercept`, or that of the registry where it has none."""
        return self._intercept(request) or self._target.send(request)

    def close(self) -> None:
        """Do nothing."""


def check(
    target: RegistryTarget,
    progress: NotedProgress | None = None,
    *,
    new_target: Callable[[], RegistryTarget] | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    **options: object,
) -> CheckResult:
    """Return the result of a short run."""
    values = {"registry": URL, "examples": 2, **options}
    chosen = CheckOptions(**values)  # type: ignore[arg-type]  # what the tests pass is right
    return run_check(chosen, target, progress or NotedProgress(), lambda *_: None, new_target, clock)
