"""Random bytes, and ids in the form of UUIDs that are made of them."""

import os
from collections.abc import Callable
from struct import iter_unpack
from typing import Final

Entropy = Callable[[int], bytes]
"""Returns as many random bytes as it is asked for."""

_ID_BYTES: Final = 16
_ID_FORMAT: Final = f"{_ID_BYTES}s"
_BATCH: Final = 64
_KEY_BYTES: Final = 32

_VARIANT: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""A random digit -> a random one of those that begin with the bits of the variant."""


class SystemEntropy:
    """The operating system's random bytes. Those of ids are read in advance.

    A call of the operating system takes longer than the rest of an id. Safe to use from several
    threads. A forked process may receive the bytes that its parent receives, for ids alone.
    """

    def __init__(self) -> None:
        # all of them in one object: each small one may keep 1 MiB from the system, see process_memory
        self._spare = iter_unpack(_ID_FORMAT, b"")

    def __call__(self, size: int) -> bytes:
        if size != _ID_BYTES:
            return os.urandom(size)

        while True:
            spare: bytes
            for [spare] in self._spare:
                return spare
            self._spare = iter_unpack(_ID_FORMAT, os.urandom(_ID_BYTES * _BATCH))


def random_key(entropy: Entropy) -> bytes:
    """Return a new key for signatures. Raises ValueError for entropy of another size."""
    key = entropy(_KEY_BYTES)
    if len(key) != _KEY_BYTES:
        raise ValueError(f"entropy({_KEY_BYTES}): expected {_KEY_BYTES} bytes, found {len(key)}")
    return key


def random_ids(entropy: Entropy) -> Callable[[], str]:
    """Return a function that returns a new id, made of `entropy`, at each call."""

    def new_id() -> str:
        # a UUID of version 4 (RFC 9562 §5.4) in half the time of `uuid.UUID`: every answer has two
        digits = entropy(_ID_BYTES).hex()
        variant = _VARIANT[digits[16]]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    return new_id


def random_passwords(entropy: Entropy) -> tuple[str, str]:
    """Return two passwords of 52 characters, as ACR makes two for a repository-scoped token."""
    return entropy(26).hex(), entropy(26).hex()
