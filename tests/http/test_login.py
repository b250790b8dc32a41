"""Logging in through the app: from a challenge to a token to a grant. acr-behaviour 3, 8.2, 8.3 and
13."""

from urllib.parse import urlencode

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import RepositoryName, digest_of
from tests.support.http import (
    ABSENT,
    HOST,
    IMAGE_DIGEST,
    LAYER_DIGEST,
    OCI_MANIFEST,
    STORAGE_HOST,
    HttpAnswer,
    everything,
    follow,
    send,
)
from tests.support.logins import (
    NO_ROLE,
    basic,
    bearer,
    challenge_of,
    claims_of,
    entra_token,
    entry_of,
    log_in,
    post_form,
    seeded_with_login,
    token_for,
    without_ids,
)

ADMIN = basic("fake", "pass:word")
MANIFEST = "/v2/samples/hello/manifests/v1"
ACCEPT = {"Accept": OCI_MANIFEST}


def test_client_follows_the_challenge_to_the_manifest() -> None:
    """As the Azure SDK goes: probe, exchange, token, again."""
    registry = seeded_with_login()

    scope = challenge_of(send(registry, "GET", MANIFEST, headers=ACCEPT))["scope"]
    token = token_for(registry, log_in(registry), scope)

    assert send(registry, "GET", MANIFEST, headers={**ACCEPT, **bearer(token)}).status == 200
    assert [(one.endpoint, one.status) for one in registry.requests] == [
        ("manifest.get", 401),
        ("oauth.exchange", 200),
        ("oauth.token", 200),
        ("manifest.get", 200),
    ]


@pytest.mark.parametrize("form", ["GET", "POST"])
def test_anonymous_pull(form: str) -> None:
    """acr-behaviour 3.4 and 13: reads and the catalogue; every write is 401."""
    registry = seeded_with_login(auth="anonymous-pull")
    fields = {
        "service": HOST,
        "scope": "repository:samples/hello:pull,push,delete,metadata_read,metadata_write registry:catalog:*",
    }
    found = (
        send(registry, "GET", f"/oauth2/token?{urlencode(fields)}")
        if form == "GET"
        else post_form(registry, "/oauth2/token", grant_type="password", refresh_token="", **fields)
    )
    token = found.json["access_token"]
    before = everything(registry)

    assert claims_of(token)["access"] == [
        {"Type": "repository", "Name": "*", "Actions": ["pull"]},
        {"Type": "registry", "Name": "catalog", "Actions": ["*"]},
    ]
    assert claims_of(token)["sub"] == "acr_anon_pull"
    reads = (MANIFEST, "/v2/samples/hello/tags/list", "/acr/v1/samples/hello", "/v2/_catalog", "/v2/")
    assert [send(registry, "GET", path, headers={**ACCEPT, **bearer(token)}).status for path in reads] == [200] * 5
    writes = [
        ("PUT", MANIFEST),
        ("POST", "/v2/samples/hello/blobs/uploads/"),
        ("PATCH", "/acr/v1/samples/hello"),
        ("DELETE", "/acr/v1/samples/hello"),
        ("DELETE", f"/v2/samples/hello/blobs/{LAYER_DIGEST}"),
    ]
    refusals = [send(registry, method, path, b"{}", bearer(token)) for method, path in writes]
    assert [(found.status, challenge_of(found)["error"]) for found in refusals] == [(401, "insufficient_scope")] * 5
    assert everything(registry) == before


def test_admin_user_may_use_basic_on_every_route() -> None:
    """acr-behaviour 3.5."""
    registry = seeded_with_login()

    targets = [
        ("GET", MANIFEST),
        ("GET", "/v2/_catalog"),
        ("GET", "/acr/v1/samples/hello"),
        ("DELETE", "/acr/v1/samples/hello"),
    ]
    assert [send(registry, method, path, headers={**ACCEPT, **ADMIN}).status for method, path in targets] == [
        200,
        200,
        200,
        202,
    ]
    assert {exchange.principal for exchange in registry.requests} == {"fake"}


def test_access_token_expires_after_4500_seconds() -> None:
    registry = seeded_with_login()
    token = token_for(registry, log_in(registry), "repository:samples/hello:pull")
    before = {**ACCEPT, **bearer(token)}

    registry.clock.wait(4_499)
    last = send(registry, "GET", MANIFEST, headers=before)
    registry.clock.wait(1)
    expired = send(registry, "GET", MANIFEST, headers=before)

    assert (last.status, expired.status) == (200, 401)
    assert challenge_of(expired) == {
        "realm": f"https://{HOST}/oauth2/token",
        "service": HOST,
        "scope": "repository:samples/hello:pull",
        "error": "invalid_token",
    }


def test_anonymous_token_expires_after_1200_seconds() -> None:
    """acr-behaviour 3.6."""
    registry = seeded_with_login(auth="anonymous-pull")
    target = f"/oauth2/token?service={HOST}&scope=repository:other:delete"
    headers = {**ACCEPT, **bearer(send(registry, "GET", target).json["access_token"])}

    registry.clock.wait(1_199)
    last = send(registry, "GET", MANIFEST, headers=headers)
    registry.clock.wait(1)
    expired = send(registry, "GET", MANIFEST, headers=headers)

    assert (last.status, expired.status) == (200, 401)
    assert challenge_of(expired)["error"] == "invalid_token"


