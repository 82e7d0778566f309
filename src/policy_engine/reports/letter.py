"""A paper as .docx in the form of official documents (GB/T 9704-2012), or in an office's own template."""

# ruff: noqa: SLF001 - what the library has no words for is reached through its elements
from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from policy_engine.basics.errors import Place, PolicyError, Text, problem, reason, visible
from policy_engine.reports.leaf import Cell, Gauge, Heading, Leaf, NewPage, Paragraph, Part, Ruled, Together
from policy_engine.tables.extras import needed

PAGE: Final = (210, 297)
MARGINS: Final = {"top": 37, "left": 28, "right": 26, "bottom": 35}
"""In millimetres: what they leave is 156 by 225, on which stand 22 lines of 28 characters."""
WIDTH: Final = PAGE[0] - MARGINS["left"] - MARGINS["right"]
LINE: Final = 28.95
"""Points from line to line: 225 mm over 22 lines."""
BIG, THIRD, FOURTH, SMALL = 22, 16, 14, 12
"""二号, 三号, 四号 and 小四 in points."""
CLOSER: Final = "-5"
"""How much closer, in twentieths of a point, characters of 三号 stand so that 28 go on a line."""
LATIN: Final = "Times New Roman"
UNPACKED: Final = 64 << 20
MARK: Final = "\ue000policy-body\ue001"
"""Where the body of a template goes, until it is there."""
KEPT: Final = 2
"""How many paragraphs of what belongs together stay with the next: the heading, the reason."""
PARTS: Final = {False: 200, True: 60}
"""How many parts a gauge has: across the page, and in a cell."""
_FILLS: Final = {"good": "2B7A3D", "bad": "B3261E", "zone": "B9DCC0", "ground": "D8D8D8", "bound": "000000"}
_NUMERALS: Final = "〇一二三四五六七八九"


class Face(NamedTuple):
    """How text looks: the Chinese face, points, bold."""

    name: str = "仿宋"
    size: float = THIRD
    bold: bool = False


FACES: Final = {1: Face("方正小标宋简体", BIG), 2: Face("黑体"), 3: Face("楷体"), 4: Face("仿宋", THIRD, True)}
"""Of the title and of the levels below it."""
LOOKS: Final = {"outcome": Face("楷体"), "mend": Face("仿宋", THIRD, True), "soft": Face("仿宋", FOURTH)}


def letter(leaf: Leaf, template: Path | None = None) -> bytes:
    """The paper as .docx. Raises PolicyError where the library is not installed or the template is none."""
    with needed("paper", "python-docx"):
        import docx
    if template is not None:
        return _in_template(leaf, template)
    file = docx.Document()
    _laid_out(file, leaf)
    _Body(file, leaf.lang).put(leaf)
    _described(file, leaf)
    return _saved(file)


def _in_template(leaf: Leaf, path: Path) -> bytes:
    """A template of docxtpl, `{{ title }}`, `{{ outcome }}`, `{{ date }}`, `{{ foot }}` filled in and `{{ body }}` put in its place."""
    with needed("paper", "docxtpl"):
        import docxtpl
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import SandboxedEnvironment

    class Safe(SandboxedEnvironment):
        """A template is from somebody: it may not run anything, nor make much of little."""

        intercepted_binops = frozenset({"*", "**", "%"})

        def call_binop(self, context: object, operator: str, left: object, right: object) -> NoReturn:
            raise SecurityError(f"{operator} is not worked out in a template")

    _check(path)
    words = {"title": leaf.title, "outcome": leaf.outcome, "date": leaf.date, "foot": leaf.foot}
    try:
        filled = docxtpl.DocxTemplate(path)
        safe = Safe(undefined=StrictUndefined)
        filled.render({name: _clean(text) for name, text in words.items()} | {"body": MARK}, safe, autoescape=True)
        file = filled.docx
    except Exception as error:  # broken XML and templates are found on the way, by one of several libraries
        _no_template(path, _why(error))
    spot = next((p for p in file.element.body.iter() if p.tag.endswith("}p") and MARK in "".join(p.itertext())), None)
    if spot is None:
        _no_template(path, Text("nowhere in it a paragraph {{ body }}", "其中没有 {{ body }} 段落"))
    before = set(file.element.body)
    _Body(file, leaf.lang).put(leaf, titled=False)
    for element in [e for e in file.element.body if e not in before]:
        spot.addprevious(element)
    spot.getparent().remove(spot)
    return _saved(file)


