"""docs/reference/peers.md: what registry-check finds in other registries.

`python -m benchmarks.peers` runs it on each installed peer (benchmarks/install-peers), runs the
curl script of each finding, and writes the page. It is no benchmark: it shares the list of peers.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.subjects import PEERS, Server, Subject, serving
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.progress import make_progress
from pytest_acr.harness.check.result import CheckResult, FindingTexts
from pytest_acr.harness.check.run import run_check
from pytest_acr.harness.url_target import UrlTarget

PAGE: Final = Path(__file__).parents[1] / "docs/reference/peers.md"

SEED: Final = 1
EXAMPLES: Final = 200
MAX_SECONDS: Final = 170.0
"""A registry has to be checked in three minutes."""

_VERSIONS: Final = {
    "distribution": ["--version"],
    "crane": ["version"],
    "olareg": ["version"],
}
_TITLES: Final = {
    "distribution": "docker-registry (CNCF distribution, packaged by Debian)",
    "crane": "crane registry serve (go-containerregistry)",
    "olareg": "olareg",
}

_HEAD: Final = f"""\
# Findings in other registries

What `registry-check` finds in three registries that are easy to run, so that its output can be
judged: how it is used is in [Checking a registry](../how-to/checking-a-registry.md). Each registry
was fresh, in memory, and on this machine. A finding is a statement about one version, not about a
project; several concern a SHOULD, or what a registry says rather than what it does.

The curl script of each finding was run by itself afterwards. *Confirmed* means that all of its
requests were answered with the statuses of the transcript; a finding that is *not confirmed* depends
on content that other sequences had pushed to other repositories.

Written by `python -m benchmarks.peers`: seed {SEED}, {EXAMPLES} examples, the dialect `strict`.
"""

_STATUS: Final = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.MULTILINE)
_SHOWN: Final = re.compile(r"^< (\d{3}|no response.*)$", re.MULTILINE)
_RUN: Final = re.compile(r"registry-check(/|%2F)[0-9a-f]{8}(/|%2F)")
_PORT: Final = re.compile(r"127\.0\.0\.1:\d+")


def main() -> None:
    """Write the page. Peers that are not installed are an error: the page would lose them."""
    missing = [peer for peer in PEERS if peer.path is None]
    if missing:
        sys.exit("".join(f"{peer.program} is not installed: {peer.installed_by}\n" for peer in missing))
    PAGE.write_text(_HEAD + "".join(map(_section_of, PEERS)), encoding="utf-8")


def _section_of(peer: Subject) -> str:
    with serving(peer) as server:
        result = _check(server)
        confirmed = [_is_confirmed(finding, server) for finding in result.findings]

    lines = [
        f"\n## {_TITLES[peer.name]}\n",
        f"Version: `{_version_of(peer)}`. {_summary_of(result, confirmed)}\n",
        *_table_of(result),
        *(_details_of(*each) for each in zip(result.findings, confirmed, strict=True)),
    ]
    return _stable("\n".join(lines))


def _check(server: Server) -> CheckResult:
    options = CheckOptions(
        registry=server.url,
        seed=SEED,
        examples=EXAMPLES,
        max_seconds=MAX_SECONDS,
    )
    with UrlTarget(server.url) as target:
        return run_check(options, target, make_progress(EXAMPLES), lambda *_: None)


def _is_confirmed(finding: FindingTexts, server: Server) -> bool:
    """Return whether the script alone gets the statuses of the transcript."""
    environment = {**os.environ, "REGISTRY": server.url}
    done = subprocess.run(
        ["sh", "-c", finding.script],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    expected = _SHOWN.findall(finding.transcript)
    if expected[-1].startswith("no response"):
        return "curl: (" in done.stderr
    return _STATUS.findall(done.stdout) == expected


def _version_of(peer: Subject) -> str:
    command = [str(peer.path), *_VERSIONS[peer.name]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    match = re.search(r"\bv?\d+\.\d+[\w.+~-]*", done.stdout + done.stderr)
    return match[0] if match else "unknown"


def _summary_of(result: CheckResult, confirmed: list[bool]) -> str:
    holding, unchecked = len(result.with_verdict("holds")), len(result.with_verdict("not checked"))
    absent = ", ".join(f"`{name}`" for name in result.not_offered) or "nothing"
    return (
        f"{len(result.findings)} properties broken ({sum(confirmed)} confirmed by curl), "
        f"{holding} hold, {unchecked} not checked. Not offered: {absent}."
    )


def _table_of(result: CheckResult) -> Iterator[str]:
    yield "| property | kind | level | statement |"
    yield "|---|---|---|---|"
    for finding in result.findings:
        broken = finding.property
        yield f"| `{broken.id}` | {broken.kind} | {broken.level} | {broken.sentence} |"
    yield ""


def _details_of(finding: FindingTexts, confirmed: bool) -> str:  # noqa: FBT001
    broken = finding.property
    state = "confirmed" if confirmed else "not confirmed"
    return (
        f"### `{broken.id}`\n\n"
        f"{broken.sentence} {broken.level}: {broken.section}. The curl script: {state}.\n\n"
        f"- Expected: {_code(finding.expected)}\n- Found: {_code(finding.found)}\n\n"
        f"<details><summary>HTTP</summary>\n\n"
        f"```text\n{finding.transcript}\n```\n\n</details>\n"
    )


def _code(text: str) -> str:
    short = text if len(text) <= 300 else f"{text[:300]}..."
    return f"`` {short.replace('`', chr(39))} ``"


def _stable(text: str) -> str:
    """Return text without what differs from run to run and says nothing."""
    return _PORT.sub("127.0.0.1:5000", _RUN.sub(r"registry-check\1", text))


if __name__ == "__main__":
    main()
