"""What case files may say: facts for a decision, and what a scenario expects."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from policy_engine.rulefiles.shape import Literally, Model, Words


class About(Model):
    """A number or date that is only published rounded: what it is about, and how far it may lie off, both ends included."""

    about: Literally
    within: Literally = Field(description="in the unit of the value; of a date, days")


Wanted = Annotated[
    Annotated[About, Tag("mapping")] | Annotated[Any, Tag("value")],
    Discriminator(lambda value: "mapping" if isinstance(value, dict | About) else "value"),
]
Findings = Annotated[
    Annotated[Literal["any"], Tag("any")] | Annotated[dict[str, str], Tag("mapping")],
    Discriminator(lambda value: "any" if isinstance(value, str) else "mapping"),
]


class Expect(Model):
    """What a scenario expects; what is not named is not checked, except that an unnamed violation fails."""

    outcome: str | None = None
    findings: Findings = Field(
        default={}, description="`any`: only the outcome counts, and an unnamed violation is none"
    )
    values: dict[str, Wanted] = {}
    contested: list[str] | None = None
    missing: list[str] = []
    remedies: dict[str, dict[str, str]] = {}
    periods: dict[str, dict[str, Wanted]] = Field(
        default={},
        description="of `entries`: by period and whom (`2025-Q1`, `2025 李明`, `2025-03-01 李明` of an entry) statuses, values, totals",
    )
    refused: str | None = Field(default=None, description="code of the problem for which the facts are refused")

    @property
    def statuses(self) -> dict[str, str]:
        """The findings that are named, with their statuses."""
        return {} if isinstance(self.findings, str) else self.findings

    def allows(self, name: str, status: str) -> bool:
        """Whether a finding may have a status: a violation is named, unless any may be."""
        return self.statuses.get(name, status) == status and (
            status != "violated" or self.findings == "any" or name in self.statuses
        )


class CaseEntry(Model):
    """A case: facts for one decision, and what a scenario expects."""

    name: Words | None = None
    decision: str | None = None
    as_of: str | None = None
    facts: dict[str, Any] = {}
    justifications: dict[str, dict[str, str]] = {}
    readings: dict[str, str] = {}
    entries: list[dict[str, Any]] | None = Field(
        default=None, description="rows of the register, as a sheet has them, up to `as_of`"
    )
    first_day: str | None = Field(
        default=None, alias="from", description="first day asked about; else 1 January of the year of `as_of`"
    )
    members: list[str] = Field(default=[], description="who owes what everybody owes, even without entries")
    expect: Expect | None = None


class CaseFile(CaseEntry):
    """One case, or several that inherit what the file gives."""

    cases: list[CaseEntry] | None = None
