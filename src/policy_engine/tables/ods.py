"""OpenDocument spreadsheets: numbers are the decimals that the file has as text, none passes through a binary one.

Readers that hand over floats show neither that a cell is a percentage nor that a formula failed, so the format is read here.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from bisect import bisect
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from policy_engine.basics import numerals
from policy_engine.basics.values import number_text
from policy_engine.tables.cells import DIGITS, Crossed, Marked, Unworked, day_of_sheet, too_long
from policy_engine.tables.ods_styles import Styles
from policy_engine.tables.sheet import COLUMNS, Hidden, Merge, Sheet, no_sheet, no_workbook
from policy_engine.tables.workbook import refuse_bomb

CONTENT: Final = "content.xml"
STYLES: Final = "styles.xml"
BLOCK: Final = 1 << 16
MERGES: Final = 100_000
EXPONENT: Final = 100
_WORDS: Final = re.compile(r"[0-9.,\-+() \u00a0¥￥Ee]|RMB|CNY")
_SHOWN: Final = re.compile(
    r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]+,[0-9]{1,2}(?![0-9,.])|[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9][0-9,]*(?:\.[0-9]+)?)"
)
"""`1.234,50` and `0,5` as other countries write them; `3,000` and `3.000` as here."""
_OF_ELSEWHERE: Final = re.compile(
    r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|-?[0-9]+,[0-9]{1,2}|-?[0-9]{1,3}(?:\.[0-9]{3}){2,}"
)
_GAPS: Final = re.compile(r"(?<=[0-9])['’\u00a0\u2007\u2009\u202f ](?=[0-9]{2,4}(?![0-9]))")
_IN_WORDS: Final = re.compile("(?:人民币)?(.+?)(元?)整?")
"""A number as formats of Chinese numerals show it: 三千, 叁仟元整, ３０００."""
_ANSWERS: Final = {"TRUE": True, "FALSE": False}
"""What a number that is a yes or a no is shown as: suites write 1 and 0 for those of other programs."""
DAY_0: Final = dt.date(1899, 12, 30)


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """A sheet, the first if none is named. Raises PolicyError."""
    titles = sheet_names(path)
    if name is not None and name not in titles:
        raise no_sheet(path, name, titles)
    chosen = titles.index(name) if name is not None else 0
    found = _Content(chosen)
    for _ in _fed(path, found):  # first for what is merged: it is said where it begins, the rows are read again
        found.rows.clear()
    return Sheet(
        rows=_rows(path, chosen), title=titles[chosen] if titles else "", merges=tuple(found.merges), day_0=found.day_0,
        hidden=Hidden(tuple(found.unseen_rows), frozenset(found.unseen_columns)),
        comments={place: "".join(text).strip() for place, text in found.notes.items()}, pages=found.pages,
    )  # fmt: skip


def sheet_names(path: Path) -> list[str]:
    """The names of all sheets. Raises PolicyError."""
    found = _Content(-1)
    for _ in _fed(path, found):
        pass
    return found.names


def hidden_sheets(path: Path) -> set[str]:
    """The names of the sheets that are not shown. Raises PolicyError."""
    found = _Content(-1)
    for _ in _fed(path, found):
        pass
    return found.hidden


def _rows(path: Path, chosen: int) -> Iterator[tuple[int, list[Any]]]:
    content = _Content(chosen)
    for _ in _fed(path, content):
        while content.rows:
            yield content.rows.popleft()


def _fed(path: Path, content: _Content) -> Iterator[None]:
    """Feed the content of a file block by block. Raises PolicyError where it is broken."""
    refuse_bomb(path)
    try:
        with zipfile.ZipFile(path) as parts:
            if STYLES in parts.namelist():
                styles = _parser(content.styles.see)
                styles.CharacterDataHandler, styles.EndElementHandler = content.styles.read, content.styles.left
                with parts.open(STYLES) as part:
                    styles.ParseFile(part)
            with parts.open(CONTENT) as part:
                while block := part.read(BLOCK):
                    content.parser.Parse(block)
                    yield
            content.parser.Parse(b"", True)
            yield
    except (OSError, KeyError, zipfile.BadZipFile, expat.ExpatError, ValueError, RuntimeError) as error:
        raise no_workbook(error, path) from None


def _parser(start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    """A parser of a part of a file; one that declares a type of its own is refused: it may define text of any length."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _doctype
    return parser


def _doctype(*_: object) -> None:
    raise ValueError("DOCTYPE")


