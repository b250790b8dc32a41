"""What every response has to obey, whatever the request was."""

from typing import Final

from pytest_acr.harness.properties.property import SPEC, Property

NO_SERVER_ERROR: Final = Property(
    id="no-server-error",
    area="protocol",
    kind="effect",
    level="SHOULD",
    section="RFC 9110 §15.6",
    sentence="No request of a client makes the server report an error of its own (5xx).",
)
ERROR_DOCUMENT: Final = Property(
    id="error-document",
    area="protocol",
    kind="wording",
    level="MUST",
    section=f"{SPEC}, Error Codes",
    sentence="The JSON body of a 4xx response is an object with a list of errors, each with a code.",
)
ERROR_CODE: Final = Property(
    id="error-code",
    area="protocol",
    kind="wording",
    level="MUST",
    section=f"{SPEC}, Error Codes",
    sentence="The code of an error is one of the fourteen in the table.",
)
ERROR_BODY: Final = Property(
    id="error-body",
    area="protocol",
    kind="wording",
    level="SHOULD",
    section="RFC 9110 §15.5",
    sentence="A 4xx response has a body that explains it, in any format.",
)
HEAD_LENGTH: Final = Property(
    id="head-length",
    area="protocol",
    kind="wording",
    level="MUST",
    section="RFC 9110 §8.6",
    sentence="Content-Length of HEAD, if present, is the size of what GET returns.",
)
HEAD_LIKE_GET: Final = Property(
    id="head-like-get",
    area="protocol",
    kind="wording",
    level="SHOULD",
    section="RFC 9110 §9.3.2",
    sentence="HEAD has the headers of GET that describe the content.",
)
WARNING: Final = Property(
    id="warning-header",
    area="protocol",
    kind="wording",
    level="MUST",
    section=f"{SPEC}, Warnings",
    sentence='A Warning is 299 - "text" without a date, and all are at most 4096 bytes.',
)
BASE: Final = Property(
    id="base-status",
    area="protocol",
    kind="effect",
    level="SHOULD",
    section=f"{SPEC}, Determining Support; Endpoints (end-1)",
    sentence="GET /v2/ is answered 200.",
)
ANSWERED: Final = Property(
    id="no-response",
    area="protocol",
    kind="effect",
    level="MUST",
    section="RFC 9110 §3.4 and §15; RFC 9112 §6",
    sentence="Each request is answered in time, by one whole response whose length is as it says.",
)

PROTOCOL: Final = (
    *(NO_SERVER_ERROR, ERROR_DOCUMENT, ERROR_CODE, ERROR_BODY, HEAD_LENGTH, HEAD_LIKE_GET),
    *(WARNING, BASE, ANSWERED),
)
