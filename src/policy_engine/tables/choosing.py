"""Which sheet of a workbook is read: the first, or the only one with a header; of others that could be cases it is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import NO_WORDS, Place, PolicyError, Text, problem
from policy_engine.tables.columns import Job
from policy_engine.tables.files import hidden_sheets, open_sheet, sheet_names
from policy_engine.tables.layout import laid_out

LOOKED_AT: Final = 40
"""How many sheets are looked at for a header."""


def on_sheet(job: Job, table: Path) -> Job:
    """The work with the sheet that is read, where a workbook has several and none was named. Raises PolicyError."""
    names = sheet_names(table) if job.sheet is None else []
    if len(names) < 2:
        return replace(job, sheet=names[0]) if names else job
    hidden = hidden_sheets(table)
    names = sorted(names, key=lambda name: name in hidden)  # those that are shown come first
    lists = {word for rows in job.rule.rows.values() for word in (rows.name, *rows.label)} | {
        given.rpartition("#")[2] for given in job.lists.values()
    }
    found = [name for name in names[:LOOKED_AT] if name not in lists and _has_header(job, table, name)]
    if not found:
        return job  # refused as it is read
    first, others = found[0], found[1:]
    if first != names[0] and others:
        listed = Text(", ".join(found), "、".join(found))
        en, zh = f"several sheets have a header: {listed.en}", f"有几张工作表都有表头：{listed.zh}"
        raise PolicyError(
            problem("sheet", en, zh, Place(str(table)), Text("say which with --sheet", "请用 --sheet 写明"))
        )
    if first != names[0] or first in hidden or hidden & set(found):
        unseen = Text(" (hidden)", "（隐藏的工作表）") if first in hidden else NO_WORDS
        job.tell(Text(f"read: sheet {first}{unseen.en}", f"读取工作表“{first}”{unseen.zh}").of(job.lang))
    if others:
        en, zh = (
            f"sheets not read: {', '.join(others)} (--sheet)",
            f"未读取的工作表：{'、'.join(others)}（用 --sheet 选择）",
        )
        job.tell(Text(en, zh).of(job.lang))
    return replace(job, sheet=first)


def _has_header(job: Job, table: Path, name: str) -> bool:
    """Whether a sheet names inputs; one whose header is wrong does."""
    silent = replace(job, sheet=name, tell=lambda text: None)
    try:
        laid_out(open_sheet(table, name, job.encoding), silent, str(table))
    except PolicyError as error:
        return all(found.code != "no-header" for found in error.problems)
    return True
