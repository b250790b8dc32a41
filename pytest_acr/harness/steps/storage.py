"""Steps with the signed URLs of storage, as they are and changed."""

from typing import Final

from pytest_acr.harness.access_state import send
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.signed_urls import SignedUrl, is_served, signed_url_of
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.step import PICK, Step, numbers
from pytest_acr.harness.trial import Trial


def use_signed_url(trial: Trial, *, repository: int, content: int) -> None:
    """Download a blob by its signed URL, without a token."""
    body, digest = ensure_blob(trial, repository, content)
    response = send(trial, signed_url_of(trial, repository, digest).request())
    trial.require(is_served(response, body), p.STORAGE_CONTENT, f"status 200, {body!r}")
    trial.note_effect()


def use_url_of_another_blob(trial: Trial, *, repository: int, content: int) -> None:
    """Use the signature of one blob with the path of another, which the repository has."""
    _, digest = ensure_blob(trial, repository, content)
    _, other = ensure_blob(trial, repository, content + 1)
    url = signed_url_of(trial, repository, digest)
    path = url.path.replace(_hex(digest), _hex(other))
    path = path.replace(f"/{_hex(digest)[:2]}/", f"/{_hex(other)[:2]}/")

    _check_refused(trial, SignedUrl(url.host, path, url.parameters), p.STORAGE_PATH)


def _hex(digest: str) -> str:
    return digest.partition(":")[2]


_PARAMETERS: Final = ("sig", "regid", "se", "sp", "sr")


def change_signed_url(trial: Trial, *, repository: int, content: int, parameter: str) -> None:
    """Change one parameter of a signed URL."""
    _, digest = ensure_blob(trial, repository, content)
    other = 1 - repository
    ensure_blob(trial, other, content)
    url = signed_url_of(trial, repository, digest)
    before = url.parameters.get(parameter, "")
    values = {
        "sig": before[::-1] + "0",
        "regid": trial.models[other].name,
        "se": before.replace("20", "21", 1),
        "sp": "rw",
        "sr": "c",
    }
    changed = url.with_parameter(parameter, values[parameter])

    _check_refused(trial, changed, p.STORAGE_PARAMETERS)


def _check_refused(trial: Trial, url: SignedUrl, wanted: Property) -> None:
    response = send(trial, url.request())
    trial.require_exactly(response, wanted, 403)
    trial.note_effect()


def send_token_to_storage(trial: Trial, *, repository: int, content: int) -> None:
    """Send an Authorization with a signed URL."""
    _, digest = ensure_blob(trial, repository, content)
    url = signed_url_of(trial, repository, digest)
    response = send(trial, url.request(authorization="Bearer x"))
    trial.require_exactly(response, p.STORAGE_AUTHORIZATION, 400, 403)
    trial.note_effect()


_METHODS: Final = ("PUT", "DELETE")


def write_to_storage(trial: Trial, *, repository: int, content: int, method: str) -> None:
    """Use a URL that is signed for reading to write."""
    body, digest = ensure_blob(trial, repository, content)
    url = signed_url_of(trial, repository, digest)
    response = send(trial, url.request(method))

    trial.require_exactly(response, p.STORAGE_METHOD, 403)
    after = send(trial, url.request())
    trial.require(is_served(after, body), p.STORAGE_CONTENT, f"status 200, {body!r}")
    trial.note_effect()


_NEEDS: Final = ("control", "storage_urls")
_ARGUMENTS: Final = {"repository": numbers(2), "content": PICK}

STORAGE_STEPS: Final = (
    Step(
        name="use_signed_url",
        area="authorization",
        act=use_signed_url,
        arguments=_ARGUMENTS,
        needs=_NEEDS,
    ),
    Step(
        name="use_url_of_another_blob",
        area="authorization",
        act=use_url_of_another_blob,
        arguments=_ARGUMENTS,
        needs=_NEEDS,
    ),
    Step(
        name="change_signed_url",
        area="authorization",
        act=change_signed_url,
        arguments={**_ARGUMENTS, "parameter": _PARAMETERS},
        needs=_NEEDS,
    ),
    Step(
        name="send_token_to_storage",
        area="authorization",
        act=send_token_to_storage,
        arguments=_ARGUMENTS,
        needs=_NEEDS,
    ),
    Step(
        name="write_to_storage",
        area="authorization",
        act=write_to_storage,
        arguments={**_ARGUMENTS, "method": _METHODS},
        needs=_NEEDS,
    ),
)
