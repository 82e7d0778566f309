"""The command line: read, call, render, exit. Work is imported where it is needed, so that help comes at once."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policy_engine.basics.errors import Lang, PolicyError, Problem, did_you_mean, problem
from policy_engine.doors import completing
from policy_engine.doors import measure as cli_measure
from policy_engine.doors.ending import ending
from policy_engine.doors.options import (
    WATCH,
    AsOf,
    Assume,
    Assumptions,
    DecisionName,
    LangOption,
    Output,
    Procedures,
    Readings,
    Rules,
    Strict,
    Template,
    apart,
    complaints,
    emit,
    language,
    of_formats,
    on_date,
    open_book,
    readings_of,
    rule_of,
    settings,
    target_of,
    tell,
)
from policy_engine.doors.options import version as version_of  # fmt: skip
from policy_engine.doors.recording import Commit, Key, Record, recorded, recorder
from policy_engine.doors.tongue import Commands, Group
from policy_engine.reports.formats import CHECK, LINT, LIST, PROCEDURE, REPORT, SHOW, TEST
from policy_engine.words import Exit, exit_of

if TYPE_CHECKING:
    from policy_engine.book import Book
    from policy_engine.deciding.facts import Facts
    from policy_engine.explaining.decision import Decision
    from policy_engine.proving.cases import Case
    from policy_engine.rulebook.rule import Rule
    from policy_engine.rulefiles.rulebook import Rulebook

app = Commands(
    cls=Group, name="policy", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="The rules of a gazette as executable, cited checks. 公报条款的可执行核验。",
    epilog="Exit codes: 0 compliant or not applicable, 1 non-compliant, 2 unusable input, 3 undetermined.",
)  # fmt: skip


class SchemaKind(StrEnum):
    """Kinds of files and of answers with a schema."""

    rule = "rule"
    case = "case"
    documents = "documents"
    procedure = "procedure"
    answer = "answer"
    report = "report"
    comparison = "comparison"
    event = "event"


@app.command("list")
def list_decisions(
    rules: Rules = None, procedures: Procedures = None, lang: LangOption = None,
    format: Annotated[str, of_formats(LIST)] = "text",
) -> None:  # fmt: skip
    """List the decisions and the procedures. Example: policy list"""
    tongue = language(lang)
    with complaints(tongue):
        from policy_engine.procedures.load import called

        own = called(procedures, rules) if procedures or not rules else []  # the shipped ones are of the shipped rules
        emit((open_book(rules).called(), own), LIST, tongue, format, None)


@app.command()
def show(
    decision: Annotated[str, typer.Argument(help="A decision, or watch:PROCEDURE.", autocompletion=completing.shown)],
    rules: Rules = None, procedures: Procedures = None, lang: LangOption = None,
    format: Annotated[str, of_formats(SHOW)] = "text",
    compiled: Annotated[bool, typer.Option("--compiled", help="Show the Python it is made into, as of today, where all inputs are given.")] = False,
) -> None:  # fmt: skip
    """Show a decision: inputs, register, provisions, readings; or a procedure. Example: policy show fund.investment"""
    tongue = language(lang)
    with complaints(tongue):
        if compiled:
            from policy_engine.compiled.compiled import Compiled

            typer.echo(Compiled(rule_of(rules, decision), dt.date.today(), {}).source(), nl=False)
        elif decision.startswith(WATCH):
            from policy_engine.doors.called import procedure_called
            from policy_engine.procedures.load import load_procedure

            name = procedure_called(decision.removeprefix(WATCH), procedures, rules)
            found = load_procedure(name, procedures, rules)
            emit(found, PROCEDURE, tongue, format, None)
        else:
            emit(rule_of(rules, decision), SHOW, tongue, format, None)


@app.command()
def check(
    decision: DecisionName,
    facts: Annotated[Path | None, typer.Option("--facts", metavar="FILE", help="Facts as YAML or JSON; - reads standard input.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One fact; repeatable, wins over the file.", autocompletion=completing.settings)] = None,
    measured: cli_measure.From = None, layout: cli_measure.Layout = False,
    as_of: AsOf = None, reading: Readings = None, assume: Assume = Assumptions.all, strict: Strict = False,
    format: Annotated[str, of_formats(CHECK)] = "text", output: Output = None, template: Template = None,
    record: Record = None, commit: Commit = False, key: Key = None, rules: Rules = None, lang: LangOption = None,
) -> None:  # fmt: skip
    """Decide one case.

    Example: policy check fund.investment --set kind=subfund --set fund_total=15亿元 --set amount=2.4亿元
    """
    tongue = language(lang)
    with complaints(tongue):
        rule = rule_of(rules, decision, assume.value)
        apart([facts, measured, template], *(target_of(name, CHECK)[1] for name in output or ()))
        log = recorder(record, key, commit, assume.value, rules, rule.decision)
        known = cli_measure.known(rule, measured, layout, settings(set_), tongue)
        given, found = _check(rule, facts, known, on_date(as_of), readings_of(rule, reading))
        if log is not None:
            log.decided(rule, given, found)
            recorded(log, tongue)  # before anybody is told the answer
        found = _pointed(found, open_book(rules))
        emit(found, CHECK, tongue, format, output, template)
        raise typer.Exit(exit_of((found.outcome,), strict))


def _pointed(found: Decision, book: Rulebook) -> Decision:
    """An answer that knows how what it points to is called."""
    from dataclasses import replace

    return replace(found, pointers=book.pointers(found.rule)) if any(f.clause.see for f in found.findings) else found


def _check(
    rule: Rule, file: Path | None, given: dict[str, Any], as_of: dt.date, readings: dict[str, Any]
) -> tuple[Facts, Decision]:
    from policy_engine.basics.places import MAX_BYTES
    from policy_engine.deciding.facts import read_facts
    from policy_engine.explaining.decision import decide
    from policy_engine.proving.facts import STDIN, beside, read_facts_bytes, read_facts_file

    if file is None:
        read = read_facts(rule, given)
    else:
        stdin = str(file) == "-"
        source = read_facts_bytes(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN) if stdin else read_facts_file(file)
        read = read_facts(rule, *beside(rule, source, given))
    return read, decide(rule, read, as_of, readings)


@app.command()
def report(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Case files, or folders of them.")],
    as_of: AsOf = None, assume: Assume = Assumptions.all, strict: Strict = False, format: Annotated[str, of_formats(REPORT)] = "text",
    output: Output = None, template: Template = None, rules: Rules = None, lang: LangOption = None,
) -> None:  # fmt: skip
    """Decide many cases and write one compliance report. Example: policy report cases/ -o report.md"""
    tongue = language(lang)
    with complaints(tongue):
        from policy_engine.proving.cases import find_case_files, load_cases, no_case

        book, today = open_book(rules), on_date(as_of)
        cases: list[tuple[str, Decision]] = []
        problems: list[Problem] = []
        for path in find_case_files(paths):
            try:
                real = [
                    case
                    for case in load_cases(path)
                    if case.entries is None and not (case.expect and case.expect.refused)
                ]
                cases += [(c.name.of(tongue), _pointed(c.decide(book, today, assume.value), book)) for c in real]
            except PolicyError as error:
                problems += error.problems
        if problems:
            raise PolicyError(problems)
        if not cases:
            raise no_case(paths)
        emit(cases, REPORT, tongue, format, output, template, read=paths)
        raise typer.Exit(exit_of((found.outcome for _, found in cases), strict))


def default_scenarios(rules: Path | None) -> Path:
    """The scenarios that mirror a tree of rules."""
    from policy_engine.rulefiles.folder import shipped_rules

    return (rules or shipped_rules()).parent / "scenarios"


@app.command()
def test(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]…", help="Scenario files or folders.", show_default="scenarios/")] = None,
    format: Annotated[str, of_formats(TEST, "Format of the results.")] = "text",
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show which statuses and bounds no scenario exercises.")
    ] = False,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Change each rule in small ways; show the changes nobody notices.")
    ] = False,
    output: Output = None, as_of: AsOf = None, rules: Rules = None, lang: LangOption = None,
) -> None:  # fmt: skip
    """Run scenarios and show what differs. Example: policy test scenarios/fund --coverage"""
    tongue = language(lang)
    with complaints(tongue):
        from policy_engine.proving.cases import find_case_files, load_proving
        from policy_engine.registers.proved import run

        book, today = open_book(rules), on_date(as_of)
        cases = load_proving(find_case_files(paths or [default_scenarios(rules)]), book)
        results = [run(case, book, today) for case in cases]
        emit(results, TEST, tongue, format, output)
        strong = [
            show(book, cases, today, tongue) for wanted, show in ((coverage, _covered), (mutate, _mutated)) if wanted
        ]
        raise typer.Exit(Exit.COMPLIANT if all(r.passed for r in results) and all(strong) else Exit.NON_COMPLIANT)


def _covered(book: Book, cases: list[Case], today: dt.date, lang: Lang) -> bool:
    """Print what no scenario exercises of the decisions the scenarios are about."""
    from policy_engine.proving.coverage import coverage as covered
    from policy_engine.proving.weak import lacking
    from policy_engine.words import colon, say

    tested = {case.decision for case in cases}
    rows = [row for row in covered(book, cases, today) if row.decision in tested]
    for row in rows:
        if row.lacking:
            tell(f"{row.provision.place}{colon(lang)}{lacking(row, book.rule(row.decision), lang)}")
    whole = sum(not row.lacking for row in rows)
    typer.echo(f"{whole} / {len(rows)} {say('covered', lang)}")
    return whole == len(rows)


def _mutated(book: Book, cases: list[Case], _today: dt.date, lang: Lang) -> bool:
    """Print the changes nobody notices, other than those declared equivalent; and declarations gone stale."""
    from policy_engine.proving.mutate import Mutant, load_equivalent, survivors
    from policy_engine.proving.weak import described, unnoticed
    from policy_engine.registers.proved import holds
    from policy_engine.words import colon, say

    tried = 0
    watched = sys.stderr.isatty()

    def tick(mutant: Mutant, _killed: bool) -> None:
        nonlocal tried
        tried += 1
        if watched and not tried % 50:
            typer.echo(f"\r{tried} {mutant.decision:<40}", nl=False, err=True)

    tested = {case.decision for case in cases}
    declared = book.root / "equivalent.yaml"
    equivalent = load_equivalent(declared) if declared.exists() else {}
    alive = survivors(book, cases, tick, tested, holds)
    if watched:
        typer.echo("\r" + " " * 60 + "\r", nl=False, err=True)
    open_ = [m for m in alive if (m.decision, m.provision, m.change) not in equivalent]
    for mutant in open_:
        tell(described(mutant, lang))
    stale = set(equivalent) - {(m.decision, m.provision, m.change) for m in alive}
    for decision, provision, change in sorted(s for s in stale if s[0] in tested):
        told = unnoticed(decision, provision, change, book.rule(decision), lang)
        tell(f"equivalent.yaml{colon(lang)}{told}{colon(lang)}{say('stale', lang)}")
    killed = tried - len(alive)
    counts = ((killed, "killed"), (len(alive) - len(open_), "equivalent"), (len(open_), "alive"))
    shown = ("，" if lang == "zh" else ", ").join(f"{count} {say(word, lang)}" for count, word in counts)
    typer.echo(f"{tried} {say('mutants', lang)}{colon(lang)}{shown}")
    return not open_ and not {s for s in stale if s[0] in tested}


@app.command()
def lint(
    format: Annotated[str, of_formats(LINT, "Format of the warnings.")] = "text",
    scenarios: Annotated[Path | None, typer.Option("--scenarios", help="The scenarios that prove the rules.")] = None,
    output: Output = None, rules: Rules = None, lang: LangOption = None,
) -> None:  # fmt: skip
    """Warn about rules that are valid but poor. Example: policy lint --format sarif"""
    tongue = language(lang)
    with complaints(tongue):
        from policy_engine.proving.cases import case_files_in, find_case_files
        from policy_engine.proving.lint import lint as warnings_of

        files = find_case_files([scenarios]) if scenarios else case_files_in(default_scenarios(rules))
        found = warnings_of(open_book(rules), _proved(files) if files else None)
        emit(found, LINT, tongue, format, output)
        raise typer.Exit(Exit.NON_COMPLIANT if found else Exit.COMPLIANT)


def _proved(files: Iterable[Path]) -> dict[str, set[str]]:
    from policy_engine.proving.cases import load_cases

    proved: dict[str, set[str]] = {}
    for file in files:
        for case in load_cases(file):
            if case.expect:
                proved.setdefault(case.decision, set()).update(
                    case.expect.statuses, case.expect.values, *case.expect.periods.values()
                )
    return proved


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND|DECISION", help=f"A kind of file or answer ({', '.join(SchemaKind)}), or a decision for its facts.")] = "rule",
    rules: Rules = None, lang: LangOption = None,
) -> None:  # fmt: skip
    """Print the JSON Schema of rule, case, document or procedure files, of answers, or of the facts of a decision.

    Example: policy schema > rules/schema.json; policy schema award.grant
    """
    from policy_engine.procedures.shape import ProcedureFile
    from policy_engine.proving.schema import schema as schema_of
    from policy_engine.proving.shape import CaseFile
    from policy_engine.reports import contract, inputs
    from policy_engine.reports.data import dump
    from policy_engine.rulefiles.shape import DocumentList, Model
    from policy_engine.rulefiles.shape_file import RuleFile

    files: dict[str, type[Model]] = {
        "rule": RuleFile,
        "case": CaseFile,
        "documents": DocumentList,
        "procedure": ProcedureFile,
    }
    with complaints(language(lang)):
        if kind not in list(SchemaKind) and "." not in kind:
            raise PolicyError(problem("unknown-kind", f"`{kind}` is no kind of file or answer, and no decision", f"`{kind}` 既不是文件或答复的种类，也不是决定",
                                      help=did_you_mean(kind, list(SchemaKind))))  # fmt: skip
        if kind in contract.ANSWERS:
            found = contract.schema(contract.ANSWERS[kind])
        else:
            found = schema_of(files[kind]) if kind in files else inputs.schema(rule_of(rules, kind))
        typer.echo(dump(found), nl=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"policy-engine {version_of()}")
        raise typer.Exit


@app.callback()
def main_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The rules of a gazette as executable, cited checks. 公报条款的可执行核验。"""


app.doors = {
    "ask": ("ask",), "audit": ("audit",), "batch": ("batch",), "book": ("book",), "compare": ("compare",), "diff": ("diff",),
    "drafting": ("new",), "importing": (), "mcp": ("mcp",), "measure": ("measure",), "prove": ("prove",),
    "recording": ("log", "receipt", "erase", "verify"), "register": ("register",), "solve": ("solve", "range"),
    "serve": ("serve",), "template": ("template",), "watch": ("watch",),
}  # fmt: skip


def main() -> None:
    """Run the command line."""
    app.only(completing.typed() or sys.argv[1:])
    sys.exit(ending(lambda: app(standalone_mode=True)))
