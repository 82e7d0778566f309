"""How rules are proved: scenarios are decided and compared with what they expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import BadValue, Unknown, Value, read, to_json
from policy_engine.explaining.decision import Decision, Finding
from policy_engine.explaining.remedy import Remedy
from policy_engine.proving.cases import Case
from policy_engine.proving.shape import Expect
from policy_engine.rulebook.rule import Input
from policy_engine.rulebook.rulebook import Rulebook


@dataclass(frozen=True)
class Difference:
    """One expectation that does not hold: what, expected, found."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True)
class Result:
    """A scenario that was run; it passes when nothing differs."""

    case: Case
    differences: tuple[Difference, ...]
    decision: Decision | None = None

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return not self.differences


def run(case: Case, book: Rulebook, today: dt.date) -> Result:
    """Decide a scenario and compare. Facts that are refused are a difference, unless that is expected."""
    expect = case.expect or Expect()
    try:
        decision = case.decide(book, today)
    except PolicyError as error:
        codes = ", ".join(sorted({p.code for p in error.problems}))
        if expect.refused in {p.code for p in error.problems}:
            return Result(case, ())
        return Result(case, (Difference("refused", expect.refused or "not refused", f"{codes}: {error}"),))
    found = list(compare(expect, decision))
    if expect.refused:
        found.append(Difference("refused", expect.refused, "not refused"))
    return Result(case, tuple(found), decision)


def compare(expect: Expect, decision: Decision) -> Iterable[Difference]:
    """Every expectation that does not hold."""
    findings = {f.provision: f for f in decision.findings}
    if expect.outcome is not None and expect.outcome != decision.outcome:
        yield Difference("outcome", expect.outcome, decision.outcome)
    for name, status in expect.findings.items():
        found = findings[name].status if name in findings else "no such provision"
        if found != status:
            yield Difference(f"findings.{name}", status, found)
    for name, finding in findings.items():
        if finding.status == "violated" and name not in expect.findings:
            yield Difference(f"findings.{name}", "not violated", f"violated: {finding.reason.en}")
    yield from _values(expect, decision)
    contested = {f.provision for f in decision.findings if f.contested} | {
        r.provision for r in decision.results if r.readings
    }
    if expect.contested is not None and contested != set(expect.contested):
        yield Difference("contested", _listed(expect.contested), _listed(contested))
    absent = [name for name in expect.missing if name not in decision.missing]
    if absent:
        yield Difference("missing", _listed(expect.missing), _listed(decision.missing))
    for name, wanted in expect.remedies.items():
        yield from _remedies(name, wanted, findings.get(name), decision)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _values(expect: Expect, decision: Decision) -> Iterable[Difference]:
    results = {r.provision: r for r in decision.results}
    for name, wanted in expect.values.items():
        if name not in results:
            yield Difference(f"values.{name}", str(wanted), "no such formula")
            continue
        found, kind = results[name].value, results[name].clause.type
        try:
            expected: Value = Unknown() if wanted is None else read(wanted, kind) if kind else Unknown()
        except BadValue as error:
            yield Difference(f"values.{name}", str(wanted), error.found.en)
            continue
        if isinstance(expected, Unknown) and isinstance(found, Unknown):
            continue
        if expected != found:
            yield Difference(f"values.{name}", str(to_json(expected)), str(to_json(found)))


def _remedies(name: str, wanted: dict[str, str], finding: Finding | None, decision: Decision) -> Iterable[Difference]:
    found = {r.input: r for r in finding.remedies} if finding else {}
    for fact, text in wanted.items():
        relation, _, raw = text.partition(" ")
        entry = decision.inputs.get(fact)
        if entry is None or not _same_remedy(found.get(fact), relation, raw, entry):
            shown = f"{found[fact].relation} {to_json(found[fact].value)}" if fact in found else "no remedy"
            yield Difference(f"remedies.{name}.{fact}", text, shown)


def _same_remedy(remedy: Remedy | None, relation: str, raw: str, entry: Input) -> bool:
    if remedy is None or remedy.relation != relation:
        return False
    try:
        return read(raw, entry.type, share=entry.type_name == "share", unit_word=entry.unit_word.zh) == remedy.value
    except BadValue:
        return False
