"""What is written otherwise in the register of another version of a rule: what dates an entry, whom it is about, what is added up."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.basics.errors import Text
from policy_engine.explaining.chinese import spoken
from policy_engine.explaining.unparse import unparse
from policy_engine.language import ir
from policy_engine.proving.altered import NONE, Altered, What
from policy_engine.reports.rule_text import callings, total_text
from policy_engine.rulebook.rule import Rule


def registered(old: Rule, new: Rule) -> Iterator[Altered]:
    """All of it but the columns, which are told as inputs are. English has names and trees, so that what is only called otherwise is the same."""
    before, after = _told(old), _told(new)
    for part, name in {**before, **after}:
        was, now = before.get((part, name), NONE), after.get((part, name), NONE)
        if was.en != now.en:
            yield Altered(name=name, what=part, old=was, new=now)


def _told(rule: Rule) -> dict[tuple[What, str], Text]:
    register, names = rule.register, callings(rule)
    if register is None:
        return {}
    whom = Text(register.by, register.by_label.zh) if register.by else NONE
    each = NONE if register.each == ir.TRUE else Text(unparse(register.each), spoken(register.each, names))
    return {
        ("dated-by", "register"): Text(register.date, names.label(register.date).zh),
        ("of-whom", "register"): whom,
        ("each-entry", "register"): each,
        **{("total", total.name): total_text(total, names) for total in register.totals.values()},
    }
