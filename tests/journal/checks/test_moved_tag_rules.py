"""`tag-moved-by-another`: clients that overwrite what another has pushed since they looked."""

from functools import partial

import pytest

from fake_registry import Corrupt, FakeRegistry, Fault, MoveTag
from tests.support.http import index_bytes
from tests.support.logins import basic, bearer
from tests.support.rule_clients import PlainClient, broken, plain_client, seeded

lost = partial(broken, "tag-moved-by-another")

LATEST = "/v2/dev/web/manifests/latest"
OURS, THEIRS, OTHERS = (index_bytes(annotations={"of": name}) for name in ("us", "them", "others"))


READS = pytest.mark.parametrize("read", [("GET", LATEST), ("HEAD", LATEST), ("GET", "/acr/v1/dev/web/_tags/latest")])


@pytest.fixture
def registry() -> FakeRegistry:
    return seeded("dev/web:latest")


@pytest.fixture
def us(registry: FakeRegistry) -> PlainClient:
    """The client under test."""
    return plain_client(registry, "us/1.0")


@pytest.fixture
def them(registry: FakeRegistry) -> PlainClient:
    """Another client."""
    return plain_client(registry, "them/1.0")


@READS
def test_client_that_overwrites_the_push_of_another_breaks_the_rule(
    registry: FakeRegistry, us: PlainClient, them: PlainClient, read: tuple[str, str]
) -> None:
    us.send(*read)
    them.put_index("dev/web", "latest", THEIRS)
    us.put_index("dev/web", "latest", OURS)
    (found,) = lost(registry.requests)
    assert found == (
        "tag-moved-by-another: overwrote dev/web:latest, which another had moved since this client read it (#0, #1, #2)"
    )


def test_client_that_reads_again_keeps_the_rule(registry: FakeRegistry, us: PlainClient, them: PlainClient) -> None:
    us.get(LATEST)
    them.put_index("dev/web", "latest", THEIRS)
    us.get(LATEST)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []


def test_push_without_a_read_is_no_mistake(registry: FakeRegistry, us: PlainClient, them: PlainClient) -> None:
    us.put_index("dev/web", "latest", OURS)
    them.put_index("dev/web", "latest", THEIRS)
    us.put_index("dev/web", "latest", OTHERS)
    assert lost(registry.requests) == []


def test_own_pushes_are_no_moves_by_another(registry: FakeRegistry, us: PlainClient) -> None:
    us.get(LATEST)
    us.put_index("dev/web", "latest", OURS)
    us.put_index("dev/web", "latest", OTHERS)
    assert lost(registry.requests) == []


@pytest.mark.parametrize(("repository", "tag"), [("dev/web", "other"), ("dev/api", "latest")])
def test_push_of_another_tag_is_no_mistake(
    registry: FakeRegistry, us: PlainClient, them: PlainClient, repository: str, tag: str
) -> None:
    us.get(LATEST)
    them.put_index(repository, tag, THEIRS)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []


def test_push_of_the_other_clients_manifest_loses_nothing(
    registry: FakeRegistry, us: PlainClient, them: PlainClient
) -> None:
    us.get(LATEST)
    them.put_index("dev/web", "latest", OURS)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []


def test_push_that_left_the_tag_in_its_place_is_no_move(
    registry: FakeRegistry, us: PlainClient, them: PlainClient
) -> None:
    them.put_index("dev/web", "latest", THEIRS)
    us.get(LATEST)
    them.put_index("dev/web", "latest", THEIRS)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []


@pytest.mark.parametrize(("other", "mistakes"), [("me", 0), ("ci", 1)])
def test_another_principal_is_another_client(other: str, mistakes: int) -> None:
    settings = {"admin_user": "me", "admin_password": "secret"}
    registry = seeded("dev/web:latest", auth="token", **settings)
    registry.add_token("ci", {"dev/web": ["content/read", "content/write"]}, password="secret")
    us, them = (plain_client(registry, headers=token_of(registry, user)) for user in ("me", other))

    us.get(LATEST)
    them.put_index("dev/web", "latest", THEIRS)
    us.put_index("dev/web", "latest", OURS)
    assert len(lost(registry.requests)) == mistakes


def token_of(registry: FakeRegistry, user: str) -> dict[str, str]:
    """Return the header of a token of a user whose password is `secret`."""
    client = plain_client(registry, headers=basic(user, "secret"))
    (answer,) = client.get("/oauth2/token?service=fake.azurecr.io&scope=repository:dev/web:pull,push")
    return bearer(answer.json()["access_token"])


def test_tag_that_was_moved_back_loses_nothing(registry: FakeRegistry, us: PlainClient, them: PlainClient) -> None:
    us.put_index("dev/web", "latest", THEIRS)
    us.get(LATEST)
    for content in (OTHERS, THEIRS):
        them.put_index("dev/web", "latest", content)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []


class TestMoveTag:
    """The effect moves the tag as another client does."""

    @READS
    def test_move_after_the_last_read_breaks_the_rule(
        self, registry: FakeRegistry, us: PlainClient, read: tuple[str, str]
    ) -> None:
        registry.faults.add(Fault("*.get", MoveTag(), optional=True))
        registry.faults.add(Fault("*.head", MoveTag(), optional=True))
        us.send(*read)
        us.put_index("dev/web", "latest", OURS)
        assert len(lost(registry.requests)) == 1

    def test_read_after_the_move_keeps_the_rule(self, registry: FakeRegistry, us: PlainClient) -> None:
        registry.faults.add(Fault("manifest.head", MoveTag(), times=1))
        us.send("HEAD", LATEST)
        us.send("HEAD", LATEST)
        us.put_index("dev/web", "latest", OURS)
        assert lost(registry.requests) == []

    def test_move_that_the_read_has_seen_is_no_mistake(self, registry: FakeRegistry, us: PlainClient) -> None:
        registry.faults.add(Fault("manifest.head", MoveTag(), when="before"))
        us.send("GET", LATEST)
        us.send("HEAD", LATEST)
        us.put_index("dev/web", "latest", OURS)
        assert lost(registry.requests) == []

    def test_move_after_the_push_is_no_mistake(self, registry: FakeRegistry, us: PlainClient) -> None:
        registry.faults.add(Fault("manifest.put", MoveTag()))
        us.send("GET", LATEST)
        us.put_index("dev/web", "latest", OURS)
        assert lost(registry.requests) == []

    def test_move_without_effect_is_no_mistake(self, registry: FakeRegistry, us: PlainClient) -> None:
        registry.faults.add(Fault("manifest.head", MoveTag("latest"), optional=True))
        us.send("HEAD", LATEST)
        us.put_index("dev/web", "latest", OURS)
        assert lost(registry.requests) == []


def test_read_that_a_fault_spoilt_does_not_count(registry: FakeRegistry, us: PlainClient, them: PlainClient) -> None:
    registry.faults.add(Fault("manifest.get", Corrupt()))
    us.get(LATEST)
    them.put_index("dev/web", "latest", THEIRS)
    us.put_index("dev/web", "latest", OURS)
    assert lost(registry.requests) == []
