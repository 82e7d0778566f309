"""The rules of a gazette as executable, cited checks.

>>> import policy_engine
>>> book = policy_engine.load()                       # the shipped rules; load(path) for another tree
>>> decision = book.decide("award.grant", {"recipient": "individual", "amount": 3000})

The small engine, what decides one case, is four folders: `basics`, `language`, `rulebook`, `deciding`. The meaning
of a rule is what `deciding` says of a case; everything above is another reading of it, held to it by tests, or a way in and out.
The whole house is drawn in `docs/architecture.md`.
"""

from __future__ import annotations

from policy_engine.basics.errors import PolicyError, Problem
from policy_engine.basics.values import NOT_YET
from policy_engine.book import Book, load
from policy_engine.explaining.decision import Decision, Finding

__all__ = ["NOT_YET", "Book", "Decision", "Finding", "PolicyError", "Problem", "load"]
