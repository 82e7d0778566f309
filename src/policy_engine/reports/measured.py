"""A document measured, as text, Markdown and JSON."""

from __future__ import annotations

from typing import Final

from policy_engine.basics.errors import Lang, Text
from policy_engine.explaining.decision import FORMAT
from policy_engine.measuring.counting import Count
from policy_engine.measuring.layout import STANDARD, Point
from policy_engine.measuring.measure import Measured
from policy_engine.reports.data import dump
from policy_engine.reports.markdown import cell
from policy_engine.words import aside, colon

_COUNTS: Final = (
    (
        "length",
        Text("Words (Asian characters counted singly)", "字数（汉字及全角标点每个计一，外文单词、数字每个计一）"),
    ),
    ("asian", Text("Asian characters and punctuation", "中文字符（含标点）")),
    ("words", Text("other words and numbers", "非中文单词、数字")),
    ("characters", Text("characters without spaces", "字符数（不计空格）")),
    ("with_spaces", Text("characters with spaces", "字符数（计空格）")),
)
_MORE: Final = Text("text boxes, footnotes and endnotes included", "含文本框、脚注和尾注")
_ALONE: Final = Text("without text boxes, footnotes and endnotes", "不含文本框、脚注和尾注")
_PAGES: Final = Text("Pages", "页数")
_UNKNOWN: Final = Text("not known", "未知")
_LAYOUT: Final = Text(f"Layout beside {STANDARD} (for information)", f"版式对照 {STANDARD}（仅供参考）")
_WANTED: Final = Text("standard", "标准")
_MARK: Final = {True: "✓", False: "△", None: "?"}


def told(found: Measured, lang: Lang) -> str:
    """Pages and characters on one line, with which count it is."""
    pages = _pages(found, lang)
    more = aside(_MORE.of(lang), lang) if found.alone else ""
    joint = "；" if lang == "zh" else "; "
    return f"{found.file}{colon(lang)}{pages}{joint}{_counted(found.count, lang)[0]}{more}"


def _pages(found: Measured, lang: Lang) -> str:
    if found.pages is None:
        return _PAGES.of(lang) + colon(lang) + found.pages_by.of(lang)
    return f"{_PAGES.of(lang)}{colon(lang)}{found.pages}{aside(found.pages_by.of(lang), lang)}"


def _counted(counted: Count, lang: Lang) -> list[str]:
    return [f"{label.of(lang)}{colon(lang)}{getattr(counted, name):,}" for name, label in _COUNTS]


def text(found: Measured, lang: Lang) -> str:
    """Pages, the count that is used, the others, the layout."""
    first, *rest = _counted(found.count, lang)
    more = aside(_MORE.of(lang), lang) if found.alone else ""
    lines = [found.file, "", _pages(found, lang), first + more, *(f"  {line}" for line in rest)]
    if found.alone:
        lines += [f"{_ALONE.of(lang)}{colon(lang)}{found.alone.length:,}"]
    lines += [f"! {note.of(lang)}" for note in found.notes]
    if found.layout:
        lines += ["", _LAYOUT.of(lang) + colon(lang).rstrip(), *(f"  {_point(point, lang)}" for point in found.layout)]
    return "\n".join(lines) + "\n"


def _point(point: Point, lang: Lang) -> str:
    wanted = aside(f"{STANDARD} {point.clause}{colon(lang)}{point.wanted.of(lang)}", lang)
    return f"{_MARK[point.holds]} {point.about.of(lang)}{colon(lang)}{point.found.of(lang)}{wanted}"


def markdown(found: Measured, lang: Lang) -> str:
    """The same as lists."""
    more = aside(_MORE.of(lang), lang) if found.alone else ""
    first, *rest = _counted(found.count, lang)
    lines = [f"# {cell(found.file)}", "", f"- {cell(_pages(found, lang))}", f"- {cell(first + more)}"]
    lines += [f"- {cell(line)}" for line in rest]
    lines += [f"- {cell(_ALONE.of(lang) + colon(lang))}{found.alone.length:,}"] if found.alone else []
    lines += [f"- {cell(note.of(lang))}" for note in found.notes]
    if found.layout:
        lines += ["", f"## {cell(_LAYOUT.of(lang))}", "", *(f"- {cell(_point(point, lang))}" for point in found.layout)]
    return "\n".join(lines) + "\n"


def _numbers(counted: Count) -> dict[str, int]:
    return {name: getattr(counted, name) for name, _ in _COUNTS}


def data(found: Measured) -> str:
    """Counts, pages (null where they are not known) and points of layout (`holds` null where the file does not say)."""
    return dump(
        {
            "format": FORMAT, "file": found.file, "pages": found.pages, "pages_by": found.pages_by.to_json(),
            "count": _numbers(found.count), "without_notes": _numbers(found.alone) if found.alone else None,
            "notes": [note.to_json() for note in found.notes],
            "layout": [
                {"standard": STANDARD, "clause": p.clause, "about": p.about.to_json(), "wanted": p.wanted.to_json(),
                 "found": p.found.to_json(), "holds": p.holds}
                for p in found.layout
            ],
        }
    )  # fmt: skip
