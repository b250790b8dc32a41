"""Rules about the bodies of requests."""

from collections.abc import Iterator

from fake_registry.journal.checks.bodies import BODY_SENT_AGAIN, MISSING_CONTENT_LENGTH
from tests.support.exchanges import exchange_of
from tests.support.http import send
from tests.support.small_clients import (
    ADMIN,
    BLOB,
    DIGEST,
    REPOSITORY,
    SmallClient,
    client_of,
    with_login,
)

SIZE = len(BLOB)
TWICE = f"{SIZE} bytes were sent twice: first without a token, and after the answer 401 with one"


def pieces() -> Iterator[bytes]:
    yield BLOB


class TestContentLength:
    """Bodies whose length is not announced."""

    def test_chunk_of_a_generator(self, client: SmallClient) -> None:
        location = client.start_upload()
        assert client.send("PATCH", location, data=pieces()).status_code == 202

        text = f"PATCH of {SIZE} bytes of a body without Content-Length"
        assert client.mistakes(MISSING_CONTENT_LENGTH) == [(text, [1])]

    def test_whole_blob_of_a_generator(self, client: SmallClient) -> None:
        location = client.start_upload()
        assert client.send("PUT", f"{location}&digest={DIGEST}", data=pieces()).status_code == 201

        text = f"PUT of {SIZE} bytes of a body without Content-Length"
        assert client.mistakes(MISSING_CONTENT_LENGTH) == [(text, [1])]

    def test_chunk_without_body_and_length(self, client: SmallClient) -> None:
        location = client.start_upload()
        assert send(client.registry, "PATCH", location).status == 400

        text = "PATCH of a chunk without Content-Length"
        assert client.mistakes(MISSING_CONTENT_LENGTH) == [(text, [1])]

    def test_first_try_without_a_token_is_not_reported_beside_the_second(self) -> None:
        with client_of(with_login()) as client:
            location = client.start_upload(auth=ADMIN)
            statuses = [client.send("PATCH", location, data=pieces(), auth=auth).status_code for auth in (None, ADMIN)]

            assert statuses == [401, 202]
            assert [numbers for _, numbers in client.mistakes(MISSING_CONTENT_LENGTH)] == [[2]]

    def test_upload_in_chunks_that_is_started_without_length(self, client: SmallClient) -> None:
        """distribution-spec v1.1.1, Pushing a blob in chunks: the POST MUST have Content-Length: 0."""
        location = send(client.registry, "POST", f"/v2/{REPOSITORY}/blobs/uploads/").header("Location")
        for _ in range(2):
            location = client.send("PATCH", location, data=BLOB).headers["Location"]

        text = "the POST for an upload in chunks without `Content-Length: 0`"
        assert client.mistakes(MISSING_CONTENT_LENGTH) == [(text, [0, 1])]

    def test_whole_upload_that_is_started_without_length(self, client: SmallClient) -> None:
        location = send(client.registry, "POST", f"/v2/{REPOSITORY}/blobs/uploads/").header("Location")
        assert client.send("PUT", f"{location}&digest={DIGEST}", data=BLOB).status_code == 201

        assert client.mistakes(MISSING_CONTENT_LENGTH) == []

    def test_bodies_of_known_length(self, client: SmallClient) -> None:
        location = client.start_upload()
        location = client.send("PATCH", location, data=BLOB).headers["Location"]
        assert client.send("PUT", f"{location}&digest={DIGEST}").status_code == 201

        target = f"/v2/{REPOSITORY}/blobs/uploads/?digest={DIGEST}"
        assert client.send("POST", target, data=BLOB).status_code == 201
        assert client.mistakes(MISSING_CONTENT_LENGTH) == []

    def test_requests_without_a_body(self, client: SmallClient) -> None:
        location = client.start_upload()
        assert send(client.registry, "POST", f"/v2/{REPOSITORY}/blobs/uploads/").status == 202
        assert send(client.registry, "GET", location).status == 204
        assert send(client.registry, "PUT", f"{location}&digest={DIGEST}").status == 400

        assert client.mistakes(MISSING_CONTENT_LENGTH) == []


class TestBodySentAgain:
    """Bodies that are sent with and without a token."""

    def test_chunk_without_a_token_and_with_one(self) -> None:
        with client_of(with_login()) as client:
            location = client.start_upload(auth=ADMIN)
            statuses = [client.send("PATCH", location, data=BLOB, auth=auth).status_code for auth in (None, ADMIN)]

            assert statuses == [401, 202]
            assert client.mistakes(BODY_SENT_AGAIN) == [(TWICE, [1, 2])]

    def test_login_before_the_first_body(self) -> None:
        with client_of(with_login()) as client:
            target = f"/v2/{REPOSITORY}/blobs/uploads/"
            assert client.send("POST", target).status_code == 401
            client.upload(auth=ADMIN)

            assert client.mistakes(BODY_SENT_AGAIN) == []

    def test_refused_body_that_is_not_sent_again(self) -> None:
        with client_of(with_login()) as client:
            location = client.start_upload(auth=ADMIN)
            assert client.send("PATCH", location, data=BLOB).status_code == 401
            assert client.send("PATCH", location, data=BLOB).status_code == 401

            assert client.mistakes(BODY_SENT_AGAIN) == []

    def test_another_body_at_the_same_url(self) -> None:
        with client_of(with_login()) as client:
            location = client.start_upload(auth=ADMIN)
            assert client.send("PATCH", location, data=BLOB).status_code == 401
            assert client.send("PATCH", location, data=BLOB[1:], auth=ADMIN).status_code == 202

            assert client.mistakes(BODY_SENT_AGAIN) == []

    def test_body_that_waits_for_the_answer_to_its_head(self) -> None:
        """As with `Expect: 100-continue`, which a client in this process cannot send."""
        call = {"method": "PATCH", "path": "/v2/a/blobs/uploads/1", "endpoint": "upload.chunk"}
        held_back = exchange_of(**call, status=401, failure="no credentials")
        sent = exchange_of(**call, number=1, status=202, request_bytes=SIZE)

        assert list(BODY_SENT_AGAIN.find([held_back, sent])) == []
