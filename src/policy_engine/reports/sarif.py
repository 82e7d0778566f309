"""Warnings of lint, scenarios that differ and what an audit finds as SARIF 2.1.0, for code review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from policy_engine.basics.errors import Lang, Problem, Text
from policy_engine.proving.scenarios import Result
from policy_engine.reports.data import dump

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def results(found: Sequence[Result], lang: Lang, version: str) -> str:
    """Each scenario that differs, where it is written."""
    return report([_differing(result) for result in found if not result.passed], lang, version)


def _differing(result: Result) -> Problem:
    case = result.case
    en = "; ".join("{}: expected {}, found {}".format(d.what, *d.said("en")) for d in result.differences)
    zh = "；".join("{}：应为 {}，实为 {}".format(d.what, *d.said("zh")) for d in result.differences)
    return Problem("scenario", Text(f"{case.name.en}: {en}", f"{case.name.zh}：{zh}"), case.place)


def report(warnings: Sequence[Problem], lang: Lang, version: str) -> str:
    """One run with its rules and results."""
    codes = sorted({w.code for w in warnings})
    driver = {"name": "policy-engine", "version": version, "rules": [{"id": code} for code in codes]}
    return dump(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": [_result(w, lang) for w in warnings]}],
        }
    )


def _result(warning: Problem, lang: Lang) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": warning.code,
        "level": "warning",
        "message": {"text": warning.message.of(lang)},
    }
    if warning.place:
        region = {"startLine": max(warning.place.line, 1), "startColumn": max(warning.place.column, 1)}
        uri = quote(PurePath(warning.place.file).as_posix(), errors="surrogateescape")
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}]
    return result
