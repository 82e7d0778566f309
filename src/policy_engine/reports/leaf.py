"""What goes on paper, before any format: headings, paragraphs, tables and gauges; a page, a letter and Markdown show the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from policy_engine.basics.errors import Lang, Text

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
Zone = Literal["below", "above", "at"]
"""Where a value keeps to its bound."""
FULL: Final = Fraction(95, 100)
"""How much of the width the larger of a value and its bound takes."""


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """A value against its bound, both numbers not below zero. `bullet`: an indicator, shown with the stretch that would do."""

    value: Fraction
    bound: Fraction
    zone: Zone
    holds: bool
    words: str
    bullet: bool = False

    @property
    def most(self) -> Fraction:
        """What the whole width stands for."""
        return max(self.value, self.bound) / FULL

    def width(self, side: Fraction, whole: int) -> int:
        """How much of so many parts a side takes, rounded down."""
        return int(side / self.most * whole)


@dataclass(frozen=True)
class Heading:
    """A heading: 1 is that of the whole. `mark` is what stands before it, such as a status."""

    level: int
    text: str
    mark: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `look` is what it is: outcome, mend, soft or nothing of these."""

    text: str
    look: str = ""


Cell = str | Gauge


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """A table. `widths` are the shares of the columns; the first column names its row where `named`."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    widths: tuple[int, ...]
    named: bool = True


@dataclass(frozen=True)
class Together:
    """Parts that belong together and stay on one page where that is possible; `look` is a status or an outcome."""

    look: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class NewPage:
    """What follows begins on a page of its own."""


Part = Heading | Paragraph | Gauge | Ruled | Together | NewPage


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A paper in one language: what it is called, what it comes to in a sentence, its parts, below by what it was made.

    `date` is the day as of which it holds, as it is written on paper.
    """

    lang: Lang
    title: str
    outcome: str
    parts: tuple[Part, ...]
    foot: str
    date: str = ""


SHOWN: Final = 300
"""How many rows of a table paper holds; a workbook holds them all."""


WORKBOOK: Final = Text("a workbook (-o FILE.xlsx)", "工作簿（-o 文件.xlsx）")
ANSWERS: Final = Text("the answers (--format json)", "答复（--format json）")


def cut(shown: int, of: int, lang: Lang, where: Text = WORKBOOK) -> list[Part]:
    """What is said where only so many `of` all are shown, and where the rest is."""
    more = Text(f"{shown:,} of {of:,} are shown here; all are in {where.en}.",
                f"此处列出 {of:,} 项中的 {shown:,} 项；全部见{where.zh}。")  # fmt: skip
    return [Paragraph(more.of(lang), "soft")] if of > shown else []
