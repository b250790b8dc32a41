"""Random ids, in the form of UUIDs."""

from collections.abc import Callable

_UUID4_FREE = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF
_UUID4_FIXED = 0x00000000_0000_4000_8000_000000000000


def random_ids(entropy: Callable[[int], bytes]) -> Callable[[], str]:
    """Return a function that returns a new id, made of `entropy`, at each call."""

    def new_id() -> str:
        # RFC 9562 §5.4: the text of `uuid.UUID` in half the time; every answer has two
        number = int.from_bytes(entropy(16)) & _UUID4_FREE | _UUID4_FIXED
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    return new_id
