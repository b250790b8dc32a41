"""Hints: each for its mistake, and none where another cause fits as well."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from fake_registry.journal import hints
from fake_registry.journal.copies import rewritten_copy
from fake_registry.journal.evidence import Evidence
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest, read_manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag
from tests.support.exchanges import exchanges_of
from tests.support.http import ABSENT, IMAGE

WEB = RepositoryName("dev/web")
MANIFEST = read_manifest(IMAGE, media_types.OCI_MANIFEST)

PULL = {"path": "/v2/dev/web/manifests/1.1", "endpoint": "manifest.get", "repository": "dev/web", "reference": "1.1"}
PROBE = PULL | {"status": 401, "failure": "no credentials"}
PUSH = {"method": "PUT", "path": "/v2/dev/web/manifests/1.1", "endpoint": "manifest.put", "repository": "dev/web"}
TAGS = {"path": "/v2/dev/web/tags/list", "endpoint": "tags.list", "repository": "dev/web"}
LINKED = TAGS | {"response_headers": (("Link", '</v2/dev/web/tags/list?last=a&n=1>; rel="next"'),)}
STRUCK = PULL | {"status": 503, "faults": ("Refuse(503)",)}


@dataclass
class Known:
    """Content that a test writes down."""

    tagged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: Sequence[Manifest] = ()
    blobs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def repositories(self) -> Sequence[RepositoryName]:
        return [RepositoryName(name) for name in self.tagged]

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        return [Tag(tag) for tag in self.tagged.get(repository, ())]

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        return self.kept if repository == WEB else ()

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        return [RepositoryName(name) for name in self.blobs.get(digest, ())]


def evidence_of(
    *items: dict[str, Any], failure: str = "", async_clients: tuple[str, ...] = (), **content: Any
) -> Evidence:  # Any: of fields
    exchanges = tuple(exchanges_of(*items))
    return Evidence(exchanges=exchanges, content=Known(**content), failure=failure, async_clients=async_clients)


def refused(failure: str, **fields: object) -> dict[str, Any]:
    return {**PULL, "status": 404, "failure": failure, **fields}


class TestUnlistedType:
    REFUSED = refused("the manifest exists as a/b, which Accept does not list", request_headers=(("Accept", "c/d"),))

    def test_header_and_remedy_are_named(self) -> None:
        assert hints.unlisted_type(evidence_of(self.REFUSED)) == (
            "dev/web:1.1 exists, but the Accept header of #0 lists c/d. "
            "Add a/b to it: ACR sends this type to no other client."
        )

    def test_request_that_succeeded_later_needs_no_hint(self) -> None:
        assert hints.unlisted_type(evidence_of(self.REFUSED, PULL)) is None


class TestMissingNames:
    TAG = refused("repository dev/web has no tag 1.1")
    REPOSITORY = refused("the registry has no repository dev/wep")

    def test_other_tags_are_listed(self) -> None:
        found = hints.missing_tag(evidence_of(self.TAG, tagged={"dev/web": ["1.0", "latest"]}))
        assert found == "There is no tag 1.1 in dev/web. It has: 1.0, latest."

    def test_other_repositories_are_listed(self) -> None:
        found = hints.missing_repository(evidence_of(self.REPOSITORY, tagged={"dev/web": []}))
        assert found == "There is no repository dev/wep. The registry has: dev/web."

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

    def test_followed_link_needs_no_hint(self) -> None:
        assert hints.unfollowed_link(evidence_of(LINKED, self.NEXT)) is None

    @pytest.mark.parametrize("items", [(TAGS,), (PULL,), (LINKED | {"status": 500},), ()])
    def test_other_answers_need_no_hint(self, items: tuple[dict[str, Any], ...]) -> None:
        assert hints.unfollowed_link(evidence_of(*items)) is None


class TestOtherScope:
    CHALLENGE = (("WWW-Authenticate", 'Bearer realm="x",scope="repository:dev/web:pull",error="insufficient_scope"'),)

    def test_scopes_of_token_and_call_are_named(self) -> None:
        item = refused("the token is good for repository:a:pull", status=401, response_headers=self.CHALLENGE)
        assert hints.other_scope(evidence_of(item)) == (
            "The token of #0 is good for repository:a:pull, the call needs repository:dev/web:pull. "
            "Request a token of this scope; grant the caller a role that includes it."
        )

    def test_expired_token_needs_no_hint(self) -> None:
        assert hints.other_scope(evidence_of(refused("access token expired: 3 s ago", status=401))) is None


class TestCountedProbes:
    @pytest.mark.parametrize(
        "failure", ["assert 2 == 1", "expected 1 exchanges with endpoint='manifest.get', found 2 in:"]
    )
    def test_calls_without_a_token_are_named(self, failure: str) -> None:
        found = hints.counted_probes(evidence_of(PROBE, PULL, failure=failure)) or ""
        assert found.startswith("1 of the 2 requests to manifest.get had no token, and the answer 401")

    @pytest.mark.parametrize("failure", ["assert 3 == 1", "assert 2 == 2", "KeyError: 1", ""])
    def test_other_numbers_need_no_hint(self, failure: str) -> None:
        assert hints.counted_probes(evidence_of(PROBE, PULL, failure=failure)) is None

    def test_calls_with_a_token_need_no_hint(self) -> None:
        assert hints.counted_probes(evidence_of(PULL, PULL, failure="assert 2 == 1")) is None


class TestRewrittenJson:
    @staticmethod
    def pull_of(digest: str) -> dict[str, Any]:
        return PULL | {"reference": digest, "status": 404}

    @pytest.mark.parametrize("writing", list(hints.writings_of({"a": [1], "A": None})))
    def test_each_usual_writing_is_recognized(self, writing: str) -> None:
        other = read_manifest(b'{ "a":[1],"A":null}', "application/vnd.example+json")
        digest = hints.digest_of(writing)

        found = hints.rewritten_json(evidence_of(self.pull_of(digest), kept=[other])) or ""
        assert found.startswith(f"{digest} is the digest of manifest {other.digest} written as JSON once more")

    def test_other_digest_needs_no_hint(self) -> None:
        assert hints.rewritten_json(evidence_of(self.pull_of(ABSENT), kept=[MANIFEST])) is None


class TestBlobElsewhere:
    MISSING = PUSH | {"status": 400, "failure": f"the repository has no blob or manifest {ABSENT}, and 1 more"}

    def test_repository_of_the_blob_is_named(self) -> None:
        found = hints.blob_elsewhere(evidence_of(self.MISSING, blobs={ABSENT: ["dev/api"]}))
        assert found == f"Blob {ABSENT} is in dev/api, not in dev/web: upload it there too, or mount it."

    @pytest.mark.parametrize("blobs", [{}, {ABSENT: ["dev/api", "dev/web"]}])
    def test_blob_that_is_nowhere_or_here_now_needs_no_hint(self, blobs: dict[str, list[str]]) -> None:
        assert hints.blob_elsewhere(evidence_of(self.MISSING, blobs=blobs)) is None


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

    def test_other_request_is_no_retry(self) -> None:
        assert hints.unanswered_fault(evidence_of(STRUCK, TAGS)) is not None


class TestUnknownHost:
    def test_names_of_host_and_registries_are_listed(self) -> None:
        failure = (
            "no registry serves host 'mine.azurecr.io', known: fake.azurecr.io; no socket is opened in memory mode"
        )
        assert hints.unknown_host(evidence_of(failure=failure)) == (
            "No registry has the name mine.azurecr.io; there is fake.azurecr.io. "
            "Name it with @pytest.mark.acr(name='mine')."
        )

    def test_other_failure_needs_no_hint(self) -> None:
        assert hints.unknown_host(evidence_of(failure="ValueError")) is None


class TestMissingAwait:
    def test_client_that_sent_nothing_is_named(self) -> None:
        found = hints.missing_await(evidence_of(async_clients=("acr_aio_client",))) or ""
        assert found.startswith("acr_aio_client sent no request. Is an `await` missing?")

    def test_request_or_sync_client_needs_no_hint(self) -> None:
        assert hints.missing_await(evidence_of(PULL, async_clients=("acr_aio_client",))) is None
        assert hints.missing_await(evidence_of()) is None


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
