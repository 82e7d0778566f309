"""What people read where a question that the text leaves open is answered in another way."""

from __future__ import annotations

from policy_engine.basics.errors import Text
from policy_engine.rulebook.rule import Reading


def taken(reading: Reading, option: str) -> Text:
    """The question with an answer to it."""
    answer = (reading.labels.get(option) or reading.options[option]).en.rstrip(".")
    return Text(f"{reading.title.en or reading.question.en} {answer}", reading.called.zh + reading.shown[option].zh)
