"""How rules are proved: scenarios are decided and compared with what they expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from policy_engine.basics.errors import NO_WORDS, Lang, PolicyError, Text, did_you_mean
from policy_engine.basics.values import NUMBER, BadValue, Type, Unknown, Value, read, to_json
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import Decision, Finding
from policy_engine.explaining.remedy import Remedy
from policy_engine.proving.cases import Case
from policy_engine.proving.claims import broken
from policy_engine.proving.shape import About, Expect
from policy_engine.rulebook.rule import Input
from policy_engine.rulefiles.rulebook import Rulebook
from policy_engine.words import OUTCOME, STATUS

NOT_REFUSED: Final = Text("not refused", "未拒绝")
NOT_VIOLATED: Final = Text("not violated", "未违反")
_WORDS: Final[Mapping[str, Text]] = {
    **dict[str, Text](STATUS.items()), **dict[str, Text](OUTCOME.items()),
    "none": Text("none", "无"), "no remedy": Text("no remedy", "无整改办法"), "unknown": Text("unknown", "未知"),
}  # fmt: skip
"""What is said by names in data and in English, for Chinese readers."""


@dataclass(frozen=True)
class Difference:
    """One expectation that does not hold: what, expected, found; as names and values, or in words of both languages."""

    what: str
    expected: str | Text
    found: str | Text

    def said(self, lang: Lang) -> tuple[str, str]:
        """What was expected and what was found, in one language."""
        words = {} if lang == "en" or self.what.startswith("values.") else _WORDS
        return _said(self.expected, lang, words), _said(self.found, lang, words)


def _said(part: str | Text, lang: Lang, words: Mapping[str, Text]) -> str:
    if not isinstance(part, str):
        return part.of(lang)
    names = part.split(", ")
    return "、".join(words[name].zh for name in names) if words.keys() >= set(names) else part


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
        found_ = Text(f"{codes}: {error}", f"{codes}: {error.render('zh')}")
        return Result(case, (Difference("refused", expect.refused or NOT_REFUSED, found_),))
    found = [*compare(expect, decision), *_claims(case, book, today)]
    if expect.refused:
        found.append(Difference("refused", expect.refused, NOT_REFUSED))
    return Result(case, tuple(found), decision)


def _claims(case: Case, book: Rulebook, today: dt.date) -> Iterable[Difference]:
    """What the decision claims of every case, and this one, or one near it, does not keep."""
    rule = book.rule(case.decision)
    if rule.claims:
        for claim, risen in broken(rule, read_facts(rule, case.facts), case.as_of or today, case.readings):
            raised = f"{claim.raising} {to_json(risen.given[claim.raising])}" if risen else ""
            more = Text(f", and with {raised}", f"（与 {raised} 相比）") if risen else NO_WORDS
            yield Difference(f"claims.{claim.id}", claim.says, Text(f"not so here{more.en}", f"此处不成立{more.zh}"))


def compare(expect: Expect, decision: Decision) -> Iterable[Difference]:
    """Every expectation that does not hold."""
    findings = {f.provision: f for f in decision.findings}
    if expect.outcome is not None and expect.outcome != decision.outcome:
        yield Difference("outcome", expect.outcome, decision.outcome)
    for name, status in expect.statuses.items():
        if name not in findings:
            near = did_you_mean(name, findings) or NO_WORDS
            absent_ = Text(f"no such provision: {near.en}", f"没有此项条款：{near.zh}")
            yield Difference(f"findings.{name}", status, absent_)
        elif findings[name].status != status:
            yield Difference(f"findings.{name}", status, findings[name].status)
    for name, finding in findings.items():
        if name not in expect.statuses and not expect.allows(name, finding.status):
            because = Text(f"violated: {finding.reason.en}", f"违反：{finding.reason.zh}")
            yield Difference(f"findings.{name}", NOT_VIOLATED, because)
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
            yield Difference(f"values.{name}", str(wanted), Text("no such formula", "没有此项数值"))
            continue
        found, kind = results[name].value, results[name].clause.type
        try:
            if not agrees(found, wanted, kind):
                yield Difference(f"values.{name}", _shown(wanted, kind), str(to_json(found)))
        except BadValue as error:
            yield Difference(f"values.{name}", str(wanted), error.found)


def _shown(wanted: object, kind: Type | None) -> str:
    if isinstance(wanted, About):
        return f"about {wanted.about}, within {wanted.within}"
    return str(to_json(read(wanted, kind) if kind and wanted is not None else Unknown()))


def agrees(found: Value, wanted: object, kind: Type | None) -> bool:
    """Whether a value is as a scenario wants it: the same, or as near as it says. Raises BadValue."""
    if wanted is None or kind is None:
        return isinstance(found, Unknown)
    if not isinstance(wanted, About):
        return found == read(wanted, kind)
    if kind.kind not in ("number", "date"):
        raise BadValue(Text(f"only a number or a date is `about` something, not a {kind}",
                            f"`about` 只用于数和日期，不用于 {kind}"))  # fmt: skip
    about: Any = read(wanted.about, kind)
    within: Any = read(wanted.within, replace(kind, integer=False) if kind.kind == "number" else NUMBER)
    if within < 0:
        raise BadValue(Text("`within` is not below 0", "`within` 不得小于 0"))
    off: Any = None if isinstance(found, Unknown) else abs(found - about)
    return off is not None and (off.days if isinstance(off, dt.timedelta) else off) <= within


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
