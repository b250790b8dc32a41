"""Property tests for any OCI registry, from outside, over raw HTTP.

`test_case_for` is the line that a test suite writes; `registry-check` is the command. A machine
draws requests, compares each response with a model of the documents, and compares everything at the
end of an example. What a registry does not offer is found out first, and is not tested.
"""

from fake_registry.client.access import Credentials
from pytest_acr.harness.codecs import assert_manifest_codec
from pytest_acr.harness.concurrency.linearizable import check_linearizable
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import PropertyBroken
from pytest_acr.harness.machine import machine_for, test_case_for
from pytest_acr.harness.ranges import assert_range_parser
from pytest_acr.harness.replay import replay
from pytest_acr.harness.url_target import UrlTarget

__all__ = [
    "Credentials",
    "Dialect",
    "PropertyBroken",
    "UrlTarget",
    "assert_manifest_codec",
    "assert_range_parser",
    "check_linearizable",
    "machine_for",
    "replay",
    "test_case_for",
]
