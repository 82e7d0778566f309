"""Workbooks written: results that are handed on, blank ones that are filled in."""

from __future__ import annotations

import datetime as dt
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Lang, PolicyError, Text, problem
from policy_engine.deciding.outcome import STATUSES, OutcomeName, Status
from policy_engine.rulebook.rule import Rule
from policy_engine.tables.cells import DIGITS, Percentage
from policy_engine.tables.extras import needed
from policy_engine.tables.sheet import COLUMNS, ROWS, Look, Original
from policy_engine.tables.tally import Tally
from policy_engine.tables.workbook import BeingRead
from policy_engine.words import FORCE, OUTCOME, STATUS, say

CHARACTERS: Final = 32_767
SHORT: Final = CHARACTERS // 2
"""A text of no more characters fits, whatever they are."""
KEPT: Final = 4096
"""Of so many texts, and characters, it is kept how wide they are."""
WIDTH: Final = 16
BROAD: Final = 48
TOLD: Final = ("why", "mend", "assumed", "other_reading", "note", "citation", "amounts")
"""Columns of sentences, which are broad."""
BRIEF: Final = ("contested", "unfinished")
"""Columns of yes or no, which are narrow."""
NARROW: Final = 10
SNUG: Final = (24, 8, 11)
"""The same three of a register, whose columns are known: they go on one page across."""
LINE: Final = 16.5
TALL: Final = 24
"""How many lines a row shows at most: a row of a sheet is at most 409 points high."""
SPANS: Final = (10, 36, 28, 20, 36, 26)
"""How wide the columns are that stand beside a sheet that is kept."""
COMMON: Final = 4
"""From this column on what is said of all cases alike stands once below: other readings, assumptions."""
_STATUS_OF: Final[Mapping[OutcomeName, Status]] = {
    "compliant": "satisfied", "non_compliant": "violated", "undetermined": "undetermined", "pending": "pending",
    "compliant_with_departures": "departed", "not_applicable": "not_applicable",
}  # fmt: skip
ACROSS: Final = 16
"""How many columns of results go on a page."""
_COLOURS: Final[Mapping[Status, str]] = {
    "violated": "#F8CBAD", "undetermined": "#DDEBF7", "departed": "#FFE699", "missed": "#FFE699", "pending": "#E7E6E6",
    "satisfied": "#E2EFDA", "not_applicable": "#F2F2F2",
}  # fmt: skip


def _fitting(text: str) -> str:
    """A text that a cell holds whole. Raises PolicyError."""
    if len(text) > SHORT and len(text.encode("utf-16-le", "surrogatepass")) > 2 * CHARACTERS:
        raise PolicyError(
            problem("too-large", f"a cell holds {CHARACTERS:,} characters: write .csv, .jsonl or .parquet",
                    f"一个单元格最多 {CHARACTERS:,} 个字符：请写为 .csv、.jsonl 或 .parquet")
        )  # fmt: skip
    return text


