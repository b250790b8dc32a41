"""Who is let in: challenges, tokens, scopes, roles, and the signed URLs of storage."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import acr_property

_property: Final = partial(acr_property, area="authorization")


# challenges

CHALLENGE: Final = _property(
    "auth-challenge",
    "effect",
    "acr-behaviour 1.1 and 3.1",
    "A request without Authorization is 401 with a Bearer challenge.",
)
CHALLENGE_REALM: Final = _property(
    "auth-challenge-realm",
    "wording",
    "acr-behaviour 3.1",
    "A challenge names the realm and the service, the same ones on all routes.",
)
CHALLENGE_SCOPE: Final = _property(
    "auth-challenge-scope",
    "wording",
    "acr-behaviour 3.1 and 3.2",
    "A challenge names the scope that the route needs; that of GET /v2/ names none.",
)
CHALLENGE_ERROR: Final = _property(
    "auth-challenge-error",
    "wording",
    "acr-behaviour 3.1",
    'A token without the scope is answered error="insufficient_scope", another one '
    '"invalid_token", and a request without a token has no error.',
)
REFUSAL_CODE: Final = _property(
    "auth-refusal-code",
    "wording",
    "acr-behaviour 3.1",
    "The code of a refusal on a data route is UNAUTHORIZED.",
)

# scopes

SCOPE_MISSING: Final = _property(
    "scope-missing",
    "effect",
    "acr-behaviour 1.14 and 3.2",
    "A token that lacks an action which the route needs is 401.",
)
SCOPE_OTHER_REPOSITORY: Final = _property(
    "scope-other-repository",
    "effect",
    "acr-behaviour 3.2",
    "A token for other repositories alone is 401.",
)
SCOPE_HELD: Final = _property(
    "scope-held",
    "effect",
    "acr-behaviour 3.2 and 3.7",
    "A token with all actions that the route needs is let in.",
)
CATALOG_SCOPE: Final = _property(
    "scope-catalog",
    "effect",
    "acr-behaviour 3.2 and 3.7",
    "The catalogue is listed with registry:catalog:* alone.",
)
ANY_TOKEN_AT_BASE: Final = _property(
    "scope-base",
    "effect",
    "acr-behaviour 3.2",
    "GET /v2/ needs a valid token, whatever its scopes are.",
)
ANONYMOUS_READS: Final = _property(
    "anonymous-reads",
    "effect",
    "acr-behaviour 3.2 and 3.6",
    "An anonymous token reads content, metadata and tags, and nothing else.",
)

# the issue of tokens

TOKEN_ISSUED: Final = _property(
    "token-issued",
    "effect",
    "acr-behaviour 3.4",
    "Valid credentials get a token, even if they hold nothing of what was requested.",
)
TOKEN_MEMBERS: Final = _property(
    "token-members",
    "wording",
    "acr-behaviour 3.4",
    "The answer with a token has the member access_token and no other one.",
)
TOKEN_ACCESS: Final = _property(
    "token-access",
    "effect",
    "acr-behaviour 3.4 and 3.6",
    "The claim access lists the actions that are both requested and held.",
)
TOKEN_ACCESS_PATTERN: Final = _property(
    "token-access-pattern",
    "effect",
    "acr-behaviour 3.7",
    "A rule of x/* is for all repositories below x/, at any depth, and for no other one.",
)
TOKEN_ACCESS_CATALOG: Final = _property(
    "token-access-catalog",
    "effect",
    "acr-behaviour 3.7",
    "The catalogue is granted by a rule for all repositories, and by no other.",
)
WRONG_PASSWORD: Final = _property(
    "login-wrong-password",
    "effect",
    "acr-behaviour 3.4",
    "A wrong password, or that of another user, is 401.",
)
UNKNOWN_USER: Final = _property(
    "login-unknown-user",
    "effect",
    "acr-behaviour 3.4",
    "A user that does not exist, or does not exist any more, is 401.",
)
ANONYMOUS_REFUSED: Final = _property(
    "login-anonymous",
    "effect",
    "acr-behaviour 3.4",
    "Without anonymous pull, a request for a token without credentials is 401.",
)
EXCHANGE: Final = _property(
    "exchange",
    "effect",
    "acr-behaviour 3.3",
    "A token from Entra is exchanged for a refresh token: 200.",
)
EXCHANGE_NO_ROLE: Final = _property(
    "exchange-no-role",
    "effect",
    "acr-behaviour 3.3",
    "The exchange for a principal without a role is 401, where others have roles.",
)
TOKEN_USER: Final = _property(
    "login-token-user",
    "effect",
    "acr-behaviour 3.4",
    "The user of zeros logs in with a token of the registry as its password.",
)

# kinds of tokens

REFRESH_AS_BEARER: Final = _property(
    "token-kind-refresh",
    "effect",
    "acr-behaviour 3.1 and 3.3",
    "A refresh token is no access token: 401 on a data route.",
)
ACCESS_AS_REFRESH: Final = _property(
    "token-kind-access",
    "effect",
    "acr-behaviour 3.4",
    "An access token is no refresh token: 401 at the token service.",
)
TOKEN_ALTERED: Final = _property(
    "token-altered",
    "effect",
    "acr-behaviour 3.1",
    "A token whose claims or signature were changed is 401.",
)
TOKEN_OF_OTHERS: Final = _property(
    "token-of-others",
    "effect",
    "acr-behaviour 3.1",
    "A token that the registry did not issue, or issued for another name, is 401.",
)
BASIC_ON_ROUTE: Final = _property(
    "basic-on-route",
    "effect",
    "acr-behaviour 3.5",
    "The password of a repository-scoped token is refused on data routes.",
)
BASIC_CHALLENGE: Final = _property(
    "basic-challenge",
    "wording",
    "acr-behaviour 3.1 and 3.5",
    "Basic credentials that failed are answered with a Basic challenge, never a Bearer one.",
)

# mounts

MOUNT_SOURCE_SCOPE: Final = _property(
    "mount-source-scope",
    "effect",
    "acr-behaviour 3.2",
    "A mount needs pull on its source, besides pull and push on its target.",
)
MOUNT_PERMITTED: Final = _property(
    "mount-permitted",
    "effect",
    "acr-behaviour 3.2 and 8.2",
    "A mount from a source that the token may pull is 201 or 202.",
)
MOUNT_ELSEWHERE: Final = _property(
    "mount-elsewhere",
    "effect",
    "acr-behaviour 3.2 and 8.2",
    "A mount gives no blob of a repository that is neither its source nor permitted.",
)

# storage

STORAGE_CONTENT: Final = _property(
    "storage-content",
    "effect",
    "acr-behaviour 8.3",
    "The signed URL of a blob is answered with its content, without a token.",
)
STORAGE_PATH: Final = _property(
    "storage-path",
    "effect",
    "acr-behaviour 8.3",
    "A signed URL with the path of another blob is refused.",
)
STORAGE_PARAMETERS: Final = _property(
    "storage-parameters",
    "effect",
    "acr-behaviour 8.3",
    "A signed URL with another repository, expiry, permission or signature is refused.",
)
STORAGE_AUTHORIZATION: Final = _property(
    "storage-authorization",
    "effect",
    "acr-behaviour 8.3",
    "Storage refuses a request with an Authorization: 400 or 403.",
)
STORAGE_METHOD: Final = _property(
    "storage-method",
    "effect",
    "acr-behaviour 8.3",
    "A signed URL for reading permits neither PUT nor DELETE.",
)

AUTHORIZATION: Final = (
    *(CHALLENGE, CHALLENGE_REALM, CHALLENGE_SCOPE, CHALLENGE_ERROR, REFUSAL_CODE),
    *(SCOPE_MISSING, SCOPE_OTHER_REPOSITORY, SCOPE_HELD, CATALOG_SCOPE, ANY_TOKEN_AT_BASE),
    *(ANONYMOUS_READS, TOKEN_ISSUED, TOKEN_MEMBERS, TOKEN_ACCESS, TOKEN_ACCESS_PATTERN),
    *(TOKEN_ACCESS_CATALOG, WRONG_PASSWORD, UNKNOWN_USER, ANONYMOUS_REFUSED, EXCHANGE),
    *(EXCHANGE_NO_ROLE, TOKEN_USER, REFRESH_AS_BEARER, ACCESS_AS_REFRESH, TOKEN_ALTERED),
    *(TOKEN_OF_OTHERS, BASIC_ON_ROUTE, BASIC_CHALLENGE, MOUNT_SOURCE_SCOPE, MOUNT_PERMITTED),
    *(MOUNT_ELSEWHERE, STORAGE_CONTENT, STORAGE_PATH, STORAGE_PARAMETERS),
    *(STORAGE_AUTHORIZATION, STORAGE_METHOD),
)
