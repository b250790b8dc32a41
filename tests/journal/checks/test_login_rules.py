"""`expired-token-used` and `login-per-call`: clients that keep tokens too long, or not at all."""

from datetime import timedelta
from functools import partial

import pytest

from fake_registry import ExpireToken, FakeRegistry, Fault, Revoke
from pytest_acr import connect
from tests.support.logins import basic, bearer
from tests.support.rule_clients import broken, plain_client, seeded

expired = partial(broken, "expired-token-used")
per_call = partial(broken, "login-per-call")

MANIFEST = "/v2/dev/web/manifests/1.0"
OTHER = "/v2/dev/api/manifests/1.0"
LIFETIME = timedelta(seconds=120)


@pytest.fixture
def registry() -> FakeRegistry:
    """A registry with three repositories, whose access tokens are valid for two minutes."""
    return seeded(
        "dev/web:1.0",
        "dev/api:1.0",
        "dev/job:1.0",
        auth="token",
        admin_user="me",
        admin_password="secret",
        access_token_lifetime=LIFETIME,
    )


class LoginClient:
    """A client with a token for all repositories, which it keeps until it logs in again."""

    def __init__(self, registry: FakeRegistry, name: str = "tool/1.0") -> None:
        self._client = plain_client(registry, name)
        self._token: dict[str, str] = {}

    def log_in(self, *names: str) -> None:
        """Request a token for these repositories, or for all."""
        scopes = [f"scope=repository:dev/{name}:pull" for name in names or ("web", "api", "job")]
        target = f"/oauth2/token?service=fake.azurecr.io&{'&'.join(scopes)}"
        answer = self._client.send("GET", target, headers=basic("me", "secret"))
        self._token = bearer(answer.json()["access_token"])

    def get(self, *targets: str) -> list[int]:
        """Send a GET to each target with the token, and return the statuses."""
        answers = [self._client.send("GET", target, headers=self._token) for target in targets]
        return [answer.status_code for answer in answers]


@pytest.fixture
def client(registry: FakeRegistry) -> LoginClient:
    return LoginClient(registry)


class TestExpiredTokenUsed:
    @pytest.fixture(autouse=True)
    def late(self, registry: FakeRegistry, client: LoginClient) -> None:
        """The client has a token that has expired since."""
        client.log_in()
        registry.clock.wait(LIFETIME.total_seconds())

    def test_client_that_repeats_a_call_with_the_same_token_breaks_the_rule(
        self, registry: FakeRegistry, client: LoginClient
    ) -> None:
        assert client.get(MANIFEST, MANIFEST) == [401, 401]
        client.log_in()
        assert expired(registry.requests) == [
            "expired-token-used: sent manifest.get with an expired token after one was refused as expired (#1, #2)"
        ]

    def test_client_that_renews_its_token_keeps_the_rule(self, registry: FakeRegistry, client: LoginClient) -> None:
        for _ in range(3):
            assert client.get(MANIFEST) == [401]
            client.log_in()
            assert client.get(MANIFEST) == [200]
            registry.clock.wait(LIFETIME.total_seconds())
        assert expired(registry.requests) == []

    def test_client_that_never_renews_its_token_breaks_the_rule(
        self, registry: FakeRegistry, client: LoginClient
    ) -> None:
        client.get(MANIFEST, OTHER)
        assert len(expired(registry.requests)) == 1

    def test_client_that_gives_up_keeps_the_rule(self, registry: FakeRegistry, client: LoginClient) -> None:
        client.get(MANIFEST)
        assert expired(registry.requests) == []

    def test_calls_at_the_same_time_are_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        """They are refused before the client can log in."""
        client.get(MANIFEST, OTHER, "/v2/dev/web/tags/list")
        client.log_in()
        client.get(MANIFEST, OTHER)
        assert expired(registry.requests) == []

    def test_several_calls_without_a_login_are_one_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        client.get(*[MANIFEST, OTHER] * 3)
        assert len(expired(registry.requests)) == 1

    def test_calls_of_several_clients_do_not_count_together(self, registry: FakeRegistry, client: LoginClient) -> None:
        other = LoginClient(registry, "other/1.0")
        other.log_in()
        registry.clock.wait(LIFETIME.total_seconds())
        client.get(MANIFEST)
        other.get(MANIFEST)
        assert expired(registry.requests) == []

    def test_token_that_a_fault_made_expire_is_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        client.log_in()
        registry.faults.add(Fault("manifest.get", ExpireToken(), times=2))
        assert client.get(MANIFEST, MANIFEST, MANIFEST) == [401, 401, 200]
        assert expired(registry.requests) == []


