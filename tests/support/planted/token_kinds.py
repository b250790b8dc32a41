"""Planted bugs in kinds of tokens, and in the permits of storage."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import CONFIG, HOST, LAYER, STORAGE_HOST, put_image, send
from tests.support.logins import basic, entra_token
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import A, blob_target, status_of
from tests.support.planted.tokens import PASSWORD, WITH_TOKENS, add_tokens, bearer, header_of, post_form, token_of

TAGS_OF_A: Final = f"/v2/{A}/tags/list"


def refresh_token_of(registry: FakeRegistry) -> str:
    """Exchange a token from Entra for a refresh token."""
    found = post_form(registry, "/oauth2/exchange", grant_type="access_token", access_token=entra_token(oid="a"))
    token: str = found.json["refresh_token"]
    return token


def use_a_refresh_token(registry: FakeRegistry) -> object:
    return status_of(registry, "GET", TAGS_OF_A, headers=bearer(refresh_token_of(registry)))


def refresh_an_access_token(registry: FakeRegistry) -> object:
    add_tokens(registry)
    token = token_of(registry, "puller", f"repository:{A}:pull")
    return post_form(registry, "/oauth2/token", grant_type="refresh_token", refresh_token=token).status


def use_a_token_elsewhere(registry: FakeRegistry) -> object:
    """Use a token that was issued for this registry's name at another name of it."""
    add_tokens(registry)
    headers = header_of(registry, "puller", f"repository:{A}:pull")
    return [send(registry, "GET", TAGS_OF_A, headers=headers, host=host).status for host in (HOST, "other.azurecr.io")]


def log_in_with_the_password_of_another(registry: FakeRegistry) -> object:
    add_tokens(registry)
    registry.add_token("other", {"*": ("content/read",)}, password="another password")
    target = f"/oauth2/token?service={HOST}&scope=repository:{A}:pull"
    passwords = (PASSWORD, "another password")
    return [status_of(registry, "GET", target, headers=basic("puller", password)) for password in passwords]


def open_another_blob(registry: FakeRegistry) -> object:
    """Use the storage URL of one blob, with the digest of another in its path."""
    put_image(registry, A, "v1")
    target = _storage_target(registry)
    old, new = (digest_of(content).partition(":")[2] for content in (LAYER, CONFIG))
    other = target.replace(old, new).replace(f"/{old[:2]}/", f"/{new[:2]}/")
    return [send(registry, "GET", one, host=STORAGE_HOST).status for one in (target, other)]


def open_the_blob_of_another_repository(registry: FakeRegistry) -> object:
    """Use a storage URL with the name of another repository, which lacks the blob."""
    put_image(registry, A, "v1")
    target = _storage_target(registry).replace("samples%2Fa", "samples%2Fb")
    return send(registry, "GET", target, host=STORAGE_HOST).status


def send_a_token_to_storage(registry: FakeRegistry) -> object:
    put_image(registry, A, "v1")
    return send(registry, "GET", _storage_target(registry), headers=bearer("x"), host=STORAGE_HOST).status


def _storage_target(registry: FakeRegistry) -> str:
    location = send(registry, "GET", blob_target(LAYER)).header("Location")
    return location.removeprefix(f"https://{STORAGE_HOST}")


TOKEN_KINDS: Final = (
    PlantedBug(
        name="refresh-token-opens-repositories",
        kind="token kinds",
        part="authorization machine",
        plant=edit(
            "auth.tokens:Issuer.verify_access_token",
            'raise TokenRefused("wrong kind", "expected an access token, found a refresh token")',
            'return AccessToken(token.principal.name, (Scope("repository", "*", ("*",)),))',
        ),
        witness=use_a_refresh_token,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="access-token-is-exchanged-for-another",
        kind="token kinds",
        part="authorization machine",
        plant=edit(
            "auth.tokens:Issuer.verify_refresh_token",
            'raise TokenRefused("wrong kind", "expected a refresh token, found an access token")',
            "return RefreshToken(Principal(name=token.subject, identities=(token.subject,)))",
        ),
        witness=refresh_an_access_token,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="token-of-another-registry-is-accepted",
        kind="token kinds",
        part="authorization machine",
        plant=edit(
            "auth.tokens:Issuer.verify",
            'claims["aud"].lower() != service.lower()',
            'not claims["aud"]',
        ),
        witness=use_a_token_elsewhere,
        right=[404, 401],
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="password-of-any-user-is-accepted",
        kind="token kinds",
        part="authorization machine",
        plant=edit(
            "auth.permissions:Permissions.scopes_of_user",
            "not token.accepts(password)",
            "not any(one.accepts(password) for one in self.accounts().tokens)",
        ),
        witness=log_in_with_the_password_of_another,
        right=[200, 401],
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="storage-url-opens-every-blob-of-its-repository",
        kind="storage permits",
        part="authorization machine",
        profile="acr",
        plant=edit("http.storage:_signature_of", "[path, *values]", "[*values]"),
        witness=open_another_blob,
        right=[200, 403],
    ),
    PlantedBug(
        name="storage-url-does-not-sign-its-repository",
        kind="storage permits",
        part="authorization machine",
        profile="acr",
        plant=edit("http.storage:_signature_of", "[path, *values]", "[path, *list(values)[:-1]]"),
        witness=open_the_blob_of_another_repository,
        right=403,
    ),
    PlantedBug(
        name="storage-accepts-the-token-of-the-registry",
        kind="storage permits",
        part="authorization machine",
        profile="acr",
        plant=edit(
            "http.storage:get_blob",
            'if call.request.header("Authorization") is not None:',
            "if False:",
        ),
        witness=send_a_token_to_storage,
        right=400,
    ),
)