def _check(path: Path) -> None:
    """Refuse what is no .docx, or unpacks to more than one can be. Raises PolicyError."""
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except OSError as error:
        _no_template(path, reason(error))
    except zipfile.BadZipFile:
        _no_template(path, _BROKEN)
    if size > UNPACKED:
        _no_template(path, Text(f"it unpacks to more than {UNPACKED >> 20} MiB", f"解压后超过 {UNPACKED >> 20} MiB"))


_BROKEN: Final = Text(
    "it is no .docx, or broken; open it in Word or WPS and save it anew",
    "不是 .docx 或已损坏，请在 Word 或 WPS 中打开，另存后再试",
)


def _why(error: Exception) -> Text:
    """What is wrong with a template, by what one of the libraries says of it."""
    from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError

    quoted = str(error).split("'")
    if (
        isinstance(error, UndefinedError) and len(quoted) > 1
    ):  # a name, behind what has none of it; a place in a list has no quotes
        return Text(str(error), f"没有可填入 {{{{ {quoted[-2]} }}}} 的内容")
    if isinstance(error, TemplateSyntaxError):
        return Text(str(error), "其中的 {{ }} 或 {% %} 写法有误")
    ran = isinstance(error, TemplateError | TypeError | ArithmeticError)
    return Text(str(error), "其中的 {{ }} 或 {% %} 不能执行") if ran else _BROKEN


def _no_template(path: Path, why: Text) -> NoReturn:
    raise PolicyError(
        problem("template", f"not a template of Word: {why.en}", f"不是可用的 Word 模板：{why.zh}", Place(str(path)),
                Text("a .docx with {{ title }}, {{ outcome }}, {{ date }}, {{ foot }} and, as a paragraph of its own, {{ body }}",
                     "请用含 {{ title }}、{{ outcome }}、{{ date }}、{{ foot }} 且单独一段为 {{ body }} 的 .docx"))
    )  # fmt: skip


def _saved(file: Any) -> bytes:
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _clean(text: str) -> str:
    """Text that XML holds: what is no character is shown escaped."""
    return visible(text, "\n").replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def _described(file: Any, leaf: Leaf) -> None:
    """What the file says of itself; nothing of whoever made the library."""
    own = file.core_properties
    own.title, own.subject = _clean(leaf.title)[:250], _clean(leaf.foot)[:250]
    own.author, own.comments, own.language = "policy-engine", "", {"zh": "zh-CN", "en": "en-GB"}[leaf.lang]
    own.created = own.modified = dt.datetime.now(dt.UTC).replace(tzinfo=None)


# --- the page --------------------------------------------------------------------------------------------------------


