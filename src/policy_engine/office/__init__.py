"""The Python contract for an office: sheets, registers, events, and how answers look. `docs/python.md` shows it at work."""

from policy_engine.office.by_file import DecidedRow, PeriodFinding, decide_file, decide_rows, follow, register, render

__all__ = ["DecidedRow", "PeriodFinding", "decide_file", "decide_rows", "follow", "register", "render"]
