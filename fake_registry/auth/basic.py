"""User and password in an Authorization header (RFC 7617)."""

import base64


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """Return user and password, None for a header without them (RFC 7617 §2)."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None

    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None

    user, colon, password = decoded.partition(":")
    return (user, password) if colon else None
