"""`RedirectTo`: where a client is sent, and what it finds there."""

from urllib.parse import parse_qs, urlsplit

import pytest

from fake_registry import FakeRegistry, Fault, ManualClock, RedirectTo, Settings
from fake_registry.clock import LATEST_NS
from fake_registry.http.faults import When
from tests.support.http import (
    ABSENT,
    LAYER,
    LAYER_DIGEST,
    HttpAnswer,
    begin,
    everything,
    put_blob,
    put_image,
    registry_of,
    send,
)
from tests.support.logins import basic

BLOB = f"/v2/samples/hello/blobs/{LAYER_DIGEST}"
ELSEWHERE = "storage.example:8443"


def _follow(registry: FakeRegistry, redirect: HttpAnswer, headers: dict[str, str] | None = None) -> HttpAnswer:
    """Send a GET to the target of a redirect."""
    url = urlsplit(redirect.header("Location"))
    return send(registry, "GET", f"{url.path}?{url.query}", headers=headers, host=url.netloc)


class TestBlobs:
    """`blob.get` leads to the storage account, as ACR's own redirect does."""

    @pytest.mark.parametrize("when", ["door", "before"])
    @pytest.mark.parametrize("status", [307, 308])
    def test_signed_url_leads_to_the_bytes(self, ready: FakeRegistry, when: When, status: int) -> None:
        effect = RedirectTo(ELSEWHERE, status=status)  # type: ignore[arg-type]  # one of the two
        fault = ready.faults.add(Fault("blob.get", effect, when=when))

        found = send(ready, "GET", BLOB)

        url = urlsplit(found.header("Location"))
        assert (found.status, url.scheme, url.netloc) == (status, "https", ELSEWHERE)
        assert found.header("Docker-Content-Digest") == LAYER_DIGEST
        assert _follow(ready, found).body == LAYER
        assert _follow(ready, found, {"Range": "bytes=4-7"}).body == LAYER[4:8]
        assert fault.problem() is None

    def test_storage_refuses_the_token_of_the_registry(self, ready: FakeRegistry) -> None:
        """Azure/acr#217, azure-sdk-for-js#20957."""
        ready.faults.add(Fault("blob.get", RedirectTo(ELSEWHERE)))

        found = _follow(ready, send(ready, "GET", BLOB), basic("fake", "x"))
        assert (found.status, found.header("x-ms-error-code")) == (400, "InvalidAuthenticationInfo")

    @pytest.mark.parametrize(
        ("expires", "waited", "status"),
        [(0, 0, 403), (30, 29, 200), (30, 31, 403), (0.5, 1, 403), (7200, 3600, 200), (None, 1199, 200)],
    )
    def test_url_expires_by_the_clock(
        self, ready: FakeRegistry, expires: float | None, waited: int, status: int
    ) -> None:
        ready.faults.add(Fault("blob.get", RedirectTo(ELSEWHERE, expires)))
        redirect = send(ready, "GET", BLOB)
        ready.clock.wait(waited)

        found = _follow(ready, redirect)
        assert found.status == status
        if status == 403:
            assert found.header("x-ms-error-code") == "AuthenticationFailed"

    @pytest.mark.parametrize("start_ns", [0, LATEST_NS])
    def test_expiry_can_be_written_at_any_time(self, start_ns: int) -> None:
        registry = FakeRegistry(Settings(auth="off"), clock=ManualClock(start_ns))
        put_blob(registry, "samples/hello", LAYER)
        for expires, status in ((0, 403), (30 * 24 * 3600, 200)):
            with registry.faults.add(Fault("blob.get", RedirectTo(ELSEWHERE, expires))):
                redirect = send(registry, "GET", BLOB)
            assert _follow(registry, redirect).status == status

    def test_absent_blob_is_refused_as_usual(self, ready: FakeRegistry) -> None:
        plain = send(ready, "GET", f"/v2/samples/hello/blobs/{ABSENT}")
        fault = ready.faults.add(Fault("blob.get", RedirectTo(ELSEWHERE)))

        assert send(ready, "GET", f"/v2/samples/hello/blobs/{ABSENT}") == plain
        assert str(fault.problem()).endswith("the registry refuses the request: BLOB_UNKNOWN")


class TestOtherCalls:
    """Any other request is sent to its own path at the host."""

    def test_path_and_query_are_kept(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("tags.list", RedirectTo("west.example", status=308)))

        found = send(seeded, "GET", "/v2/samples/hello/tags/list?n=1&last=a%20b")

        assert found.status == 308
        assert found.header("Location") == "https://west.example/v2/samples/hello/tags/list?n=1&last=a%20b"

    @pytest.mark.parametrize("upload", ["x%20y", "%C3%A4"])
    def test_unusual_characters_are_encoded(self, seeded: FakeRegistry, upload: str) -> None:
        path = f"/v2/samples/hello/blobs/uploads/{upload}"
        seeded.faults.add(Fault("upload.status", RedirectTo("west.example")))

        assert send(seeded, "GET", path).header("Location") == f"https://west.example{path}"

    def test_request_that_changes_content_does_not(self, ready: FakeRegistry) -> None:
        location = begin(ready, "samples/hello")
        before = everything(ready)
        ready.faults.add(Fault("upload.chunk", RedirectTo("west.example"), times=1))

        found = send(ready, "PATCH", location, b"four")

        assert (found.status, found.header("Location")) == (307, f"https://west.example{location}")
        assert everything(ready) == before
        assert send(ready, "PATCH", location, b"four").header("Range") == "0-3"

    def test_login_is_redirected_with_its_query(self) -> None:
        registry = registry_of(auth="token", admin_user="fake", admin_password="x")
        registry.faults.add(Fault("oauth.token", RedirectTo("login.example")))

        found = send(registry, "GET", "/oauth2/token?service=a&scope=b", headers=basic("fake", "x"))
        assert parse_qs(urlsplit(found.header("Location")).query) == {"service": ["a"], "scope": ["b"]}


def test_later_calls_are_unharmed(seeded: FakeRegistry) -> None:
    put_image(seeded, "samples/hello", "v3")
    before = everything(seeded)
    plain = send(seeded, "GET", "/v2/samples/hello/tags/list")
    seeded.faults.add(Fault("*", RedirectTo("west.example"), times=1))

    assert send(seeded, "GET", "/v2/samples/hello/tags/list").status == 307
    assert send(seeded, "GET", "/v2/samples/hello/tags/list") == plain
    assert everything(seeded) == before


@pytest.mark.parametrize("expires", [-1, -0.1, float("nan"), float("inf"), 1e9, 10**400])
def test_lifetime_out_of_bounds_is_refused(expires: float) -> None:
    with pytest.raises(ValueError, match=r"^expected expires from 0 to 2592000 seconds, found "):
        RedirectTo("a.example", expires)


def test_other_status_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^status: expected one of 307, 308, found 302$"):
        RedirectTo("a.example", status=302)  # type: ignore[arg-type]  # the mistake


@pytest.mark.parametrize("host", ["", "https://a", "a/b", "a:99999", "a\r\nb"])
def test_malformed_host_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"^host: expected a host with or without a port, found "):
        RedirectTo(host)
