"""What scenarios leave open, in words: what none exercises, and changes of a rule that none notices.

In English it stands as it is written in the rule and declared in `equivalent.yaml`; in Chinese by labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Lang, Text
from policy_engine.explaining.chinese import in_quotes, spoken
from policy_engine.language import ir, syntax
from policy_engine.proving.coverage import Covered
from policy_engine.proving.mutate import Mutant
from policy_engine.rulebook.rule import Input, Names, Provision, Rule
from policy_engine.words import FORCE, STATUS, say

_SEEN: Final = {"not satisfied": Text("", "不符合"), "determined": Text("", "有确定的取值")} | {
    status.replace("_", " "): text for status, text in STATUS.items()
}
_PARTS: Final = {
    "when": "适用条件", "require": "要求", "value": "取值", "due": "期限", "from": "生效日期", "until": "失效日期",
    "each": "逐条核验的登记", "date": "登记日期", "unless": "第 {} 项例外", "scope": "第 {} 项适用范围",
}  # fmt: skip
_KEY: Final = re.compile(r"(?P<part>\w+)(?: (?P<which>\d+))?(?: at (?P<at>\d+))?")
_SUM: Final = re.compile(r"(?P<kind>sum|where|per last) (?P<of>.+)|per (?P<months>\d+) months")
_TOTALS: Final = {
    "days": "按日计", "count": "按次计", "of all": "计全体", "of each": "只计本人", "per running": "累计至该条",
    "per earlier in year": "计本年度此前各条", "per later": "计其后各条",
}  # fmt: skip
_EVERY: Final = {"true": "计全部登记", "false": "不计任何登记"}
_SIGNS: Final = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "and": "且", "or": "或", "not": "非", "true": "是", "false": "否", "if": "如", "then": "则", "else": "否则", "in": "属于", "unsettled": "文本未作规定", "floor": "向下取整", "all_in": "均属于", "any_in": "包括其一", "ceil": "向上取整"}  # fmt: skip
_WORD: Final = re.compile(r'"([^"]*)"|([^\W\d][\w.]*)|[<>=!]=')


def lacking(row: Covered, rule: Rule, lang: Lang) -> str:
    """What no scenario exercises of a provision."""
    if lang == "en":
        return f"{row.decision}/{row.provision.id}: {say('lacks', 'en')} {'; '.join(row.lacking)}"
    told = "；".join(_wanted(want, rule) for want in row.lacking)
    return f"{_title(rule, row.provision.id)}：{say('lacks', 'zh')}{told}"


def _wanted(want: str, rule: Rule) -> str:
    if want in _SEEN:
        return _SEEN[want].zh
    kind, _, rest = want.partition(" ")
    return f"第 {rest} 种情形" if kind == "case" else f"恰在界限上（{_spoken(rest, rule)}）"


def unnoticed(decision: str, provision: str, change: str, rule: Rule, lang: Lang) -> str:
    """A change of a provision."""
    if lang == "en":
        return f"{decision}/{provision}: {change}"
    if provision == "register" and provision not in rule.ids:
        return f"{rule.title.zh}：登记表：{_of_register(change, rule)}"
    return f"{_title(rule, provision)}：{_changed(change, rule)}"


def described(mutant: Mutant, lang: Lang) -> str:
    """A change that nobody notices, as one line."""
    told = unnoticed(mutant.decision, mutant.provision, mutant.change, mutant.rule, lang)
    return Text(f"nobody notices {mutant.place}: {told}", f"没有情景察觉 {mutant.place}：{told}").of(lang)


def _title(rule: Rule, provision: str) -> str:
    titles = [p.title.zh for p in rule.cited if p.id == provision]
    return f"{rule.title.zh}，{in_quotes(titles[0])}" if titles else rule.title.zh


def _changed(change: str, rule: Rule) -> str:
    """`when: dropped`, `unless 2: not urgent`, `require at 16: and → or`."""
    key, _, now = change.partition(": ")
    match = _KEY.fullmatch(key)
    if key == "force":
        return f"约束力改为{FORCE[now].zh}"  # type: ignore[index]
    if match is None or match["part"] not in _PARTS:
        return change
    part = _PARTS[match["part"]].format(match["which"])
    if now == "dropped":
        return f"删去{part}"
    if match["at"]:
        before, _, after = now.partition(" → ")
        return f"{part}第 {match['at']} 个字符起，{_spoken(before, rule)} 改为 {_spoken(after, rule)}"
    return f"{part}改为：{_spoken(now, rule)}"


def _of_register(change: str, rule: Rule) -> str:
    """`date: paid_on`, `field_days: where true`, `field_days: per 3 months`."""
    key, _, now = change.partition(": ")
    if now in _EVERY:
        return f"{_PARTS[key]}改为{_EVERY[now]}"
    if key in ("each", "date"):
        return _changed(change, rule)
    total, match = in_quotes(_names(rule).label(key).zh), _SUM.fullmatch(now)
    if match is None:
        return f"{total}改为{_TOTALS[now]}"
    if match["months"]:
        return f"{total}改为每 {match['months']} 个月合计"
    if match["of"] in _EVERY:
        return f"{total}改为{_EVERY[match['of']]}"
    said = _spoken(match["of"], rule)
    return f"{total}改为" + {"sum": f"{said}之和", "where": f"只计：{said}", "per last": f"计最近{said}"}[match["kind"]]


def _spoken(text: str, rule: Rule) -> str:
    """An expression by labels; a part of one, which is none, word by word."""
    names = _names(rule)
    try:
        node = syntax.parse(re.sub(r"(?<=\w)\.(?=[^\W\d])", "__", text))
        return spoken(ir.substituted(node, {"unsettled": ir.Unsettled(NO_WORDS)}), names)
    except (syntax.SyntaxProblem, TypeError):
        return _WORD.sub(lambda found: _word(found, names), text)


def _word(found: re.Match[str], names: Names) -> str:
    option, name = found.groups()
    if option is not None:
        return in_quotes(names.option(option).zh)
    return _SIGNS.get(found[0]) or names.label(name.replace(".", "__")).zh


def _names(rule: Rule) -> Names:
    """What people call all that the rule has, with what is in its lists and its register."""
    lists = rule.rows.values()
    columns: Mapping[str, Input] = {c.name.replace(".", "__"): c for rows in lists for c in rows.columns.values()}
    formulas: Mapping[str, Provision] = {p.id.replace(".", "__"): p for p in rule.cited if p.is_formula}
    entries = rule.register.columns if rule.register else {}
    return Names({**rule.inputs, **columns, **entries}, formulas, rule.readings)
