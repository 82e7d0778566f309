"""Numbers without a finite decimal, as people read them: to four places, on the side that does; exact in JSON."""

import json

import pytest
from typer.testing import CliRunner

from policy_engine.doors.main import app

RULE = """
decision: town.area
document: 市发〔2024〕1号
inputs:
  area: {type: area, label: {en: Area, zh: 面积}}
  ratio: {type: share, label: {en: Ratio, zh: 比例}}
provisions:
  - {id: each, title: {en: Area each, zh: 人均面积}, cite: {at: 一, phrase: 7}, value: {type: area, is: area / 7}}
  - {id: cap, title: {en: Cap, zh: 上限}, cite: {at: 一, phrase: 7050}, require: area * 49 <= 7050平方米}
  - {id: floor, title: {en: Floor, zh: 下限}, cite: {at: 一, phrase: 7050}, require: area * 7 >= 7050平方米}
  - {id: least, title: {en: Least, zh: 最低比例}, cite: {at: 一, phrase: 三分之一}, require: ratio >= 1/3}
  - {id: most, title: {en: Most, zh: 最高}, cite: {at: 一, phrase: 100}, require: each <= 100平方米}
"""


def said(tmp_path, *args):
    (tmp_path / "town").mkdir(exist_ok=True)
    (tmp_path / "town" / "area.yaml").write_text(RULE, encoding="utf-8")
    given = ("check", "town.area", "--rules", tmp_path, "--as-of", "2025-01-01", "--set", "ratio=30%", *args)
    return CliRunner().invoke(app, list(map(str, given))).stdout


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ["面积不超过约 143.8775 平方米（约 -106.1225 平方米）", "面积不少于约 1007.1429 平方米（约 +757.1429 平方米）",
                "比例不少于约 33.3334%（约 +3.3334 个百分点）", "尚余约 64.2857 平方米", "人均面积 = 250/7（约 35.7142）平方米"]),
        ("en", ["Area at most about 143.8775 m² (about -106.1225 m²)", "Ratio at least about 33.3334% (about +3.3334 percentage points)",
                "about 64.2857 m² to spare", "each = 250/7 (about 35.7142) m²"]),
    ],
)  # fmt: skip
def test_what_mends_is_told_on_the_side_that_mends(tmp_path, lang, words):
    told = said(tmp_path, "--set", "area=250", "--lang", lang)
    for word in words:
        assert word in told
    fits = said(tmp_path, "--lang", lang)
    assert ("不超过约 143.8775 平方米" if lang == "zh" else "at most about 143.8775 m²") in fits


def test_json_keeps_the_fraction(tmp_path):
    told = json.loads(said(tmp_path, "--set", "area=250", "--format", "json"))
    assert '"value": "7050/49", "change": "-5200/49"' in json.dumps(told)
