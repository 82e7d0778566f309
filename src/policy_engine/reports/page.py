"""Papers as one page that needs nothing else: read on a phone, printed on A4, a switch without scripts between languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from policy_engine.basics.errors import Lang
from policy_engine.explaining.decision import Decision
from policy_engine.reports import composed
from policy_engine.reports.gauges import drawn
from policy_engine.reports.leaf import LANGUAGES, Gauge, Leaf
from policy_engine.reports.templates import templates

if TYPE_CHECKING:
    from jinja2 import Template


def decision(found: Decision, lang: Lang, version: str) -> str:
    """The answer for one case, in both languages."""
    return page([composed.decision(found, one, version) for one in LANGUAGES], lang)


def report(cases: Sequence[tuple[str, Decision]], lang: Lang, version: str) -> str:
    """Many cases, in both languages."""
    return page([composed.report(cases, one, version) for one in LANGUAGES], lang)


def page(leaves: Sequence[Leaf], lang: Lang) -> str:
    """A paper, `lang` in front where there are two languages."""
    front = next(leaf for leaf in leaves if leaf.lang == lang)
    return _template().render(lang=lang, title=front.title, leaves=leaves)


@cache
def _template() -> Template:
    shown = templates("reports")
    shown.globals["drawn"] = drawn
    shown.tests["is_gauge"] = lambda cell: isinstance(cell, Gauge)
    shown.filters["kind"] = lambda part: type(part).__name__
    return shown.get_template("page.html.j2")
