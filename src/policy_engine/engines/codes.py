"""A status inside a plan is a small whole number, and words, or a flag, only where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis

from policy_engine.deciding.outcome import FAILED, GRAVITY, Status
from policy_engine.deciding.outcome import OUTCOMES as GRAVEST_FIRST
from policy_engine.engines.truth import FALSE, TRUE
from policy_engine.rulebook.rule import Provision

# A status as a code: the graver, the greater; the outcome is that of the gravest. One check has no two of one code.
# A value makes a case compliant in which nothing is checked, and weighs less than a check that is not due.
VALUED: Final = 1
OUTCOMES: Final = (GRAVEST_FIRST[-1], "compliant", *GRAVEST_FIRST[-2::-1])
COMPLIANT: Final = OUTCOMES.index("compliant", VALUED + 1)
CODES: Final[Mapping[Status, int]] = {
    status: OUTCOMES.index(outcome, 0 if status == "not_applicable" else VALUED + 1)
    for status, outcome in GRAVITY.items()
}
SAY: Final = {name: ibis.literal(code, "int8") for name, code in CODES.items()}

TEXT, CODE, FLAGS = "text", "code", "flags"
STATUSES: Final = (TEXT, CODE, FLAGS)
_FLAG: Final = {name: ibis.null("boolean") for name in CODES} | {"satisfied": TRUE}
SAID: Final[Mapping[str, Mapping[Status, Any]]] = {
    TEXT: {name: ibis.literal(name) for name in CODES},
    FLAGS: _FLAG | {name: FALSE for name in FAILED.values() if name != "not_applicable"},
}
"""What stands in a column for each status."""


def words_of(p: Provision) -> Mapping[int, str]:
    """The word for each code that a check may have."""
    never = {*FAILED.values()} - {FAILED[p.force]} | ({"pending"} if p.due is None else set())
    said = {code: name for name, code in CODES.items() if name not in never}
    return said | {CODES["not_applicable"]: "not_applicable"}
