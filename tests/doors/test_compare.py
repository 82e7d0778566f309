"""Variants of a case side by side: what differs first, the rest once, each answer that of `check`."""

import io
import json

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.reports.comparing import fold

BASE = "投资方式: 子基金\nfund_total: 15亿元\nsubfund_total: 10亿元\nmanagement_fee: 2%\nterm_years: 10\n"


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "甲.yaml").write_text(BASE + "amount: 2亿元\n", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"kind": "subfund", "fund_total": 1500000000, "subfund_total": "10亿元", "management_fee": "2%", "term_years": 10, "amount": 240000000}', encoding="utf-8")  # fmt: skip

    def run(*given):
        return CliRunner().invoke(app, ["compare", *map(str, given), "--as-of", "2025-03-01"])

    return run


OF = ("甲.yaml", "b.json", "--decision", "fund.investment")


def test_what_differs_stands_first_and_the_rest_once(compare):
    ran = compare(*OF, "--lang", "zh")
    assert ran.exit_code == 1, ran.output
    lines = ran.stdout.splitlines()
    assert lines[2].split() == ["甲", "b"]
    assert lines[4].split() == ["结论", "无法判定", "不合规"]
    assert next(line for line in lines if line.startswith("对该子基金")).split()[1:] == ["200,000,000", "元", "240,000,000", "元"]  # fmt: skip
    below = lines[lines.index("各方案相同：") :]
    assert "  母基金总规模：1,500,000,000 元" in below and ran.stdout.count("母基金总规模：") == 1
    assert "不适用" not in "".join(below)
    assert max(map(len, lines)) <= 120
    assert "整改：" in ran.stdout and "fund.investment" not in ran.stdout


def test_each_variant_is_what_check_says_of_it(compare):
    found = json.loads(compare(*OF, "--format", "json", "--try", "amount=2.25亿元").stdout)
    assert [v["case"] for v in found["variants"]] == ["甲", "b", "amount=2.25亿元"]
    assert found["differs"]["outcome"] and found["differs"]["facts"] == ["amount"]
    assert found["differs"]["findings"] == ["subfund-share-of-fund"]
    given = {
        "kind": "subfund",
        "fund_total": "15亿元",
        "subfund_total": "10亿元",
        "management_fee": "2%",
        "term_years": 10,
    }
    alone = policy_engine.load().decide("fund.investment", {**given, "amount": "2.25亿元"}, "2025-03-01")
    assert {k: v for k, v in found["variants"][2].items() if k != "case"} == json.loads(json.dumps(alone.to_json()))


def test_it_is_handed_on_as_a_table(compare, tmp_path):
    assert compare(*OF, "-o", "o.xlsx", "-o", "o.csv", "-o", "o.md", "--lang", "zh").exit_code == 1
    rows = list(openpyxl.load_workbook(tmp_path / "o.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == ("方案", "甲", "b", "依据")
    assert rows[1][:3] == ("结论", "无法判定", "不合规")
    assert any(row[0] and row[0].startswith("对该子基金") and row[2] == "240,000,000 元" for row in rows)
    assert (tmp_path / "o.csv").read_text(encoding="utf-8-sig").splitlines()[0] == "方案,甲,b,依据"
    assert "| 结论 | 无法判定 | 不合规 |" in (tmp_path / "o.md").read_text(encoding="utf-8")
    assert openpyxl.load_workbook(io.BytesIO(compare(*OF, "--format", "xlsx").stdout_bytes)).active.max_column == 4


def test_cases_of_a_case_file_are_variants(compare, tmp_path):
    (tmp_path / "c.yaml").write_text(
        "decision: award.grant\nfacts: {recipient: individual, activity: commendation, approved_by_region: true}\n"
        "cases: [{name: one, facts: {amount: 3000}}, {name: one, facts: {amount: 3001}}]\n", encoding="utf-8")  # fmt: skip
    found = json.loads(compare("c.yaml", "--format", "json").stdout)
    assert [(v["case"], v["outcome"]) for v in found["variants"]] == [("one (1)", "compliant"), ("one (2)", "non_compliant")]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("甲.yaml", "b.json"), "--decision"),
        (("甲.yaml", "--decision", "fund.investment"), "两个以上方案"),
        (("甲.yaml", "b.json", "--decision", "award.grant"), "投资方式"),
        (("甲.yaml", "none.yaml", "--decision", "fund.investment"), "none.yaml"),
        (("甲.yaml", "--try", "x=1", "--decision", "fund.investment"), "x"),
    ],
)
def test_what_cannot_be_compared_is_refused(compare, given, words):
    ran = compare(*given, "--lang", "zh")
    assert (ran.exit_code, ran.stdout, words in ran.stderr) == (2, "", True), ran.stderr


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("投资额：240,000,000 超过 15%", 18, ["投资额：", "240,000,000 超过", "15%"]),  # a number is not cut in two
        ("投资额为多少", 6, ["投资额", "为多少"]),
        ("held for ten years", 8, ["held for", "ten", "years"]),
        ("x" * 10, 4, ["xxxx", "xxxx", "xx"]),  # a word without room for it is cut all the same
    ],
)
def test_a_text_is_folded_between_words_and_numbers(text, room, lines):
    assert fold(text, room) == lines
