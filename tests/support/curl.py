"""The curl commands of a page or of the index, sent without curl and without a socket."""

import argparse
import shlex
from typing import Final
from urllib.parse import urlsplit

from werkzeug.test import Client, TestResponse

CURL: Final = argparse.ArgumentParser(exit_on_error=False)
CURL.add_argument("-X", dest="method")
CURL.add_argument("--json", dest="document")
CURL.add_argument("-H", dest="header", type=lambda text: tuple(text.split(": ")))
CURL.add_argument("url")


def parse_curl(command: str) -> argparse.Namespace:
    """Return the arguments of a curl command."""
    return CURL.parse_args(shlex.split(command)[1:])


def method_of(arguments: argparse.Namespace) -> str:
    """Return the method that curl uses."""
    return arguments.method or ("GET" if arguments.document is None else "POST")


def send(client: Client, command: str) -> TestResponse:
    """Send the request of a curl command."""
    arguments = parse_curl(command)
    url = urlsplit(arguments.url)
    assert url.netloc == "127.0.0.1:5000"

    headers = [] if arguments.header is None else [arguments.header]
    has_body = arguments.document is not None
    return client.open(
        path=url.path,
        method=method_of(arguments),
        data=arguments.document,
        content_type="application/json" if has_body else None,
        query_string=url.query,
        headers=headers,
    )