def test_refresh_token_expires_after_11700_seconds() -> None:
    registry = seeded_with_login()
    refresh = log_in(registry)

    def status() -> int:
        fields = {"grant_type": "refresh_token", "service": HOST, "refresh_token": refresh}
        return post_form(registry, "/oauth2/token", **fields).status

    registry.clock.wait(11_699)
    last = status()
    registry.clock.wait(1)

    assert (last, status()) == (200, 401)


@pytest.mark.parametrize(
    ("scope", "method", "target", "status"),
    [
        ("repository:samples/hello:pull", "GET", MANIFEST, 200),
        ("repository:samples/hello:pull", "GET", "/v2/other/manifests/v1", 401),
        ("repository:samples/hello:pull", "GET", "/v2/samples/hello/tags/list", 401),
        ("repository:samples/hello:metadata_read", "GET", "/v2/samples/hello/tags/list", 200),
        ("repository:samples/hello:metadata_read", "GET", MANIFEST, 401),
        ("repository:samples/hello:push", "POST", "/v2/samples/hello/blobs/uploads/", 401),
        ("repository:samples/hello:pull,push", "POST", "/v2/samples/hello/blobs/uploads/", 202),
        ("repository:samples/hello:pull,push", "DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}", 401),
        ("repository:samples/hello:delete", "DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}", 202),
        ("repository:samples/hello:metadata_write", "PATCH", "/acr/v1/samples/hello", 200),
        ("repository:samples/hello:*", "DELETE", "/acr/v1/samples/hello", 202),
        ("repository:*:*", "GET", "/v2/other/manifests/v1", 200),
        ("repository:samples/*:pull", "GET", MANIFEST, 200),
        ("repository:sample:pull", "GET", MANIFEST, 401),
        ("registry:catalog:*", "GET", "/v2/_catalog", 200),
        ("registry:catalog:*", "GET", MANIFEST, 401),
        ("repository:catalog:*", "GET", "/v2/_catalog", 401),
        ("repository:samples/hello:pull", "GET", "/v2/", 200),
        ("nonsense", "GET", "/v2/", 200),
    ],
)
def test_token_allows_only_its_scope(scope: str, method: str, target: str, status: int) -> None:
    """acr-behaviour 3.2 and 3.7; a token that lacks the scope is 401 insufficient_scope, never 403
    (1.14)."""
    registry = seeded_with_login()
    token = token_for(registry, log_in(registry), scope)

    found = send(registry, method, target, b"{}", {**ACCEPT, **bearer(token)})

    assert found.status == status
    if status == 401:
        assert list(challenge_of(found)) == ["realm", "service", "scope", "error"]
        assert challenge_of(found)["error"] == "insufficient_scope"


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["repository:samples/hello:pull,push"], 401),
        (["repository:samples/hello:pull,push", "repository:other:push"], 401),
        (["repository:samples/hello:pull,push", "repository:other:pull"], 201),
    ],
)
def test_mount_requires_pull_from_the_source(scopes: list[str], status: int) -> None:
    """acr-behaviour 8.2."""
    registry = seeded_with_login()
    token = token_for(registry, log_in(registry), *scopes)
    before = everything(registry)

    found = send(
        registry, "POST", f"/v2/samples/hello/blobs/uploads/?mount={LAYER_DIGEST}&from=other", b"", bearer(token)
    )

    assert found.status == status
    if status == 401:
        scope = "repository:samples/hello:pull,push repository:other:pull"
        assert (challenge_of(found)["scope"], challenge_of(found)["error"]) == (scope, "insufficient_scope")
        assert everything(registry) == before


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["repository:samples/hello:pull,push"], 202),
        (["repository:samples/hello:pull,push", "repository:other:pull"], 202),
        (["repository:samples/hello:pull,push", "repository:*:metadata_read"], 202),
        (["repository:samples/hello:pull,push", "repository:*:pull"], 201),
        (["repository:*:*"], 201),
    ],
)
def test_mount_without_a_source_requires_pull_from_every_repository(scopes: list[str], status: int) -> None:
    """distribution-spec, Mounting a blob: without `from` it MAY be found elsewhere, and not where
    the caller may not pull. A request without a source is never refused for it: an upload begins."""
    registry = seeded_with_login(profile="oci")
    registry.content.put_blob(RepositoryName("secret"), digest_of(b"secret"), [b"secret"])
    token = token_for(registry, log_in(registry), *scopes)

    found = send(registry, "POST", f"/v2/samples/hello/blobs/uploads/?mount={digest_of(b'secret')}", b"", bearer(token))

    assert found.status == status
    stored = send(registry, "HEAD", f"/v2/samples/hello/blobs/{digest_of(b'secret')}", headers=bearer(token))
    assert stored.status == (200 if status == 201 else 404)


