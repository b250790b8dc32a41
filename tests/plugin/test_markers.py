"""Markers: settings of a folder, module, class or test; images and faults; mistakes in all of them."""

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
    pytester.runpytest("-W", "error", "--strict-markers").assert_outcomes(passed=11)


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
            "*TypeError: there is no setting 'nmae'; the settings are profile, name, domain, auth, *",
        ),
        (
            "acr(auth='none')",
            "*ValueError: auth: expected one of token, anonymous-pull, off, found 'none'*",
        ),
        (
            "acr('mine')",
            "*TypeError: the marker acr expects settings as keyword arguments, found ('mine',)*",
        ),
        (
            "acr_image()",
            "*TypeError: the marker acr_image expects at least one image name, found none*",
        ),
        ("acr_image('Samples:v1')", "*NameInvalid*"),
        (
            "acr_image('samples:v1', layer=[b''])",
            "*TypeError: *unexpected keyword argument 'layer'*",
        ),
        (
            "acr_fault('upload.chnk', None)",
            "*ValueError: there is no endpoint 'upload.chnk'; the endpoints are *",
        ),
        (
            "acr_fault()",
            "*TypeError: *missing 2 required positional arguments: 'endpoint' and 'effect'*",
        ),
    ],
)
def test_mistake_in_a_marker_is_an_error_that_lists_valid_values(
    pytester: pytest.Pytester, add_suite: AddSuite, marker: str, message: str
) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.{marker}
        def test_it(acr):
            pass
        """
    )
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(message)


@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_marker_is_listed_with_its_arguments(pytester: pytest.Pytester, add_suite: AddSuite, marker: Marker) -> None:
    """`pytest --markers` ends the bold part of a line at its first colon."""
    signature, _, help_text = marker.text.partition(": ")
    assert (signature, help_text) == (f"{marker.name}({marker.accepts})", marker.help)

    lines = pytester.runpytest("--markers").outlines

    assert f"@pytest.mark.{signature}: {help_text}" in lines
