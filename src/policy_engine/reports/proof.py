"""What was found of rules before any case, as text and as JSON: each finding in words, with the case that shows it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import NOT_YET, Value, to_json
from policy_engine.deciding.outcome import Status
from policy_engine.explaining.chinese import in_quotes, in_unit
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.reports.data import dump
from policy_engine.reports.unsettled import unsettled
from policy_engine.rulebook.rule import Input, Names, Rule
from policy_engine.solving.answers import case_data
from policy_engine.solving.found import FAULTS, Found, Kind
from policy_engine.solving.study import Example
from policy_engine.words import STATUS, many

FORMAT: Final = 1
_WORDS: Final[Mapping[str, Text]] = {
    "never-applies": Text("{about} never applies", "{about}：从不适用"),
    "never-violated": Text("{about} can never be violated", "{about}：不可能被违反"),
    "never-satisfied": Text("{about} can never be satisfied: whatever it applies to is a violation", "{about}：不可能满足，凡适用即违反"),
    "redundant": Text("{about} is redundant: whoever violates it violates {beside}", "{about}：冗余，违反此条者必违反{beside}"),
    "equivalent": Text("{about} is violated exactly where {beside} is", "{about}与{beside}总是同时被违反"),
    "conflicting": Text("{about} and {beside} exclude each other: where they apply together, one of them is violated", "{about}与{beside}互相排斥：同时适用时必违反其一"),
    "dead-exception": Text("{about}: exception {which} never excepts anything", "{about}：第 {which} 项例外从不起作用"),
    "shadowed-exception": Text("{about}: exception {which} excepts nothing that the others do not", "{about}：第 {which} 项例外所除外的，均已为其他例外所除外"),
    "dead-case": Text("{about}: case {which} never applies", "{about}：第 {which} 种情形从不适用"),
    "shadowed-case": Text("{about}: {which} is shadowed by those before it", "{about}：{which}被前面的情形完全覆盖"),
    "gap": Text("{about}: no case applies", "{about}：存在没有适用情形的空白"),
    "overlap": Text("{about}: cases {which} apply together and say different things", "{about}：第 {which} 种情形重叠且结果不同"),
    "left-open": Text("{about}: left open by the text{which}", "{about}：文本未作规定{which}"),
    "idle-input": Text("{about} can never matter", "{about}：对任何结果都没有影响"),
    "idle-reading": Text("{about}: to read it `{option}` never makes a difference", "{about}：读作{option}从不影响结果"),
    "reading-differs": Text("{about} differs if {which} is read `{option}`", "{which}读作{option}时，{about}不同"),
    "at-bound": Text("where {about} is only just met, {beside} is never `{option}`", "仅刚好符合{about}时，{beside}不会是{option}"),
    "at-most": Text("where every check is kept, {about} is at most {which} times {beside}", "各项均符合时，{about}至多为{beside}的 {which} 倍"),
    "implied": Text("{about}: whoever keeps {beside} keeps this", "{about}：做到{beside}的，即做到此项"),
    "no-conflict": Text("{about} and {beside} do not conflict: either may be kept or not, whatever is so of the other{which}", "{about}与{beside}并不冲突：各自符合与否互不影响{which}"),
    "claim-holds": Text("holds: {about}", "成立：{about}"),
    "claim-fails": Text("does not hold: {about}", "不成立：{about}"),
    "empty-claim": Text("claimed of no case: {about}", "没有任何情形可供断言：{about}"),
    "not-settled": Text("{about}: not settled ({which})", "{about}：未能判定（{which}）"),
}  # fmt: skip
KIND: Final[Mapping[Kind, Text]] = {
    "never-applies": Text("never applies", "从不适用"),
    "never-violated": Text("never violated", "不可能违反"),
    "never-satisfied": Text("never satisfied", "不可能满足"),
    "redundant": Text("redundant", "冗余"),
    "equivalent": Text("equivalent", "等价"),
    "conflicting": Text("conflicting", "冲突"),
    "dead-exception": Text("dead exception", "不起作用的例外"),
    "shadowed-exception": Text("shadowed exception", "被覆盖的例外"),
    "dead-case": Text("dead case", "从不适用的情形"),
    "shadowed-case": Text("shadowed case", "被覆盖的情形"),
    "gap": Text("gap", "空白"),
    "overlap": Text("overlap", "重叠"),
    "left-open": Text("left open", "文本未定"),
    "idle-input": Text("idle input", "无影响的输入"),
    "idle-reading": Text("idle reading", "无影响的读法"),
    "reading-differs": Text("reading differs", "读法有别"),
    "at-bound": Text("at the bound", "临界情形"),
    "at-most": Text("at most", "至多"),
    "implied": Text("implied", "蕴含"),
    "no-conflict": Text("no conflict", "并不冲突"),
    "claim-holds": Text("claim holds", "断言成立"),
    "claim-fails": Text("claim fails", "断言不成立"),
    "empty-claim": Text("empty claim", "断言落空"),
    "not-settled": Text("not settled", "未能判定"),
}
_NEVER: Final[Mapping[str, Text]] = {
    "failed": Text(", so that nobody can be said to violate it", "，任何情形均不能认定为违反"),
    "satisfied": Text(", so that nobody can be said to satisfy it", "，任何情形均不能认定为符合"),
}
_BY_VALUE: Final = Text(
    "{about}: whatever it is, all that is said of a case is the same", "{about}：无论取何值，结论都相同"
)
CONFIRMED: Final = Text("proved by both solvers", "两个求解器均已证明")
AND_THEN: Final = Text("and beside it:", "与之相对：")
FOR_EXAMPLE: Final = Text("for example:", "例如：")


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The findings of some decisions around a date; those that cannot be put to the solvers, and why."""

    as_of: dt.date
    first: dt.date
    last: dt.date
    rules: Mapping[str, Rule]
    found: Mapping[str, Sequence[Found]]
    unheld: Mapping[str, str] = field(default_factory=dict)

    @property
    def every(self) -> list[Found]:
        """All findings."""
        return [one for found in self.found.values() for one in found]

    @property
    def faults(self) -> list[Found]:
        """Those that an author will want to look at."""
        return [one for one in self.every if one.kind in FAULTS]

    @property
    def failed(self) -> bool:
        """Whether a claim of a decision does not hold."""
        return any(one.kind == "claim-fails" for one in self.every)


