"""Facts that are given for a whole register and judged nowhere: silence about them would pass for a judgement."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from policy_engine.basics.errors import NO_WORDS, Lang, Text
from policy_engine.explaining.chinese import listed
from policy_engine.registers.periods import uses
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.columns import NOT_YET_COLUMN


def idle(rule: Rule, fixed: Collection[str], said: Collection[str]) -> Text:
    """Which facts no provision rests on of those something was said of; no words where there are none, or nothing was said."""
    used = frozenset[str]().union(*(names for provision, names in uses(rule).items() if provision in said))
    given = {name.removesuffix(NOT_YET_COLUMN) for name in fixed} - used
    labels = [entry.label for name, entry in rule.inputs.items() if name in given]
    if not labels or not said:
        return NO_WORDS
    en, zh = (listed([label.of(lang) for label in labels], lang) for lang in get_args(Lang))
    return Text(f"given for the whole register, and in no finding: {en} (what an entry says stands in a column)",
                f"对整个登记表给出而未用于任何结论：{zh}（属于各条登记的，请在表中列明）")  # fmt: skip
