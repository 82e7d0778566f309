"""What rules mean together: names resolved, types checked, the version in force, readings; immutable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from policy_engine.basics.errors import NO_WORDS, Place, Text, visible
from policy_engine.basics.memory import Memory
from policy_engine.basics.numerals import narrow
from policy_engine.basics.values import ANOTHER, FLAG, Known, Type, Unknown, Value, grouped, number_text, unit_words
from policy_engine.language import ir
from policy_engine.language.bounds import Open, opened
from policy_engine.language.calendars import Calendar
from policy_engine.rulebook.claims import Promise


def plain(word: str) -> str:
    """A word as it is compared: without spaces, width and case."""
    return narrow("".join(word.split())).casefold()


@dataclass(frozen=True)
class Citation:
    """Document number, locator, verbatim phrase, and which occurrence of it."""

    document: str
    at: str
    phrase: str
    occurrence: int | None = None

    def to_json(self) -> dict[str, object]:
        """The citation as the JSON contract shows it."""
        return {"document": self.document, "at": self.at, "phrase": self.phrase}


@dataclass(frozen=True)
class Bound:
    """A limit of what an input may be."""

    relation: ir.CompareOp
    value: Known


@dataclass(frozen=True)
class Assumption:
    """What silence is taken to mean, and why it ordinarily means that; perhaps only beside a fact that is given."""

    value: Known
    why: Text
    if_given: str | None = None


@dataclass(frozen=True, kw_only=True)
class Input:
    """A named, typed thing the decision needs."""

    name: str
    type: Type
    type_name: str
    label: Text
    options: Mapping[str, Text] = field(default_factory=dict)
    bounds: tuple[Bound, ...] = ()
    assume: Assumption | None = None
    when: ir.Node = ir.TRUE
    unit_word: Text = NO_WORDS
    grows: bool = False
    help: Text | None = None
    given: bool = False
    open: bool = False
    aliases: tuple[str, ...] = ()
    option_aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """What people may call it: its name, its labels, its aliases."""
        return (self.name, *self.label, *self.aliases)

    def option(self, word: str) -> str | None:
        """The option that a word stands for: its own name, its label in either language, an alias; None where none does."""
        if word in self.options:
            return word
        key = plain(word)
        found = {o for o, label in self.options.items() if key in map(plain, label)}
        found |= {option for alias, option in self.option_aliases.items() if plain(alias) == key}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def accepts(self) -> Type:
        """The type of what a user may give: an open list takes another of the kind too."""
        return replace(self.type, options=(*self.type.options, ANOTHER)) if self.open else self.type


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A question the text leaves open; used in expressions like a choice."""

    name: str
    question: Text
    default: str
    options: Mapping[str, Text]
    title: Text = NO_WORDS
    labels: Mapping[str, Text] = field(default_factory=dict)

    @property
    def called(self) -> Text:
        """What people call it: its title, in Chinese else the question."""
        return Text(self.title.en or self.name, self.title.zh or self.question.zh)

    @property
    def shown(self) -> dict[str, Text]:
        """Each option as people read it: its label, in Chinese else what stands for it."""
        return {o: self.labels.get(o) or Text(o, why.zh.rstrip("。")) for o, why in self.options.items()}

    @property
    def type(self) -> Type:
        """A choice among the options."""
        return Type("choice", options=tuple(self.options))


@dataclass(frozen=True)
class Exemption:
    """A carve-out with its citations; for a formula it may give another value. `scope`: it is what a document does not cover."""

    when: ir.Node
    cites: tuple[Citation, ...]
    value: ir.Node | None = None
    scope: Text | None = None


