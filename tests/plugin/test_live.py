"""`--acr-live-endpoint`: the same tests against a registry that is not the fake."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from tests.support.docker_registry import (
    PASSWORD,
    USER,
    htpasswd_auth,
    serve_docker_registry,
)
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
    """The URL of a CNCF distribution."""
    with serve_docker_registry(tmp_path) as url:
        yield url


@pytest.fixture
def docker_registry_without_deletion(tmp_path: Path) -> Iterator[str]:
    """The URL of a CNCF distribution with its default setting, by which nothing can be deleted."""
    with serve_docker_registry(tmp_path, delete_enabled=False) as url:
        yield url


@pytest.fixture
def docker_registry_with_a_user(tmp_path: Path) -> Iterator[str]:
    """The URL of a CNCF distribution that requires a user and a password."""
    with serve_docker_registry(tmp_path, auth=htpasswd_auth(tmp_path)) as url:
        yield url


def test_live_credential_is_none_without_a_live_registry(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(acr_live_credential): assert acr_live_credential is None")
    pytester.runpytest().assert_outcomes(passed=1)


def test_suite_passes_against_the_fake(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("live")
    pytester.runpytest("-W", "error").assert_outcomes(passed=13)


NEEDING_THE_FAKE = [
    "the fixture acr",
    "the fixture acr_clock",
    "the marker acr_image",
    "the marker acr_fault",
    "counts on an empty registry",
]


def test_suite_against_docker_registry(pytester: pytest.Pytester, add_suite: AddSuite, docker_registry: str) -> None:
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
    assert len(repositories) == 6, "expected a namespace for each test"
    for name in repositories:  # CNCF distribution deletes their content only
        assert not requests.get(f"{docker_registry}/v2/{name}/tags/list", timeout=5).json().get("tags")


def test_user_and_password_come_from_the_environment(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    docker_registry_with_a_user: str,
) -> None:
    add_suite("live")
    monkeypatch.setenv("PYTEST_ACR_LIVE_USERNAME", USER)
    monkeypatch.setenv("PYTEST_ACR_LIVE_PASSWORD", PASSWORD)
    result = pytester.runpytest("-W", "error", "--acr-live-endpoint", docker_registry_with_a_user)
    result.assert_outcomes(passed=6, skipped=7)


def test_content_pushed_by_a_user_of_an_acr_is_removed(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content client removes it: the client of the Azure SDK cannot log in as a user."""
    settings = Settings(name="live", admin_user=USER, admin_password=PASSWORD)
    with FakeRegistry(settings) as registry, registry.serve(tls=True) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        monkeypatch.setenv("PYTEST_ACR_LIVE_USERNAME", USER)
        monkeypatch.setenv("PYTEST_ACR_LIVE_PASSWORD", PASSWORD)
        add_suite("live")
        result = pytester.runpytest("-W", "error", "-rs", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=6, skipped=7)
        result.stdout.fnmatch_lines(
            "SKIPPED*requires a token credential: clients of the Azure SDK cannot log in as a user"
        )
        assert list(registry.content.list_repositories().items) == []


def test_repositories_of_an_acr_are_removed(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the live registry is a fake behind a socket, with ACR's API and login, over TLS."""
    with FakeRegistry(Settings(name="live")) as registry, registry.serve(tls=True) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        registry.push_image("foreign/repository:v1")
        add_suite("live")
        pytester.makeconftest(CREDENTIAL)
        result = pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=8, skipped=5)
        assert list(registry.content.list_repositories().items) == ["foreign/repository"]
        assert registry.requests.where(endpoint="acr.repository.delete", status=202)


def test_content_that_cannot_be_removed_is_a_warning(
    pytester: pytest.Pytester, add_suite: AddSuite, docker_registry_without_deletion: str
) -> None:
    pytester.makepyfile(
        """
        def test_it(acr_content_client):
            client = acr_content_client("samples/hello")
            client.upload_blob(b"x")
            assert client.repository.startswith("pytest-acr/")
        """
    )
    result = pytester.runpytest("-W", "default", "--acr-live-endpoint", docker_registry_without_deletion)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines("*LeftBehindWarning: left behind at http://*: pytest-acr/*/samples/hello (DELETE of *")


FOREIGN_REPOSITORY = """
    import io
    import pytest
    from pytest_acr import OutsideNamespace

    @pytest.mark.parametrize("change", [
        lambda client: client.delete_repository("foreign/repository"),
        lambda client: client.delete_tag("foreign/repository", "v1"),
        lambda client: client.delete_manifest("foreign/repository", "sha256:" + "0" * 64),
        lambda client: client.update_tag_properties("foreign/repository", "v1", can_write=False),
        lambda client: client.upload_blob("foreign/repository", io.BytesIO(b"x")),
        lambda client: client.set_manifest("foreign/repository", {}, tag="v1"),
    ])
    def test_change(acr_client, change):
        with pytest.raises(OutsideNamespace, match="foreign/repository.*acr_namespace"):
            change(acr_client)

    def test_session(acr_session, acr_endpoint, acr_namespace):
        dots = f"{acr_namespace}x/%2e%2e/%2e%2e/%2e%2e/foreign/repository"
        for repository in ("foreign/repository", dots):
            with pytest.raises(OutsideNamespace):
                acr_session.delete(f"{acr_endpoint}/v2/{repository}/manifests/v1")

    def test_reading_is_allowed(acr_client):
        assert acr_client.get_tag_properties("foreign/repository", "v1").name == "v1"
"""


def test_change_outside_the_namespace_is_refused(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with FakeRegistry(Settings(name="live")) as registry, registry.serve() as server:
        registry.push_image("foreign/repository:v1")
        pytester.makeconftest(CREDENTIAL)
        pytester.makepyfile(FOREIGN_REPOSITORY)
        pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url).assert_outcomes(passed=8)
        assert not [one for one in registry.requests if one.method not in ("GET", "POST")]
        assert not registry.requests.where(endpoint="upload.*")


def test_default_credential_is_from_azure_identity(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
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
def test_malformed_endpoint_is_a_usage_error(
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


UNTIDY = """
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
        for url in (f"{alias}/v2/foreign/repository/manifests/v1", f"{acr_endpoint}/unknown/path"):
            with pytest.raises(OutsideNamespace):
                acr_session.delete(url)

    def test_dynamic(request):
        request.getfixturevalue("acr")
        pytest.fail("the fixture did not skip the test")
"""


def test_locked_and_partial_content_is_removed(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with FakeRegistry(Settings(name="live")) as registry, registry.serve() as server:
        pytester.makeconftest(CREDENTIAL)
        pytester.makepyfile(UNTIDY)
        result = pytester.runpytest("-W", "error", "-rs", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=3, skipped=1)
        result.stdout.fnmatch_lines("SKIPPED*needs the fake, and runs against *: the fixture acr")
        assert list(registry.content.list_repositories().items) == []


def test_streamed_manifest_is_removed_by_its_tag(
    pytester: pytest.Pytester, add_suite: AddSuite, docker_registry: str
) -> None:
    """The Azure SDK sends manifests as streams, so that the guard does not know the digest."""
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


@pytest.mark.parametrize("argument", ['"it counts requests"', 'reason="it counts requests"'])
def test_skip_has_the_reason_of_the_marker(pytester: pytest.Pytester, add_suite: AddSuite, argument: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.acr_fake({argument})
        def test_it():
            pass
        """
    )
    result = pytester.runpytest("-rs", "--acr-live-endpoint", "http://127.0.0.1:9")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines("SKIPPED*needs the fake, and runs against http://127.0.0.1:9: it counts requests")
