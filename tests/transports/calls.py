"""Calls without one of the transports around them."""

from collections.abc import Mapping
from wsgiref.types import WSGIApplication

from fake_registry.clock import ManualClock
from pytest_acr.transports.pauses import Patience
from pytest_acr.transports.wsgi_call import Apps, WsgiResponse, call, request_of

HOST = "fake.azurecr.io"
URL = f"https://{HOST}/v2/"


def send(
    apps: Apps,
    method: str = "GET",
    url: str = URL,
    headers: Mapping[str, str] | None = None,
    data: object = None,
) -> WsgiResponse:
    """Send a request, with a clock that is set by hand and no read timeout."""
    return call(request_of(apps, method, url, headers or {}, data), Patience(ManualClock()))


def send_to(app: WSGIApplication, method: str = "GET", data: object = None) -> WsgiResponse:
    """Send a request to the only application there is."""
    return send({HOST: app}, method, data=data)
