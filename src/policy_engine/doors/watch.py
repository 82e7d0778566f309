"""The command `watch`: follow cases as their events arrive."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from policy_engine.basics.errors import Lang, Text, unreadable, visible
from policy_engine.doors import completing
from policy_engine.doors.options import (
    Assume,
    Assumptions,
    LangOption,
    Procedures,
    Rules,
    Template,
    apart,
    complaints,
    fits,
    language,
    of_formats,
    on_date,
    refuse,
    target_of,
    tell,
)
from policy_engine.doors.options import version as version_of
from policy_engine.doors.paper import PAPERS, put
from policy_engine.doors.recording import Commit, Key, Record, recorded, recorder
from policy_engine.reports.formats import WATCH
from policy_engine.words import Exit

if TYPE_CHECKING:
    from policy_engine.procedures.procedure import Procedure
    from policy_engine.procedures.watch import Stream
    from policy_engine.records.recorder import Recorder
    from policy_engine.reports.composed_events import EventsSeen

TABLES: Final = (".xlsx", ".xls", ".ods", ".csv", ".parquet")

OnPaper = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="FILE", help="At the end also on paper: .html, .docx, .pdf or .md."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command()
    def watch(
        procedure: Annotated[
            str,
            typer.Argument(help="The procedure, such as party-group.meeting.", autocompletion=completing.procedures),
        ],
        events: Annotated[
            str,
            typer.Argument(
                help="Events, a JSON object a line, - for standard input; or a table: .xlsx, .xls, .ods, .csv, .tsv."
            ),
        ],
        state: Annotated[
            Path | None, typer.Option("--state", metavar="FILE", help="Keep events and results; a restart goes on.")
        ] = None,
        as_of: Annotated[
            str | None, typer.Option("--as-of", metavar="DATE", help="At the end, what was due by this day?")
        ] = None,
        format: Annotated[str | None, of_formats(WATCH, "Format of the answers: json unless said, with -o text.")] = None,
        output: OnPaper = None, template: Template = None, procedures: Procedures = None, rules: Rules = None,
        assume: Assume = Assumptions.all, record: Record = None, commit: Commit = False, key: Key = None,
        lang: LangOption = None,
    ) -> None:  # fmt: skip
        """Follow cases as events arrive: order, deadlines, consequences. Example: policy watch government.trip -"""
        from policy_engine.doors.called import procedure_called
        from policy_engine.procedures.load import load_procedure, shipped_procedures
        from policy_engine.reports.composed_events import EventsSeen, watched

        tongue = language(lang)
        with complaints(tongue):
            kind, file = target_of(output, dict.fromkeys(PAPERS)) if output else ("", Path())
            apart([events, state, template], output and file)
            fits(template, [kind])
            name = procedure_called(procedure, procedures, rules)
            found = load_procedure(name, procedures, rules, assume.value)
            of = (procedures or shipped_procedures(), name)
            log = recorder(record, key, commit, assume.value, rules, procedure=of)
            seen = EventsSeen() if output else None
            result, titles = _run(
                found, events, state, as_of, format or ("text" if output else "json"), tongue, log, seen
            )
            if seen is not None:
                compose = partial(watched, seen, found, titles, on_date(as_of), version=version_of())
                put(kind, file, compose, tongue, template)
            raise typer.Exit(result)


def _run(
    procedure: Procedure, events: str, state: Path | None, as_of: str | None, format: str, lang: Lang,
    log: Recorder | None, seen: EventsSeen | None,
) -> tuple[Exit, Mapping[str, Text]]:  # fmt: skip
    """Answer all events; the worst of what was said, what is called what."""
    from policy_engine.procedures.answer import verdict
    from policy_engine.procedures.watch import Stream

    stream = Stream(procedure, _source(procedure, events, lang),
                    file="<stdin>" if events == "-" else events, state=state, as_of=on_date(as_of) if as_of else None)  # fmt: skip
    shown = WATCH[format]
    result, touched = Exit.COMPLIANT, dict[str, None]()
    for answers in stream.answers():
        if log is not None:
            _record(stream, answers, log)
        for answer in answers:
            result = max(result, verdict(answer))  # what was refused weighs more than what is broken
            if answer.get("case"):
                touched[answer["case"]] = None
            tell(shown.event(answer, stream.titles, lang), nl=False)
            _complain(answer, lang)
            if seen is not None:
                seen.see(answer)
        sys.stdout.flush()
        if seen is not None and stream.ended:
            seen.lines(touched, stream.timeline)
        if shown.timeline and stream.ended:
            for case in touched:
                tell("\n" + shown.timeline(case, stream.timeline(case), stream.titles, lang), nl=False)
    if log is not None:
        recorded(log, lang)
    return result, stream.titles


def _record(stream: Stream, answers: list[dict[str, Any]], log: Recorder) -> None:
    """Answers are recorded before they are given out; so is what the state file has that was not recorded. Raises PolicyError."""
    kept, name = stream.kept, stream.procedure.name
    thread, upto = kept.thread()
    if stream.ended:
        if stream.as_of is not None:
            log.passed(name, thread, stream.as_of, answers)
        return
    before = [found for found in kept.since(upto) if found[1]["event"] not in {a.get("event") for a in answers}]
    if before and kept.rules_changed:
        refuse(
            "state",
            "the state file has events that were not recorded, judged by other rules",
            "状态文件中有未曾记录、按其他规则判定的事件",
        )
    log.watched(name, thread, [line for line, _ in before], [answer for _, answer in before])
    log.watched(name, thread, stream.received, answers)
    kept.note_recorded()


def _complain(answer: dict[str, Any], lang: Lang) -> None:
    """What was refused, and an engine that died, are also told on standard error."""
    for found in answer.get("problems", ()):
        place = f"{found['place']}: " if "place" in found else f"{answer['event']}: "
        tell(visible(place + found["message"][lang]), err=True)
    if "engine" in answer:
        died = answer["engine"]["died"]
        words = f"the engine died ({died}) on event" if lang == "en" else f"引擎崩溃（{died}），事件"
        tell(visible(f"{words} {answer.get('event') or answer['case']}"), err=True)


def _source(procedure: Procedure, events: str, lang: Lang) -> Iterator[bytes]:
    """The lines of a file, of standard input, or of a table. Raises PolicyError."""
    from policy_engine.tables.files import LINES, READ, kind_of

    if kind_of(events) in READ and kind_of(events) not in LINES:
        from policy_engine.doors.rows import on_the_side
        from policy_engine.tables.events import event_lines

        return iter(event_lines(procedure, Path(events), lang, on_the_side))
    source: BufferedIOBase = sys.stdin.buffer if events == "-" else _open(Path(events))  # type: ignore[assignment]
    return _chunks(source)


def _open(path: Path) -> BufferedIOBase:
    if path.suffix.lower() in TABLES:
        refuse("events", f"`{path}` is a table: events are lines of JSON, such as policy show watch:PROCEDURE ends with",
               f"`{path}` 是表格：事件应为逐行 JSON，写法见 policy show watch:程序名 的末尾")  # fmt: skip
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(error, str(path)) from None


def _chunks(source: BufferedIOBase) -> Iterator[bytes]:
    """What has come so far, again and again until the end: events are answered as they come."""
    with source:
        while chunk := source.read1(65536):
            yield chunk
