"""The result of a run as one HTML file without scripts and without links to other files."""

from collections.abc import Iterator
from html import escape
from typing import Final

from fake_registry.spec.text import printable
from pytest_acr.harness.check.result import CheckResult, FindingTexts, PropertyOutcome

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --bad: #b3261e; --good: #1b7f3b; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #81c995; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-bottom: 0; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .75rem;
  overflow-x: auto; font-size: .85rem; line-height: 1.4; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .3rem 0; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.broken { color: var(--bad); font-weight: 600; } .holds { color: var(--good); }
.soft { opacity: .7; }
"""

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def html_report(result: CheckResult) -> str:
    """Return the document. All texts in it are escaped: a registry chooses many of them."""
    title = _text(f"registry-check of {result.registry}")
    return _PAGE.format(title=title, style=_STYLE, body="\n".join(_body_of(result)))


def _body_of(result: CheckResult) -> Iterator[str]:
    yield f"<h1>registry-check of {_text(result.registry)}</h1>"
    yield _facts_of(result)

    for number, finding in enumerate(result.findings, start=1):
        yield _section_of(finding, number)

    yield "<h2>All properties</h2>"
    yield "<table><tr><th>property</th><th>level</th><th>result</th><th>checks</th></tr>"
    yield from map(_row_of, result.outcomes)
    yield "</table>"


def _facts_of(result: CheckResult) -> str:
    counted = {verdict: len(result.with_verdict(verdict)) for verdict in ("broken", "holds", "not checked")}
    facts = {
        "Properties": ", ".join(f"{number} {verdict}" for verdict, number in counted.items()),
        "Dialect": result.dialect,
        "Areas": ", ".join(result.areas) or "all",
        "Not offered": ", ".join(result.not_offered) or "nothing",
        "Run": (
            f"{result.requests:,} requests in {result.seconds:.0f} s, seed {result.seed}, "
            f"{result.examples} examples, end: {result.end}"
        ),
        "Failure": result.failure or "none",
        "Left behind": result.leftovers or "nothing",
        "Program": f"registry-check {result.version}",
    }
    rows = (f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    return f"<dl>{''.join(rows)}</dl>"


def _section_of(finding: FindingTexts, number: int) -> str:
    broken = finding.property
    is_first = " open" if number == 1 else ""
    return f"""\
<h2 id="{_text(broken.id)}">{number}. {_text(broken.id)}</h2>
<p>{_text(broken.sentence)}<br>
<span class="soft">{_text(broken.kind)}, {_text(broken.level)}: {_text(broken.section)}</span></p>
<dl><dt>Expected</dt><dd>{_text(finding.expected)}</dd>
<dt>Found</dt><dd class="broken">{_text(finding.found)}</dd></dl>
<details{is_first}><summary>HTTP</summary><pre>{_lines(finding.transcript)}</pre></details>
<details><summary>The same with curl</summary><pre>{_lines(finding.script)}</pre></details>
<details><summary>Repeat it</summary><pre>{_lines(finding.command)}</pre></details>
<details><summary>A test with pytest</summary><pre>{_lines(finding.test)}</pre></details>"""


def _row_of(outcome: PropertyOutcome) -> str:
    wanted = outcome.property
    mark = {"broken": "broken", "holds": "holds"}.get(outcome.verdict, "soft")

    name = _text(wanted.id)
    if outcome.verdict == "broken":
        name = f'<a href="#{name}">{name}</a>'

    return (
        f'<tr><td>{name}<br><span class="soft">{_text(wanted.sentence)}</span></td>'
        f'<td>{wanted.level}</td><td class="{mark}">{outcome.verdict}</td>'
        f"<td>{outcome.checks or ''}</td></tr>"
    )


def _text(value: str) -> str:
    return escape(printable(value))


def _lines(text: str) -> str:
    return "\n".join(map(_text, text.splitlines()))
