"""What stands beside the answers of a row: other readings, notes and citations are in every format, as `policy check` has them."""

import csv
import datetime as dt
import json

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app

GARAGE = {
    "supply": "granted", "acquired_on": "2020-08-01", "underground_specified": "no", "follows_approved_design": "no",
    "benchmark_price": "3000", "area_b1": "1000", "area_b2": "600", "area_b3": "400", "self_developed": "yes",
    "public_nonprofit": "no",
}  # fmt: skip
DAY = dt.date(2025, 3, 1)


def batch(tmp_path, decision, facts, suffix, lang="en"):
    """The one row a table of one case comes to, by header."""
    table, out = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    table.write_text(",".join(facts) + "\n" + ",".join(facts.values()) + "\n", encoding="utf-8")
    given = ["batch", decision, table, "-o", out, "--as-of", DAY, "--lang", lang]
    assert CliRunner().invoke(app, list(map(str, given))).exit_code != 2
    if suffix == ".xlsx":
        heads, row = openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True)
        return dict(zip(heads, row, strict=True))
    if suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(out).to_pylist()[0]
    text = out.read_text(encoding="utf-8-sig")
    return json.loads(text) if suffix == ".jsonl" else next(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_value_that_another_reading_gives_otherwise_is_contested(tmp_path, suffix):
    row = batch(tmp_path, "parking.premium", GARAGE, suffix)
    assert row["premium"] == "195000" or row["premium"] == 195000
    assert str(row["contested"]).lower() == "true"
    told = row["readings"].split("; ")
    assert "premium: old_land=article_10 → 0" in told
    assert "premium: level_two=amount → 225000" in told
    assert "premium: 拉政办发〔2024〕37号 第十一条" in row["cites"].split("; ")
    assert row["noted"].startswith("rate_b3: ")
    found = policy_engine.load().decide("parking.premium", GARAGE, DAY)
    assert len(told) == sum(len(one.readings) for one in (found, *found.findings, *found.results))


def test_a_workbook_says_it_in_words(tmp_path):
    row = batch(tmp_path, "parking.premium", GARAGE, ".xlsx", "zh")
    assert row["有争议"] == "是"
    told = row["另一读法"].split("；")
    assert len(told) == 5  # a reading once, with all that it gives otherwise
    assert any("土地出让金合计 0 元" in one and one.count("？") == 1 for one in told)
    assert any(one.endswith("土地出让金合计 225,000 元") for one in told)
    assert "适用条款：拉政办发〔2024〕37号 第十一条" in row["依据"].split("；")
    assert "old_land" not in row["另一读法"]
    assert row["适用条款"] == policy_engine.load().rule("parking.premium").names(DAY).option("article-11", "basis").zh


def test_a_workbook_in_english_has_words_too(tmp_path):
    row = batch(tmp_path, "parking.premium", GARAGE, ".xlsx", "en")
    told = row["Other reading" if "Other reading" in row else "other reading"]
    assert "old_land" not in told and "article_10" not in told and "Premium in all 225,000 yuan" in told
    assert row["Article that decides"] == "Article 11"


def test_a_share_is_a_percentage_in_a_workbook(tmp_path):
    batch(tmp_path, "parking.premium", GARAGE, ".xlsx", "zh")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    shown = dict(zip(heads, sheet[2], strict=True))
    assert (shown["地下一层费率"].value, shown["地下一层费率"].number_format) == (0.05, "0%")
    assert (shown["地下二层费率"].value, shown["地下二层费率"].number_format) == (0.025, "0.##########%")


def test_nothing_is_contested_where_no_reading_differs(tmp_path):
    facts = {"recipient": "individual", "amount": "1", "activity": "commendation", "approved_by_region": "yes",
             "received_this_year": "0", "received_for_project": "0"}  # fmt: skip
    row = batch(tmp_path, "award.grant", facts, ".csv")
    assert (row["contested"], "individual-cap" in row["readings"]) == ("false", False)


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("zh", "每人不超过3000元、对集体不发放奖金、仅在经自治区批准的项目中发放奖金：适用例外（拉政办发〔2024〕35号 一：不适用本意见）："),
        ("en", "At most 3000 yuan a person, "),
    ],
)  # fmt: skip
def test_a_row_to_which_nothing_applies_says_why_once_for_checks_alike(tmp_path, lang, wanted):
    case = {"recipient": "individual", "amount": "3000", "activity": "annual-assessment"}
    row = batch(tmp_path, "award.grant", case, ".xlsx", lang)
    told = row["理由" if lang == "zh" else "Reason"]
    assert told.startswith(wanted) and "\n" not in told


def test_a_row_of_which_nothing_is_due_says_until_when(tmp_path):
    row = batch(tmp_path, "waste.mechanisms", {"established": "无"}, ".xlsx", "zh")
    assert row["结论"] == "未到期" and "2025-12-31 到期，此前不作判断" in row["理由"]
