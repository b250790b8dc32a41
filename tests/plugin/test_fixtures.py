"""Every fixture over every transport, and the output of `pytest --fixtures` and `--markers`."""

from itertools import pairwise

import pytest

from tests.support.suites import AddSuite

FIXTURES = {
    "acr",
    "acr_aio_anonymous_client",
    "acr_aio_client",
    "acr_aio_content_client",
    "acr_aio_credential",
    "acr_aio_transport",
    "acr_anonymous_client",
    "acr_client",
    "acr_content_client",
    "acr_clock",
    "acr_credential",
    "acr_endpoint",
    "acr_environment",
    "acr_faults",
    "acr_live_credential",
    "acr_login_server",
    "acr_namespace",
    "acr_network",
    "acr_requests",
    "acr_server",
    "acr_session",
    "acr_settings",
    "acr_transport",
    "make_acr",
}

JUNK = {
    "REQUESTS_CA_BUNDLE": "/nowhere/ca.pem",
    "CURL_CA_BUNDLE": "/nowhere/ca.pem",
    "SSL_CERT_FILE": "/nowhere/ca.pem",
    "SSL_CERT_DIR": "/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


@pytest.mark.parametrize(
    "transport",
    [
        "https",  # needs all that the others need of the environment
        pytest.param("http", marks=pytest.mark.exhaustive),
        pytest.param("memory", marks=pytest.mark.exhaustive),
    ],
)
def test_proxies_and_ca_bundles_of_the_environment_are_ignored(
    transport: str, pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests prefers a CA bundle to the `verify` of a session, and asks a proxy for 127.0.0.1."""
    for name, value in JUNK.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    add_suite("every_fixture")
    pytester.runpytest("-W", "error", "--acr-transport", transport).assert_outcomes(passed=21)


def test_fixtures_have_a_first_line_of_documentation(pytester: pytest.Pytester) -> None:
    lines = pytester.runpytest("--fixtures").outlines
    documented = {
        line.split(" ")[0]: following.strip()
        for line, following in pairwise(lines)
        if "pytest_acr/plugin" in line and " -- " in line
    }
    assert documented.keys() == FIXTURES
    assert all(text.endswith((".", ":")) for text in documented.values()), documented


def test_markers_are_registered(pytester: pytest.Pytester) -> None:
    lines = pytester.runpytest("--markers").outlines
    markers = [line.split("(")[0] for line in lines if line.startswith("@pytest.mark.acr")]
    assert markers == [
        "@pytest.mark.acr",
        "@pytest.mark.acr_image",
        "@pytest.mark.acr_fault",
        "@pytest.mark.acr_fake",
        "@pytest.mark.acr_strict",
        "@pytest.mark.acr_sweep",
    ]
