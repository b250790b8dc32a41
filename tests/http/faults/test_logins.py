"""Effects on logins: tokens that expire, are revoked or of another scope, and challenges."""

import base64
import json
from typing import Any, ClassVar, get_args

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import (
    AwkwardToken,
    BadChallenge,
    ExpireToken,
    Fault,
    Revoke,
    WrongScope,
)
from fake_registry.http.faults.challenges import ChallengeKind
from fake_registry.settings import Profile
from tests.support.http import HOST, HttpAnswer, everything, registry_of, send
from tests.support.logins import basic, bearer, log_in, post_form, seeded_with_login, token_for

TAGS = "/v2/samples/hello/tags/list"
SCOPE = "repository:samples/hello:pull,metadata_read"
BEARER = f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}",scope="repository:samples/hello:metadata_read"'
KINDS: tuple[ChallengeKind, ...] = get_args(ChallengeKind)


@pytest.fixture
def guarded(profile: Profile) -> FakeRegistry:
    """A registry of each profile that requires a login."""
    return seeded_with_login(profile=profile, tag_list_scope="metadata_read")


def tags_of(registry: FakeRegistry, token: str) -> HttpAnswer:
    return send(registry, "GET", TAGS, headers=bearer(token))


def reason_of(registry: FakeRegistry) -> str:
    """Return why the only fault did nothing."""
    (active,) = registry.faults
    problem = active.problem()
    assert problem is not None
    return problem.partition(": ")[2]


def payload_of(token: str) -> str:
    return token.split(".")[1]


def claims_of(token: str) -> dict[str, Any]:  # Any: JSON
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload_of(token)))
    return claims


class TestExpireToken:
    """The token is refused once per strike."""

    @pytest.mark.parametrize("when", ["door", "before"])
    def test_access_token_is_refused_with_its_challenge(self, guarded: FakeRegistry, when: Any) -> None:
        token = token_for(guarded, log_in(guarded), SCOPE)
        guarded.faults.add(Fault("tags.list", ExpireToken(), when=when, times=1))

        struck = tags_of(guarded, token)

        assert (struck.status, struck.json["errors"][0]["code"]) == (401, "UNAUTHORIZED")
        assert struck.header("WWW-Authenticate") == f'{BEARER},error="invalid_token"'
        assert guarded.requests[-1].failure == "access token expired: by a fault"
        assert tags_of(guarded, token).status == 200

    def test_refused_call_changes_nothing(self, guarded: FakeRegistry) -> None:
        token = token_for(guarded, log_in(guarded), "repository:samples/hello:delete")
        before = everything(guarded)
        guarded.faults.add(Fault("manifest.delete", ExpireToken()))

        path = "/v2/samples/hello/manifests/v1"
        assert send(guarded, "DELETE", path, headers=bearer(token)).status == 401
        assert everything(guarded) == before

    def test_call_without_a_token_is_refused_as_it_is(self, guarded: FakeRegistry) -> None:
        plain = send(guarded, "GET", TAGS)
        guarded.faults.add(Fault("tags.list", ExpireToken(), when="door"))

        assert send(guarded, "GET", TAGS) == plain
        assert reason_of(guarded) == "the call has no token"

    def test_caller_with_a_password_has_no_token(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("tags.list", ExpireToken()))

        assert send(guarded, "GET", TAGS, headers=basic("fake", "pass:word")).status == 200
        assert reason_of(guarded) == "the call has no token"

    def test_registry_without_a_login_expires_nothing(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("*", ExpireToken()))

        assert send(seeded, "GET", TAGS).status == 200
        assert reason_of(seeded) == "the call has no token"

    def test_refresh_token_is_refused(self, guarded: FakeRegistry) -> None:
        refresh = log_in(guarded)
        guarded.faults.add(Fault("oauth.token", ExpireToken(), times=1))
        form = {"grant_type": "refresh_token", "service": HOST, "refresh_token": refresh}

        struck = post_form(guarded, "/oauth2/token", **form)

        assert struck.status == 401
        assert guarded.requests[-1].failure == "registry token expired: by a fault"
        assert token_for(guarded, refresh, SCOPE)

    def test_password_does_not_expire(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("oauth.token", ExpireToken()))
        form = {"grant_type": "password", "service": HOST, "username": "fake", "password": "pass:word"}

        assert post_form(guarded, "/oauth2/token", **form).status == 200
        assert reason_of(guarded) == "the call has no refresh token"

    def test_token_of_entra_is_refused(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("oauth.exchange", ExpireToken(), times=1))

        with pytest.raises(AssertionError):
            log_in(guarded)
        assert guarded.requests[-1].failure == "Entra token expired: by a fault"
        assert log_in(guarded)

    def test_login_issues_a_token_that_has_expired(self, guarded: FakeRegistry) -> None:
        refresh = log_in(guarded)
        lifetime = claims_of(token_for(guarded, refresh, SCOPE))
        guarded.faults.add(Fault("oauth.token", ExpireToken(), when="after", times=1))

        token = token_for(guarded, refresh, SCOPE)

        assert claims_of(token)["exp"] == lifetime["nbf"]
        assert claims_of(token)["nbf"] == claims_of(token)["iat"] == 2 * lifetime["nbf"] - lifetime["exp"]
        assert tags_of(guarded, token).status == 401
        assert (guarded.requests[-1].failure or "").startswith("access token expired: ")
        assert tags_of(guarded, token_for(guarded, refresh, SCOPE)).status == 200

    def test_answer_of_another_endpoint_has_no_token(self, guarded: FakeRegistry) -> None:
        token = token_for(guarded, log_in(guarded), SCOPE)
        guarded.faults.add(Fault("tags.list", ExpireToken(), when="after"))

        assert tags_of(guarded, token).status == 200
        expected = "the answer has no token: at 'after' it acts at oauth.exchange, oauth.token"
        assert reason_of(guarded) == expected


