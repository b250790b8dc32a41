"""Keys of the values that the plugin keeps at an item while its test runs."""

from typing import Final

import pytest

from pytest_acr.usage import FakesOfTest

FAKES: Final = pytest.StashKey[FakesOfTest]()
"""The fakes that the test uses. Absent in a run of a sweep, which shows no requests."""

IS_RERUN: Final = pytest.StashKey[bool]()
"""Present in a run of a sweep."""
