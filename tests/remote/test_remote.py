"""`RemoteRegistry` over sockets, with the fake, scripted registries and docker-registry."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from fake_registry import Disconnect, FakeRegistry, Fault, ManualClock, Refuse, Settings, Truncate
from fake_registry.core.registry import UploadStatus
from fake_registry.http.faults import Effect, When
from fake_registry.remote import RemoteRegistry
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from fake_registry.settings import Auth, Profile
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import (
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadRangeInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestUnknown,
    NameUnknown,
    RegistryError,
    TagUnknown,
    TooManyRequests,
    Unauthorized,
    Unsupported,
)
from fake_registry.spec.media_types import OCI_MANIFEST
from fake_registry.spec.names import Tag, digest_of
from pytest_acr.credentials import AcrCredential
from pytest_acr.transports.requests_session import acr_session
from tests.support.docker_registry import serve_docker_registry
from tests.support.images import (
    ABSENT,
    HELLO,
    NOWHERE,
    OTHER,
    SBOM,
    V1,
    V2,
    V3,
    blob_of,
    image,
    push,
    read_blob,
)
from tests.support.products import cross

CONTENT = bytes(range(256)) * 20
DIGEST = digest_of(CONTENT)
USER, PASSWORD = "admin", "open-sesame"
PROFILES: tuple[Profile, ...] = ("acr", "oci")

Reply = tuple[int, Mapping[str, str], bytes]
Connect = Callable[..., RemoteRegistry]


def settings_of(profile: Profile = "acr", auth: Auth = "token") -> Settings:
    return Settings(profile=profile, auth=auth, admin_user=USER, admin_password=PASSWORD)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Serve a registry or a WSGI app and return a client of it, by default as the admin user."""
    with ExitStack() as stack:

        def serve_and_connect(
            registry: "FakeRegistry | ScriptedRegistry",
            **options: Any,  # Any: the constructor's
        ) -> RemoteRegistry:
            server = registry.serve() if isinstance(registry, FakeRegistry) else RegistryServer(registry)
            url = stack.enter_context(server).url
            options = options or {"username": USER, "password": PASSWORD}
            return stack.enter_context(RemoteRegistry(url, timeout=10, **options))

        yield serve_and_connect


