"""A table of cases: one case a row, decided as it streams by; bad cells are told, the other rows are still decided."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Protocol

from policy_engine.basics.errors import Lang, Place, PolicyError, Problem, Text, problem
from policy_engine.basics.values import Unknown, number_text, to_json
from policy_engine.compiled.decide import decide
from policy_engine.deciding.decide import check_readings
from policy_engine.deciding.facts import Facts, read_facts
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.deciding.situation import resting
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.rulebook.rule import Rule
from policy_engine.tables import beside
from policy_engine.tables.body import Kept
from policy_engine.tables.cells import Percentage
from policy_engine.tables.children import Children, mapping_of_cases, open_children
from policy_engine.tables.choosing import on_sheet
from policy_engine.tables.columns import Column, Job, facts_of, matched
from policy_engine.tables.files import Handed, Sink, Witness, check_width, kind_of, open_sheet, results
from policy_engine.tables.layout import Columns, laid_out
from policy_engine.tables.sheet import Rows, cell_name
from policy_engine.tables.tally import Tally
from policy_engine.tables.texts import BadLine
from policy_engine.words import OUTCOME, STATUS, assumed, say


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row whose facts could not be read: its number, its cells, and what is wrong with which column.

    `at`: the cells that give each column, where they are not in its row. `table`: whose row it is, if not the one with the cases.
    """

    row: int
    cells: Sequence[Any]
    found: tuple[tuple[str, Problem], ...]
    headers: Sequence[str] = ()
    at: Sequence[str] = ()
    table: str = ""

    @property
    def columns(self) -> list[str]:
        """The headers of the columns that are wrong, each once."""
        return list(dict.fromkeys(column for column, _ in self.found if column))

    def reasons(self, lang: Lang, in_sheet: bool = False) -> str:
        """What is wrong, on one line; in a sheet each column with its cell, such as C17."""
        told = [(self._place(column) if in_sheet else column, _with_help(p, lang)) for column, p in self.found]
        between, joint = ("：", "；") if lang == "zh" else (": ", "; ")
        return joint.join(f"{column}{between}{message}" if column else message for column, message in told)

    def _place(self, column: str) -> str:
        if column not in self.headers:
            return column
        place = self.headers.index(column)
        at = self.at[place] if place < len(self.at) else ""
        return f"{column} ({at or cell_name(self.row, place)})"


def _with_help(found: Problem, lang: Lang) -> str:
    """What is wrong and the way out, on one line."""
    if found.help is None:
        return found.message.of(lang)
    return (
        f"{found.message.of(lang)}（{found.help.of(lang)}）"
        if lang == "zh"
        else f"{found.message.of(lang)} ({found.help.of(lang)})"
    )


class Recording(Protocol):
    """What keeps decisions, and has kept them once it is flushed."""

    def decided(self, rule: Rule, facts: Facts, found: Decision, row: int | None = None) -> None:
        """A decision, with the number of its row."""

    def flush(self) -> None:
        """Keep what was decided so far."""


Reject = Callable[[Rejected], None]
PATTERNS: Final = 1000
REFUSED: Final = Text("REFUSED", "拒收")
BESIDE_KEPT: Final = ("outcome", "why", "mend", "ask", "other_reading", "assumed")
"""What is said beside each row of a sheet that is kept."""
BESIDE: Final = {"readings": beside.readings, "noted": beside.notes, "cites": beside.cites}
"""What is told of a row besides statuses and values, by the name of its column."""


