"""The text of a .docx as Word counts it, and what its program recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from policy_engine.measuring.ooxml import Package, W

EXTENDED: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}"
STRICT_EXTENDED: Final = "{http://purl.oclc.org/ooxml/officeDocument/extendedProperties}"
FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED: Final = {W + tag for tag in ("del", "moveFrom", "rt", "instrText", "delText", "rPr", "pPr", "sectPr")} | {
    FALLBACK
}
_BREAKS: Final = {W + "br": "\n", W + "cr": "\n", W + "tab": "\t", W + "noBreakHyphen": "-", W + "ptab": "\t"}
_NUMBERS: Final = ("Pages", "Words", "Characters", "CharactersWithSpaces")


@dataclass
class Written:
    """The paragraphs of a document: those of the text, of text boxes, of notes below and behind it; how long its field codes are."""

    text: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    codes: int = 0


def written(package: Package) -> Written:
    """All that is counted: no headers, footers, comments, hidden or deleted text, numbers of lists. Raises PolicyError."""
    found = Written()
    document = package.tree("word/document.xml")
    if document is not None:
        _paragraphs(document, found.text, found.boxes)
        found.codes = sum(len(code.text or "") for code in document.iter(W + "instrText"))
    for name, tag in (("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote")):
        notes = package.tree(name)
        for note in () if notes is None else notes.iter(W + tag):
            if note.get(W + "type") in (None, "normal"):  # the others are the lines above notes
                _paragraphs(note, found.notes, found.notes)
    return found


def _paragraphs(part: Element, into: list[str], boxes: list[str]) -> None:
    """The text of each paragraph; that of a box that stands in one is not of it."""
    waiting = [(part, into)]
    while waiting:
        node, target = waiting.pop()
        for child in reversed(node):
            if child.tag in _SKIPPED:
                continue
            waiting.append((child, boxes if child.tag == W + "txbxContent" else target))
        if node.tag == W + "p":
            target.append("".join(_runs(node)))


def _runs(paragraph: Element) -> Iterator[str]:
    """What a paragraph says, without paragraphs inside it."""
    waiting = [*reversed(paragraph)]
    while waiting:
        node = waiting.pop()
        if node.tag in _SKIPPED or node.tag == W + "txbxContent" or (node.tag == W + "r" and _hidden(node)):
            continue
        if node.tag == W + "t":
            yield node.text or ""
        elif node.tag == W + "sym":
            yield "\u25a1"  # a sign of a font of its own
        elif node.tag in _BREAKS:
            yield _BREAKS[node.tag]
        else:
            waiting += reversed(node)


def _hidden(run: Element) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(W + "val") not in ("0", "false", "off")


def recorded(package: Package) -> tuple[str, dict[str, int]]:
    """The program that last saved the file, and what it recorded: `Pages`, `Words`, `Characters`, `CharactersWithSpaces`."""
    part = package.tree("docProps/app.xml")
    if part is None:
        return "", {}
    said = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in part}
    numbers = {name: int(said[name]) for name in _NUMBERS if said.get(name, "").isdecimal() and len(said[name]) < 10}
    return said.get("Application", "")[:100], numbers


def opened(path: Path) -> Package:
    """A .docx. Raises PolicyError where it is none."""
    return Package(path)
