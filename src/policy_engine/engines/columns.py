"""The columns of a register on its way to findings; no input can have such a name."""

from __future__ import annotations

from typing import Final

from policy_engine.rulebook.rule import Total

DATE: Final = "_date"
WHO: Final = "_who"
KEY: Final = "_key"
WRONG: Final = "_wrong"
EACH: Final = "_each"
START: Final = "_start"
SHORT: Final = "_short"
NAME: Final = "_name"
FIRST: Final = "_first"
LAST: Final = "_last"
SAID: Final = "_said"


def counts(total: Total) -> str:
    """The column that says whether an entry counts in a total."""
    return f"{total.name}.counts"


def growing(total: Total) -> str:
    """The column that says whether a total may still grow."""
    return f"{total.name}.growing"


def listed(total: Total) -> str:
    """The column with the keys of the entries in a total."""
    return f"{total.name}.entries"
