"""Adding tenants, principals and resources: given and random values, and mistakes."""

import gc
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from fake_registry import FakeEntra
from fake_registry.entra.certificates import make_certificate, self_sign
from tests.support.entra import ACR, SECOND, ask_token, entra_at

TODAY = datetime.fromtimestamp(SECOND, UTC)
DAY = timedelta(days=1)
GUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_ids_are_random_unless_given() -> None:
    entra = entra_at()
    one, two = entra.add_service_principal("app"), entra.add_service_principal("app")
    ids = {one.client_id, one.object_id, two.client_id, two.object_id}
    assert len(ids) == 4
    assert all(re.fullmatch(GUID, one) for one in ids)
    given = entra.add_service_principal("app", client_id="C", object_id="O", secret="s")
    assert (given.client_id, given.object_id, given.tenant_id) == ("C", "O", entra.tenant_id)
    assert ask_token(entra, client_id="c", client_secret="s").status == 200


def test_ids_are_made_from_the_entropy() -> None:
    one, two = (FakeEntra(entropy=lambda size: b"\x01" * size).add_service_principal("app") for _ in range(2))
    assert one == two


def test_secrets_are_not_in_the_repr() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="hush", federated_token="hush", certificate=True)
    assert not re.search("hush|PRIVATE|BEGIN", repr((app, entra)))


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({}, (-1, 364)),
        ({"valid_from": 5}, (5, 370)),
        ({"valid_until": 5}, (-1, 5)),
        ({"valid_until": -5}, (-6, -5)),
        ({"valid_from": -9, "valid_until": -5}, (-9, -5)),
    ],
    ids=str,
)
def test_validity_of_a_generated_certificate(span: dict[str, int], found: tuple[int, int]) -> None:
    days = {name: TODAY + timedelta(days=value) for name, value in span.items()}
    certificate = entra_at().add_service_principal("app", certificate=True, **days).certificate  # type: ignore[arg-type]
    assert certificate is not None
    assert certificate.has_key
    assert (certificate.valid_from, certificate.valid_until) == tuple(TODAY + timedelta(days=day) for day in found)


def test_certificate_can_be_passed_as_pem_or_path(tmp_path: Path) -> None:
    made = make_certificate("mine", valid_from=TODAY, valid_until=TODAY + timedelta(days=1))
    public = x509.load_pem_x509_certificate(made.pem).public_bytes(Encoding.PEM)
    (tmp_path / "mine.pem").write_bytes(public)
    entra = entra_at()
    shown: list[Any] = [public, tmp_path / "mine.pem", str(tmp_path / "mine.pem")]
    found = [entra.add_service_principal("app", certificate=one).certificate for one in shown]
    assert {None if one is None else one.thumbprint_sha256 for one in found} == {made.thumbprint_sha256}
    with pytest.raises(ValueError, match="certificate of app: expected a PEM that also holds its private key, "):
        entra.environment(entra.add_service_principal("app", certificate=public))


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        (lambda entra: FakeEntra(tenant_id="contoso"), "tenant_id: expected a GUID, found 'contoso'"),
        (
            lambda entra: FakeEntra(domain="contoso"),
            "domain: expected a DNS name such as contoso.onmicrosoft.com, found 'contoso'",
        ),
        (
            lambda entra: FakeEntra(token_lifetime=timedelta(0)),
            "token_lifetime: expected at least one second, found 0:00:00",
        ),
        (
            lambda entra: entra.add_tenant(entra.tenant_id),
            "expected an id and a domain that no other tenant has, ",
        ),
        (lambda entra: entra.add_tenant(domain="Fake.onmicrosoft.com"), "found fake.onmicrosoft.com twice"),
        (
            lambda entra: entra.add_service_principal("b", client_id="TAKEN"),
            "client_id: expected an id that no other principal has, found TAKEN, which a has",
        ),
        (lambda entra: entra.add_managed_identity("b", client_id="taken"), "found taken, which a has"),
        (lambda entra: entra.add_service_principal("b", tenant_id="x"), "there is no tenant x; add_tenant makes one"),
        (lambda entra: entra.add_service_principal("b", certificate=b"junk"), "PEM"),
        (
            lambda entra: entra.add_service_principal("b", secret="s", valid_until=TODAY),
            "valid_from, valid_until: expected certificate=True with them, .*, found another certificate or none",
        ),
        (
            lambda entra: entra.add_service_principal("b", certificate=True, valid_until=TODAY.replace(tzinfo=None)),
            "valid_from, valid_until: expected a time zone, .*, found a datetime without one",
        ),
        (
            lambda entra: entra.add_service_principal("b", certificate=True, valid_from=TODAY, valid_until=TODAY - DAY),
            "not valid",
        ),
        (
            lambda entra: [entra.add_managed_identity(name) for name in ("a", "b")],
            "expected at most one system-assigned identity, .*, found a second: add it with user_assigned=True",
        ),
        (
            lambda entra: entra.environment(entra.add_service_principal("b")),
            "b: expected a secret, a certificate or a federated token .*, found none: add_service_principal",
        ),
        (
            lambda entra: entra.environment(entra.add_service_principal("b", secret="s"), metadata_url="http://x"),
            "metadata_url, app_service: expected neither for a service principal, .*, found one for b",
        ),
        (
            lambda entra: entra.environment(entra.add_managed_identity("b"), app_service=True),
            "app_service: expected metadata_url with it, .*, found none",
        ),
        (
            lambda entra: entra.token(entra_at().add_service_principal("b"), ACR),
            "principal: expected one that this FakeEntra has added, found b of another",
        ),
        (
            lambda entra: entra.token(entra.add_service_principal("b"), "api://mine"),
            "audience: there is no resource 'api://mine', which add_resource adds; the resources are .*",
        ),
    ],
)
def test_mistake_raises_at_once(mistake: Any, text: str) -> None:  # Any: a call
    entra = entra_at()
    entra.add_service_principal("a", client_id="taken")
    with pytest.raises(ValueError, match=text):
        mistake(entra)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(public_exponent=65537, key_size=1024)],
    ids=["elliptic", "short"],
)
def test_certificate_with_another_kind_of_key_is_refused(key: Any) -> None:  # Any: not always an RSA key
    pem = self_sign(key, "another", valid_from=TODAY, valid_until=TODAY + timedelta(days=1))
    with pytest.raises(ValueError, match="expected a certificate with an RSA key of at least 2048 bits"):
        entra_at().add_service_principal("app", certificate=pem)


