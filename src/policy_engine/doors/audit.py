"""The command `audit`: does everything in a source text have its account?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from policy_engine.proving.audit import Audit


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
            found = _audit(source, rules)
            emit(found, AUDIT, tongue, format, output, template)
            raise typer.Exit(Exit.COMPLIANT if found.clean else Exit.NON_COMPLIANT)


def _audit(path: Path, rules: Path | None) -> Audit:
    from policy_engine.basics.places import read_text
    from policy_engine.procedures.load import load_procedure, procedure_names
    from policy_engine.proving.audit import audit as audited
    from policy_engine.proving.audit import owned, read_source
    from policy_engine.proving.exclusions import load_exclusions

    book = open_book(rules)
    source = read_source(read_text(path), book.documents, str(path))
    folder = book.root.parent / "procedures"  # procedures stand beside the rules they use
    names = procedure_names(folder) if folder.is_dir() else []
    procedures = [(f"procedure {n}", cite) for n in names for cite in load_procedure(n, folder, book.root).all_cites]
    return audited(source, book, owned(book, load_exclusions(book.root), procedures))
