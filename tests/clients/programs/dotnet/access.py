"""Callers: anonymous ones, one that may pull alone, wrong secrets, throttled ones, and expired tokens."""

from tests.clients.programs.dotnet.blobs import authorized
from tests.clients.programs.dotnet.client import OCI_MANIFEST, DotnetClient, digest_of
from tests.clients.programs.dotnet.content import encode, expect, expect_failure, push_image
from tests.clients.programs.dotnet.control import OPEN_REGISTRY, REGISTRY, control, credential_of, requests_of
from tests.clients.programs.dotnet.login import AuthenticationFailedError, DotnetChallenge


def anonymous_pull(_: DotnetClient) -> None:
    """CanSetManifestProperties_Anonymous.json @0efe5a88: the login succeeds, and its token does not suffice."""
    image = control("POST", f"{OPEN_REGISTRY}/_fake/images", {"name": "samples/open:1.0"})
    anonymous = DotnetClient(OPEN_REGISTRY)

    pages = anonymous.pages("/acr/v1/_catalog")
    expect("repositories", [name for page in pages for name in page["repositories"]], ["samples/open"])
    expect("digest of the image", digest_of(anonymous.get_manifest("samples/open", "1.0").body), image["digest"])
    for layer in image["layers"]:
        expect("size of a layer", len(anonymous.download_blob("samples/open", layer["digest"])), layer["size"])

    error = expect_failure(lambda: push_image(anonymous, "samples/open", "2.0", "a layer"), 401, "UNAUTHORIZED")
    expect("second challenge", DotnetChallenge.of(error.answer).error, "insufficient_scope")


def anonymous_refused(_: DotnetClient) -> None:
    """Where anonymous pull is off the login fails. Users see no ErrorCode: the login's errors are not parsed."""
    requests_of()
    anonymous = DotnetClient(REGISTRY)
    error = expect_failure(lambda: anonymous.get_manifest("samples/hello", "1.0"), 401, None)

    expect("requests", requests_of(), ["GET manifest.get 401", "POST oauth.token 401"])
    expect("type of the body", error.answer.header("Content-Type"), "text/plain; charset=utf-8")


def role_not_enough(client: DotnetClient) -> None:
    digest = digest_of(push_image(client, "samples/roles", "1.0", "a layer"))
    reader = DotnetClient(REGISTRY, credential_of("READER"))

    expect("digest", digest_of(reader.get_manifest("samples/roles", "1.0").body), digest)
    push = expect_failure(lambda: push_image(reader, "samples/roles", "2.0", "a layer"), 401, "UNAUTHORIZED")
    delete = expect_failure(lambda: reader.delete_manifest("samples/roles", digest), 401, "UNAUTHORIZED")
    for error in (push, delete):
        expect("second challenge", DotnetChallenge.of(error.answer).error, "insufficient_scope")


def wrong_secret(_: DotnetClient) -> None:
    """What Azure.Identity shows of MSAL's error."""
    credential = credential_of("AZURE").with_secret("a wrong secret")
    try:
        DotnetClient(REGISTRY, credential).get("/acr/v1/{}", "samples/hello")
    except AuthenticationFailedError as error:
        code = error.error_description.partition(":")[0]
        expect("error", (error.status, error.error, code), (401, "invalid_client", "AADSTS7000215"))
    else:
        raise AssertionError("expected the login with a wrong secret to fail")


def error_codes(client: DotnetClient) -> None:
    """RequestFailedException.ErrorCode of answers that its users meet."""
    name = "samples/hello"
    absent = digest_of(b"absent")
    unknown_layer = {"mediaType": "application/octet-stream", "digest": absent, "size": 6}
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": unknown_layer, "layers": []}

    expect_failure(lambda: client.get_manifest(name, absent), 404, "MANIFEST_UNKNOWN")
    expect_failure(lambda: client.get("/acr/v1/{}/_manifests/{}", name, absent), 404, "MANIFEST_UNKNOWN")
    expect_failure(lambda: client.get("/acr/v1/{}", "samples/absent"), 404, "NAME_UNKNOWN")
    expect_failure(lambda: list(client.pages("/acr/v1/{}/_manifests", "samples/absent")), 404, "NAME_UNKNOWN")
    expect_failure(lambda: client.set_manifest(name, b"no JSON", "2.0"), 400, "MANIFEST_INVALID")
    expect_failure(lambda: client.set_manifest(name, encode(manifest), "2.0"), 400, "MANIFEST_BLOB_UNKNOWN")

    # CanCatchDownloadFailure.json @8dc2aaa9: no route, so no login.
    requests_of()
    error = expect_failure(lambda: client.download_blob_to(name, "BadDigest"), 404, None)
    expect("body", error.answer.body, b"404 page not found\n")
    expect("number of requests", len(requests_of()), 1)


def retry_after_429(client: DotnetClient) -> None:
    faults = f"{REGISTRY}/_fake/faults"
    effect = {"name": "refuse", "status": 429, "retry_after": 1}
    fault = control("POST", faults, {"endpoint": "acr.repository.get", "times": 1, "effect": effect})

    client.get("/acr/v1/{}", "samples/hello")

    struck = control("GET", f"{faults}/{fault['id']}")
    expect("requests that were throttled", (struck["hits"], struck["idle_hits"]), (1, 0))


def expired_token(client: DotnetClient) -> None:
    """The client keeps no access token, so that after 80 minutes its refresh token, of 195 minutes, gets the next."""
    client.get("/acr/v1/{}", "samples/hello")
    control("POST", f"{REGISTRY}/_fake/clock", {"advance_seconds": 80 * 60})
    requests_of()

    client.get("/acr/v1/{}", "samples/hello")
    expect("requests", requests_of(), authorized("GET acr.repository.get 200"))


def login_of_each_client(_: DotnetClient) -> None:
    """The first call of a client exchanges the token of Entra; each call gets an access token."""
    client = DotnetClient(REGISTRY, credential_of("AZURE"))
    requests_of()
    client.get("/acr/v1/{}", "samples/hello")
    client.get_manifest("samples/hello", "1.0")

    first = ["GET acr.repository.get 401", "POST oauth.exchange 200", "POST oauth.token 200"]
    expected = [*first, "GET acr.repository.get 200", *authorized("GET manifest.get 200")]
    expect("requests", requests_of(), expected)
