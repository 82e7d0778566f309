"""Cases that were found as scenarios: named in words, with what the interpreter says of what each is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policy_engine.basics.errors import Text
from policy_engine.basics.values import Unknown, to_json
from policy_engine.deciding.decide import Verdict
from policy_engine.explaining.chinese import in_unit
from policy_engine.importing.yaml_text import yaml_text
from policy_engine.rulebook.rows import unfolded
from policy_engine.rulebook.rule import Rule
from policy_engine.solving.answers import case_data
from policy_engine.solving.covering import Reached, Scenario
from policy_engine.solving.study import Example
from policy_engine.words import STATUS

NAMED: Final = 2
"""A name tells of so many provisions."""
BESIDE: Final = {
    0: Text("at the bound", "恰在界上"),
    1: Text("a step above it", "略高于界"),
    -1: Text("a step below it", "略低于界"),
}
HEAD: Final = (
    "# Found by `policy prove --cases`: what the rules say of each case today, to be read and kept as scenarios.\n"
    "# 由 `policy prove --cases` 找到：规则今天对每个案例的判定，请阅读后留作情景。\n"
)


def scenario_files(found: Sequence[Reached], more: Mapping[str, Sequence[dict[str, object]]]) -> Iterator[str]:
    """A file of scenarios, a document of it for each decision; `more`: scenarios of entries, by decision."""
    yield HEAD
    for one in found:
        cases = [*(_case(one.rule, scenario) for scenario in one.scenarios), *more.get(one.rule.decision, ())]
        if cases:
            yield "---\n" + yaml_text({"decision": one.rule.decision, "cases": cases})


def _case(rule: Rule, one: Scenario) -> dict[str, object]:
    point = one.point
    verdict = Verdict(rule, point.facts, point.as_of, point.readings)
    data = case_data(rule, Example(rule.decision, point.facts, point.as_of, point.readings))
    findings = {p.id: verdict.status(p) for p in verdict.checks}
    told = {name: status for name, status in findings.items() if name in one.about or status == "violated"}
    values = {p.id: verdict.result(p).value for p in verdict.formulas if p.id in one.about}
    shown = {name: None if isinstance(value, Unknown) else to_json(value) for name, value in values.items()}
    expect: dict[str, object] = {"outcome": verdict.outcome()}
    expect |= {"findings": dict(told)} if told else {}
    expect |= {"values": shown} if shown else {}
    name = _named(rule, one, verdict)
    return {
        "name": {"en": name.en, "zh": name.zh},
        **{k: v for k, v in data.items() if k != "decision"},
        "expect": expect,
    }


def _named(rule: Rule, one: Scenario, verdict: Verdict) -> Text:
    """What a case shows: the first provisions it is about, and where it lies beside a bound."""
    facts = one.point.facts
    names, parts = unfolded(rule, facts.rows, facts.given).names(one.point.as_of), list[Text]()
    about = [p for p in (*verdict.checks, *verdict.formulas) if p.id in one.about]
    for p in about[:NAMED]:
        said = in_unit(verdict.result(p).value, p.id, names) if p.is_formula else STATUS[verdict.status(p)]
        parts.append(Text(f"{p.title.en}: {said.en}", f"{p.title.zh}：{said.zh}"))
    if one.point.at is not None and one.point.at[0] in one.point.facts.given:
        name, way = one.point.at
        label = names.label(name)
        parts.append(Text(f"{label.en} {BESIDE[way].en}", f"{label.zh}{BESIDE[way].zh}"))
    more = len(about) - NAMED
    if more > 0:
        parts.append(Text(f"and {more} more", f"另有 {more} 项"))
    return Text("; ".join(t.en for t in parts), "；".join(t.zh for t in parts))
