"""The commands `solve` and `range`: which values of one fact keep a decision, which outcome each has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policy_engine.basics.errors import PolicyError, Text, did_you_mean, problem
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
    readings_of,
    refuse,
    rule_of,
    settings,
)
from policy_engine.reports.formats import LINE
from policy_engine.words import Exit

if TYPE_CHECKING:
    import datetime as dt

    from policy_engine.deciding.facts import Facts
    from policy_engine.reports.each_free import EachFree
    from policy_engine.reports.line import Varied
    from policy_engine.reports.mended import Mended
    from policy_engine.reports.picked import Picked
    from policy_engine.rulebook.rule import Input, Rule
    from policy_engine.solving.mending import Mend

FactsFile = Annotated[
    Path | None, typer.Option("--facts", metavar="FILE", help="Facts as YAML or JSON; - reads standard input.")
]
SetFacts = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One fact; repeatable, wins over the file.")
]
INPUT = "NAME"
ONE_OF = Text(
    "give at most one of --maximize, --minimize, --vary and --mend",
    "--maximize、--minimize、--vary、--mend 至多给出其一",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""

    @app.command()
    def solve(
        decision: str, facts: FactsFile = None, set_: SetFacts = None,
        maximize: Annotated[str | None, typer.Option("--maximize", metavar=INPUT, help="The greatest value of this input that keeps the decision.")] = None,
        minimize: Annotated[str | None, typer.Option("--minimize", metavar=INPUT, help="The least value of this input that keeps the decision.")] = None,
        vary: Annotated[str | None, typer.Option("--vary", metavar=INPUT, help="The input whose values are asked for.")] = None,
        mend: Annotated[bool, typer.Option("--mend", help="What would mend each finding: one fact, or two at once where none does.")] = False,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
        format: Annotated[str, of_formats(LINE)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Find the exact values of one fact that keep a decision. Example: policy solve fund.investment --facts known.yaml --maximize amount"""
        tongue = language(lang)
        with complaints(tongue):
            named = [name for name in (maximize, minimize, vary) if name is not None]
            if mend and not named:
                mended = _mended(rule_of(rules, decision, assume.value), facts, settings(set_), as_of, reading)
                emit(mended, LINE, tongue, format, output, read=[facts])
                raise typer.Exit(Exit.COMPLIANT if mended.whole else Exit.NON_COMPLIANT)
            if mend or len(named) > 1:
                refuse("solve", ONE_OF.en, ONE_OF.zh)
            rule, given = _case(rule_of(rules, decision, assume.value), facts, settings(set_))
            case = rule, given, on_date(as_of), readings_of(rule, reading)
            way = "maximize" if maximize else "minimize" if minimize else None
            found = _keeping(*case, named[0], strict, way) if named else _each(*case, strict)
            emit(found, LINE, tongue, format, output, read=[facts])
            raise typer.Exit(Exit.COMPLIANT if found.some else Exit.NON_COMPLIANT)

    @app.command(name="range")
    def range_(
        decision: str,
        vary: Annotated[str, typer.Option("--vary", metavar=INPUT, help="The input whose values are asked for.")],
        facts: FactsFile = None, set_: SetFacts = None,
        as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all,
        format: Annotated[str, of_formats(LINE)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Show which outcome each value of one fact has. Example: policy range fund.investment --facts known.yaml --vary amount"""
        tongue = language(lang)
        with complaints(tongue):
            rule, given = _case(rule_of(rules, decision, assume.value), facts, settings(set_))
            day, chosen = on_date(as_of), readings_of(rule, reading)
            found = (_picked if _listed(rule, vary) else _varied)(rule, given, day, chosen, vary)
            emit(found, LINE, tongue, format, output, read=[facts])
            raise typer.Exit(Exit.COMPLIANT)


def _case(rule: Rule, file: Path | None, given: dict[str, Any]) -> tuple[Rule, Facts]:
    """A case and its rule, both without lists of rows. Raises PolicyError."""
    from policy_engine.basics.places import MAX_BYTES
    from policy_engine.deciding.facts import read_facts
    from policy_engine.proving.facts import STDIN, beside, read_facts_bytes, read_facts_file
    from policy_engine.solving.lists import written_out

    if file is None:
        return written_out(rule, read_facts(rule, given))
    stdin = str(file) == "-"
    source = read_facts_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN) if stdin else read_facts_file(file)
    return written_out(rule, read_facts(rule, *beside(rule, source, given)))


def _keeping(rule: Rule, facts: Facts, as_of: dt.date, chosen: dict[str, str], word: str, strict: bool,
             way: Any = None) -> Varied | Picked:  # fmt: skip
    """The values of one fact that keep a decision, or the answers."""
    if way is None and _listed(rule, word):
        return _picked(rule, facts, as_of, chosen, word, strict)
    return _varied(rule, facts, as_of, chosen, word, way=way, keeping=True, strict=strict)


def _each(rule: Rule, facts: Facts, as_of: dt.date, chosen: dict[str, str], strict: bool) -> EachFree:
    """The same of every fact the case waits for; of each that is given where it waits for none."""
    from policy_engine.deciding.decide import Verdict, check_readings
    from policy_engine.reports.each_free import EachFree
    from policy_engine.solving.line import waited

    check_readings(rule, chosen)
    free = waited(Verdict(rule, facts, as_of, chosen)) or tuple(n for n in rule.inputs if n in facts.given)
    found, left = [], {}
    for name in free:
        if rule.inputs[name].type.kind in ("number", "date", "flag", "choice") and name in _facts(rule):
            try:
                found.append(_keeping(rule, facts, as_of, chosen, name, strict))
            except PolicyError as error:
                if error.problems[0].code != "not-settled":
                    raise
                left[name] = error.problems[0].message
    return EachFree(rule=rule, found=found, left=left)


def _listed(rule: Rule, word: str) -> bool:
    """Whether an input is yes or no, or one of some options."""
    entry = _fact(rule, word)
    return entry is not None and entry.type.kind in ("flag", "choice")


def _fact(rule: Rule, word: str) -> Input | None:
    """What is given one value; a list of rows, which a case without lists holds a place for, is not."""
    entry = rule.called(word)
    return entry if entry is not None and entry.name in _facts(rule) else None


def _facts(rule: Rule) -> list[str]:
    return [name for name, entry in rule.inputs.items() if entry.type_name != "rows"]


def _agreeing(rule: Rule, facts: Facts, as_of: dt.date, chosen: dict[str, str], name: str) -> None:
    """Raises PolicyError where facts contradict each other whatever one of them is; of that one nothing is taken for granted."""
    from dataclasses import replace

    from policy_engine.deciding.decide import Verdict
    from policy_engine.explaining.sentence import check_possible

    free = replace(rule, inputs={**rule.inputs, name: replace(rule.inputs[name], assume=None)})
    given = {n: value for n, value in facts.given.items() if n != name}
    check_possible(Verdict(free, replace(facts, given=given, not_yet=facts.not_yet - {name}), as_of, chosen).base)


def _picked(
    rule: Rule, facts: Facts, as_of: dt.date, chosen: dict[str, str], word: str, strict: bool | None = None
) -> Picked:
    """The outcome of each answer; of those alone that keep the decision where `strict` is said."""
    from policy_engine.deciding.decide import check_readings
    from policy_engine.reports.picked import Picked
    from policy_engine.solving.answers_tried import answers
    from policy_engine.solving.best import broken

    check_readings(rule, chosen)
    entry = rule.called(word)
    assert entry is not None
    _agreeing(rule, facts, as_of, chosen, entry.name)
    every = answers(rule, facts, as_of, chosen, entry.name)
    some = every if strict is None else [one for one in every if one.outcome not in broken(strict)]
    return Picked(rule=rule, name=entry.name, as_of=as_of, answers=some, possible=bool(every))


def _varied(rule: Rule, facts: Facts, as_of: dt.date, chosen: dict[str, str], word: str, *, way: Any = None,
            keeping: bool = False, strict: bool = False) -> Varied:  # fmt: skip
    from policy_engine.deciding.decide import check_readings
    from policy_engine.reports.line import Varied
    from policy_engine.reports.unsettled import unsettled
    from policy_engine.solving.best import best, kept
    from policy_engine.solving.line import Axis
    from policy_engine.solving.solvers import Solvers
    from policy_engine.solving.sym import Unheld

    entry = _fact(rule, word)
    if entry is None:
        known = _facts(rule) if word.isascii() else [rule.inputs[name].label.zh for name in _facts(rule)]
        en, zh = f"`{word}` is not an input of {rule.decision}", f"“{rule.title.zh}”没有 `{word}` 这项输入"
        raise PolicyError(problem("unknown-fact", en, zh, None, did_you_mean(word, known)))
    if entry.type.kind not in ("number", "date"):
        refuse(
            "solve",
            f"`{entry.name}` has no order: `--vary` lists the answers of yes or no and of a choice",
            f"“{entry.label.zh}”没有大小先后：是否类和单选类事项可用 --vary 逐一列出",
        )
    check_readings(rule, chosen)
    _agreeing(rule, facts, as_of, chosen, entry.name)
    try:
        with Solvers() as solvers:
            line = Axis(rule, facts, as_of, chosen, entry.name, solvers)
            every = line.intervals()
            some = kept(every, strict) if keeping else every
            found = best(line, some, way) if way else None
            waits = [] if keeping and some else [one for one in every if one.outcome == "undetermined"]
            waited = {name for one in waits for name in line.missing(one.inside)}
            breaking = [one for one in every if waited and not some and one.outcome == "non_compliant"]
    except Unheld as reason:
        why = unsettled(str(reason), rule.names(as_of).label)
        refuse("not-settled", f"not settled: {why.en}", f"未能判定：{why.zh}")
    return Varied(rule=rule, name=entry.name, as_of=as_of, intervals=some, way=way, best=found,
                  missing=tuple(name for name in rule.inputs if name in waited), possible=bool(every),
                  breaking=breaking)  # fmt: skip


def _mended(rule: Rule, file: Path | None, given: dict[str, Any], day: str | None, reading: list[str] | None) -> Mended:
    """What mends each finding of a case. Raises PolicyError."""
    from policy_engine.explaining.decision import decide
    from policy_engine.reports.mended import Mended
    from policy_engine.solving.mending import Mending
    from policy_engine.solving.solvers import Solvers
    from policy_engine.solving.sym import Unheld

    rule, facts = _case(rule, file, given)
    as_of, chosen = on_date(day), readings_of(rule, reading)
    found = Mended(decide(rule, facts, as_of, chosen), {})
    least: dict[str, Mend] = {}
    broken: dict[str, frozenset[str]] = {}
    unheld = ""
    try:
        with Solvers() as solvers:
            mending = Mending(rule, facts, as_of, chosen, solvers)
            checks = {p.id: p for p in mending.now.checks}
            for one in found.failing:
                breaking = [mending.breaks(checks[one.provision], r) for r in one.remedies]
                if breaking and all(breaking):
                    broken[one.provision] = frozenset[str]().union(*breaking)
            for p in checks.values():
                if p.id in broken or p.id in {one.provision for one in found.failing if not one.remedies}:
                    try:
                        mend = mending.least(p)
                        least |= {p.id: mend} if mend is not None else {}
                    except Unheld as reason:
                        unheld = str(reason)
    except Unheld as reason:
        unheld = str(reason)
    return Mended(found.decision, least, unheld, broken)
