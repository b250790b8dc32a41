"""What a connection to a live registry cannot give. No request is sent."""

import pytest

from pytest_acr.connections.live import LiveAccess

URL = "https://live.azurecr.io"


@pytest.mark.parametrize("attribute", ["registry", "server"])
def test_live_registry_has_no_fake(attribute: str) -> None:
    access = LiveAccess(URL, is_acr=True, credential=None)
    with pytest.raises(RuntimeError, match=f"^expected a fake, found the live registry {URL}: @pytest.mark.acr_fake"):
        getattr(access, attribute)


def test_live_registry_without_a_token_credential_names_the_fixture() -> None:
    access = LiveAccess(URL, is_acr=True, credential=None)
    with pytest.raises(RuntimeError, match=f"token credential for {URL}, found none: .*acr_live_credential"):
        _ = access.credential