class TestLoginPerCall:
    def test_client_that_logs_in_for_each_call_breaks_the_rule(
        self, registry: FakeRegistry, client: LoginClient
    ) -> None:
        for _ in range(4):
            client.log_in()
            client.get(MANIFEST)
        assert per_call(registry.requests) == [
            "login-per-call: requested 4 tokens for 4 calls on dev/web, where one is enough (#0, #2, #4)"
        ]

    def test_client_that_keeps_its_token_keeps_the_rule(self, registry: FakeRegistry, client: LoginClient) -> None:
        client.log_in()
        client.get(*[MANIFEST] * 4)
        assert per_call(registry.requests) == []

    def test_two_logins_are_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        for _ in range(2):
            client.log_in()
            client.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_token_that_serves_for_a_second_call_is_no_mistake(
        self, registry: FakeRegistry, client: LoginClient
    ) -> None:
        for _ in range(3):
            client.log_in()
            client.get(MANIFEST)
        client.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_login_for_each_repository_is_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        for target in (MANIFEST, OTHER, "/v2/dev/job/manifests/1.0"):
            client.log_in()
            client.get(target)
        assert per_call(registry.requests) == []

    def test_login_for_other_scopes_is_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        for names in (["web"], ["web", "api"], ["web", "job"]):
            client.log_in(*names)
            client.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_logins_a_minute_apart_are_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        for _ in range(4):
            client.log_in()
            client.get(MANIFEST)
            registry.clock.wait(60)
        assert per_call(registry.requests) == []

    def test_login_after_a_refused_token_is_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        registry.faults.add(Fault("manifest.get", Revoke(), when="after"))
        for _ in range(4):
            client.log_in()
            assert client.get(MANIFEST, "/v2/dev/web/tags/list") == [200, 401]
        assert per_call(registry.requests) == []

    def test_logins_of_several_clients_do_not_count_together(self, registry: FakeRegistry) -> None:
        for number in range(4):
            client = LoginClient(registry, f"tool/{number}")
            client.log_in()
            client.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_logins_of_several_processes_are_no_mistake(self, registry: FakeRegistry, client: LoginClient) -> None:
        """Each begins with the base, as skopeo does."""
        for _ in range(4):
            plain_client(registry).get("/v2/")
            client.log_in()
            client.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_logins_of_concurrent_tasks_are_no_mistake(self, registry: FakeRegistry) -> None:
        tasks = [LoginClient(registry) for _ in range(4)]
        for task in tasks:
            task.log_in()
        for task in tasks:
            task.get(MANIFEST)
        assert per_call(registry.requests) == []

    def test_azure_sdk_breaks_the_rule(self, registry: FakeRegistry) -> None:
        """azure-containerregistry 1.2.0 keeps no access token."""
        with connect(registry) as connection:
            client = connection.client()
            for _ in range(3):
                client.get_manifest("dev/web", "1.0")
        assert len(per_call(registry.requests)) == 1

    def test_own_content_client_keeps_the_rule(self, registry: FakeRegistry) -> None:
        with connect(registry) as connection:
            client = connection.content_client("dev/web")
            for _ in range(3):
                client.get_manifest("1.0")
        assert per_call(registry.requests) == []
