"""Settings: a profile is a column of values, explicit values override it, mistakes raise at once."""

import dataclasses
from dataclasses import FrozenInstanceError
from datetime import timedelta
from typing import Any  # Any: settings by name, of types that only the field knows

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.settings import Settings

COLUMNS: dict[str, dict[str, object]] = {
    "acr": {
        "error_wording": "acr",
        "empty_scope_refused": True,
        "max_header_field_bytes": 8_192,
        "empty_orderby_in_links": True,
        "digest_in_links": False,
        "default_page_size": 100,
        "max_page_size": 1_000,
        "blob_redirect": True,
        "accept_enforced": True,
        "tag_delete_by_manifest_route": False,
        "tag_parameters": False,
        "mount_from_anywhere": False,
        "unknown_manifest_types": False,
        "null_empty_lists": True,
        "tag_list_scope": "metadata_read",
        "unrouted_as_text": True,
        "service_headers": True,
        "redirect_to_base": True,
        "referrers_go_with_subject": True,
        "upload_survives_wrong_digest": False,
    },
    "oci": {
        "error_wording": "oci",
        "empty_scope_refused": False,
        "max_header_field_bytes": None,
        "empty_orderby_in_links": False,
        "digest_in_links": True,
        "default_page_size": None,
        "max_page_size": None,
        "blob_redirect": False,
        "accept_enforced": False,
        "tag_delete_by_manifest_route": True,
        "tag_parameters": True,
        "mount_from_anywhere": True,
        "unknown_manifest_types": True,
        "null_empty_lists": False,
        "tag_list_scope": "pull",
        "unrouted_as_text": False,
        "service_headers": False,
        "redirect_to_base": False,
        "referrers_go_with_subject": False,
        "upload_survives_wrong_digest": True,
    },
}

quirks = st.sampled_from(sorted(COLUMNS["acr"]))
profiles = st.sampled_from(sorted(COLUMNS))


@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_profile_has_the_values_of_its_column(profile: Any) -> None:
    assert COLUMNS[profile].items() <= vars(Settings(profile=profile)).items()


def test_profiles_differ_only_in_their_columns() -> None:
    acr, oci = vars(Settings()), vars(Settings(profile="oci"))
    assert {name for name in acr if acr[name] != oci[name]} == {"profile", *COLUMNS["acr"]}


def test_defaults_are_acr_with_tokens() -> None:
    settings = Settings()
    assert (settings.profile, settings.auth, settings.name) == ("acr", "token", "fake")
    assert (settings.max_manifest_bytes, settings.sparse_manifests) == (4_194_304, False)


@given(profiles, profiles, st.sets(quirks))
def test_explicit_value_overrides_every_profile(first: Any, second: Any, names: set[str]) -> None:
    explicit: dict[str, Any] = {name: COLUMNS["oci" if first == "acr" else "acr"][name] for name in names}
    expected = COLUMNS[second] | explicit
    assert (COLUMNS[first] | explicit).items() <= vars(Settings(profile=first, **explicit)).items()
    assert expected.items() <= vars(Settings(profile=first, **explicit).evolve(profile=second)).items()


@given(profiles, profiles, quirks)
def test_explicit_value_equal_to_that_of_the_profile_is_kept(first: Any, second: Any, name: str) -> None:
    explicit: dict[str, Any] = {name: COLUMNS[first][name]}
    settings = Settings(profile=first, **explicit).evolve(profile=second)
    assert getattr(settings, name) == COLUMNS[first][name]


