"""What commands over rows share: options of files read row by row, what to decide, rejected rows told."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.doors.options import UTF_8, readings_of, refuse, settings, tell

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.rulebook.rule import Rule
    from policy_engine.tables.batch import Rejected
    from policy_engine.tables.columns import Job


def on_the_side(text: str) -> None:
    """A line on standard error; a reader who left it does not stop the work."""
    with suppress(BrokenPipeError):
        tell(text, err=True)


def only_of_rows(sheet: str | None, encoding: str, ignore: list[str] | None = None) -> None:
    """Refuse options of files that are read row by row. Raises PolicyError."""
    if sheet is not None or encoding != UTF_8 or ignore:
        refuse("option", "--sheet, --encoding and --ignore are of files read row by row, not of an engine",
               "--sheet、--encoding 与 --ignore 只用于逐行读取的文件，不用于引擎")  # fmt: skip


def teller(keep: Callable[[Rejected], None], table: Path, job: Job) -> Callable[[Rejected], None]:
    """Tells each rejected row on standard error, and keeps it."""
    from policy_engine.tables.batch import rejected_text
    from policy_engine.tables.files import sheet_names

    @cache
    def sheet() -> str:
        return job.sheet or next(iter(sheet_names(table)), "")

    def tell(row: Rejected) -> None:
        keep(row)
        on_the_side(rejected_text(row, sheet(), job.lang))

    return tell


@contextmanager
def spooled(table: str) -> Iterator[str]:
    """The table, or where it is `-` a file of the lines of JSON that standard input holds: they are read twice."""
    if table != "-":
        yield table
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin.jsonl"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield str(path)


def job_of(
    rule: Rule, as_of: dt.date, lang: Lang, reading: list[str] | None, mapping: Path | None, sheet: str | None,
    encoding: str, unit: str | None, of_lists: tuple[list[str] | None, str | None, bool] = (None, None, False),
) -> Job:  # fmt: skip
    """What to decide, from the options that commands over rows share; of lists their tables, the key, whether none are none. Raises PolicyError."""
    from policy_engine.tables.columns import Job

    return Job(
        rule=rule,
        as_of=as_of,
        lang=lang,
        readings=readings_of(rule, reading),
        mapping=_mapping(mapping),
        sheet=sheet,
        encoding=encoding,
        unit=unit,
        lists=settings(of_lists[0]),
        key=of_lists[1],
        none=of_lists[2],
        tell=on_the_side,
    )


def _mapping(path: Path | None) -> dict[str, str]:
    """The headers of a mapping file, with the names they stand for. Raises PolicyError."""
    from policy_engine.proving.facts import read_facts_file

    return {} if path is None else {str(header): str(name) for header, name in read_facts_file(path).data.items()}
