"""Case files: facts for decisions, one case or many; scenarios are cases that say what they expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, problem
from policy_engine.basics.places import Path_, ReadFile, read_text
from policy_engine.basics.values import BadValue, read_date
from policy_engine.deciding.facts import JUSTIFICATIONS, read_facts
from policy_engine.explaining.decision import Decision
from policy_engine.procedures.json_text import read_json
from policy_engine.proving.shape import CaseEntry, CaseFile, Expect
from policy_engine.rulebook.rule import Rule
from policy_engine.rulefiles.load import validate
from policy_engine.rulefiles.rulebook import ALL, Rulebook
from policy_engine.rulefiles.shape import words
from policy_engine.rulefiles.yaml_read import read_yaml


@dataclass(frozen=True, kw_only=True)
class Case:
    """Facts for one decision, as they were written, and where."""

    name: Text
    decision: str
    as_of: dt.date | None
    facts: dict[str, Any]
    readings: dict[str, str]
    expect: Expect | None
    entries: Sequence[Mapping[str, Any]] | None = None
    first_day: dt.date | None = None
    members: Sequence[str] = ()
    source: ReadFile
    place: Place
    at: Path_ = ()

    def _place_of(self, fact: str, rule: Rule) -> Place:
        """Where a fact is written, of one the rule does not know its name: in the case, or in what the file gives to all its cases."""
        places, part = self.source.places, (fact,) if rule.called(fact) else (fact, "")
        return places.get((*self.at, "facts", *part)) or places.get(("facts", *part)) or self.place

    def decide(self, book: Rulebook, today: dt.date, assume: str = ALL) -> Decision:
        """The answer for the case. Raises PolicyError, each problem at its place in the case file."""
        from policy_engine.compiled.decide import decide

        rule = book.rule(self.decision, assume)
        try:
            return decide(
                rule,
                read_facts(rule, self.facts, lambda fact: self._place_of(fact, rule)),
                self.as_of or today,
                self.readings,
            )
        except PolicyError as error:
            raise PolicyError(
                Problem(p.code, p.message, p.place or self.place, p.help) for p in error.problems
            ) from None


def find_case_files(paths: Iterable[Path]) -> list[Path]:
    """The case files named, and those in the folders named, in order. Raises PolicyError."""
    found: list[Path] = []
    paths = list(paths)
    for path in paths:
        if path.is_dir():
            found += case_files_in(path)
        elif path.exists():
            found.append(path)
        else:
            raise PolicyError(problem("unreadable", "no such file or folder", "没有这个文件或文件夹", Place(str(path))))
    if not found:
        places = ", ".join(map(str, paths))
        raise PolicyError(problem("no-cases", f"no case files in {places}", f"{places} 中没有案例文件"))
    return found


def case_files_in(folder: Path) -> list[Path]:
    """The case files of a folder, in order; none where it holds none, or is none."""
    return sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml", ".json") and p.is_file())


def load_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises PolicyError with every mistake."""
    return [case for file, source in _files(path) for case in _cases_of(file, source, path)]


def load_proving(paths: Iterable[Path], book: Rulebook) -> list[Case]:
    """The cases of files, and their rules read. Raises PolicyError with every mistake of either, each once, and where there is no case."""
    cases, decisions, problems = list[Case](), dict[str, Place](), list[Problem]()
    paths = list(paths)
    for path in paths:
        try:
            cases += load_cases(path)
        except PolicyError as error:
            problems += error.problems
            decisions |= _asked(path)
    decisions |= {case.decision: case.place for case in reversed(cases)}
    for decision, place in decisions.items():
        try:
            book.rule(decision)
        except PolicyError as error:
            problems += [Problem(p.code, p.message, p.place or place, p.help) for p in error.problems]
    if problems:
        raise PolicyError(problems)
    if not cases:
        raise no_case(paths)
    return cases


def no_case(paths: Iterable[Path]) -> PolicyError:
    """What is said of files without a case: nothing that was tried is no pass."""
    places = ", ".join(map(str, paths))
    return PolicyError(problem("no-cases", f"no case to decide in {places}", f"{places} 中没有可判定的案例"))


def _asked(path: Path) -> dict[str, Place]:
    """The decisions that a file with mistakes is about, as far as it can be read."""
    with suppress(PolicyError):
        return {
            name: source.place(())
            for file, source in _files(path)
            for entry in file.cases or [file]
            if (name := entry.decision or file.decision)
        }
    return {}


def _files(path: Path) -> list[tuple[CaseFile, ReadFile]]:
    text = read_text(path)
    sources = [read_json(text, str(path))] if path.suffix == ".json" else read_yaml(text, str(path))
    return [(validate(CaseFile, source), source) for source in map(_as_mapping, sources)]


def _as_mapping(source: ReadFile) -> ReadFile:
    """A plain list of cases as a file of cases."""
    if not isinstance(source.data, list):
        return source
    return ReadFile(source.file, {"cases": source.data}, {("cases", *k): v for k, v in source.places.items()})


def _cases_of(file: CaseFile, source: ReadFile, path: Path) -> list[Case]:
    if file.cases is None:
        return [_case(file, file, source, (), path, 1)]
    return [_case(file, entry, source, ("cases", i), path, i + 1) for i, entry in enumerate(file.cases)]


def _case(file: CaseFile, entry: CaseEntry, source: ReadFile, at: Path_, path: Path, number: int) -> Case:
    place = source.place(at)
    decision = entry.decision or file.decision
    if decision is None:
        raise PolicyError(problem("missing-key", "the case names no `decision`", "案例没有写明 `decision`", place))
    entries = file.entries if entry.entries is None else entry.entries
    if entries is None and entry.expect and entry.expect.periods:
        raise PolicyError(problem("missing-key", "`periods` are expected of `entries`, and the case has none",
                                  "案例写明了 `periods`，却没有 `entries`", place))  # fmt: skip
    facts = {**file.facts, **entry.facts}
    if file.justifications or entry.justifications:
        facts[JUSTIFICATIONS] = {**file.justifications, **entry.justifications}
    return Case(
        name=words(entry.name, f"{path.stem} {number}"),
        decision=decision,
        as_of=_day(entry.as_of or file.as_of, source, (*(at if entry.as_of else ()), "as_of")),
        facts=facts,
        readings={**file.readings, **entry.readings},
        expect=entry.expect,
        entries=entries,
        first_day=_day(entry.first_day or file.first_day, source, (*(at if entry.first_day else ()), "from")),
        members=entry.members or file.members,
        source=source,
        place=place,
        at=at,
    )


def _day(raw: str | None, source: ReadFile, at: Path_) -> dt.date | None:
    try:
        return read_date(raw) if raw else None
    except BadValue as error:
        raise PolicyError(Problem("value", error.found, source.place(at), error.help)) from None
