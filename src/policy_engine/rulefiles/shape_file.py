"""What the YAML of a rule file may say as a whole; the source of its JSON Schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from policy_engine.rulefiles.shape import (
    DECISION,
    KEBAB,
    SNAKE,
    Claimed,
    Expression,
    Input,
    Line,
    Misshapen,
    Model,
    Provision,
    Reading,
    Rows,
    ScopeClause,
    Words,
)
from policy_engine.rulefiles.shape_register import RegisterTable
from policy_engine.rulefiles.shape_tables import DecisionTable, Table, Target, Use


class RuleFile(Model):
    """A decision: its inputs, readings and provisions."""

    decision: str = Field(pattern=DECISION)
    document: Line
    title: Words | None = None
    note: Words | None = None
    calendar: str | None = Field(
        default=None, pattern=KEBAB, description="which days are worked: a file in `calendars`"
    )
    inputs: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Input] = {}
    facts_must: list[Expression] = []
    scope: list[ScopeClause] = Field(default=[], description="outside it no check applies")
    readings: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Reading] = {}
    rows: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Rows] = Field(
        default={}, description="lists of things"
    )
    uses: dict[
        Annotated[str, StringConstraints(pattern=SNAKE)],
        Annotated[
            Annotated[Target, Tag("text")] | Annotated[Use, Tag("mapping")],
            Discriminator(lambda value: "text" if isinstance(value, str) else "mapping"),
        ],
    ] = Field(default={}, description="values of other decisions: decision/formula")
    tables: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Table] = Field(
        default={}, description="values by date, by key, by bracket"
    )
    decision_tables: dict[Annotated[str, StringConstraints(pattern=SNAKE)], DecisionTable] = Field(
        default={}, description="several formulas from one grid of conditions"
    )
    entries: RegisterTable | None = Field(
        default=None, alias="register", description="dated entries that feed the decision"
    )
    provisions: list[Provision] = Field(
        default=[], description="checks and formulas; a decision may be of tables alone"
    )
    claims: list[Claimed] = Field(default=[], description="what must hold for every case")

    @model_validator(mode="after")
    def _says_something(self) -> RuleFile:
        if not (self.provisions or self.tables or self.decision_tables):
            raise Misshapen("a decision has `provisions`, or `tables` alone", "决定须有 `provisions`，或仅有 `tables`")
        return self
