"""The command `mcp`: tools for language models."""

from __future__ import annotations

import typer

from policy_engine.doors.options import LangOption, Rules, complaints, language, open_book, version


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def mcp(rules: Rules = None, lang: LangOption = None) -> None:
        """Answer a language model on standard input and output (Model Context Protocol). Example: policy mcp

        Its tools list, show, decide, say what would mend, and cite; they change nothing and guess nothing.
        """
        with complaints(language(lang)):
            from policy_engine.serving.answers import Answers
            from policy_engine.serving.mcp import over_stdio

            over_stdio(Answers(open_book(rules)), version())
