"""skopeo, a client that Microsoft's documents name, against the fake behind a real socket: in, out, look, delete.

It brings its own implementation of everything: Go's HTTP and TLS, the token dance, chunked uploads, digests.
"""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.settings import Auth, Profile
from tests.support.products import cross

SKOPEO = shutil.which("skopeo")

pytestmark = pytest.mark.skipif(SKOPEO is None, reason="skopeo is not installed (Debian: apt-get install skopeo)")

Trust = Literal["plain http", "ca from --cert-dir", "ca from SSL_CERT_FILE", "certificate unverified"]

USER, PASSWORD = "admin", "open-sesame"
REPOSITORY = "samples/hello"
IMAGE, MULTI = "image", "multi"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"

JsonObject = dict[str, object]


@dataclass(frozen=True)
class Layout:
    """An OCI image layout (image-spec v1.1.1, OCI Image Layout) under construction."""

    folder: Path

    def add_image(self, architecture: str, *files: str) -> JsonObject:
        """Add a runnable image, one layer per file, and return its descriptor."""
        tars = [_tar_of(name) for name in files]
        layers = [self._add(LAYER_TYPE, gzip.compress(tar, mtime=0)) for tar in tars]
        rootfs = {"type": "layers", "diff_ids": [_digest_of(tar) for tar in tars]}
        config = self._add(CONFIG_TYPE, _json({"architecture": architecture, "os": "linux", "rootfs": rootfs}))
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers}
        platform = {"architecture": architecture, "os": "linux"}
        return self._add(MANIFEST_TYPE, _json(manifest)) | {"platform": platform}

    def add_index(self, *images: JsonObject) -> JsonObject:
        return self._add(INDEX_TYPE, _json({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": list(images)}))

    def finish(self, **tags: JsonObject) -> None:
        named = [
            descriptor | {"annotations": {"org.opencontainers.image.ref.name": tag}} for tag, descriptor in tags.items()
        ]
        (self.folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
        (self.folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": named}))

    def _add(self, media_type: str, content: bytes) -> JsonObject:
        digest = _digest_of(content)
        file = self.folder / "blobs" / digest.replace(":", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def digest(self, tag: str) -> str:
        """Return the digest of `tag` in the index of the layout."""
        for descriptor in json.loads((self.folder / "index.json").read_bytes())["manifests"]:
            if descriptor["annotations"]["org.opencontainers.image.ref.name"] == tag:
                return str(descriptor["digest"])
        raise LookupError(f"no {tag} in {self.folder}")

    def blobs(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.folder / "blobs" / "sha256").iterdir()}


@dataclass(frozen=True)
class Skopeo:
    """The program, with the options and environment that reach one registry."""

    registry: str
    options: Sequence[str]
    environment: Mapping[str, str]

    def remote(self, tag: str) -> str:
        return f"docker://{self.registry}/{REPOSITORY}:{tag}"

    def push(self, source: Layout, tag: str) -> None:
        self.run("copy", "--all", *self._options_of("dest"), f"oci:{source.folder}:{tag}", self.remote(tag))

    def pull(self, tag: str, target: Path) -> Layout:
        self.run("copy", "--all", *self._options_of("src"), self.remote(tag), f"oci:{target}:{tag}")
        return Layout(target)

    def ask(self, command: str, name: str) -> str:
        return self.run(command, *(f"--{option}" for option in self.options), name)

    def tags(self) -> list[str]:
        answer = json.loads(self.ask("list-tags", f"docker://{self.registry}/{REPOSITORY}"))
        return [str(tag) for tag in answer["Tags"]]

    def run(self, *arguments: str) -> str:
        """Return the stdout of a successful run. A failure raises SkopeoError with stderr."""
        done = subprocess.run(
            # Without a policy: the machine may require signatures of images.
            [str(SKOPEO), "--insecure-policy", *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise SkopeoError(done.stderr)
        return done.stdout

    def _options_of(self, side: Literal["src", "dest"]) -> list[str]:
        return [f"--{side}-{option}" for option in self.options]


class SkopeoError(Exception):
    """skopeo ended with a status other than 0."""


@dataclass(frozen=True)
class Lab:
    """Starts registries for one test, each with a skopeo that reaches it."""

    folder: Path
    running: ExitStack = field(default_factory=ExitStack)

    def skopeo(self, trust: Trust = "plain http", *, profile: Profile = "acr", auth: Auth = "off") -> Skopeo:
        registry = FakeRegistry(Settings(profile=profile, auth=auth, admin_user=USER, admin_password=PASSWORD))
        server = self.running.enter_context(registry.serve(tls=trust != "plain http"))
        # without verification skopeo would fall back to http and prove nothing about TLS
        assert server.url.startswith("http://" if trust == "plain http" else "https://")
        options = ["tls-verify=false" if trust in ("plain http", "certificate unverified") else "tls-verify=true"]
        # An empty home: skopeo reads no logins or settings of the user who runs the tests.
        environment = {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}
        if trust == "ca from --cert-dir":
            assert server.ca_file is not None
            certificates = self.folder / "certificates"
            certificates.mkdir()
            shutil.copy(server.ca_file, certificates / "ca.crt")
            options.append(f"cert-dir={certificates}")
        if trust == "ca from SSL_CERT_FILE":
            environment["SSL_CERT_FILE"] = str(server.ca_file)
        if auth == "token":
            options.append(f"creds={USER}:{PASSWORD}")
        return Skopeo(f"127.0.0.1:{server.port}", options, environment)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    with lab.running:
        yield lab


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """One image with three layers and an index of two images."""
    layout = Layout(tmp_path_factory.mktemp("layout"))
    image = layout.add_image("amd64", "bottom", "middle", "top")
    index = layout.add_index(layout.add_image("amd64", "bottom", "amd"), layout.add_image("arm64", "bottom", "arm"))
    layout.finish(**{IMAGE: image, MULTI: index})
    return layout


@cross(
    {
        "trust": [
            "plain http",
            "ca from --cert-dir",
            "ca from SSL_CERT_FILE",
            "certificate unverified",
        ],
        "profile": ["acr", "oci"],
        "auth": ["token", "off"],
    }
)
def test_copy_in_and_out_keeps_every_byte(lab: Lab, layout: Layout, trust: Trust, profile: Profile, auth: Auth) -> None:
    skopeo = lab.skopeo(trust, profile=profile, auth=auth)
    for tag in (IMAGE, MULTI):
        skopeo.push(layout, tag)

    copies = {tag: skopeo.pull(tag, lab.folder / tag) for tag in (IMAGE, MULTI)}

    assert {tag: copy.digest(tag) for tag, copy in copies.items()} == {tag: layout.digest(tag) for tag in copies}
    assert copies[IMAGE].blobs() | copies[MULTI].blobs() == layout.blobs()


@cross({"profile": ["acr", "oci"], "auth": ["token", "off"]})
def test_inspect_list_tags_and_delete(lab: Lab, layout: Layout, profile: Profile, auth: Auth) -> None:
    skopeo = lab.skopeo(profile=profile, auth=auth)
    for tag in (IMAGE, MULTI):
        skopeo.push(layout, tag)

    seen = json.loads(skopeo.ask("inspect", skopeo.remote(IMAGE)))
    assert (seen["Digest"], len(seen["Layers"]), seen["RepoTags"]) == (layout.digest(IMAGE), 3, [IMAGE, MULTI])
    assert skopeo.tags() == [IMAGE, MULTI]

    skopeo.ask("delete", skopeo.remote(IMAGE))

    assert skopeo.tags() == [MULTI]
    with pytest.raises(SkopeoError, match=r"manifest unknown|not found"):
        skopeo.ask("inspect", skopeo.remote(IMAGE))


def test_unknown_certificate_is_refused_by_skopeo(lab: Lab, layout: Layout) -> None:
    """What the tests with a CA prove rests on this."""
    trusting = lab.skopeo("ca from SSL_CERT_FILE")
    doubting = Skopeo(trusting.registry, trusting.options, {"HOME": str(lab.folder)})

    with pytest.raises(SkopeoError, match="certificate"):
        doubting.push(layout, IMAGE)


@cross({"profile": ["acr", "oci"], "credentials": ["creds=admin:wrong", "no-creds"]})
def test_push_without_the_password_is_refused(lab: Lab, layout: Layout, profile: Profile, credentials: str) -> None:
    admin = lab.skopeo(profile=profile, auth="token")
    stranger = Skopeo(admin.registry, ["tls-verify=false", credentials], admin.environment)

    with pytest.raises(SkopeoError, match=r"unauthorized|authentication required"):
        stranger.push(layout, IMAGE)

    admin.push(layout, IMAGE)
    assert admin.tags() == [IMAGE]


def _tar_of(name: str) -> bytes:
    """Return a tar archive of one file, whose content is its name."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(name)
        tar.addfile(entry, io.BytesIO(name.encode()))
    return archive.getvalue()


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: JsonObject) -> bytes:
    return json.dumps(value).encode()
