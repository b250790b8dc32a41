"""Hints: each for its mistake, and none where another cause fits as well."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from fake_registry.journal import hints
from fake_registry.journal.copies import rewritten_copy
from fake_registry.journal.evidence import Evidence
from fake_registry.journal.rewriting import writings_of
from fake_registry.journal.unreached import missing_login, unreached_registry
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest, read_manifest
from fake_registry.spec.names import RepositoryName, digest_of
from tests.support.exchanges import exchanges_of
from tests.support.http import ABSENT, IMAGE
from tests.support.known_content import KnownContent

WEB = RepositoryName("dev/web")
MANIFEST = read_manifest(IMAGE, media_types.OCI_MANIFEST)

PULL = {"path": "/v2/dev/web/manifests/1.1", "endpoint": "manifest.get", "repository": "dev/web", "reference": "1.1"}
PROBE = PULL | {"status": 401, "failure": "no credentials"}
PUSH = {"method": "PUT", "path": "/v2/dev/web/manifests/1.1", "endpoint": "manifest.put", "repository": "dev/web"}
UPLOAD = {"method": "POST", "path": "/v2/dev/web/blobs/uploads/", "endpoint": "upload.start", "repository": "dev/web"}
DELETION = {
    "method": "DELETE",
    "endpoint": "acr.tag.delete",
    "repository": "dev/web",
    "reference": "1.1",
    "status": 202,
}
TAGS = {"path": "/v2/dev/web/tags/list", "endpoint": "tags.list", "repository": "dev/web"}
LINKED = TAGS | {"response_headers": (("Link", '</v2/dev/web/tags/list?last=a&n=1>; rel="next"'),)}
STRUCK = PULL | {"status": 503, "faults": ("Refuse(503)",)}


def evidence_of(
    *items: dict[str, Any], failure: str = "", async_clients: tuple[str, ...] = (), **content: Any
) -> Evidence:  # Any: of fields
    exchanges = tuple(exchanges_of(*items))
    return Evidence(exchanges=exchanges, content=KnownContent(**content), failure=failure, async_clients=async_clients)


def refused(failure: str, **fields: object) -> dict[str, Any]:
    return {**PULL, "status": 404, "failure": failure, **fields}


class TestUnlistedType:
    REFUSED = refused("the manifest exists as a/b, which Accept does not list", request_headers=(("Accept", "c/d"),))

    def test_header_and_remedy_are_named(self) -> None:
        assert hints.unlisted_type(evidence_of(self.REFUSED)) == (
            "dev/web:1.1 exists, but the Accept header of #0 lists c/d. "
            "Add a/b to it: ACR sends this type to no other client."
        )

    @pytest.mark.parametrize("later", [PULL, PULL | {"method": "HEAD"}, DELETION, PULL | {"status": 503}])
    def test_refusal_that_the_code_got_over_needs_no_hint(self, later: dict[str, Any]) -> None:
        assert hints.unlisted_type(evidence_of(self.REFUSED, later)) is None

    def test_same_call_without_a_token_does_not_count(self) -> None:
        assert hints.unlisted_type(evidence_of(self.REFUSED, PROBE)) is not None

    def test_long_header_is_cut(self) -> None:
        long = self.REFUSED | {"request_headers": (("Accept", "c/d, " * 10_000),)}
        assert len(hints.unlisted_type(evidence_of(long)) or "") < 1_000


class TestMissingNames:
    TAG = refused("repository dev/web has no tag 1.1")
    REPOSITORY = refused("the registry has no repository dev/wep")

    def test_other_tags_are_listed(self) -> None:
        found = hints.missing_tag(evidence_of(self.TAG, tagged={"dev/web": ["1.0", "latest"]}))
        assert found == "There is no tag 1.1 in dev/web. It has: 1.0, latest."

    def test_other_repositories_are_listed(self) -> None:
        found = hints.missing_repository(evidence_of(self.REPOSITORY, tagged={"dev/web": []}))
        assert found == "There is no repository dev/wep. The registry has: dev/web."

    def test_tag_that_is_there_now_needs_no_hint(self) -> None:
        assert hints.missing_tag(evidence_of(self.TAG, tagged={"dev/web": ["1.0", "1.1"]})) is None

    @pytest.mark.parametrize("others", [(PUSH,), (UPLOAD | {"status": 401},)])
    def test_read_before_a_push_needs_no_hint(self, others: tuple[dict[str, Any], ...]) -> None:
        seen = evidence_of(self.TAG, *others, tagged={"dev/web": ["1.0"]})
        assert hints.missing_tag(seen) is None

        seen = evidence_of(self.REPOSITORY | {"repository": "dev/web"}, *others, tagged={"dev/api": ["1.0"]})
        assert hints.missing_repository(seen) is None

    def test_tag_in_place_of_another_needs_no_hint(self) -> None:
        other = PULL | {"path": "/v2/dev/web/manifests/1.0", "reference": "1.0"}
        assert hints.missing_tag(evidence_of(self.TAG, other, tagged={"dev/web": ["1.0"]})) is None

    @pytest.mark.parametrize("other", [{"repository": "dev/api"}, {"endpoint": "tags.list"}, {"status": 500}])
    def test_call_of_another_kind_does_not_count(self, other: dict[str, Any]) -> None:
        later = PULL | {"path": "/v2/other", "reference": "1.0"} | other
        assert hints.missing_tag(evidence_of(self.TAG, later, tagged={"dev/web": ["1.0"]})) is not None

    def test_read_after_a_deletion_needs_no_hint(self) -> None:
        assert hints.missing_tag(evidence_of(DELETION, self.TAG, tagged={"dev/web": ["1.0"]})) is None

    def test_push_to_another_repository_does_not_count(self) -> None:
        other = PUSH | {"repository": "dev/api"}
        assert hints.missing_tag(evidence_of(self.TAG, other, tagged={"dev/web": ["1.0"]})) is not None

    def test_long_lists_are_cut(self) -> None:
        tags = [f"v{number}" for number in range(10)]
        found = hints.missing_tag(evidence_of(self.TAG, tagged={"dev/web": tags}))
        assert (found or "").endswith("v6, v7 and 2 more.")

    def test_empty_registry_needs_no_hint(self) -> None:
        evidence = evidence_of(self.TAG, self.REPOSITORY)
        assert (hints.missing_tag(evidence), hints.missing_repository(evidence)) == (None, None)


class TestUnfollowedLink:
    NEXT = TAGS | {"query": "last=a&n=1"}

    def test_page_that_was_not_read_is_named(self) -> None:
        assert (hints.unfollowed_link(evidence_of(LINKED)) or "").startswith("#0 tags.list was answered with one page")

    @pytest.mark.parametrize(
        ("link", "query"),
        [
            ("/v2/dev/web/tags/list?last=a&n=1", "last=a&n=1"),
            ("/v2/dev/web/tags/list?last=a&n=1", "n=1&last=a"),
            ("/v2/dev/web/tags/list?last=a%2fb&n=1", "last=a/b&n=1"),
            ("/v2/dev%2Fweb/tags/list?last=a+b", "last=a%20b"),
            ("https://fake.azurecr.io/v2/dev/web/tags/list?n=1&orderby=", "n=1&orderby="),
        ],
    )
    def test_link_that_was_followed_in_any_writing_needs_no_hint(self, link: str, query: str) -> None:
        first = TAGS | {"response_headers": (("Link", f'<{link}>; rel="next"'),)}
        assert hints.unfollowed_link(evidence_of(first, first | {"query": query})) is None

    @pytest.mark.parametrize(
        ("query", "is_named"), [("n=1&orderby=timedesc", False), ("n=1", True), ("orderby=timedesc&n=10", True)]
    )
    def test_query_for_the_newest_item_needs_no_hint(self, query: str, *, is_named: bool) -> None:
        found = hints.unfollowed_link(evidence_of(LINKED | {"query": query}))
        assert (found is not None) is is_named

    def test_other_page_is_not_the_next_one(self) -> None:
        assert (
            hints.unfollowed_link(evidence_of(LINKED, self.NEXT | {"query": "last=b&n=1", "status": 404})) is not None
        )

    @pytest.mark.parametrize("items", [(TAGS,), (PULL,), (LINKED | {"status": 500},), ()])
    def test_other_answers_need_no_hint(self, items: tuple[dict[str, Any], ...]) -> None:
        assert hints.unfollowed_link(evidence_of(*items)) is None


class TestOtherScope:
    CHALLENGE = (("WWW-Authenticate", 'Bearer realm="x",scope="repository:dev/web:pull",error="insufficient_scope"'),)

    def test_scopes_of_token_and_call_are_named(self) -> None:
        item = refused("the token is good for repository:a:pull", status=401, response_headers=self.CHALLENGE)
        assert hints.other_scope(evidence_of(item)) == (
            "The token of #0 is good for repository:a:pull, the call needs repository:dev/web:pull. "
            "Request a token of this scope; grant the caller a role, or a scope map, that includes it."
        )

    @pytest.mark.parametrize("status", [200, 404, 503])
    def test_call_that_was_authorized_later_needs_no_hint(self, status: int) -> None:
        item = refused("the token is good for repository:a:pull", status=401, response_headers=self.CHALLENGE)
        assert hints.other_scope(evidence_of(item, PROBE, PULL | {"status": status})) is None

    def test_expired_token_needs_no_hint(self) -> None:
        assert hints.other_scope(evidence_of(refused("access token expired: 3 s ago", status=401))) is None


class TestCountedProbes:
    @pytest.mark.parametrize(
        "failure",
        [
            "E  assert 2 == 1\nE   +  where 2 = len(<Exchanges, 2 requests>)",
            "E  assert 1 == 2\nE   +  where 2 = len(<Exchanges, 2 requests>)",
            "E  assert 2 == 1\nE   +  where 2 = <FakeRegistry fake.azurecr.io>.request_count",
            "    count = len(acr.requests)\n>   assert count == 1\nE   assert 2 == 1",
            "    self.assertEqual(len(acr.requests), 1)\nE   AssertionError: 2 != 1",
            "expected 1 exchange with endpoint='manifest.get', found 2:",
        ],
    )
    def test_calls_without_a_token_are_named(self, failure: str) -> None:
        found = hints.counted_probes(evidence_of(PROBE, PULL, failure=failure)) or ""
        assert found.startswith("1 of the 2 requests to manifest.get had no token, and the answer 401")

    @pytest.mark.parametrize(
        "failure",
        [
            "E  assert 3 == 1\nE   +  where 3 = len(<Exchanges, 3 requests>)",
            "E  assert 2 == 1\nE   +  where 2 = len(['1.0', '1.1'])",
            "    acr.requests\nE  assert 2 == 1\nE   +  where 2 = len(['1.0', '1.1'])",
            "E  assert 2 == 1",
            "E  assert 2 == 2",
            "KeyError: 1",
            "",
        ],
    )
    def test_other_numbers_need_no_hint(self, failure: str) -> None:
        assert hints.counted_probes(evidence_of(PROBE, PULL, failure=failure)) is None

    def test_calls_with_a_token_need_no_hint(self) -> None:
        assert hints.counted_probes(evidence_of(PULL, PULL, failure="acr.requests assert 2 == 1")) is None


class TestRewrittenJson:
    @staticmethod
    def pull_of(digest: str) -> dict[str, Any]:
        failure = f"repository dev/web has no manifest {digest}"
        return PULL | {"path": f"/{digest}", "reference": digest, "status": 404, "failure": failure}

    @pytest.mark.parametrize("writing", list(writings_of({"a": [1], "A": "\N{SNOWMAN}"})))
    def test_each_usual_writing_is_recognized(self, writing: bytes) -> None:
        other = read_manifest('{ "a":[1],"A":"\N{SNOWMAN}"}'.encode(), "application/vnd.example+json")
        digest = digest_of(writing)

        found = hints.rewritten_json(evidence_of(self.pull_of(digest), kept=[other])) or ""
        assert found.startswith(f"{digest} is the digest of manifest {other.digest} written as JSON once more")

    def test_other_digest_needs_no_hint(self) -> None:
        assert hints.rewritten_json(evidence_of(self.pull_of(ABSENT), kept=[MANIFEST])) is None

    def test_digest_of_a_manifest_that_is_there_needs_no_hint(self) -> None:
        plain = read_manifest(b'{"a": 1}', "application/vnd.example+json")
        other = read_manifest(b'{"a":1}', "application/vnd.example+json")
        assert hints.rewritten_json(evidence_of(self.pull_of(plain.digest), kept=[other, plain])) is None

    def test_last_manifests_alone_are_written_once_more(self) -> None:
        """A repository may have thousands, and the report has 50 ms."""
        kept = [read_manifest(b'{ "a":%d}' % number, "application/vnd.example+json") for number in range(101)]
        first, last = (self.pull_of(digest_of(f'{{"a":{number}}}'.encode())) for number in (0, 100))

        assert hints.rewritten_json(evidence_of(first, kept=kept)) is None
        assert hints.rewritten_json(evidence_of(last, kept=kept)) is not None


class TestBlobElsewhere:
    MISSING = PUSH | {"status": 400, "failure": f"the repository has no blob or manifest {ABSENT}, and 1 more"}

    def test_repository_of_the_blob_is_named(self) -> None:
        found = hints.blob_elsewhere(evidence_of(self.MISSING, blobs={ABSENT: ["dev/api"]}))
        assert found == f"Blob {ABSENT} is in dev/api, not in dev/web: upload it there too, or mount it."

    @pytest.mark.parametrize("blobs", [{}, {ABSENT: ["dev/api", "dev/web"]}])
    def test_blob_that_is_nowhere_or_here_now_needs_no_hint(self, blobs: dict[str, list[str]]) -> None:
        assert hints.blob_elsewhere(evidence_of(self.MISSING, blobs=blobs)) is None

    def test_second_missing_blob_is_named(self) -> None:
        other = ABSENT.replace("0", "1")
        failure = ", ".join(f"the repository has no blob or manifest {digest}" for digest in (other, ABSENT))
        found = hints.blob_elsewhere(evidence_of(self.MISSING | {"failure": failure}, blobs={ABSENT: ["dev/api"]}))
        assert (found or "").startswith(f"Blob {ABSENT} is in dev/api")

    def test_head_before_an_upload_needs_no_hint(self) -> None:
        look = PULL | {"endpoint": "blob.head", "status": 404, "failure": f"repository dev/web has no blob {ABSENT}"}
        assert hints.blob_elsewhere(evidence_of(look, UPLOAD, blobs={ABSENT: ["dev/api"]})) is None


class TestUnansweredFault:
    def test_fault_and_request_are_named(self) -> None:
        found = hints.unanswered_fault(evidence_of(STRUCK))
        assert found == (
            "The fault Refuse(503) struck #0 manifest.get, and the request was not sent again. "
            "Retry it, or expect the error."
        )

    @pytest.mark.parametrize("items", [(STRUCK, PULL), (STRUCK, STRUCK), (PULL,), ()])
    def test_retried_request_needs_no_hint(self, items: tuple[dict[str, Any], ...]) -> None:
        assert hints.unanswered_fault(evidence_of(*items)) is None

    @pytest.mark.parametrize("other", [TAGS, PULL | {"reference": "1.2"}])
    def test_other_request_is_no_retry(self, other: dict[str, Any]) -> None:
        assert hints.unanswered_fault(evidence_of(STRUCK, other)) is not None

    def test_second_upload_is_a_retry(self) -> None:
        chunk = {"endpoint": "upload.chunk", "repository": "dev/web"}
        first = chunk | {"reference": "a", "status": None, "faults": ("Disconnect()",)}
        assert hints.unanswered_fault(evidence_of(first, chunk | {"reference": "b"})) is None

    @pytest.mark.parametrize(
        ("effect", "is_named"), [("Latency(1)", False), ("Truncate(3)", True), ("Corrupt()", True)]
    )
    def test_fault_that_left_a_good_answer_needs_no_hint(self, effect: str, *, is_named: bool) -> None:
        found = hints.unanswered_fault(evidence_of(PULL | {"faults": (effect,)}))
        assert (found is not None) is is_named

    def test_fault_without_effect_needs_no_hint(self) -> None:
        idle = "Corrupt(offset=9) without effect"
        refused = PULL | {"status": 404, "faults": (idle,)}
        struck = PULL | {"status": 503, "faults": (idle, "Refuse(503)")}

        assert hints.unanswered_fault(evidence_of(refused)) is None
        assert (hints.unanswered_fault(evidence_of(struck)) or "").startswith("The fault Refuse(503) struck #0")


class TestUnknownHost:
    FAILURE = "no registry serves host {!r}, known: fake.azurecr.io; no socket is opened in memory mode"

    def test_names_of_host_and_registries_are_listed(self) -> None:
        marker = '@pytest.mark.acr(name="mine", domain="azurecr.us")'
        failure = self.FAILURE.format("mine.azurecr.us") + f"; {marker} makes a fake of this name\n"
        assert hints.unknown_host(evidence_of(failure=failure)) == (
            "No registry of the test has the name mine.azurecr.us; the hosts are fake.azurecr.io. "
            f"Use fake.azurecr.io, or name the registry of the test with {marker}."
        )

    def test_host_that_no_registry_can_have_needs_no_hint(self) -> None:
        assert hints.unknown_host(evidence_of(failure=self.FAILURE.format("ghcr.io"))) is None

    def test_host_has_at_most_300_characters(self) -> None:
        """A word without end took a minute: pytest shows long values without a blank."""
        rest = """ is not one of this network's hosts, a; @pytest.mark.acr(name="m")"""
        assert hints.unknown_host(evidence_of(failure="x" * 300 + rest)) is not None
        assert hints.unknown_host(evidence_of(failure="x" * 60_000 + rest)) is None

    def test_hosts_of_a_network_are_listed(self) -> None:
        failure = (
            "HostRefused: mine.azurecr.io is not one of this network's hosts, fake.azurecr.io, "
            "fake.eastus.data.azurecr.io, a.azurecr.io; "
            '@pytest.mark.acr(name="mine") gives the fixture acr_network a fake of this name; network(...)'
        )
        assert hints.unknown_host(evidence_of(failure=failure)) == (
            "No registry of the test has the name mine.azurecr.io; the hosts are fake.azurecr.io, "
            "fake.eastus.data.azurecr.io, a.azurecr.io. "
            "Use fake.azurecr.io or a.azurecr.io, "
            'or name the registry of the test with @pytest.mark.acr(name="mine").'
        )

    def test_other_failure_needs_no_hint(self) -> None:
        assert hints.unknown_host(evidence_of(failure="ValueError")) is None


