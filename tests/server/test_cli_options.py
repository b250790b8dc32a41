"""Options from the environment and the command line, and the settings made of them."""

import math
from pathlib import Path
from typing import Any

import pytest

from fake_registry.cli.chosen_settings import settings_of
from fake_registry.cli.option_sources import from_environment, merge
from fake_registry.cli.options import EXPORT_OPTIONS, SERVE_OPTIONS
from fake_registry.cli.serve_options import OptionError, ServeOptions
from fake_registry.settings import Settings

EVERY_VARIABLE = {
    "FAKE_REGISTRY_HOST": "::1",
    "FAKE_REGISTRY_PORT": "5001",
    "FAKE_REGISTRY_PORT_FILE": "port",
    "FAKE_REGISTRY_NAME": "mine",
    "FAKE_REGISTRY_PROFILE": "oci",
    "FAKE_REGISTRY_AUTH": "token",
    "FAKE_REGISTRY_ADMIN_USER": "u:p:w",
    "FAKE_REGISTRY_TLS": "false",
    "FAKE_REGISTRY_TLS_CERT": "cert",
    "FAKE_REGISTRY_TLS_KEY": "key",
    "FAKE_REGISTRY_WRITE_CA": "ca",
    "FAKE_REGISTRY_REGISTRY": "left,Right:oci",
    "FAKE_REGISTRY_SERVICE_PRINCIPAL": "app:s3:cret",
    "FAKE_REGISTRY_TLS_NAME": "registry.internal,a",
    "FAKE_REGISTRY_HOSTS_FILE": "hosts",
    "FAKE_REGISTRY_DIR": "layout",
    "FAKE_REGISTRY_DIR_REPOSITORY": "a/b",
    "FAKE_REGISTRY_PERSIST": "true",
    "FAKE_REGISTRY_SETTING": "max_page_size=7,Left.default_page_size=none",
    "FAKE_REGISTRY_CLOCK": "manual",
    "FAKE_REGISTRY_CONTROL": "true",
    "FAKE_REGISTRY_CONTROL_TOKEN": "T",
    "FAKE_REGISTRY_CONTROL_HOST": "registry,Registry.internal:5000",
    "FAKE_REGISTRY_OPEN": "true",
    "FAKE_REGISTRY_LOG_FORMAT": "json",
    "FAKE_REGISTRY_IDLE_SECONDS": "inf",
    "FAKE_REGISTRY_HEAD_SECONDS": "0.5",
    "FAKE_REGISTRY_DRAIN_SECONDS": "2",
    "FAKE_REGISTRY_STOP_SECONDS": "4",
}


def test_every_option_has_a_variable() -> None:
    assert {option.variable for option in SERVE_OPTIONS} == set(EVERY_VARIABLE)
    assert from_environment(SERVE_OPTIONS, EVERY_VARIABLE, {}) == {
        "host": "::1",
        "port": 5001,
        "port_file": Path("port"),
        "name": "mine",
        "profile": "oci",
        "auth": "token",
        "admin_user": ("u", "p:w"),
        "tls": False,
        "tls_cert": Path("cert"),
        "tls_key": Path("key"),
        "write_ca": Path("ca"),
        "registry": [("left", None), ("Right", "oci")],
        "service_principal": [("app", "s3:cret")],
        "tls_name": ["registry.internal", "a"],
        "hosts_file": Path("hosts"),
        "dir": Path("layout"),
        "dir_repository": "a/b",
        "persist": True,
        "setting": [("max_page_size", 7), ("left.default_page_size", None)],
        "clock": "manual",
        "control": True,
        "control_token": "T",
        "control_host": ["registry", "registry.internal"],
        "open": True,
        "log_format": "json",
        "idle_seconds": math.inf,
        "head_seconds": 0.5,
        "drain_seconds": 2.0,
        "stop_seconds": 4.0,
    }


def test_empty_and_other_variables_are_ignored() -> None:
    assert from_environment(SERVE_OPTIONS, {"FAKE_REGISTRY_HOST": "", "FAKE_REGISTRY_URL": "x", "PORT": "1"}, {}) == {}


@pytest.mark.parametrize("token", ["", " ", "two words", "T\n"])
def test_control_token_that_protects_nothing_is_an_error(token: str) -> None:
    """It was meant to be a secret: absent, it would let every caller in."""
    with pytest.raises(OptionError, match="FAKE_REGISTRY_CONTROL_TOKEN: "):
        from_environment(SERVE_OPTIONS, {"FAKE_REGISTRY_CONTROL_TOKEN": token}, {})
    with pytest.raises(OptionError, match="control token: expected"):
        ServeOptions(control_token=token)


