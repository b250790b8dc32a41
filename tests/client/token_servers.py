"""A registry with any realm, and a token service that counts the requests that it receives."""

from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIEnvironment

ACCESS_TOKEN = "access-token"


@dataclass
class CountingTokenService:
    """Grants one access token to every request and keeps the requests' Authorization and body."""

    authorizations: list[str | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        self.authorizations.append(environ.get("HTTP_AUTHORIZATION"))
        self.bodies.append(environ["wsgi.input"].read())
        return _answer(start_response, "200 OK", ("Content-Type", "application/json"), f'{{"token":"{ACCESS_TOKEN}"}}')


@dataclass
class LoginRegistry:
    """Sends every client without the access token to `realm`, and has no content."""

    realm: str
    authorizations: list[str | None] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read()
        authorization = environ.get("HTTP_AUTHORIZATION")
        self.authorizations.append(authorization)
        if authorization == f"Bearer {ACCESS_TOKEN}":
            return _answer(start_response, "404 Not Found", ("Content-Type", "application/json"), "{}")

        challenge = f'Bearer realm="{self.realm}",service="registry",scope="repository:samples/hello:pull"'
        return _answer(start_response, "401 Unauthorized", ("WWW-Authenticate", challenge), "{}")


def _answer(start_response: StartResponse, status: str, header: tuple[str, str], text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [header, ("Content-Length", str(len(body)))])
    return [body]
