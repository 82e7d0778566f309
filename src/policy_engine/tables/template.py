"""What a blank table asks for: a column for each input, with its unit, its options, a note with the clause, an example."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import SQUARE_METRE, YUAN, unit_words
from policy_engine.deciding.decide import contradicted
from policy_engine.deciding.facts import read_input, within
from policy_engine.deciding.situation import Situation
from policy_engine.language import ir
from policy_engine.procedures.procedure import Procedure
from policy_engine.rulebook.rule import Input, Names, Provision, Rows, Rule
from policy_engine.tables.columns import rule_of_list
from policy_engine.tables.marks import is_a_fact
from policy_engine.words import bound_text, citation, say

CITES: Final = 4
_DAY: Final = dt.date(2025, 3, 3)
_YES: Final = Text("yes", "是")
_NO: Final = Text("no", "否")
EXAMPLE: Final = Text("Example", "示例")
NUMBER: Final = Text("No.", "序号")
EVENT_KEYS: Final = {
    "case": Text("Case", "案件"), "kind": Text("Step", "步骤"), "at": Text("Date", "发生日期"),
    "id": Text("Event", "事件编号"), "corrects": Text("Corrects", "更正的事件"),
}  # fmt: skip
"""What the columns of a table of events are called besides the facts."""
_EVENT_NOTES: Final = {
    "case": Text("Which case the event belongs to.", "事件所属的案件，同一案件写法须一致。"),
    "kind": Text("What happened: one of the steps.", "发生了什么：从步骤中选择。"),
    "at": Text("When it happened, such as 2025-03-03.", "发生的日期，如 2025-03-03。"),
    "id": Text("Leave it empty, or give each event a name of its own.", "可不填；填写的，每个事件各不相同。"),
    "corrects": Text(
        "The event that this one replaces; empty for a new one.", "更正此前事件的，填该事件编号；新事件不填。"
    ),
}
_HOW: Final = {
    "flag": Text("Yes or no.", "填“是”或“否”。"),
    "date": Text(
        "A date such as 2025-03-03; what has not happened is `not yet`.", "日期，如 2025-03-03；尚未发生的填“尚未”。"
    ),
    "choice": Text("One of the list.", "从列表中选一项。"),
    "set": Text(
        "Any of the list, joined by a comma; `none` where there is none.", "可填多项，用顿号分开；没有的填“无”。"
    ),
    "money": Text("An amount; 15亿元 may be written too.", "金额；也可连单位写，如 15亿元。"),
    "share": Text("A share in percent: 15 or 15%.", "百分比：15 或 15%。"),
    "count": Text("A whole number.", "整数。"),
    "quantity": Text("A number.", "数。"),
}

_OF_LIST: Final = Text(
    "Comes of the rows of “{}”: leave it empty where they are filled in.",
    "由工作表“{}”各行得出：填了各行的，此列不填。",
)
_WHOSE: Final = Text(
    "Each row has the number of its case; a case may have many.", "每行的序号与所属案例的序号相同，一个案例可有多行。"
)
TAB: Final = 31
"""So long the name of a sheet is at most."""


@dataclass(frozen=True, kw_only=True)
class Blank:
    """A column of a blank table: its header, what may be chosen, a note for who fills it in, an example."""

    header: str
    note: str
    options: tuple[str, ...] = ()
    example: Any = None
    kind: str = ""
    one_of: bool = True


def blanks(rule: Rule, lang: Lang, first: Sequence[str] = ()) -> list[Blank]:
    """A column for each input that can stand in one, some of them first; those of lists are given by their totals."""
    asked = {name: e for name, e in rule.askable.items() if name not in rule.rows}
    order = [*(name for name in first if name in asked), *(name for name in asked if name not in first)]
    found = {name: _blank(asked[name], rule, lang) for name in order}
    for rows in rule.rows.values():
        of = _OF_LIST.of(lang).format(_tab(rows, lang))
        found |= {name: replace(found[name], note=f"{found[name].note}\n{of}") for name in rows.totals if name in found}
    return _possible(found, rule)


def blank_lists(rule: Rule, lang: Lang) -> dict[str, list[Blank]]:
    """The columns of each list of a decision, by what its sheet is called."""
    return {_tab(rows, lang): _of_list(rows, rule, lang) for rows in rule.rows.values()}


def _of_list(rows: Rows, rule: Rule, lang: Lang) -> list[Blank]:
    seen = rule_of_list(rows, rule)
    notes = {key: note_of(column, rule, lang) for key, column in rows.columns.items()}
    found = {key: replace(_blank(entry, seen, lang), note=notes[key]) for key, entry in seen.inputs.items()}
    first, *others = found.values()
    return [replace(first, note=f"{_WHOSE.of(lang)}\n{first.note}"), *others]


def _tab(rows: Rows, lang: Lang) -> str:
    """What the sheet of a list is called: its label, where a sheet can be called so."""
    label = rows.label.of(lang)
    return label if 0 < len(label) <= TAB and not set(label) & set("[]:*?/\\'") else rows.name


def _possible(found: dict[str, Blank], rule: Rule) -> list[Blank]:
    """The columns with examples that can hold together: one that contradicts others is another value, or there is none."""
    while wrong := _contradictions(found, rule):
        names = [name for name in reversed(ir.names(wrong[0])) if name in found and found[name].example is not None]
        ways = (
            {**found, name: replace(found[name], example=value)}
            for name in names
            for value in _others(found[name])
            if is_a_fact(value, rule.askable[name])
        )
        better = next((way for way in ways if len(_contradictions(way, rule)) < len(wrong)), None)
        if better is None and not names:
            break
        found = better or {**found, names[0]: replace(found[names[0]], example=None)}
    return list(found.values())


def _contradictions(found: Mapping[str, Blank], rule: Rule) -> list[ir.Node]:
    """What the examples must fulfil and do not."""
    given = {n: read_input(rule.askable[n], b.example) for n, b in found.items() if b.example is not None}
    facts = {name: value for name, value in given.items() if name in rule.inputs}
    return [must for must, _ in contradicted(Situation(rule, facts, _DAY, {}))]


def _others(column: Blank) -> Sequence[Any]:
    """Other examples of a column."""
    if isinstance(column.example, dt.date):
        return [column.example + dt.timedelta(days=days) for days in (-31, 14, 31)]
    if column.options:
        return column.options[1:]
    return ["0", "2", "3", "5", "10", "20"] if str(column.example).isdecimal() else []


def blank_events(procedure: Procedure, lang: Lang) -> list[Blank]:
    """The columns of a table of events: case, step, date, then every fact that a step brings."""
    steps = tuple(step.title.of(lang) for step in procedure.steps.values())
    examples = {"case": Text("A", "甲").of(lang), "kind": steps[0], "at": _DAY, "id": None, "corrects": None}
    own = [
        Blank(header=words.of(lang), note=_EVENT_NOTES[key].of(lang), options=steps if key == "kind" else (),
              example=examples[key], kind="date" if key == "at" else "")
        for key, words in EVENT_KEYS.items()
    ]  # fmt: skip
    steps_ = procedure.steps.values()
    made = {name for step in steps_ for name in step.sets}
    asked = {name for step in steps_ for name in step.facts if name not in step.sets} | (procedure.given - made)
    facts = [_of_steps(entry, procedure, lang) for name, entry in procedure.rule.inputs.items() if name in asked]
    return [*own[:3], *facts, *own[3:]]


def _of_steps(entry: Input, procedure: Procedure, lang: Lang) -> Blank:
    """A fact of events: its note says which steps bring it; the example is of the first step."""
    bringing = [step for step in procedure.steps.values() if entry.name in set(step.facts) - set(step.sets)]
    found = _blank(entry, procedure.rule, lang)
    if not bringing:
        return found
    comma, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    of = f"{EVENT_KEYS['kind'].of(lang)}{colon}{comma.join(step.title.of(lang) for step in bringing)}"
    first = next(iter(procedure.steps.values()))
    return replace(found, note=f"{found.note}\n{of}", example=found.example if first in bringing else None)


def header_of(entry: Input, rule: Rule, lang: Lang) -> str:
    """What a column is called so that it is read as this input: its label with the unit, else its name."""
    label = entry.label.of(lang)
    if rule.called(label) is not entry:
        return entry.name
    unit = unit_of(entry, lang)
    return label if not unit else f"{label}（{unit}）" if lang == "zh" else f"{label} ({unit})"


def unit_of(entry: Input, lang: Lang) -> str:
    """The unit that stands in a header, where there is one word for it."""
    if entry.type.kind != "number":
        return ""
    if entry.type_name == "share":
        return "%"
    known = {YUAN: Text("yuan", "元"), SQUARE_METRE: Text("m2", "平方米")}
    if entry.type.unit in known:
        return known[entry.type.unit].of(lang)
    spoken = unit_words(entry.type.unit).zh.strip() if entry.type_name == "quantity" and lang == "zh" else ""
    return spoken or entry.unit_word.of(lang)


def _blank(entry: Input, rule: Rule, lang: Lang) -> Blank:
    options = tuple(label.of(lang) or name for name, label in entry.options.items())
    kind = entry.type.kind
    choices = options if kind in ("choice", "set") else (_YES.of(lang), _NO.of(lang)) if kind == "flag" else ()
    return Blank(
        header=header_of(entry, rule, lang), note=note_of(entry, rule, lang), options=choices,
        example=_example(entry, choices), kind=kind, one_of=kind != "set",
    )  # fmt: skip


def note_of(entry: Input, rule: Rule, lang: Lang) -> str:
    """How a column is filled in, what is taken where it is empty, and the clauses that ask for it."""
    lines = [entry.help.of(lang)] if entry.help else []
    how = (
        _HOW.get(entry.type_name)
        or _HOW.get("share" if entry.type_name == "share" else entry.type.kind)
        or _HOW["quantity"]
    )
    lines.append(how.of(lang))
    lines += [bound_text(bound).of(lang) for bound in entry.bounds if not (bound.relation == ">=" and not bound.value)]
    if entry.type.kind == "set":
        lines.append(("、" if lang == "zh" else ", ").join(label.of(lang) for label in entry.options.values()))
    colon = "：" if lang == "zh" else ": "
    if entry.assume:
        shown = Names({entry.name: entry}, {}).shown(entry.assume.value, entry.name).of(lang)
        lines.append(f"{say('assumed', lang)}{colon}{shown}（{entry.assume.why.of(lang)}）")
    asking = list(dict.fromkeys(citation(cite) for p in _asking(entry.name, rule.provisions) for cite in p.cites))
    lines += [f"{say('citation', lang)}{colon}{cite}" for cite in asking[:CITES]]
    return "\n".join(lines)


def _asking(name: str, provisions: Iterable[Provision]) -> list[Provision]:
    """The provisions that use an input themselves."""
    return [provision for provision in provisions if name in provision.names]


def _example(entry: Input, choices: Sequence[str]) -> Any:
    """A value that the input accepts, as it is written under its header."""
    kind = entry.type.kind
    if kind in ("choice", "set", "flag"):
        return choices[0] if choices else None
    if kind == "date":
        return _DAY
    for number in (1, 10, 100, 3000, Fraction(1, 2), Fraction(1, 10)):
        if within(entry, Fraction(number)) and not (entry.type.integer and Fraction(number).denominator > 1):
            share = entry.type_name == "share"
            return (
                f"{int(Fraction(number) * 100)}%"
                if share
                else str(number)
                if Fraction(number).denominator == 1
                else "0.5"
            )
    return None
