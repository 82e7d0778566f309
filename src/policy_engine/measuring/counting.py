"""Characters and words of a text, counted as Word counts them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

EITHER: Final = frozenset("“”‘’…—–·×°§±÷№℃‰")
"""What is East Asian beside East Asian characters, and else a part of the word it stands in."""
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Mn", "Me")


@dataclass(frozen=True)
class Count:
    """Counts of a text: East Asian characters, other words, characters without and with spaces."""

    asian: int = 0
    words: int = 0
    characters: int = 0
    with_spaces: int = 0

    @property
    def length(self) -> int:
        """字数: an East Asian character counts one, with its punctuation, and so does a word or number of other letters."""
        return self.asian + self.words

    def __add__(self, other: Count) -> Count:
        """The counts of both."""
        return Count(
            self.asian + other.asian,
            self.words + other.words,
            self.characters + other.characters,
            self.with_spaces + other.with_spaces,
        )


def count(paragraphs: Iterable[str]) -> Count:
    """The counts of some paragraphs; marks of paragraphs are no characters."""
    total = Count()
    for paragraph in paragraphs:
        total += _of(paragraph)
    return total


def _of(text: str) -> Count:
    shown = [c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN]
    asian = _asian(shown)
    words, within = 0, False
    for c, east in zip(shown, asian, strict=True):
        inside = not c.isspace() and not east
        words += inside and not within
        within = inside
    seen = sum(not c.isspace() for c in shown)
    return Count(sum(asian), words, seen, seen + sum(c not in "\n\r\v\f" for c in shown if c.isspace()))


def _asian(text: list[str]) -> list[bool]:
    """Which characters count one each; those that may be either go with the nearest that is certain before, else behind."""
    sure = [None if c in EITHER else unicodedata.east_asian_width(c) in "WF" and not c.isspace() for c in text]
    last: bool | None = None
    found: list[bool | None] = []
    for c, one in zip(text, sure, strict=True):
        last = None if c.isspace() else one if one is not None else last
        found.append(last)
    after: bool | None = None
    for i in range(len(text) - 1, -1, -1):
        after = None if text[i].isspace() else sure[i] if sure[i] is not None else after
        if sure[i] is None:
            found[i] = bool(found[i]) or bool(after)
    return [bool(one) for one in found]
