"""Entries decided again from the log alone: by the rules it keeps, each case as it was, each stream of events from its first."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections import OrderedDict
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from policy_engine.basics.errors import Text
from policy_engine.book import Book
from policy_engine.compiled.compiled import Compiled
from policy_engine.compiled.decide import made, quick
from policy_engine.compiled.whole import Whole
from policy_engine.deciding.decide import Verdict
from policy_engine.procedures.events import parse_event
from policy_engine.procedures.load import load_procedure
from policy_engine.procedures.log import EventLog
from policy_engine.procedures.watch import Watch
from policy_engine.records.entries import in_short_of
from policy_engine.records.ruleset import lay_out
from policy_engine.rulebook.rule import Rule

KEPT: Final = 64
"""So many rule sets, and so many decisions of them as of a day, are at hand."""


class DecidedAgain:
    """What decides entries again, one after the other, in the order of the log."""

    def __init__(self, kept: Path, version: str) -> None:
        """`kept`: the folder of a log in which rule sets lie; `version`: that of this program, for words."""
        self.kept, self.version = kept, version
        self._folder = Path(tempfile.mkdtemp(prefix="policy-verify-"))
        self._trees: OrderedDict[str, Path] = OrderedDict()
        self._books: dict[str, Book] = {}
        self._wholes: OrderedDict[tuple[Any, ...], tuple[Rule, Compiled, Whole | None]] = OrderedDict()
        self._threads: dict[str, tuple[str, Watch]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for begun in self._threads.values():
            begun[1].__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __call__(self, at: int, entry: dict[str, Any]) -> Text | None:
        """How the answer of an entry differs now, if it does. Raises PolicyError where it cannot be decided."""
        answer = self._event(entry) if "procedure" in entry else self._case(entry)
        if answer == entry["answer"]:
            return None
        was, now = entry["answer"], answer
        if isinstance(was, dict) and isinstance(now, dict) and was.get("outcome") != now.get("outcome"):
            told = f"{was.get('outcome')} → {now.get('outcome')}"
        else:
            told = ", ".join(sorted(_differing(was, now)))
        by = entry.get("version")
        words = (told, told) if by == self.version else (f"{told}; logged by version {by}, this is {self.version}",
                                                         f"{told}；记载时版本 {by}，现为 {self.version}")  # fmt: skip
        return Text(*words)

    def _tree(self, name: str) -> Path:
        if name not in self._trees:
            into = self._folder / name
            lay_out(self.kept, name, into)
            self._trees[name] = into
            self._books[name] = Book(into / "rules")
        return self._trees[name]

    def _case(self, entry: dict[str, Any]) -> dict[str, Any]:
        readings, day = entry["readings"], dt.date.fromisoformat(entry["as_of"])
        key = (entry["rules"], entry["decision"], entry["assume"], day, *sorted(readings.items()))
        if key not in self._wholes:
            self._tree(entry["rules"])
            rule = self._books[entry["rules"]].rule(entry["decision"], entry["assume"])
            whole = None if rule.rows else made(rule, day, readings)
            self._wholes[key] = rule, Compiled(rule, day, readings), whole
            if len(self._wholes) > KEPT:
                self._wholes.popitem(last=False)
        rule, compiled, whole = self._wholes[key]
        inputs = rule.inputs
        given = {
            name: _number(value)
            if type(value) is str and name in inputs and inputs[name].type.kind == "number"
            else value
            for name, value in entry["facts"].items()
        }
        facts = compiled.read(given)
        fits = whole is not None and not (facts.not_yet or facts.rows or any(rule.inputs[n].grows for n in facts.given))
        case: Verdict | None = quick(whole, facts) if fits and whole is not None else None
        return in_short_of(case or Verdict(rule, facts, day, readings))

    def _event(self, entry: dict[str, Any]) -> object:
        name, rules = entry["thread"], entry["rules"]
        begun, watch = self._threads.get(name, ("", None))
        if watch is None or begun != rules:
            tree = self._tree(rules)
            if watch is not None:
                watch.__exit__()
            procedure = load_procedure(entry["procedure"], tree / "procedures", tree / "rules", entry["assume"])
            state = self._folder / f"{''.join(c for c in name if c.isalnum())}.state"
            watch = Watch(procedure, EventLog(state, procedure.name, procedure.digest, procedure.assume), reading=_none)
            watch.__enter__()
            self._threads[name] = rules, watch
        if "until" in entry:
            return told(watch.close_books(dt.date.fromisoformat(entry["until"])))
        line = entry["event"].encode()
        return told(watch.batch([partial(parse_event, line, "", 0)]))[0]


def told(answers: list[dict[str, Any]]) -> list[Any]:
    """Answers to events as they are logged: without where a line stood, whether it came before, and what durable_rules did."""
    found: list[Any] = json.loads(json.dumps(answers, ensure_ascii=False))
    for answer in found:
        answer.pop("engine", None)
        answer.pop("duplicate", None)
        for one in answer.get("problems", ()):
            one.pop("place", None)
    return found


def _number(text: str) -> object:
    """An exact number as it is logged, without looking for the ways in which people write numbers; else the text."""
    whole, point, part = text.partition(".")
    if (
        (whole.removeprefix("-") + part).isascii()
        and whole.removeprefix("-").isdigit()
        and (part.isdigit() or not point)
    ):
        return Fraction(int(whole + part), 10 ** len(part))
    return text


def _none(_: object) -> None:
    return None


def _differing(was: object, now: object) -> set[str]:
    if not isinstance(was, dict) or not isinstance(now, dict):
        return {"answer"}
    found = set()
    for part in {*was, *now}:
        one, other = was.get(part), now.get(part)
        if isinstance(one, dict) and isinstance(other, dict):
            found |= {name for name in {*one, *other} if one.get(name) != other.get(name)}
        elif one != other:
            found.add(part)
    return found