class TestMissingAwait:
    CLIENTS = ("acr_aio_client",)

    @pytest.mark.parametrize(
        "failure",
        [
            ">   assert tags\nE   assert []",
            "E   AssertionError: expected a push of dev/web, found no requests",
            "E   Failed: DID NOT RAISE <class 'ResourceNotFoundError'>",
            "E   AttributeError: 'coroutine' object has no attribute 'digest'",
        ],
    )
    def test_client_that_sent_nothing_is_named(self, failure: str) -> None:
        found = hints.missing_await(evidence_of(async_clients=self.CLIENTS, failure=failure)) or ""
        assert found.startswith("acr_aio_client sent no request. Is an `await` missing?")

    def test_error_before_the_first_call_needs_no_hint(self) -> None:
        failure = "    assert True\n>   connect()\nE   RuntimeError: no database"
        assert hints.missing_await(evidence_of(async_clients=self.CLIENTS, failure=failure)) is None

    def test_request_or_sync_client_needs_no_hint(self) -> None:
        assert hints.missing_await(evidence_of(PULL, async_clients=self.CLIENTS, failure="assert 0")) is None
        assert hints.missing_await(evidence_of(failure="assert 0")) is None


def test_every_hint_is_registered() -> None:
    found = hints.hints_of(evidence_of(STRUCK, LINKED))
    assert len(found) == 2


