"""`--acr-live-endpoint`: the same tests against a registry that is not the fake of the test."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from tests.support.suites import AddSuite

CREDENTIAL = """
    import pytest
    from fake_registry import SystemClock
    from pytest_acr import AcrCredential

    @pytest.fixture(scope="session")
    def acr_live_credential():
        return AcrCredential(SystemClock())
"""


@pytest.fixture
def docker_registry(tmp_path: Path) -> Iterator[str]:
    """CNCF distribution, from Debian's package, on a port of its own."""
    yield from _docker_registry(tmp_path)


@pytest.fixture
def docker_registry_that_keeps(tmp_path: Path) -> Iterator[str]:
    """The same as it comes: it deletes nothing."""
    yield from _docker_registry(tmp_path, delete=False)


@pytest.fixture
def docker_registry_with_a_user(tmp_path: Path) -> Iterator[str]:
    """The same, for `me` with the password `secret` (htpasswd -B)."""
    users = tmp_path / "htpasswd"
    users.write_text("me:$2b$05$X/T1tjXLX.22vnexDzg5o.68qpkFSGOgigA9ICHwovjq6fgN2tyha\n")
    yield from _docker_registry(tmp_path, auth=f"auth: {{htpasswd: {{realm: test, path: '{users}'}}}}\n")


