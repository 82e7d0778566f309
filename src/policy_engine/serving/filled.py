"""What a person has filled in on a page: the fields of a form as facts, and facts as the fields of a form."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, problem
from policy_engine.basics.values import Known, grouped, number_text
from policy_engine.rulebook.rule import Input, Rule

Pairs = Sequence[Sequence[str]]
FACT: Final = "f."
READING: Final = "r."
NOTHING: Final = "none"
"""What is ticked for a set without members: nothing ticked is not known."""
MAX_ROWS: Final = 200
"""So many rows a list on a page has at most; longer ones are for sheets."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What stands in the fields: facts as they were typed, readings, the day, whether silence means something."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    as_of: str = ""
    assume: str = "all"
    why: str = ""
    """The fact of which is asked why it matters."""
    unfolded: bool = False
    """Whether the fields that cannot matter are shown too."""
    asks: bool = True
    """Whether an answer is asked for, not a row of a list more or less, nor what was typed before."""

    @property
    def as_asked(self) -> dict[str, Any]:
        """The same as the HTTP interface and the tools of language models take it."""
        day = {"as_of": self.as_of} if self.as_of else {}
        return {"facts": dict(self.facts), "readings": dict(self.readings), "assume": self.assume, **day}


_UNASKED: Final = ("add", "drop", "fill")
"""What is pressed to have the form alone; `fill`: by the page itself, for whoever comes back to rows of a list."""


def filled(pairs: Pairs, rule: Rule) -> Filled:
    """The fields of a form, names and texts; what a button changes is changed. Raises PolicyError for a field that the form has not."""
    given = dict[str, list[str]]()
    for name, text in pairs:
        given.setdefault(name, []).append(text)
    pressed = {key: given.pop(key)[-1] for key in ("apply", *_UNASKED) if key in given}
    if "apply" in pressed:
        given |= _applied(pressed["apply"])
    facts = dict[str, Any]()
    for name, texts in given.items():
        if name.startswith(FACT):
            _take(facts, name.removeprefix(FACT), texts, rule)
    for key, change in (("add", _one_more), ("drop", _one_less)):
        if key in pressed:
            change(facts, pressed[key], rule)
    readings = {n.removeprefix(READING): t[-1] for n, t in given.items() if n.startswith(READING)}
    chosen = {
        n: option for n, option in readings.items() if n not in rule.readings or option != rule.readings[n].default
    }
    return Filled(facts=facts, readings=chosen, as_of=_last(given, "as_of"), assume=_last(given, "assume") or "all",
                  why=_last(given, "why"), unfolded="all" in given, asks=pressed.keys().isdisjoint(_UNASKED))  # fmt: skip


def _last(given: Mapping[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1].strip()


def _applied(pressed: str) -> dict[str, list[str]]:
    """The fields that a button sets: a mapping of names to texts or lists of texts, as JSON."""
    try:
        found = json.loads(pressed)
    except (ValueError, RecursionError):
        found = None
    given: dict[str, list[Any]] = {
        name: one if isinstance(one, list) else [one] for name, one in (found if isinstance(found, dict) else {"": None}).items()
    }  # fmt: skip
    if not all(isinstance(text, str) for texts in given.values() for text in texts):  # a number would be a binary float
        raise PolicyError(problem("shape", "a button without a value", "按钮没有取值"))
    return given


def _take(facts: dict[str, Any], name: str, texts: list[str], rule: Rule) -> None:
    """A field as a fact: one that is left empty says nothing."""
    listed, _, rest = name.partition(".")
    if listed in rule.rows and rest:
        at, _, column = rest.partition(".")
        rows = facts[listed] if isinstance(facts.get(listed), list) else []
        facts[listed] = rows
        if not at.isdecimal() or not 1 <= int(at) <= MAX_ROWS:
            raise PolicyError(
                problem(
                    "rows",
                    f"a list on a page has at most {MAX_ROWS} rows",
                    f"页面上的清单至多 {MAX_ROWS} 项",
                    Place(listed),
                )
            )
        rows += [{} for _ in range(int(at) - len(rows))]
        if column:
            _put(rows[int(at) - 1], column, texts, rule.rows[listed].columns.get(column))
    else:
        _put(facts, name, texts, rule.called(name))


def _put(facts: dict[str, Any], name: str, texts: list[str], entry: Input | None) -> None:
    told = [text for text in texts if text.strip()]
    if not told:
        return
    if entry is not None and entry.type.kind == "set":
        facts[name] = NOTHING if told == [NOTHING] else told
    else:
        facts[name] = told[-1]


def _one_more(facts: dict[str, Any], listed: str, rule: Rule) -> None:
    if listed in rule.rows:
        given = facts.get(listed, [])
        facts[listed] = [*(given if isinstance(given, list) else []), {}]


def _one_less(facts: dict[str, Any], which: str, rule: Rule) -> None:
    listed, _, at = which.partition(".")
    if listed in rule.rows and at.isdecimal():
        given = facts.pop(listed, [])
        left = [row for i, row in enumerate(given, 1) if i != int(at)] if isinstance(given, list) else []
        facts |= {listed: left} if left else {}


def field_of(name: str) -> str:
    """The name of the field of a fact: `f.amount`; of one in a list `f.batches.1.weight`."""
    listed, bracket, rest = name.partition("[")
    return FACT + (f"{listed}.{rest.replace('].', '.')}" if bracket else name)


def as_typed(value: Known, entry: Input) -> str | list[str]:
    """A value as somebody would type it into its field."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        percent = number_text(value * 100)
        return f"{percent}%" if entry.type_name == "share" and "/" not in percent else _digits(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return sorted(value) or [NOTHING] if isinstance(value, frozenset) else value


def _digits(value: Fraction) -> str:
    """Grouped, `225,000,000`, where it is a decimal."""
    text = number_text(value)
    return text if "/" in text else grouped(value)
