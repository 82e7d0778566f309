"""The command `measure`: how long a document is, and how it is laid out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policy_engine.doors.options import LangOption, Output, complaints, emit, language, of_formats, tell
from policy_engine.reports.formats import MEASURE
from policy_engine.words import Exit

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.rulebook.rule import Rule

Layout = Annotated[
    bool, typer.Option("--layout", help="Let LibreOffice lay the document out, for the pages a file does not record.")
]
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="A document whose pages and characters are facts: .docx, .pdf, .txt, .md."),
]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def measure(
        file: Annotated[Path, typer.Argument(help="A document: .docx, .pdf, .txt or .md.")],
        layout: Layout = False, format: Annotated[str, of_formats(MEASURE)] = "text", output: Output = None,
        lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Pages, characters as Word counts them, and the layout beside GB/T 9704. Example: policy measure draft.docx"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.measuring.measure import measure as measured

            emit(measured(file, layout), MEASURE, tongue, format, output, read=[file])
            raise typer.Exit(Exit.COMPLIANT)


def known(rule: Rule, file: Path | None, layout: bool, given: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """What is given, and what of the inputs a document tells; that is said on standard error. Raises PolicyError."""
    if file is None:
        return given
    from policy_engine.measuring.measure import measure
    from policy_engine.reports.measured import told

    found = measure(file, layout)
    facts = found.facts(rule)
    tell(told(found, lang), err=True)
    named = {entry.name for name in given if (entry := rule.called(name))}
    return {name: value for name, value in facts.items() if name not in named} | given
