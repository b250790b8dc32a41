"""`repeated-without-asking`: clients that send calls again whose outcome they do not know."""

from functools import partial
from io import BytesIO
from typing import Literal

import pytest
from azure.core.exceptions import ResourceNotFoundError, ServiceResponseError

from fake_registry import Disconnect, FakeRegistry, Fault, Refuse, Stall
from fake_registry.http.faults.effect import Effect
from fake_registry.spec.names import digest_of
from pytest_acr import connect
from tests.support.http import index_bytes
from tests.support.rule_clients import PlainClient, broken, plain_client, seeded

blind = partial(broken, "repeated-without-asking")

When = Literal["before", "after"]

CHUNK = b"hello"
BLOB = f"/v2/dev/web/blobs/{digest_of(CHUNK)}"
TAG = "/acr/v1/dev/web/_tags/1.0"
INDEX = index_bytes()


@pytest.fixture
def registry() -> FakeRegistry:
    return seeded("dev/web:1.0")


@pytest.fixture
def client(registry: FakeRegistry) -> PlainClient:
    return plain_client(registry)


def finish_of(location: str) -> str:
    """Return the URL that ends an upload of CHUNK."""
    return f"{location}&digest={digest_of(CHUNK)}"


class TestChunks:
    def test_client_that_repeats_a_chunk_breaks_the_rule(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.chunk", Disconnect(), times=1))
        location = client.start_upload("dev/web")
        client.send_without_answer("PATCH", location, data=CHUNK)
        client.send("PATCH", location, data=CHUNK)
        (found,) = blind(registry.requests)
        assert found == (
            "repeated-without-asking: sent a chunk without Content-Range after one whose outcome "
            "it did not know, and did not ask for it (#1, #2)"
        )

    def test_client_that_asks_what_has_arrived_keeps_the_rule(
        self, registry: FakeRegistry, client: PlainClient
    ) -> None:
        registry.faults.add(Fault("upload.chunk", Disconnect(), times=1))
        location = client.start_upload("dev/web")
        client.send_without_answer("PATCH", location, data=CHUNK)
        state = client.send("GET", location)
        client.send("PATCH", state.headers["Location"], data=CHUNK)
        assert blind(registry.requests) == []

    @pytest.mark.parametrize(("status", "mistakes"), [(500, 1), (502, 1), (504, 1), (503, 0), (429, 0)])
    def test_outcome_is_unknown_after_some_statuses(
        self, registry: FakeRegistry, client: PlainClient, status: int, mistakes: int
    ) -> None:
        registry.faults.add(Fault("upload.chunk", Refuse(status), times=1))
        location = client.start_upload("dev/web")
        for _ in range(2):
            client.send("PATCH", location, data=CHUNK)
        assert len(blind(registry.requests)) == mistakes

    def test_outcome_is_unknown_after_a_time_out(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.chunk", Stall(), times=1))
        location = client.start_upload("dev/web")
        client.send_without_answer("PATCH", location, data=CHUNK, timeout=5)
        client.send("PATCH", location, data=CHUNK)
        assert len(blind(registry.requests)) == 1

    def test_chunk_with_its_place_may_come_again(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.chunk", Disconnect(), when="after", times=1))
        location = client.start_upload("dev/web")
        headers = {"Content-Range": f"0-{len(CHUNK) - 1}"}
        client.send_without_answer("PATCH", location, data=CHUNK, headers=headers)
        client.send("PATCH", location, data=CHUNK, headers=headers)
        assert blind(registry.requests) == []

    def test_next_chunk_after_a_good_answer_is_no_mistake(self, registry: FakeRegistry, client: PlainClient) -> None:
        location = client.start_upload("dev/web")
        first = client.send("PATCH", location, data=CHUNK)
        client.send("PATCH", first.headers["Location"], data=CHUNK)
        assert blind(registry.requests) == []

    def test_end_after_a_lost_answer_is_no_mistake(self, registry: FakeRegistry, client: PlainClient) -> None:
        """The digest shows whether all bytes have arrived."""
        registry.faults.add(Fault("upload.chunk", Disconnect(), times=1))
        location = client.start_upload("dev/web")
        client.send_without_answer("PATCH", location, data=CHUNK)
        client.send("PUT", finish_of(location), data=CHUNK)
        assert blind(registry.requests) == []

    def test_new_upload_after_a_lost_answer_is_no_mistake(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.chunk", Disconnect(), times=1))
        client.send_without_answer("PATCH", client.start_upload("dev/web"), data=CHUNK)
        client.send("PATCH", client.start_upload("dev/web"), data=CHUNK)
        assert blind(registry.requests) == []

    def test_start_may_come_again(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.start", Disconnect(), when="after", times=1))
        client.send_without_answer("POST", "/v2/dev/web/blobs/uploads/")
        client.start_upload("dev/web")
        assert blind(registry.requests) == []


class TestFinishes:
    def end_twice(self, registry: FakeRegistry, client: PlainClient) -> None:
        """Lose the answer to the end of an upload, and send it again."""
        registry.faults.add(Fault("upload.finish", Disconnect(), when="after", times=1))
        target = finish_of(client.start_upload("dev/web"))
        client.send_without_answer("PUT", target, data=CHUNK)
        assert client.send("PUT", target, data=CHUNK).status_code == 404

    def test_client_that_takes_success_for_failure_breaks_the_rule(
        self, registry: FakeRegistry, client: PlainClient
    ) -> None:
        self.end_twice(registry, client)
        (found,) = blind(registry.requests)
        assert found == (
            "repeated-without-asking: sent the end of an upload again after one whose outcome "
            "it did not know, and did not ask for the blob (#1, #2)"
        )

    def test_client_that_asks_for_the_blob_keeps_the_rule(self, registry: FakeRegistry, client: PlainClient) -> None:
        self.end_twice(registry, client)
        client.send("HEAD", BLOB)
        assert blind(registry.requests) == []

    def test_client_that_uploads_the_blob_again_keeps_the_rule(
        self, registry: FakeRegistry, client: PlainClient
    ) -> None:
        self.end_twice(registry, client)
        client.send("PUT", finish_of(client.start_upload("dev/web")), data=CHUNK)
        assert blind(registry.requests) == []

    def test_end_that_was_not_applied_may_come_again(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("upload.finish", Disconnect(), times=1))
        target = finish_of(client.start_upload("dev/web"))
        client.send_without_answer("PUT", target, data=CHUNK)
        assert client.send("PUT", target, data=CHUNK).status_code == 201
        assert blind(registry.requests) == []

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_own_content_client_keeps_the_rule(self, registry: FakeRegistry, when: When) -> None:
        registry.faults.add(Fault("upload.finish", Disconnect(), when=when, times=1))
        with connect(registry) as connection:
            connection.content_client("dev/web").upload_blob(CHUNK)
        assert blind(registry.requests) == []


class TestAzureSdk:
    """azure-containerregistry 1.2.0 retries by itself, and asks for nothing."""

    @pytest.mark.parametrize(
        ("endpoint", "effect", "mistakes"),
        [
            ("upload.chunk", Refuse(500), 1),
            ("upload.chunk", Refuse(503), 0),
            ("upload.finish", Disconnect(), 1),
            ("upload.finish", Refuse(500), 1),
        ],
    )
    def test_upload_whose_answer_was_lost_fails(self, endpoint: str, effect: Effect, mistakes: int) -> None:
        registry = seeded(auth="token")
        registry.faults.add(Fault(endpoint, effect, when="after", times=1))
        with connect(registry) as connection, pytest.raises(ResourceNotFoundError):
            connection.client().upload_blob("dev/web", BytesIO(CHUNK))
        assert len(blind(registry.requests)) == mistakes

    def test_chunk_whose_connection_broke_is_not_sent_again(self) -> None:
        registry = seeded(auth="token")
        registry.faults.add(Fault("upload.chunk", Disconnect(), when="after", times=1))
        with connect(registry) as connection, pytest.raises(ServiceResponseError):
            connection.client().upload_blob("dev/web", BytesIO(CHUNK))
        assert blind(registry.requests) == []


class TestDeletions:
    def test_client_that_deletes_what_was_pushed_since_breaks_the_rule(
        self, registry: FakeRegistry, client: PlainClient
    ) -> None:
        registry.faults.add(Fault("acr.tag.delete", Disconnect(), when="after", times=1))
        client.send_without_answer("DELETE", TAG)
        plain_client(registry, "other/1.0").put_index("dev/web", "1.0", INDEX)
        client.send("DELETE", TAG)
        (found,) = blind(registry.requests)
        assert found == (
            "repeated-without-asking: deleted dev/web:1.0 again after an unknown outcome, "
            "though it was pushed in between (#0, #1, #2)"
        )

    def test_deletion_of_a_repository_counts_pushes_to_it(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("acr.repository.delete", Disconnect(), when="after", times=1))
        client.send_without_answer("DELETE", "/acr/v1/dev/web")
        client.put_index("dev/web", "2.0", INDEX)
        client.send("DELETE", "/acr/v1/dev/web")
        assert len(blind(registry.requests)) == 1

    def test_client_that_looks_first_keeps_the_rule(self, registry: FakeRegistry, client: PlainClient) -> None:
        registry.faults.add(Fault("acr.tag.delete", Disconnect(), when="after", times=1))
        client.send_without_answer("DELETE", TAG)
        client.put_index("dev/web", "1.0", INDEX)
        client.send("GET", TAG)
        client.send("DELETE", TAG)
        assert blind(registry.requests) == []

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_deletion_may_come_again(self, registry: FakeRegistry, client: PlainClient, when: When) -> None:
        registry.faults.add(Fault("acr.tag.delete", Disconnect(), when=when, times=1))
        client.send_without_answer("DELETE", TAG)
        client.send("DELETE", TAG)
        assert blind(registry.requests) == []

    def test_second_deletion_after_a_good_answer_is_no_mistake(
        self, registry: FakeRegistry, client: PlainClient
    ) -> None:
        for _ in range(2):
            client.put_index("dev/web", "1.0", INDEX)
            client.send("DELETE", TAG)
        assert blind(registry.requests) == []
