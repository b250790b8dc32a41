"""Steps that get what expires, and that move the clock to its end."""

from datetime import datetime
from typing import Final

from pytest_acr.harness.access_model import ACTION_WORDS, TokenRule
from pytest_acr.harness.access_state import PASSWORD, account_name, post_account, send
from pytest_acr.harness.entra_tokens import entra_token
from pytest_acr.harness.json_bodies import text_in
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import time as p
from pytest_acr.harness.signed_urls import signed_url_of
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.step import PICK, REPOSITORY, Step, pick
from pytest_acr.harness.time_checks import check_item
from pytest_acr.harness.time_model import (
    SECOND,
    STORAGE_SECONDS,
    TOKEN_SECONDS,
    Expiring,
    ExpiringKind,
)
from pytest_acr.harness.time_state import advance, read_clock, time_of
from pytest_acr.harness.token_service import (
    anonymous_request,
    claims_in,
    exchange_request,
    user_request,
)
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import append, start

_EVERYTHING: Final = TokenRule("*", frozenset(ACTION_WORDS.values()))
_LIVES: Final = {
    "access": p.ACCESS_TOKEN_LIFE,
    "anonymous": p.ANONYMOUS_TOKEN_LIFE,
    "refresh": p.REFRESH_TOKEN_LIFE,
}


def take_access_token(trial: Trial) -> None:
    """Get an access token for the password of an account."""
    state = time_of(trial)
    if not state.account:
        state.account = account_name(trial, "timed")
        post_account(trial, state.account, [_EVERYTHING])
    password = PASSWORD.format(state.account)
    fields = _fields(trial)
    response = send(trial, user_request(state.account, password, fields, as_form=False))

    _note_token(trial, "access", response, "access_token")


def take_anonymous_token(trial: Trial) -> None:
    """Get an access token without credentials."""
    response = send(trial, anonymous_request(_fields(trial), as_form=True))
    _note_token(trial, "anonymous", response, "access_token")


def take_refresh_token(trial: Trial) -> None:
    """Exchange a token from Entra for a refresh token."""
    service = time_of(trial).access.service
    response = send(trial, exchange_request(entra_token("timed"), service))
    _note_token(trial, "refresh", response, "refresh_token")


def _fields(trial: Trial) -> list[tuple[str, str]]:
    repository = trial.models[0].name
    service = time_of(trial).access.service
    return [("service", service), ("scope", f"repository:{repository}:pull")]


def _note_token(trial: Trial, kind: ExpiringKind, response: RawResponse, member: str) -> None:
    """Compare the times of a new token with the clock, and note when it ends."""
    state = time_of(trial)
    wanted = _LIVES[kind]
    token = text_in(response, member)

    trial.require(token is not None, wanted, f"status 200 with {member}")
    assert token is not None

    claims = claims_in(token)
    begin, end = (_seconds_in(trial, claims.get(name), wanted) for name in ("nbf", "exp"))
    life = TOKEN_SECONDS[kind]
    trial.require(end - begin == life, wanted, f"{life} seconds", f"{end - begin} seconds")
    now = read_clock(trial)
    is_now = begin * SECOND <= now < (begin + 2) * SECOND
    trial.require(is_now, p.TOKEN_BEGINS, f"nbf of {now // SECOND}", str(begin))

    state.model.add_token(kind, len(state.tokens), end)
    state.tokens.append(token)
    trial.note_effect()


def _seconds_in(trial: Trial, found: object, wanted: Property) -> int:
    is_number = isinstance(found, int)
    trial.require(is_number, wanted, "numbers of seconds in nbf and exp", str(found))
    assert isinstance(found, int)
    return found


def begin_timed_upload(trial: Trial, *, repository: int, chunks: int) -> None:
    """Begin an upload, which may have a chunk."""
    number = start(trial, repository, "sha256")
    if chunks:
        append(trial, number, b"chunk")
    time_of(trial).model.add_upload(number, read_clock(trial))
    trial.note_effect()


def add_timed_chunk(trial: Trial, *, which: int) -> None:
    """Add a chunk to an upload, whose time begins anew."""
    state = time_of(trial)
    if not trial.uploads:
        begin_timed_upload(trial, repository=0, chunks=1)
    items = [item for item in state.model.items if item.kind == "unfinished upload"]
    item = pick([item for item in items if item.key in trial.uploads], which)
    if check_item(trial, item) != "good":
        return

    append(trial, item.key, b"another chunk", streamed=bool(which % 2))
    state.model.note_chunk(item.key, read_clock(trial))
    trial.note_effect()


