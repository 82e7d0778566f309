"""What must hold for every case of a decision, said beside its provisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from policy_engine.basics.errors import Place, Text
from policy_engine.language import ir

Sense = Literal["holds", "keeps", "never_falls", "never_rises"]


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A claim: of one case (`holds`), or of two that differ in `raising` alone: what becomes of `then` as that rises.

    The expressions name facts, values, readings and checks, a check by its id, as the status it has.
    """

    id: str
    says: Text
    when: ir.Node
    then: ir.Node
    sense: Sense
    raising: str
    place: Place

    @property
    def names(self) -> frozenset[str]:
        """Every name it uses."""
        return frozenset((*ir.names(self.when), *ir.names(self.then)))
