"""The fields of a form: what a decision takes as a person fills it in, and which of it can still change the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policy_engine.basics.errors import Lang, Problem
from policy_engine.basics.values import ANOTHER, ANOTHER_WORDS, YUAN
from policy_engine.explaining.decision import Decision
from policy_engine.rulebook.rule import Input, Names, Rows, Rule
from policy_engine.serving.filled import FACT, NOTHING, READING, Filled, field_of
from policy_engine.serving.said import SAID
from policy_engine.words import bound_text

FEW: Final = 7
"""So many options stand beside each other; more of them are a list to choose from."""


@dataclass(frozen=True)
class Choice:
    """One of several things to choose: what is sent, what it is called, whether it is chosen."""

    value: str
    label: str
    chosen: bool
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class FormField:
    """A field: its name in the form, what it is called, how it is answered (`text`, `radio`, `select`, `set`), what stands in it."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    hints: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    idle: bool = False

    @property
    def id(self) -> str:
        """What the field goes by on the page."""
        return self.name.replace("[", "-").replace("]", "")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of things, each with fields of its own."""

    name: str
    label: str
    rows: tuple[tuple[FormField, ...], ...]
    empty: bool = False
    wrong: tuple[str, ...] = ()
    idle: bool = False


class Form:
    """The fields of a decision as they stand, with what is wrong with them."""

    def __init__(
        self, rule: Rule, done: Filled, lang: Lang, live: frozenset[str], problems: tuple[Problem, ...] = ()
    ) -> None:
        self.rule, self.done, self.lang, self.live = rule, done, lang, live
        self.wrong = dict[str, list[str]]()
        for one in problems:
            self.wrong.setdefault(target(one, rule), []).append(told(one, lang))

    @property
    def entries(self) -> tuple[FormField | Listing, ...]:
        """Every field, in the order of the rule file; the totals of a list stand behind it."""
        own = [self._question(entry, FACT + name, self.done.facts) for name, entry in self.rule.inputs.items()]
        listed = [self._listing(rows) for rows in self.rule.rows.values()]
        totals = [
            self._question(e, FACT + n, self.done.facts)
            for rows in self.rule.rows.values()
            for n, e in rows.totals.items()
        ]
        return (*own, *listed, *totals)

    @property
    def readings(self) -> tuple[FormField, ...]:
        """The questions that the text leaves open, with the default or what was chosen."""
        return tuple(
            FormField(
                name=READING + name, label=reading.question.of(self.lang), kind="radio", wrong=tuple(self.wrong.get(READING + name, ())),
                choices=tuple(
                    Choice(option, (reading.labels.get(option) or why).of(self.lang), self.done.readings.get(name, reading.default) == option,
                           why.of(self.lang) if option in reading.labels else "")
                    for option, why in reading.options.items()
                ),
            )
            for name, reading in self.rule.readings.items()
        )  # fmt: skip

    @property
    def as_of(self) -> FormField:
        """The day of the decision."""
        hints = (SAID["today"].of(self.lang), SAID["plain_date"].of(self.lang))
        return FormField(name="as_of", label=SAID["day"].of(self.lang), kind="text", value=self.done.as_of, hints=hints, wrong=tuple(self.wrong.get("as_of", ())))  # fmt: skip

    def _listing(self, rows: Rows) -> Listing:
        given = self.done.facts.get(rows.name, [])
        made = [
            tuple(self._question(c, f"{FACT}{rows.name}.{i}.{key}", row, key) for key, c in rows.columns.items())
            for i, row in enumerate(given if isinstance(given, list) else [], 1)
        ]
        return Listing(
            empty=given == NOTHING,
            name=rows.name,
            label=rows.label.of(self.lang),
            rows=tuple(made),
            wrong=tuple(self.wrong.get(FACT + rows.name, ())),
        )

    def _question(self, entry: Input, field: str, given: Mapping[str, Any], key: str = "") -> FormField:
        value = given.get(key or entry.name, "")
        kind = {"flag": "radio", "choice": "radio" if len(entry.options) <= FEW else "select", "set": "set"}.get(
            entry.type.kind, "text"
        )
        wrong = tuple(self.wrong.get(field, ()))
        return FormField(
            name=field, label=entry.label.of(self.lang), kind=kind, choices=self._choices(entry, value), value=value if isinstance(value, str) else "",
            unit=_unit(entry, self.lang), hints=tuple(self._hints(entry)), wrong=wrong, idle=not (value or wrong or field in self.live or key),
        )  # fmt: skip

    def _choices(self, entry: Input, value: Any) -> tuple[Choice, ...]:
        lang, chosen = self.lang, set(value) if isinstance(value, list) else {value}
        if entry.type.kind == "flag":
            own = [("yes", SAID["yes"].of(lang)), ("no", SAID["no"].of(lang))]
        elif entry.type.kind in ("choice", "set"):
            own = [(option, label.of(lang)) for option, label in entry.options.items()]
            own += [(ANOTHER, ANOTHER_WORDS.of(lang))] if entry.open and ANOTHER not in entry.options else []
        else:
            return ()
        last = (NOTHING, SAID["none"].of(lang)) if entry.type.kind == "set" else ("", SAID["not_known"].of(lang))
        return tuple(Choice(option, label, option in chosen) for option, label in (*own, last))

    def _hints(self, entry: Input) -> list[str]:
        lang = self.lang
        hints = [entry.help.of(lang)] if entry.help else []
        key = {"date": "date", "share": "share", "money": "money"}.get(entry.type_name, "")
        if entry.type.kind == "number" and (not key or (key == "money" and entry.type.unit != YUAN)):
            key = "whole" if entry.type.integer else "number"
        hints += [SAID[key].of(lang)] if key else []
        hints += [bound_text(b).of(lang) for b in entry.bounds if not (b.relation == ">=" and not b.value)]
        if entry.assume and self.done.assume == "all":
            shown = Names({entry.name: entry}, {}).shown(entry.assume.value, entry.name).of(lang)
            hints.append(f"{SAID['silence'].of(lang)}{'' if lang == 'zh' else ' '}{shown}（{entry.assume.why.of(lang)}）" if lang == "zh"
                         else f"{SAID['silence'].of(lang)} {shown} ({entry.assume.why.of(lang)})")  # fmt: skip
        return hints


def live_of(found: Decision) -> frozenset[str]:
    """The fields that can still change the result, are assumed, or have been filled in."""
    names = {*found.missing, *found.assumed, *found.facts}
    lists = {FACT + name.partition("[")[0] for name in names}
    return frozenset({field_of(name) for name in names} | lists)


def target(found: Problem, rule: Rule) -> str:
    """The field that a problem is about; empty for the form as a whole."""
    place = found.place.file if found.place else ""
    if place in ("as_of", "assume"):
        return place
    if place.startswith("readings.") or found.code == "unknown-reading":
        return READING + place.removeprefix("readings.")
    entry = rule.called(place)
    return field_of(place if entry is None else entry.name) if place else ""


def told(found: Problem, lang: Lang) -> str:
    """A problem with its way out, on one line; the field is named beside it."""
    said = found.message.of(lang)
    return f"{said}{'；' if lang == 'zh' else '; '}{found.help.of(lang)}" if found.help else said


def _unit(entry: Input, lang: Lang) -> str:
    return Names({entry.name: entry}, {}).unit(entry.name).of(lang).strip() if entry.type.kind == "number" else ""
