"""A provision as Python source: the status of a check, the value of a formula and whether it has one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from policy_engine.compiled.terms import NEVER, Lines, Term
from policy_engine.deciding.outcome import FAILED, GRAVITY, OUTCOMES, STATUSES, Status
from policy_engine.language import ir
from policy_engine.rulebook.rule import Provision

CODE: Final[Mapping[Status, int]] = {status: i for i, status in enumerate(STATUSES)}
NOTHING, UNKNOWN, VALUED = map(OUTCOMES.index, ("not_applicable", "undetermined", "compliant"))
"""What a case comes to as its place in `OUTCOMES`: where nothing bears on it, something is unknown, a value alone is told."""
TOLD, OPEN, IDLE = range(3)
"""Whether a formula has a value, may have one that is not known, or does not apply."""


def formula(p: Provision, as_of: dt.date, writer: Lines) -> tuple[Term, Term]:
    """The value of a formula, and whether it is told: TOLD, OPEN or IDLE."""
    applies = writer.let(writer.term(p.applies)) if p.in_force(as_of) else writer.constant(False)
    if applies.fixed and not applies.known:
        return NEVER, Term(str(IDLE))
    value = writer.let(writer.term(p.value or ir.TRUE))
    if not applies.fixed:
        value = writer.let(Term(f"({value.code} if {applies.code} else None)", True, value.under, value.digits))
    state = str(OPEN if value.never else TOLD)
    if value.null and not value.never:
        state = f"({OPEN} if {value.code} is None else {TOLD})"
    if not applies.fixed:
        state = f"({IDLE} if {applies.code} is False else {state})"
    return value, Term(state)


def bearing_codes(p: Provision) -> Mapping[Status, int]:
    """The same with what a check says of the whole where it is not known: of an option nothing."""
    return _CODES_OF_OPTIONS if p.force == "option" else CODE


def weights(p: Provision) -> Sequence[int]:
    """What each status of a check says of the whole, by its place in `STATUSES`: a place in `OUTCOMES`."""
    return _OF_OPTIONS if p.force == "option" else _WEIGHTS


def _weights(open_: int) -> Sequence[int]:
    return tuple(open_ if status == "undetermined" else OUTCOMES.index(GRAVITY[status]) for status in STATUSES)


_CODES_OF_OPTIONS: Final[Mapping[Status, int]] = {**CODE, "undetermined": CODE["not_applicable"]}
_WEIGHTS: Final = _weights(UNKNOWN)
_OF_OPTIONS: Final = _weights(NOTHING)


def status(p: Provision, as_of: dt.date, writer: Lines, told: Mapping[Status, object] = CODE) -> str:
    """The status of a check as its place in `STATUSES`, or as it is told otherwise."""
    applies = writer.let(writer.term(p.applies)) if p.in_force(as_of) else writer.constant(False)
    if applies.fixed and not applies.known:
        return str(told["not_applicable"])
    code = _judged(p, as_of, writer, told)
    if not applies.fixed:
        code = f"({code} if {applies.code} else {told['not_applicable']})"
        code = f"({told['undetermined']} if {applies.code} is None else {code})" if applies.null else code
    return code


def _judged(p: Provision, as_of: dt.date, writer: Lines, told: Mapping[Status, object]) -> str:
    after = _said(p, p.require, "undetermined", writer, told)
    if p.due is None:
        return after
    due = writer.let(writer.compare("<=", writer.term(p.due), writer.constant(as_of)))
    if due.never:
        return str(told["undetermined"])
    if due.fixed and due.known:
        return after
    before = _said(p, p.early, "pending", writer, told)
    if due.fixed:
        return before
    code = f"({after} if {due.code} else {before})"
    return f"({told['undetermined']} if {due.code} is None else {code})" if due.null else code


def _said(p: Provision, require: ir.Node | None, open_: Status, writer: Lines, told: Mapping[Status, object]) -> str:
    holds = NEVER if require is None else writer.let(writer.term(require))
    if holds.never:
        return str(told[open_])
    held, failed = told["satisfied"], told[FAILED[p.force]]
    if holds.fixed:
        return str(held if holds.known else failed)
    code = f"({held} if {holds.code} else {failed})"
    return f"({told[open_]} if {holds.code} is None else {code})" if holds.null else code
