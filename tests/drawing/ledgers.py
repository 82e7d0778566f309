"""Ledgers near every bound of a register's rule, and what the interpreter and an engine say of them, finding by finding.

Drawn per decision, always the same ones: entries of several people and of nobody, days at the ends of periods, several
on one day, some facts unknown, some impossible, some without a day; spans that begin and end within a period.
"""

import datetime as dt
import random
from dataclasses import dataclass, replace
from fractions import Fraction

import agreement
import pyarrow as pa

from policy_engine.basics.errors import PolicyError
from policy_engine.basics.values import FLAG, NOT_YET, Unknown
from policy_engine.deciding.outline import choices
from policy_engine.engines.entries import Entries, Question
from policy_engine.explaining.decision import Finding
from policy_engine.registers.by_rows import Ledger, findings
from policy_engine.registers.counting import Entered
from policy_engine.registers.periods import Span, entry_rule
from policy_engine.tables.batch import Job
from policy_engine.tables.columns import NOT_YET_COLUMN

WHO = "whom"
PEOPLE = ["扎西", "李明", "卓玛", ""]
DAYS = [dt.date(2024, 11, 30), dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 1, 31), dt.date(2025, 3, 31)]
DAYS += [dt.date(2025, 4, 1), dt.date(2025, 6, 30), dt.date(2025, 7, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
NEAR = dt.timedelta(days=400)
SPANS = [
    Span(dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
    Span(dt.date(2024, 12, 15), dt.date(2025, 6, 29)),
    Span(dt.date(2025, 2, 1), dt.date(2025, 3, 31)),
]


@dataclass(frozen=True)
class Drawn:
    """Entries as facts, each with whom it is about, and what is asked of them."""

    rule: object
    asked: Question
    facts: list
    people: list
    tight: frozenset


def ledgers(rule, count, size=40):
    """So many ledgers of a decision, with the defaults first, then under other readings and with facts of all periods."""
    rng = random.Random(rule.decision)
    others = [{}, *choices(rule.readings, {})]
    return [
        _ledger(rule, rng, SPANS[i % len(SPANS)], others[i % len(others)], (3, size // 3, 8, size)[i % 4])
        for i in range(count)
    ]


def _ledger(rule, rng, span, chosen, size):
    seen = entry_rule(rule)
    draw = agreement.Drawing(replace(rule, inputs=seen.inputs), rng, span.last, chosen)
    steady = {n: v for n, v in draw.case().items() if rng.random() < 0.5}  # stated alike by most entries
    wrong = 0 if rng.random() < 0.5 else 0.06
    facts = []
    for _ in range(rng.randint(0, size)):
        one = draw.case()
        if rng.random() < 0.8:
            one |= steady
        for name, entry in seen.inputs.items():
            if isinstance(one.get(name), Fraction):
                one[name] = min(one[name], Fraction(10**9))
            if entry.type_name == "money" and name in one and rng.random() < 0.5:
                one[name] = Fraction(rng.choice([50, 100, 1000, 1500, 75_000_000]))
        _move(one, rule.register.date, rng)
        if rng.random() < wrong:
            draw.spoil(one)
        if rng.random() < wrong / 3:
            del one[rule.register.date]
        facts.append(draw.later(one))
    fixed = {
        n: v for n, v in draw.case().items() if n in rule.inputs and n != rule.register.date and rng.random() < 0.3
    }
    later = [n for n, v in fixed.items() if isinstance(v, dt.date) and rng.random() < 0.5]
    fixed = {n: v for n, v in fixed.items() if n not in later} | {f"{n}{NOT_YET_COLUMN}": True for n in later}
    few = PEOPLE if rng.random() < 0.5 else PEOPLE[:3]
    people = [rng.choice(few) if rule.register.by else "" for _ in facts]
    members = ["王芳", "扎西"] if rule.register.by and rng.random() < 0.5 else []
    tight = frozenset(name for name in seen.inputs if rng.random() < 0.5)
    return Drawn(rule, Question(span, chosen, fixed, members), facts, people, tight)


def _move(facts, date, rng):
    """Date an entry in or near the spans, and its other dates as far from it as they were."""
    day = rng.choice(DAYS) if rng.random() < 0.4 else dt.date(2024, 11, 1) + dt.timedelta(rng.randint(0, 500))
    was = facts.get(date, day)
    for name, value in facts.items():
        if isinstance(value, dt.date):
            facts[name] = day + max(-NEAR, min(NEAR, value - was))
    facts[date] = day


def table_of(drawn):
    """The entries as an Arrow table."""
    batch = agreement.Batch(entry_rule(drawn.rule), drawn.asked.span.last, drawn.asked.chosen, drawn.facts, drawn.tight)
    written = [[who or None, who, f" {who}\u3000", f"{who}\n"][i % 4] for i, who in enumerate(drawn.people)]
    return agreement.table_of(batch).append_column(WHO, pa.array(written, pa.string()))


def ledger_of(drawn, table):
    """A stored table as a ledger."""
    inputs = entry_rule(drawn.rule).inputs
    given = {name: name for name in (*inputs, *(f"{n}{NOT_YET_COLUMN}" for n in inputs)) if name in table.columns}
    return Entries(table, given, WHO if drawn.rule.register.by else None, agreement.KEY)


def expected(drawn):
    """What the interpreter says, and the entries it does not take; None where facts of a period contradict each other."""
    rule, asked = drawn.rule, drawn.asked
    seen, book, rejected = entry_rule(rule), Ledger(), {}
    for row, (told, who) in enumerate(zip(drawn.facts, drawn.people, strict=True)):
        later = frozenset(name for name, value in told.items() if value == NOT_YET)
        facts = {name: value for name, value in told.items() if name not in later}
        day = facts.get(rule.register.date)
        wrong = agreement.impossible(seen, facts, day or asked.span.last, asked.chosen) or (
            not day and rule.register.date
        )
        if wrong:
            rejected[row] = wrong
            book.unread[row] = day
        elif day <= asked.span.last:
            book.entries.append(Entered(row, day, who, facts, later))
    book.entries.sort(key=lambda entry: (entry.date, entry.row))
    job = Job(rule=rule, as_of=asked.span.last, lang="en", readings=asked.chosen)
    told = lambda row: rejected.setdefault(row.row, "contradiction")  # noqa: E731
    try:
        lines = list(findings(job, book, asked.span, asked.fixed, told, asked.members))
    except PolicyError:
        return None
    return dict(_line(rule, line) for line in lines), rejected


def _line(rule, line):
    found, entry = line.found, line.entry
    key = (line.period.name, line.who, None if entry is None else entry.row, found.provision)
    said = {
        "from": line.period.first,
        "to": line.period.last,
        "unfinished": line.unfinished,
        "status": None,
        "contested": bool(found.readings),
        "value": None,
        "assumes": "; ".join(found.assumes),
    }
    if isinstance(found, Finding):
        said |= {"status": found.status, "contested": found.contested}
    elif not isinstance(found.value, Unknown):
        said["value"] = found.value
    for name, total in line.totals.items():
        said[name] = total.amount
        if entry is None and not (line.who and rule.register.totals[name].of_all):
            said[f"{name}.entries"] = frozenset(e.row for e in total.entries)
    return key, said


def answered(rule, rows):
    """What an engine says, in the same form, and the rows it does not take."""
    found, rejected = {}, {}
    for row in rows:
        number = None if row["row"] is None else int(row["row"])
        if row["refused"] is not None:
            rejected[number] = row["refused"]
            continue
        said = {name: row[name] for name in ("from", "to", "unfinished", "status", "contested", "assumes")}
        said["value"] = _value(row["value"], rule, row["provision"])
        totals = [name for name in rule.register.totals if row[name] is not None]
        said |= {name: Fraction(row[name]) for name in totals}
        for name in [f"{name}.entries" for name in totals]:
            if row.get(name) is not None:
                said[name] = frozenset(map(int, row[name].split()))
        key = (row["period"], row["who"], number, row["provision"])
        assert key not in found, key
        found[key] = said
    return found, rejected


def _value(text, rule, provision):
    if text is None:
        return None
    kind = next(p.type for p in rule.provisions if p.id == provision)
    if kind == FLAG:
        return {"t": True, "f": False}[text[0].lower()]
    if kind.kind == "date":
        return dt.date.fromisoformat(text)
    if kind.kind == "set":
        return frozenset(filter(None, text.split(";")))
    return Fraction(text) if kind.kind == "number" else text


def differences(wanted, found):
    """Every finding of which an engine does not say what the interpreter says."""
    (want, bad), (got, refused) = wanted, found
    for key in sorted(want.keys() | got.keys(), key=str):
        if want.get(key) != got.get(key):
            yield f"{key}: {want.get(key)} but got {got.get(key)}"
    if bad.keys() != refused.keys():
        yield f"rejected: {bad} but got {refused}"
