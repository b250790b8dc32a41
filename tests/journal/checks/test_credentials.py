"""The rule about hosts to which a client sends credentials."""

from fake_registry import Settings
from fake_registry.journal.checks.credentials import CREDENTIAL_TO_OTHER_HOST
from pytest_acr import connect
from tests.support.small_clients import ADMIN, BLOB, DIGEST, REPOSITORY, SmallClient, client_of, with_login

SCOPE = f"repository:{REPOSITORY}:*"
ENTRA_SCOPE = "https://containerregistry.azure.net/.default"
TAGS = f"/v2/{REPOSITORY}/tags/list"


def refresh_token_of(client: SmallClient) -> str:
    with connect(client.registry) as connection:
        entra_token = connection.credential.get_token(ENTRA_SCOPE).token

    form = {"grant_type": "access_token", "service": client.registry.login_server}
    answer = client.send("POST", "/oauth2/exchange", data={**form, "access_token": entra_token})
    token: str = answer.json()["refresh_token"]
    return token


def access_token_of(client: SmallClient) -> str:
    user, password = ADMIN
    answer = client.send(
        "GET",
        f"/oauth2/token?service={client.registry.login_server}&scope={SCOPE}",
        auth=(user, password),
    )
    token: str = answer.json()["access_token"]
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_authorization_at_the_storage_host() -> None:
    with client_of(with_login()) as client:
        client.upload(auth=ADMIN)
        url = client.send("GET", f"/v2/{REPOSITORY}/blobs/{DIGEST}", auth=ADMIN).headers["Location"]
        assert client.send("GET", url, auth=ADMIN).status_code == 400

        text = f"Authorization was sent to the storage host {client.registry.settings.storage_host}"
        assert client.mistakes(CREDENTIAL_TO_OTHER_HOST) == [(text, [3])]


def test_redirect_that_requests_follows() -> None:
    with client_of(with_login()) as client:
        client.upload(auth=ADMIN)
        answer = client.send("GET", f"/v2/{REPOSITORY}/blobs/{DIGEST}", auth=ADMIN, allow_redirects=True)

        assert answer.content == BLOB
        assert client.mistakes(CREDENTIAL_TO_OTHER_HOST) == []


def test_token_of_another_registry() -> None:
    with client_of(with_login()) as client, client_of(Settings(name="other")) as other:
        token = access_token_of(client)
        assert client.send("GET", TAGS, headers=bearer(token)).status_code == 404
        assert other.send("GET", TAGS, headers=bearer(token)).status_code == 401

        text = "an access token of fake.azurecr.io was sent to other.azurecr.io"
        assert other.mistakes(CREDENTIAL_TO_OTHER_HOST) == [(text, [0])]
        assert client.mistakes(CREDENTIAL_TO_OTHER_HOST) == []


def test_refresh_token_of_another_registry() -> None:
    with client_of(with_login()) as client, client_of(Settings(name="other")) as other:
        form = {"grant_type": "refresh_token", "service": other.registry.login_server, "scope": SCOPE}
        token = refresh_token_of(client)
        assert other.send("POST", "/oauth2/token", data={**form, "refresh_token": token}).status_code == 401

        text = "a refresh token of fake.azurecr.io was sent to other.azurecr.io"
        assert other.mistakes(CREDENTIAL_TO_OTHER_HOST) == [(text, [0])]


def test_token_of_an_earlier_registry_of_the_same_name() -> None:
    with client_of(with_login()) as earlier, client_of(with_login()) as client:
        assert client.send("GET", TAGS, headers=bearer(access_token_of(earlier))).status_code == 401
        assert client.mistakes(CREDENTIAL_TO_OTHER_HOST) == []


def test_malformed_and_absent_tokens_and_wrong_passwords() -> None:
    with client_of(with_login()) as client:
        statuses = [
            client.send("GET", TAGS, headers=bearer("no-token")).status_code,
            client.send("GET", TAGS).status_code,
            client.send("GET", TAGS, auth=("admin", "wrong")).status_code,
        ]

        assert statuses == [401, 401, 401]
        assert client.mistakes(CREDENTIAL_TO_OTHER_HOST) == []
