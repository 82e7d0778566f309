"""The rules of a gazette as executable, cited checks.

>>> import policy_engine
>>> book = policy_engine.load()                       # the shipped rules; load(path) for another tree
>>> decision = book.decide("award.grant", {"recipient": "individual", "amount": 3000})

The small engine, what decides one case, is four folders: `basics`, `language`, `rulebook`, `deciding`. The meaning
of a rule is what `deciding` says of a case; everything above is another reading of it, held to it by tests, or a way in and out.
The whole house is drawn in `docs/architecture.md`.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policy_engine.explaining.looks import LOOKS

if TYPE_CHECKING:
    from policy_engine.basics.errors import Lang, PolicyError, Problem
    from policy_engine.basics.values import NOT_YET
    from policy_engine.book import Book, load
    from policy_engine.explaining.decision import Decision, Finding
    from policy_engine.procedures import json_text as json

__all__ = ["NOT_YET", "Book", "Decision", "Finding", "PolicyError", "Problem", "json", "load"]
_ROOMS = {
    "basics.errors": ("Lang", "PolicyError", "Problem"), "basics.values": ("NOT_YET",), "book": ("Book", "load"),
    "explaining.decision": ("Decision", "Finding"),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What is offered, imported when it is first asked for: the command line, which is in here, begins at once."""
    if name == "json":
        return import_module("policy_engine.procedures.json_text")
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"policy_engine.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def _look(found: Decision, lang: Lang, name: str) -> str:
    from policy_engine.reports.formats import CHECK, View

    return str(CHECK[name](found, View(lang)))


LOOKS.update({name: partial(_look, name=name) for name in ("text", "markdown", "html")})
