"""What YAML may say of values that are looked up: tables by date, key and bracket, decision tables, other decisions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, ValidationError, model_validator

from policy_engine.rulefiles.shape import (
    SNAKE,
    Cites,
    Derived,
    Expression,
    Line,
    Literally,
    Misshapen,
    Model,
    Options,
    Typed,
    TypeName,
    Words,
    not_worked_out,
)

CSV = r"^[^\W_][\w.-]*\.csv$"


def _form(value: Any) -> str:
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "mapping"


class GridRow(Model):
    """A row of several cells, with a citation of its own."""

    cells: list[Literally] = Field(alias="is")
    cite: Cites


_Cells = Annotated[Annotated[Literally, Tag("text")] | Annotated[list[Literally], Tag("list")], Discriminator(_form)]
_Second = dict[Line, _Cells]


class TableRow(Model):
    """The values of one row, or those for each of a second key, with a citation of their own."""

    cells: Annotated[
        Annotated[Literally, Tag("text")]
        | Annotated[list[Literally], Tag("list")]
        | Annotated[_Second, Tag("mapping")],
        Discriminator(_form),
    ] = Field(alias="is")
    cite: Cites


def _form_of_row(value: Any) -> str:
    return "keys" if isinstance(value, dict) and value.keys().isdisjoint(("is", "cite")) else _form(value)


RowOf = Annotated[
    Annotated[Literally, Tag("text")]
    | Annotated[list[Literally], Tag("list")]
    | Annotated[_Second, Tag("keys")]
    | Annotated[TableRow, Tag("mapping")],
    Discriminator(_form_of_row),
]
RowsOf = dict[Line, RowOf]
_RowsOfCells = Annotated[
    Annotated[list[Literally], Tag("list")] | Annotated[GridRow, Tag("mapping")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "mapping"),
]


def cells_of(row: str | list[str] | dict[str, Any] | TableRow) -> str | list[str] | dict[str, Any]:
    """What stands in a row."""
    return row.cells if isinstance(row, TableRow) else row


def cited(cells: str | list[str], row: object) -> str | list[str] | TableRow:
    """Some cells of a row, with the citation of the row if it has one."""
    return TableRow.model_construct(cells=cells, cite=row.cite) if isinstance(row, TableRow | GridRow) else cells


class TableBody(Model):
    """The rows of a table: one alone, one for each key, one for each bracket."""

    cells: (
        Annotated[
            Annotated[Literally, Tag("text")]
            | Annotated[list[Literally], Tag("list")]
            | Annotated[RowsOf, Tag("mapping")],
            Discriminator(_form),
        ]
        | None
    ) = Field(default=None, alias="is", description="the values, or the values for each key")
    up_to: RowsOf = Field(default={}, description="brackets: the last number of each, and its values")
    below: RowsOf = Field(default={}, description="brackets: the first number beyond each, and its values")
    rows: list[_RowsOfCells] = Field(default=[], description="rows of several keys: the keys, then the values")
    file: str | None = Field(
        default=None, pattern=CSV, description="a CSV file beside the rule: a header, then such rows"
    )
    otherwise: RowOf | None = Field(
        default=None, description="values of every other key; `unsettled` if the text has none"
    )
    cite: Cites | None = None

    @model_validator(mode="after")
    def _one_place(self) -> TableBody:
        if sum(map(bool, (self.cells, self.up_to, self.below, self.rows))) > 1:
            raise Misshapen("a table has one of `is`, `up_to`, `below`, `rows`, `file`",
                            "表只有 `is`、`up_to`、`below`、`rows`、`file` 之一")  # fmt: skip
        return self

    @property
    def steps(self) -> str:
        """Whether its rows are brackets: `up_to`, `below`, or nothing."""
        header = self.rows[0] if self.file and self.rows and isinstance(self.rows[0], list) else ()
        return "up_to" if self.up_to or "up_to" in header else "below" if self.below or "below" in header else ""

    @property
    def by_key(self) -> RowsOf:
        """The rows of one key."""
        return self.up_to or self.below or (self.cells if isinstance(self.cells, dict) else {})


class TableColumn(Typed):
    """A column of a table: a name that the rest of the file uses."""

    title: Words | None = None

    @model_validator(mode="after")
    def _worked_out(self) -> TableColumn:
        not_worked_out(self.type)
        return self


class Table(TableBody):
    """Values by date, by keys or by bracket; each column is a name that the rest of the file uses."""

    title: Words | None = None
    type: TypeName | None = None
    of: Options | None = None
    unit: str | None = None
    per: str | None = None
    gives: dict[Annotated[str, StringConstraints(pattern=SNAKE)], TableColumn] = Field(
        default={}, description="several columns"
    )
    by: Expression | list[Expression] = Field(default=[], description="the key or keys: inputs, formulas, expressions")
    versions: dict[
        str,
        Annotated[
            Annotated[Literally, Tag("text")]
            | Annotated[list[Literally], Tag("list")]
            | Annotated[TableBody, Tag("mapping")],
            Discriminator(_form),
        ],
    ] = Field(default={}, alias="from", description="what holds from each day on")
    derived: list[Derived] = []
    note: Words | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Table:
        if (self.type is None) == (not self.gives):
            raise Misshapen("a table has either `type` or `gives`", "表须有 `type` 或 `gives` 之一")
        try:
            self.columns("column")
        except ValidationError as error:  # of the column that it is itself: why, in both languages
            raise error.errors()[0]["ctx"]["error"] from None
        if self.versions and (self.cells or self.by_key or self.rows or self.file):
            raise Misshapen("what holds from a day on stands under that day", "自某日起施行的内容应写在该日之下")
        return self

    def columns(self, name: str) -> dict[str, TableColumn]:
        """Its columns by name; one alone is called like the table."""
        if self.type is None:
            return self.gives
        return {name: TableColumn(title=self.title, type=self.type, of=self.of, unit=self.unit, per=self.per)}


class ResultColumn(TableColumn):
    """A result of a decision table. `by`: of all rows that hold; else of the one that holds, or of the first."""

    by: Literal["sum", "min", "max", "count"] | None = Field(
        default=None, description="what the rows that hold come to"
    )

    @model_validator(mode="after")
    def _ordered(self) -> ResultColumn:
        if (self.by is not None and self.type in ("flag", "choice", "set")) or (
            self.by in ("sum", "count") and self.type == "date"
        ):
            raise Misshapen(f"a {self.type} has no `{self.by}`", f"{self.type} 不能取 `{self.by}`")
        return self


class DecisionTable(Model):
    """Several formulas from one grid: a row has a condition for each of `on`, then a value for each of `gives`."""

    title: Words | None = None
    on: list[Expression] = Field(min_length=1)
    gives: dict[Annotated[str, StringConstraints(pattern=SNAKE)], ResultColumn] = Field(min_length=1)
    rows: list[_RowsOfCells] = Field(
        min_length=1, description="`-` is any; `>= 18`, `in [...]` compare; else what it is equal to"
    )
    match: Literal["first"] | None = Field(
        default=None, description="the first row that holds; else rows exclude each other"
    )
    cite: Cites | None = None
    derived: list[Derived] = []
    note: Words | None = None


USED = r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+/[^\W\dA-Z][^\WA-Z]*$"
Target = Annotated[str, StringConstraints(pattern=USED)]


class Use(Model):
    """A value of another decision, with expressions of this one for some of its inputs."""

    target: Target = Field(alias="from", description="decision/formula")
    given: dict[str, Expression] = Field(
        default={}, alias="with", description="their input, or as_of: an expression here"
    )
