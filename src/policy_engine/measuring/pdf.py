"""Pages and text of a .pdf, bounded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import Place, PolicyError, Text, problem
from policy_engine.tables.extras import needed

PAGES: Final = 1_000
"""Of how many pages the text is read at most."""
TEXT: Final = 4_000_000
"""How many characters are read at most."""
_ANEW: Final = Text("open it and print it to PDF anew", "请打开后重新打印或另存为 PDF")
MM: Final = Fraction(254, 720)


@dataclass(frozen=True)
class Pdf:
    """The text of each page, how many pages there are, the first page's size in millimetres where it is said."""

    texts: tuple[str, ...]
    pages: int
    size: tuple[Fraction, Fraction] | None


def read_pdf(path: Path) -> Pdf:
    """A .pdf. Raises PolicyError where it is broken, encrypted or too large, or the library is not installed."""
    with needed("measure"):
        import pypdf
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it mends is not told
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            raise _refused(
                path, "it is encrypted", "文件已加密", Text("save it without a password", "请另存为不带密码的文件")
            )
        pages = len(reader.pages)
        if pages > PAGES:
            raise _refused(path, f"more than {PAGES:,} pages", f"超过 {PAGES:,} 页", None)
        texts, size = list[str](), 0
        for page in reader.pages:
            texts.append(page.extract_text() or "")
            size += len(texts[-1])
            if size > TEXT:
                raise _refused(path, f"more than {TEXT:,} characters", f"超过 {TEXT:,} 个字符", None)
        box = reader.pages[0].mediabox if pages else None
        sides = None if box is None else (Fraction(str(box.width)) * MM, Fraction(str(box.height)) * MM)
        return Pdf(tuple(texts), pages, sides)
    except PolicyError:
        raise
    except RecursionError:
        raise _refused(path, "nested too deeply", "嵌套过深", None) from None
    except Exception as error:  # the library tells of broken files by exceptions of every kind
        why = str(error).partition("\n")[0][:200] or type(error).__name__
        raise _refused(path, f"not a PDF that can be read: {why}", "不是可读取的 PDF，或已损坏", _ANEW) from None


def _refused(path: Path, en: str, zh: str, advice: Text | None) -> PolicyError:
    return PolicyError(problem("unreadable", en, zh, Place(str(path)), advice))
