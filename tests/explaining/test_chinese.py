"""Chinese is Chinese: expressions, answers and decisions as they are shown name nothing as the program does."""

import datetime as dt
import re
from pathlib import Path

import pytest

from policy_engine.basics.errors import PolicyError
from policy_engine.book import load
from policy_engine.explaining.chinese import spoken
from policy_engine.language.syntax import parse
from policy_engine.procedures.load import load_procedure, procedure_names
from policy_engine.proving.cases import find_case_files, load_cases
from policy_engine.reports.formats import CHECK, PROCEDURE, SHOW, View
from policy_engine.reports.rule_text import callings

ROOT = Path(__file__).parents[2]
BOOK = load()
FUND = BOOK.rule("fund.investment")
LATIN = re.compile(r"[A-Za-z_]{3,}")
MEANT = {"VOCs", "AAA", "III", "IPO", "DIP", "PM_"}
"""Words of the gazette itself."""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("held <= 15% of size", "计入比例的投资额 ≤ 15% × 计算比例所依据的总规模"),
        ('kind == "subfund" and not market_run', "投资方式为“子基金”，且“系市场化子基金”为否"),
        ('kind != "direct" or term_years == 10 and stake < 1/3', "投资方式不为“股权直投”，或（子基金存续年限 = 10，且投资后持有被投资企业总股本的比例 < 1/3）"),
        ('"futures" not in activities', "涉及的业务和投资品种不包括“期货”"),
        ('kind in ["subfund", "direct"]', "投资方式为“子基金”、“股权直投”之一"),
        ('share_of == "ever"', "按“文本为‘投资比例’，未规定退出后扣除”理解"),
        ("(amount + returned) * 2", "（对该子基金（项目）的累计投资额（含本次及已认缴未实缴部分） + 其中已收回的本金） × 2"),
        ("floor(direct_room / (5% of size))", "（股权直投剩余额度（按总额15%计） ÷ （5% × 计算比例所依据的总规模））向下取整"),
        ("not (approved_by_committee or market_run)", "并非（经管委会决策，或系市场化子基金）"),
        ("max(amount, 20万元)", "对该子基金（项目）的累计投资额（含本次及已认缴未实缴部分）、200,000 元中较大者"),
        ("as_of <= 2025-03-01 + 7 days", "决定日期 ≤ 2025-03-01 + 7日"),
        ('if kind == "direct" then amount else 0', "投资方式为“股权直投”的，对该子基金（项目）的累计投资额（含本次及已认缴未实缴部分）；其他，0"),
    ],
)  # fmt: skip
def test_an_expression_is_said_in_chinese(written, said):
    assert spoken(parse(written), callings(FUND)) == said


def shown(found, table, name):
    return [f"{name}: {line.strip()}" for line in table["text"](found, View("zh")).splitlines()]


def left(lines):
    return [line for line in lines if set(LATIN.findall(line.partition(": ")[2])) - MEANT or "True" in line]


def test_the_answers_of_all_scenarios_are_in_chinese():
    lines = []
    for file in find_case_files([ROOT / "scenarios"]):
        for case in (case for case in load_cases(file) if case.entries is None):
            try:
                lines += shown(case.decide(BOOK, dt.date(2025, 6, 1)), CHECK, case.decision)
            except PolicyError as error:
                lines += [f"{case.decision}: {found.message.zh}" for found in error.problems]
    assert not left(lines)


def test_decisions_and_procedures_are_shown_in_chinese_with_their_names_in_brackets():
    lines = [line for rule in BOOK.rules() for line in shown(rule, SHOW, rule.decision)]
    lines += [line for name in procedure_names() for line in shown(load_procedure(name), PROCEDURE, name)]
    allowed = re.compile(
        r"（[a-z0-9][a-z0-9_.:-]*(?:、(?:[^（）]|（[^（）]*）)*)?）|policy register|事件的 kind|--set|\{\"id\".*|(?<=[见由] )[a-z]+\.[a-z]+"
    )
    assert not left([allowed.sub("", line) for line in lines])


def test_a_decision_shows_what_may_be_written_and_what_silence_means():
    said = SHOW["text"](FUND, View("zh"))
    assert "[子基金（subfund、参股子基金、投资子基金） | 股权直投（direct、" in said
    assert "未填的推定为“是”（方案第三部分所称子基金为“市场化运作子基金”）" in said
    assert "投资日期（又作：出资日期、投资时间）  日期  （invested_on）" in said
