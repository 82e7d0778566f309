"""The answer for a case as cells of a row: for programs by name, for people in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import compress
from typing import Any, Final

from policy_engine.basics.errors import PolicyError, problem
from policy_engine.basics.values import Unknown, Value, number_text, to_json
from policy_engine.deciding.outcome import STATUSES, Status
from policy_engine.deciding.situation import resting
from policy_engine.explaining.chinese import listed
from policy_engine.explaining.decision import Decision, Finding, FormulaResult
from policy_engine.tables import beside
from policy_engine.tables.cells import Percentage
from policy_engine.tables.columns import Column, Job, handed_on
from policy_engine.words import OUTCOME, STATUS, assumed, say

PATTERNS: Final = 1000
BESIDE: Final = {"readings": beside.readings, "noted": beside.notes, "cites": beside.cites}
"""What is told of a row besides statuses and values, by the name of its column."""
WORDED: Final = {
    "assumes": "assumed",
    "missing": "ask",
    "readings": "other_reading",
    "noted": "note",
    "cites": "citation",
}
SAID: Final = ("outcome", "contested", "status", "margin", "rows", "value", *WORDED)
TO_PEOPLE: Final = ("why", "mend")
"""The parts of an answer in cells, and those that are for people alone."""


def headers(job: Job, columns: Sequence[Column], machine: bool) -> list[str]:
    """The columns of the table, then those of what is said: outcome, status and margin of each check, values, missing facts."""
    own = [title for part, title in _said(job, columns, machine) if _is_shown(part, job)]
    return [*(handed_on(column, job) for column in columns), *own]


def shown(job: Job, columns: Sequence[Column], machine: bool) -> Callable[[list[Any]], list[Any]]:
    """Leaves away the cells of an answer that are not asked for. Raises PolicyError where what is asked for is no part of an answer in cells."""
    there = SAID if machine else (*SAID, *TO_PEOPLE)
    for part in job.only - {*there}:
        accepted = ", ".join(there)
        raise PolicyError(problem("part", f"`{part}` is none of: {accepted}", f"`{part}` 不是以下之一：{accepted}"))
    asked = [_is_shown(part, job) for part, _ in _said(job, columns, machine)]
    return (lambda cells: cells) if all(asked) else lambda cells: list(compress(cells, asked))


def _is_shown(part: str, job: Job) -> bool:
    return not job.only or part == "outcome" or part in job.only


def _said(job: Job, columns: Sequence[Column], machine: bool) -> list[tuple[str, str]]:
    """The parts of an answer, as `SAID` has them, with the header of each."""
    checks, formulas, rest = _parts(job)
    each = [(p, part) for p, of_rows in checks.items() for part in ("status", "margin", *["rows"] * of_rows)]
    if machine:
        there = totals_given(job, columns)
        return [
            ("outcome", "outcome"),
            ("contested", "contested"),
            *((part, f"{p}.{part}") for p, part in each),
            *(("value", name) for name in formulas if name not in there),
            *(("assumes", f"{name}.assumes") for name in rest),
            *((part, part) for part in ("missing", *BESIDE)),
        ]
    titles = {p.id: p.title.of(job.lang) for p in job.rule.at(job.as_of)}
    after = (
        {"status": "", "margin": " 差额", "rows": " 项次"}
        if job.lang == "zh"
        else {"status": "", "margin": " margin", "rows": " rows"}
    )
    own = [(key, say(key, job.lang)) for key in ("outcome", "why", "mend", "contested")]
    own += [(part, f"{titles[p]}{after[part]}") for p, part in each]
    own += [("value", titles[f]) for f in formulas]
    own += [(part, say(key, job.lang)) for part, key in WORDED.items()]
    theirs = {column.header for column in columns}  # 说明, 依据: many sheets have such columns
    return [(part, f"{title}（判定）" if title in theirs else title) for part, title in own]


def totals_given(job: Job, columns: Sequence[Column]) -> frozenset[str]:
    """The totals of lists that stand in the table under their own names: nothing more is said of them."""
    totals = {name for rows in job.rule.rows.values() for name in rows.totals}
    return frozenset(c.header for c in columns if c.entry and c.entry.name == c.header and c.header in totals)


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


def cells_of(
    found: Decision, job: Job, machine: bool, told: Sequence[str] = (), there: Collection[str] = ()
) -> list[Any]:
    """The answer as cells, for people with what was told of it, without the values that are `there`.

    A margin is positive with room to spare, negative where it falls short.
    """
    cells: list[Any] = [found.outcome if machine else OUTCOME[found.outcome].of(job.lang)]
    cells += [beside.contested(found)] if machine else [*(one or None for one in told), beside.contested(found)]
    checks, formulas, _ = _parts(job)
    said: dict[str, list[Finding]] = {}
    for finding in found.findings:
        said.setdefault((finding.clause.origin or finding.clause).id, []).append(finding)
    for name, of_rows in checks.items():
        status, gap, rows = _gravest(said[name])
        cells += [status if machine else STATUS[status].of(job.lang), None if gap is None else number_cell(gap)]
        cells += [rows or None] * of_rows
    values = found.values
    cells += [value_cell(values[name], name, found, job, machine) for name in formulas if name not in there]
    if machine:
        cells += _resting(found, job)
    else:
        cells.append(("；" if job.lang == "zh" else "; ").join(assumed(found, job.lang)))
    names = [name if machine else found.inputs[name].label.of(job.lang) for name in found.missing]
    cells.append(listed(names) if job.lang == "zh" and not machine else "; ".join(names))
    return [*cells, others_of(found, job, machine) or None, *_patterned(found, job, machine)]


def _resting(found: Decision, job: Job) -> list[str]:
    """What each provision that can rest on what nobody gave rests on."""
    rests: dict[str, dict[str, None]] = {}
    every: list[Finding | FormulaResult] = [*found.findings, *found.results]
    for one in every:
        if one.assumes:
            rests.setdefault((one.clause.origin or one.clause).id, {}).update(dict.fromkeys(one.assumes))
    return ["; ".join(rests.get(name, ())) for name in _parts(job)[2]]


def others_of(found: Decision, job: Job, machine: bool) -> str:
    """What other readings give, where that is something else; else empty."""
    return beside.readings(found, job.lang, machine) if _contested(found) else ""


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


def value_cell(value: Value, name: str, found: Decision, job: Job, machine: bool) -> Any:
    """The value of a formula as a cell."""
    words = isinstance(value, str | frozenset) and not machine
    cell = found.names.shown(value, name).of(job.lang) if words else _value(value)
    return Percentage(cell) if isinstance(cell, Decimal) and not machine and found.names.is_share(name) else cell


def _value(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    return number_cell(value) if isinstance(value, Fraction) else _text(value)


def number_cell(number: Fraction) -> Decimal | str:
    """A number as a cell: a decimal, or `p/q` where it is none."""
    text = number_text(number)
    return text if "/" in text else Decimal(text)


def _text(value: Any) -> Any:
    shown = to_json(value)
    return ";".join(shown) if isinstance(shown, list) else shown


def beside_of(found: Decision, job: Job, told: Sequence[str]) -> list[str]:
    """What stands beside a case in the sheet that is kept: outcome, reasons, remedies, what to ask, other readings, assumptions."""
    lang = job.lang
    names = [found.inputs[name].label.of(lang) for name in found.missing]
    asked = listed(names, lang)
    resting_ = ("；" if lang == "zh" else "; ").join(assumed(found, lang))
    return [OUTCOME[found.outcome].of(lang), *told, asked, others_of(found, job, machine=False), resting_]
