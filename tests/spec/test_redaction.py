"""Secrets are found by their names, in any spelling, and by their form."""

import pytest

from fake_registry.spec.grant_types import redact_grant_type
from fake_registry.spec.redaction import (
    redact_host,
    redact_path,
    redact_query,
    redact_text,
    redaction_of_header,
)
from fake_registry.spec.secret_names import is_secret_name


def _words(text: str) -> list[str]:
    return text.split()


SECRET_NAMES = _words("""
    password Password PASSWORD passWord user_password Password2 passwd passphrase pwd user-pass
    %50assword %2550assword p%61ss refresh_token refresh%5Ftoken REFRESH_TOKEN accessToken id_token
    client_secret clientSecret client-secret client_assertion sig SIG %73ig signature _state _STATE
    X-Registry-Auth X-Registry-Config-Auth X-Api-Key apikey api_key X-Functions-Key AccountKey
    Ocp-Apim-Subscription-Key Authorization Proxy-Authorization X-Forwarded-Authorization Cookie
    Set-Cookie Set-Cookie2 X-Auth-Token X-Amz-Security-Token X-Csrf-Token X-Identity-Header jwt
    session X-Session-Id credential sas X-Registry-Config userpass code_verifier SAMLResponse ticket
    PRIVATEKEY signingkey registryauth X-Registryauth dbpwd apisig JSESSIONID PHPSESSID session%69d
    authcode auth_code device_code passcode
""")

