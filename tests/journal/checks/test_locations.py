"""Rules about the Location of an upload."""

from uuid import UUID

import pytest

from fake_registry import DropHeader, Fault, MoveUpload, Refuse
from fake_registry.journal.checks.locations import LOCATION_BUILT_BY_HAND, UPLOAD_STATE_DROPPED
from tests.support.small_clients import ADMIN, BLOB, DIGEST, REPOSITORY, SmallClient, client_of, with_login

RULES = (UPLOAD_STATE_DROPPED, LOCATION_BUILT_BY_HAND)
MADE_UP = UUID(int=1)


def all_mistakes(client: SmallClient) -> list[tuple[str, list[int]]]:
    return [mistake for rule in RULES for mistake in client.mistakes(rule)]


def path_of(location: str) -> str:
    return location.partition("?")[0]


def test_location_without_its_query(client: SmallClient) -> None:
    path = path_of(client.start_upload())
    answer = client.send("PUT", f"{path}?digest={DIGEST}", data=BLOB)

    assert answer.status_code == 404
    text = "PUT without _nouploadcache, _state of the Location that the upload had"
    assert client.mistakes(UPLOAD_STATE_DROPPED) == [(text, [0, 1])]
    assert client.mistakes(LOCATION_BUILT_BY_HAND) == []


def test_location_without_one_parameter_in_a_later_chunk(client: SmallClient) -> None:
    location = client.start_upload()
    later = client.send("PATCH", location, data=BLOB).headers["Location"]
    client.send("PATCH", later.replace("_nouploadcache=false&", ""), data=BLOB)

    assert client.mistakes(UPLOAD_STATE_DROPPED) == [
        ("PATCH without _nouploadcache of the Location that the upload had", [1, 2])
    ]


def test_same_url_is_reported_once(client: SmallClient) -> None:
    path = path_of(client.start_upload())
    for _ in range(3):
        client.send("GET", path)

    assert [numbers for _, numbers in client.mistakes(UPLOAD_STATE_DROPPED)] == [[0, 1]]


def test_upload_of_the_client_s_own_id(client: SmallClient) -> None:
    target = f"/v2/{REPOSITORY}/blobs/uploads/{MADE_UP}?digest={DIGEST}"
    assert client.send("PUT", target, data=BLOB).status_code == 404

    assert client.mistakes(LOCATION_BUILT_BY_HAND) == [(f"no answer named upload {MADE_UP}", [0])]
    assert client.mistakes(UPLOAD_STATE_DROPPED) == []


def test_login_before_a_mistake_is_not_counted() -> None:
    target = f"/v2/{REPOSITORY}/blobs/uploads/{MADE_UP}?digest={DIGEST}"
    with client_of(with_login()) as client:
        statuses = [client.send("PUT", target, data=BLOB, auth=auth).status_code for auth in (None, ADMIN)]

        assert statuses == [401, 404]
        assert [numbers for _, numbers in client.mistakes(LOCATION_BUILT_BY_HAND)] == [[1]]


def test_location_with_another_repository(client: SmallClient) -> None:
    location = client.start_upload()
    assert client.send("PATCH", location.replace(REPOSITORY, "dev/api"), data=BLOB).status_code == 404

    upload = path_of(location).rpartition("/")[2]
    text = f"an answer named upload {upload} with another path"
    assert client.mistakes(LOCATION_BUILT_BY_HAND) == [(text, [0, 1])]


def test_location_with_a_changed_parameter(client: SmallClient) -> None:
    location = client.start_upload().replace("_nouploadcache=false", "_nouploadcache=true")
    client.send("PATCH", location, data=BLOB)

    text = "the Location has _nouploadcache=false, the request has _nouploadcache=true"
    assert client.mistakes(LOCATION_BUILT_BY_HAND) == [(text, [0, 1])]
    assert client.mistakes(UPLOAD_STATE_DROPPED) == []


def test_each_location_used_as_it_is(client: SmallClient) -> None:
    location = client.start_upload()
    for _ in range(2):
        location = client.send("PATCH", location, data=BLOB).headers["Location"]
    location = client.send("GET", location).headers["Location"]
    assert client.send("DELETE", location).status_code == 204

    client.upload()
    assert all_mistakes(client) == []


def test_parameters_in_another_order_and_spelling(client: SmallClient) -> None:
    path, _, query = client.start_upload().partition("?")
    first, state = query.split("&")
    digest = DIGEST.replace(":", "%3A")
    absolute = f"https://{client.registry.login_server}{path}?digest={digest}&{state}&{first}"

    assert client.send("PUT", absolute, data=BLOB).status_code == 201
    assert all_mistakes(client) == []


def test_moved_upload_that_is_followed(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.chunk", MoveUpload()))
    location = client.send("PATCH", client.start_upload(), data=BLOB).headers["Location"]

    assert client.send("PUT", f"{location}&digest={DIGEST}").status_code == 201
    assert all_mistakes(client) == []


def test_retry_of_a_refused_chunk_at_the_same_location(client: SmallClient) -> None:
    location = client.start_upload()
    client.registry.faults.add(Fault("upload.chunk", Refuse(503), times=1))
    answers = [client.send("PATCH", location, data=BLOB).status_code for _ in range(2)]

    assert answers == [503, 202]
    assert all_mistakes(client) == []


def test_client_to_which_a_fault_sent_no_location(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.start", DropHeader("Location")))
    upload = client.send("POST", f"/v2/{REPOSITORY}/blobs/uploads/").headers["Docker-Upload-Uuid"]
    client.send("PUT", f"/v2/{REPOSITORY}/blobs/uploads/{upload}?digest={DIGEST}", data=BLOB)

    assert all_mistakes(client) == []


def test_404_of_a_fault(client: SmallClient) -> None:
    client.registry.faults.add(Fault("upload.finish", Refuse(404), when="door"))
    target = f"/v2/{REPOSITORY}/blobs/uploads/{MADE_UP}?digest={DIGEST}"
    assert client.send("PUT", target, data=BLOB).status_code == 404

    assert all_mistakes(client) == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_question_about_an_unknown_upload(client: SmallClient, method: str) -> None:
    assert client.send(method, f"/v2/{REPOSITORY}/blobs/uploads/{MADE_UP}").status_code == 404
    assert all_mistakes(client) == []


def test_upload_that_began_before_the_first_known_exchange(client: SmallClient) -> None:
    path = path_of(client.start_upload())
    client.send("PUT", f"{path}?digest={DIGEST}", data=BLOB)

    known = tuple(client.registry.requests)[1:]
    assert [list(rule.find(known)) for rule in RULES] == [[], []]
