"""Pages put together from their templates; whatever is put in is escaped."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from policy_engine.basics.errors import Lang
from policy_engine.reports.gauges import drawn
from policy_engine.reports.templates import templates
from policy_engine.serving.said import SAID
from policy_engine.words import citation

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC: Final = {
    "page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8", "htmx.min.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}  # fmt: skip
"""The files beside the pages, each with its type."""


def rendered(template: str, lang: Lang, **told: Any) -> str:
    """A page or a part of one in a language."""
    words = SimpleNamespace(**{key: text.of(lang) for key, text in SAID.items()})
    return _environment().get_template(f"{template}.html.j2").render(lang=lang, say=words, **told)


@cache
def static(name: str) -> bytes:
    """A file beside the pages, compressed by gzip, the same bytes each time."""
    return gzip.compress((files("policy_engine.serving") / "static" / name).read_bytes(), mtime=0)


@cache
def _environment() -> Environment:
    made = templates("serving/templates")
    made.globals["drawn"] = drawn
    made.filters |= {
        "cite": citation,
        "path": lambda name: quote(name, safe=""),
        "kind": lambda part: type(part).__name__,
    }
    return made
