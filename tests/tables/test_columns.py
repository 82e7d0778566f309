"""Headers and the units numbers stand in: read as a careful clerk would, or refused with the way out; never ignored."""

import csv
import json

import openpyxl
import pytest
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app

GRANT = "姓名,表彰对象,每人奖金,活动类别,项目经自治区党委、政府批准"
ROW = "扎西,个人,{},评比达标表彰,是"


def batch(tmp_path, decision, text, *args, lang="zh"):
    """The result of the command, and what it wrote."""
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    (tmp_path / "out.csv").unlink(missing_ok=True)
    given = [
        "batch",
        decision,
        tmp_path / "in.csv",
        "-o",
        tmp_path / "out.csv",
        "--as-of",
        "2025-03-01",
        "--lang",
        lang,
    ]
    result = CliRunner().invoke(app, [str(arg) for arg in (*given, *args)])
    out = tmp_path / "out.csv"
    return result, out.read_text(encoding="utf-8-sig").splitlines() if out.exists() else None


def first(rows):
    """The first row of results, by header."""
    return next(csv.DictReader(rows))


def cap(tmp_path, above, header, amount, *args):
    """How the cap of 3,000 yuan is decided for an amount, or the refusal."""
    text = "\n".join([*above, GRANT.replace("每人奖金", header), ROW.format(amount)])
    result, rows = batch(tmp_path, "award.grant", text, *args)
    if rows is None or len(rows) == 1:
        assert result.exit_code == 2
        return "refused"
    return first(rows)["individual-cap.status"]


@pytest.mark.parametrize(
    ("above", "header", "amount", "wanted"),
    [
        (["单位：万元,,,,"], "每人奖金", "0.3", "satisfied"),
        (["单位：万元,,,,"], "每人奖金", "0.5", "violated"),
        (["2025年台账,,,,", "（金额单位: 万元）,,,,"], "每人奖金", "0.5", "violated"),
        ([",,,,单位：人民币万元"], "每人奖金", "0.5", "violated"),
        (["单位：千元,,,,"], "每人奖金", "3.1", "violated"),
        (["单位：元,,,,"], "每人奖金", "3000", "satisfied"),
        (["单位：万元,,,,"], "每人奖金（元）", "3000", "satisfied"),
        (["单位：万元,,,,"], "每人奖金", "3000元", "satisfied"),
        (["填报单位：拉萨市财政局,,,,"], "每人奖金", "3000", "satisfied"),
        (["单位：万元、平方米,,,,"], "每人奖金", "0.5", "violated"),
        (["单位：万元/元,,,,"], "每人奖金", "0.5", "refused"),
        (["单位：万元,,单位：元,,"], "每人奖金", "0.5", "refused"),
        (["单位：万美元,,,,"], "每人奖金", "0.5", "refused"),
        (["单位 万元,,,,"], "每人奖金", "0.5", "violated"),
        (["万元,,,,"], "每人奖金", "0.5", "violated"),
        (["市财政局,,,,（人民币万元）"], "每人奖金", "0.5", "violated"),
        (["奖金发放表（万元）,,,,"], "每人奖金", "0.5", "violated"),
        (["金额：万元,,,,"], "每人奖金", "0.5", "violated"),
        (["奖金发放表,,,,", "人员,,奖金（万元）,,"], "每人奖金", "0.5", "violated"),
        (["单位：万,,,,"], "每人奖金", "0.5", "refused"),
        (["单位：亿,,,,"], "每人奖金", "0.5", "refused"),
        (['"Unit: 10,000 yuan",,,,'], "每人奖金", "0.5", "refused"),
        (["总预算 100 万元,,,,"], "每人奖金", "3000", "satisfied"),
        (["总预算：100万元,,,,"], "每人奖金", "3000", "satisfied"),
        (["填报单位 拉萨市财政局,,,,"], "每人奖金", "3000", "satisfied"),
        ([], "每人奖金（万元）", "0.5", "violated"),
        ([], "每人奖金/万元", "0.5", "violated"),
        ([], "每人奖金：万元", "0.5", "violated"),
        ([], "每人奖金(单位：万元)", "0.5", "violated"),
        ([], "每人奖金（万元）", "1.5亿", "refused"),
        ([], "每人奖金（万元）", "5千", "refused"),
        ([], "每人奖金（亿元）", "15000万", "refused"),
        ([], "每人奖金（万元）", "百分之五", "refused"),
        ([], "每人奖金（万元）", "0.3万元", "satisfied"),
    ],
)
def test_a_unit_is_applied_or_the_sheet_is_refused(tmp_path, above, header, amount, wanted):
    assert cap(tmp_path, above, header, amount) == wanted