def take_storage_url(trial: Trial, *, repository: int, content: int) -> None:
    """Get the signed URL of a blob."""
    state = time_of(trial)
    body, digest = ensure_blob(trial, repository, content)
    url = signed_url_of(trial, repository, digest)
    now = read_clock(trial)
    end = _time_in(url.parameters.get("se", ""))
    shortest, longest = (now + seconds * SECOND for seconds in STORAGE_SECONDS)
    is_long = shortest - 2 * SECOND <= end <= longest
    found = f"se={url.parameters.get('se')}"

    trial.require(is_long, p.STORAGE_LIFE, "an expiry 20 to 30 minutes after now", found)

    state.model.add_storage_url(len(state.urls), end)
    state.urls.append((url, body))
    trial.note_effect()


def _time_in(text: str) -> int:
    """Return a time in ISO 8601; 0 for another text."""
    try:
        moment = datetime.fromisoformat(text[:19] + "+00:00")
    except ValueError:
        return 0
    return int(moment.timestamp()) * SECOND


_OFFSETS: Final = (500, -2_000, 2_000, -60_000, 86_400_000, 0)
"""Milliseconds from the end of something."""


def go_to_the_end(trial: Trial, *, which: int, offset: int) -> None:
    """Move the clock to the end of something, or near it, and use it."""
    item = _ensure_item(trial, which)
    step = item.latest_end + offset * SECOND // 1_000 - read_clock(trial)
    if step > 0:
        advance(trial, step)
        check_item(trial, item)
        trial.note_effect()


_STEPS: Final = (1, 300, 1_300, 4_600, 43_200, 86_400, 3 * 86_400, 6 * 86_400)
"""Seconds."""


def let_time_pass(trial: Trial, *, which: int, seconds: int) -> None:
    """Move the clock by some time, and use something."""
    item = _ensure_item(trial, which)
    advance(trial, seconds * SECOND)
    check_item(trial, item)
    trial.note_effect()


def _ensure_item(trial: Trial, which: int) -> Expiring:
    """Return something that expires, after getting it where there is nothing."""
    model = time_of(trial).model
    if not model.items:
        _take_any(trial, which)
    return pick(model.items[-4:], which)


def _take_any(trial: Trial, which: int) -> None:
    has = trial.capabilities
    if has.exchange and which % 3 == 0:
        take_refresh_token(trial)
    elif has.anonymous_login:
        take_anonymous_token(trial)
    elif has.login and which % 3 == 1:
        take_access_token(trial)
    else:
        begin_timed_upload(trial, repository=0, chunks=which % 2)


TIME_STEPS: Final = (
    Step(
        name="take_access_token",
        area="time",
        act=take_access_token,
        needs=("clock", "login"),
    ),
    Step(
        name="take_anonymous_token",
        area="time",
        act=take_anonymous_token,
        needs=("clock", "anonymous_login"),
    ),
    Step(
        name="take_refresh_token",
        area="time",
        act=take_refresh_token,
        needs=("clock", "exchange"),
    ),
    Step(
        name="begin_timed_upload",
        area="time",
        act=begin_timed_upload,
        arguments={"repository": REPOSITORY, "chunks": (1, 0)},
        needs=("clock", "push", "upload_status"),
    ),
    Step(
        name="add_timed_chunk",
        area="time",
        act=add_timed_chunk,
        arguments={"which": PICK},
        needs=("clock", "push", "upload_status"),
    ),
    Step(
        name="take_storage_url",
        area="time",
        act=take_storage_url,
        arguments={"repository": REPOSITORY, "content": PICK},
        needs=("clock", "storage_urls"),
    ),
    Step(
        name="go_to_the_end",
        area="time",
        act=go_to_the_end,
        weight=3,
        arguments={"which": PICK, "offset": _OFFSETS},
        needs=("clock", "push", "upload_status"),
    ),
    Step(
        name="let_time_pass",
        area="time",
        act=let_time_pass,
        weight=2,
        arguments={"which": PICK, "seconds": _STEPS},
        needs=("clock", "push", "upload_status"),
    ),
)
