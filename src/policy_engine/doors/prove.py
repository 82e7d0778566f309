"""The command `prove`: what holds of rules for every case."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

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
from policy_engine.words import Exit

if TYPE_CHECKING:
    import datetime as dt

    from policy_engine.basics.errors import Lang
    from policy_engine.reports.proof import Proof
    from policy_engine.rulebook.rule import Rule

Strictly = Annotated[
    bool, typer.Option("--strict", help="Anything that can never be, or makes no difference, exits with 1.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def prove(
        decisions: Annotated[list[str] | None, typer.Argument(metavar="[DECISION…]", show_default="all")] = None,
        as_of: AsOf = None, strict: Strictly = False,
        format: Annotated[str, of_formats(PROVE)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Find what can never be, what makes no difference and what is left open, with a case. Example: policy prove parking.premium"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.solving.solvers import demand_solvers

            demand_solvers()
            book = open_book(rules)
            asked = [book.rule(name) for name in decisions] if decisions else book.rules()
            found = _proof(asked, on_date(as_of), tongue)
            emit(found, PROVE, tongue, format, output)
            raise typer.Exit(Exit.NON_COMPLIANT if found.failed or (strict and found.faults) else Exit.COMPLIANT)


def _proof(rules: list[Rule], as_of: dt.date, lang: Lang) -> Proof:
    """The findings of each rule, how far it is told where somebody watches."""
    from policy_engine.reports.proof import Proof
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
    if watched:
        tell("\r\x1b[K", err=True, nl=False)
    first, last = around(as_of)
    return Proof(as_of=as_of, first=first, last=last, rules={r.decision: r for r in rules}, found=found, unheld=unheld)