@pytest.mark.parametrize("chunked", [False, True])
def test_form_that_is_refused_anyway_is_struck_without_effect(guarded: FakeRegistry, *, chunked: bool) -> None:
    form = b"x" * 2_000_000
    plain = send(guarded, "POST", "/oauth2/token", form, chunked=chunked)
    guarded.faults.add(Fault("oauth.token", ExpireToken()))

    assert send(guarded, "POST", "/oauth2/token", form, chunked=chunked).status == plain.status
    assert reason_of(guarded) == "the registry refuses the form: UNAUTHORIZED"


class TestRevoke:
    """Tokens that were issued are worth nothing any more."""

    @pytest.mark.parametrize("when", ["door", "before"])
    def test_call_is_refused_and_so_are_later_ones(self, guarded: FakeRegistry, when: Any) -> None:
        refresh = log_in(guarded)
        token = token_for(guarded, refresh, SCOPE)
        guarded.faults.add(Fault("tags.list", Revoke(), when=when, times=1))

        struck = tags_of(guarded, token)

        assert struck.header("WWW-Authenticate") == f'{BEARER},error="invalid_token"'
        assert tags_of(guarded, token) == struck
        assert guarded.requests[-1].failure == "access token revoked: with all that were issued before"

        again = post_form(guarded, "/oauth2/token", grant_type="refresh_token", service=HOST, refresh_token=refresh)
        assert again.status == 401

        other = token_for(guarded, log_in(guarded), SCOPE)
        assert tags_of(guarded, other).status == 200

    def test_after_a_call_its_answer_stays(self, guarded: FakeRegistry) -> None:
        token = token_for(guarded, log_in(guarded), SCOPE)
        plain = tags_of(guarded, token)
        guarded.faults.add(Fault("tags.list", Revoke(), when="after", times=1))

        assert tags_of(guarded, token) == plain
        assert tags_of(guarded, token).status == 401

    def test_second_strike_finds_no_valid_token(self, guarded: FakeRegistry) -> None:
        token_for(guarded, log_in(guarded), SCOPE)
        active = guarded.faults.add(Fault("tags.list", Revoke(), when="door"))

        send(guarded, "GET", TAGS)
        send(guarded, "GET", TAGS)

        assert (active.hits, active.idle_hits) == (2, 1)

    def test_token_that_needs_no_login_is_refused_with_effect(self) -> None:
        registry = registry_of("acr", auth="off")
        active = registry.faults.add(Fault("base", Revoke()))

        assert send(registry, "GET", "/v2/", headers={"Authorization": "Bearer x.y.z"}).status == 401
        assert (active.hits, active.idle_hits) == (1, 0)

    def test_before_any_login_there_is_nothing_to_revoke(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("tags.list", Revoke(), when="door"))

        send(guarded, "GET", TAGS)

        assert reason_of(guarded) == "no token was issued so far"

    def test_content_stays(self, guarded: FakeRegistry) -> None:
        token = token_for(guarded, log_in(guarded), SCOPE)
        before = everything(guarded)
        guarded.faults.add(Fault("*", Revoke()))

        assert tags_of(guarded, token).status == 401
        assert everything(guarded) == before


