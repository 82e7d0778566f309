"""A decision shown to who wants to use it: inputs, provisions, citations, open questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import DAY, number_text, to_json
from policy_engine.language import ir
from policy_engine.procedures.procedure import Procedure
from policy_engine.reports.markdown import cell
from policy_engine.rulebook.rule import Input, Names, Provision, Register, Rows, Rule, Total
from policy_engine.words import FORCE, bound_text, citation, colon, over, say, unparse

_KINDS: Final = {"count": Text("entries", "登记条数"), "days": Text("days", "天数"), "sum": Text("sum", "之和")}
_PERIODS: Final = {
    "month": Text("per month", "每月"), "quarter": Text("per quarter", "每季度"), "half-year": Text("per half-year", "每半年"),
    "year": Text("per year", "每年"), "running": Text("running", "逐笔累计"),
    "earlier in year": Text("earlier in the year", "本年此前"), "later": Text("after the entry", "该笔之后"),
}  # fmt: skip


def text(rule: Rule, lang: Lang) -> str:
    """The decision as plain text."""
    lines = [f"{rule.decision}  {rule.title.of(lang)}", f"{rule.document.number}  {rule.document.title.of(lang)}"]
    if rule.document.valid_until:
        lines.append(
            f"{say('in_force', lang)}{colon(lang)}{rule.document.valid_from or ''} – {rule.document.valid_until}"
        )
    lines += [f"! {rule.note.of(lang)}"] if rule.note else []
    lines += ["", over("inputs", lang), *(f"  {input_text(entry, lang)}" for entry in rule.inputs.values())]
    lines += [line for rows in rule.rows.values() for line in _rows(rows, lang)]
    lines += _register(rule, rule.register, lang) if rule.register else []
    lines += ["", over("provisions", lang)]
    for provision in rule.provisions:
        lines += [
            f"  {provision.id}  {provision.title.of(lang)}",
            *(f"      {line}" for line in _provision(provision, lang)),
        ]
    if rule.readings:
        lines += ["", over("readings", lang)]
    for reading in rule.readings.values():
        lines.append(f"  {reading.name}  {reading.question.of(lang)}")
        for option, why in reading.options.items():
            mark = f" ({say('default', lang)})" if option == reading.default else ""
            lines.append(f"      {option}{mark}: {why.of(lang)}")
    return "\n".join(lines) + "\n"


def _rows(rows: Rows, lang: Lang) -> list[str]:
    """What a row of a list has, what follows for it, and what the rows come to."""
    lines = ["", f"{rows.name}  {rows.label.of(lang)}:", *(f"  {input_text(c, lang)}" for c in rows.columns.values())]
    lines += [f"  {p.id}  {p.type_name}  {unparse(p.value or ir.TRUE)}  {p.title.of(lang)}" for p in rows.formulas]
    return lines + [f"  {entry.name}  {entry.type_name}  {entry.label.of(lang)}" for entry in rows.totals.values()]


def _register(rule: Rule, register: Register, lang: Lang) -> list[str]:
    """What the entries of a register have, and what is worked out from them."""
    columns = {**rule.inputs, **register.columns}
    lines = [
        "",
        over("register", lang),
        f"  {input_text(columns[register.date], lang)}  ({say('dates_it', lang)})",
    ]
    if register.by:
        lines.append(
            f"  {register.by}  {register.by_label.of(lang)}{_also(register.by_aliases, lang)}  ({say('whom', lang)})"
        )
    lines += [f"  {input_text(columns[name], lang)}" for name in needed(rule, register) if name != register.date]
    lines += [f"  ({say('others', lang)})", "", over("totals", lang)]
    own = rule.inputs
    return lines + [f"  {n} = {_total(t).of(lang)}  {own[n].label.of(lang)}" for n, t in register.totals.items()]


def _total(total: Total) -> Text:
    """How a total is worked out: `sum of contribution where kind == "direct"; running; of all`."""
    en, zh = _KINDS[total.kind]
    en, zh = (f"{en} of {total.summed}", f"{total.summed} {zh}") if total.summed else (en, zh)
    where = "" if total.where == ir.TRUE else unparse(total.where)
    en, zh = (f"{en} where {where}", f"{zh}（{where}）") if where else (en, zh)
    named = _PERIODS.get(per(total), Text(f"per {per(total)}", f"每 {total.per} 个月"))
    if total.last:
        length, unit = number_text(total.last.value), "日" if total.last.unit == DAY else "个月"
        named = Text(f"{per(total)} up to each entry", f"至每笔登记为止的最近 {length} {unit}")
    of = Text("of all", "所有登记合计") if total.of_all else Text("of each", "各自计算")
    return Text("; ".join((en, named.en, of.en)), "；".join((zh, named.zh, of.zh)))


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


def _of(total: Total) -> str:
    return "all" if total.of_all else "each"


def input_text(entry: Input, lang: Lang) -> str:
    """An input as a line: name, type, options, bounds, what silence means, label."""
    parts = [entry.name, entry.type_name]
    if entry.options:
        parts.append(f"[{' | '.join(_option(entry, option, lang) for option in entry.options)}]")
    parts += [bound_text(bound).of(lang) for bound in entry.bounds if not (bound.relation == ">=" and not bound.value)]
    if entry.assume:
        shown = Names({entry.name: entry}, {}).shown(entry.assume.value, entry.name).of(lang)
        beside = entry.assume.if_given
        only = "" if beside is None else f", if {beside} is given" if lang == "en" else f"，仅当已填 {beside}"
        parts.append(f"{say('assumed', lang)} {shown} ({entry.assume.why.of(lang)}{only})")
    if entry.when != ir.TRUE:
        parts.append(f"({unparse(entry.when)})")
    return f"{'  '.join(parts)}  {entry.label.of(lang)}{_also(entry.aliases, lang)}"


def _option(entry: Input, option: str, lang: Lang) -> str:
    """An option as people may write it: `个人 (individual、先进个人)`."""
    also = [alias for alias, of in entry.option_aliases.items() if of == option]
    shown = [option, *also] if lang == "zh" else also
    head = entry.options[option].zh if lang == "zh" else option
    return f"{head} ({listing(shown, lang)})" if shown else head


def _also(aliases: Sequence[str], lang: Lang) -> str:
    return f" ({say('also', lang)} {listing(aliases, lang)})" if aliases else ""


def listing(words: Sequence[str], lang: Lang) -> str:
    """Words one after the other."""
    return ("、" if lang == "zh" else ", ").join(words)


def _provision(p: Provision, lang: Lang) -> list[str]:
    lines = [f"{FORCE[p.force].of(lang)}  {citation(cite)}" for cite in p.cites]
    if p.when != ir.TRUE:
        lines.append(f"when {unparse(p.when)}")
    lines += [f"unless {unparse(e.when)}  {citation(e.cites[0])}" for e in p.unless]
    if p.require is not None:
        lines.append(f"require {unparse(p.require)}")
    if p.value is not None:
        lines += [f"= {line}" for line in _value(p.value)]
    if p.unsettled:
        lines.append(f"{say('unsettled', lang)}{colon(lang)}{p.unsettled.of(lang)}")
    if p.due:
        lines.append(f"{say('due', lang)} {unparse(p.due)}")
    if p.lead:
        lines.append(f"{say('lead', lang)}{colon(lang)}{p.lead.of(lang)}")
    if p.note:
        lines.append(f"{say('note', lang)}{colon(lang)}{p.note.of(lang)}")
    return lines


def _value(node: ir.Node) -> list[str]:
    if not isinstance(node, ir.Cases) or len(node.branches) < 2:
        return [unparse(node)]
    shown = (
        (unparse(value), "otherwise" if when == ir.TRUE else f"when {unparse(when)}") for when, value in _cases(node)
    )
    return [" ".join(line) for line in shown]


def _cases(node: ir.Node) -> Iterator[tuple[ir.Node, ir.Node]]:
    """Cases inside cases as rows, each with all its conditions; the last of them is what else."""
    if not isinstance(node, ir.Cases):
        yield ir.TRUE, node
        return
    for condition, value in node.branches:
        for inner, found in _cases(value):
            if inner != ir.TRUE or found != node.otherwise:
                yield (condition if inner == ir.TRUE else ir.conjunction((condition, inner))), found
    yield from _cases(node.otherwise)


def markdown(rule: Rule, lang: Lang) -> str:
    """The decision as Markdown."""
    body = text(rule, lang).replace("```", "` ` `").splitlines()
    return f"# {cell(rule.title.of(lang))}\n\n```\n" + "\n".join(body) + "\n```\n"


def list_text(rules: Sequence[Rule], procedures: Sequence[Procedure], lang: Lang) -> str:
    """A line a decision, then a line a procedure."""
    named = [(rule.decision, rule) for rule in rules]
    other = [(f"watch:{found.name}", found) for found in procedures]
    width = max((len(name) for name, _ in [*named, *other]), default=0)
    head = f"\n{say('procedures', lang)}:\n" if other else ""
    return "".join(_listed(name, one, width, lang) for name, one in named) + head + "".join(
        _listed(name, one, width, lang) for name, one in other
    )  # fmt: skip


def _listed(name: str, one: Rule | Procedure, width: int, lang: Lang) -> str:
    return f"{name:<{width}}  {_number(one)}  {one.title.of(lang)}\n"


def _number(one: Rule | Procedure) -> str:
    return one.document.number if isinstance(one, Rule) else one.rule.document.number


def list_markdown(rules: Sequence[Rule], procedures: Sequence[Procedure], lang: Lang) -> str:
    """A row a decision or procedure."""
    heads = " | ".join(say(key, lang) for key in ("decision", "document", "title"))
    named: list[tuple[str, Rule | Procedure]] = [(rule.decision, rule) for rule in rules]
    named += [(f"watch:{found.name}", found) for found in procedures]
    rows = (f"| `{name}` | {cell(_number(one))} | {cell(one.title.of(lang))} |" for name, one in named)
    return "\n".join([f"| {heads} |", "| --- | --- | --- |", *rows]) + "\n"


def list_data(rules: Sequence[Rule], procedures: Sequence[Procedure]) -> list[dict[str, object]]:
    """Decisions, then procedures, with their documents, as data."""
    found = [("decision", rule.decision, rule) for rule in rules] + [("procedure", p.name, p) for p in procedures]
    return [{kind: name, "document": _number(one), "title": one.title.to_json()} for kind, name, one in found]


def to_data(rule: Rule) -> dict[str, object]:
    """The decision as data."""
    return {
        "decision": rule.decision, "title": rule.title.to_json(),
        "document": {"number": rule.document.number, "title": rule.document.title.to_json()},
        "inputs": {name: input_data(entry) for name, entry in rule.inputs.items()},
        "rows": {name: _rows_data(rows) for name, rows in rule.rows.items()},
        "register": _register_data(rule, rule.register) if rule.register else None,
        "provisions": [_provision_data(p) for p in rule.provisions],
        "readings": {
            r.name: {"question": r.question.to_json(), "default": r.default,
                     "options": {o: why.to_json() for o, why in r.options.items()}}
            for r in rule.readings.values()
        },
    }  # fmt: skip


def _rows_data(rows: Rows) -> dict[str, object]:
    return {
        "label": rows.label.to_json(), "columns": {name: input_data(c) for name, c in rows.columns.items()},
        "formulas": {p.id.partition(".")[2]: unparse(p.value or ir.TRUE) for p in rows.formulas},
        "totals": {name: input_data(entry) for name, entry in rows.totals.items()},
    }  # fmt: skip


def _register_data(rule: Rule, register: Register) -> dict[str, object]:
    columns = {**rule.inputs, **register.columns}
    return {
        "date": register.date, "by": {"name": register.by, "label": register.by_label.to_json(), "aliases": list(register.by_aliases)} if register.by else None,
        "each": None if register.each == ir.TRUE else unparse(register.each),
        "columns": {name: input_data(columns[name]) for name in needed(rule, register)},
        "totals": {
            name: {"label": rule.inputs[name].label.to_json(), "kind": t.kind, "sum": t.summed, "per": per(t), "of": _of(t),
                   "where": None if t.where == ir.TRUE else unparse(t.where)}
            for name, t in register.totals.items()
        },
    }  # fmt: skip


def input_data(entry: Input) -> dict[str, object]:
    """An input as data."""
    return {
        "type": entry.type_name, "label": entry.label.to_json(), "aliases": list(entry.aliases),
        "options": {o: label.to_json() for o, label in entry.options.items()},
        "option_aliases": dict(entry.option_aliases),
        "assume": entry.assume and {"value": to_json(entry.assume.value), "why": entry.assume.why.to_json(), "if_given": entry.assume.if_given},
        "bounds": [{"relation": b.relation, "value": to_json(b.value)} for b in entry.bounds],
        "when": None if entry.when == ir.TRUE else unparse(entry.when),
    }  # fmt: skip


def _provision_data(p: Provision) -> dict[str, object]:
    return {
        "provision": p.id, "title": p.title.to_json(), "force": p.force, "formula": p.is_formula,
        "cites": [cite.to_json() for cite in p.all_cites],
        "when": None if p.when == ir.TRUE else unparse(p.when),
        "require": unparse(p.require) if p.require is not None else None,
        "value": _value(p.value) if p.value is not None else None,
        "due": unparse(p.due) if p.due else None,
        "from": p.valid_from.isoformat() if p.valid_from else None,
        "until": p.valid_until.isoformat() if p.valid_until else None,
    }  # fmt: skip
