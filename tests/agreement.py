"""Cases near every bound of a rule, and an engine's table of them held against the interpreter, column by column.

Cases are drawn per decision, always the same ones: values at and one step around the literals and bounds of the rule,
inputs moved to where the two sides of a comparison meet, every option, some facts unknown, some numbers enormous.
"""

import datetime as dt
import math
import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from policy_engine import ir
from policy_engine.evaluators.explain import decide
from policy_engine.facts import Facts, within
from policy_engine.values import Unknown, number_text
from policy_engine.world import World, depends_on

DAY = dt.timedelta(1)
KEY = "case_number"
STEPS = {"money": Fraction(1, 100), "share": Fraction(1, 10_000)}
MONTH_ENDS = [
    dt.date(2024, 1, 31),
    dt.date(2024, 2, 29),
    dt.date(2025, 2, 28),
    dt.date(2024, 8, 31),
    dt.date(2024, 12, 31),
]
FAR = [dt.date(1900, 1, 1), dt.date(9999, 12, 31)]
TRIES = 60


@dataclass(frozen=True)
class Batch:
    """Cases decided together: as of one date under one choice of readings."""

    rule: object
    as_of: dt.date
    chosen: dict
    facts: list
    tight: bool  # numbers in the narrowest columns that hold them, or all in 38 digits


@dataclass(frozen=True)
class Difference:
    """One column of one case where an engine says something else than the interpreter."""

    batch: Batch
    case: int
    column: str
    expected: object
    got: object

    def __str__(self):
        facts = ", ".join(f"{name}={_text(value)}" for name, value in self.batch.facts[self.case].items())
        readings = f" with {self.batch.chosen}" if self.batch.chosen else ""
        return (
            f"{self.batch.rule.decision} as of {self.batch.as_of}{readings}: {self.column} is {_text(self.expected)}, "
            f"got {_text(self.got)} for {facts or 'nothing given'}"
        )


def _text(value):
    if isinstance(value, Fraction):
        return number_text(value)
    return "{" + ", ".join(sorted(value)) + "}" if isinstance(value, frozenset) else str(value)


# --- when and under which readings ------------------------------------------------------------------------------------