def title(rule: Rule, name: str) -> Text:
    """What a provision, an input or a reading is called."""
    for p in rule.cited:
        if p.id == name:
            return p.title
    columns = {column.name: column for rows in rule.rows.values() for column in rows.columns.values()}
    if (entry := columns.get(name, rule.askable.get(name))) is not None:
        return entry.label
    if name == "as_of":
        return Text("the date of the decision", "决定日期")
    if says := [claim.says for claim in rule.claims if claim.id == name]:
        return Text(says[0].en.rstrip("."), says[0].zh.rstrip("。"))
    return rule.readings[name].called if name in rule.readings else Text(name, name)


def sentence(rule: Rule, one: Found) -> Text:
    """A finding in words."""
    beside = one.titles or [title(rule, name) for name in one.beside]
    option = one.options[-1] if one.options else ""
    reading = rule.readings.get(one.which) or rule.readings.get(one.about)
    said = reading.shown.get(option, Text(option, option)) if reading else Text(option, option)
    if one.kind == "at-bound":
        formula = next(p for p in rule.provisions if p.id == one.beside[0])
        said = formula.options.get(option, Text("yes", "是"))
    about, words, which = title(rule, one.about), _WORDS[one.kind], _which(rule, one)
    if one.kind == "not-settled" and one.titles:  # of another decision
        about = one.titles[0] if one.about not in rule.ids else about
    if one.kind == "idle-input" and one.which:
        words = _BY_VALUE
    if one.kind == "implied" and one.which:
        words = Text(f"{words.en}, if {{which}} is read `{{option}}`", f"{words.zh}（{{which}}读作{{option}}时）")
    return Text(
        words.en.format(about=about.en, beside=" and ".join(t.en for t in beside), which=which.en, option=said.en),
        words.zh.format(about=in_quotes(about.zh), beside="、".join(in_quotes(t.zh) for t in beside), which=which.zh, option=in_quotes(said.zh)),
    )  # fmt: skip


def _which(rule: Rule, one: Found) -> Text:
    """Which case, exception or question a finding is about, or what was not settled."""
    which = one.which
    if one.kind == "not-settled":
        if which in KIND:
            return KIND[which]  # type: ignore[index]
        if one.titles and one.about in rule.ids:
            return Text(one.titles[0].en, f"与“{one.titles[0].zh}”的关系")
        return unsettled(which, lambda name: title(rule, name), rule)
    if one.kind == "no-conflict" and which:
        return Text("; they are measured by facts of their own", "，二者所依据的事实（基数）不同")
    if one.kind == "left-open" and which in _NEVER:
        return _NEVER[which]
    if one.kind == "left-open":
        return Text("", "")
    if one.kind == "shadowed-case":
        return unsettled(f"case {which}", lambda name: title(rule, name))
    if one.kind == "overlap":
        return Text(which.replace(", ", " and "), which.replace(", ", "、"))
    called = title(rule, which)
    return Text(called.en, in_quotes(called.zh)) if which in rule.readings else Text(which, which)


def text(found: Proof, lang: Lang) -> Iterator[str]:
    """Every finding by decision, then how many of each kind, and what was asked."""
    for decision, some in found.found.items():
        if some:
            rule = found.rules[decision]
            yield (rule.title.zh if lang == "zh" else f"{decision}  {rule.title.en}") + "\n"
            for one in some:
                yield from _one(found.rules, rule, one, lang)
            yield "\n"
    for decision, why in found.unheld.items():
        yield _unheld(found.rules[decision], why).of(lang) + "\n"
    yield summary(found).of(lang) + "\n"


def _unheld(rule: Rule, why: str) -> Text:
    """That a decision is not put to the solvers at all."""
    said = unsettled(why, lambda name: title(rule, name), rule)
    return Text(f"{rule.decision}: not settled ({said.en})", f"{rule.title.zh}：未能判定（{said.zh}）")


