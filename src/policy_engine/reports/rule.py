"""A decision as Markdown and as data; decisions and procedures listed."""

from __future__ import annotations

from policy_engine.basics.errors import Lang
from policy_engine.basics.values import to_json
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.reports.markdown import cell
from policy_engine.reports.rule_text import needed, per, text, value_lines
from policy_engine.rulebook.claims import Promise
from policy_engine.rulebook.rule import Input, Provision, Register, Rows, Rule, Total


def _of(total: Total) -> str:
    return "all" if total.of_all else "each"


def markdown(rule: Rule, lang: Lang) -> str:
    """The decision as Markdown."""
    body = text(rule, lang).replace("```", "` ` `").splitlines()
    return f"# {cell(rule.title.of(lang))}\n\n```\n" + "\n".join(body) + "\n```\n"


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
        "claims": [_claim_data(claim) for claim in rule.claims],
    }  # fmt: skip


def _claim_data(claim: Promise) -> dict[str, object]:
    when = None if claim.when == ir.TRUE else unparse(claim.when)
    return {
        "id": claim.id,
        "says": claim.says.to_json(),
        "when": when,
        "raising": claim.raising or None,
        claim.sense: unparse(claim.then),
    }


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
        "value": value_lines(p.value) if p.value is not None else None,
        "step": p.step,
        "due": unparse(p.due) if p.due else None,
        "from": p.valid_from.isoformat() if p.valid_from else None,
        "until": p.valid_until.isoformat() if p.valid_until else None,
    }  # fmt: skip
