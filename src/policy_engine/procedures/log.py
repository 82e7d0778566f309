"""The log of events: what was received and what was answered; an SQLite file that survives kill -9."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, problem
from policy_engine.procedures.events import Event
from policy_engine.rulefiles.rulebook import ALL

FORMAT: Final = 1
_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cases (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, clock TEXT, next_due TEXT);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, number INTEGER NOT NULL REFERENCES cases, at TEXT NOT NULL,
  kind TEXT NOT NULL, facts TEXT NOT NULL, corrects INTEGER, answer TEXT NOT NULL);
CREATE INDEX events_of_case ON events (number, seq);
CREATE INDEX due ON cases (next_due) WHERE next_due IS NOT NULL;
"""


def _mapping(text: str) -> dict[str, Any]:
    """A JSON object as it was kept. Raises ValueError."""
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


@dataclass(frozen=True)
class Entry:
    """An event that stands: in the place of the event first received (`root`)."""

    seq: int
    root: str
    event: Event

    @property
    def order(self) -> tuple[str, int]:
        """Events stand in the order of their time; of one time, in the order they were received."""
        return (self.event.at, self.seq)


class EventLog:
    """The events of one procedure. One process at a time; what is committed survives the process."""

    def __init__(self, path: Path | None, procedure: str, digest: str, assume: str = ALL) -> None:
        """Open or create the file; without a path, a temporary one that is gone afterwards. Raises PolicyError."""
        self.file = str(path) if path else ""
        try:
            self._db = sqlite3.connect(self.file, timeout=0, isolation_level=None)
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("BEGIN EXCLUSIVE")
            self.rules_changed = self._prepare(procedure, digest, assume)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise PolicyError(self._unusable(error)) from None
        except PolicyError:
            self._db.close()
            raise

    def _unusable(self, error: sqlite3.Error) -> Problem:
        place = Place(self.file)
        if "locked" in str(error):
            help = Text("let it finish, or give another --state", "请等它结束，或另行指定 --state")
            return Problem(
                "state-in-use",
                Text("the state file is in use by another process", "状态文件正被另一进程使用"),
                place,
                help,
            )
        return problem("state", f"the state file cannot be used: {error}", f"状态文件无法使用：{error}", place)

    def _prepare(self, procedure: str, digest: str, assume: str) -> bool:
        """Create the tables, or check that they are ours. Whether the rules changed since."""
        if not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            rows = [("format", str(FORMAT)), ("procedure", procedure), ("digest", digest), ("assume", assume)]
            self._db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            return False
        meta = dict(self._db.execute("SELECT key, value FROM meta"))
        foreign = self._db.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()[0]
        if foreign or "digest" not in meta:
            raise PolicyError(
                problem(
                    "state", "the state file is none that was written here", "状态文件不是本程序所写", Place(self.file)
                )
            )
        if meta.get("procedure") != procedure or meta.get("format") != str(FORMAT):
            found = meta.get("procedure", "?")
            raise PolicyError(
                problem("state", f"the state file belongs to `{found}`", f"状态文件属于 `{found}`", Place(self.file))
            )
        if (begun := meta.get("assume", ALL)) != assume:
            en, zh = f"the state file was begun with --assume {begun}", f"状态文件系以 --assume {begun} 建立"
            help = Text(
                f"go on with --assume {begun}, or give another --state", f"请沿用 --assume {begun}，或另行指定 --state"
            )
            raise PolicyError(problem("state", en, zh, Place(self.file), help))
        return bool(meta["digest"] != digest)

    def accept(self, digest: str) -> None:
        """Note that what stands has been judged by these rules."""
        self._db.execute("UPDATE meta SET value = ? WHERE key = 'digest'", (digest,))

    # --- recorded elsewhere --------------------------------------------------------------------------------------------

    def thread(self) -> tuple[str, int]:
        """Under which name this stream is recorded elsewhere, given once; up to which event that is done. Raises PolicyError."""
        meta = dict(self._db.execute("SELECT key, value FROM meta WHERE key IN ('thread', 'recorded')"))
        if "thread" not in meta:
            if self._db.execute("SELECT count(*) FROM cases WHERE clock IS NOT NULL").fetchone()[0]:
                help = Text("begin another: --state FILE", "请另立状态文件：--state 文件")
                raise PolicyError(problem("state", "its books were closed before it was recorded: that cannot be made up for",
                                          "记录之前已结清期限，无法补记", Place(self.file), help))  # fmt: skip
            meta = {"thread": secrets.token_hex(16), "recorded": "0"}
            with self.transaction():
                self._db.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
        return meta["thread"], int(meta["recorded"])

    def since(self, seq: int) -> list[tuple[bytes, dict[str, Any]]]:
        """The events after one, as lines, with their answers."""
        ids = [id for (id,) in self._db.execute("SELECT id FROM events WHERE seq > ? ORDER BY seq", (seq,))]
        found = [known for id in ids if (known := self.find(id))]
        return [(json.dumps({k: v for k, v in vars(event).items() if v is not None}, ensure_ascii=False).encode(), answer)
                for event, answer in found]  # fmt: skip

    def note_recorded(self) -> None:
        """All events so far are recorded elsewhere."""
        with self.transaction():
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'recorded'", (str(self.next_seq() - 1),))

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """What is kept is read inside. Raises PolicyError where it is not as it was written."""
        try:
            yield
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            told = f"{type(error).__name__}: {error}"
            raise PolicyError(problem("state", f"the state file is damaged: {told}", f"状态文件已损坏：{told}", Place(self.file),
                                      Text("take a copy of it that is whole", "请改用完好的备份"))) from None  # fmt: skip

    # --- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done inside is durable afterwards, whole, or not done at all. Raises PolicyError if it cannot be."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise PolicyError(self._unusable(error)) from None
        finally:
            if self._db.in_transaction:
                self._db.rollback()

    def close(self) -> None:
        """Give the file free. What was not committed is undone."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- events ----------------------------------------------------------------------------------------------------

    def find(self, id: str) -> tuple[Event, dict[str, Any]] | None:
        """An event received before, with the answer it got."""
        row = self._db.execute(
            "SELECT e.id, c.name, e.kind, e.at, e.facts, e.answer FROM events e JOIN cases c USING (number) WHERE e.id = ?",
            (id,),
        ).fetchone()  # fmt: skip
        if row is None:
            return None
        with self._sound():
            answer, given = (
                _mapping(row[5]),
                _mapping(row[4]),
            )  # the answer says what was corrected as it was written; the column says what stands for it
        corrects = answer.get("corrects")
        return Event(id=row[0], case=row[1], kind=row[2], at=row[3], facts=given, corrects=corrects), answer

    def root(self, id: str) -> tuple[str, str, int] | None:
        """The first id, the case and the place of the event that stands for this id."""
        query = "SELECT e.id, c.name, e.seq, e.corrects FROM events e JOIN cases c USING (number) WHERE e."
        row = self._db.execute(query + "id = ?", (id,)).fetchone()
        while row is not None and row[3] is not None:
            row = self._db.execute(query + "seq = ?", (row[3],)).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def add(self, event: Event, answer: Mapping[str, Any]) -> None:
        """Keep an event with its answer. A correction points to the event it corrects."""
        corrects = None
        if event.corrects is not None:
            root = self.root(event.corrects)
            assert root is not None
            corrects = root[2]
        self._db.execute("INSERT OR IGNORE INTO cases (name) VALUES (?)", (event.case,))
        self._db.execute(
            "INSERT INTO events (id, number, at, kind, facts, corrects, answer)"
            " VALUES (?, (SELECT number FROM cases WHERE name = ?), ?, ?, ?, ?, ?)",
            (event.id, event.case, event.at, event.kind, json.dumps(event.facts, ensure_ascii=False), corrects,
             json.dumps(answer, ensure_ascii=False)),
        )  # fmt: skip

    def case(self, name: str) -> list[list[Entry]]:
        """The events of a case, each with its corrections in its place, in the order they came."""
        rows = self._db.execute(
            "SELECT seq, id, kind, at, facts, corrects FROM events"
            " WHERE number = (SELECT number FROM cases WHERE name = ?) ORDER BY seq", (name,),
        )  # fmt: skip
        found: dict[int, list[Entry]] = {}
        with self._sound():
            for seq, id, kind, at, facts, corrects in rows:
                event = Event(id=id, case=name, kind=kind, at=at, facts=_mapping(facts))
                if corrects is None:
                    found[seq] = [Entry(seq, id, event)]
                else:
                    found[corrects].append(Entry(corrects, found[corrects][0].root, event))
        return list(found.values())

    # --- cases -----------------------------------------------------------------------------------------------------

    def clock(self, name: str) -> dt.date | None:
        """The day up to which the books of a case were closed."""
        row = self._db.execute("SELECT clock FROM cases WHERE name = ?", (name,)).fetchone()
        with self._sound():
            return dt.date.fromisoformat(row[0]) if row and row[0] else None

    def set_clock(self, name: str, day: dt.date) -> None:
        """Close the books of a case up to a day."""
        self._db.execute("UPDATE cases SET clock = ? WHERE name = ?", (day.isoformat(), name))

    def set_due(self, name: str, due: dt.date | None) -> None:
        """Note the first day on which a running deadline of a case ends."""
        self._db.execute("UPDATE cases SET next_due = ? WHERE name = ? AND next_due IS NOT ?",
                         (due and due.isoformat(), name, due and due.isoformat()))  # fmt: skip

    def due_before(self, day: dt.date) -> list[str]:
        """The cases in which a running deadline ends before a day, in the order they were opened."""
        rows = self._db.execute("SELECT name FROM cases WHERE next_due < ? ORDER BY number", (day.isoformat(),))
        return [name for (name,) in rows]

    def cases(self) -> list[str]:
        """Every case, in the order they were opened."""
        return [name for (name,) in self._db.execute("SELECT name FROM cases ORDER BY number")]

    def next_seq(self) -> int:
        """The place of the next event."""
        return int(self._db.execute("SELECT coalesce(max(seq), 0) + 1 FROM events").fetchone()[0])
