"""Using what expires, before its end and after it. The time machine's steps and its end share it."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from pytest_acr.harness.access_state import send, send_to_route
from pytest_acr.harness.challenges import challenge_of
from pytest_acr.harness.messages import RawRequest
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import time as p
from pytest_acr.harness.signed_urls import is_served
from pytest_acr.harness.time_model import Expiring
from pytest_acr.harness.time_state import read_clock, time_of
from pytest_acr.harness.token_service import refresh_request
from pytest_acr.harness.trial import Trial

_CHUNK: Final = {"Content-Type": "application/octet-stream"}

ItemState = Literal["good", "over", "unknown"]


def check_item(trial: Trial, item: Expiring) -> ItemState:
    """Use something that is good, or over, and compare. Returns which of them it is."""
    found = item.state_at(read_clock(trial))
    if found != "unknown":
        _CHECKS[item.kind](trial, item, found == "good")
    return found


def check_items(trial: Trial) -> None:
    """Use everything once more, at the end of an example, and remove the account."""
    state = time_of(trial)
    try:
        for item in state.model.items:
            check_item(trial, item)
    finally:
        if state.account:
            trial.control.delete("tokens", state.account)


def _check_access(trial: Trial, item: Expiring, is_good: bool) -> None:  # noqa: FBT001
    token = time_of(trial).tokens[item.key]
    headers = (("Authorization", f"Bearer {token}"),)
    response = send_to_route(trial, RawRequest("GET", "/v2/", headers, login=False))
    if is_good:
        trial.require_exactly(response, p.ACCESS_TOKEN_GOOD, 200)
        return

    trial.require_exactly(response, p.ACCESS_TOKEN_OVER, 401)
    challenge = challenge_of(response)
    error = challenge.parameters.get("error") if challenge else None

    trial.require(error == "invalid_token", p.EXPIRED_ERROR, "invalid_token", str(error))


def _check_refresh(trial: Trial, item: Expiring, is_good: bool) -> None:  # noqa: FBT001
    state = time_of(trial)
    scope = f"repository:{trial.models[0].name}:pull"
    fields = [("service", state.access.service), ("scope", scope)]
    response = send(trial, refresh_request(state.tokens[item.key], fields))
    if is_good:
        trial.require_exactly(response, p.REFRESH_TOKEN_GOOD, 200)
    else:
        trial.require_exactly(response, p.REFRESH_TOKEN_OVER, 401)


def _check_upload(trial: Trial, item: Expiring, is_good: bool) -> None:  # noqa: FBT001
    upload = trial.uploads.get(item.key)
    if upload is None:  # it was over before
        return

    if is_good:
        response = trial.call_upload("GET", upload)
        trial.require_exactly(response, p.UPLOAD_GOOD, 204)
        return

    trial.forget_upload(item.key)
    chunk = b"late"
    query = f"digest={digest_of(chunk)}"
    for response in (
        trial.call_upload("PATCH", upload, headers=_CHUNK, body=chunk),
        trial.call_upload("GET", upload),
        trial.call_upload("PUT", upload, query=query, headers=_CHUNK, body=chunk),
    ):
        trial.require_exactly(response, p.UPLOAD_OVER, 404)


def _check_storage(trial: Trial, item: Expiring, is_good: bool) -> None:  # noqa: FBT001
    url, content = time_of(trial).urls[item.key]
    response = send(trial, url.request())
    if is_good:
        expected = f"status 200, {content!r}"
        trial.require(is_served(response, content), p.STORAGE_GOOD, expected)
    else:
        trial.require_exactly(response, p.STORAGE_OVER, 403)


_CHECKS: Final[Mapping[str, Callable[[Trial, Expiring, bool], None]]] = {
    "access": _check_access,
    "anonymous": _check_access,
    "refresh": _check_refresh,
    "unfinished upload": _check_upload,
    "storage": _check_storage,
}