class ScriptedRegistry:
    """Sends scripted replies by method and path; keeps the Authorization of requests."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self.replies = dict(replies)
        self.requests: list[tuple[str, str | None]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read()
        query = environ["QUERY_STRING"]
        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{'?' if query else ''}{query}"
        self.requests.append((request, environ.get("HTTP_AUTHORIZATION")))

        status, headers, body = self.replies.get(request, (404, {}, b""))
        start_response(f"{status} Scripted", list({"Content-Length": str(len(body)), **headers}.items()))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def pieces() -> Iterator[bytes]:
    """Yield the content in pieces; their number is unknown in advance."""
    yield from (CONTENT[:1000], b"", CONTENT[1000:])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("auth", ["off", "token", "anonymous-pull"])
def test_pushed_content_is_pulled_listed_and_deleted(connect: Connect, profile: Profile, auth: Auth) -> None:
    fake = FakeRegistry(settings_of(profile, auth))
    remote = connect(fake)
    built = image(CONTENT)

    assert remote.put_blob(HELLO, DIGEST, pieces()) == blob_of(CONTENT)
    push(remote, HELLO, built, tags=[V3, V1, V2])
    assert remote.mount_blob(OTHER, DIGEST, source=HELLO) == blob_of(CONTENT)

    assert remote.get_manifest(HELLO, V1) == fake.content.get_manifest(HELLO, V1) == built.manifest
    with closing(remote.get_blob(HELLO, DIGEST)) as reader:
        assert [b"".join(reader.chunks(*part)) for part in ((7, 9), (), (5000,))] == [
            CONTENT[7:9],
            CONTENT,
            CONTENT[5000:],
        ]
    assert remote.list_tags(HELLO, after=V1, limit=1) == Page([V2], more=True)
    assert remote.list_repositories() == Page([HELLO])

    assert remote.delete_tag(HELLO, V2) == built.digest
    with pytest.raises(TagUnknown):
        remote.delete_tag(HELLO, V2)
    assert remote.list_tags(HELLO) == Page([V1, V3])

    remote.delete_blob(HELLO, DIGEST)
    remote.delete_manifest(HELLO, built.digest)
    with pytest.raises(NameUnknown):
        remote.list_tags(HELLO)


def test_anonymous_caller_can_pull_but_not_push(connect: Connect) -> None:
    fake = FakeRegistry(settings_of(auth="anonymous-pull"))
    push(fake.content, HELLO, image(CONTENT), tags=[V1])
    remote = connect(fake, verify=True)

    assert read_blob(remote, HELLO, DIGEST) == CONTENT
    with pytest.raises(Unauthorized):
        remote.put_blob(HELLO, DIGEST, [CONTENT])


@pytest.mark.parametrize("options", [{"verify": True}, {"username": USER, "password": "wrong"}, {"token": "wrong"}])
def test_unknown_caller_is_refused(connect: Connect, options: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        connect(FakeRegistry(settings_of()), **options).list_tags(HELLO)


@pytest.mark.parametrize("options", [{}, {"username": USER, "password": "wrong"}])
def test_refused_login_is_raised_with_the_message_of_the_registry(
    connect: Connect,
    options: dict[str, Any],
) -> None:
    """acr-behaviour 3.4: plain text by its type, JSON by its content."""
    remote = connect(FakeRegistry(settings_of()), verify=True, **options)

    visit = "visit https://aka.ms/acr/authorization for more information. CorrelationId: "
    with pytest.raises(Unauthorized) as refused:
        remote.list_tags(HELLO)

    assert refused.value.reason == f"authentication required, {visit}{refused.value.facts['correlation_id']}"


@pytest.mark.parametrize("options", [{"username": "a"}, {"username": "a", "password": "b", "token": "c"}])
def test_incomplete_credentials_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="username"):
        RemoteRegistry("https://there", **options)


def test_url_of_more_than_an_origin_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a registry's URL such as .*, found the path '/v2/'"):
        RemoteRegistry("https://there/v2/")


def test_refresh_token_logs_in(connect: Connect) -> None:
    """Azure/acr AAD-OAuth, POST /oauth2/token."""
    fake = FakeRegistry(Settings(), clock=ManualClock())
    entra = AcrCredential(fake.clock).get_token("https://containerregistry.azure.net/.default").token

    with fake.serve() as server:
        form = {
            "grant_type": "access_token",
            "service": urlsplit(server.url).netloc,
            "access_token": entra,
        }
        with requests.post(f"{server.url}/oauth2/exchange", data=form, timeout=10) as answer:
            token = answer.json()["refresh_token"]
        with RemoteRegistry(server.url, token=token) as remote:
            push(remote, HELLO, image(CONTENT), tags=[V1])

    assert fake.content.get_manifest(HELLO, V1) == image(CONTENT).manifest


def test_token_is_fetched_before_a_body_that_cannot_be_replayed(connect: Connect) -> None:
    """acr-behaviour 1.3: a 401 comes after the body, and a generator cannot be read again."""
    fake = FakeRegistry(settings_of())
    remote = connect(fake)

    remote.put_blob(HELLO, DIGEST, pieces())
    status = remote.mount_blob(OTHER, ABSENT, source=NOWHERE)
    assert isinstance(status, UploadStatus)
    remote.append_chunk(OTHER, status.upload, pieces())

    refused = [exchange.endpoint for exchange in fake.requests if exchange.status == 401]
    assert refused == ["upload.start"]


def test_expired_token_is_replaced_if_the_body_can_be_replayed(connect: Connect) -> None:
    clock = ManualClock()
    fake = FakeRegistry(settings_of(), clock=clock)
    remote = connect(fake)
    upload = remote.start_upload(HELLO).upload
    clock.advance(fake.settings.access_token_lifetime)

    with pytest.raises(Unauthorized):
        remote.append_chunk(HELLO, upload, pieces())
    assert remote.append_chunk(HELLO, upload, [CONTENT[:9], CONTENT[9:]]).offset == len(CONTENT)
    assert remote.finish_upload(HELLO, upload, DIGEST) == blob_of(CONTENT)


def test_basic_challenge_is_answered_with_user_and_password(connect: Connect) -> None:
    """RFC 7617; CNCF distribution with htpasswd."""
    challenge = {"WWW-Authenticate": 'Basic realm="there"'}
    scripted = ScriptedRegistry({"GET /v2/_catalog": (401, challenge, b"")})
    remote = connect(scripted)

    for _ in range(2):
        with pytest.raises(Unauthorized):
            remote.list_repositories()

    login = "Basic YWRtaW46b3Blbi1zZXNhbWU="
    assert [authorization for _, authorization in scripted.requests] == [None, login, login]


def test_other_hosts_receive_no_credentials(connect: Connect) -> None:
    """A Location or a redirect may name any host, and that host may ask for credentials."""
    challenge = {"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:1/token",service="x"'}
    elsewhere = ScriptedRegistry(
        {"GET /blob": (200, {}, CONTENT), "PUT /up?a=b&digest=" + DIGEST: (401, challenge, b"")}
    )
    with RegistryServer(elsewhere) as server:
        home = ScriptedRegistry(
            {
                f"GET /v2/{HELLO}/tags/list": (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""),
                f"GET /v2/{HELLO}/blobs/{DIGEST}": (
                    307,
                    {"Location": f"{server.url}/blob"},
                    b"moved",
                ),
                f"POST /v2/{HELLO}/blobs/uploads/": (
                    202,
                    {"Location": f"{server.url}/up?a=b"},
                    b"",
                ),
            }
        )
        remote = connect(home)

        with pytest.raises(Unauthorized):
            remote.list_tags(HELLO)
        assert read_blob(remote, HELLO, DIGEST) == CONTENT
        upload = remote.start_upload(HELLO).upload
        with pytest.raises(Unauthorized):
            remote.finish_upload(HELLO, upload, DIGEST, tail=[CONTENT])

    assert [authorization is None for _, authorization in home.requests] == [
        True,
        False,
        False,
        False,
    ]
    assert {authorization for _, authorization in elsewhere.requests} == {None}


def test_redirect_is_first_followed_without_authorization(connect: Connect) -> None:
    """acr-behaviour 8.3: storage refuses it next to a signature; another target answers 401."""
    scripted = ScriptedRegistry(
        {
            "GET /v2/_catalog": (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""),
            f"GET /v2/{HELLO}/blobs/{DIGEST}": (307, {"Location": "/signed"}, b""),
            f"GET /v2/{HELLO}/tags/list": (301, {"Location": "/moved"}, b""),
            "GET /signed": (200, {}, CONTENT),
            "GET /moved": (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""),
        }
    )
    remote = connect(scripted)

    for call in (remote.list_repositories, lambda: remote.list_tags(HELLO)):
        with pytest.raises(Unauthorized):
            call()
    assert read_blob(remote, HELLO, DIGEST) == CONTENT

    requests_seen = [(path, authorization is not None) for path, authorization in scripted.requests]
    assert requests_seen[-2:] == [(f"GET /v2/{HELLO}/blobs/{DIGEST}", True), ("GET /signed", False)]
    assert requests_seen[-5:-2] == [
        (f"GET /v2/{HELLO}/tags/list", True),
        ("GET /moved", False),
        ("GET /moved", True),
    ]


def test_http_realm_of_an_https_registry_is_refused() -> None:
    challenge = {"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:1/token",service="x"'}
    scripted = ScriptedRegistry({"GET /v2/_catalog": (401, challenge, b"")})

    with RegistryServer(scripted, certificates=Certificates.generate(["there"])) as server:
        remote = RemoteRegistry(server.url, username=USER, password=PASSWORD, verify=str(server.ca_file))
        with (
            remote,
            pytest.raises(Unauthorized, match=r"found the realm http://127\.0\.0\.1:1, which is not encrypted"),
        ):
            remote.list_repositories()

    assert scripted.requests == [("GET /v2/_catalog", None)]


def test_circular_redirects_end(connect: Connect) -> None:
    path = f"/v2/{HELLO}/blobs/{DIGEST}"
    with pytest.raises(requests.TooManyRedirects):
        connect(ScriptedRegistry({f"GET {path}": (307, {"Location": path}, b"")})).get_blob(HELLO, DIGEST)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cut", [0, 10, len(CONTENT) - 2])
def test_truncated_download_is_an_error(connect: Connect, profile: Profile, cut: int) -> None:
    fake = FakeRegistry(settings_of(profile))
    push(fake.content, HELLO, image(CONTENT), tags=[V1])
    remote = connect(fake)
    fake.faults.add(Fault("storage.blob" if profile == "acr" else "blob.get", Truncate(cut)))

    for part in ((), (1,)):
        with (
            pytest.raises(requests.RequestException),
            closing(remote.get_blob(HELLO, DIGEST)) as reader,
        ):
            list(reader.chunks(*part))

    fake.faults.add(Fault("manifest.get", Truncate(10)))
    with pytest.raises(requests.RequestException):
        remote.get_manifest(HELLO, V1)


def test_content_shorter_than_its_head_is_an_error(connect: Connect) -> None:
    """A chunked body has no length of its own."""
    path = f"/v2/{HELLO}/blobs/{DIGEST}"
    scripted = ScriptedRegistry(
        {
            f"GET {path}": (200, {}, CONTENT[:-1]),
            f"HEAD {path}": (200, {"Content-Length": str(len(CONTENT))}, b""),
        }
    )

    def send_chunked(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            kept = [pair for pair in headers if environ["REQUEST_METHOD"] == "HEAD" or pair[0] != "Content-Length"]
            return start_response(status, kept)

        return scripted(environ, start)

    with (
        RegistryServer(send_chunked) as server,
        RemoteRegistry(server.url) as remote,
        closing(remote.get_blob(HELLO, DIGEST)) as reader,
    ):
        assert reader.size == len(CONTENT)
        with pytest.raises(requests.ConnectionError, match=f"expected {len(CONTENT)} bytes"):
            list(reader.chunks())


@pytest.mark.parametrize("part", [(0, 7), (3, 7), (3, None), (0, None)])
def test_bytes_before_the_range_are_skipped(connect: Connect, part: tuple[int, int | None]) -> None:
    """RFC 9110 §14.2: a server MAY ignore Range."""
    remote = connect(ScriptedRegistry({f"GET /v2/{HELLO}/blobs/{DIGEST}": (200, {}, CONTENT)}))
    with closing(remote.get_blob(HELLO, DIGEST)) as reader:
        for _ in range(2):
            assert b"".join(reader.chunks(*part)) == CONTENT[slice(*part)]


def test_error_of_a_lost_connection_has_no_secret() -> None:
    with (
        RegistryServer(FakeRegistry(settings_of("acr", "off")).wsgi_app) as server,
        RemoteRegistry(server.url) as remote,
    ):
        upload = remote.start_upload(HELLO).upload
        server.stop()

        with pytest.raises(requests.ConnectionError) as lost:
            remote.append_chunk(HELLO, upload, [CONTENT])

    assert "_state=***" in str(lost.value)


def test_broken_connection_raises_the_errors_of_requests(connect: Connect) -> None:
    fake = FakeRegistry(settings_of("oci", "off"))
    remote = connect(fake)
    upload = remote.start_upload(HELLO).upload

    with (
        fake.faults.add(Fault("upload.chunk", Disconnect())),
        pytest.raises(requests.ConnectionError),
    ):
        remote.append_chunk(HELLO, upload, [CONTENT[:9]])
    assert remote.upload_status(HELLO, upload).offset == 0

    with (
        fake.faults.add(Fault("upload.chunk", Disconnect(), when="after")),
        pytest.raises(requests.ConnectionError),
    ):
        remote.append_chunk(HELLO, upload, [CONTENT[:9]])
    with pytest.raises(BlobUploadInvalid):
        remote.append_chunk(HELLO, upload, [CONTENT[:9]])
    assert remote.upload_status(HELLO, upload).offset == 9

    with pytest.raises(BlobUploadInvalid, match="seen at 0, expected 9"):
        remote.append_chunk(HELLO, upload, [CONTENT[9:]], seen=0)
    assert remote.append_chunk(HELLO, upload, [CONTENT[9:]], offset=9, seen=9).offset == len(CONTENT)


def test_throttling_error_has_the_retry_after(connect: Connect) -> None:
    fake = FakeRegistry(settings_of("oci", "off"))
    fake.faults.add(Fault("catalog.list", Refuse(status=429, code="TOOMANYREQUESTS", retry_after=7)))

    with pytest.raises(TooManyRequests) as refused:
        connect(fake).list_repositories()

    assert refused.value.facts == {"retry_after": 7}


def test_error_of_the_callers_iterable_is_raised_unchanged(connect: Connect) -> None:
    def unreadable() -> Iterator[bytes]:
        yield CONTENT
        raise OSError("the disk is gone")

    remote = connect(FakeRegistry(settings_of("oci", "off")))

    with pytest.raises(OSError, match="the disk is gone") as raised:
        remote.put_blob(HELLO, DIGEST, unreadable())

    assert type(raised.value) is OSError


def test_upload_of_another_client_is_unknown(connect: Connect) -> None:
    """Pushing blobs: only the client that received the opaque location has it."""
    fake = FakeRegistry(settings_of("oci", "off"))
    upload = connect(fake).start_upload(HELLO).upload
    assert fake.content.upload_status(HELLO, upload).offset == 0
    with pytest.raises(BlobUploadUnknown):
        connect(fake).upload_status(HELLO, upload)


@cross(
    {
        "effect": [Disconnect(), Refuse(503), Refuse(500), Refuse(429, retry_after=0), Refuse(408)],
        "when": ["after", "before", "door"],
    }
)
def test_failed_chunk_is_not_sent_again(connect: Connect, effect: Effect, when: When) -> None:
    """A PATCH is not idempotent (RFC 9110 §9.2.2): the registry may have appended the chunk."""
    fake = FakeRegistry(settings_of("oci", "off"))
    fake.faults.add(Fault("upload.chunk", effect, when=when, times=1))
    remote = connect(fake)
    upload = remote.start_upload(HELLO).upload

    with pytest.raises((RegistryError, requests.RequestException)):
        remote.append_chunk(HELLO, upload, [CONTENT])

    assert remote.upload_status(HELLO, upload).offset == (len(CONTENT) if when == "after" else 0)
    assert len(fake.requests.where(endpoint="upload.chunk")) == 1


def test_blob_under_a_wrong_digest_leaves_no_upload(connect: Connect) -> None:
    fake = FakeRegistry(settings_of("oci", "off"))

    with pytest.raises(DigestInvalid):
        connect(fake).put_blob(HELLO, ABSENT, pieces())

    assert [exchange.endpoint for exchange in fake.requests][-1] == "upload.cancel"


@pytest.mark.parametrize(("profile", "puts"), [("oci", 1), ("acr", 4)])
def test_several_tags_need_one_push_if_the_registry_confirms_them(
    connect: Connect, profile: Profile, puts: int
) -> None:
    fake = FakeRegistry(settings_of(profile, "off"))

    push(connect(fake), HELLO, image(CONTENT), tags=[V3, V1, V2])

    assert len([exchange for exchange in fake.requests if exchange.endpoint == "manifest.put"]) == puts
    assert list(fake.content.list_tags(HELLO).items) == [V1, V2, V3]


TAGS = f"GET /v2/{HELLO}/tags/list"


def tag_page(*tags: str, link: str | None = None) -> Reply:
    body = json.dumps({"name": HELLO, "tags": tags}).encode()
    return 200, {} if link is None else {"Link": f'<{link}>; rel="next"'}, body


def test_pages_smaller_than_requested_are_joined(connect: Connect) -> None:
    path = TAGS.removeprefix("GET ")
    replies = {
        TAGS: tag_page("1", "2", link="?p=2"),
        f"{TAGS}?n=3": tag_page("1", "2", link=f"{path}?p=2"),
        f"{TAGS}?p=2": tag_page("3", "4", link="list?p=3"),
        f"{TAGS}?p=3": tag_page("5"),
    }
    remote = connect(ScriptedRegistry(replies))

    assert remote.list_tags(HELLO) == Page(["1", "2", "3", "4", "5"])
    assert remote.list_tags(HELLO, limit=3) == Page(["1", "2", "3"], more=True)


def test_list_longer_than_requested_is_cut(connect: Connect) -> None:
    """CNCF distribution 2 sends all tags, whatever `n` and `last` say."""
    remote = connect(ScriptedRegistry({f"{TAGS}?n=1&last=2": tag_page("1", "2", "3", "4")}))
    assert remote.list_tags(HELLO, after=Tag("2"), limit=1) == Page(["3"], more=True)


@pytest.mark.parametrize("link", ["?p=1", "http://127.0.0.1:1/v2/x/tags/list"], ids=["circle", "other-host"])
def test_link_to_an_earlier_page_or_another_host_is_an_error(connect: Connect, link: str) -> None:
    scripted = ScriptedRegistry({TAGS: tag_page("1", link=link), f"{TAGS}?p=1": tag_page("2", link="?p=1")})

    with pytest.raises(ValueError, match="expected the next page"):
        connect(scripted).list_tags(HELLO)

    assert len(scripted.requests) <= 2


def test_other_content_under_a_digest_is_an_error(connect: Connect) -> None:
    digest = image().digest
    path = f"/v2/{HELLO}/manifests/{digest}"
    scripted = ScriptedRegistry(
        {f"GET {path}": (200, {"Content-Type": OCI_MANIFEST}, image(b"another").manifest.content)}
    )
    with pytest.raises(DigestInvalid):
        connect(scripted).get_manifest(HELLO, digest)


def test_verify_overrides_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """requests, `Session.merge_environment_settings`."""
    no_ca = tmp_path / "empty.pem"
    no_ca.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(no_ca))
    fake = FakeRegistry(settings_of())
    push(fake.content, HELLO, image(CONTENT), tags=[V1])

    with fake.serve(tls=True) as server:
        for verify in (str(server.ca_file), False):
            with RemoteRegistry(server.url, username=USER, password=PASSWORD, verify=verify) as remote:
                if verify:
                    assert read_blob(remote, HELLO, DIGEST) == CONTENT
                else:
                    with pytest.warns(Warning, match="Unverified HTTPS"):
                        assert read_blob(remote, HELLO, DIGEST) == CONTENT

        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.ca_file))
        with RemoteRegistry(server.url) as remote, pytest.raises(requests.exceptions.SSLError):
            remote.list_tags(HELLO)


def test_netrc_is_not_read(connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    scripted = ScriptedRegistry({"GET /v2/_catalog": (200, {}, b'{"repositories":[]}')})

    with requests.Session() as session:
        for options in ({"verify": True}, {"session": session}):
            assert connect(scripted, **options).list_repositories() == Page([])

    assert {authorization for _, authorization in scripted.requests} == {None}


@pytest.mark.parametrize("profile", PROFILES)
def test_session_of_the_caller_is_used_and_stays_open(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is in memory."""
    fake = FakeRegistry(settings_of(profile))
    closed: list[str] = []

    with acr_session(fake.hosts, clock=fake.clock) as session:
        monkeypatch.setattr(session, "close", lambda: closed.append("session"))
        url = f"https://{fake.login_server}"
        with RemoteRegistry(url, session=session, username=USER, password=PASSWORD) as remote:
            push(remote, HELLO, image(CONTENT), tags=[V1])
            assert remote.put_blob(OTHER, DIGEST, pieces()) == blob_of(CONTENT)
            assert read_blob(remote, HELLO, DIGEST) == CONTENT

        assert closed == []


