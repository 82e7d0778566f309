"""The JSON Schema of the facts of a decision, for forms, editors and programs that call it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.values import to_json
from policy_engine.deciding.facts import JUSTIFICATIONS
from policy_engine.rulebook.rule import Input, Rows, Rule

NUMBER: Final = ["string", "integer", "number"]
_KEYWORDS: Final = {">=": "minimum", ">": "exclusiveMinimum", "<=": "maximum", "<": "exclusiveMaximum"}


def schema(rule: Rule) -> dict[str, Any]:
    """What the facts of a case may be. A fact that is left out, null or empty is not known.

    Numbers may be text with units (`15亿元`) or JSON numbers, which are read digit by digit. Bounds hold of JSON numbers here;
    of text they are told when a case is decided.
    """
    listed = {name: _rows(rows) for name, rows in rule.rows.items()}
    own = {name: _input(entry) for name, entry in rule.askable.items() if name not in listed}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": rule.decision,
        "description": f"{rule.title.zh} / {rule.title.en}",
        "type": "object",
        "properties": {**own, **listed, JUSTIFICATIONS: _justifications(rule.ids)},
        "additionalProperties": False,
    }


def _input(entry: Input) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": f"{entry.label.zh} / {entry.label.en}", **_accepted(entry)}
    if entry.assume is not None:
        beside = entry.assume.if_given  # JSON Schema has no default that holds beside another fact alone
        shown |= {"default": to_json(entry.assume.value)} if beside is None else {"x-assumed-if-given": beside}
        shown["x-assumed-because"] = entry.assume.why.to_json()
    if entry.type.kind == "number":
        unit = entry.unit_word.to_json() if entry.unit_word.zh else str(entry.type)
        shown |= {"x-type": entry.type_name, "x-unit": unit}
        whole = [
            (b.relation, b.value) for b in entry.bounds if isinstance(b.value, Fraction) and b.value.denominator == 1
        ]
        shown |= {_KEYWORDS[relation]: int(value) for relation, value in whole if relation in _KEYWORDS}
    return shown


def _accepted(entry: Input) -> dict[str, Any]:
    words = [*entry.accepts.options, *(w for o in entry.options.values() for w in o), *entry.option_aliases]
    options = {"enum": list(dict.fromkeys(words)), "x-labels": {o: t.to_json() for o, t in entry.options.items()}}
    match entry.type.kind:
        case "flag":
            return {"type": ["boolean", "string"]}
        case "choice":
            return options
        case "set":
            return {"anyOf": [{"type": "array", "items": options, "uniqueItems": True}, {"type": "string"}]}
        case "date":
            return {"type": "string", "examples": ["2025-01-31", "not yet"]}
        case _:
            return {"type": NUMBER}


def _rows(rows: Rows) -> dict[str, Any]:
    columns = {name: _input(column) for name, column in rows.columns.items()}
    row = {"type": "object", "properties": columns, "additionalProperties": False}
    described = f"{rows.label.zh} / {rows.label.en}"
    return {"description": described, "type": "array", "items": {"anyOf": [row, {"const": "more"}]}}


def _justifications(ids: Iterable[str]) -> dict[str, Any]:
    told = {"who": {"type": "string"}, "why": {"type": "string"}, "until": {"type": ["string", "null"]}}
    each = {"type": "object", "properties": told, "required": ["who", "why"], "additionalProperties": False}
    return {"type": "object", "properties": dict.fromkeys(ids, each), "additionalProperties": False}
