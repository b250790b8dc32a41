"""Markers: settings of a folder, module, class or test; images and faults; mistakes in all of them."""

import re

import pytest

from pytest_acr.plugin.markers import MARKERS, Marker
from tests.support.suites import AddSuite

CONFTEST = """
    import pytest
    from fake_registry import Settings

    @pytest.fixture
    def acr_settings():
        return Settings(name="folder", default_page_size=7)
"""


def test_markers(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("markers")
    pytester.runpytest("-W", "error", "--strict-markers").assert_outcomes(passed=12)


def test_marker_changes_the_settings_of_the_folder(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest

        def test_folder(acr, acr_endpoint):
            assert (acr.settings.name, acr.settings.default_page_size) == ("folder", 7)
            assert acr_endpoint == "https://folder.azurecr.io"

        @pytest.mark.acr(name="marker")
        def test_marker(acr, acr_settings):
            assert (acr.settings.name, acr.settings.default_page_size) == ("marker", 7)
            assert acr_settings.name == "folder"
        """
    )
    pytester.runpytest("-W", "error").assert_outcomes(passed=2)


def test_clock_can_be_overridden(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(
        """
        import pytest
        from fake_registry import ManualClock

        @pytest.fixture
        def acr_clock():
            return ManualClock(1_800_000_000_000_000_000)

        def test_clock(acr):
            assert acr.clock.now() == 1_800_000_000_000_001_000
        """
    )
    pytester.runpytest("-W", "error").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (
            "acr(nmae='mine')",
            "*TypeError: @pytest.mark.acr(nmae='mine'): there is no setting 'nmae'; the settings are name, *",
        ),
        (
            "acr(auth='none')",
            "*ValueError: @pytest.mark.acr(auth='none'): auth: expected one of token, *, off, found 'none'",
        ),
        (
            "acr('mine')",
            "*TypeError: @pytest.mark.acr('mine'): expected settings with their names, as in *, found 'mine'",
        ),
        (
            "acr_image()",
            "*TypeError: @pytest.mark.acr_image(): expected at least one image name, found none",
        ),
        (
            "acr_image('Dev/Web:1.0')",
            "*ValueError: @pytest.mark.acr_image('Dev/Web:1.0'): name: expected lower-case *, found 'Dev/Web'",
        ),
        (
            "acr_image(image='samples:v1')",
            "*TypeError: @pytest.mark.acr_image(*): there is no option 'image'; the options are *",
        ),
        (
            "acr_image(['samples:v1'])",
            "*TypeError: @pytest.mark.acr_image(*'samples:v1'*): name: expected str, found list",
        ),
        (
            "acr_image('samples:v1', layer=[b''])",
            "*TypeError: @pytest.mark.acr_image(*): there is no option 'layer'; the options are layers, *",
        ),
        (
            "acr_image('samples:v1', layers=[5])",
            "*TypeError: *: layers: expected an iterable of bytes, found int among its items",
        ),
        (
            "acr_fault('upload.chunk', __import__('fake_registry').Truncate)",
            "*TypeError: @pytest.mark.acr_fault('upload.chunk', Truncate): effect: expected an effect *",
        ),
        (
            "acr_fault('upload.chnk', None)",
            "*ValueError: @pytest.mark.acr_fault('upload.chnk', None): there is no endpoint 'upload.chnk'; the *",
        ),
        (
            "acr_fault()",
            "*TypeError: @pytest.mark.acr_fault(): expected an endpoint and an effect, as in *, found none of both",
        ),
        (
            "acr_fault('manifest.get')",
            "*TypeError: *: expected an endpoint and an effect, as in *, found 'manifest.get'",
        ),
        (
            "acr_fault('manifest.get', None, tims=1)",
            "*TypeError: @pytest.mark.acr_fault(*): there is no option 'tims'; the options are times, *",
        ),
        (
            "acr_fault('manifest.get', '503')",
            "*TypeError: @pytest.mark.acr_fault('manifest.get', '503'): effect: expected an effect such as Refuse, *",
        ),
    ],
)
def test_mistake_in_a_marker_is_an_error_that_lists_valid_values(
    pytester: pytest.Pytester, add_suite: AddSuite, marker: str, message: str
) -> None:
    """Also of a marker that is not applied, because its test requests no registry."""
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.{marker}
        def test_with_registry(acr):
            pass

        @pytest.mark.{marker}
        def test_with_client(acr_session):
            pass

        @pytest.mark.{marker}
        def test_without():
            pass

        @pytest.mark.{marker}
        class TestInherited:
            def test_without(self):
                pass
        """
    )
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines([message] * 4)
    frames = [line for line in result.outlines if re.search(r"\.py:\d", line)]
    assert frames == []


UNUSED = """
    import unittest
    import pytest
    from fake_registry import Refuse

    pytestmark = [
        pytest.mark.acr(auth="off"),
        pytest.mark.acr_image("samples/hello:1.0"),
        pytest.mark.acr_fault("base", Refuse()),
    ]

    def test_inherited():
        pass

    @pytest.mark.acr(admin_user="me")
    class TestInherited:
        def test_it(self):
            pass

    class TestOfUnittest(unittest.TestCase):
        def test_it(self):
            pass
"""


def test_inherited_marker_is_ignored_without_a_registry(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(UNUSED)
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.acr(profile="oci"))
        """
    )
    pytester.runpytest("-W", "error").assert_outcomes(passed=3)


OWN = """
    import unittest
    import pytest
    from fake_registry import Refuse

    @pytest.mark.{marker}
    def test_function():
        pass

    @pytest.mark.{marker}
    def test_other_fixtures(acr_settings, acr_clock, make_acr):
        pass

    class TestClass:
        def setup_method(self):
            pass

        @pytest.mark.{marker}
        def test_method(self):
            pass

    class TestOfUnittest(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            pass

        @pytest.mark.{marker}
        def test_method(self):
            pass

    @pytest.mark.parametrize("one", [pytest.param(1, marks=pytest.mark.{marker})])
    def test_parameter(one):
        pass

    @pytest.mark.{marker}
    async def test_async():
        pass
"""


@pytest.mark.parametrize("marker", ['acr(name="mine")', 'acr_image("samples:v1")', 'acr_fault("base", Refuse())'])
def test_own_marker_without_a_registry_is_an_error(pytester: pytest.Pytester, add_suite: AddSuite, marker: str) -> None:
    pytester.makepyfile(OWN.format(marker=marker))
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(errors=6)
    name = marker.partition("(")[0]
    reason = "changes the registry of the fixture acr, which this test does not request"
    remedy = "request acr, or a fixture that uses it such as acr_client or acr_network"
    result.stdout.fnmatch_lines([f"@pytest.mark.{name}(*) {reason}: {remedy}"] * 6)


def test_registry_requested_while_the_test_runs_is_found(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def lazy(request):
            return request.getfixturevalue

        @pytest.mark.acr_image("samples:v1")
        def test_late(request):
            assert request.getfixturevalue("acr").content.list_tags("samples").items

        @pytest.mark.acr_image("samples:v1")
        def test_factory(lazy):
            assert lazy("acr").content.list_tags("samples").items

        @pytest.mark.acr_image("samples:v1")
        def test_never(request):
            pass

        @pytest.mark.acr_image("samples:v1")
        @pytest.mark.usefixtures("acr_network")
        def test_used():
            pass
        """
    )
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines("@pytest.mark.acr_image('samples:v1') changes the registry of the fixture acr, *")


@pytest.mark.parametrize(
    ("fixture", "value", "message"),
    [
        ("acr_settings", '{"name": "mine"}', "the fixture acr_settings: expected Settings, found dict"),
        ("acr_settings", "None", "the fixture acr_settings: expected Settings, found None"),
        ("acr_settings", "Settings", "the fixture acr_settings: expected Settings, found the class Settings"),
        ("acr_clock", "5", "the fixture acr_clock: expected Clock, found int"),
        ("acr_clock", "None", "the fixture acr_clock: expected Clock, found None"),
    ],
)
def test_overridden_fixture_of_another_type_is_an_error(
    pytester: pytest.Pytester, add_suite: AddSuite, fixture: str, value: str, message: str
) -> None:
    pytester.makepyfile(
        f"""
        import pytest
        from fake_registry import Settings

        @pytest.fixture
        def {fixture}():
            return {value}

        @pytest.mark.acr(auth="off")
        def test_registry(acr):
            pass

        def test_network(acr_network):
            pass
        """
    )
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines([f"E   TypeError: {message}"] * 2)


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_marker_is_listed_with_its_arguments(pytester: pytest.Pytester, add_suite: AddSuite, marker: Marker) -> None:
    """`pytest --markers` ends the bold part of a line at its first colon."""
    signature, _, help_text = marker.text.partition(": ")
    assert (signature, help_text) == (f"{marker.name}({marker.accepts})", marker.help)

    lines = pytester.runpytest("--markers").outlines

    assert f"@pytest.mark.{signature}: {help_text}" in lines
