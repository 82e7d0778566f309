"""The words users read, in English and Chinese, and the exit codes scripts read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import IntEnum
from fractions import Fraction
from typing import Final

from policy_engine.basics.errors import Lang, Text, visible
from policy_engine.basics.values import (
    Unknown,
    grouped,
    to_json,
)
from policy_engine.deciding.facts import BOUND_WORDS, Justification
from policy_engine.deciding.outcome import Alternative, OutcomeName, Status
from policy_engine.explaining.chinese import beside, in_quotes, in_unit, listed, with_unit
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.explaining.distance import bound_shown, moved_by
from policy_engine.explaining.fitting import Fit
from policy_engine.explaining.remedy import Remedy
from policy_engine.explaining.taken import taken
from policy_engine.explaining.together import together
from policy_engine.language.ir import Force
from policy_engine.rulebook.rule import Bound, Citation, Document, Names, Provision

STATUS: Final[dict[Status, Text]] = {
    "satisfied": Text("satisfied", "符合"),
    "violated": Text("violated", "违反"),
    "departed": Text("departed", "偏离"),
    "missed": Text("missed", "未达标"),
    "not_applicable": Text("not applicable", "不适用"),
    "pending": Text("pending", "未到期"),
    "undetermined": Text("undetermined", "无法判定"),
}
MARK: Final[dict[Status, str]] = {
    "satisfied": "✓", "violated": "✗", "departed": "△", "missed": "△", "not_applicable": "-", "pending": "…", "undetermined": "?",
}  # fmt: skip
OPEN_PERIOD: Final = Text("not over, or not wholly known", "期间未完结或登记不全")
OUTCOME: Final[dict[OutcomeName, Text]] = {
    "compliant": Text("COMPLIANT", "合规"),
    "non_compliant": Text("NON-COMPLIANT", "不合规"),
    "undetermined": Text("UNDETERMINED", "无法判定"),
    "compliant_with_departures": Text("COMPLIANT WITH DEPARTURES", "合规（有偏离）"),
    "pending": Text("NOT DUE YET", "未到期"),
    "not_applicable": Text("NOT APPLICABLE", "不适用"),
}
FORCE: Final[dict[Force, Text]] = {
    "binding": Text("binding", "强制"),
    "ordinary": Text("ordinarily", "一般"),
    "target": Text("target", "目标"),
    "option": Text("permitted", "可以"),
}
TYPES_ZH: Final = {
    "count": "整数", "number": "数", "money": "金额", "share": "比例", "area": "面积", "quantity": "数量", "date": "日期", "flag": "是否",
    "choice": "单选", "set": "多选", "code": "代码", "text": "文字", "rows": "清单",
}  # fmt: skip
"""What types of values are called in Chinese."""
WORDS: Final[dict[str, Text]] = {
    "as_of": Text("as of", "截至"), "mend": Text("to mend it", "整改"), "would_do": Text("would comply", "可符合的取值"),
    "on_the_day": Text(", that day itself", "（判定当日办理）"), "days": Text(" days", " 天"),
    "no_mend": Text("no single fact that can be changed mends this alone", "仅变更任何一项可变更的事实均无法整改"),
    "or": Text("; or ", "；或者"), "contested": Text("contested", "有争议"), "other_reading": Text("other reading", "另一读法"),
    "values": Text("Values", "计算结果"), "ask": Text("To decide, find out", "尚需查明"),
    "not_applicable": Text("Not applicable", "不适用"), "note": Text("note", "说明"), "see": Text("see also", "另见"),
    "lead": Text("lead body", "牵头单位"), "progress": Text("progress", "进度"), "due": Text("due", "期限"),
    "step": Text("used by other provisions only", "仅供其他条款使用"),
    "justified": Text("justified", "已说明理由"), "expired": Text("justification expired", "说明已过期"),
    "summary": Text("Summary", "汇总"), "cases": Text("Cases", "案例"), "case": Text("Case", "案例"),
    "outcome": Text("Outcome", "结论"), "document": Text("Document", "文件"), "decision": Text("Decision", "决定"),
    "title": Text("Title", "名称"), "provision": Text("Provision", "条款"), "report": Text("Compliance report", "合规报告"),
    "inputs": Text("Inputs", "输入"), "provisions": Text("Provisions", "条款"), "claims": Text("Holds for every case", "对一切情形成立"),
    "readings": Text("Questions the text leaves open", "文本未明确的问题"), "default": Text("default", "默认"),
    "facts": Text("Facts", "事实"), "steps": Text("Steps, the `kind` of an event", "步骤（事件的 kind）"),
    "after": Text("after", "须先有"), "repeats": Text("may repeat", "可重复"), "closes": Text("closes the case", "了结案件"),
    "judges": Text("judged", "核验"), "deadlines": Text("Deadlines", "期限"), "opened_by": Text("runs from", "起于"),
    "met_by": Text("met by", "以此履行："), "met_since": Text("from", "履行不早于："), "after_missed": Text("or from the last day, missed, of", "或者下列期限逾期时起："), "ended_by": Text("ended by", "以此终止："),
    "consequences": Text("Consequences", "后果"), "event": Text("An event, one a line", "事件示例（每行一个）"),
    "procedures": Text("Procedures (policy watch)", "程序（policy watch）"),
    "register": Text("Register (policy register): columns", "登记表（policy register）的列"), "also": Text("also", "又作"),
    "others": Text("other inputs as columns, or of all entries with --set", "其他输入可另设列，全部登记相同的也可用 --set 给出"),
    "dates_it": Text("dates an entry", "登记日期"), "whom": Text("whom an entry is about", "登记对象"),
    "totals": Text("Worked out from the entries", "由登记事项算出"), "assumed": Text("Assumed, since nobody said", "未填而推定"),
    "rests_on": Text("rests on what is assumed", "以推定为前提"),
    "unsettled": Text("the text does not settle it", "文本未作规定"), "status": Text("Status", "状态"),
    "why": Text("Reason", "理由"), "citation": Text("Citation", "依据"), "amounts": Text("Value", "数值"),
    "unfinished": Text("unfinished", "未完结"), "in_force": Text("in force", "有效期"), "passed": Text("passed", "通过"),
    "failed": Text("failed", "未通过"), "expected": Text("expected", "应为"), "found": Text("found", "实为"),
    "lacks": Text("no scenario for", "缺少情景："), "covered": Text("provisions covered", "项条款已覆盖"),
    "mutants": Text("changes tried", "处改动"), "killed": Text("noticed", "被察觉"), "equivalent": Text("equivalent", "等价"),
    "alive": Text("unnoticed", "未被察觉"),
    "stale": Text("declared equivalent, but it is noticed or gone", "已声明等价，但会被察觉或已不存在"),
}  # fmt: skip
_LIMITS: Final = {
    "<=": Text("at most", "不超过"), ">=": Text("at least", "不少于"), "<": Text("below", "低于"),
    ">": Text("above", "高于"), "==": Text("", ""), "!=": Text("not", "非"),
}  # fmt: skip
_DATE_LIMITS: Final = {
    "<=": Text("by", "不晚于"), ">=": Text("not before", "不早于"), "<": Text("before", "早于"), ">": Text("after", "晚于"),
    "==": Text("", ""), "!=": Text("not", "非"),
}  # fmt: skip


def say(key: str, lang: Lang) -> str:
    """A word by its key."""
    return WORDS[key].of(lang)


def colon(lang: Lang) -> str:
    """What stands between a word and what is said of it."""
    return "：" if lang == "zh" else ": "


def over(key: str, lang: Lang) -> str:
    """A word above what belongs to it: `Values:`."""
    return say(key, lang) + colon(lang).rstrip()


def aside(said: str, lang: Lang) -> str:
    """What stands in brackets behind a word."""
    return f"（{said}）" if lang == "zh" else f" ({said})"


def contested(lang: Lang) -> str:
    """The mark behind what another reading decides otherwise."""
    return aside(say("contested", lang), lang)


def named(name: str, title: Text, lang: Lang) -> str:
    """What something is called: in English with its name, which is typed and read by machines, in Chinese its title."""
    return title.of(lang) if lang == "zh" else f"{name}  {title.of(lang)}"


def citation(cite: Citation) -> str:
    """Document, locator and phrase."""
    return f"{cite.document} {cite.at} 「{cite.phrase}」"


def remedy(found: Remedy, decision: Decision, lang: Lang) -> str:
    """`Amount to invest at most 225,000,000 yuan (-15,000,000 yuan)`."""
    entry = decision.inputs[found.input]
    if found.options:
        return entry.label.of(lang) + colon(lang) + _any_of([entry.options[o].of(lang) for o in found.options], lang)
    limits = _DATE_LIMITS if isinstance(found.value, dt.date) else _LIMITS
    done = isinstance(found.value, dt.date) and found.change is None  # what had not happened yet, from no day to a day
    now = f"{found.value}{say('on_the_day', lang)}" if done else None
    value = now or bound_shown(found.value, found.relation, found.input, decision.names).of(lang)
    unit = decision.names.unit(found.input).of(lang) if isinstance(found.value, Fraction) else ""
    limit = limits[found.relation].of(lang)
    head = beside(lang, entry.label.of(lang), limit, value) if limit else entry.label.of(lang) + colon(lang) + value
    head = with_unit(head, unit)
    if found.add or found.remove:
        return entry.label.of(lang) + colon(lang) + _set_change(found, decision, lang)
    if found.change is None:
        return head
    moved = unit or (say("days", lang) if isinstance(found.value, dt.date) else "")
    return head + moved_by(found.change, found.relation in (">", ">="), entry.type_name == "share", moved, lang)


MANY: Final = 6
"""Of more options so many are told."""


def _any_of(options: Sequence[str], lang: Lang) -> str:
    """Options of which each would do, the first of many: `无偿或低偿`."""
    zh, more = lang == "zh", len(options) - MANY
    if zh and any(sign in option for option in options for sign in "、，或"):
        options = [in_quotes(option) for option in options]
    between = "、" if zh else ", "
    if more > 0:
        return between.join(options[:MANY]) + (f"等{len(options)}项之一" if zh else f" or one of {more} more")
    return between.join(options[:-1]) + ("或" if zh else " or ") + options[-1]


def fitting(finding: Finding, decision: Decision, lang: Lang) -> str:
    """What would do of facts that are waited for, each alone: `would comply: Amount at most 225,000,000 yuan`; or empty."""
    ways = say("or", lang).join(_fit(fit, decision, lang) for fit in finding.fits)
    return ways and say("would_do", lang) + colon(lang) + ways


def _fit(fit: Fit, decision: Decision, lang: Lang) -> str:
    names, zh = decision.names, lang == "zh"
    label, any_of = names.label(fit.input).of(lang), say("or", lang).lstrip("；;") if zh else " or "
    if fit.options:
        shown = [names.shown(option, fit.input).of(lang) for option in fit.options]
        return label + ("：" if zh else ": ") + (listed(shown) if zh else " or ".join(shown))
    unit = names.unit(fit.input).of(lang)
    ranges = []
    for each in fit.ranges:
        parts = []
        for op, value_ in each:
            limits = _DATE_LIMITS if isinstance(value_, dt.date) else _LIMITS
            bound = bound_shown(value_, op, fit.input, names).of(lang)
            parts.append(with_unit(beside(lang, limits[op].of(lang), bound), unit))
        ranges.append(("且" if zh else " and ").join(parts))
    exact = all(op == "==" for each in fit.ranges for op, _ in each)
    said = any_of.join(ranges)
    return label + colon(lang) + said if exact else beside(lang, label, said)


def _set_change(found: Remedy, decision: Decision, lang: Lang) -> str:
    """What leaves a set and what joins it, in the order in which the rule lists its options."""
    options = decision.inputs[found.input].options
    parts = []
    for members, word in ((found.remove, Text("without ", "去掉")), (found.add, Text("with ", "加上"))):
        if members:
            shown = [option.of(lang) for name, option in options.items() if name in members]
            parts.append(word.of(lang) + listed(shown, lang))
    return ("；" if lang == "zh" else "; ").join(parts)


def remedies(finding: Finding, decision: Decision, lang: Lang) -> str:
    """All remedies of a finding on one line; empty where none is called for."""
    if finding.no_remedy:
        return say("no_mend", lang)
    if not finding.remedies:
        return ""
    return say("mend", lang) + colon(lang) + say("or", lang).join(remedy(r, decision, lang) for r in finding.remedies)


def alternative(found: Alternative, names: Names, lang: Lang, name: str = "", typed: bool = False) -> str:
    """What another reading gives, with the words that say so."""
    return other_reading(otherwise(found, names, lang, name, typed), lang)


def other_reading(said: str, lang: Lang) -> str:
    """What is said of another reading, with the words that say so."""
    return say("other_reading", lang) + ("：" if lang == "zh" else " ") + said


def otherwise(found: Alternative, names: Names, lang: Lang, name: str = "", typed: bool = False) -> str:
    """The question, the answer that is taken otherwise, and what comes of it; on an English terminal `direct_cap = each: satisfied`."""
    return f"{chosen(found, names, lang, typed)}{colon(lang)}{comes_to(found, names, lang, name)}"


def chosen(found: Alternative, names: Names, lang: Lang, typed: bool = False) -> str:
    """Which answers to which questions another reading takes; `typed`: in English as it is typed behind --reading."""
    if typed and lang == "en":
        return ", ".join(f"{q} = {o}" for q, o in found.choose.items())
    return ("；" if lang == "zh" else "; ").join(_taken(q, o, names, lang) for q, o in found.choose.items())


def comes_to(found: Alternative, names: Names, lang: Lang, name: str = "") -> str:
    """What another reading gives: a status, an outcome, or a value of what is called `name`."""
    if found.status is not None:
        return STATUS[found.status].of(lang)
    if found.outcome is not None:
        return OUTCOME[found.outcome].of(lang)
    if found.value is None or (isinstance(found.value, Unknown) and found.value.low is found.value.high is None):
        return STATUS["undetermined"].of(lang)
    return in_unit(found.value, name, names).of(lang)


def _taken(question: str, option: str, names: Names, lang: Lang) -> str:
    """A question that the text leaves open and an answer to it, in words."""
    reading = names.readings.get(question)
    return f"{question} = {option}" if reading is None else taken(reading, option).of(lang)


def justification(found: Justification, lang: Lang) -> str:
    """Who, why, until when."""
    head = say("expired" if found.expired else "justified", lang)
    until, comma = f" ({found.until})" if found.until else "", "，" if lang == "zh" else ", "
    return f"{head}{colon(lang)}{visible(found.who)}{comma}{visible(found.why)}{until}"


def progress(finding: Finding) -> str:
    """The share of the way to a target, as a percentage to two places where it does not come out even."""
    share = finding.margin.progress if finding.margin else None
    if share is None:
        return ""
    percent = share * 100
    return f"{grouped(Fraction(int(percent * 100), 100))}%" + ("" if (percent * 100).denominator == 1 else "…")


def value(result: FormulaResult, decision: Decision, lang: Lang) -> str:
    """A value with its unit, or why there is none."""
    if isinstance(result.value, Unknown):
        if not result.applies:
            return STATUS["not_applicable"].of(lang)
        return STATUS["undetermined"].of(lang) + aside(together(decision.awaited(result, result.value)).of(lang), lang)
    p = result.clause
    if isinstance(result.value, frozenset) and set(result.order) == result.value:
        members = [decision.names.option(member, p.id).of(lang) for member in dict.fromkeys(result.order)]
        return listed(members, lang) or decision.names.shown(result.value, p.id).of(lang)
    return in_unit(result.value, p.id, decision.names).of(lang)


def why_idle(finding: Finding, lang: Lang) -> str:
    """Why a check does not apply, where a heading says that it does not, and whether that is contested."""
    why = finding.reason.of(lang).removeprefix("不适用：" if lang == "zh" else "does not apply: ")
    return why + (contested(lang) if finding.contested else "")


def grounds(result: FormulaResult, lang: Lang) -> list[str]:
    """What a value rests on, a line each: clause and note; nothing of one that does not apply."""
    if not result.applies:
        return []
    return [*dict.fromkeys(map(citation, result.cites)), *noted(result, lang)]


def noted(result: FormulaResult, lang: Lang) -> list[str]:
    """The note of a value, as a line; none of one that does not apply."""
    note = result.note if result.applies else None
    return [say("note", lang) + colon(lang) + note.of(lang)] if note else []


def pointed(p: Provision, decision: Decision, lang: Lang) -> str:
    """`see also: government.trip/approved-trip`; in Chinese by titles alone, empty where none was looked up."""
    named_ = (
        [decision.pointers[target].zh for target in p.see if target in decision.pointers] if lang == "zh" else p.see
    )
    return say("see", lang) + colon(lang) + ("；" if lang == "zh" else ", ").join(named_) if named_ else ""


def assumed(decision: Decision, lang: Lang) -> list[str]:
    """What the answer rests on that nobody gave, each with its value and why silence means it."""
    told = []
    for name, value_ in decision.assumed.items():
        entry = decision.inputs[name]
        shown = in_unit(value_, name, decision.names).of(lang)
        why = entry.assume.why.of(lang) if entry.assume else ""
        told.append(entry.label.of(lang) + colon(lang) + shown + aside(why, lang))
    return told


def rests_on(found: Finding | FormulaResult, decision: Decision, lang: Lang) -> str:
    """`rests on what is assumed: Emergency`; empty where it rests on nothing assumed."""
    called = [decision.inputs[n].label.of(lang) for n in found.assumes]
    labels = listed(called, lang)
    return labels and say("rests_on", lang) + ("：" if lang == "zh" else ": ") + labels


def conclusion(decision: Decision, lang: Lang) -> str:
    """The outcome, marked when other readings give another one."""
    text = OUTCOME[decision.outcome].of(lang)
    return text + contested(lang) if decision.contested else text


def citation_text(cite: Citation) -> str:
    """Document number and locator, as a reader would look it up."""
    return f"{cite.document} {cite.at}"


def bound_text(bound: Bound) -> Text:
    """A bound as words: `at least 0`."""
    en, zh = BOUND_WORDS[bound.relation]
    limit = to_json(bound.value)
    return Text(f"{en} {limit}", f"{zh}{limit}")


class Exit(IntEnum):
    """Exit codes of the command line."""

    COMPLIANT = 0
    NON_COMPLIANT = 1
    UNUSABLE = 2
    UNDETERMINED = 3


def exit_of(outcomes: Iterable[OutcomeName], strict: bool) -> Exit:
    """The exit code of some outcomes; with `strict` a departure or a missed target counts as non-compliance."""
    found = set(outcomes)
    if "non_compliant" in found or (strict and "compliant_with_departures" in found):
        return Exit.NON_COMPLIANT
    return Exit.UNDETERMINED if "undetermined" in found else Exit.COMPLIANT


def span(one: Provision | Document, lang: Lang) -> str:
    """From when until when it is in force; empty where neither is said."""
    first, last = one.valid_from, one.valid_until
    days = Text(f"{first} to {last}", f"{first} 至 {last}") if first and last else Text(f"from {first}", f"{first} 起")
    return (days if first else Text(f"until {last}", f"至 {last}")).of(lang) if first or last else ""


def many(count: int, of: str, others: str = "") -> str:
    """So many of something in English: `1 row`, `2,000 rows`; `others`: what more than one are called, if not with an s."""
    return f"{count:,} {of if count == 1 else others or f'{of}s'}"
