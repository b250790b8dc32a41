"""The command registry-check: tests a registry, prints its findings, and writes reports."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis.configuration import set_hypothesis_home_dir

from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable
from pytest_acr.harness.check.arguments import PROGRAM, CheckArguments, parse_arguments
from pytest_acr.harness.check.connection import CheckedConnection, connect
from pytest_acr.harness.check.finding_texts import texts_of
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.progress import make_progress
from pytest_acr.harness.check.replay_json import MAX_CHARS, ReplayedSteps, parse_steps
from pytest_acr.harness.check.replay_run import replay_steps
from pytest_acr.harness.check.report_files import write_reports
from pytest_acr.harness.check.report_text import finding_text, summary_text
from pytest_acr.harness.check.result import FindingTexts
from pytest_acr.harness.check.run import run_check
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.messages import RegistryTarget
from pytest_acr.harness.preflight import CheckRefused
from pytest_acr.harness.properties.table import select_areas

ALL_HOLD: Final = 0
SOME_BROKEN: Final = 1
COULD_NOT_RUN: Final = 2


def run_command(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status. SystemExit(2) for wrong arguments."""
    arguments = parse_arguments(argv)

    try:
        connection = connect(arguments, os.environ)
        with connection.new_target() as target:
            return _run(arguments, connection, target)
    except BrokenPipeError:
        # the reader of the output is gone; Python would report it again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SOME_BROKEN
    except (CheckRefused, ValueError) as error:
        message = str(error)
    except OSError as error:
        message = f"cannot write a report: {error}"
    return _fail(message)


def _run(
    arguments: CheckArguments,
    connection: CheckedConnection,
    target: RegistryTarget,
) -> int:
    options = _options_of(arguments, connection)
    if arguments.replay is not None:
        return _replay(_steps_in(arguments.replay), options, target)
    return _check(options, connection, target)


def _check(
    options: CheckOptions,
    connection: CheckedConnection,
    target: RegistryTarget,
) -> int:
    progress = make_progress(options.examples)
    with _hypothesis_home():
        result = run_check(options, target, progress, _show, connection.new_small_target)
    _print(summary_text(result))
    write_reports(result, options.reports)

    if result.failure:
        raise CheckRefused(result.failure)

    return SOME_BROKEN if result.findings else ALL_HOLD


@contextmanager
def _hypothesis_home() -> Iterator[None]:
    """Keep what Hypothesis writes out of the current folder, and remove it at the end."""
    with TemporaryDirectory(prefix="registry-check-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _replay(steps: ReplayedSteps, options: CheckOptions, target: RegistryTarget) -> int:
    """Run steps once more, and print the property that they break."""
    finding = replay_steps(steps, options, target)
    if finding is None:
        _print("all properties hold for these steps\n")
        return ALL_HOLD

    _show(texts_of(finding, options), 1)
    return SOME_BROKEN


def _options_of(arguments: CheckArguments, connection: CheckedConnection) -> CheckOptions:
    areas = select_areas(arguments.only, arguments.skip)
    if not areas:
        raise ValueError("expected areas to test, found --skip for each one of --only")

    return CheckOptions(
        registry=connection.url,
        repository=connection.repository,
        dialect=Dialect.like(arguments.like),
        areas=areas,
        examples=arguments.examples,
        seed=arguments.seed,
        max_seconds=arguments.max_time,
        keeps_content=arguments.keep,
        secrets=connection.secrets,
        reports=arguments.report,
    )


def _steps_in(text: str) -> ReplayedSteps:
    """Return the steps in JSON, or in a file. ValueError."""
    try:
        if text.lstrip()[:1] not in ("{", "["):
            with Path(text).open(encoding="utf-8") as file:
                text = file.read(MAX_CHARS + 1)

        return parse_steps(text)
    except OSError as error:
        wanted = "expected JSON, or the name of a file with it"
        raise ValueError(f"--replay: {wanted}, found {text!r}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"--replay: {error}") from None


def _show(finding: FindingTexts, number: int) -> None:
    _print(finding_text(finding, number) + "\n")


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def _fail(message: str) -> int:
    sys.stderr.write(f"{PROGRAM}: error: {printable(redact_text(message))}\n")
    return COULD_NOT_RUN
