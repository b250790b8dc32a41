"""A finding in all forms that reports show."""

from shlex import join

from fake_registry.spec.redaction import redact_text
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

    return FindingTexts(
        property=finding.property,
        expected=_line_of(finding.expected),
        found=_line_of(finding.found),
        transcript=transcript_of(finding.transcript),
        script=shell_script_of(finding, registry=options.registry),
        command=_command_of(steps, options),
        test=pytest_file_of(finding, registry=options.registry, dialect=options.dialect),
        steps=steps,
    )


def _line_of(text: str) -> str:
    return printable(redact_text(text))


def _command_of(steps: str, options: CheckOptions) -> str:
    words = ["registry-check", options.registry]
    if options.repository != PREFIX:
        words += ["--repository", options.repository]
    return join([*words, "--like", options.dialect.name, "--replay", steps])
