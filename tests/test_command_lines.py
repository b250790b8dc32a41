"""Messages about unknown arguments and misspelt variables of a command."""

import pytest

from fake_registry.command_lines import misspelt_variable_text, unknown_arguments_text

KNOWN = ("X_PORT", "X_PORT_FILE", "X_AUTH", "X_NAME", "X_SERVICE_PRINCIPAL", "X_CONTROL_HOST")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [("X_PROT", "X_PORT"), ("X_PRT", "X_PORT"), ("X_PORTT", "X_PORT"), ("X_AUHT", "X_AUTH"), ("X_NAMES", "X_NAME")],
)
def test_slip_is_found(variable: str, nearest: str) -> None:
    expected = f"{variable}: there is no such variable; the one most like it is {nearest}"
    assert misspelt_variable_text(["PATH", variable, "X_NAME"], KNOWN, prefix="X_") == expected


@pytest.mark.parametrize(
    "variable",
    ["X_URL", "X_SERVICE_HOST", "X_SERVICE_PORT", "X_PORT_5000_TCP", "X_USERNAME", "X_PROFILE", "X_CONTROL", "PROT"],
)
def test_variable_of_another_program_is_no_slip(variable: str) -> None:
    assert misspelt_variable_text([variable, *KNOWN], KNOWN, prefix="X_") == ""


def test_switch_has_no_variable_for_its_negation() -> None:
    expected = "X_NO_TLS: there is no such variable; write X_TLS=false"
    assert misspelt_variable_text(["X_NO_TLS", "X_TLS"], ["X_TLS"], prefix="X_", switches=["X_TLS"]) == expected
    assert misspelt_variable_text(["X_NO_TLS"], ["X_TLS"], prefix="X_") == ""


def test_options_like_unknown_arguments_are_named_once() -> None:
    text = unknown_arguments_text(["--prot", "5", "--prot=6", "file"], "usage: a [--port N] [--host H]")
    assert text == "unrecognized arguments: --prot 5 --prot=6 file; the options most like it are --port"
