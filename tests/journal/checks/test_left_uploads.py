"""The rule about uploads that a client leaves behind."""

import pytest
import requests

from fake_registry import Disconnect, Fault, ForgetUpload, MoveUpload, Refuse, Stall
from fake_registry.journal.checks.left_uploads import UPLOAD_LEFT_OPEN
from tests.support.small_clients import BLOB, DIGEST, REPOSITORY, SmallClient, client_of, with_login

OTHER_DIGEST = "sha256:" + "0" * 64


def mistakes(client: SmallClient) -> list[tuple[str, list[int]]]:
    return client.mistakes(UPLOAD_LEFT_OPEN)


def test_upload_that_was_only_started(client: SmallClient) -> None:
    client.start_upload()

    text = f"left an upload to {REPOSITORY} open, after POST -> 202"
    assert mistakes(client) == [(text, [0])]


def test_upload_whose_chunk_failed(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.chunk", Refuse(503)))
    client.send("PATCH", client.start_upload(), data=BLOB)

    text = f"left an upload to {REPOSITORY} open, after PATCH -> 503"
    assert mistakes(client) == [(text, [0, 1])]


def test_upload_that_moved(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.chunk", MoveUpload()))
    location = client.send("PATCH", client.start_upload(), data=BLOB).headers["Location"]

    text = f"left an upload to {REPOSITORY} open, after PATCH -> 202"
    assert mistakes(client) == [(text, [0, 1])]

    client.send("DELETE", location)
    assert mistakes(client) == []


@pytest.mark.parametrize("host", [None, "fake.azurecr.io"])
def test_upload_that_moved_at_its_start(client: SmallClient, host: str | None) -> None:
    client.registry.faults.add(Fault("upload.start", MoveUpload(host)))
    client.start_upload()

    assert [numbers for _, numbers in mistakes(client)] == [[0]]


@pytest.mark.parametrize("endpoint", ["upload.start", "upload.chunk"])
def test_upload_that_moved_to_another_host(client: SmallClient, endpoint: str) -> None:
    """A client must not send its token there."""
    client.registry.faults.add(Fault(endpoint, MoveUpload("elsewhere.example")))
    location = client.start_upload()
    if endpoint == "upload.chunk":
        client.send("PATCH", location, data=BLOB)

    assert mistakes(client) == []


def test_each_upload_is_reported(client: SmallClient) -> None:
    first = client.start_upload()
    client.upload()
    client.start_upload()
    client.send("GET", first)

    assert [numbers for _, numbers in mistakes(client)] == [[0, 4], [3]]


def test_blob_that_was_uploaded(client: SmallClient) -> None:
    client.upload()
    client.send("POST", f"/v2/{REPOSITORY}/blobs/uploads/?digest={DIGEST}", data=BLOB)

    assert mistakes(client) == []


@pytest.mark.parametrize("status", [204, 401, 503])
def test_attempt_to_cancel_is_enough(client: SmallClient, status: int) -> None:
    """ACR requires the permission to delete."""
    if status != 204:
        client.registry.faults.add(Fault("upload.cancel", Refuse(status)))
    answer = client.send("DELETE", client.start_upload())

    assert answer.status_code == status
    assert mistakes(client) == []


def test_cancellation_without_permission() -> None:
    with client_of(with_login()) as client:
        location = client.start_upload(auth=("admin", "admin-password"))
        assert client.send("DELETE", location).status_code == 401

        assert mistakes(client) == []


def test_upload_that_the_registry_does_not_know(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.chunk", ForgetUpload()))
    assert client.send("PATCH", client.start_upload(), data=BLOB).status_code == 404

    assert mistakes(client) == []


def test_upload_that_was_refused_for_its_digest(client: SmallClient) -> None:
    """ACR removes it, as far as is known (`Settings.upload_survives_wrong_digest`)."""
    target = f"{client.start_upload()}&digest={OTHER_DIGEST}"
    assert client.send("PUT", target, data=BLOB).status_code == 400

    assert mistakes(client) == []


def test_end_whose_answer_was_lost(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.finish", Disconnect(), when="after"))
    with pytest.raises(requests.ConnectionError):
        client.upload()

    assert mistakes(client) == []


@pytest.mark.parametrize(("status", "count"), [(503, 0), (500, 0), (429, 1), (400, 1)])
def test_end_that_was_refused(client: SmallClient, status: int, count: int) -> None:
    """After an error of the registry's it may have succeeded all the same."""
    client.registry.faults.add(Fault("upload.finish", Refuse(status)))
    client.send("PUT", f"{client.start_upload()}&digest={DIGEST}", data=BLOB)

    text = f"left an upload to {REPOSITORY} open, after PUT -> {status}"
    assert mistakes(client) == [(text, [0, 1])] * count


@pytest.mark.parametrize("effect", [Disconnect(), Stall()])
def test_start_whose_answer_was_lost(client: SmallClient, effect: Disconnect | Stall) -> None:
    client.registry.faults.add(Fault("upload.start", effect, when="after"))
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        client.start_upload(timeout=1)

    assert mistakes(client) == []


def test_upload_to_a_repository_that_was_deleted(client: SmallClient) -> None:
    client.registry.push_image(f"{REPOSITORY}:v1")
    client.start_upload()
    client.start_upload("other")
    client.send("DELETE", f"/acr/v1/{REPOSITORY}")

    assert [numbers for _, numbers in mistakes(client)] == [[1]]
