"""A decided table and a register as paper: what is wrong in full, how much of each bound every line uses, what it rests on."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import Unknown
from policy_engine.explaining.chinese import listed
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.reports.composed import FAILING, OPEN, day, facts, foot, gauge, told
from policy_engine.reports.leaf import LANGUAGES, SHOWN, Cell, Heading, Leaf, Paragraph, Part, Ruled, Together, cut
from policy_engine.reports.summary import entries_line, rows_line
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.batch import Rejected
from policy_engine.tables.beside import whys
from policy_engine.tables.tally import Tally
from policy_engine.words import FORCE, MARK, OUTCOME, STATUS, aside, assumed, citation, colon, otherwise, say

IN_FULL: Final = 50
"""How many rows or findings that are wrong are told in full."""
WRONG: Final = Text("What is wrong, and what would mend it", "存在的问题与整改")
NOT_YET: Final = Text("What cannot be told yet", "尚不能判定的事项")
EVERY: Final = Text("All rows, and how much of each bound is used", "各行结论与界限使用情况")
FOUND: Final = Text("All findings", "全部核验结果")
REFUSED: Final = Text("Rows that could not be read", "无法读取的行")
CLAUSES: Final = Text("The clauses", "依据的条款")
ROW: Final = Text("Row", "行")
ROWS: Final = Text("Rows", "行数")
WHICH: Final = Text("Period", "期间与对象")
AGAINST: Final = Text("Value and bound", "数值与界限")


@dataclass(kw_only=True)
class RowsSeen:
    """The rows of a table as they are decided: as many as paper holds, and of all of them what is counted."""

    total: int = 0
    wrong: int = 0
    rows: list[tuple[int, str, Decision]] = field(default_factory=list)
    failing: list[tuple[int, str, Decision]] = field(default_factory=list)
    refused: list[tuple[int, Rejected]] = field(default_factory=list)
    assumed: dict[Lang, Counter[str]] = field(default_factory=lambda: {"zh": Counter(), "en": Counter()})
    readings: dict[Lang, Counter[str]] = field(default_factory=lambda: {"zh": Counter(), "en": Counter()})

    def header(self, headers: Sequence[str]) -> None:
        """A paper has columns of its own."""

    def write(self, cells: Sequence[Any]) -> None:
        """A paper is made of answers, not of cells."""

    def see(self, row: int, cells: Sequence[Any], found: Decision | Rejected) -> None:
        """One row, decided or refused."""
        if isinstance(found, Rejected):
            if len(self.refused) < SHOWN:
                self.refused.append((row, found))
            return
        self.total += 1
        name = next(
            (str(c).strip() for c in cells if isinstance(c, str) and c.strip() and not c.strip().isdecimal()), ""
        )
        if len(self.rows) < SHOWN:
            self.rows.append((row, name, found))
        if any(f.status in (*FAILING, "undetermined") for f in found.findings):
            self.wrong += 1
            if len(self.failing) < IN_FULL:
                self.failing.append((row, name, found))
        for lang in LANGUAGES:
            self.assumed[lang].update(assumed(found, lang))
            self.readings[lang].update(_otherwise(found, lang))


def _otherwise(found: Decision, lang: Lang) -> list[str]:
    """Every other reading of a case, a line each."""
    told_ = [otherwise(a, found.names, lang) for a in found.readings]
    every: list[Finding | FormulaResult] = [*found.findings, *found.results]
    for one in every:
        title = one.clause.title.of(lang) + colon(lang)
        told_ += [title + otherwise(a, found.names, lang, one.provision) for a in one.readings]
    return list(dict.fromkeys(told_))


def decided(seen: RowsSeen, rule: Rule, as_of: dt.date, tally: Tally, lang: Lang, version: str) -> Leaf:
    """A decided table."""
    said = rows_line("", tally, lang)
    title = rule.title.of(lang)
    parts: list[Part] = [Heading(1, title), *_head(rule, said, lang)]
    if seen.failing:
        parts.append(Heading(2, WRONG.of(lang)))
        parts += cut(len(seen.failing), seen.wrong, lang)
        parts += [part for row in seen.failing for part in _in_full(*row, lang)]
    lines = [line for row in seen.rows for line in _lines(*row, lang)]
    if lines:
        heads = (ROW.of(lang), say("outcome", lang), say("provision", lang), AGAINST.of(lang))
        parts += [Heading(2, EVERY.of(lang)), Ruled(heads=heads, rows=lines, widths=(18, 17, 25, 40))]
        parts += cut(len(seen.rows), seen.total, lang)
    parts += _counted("other_reading", seen.readings[lang], lang)
    parts += _counted("assumed", seen.assumed[lang], lang)
    if seen.refused:
        rows = [(_name(n, "", lang), bad.reasons(lang, in_sheet=True)) for n, bad in seen.refused]
        parts += [
            Heading(2, REFUSED.of(lang)),
            Ruled(heads=(ROW.of(lang), say("why", lang)), rows=rows, widths=(20, 80)),
        ]
        parts += cut(len(rows), tally.rejected, lang)
    parts += _clauses(rule, as_of, lang)
    return Leaf(lang=lang, title=title, outcome=said, parts=tuple(parts), foot=foot(rule, as_of, lang, version),
                date=day(as_of, lang))  # fmt: skip


def _head(rule: Rule, said: str, lang: Lang) -> list[Part]:
    document = rule.document
    return [Paragraph(f"{document.number} {document.title.of(lang)}", "soft"), Paragraph(said, "outcome")]


def _name(row: int, name: str, lang: Lang) -> str:
    number = f"第 {row} 行" if lang == "zh" else f"Row {row}"
    return f"{number}{colon(lang)}{name}" if name else number


def _in_full(row: int, name: str, found: Decision, lang: Lang) -> list[Part]:
    """A row that is not in order: what is wrong, and by which facts."""
    given = ("；" if lang == "zh" else "; ").join(f"{label}{colon(lang)}{value}" for label, value in facts(found, lang))
    parts: list[Part] = [Heading(3, _name(row, name, lang), OUTCOME[found.outcome].of(lang))]
    shown = [f for f in found.findings if f.status in FAILING] or [f for f in found.findings if f.status in OPEN]
    parts += [told(f, found, lang, 4) for f in shown]
    ask = listed([found.inputs[n].label.of(lang) for n in found.missing], lang)
    parts += [Paragraph(f"{say('ask', lang)}{colon(lang)}{ask}")] if ask else []
    return [*parts, Paragraph(f"{say('facts', lang)}{colon(lang)}{given}", "soft")]


def _lines(row: int, name: str, found: Decision, lang: Lang) -> list[tuple[Cell, ...]]:
    """A line for each check of two numbers; for a row without, why it is decided so."""
    head = (_name(row, name, lang), OUTCOME[found.outcome].of(lang))
    shown = [(f.clause.title.of(lang), gauge(f, found.names, lang)) for f in found.findings]
    lines: list[tuple[Cell, ...]] = [(*head, title, one) for title, one in shown if one is not None]
    return lines or [(*head, *one) for one in whys(found, lang)] or [(*head, "", "")]


def _counted(key: str, told_: Counter[str], lang: Lang) -> list[Part]:
    """What is said of rows, and of how many."""
    rows = [(line, f"{n:,}") for line, n in told_.most_common(SHOWN)]
    heads = (say(key, lang), ROWS.of(lang))
    grid = Ruled(heads=heads, rows=rows, widths=(85, 15), named=False)
    return [Heading(2, say(key, lang)), grid, *cut(len(rows), len(told_), lang)] if rows else []


def _clauses(rule: Rule, as_of: dt.date, lang: Lang) -> list[Part]:
    """Every provision in force with its clauses."""
    rows = [(p.title.of(lang), FORCE[p.force].of(lang), "\n".join(map(citation, p.cites))) for p in rule.at(as_of)]
    heads = (say("provision", lang), Text("Force", "效力").of(lang), say("citation", lang))
    return [Heading(2, CLAUSES.of(lang)), Ruled(heads=heads, rows=rows, widths=(32, 13, 55))] if rows else []


# --- a register ------------------------------------------------------------------------------------------------------


Written = Mapping[Lang, Mapping[str, Any]]
"""In each language how the period, the values and whatever else stands beside a finding are written."""


@dataclass
class FindingsSeen:
    """The findings of a register as they come: as many as paper holds, each with how its period and values are written."""

    lines: list[tuple[Finding | FormulaResult, Written]] = field(default_factory=list)
    failing: list[tuple[Finding, Written]] = field(default_factory=list)
    total: int = 0
    wrong: int = 0

    def see(self, found: Finding | FormulaResult, write: Callable[[], Written]) -> None:
        """One finding, or the value of a formula; what does not apply is left out."""
        idle = found.status == "not_applicable" if isinstance(found, Finding) else isinstance(found.value, Unknown)
        if idle and not found.readings:
            return
        self.total += 1
        wrong = isinstance(found, Finding) and found.status in FAILING
        self.wrong += wrong
        if len(self.lines) < SHOWN or (wrong and len(self.failing) < IN_FULL):
            line = (found, write())
            self.lines += [line] * (len(self.lines) < SHOWN)
            self.failing += [line] * (wrong and len(self.failing) < IN_FULL)  # type: ignore[list-item]


def register(seen: FindingsSeen, rule: Rule, as_of: dt.date, tally: Tally, lang: Lang, version: str) -> Leaf:
    """The findings of a register up to a day."""
    title, said = rule.title.of(lang), entries_line("", tally, lang)
    parts: list[Part] = [Heading(1, title), *_head(rule, said, lang)]
    if seen.failing:
        parts.append(Heading(2, WRONG.of(lang)))
        parts += cut(len(seen.failing), seen.wrong, lang)
        parts += [_of_period(found, rule, as_of, written[lang], lang) for found, written in seen.failing]
    waiting = [
        (_when(written[lang]), found.clause.title.of(lang), found.reason.of(lang))
        for found, written in seen.lines
        if isinstance(found, Finding) and found.status in OPEN
    ]
    if waiting:
        heads_ = (WHICH.of(lang), say("provision", lang), say("why", lang))
        parts += [Heading(2, NOT_YET.of(lang)), Ruled(heads=heads_, rows=waiting, widths=(24, 31, 45))]
    rows = [_line(found, rule, as_of, written[lang], lang) for found, written in seen.lines]
    if rows:
        heads = (WHICH.of(lang), say("provision", lang), say("status", lang), AGAINST.of(lang))
        parts += [Heading(2, FOUND.of(lang)), Ruled(heads=heads, rows=rows, widths=(22, 28, 14, 36))]
        parts += cut(len(rows), seen.total, lang)
    parts += _clauses(rule, as_of, lang)
    return Leaf(lang=lang, title=title, outcome=said, parts=tuple(parts), foot=foot(rule, as_of, lang, version),
                date=day(as_of, lang))  # fmt: skip


def _when(written: Mapping[str, Any]) -> str:
    return "  ".join(str(part) for part in (written["period"], written["who"]) if part)


def _line(
    found: Finding | FormulaResult, rule: Rule, as_of: dt.date, written: Mapping[str, Any], lang: Lang
) -> tuple[Cell, ...]:
    shown = gauge(found, rule.names(as_of), lang) if isinstance(found, Finding) else None
    status = STATUS[found.status].of(lang) if isinstance(found, Finding) else ""
    return _when(written), found.clause.title.of(lang), status, shown or str(written["value"] or "")


def _of_period(found: Finding, rule: Rule, as_of: dt.date, written: Mapping[str, Any], lang: Lang) -> Together:
    """A finding of a period or an entry in full."""
    mark = f"{MARK[found.status]} {STATUS[found.status].of(lang)}"
    shown = gauge(found, rule.names(as_of), lang)
    parts: list[Part] = [Heading(3, f"{_when(written)}{colon(lang)}{found.clause.title.of(lang)}", mark)]
    parts += [Paragraph(found.reason.of(lang)), *([shown] if shown else [])]
    keys = {"to mend it": "mend", "value": "totals", "assumes": "rests_on", "readings": "other_reading", "note": "note"}
    parts += [
        Paragraph(f"{say(word, lang)}{colon(lang)}{written[key]}", "mend" if word == "mend" else "")
        for key, word in keys.items()
        if written[key]
    ]
    rows = ("计入的行：" if lang == "zh" else "rows ") + str(written["entries"])
    cites = "\n".join(map(citation, found.clause.cites))
    parts += [Paragraph(cites + (aside(rows, lang) if written["entries"] else ""), "soft")]
    return Together(found.status, tuple(parts))
