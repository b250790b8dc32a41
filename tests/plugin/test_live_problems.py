"""A live registry that cannot be used ends the run with one line, once."""

import json

import pytest

from fake_registry import FakeRegistry, Fault, Refuse, RegistryServer, Settings
from tests.support.docker_registry import PASSWORD, USER
from tests.support.endless import serve_raw, whole
from tests.support.suites import AddSuite

SUITE = """
    import pytest

    @pytest.mark.parametrize("number", range(3))
    def test_it(acr_content_client, number):
        acr_content_client("samples/hello").upload_blob(b"x")

    def test_session(acr_session):
        pass
"""

CREDENTIAL = """
    import pytest

    @pytest.fixture(scope="session")
    def acr_live_credential():
        return {credential}
"""


@pytest.fixture
def acr_of_a_user() -> RegistryServer:
    """The server of an ACR with an admin user, not started."""
    return FakeRegistry(Settings(name="live", admin_user=USER, admin_password=PASSWORD)).serve()


def run(pytester: pytest.Pytester, endpoint: str, *options: str) -> tuple[int, str]:
    """Run the suite; return the exit code and the one line that says why it ended."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--acr-live-endpoint", endpoint, *options)
    lines = [line for line in (*result.outlines, *result.errlines) if "--acr-live-endpoint: " in line]
    assert len(lines) == 1, result.outlines
    assert not any("Traceback" in line or "_fixtures.py:" in line for line in result.outlines)
    return int(result.ret), lines[0].strip("! ").partition(": ")[2].removeprefix("--acr-live-endpoint: ")


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://127.0.0.1:9", "[Errno "),
        pytest.param("https://unknown.invalid", "[Errno -", marks=pytest.mark.exhaustive),
    ],
    ids=["closed port", "unknown host"],
)
def test_unreachable_registry(pytester: pytest.Pytester, add_suite: AddSuite, endpoint: str, reason: str) -> None:
    code, line = run(pytester, endpoint)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{endpoint} cannot be reached: {reason}")


@pytest.mark.exhaustive
def test_unreachable_registry_in_several_processes(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    code, line = run(pytester, "http://127.0.0.1:9", "-n", "2")
    assert code == pytest.ExitCode.INTERRUPTED
    assert line.startswith("http://127.0.0.1:9 cannot be reached: [Errno ")


def test_certificate_of_an_unknown_authority(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with FakeRegistry().serve(tls=True) as server:
        code, line = run(pytester, server.url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{server.url} cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED]")


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"PYTEST_ACR_LIVE_USERNAME": USER}, "PYTEST_ACR_LIVE_USERNAME without PYTEST_ACR_LIVE_PASSWORD"),
        ({"PYTEST_ACR_LIVE_PASSWORD": PASSWORD}, "PYTEST_ACR_LIVE_PASSWORD without PYTEST_ACR_LIVE_USERNAME"),
        pytest.param(
            {"PYTEST_ACR_LIVE_USERNAME": USER, "PYTEST_ACR_LIVE_PASSWORD": ""},
            "PYTEST_ACR_LIVE_USERNAME without PYTEST_ACR_LIVE_PASSWORD",
            marks=pytest.mark.exhaustive,
        ),
    ],
)
def test_user_without_password(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    acr_of_a_user: RegistryServer,
    variables: dict[str, str],
    found: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with acr_of_a_user as server:
        code, line = run(pytester, server.url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line == f"expected PYTEST_ACR_LIVE_USERNAME and PYTEST_ACR_LIVE_PASSWORD or neither, found {found}"


@pytest.mark.parametrize(
    ("credential", "caller"),
    [
        (f'__import__("azure.core.credentials").core.credentials.AzureNamedKeyCredential("{USER}", "wrong")', "Azure"),
        ("None", "an anonymous caller"),
    ],
    ids=["wrong password", "anonymous"],
)
def test_refused_login(
    pytester: pytest.Pytester, add_suite: AddSuite, acr_of_a_user: RegistryServer, credential: str, caller: str
) -> None:
    pytester.makeconftest(CREDENTIAL.format(credential=credential))
    with acr_of_a_user as server:
        code, line = run(pytester, server.url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{server.url} refuses {caller}")
    assert "status 401" in line
    assert line.endswith("or override the fixture acr_live_credential")
    assert "wrong" not in line


def test_broken_registry(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    registry = FakeRegistry(Settings(auth="anonymous-pull"))
    registry.faults.add(Fault("manifest.*", Refuse(501)))  # not tried again
    pytester.makeconftest(CREDENTIAL.format(credential="None"))
    with registry.serve() as server:
        code, line = run(pytester, server.url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{server.url} is broken: ")
    assert "status 501" in line


FIREWALL = {
    "code": "DENIED",
    "message": "client with IP '192.0.2.1' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.",
}


def test_firewall_ends_the_run(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with serve_raw(lambda _: whole(403, json.dumps({"errors": [FIREWALL]}).encode())) as url:
        code, line = run(pytester, url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{url} refuses an anonymous caller: ")
    assert "status 403, DENIED: client with IP '192.0.2.1' is not allowed access" in line


def test_server_that_is_no_registry_ends_the_run(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    with serve_raw(lambda _: whole(200, b"<html>")) as url:
        code, line = run(pytester, url)
    assert code == pytest.ExitCode.USAGE_ERROR
    assert line.startswith(f"{url} is no registry: ")


def test_anonymous_caller_of_an_acr_with_anonymous_pull(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makeconftest(CREDENTIAL.format(credential="None"))
    pytester.makepyfile(
        """
        import pytest
        from azure.core.exceptions import ResourceNotFoundError

        def test_it(acr_content_client, acr_aio_content_client):
            assert acr_aio_content_client("samples/hello")
            with pytest.raises(ResourceNotFoundError):
                acr_content_client("samples/hello").get_manifest("v1")
        """
    )
    with FakeRegistry(Settings(auth="anonymous-pull")).serve() as server:
        result = pytester.runpytest("-W", "error", "--acr-live-endpoint", server.url)
        result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("credential", "found"),
    [
        ('"token"', "str"),
        pytest.param('("me", "secret")', "tuple", marks=pytest.mark.exhaustive),
        pytest.param("dict", "the class dict", marks=pytest.mark.exhaustive),
    ],
)
def test_credential_of_another_type(
    pytester: pytest.Pytester, add_suite: AddSuite, acr_of_a_user: RegistryServer, credential: str, found: str
) -> None:
    pytester.makeconftest(CREDENTIAL.format(credential=credential))
    with acr_of_a_user as server:
        _, line = run(pytester, server.url)
    expected = "expected a token credential, AzureNamedKeyCredential or None"
    assert line.startswith(f"the fixture acr_live_credential: {expected}, found {found}; ")
