"""A decision, a report and a rule as plain text for a terminal; colour only when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from policy_engine.basics.errors import Lang
from policy_engine.deciding.outcome import STATUSES, OutcomeName, Status
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.reports.summary import Row, summary
from policy_engine.words import (
    MARK,
    OUTCOME,
    STATUS,
    alternative,
    assumed,
    citation,
    colon,
    conclusion,
    contested,
    fitting,
    grounds,
    justification,
    named,
    over,
    pointed,
    progress,
    remedies,
    rests_on,
    say,
    value,
    why_idle,
)  # fmt: skip

if TYPE_CHECKING:
    from policy_engine.proving.scenarios import Result

_COLOUR: Final[dict[Status | OutcomeName, str]] = {
    "satisfied": "32", "violated": "31;1", "departed": "33", "missed": "33", "undetermined": "36", "pending": "34",
    "not_applicable": "2", "compliant": "32;1", "non_compliant": "31;1", "compliant_with_departures": "33;1",
}  # fmt: skip


def paint(text: str, kind: Status | OutcomeName, colour: bool) -> str:
    """The text in the colour of a status, where colour is wanted."""
    code = _COLOUR.get(kind)
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text


def decision(found: Decision, lang: Lang, colour: bool = False) -> str:
    """The answer for one case: conclusion, findings by weight, values, what to find out."""
    head = named(found.decision, found.rule.title, lang)
    lines = [head, f"{found.document.number}  {say('as_of', lang)} {found.as_of}"]
    lines += [f"! {note.of(lang)}" for note in found.notes]
    lines += ["", paint(conclusion(found, lang), found.outcome, colour)]
    lines += [f"  {alternative(a, found.names, lang, typed=True)}" for a in found.readings]
    if found.assumed:
        lines += ["", over("assumed", lang), *(f"  {line}" for line in assumed(found, lang))]
    order = {status: i for i, status in enumerate(STATUSES)}
    shown = sorted((f for f in found.findings if f.status != "not_applicable"), key=lambda f: order[f.status])
    for finding in shown:
        lines += ["", *_finding(finding, found, lang, colour)]
    lines += _values(found, lang)
    idle = [_idle(f, found, lang) for f in found.findings if f.status == "not_applicable"]
    idle += [f"- {named(r.provision, r.clause.title, lang)}" for r in found.told if not _tells(r)]
    if idle:
        lines += ["", over("not_applicable", lang), *(f"  {line}" for line in idle)]
    if found.missing:
        lines += ["", over("ask", lang), *(f"  {named(n, found.inputs[n].label, lang)}" for n in found.missing)]
    return "\n".join(lines) + "\n"


def _idle(finding: Finding, found: Decision, lang: Lang) -> str:
    told = [rests_on(finding, found, lang), *(alternative(a, found.names, lang, typed=True) for a in finding.readings)]
    named_ = f"{finding.clause.title.of(lang)}：" if lang == "zh" else f"{finding.provision}  "
    return f"- {named_}{why_idle(finding, lang)}" + "".join(f"\n      {text}" for text in told if text)


def _finding(finding: Finding, found: Decision, lang: Lang, colour: bool) -> list[str]:
    p = finding.clause
    status = paint(f"{MARK[finding.status]} {STATUS[finding.status].of(lang)}", finding.status, colour)
    mark = contested(lang) if finding.contested else ""
    lines = [f"{status}{mark}  {named(p.id, p.title, lang)}", f"    {finding.reason.of(lang)}"]
    told = (rests_on(finding, found, lang), remedies(finding, found, lang), fitting(finding, found, lang))
    lines += [f"    {text}" for text in told if text]
    if finding.status == "pending" and progress(finding):
        lines.append(f"    {say('progress', lang)} {progress(finding)}")
    if finding.justification:
        lines.append(f"    {justification(finding.justification, lang)}")
    lines += [f"    {alternative(a, found.names, lang, typed=True)}" for a in finding.readings]
    lines += [f"    {citation(cite)}" for cite in p.cites]
    if p.note:
        lines.append(f"    {say('note', lang)}{colon(lang)}{p.note.of(lang)}")
    if seen := pointed(p, found, lang):
        lines.append(f"    {seen}")
    return lines


def _tells(result: FormulaResult) -> bool:
    """Whether a formula applies, under some reading at least."""
    return result.applies or bool(result.readings)


def _values(found: Decision, lang: Lang) -> list[str]:
    results = [result for result in found.told if _tells(result)]
    lines = ["", over("values", lang)] if results else []
    for result in results:
        shown, title = value(result, found, lang), result.clause.title.of(lang)
        lines.append(f"  {title} = {shown}" if lang == "zh" else f"  {result.provision} = {shown}  {title}")
        lines += [f"    {rests_on(result, found, lang)}"] if result.assumes else []
        lines += [f"    {alternative(a, found.names, lang, result.provision, typed=True)}" for a in result.readings]
        lines += [f"    {line}" for line in grounds(result, lang)]
    return lines


def report(decisions: Sequence[tuple[str, Decision]], lang: Lang, colour: bool = False) -> str:
    """Many cases: a summary by document and provision, then each case."""
    total = summary([d for _, d in decisions])
    lines = [say("report", lang), "", f"{say('cases', lang)}{colon(lang)}{len(decisions)}"]
    lines += [
        f"  {paint(OUTCOME[name].of(lang), name, colour)}{colon(lang)}{count}" for name, count in total.outcomes.items()
    ]
    lines += ["", say("summary", lang), *_summary(total.rows, lang)]
    for name, found in decisions:
        lines += ["", "=" * 72, name, "", decision(found, lang, colour).rstrip("\n")]
    return "\n".join(lines) + "\n"


def _summary(rows: Iterable[Row], lang: Lang) -> list[str]:
    lines: list[str] = []
    document = ""
    for row in rows:
        if row.document.number != document:
            document = row.document.number
            lines.append(f"  {document} {row.document.title.of(lang)}")
        counts = ("，" if lang == "zh" else ", ").join(
            f"{STATUS[status].of(lang)} {count}" for status, count in row.counts.items()
        )
        named_ = row.provision.title.of(lang) if lang == "zh" else f"{row.decision}/{row.provision.id}"
        lines.append(f"    {named_}{'：' if lang == 'zh' else ': '}{counts}")
    return lines


def results(found: Sequence[Result], lang: Lang) -> str:
    """Every scenario that differs, with what was expected; then how many passed."""
    lines: list[str] = []
    for result in found:
        if not result.passed:
            case = result.case
            lines.append(f"{case.place.file}:{case.place.line}: {case.decision}: {case.name.of(lang)}")
            for one in result.differences:
                expected, got = one.said(lang)
                lines += [
                    f"  {one.what}",
                    f"    - {say('expected', lang)} {expected}",
                    f"    + {say('found', lang)} {got}",
                ]
    failed = sum(not result.passed for result in found)
    lines.append(
        f"{len(found) - failed} {say('passed', lang)}{'，' if lang == 'zh' else ', '}{failed} {say('failed', lang)}"
    )
    return "\n".join(lines) + "\n"
