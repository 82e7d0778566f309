"""What case files may say: facts for a decision, and what a scenario expects."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from policy_engine.rulebook.shape import Model, Words


class Expect(Model):
    """What a scenario expects; what is not named is not checked, except that an unnamed violation fails."""

    outcome: str | None = None
    findings: dict[str, str] = {}
    values: dict[str, Any] = {}
    contested: list[str] | None = None
    missing: list[str] = []
    remedies: dict[str, dict[str, str]] = {}
    refused: str | None = Field(default=None, description="code of the problem for which the facts are refused")


class CaseEntry(Model):
    """A case: facts for one decision, and what a scenario expects."""

    name: Words | None = None
    decision: str | None = None
    as_of: str | None = None
    facts: dict[str, Any] = {}
    justifications: dict[str, dict[str, str]] = {}
    readings: dict[str, str] = {}
    expect: Expect | None = None


class CaseFile(CaseEntry):
    """One case, or several that inherit what the file gives."""

    cases: list[CaseEntry] | None = None
