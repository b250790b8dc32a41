"""The variables of the OCI conformance suite as options of a check."""

import pytest

from fake_registry.client.access import Credentials
from pytest_acr.harness.conformance_environment import ConformanceOptions, options_from_environment


def test_all_variables_are_read() -> None:
    options = options_from_environment(
        {
            "OCI_REGISTRY": "127.0.0.1:5000",
            "OCI_TLS": "disabled",
            "OCI_REPO1": "conformance/one",
            "OCI_REPO2": "conformance/two",
            "OCI_USERNAME": "me",
            "OCI_PASSWORD": "secret",
            "OCI_VERSION": "1.1",
        }
    )
    assert options == ConformanceOptions(
        url="http://127.0.0.1:5000",
        repository="conformance/one",  # type: ignore[arg-type] # the name as text
        other_repository="conformance/two",  # type: ignore[arg-type] # the name as text
        credentials=Credentials(username="me", password="secret"),
    )
    assert "secret" not in repr(options)


@pytest.mark.parametrize("value", ["", None])
def test_variables_are_optional(value: str | None) -> None:
    names = ("OCI_REGISTRY", "OCI_TLS", "OCI_REPO1", "OCI_REPO2", "OCI_USERNAME", "OCI_PASSWORD")
    environ = {} if value is None else dict.fromkeys(names, value)
    assert options_from_environment(environ) == ConformanceOptions()


@pytest.mark.parametrize(
    ("tls", "url", "insecure"),
    [
        ("", "https://localhost:5000", False),
        ("enabled", "https://localhost:5000", False),
        ("insecure", "https://localhost:5000", True),
        ("Disabled", "http://localhost:5000", False),
    ],
)
def test_tls_has_the_scheme_of_the_url(tls: str, url: str, *, insecure: bool) -> None:
    options = options_from_environment({"OCI_REGISTRY": "localhost:5000", "OCI_TLS": tls})
    assert (options.url, options.insecure) == (url, insecure)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OCI_TLS": "off"}, "OCI_TLS: expected one of enabled, insecure, disabled, found 'off'"),
        ({"OCI_REGISTRY": "http://host"}, "OCI_REGISTRY: expected a host such as localhost:5000, found a URL"),
        ({"OCI_REGISTRY": "host/path"}, "OCI_REGISTRY: expected a registry's URL .* found the path '/path'"),
        ({"OCI_REGISTRY": "me:secret@host"}, "OCI_REGISTRY: expected a registry's URL .* a user or a password in it"),
        ({"OCI_REPO1": "Upper"}, "OCI_REPO1: expected lower-case parts separated by slashes, found '"),
        ({"OCI_REPO2": "a//b"}, "OCI_REPO2: expected lower-case parts separated by slashes, found '"),
        ({"OCI_USERNAME": "me"}, "OCI_USERNAME, OCI_PASSWORD: expected .* or neither, found the username alone"),
        ({"OCI_PASSWORD": "secret"}, "OCI_USERNAME, OCI_PASSWORD: expected .* or neither, found the password alone"),
    ],
)
def test_malformed_variable_is_refused(environ: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        options_from_environment(environ)
    assert "secret" not in str(refused.value)