def _docker_registry(tmp_path: Path, *, delete: bool = True, auth: str = "") -> Iterator[str]:
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed: apt-get install docker-registry")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = tmp_path / "config.yml"
    config.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{inmemory: {{}}, delete: {{enabled: {str(delete).lower()}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n{auth}"
    )
    with subprocess.Popen(
        [program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(f"{url}/v2/", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)  # another program's start, which no clock of ours moves
        else:
            return
    pytest.fail("docker-registry did not start")


def test_suite_holds_against_the_fake(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("live")
    pytester.runpytest("-W", "error").assert_outcomes(passed=13)


NEEDING_THE_FAKE = [
    "the fixture acr",
    "the fixture acr_clock",
    "the marker acr_image",
    "the marker acr_fault",
    "counts on an empty registry",
]


def test_against_docker_registry(pytester: pytest.Pytester, add_suite: AddSuite, docker_registry: str) -> None:
    add_suite("live")
    result = pytester.runpytest("-W", "error", "-rs", "--acr-live-endpoint", docker_registry)
    result.assert_outcomes(passed=6, skipped=7)
    for reason in NEEDING_THE_FAKE:
        result.stdout.fnmatch_lines(
            f"SKIPPED*test_live.py*: needs the fake, and runs against {docker_registry}: {reason}"
        )
    result.stdout.fnmatch_lines(f"SKIPPED*requires ACR's API, which {docker_registry} does not provide")
    repositories = requests.get(f"{docker_registry}/v2/_catalog", timeout=5).json()["repositories"]
    assert {name.split("/", 2)[2] for name in repositories} == {"samples/hello", "samples/there"}
    assert len(repositories) == 6, "a namespace each"
    for name in repositories:  # CNCF distribution deletes no repositories, only what is in them
        assert not requests.get(f"{docker_registry}/v2/{name}/tags/list", timeout=5).json().get("tags")


def test_user_of_a_registry(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    docker_registry_with_a_user: str,
) -> None:
    add_suite("live")
    refused = pytester.runpytest("-W", "error", "--acr-live-endpoint", docker_registry_with_a_user)
    refused.assert_outcomes(passed=1, failed=5, skipped=7)
    monkeypatch.setenv("PYTEST_ACR_LIVE_USERNAME", "me")
    monkeypatch.setenv("PYTEST_ACR_LIVE_PASSWORD", "secret")
    result = pytester.runpytest("-W", "error", "--acr-live-endpoint", docker_registry_with_a_user)
    result.assert_outcomes(passed=6, skipped=7)


def test_user_of_an_acr_leaves_nothing(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ACR's admin user: our own client removes what was pushed, as the Azure SDK's knows no users."""
    settings = Settings(name="live", admin_user="me", admin_password="secret")
    with FakeRegistry(settings) as registry, registry.serve(tls=True) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        monkeypatch.setenv("PYTEST_ACR_LIVE_USERNAME", "me")
        monkeypatch.setenv("PYTEST_ACR_LIVE_PASSWORD", "secret")
        add_suite("live")
        result = pytester.runpytest("-W", "error", "-rs", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=6, skipped=7)
        result.stdout.fnmatch_lines(
            "SKIPPED*requires a token credential: clients of the Azure SDK cannot log in as a user"
        )
        assert list(registry.content.list_repositories().items) == []


def test_nothing_is_left_of_an_acr(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own server as the live registry, with ACR's API and login, over TLS."""
    with FakeRegistry(Settings(name="live")) as registry, registry.serve(tls=True) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        registry.push_image("somebody/elses:v1")
        add_suite("live")
        pytester.makeconftest(CREDENTIAL)
        result = pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=8, skipped=5)
        assert list(registry.content.list_repositories().items) == ["somebody/elses"]
        assert registry.requests.where(endpoint="acr.repository.delete", status=202)


def test_what_cannot_be_removed_is_told(
    pytester: pytest.Pytester, add_suite: AddSuite, docker_registry_that_keeps: str
) -> None:
    pytester.makepyfile(
        """
        def test_it(acr_content_client):
            client = acr_content_client("samples/hello")
            client.upload_blob(b"x")
            assert client.repository.startswith("pytest-acr/")
        """
    )
    result = pytester.runpytest("-W", "default", "--acr-live-endpoint", docker_registry_that_keeps)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines("*LeftBehindWarning: left behind at http://*: pytest-acr/*/samples/hello (DELETE of *")


SOMEBODY_ELSES = """
    import io
    import pytest
    from pytest_acr import OutsideNamespace

    @pytest.mark.parametrize("change", [
        lambda client: client.delete_repository("somebody/elses"),
        lambda client: client.delete_tag("somebody/elses", "v1"),
        lambda client: client.delete_manifest("somebody/elses", "sha256:" + "0" * 64),
        lambda client: client.update_tag_properties("somebody/elses", "v1", can_write=False),
        lambda client: client.upload_blob("somebody/elses", io.BytesIO(b"x")),
        lambda client: client.set_manifest("somebody/elses", {}, tag="v1"),
    ])
    def test_change(acr_client, change):
        with pytest.raises(OutsideNamespace, match="somebody/elses.*acr_namespace"):
            change(acr_client)

    def test_session(acr_session, acr_endpoint):
        with pytest.raises(OutsideNamespace):
            acr_session.delete(f"{acr_endpoint}/v2/somebody/elses/manifests/v1")

    def test_reading_is_free(acr_client):
        assert acr_client.get_tag_properties("somebody/elses", "v1").name == "v1"
"""


def test_nobody_elses_repository_is_changed(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with FakeRegistry(Settings(name="live")) as registry, registry.serve() as server:
        registry.push_image("somebody/elses:v1")
        pytester.makeconftest(CREDENTIAL)
        pytester.makepyfile(SOMEBODY_ELSES)
        pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url).assert_outcomes(passed=8)
        assert not [one for one in registry.requests if one.method not in ("GET", "POST")]
        assert not registry.requests.where(endpoint="upload.*")


def test_credential_is_azure_identitys_unless_overridden(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(
        """
        def test_it(acr_live_credential):
            assert type(acr_live_credential).__name__ == "DefaultAzureCredential"
        """
    )
    with FakeRegistry().serve() as server:
        pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url).assert_outcomes(passed=1)


@pytest.mark.parametrize("source", ["--acr-live-endpoint", "PYTEST_ACR_LIVE_ENDPOINT", "acr_live_endpoint"])
@pytest.mark.parametrize(("endpoint", "found"), [("ftp://a", "the scheme 'ftp'"), ("https://a/b", "the path '/b'")])
def test_endpoint_that_cannot_be_right(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    endpoint: str,
    found: str,
) -> None:
    arguments = [source, endpoint] if source.startswith("--") else []
    if source.isupper():
        monkeypatch.setenv(source, endpoint)
    if source.islower() and not arguments:
        pytester.makeini(f"[pytest]\n{source} = {endpoint}\n")
    result = pytester.runpytest(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"ERROR: {source}: expected a registry's URL*found {found}")


def test_registry_that_is_not_there(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("live")
    result = pytester.runpytest("-k", "test_session", "--acr-live-endpoint", "http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*--acr-live-endpoint: http://127.0.0.1:9 cannot be reached: *")


MESSY = """
    import io
    import pytest

    def push(client, repository, tag):
        digest, size = client.upload_blob(repository, io.BytesIO(b"{}"))
        entry = {"mediaType": "text/plain", "digest": digest, "size": size}
        client.set_manifest(repository, {"schemaVersion": 2, "config": entry, "layers": []}, tag=tag)

    def test_locked(acr_client, acr_namespace):
        name = f"{acr_namespace}samples/locked"
        push(acr_client, name, "v1")
        locked = {"can_delete": False, "can_write": False, "can_read": False, "can_list": False}
        acr_client.update_tag_properties(name, "v1", **locked)
        acr_client.update_repository_properties(name, **locked)

    def test_blobs_alone(acr_content_client):
        acr_content_client("samples/blobs").upload_blob(b"x")

    def test_another_name_of_the_same_registry(acr_session, acr_endpoint):
        from pytest_acr import OutsideNamespace

        alias = acr_endpoint.replace("127.0.0.1", "localhost")
        for url in (f"{alias}/v2/somebody/elses/manifests/v1", f"{acr_endpoint}/unheard/of"):
            with pytest.raises(OutsideNamespace):
                acr_session.delete(url)

    def test_dynamic(request):
        request.getfixturevalue("acr")
        pytest.fail("this is no fake")
"""


def test_whatever_a_test_has_done_is_removed(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with FakeRegistry(Settings(name="live")) as registry, registry.serve() as server:
        pytester.makeconftest(CREDENTIAL)
        pytester.makepyfile(MESSY)
        result = pytester.runpytest("-W", "error", "-rs", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=3, skipped=1)
        result.stdout.fnmatch_lines("SKIPPED*needs the fake, and runs against *: the fixture acr")
        assert list(registry.content.list_repositories().items) == []


def test_push_whose_answer_was_lost_is_removed(
    pytester: pytest.Pytester, add_suite: AddSuite, docker_registry: str
) -> None:
    """Also of a manifest that went as a stream, as the Azure SDK sends them: by its tag."""
    pytester.makepyfile(
        """
        import io
        from pytest_acr import OciDescriptor, OciImageManifest

        def test_it(acr_content_client, acr_session, acr_endpoint, acr_namespace, monkeypatch):
            client = acr_content_client("samples/hello")
            config = client.upload_blob(b"{}")
            described = OciDescriptor(media_type="text/plain", digest=config.digest, size=2)
            manifest = OciImageManifest(config=described).to_bytes()
            url = f"{acr_endpoint}/v2/{client.repository}/manifests/v1"
            headers = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
            assert acr_session.put(url, data=io.BytesIO(manifest), headers=headers).status_code == 201
            print("repository", client.repository)
        """
    )
    result = pytester.runpytest("-W", "error", "-s", "--acr-live-endpoint", docker_registry)
    result.assert_outcomes(passed=1)
    name = next(line for line in result.outlines if "repository " in line).rpartition(" ")[2]
    assert not requests.get(f"{docker_registry}/v2/{name}/tags/list", timeout=5).json().get("tags")
    blob = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert requests.get(f"{docker_registry}/v2/{name}/blobs/{blob}", timeout=5).status_code == 404