def test_empty_journal_has_no_hints() -> None:
    assert hints.hints_of(evidence_of()) == []


class TestRewrittenCopy:
    """A manifest that was pulled, and pushed as other bytes with the same JSON."""

    COPY = read_manifest(json.dumps(json.loads(IMAGE), indent=7).encode(), media_types.OCI_MANIFEST)
    OTHER = read_manifest(IMAGE.replace(b"{", b'{"a": 1, ', 1), media_types.OCI_MANIFEST)

    @staticmethod
    def hint_of(pushed: Manifest, *, failure: str, kept: Sequence[Manifest]) -> str | None:
        pull = PULL | {"response_headers": (("Docker-Content-Digest", MANIFEST.digest),)}
        push = PUSH | {
            "reference": "1.1",
            "status": 201,
            "response_headers": (("Docker-Content-Digest", pushed.digest),),
        }
        return rewritten_copy(evidence_of(pull, push, failure=failure, kept=kept))

    def test_pull_and_push_are_named(self) -> None:
        failure = f"- {MANIFEST.digest}\n+ {self.COPY.digest}"
        assert self.hint_of(self.COPY, failure=failure, kept=[MANIFEST, self.COPY]) == (
            "#1 pushed the JSON of #0 with other bytes, so dev/web:1.1 has another digest. "
            "Push the bytes that were pulled, not a dict of them."
        )

    def test_test_that_does_not_compare_the_digests_needs_no_hint(self) -> None:
        failure = f"no tag of {self.COPY.digest}"
        assert self.hint_of(self.COPY, failure=failure, kept=[MANIFEST, self.COPY]) is None

    def test_other_json_needs_no_hint(self) -> None:
        failure = f"- {MANIFEST.digest}\n+ {self.OTHER.digest}"
        assert self.hint_of(self.OTHER, failure=failure, kept=[MANIFEST, self.OTHER]) is None

    def test_manifests_that_are_gone_need_no_hint(self) -> None:
        failure = f"- {MANIFEST.digest}\n+ {self.COPY.digest}"
        assert self.hint_of(self.COPY, failure=failure, kept=[]) is None

    def test_the_same_bytes_need_no_hint(self) -> None:
        assert self.hint_of(MANIFEST, failure=MANIFEST.digest, kept=[MANIFEST]) is None