def _laid_out(file: Any, leaf: Leaf) -> None:
    """A4, the margins, the grid of 22 lines, and page numbers outside: odd ones right, even ones left."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    section = file.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in PAGE)
    for name, width in MARGINS.items():
        setattr(section, f"{name}_margin", Mm(width))
    section.footer_distance = Mm(25)
    own = section._sectPr
    for grid in own.xpath("./w:docGrid"):
        own.remove(grid)
    own.append(_element("w:docGrid", {"w:type": "lines", "w:linePitch": "579"}))
    normal = file.styles["Normal"]
    normal.font.size, normal.paragraph_format.space_after = Pt(THIRD), Pt(0)
    _faced(normal.element.get_or_add_rPr(), Face(), leaf.lang)
    file.settings.odd_and_even_pages_header_footer = True
    for foot, side in ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
        foot.is_linked_to_previous = False
        line = foot.paragraphs[0]
        line.alignment = side
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(FOURTH)
        for text in ("— ", None, " —"):
            run = line.add_run(text or "")
            _faced(run._r.get_or_add_rPr(), Face("宋体", FOURTH), leaf.lang, "宋体")
            if text is None:
                _page_number(run._r)


def _page_number(run: Any) -> None:
    """The field of the number of the page; the only field there is."""
    for kind in ("begin", "instr", "separate", "text", "end"):
        if kind == "instr":
            field = _element("w:instrText", {"xml:space": "preserve"})
            field.text = "PAGE"
        elif kind == "text":
            field = _element("w:t", {})
            field.text = "1"
        else:
            field = _element("w:fldChar", {"w:fldCharType": kind})
        run.append(field)


def _element(name: str, given: dict[str, str]) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in given.items():
        made.set("{http://www.w3.org/XML/1998/namespace}space" if key == "xml:space" else qn(key), value)
    return made


def _faced(properties: Any, face: Face, lang: str, latin: str = LATIN) -> None:
    """The face of a run or a style, whatever it had from a theme."""
    from docx.shared import Pt

    for name in ("w:rFonts", "w:color", "w:lang"):
        for old in properties.xpath(f"./{name}"):
            properties.remove(old)
    fonts = {"w:ascii": latin, "w:hAnsi": latin, "w:eastAsia": face.name, "w:cs": latin}
    properties.insert(0, _element("w:rFonts", fonts))
    properties.sz_val = Pt(face.size)
    if face.size == THIRD:  # not by a grid of characters, which some programs stretch
        spacing = _element("w:spacing", {"w:val": CLOSER})
        properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u")
    properties.append(_element("w:lang", {"w:val": "en-GB", "w:eastAsia": "zh-CN"}))


# --- the text --------------------------------------------------------------------------------------------------------


class _Body:
    """Puts parts at the end of a file, each with its own looks: a template need have no styles."""

    def __init__(self, file: Any, lang: str) -> None:
        self.file, self.lang = file, lang
        self.counted = {2: 0, 3: 0, 4: 0}
        self.fresh = self.joined = False

    def put(self, leaf: Leaf, titled: bool = True) -> None:
        """The whole paper; without its title where a template has it."""
        for part in leaf.parts:
            if titled or not (isinstance(part, Heading) and part.level == 1):
                self._part(part)
        self._paragraph(leaf.foot, LOOKS["soft"], indent=0, pitch=20)

    def _part(self, part: Part) -> None:
        match part:
            case Heading():
                self._heading(part)
            case Paragraph(text=text, look=look):
                soft = look == "soft"
                self._paragraph(text, LOOKS.get(look, Face()), pitch=20 if soft else LINE)
            case Gauge():
                self._gauge(part, self._line(0, 20), small=False)
            case Ruled():
                self._grid(part)
            case Together(parts=parts):
                for i, one in enumerate(parts):
                    self.joined = i < min(KEPT, len(parts) - 1)
                    self._part(one)
                self.joined = False
            case NewPage():
                self.fresh = True

    def _line(self, indent: int, pitch: float, holder: Any = None) -> Any:
        """An empty paragraph, indented by so many characters, its lines so many points apart."""
        from docx.enum.text import WD_LINE_SPACING
        from docx.shared import Pt

        line = holder.paragraphs[0] if holder is not None else self.file.add_paragraph()
        form = line.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch)
        form.first_line_indent = Pt(indent * THIRD)
        form.page_break_before, form.keep_with_next = self.fresh or None, self.joined or None
        self.fresh = False
        return line

    def _run(self, line: Any, text: str, face: Face) -> Any:
        run = line.add_run(_clean(text))
        run.bold = face.bold
        _faced(run._r.get_or_add_rPr(), face, self.lang)
        return run

    def _paragraph(self, text: str, face: Face, indent: int = 2, pitch: float = LINE) -> None:
        self._run(self._line(indent, pitch), text, face)

    def _heading(self, heading: Heading) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        face = FACES[min(heading.level, 4)]
        title = heading.level == 1
        line = self._line(0 if title else 2, 36 if title else LINE)
        own = line._p.get_or_add_pPr()
        own.append(_element("w:outlineLvl", {"w:val": str(heading.level - 1)}))
        line.paragraph_format.keep_with_next = True
        if title:
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._run(line, heading.text, face)
            self._line(0, LINE)
            return
        mark = f"{heading.mark}{'：' if self.lang == 'zh' else ': '}" if heading.mark else ""
        self._run(line, self._number(heading.level) + mark + heading.text, face)

    def _number(self, level: int) -> str:
        """一、（一）1. in Chinese; 1. (1) a dash in English."""
        level = min(level, 4)
        self.counted[level] += 1
        for below in range(level + 1, 5):
            self.counted[below] = 0
        n = self.counted[level]
        if self.lang == "zh":
            return {2: f"{_numeral(n)}、", 3: f"（{_numeral(n)}）", 4: f"{n}．"}[level]
        return {2: f"{n}. ", 3: f"({n}) ", 4: "– "}[level]

    def _gauge(self, gauge: Gauge, line: Any, small: bool) -> None:
        """A row of shaded blanks, and the words below it."""
        whole = PARTS[small]
        value, bound = gauge.width(gauge.value, whole), min(gauge.width(gauge.bound, whole), whole - 1)
        size = SMALL * 2 / 3
        for fill, blanks in _stretches(gauge, value, bound, whole):
            run = self._run(line, "\u00a0" * blanks, Face("仿宋", size))
            run._r.get_or_add_rPr().append(
                _element("w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": _FILLS[fill]})
            )
        self._run(line, "\n" + gauge.words, Face("仿宋", SMALL - 1.5 if small else FOURTH))

    def _grid(self, grid: Ruled) -> None:
        """A table as wide as the page, its header repeated, no row over two pages."""
        from docx.shared import Mm

        heads = (grid.heads,) if grid.heads else ()
        table = self.file.add_table(rows=len(heads) + len(grid.rows), cols=len(grid.widths))
        table.autofit = False
        own = table._tbl.tblPr
        edges = _element("w:tblBorders", {})
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            edges.append(_element(f"w:{side}", {"w:val": "single", "w:sz": "4", "w:color": "808080"}))
        own.append(edges)
        widths = [Mm(WIDTH * share / sum(grid.widths)) for share in grid.widths]
        for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
            column.w = width
        for i, (row, cells) in enumerate(zip(table._tbl.tr_lst, (*heads, *grid.rows), strict=True)):
            marks = row.get_or_add_trPr()
            marks.append(_element("w:cantSplit", {}))
            if i < len(heads):
                marks.append(_element("w:tblHeader", {}))
            self._row(row, cells, widths, bold=i < len(heads))
        self._line(0, SMALL)

    def _row(self, row: Any, cells: Iterable[Cell], widths: list[Any], bold: bool) -> None:
        from docx.table import _Cell

        for holder, text, width in zip(row.tc_lst, cells, widths, strict=True):
            cell = _Cell(holder, self.file._body)
            cell.width = width
            line = self._line(0, SMALL * 1.4, cell)
            line._p.get_or_add_pPr().append(_element("w:snapToGrid", {"w:val": "0"}))
            if isinstance(text, Gauge):
                self._gauge(text, line, small=True)
            else:
                self._run(line, text, Face("黑体" if bold else "仿宋", SMALL))


def _stretches(gauge: Gauge, value: int, bound: int, whole: int) -> list[tuple[str, int]]:
    """A gauge as stretches of one colour: what was found, the bound, where a value would do, the rest."""
    done = "good" if gauge.holds else "bad"
    would_do = {"below": range(bound), "above": range(bound, whole), "at": range(0)}[gauge.zone]
    found: list[tuple[str, int]] = []
    for i in range(whole):
        kind = "bound" if i == bound else done if i < value else "zone" if gauge.bullet and i in would_do else "ground"
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + 1)
        else:
            found.append((kind, 1))
    return found


def _numeral(n: int) -> str:
    """一, 十二, 三十; from a hundred on digits."""
    if n >= 100:
        return str(n)
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[ones] if ones or not tens else "")
