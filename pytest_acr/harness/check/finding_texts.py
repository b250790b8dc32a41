"""A finding in all forms that reports show."""

from collections.abc import Iterable
from dataclasses import replace
from shlex import join

from fake_registry.spec.redaction import HIDDEN, redact_text
from fake_registry.spec.text import printable
from pytest_acr.harness.check.curl import shell_script_of
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.pytest_file import pytest_file_of
from pytest_acr.harness.check.replay_json import encode_steps
from pytest_acr.harness.check.result import FindingTexts
from pytest_acr.harness.findings import Finding
from pytest_acr.harness.plan import PREFIX
from pytest_acr.harness.transcript import transcript_of


def texts_of(finding: Finding, options: CheckOptions) -> FindingTexts:
    """Return the texts. Secrets and control characters are replaced."""
    steps = encode_steps(finding)
    finding = replace(
        finding,
        expected=_line_of(finding.expected),
        found=_line_of(finding.found),
    )

    texts = FindingTexts(
        property=finding.property,
        expected=finding.expected,
        found=finding.found,
        transcript=transcript_of(finding.transcript),
        script=shell_script_of(finding, registry=options.registry),
        command=_command_of(steps, options),
        test=pytest_file_of(finding, registry=options.registry, dialect=options.dialect),
        steps=steps,
    )
    return hide_secrets(texts, options.secrets)


def hide_secrets(texts: FindingTexts, secrets: Iterable[str]) -> FindingTexts:
    """Return the texts without the secrets of this run, which a registry may repeat in any form."""
    return replace(
        texts,
        expected=_without(texts.expected, secrets),
        found=_without(texts.found, secrets),
        transcript=_without(texts.transcript, secrets),
        script=_without(texts.script, secrets),
        test=_without(texts.test, secrets),
    )


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _line_of(text: str) -> str:
    return printable(redact_text(text))


def _command_of(steps: str, options: CheckOptions) -> str:
    words = ["registry-check", options.registry]
    if options.repository != PREFIX:
        words += ["--repository", options.repository]
    return join([*words, "--like", options.dialect.name, "--replay", steps])