def test_admin_user_mounts_without_a_source() -> None:
    registry = seeded_with_login(profile="oci")

    target = f"/v2/new/blobs/uploads/?mount={LAYER_DIGEST}"

    assert send(registry, "POST", target, b"", ADMIN).status == 201


@pytest.mark.parametrize(
    ("query", "code"), [(f"mount={LAYER_DIGEST}&from=Bad", "NAME_INVALID"), ("mount=x&from=other", "DIGEST_INVALID")]
)
def test_invalid_mount_is_400_only_with_push_permission(query: str, code: str) -> None:
    """acr-behaviour 5, order of checks: the token comes first [I]."""
    registry = seeded_with_login()
    target = f"/v2/samples/hello/blobs/uploads/?{query}"
    tokens = [token_for(registry, log_in(registry), f"repository:samples/hello:pull{more}") for more in ("", ",push")]

    strange, known = (send(registry, "POST", target, b"", bearer(token)) for token in tokens)

    assert (strange.status, challenge_of(strange)["scope"]) == (401, "repository:samples/hello:pull,push")
    assert (known.status, known.json["errors"][0]["code"]) == (400, code)


class TestGrants:
    """`FakeRegistry.grant`: after the first role, principals without a role are refused."""

    def test_role_is_limited_to_its_repositories(self) -> None:
        registry = seeded_with_login()
        registry.grant("reader", "AcrPull", repository="samples/*")
        wanted = "repository:samples/hello:pull,push repository:other:pull registry:catalog:*"

        token = token_for(registry, log_in(registry, oid="reader"), wanted)

        assert claims_of(token)["access"] == [entry_of("repository", "samples/hello", "pull")]
        assert send(registry, "GET", MANIFEST, headers={**ACCEPT, **bearer(token)}).status == 200
        assert send(registry, "GET", "/v2/other/manifests/v1", headers={**ACCEPT, **bearer(token)}).status == 401

    def test_principal_without_a_role_is_refused(self) -> None:
        registry = seeded_with_login()
        registry.grant("reader", "AcrPull")

        found = post_form(
            registry,
            "/oauth2/exchange",
            grant_type="access_token",
            service=HOST,
            access_token=entra_token(oid="stranger"),
        )

        assert without_ids(found) == NO_ROLE
        assert registry.requests[-1].failure == "no role: stranger was granted none"

    @pytest.mark.parametrize(("sets_locks", "status"), [(True, 200), (False, 401)])
    @pytest.mark.parametrize("target", ["", "/_tags/v1", f"/_manifests/{IMAGE_DIGEST}"])
    def test_acr_push_sets_locks_if_the_setting_allows_it(
        self,
        target: str,
        status: int,
        *,
        sets_locks: bool,
    ) -> None:
        registry = seeded_with_login(acr_push_sets_locks=sets_locks)
        registry.grant("writer", "AcrPush")
        token = token_for(registry, log_in(registry, oid="writer"), "repository:samples/hello:*")

        path, lock = f"/acr/v1/samples/hello{target}", b'{"writeEnabled":false}'
        found = send(registry, "PATCH", path, lock, bearer(token))

        assert found.status == status
        if status == 401:
            assert challenge_of(found)["error"] == "insufficient_scope"

    def test_admin_user_needs_no_role(self) -> None:
        registry = seeded_with_login()
        registry.grant("reader", "AcrPull")

        assert send(registry, "GET", MANIFEST, headers={**ACCEPT, **ADMIN}).status == 200


class TestDownload:
    """acr-behaviour 8.3: the storage URL carries its own permission."""

    def _redirect(self, registry: FakeRegistry) -> tuple[HttpAnswer, dict[str, str]]:
        headers = bearer(token_for(registry, log_in(registry), "repository:samples/hello:pull"))
        return send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}", headers=headers), headers

    def test_storage_url_needs_no_token(self) -> None:
        registry = seeded_with_login()

        assert follow(registry, self._redirect(registry)[0]).status == 200
        assert registry.requests[-1].principal is None

    def test_storage_refuses_a_forwarded_token(self) -> None:
        registry = seeded_with_login()
        redirect, headers = self._redirect(registry)

        assert follow(registry, redirect, headers).status == 400

    def test_storage_url_expires_before_the_token(self) -> None:
        registry = seeded_with_login()
        redirect, headers = self._redirect(registry)

        registry.clock.wait(20 * 60 + 1)

        assert follow(registry, redirect).status == 403
        assert send(registry, "HEAD", f"/v2/samples/hello/blobs/{LAYER_DIGEST}", headers=headers).status == 200

    def test_storage_url_is_for_one_blob(self) -> None:
        registry = seeded_with_login()
        url = self._redirect(registry)[0].header("Location").removeprefix(f"https://{STORAGE_HOST}")
        other = url.replace(LAYER_DIGEST.removeprefix("sha256:"), ABSENT.removeprefix("sha256:"))

        assert send(registry, "GET", other, host=STORAGE_HOST).status == 403
