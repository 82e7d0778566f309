"""Every fact a case waits for, or that was given, varied by itself: the values that keep the decision, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from policy_engine.basics.errors import Lang, Text
from policy_engine.reports import line, picked
from policy_engine.reports.data import dump
from policy_engine.rulebook.rule import Rule

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class EachFree:
    """What was found of each fact; why, of those that are not settled."""

    rule: Rule
    found: Sequence[line.Varied | picked.Picked]
    left: Mapping[str, Text]

    @property
    def some(self) -> bool:
        """Whether some fact has a value that keeps the decision."""
        return any(one.some for one in self.found)


def text(every: EachFree, lang: Lang) -> Iterator[str]:
    """Fact by fact."""
    yield line.headed(every.rule, lang)
    for one in every.found:
        if not one.some:
            yield f"{every.rule.inputs[one.name].label.of(lang)}\n"
        said = line.text(one, lang) if isinstance(one, line.Varied) else picked.text(one, lang)
        yield from islice(said, 1, None)
    for name, why in every.left.items():
        label = every.rule.inputs[name].label
        yield Text(f"{label.en}: {why.en}\n", f"{label.zh}：{why.zh}\n").of(lang)


def data(every: EachFree) -> str:
    """The same by machine."""
    each = (line.data(one) if isinstance(one, line.Varied) else picked.data(one) for one in every.found)
    facts = [json.loads(one) for one in each]
    left = [{"input": name, "not_settled": {"en": why.en, "zh": why.zh}} for name, why in every.left.items()]
    return dump({"format": FORMAT, "decision": every.rule.decision, "facts": facts, "not_settled": left})