class Workbook:
    """Results as a workbook: the sheet they are about with what is said of each row, all results, a summary, the citations.

    Rows go to disk as they come.
    """

    portion = 2048

    def __init__(self, path: Path, rule: Rule, lang: Lang, original: BeingRead | None = None) -> None:
        with needed("xlsx"):
            import xlsxwriter

            from policy_engine.tables.rowwise import Rowwise
        self.folder = tempfile.TemporaryDirectory()  # goes with the workbook, even where the run is interrupted
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": self.folder.name}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.rule, self.lang, self.original = rule, lang, original
        self.head = self.book.add_format(
            {"bold": True, "bg_color": "#D9E1F2", "border": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.date = self.book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.integer = self.book.add_format({"num_format": "#,##0", "valign": "top"})
        self.plain = self.book.add_format({"num_format": "#,##0.##########", "valign": "top"})
        self.whole_percent = self.book.add_format({"num_format": "0%", "valign": "top"})
        self.percent = self.book.add_format({"num_format": "0.##########%", "valign": "top"})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
        for form in (self.head, self.date, self.integer, self.plain, self.whole_percent, self.percent, self.wrap):
            form._get_xf_index()  # noqa: SLF001 - the same in parts that are written elsewhere
        own = "结果" if lang == "zh" else "Results"
        self.kept = self.book.add_worksheet(_sheet_title(original.title, own), Rowwise) if original else None
        self.sheet = self.book.add_worksheet(own, Rowwise)
        self.row, self.start = 0, 0
        self.headers: list[str] = []
        self.widths: list[int] = []
        self.said: dict[int, Sequence[str]] = {}

    def say_beside(self, row: int, said: Sequence[str]) -> None:
        """What is said of a row of the sheet that is kept, or over its columns in the row of the header."""
        if self.kept is not None:
            self.start = self.start or row
            self.said[row] = said

    def header(self, headers: Sequence[str]) -> None:
        """The first row, frozen."""
        self.headers = list(headers)
        if len(headers) > COLUMNS:
            raise PolicyError(
                problem("too-large", f"a sheet holds {COLUMNS:,} columns: write .csv, .jsonl or .parquet",
                        f"一张工作表最多 {COLUMNS:,} 列：请写为 .csv、.jsonl 或 .parquet")
            )  # fmt: skip
        long = {say(key, self.lang).lower() for key in TOLD}
        short = {say(key, self.lang).lower() for key in BRIEF}
        snug = len(headers) <= ACROSS and say("unfinished", self.lang).lower() in map(str.lower, headers)
        broad, narrow, width = SNUG if snug else (BROAD, NARROW, WIDTH)
        self.widths = [
            broad if (word := name.lower()) in long else narrow if word in short else width for name in headers
        ]
        self.sheet.set_row(0, LINE * max(map(lines_of, headers, self.widths)) + 4)
        for i, (name, width) in enumerate(zip(headers, self.widths, strict=True)):
            self.sheet.write_string(0, i, name, self.head)
            self.sheet.set_column(i, i, width)
        on_pages(self.sheet, self.rule.title.of(self.lang), -(-sum(self.widths) // (ACROSS * WIDTH)))
        self.sheet.freeze_panes(1, 1)
        self.row = 1

    def write(self, cells: Sequence[Any]) -> None:
        """One row; text is text, whatever it begins with. Raises PolicyError where the sheet is full."""
        if self.row >= ROWS:
            raise PolicyError(
                problem("too-large", f"a sheet holds {ROWS:,} rows: write .csv, .jsonl or .parquet",
                        f"一张工作表最多 {ROWS:,} 行：请写为 .csv、.jsonl 或 .parquet")
            )  # fmt: skip
        tall, wrap, widths, told = 1, self.wrap, self.widths, list[tuple[int, Any, Any]]()
        for i, value in enumerate(cells):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                tall = max(tall, lines_of(value, widths[i]))
            told.append((i, value, wrap) if type(value) is str and len(value) <= SHORT else self._cell(i, value))
        self.sheet.line(self.row, LINE * min(tall, TALL), told)
        self.row += 1

    def _cell(self, column: int, value: Any) -> tuple[int, Any, Any]:
        """A cell of a row: its column, what is written, its format."""
        if type(value) is str:
            return column, _fitting(value), self.wrap
        if isinstance(value, Decimal) and len(value.as_tuple().digits) <= DIGITS:
            return column, value, self._form(value)
        if isinstance(value, dt.date):
            return column, value, self.date
        if isinstance(value, bool):
            return column, {True: "是", False: "否"}[value] if self.lang == "zh" else str(value).lower(), self.wrap
        return column, _fitting(str(value)), self.wrap

    def _form(self, value: Decimal) -> Any:
        """How a number is shown."""
        if isinstance(value, Percentage):
            return self.whole_percent if value * 100 == (value * 100).to_integral_value() else self.percent
        return self.integer if value == value.to_integral_value() else self.plain

    def apart(self, ahead: int) -> None:
        """Keep what is written from now on: a part that begins so many rows further down."""
        self.row, self.said = self.row + ahead, {}
        self.sheet.apart()

    def part(self) -> tuple[str, Mapping[int, Sequence[str]]]:
        """What was written since, and said beside."""
        return self.sheet.part(), self.said

    def take(self, part: tuple[str, Mapping[int, Sequence[str]]], rows: int) -> None:
        """The next rows, a part that was written elsewhere."""
        text, said = part
        self.sheet.take(self.row, text, rows)
        self.row += rows
        self.said |= said

    def close(self, tally: Tally) -> None:
        """The sheet that is kept, filters, colours, the summary and the citations; then the file is whole."""
        if self.original is not None:
            self._keep(self.original.whole())
        if self.row > 1:
            self.sheet.autofilter(0, 0, self.row - 1, len(self.headers) - 1)
            for status, colour in _COLOURS.items():
                fill = self.book.add_format({"bg_color": colour})
                criteria = {
                    "type": "cell",
                    "criteria": "==",
                    "value": f'"{STATUS[status].of(self.lang)}"',
                    "format": fill,
                }
                self.sheet.conditional_format(1, 0, self.row - 1, len(self.headers) - 1, criteria)
        self._summary(tally)
        self._citations()
        self.book.close()
        self.folder.cleanup()

    def _keep(self, original: Original) -> None:
        """The sheet as it was, and beside each case what is said of it; what is said of all cases alike stands below."""
        sheet, width = self.kept, original.width
        assert sheet is not None
        shown, alike = _columns_of(self.said, self.start)
        if width + len(shown) > COLUMNS:  # nothing fits beside the last cell, which may be empty
            width = max(
                [at + 1 for row in original.rows for at, (value, _) in row.items() if value is not None], default=0
            )
            shown = shown[: COLUMNS - width]
        spans = [SPANS[i] for i in shown]
        for c in range(width):
            sheet.set_column(c, c, original.widths.get(c, 11))
        for i, span in enumerate(spans):
            sheet.set_column(width + i, width + i, span)
        formats = _Formats(self.book, self.lang)
        forms = {style: formats.of(look) for style, look in original.looks.items()}
        unmarked = {style for style, look in original.looks.items() if look == Look()}
        noted = dict[int, list[tuple[int, str]]]()
        for (number, c), text in original.comments.items():
            noted.setdefault(number, []).append((c, text))
        for number, there in enumerate(original.rows, 1):
            said = [told[i] if i < len(told) else "" for i in shown] if (told := self.said.get(number)) else []
            tall = max((lines_of(text, span) for text, span in zip(said, spans, strict=False)), default=1)
            cells = [
                (c, _as_it_was(value), forms[style])
                for c, (value, style) in there.items()
                if c < width and (value is not None or style not in unmarked)
            ]
            height = max(original.heights.get(number, LINE), LINE * min(tall, TALL))
            if original.comments:
                sheet.set_row(number - 1, height)  # comments are placed by the heights of rows
            for c, text in noted.get(number, ()):
                sheet.write_comment(number - 1, c, _fitting(text))
            for i, text in enumerate(said):
                form = self.head if number == self.start else formats.outcome(text) if i == 0 else formats.beside
                cells.append((width + i, _fitting(text) if text else None, form))
            sheet.line(number - 1, height, cells)
        sheet.merge += [
            [m.top - 1, m.left, m.bottom - 1, m.right] for m in original.merges
        ]  # cells are written already
        across = sum(spans) + sum(original.widths.get(c, 11) for c in range(width))
        for below, text in enumerate(alike, len(original.rows) + 1):
            sheet.set_row(below, LINE * lines_of(text, across))
            sheet.merge_range(below, 0, below, width + len(spans) - 1, _fitting(text), self.wrap)
        if original.pages:
            sheet.set_header("&C" + "  ".join(original.pages).replace("&", "&&")[:200])
        on_pages(sheet, self.rule.title.of(self.lang), 1, max(self.start - 1, 0))
        sheet.freeze_panes(self.start, 0)

    def _summary(self, tally: Tally) -> None:
        sheet, counts = self.book.add_worksheet(say("summary", self.lang)), tally.statuses
        heads = [say("provision", self.lang), *(STATUS[status].of(self.lang) for status in STATUSES)]
        for i, name in enumerate(heads):
            sheet.write_string(0, i, name, self.head)
        titles = {p.id: p.title.of(self.lang) for p in self.rule.provisions}
        for r, (provision, found) in enumerate(counts.items(), 1):
            sheet.write_string(r, 0, titles.get(provision, provision))
            for c, status in enumerate(STATUSES, 1):
                sheet.write_number(r, c, found.get(status, 0))
        sheet.set_column(0, 0, 44)
        sheet.write_string(len(counts) + 2, 0, ran(tally, self.lang))
        on_pages(sheet, self.rule.title.of(self.lang), 1)
        if counts:
            self._chart(sheet, len(counts))

    def _chart(self, sheet: Any, rows: int) -> None:
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        for c, status in enumerate(STATUSES, 1):
            chart.add_series(
                {
                    "name": [sheet.name, 0, c],
                    "categories": [sheet.name, 1, 0, rows, 0],
                    "values": [sheet.name, 1, c, rows, c],
                    "fill": {"color": _COLOURS[status]},
                    "border": {"color": "#999999"},
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 760, "height": 120 + 26 * rows})
        sheet.insert_chart(rows + 4, 0, chart)

    def _citations(self) -> None:
        sheet = self.book.add_worksheet(say("citation", self.lang))
        force, at = ("效力", "条款") if self.lang == "zh" else ("Force", "Clause")
        heads = (say("title", self.lang), force, say("document", self.lang), at, say("citation", self.lang))
        for i, name in enumerate(heads):
            sheet.write_string(0, i, name, self.head)
        sheet.set_column(0, 4, 30)
        row = 1
        for p in self.rule.provisions:
            for cite in p.cites:
                cells = (p.title.of(self.lang), FORCE[p.force].of(self.lang), cite.document, cite.at, cite.phrase)
                sheet.set_row(row, LINE * max(lines_of(value, 30) for value in cells))
                for i, value in enumerate(cells):
                    sheet.write_string(row, i, value, self.wrap)
                row += 1
        on_pages(sheet, self.rule.title.of(self.lang), 1)


def ran(tally: Tally, lang: Lang) -> str:
    """Of how many cases, or entries and findings, a workbook is."""
    told = [Text(f"Entries: {tally.entries:,}", f"登记：{tally.entries:,} 条")] if tally.entries else []
    told += [
        Text(f"Findings: {tally.rows:,}", f"结论：{tally.rows:,} 项")
        if told
        else Text(f"Cases: {tally.rows:,}", f"案例：{tally.rows:,}")
    ]
    told += [Text(f"refused: {tally.rejected:,}", f"拒收：{tally.rejected:,}")] if tally.rejected else []
    return ("；" if lang == "zh" else "; ").join(one.of(lang) for one in told)


def _columns_of(said: Mapping[int, Sequence[str]], header: int) -> tuple[list[int], list[str]]:
    """Which columns say something of some case, outcome and reason always; and what is said of all decided ones alike."""
    heads = said.get(header, ())
    cases = [told for row, told in said.items() if row != header]
    shown, alike = [], []
    for i, head in enumerate(heads):
        told = [case[i] for case in cases if i < len(case)]
        if i >= COMMON and len(told) > 1 and len(set(told)) == 1 and told[0]:
            alike.append(f"{head}: {told[0]}" if head.isascii() else f"{head}：{told[0]}")
        elif i < 2 or any(told):
            shown.append(i)
    return shown, alike


class _Formats:
    """The formats of a workbook for the looks of cells, each made once."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self.book, self.made = book, dict[tuple[Any, ...], Any]()
        own = {"text_wrap": True, "valign": "top", "border": 1}
        self.beside = book.add_format(own)
        colours = {OUTCOME[name].of(lang): _COLOURS[status] for name, status in _STATUS_OF.items()}
        self.coloured = {
            word: book.add_format({**own, "bold": True, "bg_color": colour}) for word, colour in colours.items()
        }

    def outcome(self, word: str) -> Any:
        """The format of an outcome, in its colour."""
        return self.coloured.get(word, self.beside)

    def of(self, look: Look) -> Any:
        """The format of a cell."""
        key = (look.form, look.bold, look.border, look.wrap, look.align, look.fill)
        if key not in self.made:
            given = {"num_format": look.form, "bold": look.bold, "border": int(look.border), "text_wrap": look.wrap,
                     "align": look.align, "bg_color": look.fill, "valign": "vcenter"}  # fmt: skip
            self.made[key] = self.book.add_format({name: value for name, value in given.items() if value})
        return self.made[key]


def _as_it_was(value: Any) -> Any:
    """A cell as it is written: a text, a number, a day or time, an answer, nothing; anything else as text. Raises PolicyError."""
    if type(value) is str:
        return _fitting(value)
    if value is None or (isinstance(value, int | float) and isfinite(value)):
        return value
    return value if isinstance(value, dt.datetime | dt.date | dt.time) else _fitting(str(value))


def _sheet_title(title: str, own: str) -> str:
    """The name of the sheet that is kept, told from those of the results."""
    taken = {own.lower(), *(say(key, lang).lower() for key in ("summary", "citation") for lang in ("en", "zh"))}
    return f"{title[:25]} (1)" if title.lower() in taken else title


def empty_book(path: Path) -> Any:
    """A workbook to write at leisure; its texts stay texts. Raises PolicyError where the library is not installed."""
    with needed("xlsx"):
        import xlsxwriter
    return xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_numbers": False, "in_memory": True}
    )


def side_by_side(title: str, heads: Sequence[str], rows: Sequence[tuple[Sequence[str], bool]]) -> bytes:
    """A workbook of one table of texts, the rows that are marked in colour: first column heads, last citations.

    Raises:
        PolicyError: the library is not installed, or a text is too long for a cell.
    """
    with needed("xlsx"):
        import xlsxwriter
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    own = {"text_wrap": True, "valign": "top", "border": 1}
    head = book.add_format({**own, "bold": True, "bg_color": "#D9E1F2"})
    plain, marked = book.add_format(own), book.add_format({**own, "bg_color": _COLOURS["departed"]})
    sheet, last = book.add_worksheet(), len(heads) - 1
    spans = [24, *(min(48, max(18, 120 // max(last - 1, 1))) for _ in heads[1:-1]), 24]
    for c, (text, span) in enumerate(zip(heads, spans, strict=True)):
        sheet.set_column(c, c, span)
        sheet.write_string(0, c, _fitting(text), head)
    for r, (cells, differs) in enumerate(rows, 1):
        tall = max(lines_of(text, span) for text, span in zip(cells, spans, strict=True))
        sheet.set_row(r, LINE * min(tall, TALL))
        for c, text in enumerate(cells):
            sheet.write_string(r, c, _fitting(text), head if c == 0 else marked if differs and c < last else plain)
    on_pages(sheet, title)
    sheet.freeze_panes(1, 1)
    book.close()
    return file.getvalue()


def on_pages(sheet: Any, title: str, across: int = 1, header: int = 0) -> None:
    """Landscape A4, so many pages across, the header on each, page numbers below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(across, 0)
    sheet.repeat_rows(header)
    sheet.set_footer("&L" + title.replace("&", "&&")[:100] + "&R&P / &N")


@lru_cache(KEPT)
def wide(text: str) -> int:
    """How many characters of plain width the longest line of a text takes; that of a text met before is known."""
    if "\n" in text:
        return max(map(wide, text.split("\n")))
    return len(text) if text.isascii() else sum(map(_width, text))


@lru_cache(KEPT)
def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


@lru_cache(KEPT)
def lines_of(text: str, width: float) -> int:
    """Over how many lines a text goes in a column of so many plain characters."""
    if "\n" in text:
        return sum([lines_of(line, width) for line in text.split("\n")])
    return -(-wide(text) // max(1, int(width))) or 1
