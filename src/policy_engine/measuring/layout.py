"""How a .docx is laid out beside what GB/T 9704—2012 asks of an official document; nothing is decided by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from policy_engine.basics.errors import Text
from policy_engine.basics.values import number_text
from policy_engine.measuring.ooxml import Package, W

STANDARD: Final = "GB/T 9704—2012"
MM: Final = Fraction(254, 14400)
"""Millimetres of a twentieth of a point."""
PAPER: Final = (210, 297)
TOP, LEFT, BLOCK, LINES = 37, 28, (156, 225), 22
SIZES: Final = {84: "初号", 72: "小初", 52: "一号", 48: "小一", 44: "2号", 36: "小2号", 32: "3号", 30: "小3号", 28: "4号", 24: "小4号", 21: "5号"}  # fmt: skip
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DEEP: Final = 20


@dataclass(frozen=True)
class Point:
    """One point of the standard: its clause, what it is about, what is wanted and found; whether it holds, None if not known."""

    clause: str
    about: Text
    wanted: Text
    found: Text
    holds: bool | None


def points(package: Package) -> list[Point]:
    """Every point that the file shows. Raises PolicyError where it cannot be read."""
    document = package.tree("word/document.xml")
    if document is None:
        return []
    styles = _Styles(package)
    return [*_page(document), *_letters(document, styles), *_lines(document, styles)]


def _page(document: Element) -> Iterator[Point]:
    """Paper and margins of the first section."""
    section = next(document.iter(W + "sectPr"), None)
    size, margins = (section.find(W + tag) if section is not None else None for tag in ("pgSz", "pgMar"))
    about = Text("margins above and to the left", "天头、订口"), Text("type area", "版心")
    if size is None or (width := _length(size, "w")) is None or (height := _length(size, "h")) is None:
        return
    yield paper(width, height)
    sides = {side: None if margins is None else _length(margins, side) for side in ("top", "left", "right", "bottom")}
    top, left, right, bottom = sides["top"], sides["left"], sides["right"], sides["bottom"]
    if top is None or left is None or right is None or bottom is None:
        return
    near = abs(abs(top) - TOP) <= 1 and abs(left - LEFT) <= 1
    wanted = Text("37 mm and 28 mm, each ±1", "37mm±1mm、28mm±1mm")
    yield Point(
        "5.2.1", about[0], wanted, Text(f"{_mm(abs(top))} and {_mm(left)}", f"{_mm(abs(top))}、{_mm(left)}"), near
    )
    across, down = width - left - right, height - abs(top) - abs(bottom)
    fits = abs(across - BLOCK[0]) <= 1 and abs(down - BLOCK[1]) <= 1
    yield Point("5.2.1", about[1], Text("156 × 225 mm", "156mm×225mm"), _by(across, down), fits)


def paper(width: Fraction, height: Fraction) -> Point:
    """The size of the paper, in millimetres."""
    holds = abs(width - PAPER[0]) <= 1 and abs(height - PAPER[1]) <= 1
    return Point("5.1", Text("paper", "幅面"), Text("A4, 210 × 297 mm", "A4，210mm×297mm"), _by(width, height), holds)


def _length(node: Element, name: str) -> Fraction | None:
    """A length in millimetres; None where there is none that can be read."""
    raw = node.get(W + name, "")
    return Fraction(raw) * MM if raw.lstrip("-").isdecimal() and len(raw) < 8 else None


def _mm(length: Fraction) -> str:
    return f"{number_text(Fraction(round(length * 10), 10))}mm"


def _by(across: Fraction, down: Fraction) -> Text:
    return Text(f"{_mm(across)} × {_mm(down)}", f"{_mm(across)}×{_mm(down)}")


class _Styles:
    """Fonts and sizes by what paragraphs and runs say themselves, then their styles, then the defaults of the file."""

    def __init__(self, package: Package) -> None:
        tree = package.tree("word/styles.xml")
        styles = [] if tree is None else list(tree.iter(W + "style"))
        self.by_id = {style.get(W + "styleId", ""): style for style in styles}
        self.default = next((s for s in styles if s.get(W + "default") in ("1", "true") and s.get(W + "type") == "paragraph"), None)  # fmt: skip
        self.rest = None if tree is None else tree.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self.theme = _theme(package)

    def chain(self, style: str | None) -> Iterator[Element]:
        """A style and what it is based on; without one that of plain paragraphs."""
        found = self.by_id.get(style or "", self.default)
        for _ in range(DEEP):
            if found is None:
                return
            yield found
            based = found.find(W + "basedOn")
            found = None if based is None else self.by_id.get(based.get(W + "val", ""))

    def letters(self, run: Element, paragraph: Element) -> tuple[str | None, int | None]:
        """The East Asian font of a run and its size in half points, as far as they are said."""
        own = run.find(W + "rPr")
        given = [own, *(s.find(W + "rPr") for s in self._of_run(own)), *(s.find(W + "rPr") for s in self.chain(style_of(paragraph)))]  # fmt: skip
        font = size = None
        for said in (*given, self.rest):
            if said is None:
                continue
            font, size = font or self._font(said), size or _half_points(said)
        return font, size

    def _of_run(self, own: Element | None) -> Iterator[Element]:
        named = None if own is None else own.find(W + "rStyle")
        if named is not None:
            yield from self.chain(named.get(W + "val"))

    def _font(self, said: Element) -> str | None:
        fonts = said.find(W + "rFonts")
        if fonts is None:
            return None
        themed = fonts.get(W + "eastAsiaTheme", "")
        return (self.theme.get(themed[:5]) if themed else None) or fonts.get(W + "eastAsia")

    def exact(self, paragraph: Element) -> Fraction | None:
        """The exact distance of lines in points, where one is said."""
        given = [paragraph.find(W + "pPr"), *(style.find(W + "pPr") for style in self.chain(style_of(paragraph)))]
        for said in given:
            spacing = None if said is None else said.find(W + "spacing")
            if spacing is not None and spacing.get(W + "line", "").isdecimal():
                return Fraction(spacing.get(W + "line", "0")) / 20 if spacing.get(W + "lineRule") == "exact" else None
        return None


def _theme(package: Package) -> dict[str, str]:
    """The font of simplified Chinese of each kind, `major` and `minor`, by the theme of the file."""
    part, found = package.tree("word/theme/theme1.xml"), dict[str, str]()
    for kind in ("major", "minor"):
        for fonts in part.iter(f"{A}{kind}Font") if part is not None else ():
            chinese = [f.get("typeface", "") for f in fonts.iter(A + "font") if f.get("script") == "Hans"]
            found |= dict.fromkeys([kind] if chinese else [], "".join(chinese[:1]))
    return found


def style_of(paragraph: Element) -> str | None:
    """The style a paragraph names."""
    named = paragraph.find(f"{W}pPr/{W}pStyle")
    return None if named is None else named.get(W + "val")


def _half_points(said: Element) -> int | None:
    size = said.find(W + "sz")
    raw = "" if size is None else size.get(W + "val", "")
    return int(raw) if raw.isdecimal() and len(raw) < 5 else None


def _said(paragraph: Element) -> int:
    return sum(len((text.text or "").strip()) for text in paragraph.iter(W + "t"))


def _letters(document: Element, styles: _Styles) -> Iterator[Point]:
    """Font and size of the title and of most of the text."""
    paragraphs = [p for p in document.iter(W + "p") if _said(p)]
    if not paragraphs:
        return
    title = next((p for p in paragraphs[:8] if _is_title(p, styles)), None)
    body: Counter[tuple[str | None, int | None]] = Counter()
    for paragraph in paragraphs:
        if paragraph is not title:
            body.update(_fonts(paragraph, styles))
    for clause, about, wanted, names, size, found in (
        ("7.3.1", Text("title", "标题"), Text("小标宋, 2号 (22 pt)", "2号小标宋体字"), ("小标宋",), 44, Counter() if title is None else _fonts(title, styles)),
        ("7.3.3", Text("text", "正文"), Text("仿宋, 3号 (16 pt)", "3号仿宋体字"), ("仿宋", "FangSong"), 32, body),
    ):  # fmt: skip
        if not found:
            continue
        font, most = found.most_common(1)[0][0]
        told = Text(
            f"{font or 'not said'}, {_size(most) or 'not said'}",
            f"{font or '未写明字体'}，{_size(most) or '未写明字号'}",
        )
        known = font is not None and most is not None
        yield Point(
            clause, about, wanted, told, any(n in (font or "") for n in names) and most == size if known else None
        )


def _fonts(paragraph: Element, styles: _Styles) -> Counter[tuple[str | None, int | None]]:
    found: Counter[tuple[str | None, int | None]] = Counter()
    for run in paragraph.iter(W + "r"):
        found[styles.letters(run, paragraph)] += sum(len((t.text or "").strip()) for t in run.iter(W + "t"))
    return +found


def _is_title(paragraph: Element, styles: _Styles) -> bool:
    """The first that is centred, by itself or by its style."""
    for said in (paragraph.find(W + "pPr"), *(style.find(W + "pPr") for style in styles.chain(style_of(paragraph)))):
        side = None if said is None else said.find(W + "jc")
        if side is not None:
            return side.get(W + "val") == "center"
    return False


def _size(half_points: int | None) -> str:
    if half_points is None:
        return ""
    points_ = f"{number_text(Fraction(half_points, 2))}pt"
    return f"{SIZES[half_points]}（{points_}）" if half_points in SIZES else points_


def _lines(document: Element, styles: _Styles) -> Iterator[Point]:
    """How many lines a page takes: by the exact distance of most lines, else by the grid of the page."""
    section = next(document.iter(W + "sectPr"), None)
    size, margins, grid = (section.find(W + t) if section is not None else None for t in ("pgSz", "pgMar", "docGrid"))
    if size is None or margins is None:
        return
    exact: Counter[Fraction | None] = Counter()
    for paragraph in document.iter(W + "p"):
        exact[styles.exact(paragraph)] += _said(paragraph)
    pitch = exact.most_common(1)[0][0] if +exact else None
    raw = (
        "" if grid is None or grid.get(W + "type") not in ("lines", "linesAndChars") else grid.get(W + "linePitch", "")
    )
    if pitch is None and raw.isdecimal() and len(raw) < 6:
        pitch = Fraction(raw) / 20
    about, wanted = Text("lines a page", "每面行数"), Text("22 lines", "22行")
    height, top, bottom = _length(size, "h"), _length(margins, "top"), _length(margins, "bottom")
    if not pitch or height is None or top is None or bottom is None:
        yield Point("5.2.3", about, wanted, Text("not said in the file", "文件未写明"), None)
        return
    room = (height - abs(top) - abs(bottom)) / MM / 20
    lines = int((room + Fraction(1, 2)) / pitch)
    told = number_text(Fraction(round(pitch * 100), 100))
    yield Point(
        "5.2.3", about, wanted, Text(f"{lines} lines, {told} pt apart", f"{lines}行（行距{told}磅）"), lines == LINES
    )
