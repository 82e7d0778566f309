"""A document as what it says: its sentences and tables, each with its locator; nothing is decided about them here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policy_engine.basics.errors import PolicyError, Text, problem
from policy_engine.proving.audit import GazetteText, read_source

_HAN: Final = "一二三四五六七八九十百零"
_HEADS: Final = (
    re.compile(rf"(第[{_HAN}\d]+条)"),
    re.compile(rf"([{_HAN}]+)[、.．]"),
    re.compile(rf"([（(][{_HAN}]+[)）])"),
    re.compile(r"(\d{1,2})[.．、](?!\d)"),
)  # fmt: skip
"""How the parts of a document are numbered, the outer before the inner."""
_ANNEX: Final = re.compile(rf"(附表|附件)[{_HAN}\d]*")
_CELL: Final = re.compile(r"[\d.,]+[%％]?|[-—–/]+")
RANGE: Final = re.compile(r"(?:超过|不超过|不足|低于|高于|满)\d.*|\d[^，。]*(?:以下|以上|以内)的?(?:部分)?")
"""A bracket, as tables print it."""
_MODAL: Final = re.compile("应当|必须|不得(?!超|低|少|高)|严禁|可以|原则上|鼓励|一般|力争")
_EXCEPTS: Final = re.compile("除外|不予|不再|不作")
_STOP: Final = "。！？：:"
_HEADING: Final = re.compile(r"[^，。；：、,;:]{2,20}")
"""What stands on a line of its own behind 一、or （一）: a heading, of which nothing goes on in the next line."""
PREAMBLE: Final = "序言"


@dataclass(frozen=True)
class Sentence:
    """One sentence, without white space."""

    at: str
    text: str


@dataclass(frozen=True)
class PrintedTable:
    """A printed table: its title, its header, its rows."""

    at: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Said = Sentence | PrintedTable


def read_clauses(original: str, document: str, at: str = "") -> list[Said]:
    """What a document says, or what it says at a locator and below. Raises PolicyError."""
    source = read_source(original, [document])
    if document not in source.by_document:
        raise PolicyError(problem("no-document", f"`{document}` is not in the source", f"原文中没有 `{document}`"))
    found = list(_said(_lines(source, document)))
    if not at:
        return found
    here = [one for one in found if one.at == at or (one.at.startswith(at) and not one.at[len(at)].isdigit())]
    if not here:
        places = "、".join(dict.fromkeys(one.at for one in found))
        help = Text(f"its places: {places}", f"其中有：{places}")
        raise PolicyError(
            problem("no-clause", f"`{at}` is not in `{document}`", f"`{document}` 中没有 `{at}`", None, help)
        )
    return here


def _lines(source: GazetteText, document: str) -> list[str]:
    """The lines of a document with the white space inside them, without page numbers."""
    section = source.by_document[document]
    places = source.places[section.start : section.end]
    pieces, last = list[str](), places[0]
    for place in places:
        between = source.original[last:place]
        pieces += [c for c in between if c.isspace()] + [source.original[place]]
        last = place + 1
    return "".join(pieces).splitlines()


def _said(lines: Sequence[str]) -> Iterator[Said]:
    """The sentences and tables of the lines; a line that ends without a stop goes on in the next."""
    levels, block, title, i = [""] * len(_HEADS), "", "", 0
    while i < len(lines):
        line = lines[i].strip()
        grid = _grid(lines, i, "".join(levels), title)
        annex = _ANNEX.fullmatch(re.sub(r"\s+", "", line))
        if grid is not None or annex or (level := _level(line)) is not None:
            yield from _sentences(block, "".join(levels))
            block = ""
        if grid is not None:
            yield grid
            i += len(grid.rows)
        elif annex:
            levels = [annex[0], *[""] * (len(_HEADS) - 1)]
        elif level is not None:
            head = _HEADS[level].match(line)
            assert head is not None
            levels = [*levels[:level], head[1], *[""] * (len(_HEADS) - level - 1)]
            block, title = re.sub(r"\s+", "", line[head.end() :]), ""
            if level and _HEADING.fullmatch(block) and (i + 1 == len(lines) or not lines[i + 1].strip()):
                yield from _sentences(block, "".join(levels))
                block = ""
        else:
            squeezed = re.sub(r"\s+", "", line)
            block, title = block + squeezed, squeezed or title
        if block and block[-1] in _STOP:
            yield from _sentences(block, "".join(levels))
            block = ""
        i += 1
    yield from _sentences(block, "".join(levels))


def _level(line: str) -> int | None:
    """Which numbering a line begins with."""
    return next((k for k, head in enumerate(_HEADS) if head.match(line)), None)


def _grid(lines: Sequence[str], i: int, at: str, title: str) -> PrintedTable | None:
    """The table whose header is a line: below it rows of as many cells, all but the first of them figures."""
    head, rows = _cells(lines[i]), list[tuple[str, ...]]()
    if len(head) < 2 or any(map(_CELL.fullmatch, head[1:])):
        return None
    for line in lines[i + 1 :]:
        cells = _cells(line)
        if len(cells) != len(head) or not all(_CELL.fullmatch(cell) or RANGE.fullmatch(cell) for cell in cells[1:]):
            break
        rows.append(cells)
    return PrintedTable(at, title, head, tuple(rows)) if rows else None


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell for cell in re.split(r"\t+|[ 　]{2,}|　| (?=[\d.]+[%％]?(?: |$))", line.strip()) if cell)


def _sentences(block: str, at: str) -> Iterator[Sentence]:
    """The sentences of a block; what stands after ；is one of its own where it binds by a word of its own."""
    for text in re.findall(r"[^。！？]+[。！？]?", block):
        part = ""
        for piece in re.split("(?<=[；;])", text):
            if part and _MODAL.search(piece) and _MODAL.search(part) and not _EXCEPTS.search(piece):
                yield Sentence(at or PREAMBLE, part.rstrip("；;"))
                part = ""
            part += piece
        if part.strip("。；;：:"):
            yield Sentence(at or PREAMBLE, part.rstrip("；;：:"))
