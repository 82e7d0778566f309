"""Sheets that were uploaded: each is decided in a process of its own, with limits of its own, in a folder that goes with the service."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import multiprocessing
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO, Final

from policy_engine.basics.errors import NO_WORDS, Lang, Place, PolicyError, Text, problem
from policy_engine.basics.values import BadValue, read_date
from policy_engine.book import load
from policy_engine.deciding.facts import read_facts
from policy_engine.registers.by_rows import findings, read_ledger
from policy_engine.registers.idle import idle
from policy_engine.registers.periods import Span
from policy_engine.registers.shown import cells, headers
from policy_engine.reports.composed import outcomes, statuses
from policy_engine.serving.folder import Folder
from policy_engine.serving.said import SAID
from policy_engine.tables.batch import Rejected, decide_table
from policy_engine.tables.columns import Job, fixed_of
from policy_engine.tables.files import SHEETS, results
from policy_engine.tables.tally import Tally

KINDS: Final = (*SHEETS, ".csv", ".tsv", ".jsonl")
"""The endings of sheets that are taken."""
MAX_UPLOAD: Final = 16 << 20
AT_ONCE: Final = 2
"""So many sheets are decided at once."""
MAX_KEPT: Final = 64
"""So many are kept, decided or not; more are refused."""
MAX_SECONDS: Final = 600
"""So long a sheet may take."""
KEPT: Final = 600
"""So many seconds after that its result is there."""
MAX_MEMORY: Final = 3 << 30
TOLD: Final = 20
"""So many refused rows are told of; the workbook has them all."""
_YEARS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is to be done with a sheet: decide its rows, or, with a first day, check it as a register."""

    decision: str
    lang: Lang
    kind: str
    as_of: str = ""
    first: str = ""
    last: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_register(self) -> bool:
        """Whether the rows are dated entries."""
        return bool(self.first)


@dataclass(frozen=True, kw_only=True)
class State:
    """How far a sheet is: rows so far; when it is done what it came to and what is told beside it, or what was wrong."""

    rows: int
    done: bool = False
    said: str = ""
    refused: Sequence[str] = ()
    rejected: int = 0
    told: str = ""
    wrong: Sequence[str] = ()


class Full(Exception):
    """There are as many sheets as there may be."""


class _Running:
    def __init__(self, task: Task, folder: Path, process: BaseProcess, rows: Any) -> None:
        self.task, self.folder, self.process, self.rows = task, folder, process, rows


class Jobs:
    """The sheets of a service."""

    def __init__(self, rules: Path | None) -> None:
        self.rules, self._all = rules, dict[str, _Running]()
        self._folder: Folder | None = None

    def begin(self, task: Task, sheet: BinaryIO) -> str:
        """Begin to decide a sheet; the name under which it is known. Raises Full."""
        if sum(one.process.is_alive() for one in self._all.values()) >= AT_ONCE or len(self._all) >= MAX_KEPT:
            raise Full
        name, context = secrets.token_urlsafe(18), multiprocessing.get_context("spawn")
        self._folder = self._folder or Folder("policy-serve-")
        folder, rows = self._folder.path / name, context.Value("L", 0)
        folder.mkdir()
        process = context.Process(target=_work, args=(self.rules, task, folder, rows), daemon=True)
        try:
            with (folder / f"table{task.kind}").open("wb") as table:
                shutil.copyfileobj(sheet, table)
            process.start()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._all[name] = _Running(task, folder, process, rows)
        loop = asyncio.get_running_loop()
        loop.call_later(MAX_SECONDS, process.kill)
        loop.call_later(MAX_SECONDS + KEPT, self.forget, name)
        return name

    def task(self, name: str) -> Task | None:
        """What is done under a name; None where there is nothing, or nothing any more."""
        return self._all[name].task if name in self._all else None

    def state(self, name: str) -> State:
        """How far it is."""
        one = self._all[name]
        alive, done = one.process.is_alive(), one.folder / "done.json"  # in this order: it writes, then it ends
        if done.is_file():
            told: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
            return State(rows=one.rows.value, done=True, **told)
        if alive:
            return State(rows=one.rows.value)
        return State(rows=one.rows.value, done=True, wrong=(_STOPPED.of(one.task.lang),))

    def result(self, name: str) -> Path | None:
        """The workbook, if there is one."""
        path = self._all[name].folder / "result.xlsx"
        return path if self.state(name).done and path.is_file() else None

    def forget(self, name: str) -> None:
        """Remove a sheet with its result."""
        one = self._all.pop(name, None)
        if one is not None:
            one.process.kill()
            one.process.join(1)  # from then on it writes nothing
            shutil.rmtree(one.folder, ignore_errors=True)

    def stop(self) -> None:
        """End and remove all of them."""
        for name in list(self._all):
            self.forget(name)
        if self._folder is not None:
            self._folder.remove()


