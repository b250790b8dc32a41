"""The bugs planted in the sample client, each with the tool that must find it, and where."""

import re
from dataclasses import dataclass
from typing import Final

from tests.support.sample_client import strict_bugs as strict
from tests.support.sample_client import swept_bugs as swept
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.scenarios import (
    ADD_LAYER,
    DELETE,
    FAILED_PUSH,
    FIND,
    LIST,
    LOST_CHUNK,
    LOST_END,
    PULL,
    PULL_AND_PUSH,
    PULL_OF_DOCKER,
    PULL_OF_LAYERS,
    PUSH,
    PUSH_OTHER,
    PUSH_REST_AND_PULL,
    PUSH_TWICE,
    READ,
    WAIT,
    SampleScenario,
)

WRONG_CONTENT: Final = "the registry has other content"
FOREIGN_CONTENT: Final = "left content that the run without"
TOO_MANY: Final = "it made more than"


@dataclass(frozen=True, kw_only=True)
class SweptBug:
    """A bug that shows when a call fails."""

    client: type[SampleClient]
    scenario: SampleScenario
    case: str
    """A case that is broken: a call, and the effect that strikes it; or two of them."""
    reason: str
    """The beginning of the exception, or a part of the reason why the case is broken."""
    may_fail: bool = True
    """Whether an error of the client is accepted. The correct client survives every failure."""

    @property
    def name(self) -> str:
        """The wrong behaviour, in kebab case."""
        return name_of(self.client)

    @property
    def endpoints(self) -> list[str]:
        """The endpoints of the case."""
        return re.findall(r"([\w.]+)#", self.case)


@dataclass(frozen=True, kw_only=True)
class StrictBug:
    """A bug that a registry tolerates."""

    client: type[SampleClient]
    scenario: SampleScenario
    rule: str
    """The rule that it breaks."""

    @property
    def name(self) -> str:
        """The wrong behaviour, in kebab case."""
        return name_of(self.client)


