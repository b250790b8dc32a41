"""A pytest run with the plugin installed imports no large package until a test uses a fixture."""

import pytest

from tests.support.suites import AddSuite

HEAVY = (
    "aiohttp",
    "azure",
    "cryptography",
    "fake_registry.fake",
    "hypothesis",
    "jwt",
    "requests",
    "trustme",
    "urllib3",
    "werkzeug",
)

IMPORTED = """
    import sys

    def imported(*names):
        return [name for name in names if name in sys.modules]
"""


def run(pytester: pytest.Pytester, body: str, *arguments: str) -> pytest.RunResult:
    """Run a test module in a process of its own: this one has imported everything."""
    pytester.makepyfile(imports=IMPORTED)
    pytester.makepyfile(test_it=body)
    return pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *arguments)


def test_bare_run_imports_nothing_heavy(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    body = f"""
        from imports import imported

        def test_it(request):
            assert request.config.pluginmanager.hasplugin("acr")
            assert imported("pytest_acr.plugin.hooks") == ["pytest_acr.plugin.hooks"]
            assert imported(*{HEAVY}) == []
    """
    run(pytester, body).assert_outcomes(passed=1)


def test_public_names_are_loaded_when_used(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    body = f"""
        from imports import imported
        import fake_registry
        import pytest_acr

        def test_it():
            assert imported(*{HEAVY}) == []
            assert "connect" in dir(pytest_acr) and "FakeRegistry" in dir(fake_registry)
            assert imported(*{HEAVY}) == []
            assert pytest_acr.connect
            assert fake_registry.Settings
            assert imported("azure", "werkzeug", "fake_registry.fake") == ["azure"]
    """
    run(pytester, body).assert_outcomes(passed=1)


def test_sync_test_in_memory_imports_no_server_and_no_aiohttp(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    body = """
        import io
        from imports import imported

        def test_it(acr, acr_client):
            acr_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
            assert imported("azure.containerregistry", "werkzeug") == ["azure.containerregistry", "werkzeug"]
            assert imported("aiohttp", "hypothesis", "trustme", "fake_registry.server") == []
            assert imported("pytest_acr.transports.sockets") == []
    """
    run(pytester, body).assert_outcomes(passed=1)


@pytest.mark.parametrize("client", ["acr_aio_client", "acr_aio_anonymous_client"])
def test_async_test_in_memory_imports_no_aiohttp(pytester: pytest.Pytester, add_suite: AddSuite, client: str) -> None:
    body = f"""
        import asyncio
        import pytest
        from imports import imported

        @pytest.mark.acr(auth="anonymous-pull")
        def test_it(acr, {client}):
            async def names():
                return [name async for name in {client}.list_repository_names()]

            acr.push_image("samples/hello:v1")
            assert asyncio.run(names()) == ["samples/hello"]
            assert imported("aiohttp", "hypothesis", "trustme", "fake_registry.server") == []
            assert imported("pytest_acr.transports.sockets") == []
    """
    run(pytester, body).assert_outcomes(passed=1)


def test_registry_alone_imports_no_azure(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    body = """
        from imports import imported

        def test_it(acr):
            acr.push_image("samples/hello:v1")
            assert imported("azure", "hypothesis", "jwt", "trustme", "fake_registry.server") == []
    """
    run(pytester, body).assert_outcomes(passed=1)


def test_http_needs_neither_certificates_nor_aiohttp(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    body = """
        from imports import imported

        def test_it(acr_client, acr_aio_client):
            assert list(acr_client.list_repository_names()) == []
            assert imported("fake_registry.server") == ["fake_registry.server"]
            assert imported("aiohttp", "trustme") == []
    """
    run(pytester, body, "--acr-transport", "http").assert_outcomes(passed=1)