@dataclass(frozen=True)
class CitedPart:
    """An expression of a provision with the citations its literals stand in (for lint and audit), and a note of its own."""

    node: ir.Node
    cites: tuple[Citation, ...]
    place: Place
    note: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Provision:
    """One executable statement: a check (`require`), a formula (`value`), or a statement the text leaves unsettled."""

    id: str
    title: Text
    cites: tuple[Citation, ...]
    force: ir.Force
    when: ir.Node
    unless: tuple[Exemption, ...]
    require: ir.Node | None
    value: ir.Node | None
    type: Type | None
    type_name: str
    unsettled: Text | None
    due: ir.Node | None
    valid_from: dt.date | None
    valid_until: dt.date | None
    derived: Mapping[Known, Text]
    lead: Text | None
    see: tuple[str, ...]
    note: Text | None
    parts: tuple[CitedPart, ...]
    place: Place
    options: Mapping[str, Text] = field(default_factory=dict)
    case_cites: tuple[Citation, ...] = ()
    permits: bool = False
    before_due: Open | None = None
    each: str = ""
    origin: Provision | None = None
    unit_word: Text = NO_WORDS
    step: bool = False  # a formula that others go by: no answer of its own

    @property
    def is_formula(self) -> bool:
        """Whether it gives a value instead of a requirement."""
        return self.value is not None

    @cached_property
    def applies(self) -> ir.Node:
        """When it applies: its condition holds and no exception without a value of its own does."""
        exceptions = tuple(ir.Not(e.when, span=e.when.span) for e in self.unless if e.value is None)
        return ir.conjunction(tuple(n for n in (self.when, *exceptions) if n != ir.TRUE))

    @cached_property
    def early(self) -> ir.Node | None:
        """The requirement before it is due, known only where no later fact can change it."""
        return (
            self.require if self.require is None or self.before_due is None else opened(self.require, self.before_due)
        )

    @property
    def due_on(self) -> dt.date | None:
        """The date it is due, where that is the same for all cases."""
        return self.due.value if isinstance(self.due, ir.Const) and isinstance(self.due.value, dt.date) else None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name its expressions use."""
        nodes = (self.applies, self.require, self.value, self.due)
        return frozenset(name for node in nodes if node is not None for name in ir.names(node))

    def in_force(self, as_of: dt.date) -> bool:
        """Whether the date lies in its span; both ends count."""
        return self.distance(as_of)[0] == 0

    def distance(self, as_of: dt.date) -> tuple[int, int]:
        """How far a version is from being in force: in force, else over for so many days, else so many days ahead."""
        first, last = self.valid_from, self.valid_until
        if last is not None and last < as_of:
            return (1, (as_of - last).days)
        return (0, 0) if first is None or first <= as_of else (2, (first - as_of).days)

    @property
    def all_cites(self) -> tuple[Citation, ...]:
        """Every citation: its own, those of its cases and exceptions."""
        exempt = tuple(cite for exemption in self.unless for cite in exemption.cites)
        return tuple(dict.fromkeys(self.cites + self.case_cites + exempt))


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy document."""

    number: str
    title: Text
    issued: dt.date | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    cites: tuple[Citation, ...] = ()
    note: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Total:
    """An input worked out from entries: of those for which `where` holds, how many, on how many days, or a sum.

    `per` is a number of calendar months, or None for every entry with those before it; `of_all`: not by whom;
    `earlier`: without the entry, of its calendar year; `later`: those after the entry; `last`: of so many days or months up to it.
    """

    name: str
    kind: Literal["count", "days", "sum"]
    where: ir.Node
    summed: str | None
    per: int | None
    of_all: bool
    earlier: bool = False
    later: bool = False
    last: ir.Number | None = None