class _Content:
    """The content as it is parsed: the rows of one sheet, what is merged in it, the names of all."""

    def __init__(self, chosen: int) -> None:
        self.chosen, self.names = chosen, list[str]()
        self.rows: deque[tuple[int, list[Any]]] = deque()
        self.merges, self.day_0 = list[Merge](), DAY_0
        self.row, self.told, self.repeated, self.cells = 0, 0, 1, list[Any]()
        self.cell: dict[str, str] | None = None
        self.text, self.silent, self.within = list[str](), 0, 0
        self.styles, self.hidden = Styles(), set[str]()
        self.unseen_rows, self.unseen_columns, self.unseen = list[int](), set[int](), False
        self.columns, self.of_row = list[tuple[int, str]](), ""
        self.mark: type[Marked] | None = None
        self.notes, self.pages = dict[tuple[int, int], list[str]](), tuple[str, ...]()
        self.note: list[str] | None = None
        self.noting = False
        self.parser = _parser(self._start)
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    @property
    def inside(self) -> bool:
        """Whether what is read now belongs to the sheet that is wanted."""
        return len(self.names) - 1 == self.chosen and not self.silent

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag in ("office:annotation", "table:tracked-changes", "draw:frame") or self.silent:
            self._start_beside(tag)
        elif tag.startswith("style:"):
            self.styles.see(tag, given)
        elif tag == "table:table":
            self.names.append(given.get("table:name", ""))
            self.row, self.told, self.columns = 0, 0, []
            if self.inside:
                self.pages = self.styles.pages_of(given.get("table:style-name", ""))
            if given.get("table:style-name") in self.styles.unseen:
                self.hidden.add(self.names[-1])
        elif tag == "table:null-date":
            self.day_0 = dt.date.fromisoformat(given.get("table:date-value", DAY_0.isoformat()))
        elif not self.inside:
            return
        elif tag == "table:table-column":
            last = self.columns[-1][0] if self.columns else 0
            upto = last + int(given.get("table:number-columns-repeated", "1"))
            self.columns.append((upto, given.get("table:default-cell-style-name", "")))
            if _unseen(given):
                self.unseen_columns.update(range(last, min(upto, COLUMNS)))
        elif tag == "table:table-row":
            self.repeated, self.cells = int(given.get("table:number-rows-repeated", "1")), []
            self.of_row, self.unseen = given.get("table:default-cell-style-name", ""), _unseen(given)
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.cell, self.text = given, []
            self.mark = self.styles.mark_of("table-cell", self._style_of(given))
        elif tag == "text:span":
            self._mark("text", given)
        elif tag == "text:p":
            self._mark("paragraph", given)
            self.within += 1
            self.text += ["\n"] if self.text else []
        elif tag == "text:s":
            self.text.append(" " * min(int(given.get("text:c", "1")), 100))
        elif tag in ("text:tab", "text:line-break"):
            self.text.append("\t" if tag == "text:tab" else "\n")

    def _start_beside(self, tag: str) -> None:
        """What is no part of a cell; of a comment its text is kept, not its date and author."""
        if not self.silent:
            own = tag == "office:annotation" and self.inside
            self.note = self.notes.setdefault((self.row + 1, len(self.cells)), []) if own else None
        elif tag == "text:p" and self.note is not None:
            self.note.append("\n")
            self.noting = True
        self.silent += 1

    def _style_of(self, given: dict[str, str]) -> str:
        """The style of a cell: its own, else that of its row, else that of its column."""
        own = given.get("table:style-name") or self.of_row
        return own or self._style_at(len(self.cells))

    def _style_at(self, column: int) -> str:
        """The style of the cells of a column that have none."""
        i = bisect(self.columns, column, key=itemgetter(0))
        return (self.columns[i][1] if i < len(self.columns) else "") or "Default"

    def _mark(self, family: str, given: dict[str, str]) -> None:
        """A part of a cell may be crossed out, raised or lowered: then all of it says something else."""
        style = given.get("text:style-name")
        if style and self.mark is not Crossed:
            self.mark = self.styles.mark_of(family, style) or self.mark

    def _characters(self, text: str) -> None:
        if self.note is not None and self.noting:
            self.note.append(text)
        if self.cell is not None and self.within and self.inside:
            self.text.append(text)

    def _end(self, tag: str) -> None:
        if self.silent:
            self.silent -= 1
            self.noting = self.noting and tag != "text:p"
        elif not self.inside:
            return
        elif tag == "text:p":
            self.within -= 1
        elif tag in ("table:table-cell", "table:covered-table-cell") and self.cell is not None:
            self._close_cell(self.cell)
            self.cell = None
        elif tag == "table:table-row":
            cells = self.cells
            while cells and cells[-1] is None:
                cells.pop()
            if cells and self.row > self.told:
                self.rows.append((self.row, []))  # one stands for all that are empty above it
            for i in range(1, self.repeated + 1 if cells else 1):
                self.rows.append((self.row + i, list(cells)))
                self.unseen_rows += [self.row + i] * self.unseen
            self.row += self.repeated
            self.told = self.row if cells else self.told

    def _close_cell(self, given: dict[str, str]) -> None:
        times = int(given.get("table:number-columns-repeated", "1"))
        value = cell_of(given, "".join(self.text))
        wide, high = (int(given.get(f"table:number-{way}-spanned", "1")) for way in ("columns", "rows"))
        column, row = len(self.cells), self.row + 1
        if (wide > 1 or high > 1) and len(self.merges) < MERGES:
            self.merges.append(Merge(row, column, row + high - 1, column + wide - 1))
        if value is not None and column + times > COLUMNS:
            raise ValueError(f"> {COLUMNS} columns")
        times = min(times, max(COLUMNS - column, 0))
        if value is None or times == 1 or given.get("table:style-name") or self.of_row or self.mark:
            self.cells += [value if self.mark is None or value is None else self.mark(value)] * times
            return
        marks = (self.styles.mark_of("table-cell", self._style_at(column + i)) for i in range(times))
        self.cells += [
            value if mark is None else mark(value) for mark in marks
        ]  # one cell written for columns of other styles