class TestUnreachedRegistry:
    @pytest.mark.parametrize(
        "failure",
        [
            "E   ServiceRequestError: Failed to resolve 'myregistry.azurecr.io' ([Errno -2] Name or service not known)",
            "E   ConnectionError: HTTPSConnectionPool(host='myregistry.azurecr.io', port=443): Max retries exceeded",
            "E   ClientConnectorError: Cannot connect to host myregistry.azurecr.io:443 ssl:default",
        ],
    )
    def test_host_and_remedies_are_named(self, failure: str) -> None:
        assert unreached_registry(evidence_of(failure=f"def test():\n{failure}")) == (
            "The registry of the test got no request: the code connects to myregistry.azurecr.io by itself. "
            "Use the fixture acr_network, or pass transport=acr_transport to the client."
        )

    def test_default_name_is_found(self) -> None:
        found = unreached_registry(evidence_of(failure="E   Failed to resolve 'fake.azurecr.io'"))
        assert "connects to fake.azurecr.io by itself" in (found or "")

    @pytest.mark.parametrize(
        "failure",
        ["assert 0", "E   Failed to resolve 'example.com'", "url = 'https://myregistry.azurecr.io'\nE   assert 0"],
    )
    def test_other_failures_give_no_hint(self, failure: str) -> None:
        assert unreached_registry(evidence_of(failure=failure)) is None

    def test_registry_with_requests_was_reached(self) -> None:
        assert unreached_registry(evidence_of(PULL, failure="Failed to resolve 'myregistry.azurecr.io'")) is None


class TestMissingLogin:
    SESSION = PROBE | {"request_headers": (("User-Agent", "python-requests/2.32.5"),)}
    LOGIN = PULL | {"method": "POST", "path": "/oauth2/token", "endpoint": "oauth.token"}

    def test_session_and_remedies_are_named(self) -> None:
        assert missing_login(evidence_of(PULL, self.SESSION)) == (
            "#1 has no credential: acr_session does not log in. "
            '@pytest.mark.acr(auth="off") asks for none; with admin_user= and admin_password= '
            "pass auth=(user, password)."
        )

    @pytest.mark.parametrize(
        "items",
        [
            [],
            [PROBE | {"request_headers": (("User-Agent", "azsdk-python-containerregistry/1.2.0"),)}],
            [LOGIN, SESSION],
            [SESSION, PULL],
            [SESSION | {"faults": ("Refuse(401)",)}],
            [SESSION | {"status": 404}],
        ],
    )
    def test_other_requests_give_no_hint(self, items: list[dict[str, Any]]) -> None:
        assert missing_login(evidence_of(*items)) is None
