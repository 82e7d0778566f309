"""The command `audit`: does everything in a source text have its account?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policy_engine.doors.options import (
    LangOption,
    Output,
    Rules,
    Template,
    complaints,
    emit,
    language,
    of_formats,
    open_book,
)
from policy_engine.reports.formats import AUDIT
from policy_engine.words import Exit


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def audit(
        source: Annotated[Path, typer.Option("--source", metavar="FILE", help="The text of the gazette.")],
        format: Annotated[str, of_formats(AUDIT)] = "text",
        output: Output = None, template: Template = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Show what accounts for each number of a source text. Example: policy audit --source gazette.txt -o a.html"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.proving.sources import audit_of

            found = audit_of(source, open_book(rules))
            emit(found, AUDIT, tongue, format, output, template, read=[source])
            raise typer.Exit(Exit.COMPLIANT if found.clean else Exit.NON_COMPLIANT)
