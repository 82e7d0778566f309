"""What changed between two versions of rules, as text, as JSON and on paper: each change in words, with the cases that show it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import NOT_YET, to_json
from policy_engine.deciding.facts import Facts
from policy_engine.explaining.chinese import in_unit
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.proving.altered import Altered, What
from policy_engine.reports.composed import day
from policy_engine.reports.data import dump
from policy_engine.reports.leaf import Heading, Leaf, Paragraph, Part, Ruled
from policy_engine.reports.proof import in_words, read_as
from policy_engine.reports.unsettled import unsettled
from policy_engine.rulebook.rows import unfolded
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.answers import case_data
from policy_engine.solving.differing import ALIKE, Became, How
from policy_engine.solving.short_lists import both_lists
from policy_engine.solving.shown import Said, Shown
from policy_engine.solving.study import Example
from policy_engine.tables.replayed import Outcome, Replayed
from policy_engine.words import OUTCOME, STATUS, WORDS, many

FORMAT: Final = 1
HOW: Final[Mapping[How, Text]] = {
    "same": Text("written alike", "写法相同"),
    "equivalent": Text("equivalent, as both solvers say", "等价（两个求解器均已证明）"),
    "stricter": Text("stricter", "更严"),
    "looser": Text("looser", "更宽"),
    "incomparable": Text("incomparable: each way in some cases", "不可比：有的情形更严，有的更宽"),
    "otherwise": Text("says something else, but is broken by the same cases", "所述有变，违反的情形不变"),
    "higher": Text("higher in some cases, lower in none", "有的情形更高，没有更低的"),
    "lower": Text("lower in some cases, higher in none", "有的情形更低，没有更高的"),
    "changed": Text("another value", "取值不同"),
    "added": Text("added", "新增"),
    "removed": Text("removed", "删除"),
    "not-settled": Text("not settled", "未能判定"),
}
WHAT: Final[Mapping[What, Text]] = {
    "input-added": Text("input added", "新增输入"),
    "input-removed": Text("input removed", "删除输入"),
    "kind": Text("kind of value", "取值种类"),
    "options": Text("options", "选项"),
    "bounds": Text("bounds", "取值范围"),
    "silence": Text("what silence means", "未填时的推定"),
    "grows": Text("may still grow", "尚可增加"),
    "open": Text("takes other options", "可填其他选项"),
    "reading-added": Text("question added", "新增待定问题"),
    "reading-removed": Text("question removed", "删除待定问题"),
    "default": Text("reading taken", "采用的读法"),
    "answers": Text("readings", "可选读法"),
    "facts-must": Text("what facts must fulfil", "事实须满足的条件"),
    "force": Text("how strongly it binds", "约束力"),
    "step": WORDS["step"],
    "dated-by": WORDS["dates_it"],
    "of-whom": WORDS["whom"],
    "each-entry": Text("entries checked one by one", "逐条核验的登记"),
    "total": WORDS["totals"],
    "from": Text("in force from", "生效日期"),
    "until": Text("in force until", "失效日期"),
    "words": Text("called otherwise", "改称"),
}
_OF_THE_WHOLE: Final = frozenset({"facts-must", "words", "dated-by", "of-whom", "each-entry"})
NOTHING: Final = Text("—", "—")
REFUSED: Final = Text("REFUSED", "拒收")


@dataclass(frozen=True, kw_only=True)
class Between:
    """One decision of both trees: its two versions, what became of the whole and of each provision, what is written otherwise."""

    rules: tuple[Rule, Rule]
    whole: Became
    each: Sequence[Became]
    altered: Sequence[Altered]

    @property
    def changed(self) -> bool:
        """Whether anything but words is another."""
        return self.whole.how not in ALIKE or any(one.what != "words" for one in self.altered)


@dataclass(frozen=True, kw_only=True)
class Differing:
    """Two trees of rules around a date: the decisions that are not the same, those of one alone, how many are the same; a table decided by both."""

    names: tuple[str, str]
    as_of: dt.date
    first: dt.date
    last: dt.date
    found: Sequence[Between]
    added: Sequence[Rule]
    removed: Sequence[Rule]
    same: int
    replayed: Replayed | None = None

    @property
    def changed(self) -> bool:
        """Whether anything but words is another, or is not settled."""
        return bool(self.added or self.removed) or any(one.changed for one in self.found)


def how(change: Became) -> Text:
    """What became of a provision in words."""
    if change.how == "incomparable" and any(one.way == "higher" for one in change.shown):
        return Text(HOW["incomparable"].en, "不可比：有的情形更高，有的更低")
    return HOW[change.how]


def _what(one: Between, altered: Altered, lang: Lang) -> str:
    """What is altered: of a part its title, and what of it."""
    called = "" if altered.what in _OF_THE_WHOLE else _title(one, altered.name).of(lang)
    apart = "" if not called or called.endswith(("？", "）", "”")) else " "
    return f"{called}{apart}{WHAT[altered.what].of(lang)}"


def _title(one: Between, name: str) -> Text:
    """What a provision, an input, an option or a question is called, in the new version if it is there."""
    for rule in reversed(one.rules):
        for p in rule.cited:
            if p.id == name:
                return p.title
        list_, _, key = name.partition(".")
        if rule.register and name in rule.register.columns:
            return rule.register.columns[name].label
        if list_ in rule.rows and key in rule.rows[list_].columns:
            rows, label = rule.rows[list_].label, rule.rows[list_].columns[key].label
            return Text(f"{rows.en}: {label.en}", f"{rows.zh}的{label.zh}")
        if name in rule.inputs:
            return rule.inputs[name].label
        if name in rule.readings:
            return rule.readings[name].called
    return Text(name, name)


def said_text(rule: Rule, as_of: dt.date, name: str, said: Said | None) -> Text:
    """A status, an outcome or a value in words."""
    if said is None:
        return NOTHING
    if isinstance(said, str) and said in STATUS and not any(p.id == name and p.is_formula for p in rule.provisions):
        return STATUS[said]
    if isinstance(said, str) and said in OUTCOME:
        return OUTCOME[said]
    return in_unit(said, name, rule.names(as_of))


def moved(one: Between, change: Became, shown: Shown) -> Text:
    """What a case was and is."""
    told = [said_text(rule, shown.as_of, change.name, said) for rule, said in zip(one.rules, shown.said, strict=True)]
    return Text(f"{told[0].en} → {told[1].en}", f"{told[0].zh} → {told[1].zh}")


def _example(one: Between, shown: Shown) -> tuple[Rule, Example]:
    """A case of the new version, and its rule; what only the old one asks for is in it too."""
    old, new = one.rules
    rule = replace(new, inputs={**old.inputs, **new.inputs}, rows=both_lists(old, new))
    return rule, Example(new.decision, shown.facts, shown.as_of, shown.readings[1])


def _case(one: Between, shown: Shown) -> dict[str, object]:
    """A case in the form of a case file."""
    found, before = case_data(*_example(one, shown)), shown.readings[0]
    return found if before == shown.readings[1] else found | {"readings_before": dict(before)}


def worded(one: Between, shown: Shown) -> dict[str, object]:
    """A case as a clerk writes its facts."""
    found, before = in_words(*_example(one, shown)), shown.readings[0]
    if before == shown.readings[1]:
        return found
    return found | {"变更前的读法": read_as(one.rules[0].names(shown.as_of), before) or "默认"}


# --- text -------------------------------------------------------------------------------------------------------------------


def text(found: Differing, lang: Lang) -> Iterator[str]:
    """Every decision that is not the same, the table, then how many of each kind."""
    for one in found.found:
        rule = one.rules[1]
        yield f"{_typed(rule.decision, lang)}{rule.title.of(lang)}{_colon(lang)}{HOW[one.whole.how].of(lang)}\n"
        yield from _altered(one, lang)
        for change in one.each:
            if change.how != "same":
                yield from _change(one, change, lang)
        yield "\n"
    alone: tuple[tuple[How, Sequence[Rule]], ...] = (("added", found.added), ("removed", found.removed))
    for how, rules in alone:
        for rule in rules:
            yield f"{_typed(rule.decision, lang)}{rule.title.of(lang)}{_colon(lang)}{HOW[how].of(lang)}\n"
    if found.replayed is not None:
        yield from _table(found, found.replayed, lang)
    yield _summary(found).of(lang) + "\n"


def _colon(lang: Lang) -> str:
    return ": " if lang == "en" else "："


def _typed(name: str, lang: Lang) -> str:
    """A name as it is typed, before what it is called; in Chinese what it is called is all there is."""
    return f"{name}  " if lang == "en" else ""


def _altered(one: Between, lang: Lang) -> Iterator[str]:
    for alike in one.altered:
        name = f"{alike.name}: " if lang == "en" else ""
        shown: Lang = (
            lang if alike.old.of(lang) != alike.new.of(lang) else "zh" if lang == "en" else "en"
        )  # another in the other language alone
        yield f"  {name}{_what(one, alike, lang)}  {alike.old.of(shown)} → {alike.new.of(shown)}\n"


def _change(one: Between, change: Became, lang: Lang) -> Iterator[str]:
    why = unsettled(change.why, lambda name: _title(one, name)).of(lang)
    why = "" if not change.why else f" ({why})" if lang == "en" else f"（{why}）"
    yield f"  {_typed(change.name, lang)}{_title(one, change.name).of(lang)}{_colon(lang)}{how(change).of(lang)}{why}\n"
    for shown in change.shown:
        yield f"    {moved(one, change, shown).of(lang)}\n"
        for line in yaml_text(_case(one, shown) if lang == "en" else worded(one, shown)).splitlines():
            yield f"      {line}\n"


def _table(found: Differing, table: Replayed, lang: Lang) -> Iterator[str]:
    decided = found.found[0] if len(found.found) == 1 else None  # a table has cases of one decision

    def called(name: str) -> str:
        return name if lang == "en" or decided is None else _title(decided, name).zh

    yield _rows_line(table).of(lang) + "\n"
    for before, after, count in moves(table, lang):
        yield f"  {before} → {after}{_colon(lang)}{count:,}\n"
    for name, counts in table.provisions.items():
        for (old, new), count in counts.most_common():
            yield f"  {called(name)}  {STATUS[old].of(lang)} → {STATUS[new].of(lang)}{_colon(lang)}{count:,}\n"
    for name, count in table.values.items():
        yield f"  {called(name)}  {HOW['changed'].of(lang)}{_colon(lang)}{count:,}\n"
    for number, before, after in table.named:
        yield f"  {Text(f'row {number}', f'第 {number} 行').of(lang)}{_colon(lang)}{outcome(before).of(lang)} → {outcome(after).of(lang)}\n"


def outcome(name: Outcome) -> Text:
    """An outcome in words, that of a row which is refused too."""
    return REFUSED if name == "refused" else OUTCOME[name]


def moves(table: Replayed, lang: Lang) -> list[tuple[str, str, int]]:
    """How many rows have which outcomes before and after, those that stay the same too."""
    return [(outcome(a).of(lang), outcome(b).of(lang), n) for (a, b), n in table.outcomes.most_common()]


def _rows_line(table: Replayed) -> Text:
    return Text(
        f"{table.table}: {many(table.rows, 'row')}, {table.changed:,} of them decided otherwise",
        f"{table.table}：共 {table.rows:,} 行，其中 {table.changed:,} 行的判定有变",
    )


def _summary(found: Differing) -> Text:
    counts = Counter(one.whole.how for one in found.found)
    counts.update({"same": found.same, "added": len(found.added), "removed": len(found.removed)})
    every = [(HOW[how], counts[how]) for how in HOW if counts[how]]
    total, asked = sum(counts.values()), any(one.whole.how != "same" for one in found.found)
    return Text(
        f"{many(total, 'decision')}: " + ", ".join(f"{n} {t.en.partition(':')[0]}" for t, n in every)
        + ("." if not asked else f". Asked of every date from {found.first} to {found.last}, every reading, and facts that are known, not known, or dates not yet come."),
        f"共 {total} 项决定：" + "、".join(f"{t.zh.partition('：')[0].partition('（')[0]} {n}" for t, n in every)
        + ("。" if not asked else f"。范围：{found.first} 至 {found.last} 的任何日期、任何读法，事实可为已知、未知或尚未发生。"),
    )  # fmt: skip


# --- by machine, on paper -----------------------------------------------------------------------------------------------------


def data(found: Differing) -> str:
    """The same by machine."""
    table = found.replayed
    return dump({
        "format": FORMAT, "old": found.names[0], "new": found.names[1], "as_of": found.as_of.isoformat(),
        "from": found.first.isoformat(), "to": found.last.isoformat(), "changed": found.changed, "same": found.same,
        "added": [rule.decision for rule in found.added], "removed": [rule.decision for rule in found.removed],
        "decisions": [
            {"decision": one.rules[1].decision, **_data(one, one.whole),
             "provisions": [_data(one, change) for change in one.each],
             "written": [{"name": a.name, "what": a.what, "old": a.old.to_json(), "new": a.new.to_json()} for a in one.altered]}
            for one in found.found
        ],
        "table": None if table is None else {
            "rows": table.rows, "changed": table.changed,
            "outcomes": [{"old": a, "new": b, "rows": n} for (a, b), n in table.outcomes.most_common()],
            "provisions": [{"provision": p, "old": a, "new": b, "rows": n} for p, c in table.provisions.items() for (a, b), n in c.most_common()],
            "values": dict(table.values), "named": [{"row": n, "old": a, "new": b} for n, a, b in table.named],
        },
    })  # fmt: skip


def _data(one: Between, change: Became) -> dict[str, object]:
    shown = [
        {"way": s.way, "old": _said(s.said[0]), "new": _said(s.said[1]), "case": _case(one, s)} for s in change.shown
    ]
    return {"name": change.name, "how": change.how, "why": change.why, "cases": shown}


def _said(said: Said | None) -> object:
    return None if said is None else to_json(said)


def composed(found: Differing, lang: Lang, version: str) -> Leaf:
    """The same as a paper."""
    said, title = _summary(found).of(lang), Text("What changed in the rules", "规则变化").of(lang)
    parts: list[Part] = [Heading(1, title), Paragraph(said, "outcome")]
    heads = (Text("Decision", "决定").of(lang), Text("What became of it", "变化").of(lang))
    listed = [(one.rules[1].title.of(lang), HOW[one.whole.how].of(lang)) for one in found.found]
    listed += [(rule.title.of(lang), HOW["added"].of(lang)) for rule in found.added]
    listed += [(rule.title.of(lang), HOW["removed"].of(lang)) for rule in found.removed]
    parts += [Ruled(heads=heads, rows=listed, widths=(60, 40))] if listed else []
    for one in found.found:
        parts += _composed(one, lang)
    if (table := found.replayed) is not None:
        sides = (Text("Before", "原").of(lang), Text("After", "现").of(lang), Text("Rows", "行数").of(lang))
        rows = [(a, b, f"{n:,}") for a, b, n in moves(table, lang)]
        parts += [
            Heading(2, _rows_line(table).of(lang)),
            Ruled(heads=sides, rows=rows, widths=(40, 40, 20), named=False),
        ]
    return Leaf(
        lang=lang,
        title=title,
        outcome=said,
        parts=tuple(parts),
        foot=f"policy-engine {version}",
        date=day(found.as_of, lang),
    )


def _composed(one: Between, lang: Lang) -> Iterator[Part]:
    yield Heading(2, f"{one.rules[1].title.of(lang)}{_colon(lang)}{HOW[one.whole.how].of(lang)}")
    if one.altered:
        heads = (Text("What", "事项").of(lang), Text("Before", "原").of(lang), Text("After", "现").of(lang))
        rows = [(_what(one, a, lang), a.old.of(lang), a.new.of(lang)) for a in one.altered]
        yield Ruled(heads=heads, rows=rows, widths=(40, 30, 30))
    for change in one.each:
        if change.how != "same":
            yield Heading(3, f"{_title(one, change.name).of(lang)}{_colon(lang)}{how(change).of(lang)}")
            for shown in change.shown:
                yield Paragraph(moved(one, change, shown).of(lang), "mend")
                yield facts_ruled([as_asked(rule, shown.facts) for rule in one.rules], shown.facts, shown.as_of, lang)


def as_asked(rule: Rule, facts: Facts) -> Rule:
    """A rule whose inputs are all that a case may give: totals and what its rows have, too."""
    written = unfolded(rule, {name: size for name, size in facts.rows.items() if name in rule.rows}, facts.given)
    return replace(written, inputs={**rule.askable, **written.inputs})


def facts_ruled(rules: Sequence[Rule], facts: Facts, as_of: dt.date, lang: Lang) -> Ruled:
    """The facts of a case as a table in words; of a list without rows, or of which others may be, that it is so."""
    given, not_yet = facts.given, facts.not_yet
    heads = (Text("Fact", "事实").of(lang), Text("Value", "取值").of(lang))
    rows = [(Text("the date of the decision", "决定日期").of(lang), day(as_of, lang))]
    for name, value in [*given.items(), *((name, NOT_YET) for name in sorted(not_yet))]:
        rule = next(rule for rule in reversed(rules) if name in rule.inputs)
        names = rule.names(as_of)
        shown = Text("not yet", "尚未") if name in not_yet else in_unit(value, name, names)
        rows.append((names.label(name).of(lang), shown.of(lang)))
    for name, (count, complete) in facts.rows.items():
        if count == 0 or not complete:
            label = next(rule for rule in reversed(rules) if name in rule.rows).rows[name].label
            rows.append(
                (label.of(lang), (Text("none", "无") if complete else Text("others, too", "尚有其他")).of(lang))
            )
    return Ruled(heads=heads, rows=rows, widths=(60, 40))
