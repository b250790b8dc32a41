"""User and password in an Authorization header (RFC 7617)."""

import base64


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """Return user and password from an Authorization header, None when it holds none (RFC 7617 §2)."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (user, password) if colon else None
