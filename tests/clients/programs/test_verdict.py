"""When the runner says that a program of another language has passed."""

import pytest

from tests.clients.programs.absent import ABSENT
from tests.clients.programs.run import PROGRAMS, read_checks
from tests.clients.programs.verdict import ProgramResult, mistakes_of, parse_checks, summary_of

PASSED = "building\nok pull\nok push\n2 checks passed\n"


def found(
    output: str,
    status: int | None = 0,
    checks: tuple[str, ...] = ("pull", "push"),
    **absent: str,
) -> list[str]:
    return [*mistakes_of(ProgramResult("toy", status, output, 3.2), checks, absent)]


def test_program_with_every_check_passes() -> None:
    assert found(PASSED) == []


def test_missing_check_is_named() -> None:
    assert found(PASSED, checks=("pull", "push", "delete")) == ["delete is missing"]


def test_check_may_be_absent_with_a_reason() -> None:
    assert found(PASSED, checks=("pull", "push", "delete"), delete="the client has no such call") == []


def test_absent_check_that_passed_is_named() -> None:
    (mistake,) = found(PASSED, push="the client has no such call")
    assert mistake == "push passed, and absent.py says that it is absent: the client has no such call"


def test_checks_of_a_skipped_part_may_be_missing() -> None:
    output = f"skip helm: Go is not installed\n{PASSED}"
    assert found(output, checks=("pull", "push", "helm-push")) == []
    assert found(output, checks=("pull", "push", "helmet-push")) == ["helmet-push is missing"]


@pytest.mark.parametrize(
    ("output", "status", "mistake"),
    [
        (PASSED, None, "did not end within 3 s"),
        ("ok pull\nFAILED push: refused\n", 1, "exit status 1: FAILED push: refused"),
        ("", 1, "exit status 1: no output"),
        ("ok pull\nok push\nok lift\n3 checks passed\n", 0, "lift is not in checks.txt"),
        ("ok pull\nok push\nok push\n3 checks passed\n", 0, "push was printed 2 times"),
        ("ok pull\nok push\n3 checks passed\n", 0, "the last line is '3 checks passed', expected '2 checks passed'"),
        ("ok pull\nok push\n", 0, "the last line is 'ok push', expected '2 checks passed'"),
    ],
)
def test_mistake_is_named(output: str, status: int | None, mistake: str) -> None:
    assert found(output, status) == [mistake]


def test_summary_of_each_result() -> None:
    assert summary_of(ProgramResult("toy", 0, PASSED, 3.2), []) == "toy: 2 checks passed in 3 s"
    assert summary_of(ProgramResult("toy", 0, PASSED, 3.2), ["a", "b"]) == "FAILED toy: a; b"
    skipped = ProgramResult("toy", 77, "looking\nno compiler is installed\n", 0.1)
    assert (skipped.is_skipped, summary_of(skipped, [])) == (True, "SKIPPED toy: no compiler is installed")


def test_summary_names_each_skipped_part() -> None:
    output = f"skip helm: no Go: it is not installed\nskip cosign: no Go\n{PASSED}"
    assert summary_of(ProgramResult("toy", 0, output, 3.2), []).splitlines() == [
        "toy: 2 checks passed in 3 s",
        "SKIPPED toy, helm: no Go: it is not installed",
        "SKIPPED toy, cosign: no Go",
    ]


def test_list_of_checks_is_read() -> None:
    assert parse_checks("# a comment\npull-image - reads - an image\n\npush - writes one\n") == ["pull-image", "push"]


def test_absent_checks_are_those_of_a_program() -> None:
    assert [name for name in ABSENT if not (PROGRAMS / name / "run").exists()] == []
    pairs = [(name, check) for name, rows in ABSENT.items() for check in rows]
    assert [pair for pair in pairs if pair[1] not in read_checks(PROGRAMS, pair[0])] == []
