"""The command `compare`: variants of a case side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policy_engine.basics.errors import PolicyError
from policy_engine.doors import completing
from policy_engine.doors.options import (
    AsOf,
    Assume,
    Assumptions,
    LangOption,
    Output,
    Readings,
    Rules,
    Strict,
    complaints,
    emit,
    language,
    of_formats,
    on_date,
    open_book,
    refuse,
    rule_of,
    settings,
)
from policy_engine.reports.formats import COMPARE
from policy_engine.words import exit_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from policy_engine.basics.errors import Lang
    from policy_engine.basics.places import ReadFile
    from policy_engine.explaining.decision import Decision
    from policy_engine.rulebook.rule import Rule

CASES = ("cases", "decision", "facts")
"""What a file of cases has at its top, and one of facts alone has not."""


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def compare(
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="A variant each: a case file, or with --decision facts as YAML or JSON.")],
        decision: Annotated[str | None, typer.Option("--decision", help="What the facts are for, where the files do not say.", autocompletion=completing.decisions)] = None,
        vary: Annotated[list[str] | None, typer.Option("--try", metavar="NAME=VALUE", help="One variant more: the first file with another value of a fact; repeatable.", autocompletion=completing.settings)] = None,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
        format: Annotated[str, of_formats(COMPARE)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Set variants of a case side by side, what differs first. Example: policy compare a.yaml b.yaml --decision fund.investment"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.reports.comparing import Comparison

            asked = _Asked(decision, rules, on_date(as_of), settings(reading), assume.value)
            variants = [each for file in files for each in asked.of_file(file, tongue)]
            variants += asked.tried(files[0], vary or [], tongue)
            found = Comparison(tuple(_told_apart(variants)))
            emit(found, COMPARE, tongue, format, output, read=files)
            raise typer.Exit(exit_of((one.outcome for _, one in found.variants), strict))


class _Asked:
    """How variants are decided."""

    def __init__(
        self, decision: str | None, rules: Path | None, as_of: dt.date, readings: dict[str, Any], assume: str
    ) -> None:
        self.decision, self.rules, self.as_of, self.readings, self.assume = decision, rules, as_of, readings, assume

    def of_file(
        self, path: Path, lang: Lang, more: tuple[str, object] | None = None, name: str = ""
    ) -> list[tuple[str, Decision]]:
        """The variants of a file: its cases by their names, or its facts by the name of the file. Raises PolicyError."""
        facts = self._facts(path)
        if facts is None:
            from policy_engine.proving.cases import load_cases

            book = open_book(self.rules)
            given = [case for case in load_cases(path) if case.entries is None]
            changed = [
                replace(c, facts=_with(book.rule(c.decision), c.facts, more), readings={**c.readings, **self.readings})
                for c in given
            ]
            return [(name or case.name.of(lang), case.decide(book, self.as_of, self.assume)) for case in changed]
        rule = rule_of(self.rules, self.decision or "", self.assume)
        return [(name or path.stem, self._decided(rule, facts, dict([more] if more else [])))]

    def _facts(self, path: Path) -> ReadFile | None:
        """What a file of facts alone has; None of a file of cases. Raises PolicyError where it is not said what facts are for."""
        from policy_engine.proving.facts import read_facts_file

        try:
            source = read_facts_file(path)
        except PolicyError as error:
            if error.problems[0].code != "shape":  # several cases, or a list of them
                raise
            return None
        if any(key in source.data for key in CASES):
            return None
        if self.decision is None:
            refuse("compare", f"{path} does not say which decision its facts are for: --decision NAME",
                   f"{path} 未写明是哪一事项的事实：请加 --decision 事项名")  # fmt: skip
        return source

    def _decided(self, rule: Rule, source: ReadFile, more: Mapping[str, object]) -> Decision:
        from policy_engine.deciding.facts import read_facts
        from policy_engine.explaining.decision import decide
        from policy_engine.proving.facts import beside

        return decide(rule, read_facts(rule, *beside(rule, source, more)), self.as_of, self.readings)

    def tried(self, base: Path, pairs: list[str], lang: Lang) -> list[tuple[str, Decision]]:
        """The first file with another value of a fact, once for each. Raises PolicyError."""
        from policy_engine.proving.facts import parse_setting

        found = []
        for pair in pairs:
            variants = self.of_file(base, lang, parse_setting(pair), name=pair)
            if len(variants) != 1:
                refuse("compare", f"--try is of one case; {base} has {len(variants)}",
                       f"--try 只用于一个案例；{base} 中有 {len(variants)} 个")  # fmt: skip
            found += variants
        return found


def _with(rule: Rule, facts: dict[str, Any], more: tuple[str, object] | None) -> dict[str, Any]:
    """The facts with another value of one, which may go by another of its names."""
    if more is None:
        return facts
    entry = rule.called(more[0])
    return {name: value for name, value in facts.items() if entry is None or rule.called(name) != entry} | dict([more])


def _told_apart(variants: list[tuple[str, Decision]]) -> list[tuple[str, Decision]]:
    """Variants of one name with a number."""
    count, seen, found = Counter(name for name, _ in variants), Counter[str](), []
    for name, decision in variants:
        seen[name] += 1
        found.append((f"{name} ({seen[name]})" if count[name] > 1 else name, decision))
    return found
