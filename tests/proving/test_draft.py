"""A draft says what the document says, in its words, and leaves every decision to its author as a mark."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import policy_engine
from policy_engine.doors.main import app
from policy_engine.proving.clauses import PrintedTable, Sentence, read_clauses
from policy_engine.proving.draft import drafted, titled
from policy_engine.proving.draft_files import rule_text
from policy_engine.proving.lint import not_in_phrase
from policy_engine.proving.wording import force_of, named

SOURCE = """某市人民政府办公室关于社团补助的通知
某政发〔2025〕1号

各区人民政府：
    为支持社团发展，落实三项制度，制定本办法。
第六条 社团应当自登记之日起
5个工作日内备案；社团不得从事放贷、担保、抵押等业务。
第七条 每个社团年度补助不超过2000元，确有困难的，补助不超过3000元；成员一般不少于10人，力争2026年参与率达到15%。
第八条 会费按人每月20元计收，第一年减半。补助不得超过合同金额的30%。
附表
补助标准（单位：元）
类别    甲等社团    其他社团
体育    300    200
音乐    250    150
第九条 本办法自2025年1月1日起施行。
"""
NUMBER = "某政发〔2025〕1号"
CITY = Path(__file__).parents[2] / "examples" / "second-city"
DECIDED = {
    "澜政办发〔2025〕3号": {
        "'TODO 100元/天, 1/2'": "'if 出差天数 == 0 days then 1/2 of 100元/天 * 出差天数 else 100元/天 * 出差天数'",
        "'TODO 80元/天'": "80元/天 * 出差天数",
        "inputs:\n": "inputs:\n  出差天数: {type: quantity, unit: day}\n",
    },
    "澜政发〔2025〕5号": {
        "评审专家: {type: TODO": "评审专家: {type: count",
        "by: TODO": "by: 合同金额",
        "50万元 TODO 工程": "50万元 or 工程",
        "'TODO 200万元, 300万元, 400万元'": "'if 货物 then 200万元 else if 服务 then 300万元 else 400万元'",
        "'TODO >= 20 days'": "'发出至截止的天数 >= 20 days'",
        "2/3 of TODO": "2/3 of 评审委员会",
        "inputs:\n": "inputs:\n  货物: {type: flag}\n  服务: {type: flag}\n  发出至截止的天数: {type: quantity, unit: day}\n",
    },
}


def said(at="", text=SOURCE):
    return read_clauses(text, NUMBER, at)


def text_of(source=SOURCE, document=NUMBER):
    return rule_text("town.draft", drafted(document, read_clauses(source, document)))


def test_a_document_is_its_sentences_and_tables_with_their_places():
    found = [(one.at, one.text) for one in said() if isinstance(one, Sentence)]
    assert ("第六条", "社团应当自登记之日起5个工作日内备案") in found
    assert ("第六条", "社团不得从事放贷、担保、抵押等业务。") in found
    (table,) = (one for one in said() if isinstance(one, PrintedTable))
    assert (table.at, table.head, table.rows[1]) == ("附表", ("类别", "甲等社团", "其他社团"), ("音乐", "250", "150"))
    assert {one.at for one in said("第七条")} == {"第七条"}


def test_nested_numbering_makes_a_locator():
    nested = SOURCE.replace("第六条", "二、主要任务\n（一）投资\n1．").replace("第七条", "2. ")
    assert {one.at for one in read_clauses(nested, NUMBER)} >= {"二（一）1", "二（一）2"}
    assert next(one.at for one in read_clauses(nested, NUMBER, "二（一）2")) == "二（一）2"


@pytest.mark.parametrize(
    ("document", "at", "help"), [("某政发〔2024〕9号", "第七条", ""), (NUMBER, "第十条", "第七条")]
)
def test_a_place_that_is_not_in_the_source_is_refused_with_those_that_are(document, at, help, tmp_path):
    source = tmp_path / "gazette.txt"
    source.write_text(SOURCE, encoding="utf-8")
    arguments = ["new", "society.grant", "--source", str(source), "--document", document, "--at", at]
    result = CliRunner().invoke(app, [*arguments, "--rules", str(tmp_path / "rules"), "--lang", "zh"])
    assert result.exit_code == 2
    assert "没有" in result.output
    assert help in result.output
    assert not (tmp_path / "rules").exists()


@pytest.mark.parametrize(
    ("text", "force"),
    [
        ("应当公开招标", "binding"), ("达到标准的，可以询价", "option"), ("原则上应当公开", "ordinary"), ("力争达到15%", "target"),
        ("进行首次登记后方可转移", "binding"), ("办理许可证", None), ("鼓励减免", "option"),
    ],
)  # fmt: skip
def test_the_word_of_a_sentence_says_how_it_binds(text, force):
    assert force_of(text) == force


def test_names_are_words_of_the_text():
    assert named("由接待单位提供车辆") == "接待单位提供车辆"
    assert named("不得") == ""


@pytest.mark.parametrize(
    "line",
    [
        "require: '备案日期 <= 登记日期 + 5 working days'", "calendar: cn", 'require: \'not any_in(从事, ["放贷", "担保", "抵押"])\'',
        "从事: {type: set, of: [放贷, 担保, 抵押], open: true,", "补助 <= 30% of 合同金额", "value: {type: money, is: 'TODO 20元, 1/2'}",
        'gives: {甲等社团: {type: money}, 其他社团: {type: money}}', '音乐: {is: [250, 150], cite: {at: 附表, phrase: "音乐 250 150"}}',
    ],
)  # fmt: skip
def test_what_the_document_says_stands_in_the_draft(line):
    assert line in text_of()


def test_ordinals_dates_of_signature_and_background_are_no_provisions():
    text = text_of()
    assert "第一年" not in re.sub("phrase.*|title.*", "", text)
    assert "三项制度" not in text
    assert "2025-01-01" not in text


@pytest.mark.parametrize("document", DECIDED)
def test_a_draft_loads_once_its_marks_are_decided_and_invents_no_figure(document, tmp_path):
    text = text_of((CITY / "gazette.txt").read_text(encoding="utf-8"), document)
    marked = [line for line in text.splitlines()[2:] if "TODO" in line]
    assert len(marked) <= 6 < len(text.splitlines()) / 10
    for mark, decided in DECIDED[document].items():
        assert mark in text
        text = text.replace(mark, decided, 1)
    rule = tmp_path / "town" / "draft.yaml"
    rule.parent.mkdir()
    rule.write_text(text, encoding="utf-8")
    book = policy_engine.load(tmp_path)
    assert len(book.rule("town.draft").provisions) > 10
    assert [p.message.en for p in not_in_phrase(book.rule("town.draft"), book)] == []


def loaded(text):
    with tempfile.TemporaryDirectory() as folder:
        rule = Path(folder) / "town" / "draft.yaml"
        rule.parent.mkdir()
        rule.write_text(text, encoding="utf-8")
        book = policy_engine.load(Path(folder))
        return book, book.rule("town.draft")


@given(
    st.sampled_from(["会议费", "租金", "车速", "用水量", "面积", "密度", "贷款利率", "年休假", "补助标准", ""]),
    st.sampled_from(["", "每人每天", "每人每年", "每日", "每平方米每月", "每车", "每公里", "每户每年"]),
    st.sampled_from(["不得超过", "不得低于", "至少", "按", "为", "超过"]),
    st.sampled_from(["450", "4.5", "2万", "1,200", "三百", "四百五十"]),
    st.sampled_from(["元", "平方米", "公里", "毫克", "升", "人", "天", "个月", "%", "千瓦时", "千克", "分贝", "小时", "吨", "个", ""]),
    st.sampled_from(["", "/天", "/人·天", "/平方米", "/平方米·月", "/小时", "/立方米", "/人次", "/年", "/月", "/户", "／日", "/平方公里"]),
    st.sampled_from(["", "的", "以内", "的不予报销", "的部分，按5%计收", "标准执行"]),
)  # fmt: skip
def test_what_is_drafted_loads_unless_a_place_of_it_is_marked(about, each, compared, number, unit, per, after):
    text = text_of(
        f"某市人民政府办公室关于开支的通知\n{NUMBER}\n\n第一条 {about}{each}{compared}{number}{unit}{per}{after}。\n"
    )
    if "TODO" in text.split("\n", 2)[2]:
        return
    book, rule = loaded(text)
    assert [p.message.en for p in not_in_phrase(rule, book)] == []


@pytest.mark.parametrize(
    ("sentence", "type_", "require"),
    [
        ("会议费每人每天不得超过450元", "type: quantity, unit: 元/天", "会议费每人每天 <= 450元/天"),
        ("车速不得超过60公里/小时", "type: quantity, unit: 公里/小时", "车速 <= 60 公里/小时"),
        ("租金不得超过30元/平方米的标准", "type: quantity, unit: 元/平方米", "租金 <= 30元/平方米"),
        ("补助不得超过100元/人·天", "type: TODO", "补助 <= 100元/TODO"),
        ("重量不得超过200千克", "type: quantity, unit: 千克", "重量 <= 200 千克"),
        ("用电不得超过200千瓦时", "type: TODO", "用电 <= 200"),
        ("观众不得超过2万人", "type: count", "观众 <= 20000"),
        ("密度不得低于1人/平方公里", "type: TODO", "密度 >= 1/TODO"),
    ],
)
def test_a_figure_for_each_of_something_is_a_rate_or_marked(sentence, type_, require):
    text = text_of(f"某市人民政府办公室关于开支的通知\n{NUMBER}\n\n第一条 {sentence}。\n")
    assert f"{{{type_}, label" in text
    assert f"require: '{require}'" in text


@pytest.mark.parametrize(
    ("sentence", "require"),
    [
        ("各单位每季度至少召开一次例会，参会人员不得超过50人", "TODO 各单位每季度至少召开一次例会 and 参会人员 <= 50"),
        ("公示期不少于5个工作日，每月公示1次", "公示期 >= 5 and TODO 1"),
        ("每半年向市政府报告一次，应当如实报告", "TODO 每半年向市政府报告一次 and 如实报告"),
    ],
)
def test_how_often_something_is_owed_is_marked_beside_what_else_the_sentence_says(sentence, require):
    text = text_of(f"某市人民政府办公室关于会议的通知\n{NUMBER}\n\n第一条 {sentence}。\n")
    assert f"require: '{require}'" in text, text


@pytest.mark.parametrize(
    ("term", "marked"), [("，有效期五年", True), ("，试行期两年", True), ("，原办法同时废止", False), ("", False)]
)
def test_until_when_a_document_is_in_force_is_marked_where_it_says_a_span(tmp_path, term, marked):
    (tmp_path / "gazette.txt").write_text(SOURCE.replace("起施行。", f"起施行{term}。"), encoding="utf-8")
    arguments = ["new", "society.grant", "--source", str(tmp_path / "gazette.txt"), "--document", NUMBER]
    CliRunner().invoke(app, [*arguments, "--rules", str(tmp_path / "rules")])
    text = (tmp_path / "rules" / "documents.yaml").read_text(encoding="utf-8")
    assert ("    until: TODO\n" in text) == marked, text


def test_steps_of_unlike_kinds_are_marked():
    text = text_of(
        f"某市人民政府办公室关于收费的通知\n{NUMBER}\n\n第一条 停车费按照金额分档计算：不超过100元的部分5元/天，超过100元的部分5%。\n"
    )
    assert text.count("{is: TODO") == 2


def new(tmp_path, *more):
    (tmp_path / "gazette.txt").write_text(SOURCE, encoding="utf-8")
    arguments = ["new", "society.grant", "--source", str(tmp_path / "gazette.txt"), "--document", NUMBER]
    return CliRunner().invoke(app, [*arguments, "--rules", str(tmp_path / "rules"), *more])


def test_all_files_are_drafted_and_each_says_what_is_left(tmp_path):
    result = new(tmp_path)
    assert result.exit_code == 0
    told = re.findall(r"(rules|scenarios|exclusions)?/?[\w-]+/?[\w-]+\.yaml: (.*)", result.output)
    assert len(told) == 4
    rules = tmp_path / "rules"
    assert "from: 2025-01-01" in (rules / "documents.yaml").read_text(encoding="utf-8")
    assert "落实三项制度" in (rules / "exclusions" / "society-grant.yaml").read_text(encoding="utf-8")
    scenarios = (tmp_path / "scenarios" / "society" / "grant.yaml").read_text(encoding="utf-8")
    assert "as_of: 2025-01-01" in scenarios
    assert "{article-7: TODO}" in scenarios
    assert new(tmp_path).exit_code == 2  # never over what is there
    (rules / "society" / "grant.yaml").unlink()
    assert "kept as it is" in new(tmp_path).output
    assert (rules / "documents.yaml").read_text(encoding="utf-8").count(NUMBER) == 1


def test_an_unfinished_draft_is_told_once_with_how_much_is_left(tmp_path):
    new(tmp_path, "--at", "第八条")
    drafted_file = tmp_path / "rules" / "society" / "grant.yaml"
    shown = CliRunner().invoke(app, ["list", "--rules", str(tmp_path / "rules")])
    line = next(
        i for i, t in enumerate(drafted_file.read_text(encoding="utf-8").splitlines(), 1) if "TODO" in t and t[0] != "#"
    )
    assert shown.exit_code == 2
    assert shown.output.count("TODO") == 1
    assert f"1 mark left to decide, first at line {line}" in shown.output


@pytest.mark.parametrize("place", ["fee2.yaml", "town/Fee.yaml", "town/fee_2.yaml", "town/fee.yml"])
def test_a_rule_where_no_rule_can_be_is_told(place, tmp_path):
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("decision: town.fee\n", encoding="utf-8")
    for arguments in (["list"], ["check", path.stem]):
        result = CliRunner().invoke(app, [*arguments, "--rules", str(tmp_path)])
        assert result.exit_code == 2
        assert f"{path}: no rule can be here" in result.output


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("社团每年购置办公设备的补助不超过20000元。", "社团每年购置办公设备的补助不超过"),
        ("社团每年购置办公设备的补助总额为二十万元。", "社团每年购置办公设备的补助总额为"),
        ("社团每年购置办公设备的补助总额不得随意调整。", "社团每年购置办公设备的补助总额不得随"),
        ("补助不超过20元，其余自筹。", "补助不超过20元"),
    ],
)
def test_a_title_is_not_cut_inside_a_figure(text, title):
    assert titled(text) == title[:18]


OF_AWARDS = """某市人民政府办公室关于表彰的通知
某政发〔2025〕2号

