"""A decision and a report as what goes on paper: what it comes to, what is wrong and would mend it, what it rests on."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.deciding.facts import BOUND_WORDS
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.explaining.chinese import in_unit, listed
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.reports.leaf import Gauge, Heading, Leaf, NewPage, Paragraph, Part, Ruled, Together, Zone
from policy_engine.reports.summary import summary
from policy_engine.rulebook.rule import Names, Rule
from policy_engine.words import (
    MARK,
    OUTCOME,
    STATUS,
    alternative,
    aside,
    assumed,
    citation,
    colon,
    conclusion,
    contested,
    fitting,
    grounds,
    justification,
    pointed,
    progress,
    remedies,
    rests_on,
    say,
    value,
    why_idle,
)

FAILING: Final[tuple[Status, ...]] = ("violated", "departed", "missed")
OPEN: Final[tuple[Status, ...]] = ("undetermined", "pending")
_ZONES: Final[dict[str, Zone]] = {"<=": "below", "<": "below", ">=": "above", ">": "above", "==": "at"}
_SECTIONS: Final = (
    (FAILING, Text("What is wrong, and what would mend it", "存在的问题与整改")),
    (OPEN, Text("What cannot be told yet", "尚不能判定的事项")),
    (("satisfied",), Text("What is kept", "符合的事项")),
)
BOUND: Final = Text("bound", "界限")
USED: Final = Text("used", "已用")


def decision(found: Decision, lang: Lang, version: str) -> Leaf:
    """The answer for one case."""
    title = found.rule.title.of(lang)
    parts = (Heading(1, title), *_case(found, lang, 2))
    return Leaf(lang=lang, title=title, outcome=sentence(found, lang), parts=parts, date=day(found.as_of, lang),
                foot=foot(found.rule, found.as_of, lang, version))  # fmt: skip


def report(cases: Sequence[tuple[str, Decision]], lang: Lang, version: str) -> Leaf:
    """Many cases: how many of each outcome, each provision with its counts, then each case on a page of its own."""
    total = summary([found for _, found in cases])
    said = f"{say('cases', lang)}{colon(lang)}{len(cases)}" + aside(outcomes(total.outcomes.items(), lang), lang)
    rows = tuple(
        (row.document.number, row.provision.title.of(lang), statuses(row.counts.items(), lang)) for row in total.rows
    )
    heads = tuple(say(key, lang) for key in ("document", "provision", "status"))
    parts: list[Part] = [Heading(1, say("report", lang)), Paragraph(said, "outcome"), Heading(2, say("summary", lang))]
    parts.append(Ruled(heads=heads, rows=rows, widths=(25, 45, 30), named=False))
    for name, found in cases:
        parts += [NewPage(), Heading(2, name, found.rule.title.of(lang)), *_case(found, lang, 3)]
        parts.append(Paragraph(foot(found.rule, found.as_of, lang, version), "soft"))
    dates = {found.as_of for _, found in cases}
    return Leaf(lang=lang, title=say("report", lang), outcome=said, parts=tuple(parts), foot=f"policy-engine {version}",
                date=day(max(dates), lang) if dates else "")  # fmt: skip


def sentence(found: Decision, lang: Lang) -> str:
    """What it comes to, in one sentence, with what is wrong or open by name."""
    apply = [f for f in found.findings if f.status != "not_applicable"]
    failing = [f for f in apply if f.status in FAILING]
    wrong = failing or [f for f in apply if f.status in OPEN]
    names = ("、" if lang == "zh" else ", ").join(dict.fromkeys(f.clause.title.of(lang) for f in wrong))
    counts = statuses([(s, n) for s in STATUSES if (n := sum(f.status == s for f in apply))], lang)
    said = f"{found.rule.title.of(lang)}{colon(lang)}{conclusion(found, lang)}"
    open_ = {"undetermined": "尚不能判定的", "pending": "未到期的"}
    only = {f.status for f in wrong}
    zh = "不符合的" if failing else open_[only.pop()] if len(only) == 1 else "尚不能判定或未到期的"
    head = Text("not kept" if failing else "open", zh)  # a title such as 未滞留晚归 says it is kept
    if lang == "zh":
        tail = f"，{head.zh}：{names}" if names else ""
        return f"{said}。适用的核验 {len(apply)} 项（{counts}）{tail}。" if apply else f"{said}。"
    tail = f"; {head.en}: {names}" if names else ""
    return f"{said}. {len(apply)} checks apply ({counts}){tail}." if apply else f"{said}."


def outcomes(counts: Iterable[tuple[str, int]], lang: Lang) -> str:
    """`COMPLIANT 3, NON-COMPLIANT 1`."""
    return ("，" if lang == "zh" else ", ").join(f"{OUTCOME[name].of(lang)} {n:,}" for name, n in counts)  # type: ignore[index]


def statuses(counts: Iterable[tuple[Status, int]], lang: Lang) -> str:
    """`satisfied 3, violated 1`."""
    return ("，" if lang == "zh" else ", ").join(f"{STATUS[status].of(lang)} {n:,}" for status, n in counts)


def _case(found: Decision, lang: Lang, level: int) -> list[Part]:
    parts: list[Part] = [Paragraph(f"{found.document.number} {found.document.title.of(lang)}", "soft")]
    parts += [Paragraph(note.of(lang)) for note in found.notes]
    parts.append(Together(found.outcome, (Paragraph(sentence(found, lang), "outcome"),)))
    parts += [Paragraph(alternative(a, found.names, lang)) for a in found.readings]
    order = {status: i for i, status in enumerate(STATUSES)}
    for kinds, head in _SECTIONS:
        some = sorted((f for f in found.findings if f.status in kinds), key=lambda f: order[f.status])
        parts += [Heading(level, head.of(lang))] if some else []
        parts += [told(f, found, lang, level + 1) for f in some]
    results = [r for r in found.told if r.applies or r.readings]
    halves = (line.partition(colon(lang)) for line in assumed(found, lang))
    parts += _pairs("values", [(r.clause.title.of(lang), _worked_out(r, found, lang)) for r in results], lang, level)
    parts += _pairs("facts", facts(found, lang), lang, level)
    parts += _pairs("assumed", [(name, said) for name, _, said in halves], lang, level)
    ask = listed([found.inputs[n].label.of(lang) for n in found.missing], lang)
    parts += [Heading(level, say("ask", lang)), Paragraph(ask)] if ask else []
    idle = [f for f in found.findings if f.status == "not_applicable"]
    parts += [Heading(level, say("not_applicable", lang))] if idle else []
    return parts + [Paragraph(f.clause.title.of(lang) + colon(lang) + why_idle(f, lang), "soft") for f in idle]


def facts(found: Decision, lang: Lang) -> list[tuple[str, str]]:
    """The facts that were given: label and value."""
    return [(found.inputs[n].label.of(lang), _shown(found, n, lang)) for n in found.facts if n in found.inputs]


def _pairs(key: str, rows: Sequence[tuple[str, str]], lang: Lang, level: int) -> list[Part]:
    """What is called so, a row each; nothing where there is nothing."""
    grid = Ruled(heads=(), rows=tuple(rows), widths=(40, 60))
    return [Heading(level, say(key, lang)), grid] if rows else []


def _worked_out(result: FormulaResult, found: Decision, lang: Lang) -> str:
    """A value, what it assumes, what it is under other readings, and its clauses, a line each."""
    lines = [value(result, found, lang), rests_on(result, found, lang)]
    lines += [alternative(a, found.names, lang, result.provision) for a in result.readings]
    return "\n".join(line for line in (*lines, *grounds(result, lang)) if line)


def _shown(found: Decision, name: str, lang: Lang) -> str:
    return in_unit(found.facts[name], name, found.names).of(lang)


def told(finding: Finding, found: Decision, lang: Lang, level: int) -> Together:
    """What a check says: reason, gauge, what would mend it, what it rests on, its clauses."""
    p, mended = finding.clause, remedies(finding, found, lang)
    said = STATUS[finding.status].of(lang) + (contested(lang) if finding.contested else "")
    lines = [rests_on(finding, found, lang), fitting(finding, found, lang)]
    lines += [alternative(a, found.names, lang) for a in finding.readings]
    lines += [justification(finding.justification, lang)] if finding.justification else []
    if finding.status == "pending" and progress(finding):
        lines.append(f"{say('progress', lang)} {progress(finding)}")
    lines += [say("note", lang) + colon(lang) + p.note.of(lang)] if p.note else []
    lines.append(pointed(p, found, lang))
    shown = gauge(finding, found.names, lang)
    parts: list[Part] = [Heading(level, p.title.of(lang), f"{MARK[finding.status]} {said}")]
    parts += [Paragraph(finding.reason.of(lang)), *([shown] if shown else [])]
    parts += [Paragraph(mended, "mend")] if mended else []
    parts += [Paragraph(line) for line in lines if line]
    parts += [Paragraph(citation(cite), "soft") for cite in p.cites]
    return Together(finding.status, tuple(parts))


def gauge(finding: Finding, names: Names, lang: Lang) -> Gauge | None:
    """What was found against its bound, where both are numbers and not below zero; an indicator is a bullet."""
    margin = finding.margin
    if margin is None or not (isinstance(margin.left, Fraction) and isinstance(margin.right, Fraction)):
        return None
    left, right = margin.left, margin.right
    if min(left, right) < 0 or left == right == 0 or margin.relation not in _ZONES:
        return None
    unit = "" if margin.share else margin.unit.of(lang)
    shown = [names.shown(side, share=margin.share).of(lang) + unit for side in (left, right)]
    limit = Text(*BOUND_WORDS.get(margin.relation, ("exactly", "等于"))).of(lang)
    between = "" if lang == "zh" else " "
    words = f"{shown[0]}{'；' if lang == 'zh' else '; '}{BOUND.of(lang)}{colon(lang)}{limit}{between}{shown[1]}"
    zone = _ZONES[margin.relation]
    if zone == "below" and right > 0:
        words += aside(f"{USED.of(lang)} {percent(left / right)}", lang)
    elif margin.progress is not None and zone == "above":
        words += aside(f"{say('progress', lang)} {percent(margin.progress)}", lang)
    return Gauge(value=left, bound=right, zone=zone, holds=finding.status == "satisfied", words=words,
                 bullet=finding.clause.force == "target")  # fmt: skip


def percent(share: Fraction) -> str:
    """A share as a percentage, to two places and marked where it does not come out even."""
    hundredths = int(share * 10_000)
    whole, rest = divmod(hundredths, 100)
    digits = f".{rest:02}".rstrip("0") if rest else ""
    return f"{whole:,}{digits}%" + ("" if share * 10_000 == hundredths else "…")


def foot(rule: Rule, as_of: dt.date, lang: Lang, version: str) -> str:
    """As of when, by which rule, by the content of its file, and by which program."""
    digest = _digest(rule.place.file)
    content = f"{Text('rule file', '规则文件').of(lang)} SHA-256 {digest}"
    parts = [f"{say('as_of', lang)} {day(as_of, lang)}", *([content] if digest else []), f"policy-engine {version}"]
    return " · ".join(parts)


@lru_cache(64)
def _digest(file: str) -> str:
    path = Path(file)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def day(date: dt.date, lang: Lang) -> str:
    """A day as it is written on paper: 2025年3月1日."""
    return f"{date.year}年{date.month}月{date.day}日" if lang == "zh" else date.isoformat()
