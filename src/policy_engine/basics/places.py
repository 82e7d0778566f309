"""Files that were read: their text, their data, and the place of every part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policy_engine.basics.errors import Place, PolicyError, Problem, Text, problem, unreadable

Path_ = tuple[str | int, ...]
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 40
_BLOCK: Final = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")


@dataclass(frozen=True)
class ReadFile:
    """A read file: plain data with every scalar as the text that was written, and the place of each part."""

    file: str
    data: Any
    places: dict[Path_, Place]
    problems: tuple[Problem, ...] = ()
    lines: tuple[str, ...] = ()

    def place(self, path: Path_) -> Place:
        """The place of a part, or of the nearest part around it."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return Place(self.file)

    def inside(self, path: Path_, text: str, column: int) -> Place:
        """The place of a character of a text as it was written, on one line or on several; else that of its beginning."""
        start, before = self.place(path), "".join(text[:column].split())
        number, at, found = start.line, start.column - 1, 0
        if _BLOCK.fullmatch(start.source[at:]):
            number, at = number + 1, 0
        for number, line in enumerate(self.lines[number - 1 :], number):  # noqa: B020
            for i in range(at, len(line)):
                if line[i].isspace():
                    continue
                if found == len(before):
                    return Place(self.file, number, i + 1, line)
                if line[i] != before[found]:
                    return start
                found += 1
                if found == len(before) and column >= len(text.rstrip()):
                    return Place(self.file, number, i + 2, line)
            at = 0
        return start


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises PolicyError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)  # some files have no end
    except OSError as error:
        raise unreadable(error, str(path)) from None
    return decode(raw, str(path))


def decode(raw: bytes, file: str) -> str:
    """Bytes as UTF-8 text; anything else is refused, not guessed. Raises PolicyError."""
    if len(raw) > MAX_BYTES:
        raise PolicyError(problem("too-large", "the file is larger than 32 MiB", "文件超过 32 MiB", Place(file)))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        advice = Text("save the file as UTF-8", "请将文件另存为 UTF-8 编码")
        wrong = problem("encoding", "the file is not UTF-8", "文件不是 UTF-8 编码", Place(file, line, 1), advice)
        raise PolicyError(wrong) from None
