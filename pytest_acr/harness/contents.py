"""The few contents that the steps push. They are text, so that a transcript can show them."""

from functools import cache
from typing import Final

from pytest_acr.harness.model import digest_of

_TEXTS: Final = (
    b"a",
    b"0123456789",
    b"",
    b"layer one",
    b"{}",
    b"x" * 65,
    b"layer two, which is longer than the first",
    b"zzzz",
)

CONFIGS: Final = (
    b'{"architecture":"amd64","os":"linux"}',
    b'{"os":"windows","architecture":"arm64","variant":"v8"}',
    b'{"architecture":"s390x","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
)
"""Configs of images for a platform: image-spec, Image Configuration."""

ALGORITHMS: Final = ("sha256", "sha512")


@cache
def content_of(number: int, algorithm: str = "sha256") -> tuple[bytes, str]:
    """Return a content and its digest. The same content never has digests of two algorithms.

    Whether a blob can be pulled by a digest of another algorithm is left open by the documents.
    """
    text = _TEXTS[number % len(_TEXTS)]
    content = text if algorithm == "sha256" else b"512 " + text
    return content, digest_of(content, algorithm)


def content_by_digest(digest: str) -> bytes | None:
    """Return the content of a digest; None if it is none of those that the steps push."""
    return _by_digest().get(digest)


@cache
def _by_digest() -> dict[str, bytes]:
    found = (content_of(number, algorithm) for number in range(len(_TEXTS)) for algorithm in ALGORITHMS)
    configs = {digest_of(config): config for config in CONFIGS}
    return {**configs, **{digest: content for content, digest in found}}
