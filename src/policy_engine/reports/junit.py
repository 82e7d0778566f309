"""Scenario results as JUnit XML, for build servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from policy_engine.basics.errors import visible
from policy_engine.proving.scenarios import Result

_UNWRITABLE = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def report(results: Sequence[Result]) -> str:
    """One test suite a file, one test case a scenario."""
    root = Xml.Element("testsuites", tests=str(len(results)), failures=str(sum(not r.passed for r in results)))
    for file in dict.fromkeys(r.case.place.file for r in results):
        inside = [r for r in results if r.case.place.file == file]
        failures = str(sum(not r.passed for r in inside))
        suite = Xml.SubElement(root, "testsuite", name=_printable(file), tests=str(len(inside)), failures=failures)
        for result in inside:
            _test(suite, result)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _test(suite: Xml.Element, result: Result) -> None:
    case = result.case
    test = Xml.SubElement(
        suite,
        "testcase",
        classname=_printable(case.decision),
        name=_printable(case.name.en),
        file=_printable(case.place.file),
        line=str(case.place.line),
    )
    if not result.passed:
        words = [f"{d.what}: expected {d.expected}, found {d.found}" for d in result.differences]
        failure = Xml.SubElement(test, "failure", message=_printable(words[0]))
        failure.text = _printable(f"{case.place}\n" + "\n".join(words))


def _printable(text: str) -> str:
    """What a terminal obeys shown escaped, and without the characters XML has no way to write (XML 1.0, production 2)."""
    return _UNWRITABLE.sub("", visible(text, "\n\t"))