def _one(rules: Mapping[str, Rule], rule: Rule, one: Found, lang: Lang) -> Iterator[str]:
    confirmed = f" ({CONFIRMED.en})" if lang == "en" else f"（{CONFIRMED.zh}）"
    named = "" if lang == "zh" else f"{one.about}: "
    yield f"  {named}{sentence(rule, one).of(lang)}{confirmed if one.proved else ''}\n"
    for case, words in ((one.example, FOR_EXAMPLE), (one.risen, AND_THEN)):
        if case is not None:
            yield f"    {words.of(lang)}\n"
            rule_of = rules[case.decision]
            for line in yaml_text(case_data(rule_of, case) if lang == "en" else in_words(rule_of, case)).splitlines():
                yield f"      {line}\n"
    if one.said:
        yield f"    {read_so(rule, one).of(lang)}\n"


def in_words(rule: Rule, case: Example) -> dict[str, object]:
    """A case as a clerk writes its facts: labels for names and options."""
    names, told = rule.names(case.as_of), case_data(rule, case)
    facts: dict[str, object] = told["facts"]  # type: ignore[assignment]
    return {"决定日期": told["as_of"], **_labelled(facts, rule), **read_as(names, case.readings)}


def read_as(names: Names, readings: Mapping[str, str]) -> dict[str, object]:
    """How the text is read, in words."""
    return {names.label(question).zh: names.option(option, question).zh for question, option in readings.items()}


def _labelled(facts: Mapping[str, object], rule: Rule) -> dict[str, object]:
    found = dict[str, object]()
    for name, value in facts.items():
        if name in rule.rows and isinstance(value, list):
            rows = rule.rows[name]
            found[rows.label.zh] = [_of_row(row, rows.columns) if isinstance(row, dict) else "另有" for row in value]
        else:
            found |= _of_row({name: value}, rule.askable)
    return found


def _of_row(facts: Mapping[str, object], entries: Mapping[str, Input]) -> dict[str, object]:
    return {entries[name].label.zh: _worded(value, entries[name].options) for name, value in facts.items()}


def _worded(value: object, options: Mapping[str, Text]) -> object:
    if isinstance(value, list):
        return [_worded(one, options) for one in value]
    word = options.get(str(value)) or _WORDED.get(str(value))
    return value if word is None else word.zh


_WORDED: Final = {"yes": Text("yes", "是"), "no": Text("no", "否"), NOT_YET: Text(NOT_YET, "尚未")}


def read_so(rule: Rule, one: Found) -> Text:
    """What a case comes to by default, and what if it is read otherwise."""
    a, b = (_value(rule, one, value) for value in one.said)
    return Text(f"by default: {a.en}; read so: {b.en}", f"默认读法：{a.zh}；如此解读：{b.zh}")


def _value(rule: Rule, one: Found, value: Status | Value) -> Text:
    """The status of a check or the value of a formula in words."""
    assert one.example is not None
    day = one.example.as_of
    of_rows = {p.id: p for rows in rule.rows.values() for p in rows.formulas if p.in_force(day)}
    names = replace(named := rule.names(day), formulas={**named.formulas, **of_rows})
    if value in get_args(Status) and one.about not in names.formulas:
        return STATUS[value]  # type: ignore[index]
    return in_unit(value, one.about, names)


def summary(found: Proof) -> Text:
    """How many findings of each kind, and what was asked."""
    counts = Counter(one.kind for one in found.every)
    told = [(KIND[kind], n) for kind, n in sorted(counts.items(), key=lambda each: list(KIND).index(each[0]))]
    every = ", ".join(f"{word.en} {n}" for word, n in told) or "nothing"
    zh = "、".join(f"{word.zh} {n}" for word, n in told) or "无"
    return Text(
        f"{many(len(found.found), 'decision')}: {every}. Asked of every date from {found.first} to {found.last}, every reading, and facts "
        "that are known, not known, or dates not yet come.",
        f"共 {len(found.found)} 项决定：{zh}。范围：{found.first} 至 {found.last} 的任何日期、任何读法，事实可为已知、未知或尚未发生。",
    )


def data(found: Proof) -> str:
    """The same by machine."""
    decisions = [
        {"decision": decision, "findings": [_data(found.rules, found.rules[decision], one) for one in some]}
        for decision, some in found.found.items()
    ]
    asked = {"as_of": found.as_of.isoformat(), "from": found.first.isoformat(), "to": found.last.isoformat()}
    return dump({"format": FORMAT, **asked, "decisions": decisions, "not_settled": dict(found.unheld)})


def _data(rules: Mapping[str, Rule], rule: Rule, one: Found) -> dict[str, object]:
    return {
        "kind": one.kind, "about": one.about, "beside": list(one.beside), "which": one.which, "options": list(one.options),
        "fault": one.kind in FAULTS, "proved": one.proved, "message": sentence(rule, one).to_json(),
        **({"says": [to_json(value) for value in one.said]} if one.said else {}),
        "case": None if one.example is None else case_data(rule, one.example),
        **({} if one.risen is None else {"risen": case_data(rules[one.risen.decision], one.risen)}),
    }  # fmt: skip
