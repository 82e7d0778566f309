"""A header further down a sheet: the first once more, or one that gives the numbers below it another meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.deciding.facts import TEXTS
from policy_engine.rulebook.rule import plain
from policy_engine.tables.columns import Column, InWords, Job, column_of, names_input, register_names
from policy_engine.tables.marks import is_a_fact

LONG: Final = 60
"""A longer cell below the header names no input again."""


class Again:
    """Which rows are headers again; `told`: every word that stands over a column in the first header."""

    def __init__(
        self, columns: Sequence[Column], job: Job, file: str, header: Sequence[str], told: Mapping[int, frozenset[str]]
    ) -> None:
        self.columns, self.job, self.file, self.header, self.told = columns, job, file, list(header), told
        self.whom = register_names(job.rule)
        self.known: dict[str, bool] = {}

    def is_header(self, number: int, words: Sequence[str]) -> bool:
        """Whether a row is the header once more. Raises PolicyError where other words, or other units, stand over an input."""
        words = [*words, *[""] * (len(self.columns) - len(words))]  # a row may end before its empty cells
        if words[: len(self.header)] == self.header and not any(words[len(self.header) :]):
            return True
        again = [i for i, word in enumerate(words) if word and (word in self.told.get(i, ()) or self._is_label(word))]
        if len(again) < 2 or any(self._may_be_fact(i, words[i]) for i in again):
            return False
        if all(self._is_same(i, word) for i, word in enumerate(words) if i < len(self.columns) or word):
            return True
        en, zh = f"row {number} is a header unlike the first", f"第 {number} 行是另一个表头，与前面的不同"
        advice = Text(
            "put each table on a sheet of its own (--sheet)", "请将各表分别放在单独的工作表中（用 --sheet 选择）"
        )
        raise PolicyError(problem("header", en, zh, Place(self.file), advice))

    def names(self, word: str) -> bool:
        """Whether a word names an input."""
        if word not in self.known and len(self.known) < TEXTS:
            self.known[word] = names_input(word, self.job) is not None
        return self.known.get(word, False)

    def _is_label(self, word: str) -> bool:
        return not word[-1].isdigit() and len(word) <= LONG and self.names(word)

    def _may_be_fact(self, i: int, word: str) -> bool:
        """Whether a word that names an input may be a fact where it stands: any may under an input of texts, but its own header."""
        entry = self.columns[i].entry if i < len(self.columns) else None
        own = entry is not None and entry.type.kind in ("text", "code") and word in self.told.get(i, ())
        return entry is not None and not own and is_a_fact(word, entry)

    def _is_same(self, i: int, word: str) -> bool:
        """Whether what stands over a column leaves its meaning and its unit as they are."""
        above, told = self.columns[i] if i < len(self.columns) else None, self.told.get(i, frozenset[str]())
        entry = above.entry if above else None
        if word in told or plain(word) in map(plain, told):
            return True
        if entry is None and not self.names(word):
            if above is not None and above.header in self.whom:
                return word in self.whom
            return not isinstance(above, InWords)
        if not word:
            return len(told) > 1  # of a header of several rows one may leave a column out
        try:
            below = column_of(word, self.job)
        except PolicyError:
            return False
        if above is None or entry is None or below.entry is None or entry.name != below.entry.name:
            return False
        if not (below.own_unit or above.own_unit):
            return True
        return (above.factor, above.in_its_unit) == (below.factor, below.in_its_unit)
