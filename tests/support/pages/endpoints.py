"""docs/reference/endpoints.md: the rows of `fake_registry/spec/endpoints`."""

from typing import Final

from fake_registry.spec.endpoints import ENDPOINTS, Endpoint
from tests.support.pages.markdown import code, table

HEAD: Final = """\
# Endpoints

The names of requests, as faults, assertions, budgets and the log use them: `Fault("upload.chunk", ...)`,
`assert_count(1, endpoint="manifest.put")`. A pattern such as `upload.*` stands for several. The token of
the caller must allow the actions; `tag list` stands for the action in `Settings.tag_list_scope`.
[Fidelity](fidelity.md#operations) has the answer of each. Written by `python -m tests.support.pages` from
`fake_registry/spec/endpoints`.

"""


def endpoints_page() -> str:
    """Return the page."""
    titles = ("endpoint", "request", "actions of the token", "source")
    return HEAD + table(titles, map(_row_of, ENDPOINTS))


def _row_of(endpoint: Endpoint) -> tuple[str, ...]:
    request = code(f"{endpoint.method} {endpoint.path}")
    return code(endpoint.name), request, _needs_of(endpoint), endpoint.source


def _needs_of(endpoint: Endpoint) -> str:
    if endpoint.needs is None:
        return "no token"
    if not endpoint.needs:
        return "any login"
    actions = ", ".join(map(code, endpoint.needs))
    return f"{actions} of the {endpoint.resource}"
