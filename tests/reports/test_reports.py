"""How answers look: golden files, byte for byte; `--update` records them anew."""

import datetime as dt
from pathlib import Path

import pytest

from policy_engine import load
from policy_engine.deciding.decide import Verdict
from policy_engine.deciding.facts import read_facts
from policy_engine.explaining.decision import decide
from policy_engine.reports import text
from policy_engine.reports.formats import CHECK, REPORT, View

GOLDEN = Path(__file__).parents[1] / "golden"
FACTS = {
    "vessel": "trawler", "fee": "125001", "turnover": "100万元", "crew": "13", "licensed": "8", "foreign": "30%", "cargo": ["fish", "oil"],
    "insured": "否", "justifications": {"small-crew": {"who": "Harbour | master", "why": "<storm> *season*", "until": "2024-04-01"}},
}  # fmt: skip
SUFFIX = {"text": "txt", "markdown": "md"}
BYTES = {"docx", "pdf"}  # tests/reports/test_papers.py
RENDER = {
    **{SUFFIX.get(name, name): render for name, render in CHECK.items() if name not in BYTES},
    **{f"report.{SUFFIX.get(name, name)}": render for name, render in REPORT.items() if name not in BYTES},
}


def rendered(form, found, lang):
    several = [("one | <case>", found), ("two", found)]
    return RENDER[form](several if form.startswith("report.") else found, View(lang))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("form", RENDER)
def test_reports_are_as_recorded(city, form, lang, update):
    rule = city.rule("harbour.berth")
    found = decide(rule, read_facts(rule, FACTS), dt.date(2024, 3, 1))
    shown = rendered(form, found, lang)
    path = GOLDEN / f"berth.{lang}.{form}"
    if update:
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_what_does_not_apply_under_one_reading_alone_is_told_as_contested():
    found = load().decide("party-group.agenda", {"meetings_this_month": "0"}, dt.date(2024, 12, 31))
    for lang, mark, other in (
        ("en", "(contested)", "first_period = counted: violated"),
        ("zh", "（有争议）", "：违反"),
    ):
        idle = text.decision(found, lang).split({"en": "Not applicable:", "zh": "不适用："}[lang])[1].splitlines()
        assert idle[1].endswith(mark)
        assert idle[2].endswith(other)
        assert not any(line.endswith(mark) for line in idle[3:])


def test_what_is_not_in_force_is_named_once():
    found = load().decide("party-group.agenda", {}, dt.date(2024, 12, 4))
    assert "  - monthly-meeting  not in force before 2024-12-05\n" in text.decision(found, "en")
    assert "  - 每月召开党组会议：2024-12-05 之前尚未生效\n" in text.decision(found, "zh")


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
    for form in RENDER:
        for lang in ("en", "zh"):
            rendered(form, found, lang)
    assert not built
