"""Between words and figures of Chinese stands a space, but none between its words and none at a sign that is wide itself."""

import datetime as dt
import re
from contextlib import suppress
from pathlib import Path

import pytest

import policy_engine
from policy_engine import words
from policy_engine.basics.errors import PolicyError
from policy_engine.explaining.chinese import beside
from policy_engine.proving.cases import find_case_files, load_cases

BOOK, SCENARIOS = policy_engine.load(), Path(__file__).parents[2] / "scenarios"
STRAY = re.compile(r"[，。；：、！？（）“”《》〕] (?![=+×/-])|(?<![=+×/-]) [，。；：、！？（）“”《》]")


@pytest.mark.parametrize(("lang", "parts", "said"), [
    ("zh", ("赞成票", "低于", "5"), "赞成票低于 5"), ("zh", ("成员数（含回避者）", "不少于", "6"), "成员数（含回避者）不少于 6"),
    ("zh", ("比例", "不超过", "约 3.3"), "比例不超过约 3.3"), ("zh", ("PM2.5", "不超过", "25"), "PM2.5 不超过 25"), ("zh", ("12", "超过", ""), "12 超过"), ("zh", ("", "不少于", "“甲”"), "不少于“甲”"),
    ("en", ("“Cells”", "at most", "3"), "“Cells” at most 3"), ("en", ("", "", "3"), "3"),
])  # fmt: skip
def test_a_sign_that_is_wide_has_its_own_space(lang, parts, said):
    assert beside(lang, *parts) == said


def test_no_answer_of_a_scenario_has_a_stray_space():
    found = set()
    files = find_case_files([SCENARIOS / "party-group" / "meeting.yaml", SCENARIOS / "hospital", SCENARIOS / "fund"])
    for case in [case for path in files for case in load_cases(path)]:
        with suppress(PolicyError):
            decision = case.decide(BOOK, dt.date(2025, 3, 1))
        for finding in decision.findings:
            told = [finding.reason.zh, words.remedies(finding, decision, "zh"), words.fitting(finding, decision, "zh")]
            told += [words.alternative(other, decision.names, "zh") for other in finding.readings]
            found |= {text for text in told if STRAY.search(text)}
    assert not found