@pytest.mark.parametrize("values", [{"tag_list_scope": "metdata_read"}, {"error_wording": "docker"}])
def test_invalid_value_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        Settings(**values)


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_value_of_another_type_is_refused(field: "dataclasses.Field[Any]") -> None:
    values: dict[str, Any] = {field.name: object()}
    with pytest.raises(TypeError, match=f"^{field.name}: expected .*, found object$"):
        Settings(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"max_manifest_bytes": "x"}, "max_manifest_bytes: expected int, found str"),
        ({"max_manifest_bytes": True}, "max_manifest_bytes: expected int, found bool"),
        ({"default_page_size": 1.0}, "default_page_size: expected int or None, found float"),
        ({"blob_redirect": "no"}, "blob_redirect: expected bool, found str"),
        ({"blob_redirect": 1}, "blob_redirect: expected bool, found int"),
        ({"access_token_lifetime": 60}, "access_token_lifetime: expected timedelta, found int"),
        ({"auth": None}, "auth: expected one of token, anonymous-pull, off, found None"),
    ],
)
def test_error_of_another_type_names_both_types(values: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        Settings().evolve(**values)


def test_evolve_returns_a_changed_copy() -> None:
    settings = Settings(name="mine", max_page_size=7)
    assert vars(settings.evolve(auth="off", max_page_size=None)) == vars(settings) | {
        "auth": "off",
        "max_page_size": None,
    }
    assert (settings.auth, settings.max_page_size) == ("token", 7)


@given(profiles)
def test_evolve_without_changes_is_equal(profile: Any) -> None:
    settings = Settings(profile=profile, name="mine", default_page_size=7)
    assert settings.evolve() == settings


def test_error_of_evolve_with_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(TypeError, match="'page_size'") as caught:
        Settings().evolve(page_size=1)
    assert all(field.name in str(caught.value) for field in dataclasses.fields(Settings))


def test_error_of_an_unknown_name_lists_the_known_ones() -> None:
    """A user's mistake in the Python API raises at once, with the known names."""
    wrong: dict[str, Any] = {"page_size": 1}
    with pytest.raises(TypeError, match="page_size") as caught:
        Settings(**wrong)
    assert "default_page_size" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"profile": "docker"}, "profile: expected one of acr, oci, found 'docker'"),
        ({"auth": "basic"}, "auth: expected one of token, anonymous-pull, off, found 'basic'"),
        ({"name": ""}, "ASCII letters and digits, found ''"),
        ({"name": "my-registry"}, "ASCII letters and digits, found 'my-registry'"),
        ({"name": "r\u00e9gistre"}, "ASCII letters and digits"),
        ({"admin_user": "admin"}, "expected both admin_user and admin_password"),
        ({"admin_password": "secret"}, "expected both admin_user and admin_password"),
        ({"admin_user": "a:b", "admin_password": "x"}, "name of the admin user: expected"),
        ({"admin_user": "", "admin_password": "x"}, "name of the admin user: expected"),
        ({"admin_user": "\ud800", "admin_password": "x"}, "name of the admin user: expected"),
        (
            {"admin_user": "00000000-0000-0000-0000-000000000000", "admin_password": "x"},
            "admin_user: expected a name that logins by token do not use, found '00000000-0000-0000-0000-000000000000'",
        ),
        ({"admin_user": "a", "admin_password": ""}, "password of the admin user: expected a text"),
        ({"admin_user": "a", "admin_password": "\udcff"}, "expected text in UTF-8"),
        ({"default_page_size": 0}, "default_page_size: expected at least 1, found 0"),
        ({"max_page_size": -1}, "max_page_size: expected at least 1, found -1"),
        ({"max_manifest_bytes": 0}, "max_manifest_bytes: expected at least 1, found 0"),
        ({"max_header_field_bytes": 0}, "max_header_field_bytes: expected at least 1, found 0"),
        ({"max_recorded_requests": 0}, "max_recorded_requests: expected at least 1, found 0"),
        ({"max_unfinished_bytes": 0}, "max_unfinished_bytes: expected at least 1, found 0"),
        ({"upload_lifetime": timedelta(0)}, "upload_lifetime: expected at least one second"),
        ({"max_recorded_bytes": 0}, "max_recorded_bytes: expected at least 1, found 0"),
        ({"access_token_lifetime": timedelta(seconds=-1)}, "access_token_lifetime"),
        ({"refresh_token_lifetime": timedelta(seconds=-1)}, "refresh_token_lifetime"),
        ({"anonymous_token_lifetime": timedelta(0)}, "anonymous_token_lifetime"),
    ],
)
def test_impossible_value_is_refused_at_once(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**changes)
    with pytest.raises(ValueError, match=message):
        Settings().evolve(**changes)


def test_error_does_not_contain_the_password() -> None:
    with pytest.raises(ValueError, match="admin_user") as caught:
        Settings(admin_password="hush")
    assert "hush" not in str(caught.value)


def test_repr_does_not_contain_the_password() -> None:
    """pytest prints settings in every report of a failing test that holds them."""
    assert "hush" not in repr(Settings(admin_user="admin", admin_password="hush"))


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Settings)])
def test_settings_are_frozen(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Settings(), name, None)


def test_equal_settings_are_equal_and_hashable() -> None:
    assert Settings(name="mine") == Settings(name="mine") != Settings(name="mine", auth="off")
    assert len({Settings(), Settings(), Settings(profile="oci")}) == 2


def test_hosts_are_lower_case() -> None:
    settings = Settings(name="MyRegistry")
    assert settings.login_server == "myregistry.azurecr.io"
    assert settings.storage_host == "myregistry.eastus.data.azurecr.io"