def name_of(client: type[SampleClient]) -> str:
    """Return the name of a client in kebab case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", client.__name__).lower()


SWEPT_BUGS: Final = (
    SweptBug(
        client=swept.WithoutRetry,
        scenario=PULL,
        case="blob.get#1:Refuse(503)",
        reason="SampleInterruption",
        may_fail=False,
    ),
    SweptBug(
        client=swept.TakesLostAnswerForSuccess,
        scenario=PUSH,
        case="manifest.put#1:Disconnect(before)",
        reason=WRONG_CONTENT,
    ),
    SweptBug(
        client=swept.RepeatsDeleteBlindly,
        scenario=DELETE,
        case="manifest.delete#1:Disconnect(after)",
        reason="SampleError",
        may_fail=False,
    ),
    SweptBug(
        client=swept.SwallowsErrorOfTag,
        scenario=PUSH,
        case="manifest.put#2:Refuse(503)",
        reason=WRONG_CONTENT,
    ),
    SweptBug(
        client=swept.SwallowsErrorOfDelete,
        scenario=DELETE,
        case="manifest.delete#1:Disconnect(before)",
        reason=WRONG_CONTENT,
    ),
    SweptBug(
        client=swept.TakesErrorForAbsence,
        scenario=DELETE,
        case="manifest.head#1:Refuse(503)",
        reason=WRONG_CONTENT,
    ),
    SweptBug(
        client=swept.TakesErrorForEmptyList,
        scenario=LIST,
        case="tags.list#2:Truncate",
        reason="AssertionError",
    ),
    SweptBug(
        client=swept.TakesErrorForPresence,
        scenario=PUSH,
        case="blob.head#1:Refuse(503)",
        reason="SampleError",
        may_fail=False,
    ),
    SweptBug(
        client=swept.DeletesAfterFailedPush,
        scenario=PUSH_OTHER,
        case="manifest.put#1:Refuse(503)",
        reason=FOREIGN_CONTENT,
    ),
    SweptBug(
        client=swept.LeaksKeyError,
        scenario=PUSH,
        case="upload.start#1:Refuse(503)",
        reason="KeyError",
    ),
    SweptBug(
        client=swept.LeaksJsonError,
        scenario=PULL,
        case="oauth.token#1:Corrupt",
        reason="UnicodeDecodeError",
    ),
    SweptBug(
        client=swept.LeaksErrorOfUrllib3,
        scenario=PULL,
        case="blob.get#2:Truncate",
        reason="urllib3.exceptions.ProtocolError",
    ),
    SweptBug(
        client=swept.TrustsBlob,
        scenario=PULL,
        case="blob.get#2:Corrupt",
        reason="AssertionError",
    ),
    SweptBug(
        client=swept.TrustsManifest,
        scenario=READ,
        case="manifest.get#1:Corrupt",
        reason="AssertionError",
    ),
    SweptBug(
        client=swept.TrustsPartOfBlob,
        scenario=PULL,
        case="storage.blob#1:Truncate",
        reason="AssertionError",
    ),
    SweptBug(
        client=swept.ResumesAtLastByte,
        scenario=PUSH,
        case="upload.chunk#2:Refuse(503)",
        reason="SampleError",
        may_fail=False,
    ),
    SweptBug(
        client=swept.RepeatsChunkBlindly,
        scenario=PUSH,
        case="upload.chunk#1:Disconnect(after)",
        reason="SampleError",
        may_fail=False,
    ),
    SweptBug(
        client=swept.ContinuesInNewUpload,
        scenario=PUSH,
        case="upload.chunk#2:Disconnect(before)",
        reason="SampleError",
        may_fail=False,
    ),
    SweptBug(
        client=swept.WaitsForLostChunk,
        scenario=PUSH_OTHER,
        case="upload.chunk#1:Disconnect(before)",
        reason=TOO_MANY,
    ),
    SweptBug(
        client=swept.TakesErrorForNoProgress,
        scenario=PUSH_OTHER,
        case="upload.chunk#1:Disconnect(after) + upload.status#1:Refuse(503)",
        reason="SampleError",
        may_fail=False,
    ),
)

STRICT_BUGS: Final = (
    StrictBug(
        client=strict.SendsTokenToStorage,
        scenario=PULL,
        rule="credential-to-other-host",
    ),
    StrictBug(
        client=strict.LogsInForEachCall,
        scenario=PULL,
        rule="login-per-call",
    ),
    StrictBug(
        client=strict.KeepsExpiredToken,
        scenario=PUSH_REST_AND_PULL,
        rule="expired-token-used",
    ),
    StrictBug(
        client=strict.SendsBodiesWithoutToken,
        scenario=PUSH,
        rule="body-sent-again-after-401",
    ),
    StrictBug(
        client=strict.DropsUploadState,
        scenario=PUSH,
        rule="upload-state-dropped",
    ),
    StrictBug(
        client=strict.BuildsLocation,
        scenario=PUSH,
        rule="location-built-by-hand",
    ),
    StrictBug(
        client=strict.SendsNoContentLength,
        scenario=PUSH,
        rule="missing-content-length",
    ),
    StrictBug(
        client=strict.UploadsWithoutAsking,
        scenario=PUSH_TWICE,
        rule="blob-uploaded-twice",
    ),
    StrictBug(
        client=strict.UploadsWithoutAsking,
        scenario=PULL_AND_PUSH,
        rule="existing-blob-uploaded",
    ),
    StrictBug(
        client=strict.LeavesUploads,
        scenario=FAILED_PUSH,
        rule="upload-left-open",
    ),
    StrictBug(
        client=strict.AppendsTwice,
        scenario=LOST_CHUNK,
        rule="repeated-without-asking",
    ),
    StrictBug(
        client=strict.EndsTwice,
        scenario=LOST_END,
        rule="repeated-without-asking",
    ),
    StrictBug(
        client=strict.AcceptsAnything,
        scenario=PULL_OF_DOCKER,
        rule="accept-without-served-type",
    ),
    StrictBug(
        client=strict.ReadsManifestForEachBlob,
        scenario=PULL_OF_LAYERS,
        rule="repeated-manifest-reads",
    ),
    StrictBug(
        client=strict.OverwritesMovedTag,
        scenario=ADD_LAYER,
        rule="tag-moved-by-another",
    ),
    StrictBug(
        client=strict.PollsWithoutPause,
        scenario=WAIT,
        rule="polling-without-pause",
    ),
    StrictBug(
        client=strict.ListsFirstPage,
        scenario=LIST,
        rule="page-not-followed",
    ),
    StrictBug(
        client=strict.ListsCatalogue,
        scenario=FIND,
        rule="catalog-listed-for-one",
    ),
)