def headers(job: Job, columns: Sequence[Column], machine: bool) -> list[str]:
    """The columns of the table, then outcome, status and margin of each check, values, missing facts."""
    checks, formulas, rest = _parts(job)
    if machine:
        own = [
            "outcome",
            "contested",
            *(f"{p}.{k}" for p, of_rows in checks.items() for k in ("status", "margin", *["rows"] * of_rows)),
            *formulas,
            *(f"{name}.assumes" for name in rest),
            "missing",
            *BESIDE,
        ]
    else:
        titles = {p.id: p.title.of(job.lang) for p in job.rule.at(job.as_of)}
        margin = "差额" if job.lang == "zh" else "margin"
        own = [say(key, job.lang) for key in ("outcome", "why", "mend", "contested")]
        which = "项次" if job.lang == "zh" else "rows"
        own += [
            t
            for p, of_rows in checks.items()
            for t in (titles[p], f"{titles[p]} {margin}", *[f"{titles[p]} {which}"] * of_rows)
        ]
        own += [*(titles[f] for f in formulas), say("assumed", job.lang), say("ask", job.lang)]
        own += [say(key, job.lang) for key in ("other_reading", "note", "citation")]
        theirs = {column.header for column in columns}
        own = [
            f"{name}（判定）" if name in theirs else name for name in own
        ]  # 说明, 依据: many sheets have such columns
    return [*(column.header for column in columns), *own]


def _parts(job: Job) -> tuple[dict[str, bool], list[str], list[str]]:
    """The checks, and whether each is of the rows of a list; the formulas; what can rest on what nobody gave."""
    key = "parts", job.as_of
    if key not in job.rule.kept:
        found = job.rule.at(job.as_of)
        checks, formulas = (
            {p.id: bool(p.each) for p in found if not p.is_formula},
            [p.id for p in found if p.is_formula],
        )
        job.rule.kept[key] = checks, formulas, [p.id for p in resting(job.rule, job.as_of)]
    return job.rule.kept[key]  # type: ignore[no-any-return]


def _gravest(findings: Sequence[Finding]) -> tuple[Status, Fraction | None, str]:
    """Of what is said of each row of a list: the gravest, by how much at most it falls short, of which rows it is said."""
    if len(findings) == 1 and findings[0].clause.origin is None:
        return findings[0].status, findings[0].gap, ""
    status = min((finding.status for finding in findings), key=STATUSES.index)
    gaps = [f.gap for f in findings if f.status == status]
    told = [f.provision[len(f.clause.origin.id) + 1 : -1] for f in findings if f.status == status and f.clause.origin]
    return status, min((gap for gap in gaps if gap is not None), default=None), "; ".join(filter(None, told))


def cells_of(found: Decision, job: Job, machine: bool, told: Sequence[str] = ()) -> list[Any]:
    """The answer as cells, for people with what was told of it; a margin is positive with room to spare, negative where it falls short."""
    cells: list[Any] = [found.outcome if machine else OUTCOME[found.outcome].of(job.lang)]
    cells += [beside.contested(found)] if machine else [*(one or None for one in told), beside.contested(found)]
    checks, formulas, _ = _parts(job)
    said: dict[str, list[Finding]] = {}
    for finding in found.findings:
        said.setdefault((finding.clause.origin or finding.clause).id, []).append(finding)
    for name, of_rows in checks.items():
        status, gap, rows = _gravest(said[name])
        cells += [status if machine else STATUS[status].of(job.lang), None if gap is None else _number(gap)]
        cells += [rows or None] * of_rows
    values = found.values
    for name, value in ((name, values[name]) for name in formulas):
        words = isinstance(value, str | frozenset) and not machine
        cell = found.names.shown(value, name).of(job.lang) if words else _value(value)
        cells.append(
            Percentage(cell) if isinstance(cell, Decimal) and not machine and found.names.is_share(name) else cell
        )
    if machine:
        cells += _resting(found, job)
    else:
        cells.append(("；" if job.lang == "zh" else "; ").join(assumed(found, job.lang)))
    names = [name if machine else found.inputs[name].label.of(job.lang) for name in found.missing]
    cells.append(("、" if job.lang == "zh" and not machine else "; ").join(names))
    others = beside.readings(found, job.lang, machine) if _contested(found) else ""
    return [*cells, others or None, *_patterned(found, job, machine)]


def _resting(found: Decision, job: Job) -> list[str]:
    """What each provision that can rest on what nobody gave rests on."""
    rests: dict[str, dict[str, None]] = {}
    every: list[Finding | FormulaResult] = [*found.findings, *found.results]
    for one in every:
        if one.assumes:
            rests.setdefault((one.clause.origin or one.clause).id, {}).update(dict.fromkeys(one.assumes))
    return ["; ".join(rests.get(name, ())) for name in _parts(job)[2]]


