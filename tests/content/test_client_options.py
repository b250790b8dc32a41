"""Options of the content clients: those of azure-core, checked by name and type."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.configuration import ConnectionConfiguration
from azure.core.pipeline import policies

from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from pytest_acr.content.client_options import CLIENT_ARGUMENTS, CLIENT_OPTIONS

CLIENTS = [ContainerRegistryContentClient, AioContainerRegistryContentClient]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retry_totl": 3}, "there is no option 'retry_totl'; the options are retry_total, "),
        ({"dedline": 3}, "there is no option 'dedline'; the options are deadline, "),
        ({"max_retry_afer": 3}, "there is no option 'max_retry_afer'; the options are max_retry_after, "),
        ({"x": 3}, "there is no option 'x'; the options are audience, api_version, "),
        ({"retry_total": "3"}, "retry_total: expected int, found str"),
        ({"retry_total": True}, "retry_total: expected int, found bool"),
        ({"logging_enable": "yes"}, "logging_enable: expected bool, found str"),
        ({"connection_timeout": "5"}, "connection_timeout: expected int, float or None, found str"),
        ({"headers": ["a"]}, "headers: expected a mapping, found list"),
        ({"enforce_https": "no"}, "enforce_https: expected bool, found str"),
        ({"audience": None}, "audience: expected str, found None"),
        ({"api_version": 2021}, "api_version: expected str, found int"),
        ({"realm_hosts": "auth.example.com"}, "realm_hosts: expected an iterable of str, found str"),
        ({"realm_hosts": [5]}, "realm_hosts: expected an iterable of str, found int among its items"),
        (
            {"credential": "token"},
            "credential: expected a token credential, AzureNamedKey",
        ),
        (
            {"credential": dict},
            "credential: expected a token credential, AzureNamedKey",
        ),
    ],
)
def test_wrong_option_is_refused(client: Callable[..., object], options: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        client("https://fake.azurecr.io", "samples/hello", **options)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("client", CLIENTS)
def test_own_arguments_are_those_of_the_client(client: Callable[..., object]) -> None:
    parameters = inspect.signature(client).parameters.values()
    own = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    assert tuple(own) == CLIENT_ARGUMENTS


@pytest.mark.parametrize("client", CLIENTS)
def test_options_of_azure_core_are_accepted(client: Callable[..., object]) -> None:
    options = {
        "retry_total": 0,
        "retry_backoff_factor": 0.5,
        "retry_on_status_codes": [408],
        "headers": {"X-Team": "a"},
        "logging_enable": True,
        "connection_timeout": 5,
        "connection_verify": "ca.pem",
        "per_call_policies": [],
        "user_agent": "mine",
    }
    assert client("https://fake.azurecr.io", "samples/hello", **options)


@pytest.mark.parametrize(
    "kind",
    [
        ConnectionConfiguration,
        policies.RequestIdPolicy,
        policies.HeadersPolicy,
        policies.UserAgentPolicy,
        policies.ProxyPolicy,
        policies.NetworkTraceLoggingPolicy,
        policies.DistributedTracingPolicy,
        policies.SensitiveHeaderCleanupPolicy,
        policies.HttpLoggingPolicy,
    ],
)
def test_each_named_parameter_of_the_policies_is_known(kind: type) -> None:
    parameters = inspect.signature(kind).parameters.values()
    named = {one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD}
    assert named - CLIENT_OPTIONS.keys() == set()
