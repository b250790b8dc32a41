"""`Property`: one statement about a registry, with the sentence of the document that makes it."""

from dataclasses import dataclass, replace
from typing import Final, Literal

Area = Literal[
    "protocol",
    "blobs",
    "uploads",
    "mounts",
    "manifests",
    "tags",
    "referrers",
    "catalog",
    "acr",
    "authorization",
    "time",
    "faults",
    "concurrency",
]
"""What a property is about; `--only` and `--skip` of registry-check take these names."""

Kind = Literal["effect", "wording"]
"""`effect`: the registry has done or stored something else. `wording`: its answer says it wrongly,
and what it has done is right."""

Level = Literal["MUST", "SHOULD", "ACR"]
"""How the document asks: MUST and SHOULD are those of RFC 2119; ACR is the behaviour of Azure
Container Registry, which is asked of registries that offer its API."""

SPEC: Final = "distribution-spec v1.1.1"


@dataclass(frozen=True, kw_only=True)
class Property:
    """A statement that holds for each request of its kind. Its id never changes its meaning."""

    id: str
    """Kebab-case, such as `blob-range-open`."""
    area: Area
    kind: Kind
    level: Level
    section: str
    """Where the document says so."""
    sentence: str
    """What holds, in one sentence."""

    def with_exact_status(self) -> "Property":
        """Return the property that the status is the one named, not another one of its class."""
        if self.kind == "wording":
            return self
        return replace(
            self,
            id=f"{self.id}-exact-status",
            kind="wording",
            sentence=f"{self.sentence} No other status of its class.",
        )


def new_property(
    id_: str,
    kind: Kind,
    level: Level,
    section: str,
    sentence: str,
    *,
    area: Area,
) -> Property:
    """Return a property. The module of an area binds `area`."""
    return Property(
        id=id_,
        area=area,
        kind=kind,
        level=level,
        section=section,
        sentence=sentence,
    )


def acr_property(
    id_: str,
    kind: Kind,
    section: str,
    sentence: str,
    *,
    area: Area = "acr",
) -> Property:
    """Return a property that ACR alone must have."""
    return new_property(id_, kind, "ACR", section, sentence, area=area)
