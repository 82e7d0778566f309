"""A decision shown to who wants to use it: inputs, provisions, citations, open questions; in Chinese by labels, formulas too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from policy_engine.basics.errors import Lang, Text, visible
from policy_engine.basics.values import DAY, number_text
from policy_engine.explaining.chinese import spoken
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.rulebook.rule import Input, Names, Provision, Register, Rows, Rule, Total
from policy_engine.words import FORCE, TYPES_ZH, aside, bound_text, citation, colon, over, say

_KINDS: Final = {"count": Text("entries", "登记条数"), "days": Text("days", "天数"), "sum": Text("sum", "之和")}
_PERIODS: Final = {
    "month": Text("per month", "每月"), "quarter": Text("per quarter", "每季度"), "half-year": Text("per half-year", "每半年"),
    "year": Text("per year", "每年"), "running": Text("running", "逐笔累计"),
    "earlier in year": Text("earlier in the year", "本年此前"), "later": Text("after the entry", "该笔之后"),
}  # fmt: skip


def callings(rule: Rule) -> Names:
    """What people call every name of a rule, those of its lists and its register too."""
    names = rule.names(dt.date.today())
    listed = {c.name: c for rows in rule.rows.values() for c in rows.columns.values()}
    totals = {name: entry for rows in rule.rows.values() for name, entry in rows.totals.items()}
    formulas = {p.id: p for rows in rule.rows.values() for p in rows.formulas}
    entries = dict(rule.register.columns) if rule.register else {}
    return Names({**entries, **listed, **totals, **rule.inputs}, {**formulas, **names.formulas}, rule.readings)


def formula(node: ir.Node, names: Names, lang: Lang, of: str = "") -> str:
    """An expression: in English as rule files have it, in Chinese in words."""
    return spoken(node, names, of) if lang == "zh" else unparse(node)


def text(rule: Rule, lang: Lang) -> str:
    """The decision as plain text."""
    names = callings(rule)
    lines = [named(rule.decision, rule.title, lang), f"{rule.document.number}  {rule.document.title.of(lang)}"]
    if rule.document.valid_until:
        lines.append(
            f"{say('in_force', lang)}{colon(lang)}{rule.document.valid_from or ''} – {rule.document.valid_until}"
        )
    lines += [f"! {rule.note.of(lang)}"] if rule.note else []
    lines += ["", over("inputs", lang), *(f"  {input_text(entry, names, lang)}" for entry in rule.inputs.values())]
    lines += [line for rows in rule.rows.values() for line in rows_text(rows, names, lang)]
    lines += register_text(rule, rule.register, names, lang) if rule.register else []
    lines += ["", over("provisions", lang)]
    for provision in rule.provisions:
        lines += [
            f"  {named(provision.id, provision.title, lang)}",
            *(f"      {line}" for line in _provision(provision, names, lang)),
        ]
    return "".join(visible(line) + "\n" for line in [*lines, *_readings(rule, lang), *_claims(rule, lang)])


def named(name: str, title: Text, lang: Lang) -> str:
    """What is typed and what it is called: in Chinese what it is called first."""
    return f"{title.zh}（{name}）" if lang == "zh" else f"{name}  {title.en}"


def _readings(rule: Rule, lang: Lang) -> list[str]:
    lines = ["", over("readings", lang)] if rule.readings else []
    for reading in rule.readings.values():
        lines.append(f"  {named(reading.name, reading.question, lang)}")
        for option, why in reading.options.items():
            mark = say("default", lang) if option == reading.default else ""
            label = reading.labels.get(option)
            if lang == "zh":
                lines.append(
                    f"      {f'{label.zh}：' if label else ''}{why.zh}（{'、'.join(filter(None, (option, mark)))}）"
                )
            else:
                lines.append(f"      {option}{f' ({mark})' if mark else ''}: {why.en}")
    return lines


def _claims(rule: Rule, lang: Lang) -> list[str]:
    """What must hold for every case, in words."""
    lines = ["", over("claims", lang)] if rule.claims else []
    return lines + [f"  {named(claim.id, claim.says, lang)}" for claim in rule.claims]


def rows_text(rows: Rows, names: Names, lang: Lang) -> list[str]:
    """What a row of a list has, what follows for it, and what the rows come to."""
    head = named(rows.name, rows.label, lang) + colon(lang).rstrip()
    lines = ["", head, *(f"  {input_text(c, names, lang)}" for c in rows.columns.values())]
    for p in rows.formulas:
        value = formula(p.value or ir.TRUE, names, lang, p.id)
        lines.append(
            f"  {p.title.zh}（{p.id}）：{value}" if lang == "zh" else f"  {p.id}  {p.type_name}  {value}  {p.title.en}"
        )
    return lines + [f"  {input_text(entry, names, lang)}" for entry in rows.totals.values()]


def register_text(rule: Rule, register: Register, names: Names, lang: Lang) -> list[str]:
    """What the entries of a register have, and what is worked out from them."""
    columns = {**rule.inputs, **register.columns}
    date = input_text(columns[register.date], names, lang)
    lines = ["", over("register", lang), f"  {date}{aside(say('dates_it', lang), lang)}"]
    if register.by:
        whom = named(register.by, register.by_label, lang)
        lines.append(f"  {whom}{also_called(register.by_aliases, lang)}{aside(say('whom', lang), lang)}")
    lines += [f"  {input_text(columns[name], names, lang)}" for name in needed(rule, register) if name != register.date]
    lines.append(f" {aside(say('others', lang), lang)}" if lang == "en" else f"  {aside(say('others', lang), lang)}")
    lines += ["", over("totals", lang)] if register.totals else []
    for name, total in register.totals.items():
        label = rule.inputs[name].label
        said = total_text(total, names).of(lang)
        lines.append(f"  {label.zh}（{name}）：{said}" if lang == "zh" else f"  {name} = {said}  {label.en}")
    return lines


def total_text(total: Total, names: Names) -> Text:
    """How a total is worked out: `sum of contribution where kind == "direct"; running; of all`."""
    en, zh = _KINDS[total.kind]
    en, zh = (f"{en} of {total.summed}", f"{names.label(total.summed).zh}{zh}") if total.summed else (en, zh)
    if total.where != ir.TRUE:
        en, zh = f"{en} where {unparse(total.where)}", f"{zh}（仅计{spoken(total.where, names)}的）"
    period = _PERIODS.get(per(total), Text(f"per {per(total)}", f"每 {total.per} 个月"))
    if total.last:
        length, unit = number_text(total.last.value), "日" if total.last.unit == DAY else "个月"
        period = Text(f"{per(total)} up to each entry", f"至每笔登记为止的最近 {length} {unit}")
    of = Text("of all", "所有登记合计") if total.of_all else Text("of each", "各自计算")
    return Text("; ".join((en, period.en, of.en)), "；".join((zh, period.zh, of.zh)))


def needed(rule: Rule, register: Register) -> list[str]:
    """The columns that date entries or that totals use, as they stand in the rule file."""
    nodes = [register.each, *(total.where for total in register.totals.values())]
    used = {
        register.date,
        *(t.summed for t in register.totals.values()),
        *(n for node in nodes for n in ir.names(node)),
    }
    return [name for name in {**register.columns, **rule.inputs} if name in used]


def per(total: Total) -> str:
    """The period of a total as rule files have it."""
    if total.per is None:
        return (
            f"last {unparse(total.last)}"
            if total.last
            else "earlier in year"
            if total.earlier
            else "later"
            if total.later
            else "running"
        )
    return {1: "month", 3: "quarter", 6: "half-year", 12: "year"}.get(total.per, f"{total.per} months")


def input_text(entry: Input, names: Names, lang: Lang) -> str:
    """An input as a line: name, type, unit, options, bounds, what silence means, label; in Chinese the label comes first."""
    typed = TYPES_ZH.get(entry.type_name, entry.type_name) if lang == "zh" else entry.type_name
    unit = names.unit(entry.name).of(lang).strip()
    parts = [typed + aside(unit, lang) if unit else typed]
    if entry.options:
        parts.append(f"[{' | '.join(_option(entry, option, lang) for option in entry.options)}]")
    parts += [bound_text(bound).of(lang) for bound in entry.bounds if not (bound.relation == ">=" and not bound.value)]
    if entry.assume:
        parts.append(_silence(entry, names, lang))
    if entry.when != ir.TRUE:
        condition = formula(entry.when, names, lang)
        parts.append(f"（仅在{condition}时填写）" if lang == "zh" else f"({condition})")
    said = "  ".join(parts)
    if lang == "zh":
        return f"{entry.label.zh}{also_called(entry.aliases, lang)}  {said}  （{entry.name}）"
    return f"{entry.name}  {said}  {entry.label.en}{also_called(entry.aliases, lang)}"


def _silence(entry: Input, names: Names, lang: Lang) -> str:
    assert entry.assume is not None
    shown = Names({entry.name: entry}, {}).shown(entry.assume.value, entry.name).of(lang)
    beside, why = entry.assume.if_given, entry.assume.why.of(lang)
    if lang == "zh":
        return f"未填的推定为“{shown}”（{why}" + (f"，仅当已填“{names.label(beside).zh}”）" if beside else "）")
    return f"{say('assumed', lang)} {shown} ({why}" + (f", if {beside} is given)" if beside else ")")


def _option(entry: Input, option: str, lang: Lang) -> str:
    """An option as people may write it: `个人（individual、先进个人）`."""
    also = [alias for alias, of in entry.option_aliases.items() if of == option]
    shown = [option, *also] if lang == "zh" else also
    head = entry.options[option].zh if lang == "zh" else option
    return head + aside(listing(shown, lang), lang) if shown else head


def also_called(aliases: Sequence[str], lang: Lang) -> str:
    """What else something is called: `（又作：出资日期、投资时间）`."""
    return aside(f"{say('also', lang)}{' ' if lang == 'en' else '：'}{listing(aliases, lang)}", lang) if aliases else ""


def listing(words: Sequence[str], lang: Lang) -> str:
    """Words one after the other."""
    return ("、" if lang == "zh" else ", ").join(words)


def _provision(p: Provision, names: Names, lang: Lang) -> list[str]:
    lines = [f"{FORCE[p.force].of(lang)}  {citation(cite)}" for cite in p.cites]
    lines += meaning(p, names, lang)
    if p.lead:
        lines.append(f"{say('lead', lang)}{colon(lang)}{p.lead.of(lang)}")
    if p.note:
        lines.append(f"{say('note', lang)}{colon(lang)}{p.note.of(lang)}")
    return lines


def meaning(p: Provision, names: Names, lang: Lang) -> list[str]:
    """What a provision says as a rule, a line each: when it applies, exceptions, what it demands or gives, what is unsettled, when it is due."""
    zh, lines = lang == "zh", list[str]()
    if p.when != ir.TRUE:
        lines.append(f"{'适用于：' if zh else 'when '}{formula(p.when, names, lang)}")
    except_ = "例外：" if zh else "unless "
    lines += [f"{except_}{formula(e.when, names, lang)}  {citation(e.cites[0])}" for e in p.unless]
    if p.require is not None:
        lines.append(f"{'要求：' if zh else 'require '}{formula(p.require, names, lang)}")
    if p.value is not None:
        lines += [f"{'计算：' if zh else '= '}{line}" for line in value_lines(p.value, names, lang, p.id)]
    lines += [say("step", lang)] if p.step else []
    if p.unsettled:
        lines.append(f"{say('unsettled', lang)}{colon(lang)}{p.unsettled.of(lang)}")
    if p.due:
        lines.append(f"{say('due', lang)}{'：' if zh else ' '}{formula(p.due, names, lang)}")
    return lines


def value_lines(node: ir.Node, names: Names | None = None, lang: Lang = "en", of: str = "") -> list[str]:
    """A value, a line for each of its cases: `5% when basis == "article-11"`."""
    names = names or Names({}, {})
    if not isinstance(node, ir.Cases) or len(node.branches) < 2:
        return [formula(node, names, lang, of)]
    lines = []
    for when, value in _cases(node):
        shown = formula(value, names, lang, of)
        if lang == "zh":
            lines.append(f"其他：{shown}" if when == ir.TRUE else f"{formula(when, names, lang)}的：{shown}")
        else:
            lines.append(f"{shown} otherwise" if when == ir.TRUE else f"{shown} when {unparse(when)}")
    return lines


def _cases(node: ir.Node) -> Iterator[tuple[ir.Node, ir.Node]]:
    """Cases inside cases as rows, each with all its conditions; the first that holds decides, and the last is what else."""
    if not isinstance(node, ir.Cases):
        yield ir.TRUE, node
        return
    for condition, value in node.branches:
        for inner, found in _cases(value):
            yield (condition if inner == ir.TRUE else ir.conjunction((condition, inner))), found
    yield from _cases(node.otherwise)