_STOPPED: Final = Text("It took too long, or too much memory, and was stopped.", "用时过长或占用内存过多，已停止。")


def _work(rules: Path | None, task: Task, folder: Path, rows: Any) -> None:
    """Decide one sheet and write down what came of it; no fact of it gets into any log."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound(folder)
    try:
        told = _decided(rules, task, folder, rows)
    except PolicyError as error:
        table = str(folder / f"table{task.kind}")
        told = {"wrong": [one.render(task.lang).replace(table, f"table{task.kind}") for one in error.problems]}
    except MemoryError:
        told = {"wrong": [_STOPPED.of(task.lang)]}
    except Exception as error:  # a mistake of ours
        told = {"wrong": [f"{_MISTAKE.of(task.lang)} ({type(error).__name__})"]}
    draft = folder / "draft.json"
    draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    draft.rename(folder / "done.json")


_MISTAKE: Final = Text("A mistake of this program", "程序出错")


def _bound(folder: Path) -> None:
    """What it writes goes with its folder, it ends with the service, and takes no memory without end."""
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    Thread(target=_follow, daemon=True).start()
    try:
        import resource
    except ImportError:  # not there on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _follow() -> None:
    """Where the service was killed, nobody else ends its processes."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()
        os._exit(1)


def _decided(rules: Path | None, task: Task, folder: Path, rows: Any) -> dict[str, Any]:
    book, rejected, count = load(rules), list[str](), 0

    def reject(row: Rejected) -> None:
        nonlocal count
        count += 1
        if len(rejected) < TOLD:
            rejected.append(f"{row.row}{'：' if task.lang == 'zh' else ': '}{row.reasons(task.lang, in_sheet=True)}")

    def tick(number: int) -> None:
        rows.value = number

    job = Job(
        rule=book.rule(task.decision),
        as_of=_day(task.as_of, SAID["day"]) if task.as_of else dt.date.today(),
        lang=task.lang,
    )
    table, out = folder / f"table{task.kind}", folder / "result.xlsx"
    if task.is_register:
        tally, told = _registered(job, task, table, out, reject, tick)
        said = statuses(tally.every.items(), task.lang)
    else:
        tally, told = decide_table(job, table, out, reject, tick), NO_WORDS
        said = outcomes(tally.outcomes.items(), task.lang)
    rows.value = tally.rows
    return {"said": said, "refused": rejected, "rejected": count, "told": told.of(task.lang)}


def _registered(job: Job, task: Task, table: Path, out: Path, reject: Any, tick: Any) -> tuple[Tally, Text]:
    """The findings of a register as a workbook: what they came to, and which facts are in none. Raises PolicyError."""
    if job.rule.register is None:
        raise PolicyError(
            problem("no-register", f"{task.decision} has no register", f"“{job.rule.title.zh}”没有登记表")
        )
    first = _day(task.first, SAID["first"])
    last = min(_day(task.last, SAID["last"]), job.as_of) if task.last else job.as_of
    if not first <= last or last.year - first.year > _YEARS:
        raise PolicyError(problem("span", f"{first} to {last} is no span of days", f"{first} 至 {last} 不是可用的期间"))
    span, tally = Span(first, last), Tally()
    fixed = fixed_of(read_facts(job.rule, task.facts, Place))
    ledger = read_ledger(job, table, span, reject)
    with results(out, job.rule, job.lang, tally, table) as sink:
        sink.header(headers(job.lang, machine=False))
        for line in findings(job, ledger, span, fixed, reject):
            tally.add(line.found)
            tick(tally.rows)
            sink.write(cells(line, job, machine=False))
    tally.entries = len(ledger.entries)
    return tally, idle(job.rule, fixed, tally.provisions)


def _day(text: str, label: Text) -> dt.date:
    try:
        return read_date(text)
    except BadValue as error:
        en, zh = error.found.en, error.found.zh
        raise PolicyError(problem("value", f"{label.en}: {en}", f"{label.zh}：{zh}", help=error.help)) from None


def task_of(asked: Mapping[str, str], decision: str, lang: Lang, kind: str) -> Task:
    """What was asked in the fields of a form; facts of all entries stand in lines such as `name=value`."""
    lines = (line.replace("＝", "=", 1).partition("=") for line in asked.get("facts", "").splitlines() if line.strip())
    task = Task(decision=decision, lang=lang, kind=kind, as_of=asked.get("as_of", "").strip())
    first, last = (asked.get(name, "").strip() for name in ("first", "last"))
    return replace(task, first=first, last=last, facts={name.strip(): value.strip() for name, _, value in lines})
