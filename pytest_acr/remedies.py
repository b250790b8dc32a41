"""The settings of a fake that has a host, for errors that name a host without a registry."""

from typing import get_args

from fake_registry.settings import Domain, Settings


def settings_of_host(host: str) -> str | None:
    """Return the settings of a fake that has `host`, as its login server or for its storage.

    They are as arguments of `Settings` or of the marker `acr`. None if no fake can have the host.

    >>> settings_of_host("mine.azurecr.io")
    'name="mine"'
    """
    name = host.partition(".")[0]
    default = Settings()
    for domain in get_args(Domain):
        try:
            settings = default.evolve(name=name, domain=domain)
        except ValueError:
            return None

        if host in (settings.login_server, settings.storage_host):
            other_cloud = "" if domain == default.domain else f', domain="{domain}"'
            return f'name="{name}"{other_cloud}'
    return None
