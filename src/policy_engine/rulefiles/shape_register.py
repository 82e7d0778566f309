"""What YAML may say of registers: what dates an entry, whom it is about, what is worked out from entries."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from policy_engine.rulefiles.shape import ALSO, SNAKE, Alias, Expression, Input, Misshapen, Model, Words


class Whom(Model):
    """The column that says whom an entry is about; any text."""

    name: str = Field(pattern=SNAKE)
    label: Words | None = None
    aliases: list[Alias] = Field(default=[], description=ALSO)


PERIODS: Final = (
    "month",
    "2 months",
    "3 months",
    "4 months",
    "6 months",
    "quarter",
    "half-year",
    "year",
    "running",
    "earlier in year",
    "later",
)
WINDOW: Final = r"^last [1-9][0-9]{0,3} (day|month|year)s?$"


def _period(text: str) -> str:
    if text not in PERIODS and not re.match(WINDOW, text):
        accepted = ", ".join((*PERIODS, "last 12 months", "last 365 days"))
        raise Misshapen(f"`{text}` is no period; accepted: {accepted}", f"`{text}` 不是期间；可用：{accepted}")
    return text


Period = Annotated[
    str,
    AfterValidator(_period),
    WithJsonSchema({"type": "string", "anyOf": [{"enum": [*PERIODS]}, {"pattern": WINDOW}]}),
]


class RegisterTotal(Model):
    """An input worked out from the entries of a register: how many, on how many days, or how much of something."""

    count: Expression | None = Field(default=None, description="entries for which this holds")
    days: Expression | None = Field(default=None, description="distinct dates of entries for which this holds")
    sum: Expression | None = Field(default=None, description="the column that is added up")
    where: Expression | None = Field(default=None, description="entries of a sum")
    per: Period = Field(
        description="calendar period; `running`: each entry with all before it; `earlier in year`, `later`: those before, after it; "
        "`last 12 months`, `last 365 days`: those of that time up to each",
    )
    of: Literal["each", "all"] = Field(default="each", description="the entries of each, or of all together")

    @model_validator(mode="after")
    def _one_form(self) -> RegisterTotal:
        if sum(x is not None for x in (self.count, self.days, self.sum)) != 1:
            raise Misshapen("a total has one of `count`, `days`, `sum`", "合计须有 `count`、`days`、`sum` 之一")
        if self.where is not None and self.sum is None:
            raise Misshapen("only a `sum` has `where`", "只有 `sum` 才有 `where`")
        return self


class RegisterTable(Model):
    """A table of dated entries that feeds the decision: what an entry has, and the inputs worked out from entries."""

    date: str = Field(description="the column that dates an entry")
    by: Whom | None = None
    each: Expression | None = Field(default=None, description="entries that are checked on their own")
    columns: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Input] = {}
    totals: dict[Annotated[str, StringConstraints(pattern=SNAKE)], RegisterTotal] = {}
