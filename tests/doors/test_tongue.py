"""The command line in Chinese: help, usage errors, names and signs as people type them."""

import re

import pytest
import typer
from typer.testing import CliRunner

from policy_engine.doors.help_zh import HELP, METAVARS
from policy_engine.doors.main import app

WORDS = re.compile(r"[A-Za-z][A-Za-z -]{2,}")
SPELT = re.compile(  # what is typed as it stands: options, commands, formats, names of files and of decisions
    r"policy [^\n]*|--?[a-z-]+|-m policy_engine|python|`[^`]*`|\[[a-z|]+\]|\.[a-z]+|[a-z-]+\.[a-z-]+|watch:|GB\d+|"
    r"\b(YAML|JSON|Schema|CSV|Python|Word|LibreOffice|RuleSpec|DMN|TODO|POLICY_RULES|POLICY_KEY|POLICY_TOKEN_FILE|all|none|unknown|zh|en|utf-8|gb\d+|duckdb|polars|postgres|spark|"
    r"status|contested|value|assumes|text|code|flags|json|rule|case|documents|procedure|answer|report|comparison|event|scenarios)\b"
)


def run(*args, **env):
    return CliRunner().invoke(app, list(args), env={"POLICY_LANG": "zh", **env})


def commands(command=None, path=()):
    command = command or typer.main.get_command(app)
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


ALL = list(commands())


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "policy" for path, _ in ALL])
def test_help_is_in_chinese(path, command):
    """Nothing of it is left in English but what is typed as it stands."""
    said = run(*path, "--help").output
    assert said.startswith("用法：")
    names = r"|".join(re.escape(name) for name in getattr(command, "commands", {}))
    left = SPELT.sub("", re.sub(rf"^  ({names}) ", "", said, flags=re.MULTILINE) if names else said)
    assert not WORDS.findall(left)


