"""What a reader must know of the document on the day that is asked about."""

from __future__ import annotations

import datetime as dt

from policy_engine.basics.errors import Text
from policy_engine.deciding.decide import Verdict
from policy_engine.rulebook.rule import Rule


def notes(case: Verdict) -> tuple[Text, ...]:
    """What a reader must know of the document as of the date; what was said of the date asked about last is kept."""
    found, of = case.outline.kept.get("notes", ((), None))
    if of != case.as_of:  # what is kept may be another's by the time it is read again
        found = _notes_of(case.rule, case.as_of)
        case.outline.kept["notes"] = found, case.as_of
    return found  # type: ignore[no-any-return]


def _notes_of(rule: Rule, as_of: dt.date) -> tuple[Text, ...]:
    """The same: not yet, or no longer, in force."""
    document, notes = rule.document, []
    outside = not all(p.in_force(as_of) for p in rule.provisions)  # what says its own dates may answer of any day
    if outside and document.valid_until and as_of > document.valid_until:
        notes.append(
            Text(f"{document.number} is no longer in force on {as_of} (last day {document.valid_until})",
                 f"{document.number} 在 {as_of} 已不再有效（有效期至 {document.valid_until}）")
        )  # fmt: skip
    if outside and document.valid_from and as_of < document.valid_from:
        notes.append(
            Text(f"{document.number} is not yet in force on {as_of} (from {document.valid_from})",
                 f"{document.number} 在 {as_of} 尚未生效（{document.valid_from} 起）")
        )  # fmt: skip
    if rule.note:
        notes.append(rule.note)
    return tuple(notes)
