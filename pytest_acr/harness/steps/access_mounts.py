"""Steps that mount blobs with tokens that may pull their source, or may not."""

from typing import Final

from pytest_acr.harness.access_checks import check_let_in, check_refused, check_token
from pytest_acr.harness.access_model import KnownToken, TokenRule, granted_of
from pytest_acr.harness.access_state import access_of, add_account, fields_of, send, send_to_route
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.steps.blobs import push_content
from pytest_acr.harness.steps.step import EITHER, Step
from pytest_acr.harness.token_service import user_request
from pytest_acr.harness.trial import Trial

_PULL: Final = frozenset({"pull"})
_PUSH: Final = frozenset({"pull", "push"})
TARGET: Final = 0
"""The repository into which blobs are mounted."""


def mount_from(trial: Trial, *, source: int, holder: int, may_pull: bool) -> None:
    """Mount a blob of one repository, naming a source, which may be another one.

    The account may pull the source, or not; it may never pull another one.
    """
    body, digest = _blob_in(trial, holder)
    token = _mounter(trial, [source] if may_pull else [])
    name = trial.models[source].name
    response = _mount(trial, token, f"?mount={digest}&from={name}")
    if not may_pull:
        target = f"repository:{trial.models[TARGET].name}"
        needs = {target: _PUSH, f"repository:{name}": _PULL}
        check_refused(
            trial,
            response,
            needs,
            p.MOUNT_SOURCE_SCOPE,
            error="insufficient_scope",
        )
    elif source == holder:
        check_let_in(trial, response, p.MOUNT_PERMITTED)
        trial.require_exactly(response, p.MOUNT_PERMITTED, 201, 202)
    else:
        trial.require_exactly(response, p.MOUNT_ELSEWHERE, 202)

    _note(trial, response, body, digest)


def mount_from_anywhere(trial: Trial, *, holder: int, pulls_all: bool) -> None:
    """Mount a blob without naming a source. It is given to callers that may pull from all."""
    body, digest = _blob_in(trial, holder)
    token = _mounter(trial, [], pulls_all=pulls_all)
    response = _mount(trial, token, f"?mount={digest}")
    if pulls_all:
        trial.require_exactly(response, p.MOUNT_PERMITTED, 201, 202)
    else:
        trial.require_exactly(response, p.MOUNT_ELSEWHERE, 202)

    _note(trial, response, body, digest)


def _blob_in(trial: Trial, holder: int) -> tuple[bytes, str]:
    """Push a content that no other repository has. Returns it with its digest."""
    body = b"to mount in step %d" % len(trial.steps)
    digest = digest_of(body)
    push_content(trial, holder, body, digest, single=False)
    return body, digest


def _mounter(trial: Trial, sources: list[int], *, pulls_all: bool = False) -> KnownToken:
    """Return a token that may push to the target, and pull these repositories or all of them."""
    target = trial.models[TARGET].name
    names = [trial.models[source].name for source in sources]
    rules = [TokenRule(target, _PUSH), *(TokenRule(name, _PULL) for name in names)]
    requested = {f"repository:{rule.pattern}": rule.actions for rule in rules}
    if pulls_all:
        rules.append(TokenRule("*", _PULL))
        requested["repository:*"] = _PULL

    user = add_account(trial, "mounter", rules)
    model = access_of(trial).model
    granted = granted_of(model.held_by_account(user), requested)
    fields = fields_of(trial, requested)
    response = send(trial, user_request(user, model.passwords[user], fields, as_form=False))
    text = check_token(trial, response, granted)
    return KnownToken(kind="access", text=text, holder=user, grants=granted)


def _mount(trial: Trial, token: KnownToken, query: str) -> RawResponse:
    headers = (("Authorization", f"Bearer {token.text}"),)
    path = f"/v2/{trial.models[TARGET].name}/blobs/uploads/{query}"
    return send_to_route(trial, RawRequest("POST", path, headers, login=False))


def _note(trial: Trial, response: RawResponse, body: bytes, digest: str) -> None:
    """Note a blob that was mounted, end an upload that was begun instead, and look."""
    model = trial.models[TARGET]
    if response.status == 201:
        model.put_blob(digest, body)
    if response.status == 202:
        upload = trial.note_location(TARGET, response)
        if upload is not None and trial.capabilities.upload_cancel:
            trial.call_upload("DELETE", upload)

    check_blob(trial, model, digest)
    trial.note_effect()


_OTHERS: Final = (1, 2, 3, 4)
_NEEDS: Final = ("accounts", "push")

ACCESS_MOUNT_STEPS: Final = (
    Step(
        name="mount_from",
        area="authorization",
        act=mount_from,
        arguments={"source": _OTHERS, "holder": _OTHERS, "may_pull": EITHER},
        needs=_NEEDS,
    ),
    Step(
        name="mount_from_anywhere",
        area="authorization",
        act=mount_from_anywhere,
        arguments={"holder": _OTHERS, "pulls_all": EITHER},
        needs=_NEEDS,
    ),
)
