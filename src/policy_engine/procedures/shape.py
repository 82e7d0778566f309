"""What the YAML of a procedure may say: steps in order, deadlines, consequences; the source of its JSON Schema."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from policy_engine.language.ir import Force
from policy_engine.rulefiles.shape import (  # fmt: skip
    ALSO,
    DECISION,
    KEBAB,
    SNAKE,
    Alias,
    Cites,
    Derived,
    Expression,
    Input,
    Literally,
    Misshapen,
    Model,
    Provision,
    Reading,
    Words,
)

RunStatus = Literal["open", "met", "missed", "late", "lapsed", "elapsed", "undetermined"]
StepName = Annotated[str, StringConstraints(pattern=SNAKE)]


def _form(value: object) -> str:
    return "list" if isinstance(value, list) else "mapping" if isinstance(value, dict | Model) else "text"


OneOrMore = Annotated[Annotated[str, Tag("text")] | Annotated[list[str], Tag("list")], Discriminator(_form)]


class Before(Model):
    """What must have happened first: one step or any of several, always or only under a condition."""

    step: str | None = None
    any: list[str] | None = Field(default=None, min_length=2, description="alternatives: one of them is enough")
    when: Expression | None = Field(default=None, description="needed only when this holds")

    @model_validator(mode="after")
    def _one_form(self) -> Before:
        if (self.step is None) == (self.any is None):
            raise Misshapen("names either one `step` or `any` of several", "应写一个 `step`，或以 `any` 列出几个")
        return self


Earlier = Annotated[Annotated[str, Tag("text")] | Annotated[Before, Tag("mapping")], Discriminator(_form)]


class StepEntry(Model):
    """A kind of event, what must have happened before it, and what is judged when it happens."""

    id: StepName
    title: Words | None = None
    aliases: list[Alias] = Field(default=[], description=ALSO)
    cite: Cites
    after: list[Earlier] | None = Field(default=None, description="what must come first; if not given, the step above")
    force: Force = Field(default="binding", description="how strongly the order binds")
    repeats: bool = Field(default=False, description="may happen more than once")
    closes: bool = Field(default=False, description="ends the case")
    facts: list[str] = Field(default=[], description="inputs this event brings; each such event brings them anew")
    sets: dict[str, Literally] = Field(default={}, description="facts that hold by the kind of the event")
    requires: list[str] = Field(default=[], description="checks judged when it happens")
    note: Words | None = None


class TallyEntry(Model):
    """A running total over the events of a case, exact: the sum of a fact or the number of events."""

    sum: str | None = Field(default=None, description="the input added up")
    over: OneOrMore = Field(description="the steps counted")
    label: Words | None = None


class DeadlineEntry(Model):
    """A date by which something must happen; without `met_by` a term that runs out."""

    id: str = Field(pattern=KEBAB)
    title: Words | None = None
    cite: Cites
    force: Force = "binding"
    opens: OneOrMore = Field(description="the steps that start it; each such event starts it anew")
    missed: OneOrMore = Field(
        default=[], description="the deadlines that start it on their last day when they are missed"
    )
    when: Expression | None = None
    due: Expression = Field(description="its last day, a date; `opened_on` is the day of the event that started it")
    met_by: OneOrMore = Field(default=[], description="the steps that meet it")
    since: Expression | None = Field(
        default=None, description="the first day on which a step meets it; left out, as soon as it is started"
    )
    ends: OneOrMore = Field(default=[], description="the steps after which it no longer runs")
    derived: list[Derived] = Field(default=[])
    note: Words | None = None


class ConditionEntry(Model):
    """One condition of a consequence."""

    finding: str | None = Field(default=None, description="a check, as it was last judged")
    deadline: str | None = None
    status: OneOrMore | None = Field(
        default=None, alias="is", description="of the finding (violated) or deadline (missed)"
    )
    step: str | None = Field(default=None, description="a step that has happened in the case")
    without: str | None = Field(default=None, description="a step that has not happened in the case")
    event: str | None = Field(default=None, description="this very event: the consequence is one of the event")
    consequence: str | None = None
    that: Expression | None = Field(default=None, description="a condition on the facts of the case")
    any: list[ConditionEntry] | None = Field(default=None, min_length=2, description="one of these is enough")

    @model_validator(mode="after")
    def _one_form(self) -> ConditionEntry:
        given = (
            self.finding,
            self.deadline,
            self.step,
            self.without,
            self.event,
            self.consequence,
            self.that,
            self.any,
        )
        if sum(part is not None for part in given) != 1:
            raise Misshapen(
                "a condition has one of finding, deadline, step, without, event, consequence, that, any",
                "一项条件须有且仅有 finding, deadline, step, without, event, consequence, that, any 之一",
            )
        if self.status is not None and self.finding is None and self.deadline is None:
            raise Misshapen("only a finding or a deadline has `is`", "只有 finding 或 deadline 才有 `is`")
        return self


class ConsequenceEntry(Model):
    """What follows when all conditions hold."""

    id: str = Field(pattern=KEBAB)
    title: Words
    cite: Cites
    when: list[ConditionEntry] = Field(min_length=1)
    note: Words | None = None


class ProcedureFile(Model):
    """A procedure: its steps in order, what each requires, deadlines and consequences."""

    procedure: str = Field(pattern=DECISION)
    document: str
    title: Words | None = None
    note: Words | None = None
    calendar: str | None = Field(
        default=None, pattern=KEBAB, description="which days are worked; left out, that of the decisions it uses"
    )
    uses: dict[Annotated[str, StringConstraints(pattern=DECISION)], list[str]] = Field(
        default={}, description="checks and formulas of decisions, worked out here on the facts of the case"
    )
    inputs: dict[StepName, Input] = Field(default={})
    facts_must: list[Expression] = Field(default=[])
    readings: dict[StepName, Reading] = Field(default={})
    tallies: dict[StepName, TallyEntry] = Field(default={})
    provisions: list[Provision] = Field(default=[])
    steps: list[StepEntry] = Field(min_length=1)
    deadlines: list[DeadlineEntry] = Field(default=[])
    consequences: list[ConsequenceEntry] = Field(default=[])
