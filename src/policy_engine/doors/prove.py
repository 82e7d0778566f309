"""The command `prove`: what holds of rules for every case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policy_engine.basics.errors import Text
from policy_engine.doors.options import (
    AsOf,
    LangOption,
    Output,
    Rules,
    complaints,
    emit,
    language,
    of_formats,
    on_date,
    open_book,
    tell,
)
from policy_engine.reports.formats import PROVE
from policy_engine.words import Exit, many

if TYPE_CHECKING:
    import datetime as dt

    from policy_engine.basics.errors import Lang
    from policy_engine.reports.proof import Proof
    from policy_engine.rulebook.rule import Rule

Strictly = Annotated[
    bool, typer.Option("--strict", help="Anything that can never be, or makes no difference, exits with 1.")
]


CasesFile = Annotated[
    Path | None,
    typer.Option(
        "--cases",
        metavar="FILE",
        help="Instead write the fewest scenarios that reach every status and both sides of every bound.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def prove(
        decisions: Annotated[list[str] | None, typer.Argument(metavar="[DECISION…]", show_default="all")] = None,
        as_of: AsOf = None, strict: Strictly = False, cases: CasesFile = None,
        format: Annotated[str, of_formats(PROVE)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Find what can never be, what makes no difference and what is left open, with a case. Example: policy prove parking.premium"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.solving.solvers import demand_solvers

            demand_solvers()
            book = open_book(rules)
            asked = [book.rule(name) for name in decisions] if decisions else book.rules()
            if cases is not None:
                _cases(asked, on_date(as_of), cases, tongue)
                raise typer.Exit(Exit.COMPLIANT)
            found = _proof(asked, on_date(as_of), tongue)
            emit(found, PROVE, tongue, format, output)
            raise typer.Exit(Exit.NON_COMPLIANT if found.failed or (strict and found.faults) else Exit.COMPLIANT)


def _proof(rules: list[Rule], as_of: dt.date, lang: Lang) -> Proof:
    """The findings of each rule, how far it is told where somebody watches."""
    from policy_engine.reports.proof import Proof
    from policy_engine.solving.across import across
    from policy_engine.solving.findings import examined
    from policy_engine.solving.solvers import Solvers
    from policy_engine.solving.study import around
    from policy_engine.solving.sym import Unheld

    found, unheld = {}, {}
    watched = sys.stderr.isatty()
    with Solvers() as solvers:
        for i, rule in enumerate(rules, 1):
            if watched:
                tell(f"\r\x1b[K{i}/{len(rules)} {rule.decision}", err=True, nl=False)
            try:
                found[rule.decision] = examined(rule, as_of, solvers)
            except Unheld as reason:
                unheld[rule.decision] = str(reason)
        for one in across(rules, as_of, solvers):
            found.setdefault(one.decision, []).append(one)
    if watched:
        tell("\r\x1b[K", err=True, nl=False)
    first, last = around(as_of)
    return Proof(as_of=as_of, first=first, last=last, rules={r.decision: r for r in rules}, found=found, unheld=unheld)


def _cases(rules: list[Rule], as_of: dt.date, file: Path, lang: Lang) -> None:
    """Write the fewest scenarios of each rule, and say what they reach. Raises PolicyError."""
    from policy_engine.registers.covering import ledgers
    from policy_engine.solving.covering import covered
    from policy_engine.solving.solvers import Solvers
    from policy_engine.solving.written import scenario_files
    from policy_engine.tables.writing import write_text

    found, entered = [], {}
    with Solvers() as solvers:
        for i, rule in enumerate(rules, 1):
            if sys.stderr.isatty():
                tell(f"\r\x1b[K{i}/{len(rules)} {rule.decision}", err=True, nl=False)
            found.append(covered(rule, as_of, lambda: solvers))
            entered[rule.decision] = ledgers(rule, as_of)
    if sys.stderr.isatty():
        tell("\r\x1b[K", err=True, nl=False)
    write_text(file, scenario_files(found, {name: one.scenarios for name, one in entered.items()}))
    left = [f"{one.rule.decision}/{name}: {what} {which}" for one in found for name, what, which in one.left]
    left += [f"{name}/register: {change}" for name, one in entered.items() for change in one.left]
    for line in left:
        tell(f"{line}: {Text('not reached', '未达到').of(lang)}")
    wanted = sum(one.wanted for one in found) + sum(one.changes for one in entered.values())
    proved = sum(len(one.proved) for one in found)
    scenarios = sum(len(one.scenarios) for one in found) + sum(len(one.scenarios) for one in entered.values())
    reached = wanted - proved - len(left)
    said = Text(
        f"{file}: {many(scenarios, 'scenario')} of {many(len(found), 'decision')}; of {wanted} statuses and small changes "
        f"{reached} {'is' if reached == 1 else 'are'} reached, {proved} proved to be beyond any case, {len(left)} not reached",
        f"{file}：{len(found)} 项决定的 {scenarios} 个情景；{wanted} 种状态和细小改动中，达到 {reached}，证明无从达到 {proved}，未达到 {len(left)}",
    )
    tell(said.of(lang))