class TestWrongScope:
    """The token that is issued does not do."""

    @pytest.mark.parametrize(
        ("scope", "held"),
        [("repository:elsewhere:pull", "repository:elsewhere:pull"), ("", "nothing")],
    )
    def test_calls_answer_insufficient_scope(self, guarded: FakeRegistry, scope: str, held: str) -> None:
        refresh = log_in(guarded)
        guarded.faults.add(Fault("oauth.token", WrongScope(scope), times=1))

        struck = tags_of(guarded, token_for(guarded, refresh, SCOPE))

        assert struck.header("WWW-Authenticate") == f'{BEARER},error="insufficient_scope"'
        assert guarded.requests[-1].failure == f"the token is good for {held}"
        assert tags_of(guarded, token_for(guarded, refresh, SCOPE)).status == 200

    def test_token_is_good_for_its_own_scope(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("oauth.token", WrongScope(SCOPE)))
        assert tags_of(guarded, token_for(guarded, log_in(guarded))).status == 200

    def test_anonymous_token_has_it_too(self) -> None:
        registry = registry_of(auth="anonymous-pull")
        registry.faults.add(Fault("oauth.token", WrongScope()))

        target = f"/oauth2/token?service={HOST}&scope=repository:samples/hello:pull"
        token = send(registry, "GET", target).json["access_token"]

        access = [{"Type": "repository", "Name": "elsewhere", "Actions": ["pull"]}]
        assert claims_of(token)["access"] == access
        assert tags_of(registry, token).status == 401

    def test_scope_that_was_requested_is_not_wrong(self, guarded: FakeRegistry) -> None:
        refresh = log_in(guarded)
        guarded.faults.add(Fault("oauth.token", WrongScope(SCOPE)))

        token_for(guarded, refresh, SCOPE)

        assert reason_of(guarded) == f"the token is for {SCOPE} already"

    def test_refused_login_has_no_token(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("oauth.token", WrongScope()))
        found = send(guarded, "GET", f"/oauth2/token?service={HOST}", headers=basic("fake", "wrong"))

        assert found.status == 401
        assert reason_of(guarded) == "the answer has status 401, and no token"

    @pytest.mark.parametrize("scope", ["samples/hello", "repository:samples/hello", "a b"])
    def test_scope_must_be_well_formed(self, scope: str) -> None:
        with pytest.raises(ValueError, match=r"^expected scope to be such as 'repository:samples/hello:pull', found "):
            WrongScope(scope)


