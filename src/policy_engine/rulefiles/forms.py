"""What a rule file writes for the keys, types and forms that other tools and people write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from policy_engine.basics.errors import Text, did_you_mean
from policy_engine.basics.places import Path_
from policy_engine.language.instead import write


def _flat(groups: Mapping[str, Text]) -> Mapping[str, Text]:
    return {word: told for words, told in groups.items() for word in words.split()}


_LIST: Final = Text(
    "a list of things stands under `rows`: its columns, its totals", "多行清单写在 `rows` 之下：各列与合计"
)
_KEYS: Final = _flat({
    "min minimum at_min": write("at_least"), "max maximum at_max": write("at_most"),
    "options enum values choices": Text("options are of: [boat, ferry], values is: …", "选项写作 of: [boat, ferry]，数值写作 is: …"),
    "required optional nullable": Text("every fact may be unknown; what silence means is said by `assume`", "事实均可未知；未填时的推定由 `assume` 写明"),
    "text quote source excerpt": write("cite: {at: 第七条, phrase: …}"), "article clause section reference": write("cite: {at: 第七条, phrase: …}"),
    "if condition applies": write("when"), "then result": write("is"), "else default": write("otherwise"),
    "requires check must rule": write("require"), "exceptions exception except": write("unless: [{when: …, cite: …}]"),
    "avg average mean": Text("a formula over a `sum` and a `count`: fees / members", "以 `sum`、`count` 合计另写公式：fees / members"), "hit_policy policy": Text("match: first; a result that is added up has `by: sum`", "写 match: first；累加的结果列写 `by: sum`"),
    "name key": write("id; title is for people", "id；title 供人阅读"), "description comment remark": write("note"),
    "effective_from valid_from start": write("from"), "effective_to valid_until expires": write("until"), "deadline": write("due"),
    "level severity": write("force"), "formula expression": write("value: {type: …, is: …}"),
})  # fmt: skip
_WORDS: Final = _flat({
    "integer int 整数 个数": write("count"), "bool boolean yesno 是否 布尔": write("flag"), "decimal float double numeric 数字 数": write("number"),
    "string str 文本 文字 字符串": Text("what is compared is a choice or a code, a name a text", "比较用的为 choice 或 code，名称为 text"),
    "enum option 选项 单选": write("choice"), "multi multiselect 多选": write("set"), "list array table 列表": _LIST,
    "amount currency yuan 金额": write("money"), "percent percentage ratio 比例 百分比": write("share"), "面积": write("area"),
    "datetime time timestamp 日期": write("date"), "duration days": write("quantity with unit: day", "quantity，unit: day"),
    "must shall mandatory prohibited 应当 应 必须 须 不得 严禁 禁止": write("binding"), "should 一般 原则上": write("ordinary"),
    "goal 目标 力争": write("target"), "may can 可 可以": write("option"),
})  # fmt: skip
_FORMS: Final = {
    "inputs": "{fee: {type: money}}", "rows": "{member: {columns: …, totals: …}}", "columns": "{fee: {type: money}}",
    "register": "{date: held_on, columns: {held_on: {type: date}}, totals: {held: {count: true, per: last 12 months}}}", "by": "{name: member}", "totals": "{fees: {sum: fee}, members: {count: 'true'}}", "cite": "{at: 第七条, phrase: 每年不超过2000元}", "value": "{type: money, is: 600元 * n}",
    "uses": "{ceiling: common.parameters/ceiling}", "up_to": "{36000: 3%, 144000: 10%}", "below": "{36000: 3%, 144000: 10%}", "of": "[boat, ferry]",
    "provisions": "[{id: cap, cite: …, require: …}]", "unless": "[{when: …, cite: …}]", "scope": "[{when: …, cite: …}]",
    "cases": "[{when: n > 3, is: 10元}, {otherwise: 5元}]", "assume": "{value: 0, why: …}",
    "facts_must": "[left_on <= returned_on]", "require": "a <= 1 and b <= 2", "calendar": "cn", "gives": "{fee: {type: money}}",
    "options": "{strict: {why: …}, broad: {why: …}}", "formulas": "[{id: old, cite: …, value: {type: flag, is: …}}]",
}  # fmt: skip
_ENTRIES: Final = {
    "inputs": "{type: flag}",
    "columns": "{type: flag}",
    "gives": "{type: money}",
    "totals": "{count: 'true'}",
    "readings": "{question: …, default: strict, options: {strict: {why: …}, broad: {why: …}}}",
}


def of_key(name: str, known: Collection[str]) -> Text | None:
    """What is written for a key that is none, where that is accepted."""
    told = _KEYS.get(name.lower())
    return told if told and not set(re.findall(r"\w+", told.en)).isdisjoint(known) else None


def of_word(word: str) -> Text | None:
    """What is written for a type or a force that is none."""
    return _WORDS.get(word.lower())


def of_form(path: Path_) -> Text | None:
    """An example of what stands at a place that takes another form."""
    steps = [step for step in path if isinstance(step, str)]
    if steps[:1] == ["register"] and "totals" in steps[:-1]:
        return _as_in(steps[2], "{count: 'true', per: month}")
    if len(steps) > 1 and steps[-2] in _ENTRIES:
        return _as_in(steps[-1], _ENTRIES[steps[-2]])
    return _as_in(steps[-1], _FORMS[steps[-1]]) if steps and steps[-1] in _FORMS else None


def _as_in(key: str, form: str) -> Text:
    return Text(f"as in {key}: {form}", f"写法如 {key}: {form}")


def of_no_column(name: str, columns: Iterable[str], used: object) -> Text | None:
    """What is written for `at` another day or key where a name is no column of a table here."""
    if isinstance(used, Mapping) and name in used:
        another = f"uses: {{{name}: {{from: …, with: {{as_of: sold_on}}}}}}"
        return Text(f"of another day or fact: {another}", f"其他日期或事实的取值写作 {another}")
    return did_you_mean(name, columns)
