"""All planted bugs."""

from typing import Final

from tests.support.planted.bug import PlantedBug
from tests.support.planted.digests import DIGESTS
from tests.support.planted.links import LINKS
from tests.support.planted.mounts import MOUNTS
from tests.support.planted.ranges import RANGES
from tests.support.planted.uploads import UPLOADS

PLANTED: Final[tuple[PlantedBug, ...]] = (
    *RANGES,
    *DIGESTS,
    *UPLOADS,
    *MOUNTS,
    *LINKS,
)
