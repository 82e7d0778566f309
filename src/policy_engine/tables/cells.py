"""What a cell is, whatever kind of file it stands in."""

from __future__ import annotations

import datetime as dt


def day_or_moment(value: dt.datetime) -> dt.date | str:
    """A date without a time of day or a zone is a date; a moment is its text, to be refused where a date is wanted."""
    return value.date() if value.timetz() == dt.time(0) else value.isoformat()