def test_what_cannot_be_told_apart_is_said_with_an_option(tmp_path):
    assert cap(tmp_path, ["单位：万元/元,,,,"], "每人奖金", "0.5", "--unit", "万元") == "violated"
    assert cap(tmp_path, ["单位：万元/元,,,,"], "每人奖金", "0.5", "--unit", "元") == "satisfied"
    assert cap(tmp_path, [], "每人奖金", "0.5", "--unit", "万吨") == "refused"
    result, _ = batch(tmp_path, "award.grant", f"单位：万元/元\n{GRANT}\n{ROW.format(1)}")
    assert "请用 --unit 写明" in result.stderr


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [("50%", "violated"), ("50％", "violated"), ("百分之五十", "violated"), ("50", "violated"), ("2‰", "satisfied"),
     ("30％", "satisfied"), ("0.3", "satisfied")],
)  # fmt: skip
def test_a_percent_sign_of_any_width_is_one_under_a_header_in_percent(tmp_path, cell, wanted):
    text = f"投资方式,母基金总规模（万元）,投资后持有被投资企业总股本的比例（%）\ndirect,150000,{cell}"
    _, rows = batch(tmp_path, "fund.investment", text)
    assert first(rows)["direct-stake.status"] == wanted


@pytest.mark.parametrize("cell", [" ", "\u3000", '" "'])
def test_white_space_in_a_set_is_not_none(tmp_path, cell):
    _, rows = batch(tmp_path, "fund.investment", f"kind,activities,amount\nsubfund,{cell},1\n")
    assert first(rows)["prohibited-activities.status"] == "undetermined"


def test_a_lone_comma_in_a_set_is_refused(tmp_path):
    result, _ = batch(tmp_path, "fund.investment", 'kind,activities,amount\nsubfund,"、",1\n')
    assert result.exit_code == 2


def test_what_matched_and_what_did_not_is_said(tmp_path):
    text = GRANT.replace("表彰对象", "表彰人员") + "\n" + ROW.format(3000)
    result, _ = batch(tmp_path, "award.grant", text)
    assert (
        "共 5 列，其中 3 列为输入项；未使用：姓名、表彰人员（是否为“表彰对象”？）；没有对应列的输入项：“表彰对象”、"
        in result.stderr
    )
    result, _ = batch(tmp_path, "award.grant", text, lang="en")
    assert "columns: 3 of 5 give inputs; not used: 姓名, 表彰人员" in result.stderr


def test_what_an_unused_column_may_mean_is_told_by_all_that_inputs_are_called(tmp_path):
    result, _ = batch(tmp_path, "award.grant", "获奖者对象,市批准,备注,每人奖金\n个人,是,,1\n")
    assert (
        "未使用：获奖者对象（是否为“表彰对象”？）、市批准（是否为“项目仅经市委、市政府批准”？）、备注；"
        in result.stderr
    )


def test_a_mapping_is_held_to_the_table_and_to_the_inputs(tmp_path):
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("奖励对象x: recipient\n活动类别: activty\n", encoding="utf-8")
    result, rows = batch(tmp_path, "award.grant", GRANT + "\n" + ROW.format(1), "--mapping", mapping)
    assert (result.exit_code, rows) == (2, None)
    assert "没有表头 `奖励对象x`" in result.stderr
    assert "`activty` 不是输入项" in result.stderr


def test_a_column_of_the_users_own_is_not_taken_for_a_result(tmp_path):
    result, rows = batch(tmp_path, "award.grant", GRANT + ",outcome\n" + ROW.format(1) + ",mine", lang="en")
    assert (result.exit_code, rows) == (2, None)
    assert "the table already has a column `outcome`" in result.stderr


