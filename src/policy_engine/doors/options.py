"""What all commands share: options, language, colour, how complaints and answers leave the program."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapping_
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from policy_engine.basics.errors import Lang, PolicyError, Problem, Text, problem, visible, without_password
from policy_engine.doors import completing
from policy_engine.reports.formats import Renderer, View
from policy_engine.words import Exit

if TYPE_CHECKING:
    from policy_engine.book import Book
    from policy_engine.rulebook.rule import Rule


class Language(StrEnum):
    """Languages of messages and reports."""

    en = "en"
    zh = "zh"


class Assumptions(StrEnum):
    """What silence is taken to mean."""

    all = "all"
    none = "none"


Rules = Annotated[
    Path | None,
    typer.Option("--rules", envvar="POLICY_RULES", help="Another tree of rules.", show_default="the shipped rules"),
]
LangOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of messages and reports.", show_default="by locale")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Decide as of this date.", show_default="today")
]
Output = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Also write to a file, in the format of its ending, or FORMAT:FILE; repeatable.",
    ),
]
DecisionName = Annotated[str, typer.Argument(autocompletion=completing.decisions)]
Template = Annotated[
    Path | None,
    typer.Option("--template", metavar="FILE", help="An office's own form, for results in .docx."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Departures and missed targets exit with 1.")]
Readings = Annotated[
    list[str] | None,
    typer.Option(
        "--reading",
        metavar="Q=NAME",
        help="Another default for an open question; repeatable.",
        autocompletion=completing.readings,
    ),
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: header of the table to the name it stands for.")
]
Assume = Annotated[
    Assumptions, typer.Option("--assume", help="What silence is taken to mean: what the rules say, or nothing at all.")
]
Encoding = Annotated[
    str, typer.Option("--encoding", help="Of .csv and .jsonl, such as gb18030.", show_default="as it is found to be")
]
UnitOption = Annotated[
    str | None,
    typer.Option(
        "--unit", help="Of numbers that have none of their own, such as 万元.", show_default="as the sheet notes"
    ),
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", help="The sheet of a workbook.", show_default="the one that has cases")
]
Engine = Annotated[
    str | None,
    typer.Option("--engine", help="Run there: duckdb, polars, postgres or spark.", show_default="by the table"),
]
PrintSql = Annotated[bool, typer.Option("--print-sql", help="Show what the engine is sent, decide nothing.")]
VERSION: Final = "0.1.0"
"""That of pyproject.toml: asking what is installed would read the metadata at every start."""
UTF_8: Final = "utf-8-sig"
ENDINGS: Final = {".txt": "text", ".md": "markdown", ".html": "html", ".htm": "html", ".xml": "junit"}
"""Formats of files by their endings, where the two are not called alike."""
WATCH: Final = "watch:"
"""What the name of a procedure begins with where a decision is asked for."""
Procedures = Annotated[Path | None, typer.Option("--procedures", help="Another tree of procedures.")]


def of_formats(table: Mapping_[str, object], help: str = "Format of the answer on standard output.") -> Any:
    """The option `--format` over a table of formats: what it accepts is what is rendered."""

    def one(name: str) -> str:
        if name not in table:
            raise typer.BadParameter(f"`{visible(name)}` is none of: {', '.join(table)}")
        return name

    return typer.Option("--format", parser=one, metavar=f"[{'|'.join(table)}]", help=help)


def language(chosen: Language | None) -> Lang:
    """The language chosen, or that of the environment."""
    return language_of(chosen.value if chosen else None)


def language_of(chosen: str | None) -> Lang:
    """The language chosen, else that of POLICY_LANG, else that of the locale."""
    wanted = (chosen, *map(os.environ.get, ("POLICY_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    return "zh" if next(filter(None, wanted), "").lower().startswith("zh") else "en"


def colour() -> bool:
    """Colour only on a terminal, and not where NO_COLOR is set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_COLOURS: Final = re.compile("(\x1b\\[[0-9;]*m)")


def shown(text: str, colours: bool = False) -> str:
    """Text as it leaves the program: lines and tabs, colours where there are some, and nothing else a terminal obeys."""
    parts = _COLOURS.split(text) if colours else [text]
    return "".join(part if i % 2 else visible(part, "\n\t") for i, part in enumerate(parts))


def tell(text: str, err: bool = False, nl: bool = True) -> None:
    """Words for people, on standard output or beside it."""
    typer.echo(shown(without_password(text)), nl=nl, err=err)


@contextmanager
def complaints(lang: Lang) -> Iterator[None]:
    """Problems go to standard error, with exit code 2."""
    try:
        yield
    except PolicyError as error:
        tell(error.render(lang), err=True)
        raise typer.Exit(Exit.UNUSABLE) from None


def version() -> str:
    """The version of the program."""
    return VERSION


def refuse(code: str, en: str, zh: str) -> NoReturn:
    """Stop with one message."""
    raise PolicyError(problem(code, en, zh))


def open_book(rules: Path | None) -> Book:
    """The tree of rules to use. Raises PolicyError."""
    from policy_engine.book import load
    from policy_engine.rulefiles.folder import decision_names, misplaced

    if rules is not None and not rules.is_dir():
        refuse("no-rules", f"`{rules}` is not a folder of rules", f"`{rules}` 不是规则文件夹")
    if rules is not None and not decision_names(rules) and not misplaced(rules):
        advice = Text("a rule is a file of a folder in it: fund/investment.yaml is the decision fund.investment",
                      "规则是其下级文件夹中的文件：fund/investment.yaml 即决定 fund.investment")  # fmt: skip
        raise PolicyError(problem("no-rules", f"there is no rule in `{rules}`", f"`{rules}` 中没有规则", None, advice))
    return load(rules)