def test_every_help_has_its_chinese():
    for path, command in ALL:
        for param in command.params:
            assert not getattr(param, "help", None) or param.help in HELP, (path, param.help)
            if not getattr(param, "is_flag", False) and not getattr(param.type, "choices", None):
                shown = param.metavar or param.name
                assert shown in METAVARS or shown.startswith("["), (path, shown)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["chek"], "没有 `chek` 这一命令，是否想写 check"),
        (["import", "foo"], "没有 `foo` 这一命令"),
        (["check"], "缺少参数“决定”"),
        (["audit"], "缺少选项 --source"),
        (["batch", "award.grant", "a.csv", "-o", "a.html", "-o", "a.csv"], "选项 --output 不可用：只取一个，却给出了多个"),
        (["check", "award.grant", "--sett", "x"], "没有 --sett 这一选项，是否想写 --set"),
        (["check", "award.grant", "--set"], "选项 --set 缺少值"),
        (["check", "award.grant", "--strict=1"], "选项 --strict 不带值"),
        (["check", "award.grant", "--assume", "some"], "“some”不是以下之一：all、none"),
        (["serve", "--port", "abc"], "选项 --port 不可用：“abc”不是整数"),
        (["serve", "--port", "99999"], "99999 不在范围内：0 至 65535"),
        (["check", "award.grant", "--facts", "/nowhere.yaml"], "无法读取：文件不存在"),
        (["check", "award.grant", "--format", "x"], "“x”不是以下之一：text、json、markdown"),
        (["list", "more"], "多余的参数：more"),
        (["check", "none.such"], "没有 `none.such` 这项决定"),
        (["check", "表彰奖金"], "是否想写 `表彰奖励资金`？"),
        (["check", "award.grant", "--as-of", "x"], "`x` 不是日期"),
        (["check", "award.grant", "--set", "每人奖金"], "应写作 名称=值"),
        (["check", "award.grant", "--set", "奖金=3"], "“表彰奖励资金”没有 `奖金` 这项输入\n  建议：是否想写 `所得奖金`？"),
        (["check", "award.grant", "--reading", "上限=每次"], "“表彰奖励资金”没有 `上限` 这个待定问题"),
        (["watch", "出差", "x"], "没有名为 `出差` 的程序"),
        (["check", "因公外出及总结报告"], "`因公外出及总结报告` 是程序，不是决定\n  建议：查看：policy show watch:因公外出及总结报告；"),
        (["show", "拉政办发〔2024〕35号"], "是文件，不是决定\n  建议：以其为依据的有：表彰奖励是否适用本通知；"),
        (["check", "奖金"], "可用：表彰奖励资金；"),
        (["check", "地下车库"], "地下车位（库）土地出让金；"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_told_in_chinese(args, told):
    result = run(*args)
    assert result.exit_code == 2
    assert told in result.output
    assert not re.search(r"Usage|Error|Try|Invalid|Missing|No such|help for", result.output)


def test_the_language_is_what_the_option_says_then_the_environment():
    assert "Usage:" in run("check", "--lang", "en").output
    assert "用法：" in run("check", "--lang=zh", POLICY_LANG="en").output
    assert "用法：" in run("check", POLICY_LANG="", LC_ALL="zh_CN.UTF-8").output
    assert "Usage:" in run("check", POLICY_LANG="en", LC_ALL="zh_CN.UTF-8").output


@pytest.mark.parametrize("pair", ["每人奖金=3500", "每人奖金＝3500", "每人奖金：3500", "amount＝３５００"])
def test_a_fact_is_given_by_its_label_and_with_the_signs_of_a_chinese_keyboard(pair):
    given = ("--set", "表彰对象：个人", "--set", "活动类别：评比达标表彰", "--set", "项目经自治区党委、政府批准：是")
    result = run("check", "表彰奖励资金", "--set", pair, *given)
    assert result.exit_code == 1
    assert "超过 3000，超出 500 元" in result.output


def test_facts_with_chinese_keys_and_colons(tmp_path):
    for text in (
        "每人奖金: 3500\n表彰对象: 个人\n",
        "每人奖金：3500\n表彰对象：个人  # 先进个人\n",
        "每人奖金：3500\n表彰对象: 个人\n",
    ):
        (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
        found = run("check", "award.grant", "--facts", str(tmp_path / "f.yaml"), "--format", "json").output
        assert '"amount": "3500"' in found
        assert '"recipient": "individual"' in found


def test_a_reading_is_chosen_by_the_words_people_read():
    facts = (
        "--set",
        "表彰对象=个人",
        "--set",
        "每人奖金=2000",
        "--set",
        "活动类别=评比达标表彰",
        "--set",
        "本年度已领奖金=2000",
    )
    chosen = "3000元是每次、每年还是每个项目的上限？=奖金标准通常按年度掌握"
    result = run("check", "award.grant", *facts, "--reading", chosen, "--format", "json")
    assert '"cap_per": "year"' in result.output


def test_a_procedure_goes_by_its_title():
    assert run("show", "watch:因公外出及总结报告").output.startswith("因公外出及总结报告（watch:government.trip）")


@pytest.mark.parametrize(
    "typed",
    [
        "batch award.grant a.csv -o a.html --output a.csv",
        "check award.grant --facts a.yaml --facts b.yaml",
        "range award.grant --vary amount --vary received_this_year",
    ],
)
def test_of_two_files_or_inputs_none_is_passed_over_in_silence(typed):
    said = CliRunner().invoke(app, [*typed.split(), "--lang", "en"])
    assert (said.exit_code, "one is taken, and more than one is named" in said.output) == (2, True)


def test_of_other_options_the_last_value_counts():
    said = CliRunner().invoke(app, ["check", "award.grant", "--set", "amount=1", "--lang", "zh", "--lang", "en"])
    assert said.exit_code == 3


def test_a_decision_without_a_register_is_told_which_have_one_by_title():
    ran = run("register", "党组会议及其表决", "no-such.csv", "--from", "2025-01-01", "--lang", "zh")
    assert "“党组会议及其表决”没有登记表；有登记表的是：表彰奖励资金、" in ran.stderr


def test_what_is_lacking_has_no_blank_behind():
    assert "错误：缺少选项 --source\n" in run("audit", "--lang", "zh").stderr
