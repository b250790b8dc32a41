"""Steps that send an operation under a fault, or break it off, and read the repository then."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from fake_registry.spec.endpoints import EndpointName
from pytest_acr.harness.messages import NO_RESPONSE, RawRequest, RawResponse
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import faults as p
from pytest_acr.harness.reading import blob_path
from pytest_acr.harness.steps.operations import OPERATIONS, ChangingOperation
from pytest_acr.harness.steps.step import EITHER, PICK, REPOSITORY, Step, numbers
from pytest_acr.harness.stored_state import check_paths, check_upload, check_uploads, state_of
from pytest_acr.harness.trial import Trial
from pytest_acr.harness.uploading import is_gone

_MOMENTS: Final = ("before", "door", "after")

_EFFECTS: Final[Mapping[str, Mapping[str, object]]] = {
    "reset": {"name": "disconnect", "how": "reset"},
    "close": {"name": "disconnect", "how": "close"},
    "refuse": {"name": "refuse", "status": 503},
    "truncate": {"name": "truncate", "size": 1},
}
"""Effects by a short name, as the control API has them."""

_REFUSAL: Final = 503


def operate_under_fault(
    trial: Trial,
    *,
    repository: int,
    operation: str,
    which: int,
    effect: str,
    moment: str,
) -> None:
    """Send an operation that a fault strikes: it is done wholly, or not at all."""
    chosen = OPERATIONS[operation](trial, repository, which)
    response = _strike(trial, chosen, effect, moment)
    is_struck = _can_act(chosen.request, effect, moment)

    _check_answer(trial, chosen, response, effect, is_struck=is_struck)

    is_done = moment == "after" or not is_struck
    _check_result(trial, chosen, which, is_done=is_done, wanted=p.DONE if is_done else p.NOT_DONE)
    if not is_done:
        _send_again(trial, chosen, which)
    trial.note_effect()


def _strike(trial: Trial, chosen: ChangingOperation, effect: str, moment: str) -> RawResponse:
    """Return the response to an operation, while a fault is in force for its repository."""
    fault = {
        "endpoint": chosen.endpoint.value,
        "effect": _EFFECTS[effect],
        "when": moment,
        "repository": trial.models[chosen.repository].name,
    }
    fault_id = trial.control.post("faults", fault)["id"]
    try:
        return trial.exchange(chosen.request)
    finally:
        trial.control.delete("faults", fault_id)


def _can_act(request: RawRequest, effect: str, moment: str) -> bool:
    """Return whether an effect has something to act on: `truncate` needs a body to cut.

    The answers to all operations are without a body.
    """
    if effect != "truncate":
        return True
    return moment != "after" and len(request.body) > 1


def _check_answer(
    trial: Trial,
    chosen: ChangingOperation,
    response: RawResponse,
    effect: str,
    *,
    is_struck: bool,
) -> None:
    if not is_struck:
        trial.require_exactly(response, p.UNSTRUCK, chosen.status)
        return
    wanted = _REFUSAL if effect == "refuse" else NO_RESPONSE
    expected = f"status {wanted}" if wanted else "the end of the connection"
    trial.require(response.status == wanted, p.STRUCK, expected)


def _check_result(
    trial: Trial,
    chosen: ChangingOperation,
    which: int,
    *,
    is_done: bool,
    wanted: Property,
) -> None:
    """Change the model if the operation was done, and compare what it concerns, and some others."""
    upload = trial.uploads.get(chosen.upload) if chosen.upload is not None else None
    if is_done:
        chosen.apply()

    state = state_of(trial.models[chosen.repository])
    check_paths(trial, state, chosen.paths, wanted)
    others = [path for path in state if path not in chosen.paths]
    check_paths(trial, state, _some_of(others, which), p.KEPT)
    if chosen.upload in trial.uploads:
        check_upload(trial, chosen.upload, wanted)
    elif upload is not None:
        is_gone(trial, upload)


def _some_of(paths: list[str], which: int) -> Iterable[str]:
    start = which % max(len(paths), 1)
    return (paths[start:] + paths[:start])[:4]


def _send_again(trial: Trial, chosen: ChangingOperation, which: int) -> None:
    """Send an operation that was not done once more, without a fault."""
    response = trial.exchange(_renew(trial, chosen))
    trial.require_exactly(response, p.AGAIN, chosen.status)
    _check_result(trial, chosen, which, is_done=True, wanted=p.AGAIN)


def _renew(trial: Trial, chosen: ChangingOperation) -> RawRequest:
    """Return the request, with the present Location of its upload."""
    sent_to = chosen.request.sent_to
    if chosen.upload is None or sent_to is None:
        return chosen.request

    upload = trial.uploads[chosen.upload]
    return replace(
        chosen.request,
        path=upload.location + sent_to.added,
        sent_to=sent_to._replace(exchange=upload.exchange),
    )


_WITH_BODY: Final = ("send chunk", "finish upload", "push manifest", "push blob")


def break_off(trial: Trial, *, repository: int, operation: str, which: int, cut: int) -> None:
    """Send an operation whose body ends before its Content-Length: nothing changes."""
    chosen = OPERATIONS[operation](trial, repository, which)
    body = chosen.request.body
    if not body:
        return

    length = ("Content-Length", str(len(body)))
    request = replace(
        chosen.request,
        headers=(*chosen.request.headers, length),
        body=body[: len(body) * cut // 4],
    )
    response = trial.exchange(request)
    is_refused = response.status == NO_RESPONSE or 400 <= response.status < 500

    trial.require(is_refused, p.BROKEN_OFF, "a refusal (4xx), or no answer")

    wanted = p.BROKEN_OFF_PUSH if chosen.upload is None else p.BROKEN_OFF_CHUNK
    _check_result(trial, chosen, which, is_done=False, wanted=wanted)
    _send_again(trial, chosen, which)
    trial.note_effect()


_COUNTED: Final = ("reset", "refuse")
_ABSENT: Final = digest_of(b"never pushed")


def count_strikes(
    trial: Trial,
    *,
    skip: int,
    times: int,
    effect: str,
    has_repository: bool,
) -> None:
    """Send calls of two repositories, of which a fault strikes some."""
    fault: dict[str, Any] = {  # Any: JSON
        "endpoint": EndpointName.BLOB_DELETE.value,
        "effect": _EFFECTS[effect],
        "skip": skip,
    }
    if times:
        fault["times"] = times
    if has_repository:
        fault["repository"] = trial.models[0].name
    fault_id = trial.control.post("faults", fault)["id"]
    try:
        hits = _count(trial, skip, times, effect, has_repository=has_repository)
        _check_hits(trial, fault_id, hits)
    finally:
        trial.control.delete("faults", fault_id)

    for number in (0, 1):
        trial.require(not _is_struck(trial, number, effect), p.ENDED, "an answer as usual")
    trial.note_effect()


def _count(
    trial: Trial,
    skip: int,
    times: int,
    effect: str,
    *,
    has_repository: bool,
) -> int:
    """Return how many of a few calls have to be struck, after comparing each."""
    concerned = hits = 0
    for number in (0, 1, 0, 0, 1, 0, 0, 1):
        is_concerned = number == 0 or not has_repository
        concerned += is_concerned
        has_passed = is_concerned and concerned > skip
        is_due = has_passed and (not times or concerned <= skip + times)
        hits += is_due

        wanted = p.TIMES if has_passed else p.SKIP if is_concerned else p.REPOSITORY
        expected = "a call that is struck" if is_due else "an answer as usual"
        trial.require(_is_struck(trial, number, effect) == is_due, wanted, expected)
    return hits


def _is_struck(trial: Trial, number: int, effect: str) -> bool:
    """Delete an absent blob of a repository, and return whether a fault has struck the call.

    A target may send a GET twice that has lost its connection, but no DELETE.
    """
    path = blob_path(trial.models[number], _ABSENT)
    response = trial.exchange(RawRequest("DELETE", path))
    return response.status == (_REFUSAL if effect == "refuse" else NO_RESPONSE)


def _check_hits(trial: Trial, fault_id: str, hits: int) -> None:
    found = trial.control.get(f"faults/{fault_id}")
    counted = (found["hits"], found["idle_hits"])
    expected = f"hits {hits}, idle_hits 0"
    trial.require(counted == (hits, 0), p.HITS, expected, f"hits {counted[0]}, idle {counted[1]}")


def check_after_faults(trial: Trial) -> None:
    """Compare everything that the repositories hold or held, at the end of an example."""
    for model in trial.models:
        state = state_of(model)
        check_paths(trial, state, state, p.KEPT)
    check_uploads(trial, p.KEPT)


_NEEDS: Final = ("control", "push", "upload_status", "delete_manifests", "delete_blobs")

FAULT_STEPS: Final = (
    Step(
        name="operate_under_fault",
        area="faults",
        act=operate_under_fault,
        weight=3,
        arguments={
            "repository": REPOSITORY,
            "operation": tuple(OPERATIONS),
            "which": PICK,
            "effect": tuple(_EFFECTS),
            "moment": _MOMENTS,
        },
        needs=_NEEDS,
    ),
    Step(
        name="break_off",
        area="faults",
        act=break_off,
        weight=2,
        arguments={
            "repository": REPOSITORY,
            "operation": _WITH_BODY,
            "which": PICK,
            "cut": numbers(4),
        },
        needs=_NEEDS,
    ),
    Step(
        name="count_strikes",
        area="faults",
        act=count_strikes,
        arguments={
            "skip": numbers(4),
            "times": (1, 0, 2, 3),
            "effect": _COUNTED,
            "has_repository": EITHER,
        },
        needs=("control",),
    ),
)
