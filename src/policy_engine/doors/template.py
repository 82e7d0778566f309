"""The command `template`: a blank workbook to be filled in and handed to `batch`, `register` or `watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policy_engine.doors import completing
from policy_engine.doors.options import (
    WATCH,
    LangOption,
    Procedures,
    Rules,
    complaints,
    language,
    refuse,
    rule_of,
    tell,
)
from policy_engine.words import Exit


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def template(
        decision: Annotated[str, typer.Argument(help="A decision, or watch:PROCEDURE.", autocompletion=completing.shown)],
        output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="The blank workbook, .xlsx.")],
        register: Annotated[bool, typer.Option("--register", help="For the entries of the decision's register.")] = False,
        rules: Rules = None, procedures: Procedures = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Write a blank table: headers, drop-downs, units, a note per column with the clause, an example row.

        Example: policy template award.grant -o blank.xlsx
        """
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.doors.called import procedure_called
            from policy_engine.procedures.load import load_procedure
            from policy_engine.registers.shown import blank_entries
            from policy_engine.tables.blank import write_blank
            from policy_engine.tables.template import blank_events, blank_lists, blanks
            from policy_engine.tables.writing import whole

            if output.suffix.lower() != ".xlsx":
                refuse("table-format", f"`{output}` is not .xlsx", f"`{output}` 不是 .xlsx")
            if decision.startswith(WATCH):
                name = procedure_called(decision.removeprefix(WATCH), procedures, rules)
                found = load_procedure(name, procedures, rules)
                title, columns, lists = found.title, blank_events(found, tongue), {}
            else:
                rule = rule_of(rules, decision)
                if register and rule.register is None:
                    refuse("no-register", f"{decision} has no register", f"{decision} 没有登记表")
                title, columns = rule.title, blank_entries(rule, tongue) if register else blanks(rule, tongue)
                lists = {} if register else blank_lists(rule, tongue)
            with whole(output) as draft:
                write_blank(draft, columns, title.of(tongue), tongue, lists)
            tell(str(output))
            raise typer.Exit(Exit.COMPLIANT)