def rule_of(rules: Path | None, decision: str, assume: str = "all") -> Rule:
    """One decision; of a procedure it is said how procedures are shown and followed. Raises PolicyError."""
    from policy_engine.doors.called import decision_called

    book = open_book(rules)
    try:
        return book.rule(decision_called(book, decision), assume)
    except PolicyError as error:
        from policy_engine.procedures.load import called  # with all that reads YAML

        name = decision.removeprefix(WATCH)
        if error.problems[0].code != "unknown-decision" or not any(name in (p.name, *p.title) for p in called()):
            raise
    advice = Text(f"policy show {WATCH}{name}, or follow its cases: policy watch {name} EVENTS",
                  f"查看：policy show {WATCH}{name}；跟踪案件：policy watch {name} 事件文件")  # fmt: skip
    raise PolicyError(
        problem("procedure", f"`{name}` is a procedure, not a decision", f"`{name}` 是程序，不是决定", None, advice)
    )


def on_date(text: str | None) -> dt.date:
    """A date given on the command line, or today. Raises PolicyError."""
    from policy_engine.basics.values import BadValue, read_date

    if text is None:
        return dt.date.today()
    try:
        return read_date(text)
    except BadValue as error:
        raise PolicyError(Problem("value", error.found, None, error.help)) from None


def settings(pairs: list[str] | None) -> dict[str, Any]:
    """`name=value` pairs. Raises PolicyError."""
    from policy_engine.proving.facts import parse_setting

    found: dict[str, Any] = {}
    for name, value in (parse_setting(pair) for pair in pairs or []):
        if name in found:
            refuse("twice", f"`{name}` is given twice", f"`{name}` 给出了两次")
        found[name] = value
    return found


def readings_of(rule: Rule, pairs: list[str] | None) -> dict[str, Any]:
    """`question=reading` pairs, by names or by the words people read. Raises PolicyError."""
    from policy_engine.proving.facts import readings_called

    return readings_called(rule, settings(pairs))


def emit(
    found: object, table: Mapping_[str, Renderer], lang: Lang, chosen: str, outputs: list[str] | None,
    template: Path | None = None, read: Iterable[str | Path | None] = (),
) -> None:  # fmt: skip
    """Write every file asked for, none over one that was `read`, then print the chosen format. Raises PolicyError before anything is written."""
    targets = [target_of(output, table) for output in outputs or []]
    apart([*read, template], *(path for _, path in targets))
    fits(template, [chosen, *(kind for kind, _ in targets)])
    for kind, path in targets:
        from policy_engine.tables.writing import whole, write_text

        rendered = table[kind](found, View(lang, version=version(), template=template))
        if isinstance(rendered, bytes):
            with whole(path) as draft:
                draft.write_bytes(rendered)
        else:
            write_text(path, map(shown, _pieces(rendered)))
    rendered = table[chosen](found, View(lang, colour(), version(), template))
    if isinstance(rendered, bytes):
        _to_a_file(chosen)
        typer.echo(rendered, nl=False)
        return
    for piece in _pieces(rendered):
        typer.echo(shown(piece, colour()), nl=False)


def fits(template: Path | None, kinds: Iterable[str]) -> None:
    """Refuse a template where no .docx is made. Raises PolicyError."""
    if template is not None and "docx" not in kinds:
        refuse("option", f"--template {template} is of a .docx: write one with -o FILE.docx",
               f"--template {template} 只用于 .docx：请用 -o 文件.docx 输出")  # fmt: skip


def target_of(output: str, table: Mapping_[str, object]) -> tuple[str, Path]:
    """The format and the file of `-o`: `answer.md` by its ending, or `markdown:answer` by its name. Raises PolicyError."""
    kind, colon, file = output.partition(":")
    if colon and kind in table and file:
        return kind, Path(file)
    ending = Path(output).suffix.lower()
    by_ending = ENDINGS.get(ending, ending.removeprefix("."))
    if by_ending in table:
        return by_ending, Path(output)
    endings = ", ".join(ending for kind in table for ending in _endings(kind))
    names = ", ".join(table)
    return refuse(
        "output",
        f"`{output}` is not a file that ends in {endings}, nor FORMAT:FILE with one of: {names}",
        f"`{output}` 的结尾不是 {endings}，也不是“格式:文件”（格式可为 {names}）",
    )


def apart(read: Iterable[str | Path | None], *written: str | Path | None) -> None:
    """Refuse to write what would replace what is read, or one another. Raises PolicyError."""
    there = [Path(name) for name in read if name]
    for path in (Path(name) for name in written if name):
        for other in there:
            if path == other or _one_file(path, other):
                refuse("output", f"what is written to {path} would replace {other}: name another file",
                       f"写入 {path} 会覆盖 {other}：请另写文件名")  # fmt: skip
        there.append(path)


def _one_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one is not there, or no path
        return False


def _endings(kind: str) -> list[str]:
    return [ending for ending, name in ENDINGS.items() if name == kind] or [f".{kind}"]


def _to_a_file(kind: str) -> None:
    """Refuse to put a file of bytes on a terminal. Raises PolicyError."""
    if sys.stdout.isatty():
        refuse(
            "output",
            f"{kind} is no text: name a file, -o answer.{kind}",
            f"{kind} 不是文本：请写明文件，如 -o 答复.{kind}",
        )


def _pieces(rendered: str | Iterable[str]) -> Iterator[str]:
    """Text, whole as it is or in pieces of some length."""
    pieces = iter((rendered,) if isinstance(rendered, str) else rendered)
    while piece := "".join(islice(pieces, 1000)):
        yield piece