def _unseen(given: Mapping[str, str]) -> bool:
    """Whether a row or a column is hidden or filtered out."""
    return given.get("table:visibility", "visible") != "visible"


def cell_of(given: dict[str, str], text: str) -> Any:
    """A cell from the attributes and the text it has; a formula that was not worked out is its text."""
    kind = given.get("office:value-type") or given.get("calcext:value-type")
    if kind in ("float", "percentage", "currency"):
        try:
            number = Decimal(given.get("office:value", ""))
        except InvalidOperation:
            return text or given.get("office:value") or None
        text = _GAPS.sub("", text)
        if not number.is_finite() or abs(number.adjusted()) > EXPONENT:
            return f"{number} ({text})"
        if kind == "percentage":
            if _WORDS.sub("", text).strip("%％ ") and numerals.parse(text) is None:  # `不超过2%`
                return text
            return f"{number_text(Fraction(number) * 100)}%"
        currency = given.get("office:currency", "CNY") if kind == "currency" else "CNY"
        return _number(number, text) if currency == "CNY" else f"{number} {currency}"
    if kind == "date":
        try:
            day = dt.datetime.fromisoformat(given.get("office:date-value", ""))
        except ValueError:
            return text or None
        return text if _without_day(text, day) else day_of_sheet(day)
    if kind == "boolean":
        return given.get("office:boolean-value") == "true"
    if not text and "table:formula" in given and kind is None:
        return Unworked(given["table:formula"].removeprefix("of:"))
    return text or None


def _number(number: Decimal, text: str) -> Any:
    """A number with the words that the cell shows beside it; where it shows another number, text that is none."""
    if too_long(number):
        return f"{number} (> {DIGITS})"
    if (answer := _ANSWERS.get(text.strip().upper())) is not None and number == answer:
        return answer
    words, shown = _WORDS.sub("", text), _SHOWN.search(text)
    digits = _digits(shown[0]) if shown else Decimal(0)
    near = Decimal(5).scaleb(int(digits.as_tuple().exponent) - 1)
    another = shown is not None and "E" not in text.upper() and abs(abs(number) - abs(digits)) > near
    if not words and not another:
        return number
    if shown is None or another or "%" in words:  # as by a format in thousands: 3 where there is 3000
        told = _in_words(number, text)
        return f"{number} ({text})" if told is None else told
    return f"{text[: shown.start()]}{number_text(Fraction(number))}{text[shown.end() :]}".strip()


def _in_words(number: Decimal, text: str) -> Any:
    """A number that the cell shows in other numerals, with what stands behind them; None where it shows another, or none."""
    match, exact = _IN_WORDS.fullmatch(text.strip()), Fraction(number)
    if match is None or numerals.parse(match[1]) != exact:
        return None
    if match[1].endswith(("%", "％")):
        return f"{number_text(exact * 100)}%"
    return f"{number_text(exact)}元" if match[2] else number


def _digits(shown: str) -> Decimal:
    """The number that a reader sees, grouped by commas or as in other countries."""
    if _OF_ELSEWHERE.fullmatch(shown):
        shown = shown.replace(".", "").replace(",", ".")
    return Decimal(shown.replace(",", ""))


def _without_day(text: str, day: dt.datetime) -> bool:
    """Whether a date is shown without its day, as 2024年7月: nobody typed the day."""
    if not text.strip() or re.search("[日号號]", text) or f"{day:%Y%m%d}" in text:
        return False
    numbers = [int(number) for number in re.findall("[0-9]+", text)]
    in_words = re.search("[A-Za-z]{3}|[一二三四五六七八九十]月", text)
    year = day.year if day.year in numbers or len(numbers) < 3 else day.year % 100
    for part in (year,) if in_words else (year, day.month):
        if part in numbers:
            numbers.remove(part)
    return day.day not in numbers