def batches(rule, count):
    """So many cases of a decision: most on a day when all is in force and due, the rest around each date, and under other readings."""
    rng = random.Random(rule.decision)  # noqa: S311
    marks = sorted({d for p in rule.provisions for d in (p.valid_from, p.valid_until, p.due) if d is not None})
    around = [d + shift for d in marks for shift in (-DAY, dt.timedelta(0), DAY)]
    settled = max((d for d in marks if d != dt.date.max), default=dt.date(2025, 3, 1))
    open_ended = [p.valid_until for p in rule.provisions if p.valid_until is not None]
    main = min(open_ended) if open_ended else settled + dt.timedelta(30)
    plans = [(day, {}) for day in dict.fromkeys(around) if day != main]
    if rule.readings:
        plans.append((main, {name: rng.choice(list(reading.options)) for name, reading in rule.readings.items()}))
    small = max(4, count // 20)
    most = max(count - small * len(plans), count // 2)
    plans = [(main, {}, most - most // 2), (main, {}, most // 2), *((day, chosen, small) for day, chosen in plans)]
    drawn = [(day, chosen, cases(rule, size, rng, day, chosen)) for day, chosen, size in plans]
    return [Batch(rule, day, chosen, facts, tight=i % 2 == 1) for i, (day, chosen, facts) in enumerate(drawn)]


# --- facts ------------------------------------------------------------------------------------------------------------


def cases(rule, count, rng, as_of, chosen):
    """Typed facts that keep the bounds and do not contradict each other."""
    draw = Drawing(rule, rng, as_of, chosen)
    found = []
    for _ in range(count * TRIES):
        if len(found) == count:
            break
        facts = draw.case()
        if facts is not None:
            found.append(facts)
    return found


class Drawing:
    """How cases of a decision are drawn as of a date under a choice of readings."""

    def __init__(self, rule, rng, as_of, chosen):
        self.rule, self.rng, self.as_of, self.chosen = rule, rng, as_of, chosen
        world = World(rule, {}, as_of, chosen)
        roots = [n for p in world.provisions for n in (p.applies, p.require, p.value) if n is not None]
        roots += [*rule.facts_must, *(entry.when for entry in rule.inputs.values())]
        self.meeting = [pair for root in roots for pair in _pairs(root)]
        self.asked = [
            depends_on((*ir.names(a), *ir.names(b)), world.formulas) & set(rule.inputs) for a, b in self.meeting
        ]
        self.pools = {name: self._pool(entry, roots) for name, entry in rule.inputs.items()}

    def _pool(self, entry, roots):
        """Values worth trying for a number or a date: bounds, literals near it, and a step around each."""
        if entry.type.kind not in ("number", "date"):
            return []
        near = [root for root in roots if entry.name in ir.names(root)]
        marks = [bound.value for bound in entry.bounds]
        for node in (node for root in near for node in ir.walk(root)):
            if isinstance(node, ir.Number if entry.type.kind == "number" else ir.Const):
                marks.append(node.value)
        if entry.type.kind == "date":
            marks = [m for m in marks if isinstance(m, dt.date)] + [self.as_of]
            return [mark + shift for mark in marks for shift in (-DAY, dt.timedelta(0), DAY)] + MONTH_ENDS
        step = step_of(entry)
        marks = [math.floor(mark / step) * step for mark in marks] or [Fraction(0)]
        return [mark + shift for mark in marks for shift in (-step, 0, step)]

    def case(self):
        """One case, or None if it is impossible."""
        unknown = self.rng.choice([0, 0, 0.1, 0.3, 0.6])
        facts = {n: self.value(e) for n, e in self.rule.inputs.items() if self.rng.random() >= unknown}
        facts = {name: value for name, value in facts.items() if value is not None}
        for _ in range(self.rng.randint(0, 3)):
            self._move_to_meeting(facts)
        world = World(self.rule, facts, self.as_of, self.chosen)
        return None if any(world.of(must) is False for must in self.rule.facts_must) else facts

    def value(self, entry):
        """A value inside the bounds of an input; None after a few tries."""
        for _ in range(TRIES):
            value = self._any_value(entry)
            if within(entry, value):
                return value
        return None

    def _any_value(self, entry):
        rng, kind, step = self.rng, entry.type.kind, step_of(entry)
        if kind == "flag":
            return rng.random() < 0.5
        if kind == "choice":
            return rng.choice(entry.type.options)
        if kind == "set":
            often = rng.choice([0, 0.2, 0.5, 0.8])
            return frozenset(o for o in entry.type.options if rng.random() < often)
        roll = rng.random()
        if roll < 0.6:
            return rng.choice(self.pools[entry.name])
        if kind == "date":
            return rng.choice(FAR) if roll < 0.63 else dt.date(2023, 1, 1) + rng.randint(0, 1500) * DAY
        if roll < 0.65:
            return step * rng.randint(0, 10**15 // (1 if entry.type.integer else step))
        if roll < 0.8:
            return step * rng.randint(0, 300)
        return step * math.floor(10 ** rng.uniform(0, 9) / step)

    def _move_to_meeting(self, facts):
        """Move one input to where the sides of a comparison are equal, or a step beside it."""
        if not self.meeting:
            return
        at = self.rng.randrange(len(self.meeting))
        names = sorted(n for n in self.asked[at] if self.rule.inputs[n].type.kind in ("number", "date") and n in facts)
        if not names:
            return
        name = self.rng.choice(names)
        entry, start = self.rule.inputs[name], facts[name]
        step = DAY if isinstance(start, dt.date) else step_of(entry)
        try:
            gaps = [self._gap(facts, self.meeting[at], name, start + step * k) for k in (0, 100)]
            if None in gaps or gaps[0] == gaps[1]:
                return
            moved = start + step * (math.floor(gaps[0] / (gaps[0] - gaps[1]) * 100) + self.rng.choice([-1, 0, 0, 1]))
        except OverflowError:
            return
        if within(entry, moved) and abs(moved if isinstance(moved, Fraction) else 0) < 10**15:
            facts[name] = moved

    def _gap(self, facts, sides, name, value):
        """How far the sides of a comparison are apart if an input has a value; None if that is not known."""
        world = World(self.rule, {**facts, name: value}, self.as_of, self.chosen)
        left, right = (world.of(side) for side in sides)
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            return left - right
        dates = isinstance(left, dt.date) and isinstance(right, dt.date)
        return Fraction((left - right).days) if dates else None


def step_of(entry):
    """The smallest step between two values of an input."""
    return Fraction(1) if entry.type.integer else STEPS.get(entry.type_name, Fraction(1, 100))


def _pairs(root):
    """What an expression compares: the sides of comparisons, neighbours in min and max."""
    for node in ir.walk(root):
        if isinstance(node, ir.Compare):
            yield node.left, node.right
        elif isinstance(node, ir.Call) and node.function in ("min", "max"):
            yield from zip(node.args, node.args[1:], strict=False)


# --- tables -----------------------------------------------------------------------------------------------------------


def table_of(batch):
    """The cases as an Arrow table: a column for each input and the number of the case; NULL is a fact not given."""
    columns = {KEY: pa.array(range(len(batch.facts)), pa.int64())}
    for name, entry in batch.rule.inputs.items():
        values = [case.get(name) for case in batch.facts]
        make = _numbers if entry.type.kind == "number" else _others
        columns[name] = make(entry, values, batch.tight)
    return pa.table(columns)


def _numbers(entry, values, tight):
    exact = [None if v is None else Decimal(number_text(v)) for v in values]
    known = [d for d in exact if d is not None]
    scale = max((-d.as_tuple().exponent for d in known), default=0)
    whole = max((int(abs(d)) for d in known), default=0)
    if not tight:
        return pa.array(exact, pa.decimal128(38, scale))
    if scale:
        return pa.array(exact, pa.decimal128(scale + len(str(whole)), scale))
    kind = next(kind for kind, bits in ((pa.int16(), 15), (pa.int32(), 31), (pa.int64(), 63)) if whole < 2**bits)
    return pa.array([None if d is None else int(d) for d in exact], kind)


def _others(entry, values, tight):
    if entry.type.kind == "set":
        return pa.array([None if v is None else ";".join(sorted(v)) for v in values], pa.string())
    return pa.array(values, {"date": pa.date32(), "flag": pa.bool_(), "choice": pa.string()}[entry.type.kind])


def expected(batch):
    """What the interpreter says of each case, by column."""
    for facts in batch.facts:
        decision = decide(batch.rule, Facts(facts), batch.as_of, batch.chosen)
        row = {"outcome": decision.outcome, "contested": decision.contested}
        for finding in decision.findings:
            row[f"{finding.provision}.status"] = finding.status
            row[f"{finding.provision}.contested"] = finding.contested
        for result in decision.results:
            row[result.provision] = None if isinstance(result.value, Unknown) else result.value
        yield row


def answered(plan, rows):
    """What an engine says of each case, by column; a column of contestedness that is left out says no."""
    for row in sorted(rows, key=lambda row: row[KEY]):
        yield {name: _value(value, plan.unders.get(name)) for name, value in row.items() if name != KEY}


def _value(value, under):
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and under is not None:
        return Fraction(value) / under
    return value


def differences(batch, wanted, found):
    """Every column of every case where an engine does not say what the interpreter says."""
    assert len(found) == len(wanted)
    for i, (want, got) in enumerate(zip(wanted, found, strict=True)):
        assert got.keys() <= want.keys(), sorted(got.keys() - want.keys())
        for column, value in want.items():
            given = got.get(column, False if column.endswith(".contested") else "no such column")
            if isinstance(value, frozenset) and isinstance(given, str):
                given = frozenset(part for part in given.split(";") if part)
            if given != value or isinstance(given, bool) != isinstance(value, bool):
                yield Difference(batch, i, column, value, given)
