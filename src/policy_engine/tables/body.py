"""The rows of a sheet below its header: which are cases, what merged cells say, what was made of cells; all of it told."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, visible
from policy_engine.basics.numerals import narrow
from policy_engine.basics.values import SQUARE_METRE, YUAN, BadValue, has_percent
from policy_engine.deciding.facts import TEXTS, read_input
from policy_engine.tables import marks
from policy_engine.tables.again import Again
from policy_engine.tables.cells import Marked
from policy_engine.tables.columns import Column, InWords, Job
from policy_engine.tables.cut import CUT, of_two_numbers, with_length
from policy_engine.tables.given import facts_of
from policy_engine.tables.marks import NOTHING, is_a_fact, kind_of_row, meant
from policy_engine.tables.plain import Kept, Plain
from policy_engine.tables.sheet import Merge, Rows, Sheet, cell_name, column_name
from policy_engine.tables.summed import Summed
from policy_engine.tables.texts import BadLine
from policy_engine.tables.units import (
    AREA,
    HINT,
    OTHER_MONEY,
    PRICE,
    SCALES,
    UNIT_HEADERS,
    UNITS,
    about_the_table,
    bare_unit,
    fits,
    in_another,
    noted,
    plain_unit,
    word_of,
)

SHOWN: Final = 8
LONG: Final = 60
"""A longer cell below the header tells of more than a unit."""
_ANOTHER: Final = re.compile(
    f"{OTHER_MONEY.pattern}|(人民币)?[百千万亿佰仟]{{1,3}}|[角分]|{AREA.pattern}", re.IGNORECASE
)
"""Units other than those of inputs; 单位 is an organisation more often."""
_COINS: Final = frozenset({"货币单位", "币种", "货币", "currency"})
"""Headers under which 元 is a currency, whatever numbers are counted in."""


class Body:
    """Goes through the rows once; what was left out, filled or read in a way of its own is told at the end."""

    def __init__(
        self, sheet: Sheet, columns: Sequence[Column], job: Job, file: str, header: Sequence[str] = (),
        told: Mapping[int, frozenset[str]] = MappingProxyType({}), form: bool = False, titles: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.columns, self.job, self.file, self.header, self.day_0 = columns, job, file, list(header), sheet.day_0
        self.named, self.typed, self.form = sheet.named, sheet.typed, form
        self.inputs = [(i, c.entry) for i, c in enumerate(columns) if c.entry is not None]
        self.width, self.entries = len(columns), [c.entry for c in columns]
        self.added = Summed(self.entries)
        self.starting: dict[int, list[Merge]] = defaultdict(list)
        for merge in () if form else sheet.merges:
            self.starting[merge.top].append(merge)
        self.open: list[tuple[Merge, Any]] = []
        self.left, self.filled = list[Text](), list[str]()
        self.made: dict[str, list[str]] = defaultdict(list)
        self.read: dict[tuple[int, str], Any] = {}
        self.titles, self.across = {_first_part(title) for title in titles}, set[int]()
        self.again = Again(columns, job, file, self.header, told)
        self.plain = Plain(columns, self.header, self.again.names, self._is_odd, sheet.day_0)
        register = None if job.rule.provisions else job.rule.register  # none: the rule as an entry sees it
        self.hidden, self.seen = sheet.hidden, set[int]()
        self.counted = bool(job.rule.provisions) or register is not None  # of events 撤销 is a kind
        self.summed = {total.summed for total in register.totals.values()} if register else set()

    def rows(self, rows: Rows) -> Iterator[tuple[int, list[Any]]]:
        """The rows that are cases. Raises PolicyError where a note below the table gives its numbers another unit."""
        first = True
        if not (self.named or self.typed or self.form):
            numbers = [i for i, entry in self.inputs if entry.type.kind == "number"]
            rows, self.width = with_length(rows, numbers, len(self.columns))
        meant_in = self._meant
        for number, cells in rows:
            if type(cells) is BadLine:
                yield number, cells
                continue
            kept = Kept(cells)
            kept.meaning = partial(meant_in, number)
            if not first and self._is_plain(number, kept):
                kept.plain = True
                self.seen.add(number)
                yield number, kept
                continue
            blank = all(cell is None or not str(cell).strip() for cell in kept)
            merged = self._merged(number, kept)
            if blank and not (self.form and first):
                continue
            if not self.named and not self.form and self._is_no_case(number, kept, first):
                first = False
                self.added.left_out()
                continue
            first = False
            self.added.case(kept)
            kept.wrong = kept.wrong or merged or self._cannot_be_taken(kept)
            self.seen.add(number)
            kept.meant  # noqa: B018 - what was made of its cells is told in the order of the rows
            yield number, kept
        self._tell()

    def _is_plain(self, number: int, cells: Kept) -> bool:
        """Whether a row is a case of which every cell is only a fact, or beside one, so that nothing more is asked of it."""
        if self.open or number in self.starting or (told := self.plain.told(cells)) is None:
            return False
        if self.added.may_be_total(told):
            return False
        self.added.case(cells, told)
        return True

    def _is_odd(self, i: int, cell: str) -> bool:
        """Whether a text may say that its row cannot be taken as it stands."""
        alone = [None] * i + [cell]
        return _first_part(cell) in self.titles or (self._struck(alone) or self._of_another_unit(alone)) is not None

    # --- rows that are no cases -------------------------------------------------------------------------------------

    def _is_no_case(self, number: int, cells: Kept, first: bool) -> bool:
        self._check_notes(cells)
        words = ["" if cell is None else str(cell).strip() for cell in cells]
        if any(words) and self.again.is_header(number, words):
            return self._leave(number, Text("the header again", "重复的表头"))
        if any(words) and all(bare_unit(word) for word in words if word):
            return self._leave(number, Text("units", "单位行"))
        only = "".join(words)
        again = only in words and _first_part(only) in self.titles and not self._has_facts(cells, "group", "")
        if again or (only in words and number in self.across) or marks.is_end(cells, self.entries):
            word = next(filter(None, words))[:20]
            return self._leave(number, Text(f"`{word}`", f"“{word}”"))
        if first and marks.is_numbering(cells):
            if not self._all_facts(cells):
                return self._leave(number, Text("numbers of columns", "栏次"))
            en, zh = "it may number the columns, and be a case", "既可能是栏次，也可能是案例"
            advice = Text(
                "delete the row; a case may stand further down", "是栏次的，请删除该行；是案例的，请移到其他行之后"
            )
            cells.wrong = PolicyError(problem("numbers", en, zh, None, advice))
            return False
        found = kind_of_row(cells)
        if found is None:
            inside = marks.total_inside(cells)
            if not inside:
                return self._only_adds_up(number, cells)
            if self._has_facts(cells, "total", inside):
                return False
            return self._leave(number, Text(f"`{inside[:20]}`", f"“{inside[:20]}”"))
        kind, told = found
        if kind == "group" and any(
            is_a_fact(c, e) for i, e in self.inputs if (c := cells[i] if i < len(cells) else None)
        ):
            return False
        if kind != "example" and self._has_facts(cells, kind, told):
            if kind == "signature" and not re.search("[:：]", told):
                return False  # 负责人 in a column of offices
            en, zh = f"it begins with `{told}` and has facts of a case", f"以“{told}”开头，却又填有案例的内容"
            advice = Text("delete the row, or put another word there", "请删除该行，或改写该处文字")
            cells.wrong = PolicyError(problem("total", en, zh, None, advice))
            return False
        return self._leave(number, Text(f"`{told[:20]}`", f"“{told[:20]}”"))

    def _only_adds_up(self, number: int, cells: Kept) -> bool:
        """Whether a row has nothing but the sums of those above, without a word that says so; under one row it is refused."""
        found = self.added.is_total(cells)
        if found == "yes":
            return self._leave(number, Text("only the sums of the rows above", "只有以上各行之和"))
        if found == "maybe":
            en, zh = "it has only what the row above has, and may be its total", "只填有与上一行相同的数，可能是合计"
            advice = Text(
                "a total: write `total` before it; a case: fill it in", "是合计的，请注明“合计”；是案例的，请填写完整"
            )
            cells.wrong = PolicyError(problem("total", en, zh, None, advice))
        return False

    def _leave(self, number: int, why: Text) -> bool:
        self.left.append(Text(f"row {number} ({why.en})", f"第 {number} 行（{why.zh}）"))
        return True

    def _has_facts(self, cells: Sequence[Any], kind: str, told: str) -> bool:
        """Whether cells besides the one that says what the row is are facts; under a total numbers are no case."""
        for i, entry in self.inputs:
            cell = cells[i] if i < len(cells) else None
            if (
                str(cell).strip() != told
                and not (kind == "total" and entry.type.kind == "number")
                and is_a_fact(cell, entry)
            ):
                return True
        return False

    def _all_facts(self, cells: Sequence[Any]) -> bool:
        """Whether every cell of an input is a fact."""
        return all(is_a_fact(cells[i] if i < len(cells) else None, entry) for i, entry in self.inputs)

    def _check_notes(self, cells: Kept) -> None:
        """A unit noted below the header is the one that is read in, or the sheet is refused. Raises PolicyError."""
        if self.job.unit:
            return
        for i, asked in self.inputs:
            cell = cells[i] if i < len(cells) else None
            if type(cell) is not str or cell[:1].isdigit() or len(cell) > LONG:
                continue
            told_in = bare_unit(cell) if asked.type.kind == "number" else None
            of_money = told_in is not None and (told_in[0], asked.type.unit) == (YUAN, PRICE)
            if told_in and (of_money or fits(told_in[0], asked)):
                if told_in == (asked.type.unit, self.columns[i].factor):
                    continue
                en, zh = f"`{cell}` stands where a number does", f"“{cell}”写在填数的位置"
                advice = Text(
                    "write the unit into the header, or say it with --unit", "请将单位写入列名，或用 --unit 写明"
                )
                raise PolicyError(problem("unit", en, zh, Place(self.file), advice))
        every = [cell for cell in cells if cell is not None and str(cell).strip()]
        told = [cell for cell in every if isinstance(cell, str) and HINT.search(cell)]
        titles = [every[0]] if len(every) == 1 and isinstance(every[0], str) else []
        if told and self._is_case_beside(cells, told):
            cells.wrong = next(filter(None, map(self._noted_in_row, [c for c in told if not about_the_table(c)])), None)
            told = list(filter(about_the_table, told))
        if told or titles:
            self._check_table(told, titles)

    def _is_case_beside(self, cells: Sequence[Any], told: Sequence[str]) -> bool:
        """Whether a row has facts of a case besides some notes, and is none of those that are left out."""
        facts = any(
            is_a_fact(cell, entry)
            for i, entry in self.inputs
            if (cell := cells[i] if i < len(cells) else None) not in told
        )
        return facts and kind_of_row(cells) is None

    def _noted_in_row(self, cell: str) -> PolicyError | None:
        """Why a row cannot be taken, one of whose cells speaks of units among other things; longer ones tell of other matters."""
        if len(cell) > LONG:
            return None
        try:
            self._check_table([cell], ())
        except PolicyError:
            en, zh = f"the unit may be another: `{visible(cell)}`", f"单位可能另有所指：`{visible(cell)}`"
            advice = Text("write it into the header, not here", "请将单位写入列名，并删去此处的说明")
            return PolicyError(problem("unit", en, zh, None, advice))
        return None

    def _check_table(self, told: Sequence[str], titles: Sequence[str]) -> None:
        """Raises PolicyError where what is noted is not the unit that is read in."""
        for unit, factor in noted(told, self.job.rule, self.file, titles).items():
            if any(c.is_noted_otherwise(unit, factor) for c in self.columns):
                note = visible([*told, *titles][0])
                en, zh = f"`{note}` stands below the header it is about", f"“{note}”写在表头的下方"
                advice = Text("put it above the table, or say it with --unit", "请写在表的上方，或用 --unit 写明")
                raise PolicyError(problem("unit", en, zh, Place(self.file), advice))

    # --- merged cells -----------------------------------------------------------------------------------------------

    def _merged(self, number: int, cells: Kept) -> PolicyError | None:
        """Fill cells merged downwards; what cannot be told of merged cells."""
        self.open = [(merge, value) for merge, value in self.open if merge.bottom >= number]
        wrong = None
        for merge, value in self.open:
            cells += [None] * (merge.left + 1 - len(cells))
            cells[merge.left] = value
            wrong = wrong or self._shared(merge, value)
        for merge in sorted(self.starting.pop(number, ()), key=lambda merge: merge.left):
            value = cells[merge.left] if merge.left < len(cells) else None
            if value is None or not str(value).strip():
                continue
            if merge.bottom > number:
                self.open.append((merge, value))
                self.filled.append(f"{cell_name(merge.top, merge.left)}:{cell_name(merge.bottom, merge.left)}")
                wrong = wrong or self._shared(merge, value)
            wrong = wrong or self._across(merge, value)
        return wrong

    def _shared(self, merge: Merge, value: Any) -> PolicyError | None:
        """An amount that several entries share would be added up as often as there are entries."""
        entry = self._entry(merge.left)
        if entry is None or entry.name not in self.summed:
            return None
        en, zh = (
            f"`{value}` is merged over several rows and would be added up for each",
            f"`{value}` 由多行合并，逐行相加会重复计算",
        )
        advice = Text("write the amount of each row", "请逐行写明数额")
        return PolicyError(problem("merged", en, zh, Place(self.columns[merge.left].header), advice))

    def _across(self, merge: Merge, value: Any) -> PolicyError | None:
        """One cell over several inputs says nothing of each."""
        over = [c.header for i, c in enumerate(self.columns) if merge.left <= i <= merge.right and c.entry]
        if len(over) < 2:
            return None
        if len(over) == len(self.inputs) and not any(is_a_fact(value, entry) for _, entry in self.inputs):
            self.across |= {merge.top} if merge.top == merge.bottom else set()  # the heading of a part of the table
        names = ", ".join(over)
        advice = Text("write each cell of its own", "请分别填写")
        en, zh = f"`{value}` is merged over: {names}", f"`{value}` 合并于多列：{names}"
        return PolicyError(problem("merged", en, zh, Place(over[0]), advice))

    def _entry(self, column: int) -> Any:
        return self.columns[column].entry if column < len(self.columns) else None

    # --- cells ------------------------------------------------------------------------------------------------------

    def _cannot_be_taken(self, cells: Kept) -> PolicyError | None:
        """Why a case cannot be taken as its cells stand; the cells themselves are read later."""
        return (
            self._struck(cells)
            or self._of_another_unit(cells)
            or self._of_other_words(cells)
            or (None if self.named or self.typed else of_two_numbers(cells, self.columns, self.width))
        )

    def _struck(self, cells: Sequence[Any]) -> PolicyError | None:
        """What is crossed out, or said not to count, may count or not; figures with raised ones are read as one number."""
        for i, cell in enumerate(cells):
            entry, header = self._entry(i), self.columns[i].header if i < len(self.columns) else ""
            if isinstance(cell, Marked) and (cell.crossed or entry is not None):
                en, zh = (f"`{visible(cell)}` {words}" for words in (cell.why.en, cell.why.zh))
                return PolicyError(problem("struck", en, zh, Place(header), cell.way))
            if (
                isinstance(cell, str)
                and entry is None
                and self.counted
                and not self.named
                and marks.is_void(cell, header)
            ):
                en, zh = f"the row is marked `{cell.strip()}`", f"该行注明“{cell.strip()}”"
                advice = Text("delete the row, or the mark", "不计入的，请删除该行；计入的，请删除该注记")
                return PolicyError(problem("void", en, zh, Place(header), advice))
        return None

    def _of_another_unit(self, cells: Sequence[Any]) -> PolicyError | None:
        """A column that says in which unit the numbers of the row are: anything but the unit of the input is refused."""
        for column, cell in zip(self.columns, cells, strict=False):
            if column.entry is not None or not isinstance(cell, str) or len(cell) > CUT:
                continue
            word = narrow(cell).strip()
            head = "".join(column.header.split()).lower()
            of_units = head in UNIT_HEADERS
            if (_ANOTHER if of_units else OTHER_MONEY).fullmatch(word) and self._counts_otherwise(word, of_units):
                advice = Text("write the unit with each number, such as 3000万元", "请在数后写明单位，如 3000万元")
                en, zh = f"the numbers of this row are in `{word}`", f"本行的数以 `{word}` 为单位"
                return PolicyError(problem("unit", en, zh, Place(column.header), advice))
            if of_units and head not in _COINS and (wrong := self._in_another(word, column.header, cells)):
                return wrong
        return None

    def _in_another(self, word: str, header: str, cells: Sequence[Any]) -> PolicyError | None:
        """Why the numbers of a row in whose column of units a word stands cannot be read: they are read in another unit."""
        for i, entry in self.inputs:
            own = i < len(cells) and has_percent(str(cells[i]))
            if not own and in_another(word, entry, self.columns[i].factor):
                meant_in = word_of((entry.type.unit or (), self.columns[i].factor))
                en, zh = f"the numbers of this row are in `{word}`", f"本行的数以 `{word}` 为单位"
                with_it = Text(f"write `{word}` behind each number", f"请在数后写明 {word}")
                advice = Text(f"give them in {meant_in}", f"请换算为{meant_in}") if meant_in else with_it
                return PolicyError(problem("unit", en, zh, Place(header), advice))
        return None

    def _counts_otherwise(self, word: str, of_units: bool) -> bool:
        """Whether amounts of the table are read in another unit than that which stands in a row."""
        unit, factor = UNITS.get(plain_unit(word), (None, None))
        units = (SQUARE_METRE,) if AREA.fullmatch(word) else (YUAN, PRICE) if of_units else (YUAN,)
        alone = not SCALES.sub("", word)  # 万, of whatever is counted
        return any(
            entry.type.kind == "number" and (alone or entry.type.unit in units) and column.factor != factor
            for i, entry in self.inputs
            if not (
                (column := self.columns[i]).own_unit and unit and entry.type.unit == PRICE
            )  # its own says of what area
        )

    def _of_other_words(self, cells: Sequence[Any]) -> PolicyError | None:
        """An amount in words beside its figures: a row in which they say different things is refused."""
        for i, column in enumerate(self.columns):
            entry, words = column.amount if isinstance(column, InWords) else None, cells[i] if i < len(cells) else None
            if entry is None or words is None or str(words).strip() in ("", *NOTHING):
                continue
            said: object = None
            figures: object = None
            try:
                said = read_input(entry, words)
                told = facts_of(cells, [replace(c, entry=c.entry if c.entry == entry else None) for c in self.columns])
                figures = read_input(entry, told[entry.name]) if entry.name in told else None
            except (BadValue, PolicyError):
                said = None
            if said is None or said != figures:
                advice = Text("write the same amount in both", "请核对后改为一致")
                en, zh = f"`{words}` is not the amount in figures", f"大写 `{words}` 与小写数额不一致"
                return PolicyError(problem("words", en, zh, Place(column.header), advice))
        return None

    def _meant(self, number: int, i: int, cell: Any) -> Any:
        entry = self._entry(i)
        if entry is None or cell is None or self.typed:
            return cell
        if type(cell) is str and (i, cell) in self.read:
            return self.read[i, cell]
        column = self.columns[i]
        value, made = meant(cell, entry, column.header, self.day_0)
        if type(cell) is str and not made and len(self.read) < TEXTS:
            self.read[i, cell] = value
        if made:
            at = column.at or (column.header if self.named else cell_name(number, i))
            shown = value.isoformat() if isinstance(value, dt.date) else cell
            self.made[made].append(f"{at} ({shown})")
        return value

    def _tell(self) -> None:
        """One line of what was left out, filled and read as something else."""
        alike = [[Text(one, one) for one in found] for found in (self.filled, self.made["nothing"], self.made["day"])]
        heads = (Text("left out: ", "未作为案例："), Text("merged cells filled downwards: ", "合并单元格已向下填充："),
                 Text("read as nothing, not known: ", "视为未填："), Text("serial numbers read as dates: ", "日期序号读作日期："))  # fmt: skip
        self._tell_hidden()
        for head, found in zip(heads, (self.left, *alike), strict=True):
            self._say(head, found)

    def _tell_hidden(self) -> None:
        """Rows and columns that nobody sees, and that were read."""
        rows = [Text(f"row {n}", f"第 {n} 行") for n in self.hidden.rows if n in self.seen]
        there = [
            i for i, c in enumerate(self.columns) if (c.entry or isinstance(c, InWords)) and i in self.hidden.columns
        ]
        found = rows + [Text(f"column {name}", f"{name} 列") for name in map(column_name, there)]
        self._say(Text("hidden, and read too: ", "隐藏的也已读取："), found)

    def _say(self, head: Text, found: Sequence[Text]) -> None:
        lang = self.job.lang
        if found:
            more = f" … (+{len(found) - SHOWN})" if len(found) > SHOWN else ""
            shown = ("、" if lang == "zh" else ", ").join(one.of(lang) for one in found[:SHOWN])
            self.job.tell(head.of(lang) + shown + more)


def _first_part(title: str) -> str:
    """A title without what says that it goes on: 发放表（续）."""
    return re.sub(r"[（(]?续表?[)）]?$", "", "".join(title.split()))
