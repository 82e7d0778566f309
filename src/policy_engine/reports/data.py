"""Decisions and reports as JSON: the outcome itself."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from policy_engine.basics.errors import Problem
from policy_engine.explaining.decision import FORMAT, Decision
from policy_engine.reports.summary import summary

if TYPE_CHECKING:
    from policy_engine.proving.scenarios import Result

_PLAIN = json.JSONEncoder(ensure_ascii=False).encode
_WORDS = {None: "null", True: "true", False: "false"}
_MANY = (list, tuple)
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def dump(value: object, indent: int | None = 1) -> str:
    """JSON as people read it: indented, Chinese unescaped; what a terminal would obey is written by its number."""
    text = json.dumps(value, ensure_ascii=False) if indent is None else _indented(value, " " * indent, "\n")
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _indented(value: object, step: str, line: str) -> str:
    """As the library indents it, which does so without its C: half of what an answer takes is not spent on looking at it.

    A key is a text, as in every answer; anything else raises TypeError, it is not made one.
    """
    if type(value) is str:
        return encode_basestring(value)
    inner = line + step
    if isinstance(value, dict):
        told = [f"{encode_basestring(key)}: {_indented(one, step, inner)}" for key, one in value.items()]
        return f"{{{inner}{f',{inner}'.join(told)}{line}}}" if told else "{}"
    if isinstance(value, _MANY):
        return f"[{inner}{f',{inner}'.join([_indented(one, step, inner) for one in value])}{line}]" if value else "[]"
    return _WORDS[value] if value is None or isinstance(value, bool) else _PLAIN(value)


def decision(found: Decision) -> str:
    """The JSON contract."""
    return dump(found.to_json())


def report(decisions: Sequence[tuple[str, Decision]]) -> str:
    """Many cases: summary, then each decision with the name of its case."""
    total = summary([d for _, d in decisions])
    rows = [
        {
            "document": r.document.number,
            "decision": r.decision,
            "provision": r.provision.id,
            "counts": {str(s): n for s, n in r.counts.items()},
        }
        for r in total.rows
    ]
    cases = [{"case": name, **found.to_json()} for name, found in decisions]
    return dump(
        {
            "format": FORMAT,
            "summary": {
                "cases": len(cases),
                "outcomes": {str(o): n for o, n in total.outcomes.items()},
                "provisions": rows,
            },
            "cases": cases,
        }
    )


def results(found: Sequence[Result]) -> str:
    """Every scenario with where it is written and what differs."""
    rows = [
        {
            "file": r.case.place.file, "line": r.case.place.line, "decision": r.case.decision, "name": r.case.name.to_json(),
            "passed": r.passed,
            "differences": [{"what": d.what, "expected": d.expected, "found": d.found} for d in r.differences],
        }
        for r in found
    ]  # fmt: skip
    failed = sum(not r.passed for r in found)
    return dump({"format": FORMAT, "passed": len(found) - failed, "failed": failed, "scenarios": rows})


def warnings(found: Sequence[Problem]) -> str:
    """Every warning with its code and where it is."""
    rows = [
        {
            "code": w.code, "file": w.place.file if w.place else None, "line": w.place.line if w.place else None,
            "column": w.place.column if w.place else None, "message": w.message.to_json(),
            "help": w.help.to_json() if w.help else None,
        }
        for w in found
    ]  # fmt: skip
    return dump({"format": FORMAT, "warnings": rows})
