"""Effects on the headers of responses: what the client receives, and what they cannot change."""

import http.client

import pytest

from fake_registry import BigManifest, Corrupt, DropHeader, FakeRegistry, Fault, SetHeader, WrongDigest, WrongType
from fake_registry.http.faults import Effect
from fake_registry.spec.names import digest_of
from tests.support.http import (
    HOST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    OCTETS,
    HttpAnswer,
    everything,
    pull_layer,
    put_image,
    put_manifest,
    registry_of,
    send,
)

MANIFEST = "/v2/samples/hello/manifests/v1"
ACCEPT = {"Accept": OCI_MANIFEST}
DIGEST = "Docker-Content-Digest"


def _get_manifest(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "GET", MANIFEST, headers=ACCEPT)


def _problem(registry: FakeRegistry, endpoint: str, effect: Effect, *, method: str = "GET") -> str:
    """Return the problem of a fault that meets one request for the manifest."""
    active = registry.faults.add(Fault(endpoint, effect))
    send(registry, method, MANIFEST, headers=ACCEPT)
    return str(active.problem())


class TestDropHeader:
    @pytest.mark.parametrize("name", [DIGEST, DIGEST.lower(), "DOCKER-content-DIGEST"])
    def test_header_is_absent_and_the_rest_is_unchanged(self, seeded: FakeRegistry, name: str) -> None:
        plain = _get_manifest(seeded)
        active = seeded.faults.add(Fault("manifest.get", DropHeader(name), times=1))

        rest = tuple(header for header in plain.headers if header[0] != DIGEST)
        assert _get_manifest(seeded) == HttpAnswer(200, rest, IMAGE)
        assert _get_manifest(seeded) == plain
        assert active.problem() is None

    def test_each_line_of_a_header_is_dropped(self) -> None:
        registry = registry_of(service_headers=True)
        name = "Access-Control-Expose-Headers"
        assert [one for one, _ in send(registry, "GET", "/v2/").headers].count(name) > 1
        registry.faults.add(Fault("base", DropHeader(name)))

        assert name not in dict(send(registry, "GET", "/v2/").headers)

    def test_body_without_content_length_arrives_in_chunks(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", DropHeader("content-length")))

        with seeded.serve() as server:
            client = http.client.HTTPConnection(server.host, server.port, timeout=10)
            client.request("GET", MANIFEST, headers={"Host": HOST, **ACCEPT})
            response = client.getresponse()
            received = (response.getheader("Content-Length"), response.getheader("Transfer-Encoding"), response.read())
            client.close()

        assert received == (None, "chunked", IMAGE)

    def test_absent_header_is_reported_with_those_that_are_there(self, oci: FakeRegistry) -> None:
        put_image(oci, "samples/hello", "v1")

        problem = _problem(oci, "manifest.get", DropHeader("Docker-Digest"))

        there = "it has Content-Type, Docker-Content-Digest, ETag, Content-Length, Docker-Distribution-Api-Version"
        assert problem.endswith(f"without effect: the answer, of status 200, has no Docker-Digest; {there}")

    def test_absent_header_of_a_redirect_is_reported_with_its_target(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        active = azure.faults.add(Fault("blob.get", DropHeader("Accept-Ranges")))
        pull_layer(azure)

        reason = "the answer, of status 307, has no Accept-Ranges; it redirects to storage.blob"
        assert str(active.problem()).endswith(reason)


class TestSetHeader:
    @pytest.mark.parametrize("name", [DIGEST, DIGEST.lower()])
    def test_header_is_replaced_at_its_place(self, seeded: FakeRegistry, name: str) -> None:
        plain = _get_manifest(seeded)
        seeded.faults.add(Fault("manifest.get", SetHeader(name, "sha256:00")))

        changed = [(name, "sha256:00") if header[0] == DIGEST else header for header in plain.headers]
        assert _get_manifest(seeded) == HttpAnswer(200, tuple(sorted(changed)), IMAGE)

    @pytest.mark.parametrize("name", ["Content-Length", "content-length"])
    def test_spelling_makes_no_difference_to_later_effects(self, seeded: FakeRegistry, name: str) -> None:
        size = 9_000
        seeded.faults.add(Fault("manifest.get", SetHeader(name, "5000")))
        seeded.faults.add(Fault("manifest.get", BigManifest(size)))
        short = seeded.faults.add(Fault("manifest.get", Corrupt(size)))

        found = _get_manifest(seeded)
        assert (found.header("Content-Length"), len(found.body)) == (str(size), size)
        assert (short.problem() or "").endswith("has 9000 bytes, and 9001 are needed")

    def test_absent_header_is_added(self, seeded: FakeRegistry) -> None:
        plain = _get_manifest(seeded)
        seeded.faults.add(Fault("manifest.get", SetHeader("Retry-After", "7")))

        assert set(_get_manifest(seeded).headers) == {*plain.headers, ("Retry-After", "7")}

    def test_lines_of_one_name_become_one(self) -> None:
        registry = registry_of(service_headers=True)
        registry.faults.add(Fault("base", SetHeader("Access-Control-Expose-Headers", "X")))

        lines = [line for line in send(registry, "GET", "/v2/").headers if line[0].startswith("Access")]
        assert lines == [("Access-Control-Expose-Headers", "X")]

    def test_value_that_is_there_already_is_reported(self, seeded: FakeRegistry) -> None:
        problem = _problem(seeded, "manifest.get", SetHeader("docker-content-digest", IMAGE_DIGEST))
        assert problem.endswith(f"the answer has docker-content-digest: {IMAGE_DIGEST} already")

    @pytest.mark.parametrize(("length", "received"), [(0, b""), (7, IMAGE[:7]), (len(IMAGE) - 1, IMAGE[:-1])])
    def test_shorter_content_length_cuts_the_body(self, seeded: FakeRegistry, length: int, received: bytes) -> None:
        seeded.faults.add(Fault("manifest.get", SetHeader("Content-Length", str(length))))

        found = _get_manifest(seeded)
        assert (found.header("Content-Length"), found.body) == (str(length), received)

    def test_longer_content_length_lets_the_body_break_off(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", SetHeader("Content-Length", str(len(IMAGE) + 1))))

        with seeded.serve() as server:
            client = http.client.HTTPConnection(server.host, server.port, timeout=10)
            client.request("GET", MANIFEST, headers={"Host": HOST, **ACCEPT})
            with pytest.raises(http.client.IncompleteRead) as caught:
                client.getresponse().read()
            client.close()

        assert (caught.value.partial, caught.value.expected) == (IMAGE, 1)

    def test_content_length_of_a_head_may_lie(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("blob.head", SetHeader("Content-Length", "5")))

        found = send(seeded, "HEAD", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
        assert (found.status, found.header("Content-Length")) == (200, "5")


class TestWrongDigest:
    def test_digest_is_wellformed_and_of_other_content(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.*", WrongDigest()))

        found = _get_manifest(seeded)
        digest = found.header(DIGEST)

        assert found.body == IMAGE
        assert digest != IMAGE_DIGEST
        assert (digest.partition(":")[0], len(digest)) == ("sha256", len(IMAGE_DIGEST))
        assert send(seeded, "HEAD", MANIFEST, headers=ACCEPT).header(DIGEST) == digest

    def test_digest_keeps_its_algorithm(self, oci: FakeRegistry) -> None:
        digest = digest_of(LAYER, "sha512")
        send(oci, "POST", f"/v2/samples/hello/blobs/uploads/?digest={digest}", LAYER)
        oci.faults.add(Fault("blob.head", WrongDigest()))

        found = send(oci, "HEAD", f"/v2/samples/hello/blobs/{digest}").header(DIGEST)
        assert found != digest
        assert (found.partition(":")[0], len(found)) == ("sha512", len(digest))

    def test_pushed_manifest_is_stored_by_its_own_digest(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("manifest.put", WrongDigest(), times=1))

        assert put_manifest(ready, "samples/hello", "v1", IMAGE).header(DIGEST) != IMAGE_DIGEST
        assert _get_manifest(ready).header(DIGEST) == IMAGE_DIGEST

    def test_redirect_to_storage_has_the_wrong_digest(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        active = azure.faults.add(Fault("blob.get", WrongDigest()))

        redirect = send(azure, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
        assert redirect.header(DIGEST) not in ("", LAYER_DIGEST)
        assert active.problem() is None

    def test_answer_without_a_digest_is_reported(self, azure: FakeRegistry) -> None:
        active = azure.faults.add(Fault("upload.start", WrongDigest()))
        send(azure, "POST", "/v2/samples/hello/blobs/uploads/", b"")

        assert "the answer, of status 202, has no Docker-Content-Digest; it has" in str(active.problem())

    def test_endpoint_without_digests_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^WrongDigest cannot act at 'storage\.blob'; it acts at blob\.get, "):
            Fault("storage.blob", WrongDigest())


class TestWrongType:
    def test_content_type_is_another(self, seeded: FakeRegistry) -> None:
        plain = _get_manifest(seeded)
        seeded.faults.add(Fault("manifest.get", WrongType("text/html")))

        changed = {**dict(plain.headers), "Content-Type": "text/html"}
        assert _get_manifest(seeded) == HttpAnswer(200, tuple(sorted(changed.items())), IMAGE)

    def test_blob_at_the_end_of_a_redirect_has_the_type(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        active = azure.faults.add(Fault("blob.get", WrongType("text/html")))

        found = pull_layer(azure)
        assert (found.header("Content-Type"), found.body) == ("text/html", LAYER)
        assert active.problem() is None

    def test_type_that_the_answer_has_is_reported(self, seeded: FakeRegistry) -> None:
        problem = _problem(seeded, "manifest.get", WrongType(OCI_MANIFEST))
        assert problem.endswith(f"the answer has the type {OCI_MANIFEST} already")

    def test_answer_without_a_body_is_reported(self, azure: FakeRegistry) -> None:
        active = azure.faults.add(Fault("upload.start", WrongType(OCTETS)))
        send(azure, "POST", "/v2/samples/hello/blobs/uploads/", b"")

        assert "the answer, of status 202, has no Content-Type" in str(active.problem())


@pytest.mark.parametrize("effect", [DropHeader(DIGEST), SetHeader(DIGEST, "x"), WrongDigest(), WrongType("x/y")])
def test_content_stays_as_it_is(seeded: FakeRegistry, effect: Effect) -> None:
    before = everything(seeded)
    seeded.faults.add(Fault("manifest.get", effect))
    _get_manifest(seeded)

    assert everything(seeded) == before


@pytest.mark.parametrize("name", ["", " ", "a b", "Date:", "Da\r\nte", "D\u00e4te", "\u2603", "a\x00"])
def test_malformed_name_is_refused(name: str) -> None:
    for make in (DropHeader, lambda header: SetHeader(header, "x")):
        with pytest.raises(ValueError, match=r"^header: expected the name of a header, found .*$"):
            make(name)


@pytest.mark.parametrize("name", ["Transfer-Encoding", "connection", "Keep-Alive", "UPGRADE"])
def test_header_of_the_connection_is_refused(name: str) -> None:
    for make in (DropHeader, lambda header: SetHeader(header, "x")):
        with pytest.raises(ValueError, match=f"^header: .*, found {name}, which the server sends itself$"):
            make(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\rb", "no control characters"),
        ("a\nb", "no control characters"),
        ("a\r\nSet-Cookie: b", "no control characters"),
        ("a\x00b", "no control characters"),
        ("a\x7fb", "no control characters"),
        (" a", "no blanks around the value"),
        ("a\t", "no blanks around the value"),
        ("\u2603", "Latin-1 text"),
        ("\ud800", "Latin-1 text"),
    ],
)
def test_malformed_value_is_refused(value: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"^value: expected {expected}, found "):
        SetHeader("X-Any", value)
    with pytest.raises(ValueError, match=f"^media_type: expected {expected}, found "):
        WrongType(value)


@pytest.mark.parametrize("value", ["", "a\tb", "caf\u00e9", '"\\"'])
def test_unusual_value_arrives(azure: FakeRegistry, value: str) -> None:
    azure.faults.add(Fault("base", SetHeader("X-Any", value)))

    assert send(azure, "GET", "/v2/").header("X-Any") == value


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1_0", "abc", "\u00b2", "9" * 19])
def test_content_length_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^value: expected a number of bytes, found .*$"):
        SetHeader("content-length", value)
