"""What YAML may say: the shape of rule files, document lists and case files; the source of the JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from policy_engine.basics.errors import Text, visible
from policy_engine.basics.values import ANOTHER
from policy_engine.language.ir import Force

SNAKE = r"^[^\W\dA-Z][^\WA-Z]*$"
KEBAB = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PROVISION = r"^[^\W\dA-Z][^\WA-Z]*$|^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
DECISION = r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$"

TypeName = Literal[
    "count", "number", "money", "share", "area", "quantity", "date", "flag", "choice", "set", "code", "text"
]
NAMED: Final = ("code", "text")
"""Types of what is read and shown, and never worked out."""
Line = Annotated[str, AfterValidator(visible)]
Expression = Annotated[str, StringConstraints(min_length=1)]  # how long it may be, language/syntax.py says
Literally = Annotated[str, StringConstraints(max_length=200), Field(description="a value as a user would write it")]


class Misshapen(ValueError):
    """A part that is not of one form: why, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        self.text = Text(en, zh)
        super().__init__(en)


class Model(BaseModel):
    """Unknown keys are mistakes; a read file does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Bilingual(Model):
    """The same words in English and Chinese."""

    en: str
    zh: str

    def text(self) -> Text:
        """As the engine passes words on."""
        return Text(self.en.strip(), self.zh.strip())


Words = Annotated[
    Annotated[str, Tag("text")] | Annotated[Bilingual, Tag("mapping")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "mapping"),
]


def words(value: str | Bilingual | None, default: str = "") -> Text:
    """Words given in one or two languages, or the default in both."""
    if value is None:
        return Text(default, default)
    return Text(value.strip(), value.strip()) if isinstance(value, str) else value.text()


def said(value: str | Bilingual | None) -> Text | None:
    """Words given in one or two languages, or nothing."""
    return words(value) if value else None


class Cite(Model):
    """The place and the shortest verbatim phrase that holds the number or condition."""

    at: Line = Field(description="locator: 第二十条, 四（一）3 …")
    phrase: Line = Field(min_length=1, description="verbatim, about 30 characters")
    occurrence: int | None = Field(default=None, ge=1, description="which one, where the phrase stands more than once")
    document: Line | None = Field(default=None, description="number, where it is not the document of the decision")


Cites = Annotated[
    Annotated[Cite, Tag("mapping")] | Annotated[list[Cite], Field(min_length=1), Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "mapping"),
]


def cites(value: Cite | list[Cite] | None) -> tuple[Cite, ...]:
    """One citation or several as a tuple."""
    return () if value is None else (value,) if isinstance(value, Cite) else tuple(value)


Alias = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ALSO: Final = "what else people call it in sheets; no name, label or alias of anything else"


class OptionWords(Bilingual):
    """An option in both languages, and what else people write for it."""

    aliases: list[Alias] = Field(default=[], description=ALSO)


OptionLabel = Annotated[
    Annotated[str, Tag("text")] | Annotated[OptionWords, Tag("mapping")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "mapping"),
]
Options = Annotated[
    Annotated[list[Line], Tag("list")] | Annotated[dict[Line, OptionLabel | None], Tag("mapping")],
    Discriminator(lambda value: "list" if isinstance(value, list) else "mapping"),
]


class Typed(Model):
    """A type: what values an input takes or a formula gives."""

    type: TypeName
    of: Options | None = Field(default=None, description="the options of a choice or set")
    unit: str | None = Field(default=None, description="unit of a quantity; display unit of a count")
    per: str | None = Field(default=None, description="per what: `m2` makes money per square metre")

    @model_validator(mode="after")
    def _complete(self) -> Typed:
        if (self.type in ("choice", "set")) != (self.of is not None):
            raise Misshapen(
                "a choice or set, and nothing else, needs `of` with its options",
                "choice 或 set（且仅此两类）须有 `of` 列出选项",
            )
        if self.type == "quantity" and not self.unit:
            raise Misshapen("a quantity needs `unit`", "quantity 须有 `unit`")
        if self.unit and self.type not in ("quantity", "count"):
            raise Misshapen(
                f"only a quantity or count has `unit`; {self.type} has its own",
                f"只有 quantity 与 count 有 `unit`，{self.type} 自有单位",
            )
        if isinstance(self.of, list) and len(set(self.of)) < len(self.of):
            raise Misshapen("an option stands twice in `of`", "`of` 中有重复的选项")
        if self.of is not None and not self.of:
            raise Misshapen("`of` names at least one option", "`of` 至少应有一个选项")
        if ANOTHER in (self.of or ()):
            raise Misshapen(
                "`another` is the option of an open list: say `open: true`",
                "`another` 是开放列举的选项：请写 `open: true`",
            )
        return self


def not_worked_out(name: TypeName) -> None:
    """Refuses a type of what is never worked out. Raises Misshapen."""
    if name in NAMED:
        raise Misshapen(f"a {name} is given, never worked out: a value that is one of some is a `choice`",
                        f"{name} 只由事实给出，不由计算得出；有若干取值的请用 `choice`")  # fmt: skip


class Assumption(Model):
    """What silence is taken to mean, with the reason; only where silence ordinarily means it."""

    value: Literally | list[str]
    why: Bilingual
    if_given: str | None = Field(default=None, description="an input: only beside it is silence taken to mean that")


class Input(Typed):
    """A named, typed thing the decision needs."""

    label: Words | None = None
    aliases: list[Alias] = Field(default=[], description=ALSO)
    help: Words | None = None
    assume: Assumption | None = Field(default=None, description="what silence is taken to mean; every answer says so")
    when: Expression | None = Field(default=None, description="asked for only when this holds")
    given: bool = Field(default=False, description="nobody can change it: it is never a remedy")
    open: bool = Field(default=False, description="the list of options ends in 等: `another` of the kind is an answer")
    grows: bool = Field(default=False, description="a total, flag or set that later facts only raise or add to")
    above: Literally | None = None
    at_least: Literally | None = None
    below: Literally | None = None
    at_most: Literally | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_default(cls, data: Any) -> Any:
        if isinstance(data, dict) and "default" in data:
            raise Misshapen("an input has no `default`; what silence means is said by `assume: {value: …, why: {en: …, zh: …}}`",
                            "输入没有 `default`；未填时的推定应写作 `assume: {value: …, why: {en: …, zh: …}}`")  # fmt: skip
        return data

    @model_validator(mode="after")
    def _ordered(self) -> Input:
        limits = (self.above, self.at_least, self.below, self.at_most)
        if self.type in ("flag", "choice", "set", *NAMED) and any(limit is not None for limit in limits):
            raise Misshapen(f"a {self.type} has no order, so no bounds", f"{self.type} 没有大小，不能设上下限")
        if self.open and self.type not in ("choice", "set"):
            raise Misshapen("only a choice or set is `open`", "只有 choice 与 set 可为 `open`")
        if self.grows and self.type in ("choice", "date", *NAMED):
            raise Misshapen(f"a {self.type} does not grow", f"{self.type} 不会累计增加")
        if self.grows and self.assume:
            raise Misshapen("what `grows` has no `assume`: what may still come would be ruled out",
                            "`grows` 的输入没有 `assume`：尚可能增加的会被当作已定")  # fmt: skip
        if self.type == "text" and (self.assume or self.when):
            raise Misshapen(
                "a text is only shown: it has no `assume` and no `when`", "text 只供显示，没有 `assume` 与 `when`"
            )
        return self


class ReadingOption(Model):
    """A defensible answer to a question the text leaves open."""

    label: Words | None = None
    why: Words | None = None


class Reading(Model):
    """A question the text leaves open, with its defensible answers; one is the default."""

    title: Words | None = None
    question: Words
    default: str
    options: dict[str, ReadingOption] = Field(min_length=2)


class Exemption(Model):
    """A carve-out: switches a provision off, or gives a formula another value."""

    when: Expression
    cite: Cites
    value: Expression | None = Field(default=None, alias="is")


class Derived(Model):
    """A literal that does not stand in the phrase, with the reason."""

    value: Literally
    why: Words


class Branch(Model):
    """A value of a formula under a condition; `unsettled` where the text gives none."""

    when: Expression | None = None
    value: Expression | None = Field(default=None, alias="is")
    otherwise: Expression | None = None
    cite: Cites | None = None
    note: Words | None = Field(
        default=None, description="what a reader must know of this value; else that of the formula"
    )
    reason: Words | None = Field(default=None, description="why the text does not settle it")

    @model_validator(mode="after")
    def _one_form(self) -> Branch:
        if (self.otherwise is None) == (self.when is None) or (self.when is None) != (self.value is None):
            raise Misshapen(
                "a case is {when: …, is: 10元} or {otherwise: 5元}",
                "一种情形应为 {when: …, is: 10元} 或 {otherwise: 5元}",
            )
        if "unsettled" in (self.value, self.otherwise) and self.reason is None:
            raise Misshapen("an unsettled case needs `reason`", "未定的情形须有 `reason`")
        return self


class Formula(Typed):
    """What a formula gives: one expression, or cases."""

    value: Expression | None = Field(default=None, alias="is")
    cases: list[Branch] | None = Field(default=None, min_length=1)
    match: Literal["first"] | None = Field(
        default=None, description="the first case that holds; else cases exclude each other"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Formula:
        not_worked_out(self.type)
        if (self.value is None) == (self.cases is None):
            raise Misshapen("a formula has either `is` or `cases`", "公式须有 `is` 或 `cases` 之一")
        for case in (self.cases or [])[:-1]:
            if case.otherwise is not None:
                raise Misshapen("`otherwise` is the last case", "`otherwise` 应为最后一种情形")
        return self


class Provision(Model):
    """One executable statement of a document: a check (`require`) or a formula (`value`)."""

    id: str = Field(pattern=PROVISION)
    title: Words | None = None
    cite: Cites | None = None
    force: Force = "binding"
    each: str | None = Field(default=None, description="the list for each row of which it is checked")
    when: Expression | None = None
    unless: list[Exemption] = []
    permits: Expression | None = Field(default=None, description="the act that is forbidden unless `require` holds")
    require: Expression | None = None
    value: Formula | None = None
    step: bool = Field(default=False, description="other provisions use the value: alone it bears on no outcome")
    unsettled: Words | None = Field(
        default=None, description="what the text leaves undecidable: no base, tolerance, period"
    )
    due: Expression | None = Field(default=None, description="by when: a date, or an expression that gives one")
    valid_from: str | None = Field(default=None, alias="from")
    valid_until: str | None = Field(default=None, alias="until", description="last day in force")
    derived: list[Derived] = []
    lead: Words | None = Field(default=None, description="the lead body")
    see: list[str] = Field(default=[], description="related or differing provisions: decision/provision")
    note: Words | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Provision:
        if sum(x is not None for x in (self.require, self.value, self.unsettled)) != 1:
            raise Misshapen(
                "a provision has one of `require`, `value`, `unsettled`",
                "条款须有 `require`、`value`、`unsettled` 之一",
            )
        if self.step and self.value is None:
            raise Misshapen("only a formula is a `step`", "只有公式才可为 `step`")
        if self.value is None and self.cite is None:
            raise Misshapen("a check needs `cite`", "检查须有 `cite`")
        if self.permits is not None and (self.require is None or self.force in ("option", "target")):
            raise Misshapen(
                "`permits` names an act that is forbidden without the condition `require`: binding or ordinary",
                "`permits` 指不具备 `require` 所列条件即不得为之的行为，其效力为 binding 或 ordinary",
            )
        if self.each is not None and self.value is not None:
            raise Misshapen("a formula of each row stands in `rows`", "逐项的公式应写在 `rows` 中")
        for exemption in self.unless:
            if exemption.value is not None and self.value is None:
                raise Misshapen("only an exception to a formula has `is`", "只有公式的例外才有 `is`")
        return self


class ScopeClause(Model):
    """What the document covers: where this does not hold, no check applies."""

    when: Expression
    cite: Cites
    title: Words | None = None


class Claimed(Model):
    """What must hold for every case: of one (`holds`), or of two that differ in one fact alone (`raising`)."""

    id: str = Field(pattern=KEBAB)
    says: Words = Field(description="the claim in words")
    when: Expression | None = Field(default=None, description="of which cases; all if not said")
    holds: Expression | None = Field(default=None, description="what is never known to be false")
    raising: str | None = Field(
        default=None, description="an input: more of it, a later day, a further member, yes for no"
    )
    keeps: Expression | None = Field(default=None, description="what stays true as the input rises")
    never_falls: Expression | None = None
    never_rises: Expression | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Claimed:
        rising = sum(x is not None for x in (self.keeps, self.never_falls, self.never_rises))
        if (self.holds is not None) + rising != 1 or (self.raising is not None) != bool(rising):
            raise Misshapen(
                "a claim is `holds`, or `raising` with one of `keeps`, `never_falls`, `never_rises`",
                "断言应为 `holds`，或 `raising` 加 `keeps`、`never_falls`、`never_rises` 之一",
            )
        return self


class RowFormula(Model):
    """A formula of each row of a list; it may use the columns, and inputs and formulas of the decision."""

    id: str = Field(pattern=SNAKE)
    title: Words | None = None
    cite: Cites | None = None
    value: Formula
    derived: list[Derived] = []
    note: Words | None = None


class RowTotal(Model):
    """What the rows of a list come to: a name that the rest of the file uses; a user may give it instead of the rows."""

    label: Words | None = None
    count: Expression | None = Field(default=None, description="how many rows for which this holds")
    sum: Expression | None = None
    min: Expression | None = None
    max: Expression | None = None
    any: Expression | None = Field(default=None, description="whether this holds for some row")
    all: Expression | None = Field(default=None, description="whether this holds for every row")
    where: Expression | None = Field(default=None, description="of which rows; all if not said")
    unit: str | None = Field(default=None, description="display unit of a count")

    @model_validator(mode="after")
    def _one_form(self) -> RowTotal:
        if sum(x is not None for x in (self.count, self.sum, self.min, self.max, self.any, self.all)) != 1:
            raise Misshapen("a total has one of `count`, `sum`, `min`, `max`, `any`, `all`",
                            "合计须有 `count`、`sum`、`min`、`max`、`any`、`all` 之一")  # fmt: skip
        if self.count is not None and self.where is not None:
            raise Misshapen("a count says itself what it counts: no `where`", "`count` 本身即为条件，不另写 `where`")
        if self.unit and self.count is None:
            raise Misshapen("only a total that counts has `unit`", "只有计数的合计有 `unit`")
        return self


class Rows(Model):
    """A list of things of one kind: what each has, what follows for each, what they come to."""

    label: Words | None = None
    columns: dict[Annotated[str, StringConstraints(pattern=SNAKE)], Input] = Field(min_length=1)
    formulas: list[RowFormula] = []
    totals: dict[Annotated[str, StringConstraints(pattern=SNAKE)], RowTotal] = {}


class Document(Model):
    """A policy document: number, title, dates, in-force span."""

    number: Line
    title: Words | None = None
    issued: str | None = None
    valid_from: str | None = Field(default=None, alias="from")
    valid_until: str | None = Field(default=None, alias="until", description="last day in force")
    cite: Cites | None = None
    note: Words | None = None


class DocumentList(Model):
    """`documents.yaml`."""

    documents: list[Document]
