"""Assertions on exchanges in registry terms, and what their failures say."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.sources import Selection
from fake_registry.spec.errors import DigestInvalid, NameInvalid, TagInvalid
from tests.support.exchanges import (
    DIGEST,
    OTHER_DIGEST,
    blob_call,
    deletion,
    exchange_of,
    exchanges_of,
    login,
    manifest_call,
    pull,
    push,
)

Fields = dict[str, Any]  # Any: the fields' own types

SHORT, OTHER_SHORT = DIGEST[:19], OTHER_DIGEST[:19]

NOTHING = exchanges_of()
PROBE = {"status": 401, "failure": "no credentials"}
MISSING = {"status": 400, "errors": ("MANIFEST_BLOB_UNKNOWN",), "failure": "there is no blob"}


def message_of(assertion: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as raised:
        assertion()
    return str(raised.value)


class TestPushesAndPulls:
    """Names with and without reference, and how often."""

    pushes = exchanges_of(
        push("dev/web", "latest", **PROBE),
        push("dev/web", "latest"),
        push("dev/web", OTHER_DIGEST),
        push("dev/api", "1.0"),
        push("dev/api", "1.0"),
        push("dev/web", "1.0", **MISSING),
    )

    @pytest.mark.parametrize(
        ("name", "times"),
        [
            ("dev/web", 2),
            ("dev/web:latest", 1),
            (f"dev/web@{DIGEST}", 1),
            (f"dev/web:latest@{DIGEST}", 1),
            (f"dev/web@{OTHER_DIGEST}", 1),
            ("dev/api:1.0", 2),
            ("dev/web:1.0", 0),
            ("dev", 0),
            (f"dev/web:latest@{OTHER_DIGEST}", 0),
        ],
    )
    def test_pushes_are_counted(self, name: str, times: int) -> None:
        self.pushes.assert_pushed(name, times)
        if times:
            self.pushes.assert_pushed(name)
        with pytest.raises(AssertionError):
            self.pushes.assert_pushed(name, times=times + 1)
        with pytest.raises(AssertionError):
            self.pushes.assert_pushed(name, times=times - 1 if times else None)

    def test_failure_names_other_pushes_and_the_refused_one(self) -> None:
        first, *shown = message_of(partial(self.pushes.assert_pushed, "dev/web:1.0")).splitlines()

        assert first == (
            "expected a push of dev/web:1.0, found pushes of dev/web:latest, "
            f"dev/web@{OTHER_SHORT}, dev/api:1.0 (2 times); 1 refused push of dev/web:1.0: "
            "#5 PUT /v2/dev/web/manifests/1.0 -> 400 MANIFEST_BLOB_UNKNOWN; there is no blob in:"
        )
        assert "\n".join(shown) == str(self.pushes[1:])  # without the call that had no token

    def test_surplus_pushes_are_shown_alone(self) -> None:
        assert message_of(partial(self.pushes.assert_pushed, "dev/api", 1)) == (
            "expected 1 push of dev/api, found 2:\n"
            "#3 PUT /v2/dev/api/manifests/1.0 -> 201\n"
            "#4 PUT /v2/dev/api/manifests/1.0 -> 201"
        )

    def test_too_few_pushes_are_shown_with_all_requests(self) -> None:
        found = message_of(partial(self.pushes.assert_pushed, "dev/web:latest", 2))
        assert found.splitlines()[0] == "expected 2 pushes of dev/web:latest, found 1 in:"
        assert len(found.splitlines()) == len(self.pushes)  # and the sentence instead of the login

    def test_pulls(self) -> None:
        pulls = exchanges_of(
            manifest_call("manifest.head", "web", "1.0", method="HEAD"),
            pull("web", "2.0", status=304),
            pull("web", DIGEST),
            pull("web", "3.0", **PROBE),
        )

        pulls.assert_pulled("web", times=1)
        pulls.assert_pulled(f"web@{DIGEST}")
        pulls.assert_not_pulled("web:1.0")
        pulls.assert_not_pulled("web:3.0")
        assert message_of(partial(pulls.assert_not_pulled, "web")) == (
            f"expected no pulls of web, found 1:\n#2 GET /v2/web/manifests/{DIGEST} -> 200"
        )
        assert message_of(partial(pulls.assert_pulled, "web:2.0")).splitlines()[0] == (
            f"expected a pull of web:2.0, found a pull of web@{SHORT}; "
            "1 unchanged pull of web:2.0: #1 GET /v2/web/manifests/2.0 -> 304 in:"
        )

    def test_logins_are_shown_if_there_is_nothing_else(self) -> None:
        message = message_of(partial(exchanges_of(login()).assert_pushed, "web"))
        assert message == "expected a push of web, found no push in:\n#0 POST /oauth2/token -> 200"

    def test_not_pushed(self) -> None:
        self.pushes.assert_not_pushed("dev/web:1.0")
        assert message_of(partial(self.pushes.assert_not_pushed, "dev/web:latest")) == (
            "expected no pushes of dev/web:latest, found 1:\n#1 PUT /v2/dev/web/manifests/latest -> 201"
        )

    @pytest.mark.parametrize("name", ["fake.azurecr.io/dev/web", "fake.azurecr.cn/web:1.0"])
    def test_name_with_the_host_is_refused(self, name: str) -> None:
        expected = "^name: expected one without the registry's host, found 'fake.azurecr"
        with pytest.raises(ValueError, match=expected):
            self.pushes.assert_not_pushed(name)
        with pytest.raises(ValueError, match=expected):
            NOTHING.assert_deleted(name, times=0)

    def test_repository_may_begin_with_a_host(self) -> None:
        mirror = exchanges_of(push("other.azurecr.io/web", "1.0"))

        mirror.assert_pushed("other.azurecr.io/web:1.0")
        mirror.assert_not_pushed("other.azurecr.io/web:2.0")
        mirror.assert_not_pulled("other.azurecr.io/web:1.0")

    def test_dropped_push_by_tag_may_have_the_digest(self) -> None:
        dropped = exchanges_of(push("web", "1.0", status=None))
        assert "; 1 dropped push of web:1.0: #0 " in message_of(partial(dropped.assert_pushed, f"web@{DIGEST}"))

    def test_tags(self) -> None:
        confirmed = (("Docker-Content-Digest", DIGEST), ("OCI-Tag", "a"))
        pushes = exchanges_of(push("web", "1.0"), push("web", DIGEST, response_headers=confirmed))

        pushes.assert_tagged("web:1.0", times=1)
        pushes.assert_tagged(f"web:a@{DIGEST}")
        assert message_of(partial(pushes.assert_tagged, f"web:a@{OTHER_DIGEST}")).splitlines()[0] == (
            f"expected a push of web:a@{OTHER_DIGEST}, found pushes of web:1.0, web:a in:"
        )
        with pytest.raises(ValueError, match=r"^name: expected repository:tag, found no tag in 'web'$"):
            pushes.assert_tagged("web")


class TestMounts:
    """Into a repository, from another one, of a digest."""

    mounts = exchanges_of(
        blob_call("upload.start", "dev/web", f"mount={DIGEST}&from=dev/base"),
        blob_call("upload.start", "dev/web", f"mount={OTHER_DIGEST}&from=dev/base", status=202),
    )

    def test_mount_is_found(self) -> None:
        self.mounts.assert_mounted("dev/web")
        self.mounts.assert_mounted(f"dev/web@{DIGEST}", source="dev/base", digest=DIGEST, times=1)
        self.mounts.assert_mounted("dev/base", times=0)

    def test_failure_names_other_mounts_and_the_declined_one(self) -> None:
        missing = partial(self.mounts.assert_mounted, "dev/web", digest=OTHER_DIGEST)
        assert message_of(missing).splitlines()[0] == (
            f"expected a mount of dev/web@{OTHER_DIGEST}, found a mount of dev/web@{SHORT}; "
            f"1 declined mount of dev/web@{OTHER_SHORT}: #1 POST /v2/dev/web/blobs/uploads/"
            f"?mount={OTHER_DIGEST}&from=dev/base -> 202 in:"
        )
        other_source = partial(self.mounts.assert_mounted, "dev/web", source="dev/other")
        assert message_of(other_source).startswith("expected a mount of dev/web from dev/other, found a mount of ")

    def test_tag_and_another_digest_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^name: expected repository or repository@digest, found a tag in"):
            self.mounts.assert_mounted("dev/web:1.0")
        with pytest.raises(ValueError, match=r"^digest: expected that of the name, sha256:a"):
            self.mounts.assert_mounted(f"dev/web@{DIGEST}", digest=OTHER_DIGEST)
        with pytest.raises(DigestInvalid):
            self.mounts.assert_mounted("dev/web", digest="sha256:1")
        with pytest.raises(NameInvalid):
            self.mounts.assert_mounted("dev/web", source="Dev")


class TestDeletions:
    """A name stands for exactly one thing."""

    deletions = exchanges_of(
        deletion("acr.tag.delete", "web", "1.0"),
        deletion("manifest.delete", "web", DIGEST),
        deletion("acr.repository.delete", "api", None),
        deletion("acr.repository.delete", "web", None, status=401, failure="no permission"),
    )

    @pytest.mark.parametrize("name", ["web:1.0", f"web@{DIGEST}", "api"])
    def test_deletion_is_found(self, name: str) -> None:
        self.deletions.assert_deleted(name, times=1)

    def test_repository_is_not_deleted_with_its_tag(self) -> None:
        assert message_of(partial(self.deletions.assert_deleted, "web")).splitlines()[0] == (
            f"expected a deletion of web, found deletions of web:1.0, web@{SHORT}, api; "
            "1 refused deletion of web: #3 DELETE /acr/v1/web -> 401 no permission in:"
        )

    def test_refused_deletion_of_a_tag_does_not_count_for_its_digest(self) -> None:
        refused = exchanges_of(deletion("acr.tag.delete", "web", "1.0", status=404))
        assert message_of(partial(refused.assert_deleted, f"web@{DIGEST}")).splitlines()[0] == (
            f"expected a deletion of web@{DIGEST}, found no deletion in:"
        )

    def test_tag_with_digest_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^name: expected a tag or a digest, found both in"):
            self.deletions.assert_deleted(f"web:1.0@{DIGEST}")


class TestLoginsAndUploads:
    """Bounds that need no name."""

    def test_logins(self) -> None:
        logins = exchanges_of(login(), login(status=401), {"endpoint": "oauth.exchange"}, login())

        logins.assert_logins(at_most=2)
        assert message_of(partial(logins.assert_logins, at_most=1)) == (
            "expected at most 1 login, found 2 in:\n#0 POST /oauth2/token -> 200\n#3 POST /oauth2/token -> 200"
        )
        assert message_of(partial(logins.assert_logins, at_most=0)).startswith(
            "expected at most 0 logins, found 2 in:\n"
        )

    def test_uploads_to_two_repositories_are_no_repetition(self) -> None:
        upload = partial(blob_call, "upload.finish", query=f"digest={DIGEST}")
        start = blob_call("upload.start", "web", f"digest={DIGEST}")

        exchanges_of(upload("web"), upload("api"), upload("web", status=400)).assert_uploaded_once()
        assert message_of(exchanges_of(upload("web"), upload("api"), start).assert_uploaded_once) == (
            "expected one upload of each blob to a repository, "
            f"found 2 uploads of web@{SHORT}:\n"
            f"#0 POST /v2/web/blobs/uploads/?digest={DIGEST} -> 201\n"
            f"#2 POST /v2/web/blobs/uploads/?digest={DIGEST} -> 201"
        )
        NOTHING.assert_uploaded_once()


class TestOrder:
    """Successful exchanges, each pattern in turn."""

    flow = exchanges_of(
        push("web", "1.0", **PROBE),
        blob_call("upload.start", "web", "", status=202),
        {"endpoint": "blob.get", "status": 307},
        blob_call("upload.finish", "web", ""),
        push("web", "1.0"),
    )

    @pytest.mark.parametrize(
        "patterns",
        [
            ("upload.start", "upload.finish", "manifest.put"),
            ("upload.*", "upload.*", "manifest.*"),
            ("blob.get", "manifest.put"),
            ("*",),
        ],
    )
    def test_order_is_met(self, patterns: tuple[str, ...]) -> None:
        self.flow.assert_order(*patterns)

    def test_failure_names_what_is_missing(self) -> None:
        first, *shown = message_of(
            partial(self.flow.assert_order, "upload.start", "manifest.put", "upload.finish")
        ).splitlines()

        assert first == (
            "expected upload.start, manifest.put, upload.finish in this order, "
            "found upload.start (#1), manifest.put (#4) and then no upload.finish in:"
        )
        assert "\n".join(shown) == str(self.flow[1:])  # without the call that had no token
        assert "in this order, found no manifest.get in:" in message_of(partial(self.flow.assert_order, "manifest.get"))

    def test_logins_are_shown_in_an_order_of_logins(self) -> None:
        flow = exchanges_of(login(), pull("web", "1.0"))
        found = message_of(partial(flow.assert_order, "manifest.get", "oauth.*"))

        assert found.splitlines()[1:] == str(flow).splitlines()

    @pytest.mark.parametrize("status", [None, 401, 404, 503])
    def test_call_without_success_has_no_place(self, status: int | None) -> None:
        exchanges = exchanges_of(push("web", "1.0", status=status), pull("web", "1.0"))
        assert message_of(partial(exchanges.assert_order, "manifest.put", "manifest.get")).startswith(
            "expected manifest.put, manifest.get in this order, found no manifest.put in:\n"
        )

    def test_patterns_are_checked_before_the_exchanges(self) -> None:
        with pytest.raises(ValueError, match=r"^there is no endpoint 'manifest.push'"):
            self.flow.assert_order("manifest.get", "manifest.push")
        with pytest.raises(TypeError, match=r"^expected patterns of endpoints"):
            self.flow.assert_order()
        with pytest.raises(TypeError, match=r"^endpoint_patterns: expected str, found int"):
            self.flow.assert_order(1)  # type: ignore[arg-type]


BY_NAME = [
    Exchanges.assert_pushed,
    Exchanges.assert_pulled,
    Exchanges.assert_not_pulled,
    Exchanges.assert_mounted,
    Exchanges.assert_deleted,
    Exchanges.assert_tagged,
]


@pytest.mark.parametrize("check", BY_NAME)
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("Dev/Web:1.0", NameInvalid, "expected lower-case parts separated by slashes"),
        ("", NameInvalid, "expected lower-case parts"),
        ("web:", TagInvalid, "expected at most 128 of"),
        ("web:1.0:2", NameInvalid, "expected lower-case parts"),
        ("web@", DigestInvalid, "expected algorithm:encoded"),
        ("web@sha256:1", DigestInvalid, "expected 64 lower-case hexadecimal digits"),
        ("localhost:5000/web", NameInvalid, "expected lower-case parts"),
        (None, TypeError, "name: expected str, found None"),
        (b"web", TypeError, "name: expected str, found bytes"),
    ],
)
def test_malformed_name_is_refused_without_requests(
    check: Callable[[Exchanges, Any], None],  # Any: what callers pass
    name: object,
    kind: type[Exception],
    expected: str,
) -> None:
    with pytest.raises(kind, match=expected):
        check(NOTHING, name)


@pytest.mark.parametrize(("times", "kind"), [(-1, ValueError), (True, TypeError), (1.0, TypeError), ("1", TypeError)])
def test_number_that_cannot_be_met_is_refused(times: Any, kind: type[Exception]) -> None:  # Any: as above
    for check in (NOTHING.assert_pushed, NOTHING.assert_pulled, NOTHING.assert_mounted):
        with pytest.raises(kind, match=r"^times: expected "):
            check("web", times=times)
    with pytest.raises(kind, match=r"^at_most: expected "):
        NOTHING.assert_logins(at_most=times)


@pytest.mark.parametrize(
    ("assertion", "message"),
    [
        (partial(NOTHING.assert_pushed, "web:1.0"), "expected a push of web:1.0, found no requests"),
        (partial(NOTHING.assert_pulled, "web", 2), "expected 2 pulls of web, found no requests"),
        (partial(NOTHING.assert_mounted, "web"), "expected a mount of web, found no requests"),
        (partial(NOTHING.assert_deleted, "web"), "expected a deletion of web, found no requests"),
        (partial(NOTHING.assert_order, "base"), "expected base in this order, found no requests"),
    ],
)
def test_failure_without_requests(assertion: Callable[[], None], message: str) -> None:
    assert message_of(assertion) == message


class TestDroppedExchanges:
    """What was dropped makes a number uncertain, but not a finding."""

    kept = Exchanges(Selection((exchange_of(number=9, **push("web", "1.0")),), 9))

    def test_finding_is_certain(self) -> None:
        self.kept.assert_pushed("web:1.0")
        self.kept.assert_tagged("web:1.0")
        self.kept.assert_order("manifest.put")

    @pytest.mark.parametrize(
        ("assertion", "sentence"),
        [
            (partial(kept.assert_pushed, "web", 1), "expected 1 push of web, found 1"),
            (partial(kept.assert_pushed, "api"), "expected a push of api, found a push of web:1.0"),
            (partial(kept.assert_not_pulled, "web"), "expected no pulls of web, found no pull"),
            (partial(kept.assert_logins, at_most=5), "expected at most 5 logins, found 0"),
            (
                kept.assert_uploaded_once,
                "expected one upload of each blob to a repository, found no other",
            ),
            (
                partial(kept.assert_order, "base"),
                "expected base in this order, found no base",
            ),
        ],
    )
    def test_number_is_uncertain(self, assertion: Callable[[], None], sentence: str) -> None:
        found = message_of(assertion)
        assert found.startswith(
            f"{sentence}, and 9 older requests were dropped, which may count too (raise "
            "Settings.max_recorded_requests or max_recorded_bytes) in:\n"
        )

    def test_surplus_is_certain(self) -> None:
        assert message_of(partial(self.kept.assert_pushed, "web", 0)) == (
            "expected no pushes of web, found 1:\n#9 PUT /v2/web/manifests/1.0 -> 201"
        )


def test_failure_has_at_most_25_lines_of_requests() -> None:
    many = exchanges_of(*[push("web", f"{number}") for number in range(300)])

    absent = message_of(partial(many.assert_pushed, "api"))
    surplus = message_of(partial(many.assert_pushed, "web", 1))
    repeated = message_of(partial(exchanges_of(*[login()] * 300).assert_logins, at_most=1))
    assert absent.splitlines()[0] == (
        "expected a push of api, found pushes of web:0, web:1, web:2, web:3, web:4, 295 more in:"
    )
    assert [len(text.splitlines()) for text in (absent, surplus, repeated)] == [26, 26, 26]
    assert all(text.splitlines()[1] == "... 276 more" for text in (absent, surplus, repeated))


def test_traceback_ends_in_the_test() -> None:
    with pytest.raises(AssertionError) as raised:
        NOTHING.assert_pushed("web")

    hidden = [entry.name for entry in raised.traceback if entry.ishidden(raised)]
    assert (hidden[0], re.sub(r"^_?", "", hidden[-1])) == ("assert_pushed", "check")
    assert len(raised.traceback.filter(raised)) == 1
