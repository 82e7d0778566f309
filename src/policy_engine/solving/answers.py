"""A case that was found, as a case file has it."""

from __future__ import annotations

from fractions import Fraction

from policy_engine.basics.values import NOT_YET, YUAN, Known, number_text, to_json
from policy_engine.rulebook.rows import MORE, called, unfolded
from policy_engine.rulebook.rule import Input, Rule
from policy_engine.solving.study import Example


def case_data(rule: Rule, example: Example) -> dict[str, object]:
    """A case in the form of a case file: the decision, the date, facts, and readings other than the default."""
    inputs = {**unfolded(rule, example.facts.rows, example.facts.given).inputs, **rule.askable}
    facts = {name: written(inputs[name], value) for name, value in example.facts.given.items()}
    facts |= dict.fromkeys(sorted(example.facts.not_yet), NOT_YET)
    for name, (count, complete) in example.facts.rows.items():
        rows = [
            {key: facts[there] for key in rule.rows[name].columns if (there := called(name, i, key)) in facts}
            for i in range(1, count + 1)
        ]
        facts[name] = rows if complete else [*rows, MORE]
    found: dict[str, object] = {"decision": rule.decision, "as_of": example.as_of.isoformat()}
    found["facts"] = {name: facts[name] for name in rule.askable if name in facts}
    return found | ({"readings": dict(example.readings)} if example.readings else {})


def written(entry: Input, value: Known) -> object:
    """A value as a case file has it."""
    if isinstance(value, Fraction):
        return number_written(entry, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return to_json(value)


def number_written(entry: Input, value: Fraction) -> str:
    """A number as a user writes it: a share as a percentage, a large whole amount in 万元 or 亿元."""
    if entry.type_name == "share":
        percent = number_text(value * 100)
        return number_text(value) if "/" in percent else f"{percent}%"
    if entry.type.unit == YUAN and value.denominator == 1 and value:
        for unit, size in (("亿元", 100_000_000), ("万元", 10_000)):
            if value % (size // 100) == 0 and abs(value) >= size:
                return f"{number_text(value / size)}{unit}"
    return number_text(value)
