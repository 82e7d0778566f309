"""The rules of a gazette as executable, cited checks.

>>> import policy_engine
>>> book = policy_engine.load()                       # the shipped rules; load(path) for another tree
>>> decision = book.decide("award.grant", {"recipient": "individual", "amount": 3000})

The small engine, what decides one case, is four folders: `basics`, `language`, `rulebook`, `deciding`. The meaning
of a rule is what `deciding` says of a case; everything above is another reading of it, held to it by tests, or a way in and out.
The whole house is drawn in `docs/architecture.md`.
"""

from __future__ import annotations

from policy_engine.basics.errors import Lang, PolicyError, Problem
from policy_engine.basics.values import NOT_YET
from policy_engine.book import Book, load
from policy_engine.explaining import decision as _decision
from policy_engine.explaining.decision import Decision, Finding
from policy_engine.procedures import json_text as json

__all__ = ["NOT_YET", "Book", "Decision", "Finding", "PolicyError", "Problem", "json", "load"]


def _look(found: Decision, lang: Lang, name: str) -> str:
    from policy_engine.reports.formats import CHECK, View

    return str(CHECK[name](found, View(lang)))


def _install() -> None:
    """How answers look stands floors above what they are; here, above all of them, the two are joined."""
    from functools import partial

    _decision.LOOKS.update({name: partial(_look, name=name) for name in ("text", "markdown", "html")})


_install()
