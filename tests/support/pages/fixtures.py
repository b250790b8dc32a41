"""docs/reference/fixtures.md: the fixtures, from their source.

Scopes and descriptions are those of the source of the fixtures; the types are in `TYPES`.
"""

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.support.pages.markdown import code, table
from tests.support.sources import ROOT, tree_of

MODULES: Final = ("registry_fixtures", "client_fixtures", "live_fixtures")

HEAD: Final = """\
# Fixtures

Each fixture with its scope, the type to write for it in the signature of a test, the module that has
the type, and its value. A fixture of scope function is new for each test. Written by
`python -m tests.support.pages` from the source of the fixtures.

"""


class FixtureType(NamedTuple):
    """The type that a test writes for a fixture, and the modules that have its names."""

    text: str
    modules: tuple[str, ...] = ()


_CLIENT: Final = FixtureType("ContainerRegistryClient", ("azure.containerregistry",))
_AIO_CLIENT: Final = FixtureType("ContainerRegistryClient", ("azure.containerregistry.aio",))
_CREDENTIALS: Final = "azure.core.credentials"
_TRANSPORT: Final = "azure.core.pipeline.transport"
_CONTENT_CLIENT: Final = "Callable[[str], ContainerRegistryContentClient]"

TYPES: Final = {
    "acr": FixtureType("FakeRegistry", ("fake_registry",)),
    "acr_settings": FixtureType("Settings", ("fake_registry",)),
    "acr_clock": FixtureType("ManualClock", ("fake_registry",)),
    "make_acr": FixtureType("Callable[..., FakeRegistry]", ("fake_registry", "collections.abc")),
    "acr_faults": FixtureType("FaultPlan", ("fake_registry",)),
    "acr_requests": FixtureType("Exchanges", ("fake_registry",)),
    "acr_namespace": FixtureType("str"),
    "acr_endpoint": FixtureType("str"),
    "acr_login_server": FixtureType("str"),
    "acr_server": FixtureType("RegistryServer", ("fake_registry",)),
    "acr_environment": FixtureType("dict[str, str]"),
    "acr_network": FixtureType("AcrNetwork", ("pytest_acr",)),
    "acr_credential": FixtureType("TokenCredential", (_CREDENTIALS,)),
    "acr_aio_credential": FixtureType("AsyncTokenCredential", ("azure.core.credentials_async",)),
    "acr_transport": FixtureType("HttpTransport[HttpRequest, HttpResponse]", (_TRANSPORT,)),
    "acr_aio_transport": FixtureType("AsyncHttpTransport[HttpRequest, AsyncHttpResponse]", (_TRANSPORT,)),
    "acr_session": FixtureType("Session", ("requests",)),
    "acr_client": _CLIENT,
    "acr_anonymous_client": _CLIENT,
    "acr_aio_client": _AIO_CLIENT,
    "acr_aio_anonymous_client": _AIO_CLIENT,
    "acr_content_client": FixtureType(_CONTENT_CLIENT, ("pytest_acr", "collections.abc")),
    "acr_aio_content_client": FixtureType(_CONTENT_CLIENT, ("pytest_acr.aio", "collections.abc")),
    "acr_live_credential": FixtureType(
        "TokenCredential | AzureNamedKeyCredential | None",
        (_CREDENTIALS,),
    ),
}


class Fixture(NamedTuple):
    """A fixture of the plugin, as its source has it."""

    name: str
    scope: str
    description: str


def fixtures() -> Iterator[Fixture]:
    """Yield the fixtures for users, in the order of the source."""
    for module in MODULES:
        for node in tree_of(ROOT / "pytest_acr" / "plugin" / f"{module}.py").body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield from _fixtures_of(node)


def _fixtures_of(node: ast.FunctionDef) -> Iterator[Fixture]:
    for decorator in node.decorator_list:
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        scopes = [ast.literal_eval(one.value) for one in keywords if one.arg == "scope"]
        if "pytest.fixture" in ast.unparse(decorator):
            description = " ".join((ast.get_docstring(node) or "").split())
            yield Fixture(node.name, scopes[0] if scopes else "function", description)


def fixtures_page() -> str:
    """Return the page."""
    known = {fixture.name: fixture for fixture in fixtures()}
    titles = ("fixture", "scope", "type", "from", "value")
    return HEAD + table(titles, (_row_of(known[name]) for name in TYPES))


def _row_of(fixture: Fixture) -> tuple[str, ...]:
    text, modules = TYPES[fixture.name]
    sources = ", ".join(map(code, modules))
    return code(fixture.name), fixture.scope, code(text), sources, fixture.description
