"""Scenario results, warnings of lint and what an audit finds as JUnit XML, for build servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from policy_engine.basics.errors import Lang, Problem, visible
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


def warnings(found: Sequence[Problem], lang: Lang, name: str = "lint") -> str:
    """One test suite a file, one failed test case a warning; without warnings one that passed."""
    root = Xml.Element("testsuites", tests=str(len(found) or 1), failures=str(len(found)))
    if not found:
        suite = Xml.SubElement(root, "testsuite", name=name, tests="1", failures="0")
        Xml.SubElement(suite, "testcase", classname=name, name=name)
    for file in dict.fromkeys(_file(warning) for warning in found):
        inside = [warning for warning in found if _file(warning) == file]
        count = str(len(inside))
        suite = Xml.SubElement(root, "testsuite", name=_printable(file), tests=count, failures=count)
        for warning in inside:
            line = warning.place.line if warning.place else 0
            test = Xml.SubElement(suite, "testcase", classname=warning.code, name=_printable(str(warning.place or warning.code)), file=_printable(file), line=str(line))  # fmt: skip
            failure = Xml.SubElement(test, "failure", message=_printable(warning.message.of(lang)))
            failure.text = _printable(warning.render(lang))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _file(warning: Problem) -> str:
    return warning.place.file if warning.place else "rules"


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
        words = ["{}: expected {}, found {}".format(d.what, *d.said("en")) for d in result.differences]
        failure = Xml.SubElement(test, "failure", message=_printable(words[0]))
        failure.text = _printable(f"{case.place}\n" + "\n".join(words))


def _printable(text: str) -> str:
    """What a terminal obeys shown escaped, and without the characters XML has no way to write (XML 1.0, production 2)."""
    return _UNWRITABLE.sub("", visible(text, "\n\t"))
