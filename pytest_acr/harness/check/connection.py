"""How registry-check reaches a registry: its URL and credentials, from arguments or environment."""

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fake_registry.client.access import Credentials
from pytest_acr.harness.check.arguments import CheckArguments
from pytest_acr.harness.concurrency.targets import MAX_BODY_BYTES
from pytest_acr.harness.conformance_environment import ConformanceOptions, options_from_environment
from pytest_acr.harness.plan import PREFIX
from pytest_acr.harness.preflight import refuse_remote_write
from pytest_acr.harness.request_url import parse_target
from pytest_acr.harness.url_target import UrlTarget

MIN_SECRET_CHARS: Final = 4
"""Of a password that is sought in outputs."""


@dataclass(frozen=True, kw_only=True)
class CheckedConnection:
    """A registry's URL, its targets, and the first part of repository names. Nothing was sent."""

    url: str
    repository: str
    secrets: Sequence[str] = field(repr=False)
    """The password, in the forms in which it is sent."""
    new_target: Callable[[], UrlTarget]
    """Makes a target."""
    new_small_target: Callable[[], UrlTarget]
    """Makes one of the targets of several threads, each of which may hold a response."""


def connect(arguments: CheckArguments, environ: Mapping[str, str]) -> CheckedConnection:
    """Return the connection. Arguments win over the environment.

    ValueError for wrong arguments; CheckRefused for another host without `--write`.
    """
    given = options_from_environment(environ)
    url = arguments.url or given.url
    if url is None:
        raise ValueError("expected the URL of a registry, such as http://127.0.0.1:5000, found none")

    refuse_remote_write(url, write=arguments.write)
    is_insecure = given.insecure and arguments.url is None
    credentials = _credentials_of(arguments, given)
    new_target = partial(
        UrlTarget,
        url,
        credentials=credentials,
        realm_hosts=arguments.realm_host,
        insecure=arguments.insecure or is_insecure,
        timeout_seconds=arguments.timeout,
    )
    return CheckedConnection(
        url=str(parse_target(url)),
        repository=arguments.repository or given.repository or PREFIX,
        secrets=_secrets_of(credentials),
        new_target=new_target,
        new_small_target=partial(new_target, max_body_bytes=MAX_BODY_BYTES),
    )


def _credentials_of(arguments: CheckArguments, given: ConformanceOptions) -> Credentials:
    if arguments.anonymous:
        if arguments.username or arguments.password or arguments.password_stdin:
            raise ValueError("expected a user, or --anonymous, not both")
        return Credentials()

    password = arguments.password or given.credentials.password
    if arguments.password_stdin:
        password = _read_password()
    username = arguments.username or given.credentials.username
    return Credentials(username=username, password=password)


def _secrets_of(credentials: Credentials) -> tuple[str, ...]:
    """Return the password and its form in a header. Shorter passwords are parts of other words."""
    password = credentials.password or ""
    if len(password) < MIN_SECRET_CHARS:
        return ()

    pair = f"{credentials.username}:{password}".encode()
    return b64encode(pair).decode(), password


def _read_password() -> str:
    """Return the first line of standard input. ValueError for none."""
    line = "" if sys.stdin is None else sys.stdin.readline()
    password = line.rstrip("\r\n")
    if not password:
        raise ValueError("--password-stdin: expected a line with the password, found none")
    return password
