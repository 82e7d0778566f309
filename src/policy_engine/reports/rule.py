"""A decision shown to who wants to use it: inputs, provisions, citations, open questions."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.basics.errors import Lang
from policy_engine.basics.values import to_json
from policy_engine.language import ir
from policy_engine.reports.markdown import cell
from policy_engine.rulebook.rule import Input, Provision, Rule
from policy_engine.words import FORCE, bound_text, citation, say, unparse


def text(rule: Rule, lang: Lang) -> str:
    """The decision as plain text."""
    lines = [f"{rule.decision}  {rule.title.of(lang)}", f"{rule.document.number}  {rule.document.title.of(lang)}"]
    if rule.document.valid_until:
        lines.append(f"{say('in_force', lang)}: {rule.document.valid_from or ''} – {rule.document.valid_until}")
    lines += [f"! {rule.note.of(lang)}"] if rule.note else []
    lines += ["", f"{say('inputs', lang)}:", *(f"  {_input(entry, lang)}" for entry in rule.inputs.values())]
    lines += ["", f"{say('provisions', lang)}:"]
    for provision in rule.provisions:
        lines += [
            f"  {provision.id}  {provision.title.of(lang)}",
            *(f"      {line}" for line in _provision(provision, lang)),
        ]
    if rule.readings:
        lines += ["", f"{say('readings', lang)}:"]
    for reading in rule.readings.values():
        lines.append(f"  {reading.name}  {reading.question.of(lang)}")
        for option, why in reading.options.items():
            mark = f" ({say('default', lang)})" if option == reading.default else ""
            lines.append(f"      {option}{mark}: {why.of(lang)}")
    return "\n".join(lines) + "\n"


def _input(entry: Input, lang: Lang) -> str:
    parts = [entry.name, entry.type_name]
    if entry.options:
        parts.append(f"[{' | '.join(entry.options)}]")
    parts += [bound_text(bound).of(lang) for bound in entry.bounds if not (bound.relation == ">=" and not bound.value)]
    if entry.assume:
        parts.append(f"{say('assumed', lang)} {to_json(entry.assume.value)} ({entry.assume.why.of(lang)})")
    if entry.when != ir.TRUE:
        parts.append(f"({unparse(entry.when)})")
    return f"{'  '.join(parts)}  {entry.label.of(lang)}"


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
        lines.append(f"{say('unsettled', lang)}: {p.unsettled.of(lang)}")
    if p.due:
        lines.append(f"{say('due', lang)} {unparse(p.due)}")
    if p.lead:
        lines.append(f"{say('lead', lang)}: {p.lead.of(lang)}")
    if p.note:
        lines.append(f"{say('note', lang)}: {p.note.of(lang)}")
    return lines


def _value(node: ir.Node) -> list[str]:
    if isinstance(node, ir.Cases) and len(node.branches) > 1:
        return [f"{unparse(value)} when {unparse(condition)}" for condition, value in node.branches] + [
            f"{unparse(node.otherwise)} otherwise"
        ]
    return [unparse(node)]


def markdown(rule: Rule, lang: Lang) -> str:
    """The decision as Markdown."""
    body = text(rule, lang).splitlines()
    return f"# {cell(rule.title.of(lang))}\n\n```\n" + "\n".join(body) + "\n```\n"


def list_text(rules: Sequence[Rule], lang: Lang) -> str:
    """A line a decision."""
    width = max((len(rule.decision) for rule in rules), default=0)
    return "".join(f"{r.decision:<{width}}  {r.document.number}  {r.title.of(lang)}\n" for r in rules)


def list_markdown(rules: Sequence[Rule], lang: Lang) -> str:
    """A row a decision."""
    heads = " | ".join(say(key, lang) for key in ("decision", "document", "title"))
    rows = (f"| `{r.decision}` | {r.document.number} | {cell(r.title.of(lang))} |" for r in rules)
    return "\n".join([f"| {heads} |", "| --- | --- | --- |", *rows]) + "\n"


def list_data(rules: Sequence[Rule]) -> list[dict[str, object]]:
    """Decisions with their documents, as data."""
    return [{"decision": r.decision, "document": r.document.number, "title": r.title.to_json()} for r in rules]


def to_data(rule: Rule) -> dict[str, object]:
    """The decision as data."""
    return {
        "decision": rule.decision, "title": rule.title.to_json(),
        "document": {"number": rule.document.number, "title": rule.document.title.to_json()},
        "inputs": {name: _input_data(entry) for name, entry in rule.inputs.items()},
        "provisions": [_provision_data(p) for p in rule.provisions],
        "readings": {
            r.name: {"question": r.question.to_json(), "default": r.default,
                     "options": {o: why.to_json() for o, why in r.options.items()}}
            for r in rule.readings.values()
        },
    }  # fmt: skip


def _input_data(entry: Input) -> dict[str, object]:
    return {
        "type": entry.type_name, "label": entry.label.to_json(),
        "options": {o: label.to_json() for o, label in entry.options.items()},
        "assume": entry.assume and {"value": to_json(entry.assume.value), "why": entry.assume.why.to_json()},
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
