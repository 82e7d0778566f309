"""One name is one name however it is set; several, or what may be several, are refused: they would be somebody else."""

import csv
import json

import pytest
from typer.testing import CliRunner

from policy_engine.basics.errors import PolicyError
from policy_engine.doors.main import app
from policy_engine.registers.whom import check_whom, whom

PERSON, PROJECT = "姓名", "项目名称"
ONE = {
    "扎　西": "扎西", "扎\u200b西": "扎西", " 扎西卓玛\n": "扎西卓玛", "王 小 明": "王小明", "扎\n西": "扎西", "欧阳　修": "欧阳修", "张 晓明": "张晓明",
    "张和平": "张和平", "和志强": "和志强", "郑和": "郑和", "呼和巴图": "呼和巴图", "John Smith": "John Smith", "扎西 Tashi": "扎西 Tashi", "李明（局长）": "李明（局长）",
    "王芳/Wang Fang": "王芳/Wang Fang", "John Smith, Jr.": "John Smith, Jr.", "卡德尔·买买提": "卡德尔·买买提", "李 明（局长）": "李明（局长）",
    "和平区财政局": "和平区财政局", "财政和税务局": "财政和税务局", "人力资源和社会保障厅": "人力资源和社会保障厅", "发展和改革委": "发展和改革委", "西藏自治区 财政厅": "西藏自治区财政厅",
    "": "", None: "", "-": "", "无": "", 7: "7",
}  # fmt: skip
THINGS = {
    "光伏和储能": "光伏和储能", "高原绿氢 一期": "高原绿氢一期", "高原绿氢\n有限公司": "高原绿氢有限公司", "A/B轮": "A/B轮", "Acme, Inc.": "Acme, Inc.",
    "Sun and Snow Fund": "Sun and Snow Fund", "年产1,000吨青稞项目": "年产1,000吨青稞项目", "某某公司 拉萨分公司": "某某公司拉萨分公司", "一等": "一等",
}  # fmt: skip
SEVERAL = [
    "扎西\n卓玛", "扎西\r\n卓玛", "扎西，卓玛", "扎西,卓玛", "扎西, 卓玛", "扎西/卓玛", "扎西／卓玛", "扎西、卓玛", "扎西；卓玛", "扎西|卓玛", "张三 李四 王五", "扎西　卓玛", "张 三 李 四",
    "扎西\t卓玛", "张\u200b三 李四", "扎西和卓玛", "扎西及家属", "李明与王芳", "李明和平措", "扎西以及卓玛", "扎西等3人", "扎西等", "扎西等人", "张三&李四", "Tashi, Drolma", "Tashi and Drolma", "Tashi/Drolma",
    "Tashi\nDrolma", "007,008", "文化局和旅游局", "甲公司\n乙公司",
]  # fmt: skip
SEVERAL_THINGS = [
    "甲项目、乙项目",
    "甲公司 乙公司",
    "高原绿氢\n雪域光伏",
    "高原绿氢/雪域光伏",
    "甲公司和乙公司",
    "绿氢项目等3个项目",
    "Acme Fund, Snow Fund",
    "绿氢项目 光伏项目",
]


@pytest.mark.parametrize(("cell", "name"), [*ONE.items()], ids=repr)
def test_one_name(cell, name):
    assert whom(cell) == name
    check_whom(name, PERSON)
    check_whom(name, PROJECT)


@pytest.mark.parametrize(("cell", "name"), [*THINGS.items()], ids=repr)
def test_one_project(cell, name):
    assert whom(cell) == name
    check_whom(name, PROJECT)


@pytest.mark.parametrize(
    ("cell", "header"),
    [(s, h) for s in SEVERAL for h in (PERSON, "member", "项目负责人")] + [(s, PROJECT) for s in SEVERAL_THINGS],
)
def test_several_names(cell, header):
    with pytest.raises(PolicyError, match="several names") as error:
        check_whom(whom(cell), header)
    assert "\n" not in error.value.problems[0].message.en


def test_a_second_bonus_is_not_somebody_elses(tmp_path):
    """Two names one below the other were one that nobody has: the second bonus of one of them passed."""
    table, out = tmp_path / "in.csv", tmp_path / "o.jsonl"
    rows = [["发放日期", "姓名", "表彰对象", "每人奖金", "活动类别", "项目经自治区党委、政府批准"]]
    rows += [
        [f"2025-0{i}-01", who, "个人", "2000", "评比达标表彰活动", "是"] for i, who in ((1, "扎西\n卓玛"), (2, "扎西"))
    ]
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    given = ["register", "award.grant", str(table), "--from", "2025-01-01", "--to", "2025-12-31", "--reading", "cap_per=year", "-o", str(out), "--lang", "zh", "--as-of", "2026-01-02"]  # fmt: skip
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 2 and "第 2 行：姓名" in result.stderr, result.output
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {row["who"] for row in found} == {"扎西"}
    assert [row["status"] for row in found if row["provision"] == "individual-cap"] == ["undetermined"]
    result = CliRunner().invoke(app, [*given, "--member", "平措 卓嘎"])
    assert result.exit_code == 2 and "`平措 卓嘎` 可能是几个名称" in result.stderr
