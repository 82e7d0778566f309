"""Cases near every bound of a rule, and an engine's table of them held against the interpreter, column by column.

Cases are drawn per decision, always the same ones: values at and one step around the literals and bounds of the rule,
inputs moved to where the two sides of a comparison meet, every option, some facts unknown, some numbers enormous.
"""

import datetime as dt
import math
import random
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest

import pyarrow as pa

import engines
from policy_engine.basics.values import FLAG, MAX_CODE, MAX_TEXT, NOT_YET, Unknown, number_text
from policy_engine.compiled.compiled import Compiled
from policy_engine.deciding.decide import as_least
from policy_engine.deciding.facts import Facts, within
from policy_engine.deciding.outline import choices, depends_on
from policy_engine.deciding.situation import Situation
from policy_engine.engines import plan as tables
from policy_engine.engines.connect import _TOO_LARGE
from policy_engine.explaining.decision import decide
from policy_engine.language import ir
from policy_engine.tables import beside

DAY = dt.timedelta(1)
KEY = "case_number"
REFUSED = "refused"
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
DRAWN = 24
SHOWN_DIFFERENCES = 5


@dataclass(frozen=True)
class Batch:
    """Cases decided together: as of one date under one choice of readings."""

    rule: object
    as_of: dt.date
    chosen: dict
    facts: list
    tight: frozenset  # inputs whose column is the narrowest that holds the numbers; the others have 38 digits


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
    """So many cases of a decision: most on a day when all is in force and due, some under other readings and around dates."""
    rng = random.Random(rule.decision)
    main = _settled(rule)
    marks = sorted({d for p in rule.provisions for d in (p.valid_from, p.valid_until, p.due_on) if d is not None})
    marks = [mark for mark in marks if dt.MINYEAR < mark.year < dt.MAXYEAR]  # else there is no day beyond
    around = {mark + shift for mark in marks for shift in (-DAY, dt.timedelta(0), DAY)} - {main}
    days = [(day, {}) for day in rng.sample(sorted(around), len(around))]
    others = choices(rule.readings, {})
    readings = [(main, choice) for choice in rng.sample(others, len(others))]
    sides = [side for pair in zip_longest(readings, days) for side in pair if side is not None][: count // 30]
    small = max(4, count // 20)
    most = count - small * len(sides)
    halves = [most] if most < 100 else [most - most // 2, most // 2]
    drawn = [*((main, {}, size) for size in halves), *((day, chosen, small) for day, chosen in sides)]
    return [_batch(rule, rng, day, chosen, size) for day, chosen, size in drawn]


def crossed(rule, rng, count):
    """So many different cases of a rule on one day under one choice of readings: some are drawn, others have facts of two of those."""
    marks = [day for p in rule.provisions for day in (p.valid_from, p.valid_until, p.due_on) if day is not None]
    days = [_settled(rule)] * 2 + [day for day in marks if dt.MINYEAR < day.year < dt.MAXYEAR]
    batch = _batch(rule, rng, rng.choice(days), rng.choice([{}, *choices(rule.readings, {})]), DRAWN)
    found = {frozenset(facts.items()): facts for facts in batch.facts}
    for _ in range(count * 2 if len(batch.facts) > 1 else 0):
        one, other = rng.sample(batch.facts, 2)
        names = [name for name in rule.inputs if name in one or name in other]
        sides = {name: one if rng.random() < 0.5 else other for name in names}
        facts = {name: side[name] for name, side in sides.items() if name in side}
        found.setdefault(frozenset(facts.items()), facts)
    return replace(batch, facts=list(found.values())[:count])


def _settled(rule):
    """A day when the rule is in force and its targets are due, as far as there is one."""
    starts = [d for p in rule.provisions for d in (p.valid_from, p.due_on) if d is not None]
    ends = [p.valid_until for p in rule.provisions if p.valid_until is not None]
    late = max(starts, default=dt.date(2025, 3, 1)) + dt.timedelta(30)
    return min([late, *(end for end in ends if end >= max(starts))], default=late) if starts else late


def _batch(rule, rng, as_of, chosen, size):
    tight = frozenset(name for name in rule.inputs if rng.random() < 0.5)
    return Batch(rule, as_of, chosen, cases(rule, size, rng, as_of, chosen), tight)


# --- facts ------------------------------------------------------------------------------------------------------------


def told(facts):
    """The facts of a case as they are given: those known, and the dates that are not yet."""
    later = frozenset(name for name, value in facts.items() if value == NOT_YET)
    return Facts({name: value for name, value in facts.items() if name not in later}, {}, later)


def situation_of(rule, facts, as_of, chosen):
    """A case under one choice of readings, with what is only the least of what may come, as `decide` has it."""
    rule, least = as_least(rule, told(facts), as_of)
    return Situation(rule, least.given, as_of, chosen)


def cases(rule, count, rng, as_of, chosen):
    """Typed facts, most of them possible; a few are out of bounds, no option, or contradict each other."""
    draw = Drawing(rule, rng, as_of, chosen)
    found, wrong = [], []
    for _ in range(count * TRIES):
        facts = draw.later(draw.case())
        if rng.random() < 0.1 and facts:
            draw.spoil(facts)
        (wrong if impossible(rule, facts, as_of, chosen) else found).append(facts)
        if len(found) >= count - max(1, count // 15):
            break
    return [*found, *wrong[: max(1, count // 15)]]


def impossible(rule, facts, as_of, chosen):
    """The first thing that is wrong with facts: an input, or what facts must fulfil; None where they are possible."""
    for name, entry in rule.inputs.items():
        if name in facts and facts[name] != NOT_YET and not _fits(entry, facts[name]):
            return name
    situation = situation_of(rule, facts, as_of, chosen)
    musts = zip(situation.rule.facts_must, rule.facts_must_text, strict=True)
    return next((text for must, text in musts if situation.of(must) is False), None)


def _fits(entry, value):
    if entry.type.options:
        return (value if isinstance(value, frozenset) else {value}) <= set(entry.accepts.options)
    if isinstance(value, str):
        most = MAX_CODE if entry.type.kind == "code" else MAX_TEXT
        return len(value) <= most and (entry.type.kind == "text" or value.isprintable())
    if isinstance(value, Fraction) and entry.type.integer and value.denominator != 1:
        return False
    return within(entry, value) and not (entry.type_name == "share" and value > 1)  # 1.5 may mean 150% or 1.5%


class Drawing:
    """How cases of a decision are drawn as of a date under a choice of readings."""

    def __init__(self, rule, rng, as_of, chosen):
        self.rule, self.rng, self.as_of, self.chosen = rule, rng, as_of, chosen
        situation = Situation(rule, {}, as_of, chosen)
        roots = [n for p in situation.provisions for n in (p.applies, p.require, p.value) if n is not None]
        roots += [*rule.facts_must, *(entry.when for entry in rule.inputs.values())]
        self.formulas = situation.formulas
        self.targets = [p for p in situation.provisions if p.in_force(as_of)]
        self.meeting = [pair for root in roots for pair in _pairs(root)]
        walked = [node for root in roots for node in ir.walk(root)]
        self.texts = [node.value for node in walked if isinstance(node, ir.Const) and isinstance(node.value, str)]
        self.texts += [item for node in walked if isinstance(node, ir.ListOf) for item in node.items]
        self.pools = {name: self._pool(entry, roots) for name, entry in rule.inputs.items()}

    def _pool(self, entry, roots):
        """Values worth trying for a number or a date: bounds, literals near it, and a step around each."""
        if entry.type.kind not in ("number", "date"):
            return []
        near = [root for root in roots if entry.name in ir.names(root)]
        marks = [bound.value for bound in entry.bounds]
        literal = ir.Number if entry.type.kind == "number" else ir.Const
        marks += [node.value for root in near for node in ir.walk(root) if isinstance(node, literal)]
        if entry.type.kind == "date":
            marks = [m for m in marks if isinstance(m, dt.date)] + [self.as_of]
            return [mark + shift for mark in marks for shift in (-DAY, dt.timedelta(0), DAY)] + MONTH_ENDS
        step = step_of(entry)
        marks = [math.floor(mark / step) * step for mark in marks] or [Fraction(0)]
        return [mark + shift for mark in marks for shift in (-step, 0, step)]

    def case(self):
        """One case, or None if it is impossible."""
        facts = {name: self.value(entry) for name, entry in self.rule.inputs.items()}
        if self.targets and self.rng.random() < 0.7:
            self._aim(self.rng.choice(self.targets), facts)
        for _ in range(self.rng.randint(0, 2) if self.meeting else 0):
            self._meet(self.rng.choice(self.meeting), self.rng.choice([-1, 0, 0, 1]), facts)
        unknown = self.rng.choice([0, 0, 0, 0.1, 0.4])
        return {name: value for name, value in facts.items() if value is not None and self.rng.random() >= unknown}

    def later(self, facts):
        """The case with some of its dates not yet."""
        dates = {n for n, value in facts.items() if isinstance(value, dt.date)} if self.rng.random() < 0.3 else ()
        return {n: NOT_YET if n in dates and self.rng.random() < 0.5 else value for n, value in facts.items()}

    def spoil(self, facts):
        """Make one fact impossible, if it can be."""
        name = self.rng.choice(sorted(facts))
        entry = self.rule.inputs[name]
        step = DAY if entry.type.kind == "date" else step_of(entry)
        if entry.type.kind == "choice":
            facts[name] = self.rng.choice(["no such thing", entry.type.options[0] + "s"])
        elif entry.type.kind == "set":
            facts[name] |= {"no such thing"}
        elif entry.type.kind == "code":
            facts[name] = self.rng.choice(["0" * 65, "01\t51", "五" * 65])
        elif entry.type.kind == "text":
            facts[name] = "长" * 1001
        elif entry.bounds:
            bound = self.rng.choice(entry.bounds)
            out = step * (self.rng.choice([0, 1]) if bound.relation in ("<", ">") else 1)
            facts[name] = bound.value + out if bound.relation in ("<", "<=") else bound.value - out
        elif entry.type.integer:
            facts[name] += Fraction(self.rng.choice([1, 50, 99]), 100)

    def value(self, entry):
        """A value inside the bounds of an input; None after a few tries."""
        for _ in range(TRIES):
            value = self._any_value(entry)
            if _fits(entry, value):
                return value
        return None

    def _any_value(self, entry):
        rng, kind, step = self.rng, entry.type.kind, step_of(entry)
        if kind == "flag":
            return rng.random() < 0.5
        if kind == "choice":
            return rng.choice(entry.accepts.options)
        if kind in ("code", "text"):
            return rng.choice([*self.texts, "0151", "01510", "\u00e9-1", "五" * 64, "red"])
        if kind == "set":
            often = rng.choice([0, 0.2, 0.5, 0.8])
            return frozenset(o for o in entry.accepts.options if rng.random() < often)
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

    def _aim(self, provision, facts):
        """Bring about that a provision applies, and that one of its comparisons decides it."""
        self._steer(provision.applies, True, facts)
        node = provision.require or provision.value or ir.TRUE
        while isinstance(node, ir.Cases):
            chosen = self.rng.randrange(len(node.branches) + 1)
            for condition, _ in node.branches[:chosen]:
                self._steer(condition, False, facts)
            if chosen < len(node.branches):
                self._steer(node.branches[chosen][0], True, facts)
            node = node.branches[chosen][1] if chosen < len(node.branches) else node.otherwise
        self._steer(node, True, facts)
        pairs = list(_pairs(node))
        if pairs:
            self._meet(self.rng.choice(pairs), self.rng.choice([-1, 0, 0, 1]), facts)

    def _steer(self, node, wanted, facts):
        """Change facts so that a condition holds, or does not, as far as that is easily done."""
        rng, inputs = self.rng, self.rule.inputs
        match node:
            case ir.Name(name=name) if name in inputs and inputs[name].type == FLAG:
                facts[name] = wanted
            case ir.Not(operand=x):
                self._steer(x, not wanted, facts)
            case ir.Logic(op=op, left=a, right=b):
                for part in (a, b) if (op == "and") is wanted else (rng.choice([a, b]),):
                    self._steer(part, wanted, facts)
            case ir.Compare(op="==" | "!=" as op, left=ir.Name(name=name), right=ir.Const(value=str(option))) if (
                name in inputs
            ):
                others = [o for o in inputs[name].type.options if o != option]
                facts[name] = option if (op == "==") is wanted or not others else rng.choice(others)
            case ir.Compare(left=a, right=b) | ir.Call(function="min" | "max", args=(a, b)):
                for offset in rng.sample([-1, 0, 1], 3):
                    self._meet((a, b), offset, facts)
                    if Situation(self.rule, facts, self.as_of, self.chosen).of(node) is wanted:
                        break
            case ir.In(item=ir.Name(name=name), container=ir.ListOf(items=items)) if name in inputs:
                fitting = [o for o in inputs[name].type.options if (o in items) is wanted]
                facts[name] = rng.choice(fitting) if fitting else rng.choice(items)
            case ir.In(item=ir.Const(value=item), container=ir.Name(name=name)) if name in inputs:
                facts[name] = frozenset(facts.get(name, ())) - {item} | ({item} if wanted else set())

    def _meet(self, sides, offset, facts):
        """Move one input to where two sides are equal, or so many steps beside it."""
        asked = depends_on((*ir.names(sides[0]), *ir.names(sides[1])), self.formulas) & self.rule.inputs.keys()
        names = sorted(n for n in asked if isinstance(facts[n], Fraction | dt.date))
        if not names:
            return
        name = self.rng.choice(names)
        entry, start = self.rule.inputs[name], facts[name]
        step = DAY if isinstance(start, dt.date) else step_of(entry)
        try:
            gaps = [self._gap(facts, sides, name, start + step * k) for k in (0, 100)]
            if None in gaps or gaps[0] == gaps[1]:
                return
            moved = start + step * (math.floor(gaps[0] / (gaps[0] - gaps[1]) * 100) + offset)
        except OverflowError:
            return
        if _fits(entry, moved) and (isinstance(moved, dt.date) or abs(moved) < 10**15):
            facts[name] = moved

    def _gap(self, facts, sides, name, value):
        """How far the sides of a comparison are apart if an input has a value; None if that is not known."""
        situation = Situation(self.rule, {**facts, name: value}, self.as_of, self.chosen)
        left, right = (situation.of(side) for side in sides)
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
        columns[name] = make(entry, [None if v == NOT_YET else v for v in values], name in batch.tight)
        if NOT_YET in values:
            told_so = [v == NOT_YET or (None if i % 2 else False) for i, v in enumerate(values)]
            columns[f"{name}.not_yet"] = pa.array(told_so, pa.bool_())
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
        texts = [v if v is None else frozenset(_called(entry, m, i) for m in v) for i, v in enumerate(values)]
        return pa.array([_written(v, i) for i, v in enumerate(texts)], pa.string())
    if entry.type.kind == "choice":
        return pa.array([_called(entry, v, i) for i, v in enumerate(values)], pa.string())
    if entry.type.kind in ("code", "text"):
        around = [("", ""), (" ", "\u3000"), ("\t", "\u00a0\n")]
        return pa.array([v if v is None else v.join(around[i % 3]) for i, v in enumerate(values)], pa.string())
    return pa.array(values, {"date": pa.date32(), "flag": pa.bool_()}[entry.type.kind])


def _called(entry, option, i):
    """An option by its name, a label in some letters or an alias."""
    words = [option, *entry.options.get(option, ()), *entry.option_aliases]
    word = words[i % len(words)]
    word = word.upper() if word and i % 2 else word
    plain = option in entry.options and not set(word) & set(",;，；、") and entry.option(word) == option
    return word if plain else option


def _written(members, i):
    """A set as people write it, in one way or another; nothing, where nothing is given."""
    if members is None:
        return [None, "", " \u3000"][i % 3]
    between = [";", ",", " 、 ", "；"][i // 2 % 4]
    return between.join(sorted(members, reverse=bool(i % 2))) or ["none", " None", "无"][i % 3]


def expected(batch):
    """What the interpreter says of each case, by column."""
    for facts in batch.facts:
        wrong = impossible(batch.rule, facts, batch.as_of, batch.chosen)
        if wrong is not None:
            yield {REFUSED: wrong}
            continue
        decision = decide(batch.rule, told(facts), batch.as_of, batch.chosen)
        row = {REFUSED: None, "outcome": decision.outcome, "contested": beside.contested(decision)}
        for finding in decision.findings:
            row[f"{finding.provision}.status"] = finding.status
            row[f"{finding.provision}.contested"] = finding.contested
        for result in decision.results:
            row[f"{result.provision}.contested"] = bool(result.readings)
            row[result.provision] = None if isinstance(result.value, Unknown) else result.value
        row |= {f"{f.provision}.assumes": "; ".join(f.assumes) for f in (*decision.findings, *decision.results)}
        yield row


def by_function(batch, expected):
    """Where the function made of a rule does not say what the interpreter says, as text; None where it agrees."""
    compiled = Compiled(batch.rule, batch.as_of, batch.chosen)
    for facts, wanted in zip(batch.facts, expected, strict=True):
        if wanted[REFUSED] is not None:
            continue
        case = compiled.prepared(told(facts))
        open_, which = compiled.contested(case)
        values = {p.id for p in batch.rule.provisions if p.is_formula}
        said = {"outcome": compiled.outcome(case), "contested": open_ or not which.isdisjoint(values)}
        assumed = compiled.assumes(case)
        for name, status in compiled.statuses(case).items():
            said |= {f"{name}.status": status, f"{name}.assumes": "; ".join(assumed.get(name, ()))}
        told_of = {column.removesuffix(".contested") for column in wanted if column.endswith(".contested")}
        said |= {f"{name}.contested": name in which for name in told_of}
        differing = {
            column: (wanted.get(column), value) for column, value in said.items() if wanted.get(column) != value
        }
        if differing or not set(said) >= {column for column in wanted if column.endswith(".status")}:
            return f"the function of {batch.rule.decision} as of {batch.as_of} with {batch.chosen}: {differing} for {facts}"
    return None


def answered(plan, rows):
    """What an engine says of each case, by column; a column of contestedness or assumptions left out says no."""
    for row in sorted(rows, key=lambda row: row[KEY]):
        yield {
            n: _value(n, row, plan.unders) for n in row if n != KEY and n.removesuffix(".by") not in row.keys() - {n}
        }


def _value(name, row, unders):
    """A column; a formula's number is a whole number over its denominators."""
    value, by = row[name], row.get(f"{name}.by", 1)
    if name not in unders or isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    assert value == int(value) and by is not None and by > 0, row
    return Fraction(int(value), int(by) * unders[name])


def differences(batch, wanted, found):
    """Every column of every case where an engine does not say what the interpreter says."""
    assert len(found) == len(wanted)
    for i, (want, got) in enumerate(zip(wanted, found, strict=True)):
        assert want[REFUSED] or got.keys() <= want.keys(), sorted(got.keys() - want.keys())
        for column, value in want.items():
            nothing = {"contested": False, "assumes": ""}.get(column.rpartition(".")[2], "no such column")
            given = got.get(column, nothing)
            if isinstance(value, frozenset) and isinstance(given, str):
                given = frozenset(part for part in given.split(";") if part)
            if given != value or isinstance(given, bool) != isinstance(value, bool):
                yield Difference(batch, i, column, value, given)


def disagreement(engine, batch, expected):
    """Where an engine does not say what the interpreter says, as text; None where it agrees."""
    cases = engines.stored(engine, table_of(batch))
    plan = tables.plan(batch.rule, cases, batch.as_of, batch.chosen, keep=[KEY])
    answers = answered(plan, engines.rows_of(engine, plan.table))
    found = list(differences(batch, expected, list(answers)))
    lines = [f"{len(found)} differences on {engine.name}", *map(str, found[:SHOWN_DIFFERENCES])]
    return "\n".join(lines) if found else None


def disagreement_of_those_it_holds(engine, batch, expected):
    """The same of the cases whose numbers an engine holds, and how many it does not: it ends with an error, as it must."""
    try:
        return disagreement(engine, batch, expected), 0
    except Exception as error:
        if not _TOO_LARGE.search(str(error)):
            raise
    if len(batch.facts) == 1:
        return None, 1
    half, told, refused = len(batch.facts) // 2, [], 0
    for part in (slice(half), slice(half, None)):
        found, left = disagreement_of_those_it_holds(engine, replace(batch, facts=batch.facts[part]), expected[part])
        told, refused = [*told, *filter(None, [found])], refused + left
    return "\n".join(told) or None, refused
