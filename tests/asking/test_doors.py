"""What follows from what was said is asked for nowhere: tools, HTTP, pages and the command tell it instead."""

import datetime as dt

import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.serving.answers import Answers

BOOK = policy_engine.load()
DAY = "2025-03-01"
CASES = [
    ("air.fleet", {"buses": "0"}),
    ("government.substitution", {"partner": "fifth", "away": ["second"]}),
    ("air.fleet", {"buses": "1"}),
]


@pytest.mark.parametrize(("decision", "facts"), CASES)
def test_the_question_over_a_wire_is_that_of_the_interview(decision, facts):
    settled = BOOK.interview(decision, facts, dt.date.fromisoformat(DAY)).settled()
    told = Answers(BOOK).decided({"decision": decision, "facts": facts, "as_of": DAY})
    assert {one["name"]: one["value"] for one in told.get("follows", [])} == {
        n: settled.answers[n] for n in settled.follows
    }
    assert told["next_question"]["name"] == settled.questions[0].name
    assert told["answer"] == BOOK.decide(decision, facts, DAY).to_json()
    whole = {**facts, **{one["name"]: one["value"] for one in told.get("follows", [])}}  # as it is given back
    again = Answers(BOOK).decided({"decision": decision, "facts": whole, "as_of": DAY})
    assert again["next_question"] == told["next_question"]
    assert "follows" not in again


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "New-energy buses among them: 0 (not asked: what was said leaves no other answer)"),
        ("zh", "其中新能源公交车：0 辆（不再询问：由已填各项只能如此）"),
    ],
)
def test_a_page_tells_what_follows_and_asks_for_the_rest(lang, said):
    pages = pytest.importorskip("policy_engine.serving.pages", reason="pages need `pip install '.[web]'`")
    asked = {"lang": lang, "decision": "air.fleet", "pairs": [["f.buses", "0"], ["as_of", DAY]]}
    shown = pages.PAGES["page.findings"](Answers(BOOK), asked)["html"]
    assert said in shown
    questions = shown.partition('class="asks"')[2].partition("</ol>")[0]
    assert "#f.others" in questions
    assert "#f.buses_new_energy" not in questions


def test_a_log_has_the_facts_that_were_decided():
    pages = pytest.importorskip("policy_engine.serving.pages", reason="pages need `pip install '.[web]'`")
    answers, noted = Answers(BOOK), []
    answers.noted = lambda facts, found, assume: noted.append((facts.given, found.facts))
    pages.PAGES["page.case"](answers, {"lang": "zh", "decision": "air.fleet", "pairs": [["f.buses", "0"]]})
    ((facts, decided),) = noted
    assert facts == decided == {"buses": 0, "buses_new_energy": 0}


EITHER = """
decision: town.rule
document: 湾政发〔2023〕7号
inputs:
  a: {type: flag, label: {en: A, zh: 甲}}
  b: {type: flag, label: {en: B, zh: 乙}}
facts_must: [b != a]
provisions: [{id: both, cite: {at: 第一条, phrase: 应当暂缓}, require: a and b}]
"""


@pytest.mark.parametrize(("lang", "kept"), [("en", "a: yes\nb: no\n"), ("zh", "甲: 是\n乙: 否\n")])
def test_a_flag_that_follows_is_kept_as_a_reader_writes_it(town, tmp_path, lang, kept):
    town(EITHER)
    saved = tmp_path / "facts.yaml"
    ask = ["ask", "town.rule", "--rules", str(tmp_path), "--as-of", DAY, "--lang", lang, "--save", str(saved)]
    said = CliRunner().invoke(app, ask, input={"en": "yes\n", "zh": "是\n"}[lang])
    assert saved.read_text(encoding="utf-8") == kept, said.stderr
    check = CliRunner().invoke(app, ["check", *ask[1:-2], "--facts", str(saved)])
    assert check.stdout == said.stdout
