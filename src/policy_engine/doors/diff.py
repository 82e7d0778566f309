"""The command `diff`: what changed between two versions of rules, proved, with a case each way."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policy_engine.doors import completing
from policy_engine.doors.options import (
    UTF_8,
    AsOf,
    Encoding,
    LangOption,
    Mapping,
    Output,
    Rules,
    Sheet,
    UnitOption,
    complaints,
    emit,
    language,
    of_formats,
    on_date,
    refuse,
    tell,
)
from policy_engine.doors.rows import job_of
from policy_engine.reports.formats import DIFF
from policy_engine.words import Exit

if TYPE_CHECKING:
    import datetime as dt

    from policy_engine.basics.errors import Lang
    from policy_engine.reports.differing import Between, Differing
    from policy_engine.rulefiles.rulebook import Rulebook
    from policy_engine.solving.solvers import Solvers

Old = Annotated[str, typer.Argument(metavar="OLD", help="A folder of rules, or a revision of git: REV, REV:FOLDER.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="Such another.")]
Decisions = Annotated[
    list[str] | None, typer.Argument(metavar="[DECISION…]", show_default="all", autocompletion=completing.decisions)
]
On = Annotated[
    str | None, typer.Option("--on", metavar="TABLE", help="Real cases of the one decision that is named: how many change, from what to what.")
]  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def diff(
        old: Old, new: New, decisions: Decisions = None, on: On = None,
        mapping: Mapping = None, unit: UnitOption = None, encoding: Encoding = UTF_8, sheet: Sheet = None, as_of: AsOf = None,
        format: Annotated[str, of_formats(DIFF)] = "text", output: Output = None, rules: Rules = None, lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Show what changed between two versions of rules, proved, with cases. Example: policy diff HEAD~1 rules

        Exit codes: 0 nothing, 1 something, 2 unusable input.
        """
        tongue = language(lang)
        with complaints(tongue), ExitStack() as stack:
            from policy_engine.doors.revisions import tree

            if on is not None and len(decisions or ()) != 1:
                refuse("option", "--on is of one decision: name it", "--on 只用于一项决定：请写明是哪一项")
            books = stack.enter_context(tree(old, rules)), stack.enter_context(tree(new, rules))
            found = _Trees(books, (old, new), on_date(as_of), tongue).of(decisions or [], stack)
            if on is not None and found.found:
                from dataclasses import replace

                from policy_engine.tables.replayed import replayed

                of_old, of_new = (
                    job_of(rule, found.as_of, tongue, None, mapping, sheet, encoding, unit)
                    for rule in found.found[0].rules
                )
                found = replace(found, replayed=replayed((of_old, of_new), Path(on)))
            emit(found, DIFF, tongue, format, output, read=[on])
            raise typer.Exit(Exit.NON_COMPLIANT if found.changed else Exit.COMPLIANT)


class _Trees:
    """Two trees of rules, as they are asked about."""

    def __init__(self, books: tuple[Rulebook, Rulebook], names: tuple[str, str], as_of: dt.date, lang: Lang) -> None:
        self.books, self.names, self.as_of, self.lang = books, names, as_of, lang

    def of(self, decisions: list[str], stack: ExitStack) -> Differing:
        """What became of some decisions, all if none is named. Raises PolicyError."""
        from policy_engine.reports.differing import Differing
        from policy_engine.solving.study import around

        old, new = (book.decisions() for book in self.books)
        for name in decisions:
            if name not in {*old, *new}:
                self.books[1].rule(name)  # which says what it is called
        kept = [name for name in dict.fromkeys([*new, *old]) if not decisions or name in decisions]
        both = [name for name in kept if name in old and name in new]
        asked = [name for name in both if decisions or not self._untouched(name)]
        found = list(filter(None, (self._between(name, i, len(asked), stack) for i, name in enumerate(asked, 1))))
        kept_same = [one for one in found if not decisions and one.whole.how == "same" and not one.altered]
        if sys.stderr.isatty():
            tell("\r\x1b[K", err=True, nl=False)
        first, last = around(self.as_of)
        return Differing(
            names=self.names, as_of=self.as_of, first=first, last=last, found=[one for one in found if one not in kept_same],
            added=[self.books[1].rule(name) for name in kept if name not in old],
            removed=[self.books[0].rule(name) for name in kept if name not in new],
            same=len(both) - len(asked) + len(kept_same),
        )  # fmt: skip

    def _untouched(self, name: str) -> bool:
        """Whether a decision is read from the same files, byte by byte, in both; one that uses others is looked at."""
        from policy_engine.rulefiles.folder import rule_path

        roots = [book.root for book in self.books]
        files = [
            (path, root / "documents.yaml", *sorted(path.parent.glob("*.csv")))
            for root in roots
            for path in (rule_path(root, name),)
        ]
        read = [[(p.name, p.read_bytes()) if p.is_file() else None for p in some] for some in files]
        calendars = [
            [(p.name, p.read_bytes()) for p in sorted((root.absolute().parent / "calendars").glob("*.yaml"))]
            for root in roots
        ]
        uses = b"uses:" in (read[0][0] or ("", b""))[1]
        return read[0] == read[1] and calendars[0] == calendars[1] and not uses

    def _between(self, name: str, i: int, of: int, stack: ExitStack) -> Between:
        from policy_engine.proving.altered import altered
        from policy_engine.reports.differing import Between
        from policy_engine.reports.registered import registered
        from policy_engine.solving.differing import changes

        if sys.stderr.isatty():
            tell(f"\r\x1b[K{i}/{of} {name}", err=True, nl=False)
        old, new = (book.rule(name) for book in self.books)
        whole, each = changes(old, new, self.as_of, lambda: self._solvers(stack))
        return Between(rules=(old, new), whole=whole, each=each, altered=[*registered(old, new), *altered(old, new)])

    def _solvers(self, stack: ExitStack) -> Solvers:
        """The solvers, begun when they are first needed."""
        from policy_engine.solving.solvers import Solvers, demand_solvers

        demand_solvers()
        if not hasattr(self, "_begun"):
            self._begun = stack.enter_context(Solvers())
        return self._begun