class TestAwkwardToken:
    """base64url is not base64."""

    @pytest.mark.parametrize("name", ["", "a", "ab", "abc"])
    def test_payload_has_both_characters_and_is_valid(self, guarded: FakeRegistry, name: str) -> None:
        guarded.faults.add(Fault("oauth.*", AwkwardToken()))

        refresh = log_in(guarded, upn=f"{name}@example.com")
        token = token_for(guarded, refresh, SCOPE)

        assert all({"-", "_"} <= set(payload_of(one)) for one in (refresh, token))
        assert tags_of(guarded, token).status == 200

    def test_claims_are_the_same_besides(self, guarded: FakeRegistry) -> None:
        plain = claims_of(log_in(guarded))
        guarded.faults.add(Fault("oauth.exchange", AwkwardToken()))

        struck = claims_of(log_in(guarded))

        assert struck.keys() - plain.keys() == {"awkward"}
        assert {name: struck[name] for name in plain if name != "jti"} == {
            name: value for name, value in plain.items() if name != "jti"
        }


class TestBadChallenge:
    """The 401 leads no client on, or only careful ones."""

    CHALLENGES: ClassVar[dict[ChallengeKind, str]] = {
        "basic_only": 'Basic realm="Azure Container Registry"',
        "no_scope": BEARER.partition(",scope")[0],
        "no_realm": BEARER.replace(f'realm="https://{HOST}/oauth2/token",', ""),
        "no_service": BEARER.replace(f'service="{HOST}",', ""),
        "blanks": BEARER.replace(",s", ", s"),
        "bearer_then_basic": f'{BEARER}, Basic realm="Azure Container Registry"',
        "basic_then_bearer": f'Basic realm="Azure Container Registry", {BEARER}',
        "lower_case": BEARER.replace("Bearer", "bearer"),
        "malformed": 'Bearer realm="https',
    }

    @pytest.mark.parametrize("kind", CHALLENGES)
    def test_challenge_has_another_form(self, guarded: FakeRegistry, kind: ChallengeKind) -> None:
        plain = send(guarded, "GET", TAGS)
        guarded.faults.add(Fault("tags.list", BadChallenge(kind)))

        struck = send(guarded, "GET", TAGS)

        assert struck.header("WWW-Authenticate") == self.CHALLENGES[kind]
        assert (struck.status, struck.body) == (401, plain.body)

    def test_each_kind_has_a_test(self) -> None:
        assert {*self.CHALLENGES, "missing"} == set(KINDS)

    def test_challenge_is_missing(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("tags.list", BadChallenge("missing")))
        assert "WWW-Authenticate" not in dict(send(guarded, "GET", TAGS).headers)

    @pytest.mark.parametrize("kind", KINDS)
    def test_authorized_call_passes(self, guarded: FakeRegistry, kind: ChallengeKind) -> None:
        token = token_for(guarded, log_in(guarded), SCOPE)
        guarded.faults.add(Fault("tags.list", BadChallenge(kind)))

        assert tags_of(guarded, token).status == 200
        assert reason_of(guarded) == "the caller is authorized, and gets no challenge"

    def test_refused_token_gets_it_too(self, guarded: FakeRegistry) -> None:
        guarded.faults.add(Fault("tags.list", BadChallenge("no_scope")))

        struck = tags_of(guarded, "x")

        expected = f'{BEARER.partition(",scope")[0]},error="invalid_token"'
        assert struck.header("WWW-Authenticate") == expected

    def test_registry_without_a_login_has_no_challenge(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("tags.list", BadChallenge("missing")))

        assert send(seeded, "GET", TAGS).status == 200
        assert reason_of(seeded) == "the registry requires no login (Settings.auth)"

    def test_challenge_without_a_scope_cannot_lose_it(self, guarded: FakeRegistry) -> None:
        """acr-behaviour 3.1: that of `GET /v2/` has none."""
        plain = send(guarded, "GET", "/v2/")
        guarded.faults.add(Fault("base", BadChallenge("no_scope")))

        assert send(guarded, "GET", "/v2/") == plain
        assert "has the form 'no_scope' already" in reason_of(guarded)

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_it_acts_at_the_door_alone(self, when: Any) -> None:
        with pytest.raises(ValueError, match=f"^BadChallenge cannot act at '{when}'; it acts at door$"):
            Fault("tags.list", BadChallenge("missing"), when=when)
