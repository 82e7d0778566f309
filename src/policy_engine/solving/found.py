"""What is found of a decision, as it is handed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from policy_engine.basics.errors import Text
from policy_engine.basics.values import Value
from policy_engine.deciding.outcome import Status
from policy_engine.solving.study import Example

Kind = Literal[
    "never-applies", "never-violated", "never-satisfied", "redundant", "equivalent", "conflicting", "dead-exception", "shadowed-exception",
    "dead-case", "shadowed-case", "gap", "overlap", "left-open", "idle-input", "idle-reading", "reading-differs", "not-settled",
    "claim-holds", "claim-fails", "empty-claim", "at-bound", "at-most", "implied",
    "no-conflict",
]  # fmt: skip
FAULTS: Final[frozenset[Kind]] = frozenset({
    "never-applies", "never-violated", "never-satisfied", "redundant", "equivalent", "conflicting", "dead-exception", "shadowed-exception", "dead-case",
    "shadowed-case", "gap", "overlap", "idle-input", "idle-reading",
    "claim-fails", "empty-claim",
})  # fmt: skip
"""What an author will want to look at; the rest says what the text leaves open, how readings differ, what was not settled."""
Said = Mapping[Status | str, str]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One finding: of which provision, beside which others; the option or case it is about; a case that shows it.

    `proved`: both solvers say that there is no case otherwise; else the case shows it. `risen`: the other case of a pair.
    `titles`: what provisions of another decision are called. `said`: what the case comes to, by default and if it is read otherwise.
    """

    kind: Kind
    decision: str
    about: str
    beside: tuple[str, ...] = ()
    which: str = ""
    proved: bool = False
    example: Example | None = None
    options: tuple[str, ...] = field(default=())
    risen: Example | None = None
    titles: tuple[Text, ...] = ()
    said: tuple[Status | Value, ...] = ()
