"""A fact that is yes or no, or one of some options, as text and as JSON: the outcome of each answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import to_json
from policy_engine.explaining.chinese import listed
from policy_engine.reports.data import dump
from policy_engine.reports.line import IMPOSSIBLE, headed
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.answers_tried import AnswerTried
from policy_engine.words import OUTCOME, colon

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Picked:
    """The answers to one question of a decision with the outcome of each."""

    rule: Rule
    name: str
    as_of: dt.date
    answers: Sequence[AnswerTried]
    possible: bool = True
    """Whether any answer can be beside the other facts."""

    @property
    def some(self) -> bool:
        """Whether there is any answer to tell of."""
        return bool(self.answers)


def text(found: Picked, lang: Lang) -> Iterator[str]:
    """A line for each answer, and what its outcome still waits for."""
    names = found.rule.names(found.as_of)
    yield headed(found.rule, lang)
    for one in found.answers:
        values = [
            f"{names.label(id_).of(lang)} {names.shown(value, id_).of(lang)}"
            for id_, value in one.values.items()
            if value is not None
        ]
        more = f"  ({', '.join(values)})" if values and lang == "en" else f"（{'、'.join(values)}）" if values else ""
        shown = f"{names.label(found.name).of(lang)} = {names.shown(one.value, found.name).of(lang)}"
        yield f"  {shown}{colon(lang)}{OUTCOME[one.outcome].of(lang)}{more}\n"
        if one.missing:
            asked = listed([names.label(name).of(lang) for name in one.missing], lang)
            yield f"    {Text('not known', '尚不清楚').of(lang)}{colon(lang)}{asked}\n"
    if not found.answers:
        unsure = Text("no answer keeps the decision for sure", "没有取值能够确定合规")
        yield "  " + (unsure if found.possible else IMPOSSIBLE).of(lang) + "\n"


def data(found: Picked) -> str:
    """The same by machine."""
    return dump({
        "format": FORMAT, "decision": found.rule.decision, "input": found.name, "as_of": found.as_of.isoformat(),
        "answers": [
            {"value": to_json(one.value), "outcome": one.outcome, "missing": list(one.missing),
             "values": {k: None if v is None else to_json(v) for k, v in one.values.items()}}
            for one in found.answers
        ],
    })  # fmt: skip
