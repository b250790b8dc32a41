"""The options of azure-core that the content clients pass on, and their types.

azure-core ignores an option that it does not know: a misspelt one would have no effect.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from fake_registry.arguments import check_type, names_text

_NUMBER = int | float
_TIMEOUT = int | float | None

_RETRIES: Final[Mapping[str, object]] = {
    "retry_total": int,
    "retry_connect": int,
    "retry_read": int,
    "retry_status": int,
    "retry_backoff_factor": _NUMBER,
    "retry_backoff_max": _NUMBER,
    "retry_mode": object,
    "retry_on_status_codes": Iterable[int],
    "retry_on_methods": Iterable[str],
    "timeout": _NUMBER,
}

_REQUESTS: Final[Mapping[str, object]] = {
    "request_id": object,
    "auto_request_id": bool,
    "request_id_header_name": str,
    "headers": Mapping,
    "base_headers": Mapping | None,
    "user_agent": str | None,
    "base_user_agent": str | None,
    "user_agent_overwrite": bool,
    "user_agent_use_env": bool,
    "proxies": Mapping | None,
    "permit_redirects": bool,
    "redirect_max": int,
    "redirect_remove_headers": Iterable[str],
    "redirect_on_status_codes": Iterable[int],
    "blocked_redirect_headers": Iterable[str] | None,
    "disable_redirect_cleanup": bool,
    "raw_request_hook": object,
    "raw_response_hook": object,
}

_LOGGING: Final[Mapping[str, object]] = {
    "logging_enable": bool,
    "logger": object,
    "http_logging_level": int,
    "additional_allowed_query_params": Iterable[str] | None,
    "network_span_namer": object,
    "tracing_attributes": Mapping,
    "instrumentation_config": Mapping | None,
}

_TRANSPORT: Final[Mapping[str, object]] = {
    "transport": object,
    "session": object,
    "session_owner": bool,
    "loop": object,
    "use_env_settings": bool,
    "connection_timeout": _TIMEOUT,
    "read_timeout": _TIMEOUT,
    "connection_verify": bool | str,
    "connection_cert": object,
    "connection_data_block_size": int,
}

_PIPELINE: Final[Mapping[str, object]] = dict.fromkeys(
    (
        *("pipeline", "policies", "config", "per_call_policies", "per_retry_policies"),
        *("request_id_policy", "headers_policy", "user_agent_policy", "proxy_policy"),
        *("redirect_policy", "retry_policy", "logging_policy", "authentication_policy"),
        *("custom_hook_policy", "http_logging_policy"),
    ),
    object,
)

CLIENT_ARGUMENTS: Final = (
    *("audience", "api_version", "enforce_https", "realm_hosts"),
    *("deadline", "max_retry_after"),
)
"""The keyword arguments of the content clients themselves."""

CLIENT_OPTIONS: Final[Mapping[str, object]] = {
    **_RETRIES,
    **_REQUESTS,
    **_LOGGING,
    **_TRANSPORT,
    **_PIPELINE,
}
"""Each option with its type; `object` is any."""


def check_client_options(options: Mapping[str, object]) -> None:
    """Raise TypeError for an option that azure-core does not know, or a value of another type."""
    for name, value in options.items():
        if name not in CLIENT_OPTIONS:
            known = names_text(name, [*CLIENT_ARGUMENTS, *CLIENT_OPTIONS])
            raise TypeError(f"there is no option {name!r}; the options are {known}")
        check_type(name, value, CLIENT_OPTIONS[name])