一、表彰对象

经批准表彰的集体或者个人。

业务性质的资质评定，不适用本意见。

二、表彰标准

坚持“两个优先”，对获得表彰的集体，不发放奖金；对获得表彰的个人，可发放奖金。地下一层车位（库）应自觉登记，车位不多于3个。
"""


def test_a_heading_is_no_part_of_a_sentence_and_what_is_refused_to_some_is_a_provision():
    found = drafted("某政发〔2025〕2号", read_clauses(OF_AWARDS, "某政发〔2025〕2号"))
    text = rule_text("town.draft", found)
    assert (
        'scope:\n  - {when: not 业务性质的资质评定, cite: {at: 一, phrase: "业务性质的资质评定，不适用本意见"}}' in text
    )
    assert "    when: '获得表彰的集体'\n    require: 'not 发放奖金'" in text
    assert "    force: option\n    when: '获得表彰的个人'\n    require: '发放奖金'" in text
    assert "自觉登记" in text  # 自 is no word of its own there
    assert "表彰标准坚持" not in text
    assert "TODO" not in text.partition("provisions:")[2]  # neither “两个优先” nor 一层 counts anything
    assert 'title: "地下一层车位应自觉登记"' in text


OF_A_HOME = """某市人民政府办公室关于安居补贴的通知
某政发〔2025〕1号
各区人民政府：
第一条 申请人应当符合下列条件中的三项以上：（一）连续缴纳社会保险满24个月；（二）信用良好；（三）考核合格；（四）服务于重点产业。
第二条 有下列情形之一的，不予补贴：（一）已领取购房补贴的，但已全额退回的除外；（二）提供虚假材料的。
第三条 正在服刑的，不予支持。
附表
扣减额速算表
级数    上年度应计收入    扣减率    速算扣除数
1    不超过60000元的    0%    0
2    超过60000元至120000元的    3%    1800
3    超过120000元的    8%    7800
"""


@pytest.mark.parametrize(
    "line",
    [
        "require: 'count(连续缴纳社会保险 >= 24 months, 信用良好, 考核合格, 服务于重点产业) >= 3'",
        "require: 'count(已领取购房补贴 and not 已全额退回, 提供虚假材料) == 0'",
        'phrase: "正在服刑的，不予支持"}',
        "by: 上年度应计收入",
        "gives: {扣减率: {type: share}, 速算扣除数: {type: money}}",
        '60000: {is: [0%, 0], cite: {at: 附表, phrase: "1 不超过60000元的 0% 0"}}',
        '120000: {is: [3%, 1800], cite: {at: 附表, phrase: "2 超过60000元至120000元的 3% 1800"}}',
        'otherwise: {is: [8%, 7800], cite: {at: 附表, phrase: "3 超过120000元的 8% 7800"}}',
    ],
)
def test_so_many_of_a_list_what_is_refused_and_printed_brackets_are_drafted(line):
    assert line in text_of(OF_A_HOME)
