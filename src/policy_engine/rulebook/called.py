"""What a decision or a procedure is called, for those who look for one."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.basics.errors import Text


@dataclass(frozen=True)
class Called:
    """A name, the number of the document it is of, a title."""

    name: str
    document: str
    title: Text
