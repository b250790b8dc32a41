"""Rules about blobs that are uploaded although the repository has them."""

from collections.abc import Callable

import pytest

from fake_registry import Disconnect, Fault, Refuse
from fake_registry.journal.checks.repeated_blobs import BLOB_UPLOADED_TWICE, EXISTING_BLOB_UPLOADED
from fake_registry.spec.names import RepositoryName
from tests.support.small_clients import ADMIN, BLOB, DIGEST, REPOSITORY, SmallClient, client_of, with_login

SHORT = f"{REPOSITORY}@{DIGEST[:19]}"
UPLOADS = f"/v2/{REPOSITORY}/blobs/uploads/"
MOUNT = f"{UPLOADS}?mount={DIGEST}&from=dev/base"
BLOB_PATH = f"/v2/{REPOSITORY}/blobs/{DIGEST}"

Mistakes = list[tuple[str, list[int]]]


def seed_blob(client: SmallClient) -> None:
    """Put the blob into the repository without a request."""
    client.registry.content.put_blob(RepositoryName(REPOSITORY), DIGEST, [BLOB])


def mistakes_of(client: SmallClient) -> tuple[Mistakes, Mistakes]:
    """Return those of the first rule, and those of the other one."""
    return client.mistakes(BLOB_UPLOADED_TWICE), client.mistakes(EXISTING_BLOB_UPLOADED)


def test_two_uploads(client: SmallClient) -> None:
    client.upload()
    client.upload()

    assert mistakes_of(client) == ([(f"{SHORT} was uploaded before", [1, 2, 3])], [])


def test_three_uploads_are_two_mistakes(client: SmallClient) -> None:
    for _ in range(3):
        client.upload()

    twice, _ = mistakes_of(client)
    assert [numbers for _, numbers in twice] == [[1, 2, 3], [1, 4, 5]]


def test_upload_and_single_post(client: SmallClient) -> None:
    client.upload()
    assert client.send("POST", f"{UPLOADS}?digest={DIGEST}", data=BLOB).status_code == 201

    assert mistakes_of(client) == ([(f"{SHORT} was uploaded before", [1, 2])], [])


def test_upload_after_an_upload_and_head(client: SmallClient) -> None:
    client.upload()
    assert client.has_blob()
    client.upload()

    assert mistakes_of(client) == ([(f"{SHORT} was uploaded before", [1, 3, 4])], [])


def test_question_that_the_login_refused() -> None:
    with client_of(with_login()) as client:
        client.upload(auth=ADMIN)
        assert not client.has_blob()
        client.upload(auth=ADMIN)

        assert mistakes_of(client) == ([(f"{SHORT} was uploaded before", [1, 3, 4])], [])


def test_upload_of_a_blob_that_head_has_shown(client: SmallClient) -> None:
    seed_blob(client)
    assert client.has_blob()
    client.upload()

    assert mistakes_of(client) == ([], [(f"{SHORT} was there, as HEAD -> 200 had shown", [0, 1, 2])])


def test_second_upload_of_a_blob_that_head_has_shown(client: SmallClient) -> None:
    """Each upload is reported under one rule."""
    seed_blob(client)
    assert client.has_blob()
    client.upload()
    client.upload()

    twice, existing = mistakes_of(client)
    assert [numbers for _, numbers in existing] == [[0, 1, 2]]
    assert [numbers for _, numbers in twice] == [[2, 3, 4]]


def test_upload_of_a_blob_that_was_downloaded(client: SmallClient) -> None:
    seed_blob(client)
    assert client.send("GET", BLOB_PATH).status_code == 307
    client.upload()

    assert mistakes_of(client) == ([], [(f"{SHORT} was there, as GET -> 307 had shown", [0, 1, 2])])


def test_upload_of_a_blob_that_was_mounted(client: SmallClient) -> None:
    client.upload("dev/base")
    assert client.send("POST", MOUNT).status_code == 201
    client.upload()

    assert mistakes_of(client) == ([], [(f"{SHORT} was there, as POST -> 201 had shown", [2, 3, 4])])


def test_client_that_asks_first(client: SmallClient) -> None:
    for _ in range(2):
        if not client.has_blob():
            client.upload()
        if client.send("POST", MOUNT.replace(REPOSITORY, "dev/api")).status_code == 202:
            client.upload("dev/api")

    assert mistakes_of(client) == ([], [])


def test_one_blob_in_two_repositories(client: SmallClient) -> None:
    client.upload()
    client.upload("dev/api")

    assert mistakes_of(client) == ([], [])


def test_overlapping_uploads(client: SmallClient) -> None:
    """Two clients may start them at once, and neither can know of the other."""
    locations = [client.start_upload() for _ in range(2)]
    answers = [client.send("PUT", f"{one}&digest={DIGEST}", data=BLOB).status_code for one in locations]

    assert answers == [201, 201]
    assert mistakes_of(client) == ([], [])


def delete_blob(client: SmallClient) -> None:
    assert client.send("DELETE", BLOB_PATH).status_code == 202


def delete_repository(client: SmallClient) -> None:
    assert client.send("DELETE", f"/acr/v1/{REPOSITORY}").status_code in (202, 404)


def delete_another_manifest(client: SmallClient) -> None:
    """ACR removes blobs that no manifest refers to."""
    image = client.registry.push_image(f"{REPOSITORY}:1.0")
    assert client.send("DELETE", f"/v2/{REPOSITORY}/manifests/{image.digest}").status_code == 202


def lose_it_unseen(client: SmallClient) -> None:
    client.registry.reset()
    assert not client.has_blob()


@pytest.mark.parametrize("remove", [delete_blob, delete_repository, delete_another_manifest, lose_it_unseen])
def test_upload_after_a_removal(client: SmallClient, remove: Callable[[SmallClient], None]) -> None:
    client.upload()
    remove(client)
    client.upload()

    assert mistakes_of(client) == ([], [])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("upload.finish", Refuse(503), times=1),
        Fault("upload.finish", Disconnect(), times=1),
        Fault("upload.finish", Disconnect(), when="after", times=1),
    ],
    ids=str,
)
def test_retry_of_an_upload_whose_end_was_lost(client: SmallClient, fault: Fault) -> None:
    client.registry.faults.add(fault)
    with pytest.raises((AssertionError, ConnectionError, OSError)):
        client.upload()
    client.upload()

    assert mistakes_of(client) == ([], [])


def test_retry_of_a_push_whose_manifest_was_refused(client: SmallClient) -> None:
    client.registry.faults.add(Fault("manifest.put", Refuse(503)))
    client.upload()
    assert client.send("PUT", f"/v2/{REPOSITORY}/manifests/1.0", data=b"{}").status_code == 503
    client.upload()

    assert mistakes_of(client) == ([], [])


def test_upload_after_a_question_that_got_no_answer(client: SmallClient) -> None:
    client.upload()
    client.registry.faults.add(Fault("blob.head", Refuse(500)))
    assert not client.has_blob()
    client.upload()

    assert mistakes_of(client) == ([], [])
