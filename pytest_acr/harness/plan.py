"""`MachinePlan`: what a machine tests and how, and the trials that it makes."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeAlias, cast
from wsgiref.types import WSGIApplication

from fake_registry.arguments import kind_of as kind_of_value
from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.factories import takes_nothing
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.kinds import CONTENT, MachineKind
from pytest_acr.harness.messages import RegistryTarget
from pytest_acr.harness.owner import OwnerTarget
from pytest_acr.harness.preflight import check_reachable, refusal_of_push
from pytest_acr.harness.probe import probe
from pytest_acr.harness.request_url import parse_target
from pytest_acr.harness.steps.step import Step
from pytest_acr.harness.trial import RegistryUnderTest, Trial
from pytest_acr.harness.url_target import UrlTarget
from pytest_acr.harness.wsgi_target import WsgiTarget

AnyRegistry: TypeAlias = str | WSGIApplication | RegistryTarget
"""A URL, a WSGI app, or a target of one's own."""

RegistrySource: TypeAlias = AnyRegistry | Callable[[], AnyRegistry]
"""A registry, or a function without parameters that makes one for each example."""

PREFIX: Final = "registry-check"
"""The first part of repository names."""


@dataclass
class MachinePlan:
    """The registry, the dialect and the steps of a machine. It makes the trial of each example."""

    source: RegistrySource
    dialect: Dialect
    steps: tuple[Step, ...] = ()
    """All steps of the machine, where not given."""
    findings: Findings = field(default_factory=Findings)
    prefix: str = PREFIX
    capabilities: Capabilities | None = None
    """Found when they are needed first, where not given."""
    kind: MachineKind = CONTENT
    _numbers: Iterator[int] = field(default_factory=count)
    _targets: dict[str, RegistryTarget] = field(default_factory=dict)
    _has_fresh_names: bool = False
    _probed: RegistryTarget | None = None
    """The target of the probe, until the next trial takes it."""

    def __post_init__(self) -> None:
        _check_registry(self.source)
        self.steps = self.steps or self.kind.steps

    def not_offered(self) -> list[str]:
        """Return the capabilities without which no step can run; empty if at least one can."""
        if any(not step.needs for step in self.steps):
            return []
        return self.kind.missing(self._find_capabilities())

    def new_trial(self) -> Trial:
        """Return a trial in new repositories."""
        capabilities = self._find_capabilities()
        target, self._probed = self._probed or self._new_target(), None
        registry = RegistryUnderTest(
            target=target,
            dialect=self.dialect,
            capabilities=capabilities,
            prefix=self.prefix,
            repositories=self.kind.repositories,
        )
        trial = Trial(registry, self.findings, next(self._numbers))
        trial.state = self.kind.new_state(trial)
        return trial

    def _find_capabilities(self) -> Capabilities:
        if self.capabilities is None:
            self._probed = self._new_target()
            self.capabilities = probe(self._probed, self.prefix)
            self._check_push(self._probed, self.capabilities)
        return self.capabilities

    def _check_push(self, target: RegistryTarget, found: Capabilities) -> None:
        """Raise CheckRefused for a registry that takes no push, or requires a login."""
        if self.kind.has_owner or found.push:
            return  # a machine with an owner is skipped

        self.capabilities = None
        check_reachable(target)
        raise refusal_of_push(f"{self.prefix}/probe")

    def _new_target(self) -> RegistryTarget:
        target = self._target()
        return OwnerTarget(target) if self.kind.has_owner else target

    def _target(self) -> RegistryTarget:
        registry = self.source
        if callable(registry) and takes_nothing(registry):
            registry = cast(Callable[[], AnyRegistry], registry)()
            _check_registry(registry)
        if isinstance(registry, str):
            return self._target_of_url(registry)
        if callable(registry):
            return WsgiTarget(cast(WSGIApplication, registry))
        if isinstance(registry, UrlTarget):
            self._use_fresh_names()
        return registry

    def _target_of_url(self, url: str) -> RegistryTarget:
        """Return the target of a URL, which keeps its connection for all examples."""
        if url not in self._targets:
            self._targets[url] = UrlTarget(url)
            self._use_fresh_names()
        return self._targets[url]

    def _use_fresh_names(self) -> None:
        """Make the names of repositories fresh: a registry may hold those of another run."""
        if not self._has_fresh_names:
            self.prefix = f"{self.prefix}/{secrets.token_hex(4)}"
            self._has_fresh_names = True


def _check_registry(registry: object) -> None:
    """Raise TypeError for an object of another kind, and ValueError for a malformed URL."""
    if isinstance(registry, str):
        parse_target(registry)
        return

    is_target = hasattr(registry, "send") and hasattr(registry, "close")
    if not (callable(registry) or is_target):
        expected = "expected a URL, a WSGI app, or a function that returns one"
        raise TypeError(f"registry: {expected}, found {kind_of_value(registry)}")
