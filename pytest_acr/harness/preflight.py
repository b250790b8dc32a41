"""Checks before a registry is tested: whether it may be written to, and whether it responds."""

from typing import Final

from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget, TargetFailed
from pytest_acr.harness.request_url import is_loopback, parse_target

_BASE: Final = RawRequest("GET", "/v2/", (("Accept", "application/json"),))

_REASONS: Final = {
    401: (
        "the registry requires a login, or refuses this one (401): name a user and the password, "
        "with --username and --password, or in a test with a UrlTarget"
    ),
    403: "the registry denies access to this user (403): use one with the right to push",
    404: "there is no registry API here (404): check host and port, the API begins at /v2/",
    429: "the registry limits the number of requests (429): try again later",
}


class CheckRefused(Exception):
    """A registry cannot be tested. The message is one sentence, with the remedy where it is known."""


def refusal_of_push(name: str) -> CheckRefused:
    """Return the error for a registry that takes no image, pushed to the repository `name`."""
    remedy = "name a user with the right to push, also to new repositories"
    return CheckRefused(f"expected that an image can be pushed to {name}, found a refusal: {remedy}")


def refuse_remote_write(url: str, *, write: bool = False) -> None:
    """Raise CheckRefused for a host other than this machine, unless `write` allows it.

    Nothing is sent, and no name is looked up. ValueError for a malformed URL.
    """
    origin = parse_target(url)
    if not write and not is_loopback(origin):
        expected = "expected a registry on this machine, to which the check pushes"
        raise CheckRefused(f"{expected}, found {origin.host}: --write allows it")


def check_reachable(target: RegistryTarget) -> None:
    """Raise CheckRefused unless the registry responds at its base, end-1 of distribution-spec."""
    try:
        response = target.send(_BASE)
    except TargetFailed as error:
        raise CheckRefused(f"the registry returns no usable response: {error}") from None

    if response.status != 200:
        unknown = f"expected status 200 of GET /v2/, found {response.status}: is this a registry?"
        raise CheckRefused(_REASONS.get(response.status, unknown))
    if _is_web_page(response):
        raise CheckRefused(
            "expected JSON or nothing from GET /v2/, found an HTML page: "
            "check host and port, a login page or a proxy may be in the way"
        )


def _is_web_page(response: RawResponse) -> bool:
    """Return whether a body is HTML. Registries send `{}`, other JSON, or nothing."""
    is_html = (response.header("content-type") or "").lower().startswith("text/html")
    return bool(response.body) and (is_html or response.body.lstrip().startswith(b"<"))
