"""`Reply`: an answer that arrived whole, and what the sample client reads from it."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from tests.support.sample_client.errors import SampleError, SampleInterruption

PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Reply:
    """An answer and its body. SampleError for a header that is absent or malformed."""

    url: str
    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes

    @property
    def location(self) -> str:
        """The absolute URL of Location."""
        return urljoin(self.url, self.header("Location"))

    @property
    def next_page(self) -> str | None:
        """The absolute URL of the next page of a list."""
        links = requests.utils.parse_header_links(self.headers.get("Link", ""))
        found = [link["url"] for link in links if link.get("rel") == "next"]
        return urljoin(self.url, found[0]) if found else None

    @property
    def received(self) -> int:
        """The number of bytes that an upload has, from its Range.

        `0-0` stands for no bytes: the client sends no chunk of one byte before the last.
        """
        first, _, last = self.header("Range").removeprefix("bytes=").partition("-")
        if first != "0" or not last.isdecimal():
            raise SampleError(f"expected a Range such as 0-9, found {self.header('Range')!r}")
        return int(last) + 1 if int(last) else 0

    def header(self, name: str) -> str:
        """Return a header that the answer must have."""
        if name not in self.headers:
            raise SampleError(f"expected the header {name}, found {', '.join(self.headers)}")
        return self.headers[name]

    def json(self) -> dict[str, Any]:  # Any: JSON
        """Return the JSON object. SampleInterruption for any other body."""
        try:
            document = json.loads(self.body)
        except ValueError as error:  # also text that is not UTF-8
            raise SampleInterruption("expected JSON, found something else") from error
        if not isinstance(document, dict):
            raise SampleInterruption(f"expected a JSON object, found {type(document).__name__}")
        return document


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port. A token may go to URLs with the same three."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
