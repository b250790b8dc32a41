"""The result of a run as JUnit XML: a test case for each property."""

import re
from typing import Final
from xml.etree import ElementTree as Xml

from pytest_acr.harness.check.report_text import finding_text
from pytest_acr.harness.check.result import CheckResult, FindingTexts, PropertyOutcome

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 §2.2: characters that a document cannot have, escaped or not."""


def junit_report(result: CheckResult) -> str:
    """Return the document. A property that was not checked is skipped, a broken one is a failure."""
    broken = {finding.property.id: finding for finding in result.findings}
    skipped = [each for each in result.outcomes if each.verdict in ("not checked", "not selected")]
    suite = Xml.Element(
        "testsuite",
        name="registry-check",
        tests=str(len(result.outcomes)),
        failures=str(len(broken)),
        errors="0",
        skipped=str(len(skipped)),
        time=f"{result.seconds:.3f}",
    )
    for outcome in result.outcomes:
        suite.append(_case_of(outcome, broken.get(outcome.property.id)))

    suites = Xml.Element("testsuites", name=_xml_text(f"registry-check {result.registry}"))
    suites.append(suite)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case_of(outcome: PropertyOutcome, finding: FindingTexts | None) -> Xml.Element:
    wanted = outcome.property
    case = Xml.Element("testcase", classname=f"registry-check.{wanted.area}", name=wanted.id)
    if finding is not None:
        message = _xml_text(f"expected {finding.expected}, found {finding.found}")
        failure = Xml.SubElement(case, "failure", message=message, type=f"{wanted.level} {wanted.kind}")
        failure.text = _xml_text(finding_text(finding, 1))
    elif outcome.verdict != "holds":
        Xml.SubElement(case, "skipped", message=outcome.verdict)
    return case


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