@pytest.fixture
def docker_registry(tmp_path: Path) -> Iterator[RemoteRegistry]:
    with serve_docker_registry(tmp_path) as url, RemoteRegistry(url, timeout=10) as remote:
        yield remote


def test_docker_registry_supports_every_operation(docker_registry: RemoteRegistry) -> None:
    remote, built = docker_registry, image(CONTENT)

    assert remote.put_blob(HELLO, DIGEST, pieces()) == blob_of(CONTENT)
    push(remote, HELLO, built, tags=[V3, V1, V2])
    assert remote.get_manifest(HELLO, V2) == remote.get_manifest(HELLO, built.digest) == built.manifest
    assert remote.stat_manifest(HELLO, V1).digest == built.digest
    assert read_blob(remote, HELLO, DIGEST) == CONTENT

    assert remote.list_tags(HELLO) == Page([V1, V2, V3])
    assert remote.list_tags(HELLO, after=V1, limit=1) == Page([V2], more=True)
    assert remote.mount_blob(OTHER, DIGEST, source=HELLO) == blob_of(CONTENT)

    upload = remote.start_upload(HELLO).upload
    assert remote.append_chunk(HELLO, upload, [CONTENT[:1]], offset=0).offset == 1
    assert remote.upload_status(HELLO, upload).offset == 1
    with pytest.raises(BlobUploadRangeInvalid):
        remote.append_chunk(HELLO, upload, pieces(), offset=7)
    assert remote.finish_upload(HELLO, upload, DIGEST, tail=[CONTENT[1:]], offset=1) == blob_of(CONTENT)

    remote.delete_manifest(HELLO, built.digest)
    remote.delete_blob(HELLO, DIGEST)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda remote: remote.get_blob(HELLO, ABSENT), BlobUnknown),
        (lambda remote: remote.stat_blob(HELLO, ABSENT), BlobUnknown),
        (lambda remote: remote.stat_manifest(HELLO, V1), ManifestUnknown),
        (lambda remote: remote.list_tags(NOWHERE), NameUnknown),
        (lambda remote: remote.put_blob(HELLO, ABSENT, [CONTENT]), DigestInvalid),
        (
            lambda remote: remote.put_manifest(HELLO, image(b"not there").manifest),
            ManifestBlobUnknown,
        ),
        (lambda remote: remote.delete_manifest(HELLO, ABSENT), ManifestUnknown),
        (lambda remote: remote.delete_tag(HELLO, V1), TagUnknown),
        (lambda remote: remote.delete_tag(HELLO, V2), Unsupported),
    ],
)
def test_docker_registry_raises_the_errors_of_memory(
    docker_registry: RemoteRegistry,
    call: Callable[[RemoteRegistry], object],
    expected: type[RegistryError],
) -> None:
    """Distribution 2 does not delete tags."""
    push(docker_registry, HELLO, image(), tags=[V2])

    with pytest.raises(expected):
        call(docker_registry)


