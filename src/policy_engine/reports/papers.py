"""A paper in the format asked for: a page, a letter, a print or Markdown, all of the same parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from policy_engine.basics.errors import Lang
from policy_engine.reports.leaf import LANGUAGES, Leaf

Compose = Callable[[Lang], Leaf]
"""What makes a paper in a language."""


def html(compose: Compose, lang: Lang, _template: Path | None = None) -> str:
    """One self-contained page, in both languages."""
    from policy_engine.reports.page import page

    return page([compose(one) for one in LANGUAGES], lang)


def docx(compose: Compose, lang: Lang, template: Path | None = None) -> bytes:
    """A letter, perhaps in an office's own template. Raises PolicyError."""
    from policy_engine.reports.letter import letter

    return letter(compose(lang), template)


def pdf(compose: Compose, lang: Lang, _template: Path | None = None) -> bytes:
    """The page in one language, printed. Raises PolicyError."""
    from policy_engine.reports.page import page
    from policy_engine.reports.printed import printed

    return printed(page([compose(lang)], lang), lang)


def markdown(compose: Compose, lang: Lang, _template: Path | None = None) -> str:
    """Markdown."""
    from policy_engine.reports.markdown import leaf

    return leaf(compose(lang))


PAPERS: Final[Mapping[str, Callable[[Compose, Lang, Path | None], str | bytes]]] = {
    "html": html, "docx": docx, "pdf": pdf, "markdown": markdown,
}  # fmt: skip
