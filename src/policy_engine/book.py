"""The Python contract: load a tree of rules and decide cases."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.basics.errors import PolicyError, Problem, demand, problem
from policy_engine.basics.values import BadValue, read_date
from policy_engine.compiled.decide import decide
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import Decision
from policy_engine.rulefiles.folder import shipped_rules
from policy_engine.rulefiles.rulebook import ALL, Rulebook

if TYPE_CHECKING:
    from policy_engine.asking.interview import Interview
    from policy_engine.compiled.compiled import Compiled


class Book(Rulebook):
    """A tree of rules that decides cases."""

    def decide(
        self,
        decision: str,
        facts: Mapping[str, object],
        as_of: dt.date | str | None = None,
        readings: Mapping[str, str] | None = None,
        assume: str = ALL,
    ) -> Decision:
        """Decide one case.

        Args:
            decision: the name, such as `fund.investment`.
            facts: what a user would write: text, int, Decimal, Fraction, date, bool, list; a binary float is refused.
            as_of: the date of the decision; today if not given.
            readings: other defaults for the questions the text leaves open.
            assume: `none` takes silence for nothing at all; else it means what the rule file says, and the answer says so.

        Raises:
            PolicyError: rules, facts or readings that cannot be used.
        """
        rule, date, chosen = self.rule(decision, assume), _date(as_of), _readings(readings)
        if not isinstance(facts, Mapping) or not all(isinstance(name, str) for name in facts):
            raise PolicyError(problem("shape", "facts are a mapping of names to values", "事实应为名称到值的映射"))
        return decide(rule, read_facts(rule, facts), date, chosen)

    def interview(
        self,
        decision: str,
        facts: Mapping[str, object] | None = None,
        as_of: dt.date | str | None = None,
        readings: Mapping[str, str] | None = None,
        assume: str = ALL,
    ) -> Interview:
        """A case to be asked for fact by fact, from what is known of it. Arguments and errors are those of `decide`."""
        from policy_engine.asking.interview import Interview

        return Interview(
            rule=self.rule(decision, assume), as_of=_date(as_of), chosen=_readings(readings), answers=dict(facts or {})
        )

    def compile(
        self,
        decision: str,
        as_of: dt.date | str | None = None,
        readings: Mapping[str, str] | None = None,
        assume: str = ALL,
    ) -> Compiled:
        """A decision as Python functions, for many cases of one date: the same answers in microseconds, without reasons.

        Args: as those of `decide`.

        Raises:
            PolicyError: rules or readings that cannot be used.
        """
        from policy_engine.compiled.compiled import Compiled

        return Compiled(self.rule(decision, assume), _date(as_of), _readings(readings))


def _date(as_of: dt.date | str | None) -> dt.date:
    demand("as_of", as_of, dt.date, str, type(None))
    try:
        return dt.date.today() if as_of is None else read_date(as_of)
    except BadValue as error:
        raise PolicyError(Problem("bad-date", error.found, None, error.help)) from None


def _readings(readings: Mapping[str, str] | None) -> Mapping[str, str]:
    chosen = {} if readings is None else readings
    demand("readings", chosen, Mapping)
    for name, option in chosen.items():
        demand("readings", name, str)
        demand(f"readings.{name}", option, str)
    return chosen


def load(path: str | Path | None = None) -> Book:
    """The shipped rules, or those of another tree. Files are read when a decision is first asked for.

    Raises:
        PolicyError: there is no such folder.
    """
    demand("path", path, str, os.PathLike, type(None))
    root = shipped_rules() if path is None else Path(path)
    if not os.path.isdir(root):  # noqa: PTH112 - never raises
        raise PolicyError(problem("no-rules", f"`{root}` is not a folder of rules", f"`{root}` 不是规则文件夹"))
    return Book(root)
