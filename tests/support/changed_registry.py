"""A registry whose requests and responses are changed on their way, and what the harness finds in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.replay import WrittenStep, run_steps
from pytest_acr.harness.wsgi_target import WsgiTarget

Change = Callable[[RawRequest, RawResponse], RawResponse]

Rewrite = Callable[[RawRequest], RawRequest | RawResponse]
"""Returns the request that is sent instead, or the response without sending one."""

OCI: Final = Settings(profile="oci", auth="off")


def unchanged(_: RawRequest, response: RawResponse) -> RawResponse:
    """Return the response as it is."""
    return response


def as_it_is(request: RawRequest) -> RawRequest:
    """Return the request as it is."""
    return request


@dataclass(frozen=True)
class ChangingTarget:
    """Changes the requests and responses of a registry."""

    target: RegistryTarget
    change: Change
    rewrite: Rewrite

    def send(self, request: RawRequest) -> RawResponse:
        sent = self.rewrite(request)
        if isinstance(sent, RawResponse):
            return sent
        return self.change(request, self.target.send(sent))

    def close(self) -> None:
        self.target.close()


def levels_found(
    *steps: WrittenStep,
    change: Change = unchanged,
    rewrite: Rewrite = as_it_is,
    dialect: Dialect | None = None,
    settings: Settings = OCI,
) -> dict[str, str]:
    """Return the levels of what these steps find, by the ids of the properties."""
    target = ChangingTarget(WsgiTarget(FakeRegistry(settings).wsgi_app), change, rewrite)
    findings = Findings(collect=True)
    run_steps(MachinePlan(lambda: target, dialect or Dialect(), findings=findings), steps)
    return {each.property.id: each.property.level for each in findings.all_findings()}


def without(name: str, method: str = "*", part: str = "/") -> Change:
    """Return a change that removes a header from the responses to a method, below a path."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if method not in ("*", request.method) or part not in request.path:
            return response
        kept = tuple(pair for pair in response.headers if pair[0].lower() != name)
        return replace(response, headers=kept)

    return change


def with_header(name: str, value: str, method: str, part: str) -> Change:
    """Return a change that sets a header of the successful responses to a method, below a path."""
    removed = without(name.lower(), method, part)

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if request.method != method or part not in request.path or response.status >= 300:
            return response
        kept = removed(request, response)
        return replace(kept, headers=(*kept.headers, (name, value)))

    return change