@pytest.mark.parametrize(
    ("host", "needed"),
    [
        ("127.0.0.1", False),
        ("127.0.0.2", False),
        ("::1", False),
        ("localhost", False),
        ("0.0.0.0", True),
        ("::", True),
        ("192.0.2.1", True),
        ("registry.internal", True),
    ],
)
def test_token_is_made_for_a_server_that_others_reach(host: str, *, needed: bool) -> None:
    assert ServeOptions(host=host).needs_new_token is needed
    assert ServeOptions(host=host, control_token="T").needs_new_token is False
    assert ServeOptions(host=host, control=False).needs_new_token is False


def test_variable_of_an_option_on_the_command_line_is_not_parsed() -> None:
    assert from_environment(SERVE_OPTIONS, {"FAKE_REGISTRY_PORT": "http"}, {"port": 1}) == {}
    with pytest.raises(OptionError, match="FAKE_REGISTRY_PORT: expected a port"):
        from_environment(SERVE_OPTIONS, {"FAKE_REGISTRY_PORT": "http"}, {"host": "::1"})


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, {"tls", "tls_name", "tls_cert", "tls_key"}),
        ({"tls": True}, {"tls_name"}),
        ({"tls": False}, set()),
        ({"tls_name": ["other"]}, {"tls", "tls_name"}),
        ({"tls_cert": Path("other")}, {"tls_key"}),
        ({"tls_cert": Path("other"), "tls_key": Path("other")}, set()),
    ],
)
def test_tls_options_on_the_command_line_exclude_the_others(
    given: dict[str, Any], left: set[str]
) -> None:  # Any: as in Values
    variables = {f"FAKE_REGISTRY_{name}": "true" for name in ("TLS", "TLS_NAME", "TLS_CERT", "TLS_KEY")}
    assert set(from_environment(SERVE_OPTIONS, variables, given)) == left


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, {"control_token", "control_host", "admin_user"}),
        ({"control": True, "auth": "token"}, {"control_token", "control_host", "admin_user"}),
        ({"control": False}, {"admin_user"}),
        ({"auth": "off"}, {"control_token", "control_host"}),
    ],
)
def test_variables_of_what_the_command_line_switches_off_are_ignored(
    given: dict[str, Any], left: set[str]
) -> None:  # Any: as in Values
    variables = {
        "FAKE_REGISTRY_CONTROL_TOKEN": "T",
        "FAKE_REGISTRY_CONTROL_HOST": "registry",
        "FAKE_REGISTRY_ADMIN_USER": "u:p",
    }
    assert set(from_environment(SERVE_OPTIONS, variables, given)) == left


def test_repeated_options_have_the_values_of_environment_and_command_line() -> None:
    environment = {"tls_name": ["one"], "control_host": ["two"], "port": 1}
    merged = merge(SERVE_OPTIONS, environment, {"tls_name": ["three"], "port": 2})
    found = {name: merged[name] for name in ("tls_name", "control_host", "service_principal", "port")}
    assert found == {"tls_name": ["one", "three"], "control_host": ["two"], "service_principal": [], "port": 2}


def test_token_on_the_command_line_excludes_user_and_password() -> None:
    variables = {"FAKE_REGISTRY_USERNAME": "u", "FAKE_REGISTRY_PASSWORD": "p"}
    assert from_environment(EXPORT_OPTIONS, variables, {}) == {"username": "u", "password": "p"}
    assert from_environment(EXPORT_OPTIONS, variables, {"token": "T"}) == {}


@pytest.mark.parametrize(
    ("environment", "given", "settings"),
    [
        ({}, {}, Settings(auth="off")),
        ({"auth": "token"}, {}, Settings(auth="token")),
        ({"auth": "token"}, {"setting": [("auth", "anonymous-pull")]}, Settings(auth="anonymous-pull")),
        ({"setting": [("auth", "token")]}, {"auth": "off"}, Settings(auth="off")),
        (
            {"setting": [("max_page_size", 7), ("name", "one")]},
            {"setting": [("name", "two"), ("name", "three")]},
            Settings(auth="off", max_page_size=7, name="three"),
        ),
        (
            {"profile": "oci"},
            {"auth": "token", "admin_user": ("u", "p")},
            Settings(profile="oci", auth="token", admin_user="u", admin_password="p"),
        ),
    ],
)
def test_later_layer_wins(environment: dict[str, Any], given: dict[str, Any], settings: Settings) -> None:
    assert settings_of(environment, given) == settings


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(OptionError, match="max_page_size: expected at least 1, found 0"):
        settings_of({"setting": [("max_page_size", 0)]})
