"""Settings as text: the type of a field decides how it is parsed."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from fake_registry.cli.setting_text import parse_scoped_setting, parse_setting
from fake_registry.settings import Settings


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("profile=oci", "profile", "oci"),
        ("name=mine", "name", "mine"),
        ("tag_list_scope=pull", "tag_list_scope", "pull"),
        ("admin_password=a=b", "admin_password", "a=b"),
        ("admin_user=None", "admin_user", None),
        ("name=none", "name", "none"),
        ("default_page_size=10", "default_page_size", 10),
        ("default_page_size=none", "default_page_size", None),
        ("max_manifest_bytes=1", "max_manifest_bytes", 1),
        ("blob_redirect=true", "blob_redirect", True),
        ("blob_redirect=False", "blob_redirect", False),
        ("access_token_lifetime=0.5", "access_token_lifetime", timedelta(milliseconds=500)),
        ("refresh_token_lifetime=60", "refresh_token_lifetime", timedelta(minutes=1)),
    ],
)
def test_value_is_read_by_the_type_of_its_field(text: str, name: str, value: object) -> None:
    parsed = parse_setting(text)
    assert (parsed, type(parsed[1])) == ((name, value), type(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected NAME=VALUE, found ''"),
        ("blob_redirect", "expected NAME=VALUE, found 'blob_redirect'"),
        (
            "page_size=1",
            "there is no setting 'page_size'; the settings are max_page_size, default_page_size, profile, ",
        ),
        ("blob_redirect=1", "expected blob_redirect to be true or false, found '1'"),
        ("blob_redirect=none", "expected blob_redirect to be true or false, found 'none'"),
        ("max_manifest_bytes=4MB", "expected max_manifest_bytes to be a whole number, found '4MB'"),
        ("default_page_size=1.5", "expected default_page_size to be a whole number or none, found '1.5'"),
        ("access_token_lifetime=1h", "expected access_token_lifetime to be a number of seconds, found '1h'"),
        ("access_token_lifetime=inf", "expected access_token_lifetime to be a number of seconds, found 'inf'"),
        ("access_token_lifetime=nan", "expected access_token_lifetime to be a number of seconds, found 'nan'"),
    ],
)
def test_invalid_setting_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  the whole message is compared below
        parse_setting(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("left..auth=off", ".auth"), ("left.right.auth=off", "right.auth"), ("left.=off", "")],
)
def test_malformed_name_of_a_setting_of_one_registry_is_refused(text: str, found: str) -> None:
    with pytest.raises(ValueError, match=f"^there is no setting {found!r}; the settings are "):
        parse_scoped_setting(text)


@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_every_setting_can_be_written_as_text(profile: Any) -> None:  # Any: it is a Profile
    settings = Settings(profile=profile, admin_user="u", admin_password="p")
    texts = [f"{field.name}={_text_of(getattr(settings, field.name))}" for field in dataclasses.fields(settings)]
    parsed: dict[str, Any] = dict(map(parse_setting, texts))  # Any: each as its field has it
    assert Settings(**parsed) == settings


def _text_of(value: object) -> str:
    return str(value.total_seconds() if isinstance(value, timedelta) else value)
