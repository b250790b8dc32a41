"""Recorded exchanges contain no secret."""

import pytest

from fake_registry import FakeRegistry, Fault
from fake_registry.spec.errors import Unauthorized
from tests.support.effects import SetHeaders
from tests.support.http import (
    HOST,
    LAYER,
    LAYER_DIGEST,
    begin,
    follow,
    put_blob,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, entra_token, log_in, post_form, token_for

TAGS = "/v2/samples/hello/tags/list"


def _login_registry() -> FakeRegistry:
    return registry_of(auth="token", admin_user="fake", admin_password="pass:word")


class TestRedaction:
    """No token, password, signature or upload state is kept: a failing test's report shows
    exchanges."""

    def test_tokens_are_redacted(self) -> None:
        registry = _login_registry()
        refresh = log_in(registry)
        token = token_for(registry, refresh, "repository:samples/hello:metadata_read")
        send(registry, "GET", TAGS, headers=bearer(token))
        send(registry, "GET", TAGS, headers=bearer(refresh))
        send(registry, "GET", "/oauth2/token", headers=basic("00000000-0000-0000-0000-000000000000", refresh))

        text = repr(list(registry.requests)) + str(registry.requests)
        for secret in (token, refresh, entra_token(), token.split(".")[1], token.split(".")[2]):
            assert secret not in text
        assert registry.requests[2].request_header("Authorization") == "Bearer ***"

    def test_passwords_are_redacted(self) -> None:
        registry = _login_registry()
        header = basic("fake", "pass:word")
        send(registry, "GET", "/v2/", headers=header)
        post_form(registry, "/oauth2/token", grant_type="password", username="fake", password="pass:word", service=HOST)

        text = repr(list(registry.requests))
        assert "pass:word" not in text
        assert header["Authorization"].removeprefix("Basic ") not in text

    @pytest.mark.parametrize(
        "header",
        ["Authorization", "Proxy-Authorization", "Cookie", "X-Registry-Auth", "x-api-key"],
    )
    def test_credentials_without_a_scheme_are_redacted(self, header: str) -> None:
        registry = _login_registry()

        send(registry, "GET", "/v2/", headers={header: "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0"})

        assert "eyJhbGciOiJIUzI1NiJ9" not in repr(registry.requests[0])

    def test_upload_state_in_queries_is_redacted(self, either: FakeRegistry) -> None:
        location = begin(either, "samples/hello", b"four")
        send(either, "GET", location)

        assert either.requests[-1].query == "_nouploadcache=false&_state=***"

    def test_upload_state_is_redacted_everywhere(self, either: FakeRegistry) -> None:
        location = begin(either, "samples/hello", b"four")
        send(either, "GET", location)

        assert location.rpartition("_state=")[2] not in repr(list(either.requests))

    def test_signatures_in_queries_are_redacted(self, azure: FakeRegistry) -> None:
        put_blob(azure, "samples/hello", LAYER)
        redirect = send(azure, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
        follow(azure, redirect)

        query = azure.requests[-1].query
        assert "sig=***&" in query
        assert query.startswith("se=")

    def test_signatures_are_redacted_everywhere(self, azure: FakeRegistry) -> None:
        put_blob(azure, "samples/hello", LAYER)
        redirect = send(azure, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
        follow(azure, redirect)

        signature = redirect.header("Location").partition("sig=")[2].partition("&")[0]
        assert signature not in repr(list(azure.requests))

    @pytest.mark.parametrize("name", ["location", "LOCATION", "LocaTion"])
    def test_location_is_redacted_however_an_effect_spells_it(self, azure: FakeRegistry, name: str) -> None:
        effect = SetHeaders({name: "/v2/x?_state=secret&sig=secret&a=1"})
        azure.faults.add(Fault("upload.start", effect))

        send(azure, "POST", "/v2/samples/hello/blobs/uploads/")

        assert (name, "/v2/x?_state=***&sig=***&a=1") in azure.requests[0].response_headers
        assert "secret" not in repr(azure.requests[0].response_headers)

    @pytest.mark.parametrize(
        "key",
        [
            "sig",
            "_state",
            pytest.param("%73ig"),
            pytest.param("s%69g"),
            pytest.param("%5Fstate"),
        ],
    )
    def test_secrets_under_encoded_keys_are_redacted(self, azure: FakeRegistry, key: str) -> None:
        send(azure, "GET", f"/v2/?a=1&{key}=secret&b=2")

        assert "secret" not in repr(azure.requests[0])

    @pytest.mark.parametrize(
        "key", ["password", "Password", "%50ASSWORD", "refresh_token", "access_token", "refresh%5Ftoken"]
    )
    def test_credentials_in_queries_are_redacted(self, either: FakeRegistry, key: str) -> None:
        """Credentials belong in a form; those in a URL are redacted too."""
        send(either, "GET", f"/oauth2/token?service={HOST}&{key}=pass:word&scope=")

        assert either.requests[0].query == f"service={HOST}&{key}=***&scope="
        assert "pass:word" not in repr(either.requests[0])

    @pytest.mark.parametrize("path", ["/oauth2/exchange", "/oauth2/token"])
    def test_secret_in_the_grant_type_is_redacted(self, path: str) -> None:
        registry = _login_registry()
        post_form(registry, path, grant_type="hunter2", service=HOST, password="hunter2")

        assert str(registry.requests[0].failure).endswith("found '***'")
        assert "hunter2" not in repr(registry.requests[0])

    def test_user_info_in_the_host_is_redacted(self, either: FakeRegistry) -> None:
        send(either, "GET", "/v2/", headers={"Host": f"user:secret@{HOST}"})

        assert either.requests[0].host == f"***@{HOST}"
        assert "secret" not in repr(either.requests[0])

    def test_secrets_in_an_encoded_path_are_redacted(self, either: FakeRegistry) -> None:
        send(either, "GET", "/v2/samples/hello/blobs/uploads/x%3Fsig%3Dsecret")

        assert either.requests[0].path == "/v2/samples/hello/blobs/uploads/x?sig=***"
        assert "secret" not in repr(either.requests[0])

    def test_exception_of_the_registry_has_no_secret(self) -> None:
        error = Unauthorized("expected a token", failure="password=secret", scope="https://u:secret@host")

        assert str(error) == ("UNAUTHORIZED: expected a token: failure=password=***, scope=https://***@host")

    def test_other_parameters_are_kept(self, azure: FakeRegistry) -> None:
        send(azure, "GET", "/v2/?design=1&sig&a=%2F&x_state=2")

        assert azure.requests[0].query == "design=1&sig&a=%2F&x_state=2"