def _contested(found: Decision) -> bool:
    return beside.contested(found) or any(finding.readings for finding in found.findings)


def _patterned(found: Decision, job: Job, machine: bool) -> list[str | None]:
    """Notes and citations, once for all rows in which the same checks and cases apply."""
    said = job.rule.kept.setdefault(("beside", job.lang, machine), {})
    grounds = tuple([(r.applies, id(r.cites), id(r.note)) for r in found.results])  # objects of the rule, which stays
    key = found.as_of, tuple([f.status for f in found.findings]), grounds
    if key not in said:
        if len(said) >= PATTERNS:
            said.clear()
        told = list(BESIDE.values())[1:]
        said[key] = [one(found, job.lang, machine) or None for one in told]
    return said[key]  # type: ignore[no-any-return]


def _value(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    return _number(value) if isinstance(value, Fraction) else _text(value)


def _number(number: Fraction) -> Decimal | str:
    text = number_text(number)
    return text if "/" in text else Decimal(text)


def _text(value: Any) -> Any:
    shown = to_json(value)
    return ";".join(shown) if isinstance(shown, list) else shown


def open_table(job: Job, table: Path) -> tuple[Columns, Rows]:
    """The columns of a table, and the rows under its header that are not empty. Raises PolicyError."""
    check_readings(job.rule, dict(job.readings))
    job = on_sheet(job, table)
    sheet = open_sheet(table, job.sheet, job.encoding, lambda text: job.tell(text.of(job.lang)))
    columns, rows = laid_out(sheet, job, str(table))
    job.tell(matched(columns, job))
    if kind_of(table) == ".parquet":
        from policy_engine.tables.parquet import refuse_floats

        refuse_floats(table, [column.header for column in columns if column.entry])
    return columns, rows


def read_row(rule: Rule, cells: Sequence[Any], columns: Sequence[Column], children: Children | None = None) -> Facts:
    """The facts of a row, with those of its lists. Raises PolicyError whose places are headers, or cells of other tables."""
    if isinstance(cells, BadLine):
        raise PolicyError([Problem(p.code, p.message, None, p.help) for p in cells.why.problems])
    if isinstance(cells, Kept):
        if cells.wrong is not None:
            raise cells.wrong
        cells = cells.meant
    check_width(cells, len(columns))
    facts = facts_of(cells, columns)
    lists, places = children.facts(cells, facts) if children else ({}, {})
    return read_facts(rule, facts | lists, lambda name: places.get(name) or _place(columns, name))


def _place(columns: Sequence[Column], name: str) -> Place:
    return Place(next((column.header for column in columns if column.entry and column.entry.name == name), name))


def rejected(number: int, cells: Sequence[Any], columns: Sequence[Column], error: PolicyError) -> Rejected:
    """A row with what is wrong with it."""
    told = tuple((p.place.file if p.place else "", Problem(p.code, p.message, None, p.help)) for p in error.problems)
    heads, at = [column.header for column in columns], [column.at for column in columns]
    return Rejected(row=number, cells=cells, found=told, headers=heads, at=at)


def run(
    job: Job, table: Path, sink: Sink, machine: bool, tally: Tally, reject: Reject,
    tick: Callable[[int], None] = lambda rows: None, recording: Recording | None = None,
) -> None:  # fmt: skip
    """Decide every row. `reject` is told of each bad row. Raises PolicyError."""
    columns, rows = open_table(replace(job, mapping=mapping_of_cases(job)), table)
    children = open_children(job, table, columns)
    for child, row, wrong in children.orphans() if children else ():
        at = child.columns[child.key].header
        reject(Rejected(row=row.number, cells=(), found=((at, wrong),), table=child.shown))
        tally.rejected += 1
    heads = _checked(headers(job, columns, machine), len(columns))
    sink.header(heads)
    tally.headers = tuple(column.header for column in columns)
    say_beside = sink.say_beside if isinstance(sink, Handed) and columns.row else None
    see = sink.see if isinstance(sink, Witness) else _unseen
    if say_beside:
        say_beside(columns.row, [say(key, job.lang) for key in BESIDE_KEPT])
    for number, cells in rows:
        tally.rows += 1
        tick(tally.rows)
        cells_there = [_whole(cell) for cell in (*cells, *[None] * len(columns))][: len(columns)]
        try:
            facts = read_row(job.rule, cells, columns, children)
            found = decide(job.rule, facts, job.as_of, job.readings)
        except PolicyError as error:
            bad = rejected(number, cells, columns, error)
            reject(bad)
            see(number, cells_there, bad)
            tally.rejected += 1
            if not machine:  # every row in its order: this one too, with what is wrong
                told = [REFUSED.of(job.lang), bad.reasons(job.lang, in_sheet=True)]
                sink.write([*cells_there, *told, *[None] * (len(heads) - len(columns) - len(told))])
                if say_beside:
                    say_beside(number, told)
            continue
        if recording is not None:
            recording.decided(job.rule, facts, found, number)
        told = [] if machine else [beside.why(found, job.lang), beside.mends(found, job.lang)]
        if say_beside:
            say_beside(number, _said(found, job, told))
        see(number, cells_there, found)
        tally.outcomes[found.outcome] += 1
        for finding in found.findings:
            tally.count((finding.clause.origin or finding.clause).id, finding.status)
        sink.write([*cells_there, *cells_of(found, job, machine, told)])


def _checked(heads: list[str], theirs: int) -> list[str]:
    """The headers of the results. Raises PolicyError where one of them is in the table already: one would be lost."""
    twice = [name for name, count in Counter(heads).items() if count > 1 and name in heads[theirs:]]
    if twice:
        advice = Text("give that column another name", "请为该列另取名称")
        en, zh = f"the table already has a column `{twice[0]}`", f"表中已有列 `{twice[0]}`"
        raise PolicyError(problem("duplicate", en, zh, None, advice))
    return heads


def _unseen(row: int, cells: Sequence[Any], found: Decision | Rejected) -> None:
    """Where nothing is shown whole answers."""


def _said(found: Decision, job: Job, told: Sequence[str]) -> list[str]:
    """What stands beside a case in the sheet that is kept: outcome, reasons, remedies, what to ask, other readings, assumptions."""
    lang = job.lang
    asked = ("、" if lang == "zh" else ", ").join(found.inputs[name].label.of(lang) for name in found.missing)
    others = beside.readings(found, lang, machine=False) if _contested(found) else ""
    resting_ = ("；" if lang == "zh" else "; ").join(assumed(found, lang))
    return [OUTCOME[found.outcome].of(lang), *told, asked, others, resting_]


def _whole(cell: Any) -> Any:
    """A cell as it stood; a list or object of a line of JSON as JSON."""
    return json.dumps(cell, ensure_ascii=False, default=str) if isinstance(cell, list | dict) else cell


def decide_table(
    job: Job, table: Path, out: Path, reject: Reject, tick: Callable[[int], None] = lambda rows: None,
    recording: Recording | None = None,
) -> Tally:  # fmt: skip
    """Decide a table into another, whole or not at all, and not before it is recorded; the format is that of the suffix. Raises PolicyError."""
    tally, job = Tally(), on_sheet(job, table)
    with results(out, job.rule, job.lang, tally, (table, job.sheet)) as sink:
        run(job, table, sink, out.suffix != ".xlsx", tally, reject, tick, recording)
        if recording is not None:
            recording.flush()
    return tally


def rejected_text(row: Rejected, sheet: str, lang: Lang) -> str:
    """A rejected row as one line."""
    where = Text(f"row {row.row}", f"第 {row.row} 行").of(lang)
    sheet = row.table or sheet
    comma, between = ("，", "：") if lang == "zh" else (", ", ": ")
    return f"{sheet}{comma if sheet else ''}{where}{between}{row.reasons(lang, bool(sheet))}"
