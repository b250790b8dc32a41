"""Effects on manifests and on the list of their referrers: what a client receives."""

import json

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import AlterManifest, BigManifest, BlindToAccept, Fault, NoReferrersApi
from fake_registry.spec.names import digest_of
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    HttpAnswer,
    everything,
    manifest_bytes,
    put_manifest,
    send,
)

V1 = "/v2/samples/hello/manifests/v1"
REFERRERS = f"/v2/samples/hello/referrers/{IMAGE_DIGEST}"
LIMIT = 4 * 1024 * 1024
"""The longest manifest that the Azure SDK accepts."""


def get(registry: FakeRegistry, target: str = V1, accept: str = OCI_MANIFEST) -> HttpAnswer:
    return send(registry, "GET", target, headers={"Accept": accept})


def reason_of(registry: FakeRegistry) -> str:
    """Return why the only fault did nothing."""
    (active,) = registry.faults
    problem = active.problem()
    assert problem is not None
    return problem.partition(": ")[2]


class TestAlterManifest:
    """The manifest is not the one that was pushed."""

    def test_it_has_an_annotation_more_and_the_digest_of_before(self, seeded: FakeRegistry) -> None:
        plain, before = get(seeded), everything(seeded)
        seeded.faults.add(Fault("manifest.get", AlterManifest(), times=1))

        struck = get(seeded)

        assert struck.json == {**json.loads(IMAGE), "annotations": {"altered": "by a fault"}}
        assert struck.header("Content-Length") == str(len(struck.body))
        assert struck.header("Docker-Content-Digest") == IMAGE_DIGEST != digest_of(struck.body)
        assert get(seeded) == plain
        assert everything(seeded) == before

    def test_absent_manifest_stays_absent(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", AlterManifest()))

        assert get(seeded, f"/v2/samples/hello/manifests/{ABSENT}").status == 404
        assert reason_of(seeded) == "the answer has status 404, and no manifest"


class TestBigManifest:
    """The manifest is longer than clients accept."""

    def test_it_ends_in_blanks_and_has_its_own_digest(self, seeded: FakeRegistry) -> None:
        plain, before = get(seeded), everything(seeded)
        seeded.faults.add(Fault("manifest.get", BigManifest(), times=1))

        struck = get(seeded)

        assert (len(struck.body), struck.json) == (LIMIT + 1, json.loads(IMAGE))
        assert struck.header("Content-Length") == str(LIMIT + 1)
        assert struck.header("Docker-Content-Digest") == digest_of(struck.body)
        assert struck.header("ETag") == f'"{digest_of(struck.body)}"'
        assert struck.header("Content-Type") == OCI_MANIFEST
        assert get(seeded) == plain
        assert everything(seeded) == before

    def test_digest_has_the_algorithm_of_the_call(self, oci: FakeRegistry) -> None:
        send(oci, "POST", f"/v2/samples/hello/blobs/uploads/?digest={digest_of(b'{}')}", b"{}")
        oci.faults.add(Fault("manifest.get", BigManifest(10_000)))
        content = manifest_bytes(config=b"{}")
        digest = digest_of(content, "sha512")
        assert put_manifest(oci, "samples/hello", digest, content).status == 201

        struck = get(oci, f"/v2/samples/hello/manifests/{digest}")

        assert struck.header("Docker-Content-Digest") == digest_of(struck.body, "sha512")

    def test_manifest_that_is_as_long_stays(self, seeded: FakeRegistry) -> None:
        plain = get(seeded)
        size = len(IMAGE)
        seeded.faults.add(Fault("manifest.get", BigManifest(size)))

        assert get(seeded) == plain
        assert reason_of(seeded) == f"expected a manifest of less than {size} bytes, found {size}"

    def test_absent_manifest_has_no_size(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.get", BigManifest()))

        assert get(seeded, f"/v2/samples/hello/manifests/{ABSENT}").status == 404
        assert reason_of(seeded) == "the answer has status 404, and no manifest"

    def test_size_must_be_positive(self) -> None:
        with pytest.raises(ValueError, match=r"^expected size of at least 1 byte, found 0$"):
            BigManifest(0)


class TestBlindToAccept:
    """The type is one that the client has not asked for."""

    @pytest.mark.parametrize("accept", ["", "*/*", OCI_INDEX])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_stored_type_is_sent(self, azure: FakeRegistry, accept: str, method: str) -> None:
        for content in (b"0123456789abcdef", b'{"architecture":"amd64","os":"linux"}'):
            send(azure, "POST", f"/v2/samples/hello/blobs/uploads/?digest={digest_of(content)}", content)
        put_manifest(azure, "samples/hello", "v1", IMAGE)
        refused = send(azure, method, V1, headers={"Accept": accept})
        azure.faults.add(Fault("manifest.*", BlindToAccept(), times=1))

        struck = send(azure, method, V1, headers={"Accept": accept})

        assert (struck.status, struck.header("Content-Type")) == (200, OCI_MANIFEST)
        assert azure.requests[-1].request_header("Accept") == accept
        assert send(azure, method, V1, headers={"Accept": accept}) == refused

    def test_type_that_is_accepted_needs_no_fault(self, azure: FakeRegistry) -> None:
        azure.push_image("samples/hello:v1")
        azure.faults.add(Fault("manifest.get", BlindToAccept()))

        assert get(azure).status == 200
        assert reason_of(azure) == f"the registry sends the stored type for this Accept, as for {OCI_MANIFEST}"

    def test_registry_that_ignores_accept_needs_no_fault(self, oci: FakeRegistry) -> None:
        oci.push_image("samples/hello:v1")
        oci.faults.add(Fault("manifest.get", BlindToAccept()))

        assert get(oci, accept="text/html").status == 200
        assert reason_of(oci) == "the registry sends the stored type (Settings.accept_enforced)"

    def test_absent_manifest_has_no_type(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("manifest.get", BlindToAccept()))

        assert get(either).status == 404
        assert reason_of(either) == "the registry answers MANIFEST_UNKNOWN"


class TestNoReferrersApi:
    """The registry is one of before 1.1."""

    def test_list_of_referrers_is_an_unknown_path(self, seeded: FakeRegistry) -> None:
        unknown = get(seeded, "/v2/samples/hello/no-such-api")
        seeded.faults.add(Fault("referrers.list", NoReferrersApi(), times=1))

        struck = get(seeded, REFERRERS)

        expected = unknown.body.replace(b"no-such-api", f"referrers/{IMAGE_DIGEST}".encode())
        assert (struck.status, struck.body) == (404, expected)
        assert get(seeded, REFERRERS).status == 200

    def test_push_confirms_no_subject(self, seeded: FakeRegistry) -> None:
        subject = {"mediaType": OCI_MANIFEST, "digest": IMAGE_DIGEST, "size": len(IMAGE)}
        content = manifest_bytes(subject=subject)
        seeded.faults.add(Fault("*", NoReferrersApi()))

        pushed = put_manifest(seeded, "samples/hello", digest_of(content), content)

        assert pushed.status == 201
        assert "oci-subject" not in {name.lower() for name, _ in pushed.headers}
        seeded.faults.clear()
        listed = get(seeded, REFERRERS).json["manifests"]
        assert [entry["digest"] for entry in listed] == [digest_of(content)]

    def test_manifest_without_a_subject_has_none_to_confirm(self, seeded: FakeRegistry) -> None:
        seeded.faults.add(Fault("manifest.put", NoReferrersApi()))

        assert put_manifest(seeded, "samples/hello", "v3", IMAGE).status == 201
        assert reason_of(seeded) == "the push confirms no subject: the manifest has none"
