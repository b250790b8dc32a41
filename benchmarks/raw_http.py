"""What the limit servers and the raw client know of HTTP: where a head ends, and its body."""

READ_BYTES = 65_536
END_OF_HEAD = b"\r\n\r\n"


def content_length_of(head: bytes) -> int:
    """Return the length of the body that follows the head: 0 without the field."""
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
