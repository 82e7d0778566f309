"""How answers look: golden files, byte for byte; `--update` records them anew."""

import datetime as dt
from pathlib import Path

import pytest

from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.reports import data, markdown, text

GOLDEN = Path(__file__).parents[1] / "golden"
FACTS = {
    "vessel": "trawler", "fee": "125001", "turnover": "100万元", "crew": "13", "licensed": "8", "foreign": "30%", "cargo": ["fish", "oil"],
    "insured": "否", "justifications": {"small-crew": {"who": "Harbour | master", "why": "<storm> *season*", "until": "2024-04-01"}},
}  # fmt: skip
RENDER = {
    "txt": text.decision,
    "md": markdown.decision,
    "report.txt": lambda found, lang: text.report([("one | <case>", found), ("two", found)], lang),
    "report.md": lambda found, lang: markdown.report([("one | <case>", found), ("two", found)], lang),
    "json": lambda found, lang: data.decision(found),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", list(RENDER))
def test_reports_are_as_recorded(city, form, lang, update):
    rule = city.rule("harbour.berth")
    found = decide(rule, read_facts(rule, FACTS), dt.date(2024, 3, 1))
    shown = RENDER[form](found, lang)
    path = GOLDEN / f"berth.{lang}.{form}"
    if update:
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_colour_adds_nothing_but_escapes(city):
    import re

    rule = city.rule("harbour.berth")
    found = decide(rule, read_facts(rule, FACTS), dt.date(2024, 3, 1))
    assert re.sub(r"\x1b\[[\d;]*m", "", text.decision(found, "en", colour=True)) == text.decision(found, "en")


def test_what_is_shown_is_not_decided_again(city, monkeypatch):
    rule = city.rule("harbour.berth")
    found = decide(rule, read_facts(rule, FACTS), dt.date(2024, 3, 1))
    built = []
    monkeypatch.setattr(Verdict, "__init__", lambda *args: built.append(args))
    for render in RENDER.values():
        for lang in ("en", "zh"):
            render(found, lang)
    assert not built
