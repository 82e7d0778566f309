"""Answers to events and an audit of the source as paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.procedures.procedure import Procedure
from policy_engine.proving.audit import Audit
from policy_engine.reports.audit import CONTENTS_OF, HEADS, around
from policy_engine.reports.composed import day, foot
from policy_engine.reports.leaf import ANSWERS, SHOWN, Heading, Leaf, Paragraph, Part, Ruled, Together, cut
from policy_engine.reports.timeline import Titles, event_text, timeline_rows
from policy_engine.words import STATUS, citation, colon, many, say

CASES: Final = 50
"""How many cases are told in full."""
WRONG: Final = ("violated", "departed", "missed", "late", "undetermined")
AUDITED: Final = Text("Source audit", "原文核对")
UNACCOUNTED: Final = Text("Numbers that nothing accounts for", "未说明的数字")
PROBLEMS: Final = Text("Citations that are not in the source", "与原文不符的引用")
CITED: Final = Text("What is cited, and by what", "引用情况")


@dataclass(kw_only=True)
class EventsSeen:
    """Answers as they come: those of as many events as paper holds, how many there were, and the cases."""

    answers: list[Mapping[str, Any]] = field(default_factory=list)
    total: int = 0
    refused: int = 0
    wrong: dict[str, None] = field(default_factory=dict)
    cases: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    touched: int = 0

    def see(self, answer: Mapping[str, Any]) -> None:
        """One answer."""
        self.total += 1
        self.refused += answer.get("accepted") is False
        found = [*answer.get("findings", ()), *answer.get("deadlines", ())]
        if any(one["status"] in WRONG for one in found) or _unordered(answer):
            self.wrong[answer.get("case", "")] = None
        if len(self.answers) < SHOWN:
            self.answers.append(answer)

    def lines(self, cases: Collection[str], timeline: Callable[[str], Sequence[Mapping[str, Any]]]) -> None:
        """The lines of time of as many cases as paper holds."""
        self.touched = len(cases)
        self.cases = {case: timeline(case) for case in islice(cases, CASES)}


def _unordered(answer: Mapping[str, Any]) -> bool:
    return bool(answer.get("order", {"status": "in_order"})["status"] != "in_order")


def watched(
    seen: EventsSeen, procedure: Procedure, titles: Titles,
    as_of: dt.date, lang: Lang, version: str,
) -> Leaf:  # fmt: skip
    """What was said of events: of each case its line of time, then each answer."""
    refused = Text(f"; refused {seen.refused:,}", f"；不予受理 {seen.refused:,} 条") if seen.refused else Text("", "")
    said = Text(f"{many(seen.total, 'answer')} about {many(seen.touched, 'case')}; something is wrong or open in {len(seen.wrong):,}{refused.en}.",
                f"答复 {seen.total:,} 条，案件 {seen.touched:,} 件；存在问题或待查的 {len(seen.wrong):,} 件{refused.zh}。").of(lang)  # fmt: skip
    document, title = procedure.rule.document, procedure.title.of(lang)
    parts: list[Part] = [Heading(1, title), Paragraph(f"{document.number} {document.title.of(lang)}", "soft")]
    parts.append(Paragraph(said, "outcome"))
    heads = tuple(Text(*pair).of(lang) for pair in (("Time", "时间"), ("Step", "步骤"), ("Result", "结果")))
    for case, answers in seen.cases.items():
        rows = [(moment, step, "\n".join(marks)) for moment, step, marks in timeline_rows(answers, titles, lang)]
        parts += [
            Heading(2, f"{say('case', lang)}{colon(lang)}{case}"),
            Ruled(heads=heads, rows=rows[:SHOWN], widths=(24, 36, 40)),
        ]
        parts += cut(len(rows[:SHOWN]), len(rows), lang, ANSWERS)
        own = [answer for answer in seen.answers if answer.get("case") == case]
        parts += [_event(answer, titles, lang) for answer in own]
    parts += [_event(answer, titles, lang) for answer in seen.answers if not answer.get("case")]
    parts += cut(len(seen.cases), seen.touched, lang, ANSWERS)
    parts += cut(len(seen.answers), seen.total, lang, ANSWERS)
    return Leaf(lang=lang, title=title, outcome=said, parts=tuple(parts), date=day(as_of, lang),
                foot=foot(procedure.rule, as_of, lang, version))  # fmt: skip


def _event(answer: Mapping[str, Any], titles: Titles, lang: Lang) -> Together:
    """One answer with the words it has on a terminal."""
    head, *lines = event_text(answer, titles, lang).splitlines()
    wrong = [f["status"] for f in answer.get("findings", ()) if f["status"] in STATUS]
    look = next((status for status in WRONG if status in wrong), "")
    return Together(look, (Heading(3, head), *(Paragraph(line.strip()) for line in lines)))


def audited(found: Audit, as_of: dt.date, lang: Lang, version: str) -> Leaf:
    """An audit: numbers by document and by what accounts for them, what is open and wrong, what is cited by what."""
    open_, every = len(found.unaccounted), len(found.accounts)
    said = Text(f"{many(every, 'number')}; nothing accounts for {open_:,} of them; citations that are not in the source: {len(found.problems):,}.",
                f"共 {every:,} 个数字，未说明 {open_:,} 个；与原文不符的引用 {len(found.problems):,} 处。").of(lang)  # fmt: skip
    title = AUDITED.of(lang)
    counted = [
        (
            name or CONTENTS_OF[lang],
            *(f"{n:,}" for n in (sum(c.values()), c["provision"], c["exclusion"], c["form"], c["unaccounted"])),
        )
        for name, c in found.counts().items()
    ]
    parts: list[Part] = [Heading(1, title), Paragraph(said, "outcome"), Heading(2, say("summary", lang))]
    parts.append(Ruled(heads=HEADS[lang], rows=counted, widths=(35, 13, 13, 13, 13, 13)))
    lost = [
        (f"{a.document or CONTENTS_OF[lang]}:{a.line}", a.token.text, f"…{around(found, a)}…")
        for a in found.unaccounted[:SHOWN]
    ]
    heads = (say("document", lang), HEADS[lang][1], Text("in", "上下文").of(lang))
    if lost:
        parts += [
            Heading(2, UNACCOUNTED.of(lang)),
            Ruled(heads=heads, rows=lost, widths=(35, 20, 45)),
            *cut(len(lost), open_, lang, ANSWERS),
        ]
    if found.problems:
        parts += [Heading(2, PROBLEMS.of(lang)), *(Paragraph(p.render(lang)) for p in found.problems[:SHOWN])]
        parts += cut(min(len(found.problems), SHOWN), len(found.problems), lang, ANSWERS)
    cited = [(claim.shown.of(lang), citation(claim.cite)) for claim in found.claims]
    if cited:
        by = (say("provision", lang), say("citation", lang))
        parts += [Heading(2, CITED.of(lang)), Ruled(heads=by, rows=cited[:SHOWN], widths=(40, 60))]
        parts += cut(len(cited[:SHOWN]), len(cited), lang, ANSWERS)
    return Leaf(lang=lang, title=title, outcome=said, parts=tuple(parts), foot=f"policy-engine {version}",
                date=day(as_of, lang))  # fmt: skip