def test_tokens_can_be_requested_for_an_added_resource() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", secret="s")
    entra.add_resource("api://Mine/")
    found = ask_token(entra, client_id=app.client_id, client_secret="s", scope="api://mine/.default")
    assert found.status == 200


def test_environment_of_each_kind_of_principal() -> None:
    with entra_at() as entra:
        secret = entra.add_service_principal("app", secret="s")
        ids = {"AZURE_TENANT_ID": entra.tenant_id, "AZURE_CLIENT_ID": secret.client_id}
        assert entra.environment(secret, authority_url="https://login.example") == {
            **ids,
            "AZURE_CLIENT_SECRET": "s",
            "AZURE_AUTHORITY_HOST": "https://login.example",
        }
        identity = entra.add_managed_identity("vm")
        assert entra.environment(identity) == {}
        assert entra.environment(identity, metadata_url="http://x/", app_service=True) == {
            "IDENTITY_ENDPOINT": "http://x/msi/token",
            "IDENTITY_HEADER": entra.identity_header,
        }
        users = entra.add_managed_identity("id", user_assigned=True)
        assert entra.environment(users, metadata_url="http://x") == {
            "AZURE_CLIENT_ID": users.client_id,
            "AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://x",
        }


def test_close_removes_the_files_of_the_environment() -> None:
    entra = entra_at()
    app = entra.add_service_principal("app", federated_token="the token")
    with entra:
        path = Path(entra.environment(app)["AZURE_FEDERATED_TOKEN_FILE"])
        assert path.read_text() == "the token"
        assert os.name == "nt" or stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.parent.exists()
    again = Path(entra.environment(app)["AZURE_FEDERATED_TOKEN_FILE"])
    assert again.read_text() == "the token"
    del entra
    gc.collect()
    assert not again.parent.exists()


def test_hosts() -> None:
    entra = entra_at()
    assert dict(entra.hosts) == dict.fromkeys(
        [
            "login.microsoftonline.com",
            "login.windows.net",
            "login.microsoft.com",
            "sts.windows.net",
            "login.partner.microsoftonline.cn",
            "login.chinacloudapi.cn",
            "login.microsoftonline.us",
        ],
        entra.wsgi_app,
    )
    assert dict(entra.metadata_hosts) == {"169.254.169.254": entra.metadata_app}


def test_cryptography_is_loaded_for_the_first_token() -> None:
    program = """
import sys
from fake_registry import FakeEntra
entra = FakeEntra()
app = entra.add_service_principal("app", secret="s")
assert not {"jwt", "cryptography"} & sys.modules.keys()
entra.token(app, "https://containerregistry.azure.net")
assert {"jwt", "cryptography"} <= sys.modules.keys()
"""
    assert subprocess.run([sys.executable, "-W", "error", "-c", program], check=False).returncode == 0
