"""What commands over rows share: options of files read row by row, mappings, rejected rows told, the line at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.doors.options import UTF_8, refuse, tell

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.tables.batch import Rejected
    from policy_engine.tables.columns import Job
    from policy_engine.tables.tally import Tally


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

    sheet = ""
    if table.suffix == ".xlsx":
        from policy_engine.tables.workbook import sheet_name

        sheet = f"{sheet_name(table, job.sheet)}, "

    def tell(row: Rejected) -> None:
        keep(row)
        on_the_side(rejected_text(row, sheet, job.lang))

    return tell


def read_mapping(path: Path | None) -> dict[str, str]:
    """The headers of a mapping file, with the names they stand for. Raises PolicyError."""
    from policy_engine.proving.facts import read_facts_file

    return {} if path is None else {str(header): str(name) for header, name in read_facts_file(path).data.items()}


def summary(lang: Lang, out: Path | str | None, tally: Tally) -> str:
    """What a run came to, as one line."""
    from policy_engine.words import STATUS

    told = ", ".join(f"{STATUS[status].of(lang)} {count:,}" for status, count in sorted(tally.every.items()))
    told = f" ({told})" if lang == "en" and told else f"（{told}）" if told else ""
    where = f"{out}: " if out else ""
    if lang == "zh":
        extra = (
            (f"；{tally.later} 行在期末之后，未计" if tally.later else "")
            + (f"；{tally.ignored} 行属不计入的事项" if tally.ignored else "")
            + (f"；{tally.rejected} 行无法读取" if tally.rejected else "")
        )
        return f"{where}{tally.entries} 条登记{told}{extra}"
    extra = (
        (f"; {tally.later} later rows left out" if tally.later else "")
        + (f"; {tally.ignored} of kinds that do not count" if tally.ignored else "")
        + (f"; {tally.rejected} rejected" if tally.rejected else "")
    )
    return f"{where}{tally.entries} entries{told}{extra}"
