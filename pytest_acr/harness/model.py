"""`RepositoryModel`: a repository as the documents describe it, on plain dicts.

It shares no code with any registry, so that it cannot agree with its mistakes. It holds what the
registry has acknowledged; `steps` compare each response with it.

Sources: distribution-spec v1.1.1, Pull, Push, Content Discovery, Content Management; for locks and
metadata acr-behaviour 4, 5 and 7.
"""

import hashlib
import json
from dataclasses import dataclass, field

from fake_registry.spec.json_object import JsonObject
from pytest_acr.harness.acr_model import AcrModel, Lock, OperationName, metadata_of


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of a content: image-spec, Descriptors, Digests."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


@dataclass(frozen=True)
class StoredManifest:
    """A manifest as it was pushed, and what its document says."""

    content: bytes
    media_type: str
    digest: str
    document: JsonObject

    @property
    def subject(self) -> str | None:
        """The digest of the manifest that it refers to."""
        subject = self.document.get("subject")
        return subject["digest"] if subject else None

    @property
    def blobs(self) -> list[str]:
        """The digests of its config and layers."""
        config = self.document.get("config")
        entries = [*([config] if config else []), *self.document.get("layers", [])]
        return [entry["digest"] for entry in entries]

    @property
    def is_index(self) -> bool:
        """Whether it lists other manifests."""
        return "manifests" in self.document

    @property
    def children(self) -> list[str]:
        """The digests of an index's manifests."""
        return [entry["digest"] for entry in self.document.get("manifests", [])]

    def as_referrer(self) -> JsonObject:
        """Return the descriptor in a list of referrers: distribution-spec, Listing Referrers."""
        config = self.document.get("config") or {}
        artifact_type = self.document.get("artifactType") or config.get("mediaType")
        described: dict[str, object] = {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.content),
        }
        if artifact_type:
            described["artifactType"] = artifact_type
        if annotations := self.document.get("annotations"):
            described["annotations"] = annotations
        return described


def manifest_of(document: JsonObject, media_type: str) -> StoredManifest:
    """Return a manifest with this document, as compact JSON."""
    content = json.dumps(document, separators=(",", ":")).encode()
    return StoredManifest(content, media_type, digest_of(content), document)


@dataclass
class RepositoryModel:
    """What a repository holds, and what it held and must not hold any more."""

    name: str
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, StoredManifest] = field(default_factory=dict)
    """By digest, in the order of their first push."""
    tags: dict[str, str] = field(default_factory=dict)
    """Digests by tag."""
    acr: AcrModel = field(default_factory=AcrModel)
    """Attributes and times, for a registry that has ACR's API."""
    uploads: dict[int, bytes] = field(default_factory=dict)
    """The bytes of unfinished uploads that have arrived, by the numbers of the uploads."""
    gone_blobs: set[str] = field(default_factory=set)
    gone_manifests: dict[str, StoredManifest] = field(default_factory=dict)
    gone_tags: set[str] = field(default_factory=set)

    # changes, after the registry has acknowledged them

    def put_blob(self, digest: str, content: bytes) -> None:
        """Add a blob."""
        self.acr.note_blob()
        self.blobs[digest] = content
        self.gone_blobs.discard(digest)

    def delete_blob(self, digest: str) -> None:
        """Remove a blob."""
        del self.blobs[digest]
        self.gone_blobs.add(digest)

    def put_manifest(self, manifest: StoredManifest, *tags: str) -> None:
        """Add a manifest, and move or create tags."""
        before = {tag: self.tags.get(tag) for tag in tags}
        metadata = metadata_of(
            manifest.content,
            manifest.document,
            manifest.media_type,
            self.blobs,
            self.acr.manifests,
        )
        self.acr.note_push(manifest.digest, before, metadata)

        self.manifests.setdefault(manifest.digest, manifest)
        self.gone_manifests.pop(manifest.digest, None)
        for tag in tags:
            self.tags[tag] = manifest.digest
            self.gone_tags.discard(tag)

    def delete_manifest(self, digest: str, *, with_referrers: bool = False) -> None:
        """Remove a manifest with the tags that point to it: Deleting Manifests.

        Referrers that are locked stay (acr-behaviour 7.1 [I]).
        """
        self.gone_manifests[digest] = self.manifests.pop(digest)
        for tag in self.tags_of(digest):
            self.untag(tag)
        if with_referrers:
            for referrer in [each.digest for each in self.referrers_of(digest)]:
                if self.lock_on("delete manifest", referrer) is None:
                    self.delete_manifest(referrer, with_referrers=True)
        self.acr.note_delete(digest)

    def delete_repository(self) -> None:
        """Remove all that it holds but for unfinished uploads: acr-behaviour 5."""
        for digest in tuple(self.manifests):
            self.delete_manifest(digest)
        for digest in tuple(self.blobs):
            self.delete_blob(digest)

    def untag(self, tag: str) -> None:
        """Remove a tag. The manifest stays."""
        del self.tags[tag]
        self.gone_tags.add(tag)
        self.acr.note_untag(tag)

    # answers

    def find(self, reference: str) -> StoredManifest | None:
        """Return the manifest of a tag or digest."""
        return self.manifests.get(self.tags.get(reference, reference))

    def referrers_of(self, digest: str) -> list[StoredManifest]:
        """Return the manifests whose subject is `digest`, which need not exist."""
        return [manifest for manifest in self.manifests.values() if manifest.subject == digest]

    def uses_blob(self, digest: str) -> bool:
        """Return whether a manifest refers to a blob."""
        return any(digest in manifest.blobs for manifest in self.manifests.values())

    def uses_manifest(self, digest: str) -> bool:
        """Return whether a manifest has another one as its child or subject."""
        manifests = self.manifests.values()
        return any(digest == each.subject or digest in each.children for each in manifests)

    def tags_of(self, digest: str) -> list[str]:
        """Return the tags that point to a manifest."""
        return [tag for tag, found in self.tags.items() if found == digest]

    def lock_on(self, operation: OperationName, reference: str | None = None) -> Lock | None:
        """Return the lock that refuses an operation on a tag or a digest; None if it is absent."""
        digest = self.tags.get(reference, reference) if reference else None
        tags = [reference] if reference in self.tags else []
        if operation == "push manifest":
            digest = None
        elif operation == "delete manifest" and digest:
            tags = self.tags_of(digest)
        return self.acr.refused_by_lock(operation, digest=digest, tags=tags)

    @property
    def listed_tags(self) -> list[str]:
        """The tags that lists have, by name: not those that an attribute hides."""
        return self.acr.listed_tags()

    @property
    def is_listed(self) -> bool:
        """Whether the catalogue has the repository."""
        return self.exists and self.acr.repository.attributes["listEnabled"]

    @property
    def exists(self) -> bool:
        """Whether the repository holds a manifest."""
        return bool(self.manifests)

    @property
    def was_touched(self) -> bool:
        """Whether anything was pushed to it. The registry may know its name, without a manifest."""
        kept = (self.manifests, self.blobs, self.uploads)
        return any(kept) or bool(self.gone_blobs or self.gone_manifests)
