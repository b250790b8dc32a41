from fake_registry import FakeRegistry, Settings
from pytest_acr.harness import check_linearizable


def test_concurrent_requests_to_my_registry() -> None:
    registry = FakeRegistry(Settings(auth="off"))  # or the URL of a registry

    check_linearizable(registry.wsgi_app, threads=8, operations=10, seed=1)
