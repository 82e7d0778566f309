"""What programs import: the same answers as the commands give."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path

import pytest

import policy_engine
from policy_engine.office import decide_file, decide_rows, follow, register, render

BOOK = policy_engine.load()
ROOT = Path(__file__).parents[2]
SHEET = "表彰对象,每人奖金,活动类别,项目经自治区党委、政府批准\n个人,3000,评比达标表彰,是\n个人,若干,评比达标表彰,是\n个人,3000.01,评比达标表彰,是\n合计,6000\n"


def test_rows_of_a_sheet(tmp_path):
    (tmp_path / "in.csv").write_text(SHEET, encoding="utf-8")
    said = []
    rows = list(decide_rows(BOOK, "award.grant", tmp_path / "in.csv", as_of="2025-03-01", lang="zh", tell=said.append))
    assert [(r.number, r.decision and r.decision.outcome) for r in rows] == [(2, "compliant"), (3, None), (4, "non_compliant")]  # fmt: skip
    assert "若干" in rows[1].refused.render("zh") and any("第 5 行（“合计”）" in line for line in said)
    counts = decide_file(BOOK, "award.grant", tmp_path / "in.csv", tmp_path / "o.jsonl", as_of=dt.date(2025, 3, 1))
    assert counts == {"compliant": 1, "non_compliant": 1, "rejected": 1}
    for wrong in ({"asof": "2025-03-01"}, {"as_of": "soon"}, {"unit": "斤"}):
        with pytest.raises(policy_engine.PolicyError):
            list(decide_rows(BOOK, "award.grant", tmp_path / "in.csv", **wrong))
    with pytest.raises(policy_engine.PolicyError):
        decide_file(BOOK, "award.grant", tmp_path / "in.csv", tmp_path / "in.csv")


def test_a_register(tmp_path):
    (tmp_path / "in.csv").write_text(
        "held_on,member,what\n2025-01-03,扎西,深入基层\n2025-13-20,扎西,集中学习\n", encoding="utf-8"
    )
    bad = []
    found = list(register(BOOK, "party-group.year", tmp_path / "in.csv", "2025-01-01", "2025-12-31", as_of="2026-01-02",
                          members=["卓玛"], rejected_row=lambda number, why: bad.append(number)))  # fmt: skip
    assert bad == [3] and {one.who for one in found} >= {"扎西", "卓玛"}
    days = next(one for one in found if one.who == "扎西" and one.found.provision == "field-days")
    assert (days.first, days.last, days.rows, days.unfinished) == (
        dt.date(2025, 1, 1),
        dt.date(2025, 12, 31),
        (2,),
        True,
    )
    with pytest.raises(policy_engine.PolicyError, match="no register"):
        list(register(BOOK, "parking.premium", tmp_path / "in.csv", "2025-01-01", "2025-12-31"))


def test_events_and_looks():
    answers = list(
        follow("government.trip", [json.dumps({"id": "e1", "case": "c", "kind": "nothing", "at": "2025-01-01"})])
    )
    assert answers[0]["event"] == "e1" and answers[0]["problems"]
    found = BOOK.decide("award.grant", {"amount": 1}, "2025-03-01")
    assert render(found, "text", "zh") == found.to_text("zh")
    assert render([("甲", found)], "markdown", "zh").startswith("# 合规报告")
    with pytest.raises(policy_engine.PolicyError):
        render(found, "doc")


@pytest.mark.parametrize("page", ["python.md", "python.zh-CN.md"])
def test_every_block_of_the_page_runs(page, tmp_path, monkeypatch, capsys):
    for name in ("office/awards.xlsx", "office/meetings.xlsx", "second-city/events.jsonl"):
        shutil.copy(ROOT / "examples" / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(compile(block, page, "exec"), {})
    assert len(blocks) == 6 and (tmp_path / "decided.xlsx").exists() and capsys.readouterr().out
