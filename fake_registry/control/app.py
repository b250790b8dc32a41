"""The control API under `/_fake/`, for tests in another process or language."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fake_registry.control.choice import ControlChoice
from fake_registry.control.registry import ControlledRegistry

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class ControlApp:
    """Answers requests under `/_fake/` for `registry`, and passes all others to `app`.

    Web pages are refused: see `ControlAccess`, also for `hosts`. With a `token` every request under
    `/_fake/` needs it, `Authorization: Bearer TOKEN`, except `health` and `ready`. Raises
    ValueError for an empty token.
    """

    def __init__(
        self,
        registry: ControlledRegistry,
        app: "WSGIApplication",
        *,
        token: str | None = None,
        hosts: Iterable[str] = (),
    ) -> None:
        self._choice = ControlChoice([registry], app, token=token, hosts=hosts)

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        return self._choice(environ, start_response)
