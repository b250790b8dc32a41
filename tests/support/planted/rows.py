"""All planted bugs."""

from typing import Final

from tests.support.planted.attributes import ATTRIBUTES
from tests.support.planted.bug import PlantedBug
from tests.support.planted.catalogue import CATALOGUE
from tests.support.planted.codec import CODEC
from tests.support.planted.deletes import DELETES
from tests.support.planted.digests import DIGESTS
from tests.support.planted.failures import FAILURES
from tests.support.planted.links import LINKS
from tests.support.planted.locks import LOCKS
from tests.support.planted.manifests import MANIFESTS
from tests.support.planted.mounts import MOUNTS
from tests.support.planted.races import RACES
from tests.support.planted.ranges import RANGES
from tests.support.planted.referrers import REFERRERS
from tests.support.planted.representations import REPRESENTATIONS
from tests.support.planted.scopes import SCOPES
from tests.support.planted.states import STATES
from tests.support.planted.times import TIMES
from tests.support.planted.token_kinds import TOKEN_KINDS
from tests.support.planted.uploads import UPLOADS

PLANTED: Final[tuple[PlantedBug, ...]] = (
    *RANGES,
    *DIGESTS,
    *UPLOADS,
    *MOUNTS,
    *LINKS,
    *CATALOGUE,
    *DELETES,
    *REFERRERS,
    *MANIFESTS,
    *REPRESENTATIONS,
    *LOCKS,
    *ATTRIBUTES,
    *TIMES,
    *SCOPES,
    *TOKEN_KINDS,
    *RACES,
    *STATES,
    *CODEC,
    *FAILURES,
)
