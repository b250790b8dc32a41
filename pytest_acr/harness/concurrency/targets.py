"""Targets for several threads, from what a test names as its registry."""

from collections.abc import Callable
from typing import Final, TypeAlias, cast
from wsgiref.types import WSGIApplication

from pytest_acr.harness.factories import takes_nothing
from pytest_acr.harness.messages import RegistryTarget
from pytest_acr.harness.url_target import UrlTarget
from pytest_acr.harness.wsgi_target import WsgiTarget

MAX_BODY_BYTES: Final = 1024 * 1024
"""Of a response: each thread may hold one. Those of a check have a few hundred bytes."""

NewTarget: TypeAlias = Callable[[], RegistryTarget]
"""Makes a target of one registry, for one thread."""

SharedRegistry: TypeAlias = str | WSGIApplication
"""A URL or a WSGI app."""

ConcurrentRegistry: TypeAlias = SharedRegistry | Callable[[], SharedRegistry | RegistryTarget]
"""A registry, or a function without parameters that returns it or one more target of it."""


def new_targets(registry: ConcurrentRegistry) -> NewTarget:
    """Return a function that makes targets of the registry, one for each thread.

    A function is called once for a URL or an app, which threads share, and once per target.
    """
    if isinstance(registry, str):
        return lambda: UrlTarget(registry, max_body_bytes=MAX_BODY_BYTES)
    if not takes_nothing(registry):
        app = cast(WSGIApplication, registry)
        return lambda: WsgiTarget(app)

    make = cast(Callable[[], SharedRegistry | RegistryTarget], registry)
    made = make()
    if isinstance(made, str) or callable(made):
        return new_targets(made)
    if not hasattr(made, "send"):
        raise TypeError(f"expected a URL, a WSGI app or a target, found {type(made).__name__}")
    made.close()
    return cast(NewTarget, make)
