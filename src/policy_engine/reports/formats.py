"""Formats as tables: for each kind of answer the names a user may ask for, each with what renders it.

The choices of `--format` and of `-o` are the keys, so that a format cannot be accepted and ignored. Renderers import
what they need when they are called: help comes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from policy_engine.basics.errors import Lang, Problem

if TYPE_CHECKING:
    from policy_engine.explaining.decision import Decision
    from policy_engine.measuring.measure import Measured
    from policy_engine.procedures.procedure import Procedure
    from policy_engine.proving.audit import Audit
    from policy_engine.proving.scenarios import Result
    from policy_engine.reports.comparing import Comparison
    from policy_engine.rulebook.called import Called
    from policy_engine.rulebook.rule import Rule


@dataclass(frozen=True)
class View:
    """How an answer is to be shown: the language, colour on a terminal, the version that made it."""

    lang: Lang
    colour: bool = False
    version: str = ""
    template: Path | None = None


Renderer = Callable[[Any, View], str | bytes | Iterable[str]]
"""What gives an answer as text, whole or in pieces, or as the bytes of a file."""
Cases = Sequence[tuple[str, "Decision"]]
Listed = tuple[Sequence["Called"], Sequence["Called"]]


def _decision_text(found: Decision, view: View) -> str:
    from policy_engine.reports import text

    return text.decision(found, view.lang, view.colour)


def _decision_json(found: Decision, view: View) -> str:
    from policy_engine.reports import data

    return data.decision(found)


def _decision_markdown(found: Decision, view: View) -> str:
    from policy_engine.reports import markdown

    return markdown.decision(found, view.lang)


def _decision_paper(found: Decision, view: View, kind: str) -> str | bytes:
    from policy_engine.reports.composed import decision
    from policy_engine.reports.papers import PAPERS

    return PAPERS[kind](lambda lang: decision(found, lang, view.version), view.lang, view.template)


def _report_paper(found: Cases, view: View, kind: str) -> str | bytes:
    from policy_engine.reports.composed import report
    from policy_engine.reports.papers import PAPERS

    return PAPERS[kind](lambda lang: report(found, lang, view.version), view.lang, view.template)


def _audit_paper(found: Audit, view: View, kind: str) -> str | bytes:
    import datetime as dt

    from policy_engine.reports.composed_events import audited
    from policy_engine.reports.papers import PAPERS

    today = dt.date.today()
    return PAPERS[kind](lambda lang: audited(found, today, lang, view.version), view.lang, view.template)


def _papers(render: Callable[..., str | bytes], *kinds: str) -> dict[str, Renderer]:
    """Rows of the kinds of paper that an answer is put on."""
    return {kind: partial(render, kind=kind) for kind in kinds}


def _report_text(found: Cases, view: View) -> str:
    from policy_engine.reports import text

    return text.report(found, view.lang, view.colour)


def _report_json(found: Cases, view: View) -> str:
    from policy_engine.reports import data

    return data.report(found)


def _report_markdown(found: Cases, view: View) -> str:
    from policy_engine.reports import markdown

    return markdown.report(found, view.lang)


def _compared_text(found: Comparison, view: View) -> str:
    from policy_engine.reports import comparing

    return comparing.text(found, view.lang)


def _compared_json(found: Comparison, view: View) -> str:
    from policy_engine.reports import comparing

    return comparing.data(found)


def _compared_markdown(found: Comparison, view: View) -> str:
    from policy_engine.reports import comparing

    return comparing.markdown(found, view.lang)


def _compared_csv(found: Comparison, view: View) -> bytes:
    from policy_engine.reports import comparing

    return comparing.csv(found, view.lang)


def _compared_xlsx(found: Comparison, view: View) -> bytes:
    from policy_engine.reports import comparing

    return comparing.xlsx(found, view.lang)


def _measured_text(found: Measured, view: View) -> str:
    from policy_engine.reports import measured

    return measured.text(found, view.lang)


def _measured_json(found: Measured, view: View) -> str:
    from policy_engine.reports import measured

    return measured.data(found)


def _measured_markdown(found: Measured, view: View) -> str:
    from policy_engine.reports import measured

    return measured.markdown(found, view.lang)


def _rule_text(found: Rule, view: View) -> str:
    from policy_engine.reports import rule_text

    return rule_text.text(found, view.lang)


def _rule_json(found: Rule, view: View) -> str:
    from policy_engine.reports import data, rule

    return data.dump(rule.to_data(found))


def _rule_markdown(found: Rule, view: View) -> str:
    from policy_engine.reports import rule

    return rule.markdown(found, view.lang)


def _procedure_text(found: Procedure, view: View) -> str:
    from policy_engine.reports import procedure

    return procedure.text(found, view.lang)


def _procedure_json(found: Procedure, view: View) -> str:
    from policy_engine.reports import data, procedure

    return data.dump(procedure.to_data(found))


def _procedure_markdown(found: Procedure, view: View) -> str:
    from policy_engine.reports import procedure

    return procedure.markdown(found, view.lang)


def _list_text(found: Listed, view: View) -> str:
    from policy_engine.reports import listed

    return listed.text(*found, view.lang)


def _list_json(found: Listed, view: View) -> str:
    from policy_engine.reports import data, listed

    return data.dump(listed.to_data(*found))


def _list_markdown(found: Listed, view: View) -> str:
    from policy_engine.reports import listed

    return listed.markdown(*found, view.lang)


def _results_text(found: Sequence[Result], view: View) -> str:
    from policy_engine.reports import text

    return text.results(found, view.lang)


def _results_junit(found: Sequence[Result], view: View) -> str:
    from policy_engine.reports import junit

    return junit.report(found)


def _results_json(found: Sequence[Result], view: View) -> str:
    from policy_engine.reports import data

    return data.results(found)


def _results_sarif(found: Sequence[Result], view: View) -> str:
    from policy_engine.reports import sarif

    return sarif.results(found, view.lang, view.version)


def _warnings_json(found: Sequence[Problem], view: View) -> str:
    from policy_engine.reports import data

    return data.warnings(found)


def _warnings_junit(found: Sequence[Problem], view: View) -> str:
    from policy_engine.reports import junit

    return junit.warnings(found, view.lang)


def _warnings_text(found: Sequence[Problem], view: View) -> str:
    return "".join(f"{warning.render(view.lang)} [{warning.code}]\n" for warning in found)


def _warnings_sarif(found: Sequence[Problem], view: View) -> str:
    from policy_engine.reports import sarif

    return sarif.report(found, view.lang, view.version)


def _audit_text(found: Audit, view: View) -> Iterable[str]:
    from policy_engine.reports import audit

    return audit.text(found, view.lang)


def _audit_json(found: Audit, view: View) -> Iterable[str]:
    from policy_engine.reports import audit

    return audit.data(found)


def _audit_junit(found: Audit, view: View) -> str:
    from policy_engine.reports import audit, junit

    return junit.warnings(audit.problems(found), view.lang, "audit")


def _audit_sarif(found: Audit, view: View) -> str:
    from policy_engine.reports import audit, sarif

    return sarif.report(audit.problems(found), view.lang, view.version)


def _audit_html(found: Audit, view: View) -> Iterable[str]:
    from policy_engine.reports import audit

    return audit.page(found, view.lang)


def _proof_text(found: Any, view: View) -> Iterable[str]:
    from policy_engine.reports import proof

    return proof.text(found, view.lang)


def _proof_json(found: Any, view: View) -> str:
    from policy_engine.reports import proof

    return proof.data(found)


def _proof_paper(found: Any, view: View, kind: str) -> str | bytes:
    from policy_engine.reports.papers import PAPERS
    from policy_engine.reports.proved import composed

    return PAPERS[kind](lambda lang: composed(found, lang, view.version), view.lang, view.template)


def _line_text(found: Any, view: View) -> Iterable[str]:
    from policy_engine.reports import each_free, line, mended, picked

    rooms = {mended.Mended: mended, picked.Picked: picked, each_free.EachFree: each_free}
    room: Any = rooms.get(type(found), line)
    return room.text(found, view.lang)  # type: ignore[no-any-return]


def _line_json(found: Any, view: View) -> str:
    from policy_engine.reports import each_free, line, mended, picked

    rooms = {mended.Mended: mended, picked.Picked: picked, each_free.EachFree: each_free}
    room: Any = rooms.get(type(found), line)
    return room.data(found)  # type: ignore[no-any-return]


def _diff_text(found: Any, view: View) -> Iterable[str]:
    from policy_engine.reports import differing

    return differing.text(found, view.lang)


def _diff_json(found: Any, view: View) -> str:
    from policy_engine.reports import differing

    return differing.data(found)


def _diff_paper(found: Any, view: View, kind: str) -> str | bytes:
    from policy_engine.reports.differing import composed
    from policy_engine.reports.papers import PAPERS

    return PAPERS[kind](lambda lang: composed(found, lang, view.version), view.lang, view.template)


CHECK: Final[Mapping[str, Renderer]] = {
    "text": _decision_text, "json": _decision_json, "markdown": _decision_markdown,
    **_papers(_decision_paper, "html", "docx", "pdf"),
}  # fmt: skip
REPORT: Final[Mapping[str, Renderer]] = {
    "text": _report_text, "json": _report_json, "markdown": _report_markdown,
    **_papers(_report_paper, "html", "docx", "pdf"),
}  # fmt: skip
COMPARE: Final[Mapping[str, Renderer]] = {
    "text": _compared_text, "json": _compared_json, "markdown": _compared_markdown, "csv": _compared_csv, "xlsx": _compared_xlsx,
}  # fmt: skip
MEASURE: Final[Mapping[str, Renderer]] = {
    "text": _measured_text,
    "json": _measured_json,
    "markdown": _measured_markdown,
}
SHOW: Final[Mapping[str, Renderer]] = {"text": _rule_text, "json": _rule_json, "markdown": _rule_markdown}
PROCEDURE: Final[Mapping[str, Renderer]] = {
    "text": _procedure_text, "json": _procedure_json, "markdown": _procedure_markdown,
}  # fmt: skip
LIST: Final[Mapping[str, Renderer]] = {"text": _list_text, "json": _list_json, "markdown": _list_markdown}
TEST: Final[Mapping[str, Renderer]] = {
    "text": _results_text, "json": _results_json, "junit": _results_junit, "sarif": _results_sarif,
}  # fmt: skip
LINT: Final[Mapping[str, Renderer]] = {
    "text": _warnings_text, "json": _warnings_json, "junit": _warnings_junit, "sarif": _warnings_sarif,
}  # fmt: skip
LINE: Final[Mapping[str, Renderer]] = {"text": _line_text, "json": _line_json}
PROVE: Final[Mapping[str, Renderer]] = {
    "text": _proof_text, "json": _proof_json, **_papers(_proof_paper, "markdown", "html", "docx", "pdf"),
}  # fmt: skip
DIFF: Final[Mapping[str, Renderer]] = {
    "text": _diff_text, "json": _diff_json, **_papers(_diff_paper, "markdown", "html", "docx", "pdf"),
}  # fmt: skip
AUDIT: Final[Mapping[str, Renderer]] = {
    "text": _audit_text, "json": _audit_json, "junit": _audit_junit, "sarif": _audit_sarif, "html": _audit_html, **_papers(_audit_paper, "docx", "pdf", "markdown"),
}  # fmt: skip


@dataclass(frozen=True)
class OfEvents:
    """How answers to events are shown: each as it comes, and at the end perhaps the line of time of a case."""

    event: Callable[[Mapping[str, Any], Mapping[str, Any], Lang], str]
    timeline: Callable[[str, Any, Mapping[str, Any], Lang], str] | None = None


def _event_json(answer: Mapping[str, Any], titles: Mapping[str, Any], lang: Lang) -> str:
    from policy_engine.reports import data

    return data.dump(answer, indent=None)


def _event_text(answer: Mapping[str, Any], titles: Mapping[str, Any], lang: Lang) -> str:
    from policy_engine.reports.timeline import event_text

    return event_text(answer, titles, lang)


def _timeline_text(case: str, answers: Any, titles: Mapping[str, Any], lang: Lang) -> str:
    from policy_engine.reports.timeline import timeline_text

    return timeline_text(case, answers, titles, lang)


WATCH: Final[Mapping[str, OfEvents]] = {"json": OfEvents(_event_json), "text": OfEvents(_event_text, _timeline_text)}
