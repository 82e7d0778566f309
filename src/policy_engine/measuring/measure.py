"""A document measured: its length by several counts, its pages and where they are known from, its layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem, unreadable
from policy_engine.basics.places import MAX_BYTES, decode
from policy_engine.measuring.counting import Count, count
from policy_engine.measuring.docx import Written, opened, recorded, written
from policy_engine.measuring.layout import STANDARD, Point, points
from policy_engine.measuring.pdf import read_pdf
from policy_engine.rulebook.rule import Rule

KINDS: Final = (".docx", ".pdf", ".txt", ".md")
PAGE, CHARACTER = "页", "字"
"""The units of the inputs that are measured."""
_MARKS: Final = (
    (re.compile(r"^ {0,3}(?:#{1,6}\s+|>\s?|(?:[-*+]|\d{1,9}[.)])\s+|(?:```|~~~).*$|(?:[-*_]\s*){3,}$)", re.MULTILINE), ""),
    (re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|)+\s*:?-*:?\s*$", re.MULTILINE), ""),
    (re.compile(r"!?\[([^\]\n]{0,1000})\]\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r"[*_`]{1,3}|\|"), " "),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a document comes to. `pages` is None where nobody laid it out; `pages_by` says where they are known from."""

    file: str
    count: Count
    alone: Count | None = None
    """Without text boxes, footnotes and endnotes, where there are some."""
    pages: int | None = None
    pages_by: Text
    notes: tuple[Text, ...] = ()
    layout: tuple[Point, ...] = ()

    def facts(self, rule: Rule) -> dict[str, object]:
        """The inputs of a rule that are in pages (页) or characters (字), as far as they are known. Raises PolicyError for a rule without."""
        known = {PAGE: self.pages, CHARACTER: self.count.length}
        asked = {entry.name: known[entry.unit_word.zh] for entry in rule.inputs.values() if entry.unit_word.zh in known}
        if not asked:
            raise PolicyError(
                problem("measure", f"{rule.decision} asks for no pages and no characters",
                        f"“{rule.title.zh}”不涉及页数和字数")
            )  # fmt: skip
        return {name: value for name, value in asked.items() if value is not None}


def measure(path: Path, layout: bool = False) -> Measured:
    """A .docx, .pdf, .txt or .md measured; `layout` asks LibreOffice for the pages. Raises PolicyError."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        advice = Text("save it as .docx", "请另存为 .docx") if kind in (".doc", ".wps", ".odt", ".rtf") else None
        accepted = ", ".join(KINDS)
        raise PolicyError(
            problem("measure", f"`{path}` is none of: {accepted}", f"`{path}` 不是以下格式：{accepted}", None, advice)
        )
    _bounded(path)
    if kind == ".pdf":
        return _pdf(path)
    return _docx(path, layout) if kind == ".docx" else _text(path, kind, layout)


def _bounded(path: Path) -> None:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise IsADirectoryError(21, "not a file")
    except OSError as error:
        raise unreadable(error, str(path)) from None
    if size > MAX_BYTES:
        shown = f"{MAX_BYTES >> 20} MiB"
        raise PolicyError(problem("too-large", f"larger than {shown}", f"超过 {shown}", Place(str(path))))


def _laid_out(path: Path) -> tuple[int, Text]:
    from policy_engine.measuring.office import pages_laid_out

    return pages_laid_out(path), Text(
        "laid out by LibreOffice with the fonts of this machine", "由 LibreOffice 按本机字体排版得出"
    )


def _docx(path: Path, layout: bool) -> Measured:
    package = opened(path)
    found, (program, numbers) = written(package), recorded(package)
    whole, alone = count([*found.text, *found.boxes, *found.notes]), count(found.text)
    pages, by, notes = _recorded(program, numbers, found, alone)
    if layout:
        pages, by = _laid_out(path)
    more = whole != alone
    return Measured(
        file=str(path), count=whole, alone=alone if more else None, pages=pages, pages_by=by, notes=notes,
        layout=tuple(points(package)),
    )  # fmt: skip


def _recorded(
    program: str, numbers: dict[str, int], found: Written, counted: Count
) -> tuple[int | None, Text, tuple[Text, ...]]:
    """The pages that are recorded in a file, unless what is recorded beside them is of another text."""
    pages, length = numbers.get("Pages", 0), numbers.get("CharactersWithSpaces")
    unknown = Text(
        "not known: the file records none; --layout asks LibreOffice",
        "未知：文件未记录页数，可用 --layout 由 LibreOffice 排版得出",
    )
    if not pages or length is None:
        return None, unknown, ()
    marks = counted.with_spaces + len(found.text) + found.codes  # Word's quick record is with marks and field codes
    if not counted.with_spaces - _slack(counted) <= length <= marks + _slack(counted):
        other = Text(
            f"not known: the file records {pages}, beside {length:,} characters with spaces, but its text has {counted.with_spaces:,}, so the record may be of another text; --layout asks LibreOffice",
            f"未知：文件记录为 {pages} 页，但同处记录的字符数（计空格）为 {length:,}，正文实为 {counted.with_spaces:,}，该记录可能不是现在的文字；可用 --layout 由 LibreOffice 排版得出",
        )  # fmt: skip
        return None, other, ()
    who = program or "Word"
    return pages, Text(f"recorded in the file by {who}", f"文件中由 {who} 记录"), ()


def _slack(counted: Count) -> int:
    """How far a record may be off that is of the same text: fields, notes and cells are counted there in another way."""
    return max(20, counted.with_spaces // 10)


def _pdf(path: Path) -> Measured:
    found = read_pdf(path)
    counted = count("\n".join(found.texts).splitlines())
    notes = [Text("the text of a PDF is what stands on its pages: headers and page numbers are counted too",
                  "PDF 的文字按页面提取，页眉、页码一并计入，字数以原稿为准")]  # fmt: skip
    if not counted.characters:
        notes = [Text("it holds no text (a scan?): nothing is counted", "文件不含文字（可能为扫描件），未计字数")]
    page = []
    if found.size is not None:
        from policy_engine.measuring.layout import paper

        page = [paper(*found.size)]
    by = Text("the pages of the file", "文件本身的页数")
    return Measured(
        file=str(path), count=counted, pages=found.pages, pages_by=by, notes=tuple(notes), layout=tuple(page)
    )


def _text(path: Path, kind: str, layout: bool) -> Measured:
    from policy_engine.tables.texts import GB18030, encoding_of

    encoding = encoding_of(path)
    raw = path.read_bytes()
    text = raw.decode(GB18030) if encoding == GB18030 else decode(raw, str(path))
    for marks, instead in _MARKS if kind == ".md" else ():
        text = marks.sub(instead, text)
    notes = (Text("marks of Markdown are not counted", "Markdown 标记不计字数"),) if kind == ".md" else ()
    pages, by = _laid_out(path) if layout else (None, Text("not known: it has no layout", "未知：文本没有版面"))
    return Measured(file=str(path), count=count(text.splitlines()), pages=pages, pages_by=by, notes=notes)


__all__ = ["KINDS", "STANDARD", "Measured", "measure"]