def test_referrers_are_kept_under_a_tag_without_the_referrers_api(
    docker_registry: RemoteRegistry,
) -> None:
    """Unavailable Referrers API; Pushing Manifests with Subject."""
    remote, subject = docker_registry, image(CONTENT)
    push(remote, HELLO, subject)
    assert remote.list_referrers(HELLO, subject.digest) == Page([])

    found = [image(bytes([n]), subject=subject.manifest.descriptor, artifact_type=SBOM) for n in range(3)]
    other = image(b"signature", subject=subject.manifest.descriptor)
    push(remote, HELLO, *found, other)
    push(remote, HELLO, other)

    expected = sorted((built.manifest.descriptor for built in found), key=lambda descriptor: descriptor.digest)
    assert remote.list_referrers(HELLO, subject.digest, artifact_type=SBOM) == Page(expected)
    assert len(remote.list_referrers(HELLO, subject.digest).items) == 4

    first = remote.list_referrers(HELLO, subject.digest, artifact_type=SBOM, limit=2)
    assert first == Page(expected[:2], more=True)
    rest = remote.list_referrers(HELLO, subject.digest, artifact_type=SBOM, after=expected[1].digest)
    assert rest == Page(expected[2:])


@pytest.mark.parametrize("profile", PROFILES)
def test_referrers_api_needs_no_tag(connect: Connect, profile: Profile) -> None:
    """OCI-Subject."""
    remote = connect(FakeRegistry(settings_of(profile, "off")))
    push(
        remote,
        HELLO,
        image(),
        image(b"sbom", subject=image().manifest.descriptor, artifact_type=SBOM),
    )

    assert len(remote.list_referrers(HELLO, image().digest).items) == 1
    assert remote.list_tags(HELLO) == Page([])


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_unreachable_registry_is_named_by_its_address(url: str) -> None:
    with RemoteRegistry(url) as remote, pytest.raises(requests.ConnectionError) as raised:
        remote.list_tags(HELLO)
    assert str(raised.value).startswith("127.0.0.1:1: Max retries exceeded with url: ")
    assert "_Deadline" not in str(raised.value)


def test_address_of_a_connection_has_brackets_around_ipv6() -> None:
    with RemoteRegistry("http://[::1]:1") as remote, pytest.raises(requests.ConnectionError, match=r"^\[::1\]:1: "):
        remote.list_tags(HELLO)
