"""The area `concurrency`: requests of several threads, by `check_linearizable`."""

from collections.abc import Callable
from shlex import join
from string import Template
from typing import Final

from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable
from pytest_acr.harness.check.finding_texts import hide_secrets
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.result import FindingTexts
from pytest_acr.harness.concurrency.linearizable import check_linearizable
from pytest_acr.harness.messages import RegistryTarget
from pytest_acr.harness.properties.concurrency import LINEARIZABLE

EXPECTED: Final = "an order of the requests that explains all responses"

_SCRIPT: Final = """\
#!/bin/sh
# Responses to concurrent requests: no sequence of curl commands shows them.
"""

_TEST: Final = Template('''\
"""linearizable: made by registry-check. Set REGISTRY to the URL of the registry."""

import os

from pytest_acr.harness import check_linearizable

REGISTRY = os.environ.get("REGISTRY", "$registry")


def test_linearizable() -> None:
    """$sentence"""
    check_linearizable(REGISTRY, seed=$seed)
''')


def check_concurrency(
    options: CheckOptions,
    new_target: Callable[[], RegistryTarget],
    base: str,
) -> FindingTexts | None:
    """Return the finding of one run of threads; None if all responses have an order.

    The names of repositories begin with `base`. SetupRefused for a registry that lacks a part of
    the API that it needs, TargetFailed for one that returns no usable responses.
    """
    try:
        check_linearizable(new_target, seed=options.seed, repository=base)
    except AssertionError as error:
        return _texts_of(str(error), options)
    return None


def _texts_of(table: str, options: CheckOptions) -> FindingTexts:
    words = ["registry-check", options.registry, "--only", LINEARIZABLE.area, "--seed", str(options.seed)]

    lines = [printable(line) for line in redact_text(table).splitlines()]

    texts = FindingTexts(
        property=LINEARIZABLE,
        expected=EXPECTED,
        found=lines[0],
        transcript="\n".join(lines),
        script=_SCRIPT,
        command=join(words),
        test=_TEST.substitute(
            registry=options.registry,
            sentence=LINEARIZABLE.sentence,
            seed=options.seed,
        ),
        steps="null",
    )
    return hide_secrets(texts, options.secrets)
