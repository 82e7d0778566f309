"""The JSON answers as a schema: what may stand in them, for those who read them by machine.

A field of a type that allows null is always there; one that is `left out` is there only where it says something. Fields
are added, never renamed, so a reader has to bear those it does not know.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from policy_engine.deciding.outcome import OutcomeName, Status
from policy_engine.language.ir import CompareOp, Force
from policy_engine.procedures.answer import OrderStatus
from policy_engine.procedures.shape import RunStatus

Number = str
"""An exact number as text: digits, a decimal, or `1/3` where no finite decimal exists."""
Value = bool | str | list[str] | None
"""A flag; a number, date or option as text; a set as a list; null where it is not determined."""


_OWN: Final = "Json"
"""How the classes here end: each is the JSON of something that has a class of its own."""


def left_out(description: str = "") -> Any:
    """A field that is there only where it says something."""
    return Field(default=None, description=description or None)


class Part(BaseModel):
    """What an answer consists of."""

    model_config = ConfigDict(extra="allow", defer_build=True)


class WordsJson(Part):
    """The same words in English and Chinese."""

    en: str
    zh: str


class CiteJson(Part):
    """Number of the document, place in it, and its words."""

    document: str
    at: str
    phrase: str


class DocumentJson(Part):
    """The document a decision is from."""

    number: str
    title: WordsJson


class MarginJson(Part):
    """The two sides of the deciding comparison; how far it falls short or how much is to spare, where that is a number."""

    left: Value
    relation: CompareOp
    right: Value
    short_by: Number = left_out()
    to_spare: Number = left_out()


class RemedyJson(Part):
    """One input that mends the finding alone: the nearest value that does."""

    input: str
    relation: CompareOp
    value: Value
    options: list[str] = left_out("of a choice: all options that do, where several do")
    change: Number = left_out("the difference from what was given")
    add: list[str] = left_out("of a set: what to add")
    remove: list[str] = left_out("of a set: what to take away")


class FitJson(Part):
    """The values of one fact that is not given with which the finding is satisfied."""

    input: str
    ranges: list[dict[str, Value]] = left_out("of each range its ends by relation, all to be kept")
    options: list[Value] = left_out("of a flag or choice")


class AlternativeJson(Part):
    """What is said under another reading, where it differs."""

    choose: dict[str, str]
    status: Status = left_out()
    value: Value = left_out()
    outcome: OutcomeName = left_out()


class JustificationJson(Part):
    """Why a departure is accepted."""

    who: str
    why: str
    until: str | None
    expired: bool


class FindingJson(Part):
    """What a check says about the case."""

    provision: str
    status: Status
    force: Force
    contested: bool = Field(description="another reading gives another status")
    title: WordsJson
    cite: CiteJson
    reason: WordsJson
    margin: MarginJson | None
    remedies: list[RemedyJson]
    missing: list[str] = Field(description="the facts it waits for")
    assumes: list[str] = Field(description="the facts it rests on that nobody gave; their values stand in `assumed`")
    readings: list[AlternativeJson]
    no_single_remedy: bool = left_out("no single fact mends it")
    fits: list[FitJson] = left_out("of facts it waits for: what would satisfy it")
    also_cites: list[CiteJson] = left_out()
    due: str | None = left_out("the last day on which it may still be fulfilled")
    progress: Number | None = left_out("of a floor that is due: the share of the way")
    lead: WordsJson = left_out("who answers for it")
    note: WordsJson = left_out()
    see: list[str] = left_out("decisions to ask, too")
    justification: JustificationJson = left_out()


class WaitingJson(Part):
    """Why a value is not determined."""

    missing: list[str] = left_out("the facts it waits for")
    reason: WordsJson = left_out("why the text does not settle it")


class ValueFindingJson(Part):
    """A value and what it rests on: the clause of the case that decided."""

    name: str
    value: Value
    cite: CiteJson | None
    assumes: list[str] = Field(description="the facts it rests on that nobody gave; their values stand in `assumed`")
    note: WordsJson = left_out("of the case that decided, or else of the whole")


class AnswerJson(Part):
    """The answer for one case: `policy check --format json`, `Decision.to_json()`."""

    format: Literal[1]
    decision: str
    as_of: str
    outcome: OutcomeName
    contested: bool = Field(description="another reading gives another outcome")
    title: WordsJson
    document: DocumentJson
    findings: list[FindingJson]
    values: dict[str, Value]
    undetermined: dict[str, WaitingJson] = Field(description="of each value that is null and applies: why")
    not_applicable: list[str] = Field(description="values that do not apply")
    missing: list[str] = Field(description="the facts to find out, the decisive ones first")
    assumed: dict[str, Value] = Field(description="what was taken for given since nobody said otherwise")
    facts: dict[str, Value]
    contested_values: dict[str, list[AlternativeJson]] = left_out("values that another reading gives otherwise")
    value_assumes: dict[str, list[str]] = left_out("of each value that rests on assumptions: which")
    value_findings: list[ValueFindingJson] = left_out("of each value that applies: its clause and note")
    chosen: dict[str, str] = left_out("the readings that were asked for")
    readings: list[AlternativeJson] = left_out("outcomes under other readings")
    notes: list[WordsJson] = left_out()


class CaseJson(AnswerJson):
    """An answer in a report, with the name of its case."""

    case: str


class CountsJson(Part):
    """How often a provision got each status."""

    document: str
    decision: str
    provision: str
    counts: dict[Status, int]


class SummaryJson(Part):
    """What all cases say together."""

    cases: int
    outcomes: dict[OutcomeName, int]
    provisions: list[CountsJson]


class ReportJson(Part):
    """Many cases: `policy report --format json`."""

    format: Literal[1]
    summary: SummaryJson
    cases: list[CaseJson]


class DiffersJson(Part):
    """What is not the same of all variants, by name."""

    outcome: bool
    facts: list[str]
    findings: list[str]
    values: list[str]


class ComparisonJson(Part):
    """Variants of a case: `policy compare --format json`."""

    format: Literal[1]
    decision: str
    title: WordsJson
    differs: DiffersJson
    variants: list[CaseJson]


class ComplaintJson(Part):
    """Why an event was refused."""

    code: str
    message: WordsJson
    place: str = left_out("file, line and column")
    help: WordsJson = left_out()


class OrderJson(Part):
    """Whether a step came in order."""

    status: OrderStatus | Literal["withdrawn"]
    expected: list[list[str]] = left_out("of each step that lacks: its alternatives")
    missing: list[str] = left_out("the facts that would tell")
    first_on: str = left_out("of a step that was there before")
    closed_by: str = left_out()
    closed_on: str = left_out()
    force: Force = left_out()
    cite: CiteJson = left_out()


class JudgedJson(Part):
    """A finding as in an answer; of one that nothing judges any more only `provision`, `status` and `was`."""

    provision: str
    status: Status | None
    was: Status | None
    mend: WordsJson = left_out("the remedies in words")
    of: str = left_out("the decision it is taken from")


class RunningJson(Part):
    """A deadline and how it stands."""

    deadline: str
    status: RunStatus
    due: str | None
    opened_by: str = Field(description="the id of the event that started it")
    title: WordsJson
    force: Force
    cite: CiteJson
    missing: list[str] = left_out("the facts its day waits for")
    was: RunStatus | None = left_out("among what changed: how it stood")


class GroundJson(Part):
    """A condition that held: one of `finding`, `deadline`, `step`, `without`, `event`, `that`, `consequence`."""

    cite: CiteJson
    title: WordsJson = left_out()
    status: str = left_out()
    on: str = left_out("of a step: its day")
    id: str = left_out("of an event: its id")
    finding: str = left_out()
    deadline: str = left_out()
    step: str = left_out()
    without: str = left_out()
    event: str = left_out()
    that: str = left_out("an expression")
    consequence: str = left_out()
    because: list[GroundJson] = left_out()


class FollowingJson(Part):
    """A consequence that follows or is lifted."""

    consequence: str
    status: Literal["follows", "lifted"]
    title: WordsJson
    cite: CiteJson
    because: list[GroundJson] = left_out()


class ChangeJson(Part):
    """What a late event or a correction changed in the case."""

    findings: list[JudgedJson]
    deadlines: list[RunningJson]
    consequences: list[FollowingJson]


class RejudgedJson(Part):
    """Another event, judged anew, or set aside (`accepted` false) since it contradicts what stands before it now."""

    event: str
    kind: str
    at: str
    accepted: bool = left_out("false: it counts for nothing")
    problems: list[ComplaintJson] = left_out("why it counts for nothing")
    order: OrderJson = left_out()
    findings: list[JudgedJson] = left_out()
    deadlines: list[RunningJson] = left_out()
    consequences: list[FollowingJson] = left_out()
    notes: list[WordsJson] = left_out()
    closed: bool = left_out("the event closed the case")


class DeathJson(Part):
    """durable_rules died of the event; the answer is whole without it."""

    died: str
    recovered: bool


class EventJson(Part):
    """The answer to an event, or (with `as_of`) to the passing of time: `policy watch`."""

    event: str | None = left_out()
    case: str | None
    kind: str | None = left_out()
    at: str = left_out()
    as_of: str = left_out()
    accepted: bool = left_out()
    corrects: str = left_out("the id of the event it replaces")
    problems: list[ComplaintJson] = left_out("why it was refused")
    order: OrderJson = left_out()
    findings: list[JudgedJson] = left_out()
    deadlines: list[RunningJson] = left_out()
    consequences: list[FollowingJson] = left_out()
    notes: list[WordsJson] = left_out()
    closed: bool = left_out("the event closed the case")
    late: bool = left_out("it is dated before what was judged already")
    duplicate: bool = left_out("it was received before; nothing changes")
    rejudged: list[RejudgedJson] = left_out("the events whose answers are others now")
    changed: ChangeJson = left_out()
    engine: DeathJson = left_out()


ANSWERS: Final[dict[str, type[Part]]] = {
    "answer": AnswerJson,
    "report": ReportJson,
    "comparison": ComparisonJson,
    "event": EventJson,
}
"""The kinds of answers by the name under which `policy schema` prints them."""


def schema(kind: type[Part]) -> dict[str, Any]:
    """The JSON Schema of an answer."""
    found: dict[str, Any] = _plain(kind.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _plain(part: Any) -> Any:
    """Without what Python adds: titles, null as the default of what is left out, the ending of the classes' names."""
    if isinstance(part, list):
        return [_plain(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {
        k: v
        for k, v in part.items()
        if not (k == "title" and isinstance(v, str)) and not (k == "default" and v is None)
    }
    return {k.removesuffix(_OWN): v.removesuffix(_OWN) if k == "$ref" else _plain(v) for k, v in kept.items()}
