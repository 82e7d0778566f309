"""What would mend a case, as text and as JSON: a fact where its nearest value does, else the least change of one or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from policy_engine.basics.errors import Lang, Text
from policy_engine.basics.values import Known, Value, number_text, to_json
from policy_engine.explaining.chinese import in_unit
from policy_engine.explaining.decision import Decision, Finding
from policy_engine.reports.data import dump
from policy_engine.reports.line import headed
from policy_engine.reports.unsettled import unsettled
from policy_engine.solving.mending import Mend
from policy_engine.words import STATUS, colon, remedies

FORMAT = 1
FAILING = ("violated", "departed", "missed")


@dataclass(frozen=True)
class Mended:
    """A decision and, of the checks that no fact mends at its nearest value, the least change that does; why, where that is not settled.

    `broken`: of checks that facts mend at their nearest values, each of them only by breaking others, which those are.
    """

    decision: Decision
    least: Mapping[str, Mend]
    unheld: str = ""
    broken: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def failing(self) -> list[Finding]:
        """The findings that are to be mended."""
        return [one for one in self.decision.findings if one.status in FAILING]

    @property
    def whole(self) -> bool:
        """Whether something mends each of them."""
        alone = {one.provision for one in self.failing if one.remedies} - self.broken.keys()
        return all(one.provision in alone or one.provision in self.least for one in self.failing)


def text(found: Mended, lang: Lang) -> Iterator[str]:
    """Each finding with what mends it."""
    yield headed(found.decision.rule, lang)
    for one in found.failing:
        name = "" if lang == "zh" else f"{one.provision}  "
        yield f"  {name}{one.clause.title.of(lang)}{colon(lang)}{STATUS[one.status].of(lang)}\n"
        if one.remedies:
            yield f"    {remedies(one, found.decision, lang)}\n"
        if one.provision in found.broken:
            yield f"    {_breaks(found, one).of(lang)}\n"
        if one.remedies and one.provision not in found.broken:
            continue
        if (mend := found.least.get(one.provision)) is not None:
            yield f"    {_least(found, mend, lang)}\n"
        else:
            yield (
                "    "
                + Text(
                    "neither one nor two facts were found that mend it and break nothing else",
                    "未找到变更一项或两项事实即可整改而不违反其他核验的办法",
                ).of(lang)
                + "\n"
            )
    if not found.failing:
        yield "  " + Text("nothing is to be mended", "无须整改").of(lang) + "\n"
    if found.unheld:
        why = unsettled(found.unheld, found.decision.names.label)
        yield Text(f"not settled: {why.en}", f"未能判定：{why.zh}").of(lang) + "\n"


def _breaks(found: Mended, finding: Finding) -> Text:
    """That each fact at its nearest value mends a check only by breaking others; other values of it may not."""
    titles = [p.title for p in found.decision.rule.provisions if p.id in found.broken[finding.provision]]
    en, zh = "; ".join(dict.fromkeys(t.en for t in titles)), "、".join(dict.fromkeys(f"“{t.zh}”" for t in titles))
    if len(finding.remedies) == 1:
        return Text(
            f"at its nearest value it would break another check ({en})", f"变更至上述最近取值，会违反其他核验（{zh}）"
        )
    return Text(
        f"at its nearest value each would break another check ({en})",
        f"任何一项单独变更至上述最近取值的，均会违反其他核验（{zh}）",
    )


def _least(found: Mended, mend: Mend, lang: Lang) -> str:
    names = found.decision.names
    old: Mapping[str, Value] = found.decision.facts
    parts = [
        f"{names.label(n).of(lang)} {_shown(found, n, old.get(n), lang)} → {_shown(found, n, value, lang)}"
        for n, value in mend.values.items()
    ]
    percent = number_text(Fraction(round(mend.amounts * 1000), 10))
    least = number_text(Fraction(mend.least * 1000 // 1, 10))  # never more than is proved
    near = Text("", "") if Fraction(round(mend.amounts * 1000), 1000) == mend.amounts else Text("about ", "约 ")
    both = Text(" and ", "，同时").of(lang).join(parts)
    one = len(parts) == 1
    amounts = Text(f" (a change of {near.en}{percent}% of what {'it is' if one else 'they are'}; none below {least}% does, as both solvers say)",
                   f"（{'' if one else '合计'}变动{near.zh or ' '}{percent}%；低于 {least}% 的变动均不可行，两个求解器均已证明）")  # fmt: skip
    mended = Text("to mend it: ", "整改：") if one else Text("to mend it, both: ", "整改（两项同时）：")
    return mended.of(lang) + both + amounts.of(lang)


def _shown(found: Mended, name: str, value: Value | None, lang: Lang) -> str:
    return "—" if value is None else in_unit(value, name, found.decision.names).of(lang)


def data(found: Mended) -> str:
    """The same by machine."""
    return dump({
        "format": FORMAT, "decision": found.decision.decision, "as_of": found.decision.as_of.isoformat(), "not_settled": found.unheld or None,
        "findings": [
            {"provision": one.provision, "status": one.status, "one": [r.to_json() for r in one.remedies],
             "breaks": sorted(found.broken.get(one.provision, ())), "least": _data(found, found.least.get(one.provision))}
            for one in found.failing
        ],
    })  # fmt: skip


def _data(found: Mended, mend: Mend | None) -> object:
    if mend is None:
        return None
    values: Mapping[str, Known] = mend.values
    changes = {n: {"from": to_json(found.decision.facts[n]), "to": to_json(v)} for n, v in values.items()}
    return {"changes": changes, "amounts_to": number_text(mend.amounts), "none_below": number_text(mend.least)}
