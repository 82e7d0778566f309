"""What commands share that put an answer on paper: which endings are paper, an office's own template, writing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from policy_engine.doors.options import fits, refuse, shown, target_of

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang
    from policy_engine.reports.papers import Compose

PAPERS: Final = ("html", "docx", "pdf", "markdown")
TABLES: Final = ("xlsx", "csv", "jsonl", "parquet")


def target(output: str | None, template: Path | None) -> tuple[str, str | None]:
    """What `-o` of a command over rows names: the kind of paper, or nothing for a table, and the file. Raises PolicyError."""
    if output is None or output.startswith("#") or "://" in output or Path(output).is_dir():
        kind, file = "", output
    else:
        found, path = target_of(output, dict.fromkeys((*TABLES, *PAPERS)))
        if found in TABLES and path.suffix.lower() != f".{found}":
            refuse("output", f"{path} does not end in .{found}: a table has the format of its ending",
                   f"{path} 的结尾不是 .{found}：表格按文件结尾确定格式")  # fmt: skip
        kind, file = found if found in PAPERS else "", str(path)
    fits(template, [kind])
    return kind, file


def put(kind: str, path: Path, compose: Compose, lang: Lang, template: Path | None) -> None:
    """Write a paper, whole or not at all. Raises PolicyError."""
    from policy_engine.reports.papers import PAPERS as MADE
    from policy_engine.tables.writing import whole, write_text

    made = MADE[kind](compose, lang, template)
    if isinstance(made, str):
        write_text(path, [shown(made)])
        return
    with whole(path) as draft:
        draft.write_bytes(made)