def test_a_workbook_is_read_whole_and_its_formats_as_they_look(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(GRANT.split(","))
    for amount in (1, 2, 3001, 3000, 30_000_000, 5):
        sheet.append(ROW.format(amount).split(","))
        sheet.cell(sheet.max_row, 3, amount)
    sheet["C2"].number_format = '0"%"'
    sheet["C3"].number_format = "0\\%"
    sheet["C5"].number_format = '#,##0.00"元"'
    sheet["C6"].number_format = '0!.0,"万元"'
    sheet["C7"].number_format = '0"万元"'
    book.save(tmp_path / "in.xlsx")
    _shrink(tmp_path / "in.xlsx")
    given = ["batch", "award.grant", tmp_path / "in.xlsx", "-o", tmp_path / "o.csv", "--lang", "en"]
    result = CliRunner().invoke(app, list(map(str, given)))
    rows = (tmp_path / "o.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["3001", "3000元", "5万元"]
    assert [row.split(",")[7] for row in rows[1:]] == ["violated", "satisfied", "violated"]
    refused = [line for line in result.stderr.splitlines() if line.startswith("Sheet, row ")]
    assert [line[:12] for line in refused] == ["Sheet, row 2", "Sheet, row 3", "Sheet, row 6"]
    assert result.exit_code == 2


def _shrink(path):
    """A sheet that says it is smaller than it is, as streaming writers leave it."""
    import re
    import zipfile

    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:E2"', parts[sheet])
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)


OFFICE = "姓名,奖励对象,每人奖励金额（万元）,活动 类型,是否经自治区批准\n扎西,先进个人,{},评比达标表彰活动,是\n"


def test_what_offices_call_it_is_understood(tmp_path):
    """Headers and options by the aliases of the rule file, however wide or spaced, with the unit of the header."""
    for amount, wanted in (("0.3", "satisfied"), ("0.30001", "violated")):
        result, rows = batch(tmp_path, "award.grant", OFFICE.format(amount))
        assert first(rows)["individual-cap.status"] == wanted
        assert "未使用：姓名；" in result.stderr
    text = "投资类型,基金总规模,累计投资额,子基金规模,持股比例,存续期限（年）,年管理费率（%）,投资品种,管委会决策\n直投,15亿元,1亿元,,30.1%,10,2,无,是\n"
    result, rows = batch(tmp_path, "fund.investment", text)
    assert first(rows)["direct-stake.status"] == "violated"
    assert "共 9 列，其中 9 列为输入项" in result.stderr


def test_a_word_stands_for_one_thing():
    """No alias of a shipped rule is another's name, label or alias; two headers of one input are refused."""
    for rule in policy_engine.load().rules():
        for entry in rule.inputs.values():
            assert all(rule.called(alias) is entry for alias in entry.aliases)
            assert all(entry.option(alias) == option for alias, option in entry.option_aliases.items())


def test_two_words_for_one_input_are_told(tmp_path):
    text = "表彰对象,奖励对象,每人奖金\n个人,集体,1\n"
    result, rows = batch(tmp_path, "award.grant", text)
    assert (result.exit_code, rows) == (2, None)
    assert "有两列都是“表彰对象”：" in result.stderr


def test_facts_go_by_labels_and_aliases_too():
    given = [
        "--set",
        "表彰对象=个人",
        "--set",
        "每人奖金＝3500",
        "--set",
        "活动类型=评比达标表彰",
        "--set",
        "是否经自治区批准=是",
    ]
    result = CliRunner().invoke(app, ["check", "award.grant", *given, "--as-of", "2025-03-01", "--format", "json"])
    assert json.loads(result.stdout)["facts"] == {
        "recipient": "individual", "amount": "3500", "activity": "commendation", "approved_by_region": True,
    }  # fmt: skip
    result = CliRunner().invoke(
        app, ["check", "award.grant", "--set", "amount=1", "--set", "每人奖金=2", "--lang", "zh"]
    )
    assert (result.exit_code, "`每人奖金`（所得奖金）给出了两次" in result.stderr) == (2, True)
    result = CliRunner().invoke(app, ["check", "award.grant", "--set", "表彰对相=1", "--lang", "zh"])
    assert "表彰对象" in result.stderr


def test_aliases_are_shown(tmp_path):
    shown = CliRunner().invoke(app, ["show", "award.grant", "--lang", "zh"]).stdout
    assert "表彰对象（又作：奖励对象、获奖对象、受奖对象）" in shown
    assert "个人（individual、先进个人、个人奖）" in shown
    data = json.loads(CliRunner().invoke(app, ["show", "award.grant", "--format", "json"]).stdout)
    assert data["inputs"]["recipient"]["option_aliases"]["先进集体"] == "collective"
    assert data["register"]["by"]["aliases"] == ["获奖人", "受奖人员"]


@pytest.mark.parametrize("note", ["单位：万元,,,,", ",,,,（单位：万元）", f"{ROW.format(1)},单位：万元"])
def test_a_unit_noted_below_or_beside_the_rows_refuses_the_sheet(tmp_path, note):
    text = f"{GRANT}\n{ROW.format('0.5')}\n{note}"
    result, rows = batch(tmp_path, "award.grant", text)
    assert (result.exit_code, rows) == (2, None), result.output
    assert "--unit" in result.stderr
    _, rows = batch(tmp_path, "award.grant", text, "--unit", "万元")
    assert first(rows)["individual-cap.status"] == "violated"
    _, rows = batch(tmp_path, "award.grant", text.replace("每人奖金", "每人奖金（元）"))
    assert first(rows)["individual-cap.status"] == "satisfied"


@pytest.mark.parametrize(
    ("decision", "header", "cell", "format", "wanted"),
    [
        ("award.grant", "每人奖金", 0.5, '0.0"万元"', "violated"),
        ("award.grant", "每人奖金", 0.5, "0.0\\万", "violated"),
        ("award.grant", "每人奖金", 5000, '#,##0,"千元"', None),
        ("award.grant", "每人奖金", 3000, "[$$-409]#,##0.00", None),
        ("award.grant", "每人奖金", 3000, "[$€-407]#,##0.00", None),
        ("award.grant", "每人奖金", 3000, "[$¥-804]#,##0.00", "satisfied"),
        ("award.grant", "每人奖金", 3000, "[$-804]#,##0", "satisfied"),
        ("award.grant", "每人奖金", 3001, '#,##0"元"', "violated"),
        ("award.grant", "每人奖金", 3001, '[Red]#,##0_);"负"0', "violated"),
        ("fund.investment", "持股比例", 31, '0"%"', "violated"),
        ("fund.investment", "持股比例", 0.31, '0.00"％"', "satisfied"),
        ("fund.investment", "持股比例（%）", 0.31, "0%", "violated"),
        ("fund.investment", "持股比例（%）", 31, "0\\%", "violated"),
        ("fund.investment", "持股比例", 31, '0"‰"', "satisfied"),
    ],
)
def test_a_number_is_what_its_format_shows_or_refused(tmp_path, decision, header, cell, format, wanted):
    heads, row = (GRANT, ROW) if decision == "award.grant" else ("投资方式,持股比例", "股权直投,{}")
    book, at = openpyxl.Workbook(), heads.split(",").index(header.partition("（")[0]) + 1
    book.active.append(heads.replace(heads.split(",")[at - 1], header).split(","))
    book.active.append(row.format("0").split(","))
    book.active.cell(2, at, cell).number_format = format
    book.save(tmp_path / "in.xlsx")
    given = ["batch", decision, tmp_path / "in.xlsx", "-o", tmp_path / "o.csv", "--as-of", "2025-03-01", "--lang", "en"]
    result = CliRunner().invoke(app, list(map(str, given)))
    rows = (tmp_path / "o.csv").read_text(encoding="utf-8-sig").splitlines()
    check = {"award.grant": "individual-cap.status", "fund.investment": "direct-stake.status"}[decision]
    assert (first(rows)[check] if len(rows) > 1 else None) == wanted, result.output