PUBLIC_NAMES = _words("""
    digest scope service account client_id from mount n last orderby se sp spr sr sv regid state
    grant_type code token_type offline_token design author keyword assigned postal_code
    Content-Type Content-Length Docker-Content-Digest ETag If-None-Match WWW-Authenticate
    X-Ms-Client-Request-Id X-Ms-Correlation-Request-Id Docker-Distribution-Api-Version Link
    Access-Control-Allow-Credentials Accept User-Agent Host Range OCI-Subject
""")


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_other_names_are_public(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", ""),
        ("a=1&b=2", "a=1&b=2"),
        ("sig=secret", "sig=***"),
        ("code=secret&error_code=4", "code=***&error_code=4"),
        ("Code=secret&%63ode=secret&CODE=secret", "Code=***&%63ode=***&CODE=***"),
        ("a=1&Password=secret&b=2", "a=1&Password=***&b=2"),
        ("refresh%5Ftoken=secret", "refresh%5Ftoken=***"),
        ("a=1;PASSWORD=secret;b=2", "a=1;PASSWORD=***;b=2"),
        ("sig&sig=&design=1", "sig&sig=&design=1"),
        ("digest=sha256%3Aab&account=me@example.com", "digest=sha256%3Aab&account=me@example.com"),
        ("to=https%3A%2F%2Fuser%3Asecret%40host&a=1", "to=***&a=1"),
        ("to=https://host/?sig=secret", "to=***"),
        ("to=https%253A%252F%252Fhost%253Fsig%253Dsecret", "to=***"),
        ("to=https://host/v2/&a=1", "to=https://host/v2/&a=1"),
        ("x=eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0", "x=***"),
        ("service=user:secret@host&x=user%3Asecret%40host", "service=***&x=***"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0&a=1", "***&a=1"),
        ("https://user:secret@host/", "***"),
        ("q=Bearer+hunter2=&x=Basic%20aHVudGVyMg==&y=a+b", "q=***&x=***&y=a+b"),
        ("https://user:hunter2@host/=1&https://host/=1", "***=1&https://host/=1"),
        ("to=sig=secret&x=sig%3dsecret&y=a%3Db&z=a=", "to=***&x=***&y=a%3Db&z=a="),
    ],
)
def test_query_keeps_no_secret(query: str, kept: str) -> None:
    assert redact_query(query) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET https://user:secret@host/v2/: 404", "GET https://***@host/v2/: 404"),
        ("https://user:s@cret@host", "https://***@host"),
        ("expected user:secret@host:443, found 'u:secret@host'", "expected ***@host:443, found '***@host'"),
        ("url: /v2/?a=1&SIG=secret&b=2 (refused)", "url: /v2/?a=1&SIG=***&b=2 (refused)"),
        ("password=secret", "password=***"),
        ("failure=password=secret, found=1", "failure=password=***, found=1"),
        ("(a=1,token=secret)", "(a=1,token=***)"),
        ('{"Password": "se\\"cret", "a": 1}', '{"Password": "***", "a": 1}'),
        ("{'refresh_token': 'secret'}", "{'refresh_token': '***'}"),
        ("found 'eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0'", "found '***'"),
        ("Authorization Basic dXNlcjpzZWNyZXQ=", "Authorization Basic ***"),
        ("BEARER abc.def.ghi-jkl", "BEARER ***"),
        ("Negotiate YIIJvwYGKwYBBQUC0IIJ", "Negotiate ***"),
        ("SharedKey account:c2VjcmV0c2VjcmV0, SharedKeyLite a:c2VjcmV0", "SharedKey ***, SharedKeyLite ***"),
        ("key: -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----.", "key: ***."),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "***"),
    ],
)
def test_text_keeps_no_secret(text: str, kept: str) -> None:
    assert redact_text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "=a" * 20_000,  # took seconds, when the value of each parameter was looked for
        "authorization: expected Basic and base64 of user:password",
        "authorization: expected Bearer or Basic",
        "access_token: expected an Entra token, found nothing",
        "the token is good for repository:samples/hello:pull",
        "Refuse(status=503, code=None, message='later', retry_after=3)",
        "dev/web:1.0@sha256:0123 and web:1.0@sha512:0123",
        "no role: someone@example.com was granted none",
    ],
)
def test_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", "Bearer secret", "Bearer ***"),
        ("authorization", "secret", "***"),
        ("Proxy-Authorization", "Basic secret", "Basic ***"),
        ("X-Registry-Auth", "eyJ1c2VybmFtZSI6InUifQ==", "***"),
        ("Authorization", "hunter2 hunter2", "***"),
        ("Authorization", "Bearer:hunter2 x", "***"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=a, Signature=b", "AWS4-HMAC-SHA256 ***"),
        ("User-Agent", "tool/1 (https://user:secret@host/)", "tool/1 (https://***@host/)"),
        ("User-Agent", "tool/1 (+https://example.com)", "tool/1 (+https://example.com)"),
        ("Accept", "Bearer hunter2=", "Bearer ***"),
        ("Accept", "application/json;q=0.9, */*", "application/json;q=0.9, */*"),
        ("X-Ms-Client-Request-Id", "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0", "***"),
        ("X-Debug", '{"password": "secret"}', '{"password": "***"}'),
        ("X-Ms-Copy-Source", "https://host/blob?sv=1&sig=secret", "https://host/blob?sv=1&sig=***"),
        ("Referer", "Basic dXNlcjpzZWNyZXQ=", "Basic ***"),
        ("Forwarded", "for=user:secret@host;token=secret", "for=***@host;token=***"),
        ("Set-Cookie", "session=secret; Path=/", "***"),
        ("Referer", "https://user:secret@host/?a=1&sig=secret", "https://***@host/?a=1&sig=***"),
        ("LOCATION", "/v2/x?_state=secret&digest=d", "/v2/x?_state=***&digest=d"),
        (
            "WWW-Authenticate",
            'Bearer realm="https://u:secret@host/",service="u:secret@host",error="invalid_token"',
            'Bearer realm="https://***@host/",service="***@host",error="invalid_token"',
        ),
        ("Link", '</v2/_catalog?last=a&token=secret>; rel="next"', '</v2/_catalog?last=a&token=***>; rel="next"'),
    ],
)
def test_header_keeps_no_secret(name: str, value: str, kept: str) -> None:
    redact = redaction_of_header(name)

    assert redact is not None
    assert redact(value) == kept


def test_header_of_plain_facts_needs_no_redaction() -> None:
    names = ("Accept-Encoding", "Content-Length", "Date", "Docker-Content-Digest", "X-Ms-Request-Id")

    assert [name for name in names if redaction_of_header(name) is not None] == []


@pytest.mark.parametrize(
    ("grant_type", "kept"),
    [("", ""), ("password", "password"), ("client_credentials", "client_credentials"), ("hunter2", "***")],
)
def test_unknown_grant_type_is_hidden(grant_type: str, kept: str) -> None:
    assert redact_grant_type(grant_type) == kept


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("fake.azurecr.io:443", "fake.azurecr.io:443"),
        ("user:secret@host:1", "***@host:1"),
        ("a, user:secret@b", "a, ***@b"),
    ],
)
def test_host_keeps_no_user_info(host: str, kept: str) -> None:
    assert redact_host(host) == kept


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/v2/a/tags/list", "/v2/a/tags/list"),
        ("/v2/x?a=1&sig=secret", "/v2/x?a=1&sig=***"),
        ("/v2/a%b/x%3Fa", "/v2/a%b/x%3Fa"),
        ("/v2/x%3Fsig%3Dsecret", "***"),
        ("/v2/eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0/x", "/v2/***/x"),
    ],
)
def test_path_keeps_no_secret(path: str, kept: str) -> None:
    assert redact_path(path) == kept
