"""The command `book`: the rules as static pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policy_engine.basics.errors import Text
from policy_engine.doors.options import LangOption, Rules, complaints, language, open_book, tell, version
from policy_engine.words import many


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def book(
        output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder of the pages; an earlier book in it is replaced.")],
        scenarios: Annotated[Path | None, typer.Option("--scenarios", help="The scenarios that prove the rules.")] = None,
        rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Write the rule book as static pages with search, for any web server. Example: policy book -o book"""
        tongue = language(lang)
        with complaints(tongue):
            from policy_engine.proving.cases import case_files_in, find_case_files, load_cases
            from policy_engine.reports.book import MARK
            from policy_engine.reports.book import book as pages
            from policy_engine.tables.writing import whole_folder

            found = open_book(rules)
            files = find_case_files([scenarios]) if scenarios else case_files_in(found.root.parent / "scenarios")
            cases = [case for path in files for case in load_cases(path)]
            all_ = [found.rule(name) for name in found.decisions()]
            count = 0
            with whole_folder(output, MARK) as draft:
                for name, text in pages(all_, found.documents, cases, version(), tongue):
                    path = draft / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8", newline="\n")
                    count += name.endswith(".html")
            tell(
                Text(f"{many(count, 'page')}: {output / 'index.html'}", f"{count} 页：{output / 'index.html'}").of(
                    tongue
                )
            )