@dataclass(frozen=True, kw_only=True)
class Register:
    """Dated entries that feed a decision: the date of an entry, whom it is about, what it has, what is worked out."""

    date: str
    by: str | None
    by_label: Text
    each: ir.Node
    columns: Mapping[str, Input]
    totals: Mapping[str, Total]
    by_aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A list of things of one kind. Outside it a column or formula is called `list.name`, in a row `list[1].name`."""

    name: str
    label: Text
    columns: Mapping[str, Input]
    formulas: tuple[Provision, ...]
    totals: Mapping[str, Input]
    names: tuple[str, ...] = ()  # of its rows, where a text among the columns gives them

    @property
    def asked(self) -> Input:
        """The list as something that is asked for."""
        return Input(name=self.name, label=self.label, type=FLAG, type_name="rows")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A decision: inputs, readings, what facts must fulfil, and all versions of its provisions, formulas in order of use.

    `not_yet`: in the case at hand these dates have not come; what stands for them is the day after that of the decision.
    """

    decision: str
    document: Document
    title: Text
    inputs: Mapping[str, Input]
    readings: Mapping[str, Reading]
    facts_must: tuple[ir.Node, ...]
    facts_must_text: tuple[str, ...]
    provisions: tuple[Provision, ...]
    formula_order: tuple[str, ...]
    place: Place
    note: Text | None = None
    register: Register | None = None
    scope: tuple[Exemption, ...] = ()
    not_yet: frozenset[str] = frozenset()
    calendar: Calendar | None = None
    rows: Mapping[str, Rows] = field(default_factory=dict)
    claims: tuple[Promise, ...] = ()
    kept: Memory = field(default_factory=Memory, init=False, compare=False, repr=False)

    def at(self, as_of: dt.date) -> tuple[Provision, ...]:
        """One version of each provision, in file order: the one in force, or else the last before or first after the date."""
        if len(self.ids) == len(self.provisions):
            return self.provisions
        chosen: dict[str, Provision] = {}
        for provision in self.provisions:
            known = chosen.get(provision.id)
            if known is None or provision.distance(as_of) < known.distance(as_of):
                chosen[provision.id] = provision
        return tuple(chosen.values())

    def called(self, word: str) -> Input | None:
        """The input that a word stands for: its name, else a label or an alias of one alone; `是否…` asks for a flag."""
        if word in self.askable:
            return self.askable[word]
        found = self._called.get(plain(word), [])
        if not found and (asked := plain(word)).startswith("是否"):
            found = [entry for entry in self._called.get(asked[2:].rstrip("?"), []) if entry.type.kind == "flag"]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _called(self) -> Mapping[str, list[Input]]:
        called: dict[str, list[Input]] = {}
        for entry in self.askable.values():
            for word in dict.fromkeys(map(plain, entry.words)):
                called.setdefault(word, []).append(entry)
        return called

    @cached_property
    def askable(self) -> Mapping[str, Input]:
        """What a user may be asked for: inputs, lists, and the totals that may be given instead of a list."""
        totals = {name: entry for rows in self.rows.values() for name, entry in rows.totals.items()}
        return {**self.inputs, **totals, **{name: rows.asked for name, rows in self.rows.items()}}

    @cached_property
    def place_of_formula(self) -> Mapping[str, int]:
        """Where each formula stands in the order of use."""
        return {name: i for i, name in enumerate(self.formula_order)}

    @cached_property
    def assumable(self) -> frozenset[str]:
        """The inputs whose silence means something."""
        return frozenset(name for name, entry in self.inputs.items() if entry.assume)

    def without(self, names: Collection[str]) -> Rule:
        """The same rule that takes the silence of some inputs for nothing."""
        silent = {n: replace(self.inputs[n], assume=None) for n in self.assumable.intersection(names)}
        return replace(self, inputs={**self.inputs, **silent}) if silent else self

    def names(self, as_of: dt.date) -> Names:
        """What people call its names as of a date."""
        return Names(self.inputs, {p.id: p for p in self.at(as_of) if p.is_formula}, self.readings, self.not_yet)

    @property
    def cited(self) -> tuple[Provision, ...]:
        """Everything that cites: the provisions, and the formulas of each row of a list."""
        return (*self.provisions, *(p for rows in self.rows.values() for p in rows.formulas))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The provisions, each once."""
        return tuple(dict.fromkeys(p.id for p in self.provisions))


@dataclass(frozen=True)
class Names:
    """What people call the names of a rule, and how they write the values of each."""

    inputs: Mapping[str, Input]
    formulas: Mapping[str, Provision]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    not_yet: frozenset[str] = frozenset()

    def _typed(self, name: str) -> Input | Provision | None:
        return self.inputs.get(name) or self.formulas.get(name)

    def label(self, name: str) -> Text:
        """The label of an input, the title of a formula."""
        if found := self._typed(name):
            return found.label if isinstance(found, Input) else found.title
        if name in self.readings:
            return self.readings[name].called
        return Text("the date of the decision", "决定日期") if name == "as_of" else Text(name, name)

    def is_share(self, name: str) -> bool:
        """Whether its values are written as percentages."""
        return (found := self._typed(name)) is not None and found.type_name == "share"

    def counts(self, name: str) -> bool:
        """Whether its values are whole numbers."""
        return (found := self._typed(name)) is not None and found.type is not None and found.type.integer

    def unit(self, name: str) -> Text:
        """The unit as it is written after a figure."""
        found = self._typed(name)
        if found and found.type_name == "count" and (word := found.unit_word).zh:
            return Text(" " + word.en if word.en.isascii() else "", " " + word.zh)
        return unit_words(found.type.unit) if found and found.type else NO_WORDS

    def shown(self, value: Value, name: str = "", share: bool = False) -> Text:
        """A value for people: grouped, a share as a percentage, an option by its label."""
        if isinstance(value, Unknown):
            low, high = (None if end is None else self.shown(end, name, share) for end in (value.low, value.high))
            if low is not None and high is not None:
                return Text(f"{low.en} to {high.en}", f"{low.zh} 至 {high.zh}")
            if low is not None:
                return Text(f"at least {low.en}", f"至少 {low.zh}")
            return Text("unknown", "未知") if high is None else Text(f"at most {high.en}", f"至多 {high.zh}")
        if name in self.not_yet:
            return Text("not yet", "尚未")
        if isinstance(value, bool):
            return Text("yes", "是") if value else Text("no", "否")
        if type(value) is Fraction:  # an abstract class is slow to deny
            sign = "%" if share or self.is_share(name) else ""
            if "/" not in (text := number_text(value, 100) if sign else grouped(value)):
                return Text(f"{text}{sign}", f"{text}{sign}")
            text, near = grouped(value), grouped(Fraction(value * (1_000_000 if sign else 10_000) // 1, 10_000))
            return Text(f"{text} (about {near}{sign})", f"{text}（约 {near}{sign}）")
        if isinstance(value, dt.date):
            return Text(value.isoformat(), value.isoformat())
        if isinstance(value, str):
            return self.option(value, name)
        members = [self.option(item, name) for item in sorted(value)]  # type: ignore[arg-type]
        return Text(", ".join(m.en for m in members) or "none", "、".join(m.zh for m in members) or "无")

    @cached_property
    def _options(self) -> Mapping[str, Mapping[str, Text]]:  # under no name the first label that any has for one
        typed: dict[str, Input | Provision] = {**self.inputs, **self.formulas}
        found = {n: one.options for n, one in typed.items()} | {n: one.shown for n, one in self.readings.items()}
        labelled = {n: {o: label for o, label in of.items() if label.zh != o} for n, of in found.items()}
        return labelled | {"": {o: label for of in reversed(labelled.values()) for o, label in of.items()}}

    def option(self, option: str, name: str = "") -> Text:
        """An option by its label: that of the name, or else one that any name has for it; a code or a text as it is."""
        if (entry := self.inputs.get(name)) and entry.type.kind in ("code", "text"):
            return Text(visible(option), visible(option))
        return self._options.get(name, {}).get(option) or self._options[""].get(option) or Text(option, option)
